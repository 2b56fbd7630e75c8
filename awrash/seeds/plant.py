"""What every installation starts with: figures, lists of words, roles, letterheads, texts.

Planting twice changes nothing.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Commune, Skill, Theme
from awrash.records.accounts import seed_roles
from awrash.records.dated_figures import Parameter, TaxBracket
from awrash.seeds.figures import COMMUNES, SEEDS, SKILLS, TAX_SCALES, THEMES
from awrash.seeds.papers import plant_papers


def plant() -> None:
    """Write the seeds that are not there yet."""
    known = {(one.name, one.since) for one in db.session.scalars(select(Parameter))}
    db.session.add_all(Parameter(**seed.as_row()) for seed in SEEDS if (seed.name, seed.since) not in known)
    scales = set(db.session.scalars(select(TaxBracket.since)))
    db.session.add_all(
        TaxBracket(since=since, over=Decimal(over), rate=Decimal(rate), reference=text)
        for since, text, brackets in TAX_SCALES
        for over, rate in brackets
        if since not in scales
    )
    _plant(Commune, ("code", "name_ar", "name_fr", "is_rural"), COMMUNES)
    _plant(Theme, ("code", "name_ar", "name_fr", "name_en"), THEMES)
    _plant(Skill, ("code", "name_ar", "name_fr", "name_en"), SKILLS)
    seed_roles()
    plant_papers()
    db.session.flush()


def _plant(record: Any, names: tuple[str, ...], lines: list[tuple[Any, ...]]) -> None:
    known = set(db.session.scalars(select(record.code)))
    db.session.add_all(record(**dict(zip(names, line, strict=True))) for line in lines if line[0] not in known)
