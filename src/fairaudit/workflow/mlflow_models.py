"""A model that MLflow has loaded, as one that can be audited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fairaudit.settings.choices import ModelFile

if TYPE_CHECKING:
    from fairaudit.model.fitted import FittedModel


def asked_of(model: Any, settings: Mapping[str, Any]) -> FittedModel:
    """Return a model that is asked for probabilities if its library gives them, else for what MLflow's function gives.

    Parameters
    ----------
    model
        What MLflow has loaded, or made of a function.
    settings
        Settings of the audit, of which `positive` and `positive_class` say which class scores are of.
    """
    from fairaudit.model.fitted import PositiveClass, describe_model
    from fairaudit.model.registry import hash_of_logged

    positive = settings.get("positive", ())
    uri, sha256, names = hash_of_logged(model)
    return describe_model(
        _raw(model),
        file=uri or type(model).__name__,
        kind=ModelFile.MLFLOW,
        sha256=sha256,
        positive=PositiveClass(
            chosen=settings.get("positive_class"),
            values=(positive,) if isinstance(positive, str) else tuple(positive),
        ),
        named=names,
    )


def _raw(model: Any) -> Any:
    """Return the model of its own library, if MLflow has it and it answers questions."""
    try:
        raw = model.get_raw_model()
    except (AttributeError, NotImplementedError):  # MLflow raises it for a function, which is asked itself
        return model
    return (
        raw
        if any(hasattr(raw, name) for name in ("predict_proba", "decision_function", "predict"))
        else model
    )
