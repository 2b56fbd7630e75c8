"""Files out: columns, order and writing as social security and spreadsheets take them, numbers never altered."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from awrash.database.record import label_of
from awrash.database.session import db
from awrash.files.exports import LISTS, csv_stream, listing, rows, xlsx_bytes
from awrash.files.tables import read_table
from awrash.models import Carrier, Participant, PayrollRun, PaySlip
from awrash.records.accounts import Role
from awrash.values.cells import cell
from awrash.values.states import Situation
from awrash.values.text import clean, defuse, restore
from tests.doors import run
from tests.world import behind

CNSS = (
    "cnss_number cnie family_name_fr given_name_fr carrier.cnss_affiliation carrier.name_fr worksite.code month days"
    " gross capped situation rib"
)
MONTH = date(2026, 9, 1)


def written(app, tmp_path, *words: str) -> bytes:
    out = tmp_path / "out.csv"
    result = run(app, "export", *words, "--out", str(out))
    assert result.exit_code == 0, result.stderr
    return out.read_bytes()


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def paid_slip() -> PaySlip:
    query = select(PaySlip).join(PaySlip.run).filter(PayrollRun.month == MONTH, PaySlip.blocked_by.is_(None))
    query = query.filter(PaySlip.cnss_number.is_not(None))
    return db.session.scalars(query.order_by(PaySlip.contract_id)).first()


# ---- social security


def test_the_list_for_social_security_has_its_columns_in_their_order(prefecture, tmp_path):
    slip = paid_slip()
    person, carrier = slip.contract.participant, slip.contract.worksite.agreement.carrier
    carrier.name_fr = "Coopérative « L'Arganier »"
    db.session.commit()
    expected = [
        slip.cnss_number, person.cnie, person.family_name_fr, person.given_name_fr, carrier.cnss_affiliation,
        "COOPERATIVE L ARGANIER", slip.contract.worksite.code, "2026-09", str(slip.days),
        f"{slip.gross}".replace(".", ","), f"{slip.capped}".replace(".", ","), "", slip.rib,
    ]  # fmt: skip
    header, *lines = table(written(prefecture, tmp_path, "cnss", "--month", "2026-09"))
    assert " ".join(header) == CNSS
    assert expected in lines


def test_a_file_opens_with_a_mark_and_its_lines_end_as_windows_ends_them(prefecture, tmp_path):
    content = written(prefecture, tmp_path, "cnss", "--month", "2026-09")
    assert content.startswith(b"\xef\xbb\xbfcnss_number;cnie;")
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == len(table(content))
    assert content.count(b"\xef\xbb\xbf") == 1


def test_who_is_stopped_is_not_declared_and_everybody_else_is_once(prefecture, tmp_path):
    lines = table(written(prefecture, tmp_path, "cnss", "--month", "2026-09"))[1:]
    slips = db.session.scalars(select(PaySlip).join(PaySlip.run).filter(PayrollRun.month == MONTH)).all()
    free = sorted(slip.contract.participant.cnie for slip in slips if slip.blocked_by is None)
    assert sorted(line[1] for line in lines) == free
    assert 0 < len(free) < len(slips)


def test_names_leave_in_latin_capitals_without_accents(prefecture, tmp_path):
    slip = paid_slip()
    behind(slip, family_name_fr="Aït-Œuf d'Él", given_name_fr="Zoé")
    db.session.commit()
    cnie = slip.cnie
    lines = table(written(prefecture, tmp_path, "cnss", "--month", "2026-09"))
    assert [line[2:4] for line in lines if line[1] == cnie] == [["AIT OEUF D EL", "ZOE"]]


def test_a_situation_leaves_as_its_code(prefecture):
    columns, _ = listing("cnss", MONTH)
    write = next(column.write for column in columns if column.name == "situation")
    assert [write(Situation.present), cell(write(Situation.SO))] == ["", "SO"]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_button_on_the_run_gives_the_same_lines_under_labels(tour, prefecture, tmp_path, language):
    officer = tour(Role.payroll_officer)
    officer.post(f"/language/{language}")
    number = db.session.scalar(select(PayrollRun.id).filter_by(month=MONTH))
    answer = officer.get(f"/admin/payroll_run/cnss/?id={number}").response
    content = answer.get_data()
    shown, exported = table(content), table(written(prefecture, tmp_path, "cnss", "--month", "2026-09"))
    assert answer.mimetype == "text/csv"
    assert content.startswith(b"\xef\xbb\xbf")
    assert shown[1:] == exported[1:]
    assert len(shown[0]) == len(exported[0])
    assert not set(shown[0]) & set(CNSS.split())
    assert len(set(shown[0])) == len(shown[0])


@pytest.mark.parametrize("words, code", [(("cnss",), 2), (("cnss", "--month", "2031-01"), 1), (("nothing",), 2)])
def test_a_list_that_cannot_be_made_is_refused_with_a_sentence(prefecture, tmp_path, words, code):
    out = tmp_path / "out.csv"
    result = run(prefecture, "export", *words, "--out", str(out))
    assert (result.exit_code, out.exists()) == (code, False)
    assert result.stderr.strip()


# ---- every list


@pytest.mark.parametrize("name", [name for name in LISTS if name != "cnss"])
def test_each_list_leaves_whole_with_its_field_names(prefecture, tmp_path, name):
    lines = table(written(prefecture, tmp_path, name))
    assert lines[0] == [column.name for column in LISTS[name].columns]
    assert len(lines) - 1 == db.session.query(LISTS[name].record).count() > 0
    assert {len(line) for line in lines} == {len(lines[0])}


def test_a_list_of_one_month_leaves_the_others(prefecture, tmp_path):
    lines = table(written(prefecture, tmp_path, "attendance", "--month", "2026-08"))
    assert {line[1] for line in lines[1:]} == {"2026-08"}


@pytest.mark.parametrize("name", LISTS)
def test_every_column_has_a_label_and_no_two_the_same(prefecture, name):
    titles = [label_of(LISTS[name].record, column.source) for column in LISTS[name].columns]
    assert len(set(titles)) == len(titles)


# ---- cells


@pytest.mark.parametrize(
    "value, text",
    [
        (Decimal("3422.72"), "3422,72"),
        (Decimal("-3422.70"), "-3422,70"),
        (Decimal("0.00"), "0,00"),
        (Decimal("1E+7"), "10000000"),
        (-5, "-5"),
        (True, "1"),
        (date(2026, 10, 31), "2026-10-31"),
        (None, ""),
        ("350810000000000000000193", "350810000000000000000193"),
        ("=1+1", "'=1+1"),
        ("-5 rue", "'-5 rue"),
        ("@x", "'@x"),
        ("'=1", "''=1"),
        ("a=b", "a=b"),
    ],
)
def test_texts_are_defused_and_numbers_never_altered(value, text):
    assert cell(value) == text


def test_a_phone_number_leaves_as_people_write_it(prefecture, tmp_path):
    person = db.session.scalars(select(Participant).order_by(Participant.id)).first()
    person.phone, person.address = "+212612345678", "+212612345678"
    db.session.commit()
    header, first, *_ = table(written(prefecture, tmp_path, "participants"))
    line = dict(zip(header, first, strict=True))
    assert (line["phone"], line["address"]) == ("0612345678", "'+212612345678")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_formula_in_a_name_or_an_address_never_runs(tour, prefecture, kind):
    carrier = db.session.scalars(select(Carrier).order_by(Carrier.id)).first()
    carrier.name_fr, carrier.address = "=cmd|' /C calc'!A0", "\t+1"
    db.session.commit()
    content = tour(Role.auditor).get(f"/admin/carrier/export/{kind}/").response.get_data()
    cells = [text for _, line in read_table(content) for text in line]
    assert "'=cmd|' /C calc'!A0" in cells
    assert not [text for text in cells if text.startswith(("=", "+", "@"))]


def test_every_cell_of_a_workbook_is_text():
    line = ["350810000000000000000193", "3422,72", "2026-10-31", "'=1+1", ""]
    content = xlsx_bytes(["rib", "gross", "day", "x", "y"], [line])
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1] == line


def test_a_cell_longer_than_a_workbook_takes_is_cut_not_lost():
    content = xlsx_bytes(["x"], [["a" * 40_000]])
    assert len(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1][0]) == 32_767


# ---- parts


def test_a_file_leaves_in_parts_while_its_lines_are_read():
    read = []
    lines = (read.append(number) or ["x" * 1_000] for number in range(1_000))
    parts = csv_stream(["name"], lines)
    assert (next(parts), read) == (b"\xef\xbb\xbf", [])
    next(parts)
    assert 0 < len(read) < 100
    assert sum(len(part) for part in parts) > 800_000
    assert len(read) == 1_000


def test_the_rows_of_a_list_are_read_when_they_are_asked_for(prefecture):
    columns, statement = listing("participants")
    lines = rows(LISTS["participants"].record, columns, statement)
    assert iter(lines) is lines
    assert next(lines)[0] == db.session.scalars(select(Participant.cnie).order_by(Participant.id)).first()
    lines.close()


# ---- out and in again

texts = st.text(st.one_of(st.sampled_from("'=+-@;,\"\t\r\n ＝"), st.characters(exclude_categories=["Cs"])), max_size=20)


@given(texts)
def test_a_defused_text_is_restored(text):
    assert restore(defuse(text)) == text
    assert not defuse(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(st.lists(texts.map(clean), min_size=2, max_size=4).filter(any))
def test_what_a_file_holds_is_read_back_as_it_was(cells):
    header = [f"c{place}" for place in range(len(cells))]
    content = b"".join(csv_stream(header, [[cell(text) for text in cells]]))
    read = read_table(content)
    assert read[0] == (1, header)
    assert [restore(text) for text in read[1][1]] == cells


def test_a_folder_that_is_not_there_is_told_so(app, tmp_path):
    result = run(app, "export", "participants", "--out", str(tmp_path / "nowhere" / "out.csv"))
    assert result.exit_code == 2
    assert "There is no folder" in result.stderr
