"""`fairaudit discover`: what is searched, what is discovered in it, and how that is shown."""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from running import run_main
from schemas import schema_of

import fairaudit
from fairaudit.discovery.rows import Outcomes, halves
from fairaudit.documents.discovered import ConditionPart, DiscoverDocument, DiscoveredPart
from fairaudit.documents.folder import left_out, read_results
from fairaudit.documents.statements import Statements
from fairaudit.documents.text import dump, load
from fairaudit.errors import FairauditError
from fairaudit.render.card.page import render_card
from fairaudit.render.report.page import render_report
from fairaudit.render.terminal.discovered import discovered as render
from fairaudit.render.words.discovered import columns_text
from fairaudit.workflow import discover as workflow

HOSTILE = "[red]x[/red]\x1b[31m\u202e=1+1|<b>"


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Make people of whom those of town C above 60 are decided wrongly three times as often."""
    lot, rows = np.random.default_rng(0), 6_000
    frame = pd.DataFrame(
        {
            "person": np.arange(rows) + 5,
            "label": lot.integers(0, 2, size=rows),
            "town": lot.choice(list("ABCD"), size=rows),
            "sex": lot.choice(["Female", "Male"], size=rows),
            "age": lot.integers(18, 80, size=rows),
            "visits": lot.integers(0, 4, size=rows),
            "note": [f"n{i}" for i in range(rows)],
            HOSTILE: lot.choice([HOSTILE, "plain"], size=rows),
        }
    )
    chance = np.where((frame["town"] == "C") & (frame["age"] >= 60), 0.45, 0.15)
    frame["decision"] = np.where(lot.random(rows) < chance, 1 - frame["label"], frame["label"])
    frame["same"] = np.where(frame["decision"] == 1, "yes", "no")
    frame["score"] = np.clip(
        np.where(frame["decision"] == 1, 0.8, 0.2) + lot.normal(0, 0.05, size=rows), 0, 1
    )
    return frame


def conditions(part: DiscoveredPart) -> set[str]:
    return {condition.column for condition in part.conditions}


def test_the_planted_slice_alone_is_discovered(people: pd.DataFrame) -> None:
    document = fairaudit.discover(people).document
    (part,) = document.slices
    assert conditions(part) == {"town", "age"}
    assert {c.value for c in part.conditions if c.column == "town"} == {"C"}
    assert part.p_value <= part.p_bh <= part.p_holm <= 0.05
    assert part.ratio is not None
    assert part.ratio > 2
    assert part.n == part.here.n + part.searched.n
    assert 0 < part.covered.people < part.covered.errors < 1
    assert document.tested >= document.confirmed >= document.productive >= 1


def test_identifiers_and_what_repeats_the_decision_are_left_out_and_told(people: pd.DataFrame) -> None:
    search = fairaudit.discover(people.drop(columns="score")).document.search
    assert {c.name for c in search.columns} == {"town", "sex", "age", "visits", HOSTILE}
    assert search.left_out["note"] == "more than 1,000 values"
    assert search.left_out["same"].startswith("tells the decision of 6,000 of 6,000")
    assert "person" in search.left_out


def test_the_same_seed_gives_the_same_and_another_one_another_half(people: pd.DataFrame) -> None:
    first, again, other = (
        fairaudit.discover(people, over=["town", "age"], seed=seed).document for seed in (3, 3, 4)
    )
    assert first.slices == again.slices
    assert first.held_out != other.held_out
    assert [conditions(part) for part in other.slices] == [{"town", "age"}]


@pytest.mark.parametrize("metric", ["error", "fpr", "fnr", "fdr", "for", "log_loss", "logloss", "brier"])
def test_every_metric_is_searched_for(people: pd.DataFrame, metric: str) -> None:
    document = fairaudit.discover(
        people, metric=metric, over=["town", "age"], score="score", threshold=0.5
    ).document
    assert document.slices
    assert all(conditions(part) <= {"town", "age"} for part in document.slices)


def test_weights_are_people(people: pd.DataFrame) -> None:
    cells = people.assign(old=people["age"] >= 60).groupby(["town", "old", "label", "decision"]).size()
    counted = cells.reset_index(name="n")
    document = fairaudit.discover(counted, weight="n", over=["town", "old"]).document
    assert document.searched_people + document.held_out.n == len(people)
    assert [conditions(part) for part in document.slices] == [{"town", "old"}]


def test_people_in_several_rows_are_no_more_evidence(people: pd.DataFrame) -> None:
    few = people.head(400).drop(columns="score")
    once = fairaudit.discover(
        few, over=["town", "age"], id="person", min_rows=30, min_denominator=10
    ).document
    many = pd.concat([few] * 8)
    repeated = fairaudit.discover(
        many, over=["town", "age"], id="person", min_rows=30, min_denominator=10
    ).document
    assert repeated.held_out.n == 8 * once.held_out.n
    assert repeated.held_out.effective is not None
    assert repeated.held_out.effective <= once.held_out.denominator


def test_people_are_divided_alike_in_whatever_order_the_database_joins_them(people: pd.DataFrame) -> None:
    rows = people.assign(person=people["person"] // 3)
    documents = [
        fairaudit.discover(frame, over=["town", "age"], id="person", metric="brier").document
        for frame in (rows, rows, rows.sample(frac=1, random_state=0))
    ]
    assert documents[0].slices == documents[1].slices == documents[2].slices
    assert documents[0].held_out == documents[2].held_out


def test_nothing_is_told_plainly(people: pd.DataFrame) -> None:
    document = fairaudit.discover(
        people.assign(decision=people["label"].sample(frac=1, random_state=1).to_numpy())
    ).document
    assert document.slices == []


def test_the_document_has_a_schema_and_reads_back(people: pd.DataFrame) -> None:
    document = fairaudit.discover(people, over=["town", "age", HOSTILE]).document
    text = dump(document)
    schema_of("discover").validate(json.loads(text))
    assert load(DiscoverDocument, text, file="discover.json") == document
    frame = document.to_frame()
    assert list(frame["depth"]) == [2]
    assert frame["covered_errors"].iloc[0] == document.slices[0].covered.errors


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"over": "twon"}, "no column 'twon'. Did you mean 'town'?", id="no such column"),
        pytest.param({"over": "label"}, "'label' is the label", id="a column with a role"),
        pytest.param({"over": "note"}, "cannot be searched: more than 1,000 values", id="an identifier"),
        pytest.param(
            {"metric": "fprr"}, "metric: 'fprr' is nothing that slices are searched for", id="no metric"
        ),
        pytest.param({"metric": "tpr"}, "Its errors are 'fnr'.", id="a rate of which more is better"),
        pytest.param({"label": "none"}, "error needs labels", id="without labels"),
        pytest.param(
            {"metric": "log_loss", "score": "none"},
            "needs scores that are probabilities",
            id="without scores",
        ),
        pytest.param({"depth": 4}, "depth", id="too deep"),
        pytest.param({"level": 0}, "is not above 0 and below 1", id="no level"),
        pytest.param({"min_rows": 5990}, "no column of", id="no slice is so large"),
        pytest.param({"over": "age:25,45,age:5"}, "names 'age' twice", id="one column cut twice"),
        pytest.param({"over": "age:45,25"}, "the edges do not rise", id="edges that fall"),
        pytest.param({"over": "town:median"}, "'town': row 1 holds 'D'", id="a cut of texts"),
        pytest.param({"over": "note:top0"}, "top0", id="no most frequent values"),
        pytest.param({"over": "sex.year"}, "which is no date", id="years of what is no date"),
        pytest.param(
            {"over": "town*sex", "depth": 1}, "crosses 2 columns, and at most 1", id="crossed too often"
        ),
        pytest.param({"over": "missing(label)"}, "'label' is the label", id="taken of a column with a role"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    people: pd.DataFrame, options: dict[str, Any], expected: str
) -> None:
    with pytest.raises(FairauditError) as refused:
        fairaudit.discover(people, **options)
    assert expected in str(refused.value)


@pytest.mark.parametrize("over", ["town:top3", "missing(town)", "len(town)", "age:quartiles"])
def test_columns_that_hold_nothing_have_nothing_worse(people: pd.DataFrame, over: str) -> None:
    nothing = people.head(400).assign(town=None, age=np.nan)
    assert fairaudit.discover(nothing, over=over).document.slices == []


def test_a_column_of_many_texts_is_searched_by_its_most_frequent_ones(people: pd.DataFrame) -> None:
    with pytest.raises(FairauditError, match="Say note:top20 for its most frequent values"):
        fairaudit.discover(people, over="note")
    named = people["note"].where(people["town"] != "C", "often")
    (column,) = fairaudit.discover(people.assign(note=named), over="note:top1").document.search.columns
    assert (column.name, column.conditions) == ("note:top1", 2)


@pytest.fixture(scope="module")
def told_of() -> pd.DataFrame:
    """Make people of whom is known what can be taken of columns: dates, texts, and membership."""
    lot, rows = np.random.default_rng(3), 4_000
    days = pd.to_datetime("2019-01-01") + pd.to_timedelta(lot.integers(0, 2_000, rows), unit="D")
    return pd.DataFrame(
        {
            "label": lot.integers(0, 2, rows),
            "age": lot.integers(18, 80, rows).astype(np.float32),
            "sex": lot.choice(["Female", "Male"], rows),
            "city": lot.choice(list("abcdefgh"), rows, p=[0.25, 0.2, 0.2, 0.07, 0.07, 0.07, 0.07, 0.07]),
            "signup": days.strftime("%Y-%m-%d"),
            "review": ["word " * many for many in lot.integers(1, 40, rows)],
            "income": np.where(lot.random(rows) < 0.3, np.nan, lot.normal(50, 10, rows)),
            "black": lot.integers(0, 2, rows),
            "asian": lot.integers(0, 2, rows),
        }
    )


Plant = Callable[[pd.DataFrame], "pd.Series[bool]"]


@pytest.mark.parametrize(
    ("over", "plant", "expected"),
    [
        pytest.param("age:25,45", lambda f: f["age"].between(25, 44), "25.0 <= age < 45.0", id="edges"),
        pytest.param("age:60.5", lambda f: f["age"] > 60, "60.5 <= age", id="one edge"),
        pytest.param("signup.year", lambda f: f["signup"].str[:4] == "2021", "signup.year=2021", id="year"),
        pytest.param("signup.year:2020,2022", lambda f: f["signup"].between("2020", "2022"), "2020.0 <= signup.year < 2022.0", id="years"),
        pytest.param("signup.weekday", lambda f: pd.to_datetime(f["signup"]).dt.day_name() == "Wednesday", "signup.weekday=Wednesday", id="day of the week"),
        pytest.param("len(review):40,90", lambda f: f["review"].str.strip().str.len() < 40, "len(review) < 40.0", id="length"),
        pytest.param("words(review):10.0", lambda f: f["review"].str.split().str.len() >= 10, "10.0 <= words(review)", id="words"),
        pytest.param("missing(income)", lambda f: f["income"].isna(), "missing(income)=missing", id="missing"),
        pytest.param("city:top3", lambda f: f["city"] > "c", "city=(other)", id="most frequent values"),
        pytest.param("races:{black,asian}", lambda f: (f["black"] == 1) & (f["asian"] == 1), "races:{black}=in, races:{asian}=in", id="members"),
        pytest.param("sex*age:50.0", lambda f: (f["sex"] == "Female") & (f["age"] < 50), "age < 50.0, sex=Female", id="crossed"),
        pytest.param("young_women", lambda f: (f["sex"] == "Female") & (f["age"] < 30), "young_women=young_women", id="a condition"),
    ],
)  # fmt: skip
def test_whatever_a_slice_can_be_is_a_condition_and_counts_are_those_of_pandas(
    told_of: pd.DataFrame, over: str, plant: Plant, expected: str
) -> None:
    inside = plant(told_of)
    wrong = np.random.default_rng(4).random(len(told_of)) < np.where(inside, 0.5, 0.1)
    frame = told_of.assign(decision=np.where(wrong, 1 - told_of["label"], told_of["label"]))
    conditions = {"young_women": "age < 30 and sex = 'Female'"} if over == "young_women" else None
    part = fairaudit.discover(frame, over=over, slices=conditions).document.slices[0]
    assert ", ".join(map(_written, part.conditions)) == expected
    assert part.n == inside.sum()
    assert part.here.errors + part.searched.errors == (wrong & inside).sum()
    assert part.rest.n == 2_000 - part.here.n


def _written(condition: ConditionPart) -> str:
    if condition.value is not None:
        return f"{condition.column}={condition.value}"
    low = "" if condition.low is None else f"{condition.low} <= "
    return f"{low}{condition.column}{'' if condition.high is None else f' < {condition.high}'}"


def test_edges_are_those_of_the_half_that_is_searched_and_are_shown(people: pd.DataFrame) -> None:
    everybody = Outcomes(amount=np.zeros(len(people)), counted=np.ones(len(people), dtype=np.bool_))
    in_search = halves(everybody, seed=0)[0] > 0
    ages = people["age"].where(in_search, 200)
    (column,) = fairaudit.discover(people.assign(age=ages), over="age:quartiles").document.search.columns
    ordered = sorted(people["age"][in_search])
    assert column.edges == [ordered[len(ordered) * quarter // 4] for quarter in (1, 2, 3)]
    document = fairaudit.discover(people, over=["town", "age:quartiles"]).document
    assert columns_text(document) == (
        "town",
        f"age:quartiles (cut at {', '.join(f'{e:g}' for e in column.edges)})",
    )


def test_edges_that_were_kept_are_those_that_are_searched(people: pd.DataFrame, tmp_path: Path) -> None:
    kept = tmp_path / "slices.toml"
    fairaudit.measure_slices(people, features="age:quartiles", save=kept)
    older = people.assign(age=people["age"] + 5)
    for over in ("age:quartiles", "age"):
        (column,) = fairaudit.discover(older, over=over, slices=kept).document.search.columns
        assert column.edges == [float(np.sort(people["age"])[1500 * quarter]) for quarter in (1, 2, 3)]


@pytest.fixture(scope="module")
def asked(people: pd.DataFrame) -> pd.DataFrame:
    lot = np.random.default_rng(7)
    error = people["decision"] != people["label"]
    chance = np.where((people["sex"] == "Female") & error, 1.0, 0.4) * lot.uniform(0.7, 1, len(people))
    frame = people.assign(weight=1 / chance)[lot.random(len(people)) < chance]
    return frame.drop(columns=["score", "same", "note", "person", HOSTILE])


@pytest.fixture(scope="module")
def surveyed(asked: pd.DataFrame) -> DiscoverDocument:
    return fairaudit.discover(asked, weight="weight").document


class TestSurvey:
    """Errors of women are asked about more often than others, and count for less, so that nobody is worse off; people of town C above 60 are."""

    def test_what_is_worse_is_discovered_and_what_was_only_asked_more_often_is_not(
        self, asked: pd.DataFrame, surveyed: DiscoverDocument
    ) -> None:
        (part,) = surveyed.slices
        assert conditions(part) == {"town", "age"}
        unweighted = fairaudit.discover(asked.drop(columns="weight")).document
        assert any("sex" in conditions(part) for part in unweighted.slices)

    def test_rates_are_weighted_and_evidence_is_of_fewer_people(
        self, asked: pd.DataFrame, surveyed: DiscoverDocument
    ) -> None:
        everybody = Outcomes(amount=np.zeros(len(asked)), counted=np.ones(len(asked), dtype=np.bool_))
        held = asked[halves(everybody, seed=0)[1] > 0]
        weight, error = held["weight"] / asked["weight"].mean(), held["decision"] != held["label"]
        rate = np.average(error, weights=weight)
        assert surveyed.held_out.value == pytest.approx(rate)
        assert surveyed.held_out.denominator == pytest.approx(weight.sum())
        # Errors of low weight make this more than there are rows.
        assert surveyed.held_out.effective is None or surveyed.held_out.effective <= len(held)
        assert surveyed.search.test.endswith("divided by their design effects")
        (part,) = surveyed.slices
        (ages,) = [c for c in part.conditions if c.column == "age"]
        inside = (held["town"] == "C") & (held["age"] >= (ages.low or 0)) & (held["age"] < (ages.high or 99))
        assert part.here.value == pytest.approx(np.average(error[inside], weights=weight[inside]))
        assert part.rest.value == pytest.approx(np.average(error[~inside], weights=weight[~inside]))

    def test_the_scale_of_weights_says_nothing(self, asked: pd.DataFrame, surveyed: DiscoverDocument) -> None:
        scaled = fairaudit.discover(asked.assign(weight=asked["weight"] * 1000), weight="weight").document
        (one,), (other,) = surveyed.slices, scaled.slices
        assert one.conditions == other.conditions
        assert other.p_value == pytest.approx(one.p_value, rel=1e-6)

    @pytest.mark.parametrize("metric", ["error", "brier"])
    def test_rows_are_worth_what_the_variance_of_the_weighted_mean_says(
        self, people: pd.DataFrame, metric: str
    ) -> None:
        frame = people[["label", "town", "age", "score"]].assign(weight=0.5 + people["visits"] ** 2)
        document = fairaudit.discover(frame, metric=metric, weight="weight", threshold=0.5).document
        assert [conditions(part) for part in document.slices] == [{"town", "age"}]
        everybody = Outcomes(amount=np.zeros(len(frame)), counted=np.ones(len(frame), dtype=np.bool_))
        held = frame[halves(everybody, seed=0)[1] > 0]
        cost = (held["label"] - (held["score"] if metric == "brier" else held["score"] >= 0.5)) ** 2
        mean = np.average(cost, weights=held["weight"])
        assert document.held_out.value == pytest.approx(mean)
        squares = (cost - mean) ** 2
        expected = held["weight"].sum() * (held["weight"] @ squares) / (held["weight"] ** 2 @ squares)
        assert document.held_out.effective == pytest.approx(expected, rel=0.02)

    def test_it_is_told_what_rows_are_worth(self, asked: pd.DataFrame, tmp_path: Path) -> None:
        asked.to_csv(tmp_path / "asked.csv", index=False)
        ran = run_main("discover", "asked.csv", "--weight", "weight", cwd=tmp_path, width=80)
        assert ran.code == 0, ran.err
        text = " ".join(ran.out.split())
        assert "worth " in text
        assert "rates are weighted, and evidence counts the people that rows are worth" in text + ran.err


def test_a_column_with_infinite_numbers_is_left_out_and_told(people: pd.DataFrame) -> None:
    amount = np.where(people["age"] % 2 == 0, np.inf, people["age"])
    search = fairaudit.discover(people.assign(amount=amount)).document.search
    assert search.left_out["amount"] == "infinite numbers"


def test_more_combinations_than_can_be_held_are_refused(people: pd.DataFrame) -> None:
    with (
        patch.object(workflow, "_MOST_COMBINATIONS", 9),
        pytest.raises(FairauditError, match=r"make \d+ combinations of 3.* or say depth=1\."),
    ):
        fairaudit.discover(people.drop(columns="same"))


def test_a_notebook_shows_the_slices_as_text(people: pd.DataFrame) -> None:
    odd = people.assign(town=np.where(people["town"] == "C", HOSTILE, people["town"]))
    shown = fairaudit.discover(odd, over=["town", "age"])
    page = shown._repr_html_()
    assert "In 1 slice that nobody asked for" in page
    assert "with town &quot;[red]x[/red]" in page
    assert "<b>&quot;" not in page
    assert HOSTILE not in page
    assert repr(shown) == f"<Discovered: 1 slices, of {shown.document.tested} that were tested>"


class TestCommand:
    @pytest.fixture
    def path(self, people: pd.DataFrame, tmp_path: Path) -> Path:
        people.drop(columns="score").to_csv(tmp_path / "people.csv", index=False)
        return tmp_path / "people.csv"

    def test_it_tells_in_words_and_writes_the_document(self, path: Path) -> None:
        ran = run_main("discover", path, "--where", "visits < 3", cwd=path.parent, width=80)
        assert ran.code == 0, ran.err
        assert ran.out.startswith("WORSE: in 1 slice that nobody asked for, more people are judged wrongly")
        text = " ".join(ran.out.split())
        assert "People aged" in text
        assert 'with town "C"' in text
        assert "errors more than at the rate elsewhere" in text
        assert "fairaudit discover" in text
        assert all(len(line) <= 80 for line in ran.out.partition("Written:")[0].splitlines())
        written = json.loads((path.parent / "fairaudit-out" / "discover.json").read_text(encoding="utf-8"))
        assert written["schema"] == "fairaudit/discover/1"

    def test_json_is_the_document(self, path: Path) -> None:
        ran = run_main("discover", path, "--json", cwd=path.parent)
        assert [c["column"] for c in ran.json()["slices"][0]["conditions"]] == ["town", "age"]

    def test_nothing_is_said_to_be_no_proof(self, path: Path) -> None:
        ran = run_main("discover", path, "--over", "sex,visits", cwd=path.parent)
        assert ran.out.startswith(
            "NOTHING: in no slice that was looked at people are judged wrongly more often"
        )
        assert "were not looked at" in ran.out

    def test_hostile_names_are_text(self, people: pd.DataFrame, tmp_path: Path) -> None:
        odd = people.assign(**{HOSTILE: np.where(people["town"] == "C", HOSTILE, "plain")})
        document = fairaudit.discover(odd, over=[HOSTILE, "age"]).document
        assert {c.value for c in document.slices[0].conditions} >= {HOSTILE}
        odd.drop(columns=["score", "town"]).to_csv(tmp_path / "odd.csv", index=False)
        ran = run_main("discover", "odd.csv", cwd=tmp_path)
        assert ran.code == 0
        assert all(sign.isprintable() for sign in ran.out.replace("\n", ""))
        assert "[red]x[/red]" in ran.out


def test_narrow_terminals_are_kept_to(people: pd.DataFrame) -> None:
    from rich.console import Console

    document = fairaudit.discover(people).document
    for width in (60, 80, 120):
        console = Console(width=width, record=True, file=io.StringIO())
        console.print(render(document, width=width))
        assert all(len(line.rstrip()) <= width for line in console.export_text().splitlines())


@pytest.fixture(scope="module")
def folder(people: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("shown")
    odd = people.assign(town=np.where(people["town"] == "C", HOSTILE, people["town"]))
    odd.drop(columns=["score", HOSTILE]).to_csv(place / "people.csv", index=False)
    assert run_main("group", "people.csv", "-a", "sex", "-q", cwd=place).code == 0
    assert run_main("discover", "people.csv", "-q", cwd=place).code == 0
    return place / "fairaudit-out"


class TestCardAndReport:
    def test_both_tell_the_worst_slices(self, folder: Path) -> None:
        results = read_results(folder)
        card, page = render_card(results, Statements()), render_report(results, Statements())
        for text in (card, page):
            assert "lices that nobody asked for" in text
            assert "In 1 slice that nobody asked for, more people are judged wrongly than elsewhere." in text
            assert "discover.json" in text
            assert HOSTILE not in text
            assert "\x1b" not in text
            assert "<b>" not in text
        (row,) = [line for line in card.splitlines() if line.startswith("| People aged")]
        assert row.count("|") - row.count("\\|") == 9
        assert "p (Holm)" in card
        assert "p (Benjamini-Hochberg)" in card
        assert "p-values adjusted for" in card

    def test_without_a_search_they_tell_nothing_of_it(self, folder: Path) -> None:
        results = dataclasses.replace(read_results(folder), discover=None)
        assert "nobody asked" not in render_card(results, Statements())
        assert "nobody asked" not in render_report(results, Statements())

    def test_slices_of_other_rows_are_left_out_and_that_is_told(self, folder: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(folder, tmp_path / "fairaudit-out")
        path = folder.parent / "people.csv"
        assert run_main("group", path, "-a", "sex", "-q", "--where", "age < 70", cwd=tmp_path).code == 0
        results = read_results(copy)
        assert results.discover is None
        why = "discover.json is left out: it is about other predictions, or other decisions"
        assert why in left_out(copy, results)

    def test_a_search_that_discovered_nothing_is_told(self, people: pd.DataFrame, tmp_path: Path) -> None:
        people.drop(columns="score").to_csv(tmp_path / "people.csv", index=False)
        assert run_main("group", "people.csv", "-a", "sex", "-q", cwd=tmp_path).code == 0
        assert run_main("discover", "people.csv", "--over", "sex,visits", "-q", cwd=tmp_path).code == 0
        card = render_card(read_results(tmp_path / "fairaudit-out"), Statements())
        assert "In no slice that was looked at people are judged wrongly more often, beyond chance." in card
