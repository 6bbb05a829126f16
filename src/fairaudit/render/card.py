"""The model card: what the documents hold and what a person stated, as one Markdown page.

Text that is made here states measured facts only. What a person has not stated is marked as missing, and never made up.

A template may use: ``title``, ``answer``, ``missing`` (names of statements), ``statements_total``, ``statement(name)`` for each name of
`Statements`; the lists of (name, text) ``in_short``, ``model``, ``data``, ``at_risk`` and ``provenance``; the lists of texts ``factors`` and
``found``; the tables ``overall``, ``overall_more``, ``key_slices``, ``people``, ``verdicts`` and ``parities`` (each with ``head``, ``align``, ``rows`` and ``note``, or none);
``key_slices_sentence``, ``bias_sentence``, ``attributes_left_out``; ``attributes`` (each with ``heading``, ``sentence`` and ``table``);
``figures`` (each with ``name``, ``file``, ``alt`` and ``title``); and the filters ``cell``, ``code``, ``prose`` and ``table``. Whatever it
prints is escaped unless a filter has done so; a name that is not here is an error.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from fairaudit.compare import EVERYBODY_ELSE
from fairaudit.config import Decide, RuleKind
from fairaudit.errors import clipped, written
from fairaudit.measure import BY_NAME, Better
from fairaudit.read.attributes import MISSING_GROUP
from fairaudit.render.confined import confined
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
    PredictDocument,
    ScoresDocument,
    SlicesDocument,
    TrainDocument,
)
from fairaudit.render.escape import cell, code, prose
from fairaudit.render.ranking import (
    Slice,
    distance_text,
    is_small,
    poorest_slice,
    rank_slices,
    slices_of,
    small_slices,
)
from fairaudit.render.sentences import (
    MAIN_METRICS,
    NO_VALUE,
    correction,
    difference_text,
    interval,
    judged,
    level_text,
    main_metric,
    metric_value,
    passed_over_texts,
    share_text,
    times,
    worst_disparities,
)
from fairaudit.render.statements import Approval, AtRisk, NotApplicable, Statement, Statements, Unknown
from fairaudit.render.templating import faults_of
from fairaudit.resources import CARD_TEMPLATE, read_template
from fairaudit.verdicts import Verdict, interval_text

MOST_SLICES = 5
MOST_ATTRIBUTES = 4
"""How many attributes have their own part in the card, those that fail first."""
MOST_GROUPS = 8
"""How many groups of an attribute a table shows."""
MOST_PEOPLE = 60
"""How many groups the folded table of people shows."""
MOST_NAMED = 5
"""How many names a sentence lists."""
CARD_METRICS = ("f1", "accuracy", "fpr", "fnr", "pprev", "roc_auc")
MORE_METRICS = ("balanced_accuracy", "precision", "tpr", "mcc", "brier", "log_loss")
"""Folded."""
NEEDED = "[More Information Needed]"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDocuments:
    """The documents that there are; for a card that says something, one of `group`, `slices` and `train` at least."""

    group: GroupDocument | None = None
    bias: BiasDocument | None = None
    fairness: FairnessDocument | None = None
    scores: ScoresDocument | None = None
    slices: SlicesDocument | None = None
    train: TrainDocument | None = None
    cv: CvDocument | None = None
    predict: PredictDocument | None = None

    @property
    def all(self) -> Mapping[str, Envelope]:
        """Those that there are, by name."""
        named = {
            "train": self.train,
            "cv": self.cv,
            "predict": self.predict,
            "slices": self.slices,
            "group": self.group,
            "bias": self.bias,
            "fairness": self.fairness,
            "scores": self.scores,
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
    """What the card says of one attribute."""

    heading: str
    sentence: str
    table: Table


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
    if template is None or template == read_template(CARD_TEMPLATE):
        return _written(documents, statements, figures, read_template(CARD_TEMPLATE))
    return confined(CARD_TEMPLATE, _written, documents, statements, figures, template)


def _written(
    documents: CardDocuments, statements: Statements, figures: Sequence[CardFigure], text: str
) -> str:
    """Render a template."""
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


def _context(
    documents: CardDocuments, statements: Statements, figures: Sequence[CardFigure]
) -> dict[str, Any]:
    overall = _overall(documents)
    main = main_metric(overall)
    ranked = rank_slices(_ranked_among(documents), main) if main else []
    pages, pages_left_out = _attribute_pages(documents)
    return {
        "title": _title(documents, statements),
        "answer": _answer(documents, overall, main),
        "missing": statements.missing,
        "statements_total": len(Statements.required()),
        "statement": lambda key: _stated(key, getattr(statements, key)),
        "at_risk": [(part.group, _at_risk(part)) for part in statements.at_risk],
        "in_short": _in_short(documents, overall, main),
        "model": _model(documents),
        "factors": _factors(documents, statements),
        "data": _data(documents),
        "people": _people_table(documents),
        "overall": _overall_table(documents, overall, CARD_METRICS),
        "overall_more": _overall_table(documents, overall, MORE_METRICS),
        "key_slices": _slices_table(ranked, overall, main) if ranked and main else None,
        "key_slices_sentence": _slices_sentence(ranked, main),
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


def _at_risk(part: AtRisk) -> str:
    """Put together what was stated of a group at risk."""
    told = (("benefits", part.benefits), ("harms", part.harms), ("mitigation", part.mitigation))
    return "; ".join(f"{name}: {text}" for name, text in told if text) or "nothing stated"


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


def _title(documents: CardDocuments, statements: Statements) -> str:
    if isinstance(statements.name, str) and statements.name:
        return f"Model card: {statements.name}"
    if documents.train is not None:
        return f"Model card: {documents.train.model.estimator} for {clipped(documents.train.model.target)}"
    return f"Model card: {clipped(_first(documents).input.name)}"


def _answer(documents: CardDocuments, overall: Mapping[str, EstimatePart], main: str | None) -> str:
    if documents.bias is not None and (ranked := worst_disparities(documents.bias)):
        return judged(ranked[0], documents.bias.tolerance, people=documents.bias.people)
    if main is not None:
        return f"{_capital(BY_NAME[main].long_name)} is {_with_interval(main, overall[main])} for everybody"
    return f"{_first(documents).input.used:,} rows were read; there is nothing in them to judge decisions by"


def _in_short(
    documents: CardDocuments, overall: Mapping[str, EstimatePart], main: str | None
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
        rows += _worst_slice(documents, main)
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
        rows.append(("Bias", f"{'; '.join(said)} at tau {documents.fairness.settings.tau}"))
    elif documents.bias is None:
        rows.append(("Bias", "not audited"))
    else:
        rows.append(("Bias", "compared, not judged"))
    return rows


def _worst_slice(documents: CardDocuments, main: str) -> list[tuple[str, str]]:
    slices = _ranked_among(documents)
    if not slices:
        return []
    worst, few = poorest_slice(slices, main), small_slices(slices, main)
    after = f"; {few}" if few else ""
    if worst is None:
        known = any(s.metrics[main].value is not None and not is_small(s, main) for s in slices)
        return [
            (
                "Slices",
                f"none {'of enough people is worse than everybody' if known else 'can be ranked'}{after}",
            )
        ]
    said = (
        f"{worst.slice.shown}: {BY_NAME[main].long_name} {metric_value(main, worst.slice.metrics[main].value)}, "
        f"{worst.slice.n:,} people; to everybody else {distance_text(worst, main)}"
    )
    if worst.is_sure:
        return [("Lowest slice" if BY_NAME[main].better is Better.NEITHER else "Worst slice", said)]
    return [("Slices", f"none is worse than everybody else beyond chance; farthest off is {said}{after}")]


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


def _factors(documents: CardDocuments, statements: Statements) -> list[str]:
    relevant = [part.group for part in statements.at_risk]
    rows = [f"Relevant, as stated: {_named(relevant, most=8)}."] if relevant else []
    settings = documents.settings
    if settings is None:
        return [*rows, "Measured: no groups."]
    groups = {(s.feature, s.name) for s in _slices(documents)}
    if documents.bias is not None:
        groups |= {(d.attribute, d.group) for d in documents.bias.disparities}
    counted = Counter(attribute for attribute, _ in groups)
    singles = [a for a in settings.attributes if len(a.columns) == 1]
    crossed = [a for a in settings.attributes if len(a.columns) > 1]
    for name, attributes in (("Measured", singles), ("Intersections measured", crossed)):
        told = [f"{clipped(a.name)} ({_number(counted[a.name], 'group')})" for a in attributes]
        rows.append(f"{name}: {_cut(told, most=8) if told else 'none'}.")
    if settings.attributes_chosen:
        rows.append("Nobody named these: they are the columns of 2 to 50 texts or categories, or of 0 and 1.")
    return rows


def _data(documents: CardDocuments) -> list[tuple[str, str | Markup]]:
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
            rows.append(("Missing values", _cut([f"{clipped(c)} {n:,}" for c, n in worst])))
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
        rows.append(("Found while reading", _cut(notes, separator="; ")))
    return rows


def _evaluated_what_was_held_out(documents: CardDocuments) -> bool:
    """Tell whether the evaluation is of the rows that the training held out, all of them, so that the others are those learnt from."""
    train, cv, audited = documents.train, documents.cv, documents.performance
    return (
        train is not None
        and cv is not None
        and audited is not None
        and cv.input.sha256 == train.input.sha256
        and audited.input.sha256 == train.predictions_sha256
        and not audited.input.dropped
        and audited.settings.weight is None
        and not train.input.dropped
    )


def _people_table(documents: CardDocuments) -> Table | None:
    """Count every group's people, where it is known both among the rows that the model learnt from and those of the evaluation."""
    evaluated = {(s.feature, s.name): s.n for s in _slices(documents)}
    both = _evaluated_what_was_held_out(documents)
    features = {feature for feature, _ in evaluated}
    everybody = (
        {(s.feature, s.slice): s.n for s in documents.cv.slices if s.feature in features}
        if documents.cv and both
        else {}
    )
    groups = list(dict.fromkeys([*everybody, *evaluated]))
    if not groups:
        return None

    def row(group: tuple[str, str]) -> tuple[str, ...]:
        n = evaluated.get(group, 0)
        learnt = [f"{max(everybody[group] - n, 0):,}" if group in everybody else NO_VALUE] if both else []
        return (f"{clipped(group[0])} = {clipped(group[1])}", *learnt, f"{n:,}")

    shown = groups[:MOST_PEOPLE]
    left_out = len(groups) - len(shown)
    return Table(
        head=("Group", *(["Training"] if both else []), "Evaluation"),
        align=("---", *(["---:"] if both else []), "---:"),
        rows=tuple(row(group) for group in shown),
        note=f"{_number(left_out, 'more group')} in group.json and slices.json." if left_out else "",
    )


def _overall_table(
    documents: CardDocuments, overall: Mapping[str, EstimatePart], metrics: Sequence[str]
) -> Table | None:
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
    for metric in metrics:
        if metric not in overall:
            continue
        e = overall[metric]
        people = share_text(e) or NO_VALUE
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
    return Table(head=tuple(head), align=tuple(align), rows=tuple(rows)) if rows else None


def _slices_table(ranked: Sequence[Slice], overall: Mapping[str, EstimatePart], main: str) -> Table:
    more = [m for m in ("fpr", "fnr", "f1") if m in overall and m != main]
    joint = _joint(ranked, main)
    rows = []
    for s in ranked[:MOST_SLICES]:
        name = f"{clipped(s.feature)} = {clipped(s.name)}{' (small)' if is_small(s, main) else ''}"
        rows.append(
            (
                name,
                f"{s.n:,}",
                metric_value(main, s.metrics[main].value),
                _away(s, main),
                *(metric_value(m, s.metrics[m].value) for m in more),
            )
        )
    return Table(
        head=(
            "Slice",
            "People",
            _capital(BY_NAME[main].long_name),
            "To everybody else" + (f", {level_text(joint[0])}" if joint else ""),
            *(_short(m) for m in more),
        ),
        align=("---", "---:", "---:", "---:", *("---:" for _ in more)),
        rows=tuple(rows),
    )


def _away(s: Slice, main: str) -> str:
    """Say how far a slice is from everybody else, with the interval that allows for the choice; small ones are not chosen."""
    found = s.vs_rest.get(main)
    if found is None or found.difference is None or found.joint_ci is None:
        return NO_VALUE
    said = difference_text(main, found.difference)
    low, high = (difference_text(main, limit) for limit in found.joint_ci)
    return said if is_small(s, main) else f"{said} ({low} to {high})"


def _joint(ranked: Sequence[Slice], main: str) -> tuple[float, int] | None:
    """Give the level of the intervals that allow for the choice, and from how many slices; ``None`` where there are none."""
    for s in ranked:
        found = s.vs_rest.get(main)
        if found and found.joint_confidence and found.chosen_from and not is_small(s, main):
            return found.joint_confidence, found.chosen_from
    return None


def _slices_sentence(ranked: Sequence[Slice], main: str | None) -> str:
    if main is None:
        return ""
    shown = min(len(ranked), MOST_SLICES)
    many = f"{shown} slices of {len(ranked):,}" if shown < len(ranked) else f"All {len(ranked):,} slices"
    first = "lowest first" if BY_NAME[main].better is Better.NEITHER else "worst first"
    few = small_slices(ranked, main)
    joint = _joint(ranked, main)
    together = f"; intervals hold for {joint[1]:,} together" if joint and joint[1] > 1 else ""
    return f"{many}, {first}{together}{f'; {few}' if few else ''}."


def _bias_sentence(documents: CardDocuments) -> str:
    if documents.bias is None:
        return "Bias was not audited: no groups were compared."
    said = "Ratios are a group's rate over its reference group's."
    if documents.fairness is not None:
        tau = documents.fairness.tau
        said += (
            f" They may lie from {tau:.2f} to {1 / tau:.2f} in {', '.join(_lead_names(documents.fairness))}."
        )
        said += (
            " The ratio alone decides."
            if documents.fairness.settings.decide is Decide.POINT
            else f" {correction(documents.bias) or 'Nothing is compared'}; a pass has its 90% interval within; the rest is undecided."
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
    return AttributePage(heading=heading, sentence=sentence, table=_ratio_table(mine, bias.family.metrics))


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
    _, ci = disparity.resting
    return f"{ratio}{f' ({interval_text(ci)})' if ci else ''}{f' {verdict}' if verdict else ''}{', small' if disparity.small else ''}"


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
        found.append(f"Not looked at: {_cut(passed_over_texts(settings.passed_over))}.")
    if len(hashes := {d.input.sha256 for d in _audits(documents)}) > 1:
        found.append(f"The documents of the audit were made from {len(hashes)} different inputs.")
    warnings = list(dict.fromkeys(w for d in (documents.train, documents.cv) if d for w in d.warnings))
    found += [f"Training: {clipped(w, most=200)}" for w in warnings[:MOST_NAMED]]
    if len(warnings) > MOST_NAMED:
        found.append(f"{len(warnings) - MOST_NAMED:,} more warnings of the training are in train.json.")
    found += _found_over_folds(documents.cv)
    found += _found_in_groups(documents)
    if not overall:
        found.append("Nothing could be measured.")
    return found or ["Nothing."]


def _found_in_groups(documents: CardDocuments) -> list[str]:
    """Tell what is in the data and not in the evaluation, and what the model never saw."""
    found = []
    if documents.cv is not None and documents.performance is not None:
        evaluated = {(s.feature, s.name) for s in _slices(documents)}
        features = {feature for feature, _ in evaluated}
        absent = [
            f"{clipped(s.feature)} = {clipped(s.slice)} ({s.n:,})"
            for s in documents.cv.slices
            if s.feature in features and (s.feature, s.slice) not in evaluated
        ]
        if absent:
            found.append(f"Groups of the data that the evaluation lacks: {_cut(absent)}.")
    unknown = {} if documents.predict is None else documents.predict.unknown_categories
    seen = [
        f"{clipped(c)} = {clipped(v)} ({n:,})" for c, values in unknown.items() for v, n in values.items()
    ]
    if seen:
        found.append(f"Never seen in training: {_cut(seen)}.")
    return found


def _found_in_bias(documents: CardDocuments) -> list[str]:
    fairness = documents.fairness
    found = []
    if fairness is not None:
        lead = [p for p in fairness.parities if p.decisive and p.verdict is not None]
        undecided = [p for p in lead if p.verdict is Verdict.UNDECIDED]
        if undecided:
            groups = dict.fromkeys(f"{clipped(p.attribute)} = {clipped(p.group)}" for p in undecided)
            found.append(
                f"{len(undecided):,} of {len(lead):,} comparisons are undecided, of {_cut(list(groups), most=3)}."
            )
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


def _ranked_among(documents: CardDocuments) -> list[Slice]:
    """Give the slices of one document, whose intervals allow for the choice from these."""
    return slices_of(documents.performance) if documents.performance is not None else []


def _slices(documents: CardDocuments) -> list[Slice]:
    """Collect the slices, and the groups that are not among them."""
    found: dict[tuple[str, str], Slice] = {}
    for document in (documents.slices, documents.group):
        for s in slices_of(document) if document is not None else ():
            found.setdefault((s.feature, s.name), s)
    return list(found.values())


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


def _short(metric: str) -> str:
    return metric.upper() if metric in ("fpr", "fnr", "f1") else _capital(BY_NAME[metric].long_name)


def _named(names: Sequence[str], *, most: int = MOST_NAMED) -> str:
    return _cut([clipped(name) for name in names], most=most)


def _cut(texts: Sequence[str], *, most: int = MOST_NAMED, separator: str = ", ") -> str:
    """List texts, and count those that are left out."""
    rest = len(texts) - most
    return separator.join(texts[:most]) + (f" and {rest:,} more" if rest > 0 else "")


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


__all__ = [
    "CardDocuments",
    "CardFigure",
    "render_card",
]
