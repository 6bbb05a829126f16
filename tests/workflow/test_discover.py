"""`fairaudit discover`: what is searched, what is discovered in it, and how that is shown."""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jsonschema
import numpy as np
import pandas as pd
import pytest
from running import run_main

import fairaudit
from fairaudit.documents.discovered import DiscoverDocument, DiscoveredPart
from fairaudit.documents.folder import left_out, read_results
from fairaudit.documents.registry import json_schema
from fairaudit.documents.statements import Statements
from fairaudit.documents.text import dump, load
from fairaudit.errors import FairauditError
from fairaudit.render.card.page import render_card
from fairaudit.render.report.page import render_report
from fairaudit.render.terminal.discovered import discovered as render
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
    jsonschema.validate(json.loads(text), json_schema(DiscoverDocument))
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
        pytest.param({"metric": "fprr"}, "'fprr' is nothing that slices are searched for", id="no metric"),
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
        pytest.param({"weight": "weight"}, "holds the weights of a survey", id="survey weights"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    people: pd.DataFrame, options: dict[str, Any], expected: str
) -> None:
    frame = people.assign(weight=0.5 + (people["age"] % 7)) if "weight" in options else people
    with pytest.raises(FairauditError) as refused:
        fairaudit.discover(frame, **options)
    assert expected in str(refused.value)


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
        assert row.count("|") - row.count("\\|") == 8

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
