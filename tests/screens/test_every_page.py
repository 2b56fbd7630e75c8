"""No page may fail: each list, form, details, filter, sort and export, in three languages, is walked."""

from dataclasses import fields

import pytest
from sqlalchemy import select
from sqlalchemy.orm import RelationshipProperty

from awrash.admin_views import MENU
from awrash.database.session import db
from awrash.records.accounts import Role
from awrash.screens.base import VerbAnswers
from awrash.screens.lists import attribute_of
from tests.doors import can_change

VIEWS = [(record.__tablename__, record, view) for _, views in MENU for view, record, _ in views]


@pytest.mark.parametrize("name, record, view", VIEWS, ids=[name for name, *_ in VIEWS])
def test_every_page_of_a_record_opens(tour, name, record, view):
    visitor = tour(Role.administrator if Role.administrator in view.writes else Role.head_of_unit)
    assert visitor.get(f"/admin/{name}/").status == 200
    for path in view.column_list:
        if path not in dict(view.figures) and not isinstance(attribute_of(record, path), RelationshipProperty):
            assert visitor.get(f"/admin/{name}/?sort={path}").status == 200
            assert visitor.get(f"/admin/{name}/?sort=-{path}&page=1").status == 200
    number = db.session.scalar(select(record.id).limit(1))
    if number:
        assert visitor.get(f"/admin/{name}/details/?id={number}").status == 200
    if view.form_columns:
        for language in ("ar", "fr", "en"):
            visitor.post(f"/language/{language}")
            assert visitor.get(f"/admin/{name}/new/").status in ((200,) if view.can_create else (403,))
            if number and view.can_edit:
                assert visitor.get(f"/admin/{name}/edit/?id={can_change(record)}").status == 200
    for kind in ("csv", "xlsx"):
        export = visitor.get(f"/admin/{name}/export/{kind}/")
        assert export.status == 200
        assert len(export.response.get_data()) > 20


def test_what_the_form_of_an_action_asks_is_an_answer_that_operations_know(app):
    known = {field.name for field in fields(VerbAnswers)}
    questions = {
        (name, verb.name, question.short_name)
        for name, _record, view in VIEWS
        for verb in view.verbs
        if verb.asks
        for question in verb.asks()
    }
    assert questions and {question for question in questions if question[-1] not in known} == set()


@pytest.mark.parametrize("name, record, view", VIEWS, ids=[name for name, *_ in VIEWS])
def test_every_filter_of_a_list_narrows_it(tour, name, record, view):
    visitor = tour(Role.administrator)
    page = visitor.get(f"/admin/{name}/")
    for choice in page.soup.select("form[method=get] select[name^=flt_]"):
        for option in choice.select("option")[1:4]:
            address = f"/admin/{name}/?{choice['name']}={option['value']}"
            assert visitor.get(address).status == 200
            comparing = page.soup.select(f"select[name='op_{choice['name'][4:]}'] option")
            for operator in comparing:
                assert visitor.get(f"{address}&op_{choice['name'][4:]}={operator['value']}").status == 200
    for field in page.soup.select("form[method=get] input[name^=flt_]"):
        value = "2026-09" if field["type"] == "month" else "2026-01-01" if field.has_attr("data-day") else "1"
        address = f"/admin/{name}/?{field['name']}={value}"
        assert visitor.get(address).status == 200
        for operator in page.soup.select(f"select[name='op_{field['name'][4:]}'] option"):
            assert visitor.get(f"{address}&op_{field['name'][4:]}={operator['value']}").status == 200


@pytest.mark.parametrize(
    "address",
    [
        "project/?flt_state=unknown",
        "project/?flt_nothing=1",
        "project/?flt_state=scored&op_state=nearly",
        "project/?op_nothing=is",
        "project/?columns=nothing",
        "project/?sort=nothing",
        "project/?page=x",
        "project/?page=99999999999999",
        "agreement/?flt_ends_on_from=31/31/2026",
        "contract/?flt_monthly_wage_from=abc",
        "project/?flt_call=9999999999",
    ],
)
def test_an_address_that_cannot_be_read_is_answered_with_a_sentence(tour, address):
    page = tour(Role.administrator).get(f"/admin/{address}")
    assert page.status == 400
    assert page.soup.select_one("h1").get_text()


@pytest.mark.parametrize("number", ["", "0", "x", "99999999", "999999999999999999999", "-1", "1;drop"])
def test_a_record_that_is_not_there_is_a_404(tour, number):
    visitor = tour(Role.administrator)
    assert visitor.get(f"/admin/carrier/details/?id={number}").status == 404
    assert visitor.get(f"/admin/carrier/edit/?id={number}").status == 404
