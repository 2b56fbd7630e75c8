"""The columns of the bank's files, and what stands in them: names in three languages, states as banks write them."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from itertools import zip_longest
from typing import Any

from flask_babel import LazyString
from sqlalchemy import select

from awrash.bank.records import ReturnFile
from awrash.database.parsing import AMOUNT, DAY, MONTH, TextFormat, in_each_language, words_by_text
from awrash.database.record import label_of
from awrash.database.session import db
from awrash.files.import_kinds import SHOWN, ColumnMissing, ColumnTwice, NoLines, NotReadable
from awrash.files.tables import read_table
from awrash.models import Payment
from awrash.rules.check import TooLong
from awrash.rules.fields import Cnie
from awrash.rules.rule import RuleError
from awrash.values.language import _l
from awrash.values.spelling import fold
from awrash.values.states import PaymentState
from awrash.values.text import restore

# What a column of a return file can be, and what it is called on the screen.
FIELDS: dict[str, LazyString] = {
    "month": _l("Month"),
    "participant.cnie": _l("CNIE"),
    "name": _l("Name"),
    "amount": _l("Amount"),
    "state": _l("What the bank says"),
    "paid_on": _l("Paid on"),
    "rejection_reason": _l("Reason for the rejection"),
    "reference": _l("Reference"),
}
PATHS = {"month": "pay_slip.month", "participant.cnie": "pay_slip.contract.participant.cnie"}
# What banks and CNSS write above their columns, besides our own labels.
HEADERS = {
    "month": "mois|période|period|الشهر|شهر|الفترة",
    "participant.cnie": "cnie|cin|n° cin|n° cnie|cine|بطاقة التعريف|رقم البطاقة|البطاقة الوطنية|ب ت و|ر ب ت و",
    "name": "nom|nom et prénom|nom complet|bénéficiaire|beneficiary|full name|الاسم|الاسم الكامل|المستفيد",
    "amount": "montant|net|net à payer|montant net|salaire net|المبلغ|مبلغ|الأجر الصافي",
    "state": "état|statut|status|sort|résultat|result|الحالة|الوضعية|المآل|النتيجة",
    "paid_on": "date de paiement|payé le|date de virement|date d'exécution|payment date|تاريخ الأداء|تاريخ التحويل",
    "rejection_reason": "motif|motif du rejet|motif de rejet|cause|reason|rejection reason|سبب الرفض|السبب",
    "reference": "référence|réf|ref|n° de virement|reference|المرجع|مرجع|رقم التحويل",
}
STATES = {  # the same words as a bank writes them
    PaymentState.paid: "payée|payés|viré|virée|exécuté|réglé|مؤداة|تم الأداء|مدفوع",
    PaymentState.rejected: "rejetée|rejet|impayé|retourné|returned|مرفوضة|رفض",
}
FORMATS: dict[str, TextFormat] = {"month": MONTH, "amount": AMOUNT, "paid_on": DAY}
LENGTHS = {"rejection_reason": 240, "reference": 40}  # characters that are kept of a field
LONGEST_NAME = 160  # characters; what a longer name has beyond them is cut off

KnownValues = dict[tuple[str, str], Any]  # what a field's text meant on an earlier line of the same file


def table_of(content: bytes, most_lines: int | None = None) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The columns of a file, each under a name of its own, and its numbered lines; RuleError when there are none."""
    (_number, cells), *lines = read_table(content, most_lines)
    columns: list[str] = []
    for place, cell in enumerate(cells, 1):
        columns.append(cell if cell and cell not in columns else f"{cell} #{place}".strip())
    if not lines:
        NoLines().refuse()
    return columns, lines


def guess_mapping(header: list[str]) -> dict[str, str]:
    """The field of each column, empty where there is none: as the last file with this header, else by the names."""
    last_mapping = db.session.scalar(
        select(ReturnFile.mapping).filter_by(header_key=header_key(header)).order_by(ReturnFile.id.desc()).limit(1)
    )
    if last_mapping:
        return {column: last_mapping.get(column, "") for column in header}
    fields = {fold(name): field for field in reversed(FIELDS) for name in _names_of(field)}
    mapping = {column: fields.get(fold(column), "") for column in header}
    mapped: set[str] = set()
    for column, field in mapping.items():
        mapping[column] = "" if field in mapped else field
        mapped.add(field)
    return mapping


def _names_of(field: str) -> list[str]:
    """What a column of this field may be called: the field's name, a bank's, ours in any language."""
    names = [field, *HEADERS[field].split("|"), *in_each_language(lambda: FIELDS[field])]
    return names if field == "name" else [*names, *in_each_language(label_of, Payment, PATHS.get(field, field))]


def header_key(header: list[str]) -> str:
    """The same for two files whose columns are called alike and stand in the same order."""
    return hashlib.sha256(json.dumps([fold(column) for column in header]).encode()).hexdigest()


def check_mapping(mapping: Mapping[str, str], month: date | None = None) -> None:
    """Each field has one column, and the columns say whose payment and what became of it; RuleError otherwise."""
    fields = [field for field in mapping.values() if field]
    for field in fields:
        if field not in FIELDS:
            NotReadable().refuse(given=field[:SHOWN], expected="، ".join(FIELDS))
        if fields.count(field) > 1:
            ColumnTwice().refuse(name=FIELDS[field])
    names_payment = "reference" in fields or "participant.cnie" in fields
    for field, is_there in {
        "participant.cnie": names_payment,
        "month": "month" in fields or month or "participant.cnie" not in fields,
        "state": "state" in fields,
    }.items():
        if not is_there:
            ColumnMissing().refuse(name=FIELDS[field])


# ---- the cells


def read_cells(fields: list[str], cells: list[str], known: KnownValues) -> tuple[dict[str, Any], list[str]]:
    """The values of a line by field, and a sentence for each cell that means nothing."""
    values: dict[str, Any] = {}
    sentences = []
    for field, cell in zip_longest(fields, cells, fillvalue=""):
        text = restore(str(cell))
        if not field or not text:
            continue
        try:
            values[field] = _value(field, text, known)
        except RuleError as refusal:
            sentences.append(f"{FIELDS[field]}: {refusal}")
    return values, sentences


def _value(field: str, text: str, known: KnownValues) -> Any:
    """What a cell means for its field; RuleError when it means nothing."""
    if field == "name":
        return text[:LONGEST_NAME]
    if field in LENGTHS:
        if len(text) > LENGTHS[field]:
            TooLong().refuse(field=FIELDS[field], most=LENGTHS[field])
        return text
    if (field, text) not in known:
        known[field, text] = _parsed(field, text)
    return known[field, text]


def _parsed(field: str, text: str) -> Any:
    if field == "participant.cnie":
        return _cnie_of(text)
    if field == "state":
        return _state_of(text)
    try:
        return FORMATS[field].parse(text)
    except ValueError:
        NotReadable().refuse(given=text[:SHOWN], expected=FORMATS[field].expected)


def _cnie_of(text: str) -> str:
    rule = Cnie()
    number = rule.clean(text)
    rule.check(number)
    return number


def _state_of(text: str) -> PaymentState:
    states = words_by_text(PaymentState)
    states |= {fold(name): state for state, names in STATES.items() for name in names.split("|")}
    if fold(text) not in states:
        expected = "، ".join(str(state.label) for state in (PaymentState.paid, PaymentState.rejected))
        NotReadable().refuse(given=text[:SHOWN], expected=expected)
    return states[fold(text)]
