"""The whole file of a project or of a person in one click: what is recorded, its papers, its scans, its history."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask_babel import force_locale
from pypdf import PdfReader
from sqlalchemy import update

from awrash.database.session import db
from awrash.models import Payment, Training
from awrash.operations import attachments
from awrash.papers import dossier, typesetting
from awrash.records.accounts import Role, user_by_email
from awrash.records.attachments import Attachment, ScanKind
from awrash.reports.blocked_wages import TITLES
from awrash.values import others_files
from awrash.values.states import PaymentState
from tests import bombs
from tests.papers.test_every_paper import text_of
from tests.public.test_verification import statements
from tests.records.test_attachments import a_jpeg, a_locked_pdf, a_pdf, a_png
from tests.world import a_contract, a_participant, a_slip

AT = datetime(2026, 6, 3, 10, tzinfo=UTC)


def dossier_of(world, record, language="fr"):
    world.head.post(f"/language/{language}")
    answer = world.head.get(f"/admin/{record.__tablename__}/dossier/?id={record.id}").response
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    return answer.get_data()


def attach(record, name, content):
    attachments.attach(record, ScanKind.other, name, content, user_by_email("head_of_unit@example.ma"), AT)


def test_the_file_of_a_project_holds_its_record_its_papers_and_its_scans(office):
    world = office
    world.head.issue(f"document=deposit_receipt&language=ar&of={world.project.id}")
    issued = world.head.get("/admin/issued_paper/file/?id=1").response.get_data()
    attach(world.project, "etude.pdf", issued + b"\n")
    attach(world.agreement, "photo.png", a_png())
    attach(world.project, "abime.pdf", a_pdf())
    attach(world.project, "vide.jpg", a_jpeg())
    db.session.commit()
    content = dossier_of(world, world.project)
    text, pages = text_of(content), PdfReader(io.BytesIO(content)).pages
    for words in ("Sommaire", "Dossier complet", "2026-0001", "Association R-1", "100.000,10", "Budget", "etude.pdf"):
        assert words in text, words
    assert text.count("وصل إيداع مشروع") == 2  # the paper as issued, and the scan of it
    assert text.count("Ce fichier ne peut être montré ici") == 2
    assert sum(len(list(page.images)) for page in pages) == 1
    outline = [entry["/Title"] for entry in PdfReader(io.BytesIO(content)).outline if not isinstance(entry, list)]
    assert len(outline) >= 8


def test_a_protected_pdf_of_a_bank_is_shown_and_one_that_no_longer_opens_is_said_so(office):
    world = office
    attach(world.person, "attestation.pdf", a_locked_pdf("", "of the bank"))
    attach(world.person, "before.pdf", a_pdf())
    db.session.flush()
    locked = update(Attachment).filter_by(file_name="before.pdf").values(content=a_locked_pdf("secret"))
    db.session.execute(locked, execution_options={"vouched_by": "a scan attached before the rule that refuses it"})
    db.session.commit()
    content = dossier_of(world, world.person)
    assert text_of(content).count("Ce fichier ne peut être montré ici") == 1
    assert "Attestation of the bank" in text_of(content)


@pytest.mark.parametrize("language, contents", [("ar", "الفهرس"), ("fr", "Sommaire"), ("en", "Contents")])
def test_the_file_of_a_person_speaks_the_language_of_who_asks(office, language, contents):
    world = office
    text = text_of(dossier_of(world, world.person, language))
    assert contents in text and "J100001" in text and "K-1" in text


def test_the_file_of_a_project_tells_its_carrier_its_figures_and_its_worksites(office):
    world = office
    world.carrier.rib = "350810000000000123456729"
    taught(world)
    attach(world.carrier, "statuts.png", a_png())
    attach(world.contract, "contrat.png", a_png())
    with db.session.no_autoflush:
        db.session.add(Payment(pay_slip=a_slip(world), amount=Decimal("3181.27"), state=PaymentState.due))
    db.session.commit()
    text = text_of(dossier_of(world, world.project))
    for words in (
        "350 810",
        "5 000,01",
        "80,00",
        "Présidente",
        "J700001",
        "Secourisme",
        "K-1",
        "statuts.png",
        "contrat.png",
        "3 181,27",
        "mai 2026",
    ):
        assert words in text, words


def test_the_file_of_a_person_tells_their_trainings(office):
    world = office
    taught(world)
    text = text_of(dossier_of(world, world.person))
    assert "Secourisme" in text and "Nom en arabe" not in text.split("Contrats")[1]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_what_stops_a_wage_is_told_in_words(office, language):
    world = office
    slip = a_slip(world)
    slip.blocked_by = "bank_account contract_approved"
    db.session.add(slip)
    db.session.commit()
    text = text_of(dossier_of(world, world.person, language))
    with force_locale(language):
        words = {word for code in slip.blocked_by.split() for word in str(TITLES[code]).split()}
    assert words and not words - set(re.split(r"[\s،,;]+", text)) and "bank_account" not in text


def taught(world):
    held = Training(worksite=world.site, title="Secourisme", held_on=date(2026, 6, 2), hours=6)
    held.participants = [world.person]
    db.session.add(held)
    db.session.commit()


@pytest.mark.parametrize("role, is_told", [(Role.complaints_officer, True), (Role.payroll_officer, False)])
def test_complaints_stand_in_a_persons_file_for_those_who_read_complaints_only(office, visit, role, is_told):
    world = office
    world.complaint.participant = world.person
    db.session.commit()
    world.head = visit(role)
    text = text_of(dossier_of(world, world.person))
    assert ("تأخر الأجر" in text) == is_told


def test_a_whole_file_too_heavy_to_lay_out_is_refused_with_a_sentence(office, monkeypatch):
    world = office
    attach(world.person, "photo.png", a_png())
    db.session.commit()
    monkeypatch.setattr(typesetting, "LAYING_SECONDS", 0)
    world.head.post("/language/en")
    page = world.head.get(f"/admin/participant/dossier/?id={world.person.id}")
    assert page.status == 409 and page.says("too heavy to lay into one file: open them from their records.")


def test_what_goes_beyond_the_whole_file_is_said_to_stand_apart(office, monkeypatch):
    world = office
    for grey in range(3):
        attach(world.person, f"photo-{grey}.png", a_png(grey))
    db.session.commit()
    monkeypatch.setattr(dossier, "MOST_SHOWN", 2)
    content = dossier_of(world, world.person)
    assert text_of(content).count("Ce fichier ne peut être montré ici") == 1
    assert sum(len(list(page.images)) for page in PdfReader(io.BytesIO(content)).pages) == 2


def test_a_scan_that_ends_its_process_takes_no_other_away(monkeypatch):
    """Ten seconds of work are allowed for each; here a picture that asks for more memory than there is."""
    monkeypatch.setattr(others_files, "MEMORY", 300_000_000)
    with others_files.others_files() as files:
        names = [files.add(picture, ".png") for picture in (a_png(1), bombs.png(20_000, 20_000), a_png(2))]
        assert files.pages() == dict(zip(names, (1, 0, 1), strict=True))


def test_a_record_without_a_file_of_its_own_has_none_and_nobody_outside_reads_one(office, visit):
    world = office
    assert world.head.get(f"/admin/call/dossier/?id={world.call.id}").status == 404
    assert world.head.get("/admin/project/dossier/?id=999").status == 404
    assert visit().get(f"/admin/project/dossier/?id={world.project.id}").status == 302


def test_papers_and_scans_of_a_file_are_asked_for_once_a_kind_of_record(app, office):
    world = office

    def reads():
        with statements(app) as seen:
            dossier_of(world, world.project)
        return sum("FROM issued_paper" in read or "FROM attachment" in read for read in seen)

    before = reads()
    for number in (2, 3, 4):
        db.session.add(a_contract(a_participant(f"J10000{number}"), world.site, f"K-{number}"))
    db.session.commit()
    assert reads() == before > 0
