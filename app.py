"""The application for servers, `app:app`; run as a program it serves on this machine only."""

import os

from awrash import create_app, settings
from awrash.serving import know_public_names, make_server
from awrash.worker import start_worker

settings.keep_private()
app = create_app()

if __name__ == "__main__":
    know_public_names(app)
    start_worker(app)
    make_server(app, int(os.environ.get("PORT", "8000"))).run()
