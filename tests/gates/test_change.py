"""Gates on change: each group beside itself in a baseline, by its own noise, and what a policy waives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from scipy.stats import binom

from fairaudit.count.counts import Counted, Counts, GroupCounts
from fairaudit.disparity.verdicts import Verdict
from fairaudit.errors import GateError
from fairaudit.gates.asked import NEW_GROUP, VANISHED, Baseline
from fairaudit.gates.evaluate import Evaluated, Outcome, evaluate, read_gates
from fairaudit.inference import paired
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.measure import measure
from fairaudit.settings.choices import ScoreKind

TODAY = dt.date(2026, 11, 26)
DROP = {"metric": "accuracy", "attribute": "g", "max_drop": "0.02"}


def right(**groups: tuple[int, int]) -> Measured:
    """Groups of which so many of so many are decided rightly."""
    members = tuple(
        GroupCounts(
            attribute="g",
            group=name,
            counts=Counts(n=n, selected=x, tp=x, fp=0, fn=n - x, tn=0),
        )
        for name, (x, n) in groups.items()
    )
    cells = {key: sum(getattr(m.counts, key) for m in members) for key in ("n", "selected", "tp", "fn")}
    overall = Counts(**cells, fp=0, tn=0)
    return measure(Counted(overall=overall, groups=members, scores=ScoreKind.DECISIONS))


def ask(
    gate: Mapping[str, Any],
    before: Measured,
    now: Measured,
    correlations: Mapping[tuple[str, str, str], float] | None = None,
    today: dt.date = TODAY,
) -> Evaluated:
    gates = read_gates([gate], file="x.toml")
    return evaluate(
        gates,
        now,
        baseline=Baseline(measured=before, correlations=correlations or {}),
        today=today,
    )


@pytest.mark.parametrize(
    ("limit", "now", "verdict"),
    [
        pytest.param({"max_drop": "0.02"}, 880, Verdict.PASS, id="exactly as much lower"),
        pytest.param({"max_drop": "0.02"}, 879, Verdict.FAIL, id="a little lower"),
        pytest.param({"max_drop": "0.02"}, 990, Verdict.PASS, id="higher"),
        pytest.param({"max_difference": "0.02", "reference": "baseline"}, 921, Verdict.FAIL, id="either way"),
        pytest.param({"ratio_within": "0.9", "reference": "baseline"}, 810, Verdict.PASS, id="nine tenths"),
        pytest.param({"ratio_within": "0.9", "reference": "baseline"}, 809, Verdict.FAIL, id="below these"),
        pytest.param({"max_drop": "0.02", "max_rise": "0.01"}, 911, Verdict.FAIL, id="beyond the rise"),
    ],
)
def test_limits_by_the_point_are_exact(limit: dict[str, str], now: int, verdict: Verdict) -> None:
    gate = {"metric": "accuracy", "attribute": "g", "decide": "point", **limit}
    evaluated = ask(gate, right(a=(900, 1000), b=(500, 1000)), right(a=(now, 1000), b=(500, 1000)))
    (result,) = evaluated.results
    assert {f.group: f.verdict for f in result.findings} == {"a": verdict, "b": Verdict.PASS}
    first = next(f for f in result.findings if f.group == "a")
    assert first.reference is not None
    assert first.reference.exact == Fraction(9, 10)


def test_each_group_is_judged_by_its_own_noise() -> None:
    before = right(many=(9000, 10000), few=(45, 50), same=(9000, 10000))
    now = right(many=(8500, 10000), few=(42, 50), same=(9000, 10000))
    (result,) = ask(DROP, before, now).results
    assert {f.group: f.verdict for f in result.findings} == {
        "many": Verdict.FAIL,
        "few": Verdict.UNDECIDED,
        "same": Verdict.PASS,
    }
    assert result.family == 3


def test_pairs_decide_what_different_people_leave_open() -> None:
    before, now = right(a=(1800, 2000)), right(a=(1730, 2000))
    apart = ask(DROP, before, now)
    assert (apart.exit_code, apart.results[0].outcome) == (3, Outcome.UNDECIDED)
    correlation = paired.correlation_of((1800, 2000), (1730, 2000), (1725, 75, 5, 195))
    beside = ask(DROP, before, now, {("g", "a", "accuracy"): correlation})
    (finding,) = beside.results[0].findings
    low, high = paired.difference_interval((1800, 2000), (1730, 2000), correlation, confidence=0.95)
    assert finding.interval == pytest.approx((float(low), float(high)))
    assert (beside.exit_code, beside.results[0].outcome) == (1, Outcome.FAILED)
    (alone,) = apart.results[0].findings
    assert alone.interval is not None
    assert finding.interval is not None
    assert finding.interval[1] - finding.interval[0] < 0.51 * (alone.interval[1] - alone.interval[0])


def test_groups_that_come_and_go_are_undecided_and_said() -> None:
    (result,) = ask(DROP, right(a=(90, 100), gone=(50, 60)), right(a=(90, 100), new=(5, 60))).results
    reasons = {f.group: (f.verdict, f.reason) for f in result.findings}
    assert reasons["new"] == (Verdict.UNDECIDED, NEW_GROUP)
    assert reasons["gone"] == (Verdict.UNDECIDED, VANISHED)


def test_without_a_baseline_nothing_can_be_asked() -> None:
    with pytest.raises(GateError, match="compares with a baseline, and none is named"):
        evaluate(read_gates([DROP], file="x"), right(a=(9, 10)))


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ({"metric": "fpr", "max_drop": 0.02}, "a lower fpr is better, and no loss. Use max_rise"),
        ({"metric": "f1", "max_rise": 0.02}, "a higher f1 is better, and no loss. Use max_drop"),
        ({"metric": "f1", "max_drop": 1.5}, "'max_drop': 1.5 is not from 0 to below 1"),
        ({"metric": "f1", "max_drop": "much"}, "'max_drop': 'much' is no number"),
        ({"metric": "f1", "max_drop": 0.1, "min": 0.5}, "'max_drop' and 'min' exclude each other"),
        ({"metric": "f1", "max_drop": 0.1, "reference": "max"}, "is of the baseline, and 'reference' names"),
        ({"metric": "f1", "min": 0.1, "reference": "baseline"}, "min and max are of the group's own value"),
        ({"metric": "ppr", "ratio_within": 0.9, "reference": "baseline"}, "Use the metric pprev"),
        ({"metric": "brier", "max_rise": 0.1}, 'Say decide = "point"'),
    ],
)
def test_what_makes_no_sense_is_refused(gate: dict[str, Any], message: str) -> None:
    with pytest.raises(GateError) as refused:
        read_gates([{"attribute": "g", **gate}], file="x")
    assert message in str(refused.value)


# Waivers.


def waive(group: str = "a", until: object = dt.date(2027, 3, 1), why: object = "a new model comes") -> Any:
    return {"group": group, "until": until, "why": why}


BEFORE, WORSE = right(a=(9000, 10000), b=(9000, 10000)), right(a=(7000, 10000), b=(9000, 10000))


@pytest.mark.parametrize(
    ("today", "outcome", "code"),
    [
        pytest.param(dt.date(2027, 3, 1), Outcome.WAIVED, 0, id="its last day"),
        pytest.param(dt.date(2027, 3, 2), Outcome.FAILED, 1, id="the day after"),
    ],
)
def test_a_waiver_counts_until_its_day(today: dt.date, outcome: Outcome, code: int) -> None:
    evaluated = ask({**DROP, "waive": waive("g=a")}, BEFORE, WORSE, today=today)
    (result,) = evaluated.results
    assert (result.outcome, result.verdict, evaluated.exit_code) == (outcome, Verdict.FAIL, code)
    assert [one.holds for one in result.waived] == [code == 0]
    assert result.findings[0].group == "a"


def test_a_waiver_covers_no_other_group_and_no_other_outcome() -> None:
    both = right(a=(7000, 10000), b=(6000, 10000))
    (result,) = ask({**DROP, "waive": waive()}, BEFORE, both).results
    assert result.outcome is Outcome.FAILED
    assert [(f.group, f.waived) for f in result.findings] == [("b", False), ("a", True)]
    (result,) = ask({**DROP, "waive": [waive("a"), waive("b")]}, BEFORE, both).results
    assert result.outcome is Outcome.WAIVED
    open_now = right(a=(7000, 10000), b=(8800, 10000))
    (result,) = ask({**DROP, "waive": waive()}, BEFORE, open_now).results
    assert result.outcome is Outcome.UNDECIDED
    (result,) = ask({**DROP, "waive": waive()}, BEFORE, BEFORE).results
    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("waiver", "message"),
    [
        ("a", "'waive' has to be a table or a list of tables, and is 'a'"),
        ({"group": "a"}, "'waive' does not say 'until'"),
        ({"group": "a", "until": dt.date(2027, 1, 1)}, "'waive' does not say 'why'"),
        (waive(why=" "), "'why' has to be a text that says something, and is ' '"),
        (waive(until="2027-03-01"), "'until' is the text '2027-03-01', and has to be a day"),
        (waive(until=dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)), "'until' has to be a day, and is"),
        (waive(until=2027), "'until' has to be a day, and is 2027"),
        ({**waive(), "grup": 1}, "'waive' has an unknown key 'grup'. Did you mean 'group'"),
        ([waive(), waive()], "'a' is waived twice"),
        (waive("aa"), "'aa' is no group of this gate. Did you mean 'a'? Its groups are 'g=a', 'g=b'"),
    ],
)
def test_a_broken_waiver_is_one_error_that_names_the_line(waiver: object, message: str) -> None:
    text = '\n[[gate]]\nmetric = "accuracy"\nattribute = "g"\nmax_drop = 0.02\nwaive = …\n[[gate]]\n'
    with pytest.raises(GateError) as refused:
        evaluate(
            read_gates([{**DROP, "waive": waiver}], file="x.toml", text=text.removesuffix("[[gate]]\n")),
            WORSE,
            baseline=Baseline(measured=BEFORE),
        )
    assert str(refused.value).startswith("x.toml, line 6, gate ")
    assert message in str(refused.value)


@pytest.mark.parametrize("n", [60, 200, 450])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_where_few_have_changed_a_true_drop_of_the_limit_rarely_passes(n: int, share: float) -> None:
    """By enumeration: of n people of whom each is wrong now by the chance of the limit, and was right, so many pass."""
    right_before = round(n * share)
    passing = 0.0
    for lost in range(n // 20):
        now = right_before - lost
        correlation = paired.correlation_of((right_before, n), (now, n), (now, lost, 0, n - right_before))
        evaluated = ask(
            DROP, right(a=(right_before, n)), right(a=(now, n)), {("g", "a", "accuracy"): correlation}
        )
        passing += binom.pmf(lost, n, 0.02) * (evaluated.results[0].verdict is Verdict.PASS)
    assert passing <= 0.055
