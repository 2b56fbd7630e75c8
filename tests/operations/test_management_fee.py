"""The management fee from the agreement to the carrier's account, and what each agreement has cost to date."""

import csv
import io
from datetime import date
from decimal import Decimal as D

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Agreement, Instalment, PaySlip
from awrash.operations import management_fee
from awrash.operations.management_fee import COST_SUBJECTS, costs_of
from awrash.records.accounts import Role, user_by_email
from awrash.values.states import AgreementState, InstalmentState, RunState
from tests.conftest import TODAY
from tests.doors import run
from tests.world import a_world


def test_an_instalment_is_approved_paid_and_its_receipt_asked_for_on_screen(app, visit):
    number = a_world().agreement.instalments[0].id
    db.session.commit()
    head = visit(Role.head_of_unit)
    head.post("/language/en")

    assert "5,000.01 dirhams in all" in head.post("/admin/instalment/action/", action="approve", rowid=number).text
    head.act("instalment", "approve", [number])
    head.act("instalment", "pay", [number], on="2026-05-04", reference="VIR-77")

    kept = db.session.get(Instalment, number)
    assert (kept.state, kept.paid_on, kept.reference) == (InstalmentState.paid, date(2026, 5, 4), "VIR-77")
    assert kept.approved_by == user_by_email("head_of_unit@example.ma")
    page = head.get(f"/admin/instalment/details/?id={number}")
    assert "VIR-77" in page.text and "Receipt" in page.text


def test_an_instalment_is_never_paid_before_it_is_approved(app, visit):
    number = a_world().agreement.instalments[0].id
    db.session.commit()

    page = visit(Role.head_of_unit).act("instalment", "pay", [number], on="2026-05-04", reference="VIR-77")

    assert page.soup.select_one(".says.error")
    assert db.session.get(Instalment, number).state == InstalmentState.due


def test_a_payment_without_a_reference_keeps_what_was_typed(app, visit):
    instalment = a_world().agreement.instalments[0]
    management_fee.approve_instalment(instalment, user_by_email("head_of_unit@example.ma"), date(2026, 5, 1))
    number = instalment.id
    db.session.commit()

    page = visit(Role.file_officer).act("instalment", "pay", [number], on="2026-05-04", reference="")

    assert page.status == 422
    assert page.soup.select_one("[name=on]")["value"] == "2026-05-04"


def test_a_file_officer_does_not_approve_the_fee(app, visit):
    number = a_world().agreement.instalments[0].id
    db.session.commit()

    page = visit(Role.file_officer).post("/admin/instalment/action/", action="approve", rowid=number)

    assert page.status == 403


def test_a_transfer_that_came_back_is_approved_again_and_says_why(app, visit):
    instalment = a_world().agreement.instalments[0]
    management_fee.approve_instalment(instalment, user_by_email("head_of_unit@example.ma"), date(2026, 5, 1))
    management_fee.pay_instalment(instalment, date(2026, 5, 4), "VIR-77")
    number = instalment.id
    db.session.commit()
    head = visit(Role.head_of_unit)

    head.act("instalment", "came_back", [number], reason="رفض البنك التحويل")

    kept = db.session.get(Instalment, number)
    assert (kept.state, kept.paid_on) == (InstalmentState.approved, None)
    assert "رفض البنك التحويل" in head.get(f"/admin/instalment/details/?id={number}").text
    head.act("instalment", "take_back", [number], reason="خطأ في المبلغ")
    db.session.expire_all()
    assert (kept.state, kept.approved_by) == (InstalmentState.due, None)


def late(app, head, door, verb, number):
    """A verb pressed on a page from before, or asked for at the terminal; what is said of it."""
    if door == "old page":
        return head.post("/admin/instalment/action/", action=verb, rowid=number, confirmed="1", reason="خطأ").flashes
    return run(app, "do", "instalment", verb, str(number), "--reason", "خطأ").stderr


@pytest.mark.parametrize("door", ["old page", "terminal"])
def test_a_late_approval_does_not_unpay_an_instalment(app, visit, door):
    instalment = a_world().agreement.instalments[0]
    management_fee.approve_instalment(instalment, user_by_email("head_of_unit@example.ma"), date(2026, 5, 1))
    management_fee.pay_instalment(instalment, date(2026, 5, 4), "VIR-77")
    db.session.commit()
    head = visit(Role.head_of_unit)
    head.post("/language/en")

    for verb in ("approve", "take_back"):
        assert "2026-05-01 is already “Paid”." in late(app, head, door, verb, instalment.id)
    db.session.refresh(instalment)
    assert (instalment.state, instalment.paid_on, instalment.approved_on) == (
        "paid",
        date(2026, 5, 4),
        date(2026, 5, 1),
    )


def test_an_approval_is_taken_back_at_the_terminal_with_its_reason_alone(app):
    instalment = a_world().agreement.instalments[0]
    management_fee.approve_instalment(instalment, user_by_email("head_of_unit@example.ma"), date(2026, 5, 1))
    db.session.commit()

    assert "Give the reason" in run(app, "do", "instalment", "take_back", str(instalment.id)).stderr
    assert run(app, "do", "instalment", "take_back", str(instalment.id), "--reason", "خطأ").exit_code == 0
    db.session.refresh(instalment)
    assert instalment.state == InstalmentState.due


def test_an_instalment_is_paid_at_the_terminal_by_a_transfer_that_is_named(app):
    instalment = a_world().agreement.instalments[0]
    db.session.commit()
    pay = ("do", "instalment", "pay", f"#{instalment.id}")

    assert "this is only done from: Approved" in run(app, *pay, "--reference", "VIR-77").stderr
    assert run(app, "do", "instalment", "approve", f"#{instalment.id}").exit_code == 0
    assert "Write the day and the reference of the transfer" in run(app, *pay).stderr
    assert run(app, *pay, "--on", "yesterday", "--reference", "VIR-77").exit_code == 2
    assert run(app, *pay, "--on", "2026-05-04", "--reference", "VIR-77").exit_code == 0
    db.session.refresh(instalment)
    assert (instalment.state, instalment.paid_on, instalment.reference) == ("paid", date(2026, 5, 4), "VIR-77")


def test_late_instalments_are_those_whose_day_is_over_and_that_are_not_paid(prefecture, tour):
    late = [
        instalment.id
        for instalment in db.session.scalars(select(Instalment))
        if instalment.due_on < TODAY
        and instalment.state != InstalmentState.paid
        and instalment.agreement.state in (AgreementState.signed, AgreementState.running, AgreementState.ended)
    ]

    page = tour(Role.auditor).get("/admin/instalment/?flt_late=yes")

    assert len(late) > 5
    assert page.soup.select_one("h1 .number").get_text() == str(len(late))


def by_hand(agreement):
    """What an agreement has cost, told record by record."""
    slips = db.session.scalars(select(PaySlip).where(PaySlip.blocked_by.is_(None))).all()
    mine = [
        slip for slip in slips if slip.contract.worksite.agreement is agreement and slip.run.state == RunState.frozen
    ]
    paid = sum(
        (instalment.amount for instalment in agreement.instalments if instalment.state == InstalmentState.paid),
        D("0.00"),
    )
    return (
        agreement.value + agreement.management_fee,
        sum((slip.gross for slip in mine), D("0.00")),
        sum((slip.employer_share for slip in mine), D("0.00")),
        paid,
    )


def test_the_costs_of_an_agreement_are_its_frozen_wages_and_the_fee_paid(prefecture):
    costs = {cost.subject.id: cost for cost in costs_of("agreement", TODAY)}
    agreements = list(db.session.scalars(select(Agreement).order_by(Agreement.id)))

    assert set(costs) == {agreement.id for agreement in agreements}
    for agreement in agreements[:12]:
        told = costs[agreement.id]
        assert (told.budget, told.gross, told.employer_share, told.fee_paid) == by_hand(agreement)
        assert told.spent + told.left == told.budget


@pytest.mark.parametrize("by", COST_SUBJECTS)
def test_costs_come_to_the_same_by_agreement_carrier_and_commune(prefecture, by):
    names = ("value", "fee", "gross", "employer_share", "fee_late", "fee_approved", "fee_paid", "person_months_agreed")

    def sums(how):
        return [sum(getattr(cost, name) for cost in costs_of(how, TODAY)) for name in names]

    assert sums(by) == sums("agreement")
    assert all(sums(by))


@pytest.mark.parametrize("by", COST_SUBJECTS)
def test_costs_are_shown_and_go_out_as_a_file(prefecture, tour, by):
    visitor = tour(Role.auditor)
    shown = visitor.get(f"/admin/costs/?by={by}")
    file = visitor.client.get(f"/admin/costs/export/csv/?by={by}").get_data(as_text=True)
    lines = list(csv.reader(io.StringIO(file.lstrip("\ufeff")), delimiter=";"))

    costs = costs_of(by, TODAY)
    assert len(shown.soup.select("tbody tr")) == len(lines) - 1 == len(costs)
    assert [line[1] for line in lines[1:]] == [str(cost.value).replace(".", ",") for cost in costs]


@pytest.mark.parametrize("address", ["?by=person", "?edition=x", "?edition=12345678901"])
def test_costs_of_something_else_are_refused(prefecture, tour, address):
    assert tour(Role.auditor).get(f"/admin/costs/{address}").status == 400


def test_a_field_officer_does_not_read_the_costs(app, visit):
    assert visit(Role.field_officer).get("/admin/costs/").status == 403


def test_the_costs_go_from_page_to_page_and_their_total_stays(prefecture, tour, monkeypatch):
    monkeypatch.setattr("awrash.screens.lists.PAGE", 20)
    visitor, address, seen, totals = tour(Role.auditor), "/admin/costs/?by=carrier", [], set()
    while address:
        page = visitor.get(address)
        seen += [link["href"] for link in page.soup.select("tbody a")]
        totals.add(page.soup.select_one("tfoot").get_text())
        following = page.soup.select_one(".pager a[rel=next]")
        address = following and following["href"]
    assert seen == [f"/admin/carrier/details/?id={cost.subject.id}" for cost in costs_of("carrier", TODAY)]
    assert len(seen) > 20 and len(totals) == 1
    assert visitor.get("/admin/costs/?by=carrier&page=99").status == 404
    assert visitor.get("/admin/costs/?by=carrier&page=x").status == 400
