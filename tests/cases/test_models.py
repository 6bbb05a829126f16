"""Models that are trained, stored and used."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fairaudit.model.store import load_model

Run = Callable[..., Any]
Refusal = Callable[..., str]
Case = Callable[[int], Path]

SURE = ("--model", "random-forest", "--param", "bootstrap=false")
TAMPERED = 29
"""Models in case 25; one of them is sound."""


@pytest.mark.parametrize("number", [10, 1], ids=["training", "held-out rows"])
def test_05_scores_of_0_and_1_are_measured_as_scores(
    run: Run, case: Case, tmp_path: Path, number: int
) -> None:
    trees = ("--param", f"n_estimators={number}")
    data = case(5) / "train.csv"
    ran = run("train", data, "--target", "y", "--drop", "sex", *SURE, *trees, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert [line.split()[-1] for line in ran.out.splitlines() if "ROC AUC" in line] == ["1.000"]
    ran = run("audit", data, "--target", "y", *SURE, *trees, "--folds", 2, "-o", "all", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "ROC AUC" in (tmp_path / "all" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("factory", ["gb", "dt", "extra", "ada", "bag"])
def test_15_trees_of_one_s_own_load_with_the_trust_that_train_announces(
    run: Run, case: Case, tmp_path: Path, factory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(case(15))
    data, new = case(15) / "train.csv", case(15) / "new.csv"
    ran = run(
        "train", data, "--target", "y", "--drop", "sex", "--estimator", f"mymod:{factory}", cwd=tmp_path
    )
    assert ran.code == 0, ran.err
    trust = re.search(r"fairaudit predict will need ((?:--trust \S+ ?)+)\n", ran.err)
    assert trust, ran.err
    assert any(
        "will need" in w for w in json.loads((tmp_path / "fairaudit-out/train.json").read_text())["warnings"]
    )
    model = "fairaudit-out/model.skops"
    refused = run("predict", model, new, "-o", "new", cwd=tmp_path)
    assert refused.code == 2
    assert "not one of the estimators that fairaudit checks" in refused.err
    assert trust.group(1).strip() in refused.err
    assert not (tmp_path / "new").exists()
    ran = run("predict", model, new, "-o", "new", *trust.group(1).split(), cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert len(pd.read_csv(tmp_path / "new" / "predictions.csv")) == len(pd.read_csv(new))


def test_16_predict_advises_no_option_that_it_lacks(run: Run, case: Case, tmp_path: Path) -> None:
    assert run("train", case(16) / "train.csv", "-t", "y", "--drop", "sex", cwd=tmp_path).code == 0
    with_gaps = pd.read_csv(case(16) / "new.csv", dtype=str).assign(y=["1", "0", None] + ["1"] * 397)
    with_gaps.to_csv(tmp_path / "gaps.csv", index=False)
    for data in (case(16) / "new.csv", "gaps.csv"):
        ran = run("predict", "fairaudit-out/model.skops", data, "-o", "new", cwd=tmp_path)
        assert ran.code == 0
        assert "predictions.csv has no labels" in ran.err
        assert "--" not in ran.err


def test_25_a_tampered_model_is_refused_in_one_sentence(refusal: Refusal, case: Case, tmp_path: Path) -> None:
    (tmp_path / "fairaudit-out").mkdir()
    (tmp_path / "fairaudit-out" / "predictions.csv").write_text("of an earlier run\n")
    models = sorted(case(25).glob("mt_*.skops"))
    assert len(models) == TAMPERED
    for model in models:
        sentence = refusal("predict", model, case(25) / "data.csv", cwd=tmp_path)
        if "svc" in model.name:
            assert "not one of the estimators that fairaudit checks" in sentence, model.name
            assert sentence.endswith("say --trust sklearn.svm._classes.SVC."), model.name
        else:
            assert "it is not sound: " in sentence or "does not say what it was trained for: " in sentence
            assert "trees" not in sentence


def test_25_the_sound_one_scores_when_it_is_trusted(run: Run, case: Case, tmp_path: Path) -> None:
    model, data = case(25) / "mt_svc_ok.skops", case(25) / "data.csv"
    trust = "sklearn.svm._classes.SVC"
    ran = run("predict", model, data, "--trust", trust, cwd=tmp_path)
    assert ran.code == 0, ran.err
    found = pd.read_csv(tmp_path / "fairaudit-out" / "predictions.csv", converters={"score": float})
    # What libsvm does, written out: a kernel's decision, then a logistic function of it.
    pipeline = load_model(model, trust=[trust]).pipeline
    rows, svc = pd.read_csv(data), pipeline[-1]
    inputs = pipeline[0].transform(rows)
    distances = ((inputs[:, None, :] - svc.support_vectors_[None, :, :]) ** 2).sum(axis=2)
    decisions = np.exp(-svc._gamma * distances) @ svc._dual_coef_[0] + svc._intercept_[0]
    expected = 1 - 1 / (1 + np.exp(decisions * svc._probA[0] + svc._probB[0]))
    assert np.allclose(found["score"], expected, atol=0.005)  # libsvm stops iterating early


def test_29_features_near_the_end_of_floats_are_one_sentence(
    refusal: Refusal, case: Case, tmp_path: Path
) -> None:
    data = case(29) / "nan_feature.csv"
    for command in ("train", "cv", "audit"):
        # An audit asks for its attributes first.
        given = ["-a", "score:quartiles"] if command == "audit" else []
        sentence = refusal(command, data, "--target", "label", *given, cwd=tmp_path)
        assert "column 'x': 60 values are larger than 1e+100 in size" in sentence
        assert "--drop x" in sentence
