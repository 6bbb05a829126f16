"""What the answer on a terminal leaves out, for ``--verbose``: every finding, every comparison, and the p-values behind it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fairaudit.documents.answer import answer_of
from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.errors import printable
from fairaudit.render.terminal.fitting import FittingTable
from fairaudit.render.terminal.tables import (
    HEADS,
    VERDICT_STYLES,
    dim_note,
    name_column,
    new_table,
    plain,
    titled,
)
from fairaudit.render.words.answer import claim, plan_text
from fairaudit.render.words.evidence import TESTS, correction_name, p_value_text
from fairaudit.render.words.people import words_of
from fairaudit.render.words.values import NO_VALUE, count_text, leveled, metric_value, times
from fairaudit.settings.choices import Decide
from fairaudit.settings.limits import interval_text


def details(bias: BiasDocument) -> Iterable[RenderableType]:
    """Show all findings, then all groups with rates, ratios and intervals, then the p-values by their tests."""
    yield from _findings(bias)
    for attribute in dict.fromkeys(d.attribute for d in bias.disparities):
        for metric in bias.family.metrics:
            members = [d for d in bias.disparities if (d.attribute, d.metric) == (attribute, metric)]
            if members:
                title = plain(attribute).append(f", {HEADS.get(metric, metric)}")
                yield titled(title, _compared(members, bias))
    yield dim_note("Intervals are of 95% where no other level is given.")
    if bias.settings.decide is Decide.INTERVAL:
        yield titled(Text("p-values"), _p_values(bias))
        yield dim_note(
            f"Equal: of equal rates, after Benjamini-Hochberg. Tolerable: of a tolerable ratio, then after {correction_name(bias)}. "
            "Not: of a ratio that is not tolerable."
        )
        tests = dict.fromkeys(t for d in bias.decisive for t in (d.test, d.limit_test) if t is not None)
        yield dim_note(f"Tests: {'; '.join(f'{test.value}: {TESTS[test]}' for test in tests)}.")


def _findings(bias: BiasDocument) -> Iterable[RenderableType]:
    """Say every finding, and what is open with what would decide it."""
    answer, words = answer_of(bias, None), words_of(bias.settings, (d.group for d in bias.disparities))
    for number, finding in enumerate((*answer.findings, *answer.open), start=1):
        claimed = claim(finding, words=words)
        table = FittingTable.grid(padding=(0, 2))
        plan = plan_text(finding.first.disparity, bias.people, words)
        texts = [
            text for text in (claimed.sentence, claimed.counts, claimed.errors, claimed.others, plan) if text
        ]
        for line, text in enumerate(texts):
            head = Text("" if line else f"{number} {finding.verdict.value}", VERDICT_STYLES[finding.verdict])
            table.add_row(head, Text(printable(text)))
        yield table


def _compared(members: Iterable[DisparityPart], bias: BiasDocument) -> Table:
    """Lay out groups with rates, counts, ratios and the interval that decides."""
    members = list(members)
    table = new_table()
    name_column(table, "group", (d.group for d in members))
    for head in ("rate", "of", "ratio", "interval", "verdict"):
        table.add_column(head, justify="left" if head == "verdict" else "right")
    for d in members:
        level, ci = d.resting
        counts = NO_VALUE
        if d.numerator is not None and d.denominator is not None:
            counts = f"{count_text(d.numerator)} of {count_text(d.denominator)}"
        verdict = Text("reference", "dim") if d.is_reference else Text("–")
        if d.verdict is not None:
            verdict = Text(d.verdict.value, VERDICT_STYLES[d.verdict])
        table.add_row(
            plain(d.group),
            metric_value(d.metric, d.value),
            counts,
            NO_VALUE if d.ratio is None or d.is_reference else times(d.ratio, bias.band),
            NO_VALUE if ci is None or d.is_reference else leveled(level, interval_text(ci, bias.band)),
            verdict,
        )
    return table


def _p_values(bias: BiasDocument) -> Table:
    """Lay out the p-values of all that forms the verdict."""
    judged = [d for d in bias.decisive if d.p_value is not None or d.p_alone is not None]
    table = new_table()
    name_column(table, "group", (d.group for d in judged))
    for head in ("metric", "equal", "test", "tolerable", "corrected", "not", "test"):
        table.add_column(head, justify="left" if head in ("metric", "test") else "right")
    for d in judged:
        table.add_row(
            plain(d.group),
            HEADS.get(d.metric, d.metric),
            _p(d.p_adjusted),
            d.test.value if d.test else NO_VALUE,
            _p(d.p_alone),
            _p(d.p_fail),
            _p(d.p_pass),
            d.limit_test.value if d.limit_test else NO_VALUE,
        )
    return table


def _p(p: float | None) -> str:
    return NO_VALUE if p is None else p_value_text(p).removeprefix("p = ").replace("p below ", "<")
