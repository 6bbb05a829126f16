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
    tables = [rates for (rates,) in some_tables(1)]
    cells = [(t.x1, t.n1, t.x1 + t.x2, t.n1 + t.n2) for t in tables]
    for x, n, selected, total in cells:
        chances = stats.hypergeom.pmf(np.arange(min(n, selected) + 1), total, selected, n)
        expected = chances[chances <= chances[x] * (1 + 1e-9)].sum()
        assert two_sided(x, n, selected, total) == pytest.approx(expected, rel=1e-8)
    known = [(t, c) for t, c in zip(tables, cells, strict=True) if not t.margins_empty]
    assert all(odds.pooled_z(t) is odds.yates_chi_square(t) is None for t in tables if t.margins_empty)
    z = np.array([odds.pooled_z(t) for t, _ in known], dtype=float)
    sd = np.array([standard_deviations(*c) for _, c in known], dtype=float)
    x, n, selected, total = np.array([c for _, c in known]).T
    law = (total, selected, n)
    np.testing.assert_allclose(sd, (x - stats.hypergeom.mean(*law)) / stats.hypergeom.std(*law), atol=1e-12)
    np.testing.assert_allclose([odds.two_sided_p(one) for one in z], stats.chi2.sf(z**2, 1), rtol=1e-9)
    for place in range(0, len(known), 20):
        rates, _ = known[place]
        plain, yates = (stats.chi2_contingency(square(rates), correction=c).statistic for c in (False, True))
        assert z[place] ** 2 == pytest.approx(plain, abs=1e-12)
        assert odds.yates_chi_square(rates) == pytest.approx(yates, abs=1e-12)


def test_fishers_test_of_small_and_large_tables() -> None:
    # Of larger tables SciPy's takes seconds; those of Berkeley are among the published cases.
    for rates in [TwoRates(x1=1, n1=10, x2=3, n2=20), TwoRates(x1=12, n1=40, x2=48, n2=80)]:
        p_value = stats.fisher_exact(square(rates)).pvalue
        cells = (rates.x1, rates.n1, rates.x1 + rates.x2, rates.n1 + rates.n2)
        assert two_sided(*cells) == pytest.approx(p_value, rel=1e-9)
        assert two_sided_mid(*cells) < two_sided(*cells)
    # Of thousands of millions of people it is the normal distribution's.
    assert two_sided(10**11, 2 * 10**11, 2 * 10**11, 4 * 10**11) == pytest.approx(1.0)
    assert two_sided(0, 10**11, 10**11, 2 * 10**11) == 0.0
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
