"""What is left of a gap among people who are alike in something else, as documents hold it."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from fairaudit.documents.constraints import Count, NotNegative, Number, once
from fairaudit.documents.parts import Interval, Part


class StratumPart(Part):
    """A group of `n` people within a stratum, beside the reference there; `compared` is false where one of them has nobody."""

    stratum: str
    n: Count
    selected: Count
    rate: NotNegative | None
    reference_n: Count
    reference_selected: Count
    reference_rate: NotNegative | None
    impact_ratio: NotNegative | None
    odds_ratio: NotNegative | None
    compared: bool


class WithinPart(Part):
    """A group beside its reference within the strata of a `column`.

    `cmh` is Cochran, Mantel and Haenszel's chi-square of equal rates within all strata, `cmh_corrected` the same with the correction for continuity;
    `breslow_day` asks whether all strata have one odds ratio, `breslow_day_tarone` the same with Tarone's correction. `standardised_ratio` is how many are
    selected over how many would be at the reference's rate of each stratum; `shortfall` how many more would be at the rate of both together.
    `crude_ratio` is that of all strata thrown together. `simpson`: rates surely differ there, and the odds within strata lie on the other side.
    `vanishes`: they do there, and not surely within strata. People of an unknown stratum, or of one in which nobody can be compared, are `left_out`.
    """

    attribute: str
    group: str
    reference: str
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
    reasons: dict[str, str]
    strata: list[StratumPart]

    @model_validator(mode="after")
    def _strata_once(self) -> Self:
        once("strata", ((s.stratum,) for s in self.strata))
        return self
