"""What prepares columns learns from a few telling rows what scikit-learn learns from all of them."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.preprocessing import OneHotEncoder

from fairaudit.model.estimator import ModelSettings
from fairaudit.model.pipeline import build_pipeline, fit_pipeline, score_inputs, take_features
from fairaudit.model.preparation import LEVELS, RARE
from fairaudit.model.store import pack_model
from fairaudit.settings.choices import ModelKind

ROWS = 600
FEW = "fairaudit.model.preparation.FEW"


@pytest.fixture(autouse=True)
def not_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let some hundred rows be more than scikit-learn itself would be given."""
    monkeypatch.setattr(FEW, 0)


def a_table(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Levels of every frequency around the limit, gaps here and there, and a text that is called like a gap."""
    random = np.random.default_rng(seed)
    often = random.choice(["a", "b", "(missing)", None], ROWS, p=[0.5, 0.4, 0.05, 0.05]).astype(object)
    rare = np.full(ROWS, "usual", dtype=object)
    places = random.permutation(ROWS)
    for number in range(1, 2 * RARE):
        rare[places[:number]] = f"held {number}"
        places = places[number:]
    rare[places[: random.integers(0, 2 * RARE)]] = None
    several = random.choice([f"{level}" for level in range(random.integers(1, LEVELS))], ROWS).astype(object)
    size = random.normal(size=ROWS) * 1e3
    lacking = np.where(np.arange(ROWS) == random.integers(ROWS), np.nan, random.integers(0, 9, ROWS))
    frame = pd.DataFrame({"often": often, "size": size, "rare": rare, "lacking": lacking, "several": several})
    frame["nothing"] = pd.Series([None] * ROWS, dtype=object)
    return frame[list(random.permutation(frame.columns))], random.integers(0, 2, ROWS).astype(np.int8)


def assert_same_fit(
    frame: pd.DataFrame, target: np.ndarray, settings: ModelSettings, *, in_short: bool = True
) -> None:
    """Compare with the pipeline's own ``fit``, to the last byte of the stored model."""
    pipeline = build_pipeline(frame, features=list(frame.columns), settings=settings)
    inputs = take_features(pipeline, frame)
    with mock.patch.object(OneHotEncoder, "fit", autospec=True, side_effect=OneHotEncoder.fit) as encoding:
        ours = fit_pipeline(pipeline, inputs, target, settings=settings)
    assert all((len(call.args[1]) < len(inputs)) == in_short for call in encoding.call_args_list)
    theirs = clone(pipeline).fit(inputs, target)
    assert pack_model(ours.pipeline, {}).content == pack_model(theirs, {}).content
    prepared = theirs[:-1].transform(inputs)
    assert sparse.issparse(ours.prepared) == sparse.issparse(prepared)
    if sparse.issparse(prepared):
        assert (ours.prepared != prepared).nnz == 0
    else:
        np.testing.assert_array_equal(ours.prepared, prepared)
        assert ours.prepared.flags.c_contiguous == prepared.flags.c_contiguous
    for rows in (inputs, strange(inputs), inputs.iloc[:3]):
        np.testing.assert_array_equal(score_inputs(ours.pipeline, rows), theirs.predict_proba(rows)[:, 1])
    np.testing.assert_array_equal(
        score_inputs(ours.pipeline, inputs, prepared=ours.prepared), theirs.predict_proba(inputs)[:, 1]
    )


def strange(inputs: pd.DataFrame) -> pd.DataFrame:
    """Rows in which every column lacks a value or holds one that no training row has."""
    rows = inputs.iloc[::-1].reset_index(drop=True)
    for place, name in enumerate(rows.columns):
        rows.loc[place, name] = np.nan
        rows.loc[place + 20, name] = 7.5 if rows[name].dtype == float else "never seen"
    return rows


@pytest.mark.parametrize("seed", range(12))
def test_a_model_is_the_same_as_from_all_rows(seed: int) -> None:
    frame, target = a_table(seed)
    assert_same_fit(frame, target, ModelSettings())


@pytest.mark.parametrize("model", [ModelKind.RANDOM_FOREST, ModelKind.HIST_GRADIENT_BOOSTING])
def test_so_it_is_of_every_kind_of_estimator(model: ModelKind) -> None:
    frame, target = a_table(1)
    trees = {"n_estimators": "3"} if model is ModelKind.RANDOM_FOREST else {"max_iter": "3"}
    assert_same_fit(frame, target, ModelSettings(model=model, params=trees))


@pytest.mark.parametrize("levels", [LEVELS - 1, LEVELS, LEVELS + 1, 2 * LEVELS])
def test_where_levels_are_merged_because_they_are_many_all_rows_are_counted(levels: int) -> None:
    rows = 8 * levels
    random = np.random.default_rng(levels)
    frame = pd.DataFrame({"place": [f"place {row % levels}" for row in range(rows)]}, dtype=object)
    frame.loc[random.choice(rows, rows // 4, replace=False), "place"] = "place 0"
    target = random.integers(0, 2, rows).astype(np.int8)
    settings = ModelSettings()
    assert_same_fit(frame, target, settings, in_short=levels < LEVELS)


def test_columns_of_one_kind_are_prepared_as_well() -> None:
    frame, target = a_table(2)
    settings = ModelSettings()
    assert_same_fit(frame[["often", "rare"]], target, settings)
    assert_same_fit(frame[["size", "lacking"]], target, settings)


@pytest.mark.parametrize("more", [0, 1])
def test_few_rows_are_left_to_scikit_learn(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FEW, ROWS - more)
    frame, target = a_table(3)
    assert_same_fit(frame, target, ModelSettings(), in_short=bool(more))
