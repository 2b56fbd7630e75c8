"""A table, written by hand, of the states from which each verb runs, walked at an old page and at `flask do`."""

from datetime import date

import pytest
from sqlalchemy import select, update

from awrash.cnss.records import Complement
from awrash.database.record import value_at
from awrash.database.session import db
from awrash.models import CommitteeSession, PayrollRun, PaySlip
from awrash.operations.management_fee import approve_instalment
from awrash.operations.payroll import open_run
from awrash.records.accounts import Role, user_by_email
from awrash.values.states import RunState
from tests.doors import run

# record: verb: the states from which it runs; from any other state of the record it is refused
TABLE = {
    "edition": {"open": "draft", "close": "open"},
    "call": {"publish": "draft", "publish_version": "published open", "open": "published", "close": "open"},
    "carrier": {"complete": "registered", "admit": "documents_complete"},
    "project": {
        "deposit": "draft",
        "receive": "draft deposited",
        "complete": "deposited",
        "reopen": "complete",
        "score": "complete",
        "approve": "scored deferred",
        "defer": "scored",
        "refuse": "scored deferred",
        "prepare": "approved",
    },
    "committee_session": {"hold": "planned", "close": "held"},
    "agreement": {
        "number": "drafted",
        "sign_council": "drafted",
        "sign_carrier": "drafted",
        "sign_commune": "drafted",
        "sign_service": "drafted",
        "terminate": "drafted signed running",
    },
    "instalment": {"approve": "due", "pay": "approved", "take_back": "approved", "came_back": "paid"},
    "worksite": {
        "open": "planned suspended",
        "suspend": "open",
        "complete": "open suspended",
        "open_sheet": "open suspended completed",
    },
    "participant": {
        "request_number": "none",
        "record_number": "none requested",
        "verify_account": "none being_opened",
        "confirm_cover": "waiting ending",
        "correct_cnie": "candidate eligible assigned ended",
    },
    "contract": {
        "sign": "prepared",
        "take_back": "signed approved",
        "change_wage": "signed approved running",
        "approve_anapec": "signed running ended",
        "start": "signed approved",
        "end": "prepared signed approved running",
        "issue_certificate": "running ended",
    },
    "attendance_sheet": {"fill": "open", "verify": "filled", "lock": "open filled verified"},
    "payroll_run": {
        "calculate": "open calculated",
        "approve": "calculated reviewed",
        "take_back": "reviewed approved",
        "freeze": "approved",
    },
    "pay_slip": {"reverse": "frozen"},
    "declaration": {
        "make": "to_make made rejected",
        "upload": "made",
        "accept": "uploaded",
        "reject": "uploaded",
    },
    "complement": {
        "make": "to_make made rejected",
        "upload": "made",
        "accept": "uploaded",
        "reject": "uploaded",
    },
    "payment": {"send": "due", "paid": "sent", "reject": "sent paid", "reissue": "rejected"},
    "certificate": {"replace": "issued revoked", "revoke": "issued"},
    "complaint": {
        "study": "received",
        "answer": "received under_study",
        "reopen": "answered",
        "close": "answered",
    },
    "follow_up": {"done": "planned unreachable"},
    "wording": {"use": "draft", "copy": "in_use replaced"},
}
STANDS = {  # where the state stands that a verb starts from, when it is not the record's own
    "request_number": "cnss_state",
    "record_number": "cnss_state",
    "verify_account": "account_state",
    "confirm_cover": "cover_state",
    "reverse": "run.state",
}
VERBS = [(record, verb) for record, verbs in TABLE.items() for verb in verbs]
OCTOBER = date(2026, 10, 1)
REFUSED = ("is already “", "this is only done from: ", "is locked and cannot change", "write a new version of it")
ASKED = {
    "reason": "سبب مكتوب", "on": "2026-11-20", "reference": "VIR-1", "code": "R1", "answer": "جواب", "days": "20",
    "situation": "employed", "month": "2026-10",
    "wage": "3500,00",
}  # fmt: skip


def subjects(prefecture, record, verb):
    """Records of a kind in the demonstration, one made when there is none; agreements that nobody has signed."""
    kind, _verb = prefecture.extensions["awrash_verbs"][record, verb]
    if kind is Complement:
        slip = db.session.scalar(select(PaySlip).join(PaySlip.run).where(PayrollRun.state == RunState.frozen))
        carrier = slip.contract.worksite.agreement.carrier
        db.session.add(Complement(run=open_run(OCTOBER), carrier=carrier, month=slip.month, number=1))
        db.session.commit()
    query = select(kind.id).order_by(kind.id).limit(20)
    query = query.where(kind.council_signed_on.is_(None)) if verb.startswith("sign_") else query
    query = query.where(kind.frozen_at.is_(None)) if kind is PayrollRun else query
    return kind, list(db.session.scalars(query))


def holder_of(record, verb):
    """The record in which the state stands, and its name there."""
    *way, name = STANDS.get(verb, "state").split(".")
    return (value_at(record, ".".join(way)) if way else record), name


def put_in(holder, name, state):
    """A state written behind the back of the rules, as somebody else's press left it."""
    kind = type(holder)
    behind = update(kind).where(kind.id == holder.id).values({name: state, "version": kind.version + 1})
    db.session.execute(behind, execution_options={"vouched_by": "a test that needs every state"})
    db.session.commit()


def test_the_table_names_every_verb(prefecture):
    assert set(VERBS) == set(prefecture.extensions["awrash_verbs"])


@pytest.mark.parametrize("record, verb", VERBS)
def test_a_verb_runs_only_from_its_own_states(prefecture, tour, record, verb):
    db.session.add(open_run(OCTOBER))
    db.session.commit()
    kind, numbers = subjects(prefecture, record, verb)
    states = type(getattr(*holder_of(db.session.get(kind, numbers[0]), verb)))
    starts = [states[word] for word in TABLE[record][verb].split()]
    session = db.session.scalar(select(CommitteeSession).order_by(CommitteeSession.id.desc()))
    typed = ASKED | {"session": str(session.id), "run": str(open_run(OCTOBER).id)}
    typed |= {"cnie": "ZZ100001"}
    options = [f"--{field}={value}" for field, value in (ASKED | {"run": "2026-10"}).items()]
    options += [f"--session={session.held_on}", "--cnie=ZZ100002"]
    head = tour(Role.head_of_unit)
    head.post("/language/en")

    def by_an_old_page(number):
        page = head.post(f"/admin/{record}/action/", action=verb, rowid=number, confirmed="1", **typed)
        assert page.status == 200, page.text[:400]
        return page.soup.get_text(" "), page.says("Done for one record.")

    def by_the_terminal(number):
        answer = run(prefecture, "do", record, verb, f"#{number}", *options, "--as", "head_of_unit@awrash.ma")
        assert isinstance(answer.exception, SystemExit | None), answer.exception
        return answer.stderr, answer.exit_code == 0

    for state in sorted(states, key=starts.__contains__):  # those that refuse first: nothing is changed by them
        for door in (by_an_old_page, by_the_terminal):
            number = numbers[0]
            if state in starts and len(numbers) > 1:
                numbers.remove(number)  # what runs leaves more behind than a state
            holder, name = holder_of(db.session.get(kind, number), verb)
            put_in(holder, name, state)
            text, done = door(number)
            if state not in starts:
                assert not done, (state, text)
                assert getattr(db.session.get(type(holder), holder.id), name) == state
            if not verb.startswith("sign_"):  # of signatures a rule says more: `test_rules_at_every_door`
                assert any(sentence in text for sentence in REFUSED) == (state not in starts), (state, text[-400:])


def test_what_mends_a_mistake_stands_after_what_goes_forward_and_is_never_blue(office):
    instalment = office.agreement.instalments[0]
    approve_instalment(instalment, user_by_email("head_of_unit@example.ma"), date(2026, 5, 2))
    db.session.commit()
    for record, forward, back in ((office.contract, "end", "change_wage"), (instalment, "pay", "take_back")):
        page = office.head.get(f"/admin/{record.__tablename__}/details/?id={record.id}")
        first, *others = page.soup.select("form.bar button[name=action]")
        (mends,) = (button for button in others if button["value"] == back)
        assert first["value"] == forward and "btn-primary" not in mends["class"]
