"""The same verbs from the command line; exit 0 done, 1 refused with the rule's sentence, 2 wrong use."""

import getpass
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from decimal import Decimal
from functools import wraps
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_babel import force_locale, ngettext
from flask_migrate import upgrade
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import FileStorage

from awrash import worker
from awrash.cnss import complements
from awrash.cnss.damancom import Faulty, FileFault
from awrash.cnss.declarations import SENT, bring_prefilled, bring_prefilled_of_any_carrier, compare_with_cnss
from awrash.cnss.file_check import check_file as check_file_of_cnss
from awrash.cnss.records import Complement
from awrash.database.preview import preview
from awrash.database.record import record_named
from awrash.database.session import db, only_reading, writing
from awrash.demo import prefecture
from awrash.files.exports import LISTS, csv_stream, write_list
from awrash.files.import_kinds import KINDS, find
from awrash.files.imports import check_file
from awrash.models import CommitteeSession, Worksite
from awrash.operations import declarations, people
from awrash.operations import payroll as payroll_run
from awrash.operations.declarations import make_declaration
from awrash.papers import issue
from awrash.papers.catalogue import PAPERS
from awrash.records import audit
from awrash.records.accounts import Role, User, add_user, made_password, set_password, user_by_email
from awrash.records.audit import AuditEvent, AuditLine
from awrash.records.paper_texts import PaperLanguage
from awrash.reports import month_wages, payroll_totals, transfers
from awrash.rules.check import Required
from awrash.rules.constraints import refusal_of
from awrash.rules.register import every_rule, sentences_of
from awrash.rules.rule import RuleError
from awrash.screens.forms import MonthField, RecordField
from awrash.seeds import plant
from awrash.settings import only_owner
from awrash.values.language import LANGUAGES, local_today, now
from awrash.values.states import Insertion
from awrash.values.text import YEARS, numbered, parse_amount, parse_date, parse_month

payroll = AppGroup("payroll", help="The month's payroll: run, approve, freeze.")
users = AppGroup("users", help="Accounts of the team.")
certificates = AppGroup("certificates", help="Certificates of skills.")
papers = AppGroup("papers", help="Papers of the office.")
damancom = AppGroup("damancom", help="Files of CNSS.")


class MonthType(click.ParamType):
    """A month written 2026-10."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        try:
            return value if isinstance(value, date) else parse_month(value)
        except ValueError:
            self.fail(f"{value} is not a month: write it as 2026-10.", param, ctx)


class DayType(click.ParamType):
    """A day written 2026-10-31."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        try:
            day = value if isinstance(value, date) else parse_date(value)
        except ValueError:
            self.fail(f"{value} is not a day: write it as 2026-10-31.", param, ctx)
        return day if day.year in YEARS else self.fail(f"{value} is too far away: read the year again.", param, ctx)


class AmountType(click.ParamType):
    """An amount written 3422,72."""

    name = "AMOUNT"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        try:
            return value if isinstance(value, Decimal) else parse_amount(value)
        except ValueError:
            self.fail(f"{value} is not an amount: write it as 3422,72.", param, ctx)


class OutType(click.Path):
    """A file to write, in a folder that is there."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Path:
        path = Path(super().convert(value, param, ctx))
        if not path.parent.is_dir():
            self.fail(f"There is no folder {path.parent}: make it first.", param, ctx)
        only_owner(path)
        return path


DEMONSTRATION = "demo"  # who makes the invented accounts
PREFILLED = "prefilled"  # a file of CNSS and no table: it is not among KINDS
TERMINAL = "command line"  # who acts when nobody is named
MONTH, DAY, AMOUNT = MonthType(), DayType(), AmountType()
OUT = OutType(dir_okay=False)
WHOSE: dict[str, Any] = {"envvar": "AWRASH_ACTOR", "help": "E-mail of the person whose doing this is."}
AS = click.option("--as", "email", **WHOSE)
AS_ONE = click.option("--as", "actor", **WHOSE)  # where another e-mail is given


def refuse(sentence: str) -> NoReturn:
    """Print a refusal and end with 1."""
    click.echo(sentence, err=True)
    sys.exit(1)


def named_person(email: str | None) -> User | None:
    """The account named by --as or AWRASH_ACTOR; nobody when none was named."""
    person = user_by_email(email) if email else None
    if email and person is None:
        raise click.UsageError(f"There is no account {email}: make one with `flask users add`.")
    return person


@contextmanager
def taking_out(email: str | None) -> Iterator[None]:
    """Reading for a file that goes out, and the line of the audit that says who took it; nobody waits meanwhile."""
    mode = only_reading.set(True)
    try:
        with audit.acting(named_person(email), TERMINAL):
            yield
    finally:
        only_reading.reset(mode)


@contextmanager
def doing(email: str | None, only_tried: bool = False) -> Iterator[User]:
    """One piece of work of one person: committed, or taken back with its refusal or because it is only tried."""
    only_reading.set(only_tried)
    person = user_by_email(email) if email else first_account()
    if person is None:
        raise click.UsageError(f"There is no account {email or ''}: make one with `flask users add`.")
    try:
        with audit.acting(person), preview() if only_tried else nullcontext():
            yield person
            if not only_tried:
                db.session.commit()
    except RuleError as refusal:
        db.session.rollback()
        refuse(str(refusal))
    except (IntegrityError, StaleDataError) as error:
        db.session.rollback()
        refuse(str(refusal_of(error)))


def trace(what: AuditEvent, about: Any, **details: Any) -> None:
    """A line of the audit in a transaction of its own, beside what is read."""
    with writing() as connection:
        audit.write([audit.line_of(what, about, **details)], connection)


def first_account() -> User | None:
    """The account whose doing a command is when nobody is named."""
    wanted = os.environ.get("AWRASH_ADMIN_EMAIL")
    return (user_by_email(wanted) if wanted else None) or db.session.scalar(select(User).order_by(User.id).limit(1))


def spoken(command: Callable[..., Any]) -> Callable[..., Any]:
    """Speak the terminal's language: LANG in French or English, else Arabic; AWRASH_LANGUAGE wins."""

    @wraps(command)
    def speaking(*args: Any, **kwargs: Any) -> Any:
        wanted = os.environ.get("AWRASH_LANGUAGE", os.environ.get("LANG", "ar")[:2])
        with force_locale(wanted if wanted in LANGUAGES else "en"):
            return command(*args, **kwargs)

    return speaking


# ---- set-up


@click.command("setup")
@with_appcontext
@spoken
def setup() -> None:
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
        click.echo(first_account_said())
        db.session.commit()


def first_account_said() -> str:
    """What is told of the first account: it is made once, in an installation that never had one, and never again."""
    email = os.environ.get("AWRASH_ADMIN_EMAIL", "admin@awrash.ma")
    if not had_account():
        given = os.environ.get("AWRASH_ADMIN_PASSWORD")
        password = given or made_password()
        add_user(email, Role.administrator, password)
        shown = "(password from AWRASH_ADMIN_PASSWORD)" if given else f" password: {password}  (shown once: keep it)"
        return f"Account: {email} {shown}"
    known = user_by_email(email)
    if known is not None and known.administers:
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
    """Whether a person ever had an account here: one that stands, or one that the audit tells of.

    Those of the demonstration are nobody's.
    """
    made = select(AuditLine.record_id).filter_by(record=User.__tablename__)
    invented = made.where(AuditLine.actor_id.is_(None), AuditLine.actor == DEMONSTRATION)
    theirs = made.where(AuditLine.record_id.not_in(invented)).limit(1)
    unknown = select(User.id).where(User.id.not_in(invented)).limit(1)
    return any(db.session.scalar(one) is not None for one in (theirs, unknown))


def has_administrator() -> bool:
    return any(one.administers for one in db.session.scalars(select(User)))


@click.command("demo")
@click.option("--participants", type=click.IntRange(1, 300_000), default=prefecture.PEOPLE, show_default=True)
@click.option("--month", type=MONTH, help="The last month of the demonstration; the latest full month by default.")
@with_appcontext
@spoken
def demo_command(participants: int, month: date | None) -> None:
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
@AS_ONE
@with_appcontext
@spoken
def add(email: str, role: str, actor: str | None) -> None:
    """Make an account; the password comes from AWRASH_PASSWORD or is asked."""
    password = asked_password()
    try:
        with audit.acting(named_person(actor), TERMINAL):
            plant.plant()
            add_user(email, Role(role), password)
            db.session.commit()
    except RuleError as refusal:
        db.session.rollback()
        refuse(str(refusal))
    click.echo(f"{email}: {role}")


@users.command("password")
@click.argument("email")
@AS_ONE
@with_appcontext
@spoken
def password_command(email: str, actor: str | None) -> None:
    """Set the password of an account that lost it; it comes from AWRASH_PASSWORD or is asked."""
    user = user_by_email(email)
    if user is None:
        refuse(f"There is no account {email}: make one with `flask users add`.")
    with audit.acting(named_person(actor), TERMINAL):
        set_password(user, asked_password())
        db.session.commit()
    click.echo(f"{email}: password set")


def asked_password() -> str:
    password = os.environ.get("AWRASH_PASSWORD") or getpass.getpass("Password: ")
    if len(password) < current_app.config.get("SECURITY_PASSWORD_LENGTH_MIN", 8):
        refuse("The password is too short: at least 8 characters.")
    return password


@click.command("rules")
@with_appcontext
@spoken
def rules() -> None:
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
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check only; write nothing.")
@click.option("--good-lines", is_flag=True, help="Write the good lines of a faulty file.")
@AS
@with_appcontext
@spoken
def import_command(kind: str, file: Path, dry_run: bool, good_lines: bool, email: str | None) -> None:
    """Bring a list in; a faulty file writes nothing and names each fault as LINE:FIELD:RULE:sentence."""
    if kind == PREFILLED:
        import_prefilled(file.read_bytes(), dry_run, email)
        return
    with doing(email, only_tried=dry_run):
        report = check_file(kind, file.read_bytes(), local_today())
        if report.faults and not good_lines:
            db.session.rollback()
    for fault in report.faults:
        click.echo(str(fault), err=True)
    counts = f"{len(report.made)} new, {len(report.changed)} changed, {report.same} already there"
    written = not dry_run and (good_lines or not report.faults)
    click.echo(f"{kind}: {counts}, {len(report.faults)} faults" + ("" if written else "; nothing written"))
    if report.faults:
        sys.exit(1)


def import_prefilled(content: bytes, dry_run: bool, email: str | None) -> None:
    """Keep a pre-filled file of CNSS with the declaration of its carrier and month."""
    try:
        with doing(email, only_tried=dry_run):
            matching = compare_with_cnss(bring_prefilled_of_any_carrier(content)).matching
            sides = (matching.pairs, matching.theirs_only, matching.ours_only) if matching else ((), (), ())
    except Faulty as faulty:
        db.session.rollback()
        name_faults(faulty.faults)
    both, theirs, ours = (len(one) for one in sides)
    counts = f"{both} on both lists, {theirs} only on that of CNSS, {ours} only on ours"
    click.echo(f"{PREFILLED}: {counts}" + ("; nothing written" if dry_run else ""))


def name_faults(faults: Iterable[FileFault]) -> NoReturn:
    """Print each fault of a file of CNSS as LINE:FIELD:RULE:sentence, and end with 1."""
    for fault in faults:
        click.echo(f"{fault.line}:{fault.field}:{fault.rule}:{fault.sentence}", err=True)
    sys.exit(1)


@click.command("export")
@click.argument("name", type=click.Choice(list(LISTS)))
@click.option("--out", type=OUT, required=True)
@click.option("--month", type=MONTH)
@AS
@with_appcontext
@spoken
def export_command(name: str, out: Path, month: date | None, email: str | None) -> None:
    """Write a list as CSV."""
    only_reading.set(True)
    if name == "cnss" and month is None:
        raise click.UsageError("The list for social security is made by month: --month 2026-10.")
    with taking_out(email):
        if name == "cnss" and month_wages.run_of(month) is None:
            refuse(f"There is no payroll for {month:%Y-%m}: calculate it first.")
        count = write_list(name, month, out)
        told = {"filters": [f"{month:%Y-%m}"]} if month else {}
        trace(AuditEvent.exported, LISTS[name].record.__tablename__, file=out.name, lines=count, **told)
    click.echo(ngettext("%(num)s line", "%(num)s lines", count))


# ---- verbs


@payroll.command("run")
@click.argument("month", type=MONTH)
@AS
@with_appcontext
@spoken
def run_payroll(month: date, email: str | None) -> None:
    """Calculate the payroll of a month."""
    with doing(email) as person:
        run = payroll_run.open_run(month)
        told = payroll_run.calculate_payroll(run, person, now()).sentence
        totals = payroll_totals.run_totals(run)
    click.echo(f"{month:%Y-%m}: {totals['slips']} slips, {totals['blocked']} stopped, net {totals['net'] or 0}")
    click.echo(told)


def known_run(month: date) -> Any:
    run = month_wages.run_of(month)
    if run is None:
        refuse(f"There is no payroll for {month:%Y-%m}: calculate it first.")
    return run


@payroll.command("approve")
@click.argument("month", type=MONTH)
@AS
@with_appcontext
@spoken
def approve_payroll(month: date, email: str | None) -> None:
    """Approve the payroll of a month, as another person than the one who calculated it."""
    with doing(email) as person:
        payroll_run.approve_payroll(known_run(month), person)
    click.echo(f"{month:%Y-%m}: approved")


@payroll.command("transfers")
@click.argument("month", type=MONTH)
@click.option("--out", required=True, type=OUT)
@AS
@with_appcontext
@spoken
def write_transfers(month: date, out: Path, email: str | None) -> None:
    """Write the list of wages to transfer, for CNSS; who is left apart is named on stderr by reason."""
    with taking_out(email):
        run = known_run(month)
        totals = transfers.totals_of(transfers.due_of(run))
        with out.open("wb") as file:
            file.writelines(csv_stream(list(transfers.COLUMNS), transfers.file_lines(run)))
        trace(AuditEvent.exported, run, file=out.name, lines=totals.count)
    for one, why in totals.apart:
        click.echo(f"{one.payment_id}:rib:{why}", err=True)
    click.echo(f"{month:%Y-%m}: {totals.count} wages, {totals.amount} dirhams, {len(totals.apart)} left apart")


@payroll.command("freeze")
@click.argument("month", type=MONTH)
@AS
@with_appcontext
@spoken
def freeze_payroll(month: date, email: str | None) -> None:
    """Freeze the payroll of a month under its seal."""
    with doing(email):
        run = known_run(month)
        payroll_run.freeze_payroll(run, now())
    click.echo(f"{month:%Y-%m}: frozen {run.seal}")


@damancom.command("write")
@click.argument("month", type=MONTH)
@click.option("--carrier", "affiliation", required=True, help="CNSS affiliation number of the carrier.")
@click.option("--prefilled", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--complementary", "earlier", type=MONTH, help="The earlier month that this payroll corrects.")
@click.option("--out", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@AS
@with_appcontext
@spoken
def write_damancom(
    month: date, affiliation: str, prefilled: Path | None, earlier: date | None, out: Path, email: str | None
) -> None:
    """Write the declaration of a carrier and month; what was uploaded already is written out as it went.

    With --complementary, the experimental file of what the month's payroll adds to an earlier month.
    """
    with doing(email):
        run = known_run(month)
        found = [one for one in run.declarations if one.carrier.cnss_affiliation == affiliation]
        if not found:
            refuse(f"There is no declaration of {affiliation} for {month:%Y-%m}: freeze the payroll first.")
        declaration: Any = found[0]
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
        warn_of(declaration)
    (out / declaration.file_name).write_bytes(declaration.content)
    click.echo(str(out / declaration.file_name))


def warn_of(complement: Complement) -> None:
    """What a person must know of a complementary file: that it is experimental, and who is not in it."""
    click.echo("Experimental: no portal has confirmed complementary files; check that this one is accepted.", err=True)
    left = [one for one in complements.changes_of(complement) if not one.goes_in]
    if left:
        click.echo(f"{len(left)} people are not in it: settle what is taken back with the agency of CNSS.", err=True)


@damancom.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
@spoken
def check_damancom(file: Path) -> None:
    """Check a file for Damancom, whoever wrote it; each fault is named as LINE:FIELD:RULE:sentence."""
    try:
        told = check_file_of_cnss(file.read_bytes(), local_today())
    except RuleError as refusal:
        refuse(str(refusal))
    if told.faults:
        name_faults(told.faults)
    click.echo(f"{told.affiliation} {told.month:%Y-%m}: {told.lines} lines, no fault")


@certificates.command("issue")
@click.option("--worksite", "code", required=True)
@click.option("--out", type=OUT, required=True)
@AS
@with_appcontext
@spoken
def issue_certificates(code: str, out: Path, email: str | None) -> None:
    """Issue the certificates of a worksite as one PDF; who has not earned one is named."""
    document = PAPERS["certificate"]
    with doing(email) as person:
        worksite = db.session.scalar(select(Worksite).filter_by(code=code))
        if worksite is None:
            refuse(f"There is no worksite {code}.")
        asked = issue.Issuance(person, local_today(), now())

        def certified(contract: Any) -> int:
            return issue.issue(document, people.issue_certificate(contract, asked.on), "ar", asked).id

        issued, refused = each_of(worksite.contracts, lambda one: one.number, certified)
        if issued:
            out.write_bytes(issue.as_one_pdf(issued))
            audit.note(AuditEvent.fetched, worksite, file=out.name, lines=len(issued))
    tell(issued, refused, "issued")


@papers.command("issue")
@click.argument("name", metavar="PAPER", type=click.Choice(list(PAPERS)))
@click.argument("keys", nargs=-1, required=True)
@click.option("--language", type=click.Choice([one.value for one in PaperLanguage]), default="ar", show_default=True)
@click.option("--reason", help="Why a paper that was issued already gets a new version.")
@click.option("--out", type=OUT, required=True)
@AS
@with_appcontext
@spoken
def issue_papers(
    name: str,
    keys: tuple[str, ...],
    language: str,
    reason: str | None,
    out: Path,
    email: str | None,
) -> None:
    """Issue a paper of records named by their number, or as `#12`: one PDF, what stands is written out as it went."""
    document = PAPERS[name]
    if language not in document.languages:
        raise click.UsageError(f"{name} is written in {', '.join(document.languages)}.")
    kind = record_named(document.record)
    with doing(email) as person:
        asked = issue.Issuance(person, local_today(), now())

        def issued(key: str) -> int:
            record = named(kind, key)
            paper = issue.issue(document, record, language, asked, reason)
            audit.note(AuditEvent.fetched, paper, file=out.name)
            if getattr(record, "is_confidential", False):
                audit.note(AuditEvent.read, record, file=out.name)
            return int(paper.id)

        made, refused = each_of(keys, str, issued)
        if made:
            out.write_bytes(issue.content_of(made[0]) if len(made) == 1 else issue.as_one_pdf(made))
    tell(made, refused, "issued")


def each_of(
    subjects: Iterable[Any], name: Callable[[Any], str], work: Callable[[Any], Any]
) -> tuple[list[Any], dict[str, list[str]]]:
    """What was done of each subject, in a savepoint of its own; each sentence of refusal once, with whom it stops."""
    done: list[Any] = []
    stopped: dict[str, list[str]] = {}
    for subject in subjects:
        try:
            with db.session.begin_nested():
                done.append(work(subject))
        except RuleError as refusal:
            stopped.setdefault(str(refusal), []).append(name(subject))
    return done, stopped


def tell(done: list[Any], refused: dict[str, list[str]], word: str) -> None:
    """Say how many were done, name each refusal on stderr, and end with 1 when there is one."""
    for sentence, names in refused.items():
        click.echo(f"{', '.join(names)}: {sentence}", err=True)
    click.echo(f"{len(done)} {word}, {sum(map(len, refused.values()))} refused")
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
@click.option("--situation", type=click.Choice([one.value for one in Insertion]), help="What became of a person.")
@click.option("--month", type=MONTH, help="Month of an attendance sheet, as 2026-10.")
@click.option("--run", type=MONTH, help="Month of the payroll that takes a wage back, as 2026-10.")
@click.option("--days", type=click.IntRange(0, 31), help="Right number of days of a wage that is taken back.")
@click.option("--cnie", help="CNIE as the card bears it.")
@click.option("--wage", type=AMOUNT, help="Monthly wage in dirhams, as 3422,72.")
@click.option("--receipt", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Receipt of Damancom.")
@AS
@with_appcontext
@spoken
def do(record: str, action: str, keys: tuple[str, ...], email: str | None, **asked: Any) -> None:
    """Do what a bulk action of the screens does, on records named by their number: the same rules."""
    known = current_app.extensions["awrash_verbs"]
    if (record, action) not in known:
        raise click.UsageError(f"There is no action {action} on {record}.")
    kind, verb = known[(record, action)]
    with doing(email) as person:
        ask = answers(person, asked)
        for field in verb.asks() if verb.asks else ():
            if field.flags.required and isinstance(field, NEEDED) and getattr(ask, field.short_name) is None:
                Required().refuse(field=field.label.text)
        done, refused = each_of(keys, str, lambda key: verb.run(named(kind, key), ask))
    tell(done, refused, "done")


NEEDED = (RecordField, MonthField)  # no operation begins without it; of a text that is missing its own rule says more


def named(kind: Any, key: str) -> Any:
    """The record of a number on its card or receipt, or of its own number as `#12` before it has one."""
    number = numbered(key[1:]) if key.startswith("#") else None
    found = None if number is None else db.session.get(kind, number)
    return found or find(kind, key)


def answers(person: User, asked: dict[str, Any]) -> SimpleNamespace:
    """What the action's form would have asked."""
    session, run = None, known_run(asked["run"]) if asked["run"] else None
    if asked["session"]:
        session = db.session.scalar(select(CommitteeSession).filter_by(held_on=asked["session"]))
        if session is None:
            refuse(f"There is no session on {asked['session']}: record it first.")
    on, receipt = asked["on"] or local_today(), asked["receipt"]
    told = {"day": on, "on": on, "at": now(), "actor": person, "session": session, "run": run}
    told["receipt"] = FileStorage(receipt.open("rb"), receipt.name) if receipt else None
    return SimpleNamespace(**asked | told)


@click.command("check")
@with_appcontext
@spoken
def check() -> None:
    """Verify the seals of frozen payrolls, the fingerprints of issued papers and the carriers of agreements."""
    only_reading.set(True)
    wrong = [f"{run.month:%Y-%m}" for run in payroll_totals.frozen_runs() if payroll_run.seal_of(run) != run.seal]
    if wrong:
        refuse(f"The seal does not match the slips: {', '.join(wrong)}")
    changed = list(issue.altered_papers())
    if changed:
        refuse(f"The file does not match its fingerprint: {', '.join(changed)}")
    for run in payroll_run.sealed_without_names():
        click.echo(f"{run.month:%Y-%m}: sealed before seals covered the CNIE, names, contract and worksite.", err=True)
    strangers = payroll_totals.agreements_of_another_carrier()
    for one in strangers:
        click.echo(
            f"{one} #{one.id}: its project is that of {one.project.carrier}: terminate it, then prepare another from "
            "the project.",
            err=True,
        )
    if strangers:
        sys.exit(1)
    click.echo("ok")


@click.command("work")
@with_appcontext
def work() -> None:
    """Carry out long work as a process of its own, beside servers that do not (`app.py` does)."""
    worker.clear_up()
    current_app.extensions["queue"].create_consumer(workers=1, periodic=True, max_delay=1).run()


def install(app: Flask) -> None:
    """Put the commands under `flask`."""
    everything = (
        *(work, setup, demo_command, rules, import_command, export_command, check, do),
        *(payroll, users, certificates, papers, damancom),
    )
    for command in everything:
        app.cli.add_command(command)
