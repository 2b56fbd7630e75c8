"""What a list shows: its filters, its search, its order, from an address that names fields.

An address says `flt_state=approved&op_state=not&sort=-held_on&columns=reference&q=...`; what it doesn't know is
a 400, never a list of everything.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from flask import abort
from flask_babel import gettext as _
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Enum,
    Integer,
    Select,
    String,
    and_,
    case,
    false,
    func,
    inspect,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import ColumnProperty, Mapper, QueryableAttribute, RelationshipProperty, selectinload
from sqlalchemy.orm.interfaces import LoaderOption
from sqlalchemy.types import TypeEngine
from werkzeug.datastructures import MultiDict

from awrash.database.columns import Month
from awrash.database.record import Record, begins_word, holds_word, label_of
from awrash.database.session import db
from awrash.files.exports import Column, query
from awrash.values.language import Label, _l
from awrash.values.money import Money
from awrash.values.spelling import search_terms
from awrash.values.states import Word
from awrash.values.text import clean, number_or_none, parse_amount, parse_date, parse_month, trim_query, whole_number

PAGE = 50  # rows
LARGEST_PAGE = 100_000
SHORT = 30  # rows; a longer choice is looked up while typing
SHOWN = 80  # characters of the address that a sentence repeats
PREFIX, OPERATOR = "flt_", "op_"  # before the name of a filter: its value, how it is compared
Row = TypeVar("Row")
NATIONAL = re.compile(r"^0(?=[5-8][0-9]{8}$)")  # phones are kept with +212 in place of the zero

Choices = tuple[tuple[str, str], ...]  # what the address says of each, and what the person reads

OPERATORS: dict[str, tuple[tuple[str, Label], ...]] = {
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
    choices: Choices = ()
    compare: str = ""  # from | to, for what is measured
    lookup: str = ""  # the record to look its long list of choices up in
    rows: Callable[[str], Select[Any]] | None = None  # ids by a question of the office, not by a column

    @property
    def operators(self) -> tuple[tuple[str, Label], ...]:
        """How the value may be compared, the usual way first."""
        return () if self.compare or self.rows else OPERATORS.get(self.kind, ())

    @property
    def usual_operator(self) -> str:
        """The code of the way in which the value is compared unless the address says another one."""
        return self.operators[0][0]

    def condition(self, column: QueryableAttribute[Any], text: str, operator: str = "") -> ColumnElement[bool]:
        """The SQL condition for a text of the address; a 400 with a sentence for what the field can't be."""
        if operator == "empty":
            return or_(column.is_(None), column == "") if self.kind == "text" else column.is_(None)
        value = self._read(text)
        if self.compare:
            return column >= value if self.compare == "from" else column <= value
        if operator == "not":
            return or_(column.is_(None), not_(column == value))
        if self.kind == "text" and operator != "is":
            return (column.istartswith if operator == "begins" else column.icontains)(value, autoescape=True)
        return column == value

    def shown(self, value: str) -> str:
        """A value as the chip of the filter says it."""
        return dict(self.choices).get(value, value)

    def _read(self, text: str) -> Any:
        """The value with which a column of this kind is compared; a 400 for a text that is none."""
        if self.kind == "choice":
            return self._read_choice(text)
        readers: dict[str, Callable[[str], Any]] = {
            "date": parse_date,
            "month": parse_month,
            "amount": parse_amount,
            "number": whole_number,
            "text": clean,
        }
        try:
            value = readers[self.kind](text)
        except ValueError:
            self._refuse(text)
        if self.kind == "number" and abs(value) >= 2**31:
            self._refuse(text)
        return value

    def _read_choice(self, text: str) -> str | int | bool:
        """The word, the number of a record or the yes or no that a choice stands for."""
        number = number_or_none(text)
        if text not in dict(self.choices) and not (self.lookup and number is not None):
            self._refuse(text)
        return {"yes": True, "no": False}.get(text, text if number is None else number)

    def refuse_unless_known(self, choice: str) -> None:
        """A 400 with a sentence for what is not among the choices."""
        if choice not in dict(self.choices):
            self._refuse(choice)

    def _refuse(self, text: str) -> NoReturn:
        abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=text[:SHOWN], field=self.label))


def attribute_of(kind: type[Record], path: str) -> ColumnProperty[Any] | RelationshipProperty[Any]:
    """The mapped column or relation at the end of a dotted path; KeyError when there is none."""
    *relations, name = path.split(".")
    mapper: Mapper[Any] = inspect(kind)
    for relation in relations:
        mapper = mapper.relationships[relation].mapper
    return mapper.relationships[name] if name in mapper.relationships else mapper.column_attrs[name]


def words_of(type_: TypeEngine[Any]) -> type[Word] | None:
    """The words among which a column of this type chooses; None for a column of another type."""
    words = type_.enum_class if isinstance(type_, Enum) else None
    return words if words is not None and issubclass(words, Word) else None


def filters_of(kind: type[Record], paths: Iterable[str], chosen: Mapping[str, str] | None = None) -> list[Filter]:
    """The filters that a view names by path, each as its column's type asks.

    `chosen` are the arguments of the address: a long list of choices holds only the one that is chosen there.
    """
    filters: list[Filter] = []
    for path in paths:
        attribute, label = attribute_of(kind, path), label_of(kind, path)
        if isinstance(attribute, RelationshipProperty):
            choices, lookup = choices_of(attribute.mapper.class_, (chosen or {}).get(PREFIX + path, ""))
            key = next(iter(attribute.local_columns)).key
            foreign_key_path = ".".join([*path.split(".")[:-1], str(key)])
            filters.append(Filter(path, foreign_key_path, label, "choice", choices, lookup=lookup))
        else:
            filters += _column_filters(path, label, attribute.columns[0].type)
    return filters


def choices_of(kind: type[Record], chosen: int | str | None = None) -> tuple[Choices, str]:
    """The records of a kind as choices, and nothing to look up.

    When they are many: only the one chosen by its number, and the name of the record to look the others up in.
    """
    records = list(db.session.scalars(select(kind).order_by(kind.id).limit(SHORT + 1)))
    if len(records) <= SHORT:
        return tuple((str(record.id), str(record)) for record in records), ""
    number = number_or_none(str(chosen))
    record = None if number is None else db.session.get(kind, number)
    return (((str(record.id), str(record)),) if record else ()), kind.__tablename__


def _column_filters(path: str, label: str, type_: TypeEngine[Any]) -> list[Filter]:
    """The filter of a column, or two, from and to, for what is measured."""
    words = words_of(type_)
    if words is not None:
        return [Filter(path, path, label, "choice", tuple((word.value, str(word.label)) for word in words))]
    if isinstance(type_, Boolean):
        return [Filter(path, path, label, "choice", (("yes", _("Yes")), ("no", _("No"))))]
    measured = ((Month, "month"), (Date, "date"), (Money, "amount"), (Integer, "number"))
    for measured_type, filter_kind in measured:
        if isinstance(type_, measured_type):
            since, until = _("%(field)s from", field=label), _("%(field)s to", field=label)
            return [
                Filter(f"{path}_from", path, since, filter_kind, compare="from"),
                Filter(f"{path}_to", path, until, filter_kind, compare="to"),
            ]
    return [Filter(path, path, label, "text")]


@dataclass(frozen=True)
class ListQuery:
    """What an address asks of a list: each part is known, but for the values, which their filters read."""

    chosen: dict[str, str]  # the value of each filter that narrows the list, by its name
    operators: dict[str, str]  # how it is compared, by its name, unless that is the usual way
    columns: list[str]  # paths; none for the usual ones
    search: str
    sort: str  # a path; empty for the usual order
    descending: bool
    page: int  # from 0

    @property
    def narrows(self) -> bool:
        """Whether a filter or the search leaves some records out."""
        return bool(self.chosen or self.search)

    def address(self, **changes: str | int | None) -> dict[str, str | int]:
        """The arguments of this list's address, some of them changed; None takes one out."""
        order = f"-{self.sort}" if self.descending else self.sort
        arguments: dict[str, str | int | None] = {PREFIX + name: value for name, value in self.chosen.items()}
        arguments |= {OPERATOR + name: operator for name, operator in self.operators.items()}
        arguments |= {"q": self.search or None, "columns": ",".join(self.columns) or None}
        arguments |= {"sort": order or None, "page": self.page or None}
        return {name: value for name, value in (arguments | changes).items() if value is not None}

    def in_words(self, filters: Iterable[Filter]) -> list[str]:
        """What narrows the list, as its chips say it: “State: Approved”, “Theme is empty”, “Search: tree”."""
        sentences = [self._filter_in_words(filter_) for filter_ in filters if filter_.name in self.chosen]
        return [*sentences, *([f"{_('Search')}: {self.search}"] if self.search else [])]

    def _filter_in_words(self, filter_: Filter) -> str:
        operator = self.operators.get(filter_.name, "")
        label = str(dict(filter_.operators).get(operator, ":"))
        value = "" if operator == "empty" else filter_.shown(self.chosen[filter_.name])
        return " ".join(filter(None, (f"{filter_.label}{'' if label == ':' else ' '}{label}", value)))

    def without(self, name: str) -> dict[str, str | int]:
        """The arguments of the address with one filter taken off."""
        return self.address(**{PREFIX + name: None, OPERATOR + name: None, "page": None})


def read_list_query(
    arguments: MultiDict[str, str], filters: Iterable[Filter], sortable: Iterable[str], columns: Iterable[str] = ()
) -> ListQuery:
    """Read the arguments of a list's address; a 400 with a sentence for what is not known."""
    chosen, operators = _chosen_filters(arguments, {filter_.name: filter_ for filter_ in filters})
    order = arguments.get("sort", "")
    if order and order.removeprefix("-") not in set(sortable):
        abort(400, _("This list cannot be ordered by “%(given)s”.", given=order[:SHOWN]))
    return ListQuery(
        chosen,
        operators,
        page=page_number(arguments),
        search=trim_query(arguments.get("q", "")).replace("\x00", ""),
        columns=_chosen_columns(arguments, list(columns)),
        sort=order.removeprefix("-"),
        descending=order.startswith("-"),
    )


def _chosen_filters(
    arguments: MultiDict[str, str], filters: Mapping[str, Filter]
) -> tuple[dict[str, str], dict[str, str]]:
    """The value of each filter that the address sets, and the operators other than the usual ones, by filter name."""
    chosen: dict[str, str] = {}
    operators: dict[str, str] = {}
    for argument, value in arguments.items():
        prefix = next((prefix for prefix in (PREFIX, OPERATOR) if argument.startswith(prefix)), None)
        if prefix is None:
            continue
        name = argument.removeprefix(prefix)
        field = filters.get(name)
        if field is None:
            abort(400, _("There is no filter “%(given)s” on this list.", given=name[:SHOWN]))
        if prefix == PREFIX:
            if value != "":
                chosen[name] = trim_query(value)
            continue
        if value not in dict(field.operators):
            abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=value[:SHOWN], field=field.label))
        typed = arguments.get(PREFIX + name, "")
        if value == "empty":
            chosen[name] = trim_query(typed)
        if (value == "empty" or typed) and value != field.usual_operator:
            operators[name] = value
    return chosen, operators


def page_number(arguments: MultiDict[str, str]) -> int:
    """The page of a list that an address asks for, from 0; a 400 with a sentence for what is none."""
    text = arguments.get("page", "0")
    page = number_or_none(text)
    if page is None or page > LARGEST_PAGE:
        abort(400, _("There is no page “%(given)s”.", given=text[:SHOWN]))
    return page


def pages_of(count: int, length: int | None = None) -> int:
    """How many pages so many rows fill, of `length` rows or the usual `PAGE`; a list without rows is one page too."""
    length = length or PAGE
    return max((count + length - 1) // length, 1)


@dataclass(frozen=True)
class ListPage:
    """One page of a list whose rows are counted: its number, from 0, the rows of the whole list, those of a page."""

    number: int
    count: int
    length: int

    @property
    def pages(self) -> int:
        """How many pages the list has."""
        return pages_of(self.count, self.length)

    @property
    def is_beyond_last(self) -> bool:
        return self.number >= self.pages

    @property
    def offset(self) -> int:
        """How many rows stand on the pages before this one."""
        return self.number * self.length

    def rows_of(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Of all the rows of the list, those that stand on this page."""
        return rows[self.offset : self.offset + self.length]


def existing_page(number: int, count: int, length: int | None = None) -> ListPage:
    """A page of a list of so many rows, of `length` rows or the usual `PAGE`; a 404 for one beyond the last."""
    page = ListPage(number, count, length or PAGE)
    return abort(404) if page.is_beyond_last else page


def _chosen_columns(arguments: MultiDict[str, str], known: list[str]) -> list[str]:
    """The columns that an address names, in the record's own order; none for the usual ones."""
    named = {path for part in arguments.getlist("columns") for path in part.split(",") if path}
    for path in named - set(known):
        abort(400, _("There is no column “%(given)s” on this list.", given=path[:SHOWN]))
    return [path for path in known if path in named]


def matching_ids(
    kind: type[Record],
    list_query: ListQuery,
    filters: Iterable[Filter],
    scope: ColumnElement[bool] | None = None,
    holds: Callable[[str], ColumnElement[bool]] | None = None,
) -> Select[tuple[int]]:
    """Ids of the records that match, in no order; of those in `scope`, when there is one.

    `holds` is the condition on which a record is found by a folded word; its own texts hold it, when none is given.
    """
    by_name = {filter_.name: filter_ for filter_ in filters}
    narrowing = [by_name[name] for name in list_query.chosen]
    ids, reach = query(kind, [Column("id"), *(Column("·", filter_.path) for filter_ in narrowing if not filter_.rows)])
    for filter_ in narrowing:
        text, operator = list_query.chosen[filter_.name], list_query.operators.get(filter_.name, "")
        if filter_.rows:
            filter_.refuse_unless_known(text)
            ids = ids.where(kind.id.in_(filter_.rows(text)))
        else:
            ids = ids.where(filter_.condition(reach(filter_.path), text, operator))
    words = _words_of(kind, list_query)
    if words and not kind.__search__:
        abort(400, _("This list cannot be searched: use its filters."))
    if list_query.search.strip() and not any(map(str.isalnum, list_query.search)):
        ids = ids.where(false())
    for word in words:
        ids = ids.where(holds(word) if holds else holds_word(kind, word))
    if scope is not None:
        ids = ids.where(scope)
    return ids.with_only_columns(kind.id).order_by(None)


def _words_of(kind: type[Record], list_query: ListQuery) -> list[str]:
    return [NATIONAL.sub("", word) for word in search_terms(list_query.search)]


def _how_close(kind: Any, list_query: ListQuery) -> ColumnElement[int]:
    """0 for the number that was typed, 1 where words begin as it was typed, 2 for the others."""
    key, words = getattr(kind, kind.__key__), _words_of(kind, list_query)
    is_number = func.upper(key) == clean(list_query.search).upper() if isinstance(key.type, String) else false()
    return case((is_number, 0), (and_(*(begins_word(kind, word) for word in words)), 1), else_=2)


def read_page(
    kind: type[Record],
    list_query: ListQuery,
    ids: Select[tuple[int]],
    columns: Iterable[str],
    usual_order: str | Iterable[ColumnElement[Any]],
) -> tuple[int, list[Any]]:
    """How many records match, and those of the page, in order, with what the columns show loaded beside them."""
    count = db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    ordered = ordered_ids(kind, list_query, ids, usual_order)
    on_page = list(db.session.scalars(ordered.limit(PAGE).offset(list_query.page * PAGE)))
    return count, read_records(kind, on_page, columns)


def ordered_ids(
    kind: type[Record],
    list_query: ListQuery,
    ids: Select[tuple[int]],
    usual_order: str | Iterable[ColumnElement[Any]],
) -> Select[tuple[int]]:
    """The ids in the order of the list.

    `usual_order` holds unless the address chooses a column: a path, with a minus for the latest first, or
    expressions of SQL. What was searched comes closest first.
    """
    order = usual_order if isinstance(usual_order, str) else "-id"
    path, descending = order.removeprefix("-"), order.startswith("-")
    if list_query.sort:
        path, descending = list_query.sort, list_query.descending
    statement, reach = query(kind, [Column("id"), Column("·", path)])
    by = [reach(path).desc() if descending else reach(path).asc()]
    if list_query.sort:
        by = [by[0].nulls_last()]  # the same on both databases: what has no value yet is no answer to an order
    if not (list_query.sort or isinstance(usual_order, str)):
        by = list(usual_order)
    if _words_of(kind, list_query) and not list_query.sort:
        by.insert(0, _how_close(kind, list_query))
    last = kind.id.desc() if descending else kind.id.asc()
    return statement.with_only_columns(kind.id).where(kind.id.in_(ids)).order_by(None).order_by(*by, last)


def read_records(kind: type[Record], ids: Sequence[int], columns: Iterable[str]) -> list[Any]:
    """The records of these ids, in their order, with what the columns show loaded beside them."""
    loaded = select(kind).where(kind.id.in_(ids)).options(*loaders(kind, columns))
    by_id = {record.id: record for record in db.session.scalars(loaded)}
    return [by_id[number] for number in ids if number in by_id]


def loaders(kind: type[Record], columns: Iterable[str]) -> list[LoaderOption]:
    """Loaders for the relations that the columns cross, so that a list of fifty rows asks a few times only."""
    options: list[LoaderOption] = []
    for path in columns:
        here, loader = kind, None
        for name in path.split("."):
            relations = inspect(here).relationships
            if name not in relations:
                break
            relation = getattr(here, name)
            loader = selectinload(relation) if loader is None else loader.selectinload(relation)
            here = relations[name].mapper.class_
        if loader is not None:
            options.append(loader)
    return options
