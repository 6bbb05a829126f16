"""Store a fitted pipeline in a file, and load it again without running code.

A file is a skops archive (https://skops.readthedocs.io/en/stable/persistence.html), never a pickle. Before any object is made,
types that are not known to be harmless are refused by name; what was made is then checked in every attribute. Estimators that
this program does not check load only for somebody who names their type as trusted.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import skops.io
from sklearn import __version__ as sklearn_version
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import Pipeline

from fairaudit.errors import FROM_OTHERS, FileError, clipped, listed, nearest_file, one_line
from fairaudit.model.archive import (
    BOOSTED_TREE,
    FOREST_TREE,
    MOST_BYTES,
    NO_MODEL,
    Archive,
    BadArchive,
    estimator_type,
    foreign_types,
    refuse_unsafe_parts,
    type_name,
    unpack,
)
from fairaudit.model.estimator import modules_from_here
from fairaudit.model.frame import FrameColumns
from fairaudit.model.pipeline import CLASSIFY, PREPARE, score_inputs
from fairaudit.model.preparation import IMPUTE, NUMERIC, TEXT
from fairaudit.model.soundness import CHECKS, Unsound, check_pipeline, check_trees, feature_columns
from fairaudit.model.values import LARGEST
from fairaudit.spelling import command, setting

FORMAT = "fairaudit/model/1"

FRAME_COLUMNS = f"{FrameColumns.__module__}.{FrameColumns.__qualname__}"

SINCE_TRUSTED = "a part of histogram gradient boosting that later releases of skops trust by themselves"

HARMLESS: Mapping[str, str] = {
    "sklearn._loss.link.Interval": SINCE_TRUSTED,
    "sklearn._loss.link.LogitLink": SINCE_TRUSTED,
    "sklearn._loss.loss.HalfBinomialLoss": SINCE_TRUSTED,
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper": SINCE_TRUSTED,
    "sklearn.compose._column_transformer._RemainderColsList": (
        "the list of columns that no transformer takes, as scikit-learn 1.6 keeps it; plain data"
    ),
}
"""Types of scikit-learn's own that nobody has to trust, in whosoever's model, and why: skops alone asks for them, and that in old releases."""

ALLOWED: Mapping[str, str] = {
    "numpy.dtype": "the type of an array's items; skops restores it from an empty array and runs nothing",
    **HARMLESS,
    FRAME_COLUMNS: "what gives an estimator its columns as they stand: names and levels, checked for soundness",
    FOREST_TREE: "the trees of a random forest; skops distrusts their indices, the check of soundness looks at them",
    BOOSTED_TREE: "the trees of histogram gradient boosting; as above",
}
"""Types that the project's own pipelines need beyond those that skops trusts, and why each may load."""

CHECKED = {f"{estimator.__module__}.{estimator.__qualname__}": estimator.__name__ for estimator in CHECKS}
"""The estimators that load without being trusted: what skops calls them, and their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel:
    """What a model file holds.

    Attributes
    ----------
    pipeline : sklearn.pipeline.Pipeline
        The fitted pipeline; `fairaudit.model.pipeline.predict` runs it.
    metadata : Mapping[str, Any]
        What was stored with it: features, target, positive values, threshold, versions. `purpose_of` reads it.
    warnings : tuple[str, ...]
        What loading gave warning of, e.g. that another version of scikit-learn stored the model.
    sha256 : str
        Of the file, by which its scores are known to be its own.
    trusted : tuple[str, ...]
        The types that it holds unchecked, as somebody trusts them.
    """

    pipeline: Pipeline
    metadata: Mapping[str, Any]
    warnings: tuple[str, ...]
    sha256: str
    trusted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What a stored model was trained for.

    Attributes
    ----------
    target : str
        The column that it predicts.
    positive : tuple[str, ...]
        Values of that column that make up the positive class; none for one that is 0/1.
    threshold : float
        A row with score >= threshold is decided 1; in [0, 1].
    ranges : Mapping[str, tuple[float, float]] or None
        Least and greatest value of each numeric feature in the training rows; ``None`` where an older version stored the model.
    na_values : tuple[str, ...] or None
        Marks of missing values; ``None`` for the usual ones.
    decimal_commas : tuple[str, ...]
        Numeric features whose decimals stand behind a comma.
    read_as_missing : Mapping[str, tuple[str, ...]]
        Values of numeric features that are no numbers, and were read as missing.
    """

    target: str
    positive: tuple[str, ...]
    threshold: float
    ranges: Mapping[str, tuple[float, float]] | None
    na_values: tuple[str, ...] | None
    decimal_commas: tuple[str, ...]
    read_as_missing: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedModel:
    """A model as it is stored.

    Attributes
    ----------
    content : bytes
        The file.
    needs_trust : tuple[str, ...]
        Names of types without which it will not load; none for the models that this program checks.
    """

    content: bytes
    needs_trust: tuple[str, ...]


def pack_model(pipeline: Pipeline, metadata: Mapping[str, Any], *, file: str = "model.skops") -> PackedModel:
    """Put a fitted pipeline, with what is needed to use it, into the form in which it is stored.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        A fitted pipeline.
    metadata : Mapping[str, Any]
        Anything that JSON can hold.
    file : str
        What messages call the file.

    Raises
    ------
    FileError
        The estimator is of a kind that skops cannot store.
    """
    about = json.dumps(metadata, allow_nan=False)
    held = _without_training(pipeline)
    try:
        content = skops.io.dumps({"format": FORMAT, "pipeline": held, "metadata": about})
        # Equal models are equal files, so that a hash names a model.
        archive = unpack(content).numbered()
        content = archive.packed(compression=zipfile.ZIP_DEFLATED)
        unsafe = skops.io.get_untrusted_types(data=content)
    except BadArchive as error:
        raise FileError(file, f"the model cannot be stored: {error}") from error
    except (
        Exception
    ) as error:  # a stranger's estimator may hold anything, and raise anything when it is asked for its state
        raise FileError(
            file, f"the model cannot be stored: {type(error).__name__}: {one_line(error)}"
        ) from error
    return PackedModel(content=content, needs_trust=_needed(archive, unsafe, sound=_is_sound(held)))


def load_again(packed: PackedModel, *, file: str = "model.skops") -> None:
    """Try whether somebody else's estimator loads from what it was stored as: skops stores more than it can build.

    Raises
    ------
    FileError
        It does not load, or scores no rows.
    """
    if not packed.needs_trust:
        return
    with warnings.catch_warnings(), modules_from_here():
        warnings.simplefilter("ignore")
        try:
            types = skops.io.get_untrusted_types(data=packed.content)
            pipeline, _ = _open(skops.io.loads(packed.content, trusted=types))
            check_pipeline(pipeline, trusted=True)
            _try_out(pipeline)
        except FROM_OTHERS as error:  # a stranger's estimator may raise anything when it is built
            problem = f"{type(error).__name__}: {clipped(one_line(error), most=200)}"
            raise FileError(
                file, f"the model cannot be stored, as it would not load again: {problem}"
            ) from error


def load_model(path: Path, *, trust: Sequence[str] = ()) -> StoredModel:
    """Load a stored model without running code of its choosing.

    Parameters
    ----------
    path : Path
        A file whose content `pack_model` made.
    trust : Sequence[str]
        Full names of further types that may be loaded; with the type of the estimator, whatever it is made of is not checked.
        Their code runs, and may read any memory: name only those of people you trust.

    Raises
    ------
    FileError
        The file cannot be read, is no model, holds types that are neither known nor trusted (all are named), or a
        pipeline that this program cannot have trained.
    """
    return load_own(str(path), read_model(path), trust=trust)


def is_own(content: bytes) -> bool:
    """Tell whether a file is of this program's kind, a model beside what it is for, or no archive of a model at all; nothing of it is built."""
    try:
        return type_name(unpack(content).schema) == "builtins.dict"
    except BadArchive:
        return True


def load_own(name: str, content: bytes, *, trust: Sequence[str] = ()) -> StoredModel:
    """Load the content of a file as `load_model` does, which calls it by this name."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        archive = unpack(content)
        # What was looked at is what is loaded: the file cannot change in between, and says nothing twice.
        content = archive.packed()
        needed = skops.io.get_untrusted_types(data=content)
    except BadArchive as error:
        raise FileError(name, str(error), hint=_trained_by()) from error
    except Exception as error:  # whatever a file that is not what it should be makes skops stumble over
        raise _no_model(name, error) from error
    _refuse_types(name, archive, needed, set(trust))
    try:
        refuse_unsafe_parts(archive)
    except BadArchive as error:
        raise FileError(name, str(error), hint=_trained_by()) from error
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with modules_from_here() if trust else contextlib.nullcontext():
                stored = skops.io.loads(content, trusted=needed)
            pipeline, metadata = _open(stored)
            estimator = estimator_type(archive)
            check_pipeline(pipeline, trusted=estimator in trust)
        except Unsound as error:
            raise FileError(name, f"it is not sound: {error}", hint=_trained_by()) from error
        except FROM_OTHERS as error:  # as above; with trusted types, their own code runs too
            raise _no_model(name, error) from error
        trusted = tuple(sorted(set(trust) & {*needed, estimator} - set(ALLOWED)))
        model = StoredModel(pipeline=pipeline, metadata=metadata, warnings=(), sha256=sha256, trusted=trusted)
        try:
            _try_out(pipeline)
        except FROM_OTHERS as error:
            # Another scikit-learn may not run a model; a file that says what cannot be is refused for that all the same.
            purpose_of(model, file=name)
            raise _no_model(name, error) from error
    return replace(model, warnings=_say(caught))


def purpose_of(model: StoredModel, *, file: str) -> Purpose:
    """Read what a stored model was trained for, and check that it fits the pipeline.

    Raises
    ------
    FileError
        It does not say so, or says what cannot be.
    """
    about = model.metadata
    numeric, text = feature_columns(model.pipeline.named_steps[PREPARE])
    target, positive, threshold = about.get("target"), about.get("positive"), about.get("threshold")
    if not isinstance(target, str) or not target.strip() or "\x00" in target:
        raise _no_purpose(file, f"its target {_shown(target)} is no name of a column")
    if target in (*numeric, *text):
        raise _no_purpose(file, f"its target {_shown(target)} is one of its features")
    if not isinstance(positive, list) or not all(type(value) is str for value in positive):
        raise _no_purpose(file, "its positive values are no list of texts")
    # Compared as they are: NaN, infinity and whole numbers of any length fail here.
    if not isinstance(threshold, (int, float)) or isinstance(threshold, bool) or not 0 <= threshold <= 1:
        raise _no_purpose(file, f"its threshold {_shown(threshold)} is no number from 0 to 1")
    features = about.get("features")
    if type(features) is not list or not all(type(name) is str for name in features):
        raise _no_purpose(file, "its features are no list of names")
    if [n for n in features if n in set(numeric)] != numeric or [
        n for n in features if n not in set(numeric)
    ] != text:
        raise _no_purpose(file, f"its features {listed(features)} are not those that its pipeline reads")
    return Purpose(
        target=target,
        positive=tuple(positive),
        threshold=float(threshold),
        ranges=_ranges(about.get("ranges"), numeric, file),
        na_values=None
        if about.get("na_values") is None
        else _texts(about["na_values"], "marks of missing values", file),
        decimal_commas=_texts(about.get("decimal_commas", []), "decimal commas", file),
        read_as_missing=_missing(about.get("read_as_missing", {}), numeric, file),
    )


def _trained_by() -> str:
    return f"{command('train')} writes model.skops"


def _texts(texts: Any, name: str, file: str) -> tuple[str, ...]:
    if type(texts) is not list or not all(type(text) is str for text in texts):
        raise _no_purpose(file, f"its {name} are no list of texts")
    return tuple(texts)


def _missing(marks: Any, numeric: Sequence[str], file: str) -> Mapping[str, tuple[str, ...]]:
    if type(marks) is not dict or not set(marks) <= set(numeric):
        raise _no_purpose(file, "its values that are read as missing are none of numeric features")
    return {
        name: _texts(values, f"values of {_shown(name)} that are read as missing", file)
        for name, values in marks.items()
    }


def _ranges(stored: Any, numeric: Sequence[str], file: str) -> Mapping[str, tuple[float, float]] | None:
    if stored is None:
        return None
    ranges: dict[str, tuple[float, float]] = {}
    for name, ends in stored.items() if type(stored) is dict else [("", None)]:
        if (
            name not in numeric
            or type(ends) is not list
            or len(ends) != 2
            or not all(type(end) in (int, float) and abs(end) <= LARGEST for end in ends)
            or ends[0] > ends[1]
        ):
            raise _no_purpose(file, f"its range of {_shown(name)} is none of a numeric feature")
        ranges[name] = (float(ends[0]), float(ends[1]))
    return ranges


def _no_purpose(file: str, problem: str) -> FileError:
    return FileError(file, f"does not say what it was trained for: {problem}", hint=_trained_by())


def _shown(value: object) -> str:
    return clipped(json.dumps(value, ensure_ascii=False)) if type(value) is not str else repr(clipped(value))


def _without_training(pipeline: Pipeline) -> Pipeline:
    """Leave out what only fitting needs: a scorer and its way to score, which skops cannot store, and the rows' weights."""
    estimator = copy.copy(pipeline.named_steps[CLASSIFY])
    if type(estimator) is HistGradientBoostingClassifier:
        estimator._scorer = None  # noqa: SLF001
        vars(estimator).pop("_raw_predict", None)  # the method itself, put back on the object after fitting
    elif type(estimator) is RandomForestClassifier and hasattr(estimator, "_sample_weight"):
        estimator._sample_weight = None  # noqa: SLF001
    else:
        return pipeline
    return Pipeline([*pipeline.steps[:-1], (CLASSIFY, estimator)])


def _is_sound(pipeline: Pipeline) -> bool:
    try:
        check_pipeline(pipeline)
    except Unsound:
        return False
    return True


def _needed(archive: Archive, unsafe: Sequence[str], *, sound: bool) -> tuple[str, ...]:
    """Name the types to trust if such a file is to load: the estimator, unless it is checked and sound, and unsafe ones."""
    estimator = estimator_type(archive)
    names = set(unsafe) - set(ALLOWED)
    if estimator and (not sound or foreign_types(archive)):
        names.add(estimator)
    return tuple(sorted(names))


def _refuse_types(name: str, archive: Archive, unsafe: Sequence[str], trust: set[str]) -> None:
    estimator = estimator_type(archive)
    foreign = [] if estimator in trust else foreign_types(archive)
    needed = _needed(archive, unsafe, sound=estimator in CHECKED)
    hint = f"If you know who made the file and what they do, say {setting('trust', needed)}"
    if refused := sorted(set(unsafe) - set(ALLOWED) - trust):
        raise FileError(
            name,
            f"it holds types that are not known to be safe: {listed(refused)}. Nothing was loaded",
            hint=hint,
        )
    if estimator is not None and estimator not in CHECKED and estimator not in trust:
        raise FileError(
            name,
            f"its estimator is not one of the estimators that fairaudit checks ({', '.join(CHECKED.values())}): "
            f"{clipped(estimator, most=100)}. Nothing was loaded",
            hint=hint,
        )
    if foreign:
        raise FileError(
            name,
            f"it holds types that no model of its kind does: {listed(foreign)}. Nothing was loaded",
            hint=hint,
        )


def read_model(path: Path) -> bytes:
    """Read a file that is not larger than a model may be; a device such as ``/dev/zero`` has no end."""
    name = str(path)
    try:
        if path.is_char_device() or path.is_block_device():
            raise FileError(name, "cannot be read: it is a device", hint=_trained_by())
        content = bytearray()
        with path.open("rb") as file:
            while part := file.read(2**20):
                content += part
                if len(content) > MOST_BYTES:
                    raise FileError(
                        name, f"{NO_MODEL} (it is larger than {MOST_BYTES:,} bytes)", hint=_trained_by()
                    )
    except OSError as error:
        raise FileError(
            name, f"cannot be read: {error.strerror or error}", hint=nearest_file(path)
        ) from error
    return bytes(content)


def _open(stored: Any) -> tuple[Pipeline, Mapping[str, Any]]:
    if not isinstance(stored, dict) or stored.get("format") != FORMAT:
        raise ValueError(f"it is not of the format {FORMAT}")
    if not isinstance(stored["pipeline"], Pipeline):
        raise ValueError("it holds no pipeline of this program")
    metadata = json.loads(stored["metadata"])
    if not isinstance(metadata, dict):
        raise ValueError("it does not say what the model is for")
    return stored["pipeline"], metadata


def _try_out(pipeline: Pipeline) -> None:
    """Score a usual row, and one without a value and with a new level: what one version stored another may not run."""
    prepare = pipeline.named_steps[PREPARE]
    if isinstance(prepare, FrameColumns):
        _try_out_frame(pipeline, prepare)
        return
    numeric, text = feature_columns(prepare)
    columns: dict[str, Any] = {}
    if numeric:
        usual = prepare.named_transformers_[NUMERIC].named_steps[IMPUTE].statistics_
        columns |= {name: np.array([value, np.nan]) for name, value in zip(numeric, usual, strict=True)}
    if text:
        levels = prepare.named_transformers_[TEXT][-1].categories_
        columns |= {
            name: np.array([known[0], np.nan], dtype=object) for name, known in zip(text, levels, strict=True)
        }
    score_inputs(pipeline, pd.DataFrame(columns))


def _try_out_frame(pipeline: Pipeline, prepare: FrameColumns) -> None:
    """Score a usual row, and one without the values that some training row lacked."""
    columns: dict[str, Any] = {}
    for name in prepare.columns:
        is_number = name in prepare.numeric
        usual = prepare.usual_[name] if is_number else next(iter(prepare.levels_.get(name, ())), "")
        values = [usual, np.nan if name in prepare.lacking_ else usual]
        columns[name] = np.array(values, dtype=np.float64 if is_number else object)
    score_inputs(pipeline, pd.DataFrame(columns))


def _no_model(name: str, error: BaseException) -> FileError:
    return FileError(
        name, f"{NO_MODEL} ({type(error).__name__}: {clipped(one_line(error), most=200)})", hint=_trained_by()
    )


def load_foreign(
    name: str, content: bytes, *, trust: Sequence[str] = ()
) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """Load what somebody else has stored by skops: any object, of types that skops knows to be safe or that are trusted.

    Returns
    -------
    The object, the types that were loaded because they are trusted, and what loading gave warning of.

    Raises
    ------
    FileError
        It holds other types (all are named, and nothing is loaded), or cannot be loaded.
    """
    try:
        archive = unpack(content)
        content = archive.packed()
        needed = skops.io.get_untrusted_types(data=content)
        foreign = sorted(set(needed) - set(HARMLESS))
        refused = sorted(set(foreign) - set(trust))
        if refused:
            raise FileError(
                name,
                f"it holds types that are not known to be safe: {listed(refused)}. Nothing was loaded",
                hint=f"If you know who made the file and what they do, say {setting('trust', foreign)}",
            )
        refuse_unsafe_parts(archive)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with modules_from_here() if trust else contextlib.nullcontext():
                model = skops.io.loads(content, trusted=needed)
        check_trees(model)
    except (BadArchive, Unsound) as error:
        raise FileError(name, str(error)) from error
    except FileError:
        raise
    except Exception as error:  # whatever a file that is not what it should be makes skops stumble over
        raise _no_model(name, error) from error
    return model, tuple(foreign), _say(caught)


def _say(caught: Sequence[warnings.WarningMessage]) -> tuple[str, ...]:
    sentences: dict[str, None] = {}
    for warning in caught:
        text = clipped(one_line(warning.message), most=300)
        if isinstance(warning.message, InconsistentVersionWarning):
            stored_by = clipped(str(warning.message.original_sklearn_version), most=20)
            text = (
                f"scikit-learn {stored_by} stored the model, and this is {sklearn_version}: scores may differ"
            )
        sentences[text] = None
    return tuple(sentences)
