"""No paper says that something happened on a day that is still to come; those that did are listed."""

from datetime import date

import pytest

from awrash.database.session import db
from awrash.models import CommitteeSession, SessionAttendance, Visit
from awrash.operations import people, worksites
from awrash.papers import issue
from awrash.papers.catalogue import PAPERS
from awrash.papers.issue import Issuance
from awrash.records.accounts import Role, user_by_email
from awrash.rules.rule import RuleError
from awrash.values.language import now
from tests.conftest import TODAY
from tests.doors import run
from tests.rule_cases import completed
from tests.world import a_world, behind, papers

TOMORROW = date(2026, 11, 24)


def a_session(world, day):
    session = CommitteeSession(held_on=day, chair="الكاتب العام", state="held")
    session.attendance = [SessionAttendance(member="عضوة")]
    return session


def a_visit(world, day):
    return Visit(worksite=world.site, visited_on=day, head_count=3)


def the_site(world, day):
    behind(world.agreement, starts_on=day, ends_on=date(2027, 3, 31))
    behind(world.contract, starts_on=day, ends_on=date(2027, 2, 28))
    behind(world.site, opens_on=day, closes_on=date(2027, 3, 31))
    return world.site


SAID = {"minutes": a_session, "visit_report": a_visit, "opening_report": the_site}


def recorded(world, paper, day):
    with db.session.no_autoflush:
        record = SAID[paper](world, day)
    db.session.add(record)
    db.session.commit()
    return record


@pytest.mark.parametrize("paper", SAID)
@pytest.mark.parametrize("day", [TODAY, TOMORROW])
def test_a_paper_about_a_day_is_issued_once_that_day_has_come(visit, office, paper, day):
    record = recorded(office, paper, day)
    page = office.head.issue(f"document={paper}&language=ar&of={record.id}")
    if day == TODAY:
        assert page.status == 302, page.flashes
    else:
        assert page.status == 422 and page.says("24 November 2026 is still to come")
        assert not papers(document=paper)


def test_a_certificate_is_issued_once_the_contract_is_over(app, office):
    completed(office)
    for day, code in ((date(2026, 7, 30), "certificate_earned"), (date(2026, 7, 31), None)):
        if code:
            with pytest.raises(RuleError) as refused:
                people.issue_certificate(office.contract, day)
            assert refused.value.code == code and "2026" in str(refused.value)
            db.session.rollback()
            completed(office)
        else:
            assert people.issue_certificate(office.contract, day).issued_on == day


def issued_early(world, paper):
    """A paper issued before the rule, of a day that was still to come."""
    record = recorded(world, paper, TODAY)
    head = user_by_email(f"{Role.head_of_unit.value}@example.ma")
    issued = issue.issue(PAPERS[paper], record, "ar", Issuance(head, TODAY, now()))
    name = {"minutes": "held_on", "visit_report": "visited_on", "opening_report": "opens_on"}[paper]
    behind(record, **{name: TOMORROW})
    db.session.commit()
    return issued


@pytest.mark.parametrize("paper", SAID)
def test_a_paper_of_before_about_a_day_to_come_is_listed(app, office, paper):
    issued = issued_early(office, paper)
    done = run(app, "check")
    [line] = [line for line in done.stderr.splitlines() if line.startswith(issued.number)]
    assert "24 November 2026" in line and "Then issue it again, with the reason" in line
    assert done.exit_code == 1


def test_a_worksite_opens_and_its_report_waits_for_the_day(app):
    world = a_world()
    behind(world.site, state="planned")
    behind(world.contract, state="prepared")
    worksites.open_worksite(the_site(world, TOMORROW))
    assert [refusal.code for refusal in PAPERS["opening_report"].lacks(world.site, TODAY)] == ["day_has_come"]
    assert not list(PAPERS["opening_report"].lacks(world.site, TOMORROW))
