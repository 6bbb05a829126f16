"""MLflow's plugin: ``mlflow.models.evaluate(..., evaluators="fairaudit")`` audits a model, and the run keeps all that an audit writes.

MLflow finds it by its entry point. Nothing of MLflow is loaded here before MLflow asks.
"""

from __future__ import annotations

import inspect
import json
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.errors import OptionError, listed

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.workflow.pipeline import Audit

FOLDER = "fairaudit"
"""Where the run keeps documents, card, report and figures."""
PREFIX = "metric_prefix"
"""What names of metrics begin with, as for MLflow's own evaluators."""
_OF_MLFLOW = ("source", "target", "fitted", "out", "statements", "template")
_AT_ONCE = 1000
"""MLflow takes no more metrics in one call."""


class FairauditEvaluator:
    """Audits a binary classifier; `evaluator_config` takes the settings of `fairaudit.audit`, such as ``{"attributes": ["race"], "effect": "hurts"}``."""

    name = "fairaudit"

    def __init__(self) -> None:
        self._asked = False

    def can_evaluate(self, *, model_type: str, evaluator_config: Mapping[str, Any], **_: Any) -> bool:
        """Tell whether it is meant: it is a classifier, and settings of ours are there, or this evaluator was named."""
        if model_type != "classifier":
            return False
        if not set(evaluator_config or ()).isdisjoint(_settings()):
            return True
        # Where nobody names an evaluator, MLflow asks each that is installed whether it can, and those that can once more before they work: whoever is asked
        # a second time was not named, and would audit every model, unasked. Nothing else that MLflow hands over tells the two.
        self._asked = not self._asked
        return self._asked

    def evaluate(
        self, *, dataset: Any, run_id: str, evaluator_config: Mapping[str, Any], model: Any = None, **_: Any
    ) -> Any:
        """Audit, and log documents, figures and numbers to the run.

        Raises
        ------
        fairaudit.errors.FairauditError
            If a setting is none, or the data cannot be audited as asked.
        """
        self._asked = False
        settings = dict(evaluator_config or {})
        prefix = str(settings.pop(PREFIX, ""))
        unknown = [str(name) for name in settings if name not in _settings()]
        if unknown:
            raise OptionError(
                "evaluator_config",
                f"{listed(unknown)} {'is' if len(unknown) == 1 else 'are'} no setting of an audit",
                hint=f"These are: {listed(_settings(), most=60)}",
            )
        return _logged(_audited(dataset, model, settings), run_id, prefix)


def _settings() -> list[str]:
    import fairaudit

    return [name for name in inspect.signature(fairaudit.audit).parameters if name not in _OF_MLFLOW]


def _audited(dataset: Any, model: Any, settings: Mapping[str, Any]) -> Audit:
    """Audit what a model predicts for the rows of a data set, or the predictions that it holds."""
    import fairaudit

    target = str(dataset.targets_name or "target")
    frame = _frame(dataset).assign(**{target: dataset.labels_data})
    if model is None:
        score = str(dataset.predictions_name or "prediction")
        return fairaudit.audit(
            frame.assign(**{score: dataset.predictions_data}), label=target, score=score, **settings
        )
    from fairaudit.workflow.mlflow_models import asked_of

    return fairaudit.audit(frame, target=target, fitted=asked_of(model, settings), **settings)


def _frame(dataset: Any) -> pd.DataFrame:
    import pandas as pd

    data = dataset.features_data
    if isinstance(data, pd.DataFrame):
        return data.set_axis([str(name) for name in data.columns], axis=1).reset_index(drop=True)
    return pd.DataFrame(data, columns=[str(name) for name in dataset.feature_names])


def _logged(audit: Audit, run_id: str, prefix: str) -> Any:
    """Log an audit to a run, and return it as MLflow's result."""
    import time

    from mlflow import MlflowClient
    from mlflow.entities import Metric, RunTag
    from mlflow.models import EvaluationResult

    from fairaudit.render.numbers.flat import numbers

    flat = json.loads(numbers(audit.group, audit.slices, audit.bias))
    metrics = {f"{prefix}{_name(name, flat)}": float(value) for name, value in flat.items()}
    client, moment = MlflowClient(), time.time_ns() // 1_000_000
    tags = [RunTag("fairaudit.verdict", str(audit.verdict))]
    entries = [Metric(name, value, moment, 0) for name, value in metrics.items()]
    for first in range(0, max(len(entries), 1), _AT_ONCE):
        client.log_batch(run_id, metrics=entries[first : first + _AT_ONCE], tags=tags if not first else ())
    with tempfile.TemporaryDirectory() as folder:
        audit.write(folder)
        names = sorted(
            path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file()
        )
        client.log_artifacts(run_id, folder, FOLDER)
    root = client.get_run(run_id).info.artifact_uri
    return EvaluationResult(  # type: ignore[no-untyped-call]
        metrics=metrics,
        artifacts={f"{FOLDER}/{name}": _artifact(f"{root}/{FOLDER}/{name}") for name in names},
        run_id=run_id,
    )


def _name(name: str, names: Collection[str]) -> str:
    """Name a metric so that none is the folder of another, which MLflow's store of files would make of it.

    >>> _name("race/A/fpr/ratio", {"race/A/fpr", "race/A/fpr/ratio"}), _name("race/A/fpr", {"race/A/fpr"})
    ('race/A/fpr.ratio', 'race/A/fpr')
    """
    parts = name.split("/")
    for number in range(1, len(parts)):
        if (first := "/".join(parts[:number])) in names:
            return ".".join([first, *parts[number:]])
    return name


def _artifact(uri: str) -> Any:
    """Name a file that the run keeps, as MLflow names its own."""
    from mlflow.models.evaluation import EvaluationArtifact

    class LoggedFile(EvaluationArtifact):
        """A file as it was logged; its content is its bytes."""

        def _load_content_from_file(self, local_artifact_path: str) -> bytes:
            return Path(local_artifact_path).read_bytes()

        def _save(self, output_artifact_path: str) -> None:
            Path(output_artifact_path).write_bytes(self.content)

    return LoggedFile(uri)  # type: ignore[no-untyped-call]
