"""What a comparison within strata came to, as its part of a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairaudit.documents.within import SELECTION, StratumPart, WithinPart
from fairaudit.inference import odds, stratified
from fairaudit.inference.hypergeometric import two_sided
from fairaudit.inference.odds import TwoRates
from fairaudit.inference.stratified import Strata
from fairaudit.metrics.kinds import NOBODY
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.choices import CONFIDENCE

_LEVEL = 0.05
_NOBODY = "no stratum has people of both"
_ALIKE = "all strata have one outcome, or people of one side only"
_REFERENCE = "nobody of the reference is selected in a stratum with people of both"
_NEVER = "it happens to nobody of the reference in a stratum with people of both"
_ODDS = "the odds within strata have no common ratio"
_FEW = "fewer than two strata say anything, or there is no common odds ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """A group beside its reference within the strata of a column.

    Attributes
    ----------
    metric
        A share of people, whose numerator and denominator the tables have.
    crude
        All people of both who take part in the comparison, whatever their stratum.
    tables
        By stratum; one side may have nobody.
    """

    attribute: str
    group: str
    reference: str
    column: str
    metric: str = SELECTION
    crude: TwoRates
    tables: Mapping[str, TwoRates]


def within_part(within: Within) -> WithinPart:
    """Write down what is left of a gap within strata."""
    strata = Strata(within.tables.values())
    together, risks = stratified.odds_ratio(strata, confidence=CONFIDENCE), stratified.risk_ratio(strata)
    plain, corrected = (stratified.cochran_mantel_haenszel(strata, corrected=c) for c in (False, True))
    apart, tarone = (stratified.breslow_day(strata, tarone=t) for t in (False, True))
    standardised = stratified.standardised_ratio(strata)
    surely = _differs(within.crude)
    never = _REFERENCE if within.metric == SELECTION else _NEVER
    reasons = {
        "odds_ratio_mh": "" if together else (_ODDS if strata.tables else _NOBODY),
        "odds_ratio_mh_ci": "" if together and together.interval else _ODDS,
        "risk_ratio_mh": "" if risks else never,
        "risk_ratio_mh_ci": "" if risks and risks.interval else never,
        "risk_difference_mh": "" if strata.tables else _NOBODY,
        "standardised_ratio": "" if standardised is not None else never,
        "cmh": "" if plain else _ALIKE,
        "breslow_day": "" if apart else _FEW,
        "shortfall": "" if strata.tables else _NOBODY,
        "crude_ratio": "" if within.crude.x2 else never,
    }
    return WithinPart(
        attribute=within.attribute,
        group=within.group,
        reference=within.reference,
        metric=within.metric,
        column=within.column,
        odds_ratio_mh=together.value if together else None,
        odds_ratio_mh_ci=together.interval if together else None,
        risk_ratio_mh=risks.value if risks else None,
        risk_ratio_mh_ci=risks.interval if risks else None,
        risk_difference_mh=stratified.risk_difference(strata),
        standardised_ratio=standardised,
        **_test("cmh", plain),
        **_test("cmh_corrected", corrected),
        **_test("breslow_day", apart),
        **_test("breslow_day_tarone", tarone),
        shortfall=strata.expected - strata.observed if strata.tables else None,
        observed=strata.observed,
        expected=strata.expected,
        standard_error=strata.standard_error,
        standard_deviations=strata.standard_deviations,
        crude_ratio=_ratio(within.crude),
        crude_difference=_difference(within.crude),
        simpson=surely and _is_turned(within.crude, together),
        vanishes=surely and plain is not None and plain.p_value >= _LEVEL,
        left_out=within.crude.n1 - strata.people,
        strata_left_out=len(within.tables) - len(strata.tables),
        reasons={name: why for name, why in reasons.items() if why},
        strata=[_stratum(name, rates, within.metric) for name, rates in within.tables.items()],
    )


def _differs(rates: TwoRates) -> bool:
    """Tell whether equal rates are refuted."""
    in_all = (rates.x1, rates.n1, rates.x1 + rates.x2, rates.n1 + rates.n2)
    return bool(rates.n1 and rates.n2) and two_sided(*in_all) < _LEVEL


def _is_turned(crude: TwoRates, together: stratified.Ratio | None) -> bool:
    """Tell whether the odds within strata lie on the other side than those of all people together."""
    side = 0 if together is None else (together.value > 1) - (together.value < 1)
    return side * ((crude.cross > 0) - (crude.cross < 0)) < 0


def _test(name: str, test: stratified.ChiSquare | None) -> dict[str, float | None]:
    return {name: test.statistic if test else None, f"{name}_p": test.p_value if test else None}


def _ratio(rates: TwoRates) -> float | None:
    return rates.x1 * rates.n2 / (rates.n1 * rates.x2) if rates.n1 and rates.x2 else None


def _difference(rates: TwoRates) -> float | None:
    return rates.x1 / rates.n1 - rates.x2 / rates.n2 if rates.n1 and rates.n2 else None


def _stratum(name: str, rates: TwoRates, metric: str) -> StratumPart:
    of_selection = metric == SELECTION
    return StratumPart(
        stratum=name,
        n=rates.n1,
        selected=rates.x1 if of_selection else None,
        numerator=rates.x1,
        rate=rates.x1 / rates.n1 if rates.n1 else None,
        reference_n=rates.n2,
        reference_selected=rates.x2 if of_selection else None,
        reference_numerator=rates.x2,
        reference_rate=rates.x2 / rates.n2 if rates.n2 else None,
        impact_ratio=_ratio(rates),
        odds_ratio=odds.odds_ratio(rates),
        compared=bool(rates.n1 and rates.n2),
        reason=_not_compared(rates, metric),
    )


def _not_compared(rates: TwoRates, metric: str) -> str:
    """Say which side of a stratum has nobody; empty where both have people."""
    nobody = NOBODY[BY_NAME[metric].denominator]
    missing = [side for side, n in (("the group", rates.n1), ("the reference", rates.n2)) if not n]
    return nobody.replace("the group", " or ".join(missing)) if missing else ""
