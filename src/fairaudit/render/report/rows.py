"""The rows of a report's table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairaudit.documents.audit import DisparityPart, SlicePart
from fairaudit.documents.folder import Results
from fairaudit.documents.order import orders_of
from fairaudit.documents.parts import (
    CountsPart,
    DistancePart,
    EstimatePart,
    GroupPart,
)
from fairaudit.render.report.parts import Attribute, metric_head, rows_of, shown_text
from fairaudit.render.words.names import VERDICT_WORDS
from fairaudit.render.words.people import Words, group_text, words_of_results
from fairaudit.render.words.values import NO_VALUE, count_text, metric_value, times_text
from fairaudit.settings.limits import Band, interval_text
from fairaudit.slices.grammar import EVERYBODY_ELSE

MOST_ROWS = 2_500
"""How many groups and slices the page holds; the documents hold all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One group or slice: what the page holds of it.

    Attributes
    ----------
    shown
        The name as people read it: "women below 25" for a group of two columns.
    disparities
        By metric; empty for slices that are no audited group.
    estimates
        Empty where only the bias report knows the group.
    rows
        Where people stand in several.
    """

    feature: str
    name: str
    shown: str
    n: int
    rows: float | None
    counts: CountsPart
    estimates: Mapping[str, EstimatePart]
    distance: DistancePart | None
    disparities: Mapping[str, DisparityPart]
    is_group: bool
    is_slice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCell:
    """A disparity as the script draws it, but for the picture."""

    label: str
    rate: str
    counts: str = ""
    ratio: str = ""
    verdict: str = ""
    interval: str = ""
    is_small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRow:
    """One row of the table of ratios."""

    name: str
    people: str
    cells: tuple[WrittenCell, ...]


def written_row(row: Row, ratios: Sequence[str], band: Band) -> WrittenRow:
    """Return one row of the table of ratios."""
    return WrittenRow(
        name=shown_text(row.shown),
        people=f"{row.n:,}",
        cells=tuple(_written_cell(metric, row.disparities.get(metric), band) for metric in ratios),
    )


def _written_cell(metric: str, d: DisparityPart | None, band: Band) -> WrittenCell:
    label = metric_head(metric)
    if d is None:
        return WrittenCell(label=label, rate=NO_VALUE)
    is_counted = d.value is not None and d.numerator is not None and d.denominator is not None
    counts = f"{count_text(d.numerator or 0)} of {count_text(d.denominator or 0)}" if is_counted else ""
    rate = metric_value(metric, d.value)
    if d.is_reference:
        return WrittenCell(label=label, rate=rate, counts=counts, ratio="reference")
    level, ci = d.resting
    return WrittenCell(
        label=label,
        rate=rate,
        counts=counts,
        ratio=NO_VALUE if d.ratio is None else times_text(d.ratio, band),
        verdict=VERDICT_WORDS[d.verdict] if d.verdict else "",
        interval="" if ci is None else f"{level}%: {interval_text(ci, band)}",
        is_small=d.small,
    )


# --- the data ---


def table_rows(documents: Results) -> list[Row]:
    """Join what the documents say of each group and slice, in their order."""
    disparities: dict[tuple[str, str], dict[str, DisparityPart]] = {}
    for d in documents.bias.disparities if documents.bias else ():
        disparities.setdefault((d.attribute, d.group), {})[d.metric] = d
    groups = {(g.attribute, g.group): g for g in documents.group.groups} if documents.group else {}
    slices = {(s.feature, s.slice): s for s in documents.slices.slices} if documents.slices else {}
    main = documents.main_metric
    rows = []
    names = _names(dict.fromkeys((*groups, *disparities, *slices)), words_of_results(documents))
    for key in names:
        part: GroupPart | SlicePart | None = groups.get(key) or slices.get(key)
        of_group = disparities.get(key, {})
        rows.append(
            Row(
                feature=key[0],
                name=key[1],
                shown=names[key],
                n=part.n if part else next(iter(of_group.values())).n,
                rows=rows_of(part.metrics.get("pprev") if part else of_group.get("pprev")),
                counts=part.counts if part else _recounted(of_group),
                estimates=part.metrics if part else {},
                distance=slices[key].vs_rest.get(main) if main and key in slices else None,
                disparities=of_group,
                is_group=key in groups or key in disparities,
                is_slice=key in slices,
            )
        )
    return rows


def _names(keys: Iterable[tuple[str, str]], words: Words) -> dict[tuple[str, str], str]:
    """Name groups as people read them, unless two of an attribute would read alike."""
    read = {
        key: group_text(*key, words)
        if len(words.columns.get(key[0], ())) > 1 and key[1] != EVERYBODY_ELSE
        else key[1]
        for key in keys
    }
    alike = Counter((feature, name) for (feature, _), name in read.items())
    return {key: name if alike[key[0], name] == 1 else key[1] for key, name in read.items()}


def _recounted(disparities: Mapping[str, DisparityPart]) -> CountsPart:
    """Recover a group's counts from its rates, which hold them."""

    def cells(metric: str) -> tuple[float | None, float | None]:
        d = disparities.get(metric)
        if d is None or d.numerator is None or d.denominator is None:
            return None, None
        return d.numerator, d.denominator - d.numerator

    fp, tn = cells("fpr")
    fn, tp = cells("fnr")
    return CountsPart(tp=tp, fp=fp, fn=fn, tn=tn, selected=cells("pprev")[0])


def ranked(
    rows: Sequence[Row], documents: Results, attributes: Sequence[Attribute]
) -> tuple[list[Row], list[Row]]:
    """Order the rows as the page shows them, and part those that there is room for from the others."""
    places = {attribute.name: place for place, attribute in enumerate(attributes)}
    order: dict[tuple[str, str], int] = {}
    for attribute, groups in (orders_of(documents.bias) if documents.bias else {}).items():
        order |= {(attribute, group): place for place, group in enumerate(groups)}

    def rank(row: Row) -> tuple[int, int, int]:
        key = (row.feature, row.name)
        kind = 0 if row.disparities else 1 if row.is_group else 2
        return kind, places.get(row.feature, len(places)), order.get(key, len(order))

    ranked = sorted(rows, key=rank)
    references = {
        (d.attribute, d.reference_group) for d in (documents.bias.disparities if documents.bias else ())
    }
    # Where there is no room for all, nobody loses the group that others are compared with.
    needed = sum((row.feature, row.name) in references for row in ranked)
    kept: list[Row] = []
    left_out: list[Row] = []
    others = 0
    for row in ranked:
        is_needed = (row.feature, row.name) in references
        others += not is_needed
        (kept if is_needed or others <= MOST_ROWS - needed else left_out).append(row)
    return kept, left_out
