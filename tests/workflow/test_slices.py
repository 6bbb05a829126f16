"""`fairaudit slice --prediction`: labels and predictions of several classes, as they are typed, shown and written."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import run_main
from schemas import schema_of
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

import fairaudit
from fairaudit.documents.classes import ClassesDocument
from fairaudit.documents.folder import left_out, read_results
from fairaudit.documents.statements import Statements
from fairaudit.documents.text import dump, load
from fairaudit.errors import FairauditError
from fairaudit.read.classes import MOST_CLASSES
from fairaudit.render.card.page import render_card
from fairaudit.render.terminal.classes import classes
from fairaudit.render.words.classes import figure_cells
from fairaudit.workflow.report import make_report, read_templates

HOSTILE = "[red]x[/red]\x1b[31m|<script>{{ 7 }}=1+1"


def measure(frame: pd.DataFrame, **named: Any) -> ClassesDocument:
    document = fairaudit.measure_slices(frame, **{"prediction": "predicted", **named}).document
    assert isinstance(document, ClassesDocument)
    return document


@pytest.fixture(scope="module")
def flowers() -> pd.DataFrame:
    """Make flowers of three kinds in four gardens, in one of which the kinds are mistaken more often."""
    lot, rows = np.random.default_rng(1), 600
    frame = pd.DataFrame({"label": lot.choice(["rose", "lily", "iris"], rows, p=[0.5, 0.3, 0.2])})
    frame["garden"] = lot.choice(list("ABCD"), rows)
    frame["height"] = lot.normal(30, 5, rows).round(2)
    wrong = lot.random(rows) < np.where(frame["garden"] == "C", 0.5, 0.15)
    frame["predicted"] = np.where(wrong, lot.choice(["rose", "lily", "iris"], rows), frame["label"])
    return frame


def test_every_slice_is_measured_as_scikit_learn_does(flowers: pd.DataFrame) -> None:
    document = measure(flowers, features=["garden", "height:mean"])
    assert document.classes == ["iris", "lily", "rose"]
    tall = flowers["height"] >= flowers["height"].mean()
    rows = {("garden", name): flowers["garden"] == name for name in "ABCD"}
    for s in document.slices:
        own = flowers[rows.get((s.feature, s.slice), tall if s.slice.endswith("above") else ~tall)]
        assert s.confusion == confusion_matrix(own["label"], own["predicted"]).tolist()
        values = {name: estimate.value for name, estimate in s.metrics.items()}
        assert values["accuracy"] == pytest.approx(accuracy_score(own["label"], own["predicted"]))
        for name, average in (("macro_f1", "macro"), ("weighted_f1", "weighted")):
            expected = f1_score(own["label"], own["predicted"], average=average)
            assert values[name] == pytest.approx(expected)
        precision, recall, f1, _ = precision_recall_fscore_support(own["label"], own["predicted"])
        assert [c.precision.value for c in s.classes] == pytest.approx(precision.tolist())
        assert [c.recall.value for c in s.classes] == pytest.approx(recall.tolist())
        assert [c.f1.value for c in s.classes] == pytest.approx(f1.tolist())
        assert s.share == pytest.approx(len(own) / 600)
    schema_of("classes").validate(json.loads(dump(document)))
    assert load(ClassesDocument, dump(document), file="x") == document


@settings(max_examples=4)
@given(
    pairs=st.lists(
        st.tuples(st.sampled_from(["1", "2", "3", "10"]), st.sampled_from(["1.0", "2", "3.00", "10"])),
        min_size=12,
        max_size=30,
    ).filter(lambda pairs: len({float(text) for pair in pairs for text in pair}) > 2)
)
def test_numbers_are_one_class_however_they_are_written(pairs: list[tuple[str, str]]) -> None:
    frame = pd.DataFrame(pairs, columns=["label", "predicted"])
    frame["half"] = ["a", "b"] * (len(frame) // 2) + ["a"] * (len(frame) % 2)
    document = measure(frame, features="half")
    true, predicted = (frame[c].astype(float) for c in ("label", "predicted"))
    expected = sorted({*true, *predicted})
    assert [float(name) for name in document.classes] == expected
    assert document.overall.confusion == confusion_matrix(true, predicted, labels=expected).tolist()


def test_slices_that_may_share_flowers_are_beside_those_that_are_known_not_to_be_in_them(
    flowers: pd.DataFrame,
) -> None:
    lot = np.random.default_rng(4)
    table = flowers.assign(red=lot.integers(0, 2, 600), tall=lot.integers(0, 2, 600).astype(object))
    table.loc[table.index[:50], "tall"] = None
    document = measure(table, features="looks:{red,tall}")
    right = table["label"] == table["predicted"]
    own, others = ((table["tall"] == flag) & table["tall"].notna() for flag in (1, 0))
    (tall,) = (s for s in document.slices if s.slice == "tall")
    assert tall.vs_rest["accuracy"].difference == pytest.approx(right[own].mean() - right[others].mean())
    nowhere = ((table["red"] == 0) & table["tall"].isna()).sum()
    assert (
        f"looks:{{red,tall}}: of some people it is not known whether they are in 'tall' (50) and '(none of them)' ({nowhere}); "
        "no group is compared with those who may be in it"
    ) in [note.sentence for note in document.input.notes]


def test_counts_are_people_and_files_give_what_frames_do(flowers: pd.DataFrame, tmp_path: Path) -> None:
    cells = flowers.groupby(["label", "predicted", "garden"]).size().reset_index(name="n")
    cells.to_csv(tmp_path / "cells.csv", index=False)
    counted = measure(cells, features="garden", weight="n")
    single = measure(flowers, features="garden")
    assert counted.slices == single.slices
    ran = run_main(
        *("slice", "cells.csv", "--prediction", "predicted", "-f", "garden", "--weight", "n", "--json"),
        cwd=tmp_path,
    )
    assert ran.json()["slices"] == json.loads(dump(counted))["slices"]


def test_the_command_shows_and_writes_what_it_measured(flowers: pd.DataFrame, tmp_path: Path) -> None:
    flowers.to_csv(tmp_path / "p.csv", index=False)
    ran = run_main("slice", "p.csv", "--prediction", "predicted", "-f", "garden", cwd=tmp_path)
    assert ran.code == 0, ran.err
    for text in (
        'People with garden "C" are predicted right least:',
        "to everybody else.",
        "macro F1",
        "People with garden",
        "classes.md",
    ):
        assert text in ran.out
    page = (tmp_path / "fairaudit-out" / "classes.md").read_text(encoding="utf-8")
    assert (
        "| True class | predicted iris | predicted lily | predicted rose | Recall | Precision | F1 |" in page
    )
    assert not (tmp_path / "fairaudit-out" / "slices.json").exists()


def test_two_classes_go_the_way_of_every_audit(flowers: pd.DataFrame) -> None:
    binary = flowers.assign(
        label=(flowers["label"] == "rose").astype(int), predicted=(flowers["predicted"] == "rose").astype(int)
    )
    asked = fairaudit.measure_slices(binary, prediction="predicted", features="garden").document
    usual = fairaudit.measure_slices(binary, decision="predicted", features="garden").document
    one = fairaudit.measure_slices(
        flowers, prediction="predicted", positive="rose", features="garden"
    ).document
    assert asked.slices == usual.slices
    assert asked.settings == usual.settings
    assert [s.metrics for s in one.slices] == [s.metrics for s in usual.slices]


def test_people_without_a_label_or_a_prediction_are_refused_or_counted(flowers: pd.DataFrame) -> None:
    lacking = flowers.copy()
    lacking.loc[[3, 5], "predicted"] = None
    lacking.loc[[3, 7], "label"] = None
    with pytest.raises(FairauditError, match=r"column 'label': 2 of 600 rows have no label \(rows 4, 8\)"):
        measure(lacking, features="garden")
    document = measure(lacking, features="garden", missing="drop")
    assert document.input.dropped == {"missing label": 2, "missing decision": 1}
    assert document.overall.n == 597


def test_slices_are_of_labels_predictions_and_numbers_too(flowers: pd.DataFrame) -> None:
    document = measure(
        flowers, features=["label", "decision"], slices={"tall": "height > 30"}, stats=True, unit="flowers"
    )
    assert [s.slice for s in document.slices if s.feature == "predicted"] == ["iris", "lily", "rose"]
    of_roses = next(s for s in document.slices if (s.feature, s.slice) == ("label", "rose"))
    assert of_roses.averaged == ["iris", "lily", "rose"]
    assert of_roses.classes[0].recall.reason == "nobody in the slice is of this class"
    assert {s.slice for s in document.slices if s.feature == "tall"} == {"tall", "not tall"}
    described = [s for s in document.statistics or () if s.feature == "label" and s.slice == "rose"]
    (height,) = [s for s in described if s.column == "height"]
    assert height.mean == pytest.approx(flowers.loc[flowers["label"] == "rose", "height"].mean())
    frame = document.to_frame()
    assert len(frame) == (1 + len(document.slices)) * (3 + 3 * 3)
    assert "flowers" in shown(document)


def shown(document: ClassesDocument, width: int = 100) -> str:
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(classes(document, width=width))
    return out.getvalue()


def test_statistics_are_of_the_score_too(flowers: pd.DataFrame) -> None:
    scored = flowers.assign(label=(flowers["label"] == "rose").astype(int), score=flowers["height"] / 100)
    document = fairaudit.measure_slices(scored, features="garden", stats=True).document
    (of_a,) = [s for s in document.statistics or () if (s.slice, s.column) == ("A", "score")]
    expected = scored.loc[scored["garden"] == "A", "score"]
    assert (of_a.mean, of_a.median) == pytest.approx((expected.mean(), expected.median()))


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"decision": "label"}, "cannot be given together with"),
        ({"threshold": 0.5}, "cannot be given together with"),
        ({"label": "none"}, "is compared with labels, and there are to be none"),
        ({"prediction": "predict"}, "has no column 'predict'. Did you mean 'predicted'?"),
        ({"prediction": "label"}, "has two roles"),
        (
            {"score": "height"},
            "names scores, and several classes are measured by what is predicted (3 classes",
        ),
        ({"rank_by": "f1"}, "several are ranked by accuracy"),
        ({"positive": "tulip"}, "no row holds 'tulip', named as positive"),
        ({"prediction": "height"}, f"hold more than {MOST_CLASSES} classes"),
    ],
    ids=lambda value: "=".join(map(str, next(iter(value.items())))) if isinstance(value, dict) else "",
)
def test_what_several_classes_do_not_have_is_refused(
    flowers: pd.DataFrame, named: dict[str, Any], why: str
) -> None:
    with pytest.raises(FairauditError) as refused:
        measure(flowers, features="garden", **named)
    assert why in str(refused.value)


def test_names_of_strangers_are_text_everywhere(flowers: pd.DataFrame, tmp_path: Path) -> None:
    strange = flowers.replace({"rose": HOSTILE, "A": HOSTILE}).rename(columns={"garden": HOSTILE})
    document = measure(strange, features=HOSTILE)
    assert "\x1b" not in shown(document)
    assert "[red]x[/red]" in shown(document)
    fairaudit.measure_slices(strange, prediction="predicted", features=HOSTILE, out=tmp_path)
    page = (tmp_path / "classes.md").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "\x1b" not in page
    widths = {line.replace("\\|", "").count("|") for line in page.splitlines() if line.startswith("|")}
    assert widths == {10, 8}


def test_card_and_report_show_classes_of_their_own_predictions_only(
    flowers: pd.DataFrame, tmp_path: Path
) -> None:
    flowers = flowers.replace({"rose": HOSTILE})
    flowers.to_csv(tmp_path / "p.csv", index=False)
    typed = ("p.csv", "--positive", HOSTILE, "--decision", "predicted", "-o", "out")
    assert run_main("group", *typed, "-a", "garden", cwd=tmp_path).code == 0
    assert (
        run_main(
            "slice", "p.csv", "--prediction", "predicted", "-f", "garden", "-o", "out", cwd=tmp_path
        ).code
        == 0
    )
    results = read_results(tmp_path / "out")
    card = render_card(results, Statements())
    assert "### Slices of several classes" in card
    assert 'People with garden "C"' in card
    page = make_report(results, Statements(), read_templates()).text
    assert '<a href="#classes">Classes</a>' in page
    assert '<h2 id="classes-heading">Slices of several classes</h2>' in page
    part = page.partition('<section id="classes"')[2].partition("</section>")[0]
    assert "<script" not in part
    assert results.classes is not None
    assert part.count("<table") == 1 + 1 + len(results.classes.slices)
    figures = figure_cells(results.classes.overall, intervals=True)
    assert all(f">{figure}</td>" in part for figure in figures)
    other = tmp_path / "out" / "classes.json"
    changed = json.loads(other.read_text(encoding="utf-8"))
    changed["input"]["sha256"] = "0" * 64
    other.write_text(json.dumps(changed), encoding="utf-8")
    results = read_results(tmp_path / "out")
    assert left_out(tmp_path / "out", results) == ("classes.json is left out: it is about other predictions",)
    assert "several classes" not in render_card(results, Statements())
    assert "several classes" not in make_report(results, Statements(), read_templates()).text
    (tmp_path / "out" / "group.json").unlink()
    ran = run_main("card", "-o", "out", cwd=tmp_path)
    assert ran.code == 2
    assert "fairaudit audit FILE --decision COLUMN --positive CLASS" in ran.err


def test_raisins_above_the_mean_score_far_lower(data_dir: Path) -> None:
    """The three slices of a course: 0.0 against 0.92, 0.65 against 0.93 and 0.31 against 0.92 there, with another split."""
    frame = pd.read_csv(data_dir / "raisin.csv", encoding="utf-8-sig")
    learnt, rest = train_test_split(frame, test_size=0.25, stratify=frame["Class"], random_state=42)
    features = [c for c in rest.columns if c != "Class"]
    model = LogisticRegression(max_iter=1_000).fit(learnt[features], learnt["Class"])
    rest = rest.assign(predicted=model.predict(rest[features]))
    means = {c: float(learnt[c].mean()) for c in ("MajorAxisLength", "MinorAxisLength", "ConvexArea")}
    document = fairaudit.measure_slices(
        rest,
        prediction="predicted",
        label="Class",
        positive="Kecimen",
        features=[f"{column}:{mean!r}" for column, mean in means.items()],
    ).document
    scored: list[tuple[float, float]] = []
    for attribute, (column, mean) in zip(document.settings.attributes, means.items(), strict=True):
        f1 = {
            s.slice.startswith("below"): s.metrics["f1"].value
            for s in document.slices
            if s.feature == attribute.name
        }
        below = rest[column] < mean
        for is_below, own in ((True, rest[below]), (False, rest[~below])):
            expected = f1_score(own["Class"], own["predicted"], pos_label="Kecimen")
            assert f1[is_below] == pytest.approx(expected)
        scored.append((round(f1[False], 2), round(f1[True], 2)))
    assert scored == [(0.0, 0.91), (0.76, 0.9), (0.33, 0.9)]


def test_irises_by_their_length_have_matrices_and_statistics(data_dir: Path) -> None:
    frame = pd.read_csv(data_dir / "iris.csv")
    by = frame["petal_width"]
    frame["predicted"] = np.where(by < 0.8, "setosa", np.where(by < 1.75, "versicolor", "virginica"))
    document = measure(frame, label="class", features=["sepal_length:mean", "class"], stats=True)
    longer = frame["sepal_length"] >= frame["sepal_length"].mean()
    s = next(s for s in document.slices if s.slice.endswith("above"))
    labels = ["setosa", "versicolor", "virginica"]
    expected = confusion_matrix(frame["class"][longer], frame["predicted"][longer], labels=labels)
    assert s.confusion == expected.tolist()
    (length,) = [s for s in document.statistics or () if (s.slice, s.column) == ("setosa", "sepal_length")]
    assert (round(length.mean or 0, 3), round(length.std or 0, 3)) == (5.006, 0.352)


def test_cars_have_four_classes(data_dir: Path) -> None:
    frame = pd.read_csv(data_dir / "car.csv")
    codes = frame.drop(columns="car").apply(lambda column: column.astype("category").cat.codes)
    learnt = np.arange(len(frame)) % 2 == 0
    tree = DecisionTreeClassifier(max_depth=6, random_state=0).fit(codes[learnt], frame["car"][learnt])
    rest = frame[~learnt].assign(predicted=tree.predict(codes[~learnt]))
    document = measure(rest, label="car", features=["safety", "persons"])
    assert document.classes == ["acc", "good", "unacc", "vgood"]
    low = next(s for s in document.slices if s.slice == "low")
    assert low.averaged == ["unacc"]
    assert low.classes[0].f1.reason is not None
    own = rest[rest["safety"] == "high"]
    high = next(s for s in document.slices if s.slice == "high")
    assert high.confusion == confusion_matrix(own["car"], own["predicted"], labels=document.classes).tolist()


def test_texts_by_their_length_and_rows_by_their_file(tmp_path: Path) -> None:
    lot = np.random.default_rng(5)
    words = lot.integers(1, 30, 240)
    frame = pd.DataFrame({"review": ["word " * n for n in words]})
    frame["label"] = lot.choice(["good", "bad", "fair"], 240)
    frame["predicted"] = np.where((words > 15) & (lot.random(240) < 0.6), "good", frame["label"])
    (tmp_path / "months").mkdir()
    for place, name in enumerate(("jan", "feb", "mar")):
        frame[place::3].to_csv(tmp_path / "months" / f"{name}.csv", index=False)
    files = [f"months/{name}.csv" for name in ("jan", "feb", "mar")]
    features = ("-f", "words(review):15.0", "-f", "source")
    ran = run_main("slice", *files, "--prediction", "predicted", *features, "--json", cwd=tmp_path)
    assert ran.code == 0, ran.err
    slices = {(s["feature"], s["slice"]): s for s in ran.json()["slices"]}
    long = slices["words(review):15.0", "15 words and above"]
    assert long["n"] == (words >= 15).sum()
    assert long["vs_rest"]["accuracy"]["p_adjusted"] < 0.001
    own = frame[1::3]
    (feb,) = [s for (feature, name), s in slices.items() if feature == "source" and "feb" in name]
    assert feb["confusion"] == confusion_matrix(own["label"], own["predicted"]).tolist()
