"""The door for servers: `app:app`; run as a program it serves on this machine only."""

import os

from waitress import serve

from awrash import create_app
from awrash.worker import start_beside

app = create_app()

if __name__ == "__main__":
    start_beside(app)
    serve(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), threads=8)
