"""Which rows stay together where rows are divided: those of one group, such as a person, and those of one time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.errors import ColumnError, listed
from fairaudit.read.frames import Frames
from fairaudit.read.rows import Rows
from fairaudit.settings.choices import Missing
from fairaudit.spelling import setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MONTH = r"[0-9]{4}-[0-9]{2}"
_TIME = rf"{_MONTH}-[0-9]{{2}}([ T].*)?"
_SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A column whose values keep rows together.

    Attributes
    ----------
    row_numbers, codes
        For each row of the input that counts the number of its value, from 0; of times in their order.
    names
        The values by their numbers, as text.
    """

    column: str
    row_numbers: NDArray[np.int64]
    codes: NDArray[np.int64]
    names: tuple[str, ...]

    def codes_of(self, frames: Frames) -> NDArray[np.int64]:
        """Return the numbers of the values of some rows."""
        import numpy as np

        return self.codes[np.searchsorted(self.row_numbers, frames.row_numbers)]


def keep_together(
    frames: Frames, column: str, *, option: str, missing: Missing, is_time: bool
) -> tuple[Frames, Kept, int]:
    """Give the values of a column numbers.

    Equal numbers are one value, however they are written. Times are dates, dates with a time of the day, or months, written as ISO 8601 has them, or
    numbers such as years; they are compared as what they are.

    Parameters
    ----------
    option
        The setting that names the column.

    Returns
    -------
    frames, kept, dropped
        The rows that have a value, and how many have none.

    Raises
    ------
    ColumnError
        If rows have no value and may not be left out, all of them lack it, or a value is no time.
    """
    rows = frames.rows
    kept = _numbered(rows, column, is_time=is_time)
    own = kept.codes_of(frames)
    has_value = own >= 0
    lacking = int((~has_value).sum())
    if lacking and (missing is Missing.ERROR or lacking == len(own)):
        numbers = frames.row_numbers[~has_value][:_SHOWN_ROWS]
        named = ", ".join(f"{row:,}" for row in numbers) + (" …" if lacking > _SHOWN_ROWS else "")
        raise ColumnError(
            rows.source.name,
            column,
            f"{lacking:,} of {len(own):,} rows have no value ({'row' if lacking == 1 else 'rows'} {named}), "
            f"so that {setting(option).removesuffix('=')} cannot tell where they belong",
            hint=f"Say {setting('missing', Missing.DROP)} to leave them out; they will be counted"
            if lacking < len(own)
            else "Name another column",
        )
    return (frames.where(has_value) if lacking else frames), kept, lacking


def _numbered(rows: Rows, column: str, *, is_time: bool) -> Kept:
    """Give the values of all rows numbers; a missing one has -1."""
    import numpy as np

    reading = rows.readings.of(column)
    value = reading.same
    order = value
    if is_time:
        order = reading.number if reading.numeric else _moment(value)
        _refuse_no_times(rows, column, value, order)
    read = rows.connection.execute(
        f"SELECT row, CASE WHEN value IS NULL THEN -1 ELSE dense_rank() OVER (ORDER BY place NULLS LAST) - 1 END AS code, value "
        f"FROM (SELECT rowid + 1 AS row, {value} AS value, {order} AS place FROM source_rows WHERE kept) ORDER BY row"
    ).fetchnumpy()
    codes = np.asarray(read["code"], dtype=np.int64)
    texts = np.asarray(read["value"], dtype=object)
    _, first = np.unique(codes[codes >= 0], return_index=True)
    names = tuple(str(text) for text in texts[codes >= 0][first])
    row_numbers = np.asarray(read["row"], dtype=np.int64)
    return Kept(column=column, row_numbers=row_numbers, codes=codes, names=names)


def _moment(value: str) -> str:
    """Write the SQL of a moment, NULL where a text is none."""
    month = f"WHEN regexp_full_match({value}, '{_MONTH}') THEN {value} || '-01'"
    return f"TRY_CAST(CASE {month} WHEN regexp_full_match({value}, '{_TIME}') THEN {value} END AS TIMESTAMP)"


def _refuse_no_times(rows: Rows, column: str, value: str, order: str) -> None:
    strange = rows.connection.execute(
        f"SELECT value, count(*), min(row) FROM (SELECT rowid + 1 AS row, {value} AS value, {order} AS place FROM source_rows WHERE kept) "
        "WHERE value IS NOT NULL AND place IS NULL GROUP BY value ORDER BY min(row)"
    ).fetchall()
    if strange:
        number = sum(n for _, n, _ in strange)
        raise ColumnError(
            rows.source.name,
            column,
            f"{number:,} of {rows.rows:,} values {'is no time' if number == 1 else 'are no times'}: "
            f"{listed([text for text, _, _ in strange])} (row {strange[0][2]:,})",
            hint="Write dates as 2026-01-31 or 2026-01, with a time as 2026-01-31 14:30, or give numbers such as years",
        )
