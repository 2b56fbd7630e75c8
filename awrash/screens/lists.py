"""What a list shows: its filters, its search, its order, from an address that names fields.

An address says `flt_state=approved&op_state=not&sort=-held_on&columns=reference&q=...`; what it doesn't know is
a 400, never a list of everything.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort
from flask_babel import gettext as _
from sqlalchemy import Boolean, Date, Enum, Integer, Select, func, inspect, not_, or_, select
from sqlalchemy.orm import RelationshipProperty, selectinload

from awrash.database.columns import Month
from awrash.database.record import label_of
from awrash.database.session import db
from awrash.files.exports import Column, query
from awrash.values.language import _l
from awrash.values.money import Money
from awrash.values.spelling import fold
from awrash.values.states import Word
from awrash.values.text import clean, number_or_none, parse_amount, parse_date, parse_month, trim_query, whole_number

PAGE = 50
LARGEST_PAGE = 100_000
SHORT = 30  # a longer choice is looked up while typing
PREFIX, OPERATOR = "flt_", "op_"
NATIONAL = re.compile(r"^0(?=[5-8][0-9]{8}$)")  # phones are kept with +212 in place of the zero


OPERATORS: dict[str, tuple[tuple[str, Any], ...]] = {
    "choice": (("is", _l("is")), ("not", _l("is not")), ("empty", _l("is empty"))),
    "text": (("has", _l("contains")), ("is", _l("is")), ("begins", _l("begins with")), ("empty", _l("is empty"))),
}


@dataclass(frozen=True)
class Filter:
    """One filter of a list: its name in the address, its label, how it reads a value and compares."""

    name: str
    path: str
    label: str
    kind: str  # choice | text | date | month | amount | number
    choices: tuple[tuple[str, str], ...] = ()
    compare: str = ""  # from | to, for what is measured
    lookup: str = ""  # the record to look its long list of choices up in
    rows: Callable[[str], Select[Any]] | None = None  # ids by a question of the office, not by a column

    @property
    def operators(self) -> tuple[tuple[str, Any], ...]:
        """How the value may be compared, the usual way first."""
        return () if self.compare or self.rows else OPERATORS.get(self.kind, ())

    def condition(self, column: Any, given: str, operator: str = "") -> Any:
        """The SQL condition for what was given; a 400 with a sentence for what the field can't be."""
        if operator == "empty":
            return or_(column.is_(None), column == "") if self.kind == "text" else column.is_(None)
        value = self._value(given)
        if self.compare:
            return column >= value if self.compare == "from" else column <= value
        if operator == "not":
            return or_(column.is_(None), not_(column == value))
        if self.kind == "text" and operator != "is":
            return (column.istartswith if operator == "begins" else column.icontains)(value, autoescape=True)
        return column == value

    def shown(self, given: str) -> str:
        """A value as the chip of the filter says it."""
        if self.lookup:
            return next((text for value, text in self.choices if value == given), given)
        return dict(self.choices).get(given, given)

    def _value(self, given: str) -> Any:
        if self.kind == "choice":
            if given not in dict(self.choices) and not (self.lookup and number_or_none(given) is not None):
                self._refuse(given)
            number = number_or_none(given)
            return {"yes": True, "no": False}.get(given, given if number is None else number)
        readers: dict[str, Callable[[str], Any]] = {
            "date": parse_date,
            "month": parse_month,
            "amount": parse_amount,
            "number": whole_number,
            "text": clean,
        }
        try:
            value = readers[self.kind](given)
        except ValueError:
            self._refuse(given)
        if self.kind == "number" and abs(value) >= 2**31:
            self._refuse(given)
        return value

    def refuse_unless_known(self, given: str) -> None:
        if given not in dict(self.choices):
            self._refuse(given)

    def _refuse(self, given: str) -> None:
        abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=given[:80], field=self.label))


def attribute_of(record: Any, path: str) -> Any:
    """The mapped attribute at the end of a dotted path."""
    *relations, name = path.split(".")
    for relation in relations:
        record = inspect(record).relationships[relation].mapper.class_
    return inspect(record).attrs[name]


def filters_of(record: Any, paths: Iterable[str], chosen: Mapping[str, str] | None = None) -> list[Filter]:
    """The filters that a view names by path, each as its column's type asks."""
    found: list[Filter] = []
    for path in paths:
        attribute, label = attribute_of(record, path), label_of(record, path)
        if isinstance(attribute, RelationshipProperty):
            target = attribute.mapper.class_
            choices, lookup = choices_of(target, (chosen or {}).get(PREFIX + path, ""))
            key = next(iter(attribute.local_columns)).key
            column = ".".join([*path.split(".")[:-1], str(key)])
            found.append(Filter(path, column, label, "choice", choices, lookup=lookup))
            continue
        found += _column_filters(path, label, attribute.columns[0].type)
    return found


def choices_of(target: Any, chosen: Any = "") -> tuple[tuple[tuple[str, str], ...], str]:
    """A record's rows as choices; when they are many, only the chosen one and the record to look the others up in."""
    asked = select(target).order_by(target.id).limit(SHORT + 1)
    rows = list(db.session.scalars(asked))
    if len(rows) <= SHORT:
        return tuple((str(one.id), str(one)) for one in rows), ""
    number = number_or_none(str(chosen))
    known = None if number is None else db.session.get(target, number)
    return (((str(known.id), str(known)),) if known else ()), target.__tablename__


def _column_filters(path: str, label: str, kind: Any) -> list[Filter]:
    if isinstance(kind, Enum) and kind.enum_class is not None and issubclass(kind.enum_class, Word):
        return [Filter(path, path, label, "choice", tuple((word.value, str(word.label)) for word in kind.enum_class))]
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
    return [Filter(path, path, label, "text")]


@dataclass
class ListQuery:
    """What an address asks of a list, already understood."""

    chosen: dict[str, str]
    operators: dict[str, str]
    columns: list[str]
    search: str
    sort: str
    descending: bool
    page: int

    @property
    def narrows(self) -> bool:
        return bool(self.chosen or self.search)

    def address(self, **changes: Any) -> dict[str, Any]:
        """The arguments of this list's address, some of them changed; None takes one out."""
        order = f"-{self.sort}" if self.descending else self.sort
        now: dict[str, Any] = {PREFIX + name: value for name, value in self.chosen.items()}
        now |= {OPERATOR + name: operator for name, operator in self.operators.items()}
        now |= {"q": self.search or None, "columns": ",".join(self.columns) or None}
        now |= {"sort": order or None, "page": self.page or None}
        return {name: value for name, value in (now | changes).items() if value is not None}

    def said(self, filters: Iterable[Filter]) -> list[str]:
        """What narrows the list, in words: as its chips say it."""
        words = []
        for one in filters:
            if one.name not in self.chosen:
                continue
            compared = self.operators.get(one.name, "")
            how = str(dict(one.operators).get(compared, ":"))
            given = "" if compared == "empty" else one.shown(self.chosen[one.name])
            words.append(" ".join(filter(None, (f"{one.label}{how}" if how == ":" else f"{one.label} {how}", given))))
        return [*words, *([f"{_('Search')}: {self.search}"] if self.search else [])]

    def without(self, name: str) -> dict[str, Any]:
        """The address with one filter taken off."""
        return self.address(**{PREFIX + name: None, OPERATOR + name: None, "page": None})


def understand(args: Any, filters: Iterable[Filter], sortable: Iterable[str], columns: Iterable[str] = ()) -> ListQuery:
    """Read the arguments of a list's address; a 400 with a sentence for what is not known."""
    known, chosen, operators = {one.name: one for one in filters}, {}, {}
    for name, value in args.items():
        prefix = next((one for one in (PREFIX, OPERATOR) if name.startswith(one)), None)
        if prefix is None:
            continue
        field = known.get(name.removeprefix(prefix))
        if field is None:
            abort(400, _("There is no filter “%(given)s” on this list.", given=name.removeprefix(prefix)[:80]))
        if prefix == PREFIX and value != "":
            chosen[field.name] = trim_query(value)
        if prefix == OPERATOR and value not in dict(field.operators):
            abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=value[:80], field=field.label))
        if prefix == OPERATOR and value == "empty":
            chosen[field.name] = trim_query(args.get(PREFIX + field.name, ""))
        if prefix == OPERATOR and (value == "empty" or args.get(PREFIX + field.name)) and value != _usual(field):
            operators[field.name] = value
    order = args.get("sort", "")
    if order and order.removeprefix("-") not in set(sortable):
        abort(400, _("This list cannot be ordered by “%(given)s”.", given=order[:80]))
    page = page_number(args)
    search = trim_query(args.get("q", "")).replace("\x00", "")
    wanted = _columns(args, list(columns))
    return ListQuery(chosen, operators, wanted, search, order.removeprefix("-"), order.startswith("-"), page)


def page_number(args: Any) -> int:
    """The page of a list that an address asks for, from 0; a 400 with a sentence for what is none."""
    given = args.get("page", "0")
    page = number_or_none(given)
    if page is None or page > LARGEST_PAGE:
        abort(400, _("There is no page “%(given)s”.", given=given[:80]))
    return page


def pages_of(count: int, length: int | None = None) -> int:
    """How many pages so many rows fill, of `length` rows or the usual `PAGE`; a list without rows is one page too."""
    length = length or PAGE
    return max((count + length - 1) // length, 1)


def _usual(field: Filter) -> str:
    return field.operators[0][0]


def _columns(args: Any, known: list[str]) -> list[str]:
    """The columns that an address names, in the record's own order; none for the usual ones."""
    given = {one for part in args.getlist("columns") for one in part.split(",") if one}
    for one in given - set(known):
        abort(400, _("There is no column “%(given)s” on this list.", given=one[:80]))
    return [one for one in known if one in given]


def matching(record: Any, asked: ListQuery, filters: Iterable[Filter], scope: Any = None) -> Select[Any]:
    """Ids of the records that match, in no order."""
    by_name = {one.name: one for one in filters}
    wanted = [by_name[name] for name in asked.chosen]
    ids, reach = query(record, [Column("id"), *(Column("·", one.path) for one in wanted if not one.rows)])
    for one in wanted:
        given, operator = asked.chosen[one.name], asked.operators.get(one.name, "")
        if one.rows:
            one.refuse_unless_known(given)
            ids = ids.where(record.id.in_(one.rows(given)))
        else:
            ids = ids.where(one.condition(reach(one.path), given, operator))
    words = fold(asked.search).split()
    if words and not record.__search__:
        abort(400, _("This list cannot be searched: use its filters."))
    for word in words:
        ids = ids.where(record.search_text.contains(NATIONAL.sub("", word), autoescape=True))
    if scope is not None:
        ids = ids.where(scope)
    return ids.with_only_columns(record.id).order_by(None)


def page_of(
    record: Any, asked: ListQuery, ids: Select[Any], columns: Iterable[str], order: Any
) -> tuple[int, list[Any]]:
    """How many match, and the records of the page, in order, with what the columns show loaded beside them.

    `order` is a path, with a minus for the latest first, or a list of SQL expressions.
    """
    count = db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    usual = order if isinstance(order, str) else "-id"
    path, descending = (
        (asked.sort, asked.descending) if asked.sort else (usual.removeprefix("-"), usual.startswith("-"))
    )
    ordered, reach = query(record, [Column("id"), Column("·", path)])
    by = [reach(path).desc() if descending else reach(path).asc()]
    by = by if asked.sort or isinstance(order, str) else list(order)
    last = record.id.desc() if descending else record.id.asc()
    ordered = ordered.with_only_columns(record.id).where(record.id.in_(ids)).order_by(None).order_by(*by, last)
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
