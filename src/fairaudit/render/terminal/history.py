"""Many months in the terminal: what they come to in words, then every rate of every group."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from fairaudit.documents.history import HistoryDocument, SeriesPart
from fairaudit.errors import printable
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.terminal.tables import HEADS, MOST_ROWS, NARROW, dim_note, new_table, plain, titled
from fairaudit.render.words import history as words_for
from fairaudit.render.words.discovered import p_text
from fairaudit.render.words.names import shown_name
from fairaudit.render.words.people import WORDS, Words, attribute_text, words_of
from fairaudit.render.words.values import NO_VALUE

_IN_WORDS = 3
_REST = 41
"""How wide rate, course and p are together."""
_LONGEST = 24
"""Of names of groups so many letters take the place of a month."""
_STYLES = {"WORSE": "bold red", "DIFFERENT": "bold yellow", "BETTER": "bold green"}


def history(document: HistoryDocument, *, width: int) -> RenderableType:
    """Show what many months say together, and since when."""
    words = words_of(document.settings, (s.group for s in document.series)) if document.series else WORDS
    word, sentence = words_for.headline(document, words)
    parts: list[RenderableType] = [
        Text.assemble((f"{word}: ", _STYLES.get(word, "bold")), (printable(sentence), "bold"))
    ]
    first = words_for.leading(document)
    if first is not None:
        parts.append(Text(printable(words_for.proof_text(first, document))))
    others = [s for s in document.of(*words_for.SHOWN) if s is not first]
    parts += [Text(printable(words_for.claim(s, words))) for s in others[: _IN_WORDS - 1]]
    parts += [Text(printable(words_for.lacking_text(part, words))) for part in document.lacking]
    if document.series:
        parts += [_table(document, attribute, words, width) for attribute in _attributes(document)]
    parts += [Text(""), dim_note(words_for.method_text(document))]
    if left_out := words_for.left_out_text(document):
        parts.append(dim_note(printable(left_out)))
    return Group(*parts)


def _attributes(document: HistoryDocument) -> list[str]:
    return list(dict.fromkeys(s.attribute for s in document.series))


def _table(document: HistoryDocument, attribute: str, words: Words, width: int) -> RenderableType:
    series = [s for s in document.series if s.attribute == attribute]
    table = new_table()
    for head in ("group", "rate"):
        table.add_column(head, overflow="fold")
    shown = document.points[-_columns(width, series, document) :]
    for point in shown:
        table.add_column(plain(point.name, most=16), justify="right", no_wrap=True)
    for head in ("course", "p"):
        table.add_column(head, justify="right", overflow="fold")
    for s in series[:MOST_ROWS]:
        table.add_row(
            plain(s.group),
            HEADS.get(s.metric, BY_NAME[s.metric].long_name),
            *_cells(s, [p.name for p in shown]),
            *_said(s),
        )
    title = Text(
        printable(words_for.table_title(attribute_text(attribute, words), len(document.points) - len(shown)))
    )
    return titled(title, table, left_out=len(series) - MOST_ROWS, file="history.json")


def _columns(width: int, series: Sequence[SeriesPart], document: HistoryDocument) -> int:
    """Return how many months fit beside each other and whole names of groups."""
    if width < NARROW:
        return 1
    name = max(5, *(len(shown_name(s.group, most=_LONGEST)) for s in series[:MOST_ROWS]))
    month = max(13, *(len(shown_name(point.name, most=16)) for point in document.points)) + 2
    return max(1, (min(width, 200) - _REST - name - 2) // month)


def _cells(series: SeriesPart, names: list[str]) -> list[str]:
    months = {month.point: month for month in series.months}
    return [words_for.month_text(months.get(name)) for name in names]


def _said(series: SeriesPart) -> tuple[str, str]:
    p = NO_VALUE if series.p_adjusted is None else p_text(series.p_adjusted)
    return printable(words_for.course_text(series)), p
