"""Load a model that MLflow keeps: in its registry, in a run, or in a folder of its own form.

What is stored there by skops or as ONNX is loaded as such; whatever else MLflow loads runs code, and has to be trusted.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import importlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fairaudit.errors import FileError, clipped, one_line
from fairaudit.model.files import RAN_CODE, Trust, called, load_content, refuse_pickle
from fairaudit.model.fitted import FittedModel, PositiveClass, describe_model
from fairaudit.model.store import read_model
from fairaudit.settings.choices import ModelFile

MLFLOW = "mlflow:"
MODEL_FILE = "MLmodel"
_NATIVE = ("sklearn", "lightgbm", "xgboost", "catboost")
"""Kinds of models that answer with probabilities when they are loaded as what they are."""
_FORMS = f"Write {MLFLOW}models/NAME/VERSION, {MLFLOW}models/NAME@ALIAS or {MLFLOW}runs/ID/PATH"


def of_registry(reference: str, trust: Trust, positive: PositiveClass) -> FittedModel:
    """Load what a reference such as ``mlflow:models/NAME/1`` names, from where ``MLFLOW_TRACKING_URI`` points to.

    Raises
    ------
    FileError
        There is no such model, it cannot be loaded, or MLflow is not installed.
    """
    kind, _, rest = reference.removeprefix(MLFLOW).replace(":/", "/", 1).partition("/")
    rest = rest.lstrip("/")
    if kind not in ("models", "runs") or not rest:
        raise FileError(reference, "names no model of MLflow", hint=_FORMS)
    with contextlib.ExitStack() as until_loaded:
        copy = until_loaded.enter_context(_folder_of_copies())
        model = of_folder(_downloaded(f"{kind}:/{rest}", copy, reference), reference, trust, positive)
        if model.kind is ModelFile.MLFLOW:
            # Its code may read its files when it is asked.
            atexit.register(until_loaded.pop_all().close)
    return model


def _folder_of_copies() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for what MLflow downloads, which MLflow itself would leave behind."""
    return tempfile.TemporaryDirectory(prefix="fairaudit-", ignore_cleanup_errors=True)


def _downloaded(uri: str, copy: str, reference: str) -> Path:
    """Let MLflow copy a model into a folder."""
    with _mlflow(reference) as mlflow:
        try:
            return Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=copy))
        except (
            Exception
        ) as error:  # MLflow raises errors of its own, of HTTP and of whatever stores there are
            raise FileError(
                reference,
                f"MLflow does not give it: {clipped(one_line(error), most=300)}",
                hint="MLFLOW_TRACKING_URI says where MLflow looks for it",
            ) from error


def of_folder(folder: Path, name: str, trust: Trust, positive: PositiveClass) -> FittedModel:
    """Load a model from a folder in which MLflow keeps one.

    Raises
    ------
    FileError
        It is none, or loading it would run code that nobody trusts.
    """
    about = _about(folder, name)
    flavors = about["flavors"]
    named = _signature_names(about)
    stored, suffix = _plain_file(folder, flavors, name)
    if stored is not None:
        return load_content(name, suffix, read_model(stored), trust, positive, named).model
    refuse_pickle(
        name, trust, f"is a model that MLflow loads by code ({', '.join(sorted(map(str, flavors)))})"
    )
    native = next((kind for kind in _NATIVE if kind in flavors), "pyfunc")

    def read() -> Any:
        return importlib.import_module(f"mlflow.{native}").load_model(str(folder))

    with _mlflow(name):
        model, warned = called(name, read, contextlib.nullcontext)
    return describe_model(
        model,
        file=name,
        kind=ModelFile.MLFLOW,
        sha256=_digest(folder),
        ran_code=True,
        warnings=(f"{name}: {RAN_CODE}", *warned),
        positive=positive,
        named=named,
    )


@contextlib.contextmanager
def _mlflow(name: str) -> Iterator[Any]:
    """Give MLflow, which is not to tell its makers of it."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        import mlflow
        import mlflow.artifacts
    except ImportError:
        raise FileError(
            name,
            "is a model of MLflow, which is not installed",
            hint="pip install mlflow-skinny",
        ) from None
    yield mlflow


def _about(folder: Path, name: str) -> dict[str, Any]:
    import yaml

    path = folder / MODEL_FILE
    if not path.is_file():
        raise FileError(
            name,
            f"is a folder without {MODEL_FILE}, and so no model of MLflow",
            hint="A file, or a folder that MLflow's log_model has made, is expected",
        )
    try:
        about = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML raises ValueError for a date that there is not, and recurses into what is nested.
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise FileError(str(path), f"cannot be read: {clipped(one_line(error), most=200)}") from error
    if not isinstance(about, dict) or not isinstance(about.get("flavors"), dict):
        raise FileError(str(path), "does not say what the model is")
    return about


def _plain_file(folder: Path, flavors: Mapping[str, Any], name: str) -> tuple[Path | None, str]:
    """Return the file that can be loaded without code of its own, and its kind; ``None`` if there is none."""
    for flavor, key, suffix in (("onnx", "data", ".onnx"), ("sklearn", "pickled_model", ".skops")):
        part = flavors.get(flavor)
        if not isinstance(part, dict) or not isinstance(file := part.get(key), str):
            continue
        if flavor == "sklearn" and part.get("serialization_format") != "skops":
            continue
        path = (folder / file).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise FileError(name, f"its file {clipped(file)!r} lies outside of its folder")
        return path, suffix
    return None, ""


def _signature_names(about: Mapping[str, Any]) -> list[str] | None:
    """Return the columns that a signature names, if it names any."""
    import json

    try:
        inputs = json.loads(about["signature"]["inputs"])
        names = [part["name"] for part in inputs]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return names if names and all(isinstance(part, str) for part in names) else None


def hash_of_logged(model: Any) -> tuple[str | None, str | None, list[str] | None]:
    """Return the address of a model that MLflow has loaded, the hash of what is stored there, and the columns that its signature names; what is not known is ``None``."""
    try:
        uri = str(model.metadata.get_model_info().model_uri)
        with _folder_of_copies() as copy:
            folder = _downloaded(uri, copy, uri)
            about = _about(folder, uri)
            stored, _ = _plain_file(folder, about["flavors"], uri)
            sha256 = _digest(folder) if stored is None else hashlib.sha256(read_model(stored)).hexdigest()
    except Exception:  # noqa: BLE001  # a function, or a model of which nothing is stored; MLflow raises what its stores raise
        return None, None, None
    return uri, sha256, _signature_names(about)


def _digest(folder: Path) -> str:
    """Return the SHA-256 of a list of all files, each with its own: a folder has no content."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
