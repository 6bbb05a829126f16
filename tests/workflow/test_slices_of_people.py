"""`slice --prediction` where people stand in several rows or have the weights of a survey, and where slices are kept: beside statsmodels and a bootstrap of people."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from running import run_main
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score
from statsmodels.regression.linear_model import OLS

import fairaudit
from fairaudit.documents.classes import ClassesDocument, ClassesSlicePart
from fairaudit.errors import FairauditError
from fairaudit.render.card.classes import classes_markdown
from fairaudit.render.terminal.classes import classes

KINDS = ["iris", "lily", "rose"]
REPEATS = 6


def measure(frame: pd.DataFrame, **named: Any) -> ClassesDocument:
    document = fairaudit.measure_slices(
        frame, **{"prediction": "predicted", "features": "garden", **named}
    ).document
    assert isinstance(document, ClassesDocument)
    return document


def of(document: ClassesDocument, name: str) -> ClassesSlicePart:
    (one,) = [s for s in document.slices if s.slice == name]
    return one


@pytest.fixture(scope="module")
def visits() -> pd.DataFrame:
    """Make visits of gardeners, all of one gardener to one garden, who take the same kind for another again and again."""
    lot, people = np.random.default_rng(3), 240
    frame = pd.DataFrame({"gardener": [f"Gärtner {n}" for n in range(people)]})
    frame["garden"] = lot.choice(["A", "B"], people, p=[0.6, 0.4])
    frame["careless"] = lot.random(people) < np.where(frame["garden"] == "B", 0.45, 0.2)
    frame = frame.loc[frame.index.repeat(lot.integers(1, REPEATS + 1, people))].reset_index(drop=True)
    frame["label"] = lot.choice(KINDS, len(frame), p=[0.2, 0.3, 0.5])
    wrong = frame.pop("careless") & (lot.random(len(frame)) < 0.8)
    frame["predicted"] = np.where(wrong, lot.choice(KINDS, len(frame)), frame["label"])
    return frame


@pytest.fixture(scope="module")
def counted(visits: pd.DataFrame) -> ClassesDocument:
    return measure(visits, id="gardener")


def test_rows_of_one_person_are_no_evidence_of_so_many_people(
    visits: pd.DataFrame, counted: ClassesDocument
) -> None:
    rows = measure(visits)
    for s in counted.slices:
        own = visits[visits["garden"] == s.slice]
        assert (s.n, s.rows) == (own["gardener"].nunique(), len(own))
        assert s.confusion == confusion_matrix(own["label"], own["predicted"]).tolist()
        accuracy = s.metrics["accuracy"]
        assert accuracy.value == pytest.approx(accuracy_score(own["label"], own["predicted"]))
        right = (own["label"] == own["predicted"]).astype(float)
        fit = OLS(right, np.ones(len(own))).fit(
            cov_type="cluster", cov_kwds={"groups": pd.factorize(own["gardener"])[0]}
        )
        assert accuracy.effective is not None
        worth = accuracy.value * (1 - accuracy.value) / accuracy.effective
        # What is found is raised for the few people that it is found with.
        assert 1 <= worth / float(fit.bse.iloc[0]) ** 2 <= 1.12
        alone = of(rows, s.slice)
        for name in ("accuracy", "macro_f1", "weighted_f1"):
            wide, narrow = s.metrics[name].ci, alone.metrics[name].ci
            assert wide is not None
            assert narrow is not None
            assert wide[1] - wide[0] > 1.2 * (narrow[1] - narrow[0])
    assert rows.overall.rows is None
    assert rows.overall.n == len(visits) == counted.overall.rows
    # Two gardens are two sides of one question.
    ours, theirs = (s.vs_rest["accuracy"] for s in counted.slices)
    assert ours.p_value == pytest.approx(theirs.p_value)
    assert (ours.p_value or 0) > (of(rows, "A").vs_rest["accuracy"].p_value or 0)


def drawn_again(frame: pd.DataFrame, runs: int) -> NDArray[np.float64]:
    """Draw the people of a frame again, and measure their rows: accuracy, macro and weighted F1, and recall of the last class, by the formulas of a textbook."""
    lot = np.random.default_rng(8)
    person = pd.factorize(frame["gardener"])[0]
    cells = np.zeros((person.max() + 1, 3, 3))
    kinds = {name: place for place, name in enumerate(KINDS)}
    weights = frame["weight"] if "weight" in frame else np.ones(len(frame))
    np.add.at(cells, (person, frame["label"].map(kinds), frame["predicted"].map(kinds)), weights)
    figures = []
    for _ in range(runs):
        m = cells[lot.integers(0, len(cells), len(cells))].sum(axis=0)
        f1 = 2 * np.diag(m) / (m.sum(axis=0) + m.sum(axis=1))
        shares = m.sum(axis=1) / m.sum()
        figures.append([np.trace(m) / m.sum(), f1.mean(), f1 @ shares, m[2, 2] / m[2].sum()])
    return np.asarray(figures)


@pytest.mark.parametrize("garden", ["A", "B"])
def test_intervals_are_as_wide_as_people_drawn_again_say(
    visits: pd.DataFrame, counted: ClassesDocument, garden: str
) -> None:
    s = of(counted, garden)
    drawn = drawn_again(visits[visits["garden"] == garden], 800)
    estimates = [*(s.metrics[name] for name in ("accuracy", "macro_f1", "weighted_f1")), s.classes[2].recall]
    for estimate, column in zip(estimates, drawn.T, strict=True):
        assert estimate.ci is not None
        low, high = np.quantile(column, [0.025, 0.975])
        assert estimate.ci[1] - estimate.ci[0] == pytest.approx(high - low, rel=0.12)
        assert estimate.ci == pytest.approx((low, high), abs=0.25 * (high - low))


def test_weights_of_a_survey_weigh_rates_and_make_the_evidence_less(visits: pd.DataFrame) -> None:
    lot = np.random.default_rng(5)
    weighted = visits.drop_duplicates("gardener").copy()
    weighted["weight"] = lot.gamma(1.0, 2.0, len(weighted)).round(3) + 0.05
    document = measure(weighted, weight="weight", weight_kind="survey")
    assert document.overall.rows is None
    assert np.sum(document.overall.confusion) == pytest.approx(len(weighted))
    for s in document.slices:
        own = weighted[weighted["garden"] == s.slice]
        w = own["weight"]
        assert s.n == len(own)
        assert s.share == pytest.approx(w.sum() / weighted["weight"].sum())
        expected = confusion_matrix(own["label"], own["predicted"], sample_weight=w) / w.sum()
        assert np.asarray(s.confusion) / np.sum(s.confusion) == pytest.approx(expected)
        for name, average in (("macro_f1", "macro"), ("weighted_f1", "weighted")):
            value = f1_score(own["label"], own["predicted"], average=average, sample_weight=w)
            assert s.metrics[name].value == pytest.approx(value)
        drawn = drawn_again(own, 800)
        for estimate, column in zip(s.metrics.values(), drawn.T, strict=False):
            assert estimate.ci is not None
            low, high = np.quantile(column, [0.025, 0.975])
            assert estimate.ci[1] - estimate.ci[0] == pytest.approx(high - low, rel=0.25)
    # Weights that are all alike change nothing, and by themselves these are counts of people.
    alike = measure(weighted.assign(weight=2.5), weight="weight", weight_kind="survey")
    plain = measure(weighted)
    for one, other in zip(alike.slices, plain.slices, strict=True):
        assert one.confusion == other.confusion
        for name, estimate in one.metrics.items():
            # Of averages other people are drawn.
            assert estimate.ci == pytest.approx(other.metrics[name].ci, abs=0.01)


def test_people_of_weight_are_counted_by_number_and_by_weight(visits: pd.DataFrame) -> None:
    """Rows of one person, each of which stands for several alike: as if these stood there one by one."""
    cells = visits.groupby(["gardener", "garden", "label", "predicted"]).size().reset_index(name="n")
    together = measure(cells, id="gardener", weight="n")
    assert together.slices == measure(visits, id="gardener").slices


def test_everybody_with_one_row_is_as_if_nobody_was_told_apart(visits: pd.DataFrame) -> None:
    single = visits.drop_duplicates("gardener")
    known, plain = measure(single, id="gardener"), measure(single)
    for one, other in zip(known.slices, plain.slices, strict=True):
        assert {n: e.ci for n, e in one.metrics.items()} == {n: e.ci for n, e in other.metrics.items()}
        assert one.vs_rest == other.vs_rest


def test_people_in_several_slices_are_noted(visits: pd.DataFrame) -> None:
    document = measure(visits, id="gardener", features="label")
    sentences = [note.sentence for note in document.input.notes]
    assert any("some of the 240 people (gardener) stand in more than one group" in s for s in sentences)


def test_what_rows_are_worth_is_shown(visits: pd.DataFrame, counted: ClassesDocument) -> None:
    from rich.console import Console

    for width in (60, 80, 140):
        out = io.StringIO()
        Console(file=out, width=width, highlight=False).print(classes(counted, width=width))
        lines = out.getvalue().splitlines()
        assert max(map(len, lines)) <= width
        text = " ".join(" ".join(lines).split())
        assert f"Of 240 people in {len(visits):,} rows of 3 classes" in text
        assert "worth is how many people" in text
    page = classes_markdown(counted)
    assert "| Attribute | Slice | People | Rows | Worth | Share | Accuracy |" in page
    assert "rows, worth" in page
    weighted = visits.assign(weight=np.linspace(0.5, 3, len(visits)))
    page = classes_markdown(measure(weighted, weight="weight"))
    assert "| Attribute | Slice | People | Worth | Share | Accuracy |" in page
    assert "predicted right, as they are weighted." in page


SLICES = ["garden", "height:quartiles", "label"]


@pytest.fixture(scope="module")
def months() -> tuple[pd.DataFrame, pd.DataFrame]:
    lot = np.random.default_rng(11)
    rows = 400
    frame = pd.DataFrame({"label": lot.choice(KINDS, rows), "garden": lot.choice(list("ABC"), rows)})
    frame["height"] = lot.normal(30, 5, rows).round(2)
    frame["predicted"] = np.where(lot.random(rows) < 0.2, lot.choice(KINDS, rows), frame["label"])
    return frame[:200].reset_index(drop=True), frame[200:].reset_index(drop=True)


def test_slices_of_several_classes_are_kept_and_applied(
    months: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    first, second = months
    first.to_csv(tmp_path / "jan.csv", index=False)
    second = second.assign(height=second["height"] + 3)
    # A garden is gone, and another one is new; one class is gone, and another one is new.
    second = second[(second["garden"] != "C") & (second["label"] != "iris") & (second["predicted"] != "iris")]
    second.loc[second.index[:20], "garden"] = "D"
    second.loc[second.index[5:15], "label"] = "tulip"
    second.to_csv(tmp_path / "feb.csv", index=False)
    typed = [word for name in SLICES for word in ("-f", name)]
    ran = run_main("slice", "jan.csv", "--prediction", "predicted", *typed, "--save", "s.toml", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "s.toml" in ran.out
    lock = (tmp_path / "s.toml").read_text(encoding="utf-8")
    assert 'prediction = "predicted"\nclasses = ["iris", "lily", "rose"]' in lock
    kept = run_main("slice", "jan.csv", "--slices", "s.toml", "--json", cwd=tmp_path).json()
    plain = run_main("slice", "jan.csv", "--prediction", "predicted", *typed, "--json", cwd=tmp_path).json()
    assert kept["slices"] == plain["slices"]
    ran = run_main("slice", "feb.csv", "--slices", "s.toml", "--json", cwd=tmp_path)
    assert ran.code == 0, ran.err
    later = ran.json()
    assert later["classes"] == ["iris", "lily", "rose", "tulip"]
    edges = {a["name"]: a["edges"] for a in plain["settings"]["attributes"]}
    assert {a["name"]: a["edges"] for a in later["settings"]["attributes"]} == edges
    groups = {s["slice"]: s for s in later["slices"] if s["feature"] == "garden"}
    assert list(groups) == ["(new)", "A", "B", "C"]
    assert (groups["C"]["n"], groups["C"]["vanished"], groups["A"]["vanished"]) == (0, True, False)
    assert groups["C"]["metrics"]["accuracy"]["reason"] == "nobody is in the group"
    assert groups["(new)"]["n"] == 20
    notes = " ".join(note["sentence"] for note in later["input"]["notes"])
    assert "nobody is left in 'C' of s.toml" in notes
    assert "classes: 'tulip' is not among the classes of s.toml" in notes
    assert "classes: 'iris' is among the classes of s.toml, and here no row" in notes
    own = second.loc[(second["garden"] == "A")]
    names = ["iris", "lily", "rose", "tulip"]
    assert groups["A"]["confusion"] == confusion_matrix(own["label"], own["predicted"], labels=names).tolist()


def test_two_classes_that_are_left_are_still_those_that_were_kept(
    months: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    first, second = months
    fairaudit.measure_slices(first, prediction="predicted", features="garden", save=tmp_path / "s.toml")
    left = second[(second["label"] != "iris") & (second["predicted"] != "iris")]
    document = fairaudit.measure_slices(left, slices=tmp_path / "s.toml").document
    assert isinstance(document, ClassesDocument)
    assert document.classes == KINDS
    one = fairaudit.measure_slices(second, slices=tmp_path / "s.toml", positive="rose").document
    usual = fairaudit.measure_slices(
        second, features="garden", decision="predicted", positive="rose"
    ).document
    assert [s.metrics for s in one.slices] == [s.metrics for s in usual.slices]
    audited = fairaudit.audit(second, slices=tmp_path / "s.toml", positive="rose")
    assert {g.group for g in audited.group.groups} == {"A", "B", "C"}


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"prediction": "label"}, "is label, and s.toml keeps predicted"),
        ({"decision": "garden"}, "is garden, and s.toml keeps predicted"),
        ({"id": "height"}, None),
        ({"features": "height"}, "'height' is not kept in s.toml"),
    ],
    ids=lambda value: "=".join(next(iter(value.items()))) if isinstance(value, dict) else "",
)
def test_what_is_kept_otherwise_is_refused(
    months: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path, named: dict[str, Any], why: str | None
) -> None:
    first, second = months
    fairaudit.measure_slices(first, prediction="predicted", features="garden", save=tmp_path / "s.toml")
    if why is None:
        fairaudit.measure_slices(second, slices=tmp_path / "s.toml", **named)
        return
    with pytest.raises(FairauditError) as refused:
        fairaudit.measure_slices(second, slices=tmp_path / "s.toml", **named)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('prediction = "predicted"', 'decision = "predicted"', "'classes' stands without 'prediction'"),
        ('classes = ["iris", "lily", "rose"]', "", "'classes' has to name the classes of 'prediction'"),
        ('classes = ["iris", "lily", "rose"]', 'classes = ["rose"]', "2 at least"),
        ('classes = ["iris"', 'decision = "x"\nclasses = ["iris"', "cannot stand beside 'decision'"),
        ('classes = ["iris"', 'positive = ["rose"]\nclasses = ["iris"', "cannot stand beside 'prediction'"),
        ('"lily", "rose"', '"lily", 3', "has to be a list of texts"),
    ],
)
def test_locks_that_were_damaged_name_table_and_key(
    months: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path, old: str, new: str, why: str
) -> None:
    first, second = months
    fairaudit.measure_slices(first, prediction="predicted", features="garden", save=tmp_path / "s.toml")
    text = (tmp_path / "s.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "s.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FairauditError) as refused:
        fairaudit.measure_slices(second, slices=tmp_path / "s.toml")
    assert "[columns]" in str(refused.value)
    assert why in str(refused.value)


def test_another_reference_than_everybody_else_is_not_kept(
    months: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    kept = {"prediction": "predicted", "features": "garden", "save": tmp_path / "s.toml"}
    with pytest.raises(FairauditError, match="are compared with everybody else"):
        fairaudit.measure_slices(months[0], ref_group="garden=A", **kept)
    assert not (tmp_path / "s.toml").exists()
    fairaudit.measure_slices(months[0], ref_group="rest", **kept)
    assert 'reference = "rest"' in (tmp_path / "s.toml").read_text(encoding="utf-8")


def test_a_lock_of_classes_says_what_to_do_where_two_are_needed(
    months: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    months[1].to_csv(tmp_path / "feb.csv", index=False)
    fairaudit.measure_slices(months[0], prediction="predicted", features="garden", save=tmp_path / "s.toml")
    ran = run_main("audit", "feb.csv", "--slices", "s.toml", cwd=tmp_path)
    assert ran.code == 2
    assert "--positive" in ran.err
    assert "Traceback" not in ran.err


def test_documents_of_people_are_checked(counted: ClassesDocument) -> None:
    raw = json.loads(counted.model_dump_json(by_alias=True))
    raw["slices"][0]["confusion"][0][0] += 1
    with pytest.raises(ValueError, match=r"does not add up to its .* rows"):
        ClassesDocument.model_validate(raw)


def test_small_groups_are_not_told_of(visits: pd.DataFrame) -> None:
    some = visits.loc[visits["garden"] == "B", "gardener"].unique()[:4]
    few = visits.assign(part=np.where((visits["garden"] == "A") | visits["gardener"].isin(some), "x", "y"))
    document = measure(few, id="gardener", features="garden", suppress_below=10)
    # A single gardener in A takes an iris for a rose.
    assert [(s.slice, s.confusion) for s in document.slices] == [("(suppressed)", document.overall.confusion)]
    rare = (few["garden"] == "A") & (few["label"] == "iris") & (few["predicted"] == "rose")
    document = measure(few[~rare], id="gardener", features="garden", suppress_below=4)
    assert {s.slice for s in document.slices} == {"A", "B"}
    with pytest.raises(FairauditError, match="are of class 'iris' and predicted as 'rose' in all of"):
        measure(few[few["garden"] == "A"], id="gardener", features="garden", suppress_below=4)
    with pytest.raises(
        FairauditError, match=r"has groups of fewer than 4 people that are .*, which its parts"
    ):
        measure(few[~rare], id="gardener", features="garden*part", suppress_below=4)
    with pytest.raises(FairauditError, match="fewer people than that are left"):
        measure(visits.head(20), id="gardener", suppress_below=30)


ODD = [
    "<script>alert(1)</script>",
    "a,b",
    "=1+1",
    "[red]c[/red]",
    "new\nline",
    'say "x"\\',
    "日本",
    "\x1b[31m",
]


def test_strange_classes_and_people_are_kept_shown_and_found_again(tmp_path: Path) -> None:
    lot = np.random.default_rng(9)
    names = [*ODD, *(f"class {n}" for n in range(32))]
    frame = pd.DataFrame({"label": lot.choice(names, 500), "garden": lot.choice(["A", "<b>"], 500)})
    frame["predicted"] = np.where(lot.random(500) < 0.3, lot.choice(names, 500), frame["label"])
    frame["who"] = [f"<i>{n % 90},\n{n % 90}</i>" for n in range(500)]
    asked = {"prediction": "predicted", "features": "garden", "id": "who"}
    kept = fairaudit.measure_slices(frame, save=tmp_path / "s.toml", out=tmp_path / "out", **asked).document
    assert isinstance(kept, ClassesDocument)
    assert (kept.overall.n, kept.overall.rows, len(kept.classes)) == (90, 500, 40)
    again = fairaudit.measure_slices(frame, slices=tmp_path / "s.toml").document
    assert again.slices == kept.slices
    assert again.input.notes == kept.input.notes
    page = (tmp_path / "out" / "classes.md").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "\x1b" not in page


def test_a_class_of_one_column_only_is_a_class(tmp_path: Path) -> None:
    """One that nobody has, and one that nobody is predicted to be; a person of rows of every kind counts once."""
    frame = pd.DataFrame({"label": ["a", "b", "b", "c"] * 30, "predicted": ["a", "b", "d", "b"] * 30})
    frame["garden"], frame["who"] = ["A", "B"] * 60, [n % 40 for n in range(120)]
    document = measure(frame, id="who")
    by_name = {c.name: c for c in document.overall.classes}
    assert list(by_name) == ["a", "b", "c", "d"]
    assert (by_name["d"].people, by_name["d"].predicted) == (0, 30)
    assert by_name["d"].recall.reason == "nobody in the slice is of this class"
    assert (by_name["c"].people, by_name["c"].predicted) == (30, 0)
    assert by_name["c"].recall.value == 0
    lone = measure(frame.assign(who="one"), id="who")
    assert (lone.overall.n, lone.overall.small) == (1, True)
    effective = lone.overall.metrics["accuracy"].effective
    assert effective is not None
    assert effective <= 1
