"""Arabic, French, English complete: a text that only half speaks is a person left out."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask_babel import force_locale, ngettext

from awrash.rules.register import every_rule, sentences_of
from awrash.values import states

ROOT = Path(__file__).parent.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    """The texts of the code as they are now, by msgid and plural."""
    target = tmp_path_factory.mktemp("texts") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract", "-F", "translations/babel.cfg"]
    command += ["-k", "_l", "-k", "ngettext:1,2", "-o", str(target), "."]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return {entry.id for entry in read_po(io.BytesIO(target.read_bytes())) if entry.id}


def catalogue(language):
    content = (ROOT / f"translations/{language}/LC_MESSAGES/messages.po").read_bytes()
    return read_po(io.BytesIO(content), locale=language)


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_every_text_of_the_code_is_in_the_catalogue_and_nothing_else(wanted, language):
    assert {entry.id for entry in catalogue(language) if entry.id} == wanted


@pytest.mark.parametrize("language, forms", [("ar", 6), ("fr", 2)])
def test_every_text_is_translated_with_its_plurals_and_its_placeholders(language, forms):
    for entry in catalogue(language):
        if not entry.id:
            continue
        assert not entry.fuzzy, entry.id
        texts = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        assert len(texts) == (forms if entry.pluralizable else 1), entry.id
        ids = entry.id if entry.pluralizable else (entry.id,)
        for text in texts:
            assert text.strip(), entry.id
            extra = set(PLACEHOLDER.findall(text)) - set(PLACEHOLDER.findall(" ".join(ids)))
            assert not extra, (entry.id, text)
            if not entry.pluralizable:
                assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(entry.id)), entry.id


@pytest.mark.parametrize(
    "count, said",
    [
        (1, "شخص واحد"),
        (2, "شخصان"),
        (3, "3 أشخاص"),
        (10, "10 أشخاص"),
        (11, "11 شخصا"),
        (99, "99 شخصا"),
        (100, "100 شخص"),
    ],
)
def test_arabic_counts_with_its_six_forms(app, count, said):
    with force_locale("ar"):
        assert ngettext("%(num)s person", "%(num)s people", count) == said


def test_french_says_none_in_the_singular_and_never_calls_it_one(app):
    for entry in catalogue("fr"):
        if entry.pluralizable:
            assert set(PLACEHOLDER.findall(entry.string[0])) == set(PLACEHOLDER.findall(entry.id[1])), entry.string[0]
    with force_locale("fr"):
        said = [ngettext("one day", "%(num)s days", count) for count in (0, 1, 2)]
    assert said == ["0 jour", "1 jour", "2 jours"]


def test_every_sentence_of_every_rule_speaks_the_three_languages(app):
    for rule in every_rule():
        for name, sentence in sentences_of(rule).items():
            said = {}
            for language in ("ar", "fr", "en"):
                with force_locale(language):
                    said[language] = str(sentence)
            assert len(set(said.values())) == 3, (rule.code, name)
            assert re.search(r"[\u0621-\u064a]", said["ar"]), (rule.code, name)


def test_every_state_has_an_arabic_label(app):
    words = [kind for kind in vars(states).values() if isinstance(kind, type) and issubclass(kind, states.Word)]
    with force_locale("ar"):
        for kind in words:
            for word in kind:
                assert re.search(r"[\u0621-\u064a]", str(word.label)), (kind.__name__, word)
