"""What is left of a gap within another attribute, as Mantel and Haenszel define it, on made-up tables."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.count.counts import Counts
from fairaudit.disparity.within import LEAST_SHARED, gaps_within
from fairaudit.settings.limits import Band
from fairaudit.slices.grammar import EVERYBODY_ELSE

GROUPS, STRATA = ("a", "b", "c"), ("x", "y", "z")
CELLS = st.lists(st.one_of(st.just(0), st.integers(0, 40)), min_size=4, max_size=4)
TABLES = st.dictionaries(st.tuples(st.sampled_from(GROUPS), st.sampled_from(STRATA)), CELLS, min_size=2)


def counts(cells: list[int]) -> Counts:
    tp, fp, fn, tn = cells
    return Counts(n=sum(cells), selected=tp + fp, tp=tp, fp=fp, fn=fn, tn=tn)


def by_definition(
    table: Mapping[tuple[str, str], list[int]], group: str, reference: str, unknown: str
) -> Fraction | None:
    """Add up, stratum by stratum, the false positives of two sides of those with label 0."""
    upper = lower = Fraction(0)
    compared = people = 0
    for stratum in STRATA:
        sides: list[tuple[int, int]] = []
        for wanted in (
            [group],
            [g for g in GROUPS if g != group] if reference == EVERYBODY_ELSE else [reference],
        ):
            cells = [table[g, stratum] for g in wanted if (g, stratum) in table]
            sides.append((sum(c[1] for c in cells), sum(c[1] + c[3] for c in cells)))
        (x1, n1), (x2, n2) = sides
        people += n1
        if n1 and n2 and stratum != unknown:
            compared += n1
            upper += Fraction(x1 * n2, n1 + n2)
            lower += Fraction(x2 * n1, n1 + n2)
    return upper / lower if lower and compared >= LEAST_SHARED * people else None


@given(TABLES, st.sampled_from(("b", EVERYBODY_ELSE)), st.sampled_from(("", "y")))
def test_a_gap_within_another_attribute(
    table: dict[tuple[str, str], list[int]], reference: str, unknown: str
) -> None:
    gap: Any = SimpleNamespace(
        attribute="own",
        group="a",
        metric="fpr",
        ratio=Fraction(2),
        reference_group=reference,
        estimate=SimpleNamespace(numerator=3, denominator=5),
        reference=SimpleNamespace(numerator=2, denominator=7),
    )
    pairs = {"own": {"other": {key: counts(cells) for key, cells in table.items()}}}
    # No ratio is above this limit, so that every one is told.
    found = gaps_within([gap], pairs, Band(high=Fraction(10**9)), unknown={"other": [unknown]})

    expected = by_definition(table, "a", reference, unknown)
    assert [one.ratio for one in found] == ([] if expected is None else [pytest.approx(float(expected))])
    for one in found:
        assert (one.crude.x1, one.crude.n1, one.crude.x2, one.crude.n2) == (3, 5, 2, 7)
        assert unknown not in one.tables
        own = {
            stratum: cells for (group, stratum), cells in table.items() if group == "a" and stratum != unknown
        }
        assert {s: (t.x1, t.n1) for s, t in one.tables.items()} == {
            s: (c[1], c[1] + c[3]) for s, c in own.items()
        }
