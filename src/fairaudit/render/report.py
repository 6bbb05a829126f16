"""The report: one HTML page that opens from disk and needs no network, the answer first.

The answer, the key numbers and the attributes are written into the page, so that it can be read and printed without JavaScript. The rest is
drawn by the page's own script from one block of JSON, which holds counts and never a row. Names and values of the input are text and
nothing else: the template escapes whatever it prints, the script sets text and never markup, and a content security policy allows no other
script or style than the two that are written here, and no address at all.

A template may use: ``title``, ``about`` (list of texts); ``answer`` (with ``verdict``, ``headline``, ``findings`` and ``stated``, a list of names and texts); ``tiles`` (each with ``label``,
``name``, ``value``, ``interval`` and ``counts``) and their ``confidence``; ``no_slider`` (why there is none, or empty); ``rule`` and ``threshold`` (what decides, and
the audited threshold); ``attributes_lead`` (list of texts); ``overview`` and the tables of ``attributes`` (each with ``head`` and ``rows``);
``attributes`` (each with ``place``, ``name``, ``verdict``, ``reference``, ``finding``, ``table``, ``left_out`` and ``is_open``); ``groups_left_out``, ``slices_left_out``;
``group_count``, ``slice_count``; ``main`` (the metric that slices are compared by) and ``slices_finding`` (the poorest of them in words); the lists of names
and texts ``model`` and ``settings``; ``metrics`` (each with ``head``, ``name``, ``formula`` and ``says``); ``files``; the filter ``number``; and, as markup, ``style``, ``script``, ``data`` and ``policy``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from fairaudit.compare import EVERYBODY_ELSE
from fairaudit.config import (
    CONFIDENCE,
    MIN_DENOMINATOR,
    Decide,
    RateInterval,
    RuleKind,
    parse_tau,
)
from fairaudit.errors import FileError, clipped, written
from fairaudit.judge import tolerance_band
from fairaudit.measure import BY_NAME, Metric, Needs
from fairaudit.read.decision import ScoreKind
from fairaudit.render.card import CardDocuments
from fairaudit.render.confined import confined
from fairaudit.render.documents import (
    AuditSettings,
    BiasDocument,
    CountsPart,
    DisparityPart,
    DistancePart,
    Envelope,
    EstimatePart,
    GroupPart,
    OverallPart,
    ScoreCountsPart,
    SlicePart,
)
from fairaudit.render.escape import MOST_SHOWN, visible
from fairaudit.render.ranking import is_small, poorest_finding, rank_slices, slices_of
from fairaudit.render.sentences import (
    NO_VALUE,
    correction,
    count_text,
    findings,
    interval,
    judged,
    level_text,
    main_metric,
    metric_value,
    passed_over_texts,
    share_text,
    tolerance,
    worst_disparities,
)
from fairaudit.render.statements import NotApplicable, Statements, Unknown
from fairaudit.render.templating import faults_of
from fairaudit.resources import REPORT_SCRIPT, REPORT_STYLE, REPORT_TEMPLATE, read_template
from fairaudit.verdicts import Band, Verdict, combine, decimals_for, number_text

MOST_ROWS = 2_500
"""How many groups and slices the page holds; the documents hold all."""
MOST_WRITTEN = 480
"""How many groups are written into the page as they stand; of more, `MOST_OF_ATTRIBUTE` of each attribute, and the script draws the others."""
MOST_OF_ATTRIBUTE = 8
MOST_SCORE_BYTES = 900_000
"""How much room the counted scores may take, so that the page stays small; the largest groups come first."""
MOST_OPEN = 6
"""How many attributes lie open at first, those that fail before the others."""
MOST_FINDINGS = 5
KEY_METRICS = ("pprev", "accuracy", "fpr", "fnr", "f1", "roc_auc", "prev")
RATIO_METRICS = ("pprev", "fpr", "fnr", "for", "fdr")
RATE_METRICS = ("pprev", "fpr", "fnr", "for", "fdr", "accuracy")
SLICE_METRICS = ("accuracy", "pprev", "fpr", "fnr", "roc_auc")
"""Beside the main one."""
HEADS = {
    "pprev": "Selected",
    "fpr": "FPR",
    "fnr": "FNR",
    "for": "FOR",
    "fdr": "FDR",
    "tpr": "TPR",
    "tnr": "TNR",
    "npv": "NPV",
    "ppr": "Share",
    "prev": "Base rate",
    "f1": "F1",
    "roc_auc": "AUC",
}
TILE_NAMES = {
    "accuracy": "decided rightly",
    "f1": "precision and TPR",
    "roc_auc": "how well scores rank",
    "prev": "have label 1",
}
WORDS = {Verdict.FAIL: "fails", Verdict.PASS: "passes", Verdict.UNDECIDED: "undecided"}
_AMONG = {
    ("n",): "people",
    ("all selected",): "people selected in all groups",
    ("fp", "tn"): "people with label 0",
    ("tp", "fn"): "people with label 1",
    ("tp", "fp"): "people decided 1",
    ("fn", "tn"): "people decided 0",
}
_LETTERS = {Verdict.FAIL: "f", Verdict.PASS: "p", Verdict.UNDECIDED: "u"}
_ORDER = {Verdict.FAIL: 0, Verdict.UNDECIDED: 1, Verdict.PASS: 2}
_STATED = ("summary", "interpretation", "caveats", "recommendations")
_END_OF_BLOCK = re.compile(r"</(style|script)|<!--", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTemplates:
    """The texts that a report is made of: a Jinja template, a style sheet and a script."""

    page: str
    style: str
    script: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One group or slice: what the page holds of it.

    Attributes
    ----------
    disparities
        By metric; empty for slices that are no audited group.
    estimates
        Empty where only the bias report knows the group.
    rows
        Where people stand in several.
    """

    feature: str
    name: str
    n: int
    rows: float | None
    counts: CountsPart
    estimates: Mapping[str, EstimatePart]
    distance: DistancePart | None
    disparities: Mapping[str, DisparityPart]
    is_group: bool
    is_slice: bool


def own_templates() -> ReportTemplates:
    """Read the templates that come with the package."""
    return ReportTemplates(
        page=read_template(REPORT_TEMPLATE),
        style=read_template(REPORT_STYLE),
        script=read_template(REPORT_SCRIPT),
    )


def render_report(
    documents: CardDocuments, statements: Statements, *, templates: ReportTemplates | None = None
) -> str:
    """Write the report.

    Parameters
    ----------
    statements
        What people have stated; what is missing is left out here, and is the card's to ask for.
    templates
        ``None`` takes our own.

    Returns
    -------
    str
        HTML that refers to nothing outside itself.

    Raises
    ------
    FileError
        If a template is faulty.
    ValueError
        If there is no document at all.
    """
    if not documents.all:
        raise ValueError("a report needs a document")
    templates = own_templates() if templates is None else templates
    if templates.page == own_templates().page:
        return _rendered(documents, statements, templates)
    return confined(REPORT_TEMPLATE, _rendered, documents, statements, templates)


def _rendered(documents: CardDocuments, statements: Statements, templates: ReportTemplates) -> str:
    style = _block(templates.style, file=REPORT_STYLE)
    script = _block(templates.script, file=REPORT_SCRIPT)
    environment = ImmutableSandboxedEnvironment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_safe,
    )
    environment.filters["number"] = lambda n: f"{n:,}"
    context = _context(documents, statements) | {
        "style": style,
        "script": script,
        "policy": Markup(  # noqa: S704
            f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
            "base-uri 'none'; form-action 'none'"
        ),
    }
    with faults_of(REPORT_TEMPLATE, templates.page):
        return environment.from_string(templates.page).render(context)


def data_block(value: object) -> Markup:
    r"""Write JSON so that it may stand within a script element: nothing in it can end the element or begin another.

    >>> print(data_block({"name": "</script>&"}))
    {"name":"\u003c/script\u003e\u0026"}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704


def _safe(value: object) -> Markup:
    """Escape what the template prints; this is the only way out of it."""
    return value if isinstance(value, Markup) else escape(visible(str(value)))


def _block(text: str, *, file: str) -> Markup:
    """Take a style sheet or a script for an element of the page, whose end it must not hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := _END_OF_BLOCK.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise FileError(file, f"line {line}: {found.group()!r} cannot stand in an element of a page")
    return Markup(text)  # noqa: S704


def _source(block: str) -> str:
    """Name a block by its hash, as a content security policy does."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()}'"


# --- what the page is made of ---


def _context(documents: CardDocuments, statements: Statements) -> dict[str, Any]:
    rows = _rows(documents)
    ratios = _ratio_metrics(documents.bias)
    attributes = _attributes(documents)
    kept, left_out = _ranked(rows, documents, attributes)
    pages = _attribute_pages(documents, attributes, kept, ratios)
    settings = documents.settings
    decision = settings.decision if settings else None
    main = main_metric(_overall(documents))
    return {
        "title": _title(documents, statements),
        "about": _about(documents),
        "answer": _answer(documents, statements),
        "tiles": _tiles(documents),
        "confidence": f"{settings.confidence if settings else CONFIDENCE:.0%}",
        "no_slider": _no_slider(documents),
        "rule": _shown(decision.sentence) if decision else "",
        "threshold": _number_text(decision.threshold) if decision and decision.threshold is not None else "",
        "attributes_lead": _attributes_lead(documents.bias),
        "overview": _overview(documents, attributes, ratios),
        "attributes": pages,
        "group_count": sum(row.is_group for row in kept),
        "slice_count": sum(row.is_slice for row in kept),
        "groups_left_out": sum(row.is_group for row in left_out),
        "slices_left_out": sum(row.is_slice for row in left_out),
        "main": BY_NAME[main].long_name if main else "",
        "slices_finding": _slices_finding(documents, main),
        "model": _model(documents),
        "settings": _settings(documents),
        "metrics": [
            {
                "head": _head(name),
                "name": BY_NAME[name].long_name,
                "formula": BY_NAME[name].formula,
                "says": BY_NAME[name].says,
            }
            for name in dict.fromkeys((*KEY_METRICS, *ratios, *RATE_METRICS, *SLICE_METRICS))
            if name in _overall(documents)
        ],
        "files": [f"{name}.json" for name in documents.all],
        "data": data_block(_data(documents, kept, ratios, attributes)),
    }


def _title(documents: CardDocuments, statements: Statements) -> str:
    if isinstance(statements.name, str) and statements.name:
        return statements.name
    if documents.train is not None:
        return (
            f"{documents.train.model.estimator.rpartition('.')[2]} for {_shown(documents.train.model.target)}"
        )
    return _shown(_first(documents).input.name)


def _about(documents: CardDocuments) -> list[str]:
    first = _first(documents)
    source, settings = first.input, documents.settings
    dropped = sum(source.dropped.values())
    found = [f"{_shown(source.name)}: {source.used:,} rows" + (f", {dropped:,} dropped" if dropped else "")]
    if settings is not None and settings.decision is not None:
        found.append(f"decision: {_shown(settings.decision.sentence, most=160)}")
    return [*found, f"{first.created:%Y-%m-%d %H:%M} UTC", f"fairaudit {first.fairaudit}"]


# --- the answer ---


def _answer(documents: CardDocuments, statements: Statements) -> dict[str, Any]:
    stated = [(_capital(key), text) for key in _STATED if (text := _statement(getattr(statements, key, "")))]
    bias = documents.bias
    if bias is None:
        return {"verdict": "", "headline": _without_bias(documents), "findings": [], "stated": stated}
    return {
        "verdict": str(bias.answer.verdict),
        "headline": f"At tau {bias.tolerance}: {bias.answer.sentence}.",
        "findings": _findings(bias),
        "stated": stated,
    }


def _findings(bias: BiasDocument) -> list[tuple[str, str]]:
    """Say the worst in words, each beside the word for its verdict."""
    return [
        (WORDS[verdict] if verdict else "", _shown(sentence, most=600))
        for verdict, sentence in findings(bias, failing=MOST_FINDINGS - 2)
    ]


def _without_bias(documents: CardDocuments) -> str:
    overall = _overall(documents)
    main = main_metric(overall)
    if main is None:
        return f"{_first(documents).input.used:,} rows were read; there is nothing in them to judge decisions by."
    value, ci = metric_value(main, overall[main].value), interval(main, overall[main])
    return (
        f"{_capital(BY_NAME[main].long_name)} is {value} ({ci}) for everybody; groups have not been compared."
    )


def _statement(statement: object) -> str:
    match statement:
        case str():
            return statement
        case NotApplicable():
            return f"Not applicable: {statement.not_applicable}"
        case Unknown():
            return f"Not known: {statement.unknown}"
        case _:
            return ""


def _tiles(documents: CardDocuments) -> list[dict[str, str]]:
    overall = _overall(documents)
    people = _overall_part(documents)
    tiles = []
    if people is not None:
        selected = people.counts.selected
        tiles.append(
            {
                "label": "People",
                "name": "in the audit",
                "value": f"{people.n:,}",
                "interval": "" if selected is None else f"{count_text(selected)} selected",
                "counts": "" if people.rows is None else f"in {people.rows:,} rows",
            }
        )
    for name in KEY_METRICS:
        if (estimate := overall.get(name)) is None:
            continue
        metric = BY_NAME[name]
        counts = _share(metric, estimate)
        tiles.append(
            {
                "label": _head(name),
                "name": TILE_NAMES.get(name, metric.long_name),
                "value": metric_value(name, estimate.value),
                "interval": interval(name, estimate) if estimate.ci else "",
                "counts": counts or estimate.reason or "",
            }
        )
    return tiles


def _share(metric: Metric, estimate: EstimatePart) -> str:
    """Say of how many of whom a rate is a share."""
    shares = share_text(estimate)
    among = _AMONG.get(metric.denominator, "people")
    return f"{shares} {among}" if shares and estimate.effective is None else shares


# --- the attributes ---


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attribute:
    """An audited attribute: its verdicts and its worst disparities, those first."""

    name: str
    verdict: Verdict | None
    by_metric: Mapping[str, Verdict]
    ranked: tuple[DisparityPart, ...]


def _attributes(documents: CardDocuments) -> list[_Attribute]:
    """Gather the attributes, those that fail first."""
    bias = documents.bias
    if bias is None:
        return []
    found: dict[str, list[DisparityPart]] = {}
    for d in bias.disparities:
        found.setdefault(d.attribute, []).append(d)
    attributes = []
    for name, disparities in found.items():
        verdicts: dict[str, list[Verdict]] = {}
        for d in disparities:
            if d.verdict is not None:
                verdicts.setdefault(d.metric, []).append(d.verdict)
        by_metric = {metric: combine(mine) for metric, mine in verdicts.items()}
        own = BiasDocument.model_construct(disparities=disparities, family=bias.family)
        attributes.append(
            _Attribute(
                name=name,
                verdict=bias.answer.attributes.get(name),
                by_metric=by_metric,
                ranked=worst_disparities(own),
            )
        )
    return sorted(attributes, key=lambda a: _ORDER[a.verdict] if a.verdict else 3)


def _attributes_lead(bias: BiasDocument | None) -> list[str]:
    """Say what is compared with what, and what a verdict rests on."""
    if bias is None:
        return []
    family, tau = bias.family, _tau(bias)
    names = ", ".join(BY_NAME[m].long_name for m in family.metrics)
    found = [f"Each rate is divided by the reference group’s. A ratio from {tolerance(tau)} is tolerated."]
    if names:
        found.append(f"The verdict rests on {names}; other metrics are shown beside them.")
    if bias.settings.decide is Decide.POINT:
        found.append("Decided by the ratios alone: in small groups chance fails many, and passes many.")
    elif said := correction(bias):
        found.append(f"{said}; a pass needs the 90% interval within the tolerance; all else is undecided.")
    if any(d.comparisons > 1 for d in bias.disparities):
        found.append(
            "The data chose the reference group, so intervals and p-values hold for all pairs of groups together."
        )
    return found


def _overview(
    documents: CardDocuments, attributes: Sequence[_Attribute], ratios: Sequence[str]
) -> dict[str, Any] | None:
    """List the verdicts of all attributes, if there are several."""
    if len(attributes) < 2 or documents.bias is None:
        return None
    groups: dict[str, set[str]] = {}
    for d in documents.bias.disparities:
        groups.setdefault(d.attribute, set()).add(d.group)
    return {
        "head": [(_head(metric), BY_NAME[metric].long_name) for metric in ratios],
        "rows": [
            {
                "place": place,
                "name": _shown(attribute.name),
                "groups": len(groups[attribute.name]),
                "verdict": WORDS[attribute.verdict] if attribute.verdict else "",
                "cells": [WORDS[v] if (v := attribute.by_metric.get(m)) else "" for m in ratios],
            }
            for place, attribute in enumerate(attributes)
        ],
    }


def _attribute_pages(
    documents: CardDocuments, attributes: Sequence[_Attribute], rows: Sequence[_Row], ratios: Sequence[str]
) -> list[dict[str, Any]]:
    bias = documents.bias
    if bias is None:
        return []
    members: dict[str, list[_Row]] = {}
    for row in rows:
        if row.disparities:
            members.setdefault(row.feature, []).append(row)
    most = MOST_WRITTEN if sum(len(mine) for mine in members.values()) <= MOST_WRITTEN else MOST_OF_ATTRIBUTE
    band = tolerance_band(_tau(bias))
    pages = []
    for place, attribute in enumerate(attributes):
        mine = members.get(attribute.name, [])
        pages.append(
            {
                "place": place,
                "name": _shown(attribute.name),
                "verdict": WORDS[attribute.verdict] if attribute.verdict else "",
                "reference": _reference_sentence(bias, attribute.name, mine),
                "finding": f"{judged(attribute.ranked[0], bias.tolerance, people=bias.people)}."
                if attribute.ranked
                else "",
                "table": {
                    "head": [(_head(metric), BY_NAME[metric].long_name) for metric in ratios],
                    "rows": [_written_row(row, ratios, band) for row in mine[:most]],
                },
                "left_out": max(0, len(mine) - most),
                "is_open": place < MOST_OPEN,
            }
        )
    return pages


def _reference_sentence(bias: BiasDocument, attribute: str, rows: Sequence[_Row]) -> str:
    reference = bias.references.get(attribute)
    if reference == EVERYBODY_ELSE:
        return "each group compared with everybody else"
    if not isinstance(reference, str):
        return "compared with the group that is lowest in each metric"
    people = next((row.n for row in rows if row.name == reference), None)
    return f"compared with {_shown(reference)}" + ("" if people is None else f" ({people:,} people)")


def _written_row(row: _Row, ratios: Sequence[str], band: Band) -> dict[str, Any]:
    return {
        "name": _shown(row.name),
        "n": f"{row.n:,}",
        "cells": [_written_cell(row.disparities.get(metric), band) for metric in ratios],
    }


def _written_cell(d: DisparityPart | None, band: Band) -> dict[str, str]:
    """Write one disparity as the script draws it, but for the picture."""
    if d is None:
        return {"ratio": NO_VALUE, "verdict": "", "beside": "", "small": ""}
    value = metric_value(d.metric, d.value)
    if d.is_reference:
        return {"ratio": "reference", "verdict": "", "beside": value, "small": ""}
    points = None if d.difference is None else f"{_signed(100 * d.difference)} pts"
    return {
        "ratio": NO_VALUE if d.ratio is None else _times(d.ratio, band),
        "verdict": WORDS[d.verdict] if d.verdict else "",
        "beside": f"{value}, {points}" if points else value,
        "small": "small" if d.small else "",
    }


# --- the data ---


def _rows(documents: CardDocuments) -> list[_Row]:
    """Join what the documents say of each group and slice, in their order."""
    disparities: dict[tuple[str, str], dict[str, DisparityPart]] = {}
    for d in documents.bias.disparities if documents.bias else ():
        disparities.setdefault((d.attribute, d.group), {})[d.metric] = d
    groups = {(g.attribute, g.group): g for g in documents.group.groups} if documents.group else {}
    slices = {(s.feature, s.slice): s for s in documents.slices.slices} if documents.slices else {}
    main = main_metric(_overall(documents))
    found = []
    for key in dict.fromkeys((*groups, *disparities, *slices)):
        part: GroupPart | SlicePart | None = groups.get(key) or slices.get(key)
        mine = disparities.get(key, {})
        found.append(
            _Row(
                feature=key[0],
                name=key[1],
                n=part.n if part else next(iter(mine.values())).n,
                rows=_rows_of(part.metrics.get("pprev") if part else mine.get("pprev")),
                counts=part.counts if part else _recounted(mine),
                estimates=part.metrics if part else {},
                distance=slices[key].vs_rest.get(main) if main and key in slices else None,
                disparities=mine,
                is_group=key in groups or key in disparities,
                is_slice=key in slices,
            )
        )
    return found


def _rows_of(share: DisparityPart | EstimatePart | None) -> float | None:
    """Give the rows of a group, of which a share is selected, where people stand in several; or their weight in a survey."""
    return share.denominator if share and share.effective is not None else None


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


def _distance(found: DistancePart | None) -> list[Any] | None:
    """Write how far a slice is from everybody else, with the interval that allows for the choice, and its level."""
    if found is None or found.difference is None or found.joint_ci is None or found.joint_confidence is None:
        return None
    return [*map(_short, (found.difference, *found.joint_ci)), level_text(found.joint_confidence)]


def _slices_finding(documents: CardDocuments, main: str | None) -> str:
    """Say which slice is the poorest, if one is so beyond chance."""
    if main is None or documents.slices is None or not documents.slices.slices:
        return ""
    found, rest = poorest_finding(slices_of(documents.slices), documents.slices.overall.metrics[main], main)
    return f"{_shown(found + rest, most=600)}."


def _ranked(
    rows: Sequence[_Row], documents: CardDocuments, attributes: Sequence[_Attribute]
) -> tuple[list[_Row], list[_Row]]:
    """Order the rows as the page shows them, and part those that there is room for from the others."""
    places = {attribute.name: place for place, attribute in enumerate(attributes)}
    order: dict[tuple[str, str], int] = {}
    for attribute in attributes:
        for d in attribute.ranked:
            order.setdefault((attribute.name, d.group), len(order))

    def rank(row: _Row) -> tuple[int, int, int]:
        key = (row.feature, row.name)
        kind = 0 if row.disparities else 1 if row.is_group else 2
        return kind, places.get(row.feature, len(places)), order.get(key, len(order))

    ranked = sorted(rows, key=rank)
    references = {
        (d.attribute, d.reference_group) for d in (documents.bias.disparities if documents.bias else ())
    }
    # Where there is no room for all, nobody loses the group that others are compared with.
    needed = sum((row.feature, row.name) in references for row in ranked)
    kept: list[_Row] = []
    left_out: list[_Row] = []
    others = 0
    for row in ranked:
        is_needed = (row.feature, row.name) in references
        others += not is_needed
        (kept if is_needed or others <= MOST_ROWS - needed else left_out).append(row)
    return kept, left_out


def _ratio_metrics(bias: BiasDocument | None) -> list[str]:
    """Choose the metrics of the attributes' tables, those that form the verdict first."""
    if bias is None:
        return []
    there = {d.metric for d in bias.disparities}
    return [m for m in dict.fromkeys((*bias.family.metrics, *RATIO_METRICS)) if m in there]


def _data(
    documents: CardDocuments, rows: Sequence[_Row], ratios: Sequence[str], attributes: Sequence[_Attribute]
) -> dict[str, Any]:
    """Write what the page's script draws from: names of columns, groups and metrics, and counts."""
    overall, settings = _overall(documents), documents.settings
    main = main_metric(overall)
    rates = [m for m in RATE_METRICS if m in overall]
    measures = [m for m in dict.fromkeys((main, *SLICE_METRICS)) if m and m in overall]
    others = [m for m in measures if not BY_NAME[m].is_rate]
    features = {
        name: at
        for at, name in enumerate(
            dict.fromkeys((*(a.name for a in attributes), *(row.feature for row in rows)))
        )
    }
    places = {(row.feature, row.name): place for place, row in enumerate(rows)}
    clustered = any(estimate.effective is not None for estimate in overall.values())
    # What the page computes from counts is Wilson's interval of so many independent people.
    exact = clustered or (settings is not None and settings.interval is not RateInterval.WILSON)
    confidence = settings.confidence if settings else CONFIDENCE
    everybody = _overall_part(documents)
    bias = documents.bias
    names = dict.fromkeys((*ratios, *rates, *measures))
    return {
        "z": NormalDist().inv_cdf((1 + confidence) / 2),
        "confidence": confidence,
        "exact": exact,
        "clustered": clustered,
        "least": {
            "people": settings.min_group_size if settings else 0,
            "denominator": MIN_DENOMINATOR,
        },
        "tolerance": [float(_tau(bias)), float(1 / _tau(bias))] if bias else None,
        "decisive": [m for m in ratios if bias and m in bias.family.metrics],
        "main": main,
        "metrics": {name: _metric(name) for name in names},
        "ratios": ratios,
        "rates": rates,
        "measures": measures,
        "others": others,
        "features": [
            {"name": _shown(feature), "reference": _reference(bias, feature, places)} for feature in features
        ],
        "everybody": None
        if everybody is None
        else {
            "n": everybody.n,
            "w": _rows_of(overall.get("pprev")),
            "c": _cells(everybody.counts),
            "x": [_limits(overall.get(m)) for m in others],
            "i": [_limits(overall.get(m)) for m in names if BY_NAME[m].is_rate] if exact else None,
        },
        "rows": [
            {
                "f": features[row.feature],
                "g": _shown(row.name),
                "n": row.n,
                "w": row.rows,
                "k": int(row.is_group),
                "c": _cells(row.counts),
                "x": [_measured(row.estimates.get(m)) for m in others] if row.estimates else None,
                "i": [_limits(row.estimates.get(m)) for m in names if BY_NAME[m].is_rate] if exact else None,
                "r": _distance(row.distance),
                "d": [_judgement(row.disparities.get(m)) for m in ratios] if row.disparities else None,
            }
            for row in rows
        ],
        "slices": _slice_order(documents, places, main),
        "scores": _scores(documents, rows),
    }


def _slice_order(
    documents: CardDocuments, places: Mapping[tuple[str, str], int], main: str | None
) -> list[list[int]]:
    """Write the places of the slices in the order of the card, each with 1 if it has too few people to be ranked, else 0."""
    slices = slices_of(documents.slices) if documents.slices else []
    ranked = rank_slices(slices, main) if main else slices
    return [
        [places[s.feature, s.name], int(is_small(s, main or ""))]
        for s in ranked
        if (s.feature, s.name) in places
    ]


def _metric(name: str) -> dict[str, Any]:
    metric = BY_NAME[name]
    return {
        "head": _head(name),
        "name": metric.long_name,
        "num": list(metric.numerator),
        "den": list(metric.denominator),
        "among": _AMONG.get(metric.denominator, ""),
        "moves": metric.needs in (Needs.DECISION, Needs.LABEL_AND_DECISION),
    }


def _reference(
    bias: BiasDocument | None, feature: str, places: Mapping[tuple[str, str], int]
) -> int | str | dict[str, int] | None:
    """Say whom the groups of an attribute are compared with: a row, everybody else, or a row for each metric."""
    found = bias.references.get(feature) if bias else None
    if found is None:
        return None
    if isinstance(found, str):
        return "rest" if found == EVERYBODY_ELSE else places.get((feature, found))
    return {metric: places[feature, group] for metric, group in found.items() if (feature, group) in places}


def _cells(counts: CountsPart) -> list[float | None]:
    return [counts.tp, counts.fp, counts.fn, counts.tn, counts.selected]


def _limits(estimate: EstimatePart | None) -> list[float | None] | None:
    """Write a value with its interval; a value that counts give is not rounded, so that the page shows the same digits as the documents."""
    if estimate is None or estimate.value is None:
        return None
    return [
        estimate.value,
        *((_short(estimate.ci[0]), _short(estimate.ci[1])) if estimate.ci else (None, None)),
    ]


def _measured(estimate: EstimatePart | None) -> list[float | None] | None:
    """Write a value that no counts in the page give, with its interval, and 1 behind them if it rests on few people."""
    limits = _limits(estimate)
    return [*limits, 1] if limits and estimate and estimate.small else limits


def _judgement(d: DisparityPart | None) -> list[Any] | None:
    """Write a verdict with what it rests on; ``None`` for reference groups."""
    if d is None or d.is_reference:
        return None
    level, ci = d.resting
    low, high = ci or (None, None)
    return [
        _LETTERS[d.verdict] if d.verdict else "",
        level if ci else 0,
        *(_short(limit) for limit in (low, high, *(d.difference_ci or (None, None)))),
        d.needed_in_all or 0,
        _LETTERS[d.needed_to] if d.needed_to else "",
        d.flips or 0,
    ]


def _scores(documents: CardDocuments, rows: Sequence[_Row]) -> dict[str, Any] | None:
    """Write the counted scores of everybody and of the groups, as far as there is room."""
    scores, settings = documents.scores, documents.settings
    if _no_slider(documents) or scores is None or settings is None:
        return None
    decision = settings.decision
    audited = decision.threshold if decision else None
    by_group = {(part.attribute, part.group): part for part in scores.groups}
    written: list[list[Any] | None] = [None] * len(rows)
    room = MOST_SCORE_BYTES
    for place in sorted(range(len(rows)), key=lambda place: -rows[place].n):
        part = by_group.get((rows[place].feature, rows[place].name))
        if part is None or not rows[place].is_group:
            continue
        mine = _counted(part)
        room -= len(json.dumps(mine, separators=(",", ":")))
        if room < 0:
            break
        written[place] = mine
    return {
        "column": _shown(settings.score or "score"),
        "thresholds": scores.thresholds,
        "audited": scores.thresholds.index(audited) if audited in scores.thresholds else None,
        "rule": _shown(decision.sentence) if decision else "",
        "everybody": _counted(scores.overall),
        "rows": written,
    }


def _counted(part: ScoreCountsPart) -> list[Any]:
    return [part.people, part.positives]


def _no_slider(documents: CardDocuments) -> str:
    """Say why the page has no slider; empty if it has one."""
    settings = documents.settings
    if settings is None or not (documents.group or documents.bias):
        return "No groups were audited, so there is no threshold to move."
    if documents.scores is not None:
        return ""
    if settings.scores in (ScoreKind.DECISIONS, ScoreKind.NONE):
        what = (
            "The scores are 0/1 decisions"
            if settings.scores == ScoreKind.DECISIONS
            else "There are no scores"
        )
        return f"{what}, so there is no threshold to move."
    return "The scores of this audit have not been counted (scores.json), so there is no threshold to move."


# --- the model and the settings ---


def _model(documents: CardDocuments) -> list[tuple[str, str]]:
    trained = documents.train or documents.cv
    if trained is None:
        return []
    model = trained.model
    rows = [
        ("Estimator", model.estimator),
        ("Target", f"{_shown(model.target)}; positive: {_listed(model.positive) or 'label 1'}"),
        ("Features", f"{len(model.features_in):,}: {_listed(model.features_in, most=12)}"),
    ]
    if model.dropped:
        rows.append(("Left out of the features", _listed(model.dropped, most=12)))
    if documents.train is not None:
        split, metrics = documents.train.split, documents.train.metrics
        test, learnt = metrics["test"], metrics["train"]
        said = "; ".join(
            f"{BY_NAME[m].long_name} {metric_value(m, test[m].value)} "
            f"(training {metric_value(m, learnt[m].value if m in learnt else None)})"
            for m in ("accuracy", "f1", "roc_auc")
            if m in test
        )
        rows.append(("Held-out performance", f"{said}; {split.test:,} rows, learnt from {split.train:,}"))
    if documents.cv is not None:
        cv = documents.cv
        said = "; ".join(
            f"{BY_NAME[m].long_name} {metric_value(m, spread.mean)} ± {metric_value(m, spread.std)}"
            for m in ("accuracy", "f1", "roc_auc")
            if (spread := cv.summary.get(m)) is not None and spread.mean is not None
        )
        rows.append((f"Over {cv.settings.folds} folds, mean ± std", said))
    return rows


def _settings(documents: CardDocuments) -> list[tuple[str, str]]:
    first, settings = _first(documents), documents.settings
    source = first.input
    rows = [("Input", f"{_shown(source.name)}, {source.rows:,} rows read, {source.used:,} used")]
    rows += [("Dropped", f"{n:,}: {_shown(why, most=160)}") for why, n in source.dropped.items() if n]
    rows += [
        ("Warning" if note.warning else "Note", _shown(note.sentence, most=400)) for note in source.notes
    ]
    if source.sha256:
        rows.append(("SHA-256", source.sha256))
    if settings is not None:
        rows += _audit_settings(settings)
    bias = documents.bias
    if bias is not None:
        rows.append(("Tolerance", f"tau {bias.tolerance}: ratios from {tolerance(_tau(bias))}"))
        rows.append(
            ("Decided by", "the ratio alone" if bias.settings.decide is Decide.POINT else "the interval")
        )
        rows.append(("Reference", _listed(bias.settings.reference or [], most=12)))
    left_out: dict[str, list[str]] = {}
    for metric, reason in getattr(documents.performance, "left_out", {}).items():
        left_out.setdefault(reason, []).append(BY_NAME[metric].long_name if metric in BY_NAME else metric)
    rows += [("Not measured", f"{', '.join(names)}: {reason}") for reason, names in left_out.items()]
    rows.append(("Commands", ", ".join(dict.fromkeys(_shown(d.command) for d in documents.all.values()))))
    rows.append(("Versions", ", ".join(f"{name} {version}" for name, version in _environment(documents))))
    return rows


def _audit_settings(settings: AuditSettings) -> list[tuple[str, str]]:
    roles = {
        "label": settings.label,
        "score": settings.score,
        "decision": settings.decision_column,
        "weight": settings.weight,
        "id": settings.id,
    }
    rows = [
        ("Columns", ", ".join(f"{role}: {_shown(column)}" for role, column in roles.items() if column)),
    ]
    if settings.positive:
        rows.append(("Positive label", _listed(settings.positive)))
    if settings.decision is not None:
        chosen = "" if settings.decision.chosen_by_user else " (not chosen by anybody)"
        rows.append(("Decision", _shown(settings.decision.sentence, most=160) + chosen))
        if settings.decision.kind in (RuleKind.TOP_K, RuleKind.TOP_PERCENT):
            rows.append(("Selected", f"{count_text(settings.decision.selected or 0)} people"))
    if settings.where:
        rows.append(("Only rows where", _shown(settings.where, most=400)))
    chosen = (
        " (nobody named them: columns of 2 to 50 texts, or of 0 and 1)" if settings.attributes_chosen else ""
    )
    rows.append(("Attributes", _listed([a.name for a in settings.attributes], most=60) + chosen))
    for attribute in settings.attributes:
        for column, edges in attribute.edges.items():
            rows.append((f"Edges of {_shown(column)}", ", ".join(_number_text(edge) for edge in edges)))
    if settings.passed_over:
        rows.append(
            (
                "Passed over",
                ", ".join(
                    _shown(text, most=400) for text in passed_over_texts(settings.passed_over, most=12)[:12]
                ),
            )
        )
    rows.append(
        ("Small", f"fewer than {settings.min_group_size} people, or {MIN_DENOMINATOR} in a denominator")
    )
    rows.append(("Intervals", f"{settings.confidence:.0%}, of rates: {settings.interval.value}"))
    return rows


def _environment(documents: CardDocuments) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for document in documents.all.values():
        found |= document.environment
    return sorted(found.items())


# --- wording ---


def _overall_part(documents: CardDocuments) -> OverallPart | None:
    document = documents.group or documents.slices
    return document.overall if document else None


def _overall(documents: CardDocuments) -> Mapping[str, EstimatePart]:
    part = _overall_part(documents)
    if part is not None:
        return part.metrics
    return documents.train.metrics["test"] if documents.train else {}


def _first(documents: CardDocuments) -> Envelope:
    return documents.performance or next(iter(documents.all.values()))


def _tau(bias: BiasDocument) -> Fraction:
    return parse_tau(bias.tolerance)


def _head(metric: str) -> str:
    return HEADS.get(metric) or _capital(BY_NAME[metric].long_name)


def _shown(text: str, *, most: int = MOST_SHOWN) -> str:
    """Write a stranger's text for the page: cut, and with what cannot be seen as escapes; the template and the script keep it text."""
    return visible(clipped(text, most=most))


def _listed(names: Sequence[str], *, most: int = 5) -> str:
    rest = len(names) - most
    return ", ".join(_shown(name) for name in names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def _times(ratio: float, band: Band) -> str:
    """Write a ratio with as many decimals as tell it from a limit of the tolerance."""
    if 0 < ratio < 0.005:
        return "<0.01 ×"
    return f"{number_text(ratio, decimals_for([ratio], band, least=2))} ×"


def _signed(points: float) -> str:
    # Adding 0 turns -0.0 into 0.0.
    return f"{round(points, 1) + 0.0:+.1f}".replace("-", "−")


def _short(value: float | None) -> float | None:
    """Keep as many digits as a reader may see."""
    return None if value is None else float(f"{value:.8g}")


def _number_text(value: float) -> str:
    return written(value)


def _capital(text: str) -> str:
    text = text.replace("_", " ")
    return text[:1].upper() + text[1:]
