"""Proof of a certificate: anybody with the code reads what it proves, nobody walks the codes or the passwords."""

import json
import re
from contextlib import contextmanager
from datetime import date
from types import SimpleNamespace

import pytest
from sqlalchemy import event, select, update

from awrash import create_app
from awrash.database.session import db
from awrash.models import Skill
from awrash.records import steps
from awrash.records.accounts import Role
from awrash.records.issued_papers import IssuedPaper
from awrash.values.states import CertificateState, CouncilName, WorksiteState
from tests.doors import Page, Visitor, alone
from tests.world import a_certificate, a_world

CODE = "0a1b2c3d4e5f60718293a4b5c6d7e8"
SPOKEN = {
    CertificateState.issued: "valid",
    CertificateState.replaced: "replaced",
    CertificateState.revoked: "revoked",
}


@pytest.fixture
def certificate(app):
    world = a_world()
    world.person.phone, world.person.cnss_number = "+212612345678", "130000026"
    world.site.state, world.contract.planned_ends_on = WorksiteState.completed, date(2026, 5, 31)
    skills = list(db.session.scalars(select(Skill).limit(2)))
    certificate = a_certificate(world)
    certificate.code, certificate.skills = CODE, skills
    db.session.add(certificate)
    db.session.commit()
    return certificate


def speaking(visitor: Visitor, language: str) -> Visitor:
    visitor.get("/verify/")
    visitor.post(f"/language/{language}", next="/verify/")
    return visitor


@pytest.mark.parametrize("state", SPOKEN)
def test_whoever_has_the_code_reads_what_the_certificate_proves(visit, certificate, state):
    if state != CertificateState.issued:
        steps.step(certificate, state, why="خطأ في الاسم")
        db.session.commit()
    page = speaking(visit(), "en").get(f"/verify/{CODE}")
    assert page.status == 200
    assert SPOKEN[state] in page.soup.select_one("[role=status]").get_text()
    days = ("01/05/2026", "31/07/2026", "August 2026")
    for text in ("أمينة", "AMINA", "Chantier", "Council of the prefecture", "C-1", *days):
        assert page.says(text), text
    assert all(page.says(skill.name_ar) and page.says(skill.name_fr) for skill in certificate.skills)


def test_the_page_says_what_the_paper_says_whatever_changed_in_the_records_since(visit, certificate):
    head, site = visit(Role.head_of_unit), certificate.contract.worksite
    head.issue(f"document=certificate&language=ar&of={certificate.id}")
    skill, name = certificate.skills[0], certificate.skills[0].name_ar
    site.name_ar, site.name_fr, skill.name_ar = "ورش آخر", "Autre site", "كفاءة أخرى"
    site.agreement.project.call.edition.council_name = CouncilName.provincial
    db.session.commit()
    page = speaking(visit(), "en").get(f"/verify/{CODE}")
    day_of_the_paper = "23 November 2026"
    for text in ("ورش", "Chantier", name, "Council of the prefecture", day_of_the_paper):
        assert page.says(text), text
    assert not [text for text in ("ورش آخر", "Autre site", "كفاءة أخرى", "August") if page.says(text)]


@pytest.mark.parametrize("council", ["مجلس عمالة إنزكان أيت ملول", "مجلس العمالة"])
def test_a_paper_of_before_names_its_council_too(visit, certificate, council):
    visit(Role.head_of_unit).issue(f"document=certificate&language=ar&of={certificate.id}")
    printed = json.loads(db.session.scalar(select(IssuedPaper.told))) | {"council": council}
    kept = update(IssuedPaper).values(told=json.dumps(printed, ensure_ascii=False))
    db.session.execute(kept, execution_options={"vouched_by": "a paper issued before, its marks of direction lost"})
    db.session.commit()
    page = speaking(visit(), "fr").get(f"/verify/{CODE}")
    is_known = council.endswith("ملول")
    assert page.says("Conseil préfectoral d’Inezgane-Aït Melloul") == is_known
    assert bool([name for name in page.soup.select("bdi[lang=ar]") if name.get_text() == council]) != is_known


def test_the_page_of_a_certificate_tells_nothing_else_of_the_person(visit, certificate):
    person = certificate.contract.participant
    page = visit().get(f"/verify/{CODE}")
    known = (person.cnie, person.rib, person.cnss_number, person.phone, person.family_name_fr, "1990", "612345678")
    assert not [text for text in (*known, "خطأ", certificate.contract.number, "3.422") if text in page.text]
    assert page.response.headers["X-Robots-Tag"] == "noindex"


def test_a_certificate_that_is_not_issued_yet_proves_nothing(visit, certificate):
    again = a_certificate(SimpleNamespace(contract=certificate.contract))
    again.serial, again.code, again.state = "C-2", "f00d" * 7, CertificateState.eligible
    db.session.add(again)
    db.session.commit()
    assert visit().get(f"/verify/{again.code}").status == 404


def without_its_own_parts(page: Page) -> str:
    """A page without what each request has of its own: the form's token, the address to come back to."""
    return re.sub(r'name="(csrf_token|next)" value="[^"]*"', r'name="\1"', page.text)


WRONG = [
    "0",
    CODE[:-1],
    CODE[:-1] + "f",
    CODE + "0",
    "f" * 500,
    "a/b/c",
    "%00",
    "' OR 1=1 --",
    "..%2f",
    "=cmd",
    "é",
    "%ff",
]


def test_every_wrong_code_has_the_same_answer(visit, certificate):
    stranger = visit()
    first = [stranger.get("/verify/1234") for _ in range(3)][-1]  # the session has settled
    assert first.status == 404
    for wrong in WRONG:
        page = stranger.get(f"/verify/{wrong}")
        assert (page.status, without_its_own_parts(page)) == (404, without_its_own_parts(first)), wrong
        assert set(page.response.headers.keys()) == set(first.response.headers.keys())


@contextmanager
def statements(app):
    """The statements that the database gets meanwhile."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_more):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_every_wrong_code_asks_the_database_the_same(app, visit, certificate):
    distinct = set()
    stranger = visit()
    for wrong in WRONG:
        with statements(app) as seen:
            stranger.get(f"/verify/{wrong}")
        distinct.add(tuple(seen))
    assert len(distinct) == 1


@pytest.mark.parametrize(
    "typed", [CODE, CODE.upper(), f" {CODE[:6]} {CODE[6:]} ", f"{CODE[:4]}-{CODE[4:]}", "٠" + CODE[1:]]
)
def test_a_code_is_found_however_it_is_typed(visit, certificate, typed):
    stranger = visit()
    form = stranger.get("/verify/").soup.select_one("form[method=get]")
    sent = Page(alone(stranger.client.get, form["action"], query_string={form.input["name"]: typed}))
    assert sent.status == 302
    page = stranger.get(sent.response.location)
    assert page.status == 200
    assert page.says("C-1")


@pytest.mark.parametrize("typed", ["wrong", "0", "ab cd"])
def test_a_wrong_code_that_is_typed_leads_where_a_right_one_would(visit, certificate, typed):
    stranger = visit()
    sent = Page(alone(stranger.client.get, "/verify/", query_string={"code": typed}))
    assert sent.status == 302
    assert stranger.get(sent.response.location).status == 404


@pytest.mark.parametrize(
    "spoken, language", [("fr-FR,fr;q=0.9", "fr"), ("en-GB", "en"), ("ar-MA", "ar"), ("de,es", "ar"), ("", "ar")]
)
def test_a_page_for_anybody_speaks_the_browsers_language(visit, certificate, spoken, language):
    stranger = visit()
    for address in (f"/verify/{CODE}", "/verify/", "/transparency"):
        page = Page(alone(stranger.client.get, address, headers={"Accept-Language": spoken}))
        assert page.soup.html["lang"] == language


def test_a_language_chosen_with_the_switch_wins_over_the_browsers(visit, certificate):
    stranger = speaking(visit(), "ar")
    page = Page(alone(stranger.client.get, f"/verify/{CODE}", headers={"Accept-Language": "fr"}))
    assert page.soup.html["lang"] == "ar"


# ---- not too often


@pytest.fixture
def strict(app):
    """The limits of a real office; the tests' own are wide."""
    kept = {name: app.config[name] for name in ("VERIFY_LIMIT", "SIGN_IN_LIMIT")}
    app.config.update(VERIFY_LIMIT="5 per minute", SIGN_IN_LIMIT="3 per minute")
    app.extensions["awrash_limiter"].reset()
    yield app
    app.config.update(kept)
    app.extensions["awrash_limiter"].reset()


def at(visitor: Visitor, address: str, place: str) -> Page:
    """A page asked from another address of the network."""
    return Page(alone(visitor.client.get, address, environ_base={"REMOTE_ADDR": place}))


@pytest.mark.parametrize("language, sentence", [("ar", "حاول"), ("fr", "Réessayez"), ("en", "Try again in")])
def test_codes_cannot_be_walked(strict, visit, certificate, language, sentence):
    stranger = speaking(visit(), language)
    assert [stranger.get(f"/verify/{number}").status for number in range(5)] == [404] * 5
    stopped = stranger.get(f"/verify/{CODE}")
    assert stopped.status == 429
    assert stopped.soup.html["lang"] == language
    assert 1 <= int(stopped.response.headers["Retry-After"]) <= 60
    assert stopped.says(sentence)
    assert not stopped.says("AMINA")


def test_who_tries_too_often_stops_nobody_else(strict, visit, certificate):
    stranger = visit()
    for _ in range(6):
        at(stranger, "/verify/0", "203.0.113.7")
    assert at(stranger, f"/verify/{CODE}", "203.0.113.7").status == 429
    assert at(stranger, f"/verify/{CODE}", "203.0.113.8").status == 200
    assert stranger.get("/transparency").status == 200


def test_a_visitor_cannot_pass_for_others(strict, visit, certificate):
    stranger = visit()
    claimed = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(6)]
    tried = [Page(alone(stranger.client.get, "/verify/0", headers=headers_sent)).status for headers_sent in claimed]
    assert tried == [404] * 5 + [429]


def test_behind_our_own_proxy_each_visitor_is_known(strict, certificate):
    behind = create_app(dict(strict.config) | {"PROXIES": 1})
    stranger = Visitor(behind)
    claimed = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in (7, 7, 7, 7, 7, 7, 8)]
    tried = [Page(alone(stranger.client.get, "/verify/0", headers=headers_sent)).status for headers_sent in claimed]
    with behind.app_context():
        db.engine.dispose()
    assert tried == [404] * 5 + [429, 404]


def test_one_household_is_one_visitor(strict, visit, certificate):
    stranger = visit()
    for number in range(5):
        at(stranger, "/verify/0", f"2001:db8:1:2::{number}")
    assert at(stranger, f"/verify/{CODE}", "2001:db8:1:2:ffff::1").status == 429
    assert at(stranger, f"/verify/{CODE}", "2001:db8:1:3::1").status == 200


def test_passwords_cannot_be_walked(strict, visit):
    stranger = visit()
    stranger.get("/account/login")
    email = f"{Role.payroll_officer.value}@example.ma"
    tries = [stranger.post("/account/login", email=email, password=f"guess {number}").status for number in range(3)]
    assert tries == [200] * 3
    assert stranger.post("/account/login", email=email, password="a long password 2026").status == 429
    assert stranger.get("/account/login").status == 200
    assert stranger.get("/admin/").status == 302


def test_the_password_of_a_session_left_open_cannot_be_walked(strict, visit):
    left_open = visit(Role.auditor)
    fields = {"new_password": "another password 9", "new_password_confirm": "another password 9"}
    tries = [
        left_open.post("/account/change", password=f"guess {number}", **fields).status for number in range(4)
    ]  # signing in was perhaps a try, too
    assert tries[-1] == 429
