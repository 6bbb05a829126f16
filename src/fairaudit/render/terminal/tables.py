"""Tables and lines as a terminal shows them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fairaudit.documents.parts import AuditSettings, InputPart, Verdict
from fairaudit.errors import clipped, printable
from fairaudit.render.terminal.fitting import FittingTable
from fairaudit.render.words.names import passed_over_texts, shown_name
from fairaudit.render.words.people import WORDS, words_of
from fairaudit.render.words.quality import Lacking, reasons_text
from fairaudit.render.words.values import count_text, decided_text, read_text

NARROW = 76
"""Below this many columns, tables show fewer metrics."""
WIDE = 96
MOST_ROWS = 30
VERDICT_STYLES = {Verdict.FAIL: "bold red", Verdict.PASS: "green", Verdict.UNDECIDED: "yellow"}
HEADS = {
    "pprev": "selected",
    "fpr": "FPR",
    "fnr": "FNR",
    "for": "FOR",
    "fdr": "FDR",
    "tpr": "TPR",
    "tnr": "TNR",
    "npv": "NPV",
    "mcc": "MCC",
    "f1": "F1",
    "roc_auc": "AUC",
    "prev": "base rate",
    "ece": "ECE",
    "oe": "O/E",
    "balanced_accuracy": "bal. acc.",
}


def plain(text: str, *, most: int = 40) -> Text:
    """Show a stranger's text: no markup, no control characters, no endless length."""
    return Text(shown_name(text, most=most))


def footer(
    source: InputPart,
    settings: AuditSettings | None,
    people: float | None = None,
    *,
    threshold: float | None = None,
    data: Lacking | None = None,
) -> Iterable[RenderableType]:
    """Say how many people are in how many rows, how many of these were dropped, and by which rule they were decided.

    Parameters
    ----------
    people
        How many people the rows come to; without it only rows are told.
    threshold
        That of the model that made the decisions, where it is known.
    data
        What the data behind the source lack, where rows of them were dropped.
    """
    words = words_of(settings) if settings else WORDS
    if data is not None and data.dropped:
        text = Text(f"{read_text(data.source, people, words.people, reasons_text(data, words))}. ")
    else:
        text = Text(f"{read_text(source, people, words.people)}. ")
    if settings and settings.decision:
        decision = settings.decision
        selected = "" if decision.selected is None else f", {count_text(decision.selected)} selected"
        text.append(
            f"Decision: {printable(clipped(decided_text(decision, threshold=threshold), most=120))}{selected}. "
        )
    if settings and settings.attributes_chosen:
        names = ", ".join(printable(clipped(a.name)) for a in settings.attributes)
        text.append(f"Attributes chosen: {names}")
        if settings.passed_over:
            reasons = [printable(clipped(text, most=240)) for text in passed_over_texts(settings.passed_over)]
            more = f" and {len(reasons) - 4} more" if len(reasons) > 4 else ""
            text.append(f"; passed over: {', '.join(reasons[:4])}{more}")
        text.append(".")
    text.stylize("dim")
    yield text


def new_table() -> Table:
    """Make an empty table without lines."""
    return FittingTable(box=None, padding=(0, 1), pad_edge=True)


def titled(title: Text, table: Table, *, left_out: int = 0, file: str = "the JSON document") -> Group:
    """Put a table under its title, which may be wider than the table, and say how many rows it lacks."""
    title.stylize("bold")
    rest = [Padding(dim_note(f"{left_out:,} more in {file}"), (0, 1))] if left_out > 0 else []
    return Group(Text(""), title, table, *rest)


def name_column(table: Table, head: str, names: Iterable[str]) -> None:
    """Add the column of names, which keeps the longest on one line as far as that is sensible."""
    longest = max((len(printable(clipped(name, most=40))) for name in names), default=0)
    table.add_column(head, overflow="fold", min_width=min(longest, 16), max_width=40)


def people_text(n: int, small: bool) -> Text:
    """Write a number of people, marked where it is small."""
    return Text(f"{n:,} small" if small else f"{n:,}", "dim" if small else "")


def lowest_first(value: float | None) -> float:
    """Sort what is undefined last."""
    return math.inf if value is None else value


def number_cell(value: float | None) -> str:
    """Write a number for a cell."""
    return "–" if value is None else f"{value:z.3f}"


def dim_note(text: str) -> Text:
    """Write an aside."""
    return Text(text, "dim")
