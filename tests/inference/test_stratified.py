"""Two rates, alone and within strata, beside SciPy's and statsmodels's answers on a thousand tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from fairaudit.inference import odds, stratified
from fairaudit.inference.hypergeometric import standard_deviations, two_sided, two_sided_mid
from fairaudit.inference.odds import TwoRates
from fairaudit.inference.stratified import Strata

TABLES = 1_000


def some_tables(strata: int) -> list[list[TwoRates]]:
    lot = np.random.default_rng(0)
    tables = []
    for _ in range(TABLES // strata):
        n = lot.integers(2, lot.choice([12, 80, 600]), size=(strata, 2))
        x = lot.binomial(n, lot.uniform(0.05, 0.95, size=(strata, 2)))
        tables.append(
            [
                TwoRates(x1=x1, n1=n1, x2=x2, n2=n2)
                for (x1, x2), (n1, n2) in zip(x.tolist(), n.tolist(), strict=True)
            ]
        )
    return tables


def square(rates: TwoRates) -> list[list[int]]:
    a, b, c, d = rates.cells
    return [[a, b], [c, d]]


def test_a_thousand_tables_as_scipy_has_them() -> None:
    for place, (rates,) in enumerate(some_tables(1)):
        cells = (rates.x1, rates.n1, rates.x1 + rates.x2, rates.n1 + rates.n2)
        exact = stats.hypergeom(cells[3], cells[2], cells[1])
        chances = exact.pmf(np.arange(min(cells[1], cells[2]) + 1))
        own = chances[rates.x1]
        assert two_sided(*cells) == pytest.approx(chances[chances <= own * (1 + 1e-9)].sum(), rel=1e-8)
        if rates.margins_empty:
            assert odds.pooled_z(rates) is odds.yates_chi_square(rates) is standard_deviations(*cells) is None
            continue
        z, yates, sd = odds.pooled_z(rates), odds.yates_chi_square(rates), standard_deviations(*cells)
        assert z is not None
        assert sd is not None
        assert sd == pytest.approx((rates.x1 - exact.mean()) / exact.std(), abs=1e-12)
        assert z**2 == pytest.approx(sd**2 * cells[3] / (cells[3] - 1), abs=1e-12)
        assert odds.two_sided_p(z) == pytest.approx(stats.chi2.sf(z**2, 1))
        if place % 5:
            continue
        assert z**2 == pytest.approx(
            stats.chi2_contingency(square(rates), correction=False).statistic, abs=1e-12
        )
        assert yates == pytest.approx(stats.chi2_contingency(square(rates)).statistic, abs=1e-12)


def test_fishers_test_of_small_and_large_tables() -> None:
    # Of larger tables SciPy's takes seconds; those of Berkeley are among the published cases.
    for rates in [TwoRates(x1=1, n1=10, x2=3, n2=20), TwoRates(x1=12, n1=40, x2=48, n2=80)]:
        p_value = stats.fisher_exact(square(rates)).pvalue
        cells = (rates.x1, rates.n1, rates.x1 + rates.x2, rates.n1 + rates.n2)
        assert two_sided(*cells) == pytest.approx(p_value, rel=1e-9)
        assert two_sided_mid(*cells) < two_sided(*cells)
    # Of thousands of millions of people it is the normal distribution's.
    assert two_sided(10**9, 2 * 10**9, 2 * 10**9, 4 * 10**9) == pytest.approx(1.0)
    assert two_sided(0, 10**9, 10**9, 2 * 10**9) == 0.0
    assert two_sided(0, 5, 0, 10) == 1.0


def test_odds_ratios_as_statsmodels_has_them() -> None:
    for (rates,) in some_tables(1)[:200]:
        if not all(rates.cells):
            assert odds.odds_ratio_interval(rates) is None
            continue
        peer = Table2x2(square(rates), shift_zeros=False)
        assert odds.odds_ratio(rates) == pytest.approx(peer.oddsratio)
        assert odds.odds_ratio_interval(rates) == pytest.approx(peer.oddsratio_confint())
    assert odds.odds_ratio(TwoRates(x1=0, n1=5, x2=2, n2=5)) == 0.0
    assert odds.odds_ratio(TwoRates(x1=5, n1=5, x2=2, n2=5)) is None


def test_strata_as_statsmodels_has_them() -> None:
    compared = 0
    for tables in some_tables(4):
        strata = Strata(tables)
        if any(t.margins_empty for t in tables):
            continue
        peer = StratifiedTable([np.array(square(t), dtype=float) for t in tables])
        together, risks = stratified.odds_ratio(strata), stratified.risk_ratio(strata)
        assert together is not None
        assert risks is not None
        assert together.value == pytest.approx(peer.oddsratio_pooled)
        if together.interval is not None:
            assert together.interval == pytest.approx(peer.oddsratio_pooled_confint())
        assert risks.value == pytest.approx(peer.riskratio_pooled)
        plain = stratified.cochran_mantel_haenszel(strata, corrected=False)
        theirs = peer.test_null_odds(correction=False)
        assert plain is not None
        assert (plain.statistic, plain.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))
        corrected = stratified.cochran_mantel_haenszel(strata, corrected=True)
        assert corrected is not None
        if abs(strata.observed - strata.expected) >= 0.5:
            assert corrected.statistic == pytest.approx(peer.test_null_odds(correction=True).statistic)
        else:
            # Theirs corrects beyond what there is.
            assert corrected.statistic == 0
        for tarone in (False, True):
            homogeneous = stratified.breslow_day(strata, tarone=tarone)
            theirs = peer.test_equal_odds(adjust=tarone)
            assert homogeneous is not None
            assert (homogeneous.statistic, homogeneous.p_value) == pytest.approx(
                (theirs.statistic, theirs.pvalue), rel=1e-6, abs=1e-9
            )
        compared += 1
    assert compared > 150


def test_strata_that_say_nothing() -> None:
    nobody = Strata([TwoRates(x1=1, n1=2, x2=0, n2=0)])
    assert nobody.tables == ()
    assert (
        stratified.odds_ratio(nobody)
        is stratified.risk_ratio(nobody)
        is stratified.risk_difference(nobody)
        is None
    )
    assert stratified.cochran_mantel_haenszel(nobody, corrected=False) is None
    assert stratified.standardised_ratio(nobody) is None
    one = Strata([TwoRates(x1=1, n1=4, x2=2, n2=4)])
    assert stratified.breslow_day(one, tarone=True) is None
    all_selected = Strata([TwoRates(x1=4, n1=4, x2=4, n2=4)] * 2)
    assert stratified.odds_ratio(all_selected) is None
    assert all_selected.standard_deviations is None


def test_the_ratio_of_risks_has_greenland_and_robinss_variance() -> None:
    """Counted by hand for one stratum, where it is Katz's interval."""
    ratio = stratified.risk_ratio(Strata([TwoRates(x1=12, n1=40, x2=48, n2=80)]))
    assert ratio is not None
    assert ratio.interval is not None
    reach = 1.959964 * math.sqrt(1 / 12 - 1 / 40 + 1 / 48 - 1 / 80)
    assert ratio.interval == pytest.approx((0.5 * math.exp(-reach), 0.5 * math.exp(reach)), rel=1e-6)


def test_a_common_odds_ratio_of_one_is_fitted() -> None:
    even = Strata([TwoRates(x1=2, n1=4, x2=2, n2=4), TwoRates(x1=3, n1=6, x2=5, n2=10)])
    test = stratified.breslow_day(even, tarone=False)
    assert test is not None
    assert test.statistic == pytest.approx(0, abs=1e-12)
    assert stratified.standardised_ratio(even) == 1.0
