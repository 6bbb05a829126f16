"""Which slice is named the poorest: none of few people, and none that is better than everybody."""

from __future__ import annotations

import pytest

from fairaudit.documents.parts import DistancePart, EstimatePart
from fairaudit.documents.ranking import Slice, poorest_slice, rank_slices
from fairaudit.render.words.people import WORDS
from fairaudit.render.words.slices import slices_told, too_few_text


def estimate(
    value: float | None, ci: tuple[float, float] | None = None, *, small: bool = False
) -> EstimatePart:
    return EstimatePart(
        value=value, numerator=None, denominator=None, ci=ci, small=small, reason=None, ci_reason=None
    )


def distance(value: float | None, ci: tuple[float, float] | None, *, of: int = 4) -> DistancePart:
    return DistancePart(
        difference=value,
        ci=ci,
        joint_ci=ci,
        joint_confidence=None if ci is None else 1 - 0.05 / of,
        chosen_from=None if ci is None else of,
        reason=None,
    )


def made(
    name: str,
    metric: str,
    value: EstimatePart,
    away: DistancePart | None = None,
    *,
    n: int = 100,
    small: bool = False,
) -> Slice:
    vs_rest = {} if away is None else {metric: away}
    return Slice(feature="g", name=name, n=n, small=small, metrics={metric: value}, vs_rest=vs_rest)


EVERYBODY = estimate(0.7)


def f1(name: str, value: float | None, ci: tuple[float, float] | None = None, **more: bool | int) -> Slice:
    """Make a slice whose interval is as far from everybody else's 0.7 as its own."""
    away = None
    if value is not None:
        low, high = ci or (value, value)
        away = distance(value - 0.7, (low - 0.7, high - 0.7))
    return made(name, "f1", estimate(value, ci), away, **more)  # type: ignore[arg-type]


class TestPoorest:
    def test_even_at_the_better_end_of_its_interval(self) -> None:
        wide, narrow = f1("wide", 0.5, (0.2, 0.8)), f1("narrow", 0.6, (0.58, 0.62))
        found = poorest_slice([wide, narrow], "f1")
        assert found is not None
        assert (found.slice, found.is_sure, found.chosen_from) == (narrow, True, 4)

    @pytest.mark.parametrize(
        "others",
        [
            [f1("better", 0.9, (0.8, 0.95))],
            [f1("better", 0.9), f1("few", 0.1, small=True)],
            [f1("the same", 0.7)],
            [made("few in a denominator", "f1", estimate(0.1, small=True), distance(-0.6, (-0.9, -0.1)))],
            [f1("undefined", None)],
            [made("everybody", "f1", estimate(0.7), distance(None, None))],
            [],
        ],
        ids=lambda slices: " and ".join(s.name for s in slices) or "none",
    )
    def test_there_may_be_none(self, others: list[Slice]) -> None:
        assert poorest_slice(others, "f1") is None

    def test_one_that_is_better_than_everybody_gives_way_to_one_that_is_worse(self) -> None:
        # By the better ends of their intervals alone the better one would come first.
        better, worse = f1("better", 0.71, (0.70, 0.72)), f1("worse", 0.69, (0.5, 0.9))
        assert rank_slices([better, worse], "f1") == [better, worse]
        found = poorest_slice([better, worse], "f1")
        assert found is not None
        assert (found.slice, found.is_sure) == (worse, False)

    def test_one_that_is_so_beyond_chance_comes_before_one_that_may_not_be(self) -> None:
        # A slice's own interval leaves out what everybody else are not sure of.
        first = made("first", "f1", estimate(0.5, (0.4, 0.6)), distance(-0.2, (-0.45, 0.05)))
        sure = made("sure", "f1", estimate(0.6, (0.55, 0.65)), distance(-0.1, (-0.18, -0.02)))
        assert rank_slices([first, sure], "f1") == [first, sure]
        found = poorest_slice([first, sure], "f1")
        assert found is not None
        assert (found.slice, found.is_sure) == (sure, True)

    def test_of_errors_the_highest_is_the_worst(self) -> None:
        low = made("low", "fpr", estimate(0.1), distance(-0.1, (-0.2, -0.05)))
        high = made("high", "fpr", estimate(0.4, (0.3, 0.5)), distance(0.2, (0.1, 0.3)))
        found = poorest_slice([low, high], "fpr")
        assert found is not None
        assert (found.slice, found.is_sure) == (high, True)


def told(slices: list[Slice], everybody: EstimatePart, metric: str = "f1") -> str:
    finding, more = slices_told(slices, everybody, metric, WORDS)
    return " ".join([finding, *more])


class TestFinding:
    def test_beyond_chance(self) -> None:
        slices = [f1("bad", 0.5, (0.4, 0.6)), f1("good", 0.9, (0.8, 1.0)), f1("few", 0.1, small=True, n=9)]
        assert told(slices, EVERYBODY) == (
            'The poorest slice is people with g "bad": F1 score 0.500, everybody 0.700. '
            "100 people; to everybody else it is −0.200, 98.8% interval −0.300 to −0.100, as it was chosen from 4 slices. "
            'Too few to rank: people with g "few" (9).'
        )

    def test_no_evidence(self) -> None:
        slices = [f1("bad", 0.6, (0.4, 0.8)), f1("good", 0.9, (0.8, 1.0))]
        assert told(slices, EVERYBODY) == (
            'No slice is surely poorer than the rest; farthest off are people with g "bad": F1 score 0.600, everybody 0.700. '
            "100 people; to everybody else it is −0.100, 98.8% interval −0.300 to +0.100, as it was chosen from 4 slices."
        )

    def test_the_only_slice_was_not_chosen(self) -> None:
        only = made("only", "f1", estimate(0.5, (0.4, 0.6)), distance(-0.2, (-0.3, -0.1), of=1))
        assert told([only], EVERYBODY).endswith("95% interval −0.300 to −0.100.")

    def test_nothing_is_poorer_or_known(self) -> None:
        assert told([f1("good", 0.9, (0.8, 1.0))], EVERYBODY) == (
            "No slice of enough people is poorer than everybody: F1 score 0.700."
        )
        assert told([f1("few", 0.1, small=True)], EVERYBODY).startswith(
            "Of no slice of enough people the F1 score is known."
        )

    def test_of_shares_the_lowest_is_not_called_poor(self) -> None:
        low = made("low", "pprev", estimate(0.1), distance(-0.1, (-0.2, -0.05)))
        assert told([low], estimate(0.2), "pprev").startswith('The lowest slice is people with g "low"')
        maybe = made("low", "pprev", estimate(0.1), distance(-0.1, (-0.2, 0.05)))
        assert told([maybe], estimate(0.2), "pprev").startswith("No slice is surely lower than the rest;")


def test_small_and_undefined_slices_come_last() -> None:
    slices = [f1("undefined", None), f1("few", 0.1, small=True), f1("good", 0.9), f1("bad", 0.2)]
    assert [s.name for s in rank_slices(slices, "f1")] == ["bad", "good", "few", "undefined"]


def test_small_slices_are_named_the_largest_first() -> None:
    slices = [f1("a", 0.1, n=3, small=True), f1("b", 0.1, n=9, small=True), f1("c", 0.5)]
    assert (
        too_few_text(slices, "f1", WORDS)
        == 'too few to rank: people with g "b" (9) and people with g "a" (3)'
    )
    assert too_few_text(slices[2:], "f1", WORDS) == ""
