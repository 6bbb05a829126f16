"""A text file as Python reads it: decoded line by line, each line known by its number, whether it can be decoded or not."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fairaudit.read.compression import Compression, opened

UTF8 = "utf-8"
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""The encodings of files that begin so; the longer mark comes first, as the other is its beginning."""
LONGEST_MARK = max(map(len, _BYTE_ORDER_MARKS))
_UNREADABLE = "fairaudit.unreadable"
_MARK = "\udcff"
"""Half of a surrogate pair, which no text holds, in the place of what cannot be decoded."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101  # this handler is for decoding alone
    return _MARK, error.end


codecs.register_error(_UNREADABLE, _mark)


def encoding_by_mark(start: bytes) -> str:
    """Return the encoding that the first bytes of a file tell by a mark of byte order; else UTF-8."""
    return next((name for mark, name in _BYTE_ORDER_MARKS.items() if start.startswith(mark)), UTF8)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A text file, and how it is written.

    Attributes
    ----------
    name
        What messages call it.
    encoding
        As Python calls it.
    """

    path: Path
    name: str
    compression: Compression | None
    encoding: str = UTF8

    @property
    def is_utf8(self) -> bool:
        """Whether DuckDB can decode it."""
        return self.encoding == UTF8

    def lines(self) -> io.TextIOWrapper:
        """Open it for its lines, whose ends stay; in the place of what cannot be decoded there are halves of surrogate pairs."""
        # Bytes that are not UTF-8 stay as they are, so that they are found where everybody finds them.
        return io.TextIOWrapper(
            opened(self.path, self.compression, self.name),
            encoding="utf-8-sig" if self.is_utf8 else self.encoding,
            errors="surrogateescape" if self.is_utf8 else _UNREADABLE,
            newline="",
        )


def is_readable(line: str) -> bool:
    """Return whether everything in a line could be decoded."""
    return line.isascii() or not any("\udc80" <= sign <= "\udcff" for sign in line)


class Lines:
    """The lines of a file; of the last one given are remembered its number, and how it ends."""

    def __init__(self, source: io.TextIOWrapper) -> None:
        self._source = source
        self.number = 0
        self.end = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._source:
            self.number += 1
            self.end = "\r\n" if line.endswith("\r\n") else line[-1:] if line.endswith(("\r", "\n")) else ""
            yield line.removeprefix("\ufeff") if self.number == 1 else line
