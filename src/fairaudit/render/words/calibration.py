"""Tables of what stands beside the verdict: how many have label 1 at each score, group by group, and base rates, ranking and calibration."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.documents.audit import BiasDocument, DisparityPart, ScoresDocument
from fairaudit.documents.calibration import Tenth, calibrate_groups, calibrate_part, score_bins
from fairaudit.documents.folder import Results
from fairaudit.documents.order import order_of
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.compared import beside_metrics
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import Words, attribute_text, words_of
from fairaudit.render.words.pictures import group_name, of_whom
from fairaudit.render.words.values import NO_VALUE, count_text, metric_value, rate_text, times
from fairaudit.settings.limits import interval_text

MOST_GROUPS = 6
"""How many groups have a column of label rates: those with the most people."""
MOST_ROWS = 30
"""How many groups have a row."""
NOT_JUDGED = (
    "Shown, and judged only where somebody asks: base rates are facts of the data, and no fault of a model."
)
MOST_ATTRIBUTES = 6
"""How many attributes have tables."""
TableOf = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
"""A title, heads and rows; the first column names a row."""


def calibration_tables(documents: Results) -> Iterator[TableOf]:
    """Tell of each attribute what its groups have beside the verdict, and how many of each have label 1 at each score."""
    bias, scores = documents.bias, documents.scores
    if bias is not None:
        for attribute in list(dict.fromkeys(d.attribute for d in bias.disparities))[:MOST_ATTRIBUTES]:
            yield from beside_table(bias, attribute, words_of(bias.settings))
    if scores is not None:
        for attribute in list(dict.fromkeys(part.attribute for part in scores.groups))[:MOST_ATTRIBUTES]:
            yield from label_rates_table(scores, attribute, words_of(scores.settings))


def beside_text(documents: Results) -> str:
    """Say why these are not judged, and where those attributes are that have no table."""
    there = {d.attribute for d in documents.bias.disparities} if documents.bias else set()
    left = len(there) - MOST_ATTRIBUTES
    return (
        f"{NOT_JUDGED} Further attributes ({left:,}) are in bias.json and scores.json."
        if left > 0
        else NOT_JUDGED
    )


def beside_table(bias: BiasDocument, attribute: str, words: Words) -> Iterator[TableOf]:
    """Lay out the metrics that nobody asked to judge, each with its ratio to the reference group; nothing where there are none."""
    metrics = beside_metrics(bias)
    if not metrics:
        return
    parts = {(d.group, d.metric): d for d in bias.disparities if d.attribute == attribute}
    rows = [
        (group_name(attribute, group, words), *(_beside(parts[group, metric]) for metric in metrics))
        for group in order_of(bias, attribute)[:MOST_ROWS]
    ]
    heads = ("Group", *(capital(BY_NAME[metric].long_name) for metric in metrics))
    yield f"Beside the verdict, by {attribute_text(attribute, words)}", heads, rows


def _beside(d: DisparityPart) -> str:
    value = metric_value(d.metric, d.value)
    if d.is_reference:
        return f"{value}; reference"
    if d.ratio is None:
        return value
    limits = "" if d.ratio_ci is None else f" ({interval_text(d.ratio_ci)})"
    return f"{value}; {times(d.ratio)} times{limits}"


def label_rates_table(document: ScoresDocument, attribute: str, words: Words) -> Iterator[TableOf]:
    """Lay out how many of each group have label 1 at each score, in the numeric order of the scores; nothing without labels, or where few people are not to be told of."""
    if document.settings.suppress_below is not None:
        return
    groups = calibrate_groups(document, attribute=attribute)[:MOST_GROUPS]
    everybody = calibrate_part(document, document.overall)
    if not groups or everybody is None:
        return
    bins = score_bins(document)
    columns = [{tenth.number: tenth for tenth in one.tenths} for one in (*groups, everybody)]
    rows = [
        (name, *(_label_rate(column.get(number)) for column in columns))
        for number, name in enumerate(bins.names)
        if any(number in column for column in columns)
    ]
    heads = ("Score", *(group_name(attribute, one.group, words) for one in groups), "Everybody")
    confidence = f"{document.settings.confidence:.0%} intervals"
    title = f"Share of {words.people} {of_whom('tpr', words)} at each score, by {attribute_text(attribute, words)}, with {confidence}"
    yield title, heads, rows


def _label_rate(tenth: Tenth | None) -> str:
    if tenth is None:
        return NO_VALUE
    low, high = (rate_text(limit).removesuffix("%") for limit in tenth.ci)
    return f"{rate_text(tenth.share)} of {count_text(tenth.people)} ({low} to {high})"
