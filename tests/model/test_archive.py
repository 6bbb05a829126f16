"""An archive is unpacked within bounds, says nothing twice, and is built from known parts only."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trained import ROWS, score, trained

from fairaudit.errors import FileError
from fairaudit.model import archive as a
from fairaudit.model.estimator import ModelKind
from fairaudit.model.store import load_model, pack_model

Schema = dict[str, Any]


def parts(content: bytes) -> tuple[Schema, dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    return json.loads(members.pop(a.SCHEMA)), members


def written(schema: Any, members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
        file.writestr(a.SCHEMA, schema if isinstance(schema, str) else json.dumps(schema))
    return buffer.getvalue()


@pytest.fixture(scope="module", params=list(ModelKind))
def stored(request: pytest.FixtureRequest) -> bytes:
    return pack_model(trained(request.param), {}).content


def refused(content: bytes, folder: Path) -> str:
    path = folder / "model.skops"
    path.write_bytes(content)
    with pytest.raises(FileError) as error:
        load_model(path)
    return str(error.value)


def test_what_is_packed_again_scores_the_same(stored: bytes, tmp_path: Path) -> None:
    (tmp_path / "one.skops").write_bytes(stored)
    (tmp_path / "two.skops").write_bytes(a.unpack(stored).packed())
    one, two = (load_model(tmp_path / f"{name}.skops").pipeline for name in ("one", "two"))
    assert np.array_equal(score(one), score(two))


class TestBounds:
    def test_a_bomb_is_not_unpacked(self, stored: bytes, tmp_path: Path) -> None:
        schema, members = parts(stored)
        members["zeros.npy"] = bytes(a.FREE_BYTES + 1)
        sentence = refused(written(schema, members), tmp_path)
        assert "it would unpack to " in sentence
        assert "which no model does" in sentence

    def test_a_schema_has_a_bound_of_its_own(self, monkeypatch: pytest.MonkeyPatch, stored: bytes) -> None:
        monkeypatch.setattr(a, "MOST_BYTES", 8 * len(parts(stored)[0]))
        with pytest.raises(a.BadArchive, match="it would unpack to"):
            a.unpack(stored)

    def test_a_size_that_is_understated_is_no_way_around(self, stored: bytes, tmp_path: Path) -> None:
        schema, members = parts(stored)
        members["zeros.npy"] = bytes(100_000)
        content = written(schema, members)
        size = (100_000).to_bytes(4, "little")
        assert size in content
        assert "no model that this program can load" in refused(
            content.replace(size, (10).to_bytes(4, "little")), tmp_path
        )

    @pytest.mark.parametrize("deep", ["lists", "objects"])
    def test_deep_nesting_is_one_sentence(self, stored: bytes, tmp_path: Path, deep: str) -> None:
        schema, members = parts(stored)
        levels = 100_000
        if deep == "lists":
            text = json.dumps(schema)[:-1] + ', "more": ' + "[" * levels + "]" * levels + "}"
        else:
            text = json.dumps(schema)[:-1] + ', "more": ' + '{"a": ' * levels + "1" + "}" * levels + "}"
        assert "deep, which no model does" in refused(written(text, members), tmp_path)

    def test_nesting_that_json_bears_is_refused_too(self, stored: bytes, tmp_path: Path) -> None:
        schema, members = parts(stored)
        inner: Any = 1
        for _ in range(a.MOST_DEPTH + 1):
            inner = [inner]
        schema["more"] = inner
        assert "deep, which no model does" in refused(written(schema, members), tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("first", [True, False])
def test_a_part_that_is_there_twice_is_refused(stored: bytes, tmp_path: Path, first: bool) -> None:
    buffer = io.BytesIO(stored)
    with zipfile.ZipFile(buffer, "a") as file:
        name = file.namelist()[0] if first else a.SCHEMA
        file.writestr(name, file.read(name))
    assert f"its part {name!r} is there twice" in refused(buffer.getvalue(), tmp_path)


def test_another_compression_is_refused(stored: bytes, tmp_path: Path) -> None:
    schema, members = parts(stored)
    buffer = io.BytesIO(written(schema, members))
    with zipfile.ZipFile(buffer, "a") as file:
        file.writestr("more", b"x", compress_type=zipfile.ZIP_LZMA)
    assert "packed in a way that no model is" in refused(buffer.getvalue(), tmp_path)


@pytest.mark.parametrize("protocol", [None, 1, 0, -1, True, "2", 2.0])
def test_an_old_or_odd_protocol_is_refused(stored: bytes, tmp_path: Path, protocol: object) -> None:
    schema, members = parts(stored)
    schema["protocol"] = protocol
    assert "its protocol is" in refused(written(schema, members), tmp_path)


def test_no_part_stands_for_another(stored: bytes, tmp_path: Path) -> None:
    """A part with the number of an earlier one would be built as that one, whatever was checked."""
    schema, members = parts(stored)
    forged = list(a.nodes(schema))
    for node in forged:
        node["__id__"] = 1
    assert len(forged) > 5
    assert not any("__id__" in node for node in a.nodes(a.unpack(written(schema, members)).schema))


def test_equal_models_are_equal_files(stored: bytes) -> None:
    """Neither where objects lay in memory nor the time is kept."""
    schema, members = parts(stored)
    assert not any("__id__" in node for node in a.nodes(schema))
    assert sorted(members) == sorted(f"{n}.npy" for n in range(len(members)))
    with zipfile.ZipFile(io.BytesIO(stored)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.compress_type for entry in file.infolist()} == {zipfile.ZIP_DEFLATED}


class TestParts:
    def test_own_models_hold_known_types_only(self, stored: bytes) -> None:
        assert a.foreign_types(a.unpack(stored)) == []

    @pytest.mark.parametrize(
        ("loader", "name"),
        [
            ("ObjectNode", ("sklearn.svm._classes", "SVC")),
            ("FunctionNode", ("numpy", "sin")),
            ("ListNode", ("builtins", "map")),
            ("BytesNode", ("builtins", "bytes")),
            ("RandomStateNode", ("numpy.random.mtrand", "RandomState")),
            ("TypeNode", ("builtins", "list")),
            ("NdArrayNode", ("numpy", "void")),
            (3, ("builtins", "str")),
        ],
    )
    def test_other_types_and_ways_to_build_them_are_named(
        self, stored: bytes, loader: object, name: tuple[str, str]
    ) -> None:
        archive = a.unpack(stored)
        schema = copy.deepcopy(archive.schema)
        schema["content"]["metadata"] = {"__loader__": loader, "__module__": name[0], "__class__": name[1]}
        found = a.foreign_types(a.Archive(schema=schema, members=archive.members))
        assert found == [".".join(name)]

    @pytest.mark.parametrize(
        "change",
        [
            lambda arguments: arguments[2].update(content="1000000"),
            lambda arguments: arguments[2].update(content="0"),
            lambda arguments: arguments[2].update(content="-1"),
            lambda arguments: arguments[0].update(content="-1"),
            lambda arguments: arguments[0].update(content="1e9"),
            lambda arguments: arguments[1].update(type="json", content=[], shape=arguments[0]),
            lambda arguments: arguments.pop(),
            lambda arguments: arguments.append(arguments[0]),
        ],
        ids=["many", "none", "negative", "inputs", "a float", "no array", "too few", "too many"],
    )
    def test_a_tree_is_built_of_two_classes_only(
        self, tmp_path: Path, change: Callable[[list[dict[str, Any]]], object]
    ) -> None:
        """One million numbers of classes were copied from an array of one, while the tree was being made."""
        schema, members = parts(pack_model(trained(ModelKind.RANDOM_FOREST), {}).content)
        tree = next(node for node in a.nodes(schema) if node.get("__loader__") == "TreeNode")
        change(tree["__reduce__"]["args"]["content"])
        assert "not built as a tree of two classes is" in refused(written(schema, members), tmp_path)

    def test_a_pool_of_random_numbers_is_of_the_usual_size(self, tmp_path: Path) -> None:
        schema, members = parts(pack_model(trained(ModelKind.HIST_GRADIENT_BOOSTING), {}).content)
        generator = next(node for node in a.nodes(schema) if node.get("__loader__") == "RandomGeneratorNode")
        generator["content"]["seed_seq"]["content"]["pool_size"]["content"] = "1000000000"
        assert "not seeded as NumPy seeds them" in refused(written(schema, members), tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**9) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data())
def test_any_change_to_a_schema_is_refused_or_changes_nothing(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    schema, members = parts(LOGISTIC)
    places = [
        (node, key) for node in a.nodes(schema) for key in node if key not in ("__id__", "_skops_version")
    ]
    node, key = data.draw(st.sampled_from(places))
    node[key] = data.draw(JSON)
    path = tmp_path_factory.mktemp("changed") / "model.skops"
    path.write_bytes(written(schema, members))
    try:
        found = load_model(path)
    except FileError:
        return
    assert np.allclose(score(found.pipeline), score(trained(ModelKind.LOGISTIC)))
    assert len(score(found.pipeline)) == ROWS


LOGISTIC = pack_model(trained(ModelKind.LOGISTIC), {}).content
