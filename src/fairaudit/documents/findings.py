"""What an audit found, as facts: who is on the worse side, against whom, by how much, and how sure that is.

Several comparisons that say one thing are one finding: a group beside each of the others that it is farther off than, and the
metrics of an attribute that tell the two apart in the same way. Sentences are made of these elsewhere.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.kept import kept
from fairaudit.documents.neighbours import Cells, Neighbour
from fairaudit.documents.parts import Verdict
from fairaudit.documents.ranking import divided_by_zero, sure_distance
from fairaudit.metrics.kinds import Side
from fairaudit.metrics.table import BY_NAME, SAME_HYPOTHESIS
from fairaudit.settings.choices import Decide, Effect
from fairaudit.settings.limits import Band
from fairaudit.slices.grammar import EVERYBODY_ELSE


class Code(StrEnum):
    """What kind of finding it is; ``fairaudit explain`` answers each."""

    ERROR_GAP = "FA101"
    SELECTION_GAP = "FA102"
    TOO_FEW = "FA201"
    NEAR_LIMIT = "FA202"
    EQUAL_ENOUGH = "FA301"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of how many people in a group it happens to; `value` is ``None`` where nobody can be counted."""

    group: str
    value: float | None
    numerator: float | None
    denominator: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A group beside which another is farther off.

    Attributes
    ----------
    rate
        Of this group.
    times
        The larger rate over the smaller; ``None`` where the smaller is 0.
    interval
        Of `times`, at `level` percent: the one that the verdict rests on; its end is ``None`` where there is none.
    allowed_for
        How many comparisons the interval allows for, where only these leave the verdict undecided.
    is_reference
        Whether it is the one that the group was compared with, rather than the other way round.
    few
        Whether it is of fewer people than a group has to have.
    """

    rate: Rate
    times: float | None
    interval: tuple[float, float | None] | None
    level: float
    allowed_for: int | None
    is_reference: bool
    few: bool
    disparity: DisparityPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A group that is on one side of others in a metric.

    Attributes
    ----------
    side
        On which side of the others the group is.
    harm
        Whether that is the worse side; ``None`` where nobody said what decisions do to people.
    against
        The others, the one with most people first.
    also
        The same group in further metrics.
    favoured
        Whether the group is better off than everybody else, which is no group and so no subject.
    outdone
        Whether another group of the attribute is farther off still, beside this one.
    neighbour
        Of a cell of an intersection that was compared with everybody else: the cell that differs in one attribute, and is farthest on the better side.
    tolerated
        The ratios that are tolerated; ``None`` where no interval has decided.
    same_people
        Groups of other attributes, with these, that are the same people or nearly so, and of which the same was found.
    """

    code: Code
    verdict: Verdict
    attribute: str
    metric: str
    rate: Rate
    side: Side
    harm: bool | None
    against: tuple[Against, ...]
    also: tuple[Finding, ...] = ()
    outdone: bool = False
    favoured: bool = False
    neighbour: Neighbour | None = None
    tolerated: Band | None = None
    same_people: tuple[tuple[str, str], ...] = ()

    @property
    def first(self) -> Against:
        """The one of the others that the sentence is about."""
        return self.against[0]


def find_findings(verdict: Verdict, bias: BiasDocument, *, effect: Effect | None) -> list[Finding]:
    """Return the findings of one verdict, the surest and farthest first.

    Parameters
    ----------
    effect
        What decision 1 does to people; without it the group with the higher rate is the subject, and nothing is called harm.

    Returns
    -------
    list
        Each attribute's group once: in the metric in which it is farthest off, with the others as `also`. Harm comes before
        gaps that are none.
    """
    return list(_found(bias, verdict, effect))


@kept
def _found(bias: BiasDocument, verdict: Verdict, effect: Effect | None) -> Sequence[Finding]:
    wanted = [d for d in bias.decisive if d.verdict is verdict and not d.is_reference]
    comparisons = bias.comparisons
    gathered: dict[tuple[str, str, str], list[tuple[Side, bool | None, Against]]] = {}
    for d in wanted:
        if d.value is None or d.reference_value is None or d.reference_group is None:
            continue
        side, harm = seen_from_the_group(
            d.reference_group, d.value >= d.reference_value, *subject_side(d.metric, effect)
        )
        subject, against = _oriented(d, side, bias.settings.min_group_size, comparisons)
        gathered.setdefault((d.attribute, subject, d.metric), []).append((side, harm, against))
    findings = [
        dataclasses.replace(
            _finding(verdict, attribute, group, metric, members),
            favoured=members[0][1] is False and effect in BY_NAME[metric].worse,
            tolerated=bias.band if bias.settings.decide is Decide.INTERVAL else None,
        )
        for (attribute, group, metric), members in gathered.items()
    ]
    cells = Cells(bias=bias)
    told_once = _without_repeats(_ordered(_merged(findings)), bias)
    return [_with_neighbour(finding, cells) for finding in told_once]


def _without_repeats(findings: Sequence[Finding], bias: BiasDocument) -> list[Finding]:
    """Tell of the same people once, where two attributes have a group of them each; the others are named with the first."""
    same: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for one in bias.alike:
        pair = (one.attribute, one.group), (one.other, one.other_group)
        for own, other in (pair, pair[::-1]):
            same.setdefault(own, set()).add(other)
    kept_findings: list[Finding] = []
    places: dict[tuple[str, str], list[int]] = {}
    for finding in findings:
        own = finding.attribute, finding.rate.group
        place = min(
            (
                place
                for other in same.get(own, ())
                for place in places.get(other, ())
                if _says_the_same(kept_findings[place], finding)
            ),
            default=None,
        )
        if place is None:
            places.setdefault(own, []).append(len(kept_findings))
            kept_findings.append(finding)
        elif own not in kept_findings[place].same_people:
            first = kept_findings[place]
            kept_findings[place] = dataclasses.replace(first, same_people=(*first.same_people, own))
    return kept_findings


def _says_the_same(one: Finding, other: Finding) -> bool:
    """Tell whether two findings say the same of groups of two attributes."""
    return one.attribute != other.attribute and (one.harm, one.metric, one.side) == (
        other.harm,
        other.metric,
        other.side,
    )


def _with_neighbour(finding: Finding, cells: Cells) -> Finding:
    """Put beside a cell its neighbour, and the same one in the further metrics."""
    if finding.first.rate.group != EVERYBODY_ELSE:
        return finding
    neighbour = cells.neighbour(finding.attribute, finding.rate.group, finding.metric, finding.side)
    if neighbour is None:
        return finding
    also = tuple(
        dataclasses.replace(one, neighbour=cells.same(neighbour, one.attribute, one.metric))
        for one in finding.also
    )
    return dataclasses.replace(finding, neighbour=neighbour, also=also)


def subject_side(metric: str, effect: Effect | None) -> tuple[Side, bool | None]:
    """Return which side of a metric is told about, and whether it harms."""
    if effect is None:
        return Side.HIGHER, None
    worse = BY_NAME[metric].worse.get(effect)
    if worse is not None:
        return worse, True
    # A gap in which nobody is harmed by a decision: those to whom it happens more often are told about.
    return Side.HIGHER, False


def seen_from_the_group(
    reference: str, is_higher: bool, side: Side, harm: bool | None
) -> tuple[Side, bool | None]:
    """Turn what would be told about everybody else, which is no group: its subject is the group that they are worse off than.

    Parameters
    ----------
    is_higher
        Whether the group's value is the higher one.
    """
    if reference != EVERYBODY_ELSE:
        return side, harm
    own = Side.HIGHER if is_higher else Side.LOWER
    return own, harm if own is side or harm is None else False


def rates_of(d: DisparityPart) -> tuple[Rate, Rate]:
    """Return the rate of a group, and that of the group that it was compared with."""
    return (
        Rate(group=d.group, value=d.value, numerator=d.numerator, denominator=d.denominator),
        Rate(
            group=d.reference_group or "",
            value=d.reference_value,
            numerator=d.reference_numerator,
            denominator=d.reference_denominator,
        ),
    )


def _oriented(d: DisparityPart, side: Side, enough: int, comparisons: int) -> tuple[str, Against]:
    """Return the group on a side of the other, and how far they are apart.

    Parameters
    ----------
    enough
        How many people a group has to have.
    comparisons
        How many a corrected interval allows for.
    """
    value, reference_value = d.value or 0.0, d.reference_value or 0.0
    group, reference = rates_of(d)
    group_is_higher = value >= reference_value
    is_subject = group_is_higher is (side is Side.HIGHER)
    level, interval = d.resting
    times = d.ratio
    if not group_is_higher:
        times = 1 / d.ratio if d.ratio else None
        interval = None if interval is None else inverted(interval)
    other = reference if is_subject else group
    return (group if is_subject else reference).group, Against(
        rate=other,
        times=times,
        interval=interval,
        level=level,
        allowed_for=None if d.ratio_ci_corrected is None else comparisons,
        is_reference=is_subject,
        few=d.small or (other.denominator or 0) < enough,
        disparity=d,
    )


def inverted(interval: tuple[float, float | None]) -> tuple[float, float | None]:
    """Return the interval of a ratio the other way round; an end that is ``None`` is without limit.

    >>> inverted((0.5, 2.0)), inverted((0.0, 4.0)), inverted((2.0, None))
    ((0.5, 2.0), (0.25, None), (0.0, 0.5))
    """
    low, high = interval
    return 0.0 if high is None else 1 / high if high else math.inf, 1 / low if low else None


def _finding(
    verdict: Verdict,
    attribute: str,
    group: str,
    metric: str,
    members: Sequence[tuple[Side, bool | None, Against]],
) -> Finding:
    side, harm, first = members[0]
    own = next(rate for rate in rates_of(first.disparity) if rate.group == group)
    others = sorted((a for _, _, a in members), key=lambda a: -(a.rate.denominator or 0))
    return Finding(
        code=_code(verdict, metric, others),
        verdict=verdict,
        attribute=attribute,
        metric=metric,
        rate=own,
        side=side,
        harm=harm,
        against=tuple(others),
    )


def _code(verdict: Verdict, metric: str, against: Iterable[Against]) -> Code:
    match verdict:
        case Verdict.PASS:
            return Code.EQUAL_ENOUGH
        case Verdict.UNDECIDED:
            few = any(a.disparity.small for a in against)
            return Code.TOO_FEW if few else Code.NEAR_LIMIT
        case _:
            return gap_code(metric)


def gap_code(metric: str) -> Code:
    """Return the code of a gap in a metric: in what is decided, or in what is decided wrongly."""
    return Code.SELECTION_GAP if "selected" in BY_NAME[metric].numerator else Code.ERROR_GAP


def _nearness(finding: Finding) -> tuple[float, bool, float]:
    """Rank a finding: first what is surely the farthest from the first of the others; of those alike what rests on many people; then the ratio itself."""
    d = finding.first.disparity
    surely = math.inf if divided_by_zero(d) and d.ratio_ci is None else sure_distance(d)
    times = finding.first.times
    return -surely, d.small, -math.inf if times is None else -times


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """Join what says the same of a group of an attribute: the farthest metric stays, with the others as `also`.

    Where decision 1 helps, being refused comes before being refused wrongly, if both are shown: it is what people notice. So does
    being selected where nobody said what that does to people.
    """
    merged: dict[tuple[str, str, bool], Finding] = {}
    for finding in sorted(findings, key=lambda f: (not leads(f), _nearness(f))):
        key = (finding.attribute, finding.rate.group, finding.harm is False)
        known = merged.get(key)
        if known is None:
            merged[key] = finding
        elif _hypothesis(finding) not in {_hypothesis(one) for one in (known, *known.also)}:
            merged[key] = dataclasses.replace(known, also=(*known.also, finding))
    return list(merged.values())


def leads(finding: Finding) -> bool:
    """Tell whether a finding is told before the errors of the same group: a refusal that harms, or a selection of unknown effect."""
    of_decisions = finding.verdict is Verdict.FAIL and "selected" in BY_NAME[finding.metric].numerator
    return of_decisions and (finding.harm is None or (finding.harm and finding.side is Side.LOWER))


def _hypothesis(finding: Finding) -> str:
    """Name what is equal where a metric is: two rates that are 1 minus each other are one."""
    return SAME_HYPOTHESIS.get(finding.metric, finding.metric)


def _ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Put harm first; then those groups of which no other of the attribute is worse off than they, the surest of each attribute before further ones; then what is surely the farthest."""
    beaten = _beaten(findings)
    marked = [
        dataclasses.replace(f, outdone=(*_scope(f), f.rate.group) in beaten)
        for f in sorted(
            findings, key=lambda f: (f.harm is False, f.harm is None and not leads(f), _nearness(f))
        )
    ]
    firsts = {f.attribute: f for f in reversed(marked) if f.harm is not False and not f.outdone}
    return sorted(marked, key=lambda f: (f.harm is False, f.outdone, firsts.get(f.attribute) is not f))


def _scope(finding: Finding) -> tuple[str, ...]:
    """Name that within which groups are ranked: who is harmed in one metric is harmed, whichever metric tells of the others; a gap is of one metric."""
    return (finding.attribute,) if finding.harm else (finding.attribute, finding.metric)


def _beaten(findings: Sequence[Finding]) -> set[tuple[str, ...]]:
    """Find the groups of which another is worse off, unless they are worse off than that one in their turn."""
    pairs = {
        (_scope(one), f.rate.group, against.rate.group)
        for f in findings
        for one in (f, *f.also)
        for against in one.against
    }
    return {(*scope, other) for scope, group, other in pairs if (scope, other, group) not in pairs}
