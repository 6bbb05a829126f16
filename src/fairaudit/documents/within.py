"""What is left of a gap among people who are alike in something else, as documents hold it."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from fairaudit.documents.constraints import Count, NotNegative, Number, ParityMetric, once
from fairaudit.documents.parts import Interval, Part

SELECTION = "pprev"
"""The metric that tells who is selected."""


class StratumPart(Part):
    """A group of `n` people within a stratum, beside the reference there; `compared` is false where one of them has nobody, and `reason` says so.

    People are those of whom the metric is a share, `numerator` those of them to whom it happens; `selected` is that of selection rates, and ``null`` of others.
    """

    stratum: str
    n: Count
    selected: Count | None
    numerator: Count | None = None
    rate: NotNegative | None
    reference_n: Count
    reference_selected: Count | None
    reference_numerator: Count | None = None
    reference_rate: NotNegative | None
    impact_ratio: NotNegative | None
    odds_ratio: NotNegative | None
    compared: bool
    reason: str = ""


class WithinPart(Part):
    """A group beside its reference in a metric that is a share of people, within the strata of a `column`.

    Of error rates all is about the people of whom the metric is a share, such as those with label 0, and "selected" is to whom it happens.
    `cmh` is Cochran, Mantel and Haenszel's chi-square of equal rates within all strata, `cmh_corrected` the same with the correction for continuity;
    `breslow_day` asks whether all strata have one odds ratio, `breslow_day_tarone` the same with Tarone's correction. `standardised_ratio` is how many are
    selected over how many would be at the reference's rate of each stratum; `shortfall` how many more would be at the rate of both together.
    `crude_ratio` is that of all strata thrown together. `simpson`: rates surely differ there, and the odds within strata lie on the other side.
    `vanishes`: they do there, and not surely within strata. People of an unknown stratum, or of one in which nobody can be compared, are `left_out`;
    `strata_left_out` are strata in which one side has nobody.
    """

    attribute: str
    group: str
    reference: str
    metric: ParityMetric = SELECTION
    column: str
    odds_ratio_mh: NotNegative | None
    odds_ratio_mh_ci: Interval | None
    risk_ratio_mh: NotNegative | None
    risk_ratio_mh_ci: Interval | None
    risk_difference_mh: Number | None
    standardised_ratio: NotNegative | None
    cmh: NotNegative | None
    cmh_p: NotNegative | None
    cmh_corrected: NotNegative | None
    cmh_corrected_p: NotNegative | None
    breslow_day: NotNegative | None
    breslow_day_p: NotNegative | None
    breslow_day_tarone: NotNegative | None
    breslow_day_tarone_p: NotNegative | None
    shortfall: Number | None
    observed: Count
    expected: NotNegative
    standard_error: NotNegative
    standard_deviations: Number | None
    crude_ratio: NotNegative | None
    crude_difference: Number | None
    simpson: bool
    vanishes: bool
    left_out: Count
    strata_left_out: Count = 0
    reasons: dict[str, str]
    strata: list[StratumPart]

    @model_validator(mode="after")
    def _strata_once(self) -> Self:
        once("strata", ((s.stratum,) for s in self.strata))
        return self
