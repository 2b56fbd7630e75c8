"""What every installation starts with: figures, lists of words, roles, letterheads, texts.

Planting twice changes nothing.
"""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Commune, Skill, Theme
from awrash.records.accounts import seed_roles
from awrash.records.dated_figures import Parameter, TaxBracket
from awrash.records.work_calendar import Holiday
from awrash.seeds.figures import COMMUNES, SEEDS, SKILLS, TAX_SCALES, THEMES
from awrash.seeds.holidays import HOLIDAYS
from awrash.seeds.papers import plant_papers


def plant() -> None:
    """Write the seeds that are not there yet."""
    _plant_figures()
    _plant_tax_scales()
    _plant_words(Commune, ("code", "name_ar", "name_fr", "is_rural"), COMMUNES)
    _plant_words(Theme, ("code", "name_ar", "name_fr", "name_en"), THEMES)
    _plant_words(Skill, ("code", "name_ar", "name_fr", "name_en"), SKILLS)
    _plant_holidays()
    seed_roles()
    plant_papers()
    db.session.flush()


def _plant_figures() -> None:
    planted = {(figure.name, figure.since) for figure in db.session.scalars(select(Parameter))}
    db.session.add_all(Parameter(**seed.as_row()) for seed in SEEDS if (seed.name, seed.since) not in planted)


def _plant_tax_scales() -> None:
    planted = set(db.session.scalars(select(TaxBracket.since)))
    db.session.add_all(
        TaxBracket(since=since, over=Decimal(over), rate=Decimal(rate), reference=text)
        for since, text, brackets in TAX_SCALES
        for over, rate in brackets
        if since not in planted
    )


def _plant_holidays() -> None:
    planted = set(db.session.scalars(select(Holiday.falls_on)))
    db.session.add_all(
        Holiday(falls_on=since, name_ar=name_ar, name_fr=name_fr, every_year=True, source=text)
        for since, name_ar, name_fr, text in HOLIDAYS
        if since not in planted
    )


def _plant_words(
    record: type[Commune | Theme | Skill], fields: tuple[str, ...], rows: Sequence[tuple[str | bool, ...]]
) -> None:
    """Add the rows of a list whose code, their first value, is not there yet."""
    planted = set(db.session.scalars(select(record.code)))
    db.session.add_all(record(**dict(zip(fields, row, strict=True))) for row in rows if row[0] not in planted)
