"""The same verbs from the command line; exit 0 done, 1 refused with the rule's sentence, 2 wrong use."""

import getpass
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import date
from functools import wraps
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_babel import force_locale, ngettext
from flask_migrate import upgrade
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import FileStorage

from awrash import worker
from awrash.bank import returns
from awrash.cnss import complements
from awrash.cnss.damancom import Faulty, FileFault
from awrash.cnss.declarations import SENT, bring_prefilled, bring_prefilled_of_any_carrier, compare_with_cnss
from awrash.cnss.file_check import check_file as check_file_of_cnss
from awrash.cnss.records import Complement
from awrash.database.preview import preview
from awrash.database.record import Record, record_named
from awrash.database.session import db, only_reading, writing
from awrash.demo import prefecture
from awrash.files.exports import LISTS, csv_stream, write_list
from awrash.files.import_kinds import KINDS, find
from awrash.files.imports import check_file
from awrash.models import CommitteeSession, Contract, PayrollRun, Worksite
from awrash.operations import declarations, people
from awrash.operations import payroll as payroll_run
from awrash.operations.declarations import make_declaration
from awrash.papers import issue
from awrash.papers.catalogue import PAPERS
from awrash.records import attachments, audit
from awrash.records.accounts import Role, User, add_user, new_password, set_password, user_by_email
from awrash.records.audit import AuditEvent, AuditLine
from awrash.records.paper_texts import PaperLanguage
from awrash.reports import health_cover, month_wages, payroll_totals, transfers
from awrash.reports.standing_values import standing_attendance, standing_records, standing_values
from awrash.rules.check import Required
from awrash.rules.constraints import refusal_of
from awrash.rules.register import every_rule, sentences_of
from awrash.rules.rule import RuleError
from awrash.screens.base import VerbAnswers
from awrash.screens.forms import MonthField, RecordField
from awrash.seeds import plant
from awrash.settings import ROOT, only_owner
from awrash.values.language import LANGUAGES, local_today, now
from awrash.values.states import Insertion, SessionState
from awrash.values.text import YEARS, number_or_none, parse_amount, parse_date, parse_month

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")

payroll = AppGroup("payroll", help="The month's payroll: run, approve, freeze.")
users = AppGroup("users", help="Accounts of the team.")
certificates = AppGroup("certificates", help="Certificates of skills.")
papers = AppGroup("papers", help="Papers of the office.")
damancom = AppGroup("damancom", help="Files of CNSS.")


class ReadAs(click.ParamType[T]):
    """A value that one of the office's readers takes from what was typed; `how` says how it is written."""

    def __init__(self, name: str, read: Callable[[str], T], how: str) -> None:
        self.name, self.read, self.how = name, read, how

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> T:
        try:
            return self.read(value)
        except ValueError:
            self.fail(f"{value} is not {self.how}.", param, ctx)


def near_day(text: str) -> date:
    """A day of a year that the calendar of the programme holds; ValueError for what is no day."""
    day = parse_date(text)
    if day.year not in YEARS:
        raise click.BadParameter(f"{text} is too far away: read the year again.")
    return day


class FileToWrite(click.Path):
    """A file to write, in a folder that is there; only its owner may read it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(str(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"There is no folder {path.parent}: make it first.", param, ctx)
        try:
            only_owner(path)
        except OSError as error:
            self.fail(f"{path}: {error.strerror}.", param, ctx)
        return path


DEMONSTRATION = "demo"  # who makes the invented accounts
PREFILLED = "prefilled"  # a file of CNSS and no table: it is not among KINDS
TERMINAL = "command line"  # who acts when nobody is named
MONTH = ReadAs("YYYY-MM", parse_month, "a month: write it as 2026-10")
DAY = ReadAs("YYYY-MM-DD", near_day, "a day: write it as 2026-10-31")
AMOUNT = ReadAs("AMOUNT", parse_amount, "an amount: write it as 3422,72")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

# options and arguments of several commands
FILE_ARGUMENT = click.argument("file", type=FILE)
MONTH_ARGUMENT = click.argument("month", type=MONTH)
OUT_OPTION = click.option("--out", type=FileToWrite(dir_okay=False), required=True)
WHO: dict[str, Any] = {"envvar": "AWRASH_ACTOR", "help": "E-mail of the person whose doing this is."}
ACTOR_OPTION = click.option("--as", "actor", **WHO)


def refuse(sentence: str) -> NoReturn:
    """Print a refusal and end with 1."""
    click.echo(sentence, err=True)
    sys.exit(1)


def known_account(email: str) -> User:
    """The account of an e-mail address; one that is not known is a wrong use of the command."""
    account = user_by_email(email)
    if account is None:
        raise click.UsageError(f"There is no account {email}: make one with `flask users add`.")
    return account


def account_named(email: str | None) -> User | None:
    """The account named by --as or AWRASH_ACTOR; None when none was named."""
    return known_account(email) if email else None


@contextmanager
def taking_out(actor: str | None) -> Iterator[None]:
    """Reading for a file that goes out, and the line of the audit that says who took it; nobody waits meanwhile."""
    mode = only_reading.set(True)
    try:
        with audit.acting(account_named(actor), TERMINAL):
            yield
    finally:
        only_reading.reset(mode)


@contextmanager
def acting_as(actor: str | None, dry_run: bool = False) -> Iterator[User]:
    """One piece of work of one person: committed, or taken back when a rule refuses it or when it is only tried."""
    only_reading.set(dry_run)
    person = known_account(actor) if actor else first_account()
    if person is None:
        raise click.UsageError("There is no account: make one with `flask users add`.")
    try:
        with audit.acting(person, day=local_today()), preview() if dry_run else nullcontext():
            yield person
            if not dry_run:
                db.session.commit()
    except RuleError as refusal:
        db.session.rollback()
        refuse(str(refusal))
    except (IntegrityError, StaleDataError) as error:
        db.session.rollback()
        refuse(str(refusal_of(error)))


def trace(what: AuditEvent, about: Record | str, **details: Any) -> None:
    """A line of the audit in a transaction of its own, beside what is read."""
    with writing() as connection:
        audit.write([audit.line_of(what, about, **details)], connection)


def first_account() -> User | None:
    """The account that acts when nobody is named: that of AWRASH_ADMIN_EMAIL, else the oldest."""
    email = os.environ.get("AWRASH_ADMIN_EMAIL")
    return (user_by_email(email) if email else None) or db.session.scalar(select(User).order_by(User.id).limit(1))


def in_application(command: Callable[P, T]) -> Callable[P, T]:
    """Run a command with the database and in the terminal's language.

    That is LANG's when it is Arabic, French or English, else English; AWRASH_LANGUAGE wins, and without either it is
    Arabic.
    """

    @with_appcontext
    @wraps(command)
    def speaking(*args: P.args, **kwargs: P.kwargs) -> T:
        code = os.environ.get("AWRASH_LANGUAGE", os.environ.get("LANG", "ar")[:2])
        with force_locale(code if code in LANGUAGES else "en"), answering(kwargs):
            return command(*args, **kwargs)

    return speaking


@contextmanager
def answering(options: Mapping[str, Any]) -> Iterator[None]:
    """What no rule says of the machine: a database that does not answer, a file that cannot be written, text in no
    known letters. Each is a sentence and an exit code, never a traceback.
    """
    for text in texts_of(options.values()):
        if not is_unicode(text):
            raise click.UsageError(f"{text!r} is not written in UTF-8: type it again.")
    try:
        yield
    except DatabaseError as error:
        db.session.rollback()
        sentence = sentence_of_database(error)
        if sentence is None:
            raise
        refuse(sentence)
    except OSError as error:
        db.session.rollback()
        place = f"{error.filename}: " if error.filename else ""
        refuse(f"{place}{error.strerror or error}.")


def texts_of(values: Iterable[Any]) -> Iterator[str]:
    """The texts among the values of a command's options and arguments."""
    for value in values:
        yield from (part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, str))


def is_unicode(text: str) -> bool:
    """Whether a text holds letters only: bytes that the terminal could not read stand in it as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def sentence_of_database(error: DatabaseError) -> str | None:
    """What to do about a database that refused a command; None for a statement that is wrong in itself."""
    try:
        with db.engine.connect() as connection:
            known = set(MigrationContext.configure(connection).get_current_heads())
    except DatabaseError as refusal:
        return f"The database does not answer: {str(refusal.orig).strip()}"
    newest = set(ScriptDirectory(str(ROOT / "migrations")).get_heads())
    if known != newest:
        state = "is older or newer than this version" if known else "is not set up"
        return f"The database {state}: run `flask db upgrade`, then the command again."
    return f"The database does not answer: {str(error.orig).strip()}" if isinstance(error, OperationalError) else None


# ---- set-up


@click.command("setup")
@in_application
def set_up() -> None:
    """Migrate, seed, make demonstration data in an empty database, and the first account."""
    upgrade()
    with audit.acting(None, "setup"):
        plant.plant()
        db.session.commit()
        if payroll_totals.is_empty():
            with audit.acting(None, DEMONSTRATION):
                prefecture.make(local_today(), site=served_at())
            db.session.commit()
        click.echo(f"Awrash: {served_at()}/admin/")
        click.echo(prepare_first_account())
        db.session.commit()


def prepare_first_account() -> str:
    """Make the first account, once, in an installation that never had one; the line that tells how to sign in."""
    email = os.environ.get("AWRASH_ADMIN_EMAIL", "admin@awrash.ma")
    if not had_account():
        chosen = os.environ.get("AWRASH_ADMIN_PASSWORD")
        password = chosen or new_password()
        add_user(email, Role.administrator, password)
        shown = "(password from AWRASH_ADMIN_PASSWORD)" if chosen else f" password: {password}  (shown once: keep it)"
        return f"Account: {email} {shown}"
    account = user_by_email(email)
    if account is not None and account.administers:
        return f"Account: {email} (its password was shown the first time)"
    if has_administrator():
        return "Accounts: those that were made here; no first account is made again."
    return (
        "No active account administers, and no first account is made again: "
        "make one with `flask users add EMAIL --role administrator`."
    )


def served_at() -> str:
    """The address that `app.py` serves."""
    return f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"


def had_account() -> bool:
    """Whether a person ever had an account here: one that is there, or one that the audit names.

    Those of the demonstration are nobody's.
    """
    in_audit = select(AuditLine.record_id).filter_by(record=User.__tablename__)
    invented = in_audit.where(AuditLine.actor_id.is_(None), AuditLine.actor == DEMONSTRATION)
    was_there = in_audit.where(AuditLine.record_id.not_in(invented)).limit(1)
    is_there = select(User.id).where(User.id.not_in(invented)).limit(1)
    return any(db.session.scalar(account) is not None for account in (was_there, is_there))


def has_administrator() -> bool:
    """Whether an active account administers."""
    return any(user.administers for user in db.session.scalars(select(User)))


@click.command("demo")
@click.option("--participants", type=click.IntRange(1, 300_000), default=prefecture.PEOPLE, show_default=True)
@click.option("--month", type=MONTH, help="The last month of the demonstration; the latest full month by default.")
@in_application
def make_demonstration(participants: int, month: date | None) -> None:
    """Fill an empty database with an invented prefecture, the same on each run."""
    with audit.acting(None, DEMONSTRATION):
        plant.plant()
        if not payroll_totals.is_empty():
            refuse("The database already holds records: the demonstration is only made in an empty one.")
        prefecture.make(local_today(), participants, month)
        db.session.commit()


@users.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@ACTOR_OPTION
@in_application
def add_account(email: str, role: str, actor: str | None) -> None:
    """Make an account; the password comes from AWRASH_PASSWORD or is asked."""
    password = read_password()
    try:
        with audit.acting(account_named(actor), TERMINAL):
            plant.plant()
            add_user(email, Role(role), password)
            db.session.commit()
    except RuleError as refusal:
        db.session.rollback()
        refuse(str(refusal))
    click.echo(f"{email}: {role}")


@users.command("password")
@click.argument("email")
@ACTOR_OPTION
@in_application
def change_password(email: str, actor: str | None) -> None:
    """Set the password of an account that lost it; it comes from AWRASH_PASSWORD or is asked."""
    user = user_by_email(email)
    if user is None:
        refuse(f"There is no account {email}: make one with `flask users add`.")
    with audit.acting(account_named(actor), TERMINAL):
        set_password(user, read_password())
        db.session.commit()
    click.echo(f"{email}: password set")


def read_password() -> str:
    """The password in AWRASH_PASSWORD, else as typed; one that is too short is refused."""
    password = os.environ.get("AWRASH_PASSWORD") or getpass.getpass("Password: ")
    if len(password) < current_app.config.get("SECURITY_PASSWORD_LENGTH_MIN", 8):
        refuse("The password is too short: at least 8 characters.")
    return password


@click.command("rules")
@in_application
def print_rules() -> None:
    """Print every rule: its code, its source, each of its sentences in three languages."""
    for rule in every_rule():
        click.echo(f"\n{rule.code} ({rule.__name__})\n  {' '.join((rule.__doc__ or '').split())}")
        for sentence in sentences_of(rule).values():
            for language in LANGUAGES:
                with force_locale(language):
                    click.echo(f"  {language}: {sentence}")


# ---- files


@click.command("import")
@click.argument("kind", type=click.Choice([*KINDS, PREFILLED]))
@FILE_ARGUMENT
@click.option("--dry-run", is_flag=True, help="Check only; write nothing.")
@click.option("--good-lines", is_flag=True, help="Write the good lines of a faulty file.")
@ACTOR_OPTION
@in_application
def import_list(kind: str, file: Path, dry_run: bool, good_lines: bool, actor: str | None) -> None:
    """Bring a list in; a faulty file writes nothing and names each fault as LINE:FIELD:RULE:sentence."""
    if kind == PREFILLED:
        import_prefilled(file.read_bytes(), dry_run, actor)
        return
    with acting_as(actor, dry_run=dry_run):
        report = check_file(kind, file.read_bytes(), local_today())
        if report.faults and not good_lines:
            db.session.rollback()
    for fault in report.faults:
        click.echo(str(fault), err=True)
    for change in report.changes if dry_run else ():
        click.echo(str(change))
    counts = f"{len(report.made)} new, {len(report.changed)} changed, {report.same} already there"
    written = not dry_run and (good_lines or not report.faults)
    click.echo(f"{kind}: {counts}, {len(report.faults)} faults" + ("" if written else "; nothing written"))
    if report.faults:
        sys.exit(1)


def import_prefilled(content: bytes, dry_run: bool, actor: str | None) -> None:
    """Keep a pre-filled file of CNSS with the declaration of its carrier and month."""
    try:
        with acting_as(actor, dry_run=dry_run):
            matching = compare_with_cnss(bring_prefilled_of_any_carrier(content)).matching
            sides = (matching.pairs, matching.theirs_only, matching.ours_only) if matching else ((), (), ())
    except Faulty as faulty:
        db.session.rollback()
        refuse_faults(faulty.faults)
    both, theirs, ours = map(len, sides)
    counts = f"{both} on both lists, {theirs} only on that of CNSS, {ours} only on ours"
    click.echo(f"{PREFILLED}: {counts}" + ("; nothing written" if dry_run else ""))


def refuse_faults(faults: Iterable[FileFault]) -> NoReturn:
    """Print each fault of a file of CNSS as LINE:FIELD:RULE:sentence, and end with 1."""
    for fault in faults:
        click.echo(f"{fault.line}:{fault.field}:{fault.rule}:{fault.sentence}", err=True)
    sys.exit(1)


@click.command("export")
@click.argument("name", type=click.Choice(list(LISTS)))
@OUT_OPTION
@click.option("--month", type=MONTH)
@ACTOR_OPTION
@in_application
def export_list(name: str, out: Path, month: date | None, actor: str | None) -> None:
    """Write a list as CSV."""
    only_reading.set(True)
    if name == "cnss" and month is None:
        raise click.UsageError("The list for social security is made by month: --month 2026-10.")
    with taking_out(actor):
        if name == "cnss" and month is not None:
            known_run(month)
        count = write_list(name, month, out)
        filters = {"filters": [f"{month:%Y-%m}"]} if month else {}
        trace(AuditEvent.exported, LISTS[name].record.__tablename__, file=out.name, lines=count, **filters)
    click.echo(ngettext("%(num)s line", "%(num)s lines", count))


# ---- verbs


@payroll.command("run")
@MONTH_ARGUMENT
@ACTOR_OPTION
@in_application
def run_payroll(month: date, actor: str | None) -> None:
    """Calculate the payroll of a month."""
    with acting_as(actor) as person:
        run = payroll_run.open_run(month)
        changes = payroll_run.calculate_payroll(run, person, now()).sentence
        totals = payroll_totals.run_totals(run)
    click.echo(f"{month:%Y-%m}: {totals['slips']} slips, {totals['blocked']} blocked, net {totals['net'] or 0}")
    click.echo(changes)


def known_run(month: date) -> PayrollRun:
    """The payroll of a month; refused when it was never calculated."""
    run = month_wages.run_of(month)
    if run is None:
        refuse(f"There is no payroll for {month:%Y-%m}: calculate it first.")
    return run


@payroll.command("approve")
@MONTH_ARGUMENT
@ACTOR_OPTION
@in_application
def approve_payroll(month: date, actor: str | None) -> None:
    """Approve the payroll of a month, as another person than the one who calculated it."""
    with acting_as(actor) as person:
        payroll_run.approve_payroll(known_run(month), person)
    click.echo(f"{month:%Y-%m}: approved")


@payroll.command("transfers")
@MONTH_ARGUMENT
@OUT_OPTION
@ACTOR_OPTION
@in_application
def write_transfers(month: date, out: Path, actor: str | None) -> None:
    """Write the list of wages to transfer, for CNSS; each wage left apart is named on stderr with its reason."""
    with taking_out(actor):
        run = known_run(month)
        totals = transfers.totals_of(transfers.due_of(run))
        with out.open("wb") as file:
            file.writelines(csv_stream(list(transfers.COLUMNS), transfers.file_lines(run)))
        trace(AuditEvent.exported, run, file=out.name, lines=totals.count)
    for transfer, reason in totals.apart:
        field = "carrier" if reason is transfers.NOT_DECLARED else "rib"
        click.echo(f"{transfer.payment_id}:{field}:{reason}", err=True)
    click.echo(f"{month:%Y-%m}: {totals.count} wages, {totals.amount} dirhams, {len(totals.apart)} left apart")


@payroll.command("freeze")
@MONTH_ARGUMENT
@ACTOR_OPTION
@in_application
def freeze_payroll(month: date, actor: str | None) -> None:
    """Freeze the payroll of a month under its seal."""
    with acting_as(actor):
        run = known_run(month)
        payroll_run.freeze_payroll(run, now())
    click.echo(f"{month:%Y-%m}: frozen {run.seal}")


@damancom.command("write")
@MONTH_ARGUMENT
@click.option("--carrier", "affiliation", required=True, help="CNSS affiliation number of the carrier.")
@click.option("--prefilled", type=FILE)
@click.option("--complementary", "earlier", type=MONTH, help="The earlier month that this payroll corrects.")
@click.option("--out", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@ACTOR_OPTION
@in_application
def write_damancom(
    month: date, affiliation: str, prefilled: Path | None, earlier: date | None, out: Path, actor: str | None
) -> None:
    """Write the declaration of a carrier and month; what was uploaded already is written out as it went.

    With --complementary, the experimental file of what the month's payroll adds to an earlier month.
    """
    with acting_as(actor):
        run = known_run(month)
        declaration: Any = next(
            (line for line in run.declarations if line.carrier.cnss_affiliation == affiliation), None
        )
        if declaration is None:
            refuse(f"There is no declaration of {affiliation} for {month:%Y-%m}: freeze the payroll first.")
        if prefilled is not None:
            bring_prefilled(declaration, prefilled.read_bytes())
        if earlier is not None:
            declaration = declarations.open_complement(run, declaration.carrier, earlier)
        if declaration.state not in SENT:
            make = declarations.make_complement if earlier else make_declaration
            make(declaration)
        audit.note(AuditEvent.fetched, declaration, file=declaration.file_name)
    if not declaration.content:
        refuse(f"The declaration of {affiliation} for {month:%Y-%m} went before its file was kept.")
    if earlier is not None:
        warn_about(declaration)
    (out / declaration.file_name).write_bytes(declaration.content)
    click.echo(str(out / declaration.file_name))


def warn_about(complement: Complement) -> None:
    """What a person must know of a complementary file: that it is experimental, and who is not in it."""
    click.echo("Experimental: no portal has confirmed complementary files; check that this one is accepted.", err=True)
    left_out = [line for line in complements.changes_of(complement) if not line.goes_in]
    if left_out:
        click.echo(
            f"{len(left_out)} people are not in it: settle what is taken back with the agency of CNSS.", err=True
        )


@damancom.command("check")
@FILE_ARGUMENT
@in_application
def check_damancom(file: Path) -> None:
    """Check a file for Damancom, whoever wrote it; each fault is named as LINE:FIELD:RULE:sentence."""
    try:
        result = check_file_of_cnss(file.read_bytes(), local_today())
    except RuleError as refusal:
        refuse(str(refusal))
    if result.faults:
        refuse_faults(result.faults)
    click.echo(f"{result.affiliation} {result.month:%Y-%m}: {result.lines} lines, no fault")


@certificates.command("issue")
@click.option("--worksite", "code", required=True)
@OUT_OPTION
@ACTOR_OPTION
@in_application
def issue_certificates(code: str, out: Path, actor: str | None) -> None:
    """Issue the certificates of a worksite as one PDF; who has not earned one is named."""
    document = PAPERS["certificate"]
    with acting_as(actor) as person:
        worksite = db.session.scalar(select(Worksite).filter_by(code=code))
        if worksite is None:
            refuse(f"There is no worksite {code}.")
        occasion = issue.Issuance(person, local_today(), now())

        def issue_certificate(contract: Contract) -> int:
            return issue.issue(document, people.issue_certificate(contract, occasion.on), "ar", occasion).id

        issued, refused = do_each(worksite.contracts, lambda contract: contract.number, issue_certificate)
        if issued:
            out.write_bytes(issue.as_one_pdf(issued))
            audit.note(AuditEvent.fetched, worksite, file=out.name, lines=len(issued))
    report_results(issued, refused, "issued")


@papers.command("issue")
@click.argument("name", metavar="PAPER", type=click.Choice(list(PAPERS)))
@click.argument("keys", nargs=-1, required=True)
@click.option("--language", type=click.Choice([code.value for code in PaperLanguage]), default="ar", show_default=True)
@click.option("--reason", help="Why a paper that was issued already gets a new version.")
@OUT_OPTION
@ACTOR_OPTION
@in_application
def issue_papers(
    name: str,
    keys: tuple[str, ...],
    language: str,
    reason: str | None,
    out: Path,
    actor: str | None,
) -> None:
    """Issue a paper of records named by their number, or as `#12`: one PDF, what stands is written out as it went."""
    document = PAPERS[name]
    if language not in document.languages:
        raise click.UsageError(f"{name} is written in {', '.join(document.languages)}.")
    kind = record_named(document.record)
    with acting_as(actor) as person:
        occasion = issue.Issuance(person, local_today(), now())

        def issue_paper(key: str) -> int:
            record = record_of_key(kind, key)
            paper = issue.issue(document, record, language, occasion, reason)
            audit.note(AuditEvent.fetched, paper, file=out.name)
            if getattr(record, "is_confidential", False):
                audit.note(AuditEvent.read, record, file=out.name)
            return int(paper.id)

        issued, refused = do_each(keys, str, issue_paper)
        if issued:
            out.write_bytes(issue.content_of(issued[0]) if len(issued) == 1 else issue.as_one_pdf(issued))
    report_results(issued, refused, "issued")


def do_each(
    subjects: Iterable[S], name: Callable[[S], str], work: Callable[[S], T]
) -> tuple[list[T], dict[str, list[str]]]:
    """Do a piece of work for each subject, in a savepoint of its own.

    What was done; and by each sentence of refusal the names of those whom it refuses.
    """
    done: list[T] = []
    refused: dict[str, list[str]] = {}
    for subject in subjects:
        try:
            with db.session.begin_nested():
                done.append(work(subject))
        except RuleError as refusal:
            refused.setdefault(str(refusal), []).append(name(subject))
    return done, refused


def report_results(done: list[Any], refused: dict[str, list[str]], verb: str) -> None:
    """Print how many were done and name each refusal on stderr; end with 1 when there is one."""
    for sentence, names in refused.items():
        click.echo(f"{', '.join(names)}: {sentence}", err=True)
    click.echo(f"{len(done)} {verb}, {sum(map(len, refused.values()))} refused")
    if refused:
        sys.exit(1)


@click.command("do")
@click.argument("record")
@click.argument("action")
@click.argument("keys", nargs=-1, required=True)
@click.option("--session", type=DAY, help="Day of the committee's session, as 2026-03-01.")
@click.option("--reason")
@click.option("--on", type=DAY, help="Day that the action asks for, as 2026-03-01.")
@click.option("--reference", help="Reference of a transfer.")
@click.option("--code", help="Code or reason that CNSS or the bank gave.")
@click.option("--answer", help="Answer to a complaint.")
@click.option(
    "--situation", type=click.Choice([situation.value for situation in Insertion]), help="What became of a person."
)
@click.option("--month", type=MONTH, help="Month of an attendance sheet, as 2026-10.")
@click.option("--run", type=MONTH, help="Month of the payroll that takes a wage back, as 2026-10.")
@click.option("--days", type=click.IntRange(0, 31), help="Right number of days of a wage that is taken back.")
@click.option("--cnie", help="CNIE as the card bears it.")
@click.option("--wage", type=AMOUNT, help="Monthly wage in dirhams, as 3422,72.")
@click.option("--receipt", type=FILE, help="Receipt of Damancom.")
@ACTOR_OPTION
@in_application
def do_action(record: str, action: str, keys: tuple[str, ...], actor: str | None, **options: Any) -> None:
    """Do what a bulk action of the screens does, on records named by their number: the same rules."""
    actions = current_app.extensions["awrash_verbs"]
    if (record, action) not in actions:
        raise click.UsageError(f"There is no action {action} on {record}.")
    kind, verb = actions[(record, action)]
    with acting_as(actor) as person:
        answers = answers_of_options(person, options)
        for field in verb.asks() if verb.asks else ():
            if field.flags.required and isinstance(field, NEEDED) and getattr(answers, field.short_name) is None:
                Required().refuse(field=field.label.text)
        done, refused = do_each(keys, str, lambda key: verb.run(record_of_key(kind, key), answers))
    report_results(done, refused, "done")


NEEDED = (RecordField, MonthField)  # no operation begins without it; of a text that is missing its own rule says more


def record_of_key(kind: type[Record], key: str) -> Any:
    """The record of a number on its card or receipt, or of its own number as `#12` before it has one."""
    number = number_or_none(key[1:]) if key.startswith("#") else None
    record = None if number is None else db.session.get(kind, number)
    return record or find(kind, key)


def answers_of_options(person: User, options: dict[str, Any]) -> VerbAnswers:
    """What the form of an action would have answered, from the options of the command."""
    session, run = None, known_run(options["run"]) if options["run"] else None
    if options["session"]:
        of_day = select(CommitteeSession).filter_by(held_on=options["session"])
        open_first = (CommitteeSession.state == SessionState.closed, CommitteeSession.id.desc())
        session = db.session.scalar(of_day.order_by(*open_first).limit(1))
        if session is None:
            refuse(f"There is no session on {options['session']}: record it first.")
    on, receipt = options["on"] or local_today(), options["receipt"]
    records = {"session": session, "run": run}
    file = FileStorage(BytesIO(receipt.read_bytes()), receipt.name) if receipt else None
    return VerbAnswers(**options | records | {"actor": person, "at": now(), "day": on, "on": on, "receipt": file})


@click.command("check")
@in_application
def check_integrity() -> None:
    """Verify payroll seals, fingerprints of papers, scans and bank files, carriers of agreements, older values."""
    only_reading.set(True)
    broken = [f"{run.month:%Y-%m}" for run in payroll_totals.frozen_runs() if payroll_run.seal_of(run) != run.seal]
    if broken:
        click.echo(f"The seal does not match the slips: {', '.join(broken)}", err=True)
    altered = [*issue.altered_papers(), *attachments.altered_scans(), *returns.altered_returns()]
    if altered:
        click.echo(f"The file does not match its fingerprint: {', '.join(altered)}", err=True)
    if broken or altered:
        sys.exit(1)
    for run in payroll_run.sealed_without_names():
        click.echo(f"{run.month:%Y-%m}: sealed before seals covered the CNIE, names, contract and worksite.", err=True)
    agreements = payroll_totals.agreements_of_another_carrier()
    for agreement in agreements:
        click.echo(
            f"{agreement} #{agreement.id}: its project is that of {agreement.project.carrier}: "
            "terminate it, then prepare another from the project.",
            err=True,
        )
    for person in health_cover.open_too_early():
        click.echo(
            f"participant #{person.id}, {person}: cover recorded open on {person.cover_opened_on}, before what is "
            "declared opens it: ask CNSS for the day, and upload the declarations that are missing. "
            "It stays as it was recorded.",
            err=True,
        )
    for paper in health_cover.certified_without_declaration():
        click.echo(
            f"{paper.number}, {paper.about}: certifies days that were not declared to CNSS: tell the person, "
            "and issue it anew once they are. It stays as it was issued.",
            err=True,
        )
    for payment in transfers.paid_before_sent():
        click.echo(
            f"payment #{payment.id}, {payment}: paid on {payment.paid_on}, sent on {payment.sent_on}: ask the bank for "
            "its day. It stays as it was recorded.",
            err=True,
        )
    to_correct = False
    for standing in chain(standing_values(), standing_attendance(local_today())):
        to_correct = to_correct or not standing.closed_by
        way_out = standing.closed_by or (
            f"Correct “{standing.label}” on its page; everything else of it can be saved meanwhile."
        )
        click.echo(f"{standing.holder}: {standing.label}: {standing.sentence} {way_out}", err=True)
    for holder, sentence in standing_records():
        to_correct = True
        click.echo(f"{holder}: {sentence} Mend it on its page; everything else of it can be saved meanwhile.", err=True)
    for number, sentence in issue.papers_of_days_to_come():
        to_correct = True
        click.echo(f"{number}: {sentence} Then issue it again, with the reason.", err=True)
    if agreements or to_correct:
        sys.exit(1)
    click.echo("ok")


@click.command("work")
@in_application
def carry_out_work() -> None:
    """Carry out long work as a process of its own, beside servers that do not (`app.py` does)."""
    worker.clear_up()
    current_app.extensions["queue"].create_consumer(workers=1, periodic=True, max_delay=1).run()


def install(app: Flask) -> None:
    """Put the commands under `flask`."""
    everything = (
        *(
            carry_out_work,
            set_up,
            make_demonstration,
            print_rules,
            import_list,
            export_list,
            check_integrity,
            do_action,
        ),
        *(payroll, users, certificates, papers, damancom),
    )
    for command in everything:
        app.cli.add_command(command)
