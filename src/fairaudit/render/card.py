"""The model card: what the documents hold and what a person stated, as one Markdown page.

Text that is made here states measured facts only. What a person has not stated is marked as missing, and never made up.

A template may use: ``title``, ``answer``, ``missing`` (names of statements), ``statements_total``, ``statement(name)``; the lists of
(name, text) ``in_short``, ``model``, ``data`` and ``provenance``; the lists of texts ``factors`` and ``found``; the tables ``overall``,
``key_slices``, ``verdicts`` and ``parities`` (each with ``head``, ``align``, ``rows`` and ``note``); ``key_slices_sentence``, ``bias_sentence``,
``attributes_left_out``; ``attributes`` (each with ``heading``, ``sentences`` and ``table``); ``figures`` (each with ``name``, ``file``, ``alt``
and ``title``); and the filters ``cell``, ``code``, ``prose`` and ``table``. Whatever it prints is escaped unless a filter has done so.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from fairaudit.config import Decide, RuleKind
from fairaudit.errors import FileError, clipped, did_you_mean
from fairaudit.measure import BY_NAME, Better
from fairaudit.read.attributes import MISSING_GROUP
from fairaudit.render.documents import (
    AuditSettings,
    BiasDocument,
    CvDocument,
    DisparityPart,
    Envelope,
    EstimatePart,
    FairnessDocument,
    GroupDocument,
    OverallPart,
    SlicesDocument,
    TrainDocument,
)
from fairaudit.render.escape import cell, code, prose
from fairaudit.render.sentences import (
    MAIN_METRICS,
    NO_VALUE,
    interval,
    judged,
    main_metric,
    metric_value,
    times,
    worst_disparities,
)
from fairaudit.resources import CARD_TEMPLATE, read_template
from fairaudit.verdicts import Verdict

MOST_SLICES = 6
MOST_ATTRIBUTES = 4
"""How many attributes have their own part in the card, those that fail first."""
MOST_GROUPS = 8
"""How many groups of an attribute a table shows."""
MOST_NAMED = 5
"""How many names a sentence lists."""
CARD_METRICS = (
    "accuracy",
    "balanced_accuracy",
    "f1",
    "precision",
    "tpr",
    "fpr",
    "fnr",
    "pprev",
    "roc_auc",
    "brier",
)
NEEDED = "[More Information Needed]"

_Text = Annotated[str, StringConstraints(strip_whitespace=True)]
_Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class NotApplicable(BaseModel):
    """A question that does not apply, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    not_applicable: _Reason


class Unknown(BaseModel):
    """A question that was considered and that nobody can answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    unknown: _Reason


Statement = _Text | NotApplicable | Unknown


class Statements(BaseModel):
    """The human's part of the card: each is a text, or says why there is none; empty ones are missing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Statement = ""
    summary: Statement = ""
    owners: Statement = ""
    contact: Statement = ""
    license: Statement = ""
    intended_uses: Statement = ""
    users: Statement = ""
    out_of_scope: Statement = ""
    data_source: Statement = ""
    preprocessing: Statement = ""
    why_these_metrics: Statement = ""
    why_this_threshold: Statement = ""
    interpretation: Statement = ""
    caveats: Statement = ""
    recommendations: Statement = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the statements that nobody has made."""
        return tuple(name for name in type(self).model_fields if not getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDocuments:
    """The documents that there are; for a card that says something, one of `group`, `slices` and `train` at least."""

    group: GroupDocument | None = None
    bias: BiasDocument | None = None
    fairness: FairnessDocument | None = None
    slices: SlicesDocument | None = None
    train: TrainDocument | None = None
    cv: CvDocument | None = None

    @property
    def all(self) -> Mapping[str, Envelope]:
        """Those that there are, by name."""
        named = {
            "train": self.train,
            "cv": self.cv,
            "slices": self.slices,
            "group": self.group,
            "bias": self.bias,
            "fairness": self.fairness,
        }
        return {name: document for name, document in named.items() if document is not None}

    @property
    def performance(self) -> GroupDocument | SlicesDocument | None:
        """The document that slices are taken from: the slices if there are any, else the groups."""
        if self.slices is not None and (self.slices.slices or self.group is None):
            return self.slices
        return self.group

    @property
    def settings(self) -> AuditSettings | None:
        """How the audit was made."""
        document = self.fairness or self.bias or self.group or self.slices
        return document.settings if document else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFigure:
    """A figure beside the card; `file` is its path from there."""

    name: str
    file: str
    alt: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the card; `note` stands below it."""

    head: tuple[str, ...]
    align: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributePage:
    """What the card says of one attribute; one that passes needs no table."""

    heading: str
    sentences: tuple[str, ...]
    table: Table | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slice:
    feature: str
    name: str
    n: int
    small: bool
    metrics: Mapping[str, EstimatePart] = field(repr=False)


def read_statements(content: str, *, file: str) -> Statements:
    """Read ``card.toml``.

    Parameters
    ----------
    content
        Its text.
    file
        What messages call it.

    Raises
    ------
    FileError
        If it is no TOML, holds an unknown key (the nearest known one is named), or a statement is neither a text nor one of the
        two tables; the line is named.
    """
    try:
        found = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise FileError(file, f"is not TOML: {error}") from None
    for key in found:
        if key not in Statements.model_fields:
            raise FileError(
                file,
                f"{_line(content, key)}unknown key {key!r}",
                hint=did_you_mean(key, Statements.model_fields),
            )
    try:
        return Statements.model_validate(found)
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][0])
        raise FileError(
            file,
            f"{_line(content, key)}key {key!r} holds {_held(found[key])}",
            hint='Give a text in quotes, { not_applicable = "why" } or { unknown = "what was considered" }',
        ) from None


def render_card(
    documents: CardDocuments,
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
    environment = ImmutableSandboxedEnvironment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_safe,
    )
    environment.filters |= {
        "cell": _safe,
        "code": lambda text: Markup(code(str(text))),  # noqa: S704
        "prose": lambda text: Markup(prose(str(text))),  # noqa: S704
        "table": _written_table,
    }
    try:
        page = environment.from_string(read_template(CARD_TEMPLATE) if template is None else template)
        written = page.render(_context(documents, statements, figures))
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        place = f"line {line}: " if line else ""
        raise FileError(CARD_TEMPLATE, f"{place}{type(error).__name__}: {error.message}") from None
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


def _context(
    documents: CardDocuments, statements: Statements, figures: Sequence[CardFigure]
) -> dict[str, Any]:
    overall = _overall(documents)
    slices = _slices(documents)
    main = main_metric(overall)
    ranked = _ranked_slices(slices, overall, main)
    pages, pages_left_out = _attribute_pages(documents)
    return {
        "title": _title(documents, statements),
        "answer": _answer(documents, overall, main),
        "missing": statements.missing,
        "statements_total": len(Statements.model_fields),
        "statement": lambda key: _stated(key, getattr(statements, key)),
        "in_short": _in_short(documents, overall, main, ranked),
        "model": _model(documents),
        "factors": _factors(documents),
        "data": _data(documents),
        "overall": _overall_table(documents, overall),
        "key_slices": _slices_table(ranked, overall, main) if ranked and main else None,
        "key_slices_sentence": _slices_sentence(ranked, slices, main),
        "bias_sentence": _bias_sentence(documents),
        "attributes": pages,
        "attributes_left_out": pages_left_out,
        "verdicts": _verdicts_table(documents.fairness),
        "parities": _parities_table(documents.fairness),
        "figures": [
            {"name": f.name, "file": Markup(_path(f.file)), "alt": f.alt, "title": f.title}  # noqa: S704
            for f in figures
        ],
        "found": _found(documents, overall),
        "provenance": _provenance(documents),
    }


def _stated(key: str, statement: Statement) -> Markup:
    """Write a statement, within an item of a list: further paragraphs and lists are indented."""
    match statement:
        case NotApplicable():
            text = f"Not applicable: {cell(statement.not_applicable, most=None)}"
        case Unknown():
            text = f"Not known: {cell(statement.unknown, most=None)}"
        case "":
            text = f"{NEEDED} <!-- missing: {key} -->"
        case _:
            text = prose(statement)
            text = ("\n" + text if text.startswith("- ") else text).replace("\n", "\n  ")
    return Markup(text)  # noqa: S704


# --- the head of the card ---


def _title(documents: CardDocuments, statements: Statements) -> str:
    if isinstance(statements.name, str) and statements.name:
        return f"Model card: {statements.name}"
    if documents.train is not None:
        return f"Model card: {documents.train.model.estimator} for {clipped(documents.train.model.target)}"
    return f"Model card: {clipped(_first(documents).input.name)}"


def _answer(documents: CardDocuments, overall: Mapping[str, EstimatePart], main: str | None) -> str:
    if documents.bias is not None and (ranked := worst_disparities(documents.bias)):
        return judged(ranked[0], documents.bias.settings.tau or "")
    if main is not None:
        return f"{_capital(BY_NAME[main].long_name)} is {_with_interval(main, overall[main])} for everybody"
    return f"{_first(documents).input.used:,} rows were read; there is nothing in them to judge decisions by"


def _in_short(
    documents: CardDocuments, overall: Mapping[str, EstimatePart], main: str | None, ranked: Sequence[_Slice]
) -> list[tuple[str, str]]:
    rows = []
    if main is not None:
        more = [
            m for m in ("f1", "fpr", "fnr") if m in overall and m != main and overall[m].value is not None
        ]
        said = [f"{BY_NAME[m].long_name} {metric_value(m, overall[m].value)}" for m in more]
        rows.append(
            (
                "Overall",
                "; ".join([f"{BY_NAME[main].long_name} {_with_interval(main, overall[main])}", *said]),
            )
        )
        sound = [s for s in ranked if not _is_small(s, main) and s.metrics[main].value is not None]
        if sound:
            worst = sound[0]
            kind = "Lowest slice" if BY_NAME[main].better is Better.NEITHER else "Worst slice"
            named = f"{clipped(worst.feature)} = {clipped(worst.name)}"
            value = _with_interval(main, worst.metrics[main])
            rows.append((kind, f"{named}: {BY_NAME[main].long_name} {value}, {worst.n:,} people"))
    if documents.fairness is not None:
        verdicts = documents.fairness.answer.attributes
        said = [
            f"{word}: {_named([a for a, v in verdicts.items() if v is verdict])}"
            for verdict, word in (
                (Verdict.FAIL, "fails"),
                (Verdict.PASS, "passes"),
                (Verdict.UNDECIDED, "undecided"),
            )
            if verdict in verdicts.values()
        ]
        tau = documents.fairness.tau
        judged = ", ".join(_lead_names(documents.fairness))
        rows.append(("Bias", f"{'; '.join(said)} (ratio {tau:.2f} to {1 / tau:.2f} in {judged})"))
    elif documents.bias is None:
        rows.append(("Bias", "not audited"))
    else:
        rows.append(("Bias", "compared, not judged"))
    return rows


# --- the sections ---


def _model(documents: CardDocuments) -> list[tuple[str, str | Markup]]:
    rows: list[tuple[str, str | Markup]] = []
    trained = documents.train or documents.cv
    if trained is not None:
        model = trained.model
        rows.append(("Estimator", model.estimator))
        given = trained.settings.params
        if given:
            rows.append(
                ("Parameters set", _markup_list(code(f"{key}={value}") for key, value in given.items()))
            )
        rows.append(("Target", f"{clipped(model.target)}; positive: {_named(model.positive) or 'label 1'}"))
        rows.append(("Features", f"{len(model.features_in):,}: {_named(model.features_in, most=12)}"))
        if model.dropped:
            rows.append(("Left out of the features", _named(model.dropped)))
    settings = documents.settings
    decision = settings.decision if settings else None
    if trained is not None and (decision is None or decision.kind == RuleKind.DECISION_COLUMN):
        rows.append(("Decision", f"1 if the score is at least {trained.model.threshold:g}"))
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


def _factors(documents: CardDocuments) -> list[str]:
    settings = documents.settings
    if settings is None:
        return ["No groups were looked at."]
    groups = {(s.feature, s.name) for s in _slices(documents)}
    if documents.bias is not None:
        groups |= {(d.attribute, d.group) for d in documents.bias.disparities}
    counted = Counter(attribute for attribute, _ in groups)
    names = []
    for attribute in settings.attributes:
        crossed = f", {len(attribute.columns)} columns crossed" if len(attribute.columns) > 1 else ""
        names.append(f"{clipped(attribute.name)} ({_number(counted[attribute.name], 'group')}{crossed})")
    rows = [f"Looked at: {_cut(names, most=8)}."] if names else ["No groups were looked at."]
    if settings.attributes_chosen:
        rows.append("Nobody named these: they are the columns of 2 to 50 texts or categories.")
    return rows


def _data(documents: CardDocuments) -> list[tuple[str, str | Markup]]:
    rows: list[tuple[str, str | Markup]] = []
    audited = documents.performance
    if audited is not None:
        source = audited.input
        dropped = "; ".join(f"{n:,} dropped ({clipped(why, most=120)})" for why, n in source.dropped.items())
        rows.append(
            (
                "Audited",
                f"{source.name}: {source.rows:,} rows, {source.used:,} used{'; ' + dropped if dropped else ', none dropped'}",
            )
        )
        n = audited.overall.n
        weighted = f"; weights in {clipped(audited.settings.weight)}" if audited.settings.weight else ""
        label = audited.overall.metrics.get("prev")
        base = f"; base rate {metric_value('prev', label.value)}" if label else "; no labels"
        rows.append(("People", f"{n:,}{weighted}{base}"))
        rows += _group_counts(documents)
    trained = documents.train or documents.cv
    if trained is not None:
        data = trained.data
        split = (
            f"; {documents.train.split.train:,} for training and {documents.train.split.test:,} held out ({documents.train.split.kind})"
            if documents.train
            else ""
        )
        rows.append(
            ("Learnt from", f"{trained.input.name}: {data.rows:,} rows, {data.columns:,} columns{split}")
        )
        rows.append(
            ("Prevalence", ", ".join(f"{part} {value:.1%}" for part, value in data.prevalence.items()))
        )
        if data.missing:
            worst = sorted(data.missing.items(), key=lambda pair: -pair[1])
            rows.append(("Missing values", _cut([f"{clipped(c)} {n:,}" for c, n in worst])))
    return rows


def _group_counts(documents: CardDocuments) -> list[tuple[str, str]]:
    by_feature: dict[str, list[_Slice]] = {}
    for s in _slices(documents):
        by_feature.setdefault(s.feature, []).append(s)
    rows = []
    for feature, members in list(by_feature.items())[:MOST_ATTRIBUTES]:
        largest = sorted(members, key=lambda s: -s.n)
        rows.append(
            (
                f"People by {clipped(feature)}",
                _cut([f"{clipped(s.name)} ({s.n:,})" for s in largest], most=MOST_GROUPS),
            )
        )
    return rows


def _overall_table(documents: CardDocuments, overall: Mapping[str, EstimatePart]) -> Table:
    training = documents.train.metrics.get("train", {}) if documents.train else {}
    folds = documents.cv.summary if documents.cv else {}
    head = ["Metric", "Everybody", "95% interval", "People"]
    if documents.settings is not None:
        head[2] = f"{documents.settings.confidence:.0%} interval"
    align = ["---", "---:", "---", "---:"]
    for column, there in (("Training rows", training), ("Over folds, mean ± std", folds)):
        if there:
            head.append(column)
            align.append("---:")
    rows = []
    for metric in CARD_METRICS:
        if metric not in overall:
            continue
        e = overall[metric]
        people = NO_VALUE if e.denominator is None else f"{e.numerator:,} of {e.denominator:,}"
        cells = [
            _capital(BY_NAME[metric].long_name),
            metric_value(metric, e.value),
            interval(metric, e),
            people,
        ]
        if training:
            cells.append(metric_value(metric, training[metric].value) if metric in training else NO_VALUE)
        if folds:
            spread = folds.get(metric)
            cells.append(
                f"{metric_value(metric, spread.mean)} ± {metric_value(metric, spread.std)}"
                if spread
                else NO_VALUE
            )
        rows.append(tuple(cells))
    return Table(head=tuple(head), align=tuple(align), rows=tuple(rows))


def _slices_table(ranked: Sequence[_Slice], overall: Mapping[str, EstimatePart], main: str) -> Table:
    more = [m for m in ("fpr", "fnr", "f1") if m in overall and m != main]
    rows = []
    for s in ranked[:MOST_SLICES]:
        e, everybody = s.metrics[main], overall[main].value
        away = NO_VALUE if e.value is None or everybody is None else _points(main, e.value - everybody)
        name = f"{clipped(s.feature)} = {clipped(s.name)}{' (small)' if _is_small(s, main) else ''}"
        rows.append(
            (
                name,
                f"{s.n:,}",
                f"{metric_value(main, e.value)} ({interval(main, e)})"
                if e.ci
                else metric_value(main, e.value),
                away,
                *(metric_value(m, s.metrics[m].value) for m in more),
            )
        )
    return Table(
        head=(
            "Slice",
            "People",
            _capital(BY_NAME[main].long_name),
            "Against all",
            *(_short(m) for m in more),
        ),
        align=("---", "---:", "---:", "---:", *("---:" for _ in more)),
        rows=tuple(rows),
    )


def _slices_sentence(ranked: Sequence[_Slice], slices: Sequence[_Slice], main: str | None) -> str:
    if main is None:
        return ""
    shown = min(len(ranked), MOST_SLICES)
    many = (
        f"{shown} slices chosen from {len(slices):,}"
        if shown < len(slices)
        else f"All {len(slices):,} slices"
    )
    name = BY_NAME[main].long_name
    if BY_NAME[main].better is Better.NEITHER:
        order = f"the lowest {name} first, by the upper end of its interval"
    else:
        order = f"the worst first, by the better end of the interval of {name}"
    return f"{many}, {order}; small ones last."


def _bias_sentence(documents: CardDocuments) -> str:
    if documents.bias is None:
        return "Bias was not audited: no groups were compared."
    said = "Each rate of a group is divided by its reference group's: 1 means the same."
    if documents.fairness is not None:
        tau = documents.fairness.tau
        names = _lead_names(documents.fairness)
        said += f" It may lie from {tau:.2f} to {1 / tau:.2f}; an attribute passes if all its groups do in {', '.join(names)}."
        said += (
            " The ratio alone decides."
            if documents.fairness.settings.decide is Decide.POINT
            else f" A verdict needs evidence: of {_number(documents.fairness.family.size, 'comparison')}, a fail holds after correcting for all (Holm, 5%), a pass has its 90% interval within."
        )
    return said


def _attribute_pages(documents: CardDocuments) -> tuple[list[AttributePage], str]:
    bias, fairness = documents.bias, documents.fairness
    if bias is None:
        return [], ""
    verdicts = {} if fairness is None else fairness.answer.attributes
    attributes = list(dict.fromkeys(d.attribute for d in bias.disparities))
    order = [Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS]
    attributes.sort(key=lambda a: order.index(verdicts[a]) if a in verdicts else 0)
    pages = [_attribute_page(bias, a, verdicts.get(a)) for a in attributes[:MOST_ATTRIBUTES]]
    rest = attributes[MOST_ATTRIBUTES:]
    if not rest:
        return pages, ""
    said = [f"{clipped(a)} ({verdicts[a]})" if a in verdicts else clipped(a) for a in rest]
    return pages, f"{_number(len(rest), 'more attribute')} in bias.json: {_cut(said)}."


def _attribute_page(bias: BiasDocument, attribute: str, verdict: Verdict | None) -> AttributePage:
    mine = [d for d in bias.disparities if d.attribute == attribute]
    metrics = bias.family.metrics
    sentences = []
    for looked_at in [metrics] if verdict is Verdict.PASS else [[metric] for metric in metrics]:
        ranked = worst_disparities(bias, metrics=looked_at, attribute=attribute)
        name = _capital(" and ".join(BY_NAME[m].long_name for m in looked_at))
        if ranked:
            sentences.append(f"{judged(ranked[0], bias.settings.tau or '')}.")
        else:
            sentences.append(f"{name}: no group has a ratio.")
    reference = bias.references.get(attribute)
    heading = clipped(attribute) + (f": {verdict}" if verdict else "")
    if isinstance(reference, str):
        heading += f" (reference: {clipped(reference)})"
    table = None if verdict is Verdict.PASS else _ratio_table(mine, metrics)
    return AttributePage(heading=heading, sentences=tuple(sentences), table=table)


def _ratio_table(
    disparities: Sequence[DisparityPart],
    metrics: Sequence[str],
) -> Table:
    by_group: dict[str, dict[str, DisparityPart]] = {}
    for d in disparities:
        by_group.setdefault(d.group, {})[d.metric] = d
    largest = sorted(by_group, key=lambda group: -next(iter(by_group[group].values())).n)
    failing = {g for g in largest if Verdict.FAIL in {by_group[g][m].verdict for m in metrics}}
    # Of too many groups, the reference group and those that fail are shown before the others.
    urgent = sorted(
        largest, key=lambda g: (not any(d.is_reference for d in by_group[g].values()), g not in failing)
    )
    shown = [g for g in largest if g in urgent[:MOST_GROUPS]]
    rows = [
        (
            clipped(group),
            f"{next(iter(by_group[group].values())).n:,}",
            *(_ratio_cell(by_group[group][m]) for m in metrics),
        )
        for group in shown
    ]
    left_out = [g for g in largest if g not in shown]
    fail = (
        f", {len(failing.intersection(left_out)):,} of which fail," if failing.intersection(left_out) else ""
    )
    return Table(
        head=("Group", "People", *(_capital(BY_NAME[m].long_name) for m in metrics)),
        align=("---", "---:", *("---:" for _ in metrics)),
        rows=tuple(rows),
        note=f"{_number(len(left_out), 'more group')}{fail} in bias.json." if left_out else "",
    )


def _ratio_cell(disparity: DisparityPart) -> str:
    if disparity.is_reference:
        return "reference"
    verdict = disparity.verdict
    ratio = "no ratio" if disparity.ratio is None else times(disparity.ratio)
    return f"{ratio}{' ' + verdict if verdict else ''}{' (small)' if disparity.small else ''}"


def _verdicts_table(fairness: FairnessDocument | None) -> Table | None:
    if fairness is None:
        return None
    words = {
        "unsupervised": "Decisions (unsupervised fairness)",
        "supervised": "Errors (supervised fairness)",
        "overall": "Overall",
    }
    return Table(
        head=("All attributes", "Verdict", "Aequitas"),
        align=("---", "---", "---"),
        rows=tuple(
            (words.get(key, key), str(part.verdict), _aequitas(part.aequitas))
            for key, part in fairness.overall.items()
        ),
    )


def _parities_table(fairness: FairnessDocument | None) -> Table | None:
    if fairness is None:
        return None
    attributes = list(dict.fromkeys(v.attribute for v in fairness.attributes))
    shown = attributes[:MOST_ATTRIBUTES]
    found = {(v.attribute, v.parity): v for v in fairness.attributes}
    rows = []
    for parity in dict.fromkeys(v.parity for v in fairness.attributes):
        judged = [found.get((attribute, parity)) for attribute in shown]
        rows.append((parity, *(f"{v.verdict} / {_aequitas(v.aequitas)}" if v else NO_VALUE for v in judged)))
    left_out = len(attributes) - len(shown)
    return Table(
        head=("Parity", *(clipped(attribute) for attribute in shown)),
        align=("---", *("---" for _ in shown)),
        rows=tuple(rows),
        note=f"{_number(left_out, 'more attribute')} in fairness.json." if left_out else "",
    )


def _aequitas(value: bool | None) -> str:
    return "undefined" if value is None else "fair" if value else "unfair"


# --- what the machine found ---


def _found(documents: CardDocuments, overall: Mapping[str, EstimatePart]) -> list[str | Markup]:
    found: list[str | Markup] = []
    slices = _slices(documents)
    settings = documents.settings
    if small := [s for s in slices if s.small]:
        limit = f" (fewer than {settings.min_group_size} people)" if settings else ""
        names = _cut([f"{clipped(s.feature)} = {clipped(s.name)} ({s.n:,})" for s in small])
        found.append(
            f"{_number(len(small), 'small group')}{limit}: {names}. Their numbers are marked, and weak."
        )
    if absent := [s for s in slices if MISSING_GROUP in s.name.split(" * ")]:
        names = _cut([f"{clipped(s.feature)} ({s.n:,})" for s in absent])
        found.append(f"People whose value is missing are a group of their own: {names}.")
    audited = documents.performance
    if audited is not None and audited.input.dropped:
        total = sum(audited.input.dropped.values())
        found.append(f"{total:,} of {audited.input.rows:,} rows were dropped, and nobody in them is counted.")
    left_out: dict[str, list[str]] = {}
    for metric, reason in (audited.left_out if audited else {}).items():
        left_out.setdefault(reason, []).append(BY_NAME[metric].long_name if metric in BY_NAME else metric)
    found += [f"Not measured, as {reason}: {_cut(names, most=4)}." for reason, names in left_out.items()]
    found += _found_in_bias(documents)
    if (
        settings is not None
        and settings.decision is not None
        and not settings.decision.chosen_by_user
        and settings.decision.kind == RuleKind.THRESHOLD
    ):
        found.append(f"Nobody chose the threshold: {settings.decision.sentence}.")
    if settings is not None and settings.attributes_chosen and settings.passed_over:
        names = _cut([f"{clipped(c)} ({why})" for c, why in settings.passed_over.items()])
        found.append(f"Not looked at: {names}.")
    if len(hashes := {d.input.sha256 for d in _audits(documents)}) > 1:
        found.append(f"The documents of the audit were made from {len(hashes)} different inputs.")
    warnings = list(dict.fromkeys(w for d in (documents.train, documents.cv) if d for w in d.warnings))
    found += [f"Training: {clipped(w, most=200)}" for w in warnings[:MOST_NAMED]]
    if len(warnings) > MOST_NAMED:
        found.append(f"{len(warnings) - MOST_NAMED:,} more warnings of the training are in train.json.")
    found += _found_over_folds(documents.cv)
    if not overall:
        found.append("Nothing could be measured.")
    return found or ["Nothing."]


def _found_in_bias(documents: CardDocuments) -> list[str]:
    fairness = documents.fairness
    found = []
    if fairness is not None:
        lead = [p for p in fairness.parities if p.decisive and p.verdict is not None]
        undecided = [p for p in lead if p.verdict is Verdict.UNDECIDED]
        if undecided:
            names = _cut(
                [
                    f"{BY_NAME[p.metric or ''].long_name} of {clipped(p.attribute)} = {clipped(p.group)} ({p.reason})"
                    for p in undecided
                ],
                most=3,
            )
            found.append(f"{len(undecided):,} of {len(lead):,} comparisons are undecided: {names}.")
        judged_small = sum(1 for p in lead if p.small and p.verdict is Verdict.FAIL)
        if judged_small:
            found.append(
                f"{_number(judged_small, 'failed comparison')} {'rests' if judged_small == 1 else 'rest'} on few people."
            )
    return found


def _found_over_folds(cv: CvDocument | None) -> list[str]:
    if cv is None:
        return []
    metric = next((m for m in MAIN_METRICS if m in cv.summary and cv.summary[m].min is not None), None)
    if metric is None:
        return []
    spread = cv.summary[metric]
    name = _capital(BY_NAME[metric].long_name)
    return [
        f"{name} goes from {metric_value(metric, spread.min)} to {metric_value(metric, spread.max)} over {spread.folds:,} folds."
    ]


def _provenance(documents: CardDocuments) -> list[tuple[str, str | Markup]]:
    first = _first(documents)
    rows: list[tuple[str, str | Markup]] = [
        (
            "Made by",
            f"fairaudit {_cut(sorted({d.fairaudit for d in documents.all.values()}))} from {', '.join(f'{name}.json' for name in documents.all)}",
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
    if settings is not None and settings.decision is not None:
        rows.append(("Decision rule", settings.decision.sentence))
    if settings is not None and settings.where:
        rows.append(("Rows where", Markup(code(settings.where))))  # noqa: S704
    environment: dict[str, str] = dict(first.environment)
    for document in documents.all.values():
        environment |= document.environment
    rows.append(("Environment", ", ".join(f"{name} {version}" for name, version in environment.items())))
    return rows


# --- the numbers behind them ---


def _overall(documents: CardDocuments) -> Mapping[str, EstimatePart]:
    part: OverallPart | None = documents.performance.overall if documents.performance else None
    if part is not None:
        return part.metrics
    return documents.train.metrics.get("test", {}) if documents.train else {}


def _slices(documents: CardDocuments) -> list[_Slice]:
    """Collect the slices, and the groups that are not among them."""
    found: dict[tuple[str, str], _Slice] = {}
    for s in documents.slices.slices if documents.slices else ():
        found[s.feature, s.slice] = _Slice(
            feature=s.feature, name=s.slice, n=s.n, small=s.small, metrics=s.metrics
        )
    for g in documents.group.groups if documents.group else ():
        found.setdefault(
            (g.attribute, g.group),
            _Slice(feature=g.attribute, name=g.group, n=g.n, small=g.small, metrics=g.metrics),
        )
    return list(found.values())


def _ranked_slices(
    slices: Sequence[_Slice], overall: Mapping[str, EstimatePart], main: str | None
) -> list[_Slice]:
    """Sort slices by how bad they are at best: by the better end of the interval, small and undefined ones last."""
    if main is None:
        return []
    better = BY_NAME[main].better

    def rank(s: _Slice) -> tuple[int, float]:
        e = s.metrics.get(main)
        if e is None or e.value is None:
            return 2, 0.0
        low, high = e.ci or (e.value, e.value)
        return int(_is_small(s, main)), -low if better is Better.LOWER else high

    return sorted((s for s in slices if main in s.metrics), key=rank) if main in overall else []


def _is_small(s: _Slice, metric: str) -> bool:
    return s.small or s.metrics[metric].small


def _lead_names(fairness: FairnessDocument) -> list[str]:
    return [BY_NAME[m].long_name for m in fairness.family.metrics]


def _audits(documents: CardDocuments) -> list[Envelope]:
    return [
        d for d in (documents.group, documents.bias, documents.fairness, documents.slices) if d is not None
    ]


def _first(documents: CardDocuments) -> Envelope:
    return documents.performance or next(iter(documents.all.values()))


# --- wording ---


def _with_interval(metric: str, estimate: EstimatePart) -> str:
    value = metric_value(metric, estimate.value)
    return f"{value} ({interval(metric, estimate)})" if estimate.ci else value


def _points(metric: str, difference: float) -> str:
    # Adding 0 turns -0.0 into 0.0.
    difference = round(difference, 3) + 0.0
    return f"{100 * difference:+.1f} points" if BY_NAME[metric].is_rate else f"{difference:+.3f}"


def _short(metric: str) -> str:
    return metric.upper() if metric in ("fpr", "fnr", "f1") else _capital(BY_NAME[metric].long_name)


def _named(names: Sequence[str], *, most: int = MOST_NAMED) -> str:
    return _cut([clipped(name) for name in names], most=most)


def _cut(texts: Sequence[str], *, most: int = MOST_NAMED) -> str:
    """List texts, and count those that are left out."""
    rest = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def _number(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _markup_list(written: Iterable[str]) -> Markup:
    """List what has been escaped already."""
    return Markup(", ".join(written))  # noqa: S704


def _path(file: str) -> str:
    """Write a relative path for the target of a link."""
    from urllib.parse import quote

    return quote(file.replace("\\", "/"), safe="/._-")


def _line(content: str, key: str) -> str:
    """Say on which line a key stands, if that can be told; tomllib does not."""
    pattern = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[=.\]]""")
    number = next((i for i, line in enumerate(content.splitlines(), 1) if pattern.match(line)), 0)
    return f"line {number}: " if number else ""


def _held(value: object) -> str:
    match value:
        case dict():
            return f"a table of {', '.join(repr(clipped(str(key))) for key in value) or 'nothing'}"
        case list():
            return "a list"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case _:
            return "a value of another kind"


__all__ = [
    "CardDocuments",
    "CardFigure",
    "NotApplicable",
    "Statements",
    "Unknown",
    "read_statements",
    "render_card",
]
