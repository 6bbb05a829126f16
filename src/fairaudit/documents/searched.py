"""What a search came to, as its document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairaudit.discovery import intervals
from fairaudit.discovery.choose import Shown
from fairaudit.discovery.coded import Column
from fairaudit.discovery.confirm import Proof, Sums
from fairaudit.discovery.engine import Discovery, Halves
from fairaudit.discovery.rows import Outcomes
from fairaudit.discovery.search import Limits, Slice
from fairaudit.documents.discovered import (
    ConditionPart,
    CoveredPart,
    DiscoverDocument,
    DiscoveredPart,
    PeoplePart,
    SearchedColumn,
    SearchPart,
)
from fairaudit.documents.envelope import Origin, audit_envelope
from fairaudit.settings.choices import CONFIDENCE
from fairaudit.settings.discovering import Discovering

EXACT = "hypergeometric (Fisher's exact test, one-sided)"
WELCH = "Welch's test, one-sided"
_DIVIDED = ", of counts divided by their design effects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How slices were searched: what was asked, what that came to, and in which columns."""

    asked: Discovering
    limits: Limits
    proof: Proof
    halves: Halves
    left_out: Mapping[str, str]

    @property
    def outcomes(self) -> Outcomes:
        """What was measured of the half that was not searched."""
        return self.halves.held_out.outcomes


def discover_document(origin: Origin, way: Way, discovery: Discovery) -> DiscoverDocument:
    """Write down what was discovered."""
    everybody = discovery.everybody
    slices = [_slice(shown, way, everybody) for shown in discovery.shown]
    return DiscoverDocument(
        **audit_envelope(origin, "numpy", "scipy"),
        search=_search(way),
        confidence=CONFIDENCE,
        searched_people=way.halves.search.n,
        held_out=_people(everybody, discovery.effective, way.outcomes),
        looked_at=discovery.looked,
        tested=discovery.candidates,
        confirmed=discovery.confirmed,
        productive=discovery.productive,
        slices=slices,
    )


def _search(way: Way) -> SearchPart:
    asked, outcomes = way.asked, way.outcomes
    is_divided = outcomes.persons is not None or outcomes.weights is not None
    return SearchPart(
        metric=asked.sought,
        depth=asked.depth,
        bins=asked.bins,
        min_rows=round(2 * way.limits.people),
        min_denominator=round(2 * way.limits.counted),
        min_ratio=asked.min_ratio,
        level=asked.level,
        correction=asked.correction,
        test=(EXACT if outcomes.is_rate else WELCH) + (_DIVIDED if is_divided else ""),
        seed=asked.seed,
        columns=[
            SearchedColumn(
                name=c.name,
                conditions=len(c.conditions),
                edges=None if c.edges is None else list(c.edges),
                values_left_out=c.left_out,
            )
            for c in way.halves.columns
        ],
        columns_chosen=not asked.over,
        left_out=dict(way.left_out),
    )


def _slice(shown: Shown, way: Way, everybody: Sums) -> DiscoveredPart:
    tested, searched, columns = shown.tested, shown.searched, way.halves.columns
    outcomes = way.outcomes
    here, rest = tested.here, tested.rest
    together = shown.together
    ratio = tested.ratio
    return DiscoveredPart(
        conditions=_conditions(tested.conditions, columns),
        n=_number(here.n + searched.n, outcomes),
        here=_people(here, tested.effective, outcomes),
        rest=_people(rest, tested.effective_rest, outcomes),
        searched=_people(searched, shown.effective, outcomes),
        ratio=ratio,
        ratio_ci=None
        if ratio is None
        else intervals.ratio_interval(tested.effective, tested.effective_rest, is_rate=outcomes.is_rate),
        difference=(here.mean or 0.0) - (rest.mean or 0.0),
        difference_ci=shown.difference,
        excess=shown.excess,
        p_value=tested.p_value,
        p_holm=tested.p_holm,
        p_bh=tested.p_bh,
        covered=CoveredPart(
            people=together.n / everybody.n,
            denominator=together.d / everybody.d,
            errors=together.s / everybody.s,
        ),
        also=[_conditions(conditions, columns) for conditions in shown.also],
    )


def _number(people: float, outcomes: Outcomes) -> float:
    """Write a number of people, or their weight in a survey."""
    return people if outcomes.weights is not None else round(people)


def _people(sums: Sums, effective: Sums, outcomes: Outcomes) -> PeoplePart:
    return PeoplePart(
        n=_number(sums.n, outcomes),
        denominator=_number(sums.d, outcomes),
        errors=sums.s,
        value=sums.mean,
        ci=intervals.own_interval(effective, is_rate=outcomes.is_rate),
        effective=None if effective.d == sums.d else effective.d,
    )


def _conditions(conditions: Slice, columns: tuple[Column, ...]) -> list[ConditionPart]:
    parts = []
    for column, place in conditions:
        condition = columns[column].conditions[place]
        parts.append(
            ConditionPart(
                column=columns[column].called or columns[column].name,
                value=condition.value,
                low=condition.low,
                high=condition.high,
                missing=condition.is_missing,
            )
        )
    return parts
