"""The apostrophe that keeps a spreadsheet from running a text as a formula: put before what is written to CSV, and taken off what is read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fairaudit.engine.sql import text

_NUMBER = r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # fmt: skip
_STARTS = frozenset(("'", *_FORMULA))
_WRITTEN = "'+[=+@\t\r\n＝＋－＠-](?s:.)"
"""Apostrophes before what would run, a sign at least behind the one that makes it a formula."""


def runs_in_spreadsheet(text: str) -> bool:
    """Return whether a spreadsheet would take a text for a formula; numbers and lone signs are harmless."""
    if text[:1] not in _STARTS:
        return False
    # A text that already has the apostrophe gets another, so that no two texts become one.
    bare = text.lstrip("'")
    return len(bare) > 1 and bare.startswith(_FORMULA) and not re.fullmatch(_NUMBER, text)


def count_formulas(texts: Iterable[str]) -> int:
    """Count the texts that a spreadsheet would run.

    >>> count_formulas(["=1+1", "1", "", "-", "'-1", "@home"])
    3
    """
    return sum(runs_in_spreadsheet(text) for text in texts if text[:1] in _STARTS)


def csv_cell(text: str) -> str:
    """Write text for a CSV file that people open in a spreadsheet, which would run what looks like a formula.

    >>> csv_cell("=1+1")
    "'=1+1"
    >>> csv_cell("-1.0")
    '-1.0'
    """
    return f"'{text}" if runs_in_spreadsheet(text) else text


def plain_cell(text: str) -> str:
    """Take off the apostrophe that `csv_cell` put before a text.

    Others put one before numbers, too.

    >>> [plain_cell(csv_cell(text)) for text in ("=A", "'=A", "-1", "'-1", "'home")]
    ['=A', "'=A", '-1', "'-1", "'home"]
    >>> plain_cell("'-1")
    '-1'
    """
    return text.removeprefix("'") if re.match(_WRITTEN, text) else text


def has_apostrophe_sql(value: str) -> str:
    """Write the SQL that tells whether `plain_cell` would change a text."""
    return f"regexp_matches({value}, {text('^' + _WRITTEN)})"


def plain_cell_sql(value: str) -> str:
    """Write the SQL of `plain_cell`."""
    return f"CASE WHEN {has_apostrophe_sql(value)} THEN substr({value}, 2) ELSE {value} END"
