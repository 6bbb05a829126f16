"""What is printed: tables, and where they stand in a document."""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

BEGIN, END = "<!-- written by nox -s simulate: begin -->", "<!-- end -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is printed: a table with a title and a sentence about what it shows."""

    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let peers warn and print among themselves."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def percent(share: float) -> str:
    """Write a share with one decimal."""
    return f"{100 * share:.1f}"


def span(shares: Sequence[float]) -> str:
    """Write the lowest and the highest share."""
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"


def as_markdown(table: Table) -> str:
    """Write a table with its title and note."""
    lines = [table.header, ["---"] * len(table.header), *table.rows]
    return "\n\n".join(
        (f"### {table.title}", table.note, "\n".join(f"| {' | '.join(line)} |" for line in lines))
    )


@cache
def tools() -> str:
    """Name what was run."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("fairaudit", "aequitas", "fairlearn", "scipy")
    )
    return f"Python {'.'.join(map(str, sys.version_info[:2]))}, {packages}"


def between_marks(document: str, text: str) -> str:
    """Put a text between the two marks of a document, in place of what stood there."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(
            f"The document needs the lines {BEGIN} and {END}, in this order; the tables go between them."
        )
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def say(sentence: str) -> None:
    """Write on stderr what happens now."""
    sys.stderr.write(f"{sentence}\n")
