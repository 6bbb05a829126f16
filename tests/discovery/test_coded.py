"""Columns into codes: what becomes a condition, and where numbers are cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import fairaudit
from fairaudit.discovery.coded import (
    MOST_CODES,
    Column,
    Top,
    code_numbers,
    code_values,
    edges_of_bins,
    edges_of_cut,
)
from fairaudit.slices.grammar import Cut, CutKind, parse_attributes


def numbers(values: list[float], *, bins: int, least: float = 1, searched: int | None = None) -> Column:
    people = np.arange(len(values)) < (len(values) if searched is None else searched)
    return code_numbers("x", np.array(values), people=people.astype(float), bins=bins, least=least)


def ranges(column: Column) -> set[tuple[float | str | None, float | None]]:
    return {(c.value, None) if c.value else (c.low, c.high) for c in column.conditions}


@pytest.mark.parametrize(
    ("values", "bins", "expected"),
    [
        pytest.param(range(8), 4, {(None, 2), (2, 4), (4, 6), (6, None), (None, 4), (None, 6), (2, None), (4, None)}, id="ranges, below and from each edge"),
        pytest.param([0, 0, 0, 1], 4, {("0", None), ("1", None)}, id="two values"),
        pytest.param([1, 2, 3], 4, {("1", None), ("2", None), ("3", None), (None, 3), (2, None)}, id="few values are named"),
        pytest.param([0] * 90 + list(range(1, 11)), 4, {("0", None), (1, None)}, id="mostly the smallest"),
        pytest.param([5, 5, 5], 4, set(), id="one value"),
    ],
)  # fmt: skip
def test_numbers_are_cut(
    values: list[float], bins: int, expected: set[tuple[float | None, float | None]]
) -> None:
    assert ranges(numbers(list(map(float, values)), bins=bins)) == expected


def test_missing_numbers_are_a_condition_of_their_own() -> None:
    column = numbers([1.0, 2.0, np.nan, np.nan], bins=2)
    (missing,) = [c for c in column.conditions if c.is_missing]
    assert column.codes.tolist() == [0, 1, missing.codes[0], missing.codes[0]]


def test_edges_are_those_of_the_search_half() -> None:
    column = numbers([1, 2, 3, 4, 100, 200, 300, 400], bins=2, searched=4)
    assert column.edges == (3.0,)
    assert column.codes.tolist() == [0, 0, 1, 1, 1, 1, 1, 1]
    assert all(c.value is None for c in column.conditions)


def test_a_value_that_only_the_other_half_holds_leaves_ranges_unnamed() -> None:
    column = numbers([1, 1, 2, 2, 2.5], bins=4, searched=4)
    assert ranges(column) == {("1", None), (2.0, None)}


def test_rare_texts_share_a_code_and_are_counted() -> None:
    places = np.array([0] * 5 + [1] * 5 + [2, 3])
    column = code_values("t", places, ["a", None, "c", "d"], people=np.ones(12), least=3)
    assert [(c.value, c.is_missing) for c in column.conditions] == [("a", False), (None, True)]
    assert column.codes.tolist() == [0] * 5 + [1] * 5 + [2, 2]
    assert column.left_out == 2


def test_the_most_frequent_of_very_many_texts_are_conditions() -> None:
    many = MOST_CODES + 20
    places = np.repeat(np.arange(many), np.arange(many) + 1)
    column = code_values("t", places, [str(i) for i in range(many)], people=np.ones(len(places)), least=1)
    assert [c.value for c in column.conditions] == [str(i) for i in range(20, many)]
    assert column.left_out == 20


def test_edges_fall_where_equally_many_people_are_and_not_equally_many_rows() -> None:
    values, people = np.array([5.0, 1, 2, 3, 4, np.nan]), np.array([1.0, 6, 2, 2, 1, 9])
    each = np.repeat(values, people.astype(int))
    for bins in (2, 3):
        assert edges_of_bins(values, people, bins=bins) == edges_of_bins(each, np.ones(len(each)), bins=bins)
        assert edges_of_bins(values, people, bins=bins) != edges_of_bins(values, np.ones(6), bins=bins)


@pytest.mark.parametrize("cut", ["mean", "median", "quartiles", "deciles", "5"])
def test_cuts_fall_where_those_of_slices_fall(cut: str) -> None:
    lot = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "x": np.round(lot.gamma(1, 3, 301), 1),
            "label": lot.integers(0, 2, 301),
            "score": lot.integers(0, 2, 301),
        }
    )
    (part,) = fairaudit.measure_slices(frame, features=f"x:{cut}").document.settings.attributes
    (attribute,) = parse_attributes([f"x:{cut}"], columns=["x"], file="", option="")
    asked = attribute.dimensions[0].cut
    assert asked is not None
    assert list(edges_of_cut(frame["x"].to_numpy(), np.ones(301), asked)) == part.edges["x"]


def test_a_cut_falls_above_the_smallest_value_where_most_people_share_that() -> None:
    cut = Cut(kind=CutKind.QUARTILES)
    assert edges_of_cut(np.array([0.0] * 9 + [3.0]), np.ones(10), cut) == (3.0,)
    assert edges_of_cut(np.zeros(4), np.ones(4), cut) == ()
    assert edges_of_cut(np.array([1.5e308, 1.7e308]), np.ones(2), Cut(kind=CutKind.MEAN)) == (1.6e308,)


def test_all_but_the_most_frequent_texts_are_one_condition() -> None:
    places = np.repeat(np.arange(6), [9, 7, 7, 4, 3, 5])
    names = ["a", "b", "c", "d", "(other)", None]
    top = Top(most=2, name="(other)", others=4)
    column = code_values("t", places, names, people=np.ones(35), least=1, top=top)
    assert [c.value for c in column.conditions] == ["a", "b", None, "(other)"]
    assert np.bincount(column.codes).tolist() == [9, 7, 5, 14]
    kept = code_values("t", places, names, people=np.ones(35), least=1, top=replace(top, kept=("d", "gone")))
    assert [c.value for c in kept.conditions] == ["d", None, "(other)"]
