"""Lists to tick in a record's form: what its call asks for, a line each, made when it is ticked or has its value."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import Field, FieldList, Form, FormField, HiddenField

from awrash.database.record import Record, records_at
from awrash.database.session import db
from awrash.values.language import local_today
from awrash.values.text import number_or_none


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
            raise ValueError(_("“%(given)s” is not among the choices.", given=text[:80]))


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
        is_shown = formdata is None or not any(name.startswith(f"{self.name}-") for name in formdata)
        super().process(formdata, self._offered() if is_shown and self.holder is not None else [], extra_filters)

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
        """Make, change and take out the lines of a record as the form says."""
        self.holder = record
        known, lines = self._lines(), getattr(record, name)
        for entry in self.entries:
            item = entry.form[self.checklist.item].data
            line, value = known.get(item), self._value_of(entry.form, is_known=item in known)
            if value is None:
                if line is not None:
                    lines.remove(line)
                continue
            if line is None:
                line = self.record(**{self.checklist.item: item})
                lines.append(line)
            if getattr(line, self.checklist.value) != value:
                setattr(line, self.checklist.value, value)

    def _value_of(self, form: Form, is_known: bool) -> Any:
        """The value that a line gets; None for no line. A box that is ticked without a day means today's."""
        value: date | int | None = form[self.checklist.value].data
        if not self.has_boxes:
            return value
        if form["ticked"].data:
            return value or local_today()
        return None if is_known else value
