"""What gates found, as facts: who is on the worse side of a limit, against whom, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.documents.findings import Rate, inverted, seen_from_the_group, subject_side
from fairaudit.documents.gates import FindingPart, GatePart, Limit
from fairaudit.documents.parts import Verdict
from fairaudit.metrics.kinds import Better, Side
from fairaudit.metrics.table import OF_GATES
from fairaudit.settings.choices import Effect

Ends = tuple[float, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A group beside which another is farther off, or the limit alone.

    Attributes
    ----------
    rate
        Of this group; ``None`` where a gate limits each group's own value.
    size
        The larger value over the smaller, their difference, or the group's own value, as the gate limits it; ``None`` where it is undefined.
    interval
        Of `size`, at `confidence`: the one that the verdict rests on.
    finding
        What the gate found, as it stands in the document.
    """

    rate: Rate | None
    size: float | None
    interval: Ends | None
    confidence: float | None
    finding: FindingPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """A group that a gate tells about, beside each of the others that it is compared with.

    Attributes
    ----------
    harm
        Whether it is on the side that is worse for people; ``None`` where nobody said what decisions do to them.
    """

    verdict: Verdict
    attribute: str
    rate: Rate
    side: Side
    harm: bool | None
    beside: tuple[Beside, ...]

    @property
    def first(self) -> Beside:
        """The one that the sentence is about."""
        return self.beside[0]

    @property
    def waived(self) -> bool:
        """Whether the policy waives it now."""
        return any(other.finding.waived for other in self.beside)

    @property
    def small(self) -> bool:
        """Whether any of its rates is of few people."""
        return any(other.finding.small for other in self.beside)


def shortfalls(gate: GatePart, effect: Effect | None) -> tuple[Shortfall, ...]:
    """Return what a gate found, what fails first: each group on the worse side once, beside all those that it is compared with."""
    gathered: dict[tuple[Verdict, str, str], Shortfall] = {}
    for finding in gate.findings:
        one = shortfall_of(gate, finding, effect)
        key = (one.verdict, one.attribute, one.rate.group)
        known = gathered.get(key)
        gathered[key] = one if known is None else _joined(known, one)
    return tuple(gathered.values())


def lacking(gate: GatePart, effect: Effect | None) -> tuple[Shortfall, ...]:
    """Return what keeps a gate from passing, or what is nearest to it where all pass."""
    every = shortfalls(gate, effect)
    lack = tuple(one for one in every if one.verdict is not Verdict.PASS)
    return tuple(one for one in lack if not one.waived) or lack or every[:1]


def _joined(known: Shortfall, one: Shortfall) -> Shortfall:
    beside = sorted((*known.beside, *one.beside), key=_fewness)
    return Shortfall(
        verdict=known.verdict,
        attribute=known.attribute,
        rate=known.rate,
        side=known.side,
        harm=known.harm,
        beside=tuple(beside),
    )


def _fewness(beside: Beside) -> float:
    """Sort those with most people first."""
    return -(beside.rate.denominator or 0 if beside.rate else 0)


def shortfall_of(gate: GatePart, finding: FindingPart, effect: Effect | None) -> Shortfall:
    """Return what a gate found in one group."""
    own = _rate(finding, of_reference=False)
    side, harm = _worse_side(gate, finding, effect)
    if gate.limit is Limit.LEVEL:
        alone = Beside(
            rate=None,
            size=finding.value,
            interval=finding.interval,
            confidence=finding.interval_confidence,
            finding=finding,
        )
        return _made(finding, own, side, harm, alone)
    reference = _rate(finding, of_reference=True)
    is_higher = (own.value or 0.0) >= (reference.value or 0.0)
    side, harm = seen_from_the_group(reference.group, is_higher, side, harm)
    if gate.of_baseline:
        # The subject is the group as it is now.
        side = Side.HIGHER if is_higher else Side.LOWER
    is_subject = is_higher is (side is Side.HIGHER)
    # What has changed keeps its sign.
    turned = not is_higher and not gate.of_baseline
    beside = Beside(
        rate=reference if is_subject else own,
        size=_size(gate.limit, finding.value, turned=turned),
        interval=_turned(gate.limit, finding.interval) if turned else finding.interval,
        confidence=finding.interval_confidence,
        finding=finding,
    )
    return _made(finding, own if is_subject else reference, side, harm, beside)


def _made(finding: FindingPart, rate: Rate, side: Side, harm: bool | None, beside: Beside) -> Shortfall:
    return Shortfall(
        verdict=finding.verdict,
        attribute=finding.attribute,
        rate=rate,
        side=side,
        harm=harm,
        beside=(beside,),
    )


def _rate(finding: FindingPart, *, of_reference: bool) -> Rate:
    if of_reference:
        return Rate(
            group=finding.reference_group or "",
            value=finding.reference_estimate,
            numerator=finding.reference_numerator,
            denominator=finding.reference_denominator,
        )
    return Rate(
        group=finding.group,
        value=finding.estimate,
        numerator=finding.numerator,
        denominator=finding.denominator,
    )


def _worse_side(gate: GatePart, finding: FindingPart, effect: Effect | None) -> tuple[Side, bool | None]:
    """Return which side of a metric is told about, and whether it harms.

    What a model does well or badly has its worse side whatever decisions do to people.
    """
    metric = OF_GATES[gate.metric]
    if gate.limit is Limit.LEVEL:
        below = gate.high is None or (finding.value is not None and finding.value < gate.high)
        return (Side.LOWER if below and gate.low is not None else Side.HIGHER), None
    if not metric.parity:
        return (Side.LOWER if metric.better is Better.HIGHER else Side.HIGHER), None
    return subject_side(gate.metric, effect)


def _size(limit: Limit, value: float | None, *, turned: bool) -> float | None:
    if value is None or not turned:
        return value
    if limit is Limit.DIFFERENCE:
        return -value
    return 1 / value if value else None


def _turned(limit: Limit, interval: Ends | None) -> Ends | None:
    """Return the interval of what the reference is to the group."""
    if interval is None:
        return None
    if limit is not Limit.DIFFERENCE:
        return inverted(interval)
    low, high = interval
    return (-high, -low) if high is not None else None
