"""Whom groups are compared with: by default, by name, by their rates, and never those of whom it is not known who they are."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pandas as pd
import pytest

import fairaudit
from fairaudit.count.counts import Counted, Counts, GroupCounts
from fairaudit.disparity.judge import judge
from fairaudit.disparity.ratios import compare
from fairaudit.disparity.references import ReferenceKind, find_references, spelled_out
from fairaudit.errors import OptionError
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.measure import measure
from fairaudit.settings.choices import ScoreKind
from fairaudit.slices.grammar import EVERYBODY_ELSE


def selected(
    groups: Mapping[str, tuple[int, int]],
    *,
    attribute: str = "g",
    unknown: tuple[str, ...] = (),
    crossed: bool = False,
) -> Measured:
    """Measure groups of which so many of so many are selected."""
    members = {name: Counts(n=n, selected=chosen) for name, (chosen, n) in groups.items()}
    whole = Counts(
        n=sum(c.n for c in members.values()), selected=sum(c.selected or 0 for c in members.values())
    )
    return measure(
        Counted(
            overall=whole,
            groups=tuple(
                GroupCounts(attribute=attribute, group=name, counts=c, unknown=name in unknown)
                for name, c in members.items()
            ),
            scores=ScoreKind.DECISIONS,
            intersections=frozenset({attribute}) if crossed else frozenset(),
        )
    )


GROUPS = {"a": (50, 100), "b": (90, 300), "c": (19, 20), "(missing)": (390, 400)}


class TestMax:
    def test_the_highest_selection_rate_of_enough_known_people(self) -> None:
        """Of c there are too few, and of the missing nobody knows who they are."""
        references = find_references(selected(GROUPS, unknown=("(missing)",)), ["max"])
        assert references.groups == {"g": "a"}
        assert references.kinds == {"g": ReferenceKind.MAX}

    def test_it_is_one_group_for_all_metrics_and_all_pairs_bear_the_choice(self) -> None:
        measured = selected(GROUPS, unknown=("(missing)",))
        compared = compare(measured, find_references(measured, ["max"]), metrics=["pprev"])
        assert {d.reference_group for d in compared.disparities} == {"a"}
        # Three groups are known, and make three pairs.
        assert {d.comparisons for d in compared.disparities} == {3}
        assert compared.family.size == 3

    def test_of_one_attribute(self) -> None:
        assert find_references(selected(GROUPS), ["g=max"]).groups == {"g": "(missing)"}

    def test_nobody_is_compared_where_all_groups_are_small(self) -> None:
        measured = selected({"a": (1, 10), "b": (2, 10)})
        compared = compare(measured, find_references(measured, ["max"]))
        assert find_references(measured, ["max"]).of("g", "pprev") is None
        assert {d.ratio_reason for d in compared.disparities} == {"no group can be the reference"}

    def test_a_group_that_is_called_so_is_meant(self) -> None:
        references = find_references(selected({"max": (1, 100), "b": (50, 200)}), ["g=max"])
        assert references.kinds == {"g": ReferenceKind.NAMED}


def test_min_is_the_word_for_min_metric() -> None:
    references = find_references(selected(GROUPS), ["min"])
    assert references == find_references(selected(GROUPS), ["min-metric"])
    assert references.kinds == {"g": ReferenceKind.MIN_METRIC}
    with pytest.raises(OptionError, match="min-metric and max exclude each other"):
        find_references(selected(GROUPS), ["min", "max"])


class TestIntersections:
    def test_are_compared_with_everybody_else(self) -> None:
        measured = selected({"a * x": (50, 100), "a * y": (90, 300)}, attribute="r*s", crossed=True)
        references = find_references(measured, [])
        assert references.groups == {"r*s": EVERYBODY_ELSE}
        assert spelled_out([], references) == ("r*s=rest",)
        assert find_references(measured, ["r*s=rest"]).groups == references.groups

    @pytest.mark.parametrize("word", ["majority", "r*s=majority", "r*s=a * y", "r*s=a*y"])
    def test_unless_another_reference_is_named(self, word: str) -> None:
        measured = selected({"a * x": (50, 100), "a * y": (90, 300)}, attribute="r*s", crossed=True)
        references = find_references(measured, [word])
        assert references.groups == {"r*s": "a * y"}
        assert spelled_out([word], references) == (word,)

    def test_one_cell_has_nobody_to_be_compared_with(self) -> None:
        measured = selected({"a * x": (50, 100)}, attribute="r*s", crossed=True)
        assert find_references(measured, []).groups == {"r*s": "a * x"}


class TestUnknown:
    @pytest.mark.parametrize("word", ["majority", "min", "max"])
    def test_groups_are_no_reference(self, word: str) -> None:
        measured = selected(GROUPS, unknown=("(missing)",))
        assert find_references(measured, [word]).of("g", "pprev") in ("a", "b")

    def test_naming_one_is_refused(self) -> None:
        with pytest.raises(
            OptionError, match="'\\(missing\\)' of 'g' is unknown, and no group to compare with"
        ):
            find_references(selected(GROUPS, unknown=("(missing)",)), ["g=(missing)"])

    def test_groups_are_compared_and_not_judged(self) -> None:
        measured = selected(GROUPS, unknown=("(missing)",))
        compared = compare(measured, find_references(measured, ["a"]), metrics=["pprev"])
        (missing,) = (d for d in compared.disparities if (d.group, d.metric) == ("(missing)", "pprev"))
        assert missing.ratio == Fraction(39, 20)
        judged = judge(compared, tau=Fraction("0.8"))
        (parity,) = (p for p in judged.parities if (p.group, p.metric) == ("(missing)", "pprev"))
        assert parity.verdict is None
        assert parity.reason == "a group of people of whom this is not known is not judged"
        assert compared.family.size == 2


def test_nobody_is_compared_with_people_of_unknown_group() -> None:
    """Everybody else are those of whom it is known that they are somebody else, in ratios, in distances and in gates."""
    frame = pd.DataFrame(
        [
            {"g": g, "label": label, "score": score, "n": n}
            for g, cells in {
                "a": (30, 20, 25, 25),
                "b": (10, 30, 40, 20),
                "c": (22, 18, 30, 30),
                "Refused": (50, 1, 50, 1),
                "": (1, 70, 1, 70),
            }.items()
            for (score, label), n in zip(((1, 1), (0, 1), (1, 0), (0, 0)), cells, strict=True)
        ]
    )
    audit = fairaudit.audit(
        frame, weight="n", attributes=["g"], ref_group="rest", unknown="Refused", na_values=[""]
    )
    known = frame[~frame["g"].isin(["", "Refused"])]
    assert {g.group for g in audit.group.groups if g.unknown} == {"(missing)", "Refused"}
    for group in ("a", "b", "c", "(missing)", "Refused"):
        others = known[known["g"] != group]
        selected = others.loc[others["score"] == 1, "n"].sum()
        (d,) = (d for d in audit.bias.disparities if (d.group, d.metric) == (group, "pprev"))
        assert (d.reference_numerator, d.reference_denominator) == (selected, others["n"].sum())
        (part,) = (g for g in audit.group.groups if g.group == group)
        right = others.loc[others["score"] == others["label"], "n"].sum() / others["n"].sum()
        distance = part.vs_rest["accuracy"].difference
        accuracy = part.metrics["accuracy"].value
        assert accuracy is not None
        assert distance == pytest.approx(accuracy - right)
    gates = fairaudit.check(
        frame,
        [{"metric": "pprev", "attribute": "g", "reference": "rest", "ratio_within": 0.5}],
        weight="n",
        unknown="Refused",
        na_values=[""],
    ).document
    ratios = {d.group: d.ratio for d in audit.bias.disparities if d.metric == "pprev"}
    assert {one.group: one.value for one in gates.gates[0].findings} == pytest.approx(
        {g: ratios[g] for g in ("a", "b", "c")}
    )
