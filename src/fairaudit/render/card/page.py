"""The model card: what the documents hold and what a person stated, as one Markdown page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from fairaudit.documents.audit import (
    BiasDocument,
)
from fairaudit.documents.folder import Results
from fairaudit.documents.parts import AuditSettings, EstimatePart, Verdict
from fairaudit.documents.ranking import main_metric, rank_slices, urgency, worst_disparities
from fairaudit.documents.statements import Approval, AtRisk, NotApplicable, Statement, Statements, Unknown
from fairaudit.errors import clipped, written
from fairaudit.render.card.found import bias_sentence, in_short, remarks, slices_sentence
from fairaudit.render.card.parts import MOST_ATTRIBUTES, AttributePage, CardFigure, Table, ranked_among
from fairaudit.render.card.tables import (
    factors,
    overall_table,
    parities_table,
    people_table,
    ratio_table,
    slices_table,
    verdicts_table,
)
from fairaudit.render.confined import confined
from fairaudit.render.escape import cell, code, prose
from fairaudit.render.templating import faults_of, sandbox
from fairaudit.render.words.findings import judged, nothing_to_judge, performance_finding
from fairaudit.render.words.names import listed_names, listing
from fairaudit.render.words.values import counted, metric_value
from fairaudit.resources import CARD_TEMPLATE, read_template
from fairaudit.settings.choices import RuleKind
from fairaudit.slices.grammar import EVERYBODY_ELSE

CARD_METRICS = ("f1", "accuracy", "fpr", "fnr", "pprev", "roc_auc")
MORE_METRICS = ("balanced_accuracy", "precision", "tpr", "mcc", "brier", "log_loss")
"""Folded."""
NEEDED = "[More Information Needed]"


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
    environment = sandbox(_safe)
    environment.filters |= {
        "cell": _safe,
        "code": lambda text: Markup(code(str(text))),  # noqa: S704
        "prose": lambda text: Markup(prose(str(text))),  # noqa: S704
        "table": _written_table,
    }
    context = _context(documents, statements, figures)
    with faults_of(CARD_TEMPLATE, text):
        written = environment.from_string(text).render(context)
    return re.sub(r"\n{3,}", "\n\n", written).strip() + "\n"


def _safe(value: object) -> Markup:
    """Escape what a template prints, unless that has been done; this is the only way out of it."""
    return value if isinstance(value, Markup) else Markup(cell(str(value), most=None))  # noqa: S704


def _written_table(table: Table) -> Markup:
    """Write a table as lines of GFM; here and not in the template, where a stray newline would end it."""
    lines = [_row(table.head), f"|{'|'.join(table.align)}|", *(_row(cells) for cells in table.rows)]
    return Markup("\n".join([*lines, "", _safe(table.note), ""] if table.note else [*lines, ""]))  # noqa: S704


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_safe(text) for text in cells)} |"


def _context(documents: Results, statements: Statements, figures: Sequence[CardFigure]) -> dict[str, Any]:
    overall = documents.overall
    main = main_metric(overall)
    ranked = rank_slices(ranked_among(documents), main) if main else []
    pages, pages_left_out = _attribute_pages(documents)
    return {
        "title": _title(documents, statements),
        "answer": _answer(documents, overall, main),
        "missing": statements.missing,
        "statements_total": len(Statements.required()),
        "statement": lambda key: _stated(key, getattr(statements, key)),
        "at_risk": [(part.group, _at_risk(part)) for part in statements.at_risk],
        "in_short": in_short(documents, overall, main),
        "model": _model(documents),
        "factors": factors(documents, statements),
        "data": _data(documents),
        "people": people_table(documents),
        "overall": overall_table(documents, overall, CARD_METRICS),
        "overall_more": overall_table(documents, overall, MORE_METRICS),
        "key_slices": slices_table(ranked, overall, main) if ranked and main else None,
        "key_slices_sentence": slices_sentence(ranked, main),
        "bias_sentence": bias_sentence(documents),
        "attributes": pages,
        "attributes_left_out": pages_left_out,
        "verdicts": verdicts_table(documents.fairness),
        "parities": parities_table(documents.fairness),
        "figures": [
            {"name": f.name, "file": Markup(_path(f.file)), "alt": f.alt, "title": f.title}  # noqa: S704
            for f in figures
        ],
        "found": remarks(documents, overall),
        "provenance": _provenance(documents),
    }


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


def _answer(documents: Results, overall: Mapping[str, EstimatePart], main: str | None) -> str:
    if documents.bias is not None and (ranked := worst_disparities(documents.bias)):
        return judged(ranked[0], documents.bias.tolerance, people=documents.bias.people)
    if main is not None:
        return performance_finding(main, overall[main])
    return nothing_to_judge(documents.first.input.used)


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
        rows.append(("Features", f"{len(model.features_in):,}: {listed_names(model.features_in, most=12)}"))
        if model.dropped:
            rows.append(("Left out of the features", listed_names(model.dropped)))
    settings = documents.settings
    decision = settings.decision if settings else None
    if trained is not None and (decision is None or decision.kind == RuleKind.DECISION_COLUMN):
        rows.append(("Decision", f"1 if the score is at least {written(trained.model.threshold)}"))
    elif settings is not None and decision is not None:
        rows.append(("Decision", f"1 if {_rule(settings)}"))
    return rows


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
            f"; {documents.train.split.train:,} for training, {documents.train.split.test:,} held out ({documents.train.split.kind})"
            if documents.train
            else ""
        )
        parts = {part: value for part, value in data.prevalence.items() if part != "all"} or data.prevalence
        prevalence = ", ".join(f"{value:.1%} ({part})" for part, value in parts.items())
        rows.append(
            (
                "Training",
                f"{trained.input.name}: {data.rows:,} rows, {data.columns:,} columns{split}; base rate {prevalence}",
            )
        )
        if data.missing:
            worst = sorted(data.missing.items(), key=lambda pair: -pair[1])
            rows.append(("Missing values", listing([f"{clipped(c)} {n:,}" for c, n in worst])))
    audited = documents.performance
    if audited is not None:
        source, n = audited.input, audited.overall.n
        dropped = "; ".join(f"{k:,} dropped ({clipped(why, most=120)})" for why, k in source.dropped.items())
        people = "" if n == source.used else f", {n:,} people"
        told_apart = f" by {clipped(audited.settings.id)}" if audited.settings.id else ""
        weighted = f" by weights in {clipped(audited.settings.weight)}" if audited.settings.weight else ""
        label = audited.overall.metrics.get("prev")
        base = f"base rate {metric_value('prev', label.value)}" if label else "no labels"
        rows.append(
            (
                "Evaluation",
                f"{source.name}: {source.rows:,} rows, {source.used:,} used{people}{told_apart}{weighted}; {dropped or 'none dropped'}; {base}",
            )
        )
    read = [document.input for document in (trained, audited) if document is not None]
    if notes := list(dict.fromkeys(note.sentence for source in read for note in source.notes)):
        # Commas stand within the notes.
        rows.append(("Found while reading", listing(notes, separator="; ")))
    return rows


def _attribute_pages(documents: Results) -> tuple[list[AttributePage], str]:
    bias, fairness = documents.bias, documents.fairness
    if bias is None:
        return [], ""
    verdicts = {} if fairness is None else fairness.answer.attributes
    attributes = list(dict.fromkeys(d.attribute for d in bias.disparities))
    attributes.sort(key=lambda a: urgency(verdicts.get(a)))
    pages = [_attribute_page(bias, a, verdicts.get(a)) for a in attributes[:MOST_ATTRIBUTES]]
    rest = attributes[MOST_ATTRIBUTES:]
    if not rest:
        return pages, ""
    others = [f"{clipped(a)} ({verdicts[a]})" if a in verdicts else clipped(a) for a in rest]
    return pages, f"{counted(len(rest), 'more attribute')} in bias.json: {listing(others)}."


def _attribute_page(bias: BiasDocument, attribute: str, verdict: Verdict | None) -> AttributePage:
    disparities = [d for d in bias.disparities if d.attribute == attribute]
    ranked = worst_disparities(bias, attribute=attribute)
    sentence = (
        f"{judged(ranked[0], bias.tolerance, people=bias.people)}." if ranked else "No group has a ratio."
    )
    if ranked and ranked[0] == worst_disparities(bias)[0]:
        sentence = "The worst finding stands at the top of this card."
    reference = bias.references.get(attribute)
    heading = clipped(attribute) + (f": {verdict}" if verdict else "")
    if isinstance(reference, str):
        named = reference.strip("()") if reference == EVERYBODY_ELSE else clipped(reference)
        heading += f" (reference: {named})"
    return AttributePage(
        heading=heading, sentence=sentence, table=ratio_table(disparities, bias.family.metrics)
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
    settings = documents.settings
    if settings is not None and settings.where:
        rows.append(("Rows where", Markup(code(settings.where))))  # noqa: S704
    environment: dict[str, str] = dict(first.environment)
    for document in documents.all.values():
        environment |= document.environment
    rows.append(("Environment", ", ".join(f"{name} {version}" for name, version in environment.items())))
    return rows


# --- the numbers behind them ---


def _markup_list(written: Iterable[str]) -> Markup:
    """List what has been escaped already."""
    return Markup(", ".join(written))  # noqa: S704


def _path(file: str) -> str:
    """Write a relative path for the target of a link."""
    from urllib.parse import quote

    return quote(file.replace("\\", "/"), safe="/._-")
