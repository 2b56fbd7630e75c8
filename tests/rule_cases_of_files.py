"""The cases of the rules of files: tables and imports, what the bank sends back, what goes to CNSS."""

from datetime import UTC, date, datetime
from decimal import Decimal

from awrash.bank.columns import table_of
from awrash.bank.records import Verdict
from awrash.bank.returns import decide, read_return
from awrash.cnss import declarations
from awrash.cnss.damancom import DeclaredMonth
from awrash.cnss.declaration_file import DeclarationFile
from awrash.cnss.records import Complement, NineComplements
from awrash.database.session import db
from awrash.files.import_kinds import KINDS
from awrash.files.imports import FaultyLine, ImportReport, Reading, header_of
from awrash.files.tables import MOST_BLANK, read_table
from awrash.models import Declaration, Payment
from awrash.operations.payment_matching import BankLine, Ledger, record_answer
from awrash.records.accounts import user_by_email
from awrash.records.dated_figures import Parameter
from awrash.values.states import DeclarationState, PaymentState
from tests import bombs
from tests.cnss.test_declarations import example
from tests.rule_cases import second_contract
from tests.world import a_payment, a_slip

MAY, APRIL = date(2026, 5, 1), date(2026, 4, 1)
PAID_ON = date(2026, 6, 15)
AT = datetime(2026, 6, 20, 9, tzinfo=UTC)


# ---- tables and imports


def table(content, most_lines=None):
    return lambda world: read_table(content, most_lines)


def header(*names):
    return lambda world: header_of(KINDS["carriers"], list(names))


def lines(*cells):
    """Lines of a list of carriers, read one after the other; the first refusal is raised."""

    def read(world):
        kind = KINDS["carriers"]
        reading = Reading(kind, header_of(kind, ["registration_number", "founded_on", "commune", ""]), AT.date())
        for number, line in enumerate(cells, 2):
            try:
                reading.read(number, ["R-1", *line], ImportReport("carriers"))
            except FaultyLine as faulty:
                raise faulty.refusals[0] from faulty

    return read


def person_line(**cells):
    """A line of a list of people about the world's person."""

    def read(world):
        kind = KINDS["participants"]
        reading = Reading(kind, header_of(kind, ["cnie", *cells]), AT.date())
        try:
            reading.read(2, ["J100001", *cells.values()], ImportReport("participants"))
        except FaultyLine as faulty:
            raise faulty.refusals[0] from faulty

    return read


IMPORTS = {
    "identity_as_recorded": (
        person_line(family_name_fr="AGNOUZE", address="Rue 5"),
        person_line(family_name_fr="OUARDI", address="Rue 5"),
    ),
    "unreadable_file": (table(b"a;b\n1;2"), table(b"")),
    "open_quote": (table(b'a;b\n"1";2'), table(b'a;b\n"1;2')),
    "file_too_long": (table(b"a\n1\n2", most_lines=2), table(b"a\n1\n2\n3", most_lines=2)),
    "too_many_blank_lines": (table(b"a\n\n1"), table(b"1" + b"\n" * (MOST_BLANK + 2))),
    "too_much_in_file": (
        table(bombs.xlsx("<row><c><v>1</v></c></row>")),
        lambda world: read_table(bombs.workbook("one text in many cells"), most_lines=20),
    ),
    "unknown_column": (header("registration_number", "phone"), header("registration_number", "telefax")),
    "column_missing": (header("registration_number"), header("phone")),
    "column_twice": (header("registration_number"), header("registration_number", "registration_number")),
    "not_readable": (lines(["31/12/1990"]), lines(["hier"])),
    "not_found": (lines(["", ""]), lines(["", "Tombouctou"])),
    "twice_in_file": (lines([""]), lines([""], [""])),
    "wrong_cell_count": (lines(["", "", ""]), lines(["", "", "x"])),
    "no_lines": (lambda world: table_of(b"cnie;net\nJ1;2"), lambda world: table_of(b"cnie;net")),
    "no_figure_in_force": (
        lambda world: Parameter.on("smig_hourly", date(2026, 1, 1)),
        lambda world: Parameter.on("smig_hourly", date(2010, 1, 1)),
    ),
}


# ---- what the bank sends back


def sent(world, **fields):
    """The wage of May, sent to the bank."""
    with db.session.no_autoflush:
        payment = a_payment(world, DeclarationState.accepted)
        for name, value in fields.items():
            setattr(payment, name, value)
        db.session.add(payment)
    db.session.flush()
    return payment


def two_sent(world):
    """The wages of two people, sent under one reference."""
    first = sent(world, reference="V-1")
    with db.session.no_autoflush:
        world.contract = second_contract(world)
        second = Payment(pay_slip=a_slip(world, first.pay_slip.run), amount=Decimal("1.00"), reference="V-1")
        second.state = PaymentState.sent
        db.session.add(second)
    db.session.flush()


def line(state=PaymentState.paid, **fields):
    """What a line says: the wage of May of the world's participant is paid, unless told otherwise."""
    return BankLine(state, **{"month": MAY, "cnie": "J100001", "paid_on": PAID_ON, **fields})


def matched(before, *lines):
    """Lines matched one after the other; a refusal is raised."""

    def bend(world):
        before(world)
        ledger = Ledger()
        for number, said in enumerate(lines, 2):
            match = ledger.match(number, said)
            if match.refusal is not None:
                raise match.refusal

    return bend


def told(payment_as, said):
    return lambda world: record_answer(sent(world, **payment_as), said, AT.date())


def set_apart(amount, decision, with_payment=True, said="paid", reason=None):
    """A line set apart for its amount or for what it does not say, and what a person decides on it."""

    def bend(world):
        payment = sent(world)
        content = f"month;participant.cnie;amount;state;paid_on\n2026-05;J100001;{amount};{said};15/06/2026"
        [apart] = read_return(content.encode(), "retour.csv", None, user_by_email("auditor@example.ma"), AT).lines
        decide(apart, payment if with_payment else None, decision, reason)

    return bend


def kept_file(name):
    def bend(world):
        content = b"month;participant.cnie;state\n2026-05;J100001;paid"
        read_return(content, "retour.csv", None, user_by_email("auditor@example.ma"), AT).name = name

    return bend


BANK = {
    "unmatched": (matched(sent, line()), matched(sent, line(cnie="J999999"))),
    "doubled": (matched(sent, line()), matched(sent, line(), line())),
    "doubled.several": (
        matched(lambda world: sent(world, reference="V-1"), line(month=None, cnie=None, reference="V-1")),
        matched(two_sent, line(month=None, cnie=None, reference="V-1")),
    ),
    "differing_amount": (
        matched(sent, line(amount=Decimal("1.00"))),
        matched(sent, line(amount=Decimal("2.00"))),
    ),
    "wrong_state": (
        told({}, line(PaymentState.rejected, rejection_reason="الحساب مغلق")),
        told({"state": PaymentState.reissued}, line()),
    ),
    "wrong_state.otherwise": (
        told({"state": PaymentState.paid, "paid_on": PAID_ON}, line()),
        told({"state": PaymentState.paid, "paid_on": PAID_ON}, line(paid_on=date(2026, 6, 16))),
    ),
    "kept_as_it_came": (kept_file("retour.csv"), kept_file("autre.csv")),
    "left_aside_explained": (
        set_apart("2,00", Verdict.ignore, reason="أجر شهر آخر"),
        set_apart("2,00", Verdict.ignore),
    ),
    "applied_to_payment": (
        set_apart("2,00", Verdict.apply),
        set_apart("2,00", Verdict.apply, with_payment=False),
    ),
    "says_nothing": (set_apart("2,00", Verdict.apply), set_apart("2,00", Verdict.apply, said="")),
}


# ---- what goes to CNSS


def brought(content):
    """A pre-filled file brought for the declaration that the world's carrier makes of May."""

    def bend(world):
        declarations.bring_prefilled(a_declaration(world), content)

    return bend


def a_declaration(world, state=DeclarationState.to_make):
    world.carrier.cnss_affiliation = "1234567"
    db.session.flush()
    with db.session.no_autoflush:
        made = Declaration(carrier=world.carrier, run=a_slip(world).run, state=state)
        db.session.add(made)
    db.session.flush()
    return made


def brought_for_any(affiliation):
    def bend(world):
        a_declaration(world)
        declarations.bring_prefilled_of_any_carrier(example("A").replace(b"1234567", affiliation))

    return bend


def written(affiliation):
    """A file for Damancom with one person who worked 26 days."""

    def bend(world):
        world.carrier.cnss_affiliation = affiliation
        person = DeclaredMonth("100000018", "AGNOUZ", "AMINA", days=26, gross=342272, capped=342272, cnie="J100001")
        DeclarationFile(world.carrier, world.edition, MAY, (person,)).content()

    return bend


def changed_once(state, make=a_declaration):
    def bend(world):
        make(world, state).content = b"another"

    return bend


def a_complement(world, state=DeclarationState.to_make, month=APRIL):
    with db.session.no_autoflush:
        made = Complement(run=a_slip(world).run, carrier=world.carrier, month=month, number=1, state=state)
        db.session.add(made)
    db.session.flush()
    return made


CNSS = {
    "few_lines_for_cnss": (
        lambda world: declarations.FewLinesForCnss().check(example("A")),
        lambda world: declarations.FewLinesForCnss().check(b"\n" * (declarations.MOST_LINES + 1)),
    ),
    "prefilled_readable": (brought(example("A")), brought(b"nom;prenom\r\n")),
    "prefilled_of_carrier": (brought(example("A")), brought(example("A").replace(b"1234567", b"7654321"))),
    "prefilled_expected": (brought_for_any(b"1234567"), brought_for_any(b"7654321")),
    "file_accepted": (written("1234567"), written(None)),
    "uploaded_file_stays": (changed_once(DeclarationState.made), changed_once(DeclarationState.uploaded)),
    "uploaded_complement_stays": (
        changed_once(DeclarationState.made, a_complement),
        changed_once(DeclarationState.uploaded, a_complement),
    ),
    "nine_complements": (lambda world: NineComplements().check(9), lambda world: NineComplements().check(10)),
    "earlier_month": (a_complement, lambda world: a_complement(world, month=MAY)),
}

CASES_OF_FILES = IMPORTS | BANK | CNSS

# a sentence whose case needs a whole month of work: the test that has it
CASED_BY = {
    "something_to_add": (
        "tests/cnss/test_complements.py::test_a_month_from_which_days_are_only_taken_back_has_no_file"
    ),
}
