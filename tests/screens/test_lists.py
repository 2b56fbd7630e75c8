"""Lists that people work in: filters with operators, columns, views kept under a name, light pages."""

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from awrash import settings
from awrash.admin_views import MENU
from awrash.database.session import db
from awrash.models import Carrier, Participant, Project
from awrash.records.accounts import Role, SavedView
from awrash.values.states import AccountState, ProjectState
from tests.conftest import PASSWORD
from tests.doors import Visitor
from tests.world import a_participant, a_world

LARGEST = 60_000  # bytes of a page of fifty rows, before compression
VIEWS = {record.__tablename__: (record, view) for _, views in MENU for view, record, _ in views}
NAMES = list(VIEWS)


def shown(page) -> int:
    """How many records the head of a list counts."""
    return int(re.sub(r"\D", "", page.soup.select_one("h1 .number").get_text()))


def count(where) -> int:
    return db.session.scalar(select(func.count()).where(where))


def test_a_filter_compares_as_its_operator_says(tour):
    visitor = tour(Role.file_officer)
    scored, all_of_them = count(Project.state == ProjectState.scored), count(Project.id > 0)
    assert shown(visitor.get("/admin/project/?flt_state=scored")) == scored
    assert shown(visitor.get("/admin/project/?flt_state=scored&op_state=not")) == all_of_them - scored
    missing = count(Project.theme_id.is_(None))
    assert shown(visitor.get("/admin/project/?op_theme=empty")) == missing


def test_a_text_filter_contains_begins_with_or_is(tour):
    visitor = tour(Role.file_officer)
    number = db.session.scalar(select(Carrier.registration_number).limit(1))
    filtered = "/admin/carrier/?flt_registration_number="
    assert shown(visitor.get(f"{filtered}{number}&op_registration_number=is")) == 1
    assert shown(visitor.get(f"{filtered}{number[1:]}&op_registration_number=begins")) == 0
    assert shown(visitor.get(f"{filtered}{number[1:]}&op_registration_number=has")) >= 1
    assert shown(visitor.get(f"{filtered}{number[1:]}&op_registration_number=is")) == 0


def somebody(cnie: str, given: str, family: str) -> Participant:
    person = a_participant(cnie)
    person.given_name_fr, person.family_name_fr = given, family
    person.rib, person.account_state = None, AccountState.none
    db.session.add(person)
    return person


@pytest.mark.parametrize("typed", ["zzzzz", "zz", "---", "zzzzz aziz", "mna"])
def test_nonsense_finds_nobody_in_a_list(app, visit, typed):
    a_world()
    somebody("J200001", "AZIZA", "BOUZZA")
    db.session.commit()
    assert shown(visit(Role.file_officer).get(f"/admin/participant/?q={typed}")) == 0


def test_a_list_begins_with_what_was_typed_then_with_words_that_begin_so(app, visit):
    a_world()
    first = [somebody("JA10", "SAMIRA", "HALIM"), somebody("A10", "SAMIRA", "LIMANI"), somebody("JA100", "LIM", "SAMI")]
    db.session.commit()
    officer = visit(Role.file_officer)
    cards = [person.cnie for person in first]

    def found(typed: str) -> list[str]:
        rows = officer.get(f"/admin/participant/?q={typed}").soup.select("tbody tr")
        return [
            next(card for card in cards if card in [cell.get_text(strip=True) for cell in row.select("td")])
            for row in rows
        ]

    assert found("a10") == ["A10", "JA100", "JA10"]
    assert found("lim") == ["JA100", "A10", "JA10"]


def test_a_list_of_people_leads_to_those_who_only_sound_so(app, visit):
    a_world()
    somebody("J200001", "HOCINE", "HASSAN")
    db.session.commit()
    officer = visit(Role.file_officer)
    officer.post("/language/en")
    page = officer.get("/admin/participant/?q=houssain")
    assert shown(page) == 0
    [link] = [link for link in page.soup.select("main a") if "sound" in link.get_text()]
    found = officer.get(link["href"])
    assert found.says("Sounds like what was typed") and found.says("HOCINE HASSAN")


def test_a_chip_takes_off_its_own_filter_only(tour):
    page = tour(Role.file_officer).get("/admin/project/?flt_state=scored&flt_within_communal_powers=no&q=2026")
    off = {chip.get_text(" ", strip=True): chip["href"] for chip in page.soup.select("a.chip")}
    assert len(off) == 2
    without_state = next(address for text, address in off.items() if "scored" not in address)
    assert "flt_within_communal_powers=no" in without_state and "q=2026" in without_state


def test_columns_are_chosen_shown_in_order_and_exported(tour):
    visitor = tour(Role.file_officer)
    visitor.post("/language/en")
    page = visitor.get("/admin/participant/?columns=born_on&columns=cnie,phone")
    assert [head.get_text(strip=True) for head in page.soup.select("thead th")][1:] == [
        "CNIE",
        "Date of birth",
        "Phone",
    ]
    export = page.soup.select_one("a[href*='/export/csv/']")["href"]
    header = visitor.get(export).response.get_data(as_text=True).splitlines()[0]
    assert header.lstrip("\ufeff") == "CNIE;Date of birth;Phone"


def test_a_view_is_kept_under_a_name_and_stands_in_the_menu(tour):
    visitor = tour(Role.file_officer)
    kept = visitor.post("/admin/project/views/?flt_state=scored&sort=-places", name="En attente du comité")
    assert kept.status == 302
    page = visitor.get(kept.response.location)
    assert page.soup.select_one("nav.side a.saved").get_text(strip=True) == "En attente du comité"
    assert page.soup.select_one(".views a[aria-current]").get_text(strip=True) == "En attente du comité"
    assert "flt_state=scored" in kept.response.location and "sort=-places" in kept.response.location


def test_a_view_without_a_name_is_not_kept(tour):
    page = tour(Role.file_officer)
    assert page.post("/admin/project/views/?flt_state=scored", name="  ").status == 302
    assert page.get("/admin/project/?flt_state=scored").soup.select_one(".says.error")
    assert db.session.scalar(select(func.count(SavedView.id))) == 0


def test_ones_own_view_is_seen_by_nobody_else_and_the_teams_by_all(tour, prefecture):
    mine, other = tour(Role.file_officer), tour(Role.payroll_officer)
    mine.post("/admin/project/views/?flt_state=scored", name="mine")
    mine.post("/admin/project/views/?flt_state=draft", name="the team's", shared="on")
    seen = [link.get_text(strip=True) for link in other.get("/admin/project/").soup.select("a.saved")]
    assert seen == ["the team's"]
    number = db.session.scalar(select(SavedView.id).where(SavedView.name == "the team's"))
    assert other.post("/admin/project/views/forget/", id=str(number)).status == 404
    assert mine.post("/admin/project/views/forget/", id=str(number)).status == 302
    db.session.rollback()
    assert db.session.scalars(select(SavedView.name)).all() == ["mine"]


def test_who_only_reads_keeps_views_for_themselves(tour):
    auditor = tour(Role.auditor)
    auditor.post("/admin/project/views/?flt_state=scored", name="to read", shared="on")
    assert db.session.scalar(select(SavedView.is_shared)) is False


def test_a_view_of_what_the_list_does_not_know_is_refused(tour):
    assert tour(Role.file_officer).post("/admin/project/views/?flt_nothing=1", name="x").status == 400


def test_rows_are_looked_up_while_typing(tour):
    visitor = tour(Role.file_officer)
    person = db.session.scalar(select(Participant).limit(1))
    choices = visitor.get(f"/admin/participant/lookup/?key=1&q={person.cnie}").response.get_json()
    assert [choice["value"] for choice in choices] == [person.cnie]
    assert len(visitor.get("/admin/worksite/lookup/?q=").response.get_json()) == 30
    assert tour(Role.field_officer).get("/admin/complaint/lookup/?q=").status == 403


@pytest.mark.parametrize("name", NAMES)
def test_a_page_of_fifty_rows_is_light_in_every_language(tour, name):
    visitor = tour(Role.administrator)
    for language in ("ar", "fr", "en"):
        visitor.post(f"/language/{language}")
        page = visitor.get(f"/admin/{name}/")
        assert len(page.response.get_data()) <= LARGEST, (name, language)


def test_an_empty_list_says_what_to_do(visit):
    page = visit(Role.file_officer).get("/admin/project/")
    assert page.soup.select_one("td.empty p").get_text(strip=True)
    assert page.soup.select_one("td.empty a[href='/admin/project/new/']")


def test_every_list_and_record_is_shown_with_no_row_and_with_one(app, visit):
    visitor = visit(Role.administrator)
    for name, (record, _view) in VIEWS.items():
        if name != "complaint":
            searched = visitor.get(f"/admin/{name}/?q=zzzz").status
            assert searched == (200 if record.__search__ else 400), name
    a_world()
    db.session.commit()
    for name, (record, _view) in VIEWS.items():
        number = db.session.scalar(select(func.max(record.id)))
        for reader in (visitor, visit(Role.complaints_officer)) if name == "complaint" else (visitor,):
            assert reader.get(f"/admin/{name}/").status == 200, name
            assert number is None or reader.get(f"/admin/{name}/details/?id={number}").status == 200, name


def test_style_and_script_are_kept_for_a_year_under_an_address_of_their_content(prefecture):
    stranger = Visitor(prefecture, None, PASSWORD)
    page = stranger.get("/account/login")
    style = page.soup.select("link[rel=stylesheet]")[-1]["href"]
    answer = stranger.get(style)
    assert answer.response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert style.startswith(settings.static_address())
    assert stranger.get("/static/000000000000/built/awrash.css").status == 404
    assert "no-store" in page.response.headers["Cache-Control"]


def test_the_address_of_the_assets_changes_with_their_content(tmp_path, monkeypatch):
    (tmp_path / "a.css").write_text("a{}")
    monkeypatch.setattr(settings, "STATIC", Path(tmp_path))
    before = settings.static_address()
    (tmp_path / "a.css").write_text("b{}")
    assert settings.static_address() != before
