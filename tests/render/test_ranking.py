"""Which slice is named the poorest: none of few people, and none that is better than everybody."""

from __future__ import annotations

import pytest

from fairaudit.render.documents import EstimatePart
from fairaudit.render.ranking import Slice, poorest_slice, rank_slices, small_slices


def estimate(
    value: float | None, ci: tuple[float, float] | None = None, *, small: bool = False
) -> EstimatePart:
    return EstimatePart(
        value=value, numerator=None, denominator=None, ci=ci, small=small, reason=None, ci_reason=None
    )


def made(name: str, metric: str, value: EstimatePart, *, n: int = 100, small: bool = False) -> Slice:
    return Slice(feature="g", name=name, n=n, small=small, metrics={metric: value})


EVERYBODY = estimate(0.7)


def f1(name: str, value: float | None, ci: tuple[float, float] | None = None, **more: bool | int) -> Slice:
    return made(name, "f1", estimate(value, ci), **more)  # type: ignore[arg-type]


class TestPoorest:
    def test_even_at_the_better_end_of_its_interval(self) -> None:
        wide, narrow = f1("wide", 0.5, (0.2, 0.8)), f1("narrow", 0.6, (0.58, 0.62))
        assert poorest_slice([wide, narrow], EVERYBODY, "f1") == narrow

    @pytest.mark.parametrize(
        "others",
        [
            [f1("better", 0.9, (0.8, 0.95))],
            [f1("better", 0.9), f1("few", 0.1, small=True)],
            [f1("the same", 0.7)],
            [made("few in a denominator", "f1", estimate(0.1, small=True))],
            [f1("undefined", None)],
            [],
        ],
        ids=lambda slices: " and ".join(s.name for s in slices) or "none",
    )
    def test_there_may_be_none(self, others: list[Slice]) -> None:
        assert poorest_slice(others, EVERYBODY, "f1") is None

    def test_one_that_is_better_than_everybody_gives_way_to_one_that_is_worse(self) -> None:
        # By the better ends of their intervals alone the better one would come first.
        better, worse = f1("better", 0.71, (0.70, 0.72)), f1("worse", 0.69, (0.5, 0.9))
        assert rank_slices([better, worse], "f1") == [better, worse]
        assert poorest_slice([better, worse], EVERYBODY, "f1") == worse

    def test_of_errors_the_highest_is_the_worst(self) -> None:
        low, high = made("low", "fpr", estimate(0.1)), made("high", "fpr", estimate(0.4, (0.3, 0.5)))
        assert poorest_slice([low, high], estimate(0.2), "fpr") == high

    def test_nobody_is_worse_than_what_is_undefined(self) -> None:
        assert poorest_slice([f1("a", 0.1)], estimate(None), "f1") is None


def test_small_and_undefined_slices_come_last() -> None:
    slices = [f1("undefined", None), f1("few", 0.1, small=True), f1("good", 0.9), f1("bad", 0.2)]
    assert [s.name for s in rank_slices(slices, "f1")] == ["bad", "good", "few", "undefined"]


def test_small_slices_are_named_the_largest_first() -> None:
    slices = [f1("a", 0.1, n=3, small=True), f1("b", 0.1, n=9, small=True), f1("c", 0.5)]
    assert small_slices(slices, "f1") == "too few to rank: g = b (9), g = a (3)"
    assert small_slices(slices, "f1", most=1) == "too few to rank: g = b (9) and 1 more"
    assert small_slices(slices[2:], "f1") == ""
