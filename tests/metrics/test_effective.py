"""What the rows of a group are worth, from counts, is what it is from rows; and --id through the library."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

import fairaudit
from fairaudit.count.counts import Counted, Counts
from fairaudit.count.groups import count
from fairaudit.disparity.references import rest_of
from fairaudit.errors import ColumnError, ColumnMissing, OptionError
from fairaudit.inference import clusters
from fairaudit.metrics import effective
from fairaudit.metrics.composed import OfCells
from fairaudit.metrics.measure import measure
from fairaudit.metrics.scored import area_variance
from fairaudit.metrics.table import BY_NAME, METRICS
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import validate
from fairaudit.settings.reading import ReadSettings

LAW = settings(max_examples=25, deadline=None)


def tally(frame: pd.DataFrame, **chosen: Any) -> Counted:
    return count(validate(open_frame(frame), ReadSettings(**chosen)))


def repeated(people: int = 60, *, seed: int = 0, most: int = 9) -> pd.DataFrame:
    """People of two groups with up to so many rows each, which are alike."""
    chance = np.random.default_rng(seed)
    rows: list[tuple[str, str, int, float]] = []
    for person in range(people):
        leaning = chance.beta(1, 1)
        for _ in range(chance.integers(1, most + 1)):
            score = float(np.clip(leaning + chance.normal(0, 0.2), 0, 1))
            rows.append((f"p{person}", "ab"[person % 2], int(chance.random() < leaning), round(score, 3)))
    return pd.DataFrame(rows, columns=["who", "g", "label", "score"])


def cells_of(frame: pd.DataFrame, group: str) -> np.ndarray:
    """The cells of each person of a group, tp, fp, fn, tn, persons in the order of their names."""
    mine = frame[frame["g"] == group]
    _, person = np.unique(mine["who"].to_numpy(dtype=str), return_inverse=True)
    cell = 3 - 2 * (mine["score"] >= 0.5).to_numpy(dtype=int) - mine["label"].to_numpy()
    cells = np.zeros((person.max() + 1, 4), dtype=int)
    np.add.at(cells, (person, cell), 1)
    return cells


def counts_of(counted: Counted, group: str) -> Counts:
    return next(g.counts for g in counted.groups if g.group == group)


@LAW
@given(st.integers(0, 10_000))
def test_products_are_those_of_the_rows(seed: int) -> None:
    frame = repeated(20, seed=seed)
    counted = tally(frame, id="who", attributes=("g",))
    for group in "ab":
        cells, found = cells_of(frame, group), counts_of(counted, group)
        assert found.clusters is not None
        assert found.people == len(cells)
        assert (found.tp, found.fp, found.fn, found.tn) == tuple(cells.sum(axis=0))
        assert list(found.clusters.products) == (cells.T @ cells)[np.triu_indices(4)].tolist()
    assert counted.overall.clusters is not None
    assert counted.overall.clusters.people == 20


@pytest.mark.parametrize("weight", [None, "w"])
def test_a_group_and_the_rest_have_their_own_people(weight: str | None) -> None:
    frame = repeated().assign(w=lambda f: [0.5 + i % 7 for i in range(len(f))])
    counted = tally(frame, id="who", weight=weight, attributes=("g",))
    rest, b = rest_of(counted.overall, counts_of(counted, "a")).clusters, counts_of(counted, "b").clusters
    assert rest is not None
    assert b is not None
    assert rest == replace(b, area=None)


@pytest.mark.parametrize("metric", [m.name for m in METRICS if m.is_rate and m.name != "ppr"])
def test_a_rate_is_worth_what_its_persons_say(metric: str) -> None:
    frame = repeated()
    cells = cells_of(frame, "a").astype(float)
    names = ("tp", "fp", "fn", "tn")
    numerator, denominator = (
        [
            float(n in parts or (parts == ("selected",) and n in ("tp", "fp")) or parts == ("n",))
            for n in names
        ]
        for parts in (BY_NAME[metric].numerator, BY_NAME[metric].denominator)
    )
    expected = clusters.rate_effect(numerator, denominator, cells.sum(axis=0)[None], (cells.T @ cells)[None])
    (found,) = effective.rate_effects(
        [counts_of(tally(frame, id="who", attributes=("g",)), "a")],
        BY_NAME[metric].numerator,
        BY_NAME[metric].denominator,
    )
    assert found == pytest.approx(float(expected[0]))
    assert found > 1.2


def test_the_gradient_of_the_matthews_correlation_is_that_of_its_formula() -> None:
    def matthews(t: np.ndarray) -> float:
        tp, fp, fn, tn = t
        return float((tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))

    frame = repeated(most=20)
    cells = cells_of(frame, "a").astype(float)
    totals = cells.sum(axis=0)
    steps = np.eye(4) * 1e-4
    gradient = np.array([(matthews(totals + s) - matthews(totals - s)) / 2e-4 for s in steps])
    wrong = (totals[1] + totals[2]) / totals.sum()
    expected = clusters.design_effect(
        gradient[None], np.ones(4), totals[None], (cells.T @ cells)[None], rarer=[min(wrong, 1 - wrong)]
    )
    kind = BY_NAME["mcc"].kind
    assert isinstance(kind, OfCells)
    for derived in (kind, replace(kind, gradient=None)):
        (found,) = derived.designs([counts_of(tally(frame, id="who", attributes=("g",)), "a")])
        assert found == pytest.approx(float(expected[0]), rel=1e-5)


def test_who_is_right_in_both_labels_or_in_none_makes_balanced_accuracy_vary_more() -> None:
    rows = [(f"{p}", "a", y, y if p % 2 else 1 - y) for p in range(40) for y in (0, 1)]
    frame = pd.DataFrame(rows, columns=["who", "g", "label", "score"])
    counts = counts_of(tally(frame, id="who", attributes=("g",)), "a")
    ones, zeros = effective.balanced_effects([counts])
    assert ones.tolist() == pytest.approx([2.0])
    assert zeros.tolist() == pytest.approx([2.0])


def test_a_column_that_tells_all_rows_apart_changes_nothing() -> None:
    frame = repeated().assign(who=lambda f: [f"r{i}" for i in range(len(f))])
    plain = measure(tally(frame, attributes=("g",)))
    told = measure(tally(frame, id="who", attributes=("g",)))
    for one, other in zip((plain.overall, *plain.groups), (told.overall, *told.groups), strict=True):
        assert one.estimates == other.estimates


@pytest.mark.parametrize("label", ["label", "none"])
def test_every_row_twice_is_worth_no_more_people(label: str) -> None:
    frame = repeated(most=1)
    twice = pd.concat([frame, frame])
    once = measure(tally(frame, attributes=("g",), label=label)).of("g")[0].estimates["pprev"]
    both = measure(tally(twice, id="who", attributes=("g",), label=label)).of("g")[0].estimates["pprev"]
    assert once.value == both.value
    assert 0.8 * once.trials < both.trials < once.trials


def test_a_repeated_row_by_weight_is_a_row() -> None:
    frame = repeated()
    times = [1 + i % 3 for i in range(len(frame))]
    weighted = tally(frame.assign(n=times), id="who", weight="n", attributes=("g",))
    rows = tally(frame.loc[frame.index.repeat(times)], id="who", attributes=("g",))
    for one, other in zip(weighted.groups, rows.groups, strict=True):
        assert one.counts.clusters is not None
        assert other.counts.clusters is not None
        # The influences of rows are rounded one by one.
        assert one.counts.clusters.area == pytest.approx(other.counts.clusters.area, rel=1e-12)
        clusters_alike = replace(one.counts.clusters, area=other.counts.clusters.area)
        assert replace(one.counts, clusters=clusters_alike) == other.counts


def test_documents_say_people_rows_and_worth() -> None:
    audit = fairaudit.audit(repeated(), id="who", attributes="g")
    a = audit.group.groups[0]
    assert (a.n, a.rows) == (30, int((repeated()["g"] == "a").sum()))
    assert a.metrics["pprev"].effective == pytest.approx(
        measure(tally(repeated(), id="who", attributes=("g",))).groups[0].estimates["pprev"].trials
    )
    assert audit.group.settings.id == "who"
    assert {d.n for d in audit.bias.disparities} == {30}
    shares = [d for d in audit.bias.disparities if BY_NAME[d.metric].is_rate and not d.is_reference]
    assert len(shares) > 9
    assert all(d.effective for d in shares)
    plain = fairaudit.audit(repeated(most=1), attributes="g")
    assert plain.group.groups[0].rows is None
    assert plain.group.groups[0].metrics["pprev"].effective is None


class TestInput:
    def test_it_is_not_there(self) -> None:
        with pytest.raises(ColumnMissing, match=r"has no column 'whom'\. Did you mean 'who'\?"):
            fairaudit.audit(repeated(), id="whom")

    def test_nobody_is_no_person(self) -> None:
        frame = repeated()
        frame.loc[[0, 3], "who"] = None
        with pytest.raises(ColumnError, match=r"column 'who': 2 of \d+ rows have no id \(rows 1, 4\)"):
            fairaudit.audit(frame, id="who", attributes="g")
        kept = fairaudit.audit(frame, id="who", attributes="g", missing="drop")
        assert dict(kept.group.input.dropped) == {"missing id": 2}

    def test_it_has_one_role(self) -> None:
        with pytest.raises(OptionError, match="'g' is the id"):
            fairaudit.audit(repeated(), id="g", attributes="g")
        with pytest.raises(OptionError, match="the column 'score' has two roles"):
            fairaudit.audit(repeated(), id="score")

    def test_models_are_still_told_apart(self) -> None:
        with pytest.raises(ColumnError, match="2 models"):
            fairaudit.audit(repeated().assign(model_id=lambda f: [i % 2 for i in range(len(f))]), id="who")

    def test_numbers_are_people_too(self) -> None:
        frame = repeated().assign(who=lambda f: f["who"].str[1:].astype(float))
        found = fairaudit.audit(frame, id="who", attributes="g")
        assert found.group.overall.n == 60

    def test_it_is_told_once_that_no_row_repeats(self) -> None:
        frame = repeated(most=1)
        notes = [note.sentence for note in fairaudit.audit(frame, id="who", attributes="g").group.input.notes]
        assert notes == ["who: no value stands in two rows, so that each row is a person, as without id="]


def surveyed(people: int = 300, *, seed: int = 0) -> pd.DataFrame:
    """People of two groups with the weights of a survey, one row each."""
    chance = np.random.default_rng(seed)
    scores = chance.random(people).round(3)
    return pd.DataFrame(
        {
            "g": ["ab"[i % 2] for i in range(people)],
            "label": (chance.random(people) < scores).astype(int),
            "score": scores,
            "w": chance.gamma(2, 1, people).round(3) + 0.05,
        }
    )


class TestSurvey:
    def test_rates_are_weighted(self) -> None:
        frame = surveyed()
        audit = fairaudit.audit(frame, weight="w", attributes="g")
        for group in audit.group.groups:
            mine = frame[frame["g"] == group.group]
            selected = (mine["score"] >= 0.5).astype(float)
            assert group.metrics["pprev"].value == pytest.approx(
                np.average(selected, weights=mine["w"]), rel=1e-8
            )
            assert group.metrics["brier"].value == pytest.approx(
                np.average((mine["score"] - mine["label"]) ** 2, weights=mine["w"]), rel=1e-8
            )
            assert group.metrics["roc_auc"].value == pytest.approx(
                roc_auc_score(mine["label"], mine["score"], sample_weight=mine["w"]), rel=1e-8
            )
            assert (group.n, group.rows) == (150, None)
        assert audit.group.settings.weight_kind == "survey"
        assert sum(g.metrics["pprev"].denominator or 0 for g in audit.group.groups) == pytest.approx(300)

    def test_the_variance_is_the_linearised_one(self) -> None:
        frame = surveyed()
        mine = frame[frame["g"] == "a"]
        y, w = (mine["score"] >= 0.5).to_numpy(dtype=float), mine["w"].to_numpy()
        p = np.average(y, weights=w)
        variance = (w**2 * (y - p) ** 2).sum() / w.sum() ** 2
        found = measure(tally(frame, weight="w", attributes=("g",))).of("g")[0].estimates["pprev"]
        assert found.trials == pytest.approx(p * (1 - p) / variance, rel=0.03)
        assert found.trials < p * (1 - p) / variance

    def test_the_scale_of_weights_does_not_matter(self) -> None:
        frame = surveyed()
        one, other = (
            fairaudit.audit(frame.assign(w=frame["w"] * k), weight="w", attributes="g", weight_kind="survey")
            for k in (1 / 4096, 1024)
        )
        for mine, theirs in zip(one.bias.disparities, other.bias.disparities, strict=True):
            if mine.is_reference:
                continue
            assert mine.ratio == pytest.approx(theirs.ratio, rel=1e-6)
            assert (mine.effective is not None) == BY_NAME[mine.metric].is_rate
            if mine.effective is not None:
                assert mine.effective == pytest.approx(theirs.effective, rel=1e-6)
                assert mine.denominator == pytest.approx(theirs.denominator, rel=1e-6)

    def test_equal_weights_are_none(self) -> None:
        frame = surveyed().assign(w=0.5)
        weighted = measure(tally(frame, weight="w", attributes=("g",)))
        plain = measure(tally(frame, attributes=("g",)))
        for mine, theirs in zip(weighted.groups, plain.groups, strict=True):
            for name, estimate in theirs.estimates.items():
                assert mine.estimates[name].value == pytest.approx(estimate.value, rel=1e-9)
                if estimate.ci is not None:
                    assert mine.estimates[name].ci == pytest.approx(estimate.ci, rel=0.02)

    def test_people_and_weights(self) -> None:
        frame = surveyed().assign(who=lambda f: [i // 6 for i in range(len(f))])
        alone = fairaudit.audit(frame, weight="w", attributes="g")
        both = fairaudit.audit(frame, weight="w", id="who", attributes="g")
        assert [g.n for g in both.group.groups] == [50, 50]
        assert [g.rows for g in both.group.groups] == [150, 150]
        assert alone.group.groups[0].metrics["pprev"].value == both.group.groups[0].metrics["pprev"].value

    def test_whole_weights_are_counts_unless_it_is_said_otherwise(self) -> None:
        frame = surveyed().assign(w=lambda f: (f["w"] * 3).round() + 1)
        counted = fairaudit.audit(frame, weight="w", attributes="g")
        assert counted.group.settings.weight_kind == "frequency"
        assert counted.group.overall.n == frame["w"].sum()
        asked = fairaudit.audit(frame, weight="w", weight_kind="survey", attributes="g")
        assert asked.group.overall.n == 300
        assert asked.group.groups[0].metrics["pprev"].value == counted.group.groups[0].metrics["pprev"].value

    def test_whole_weights_that_look_like_those_of_a_survey_are_told(self) -> None:
        chance = np.random.default_rng(0)
        frame = surveyed().assign(
            score=lambda f: (f["score"] >= 0.5).astype(int), w=chance.gamma(4, 300, 300).round()
        )

        def told(**chosen: Any) -> list[str]:
            notes = fairaudit.audit(frame, weight="w", attributes="g", **chosen).group.input.notes
            return [note.sentence for note in notes if note.warning]

        assert len(told()) == 1
        assert "look like those of a survey" in told()[0]
        assert told(weight_kind="frequency") == []
        table = frame.groupby(["g", "label", "score"], as_index=False)["w"].sum()
        notes = fairaudit.audit(table, weight="w", attributes="g").group.input.notes
        assert not any(note.warning for note in notes)

    @pytest.mark.parametrize(
        ("chosen", "sentence"),
        [
            (
                {"weight": "w", "weight_kind": "frequency"},
                'weights must be whole numbers of people, 0 or more. Say weight_kind="survey"',
            ),
            ({"weight_kind": "survey"}, "weight_kind: says what the weights are, and there is no weight="),
            ({"weight": "w", "weight_kind": "both"}, "weight_kind: 'both' is not a choice"),
            (
                {"weight": "w", "top_k": 5},
                "top_k: the weights of a survey do not say how many people there are",
            ),
        ],
    )
    def test_what_makes_no_sense(self, chosen: dict[str, Any], sentence: str) -> None:
        with pytest.raises((ColumnError, OptionError)) as refused:
            fairaudit.audit(surveyed(), attributes="g", **chosen)
        assert sentence in str(refused.value)

    @pytest.mark.parametrize(
        ("weight", "sentence"),
        [
            (-0.5, "holds '-0.5', and weights must be numbers, 0 or more"),
            (math.nan, "holds no weight"),
            (math.inf, "holds 'inf', and weights must be numbers from 0 to 9,000,000,000,000,000"),
        ],
    )
    def test_what_is_no_weight(self, weight: float, sentence: str) -> None:
        frame = surveyed()
        frame.loc[7, "w"] = weight
        with pytest.raises(ColumnError, match=f"column 'w': row 8 {sentence}"):
            fairaudit.audit(frame, weight="w", attributes="g")

    def test_who_weighs_nothing_is_not_asked(self) -> None:
        frame = surveyed()
        without = fairaudit.audit(frame[frame.index % 3 > 0], weight="w", attributes="g")
        frame.loc[frame.index % 3 == 0, "w"] = 0
        found = fairaudit.audit(frame, weight="w", attributes="g")
        assert [g.n for g in found.group.groups] == [g.n for g in without.group.groups]
        for one, other in zip(found.group.groups, without.group.groups, strict=True):
            assert one.metrics["fpr"].ci == pytest.approx(other.metrics["fpr"].ci, rel=1e-6)


def influences(frame: pd.DataFrame) -> float:
    """The sum of squared influences on the area, people by people, as Obuchowski 1997 defines them."""
    ones, zeros = frame[frame["label"] == 1], frame[frame["label"] == 0]
    a, b = ones["score"].to_numpy()[:, None], zeros["score"].to_numpy()[None, :]
    above = (a > b) + 0.5 * (a == b)
    of_ones = pd.Series(above.mean(axis=1) - above.mean(), index=ones.index) / len(ones)
    of_zeros = pd.Series(above.mean(axis=0) - above.mean(), index=zeros.index) / len(zeros)
    return float((pd.concat([of_ones, of_zeros]).groupby(frame["who"]).sum() ** 2).sum())


def test_the_area_s_variance_is_obuchowski_s() -> None:
    frame = repeated(80, seed=3)
    counts = counts_of(tally(frame, id="who", attributes=("g",)), "a")
    assert counts.clusters is not None
    assert counts.clusters.area is not None
    assert float(counts.clusters.area) == pytest.approx(influences(frame[frame["g"] == "a"]))
    assert area_variance(counts) > 1.5 * area_variance(replace(counts, clusters=None))


def test_the_area_of_people_in_one_row_each_is_delong_s() -> None:
    frame = surveyed().assign(who=lambda f: range(len(f)))
    counts = counts_of(tally(frame, id="who", attributes=("g",)), "a")
    assert area_variance(counts) == area_variance(replace(counts, clusters=None))


def test_people_in_several_groups_are_told() -> None:
    frame = repeated().assign(half=lambda f: [f"h{i % 2}" for i in range(len(f))])
    notes = [
        note.sentence for note in fairaudit.audit(frame, id="who", attributes=["g", "half"]).group.input.notes
    ]
    (told,) = (note for note in notes if "more than one group" in note)
    both = frame.groupby("who")["half"].nunique().eq(2).sum()
    assert told.startswith(
        f"half: some of the 60 people (who) stand in more than one group, {both} times in all"
    )
