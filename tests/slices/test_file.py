"""The file in which slices are kept: what is written is read again as it was, and what is no such file is refused with table and key."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.errors import FileError
from fairaudit.slices.file import KeptPart, KeptSlice, Lock, lock_text, read_lock

HOSTILE = [
    "a\nb",
    'say "no"',
    "[bold]x",
    "<script>",
    "{{ x }}",
    "=cmd()",
    "\x1b[31m",
    "\\",
    "é|*,:",
    "x" * 10_000,
]
WHOLE = Lock(
    columns={"label": "y", "score": "none", "decision": HOSTILE[1], "id": "person"},
    positive=("yes", "ja,=1"),
    weight_kind="survey",
    na_values=(),
    rule={"top_percent": 12.5},
    conditions={"young": "age < 25 and sex = 'F'", "a.b": 'x = "y"'},
    parts={
        "age:quartiles": KeptPart(edges=(0.1 + 0.2, 31.0, 1e300), lowest=-math.inf, highest=96.5),
        "city:top2": KeptPart(values=("Oslo", "Rome"), others=True),
        "empty": KeptPart(),
        **{text: KeptPart(values=(text, f"{text}2")) for text in HOSTILE},
    },
    slices={
        "age:quartiles": KeptSlice(groups=(("below 31",),), reference="below 31"),
        "a*b": KeptSlice(groups=((HOSTILE[0], HOSTILE[1]), ("x", "y")), reference="rest"),
        "none": KeptSlice(groups=()),
    },
)


def kept(lock: Lock, path: Path) -> Lock:
    """Return a lock as it is read again, without what tells of the file."""
    path.write_text(lock_text(lock), encoding="utf-8")
    again = read_lock(path)
    assert again.name == path.name
    return Lock(**{name: getattr(again, name) for name in Lock.__slots__ if name not in ("file", "sha256")})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    assert kept(WHOLE, tmp_path / "slices.toml") == WHOLE


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(
    texts,
    st.lists(texts, unique=True),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), unique=True),
)
def test_whatever_names_and_numbers_are(name: str, values: list[str], edges: list[float]) -> None:
    part = KeptPart(edges=tuple(sorted(edges))) if edges else KeptPart(values=tuple(values))
    content = tomllib.loads(
        lock_text(Lock(parts={name: part}, slices={name: KeptSlice(groups=tuple((v,) for v in values))}))
    )
    table = content["parts"][name]
    assert (tuple(table.get("edges", ())), table.get("values", [])) == (part.edges, list(part.values))
    assert content["slices"][name]["groups"] == values


GOOD = 'version = 1\n[slices."a"]\ngroups = ["x"]\n'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("", "keeps no slices: it has no 'version'", id="empty"),
        pytest.param("a,b\n1,2\n", "is not TOML: ", id="a table of data"),
        pytest.param('label = "y"\n', "keeps no slices: it has no 'version'", id="another TOML file"),
        pytest.param(GOOD.replace("1", "2", 1), "'version' is 2, and this fairaudit knows 1", id="of a later form"),
        pytest.param(GOOD.replace("1", '"1"', 1), "keeps no slices: 'version' is '1'", id="version as text"),
        pytest.param(GOOD.replace("1", "true", 1), "keeps no slices: 'version' is True", id="version as truth"),
        pytest.param("version = 1\n", "keeps no slices", id="nothing kept"),
        pytest.param(GOOD + "slice = 1\n", "[slices.\"a\"]: 'slice' is no key of it", id="unknown key"),
        pytest.param("colums = 1\n" + GOOD, "'colums' is no key of it. Did you mean 'columns'?", id="unknown table"),
        pytest.param("slices = 3\nversion = 1\n", "'slices' has to be a table", id="number for a table"),
        pytest.param('version = 1\n[slices]\na = 3\n', "[slices]: 'a' has to be a table", id="number for a slice"),
        pytest.param(GOOD.replace('["x"]', '"x"'), "[slices.\"a\"]: 'groups' has to be a list of texts", id="groups as text"),
        pytest.param(GOOD.replace('"x"', '"x", "x"'), "'groups' names one of them twice", id="a group twice"),
        pytest.param(GOOD + "reference = 3\n", "'reference' has to be a text", id="reference as number"),
        pytest.param(GOOD + "[columns]\nlabel = 3\n", "[columns]: 'label' has to be a text", id="column as number"),
        pytest.param(GOOD + "[columns]\nlable = 'y'\n", "[columns]: 'lable' is no key of it. Did you mean 'label'?", id="unknown role"),
        pytest.param(GOOD + "[decision]\nthreshold = nan\n", "[decision]: 'threshold' has to be a number", id="nan"),
        pytest.param(GOOD + "[decision]\nthreshold = inf\n", "'threshold' has to be a number", id="infinite threshold"),
        pytest.param(GOOD + "[decision]\ntop-k = 1.5\n", "'top-k' has to be a whole number above 0", id="part of a person"),
        pytest.param(GOOD + "[decision]\ntop-percent = 101\n", "'top-percent' has to be above 0 and at most 100", id="percent"),
        pytest.param(GOOD + "[decision]\ntop-k = 3\nthreshold = 1\n", "'top-k' cannot stand beside 'threshold'", id="two rules"),
        pytest.param(GOOD + '[parts."a"]\nedges = [3, 2]\n', "[parts.\"a\"]: 'edges' do not rise", id="edges fall"),
        pytest.param(GOOD + '[parts."a"]\nedges = [3]\nlowest = 9\nhighest = 1\n', "[parts.\"a\"]: 'lowest' is above 'highest'", id="ends the other way round"),
        pytest.param(GOOD + '[parts."a"]\nedges = [1, nan]\n', "'edges' has to be a list of numbers", id="edge that is none"),
        pytest.param(GOOD + '[parts."a"]\nedges = [1]\nvalues = ["x"]\n', "'values' cannot stand beside 'edges'", id="both"),
        pytest.param(GOOD + '[parts."a"]\nothers = 1\n', "'others' has to be true or false", id="truth as number"),
        pytest.param("a = " + "[" * 100_000, "nested too deeply", id="nested"),
        pytest.param("a." * 5_000 + "b = 1", "nested too deeply", id="parts"),
        pytest.param(GOOD + "x = " + "1" * 5000, "is not TOML", id="a number of thousands of digits"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "slices.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileError) as refused:
        read_lock(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert problem in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x00"], ids=["another encoding", "a NUL"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.toml").write_bytes(content)
    with pytest.raises(FileError, match=r"is not TOML|is written in UTF-16"):
        read_lock(tmp_path / "x.toml")


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "no.toml", tmp_path, Path("a\0b")):
        with pytest.raises(FileError, match=r"cannot be read|is not TOML"):
            read_lock(path)
