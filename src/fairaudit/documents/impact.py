"""``impact.json``: adverse impact by the definitions of those who must answer for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from fairaudit.documents.constraints import Count, Inside, NotNegative, Number, once
from fairaudit.documents.parts import AuditSettings, Envelope, Interval, Part, RatioInterval
from fairaudit.documents.within import WithinPart
from fairaudit.settings.choices import Effect, Profile, SmdOf

if TYPE_CHECKING:
    import pandas as pd


class ShortfallPart(Part):
    """How many more people of a group would be selected at the rate of group and reference together, at the reference's, and at the four-fifths line.

    Negative where they are more than that already; `four_fifths` are whole people, and 0 there. Where being selected hurts, it is how many fewer.
    """

    pooled: Number | None
    reference: Number | None
    four_fifths: Count | None


class FlipFlopPart(Part):
    """Whether one selection that went to the group instead would reverse the order of both rates, and how many would bring the group to four fifths."""

    one_swap_reverses: bool | None
    moves_to_four_fifths: Count | None


class MoreTestsPart(Part):
    """More of the same counts: how many are expected at the pooled rate, tests of equal rates beside those of the table, and effect sizes.

    `z_pooled` is the root of Pearson's `chi2`, `p_sd` the p-value of the standard deviations, `p_fisher_mid` Fisher's with what is just as likely counted half.
    """

    expected: NotNegative | None
    z_pooled: Number | None
    p_sd: NotNegative | None
    chi2: NotNegative | None
    chi2_yates: NotNegative | None
    p_yates: NotNegative | None
    p_fisher_mid: NotNegative | None
    phi: Number | None
    cohen_h: Number | None


class TopPart(Part):
    """Who is at the top: of `share` of the people, those with a score of at least `threshold`, ties included; `reasons` explain each ``null``.

    `smd` is the difference of the shares of both groups at the top, group minus reference, in standard deviations of being there, of whom `rules.smd` says.
    """

    share: Inside
    threshold: Number
    selected: Count
    rate: NotNegative | None
    reference_rate: NotNegative | None
    impact_ratio: NotNegative | None
    smd: Number | None = None
    reasons: dict[str, str] = Field(default_factory=dict)


class LendingPart(Part):
    """What lenders are asked about a group.

    `marginal_effect` is the reference's rate minus the group's, `denial_ratio` the group's share of those who are not selected over the reference's.
    `deciles` are the impact ratios and standardised differences at each tenth of the scores, without any threshold in use.
    """

    marginal_effect: Number | None
    denial_ratio: NotNegative | None
    deciles: list[TopPart]


class ImpactGroupPart(Part):
    """A group of `n` people beside its reference; `share` is of all whose group is known.

    `sd` are standard deviations of the hypergeometric distribution, `p_fisher` is of Fisher's exact test, two-sided, and `p_adjusted` the same with all
    comparisons of the table allowed for (Holm); `p_score` is of Pearson's chi-square, `p_barnard` of Barnard's exact test, for up to 150 people. `adverse`: the rate is on the wrong side of the four-fifths line;
    `different`: `p_fisher` is below the level. `smd` is the difference of the mean scores, group minus reference, in standard deviations. `bounds` are the lowest and highest impact ratio over all ways to assign those whose group is unknown;
    a second end of ``null`` says that there is none. `reasons` says why a number is ``null``, and why a group is `excluded`.
    """

    group: str
    n: Count
    share: Number | None
    selected: Count | None
    rate: NotNegative | None
    excluded: bool
    is_reference: bool
    impact_ratio: NotNegative | None
    difference: Number | None
    sd: Number | None
    p_fisher: NotNegative | None
    p_adjusted: NotNegative | None
    p_score: NotNegative | None
    p_barnard: NotNegative | None
    odds_ratio: NotNegative | None
    odds_ratio_ci: Interval | None
    smd: Number | None
    shortfall: ShortfallPart
    flip_flop: FlipFlopPart
    adverse: bool | None
    different: bool | None
    bounds: RatioInterval | None
    tests: MoreTestsPart
    lending: LendingPart | None
    reasons: dict[str, str]

    @property
    def both(self) -> bool | None:
        """Whether impact is adverse by four fifths and rates differ as well; ``None`` where neither is asked."""
        return None if self.adverse is None or self.different is None else self.adverse and self.different

    @model_validator(mode="after")
    def _selected_are_some(self) -> Self:
        if self.selected is not None and self.selected > self.n:
            raise ValueError("more people are selected than there are")
        return self


class ImpactTablePart(Part):
    """The groups of an attribute; `n` people whose group is known, and those of an `unknown` one, who are in no ratio.

    `reference` is ``null`` where there is nobody to compare with. Of groups that overlap `several` people are in more than one, each of them once in `n`: ratio, difference, `adverse` and the
    shortfalls of reference and four fifths are of whole groups; tests, odds ratio and the pooled shortfall are of a group and all who are known not to be in it. People above `median` are those who are selected, where that was asked for.
    """

    attribute: str
    reference: str | None
    reference_kind: str
    n: Count
    selected: Count | None
    unknown: Count
    unknown_selected: Count | None
    median: Number | None
    several: Count | None = None
    groups: list[ImpactGroupPart]

    @model_validator(mode="after")
    def _groups_once(self) -> Self:
        once("groups", ((g.group,) for g in self.groups))
        return self


class RepresentationPart(Part):
    """A group of `n` people beside its share of a population; the `selected_` numbers are the same of those who are selected.

    `expected` is how many it would have at that share, `sd` by how many standard deviations it has more, `p_binomial` the p-value of the exact
    binomial test, two-sided, and `ratio` its share of the people over that of the population.
    """

    attribute: str
    group: str
    population_share: NotNegative | None
    n: Count
    share: NotNegative | None
    ratio: NotNegative | None
    expected: NotNegative | None
    sd: Number | None
    p_binomial: NotNegative | None
    selected: Count | None
    selected_share: NotNegative | None
    selected_ratio: NotNegative | None
    selected_expected: NotNegative | None
    selected_sd: Number | None
    selected_p_binomial: NotNegative | None
    reasons: dict[str, str]


class ImpactRules(Part):
    """By whose definitions impact is told, and what can change it beside how rows are read; a `limit` of ``null`` says that nothing passes or fails."""

    profile: Profile
    effect: Effect
    limit: str | None
    level: Inside
    exclude: list[str]
    exclude_below: str | None
    smd: SmdOf | None


class ImpactDocument(Envelope):
    """``impact.json``; `within` is ``null`` where nothing was compared within strata, `representation` where nothing was with a population."""

    schema_: Literal["fairaudit/impact/1"] = Field(default="fairaudit/impact/1", alias="schema")
    settings: AuditSettings
    rules: ImpactRules
    confidence: Inside
    people: Count
    selected: Count | None
    tables: list[ImpactTablePart]
    within: list[WithinPart] | None = None
    representation: list[RepresentationPart] | None = None

    @model_validator(mode="after")
    def _tables_once(self) -> Self:
        once("tables", ((t.attribute,) for t in self.tables))
        once("within", ((w.attribute, w.group, w.column) for w in self.within or ()))
        return self

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each group of each table."""
        from fairaudit.documents.frames import impact_frame

        return impact_frame(self)
