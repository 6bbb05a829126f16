"""Results read from a folder, and which of them belong together."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from fairaudit.documents.audit import BiasDocument, FairnessDocument, ScoresDocument, SlicesDocument
from fairaudit.documents.changed import CompareDocument
from fairaudit.documents.classes import ClassesDocument
from fairaudit.documents.discovered import DiscoverDocument
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.impact import ImpactDocument
from fairaudit.documents.model import CvDocument, PredictDocument, TrainDocument
from fairaudit.documents.parts import AuditSettings, Envelope, EstimatePart, OverallPart
from fairaudit.documents.ranking import main_metric
from fairaudit.documents.text import load
from fairaudit.errors import FileError
from fairaudit.spelling import command, if_typed, setting

_SHARED = (
    "suppress_below",
    "label",
    "score",
    "decision_column",
    "weight",
    "weight_kind",
    "id",
    "positive",
    "decision",
    "where",
    "missing",
    "min_group_size",
    "unknown",
    "interval",
)
"""Settings that all reports of one card must share."""
_OF_ROWS = tuple(
    key for key in _SHARED if key not in ("suppress_below", "min_group_size", "unknown", "interval")
)
"""Those of them that say which rows are counted, and how they are decided."""
_D = TypeVar("_D", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The documents of one audit or training that there are; for a card that says something, one of `group`, `slices` and `train` at least.

    `other` is of the predictions for the rows of a training that the verdict does not stand on.
    """

    group: GroupDocument | None = None
    bias: BiasDocument | None = None
    fairness: FairnessDocument | None = None
    scores: ScoresDocument | None = None
    slices: SlicesDocument | None = None
    train: TrainDocument | None = None
    cv: CvDocument | None = None
    predict: PredictDocument | None = None
    discover: DiscoverDocument | None = None
    classes: ClassesDocument | None = None
    impact: ImpactDocument | None = None
    compare: CompareDocument | None = None
    other: GroupDocument | None = None

    @property
    def all(self) -> Mapping[str, Envelope]:
        """Those that there are, by name."""
        named = {
            "train": self.train,
            "cv": self.cv,
            "predict": self.predict,
            "slices": self.slices,
            "group": self.group,
            "bias": self.bias,
            "fairness": self.fairness,
            "scores": self.scores,
            "discover": self.discover,
            "classes": self.classes,
            "impact": self.impact,
            "compare": self.compare,
            _other_name(self.group): self.other,
        }
        return {name: document for name, document in named.items() if document is not None}

    @property
    def performance(self) -> GroupDocument | SlicesDocument | None:
        """The document that slices are taken from: the slices if there are any, else the groups."""
        if self.slices is not None and (self.slices.slices or self.group is None):
            return self.slices
        return self.group

    @property
    def everybody(self) -> OverallPart | None:
        """What the audit counted and measured of everybody; ``None`` without one."""
        return self.performance.overall if self.performance else None

    @property
    def overall(self) -> Mapping[str, EstimatePart]:
        """Everybody's metrics: of the audit, or else of the rows that the training held out."""
        if self.everybody is not None:
            return self.everybody.metrics
        return self.train.metrics["test"] if self.train else {}

    @property
    def main_metric(self) -> str | None:
        """The metric that slices are ranked by; ``None`` where there is none."""
        return main_metric(self.overall, self.performance.settings.ranked_by if self.performance else None)

    @property
    def first(self) -> Envelope:
        """The document that the others stand beside.

        Raises
        ------
        ValueError
            If there is no document at all.
        """
        if not self.all:
            raise ValueError("what shows results needs a document")
        return self.performance or next(iter(self.all.values()))

    @property
    def settings(self) -> AuditSettings | None:
        """How the audit was made."""
        document = self.fairness or self.bias or self.group or self.slices
        return document.settings if document else None


def _other_name(group: GroupDocument | None) -> str:
    """Name the document on the predictions that the verdict does not stand on, which lies in a folder of its own."""
    audit_on = None if group is None else group.settings.audit_on
    return "" if audit_on is None else f"{audit_on.other.value}/group"


def read_results(folder: Path) -> Results:
    """Read whichever documents earlier commands left in a folder.

    Raises
    ------
    FileError
        If there is none to make a card from, or one is damaged.
    """
    results = Results(
        train=_read(TrainDocument, folder / "train.json"),
        cv=_read(CvDocument, folder / "cv.json"),
        slices=_read(SlicesDocument, folder / "slices.json"),
        group=_read(GroupDocument, folder / "group.json"),
        bias=_read(BiasDocument, folder / "bias.json"),
        fairness=_read(FairnessDocument, folder / "fairness.json"),
        scores=_read(ScoresDocument, folder / "scores.json"),
        discover=_read(DiscoverDocument, folder / "discover.json"),
        classes=_read(ClassesDocument, folder / "classes.json"),
        impact=_read(ImpactDocument, folder / "impact.json"),
        compare=_read(CompareDocument, folder / "compare.json"),
    )
    if results.classes is not None and not (results.train or results.slices or results.group):
        raise FileError(
            str(folder),
            "holds results of several classes alone, which card and report show beside an audit",
            hint=if_typed(
                "Audit one class against the rest into the same folder: fairaudit audit FILE --decision COLUMN --positive CLASS"
            ),
        )
    if not (results.train or results.slices or results.group):
        raise FileError(
            str(folder),
            "holds no results",
            hint=if_typed(
                "Run fairaudit audit, or fairaudit train, slice and group, first",
                "fairaudit.audit(..., out=...) fills it",
            ),
        )
    return _belonging_together(folder, results)


def complete_results(folder: Path, made: Results) -> Results:
    """Add to the results of an audit what earlier commands left in its folder about the same model.

    Raises
    ------
    FileError
        If a document that was left there is damaged.
    """
    return _belonging_together(
        folder,
        dataclasses.replace(
            made,
            train=made.train or _read(TrainDocument, folder / "train.json"),
            cv=made.cv or _read(CvDocument, folder / "cv.json"),
            scores=made.scores or _read(ScoresDocument, folder / "scores.json"),
            discover=_read(DiscoverDocument, folder / "discover.json"),
            classes=_read(ClassesDocument, folder / "classes.json"),
            impact=_read(ImpactDocument, folder / "impact.json"),
            compare=_read(CompareDocument, folder / "compare.json"),
        ),
    )


_BESIDE = ("scores", "discover", "classes", "impact", "compare")
"""The documents beside an audit that tell of groups."""


def _belonging_together(folder: Path, results: Results) -> Results:
    _refuse_mixtures(folder, results)
    if results.scores is not None and not _belongs(results.scores, results):
        results = dataclasses.replace(results, scores=None)
    if results.discover is not None and not _is_of_rows(results.discover, results):
        results = dataclasses.replace(results, discover=None)
    if results.classes is not None and not _is_of_file(results.classes, results):
        results = dataclasses.replace(results, classes=None)
    if results.impact is not None and not _is_of_file(results.impact, results):
        results = dataclasses.replace(results, impact=None)
    if results.compare is not None and not _is_since(results.compare, results):
        results = dataclasses.replace(results, compare=None)
    return _of_one_model(folder, _hiding_alike(results))


def _least(results: Results) -> int | None:
    """Return below how many people the audit tells of no group; ``None`` where it tells of all."""
    audited = results.group or results.slices or results.bias or results.fairness
    return None if audited is None else audited.settings.suppress_below


def _hiding_alike(results: Results) -> Results:
    """Leave out what tells of groups that the audit does not tell of: an earlier command may have left it in the folder."""
    least = _least(results)
    if least is None:
        return results
    beside = {name: getattr(results, name) for name in _BESIDE}
    open_ones = {
        name: None
        for name, document in beside.items()
        if document is not None and getattr(document.settings, "suppress_below", None) != least
    }
    # Folds have no such setting: of a training beside such an audit they tell of no group.
    cv = None if results.cv is not None and results.cv.slices else results.cv
    return dataclasses.replace(results, cv=cv, **open_ones)


def _of_one_model(folder: Path, results: Results) -> Results:
    """Leave out what is about another model, or another training, than the reports are about."""
    audited = results.slices or results.group or results.bias or results.fairness
    predicted = results.predict or _read(PredictDocument, folder / "predict.json")
    train, cv, predict = results.train, results.cv, None
    if audited is not None:
        data = audited.input.sha256
        if predicted is not None and predicted.predictions_sha256 == data:
            predict = predicted
            sha256 = predicted.settings.model_sha256
            train = train if sha256 is not None and sha256 == model_hash(folder) else None
        elif train is not None and train.predictions_sha256 != data:
            # An audit of out-of-fold predictions is about the same training, if the cross-validation is.
            of_folds = cv is not None and cv.predictions_sha256 == data and _alike(train, cv)
            train = train if of_folds else None
        if cv is not None and cv.predictions_sha256 != data and (train is None or not _alike(train, cv)):
            cv = None
    elif train is not None and cv is not None and not _alike(train, cv):
        cv = None
    results = dataclasses.replace(results, train=train, cv=cv, predict=predict)
    return dataclasses.replace(results, other=_other(folder, results))


def _other(folder: Path, results: Results) -> GroupDocument | None:
    """Return what the same training predicts for the rows that the verdict does not stand on, if that was audited."""
    name = _other_name(results.group)
    if not name or results.train is None or results.cv is None:
        return None
    other = results.other or _read(GroupDocument, folder / f"{name}.json")
    predicted = {results.train.predictions_sha256, results.cv.predictions_sha256}
    if other is None or other.input.sha256 not in predicted:
        return None
    return other if other.settings.suppress_below == _least(results) else None


def _alike(train: TrainDocument, cv: CvDocument) -> bool:
    """Tell whether a training and a cross-validation are of the same data and features."""
    return (
        train.input.sha256 == cv.input.sha256
        and train.model.target == cv.model.target
        and train.model.features_in == cv.model.features_in
    )


def left_out(folder: Path, results: Results) -> tuple[str, ...]:
    """Say which documents in a folder are not about what its reports are about."""
    whole = {
        "train.json": (results.train, "the reports are not about predictions of that model"),
        "cv.json": (results.cv, "the reports are not about predictions of that model"),
        "scores.json": (results.scores, "it is about other predictions"),
        "discover.json": (results.discover, "it is about other predictions, or other decisions"),
        "compare.json": (results.compare, "what it calls new are other predictions, or other decisions"),
        "classes.json": (results.classes, "it is about other predictions"),
        "impact.json": (results.impact, "it is about other predictions"),
    }
    hidden = "" if _least(results) is None else ", or it tells of groups that the audit does not tell of"
    return tuple(
        f"{name} is left out: {why}{hidden}"
        for name, (document, why) in whole.items()
        if document is None and (folder / name).is_file()
    )


def _refuse_mixtures(folder: Path, results: Results) -> None:
    """Refuse documents that speak of different things: a card must not put the verdict of one beside the ratio of another."""
    audits = {
        name: document
        for name, document in (
            ("slices.json", results.slices),
            ("group.json", results.group),
            ("bias.json", results.bias),
            ("fairness.json", results.fairness),
        )
        if document is not None
    }
    names = list(audits)
    for other in names[1:]:
        first = audits[names[0]]
        if audits[other].input.sha256 != first.input.sha256:
            raise _mixture(folder, names[0], other, "they were made from different predictions")
        differing = [
            key for key in _SHARED if getattr(audits[other].settings, key) != getattr(first.settings, key)
        ]
        if differing:
            raise _mixture(folder, names[0], other, f"their settings differ in {', '.join(differing)}")
    if (
        results.slices
        and results.group
        and set(results.slices.overall.metrics) != set(results.group.overall.metrics)
    ):
        raise _mixture(folder, "slices.json", "group.json", "they measure different metrics")
    if results.bias and results.fairness:
        if results.bias.settings.attributes != results.fairness.settings.attributes:
            raise _mixture(folder, "bias.json", "fairness.json", "their attributes differ")
        for key in ("tau", "decide", "metrics"):
            if getattr(results.bias.settings, key) != getattr(results.fairness.settings, key):
                raise _mixture(folder, "bias.json", "fairness.json", f"their settings differ in {key}")
        if results.bias.references != results.fairness.references:
            raise _mixture(folder, "bias.json", "fairness.json", "their reference groups differ")


def _belongs(scores: ScoresDocument, results: Results) -> bool:
    """Tell whether counted scores are of the audit's predictions and groups; an audit of decisions leaves those of an earlier one behind."""
    audited = results.group or results.bias or results.fairness or results.slices
    return (
        audited is not None
        and audited.input.sha256 == scores.input.sha256
        and all(getattr(audited.settings, key) == getattr(scores.settings, key) for key in _SHARED)
    )


def _is_since(compare: CompareDocument, results: Results) -> bool:
    """Tell whether what was compared with something earlier are the rows of the audit, by the same decisions."""
    audited = results.group or results.slices or results.bias or results.fairness
    if audited is None:
        return False
    rules = [
        None if rule is None else (rule.kind, rule.column, rule.threshold, rule.wanted)
        for rule in (audited.settings.decision, compare.new_decision)
    ]
    same = ("name", "sha256", "rows", "used")
    return rules[0] == rules[1] and all(
        getattr(audited.input, key) == getattr(compare.new, key) for key in same
    )


def _is_of_rows(discover: DiscoverDocument, results: Results) -> bool:
    """Tell whether slices were discovered in the rows of the audit, by the same decisions."""
    audited = results.group or results.slices or results.bias or results.fairness
    if audited is None:
        return False
    same = ("name", "sha256", "rows", "used")
    return all(getattr(audited.input, key) == getattr(discover.input, key) for key in same) and all(
        getattr(audited.settings, key) == getattr(discover.settings, key) for key in _OF_ROWS
    )


def _is_of_file(document: ClassesDocument | ImpactDocument, results: Results) -> bool:
    """Tell whether several classes, or adverse impact, were measured in the rows of the audit."""
    audited = results.group or results.slices or results.bias or results.fairness
    same = ("name", "sha256", "rows")
    return audited is not None and all(
        getattr(audited.input, key) == getattr(document.input, key) for key in same
    )


def _mixture(folder: Path, one: str, other: str, why: str) -> FileError:
    return FileError(
        str(folder),
        f"{one} and {other} do not belong together: {why}",
        hint=f"Run the commands again with the same options, or {command('audit')}, or use another folder by {setting('out')}",
    )


def model_hash(folder: Path) -> str | None:
    """Return the hash of the model's file, if it is there."""
    model = folder / "model.skops"
    return digest(model.read_bytes()) if model.is_file() else None


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def _read(kind: type[_D], path: Path) -> _D | None:
    if not path.is_file():
        return None
    try:
        return load(kind, path.read_bytes(), file=str(path))
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror or error}") from None
