"""The short form of ``nox -s simulate``: intervals cover, tests and whole audits raise no more alarms than they say, peers' failures show."""

from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from simulate import (
    areas,
    audits,
    choices,
    chosen,
    clusters,
    contrasts,
    decisions,
    effort,
    families,
    figures,
    gaps,
    intervals,
    means,
    page,
    pairs,
    peers,
    plans,
    population,
    sides,
)
from statsmodels.stats.proportion import confint_proportions_2indep

from fairaudit.disparity.verdicts import Verdict, answer, question
from fairaudit.inference import contrast, exact, proportion
from fairaudit.inference.gap import gap_interval
from fairaudit.inference.multiplicity import holm
from fairaudit.inference.planning import Kind
from fairaudit.settings.limits import Band

ROOT = Path(__file__).parents[1]
SEED = 1
GROUPS = (2, 3, 6, 12)


GRID = [pair for _, _, pair in intervals.grid(effort.FULL)]
FAIR, EDGE = population.FAIR, population.EDGE


def counts(*groups: tuple[int, int, int, int]) -> np.ndarray:
    return np.array(groups)


# --- Intervals


@pytest.mark.parametrize("methods", ["OF_RATIO", "OF_DIFFERENCE"])
def test_coverage_of_two_rates_is_near_95_percent_once_five_people_are_expected(methods: str) -> None:
    method = getattr(intervals, methods)["fairaudit"]
    found = [intervals.misses(method, pair) for pair in GRID if pair.reached]

    assert len(found) == 191
    assert min(one.coverage for one in found) >= 0.935
    assert max(one.coverage for one in found) <= 0.975
    assert max(one.worse for one in found) <= 0.031


@pytest.mark.parametrize("methods", ["OF_RATIO", "OF_DIFFERENCE"])
def test_with_fewer_people_coverage_is_never_lower_and_no_tail_is_heavy(methods: str) -> None:
    method = getattr(intervals, methods)["fairaudit"]
    found = [intervals.misses(method, pair) for pair in GRID if not pair.reached]

    assert min(one.coverage for one in found) >= 0.935
    assert max(one.worse for one in found) <= 0.035


def test_a_rate_is_covered_nearly_as_its_interval_says() -> None:
    places = [(n, p) for n in effort.FULL.sizes for p in effort.FINE_RATES if n * p >= 5 - 1e-9]
    wilson = [intervals.rate_misses(proportion.wilson, n, p).coverage for n, p in places]
    exact = [intervals.rate_misses(proportion.clopper_pearson, n, p).coverage for n, p in places]

    # The counts of one group come in coarser steps than the ratios of two, so the bounds are wider.
    assert min(wilson) >= 0.925
    assert max(wilson) <= 0.98
    assert np.mean(wilson) == pytest.approx(0.95, abs=0.003)
    assert min(exact) >= 0.95


@pytest.mark.parametrize("truth", [1.0, 0.8, 0.6])
def test_the_score_at_the_truth_says_where_the_interval_lies(truth: float) -> None:
    pair = pairs.Pair(n1=12, p1=0.3 * truth, n2=20, p2=0.3)
    x1, x2, _ = pair.outcomes()
    for method, limits, value in (
        ("OF_RATIO", contrast.ratio_interval(x1, 12, x2, 20), truth),
        ("OF_DIFFERENCE", contrast.difference_interval(x1, 12, x2, 20), pair.p1 - pair.p2),
    ):
        found = getattr(intervals, method)["fairaudit"](pair, x1, x2)
        for ours, theirs in zip(found, pairs.by_limits(*limits, value), strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("method", "name"),
    [("Katz log", "log"), ("Katz log + 0.5", "log-adjusted"), ("Miettinen-Nurminen", "score")],
)
def test_the_other_intervals_are_those_of_statsmodels(method: str, name: str) -> None:
    pair = pairs.Pair(n1=30, p1=0.2, n2=50, p2=0.3)
    x1, x2 = np.arange(1, 20)[:, None], np.arange(1, 30)[None, :]
    below, above = intervals.OF_RATIO[method](pair, x1, x2)
    for (i, a), (j, b) in itertools.product(enumerate(x1.ravel()), enumerate(x2.ravel())):
        if (i + j) % 5 == 0:
            low, high = confint_proportions_2indep(
                a, 30, b, 50, compare="ratio", method=name, correction=True
            )
            assert (high < 2 / 3, low > 2 / 3) == (below[i, j], above[i, j])


def test_the_bootstrap_of_infinitely_many_resamples_is_the_limit_of_many() -> None:
    pair = pairs.Pair(n1=40, p1=0.06, n2=90, p2=0.1)
    x1, x2 = np.array([[1], [2], [6], [9]]), np.array([[1, 4, 13, 19]])
    below, above = intervals.ratio_by_bootstrap(pair, x1, x2)
    random = np.random.default_rng(SEED)
    for i, j in np.ndindex(4, 4):
        top = random.binomial(40, x1[i, 0] / 40, 50_000)
        bottom = random.binomial(90, x2[0, j] / 90, 50_000)
        defined = (top > 0) | (bottom > 0)
        with np.errstate(divide="ignore"):
            drawn = (top[defined] / 40) / (bottom[defined] / 90)
        low, high = np.quantile(drawn, [0.025, 0.975], method="inverted_cdf")
        assert (high < 0.6, low > 0.6) == (below[i, j], above[i, j])


@pytest.mark.parametrize("n", [50, 200, 1000])
@pytest.mark.parametrize("truth", [FAIR, population.Truth(prevalence=0.1, fpr=0.05, fnr=0.4)])
def test_one_groups_figures_are_covered(truth: object, n: int) -> None:
    drawn = population.draw([truth], [n], 20_000, np.random.default_rng([SEED, n]))[:, 0]
    for name, found in figures.closed_forms(drawn, truth).items():
        # Of few people a balanced accuracy has the exact limits of both rates.
        assert 0.935 <= found.misses.coverage <= (1 if name == "balanced accuracy" else 0.985)


@pytest.mark.parametrize("area", [0.75, 0.95])
def test_the_area_under_the_curve_is_covered(area: float) -> None:
    found = areas.of_areas(areas.Scores(), area, 50, 150, 2_000, SEED)

    assert 0.935 <= found["fairaudit"].misses.coverage <= 0.985
    assert found["fairaudit"].misses.worse < found["plain"].misses.worse


@pytest.mark.parametrize("area", [0.75, 0.9, 0.98])
@pytest.mark.parametrize(("ones", "zeros"), [(2, 50), (5, 100), (10, 10), (20, 100)])
def test_the_area_of_few_people_or_of_two_levels_is_covered(ones: int, zeros: int, area: float) -> None:
    kinds = [areas.Scores(), areas.Scores(spread=3), *areas.two_levels(area)]
    found = [areas.of_areas(kind, area, ones, zeros, 1_000, SEED)["fairaudit"] for kind in kinds]

    assert max(one.without for one in found) == 0
    # A tail of 6% comes out as more than 7.5% once in 30 such simulations.
    assert max(one.misses.worse for one in found) < 0.075


def test_delongs_variance_alone_says_too_little_of_few_people() -> None:
    (alike, *_) = areas.two_levels(0.9)
    found = areas.of_areas(alike, 0.9, 5, 100, 1_000, SEED)["logit scale"]

    assert found.misses.worse > 0.3


@pytest.mark.parametrize(
    ("n1", "n2"), list(itertools.combinations_with_replacement((2, 5, 10, 20, 100), 2)), ids=str
)
def test_a_balanced_accuracy_next_to_1_is_covered(n1: int, n2: int) -> None:
    found = [
        means.misses("fairaudit", *place)
        for place in means.places((n1, n2))
        if {place[0], place[2]} == {n1, n2}
    ]

    assert min(one.coverage for one in found) >= 0.94
    assert max(one.worse for one in found) <= 0.05


def test_two_wilson_intervals_put_together_miss_next_to_1() -> None:
    assert means.misses("both Wilson intervals", 5, 0.99, 5, 0.98).below > 0.13


# --- Tests and verdicts


@pytest.mark.parametrize("times", [1, 9])
@pytest.mark.parametrize("p", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("n", [20, 50, 100, 500])
def test_equal_rates_are_seldom_called_different(n: int, p: float, times: int) -> None:
    # Groups of 50 and 100 at p = 0.5 reach 5.7%, because counts come in steps.
    assert decisions.false_alarms(pairs.Pair(n1=n, p1=p, n2=n * times, p2=p))[0] <= 0.0575


@pytest.mark.parametrize(("kind", "limit"), sides.LIMITS)
def test_a_limit_itself_is_seldom_called_exceeded_however_few_people_there_are(
    kind: str, limit: float
) -> None:
    found, _, _ = sides.worst(kind, limit, "fairaudit", (2, 5, 9, 20, 50))
    score_alone, _, _ = sides.worst(kind, limit, "score alone", (2, 5, 9, 20, 50))

    assert found <= 0.055
    assert score_alone > 0.08


def test_seven_of_seven_pass_no_longer_in_one_of_eight_samples() -> None:
    for name, chance in {"score alone": 0.126, "fairaudit": 0.0}.items():
        bounds, _ = sides.beyond("ratio", 0.8, name, 7, 1000)
        passes = 0.744**7 if bounds[7] >= 930 else 0.0

        assert passes == pytest.approx(chance, abs=0.001)


@pytest.mark.parametrize("times", [1, 9])
@pytest.mark.parametrize("p", [0.1, 0.3, 0.5])
def test_on_the_edge_of_the_band_neither_verdict_comes_too_often(p: float, times: int) -> None:
    for n in (50, 200, 1000):
        passing, failing, _ = decisions.chances(pairs.Pair(n1=n, p1=p * 0.8, n2=n * times, p2=p))

        assert passing <= 0.055
        assert failing <= 0.055


def test_the_plain_rule_fails_equal_groups_of_100_in_about_every_second_sample() -> None:
    beside_900 = decisions.chances(pairs.Pair(n1=100, p1=0.1, n2=900, p2=0.1))
    beside_100 = decisions.chances(pairs.Pair(n1=100, p1=0.1, n2=100, p2=0.1))

    assert beside_900[2] == pytest.approx(0.483, abs=0.001)
    assert beside_100[2] == pytest.approx(0.588, abs=0.001)
    # The verdict says instead that it does not know.
    assert max(beside_900[:2]) < 0.02
    assert max(beside_100[:2]) < 0.035


@pytest.mark.parametrize(("p", "n"), [(0.1, 1724), (0.3, 447), (0.5, 196)])
def test_this_many_people_pass_equal_rates_with_a_chance_of_80_percent(p: float, n: int) -> None:
    assert decisions.chances(pairs.Pair(n1=n, p1=p, n2=9 * n, p2=p))[0] == pytest.approx(0.8, abs=0.01)


# --- Whole audits


@pytest.mark.parametrize("groups", GROUPS)
def test_a_fair_audit_raises_an_alarm_in_at_most_one_of_twenty(groups: int) -> None:
    found = audits.alarms([FAIR] * groups, [200] * groups, 10_000, SEED)

    assert found.equality <= 0.055
    assert found.band <= 0.015
    # Without a correction, and by the plain rule, most audits of many groups would raise one.
    assert found.unadjusted > 0.09
    assert found.point_rule > 0.5


@pytest.mark.parametrize("groups", GROUPS)
def test_unequal_groups_raise_no_more_alarms(groups: int) -> None:
    found = audits.alarms([FAIR] * groups, [1000, *[60] * (groups - 1)], 2_000, SEED)

    assert found.equality <= 0.055
    assert found.band <= 0.015


@pytest.mark.parametrize("groups", GROUPS)
def test_on_the_edge_of_the_band_a_whole_audit_seldom_fails(groups: int) -> None:
    for metric in effort.METRICS:
        assert EDGE.rate(metric) == pytest.approx(0.8 * FAIR.rate(metric))
    truths = [FAIR, *[EDGE] * (groups - 1)]

    assert audits.alarms(truths, [200] * groups, 5_000, SEED).band <= 0.055


def test_a_reference_chosen_by_the_data_needs_the_bound_over_all_pairs() -> None:
    found = {groups: audits.chosen_alarms(groups, 200, 5_000, SEED) for groups in GROUPS}

    assert all(one.bounded <= 0.055 for one in found.values())
    assert all(one.band_bounded <= 0.055 for one in found.values())
    assert found[6].ignored > 0.08
    assert found[12].ignored > 0.15


@pytest.mark.parametrize("design", [families.DESIGNS[0], families.DESIGNS[5]], ids=lambda d: d.name)
def test_what_is_known_of_the_dependence_only_helps(design: families.Design) -> None:
    cells = np.stack(
        [
            np.random.default_rng([SEED, number]).multinomial(n, truth.cells)
            for number, (truth, n) in enumerate(zip(design.truths, design.sizes, strict=True))
        ]
    )
    # One of them is far beyond the band.
    cells[-1] = cells[-1][[3, 1, 2, 0]]
    found = families.p_values(cells, design)
    p_values = np.array([one[3:] for one in found])

    assert (p_values[:, 0] <= p_values[:, 1]).all()
    assert (p_values[:, 0] < p_values[:, 1]).any()
    assert p_values.min() < effort.LEVEL


def test_counting_the_pairs_once_finds_the_unfair_group_more_often() -> None:
    once = chosen.found(12, 200, 0.48, 4_000, SEED)

    assert chosen.found(12, 200, 0.48, 4_000, SEED, times=22) == pytest.approx(0.128, abs=0.02)
    assert once == pytest.approx(0.478, abs=0.03)


def test_the_audits_are_judged_by_the_rule_of_the_verdicts() -> None:
    drawn = population.draw(
        [FAIR, *[EDGE] * 5],
        [200, *[150] * 5],
        40,
        np.random.default_rng(SEED),
    )
    # Half of the audits are made so unfair that some fail.
    drawn[::2, 1] = drawn[::2, 1][:, [3, 1, 2, 0]]
    beside = population.with_reference(*population.rates(drawn))
    p_values = audits.band_p_values(*beside)
    band = Band(low=Fraction("0.8"), high=Fraction("1.25"))
    low, high = exact.ratio_scores(0.8, *beside), exact.ratio_scores(1.25, *beside)
    any_fail = []
    for audit in range(len(drawn)):
        questions = [
            question(None, band, *(tuple(float(side[audit][at]) for side in sides) for sides in (low, high)))
            for at in np.ndindex(p_values[audit].shape)
        ]
        assert [q.p_fail for q in questions] == pytest.approx(p_values[audit].ravel().tolist())
        any_fail.append(Verdict.FAIL in {found.verdict for found in answer(questions)})
        adjusted = holm(p_values[audit].ravel().tolist())
        assert any_fail[-1] == any(p is not None and p <= effort.LEVEL for p in adjusted)
    assert audits.any_finding(p_values, 15) == np.mean(any_fail)
    assert 0 < np.mean(any_fail) < 1


def test_every_other_group_is_put_beside_its_reference() -> None:
    x = np.array([[[5, 1, 2], [4, 3, 3], [9, 2, 1]]])
    n = np.full_like(x, 10)

    named, _, first, _ = population.with_reference(x, n)
    assert named.tolist() == [[[4, 3, 3], [9, 2, 1]]]
    assert first.tolist() == [[[5, 1, 2]] * 2]

    others, _, lowest, _ = population.with_reference(x, n, lowest=True)
    assert others.tolist() == [[[5, 3, 2], [9, 2, 3]]]
    assert lowest.tolist() == [[[4, 1, 1]] * 2]


# --- Peers' failures


def test_the_percentile_bootstrap_misses_rare_events_most_of_the_time() -> None:
    rare = pairs.Pair(n1=50, p1=0.01, n2=50, p2=0.01)
    wide = pairs.Pair(n1=20, p1=0.01, n2=180, p2=0.01)

    assert intervals.misses(intervals.OF_RATIO["percentile bootstrap"], rare).coverage < 0.7
    assert intervals.misses(intervals.OF_RATIO["percentile bootstrap"], wide).coverage < 0.3
    assert intervals.misses(intervals.OF_RATIO["fairaudit"], wide).coverage > 0.97


def test_without_the_correction_for_skewness_one_tail_is_twice_too_heavy() -> None:
    tails = [intervals.misses(intervals.OF_RATIO["Miettinen-Nurminen"], pair).worse for pair in GRID]

    assert max(tails) > 0.05


def test_half_a_person_added_to_every_count_undercovers() -> None:
    found = [intervals.misses(intervals.OF_RATIO["Katz log + 0.5"], pair).coverage for pair in GRID]

    assert min(found) < 0.92


def test_the_textbooks_interval_of_a_difference_undercovers_even_with_five_people_expected() -> None:
    found = [
        intervals.misses(intervals.OF_DIFFERENCE["Wald"], pair).coverage for pair in GRID if pair.reached
    ]

    assert min(found) < 0.92


def test_aequitas_calls_equal_error_rates_different_where_base_rates_differ() -> None:
    # 20% of those with label 0 are selected, and 30% of those with label 1 are not, in both groups.
    groups = counts((140, 40, 60, 160), (70, 60, 30, 240))
    theirs = peers.aequitas_p_values(groups)[0]
    ours = population.equality_p_values(*population.with_reference(*population.rates(groups[None])))[0, 0]

    assert max(theirs[1:]) < 0.001
    # Not exactly 1, because the correction for skewness moves the middle of groups of unequal size a little.
    assert min(ours[1:]) > 0.99


def test_aequitas_misses_twice_the_false_positive_rate_where_precision_is_the_same() -> None:
    # 24 of 240 and 48 of 240 with label 0 are selected; of the people selected, 24 of 120 and 48 of 240 wrongly.
    groups = counts((96, 24, 60, 216), (192, 48, 60, 192))
    theirs = peers.aequitas_p_values(groups)[0]
    ours = population.equality_p_values(*population.with_reference(*population.rates(groups[None])))[0, 0]

    assert theirs[1] == pytest.approx(1)
    assert ours[1] < 0.01


def test_fairlearns_interval_of_a_gap_excludes_no_gap_between_equal_groups() -> None:
    limits = peers.fairlearn_intervals(counts((28, 12, 12, 48), (28, 12, 12, 48)), replicates=20)

    assert min(limits[:, 0]) > 0
    assert gap_interval([([40, 40], [100, 100])])[0] == 0


# --- Gaps, contrasts and levels


@pytest.mark.parametrize("groups", [3, 12])
@pytest.mark.parametrize("design", gaps.DESIGNS)
def test_the_largest_gap_is_covered_and_its_interval_narrower_than_by_bonferroni(
    groups: int, design: str
) -> None:
    for truth in gaps.TRUTHS:
        rates, sizes = gaps.rates_of(truth, groups, 0.3), gaps.sizes_of(design, groups)
        ours, theirs = gaps.of_gaps(rates, sizes, 1_000, SEED)
        assert ours.tally.misses.coverage >= 0.93
        assert ours.width < 0.95 * theirs.width


@pytest.mark.parametrize("figure", ["F1", "balanced accuracy"])
@pytest.mark.parametrize("sizes", contrasts.PAIRS)
def test_differences_of_figures_are_covered(figure: str, sizes: tuple[int, int]) -> None:
    found = contrasts.of_tables(figure, (contrasts.BETTER, FAIR), sizes, 2_000, SEED)

    assert 0.935 <= found.misses.coverage <= 0.985
    assert found.misses.worse <= 0.045


def test_differences_of_areas_are_covered() -> None:
    found = contrasts.of_two_areas((0.9, 0.75), ((20, 30), (100, 150)), 1_000, SEED)

    assert found.misses.coverage >= 0.93


@pytest.mark.parametrize("level", contrasts.LEVELS)
def test_a_level_is_never_wrongly_passed_or_failed_more_often_than_said(level: float) -> None:
    for n in (1, 2, 5, 13, 39, 100, 773):
        assert max(contrasts.level_errors(level, n, 0.05)) <= 0.05


# --- Slices that the data choose


def test_the_poorest_of_many_that_are_alike_is_not_said_to_be_poorer() -> None:
    found = choices.of_choices(choices.Design(columns=10, people=2_000), 60, SEED, "f1")

    assert found.alone > 0.45
    assert found.chosen <= 0.1
    assert found.covered >= 0.9


def test_one_that_is_truly_worse_is_found() -> None:
    found = choices.of_choices(choices.Design(columns=2, people=4_000, worse=True), 60, SEED, "f1")

    assert found.right >= 0.9
    assert found.covered >= 0.9


# --- People in several rows


def test_equal_rows_of_a_person_raise_no_alarms() -> None:
    as_rows, by_people = clusters.audit_alarms(60, 20, 300, SEED)

    assert as_rows > 0.6
    assert by_people <= 0.05


@pytest.mark.parametrize(
    "kind", [clusters.each(20), clusters.UNEQUAL, clusters.FEW_HAVE_MANY], ids=lambda kind: kind.name
)
@pytest.mark.parametrize("correlation", [0.3, 1.0])
def test_a_ratio_on_the_edge_is_seldom_called_below_it(kind: clusters.Rows, correlation: float) -> None:
    as_rows, by_people, _ = clusters.false_alarms(60, kind, correlation, 400, SEED)

    assert as_rows > 0.2
    # 5%, and three times what 400 draws are sure of, in the worst of three rates.
    assert by_people <= 0.083


@pytest.mark.parametrize("kind", [*clusters.KINDS, None], ids=lambda kind: kind.name if kind else "survey")
def test_a_rate_of_people_in_several_rows_is_covered(kind: clusters.Rows | None) -> None:
    for correlation in (0.0, 1.0):
        for rate in (0.3, 0.5):
            drawn = clusters.coverage(60, kind, correlation, rate, 1_000, SEED)
            assert sum(clusters.misses(drawn, rate)) <= 0.075


def test_an_area_of_people_in_several_rows_is_covered() -> None:
    small = dataclasses.replace(effort.QUICK, clustered=150)
    found = {
        row[:3]: tuple(map(float, row[3:])) for row in clusters.area_table(small, SEED, sizes=(60,)).rows
    }

    assert found["60", "10", "0.8"][0] < 80
    assert min(by_people for _, by_people in found.values()) >= 90


# --- Plans


@pytest.mark.parametrize(
    ("kind", "n1", "n2"),
    [("ratio", 20, 180), ("ratio", 50, 50), ("difference", 20, 180), ("rate", 20, 0), ("rate", 100, 0)],
)
def test_the_people_that_are_planned_have_the_chance_that_is_promised(
    kind: Kind, n1: int, n2: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A third of the counts of the reference that the page's table looks at change chances by less than one in a hundred.
    monkeypatch.setattr(plans, "MOST_KNOTS", 27)
    planned = [one for one in plans.plans(kind, n1, n2) if one.asked.weight in (1, 33)]
    found = [one.chance(both=both) for one in planned for both in (False, True)]
    chances = [chance for chance in found if chance is not None]

    assert len(chances) >= 10
    assert min(chances) >= 0.75
    assert max(chances) <= 0.90
    assert np.mean(chances) == pytest.approx(0.81, abs=0.02)


# --- The page


def test_the_tables_on_power_can_be_written() -> None:
    small = dataclasses.replace(effort.QUICK, sizes=(20, 50), rates=(0.1, 0.5))
    tables = [decisions.power_table(small)]

    assert all(len(row) == len(table.header) for table in tables for row in table.rows)


def test_tables_take_the_place_of_those_between_the_marks() -> None:
    document = f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n"

    assert page.between_marks(document, "new") == f"before\n{page.BEGIN}\n\nnew\n\n{page.END}\nafter\n"
    with pytest.raises(SystemExit, match="needs the lines"):
        page.between_marks("no marks", "new")


def test_the_page_shows_the_tables_of_the_whole_simulation() -> None:
    document = (ROOT / "docs" / "uncertainty.md").read_text(encoding="utf-8")
    _, tables = document.split(page.BEGIN)

    assert tables.count("\n### ") == 26
    assert f"{effort.FULL.audits:,} audits in each row" in tables
    assert f"drawn {effort.FULL.aequitas} times" in tables
    assert "Fairlearn" in tables
