"""One file's whole life, from the call to the certificate: through the screens, then through the terminal."""

import csv
import io
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceSheet,
    Call,
    Carrier,
    Certificate,
    CommitteeSession,
    Commune,
    Contract,
    Criterion,
    Declaration,
    Edition,
    Participant,
    Payment,
    PayrollRun,
    PaySlip,
    Project,
    RequiredDocument,
    SessionAttendance,
    Theme,
    Worksite,
)
from awrash.records.accounts import Role
from awrash.records.issued_papers import IssuedPaper
from awrash.records.letterheads import Letterhead
from awrash.values import identifiers
from awrash.values.states import ProjectState
from tests.doors import run
from tests.world import SITE

PEOPLE = 97
MONTHS = ("2026-08", "2026-09", "2026-10")
# 288 full months: gross 3,422.72, net 3,192.04, employer 721.84; in October 1, 13 and 25 days:
# gross 131.64, 1,711.36 and 3,291.08; net 122.77, 1,596.01 and 3,069.26; employer 27.77, 360.93 and 694.09.
WORKED_BY_HAND = {
    "slips": (291, Decimal("990877.44"), Decimal("924095.56"), Decimal("208972.71")),
    "payments": (291, Decimal("924095.56")),
    "fee": Decimal("49800.58"),
    "certificates": PEOPLE - 1,  # who worked 53 of 78 days has not earned it
}


def people() -> str:
    """Ninety-seven invented people as the office's CSV."""
    lines = ["cnie;family_name_ar;given_name_ar;family_name_fr;given_name_fr;born_on;sex;commune;phone;cnss_number;rib"]
    for index in range(PEOPLE):
        number = identifiers.cnss_number.with_key(f"1{5000000 + index:07d}")
        account = identifiers.rib.with_key(f"350810{index:016d}")
        phone = f"06{12000000 + index}"
        lines.append(f"J{500000 + index};أكنوز;أمينة;AGNOUZ;AMINA;1990-01-31;F;إنزكان;{phone};{number};{account}")
    return "\r\n".join(lines)


def contracts() -> str:
    lines = ["number;participant.cnie;worksite.code;job;starts_on;ends_on;monthly_wage"]
    for index in range(PEOPLE):
        lines.append(f"K-{index:03d};J{500000 + index};W-1;عامل;2026-08-01;2026-10-31;3422,72")
    return "\r\n".join(lines)


def attendance(month: str) -> str:
    """The first three people of October work 1, 13 and 25 days; everybody else the whole month."""
    lines = ["worksite.code;month;participant.cnie;days_worked;situation"]
    for index in range(PEOPLE):
        days = {0: 1, 1: 13, 2: 25}.get(index, 26) if month == "2026-10" else 26
        lines.append(f"W-1;{month};J{500000 + index};{days};")
    return "\r\n".join(lines)


def number_of(record, **found) -> int:
    db.session.rollback()
    return db.session.scalar(select(record.id).filter_by(**found).order_by(record.id.desc()))


def send_file(visitor, kind: str, content: str) -> None:
    """Upload, read the preview, write all."""
    visitor.get("/admin/import/")
    page = visitor.post("/admin/import/", kind=kind, file=(io.BytesIO(content.encode()), "list.csv"))
    assert page.status == 200, page.flashes
    token = page.soup.select_one("input[name=token]")["value"]
    assert visitor.post("/admin/import/write/", token=token).status == 302


def saved(page) -> None:
    assert page.status == 302, page.flashes


def done(page, count: int = 1) -> None:
    assert page.status == 200
    assert not page.soup.select(".says.error"), page.flashes
    assert len(page.soup.select(".says.success")) == 1


def figures() -> dict:
    """What both doors must agree on."""
    db.session.rollback()
    sums = select(
        func.count(PaySlip.id), func.sum(PaySlip.gross), func.sum(PaySlip.net), func.sum(PaySlip.employer_share)
    )
    return {
        "slips": db.session.execute(sums).one(),
        "payments": db.session.execute(select(func.count(Payment.id), func.sum(Payment.amount))).one(),
        "fee": db.session.scalar(select(Agreement.management_fee)),
        "certificates": db.session.scalar(select(func.count(Certificate.id))),
    }


def publish(head) -> None:
    """Write in the council's letterhead where codes are verified, as an office does once."""
    known = db.session.scalar(select(Letterhead).filter_by(kind="council"))
    form = {name: getattr(known, name) for name in ("lines_ar", "lines_fr", "city_ar", "city_fr", "version")}
    form |= {"kind": "council", "since": "01/01/2022", "site": SITE}
    saved(head.post(f"/admin/letterhead/edit/?id={known.id}", **form))


def propose(head, files, step) -> int:
    """From the edition to a deposited, complete and scored project, as head of unit and file officer do it."""
    call = publish_call(head, step)
    commune = number_of(Commune, code="INZ")
    record_carrier(files, commune)
    record_project(files, call, commune)
    project = number_of(Project)
    for verb in ("deposit", "complete", "score"):
        step(files, "project", verb, project)
    return project


def publish_call(head, step) -> int:
    """An edition, and its call open to projects."""
    saved(
        head.post(
            "/admin/edition/new/",
            year="2026",
            quota_person_months="5000",
            starts_on="2026-01-01",
            ends_on="2026-12-31",
            council_name="prefectural",
            accepted_banks="350",
            rest_days=["sunday"],
            eligible_kinds=["wages", "employer_contributions", "accident_insurance"],
            committee_quorum="1",
        )
    )
    edition = number_of(Edition)
    lines = {
        "specifications-0-number": "1",
        "specifications-0-body_ar": "دفتر التحملات",
        "required_documents-0-name_ar": "القانون الأساسي",
        "required_documents-0-name_fr": "Statuts",
        "required_documents-0-is_required": "y",
    }
    for index, kind in enumerate(("direct_impact", "innovation", "transparency", "seriousness")):
        lines |= {
            f"criteria-{index}-kind": kind,
            f"criteria-{index}-name_ar": kind,
            f"criteria-{index}-name_fr": kind,
            f"criteria-{index}-weight": "25",
        }
    saved(
        head.post(
            "/admin/call/new/",
            number="1/2026",
            edition=edition,
            title_ar="طلب مشاريع",
            title_fr="Appel",
            opens_on="2026-11-01",
            closes_on="2026-12-31",
            **lines,
        )
    )
    call = number_of(Call)
    step(head, "call", "publish", call)
    step(head, "call", "open", call)
    return call


def record_carrier(files, commune: int) -> None:
    saved(
        files.post(
            "/admin/carrier/new/",
            kind="association",
            name_ar="جمعية تافوكت",
            name_fr="Association Tafoukt",
            registration_number="R-1",
            cnss_affiliation="1234567",
            commune=commune,
            **{
                "officers-0-role": "president",
                "officers-0-name_ar": "رئيس",
                "officers-0-name_fr": "Président",
                "officers-0-cnie": "J900001",
            },
        )
    )


def record_project(files, call: int, commune: int) -> None:
    """A project with its document and its scores."""
    criteria = db.session.scalars(select(Criterion.id)).all()
    scores = {f"scores-{index}-criterion": criterion for index, criterion in enumerate(criteria)}
    scores |= {f"scores-{index}-points": "80" for index in range(len(criteria))}
    saved(
        files.post(
            "/admin/project/new/",
            call=call,
            carrier=number_of(Carrier),
            title_ar="تهيئة الفضاءات",
            title_fr="Espaces verts",
            commune=commune,
            theme=number_of(Theme, code="environment"),
            places="97",
            months="3",
            monthly_wage="3422,72",
            **{
                "budget_lines-0-kind": "wages",
                "budget_lines-0-amount": "996011,52",
                "documents-0-document": number_of(RequiredDocument),
                "documents-0-received_on": "2026-11-20",
            },
            **scores,
        )
    )


def test_a_file_lives_from_the_call_to_the_certificate_through_the_screens(app, visit):
    team = [visit(role) for role in (Role.head_of_unit, Role.file_officer, Role.field_officer, Role.payroll_officer)]
    head, files, field, pay = team
    publish(head)
    worksite = open_worksite(field, sign_agreement(head, files))
    hire(files, field)
    for month in MONTHS:
        send_file(field, "attendance", attendance(month))
    done(head.act("attendance_sheet", "lock", db.session.scalars(select(AttendanceSheet.id)).all()))
    for month in MONTHS:
        last = pay_month(head, pay, month)
    told = pay.get(f"/admin/payroll_run/cnss/?id={last}").text.lstrip("\ufeff")
    lines = list(csv.reader(io.StringIO(told), delimiter=";"))
    assert len(lines) == PEOPLE + 1
    assert lines[1][8:11] == ["1", "131,64", "131,64"]
    declare_and_transfer(pay)
    done(field.act("worksite", "complete", [worksite], on="2026-10-31", reason="نهاية الورش"))
    page = files.act("contract", "issue_certificate", db.session.scalars(select(Contract.id)).all())
    assert "53" in page.soup.select_one(".says.error").get_text()

    assert figures() == WORKED_BY_HAND
    certificate = db.session.scalar(select(Certificate))
    assert visit().get(f"/verify/{certificate.code}").says(certificate.serial)
    assert files.issue(f"document=certificate&language=ar&of={certificate.id}").status == 302
    paper = db.session.scalar(select(IssuedPaper).filter_by(number=certificate.serial))
    assert files.get(f"/admin/issued_paper/file/?id={paper.id}").response.data.startswith(b"%PDF")


def sign_agreement(head, files) -> int:
    """A project that the committee approves, and its agreement signed by both parties."""
    project = propose(head, files, lambda who, record, verb, number: done(who.act(record, verb, [number])))
    saved(
        files.post(
            "/admin/committee_session/new/",
            held_on="2026-11-23",
            chair="الكاتب العام",
            **{"attendance-0-member": "ممثلة أنابيك"},
        )
    )
    done(head.act("project", "approve", [project], session=number_of(CommitteeSession), reason="وقع مباشر"))
    done(files.act("project", "prepare", [project], on="2026-08-01"))
    agreement = number_of(Agreement)
    done(head.act("agreement", "sign_council", [agreement]))
    done(files.act("agreement", "sign_carrier", [agreement]))
    db.session.rollback()
    assert db.session.get(Agreement, agreement).number == "1-أ ع م-2026"
    assert db.session.get(Agreement, agreement).management_fee == Decimal("49800.58")
    return agreement


def open_worksite(field, agreement: int) -> int:
    saved(
        field.post(
            "/admin/worksite/new/",
            code="W-1",
            agreement=agreement,
            name_ar="ورش",
            name_fr="Chantier",
            commune=number_of(Commune, code="INZ"),
            opens_on="2026-08-01",
            closes_on="2026-10-31",
            places="97",
            skills=["1", "2"],
        )
    )
    worksite = number_of(Worksite)
    done(field.act("worksite", "open", [worksite]))
    return worksite


def hire(files, field) -> None:
    """The people and their contracts from two files, each contract signed, approved and begun."""
    send_file(files, "participants", people())
    everybody = db.session.scalars(select(Participant.id)).all()
    done(files.act("participant", "verify_account", everybody))
    send_file(files, "contracts", contracts())
    everybody = db.session.scalars(select(Contract.id)).all()
    done(files.act("contract", "sign", everybody))
    done(files.act("contract", "approve_anapec", everybody))
    done(field.act("contract", "start", everybody))


def pay_month(head, pay, month: str) -> int:
    """The payroll of a month, calculated by one person, approved by another, frozen."""
    saved(pay.post("/admin/payroll_run/new/", month=month))
    number = number_of(PayrollRun, month=date.fromisoformat(f"{month}-01"))
    done(pay.act("payroll_run", "calculate", [number]))
    assert pay.act("payroll_run", "approve", [number]).soup.select(".says.error")
    done(head.act("payroll_run", "approve", [number]))
    done(pay.act("payroll_run", "freeze", [number]))
    return number


def declare_and_transfer(pay) -> None:
    for step in ("make", "upload", "accept"):
        done(pay.act("declaration", step, db.session.scalars(select(Declaration.id)).all(), on="2026-11-08"))
    payments = db.session.scalars(select(Payment.id)).all()
    done(pay.act("payment", "send", payments))
    done(pay.act("payment", "paid", payments))


def test_the_same_file_lives_the_same_life_through_the_terminal(app, visit, tmp_path):
    head, files = visit(Role.head_of_unit), visit(Role.file_officer)
    publish(head)

    def command(*words: str) -> str:
        db.session.rollback()
        result = run(app, *words)
        assert result.exit_code == 0, result.output + str(result.exception)
        return result.output

    project = propose(head, files, lambda _, record, verb, number: command("do", record, verb, f"#{number}"))
    reference = db.session.get(Project, project).reference
    session = CommitteeSession(held_on=date(2026, 11, 23), chair="الكاتب العام")
    session.attendance = [SessionAttendance(member="ممثلة أنابيك")]
    db.session.add(session)
    db.session.commit()

    def bring(kind: str, content: str) -> None:
        path = tmp_path / f"{kind}.csv"
        path.write_text(content)
        command("import", kind, str(path))

    command("do", "project", "approve", reference, "--session", "2026-11-23", "--reason", "وقع مباشر")
    command("do", "project", "prepare", reference, "--on", "2026-08-01")
    command("do", "agreement", "sign_council", f"#{number_of(Agreement)}")
    command("do", "agreement", "sign_carrier", "1-أ ع م-2026")
    record_worksite()
    command("do", "worksite", "open", "W-1")
    bring("participants", people())
    command("do", "participant", "verify_account", *(f"J{500000 + index}" for index in range(PEOPLE)))
    bring("contracts", contracts())
    numbers = [f"K-{index:03d}" for index in range(PEOPLE)]
    for step in ("sign", "approve_anapec", "start"):
        command("do", "contract", step, *numbers)
    for month in MONTHS:
        bring("attendance", attendance(month))
    for sheet in db.session.scalars(select(AttendanceSheet.id)).all():
        command("do", "attendance_sheet", "lock", str(sheet), "--as", "head_of_unit@example.ma")
    for month in MONTHS:
        pay_month_by_command(app, command, month)
    command("export", "cnss", "--month", "2026-10", "--out", str(tmp_path / "cnss.csv"))
    lines = (tmp_path / "cnss.csv").read_bytes().decode().split("\r\n")
    assert lines[0].lstrip("\ufeff").split(";")[0] == "cnss_number"
    assert lines[1].split(";")[8:11] == ["1", "131,64", "131,64"]
    command("do", "worksite", "complete", "W-1", "--on", "2026-10-31", "--reason", "نهاية الورش")
    issued = run(app, "certificates", "issue", "--worksite", "W-1", "--out", str(tmp_path / "certificates.pdf"))
    assert issued.exit_code == 1
    assert "worked 53 of 78 planned days: the certificate asks for 63" in issued.stderr
    assert (tmp_path / "certificates.pdf").read_bytes().startswith(b"%PDF")
    command("check")

    assert figures() == WORKED_BY_HAND
    assert db.session.scalar(select(Project.state)) == ProjectState.approved


def record_worksite() -> None:
    """The worksite of the agreement, planned: no command records one."""
    worksite = Worksite(
        code="W-1",
        name_ar="ورش",
        name_fr="Chantier",
        opens_on=date(2026, 8, 1),
        places=97,
        closes_on=date(2026, 10, 31),
        commune=db.session.scalar(select(Project)).commune,
    )
    worksite.agreement = db.session.scalar(select(Agreement))
    db.session.add(worksite)
    db.session.commit()


def pay_month_by_command(app, command, month: str) -> None:
    """The payroll of a month, calculated by one person, approved by another, frozen."""
    command("payroll", "run", month, "--as", "payroll_officer@example.ma")
    refused = run(app, "payroll", "approve", month, "--as", "payroll_officer@example.ma")
    assert refused.exit_code == 1
    assert "another person approves it" in refused.stderr
    command("payroll", "approve", month, "--as", "head_of_unit@example.ma")
    command("payroll", "freeze", month, "--as", "payroll_officer@example.ma")
