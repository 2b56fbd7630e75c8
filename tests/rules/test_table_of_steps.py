"""The steps of each record and where each verb leads, as tables written by hand from docs/programme.md.

They are typed, not read out of the declarations: whoever changes a step changes it here too, on purpose.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import inspect, select, update
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from awrash.cnss.records import Complement
from awrash.database.record import Record
from awrash.database.session import Base, db
from awrash.models import CommitteeSession, PayrollRun, PaySlip, Worksite
from awrash.operations.payroll import calculate_payroll, open_run, reverse_slip
from awrash.records.accounts import user_by_email
from awrash.rules.rule import RuleError
from awrash.rules.steps import AllowedStep
from awrash.values.states import CallState, ContractState, Insertion, RunState, WorksiteState
from tests.world import a_contract, a_participant, a_rib

# record.field: state: the states that follow it; "!" asks for the reason
STEPS = {
    "edition.state": {"draft": "open", "open": "closed", "closed": ""},
    "call.state": {"draft": "published", "published": "open", "open": "closed", "closed": ""},
    "carrier.state": {
        "registered": "documents_complete",
        "documents_complete": "eligible registered",
        "eligible": "registered",
    },
    "project.state": {
        "draft": "deposited",
        "deposited": "complete",
        "complete": "scored deposited!",
        "scored": "approved deferred! refused!",
        "approved": "",
        "deferred": "approved refused!",
        "refused": "",
    },
    "committee_session.state": {"planned": "held", "held": "closed", "closed": ""},
    "agreement.state": {
        "drafted": "signed terminated!",
        "signed": "running terminated!",
        "running": "ended terminated!",
        "ended": "",
        "terminated": "",
    },
    "instalment.state": {"due": "approved", "approved": "paid due!", "paid": "approved!"},
    "worksite.state": {
        "planned": "open never_opened!",
        "open": "suspended! completed",
        "suspended": "open completed",
        "completed": "closed",
        "closed": "",
        "never_opened": "",
    },
    "participant.state": {
        "candidate": "eligible assigned",
        "eligible": "assigned candidate",
        "assigned": "ended eligible",
        "ended": "assigned",
    },
    "participant.cnss_state": {"none": "requested obtained", "requested": "obtained none", "obtained": ""},
    "participant.account_state": {
        "none": "being_opened verified",
        "being_opened": "verified none",
        "verified": "being_opened none",
    },
    "participant.cover_state": {"waiting": "open", "open": "ending", "ending": "open waiting"},
    "contract.state": {
        "prepared": "signed ended!",
        "signed": "approved running ended! prepared!",
        "approved": "running ended! prepared!",
        "running": "ended!",
        "ended": "",
    },
    "attendance_sheet.state": {"open": "filled", "filled": "verified open", "verified": "locked open", "locked": ""},
    "payroll_run.state": {
        "open": "calculated",
        "calculated": "reviewed open",
        "reviewed": "approved calculated!",
        "approved": "frozen calculated!",
        "frozen": "",
    },
    "declaration.state": {
        "to_make": "made",
        "made": "uploaded",
        "uploaded": "accepted rejected",
        "accepted": "",
        "rejected": "made",
    },
    "complement.state": {
        "to_make": "made",
        "made": "uploaded",
        "uploaded": "accepted rejected",
        "accepted": "",
        "rejected": "made",
    },
    "payment.state": {
        "due": "sent",
        "sent": "paid rejected",
        "paid": "rejected",
        "rejected": "reissued",
        "reissued": "",
    },
    "certificate.state": {"eligible": "issued", "issued": "replaced! revoked!", "replaced": "", "revoked": ""},
    "follow_up.state": {"planned": "done unreachable", "done": "", "unreachable": "done"},
    "complaint.state": {
        "received": "under_study answered",
        "under_study": "answered",
        "answered": "closed under_study!",
        "closed": "",
    },
    "issued_paper.state": {"issued": "replaced", "replaced": ""},
    "wording.state": {"draft": "in_use", "in_use": "replaced", "replaced": ""},
    "attachment.state": {"attached": "taken_off", "taken_off": ""},
    "work.state": {"waiting": "running failed", "running": "done failed", "done": "", "failed": ""},
    "return_line.state": {
        "to_decide": "applied already set_apart",
        "applied": "",
        "already": "",
        "set_apart": "applied already ignored",
        "ignored": "",
    },
}
# what may be done once more where it was done already: a payroll is calculated, a file is made again
REPEATED = {("payroll_run.state", "calculated"), ("declaration.state", "made"), ("complement.state", "made")}


def kind_of(table):
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == table)


def state_fields():
    """Every field of every record that holds a state, as `record.field`."""
    return {
        f"{mapper.class_.__tablename__}.{column.key}": column.info["steps"]
        for mapper in Base.registry.mappers
        for column in mapper.column_attrs
        if column.info.get("steps")
    }


@pytest.fixture
def office(planted):
    """The application on a database that holds the seeds alone."""
    planted.renew()
    with planted.app.app_context():
        yield planted.app
        db.session.rollback()


def test_the_table_names_every_state_of_every_record():
    declared = state_fields()
    assert set(STEPS) == set(declared)
    for name, steps in STEPS.items():
        assert set(steps) == {str(state) for state in declared[name]}, name


def test_a_record_begins_in_the_first_state_of_its_life():
    for name, steps in STEPS.items():
        table, field = name.split(".")
        first = inspect(kind_of(table)).column_attrs[field].columns[0].default.arg
        assert str(first) == next(iter(steps)), name


def moved(kind, field, now, wanted, why):
    """A written record that is about to go from one state to another; nothing else of it is known."""
    record = kind(id=1)
    make_transient_to_detached(record)
    db.session.add(record)
    set_committed_value(record, field, now)
    setattr(record, field, wanted)
    record.why = why
    return record


def what_refuses(kind, field, now, wanted, why=None):
    """The sentence by which the rules of a record refuse a step, by its name; None when they let it pass."""
    with db.session.no_autoflush:
        record = moved(kind, field, now, wanted, why)
        try:
            for rule in kind.__rules__:
                if isinstance(rule, AllowedStep):
                    other = rule.field
                    if other != field:
                        set_committed_value(record, other, None)
                    rule.check(record)
        except RuleError as refusal:
            return "why" if refusal.sentence is AllowedStep.why else "step"
        finally:
            db.session.expunge_all()
    return None


@pytest.mark.parametrize("name", STEPS)
def test_a_record_takes_the_steps_of_the_table_and_no_other(office, monkeypatch, name):
    table, field = name.split(".")
    kind = kind_of(table)
    monkeypatch.setattr(Record, "__str__", lambda record: "the record")
    states = {str(state): state for state in inspect(kind).column_attrs[field].info["steps"]}
    for now, following in STEPS[name].items():
        allowed = {state.rstrip("!"): state.endswith("!") for state in following.split()}
        for wanted in states:
            step = (name, now, wanted)
            unexplained = what_refuses(kind, field, states[now], states[wanted])
            explained = what_refuses(kind, field, states[now], states[wanted], why="سبب مكتوب")
            if wanted == now:
                assert (unexplained, explained) == (None, None), step
            elif wanted not in allowed:
                assert (unexplained, explained) == ("step", "step"), step
            else:
                assert (unexplained, explained) == ("why" if allowed[wanted] else None, None), step


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_once_but_for_what_may_be_done_again(office, monkeypatch, name):
    table, field = name.split(".")
    kind = kind_of(table)
    monkeypatch.setattr(Record, "__str__", lambda record: "the record")
    steps = state_fields()[name]
    for state in steps:
        record = moved(kind, field, state, state, None)
        repeated = True
        try:
            AllowedStep(steps, field).check_taken(record, state)
        except RuleError:
            repeated = False
        db.session.expunge_all()
        assert repeated == ((name, str(state)) in REPEATED), (name, state)


# record: verb: from which state to which it leads, the same when it only writes something
VERBS = {
    "edition": {"open": "draft>open", "close": "open>closed"},
    "call": {
        "publish": "draft>published",
        "publish_version": "published>published open>open",
        "open": "published>open",
        "close": "open>closed",
    },
    "carrier": {"complete": "registered>documents_complete", "admit": "documents_complete>eligible"},
    "project": {
        "deposit": "draft>deposited",
        "receive": "draft>draft deposited>deposited",
        "complete": "deposited>complete",
        "reopen": "complete>deposited",
        "score": "complete>scored",
        "approve": "scored>approved deferred>approved",
        "defer": "scored>deferred",
        "refuse": "scored>refused deferred>refused",
        "prepare": "approved>approved",
    },
    "committee_session": {"hold": "planned>held", "close": "held>closed"},
    "agreement": {
        "number": "drafted>drafted",
        "sign_council": "drafted>drafted",
        "sign_carrier": "drafted>drafted",
        "sign_commune": "drafted>drafted",
        "sign_service": "drafted>drafted",
        "terminate": "drafted>terminated signed>terminated running>terminated",
    },
    "instalment": {
        "approve": "due>approved",
        "pay": "approved>paid",
        "take_back": "approved>due",
        "came_back": "paid>approved",
    },
    "worksite": {
        "open": "planned>open suspended>open",
        "suspend": "open>suspended",
        "complete": "open>completed suspended>completed",
        "open_sheet": "open>open suspended>suspended completed>completed",
    },
    "participant": {
        "request_number": "none>requested",
        "record_number": "none>obtained requested>obtained",
        "verify_account": "none>verified being_opened>verified",
        "confirm_cover": "waiting>open ending>open",
        "correct_cnie": "candidate>candidate eligible>eligible assigned>assigned ended>ended",
    },
    "contract": {
        "sign": "prepared>signed",
        "take_back": "signed>prepared approved>prepared",
        "change_wage": "signed>signed approved>approved running>running",
        "approve_anapec": "signed>approved running>running ended>ended",
        "start": "signed>running approved>running",
        "end": "prepared>ended signed>ended approved>ended running>ended",
        "issue_certificate": "running>running ended>ended",
    },
    "attendance_sheet": {
        "fill": "open>filled",
        "verify": "filled>verified",
        "lock": "open>locked filled>locked verified>locked",
    },
    "payroll_run": {
        "calculate": "open>calculated calculated>calculated",
        "approve": "calculated>approved reviewed>approved",
        "take_back": "reviewed>calculated approved>calculated",
        "freeze": "approved>frozen",
    },
    "pay_slip": {"reverse": "frozen>frozen"},
    "declaration": {
        "make": "to_make>made made>made rejected>made",
        "upload": "made>uploaded",
        "accept": "uploaded>accepted",
        "reject": "uploaded>rejected",
    },
    "complement": {
        "make": "to_make>made made>made rejected>made",
        "upload": "made>uploaded",
        "accept": "uploaded>accepted",
        "reject": "uploaded>rejected",
    },
    "payment": {
        "send": "due>sent",
        "paid": "sent>paid",
        "reject": "sent>rejected paid>rejected",
        "reissue": "rejected>reissued",
    },
    "certificate": {"replace": "issued>replaced revoked>revoked", "revoke": "issued>revoked"},
    "complaint": {
        "study": "received>under_study",
        "answer": "received>answered under_study>answered",
        "reopen": "answered>under_study",
        "close": "answered>closed",
    },
    "follow_up": {"done": "planned>done unreachable>done"},
    "wording": {"use": "draft>in_use", "copy": "in_use>in_use replaced>replaced"},
}
FIELDS = {  # the field that a verb moves, when it is not the record's own state
    "request_number": "cnss_state",
    "record_number": "cnss_state",
    "verify_account": "account_state",
    "confirm_cover": "cover_state",
}
WALKS = [
    (record, verb, *pair.split(">"))
    for record, verbs in VERBS.items()
    for verb in verbs
    for pair in verbs[verb].split()
]
OCTOBER = date(2026, 10, 1)
ON, AT = date(2026, 11, 20), datetime(2026, 11, 20, 10, tzinfo=UTC)
TRIED = 20  # records of a kind that are tried until one obeys every other rule


def asked(record):
    """What the form of a verb would have answered."""
    session = db.session.scalar(select(CommitteeSession).order_by(CommitteeSession.id.desc()))
    head = user_by_email("head_of_unit@example.ma")
    words = {"reason": "سبب مكتوب", "reference": "VIR-1", "code": "R1", "answer": "جواب", "cnie": "ZZ100001"}
    days = {"day": ON, "on": ON, "at": AT, "month": OCTOBER, "days": 20}
    more = {"session": session, "run": open_run(OCTOBER), "actor": head, "receipt": None}
    return SimpleNamespace(**words, **days, **more, wage=Decimal("3500.00"), situation=Insertion.employed)


def put(record, **values):
    """A record written behind the rules, so that it stands where the walk begins."""
    kind = type(record)
    written = update(kind).where(kind.id == record.id).values(values)
    db.session.execute(written, execution_options={"vouched_by": "a walk that begins in a state"})
    db.session.expire(record)


def test_the_table_names_every_verb_and_the_states_that_it_starts_from(prefecture):
    verbs = prefecture.extensions["awrash_verbs"]
    assert {(record, verb) for record, verb, *_ in WALKS} == set(verbs)


def a_new_contract():
    """A contract of which no day is counted yet."""
    site = db.session.scalar(select(Worksite).filter_by(state=WorksiteState.open).limit(1))
    put(site, places=site.places + 1)
    with db.session.no_autoflush:
        contract = a_contract(a_participant("J999999"), site, "K-999")
        contract.starts_on, contract.ends_on = site.opens_on, site.closes_on
        contract.state, contract.participant.rib = ContractState.prepared, a_rib(99)
        db.session.add(contract)
    db.session.flush()
    return contract


def a_calculated_run():
    run = open_run(OCTOBER)
    calculate_payroll(run, user_by_email("payroll_officer@example.ma"), AT)
    return run


def a_complement():
    run, full = open_run(OCTOBER), PaySlip.days == 26
    slip = db.session.scalar(select(PaySlip).join(PaySlip.run).where(PayrollRun.state == RunState.frozen, ~full))
    reverse_slip(slip, run, "خطأ في العد", days=26)
    carrier = slip.contract.worksite.agreement.carrier
    made = Complement(run=run, carrier=carrier, month=slip.month, number=1)
    db.session.add(made)
    db.session.flush()
    return made


MADE = {  # records that the demonstration lacks
    ("contract", "change_wage"): a_new_contract,
    **{("payroll_run", verb): a_calculated_run for verb in VERBS["payroll_run"]},
    **{("complement", verb): a_complement for verb in VERBS["complement"]},
}
UNSIGNED = {"council_signed_on": None, "carrier_signed_on": None}
READY = {  # what the other rules of a verb ask for
    ("call", "publish_version"): lambda call: put(call.specifications[-1], published_on=None),
    ("project", "deposit"): lambda project: (
        put(project, reference=None, deposited_on=None),
        put(project.call, opens_on=ON, closes_on=ON, state=CallState.open),
    ),
    ("agreement", "sign_council"): lambda agreement: put(agreement, **UNSIGNED),
    ("agreement", "sign_carrier"): lambda agreement: put(agreement, **UNSIGNED),
    ("agreement", "sign_commune"): lambda agreement: put(agreement, **UNSIGNED, tripartite=True),
    ("agreement", "sign_service"): lambda agreement: put(agreement, **UNSIGNED, service="مديرية الفلاحة"),
    ("participant", "confirm_cover"): lambda person: [
        put(declaration, uploaded_on=date(2026, 8, 20))
        for contract in person.contracts
        for slip in contract.pay_slips
        for declaration in slip.run.declarations
    ],
    ("payment", "send"): lambda payment: put(payment, paid_on=None),
    ("complaint", "close"): lambda complaint: put(complaint, answer="جواب", answered_on=ON),
}


def walked(verb, record, name, now):
    """The state in which a record is after a verb that began in another."""
    field = FIELDS.get(name, "state")
    holder = record.run if isinstance(record, PaySlip) else record
    READY.get((record.__tablename__, name), lambda record: None)(record)
    put(holder, **{field: type(getattr(holder, field))(now)})
    verb.run(record, asked(record))
    return str(getattr(holder, field))


@pytest.mark.parametrize("record, name", dict.fromkeys(walk[:2] for walk in WALKS))
def test_a_verb_leads_from_each_of_its_states_to_that_of_the_table(prefecture, record, name):
    kind, verb = prefecture.extensions["awrash_verbs"][record, name]
    numbers = list(db.session.scalars(select(kind.id).order_by(kind.id).limit(TRIED)))
    make = MADE.get((record, name))
    for now, wanted in (walk[2:] for walk in WALKS if walk[:2] == (record, name)):
        refusals = []
        for number in [None] if make else numbers:
            try:
                reached = walked(verb, make() if make else db.session.get(kind, number), name, now)
            except RuleError as refusal:
                refusals.append(f"{refusal.code}: {refusal}")
                continue
            finally:
                db.session.rollback()
            assert reached == wanted, now
            break
        else:
            pytest.fail(f"no {record} obeys the other rules of {name} from {now}: {refusals[:3]}")
