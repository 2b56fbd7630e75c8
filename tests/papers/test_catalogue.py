"""The catalogue: every paper that is declared is in it, and records name papers by it."""

import importlib
import pkgutil

import pytest

from awrash import papers
from awrash.papers.catalogue import PAPERS, SUBJECTS
from awrash.papers.paper import Paper
from awrash.papers.typesetting import TEMPLATES
from awrash.records.issued_papers import IssuedPaper
from awrash.records.paper_kinds import LONGEST_NAME, PAPER_KIND, PaperKindType
from awrash.records.paper_texts import Wording


def test_every_paper_that_a_module_declares_is_in_the_catalogue():
    modules = [
        importlib.import_module(f"awrash.papers.{module.name}") for module in pkgutil.iter_modules(papers.__path__)
    ]
    declared = [module for module in modules if isinstance(getattr(module, "PAPERS", None), tuple)]
    assert declared and {module.__name__ for module in declared} == {subject.__name__ for subject in SUBJECTS}
    assert sum(len(subject.PAPERS) for subject in SUBJECTS) == len(PAPERS), "no two papers have one name"


@pytest.mark.parametrize("paper", PAPERS.values(), ids=lambda paper: paper.name)
def test_a_paper_has_a_template_in_each_of_its_languages_and_a_name_that_its_column_holds(paper: Paper):
    templates = {template.stem for template in TEMPLATES.glob(f"{paper.name}.*.typ")}
    assert templates == {paper.template(language) for language in paper.languages}
    assert len(paper.name) <= LONGEST_NAME


@pytest.mark.parametrize("record", [IssuedPaper, Wording])
def test_records_name_papers_by_the_catalogue_in_its_order(record):
    kinds = record.document.type.enum_class
    assert kinds is PAPER_KIND.kinds
    assert [(kind.value, kind.label) for kind in kinds] == [(paper.name, paper.label) for paper in PAPERS.values()]
    assert [paper.kind for paper in PAPERS.values()] == list(kinds)


def test_a_column_says_where_papers_are_declared_when_none_is():
    empty = PaperKindType(native_enum=False, create_constraint=False, length=LONGEST_NAME, name="paper_kind")
    with pytest.raises(LookupError, match=r"papers\.catalogue"):
        assert empty.kinds
