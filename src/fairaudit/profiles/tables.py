"""One table for each attribute: its groups beside the one that is best off, and all that is asked about each of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from fairaudit.disparity.references import ReferenceKind
from fairaudit.inference.hypergeometric import two_sided
from fairaudit.inference.multiplicity import family_size, holm
from fairaudit.inference.odds import TwoRates
from fairaudit.profiles.unknown import Bounds, Open, Rate, bounds_to_best, bounds_to_named
from fairaudit.slices.grammar import EVERYBODY_ELSE

ITSELF = "it is the reference itself"
LEFT_OUT = "it is left out of the comparison"
NOBODY = "nobody is in it"
NOT_DECIDED = "nothing says from which score on people are selected"
NO_REFERENCE = "there is no group to compare with"


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A group of a table as it was counted; `excluded` says why it is left out of the comparison, and is empty where it is not.

    `mean` is that of its scores, by which groups are ranked where nobody is selected or not.
    """

    group: str
    rate: Rate
    excluded: str = ""
    mean: Fraction | None = None

    @property
    def level(self) -> Fraction:
        """What groups are ranked by."""
        return self.rate.value or Fraction(0) if self.mean is None else self.mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom the groups of an attribute are compared with: a kind, or a group's name where somebody named one."""

    kind: ReferenceKind = ReferenceKind.MAX
    named: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A group beside its reference.

    Attributes
    ----------
    rates
        Both, ``None`` for the reference itself, for who is left out, and where there is nobody to compare.
    tested
        The two samples that tests are about, which have nobody in common: both, or where groups overlap the group and all who are known
        not to be in it.
    why
        Why `rates` are ``None``.
    """

    category: Category
    share: float | None
    rates: TwoRates | None
    bounds: Bounds | None
    tested: TwoRates | None = None
    p_fisher: float | None = None
    p_adjusted: float | None = None
    why: str = ""

    @property
    def is_reference(self) -> bool:
        """Whether the others are compared with it."""
        return self.why == ITSELF


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The groups of an attribute.

    Attributes
    ----------
    reference
        The group that they are compared with, everybody else, or ``None`` where there is none.
    known, unknown
        All whose group is known, those that are left out of the comparison included; and those whose group is not.
    median
        Above which people were counted as selected, where that is a median.
    decided
        Whether it is known who is selected; otherwise scores alone are compared.
    several
        How many people are in several of its groups; ``None`` where these have nobody in common.
    """

    attribute: str
    reference: str | None
    kind: ReferenceKind
    hurts: bool
    known: Rate
    unknown: Rate
    groups: tuple[Compared, ...]
    median: float | None = None
    decided: bool = True
    several: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted of an attribute: its categories, and the people of whom nobody knows in which they are.

    `may_join` are those of them who may be in a category, where something is known of some, as of whom only the sex is; of categories that
    overlap people who are known to be in one may join another. Of these `several` people are in more than one, `everybody` are all whose
    category is known, each once, and `others` all who are known not to be in each; otherwise all three are ``None``.
    """

    attribute: str
    categories: tuple[Category, ...]
    unknown: Rate
    median: float | None = None
    decided: bool = True
    wanted: Wanted = field(default_factory=Wanted)
    may_join: Mapping[str, Rate] = field(default_factory=dict)
    several: int | None = None
    everybody: Rate | None = None
    others: Mapping[str, Rate] | None = None

    def opened(self, category: Category) -> Open:
        """Return a category with the people who may join it: all of unknown category, unless something is known of them."""
        return Open(rate=category.rate, may_join=self.may_join.get(category.group, self.unknown))

    @property
    def known(self) -> Rate:
        """All whose category is known, each once."""
        if self.everybody is not None:
            return self.everybody
        return Rate(x=sum(c.rate.x for c in self.categories), n=sum(c.rate.n for c in self.categories))


def exclude(counted: Counted, *, named: Mapping[str, str], below: Fraction | None) -> tuple[Category, ...]:
    """Mark the categories that somebody named, by the reasons for it, and those of too small a share of all known people."""
    people = counted.known.n

    def reason(category: Category) -> str:
        if category.group in named:
            return named[category.group]
        if below is not None and category.rate.n < below * people:
            return f"less than {float(below * 100):g}% of the people"
        return ""

    return tuple(
        dataclasses.replace(c, excluded=reason(c) or ("" if c.rate.n else NOBODY)) for c in counted.categories
    )


def compare(counted: Counted, *, hurts: bool) -> Table:
    """Compare the categories that are not left out with their reference."""
    taking_part = [c for c in counted.categories if not c.excluded]
    name = _reference(taking_part, counted.wanted)
    known = counted.known
    groups = [_compared(c, taking_part, name, counted) for c in counted.categories]
    p_values = [two_sided(r.x1, r.n1, r.x1 + r.x2, r.n1 + r.n2) if (r := g.tested) else None for g in groups]
    adjusted = _adjusted([p for p in p_values if p is not None], counted, len(taking_part))
    by_place = iter(adjusted)
    return Table(
        attribute=counted.attribute,
        reference=name,
        kind=counted.wanted.kind,
        hurts=hurts,
        known=known,
        unknown=counted.unknown,
        median=counted.median,
        decided=counted.decided,
        several=counted.several,
        groups=tuple(
            dataclasses.replace(g, p_fisher=p, p_adjusted=None if p is None else next(by_place))
            for g, p in zip(groups, p_values, strict=True)
        ),
    )


def _adjusted(p_values: Sequence[float], counted: Counted, groups: int) -> list[float | None]:
    """Adjust p-values for all comparisons of the table; where rates chose the reference, any two groups might have been compared.

    Of groups that overlap each could have been put beside all others, and one of them was chosen not to be.
    """
    pairs = [counted.wanted.kind.comparisons(groups)] * len(p_values)
    size = groups if counted.everybody else family_size(pairs) if p_values else 0
    return holm(p_values, size=max(size, len(p_values)))


def _compared(
    category: Category, taking_part: Sequence[Category], reference: str | None, counted: Counted
) -> Compared:
    """Put a group beside its reference, and say why not where that cannot be."""
    people = counted.known.n
    share = category.rate.n / people if people else None
    others = [c for c in taking_part if c.group != category.group]
    rates, why = None, ""
    if category.excluded:
        why = category.excluded if category.excluded == NOBODY else LEFT_OUT
    elif reference == category.group:
        why = ITSELF
    elif not counted.decided:
        why = NOT_DECIDED
    else:
        beside = _beside(category, others, reference, counted)
        if beside is None or not beside.n:
            why = NO_REFERENCE
        else:
            rates = _two(category.rate, beside)
    apart = None if counted.others is None else counted.others[category.group]
    return Compared(
        category=category,
        share=share,
        rates=rates,
        tested=rates if apart is None or rates is None else _two(category.rate, apart) if apart.n else None,
        why=why,
        bounds=None
        if category.excluded or why == NO_REFERENCE or not counted.decided
        else _bounds(category, others, reference, counted),
    )


def _two(group: Rate, reference: Rate) -> TwoRates:
    return TwoRates(x1=group.x, n1=group.n, x2=reference.x, n2=reference.n)


def _beside(
    category: Category, others: Sequence[Category], reference: str | None, counted: Counted
) -> Rate | None:
    """Return whom a group is compared with: the reference, or everybody else who takes part, and of groups that overlap all who are known not to be in it."""
    # A group may be called as the rest is.
    if counted.wanted.kind is ReferenceKind.REST:
        if counted.others is not None:
            return counted.others[category.group]
        return Rate(x=sum(c.rate.x for c in others), n=sum(c.rate.n for c in others))
    return next((c.rate for c in others if c.group == reference), None)


def _bounds(
    category: Category, others: Sequence[Category], reference: str | None, counted: Counted
) -> Bounds | None:
    own, rest = counted.opened(category), [counted.opened(c) for c in others]
    if counted.wanted.kind.is_chosen_by_rates:
        lowest = counted.wanted.kind is ReferenceKind.MIN_METRIC
        return bounds_to_best(own, rest, None if counted.everybody else counted.unknown, lowest=lowest)
    if reference == category.group:
        return Fraction(1), Fraction(1)
    if counted.wanted.kind is ReferenceKind.REST:
        beside = _beside(category, others, reference, counted)
        return bounds_to_named(own, Open(rate=beside, may_join=counted.unknown)) if beside else None
    named = next((c for c, o in zip(rest, others, strict=True) if o.group == reference), None)
    return None if named is None else bounds_to_named(own, named)


def _reference(taking_part: Sequence[Category], wanted: Wanted) -> str | None:
    """Find the group that the others are compared with: of equal rates the larger group, of equal sizes the first by name."""
    if wanted.named is not None:
        return wanted.named
    if not taking_part:
        return None
    match wanted.kind:
        case ReferenceKind.REST:
            return EVERYBODY_ELSE
        case ReferenceKind.MAJORITY:
            return min(taking_part, key=lambda c: (-c.rate.n, c.group)).group
        case kind:
            lowest = kind is ReferenceKind.MIN_METRIC
            sign = 1 if lowest else -1
            return min(taking_part, key=lambda c: (sign * c.level, -c.rate.n, c.group)).group
