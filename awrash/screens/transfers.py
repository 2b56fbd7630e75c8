"""The payroll's lists: the wages raised, the list for social security, the transfers and whom they leave apart."""

from flask import request
from flask.typing import ResponseReturnValue

from awrash.files.exports import labels, listing, rows
from awrash.models import PaySlip
from awrash.reports import transfers
from awrash.reports.register import RAISED_WAGES
from awrash.screens.addresses import expose
from awrash.screens.base import RecordView
from awrash.screens.reports import whole_page
from awrash.screens.sending import send


class TransferPages(RecordView):
    """What the payroll's view adds: its lists, on screen and as files."""

    @expose("/raises/")
    def raises(self) -> ResponseReturnValue:
        """Whose wage the payroll raised to the minimum wage, and by how much, to print."""
        run = self.record_or_404(request.args.get("id"))
        page = whole_page(RAISED_WAGES, {"run": run.id})
        return self.render("awrash/report.html", about=run, **page)

    @expose("/cnss/")
    def cnss_file(self) -> ResponseReturnValue:
        """The list of wages for social security."""
        run = self.record_or_404(request.args.get("id"))
        columns, slips = listing("cnss", run.month)
        return send(run, f"cnss-{run}", "csv", labels(PaySlip, columns), rows(PaySlip, columns, slips))

    @expose("/transfers/")
    def transfers(self) -> ResponseReturnValue:
        """The wages to transfer, by carrier, and those left apart with the reason."""
        run = self.record_or_404(request.args.get("id"))
        return self.render("awrash/transfers.html", record=run, totals=transfers.totals_of(transfers.due_of(run)))

    @expose("/transfers/<any(csv, xlsx):kind>/")
    def transfer_file(self, kind: str) -> ResponseReturnValue:
        """The list of transfers for the bank."""
        run = self.record_or_404(request.args.get("id"))
        return send(run, f"transfers-{run}", kind, list(transfers.COLUMNS), transfers.file_lines(run))
