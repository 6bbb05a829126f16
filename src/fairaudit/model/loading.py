"""Load a fitted model from wherever it lies: a file, MLflow's registry, or memory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from fairaudit.errors import FileError
from fairaudit.model.files import Loaded, Trust, load_content
from fairaudit.model.fitted import FittedModel, PositiveClass, describe_model
from fairaudit.model.registry import MLFLOW, of_folder, of_registry
from fairaudit.model.store import read_model
from fairaudit.settings.choices import ModelFile


def load(
    reference: object, trust: Trust, *, positive_class: str | None = None, positive: Sequence[str] = ()
) -> Loaded:
    """Load a fitted model.

    Parameters
    ----------
    reference
        A path, ``mlflow:models/NAME/1`` or ``mlflow:runs/ID/PATH``; a model that was loaded before; or one in memory.
    positive_class
        Which of its classes scores are of, if that was chosen.
    positive
        The values of the target that are positive, if they were named: a class of that name is the positive one.

    Raises
    ------
    FileError
        It cannot be read, or is no model; or it would run code, and nobody trusts it.
    OptionError
        Nobody can tell which of its classes is the positive one.
    """
    wanted = PositiveClass(chosen=positive_class, values=tuple(positive))
    if isinstance(reference, Loaded):
        return reference
    if isinstance(reference, FittedModel):
        return Loaded(model=reference)
    if not isinstance(reference, (str, os.PathLike)):
        name = type(reference).__name__
        return Loaded(model=describe_model(reference, file=name, kind=ModelFile.MEMORY, positive=wanted))
    text = os.fsdecode(reference)
    if not text or "\0" in text:
        raise FileError(text, "cannot be read: no file is called so")
    if text.startswith(MLFLOW):
        return Loaded(model=of_registry(text, trust, wanted))
    path = Path(text)
    if path.is_dir():
        return Loaded(model=of_folder(path, text, trust, wanted))
    return load_content(text, path.suffix.lower(), read_model(path), trust, wanted)
