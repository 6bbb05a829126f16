"""Strangers' text into Markdown: column names and values are data, and never become markup or links.

A value is written so that it can be read. What cannot be seen, or would turn the text around, is shown as an escape.
"""

from __future__ import annotations

import re
import unicodedata

MOST_SHOWN = 80
"""How many characters of a name or value are shown; the documents hold all of it."""
MOST_CODE = 400

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "@": "&#64;"}
"""``$`` begins a formula and ``@`` an address on some sites, which look at the text after backslashes are gone."""
_BACKSLASHED = frozenset("\\|`*_[]{}#!~^")
_LINK = re.compile(r"(?i):(?=//)|(?<=mailto):|(?<=xmpp):|(?<=www)\.")
"""The sign without which a parser that links bare addresses (GitHub's among them) sees none."""
_BLOCK = re.compile(r"[-+](?=[\s-]|$)|=(?==|\s|$)|:(?=-)|\d{1,9}(?=[.)](?:\s|$))")
"""What would begin a list, a heading's underline or a table's rule at the start of a line."""
_WITHIN_WORD = re.compile(r"(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])")
"""Never emphasis, and names of columns stay readable in the source."""
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\ufe00\uffa0")
"""Signs that print as nothing, although Unicode files them under letters, marks and symbols."""
_URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*[A-Za-z0-9/=_~-]")
_COMMAND = re.compile(r"((?:\A|(?<=[\r\n]))[^\S\r\n]*:):|(##)\[")
"""What GitHub's runner takes for a command in what it reads: ``::`` at the start of a line, and ``##[`` anywhere."""


def cell(text: str, *, most: int | None = MOST_SHOWN) -> str:
    r"""Write text for a cell of a Markdown table, or for a paragraph.

    Parameters
    ----------
    text
        Anything.
    most
        How many characters are shown before the rest is cut off with an ellipsis; ``None`` shows all.

    Returns
    -------
    str
        One line of Markdown that a CommonMark or GFM parser reads as that text, and as nothing else.

    Examples
    --------
    >>> print(cell("a|b <script> [x](y)"))
    a\|b &lt;script&gt; \[x\](y)
    >>> print(cell("two\nlines"))
    two\\nlines
    """
    shown = visible(_clip(text, most))
    links = {match.start() for match in _LINK.finditer(shown)}
    plain = {match.start() for match in _WITHIN_WORD.finditer(shown)}
    escaped = [f"&#{ord(c)};" if i in links else c if i in plain else _escape(c) for i, c in enumerate(shown)]
    if start := _BLOCK.match(shown):
        # A number keeps its digits, and the full stop or bracket behind it is escaped instead.
        place = start.end() if shown[0].isdigit() else 0
        escaped[place] = "\\" + shown[place]
    for i, c in enumerate(shown):
        if c == " " and (i in (0, len(shown) - 1) or shown[i - 1] == " "):
            escaped[i] = "&nbsp;"
    for first, last in _leftward_runs(shown):
        # Isolated, so that words written from right to left leave the order of those around them alone.
        escaped[first] = "&#8296;" + escaped[first]
        escaped[last] += "&#8297;"
    return "".join(escaped)


def code(text: str, *, most: int | None = MOST_CODE) -> str:
    r"""Write text as code, in a cell of a Markdown table or in a paragraph.

    A code span knows no escapes, so text with a sign that would end it, or the cell, stands in an HTML element instead.

    >>> print(code("race not in ('Asian')"))
    `race not in ('Asian')`
    >>> print(code("a|b"))
    <code>a\|b</code>
    """
    shown = visible(_clip(text, most))
    plain = shown and shown == shown.strip() and "  " not in shown and not set(shown) & set("`|{}\\")
    if plain and not _leftward_runs(shown):
        return f"`{shown}`"
    return f"<code>{cell(shown, most=None)}</code>"


def prose(text: str) -> str:
    """Write what a person stated for the card: paragraphs, ``-`` lists and web addresses stay, all other markup is text."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return "\n\n".join("\n".join(_prose_lines(paragraph)) for paragraph in paragraphs)


def without_commands(text: str, *, line: str = "") -> str:
    r"""Write text so that GitHub's runner finds none of its commands in it; all else stays as it is.

    Parameters
    ----------
    line
        What has been written of the line already, in the form that `begun_line` gives.

    References
    ----------
    https://github.com/actions/runner, ``src/Runner.Common/ActionCommand.cs``.

    Examples
    --------
    >>> print(without_commands("a ::b\n ::error::c"))
    a ::b
     :\x3aerror::c
    >>> print(without_commands("a ##[error]b"))
    a ##\x5berror]b
    """
    written = _COMMAND.sub(lambda match: f"{match[1]}\\x3a" if match[1] else "##\\x5b", line + text)
    return written[len(line) :]


def begun_line(text: str) -> str:
    """Give as much of the last line of a text as tells whether what follows makes a command of it."""
    last = re.split(r"[\r\n]", text)[-1]
    if re.fullmatch(r"\s*:?", last):
        return last.lstrip() or last[:1]
    return "x" + last[len(last.rstrip("#")) :][-2:]


def visible(text: str) -> str:
    r"""Write control, formatting and blank characters as escapes.

    >>> print(visible("a\x1b[31m\u202eb"))
    a\x1b[31m\u202eb
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c if c.isprintable() and c not in _BLANK else c.encode("unicode_escape").decode("ascii") for c in text
    )


def _escape(character: str) -> str:
    if character in _BACKSLASHED:
        return "\\" + character
    return _ENTITIES.get(character, character)


def _clip(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else text[: most - 1] + "…"


def _leftward_runs(text: str) -> list[tuple[int, int]]:
    """Find the first and the last sign of each run that is written from right to left."""
    runs: list[tuple[int, int]] = []
    within = False
    for i, c in enumerate(text):
        direction = unicodedata.bidirectional(c)
        if direction in ("R", "AL"):
            runs.append((runs.pop()[0] if within else i, i))
            within = True
        elif direction == "L" or c in "()=,;:":
            # Signs between names are ours, and belong to the sentence.
            within = False
    return runs


def _prose_lines(paragraph: str) -> list[str]:
    """Join broken lines, but begin a new line for every item of a list."""
    lines: list[str] = []
    for line in (line.strip() for line in paragraph.split("\n")):
        if line.startswith("- "):
            lines.append("- " + _linked(line[2:].strip()))
        elif lines:
            lines[-1] += " " + _linked(line)
        else:
            lines.append(_linked(line))
    return lines


def _linked(text: str) -> str:
    """Escape text but for its web addresses, which become links."""
    pieces: list[str] = []
    start = 0
    for url in _URL.finditer(text):
        pieces += [_between(text[start : url.start()]), f"<{url.group()}>"]
        start = url.end()
    return "".join([*pieces, _between(text[start:])])


def _between(text: str) -> str:
    """Escape a piece of a line, whose blanks at either end are ordinary ones."""
    if not text.strip():
        return text and " "
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return (before and " ") + cell(text.strip(), most=None) + (after and " ")
