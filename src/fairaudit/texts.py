"""Texts from outside: the form in which they are compared, and how those are read that may be nested too deeply."""

from __future__ import annotations

import contextlib
import gc
import re
import unicodedata
from collections.abc import Iterator

ZERO_WIDTH = "\u00ad\u200b\u2060\ufeff"
WIDE_BLANKS = (
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
EDGES = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029\u200c\u200d\u200e\u200f"
_TO_PLAIN = str.maketrans({**dict.fromkeys(ZERO_WIDTH), **dict.fromkeys(WIDE_BLANKS, " ")})


def composed(text: str) -> str:
    """Write letters with their marks as one sign each, as far as there is one."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def clean(text: str) -> str:
    """Bring texts that look alike into one form: composed letters, ordinary blanks, none at either end, no sign without a width.

    >>> clean("  A\u00a0B\u200b ")
    'A B'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_TO_PLAIN))
    return text.strip(EDGES)


def toml_text(text: str) -> str:
    r"""Write a text as a TOML basic string, whatever it holds.

    >>> print(toml_text('a "b"\n'))
    "a \"b\"\u000A"
    """
    escaped = "".join(
        f"\\{c}"
        if c in '"\\'
        else c
        if c.isprintable()
        else f"\\u{ord(c):04X}"
        if ord(c) < 0x10000
        else f"\\U{ord(c):08X}"
        for c in text
    )
    return f'"{escaped}"'


MOST_PARTS = 500


def shallow(content: str) -> str:
    """Return a TOML text, unless a key has more parts than anybody writes: tomllib's memory grows with their square.

    Raises
    ------
    RecursionError
        One has.
    """
    if any(part.count(".") > MOST_PARTS for part in re.split(r"[=,{\n]", content)):
        raise RecursionError
    return content


@contextlib.contextmanager
def garbage_kept() -> Iterator[None]:
    """Collect no garbage meanwhile: what is finalised at the bottom of a recursion that is too deep fails there, and is lost."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
