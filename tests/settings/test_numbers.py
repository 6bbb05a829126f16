"""Whole numbers of settings, however somebody writes them."""

from __future__ import annotations

import pytest

from fairaudit.settings.numbers import whole_number

LARGEST = 10**18 - 1


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("+7", 7),
        ("-7", -7),
        ("007", 7),
        (7.0, 7),
        (8, 8),
        (LARGEST, LARGEST),
        ("0" * 50 + "1", 1),
    ],
)
def test_read_as_everybody_writes_them(typed: object, value: int) -> None:
    assert whole_number(typed) == value


@pytest.mark.parametrize(
    ("typed", "bounds", "problem"),
    [
        ("9" * 20, {}, f"{'9' * 20} is above {LARGEST}."),
        (10**20, {}, f"1{'0' * 20} is above {LARGEST}."),
        ("-" + "9" * 20, {}, f"-{'9' * 20} is below -{LARGEST}."),
        ("9" * 20, {"least": 1, "most": 50}, f"{'9' * 20} is above 50."),
        ("-" + "9" * 20, {"least": 1, "most": 50}, f"-{'9' * 20} is below 1."),
        ("9" * 5000, {}, f"{'9' * 59}… is above {LARGEST}."),
        pytest.param(10**5000, {"most": 50}, "is above 50.", id="very large"),
        pytest.param(-(10**5000), {"least": 2}, "is below 2.", id="very small"),
        ("-3", {"least": 1}, "-3 is below 1."),
        ("1e3", {}, "'1e3' is no whole number in digits: write 1000."),
        ("1_000", {}, "'1_000' is no whole number in digits: write 1000."),
        ("12,345,678", {}, "'12,345,678' is no whole number in digits: write 12345678."),
        ("3.0", {}, "'3.0' is no whole number in digits: write 3."),
        ("٣", {}, "'٣' is no whole number in digits: write 3."),
        ("1,5", {}, "'1,5' is not a whole number."),
        ("7.5", {}, "'7.5' is not a whole number."),
        (7.5, {}, "7.5 is not a whole number."),
        ("1e99", {}, "'1e99' is not a whole number."),
        ("²", {}, "'²' is not a whole number."),
        ("", {}, "'' is not a whole number."),
        ("inf", {}, "'inf' is not a whole number."),
    ],
)
def test_others_are_told_what_would_be_right(typed: object, bounds: dict[str, int], problem: str) -> None:
    with pytest.raises(ValueError, match="is ") as caught:
        whole_number(typed, **bounds)
    assert str(caught.value).endswith(problem)
