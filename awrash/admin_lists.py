"""What a list shows: its filters, its search, its order, from an address that names fields.

An address says `flt_state=approved&flt_carrier.commune=3&sort=-held_on&q=...`; what it doesn't know is a 400,
never a list of everything.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort
from flask_babel import gettext as _
from sqlalchemy import Boolean, Date, Enum, Integer, Select, func, inspect, select
from sqlalchemy.orm import RelationshipProperty, selectinload

from awrash.database import Month, db
from awrash.exports import Column, label_of, query
from awrash.money import Money
from awrash.text import clean, fold, parse_amount, parse_date, parse_month, western_digits

PAGE = 50
LARGEST_PAGE = 100_000
PREFIX = "flt_"
NATIONAL = re.compile(r"^0(?=[5-8][0-9]{8}$)")  # phones are kept with +212 in place of the zero


@dataclass(frozen=True)
class Filter:
    """One filter of a list: its name in the address, its label, how it reads a value and compares."""

    name: str
    path: str
    label: str
    kind: str  # choice | text | date | month | amount | number
    choices: tuple[tuple[str, str], ...] = ()
    compare: str = "is"  # is | has | from | to

    def condition(self, column: Any, given: str) -> Any:
        """The SQL condition for what was given; a 400 with a sentence for what the field can't be."""
        value = self._value(given)
        if self.compare == "has":
            return column.icontains(value, autoescape=True)
        if self.compare == "from":
            return column >= value
        if self.compare == "to":
            return column <= value
        return column.is_(None) if value is None else column == value

    def _value(self, given: str) -> Any:
        if self.kind == "choice":
            if given not in dict(self.choices):
                self._refuse(given)
            return {"yes": True, "no": False}.get(given, int(given) if given.isdigit() else given)
        readers: dict[str, Callable[[str], Any]] = {
            "date": parse_date,
            "month": parse_month,
            "amount": parse_amount,
            "number": lambda text: int(western_digits(text)),
            "text": clean,
        }
        try:
            value = readers[self.kind](given)
        except ValueError:
            self._refuse(given)
        if self.kind == "number" and abs(value) >= 2**31:
            self._refuse(given)
        return value

    def _refuse(self, given: str) -> None:
        abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=given[:80], field=self.label))


def attribute_of(record: Any, path: str) -> Any:
    """The mapped attribute at the end of a dotted path."""
    *relations, name = path.split(".")
    for relation in relations:
        record = inspect(record).relationships[relation].mapper.class_
    return inspect(record).attrs[name]


def filters_of(record: Any, paths: Iterable[str]) -> list[Filter]:
    """The filters that a view names by path, each as its column's type asks."""
    found: list[Filter] = []
    for path in paths:
        attribute, label = attribute_of(record, path), label_of(record, path)
        if isinstance(attribute, RelationshipProperty):
            target = attribute.mapper.class_
            choices = tuple((str(one.id), str(one)) for one in db.session.scalars(select(target).order_by(target.id)))
            key = next(iter(attribute.local_columns)).key
            found.append(Filter(path, ".".join([*path.split(".")[:-1], key]), label, "choice", choices))
            continue
        found += _column_filters(path, label, attribute.columns[0].type)
    return found


def _column_filters(path: str, label: str, kind: Any) -> list[Filter]:
    if isinstance(kind, Enum):
        return [Filter(path, path, label, "choice", tuple((one.value, str(one.label)) for one in kind.enum_class))]
    if isinstance(kind, Boolean):
        return [Filter(path, path, label, "choice", (("yes", _("Yes")), ("no", _("No"))))]
    ranges = ((Month, "month"), (Date, "date"), (Money, "amount"), (Integer, "number"))
    for type_, name in ranges:
        if isinstance(kind, type_):
            since, until = _("%(field)s from", field=label), _("%(field)s to", field=label)
            return [
                Filter(f"{path}_from", path, since, name, compare="from"),
                Filter(f"{path}_to", path, until, name, compare="to"),
            ]
    return [Filter(path, path, label, "text", compare="has")]


@dataclass
class Asked:
    """What an address asks of a list, already understood."""

    chosen: dict[str, str]
    search: str
    sort: str
    descending: bool
    page: int

    def address(self, **changes: Any) -> dict[str, Any]:
        """The arguments of this list's address, some of them changed; None takes one out."""
        order = f"-{self.sort}" if self.descending else self.sort
        now = {PREFIX + name: value for name, value in self.chosen.items()}
        now |= {"q": self.search or None, "sort": order or None, "page": self.page or None}
        return {name: value for name, value in (now | changes).items() if value is not None}


def understand(args: Mapping[str, str], filters: Iterable[Filter], sortable: Iterable[str]) -> Asked:
    """Read the arguments of a list's address; a 400 with a sentence for what is not known."""
    known, chosen = {one.name for one in filters}, {}
    for name, value in args.items():
        if not name.startswith(PREFIX) or value == "":
            continue
        if name.removeprefix(PREFIX) not in known:
            abort(400, _("There is no filter “%(given)s” on this list.", given=name.removeprefix(PREFIX)[:80]))
        chosen[name.removeprefix(PREFIX)] = value
    order = args.get("sort", "")
    if order and order.removeprefix("-") not in set(sortable):
        abort(400, _("This list cannot be ordered by “%(given)s”.", given=order[:80]))
    page = args.get("page", "0")
    if not page.isdigit() or int(page) > LARGEST_PAGE:
        abort(400, _("There is no page “%(given)s”.", given=page[:80]))
    return Asked(
        chosen, args.get("q", "").replace("\x00", ""), order.removeprefix("-"), order.startswith("-"), int(page)
    )


def matching(record: Any, asked: Asked, filters: Iterable[Filter], scope: Any = None) -> Select[Any]:
    """Ids of the records that match, in no order."""
    ids, reach = query(record, [Column("id")])
    by_name = {one.name: one for one in filters}
    wanted = [by_name[name] for name in asked.chosen]
    ids, reach = query(record, [Column("id"), *(Column("·", one.path) for one in wanted)])
    for one in wanted:
        ids = ids.where(one.condition(reach(one.path), asked.chosen[one.name]))
    for word in fold(asked.search).split():
        ids = ids.where(record.search_text.contains(NATIONAL.sub("", word), autoescape=True))
    if scope is not None:
        ids = ids.where(scope)
    return ids.with_only_columns(record.id).order_by(None)


def page_of(record: Any, asked: Asked, ids: Select[Any], columns: Iterable[str], order: str) -> tuple[int, list[Any]]:
    """How many match, and the records of the page, in order, with what the columns show loaded beside them."""
    count = db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    path, descending = (
        (asked.sort, asked.descending) if asked.sort else (order.removeprefix("-"), order.startswith("-"))
    )
    ordered, reach = query(record, [Column("id"), Column("·", path)])
    by = reach(path).desc() if descending else reach(path).asc()
    last = record.id.desc() if descending else record.id.asc()
    ordered = ordered.with_only_columns(record.id).where(record.id.in_(ids)).order_by(None).order_by(by, last)
    on_page = list(db.session.scalars(ordered.limit(PAGE).offset(asked.page * PAGE)))
    loaded = select(record).where(record.id.in_(on_page)).options(*_beside(record, columns))
    by_id = {one.id: one for one in db.session.scalars(loaded)}
    return count, [by_id[one] for one in on_page if one in by_id]


def _beside(record: Any, columns: Iterable[str]) -> list[Any]:
    """Loaders for the relations that the columns cross, so that a list of fifty rows asks a few times only."""
    options = []
    for path in columns:
        here, option = record, None
        for name in path.split("."):
            relations = inspect(here).relationships
            if name not in relations:
                break
            way = getattr(here, name)
            option = selectinload(way) if option is None else option.selectinload(way)
            here = relations[name].mapper.class_
        if option is not None:
            options.append(option)
    return options
