"""Documents of an audit as what a terminal shows: the answer in words first, then the table, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from fairaudit.documents.audit import (
    BiasDocument,
    ByDocument,
    DisparityPart,
    FairnessDocument,
    ParityPart,
    SlicesDocument,
    StatisticPart,
)
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.order import order_of
from fairaudit.documents.parts import Verdict
from fairaudit.documents.ranking import main_metric, slices_of, worst_disparities
from fairaudit.documents.within import SELECTION
from fairaudit.errors import clipped, printable
from fairaudit.render.terminal.answer import answer
from fairaudit.render.terminal.beside import beside
from fairaudit.render.terminal.details import details
from fairaudit.render.terminal.rates import left_out_notes, present, rates_table, worth_notes
from fairaudit.render.terminal.tables import (
    HEADS,
    MOST_ROWS,
    NARROW,
    VERDICT_STYLES,
    WIDE,
    dim_note,
    footer,
    name_column,
    new_table,
    number_cell,
    people_text,
    plain,
    titled,
)
from fairaudit.render.terminal.within import paradoxes, within
from fairaudit.render.words.answer import right_overall
from fairaudit.render.words.compared import corrected_text, model_text
from fairaudit.render.words.findings import (
    CHOSEN_BY_DATA,
    DECIDED_BY_POINT,
)
from fairaudit.render.words.people import words_of
from fairaudit.render.words.quality import lacking_of
from fairaudit.render.words.rows import stands_on_text
from fairaudit.render.words.slices import ranked_by_text, slices_told, worst_slice_row
from fairaudit.render.words.values import aequitas_text, times, tolerance
from fairaudit.settings.choices import Decide
from fairaudit.settings.limits import Band
from fairaudit.slices.grammar import EVERYBODY_ELSE
from fairaudit.spelling import setting

if TYPE_CHECKING:
    from fairaudit.documents.model import CvDocument, TrainDocument

_SLICE_METRICS = ("accuracy", "f1", "balanced_accuracy", "pprev", "fpr", "fnr")
_BIAS_METRICS = ("pprev", "fpr", "fnr", "for", "fdr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """The documents of an audit that a terminal shows."""

    bias: BiasDocument
    fairness: FairnessDocument
    group: GroupDocument
    slices: SlicesDocument
    train: TrainDocument | None = None
    cv: CvDocument | None = None


def slices(document: SlicesDocument, *, width: int) -> RenderableType:
    """Show the slices, those with the poorest performance first."""
    chosen = document.settings.ranked_by
    # What slices are ranked by has a column.
    first = () if chosen is None or chosen in _SLICE_METRICS else (chosen,)
    metrics = present([*first, *_SLICE_METRICS], document.overall, width)
    main, people = (
        main_metric(document.overall.metrics, chosen),
        words_of(document.settings).people,
    )
    parts: list[RenderableType] = []
    if main:
        parts.append(_worst_slice(document, main))
    for feature in dict.fromkeys(s.feature for s in document.slices):
        members = {s.slice: s for s in document.slices if s.feature == feature}
        parts.append(
            rates_table(plain(feature), members, document.overall, metrics, main=main, people=people)
        )
    if document.statistics is not None:
        parts += statistics_tables(document.statistics, file="slices.json")
    return Group(
        *parts,
        *([dim_note(f"{ranked_by_text(main)} {setting('rank_by')} names another metric.")] if main else []),
        *worth_notes(document.overall, people),
        *left_out_notes(document.left_out),
        *footer(document.input, document.settings, document.overall.n),
    )


def bias(document: BiasDocument, *, width: int, verbose: bool = False) -> RenderableType:
    """Show the answer, then all ratios; with `verbose` also every comparison, and p-values."""
    parts: list[RenderableType] = [answer(document, None, verbose=verbose)]
    decisive = document.family.metrics
    metrics = [*decisive, *(m for m in _BIAS_METRICS if m not in document.left_out and m not in decisive)]
    if width < NARROW:
        metrics = metrics[:3]
    elif width < WIDE:
        metrics = metrics[:5]
    attributes = dict.fromkeys(d.attribute for d in document.disparities)
    parts += [_bias_table(document, attribute, metrics) for attribute in attributes]
    left = [m for m in (*decisive, *_BIAS_METRICS) if m not in document.left_out and m not in metrics]
    narrow = f"; {', '.join(HEADS.get(m, m) for m in left)}: see bias.json" if left else ""
    legend = dim_note(
        f"x: fails; ✓: passes; ?: undecided; in brackets: few {words_of(document.settings).people}; –: no ratio{narrow}"
    )
    return Group(
        *parts,
        legend,
        *beside(document),
        *(details(document) if verbose else ()),
        *_strata(document, width=width, verbose=verbose),
        *_corrections(document),
        *left_out_notes(document.left_out),
        *footer(document.input, document.settings, document.people),
    )


def _strata(document: BiasDocument, *, width: int, verbose: bool) -> Iterable[RenderableType]:
    """Show what is left of gaps within strata, where somebody asked: of selection rates and of the metrics that form the verdict, or of all."""
    words = words_of(document.settings)
    every = document.strata or ()
    shown = {SELECTION, *document.family.metrics}
    parts = [part for part in every if verbose or part.metric in shown]
    yield from paradoxes(parts, words, judged=True)
    yield from within(parts, words, width=width, verbose=verbose, file="bias.json")
    if left := dict.fromkeys(part.metric for part in every if part.metric not in shown and not verbose):
        heads = ", ".join(HEADS.get(metric, metric) for metric in left)
        yield dim_note(f"Within the same strata, other metrics: {heads}; see bias.json or --verbose")


def fairness(
    document: FairnessDocument,
    bias_document: BiasDocument,
    *,
    width: int,
    aequitas: bool = False,
    verbose: bool = False,
) -> RenderableType:
    """Show the answer, then the verdicts by attribute, then what is undecided and why.

    Parameters
    ----------
    verbose
        Show every comparison and the p-values behind it as well.
    aequitas
        Show Aequitas's parities by its names, and its summary, as well.
    """
    return Group(
        answer(bias_document, None, verbose=verbose),
        *_verdicts(document, bias_document, width=width, aequitas=aequitas),
        *(details(bias_document) if verbose else ()),
        *_strata(bias_document, width=width, verbose=verbose),
        *footer(document.input, document.settings, bias_document.people),
    )


def _verdicts(
    document: FairnessDocument, bias_document: BiasDocument, *, width: int, aequitas: bool
) -> Iterable[RenderableType]:
    """Lay out the verdicts by attribute, say what is undecided, and what was corrected for."""
    metric_of = document.metric_of
    shown = [p for p in dict.fromkeys(v.parity for v in document.attributes) if metric_of[p] is not None]
    leading = [p for p in shown if metric_of[p] in document.family.metrics]
    wide = width >= 2 * NARROW
    columns = [*leading, *(p for p in shown if p not in leading)] if wide else leading
    yield _parities_table(document, columns)
    if aequitas and not wide:
        yield from _other_parities(document, [p for p in shown if p not in columns])
    order = {
        (d.attribute, d.group, d.metric): place for place, d in enumerate(worst_disparities(bias_document))
    }
    yield from _undecided(
        sorted(
            document.parities,
            key=lambda p: order.get((p.attribute, p.group, p.metric or ""), len(order)),
        )
    )
    yield from _corrections(bias_document)
    if aequitas:
        yield from _aequitas_notes(document)


def _parities_table(document: FairnessDocument, columns: Sequence[str]) -> Group:
    """Lay out the verdict of each attribute on some parities."""
    table = new_table()
    name_column(table, "attribute", (v.attribute for v in document.attributes))
    for parity in columns:
        table.add_column(_parity_head(parity))
    verdicts = {(v.attribute, v.parity): v for v in document.attributes}
    for attribute in dict.fromkeys(v.attribute for v in document.attributes):
        cells = [verdicts.get((attribute, parity)) for parity in columns]
        table.add_row(
            plain(attribute),
            *(Text(c.verdict.value, VERDICT_STYLES[c.verdict]) if c else Text("–") for c in cells),
        )
    title = Text(f"Parities at tau {document.settings.tau}: a ratio may lie from {tolerance(document.band)}")
    return titled(title, table)


def _other_parities(document: FairnessDocument, parities: Sequence[str]) -> Iterable[Text]:
    """Say of each attribute which other parities do not hold, for which a narrow table has no room."""
    others = [v for v in document.attributes if v.parity in parities and v.verdict is not Verdict.PASS]
    for attribute in dict.fromkeys(v.attribute for v in others):
        line = plain(attribute).append(": also ")
        members = [v for v in others if v.attribute == attribute]
        for verdict in (Verdict.FAIL, Verdict.UNDECIDED):
            names = ", ".join(v.parity for v in members if v.verdict is verdict)
            if names:
                line.append("; " if line.plain.endswith("y") else "")
                line.append(f"{verdict.value} ", VERDICT_STYLES[verdict]).append(names)
        yield line


def _aequitas_notes(document: FairnessDocument) -> Iterable[Text]:
    """Say what Aequitas comes to beside us, and what its Statistical Parity is."""
    by_kind = Text("Aequitas's summary, and ours of the same parities: ", "dim")
    for number, (kind, part) in enumerate(document.overall.items()):
        by_kind.append(f"{', ' if number else ''}{kind} {aequitas_text(part.aequitas)} / ").append(
            part.verdict.value, VERDICT_STYLES[part.verdict]
        )
    yield by_kind
    yield dim_note(
        "Statistical Parity compares shares of all selected, which depend on the groups' sizes; see fairaudit explain ppr"
    )


def audit(
    audited: Audited,
    *,
    width: int,
    verbose: bool = False,
    aequitas: bool = False,
) -> RenderableType:
    """Show a whole audit: the answer; how well the model does; with `verbose` also every verdict."""
    rows = performance(audited, slices=verbose)
    parts: list[RenderableType] = [answer(audited.bias, audited.group, rows, verbose=verbose)]
    if verbose or aequitas:
        parts += _verdicts(audited.fairness, audited.bias, width=width, aequitas=aequitas)
    if verbose:
        parts += details(audited.bias)
    threshold = None if audited.train is None else audited.train.model.threshold
    bias_document = audited.bias
    return Group(
        *parts,
        *footer(
            bias_document.input,
            bias_document.settings,
            bias_document.people,
            threshold=threshold,
            data=lacking_of(audited.train, audited.cv, audited.group),
        ),
    )


def performance(audited: Audited, *, slices: bool) -> list[tuple[str, str]]:
    """Say how often decisions are right, beside what needs no model, and with `slices` where least, as rows of a head and a text."""
    rows = []
    if audited.train is not None:
        rows.append(("Model", model_text(audited.train)))
    elif right := right_overall(audited.group.overall):
        rows.append(("Right overall", right))
    if (part := audited.bias.settings.audit_on) is not None:
        rows.append(("Stands on", stands_on_text(part, words_of(audited.bias.settings).people)))
    main = main_metric(audited.slices.overall.metrics, audited.slices.settings.ranked_by)
    if main and slices:
        rows.append(
            worst_slice_row(
                slices_of(audited.slices), audited.slices.overall, main, words_of(audited.bias.settings)
            )
        )
    return rows


def by(document: ByDocument, *, people: str = "people") -> RenderableType:
    """Show what the audits of the values of a column come to, beside each other; `people` is what these are called."""
    table = new_table()
    name_column(table, printable(clipped(document.column, most=40)), (part.value for part in document.audits))
    table.add_column(plain(people), justify="right")
    table.add_column("verdict")
    table.add_column("worst finding", overflow="fold")
    for part in document.audits:
        worst = plain(part.worst or "–", most=400)
        if part.worst_verdict:
            worst.append(f" ({part.worst_verdict})")
        verdict = Text(part.verdict.value, VERDICT_STYLES[part.verdict])
        table.add_row(plain(part.value), f"{part.people:,}", verdict, worst)
    title = Text(f"{len(document.audits):,} audits, one for each value of ").append_text(
        plain(document.column)
    )
    each = dim_note("Each audit is corrected for its own comparisons, and not for those of the others.")
    return Group(titled(title, table), each, *footer(document.input, None))


def _bias_table(document: BiasDocument, attribute: str, metrics: Sequence[str]) -> Group:
    members: dict[str, dict[str, DisparityPart]] = {group: {} for group in order_of(document, attribute)}
    for d in document.disparities:
        if d.attribute == attribute:
            members[d.group][d.metric] = d
    reference, people = document.references[attribute], words_of(document.settings).people
    title = plain(attribute).append(", ratio to ")
    if reference == EVERYBODY_ELSE:
        title.append("everybody else")
    elif isinstance(reference, str):
        n = next((next(iter(cells.values())).n for g, cells in members.items() if g == reference), 0)
        title.append_text(plain(reference)).append(f" ({n:,} {people})")
    else:
        title.append("the lowest group of each metric")
    title.append(f"; tolerance {tolerance(document.band)}")
    table = new_table()
    name_column(table, "group", members)
    table.add_column(plain(people), justify="right")
    for metric in metrics:
        table.add_column(HEADS.get(metric, metric), justify="right")

    ranked = worst_disparities(document, metrics=metrics, attribute=attribute)
    farthest = list(dict.fromkeys([d.group for d in ranked] + list(members)))[:MOST_ROWS]
    for group, cells in members.items():
        # Of too many groups those are shown that are farthest off, and whom they are compared with.
        if group not in farthest and not any(cells[m].is_reference for m in metrics):
            continue
        first = next(iter(cells.values()))
        shown = [_ratio(cells[m], document.band) for m in metrics]
        table.add_row(plain(group), people_text(first.n, first.n < document.settings.min_group_size), *shown)
    return titled(title, table, left_out=len(members) - len(table.rows), file="bias.json")


def _ratio(disparity: DisparityPart, band: Band) -> Text:
    if disparity.is_reference:
        return Text("ref.", "dim")
    if disparity.verdict is None:
        return Text("–" if disparity.ratio is None else times(disparity.ratio, band), "dim")
    sign, style = {Verdict.FAIL: (" x", "bold red"), Verdict.PASS: (" ✓", "green")}.get(
        disparity.verdict, (" ?", "")
    )
    shown = "–" if disparity.ratio is None else times(disparity.ratio, band)
    return Text(
        f"({shown}){sign}" if disparity.small else shown + sign,
        "dim" if disparity.small and sign == " ?" else style,
    )


def _undecided(parities: Iterable[ParityPart]) -> Iterable[RenderableType]:
    open_ones = [p for p in parities if p.verdict is Verdict.UNDECIDED and p.decisive]
    for p in open_ones[:5]:
        yield Text.assemble(
            ("undecided ", "yellow"), plain(p.attribute), " = ", plain(p.group), f", {p.parity}: {p.reason}"
        )
    if len(open_ones) > 5:
        rest = len(open_ones) - 5
        yield dim_note(f"{rest:,} more undecided {'parity' if rest == 1 else 'parities'} in fairness.json")


def _corrections(document: BiasDocument) -> Iterable[RenderableType]:
    """Say what was corrected for, and what the verdict rests on."""
    if document.settings.decide is Decide.POINT:
        yield dim_note(DECIDED_BY_POINT)
    elif corrected := corrected_text(document):
        yield dim_note(corrected)
    if any(d.comparisons > 1 for d in document.disparities):
        yield dim_note(CHOSEN_BY_DATA)


def _worst_slice(document: SlicesDocument, metric: str) -> Text:
    finding, more = slices_told(
        slices_of(document), document.overall.metrics[metric], metric, words_of(document.settings)
    )
    return Text.assemble((printable(finding), "bold"), *(f" {printable(text)}" for text in more))


def statistics_tables(statistics: Sequence[StatisticPart], *, file: str) -> list[RenderableType]:
    """Show the statistics of every numeric column, in a table for each feature; `file` has what is too much."""
    parts: list[RenderableType] = []
    for feature in dict.fromkeys(s.feature for s in statistics):
        if not feature:
            continue
        members = [s for s in statistics if s.feature == feature]
        table = new_table()
        for head in ("slice", "column", "n", "mean", "std", "min", "median", "max"):
            table.add_column(
                head, justify="left" if head in ("slice", "column") else "right", overflow="fold"
            )
        for s in members[: 2 * MOST_ROWS]:
            numbers = (_statistic(v) for v in (s.mean, s.std, s.min, s.median, s.max))
            table.add_row(plain(s.slice), plain(s.column), f"{s.n:,}", *numbers)
        title = plain(feature).append(", statistics")
        parts.append(titled(title, table, left_out=len(members) - 2 * MOST_ROWS, file=file))
    return parts


def _statistic(value: float | None) -> str:
    """Write a number of any size within a column's width."""
    usual = value is None or value == 0 or 1e-3 <= abs(value) < 1e9
    return number_cell(value) if usual else f"{value:.4g}"


def _parity_head(parity: str) -> str:
    return "selection rate" if parity == "Impact Parity" else parity.removesuffix(" Parity")
