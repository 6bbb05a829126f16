"""Tables that fit into a terminal of any width, and lose nothing there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

LONGEST_WORD = 16
"""Names whose words are longer fold."""


class FittingTable(Table):
    """A table of which no word and no number is cut: where the columns find no room beside each other, each row stands in lines of its own."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Show it as wide as it may be."""
        limits = [_limits(console, options, column) for column in self.columns]
        most = [most for _, most in limits]
        room = options.max_width - self._gaps
        if sum(most) <= room or not self.columns:
            yield from super().__rich_console__(console, options)
        elif sum(least for least, _ in limits) <= room:
            yield from self._squeezed(console, options, _shared(limits, room))
        else:
            yield from self._stacked(console)

    @property
    def _gaps(self) -> int:
        """How many signs wide all that is between columns, and before and behind them, is."""
        _, right, _, left = self.padding
        gap = max(left, right) if self.collapse_padding else left + right
        return gap * (len(self.columns) - (not self.pad_edge))

    def _squeezed(
        self, console: Console, options: ConsoleOptions, widths: Sequence[int]
    ) -> Iterable[RenderableType | Segment]:
        before = [column.width for column in self.columns]
        try:
            for column, width in zip(self.columns, widths, strict=True):
                column.width = width
            yield from list(super().__rich_console__(console, options))
        finally:
            for column, was in zip(self.columns, before, strict=True):
                column.width = was

    def _stacked(self, console: Console) -> Iterable[RenderableType]:
        """Show each row by itself: what stands in it first, and below it the others behind their heads."""
        if self.title:
            yield _text(console, self.title)
        heads = [_text(console, column.header) for column in self.columns]
        for cells in zip(*(list(column.cells) for column in self.columns), strict=True):
            shown = [(head, _text(console, cell)) for head, cell in zip(heads, cells, strict=True)]
            filled = [(head, text) for head, text in shown if text.plain.strip()]
            for place, (head, text) in enumerate(filled):
                if not place:
                    text.stylize("bold")
                elif self.show_header and head.plain:
                    text = Text.assemble((head.plain, "dim"), "  ", text)
                yield Padding(text, (0, 0, 0, 3 if place else 1))


def _text(console: Console, cell: RenderableType) -> Text:
    """Return what stands in a cell; the tables of this program hold texts alone."""
    return cell.copy() if isinstance(cell, Text) else console.render_str(str(cell))


def _limits(console: Console, options: ConsoleOptions, column: Column) -> tuple[int, int]:
    """Return how narrow and how wide a column can be: no word of it may be cut but long ones of names, which fold."""
    head = Measurement.get(console, options, column.header)
    cells = [Measurement.get(console, options, cell) for cell in column.cells]
    most = max((head.maximum, *(cell.maximum for cell in cells)))
    if column.no_wrap and column.overflow != "fold":
        least = most
    else:
        word = max((cell.minimum for cell in cells), default=0)
        folded = min(word, column.min_width or LONGEST_WORD) if column.overflow == "fold" else word
        least = max(head.minimum, folded)
    most = max(most, column.min_width or 0) if column.max_width is None else min(most, column.max_width)
    return min(least, most), most


def _shared(limits: Sequence[tuple[int, int]], room: int) -> list[int]:
    """Share the room among columns: the widest are made narrower, down to what they need."""
    level = max(most for _, most in limits)
    while True:
        widths = [max(least, min(most, level)) for least, most in limits]
        if sum(widths) <= room:
            return widths
        level -= 1
