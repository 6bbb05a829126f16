"""How an audit grows with rows, groups, attributes, crossed groups and failures, in CPU seconds, and each step beside the one before.

Prints Markdown tables. Counts of made-up groups go through all that an audit does with counts, in this process, with a column for each step;
whole commands read files of made-up rows, in processes of their own. The last column says how many times the CPU time goes up where the
size goes up so many times: the smaller number first is slower than in proportion.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
from generate import ATTRIBUTES, Scores, file_name, whole_numbers
from run import HERE, Contender, run

from fairaudit.count.counts import Counted, Counts, GroupCounts
from fairaudit.disparity import aequitas
from fairaudit.disparity.distance import against_rest
from fairaudit.disparity.gaps import find_gaps
from fairaudit.disparity.judge import Judged, judge
from fairaudit.disparity.ratios import Compared, compare
from fairaudit.disparity.references import find_references
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.measure import measure
from fairaudit.settings.choices import ScoreKind

T = TypeVar("T")

WIDE = """
import sys, duckdb
rows, number, scores, file = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
draw = lambda place: f"hash({number + 2} * i + {place})"
score = f"{draw(0)} % 2" if scores == "0/1" else f"{draw(0)} / 18446744073709551616.0"
columns = ", ".join(f"'v' || {draw(place + 2)} % {2 + place % 5} AS a{place:02}" for place in range(number))
duckdb.execute(f"COPY (SELECT {score} AS score, {draw(1)} % 2 AS label_value, {columns} FROM range({rows}) AS people(i)) TO '{file}'")
"""
"""Writes people of so many independent attributes of two to six groups."""

GROUPS = (40, 200, 1_000, 5_000)
ATTRIBUTES_ASKED = (1, 5, 10, 20, 40)
ROWS = (10_000, 1_000_000)
SIDES = (4, 10, 30, 70)
"""How many groups two attributes have that are crossed."""
PEOPLE = 1_000_000
TAU = Fraction(4, 5)
PATIENCE = 600


def main() -> None:
    """Measure, and print the tables."""
    asked = read_options()
    for module in ("scipy.stats", "aequitas.bias", "aequitas.fairness"):
        importlib.import_module(module)
    audited(groups_apart(20))
    grown: Mapping[str, Callable[[], Iterator[tuple[int, Counted]]]] = {
        "groups, of which nearly all fail": lambda: ((k, groups_apart(k)) for k in asked.groups),
        "groups, of which nearly all pass": lambda: ((k, groups_alike(k)) for k in asked.groups),
        "attributes of four groups": lambda: ((k, attributes(k)) for k in asked.attributes),
        "groups of two attributes and their cells": lambda: (
            (side * side + 2 * side, crossed(side)) for side in asked.sides
        ),
    }
    for title, sizes in grown.items():
        show(title, [(size, audited(counted)) for size, counted in sizes()])
    with tempfile.TemporaryDirectory() as folder:
        files = asked.scratch or Path(folder)
        show("rows, whole commands", list(commands(asked.rows, files)))
        for with_pairs in (False, True):
            show(
                f"attributes of {max(asked.rows):,} rows, `group`{', and each crossed with the next' if with_pairs else ''}",
                list(wide_commands(asked.attributes, max(asked.rows), files, crossed=with_pairs)),
            )


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure how an audit grows.")
    for name, usual in (
        ("groups", GROUPS),
        ("attributes", ATTRIBUTES_ASKED),
        ("rows", ROWS),
        ("sides", SIDES),
    ):
        parser.add_argument(f"--{name}", type=whole_numbers, default=usual, help="comma list (%(default)s)")
    parser.add_argument("--scratch", type=Path, help="folder for the generated files; kept, and used again")
    return parser.parse_args()


# What is audited.


def groups_apart(number: int) -> Counted:
    """Make groups of one attribute that are selected from a tenth to four fifths of the time."""
    return counted([("g", place, 0.1 + 0.7 * place / number) for place in range(number)], PEOPLE // number)


def groups_alike(number: int) -> Counted:
    """Make groups of one attribute that differ by chance alone, from people enough to say so of a few groups."""
    rates = 0.4 + 0.02 * np.random.default_rng(1).standard_normal(number)
    return counted([("g", place, float(rate)) for place, rate in enumerate(rates)], PEOPLE // number)


def attributes(number: int) -> Counted:
    """Make attributes of four groups, every other of which differs by more than is tolerated."""
    return counted(
        [
            (f"a{name:02}", place, 0.3 + 0.1 * place * (name % 2))
            for name in range(number)
            for place in range(4)
        ],
        25_000,
    )


def crossed(side: int) -> Counted:
    """Make two attributes, and the cells that they make together; their rates add up."""
    single = [
        (name, str(place), 0.2 + 0.3 * place / side, PEOPLE // side) for name in "ab" for place in range(side)
    ]
    cells = [
        ("a * b", f"{one} * {other}", 0.1 + 0.3 * (one + other) / side, PEOPLE // side**2)
        for one in range(side)
        for other in range(side)
    ]
    groups = [group(*of_group) for of_group in (*single, *cells)]
    return whole(groups, first=side, intersections=frozenset({"a * b"}))


def counted(rates: Sequence[tuple[str, int, float]], people: int) -> Counted:
    """Count groups of so many people each."""
    groups = [group(name, f"{place:05}", rate, people) for name, place, rate in rates]
    return whole(groups, first=sum(name == rates[0][0] for name, _, _ in rates))


def group(attribute: str, name: str, rate: float, people: int) -> GroupCounts:
    """Count a group of which two fifths have label 1, and who are selected at one rate whatever their label."""
    ones = round(0.4 * people)
    tp, fp = round(ones * rate), round((people - ones) * rate)
    return GroupCounts(
        attribute=attribute, group=name, counts=counts([tp, fp, ones - tp, people - ones - fp])
    )


def whole(
    groups: Sequence[GroupCounts], *, first: int, intersections: frozenset[str] = frozenset()
) -> Counted:
    """Put groups together; those of the first attribute are everybody."""
    cells = [
        sum(getattr(one.counts, cell) or 0 for one in groups[:first]) for cell in ("tp", "fp", "fn", "tn")
    ]
    return Counted(
        overall=counts(cells),
        groups=tuple(groups),
        scores=ScoreKind.DECISIONS,
        intersections=intersections,
    )


def counts(cells: Sequence[int]) -> Counts:
    """Name the cells of a confusion matrix."""
    tp, fp, fn, tn = cells
    return Counts(n=sum(cells), selected=tp + fp, tp=tp, fp=fp, fn=fn, tn=tn)


# What it takes.


def audited(given: Counted) -> dict[str, float]:
    """Do everything that an audit does with counts, and return the CPU seconds of each step."""
    seconds: dict[str, float] = {}

    def measured_step(name: str, step: Callable[[], T]) -> T:
        begun = time.process_time()
        result = step()
        seconds[name] = time.process_time() - begun
        return result

    measured: Measured = measured_step("measure", lambda: measure(given))
    references = measured_step("references", lambda: find_references(measured, ()))
    compared: Compared = measured_step("compare", lambda: compare(measured, references))
    judged: Judged = measured_step("judge", lambda: judge(compared, tau=TAU))
    measured_step("gaps", lambda: find_gaps(measured))
    measured_step("rest", lambda: against_rest(measured))
    biased = measured_step("Aequitas", lambda: aequitas.bias(given, references))
    measured_step("Aequitas's verdicts", lambda: aequitas.fairness(biased, tau=TAU))
    failing = sum(parity.verdict == "fail" for parity in judged.parities)
    return {"failures": failing, **seconds, "all": sum(seconds.values())}


def commands(rows: Sequence[int], folder: Path) -> Iterator[tuple[int, dict[str, float]]]:
    """Run whole commands on files of rows, and return the CPU seconds of each."""
    listed = ",".join(map(str, rows))
    subprocess.run([sys.executable, HERE / "generate.py", folder, "--rows", listed], check=True)  # noqa: S603
    for number in rows:
        seconds = {}
        for command in ("group", "bias", "audit"):
            file = str(folder / file_name(number, Scores.DECISIONS))
            arguments = (
                "-m",
                "fairaudit",
                command,
                file,
                "-a",
                ",".join(ATTRIBUTES),
                "-o",
                str(folder / "out"),
            )
            seconds[command] = run(Contender(name=command, arguments=arguments), PATIENCE).cpu
        yield number, {**seconds, "all": sum(seconds.values())}


def wide_commands(
    numbers: Sequence[int], rows: int, folder: Path, *, crossed: bool
) -> Iterator[tuple[int, dict[str, float]]]:
    """Count one table by more and more of its columns, and return the CPU seconds of each kind of scores."""
    for number in numbers:
        seconds = {}
        names = [f"a{place:02}" for place in range(number)]
        asked = [*names, *(f"{one}*{other}" for one, other in pairwise(names) if crossed)]
        for scores in (Scores.DECISIONS, Scores.CONTINUOUS):
            file = folder / f"wide_{number}_{scores.name.lower()}_{rows}.csv"
            if not file.exists():
                subprocess.run([sys.executable, "-c", WIDE, str(rows), str(number), scores, file], check=True)  # noqa: S603
            arguments = (
                "-m",
                "fairaudit",
                "group",
                str(file),
                "-a",
                ",".join(asked),
                "-o",
                str(folder / "out"),
            )
            seconds[str(scores)] = run(Contender(name="group", arguments=arguments), PATIENCE).cpu
        yield number, {**seconds, "all": sum(seconds.values())}


# How it is shown.


def show(title: str, grown: Sequence[tuple[int, Mapping[str, float]]]) -> None:
    """Print one table."""
    names = list(grown[0][1])
    lines = [["", *names, "CPU for size"], ["---:"] * (len(names) + 2)]
    for (size, seconds), before in zip(grown, (None, *grown), strict=False):
        ratio = ""
        if before is not None:
            ratio = f"{seconds['all'] / before[1]['all']:.1f} for {size / before[0]:.1f}"
        figures = [
            f"{seconds[name]:,.0f}" if name == "failures" else f"{seconds[name]:.2f}" for name in names
        ]
        lines.append([f"{size:,}", *figures, ratio])
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    print(f"\n## {title[0].upper()}{title[1:]}\n\n{rows}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
