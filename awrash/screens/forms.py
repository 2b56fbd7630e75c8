"""Forms read from the records: label, help, required mark and rules come from the model, never from a view."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Boolean, Date, Enum, Integer, Text, inspect, select
from sqlalchemy.orm import RelationshipProperty
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
from awrash.database.record import Record
from awrash.database.session import db
from awrash.files.import_kinds import SHOWN, find
from awrash.models import Contract, Participant, Payment, PaySlip
from awrash.rules.check import LONGEST_TEXT, FarAway, Required, TooLong, is_far_too_long, longest
from awrash.rules.constraints import Changed
from awrash.rules.rule import RuleError
from awrash.screens.lists import choices_of
from awrash.values.language import _l
from awrash.values.money import FigureType, Money
from awrash.values.text import YEARS, clean, number_or_none

CONFLICT = 409
LONGEST_TYPED = 200  # characters of a day, an amount, a number or a key, with all that may stand around them
FOUND_BY_KEY = (Participant, Contract, PaySlip, Payment)  # too many for a list of choices: typed by their number


class Typed(StringField):
    """A field whose text is read into a value; what was typed stays in the form when it can't be."""

    format: parsing.TextFormat
    hint = ""

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else self.write(self.data)

    def write(self, value: Any) -> str:
        return "" if value is None else str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist:
            return
        if len(valuelist[0]) > LONGEST_TYPED:
            raise ValueError(self.explain(valuelist[0][:SHOWN]))
        if clean(valuelist[0]):
            try:
                self.data = self.format.parse(valuelist[0])
            except ValueError as trouble:
                raise ValueError(self.explain(valuelist[0])) from trouble

    def explain(self, given: str) -> str:
        return str(self.format.refusal) % {"given": given}


class DayField(Typed):
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

    def write(self, value: Any) -> str:
        return f"{value:%d/%m/%Y}" if value else ""


class MonthField(Typed):
    widget = MonthInput()
    format = parsing.MONTH

    def write(self, value: Any) -> str:
        return f"{value:%Y-%m}" if value else ""


class AmountField(Typed):
    widget = TextInput()
    format = parsing.AMOUNT

    def write(self, value: Any) -> str:
        return "" if value is None else f"{value:f}".replace(".", ",")


class NumberField(Typed):
    format = parsing.WHOLE_NUMBER


class FigureField(Typed):
    format = parsing.FIGURE

    def write(self, value: Any) -> str:
        return "" if value is None else f"{value.normalize():f}"


class KeyField(Typed):
    """A record named by its number: a CNIE, the number of a contract."""

    lookup_key = True

    def __init__(self, *args: Any, record: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record, self.lookup = record, record.__tablename__

    def write(self, value: Any) -> str:
        return str(getattr(value, self.record.__key__, "")) if value else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and (typed := valuelist[0] if len(valuelist[0]) > LONGEST_TYPED else clean(valuelist[0])):
            try:
                self.data = find(self.record, typed.upper())
            except RuleError as refusal:
                raise ValueError(str(refusal)) from refusal


class RecordField(SelectField):
    """A record chosen from a short list."""

    def __init__(self, *args: Any, record: Any, optional: bool, **kwargs: Any) -> None:
        super().__init__(*args, coerce=lambda given: given, validate_choice=False, **kwargs)
        self.record, self.optional = record, optional

    def iter_choices(self) -> Iterable[Any]:
        chosen = self.data.id if isinstance(self.data, Record) else None
        yield Choice("", "", chosen is None, {})
        for value, text in self.known()[0]:
            yield Choice(value, text, value == str(chosen), {})

    def known(self) -> tuple[tuple[tuple[str, str], ...], str]:
        """The rows to choose from; of a long list only the chosen one, and where to look the others up."""
        return choices_of(self.record, self.data.id if isinstance(self.data, Record) else "")

    @property
    def lookup(self) -> str:
        return self.known()[1]

    has_groups = staticmethod(lambda: False)

    def process_data(self, value: Any) -> None:
        self.data = value

    def process_formdata(self, valuelist: list[str]) -> None:
        given = valuelist[0] if valuelist else ""
        number = number_or_none(given)
        self.data = None if number is None else db.session.get(self.record, number)
        if given and self.data is None:
            raise ValueError(_("“%(given)s” is not among the choices.", given=given[:SHOWN]))

    def pre_validate(self, form: Any) -> None:
        return None


class RecordsField(SelectMultipleField):
    """Several records chosen from a short list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *args: Any, record: Any, **kwargs: Any) -> None:
        super().__init__(*args, coerce=lambda given: given, validate_choice=False, **kwargs)
        self.record = record

    def iter_choices(self) -> Iterable[Any]:
        chosen = {one.id for one in self.data or ()}
        for one in db.session.scalars(select(self.record).order_by(self.record.id)):
            yield Choice(str(one.id), str(one), one.id in chosen, {})

    has_groups = staticmethod(lambda: False)

    def process_data(self, value: Any) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        ids = [number for number in map(number_or_none, valuelist) if number is not None]
        if len(ids) != len(valuelist):
            raise ValueError(_("“%(given)s” is not among the choices.", given=", ".join(valuelist)[:SHOWN]))
        self.data = list(db.session.scalars(select(self.record).filter(self.record.id.in_(ids))))

    def pre_validate(self, form: Any) -> None:
        return None


class WordField(SelectField):
    """A choice among words, by their labels."""

    def __init__(self, *args: Any, words: Any, optional: bool, **kwargs: Any) -> None:
        super().__init__(*args, coerce=lambda given: given, validate_choice=False, **kwargs)
        self.words, self.optional = words, optional

    def iter_choices(self) -> Iterable[Any]:
        yield Choice("", "", self.data is None, {})
        for word in self.words:
            yield Choice(word.value, str(word.label), word == self.data, {})

    has_groups = staticmethod(lambda: False)

    def process_data(self, value: Any) -> None:
        self.data = value

    def process_formdata(self, valuelist: list[str]) -> None:
        given = valuelist[0] if valuelist else ""
        self.data = None
        if given:
            try:
                self.data = self.words(given)
            except ValueError as trouble:
                raise ValueError(_("“%(given)s” is not among the choices.", given=given[:SHOWN])) from trouble

    def pre_validate(self, form: Any) -> None:
        return None


class WordsField(SelectMultipleField):
    """Several words, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *args: Any, words: Any, **kwargs: Any) -> None:
        choices = [SelectChoice(word.value, word.label) for word in words]
        super().__init__(*args, choices=choices, coerce=str, **kwargs)
        self.words = words

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        known = {word.value for word in self.words}
        if set(self.data) - known:
            raise ValueError(_("“%(given)s” is not among the choices.", given=", ".join(self.data)[:SHOWN]))


class InLength:
    """A text is measured before anything reads it: far too long, it is refused as it stands in the form."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most or LONGEST_TEXT

    def __call__(self, form: Any, field: Any) -> None:
        if isinstance(field.data, str) and is_far_too_long(field.data, self.most):
            raise StopValidation(str(RuleError(TooLong(), field=field.label.text, most=self.most)))


class Filled(InLength):
    """A required field; a rule refuses the same through every other door."""

    field_flags = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        if field.errors:
            raise StopValidation()
        super().__call__(form, field)
        if field.data is None or (isinstance(field.data, str) and not clean(field.data)):
            field.errors[:] = []
            raise StopValidation(str(RuleError(Required(), field=field.label.text)))


class Kept(InLength):
    """An empty field that may be empty: its rules have nothing to say."""

    field_flags = {"optional": True}

    def __call__(self, form: Any, field: Any) -> None:
        super().__call__(form, field)
        if field.errors or field.data is None or (isinstance(field.data, str) and not clean(field.data)):
            raise StopValidation()


class LinesField(FieldList):
    """Lines inside a record's form: added, changed and taken out with it."""

    def __init__(self, *args: Any, record: Any, line_form: type[Form], **kwargs: Any) -> None:
        super().__init__(FormField(line_form), *args, **kwargs)
        self.record, self.line_form = record, line_form

    @property
    def blank(self) -> Form:
        """An empty line for the page to copy."""
        return self.line_form(prefix=f"{self.name}-__n__-")

    def populate_obj(self, record: Any, name: str) -> None:
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


class LineForm(Form):
    """What every line carries besides its own fields."""

    line_id = HiddenField()
    take_out = BooleanField()

    def process(self, formdata: Any = None, obj: Any = None, data: Any = None, **kwargs: Any) -> None:
        super().process(formdata, obj, data, **kwargs)
        if formdata is None and obj is not None and getattr(obj, "id", None):
            self.line_id.data = str(obj.id)


class SeenVersion(HiddenField):
    """The version of the record that was read before it was changed; nothing when the form doesn't send it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else None  # WTForms would take the record's own


class RecordForm(Form):
    """A record's form; `form_errors` says what no single field can mend, `status` how its refusal is answered."""

    status = 422
    version = SeenVersion()


def fill(form: Form, record: Any) -> None:
    """Set on a record what a form holds; lines know how to set themselves."""
    for field in form:
        if field.short_name in ("version", "line_id", "take_out"):
            continue
        if isinstance(field, LinesField):
            field.populate_obj(record, field.short_name)
        elif getattr(record, field.short_name) != field.data:
            setattr(record, field.short_name, field.data)


def field_for(record: Any, name: str) -> Field:
    """The form field of one column or relation."""
    attribute = inspect(record).attrs[name]
    info = attribute.info
    options: dict[str, Any] = {"label": info["label"], "description": info.get("help") or ""}
    if isinstance(attribute, RelationshipProperty):
        return _relation_field(attribute, options)
    column = attribute.columns[0]
    required = not column.nullable and column.default is None and not isinstance(column.type, Boolean)
    options["validators"] = [(Filled if required else Kept)(longest(attribute)), *info["rules"]]
    if column.default is not None and column.default.is_scalar:
        options["default"] = column.default.arg
    return _column_field(column, column.type, options)


def _column_field(column: Any, kind: Any, options: dict[str, Any]) -> Field:
    if isinstance(kind, Enum):
        return WordField(words=kind.enum_class, optional=column.nullable, **options)
    if isinstance(kind, Words):
        options["validators"] = options["validators"][1:]
        return WordsField(words=kind.words, **options)
    if isinstance(kind, Boolean):
        return BooleanField(**options | {"validators": []})
    simple = (
        (Month, MonthField),
        (Date, DayField),
        (Money, AmountField),
        (FigureType, FigureField),
        (Integer, NumberField),
        (Text, TextAreaField),
    )
    for type_, field in simple:
        if isinstance(kind, type_):
            return field(**options)
    return StringField(**options)


def _relation_field(attribute: Any, options: dict[str, Any]) -> Field:
    target = attribute.mapper.class_
    if attribute.uselist:
        return RecordsField(record=target, **options)
    optional = all(column.nullable for column in attribute.local_columns)
    options["validators"] = [Kept() if optional else Filled()]
    if target in FOUND_BY_KEY:
        return KeyField(record=target, **options)
    return RecordField(record=target, optional=optional, **options)


def form_for(record: Any, names: Iterable[str], lines: dict[str, tuple[str, ...]]) -> type[Form]:
    """The form class of a record: its fields in order, and its inline lines by relation."""
    fields: dict[str, Any] = {name: field_for(record, name) for name in names}
    for name, columns in lines.items():
        attribute = inspect(record).attrs[name]
        target = attribute.mapper.class_
        line_form = type(f"{target.__name__}Line", (LineForm,), {one: field_for(target, one) for one in columns})
        fields[name] = LinesField(record=target, line_form=line_form, label=attribute.info["label"])
    return type(f"{record.__name__}Form", (RecordForm,), fields)


def status_of(refusal: RuleError) -> int:
    """How a refused form is answered: 409 to who changes what somebody else changed meanwhile, else 422."""
    return CONFLICT if refusal.code == Changed().code else RecordForm.status


def blame(form: RecordForm, refusal: RuleError) -> None:
    """Write a refusal under the field that mends it, or on top of the form."""
    form.status = status_of(refusal)
    target = form._fields.get(refusal.field or "")
    sentence = str(refusal)
    if target is None or isinstance(target, LinesField):
        if sentence not in form.form_errors:
            form.form_errors.append(sentence)
    elif sentence not in target.errors:
        target.errors = [*target.errors, sentence]
