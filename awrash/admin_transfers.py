"""The payroll's transfer list: its totals, whom it leaves apart, and the file for CNSS."""

from typing import Any

from flask import abort, request
from flask_admin import expose

from awrash import transfers
from awrash.admin_base import send


class TransferPages:
    """What the payroll's view adds: the list of wages to transfer, on screen and as CSV or Excel."""

    found: Any
    render: Any

    @expose("/transfers/")
    def transfers(self) -> Any:
        run = self.found(request.args.get("id"))
        return self.render("awrash/transfers.html", record=run, totals=transfers.totals_of(transfers.due_of(run)))

    @expose("/transfers/<kind>/")
    def transfer_file(self, kind: str) -> Any:
        if kind not in ("csv", "xlsx"):
            abort(404)
        run = self.found(request.args.get("id"))
        return send(f"transfers-{run}", kind, list(transfers.COLUMNS), transfers.file_lines(run))
