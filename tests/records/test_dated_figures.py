"""Days that follow from the figures of the programme."""

from datetime import date

from sqlalchemy import select

from awrash.database.session import db
from awrash.records import dated_figures
from awrash.records.dated_figures import Parameter, declare_by, wages_due_on

MAY = date(2026, 5, 1)


def test_wages_are_due_on_the_last_day_to_declare_their_month(app):
    assert wages_due_on(MAY) == declare_by(MAY) == date(2026, 6, 10)
    figure = db.session.scalars(select(Parameter).filter_by(name="declaration_day").order_by(Parameter.since)).first()
    db.session.add(Parameter(name=figure.name, since=MAY, value=15, reference="مرسوم"))
    db.session.flush()
    assert wages_due_on(MAY) == declare_by(MAY) == date(2026, 6, 15)


def test_the_day_wages_are_due_is_worked_out_in_one_place(monkeypatch):
    monkeypatch.setattr(dated_figures, "declare_by", lambda month: month.replace(day=28))
    assert wages_due_on(MAY) == date(2026, 5, 28)
