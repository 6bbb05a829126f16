"""Measure fairaudit beside its contenders, in one run, each in a process of its own.

Every contender reads the same file and has to arrive at the same counts. Each runs once on the smallest file before it is measured, and
the file is read once, so that nobody pays for a cold disk. Runs are taken in turns (A B A B), so that a busy machine is busy for all of
them; of repeated runs the median counts. Wall time includes the start of the process; CPU time and peak memory (resident set) are what
the operating system says of it when it ends. Linux and macOS only.

This process stays small and imports no contender, because Linux charges a child with its parent's size at first.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

from generate import ATTRIBUTES, Scores, add_choices, file_name, whole_numbers

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.md"
CONTENDERS = HERE / "contenders"
DATA_DIR = "FAIRAUDIT_DATA_DIR"
LITTLE = 10_000
"""Rows of the files that contenders warm up on."""
MANY_ROWS = 5_000_000
"""Files with more rows are measured a third as often."""
MOST_ROWS_TO_TRAIN = 1_000_000
LONG = 20.0
"""CPU seconds; a contender that took longer once is not run again on the same file."""
REFERENCES = ("race=Caucasian", "sex=Male", "age_cat=25 - 45")
VERSIONS = ("duckdb", "polars", "aequitas", "fairlearn", "pandas", "numpy", "scikit-learn", "typer", "rich")
FLOORS = ("DuckDB, grouping sets", "DuckDB, cells first")
WITHOUT, WITH = "Aequitas", "Aequitas with significance"

Answer = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process took: seconds, seconds, and mebibytes at its peak."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to do a job: the arguments of a Python process, and where its counts of each group are found."""

    name: str
    arguments: tuple[str, ...]
    answer: Callable[[], Answer] = dict


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What contenders do beside one another, on one file."""

    title: str
    contenders: tuple[Contender, ...]
    rows: int = 0
    file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a table: a contender's median cost, or why there is none."""

    case: str
    contender: str
    runs: int
    cost: Cost | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is measured. `floors` names the contenders of which the cheapest in a case is what the others are compared with."""

    title: str
    note: str
    floors: tuple[str, ...]
    cases: tuple[Case, ...]
    warm_up: tuple[Contender, ...]


class TookTooLong(Exception):
    """A contender was stopped."""


class WentWrong(Exception):
    """A contender failed, or counted otherwise than the first one."""


def main() -> None:
    """Measure what was asked for, show it and write it down."""
    asked = read_options()
    with tempfile.TemporaryDirectory() as folder:
        scratch = asked.scratch or Path(folder)
        answers = scratch / "answers"
        answers.mkdir(exist_ok=True, parents=True)
        write_files(asked, scratch / "data")
        known = scratch / "measured.json"
        measured = {word: lines_of(rows) for word, rows in read_json(known).items()} if asked.add else {}
        every_job = jobs(asked, scratch / "data", answers)
        for word in asked.only or JOBS:
            for lines in measure(every_job[word], asked.repeats, asked.patience):
                cases = {line.case for line in lines}
                measured[word] = [line for line in measured.get(word, ()) if line.case not in cases] + lines
                known.write_text(json.dumps({word: [*map(asdict, rows)] for word, rows in measured.items()}))
                RESULTS.write_text(as_markdown(every_job, measured), encoding="utf-8")
    sys.stdout.write(RESULTS.read_text(encoding="utf-8"))


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure fairaudit beside its contenders.")
    usual = "10000,1000000,10000000"
    parser.add_argument(
        "--rows", type=whole_numbers, default=usual, help="comma list of file sizes (%(default)s)"
    )
    add_choices(parser)
    parser.add_argument("--repeats", type=int, default=5, help="runs of each contender (%(default)s)")
    parser.add_argument("--scratch", type=Path, help="folder for the generated files; kept, and used again")
    parser.add_argument(
        "--patience",
        type=int,
        default=300,
        help="CPU seconds after which a contender is stopped (%(default)s)",
    )
    parser.add_argument("--only", nargs="+", default=(), choices=JOBS, help="measure these jobs alone")
    parser.add_argument(
        "--add",
        action="store_true",
        help="keep what earlier runs with the same --scratch measured of other cases",
    )
    asked = parser.parse_args()
    if asked.add and not (asked.scratch and (asked.scratch / "measured.json").is_file()):
        parser.error("--add needs the --scratch of an earlier run")
    return asked


def write_files(asked: argparse.Namespace, data: Path) -> None:
    """Write the files that are measured, and those to warm up on."""
    say("Writing files")
    generate = (sys.executable, HERE / "generate.py", data)
    subprocess.run([*generate, "--rows", str(LITTLE)], check=True)  # noqa: S603
    rows = ",".join(map(str, asked.rows))
    kinds = ("--scores", *asked.scores, "--formats", *asked.formats)
    subprocess.run([*generate, "--rows", rows, *kinds], check=True)  # noqa: S603


JOBS = ("group", "bias", "audit", "start", "train")


def jobs(asked: argparse.Namespace, data: Path, answers: Path) -> dict[str, Job]:
    """List what is measured, by the words of ``--only``."""

    def cases(contenders: Callable[[Path, Path], list[Contender]], *kinds: Scores) -> dict[str, Any]:
        return {
            "cases": tuple(
                Case(
                    title=f"{rows:,} rows, {scores}, {written}",
                    contenders=tuple(contenders(file := data / file_name(rows, scores, written), answers)),
                    rows=rows,
                    file=file,
                )
                for rows, scores, written in product(asked.rows, kinds, asked.formats)
            ),
            "warm_up": tuple(contenders(data / file_name(LITTLE, kinds[0]), answers)),
        }

    started = start_cases(data, answers)
    trained = tuple(train_cases(asked.rows, data, answers))
    return {
        "group": Job(
            title="Groups",
            note="Confusion matrix and rates of every group of three attributes, decided at 0.5. fairaudit adds intervals, F1 and MCC, "
            "and of scores that are no decisions exact ROC AUC, Brier score and log loss of every group, as Fairlearn does here; "
            "DuckDB, Polars and Aequitas count only.",
            floors=FLOORS,
            **cases(group_contenders, *asked.scores),
        ),
        "bias": Job(
            title="Disparities",
            note="Ratios to named reference groups; fairaudit adds intervals, tests and verdicts. DuckDB and Polars only count.",
            floors=FLOORS,
            **cases(bias_contenders, Scores.DECISIONS),
        ),
        "audit": Job(
            title="Whole audits",
            note="Groups, disparities and fairness; fairaudit adds slices, model card, figures and page. DuckDB and Polars only count.",
            floors=FLOORS,
            **cases(audit_contenders, Scores.DECISIONS),
        ),
        "start": Job(
            title="Start-up",
            note="What passes before any work begins, beside the imports alone of what is needed at least.",
            floors=(IMPORTS, ENGINE_IMPORTS),
            cases=started,
            warm_up=tuple(contender for case in started for contender in case.contenders),
        ),
        "train": Job(
            title="Training",
            note="Reading, stratified split, logistic regression on one-hot and scaled columns, scoring, and writing model and predictions. "
            "fairaudit also searches for identifiers and leaks, and reports metrics.",
            floors=("scikit-learn",),
            cases=trained,
            warm_up=tuple(contender for case in trained[:1] for contender in case.contenders),
        ),
    }


def counters(file: Path, answers: Path) -> list[Contender]:
    """List the contenders that do nothing but count."""
    return [
        script(FLOORS[0], "duckdb_group.py", file, answers, "sets"),
        script(FLOORS[1], "duckdb_group.py", file, answers, "cells"),
        script("Polars", "polars_group.py", file, answers),
    ]


def group_contenders(file: Path, answers: Path) -> list[Contender]:
    """List the contenders that measure groups."""
    return [
        *counters(file, answers),
        command("group", file, answers, answer=lambda: counts_of_groups(answers / "group.json")),
        script(WITHOUT, "aequitas_group.py", file, answers),
        script("Fairlearn", "fairlearn_group.py", file, answers),
    ]


def bias_contenders(file: Path, answers: Path) -> list[Contender]:
    """List the contenders that compare groups."""
    return [
        *counters(file, answers),
        command("bias", file, answers, *references(), answer=lambda: counts_of_rates(answers / "bias.json")),
        script(WITHOUT, "aequitas_bias.py", file, answers),
        script(WITH, "aequitas_bias.py", file, answers, "significance"),
    ]


def audit_contenders(file: Path, answers: Path) -> list[Contender]:
    """List the contenders that do everything."""
    return [
        *counters(file, answers),
        command(
            "audit", file, answers, *references(), answer=lambda: counts_of_groups(answers / "group.json")
        ),
        script(WITHOUT, "aequitas_bias.py", file, answers, "fairness"),
        script(WITH, "aequitas_bias.py", file, answers, "significance", "fairness"),
    ]


def references() -> Iterator[str]:
    """Return the options that name reference groups."""
    for reference in REFERENCES:
        yield from ("--ref-group", reference)


def command(
    name: str, file: Path, answers: Path, *options: str, answer: Callable[[], Answer] = dict
) -> Contender:
    """Run one of our commands on a file."""
    attributes = ",".join(ATTRIBUTES)
    arguments = ("-m", "fairaudit", name, str(file), "-a", attributes, *options, "-o", str(answers))
    return Contender(name=f"fairaudit {name}", arguments=arguments, answer=answer)


def counts_of_groups(path: Path) -> Answer:
    """Return the confusion matrices of ``group.json``."""
    return {
        row["group"]: [row["counts"][name] for name in ("tp", "fp", "fn", "tn")]
        for row in read_json(path)["groups"]
    }


def counts_of_rates(path: Path) -> Answer:
    """Return the confusion matrices that follow from the numerators and denominators of ``bias.json``."""
    rates = {
        (row["group"], row["metric"]): (row["numerator"], row["denominator"])
        for row in read_json(path)["disparities"]
    }
    answer = {}
    for group in {group for group, _ in rates}:
        (fp, zeros), (fn, ones) = rates[group, "fpr"], rates[group, "fnr"]
        answer[group] = [ones - fn, fp, fn, zeros - fp]
    return answer


IMPORTS, ENGINE_IMPORTS = "imports of typer and rich", "imports of DuckDB and pydantic"
COMMANDS = (
    *("audit", "demo", "train", "cv", "predict", "slice", "group", "bias", "fairness"),
    *("check", "card", "report", "explain", "schema"),
)


def start_cases(data: Path, answers: Path) -> tuple[Case, ...]:
    """List what is started."""

    def words(*arguments: str) -> Contender:
        return Contender(name=f"fairaudit {' '.join(arguments)}", arguments=("-m", "fairaudit", *arguments))

    little = data / "hundred.csv"
    with (data / file_name(LITTLE, Scores.DECISIONS)).open(encoding="utf-8") as lines:
        little.write_text("".join(line for line, _ in zip(lines, range(101), strict=False)), encoding="utf-8")
    return (
        Case(
            title="no rows",
            contenders=(
                Contender(name=IMPORTS, arguments=("-c", "import typer, rich.console, rich.table")),
                Contender(name="bare typer --help", arguments=(str(CONTENDERS / "typer_help.py"), "--help")),
                words("--help"),
                words("--version"),
                words("explain", "fpr"),
                *(words(name, "--help") for name in COMMANDS),
            ),
        ),
        Case(
            title="a hundred rows",
            contenders=(
                Contender(name=ENGINE_IMPORTS, arguments=("-c", "import duckdb, pydantic")),
                *(command(name, little, answers) for name in ("group", "bias", "fairness", "audit")),
            ),
        ),
    )


def train_cases(sizes: Sequence[int], data: Path, answers: Path) -> Iterator[Case]:
    """List what is trained on: a small table where there is one, and the largest that is not too large."""
    car = Path(os.environ.get(DATA_DIR) or HERE.parents[1] / "shared" / "data") / "car.csv"
    if car.is_file():
        yield Case(title="car.csv", contenders=train_contenders(car, answers, "car", "acc,good,vgood"))
    for rows in [rows for rows in sizes if rows <= MOST_ROWS_TO_TRAIN][-1:]:
        file = data / file_name(rows, Scores.CONTINUOUS)
        if file.is_file():
            contenders = train_contenders(file, answers, "label_value", "1")
            yield Case(title=f"{rows:,} rows", contenders=contenders, rows=rows, file=file)


def train_contenders(file: Path, answers: Path, target: str, positive: str) -> tuple[Contender, ...]:
    """List the contenders that train."""
    bare = (str(CONTENDERS / "sklearn_train.py"), str(file), str(answers), target, positive)
    ours = ("train", str(file), "-t", target, "--positive", positive, "-o", str(answers))
    return (
        Contender(name="scikit-learn", arguments=bare),
        Contender(name="fairaudit train", arguments=("-m", "fairaudit", *ours)),
    )


def script(name: str, file_of_script: str, file: Path, answers: Path, *options: str) -> Contender:
    """Name a contender that is a script beside this one."""
    answer = answers / f"{name}.json"
    return Contender(
        name=name,
        arguments=(str(CONTENDERS / file_of_script), str(file), str(answer), *options),
        answer=lambda: read_json(answer),
    )


def measure(job: Job, repeats: int, patience: int) -> Iterator[list[Line]]:
    """Run a job's contenders in turns, case after case, and take medians."""
    for contender in job.warm_up:
        run(contender, patience)
    stopped: dict[str, int] = {}
    for case in job.cases:
        if case.file:
            with case.file.open("rb") as file:
                while file.read(1 << 20):
                    pass
        costs: dict[str, list[Cost]] = {contender.name: [] for contender in case.contenders}
        reasons = {
            name: f"not run: stopped at {limit:,} rows"
            for name, limit in stopped.items()
            if case.rows >= limit
        }
        for turn in range(math.ceil(repeats / 3) if case.rows > MANY_ROWS else repeats):
            for contender in case.contenders:
                taken = costs[contender.name]
                if contender.name in reasons or (taken and taken[-1].cpu > LONG):
                    continue
                say(f"{job.title}, {case.title}, {contender.name}, run {turn + 1}")
                try:
                    taken.append(run(contender, patience))
                except TookTooLong:
                    reasons[contender.name] = f"stopped after {patience} s of CPU"
                    stopped[contender.name] = case.rows
        require_same_answers([contender for contender in case.contenders if costs[contender.name]])
        yield [
            Line(
                case=case.title,
                contender=name,
                runs=len(taken),
                cost=median(taken) if taken else None,
                reason=reasons.get(name, ""),
            )
            for name, taken in costs.items()
        ]


def run(contender: Contender, patience: int) -> Cost:
    """Run one process to its end, and ask the operating system what it took."""

    def be_patient() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (patience, patience + 5))

    # Without it the warm-up would leave no compiled modules, and each run would compile its libraries.
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as output:
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, *contender.arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            preexec_fn=be_patient,  # noqa: PLW1509 - this process has one thread
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode == -signal.SIGXCPU:
            raise TookTooLong
        if process.returncode:
            output.seek(0)
            raise WentWrong(f"{contender.name} failed:\n{output.read().decode(errors='replace')}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime, memory=usage.ru_maxrss * unit / 2**20)


def median(costs: Sequence[Cost]) -> Cost:
    """Take the median of each figure on its own."""
    return Cost(
        wall=statistics.median(cost.wall for cost in costs),
        cpu=statistics.median(cost.cpu for cost in costs),
        memory=statistics.median(cost.memory for cost in costs),
    )


def require_same_answers(contenders: Sequence[Contender]) -> None:
    """Stop if a contender counted otherwise than the others: it would have done another job."""
    answers = [(contender.name, answer) for contender in contenders if (answer := contender.answer())]
    for name, answer in answers:
        first_name, first = answers[0]
        if {group: list(counts) for group, counts in answer.items()} != first:
            raise WentWrong(f"{name} counted {answer}, and {first_name} {first}")


def as_markdown(every_job: Mapping[str, Job], measured: Mapping[str, Sequence[Line]]) -> str:
    """Write what was measured; nothing in it tells whose machine it was."""
    python = ".".join(map(str, sys.version_info[:3]))
    packages = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    method = (
        "Written by `nox -s bench`. Medians of runs in which the contenders took turns, each in a process of its own, start-up included. "
        "Ratios are those of CPU seconds within one case: below 1, fairaudit is cheaper. The machine may have been busy with other work: "
        "wall time then says little, and CPU time is what compares."
    )
    tools = (
        f"{datetime.now(UTC):%Y-%m-%d}; {platform.system()} on {processor()}, {os.cpu_count()} cores; "
        f"Python {python}, fairaudit {fairaudit_version()}, {packages}."
    )
    parts = ["# Benchmark results", method, tools, summary(every_job, measured)]
    for word, lines in measured.items():
        job = every_job[word]
        names = ("case", "", "runs", "wall s", "CPU s", "peak MiB", "over the floor", "fairaudit over it")
        table = markdown(names, 2, (texts(line, lines, job.floors) for line in lines))
        parts += [f"## {job.title}", f"{job.note} The floor: {' or '.join(job.floors)}.", table]
    return "\n\n".join(parts) + "\n"


def markdown(names: Sequence[str], left: int, rows: Iterable[Sequence[str]]) -> str:
    """Write a table, whose first columns are texts and the others numbers."""
    lines = [names, [*["---"] * left, *["---:"] * (len(names) - left)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def texts(line: Line, lines: Sequence[Line], floors: Sequence[str]) -> Sequence[str]:
    """Return the texts of one line: case, contender, runs, costs, its ratio to the floor, and fairaudit's to it."""
    start = (line.case, line.contender, str(line.runs))
    if line.cost is None:
        return (*start, line.reason, "", "", "", "")
    cost = line.cost
    beside = [other for other in lines if other.case == line.case]
    ours = [other for other in beside if other.contender.startswith("fairaudit")]
    over = ratio(ours[0].cost, cost) if len(ours) == 1 and line not in ours else ""
    figures = (f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.memory:.0f}")
    return (*start, *figures, ratio(cost, cheapest(beside, floors)), over)


def summary(every_job: Mapping[str, Job], measured: Mapping[str, Sequence[Line]]) -> str:
    """Write the one table that says how fairaudit compares."""
    peers = ("Polars", WITHOUT, WITH, "Fairlearn")
    rows = []
    for word in [word for word in ("group", "bias", "audit") if word in measured]:
        for case in dict.fromkeys(line.case for line in measured[word]):
            beside = [line for line in measured[word] if line.case == case]
            ours = cheapest(beside, [f"fairaudit {word}"])
            if ours is None:
                continue
            others = (every_job[word].floors, *([peer] for peer in peers))
            ratios = [ratio(ours, cheapest(beside, names)) for names in others]
            rows.append((f"`{word}`, {case}", f"{ours.cpu:.1f}", f"{ours.memory:.0f}", *ratios))
    return markdown(("", "CPU s", "peak MiB", *(f"over {name}" for name in ("DuckDB", *peers))), 1, rows)


def cheapest(lines: Iterable[Line], names: Sequence[str]) -> Cost | None:
    """Return the cost of the contender that took the least CPU time of those that are named."""
    costs = [line.cost for line in lines if line.contender in names and line.cost]
    return min(costs, key=lambda cost: cost.cpu, default=None)


def ratio(cost: Cost | None, other: Cost | None) -> str:
    """Divide CPU times."""
    return f"{cost.cpu / other.cpu:.2f}" if cost and other else ""


def processor() -> str:
    """Name the kind of processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def lines_of(rows: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Read lines that were kept."""
    return [Line(**{**row, "cost": Cost(**row["cost"]) if row["cost"] else None}) for row in rows]


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
