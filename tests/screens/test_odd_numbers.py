"""No number breaks a page: what is a digit to Python and none to the office, what overflows, what is no number."""

from decimal import Decimal
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from awrash.admin_views import MENU
from awrash.commands import record_of_key
from awrash.database.session import db
from awrash.files.import_kinds import KINDS
from awrash.files.imports import check_file
from awrash.models import Carrier, Contract
from awrash.records.accounts import Role
from awrash.records.dated_figures import Parameter
from awrash.rules.rule import RuleError
from awrash.values.text import number_or_none, parse_amount, parse_figure, whole_number
from tests.conftest import TODAY
from tests.doors import run
from tests.screens.test_accounts import addresses

ODD = [
    "²",
    "१",
    "9e999999",
    "1e400",
    "-0",
    "9" * 400,
    "NaN",
    "Infinity",
    "1_0",
    "½",
    "0x1f",
    "٣²",
    "9999-12",
    "0001-01",
]
ODDEST = ["²", "9e999999", "9" * 400, "9999-12", "0001-01"]
NO_NUMBER = ["²", "9e999999", "1e400", "9" * 400, "NaN", "Infinity", "1_0", "½", "0x1f", "१", ""]
VIEWS = [(record.__tablename__, record, view) for _, views in MENU for view, record, _ in views]
NAMES = (
    *("id", "page", "of", "cause", "contract", "scan", "worksite", "carrier", "edition", "within", "from", "to"),
    *("month", "rowid", "line", "payment", "declaration"),
)


@pytest.mark.parametrize("text", NO_NUMBER)
@pytest.mark.parametrize("read", [whole_number, parse_figure, parse_amount])
def test_what_is_no_number_is_none_to_any_reader(read, text):
    with pytest.raises(ValueError):
        read(text)


@pytest.mark.parametrize(
    "text, value",
    [("17.92", "17.92"), ("17,92", "17.92"), ("١٧٫٩٢", "17.92"), (".0448", "0.0448"), ("−3", "-3"), (" 54 ", "54")],
)
def test_a_figure_is_read_as_it_is_typed(text, value):
    assert parse_figure(text) == Decimal(value)


@given(st.text(st.characters(categories=["Nd", "No", "Nl"]), min_size=1) | st.text())
def test_an_address_names_a_record_by_plain_digits_only(text):
    number = number_or_none(text)
    assert (number is None) == (not (text.isascii() and text.isdigit() and len(text) <= 9))
    assert number is None or number == int(text)


@pytest.mark.parametrize("odd", ODD)
def test_a_figure_that_is_no_number_is_refused_under_its_field(visit, odd):
    officer = visit(Role.administrator)
    officer.get("/admin/parameter/new/")
    sent = {"name": "smig_hourly", "since": "01/01/2027", "value": odd, "reference": "Decree"}
    page = officer.post("/admin/parameter/new/", **sent)
    if odd != "-0":
        assert page.status == 422
        assert page.soup.select_one("[name=value].is-invalid")["value"] == odd
    known = select(Parameter.value).order_by(Parameter.id.desc()).limit(1)
    assert db.session.scalar(known) < Decimal(10**9)


@pytest.mark.parametrize("name, record, view", VIEWS, ids=[name for name, *_ in VIEWS])
def test_no_odd_number_breaks_a_list_or_its_filters(visit, name, record, view):
    officer = visit(Role.administrator if Role.administrator in view.reads else Role.head_of_unit)
    fields = officer.get(f"/admin/{name}/").soup.select("form[method=get] [name^=flt_]")
    for odd in ODDEST[:2]:
        for asked in ("page", *(field["name"] for field in fields)):
            page = officer.get(f"/admin/{name}/?{urlencode({asked: odd})}")
            assert page.status in (200, 400), (asked, odd)
            assert page.soup.select_one("h1")


@pytest.mark.parametrize("odd", ["²", "9999-12"])
def test_no_address_breaks_over_an_odd_number(tour, prefecture, odd):
    officer = tour(Role.head_of_unit)
    officer.get("/admin/project/")
    codes = {"cause": "no_rib", "set": "receipts", "document": "agreement", "language": "ar", "decision": "ignore"}
    for method, address, rule in addresses(prefecture):
        if "static" in rule or "logout" in rule:
            continue
        if method == "GET":
            for asked in (dict.fromkeys(NAMES, odd) | codes, {"to": odd}):
                assert officer.get(f"{address}?{urlencode(asked)}").status < 500, (address, odd)
        else:
            asked = dict.fromkeys(NAMES, odd) | codes
            assert officer.post(f"{address}?{urlencode(asked)}", **asked).status < 500, (address, odd)


@pytest.mark.parametrize("name, record, view", VIEWS, ids=[name for name, *_ in VIEWS])
def test_no_form_breaks_over_an_odd_number(visit, name, record, view):
    if not (view.form_columns and view.can_create):
        return
    officer = visit(Role.administrator if Role.administrator in view.writes else Role.head_of_unit)
    page = officer.get(f"/admin/{name}/new/")
    fields = [field["name"] for field in page.soup.select("main form [name]") if field["name"] != "csrf_token"]
    for odd in ODDEST:
        page = officer.post(f"/admin/{name}/new/", **{field.replace("__n__", "0"): odd for field in fields})
        assert page.status in (422, 302), odd


WITH_FORM = [view for view in VIEWS if any(verb.asks for verb in view[2].verbs)]


@pytest.mark.parametrize("name, record, view", WITH_FORM, ids=[name for name, *_ in WITH_FORM])
def test_no_action_breaks_over_an_odd_number_or_a_day_of_another_age(tour, name, record, view):
    number = db.session.scalar(select(record.id).limit(1))
    for verb in view.verbs if number else ():
        officer = tour(verb.roles[0])
        officer.get(f"/admin/{name}/")
        for odd in (*ODDEST, "31/12/9999", "01/01/0001"):
            sent = {field.name: odd for field in (verb.asks() if verb.asks else ())}
            page = officer.post(f"/admin/{name}/action/", action=verb.name, rowid=str(number), confirmed="1", **sent)
            assert page.status in (200, 422), (verb.name, odd)


@pytest.mark.parametrize("name", KINDS)
def test_no_odd_number_breaks_a_file(app, name):
    kind = KINDS[name]
    for odd in ODD:
        content = f"{';'.join(kind.columns)}\n{';'.join([odd] * len(kind.columns))}\n".encode()
        assert check_file(name, content, TODAY).faults


@pytest.mark.parametrize("on", ["²", "9999-12-31", "0001-01-01", "abc"])
def test_a_command_takes_no_odd_day(app, on):
    assert run(app, "do", "project", "prepare", "1", "--on", on).exit_code == 2


@pytest.mark.parametrize("key", ["#²", "#१", f"#{'9' * 400}", "#9e9"])
def test_a_command_names_no_record_by_an_odd_number(app, key):
    for record in (Contract, Carrier):
        with pytest.raises(RuleError) as refusal:
            record_of_key(record, key)
        assert refusal.value.code == "not_found"


@pytest.mark.parametrize("asked", ["kind=has", "by=has", "by=²", "by=__class__", "edition=has"])
def test_the_costs_of_nothing_known_are_refused_and_break_nothing(tour, asked):
    head = tour(Role.head_of_unit)
    for page in ("/admin/costs/", "/admin/costs/export/csv/"):
        assert head.get(f"{page}?{asked}").status == (200 if asked == "kind=has" else 400)
