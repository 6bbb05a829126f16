"""Training on a made-up table and scoring it again, written another way: the same rows have the same scores."""

from __future__ import annotations

import csv
import dataclasses
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st
from running import run_main

from fuzz import searching, trial
from fuzz.meaning import Column, Question, Table
from fuzz.strategies import ages, cells, maybe, names, probabilities, words, writings
from fuzz.trial import Tally
from fuzz.writing import FILE_KINDS, Writing, write

TARGET = "outcome"


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A table to learn from, and two ways to write it."""

    table: Table
    first: Writing
    second: Writing


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    rows = draw(st.integers(24, 40))
    columns = [Column(name=TARGET, cells=tuple(place * 7 % 5 % 2 for place in range(rows)))]
    for name in draw(names(draw(st.integers(1, 3)))):
        kind = draw(st.sampled_from(("groups", "ages", "shares", "truths")))
        values = {
            "groups": st.sampled_from(draw(st.lists(words, min_size=2, max_size=4, unique=True))),
            "ages": ages,
            "shares": probabilities,
            "truths": st.booleans(),
        }[kind]
        # The first two rows differ, so that every column tells something.
        found = draw(cells(rows, values, missing=maybe(draw, 30)))
        columns.append(Column(name=name, cells=tuple(found)))
    table = Table(columns=tuple(columns), label=TARGET, score=None)
    asked = Question()
    first, second = (draw(writings(table, asked, draw(st.sampled_from(FILE_KINDS)))) for _ in range(2))
    # Which of two rows without a value is which does not matter, but a line without any is no row.
    return Chain(table=table, first=first, second=dataclasses.replace(second, index=False))


def put(chain: Chain, tally: Tally) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place, how in (("one", chain.first), ("two", chain.second)):
            (folder / place).mkdir()
            write(chain.table, how, folder / place)
        one, two = f"one/{chain.first.name}", f"two/{chain.second.name}"
        before = {path.name for path in folder.iterdir()}
        ran = run_main("train", one, f"--target={TARGET}", "--out=model", cwd=folder)
        if ran.code:
            tally.refused[trial.kind_of_refusal(trial.refused(ran, folder, before))] += 1
            return
        trial.said(ran.err)
        scores = [scored(folder, file, out) for file, out in ((one, "again"), (two, "other"))]
    assert scores[0] == scores[1]
    assert len(scores[0]) == chain.table.rows
    tally.completed += 1
    tally.commands["train, predict, predict"] += 1
    tally.kinds[f"{chain.first.kind} and {chain.second.kind}"] += 1


def scored(folder: Path, file: str, out: str) -> list[float]:
    """Score a file with the model, and give the scores in the rows' order."""
    ran = run_main("predict", "model/model.skops", file, f"--out={out}", cwd=folder)
    assert ran.code == 0, ran.err
    trial.printed_safely(ran.out)
    trial.said(ran.err)
    with (folder / out / "predictions.csv").open(encoding="utf-8", newline="") as stream:
        return [float(row["score"]) for row in csv.DictReader(stream)]


def test_scores_do_not_depend_on_the_kind_of_file(tally: Tally) -> None:
    searching.search(lambda chain: put(chain, tally), chains(), examples=2)


@searching.long
def test_many_chains(tally: Tally) -> None:
    searching.search_long(
        lambda chain: put(chain, tally), chains(), enough=lambda: tally.completed >= searching.WANTED // 50
    )
