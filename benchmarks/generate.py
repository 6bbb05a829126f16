"""Write the files that are measured: predictions for made-up people, drawn from a seed, about 45 bytes a row.

Run ``python benchmarks/generate.py FOLDER --rows 10000,1000000``. A file is written for each number of rows, kind of scores and format,
all about the same people; ``--scores`` and ``--formats`` ask for fewer. A file that is there already is left as it is.
Equal seeds give equal files as long as DuckDB's hash function stays the same.
"""

from __future__ import annotations

import argparse
from enum import StrEnum
from pathlib import Path
from string import Template

SEED = 0
ATTRIBUTES = ("race", "sex", "age_cat")

# Hashes of different numbers are as good as independent; those of (row, 1) and (row, 2) are not.
PEOPLE = Template("""
WITH draws AS (
    SELECT i, [$draws] AS u FROM range($rows) AS rows(i)
), people AS (
    SELECT i, u[4] AS skill, u[5] AS luck,
        CASE WHEN u[1] < 0.50 THEN 'African-American' WHEN u[1] < 0.84 THEN 'Caucasian' WHEN u[1] < 0.93 THEN 'Hispanic'
            WHEN u[1] < 0.985 THEN 'Other' WHEN u[1] < 0.996 THEN 'Asian' ELSE 'Native American' END AS race,
        CASE WHEN u[2] < 0.8 THEN 'Male' ELSE 'Female' END AS sex,
        CASE WHEN u[3] < 0.57 THEN '25 - 45' WHEN u[3] < 0.78 THEN 'Greater than 45' ELSE 'Less than 25' END AS age_cat
    FROM draws
), scored AS (
    SELECT *, pow(skill, CASE race WHEN 'African-American' THEN 0.8 WHEN 'Caucasian' THEN 1.2 ELSE 1 END) AS probability
    FROM people
)
SELECT 100000000 + i AS id, $score AS score, CAST(luck < skill AS TINYINT) AS label_value, race, sex, age_cat
FROM scored
""")
DRAWS = ", ".join(f"hash(5 * i + {draw} + {5 * 10**9 * SEED}) / 18446744073709551616.0" for draw in range(5))


class Scores(StrEnum):
    """What the column ``score`` holds; the values are words of the tables."""

    DECISIONS = "0/1"
    TWO_DIGITS = "two-digit"
    CONTINUOUS = "continuous"


class Format(StrEnum):
    """How a file is written; the values are words of the tables."""

    CSV = "CSV"
    PARQUET = "Parquet"


SCORE_SQL = {
    Scores.DECISIONS: "CAST(probability >= 0.5 AS TINYINT)",
    Scores.TWO_DIGITS: "round(probability, 2)",
    Scores.CONTINUOUS: "probability",
}


def file_name(rows: int, scores: Scores, written: Format = Format.CSV) -> str:
    """Name a file after what it holds."""
    return f"{scores.name.lower()}_{rows}_seed{SEED}.{written.lower()}"


def write(folder: Path, rows: int, scores: Scores, written: Format) -> None:
    """Write one file unless it is there; it gets its name once it is whole."""
    import duckdb

    path = folder / file_name(rows, scores, written)
    if path.exists():
        return
    unfinished = path.with_suffix(".part")
    people = PEOPLE.substitute(draws=DRAWS, rows=rows, score=SCORE_SQL[scores])
    target = str(unfinished).replace("'", "''")
    # Rows stay in the order of their numbers by themselves; a sort of very many would take disk.
    duckdb.execute(f"COPY ({people}) TO '{target}' (FORMAT {written})")
    unfinished.rename(path)


def whole_numbers(text: str) -> tuple[int, ...]:
    """Read a comma list of numbers of rows, and put the smallest first."""
    return tuple(sorted({int(number) for number in text.split(",")}))


def main() -> None:
    """Write the files that were asked for."""
    parser = argparse.ArgumentParser(description="Write predictions for made-up people.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=whole_numbers, default=(10_000,), help="comma list of numbers of rows")
    add_choices(parser)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for rows in asked.rows:
        for scores in asked.scores:
            for written in asked.formats:
                write(asked.folder, rows, scores, written)


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Add the options that ask for some of the files."""
    for name, kinds in (("scores", Scores), ("formats", Format)):
        every = list(kinds)
        parser.add_argument(f"--{name}", nargs="+", type=kinds, choices=every, default=every)


if __name__ == "__main__":
    main()
