"""The files of CNSS: made, uploaded, accepted or rejected, and complements of a month already declared."""

from datetime import date

from sqlalchemy import func, select

from awrash.cnss import complements, declarations
from awrash.cnss.declaration_file import DeclarationFile
from awrash.cnss.records import Complement
from awrash.database.session import db
from awrash.models import Carrier, Declaration, PayrollRun
from awrash.records.accounts import User
from awrash.records.steps import step
from awrash.rules.steps import starts_from
from awrash.values.states import DeclarationState

CnssRecord = Declaration | Complement


def open_complement(run: PayrollRun, carrier: Carrier, month: date) -> Complement:
    """The complementary file of a payroll, carrier and earlier month; a new one takes the month's next number."""
    known = db.session.scalar(select(Complement).filter_by(run_id=run.id, carrier_id=carrier.id, month=month))
    if known is not None:
        return known
    latest = select(func.coalesce(func.max(Complement.number), 0)).filter_by(carrier_id=carrier.id, month=month)
    made = Complement(month=month, number=(db.session.scalar(latest) or 0) + 1)
    with db.session.no_autoflush:
        made.run, made.carrier = run, carrier
        db.session.add(made)
    db.session.flush()
    return made


@starts_from(DeclarationState.to_make, DeclarationState.made, DeclarationState.rejected)
def make_complement(complement: Complement) -> None:
    """Write the complementary file; RuleError instead of a file that CNSS would refuse."""
    _keep_file(complement, complements.file_of(complement))


@starts_from(DeclarationState.to_make, DeclarationState.made, DeclarationState.rejected)
def make_declaration(declaration: Declaration) -> None:
    """Write the file that goes to Damancom; docs/cnss.md, "1.8 File names"."""
    _keep_file(declaration, declarations.file_of(declaration))


def _keep_file(declaration: CnssRecord, file: DeclarationFile) -> None:
    declaration.content, declaration.file_name = file.content(), file.name
    step(declaration, DeclarationState.made)


@starts_from(DeclarationState.made)
def record_upload(declaration: CnssRecord, on: date, by: User | None = None) -> None:
    """Record that a person uploaded the file, or a complementary one, to Damancom."""
    declaration.uploaded_on, declaration.uploaded_by = on, by
    step(declaration, DeclarationState.uploaded)


@starts_from(DeclarationState.uploaded)
def accept_declaration(declaration: CnssRecord) -> None:
    step(declaration, DeclarationState.accepted)


@starts_from(DeclarationState.uploaded)
def reject_declaration(declaration: CnssRecord, code: str) -> None:
    """Record that CNSS rejected the file, with its code."""
    declaration.rejection_code = code
    step(declaration, DeclarationState.rejected, why=code)
