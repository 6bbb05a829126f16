"""Measure fairaudit beside its contenders, in one run, each in a process of its own.

Every contender reads the same file and has to arrive at the same numbers. Runs are taken in turns, so that a busy machine is busy
for all of them; of repeated runs the median counts. Wall time includes the start of the process; CPU time and peak memory (resident
set) are what the operating system says of it when it ends. Linux and macOS only.

This process stays small and imports no contender, because Linux charges a child with its parent's size at first.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from generate import ATTRIBUTES, Scores, file_name, whole_numbers

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.md"
CONTENDERS = HERE / "contenders"
DATA_DIR = "FAIRAUDIT_DATA_DIR"
MANY_ROWS = 5_000_000
"""Files with more rows are measured a third as often."""
MOST_ROWS_TO_TRAIN = 1_000_000
LONG = 30.0
"""Seconds; a contender that took longer once is not run again on the same file."""
REFERENCES = ("race=Caucasian", "sex=Male", "age_cat=25 - 45")
VERSIONS = ("duckdb", "aequitas", "fairlearn", "pandas", "numpy", "scikit-learn", "typer", "rich")

Answer = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process took: seconds, seconds, and megabytes (10^6 bytes) at its peak."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to do a job: the arguments of a Python process, and where its answer is found."""

    name: str
    arguments: tuple[str, ...]
    answer: Callable[[], Answer] = dict


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a table: a contender's median cost, or why there is none."""

    size: str
    contender: str
    runs: int
    cost: Cost | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A job's costs; `floor` and `ours` name the contenders that the ratios refer to."""

    title: str
    note: str
    floor: str
    ours: str
    lines: tuple[Line, ...]

    def cost(self, size: str, contender: str) -> Cost | None:
        """Return a contender's cost at one size."""
        return next((row.cost for row in self.lines if (row.size, row.contender) == (size, contender)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is measured: contenders for each size, smallest first."""

    title: str
    note: str
    floor: str
    ours: str
    sizes: tuple[tuple[str, int], ...]
    contenders: Callable[[int], Sequence[Contender]]


class TookTooLong(Exception):
    """A contender was stopped."""


class WentWrong(Exception):
    """A contender failed, or found other numbers than the first one."""


def main() -> None:
    """Measure what was asked for, show it and write it down."""
    asked = read_options()
    with tempfile.TemporaryDirectory() as folder:
        scratch = asked.scratch or Path(folder)
        data = scratch / "data"
        say(f"Writing {', '.join(f'{rows:,}' for rows in asked.rows)} rows")
        rows = ",".join(map(str, asked.rows))
        subprocess.run([sys.executable, HERE / "generate.py", data, "--rows", rows], check=True)  # noqa: S603
        answers = scratch / "answers"
        answers.mkdir(exist_ok=True)
        every_job = jobs(asked.rows, data, answers)
        chosen = {word: job for word, job in every_job.items() if word in asked.only or not asked.only}
        stopped: dict[str, int] = {}
        tables = [measure(job, asked.repeats, asked.patience, stopped) for job in chosen.values()]
    if not asked.only:
        RESULTS.write_text(as_markdown(tables), encoding="utf-8")
    show(tables)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure fairaudit beside its contenders.")
    parser.add_argument(
        "--rows",
        type=whole_numbers,
        default="10000,1000000,10000000",
        help="comma list of file sizes (%(default)s)",
    )
    parser.add_argument("--repeats", type=int, default=5, help="runs of each contender (%(default)s)")
    parser.add_argument("--scratch", type=Path, help="folder for the generated files; kept, and used again")
    parser.add_argument(
        "--patience", type=float, default=300, help="seconds after which a contender is stopped (%(default)s)"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        default=(),
        choices=JOBS,
        help="measure these jobs alone, and leave results.md as it is",
    )
    return parser.parse_args()


JOBS = ("group", "scores", "bias", "start", "train")


def jobs(rows: Sequence[int], data: Path, answers: Path) -> dict[str, Job]:
    """List what is measured, by the words of ``--only``."""
    sizes = tuple((f"{n:,} rows", n) for n in rows)
    trained = [size for size in sizes if size[1] <= MOST_ROWS_TO_TRAIN][-1:]
    car = Path(os.environ.get(DATA_DIR) or HERE.parents[1] / "shared" / "data") / "car.csv"
    return {
        "group": Job(
            title="Groups, from decisions",
            note="Confusion matrix and rates of every group of three attributes; scores are 0/1. fairaudit adds intervals, F1, MCC.",
            floor="DuckDB",
            ours="fairaudit group",
            sizes=sizes,
            contenders=lambda n: group_contenders(data / file_name(n, Scores.DECISIONS), answers),
        ),
        "scores": Job(
            title="Groups, from probabilities",
            note="The same with scores of five digits, cut at 0.5. fairaudit adds exact ROC AUC, Brier score and log loss of every group; "
            "so does Fairlearn here. DuckDB and Aequitas count only.",
            floor="DuckDB",
            ours="fairaudit group",
            sizes=sizes,
            contenders=lambda n: group_contenders(data / file_name(n, Scores.PROBABILITIES), answers),
        ),
        "bias": Job(
            title="Disparities, from decisions",
            note="Ratios to named reference groups, without significance. DuckDB only counts.",
            floor="DuckDB",
            ours="fairaudit bias",
            sizes=sizes,
            contenders=lambda n: bias_contenders(data / file_name(n, Scores.DECISIONS), answers),
        ),
        "start": Job(
            title="Start-up",
            note="What passes before any work begins; the imports are those of typer and rich, and nothing else.",
            floor="imports",
            ours="fairaudit --help",
            sizes=(("no rows", 0),),
            contenders=lambda _: start_contenders(),
        ),
        "train": Job(
            title="Training",
            note="Reading, stratified split, logistic regression on one-hot and scaled columns, scoring, and writing model and predictions. "
            "fairaudit also searches for identifiers and leaks, and reports metrics.",
            floor="sklearn",
            ours="fairaudit train",
            sizes=(*((("car.csv", 0),) if car.is_file() else ()), *trained),
            contenders=lambda n: train_contenders(
                data / file_name(n, Scores.PROBABILITIES) if n else car,
                answers,
                "label_value" if n else "car",
                "1" if n else "acc,good,vgood",
            ),
        ),
    }


def group_contenders(file: Path, answers: Path) -> list[Contender]:
    """List the contenders that measure groups."""
    attributes = ",".join(ATTRIBUTES)
    return [
        script("DuckDB", "duckdb_group.py", file, answers),
        Contender(
            name="fairaudit group",
            arguments=("-m", "fairaudit", "group", str(file), "-a", attributes, "-o", str(answers)),
            answer=lambda: {
                row["group"]: row["metrics"]["fpr"]["value"]
                for row in read_json(answers / "group.json")["groups"]
            },
        ),
        script("Aequitas", "aequitas_group.py", file, answers),
        script("Fairlearn", "fairlearn_group.py", file, answers),
    ]


def bias_contenders(file: Path, answers: Path) -> list[Contender]:
    """List the contenders that compare groups."""
    attributes = ",".join(ATTRIBUTES)
    references = [word for reference in REFERENCES for word in ("--ref-group", reference)]
    floor = script("DuckDB", "duckdb_group.py", file, answers)
    return [
        Contender(name=floor.name, arguments=floor.arguments),
        Contender(
            name="fairaudit bias",
            arguments=(
                "-m",
                "fairaudit",
                "bias",
                str(file),
                "-a",
                attributes,
                *references,
                "-o",
                str(answers),
            ),
            answer=lambda: {
                row["group"]: row["ratio"]
                for row in read_json(answers / "bias.json")["disparities"]
                if row["metric"] == "fpr"
            },
        ),
        script("Aequitas", "aequitas_bias.py", file, answers),
    ]


def start_contenders() -> list[Contender]:
    """List what is started."""
    return [
        Contender(name="imports", arguments=("-c", "import typer, rich.console, rich.table")),
        Contender(name="bare typer --help", arguments=(str(CONTENDERS / "typer_help.py"), "--help")),
        Contender(name="fairaudit --help", arguments=("-m", "fairaudit", "--help")),
        Contender(name="fairaudit --version", arguments=("-m", "fairaudit", "--version")),
    ]


def train_contenders(file: Path, answers: Path, target: str, positive: str) -> list[Contender]:
    """List the contenders that train."""
    arguments = (str(CONTENDERS / "sklearn_train.py"), str(file), str(answers), target, positive)
    return [
        Contender(name="sklearn", arguments=arguments),
        Contender(
            name="fairaudit train",
            arguments=(
                "-m",
                "fairaudit",
                "train",
                str(file),
                "-t",
                target,
                "--positive",
                positive,
                "-o",
                str(answers),
            ),
        ),
    ]


def script(name: str, file_of_script: str, file: Path, answers: Path) -> Contender:
    """Name a contender that is a script beside this one."""
    answer = answers / f"{name}.json"
    return Contender(
        name=name,
        arguments=(str(CONTENDERS / file_of_script), str(file), str(answer)),
        answer=lambda: {str(group): float(value) for group, value in read_json(answer).items()},
    )


def measure(job: Job, repeats: int, patience: float, stopped: dict[str, int]) -> Table:
    """Run a job's contenders in turns, size after size, and take medians.

    Parameters
    ----------
    stopped
        At how many rows a contender took longer than `patience`, here or in an earlier job; it is not tried at as many or more.
    """
    lines: list[Line] = []
    for size, rows in job.sizes:
        contenders = job.contenders(rows)
        costs: dict[str, list[Cost]] = {contender.name: [] for contender in contenders}
        reasons = {
            name: f"not run: stopped at {limit:,} rows before"
            for name, limit in stopped.items()
            if rows >= limit
        }
        for turn in range(math.ceil(repeats / 3) if rows > MANY_ROWS else repeats):
            for contender in contenders:
                mine = costs[contender.name]
                if contender.name in reasons or (mine and mine[-1].wall > LONG):
                    continue
                say(f"{job.title}, {size}, {contender.name}, run {turn + 1}")
                try:
                    mine.append(run(contender, patience))
                except TookTooLong:
                    reasons[contender.name] = f"stopped after {patience:.0f} s"
                    stopped[contender.name] = rows
        require_same_answers([contender for contender in contenders if costs[contender.name]])
        for contender in contenders:
            mine = costs[contender.name]
            cost = median(mine) if mine else None
            reason = reasons.get(contender.name, "")
            lines.append(Line(size=size, contender=contender.name, runs=len(mine), cost=cost, reason=reason))
    return Table(title=job.title, note=job.note, floor=job.floor, ours=job.ours, lines=tuple(lines))


def run(contender: Contender, patience: float) -> Cost:
    """Run one process to its end, and ask the operating system what it took."""
    with tempfile.TemporaryFile() as output:
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, *contender.arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        # Not process.kill(), which would ask whether the process has ended and so take its figures from us.
        alarm = threading.Timer(patience, os.kill, (process.pid, signal.SIGKILL))
        alarm.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        finally:
            alarm.cancel()
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode == -signal.SIGKILL and wall >= patience:
            raise TookTooLong
        if process.returncode:
            output.seek(0)
            raise WentWrong(f"{contender.name} failed:\n{output.read().decode(errors='replace')}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime, memory=usage.ru_maxrss * unit / 1e6)


def median(costs: Sequence[Cost]) -> Cost:
    """Take the median of each figure on its own."""
    return Cost(
        wall=statistics.median(cost.wall for cost in costs),
        cpu=statistics.median(cost.cpu for cost in costs),
        memory=statistics.median(cost.memory for cost in costs),
    )


def require_same_answers(contenders: Sequence[Contender]) -> None:
    """Stop if a contender found other numbers than the others: it would have done another job."""
    found = {contender.name: contender.answer() for contender in contenders}
    answers = {name: answer for name, answer in found.items() if answer}
    for name, answer in answers.items():
        first = next(iter(answers.values()))
        if answer.keys() != first.keys() or any(abs(answer[group] - first[group]) > 1e-9 for group in first):
            raise WentWrong(f"{name} found {dict(answer)}, and {next(iter(answers))} found {dict(first)}")


def cells(table: Table) -> Iterator[tuple[str, ...]]:
    """Return the texts of a table's lines: contender, runs, costs, their ratios to the floor, and their ratios to fairaudit."""
    for row in table.lines:
        if row.cost is None:
            yield (row.contender, "0", row.reason, *[""] * (len(header(table)) - 3))
            continue
        costs = (f"{row.cost.wall:.2f}", f"{row.cost.cpu:.2f}", f"{row.cost.memory:.0f}")
        ratios = []
        for other in (table.floor, table.ours):
            base = table.cost(row.size, other)
            ratios += (
                [f"{row.cost.wall / base.wall:.2f}", f"{row.cost.cpu / base.cpu:.2f}"] if base else ["", ""]
            )
        yield (row.contender, str(row.runs), *costs, *ratios)


def header(table: Table) -> tuple[str, ...]:
    """Name the columns of `cells`."""
    ratios = [f"{figure} to {other}" for other in (table.floor, "fairaudit") for figure in ("wall", "CPU")]
    return ("", "runs", "wall s", "CPU s", "peak MB", *ratios)


def as_markdown(tables: Sequence[Table]) -> str:
    """Write the tables for the README; nothing in them tells whose machine it was."""
    python = ".".join(map(str, sys.version_info[:3]))
    packages = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    method = (
        "Written by `nox -s bench`. Medians of one run in which the contenders took turns, each in a process of its own, start-up included. "
        "Ratios compare within one file; above 1 is dearer. Where wall time is far above CPU time the machine was busy with other work: compare CPU times there."
    )
    tools = f"Python {python}, fairaudit {fairaudit_version()}, {packages}; {os.cpu_count()} processors."
    parts = ["# Benchmark results", method, tools]
    for table in tables:
        names = ("size", *header(table))
        rows = [names, ("---", "---", *["---:"] * (len(names) - 2))]
        rows += [(line.size, *texts) for line, texts in zip(table.lines, cells(table), strict=True)]
        parts += [f"## {table.title}", table.note, "\n".join(f"| {' | '.join(row)} |" for row in rows)]
        if sentence := growth(table):
            parts.append(sentence)
    return "\n\n".join(parts) + "\n"


def growth(table: Table) -> str:
    """Say what rows cost once a process has started: the step from the smallest file to the largest, over the same step of the floor."""
    sizes = list(dict.fromkeys(row.size for row in table.lines))
    ends = [table.cost(size, name) for name in (table.ours, table.floor) for size in (sizes[0], sizes[-1])]
    if len(sizes) < 2 or not sizes[0].endswith("rows") or None in ends:
        return ""
    little, much, floor_little, floor_much = (end for end in ends if end)
    wall = (much.wall - little.wall) / (floor_much.wall - floor_little.wall)
    cpu = (much.cpu - little.cpu) / (floor_much.cpu - floor_little.cpu)
    return (
        f"Beyond start-up (from {sizes[0]} to {sizes[-1]}) `{table.ours}` takes {wall:.2f} times the wall time "
        f"and {cpu:.2f} times the CPU time of {table.floor}."
    )


def show(tables: Sequence[Table]) -> None:
    """Print the tables; rich is imported here only, to keep this process small while it measures."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console()
    # A cut number would be worse than a wrapped line.
    console.width = max(console.width, 100)
    for table in tables:
        shown = RichTable(
            Column(no_wrap=True),
            *(
                Column(name, justify="right", min_width=max(map(len, name.split())))
                for name in header(table)[1:]
            ),
            title=table.title,
            caption=table.note,
            title_justify="left",
            caption_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
        )
        size = ""
        for line, texts in zip(table.lines, cells(table), strict=True):
            if line.size != size:
                size = line.size
                shown.add_row(Text(size, "bold"))
            shown.add_row(*map(Text, texts))
        console.print(shown)
        console.print(Text(f"{growth(table)}\n"))


def read_json(path: Path) -> Any:
    """Read a JSON document."""
    return json.loads(path.read_text(encoding="utf-8"))


def fairaudit_version() -> str:
    """Ask the package, which may be run from a folder without being installed."""
    import fairaudit

    return fairaudit.__version__


def say(sentence: str) -> None:
    """Write on stderr what happens now."""
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    main()
