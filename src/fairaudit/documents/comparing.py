"""What a comparison of two sets of predictions came to, as its document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from fairaudit.change.counted import EVERYBODY, Group, GroupPair, Matched
from fairaudit.change.engine import Change
from fairaudit.change.outcome import LEVEL
from fairaudit.change.rates import TwoRates
from fairaudit.change.resampled import MOST_PEOPLE, OF_CELLS, OF_SCORES
from fairaudit.change.stability import Stability, stability
from fairaudit.count.counts import Counts
from fairaudit.disparity.verdicts import Verdict
from fairaudit.documents.changed import (
    BootstrapPart,
    ChangePart,
    CompareDocument,
    GroupInBothPart,
    MatchedPart,
    MissingPart,
    PairsPart,
    RatePart,
    StabilityPart,
)
from fairaudit.documents.envelope import Origin, audit_envelope
from fairaudit.documents.parts import DecisionPart, InputPart, LockPart
from fairaudit.settings.choices import BOOTSTRAP_SEED, CONFIDENCE
from fairaudit.slices.grammar import MISSING_GROUP


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """What was compared, and what came out."""

    pairs: Mapping[Group, GroupPair]
    matched: Matched | None
    changes: Sequence[Change]
    scores: Stability | None
    columns: Mapping[str, str]
    """The column behind each attribute of one column."""
    overlapping: frozenset[str] = frozenset()
    """The attributes whose groups may have people in common, and whose shares are therefore no parts of a whole."""
    margin: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """How a comparison begins: what every document says of base, and what was read of new."""

    envelope: Mapping[str, Any]
    new: InputPart
    new_decision: DecisionPart | None
    new_lock: LockPart | None = None
    from_documents: bool = False


def begun_of(base: Origin, new: Origin) -> Begun:
    """Say what was read of both."""
    return Begun(
        envelope=audit_envelope(base, "numpy", "scipy"),
        new=audit_envelope(new)["input"],
        new_decision=new.settings.decision,
        new_lock=new.settings.lock,
    )


def compare_document(begun: Begun, compared: Comparing) -> CompareDocument:
    """Write down what changed."""
    everybody, matched = compared.pairs[EVERYBODY], compared.matched
    groups = [_group(pair, everybody) for group, pair in compared.pairs.items() if group != EVERYBODY]
    return CompareDocument(
        **begun.envelope,
        new=begun.new,
        new_lock=begun.new_lock,
        new_decision=begun.new_decision,
        from_documents=begun.from_documents,
        margin=None if compared.margin is None else float(compared.margin),
        bootstrap=BootstrapPart(
            seed=BOOTSTRAP_SEED, of_cells=OF_CELLS, of_scores=OF_SCORES, most_people=MOST_PEOPLE
        ),
        base_people=_n(everybody.base),
        new_people=_n(everybody.new),
        matched=None if matched is None else matched_part(matched),
        confidence=CONFIDENCE,
        level=LEVEL,
        comparisons=len(compared.changes),
        counted=sum(change.is_counted for change in compared.changes),
        changes=[_change(change) for change in compared.changes],
        groups=groups,
        shares=_shares([g for g in groups if g.attribute not in compared.overlapping]),
        scores=None if compared.scores is None else _stability("scores", compared.scores),
        missing=[
            MissingPart(column=compared.columns[g.attribute], base=g.base, new=g.new)
            for g in groups
            if g.group == MISSING_GROUP and g.attribute in compared.columns
        ],
    )


def matched_part(matched: Matched) -> MatchedPart:
    """Write down how people were matched."""
    return MatchedPart(
        column=matched.column,
        both=matched.both,
        base_only=matched.base_only,
        new_only=matched.new_only,
        labels_changed=matched.labels_changed,
    )


def _change(change: Change) -> ChangePart:
    rates = change.rates
    attribute, group = rates.pair.group
    pairs = rates.pairs
    before, now = rates.values
    counted = (rates.base, rates.new) if isinstance(rates, TwoRates) else ((None, None), (None, None))
    drawn = None if isinstance(rates, TwoRates) else rates.spread
    return ChangePart(
        attribute=attribute if rates.pair.group != EVERYBODY else None,
        group=group if rates.pair.group != EVERYBODY else None,
        metric=rates.metric,  # type: ignore[arg-type]  # one of those that are compared
        base=_rate(before, counted[0]),
        new=_rate(now, counted[1]),
        difference=change.difference,
        difference_ci=change.difference_ci,
        interval=change.interval,
        p_value=change.p_value,
        p_adjusted=change.p_adjusted,
        test=change.test,
        pairs=None
        if pairs is None
        else PairsPart(
            both=pairs.both, base_only=pairs.base_only, new_only=pairs.new_only, neither=pairs.neither
        ),
        verdict=change.outcome,
        reason=change.reason or None,
        correlation=drawn.correlation if drawn and rates.pair.together else None,
        resamples=drawn.resamples if drawn else None,
        beyond_margin=None if change.beyond_margin is None else _BEYOND[change.beyond_margin],
    )


_BEYOND: Mapping[Verdict, Literal["shown", "excluded", "undecided"]] = {
    Verdict.FAIL: "shown",
    Verdict.PASS: "excluded",
    Verdict.UNDECIDED: "undecided",
}


def _rate(value: float | None, counted: tuple[int | None, int | None]) -> RatePart:
    return RatePart(value=value, numerator=counted[0], denominator=counted[1])


def _n(counts: Counts | None) -> int:
    return 0 if counts is None else counts.n


def _group(pair: GroupPair, everybody: GroupPair) -> GroupInBothPart:
    attribute, group = pair.group
    base, new = _n(pair.base), _n(pair.new)
    return GroupInBothPart(
        attribute=attribute,
        group=group,
        base=base,
        new=new,
        base_share=base / max(_n(everybody.base), 1),
        new_share=new / max(_n(everybody.new), 1),
        status="in both" if base and new else "new" if new else "vanished",
        unknown=pair.unknown,
    )


def _shares(groups: Sequence[GroupInBothPart]) -> list[StabilityPart]:
    """Measure how far the shares of each attribute's groups have moved."""
    parts = []
    for attribute in dict.fromkeys(group.attribute for group in groups):
        own = [group for group in groups if group.attribute == attribute]
        measured = stability([group.base for group in own], [group.new for group in own])
        if measured is not None:
            parts.append(_stability(attribute, measured))
    return parts


def _stability(of: str, measured: Stability) -> StabilityPart:
    return StabilityPart(
        of=of,
        index=max(measured.index, 0.0),
        by_chance=measured.by_chance,
        band=measured.band,
        edges=None if measured.edges is None else list(measured.edges),
        base=list(measured.base),
        new=list(measured.new),
    )
