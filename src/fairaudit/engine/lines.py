"""Lines into cells: a large text file in which no field is quoted is counted block by block, by what its lines say.

DuckDB makes a value of each field before it counts, which takes most of the time that a large CSV file takes. Lines that say the same need not be taken to
pieces one by one: here what stands between delimiters is compared as it stands, and each of the few texts that there are becomes values once. Whatever is not
as plain as that, such as a quote, is left to DuckDB.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Places = NDArray[np.intp]
    Words = NDArray[np.uint64]

WORTH_IT = 20_000_000
"""Bytes; counting a smaller file takes no longer than loading NumPy."""
BLOCK = 1 << 20
"""Bytes that are read at once; no line may be longer."""
_WORD, _BEFORE = 8, 16
"""Bytes of a number of 64 bits; and in front of a block, so that two of them may end in it."""
_LONGEST = 256
"""Bytes; longer texts are not compared."""
MOST_TEXTS = 4_096
"""Of columns that stand beside each other, so that one number tells them apart."""
_MOST_RUNS = 4
_HASH_BITS = 22
"""So many that two of few texts hardly ever have one hash; then the rows of one of them are found more slowly."""
_UTF8_MARK = b"\xef\xbb\xbf"
_ODD = (b'"', b"\r", b"\x00")
"""With these a line may be something else than fields between delimiters."""
_NO_ASCII = 0x80
_ALL_ZERO, _BEYOND_NINE, _HIGH_BITS = (int(byte * _WORD, 16) for byte in ("30", "76", "80"))


class NotPlain(Exception):
    """The lines have to be read by those who know more about them."""


@dataclass(slots=True, kw_only=True)
class Lines:
    """A text file in UTF-8 whose rows may be its lines.

    Attributes
    ----------
    columns
        How many there are; of a single one an empty line would be a row.
    has_header
        Whether the first line is none of the rows.
    done
        Which share of it has been counted.
    stopped
        Whether nobody waits for it any more.
    """

    path: Path
    delimiter: str
    columns: int
    has_header: bool
    done: float = 0.0
    stopped: bool = False

    @property
    def are_worth_it(self) -> bool:
        """Whether the file is so large, and may be so plain, that it is counted sooner in this way."""
        return self.columns > 1 and self.path.stat().st_size >= WORTH_IT


def count_lines(
    connection: duckdb.DuckDBPyConnection,
    lines: Lines,
    columns: Sequence[int],
    rising: Sequence[int],
    *,
    target: str,
) -> None:
    """Make the table of the combinations of values that `fairaudit.engine.cells.count_cells` makes.

    Parameters
    ----------
    columns
        The places of the columns that are counted; that of place i is ``c{i}`` in the table.
    rising
        The places of columns whose whole numbers become larger from line to line, so that none stands in two.

    Raises
    ------
    NotPlain
        If a line is not plain, the texts are many, or the numbers do not become larger.
    """
    cells = _cells(lines, columns, rising)
    texts: list[list[str]] = [list(column) for column in zip(*cells, strict=True)]
    values = [
        f"nullif(unnest(CAST(? AS VARCHAR[])), '') AS c{place}"
        for place, _ in zip(sorted(columns), texts, strict=False)
    ]
    more = [
        "true AS kept",
        "unnest(CAST(? AS BIGINT[])) AS n",
        f"unnest(range({len(cells)}))::INTEGER AS code",
    ]
    connection.execute(
        f"CREATE OR REPLACE TABLE {target} AS SELECT {', '.join([*values, *more])}",
        [*texts, list(cells.values())],
    )


def _cells(lines: Lines, columns: Sequence[int], rising: Sequence[int]) -> dict[tuple[str, ...], int]:
    """Count the lines by the texts of columns, in the order of these."""
    runs = [_Run(first, last) for first, last in _runs(columns)]
    if not 1 <= len(runs) <= _MOST_RUNS:
        raise NotPlain
    numbers = [_Rising(place) for place in rising]
    alike: Counter[int] = Counter()
    for block in _blocks(lines):
        for column in numbers:
            column.rise(block)
        alike.update(_tally([run.places(block) for run in runs]))
    if not alike:
        raise NotPlain
    cells: dict[tuple[str, ...], int] = {}
    for key, n in alike.items():
        rest, pieces = key, []
        for run in reversed(runs):
            rest, place = divmod(rest, MOST_TEXTS)
            pieces.append(run.texts[place].decode().split(lines.delimiter))
        cells[tuple(text for piece in reversed(pieces) for text in piece)] = n
    return cells


def _runs(columns: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Find the columns that stand beside each other: the first of them and the last."""
    places = sorted(columns)
    firsts = [place for place in places if place - 1 not in places]
    lasts = [place for place in places if place + 1 not in places]
    return zip(firsts, lasts, strict=True)


def _tally(places: Sequence[Places]) -> dict[int, int]:
    """Count the rows whose texts are the same, by one number for the places of all of them."""
    import numpy as np

    first, *others = places
    if not others:
        times = np.bincount(first)
        there = np.flatnonzero(times)
        return dict(zip(there.tolist(), times[there].tolist(), strict=True))
    for other in others:
        first = first * MOST_TEXTS + other
    values, times = np.unique(first, return_counts=True)
    return dict(zip(values.tolist(), times.tolist(), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Some whole lines of a file.

    Attributes
    ----------
    held
        Their bytes, among others.
    ends
        Where each field of each row ends.
    """

    held: bytearray
    ends: Places

    def fields(self, first: int, last: int) -> tuple[Places, Places]:
        """Return where neighbouring fields begin in each row, and where they end."""
        import numpy as np

        if first:
            return self.ends[:, first - 1] + 1, self.ends[:, last]
        before = np.concatenate([[_BEFORE - 1], self.ends[:-1, -1]])
        return before + 1, self.ends[:, last]

    def words(self, begins: Places, wide: int, *, first_is_highest: bool = False) -> Words:
        """Return the bytes from each place on as a row of so many words."""
        import numpy as np

        size = wide * _WORD
        everywhere = np.ndarray((len(self.held) - size + 1,), f"V{size}", self.held, strides=(1,))
        words = everywhere[begins].view(">u8" if first_is_highest else "<u8").reshape(-1, wide)
        return words.astype(np.uint64, copy=False)


def _blocks(lines: Lines) -> Iterator[_Block]:
    """Read the lines of a file."""
    import numpy as np

    held = bytearray(_BEFORE + BLOCK + _LONGEST + _WORD)
    view, signs = memoryview(held), np.frombuffer(held, np.uint8)
    size = lines.path.stat().st_size
    with lines.path.open("rb", buffering=0) as file:
        if file.read(len(_UTF8_MARK)) != _UTF8_MARK:
            file.seek(0)
        if lines.has_header:
            file.readline()
        end = _BEFORE
        while read := file.readinto(view[end : _BEFORE + BLOCK]):
            end += read
            if file.tell() == size and held[end - 1] != ord("\n"):
                # Behind the last line there may be nothing.
                held[end] = ord("\n")
                end += 1
            whole = held.rfind(b"\n", _BEFORE, end) + 1
            _refuse_odd(held, signs[_BEFORE:whole])
            yield _Block(held=held, ends=_ends(signs[:whole], lines))
            if lines.stopped:
                raise KeyboardInterrupt
            lines.done = file.tell() / size
            view[_BEFORE : _BEFORE + end - whole] = view[whole:end]
            end = _BEFORE + end - whole
    if end > _BEFORE:
        raise NotPlain


def _refuse_odd(held: bytearray, signs: NDArray[np.uint8]) -> None:
    """Refuse lines, which stand behind the margin, that may be no fields between delimiters, or no UTF-8."""
    if not len(signs):
        # A line that is longer than a block.
        raise NotPlain
    end = _BEFORE + len(signs)
    if any(held.find(sign, _BEFORE, end) >= 0 for sign in _ODD):
        raise NotPlain
    if signs.max() >= _NO_ASCII:
        try:
            str(memoryview(held)[_BEFORE:end], "utf-8")
        except UnicodeDecodeError:
            raise NotPlain from None


def _ends(signs: NDArray[np.uint8], lines: Lines) -> Places:
    """Find where the fields of each row end."""
    import numpy as np

    is_end = signs == ord("\n")
    places = np.flatnonzero(is_end | (signs == ord(lines.delimiter)))
    rows, left = divmod(len(places), lines.columns)
    if left or np.count_nonzero(is_end) != rows:
        raise NotPlain
    ends = places.reshape(rows, lines.columns)
    if not is_end[ends[:, -1]].all():
        raise NotPlain
    return ends


class _Rising:
    """A column whose whole numbers become larger from row to row."""

    def __init__(self, place: int) -> None:
        self._place = place
        self._last: Words | None = None

    def rise(self, block: _Block) -> None:
        """Go on with the rows of a block."""
        import numpy as np

        begins, ends = block.fields(self._place, self._place)
        lengths = ends - begins
        if lengths.min() < 1 or lengths.max() > _BEFORE:
            raise NotPlain
        signs = block.words(ends - _BEFORE, _BEFORE // _WORD, first_is_highest=True)
        # The values of the digits are compared as the number is that they make; in front of it are zeros.
        digits = (signs ^ np.uint64(_ALL_ZERO)) & _last_bytes().take(lengths, axis=0)
        if ((digits | (digits + np.uint64(_BEYOND_NINE))) & np.uint64(_HIGH_BITS)).any():
            raise NotPlain
        if self._last is not None:
            digits = np.concatenate([self._last, digits])
        high, low = digits.T
        rises = (high[1:] > high[:-1]) | ((high[1:] == high[:-1]) & (low[1:] > low[:-1]))
        if not rises.all():
            raise NotPlain
        self._last = digits[-1:]


@functools.cache
def _first_bytes(wide: int) -> Words:
    """Return what keeps so many bytes at the begin of words whose first byte is the lowest."""
    import numpy as np

    kept = (b"\xff" * length + b"\x00" * (wide * _WORD - length) for length in range(wide * _WORD + 1))
    return np.frombuffer(b"".join(kept), "<u8").reshape(-1, wide).astype(np.uint64)


@functools.cache
def _last_bytes() -> Words:
    """Return what keeps so many bytes at the end of words whose first byte is the highest."""
    import numpy as np

    kept = (b"\x00" * (_BEFORE - length) + b"\xff" * length for length in range(_BEFORE + 1))
    return np.frombuffer(b"".join(kept), ">u8").reshape(-1, _BEFORE // _WORD).astype(np.uint64)


class _Run:
    """Columns that stand beside each other, and the `texts` that they make, of which each has a place from 1 on."""

    def __init__(self, first: int, last: int) -> None:
        import numpy as np

        self._first, self._last = first, last
        self._numbers: dict[bytes, int] = {}
        self.texts = [b""]
        self._lengths = np.array([-1])
        self._words = np.zeros((1, 1), dtype=np.uint64)
        self._by_hash = np.zeros(1 << _HASH_BITS, dtype=np.int16)
        # Odd numbers whose bits are mixed; each word has its own.
        odd = [(2 * i + 1) * 0x9E3779B97F4A7C15 % (1 << 64) for i in range(_LONGEST // _WORD)]
        self._factors = np.array(odd, dtype=np.uint64)

    def places(self, block: _Block) -> Places:
        """Find the place of the text of each row."""
        import numpy as np

        begins, ends = block.fields(self._first, self._last)
        lengths = ends - begins
        longest = int(lengths.max())
        if longest > _LONGEST:
            raise NotPlain
        wide = max(1, -(-longest // _WORD))
        words = block.words(begins, wide) & _first_bytes(wide).take(lengths, axis=0)
        hashes = words[:, 0] * self._factors[0]
        for i in range(1, wide):
            hashes += words[:, i] * self._factors[i]
        slots = (hashes >> np.uint64(64 - _HASH_BITS)).astype(np.intp)
        places: Places = self._by_hash.take(slots).astype(np.intp)
        new = np.flatnonzero(self._differs(words, places) | (self._lengths.take(places) != lengths))
        if len(new):
            texts = [
                bytes(block.held[begin:end])
                for begin, end in zip(begins[new].tolist(), ends[new].tolist(), strict=True)
            ]
            places[new] = self._place_all(texts, slots[new].tolist())
        return places

    def _differs(self, words: Words, places: Places) -> NDArray[np.bool]:
        """Tell which texts are not those of their places, if they are as long."""
        import numpy as np

        wide = min(words.shape[1], self._words.shape[1])
        differing = self._words[:, :wide].take(places, axis=0) ^ words[:, :wide]
        differs: NDArray[np.bool] = functools.reduce(np.bitwise_or, differing.T) != 0
        return differs

    def _place_all(self, texts: Sequence[bytes], slots: Sequence[int]) -> list[int]:
        """Find places by texts, and give new ones to those that have none."""
        import numpy as np

        had = len(self.texts)
        for text, slot in zip(texts, slots, strict=True):
            if text not in self._numbers:
                self._numbers[text] = self._by_hash[slot] = len(self.texts)
                self.texts.append(text)
        if len(self.texts) > MOST_TEXTS:
            raise NotPlain
        if len(self.texts) > had:
            self._lengths = np.array([-1, *map(len, self.texts[1:])])
            wide = -(-max(map(len, self.texts)) // _WORD)
            filled = b"".join(text.ljust(wide * _WORD, b"\x00") for text in self.texts)
            self._words = np.frombuffer(filled, dtype="<u8").astype(np.uint64).reshape(-1, wide)
        return [self._numbers[text] for text in texts]
