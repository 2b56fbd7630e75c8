"""The papers that the office signs and hands out: what they print, kept as issued, readable by anybody."""

import io
import json
import os
import re
import subprocess
from copy import deepcopy
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from page import ValidationProfile as Profile
from page import validate_pdf_bytes
from pypdf import PdfReader

from awrash.database.session import db
from awrash.papers import catalogue, issue
from awrash.papers.catalogue import PAPERS
from awrash.papers.fields import END, LTR, RTL, isolate_text
from awrash.papers.typesetting import TEMPLATES
from awrash.public.verification import normalized_code
from awrash.records.accounts import user_by_email
from tests.paper_world import EVERY_PAPER, STRANGE, can_issue, paper_world, sample
from tests.world import SITE

GOLDEN = Path(__file__).parents[1] / "golden" / "papers"
ON = date(2026, 8, 3)
AT = datetime(2026, 8, 3, 9, tzinfo=UTC)
# letters and convocation share one series: in this order they bear the numbers of the golden texts
LETTERS_FIRST = sorted(EVERY_PAPER, key=lambda paper: paper[0] == "convocation")
HIDDEN = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\f]")


@pytest.fixture(scope="module")
def worlds(planted):
    """Every paper issued, of the shortest and of the longest data, once for all these tests."""
    made = {}
    for length in ("short", "long"):
        planted.renew()
        with planted.app.app_context():
            world = paper_world(length == "long")
            for kind, language in LETTERS_FIRST:
                paper = PAPERS[kind]
                record = sample(world, paper.record, partial(can_issue, paper, ON))
                issued = issue.issue(paper, record, language, issuance())
                made[kind, language, length] = (issued.content, json.loads(issued.told))
            db.session.rollback()
    return made


def text_of(content: bytes) -> str:
    """The text of a PDF as a person copies it, without the marks that nobody sees."""
    # The reader sets a number of an Arabic line apart with the space on its left, which is the space after it.
    read = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True).stdout.decode()
    read = re.sub("\u202a( +)([^\u202a-\u202c]*)\u202c", r"\2\1", read)
    seen = HIDDEN.sub("", read)
    return "\n".join(filter(None, (re.sub(r"\s+", " ", line).strip() for line in seen.splitlines()))) + "\n"


EACH = [(kind, language, length) for kind, language in EVERY_PAPER for length in ("short", "long")]


@pytest.mark.parametrize("kind, language, length", EACH)
def test_a_paper_prints_what_was_agreed_word_for_word(worlds, kind, language, length):
    content, _data = worlds[kind, language, length]
    golden, text = GOLDEN / f"{kind}.{language}.{length}.txt", text_of(content)
    if os.environ.get("AWRASH_GOLDEN"):  # written anew on purpose, then read by a person
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text)
    assert text == golden.read_text()


def shape(facts):
    """The names of what a paper tells, without what it tells."""
    if isinstance(facts, dict):
        return {name: shape(value) for name, value in facts.items()}
    return [shape(item) for item in facts[:1]] if isinstance(facts, list) else ""


def test_what_a_paper_tells_keeps_its_shape_or_papers_issued_before_would_seem_to_have_changed(worlds):
    golden = GOLDEN / "told.json"
    found = {f"{kind}.{language}": shape(worlds[kind, language, "long"][1]) for kind, language in EVERY_PAPER}
    if os.environ.get("AWRASH_GOLDEN"):
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    assert found == json.loads(golden.read_text())


@pytest.mark.parametrize("length", ["short", "long"])
@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.*.typ")), ids=lambda template: template.stem)
def test_a_paper_counts_its_pages_and_has_one_where_its_foot_says_one(worlds, template, length):
    kind, language = template.stem.split(".")
    content, _data = worlds[kind, language, length]
    if "single-page(" in template.read_text():
        assert len(PdfReader(io.BytesIO(content)).pages) == 1
    assert re.search(r"(صفحة|Page) \d+ / \d+|\d+ / \d+ صفحة", text_of(content))


@pytest.mark.parametrize("kind, language", EVERY_PAPER)
def test_a_new_version_says_once_which_it_replaces(worlds, planted, kind, language):
    paper, (_content, data) = PAPERS[kind], worlds[kind, language, "short"]
    with planted.app.app_context():
        content = printed(paper, language, data | {"replaces": ["ABC-77"]})
    assert text_of(content).count("ABC-77") == 1


SUMMED = {  # a paper, and the way to a list of it that ends with a total
    "worksite": ("payroll_statement", ("statement", "carriers", -1, "sites", -1, "rows")),
    "month": ("payroll_statement", ("statement", "summary")),
    "transfers": ("transfer_list", ("transfers", "carriers", -1, "rows")),
}
TOTAL = re.compile("Total (du chantier|de l’organisme|à payer|:)")
ROW = re.compile("JB?[0-9]{6}|W-[0-9]")


@pytest.mark.parametrize("summed", SUMMED)
def test_no_page_begins_with_a_sum_apart_from_all_that_it_adds_up(worlds, planted, summed):
    kind, way = SUMMED[summed]
    paper = PAPERS[kind]
    language = paper.languages[0]
    facts = deepcopy(worlds[kind, language, "short"][1])
    if summed == "worksite":  # the last of its carrier, whose sum follows that of the worksite
        carrier = facts["statement"]["carriers"][-1]
        carrier["total"] = [carrier["sites"][-1]["total"]]
    *most, last = way
    holder = facts
    for step in most:
        holder = holder[step]
    row, apart = holder[last][-1], []
    with planted.app.app_context():
        for count in (1, 2, *range(31, 41)):  # about as many as a page holds
            holder[last] = [row] * count
            pages = paged(printed(paper, language, facts))
            begun = [TOTAL.split(page)[0] for page in pages if TOTAL.search(page)]
            apart += [count for before in begun if not ROW.search(before)]
    assert apart == []


def printed(paper, language, facts) -> bytes:
    """A paper that says these facts."""
    return catalogue.typeset(paper, language, catalogue.template_data(paper, language, [facts], ON, ""))


def paged(content: bytes) -> list[str]:
    """The text of each page of a PDF."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def test_a_certificate_prints_its_code_in_fours_and_where_it_is_verified(worlds):
    content, data = worlds["certificate", "ar", "short"]
    code = data["proof"]["address"].rsplit("/", 1)[1]
    assert data["proof"]["code"].replace(" ", "") == code == normalized_code(data["proof"]["code"])
    printed = text_of(content)
    assert data["proof"]["code"] in printed.replace("\n", " ") and f"{SITE}/verify" in printed


def breaches(content: bytes) -> list[str]:
    """What an independent validator finds against PDF/A-2a, to be kept, and PDF/UA-1, to be read aloud."""
    reports = [validate_pdf_bytes(content, profile=profile) for profile in (Profile.PDF_A_2A, Profile.PDF_UA_1)]
    assert [report.rules.total > 100 for report in reports] == [True, True]
    failures = [failure for report in reports for failure in report.failures]
    if (
        b"\r\nendstream" in content
    ):  # a stream whose last byte is a line end: the library measures it too short, qpdf right
        failures = [failure for failure in failures if failure.rule_id != "PDFA2A-STREAM-LENGTH-001"]
    return [f"{failure.rule_id}: {failure.message}" for failure in failures]


@pytest.mark.parametrize("kind, language, length", EACH)
def test_a_paper_can_be_kept_and_read_aloud(worlds, kind, language, length, tmp_path):
    content, data = worlds[kind, language, length]
    file = tmp_path / "paper.pdf"
    file.write_bytes(content)
    subprocess.run(["qpdf", "--check", str(file)], check=True, capture_output=True)
    assert breaches(content) == []
    reader = PdfReader(io.BytesIO(content))
    described = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in described and "<pdfaid:conformance>A</pdfaid:conformance>" in described
    assert "<pdfuaid:part>1</pdfuaid:part>" in described
    assert data["number"].strip("\u2066\u2067\u2069") in reader.metadata.title
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] and reader.trailer["/Root"]["/Lang"].startswith(language)
    fonts = {font for page in reader.pages for font in page["/Resources"].get("/Font", {}).values()}
    for font in fonts:  # every letter is inside the file, with the text that it stands for
        known = font.get_object()
        inner = known["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "/ToUnicode" in known and {"/FontFile2", "/FontFile3"} & set(inner)


def test_there_is_a_template_for_each_paper_and_language_and_no_other():
    known = {f"{kind}.{language}.typ" for kind, language in EVERY_PAPER}
    known |= {"frame.typ", "sheet-frame.typ", "dossier.typ", "printed_list.typ"}
    assert {template.name for template in TEMPLATES.glob("*.typ")} == known


def test_a_template_has_no_logic_but_loops():
    for path in [*TEMPLATES.glob("*.*.typ"), TEMPLATES / "dossier.typ"]:
        assert not re.search(r"(?<![\w-])(if|else|while|let (?!sheet = json))\b", path.read_text()), path.name


STRANGERS = ('#eval("1")', "<script>", "=cmd", "*_$x$_")


def renamed(facts, name):
    """What a paper says with every text of the records replaced by a name; what the office itself writes stays."""
    if isinstance(facts, dict):
        return {key: value if key == "proof" else renamed(value, name) for key, value in facts.items()}
    if isinstance(facts, list):
        return [renamed(item, name) for item in facts]
    return isolate_text(name) if isinstance(facts, str) and facts.startswith((LTR, RTL)) else facts


def times_printed(paper, language, facts, name):
    text = "".join("".join(paged(printed(paper, language, renamed(facts, name)))).split())
    return HIDDEN.sub("", text).count(name)


@pytest.mark.parametrize("kind, language", EVERY_PAPER)
def test_a_name_that_looks_like_markup_is_printed_as_text_wherever_it_stands(worlds, planted, kind, language):
    (_content, facts), paper = worlds[kind, language, "short"], PAPERS[kind]
    with planted.app.app_context():
        usual = times_printed(paper, language, facts, "Amina")
        counts = [times_printed(paper, language, facts, stranger) for stranger in STRANGERS]
        assert usual and counts == [usual] * len(STRANGERS)


def test_a_paper_takes_out_of_a_text_what_nobody_sees(worlds):
    texts = {paper: json.dumps(facts, ensure_ascii=False) for paper, (_content, facts) in worlds.items()}
    marks = dict.fromkeys(map(ord, (LTR, RTL, END)))
    assert "\u202e" in STRANGE and sum("eval(" in text for text in texts.values()) > 20
    assert [paper for paper, text in texts.items() if HIDDEN.search(text.translate(marks))] == []


def issuance():
    return issue.Issuance(user_by_email("head_of_unit@example.ma"), ON, AT)
