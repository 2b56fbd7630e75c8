"""The screen that reads what the bank or CNSS sent back: columns chosen, lines previewed, doubts decided."""

import io

import pytest
from sqlalchemy import func, select

from awrash.bank.records import Cause, ReturnFile
from awrash.database.session import db
from awrash.operations.payment_matching import DifferingAmount, Doubled, Unmatched, WrongState
from awrash.records.accounts import Role
from tests.bank.test_returns import BACK, HEADER, PAID, csv_of, payment, people, states


@pytest.fixture
def sent(app):
    people(app)
    return app


def upload(visitor, *lines: str, header: str = HEADER, content: bytes | None = None):
    visitor.get("/admin/returns/")
    file = (io.BytesIO(csv_of(*lines, header=header) if content is None else content), "retour.csv")
    return visitor.post("/admin/returns/", file=file)


def filled(page) -> dict[str, str]:
    """What the form of a page would send, as it stands."""
    form = page.soup.select_one("main form") or page.soup
    given = {
        field["name"]: field.get("value", "") for field in form.select("input[name]") if field["name"] != "csrf_token"
    }
    for choice in form.select("select[name]"):
        chosen = choice.select_one("option[selected]")
        given[choice["name"]] = chosen["value"] if chosen else ""
    return given


@pytest.fixture
def officer(sent, visit):
    visitor = visit(Role.payroll_officer)
    visitor.post("/language/en")
    return visitor


def test_a_file_is_mapped_previewed_and_only_then_recorded(officer):
    columns = upload(officer, PAID, BACK, PAID.replace("J100001", "J999999"))
    assert columns.status == 200
    assert filled(columns)["col-1"] == "participant.cnie"
    preview = officer.post("/admin/returns/preview/", **filled(columns))
    assert preview.status == 200
    for sentence in (
        "1 wage will be marked paid.", "1 wage will be marked rejected.",
        "1 line is set apart and waits for your decision.", "No payment is recorded for J999999 · 2026-05",
        "الحساب مغلق",
    ):  # fmt: skip
        assert preview.says(sentence), sentence
    assert (states(), db.session.scalar(select(func.count(ReturnFile.id)))) == (["sent"] * 3, 0)
    done = officer.post("/admin/returns/write/", **filled(preview))
    file = db.session.scalars(select(ReturnFile)).one()
    assert (done.status, done.response.location) == (302, f"/admin/returns/file/?id={file.id}")
    assert states() == ["paid", "rejected", "sent"]
    assert officer.get("/admin/returns/").says("retour.csv")
    assert officer.get(f"/admin/returns/content/?id={file.id}").response.get_data() == file.content
    assert file.received_by.email == "payroll_officer@example.ma"


def recorded_by(officer, *lines: str) -> ReturnFile:
    preview = officer.post("/admin/returns/preview/", **filled(upload(officer, *lines)))
    assert officer.post("/admin/returns/write/", **filled(preview)).status == 302
    return db.session.scalars(select(ReturnFile)).one()


def test_a_file_that_was_read_is_shown_again_instead_of_being_recorded_again(officer):
    file = recorded_by(officer, PAID)
    again = upload(officer, PAID)
    assert (again.status, again.response.location) == (302, f"/admin/returns/file/?id={file.id}")
    assert officer.get(again.response.location).says("This file was already read; reading it again changes nothing.")


def test_the_button_pressed_twice_records_once(officer):
    sent_form = filled(officer.post("/admin/returns/preview/", **filled(upload(officer, PAID))))
    first = officer.post("/admin/returns/write/", **sent_form)
    assert first.status == 302
    again = officer.post("/admin/returns/write/", **sent_form)
    assert (again.status, again.response.location) == (302, first.response.location)
    assert db.session.scalar(select(func.count(ReturnFile.id))) == 1


def test_a_line_set_apart_is_recorded_or_left_aside_on_the_page_of_its_file(officer):
    file = recorded_by(officer, PAID.replace("3192,04", "3192,05"), BACK.replace("J100002", "J999999"))
    page = officer.get(f"/admin/returns/file/?id={file.id}")
    first, second = file.lines
    likely = page.soup.select(f"#payment-{first.id} option[selected]")
    assert [choice["value"] for choice in likely] == [str(payment("J100001").id)]
    decision = {"line": str(first.id), "payment": likely[0]["value"], "decision": "apply"}
    assert officer.post("/admin/returns/decide/", **decision).status == 302
    assert states() == ["paid", "sent", "sent"]
    refused = officer.post("/admin/returns/decide/", line=str(second.id), decision="ignore")
    assert refused.status == 422
    assert refused.says(f"Write why line {second.number} is left aside.")
    nothing = officer.post("/admin/returns/decide/", line=str(second.id), decision="apply", payment="")
    assert nothing.status == 422
    assert nothing.says("Choose the payment on which line 3 is recorded.")
    aside = {"line": str(second.id), "decision": "ignore", "reason": "Another prefecture"}
    assert officer.post("/admin/returns/decide/", **aside).status == 302
    assert [line.state.value for line in file.lines] == ["applied", "ignored"]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\xff" * 50, b"PK\x03\x04rubbish", HEADER.encode(), b'"'])
def test_what_is_no_file_of_a_bank_is_refused_with_a_sentence(officer, content):
    page = upload(officer, content=content)
    assert page.status == 422
    assert page.soup.select(".says.error")


def test_an_upload_without_a_file_is_told_to_choose_one(officer):
    officer.get("/admin/returns/")
    page = officer.post("/admin/returns/")
    assert page.status == 422
    assert page.says("Choose the file of the bank first.")


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"col-3": ""}, "The column “What the bank says” is missing."),
        ({"col-0": ""}, "The column “Month” is missing."),
        ({"col-2": "state"}, "is there twice"),
        ({"col-2": "id"}, "“id” cannot be read"),
        ({"month": "soon"}, "“soon” cannot be read: write a month as 2026-10."),
    ],
)
def test_columns_that_cannot_do_are_asked_again_with_a_sentence(officer, changed, sentence):
    given = filled(upload(officer, PAID)) | changed
    page = officer.post("/admin/returns/preview/", **given)
    assert page.status == 422
    assert page.says(sentence)
    assert page.soup.select_one("input[name=token]")


@pytest.mark.parametrize("token", ["", "x", "../../etc/passwd", "0" * 32])
def test_a_token_of_nothing_leads_back_to_the_files(officer, token):
    for step in ("preview", "write"):
        assert officer.post(f"/admin/returns/{step}/", token=token).response.location == "/admin/returns/"


def test_an_upload_that_waits_on_one_screen_is_not_taken_by_another(sent, visit):
    head = visit(Role.head_of_unit)
    token = filled(upload(head, PAID))["token"]
    assert head.post("/admin/import/write/", token=token).response.location == "/admin/import/"
    assert states() == ["sent"] * 3
    list_of_carriers = (io.BytesIO(b"registration_number;kind;name_ar;name_fr\nR-9;association;\xd8\xac;A"), "list.csv")
    page = head.post("/admin/import/", kind="carriers", file=list_of_carriers)
    token = page.soup.select_one("input[name=token]")["value"]
    assert head.post("/admin/returns/preview/", token=token).response.location == "/admin/returns/"


@pytest.mark.parametrize(
    "address, status",
    [
        ("file/?id=0", 404),
        ("file/?id=x", 404),
        ("file/?id=99999999999", 404),
        ("file/", 302),
        ("content/?id=9", 404),
        ("content/", 404),
        ("file/?id={id}&state=unknown", 400),
        ("file/?id={id}&page=x", 400),
        ("file/?id={id}&page=3", 200),
        ("file/?id={id}&state=", 200),
    ],
)
def test_an_address_that_means_nothing_is_answered_and_never_breaks(officer, address, status):
    file = recorded_by(officer, PAID)
    assert officer.get(f"/admin/returns/{address.format(id=file.id)}").status == status


@pytest.mark.parametrize(
    "given, status",
    [
        ({}, 404),
        ({"line": "x"}, 404),
        ({"line": "{id}"}, 400),
        ({"line": "{id}", "decision": "x"}, 400),
        ({"line": "{id}", "decision": "apply", "payment": "99999"}, 404),
    ],
)
def test_a_decision_that_means_nothing_is_answered_and_never_breaks(officer, given, status):
    line = recorded_by(officer, PAID.replace("J100001", "J999999")).lines[0]
    given = {name: value.format(id=line.id) for name, value in given.items()}
    assert officer.post("/admin/returns/decide/", **given).status == status


@pytest.mark.parametrize("role", list(Role))
def test_only_who_pays_opens_the_returns_of_the_bank(sent, visit, role):
    may = role in (Role.administrator, Role.head_of_unit, Role.payroll_officer)
    visitor = visit(role)
    assert visitor.get("/admin/returns/").status == (200 if may else 403)
    assert visitor.post("/admin/returns/write/", token="x").status == (302 if may else 403)
    assert visitor.get("/admin/").text.count("/admin/returns/") == (1 if may else 0)


def test_the_pages_speak_each_language(officer):
    file = recorded_by(officer, PAID, BACK, PAID, PAID.replace("J100001", "J999999"))
    for language in ("ar", "fr", "en"):
        officer.post(f"/language/{language}")
        for address in ("", f"file/?id={file.id}", f"file/?id={file.id}&state="):
            assert officer.get(f"/admin/returns/{address}").status == 200
        columns = upload(officer, BACK.replace("J100002", "J100003"))
        assert officer.post("/admin/returns/preview/", **filled(columns)).status == 200


def test_every_cause_is_the_code_of_the_rule_that_says_it(app):
    rules = {rule().code for rule in (Unmatched, Doubled, DifferingAmount, WrongState)}
    assert {cause.value for cause in Cause} == rules | {"unreadable", "refused"}
