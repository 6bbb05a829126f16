"""``fairaudit.audit`` for Python users: tables of three libraries, the same documents as the command line's."""

from __future__ import annotations

import doctest
import html.parser
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import fairaudit
from fairaudit.cli.app import main
from fairaudit.documents.answer import answer_of
from fairaudit.errors import ColumnMissing, FairauditError, FileError, OptionError
from fairaudit.render.words.answer import headline
from fairaudit.render.words.people import words_of

HOSTILE = "<script>alert(1)</script>\x1b[31m&\u202e"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rows = range(240)
    return pd.DataFrame(
        {
            "label": [i % 3 % 2 for i in rows],
            "score": [(i * 37 % 101) / 101 for i in rows],
            "race": ["ABC"[i % 7 % 3] for i in rows],
            "sex": ["Female" if i % 5 % 2 else "Male" for i in rows],
            "age": [18 + i % 50 for i in rows],
        }
    )


def documents(audit: fairaudit.Audit, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Give the documents as plain values, without what differs between two runs."""
    found = {name: json.loads(d.model_dump_json(by_alias=True)) for name, d in audit.files.items()}
    for document in found.values():
        for key in ("created", *without):
            del document[key]
    return found


def test_the_package_loads_nothing_until_it_is_used() -> None:
    code = (
        "import sys, fairaudit; assert not {'pandas', 'sklearn', 'duckdb', 'pydantic', 'rich'} & set(sys.modules); "
        "assert callable(fairaudit.audit); assert 'duckdb' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(fairaudit.__file__).parents[1])


def test_the_readme_shows_what_python_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[1]
    (shown,) = re.findall(r"```pycon\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(root)
    test = doctest.DocTestParser().get_doctest(shown, {}, "README.md", None, 0)
    assert doctest.DocTestRunner().run(test).failed == 0


def test_names() -> None:
    offered = {
        "Audit",
        "audit",
        "card",
        "check",
        "compare",
        "cross_validate",
        "discover",
        "history",
        "impact",
        "load_model",
        "measure_slices",
        "predict",
        "report",
        "train",
    }
    assert set(fairaudit.__all__) == {*offered, "__version__"}
    assert offered <= set(dir(fairaudit))
    assert all(callable(getattr(fairaudit, name)) for name in offered)
    with pytest.raises(AttributeError, match="module 'fairaudit' has no attribute 'adit'"):
        fairaudit.adit  # noqa: B018


def test_pandas_polars_and_arrow_give_the_same(frame: pd.DataFrame) -> None:
    tables = [frame, pl.from_pandas(frame), pa.Table.from_pandas(frame)]
    found = [
        documents(fairaudit.audit(t, attributes=["race", "age:25,45"]), without=("input",)) for t in tables
    ]
    assert found[0] == found[1] == found[2]
    named = [fairaudit.audit(t, attributes=["race"]).group.input.name for t in tables]
    assert named == ["pandas DataFrame", "polars DataFrame", "pyarrow Table"]


def test_categories_booleans_and_missing_values_in_pandas(frame: pd.DataFrame) -> None:
    changed = frame.assign(
        race=frame["race"].astype("category"), adult=frame["age"] >= 21, label=frame["label"].astype(bool)
    )
    changed.loc[:4, "sex"] = None
    audit = fairaudit.audit(changed)
    groups = {(g.attribute, g.group): g.n for g in audit.group.groups}
    assert groups["sex", "(missing)"] == 5
    assert {a for a, _ in groups} == {"race", "sex", "adult"}
    assert sum(n for (a, _), n in groups.items() if a == "race") == 240


def with_gaps(frame: pd.DataFrame) -> pd.DataFrame:
    """Return columns of text, truth values, codes and bands, of which the first five rows are missing."""
    made = frame.assign(
        flag=frame["age"] >= 30,
        code=frame["age"] % 4 + 1,
        band=pd.cut(frame["age"], [0, 30, 100]).astype(str),
    )[["label", "score", "race", "flag", "code", "band"]].astype(
        dict.fromkeys(["race", "flag", "code", "band"], object)
    )
    made.loc[:4, ["race", "flag", "code", "band"]] = None
    return made


def arrow_dtypes(f: pd.DataFrame) -> pd.DataFrame:
    kinds = {"race": pa.string(), "flag": pa.bool_(), "code": pa.int64(), "label": pa.int8()}
    return f.astype({"flag": "boolean", "code": "Int64"}).astype(
        {name: pd.ArrowDtype(kind) for name, kind in kinds.items()}
    )


def nullable(f: pd.DataFrame) -> pd.DataFrame:
    return f.astype(
        {"race": "string", "flag": "boolean", "code": "Int64", "label": "Int64", "score": "Float64"}
    )


def polars_of(f: pd.DataFrame) -> pl.DataFrame:
    return pl.from_pandas(f.astype({"flag": "boolean", "code": "Int64"}))


DATABASE = duckdb.connect()
"""Stays open: with DuckDB 1.4 a relation does not keep its connection from being closed."""

KINDS_OF_TABLES: dict[str, Any] = {
    "pandas objects": lambda f: f,
    "numpy floats": lambda f: f.assign(code=f["code"].astype(float)),
    "nullable": nullable,
    "category": lambda f: f.astype(dict.fromkeys(["race", "flag", "code"], "category")),
    "category of floats": lambda f: f.assign(code=f["code"].astype(float).astype("category")),
    "category of nullable": lambda f: nullable(f).astype(dict.fromkeys(["race", "flag", "code"], "category")),
    "ordered category": lambda f: f.assign(
        race=pd.Categorical(f["race"], ["C", "B", "A"], ordered=True),
        code=pd.Categorical(f["code"], [4, 3, 2, 1], ordered=True),
    ),
    "intervals": lambda f: f.assign(
        band=pd.Categorical.from_codes(
            [-1 if b is None else int(b == "(30, 100]") for b in f["band"]],
            pd.IntervalIndex.from_breaks([0, 30, 100]),
        )
    ),
    "Arrow dtypes": arrow_dtypes,
    "Arrow dictionary dtype": lambda f: f.assign(
        race=f["race"].astype(pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())))
    ),
    "polars": polars_of,
    "polars lazy": lambda f: polars_of(f).lazy(),
    "polars Categorical": lambda f: polars_of(f).with_columns(pl.col("race").cast(pl.Categorical)),
    "polars Enum": lambda f: polars_of(f).with_columns(pl.col("race").cast(pl.Enum(["C", "B", "A"]))),
    "Arrow table": lambda f: polars_of(f).to_arrow(),
    "Arrow dictionary": lambda f: (t := polars_of(f).to_arrow()).set_column(
        2, "race", t["race"].cast(pa.string()).dictionary_encode()
    ),
    "Arrow reader": lambda f: polars_of(f).to_arrow().to_reader(max_chunksize=50),
    "DuckDB relation": lambda f: DATABASE.from_arrow(polars_of(f).to_arrow()),
    "DuckDB decimals and enums": lambda f: DATABASE.from_arrow(polars_of(f).to_arrow()).project(
        "* REPLACE (code::DECIMAL(5, 2) AS code, race::ENUM('A', 'B', 'C') AS race)"
    ),
}


GAPPED = ["race", "flag", "code", "band"]


@pytest.fixture(scope="module")
def of_csv(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Audit the rows with gaps as they stand in a CSV."""
    path = tmp_path_factory.mktemp("gaps") / "p.csv"
    with_gaps(frame).to_csv(path, index=False)
    return documents(fairaudit.audit(path, attributes=GAPPED), without=("input",))


@pytest.mark.parametrize("kind", KINDS_OF_TABLES)
def test_groups_have_the_names_that_they_have_in_a_csv(
    frame: pd.DataFrame, of_csv: dict[str, Any], kind: str
) -> None:
    table = KINDS_OF_TABLES[kind](with_gaps(frame))
    assert documents(fairaudit.audit(table, attributes=GAPPED), without=("input",)) == of_csv
    groups = {(g["attribute"], g["group"]): g["n"] for g in of_csv["group.json"]["groups"]}
    assert {name for a, name in groups if a == "code"} == {"(missing)", "1", "2", "3", "4"}
    assert {name for a, name in groups if a == "flag"} == {"(missing)", "false", "true"}
    assert {name for a, name in groups if a == "band"} == {"(missing)", "(0, 30]", "(30, 100]"}
    assert groups["race", "(missing)"] == 5


def test_the_frame_is_not_changed(frame: pd.DataFrame) -> None:
    before = frame.copy(deep=True)
    fairaudit.audit(frame, attributes=["race", "age:quartiles", "race*sex"], where="age > 20")
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("as_path", [str, Path], ids=["str", "Path"])
def test_a_path_gives_what_the_command_line_writes(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_path: type
) -> None:
    data = tmp_path / "p.csv"
    frame.to_csv(data, index=False)
    words = [
        "-a",
        "race,sex",
        "-r",
        "race=B,Female",
        "--tau",
        "0.9",
        "--threshold",
        "0.4",
        "--min-group-size",
        "20",
        "--json",
    ]
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "argv", ["fairaudit", "audit", str(data), *words, "-o", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        main()
    monkeypatch.undo()
    assert ended.value.code == 0
    audit = fairaudit.audit(
        as_path(data),
        attributes=["race,sex"],
        ref_group=["race=B", "Female"],
        tau=0.9,
        threshold=0.4,
        min_group_size=20,
    )
    ours = documents(audit, without=("command",))
    assert list(ours) == ["slices.json", "group.json", "bias.json", "fairness.json", "scores.json"]
    for name, document in ours.items():
        theirs = json.loads((tmp_path / "out" / name).read_text(encoding="utf-8"))
        for key in ("created", "command"):
            del theirs[key]
        # Comma lists are written as they were typed.
        for part in (theirs, document):
            part["settings"].pop("reference", None)
        assert theirs == document, name
    of_frame = documents(
        fairaudit.audit(
            frame,
            attributes=["race", "sex"],
            ref_group=["B", "Female"],
            tau="0.9",
            threshold=0.4,
            min_group_size=20,
        ),
        without=("command", "input"),
    )
    for name, document in of_frame.items():
        document["settings"].pop("reference", None)
        assert document == {k: v for k, v in ours[name].items() if k != "input"}


VERDICTS = ("pass", "fail", "undecided")


class Page(html.parser.HTMLParser):
    """Collects tags and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= {"class"}
        assert {value for _, value in attrs} <= {
            "fairaudit",
            "number",
            *VERDICTS,
            *(f"number {v}" for v in VERDICTS),
        }

    def handle_data(self, data: str) -> None:
        self.text += data


def test_shown_in_a_notebook_hostile_names_are_text(frame: pd.DataFrame) -> None:
    audit = fairaudit.audit(
        frame.rename(columns={"race": HOSTILE}).replace({HOSTILE: {"A": f"{HOSTILE} & <b>A</b>"}}),
        attributes=[HOSTILE],
    )
    shown = audit._repr_html_()
    page = Page()
    page.feed(shown)
    folded = {"details", "summary"}
    assert (
        page.tags
        <= {"div", "style", "p", "b", "br", "small", "table", "thead", "tbody", "tr", "th", "td"} | folded
    )
    assert "<script>alert(1)</script>\\x1b[31m&\\u202e" in page.text
    assert "& <b>A</b>" in page.text
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "unsupervised" in page.text
    assert {g.group for g in audit.group.groups} == {f"{HOSTILE} & <b>A</b>", "B", "C"}


def test_a_notebook_shows_answer_people_rates_and_ratios(frame: pd.DataFrame) -> None:
    audit = fairaudit.audit(frame, attributes="race", threshold=0.4)
    page = Page()
    page.feed(audit._repr_html_())
    word, sentence = headline(answer_of(audit.bias, audit.group), words_of(audit.bias.settings))
    assert f"{word} {sentence}" in page.text
    part = next(d for d in audit.bias.disparities if d.metric == "pprev" and not d.is_reference)
    assert part.value is not None
    assert part.ratio is not None
    assert part.verdict is not None
    level, ci = part.resting
    assert ci is not None
    counts, interval = f"{part.numerator} of {part.denominator}", f"{level}%: {ci[0]:.2f} to {ci[1]:.2f}"
    for shown in (
        f"{part.n:,}",
        f"{part.value:.1%}{counts}",
        f"{part.ratio:.2f} {part.verdict.value}{interval}",
    ):
        assert shown in page.text
    assert "selected, of everybody" in page.text
    assert "reference" in page.text


def test_a_notebook_shows_what_was_found_while_reading(frame: pd.DataFrame) -> None:
    audit = fairaudit.audit(frame.replace({"race": {"A": "<b>A</b> ", "B": "<b>A</b>"}}), attributes=["race"])
    page = Page()
    page.feed(audit._repr_html_())
    assert page.tags >= {"ul", "li"}
    assert "race: '<b>A</b> ' (" in page.text
    assert all(note.sentence in page.text for note in audit.bias.input.notes)


@pytest.mark.parametrize(
    ("how", "error", "sentence"),
    [
        (
            {"attributes": ["rcae"]},
            ColumnMissing,
            "pandas DataFrame has no column 'rcae'. Did you mean 'race'?",
        ),
        ({"label": "y"}, ColumnMissing, "pandas DataFrame has no column 'y'."),
        ({"tau": "2"}, OptionError, "tau: 2 is not above 0 and at most 1."),
        ({"threshold": 0.5, "top_k": 3}, OptionError, "top_k: cannot be given together with threshold=."),
        (
            {"missing": "ignore"},
            OptionError,
            "missing: 'ignore' is not a choice. Say one of 'error', 'drop'.",
        ),
        (
            {"decide": "points"},
            OptionError,
            "decide: 'points' is not a choice. Say one of 'interval', 'point'.",
        ),
        ({"metrics": "f1"}, OptionError, "metrics: 'f1' is no metric on which a parity rests."),
    ],
)
def test_mistakes(frame: pd.DataFrame, how: dict[str, Any], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error) as caught:
        fairaudit.audit(frame, **how)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    "source", [None, 3, {"a": 1}, [1, 2], pd.Series([1, 2])], ids=lambda s: type(s).__name__
)
def test_what_is_no_table(source: object) -> None:
    with pytest.raises(FileError, match="is no table"):
        fairaudit.audit(source)


def test_errors_are_of_one_family() -> None:
    assert all(issubclass(kind, FairauditError) for kind in (ColumnMissing, FileError, OptionError))


def test_one_text_stands_for_a_list_of_one(frame: pd.DataFrame) -> None:
    one = fairaudit.audit(frame, attributes="race", ref_group="rest", metrics="fdr", threshold=0.4)
    assert one.bias.settings.reference == ["rest"]
    assert one.bias.family.metrics == ["fdr"]
    assert {d.attribute for d in one.bias.disparities} == {"race"}


def test_an_audit_says_its_answer(frame: pd.DataFrame) -> None:
    found = fairaudit.audit(frame, threshold=0.4)
    assert found.verdict is found.fairness.answer.verdict
    assert repr(found).startswith(f"<Audit: {found.verdict} at tau 0.8: of ")
    assert len(repr(found)) < 300


def test_what_is_no_place_no_result_and_no_policy_is_refused_in_one_sentence(tmp_path: Path) -> None:
    people = pd.DataFrame({"label": [0, 1] * 60, "score": [1, 0, 1] * 40, "sex": ["F", "F", "M"] * 40})
    found = fairaudit.audit(people, attributes="sex")
    for call, sentence in (
        (
            lambda: fairaudit.audit(people, attributes="sex", out=3),
            "out: 3 is an int, and a path is expected",
        ),  # type: ignore[arg-type]
        (
            lambda: fairaudit.audit(people, attributes="sex", out="a\0b"),
            "out: 'a\\x00b' is a str, and a path",
        ),
        (lambda: fairaudit.audit(people, attributes="sex", out=""), "out: '' is a str, and a path"),
        (lambda: fairaudit.audit("", attributes="sex"), "no file: is named."),
        (lambda: found.write(None), "folder: None is nothing, and a path is expected"),  # type: ignore[arg-type]
        (lambda: fairaudit.card(3), "results: it is a int, and an audit or the path of a folder"),  # type: ignore[arg-type]
        (lambda: fairaudit.report(people), "results: it is a DataFrame, and an audit or"),  # type: ignore[arg-type]
        *(
            (
                lambda policy=policy: fairaudit.check(people, policy),
                "policy: the path of a TOML file, or a list",
            )
            for policy in (3, None, [3], ["x"], [{1: 2}])
        ),
    ):
        with pytest.raises(FairauditError) as caught:
            call()
        assert str(caught.value).startswith(sentence)
    (tmp_path / "file").write_text("")
    with pytest.raises(FairauditError, match=r"Name another folder by out=\."):
        found.write(tmp_path / "file")


def test_what_was_said_of_groups_and_words_is_in_the_settings_and_other_references_are_passed_over(
    data_dir: Path,
) -> None:
    audit = fairaudit.audit(
        data_dir / "compas_for_aequitas.csv",
        attributes="race",
        ref_group=["race=Caucasian", "age_cat=25 - 45"],
        effect="hurts",
        unit="defendants",
        unknown=["race=Other"],
    )
    settings = audit.bias.model_dump(mode="json")["settings"]
    assert (settings["effect"], settings["words"], settings["reference"], settings["unknown"]) == (
        "hurts",
        {"people": "defendants"},
        ["race=Caucasian"],
        ["race=Other"],
    )
    assert [note.sentence for note in audit.bias.input.notes] == [
        "reference group age_cat=25 - 45: passed over, as age_cat is not audited here"
    ]
