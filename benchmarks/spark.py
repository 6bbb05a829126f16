"""Show that Spark and DuckDB write the same document of the same people, but for the environment, and how long each takes.

``python benchmarks/spark.py`` compares ``bias`` of a million generated people, 0/1 and continuous scores, CSV and Parquet; further files may
be named, with the options that they need behind a colon: ``examples/loans.csv:--label repaid``. It ends with an error if a document differs.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from generate import add_choices, file_name, whole_numbers, write
from run import Contender, markdown, read_json, run

ROWS = (1_000_000,)
PATIENCE = 1_000
ENGINES = ("duckdb", "spark")
DIFFERS = ("created", "command", "environment")
"""The parts of a document that say when, and by what, it was made."""


def main() -> None:
    """Compare, and print the table."""
    asked = read_options()
    lines, differing = [], []
    with tempfile.TemporaryDirectory(dir=asked.scratch) as folder:
        for case, words in cases(asked, Path(folder)):
            documents, seconds = {}, []
            for engine in ENGINES:
                documents[engine], taken = document(words, engine, Path(folder))
                seconds.append(f"{taken:.1f}")
            equal = documents["spark"] == documents["duckdb"]
            differing += [] if equal else [case]
            lines.append((case, *seconds, "yes" if equal else "NO"))
    print(markdown(("", "s, DuckDB", "s, Spark", "equal"), 1, lines))  # noqa: T201
    if differing:
        sys.exit(f"differs: {'; '.join(differing)}")


def cases(asked: argparse.Namespace, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Give what is compared, and the words of the command."""
    for rows, scores, written in product(asked.rows, asked.scores, asked.formats):
        write(folder, rows, scores, written)
        yield f"{rows:,} rows, {scores}, {written}", [str(folder / file_name(rows, scores, written))]
    for words in asked.files:
        file, _, options = words.partition(":")
        yield Path(file).name, [file, *shlex.split(options)]


def document(words: Sequence[str], engine: str, folder: Path) -> tuple[dict[str, Any], float]:
    """Write the document of some words by one engine; give what is compared of it, and its seconds, as Java's CPU time is not told."""
    arguments = ("-m", "fairaudit", "bias", *words, "--engine", engine, "-o", str(folder / engine))
    cost = run(Contender(name=engine, arguments=arguments), PATIENCE)
    made = read_json(folder / engine / "bias.json")
    return {part: value for part, value in made.items() if part not in DIFFERS}, cost.wall


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Compare the documents of Spark and DuckDB.")
    parser.add_argument(
        "--rows", type=whole_numbers, default=ROWS, help="comma list of numbers of rows (%(default)s)"
    )
    parser.add_argument("--files", nargs="+", default=(), help="further files, each with :OPTIONS behind it")
    parser.add_argument("--scratch", type=Path, help="folder in which files are written, and taken away")
    add_choices(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
