"""Bad input: one clear line on stderr, exit code 2, no traceback, and nothing left behind."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import refuse_main

GOOD = ["label,score,race", *("1,0.9,A", "0,0.2,B", "1,0.6,B", "0,0.4,A") * 10]
Refusal = Callable[..., str]


def put(folder: Path, *lines: str, name: str = "p.csv", data: bytes | None = None) -> str:
    content = data if data is not None else "".join(f"{line}\n" for line in lines).encode()
    (folder / name).write_bytes(content)
    return name


LONG = "x" * 300
REPORTS = ("slice", "group", "bias", "fairness", "audit")


@pytest.mark.parametrize("command", REPORTS)
class TestPredictions:
    """What no report on predictions can take."""

    def test_no_such_file(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        assert refusal(command, "p.csv", cwd=tmp_path) == "p.csv: there is no such file."

    def test_a_link_to_nothing(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        (tmp_path / "p.csv").symlink_to("gone.csv")
        assert refusal(command, "p.csv", cwd=tmp_path) == (
            "p.csv: there is no such file. 'p.csv' is a link to 'gone.csv', where nothing is."
        )

    def test_a_column_that_a_configuration_file_names(
        self, refusal: Refusal, command: str, tmp_path: Path
    ) -> None:
        put(tmp_path, "label,score,race", *(f"{i % 2},0.{i % 10},{'ab'[i % 2]}" for i in range(40)))
        config = tmp_path / "fairaudit.toml"
        config.write_text('score = "risk"\nattribute = ["race"]\nfeature = ["race"]\n')
        assert refusal(command, "p.csv", cwd=tmp_path) == (
            "p.csv has no column 'risk'. Its columns are 'label', 'score', 'race'. "
            f"It is named by key 'score' of {config}, and --score COLUMN names another."
        )
        config.write_text('attribute = ["rcae"]\nfeature = ["rcae"]\n')
        option = "feature" if command == "slice" else "attribute"
        assert refusal(command, "p.csv", cwd=tmp_path) == (
            "p.csv has no column 'rcae'. Did you mean 'race'? Its columns are 'label', 'score', 'race'. "
            f"It is named by key {option!r} of {config}, and --{option} COLUMN names another."
        )

    def test_a_folder(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        assert (
            refusal(command, tmp_path, cwd=tmp_path)
            == f"{tmp_path}: is a folder without Parquet files. Name a file in it."
        )

    def test_names_that_are_too_long(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *GOOD)
        assert refusal(command, LONG, cwd=tmp_path) == f"{LONG}: cannot be read: File name too long."
        assert refusal(command, "p.csv", "-o", LONG, cwd=tmp_path) == (
            f"{LONG}: cannot be written to: File name too long. Name another folder by --out."
        )

    def test_empty(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, data=b"")
        sentence = refusal(command, "p.csv", cwd=tmp_path)
        assert sentence == "p.csv: is empty. A header line and rows were expected."

    def test_header_only(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, "label,score,race")
        assert refusal(command, "p.csv", cwd=tmp_path) == "p.csv: has a header but no rows."

    def test_missing_column(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *GOOD)
        option = "--feature" if command == "slice" else "--attribute"
        assert refusal(command, "p.csv", option, "rcae", cwd=tmp_path) == (
            "p.csv has no column 'rcae'. Did you mean 'race'? Its columns are 'label', 'score', 'race'."
        )

    def test_missing_label(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, "y,score,race", "1,0.5,A", "0,0.2,B")
        assert refusal(command, "p.csv", cwd=tmp_path) == (
            "p.csv has no column 'label'. Its columns are 'y', 'score', 'race'. "
            "Name the column with the true outcome by --label COLUMN, or say --label none to audit decisions alone."
        )

    def test_missing_score(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, "label,scores,race", "1,0.5,A", "0,0.2,B")
        assert refusal(command, "p.csv", cwd=tmp_path) == (
            "p.csv has no column 'score'. Did you mean 'scores'? Its columns are 'label', 'scores', 'race'. "
            "Name the column with the scores or the 0/1 decisions by --score COLUMN."
        )

    def test_labels_that_are_not_binary(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, "label,score,race", "good,0.9,A", "bad,0.1,B", "fair,0.4,B")
        assert refusal(command, "p.csv", cwd=tmp_path) == (
            "p.csv, column 'label': the labels are not 0 and 1 but 'bad', 'fair', 'good'. "
            "Say which values are positive: --positive VALUE (several if need be)."
        )

    def test_positive_value_that_nobody_has(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, "label,score,race", "good,0.9,A", "bad,0.1,B")
        sentence = refusal(command, "p.csv", "--positive", "godo", cwd=tmp_path)
        assert sentence.startswith(
            "p.csv, column 'label': no row holds 'godo', named as positive. Did you mean 'good'?"
        )

    def test_scores_that_are_text(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, "label,score,race", "1,0.9,A", "0,high,B")
        sentence = refusal(command, "p.csv", cwd=tmp_path)
        assert sentence == "p.csv, column 'score': row 2 holds 'high', and scores must be finite numbers."

    def test_scores_outside_0_and_1_without_a_rule(
        self, refusal: Refusal, command: str, tmp_path: Path
    ) -> None:
        put(tmp_path, "label,score,race", "1,9,A", "0,2,B", "1,3,A")
        sentence = refusal(command, "p.csv", cwd=tmp_path)
        assert sentence.startswith("p.csv, column 'score': the scores run from 2 to 9, outside [0, 1]")
        assert "--threshold" in sentence

    def test_one_class_only(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, "label,score,race", "1,0.9,A", "1,0.1,B")
        sentence = refusal(command, "p.csv", cwd=tmp_path)
        assert sentence.startswith("p.csv, column 'label': every label is 1")
        assert "--label none" in sentence

    def test_missing_labels(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *GOOD, ",0.5,A", "1,0.5,A", ",0.5,B")
        assert refusal(command, "p.csv", cwd=tmp_path) == (
            "p.csv, column 'label': 2 of 43 rows have no label (rows 41, 43). "
            "Say --missing drop to leave them out; they will be counted."
        )

    def test_not_utf8(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, data="\n".join([*GOOD, "1,0.5,Málaga", ""]).encode("latin-1"))
        sentence = refusal(command, "p.csv", cwd=tmp_path)
        assert (
            sentence
            == "p.csv, line 42: its value of 'race' is not UTF-8. Save the file as UTF-8, or say --encoding cp1252 if it comes from Windows."
        )

    def test_ragged_line(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *GOOD, "1,0.5,A,more", *GOOD[1:])
        assert refusal(command, "p.csv", cwd=tmp_path) == (
            "p.csv, line 42: has 4 fields where the header has 3. "
            "A value that holds the separator has to stand in double quotes."
        )

    def test_short_line(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *GOOD, "1,0.5")
        assert refusal(command, "p.csv", cwd=tmp_path).startswith(
            "p.csv, line 42: has 2 fields where the header has 3."
        )

    def test_an_attribute_with_ten_thousand_values(
        self, refusal: Refusal, command: str, tmp_path: Path
    ) -> None:
        put(tmp_path, "label,score,who", *(f"{i % 2},0.{i % 10},p{i}" for i in range(10_000)))
        option = "--feature" if command == "slice" else "--attribute"
        sentence = refusal(command, "p.csv", option, "who", cwd=tmp_path)
        assert sentence == (
            f"{option}: column 'who' of p.csv has more than 1,000 values, the most groups that an attribute may have. "
            "Is it an identifier? Name a column that groups people."
        )
        sentence = refusal(command, "p.csv", cwd=tmp_path)
        assert sentence == (
            f"{option}: no column of p.csv can be chosen as an attribute ('who': more than 50 values). "
            f"Name one, such as {option} who:top20."
        )

    def test_a_numeric_attribute_that_is_not_cut(
        self, refusal: Refusal, command: str, tmp_path: Path
    ) -> None:
        put(tmp_path, "label,score,age", *(f"{i % 2},0.{i % 10},{i}" for i in range(80)))
        option = "--feature" if command == "slice" else "--attribute"
        sentence = refusal(command, "p.csv", option, "age", cwd=tmp_path)
        assert sentence.startswith(f"{option}: column 'age' of p.csv is numeric and has 80 values.")
        assert "age:quartiles" in sentence

    def test_a_condition_that_nobody_fulfils(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *GOOD)
        sentence = refusal(
            command,
            "p.csv",
            "--where",
            "race = 'C'",
            "-a" if command != "slice" else "-f",
            "race",
            cwd=tmp_path,
        )
        assert sentence == "no rows are left: all 40 rows of p.csv were dropped (where not (race = 'C'): 40)."

    def test_an_output_folder_that_is_a_file(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *GOOD)
        put(tmp_path, "mine", name="out")
        assert refusal(command, "p.csv", "-o", "out", cwd=tmp_path) == (
            "out: cannot be written to: File exists. Name another folder by --out."
        )
        assert refusal(command, "p.csv", "-o", "out/deeper/still", cwd=tmp_path) == (
            "out/deeper/still: cannot be written to: Not a directory. Name another folder by --out."
        )

    def test_an_output_folder_without_leave_to_write(
        self, refusal: Refusal, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Said by the system in this way even where the user who runs the tests may write everywhere.
        def refuse(**_: object) -> None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        put(tmp_path, *GOOD)
        monkeypatch.setattr("fairaudit.write.tempfile.TemporaryFile", refuse)
        assert refusal(command, "p.csv", "-o", "new/closed", cwd=tmp_path) == (
            "new/closed: cannot be written to: Permission denied. Name another folder by --out."
        )


@pytest.mark.parametrize("command", ["bias", "fairness", "audit"])
class TestReferenceGroups:
    def test_unknown(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *GOOD)
        sentence = refusal(command, "p.csv", "--ref-group", "race=C", "-o", "a/b/c", cwd=tmp_path)
        assert sentence == "attribute 'race' has no group 'C'. Its groups are 'A', 'B'."

    def test_unknown_bare_value(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *GOOD)
        assert "'C'" in refusal(command, "p.csv", "--ref-group", "C", cwd=tmp_path)

    def test_unknown_attribute(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *GOOD)
        sentence = refusal(command, "p.csv", "--ref-group", "rcae=A", cwd=tmp_path)
        assert "'rcae'" in sentence
        assert "'race'" in sentence


TRAINING = ("train", "cv", "audit")
RAW = ["y,x,race", *(f"{i % 2},{i % 7},{'AB'[i % 3 % 2]}" for i in range(80))]


@pytest.mark.parametrize("command", TRAINING)
class TestRawData:
    """What no training can take."""

    def test_no_such_file(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        assert refusal(command, "p.csv", "-t", "y", cwd=tmp_path) == "p.csv: there is no such file."

    def test_header_only(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, RAW[0])
        assert refusal(command, "p.csv", "-t", "y", cwd=tmp_path) == "p.csv: has a header but no rows."

    def test_missing_target(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        sentence = refusal(command, "p.csv", "-t", "Y", cwd=tmp_path)
        assert sentence == "p.csv has no column 'Y'. Did you mean 'y'? Its columns are 'y', 'x', 'race'."

    def test_column_to_drop(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        sentence = refusal(command, "p.csv", "-t", "y", "--drop", "x,rcae", cwd=tmp_path)
        assert sentence.startswith("p.csv has no column 'rcae'. Did you mean 'race'?")

    def test_target_that_is_not_binary(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, "y,x", "good,1", "bad,2", "fair,3")
        assert refusal(command, "p.csv", "-t", "y", cwd=tmp_path) == (
            "p.csv, column 'y': labels have to be 0 and 1, or true and false; it holds 'bad', 'fair', 'good'. "
            "Say which of them are the positive class with --positive VALUE."
        )

    def test_one_class_only(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, "y,x", "1,1", "1,2", "1,3")
        sentence = refusal(command, "p.csv", "-t", "y", cwd=tmp_path)
        assert sentence == "p.csv, column 'y': all 3 rows are positive ('1'). Both classes are needed."

    def test_missing_labels(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *RAW, ",3,A")
        assert refusal(command, "p.csv", "-t", "y", cwd=tmp_path) == (
            "p.csv, column 'y': 1 of 81 rows have no label (row 81). "
            "Say --missing drop to leave them out; they will be counted."
        )

    def test_ragged_line(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *RAW, "1,2,3,4")
        sentence = refusal(command, "p.csv", "-t", "y", cwd=tmp_path)
        assert sentence.startswith("p.csv, line 82: has 4 fields where the header has 3.")

    def test_a_condition_that_nobody_fulfils(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        sentence = refusal(command, "p.csv", "-t", "y", "--where", "race = 'C'", cwd=tmp_path)
        assert sentence == "no rows are left: all 80 rows of p.csv were dropped (where not (race = 'C'): 80)."

    def test_a_condition_that_is_none(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        sentence = refusal(command, "p.csv", "-t", "y", "--where", "rcae = 'C'", cwd=tmp_path)
        assert sentence.startswith("--where: is not a condition over the columns of p.csv")
        assert "Did you mean 'race'?" in sentence

    @pytest.mark.parametrize(
        ("param", "sentence"),
        [
            pytest.param(
                "Cc=1", "--param Cc=1: LogisticRegression has no parameter 'Cc'. Did you mean 'C'?", id="name"
            ),
            pytest.param(
                "C", "--param: 'C' is not of the form NAME=VALUE. Such as --param C=0.1.", id="form"
            ),
            pytest.param("C=-1", "--param: The 'C' parameter of LogisticRegression must be", id="value"),
            pytest.param("C=high", "--param: The 'C' parameter of LogisticRegression must be", id="kind"),
            pytest.param(
                "random_state=3",
                "--param random_state=3: random choices follow --seed. Say --seed 3.",
                id="seed",
            ),
        ],
    )
    def test_parameters(
        self, refusal: Refusal, command: str, tmp_path: Path, param: str, sentence: str
    ) -> None:
        put(tmp_path, *RAW)
        assert refusal(command, "p.csv", "-t", "y", "--param", param, cwd=tmp_path).startswith(sentence)

    def test_a_parameter_twice(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        sentence = refusal(command, "p.csv", "-t", "y", "--param", "C=1", "--param", "C=2", cwd=tmp_path)
        assert sentence == "--param: names 'C' twice."

    @pytest.mark.parametrize(
        "name", ["no_such_module:make", "sklearn.tree:NoSuchTree", "sklearn.tree", "json:dumps"]
    )
    def test_estimators(self, refusal: Refusal, command: str, tmp_path: Path, name: str) -> None:
        put(tmp_path, *RAW)
        assert refusal(command, "p.csv", "-t", "y", "--estimator", name, cwd=tmp_path).startswith(
            "--estimator"
        )

    def test_an_output_folder_that_is_a_file(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        put(tmp_path, "mine", name="out")
        assert refusal(command, "p.csv", "-t", "y", "-o", "out", cwd=tmp_path) == (
            "out: cannot be written to: File exists. Name another folder by --out."
        )


class TestLateMistakes:
    """What shows only after a model was trained leaves no model behind."""

    @pytest.mark.parametrize("command", ["cv", "audit"])
    def test_attribute_that_is_not_there(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        sentence = refusal(command, "p.csv", "-t", "y", "-a", "rcae", cwd=tmp_path)
        assert sentence.startswith("p.csv has no column 'rcae'. Did you mean 'race'?")

    @pytest.mark.parametrize("command", ["cv", "audit"])
    def test_attribute_that_cannot_be_cut(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        sentence = refusal(command, "p.csv", "-t", "y", "-a", "race:median", cwd=tmp_path)
        assert sentence.startswith("p.csv, column 'race': row 1 holds 'A'")

    @pytest.mark.parametrize("command", ["cv", "audit"])
    def test_more_folds_than_rows_of_a_class(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        sentence = refusal(command, "p.csv", "-t", "y", "--folds", "50", cwd=tmp_path)
        assert sentence.startswith("--folds 50: every fold needs both classes;")

    def test_reference_group_that_is_not_there(self, refusal: Refusal, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        sentence = refusal("audit", "p.csv", "-t", "y", "-a", "race", "-r", "race=C", cwd=tmp_path)
        assert sentence == "attribute 'race' has no group 'C'. Its groups are 'A', 'B'."

    def test_new_predictions_do_not_come_beside_old_reports(
        self, run: Any, refusal: Refusal, tmp_path: Path
    ) -> None:
        put(tmp_path, *RAW)
        assert run("train", "p.csv", "-t", "y", cwd=tmp_path).code == 0
        refusal("audit", "p.csv", "-t", "y", "--seed", "7", "-r", "race=C", cwd=tmp_path)

    def test_too_many_rounds(self, refusal: Refusal, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        sentence = refusal("cv", "p.csv", "-t", "y", "--repeats", "201", cwd=tmp_path)
        assert sentence == "--folds: 1,005 rounds are more than 1,000."

    @pytest.mark.parametrize("role", ["--label", "--score", "--decision", "--weight"])
    def test_roles_of_predictions_with_a_target(self, refusal: Refusal, tmp_path: Path, role: str) -> None:
        put(tmp_path, *RAW)
        sentence = refusal("audit", "p.csv", "-t", "y", role, "x", cwd=tmp_path)
        assert sentence == (
            f"{role}: cannot be given together with --target, which makes labels and scores of its own."
        )


class TestModels:
    """What predict cannot take."""

    def test_no_such_model(self, refusal: Refusal, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        sentence = refusal("predict", "model.skops", "p.csv", cwd=tmp_path)
        assert sentence == "model.skops: cannot be read: No such file or directory."

    @pytest.mark.parametrize(
        "data", [b"", b"PK\x03\x04 no archive", b"y,x\n1,2\n"], ids=["empty", "broken", "csv"]
    )
    def test_another_file(self, refusal: Refusal, tmp_path: Path, data: bytes) -> None:
        put(tmp_path, *RAW)
        put(tmp_path, name="model.skops", data=data)
        sentence = refusal("predict", "model.skops", "p.csv", cwd=tmp_path)
        assert sentence.startswith("model.skops: it is no model that this program can load")

    def test_a_pickle(self, refusal: Refusal, tmp_path: Path) -> None:
        import pickle

        put(tmp_path, *RAW)
        put(tmp_path, name="model.skops", data=pickle.dumps({"pipeline": 1}))
        assert "no model that this program can load" in refusal(
            "predict", "model.skops", "p.csv", cwd=tmp_path
        )

    def test_a_model_of_another_program(self, refusal: Refusal, tmp_path: Path) -> None:
        import skops.io
        from sklearn.linear_model import LogisticRegression

        put(tmp_path, *RAW)
        skops.io.dump(LogisticRegression().fit([[0], [1]], [0, 1]), tmp_path / "model.skops")
        assert "it reads 1 column without naming it, and p.csv has 3" in refusal(
            "predict", "model.skops", "p.csv", cwd=tmp_path
        )

    def test_unknown_types_are_named(self, refusal: Refusal, tmp_path: Path) -> None:
        import collections

        import skops.io

        put(tmp_path, *RAW)
        skops.io.dump(
            {"format": "fairaudit/model/1", "x": collections.Counter("a")}, tmp_path / "model.skops"
        )
        sentence = refusal("predict", "model.skops", "p.csv", cwd=tmp_path)
        assert "'collections.Counter'" in sentence
        assert "Nothing was loaded" in sentence

    def test_a_feature_is_missing(self, run: Any, refusal: Refusal, tmp_path: Path) -> None:
        put(tmp_path, *RAW)
        assert run("train", "p.csv", "-t", "y", cwd=tmp_path).code == 0
        put(tmp_path, "y,X", "1,2", name="new.csv")
        sentence = refusal("predict", "fairaudit-out/model.skops", "new.csv", "-o", "new", cwd=tmp_path)
        assert sentence == (
            "new.csv has no column 'x'. Did you mean 'X'? Its columns are 'y', 'X'. model.skops was trained with it."
        )

    def test_a_number_that_is_none_in_a_later_batch(
        self, run: Any, refusal: Refusal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(tmp_path, *RAW)
        assert run("train", "p.csv", "-t", "y", cwd=tmp_path).code == 0
        monkeypatch.setattr("fairaudit.read.frames.BATCH_ROWS", 10)
        put(tmp_path, *RAW, "1,many,A", name="new.csv")
        sentence = refusal("predict", "fairaudit-out/model.skops", "new.csv", "-o", "new", cwd=tmp_path)
        assert sentence.startswith("new.csv, column 'x': ")
        assert "'many'" in sentence


class TestWhereNothingIsYet:
    @pytest.mark.parametrize("command", ["slice", "group", "bias", "fairness"])
    def test_reports_without_predictions(self, refusal: Refusal, command: str, tmp_path: Path) -> None:
        assert refusal(command, cwd=tmp_path) == (
            f"{Path('fairaudit-out', 'predictions.csv')}: there is no such file. "
            "Name a file of predictions, or make this one by fairaudit train DATA --target COLUMN."
        )

    def test_an_output_folder_whose_name_is_too_long(self, refusal: Refusal, tmp_path: Path) -> None:
        assert "there is no such file" in refusal("group", "-o", LONG, cwd=tmp_path)

    def test_card_without_results(self, refusal: Refusal, tmp_path: Path) -> None:
        assert refusal("card", cwd=tmp_path) == (
            "fairaudit-out: holds no results. "
            "Run fairaudit audit, or fairaudit train, slice and group, first."
        )

    def test_schema_of_nothing(self, refusal: Refusal, tmp_path: Path) -> None:
        sentence = refusal("schema", "bais", cwd=tmp_path)
        assert sentence.startswith(
            "DOCUMENT: 'bais' is no document. Did you mean 'bias'? Known are 'train', 'cv'"
        )


def test_a_message_shows_no_control_characters(refusal: Refusal, tmp_path: Path) -> None:
    put(tmp_path, "label,score,\x1b[31mrace\u202e", "1,0.5,A", "0,0.2,B")
    sentence = refusal("group", "p.csv", "-a", "\x1b]0;x\x07", cwd=tmp_path)
    assert sentence.isprintable()
    assert "\\x1b[31mrace\\u202e" in sentence


class TestNamesOfFiles:
    def test_a_misspelt_name_of_a_file_or_folder(self, refusal: Refusal, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        for name in ("loans.csv", "model.skops", "policy.toml"):
            (tmp_path / "data" / name).write_text("a\n1\n", encoding="utf-8")
        near = {
            ("audit", "data/loans.cvs"): "loans.csv",
            ("audit", "dta/loans.csv"): "data",
            ("slice", "data/lonas.csv", "data/loans.csv"): "loans.csv",
            ("predict", "data/modle.skops", "data/loans.csv"): "model.skops",
            ("check", "data/loans.csv", "--policy", "data/polcy.toml"): "policy.toml",
            ("history", "dat"): "data",
        }
        for words, name in near.items():
            assert f"Did you mean '{name}'?" in refusal(*words, cwd=tmp_path)
        assert "Did you mean" not in refusal("audit", "data/something.else", cwd=tmp_path)


def test_what_was_typed_is_not_repeated_without_end(refusal: Refusal, tmp_path: Path) -> None:
    put(tmp_path, *GOOD)
    options = "--label -a --positive --where --tau -m -r --seed --decide --format --delimiter --rank-by --tune --param --threads"
    for word in ("y" * 10_000, ("long " * 2_000).strip(), "a'\\" * 4_000, "é\n" * 5_000):
        every = options.split() if word.startswith("y") else ["--label", "--where"]
        for words in (
            *(["audit", "p.csv", option, word] for option in every),
            ["audit", "p.csv", f"--label={word}"],
            ["audit", "p.csv", "-a", f"race,len({word})"],
            ["audit", word],
            [word],
        ):
            assert len(refusal(*words, cwd=tmp_path)) < 2_000, words[:3]


NOT_UTF8 = "line 2 is not UTF-8 after '# gr'. Save the file as UTF-8."


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"# a\n# gr\xf6\xdfe\n", NOT_UTF8),
        (b"\xef\xbb\xbf# a\r\n# gr\xf6\xdfe\r\n", NOT_UTF8),
        ("﻿# a\n".encode("utf-16-le"), "is written in UTF-16. Save the file as UTF-8."),
    ],
    ids=["cp1252", "begun as UTF-8", "UTF-16"],
)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fairaudit.toml", "group p.csv -a sex"),
        ("pyproject.toml", "group p.csv -a sex"),
        ("policy.toml", "check p.csv --policy policy.toml"),
        ("card.toml", "audit p.csv -a sex"),
        ("kept.toml", "group p.csv --slices kept.toml"),
    ],
)
def test_a_file_of_settings_in_another_encoding(
    name: str, words: str, content: bytes, problem: str, tmp_path: Path
) -> None:
    (tmp_path / "p.csv").write_text("label,score,sex\n1,1,F\n0,0,M\n")
    (tmp_path / name).write_bytes(content)
    sentence = refuse_main(*words.split(), cwd=tmp_path)
    assert sentence.endswith(f"{name}: {problem}")
