"""What was measured, on which data: the results that formats for machines carry, one for everybody and one for every slice.

It is read from the documents; nothing is computed here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from fairaudit.documents.folder import Results
from fairaudit.documents.parts import EstimatePart
from fairaudit.documents.statements import Statements
from fairaudit.settings.choices import CONFIDENCE

HELD_OUT = "test"
OUT_OF_FOLD = "out-of-fold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The data that something was measured on.

    Attributes
    ----------
    name, sha256
        Of the file that people know: of the data that a model was trained on, rather than of its predictions for them.
    split
        Which rows: `HELD_OUT` by the training, or all of them, each scored `OUT_OF_FOLD` by a model that never saw it; ``None`` for
        all rows of the file.
    """

    name: str
    sha256: str | None
    split: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Metrics of everybody, if `feature` and `slice` are ``None``, or of one slice; `n` is people."""

    data: Data
    feature: str | None = None
    slice: str | None = None
    n: int
    small: bool = False
    metrics: Mapping[str, EstimatePart] = field(repr=False)

    @property
    def name(self) -> str | None:
        """The slice as one text; ``None`` for everybody."""
        return None if self.feature is None or self.slice is None else slice_name(self.feature, self.slice)

    @property
    def defined(self) -> Mapping[str, tuple[float, EstimatePart]]:
        """The metrics that have a value, which stands beside them."""
        return {
            name: (estimate.value, estimate)
            for name, estimate in self.metrics.items()
            if estimate.value is not None
        }


def results(documents: Results) -> tuple[Result, ...]:
    """Collect what was measured: everybody first, then every slice of the audit, and every group that is not among them.

    Without an audit it is what the training measured on the rows that it held out; without either it is nothing.
    """
    audited, data = documents.performance, audited_data(documents)
    if audited is None or data is None:
        held_out = held_out_result(documents)
        return () if held_out is None else (held_out,)
    slices = {
        (s.feature, s.slice): Result(
            data=data, feature=s.feature, slice=s.slice, n=s.n, small=s.small, metrics=s.metrics
        )
        for s in (documents.slices.slices if documents.slices else ())
    }
    for g in documents.group.groups if documents.group else ():
        slices.setdefault(
            (g.attribute, g.group),
            Result(data=data, feature=g.attribute, slice=g.group, n=g.n, small=g.small, metrics=g.metrics),
        )
    part = audited.overall
    everybody = Result(data=data, n=part.n, small=part.small, metrics=part.metrics)
    return (everybody, *slices.values())


def held_out_result(documents: Results) -> Result | None:
    """Return what the training measured on the rows that it held out; ``None`` without a training."""
    train = documents.train
    if train is None or "test" not in train.metrics:
        return None
    data = Data(name=train.input.name, sha256=train.input.sha256, split=HELD_OUT)
    return Result(data=data, n=train.split.test, metrics=train.metrics["test"])


def audited_data(documents: Results) -> Data | None:
    """Tell what the audit is about; ``None`` without one.

    An audit reads predictions. If a document says which data they are for, it is these data.
    """
    audited = next(
        (d for d in (documents.performance, documents.bias, documents.fairness) if d is not None), None
    )
    if audited is None:
        return None
    sha256 = audited.input.sha256
    for source, split in (
        (documents.train, HELD_OUT),
        (documents.cv, OUT_OF_FOLD),
        (documents.predict, None),
    ):
        if source is not None and sha256 is not None and source.predictions_sha256 == sha256:
            return Data(name=source.input.name, sha256=source.input.sha256, split=split)
    return Data(name=audited.input.name, sha256=sha256)


NO_FILE = "handed over in memory, and so without a hash"
"""What is told of a model that never was a file."""


def model_file(documents: Results) -> Data | None:
    """Tell which file holds the model that is audited; ``None`` where no document says so."""
    predict, settings = documents.predict, documents.settings
    fitted = (settings.fitted if settings else None) or (predict.model if predict else None)
    if fitted is not None:
        return Data(name=fitted.file, sha256=fitted.sha256)
    sha256 = (
        predict.settings.model_sha256
        if predict
        else documents.train.model_sha256
        if documents.train
        else None
    )
    return None if sha256 is None else Data(name="model.skops", sha256=sha256)


def confidence(documents: Results) -> float:
    """Return the confidence of the intervals."""
    return documents.settings.confidence if documents.settings else CONFIDENCE


def model_name(documents: Results, statements: Statements) -> str:
    """Name the model: as people do, else by its estimator and target, else by the predictions that are all there is of it.

    Raises
    ------
    ValueError
        If there is no document at all.
    """
    if isinstance(statements.name, str) and statements.name:
        return statements.name
    trained = documents.train or documents.cv
    if trained is not None:
        return f"{trained.model.estimator} for {trained.model.target}"
    return documents.first.input.name


def slice_name(feature: str, group: str) -> str:
    """Name a slice in one text, which no other slice has: a feature whose name would confuse is quoted.

    >>> print(slice_name("race", "Caucasian"), slice_name("a", "b=c"), slice_name("a=b", "c"))
    race=Caucasian a=b=c "a=b"=c
    """
    quoted = "=" in feature or feature.startswith('"')
    return f"{json.dumps(feature, ensure_ascii=False) if quoted else feature}={group}"
