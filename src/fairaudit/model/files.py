"""Load the content of a model's file: a skops archive, a pickle, or ONNX.

Nothing that a file chooses runs, unless the one who names the file trusts it: a type of a skops archive by its name, a pickle whole.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import pandas as pd

from fairaudit.errors import FROM_OTHERS, FileError, clipped, one_line
from fairaudit.model.estimator import modules_from_here
from fairaudit.model.fitted import FittedModel, PositiveClass, describe_model
from fairaudit.model.onnx import open_onnx
from fairaudit.model.pipeline import estimator_name, feature_names_in, predict
from fairaudit.model.store import StoredModel, is_own, load_foreign, load_own, purpose_of
from fairaudit.model.values import Scores
from fairaudit.settings.choices import Answers, ModelFile
from fairaudit.spelling import setting

PICKLES = (".joblib", ".pkl", ".pickle")
RAN_CODE = "loading it ran code that its file chose, as every pickle does, and nothing of it was checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What the one who names a model trusts.

    Attributes
    ----------
    types
        Full names of types that a skops archive may hold.
    pickle
        Whether a pickle may be loaded, which runs whatever code it holds.
    """

    types: tuple[str, ...] = ()
    pickle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model, and the same with all that is known of its training if this program has stored it."""

    model: FittedModel
    stored: StoredModel | None = None


def load_content(
    name: str,
    suffix: str,
    content: bytes,
    trust: Trust,
    positive: PositiveClass,
    named: Sequence[str] | None = None,
) -> Loaded:
    """Load the content of a file by the ending of its name; `named` are the columns that it reads, where something beside it says so."""
    if suffix in PICKLES:
        return Loaded(model=_unpickled(name, content, trust, positive))
    if suffix == ".onnx":
        return Loaded(model=open_onnx(name, content, positive))
    if is_own(content):
        stored = load_own(name, content, trust=trust.types)
        return Loaded(model=_of_stored(stored, name), stored=stored)
    model, trusted, warned = load_foreign(name, content, trust=trust.types)
    return Loaded(
        model=describe_model(
            model,
            file=name,
            kind=ModelFile.SKOPS,
            sha256=hashlib.sha256(content).hexdigest(),
            ran_code=bool(trusted),
            trusted=trusted,
            warnings=warned,
            positive=positive,
            named=named,
        )
    )


def refuse_pickle(name: str, trust: Trust, why: str = "is a pickle") -> None:
    """Refuse what runs code when it is loaded, unless that is trusted.

    Raises
    ------
    FileError
        It is not.
    """
    if not trust.pickle:
        raise FileError(
            name,
            f"{why}, and loading it would run whatever code it holds. Nothing was loaded",
            hint=f"If you know who made the file, say {setting('trust_pickle', True)}; or store the model by skops.io.dump",
        )


def _unpickled(name: str, content: bytes, trust: Trust, positive: PositiveClass) -> FittedModel:
    refuse_pickle(name, trust)
    import joblib

    model, warned = called(name, lambda: joblib.load(io.BytesIO(content)), modules_from_here)
    return describe_model(
        model,
        file=name,
        kind=ModelFile.PICKLE,
        sha256=hashlib.sha256(content).hexdigest(),
        ran_code=True,
        warnings=(f"{PurePath(name).name}: {RAN_CODE}", *warned),
        positive=positive,
    )


def called(name: str, function: Any, within: Any) -> tuple[Any, tuple[str, ...]]:
    """Call what loads a model by code of others, and give what it warned of, too."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with within():
                model = function()
        except FROM_OTHERS as error:  # code of others may raise anything
            raise FileError(
                name, f"cannot be loaded: {type(error).__name__}: {clipped(one_line(error), most=300)}"
            ) from error
    sentences = dict.fromkeys(clipped(one_line(warning.message), most=300) for warning in caught)
    return model, tuple(sentences)


def _of_stored(stored: StoredModel, name: str) -> FittedModel:
    """Describe a model that this program has stored."""
    purpose = purpose_of(stored, file=name)
    features = feature_names_in(stored.pipeline)

    def ask(frame: pd.DataFrame) -> Scores:
        return predict(stored.pipeline, frame, file="the data")

    return FittedModel(
        file=name,
        kind=ModelFile.OWN,
        sha256=stored.sha256,
        estimator=estimator_name(stored.pipeline),
        features=features,
        width=len(features),
        answers=Answers.PROBABILITIES,
        classes=("0", "1"),
        positive_class="1",
        ask=ask,
        threshold=purpose.threshold,
        target=purpose.target,
        positive=purpose.positive,
        ran_code=bool(stored.trusted),
        trusted=stored.trusted,
        warnings=stored.warnings,
    )
