"""Attributes as typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.errors import ColumnMissing, FairauditError, OptionError
from fairaudit.slices.grammar import (
    MOST_BINS,
    Attribute,
    Cut,
    CutKind,
    Dimension,
    parse_attributes,
    range_names,
)

COLUMNS = ("race", "sex", "age", "a:b", "a*b", "x,y", "a=b", "25", " padded ", 'quo"te')


def parse(*typed: str) -> tuple[Attribute, ...]:
    return parse_attributes(typed, columns=COLUMNS, file="p.csv", option="--attribute")


def names(*typed: str) -> list[str]:
    return [attribute.name for attribute in parse(*typed)]


def cut_of(typed: str) -> Cut | None:
    ((attribute,),) = (parse(typed),)
    (dimension,) = attribute.dimensions
    return dimension.cut


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param(["race"], ["race"], id="one"),
        pytest.param(["race", "sex"], ["race", "sex"], id="the option repeated"),
        pytest.param(["race,sex"], ["race", "sex"], id="a comma list"),
        pytest.param([" race , sex "], ["race", "sex"], id="blanks around the comma"),
        pytest.param(["race,sex", "age:median"], ["race", "sex", "age:median"], id="both"),
        pytest.param(["age:25,45,race"], ["age:25,45", "race"], id="edges before another attribute"),
        pytest.param(["race,age:25,45"], ["race", "age:25,45"], id="edges behind another attribute"),
        pytest.param(["race*sex"], ["race*sex"], id="intersection"),
        pytest.param(["race * sex"], ["race*sex"], id="intersection with blanks"),
        pytest.param(["race*age:25,45"], ["race*age:25,45"], id="intersection with edges"),
        pytest.param(
            ["race*age:25,45*sex"], ["race*age:25,45*sex"], id="edges in the middle of an intersection"
        ),
        pytest.param(["race*sex*age:median"], ["race*sex*age:median"], id="three"),
        pytest.param(["sex*race", "race*sex"], ["sex*race", "race*sex"], id="both orders are two attributes"),
        pytest.param(["a:b"], ["a:b"], id="a column with a colon"),
        pytest.param(["a*b"], ["a*b"], id="a column with an asterisk"),
        pytest.param(["x,y"], ["x,y"], id="a column with a comma"),
        pytest.param(["a=b"], ["a=b"], id="a column with an equals sign"),
        pytest.param([" padded "], [" padded "], id="a column with blanks around"),
        pytest.param(['quo"te'], ['quo"te'], id="a column with a quote"),
        pytest.param(["age:5,25"], ["age:5", "25"], id="a number that is a column's name is that column"),
        pytest.param(["a:b:median"], ["a:b:median"], id="a cut of a column with a colon"),
        pytest.param(["age:25.0"], ["age:25.0"], id="one edge keeps its point"),
        pytest.param(["age:0.1,0.2"], ["age:0.1,0.2"], id="decimal edges"),
        pytest.param(["age:1000000.5,1000001.5"], ["age:1000000.5,1000001.5"], id="edges keep their digits"),
        pytest.param(["age:25.0", "age:25"], ["age:25.0", "age:25"], id="an edge and a number of bins"),
        pytest.param(["age:1e5"], ["age:100000.0"], id="one edge with an exponent"),
        pytest.param(["age:-1e+300"], ["age:-1e+300"], id="one edge keeps its exponent"),
    ],
)
def test_what_is_typed_gives_these_attributes(typed: list[str], expected: list[str]) -> None:
    assert names(*typed) == expected


@pytest.mark.parametrize(
    ("typed", "cut"),
    [
        ("age", None),
        ("age:mean", Cut(kind=CutKind.MEAN)),
        ("age:median", Cut(kind=CutKind.MEDIAN)),
        ("age:quartiles", Cut(kind=CutKind.QUARTILES)),
        ("age:5", Cut(kind=CutKind.BINS, bins=5)),
        ("age:2", Cut(kind=CutKind.BINS, bins=2)),
        (f"age:{MOST_BINS}", Cut(kind=CutKind.BINS, bins=MOST_BINS)),
        ("age:26,45", Cut(kind=CutKind.EDGES, edges=(26.0, 45.0))),
        ("age:26.0", Cut(kind=CutKind.EDGES, edges=(26.0,))),
        ("age:.5", Cut(kind=CutKind.EDGES, edges=(0.5,))),
        ("age:-1,0,1e3", Cut(kind=CutKind.EDGES, edges=(-1.0, 0.0, 1000.0))),
    ],
)
def test_cuts(typed: str, cut: Cut | None) -> None:
    assert cut_of(typed) == cut


def test_the_dimensions_of_an_intersection() -> None:
    (attribute,) = parse("race*age:median")
    assert attribute.dimensions == (
        Dimension(column="race"),
        Dimension(column="age", cut=Cut(kind=CutKind.MEDIAN)),
    )


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param(
            ["rcae"],
            "p.csv has no column 'rcae'. Did you mean 'race'? Its columns are 'race', 'sex', 'age', 'a:b', 'a*b', "
            "'x,y', 'a=b', '25', ' padded ', 'quo\"te'.",
            id="no such column",
        ),
        pytest.param(
            ["gae:median"],
            "p.csv has no column 'gae'. Did you mean 'age'? Its columns are 'race', 'sex', 'age', 'a:b', 'a*b', "
            "'x,y', 'a=b', '25', ' padded ', 'quo\"te'.",
            id="no such column to cut",
        ),
        pytest.param([""], "--attribute: '' names no column.", id="nothing"),
        pytest.param(["race", ","], "--attribute: ',' names no column.", id="a comma alone"),
        pytest.param(
            ["race*"],
            "--attribute: 'race*' lacks a column behind its last *. An intersection is written as in 'race*sex'.",
            id="half an intersection",
        ),
        pytest.param(
            ["*race"],
            "--attribute: '*race' lacks a column before its first *. An intersection is written as in 'race*sex'.",
            id="the other half",
        ),
        pytest.param(
            ["race**sex"],
            "--attribute: 'race**sex' lacks a column between two *. An intersection is written as in 'race*sex'.",
            id="two crosses",
        ),
        pytest.param(
            [":25,45"],
            "--attribute: ':25,45' names no column before its colon. A cut is written as in 'age:25,45'.",
            id="a cut of nothing",
        ),
        pytest.param(["race", "race"], "--attribute: names 'race' twice.", id="twice"),
        pytest.param(["race,race"], "--attribute: names 'race' twice.", id="twice in a list"),
        pytest.param(
            ["race*race"], "--attribute: 'race*race' crosses a column with itself.", id="crossed with itself"
        ),
        pytest.param(
            ["age*age:median"],
            "--attribute: 'age*age:median' crosses a column with itself.",
            id="crossed with its own cut",
        ),
        pytest.param(
            ["age:mediam"],
            "--attribute: 'age:mediam' does not say how to cut the column. Did you mean 'median'? "
            "Give edges (25,45), a number of equal-count bins (5), mean, median, quartiles or deciles; or top20 for the 20 most frequent values.",
            id="a cut with a typo",
        ),
        pytest.param(
            ["age:"],
            "--attribute: 'age:' does not say how to cut the column. "
            "Give edges (25,45), a number of equal-count bins (5), mean, median, quartiles or deciles; or top20 for the 20 most frequent values.",
            id="no cut",
        ),
        pytest.param(
            ["age:1"],
            "--attribute: 'age:1': 1 is no number of bins from 2 to 50. Write 1.0 for one edge.",
            id="one bin",
        ),
        pytest.param(
            ["age:65"],
            "--attribute: 'age:65': 65 is no number of bins from 2 to 50. Write 65.0 for one edge.",
            id="too many bins",
        ),
        pytest.param(["age:45,26"], "--attribute: 'age:45,26': the edges do not rise.", id="edges that fall"),
        pytest.param(["age:26,26"], "--attribute: 'age:26,26': the edges do not rise.", id="equal edges"),
        pytest.param(
            ["age:1,1e999"], "--attribute: 'age:1,1e999': an edge is out of range.", id="an edge out of range"
        ),
    ],
)
def test_what_cannot_be_understood(typed: list[str], sentence: str) -> None:
    with pytest.raises(FairauditError) as caught:
        parse(*typed)
    assert str(caught.value) == sentence
    assert isinstance(caught.value, ColumnMissing | OptionError)


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([25.0], ("below 25", "25 and above")),
        ([25.0, 45.0], ("below 25", "25 to below 45", "45 and above")),
        ([0.1, 0.25], ("below 0.1", "0.1 to below 0.25", "0.25 and above")),
        (
            [1.0000001, 1.0000002],
            ("below 1.0000001", "1.0000001 to below 1.0000002", "1.0000002 and above"),
        ),
    ],
)
def test_names_of_ranges(edges: list[float], expected: tuple[str, ...]) -> None:
    assert range_names(edges) == expected


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6, unique=True).map(
        sorted
    )
)
def test_every_range_has_a_name_of_its_own(edges: list[float]) -> None:
    assert len(set(range_names(edges))) == len(edges) + 1


@given(st.text(max_size=30))
def test_whatever_is_typed_gives_attributes_or_an_error_of_ours(typed: str) -> None:
    try:
        found = parse(typed)
    except FairauditError:
        return
    assert all(d.column in COLUMNS for attribute in found for d in attribute.dimensions)


@pytest.mark.parametrize(
    ("cut", "shares"),
    [
        (Cut(kind=CutKind.MEAN), ()),
        (Cut(kind=CutKind.EDGES, edges=(1.0,)), ()),
        (Cut(kind=CutKind.MEDIAN), (0.5,)),
        (Cut(kind=CutKind.QUARTILES), (0.25, 0.5, 0.75)),
        (Cut(kind=CutKind.BINS, bins=5), (0.2, 0.4, 0.6, 0.8)),
    ],
    ids=lambda value: str(value.kind) if isinstance(value, Cut) else "",
)
def test_quantiles_of_a_cut(cut: Cut, shares: tuple[float, ...]) -> None:
    assert cut.shares == pytest.approx(shares)
