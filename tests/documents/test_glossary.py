"""Words of an answer, and what explains them."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from fairaudit.disparity.judge import COMBINED_PARITIES, PARITIES
from fairaudit.documents.findings import Code
from fairaudit.documents.glossary import CODES, ENTRIES, Entry, find_entry, rows
from fairaudit.documents.parts import Verdict
from fairaudit.metrics.explain import find_metric


def test_no_word_leads_to_two_entries() -> None:
    words = Counter(name.casefold() for entry in ENTRIES for name in (entry.word, *entry.also))
    assert not {word for word, times in words.items() if times > 1}


@pytest.mark.parametrize("word", [*PARITIES, *COMBINED_PARITIES, *Verdict, *(code.word for code in CODES)])
def test_verdicts_parities_and_codes_are_explained(word: str) -> None:
    entry = find_entry(word)
    assert entry is not None
    assert rows(entry)[0] == ("means", entry.means)


def test_no_code_is_forgotten() -> None:
    assert set(Code) <= {entry.word for entry in CODES}


@pytest.mark.parametrize("entry", CODES, ids=lambda entry: entry.word)
def test_a_finding_says_what_to_do_and_what_not_to_conclude(entry: Entry) -> None:
    assert re.fullmatch(r"FA\d{3}", entry.word)
    assert all((entry.means, entry.do, entry.not_so))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.word)
def test_what_an_entry_points_to_is_there(entry: Entry) -> None:
    text = " ".join((entry.means, entry.causes, entry.do, entry.not_so))
    for word in re.findall(r"fairaudit explain (\w+)", text):
        assert find_metric(word) or find_entry(word)
    for code in re.findall(r"FA\d{3}", text):
        assert find_entry(code)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.word)
def test_sentences_are_short(entry: Entry) -> None:
    for sentence in re.split(r"(?<=[.:;]) ", " ".join((entry.means, entry.causes, entry.do, entry.not_so))):
        assert len(sentence.split()) <= 25, sentence
