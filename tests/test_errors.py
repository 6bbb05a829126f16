"""Errors write their own sentences: what was found, where, what exists instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit import errors
from fairaudit.errors import (
    ColumnAmbiguous,
    ColumnError,
    ColumnMissing,
    FairauditError,
    FileError,
    GateError,
    GroupMissing,
    OptionError,
    RowError,
    clipped,
    did_you_mean,
    join_sentences,
    listed,
    printable,
)
from fairaudit.settings.choices import RuleKind

SENTENCES = {
    FairauditError: (FairauditError("That went wrong."), "That went wrong."),
    FileError: (FileError("p.csv", "is empty", hint="Fill it"), "p.csv: is empty. Fill it."),
    RowError: (RowError("p.csv", 7, "has 2 fields"), "p.csv, line 7: has 2 fields."),
    ColumnMissing: (
        ColumnMissing("p.csv", "rcae", ["race", "sex"], hint="Try again"),
        "p.csv has no column 'rcae'. Did you mean 'race'? Its columns are 'race', 'sex'. Try again.",
    ),
    ColumnAmbiguous: (
        ColumnAmbiguous("p.csv", "age", "columns 4 and 5 share the name", hint="--drop"),
        "p.csv has more than one column 'age': columns 4 and 5 share the name. Give one of them another name, or leave them out by --drop.",
    ),
    ColumnError: (
        ColumnError("p.csv", "label", "holds text", hint="Say --positive VALUE"),
        "p.csv, column 'label': holds text. Say --positive VALUE.",
    ),
    OptionError: (OptionError("--tau", "2 is above 1"), "--tau: 2 is above 1."),
    GateError: (
        GateError("gate 2 ('x')", "it has no limit", file="fairaudit.toml", hint="Give one"),
        "fairaudit.toml, gate 2 ('x'): it has no limit. Give one.",
    ),
    GroupMissing: (
        GroupMissing("race", "Caucasain", ["Caucasian", "Other"]),
        "attribute 'race' has no group 'Caucasain'. Did you mean 'Caucasian'? Its groups are 'Caucasian', 'Other'.",
    ),
}


def test_no_error_was_forgotten() -> None:
    ours = {e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, FairauditError)}
    assert set(SENTENCES) == ours


@pytest.mark.parametrize(
    ("error", "sentence"), SENTENCES.values(), ids=[error.__name__ for error in SENTENCES]
)
def test_the_sentence(error: FairauditError, sentence: str) -> None:
    assert str(error) == sentence


def test_facts_are_kept() -> None:
    assert FileError("p.csv", "x").file == "p.csv"
    row = RowError("p.csv", 7, "x")
    assert (row.file, row.line) == ("p.csv", 7)
    missing = ColumnMissing("p.csv", "rcae", [])
    assert (missing.file, missing.column) == ("p.csv", "rcae")
    column = ColumnError("p.csv", "label", "x")
    assert (column.file, column.column) == ("p.csv", "label")
    assert OptionError("--tau", "x").option == "--tau"
    group = GroupMissing("race", "X", [])
    assert (group.attribute, group.group) == ("race", "X")


@pytest.mark.parametrize(
    ("word", "known", "sentence"),
    [
        ("rcae", ["race", "sex"], "Did you mean 'race'?"),
        ("RACE", ["race"], "Did you mean 'race'?"),
        ("nothing like it", ["race"], ""),
        ("race", [], ""),
        ("top-j", list(RuleKind), "Did you mean 'top-k'?"),
    ],
    ids=["near", "capitals", "far", "nothing known", "choices of an enumeration"],
)
def test_did_you_mean(word: str, known: list[str], sentence: str) -> None:
    assert did_you_mean(word, known) == sentence


def test_long_lists_are_cut_and_the_rest_is_counted() -> None:
    names = [f"g{i}" for i in range(10_012)]
    assert listed(names).endswith("'g11' and 10,000 more")
    assert listed([]) == "none"
    assert listed([RuleKind.TOP_K]) == "'top-k'"
    assert listed(["x" * 61]) == "'" + "x" * 59 + "…'"


def test_a_value_of_the_longest_length_is_not_cut() -> None:
    assert clipped("x" * 60) == "x" * 60


def test_sentences_are_joined_with_one_stop_each() -> None:
    assert join_sentences("a", "", " b.", "c?", "d! ", " ") == "a. b. c? d!"


@given(st.text())
def test_a_message_is_one_line_that_cannot_drive_a_terminal(value: str) -> None:
    message = str(ColumnError("p.csv", value, value, hint=value))
    assert message.isprintable()
    assert message == printable(message)
