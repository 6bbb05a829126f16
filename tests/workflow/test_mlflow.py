"""MLflow's registry gives models, and its evaluation asks for an audit; a folder of its own serves as tracking server."""

from __future__ import annotations

import importlib
import json
import tempfile
import tomllib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

import fairaudit
from fairaudit.errors import FileError, OptionError

Run = Callable[..., Any]
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
FEATURES = ["income", "age"]


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    random = np.random.default_rng(0)
    income, age = random.normal(50, 20, 200).round(1), random.integers(18, 80, 200).astype(float)
    paid = (income + random.normal(0, 15, 200) > 50).astype(int)
    return pd.DataFrame({"income": income, "age": age, "sex": random.choice(["F", "M"], 200), "paid": paid})


@pytest.fixture(scope="module")
def model(people: pd.DataFrame) -> LogisticRegression:
    return LogisticRegression().fit(people[FEATURES], people["paid"])


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory, model: LogisticRegression) -> Iterator[ModuleType]:
    """MLflow with a model in its registry: version 1 by skops, version 2 by pickle."""
    folder = tmp_path_factory.mktemp("mlflow") / "mlruns"
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.chdir(folder.parent)
        for name, value in {
            "MLFLOW_ALLOW_FILE_STORE": "true",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_TRACKING_URI": folder.as_uri(),
            "GIT_PYTHON_REFRESH": "quiet",
        }.items():
            patch.setenv(name, value)
        package = importlib.import_module("mlflow")
        importlib.import_module("mlflow.sklearn")
        package.set_tracking_uri(folder.as_uri())
        for how in ("skops", "cloudpickle"):
            with package.start_run():
                package.sklearn.log_model(
                    model,
                    name="model",
                    registered_model_name="lender",
                    serialization_format=how,
                    pip_requirements=["scikit-learn"],
                )
        yield package


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("mlflow")
class TestRegistry:
    def test_a_version_that_runs_no_code(
        self, run: Run, people: pd.DataFrame, model: LogisticRegression, tmp_path: Path
    ) -> None:
        people.to_csv(tmp_path / "people.csv", index=False)
        ran = run("predict", "mlflow:models/lender/1", "people.csv", "-t", "paid", cwd=tmp_path)
        assert ran.code == 0, ran.err
        made = pd.read_csv(tmp_path / "fairaudit-out/predictions.csv", converters={"score": float})
        assert (made["score"] == model.predict_proba(people[FEATURES])[:, 1]).all()
        part = json.loads((tmp_path / "fairaudit-out/predict.json").read_text())["model"]
        assert (part["file"], part["kind"], part["ran_code"]) == ("mlflow:models/lender/1", "skops", False)

    def test_a_version_that_is_a_pickle(self, people: pd.DataFrame, model: LogisticRegression) -> None:
        with pytest.raises(FileError, match=r"loads by code \(python_function, sklearn\).*trust_pickle=True"):
            fairaudit.load_model("mlflow:models/lender/2")
        loaded = fairaudit.load_model("mlflow:models/lender/2", trust_pickle=True)
        assert loaded.ran_code
        assert (loaded.score(people) == model.predict_proba(people[FEATURES])[:, 1]).all()

    def test_no_copy_of_it_is_left(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        fairaudit.load_model("mlflow:models/lender/1")
        assert list(tmp_path.iterdir()) == []

    def test_a_run_a_folder_and_a_version_are_one_model(
        self, mlflow: ModuleType, people: pd.DataFrame
    ) -> None:
        run = mlflow.MlflowClient().get_model_version("lender", "1").run_id
        folder = mlflow.artifacts.download_artifacts("models:/lender/1")
        loaded = [
            fairaudit.load_model(reference)
            for reference in ("mlflow:models/lender/1", f"mlflow:runs/{run}/model", folder)
        ]
        assert len({model.sha256 for model in loaded}) == 1
        assert all((model.score(people) == loaded[0].score(people)).all() for model in loaded)

    @pytest.mark.parametrize(
        ("reference", "problem"),
        [
            ("mlflow:lender", "names no model of MLflow"),
            ("mlflow:models/lender/7", "MLflow does not give it"),
            ("mlflow:models/nobody/1", "MLflow does not give it"),
            ("mlflow:runs/none/model", "MLflow does not give it"),
        ],
    )
    def test_what_is_not_there(self, reference: str, problem: str) -> None:
        with pytest.raises(FileError, match=problem):
            fairaudit.load_model(reference)

    def test_a_folder_that_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match="without MLmodel"):
            fairaudit.load_model(tmp_path)
        (tmp_path / "MLmodel").write_text(
            "flavors: {sklearn: {pickled_model: ../x, serialization_format: skops}}"
        )
        with pytest.raises(FileError, match="lies outside of its folder"):
            fairaudit.load_model(tmp_path)

    @pytest.mark.parametrize("content", ["[" * 5_000, "flavors: {}\nwhen: 2026-02-30", "a: b: c", "\0"])
    def test_a_description_that_is_none(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "MLmodel").write_text(content)
        with pytest.raises(FileError, match="MLmodel: cannot be read"):
            fairaudit.load_model(tmp_path)

    def test_a_signature_that_is_none(self, tmp_path: Path) -> None:
        """What cannot be read names no columns, and the model is loaded all the same."""
        skops.io.dump(DummyClassifier().fit([[0], [1]], [0, 1]), tmp_path / "m.skops")
        flavors = "flavors: {sklearn: {pickled_model: m.skops, serialization_format: skops}}"
        for inputs in ("[" * 100_000, "{}", "[1]"):
            (tmp_path / "MLmodel").write_text(f"{flavors}\nsignature: {{inputs: '{inputs}'}}")
            assert fairaudit.load_model(tmp_path).features is None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("mlflow", "evaluate")
class TestEvaluator:
    @pytest.fixture
    def evaluate(self) -> Callable[..., Any]:
        models = importlib.import_module("mlflow.models")
        registry = importlib.import_module("mlflow.models.evaluation.evaluator_registry")
        entry = tomllib.loads(PYPROJECT.read_text())["project"]["entry-points"]["mlflow.model_evaluator"]
        module, _, name = entry["fairaudit"].partition(":")
        registry._model_evaluation_registry.register(
            "fairaudit", getattr(importlib.import_module(module), name)
        )

        def evaluate(*words: Any, **how: Any) -> Any:
            return models.evaluate(*words, targets="paid", model_type="classifier", **how)

        return evaluate

    def test_a_model_of_the_registry(
        self,
        mlflow: ModuleType,
        evaluate: Callable[..., Any],
        people: pd.DataFrame,
        model: LogisticRegression,
    ) -> None:
        with mlflow.start_run() as run:
            result = evaluate(
                "models:/lender/1",
                people,
                evaluators="fairaudit",
                evaluator_config={"attributes": ["sex"], "effect": "helps", "metric_prefix": "audit/"},
            )
        expected = fairaudit.audit(people, target="paid", fitted=model, attributes="sex", effect="helps")
        stored = mlflow.get_run(run.info.run_id).data
        assert stored.metrics == result.metrics
        women = next(g for g in expected.group.groups if g.group == "F")
        assert stored.metrics["audit/sex/F/fpr"] == women.metrics["fpr"].value
        assert stored.tags["fairaudit.verdict"] == str(expected.verdict)
        logged = {
            "group.json",
            "fairness.json",
            "MODEL_CARD.md",
            "report.html",
            "predictions.csv",
            "predict.json",
        }
        assert {f"fairaudit/{name}" for name in logged} <= set(result.artifacts)
        assert any(name.endswith(".png") for name in result.artifacts)
        document = json.loads(result.artifacts["fairaudit/group.json"].content)
        assert document["overall"]["n"] == 200
        assert (
            document["settings"]["fitted"]["sha256"] == fairaudit.load_model("mlflow:models/lender/1").sha256
        )

    def test_predictions_alone(
        self, mlflow: ModuleType, evaluate: Callable[..., Any], people: pd.DataFrame
    ) -> None:
        rows = people.assign(selected=(people["income"] > 50).astype(int))
        with mlflow.start_run():
            result = evaluate(data=rows, predictions="selected", evaluators="fairaudit")
        assert [v for k, v in result.metrics.items() if k.endswith("/pprev") and "sex" not in k] == [
            rows["selected"].mean()
        ]

    def test_a_setting_that_is_none(
        self, mlflow: ModuleType, evaluate: Callable[..., Any], people: pd.DataFrame
    ) -> None:
        with mlflow.start_run(), pytest.raises(OptionError, match="'atributes' is no setting of an audit"):
            evaluate(
                "models:/lender/1", people, evaluators="fairaudit", evaluator_config={"atributes": ["sex"]}
            )

    def test_nobody_is_audited_unasked(
        self, mlflow: ModuleType, evaluate: Callable[..., Any], people: pd.DataFrame
    ) -> None:
        base = importlib.import_module("mlflow.models.evaluation.base")
        unasked = {"model_type": "classifier", "evaluator_config": {}}
        for part in base.resolve_evaluators_and_configs(None, None, "classifier"):
            assert part.name != "fairaudit" or not part.evaluator.can_evaluate(**unasked)
        with mlflow.start_run():
            # With pandas 3, MLflow has trouble of its own with texts.
            result = evaluate(data=people.select_dtypes("number").assign(selected=1), predictions="selected")
        assert result.metrics
        assert not any(name.startswith("fairaudit") for name in result.artifacts)
        chosen = base.resolve_evaluators_and_configs(
            None, {"fairaudit": {"attributes": ["sex"]}}, "classifier"
        )
        assert "fairaudit" in [part.name for part in chosen]
