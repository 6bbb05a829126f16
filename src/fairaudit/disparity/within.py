"""Whether a gap between groups may come from another attribute: what is left of it within that one; and which groups are the same people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fairaudit.count.counts import Counts
from fairaudit.count.pairs import Pairs
from fairaudit.disparity.ratios import Disparity
from fairaudit.inference.odds import TwoRates
from fairaudit.metrics.kinds import Metric, total
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.limits import Band
from fairaudit.slices.grammar import EVERYBODY_ELSE

LEAST_SHARED = 0.8
"""How much of a group has to be where others are as well, so that something can be said within these."""
SAME_PEOPLE = 0.9
"""Of the people in either of two groups, how many are in both if the groups are called the same people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """A gap that is no longer beyond what is tolerated, or is the other way round, among people who are alike in another attribute.

    Attributes
    ----------
    ratio
        Group over reference within the groups of `other`, put together by Mantel and Haenszel.
    reference
        Whom the group is beside.
    tables
        Both of them by stratum, those of whom it is not known whether they are alike left out; one side may have nobody.
    crude
        Both of them, whatever their stratum.
    """

    attribute: str
    group: str
    metric: str
    other: str
    ratio: float
    reference: str
    tables: Mapping[str, TwoRates]
    crude: TwoRates


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Two groups of two attributes that are the same people; `share` of those in either are in both."""

    attribute: str
    group: str
    other: str
    other_group: str
    share: float


def gaps_within(
    disparities: Iterable[Disparity],
    pairs: Mapping[str, Mapping[str, Pairs]],
    band: Band,
    *,
    unknown: Mapping[str, Collection[str]] | None = None,
) -> tuple[Within, ...]:
    """Find the gaps that another attribute may stand behind, each with the attribute that leaves least of it.

    Parameters
    ----------
    disparities
        Those that fail.
    pairs
        By attribute, and by each other attribute that it was counted within.
    unknown
        By attribute, its groups of whom it is not known who they are, and who need not be alike in anything.

    References
    ----------
    Mantel and Haenszel 1959, doi:10.1093/jnci/22.4.719; for ratios of rates Greenland and Robins 1985, doi:10.2307/2530643.
    """
    behind = []
    strata = {
        attribute: {
            other: _strata(of_other, (unknown or {}).get(attribute, ()))
            for other, of_other in by_other.items()
        }
        for attribute, by_other in pairs.items()
    }
    for d in disparities:
        if d.ratio is None:
            continue
        is_below = band.low is not None and d.ratio < band.low
        known = [
            (ratio, other)
            for other, of_other in strata.get(d.attribute, {}).items()
            if (ratio := _ratio_within(d, of_other, (unknown or {}).get(other, ()))) is not None
            and not _is_beyond(ratio, band, below=is_below)
        ]
        if known:
            ratio, other = min(known, key=lambda one: abs(one[0] - 1))
            tables = _tables(d, strata[d.attribute][other])
            without = (unknown or {}).get(other, ())
            behind.append(
                Within(
                    attribute=d.attribute,
                    group=d.group,
                    metric=d.metric,
                    other=other,
                    ratio=ratio,
                    reference=d.reference_group or "",
                    tables={stratum: rates for stratum, rates in tables.items() if stratum not in without},
                    crude=_crude(d),
                )
            )
    return tuple(behind)


@dataclass(frozen=True, kw_only=True)
class _Strata:
    """The groups of an attribute within those of another, which are the strata, in their order.

    Attributes
    ----------
    groups
        By group and stratum.
    strata
        By stratum, all groups in it of whom it is known who they are.
    """

    groups: Mapping[str, Mapping[str, Counts]]
    strata: Mapping[str, Sequence[Counts]]
    _totals: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict, init=False)

    def everybody(self, metric: Metric, stratum: str) -> tuple[int, int]:
        """Count, in a stratum, the people to whom it happens, and those to whom it might; once."""
        key = metric.name, stratum
        if key not in self._totals:
            self._totals[key] = _counted(metric, self.strata[stratum])
        return self._totals[key]


def _strata(pairs: Pairs, unknown: Collection[str]) -> _Strata:
    """Sort what was counted by strata, those of each group in one order."""
    strata: dict[str, list[Counts]] = {}
    for (group, stratum), counts in pairs.items():
        known = strata.setdefault(stratum, [])
        if group not in unknown:
            known.append(counts)
    places = {stratum: place for place, stratum in enumerate(strata)}
    groups: dict[str, dict[str, Counts]] = {}
    for (group, stratum), counts in sorted(pairs.items(), key=lambda one: places[one[0][1]]):
        groups.setdefault(group, {})[stratum] = counts
    return _Strata(groups=groups, strata=strata)


def _is_beyond(ratio: float, band: Band, *, below: bool) -> bool:
    """Tell whether a ratio is outside of what is tolerated, on one side."""
    limit = band.low if below else band.high
    return limit is not None and (ratio < limit if below else ratio > limit)


def _ratio_within(d: Disparity, strata: _Strata, unknown: Collection[str]) -> float | None:
    """Put the ratios within the groups of another attribute together; ``None`` where too few people could be compared."""
    metric = BY_NAME[d.metric]
    if not metric.is_rate or metric.is_of_whole:
        return None
    upper = lower = compared = people = 0.0
    for stratum, rates in _tables(d, strata).items():
        people += rates.n1
        if rates.n1 and rates.n2 and stratum not in unknown:
            compared += rates.n1
            upper += rates.x1 * rates.n2 / (rates.n1 + rates.n2)
            lower += rates.x2 * rates.n1 / (rates.n1 + rates.n2)
    return upper / lower if lower and compared >= LEAST_SHARED * people else None


def _tables(d: Disparity, strata: _Strata) -> dict[str, TwoRates]:
    """Put a group beside its reference, by stratum; where nobody of the group is, nobody of the reference is looked for."""
    metric = BY_NAME[d.metric]
    reference = strata.groups.get(d.reference_group or "", {})
    tables = {}
    for stratum, counts in strata.groups.get(d.group, {}).items():
        x1, n1 = _counted(metric, [counts])
        if d.reference_group == EVERYBODY_ELSE:
            x, n = strata.everybody(metric, stratum)
            x2, n2 = x - x1, n - n1
        else:
            x2, n2 = _counted(metric, [reference[stratum]] if stratum in reference else [])
        tables[stratum] = TwoRates(x1=x1, n1=n1, x2=x2, n2=n2)
    return tables


def _crude(d: Disparity) -> TwoRates:
    """Put a group beside its reference, whatever the stratum."""
    own, reference = d.estimate, d.reference
    return TwoRates(
        x1=own.numerator or 0,
        n1=own.denominator or 0,
        x2=(reference.numerator if reference else None) or 0,
        n2=(reference.denominator if reference else None) or 0,
    )


def _counted(metric: Metric, groups: Sequence[Counts]) -> tuple[int, int]:
    """Add up the people to whom it happens, and those to whom it might."""
    return (
        sum(total(counts, metric.numerator) for counts in groups),
        sum(total(counts, metric.denominator) for counts in groups),
    )


def same_people(pairs: Mapping[str, Mapping[str, Pairs]]) -> tuple[Alike, ...]:
    """Find the groups of two attributes that are the same people, or nearly so."""
    alike = []
    for attribute, by_other in pairs.items():
        for other, of_other in by_other.items():
            own, theirs = _sizes(of_other, 0), _sizes(of_other, 1)
            for (group, other_group), counts in of_other.items():
                either = own[group] + theirs[other_group] - counts.n
                if either and counts.n >= SAME_PEOPLE * either:
                    alike.append(
                        Alike(
                            attribute=attribute,
                            group=group,
                            other=other,
                            other_group=other_group,
                            share=counts.n / either,
                        )
                    )
    return tuple(alike)


def _sizes(pairs: Pairs, place: int) -> dict[str, int]:
    """Count the people of each group of one of two attributes."""
    sizes: dict[str, int] = {}
    for pair, counts in pairs.items():
        sizes[pair[place]] = sizes.get(pair[place], 0) + counts.n
    return sizes


def failing_attributes(disparities: Sequence[Disparity]) -> tuple[str, ...]:
    """Name the attributes of disparities, each once."""
    return tuple(dict.fromkeys(d.attribute for d in disparities))
