"""The functions of the package that take a fitted model: to load it, and to score rows by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.settings.arguments import checked, group_of
from fairaudit.settings.edges import in_python
from fairaudit.settings.source import InputSettings
from fairaudit.settings.training import Prediction
from fairaudit.workflow.audit import open_input
from fairaudit.workflow.fitted import native_rows
from fairaudit.workflow.predict import Predicted, load_fitted, predicted
from fairaudit.workflow.predictions import PREDICTIONS
from fairaudit.workflow.public_results import Place
from fairaudit.workflow.scoring import Wanted
from fairaudit.workflow.taken import stamp_of
from fairaudit.write import refuse_replacing

if TYPE_CHECKING:
    from fairaudit.model.fitted import FittedModel

Texts = str | Sequence[str]


@in_python
def load_model(
    model: object,
    *,
    trust: Texts = (),
    trust_pickle: bool = False,
    positive_class: str | None = None,
) -> FittedModel:
    """Load a fitted classifier to score rows with, such as in a service; no code of the file's choosing runs, unless it is trusted.

    Parameters
    ----------
    model
        Path of a ``.skops`` file (that of `train`, or of any scikit-learn classifier or pipeline), of an ``.onnx`` file, of a pickle (``.joblib``, ``.pkl``), or of a folder
        that MLflow's ``log_model`` has made; ``"mlflow:models/NAME/1"`` or ``"mlflow:runs/ID/PATH"``; or a fitted classifier itself.
    trust
        Full names of types that a ``.skops`` file may hold though skops does not know them to be safe. Their code can run: name only those of people you trust.
    trust_pickle
        Whether a pickle, or what MLflow loads by code, may be loaded. That runs whatever code it holds.
    positive_class
        The class that scores are of, as text, where the classes are not 0 and 1, or false and true.

    Returns
    -------
    FittedModel
        ``score(frame)`` gives a score for each row of a pandas frame, ``decide(frame)`` 0 or 1; `sha256` names the model as documents do, and `features`, `classes`, `threshold` and
        `answers` say what it reads and gives.

    Raises
    ------
    fairaudit.errors.FairauditError
        If the file cannot be read, is no classifier of two classes, or would run code that nobody trusts.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> people = pd.DataFrame({"income": range(40), "paid": [0] * 20 + [1] * 20})
    >>> model = load_model(LogisticRegression().fit(people[["income"]], people["paid"]))
    >>> model.features, str(model.answers), model.decide(people).sum()
    (('income',), 'probabilities', np.int64(20))
    """
    return load_fitted(model, group_of(Prediction, _options(locals()))).model


@in_python
def predict(
    model: object,
    data: object,
    *,
    target: str | None = None,
    positive: Texts = (),
    drop: Texts = (),
    threshold: float | None = None,
    strict: bool = False,
    na_values: Texts | None = None,
    trust: Texts = (),
    trust_pickle: bool = False,
    positive_class: str | None = None,
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    names: Texts = (),
    skip_bad_lines: bool = False,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_dir: Place | None = None,
    out: Place | None = None,
) -> Predicted:
    """Score rows by a model that was fitted before.

    Parameters
    ----------
    model, trust, trust_pickle, positive_class
        As for `load_model`.
    data, na_values, format, delimiter, encoding, names, skip_bad_lines, memory_limit, threads, temp_dir
        As for `audit`: a path or a table of raw data.
    target, positive
        Column with the outcome, if the rows have one, and its values that make up the positive class; left out, as the model was trained, if its file says so.
    drop
        Columns that are no features, for a model that does not name those that it reads.
    threshold
        A row with score >= threshold is decided 1; left out, as the model was trained, or 0.5, or 0 for decision values.
    strict
        Whether a column that has little in common with the training rows is refused, and not only told of; the file of `train` knows these rows.
    out
        Folder in which to write ``predict.json`` and ``predictions.csv``; left out, nothing is written.

    Returns
    -------
    Predicted
        ``document`` is ``predict.json``; ``predictions.frame`` holds all rows with their scores, to be audited.

    Raises
    ------
    fairaudit.errors.FairauditError
        If the model cannot be loaded, or the rows are not such as it reads.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> people = pd.DataFrame({"income": range(40), "paid": [0] * 20 + [1] * 20})
    >>> made = predict(LogisticRegression().fit(people[["income"]], people["paid"]), people, target="paid")
    >>> list(made.predictions.frame), made.document.selected
    (['row', 'label', 'score', 'decision', 'income'], 20)
    """
    arguments = _options(locals())
    opened = open_input(data, group_of(InputSettings, arguments))
    if out is not None and isinstance(data, (str, Path)):
        refuse_replacing(str(data), Path(out), PREDICTIONS)
    made = predicted(
        model,
        opened,
        stamp_of("predict"),
        prediction=group_of(Prediction, arguments),
        wanted=Wanted(native=native_rows(data)),
    )
    if out is not None:
        made.write(out)
    return made


def _options(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hold arguments to their kinds, but for the model, which may be anything; elsewhere that is a choice of a text."""
    return checked({name: value for name, value in arguments.items() if name != "model"})
