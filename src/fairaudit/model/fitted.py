"""A fitted model of whatever library, asked alike: which columns it reads, which classes it knows, and what it answers for rows.

Nothing is loaded here, and nothing learnt. What a library's model does when it is asked is its own; what it answers is checked.
"""

from __future__ import annotations

import contextlib
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairaudit.errors import FROM_OTHERS, FileError, OptionError, clipped, listed, one_line
from fairaudit.model.raw import Wishes, wishes_of
from fairaudit.model.values import Scores, value_text
from fairaudit.settings.choices import Answers, ModelFile
from fairaudit.settings.edges import in_python
from fairaudit.spelling import setting

USUAL_THRESHOLD = 0.5

UNNAMED = re.compile(r"(?:Column_)?(\d+)")
"""What LightGBM and CatBoost call columns that had no names when they learnt from them."""

POSITIVE_TEXTS = ("1", "true")


@dataclass(frozen=True, slots=True, kw_only=True)
class PositiveClass:
    """Which class scores are of, as far as somebody has said so.

    Attributes
    ----------
    chosen
        One of the model's classes, as text.
    values
        Values of the target that are positive: a class of such a name is the positive one.
    """

    chosen: str | None = None
    values: tuple[str, ...] = ()


NOT_SAID = PositiveClass()


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedModel:
    """A fitted model: what it is, and what it answers.

    Attributes
    ----------
    file : str
        What messages and documents call it.
    kind : ModelFile
        How it was stored.
    sha256 : str or None
        Of its file; ``None`` for a model that was handed over in memory.
    estimator : str
        The type of the model, or of the last step of a pipeline.
    features : tuple[str, ...] or None
        The columns that it reads, in its order; ``None`` where it does not name them.
    width : int or None
        How many columns it reads; ``None`` where it does not say so.
    answers : Answers
        Whether `score` gives probabilities, decision values or labels.
    classes : tuple[str, ...]
        Its two classes as text; none where it does not name them.
    positive_class : str or None
        The one that scores are of.
    threshold : float
        A row with score >= threshold is decided 1.
    target : str or None
        The column that it was trained to predict, where its file says so.
    positive : tuple[str, ...]
        Values of that column that are label 1.
    ran_code : bool
        Whether loading it ran code that its file chose.
    trusted : tuple[str, ...]
        The types that it was loaded with because somebody trusts them.
    warnings : tuple[str, ...]
        What loading gave warning of.
    """

    file: str
    kind: ModelFile
    sha256: str | None
    estimator: str
    features: tuple[str, ...] | None
    width: int | None
    answers: Answers
    classes: tuple[str, ...]
    positive_class: str | None
    ask: Callable[[pd.DataFrame], Scores] = field(repr=False)
    threshold: float = USUAL_THRESHOLD
    target: str | None = None
    positive: tuple[str, ...] = ()
    ran_code: bool = False
    trusted: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    wishes: Wishes = field(default_factory=Wishes, repr=False)

    @in_python
    def score(self, frame: pd.DataFrame) -> Scores:
        """Score rows.

        Parameters
        ----------
        frame : pandas.DataFrame of shape (n, columns)
            Rows that hold every column that the model reads; others are ignored, if the model names its own.

        Returns
        -------
        numpy.ndarray of shape (n,)
            One score for each row: a probability of the positive class in [0, 1], a decision value, or a label 0 or 1, as `answers` says.

        Raises
        ------
        fairaudit.errors.FairauditError
            Columns are missing or surplus, or the model cannot answer for these rows.
        """
        if not isinstance(frame, pd.DataFrame):
            raise OptionError("frame", f"it is a {type(frame).__name__}, and a pandas DataFrame is expected")
        names = [str(name) for name in frame.columns]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise OptionError("frame", f"it has several columns of one name: {listed(twice)}")
        chosen = choose_columns(self, names, file="the data")
        return self.scored(frame, chosen)

    def scored(self, frame: pd.DataFrame, columns: Sequence[str]) -> Scores:
        """Score rows by the columns that `choose_columns` has chosen."""
        taken = frame.set_axis([str(name) for name in frame.columns], axis=1)[list(columns)]
        if taken.empty:
            return np.empty(0, dtype=np.float64)
        scores = self.ask(self.wishes.granted(taken.reset_index(drop=True)))
        _refuse_odd(self, scores, len(taken))
        return scores

    @in_python
    def decide(self, frame: pd.DataFrame) -> NDArray[np.int8]:
        """Decide rows: 1 where the score is at least the threshold."""
        return (self.score(frame) >= self.threshold).astype(np.int8)


def choose_columns(
    model: FittedModel,
    columns: Sequence[str],
    *,
    file: str,
    without: Sequence[str] = (),
    attributes: Sequence[str] = (),
) -> tuple[str, ...]:
    """Choose the columns that a model reads: those that it names, else those of the data in their order.

    Parameters
    ----------
    columns
        Those of the data.
    without
        Those that are no features: the target, and what was named so.
    attributes
        Columns that people are grouped by; left out, too, if too many are left otherwise.

    Raises
    ------
    OptionError
        Columns are missing, or there are not as many as the model reads; all of them are named.
    """
    if model.features is not None:
        return _named(model, model.features, columns, file)
    left = [name for name in columns if name not in without]
    if not left:
        raise OptionError(model.file, f"{file} has no column that it could be asked with")
    if model.width is None or len(left) == model.width:
        return tuple(left)
    fewer = [name for name in left if name not in attributes]
    if len(fewer) == model.width:
        return tuple(fewer)
    surplus = len(left) - model.width
    differ = f"{surplus:,} too many" if surplus > 0 else f"{-surplus:,} too few"
    raise OptionError(
        model.file,
        f"it reads {'1 column without naming it' if model.width == 1 else f'{model.width:,} columns without naming them'}, and {file} has {len(left):,} that are not the target, {differ}: {listed(left)}",
        hint=f"Leave those out that are no features with {setting('drop', 'COL')}"
        if surplus > 0
        else "Its columns have to be those of the training, in their order",
    )


def _named(model: FittedModel, features: Sequence[str], columns: Sequence[str], file: str) -> tuple[str, ...]:
    # LightGBM writes the spaces in names in another way.
    written = {name.replace(" ", "_"): name for name in columns}
    own = set(columns)
    chosen = [name if name in own else written.get(name, name) for name in features]
    missing = [name for name in chosen if name not in own]
    if missing:
        surplus = [name for name in columns if name not in chosen]
        raise OptionError(
            model.file,
            f"it reads {'a column' if len(missing) == 1 else f'{len(missing):,} columns'} that {file} does not have: {listed(missing)}",
            hint=f"Columns that it does not read: {listed(surplus)}"
            if surplus
            else f"It reads {listed(features)}",
        )
    return tuple(chosen)


def describe_model(
    model: Any,
    *,
    file: str,
    kind: ModelFile,
    sha256: str | None = None,
    positive: PositiveClass = NOT_SAID,
    named: Sequence[str] | None = None,
    **known: Any,
) -> FittedModel:
    """Find out what a fitted model is and what it can be asked.

    Parameters
    ----------
    positive
        Which of its classes scores are of.
    named
        The columns that it reads, where something beside the model says so.
    known
        What else is known of it: further attributes of `FittedModel`.

    Raises
    ------
    FileError
        It is no classifier of two classes.
    OptionError
        Nobody can tell which of its classes is the positive one.
    """
    if isinstance(model, type):
        raise FileError(file, f"it holds the class {model.__name__}, and a fitted classifier is expected")
    answers, method = _method_of(model, file)
    classes = _classes_of(model, file)
    place = place_of(classes, positive, file) if classes else 1
    last = model.steps[-1][1] if hasattr(model, "steps") and model.steps else model
    features = names_of(model) or (tuple(named) if named else None)
    if twice := sorted({name for name in features or () if (features or ()).count(name) > 1}):
        raise FileError(file, f"it reads several columns of one name: {listed(twice)}")
    question = _Question(
        model=model,
        method=method,
        answers=answers,
        place=place,
        classes=classes,
        file=file,
        features=features,
    )
    return FittedModel(
        file=file,
        kind=kind,
        sha256=sha256,
        estimator=f"{type(last).__module__}.{type(last).__qualname__}",
        features=features,
        width=len(features) if features else _width_of(model),
        answers=answers,
        classes=classes,
        positive_class=classes[place] if classes else None,
        positive=positive.values,
        ask=question.ask,
        wishes=wishes_of(model),
        **{"threshold": 0.0 if answers is Answers.DECISION_VALUES else _threshold_of(last), **known},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What a model is asked, and how its answer is read."""

    model: Any
    method: str
    answers: Answers
    place: int
    classes: tuple[str, ...]
    file: str
    features: tuple[str, ...] | None

    def ask(self, frame: pd.DataFrame) -> Scores:
        """Ask for the scores of rows."""
        # Whatever is no name would be taken for one.
        rows: Any = frame if self.features else _unnamed(frame)
        if self.features is not None:
            rows = frame.set_axis(list(self.features), axis=1)
        try:
            with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
                warnings.simplefilter("ignore")
                answer = getattr(self.model, self.method)(rows)
                return self._read(answer)
        except FileError:
            raise
        except FROM_OTHERS as error:  # a stranger's model may raise anything
            raise FileError(
                self.file,
                f"{self.method} of its {type(self.model).__name__} failed for these rows: {type(error).__name__}: {clipped(one_line(error), most=300)}",
                hint=f"It was asked with the columns {listed(list(map(str, frame.columns)))}",
            ) from error

    def _read(self, answer: Any) -> Scores:
        values = np.asarray(answer)
        if self.answers is Answers.LABELS:
            return self._labels(values.reshape(-1))
        if values.ndim == 2 and values.shape[1] == 2:
            return np.asarray(values[:, self.place], dtype=np.float64)
        # One number for each row is of the second class.
        one = np.asarray(
            values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values, dtype=np.float64
        )
        if self.place == 1:
            return one
        return -one if self.answers is Answers.DECISION_VALUES else 1 - one

    def _labels(self, values: NDArray[Any]) -> Scores:
        if self.classes:
            texts = np.array([value_text(value) for value in values.tolist()], dtype=object)
            strange = sorted(set(texts) - set(self.classes))
            if strange:
                raise FileError(
                    self.file, f"predict gives {listed(strange)}, and its classes are {listed(self.classes)}"
                )
            return np.asarray(texts == self.classes[self.place], dtype=np.float64)
        return np.asarray(values, dtype=np.float64)


def _unnamed(frame: pd.DataFrame) -> Any:
    """Return rows without names: numbers as an array, and what holds texts as it is."""
    if all(pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes):
        return frame.to_numpy(dtype=np.float64, na_value=np.nan)
    return frame


def _refuse_odd(model: FittedModel, scores: Scores, rows: int) -> None:
    """Refuse answers that are none of their kind, and fewer or more than there are rows."""
    if scores.shape != (rows,):
        raise FileError(
            model.file,
            f"it answers with something of shape {scores.shape} for {rows:,} rows, not one score each",
        )
    bad = ~np.isfinite(scores)
    if model.answers is not Answers.DECISION_VALUES:
        bad |= ~((scores >= 0) & (scores <= 1))
    if bad.any():
        first = int(np.argmax(bad))
        wanted = "a finite number" if model.answers is Answers.DECISION_VALUES else "a number from 0 to 1"
        raise FileError(
            model.file,
            f"{int(bad.sum()):,} of {rows:,} scores are not {wanted}, as {model.answers} are (row {first + 1:,} of those that were asked: {scores[first]})",
        )


_METHODS: Mapping[Answers, str] = {
    Answers.PROBABILITIES: "predict_proba",
    Answers.DECISION_VALUES: "decision_function",
    Answers.LABELS: "predict",
}


def _method_of(model: Any, file: str) -> tuple[Answers, str]:
    """Return the best that a model can be asked for."""
    for answers, method in _METHODS.items():
        # scikit-learn raises where a method depends on a setting, such as SVC's probabilities.
        if callable(getattr(model, method, None)):
            return answers, method
    raise FileError(
        file,
        f"it holds a {type(model).__name__}, which has no predict_proba, decision_function or predict",
        hint="A fitted classifier is expected, or a pipeline that ends in one",
    )


def _classes_of(model: Any, file: str) -> tuple[str, ...]:
    """Return a model's classes as text; none where it does not name them."""
    try:
        classes = model.classes_
    except Exception:  # noqa: BLE001  # not fitted, no classifier, or a library's own reason
        classes = None
    if classes is None:
        return ()
    values = np.asarray(classes).reshape(-1).tolist()
    texts = tuple(value_text(value) for value in values)
    if len(texts) == 2 and texts[0] != texts[1]:
        return texts
    raise FileError(
        file, f"it knows {len(texts):,} classes, {listed(texts)}, and two different ones are expected"
    )


def place_of(classes: Sequence[str], positive: PositiveClass, file: str) -> int:
    """Return the place of the positive class: the chosen one, 1 or true, or the one among the positive values."""
    if (chosen := positive.chosen) is not None:
        matches = [i for i, name in enumerate(classes) if name == chosen or name == value_text(chosen)]
        if not matches:
            raise OptionError(
                setting("positive_class", chosen), f"{file} knows the classes {listed(classes)}"
            )
        return matches[0]
    usual = [i for i, name in enumerate(classes) if name.casefold() in POSITIVE_TEXTS]
    among = usual or [i for i, name in enumerate(classes) if name in positive.values]
    if len(among) == 1:
        return among[0]
    raise OptionError(
        file,
        f"its classes are {listed(classes)}, and nobody says which of them is the positive one",
        hint=f"Say {setting('positive_class', clipped(classes[-1]))}, if that is meant",
    )


def names_of(model: Any) -> tuple[str, ...] | None:
    """Return the columns that a model names as its own; ``None`` where it learnt from columns without names."""
    steps = getattr(model, "steps", None)
    last = steps[-1][1] if steps and len(steps) == 1 else model
    for source, name in (
        (model, "feature_names_in_"),
        (last, "feature_names_in_"),
        (last, "feature_names_"),
        (last, "feature_name"),
    ):
        try:
            names = getattr(source, name)
            names = names() if callable(names) else names
        except Exception:  # noqa: BLE001, S112  # XGBoost raises where there are none, a pipeline where its first step has none
            continue
        if names is None:
            continue
        texts = tuple(str(part) for part in np.asarray(names, dtype=object).reshape(-1).tolist())
        matches = [UNNAMED.fullmatch(text) for text in texts]
        numbered = all(m and int(m[1]) == place for place, m in enumerate(matches))
        names_itself = type(source).__module__.partition(".")[0] in ("lightgbm", "catboost")
        if texts and not (numbered and names_itself):
            return texts
    return None


def _width_of(model: Any) -> int | None:
    for name in ("n_features_in_", "n_features_"):
        try:
            width = getattr(model, name)
        except Exception:  # noqa: BLE001, S112  # as above
            continue
        if isinstance(width, (int, np.integer)) and width > 0:
            return int(width)
    return None


def _threshold_of(estimator: Any) -> float:
    """Return the threshold that a classifier decides by itself, as scikit-learn's tuned ones do; else the usual one."""
    for name in ("best_threshold_", "threshold"):
        value = getattr(estimator, name, None)
        is_own = type(estimator).__module__.startswith("sklearn.model_selection.")
        if is_own and isinstance(value, (float, np.floating)) and 0 <= value <= 1:
            return float(value)
    return USUAL_THRESHOLD
