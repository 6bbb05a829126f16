"""Audits of made-up tables, in every way to write and to ask, held against pandas."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from fuzz import searching, strategies, trial
from fuzz.trial import Tally
from fuzz.writing import FRAME_KINDS

FILES = ("csv",) * 6 + ("jsonl", "jsonl", "parquet", "parquet")
MOSTLY = ("group",) * 6 + ("slice", "bias", "bias", "fairness")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_files(kind: str, tally: Tally) -> None:
    cases = strategies.cases(kinds=(kind,), commands=("group",))
    searching.search(lambda case: trial.put(case, tally), cases, examples=14)
    # Of so few draws about half are refused, by chance sometimes more; if nearly all were, nothing would be tried.
    assert 2 * tally.completed > tally.refused.total()


@pytest.mark.parametrize("command", ["slice", "bias", "fairness"])
def test_commands(command: str, tally: Tally) -> None:
    cases = strategies.cases(kinds=("csv",), commands=(command,))
    searching.search(lambda case: trial.put(case, tally), cases, examples=3)
    assert tally.completed


@pytest.mark.parametrize("kind", FRAME_KINDS)
def test_frames(kind: str, tally: Tally) -> None:
    cases = strategies.cases(kinds=(kind,), commands=("audit",))
    searching.search(lambda case: trial.put(case, tally), cases, examples=3)
    assert tally.completed


@searching.long
def test_many_audits(tally: Tally) -> None:
    cases = st.one_of(
        *[strategies.cases(kinds=FILES, commands=MOSTLY)] * 8,
        strategies.cases(kinds=FRAME_KINDS, commands=("audit",)),
    )
    searching.search_long(
        lambda case: trial.put(case, tally), cases, enough=lambda: tally.completed >= searching.WANTED
    )
    assert tally.completed >= searching.WANTED
