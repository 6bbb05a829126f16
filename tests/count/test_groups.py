"""Counts: small tables counted by hand, laws that hold for every table, and scikit-learn's counts."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from fairaudit.count.counts import NOBODY_SCORED, Counted, Counts, ScoredTenth
from fairaudit.count.groups import SUM_UNIT, count
from fairaudit.count.scores import Scored, count_scores
from fairaudit.count.statistics import describe
from fairaudit.errors import ColumnError
from fairaudit.read.checked_rows import Checked
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.table import Use, validate
from fairaudit.settings.choices import ScoreKind
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.source import InputSettings

LAW = settings(max_examples=10)
SCORES = st.one_of(
    st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]),
    st.floats(0, 1, allow_subnormal=False),
)


def tally(frame: object, **chosen: Any) -> Counted:
    return count(validate(open_frame(frame), ReadSettings(**chosen)))


def in_tenths(filled: dict[int, tuple[int, int, Fraction]]) -> tuple[ScoredTenth, ...]:
    """Give people, those with label 1 and the sum of the scores of tenths."""
    tenths = list(NOBODY_SCORED)
    for place, (people, ones, total) in filled.items():
        tenths[place] = ScoredTenth(people=people, positives=ones, score_sum=total)
    return tuple(tenths)


@st.composite
def tables(draw: st.DrawFn, *, scores: st.SearchStrategy[float] = SCORES, most: int = 20) -> pd.DataFrame:
    """A table with both outcomes and two attributes, one of which shares a value with the other."""
    n = draw(st.integers(2, most))
    column = lambda values: draw(st.lists(values, min_size=n, max_size=n))  # noqa: E731
    labels = column(st.integers(0, 1))
    labels[:2] = [0, 1]
    return pd.DataFrame(
        {
            "race": column(st.sampled_from(["A", "B", "Other", None])),
            "sex": column(st.sampled_from(["f", "m", "Other"])),
            "score": column(scores),
            "label": labels,
        }
    )


BOTH = ("race", "sex", "race*sex")


def test_groups_of_many_attributes_are_each_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every attribute looks at its own groups only: with hundreds of them all others would take most of the time."""
    named: list[Any] = []
    own = Checked.names_in
    monkeypatch.setattr(
        Checked, "names_in", lambda self, attribute, key: named.append(key) or own(self, attribute, key)
    )
    attributes = {f"a{i}": [f"{i}a", f"{i}b", f"{i}a"] for i in range(12)}
    frame = pd.DataFrame({**attributes, "score": [0, 1, 1], "label": [0, 1, 0]})
    counted = tally(frame, attributes=(*attributes, "a0*a1"))
    assert [(g.attribute, g.group, g.counts.n) for g in counted.groups[:2]] == [
        ("a0", "0a", 2),
        ("a0", "0b", 1),
    ]
    assert [(g.group, g.counts.n) for g in counted.groups[-2:]] == [("0a * 1a", 2), ("0b * 1b", 1)]
    assert len(named) == 2 * len(counted.groups) == 2 * 26


class TestByHand:
    FRAME = pd.DataFrame(
        {
            "race": ["A", "A", "A", "B", "B"],
            "score": [0.5, 0.25, 1.0, 0.0, 0.75],
            "label": [1, 0, 0, 1, 1],
        }
    )

    def test_probabilities(self) -> None:
        counted = tally(self.FRAME)
        eps = np.finfo(float).eps

        def units(*losses: float) -> Fraction:
            return sum((round(loss * 10**15) * SUM_UNIT for loss in losses), Fraction(0))

        assert counted.scores is ScoreKind.PROBABILITIES
        assert counted.attributes == ("race",)
        assert [g.group for g in counted.of("race")] == ["A", "B"]
        a, b = (g.counts for g in counted.of("race"))
        assert a == Counts(
            n=3,
            selected=2,
            tp=1,
            fp=1,
            fn=0,
            tn=1,
            squared_error=Fraction(1, 4) + Fraction(1, 16) + 1,
            log_loss=units(-math.log(0.5), -math.log(0.75), -math.log(eps)),
            tenths=in_tenths({2: (1, 0, Fraction(1, 4)), 5: (1, 1, Fraction(1, 2)), 9: (1, 0, Fraction(1))}),
            concordant_twice=2,
            placements1=Fraction(1, 4),
            placements0=Fraction(1),
        )
        assert b == Counts(
            n=2,
            selected=1,
            tp=1,
            fp=0,
            fn=1,
            tn=0,
            squared_error=1 + Fraction(1, 16),
            log_loss=units(-math.log(eps), -math.log(0.75)),
            tenths=in_tenths({0: (1, 1, Fraction(0)), 7: (1, 1, Fraction(3, 4))}),
            concordant_twice=0,
            placements1=Fraction(0),
            placements0=Fraction(0),
        )
        # Labels 1 score 0.5, 0, 0.75 and labels 0 score 0.25, 1: two of six pairs are in order.
        assert counted.overall == Counts(
            n=5,
            selected=3,
            tp=2,
            fp=1,
            fn=1,
            tn=1,
            squared_error=Fraction(1, 4) + Fraction(1, 16) + 1 + 1 + Fraction(1, 16),
            log_loss=a.log_loss + b.log_loss,  # type: ignore[operator]
            tenths=in_tenths(
                {
                    0: (1, 1, Fraction(0)),
                    2: (1, 0, Fraction(1, 4)),
                    5: (1, 1, Fraction(1, 2)),
                    7: (1, 1, Fraction(3, 4)),
                    9: (1, 0, Fraction(1)),
                }
            ),
            concordant_twice=4,
            placements1=Fraction(1, 2),
            placements0=units(4 / 9),
        )

    def test_positives_and_negatives(self) -> None:
        counts = Counts(n=10, selected=3, tp=1, fp=2, fn=3, tn=4)
        assert (counts.positives, counts.negatives) == (4, 6)
        assert (Counts(n=1).positives, Counts(n=1).negatives) == (None, None)

    def test_decisions_have_no_likelihood(self) -> None:
        overall = tally(self.FRAME.assign(score=[1, 0, 1, 0, 1])).overall
        assert overall == Counts(n=5, selected=3, tp=2, fp=1, fn=1, tn=1)

    def test_ranks_have_an_order_only(self) -> None:
        counted = tally(self.FRAME.assign(score=[5, 2, 9, 1, 7]), threshold=5.0)
        assert counted.scores is ScoreKind.RANKS
        four_ninths = round(4 / 9 * 10**15) * SUM_UNIT
        assert counted.overall == Counts(
            n=5,
            selected=3,
            tp=2,
            fp=1,
            fn=1,
            tn=1,
            concordant_twice=4,
            placements1=Fraction(1, 2),
            placements0=four_ninths,
        )

    def test_ties_count_half(self) -> None:
        frame = self.FRAME.assign(score=[3, 3, 1, 1, 1])
        # Labels 1: 3, 1, 1; labels 0: 3, 1. One pair in order, three tied, two against: 2 * 1 + 3.
        assert tally(frame, threshold=2.0).overall.concordant_twice == 5

    def test_without_labels_only_decisions_are_counted(self) -> None:
        counted = tally(self.FRAME, label="none")
        assert counted.overall == Counts(n=5, selected=3)
        assert [g.counts for g in counted.groups] == [Counts(n=3, selected=2), Counts(n=2, selected=1)]

    def test_without_decisions_only_people_are_counted(self) -> None:
        opened = open_frame(self.FRAME.drop(columns="score"))
        counted = count(validate(opened, ReadSettings(), use=Use(score_needed=False)))
        assert counted.overall == Counts(n=5)

    def test_attributes_stand_in_the_order_in_which_they_were_asked_for(self) -> None:
        frame = self.FRAME.assign(sex=["m", "f", "m", "f", "m"])
        counted = tally(frame, attributes=("sex", "race", "sex*race", "race*sex"))
        assert counted.attributes == ("sex", "race", "sex*race", "race*sex")
        assert [g.group for g in counted.of("sex*race")] == ["f * A", "f * B", "m * A", "m * B"]
        assert [g.group for g in counted.of("race*sex")] == ["A * f", "A * m", "B * f", "B * m"]
        assert [g.counts.n for g in counted.of("race")] == [3, 2]
        assert [g.counts for g in counted.of("sex*race")] == [
            g.counts for g in sorted(counted.of("race*sex"), key=lambda g: g.group[::-1])
        ]

    def test_one_column_in_two_ways(self) -> None:
        frame = self.FRAME.assign(age=[10, 20, 30, 40, 50])
        counted = tally(frame, attributes=("age:median", "age", "age:20,40*race"))
        assert [(g.attribute, g.group, g.counts.n) for g in counted.groups if g.attribute != "age"] == [
            ("age:median", "30 and above", 3),
            ("age:median", "below 30", 2),
            ("age:20,40*race", "20 to below 40 * A", 2),
            ("age:20,40*race", "40 and above * B", 2),
            ("age:20,40*race", "below 20 * A", 1),
        ]

    def test_compas_counts(self, data_dir: Path) -> None:
        counted = count(validate(open_path(str(data_dir / "compas_for_aequitas.csv")), ReadSettings()))
        by_group = {(g.attribute, g.group): g.counts for g in counted.groups}
        assert by_group["race", "African-American"] == Counts(
            n=3696, selected=2174, tp=1369, fp=805, fn=532, tn=990
        )
        assert counted.overall.n == 7214


def counts_of(counted: Counted) -> dict[tuple[str, str], Counts]:
    return {("", ""): counted.overall} | {(g.attribute, g.group): g.counts for g in counted.groups}


class TestLaws:
    @LAW
    @given(tables(), st.randoms(use_true_random=False))
    def test_the_order_of_the_rows_does_not_matter(self, frame: pd.DataFrame, chance: Any) -> None:
        order = list(range(len(frame)))
        chance.shuffle(order)
        assert tally(frame.iloc[order], attributes=BOTH) == tally(frame, attributes=BOTH)

    @LAW
    @given(tables(), st.integers(2, 4))
    def test_seeing_everybody_k_times_multiplies_the_counts(self, frame: pd.DataFrame, k: int) -> None:
        once = counts_of(tally(frame, attributes=BOTH))
        often = counts_of(tally(pd.concat([frame] * k, ignore_index=True), attributes=BOTH))
        assert often == {
            key: Counts(
                n=c.n * k,
                selected=c.selected * k,
                tp=c.tp * k,
                fp=c.fp * k,
                fn=c.fn * k,
                tn=c.tn * k,
                squared_error=None if c.squared_error is None else c.squared_error * k,
                log_loss=None if c.log_loss is None else c.log_loss * k,
                tenths=c.tenths
                and tuple(
                    ScoredTenth(people=t.people * k, positives=t.positives * k, score_sum=t.score_sum * k)
                    for t in c.tenths
                ),
                concordant_twice=None if c.concordant_twice is None else c.concordant_twice * k * k,
                placements1=None if c.placements1 is None else c.placements1 * k,
                placements0=None if c.placements0 is None else c.placements0 * k,
            )
            for key, c in once.items()
            if c.selected is not None
            and c.tp is not None
            and c.fp is not None
            and c.fn is not None
            and c.tn is not None
        }

    @LAW
    @given(tables(most=10), st.data())
    def test_weights_equal_repeated_rows(self, frame: pd.DataFrame, data: st.DataObject) -> None:
        weights = data.draw(st.lists(st.integers(0, 3), min_size=len(frame), max_size=len(frame)))
        weights[:2] = [1, 2]  # both outcomes stay
        repeated = frame.loc[frame.index.repeat(weights)]
        weighted = tally(frame.assign(weight=weights), weight="weight", attributes=BOTH)
        by_rows = tally(repeated, attributes=BOTH)
        # A group of nobody is listed only where the rows are there.
        assert replace(weighted, groups=tuple(g for g in weighted.groups if g.counts.n)) == by_rows

    @LAW
    @given(tables())
    def test_renaming_groups_only_renames(self, frame: pd.DataFrame) -> None:
        new = {"A": "x|y", "B": "it's", "Other": "=1+1"}
        renamed = tally(frame.assign(race=frame["race"].map(new)), attributes=("race",))
        by_name = {g.group: g.counts for g in tally(frame, attributes=("race",)).groups}
        assert {g.group: g.counts for g in renamed.groups} == {new.get(k, k): v for k, v in by_name.items()}

    @LAW
    @given(tables())
    def test_pooling_the_groups_of_an_attribute_gives_everybody(self, frame: pd.DataFrame) -> None:
        counted = tally(frame, attributes=BOTH)
        for attribute in counted.attributes:
            groups = [g.counts for g in counted.of(attribute)]
            for cell in ("n", "selected", "tp", "fp", "fn", "tn", "squared_error", "log_loss"):
                whole = getattr(counted.overall, cell)
                if whole is not None:
                    assert sum(getattr(c, cell) for c in groups) == whole

    @LAW
    @given(tables())
    def test_an_attribute_alone_counts_as_it_does_in_company(self, frame: pd.DataFrame) -> None:
        together = tally(frame, attributes=BOTH)
        assert tally(frame, attributes=("sex",)).of("sex") == together.of("sex")

    @LAW
    @given(tables())
    def test_the_cells_are_those_of_scikit_learn(self, frame: pd.DataFrame) -> None:
        decisions = frame["score"] >= 0.5
        for group in tally(frame, attributes=BOTH, threshold=0.5).of("sex"):
            mine = frame["sex"] == group.group
            (tn, fp), (fn, tp) = confusion_matrix(frame["label"][mine], decisions[mine], labels=[0, 1])
            assert (group.counts.tn, group.counts.fp, group.counts.fn, group.counts.tp) == (tn, fp, fn, tp)
            assert group.counts.selected == tp + fp
            assert group.counts.n == mine.sum()

    def test_threads_do_not_matter(self) -> None:
        chance = np.random.default_rng(3)
        n = 300_000
        frame = pd.DataFrame(
            {
                "race": chance.choice(["A", "B"], n),
                "score": chance.random(n),
                "label": chance.integers(0, 2, n),
            }
        )
        found = set()
        for threads in (1, 4):
            opened = open_frame(frame, how=InputSettings(threads=threads))
            found.add(count(validate(opened, ReadSettings())).overall)
        assert len(found) == 1


class TestDescribe:
    def test_iris_equals_pandas(self, data_dir: Path) -> None:
        path = data_dir / "iris.csv"
        settings_ = ReadSettings(label="none", attributes=("class",))
        found = describe(
            validate(open_path(str(path)), settings_, use=Use(score_needed=False, describe=True))
        )
        frame = pd.read_csv(path)
        numbers = [c for c in frame.columns if c != "class"]
        assert [s.column for s in found if s.group == ""] == numbers
        for statistic in found:
            values = frame[statistic.column][(frame["class"] == statistic.group) | (statistic.group == "")]
            assert (statistic.n, statistic.missing) == (len(values), 0)
            assert statistic.mean == pytest.approx(values.mean(), rel=1e-12)
            assert statistic.std == pytest.approx(values.std(), rel=1e-12)
            assert (statistic.min, statistic.max) == (values.min(), values.max())
            assert (statistic.q1, statistic.median, statistic.q3) == pytest.approx(
                tuple(values.quantile([0.25, 0.5, 0.75])), rel=1e-12
            )
        (setosa,) = (s for s in found if (s.group, s.column) == ("setosa", "sepal_length"))
        assert (f"{setosa.mean:.3f}", f"{setosa.std:.3f}") == ("5.006", "0.352")

    def test_missing_values_are_counted_and_left_out(self) -> None:
        frame = pd.DataFrame(
            {
                "g": ["a", "a", "b", "c"],
                "x": ["1", None, "3", None],
                "score": [0, 1, 0, 1],
                "label": [0, 0, 1, 1],
            }
        )
        found = describe(validate(open_frame(frame), ReadSettings(attributes=("g",)), use=Use(describe=True)))
        of_x = [s for s in found if s.column == "x"]
        assert [(s.attribute, s.group, s.n, s.missing, s.mean, s.std, s.median) for s in of_x] == [
            ("", "", 2, 2, 2.0, pytest.approx(math.sqrt(2)), 2.0),
            ("g", "a", 1, 1, 1.0, None, 1.0),
            ("g", "b", 1, 0, 3.0, None, 3.0),
            ("g", "c", 0, 1, None, None, None),
        ]

    @pytest.mark.parametrize("power", [-700, -300, 0, 300, 700])
    def test_very_large_and_very_small_numbers(self, power: int) -> None:
        unit = 2.0**power
        x = [1 * unit, 2 * unit, 4 * unit, 9 * unit]
        frame = pd.DataFrame({"g": list("aabb"), "x": x, "score": [0, 1, 0, 1], "label": [0, 0, 1, 1]})
        everybody, *_ = describe(
            validate(open_frame(frame), ReadSettings(attributes=("g",)), use=Use(describe=True))
        )
        assert (everybody.mean, everybody.median) == (4 * unit, 3 * unit)
        assert (everybody.q1, everybody.q3) == (1.75 * unit, 5.25 * unit)
        # The squared distances are 9, 4, 0 and 25.
        assert everybody.std == pytest.approx(math.sqrt(38 / 3) * unit, rel=1e-12)
        assert everybody.reason is None

    def test_what_leaves_the_range_of_numbers_has_a_reason(self) -> None:
        frame = pd.DataFrame(
            {
                "g": ["a", "a", "b", "b", "c", "c"],
                "x": [1.7e308, -1.7e308, 1.0, math.inf, 2.0, 4.0],
                "score": [0, 1, 0, 1, 0, 1],
                "label": [0, 0, 1, 1, 0, 1],
            }
        )
        checked = validate(open_frame(frame), ReadSettings(attributes=("g",)), use=Use(describe=True))
        everybody, a, b, c = (s for s in describe(checked) if s.column == "x")
        assert (everybody.n, everybody.mean, everybody.max) == (6, None, None)
        assert everybody.reason == b.reason == "infinite values"
        assert (a.mean, a.std, a.min, a.max, a.median) == (0.0, None, -1.7e308, 1.7e308, 0.0)
        assert a.reason == "too large for a number"
        assert (b.n, b.mean, b.min) == (2, None, None)
        assert (c.mean, c.std, c.reason) == (3.0, pytest.approx(math.sqrt(2)), None)

    def test_it_is_told_what_is_not_described(self) -> None:
        frame = pd.DataFrame(
            {
                "x": ["1", "2", "much"],
                "y": ["1", "a", "b"],
                "score": [0, 1, 0],
                "label": [0, 1, 1],
                "g": list("aab"),
            }
        )
        checked = validate(open_frame(frame), ReadSettings(attributes=("g",)), use=Use(describe=True))
        assert checked.described == ("score",)
        assert [note.sentence for note in checked.notes] == [
            "x: not described, as 1 of 3 values are no numbers: 'much' (1)"
        ]

    def test_many_columns_are_described_in_batches(self) -> None:
        chance = np.random.default_rng(0)
        numbers = pd.DataFrame(chance.random((40, 130)), columns=[f"x{i}" for i in range(130)])
        frame = numbers.assign(score=[0, 1] * 20, label=[0, 0, 1, 1] * 10, g=["a", "b", "c", "d"] * 10)
        found = describe(validate(open_frame(frame), ReadSettings(attributes=("g",)), use=Use(describe=True)))
        assert len(found) == 131 * 5
        for statistic in found[::7]:
            values = frame[statistic.column][(frame["g"] == statistic.group) | (statistic.group == "")]
            assert statistic.mean == pytest.approx(values.mean(), rel=1e-12)
            assert statistic.q3 == pytest.approx(values.quantile(0.75), rel=1e-12)


def test_very_many_attributes_are_counted_in_batches_to_the_same_numbers() -> None:
    rows = 40
    frame = pd.DataFrame({"label": [i % 2 for i in range(rows)], "score": [i % 3 / 2 for i in range(rows)]})
    many = pd.DataFrame({f"a{j}": [f"g{(i + j) % 4}" for i in range(rows)] for j in range(120)})
    counted = tally(pd.concat([frame, many], axis=1), attributes=tuple(many.columns))
    assert len(counted.attributes) == 120
    for j in (0, 11, 12, 119):
        alone = tally(pd.concat([frame, many[[f"a{j}"]]], axis=1), attributes=(f"a{j}",))
        assert counted.of(f"a{j}") == alone.groups
        assert counted.overall == alone.overall


def test_weights_beyond_what_sums_can_hold_are_refused() -> None:
    half = 100
    frame = pd.DataFrame(
        {"label": [0, 1] * half, "score": [0, 1] * half, "g": ["a", "b"] * half, "w": [9 * 10**15] * 2 * half}
    )
    with pytest.raises(
        ColumnError, match="the weights add up to 1,800,000,000,000,000,000 people, more than"
    ):
        tally(frame, weight="w")


class TestScores:
    FRAME = pd.DataFrame(
        {
            "race": ["A", "A", "A", "B", "B", None],
            "sex": ["f", "m", "f", "m", "f", "m"],
            "score": [0.29, 0.28999999999999998, 1.0, 0.0, 0.295, 0.5],
            "label": [1, 0, 0, 1, 1, 0],
        }
    )

    def scored(self, frame: pd.DataFrame, **settings: Any) -> Scored:
        found = count_scores(validate(open_frame(frame), ReadSettings(**settings)))
        assert found is not None
        return found

    def test_a_score_at_a_threshold_stands_above_it(self) -> None:
        found = self.scored(self.FRAME, attributes=("race",), threshold=0.295)
        assert len(found.thresholds) == 102
        at = {threshold: place for place, threshold in enumerate(found.thresholds, start=1)}
        people = found.overall.people
        # 0.29 and the float below it, which is written 0.29, too; 0.295 is the threshold in use; nobody is below 0.
        assert (people[0], people[at[0.0]], people[at[0.29]], people[at[0.295]]) == (0, 1, 2, 1)
        assert (people[at[0.5]], people[at[1.0]], sum(people)) == (1, 1, 6)
        assert found.overall.positives is not None
        assert found.overall.positives[at[0.29]] == 1
        assert found.overall.score_sums is not None
        assert sum(found.overall.score_sums) == Fraction("2.375")
        assert [g.group for g in found.groups] == ["(missing)", "A", "B"]

    def test_ranks_are_counted_at_their_values(self) -> None:
        found = self.scored(self.FRAME.assign(score=[5, 2, 9, 1, 7, 2]), threshold=4.0, attributes=("race",))
        assert found.thresholds == (1.0, 2.0, 4.0, 5.0, 7.0, 9.0)
        assert found.overall.people == (0, 1, 2, 0, 1, 1, 1)
        assert found.overall.score_sums is None

    def test_many_ranks_are_counted_at_their_percentiles(self) -> None:
        frame = pd.DataFrame({"score": np.arange(1000.0), "label": [0, 1] * 500, "race": ["A", "B"] * 500})
        found = self.scored(frame, threshold=500.0)
        assert len(found.thresholds) <= 102
        assert 500.0 in found.thresholds
        assert found.thresholds[0] == 0.0
        assert max(found.overall.people) <= 11

    def test_decisions_have_no_scores_and_unlabelled_scores_no_positives(self) -> None:
        decided = self.FRAME.assign(score=[1, 0, 1, 0, 1, 0])
        assert count_scores(validate(open_frame(decided), ReadSettings())) is None
        found = self.scored(self.FRAME, label="none")
        assert found.overall.positives is None

    @LAW
    @given(tables(), st.integers(0, 100))
    def test_each_threshold_decides_as_the_command_does(self, frame: pd.DataFrame, hundredth: int) -> None:
        threshold = hundredth / 100
        checked = validate(open_frame(frame), ReadSettings(attributes=BOTH, threshold=threshold))
        found, counted = count_scores(checked), count(checked)
        if found is None:
            return
        place = found.thresholds.index(threshold) + 1
        for mine, theirs in zip(
            (found.overall, *found.groups),
            (counted.overall, *(g.counts for g in counted.groups)),
            strict=True,
        ):
            assert mine.positives is not None
            selected, right = sum(mine.people[place:]), sum(mine.positives[place:])
            assert (selected, right, selected - right) == (theirs.selected, theirs.tp, theirs.fp)
            assert sum(mine.people) == theirs.n
