"""Run a classifier that is stored as ONNX: its inputs from columns, its answer from its outputs.

Only operators that are built into onnxruntime run. A classifier that skl2onnx or another converter has written answers with labels, and with
probabilities as a tensor or as a map for each row (ZipMap).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fairaudit.errors import FileError, OptionError, clipped, listed, one_line
from fairaudit.model.fitted import USUAL_THRESHOLD, FittedModel, PositiveClass, place_of
from fairaudit.model.values import Scores, as_numbers, as_text, value_text
from fairaudit.settings.choices import Answers, ModelFile
from fairaudit.spelling import setting

_NUMBERS: Mapping[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}
_TEXT = "tensor(string)"
_SURE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outputs:
    """The names of what is asked for: labels, and probabilities, if there are any."""

    labels: str | None
    probabilities: str | None


def open_onnx(name: str, content: bytes, positive: PositiveClass) -> FittedModel:
    """Open a classifier that is stored as ONNX.

    Raises
    ------
    FileError
        It is none, or what runs it is not installed.
    """
    try:
        import onnxruntime
    except ImportError:
        raise FileError(
            name,
            "is stored as ONNX, and what runs that is not installed",
            hint="pip install onnxruntime",
        ) from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class of errors for each kind of damage
        raise FileError(
            name,
            f"is no ONNX model that can be run ({type(error).__name__}: {clipped(one_line(error), most=200)})",
        ) from error
    if not session.get_inputs():
        raise FileError(name, "it has no inputs, and reads no column")
    model = _Model(session=session, file=name, positive=positive)
    return FittedModel(
        file=name,
        kind=ModelFile.ONNX,
        sha256=hashlib.sha256(content).hexdigest(),
        estimator=_producer(session),
        features=model.features,
        width=model.width,
        answers=Answers.PROBABILITIES if model.outputs.probabilities else Answers.LABELS,
        classes=(),
        positive_class=positive.chosen,
        ask=model.ask,
        threshold=USUAL_THRESHOLD,
        positive=positive.values,
    )


def _producer(session: Any) -> str:
    about = session.get_modelmeta()
    return f"ONNX of {clipped(about.producer_name, most=60)}" if about.producer_name else "ONNX"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """A session of onnxruntime, and which class scores are of."""

    session: Any
    file: str
    positive: PositiveClass

    @property
    def matrix(self) -> Any:
        """The only input, if it takes all columns together."""
        inputs = self.session.get_inputs()
        return inputs[0] if len(inputs) == 1 and _columns_of(inputs[0]) != 1 else None

    @property
    def features(self) -> tuple[str, ...] | None:
        """The columns that inputs are named after; ``None`` where one input takes all columns."""
        if self.matrix is not None:
            return None
        wide = [part.name for part in self.session.get_inputs() if _columns_of(part) != 1]
        if wide:
            raise FileError(
                self.file,
                f"its inputs {listed(wide)} take several columns beside others; one input for each column, or one for all, is expected",
            )
        return tuple(part.name for part in self.session.get_inputs())

    @property
    def width(self) -> int | None:
        """How many columns it takes, if that is said."""
        return len(self.session.get_inputs()) if self.matrix is None else _columns_of(self.matrix)

    @property
    def outputs(self) -> _Outputs:
        """What it can be asked for."""
        labels: str | None = None
        scores: list[str] = []
        for part in self.session.get_outputs():
            if part.type in ("tensor(int64)", "tensor(int32)", "tensor(string)", "tensor(bool)"):
                labels = labels or part.name
            elif part.type.startswith("seq(map(") or part.type in ("tensor(float)", "tensor(double)"):
                scores.append(part.name)
        if labels is None and not scores:
            kinds = [f"{part.name}: {part.type}" for part in self.session.get_outputs()]
            raise FileError(
                self.file, f"it answers with neither labels nor probabilities, but with {listed(kinds)}"
            )
        named = [name for name in scores if "prob" in name.lower()]
        return _Outputs(labels=labels, probabilities=next(iter(named or scores), None))

    def ask(self, frame: pd.DataFrame) -> Scores:
        """Ask for the scores of rows."""
        fed = self._fed(frame if self.features is None else frame.set_axis(list(self.features), axis=1))
        wanted = [name for name in (self.outputs.labels, self.outputs.probabilities) if name]
        try:
            answers = dict(zip(wanted, self.session.run(wanted, fed), strict=True))
        except Exception as error:  # as above
            raise FileError(
                self.file,
                f"running it failed for these rows: {type(error).__name__}: {clipped(one_line(error), most=300)}",
                hint=f"It was asked with the columns {listed(list(map(str, frame.columns)))}",
            ) from error
        labels = None if self.outputs.labels is None else answers[self.outputs.labels]
        if self.outputs.probabilities is None:
            return self._of_labels(labels)
        return self._of_probabilities(answers[self.outputs.probabilities], labels)

    def _fed(self, frame: pd.DataFrame) -> dict[str, Any]:
        """Return the columns as inputs."""
        inputs = self.session.get_inputs()
        parts = {part.name: part.type for part in inputs}
        kinds = dict.fromkeys(map(str, frame.columns), inputs[0].type) if self.matrix is not None else parts
        unfit = [name for name, kind in kinds.items() if kind != _TEXT and kind not in _NUMBERS]
        if unfit:
            raise FileError(self.file, f"its inputs {listed(unfit)} are of a type that no column has")
        unlike = {name: _unlike(frame[name], kind) for name, kind in kinds.items() if kind != _TEXT}
        wrong = [f"{name!r} {problem}" for name, problem in unlike.items() if problem]
        if wrong:
            raise OptionError(self.file, f"columns are not of the type that it takes: {'; '.join(wrong)}")
        columns = {name: _column(frame[name], kind) for name, kind in kinds.items()}
        if self.matrix is not None:
            return {inputs[0].name: np.column_stack(list(columns.values()))}
        return {name: values.reshape(-1, 1) for name, values in columns.items()}

    def _of_labels(self, labels: Any) -> Scores:
        texts = [value_text(value) for value in np.asarray(labels).reshape(-1).tolist()]
        wanted = self._positive_of(sorted(set(texts)))
        return np.array([text == wanted for text in texts], dtype=np.float64)

    def _of_probabilities(self, answer: Any, labels: Any) -> Scores:
        if isinstance(answer, list):
            names = [value_text(key) for key in answer[0]]
            if len(names) != 2:
                raise FileError(
                    self.file, f"it knows {len(names):,} classes, {listed(names)}, and two are expected"
                )
            place = place_of(names, self.positive, self.file)
            return np.array([list(row.values())[place] for row in answer], dtype=np.float64)
        values = np.asarray(answer, dtype=np.float64)
        if values.ndim and values.size == len(values):
            # One number for each row is of the second class.
            values = np.column_stack([1 - values.reshape(-1), values.reshape(-1)])
        if values.ndim == 2 and values.shape[1] == 2:
            return values[:, self._column_of(values, labels)]
        raise FileError(
            self.file, f"its probabilities are of shape {values.shape}, and two classes are expected"
        )

    def _column_of(self, values: Any, labels: Any) -> int:
        """Return which column is of the positive class: the labels tell, which are those of the greater probability."""
        if labels is None:
            return 1 if self.positive.chosen is None else place_of(("0", "1"), self.positive, self.file)
        texts = np.array(
            [value_text(value) for value in np.asarray(labels).reshape(-1).tolist()], dtype=object
        )
        sure = np.abs(values[:, 1] - values[:, 0]) > _SURE
        greater = values.argmax(axis=1)
        names = {place: set(texts[sure & (greater == place)]) for place in (0, 1)}
        wanted = self._positive_of(sorted(set(texts)))
        # Where these rows hold nobody who is positive, the other column is of the others.
        return next((place for place in (0, 1) if wanted in names[place]), 0 if names[1] else 1)

    def _positive_of(self, names: Sequence[str]) -> str:
        """Return the text of the positive class, of which these rows may hold nobody."""
        known = set(names)
        if (chosen := self.positive.chosen) is not None:
            # Of two classes it has to be one; where all rows are predicted alike, the other may be it.
            return names[place_of(names, self.positive, self.file)] if len(known) > 1 else chosen
        if known <= {"0", "1"}:
            return "1"
        if {name.casefold() for name in known} <= {"true", "false"}:
            return next((name for name in names if name.casefold() == "true"), "true")
        if len(known) == 1 and not known & set(self.positive.values):
            raise OptionError(
                self.file,
                f"all of these rows are predicted {names[0]!r}, and nobody says which class is the positive one",
                hint=f"Name it: {setting('positive_class', 'CLASS')}",
            )
        return names[place_of(names, self.positive, self.file)]


def _columns_of(part: Any) -> int | None:
    """Return how many columns an input takes; ``None`` where it does not say."""
    shape = part.shape or []
    if len(shape) < 2:
        return 1
    return shape[1] if isinstance(shape[1], int) else None


def _unlike(column: pd.Series[Any], kind: str) -> str:
    """Say why a column is not of the type of an input; nothing if it is."""
    numbers = pd.to_numeric(column, errors="coerce")
    if int(numbers.isna().sum()) > int(column.isna().sum()):
        return "holds texts, and numbers are taken"
    if _NUMBERS[kind] not in (np.float32, np.float64, np.float16):
        if column.isna().any():
            return f"lacks {int(column.isna().sum()):,} values, and whole numbers are taken"
        if (numbers.astype(np.float64) % 1 != 0).any():
            return "holds fractions, and whole numbers are taken"
    return ""


def _column(column: pd.Series[Any], kind: str) -> Any:
    if kind == _TEXT:
        # Texts have no mark for what is missing but the empty one.
        texts = pd.Series(as_text(column), dtype=object)
        return texts.where(texts.notna(), "").to_numpy(dtype=object)
    return as_numbers(column, file="the data", fitted=True).astype(_NUMBERS[kind])
