"""Every chart of the screens and of the public page: its figures and how long it draws each, as a person has read them.

A series that is new, lost, counted or drawn otherwise fails here until the file in `tests/golden/charts` is read:
`AWRASH_GOLDEN=1 pytest tests/screens/test_every_chart.py` writes the files anew. The demonstration, in English.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from awrash.records.accounts import Role
from tests.doors import Visitor

GOLDEN = Path(__file__).parents[1] / "golden" / "charts"
TEMPLATES = Path(__file__).parents[2] / "awrash" / "templates" / "awrash"
PAGES = {
    "today": "/admin/",
    "governor": "/admin/governor/",
    "stage_days": "/admin/gates/",
    "costs": "/admin/costs/?by=commune",
    "transparency": "/transparency",
}
SERIES = "section#communes, section#wages"  # of the public page, which shows its series as tables
DRAWS = re.compile(r"<figure|<meter|<rect|\bbars\(|\bbar_line\(")


def words(element: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[\u2066-\u2069]", "", element.get_text(" "))).strip()


def drawn(cell: Any) -> list[str]:
    """How long each bar of a cell is, of 100, with the series that it belongs to."""
    bars = [" ".join([*bar.get("class", []), bar["width"]]) for bar in cell.select("svg:not(.swatch) rect")]
    return bars + [f"{meter['value']} of {meter['max']}" for meter in cell.select("meter")]


def lines_of(table: Any) -> Iterator[list[str]]:
    """The head of a table and its rows; what a cell draws stands after what it says."""
    for row in table.select("tr"):
        yield [" | ".join([words(cell), *drawn(cell)]) for cell in row.find_all(["th", "td"])]


def charts(soup: Any) -> Iterator[list[list[str]]]:
    """The rows of figures of a page, then each table that draws or is a series."""
    for figures in soup.select("dl.figures"):
        yield [[words(figure.dt), words(figure.dd)] for figure in figures.find_all("div", recursive=False)]
    series = [section.table for section in soup.select(SERIES)]
    for table in soup.select("main table"):
        if table in series or any(drawn(cell) for cell in table.select("td")):
            yield [[words(table.caption)], *lines_of(table)]


@pytest.fixture
def shown(tour):
    """What the charts of a page show to the head of unit, as text: a line a row, an empty one between charts."""
    visitor: Visitor = tour(Role.head_of_unit)
    visitor.post("/language/en")

    def text_of(name: str) -> str:
        soup = visitor.get(PAGES[name]).soup
        return "\n\n".join("\n".join(map(";".join, chart)) for chart in charts(soup)) + "\n"

    return text_of


@pytest.mark.parametrize("name", PAGES)
def test_a_chart_shows_what_a_person_has_read(shown, name):
    golden, text = GOLDEN / f"{name}.csv", shown(name)
    if os.environ.get("AWRASH_GOLDEN"):  # written anew on purpose, then read by a person
        GOLDEN.mkdir(parents=True, exist_ok=True)
        golden.write_text(text)
    assert text == golden.read_text()


def test_every_template_that_draws_has_its_charts_read():
    drawing = {
        path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html") if DRAWS.search(path.read_text())
    }
    assert drawing == {"costs.html", "stage_days.html", "macros/chart.html", "macros/morning.html"}
