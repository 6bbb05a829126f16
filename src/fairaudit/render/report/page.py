"""The report: one HTML page that opens from disk and needs no network, the answer first."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Template
from markupsafe import Markup, escape

from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.folder import Results
from fairaudit.documents.parts import (
    AuditSettings,
    DecisionPart,
    EstimatePart,
)
from fairaudit.documents.ranking import slices_of
from fairaudit.documents.results import NO_FILE, model_file
from fairaudit.documents.statements import Statements
from fairaudit.errors import FileError, written
from fairaudit.metrics.kinds import Metric
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.confined import confined
from fairaudit.render.escape import visible
from fairaudit.render.report.aequitas import aequitas_part
from fairaudit.render.report.answer import shown_answer
from fairaudit.render.report.attributes import attribute_pages, attribute_pages_of, overview
from fairaudit.render.report.data import data_block, page_data
from fairaudit.render.report.parts import (
    MOST_TEXT,
    RATE_METRICS,
    SLICE_METRICS,
    metric_head,
    no_slider,
    shown_text,
)
from fairaudit.render.report.pieces import pieces
from fairaudit.render.report.rows import ranked, table_rows
from fairaudit.render.templating import faults_of, sandbox
from fairaudit.render.words.answer import one_sided_warning
from fairaudit.render.words.compared import attributes_lead
from fairaudit.render.words.findings import nothing_to_judge, performance_finding
from fairaudit.render.words.names import (
    by_reason,
    capital,
    long_name,
    passed_over_texts,
)
from fairaudit.render.words.people import Words, words_of_results
from fairaudit.render.words.rows import EDGES_FROM, ROWS, rows_heads, stands_on_text
from fairaudit.render.words.shares import among_text
from fairaudit.render.words.slices import worst_slice_row
from fairaudit.render.words.statements import statement_text
from fairaudit.render.words.training import training_rows
from fairaudit.render.words.values import (
    count_text,
    counted,
    decided_text,
    interval,
    metric_value,
    share_text,
    tolerance,
)
from fairaudit.resources import REPORT_SCRIPT, REPORT_STYLE, REPORT_TEMPLATE, read_template
from fairaudit.settings.choices import CONFIDENCE, MIN_DENOMINATOR, Decide, RuleKind

KEY_METRICS = ("pprev", "accuracy", "fpr", "fnr", "f1", "roc_auc", "prev")
RATIO_METRICS = ("pprev", "fpr", "fnr", "for", "fdr")
TILE_NAMES = {
    "accuracy": "decided rightly",
    "f1": "precision and TPR",
    "roc_auc": "how well scores rank",
    "prev": "have label 1",
}
_STATED = ("summary", "interpretation", "caveats", "recommendations")
_END_OF_BLOCK = re.compile(r"</(style|script)|<!--", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTemplates:
    """The texts that a report is made of: a Jinja template, a style sheet and a script."""

    page: str
    style: str
    script: str


def own_templates() -> ReportTemplates:
    """Read the templates that come with the package."""
    return ReportTemplates(
        page=read_template(REPORT_TEMPLATE),
        style=read_template(REPORT_STYLE),
        script=read_template(REPORT_SCRIPT),
    )


def render_report(
    documents: Results, statements: Statements, *, templates: ReportTemplates | None = None
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


def _rendered(documents: Results, statements: Statements, templates: ReportTemplates) -> str:
    style = _block(templates.style, file=REPORT_STYLE)
    script = _block(templates.script, file=REPORT_SCRIPT)
    context = _context(documents, statements) | {
        "style": style,
        "script": script,
        "policy": Markup(  # noqa: S704
            f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
            "base-uri 'none'; form-action 'none'"
        ),
    }
    with faults_of(REPORT_TEMPLATE, templates.page):
        return _compiled(templates.page).render(context)


@lru_cache(maxsize=4)
def _compiled(page: str) -> Template:
    """Compile a template, which takes longer than to render it; an audit by parts renders the same one for each."""
    environment = sandbox(_safe)
    environment.filters["number"] = lambda n: f"{n:,}"
    return environment.from_string(page)


def _safe(value: object) -> Markup:
    """Escape what the template prints; this is the only way out of it."""
    return value if isinstance(value, Markup) else escape(visible(str(value)))


def _block(text: str, *, file: str) -> Markup:
    """Take a style sheet or a script for an element of the page, whose end it must not hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if end_tag := _END_OF_BLOCK.search(text):
        line = text.count("\n", 0, end_tag.start()) + 1
        raise FileError(file, f"line {line}: {end_tag.group()!r} cannot stand in an element of a page")
    return Markup(text)  # noqa: S704


def _source(block: str) -> str:
    """Name a block by its hash, as a content security policy does."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()}'"


# --- what the page is made of ---


def _context(documents: Results, statements: Statements) -> dict[str, Any]:
    rows = table_rows(documents)
    ratios = _ratio_metrics(documents.bias)
    attributes = attribute_pages_of(documents)
    kept, left_out = ranked(rows, documents, attributes)
    pages = attribute_pages(documents, attributes, kept, ratios)
    settings = documents.settings
    decision = settings.decision if settings else None
    main, words = documents.main_metric, words_of_results(documents)
    return {
        "title": _title(documents, statements),
        "about": _about(documents),
        "answer": shown_answer(documents, has_slider=not no_slider(documents)),
        "warning": _warning(documents, words),
        "people": words.people,
        "without_answer": "" if documents.bias else _without_bias(documents),
        "stated": _stated(statements),
        **_everybody(documents),
        "confidence": f"{settings.confidence if settings else CONFIDENCE:.0%}",
        "no_slider": no_slider(documents),
        "rule": shown_text(decision.sentence) if decision else "",
        "threshold": written(decision.threshold) if decision and decision.threshold is not None else "",
        "attributes_lead": attributes_lead(documents.bias),
        "aequitas": aequitas_part(documents.fairness),
        "overview": overview(documents, attributes, ratios),
        "attributes": pages,
        "group_count": sum(row.is_group for row in kept),
        "slice_count": sum(row.is_slice for row in kept),
        "groups_left_out": sum(row.is_group for row in left_out),
        "slices_left_out": sum(row.is_slice for row in left_out),
        "main": BY_NAME[main].long_name if main else "",
        "pieces": pieces(documents),
        "slices_finding": _slices_finding(documents, main),
        "model": _model(documents),
        "settings": _settings(documents),
        "metrics": [
            {
                "head": metric_head(name),
                "name": BY_NAME[name].long_name,
                "formula": BY_NAME[name].formula,
                "says": BY_NAME[name].says,
            }
            for name in dict.fromkeys((*KEY_METRICS, *ratios, *RATE_METRICS, *SLICE_METRICS))
            if name in documents.overall
        ],
        "files": [f"{name}.json" for name in documents.all],
        "data": data_block(page_data(documents, kept, ratios, attributes)),
    }


def _title(documents: Results, statements: Statements) -> str:
    if isinstance(statements.name, str) and statements.name:
        return statements.name
    if documents.train is not None:
        return f"{documents.train.model.estimator.rpartition('.')[2]} for {shown_text(documents.train.model.target)}"
    return shown_text(documents.first.input.name)


def _about(documents: Results) -> list[str]:
    first = documents.first
    source, settings = first.input, documents.settings
    dropped = sum(source.dropped.values())
    everybody, words = documents.everybody, words_of_results(documents)
    read = f"{source.used:,} rows" if everybody is None else f"{everybody.n:,} {words.people}"
    lines = [
        f"{shown_text(source.name)}: {read}" + (f", {counted(dropped, 'row')} dropped" if dropped else "")
    ]
    if settings is not None and settings.decision is not None:
        lines.append(f"decision: {shown_text(_decided(documents, settings.decision), most=160)}")
    return [*lines, f"{first.created:%Y-%m-%d}", f"fairaudit {first.fairaudit}"]


def _warning(documents: Results, words: Words) -> str:
    """Say that all are decided alike, unless there is an answer, which says it by itself."""
    if documents.everybody is None or documents.bias is not None:
        return ""
    return one_sided_warning(documents.everybody, words)


def _decided(documents: Results, decision: DecisionPart) -> str:
    trained = documents.train or documents.cv
    return decided_text(decision, threshold=None if trained is None else trained.model.threshold)


# --- the answer ---


def _stated(statements: Statements) -> list[tuple[str, str]]:
    return [
        (capital(key.replace("_", " ")), text)
        for key in _STATED
        if (text := statement_text(getattr(statements, key, "")))
    ]


def _without_bias(documents: Results) -> str:
    overall = documents.overall
    main = documents.main_metric
    if main is None:
        return f"{nothing_to_judge(documents.first.input.used)}."
    return f"{performance_finding(main, overall[main])}; groups have not been compared."


def _everybody(documents: Results) -> dict[str, Any]:
    """Return the figures of everybody, and whom they are of."""
    return {"tiles": _tiles(documents), "tiles_of": _tiles_of(documents)}


def _tiles_of(documents: Results) -> str:
    """Say of whom the tiles are, where there are two kinds of predictions for the rows of a training."""
    audit_on = documents.settings.audit_on if documents.settings else None
    if audit_on is None:
        return "Everybody"
    own, other = rows_heads(audit_on, words_of_results(documents).people)
    return own if documents.other is None else f"{own}; beside it {other[0].lower()}{other[1:]}"


def _beside(documents: Results, metric: str) -> str:
    """Write a metric of the rows that the verdict does not stand on."""
    audit_on = documents.settings.audit_on if documents.settings else None
    estimate = None if documents.other is None else documents.other.overall.metrics.get(metric)
    if audit_on is None or estimate is None or estimate.value is None:
        return ""
    limits = f" ({interval(metric, estimate)})" if estimate.ci else ""
    return f"{ROWS[audit_on.other]}: {metric_value(metric, estimate.value)}{limits}"


def _tiles(documents: Results) -> list[dict[str, str]]:
    overall = documents.overall
    people, words = documents.everybody, words_of_results(documents)
    tiles = []
    if people is not None:
        selected = people.counts.selected
        tiles.append(
            {
                "label": capital(words.people),
                "name": "in the audit",
                "value": f"{people.n:,}",
                "interval": "" if selected is None else f"{count_text(selected)} {words.selected}",
                "counts": "" if people.rows is None else f"in {people.rows:,} rows",
                "beside": "",
            }
        )
    for name in KEY_METRICS:
        if (estimate := overall.get(name)) is None:
            continue
        metric = BY_NAME[name]
        counts = _share(metric, estimate, words)
        tiles.append(
            {
                "label": metric_head(name),
                "name": TILE_NAMES.get(name, metric.long_name),
                "value": metric_value(name, estimate.value),
                "interval": interval(name, estimate) if estimate.ci else "",
                "counts": counts or estimate.reason or "",
                "beside": _beside(documents, name),
            }
        )
    return tiles


def _share(metric: Metric, estimate: EstimatePart, words: Words) -> str:
    """Say of how many of whom a rate is a share."""
    shares = share_text(estimate, words.people)
    return f"{shares} {among_text(metric.name, words)}" if shares and estimate.effective is None else shares


def _slices_finding(documents: Results, main: str | None) -> str:
    """Say which slice is the poorest, if one is so beyond chance."""
    if main is None or documents.slices is None or not documents.slices.slices:
        return ""
    head, text = worst_slice_row(
        slices_of(documents.slices), documents.slices.overall, main, words_of_results(documents)
    )
    return f"{shown_text(f'{head}: {text}', most=600)}."


def _ratio_metrics(bias: BiasDocument | None) -> list[str]:
    """Choose the metrics of the attributes' tables, those that form the verdict first."""
    if bias is None:
        return []
    there = {d.metric for d in bias.disparities}
    return [m for m in dict.fromkeys((*bias.family.metrics, *RATIO_METRICS)) if m in there]


# --- the model and the settings ---


def _model(documents: Results) -> list[tuple[str, str]]:
    trained = documents.train or documents.cv
    if trained is None:
        return []
    model = trained.model
    rows = [
        ("Estimator", model.estimator),
        ("Target", f"{shown_text(model.target)}; positive: {_listed(model.positive) or 'label 1'}"),
        ("Features", f"{len(model.features_in):,}: {_listed(model.features_in)}"),
    ]
    if model.dropped:
        rows.append(("Left out of the features", _listed(model.dropped)))
    rows += training_rows(trained)
    if documents.train is not None:
        split, metrics = documents.train.split, documents.train.metrics
        test, learnt = metrics["test"], metrics["train"]
        performance = "; ".join(
            f"{BY_NAME[m].long_name} {metric_value(m, test[m].value)} "
            f"(training {metric_value(m, learnt[m].value if m in learnt else None)})"
            for m in ("accuracy", "f1", "roc_auc")
            if m in test
        )
        rows.append(
            ("Held-out performance", f"{performance}; {split.test:,} rows, learnt from {split.train:,}")
        )
    if documents.cv is not None:
        cv = documents.cv
        performance = "; ".join(
            f"{BY_NAME[m].long_name} {metric_value(m, spread.mean)} ± {metric_value(m, spread.std)}"
            for m in ("accuracy", "f1", "roc_auc")
            if (spread := cv.summary.get(m)) is not None and spread.mean is not None
        )
        rows.append((f"Over {cv.settings.folds} folds, mean ± std", performance))
    return rows


def _settings(documents: Results) -> list[tuple[str, str]]:
    first, settings = documents.first, documents.settings
    source = first.input
    rows = [("Input", f"{shown_text(source.name)}, {source.rows:,} rows read, {source.used:,} used")]
    rows.append(("Made", f"{first.created:%Y-%m-%d %H:%M} UTC"))
    rows += [("Dropped", f"{n:,}: {shown_text(why, most=160)}") for why, n in source.dropped.items() if n]
    rows += [
        ("Warning" if note.warning else "Note", shown_text(note.sentence, most=400)) for note in source.notes
    ]
    if source.sha256:
        rows.append(("SHA-256", source.sha256))
    if (model := model_file(documents)) is not None:
        hashed = f"SHA-256 {model.sha256}" if model.sha256 else NO_FILE
        rows.append(("Model", f"{shown_text(model.name)}, {hashed}"))
    if settings is not None:
        rows += _audit_settings(documents, settings)
    bias = documents.bias
    if bias is not None:
        rows.append(("Tolerance", f"tau {bias.tolerance}: ratios from {tolerance(bias.band)}"))
        rows.append(
            ("Decided by", "the ratio alone" if bias.settings.decide is Decide.POINT else "the interval")
        )
        rows.append(("Reference", _listed(bias.settings.reference or [])))
    left_out = documents.performance.left_out if documents.performance else {}
    rows += [
        ("Not measured", f"{', '.join(map(long_name, metrics))}: {reason}")
        for reason, metrics in by_reason(left_out).items()
    ]
    rows.append(("Commands", ", ".join(dict.fromkeys(shown_text(d.command) for d in documents.all.values()))))
    rows.append(("Versions", ", ".join(f"{name} {version}" for name, version in _environment(documents))))
    return rows


def _audit_settings(documents: Results, settings: AuditSettings) -> list[tuple[str, str]]:
    roles = {
        "label": settings.label,
        "score": settings.score,
        "decision": settings.decision_column,
        "weight": settings.weight,
        "id": settings.id,
    }
    rows = [
        ("Columns", ", ".join(f"{role}: {shown_text(column)}" for role, column in roles.items() if column)),
    ]
    if settings.positive:
        rows.append(("Positive label", _listed(settings.positive)))
    if settings.decision is not None:
        chosen = "" if settings.decision.chosen_by_user else " (not chosen by anybody)"
        rows.append(("Decision", shown_text(_decided(documents, settings.decision), most=160) + chosen))
        if settings.decision.kind in (RuleKind.TOP_K, RuleKind.TOP_PERCENT):
            rows.append(("Selected", f"{count_text(settings.decision.selected or 0)} people"))
    if settings.where:
        rows.append(("Only rows where", shown_text(settings.where, most=400)))
    for name, condition in settings.slices.items():
        rows.append((f'"{shown_text(name)}" are those with', shown_text(condition, most=400)))
    chosen = (
        " (nobody named them: columns of 2 to 50 texts, or of 0 and 1)" if settings.attributes_chosen else ""
    )
    rows.append(("Attributes", _listed([a.name for a in settings.attributes]) + chosen))
    for attribute in settings.attributes:
        for column, edges in attribute.edges.items():
            origin = attribute.edges_from.get(column)
            made = f" ({EDGES_FROM[origin]})" if origin else ""
            listing = ", ".join(written(edge) for edge in edges)
            rows.append((f"Edges of {shown_text(column)}", listing + made))
    if settings.passed_over:
        rows.append(
            (
                "Passed over",
                ", ".join(
                    shown_text(text, most=MOST_TEXT * 4)
                    for text in passed_over_texts(settings.passed_over, most=len(settings.passed_over))
                ),
            )
        )
    rows.append(
        ("Small", f"fewer than {settings.min_group_size} people, or {MIN_DENOMINATOR} in a denominator")
    )
    if settings.audit_on is not None:
        rows.append(("Verdict", stands_on_text(settings.audit_on)))
    rows.append(("Intervals", f"{settings.confidence:.0%}, of rates: {settings.interval.value}"))
    return rows


def _environment(documents: Results) -> list[tuple[str, str]]:
    versions: dict[str, str] = {}
    for document in documents.all.values():
        versions |= document.environment
    return sorted(versions.items())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(shown_text(name) for name in names)
