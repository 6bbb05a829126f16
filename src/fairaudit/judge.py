"""Disparities into verdicts: pass, fail, or undecided, each with a reason.

What could not be measured is undecided, never a pass. The reference group itself decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from fairaudit.compare import Compared, Disparity
from fairaudit.measure import PARITY_METRICS


class Verdict(StrEnum):
    """The answer to a question of fairness."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"


COMBINED_PARITIES: Mapping[str, tuple[str, str]] = {
    "TypeI Parity": ("FDR Parity", "FPR Parity"),
    "TypeII Parity": ("FOR Parity", "FNR Parity"),
    "Equalized Odds": ("FPR Parity", "TPR Parity"),
    "Unsupervised Fairness": ("Statistical Parity", "Impact Parity"),
    "Supervised Fairness": ("TypeI Parity", "TypeII Parity"),
}
"""Aequitas's combinations (Saleiro et al. 2018; ``aequitas.fairness.Fairness``): one holds if both its parts do."""
PARITIES: Mapping[str, str] = {metric.parity: metric.name for metric in PARITY_METRICS}
REFERENCE_REASON = "the reference group is not judged"
EMPTY_REASON = "nobody is in the group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """A parity of one group; `verdict` is ``None`` for the reference group, and where nobody is in the group.

    Attributes
    ----------
    metric, ratio
        ``None`` for a combination of parities.
    """

    attribute: str
    group: str
    parity: str
    metric: str | None
    ratio: Fraction | None
    verdict: Verdict | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeVerdict:
    """A parity of one attribute, from its groups."""

    attribute: str
    parity: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The verdicts of an audit.

    Attributes
    ----------
    overall
        Keys ``unsupervised``, ``supervised`` and ``overall``, as Aequitas has them; a kind that cannot be measured for want of labels is
        left out.
    """

    tau: Fraction
    parities: tuple[Parity, ...]
    attributes: tuple[AttributeVerdict, ...]
    overall: Mapping[str, Verdict]


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine verdicts: one fail fails; else one undecided, or none at all, is undecided.

    >>> combine([])
    <Verdict.UNDECIDED: 'undecided'>
    """
    found = set(verdicts)
    if Verdict.FAIL in found:
        return Verdict.FAIL
    return Verdict.PASS if found == {Verdict.PASS} else Verdict.UNDECIDED


def judge_ratio(ratio: Fraction | None, tau: Fraction) -> Verdict:
    """Judge a ratio by the plain rule tau <= ratio <= 1 / tau; the limits belong to the pass.

    >>> judge_ratio(Fraction(4, 50) / Fraction(5, 50), Fraction("0.8"))
    <Verdict.PASS: 'pass'>
    """
    if ratio is None:
        return Verdict.UNDECIDED
    return Verdict.PASS if tau <= ratio <= 1 / tau else Verdict.FAIL


def judge(compared: Compared, *, tau: Fraction) -> Judged:
    """Judge every parity of every group, then of every attribute, then of the whole audit.

    Parameters
    ----------
    tau
        The tolerance: a ratio passes within [tau, 1 / tau], limits included.
    """
    parities: list[Parity] = []
    for attribute in compared.measured.attributes:
        by_group: dict[str, list[Disparity]] = {}
        for disparity in compared.of(attribute):
            by_group.setdefault(disparity.group, []).append(disparity)
        for group, disparities in by_group.items():
            single = [_judge_one(disparity, tau) for disparity in disparities]
            parities += [*single, *_combined(attribute, group, single)]
    attributes = _judge_attributes(parities)
    overall: dict[str, Verdict] = {}
    for key, parity in (("unsupervised", "Unsupervised Fairness"), ("supervised", "Supervised Fairness")):
        verdicts = [v.verdict for v in attributes if v.parity == parity]
        if verdicts:
            overall[key] = combine(verdicts)
    overall["overall"] = combine(list(overall.values()))
    return Judged(tau=tau, parities=tuple(parities), attributes=tuple(attributes), overall=overall)


def _judge_one(disparity: Disparity, tau: Fraction) -> Parity:
    parity = next(m.parity for m in PARITY_METRICS if m.name == disparity.metric)
    if disparity.is_reference:
        verdict, reason = None, REFERENCE_REASON
    elif disparity.n == 0:
        verdict, reason = None, EMPTY_REASON
    else:
        verdict = judge_ratio(disparity.ratio, tau)
        reason = disparity.ratio_reason or _ratio_reason(disparity.ratio, tau, verdict)
    return Parity(
        attribute=disparity.attribute,
        group=disparity.group,
        parity=parity,
        metric=disparity.metric,
        ratio=disparity.ratio,
        verdict=verdict,
        reason=reason,
    )


def _ratio_reason(ratio: Fraction | None, tau: Fraction, verdict: Verdict) -> str:
    if ratio is None:
        return ""
    place = "within" if verdict is Verdict.PASS else "below" if ratio < tau else "above"
    limits = (tau, 1 / tau)
    digits = _digits(ratio, limits)
    shown, low, high = (f"{float(value):.{digits}g}" for value in (ratio, *limits))
    return f"ratio {shown} lies {place} {low} to {high}"


def _digits(ratio: Fraction, limits: tuple[Fraction, Fraction]) -> int:
    """Count the digits that tell a ratio from a limit that it is not; 0.7999 must not be shown as 0.8."""
    for digits in range(3, 17):
        others = {f"{float(limit):.{digits}g}" for limit in limits if limit != ratio}
        if f"{float(ratio):.{digits}g}" not in others:
            return digits
    return 17


def _combined(attribute: str, group: str, single: Sequence[Parity]) -> list[Parity]:
    """Combine a group's parities; of a combination with one part unmeasurable in this input, the other decides."""
    known: dict[str, Parity] = {parity.parity: parity for parity in single}
    for name, parts in COMBINED_PARITIES.items():
        present = [known[part] for part in parts if part in known]
        if not present:
            continue
        judged = [parity for parity in present if parity.verdict is not None]
        verdict = combine(p.verdict for p in judged if p.verdict is not None) if judged else None
        deciding = [p.parity for p in judged if p.verdict is verdict]
        known[name] = Parity(
            attribute=attribute,
            group=group,
            parity=name,
            metric=None,
            ratio=None,
            verdict=verdict,
            reason=f"{verdict} in {' and '.join(deciding)}" if judged else present[0].reason,
        )
    return [parity for name, parity in known.items() if name in COMBINED_PARITIES]


def _judge_attributes(parities: Sequence[Parity]) -> list[AttributeVerdict]:
    by_attribute: dict[tuple[str, str], list[Parity]] = {}
    for parity in parities:
        by_attribute.setdefault((parity.attribute, parity.parity), []).append(parity)
    found = []
    for (attribute, name), members in by_attribute.items():
        judged = {p.group: p.verdict for p in members if p.verdict is not None}
        verdict = combine(judged.values())
        deciding = [group for group, mine in judged.items() if mine is verdict]
        reason = (
            f"{verdict} in {len(deciding)} of {len(judged)} groups"
            if judged
            else "there is no group to compare"
        )
        found.append(AttributeVerdict(attribute=attribute, parity=name, verdict=verdict, reason=reason))
    return found
