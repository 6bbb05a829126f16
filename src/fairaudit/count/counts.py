"""What counting gives: numbers of people, which need no database to be held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from fairaudit.count.cells import TENTHS
from fairaudit.settings.choices import ScoreKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """People who may stand in several rows of a group, or count more or less than others.

    Attributes
    ----------
    people
        How many there are.
    products
        For every two cells, the first not after the second, the sum over the people of the product of their counts.
    rows
        In each cell, where these are not the counts, as rows have the weights of a survey.
    area
        The sum over the people of their squared influence on the area under the ROC curve; ``None`` where there is no area.
    scores
        Of the sum of each one's scores the sums over the people of its square, and of its product with how many labels 1 there are; ``None`` where scores are no probabilities.
    """

    people: int
    products: tuple[int, ...]
    rows: tuple[int, ...] | None = None
    area: Fraction | None = None
    scores: tuple[Fraction, Fraction] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredTenth:
    """The people of a group whose scores lie in one tenth of [0, 1]: how many there are, how many of them have label 1, and the sum of their scores."""

    people: int = 0
    positives: int = 0
    score_sum: Fraction = Fraction(0)

    def __sub__(self, part: ScoredTenth) -> ScoredTenth:
        """Leave out some of them."""
        return ScoredTenth(
            people=self.people - part.people,
            positives=self.positives - part.positives,
            score_sum=self.score_sum - part.score_sum,
        )


NOBODY_SCORED = (ScoredTenth(),) * TENTHS


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What is known of one group of people; ``None`` where the input cannot tell.

    Attributes
    ----------
    n
        People, or rows where people may stand in several. With the weights of a survey all counts are in parts (`Counted.part`).
    selected
        People decided 1.
    tp, fp, fn, tn
        People by decision and label (1 is positive).
    squared_error, log_loss
        Sums over the people of (score - label)^2 and of the negative log likelihood (natural logarithm), where scores are
        probabilities.
    tenths
        People by the tenth of [0, 1] that their score is in, where scores are probabilities: the last one includes the score 1, each other one only its
        lower end.
    concordant_twice
        Twice the Mann-Whitney U of the scores: 2 for each pair of a label 1 scored above a label 0, 1 for each tied pair.
    placements1, placements0
        Sums of squared placements: over the labels 1 of the share of labels 0 that each is scored above, and over the labels 0 of the
        share of labels 1 that each is scored below; ties count half. From them comes the variance of the area under the ROC curve.
    clusters
        ``None`` where every row is a person of its own.
    """

    n: int
    selected: int | None = None
    tp: int | None = None
    fp: int | None = None
    fn: int | None = None
    tn: int | None = None
    squared_error: Fraction | None = None
    log_loss: Fraction | None = None
    tenths: tuple[ScoredTenth, ...] | None = None
    concordant_twice: int | None = None
    placements1: Fraction | None = None
    placements0: Fraction | None = None
    clusters: Clusters | None = None

    @property
    def people(self) -> int:
        """People, each once."""
        return self.n if self.clusters is None else self.clusters.people

    @property
    def positives(self) -> int | None:
        """People with label 1."""
        return None if self.tp is None or self.fn is None else self.tp + self.fn

    @property
    def negatives(self) -> int | None:
        """People with label 0."""
        return None if self.fp is None or self.tn is None else self.fp + self.tn


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedScores:
    """What is known of the order of people's scores; attributes are as of `Counts`, and `area` as of `Clusters`."""

    concordant_twice: int
    placements1: Fraction
    placements0: Fraction
    area: Fraction | None = None

    def within(self, counts: Counts) -> Counts:
        """Say of counts of the same people how their scores are ranked."""
        clusters = counts.clusters
        return replace(
            counts,
            concordant_twice=self.concordant_twice,
            placements1=self.placements1,
            placements0=self.placements0,
            clusters=None if clusters is None else replace(clusters, area=self.area),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCounts:
    """One group of one attribute."""

    attribute: str
    group: str
    counts: Counts
    unknown: bool = False
    """Whether it is not known who is in it: a value that is missing, or that somebody said means as much."""
    vanished: bool = False
    """Whether there is nobody in it, though there was somebody when the slices were kept."""
    names: tuple[str, ...] = ()
    """Its name in every column that the attribute is of."""
    may_join: tuple[Counts, ...] = ()
    """Those who may be in it or not, where groups may have people in common: it is compared with none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """All the counts of an audit; the groups of an attribute stand together, ordered by name (code points).

    `part` says how many people one part is, where counts are in parts; `intersections` are the attributes of several columns, `overlapping` those whose
    groups may have people in common.
    """

    overall: Counts
    groups: tuple[GroupCounts, ...]
    scores: ScoreKind
    part: Fraction = Fraction(1)
    intersections: frozenset[str] = frozenset()
    overlapping: frozenset[str] = frozenset()

    def of(self, attribute: str) -> tuple[GroupCounts, ...]:
        """Return the groups of one attribute."""
        return tuple(group for group in self.groups if group.attribute == attribute)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes, in the order in which they were asked for."""
        return tuple(dict.fromkeys(group.attribute for group in self.groups))


Matrix = tuple[tuple[int, ...], ...]
"""People by class: a row for each class that is true, a column for each that is predicted."""


MARKS = ("right", "true", "predicted")
"""What a row can be to a class: of it and predicted to be, of it, or predicted to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassClusters:
    """People who may stand in several rows of a slice, or count more or less than others, where there are several classes.

    Attributes
    ----------
    people
        How many there are.
    products
        For every two marks, the first not after the second, the sum over the people of the product of their counts; mark 3 k + m is `MARKS` m of class k.
        What is not there is 0.
    rows
        Rows by class, where the counts are not these, as rows have the weights of a survey.
    """

    people: int
    products: Mapping[tuple[int, int], int]
    rows: Matrix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCounts:
    """The confusion matrix of one slice; attribute and group are empty for everybody.

    Attributes
    ----------
    matrix
        People, or rows where people may stand in several; with the weights of a survey in parts, as of `Counts`.
    vanished
        Whether there is nobody in it, though there was somebody when the slices were kept.
    names
        Its name in every column that the attribute is of.
    clusters
        ``None`` where every row is a person of its own.
    may_join
        Those who may be in it or not, where slices may have people in common: it is compared with none of them.
    """

    attribute: str = ""
    group: str = ""
    matrix: Matrix
    unknown: bool = False
    vanished: bool = False
    names: tuple[str, ...] = ()
    clusters: ClassClusters | None = None
    may_join: tuple[ClassCounts, ...] = ()
