"""The measure of legibility that everything people read keeps: short sentences, few numbers, and nothing that has to be decoded."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

MOST_WORDS = 25
MOST_NUMBERS = 4
_NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?%?")
_NO_NUMBERS = re.compile(
    r'"[^"]*"|\blabel [01]\b|\bwhose \S+ is [01]\b|\(\S+ [01]\)|\bwith \S+ [01]\b|\b\S+ is 1 for\b|\balways (?:deciding|deciding for) [01]\b'
    r"|\b(?:aged|below|above|from age) [\d.,]+(?: (?:to below|to|and above) ?[\d.,]*)?|\b[\d.,]+ and above|\b[\d.,]+ to below [\d.,]+"
)
"""Numbers that are a name: of a group, of a label."""
_END = re.compile(r"(?<=[.?!;])[\"”)*]*\s+(?=\S)|:\s+(?=[A-Z])")
_COLUMN_SYNTAX = re.compile(r"\w ?\*+ ?\w|\w\s?=\s?\w|\w:\d+(?:,\d+)*\b")
_COMMAND = re.compile(r"`[^`]*`|\bfairaudit (?:[a-z]+\b|-)[^.;]*")
"""What is to be pasted is no prose."""


def faults(text: str) -> list[str]:
    """Return what makes sentences hard to read, one line a fault."""
    return [fault for sentence in sentences(text) for fault in _faults_of(sentence)]


def sentences(text: str) -> list[str]:
    """Take prose apart; a semicolon, and a colon before a capital letter, end a sentence as a full stop does."""
    return [
        part.strip()
        for paragraph in re.split(r"\n\s*\n", text)
        for part in _END.split(" ".join(paragraph.split()))
        if part.strip()
    ]


def _faults_of(sentence: str) -> Iterator[str]:
    prose = _COMMAND.sub("", sentence)
    words = len(re.findall(r"\S*[^\W\d_]\S*", prose))
    numbers = len(_NUMBER.findall(_NO_NUMBERS.sub("", prose)))
    if words > MOST_WORDS:
        yield f"{words} words: {sentence}"
    if numbers > MOST_NUMBERS:
        yield f"{numbers} numbers: {sentence}"
    if _COLUMN_SYNTAX.search(prose):
        yield f"column syntax: {sentence}"


def names_a_group_and_a_size(sentence: str, groups: Iterable[str]) -> bool:
    """Tell whether a sentence says of one of some groups how many it is about."""
    named = any(group.casefold() in sentence.casefold() for group in groups)
    return named and re.search(r"\b\d[\d,]* of \d|\(\d[\d,]*\)|\b\d[\d,]* people", sentence) is not None


def markdown_prose(page: str) -> str:
    """Return what is read of a Markdown page as sentences: without front matter, tables, pictures, code and what is folded."""
    page = re.sub(r"(?s)\A---\n.*?\n---\n|<details>.*?</details>|<!--.*?-->|```.*?```", "", page)
    page = re.sub(r"(?m)^\|.*$|!\[.*\]\(.*\)", "", page)
    # Each heading and item is a paragraph of its own.
    page = re.sub(r"(?m)^(?:#+|[-*>]|\d+\.)\s+", "\n", page)
    return html.unescape(re.sub(r"\\(?=[^\w\s])", "", page.replace("**", "")))


def html_prose(page: str) -> str:
    """Return what is read of an HTML page as sentences: without tables, pictures, scripts, styles and what is folded."""
    page = re.sub(
        r"(?is)<!--.*?-->|<(head|details|table|svg|script|style|code|pre|template|select|button|nav)\b.*?</\1>",
        " ",
        page,
    )
    page = re.sub(
        r"(?i)</?(?:p|li|div|section|h\d|dt|dd|ul|ol|dl|br|header|footer|main|figure|figcaption)\b[^>]*>",
        "\n\n",
        page,
    )
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def terminal_prose(screen: str) -> str:
    """Return what is read on a terminal as sentences: lines are joined, rows of a head and a text are paragraphs, tables are left out."""
    lines = []
    for line in screen.splitlines():
        gaps = len(re.findall(r"(?<=\S) {2,}(?=\S)", line))
        if gaps > 1 or re.search(r"[│┃━─┏┡└╇┳=]{4}", line):
            lines.append("")
        elif head := re.match(r"(\S(?:.*?\S)?) {2,}(\S.*)", line):
            lines += ["", "" if head[1].isdigit() else head[1], "", head[2]]
        else:
            lines.append(line)
    text = re.sub(
        r"\n(?=\s*(?:perhaps (?:worse|better) off|neither clearly equal|too few \w+):? )",
        "\n\n",
        "\n".join(lines),
    )
    # Lines of a claim have no full stop after an interval.
    return re.sub(r"(\d|and more)\s+(?=(?:Also|Sure|This|Of)\b)", r"\1\n\n", text)
