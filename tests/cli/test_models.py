"""train, cv and predict: what they write, what they say, and what each option does."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from schemas import schema_of

from fairaudit.documents.registry import DOCUMENTS
from fairaudit.documents.text import dump, load

Run = Callable[..., Any]
Refusal = Callable[..., str]
CAR = ("-t", "car", "--positive", "acc,good,vgood")
NEGATIVE = "note: car: negative (0): 'unacc' (1,210)\n"


def document(folder: Path, name: str) -> Any:
    text = (folder / f"{name}.json").read_text(encoding="utf-8")
    found = json.loads(text, parse_constant=pytest.fail)
    schema_of(name).validate(found)
    model = load(DOCUMENTS[name], text, file=name)
    assert dump(model) == text
    assert load(DOCUMENTS[name], dump(model), file=name) == model
    return found


@pytest.fixture(scope="module")
def on_car(run: Run, car: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a model of the car data was trained, cross-validated and used."""
    folder = tmp_path_factory.mktemp("car")
    for words in (
        ("train", car, *CAR, "--drop", "doors"),
        ("cv", car, *CAR, "--drop", "doors", "-a", "buying,safety"),
        ("predict", "fairaudit-out/model.skops", car, "-o", "new"),
    ):
        ran = run(*words, "--json", cwd=folder)
        assert (ran.code, ran.err) == (0, NEGATIVE)
        out = folder / ("new" if words[0] == "predict" else "fairaudit-out")
        assert ran.out.encode() == (out / f"{words[0]}.json").read_bytes()
    return folder


@pytest.fixture(scope="module")
def some_years(two_years: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first of the rows: what chance decides is drawn of these as of all, and they are said as these are."""
    rows = two_years.read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path_factory.mktemp("years") / "rows.csv"
    path.write_text("".join(rows[:801]), encoding="utf-8")
    return path


class TestTrain:
    def test_document(self, on_car: Path) -> None:
        found = document(on_car / "fairaudit-out", "train")
        assert found["model"]["features_in"] == ["buying", "maint", "persons", "lug_boot", "safety"]
        assert found["model"]["dropped"] == ["doors"]
        assert found["model"]["positive"] == ["acc", "good", "vgood"]
        assert found["model"]["classes"] == [0, 1]
        assert found["split"] == {
            "kind": "stratified by the label",
            "test_size": 0.25,
            "seed": 0,
            "train": 1296,
            "test": 432,
        }
        assert found["data"]["prevalence"]["all"] == 518 / 1728
        assert found["metrics"]["test"]["f1"]["value"] >= 0.88
        assert found["warnings"] == []

    def test_predictions(self, on_car: Path, car: Path) -> None:
        frame = pd.read_csv(on_car / "fairaudit-out" / "predictions.csv")
        raw = pd.read_csv(car)
        assert list(frame.columns) == ["row", "label", "score", "decision", *raw.columns[:-1]]
        assert len(frame) == 432
        held_out = raw.iloc[frame["row"] - 1].reset_index(drop=True)
        assert (frame["label"] == held_out["car"].isin(["acc", "good", "vgood"])).all()
        assert (frame["decision"] == (frame["score"] >= 0.5)).all()
        for column in raw.columns[:-1]:
            assert (frame[column].astype(str) == held_out[column].astype(str)).all()

    @pytest.mark.parametrize("model", ["logistic", "random-forest", "hist-gradient-boosting"])
    def test_each_kind_of_model(self, run: Run, car: Path, model: str, tmp_path: Path) -> None:
        param = {
            "logistic": "C=2",
            "random-forest": "n_estimators=3",
            "hist-gradient-boosting": "max_iter=2",
        }[model]
        ran = run("train", car, *CAR, "--model", model, "--param", param, cwd=tmp_path)
        assert (ran.code, ran.err) == (0, NEGATIVE)
        found = document(tmp_path / "fairaudit-out", "train")
        kind = {
            "logistic": "Logistic",
            "random-forest": "RandomForest",
            "hist-gradient-boosting": "HistGradient",
        }[model]
        assert kind in found["model"]["estimator"]
        name, _, value = param.partition("=")
        assert found["model"]["params"][name] == float(value)
        ran = run("predict", "fairaudit-out/model.skops", car, "-o", "new", cwd=tmp_path)
        assert (ran.code, ran.err) == (0, NEGATIVE)
        scores = pd.read_csv(tmp_path / "new" / "predictions.csv").set_index("row")["score"]
        held_out = pd.read_csv(tmp_path / "fairaudit-out" / "predictions.csv").set_index("row")["score"]
        assert (scores.loc[held_out.index] == held_out).all()

    def test_an_estimator_of_one_s_own(self, run: Run, car: Path, tmp_path: Path) -> None:
        (tmp_path / "ours_here.py").write_text(
            "from sklearn.naive_bayes import GaussianNB\n\ndef make():\n    return GaussianNB(var_smoothing=0.01)\n"
        )
        ran = run("train", car, *CAR, "--estimator", "ours_here:make", cwd=tmp_path)
        assert ran.code == 0, ran.err
        found = document(tmp_path / "fairaudit-out", "train")
        assert found["model"]["estimator"].endswith("GaussianNB")
        assert found["settings"]["estimator"] == "ours_here:make"

    def test_class_weight(self, run: Run, car: Path, on_car: Path, tmp_path: Path) -> None:
        assert (
            run("train", car, *CAR, "--drop", "doors", "--class-weight", "balanced", cwd=tmp_path).code == 0
        )
        weighed = document(tmp_path / "fairaudit-out", "train")
        plain = document(on_car / "fairaudit-out", "train")
        assert weighed["model"]["params"]["class_weight"] == "balanced"
        assert (
            weighed["metrics"]["test"]["pprev"]["numerator"] > plain["metrics"]["test"]["pprev"]["numerator"]
        )

    def test_size_seed_and_threshold(self, run: Run, car: Path, tmp_path: Path) -> None:
        words = ("--test-size", "0.5", "--seed", "5", "--threshold", "0.9")
        assert run("train", car, *CAR, *words, cwd=tmp_path).code == 0
        found = document(tmp_path / "fairaudit-out", "train")
        assert (found["split"]["test"], found["split"]["seed"]) == (864, 5)
        frame = pd.read_csv(tmp_path / "fairaudit-out" / "predictions.csv")
        assert (frame["decision"] == (frame["score"] >= 0.9)).all()
        assert ((frame["score"] >= 0.5) & (frame["decision"] == 0)).any()
        # The decisions carry over to the reports, which would take 0.5 from the scores alone.
        ran = run("bias", "-a", "buying", "--json", cwd=tmp_path)
        assert ran.code == 0, ran.err
        decision = ran.json()["settings"]["decision"]
        assert (decision["kind"], decision["column"]) == ("decision column", "decision")
        assert decision["selected"] == frame["decision"].sum()
        assert found["metrics"]["test"]["pprev"]["numerator"] == frame["decision"].sum()

    @pytest.mark.parametrize(
        "words",
        [
            ["--positive", "acc", "--positive", "good", "--positive", "vgood"],
            ["--positive", "acc,good", "--positive", "vgood"],
        ],
        ids=["repeated", "mixed"],
    )
    def test_ways_to_say_the_positive_class(
        self, run: Run, car: Path, on_car: Path, words: list[str], tmp_path: Path
    ) -> None:
        assert run("train", car, "-t", "car", *words, "--drop", "doors", cwd=tmp_path).code == 0
        for name in ("predictions.csv",):
            ours = (tmp_path / "fairaudit-out" / name).read_bytes()
            assert ours == (on_car / "fairaudit-out" / name).read_bytes()

    def test_names_and_values_that_hold_commas(self, run: Run, tmp_path: Path) -> None:
        with (tmp_path / "p.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["y", "a,b", "a", "b", "c"])
            for i in range(120):
                writer.writerow(
                    [["yes, late", "yes", "no"][i % 3], "uv"[i % 2], i % 5, i % 7, "xyz"[i % 4 % 3]]
                )
        ran = run("train", "p.csv", "-t", "y", "--positive", "yes, late", "--drop", "a,b", cwd=tmp_path)
        assert ran.code == 0, ran.err
        found = document(tmp_path / "fairaudit-out", "train")
        assert found["model"]["features_in"] == ["a", "b", "c"]
        assert (found["settings"]["drop"], found["settings"]["positive"]) == (["a,b"], ["yes, late"])
        assert found["data"]["prevalence"]["all"] == pytest.approx(1 / 3)
        words = ("--positive", "yes, late", "--positive", "no", "-a", "a,b", "-a", "c", "--folds", "3")
        ran = run("cv", "p.csv", "-t", "y", *words, cwd=tmp_path)
        assert ran.code == 0, ran.err
        found = document(tmp_path / "fairaudit-out", "cv")
        assert found["data"]["prevalence"]["all"] == pytest.approx(2 / 3)
        assert list(dict.fromkeys(s["feature"] for s in found["slices"])) == ["a,b", "c"]
        assert {s["slice"] for s in found["slices"] if s["feature"] == "a,b"} == {"u", "v"}

    def test_leaks_and_identifiers_are_named(self, run: Run, some_years: Path, tmp_path: Path) -> None:
        ran = run("train", some_years, "-t", "two_year_recid", cwd=tmp_path)
        assert ran.code == 0
        found = document(tmp_path / "fairaudit-out", "train")
        identifier, leak = found["warnings"]
        assert identifier.startswith("column 'id' looks like an identifier")
        assert leak.startswith("column 'is_recid' alone predicts the label almost perfectly")
        assert "id" not in found["model"]["features_in"]
        assert "is_recid" in found["model"]["features_in"]
        assert ran.err == f"warning: {identifier}\nwarning: {leak}\n"
        assert run("train", some_years, "-t", "two_year_recid", "-q", cwd=tmp_path).err == ""
        ran = run("train", some_years, "-t", "two_year_recid", "--drop", "id,is_recid", cwd=tmp_path)
        assert document(tmp_path / "fairaudit-out", "train")["warnings"] == []
        assert ran.err == ""
        missing = pd.read_csv(some_years)["days_b_screening_arrest"].isna().sum()
        assert missing > 0
        assert document(tmp_path / "fairaudit-out", "train")["data"]["missing"] == {
            "days_b_screening_arrest": missing
        }

    def test_where(self, run: Run, two_years: Path, tmp_path: Path) -> None:
        condition = "race in ('Caucasian', 'Hispanic')"
        words = ("-t", "two_year_recid", "--drop", "is_recid", "--where", condition)
        assert run("train", two_years, *words, cwd=tmp_path).code == 0
        found = document(tmp_path / "fairaudit-out", "train")
        assert found["input"]["dropped"] == {f"where not ({condition})": 7214 - 2454 - 637}
        frame = pd.read_csv(tmp_path / "fairaudit-out" / "predictions.csv")
        assert set(frame["race"]) == {"Caucasian", "Hispanic"}
        # Rows keep the numbers that they have in the file.
        raw = pd.read_csv(two_years)
        assert (raw["id"].iloc[frame["row"] - 1].to_numpy() == frame["id"].to_numpy()).all()

    def test_missing_labels_dropped(self, run: Run, tmp_path: Path) -> None:
        rows = "".join(f"{i % 2 if i % 10 else ''},{i % 7},{'AB'[i % 3 % 2]}\n" for i in range(100))
        (tmp_path / "p.csv").write_text(f"y,x,g\n{rows}", encoding="utf-8")
        for command in ("train", "cv"):
            assert run(command, "p.csv", "-t", "y", "--missing", "drop", cwd=tmp_path).code == 0
            found = document(tmp_path / "fairaudit-out", command)
            assert found["input"]["dropped"] == {"missing label": 10}
            assert (found["input"]["rows"], found["input"]["used"]) == (100, 90)
        frame = pd.read_csv(tmp_path / "fairaudit-out" / "cv_predictions.csv")
        assert list(frame["row"]) == [i + 1 for i in range(100) if i % 10]

    def test_columns_that_give_way(self, run: Run, tmp_path: Path) -> None:
        rows = "".join(f"{i % 2},{i % 7},{'AB'[i % 3 % 2]},{i % 5},{'uv'[i % 2]}\n" for i in range(100))
        (tmp_path / "p.csv").write_text(f"y,score,label,round,decision\n{rows}", encoding="utf-8")
        ran = run("train", "p.csv", "-t", "y", cwd=tmp_path)
        assert ran.code == 0, ran.err
        frame = pd.read_csv(tmp_path / "fairaudit-out" / "predictions.csv")
        assert list(frame.columns) == [
            "row", "label", "score", "decision", "score (input)", "label (input)", "round", "decision (input)"
        ]  # fmt: skip
        assert (
            "warning: column 'score' is written as 'score (input)', since predictions have a 'score' of their own\n"
            in ran.err
        )
        ran = run("cv", "p.csv", "-t", "y", "-a", "round,label,decision", "--folds", "2", cwd=tmp_path)
        assert ran.code == 0, ran.err
        found = document(tmp_path / "fairaudit-out", "cv")
        assert {s["slice"] for s in found["slices"] if s["feature"] == "round"} == set("01234")
        assert {s["slice"] for s in found["slices"] if s["feature"] == "label"} == {"A", "B"}
        assert sum(s["n"] for s in found["slices"] if s["feature"] == "decision") == 100

    def test_a_narrow_terminal(self, run: Run, some_years: Path, tmp_path: Path) -> None:
        words = ("-t", "two_year_recid", "--drop", "is_recid")
        for command in (
            ("train", some_years, *words),
            ("cv", some_years, *words, "--folds", "2"),
            ("predict", "fairaudit-out/model.skops", some_years, "-o", "n"),
        ):
            ran = run(*command, cwd=tmp_path, width=60)
            assert ran.code == 0, ran.err
            # What is to be pasted is broken by nothing.
        assert max(map(len, ran.out.partition("\nWritten: ")[0].splitlines())) <= 60

    def test_quiet_and_verbose(self, run: Run, car: Path, tmp_path: Path) -> None:
        ran = run("train", car, *CAR, "-q", cwd=tmp_path)
        assert (ran.code, ran.out, ran.err) == (0, "", "")
        ran = run("train", car, *CAR, "-v", cwd=tmp_path)
        assert ran.err.endswith("Fitting on 1,728 rows and 6 columns\n" + NEGATIVE)


class TestCrossValidation:
    def test_document(self, on_car: Path) -> None:
        found = document(on_car / "fairaudit-out", "cv")
        assert [(f["repeat"], f["fold"]) for f in found["folds"]] == [(1, n) for n in range(1, 6)]
        assert sum(f["n"] for f in found["folds"]) == 1728
        for name, spread in found["summary"].items():
            values = [f["metrics"][name] for f in found["folds"]]
            assert spread["folds"] == 5
            assert spread["mean"] == pytest.approx(np.mean(values), rel=1e-12)
            assert spread["std"] == pytest.approx(np.std(values, ddof=1), rel=1e-9, abs=1e-15)
            assert (spread["min"], spread["max"]) == (min(values), max(values))
        assert list(dict.fromkeys(s["feature"] for s in found["slices"])) == ["buying", "safety"]
        assert {s["slice"]: s["n"] for s in found["slices"] if s["feature"] == "safety"} == dict.fromkeys(
            ("low", "med", "high"), 576
        )

    def test_predictions_cover_every_row_once(self, on_car: Path) -> None:
        frame = pd.read_csv(on_car / "fairaudit-out" / "cv_predictions.csv")
        assert list(frame.columns[:5]) == ["row", "label", "score", "decision", "fold"]
        assert list(frame["row"]) == list(range(1, 1729))
        assert set(frame["fold"]) == {1, 2, 3, 4, 5}
        found = document(on_car / "fairaudit-out", "cv")
        for fold in found["folds"]:
            members = frame[frame["fold"] == fold["fold"]]
            assert len(members) == fold["n"]
            assert fold["metrics"]["accuracy"] == (members["label"] == members["decision"]).mean()

    def test_slices_are_those_of_the_predictions(self, on_car: Path) -> None:
        frame = pd.read_csv(on_car / "fairaudit-out" / "cv_predictions.csv")
        found = document(on_car / "fairaudit-out", "cv")
        for part in found["slices"]:
            members = frame[frame[part["feature"]] == part["slice"]]
            right = (members["label"] == members["decision"]).groupby(members["fold"]).mean()
            assert part["n"] == len(members)
            assert part["metrics"]["accuracy"]["mean"] == pytest.approx(right.mean(), rel=1e-12)
            assert part["metrics"]["accuracy"]["std"] == pytest.approx(right.std(), rel=1e-9, abs=1e-12)

    def test_the_predictions_can_be_audited(self, run: Run, on_car: Path) -> None:
        ran = run(
            "bias", "fairaudit-out/cv_predictions.csv", "-a", "buying", "-o", "cv-bias", "--json", cwd=on_car
        )
        assert ran.code == 0, ran.err
        assert ran.json()["input"]["rows"] == 1728
        group = run("group", "fairaudit-out/cv_predictions.csv", "-o", "cv-bias", "--json", cwd=on_car).json()
        assert [a["name"] for a in group["settings"]["attributes"]] == [
            *("buying", "maint", "doors", "persons", "lug_boot", "safety")
        ]

    def test_repeats(self, run: Run, people: Path, tmp_path: Path) -> None:
        # More rounds than a numeric attribute may have values.
        words = ("-t", "label", "--folds", "2", "--repeats", "26", "-a", "sex", "--drop", "age,race")
        assert run("cv", people, *words, cwd=tmp_path).code == 0
        found = document(tmp_path / "fairaudit-out", "cv")
        assert len(found["folds"]) == 52
        assert found["summary"]["accuracy"]["folds"] == 52
        sexes = pd.read_csv(people)["sex"].value_counts()
        assert {s["slice"]: s["n"] for s in found["slices"]} == dict(sexes)
        assert len(pd.read_csv(tmp_path / "fairaudit-out" / "cv_predictions.csv")) == 240

    def test_the_target_and_a_range_as_slices(self, run: Run, two_years: Path, tmp_path: Path) -> None:
        words = (
            "-t",
            "two_year_recid",
            "--drop",
            "is_recid",
            "--folds",
            "2",
            "-a",
            "age:25,45*sex",
            "-a",
            "two_year_recid",
        )
        ran = run("cv", two_years, *words, cwd=tmp_path)
        assert ran.code == 0, ran.err
        found = document(tmp_path / "fairaudit-out", "cv")
        assert found["settings"]["attributes"][0] == {
            "name": "age:25,45*sex",
            "columns": ["age", "sex"],
            "members": [],
            "edges": {"age": [25.0, 45.0]},
            "edges_from": {"age": "given"},
        }
        assert found["settings"]["attributes"][1]["name"] == "two_year_recid"
        raw = pd.read_csv(two_years)
        young = next(s for s in found["slices"] if s["slice"] == "below 25 * Female")
        assert young["n"] == ((raw["age"] < 25) & (raw["sex"] == "Female")).sum()

    def test_no_text_column_to_slice_by(self, run: Run, data_dir: Path, tmp_path: Path) -> None:
        ran = run(
            "cv",
            data_dir / "raisin.csv",
            "-t",
            "Class",
            "--positive",
            "Kecimen",
            "--folds",
            "2",
            cwd=tmp_path,
        )
        assert ran.code == 0, ran.err
        assert document(tmp_path / "fairaudit-out", "cv")["slices"] == []


class TestPredict:
    def test_document(self, on_car: Path) -> None:
        found = document(on_car / "new", "predict")
        frame = pd.read_csv(on_car / "new" / "predictions.csv")
        assert (found["input"]["rows"], found["selected"]) == (1728, int(frame["decision"].sum()))
        assert found["unknown_categories"] == {}
        assert found["settings"]["target"] == "car"

    def test_scores_are_those_of_the_held_out_rows(self, on_car: Path) -> None:
        new = pd.read_csv(on_car / "new" / "predictions.csv").set_index("row")
        held_out = pd.read_csv(on_car / "fairaudit-out" / "predictions.csv").set_index("row")
        pd.testing.assert_frame_equal(new.loc[held_out.index], held_out)

    def test_data_without_the_target_gets_no_labels(
        self, run: Run, on_car: Path, car: Path, tmp_path: Path
    ) -> None:
        pd.read_csv(car, dtype=str).drop(columns="car").head(50).to_csv(tmp_path / "new.csv", index=False)
        ran = run("predict", on_car / "fairaudit-out/model.skops", "new.csv", cwd=tmp_path)
        assert (ran.code, ran.err) == (0, "")
        frame = pd.read_csv(tmp_path / "fairaudit-out" / "predictions.csv")
        assert list(frame.columns[:3]) == ["row", "score", "decision"]
        full = pd.read_csv(on_car / "new" / "predictions.csv").head(50)
        assert (frame["score"] == full["score"]).all()
        ran = run("group", "--label", "none", "-a", "maint", "--json", cwd=tmp_path)
        assert ran.code == 0, ran.err

    def test_labels_that_are_not_complete_are_left_out_and_said(
        self, run: Run, on_car: Path, car: Path, tmp_path: Path
    ) -> None:
        frame = pd.read_csv(car, dtype=str).head(20)
        frame.loc[3, "car"] = None
        frame.to_csv(tmp_path / "new.csv", index=False)
        ran = run("predict", on_car / "fairaudit-out/model.skops", "new.csv", cwd=tmp_path)
        assert ran.code == 0
        assert (
            "warning: predictions.csv has no labels: new.csv, column 'car': 1 of 20 labels are missing"
            in ran.err
        )
        assert "label" not in pd.read_csv(tmp_path / "fairaudit-out" / "predictions.csv").columns

    def test_whatever_a_model_learnt_from_is_scored(self, run: Run, tmp_path: Path) -> None:
        odd = {7: "Exempt", 40: "85%", 71: "$5", 100: "?"}
        rows = [f"{odd.get(i, i * 37 % 101)},{i % 7},{int(i * 53 % 97 < i * 37 % 101)}" for i in range(120)]
        data = tmp_path / "d.csv"
        data.write_text("\n".join(["income,other,y", *rows, ""]), encoding="utf-8")
        run("train", data, "--target", "y", "-o", tmp_path / "m")
        run("predict", tmp_path / "m" / "model.skops", data, "-o", tmp_path / "p")
        assert len((tmp_path / "p" / "predictions.csv").read_text(encoding="utf-8").splitlines()) == 121

    def test_unknown_categories_are_counted(self, run: Run, on_car: Path, car: Path, tmp_path: Path) -> None:
        frame = pd.read_csv(car, dtype=str).head(40)
        frame.loc[:6, "safety"] = "[/i]none"
        frame.loc[:2, "buying"] = "free"
        frame.to_csv(tmp_path / "new.csv", index=False)
        ran = run("predict", on_car / "fairaudit-out/model.skops", "new.csv", cwd=tmp_path)
        assert ran.code == 0
        found = document(tmp_path / "fairaudit-out", "predict")
        assert found["unknown_categories"] == {"buying": {"free": 3}, "safety": {"[/i]none": 7}}
        assert "Never seen in training: safety = [/i]none (7)" in ran.out

    def test_batches_equal_one(
        self, run: Run, on_car: Path, car: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for rows in (100, 1728, 1):
            monkeypatch.setattr("fairaudit.read.frames.BATCH_ROWS", rows)
            data = car
            if rows == 1:
                data = tmp_path / "few.csv"
                pd.read_csv(car, dtype=str).head(9).to_csv(data, index=False)
            ran = run("predict", on_car / "fairaudit-out/model.skops", data, "-o", f"by-{rows}", cwd=tmp_path)
            assert ran.code == 0, ran.err
            ours = (tmp_path / f"by-{rows}" / "predictions.csv").read_text().splitlines()
            whole = (on_car / "new" / "predictions.csv").read_text().splitlines()
            if rows == 1:
                # Nine rows are all of one class, so that they have no labels that could be checked.
                assert len(ours) == 10
            else:
                assert ours == whole

    def test_threshold(self, run: Run, on_car: Path, car: Path, tmp_path: Path) -> None:
        ran = run("predict", on_car / "fairaudit-out/model.skops", car, "--threshold", "0.95", cwd=tmp_path)
        assert ran.code == 0
        frame = pd.read_csv(tmp_path / "fairaudit-out" / "predictions.csv")
        assert (frame["decision"] == (frame["score"] >= 0.95)).all()
        assert document(tmp_path / "fairaudit-out", "predict")["settings"]["threshold"] == 0.95

    def test_the_model_s_own_threshold(self, run: Run, car: Path, tmp_path: Path) -> None:
        assert run("train", car, *CAR, "--threshold", "0.8", cwd=tmp_path).code == 0
        assert run("predict", "fairaudit-out/model.skops", car, "-o", "new", cwd=tmp_path).code == 0
        assert document(tmp_path / "new", "predict")["settings"]["threshold"] == 0.8

    @pytest.mark.parametrize("threshold", ["nan", "-inf"])
    def test_a_threshold_that_is_none(
        self, refusal: Refusal, on_car: Path, car: Path, tmp_path: Path, threshold: str
    ) -> None:
        words = ("predict", on_car / "fairaudit-out/model.skops", car, "--threshold", threshold)
        assert refusal(*words, cwd=tmp_path) == f"--threshold: {threshold} is not a finite number."


@pytest.fixture(scope="module")
def loans(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loans")
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "income": random.integers(10_000, 90_000, 400),
            "city": random.choice(["Bergen", "Oslo", "Bodø"], 400),
            "employed": random.choice(["yes", "no"], 400),
        }
    )
    frame["paid"] = (frame["income"] + random.normal(0, 30_000, 400) > 50_000).astype(int)
    frame.to_csv(folder / "loans.csv", index=False)
    assert run("train", "loans.csv", "-t", "paid", cwd=folder).code == 0
    return folder


class TestStrange:
    """New rows that have little in common with the training rows."""

    def changed(self, loans: Path, to: Path, **columns: Callable[[Any], Any]) -> str:
        frame = pd.read_csv(loans / "loans.csv").drop(columns="paid")
        for name, change in columns.items():
            frame[name] = change(frame[name])
        frame.to_csv(to / "new.csv", index=False)
        return "new.csv"

    def test_usual_rows_pass(self, run: Run, loans: Path, tmp_path: Path) -> None:
        new = self.changed(loans, tmp_path)
        ran = run("predict", loans / "fairaudit-out/model.skops", new, "--strict", cwd=tmp_path)
        assert (ran.code, ran.err) == (0, "")
        assert document(tmp_path / "fairaudit-out", "predict")["settings"]["strict"] is True

    @pytest.mark.parametrize(
        ("columns", "said"),
        [
            (
                {"city": str.upper},
                "'city': none of its 400 values occurs in the training rows; it holds 'OSLO', 'BERGEN', 'BODØ', and the model knows 'Bergen', 'Bodø', 'Oslo'",
            ),
            (
                {"employed": lambda value: {"yes": "Y", "no": "N"}[value]},
                "'employed': none of its 400 values occurs in the training rows; it holds 'N', 'Y', and the model knows 'no', 'yes'",
            ),
            (
                {"income": lambda value: value / 1000},
                "column 'income': 400 of 400 values lie below the training range",
            ),
            (
                {"income": lambda value: value * 100},
                "values lie outside the training range by more than its width: it runs from ",
            ),
            (
                {"income": lambda _: None},
                "column 'income': it holds no value at all, and every training row held one",
            ),
        ],
        ids=["capitals", "other words", "thousands", "cents", "nothing"],
    )
    def test_strange_columns_are_told_or_refused(
        self,
        run: Run,
        refusal: Refusal,
        loans: Path,
        tmp_path: Path,
        columns: dict[str, Callable[[Any], Any]],
        said: str,
    ) -> None:
        new = self.changed(loans, tmp_path, **{name: lambda s, f=f: s.map(f) for name, f in columns.items()})
        words = ("predict", loans / "fairaudit-out/model.skops", new)
        sentence = refusal(*words, "--strict", cwd=tmp_path)
        assert said in sentence.replace("new.csv, ", "")
        assert "Without --strict such rows are scored all the same" in sentence
        ran = run(*words, cwd=tmp_path)
        assert ran.code == 0
        (warning,) = [line for line in ran.err.splitlines() if said in line]
        assert warning.startswith("warning: column ")
        assert [said in text for text in document(tmp_path / "fairaudit-out", "predict")["warnings"]].count(
            True
        ) == 1
        before = (tmp_path / "fairaudit-out" / "predictions.csv").read_bytes()
        assert run(*words, "--strict", cwd=tmp_path).code == 2
        assert (tmp_path / "fairaudit-out" / "predictions.csv").read_bytes() == before

    def test_all_strange_columns_are_named(self, refusal: Refusal, loans: Path, tmp_path: Path) -> None:
        new = self.changed(loans, tmp_path, income=lambda s: s * 100, city=lambda s: s.str.upper())
        sentence = refusal("predict", loans / "fairaudit-out/model.skops", new, "--strict", cwd=tmp_path)
        assert sentence.startswith("new.csv, column 'income': ")
        assert "'city' is strange, too" in sentence

    def test_batches_are_counted_together(
        self, run: Run, loans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new = self.changed(loans, tmp_path, city=lambda s: ["Rome"] * (len(s) - 1) + ["Oslo"])
        words = ("predict", loans / "fairaudit-out/model.skops", new, "--strict")
        monkeypatch.setattr("fairaudit.read.frames.BATCH_ROWS", 100)
        assert run(*words, cwd=tmp_path).code == 0

    def test_a_value_that_cannot_be_scored_is_named_with_its_row(
        self, refusal: Refusal, loans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for value, problem in (("1e90", "cannot be scored"), ("1e200", "are larger than 1e+100 in size")):
            new = self.changed(loans, tmp_path, income=lambda s, v=value: [*s[:-1], v])
            monkeypatch.setattr("fairaudit.read.frames.BATCH_ROWS", 150)
            sentence = refusal("predict", loans / "fairaudit-out/model.skops", new, cwd=tmp_path)
            assert problem in sentence
            assert "(row 400" in sentence
            assert "--" not in sentence

    def test_a_model_without_ranges_is_told_or_refused(self, run: Run, loans: Path, tmp_path: Path) -> None:
        from trained import save_model

        from fairaudit.model.store import load_model

        stored = load_model(loans / "fairaudit-out" / "model.skops")
        older = {name: value for name, value in stored.metadata.items() if name != "ranges"}
        save_model(tmp_path / "model.skops", stored.pipeline, older)
        words = ("predict", "model.skops", loans / "loans.csv")
        ran = run(*words, cwd=tmp_path)
        assert ran.code == 0
        assert "warning: model.skops does not say from where to where its training rows ran" in ran.err
        ran = run(*words, "--strict", cwd=tmp_path)
        assert ran.code == 2
        assert "Train it anew, or leave --strict out" in ran.err


class TestAdvice:
    """What predict says names no option of training."""

    @pytest.mark.parametrize(
        "labels", [["maybe"], ["acc", ""], ["acc"]], ids=["unknown", "missing", "one class"]
    )
    def test_labels_that_cannot_be_read(
        self, run: Run, on_car: Path, car: Path, tmp_path: Path, labels: list[str]
    ) -> None:
        frame = pd.read_csv(car, dtype=str).head(20)
        frame["car"] = (labels * 20)[:20]
        frame.to_csv(tmp_path / "new.csv", index=False)
        ran = run("predict", on_car / "fairaudit-out/model.skops", "new.csv", cwd=tmp_path)
        assert ran.code == 0
        assert "warning: predictions.csv has no labels: new.csv, column 'car': " in ran.err
        assert "The model was trained with 'acc', 'good', 'vgood' as positive." in ran.err
        assert "--" not in ran.err


def test_what_an_estimator_prints_stays_out_of_the_report(run: Run, car: Path, tmp_path: Path) -> None:
    words = ("--model", "hist-gradient-boosting", "--param", "max_iter=2", "--param", "verbose=2")
    ran = run("train", car, *CAR, *words, "--json", cwd=tmp_path)
    assert ran.code == 0
    assert ran.json()["schema"] == "fairaudit/train/1"


@pytest.mark.parametrize("threshold", ["1.5", "-0.1"])
def test_a_threshold_that_decides_all_rows_alike_is_refused(
    refusal: Refusal, on_car: Path, car: Path, tmp_path: Path, threshold: str
) -> None:
    sentence = f"--threshold: {threshold} decides all rows alike, as scores lie in [0, 1]."
    assert refusal("train", car, *CAR, "--threshold", threshold, cwd=tmp_path) == sentence
    model = on_car / "fairaudit-out/model.skops"
    assert refusal("predict", model, car, "--threshold", threshold, cwd=tmp_path) == sentence


def test_training_twice_gives_the_same_bytes(run: Run, some_years: Path, tmp_path: Path) -> None:
    words = (some_years, "-t", "two_year_recid", "--drop", "is_recid", "--seed", "11")
    for out in ("one", "two"):
        assert run("train", *words, "-o", out, cwd=tmp_path).code == 0
        assert run("cv", *words, "--folds", "2", "-o", out, cwd=tmp_path).code == 0
    one, two = tmp_path / "one", tmp_path / "two"
    for name in ("predictions.csv", "cv_predictions.csv"):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    for name in ("train.json", "cv.json"):
        lines = [
            [line for line in (folder / name).read_text().splitlines() if '"created":' not in line]
            for folder in (one, two)
        ]
        assert lines[0] == lines[1]
        assert len(lines[0]) == len((one / name).read_text().splitlines()) - 1
    other = tmp_path / "three"
    assert run("train", *words[:-1], "12", "-o", other, cwd=tmp_path).code == 0
    assert (other / "predictions.csv").read_bytes() != (one / "predictions.csv").read_bytes()
