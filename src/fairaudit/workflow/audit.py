"""Predictions into reports: read, count, measure, compare, judge, write down."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fairaudit.count.counts import Counted
from fairaudit.count.groups import count
from fairaudit.count.scores import count_scores
from fairaudit.count.unknown import unknown_values
from fairaudit.count.vanished import with_vanished
from fairaudit.disparity.distance import against_rest
from fairaudit.disparity.rule import DEFAULT_RULE, VerdictRule
from fairaudit.disparity.verdicts import Verdict
from fairaudit.documents.envelope import Origin, audit_settings
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.measured import group_document
from fairaudit.documents.parts import AuditSettings, Stamp
from fairaudit.documents.ranking import MAIN_METRICS, main_metric
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.measure import measure
from fairaudit.metrics.scored import AREA
from fairaudit.read.checked_rows import Checked
from fairaudit.read.files import open_path, open_paths
from fairaudit.read.notes import Note, distinct
from fairaudit.read.rows import Input
from fairaudit.read.table import Use, validate
from fairaudit.read.used_rows import forget_scores
from fairaudit.read.watching import Progress
from fairaudit.settings.choices import (
    Missing,
)
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.source import OPENED_AS_IT_SAYS, InputSettings
from fairaudit.settings.verdict import Measuring
from fairaudit.slices.grammar import Dimension
from fairaudit.workflow.locked import somebody_in, with_departures
from fairaudit.workflow.ranking import refuse_undefined, refuse_unranked
from fairaudit.workflow.references import references_here, settled
from fairaudit.workflow.remarks import (
    one_label_groups,
    open_memberships,
    overlapping_groups,
    scores_against_labels,
    shared_people,
    telling_attributes,
)
from fairaudit.workflow.suppressed import (
    are_few_between,
    left_out,
    refuse_small_cells,
    unknown_too,
    without_single_values,
)

if TYPE_CHECKING:
    from fairaudit.disparity.aequitas import AequitasBias
    from fairaudit.disparity.judge import Judged
    from fairaudit.disparity.ratios import Compared
    from fairaudit.documents.audit import BiasDocument, FairnessDocument, ScoresDocument, SlicesDocument
    from fairaudit.documents.folder import Results
    from fairaudit.documents.registry import AnyDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """An input that has been read, counted and measured.

    Attributes
    ----------
    hides_scores
        Whether counts between thresholds would tell of few people.
    unknown
        By dimension, its groups of which it is not known who is in them.
    settled
        Whether it is settled whom groups are compared with, and everybody else is ranked where that is asked for.
    """

    checked: Checked
    counted: Counted
    measured: Measured
    missing: Missing
    na_values: tuple[str, ...] | None
    measuring: Measuring
    naming: Naming
    hides_scores: bool = False
    unknown: Mapping[int, Collection[str]] = field(default_factory=dict)
    settled: bool = False

    def settings(self, rule: VerdictRule | None = None) -> AuditSettings:
        """Write down all that can change a number."""
        return audit_settings(
            self.checked,
            self.measuring,
            self.naming,
            missing=self.missing,
            na_values=self.na_values,
            selected=self.counted.overall.selected,
            ranked_by=main_metric(self.measured.overall.estimates, self.measuring.rank_by),
            rule=rule,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Biased:
    """The disparities, ours and Aequitas's."""

    compared: Compared
    judged: Judged
    aequitas: AequitasBias
    document: BiasDocument


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reports:
    """The reports on one set of predictions; `scores` is ``None`` where scores are decisions."""

    slices: SlicesDocument
    group: GroupDocument
    bias: BiasDocument
    fairness: FairnessDocument
    scores: ScoresDocument | None

    @property
    def files(self) -> dict[str, AnyDocument]:
        """The documents by the names of their files."""
        return reports_of(self)

    @property
    def results(self) -> Results:
        """The documents by their kinds."""
        return results_of(self)

    @property
    def verdict(self) -> Verdict:
        """Over all attributes, in the metrics that form the verdict."""
        return self.fairness.answer.verdict

    def __repr__(self) -> str:
        """Say the answer, and not all the numbers."""
        return f"<Audit: {self.verdict} at tau {self.fairness.tolerance}: {self.fairness.answer.sentence}>"

    def _repr_html_(self) -> str:
        """Show the audit in a notebook."""
        from fairaudit.render.report import notebook

        return notebook.audited(self.bias, self.fairness, self.group)


def reports_of(reports: Reports) -> dict[str, AnyDocument]:
    """Return the reports by the names of their files."""
    documents: dict[str, AnyDocument] = {
        "slices.json": reports.slices,
        "group.json": reports.group,
        "bias.json": reports.bias,
        "fairness.json": reports.fairness,
    }
    return documents if reports.scores is None else {**documents, "scores.json": reports.scores}


def results_of(reports: Reports) -> Results:
    """Return the reports by their kinds."""
    from fairaudit.documents.folder import Results

    return Results(
        slices=reports.slices,
        group=reports.group,
        bias=reports.bias,
        fairness=reports.fairness,
        scores=reports.scores,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Slicing:
    """Slices beyond the attributes, every condition that has a name among them or not; and where cuts fall that were made elsewhere, in data of which the rows are a part.

    `together` says that groups are counted within those of others, `ungrouped` that everybody is counted together where no attributes are named.
    """

    every: bool = False
    together: bool = False
    ungrouped: bool = False
    features: tuple[str, ...] = ()
    edges: Mapping[Dimension, tuple[float, ...]] = field(default_factory=dict)


def tally(
    opened: Input,
    settings: ReadSettings,
    *,
    measuring: Measuring | None = None,
    naming: Naming | None = None,
    option: str = "",
    score_needed: bool = True,
    statistics: bool = False,
    slicing: Slicing | None = None,
    on_progress: Progress | None = None,
) -> Tally:
    """Read, count and measure an input; no metric sees the rows after this."""
    measuring, slicing = measuring or Measuring(), slicing or Slicing()
    refuse_unranked(measuring.rank_by)
    checked = validate(
        opened,
        settings,
        option=option,
        use=Use(
            score_needed=score_needed,
            describe=statistics,
            every_slice=slicing.every,
            each_row=slicing.together,
            ungrouped=slicing.ungrouped,
            overlapping=True,
            features_by="within" if slicing.together else "feature",
        ),
        also=slicing.features,
        edges=slicing.edges,
        on_progress=on_progress,
    )
    return tally_checked(checked, settings, measuring=measuring, naming=naming)


def tally_checked(
    checked: Checked, settings: ReadSettings, *, measuring: Measuring, naming: Naming | None = None
) -> Tally:
    """Count and measure a table that has been read."""
    unknown, nowhere = unknown_values(checked, measuring.unknown)
    unknown = unknown_too(checked, unknown)
    counted = with_vanished(count(checked, unknown=unknown), checked, unknown=unknown)
    refuse_small_cells(checked)
    checked = with_departures(checked, somebody_in(counted))
    measured = measure(counted, min_group_size=measuring.min_group_size, interval=measuring.interval)
    refuse_undefined(measuring.rank_by, measured, source=checked.source.name)
    against = scores_against_labels(measured.overall.estimates.get(AREA), score=checked.roles.score or "")
    shared = shared_people(
        counted.overall.people,
        [(g.attribute, g.counts.people) for g in counted.groups if g.attribute not in counted.overlapping],
        column=checked.roles.id,
    )
    hides_scores = are_few_between(checked)
    of_groups = (
        *overlapping_groups(checked, counted),
        *open_memberships((g.attribute, g.group, sum(c.people for c in g.may_join)) for g in counted.groups),
        *_notes_on_groups(counted, measuring, checked),
    )
    notes = without_single_values(
        checked, distinct([*checked.notes, *nowhere, *against, *shared, *of_groups])
    )
    notes = distinct(
        [*notes, *left_out(checked, of_scores="counts between thresholds" if hides_scores else "")]
    )
    return Tally(
        checked=dataclasses.replace(checked, notes=notes),
        counted=counted,
        measured=measured,
        missing=settings.missing,
        na_values=settings.na_values,
        measuring=measuring,
        naming=naming or Naming(),
        hides_scores=hides_scores,
        unknown=unknown,
    )


def _notes_on_groups(counted: Counted, measuring: Measuring, checked: Checked) -> tuple[Note, ...]:
    """Warn of attributes of which little can be said, or which say too much."""
    return (
        *one_label_groups(counted, least=measuring.min_group_size),
        *telling_attributes(counted, outcomes=checked.of_outcomes),
    )


def without_features(tallied: Tally) -> Tally:
    """Leave out what is a slice only, so that one reading serves reports on slices and on attributes."""
    features = tallied.checked.features
    if not features:
        return tallied
    checked, counted, measured = tallied.checked, tallied.counted, tallied.measured
    of_features = dataclasses.replace(
        counted, groups=tuple(g for g in counted.groups if g.attribute in features)
    )
    passed_over = _notes_on_groups(of_features, tallied.measuring, checked)
    return dataclasses.replace(
        tallied,
        checked=dataclasses.replace(
            checked,
            attributes=tuple(a for a in checked.attributes if a.name not in features),
            notes=tuple(note for note in checked.notes if note not in passed_over),
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
        distances=against_rest(
            tallied.measured, metrics=(*MAIN_METRICS, *filter(None, [tallied.measuring.rank_by]))
        ),
    )


def report_scores(tallied: Tally, stamp: Stamp) -> ScoresDocument | None:
    """Write down the scores, counted between thresholds; ``None`` where they are decisions, or would tell of few people."""
    scored = None if tallied.hides_scores else count_scores(tallied.checked)
    if scored is None:
        return None
    from fairaudit.documents.audited import scores_document

    return scores_document(_origin(tallied, stamp), scored, tallied.measured)


def report_slices(tallied: Tally, stamp: Stamp, *, statistics: bool = False) -> SlicesDocument:
    """Write down every slice's metrics, with statistics of the numeric columns if the tally kept them."""
    from fairaudit.count.statistics import describe
    from fairaudit.documents.audited import slices_document, statistic_part

    return slices_document(
        _origin(tallied, stamp),
        tallied.measured,
        distances=against_rest(tallied.measured),
        statistics=[statistic_part(s) for s in describe(tallied.checked)] if statistics else None,
    )


def with_references(tallied: Tally, rule: VerdictRule) -> tuple[Tally, VerdictRule]:
    """Settle whom groups are compared with, and note which references are about nothing that is audited now."""
    references, notes = settled(rule.references, tallied.measured, tallied.checked)
    if not tallied.settled:
        tallied = with_rests(tallied, _beside_rest(tallied, rule))
    checked = dataclasses.replace(tallied.checked, notes=distinct([*tallied.checked.notes, *notes]))
    return (
        dataclasses.replace(tallied, checked=checked, settled=True),
        dataclasses.replace(rule, references=references),
    )


def with_rests(tallied: Tally, attributes: Collection[str]) -> Tally:
    """Rank the scores of everybody else, for the groups of some attributes."""
    if not attributes:
        return tallied
    from fairaudit.count.rests import rank_rests

    rests = rank_rests(tallied.checked, attributes, unknown=tallied.unknown)
    return dataclasses.replace(tallied, measured=dataclasses.replace(tallied.measured, rests=rests))


def _beside_rest(tallied: Tally, rule: VerdictRule) -> list[str]:
    """Return the attributes of which everybody else is to be ranked for each group, which takes a pass over all scores for each: all where the area is judged, otherwise those of which everybody else is the reference only because somebody said so."""
    from fairaudit.disparity.references import ReferenceKind, find_references

    here, _ = references_here(rule.references, tallied.measured, tallied.checked)
    kinds = find_references(tallied.measured, here).kinds
    return [
        attribute.name
        for attribute in tallied.checked.attributes
        if kinds[attribute.name] is ReferenceKind.REST
        and (AREA in rule.metrics or not (len(attribute.dimensions) > 1 or attribute.overlapping))
    ]


def report_bias(tallied: Tally, stamp: Stamp, *, rule: VerdictRule = DEFAULT_RULE) -> Biased:
    """Compare every group with its reference group and judge what comes out, and let Aequitas compare as well."""
    # What compares and judges takes long to load, and `fairaudit group` has no use for it.
    from fairaudit.disparity import aequitas as aequitas_bridge
    from fairaudit.disparity.gaps import find_gaps
    from fairaudit.disparity.judge import judge
    from fairaudit.disparity.ratios import compare
    from fairaudit.disparity.references import find_references
    from fairaudit.documents.audited import bias_document
    from fairaudit.workflow.behind import with_what_is_behind

    tallied, rule = with_references(tallied, rule)
    references = find_references(tallied.measured, rule.references)
    compared = compare(tallied.measured, references, metrics=rule.metrics)
    judged = judge(compared, tau=rule.tau, decide=rule.decide)
    aequitas = aequitas_bridge.bias(tallied.counted, references, rule=tallied.checked.rule)
    document = bias_document(
        _origin(tallied, stamp, rule), compared, judged, find_gaps(tallied.measured), aequitas
    )
    return Biased(
        compared=compared,
        judged=judged,
        aequitas=aequitas,
        document=with_what_is_behind(document, tallied.checked, compared, judged),
    )


def report_fairness(
    tallied: Tally, biased: Biased, stamp: Stamp, *, rule: VerdictRule = DEFAULT_RULE
) -> FairnessDocument:
    """Write down the verdict on every parity, beside what Aequitas says of it."""
    from fairaudit.disparity import aequitas as aequitas_bridge
    from fairaudit.documents.audited import fairness_document

    tallied, rule = with_references(tallied, rule)
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
    measuring: Measuring | None = None,
    naming: Naming | None = None,
    slicing: Slicing | None = None,
    on_progress: Progress | None = None,
) -> Reports:
    """Make all reports on one set of predictions; one reading of the rows serves attributes and slices."""
    from fairaudit.disparity import aequitas as aequitas_bridge

    with aequitas_bridge.loading():
        sliced = tally(
            opened,
            settings,
            measuring=measuring,
            naming=naming,
            slicing=slicing,
            on_progress=on_progress,
        )
    tallied, rule = with_references(without_features(sliced), rule)
    biased = report_bias(tallied, stamp, rule=rule)
    reports = Reports(
        group=report_groups(tallied, stamp),
        slices=report_slices(sliced, stamp),
        bias=biased.document,
        fairness=report_fairness(tallied, biased, stamp, rule=rule),
        scores=report_scores(tallied, stamp),
    )
    # Drawing takes as much memory again.
    forget_scores(sliced.checked.rows)
    return reports


def open_input(source: object, how: InputSettings = OPENED_AS_IT_SAYS) -> Input:
    """Open a path, several of them as one table, or a pandas, polars or Spark data frame, an Arrow table or a DuckDB relation."""
    if isinstance(source, (str, os.PathLike)):
        return open_path(os.fsdecode(source), how)
    if isinstance(source, (list, tuple)) and all(isinstance(one, (str, os.PathLike)) for one in source):
        return open_paths([os.fsdecode(one) for one in source], how)
    if type(source).__module__.partition(".")[0] == "pyspark":
        from fairaudit.read.spark import open_spark_frame

        return open_spark_frame(source, how)
    from fairaudit.read.dataframes import open_frame

    return open_frame(source, how=how)
