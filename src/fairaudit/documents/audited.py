"""Results of an audit as documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fairaudit.count.counts import Counts
from fairaudit.count.scores import ScoreCounts, Scored
from fairaudit.disparity.distance import Distance
from fairaudit.documents.audit import (
    AnswerPart,
    AttributeVerdictPart,
    BiasDocument,
    DisparityPart,
    FairnessDocument,
    FamilyPart,
    GapPart,
    OverallVerdictPart,
    ParityPart,
    RankedPart,
    ScoreCountsPart,
    ScoresDocument,
    SlicePart,
    SlicesDocument,
    StatisticPart,
)
from fairaudit.documents.envelope import (
    Origin,
    audit_envelope,
    distance_parts,
    float_or_none,
    weighed,
    worth_of,
)
from fairaudit.documents.measured import measured_part, overall_part, share_of
from fairaudit.metrics import effective
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.table import BY_NAME

if TYPE_CHECKING:
    from fairaudit.count.statistics import Statistics
    from fairaudit.disparity.aequitas import AequitasBias, AequitasFairness
    from fairaudit.disparity.gaps import Gap
    from fairaudit.disparity.judge import Judged, Parity
    from fairaudit.disparity.ratios import Compared, Disparity


def bias_document(
    origin: Origin,
    compared: Compared,
    judged: Judged,
    gaps: Sequence[Gap],
    aequitas: AequitasBias,
) -> BiasDocument:
    """Write the bias report."""
    verdicts = {(p.attribute, p.group, p.metric): p for p in judged.parities if p.metric}
    sizes = {(g.attribute, g.group): g.counts.people for g in compared.measured.groups}
    return BiasDocument(
        **audit_envelope(origin, "aequitas", "pandas"),
        people=compared.measured.overall.counts.people,
        references=_references(compared),
        family=_family(judged),
        answer=_answer(judged),
        disparities=[
            DisparityPart(
                n=sizes[d.attribute, d.group],
                aequitas_disparity=aequitas.disparities.get((d.attribute, d.group, d.metric)),
                **_compared(d, origin, compared),
                **_planned(verdicts.get((d.attribute, d.group, d.metric))),
            )
            for d in (*compared.disparities, *compared.beside)
        ],
        gaps=[_gap(gap) for gap in gaps],
        left_out={
            name: why
            for name, why in compared.measured.left_out.items()
            if BY_NAME[name].parity or name in compared.asked
        },
    )


def _compared(d: Disparity, origin: Origin, compared: Compared) -> dict[str, Any]:
    """Write what was measured of a group and its reference group."""
    clustered = compared.measured.overall.counts.clusters is not None
    return {
        "attribute": d.attribute,
        "group": d.group,
        "metric": d.metric,
        "value": d.estimate.value,
        "numerator": weighed(d.estimate.numerator, origin.part),
        "denominator": weighed(d.estimate.denominator, origin.part),
        "reference_group": d.reference_group,
        "reference_value": d.reference.value if d.reference else None,
        "reference_numerator": weighed(d.reference.numerator if d.reference else None, origin.part),
        "reference_denominator": weighed(d.reference.denominator if d.reference else None, origin.part),
        "ratio": float_or_none(d.ratio),
        "ratio_ci": d.ratio_ci,
        "ratio_ci90": d.ratio_ci90,
        "difference": float_or_none(d.difference),
        "difference_ci": d.difference_ci,
        "p_value": d.p_value,
        "test": d.test,
        "p_adjusted": d.p_adjusted,
        "comparisons": d.comparisons,
        "reason": d.ratio_reason or None,
        "interval_reason": d.interval_reason or None,
        "small": d.small,
        "is_reference": d.is_reference,
        "unknown": d.unknown,
        "vanished": d.vanished,
        **worth_of(d.pair if clustered else None),
    }


def _planned(parity: Parity | None) -> dict[str, Any]:
    """Write the verdict on a disparity, and what would turn or reach one; nothing where nobody asked for one."""
    if parity is None:
        return dict.fromkeys(("verdict", "interval_confidence", "p_fail", "needed", "needed_to", "flips"))
    return {
        "verdict": parity.verdict,
        "interval_confidence": parity.confidence,
        "ratio_ci_corrected": parity.corrected,
        "p_fail": parity.p_fail,
        "p_alone": parity.p_alone,
        "p_pass": parity.p_pass,
        "limit_test": parity.limit_test,
        "needed": parity.needed,
        "needed_in_all": parity.needed_in_all,
        "needed_to": parity.needed_to,
        "flips": parity.flips,
    }


def _gap(gap: Gap) -> GapPart:
    return GapPart(
        attribute=gap.attribute,
        metric=gap.metric,
        value=float_or_none(gap.value),
        highest=gap.highest,
        lowest=gap.lowest,
        ci=gap.ci,
        reason=gap.reason or None,
    )


def fairness_document(
    origin: Origin,
    compared: Compared,
    judged: Judged,
    aequitas: AequitasFairness,
) -> FairnessDocument:
    """Write the fairness report."""
    small = {(d.attribute, d.group, d.metric): d.small for d in compared.disparities}
    few = {(g.attribute, g.group): g.small for g in compared.measured.groups}
    return FairnessDocument(
        **audit_envelope(origin, "aequitas", "pandas"),
        tau=float(judged.tau),
        references=_references(compared),
        family=_family(judged),
        answer=_answer(judged),
        parities=[
            _parity(
                p,
                small=small.get((p.attribute, p.group, p.metric or ""), few[p.attribute, p.group]),
                aequitas=aequitas.groups.get((p.attribute, p.group, p.parity)),
            )
            for p in judged.parities
        ],
        attributes=[
            AttributeVerdictPart(
                attribute=v.attribute,
                parity=v.parity,
                verdict=v.verdict,
                reason=v.reason,
                aequitas=aequitas.attributes.get((v.attribute, v.parity)),
            )
            for v in judged.attributes
        ],
        overall={
            key: OverallVerdictPart(verdict=verdict, aequitas=aequitas.overall.get(key))
            for key, verdict in judged.overall.items()
        },
    )


def _parity(parity: Parity, *, small: bool, aequitas: bool | None) -> ParityPart:
    return ParityPart(
        attribute=parity.attribute,
        group=parity.group,
        parity=parity.parity,
        metric=parity.metric,
        ratio=float_or_none(parity.ratio),
        verdict=parity.verdict,
        reason=parity.reason,
        interval=parity.interval,
        interval_confidence=parity.confidence,
        p_fail=parity.p_fail,
        decisive=parity.decisive,
        small=small,
        aequitas=aequitas,
    )


def slices_document(
    origin: Origin,
    measured: Measured,
    *,
    distances: Sequence[Mapping[str, Distance]],
    statistics: Sequence[StatisticPart] | None = None,
) -> SlicesDocument:
    """Write the slices with their distance from everybody, and from everybody else."""
    overall = measured.overall.estimates
    return SlicesDocument(
        **audit_envelope(origin),
        overall=overall_part(measured, origin),
        slices=[
            SlicePart(
                feature=g.attribute,
                slice=g.group,
                share=share_of(g, measured),
                unknown=g.unknown,
                vanished=g.vanished,
                vs_overall={name: _minus(e.value, overall[name].value) for name, e in g.estimates.items()},
                vs_rest=distance_parts(away),
                **measured_part(g, origin),
            )
            for g, away in zip(measured.groups, distances, strict=True)
        ],
        statistics=None if statistics is None else list(statistics),
        left_out=dict(measured.left_out),
    )


def scores_document(origin: Origin, scored: Scored, measured: Measured) -> ScoresDocument:
    """Write the counted scores."""
    worths = {
        (g.attribute, g.group): effective.least_worth(g.counts, origin.part)
        for g in (measured.overall, *measured.groups)
    }

    known = {(g.attribute, g.group): g.counts for g in (measured.overall, *measured.groups)}
    whole = origin.part == 1

    def part(counts: ScoreCounts) -> ScoreCountsPart:
        return ScoreCountsPart(
            attribute=counts.attribute,
            group=counts.group,
            people=[weighed(people, origin.part) for people in counts.people],
            positives=None
            if counts.positives is None
            else [weighed(people, origin.part) for people in counts.positives],
            score_sums=None
            if counts.score_sums is None
            # Fractions are multiplied slowly, and a part of less than all is seldom asked for.
            else [float(total if whole else total * origin.part) for total in counts.score_sums],
            worth=worths.get((counts.attribute, counts.group), 1.0),
            ranked=_ranked(known.get((counts.attribute, counts.group))),
        )

    return ScoresDocument(
        **audit_envelope(origin),
        thresholds=list(scored.thresholds),
        overall=part(scored.overall),
        groups=[part(group) for group in scored.groups],
    )


def _ranked(counts: Counts | None) -> RankedPart | None:
    """Write what an area is made of, where every row is a person."""
    if counts is None or counts.clusters is not None or counts.concordant_twice is None:
        return None
    return RankedPart(
        concordant_twice=counts.concordant_twice,
        placements1=float(counts.placements1 or 0),
        placements0=float(counts.placements0 or 0),
    )


def statistic_part(statistics: Statistics) -> StatisticPart:
    """Write the statistics of one column in one slice."""
    return StatisticPart(
        feature=statistics.attribute,
        slice=statistics.group,
        column=statistics.column,
        n=statistics.n,
        missing=statistics.missing,
        mean=statistics.mean,
        std=statistics.std,
        min=statistics.min,
        q1=statistics.q1,
        median=statistics.median,
        q3=statistics.q3,
        max=statistics.max,
        reason=statistics.reason,
    )


def _references(compared: Compared) -> dict[str, str | dict[str, str]]:
    return {
        attribute: group if isinstance(group, str) else dict(group)
        for attribute, group in compared.references.groups.items()
    }


def _answer(judged: Judged) -> AnswerPart:
    from fairaudit.disparity.judge import verdict_sentence

    return AnswerPart(
        verdict=judged.verdict, attributes=dict(judged.by_attribute), sentence=verdict_sentence(judged)
    )


def _family(judged: Judged) -> FamilyPart:
    family = judged.family
    return FamilyPart(
        metrics=list(family.metrics),
        size=family.size,
        others=family.others,
        correction=judged.correction,
    )


def _minus(value: float | None, overall: float | None) -> float | None:
    return None if value is None or overall is None else value - overall
