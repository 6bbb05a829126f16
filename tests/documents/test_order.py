"""In which order groups are shown: in their own where they have one, else by what is worse; nobody is lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fairaudit as fa
from fairaudit.documents.order import has_natural_order, in_order, order_groups, order_of, orders_of
from fairaudit.slices.grammar import EVERYBODY_ELSE, MISSING_GROUP

NATURAL = {
    "deciles": ["1", "2", "3", "9", "10"],
    "ranges of a cut": ["below 25", "25 to below 40", "40 to below 100", "100 and above"],
    "ranges with thousands": ["below 1,000", "1,000 to below 20,000", "20,000 and above"],
    "ages of COMPAS": ["Less than 25", "25 - 45", "Greater than 45"],
    "ages with signs": ["<18", "18-24", "25-34", "65+"],
    "ages with words": ["up to 5 years", "6 to 17 years", "18 years or older"],
    "negative numbers": ["below -2.5", "-2.5 to below -.5", "-.5 to below 3", "3 and above"],
    "money": ["less than $50K", "$50K to $100K", "over $100K"],
    "doors of a car": ["2", "3", "4", "5more"],
    "persons of a car": ["2", "4", "more"],
    "prices of a car": ["low", "med", "high", "vhigh"],
    "boots of a car": ["small", "med", "big"],
    "risks": ["Low", "Medium", "High"],
    "risks with all rungs": ["very_low", "low", "medium", "high", "very-high"],
    "months": ["January", "Feb", "march", "Dec"],
    "days": ["Monday", "Tue", "Friday", "sunday"],
    "quarters": ["Q1", "Q2", "Q3", "Q4"],
    "rows of words and numbers": ["decile 1", "decile 2", "decile 10"],
    "ordinals": ["9th", "10th", "11th"],
    "dates": ["2019-12", "2020-02", "2020-11"],
    "intervals": ["[0, 20)", "[20, 40)", "[40, 100]"],
    "two columns": ["low * 2", "low * 10", "high * 2"],
}


@pytest.mark.parametrize("groups", NATURAL.values(), ids=NATURAL)
def test_an_order_that_everybody_expects_is_kept_whatever_is_worse(groups: list[str]) -> None:
    shuffled = groups[:]
    for seed in range(3):
        random.Random(seed).shuffle(shuffled)
        assert order_groups(shuffled, worst_first=reversed(groups)) == groups
        assert has_natural_order(shuffled)


@pytest.mark.parametrize(
    "groups",
    [
        ["Asian", "Other", "White"],
        ["II", "III", "IX"],
        ["low", "12"],
        ["F1", "M1"],
        ["high", "Tuesday"],
        ["School 2", "School 10"],
        ["Female * below 25", "Male * below 25"],
        ["S", "M"],
        ["Unknown", "Other"],
        ["25 - 45", "x" * 400],
        ["45 to 25", "5 to 1"],
    ],
)
def test_other_groups_stand_by_what_is_worse(groups: list[str]) -> None:
    assert not has_natural_order(groups)
    assert order_groups(groups, worst_first=reversed(groups)) == groups[::-1]
    # Who is not ranked follows, by name.
    assert order_groups(groups, worst_first=[groups[1]])[0] == groups[1]


def test_names_are_sorted_as_people_do_where_nothing_ranks_them() -> None:
    assert order_groups(["School 10", "School 2", "school 1"]) == ["school 1", "School 2", "School 10"]


def test_the_missing_the_unknown_and_everybody_else_come_last() -> None:
    assert order_groups([EVERYBODY_ELSE, MISSING_GROUP, "10", "Unknown", "9"]) == [
        "9",
        "10",
        "Unknown",
        MISSING_GROUP,
        EVERYBODY_ELSE,
    ]
    assert order_groups([MISSING_GROUP, "b", "a"], worst_first=[MISSING_GROUP, "b", "a"]) == [
        "b",
        "a",
        MISSING_GROUP,
    ]
    assert order_groups(["(missing) * 1", "2 * 1", "1 * 1"]) == ["1 * 1", "2 * 1", "(missing) * 1"]
    assert order_groups(["b", "not asked", "a"], worst_first=["not asked", "b"], last=["not asked"]) == [
        "b",
        "a",
        "not asked",
    ]


_NAMES = st.lists(
    st.one_of(
        st.sampled_from([group for groups in NATURAL.values() for group in groups]),
        st.sampled_from([MISSING_GROUP, EVERYBODY_ELSE, "Unknown", "", " * ", "1e400", "9" * 400]),
        st.text(max_size=30),
    ),
    max_size=12,
)


@given(names=_NAMES, ranked=_NAMES, seed=st.integers(0, 100))
def test_every_group_is_there_once_however_the_groups_were_listed(
    names: list[str], ranked: list[str], seed: int
) -> None:
    ordered = order_groups(names, worst_first=ranked)
    assert sorted(ordered) == sorted(set(names))
    shuffled = names[:]
    random.Random(seed).shuffle(shuffled)
    assert order_groups(shuffled, worst_first=ranked) == ordered
    assert order_groups(ordered, worst_first=ranked) == ordered


@given(names=_NAMES, ranked=_NAMES)
def test_those_behind_are_behind_all_others(names: list[str], ranked: list[str]) -> None:
    ordered = order_groups(names, worst_first=ranked)
    behind = [name in (MISSING_GROUP, EVERYBODY_ELSE) for name in ordered]
    assert behind[: len(behind) - sum(behind)] == [False] * (len(behind) - sum(behind))


def _table(folder: Path, cells: dict[tuple[str, int, int], int]) -> Path:
    file = folder / "people.csv"
    rows = [f"{score},{label},{group},{n}" for (group, score, label), n in cells.items()]
    file.write_text("\n".join(["score,label_value,group,n", *rows]) + "\n")
    return file


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("hurts", ["a", "c", "b", "few", MISSING_GROUP]),
        ("helps", ["b", "c", "a", "few", MISSING_GROUP]),
        (None, ["a", "c", "b", "few", MISSING_GROUP]),
    ],
)
def test_the_worst_off_come_first_where_groups_have_no_order(
    tmp_path: Path, effect: str | None, expected: list[str]
) -> None:
    selected = {"a": 80, "b": 20, "c": 50, "few": 2, "": 50}
    cells = {(group, 1, 0): n for group, n in selected.items()}
    cells |= {(group, 0, 0): (3 if group == "few" else 100) - n for group, n in selected.items()}
    audit = fa.audit(
        _table(tmp_path, cells),
        attributes=["group"],
        label="none",
        weight="n",
        metrics=["pprev"],
        effect=effect,
    )
    assert order_of(audit.bias, "group") == expected
    assert orders_of(audit.bias) == {"group": expected}
    parts = in_order(audit.bias.disparities, orders_of(audit.bias), key=lambda d: (d.attribute, d.group))
    assert list(dict.fromkeys(d.group for d in parts)) == expected


def test_parts_of_no_order_keep_their_places() -> None:
    parts = [("b", "2"), ("a", "y"), ("b", "1"), ("a", "x"), ("b", "0")]
    assert in_order(parts, {"b": ["1", "2"]}, key=lambda part: part) == [
        ("b", "1"),
        ("b", "2"),
        ("b", "0"),
        ("a", "y"),
        ("a", "x"),
    ]
