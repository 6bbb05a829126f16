"""A large text file in which no field is quoted, read block by block: where the fields of its lines end.

DuckDB makes a value of each field before it counts, which takes most of the time that a large CSV file takes. Lines that say the same need not be taken to
pieces one by one: what stands between delimiters is compared as it stands, and each of the few texts that there are becomes values once. Whatever is not
as plain as that, such as a quote, is left to DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Places = NDArray[np.intp]
    Words = NDArray[np.uint64]

WORTH_IT = 20_000_000
"""Bytes; counting a smaller file takes no longer than loading NumPy."""
BLOCK = 1 << 20
"""Bytes that are read at once; no line may be longer."""
WORD, BEFORE = 8, 24
"""Bytes of a number of 64 bits; and in front of a block, so that three of them may end in it."""
LONGEST = 256
"""Bytes; longer texts are not compared."""
_UTF8_MARK = b"\xef\xbb\xbf"
_ODD = (b'"', b"\r", b"\x00")
"""With these a line may be something else than fields between delimiters."""
_NO_ASCII = 0x80


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
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
        before = np.concatenate([[BEFORE - 1], self.ends[:-1, -1]])
        return before + 1, self.ends[:, last]

    def words(self, begins: Places, wide: int, *, first_is_highest: bool = False) -> Words:
        """Return the bytes from each place on as a row of so many words."""
        import numpy as np

        size = wide * WORD
        everywhere = np.ndarray((len(self.held) - size + 1,), f"V{size}", self.held, strides=(1,))
        words = everywhere[begins].view(">u8" if first_is_highest else "<u8").reshape(-1, wide)
        return words.astype(np.uint64, copy=False)


def blocks_of(lines: Lines) -> Iterator[Block]:
    """Read the lines of a file."""
    import numpy as np

    held = bytearray(BEFORE + BLOCK + LONGEST + WORD)
    view, signs = memoryview(held), np.frombuffer(held, np.uint8)
    size = lines.path.stat().st_size
    with lines.path.open("rb", buffering=0) as file:
        if file.read(len(_UTF8_MARK)) != _UTF8_MARK:
            file.seek(0)
        if lines.has_header:
            file.readline()
        end = BEFORE
        while read := file.readinto(view[end : BEFORE + BLOCK]):
            end += read
            if file.tell() == size and held[end - 1] != ord("\n"):
                # Behind the last line there may be nothing.
                held[end] = ord("\n")
                end += 1
            whole = held.rfind(b"\n", BEFORE, end) + 1
            _refuse_odd(held, signs[BEFORE:whole])
            yield Block(held=held, ends=_ends(signs[:whole], lines))
            if lines.stopped:
                raise KeyboardInterrupt
            lines.done = file.tell() / size
            view[BEFORE : BEFORE + end - whole] = view[whole:end]
            end = BEFORE + end - whole
    if end > BEFORE:
        raise NotPlain


def _refuse_odd(held: bytearray, signs: NDArray[np.uint8]) -> None:
    """Refuse lines, which stand behind the margin, that may be no fields between delimiters, or no UTF-8."""
    if not len(signs):
        # A line that is longer than a block.
        raise NotPlain
    end = BEFORE + len(signs)
    if any(held.find(sign, BEFORE, end) >= 0 for sign in _ODD):
        raise NotPlain
    if signs.max() >= _NO_ASCII:
        try:
            str(memoryview(held)[BEFORE:end], "utf-8")
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
