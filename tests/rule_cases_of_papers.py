"""The cases of the rules of scans, of the office's own texts, and of the papers that are issued."""

import json
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Agreement, Worksite
from awrash.operations import attachments, paper_batches
from awrash.papers import catalogue, issue, printed_lists, typesetting
from awrash.papers import requirements as needs
from awrash.papers.dossier import dossier
from awrash.papers.fields import isolate_text
from awrash.papers.transfers import TransfersCameBack, WagesAreDue
from awrash.records.accounts import user_by_email
from awrash.records.attachments import MEGABYTE, MOST_MEGABYTES, ScanKind
from awrash.records.issued_papers import IssuedPaper
from awrash.records.letterheads import HeadKind, Letterhead
from awrash.records.paper_texts import Article, PaperLanguage, Wording, WordingState
from awrash.values import file_type
from awrash.values.states import (
    AgreementState,
    CertificateState,
    ComplaintState,
    DeclarationState,
    PaymentState,
    ProjectState,
    RunState,
    SessionState,
    SheetState,
    WorksiteState,
)
from tests import bombs
from tests.records.test_attachments import a_head, a_locked_pdf, a_pdf, a_png
from tests.rule_cases import a_draft, a_new_carrier, damaged, enforced
from tests.world import a_certificate, a_payment, a_slip, declare

AT = datetime(2026, 6, 3, 10, tzinfo=UTC)
ON = AT.date()
RECEIPT = catalogue.PAPERS["deposit_receipt"]


def head_of_unit():
    return user_by_email("head_of_unit@example.ma")


# ---- scans


def attach(content, kind=ScanKind.signed_contract, to=lambda world: world.contract):
    """A scan attached to a record of the world, the work contract unless told otherwise."""
    return lambda world: attachments.attach(to(world), kind, "scan.pdf", content, head_of_unit(), AT)


def logo(*contents):
    """Pictures attached one after the other as the logo of a new letterhead."""

    def bend(world):
        head = a_head()
        db.session.flush()
        for content in contents:
            attach(content, ScanKind.logo, lambda world: head)(world)

    return bend


def renamed(name):
    def bend(world):
        attach(a_pdf())(world).file_name = name

    return bend


def taken_off(reason):
    return lambda world: attachments.take_off(attach(a_pdf())(world), reason, head_of_unit(), AT)


def deleted_after(happens):
    """A record that could be deleted, but for what happened to it."""

    def bend(world):
        record = happens(world)
        db.session.flush()
        db.session.delete(record)

    return bend


def a_carrier_with_a_scan(world):
    carrier = a_new_carrier()
    db.session.add(carrier)
    attach(a_pdf(), ScanKind.statutes, lambda world: carrier)(world)
    return carrier


def a_carrier_without(world):
    carrier = a_new_carrier()
    db.session.add(carrier)
    return carrier


SCANS = {
    "scan_of_paper": (attach(a_png()), attach(b"MZ\x90\0 a program")),
    "whole_scan": (attach(a_pdf()), attach(a_pdf()[:-30])),
    "open_scan": (attach(a_locked_pdf("", "of the bank")), attach(a_locked_pdf("secret"))),
    "few_pixels": (attach(bombs.jpeg(8_160, 6_144)), attach(bombs.jpeg(65_000, 65_000))),
    "few_pages": (attach(bombs.pages(file_type.MOST_PAGES)), attach(bombs.pages(file_type.MOST_PAGES + 1))),
    "light_once_unpacked": (
        attach(bombs.pages(1, bombs.stream(bombs.zeros(1)))),
        attach(bombs.pages(1, bombs.stream(bombs.zeros()))),
    ),
    "logo_is_drawn": (logo(a_png()), logo(bombs.png(2_001, 2_001))),
    "logo_is_picture": (logo(a_png()), logo(a_pdf())),
    "one_logo": (logo(a_png()), logo(a_png(), a_png(1))),
    "light_scan": (attach(a_pdf(b"x" * MEGABYTE)), attach(a_pdf(b"x" * MOST_MEGABYTES * MEGABYTE))),
    "paper_of_record": (
        attach(a_pdf(), ScanKind.statutes, lambda world: world.carrier),
        attach(a_pdf(), ScanKind.statutes),
    ),
    "attached_once": (attach(a_pdf()), lambda world: (attach(a_pdf())(world), attach(a_pdf())(world))),
    "kept_as_attached": (renamed("scan.pdf"), renamed("other.pdf")),
    "taken_off_explained": (taken_off("صفحة أخرى"), taken_off(None)),
    "deleted_as_draft_only.attached": (deleted_after(a_carrier_without), deleted_after(a_carrier_with_a_scan)),
}


# ---- issued papers


def issued(world, **fields):
    """The deposit receipt of the world's project, issued; it says what the project says today."""
    said = catalogue.facts_of(RECEIPT, world.project, "ar", ON)
    usual = {"number": "2026-0001", "fingerprint": catalogue.fingerprint(said), "issued_on": ON, "issued_at": AT}
    usual |= {"record": "project", "record_id": world.project.id, "about": "مشروع"}
    usual |= {"told": json.dumps({"number": isolate_text("2026-0001")}), "content": b"%PDF", "size": 4, "sha256": "0"}
    with db.session.no_autoflush:
        paper = IssuedPaper(document="deposit_receipt", language=PaperLanguage.ar, **usual | fields)
        paper.issued_by = head_of_unit()
        db.session.add(paper)
    db.session.flush()
    return paper


def replaced_by_another(reason):
    def bend(world):
        first = issued(world)
        first.state = "replaced"
        db.session.flush()
        issued(world, revision=2, replaces=first, reason=reason)

    return bend


def a_draft_with_a_paper(world):
    draft = a_draft(world)
    issued(world, record_id=draft.id)
    return draft


def issue_again(world):
    return issue.issue(RECEIPT, world.project, "ar", issue.Issuance(head_of_unit(), ON, AT))


def printed(title):
    """The receipt of a project with such a title, typeset."""

    def bend(world):
        world.project.title_ar = title
        said = catalogue.with_number(catalogue.facts_of(RECEIPT, world.project, "ar", ON), "2026-0001")
        catalogue.typeset(RECEIPT, "ar", catalogue.template_data(RECEIPT, "ar", [said], ON, ""))

    return bend


def on_a_list(value, most=10):
    """A list of one row with this value, printed when up to `most` rows are."""

    def bend(_world):
        with patch.object(printed_lists, "MOST_ROWS", most):
            printed_lists.printed_list("Liste", ["Titre"], [[value]], [], "fr", ON)

    return bend


def laid_out_within(seconds):
    """The whole file of a person to whom a picture is attached, laid out within so many seconds."""

    def bend(world):
        attach(a_png(), ScanKind.identity_card, lambda world: world.person)(world)
        with patch.object(typesetting, "LAYING_SECONDS", seconds):
            dossier(world.person, "fr", ON)

    return bend


def in_bulk(*numbers):
    def bend(world):
        [contracts] = [batch for batch in paper_batches.sets_of(world.site) if batch.name == "contracts"]
        how = issue.Issuance(head_of_unit(), ON, AT)
        paper_batches.ask_for_papers(contracts, world.site, numbers, paper_batches.BatchFormat.pdf, "ar", how)

    return bend


PAPERS = {
    "issued_stays": (issued, lambda world: setattr(issued(world), "number", "2026-0009")),
    "replacement_explained": (replaced_by_another("خطأ في العنوان"), replaced_by_another(None)),
    "issued_once": (issued, enforced(lambda world: (issued(world), issued(world, number="2026-0002")))),
    "deleted_as_draft_only.issued": (deleted_after(a_draft), deleted_after(a_draft_with_a_paper)),
    "changed_since_issued": (
        lambda world: (issued(world), issue_again(world)),
        lambda world: (issued(world), setattr(world.project, "title_ar", "تشجير"), issue_again(world)),
    ),
    "kept_whole": (
        lambda world: issue.KeptWhole().check(issued(world)),
        lambda world: issue.KeptWhole().check(issued(world, told=json.dumps({"number": "2026-0001"}))),
    ),
    "printable": (printed("تشجير"), printed("تشجير 🙂")),
    "printable.on_a_list": (on_a_list("تشجير"), on_a_list("تشجير 🙂")),
    "fits_on_paper": (on_a_list("تشجير", most=1), on_a_list("تشجير", most=0)),
    "fits_in_one": (laid_out_within(60), laid_out_within(0)),
    "something_to_issue": (in_bulk(1), in_bulk()),
    "still_there": (
        lambda world: paper_batches.StillThere().check(world.contract),
        lambda world: paper_batches.StillThere().check(None),
    ),
}


# ---- the office's own texts


def text_of(document="agreement"):
    return db.session.scalar(select(Wording).filter_by(document=document, state=WordingState.in_use))


def draft_that_says(body):
    def bend(world):
        issue.copy_wording(text_of()).articles[0].body = body

    return bend


def a_text(document, *articles):
    """A text of a paper, put in use with these articles."""

    def bend(world):
        text = Wording(document=document, language=PaperLanguage.ar, number=9)
        text.articles = [Article(position=place, body=body) for place, body in enumerate(articles, 1)]
        db.session.add(text)
        db.session.flush()
        issue.put_in_use(text)

    return bend


TEXTS = {
    "known_words": (draft_that_says("تنجز {اسم الهيئة} مشروعها."), draft_that_says("أجر {رقم البطاقة}")),
    "text_has_document": (
        a_text("agreement", "تنجز الهيئة مشروعها."),
        a_text("deposit_receipt", "تسلمنا الملف."),
    ),
    "text_written": (a_text("agreement", "تنجز الهيئة مشروعها."), a_text("agreement")),
    "text_in_use_stays": (draft_that_says("غير ذلك"), lambda world: setattr(text_of().articles[0], "body", "غير ذلك")),
    "text_in_use": (
        lambda world: issue.wording_of(catalogue.PAPERS["agreement"], "ar"),
        lambda world: (
            damaged(Wording, state=WordingState.replaced)(world),
            issue.wording_of(catalogue.PAPERS["agreement"], "ar"),
        ),
    ),
}


# ---- what must hold before a paper is issued


def wanted(rule, of, **fields):
    """A record of the world with some fields changed, as a requirement of a paper reads it; nothing is kept."""

    def check(world):
        with db.session.no_autoflush:
            record = of(world)
            for name, value in fields.items():
                setattr(record, name, value)
            rule.check_on(record, ON)
            db.session.expire_all()

    return check


def declared_person(world):
    """The world's person, whose May was declared."""
    declare(world, date(2026, 5, 1), 26)
    return world.person


def paid(state, declared=DeclarationState.accepted):
    """A payroll with one payment in such a state, of a carrier whose declaration is in another."""

    def make(world):
        payment = a_payment(world, declared)
        payment.state = state
        if state == PaymentState.rejected:
            payment.rejection_reason = "الحساب مغلق"
        db.session.add(payment)
        db.session.flush()
        return payment.pay_slip.run

    return make


def project(world):
    return world.project


def agreement(world):
    return world.agreement


def session(world):
    return world.session


def site(world):
    return world.site


REQUIREMENTS = {
    "call_published": (
        wanted(needs.CallPublished(), lambda world: world.call),
        lambda world: (
            setattr(world.call.specifications[0], "published_on", None),
            wanted(needs.CallPublished(), lambda world: world.call)(world),
        ),
    ),
    "deposited": (wanted(needs.Deposited(), project), wanted(needs.Deposited(), project, deposited_on=None)),
    "ready_to_score": (
        wanted(needs.ReadyToScore(), project),
        wanted(needs.ReadyToScore(), project, state=ProjectState.deposited),
    ),
    "members_named": (wanted(needs.MembersNamed(), session), wanted(needs.MembersNamed(), session, attendance=[])),
    "hour_written": (
        wanted(needs.HourWritten(), session, opens_at="10:00"),
        wanted(needs.HourWritten(), session, opens_at=None),
    ),
    "session_to_come": (
        wanted(needs.SessionToCome(), session, state=SessionState.planned, held_on=ON),
        wanted(needs.SessionToCome(), session, state=SessionState.planned),
    ),
    "day_has_come": (
        wanted(needs.DayHasCome("held_on"), session, held_on=ON),
        wanted(needs.DayHasCome("held_on"), session, held_on=ON + timedelta(days=1)),
    ),
    "session_held": (
        wanted(needs.SessionHeld(), session),
        wanted(needs.SessionHeld(), session, state=SessionState.planned),
    ),
    "president_named": (
        wanted(needs.PresidentNamed(), agreement),
        lambda world: (
            setattr(world.carrier.officers[0], "role", "treasurer"),
            needs.PresidentNamed().check(world.agreement),
        ),
    ),
    "agreement_numbered": (
        wanted(needs.AgreementNumbered(), agreement),
        wanted(needs.AgreementNumbered(), agreement, number=None),
    ),
    "agreement_stands": (
        wanted(needs.AgreementStands(), agreement),
        wanted(needs.AgreementStands(), agreement, state=AgreementState.terminated),
    ),
    "certificate_stands": (
        wanted(needs.CertificateStands(), a_certificate, state=CertificateState.issued),
        wanted(needs.CertificateStands(), a_certificate, state=CertificateState.revoked),
    ),
    "worksite_opened": (
        wanted(needs.WorksiteOpened(), site),
        wanted(needs.WorksiteOpened(), site, state=WorksiteState.planned),
    ),
    "under_signed_agreement": (
        wanted(needs.UnderSignedAgreement("worksite.agreement"), lambda world: world.contract),
        lambda world: (
            damaged(Agreement, carrier_signed_on=None)(world),
            wanted(needs.UnderSignedAgreement("worksite.agreement"), lambda world: world.contract)(world),
        ),
    ),
    "worksites_over": (
        lambda world: (
            damaged(Worksite, state=WorksiteState.completed)(world),
            wanted(needs.WorksitesOver(), agreement)(world),
            damaged(Worksite, state=WorksiteState.open)(world),
        ),
        wanted(needs.WorksitesOver(), agreement),
    ),
    "worksites_over.none_yet": (
        lambda world: (
            damaged(Worksite, state=WorksiteState.completed)(world),
            wanted(needs.WorksitesOver(), agreement)(world),
            damaged(Worksite, state=WorksiteState.open)(world),
        ),
        wanted(needs.WorksitesOver(), agreement, worksites=[]),
    ),
    "days_declared": (
        wanted(needs.DaysDeclared(), declared_person),
        wanted(needs.DaysDeclared(), lambda world: world.person),
    ),
    "complaint_answered": (
        wanted(
            needs.ComplaintAnswered(),
            lambda world: world.complaint,
            state=ComplaintState.answered,
            answer="سيؤدى الأجر",
        ),
        wanted(needs.ComplaintAnswered(), lambda world: world.complaint),
    ),
    "sheet_names_people": (
        wanted(needs.SheetNamesPeople(), lambda world: world.sheet),
        wanted(needs.SheetNamesPeople(), lambda world: world.sheet, lines=[]),
    ),
    "sheet_is_locked": (
        wanted(needs.SheetIsLocked(), lambda world: world.sheet),
        wanted(needs.SheetIsLocked(), lambda world: world.sheet, state=SheetState.verified),
    ),
    "run_is_frozen": (
        wanted(needs.RunIsFrozen(), lambda world: a_slip(world).run, state=RunState.frozen),
        wanted(needs.RunIsFrozen(), lambda world: a_slip(world).run, state=RunState.approved),
    ),
    "wage_not_blocked": (
        wanted(needs.WageNotBlocked(), a_slip),
        wanted(needs.WageNotBlocked(), a_slip, blocked_by="bank_account"),
    ),
    "place_of_proof": (
        lambda world: needs.PlaceOfProof(HeadKind.prefecture).check_on(None, ON),
        lambda world: (
            damaged(Letterhead, site=None)(world),
            needs.PlaceOfProof(HeadKind.prefecture).check_on(None, ON),
        ),
    ),
    "wages_are_due": (wanted(WagesAreDue(), paid(PaymentState.due)), wanted(WagesAreDue(), paid(PaymentState.sent))),
    "wages_are_due.all_apart": (
        wanted(WagesAreDue(), paid(PaymentState.due)),
        wanted(WagesAreDue(), paid(PaymentState.due, DeclarationState.to_make)),
    ),
    "transfers_came_back": (
        wanted(TransfersCameBack(), paid(PaymentState.rejected)),
        wanted(TransfersCameBack(), paid(PaymentState.sent)),
    ),
}


def receipt_of_complaint_by(role):
    """The receipt of the world's confidential complaint, issued by somebody of a role."""
    receipt = catalogue.PAPERS["complaint_receipt"]

    def work(world):
        issue.issue(receipt, world.complaint, "ar", issue.Issuance(user_by_email(f"{role}@example.ma"), ON, AT))

    return work


CONFIDENCE = {
    "read_in_confidence": (receipt_of_complaint_by("head_of_unit"), receipt_of_complaint_by("administrator")),
}

CASES_OF_PAPERS = SCANS | PAPERS | TEXTS | REQUIREMENTS | CONFIDENCE
