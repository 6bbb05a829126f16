"""How long the search for slices takes, how often it discovers what is planted, and how often something where nothing is.

``python benchmarks/discover.py`` prints all tables; ``--quick`` a short form; ``--write FILE`` puts them between their marks in FILE. Where they are installed, sliceline and divexplorer search the same tables, each in
a process of its own.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from fairaudit.discovery.coded import code_numbers, code_values
from fairaudit.discovery.confirm import Counter, Proof, confirm
from fairaudit.discovery.engine import Discovery, Halves, discover
from fairaudit.discovery.rows import Outcomes, half_of, halves
from fairaudit.discovery.search import SCREEN, Limits, search
from fairaudit.settings.choices import Adjusted

Numbers = NDArray[np.float64]
Texts = NDArray[np.int64]
ELSEWHERE = 0.15
VALUES = "abcdefghij"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A slice that is planted: its columns and values, about how many people are in it, and how many times more errors."""

    name: str
    texts: tuple[int, ...]
    below: float | None = None
    ratio: float

    def rows(self, texts: Texts, numbers: Numbers) -> NDArray[np.bool_]:
        """Tell who is in it: the value of each of its columns of texts is the one of its place, and the first number is below the limit."""
        inside = np.ones(texts.shape[1], dtype=np.bool_)
        for column in self.texts:
            inside &= texts[column] == column
        return inside if self.below is None else inside & (numbers[0] < self.below)


PLANTED = (
    Planted(name="one", texts=(0,), ratio=1.5),
    Planted(name="one", texts=(3,), ratio=1.5),
    Planted(name="two", texts=(0, 1), ratio=2.0),
    Planted(name="two", texts=(0, 3), ratio=2.0),
    Planted(name="two, one a range", texts=(3,), below=-0.5, ratio=2.0),
    Planted(name="three", texts=(0, 1, 2), ratio=3.0),
    Planted(name="three, one a range", texts=(0, 1), below=0.0, ratio=3.0),
)
PLACES = (4, 5, 5, 10)
"""How many values the columns of texts have."""


def world(
    seed: int, rows: int, planted: Planted | None
) -> tuple[Texts, Numbers, NDArray[np.bool_], NDArray[np.bool_]]:
    """Make columns of texts and numbers, errors, and who is in the planted slice."""
    lot = np.random.default_rng(seed)
    texts = np.stack([lot.integers(0, many, size=rows) for many in PLACES])
    numbers = lot.normal(size=(3, rows))
    inside = np.zeros(rows, dtype=np.bool_) if planted is None else planted.rows(texts, numbers)
    chance = np.where(inside, ELSEWHERE * (planted.ratio if planted else 1.0), ELSEWHERE)
    return texts, numbers, lot.random(rows) < chance, inside


def searched(
    seed: int, rows: int, planted: Planted | None, correction: Adjusted
) -> tuple[Discovery, Halves, NDArray[np.bool_]]:
    """Search one world; the last array tells who of the other half is in the planted slice."""
    texts, numbers, errors, inside = world(seed, rows, planted)
    outcomes = Outcomes(amount=errors.astype(np.float64), counted=np.ones(rows, dtype=np.bool_))
    in_search, held_out = halves(outcomes, seed=seed)
    people = max(60, rows // 200) / 2
    columns = tuple(
        [
            code_values(f"t{i}", t, list(VALUES), people=in_search.astype(np.float64), least=people)
            for i, t in enumerate(texts)
        ]
        + [
            code_numbers(f"x{i}", x, people=in_search.astype(np.float64), bins=10, least=people)
            for i, x in enumerate(numbers)
        ]
    )
    divided = Halves(
        columns=columns,
        search=half_of(columns, outcomes, in_search),
        held_out=half_of(columns, outcomes, held_out),
    )
    limits = Limits(depth=3, people=people, counted=15, ratio=1.1)
    return (
        discover(divided, limits, Proof(level=0.05, correction=correction, ratio=1.1)),
        divided,
        inside[held_out > 0],
    )


def null_table(runs: int) -> list[str]:
    """Count the runs with any discovery where nothing is worse than the rest."""
    lines = ["| nothing is worse | Holm | Benjamini-Hochberg |", "|---|---|---|"]
    for rows in (2_000, 10_000):
        shares = []
        for correction in Adjusted:
            many = sum(bool(searched(seed, rows, None, correction)[0].shown) for seed in range(runs))
            shares.append(f"{many} of {runs} runs ({many / runs:.1%})")
        lines.append(f"| {rows:,} rows | {' | '.join(shares)} |")
    return lines


DRAWN = (
    "all alike",
    "lognormal, sigma 0.7",
    "lognormal, sigma 1.2",
    "by a column that is searched",
    "twice as large for errors",
    "smaller for errors of one slice",
)
"""By what the weights of a survey differ."""


def drawn(weights: str, lot: np.random.Generator, errors: NDArray[np.bool_], texts: Texts) -> Numbers:
    """Say how likely people are asked, up to a factor; their weights are the inverse."""
    many = len(errors)
    if weights == "all alike":
        return np.ones(many)
    if weights.startswith("lognormal"):
        return np.asarray(lot.lognormal(0, float(weights.rpartition(" ")[2]), many))
    if weights == "by a column that is searched":
        return np.array([1.0, 2.0, 4.0, 0.5])[texts[0]] * lot.gamma(4, 1, many)
    factor = (
        np.where(errors, 0.5, 1.0)
        if weights.startswith("twice")
        else np.where(errors & (texts[0] == 0), 2.5, 1.0)
    )
    return factor * lot.lognormal(0, 0.4, many)


def survey(seed: int, rows: int, share: float, weights: str) -> tuple[bool, bool]:
    """Tell whether a survey of people of whom none are worse off discovers something, by Holm and by Benjamini and Hochberg."""
    lot = np.random.default_rng(seed)
    every = 6 * rows
    texts, numbers = (
        np.stack([lot.integers(0, many, size=every) for many in PLACES]),
        lot.normal(size=(3, every)),
    )
    errors = lot.random(every) < share
    chance = drawn(weights, lot, errors, texts)
    chance = np.minimum(chance / chance.mean() / 6, 1)
    asked = lot.random(every) < chance
    people = max(60, asked.sum() // 200) / 2
    outcomes = Outcomes(
        amount=errors[asked].astype(np.float64),
        counted=np.ones(asked.sum(), dtype=np.bool_),
        weights=1 / chance[asked] / (1 / chance[asked]).mean(),
    )
    in_search, held_out = halves(outcomes, seed=seed)
    columns = tuple(
        [
            code_values(f"t{i}", t[asked], list(VALUES), people=in_search.astype(np.float64), least=people)
            for i, t in enumerate(texts)
        ]
        + [
            code_numbers(f"x{i}", x[asked], people=in_search.astype(np.float64), bins=10, least=people)
            for i, x in enumerate(numbers)
        ]
    )
    candidates = search(
        half_of(columns, outcomes, in_search), columns, Limits(depth=3, people=people, counted=15, ratio=1.1)
    )
    tested = confirm(Counter(half_of(columns, outcomes, held_out), columns), candidates.candidates)
    holm, bh = (
        any(t.is_confirmed(Proof(level=0.05, correction=correction, ratio=1.1)) for t in tested)
        for correction in (Adjusted.HOLM, Adjusted.BH)
    )
    return holm, bh


def survey_table(runs: int) -> list[str]:
    """Count the runs with any discovery in surveys of which nothing is worse than the rest."""
    lines = ["| weights | people asked | errors | Holm | Benjamini-Hochberg |", "|---|---|---|---|---|"]
    for weights in DRAWN:
        for rows, share in ((2_000, 0.15), (8_000, 0.15), (2_000, 0.04), (8_000, 0.04)):
            ran = [survey(seed, rows, share, weights) for seed in range(runs)]
            holm, bh = (f"{sum(column) / runs:.1%}" for column in zip(*ran, strict=True))
            lines.append(f"| {weights} | {rows:,} | {share:.0%} | {holm} | {bh} |")
    return lines


def expected_power(planted: Planted, rows: int, inside: float) -> float:
    """Compute the chance that the true slice passes the screen, and then a single test at 5% over 200 candidates, from normal distributions."""
    half = rows / 2
    n, p, q = half * inside, ELSEWHERE * planted.ratio, ELSEWHERE
    error_null = math.sqrt(q * (1 - q) * (1 / n + 1 / (half - n)))
    error = math.sqrt(p * (1 - p) / n + q * (1 - q) / (half - n))
    chances = [
        stats.norm.sf((limit * error_null - (p - q)) / error)
        for limit in (SCREEN, float(stats.norm.isf(0.05 / 200)))
    ]
    return float(chances[0] * chances[1])


def power_table(runs: int, rows: int = 20_000) -> list[str]:
    """Count the runs that discover a planted slice: a slice that is shown shares four of five people with it, seven of ten where a range is cut elsewhere."""
    lines = [
        f"| planted in {rows:,} rows | people | ratio | expected | discovered | in columns of its own only |",
        "|---|---|---|---|---|---|",
    ]
    for planted in PLANTED:
        hits = exact = 0
        share = 0.0
        for seed in range(runs):
            discovery, divided, inside = searched(seed, rows, planted, Adjusted.HOLM)
            share += float(inside.mean()) / runs
            alike = [_overlap(s.tested.conditions, divided, inside) for s in discovery.shown]
            hit = any(overlap >= (0.8 if planted.below is None else 0.7) for overlap in alike)
            hits += hit
            own = {*planted.texts, *(() if planted.below is None else (len(PLACES),))}
            exact += hit and all({c for c, _ in s.tested.conditions} <= own for s in discovery.shown)
        lines.append(
            f"| {planted.name} | {share:.1%} | {planted.ratio} | {expected_power(planted, rows, share):.0%} | {hits / runs:.0%} | {exact / runs:.0%} |"
        )
    return lines


def _overlap(conditions: Sequence[tuple[int, int]], divided: Halves, inside: NDArray[np.bool_]) -> float:
    """Compute how many of those who are in a slice or in the planted one are in both."""
    rows = np.ones(len(inside), dtype=np.bool_)
    for column, place in conditions:
        condition = divided.columns[column].conditions[place]
        rows &= np.isin(divided.held_out.codes[column], condition.codes)
    return float((rows & inside).sum() / max((rows | inside).sum(), 1))


def speed(rows: int, columns: int = 14) -> dict[str, float]:
    """Measure coding, searching and confirming in this process: seconds of CPU time, and the peak of memory in MB."""
    lot = np.random.default_rng(0)
    numbers = lot.normal(size=(8, rows))
    texts = [lot.integers(0, 8, size=rows).astype(np.uint16) for _ in range(columns - len(numbers))]
    errors = lot.random(rows) < np.where((texts[0] == 3) & (numbers[0] < -1), 0.3, 0.15)
    outcomes = Outcomes(amount=errors.astype(np.float64), counted=np.ones(rows, dtype=np.bool_))
    begun, wall = time.process_time(), time.perf_counter()
    in_search, held_out = halves(outcomes, seed=0)
    people, least = in_search.astype(np.float64), rows / 400
    coded = tuple(
        [code_numbers(f"x{i}", x, people=people, bins=10, least=least) for i, x in enumerate(numbers)]
        + [code_values(f"t{i}", t, list("abcdefgh"), people=people, least=least) for i, t in enumerate(texts)]
    )
    divided = Halves(
        columns=coded, search=half_of(coded, outcomes, in_search), held_out=half_of(coded, outcomes, held_out)
    )
    proof = Proof(level=0.05, correction=Adjusted.HOLM, ratio=1.1)
    discovery = discover(divided, Limits(depth=3, people=least, counted=15, ratio=1.1), proof)
    return {
        "conditions": sum(len(column.conditions) for column in coded),
        "slices": discovery.looked,
        "shown": len(discovery.shown),
        "cpu": time.process_time() - begun,
        "wall": time.perf_counter() - wall,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def frame(rows: int) -> pd.DataFrame:
    """Make the table that peers search: 14 columns of texts only, with a planted slice of 4.7% and twice the errors."""
    lot = np.random.default_rng(2)
    columns = {"t0": lot.integers(0, 4, size=rows), "t1": lot.integers(0, 5, size=rows)}
    columns |= {f"x{i}": lot.integers(0, 10, size=rows) for i in range(12)}
    inside = (columns["t0"] == 0) & (columns["t1"] == 1)
    errors = lot.random(rows) < np.where(inside, 2 * ELSEWHERE, ELSEWHERE)
    label = lot.integers(0, 2, size=rows)
    texts = {name: [VALUES[v] for v in values] for name, values in columns.items()}
    outcomes = {"label": label, "decision": np.where(errors, 1 - label, label), "error": errors.astype(int)}
    return pd.DataFrame({**texts, **outcomes})


PEERS = {
    "fairaudit": """
import fairaudit
document = fairaudit.discover(table, over=columns).document
answer = [" & ".join(f"{c.column}={c.value}" for c in part.conditions) for part in document.slices]
""",
    "sliceline": """
from sliceline.slicefinder import Slicefinder
finder = Slicefinder(max_l=3, verbose=False).fit(table[columns], table["error"])
answer = [" & ".join(f"{c}={v}" for c, v in zip(columns, top) if v is not None) for top in finder.top_slices_]
""",
    "divexplorer": """
from divexplorer import DivergenceExplorer
explorer = DivergenceExplorer(table)
divergence = explorer.get_pattern_divergence(min_support=0.005, attributes=columns, boolean_outcomes=["error"])
divergence = divergence[divergence["length"] <= 3].sort_values("error_div", ascending=False)
answer = [" & ".join(sorted(items)) for items in divergence["itemset"].head(5)]
""",
}
PATIENCE = 300
"""Seconds that a peer may take."""
RUN = """
import json, resource, sys, time
import pandas as pd
table = pd.read_parquet(sys.argv[1])
columns = [c for c in table.columns if c[0] in "tx" and c[1:].isdigit()]
begun = time.process_time()
{peer}
print(json.dumps([time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, answer[:5]]))
"""


def peer_table(rows: int) -> list[str]:
    """Search one table with each of the peers that are installed; a slice of 4.7% has twice the errors."""
    lines = [f"| {rows:,} rows, depth 3 | CPU s | MB | first slices |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        frame(rows).to_parquet(path)
        for name, code in PEERS.items():
            if importlib.util.find_spec(name) is None:
                lines.append(f"| {name} | not installed | | |")
                continue
            words = [sys.executable, "-c", RUN.format(peer=code), str(path)]
            try:
                ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)  # noqa: S603
            except subprocess.TimeoutExpired:
                lines.append(f"| {name} | stopped after {PATIENCE} s | | |")
                continue
            if ran.returncode:
                last = (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]
                lines.append(f"| {name} | failed: {last[:80]} | | |")
                continue
            cpu, memory, answer = json.loads(ran.stdout.splitlines()[-1])
            lines.append(f"| {name} | {cpu:.1f} | {memory:.0f} | {'; '.join(answer)} |")
    return lines


def between_marks(page: str, name: str, lines: Sequence[str]) -> str:
    """Put a table between its marks in a page; a page without them stays as it is."""
    begin, end = f"<!-- discover.py: {name} -->", f"<!-- end: {name} -->"
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    return (
        "".join([before, begin, "\n\n", *(f"{line}\n" for line in lines), "\n", end, after])
        if found and ended
        else page
    )


def complete(lines: Sequence[str]) -> bool:
    """Tell whether each contender of a table has its figures."""
    return not any("not installed" in line for line in lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs and rows")
    parser.add_argument("--only", choices=["null", "survey", "power", "speed", "peers"], help="one table")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="put the tables between their marks in FILE"
    )
    asked = parser.parse_args()
    runs, rows = (20, 100_000) if asked.quick else (300, 1_000_000)
    tables: dict[str, Callable[[], list[str]]] = {
        "speed": lambda: [f"{rows:,} rows: " + ", ".join(f"{k} {v:,.1f}" for k, v in speed(rows).items())],
        "null": lambda: null_table(runs),
        "survey": lambda: survey_table(runs),
        "power": lambda: power_table(max(runs // 3, 10)),
        "peers": lambda: peer_table(32_000),
    }
    for name, make in tables.items():
        if asked.only not in (None, name):
            continue
        lines = make()
        print("\n".join(lines), end="\n\n", flush=True)  # noqa: T201
        if asked.write and complete(lines):
            page = asked.write.read_text(encoding="utf-8")
            asked.write.write_text(between_marks(page, name, lines), encoding="utf-8")


if __name__ == "__main__":
    main()
