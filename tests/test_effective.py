"""What the rows of a group are worth, from counts, is what it is from rows; and --id through the library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairaudit
from fairaudit import effective
from fairaudit.compare import rest_of
from fairaudit.config import ReadSettings
from fairaudit.count import Counted, Counts, count
from fairaudit.errors import ColumnError, ColumnMissing, OptionError
from fairaudit.inference import clusters
from fairaudit.measure import BY_NAME, METRICS, measure
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import check

LAW = settings(max_examples=25, deadline=None)


def tally(frame: pd.DataFrame, **chosen: Any) -> Counted:
    return count(check(open_frame(frame), ReadSettings(**chosen)))


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
    """The cells of each person of a group: tp, fp, fn, tn."""
    mine = frame[frame["g"] == group].assign(decision=lambda f: (f["score"] >= 0.5).astype(int))
    cells = [(1, 1), (1, 0), (0, 1), (0, 0)]
    by_person = mine.groupby("who")[["decision", "label"]]
    return np.array(
        [
            [int(((rows["decision"] == d) & (rows["label"] == y)).sum()) for d, y in cells]
            for _, rows in by_person
        ]
    )


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


def test_a_group_and_the_rest_have_their_own_people() -> None:
    counted = tally(repeated(), id="who", attributes=("g",))
    assert rest_of(counted.overall, counts_of(counted, "a")).clusters == counts_of(counted, "b").clusters


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
    (found,) = effective.matthews_effects([counts_of(tally(frame, id="who", attributes=("g",)), "a")])
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
    assert weighted == tally(frame.loc[frame.index.repeat(times)], id="who", attributes=("g",))


def test_documents_say_people_rows_and_worth() -> None:
    audit = fairaudit.audit(repeated(), id="who", attributes="g")
    a = audit.group.groups[0]
    assert (a.n, a.rows) == (30, int((repeated()["g"] == "a").sum()))
    assert a.metrics["pprev"].effective == pytest.approx(
        measure(tally(repeated(), id="who", attributes=("g",))).groups[0].estimates["pprev"].trials
    )
    assert audit.group.settings.id == "who"
    assert {d.n for d in audit.bias.disparities} == {30}
    assert all(d.is_reference or d.effective for d in audit.bias.disparities)
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
        assert notes == ["who: no value stands in two rows, so that each row is a person, as without --id"]
