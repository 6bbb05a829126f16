"""Several files as one table: their rows behind each other, and the file that each came from."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tests.running import run_main

import fairaudit
from fairaudit.count.groups import count
from fairaudit.errors import FairauditError
from fairaudit.read.files import open_path, open_paths
from fairaudit.read.table import validate
from fairaudit.settings.reading import ReadSettings

SIZES = {"a.csv": 40, "b.csv": 60, "c.csv": 80}


def people(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": [i % 2 for i in range(n)],
            "score": [i % 10 / 10 for i in range(n)],
            "sex": [["F", "M", "'x"][i % 3] for i in range(n)],
            "town": [["Oslo", "Rome"][i // 3 % 2] for i in range(n)],
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, n in SIZES.items():
        people(n).to_csv(tmp_path / name, index=False)
    return tmp_path


def sizes(opened: object, *attributes: str) -> dict[str, int]:
    checked = validate(opened, ReadSettings(attributes=attributes))  # type: ignore[arg-type]
    return {g.group: g.counts.n for g in count(checked).groups}


class TestRead:
    def test_a_pattern(self, folder: Path) -> None:
        opened = open_path(str(folder / "[abc].csv"))
        assert (opened.name, opened.columns) == ("[abc].csv", ("label", "score", "sex", "town"))
        assert sizes(opened, "source") == SIZES

    def test_a_list_keeps_its_order_and_one_is_itself(self, folder: Path) -> None:
        assert open_paths([folder / "b.csv", folder / "a.csv"]).name == "b.csv, a.csv"
        assert open_paths([folder / "b.csv"]).name == "b.csv"
        assert sizes(open_paths([folder / "b.csv", folder / "a.csv"]), "source*sex")["a.csv * F"] == 14

    def test_rows_are_those_of_one_table(self, folder: Path) -> None:
        whole = pd.concat([pd.read_csv(folder / name, dtype=str) for name in SIZES])
        whole.to_csv(folder / "whole", index=False)
        counted = [sizes(open_path(str(folder / name)), "sex") for name in ("?.csv", "whole")]
        assert counted[0] == counted[1]

    def test_columns_in_another_order_and_compressed(self, folder: Path) -> None:
        text = people(10)[["sex", "score", "town", "label"]].to_csv(index=False)
        (folder / "d.csv.gz").write_bytes(gzip.compress(text.encode()))
        assert sizes(open_path(str(folder / "[ad].csv*")), "source") == {"a.csv": 40, "d.csv.gz": 10}

    @pytest.mark.parametrize("ending", ["jsonl", "tsv", "xlsx"])
    def test_other_kinds(self, tmp_path: Path, ending: str) -> None:
        for n in (4, 6):
            path = tmp_path / f"{n}.{ending}"
            if ending == "jsonl":
                people(n).to_json(path, orient="records", lines=True)
            elif ending == "tsv":
                people(n).to_csv(path, sep="\t", index=False)
            else:
                people(n).to_excel(path, index=False)
        assert sizes(open_path(str(tmp_path / f"*.{ending}")), "source") == {
            f"4.{ending}": 4,
            f"6.{ending}": 6,
        }

    def test_names_that_are_alike_and_columns_called_source(self, folder: Path) -> None:
        (folder / "sub").mkdir()
        people(20).assign(source="web").to_csv(folder / "sub" / "a.csv", index=False)
        people(20).assign(source="shop").to_csv(folder / "sub" / "b.csv", index=False)
        assert sizes(open_path(str(folder / "sub" / "*.csv")), "source") == {"shop": 20, "web": 20}
        (folder / "sub" / "c").mkdir()
        people(30).to_csv(folder / "sub" / "c" / "a.csv", index=False)
        both = [folder / "a.csv", folder / "sub" / "c" / "a.csv"]
        assert sizes(open_paths(both), "source") == {
            path.as_posix(): n for path, n in zip(both, (40, 30), strict=True)
        }

    def test_a_hash_of_the_list(self, folder: Path) -> None:
        source = validate(open_path(str(folder / "?.csv")), ReadSettings(attributes=("sex",))).source
        assert source.sha256 is not None
        assert source.bytes == sum((folder / name).stat().st_size for name in SIZES)
        assert "of the list of 3 files" in source.hash_note


class TestRefused:
    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ("label,score,sex\n1,0.5,F\n", "d.csv: lacks the column 'town', other than a.csv"),
            ("label,score,sex,town,age\n1,0.5,F,1,2\n", "d.csv: has a column 'age' more, other than a.csv"),
            ("label,score,sex,sex\n1,0.5,F,1\n", "d.csv: has several columns 'sex'"),
            ("label,score,sex,town\n1,0.5,F\n", "d.csv, line 2: has 3 fields where the header has 4"),
            ("", "is empty"),
        ],
    )  # fmt: skip
    def test_one_that_does_not_fit(self, folder: Path, content: str, problem: str) -> None:
        (folder / "d.csv").write_text(content)
        with pytest.raises(FairauditError) as refused:
            sizes(open_path(str(folder / "*.csv")), "sex")
        assert problem in str(refused.value)

    def test_other_kinds_together(self, folder: Path) -> None:
        people(4).to_json(folder / "d.jsonl", orient="records", lines=True)
        with pytest.raises(
            FairauditError, match=r"d\.jsonl: holds values as texts, and a\.csv as texts, which may begin"
        ):
            open_paths([folder / "a.csv", folder / "d.jsonl"])

    def test_columns_of_other_types(self, tmp_path: Path) -> None:
        for name, value in (("a", 1), ("b", "x")):
            people(4).assign(town=value).to_feather(tmp_path / f"{name}.arrow")
        with pytest.raises(
            FairauditError, match=r"b\.arrow: its column 'town' is of type VARCHAR, and in a\.arrow of"
        ):
            sizes(open_path(str(tmp_path / "*.arrow")), "town")

    @pytest.mark.parametrize("name", ["-", "postgresql://h/d::t", ".", "*.csv"])
    def test_what_is_no_file_of_several(
        self, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder)
        with pytest.raises(FairauditError, match="is no file, and of several each has to be one"):
            open_paths(["a.csv", name])

    def test_none_too_many_and_one_twice(self, folder: Path) -> None:
        with pytest.raises(FairauditError, match="no file: is named"):
            open_paths([])
        with pytest.raises(FairauditError, match="is named twice"):
            open_paths([folder / "a.csv", folder / "a.csv"])
        for n in range(201):
            (folder / f"{n}.txt").touch()
        with pytest.raises(FairauditError, match=r"\*\.txt: stands for 201 files, more than 200"):
            open_path(str(folder / "*.txt"))


class TestCommands:
    def test_files_as_arguments(self, folder: Path) -> None:
        ran = run_main("group", "a.csv", "-a", "source", "b.csv", "--json", cwd=folder)
        assert {g["group"]: g["n"] for g in ran.json()["groups"]} == {"a.csv": 40, "b.csv": 60}
        assert ran.json()["input"]["name"] == "a.csv, b.csv"

    def test_conditions_and_divisions_by_file(self, folder: Path) -> None:
        named = ("--slice-where", "first=source = 'a.csv'")
        ran = run_main(
            "slice", "?.csv", "-f", "sex", *named, "--where", "source <> 'c.csv'", "--json", cwd=folder
        )
        assert {s["slice"]: s["n"] for s in ran.json()["slices"] if s["feature"] == "first"} == {
            "first": 40,
            "not first": 60,
        }
        assert run_main("audit", "?.csv", "-a", "sex", "--by", "source", cwd=folder).code == 0
        audits = json.loads((folder / "fairaudit-out" / "by.json").read_text())["audits"]
        assert {part["value"]: part["people"] for part in audits} == SIZES

    def test_they_are_not_written_over(self, refusal: Callable[..., str], folder: Path) -> None:
        sentence = refusal("slice", "a.csv", "b.csv", "--save", "b.csv", cwd=folder)
        assert sentence.startswith("--save: b.csv would take the place of a file that is read or written")

    def test_a_policy_names_none_of_them(self, folder: Path) -> None:
        ran = run_main("check", "a.csv", "b.csv", "-a", "sex", "--init", cwd=folder)
        assert "fairaudit check a.csv b.csv" in ran.out
        assert "predictions =" not in (folder / "fairaudit.toml").read_text()

    def test_python_takes_a_list(self, folder: Path) -> None:
        document = fairaudit.audit(
            [folder / "a.csv", str(folder / "b.csv")], attributes="source", out=folder / "out"
        ).group
        assert [(g.group, g.n) for g in document.groups] == [("a.csv", 40), ("b.csv", 60)]
        assert json.loads((folder / "out" / "group.json").read_text())["input"]["rows"] == 100
