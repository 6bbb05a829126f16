"""Unpack a model file within bounds, look at what it wants to build, and pack it so that it says nothing twice.

A file is a zip archive of arrays and of ``schema.json``, the tree of objects to build
(https://skops.readthedocs.io/en/stable/persistence.html). Nothing is built here, and nothing imported that a file names.
"""

from __future__ import annotations

import copy
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from fairaudit.texts import garbage_kept

SCHEMA = "schema.json"

MOST_BYTES = 4 * 2**30
"""A model may unpack to so much, a schema to an eighth of it."""

MOST_RATIO = 50
"""An archive may unpack to so many times its size; a model's arrays shrink to a twentieth at the most."""

FREE_BYTES = 64 * 2**20
"""Below this nothing can overflow, whatever the ratio."""

MOST_DEPTH = 300
"""Lists and objects of a schema within one another; the project's own models are some thirty deep."""

OLDEST_PROTOCOL = 2
"""The protocol of the oldest skops that is admitted; older ones are read by code that only old files need."""

POOL = "4"
"""The size of every seed's pool in NumPy; building one of a stranger's size could take for ever."""

_WHOLE = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_NUMBERS = (*(f"numpy.{name}" for name in _WHOLE), "numpy.float32", "numpy.float64", "numpy.bool")
_PLAIN = ("builtins.str", "builtins.int", "builtins.float", "builtins.bool")

FOREST_TREE = "sklearn.tree._tree.Tree"
BOOSTED_TREE = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"

BUILT: Mapping[str, frozenset[str]] = {
    "DictNode": frozenset({"builtins.dict"}),
    "ListNode": frozenset({"builtins.list"}),
    "TupleNode": frozenset({"builtins.tuple"}),
    "SliceNode": frozenset({"builtins.slice"}),
    "JsonNode": frozenset({"builtins.str"}),
    "TypeNode": frozenset({*_PLAIN, *_NUMBERS}),
    "DTypeNode": frozenset({"numpy.dtype"}),
    "NdArrayNode": frozenset({"numpy.ndarray", *_NUMBERS}),
    "TreeNode": frozenset({FOREST_TREE}),
    # Under its short name in scikit-learn 1.6.
    "LossNode": frozenset({"_loss.CyHalfBinomialLoss", "sklearn._loss._loss.CyHalfBinomialLoss"}),
    "RandomGeneratorNode": frozenset({"numpy.random._generator.Generator"}),
    "ObjectNode": frozenset(
        {
            "sklearn._loss.link.Interval",
            "sklearn._loss.link.LogitLink",
            "sklearn._loss.loss.HalfBinomialLoss",
            "sklearn.compose._column_transformer.ColumnTransformer",
            "sklearn.compose._column_transformer._RemainderColsList",
            "sklearn.ensemble._forest.RandomForestClassifier",
            "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
            "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
            BOOSTED_TREE,
            "sklearn.impute._base.MissingIndicator",
            "sklearn.impute._base.SimpleImputer",
            "sklearn.linear_model._logistic.LogisticRegression",
            "sklearn.pipeline.Pipeline",
            "sklearn.preprocessing._data.StandardScaler",
            "sklearn.preprocessing._encoders.OneHotEncoder",
            "sklearn.preprocessing._label.LabelEncoder",
            "sklearn.tree._classes.DecisionTreeClassifier",
        }
    ),
}
"""All that the project's own models are built from: the names of types by the way in which skops builds them."""


NO_MODEL = "it is no model that this program can load"
_TOO_DEEP = f"it nests objects more than {MOST_DEPTH} deep, which no model does"


class BadArchive(Exception):
    """What is wrong with the file, as the end of a sentence that begins with its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An unpacked model file.

    Attributes
    ----------
    schema
        The tree of objects to build. No object in it stands for one that was met before, so that it says all that is built.
    members
        The other files of the archive by name.
    """

    schema: dict[str, Any]
    members: Mapping[str, bytes]

    def packed(self, *, compression: int = zipfile.ZIP_STORED) -> bytes:
        """Return the archive that skops reads; equal archives have equal bytes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", compression) as file:
            for name, content in (*self.members.items(), (SCHEMA, json.dumps(self.schema).encode())):
                # Without a date it is the first day that the format knows, whenever it is written.
                part = zipfile.ZipInfo(name)
                part.compress_type = compression
                file.writestr(part, content)
        return buffer.getvalue()

    def numbered(self) -> Archive:
        """Return the archive with its arrays numbered in the order of the schema; skops names them by where they lay in memory."""
        schema = copy.deepcopy(self.schema)
        names: dict[str, str] = {}
        for node in nodes(schema):
            if isinstance(name := node.get("file"), str) and name in self.members:
                node["file"] = names.setdefault(name, f"{len(names)}{PurePosixPath(name).suffix}")
        return Archive(schema=schema, members={new: self.members[name] for name, new in names.items()})


def unpack(content: bytes) -> Archive:
    """Read an archive that is not larger, deeper or other than a model is.

    Raises
    ------
    BadArchive
        It is no archive of a model, would take too much memory, or is ambiguous.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            members = _read(file, len(content))
    # zipfile raises RuntimeError, or a kind of it, for parts that are encrypted or compressed in a way that it does not know.
    except (zipfile.BadZipFile, RuntimeError, ValueError, OSError, EOFError, zlib.error) as error:
        raise BadArchive(f"{NO_MODEL} ({type(error).__name__}: {error})") from error
    if SCHEMA not in members:
        raise BadArchive(f"{NO_MODEL} (it holds no {SCHEMA})")
    try:
        with garbage_kept():
            schema = json.loads(members.pop(SCHEMA))
    except RecursionError:
        raise BadArchive(_TOO_DEEP) from None
    except ValueError as error:
        raise BadArchive(f"{NO_MODEL} ({SCHEMA}: {error})") from error
    for node in nodes(schema):
        # A part with the number of an earlier one would be taken for that one, whatever it says itself.
        node.pop("__id__", None)
    protocol = schema.get("protocol") if isinstance(schema, dict) else None
    if type(protocol) is not int or protocol < OLDEST_PROTOCOL:
        raise BadArchive(f"{NO_MODEL} (its protocol is {protocol!r})")
    return Archive(schema=schema, members=members)


def _read(file: zipfile.ZipFile, size: int) -> dict[str, bytes]:
    entries = file.infolist()
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadArchive(f"its part {twice!r} is there twice, so that nobody can tell what it holds")
    total = sum(entry.file_size for entry in entries)
    schema = sum(entry.file_size for entry in entries if entry.filename == SCHEMA)
    if total > MOST_BYTES or schema > MOST_BYTES // 8 or (total > FREE_BYTES and total > MOST_RATIO * size):
        raise BadArchive(
            f"it would unpack to {total:,} bytes, {total / max(size, 1):,.0f} times its size, which no model does"
        )
    for entry in entries:
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadArchive(f"its part {entry.filename!r} is encrypted or packed in a way that no model is")
    return {entry.filename: file.read(entry) for entry in entries}


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every part of a schema that names how it is to be built.

    Raises
    ------
    BadArchive
        The parts are nested too deeply.
    """
    waiting: list[tuple[Any, int]] = [(schema, 0)]
    while waiting:
        part, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise BadArchive(_TOO_DEEP)
        if isinstance(part, dict):
            if "__loader__" in part or "__id__" in part:
                yield part
            waiting += ((inner, depth + 1) for inner in part.values())
        elif isinstance(part, list):
            waiting += ((inner, depth + 1) for inner in part)


def type_name(node: Mapping[str, Any]) -> str:
    """Name the type that a part of a schema builds."""
    return f"{node.get('__module__')}.{node.get('__class__')}"


def foreign_types(archive: Archive) -> list[str]:
    """Name the types that none of the project's own models holds, sorted."""
    return sorted(
        {
            type_name(node)
            for node in nodes(archive.schema)
            if not isinstance(loader := node.get("__loader__"), str)
            or type_name(node) not in BUILT.get(loader, frozenset())
        }
    )


def estimator_type(archive: Archive) -> str | None:
    """Name the type of the last step of the pipeline that is stored under ``pipeline``; ``None`` if there is no such."""
    try:
        pipeline = archive.schema["content"]["pipeline"]
        steps = pipeline["content"]["content"]["steps"]["content"]
        return type_name(steps[-1]["content"][1])
    except (KeyError, IndexError, TypeError, AttributeError):
        return None


def refuse_unsafe_parts(archive: Archive) -> None:
    """Refuse parts that are dangerous to build, before any of them is looked at.

    A tree copies as many numbers of classes as it is told to, from an array of any length, so that a crafted one reads
    foreign memory while it is built. A generator of random numbers takes a pool of any size.

    Raises
    ------
    BadArchive
        There is such a part.
    """
    for node in nodes(archive.schema):
        if node.get("__loader__") == "TreeNode" and not _tree_is_buildable(node):
            raise BadArchive("one of its trees is not built as a tree of two classes is")
        if node.get("__loader__") == "RandomGeneratorNode" and not _seed_is_usual(node):
            raise BadArchive("its random numbers are not seeded as NumPy seeds them")


def _tree_is_buildable(node: Mapping[str, Any]) -> bool:
    try:
        inputs, classes, outputs = node["__reduce__"]["args"]["content"]
        whole = [part["__loader__"] == "JsonNode" and int(part["content"]) for part in (inputs, outputs)]
    except (KeyError, TypeError, ValueError):
        return False
    return (
        0 < whole[0] < 2**31
        and outputs["content"] == "1"
        and node["__reduce__"]["args"].get("__loader__") == "TupleNode"
        and classes.get("__loader__") == "NdArrayNode"
        and type_name(classes) == "numpy.ndarray"
        and classes.get("type") == "numpy"
    )


def _seed_is_usual(node: Mapping[str, Any]) -> bool:
    try:
        return bool(node["content"]["seed_seq"]["content"]["pool_size"]["content"] == POOL)
    except (KeyError, TypeError):
        return False
