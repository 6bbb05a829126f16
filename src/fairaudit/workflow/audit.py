"""Predictions into reports: read, count, measure, compare, judge, write down."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from fairaudit.count.groups import Counted, count
from fairaudit.count.scores import count_scores
from fairaudit.count.statistics import describe
from fairaudit.disparity import aequitas as aequitas_bridge
from fairaudit.disparity.distance import against_rest
from fairaudit.disparity.gaps import find_gaps
from fairaudit.disparity.judge import Judged, judge
from fairaudit.disparity.ratios import Compared, compare
from fairaudit.disparity.references import find_references
from fairaudit.disparity.rule import DEFAULT_RULE, VerdictRule
from fairaudit.disparity.verdicts import Verdict
from fairaudit.documents.audit import (
    BiasDocument,
    FairnessDocument,
    GroupDocument,
    ScoresDocument,
    SlicesDocument,
)
from fairaudit.documents.audited import (
    bias_document,
    fairness_document,
    group_document,
    scores_document,
    slices_document,
    statistic_part,
)
from fairaudit.documents.envelope import Origin, audit_settings
from fairaudit.documents.parts import AuditSettings, Stamp
from fairaudit.documents.ranking import MAIN_METRICS
from fairaudit.documents.registry import AnyDocument
from fairaudit.errors import OptionError, listed
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.measure import measure
from fairaudit.metrics.scored import AREA
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.notes import distinct
from fairaudit.read.rows import Input, Progress
from fairaudit.read.table import Checked, Use, validate
from fairaudit.render.report import notebook as html
from fairaudit.settings.arguments import check_kinds
from fairaudit.settings.choices import (
    DECISIVE_METRICS,
    DEFAULT_MIN_GROUP_SIZE,
    MAJORITY,
    Decide,
    Missing,
    RateInterval,
    WeightKind,
    split_words,
)
from fairaudit.settings.edges import in_python
from fairaudit.settings.numbers import parse_tau
from fairaudit.settings.reading import ReadSettings
from fairaudit.slices.grammar import Dimension
from fairaudit.spelling import setting
from fairaudit.workflow.remarks import scores_against_labels, shared_people, telling_attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """An input that has been read, counted and measured."""

    checked: Checked
    counted: Counted
    measured: Measured
    missing: Missing
    na_values: tuple[str, ...] | None
    min_group_size: int
    interval: RateInterval

    def settings(self, rule: VerdictRule | None = None) -> AuditSettings:
        """Write down all that can change a number."""
        return audit_settings(
            self.checked,
            min_group_size=self.min_group_size,
            missing=self.missing.value,
            na_values=self.na_values,
            selected=self.counted.overall.selected,
            interval=self.interval,
            reference=rule.references if rule else None,
            tau=rule.tau if rule else None,
            decide=rule.decide if rule else None,
            metrics=rule.metrics if rule else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Biased:
    """The disparities, ours and Aequitas's."""

    compared: Compared
    judged: Judged
    aequitas: aequitas_bridge.AequitasBias
    document: BiasDocument


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Audit:
    """The reports on one set of predictions; `scores` is ``None`` where scores are decisions."""

    slices: SlicesDocument
    group: GroupDocument
    bias: BiasDocument
    fairness: FairnessDocument
    scores: ScoresDocument | None

    @property
    def files(self) -> dict[str, AnyDocument]:
        """The documents by the names of their files."""
        found: dict[str, AnyDocument] = {
            "slices.json": self.slices,
            "group.json": self.group,
            "bias.json": self.bias,
            "fairness.json": self.fairness,
        }
        return found if self.scores is None else {**found, "scores.json": self.scores}

    @property
    def verdict(self) -> Verdict:
        """Over all attributes, in the metrics that form the verdict."""
        return self.fairness.answer.verdict

    def __repr__(self) -> str:
        """Say the answer, and not all the numbers."""
        return f"<Audit: {self.verdict} at tau {self.fairness.tolerance}: {self.fairness.answer.sentence}>"

    def _repr_html_(self) -> str:
        """Show the audit in a notebook."""
        return html.summary(self.bias, self.fairness)


def tally(
    opened: Input,
    settings: ReadSettings,
    *,
    min_group_size: int = DEFAULT_MIN_GROUP_SIZE,
    interval: RateInterval = RateInterval.WILSON,
    option: str = "",
    score_needed: bool = True,
    statistics: bool = False,
    features: Sequence[str] = (),
    edges: Mapping[Dimension, tuple[float, ...]] | None = None,
    on_progress: Progress | None = None,
) -> Tally:
    """Read, count and measure an input; no metric sees the rows after this."""
    checked = validate(
        opened,
        settings,
        option=option,
        use=Use(score_needed=score_needed, describe=statistics),
        also=features,
        edges=edges,
        on_progress=on_progress,
    )
    counted = count(checked)
    measured = measure(counted, min_group_size=min_group_size, interval=interval)
    against = scores_against_labels(measured.overall.estimates.get(AREA), score=checked.roles.score or "")
    shared = shared_people(counted, column=checked.roles.id)
    notes = distinct([*checked.notes, *against, *shared, *telling_attributes(counted)])
    return Tally(
        checked=dataclasses.replace(checked, notes=notes),
        counted=counted,
        measured=measured,
        missing=settings.missing,
        na_values=settings.na_values,
        min_group_size=min_group_size,
        interval=interval,
    )


def without_features(tallied: Tally) -> Tally:
    """Leave out what is a slice only, so that one reading serves reports on slices and on attributes."""
    features = tallied.checked.features
    if not features:
        return tallied
    checked, counted, measured = tallied.checked, tallied.counted, tallied.measured
    return dataclasses.replace(
        tallied,
        checked=dataclasses.replace(
            checked, attributes=tuple(a for a in checked.attributes if a.name not in features)
        ),
        counted=dataclasses.replace(
            counted, groups=tuple(g for g in counted.groups if g.attribute not in features)
        ),
        measured=dataclasses.replace(
            measured, groups=tuple(g for g in measured.groups if g.attribute not in features)
        ),
    )


def _origin(tallied: Tally, stamp: Stamp, rule: VerdictRule | None = None) -> Origin:
    """Gather what a report says of itself."""
    return Origin(checked=tallied.checked, settings=tallied.settings(rule), stamp=stamp)


def report_groups(tallied: Tally, stamp: Stamp) -> GroupDocument:
    """Write down every group's metrics."""
    return group_document(
        _origin(tallied, stamp),
        tallied.measured,
        distances=against_rest(tallied.measured, metrics=MAIN_METRICS),
    )


def report_scores(tallied: Tally, stamp: Stamp) -> ScoresDocument | None:
    """Write down the scores, counted between thresholds; ``None`` where they are decisions."""
    scored = count_scores(tallied.checked)
    return None if scored is None else scores_document(_origin(tallied, stamp), scored, tallied.measured)


def report_slices(tallied: Tally, stamp: Stamp, *, statistics: bool = False) -> SlicesDocument:
    """Write down every slice's metrics, with statistics of the numeric columns if the tally kept them."""
    return slices_document(
        _origin(tallied, stamp),
        tallied.measured,
        distances=against_rest(tallied.measured),
        statistics=[statistic_part(s) for s in describe(tallied.checked)] if statistics else None,
    )


def report_bias(tallied: Tally, stamp: Stamp, *, rule: VerdictRule = DEFAULT_RULE) -> Biased:
    """Compare every group with its reference group and judge what comes out, and let Aequitas compare as well."""
    found = find_references(tallied.measured, rule.references)
    compared = compare(tallied.measured, found, metrics=rule.metrics)
    judged = judge(compared, tau=rule.tau, decide=rule.decide)
    aequitas = aequitas_bridge.bias(tallied.counted, found, rule=tallied.checked.rule)
    return Biased(
        compared=compared,
        judged=judged,
        aequitas=aequitas,
        document=bias_document(
            _origin(tallied, stamp, rule),
            compared,
            judged,
            find_gaps(tallied.measured),
            aequitas,
        ),
    )


def report_fairness(
    tallied: Tally, biased: Biased, stamp: Stamp, *, rule: VerdictRule = DEFAULT_RULE
) -> FairnessDocument:
    """Write down the verdict on every parity, beside what Aequitas says of it."""
    return fairness_document(
        _origin(tallied, stamp, rule),
        biased.compared,
        biased.judged,
        aequitas_bridge.fairness(biased.aequitas, tau=rule.tau),
    )


def report_everything(
    opened: Input,
    settings: ReadSettings,
    stamp: Stamp,
    *,
    rule: VerdictRule = DEFAULT_RULE,
    features: Sequence[str] = (),
    edges: Mapping[Dimension, tuple[float, ...]] | None = None,
    min_group_size: int = DEFAULT_MIN_GROUP_SIZE,
    interval: RateInterval = RateInterval.WILSON,
    on_progress: Progress | None = None,
) -> Audit:
    """Make all four reports on one set of predictions.

    Parameters
    ----------
    features
        Slices beyond the attributes; one reading of the rows serves both.
    edges
        Where cuts fall that were made elsewhere, in data of which these predictions are a part.
    """
    with aequitas_bridge.loading():
        sliced = tally(
            opened,
            settings,
            features=features,
            edges=edges,
            min_group_size=min_group_size,
            interval=interval,
            on_progress=on_progress,
        )
    tallied = without_features(sliced)
    biased = report_bias(tallied, stamp, rule=rule)
    return Audit(
        group=report_groups(tallied, stamp),
        slices=report_slices(sliced, stamp),
        bias=biased.document,
        fairness=report_fairness(tallied, biased, stamp, rule=rule),
        scores=report_scores(tallied, stamp),
    )


def open_input(source: object) -> Input:
    """Open a path, or a pandas or polars data frame, an Arrow table or a DuckDB relation."""
    return open_path(os.fsdecode(source)) if isinstance(source, (str, os.PathLike)) else open_frame(source)


@in_python
def audit(
    source: object,
    *,
    label: str | None = None,
    score: str | None = None,
    decision: str | None = None,
    attributes: str | Sequence[str] = (),
    weight: str | None = None,
    weight_kind: str | None = None,
    id: str | None = None,
    positive: str | Sequence[str] = (),
    reference: str | Sequence[str] = (MAJORITY,),
    threshold: float | None = None,
    top_k: int | None = None,
    top_percent: float | None = None,
    tau: str | float | Fraction = "0.8",
    decide: str = "interval",
    metrics: str | Sequence[str] = DECISIVE_METRICS,
    interval: str = "wilson",
    where: str | None = None,
    missing: str = "error",
    na_values: str | Sequence[str] | None = None,
    min_group_size: int = DEFAULT_MIN_GROUP_SIZE,
) -> Audit:
    """Audit predictions.

    Parameters
    ----------
    source
        Path of a CSV, TSV, JSON lines, Parquet or XLSX file, or a pandas or polars data frame, an Arrow table or a DuckDB relation; none of them is changed.
    label, score, decision, weight
        Column names. ``label="none"`` audits decisions alone; left out, the usual names are looked for.
    weight_kind
        ``"frequency"`` (a row stands for so many people) or ``"survey"``. Left out, weights of which some have fractions are those of a survey.
    id
        Column that says whom a row is about, where people stand in several rows: evidence then counts people, not rows.
    attributes
        What to group people by, as on the command line: ``"race"``, ``"age:25,45"``, ``"race*sex"``. Left out, columns of 2 to 50
        texts, or of 0 and 1, are chosen: at most 12, and none that repeats the label or the decision.
    positive
        Label values that make up the positive class, for labels that are not 0/1.
    reference
        ``"majority"``, ``"min-metric"``, ``"rest"``, ``"race=Caucasian"`` or a bare group.
    threshold, top_k, top_percent
        At most one decision rule for scores that are no decisions; `top_percent` lies in (0, 100].
    tau
        Tolerance above 0 and at most 1: ratios within [tau, 1 / tau] are tolerated.
    decide
        ``"interval"``: a verdict needs evidence; ``"point"``: the ratio alone decides.
    metrics
        Those that form the verdict.
    interval
        Of rates: ``"wilson"`` or ``"clopper-pearson"``.
    where
        SQL condition; rows that do not fulfil it are dropped and counted.
    missing
        ``"error"`` or ``"drop"``: what to do with rows without a label or score.
    na_values
        What stands for a missing value, instead of the usual marks (``NA``, ``NaN``, ``None``, ``?`` and such): a comma list, or a list. An
        empty one leaves only empty cells.
    min_group_size
        Smaller groups are marked.

    Returns
    -------
    Audit
        The four documents; it shows itself in a notebook.

    Raises
    ------
    fairaudit.errors.FairauditError
        If the input cannot be audited as asked; the message says what would be right.
    """
    check_kinds(locals())
    settings = ReadSettings(
        label=label,
        score=score,
        decision=decision,
        weight=weight,
        weight_kind=None if weight_kind is None else _choice(WeightKind, weight_kind, "weight_kind"),
        id=id,
        positive=_several(positive),
        attributes=_several(attributes),
        where=where,
        missing=_choice(Missing, missing, "missing"),
        na_values=None if na_values is None else split_words(_several(na_values), known=()),
        threshold=None if threshold is None else float(threshold),
        top_k=None if top_k is None else int(top_k),
        top_percent=None if top_percent is None else float(top_percent),
    )
    return report_everything(
        open_input(source),
        settings,
        Stamp(created=datetime.now(UTC).replace(microsecond=0), command="fairaudit.audit"),
        rule=VerdictRule(
            references=_several(reference),
            tau=parse_tau(str(tau)),
            decide=_choice(Decide, decide, "decide"),
            metrics=_several(metrics),
        ),
        min_group_size=int(min_group_size),
        interval=_choice(RateInterval, interval, "interval"),
    )


def _several(given: str | Sequence[str]) -> tuple[str, ...]:
    """Take one text for a list of one; its letters are not meant."""
    return (given,) if isinstance(given, str) else tuple(given)


_E = TypeVar("_E", bound=StrEnum)


def _choice(kind: type[_E], given: str, name: str) -> _E:
    """Read a choice.

    Raises
    ------
    OptionError
        If it is none; those that there are, are listed.
    """
    try:
        return kind(given)
    except ValueError:
        raise OptionError(
            setting(name), f"{given!r} is not a choice", hint=f"Say one of {listed(list(kind))}"
        ) from None
