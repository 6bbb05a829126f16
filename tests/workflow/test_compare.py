"""`fairaudit compare`: what is read, what is said of it, and what is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from running import run_main
from schemas import schema_of

import fairaudit
from fairaudit.documents.changed import ChangePart, CompareDocument, Outcome
from fairaudit.documents.text import dump, load
from fairaudit.errors import FairauditError
from fairaudit.render.terminal.changed import compared as render

HOSTILE = "[red]x[/red]\x1b[31m\u202e=1+1|<b>"
ATTRIBUTES = ["sex", "region", "sex*age:quartiles"]


@pytest.fixture(scope="module")
def base(examples_dir: Path) -> pd.DataFrame:
    return pd.read_csv(examples_dir / "loans.csv")


@pytest.fixture(scope="module")
def some(base: pd.DataFrame) -> pd.DataFrame:
    """Take every fourth person, where it does not matter how many there are."""
    return base.iloc[::4].reset_index(drop=True)


@pytest.fixture(scope="module")
def new(base: pd.DataFrame) -> pd.DataFrame:
    """Make another model, which refuses more of the women of one region who would repay."""
    lot = np.random.default_rng(3)
    harmed = (base["sex"] == "Female") & (base["region"] == "South") & (base["repaid"] == 1)
    return base.assign(score=np.where(harmed & (lot.random(len(base)) < 0.25), 0.1, base["score"]))


def compare(base: object, new: object, **options: Any) -> CompareDocument:
    settings: dict[str, Any] = {"label": "repaid", "attributes": ATTRIBUTES, **options}
    return fairaudit.compare(base, new, **settings).document


def first(document: CompareDocument) -> ChangePart:
    return document.changes[0]


@pytest.mark.parametrize("matched", [True, False])
def test_the_slice_that_was_made_worse_comes_first(
    base: pd.DataFrame, new: pd.DataFrame, matched: bool
) -> None:
    document = compare(base, new, attributes="sex*region", effect="helps", id="loan_id" if matched else None)
    part = first(document)
    assert (part.group, part.metric, part.verdict) == ("Female * South", "fnr", Outcome.WORSE)
    worse = {p.group for p in document.of(Outcome.WORSE) if p.group}
    assert worse == {"Female * South"}
    assert (document.matched is not None) == matched


def test_people_who_stand_in_both_are_counted_in_pairs(base: pd.DataFrame, new: pd.DataFrame) -> None:
    assert first(compare(base, new, attributes="sex*region", id="loan_id")).pairs is not None


def test_whom_chance_draws_depends_on_neither_threads_nor_the_order_of_rows(
    base: pd.DataFrame, new: pd.DataFrame
) -> None:
    base, new = base.head(3_000), new.head(3_000)
    options = {"attributes": "sex", "id": "loan_id"}
    one, many = (compare(base, new, threads=threads, **options) for threads in (1, 4))
    shuffled = compare(base, new.sample(frac=1, random_state=1), **options)
    assert any(part.resamples for part in one.changes)
    assert one.changes == many.changes == shuffled.changes


def test_equal_predictions_show_nothing(some: pd.DataFrame) -> None:
    document = compare(some, some.sample(frac=1, random_state=1), id="loan_id")
    assert not document.of(Outcome.WORSE, Outcome.BETTER, Outcome.CHANGED)
    assert document.counted < document.comparisons
    assert document.scores is not None
    assert document.scores.index == 0
    assert {part.index for part in document.shares} == {0}


def test_edges_are_those_of_base(some: pd.DataFrame) -> None:
    older = some.assign(age=some["age"] + 10)
    document = compare(some, older, attributes="age:quartiles")
    (attribute,) = document.settings.attributes
    assert {g.status for g in document.groups} == {"in both"}
    assert {g.group for g in document.groups} == {
        part["group"]
        for part in fairaudit.audit(some, label="repaid", attributes="age:quartiles").group.model_dump()[
            "groups"
        ]
    }
    assert attribute.edges["age"]
    assert document.shares[0].index > 0.1
    assert any(p.metric == "share" and p.verdict is Outcome.CHANGED for p in document.changes)


def test_groups_that_come_and_go_are_told(some: pd.DataFrame) -> None:
    gone = some[some["region"] != "South"]
    assert {g.group for g in compare(some, gone, attributes="region").groups if g.status == "vanished"} == {
        "South"
    }
    document = compare(gone, some, attributes="region")
    assert {g.group for g in document.groups if g.status == "new"} == {"South"}
    assert not [p for p in document.changes if p.group == "South"]
    shown = text_of(document)
    assert shown.startswith("CHANGED: 1 group is new: ")
    assert '1 group is new: people with region "South"' in shown


def text_of(document: CompareDocument, width: int = 80) -> str:
    from rich.console import Console

    console = Console(width=width, record=True, file=io.StringIO())
    console.print(render(document, width=width))
    text = console.export_text()
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    return " ".join(text.split())


def test_missing_values_are_counted_and_their_share_is_compared(some: pd.DataFrame) -> None:
    lacking = some.assign(region=some["region"].where(some.index % 4 > 0))
    document = compare(some, lacking, attributes="region")
    (part,) = document.missing
    assert (part.column, part.base, part.new) == ("region", 0, 500)
    share = next(p for p in document.changes if p.group == "(missing)")
    assert (share.metric, share.verdict) == ("share", Outcome.CHANGED)
    assert [p.metric for p in document.changes if p.group == "(missing)"] == ["share"]


def test_the_sentence(base: pd.DataFrame, new: pd.DataFrame) -> None:
    shown = text_of(
        compare(base, new, attributes="sex", where="region = 'South'", effect="helps", id="loan_id")
    )
    assert shown.startswith("WORSE: Women are wrongly refused more often than before: ")
    assert " of 100 with repaid 1, against " in shown
    assert "McNemar's exact test" in shown
    assert text_of(compare(base, base, attributes="sex")).startswith("NO CHANGE SHOWN: ")


@pytest.fixture(scope="module")
def compared(base: pd.DataFrame, new: pd.DataFrame) -> CompareDocument:
    return compare(base, new)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_narrow_terminals_are_kept_to(compared: CompareDocument, width: int) -> None:
    text_of(compared, width)


def test_decisions_without_labels_are_compared_by_selection(base: pd.DataFrame, new: pd.DataFrame) -> None:
    document = compare(base, new, label="none", attributes="sex", effect="helps")
    assert {p.metric for p in document.changes} == {"pprev", "share"}
    paired = compare(base, new, label="none", attributes="sex", id="loan_id", effect="helps")
    assert (first(paired).group, first(paired).verdict) == ("Female", Outcome.WORSE)


def test_identifiers_match_as_numbers_and_none_in_both_is_told() -> None:
    rows = pd.DataFrame(
        {"id": range(40), "label": [0, 1] * 20, "decision": [0, 1, 1, 0] * 10, "sex": ["F", "M"] * 20}
    )
    alike = fairaudit.compare(
        rows, rows.assign(id=rows["id"].astype(float)), attributes="sex", id="id"
    ).document
    assert alike.matched is not None
    assert alike.matched.both == 40
    others = fairaudit.compare(rows, rows.assign(id=rows["id"] + 100), attributes="sex", id="id").document
    assert "No value of id stands in both: all are compared as different people." in text_of(others)
    assert {p.test for p in others.changes} <= {
        *("score test", "Fisher's exact test", "interval turned into a test", "bootstrap", None),
    }


def test_weights_are_people(base: pd.DataFrame, new: pd.DataFrame) -> None:
    def cells(frame: pd.DataFrame) -> pd.DataFrame:
        decided = frame.assign(decision=(frame["score"] >= 0.5).astype(int))
        return decided.groupby(["sex", "repaid", "decision"]).size().reset_index(name="n")

    counted = compare(cells(base), cells(new), attributes="sex", weight="n")
    rows = compare(base, new, attributes="sex")
    of_counts, of_rows = (
        {(p.group, p.metric): p.p_value for p in document.changes} for document in (counted, rows)
    )
    assert of_counts == {key: p for key, p in of_rows.items() if key in of_counts}
    assert {metric for _, metric in of_rows.keys() - of_counts.keys()} == {
        *("roc_auc", "brier", "log_loss", "ece", "oe")
    }


def test_a_condition_with_a_name_is_compared(base: pd.DataFrame, new: pd.DataFrame) -> None:
    named = {"women of the south": "sex = 'Female' and region = 'South'"}
    document = compare(base, new, attributes="women of the south", slices=named, id="loan_id", effect="helps")
    assert first(document).attribute == "women of the south"
    assert first(document).verdict is Outcome.WORSE


def test_attributes_that_base_chooses_are_those_of_new(some: pd.DataFrame) -> None:
    document = compare(some, some.assign(another="x"), attributes=[], id="loan_id")
    assert document.settings.attributes_chosen
    assert "sex" in {g.attribute for g in document.groups}


@pytest.mark.parametrize("matched", [True, False])
def test_hostile_names_are_text(base: pd.DataFrame, tmp_path: Path, matched: bool) -> None:
    few = base.head(2_000)
    odd = few.assign(**{HOSTILE: np.where(few["sex"] == "Female", HOSTILE, "plain")}).drop(columns="sex")
    worse = odd.assign(score=np.where(odd[HOSTILE] == HOSTILE, odd["score"] / 2, odd["score"]))
    odd.to_csv(tmp_path / "a.csv", index=False)
    worse[worse[HOSTILE] != "plain"].to_csv(tmp_path / "b.csv", index=False)
    by = ("--id", "loan_id") if matched else ()
    ran = run_main(
        "compare", "a.csv", "b.csv", "--label", "repaid", "-a", HOSTILE, *by, cwd=tmp_path, width=80
    )
    assert ran.code == 0, ran.err
    assert all(sign.isprintable() for sign in ran.out.replace("\n", ""))
    assert "[red]x[/red]" in ran.out
    assert {p.group for p in compare(odd, worse, attributes=[], id="loan_id").changes} >= {HOSTILE}


def test_the_document_keeps_to_its_schema_and_reads_back(base: pd.DataFrame, new: pd.DataFrame) -> None:
    document = compare(base, new, id="loan_id")
    text = dump(document)
    schema_of("compare").validate(json.loads(text))
    assert load(CompareDocument, text, file="compare.json") == document
    frame = document.to_frame()
    assert len(frame) == document.comparisons == len(document.changes)
    assert frame["verdict"].iloc[0] == "worse"
    assert {"base", "new", "difference", "low", "high", "p_adjusted"} <= set(frame.columns)


@pytest.mark.parametrize(
    ("change", "options", "expected"),
    [
        pytest.param(lambda f: f.drop(columns="region"), {}, "no column 'region'", id="no attribute in new"),
        pytest.param(lambda f: f.drop(columns="repaid"), {}, "no column 'repaid'", id="no label in new"),
        pytest.param(lambda f: f.drop(columns="score"), {}, "no column 'score'", id="no score in new"),
        pytest.param(
            lambda f: f.drop(columns="loan_id"), {"id": "loan_id"}, "no column 'loan_id'", id="no id in new"
        ),
        pytest.param(
            lambda f: pd.concat([f, f.head(3)]),
            {"id": "loan_id"},
            "3 values stand in several rows",
            id="ids twice",
        ),
        pytest.param(
            lambda f: f.assign(w=2),
            {"id": "loan_id", "weight": "w"},
            "cannot be given together with",
            id="both",
        ),
        pytest.param(
            lambda f: f.assign(w=1.5), {"weight": "w"}, "holds the weights of a survey", id="survey"
        ),
    ],
)
def test_what_cannot_be_compared_is_one_clear_error(
    some: pd.DataFrame, change: Any, options: dict[str, Any], expected: str
) -> None:
    before = some.assign(w=1.5) if "weight" in options else some
    with pytest.raises(FairauditError) as refused:
        compare(before, change(some), **options)
    assert expected in str(refused.value)


class TestCommand:
    def test_it_writes_the_document_and_tells_it(
        self, base: pd.DataFrame, new: pd.DataFrame, tmp_path: Path
    ) -> None:
        base.to_csv(tmp_path / "a.csv", index=False)
        new.to_csv(tmp_path / "b.csv", index=False)
        words = ("compare", "a.csv", "b.csv", "--label", "repaid", "-a", "sex,region", "--effect", "helps")
        ran = run_main(*words, cwd=tmp_path, width=80)
        assert ran.code == 0, ran.err
        assert ran.out.startswith("WORSE: ")
        assert "fairaudit audit b.csv" in ran.out
        written = json.loads((tmp_path / "fairaudit-out" / "compare.json").read_text(encoding="utf-8"))
        assert written["schema"] == "fairaudit/compare/1"
        assert (written["input"]["name"], written["new"]["name"]) == ("a.csv", "b.csv")
        ran = run_main(*words, "--json", "--id", "loan_id", cwd=tmp_path)
        assert ran.json()["matched"]["both"] == len(base)

    def test_the_error_names_the_file(self, some: pd.DataFrame, tmp_path: Path) -> None:
        some.to_csv(tmp_path / "a.csv", index=False)
        some.drop(columns="sex").to_csv(tmp_path / "b.csv", index=False)
        ran = run_main("compare", "a.csv", "b.csv", "--label", "repaid", "-a", "sex", cwd=tmp_path)
        assert ran.code == 2
        assert "b.csv" in ran.err
        assert "Traceback" not in ran.err


def test_the_repr_counts(some: pd.DataFrame) -> None:
    made = fairaudit.compare(some, some, label="repaid", attributes="sex", id="loan_id")
    assert repr(made).startswith("<Comparison: ")
    assert "no change shown" in repr(made)


def test_what_has_moved_is_what_a_pencil_says() -> None:
    """Twenty people, two for each tenth of the scores; in the second set all of the lowest two have the highest score, one label turns and two towns are not known."""
    base = pd.DataFrame(
        {
            "score": [(i + 0.5) / 20 for i in range(20)],
            "label": [0, 1] * 10,
            "town": ["A"] * 12 + ["B"] * 8,
        }
    )
    new = base.assign(score=base["score"].where(base.index > 1, 0.99), label=[1, 1, *base["label"][2:]])
    new["town"] = new["town"].where(new.index > 1)
    document = fairaudit.compare(base, new, label="label", attributes="town").document
    scores = document.scores
    assert scores is not None
    assert (scores.base, scores.new) == ([2] * 10, [0, *[2] * 8, 4])
    # (0.025 - 0.1) ln(0.025 / 0.1) + (0.2 - 0.1) ln(0.2 / 0.1), as nobody counts as half a person of 20.
    assert scores.index == pytest.approx(0.075 * np.log(4) + 0.1 * np.log(2))
    (towns,) = document.shares
    # Twelve, eight and nobody; now ten, eight and two.
    by_hand = (0.5 - 0.6) * np.log(0.5 / 0.6) + (0.1 - 0.025) * np.log(0.1 / 0.025)
    assert towns.index == pytest.approx(by_hand)
    assert [(part.column, part.base, part.new) for part in document.missing] == [("town", 0, 2)]
    prevalence = next(p for p in document.changes if p.metric == "prev" and p.attribute is None)
    assert (prevalence.base.value, prevalence.new.value) == (0.5, 0.55)


def test_a_column_that_only_base_has_is_named_with_why_it_is_asked_for(some: pd.DataFrame) -> None:
    with pytest.raises(
        FairauditError,
        match=r"no column 'sex'.*It was chosen in pandas DataFrame; name what both have by attributes=",
    ):
        compare(some, some.drop(columns="sex"), attributes=())
    with pytest.raises(FairauditError, match=r"no column 'repaid'.*is read by it, and both are read alike"):
        compare(some, some.drop(columns="repaid"))
