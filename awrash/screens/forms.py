"""Forms read from the records: label, help, required mark and rules come from the model, never from a view."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Boolean, Column, Date, Integer, Text, select
from sqlalchemy.orm import ColumnProperty, RelationshipProperty
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import Choice, SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget, MonthInput, TextInput

from awrash.database import parsing
from awrash.database.columns import Month, Words
from awrash.database.record import Record, records_at
from awrash.database.session import db
from awrash.files.import_kinds import SHOWN, find
from awrash.models import Contract, Participant, Payment, PaySlip
from awrash.rules.check import LONGEST_TEXT, FarAway, Required, TooLong, is_far_too_long, longest
from awrash.rules.constraints import Changed
from awrash.rules.rule import RuleError
from awrash.screens.lists import Choices, attribute_of, choices_of, words_of
from awrash.values.language import Label, _l, local_today
from awrash.values.money import FigureType, Money
from awrash.values.states import Word
from awrash.values.text import YEARS, clean, number_or_none

CONFLICT = 409
LONGEST_TYPED = 200  # characters of a day, an amount, a number or a key, with all that may stand around them
FOUND_BY_KEY = (Participant, Contract, PaySlip, Payment)  # too many for a list of choices: typed by their number

Value = TypeVar("Value")  # what the text of a field is read into


class Typed(StringField, Generic[Value]):
    """A field whose text is read into a value; what was typed stays in the form when it can't be."""

    format: parsing.TextFormat
    hint: Label = ""
    data: Value | None

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else self.write(self.data)

    def write(self, value: Value | None) -> str:
        """A value as the form says it before anything is typed."""
        return "" if value is None else str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; ValueError, with the sentence under the field, for what cannot be read."""
        self.data = None
        if not valuelist:
            return
        text = valuelist[0]
        if len(text) > LONGEST_TYPED:
            raise ValueError(self.refusal(text[:SHOWN]))
        if clean(text):
            try:
                self.data = self.format.parse(text)
            except ValueError as error:
                raise ValueError(self.refusal(text)) from error

    def refusal(self, text: str) -> str:
        """The sentence that says why a text is no value of this field, and how to write one."""
        return str(self.format.refusal) % {"given": text}


class DayField(Typed[date]):
    """A day, written 31/12/1990 whatever the browser speaks; the page adds the browser's own calendar."""

    widget = TextInput()
    hint = _l("dd/mm/yyyy")
    format = parsing.DAY

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        day, self.data = self.data, None
        if (
            day is not None and day.year not in YEARS and day != self.object_data
        ):  # what is counted on from it would leave the calendar
            FarAway().refuse(field=self.label.text, given=day)
        self.data = day

    def write(self, value: date | None) -> str:
        return f"{value:%d/%m/%Y}" if value else ""


class MonthField(Typed[date]):
    """A month, kept as its first day and written 2026-10."""

    widget = MonthInput()
    format = parsing.MONTH

    def write(self, value: date | None) -> str:
        return f"{value:%Y-%m}" if value else ""


class AmountField(Typed[Decimal]):
    """An amount in dirhams, written 3422,72."""

    widget = TextInput()
    format = parsing.AMOUNT

    def write(self, value: Decimal | None) -> str:
        return "" if value is None else f"{value:f}".replace(".", ",")


class NumberField(Typed[int]):
    """A whole number."""

    format = parsing.WHOLE_NUMBER


class FigureField(Typed[Decimal]):
    """A figure of the programme, of whatever unit, without zeros at its end."""

    format = parsing.FIGURE

    def write(self, value: Decimal | None) -> str:
        return "" if value is None else f"{value.normalize():f}"


class KeyField(Typed[Record]):
    """A record named by its number: a CNIE, the number of a contract."""

    lookup_key = True

    def __init__(self, *args: Any, record: type[Record], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record, self.lookup = record, record.__tablename__

    def write(self, value: Record | None) -> str:
        return str(getattr(value, self.record.__key__, "")) if value else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and (typed := valuelist[0] if len(valuelist[0]) > LONGEST_TYPED else clean(valuelist[0])):
            try:
                self.data = find(self.record, typed.upper())
            except RuleError as refusal:
                raise ValueError(str(refusal)) from refusal


def not_a_choice(*texts: str) -> ValueError:
    """What a field of choices raises for texts that are not among them."""
    return ValueError(_("“%(given)s” is not among the choices.", given=", ".join(texts)[:SHOWN]))


class RecordField(SelectField):
    """A record chosen from a short list, or looked up in a long one; `optional` when none may be chosen."""

    data: Record | None

    def __init__(self, *args: Any, record: type[Record], optional: bool, **kwargs: Any) -> None:
        super().__init__(*args, coerce=lambda text: text, validate_choice=False, **kwargs)
        self.record, self.optional = record, optional
        self.offered: list[Record] | None = None

    def offer(self, records: Iterable[Record]) -> None:
        """Offer these records only; the rules refuse another one that is sent."""
        self.offered = list(records)

    def iter_choices(self) -> Iterable[Choice]:
        chosen = self.data.id if isinstance(self.data, Record) else None
        yield Choice("", "", chosen is None, {})
        for number, name in self.known()[0]:
            yield Choice(number, name, number == str(chosen), {})

    def known(self) -> tuple[Choices, str]:
        """The rows to choose from; of a long list only the chosen one, and where to look the others up."""
        if self.offered is not None:
            return tuple((str(record.id), str(record)) for record in self.offered), ""
        return choices_of(self.record, self.data.id if isinstance(self.data, Record) else None)

    @property
    def lookup(self) -> str:
        """The name of the record whose list the others are looked up in; empty when all stand in the choice."""
        return self.known()[1]

    has_groups = staticmethod(lambda: False)

    def process_data(self, value: Record | None) -> None:
        self.data = value

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        number = number_or_none(text)
        self.data = None if number is None else db.session.get(self.record, number)
        if text and self.data is None:
            raise not_a_choice(text)

    def pre_validate(self, form: Form) -> None:
        return None


class RecordsField(SelectMultipleField):
    """Several records chosen from a short list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
    data: list[Record]

    def __init__(self, *args: Any, record: type[Record], **kwargs: Any) -> None:
        super().__init__(*args, coerce=lambda text: text, validate_choice=False, **kwargs)
        self.record = record

    def iter_choices(self) -> Iterable[Choice]:
        chosen = {record.id for record in self.data or ()}
        for record in db.session.scalars(select(self.record).order_by(self.record.id)):
            yield Choice(str(record.id), str(record), record.id in chosen, {})

    has_groups = staticmethod(lambda: False)

    def process_data(self, value: Iterable[Record] | None) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        ids = [number for number in map(number_or_none, valuelist) if number is not None]
        if len(ids) != len(valuelist):
            raise not_a_choice(*valuelist)
        self.data = list(db.session.scalars(select(self.record).filter(self.record.id.in_(ids))))

    def pre_validate(self, form: Form) -> None:
        return None


class WordField(SelectField):
    """A choice among words, by their labels; `optional` when none may be chosen."""

    data: Word | None

    def __init__(self, *args: Any, words: type[Word], optional: bool, **kwargs: Any) -> None:
        super().__init__(*args, coerce=lambda text: text, validate_choice=False, **kwargs)
        self.words, self.optional = words, optional

    def iter_choices(self) -> Iterable[Choice]:
        yield Choice("", "", self.data is None, {})
        for word in self.words:
            yield Choice(word.value, str(word.label), word == self.data, {})

    has_groups = staticmethod(lambda: False)

    def process_data(self, value: Word | None) -> None:
        self.data = value

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = self.words(text)
            except ValueError as error:
                raise not_a_choice(text) from error

    def pre_validate(self, form: Form) -> None:
        return None


class WordsField(SelectMultipleField):
    """Several words, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
    data: list[str]

    def __init__(self, *args: Any, words: type[Word], **kwargs: Any) -> None:
        choices = [SelectChoice(word.value, word.label) for word in words]
        super().__init__(*args, choices=choices, coerce=str, **kwargs)
        self.words = words

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        known = {word.value for word in self.words}
        if set(self.data) - known:
            raise not_a_choice(*self.data)


class LengthLimit:
    """A text is measured before anything reads it: far too long, it is refused as it stands in the form."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most or LONGEST_TEXT  # characters

    def __call__(self, form: Form, field: Field) -> None:
        if isinstance(field.data, str) and is_far_too_long(field.data, self.most):
            raise StopValidation(str(RuleError(TooLong(), field=field.label.text, most=self.most)))


class MustBeFilled(LengthLimit):
    """A required field; a rule refuses the same through every other door."""

    field_flags = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        if field.errors:
            raise StopValidation()
        super().__call__(form, field)
        if is_empty(field):
            field.errors[:] = []
            raise StopValidation(str(RuleError(Required(), field=field.label.text)))


class MayBeEmpty(LengthLimit):
    """A field that may be empty: then its rules have nothing to say."""

    field_flags = {"optional": True}

    def __call__(self, form: Form, field: Field) -> None:
        super().__call__(form, field)
        if field.errors or is_empty(field):
            raise StopValidation()


def is_empty(field: Field) -> bool:
    """Whether nothing is written in a field, or only spaces and direction marks."""
    return field.data is None or (isinstance(field.data, str) and not clean(field.data))


class LineForm(Form):
    """What every line carries besides its own fields: the number of its row, and whether it is taken out."""

    line_id = HiddenField()
    take_out = BooleanField()

    def process(
        self,
        formdata: MultiDict[str, Any] | None = None,
        obj: object = None,
        data: Mapping[str, object] | None = None,
        **kwargs: Any,
    ) -> None:
        super().process(formdata, obj, data, **kwargs)
        number = getattr(obj, "id", None)
        if formdata is None and number:
            self.line_id.data = str(number)

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Judge the fields of a line that stays; of one that is taken out, whatever is left in it is accepted."""
        return bool(self.take_out.data) or super().validate(extra_validators)


class LinesField(FieldList):
    """Lines inside a record's form: added, changed and taken out with it."""

    def __init__(self, *args: Any, record: type[Record], line_form: type[LineForm], **kwargs: Any) -> None:
        super().__init__(FormField(line_form), *args, **kwargs)
        self.record, self.line_form = record, line_form

    @property
    def blank(self) -> LineForm:
        """An empty line for the page to copy."""
        return self.line_form(prefix=f"{self.name}-__n__-")

    def populate_obj(self, record: Record, name: str) -> None:
        """Change, add and take out the lines of a record as the form says; a line that is gone is refused."""
        lines = getattr(record, name)
        known = {str(line.id): line for line in lines if line.id}
        for entry in self.entries:
            line = known.get(entry.form.line_id.data or "")
            if line is None and entry.form.line_id.data:
                Changed().refuse(subject=record)  # somebody took this line out meanwhile
            if entry.form.take_out.data:
                if line is not None:
                    lines.remove(line)
                continue
            if line is None:
                line = self.record()
                lines.append(line)
            fill(entry.form, line)


@dataclass(frozen=True)
class Checklist:
    """What a list to tick offers: `items` is the path from the record to it, `item` and `value` are fields of a line.

    Where the value is a day, a box says that it has come; any other value stands for itself.
    """

    items: str
    item: str
    value: str


class ItemField(HiddenField):
    """The record that a line is about, which the form names and nobody chooses."""

    data: Record | None

    def __init__(self, *args: Any, record: type[Record], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record = record

    def _value(self) -> str:
        return str(self.data.id) if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        number = number_or_none(text)
        self.data = None if number is None else db.session.get(self.record, number)
        if self.data is None:
            raise not_a_choice(text)


class ChecklistField(FieldList):
    """The lines of a record that its call asks for, each with what it is about; those of another call are named so."""

    holder: Record | None = None  # whose form it is; None for a new one, of which nothing is asked yet

    def __init__(self, *args: Any, record: type[Record], checklist: Checklist, fields: dict[str, Field], **kwargs: Any):
        self.record, self.checklist = record, checklist
        self.has_boxes = "ticked" in fields
        super().__init__(FormField(type(f"{record.__name__}Item", (Form,), fields)), *args, **kwargs)

    def process(
        self,
        formdata: MultiDict[str, Any] | None,
        data: Iterable[Record] = (),
        extra_filters: Iterable[Callable[[Any], Any]] | None = None,
    ) -> None:
        super().process(formdata, [] if self.holder is None else self._offered(), extra_filters)

    def _offered(self) -> list[dict[str, Any]]:
        """What the call asks for, as the record answers it, then the lines that stand there of another call."""
        lines = self._lines()
        items = [*records_at(self.holder, self.checklist.items), *lines]
        values = {item: getattr(lines.get(item), self.checklist.value, None) for item in dict.fromkeys(items)}
        return [
            {self.checklist.item: item, self.checklist.value: value, "ticked": value is not None}
            for item, value in values.items()
        ]

    def _lines(self) -> dict[Record, Any]:
        """The lines of the record, by what they are about."""
        return {getattr(line, self.checklist.item): line for line in getattr(self.holder, self.short_name)}

    def label_of(self, form: Form) -> Markup:
        """What a line is about, with its call where that is another one; a document that may be missing says so."""
        item = form[self.checklist.item].data
        if item is None:
            return Markup("")
        name = Markup("<bdi>{}</bdi>").format(item)
        if self.holder is not None and item.call is not self.holder.call:  # type: ignore[attr-defined]  # a project's
            return Markup(_("%(name)s (call %(call)s)")) % {"name": name, "call": item.call}
        return name if getattr(item, "is_required", True) else name + Markup(" ({})").format(_("optional"))

    def populate_obj(self, record: Record, name: str) -> None:
        """Make, change and take out the lines of a record as the form says; one that waits for its value stays."""
        self.holder = record
        known, lines = self._lines(), getattr(record, name)
        for entry in self.entries:
            item = entry.form[self.checklist.item].data
            line, value = known.get(item), self._value_of(entry.form, is_known=item in known)
            before = getattr(line, self.checklist.value, None)
            if value is None and before is not None:
                lines.remove(line)
            elif value != before:
                if line is None:
                    line = self.record(**{self.checklist.item: item})
                    lines.append(line)
                setattr(line, self.checklist.value, value)

    def _value_of(self, form: Form, is_known: bool) -> Any:
        """The value that a line gets; None for no line. A box that is ticked without a day means today's."""
        value: date | int | None = form[self.checklist.value].data
        if not self.has_boxes:
            return value
        if form["ticked"].data:
            return value or local_today()
        return None if is_known else value  # a day without its box is the day of what was not there before


class SeenVersion(HiddenField):
    """The version of the record that was read before it was changed; nothing when the form doesn't send it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else None  # WTForms would take the record's own


class RecordForm(Form):
    """A record's form.

    `form_errors` says what no single field can mend, `status` is the HTTP status with which its refusal is answered.
    """

    status = 422
    version = SeenVersion()

    def process(
        self,
        formdata: MultiDict[str, Any] | None = None,
        obj: Any = None,
        data: Mapping[str, object] | None = None,
        **kwargs: Any,
    ) -> None:
        for field in self:
            if isinstance(field, ChecklistField):
                field.holder = obj
        super().process(formdata, obj, data, **kwargs)


def fill(form: RecordForm | LineForm, record: Record) -> None:
    """Set on a record what a form holds and the record does not; lines know how to set themselves."""
    for field in form:
        if field.short_name in ("version", "line_id", "take_out"):
            continue
        if isinstance(field, LinesField | ChecklistField):
            field.populate_obj(record, field.short_name)
        elif getattr(record, field.short_name) != field.data:
            setattr(record, field.short_name, field.data)


def field_for(kind: type[Record], name: str, is_optional: bool = False) -> Field:
    """The form field of one column or relation of a kind of record; `is_optional` where a form may leave it open."""
    attribute = attribute_of(kind, name)
    options: dict[str, Any] = {"label": attribute.info["label"], "description": attribute.info.get("help") or ""}
    if isinstance(attribute, RelationshipProperty):
        return _relation_field(attribute, options)
    return _column_field(attribute, options, is_optional)


def _column_field(attribute: ColumnProperty[Any], options: dict[str, Any], is_optional: bool) -> Field:
    column = next(column for column in attribute.columns if isinstance(column, Column))
    type_ = column.type
    fills_itself = column.default is not None and not isinstance(type_, Integer)  # a number is typed, or says the usual
    is_required = not (column.nullable or fills_itself or is_optional or isinstance(type_, Boolean))
    presence = MustBeFilled if is_required else MayBeEmpty
    if isinstance(column.default, ScalarElementColumnDefault):
        options["default"] = column.default.arg
    if isinstance(type_, Boolean):
        return BooleanField(validators=[], **options)
    if isinstance(type_, Words):
        return WordsField(words=type_.words, validators=attribute.info["rules"], **options)
    options["validators"] = [presence(longest(attribute)), *attribute.info["rules"]]
    words = words_of(type_)
    if words is not None:
        return WordField(words=words, optional=bool(column.nullable), **options)
    fields = (
        (Month, MonthField),
        (Date, DayField),
        (Money, AmountField),
        (FigureType, FigureField),
        (Integer, NumberField),
        (Text, TextAreaField),
    )
    field = next((field for column_type, field in fields if isinstance(type_, column_type)), StringField)
    return field(**options)


def _relation_field(relation: RelationshipProperty[Any], options: dict[str, Any]) -> Field:
    other = relation.mapper.class_
    if relation.uselist:
        return RecordsField(record=other, **options)
    optional = all(column.nullable for column in relation.local_columns)
    options["validators"] = [MayBeEmpty() if optional else MustBeFilled()]
    if other in FOUND_BY_KEY:
        return KeyField(record=other, **options)
    return RecordField(record=other, optional=optional, **options)


def form_for(
    kind: type[Record],
    names: Iterable[str],
    lines: Mapping[str, tuple[str, ...]],
    checklists: Mapping[str, Checklist] | None = None,
) -> type[RecordForm]:
    """The form class of a kind of record: its fields in order, then its lines; `lines` gives the fields of each.

    The lines of `checklists` are ticked, not added.
    """
    fields: dict[str, Field] = {name: field_for(kind, name) for name in names}
    for name, line_fields in lines.items():
        relation = attribute_of(kind, name)
        line_kind = relation.mapper.class_
        line_form = type(
            f"{line_kind.__name__}Line", (LineForm,), {field: field_for(line_kind, field) for field in line_fields}
        )
        fields[name] = LinesField(record=line_kind, line_form=line_form, label=relation.info["label"])
    for name, checklist in (checklists or {}).items():
        fields[name] = _checklist_field(attribute_of(kind, name), checklist)
    return type(f"{kind.__name__}Form", (RecordForm,), fields)


def _checklist_field(relation: Any, checklist: Checklist) -> Field:
    """The field of a relation to lines that are ticked."""
    line_kind = relation.mapper.class_
    item_kind = attribute_of(line_kind, checklist.item).mapper.class_
    value = attribute_of(line_kind, checklist.value)
    fields: dict[str, Field] = {checklist.item: ItemField(record=item_kind)}
    if isinstance(value.columns[0].type, Date):
        fields["ticked"] = BooleanField()
    fields[checklist.value] = field_for(line_kind, checklist.value, is_optional=True)
    return ChecklistField(record=line_kind, checklist=checklist, fields=fields, label=relation.info["label"])


def status_of(refusal: RuleError) -> int:
    """The HTTP status of a refused form: 409 to who changes what somebody else changed meanwhile, else 422."""
    return CONFLICT if refusal.code == Changed().code else RecordForm.status


def blame(form: RecordForm, refusal: RuleError) -> None:
    """Write a refusal under the field that mends it, or on top of the form."""
    form.status = status_of(refusal)
    field, sentence = form._fields.get(refusal.field or ""), str(refusal)
    if field is None or isinstance(field, LinesField | ChecklistField):
        if sentence not in form.form_errors:
            form.form_errors.append(sentence)
    elif sentence not in field.errors:
        field.errors = [*field.errors, sentence]
