"""Rows are counted as people: nobody may stand in several of them, and no model beside another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import fairaudit
from fairaudit.errors import ColumnError, ColumnMissing, OptionError
from fairaudit.read.checked_rows import Checked
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.identity import condition_of, identity_columns, split_rows
from fairaudit.read.table import Use, validate
from fairaudit.settings.choices import Missing
from fairaudit.settings.reading import ReadSettings

PEOPLE = 12


def people(**columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "label": [i % 3 % 2 for i in range(PEOPLE)],
            "score": [i % 2 for i in range(PEOPLE)],
            "race": ["ab"[i % 5 % 2] for i in range(PEOPLE)],
        }
    )
    return frame.assign(**columns)


def read(frame: pd.DataFrame, **settings: Any) -> Checked:
    return validate(open_frame(frame), ReadSettings(**settings))


def message_of(frame: pd.DataFrame, **settings: Any) -> str:
    with pytest.raises(ColumnError) as refused:
        read(frame, **settings)
    return str(refused.value)


def models(*names: object, **columns: Any) -> pd.DataFrame:
    """The same people, as each model sees them."""
    every = [people(model_id=name, entity_id=range(PEOPLE), **columns) for name in names]
    return pd.concat(every, ignore_index=True)


class TestModels:
    def test_several_on_the_same_people(self) -> None:
        assert message_of(models(1, 3)) == (
            "pandas DataFrame, column 'model_id': holds the predictions of 2 models on 12 people (entity_id), '1', '3', "
            "and each of the 24 rows would be counted as a person of its own. "
            'Audit one by --where "model_id = 1", or each by fairaudit audit --by model_id.'
        )

    def test_several_on_other_people(self) -> None:
        said = message_of(people(model_id=["old", "new"] * 6))
        assert "holds the predictions of 2 models, 'new', 'old', and each of the 12 rows" in said
        assert """--where "model_id = 'new'\"""" in said

    def test_named_attributes_do_not_help(self) -> None:
        assert "2 models" in message_of(models(1, 3), attributes=("race",))

    @pytest.mark.parametrize("name", ["Model_ID", "modelId", "model id"])
    def test_in_any_spelling(self, name: str) -> None:
        assert "2 models" in message_of(models(1, 3).rename(columns={"model_id": name}))

    def test_one_is_one(self) -> None:
        assert read(models(7)).used == PEOPLE
        assert read(models(1, 3), where="model_id = 3").used == PEOPLE

    def test_one_of_which_nothing_is_missing(self) -> None:
        frame = models(1, 3)
        frame.loc[PEOPLE:, "score"] = None
        assert read(frame, missing=Missing.DROP).used == PEOPLE

    def test_predictions_of_our_own_are_of_one(self) -> None:
        frame = people(model_id=["vw", "bmw"] * 6, decision=[i % 2 for i in range(PEOPLE)], row=range(PEOPLE))
        own = frame[["row", "label", "score", "decision", "race", "model_id"]]
        assert read(own).used == PEOPLE

    def test_in_python(self) -> None:
        with pytest.raises(ColumnError, match="2 models"):
            fairaudit.audit(models(1, 3))


class TestPeople:
    def test_somebody_in_several_rows(self) -> None:
        assert message_of(people(id=[1, 1, 1, *range(2, 11)])) == (
            "pandas DataFrame, column 'id': 1 of 10 values stands in several rows (such as '1' in 3), and each row would be counted as a "
            "person of its own. Say --id id to count people and not rows; or keep one row of each, such as by --where; if the rows are different people, give the column another name."
        )

    def test_a_column_that_parts_the_rows_is_offered(self) -> None:
        said = message_of(people(id=[*range(6), *range(6)], as_of=["may"] * 6 + ["june"] * 6))
        assert "6 of 6 values stand in several rows (such as '0' in 2)" in said
        assert said.endswith(
            """Audit one by --where "as_of = 'june'", or each by fairaudit audit --by as_of; or say --id id to count people and not rows."""
        )

    @pytest.mark.parametrize("name", ["entity_id", "ID", "Person ID", "patient_id", "applicantId", "person"])
    def test_by_the_usual_names(self, name: str) -> None:
        assert "several rows" in message_of(people(**{name: ["x"] * PEOPLE}))

    @pytest.mark.parametrize("name", ["household_id", "idx", "school_id", "grid", "case_id", "student"])
    def test_other_things_have_ids_too(self, name: str) -> None:
        assert read(people(**{name: ["x"] * PEOPLE})).used == PEOPLE

    def test_nobody_is_not_the_same_as_nobody(self) -> None:
        assert read(people(id=[None, None, "", "", "NA", "NA", *map(str, range(6))])).used == PEOPLE

    def test_only_rows_that_count(self) -> None:
        frame = people(id=[1, 1, *range(2, 12)])
        assert read(frame, where="not (id = 1 and score = 1)").used == PEOPLE - 1
        frame["score"] = frame["score"].astype(float)
        frame.loc[0, "score"] = None
        assert read(frame, missing=Missing.DROP).used == PEOPLE - 1

    def test_counts_of_people_are_nobody_s_rows(self) -> None:
        assert read(people(id=1, n=5), weight="n").used == PEOPLE

    def test_rows_that_are_described_only(self) -> None:
        opened = open_frame(people(id=1).drop(columns=["label", "score"]))
        checked = validate(opened, ReadSettings(), use=Use(score_needed=False, describe=True))
        assert checked.used == PEOPLE


def test_what_is_looked_at() -> None:
    assert identity_columns(["race", "Id", "model_id", "id2"]) == ("Id", "model_id")
    assert identity_columns(["row", "label", "score", "decision", "id", "model_id"]) == ("id",)


class TestSplit:
    def test_each_row_is_of_one_part_or_none(self) -> None:
        frame = people(m=["a", "a ", "b", "it's", '"', None, "NA", "b", "b", "b", "a", "a"])
        split = split_rows(open_frame(frame), "m", where="score < 2")
        counts = {
            v: read(frame, label="none", attributes=("race",), where=where).used
            for v, where in split.conditions.items()
        }
        assert counts == {'"': 1, "a": 4, "b": 4, "it's": 1}
        assert dict(split.dropped) == {"where not (score < 2)": 0, "no value in m": 2}

    @pytest.mark.parametrize(
        ("values", "parts"),
        [
            ([0.1, 0.2, 0.30000000000000004] * 4, ["0.1", "0.2", "0.30000000000000004"]),
            (["10", "9", "1.0"] * 4, ["1", "9", "10"]),
            ([True, False] * 6, ["false", "true"]),
            (["01", "1"] * 6, ["01", "1"]),
            (pd.to_datetime(["2020-01-01 00:00:00", "2020-01-02 03:04:05"] * 6), None),
        ],
        ids=["floats", "numbers as text", "truth values", "codes", "moments"],
    )
    def test_of_any_type(self, values: Any, parts: list[str] | None) -> None:
        frame = people(m=values)
        split = split_rows(open_frame(frame), "m", where=None)
        assert parts is None or list(split.conditions) == parts
        used = [
            read(frame, label="none", attributes=("race",), where=where).used
            for where in split.conditions.values()
        ]
        assert used == [PEOPLE // len(used)] * len(used)

    def test_too_many_values_and_none(self) -> None:
        with pytest.raises(OptionError, match="--by: column 'm' of pandas DataFrame has more than 50 values"):
            split_rows(open_frame(pd.DataFrame({"m": range(51)})), "m", where=None)
        with pytest.raises(OptionError, match="has no values"):
            split_rows(open_frame(pd.DataFrame({"m": ["", "NA"]})), "m", where=None)
        with pytest.raises(ColumnMissing, match="Did you mean 'model'"):
            split_rows(open_frame(pd.DataFrame({"model": ["a"]})), "modle", where=None)


def test_conditions_can_be_read_again() -> None:
    assert condition_of("group", "x'y", numeric=False) == """"group" = 'x''y'"""
    assert condition_of("a_b", "-3", numeric=True) == "a_b = -3"
    assert condition_of("a_b", "0.5", numeric=True) == "a_b = CAST('0.5' AS DOUBLE)"


def written(folder: Path, column: str, values: Sequence[str]) -> Checked:
    """Read people from a file, in which numbers may be written in several ways."""
    file = folder / "people.csv"
    people(**{column: list(values)}).to_csv(file, index=False)
    return validate(open_path(file), ReadSettings())


class TestNumbersThatAreWrittenInSeveralWays:
    def test_one_model(self, tmp_path: Path) -> None:
        assert written(tmp_path, "model_id", ["1", "+1", "1.0", "1e0"] * 3).used == PEOPLE
        with pytest.raises(ColumnError, match=r"of 2 models, '1', '2', and"):
            written(tmp_path, "model_id", ["1", "+1", "1.0", "2.0"] * 3)

    def test_the_same_person_again(self, tmp_path: Path) -> None:
        # Two of the numbers differ in their last digit only, which no float can tell.
        ids = [*map(str, range(8)), "7.0", "+6", "9007199254740993", "9007199254740992"]
        with pytest.raises(ColumnError, match=r"2 of 10 values stand in several rows \(such as '6' in 2\)"):
            written(tmp_path, "person_id", ids)
        assert written(tmp_path, "person_id", [*map(str, range(10)), *ids[-2:]]).used == PEOPLE

    def test_the_same_name_with_a_blank(self, tmp_path: Path) -> None:
        with pytest.raises(ColumnError, match=r"1 of 11 values stands in several rows \(such as 'p0' in 2\)"):
            written(tmp_path, "person_id", ["p0 ", *(f"p{i}" for i in range(11))])

    @pytest.mark.parametrize(
        "ids",
        [
            [str(7 - i) for i in range(PEOPLE)],
            [f"0.{i + 11}" for i in range(PEOPLE)],
            [str(i * 10**9) for i in range(PEOPLE)],
            [*map(str, range(PEOPLE - 2)), "", ""],
            ["5", *[""] * (PEOPLE - 1)],
        ],
        ids=["near", "of equal whole parts", "far apart", "some missing", "a single one"],
    )
    def test_other_people(self, tmp_path: Path, ids: Sequence[str]) -> None:
        assert written(tmp_path, "person_id", ids).used == PEOPLE
        with pytest.raises(ColumnError, match=r"1 of .* values? stands in several rows"):
            written(tmp_path, "person_id", [*ids[:-1], ids[0]])
