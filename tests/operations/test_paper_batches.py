"""Papers in bulk: certificates, contracts, letters and slips in one PDF or a ZIP, and who has none named."""

import io
import zipfile
from datetime import date

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from awrash import worker
from awrash.database.session import db
from awrash.demo.prefecture import publish_at
from awrash.models import Certificate, Contract, Edition, PaySlip
from awrash.operations import paper_batches, worksites
from awrash.papers import issue
from awrash.papers.catalogue import PAPERS
from awrash.records.accounts import Role, user_by_email
from awrash.records.audit import AuditLine
from awrash.records.background_work import Work, WorkState
from awrash.records.issued_papers import IssuedPaper
from awrash.records.letterheads import Letterhead, Quality, Signatory
from awrash.values.language import now
from awrash.values.states import AgreementState, CertificateState, ContractState, Outcome, WorksiteState
from awrash.values.text import clean
from tests.doors import run
from tests.papers.test_every_paper import breaches, paged, text_of
from tests.world import a_contract, a_participant, a_slip, papers


@pytest.fixture
def completed(office):
    """The worksite completed: one person has earned the certificate, another has not."""
    world = office
    world.contract.planned_ends_on = date(2026, 5, 31)
    other = a_contract(a_participant("J100002"), world.site, "K-2")
    other.participant.rib = "350810000000000123456826"
    db.session.add(other)
    db.session.flush()
    worksites.complete_worksite(world.site, date(2026, 7, 31), "نهاية الورش")
    db.session.commit()
    return world


@pytest.mark.parametrize("form", ["pdf", "zip"])
def test_the_certificates_of_a_worksite_come_out_together_and_who_has_none_is_named(completed, form):
    world = completed
    address = f"/admin/work/ask/?of=worksite&set=certificates&id={world.site.id}"
    page = world.head.get(address)
    assert page.says("Issue 2 papers")
    page = world.head.post(address, form=form, language="ar")
    assert page.status == 302
    work = db.session.scalar(select(Work))
    assert (work.state, work.done, work.total) == (WorkState.done, 2, 2)
    page = world.head.get(f"/admin/work/details/?id={work.id}")
    assert page.says("One paper was not issued") and page.says("K-2")
    content = world.head.get(f"/admin/work/file/?id={work.id}").response.get_data()
    paper = papers(document="certificate")[0]
    if form == "pdf":
        assert len(PdfReader(io.BytesIO(content)).pages) == 1
        assert text_of(content) == text_of(paper.content)
    else:
        bundle = zipfile.ZipFile(io.BytesIO(content))
        assert [entry.filename for entry in bundle.infolist()] == [paper_batches.file_name(paper)]
        assert bundle.read(bundle.namelist()[0]) == paper.content
    told = world.head.get(f"/admin/work/progress/?id={work.id}").response.get_json()
    assert told == {"done": 2, "state": "done", "said": "2 of 2"}


def test_a_name_left_out_leads_to_its_record_and_a_work_to_what_it_is_about(completed):
    world = completed
    world.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={world.site.id}", form="zip", language="ar")
    page = world.head.get(f"/admin/work/details/?id={db.session.scalar(select(Work.id))}")
    other = db.session.scalar(select(Contract.id).filter_by(number="K-2"))
    assert page.soup.select_one(f"a[href='/admin/contract/details/?id={other}#papers']")
    assert page.soup.select_one(f"a[href='/admin/worksite/details/?id={world.site.id}#papers']")
    assert page.says("One paper is issued, or kept as it was issued.") and page.says("One paper was not issued")
    assert [
        element.get_text() for element in page.soup.select(".history li") if "Record changed" in element.get_text()
    ] == []


@pytest.mark.parametrize("outcome", Outcome)
def test_the_letters_of_a_session_come_out_in_bulk_by_what_was_decided(office, outcome):
    world = office
    changed = update(type(world.decision)).values(outcome=outcome, reason="التمويل")
    db.session.execute(changed, execution_options={"vouched_by": "a test"})
    db.session.commit()
    for answer in Outcome:
        page = world.head.get(f"/admin/work/ask/?of=committee_session&set={answer.value}_letters&id={world.session.id}")
        assert page.says("Issue one paper" if answer == outcome else "There is nothing to issue here")
    address = f"/admin/work/ask/?of=committee_session&set={outcome.value}_letters&id={world.session.id}"
    world.head.post(address, form="pdf", language="ar")
    work = db.session.scalar(select(Work))
    assert (work.state, work.refused, len(work.made)) == (WorkState.done, [], 1)


def test_files_in_a_zip_and_the_zip_itself_are_named_for_a_person(completed):
    world = completed
    world.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={world.site.id}", form="zip", language="ar")
    work = db.session.scalar(select(Work))
    bundle = zipfile.ZipFile(io.BytesIO(world.head.get(f"/admin/work/file/?id={work.id}").response.get_data()))
    assert bundle.namelist() == ["C-2026-00001 أمينة أكنوز.pdf"]
    assert work.file_name == "Certificates of who completed · W-1 · Chantier.zip"


def test_in_bulk_a_reason_makes_new_versions_of_what_has_changed_and_of_nothing_else(office):
    world = office
    world.contract.worksite.state = WorksiteState.open
    second = a_contract(a_participant("J100002"), world.site, "K-2")
    second.participant.rib = "350810000000000123456826"
    db.session.add(second)
    db.session.commit()
    address = f"/admin/work/ask/?of=worksite&set=contracts&id={world.site.id}"
    world.head.post(address, form="zip", language="ar")
    second.job = "بستانية"
    db.session.add(Signatory(quality=Quality.governor, name_ar="عمر", name_fr="Omar", since=date(2026, 1, 1)))
    db.session.commit()
    world.head.post(address, form="zip", language="ar")
    work = db.session.scalars(select(Work).order_by(Work.id.desc())).first()
    assert [(name[:3], number) for name, _why, number in work.refused] == [("K-2", second.id)]
    assert world.head.get(f"/admin/work/details/?id={work.id}").says("give the reason")
    world.head.post(address, form="zip", language="ar", reason="تغيير العمل")
    work = db.session.scalars(select(Work).order_by(Work.id.desc())).first()
    assert (work.refused, len(work.made)) == ([], 2)
    told = [(paper.record_id, paper.revision, paper.reason) for paper in papers(document="work_contract")]
    assert told == [(world.contract.id, 1, None), (second.id, 1, None), (second.id, 2, "تغيير العمل")]


def test_what_was_deleted_since_it_was_asked_for_is_named(office, monkeypatch):
    world = office
    monkeypatch.setattr(worker, "enqueue", lambda number: None)
    extra = a_contract(a_participant("J100002"), world.site, "K-2")
    extra.participant.rib, extra.state = "350810000000000123456826", ContractState.prepared
    extra.anapec_approved_on = None
    db.session.add(extra)
    db.session.commit()
    world.head.post(f"/admin/work/ask/?of=worksite&set=information&id={world.site.id}", form="zip", language="ar")
    db.session.delete(extra)
    db.session.commit()
    worker.carry_out_work(db.session.scalar(select(Work.id)))
    work = db.session.scalar(select(Work))
    assert len(work.made) == 1
    assert [why for _name, why, _number in work.refused] == ["It was deleted after this was asked for."]


@pytest.mark.parametrize(
    "of, name, said",
    [
        ("worksite", "certificates", "One contract has not ended"),
        ("edition", "certificates", "One contract has not ended"),
        ("payroll_run", "slips", "One wage is blocked"),
        ("committee_session", "agreements", "One approved project has no agreement yet"),
    ],
)
def test_before_issuing_in_bulk_what_has_no_paper_yet_is_told(office, of, name, said):
    world = office
    slip = a_slip(world)
    db.session.add(slip)
    db.session.flush()
    world.run = slip.run
    record = {
        "worksite": world.site,
        "edition": world.edition,
        "payroll_run": world.run,
        "committee_session": world.session,
    }[of]
    address = f"/admin/work/ask/?of={of}&set={name}&id={record.id}"
    for kind, change in (
        (PaySlip, {"blocked_by": "no_account"}),
        (type(world.agreement), {"state": AgreementState.terminated}),
    ):
        db.session.execute(update(kind).values(**change), execution_options={"vouched_by": "a test"})
    db.session.commit()
    assert world.head.get(address).says(said)


def test_the_certificates_of_an_edition_are_those_of_its_own_worksites(completed):
    world = completed
    after = Edition(year=2027, quota_person_months=60, starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    db.session.add(after)
    db.session.commit()
    asked = "/admin/work/ask/?of=edition&set=certificates&id="
    assert world.head.get(f"{asked}{world.edition.id}").says("Issue 2 papers")
    assert world.head.get(f"{asked}{after.id}").says("There is nothing to issue here")


@pytest.mark.parametrize("name, of", [("agreements", "committee_session"), ("contracts", "worksite")])
def test_what_is_printed_in_bulk_reads_sign_for_sign_as_each_paper_issued(office, name, of):
    world = office
    record = {"committee_session": world.session, "worksite": world.site}[of]
    world.head.post(f"/admin/work/ask/?of={of}&set={name}&id={record.id}", form="pdf", language="ar")
    work = db.session.scalar(select(Work))
    assert (work.state, work.fault, work.refused) == (WorkState.done, None, [])
    content = world.head.get(f"/admin/work/file/?id={work.id}").response.get_data()
    each = [db.session.get(IssuedPaper, number).content for number in work.made]
    assert each and signs_of(content) == "".join(signs_of(paper) for paper in each)
    assert breaches(content) == []


def signs_of(content):
    """The text of a PDF in the order in which it stands on its pages, which marks of direction decide."""
    return "".join(paged(content))


def test_papers_of_two_days_printed_together_keep_each_its_day_and_its_letterhead(completed):
    made = []
    for day, number in ((date(2026, 11, 3), "K-1"), (date(2026, 11, 20), "K-2")):
        head = user_by_email("head_of_unit@example.ma")
        asked = issue.Issuance(head, day, now())
        contract = db.session.scalar(select(Contract).filter_by(number=number))
        made.append(issue.issue(PAPERS["work_contract"], contract, "fr", asked))
        if not made[1:]:
            old = db.session.scalar(select(Letterhead).filter_by(kind=PAPERS["work_contract"].head))
            then = Letterhead(kind=old.kind, since=date(2026, 11, 10), city_ar="أيت ملول", city_fr="Aït Melloul")
            then.lines_ar, then.lines_fr = "عمالة جديدة", "Préfecture nouvelle"
            db.session.add(then)
            db.session.commit()
    together = text_of(issue.as_one_pdf([paper.id for paper in made]))
    assert together == "".join(text_of(paper.content) for paper in made)
    assert together.count("3 novembre 2026") and together.count("20 novembre 2026")
    assert together.count("Préfecture nouvelle") == text_of(made[1].content).count("Préfecture nouvelle") > 0


def test_papers_whose_text_was_kept_in_part_are_not_printed_together(completed):
    world = completed
    address = f"/admin/work/ask/?of=worksite&set=certificates&id={world.site.id}"
    world.head.post(address, form="zip", language="ar")
    paper = papers(document="certificate")[0]
    cut = update(IssuedPaper).values(told=clean(paper.told))  # as papers were kept before 2026-11-26
    db.session.execute(cut, execution_options={"vouched_by": "a test"})
    db.session.commit()
    world.head.post(address, form="pdf", language="ar")
    failed = db.session.scalar(select(Work).filter_by(state=WorkState.failed))
    assert paper.number in failed.fault and "ask for a ZIP" in failed.fault
    world.head.post(address, form="zip", language="ar")
    assert db.session.scalars(select(Work.state).order_by(Work.id.desc())).first() == WorkState.done


def test_nobody_else_reads_the_file_of_ones_work(completed, visit):
    world = completed
    world.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={world.site.id}", form="pdf", language="ar")
    number = db.session.scalar(select(Work.id))
    assert visit(Role.payroll_officer).get(f"/admin/work/file/?id={number}").status == 404
    assert (
        visit(Role.field_officer).get(f"/admin/work/ask/?of=edition&set=certificates&id={world.edition.id}").status
        == 403
    )


def test_a_fault_ends_the_work_says_so_and_keeps_what_was_issued(completed, monkeypatch):
    world = completed
    monkeypatch.setattr(paper_batches, "combined_file", lambda work: 1 // 0)
    world.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={world.site.id}", form="pdf", language="ar")
    work = db.session.scalar(select(Work))
    assert work.state == WorkState.failed and "kept" in work.fault
    assert len(papers(document="certificate")) == 1
    assert world.head.get(f"/admin/work/details/?id={work.id}").says("ask again")
    assert world.head.get(f"/admin/work/file/?id={work.id}").status == 404


def test_work_that_a_stopped_server_left_half_done_says_so(completed, visit):
    world = completed
    world.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={world.site.id}", form="pdf", language="ar")
    done = db.session.scalar(select(Work))
    left = Work(kind=done.kind, about=done.about, asked=done.asked, total=2, refused=[], made=[], asked_at=now())
    left.asked_by, left.state = done.asked_by, WorkState.running
    db.session.add(left)
    db.session.commit()
    number, other = left.id, done.id
    worker.fail_interrupted()
    page = world.head.get(f"/admin/work/details/?id={number}")
    assert page.says("The server stopped meanwhile") and page.says("ask again")
    assert db.session.get(Work, other).state == WorkState.done


def test_a_revoked_certificate_is_not_made_valid_again_in_passing(completed, app, tmp_path):
    world = completed
    world.head.act("contract", "issue_certificate", [world.contract.id])
    first = db.session.scalar(select(Certificate))
    world.head.act("certificate", "revoke", [first.id], reason="حصل عليها غيره")
    said = f"Certificate {first.serial} was revoked"
    assert said in world.head.act("contract", "issue_certificate", [world.contract.id]).flashes
    world.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={world.site.id}", form="zip", language="ar")
    assert any(said in why for _name, why, _number in db.session.scalar(select(Work)).refused)
    command = run(app, "certificates", "issue", "--worksite", "W-1", "--out", str(tmp_path / "all.pdf"))
    assert said in command.stderr
    assert world.head.act("certificate", "replace", [first.id], reason="").status == 422
    world.head.act("certificate", "replace", [first.id], reason="تبين الخطأ في السحب")
    db.session.expire_all()
    old, new = db.session.scalars(select(Certificate).order_by(Certificate.id))
    assert (old.state, new.state, new.replaces_id) == ("revoked", "issued", old.id)
    told = db.session.scalar(select(AuditLine).filter_by(record="certificate", record_id=new.id))
    assert told.why == "تبين الخطأ في السحب"


def test_a_new_version_of_a_certificate_and_of_a_sheet_of_information_names_the_one_before(completed):
    world = completed
    world.head.act("contract", "issue_certificate", [world.contract.id])
    ways = {"certificate": db.session.scalar(select(Certificate.id)), "information_sheet": world.contract.id}
    for name, number in ways.items():
        world.head.issue(f"document={name}&language=ar&of={number}")
    world.site.name_ar = "ورش آخر"
    db.session.commit()
    for name, number in ways.items():
        assert world.head.issue(f"document={name}&language=ar&of={number}", reason="خطأ").status == 302
        assert "تعوض" in text_of(papers(document=name)[1].content)


def test_before_a_code_leads_nowhere_the_office_is_told(completed, app, tmp_path):
    world = completed
    world.head.act("contract", "issue_certificate", [world.contract.id])
    certificate = f"document=certificate&language=ar&of={db.session.scalar(select(Certificate.id))}"
    address = f"/admin/issued_paper/issue/?{certificate}"
    bulk = f"/admin/work/ask/?of=worksite&set=certificates&id={world.site.id}"
    out = ("certificates", "issue", "--worksite", "W-1", "--out", str(tmp_path / "all.pdf"))
    publish_at(None)
    db.session.commit()
    said = "No public address is written in the letterhead"
    assert world.head.get(address).says(said) and world.head.get(bulk).says(said)
    assert world.head.issue(certificate).status == world.head.post(bulk, form="pdf", language="ar").status == 422
    one_by_one = ("papers", "issue", "certificate", "C-2026-00001", "C-2026-00001", "--out", str(tmp_path / "two.pdf"))
    assert run(app, *out).output.count(said) == 1
    told = run(app, *one_by_one).output
    assert f"C-2026-00001, C-2026-00001: {said}" in told and "0 issued, 2 refused" in told and not papers()
    publish_at("https://awrash.example.ma/")
    db.session.commit()
    assert not world.head.get(address).says(said) and not world.head.get(bulk).says(said)
    run(app, *out)
    told = db.session.scalar(select(IssuedPaper.told))
    assert "https://awrash.example.ma/verify/" in told


def test_a_certificate_that_stands_comes_out_again_when_the_address_is_gone(completed, app, tmp_path):
    world = completed
    bulk = f"/admin/work/ask/?of=worksite&set=certificates&id={world.site.id}"
    world.head.post(bulk, form="zip", language="ar")
    (paper,) = papers(document="certificate")
    publish_at(None)
    db.session.commit()
    for name in ("papers", "issue", "certificate", paper.number), ("certificates", "issue", "--worksite", "W-1"):
        run(app, *name, "--out", str(tmp_path / "one.pdf"))
        assert text_of((tmp_path / "one.pdf").read_bytes()) == text_of(paper.content)
        (tmp_path / "one.pdf").unlink()
    asked = world.head.get(bulk)
    assert asked.soup.select_one(".says.warning").get_text().count("No public address") == 1
    assert asked.soup.select("main form button.btn-primary")
    assert world.head.post(bulk, form="zip", language="ar").status == 302
    work = db.session.scalars(select(Work).order_by(Work.id.desc())).first()
    assert (work.state, work.made) == (WorkState.done, [paper.id])
    world.head.act("certificate", "revoke", [paper.record_id], reason="حصل عليها غيره")
    assert world.head.post(bulk, form="zip", language="ar").status == 422


def test_a_certificate_with_a_fault_is_replaced_and_both_say_so(completed, visit):
    world = completed
    world.head.act("contract", "issue_certificate", [world.contract.id])
    first = db.session.scalar(select(Certificate))
    world.person.given_name_ar = "آمنة"
    db.session.commit()
    refused = world.head.act("certificate", "replace", [first.id], reason="")
    assert refused.status == 422
    done = world.head.act("certificate", "replace", [first.id], reason="خطأ في الاسم")
    old, new = db.session.scalars(select(Certificate).order_by(Certificate.id))
    assert done.says(new.serial) and new.replaces_id == old.id and new.name_ar.startswith("آمنة")
    assert (old.state, new.state) == (CertificateState.replaced, CertificateState.issued)
    world.head.issue(f"document=certificate&language=ar&of={new.id}")
    assert old.serial in text_of(papers(document="certificate")[0].content)
    refused = world.head.issue(f"document=certificate&language=ar&of={old.id}")
    assert refused.status == 422 and "print the one that stands" in refused.flashes
    nobody = visit()
    nobody.get("/verify/")
    nobody.post("/language/en", next="/verify/")
    assert "replaced" in nobody.get(f"/verify/{old.code}").soup.select_one("[role=status]").get_text()
    assert "valid" in nobody.get(f"/verify/{new.code}").soup.select_one("[role=status]").get_text()
