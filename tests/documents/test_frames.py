"""Documents as flat pandas frames: every row and number of the document, and always the same columns."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import fairaudit
from fairaudit.documents import frames
from fairaudit.documents.parts import Stamp
from fairaudit.gates.policy import read_gates
from fairaudit.workflow.check import check


@pytest.fixture(scope="module")
def predictions() -> pd.DataFrame:
    """Return predictions in which nobody of group C is selected, so that some ratios have no end."""
    rows = range(240)
    return pd.DataFrame(
        {
            "label": [i % 3 % 2 for i in rows],
            "score": [0.0 if i % 7 % 3 == 2 else (i * 37 % 101) / 101 for i in rows],
            "race": ["ABC"[i % 7 % 3] for i in rows],
        }
    )


@pytest.fixture(scope="module")
def audit(predictions: pd.DataFrame) -> fairaudit.Audit:
    return fairaudit.audit(predictions, attributes="race", threshold=0.5, ref_group="C")


def test_groups(audit: fairaudit.Audit) -> None:
    frame = audit.group.to_frame()
    assert list(frame.columns) == list(frames.GROUP_COLUMNS)
    assert len(frame) == sum(len(g.metrics) for g in audit.group.groups)
    row = frame[(frame["group"] == "A") & (frame["metric"] == "fpr")].iloc[0]
    part = next(g for g in audit.group.groups if g.group == "A")
    fpr = part.metrics["fpr"]
    assert fpr.ci is not None
    assert (row["value"], row["numerator"], row["denominator"]) == (fpr.value, fpr.numerator, fpr.denominator)
    assert (row["low"], row["high"]) == fpr.ci
    assert (row["n"], row["small"], row["attribute"]) == (part.n, fpr.small, "race")
    assert pd.isna(row["reason"])


def test_what_is_null_is_missing_and_the_reason_stands_beside_it(audit: fairaudit.Audit) -> None:
    frame = audit.group.to_frame()
    undefined = frame[frame["value"].isna()]
    # Nobody of group C is selected.
    assert ("C", "precision") in set(zip(undefined["group"], undefined["metric"], strict=True))
    assert undefined["reason"].notna().all()
    assert frame[frame["low"].isna()]["interval_reason"].notna().all()


def test_columns_keep_their_types_whatever_the_rows_hold(audit: fairaudit.Audit) -> None:
    kinds = {name: str(kind) for name, kind in audit.group.to_frame().dtypes.items()}
    assert kinds["group"].startswith("str")
    assert kinds["value"] == "float64"
    assert (kinds["numerator"], kinds["small"]) == ("Int64", "bool")
    nothing = frames.group_frame([])
    assert (list(nothing.columns), len(nothing)) == (list(frames.GROUP_COLUMNS), 0)
    assert {name: str(kind) for name, kind in nothing.dtypes.items()} == kinds


def test_the_frame_can_be_turned_as_people_turn_frames(audit: fairaudit.Audit) -> None:
    wide = audit.group.to_frame().pivot_table(index=["attribute", "group"], columns="metric", values="value")
    assert wide.loc[("race", "C"), "pprev"] == 0


def test_disparities(audit: fairaudit.Audit) -> None:
    frame = audit.bias.to_frame()
    assert list(frame.columns) == list(frames.BIAS_COLUMNS)
    assert len(frame) == len(audit.bias.disparities)
    for (_, row), part in zip(frame.iterrows(), audit.bias.disparities, strict=True):
        assert (row["group"], row["metric"], row["n"]) == (part.group, part.metric, part.n)
        assert pd.isna(row["ratio"]) if part.ratio is None else row["ratio"] == part.ratio
        assert (row["verdict"] is pd.NA) if part.verdict is None else row["verdict"] == part.verdict.value
        low, high = part.ratio_ci or (math.nan, math.nan)
        assert row["ratio_low"] == pytest.approx(low, nan_ok=True)
        assert row["ratio_high"] == pytest.approx(math.inf if high is None else high, nan_ok=True)
    assert math.isinf(frame["ratio_high"].max())
    assert frame[frame["ratio"].isna() & ~frame["is_reference"]]["reason"].notna().all()


def test_verdicts_with_their_sentences(audit: fairaudit.Audit) -> None:
    frame = audit.fairness.to_frame()
    assert list(frame.columns) == list(frames.FAIRNESS_COLUMNS)
    assert list(frame["sentence"]) == [p.reason for p in audit.fairness.parities]
    assert set(frame["verdict"].dropna()) <= {"pass", "fail", "undecided"}
    assert str(frame["aequitas"].dtype) == "boolean"


def test_slices(audit: fairaudit.Audit) -> None:
    frame = audit.slices.to_frame()
    assert list(frame.columns) == list(frames.SLICE_COLUMNS)
    part = audit.slices.slices[0]
    row = frame[(frame["slice"] == part.slice) & (frame["metric"] == "f1")].iloc[0]
    assert row["vs_overall"] == part.vs_overall["f1"]
    assert row["vs_rest"] == part.vs_rest["f1"].difference
    assert len(audit.slices.statistics_to_frame()) == 0


def test_scores_between_thresholds(audit: fairaudit.Audit) -> None:
    assert audit.scores is not None
    frame = audit.scores.to_frame()
    assert list(frame.columns) == list(frames.SCORE_COLUMNS)
    people = frame.groupby("group")["people"].sum()
    assert {str(name): int(n) for name, n in people.items()} == {g.group: g.n for g in audit.group.groups}
    assert (frame["score_from"] < frame["score_below"]).all()


def test_weights_of_a_survey_are_no_whole_numbers(predictions: pd.DataFrame) -> None:
    weighted = predictions.assign(w=[1.5 if i % 2 else 0.5 for i in range(240)])
    frame = fairaudit.audit(weighted, attributes="race", threshold=0.5, weight="w").group.to_frame()
    assert str(frame["numerator"].dtype) == "float64"


def test_gates(predictions: pd.DataFrame) -> None:
    entries = [
        {"name": "flagged", "metric": "fpr", "attribute": "race", "ratio_within": "0.8"},
        {"name": "found", "metric": "tpr", "attribute": "race", "min": "0.5"},
    ]
    gates = read_gates(entries, file="policy")
    document = check(predictions.assign(score=predictions["score"] >= 0.5), gates).document
    frame = document.to_frame()
    assert list(frame.columns) == list(frames.CHECK_COLUMNS)
    assert list(frame["gate"]) == [gate.name for gate in document.gates for _ in gate.findings]
    assert list(frame["sentence"]) == [f.reason for gate in document.gates for f in gate.findings]
    assert set(frame["at_least"]) == {0.8, 0.5}


def test_training() -> None:
    from datetime import UTC, datetime

    from fairaudit.read.dataframes import open_frame
    from fairaudit.settings.training import Folds, Training
    from fairaudit.workflow.cross_validate import cross_validate
    from fairaudit.workflow.prepare import prepare
    from fairaudit.workflow.train import train

    data = pd.DataFrame(
        {
            "y": [i % 3 % 2 for i in range(120)],
            "x": [i % 11 for i in range(120)],
            "g": ["uv"[i % 2] for i in range(120)],
        }
    )
    training = Training(target="y")
    prepared, stamp = prepare(open_frame(data), training), Stamp(created=datetime.now(UTC), command="a test")
    trained = train(prepared, training, stamp).document
    frame = trained.to_frame()
    assert list(frame.columns) == list(frames.TRAIN_COLUMNS)
    assert set(frame["rows"]) == {"train", "test"}
    folds = cross_validate(prepared, training, stamp, folds=Folds(folds=3), attributes=["g"]).document
    frame = folds.to_frame()
    assert list(frame.columns) == list(frames.FOLD_COLUMNS)
    accuracy = frame[frame["metric"] == "accuracy"]["value"]
    assert accuracy.mean() == pytest.approx(folds.summary["accuracy"].mean)
    spread = folds.slices_to_frame()
    assert list(spread.columns) == list(frames.SPREAD_COLUMNS)
    assert set(spread["slice"]) == {"u", "v"}
