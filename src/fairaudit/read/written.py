"""How the SQL of one text and one number for each value of a column of texts is written, from a look at all of them."""

from __future__ import annotations

from collections.abc import Mapping

from fairaudit.engine.sql import text
from fairaudit.read.forms import Decided
from fairaudit.read.looks import Look, Marks, is_missing_sql
from fairaudit.read.spreadsheet import plain_cell, plain_cell_sql
from fairaudit.read.values import MOMENT, clean_sql, is_number, trim_sql
from fairaudit.texts import EDGES


def _tidy_sql(raw: str, seen: Look) -> str:
    """Write the SQL of a text without what does not show, as far as there is any."""
    value = clean_sql(raw) if seen.odd_signs else trim_sql(raw) if seen.untidy else raw
    # Blanks may stand behind the apostrophe, too.
    return trim_sql(plain_cell_sql(value)) if seen.apostrophes else value


def _nothing_sql(value: str, seen: Look, marks: Mapping[str, int]) -> str:
    """Write the SQL that tells whether a text stands for a missing value; nothing where none does."""
    return is_missing_sql(value, Marks(everywhere=tuple(marks))) if marks or seen.empty else ""


def shown_sql(raw: str, seen: Look, marks: Mapping[str, int]) -> str:
    """Write the SQL of the one text of a value: true, false and moments in one way each, and NULL where it is missing."""
    value = shown = _tidy_sql(raw, seen)
    if seen.booleans:
        shown = f"CASE WHEN lower({value}) IN ('true', 'false') THEN lower({value}) ELSE {value} END"
    if seen.moments:
        shown = (
            f"CASE WHEN regexp_full_match({value}, {text(MOMENT)}) THEN {moment_sql(value)} ELSE {shown} END"
        )
    nothing = _nothing_sql(value, seen, marks)
    return f"CASE WHEN NOT ({nothing}) THEN {shown} END" if nothing else shown


def shown_here(raw: str, seen: Look, marks: Mapping[str, int]) -> str | None:
    """Return what `shown_sql` makes of a simple text, in a column without moments."""
    value = raw.strip(EDGES) if seen.untidy else raw
    if seen.apostrophes:
        value = plain_cell(value).strip(EDGES)
    if (marks or seen.empty) and (not value or value in marks):
        return None
    return value.lower() if seen.booleans and value.lower() in ("true", "false") else value


def written_number_sql(raw: str, seen: Look, decided: Decided, marks: Mapping[str, int]) -> str:
    """Write the SQL of the number of a value, NULL where it is missing or none."""
    value = _tidy_sql(raw, seen)
    number = decided.form.number(value)
    strange = any(is_number(mark) or mark.strip("+-").casefold() == "nan" for mark in marks)
    if decided.form.castable and not decided.others and not strange:
        # Whatever else there is, marks among it, SQL reads as no number either.
        return number
    nothing = _nothing_sql(value, seen, marks)
    allowed = f"NOT ({nothing}) AND {decided.form.matches(value)}" if nothing else decided.form.matches(value)
    return f"CASE WHEN {allowed} THEN {number} END"


def moment_sql(value: str) -> str:
    """Write the SQL of a moment as text: seconds always, their fractions where there are any, midnight as its date alone."""
    bare = f"regexp_replace(replace({value}, 'T', ' '), '(Z|[+-]00:?00|[+]00)$', '')"
    timed = f"regexp_replace({bare}, '^([^ ]* [0-9]{{2}}:[0-9]{{2}})$', '\\1:00')"
    short = f"regexp_replace(regexp_replace({timed}, '([.][0-9]*[1-9])0+$', '\\1'), '[.]0+$', '')"
    return f"regexp_replace({short}, ' 00:00:00$', '')"
