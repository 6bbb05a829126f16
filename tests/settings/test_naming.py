"""What people and outcomes are called: in a file, on the command line, in Python, in documents and in sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import fairaudit
from fairaudit.cli.app import main
from fairaudit.documents.answer import answer_of
from fairaudit.documents.audit import BiasDocument
from fairaudit.errors import FairauditError, OptionError
from fairaudit.render.words.answer import claim, headline
from fairaudit.render.words.people import words_of
from fairaudit.settings.naming import LONGEST, Called, Naming, parse_words

FRAME = pd.DataFrame(
    {
        "label": [0, 1] * 600,
        "score": [1, 0] * 300 + [0, 0, 0, 1, 0, 0] * 100,
        "race": ["Black"] * 600 + ["White"] * 600,
    }
)
WORDS = {
    "people": "defendants",
    "selected": "flagged",
    "positive": "re-offended",
    "negative": "did not re-offend",
}


def audited(**settings: Any) -> fairaudit.Audit:
    return fairaudit.audit(FRAME, attributes="race", effect="hurts", **settings)


def told(audit: fairaudit.Audit) -> tuple[str, str]:
    answer, words = answer_of(audit.bias, audit.group), words_of(audit.bias.settings)
    return headline(answer, words)[1], claim(answer.findings[0], words=words).sentence


def test_sentences_use_the_words() -> None:
    assert told(audited(words=WORDS)) == (
        "Black defendants are worse off (100 of 100 who did not re-offend flagged, 0 of 100 of White ones).",
        "Black defendants are wrongly flagged more often than White ones. Of those who did not re-offend, 100 of 100 are flagged, against 0 of 100.",
    )


def test_words_of_things_are_told_as_they_are_given() -> None:
    _, sentence = told(audited(unit="cars", words={"negative": "that ran well"}))
    assert sentence.startswith("Black cars are wrongly selected more often than White ones. ")
    assert ". Of those that ran well, " in sentence


def test_every_document_keeps_them_and_no_number_changes() -> None:
    plain, named = (
        audited(),
        audited(words={name: text for name, text in WORDS.items() if name != "people"}, unit="patients"),
    )
    expected = WORDS | {"people": "patients"}
    for document in (named.bias, named.group, named.slices, named.fairness):
        assert {str(name): text for name, text in document.settings.words.items()} == expected
    assert named.bias.disparities == plain.bias.disparities
    assert plain.bias.settings.words == {}
    kept = named.bias.model_dump_json(by_alias=True)
    assert BiasDocument.model_validate_json(kept) == named.bias
    assert json.loads(kept)["settings"]["words"] == expected


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"peple": "cars"}, "words: 'peple' is nothing that can be called otherwise. Did you mean 'people'? Known are 'people', 'selected', "),
        ({"people": " "}, "words: 'people' is empty. Such as people = \"defendants\"."),
        ({"people": "a\x1b[31m"}, r"words: 'people': 'a\x1b[31m' holds a character that cannot be shown."),
        ({"people": "a\u202eb"}, r"words: 'people': 'a\u202eb' holds a character that cannot be shown."),
        ({"people": "x" * (LONGEST + 1)}, "words: 'people' has 41 characters, more than 40."),
        ({"people": 5}, "words: it is a dict, and a mapping from names to texts is expected."),
        ("people", "words: 'people' is a str, and a mapping from names to texts is expected."),
    ],
)  # fmt: skip
def test_what_cannot_be_a_word_is_refused(words: Any, problem: str) -> None:
    with pytest.raises(OptionError) as caught:
        audited(words=words)
    assert str(caught.value).startswith(problem)


def test_typed_words() -> None:
    assert parse_words(["people= cars ", "negative=did = not"]) == {"people": "cars", "negative": "did = not"}
    assert Naming(words={"people": "cars"}, unit=" cars ").chosen == {"people": "cars"}
    for typed, problem in (
        (["cars"], "--words: 'cars' is not of the form NAME=WORDS. Such as --words people=defendants."),
        (["people=a", "people=b"], "--words: names 'people' twice."),
    ):
        with pytest.raises(OptionError) as caught:
            parse_words(typed)
        assert str(caught.value) == problem
    with pytest.raises(OptionError, match="--unit: the word is empty"):
        Naming(unit=" ")
    with pytest.raises(
        OptionError, match=r"--unit: 'car' names one, where sentences need many\. Such as --unit cars;"
    ):
        Naming(unit="car")
    assert Naming(unit="schoolchildren").chosen == {"people": "schoolchildren"}


def test_two_words_for_people_are_refused() -> None:
    with pytest.raises(OptionError) as caught:
        Naming(words={"people": "trucks"}, unit="cars")
    assert str(caught.value) == (
        "--unit: people are called 'cars' by --unit, and 'trucks' by --words. Say one of them."
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    FRAME.to_csv(tmp_path / "people.csv", index=False)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
    monkeypatch.setattr("sys.argv", ["fairaudit", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def kept(folder: Path, name: str) -> Any:
    return json.loads((folder / "fairaudit-out" / name).read_text(encoding="utf-8"))["settings"]["words"]


def test_a_file_has_a_table_and_what_is_typed_beats_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "fairaudit.toml").write_text(
        'effect = "hurts"\n[words]\npeople = "defendants"\nselected = "flagged"\n', encoding="utf-8"
    )
    for command, document in (("group", "group.json"), ("slice", "slices.json"), ("bias", "bias.json")):
        assert run(monkeypatch, command, "people.csv") == 0
        assert kept(folder, document) == {"people": "defendants", "selected": "flagged"}
    assert run(monkeypatch, "bias", "people.csv", "--unit", "cars") == 0
    assert kept(folder, "bias.json") == {"people": "cars", "selected": "flagged"}


def test_two_words_for_people_in_a_file_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "fairaudit.toml").write_text('unit = "cars"\n[words]\npeople = "trucks"\n', encoding="utf-8")
    assert run(monkeypatch, "bias", "people.csv") == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "people are called 'cars' by key 'unit' of " in error
    assert ", and 'trucks' by key 'words' of " in error


def test_the_words_of_a_policy_beat_those_of_the_nearest_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = '[[gate]]\nname = "alike"\nmetric = "pprev"\nattribute = "race"\nratio_within = 0.1\n'
    (folder / "fairaudit.toml").write_text('[words]\npeople = "cars"\n', encoding="utf-8")
    (folder / "policy.toml").write_text(f'[words]\npeople = "applicants"\n{gate}', encoding="utf-8")
    assert run(monkeypatch, "check", "people.csv", "--policy", "policy.toml") in (0, 1)
    assert kept(folder, "check.json") == {"people": "applicants"}


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('[words]\npeple = "cars"', "[words]: 'peple' is nothing that can be called otherwise. Did you mean 'people'?"),
        ("[words]\npeople = 3", "[words]: 'people': 3 is no text. Such as people = \"defendants\"."),
        ('[words]\npositive = "a\\u0007"', "[words]: 'positive': 'a\\x07' holds a character that cannot be shown."),
        ('words = "cars"', "the value of 'words' has to be a table of texts"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_refused(
    table: str,
    problem: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "fairaudit.toml").write_text(table, encoding="utf-8")
    assert run(monkeypatch, "bias", "people.csv") == 2
    assert f"fairaudit.toml: {problem}" in capsys.readouterr().err


def test_a_damaged_word_in_a_document_is_refused() -> None:
    whole = json.loads(audited(words=WORDS).bias.model_dump_json(by_alias=True))
    for damaged in ({"people": "\x1b[2J"}, {"nobody": "cars"}, {"people": ""}):
        whole["settings"]["words"] = damaged
        with pytest.raises((ValueError, FairauditError)):
            BiasDocument.model_validate_json(json.dumps(whole))


def test_each_word_can_be_given() -> None:
    assert {str(name) for name in Called} == {"people", "selected", "refused", "positive", "negative"}
