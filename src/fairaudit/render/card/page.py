"""The model card: what the documents hold and what a person stated, as one Markdown page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Template
from markupsafe import Markup

from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.folder import Results
from fairaudit.documents.model import TrainDocument
from fairaudit.documents.parts import AuditSettings, InputPart, Verdict
from fairaudit.documents.ranking import rank_slices, urgency
from fairaudit.documents.results import NO_FILE, model_file
from fairaudit.documents.sliced import ranked_among
from fairaudit.documents.statements import Approval, AtRisk, NotApplicable, Statement, Statements, Unknown
from fairaudit.documents.steps import steps_after
from fairaudit.errors import clipped, written
from fairaudit.render.card.changed import changed_part
from fairaudit.render.card.classes import classes_part
from fairaudit.render.card.discovered import discovered_part
from fairaudit.render.card.impact import impact_part, within_part
from fairaudit.render.card.opening import (
    Answered,
    answered,
    first_steps,
    in_short,
    item,
    last_step,
    offer,
    opening,
    other_side,
    top_items,
    warnings,
)
from fairaudit.render.card.parts import (
    MOST_ATTRIBUTES,
    MOST_SLICES,
    AttributePage,
    CardFigure,
    Item,
    Table,
    safe,
    written_table,
)
from fairaudit.render.card.tables import (
    calibration_tables_of,
    evidence_table,
    factors,
    groups_table,
    overall_table,
    parities_tables,
    people_table,
    quality_table,
    slices_table,
    verdicts_table,
)
from fairaudit.render.confined import confined
from fairaudit.render.escape import cell, code, prose
from fairaudit.render.templating import faults_of, sandbox
from fairaudit.render.words.calibration import beside_text
from fairaudit.render.words.compared import at_the_top, compared_text, within_text
from fairaudit.render.words.names import capital, listed_names, listing
from fairaudit.render.words.people import Words, attribute_text, words_of, words_of_results
from fairaudit.render.words.quality import lacking, reasons_text
from fairaudit.render.words.remarks import bias_sentences, not_measured, remarks, slices_sentence
from fairaudit.render.words.rows import stands_on_text
from fairaudit.render.words.training import training_rows
from fairaudit.render.words.values import metric_value
from fairaudit.resources import CARD_TEMPLATE, read_template
from fairaudit.settings.choices import RuleKind

CARD_METRICS = ("f1", "accuracy", "fpr", "fnr", "pprev", "roc_auc")
MORE_METRICS = ("balanced_accuracy", "precision", "tpr", "mcc", "brier", "log_loss")
"""Folded."""
NEEDED = "[More Information Needed]"
MOST_TOLD = 3
"""How many findings of an attribute are told beside those at the top; the table has all."""
MOST_OPEN = 8
"""How many groups of an attribute that fails stand in the open; more are folded."""
REGULATORS: Mapping[str, str] = {
    "oversight": "Human oversight",
    "collection_period": "When the data were collected",
    "labelling": "How labels came about",
    "foreseeable": "Foreseeable unintended outcomes",
    "robustness": "Robustness",
    "monitoring": "Monitoring plan",
    "appeal": "How to appeal",
    "assessor": "Independent assessor",
}
"""What regulators ask, as the card calls it."""
STATEMENTS: Mapping[str, str] = {
    "name": "Name",
    "summary": "Summary",
    "owners": "Owners",
    "contact": "Contact",
    "license": "License",
    "approval": "Approved by",
    "intended_uses": "Uses",
    "users": "Users",
    "out_of_scope": "Out of scope",
    "data_source": "Source of the data",
    "preprocessing": "Preprocessing",
    "why_these_metrics": "Why these metrics",
    "why_this_threshold": "Why this threshold",
    "interpretation": "Interpretation",
    "caveats": "Caveats",
    "recommendations": "Recommendations",
}
"""What statements are called, in the order of the card."""


def render_card(
    documents: Results,
    statements: Statements,
    *,
    figures: Sequence[CardFigure] = (),
    template: str | None = None,
) -> str:
    """Write the model card.

    Parameters
    ----------
    figures
        The pictures beside the card.
    template
        The text of a Jinja template; ``None`` takes our own.

    Returns
    -------
    str
        Markdown (GFM), in which all names and values of the input are text and nothing else.

    Raises
    ------
    FileError
        If the template is faulty; its line is named.
    ValueError
        If there is no document at all.
    """
    if not documents.all:
        raise ValueError("a card needs a document")
    if template is None or template == read_template(CARD_TEMPLATE):
        return _written(documents, statements, figures, read_template(CARD_TEMPLATE))
    return confined(CARD_TEMPLATE, _written, documents, statements, figures, template)


def _written(documents: Results, statements: Statements, figures: Sequence[CardFigure], text: str) -> str:
    """Render a template."""
    context = _context(documents, statements, figures)
    with faults_of(CARD_TEMPLATE, text):
        written = _compiled(text).render(context)
    return re.sub(r"\n{3,}", "\n\n", written).strip() + "\n"


@lru_cache(maxsize=4)
def _compiled(text: str) -> Template:
    """Compile a template, which takes longer than to render it; an audit by parts renders the same one for each."""
    environment = sandbox(safe)
    environment.filters |= {
        "cell": safe,
        "code": lambda text: Markup(code(str(text))),  # noqa: S704
        "prose": lambda text: Markup(prose(str(text))),  # noqa: S704
        "table": written_table,
    }
    return environment.from_string(text)


def _context(documents: Results, statements: Statements, figures: Sequence[CardFigure]) -> dict[str, Any]:
    overall = documents.overall
    main = documents.main_metric
    ranked = rank_slices(ranked_among(documents), main) if main else []
    words = words_of_results(documents)
    gathered = answered(documents)
    pages = _attribute_pages(documents, gathered)
    verdict, headline = opening(documents)
    shown, others = ranked[:MOST_SLICES], ranked[MOST_SLICES:]
    return {
        "title": _title(documents, statements),
        "warnings": warnings(documents),
        "verdict": verdict,
        "headline": headline,
        "offer": offer(gathered),
        "first_steps": first_steps(gathered),
        "last_step": last_step(gathered),
        "findings": top_items(gathered),
        "other_side": other_side(gathered),
        "missing": [key for key in STATEMENTS if key in statements.missing],
        "statements_total": len(Statements.required()),
        "statement": lambda key: _stated(key, getattr(statements, key)),
        "statement_name": lambda key: STATEMENTS[key],
        "at_risk": [(part.group, _at_risk(part)) for part in statements.at_risk],
        "in_short": in_short(documents, gathered, statements),
        "model": _facts("Model", _model(documents)),
        "features": _features(documents),
        "factors": factors(documents, statements, words),
        "data": _facts("Data", _data(documents)),
        "people": people_table(documents, words),
        "overall": overall_table(documents, overall, CARD_METRICS, words),
        "overall_more": overall_table(documents, overall, MORE_METRICS, words),
        "not_measured": not_measured(documents),
        "key_slices": slices_table(shown, overall, main, words) if shown and main else None,
        "other_slices": slices_table(others, overall, main, words) if others and main else None,
        **_more_parts(documents, statements, words),
        "key_slices_sentence": slices_sentence(ranked, main, most=MOST_SLICES),
        "bias_sentence": " ".join(bias_sentences(documents)),
        "attributes": pages[:MOST_ATTRIBUTES],
        "other_attributes": pages[MOST_ATTRIBUTES:],
        "verdicts": verdicts_table(documents.fairness),
        "parities": parities_tables(documents.fairness, words),
        "figures": [
            {"name": f.name, "file": Markup(_path(f.file)), "alt": f.alt, "title": f.title}  # noqa: S704
            for f in figures
        ],
        "found": remarks(documents, overall),
        "provenance": _facts("Provenance", _provenance(documents)),
    }


def _more_parts(documents: Results, statements: Statements, words: Words) -> dict[str, Any]:
    """Return the parts that a card has only where there is something to tell."""
    return {
        "regulators": [
            (REGULATORS[key], _stated(key, getattr(statements.regulators, key)))
            for key in statements.regulators.made
        ],
        "quality": quality_table(documents, words),
        "discovered": discovered_part(documents),
        "changed": changed_part(documents),
        "classes": classes_part(documents),
        "impacts": [part for part in (impact_part(documents), within_part(documents)) if part is not None],
        "calibration": calibration_tables_of(documents),
        "not_judged": beside_text(documents),
    }


def _facts(head: str, rows: Iterable[tuple[str, str | Markup]]) -> Table | None:
    """Put what was measured into a table of names and texts; ``None`` where nothing was."""
    facts = tuple(rows)
    return Table(head=(head, ""), align=("---", "---"), rows=facts) if facts else None


def _at_risk(part: AtRisk) -> str:
    """Put together what was stated of a group at risk."""
    statements = (("benefits", part.benefits), ("harms", part.harms), ("mitigation", part.mitigation))
    return "; ".join(f"{name}: {text}" for name, text in statements if text) or "nothing stated"


def _stated(key: str, statement: Statement | Approval) -> Markup:
    """Write a statement, within an item of a list: further paragraphs and lists are indented."""
    match statement:
        case NotApplicable():
            text = f"Not applicable: {cell(statement.not_applicable, most=None)}"
        case Unknown():
            text = f"Not known: {cell(statement.unknown, most=None)}"
        case Approval() if statement:
            text = f"{cell(statement.by, most=None)}, {cell(str(statement.on), most=None)}"
        case "" | Approval():
            text = f"{NEEDED} <!-- missing: {key} -->"
        case _:
            text = prose(str(statement))
            text = ("\n" + text if text.startswith("- ") else text).replace("\n", "\n  ")
    return Markup(text)  # noqa: S704


# --- the head of the card ---


def _title(documents: Results, statements: Statements) -> str:
    if isinstance(statements.name, str) and statements.name:
        return f"Model card: {statements.name}"
    if documents.train is not None:
        return f"Model card: {documents.train.model.estimator} for {clipped(documents.train.model.target)}"
    return f"Model card: {clipped(documents.first.input.name)}"


# --- the sections ---


def _model(documents: Results) -> list[tuple[str, str | Markup]]:
    rows: list[tuple[str, str | Markup]] = []
    trained = documents.train or documents.cv
    if trained is not None:
        model = trained.model
        rows.append(("Estimator", model.estimator))
        params = trained.settings.params
        if params:
            rows.append(
                ("Parameters set", _markup_list(code(f"{key}={value}") for key, value in params.items()))
            )
        rows.append(
            ("Target", f"{clipped(model.target)}; positive: {listed_names(model.positive) or 'label 1'}")
        )
        rows.append(("Features", f"{len(model.features_in):,}, listed below"))
        if model.dropped:
            rows.append(("Left out of the features", listed_names(model.dropped, most=len(model.dropped))))
        rows += training_rows(trained)
    settings = documents.settings
    decision = settings.decision if settings else None
    if trained is not None and (decision is None or decision.kind == RuleKind.DECISION_COLUMN):
        rows.append(("Decision", f"1 if the score is at least {written(trained.model.threshold)}"))
    elif settings is not None and decision is not None:
        rows.append(("Decision", f"1 if {_rule(settings)}"))
    return rows


def _features(documents: Results) -> list[str]:
    """Name all features of the model."""
    trained = documents.train or documents.cv
    return [] if trained is None else [clipped(name) for name in trained.model.features_in]


def _rule(settings: AuditSettings) -> str:
    decision = settings.decision
    if decision is None:
        return "nothing: the input holds none"
    match decision.kind:
        case RuleKind.SCORES_ARE_DECISIONS:
            return f"{clipped(decision.column)} is 1 (the scores are decisions)"
        case RuleKind.DECISION_COLUMN:
            return f"{clipped(decision.column)} is 1"
        case _:
            return decision.sentence


def _data(documents: Results) -> list[tuple[str, str | Markup]]:
    rows: list[tuple[str, str | Markup]] = []
    trained = documents.train or documents.cv
    if trained is not None:
        data = trained.data
        split = (
            f"; {documents.train.split.train:,} for training, {_validated(documents.train)}{documents.train.split.test:,} held out ({documents.train.split.kind})"
            if documents.train
            else ""
        )
        parts = {part: value for part, value in data.prevalence.items() if part != "all"} or data.prevalence
        prevalence = ", ".join(f"{value:.1%} ({part})" for part, value in parts.items())
        rows.append(
            (
                "Training",
                f"{trained.input.name}: {_learnt_from(documents, data.rows)}, {data.columns:,} columns{split}; base rate {prevalence}",
            )
        )
        if data.missing:
            worst = sorted(data.missing.items(), key=lambda pair: -pair[1])
            rows.append(("Missing values", listing([f"{clipped(c)} {n:,}" for c, n in worst])))
    audited = documents.performance
    if audited is not None:
        label = audited.overall.metrics.get("prev")
        base = f"base rate {metric_value('prev', label.value)}" if label else "no labels"
        read = _read(audited.input, audited.settings, audited.overall.n)
        rows.append(("Evaluation", f"{audited.input.name}: {read}; {base}"))
        if audited.settings.audit_on is not None:
            rows.append(("Verdict", stands_on_text(audited.settings.audit_on)))
    read_inputs = [document.input for document in (trained, audited) if document is not None]
    rows += [
        ("Found while reading", sentence)
        for sentence in dict.fromkeys(note.sentence for source in read_inputs for note in source.notes)
    ]
    return rows


def _validated(train: TrainDocument) -> str:
    return "" if train.validation is None else f"{train.validation.rows:,} for validation, "


def _learnt_from(documents: Results, rows: int) -> str:
    """Say how many rows a model was made from, and how many more were read and dropped."""
    data = lacking(documents)
    if data is None or not data.dropped:
        return f"{rows:,} rows"
    reasons = reasons_text(data, words_of_results(documents))
    return f"{data.source.rows:,} rows, {data.dropped:,} dropped ({reasons}), {rows:,} used"


def _read(source: InputPart, settings: AuditSettings, people: int) -> str:
    """Say how many people were read; rows are told of only where they are not people, and no weight says how many each stands for."""
    dropped = "; ".join(f"{k:,} dropped ({clipped(why, most=120)})" for why, k in source.dropped.items())
    noun = words_of(settings).people
    if settings.weight is not None:
        counted_by = f"{people:,} {noun}, whose numbers stand in {clipped(settings.weight)}"
        return f"{counted_by}; of the file's rows {dropped}" if dropped else f"{counted_by}; none dropped"
    if settings.id is not None:
        return f"{people:,} {noun}, told apart by {clipped(settings.id)}, in {source.used:,} rows; {dropped or 'none dropped'}"
    return f"{people:,} {noun}; {dropped or 'none dropped'}"


def _attribute_pages(documents: Results, gathered: Answered | None) -> list[AttributePage]:
    """Tell of each attribute, those that fail first."""
    bias = documents.bias
    if bias is None:
        return []
    verdicts = {} if documents.fairness is None else documents.fairness.answer.attributes
    attributes = list(dict.fromkeys(d.attribute for d in bias.disparities))
    attributes.sort(key=lambda a: urgency(verdicts.get(a)))
    items_of = {} if gathered is None else _told(gathered, attributes)
    return [_attribute_page(bias, a, verdicts.get(a), gathered, items_of.get(a, ())) for a in attributes]


def _told(gathered: Answered, attributes: Iterable[str]) -> dict[str, tuple[Item, ...]]:
    """Tell of each attribute what does not stand at the top: what fails, or else what is open first."""
    answer = gathered.answer
    at_top = {(f.attribute, f.rate.group) for f in gathered.top}
    findings = []
    for attribute in attributes:
        failing = [f for f in answer.findings if f.attribute == attribute]
        of_attribute = failing or [f for f in answer.open if f.attribute == attribute][:1]
        new = [
            f
            for f in of_attribute
            if f.harm is not False and not f.outdone and (attribute, f.rate.group) not in at_top
        ]
        findings += new[:MOST_TOLD]
    steps = steps_after([*gathered.top, *findings], answer, gathered.bias)[len(gathered.top) :]
    items: dict[str, tuple[Item, ...]] = {}
    for finding, step in zip(findings, steps, strict=True):
        items[finding.attribute] = (*items.get(finding.attribute, ()), item(finding, step, gathered))
    return items


def _attribute_page(
    bias: BiasDocument,
    attribute: str,
    verdict: Verdict | None,
    gathered: Answered | None,
    findings: tuple[Item, ...],
) -> AttributePage:
    words = words_of(bias.settings)
    table = groups_table(bias, attribute, words)
    compared = f"{capital(compared_text(bias, attribute, words))}."
    places = (
        [] if gathered is None else [i for i, f in enumerate(gathered.top, 1) if f.attribute == attribute]
    )
    if places:
        compared += f" {at_the_top(places)}"
    elif verdict is Verdict.PASS:
        compared += f" {within_text(bias)}."
    return AttributePage(
        heading=attribute_text(attribute, words) + (f": {verdict}" if verdict else ""),
        sentence=compared,
        findings=findings,
        table=table,
        folded=verdict is not Verdict.FAIL or len(table.rows) > MOST_OPEN,
        evidence=evidence_table(bias, attribute, words),
    )


def _provenance(documents: Results) -> list[tuple[str, str | Markup]]:
    first = documents.first
    rows: list[tuple[str, str | Markup]] = [
        (
            "Made by",
            f"fairaudit {listing(sorted({d.fairaudit for d in documents.all.values()}))} from {', '.join(f'{name}.json' for name in documents.all)}",
        )
    ]
    moments = [d.created for d in documents.all.values()]
    rows.append(("Measured", f"{max(moments):%Y-%m-%d %H:%M} UTC"))
    commands = list(dict.fromkeys(d.command for d in documents.all.values()))
    rows.append(("Commands" if len(commands) > 1 else "Command", _markup_list(code(c) for c in commands)))
    inputs = dict.fromkeys((d.input.name, d.input.sha256) for d in documents.all.values())
    hashes = [
        f"{code(clipped(name))} {'SHA-256 ' + code(sha) if sha else 'without a hash'}" for name, sha in inputs
    ]
    rows.append(("Input" if len(hashes) == 1 else "Inputs", _markup_list(hashes)))
    if model := _hashed_model(documents):
        rows.append(("Model", model))
    settings = documents.settings
    if settings is not None and settings.where:
        rows.append(("Rows where", Markup(code(settings.where))))  # noqa: S704
    environment: dict[str, str] = dict(first.environment)
    for document in documents.all.values():
        environment |= document.environment
    rows.append(("Environment", ", ".join(f"{name} {version}" for name, version in environment.items())))
    return rows


def _hashed_model(documents: Results) -> Markup | None:
    """Name the model's file by its hash; ``None`` where no document knows it."""
    model = model_file(documents)
    if model is None:
        return None
    hashed = f"SHA-256 {code(model.sha256)}" if model.sha256 else NO_FILE
    return Markup(f"{code(clipped(model.name))} {hashed}")  # noqa: S704


# --- the numbers behind them ---


def _markup_list(written: Iterable[str]) -> Markup:
    """List what has been escaped already."""
    return Markup(", ".join(written))  # noqa: S704


def _path(file: str) -> str:
    """Write a relative path for the target of a link."""
    from urllib.parse import quote

    return quote(file.replace("\\", "/"), safe="/._-")
