"""What changed, in card, report and notebook: told where it is about the predictions that are audited, and no name breaks out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fairaudit
from fairaudit.documents.changed import CompareDocument
from fairaudit.documents.folder import Results, complete_results, left_out
from fairaudit.documents.statements import Statements
from fairaudit.documents.text import dump
from fairaudit.render.card.changed import changed_part
from fairaudit.render.card.page import render_card
from fairaudit.render.card.parts import written_table
from fairaudit.render.report.notebook import changed as in_notebook
from fairaudit.render.report.pieces import pieces
from fairaudit.resources import CARD_TEMPLATE, read_template
from fairaudit.workflow.report import make_report, read_templates

HOSTILE = "[x](javascript:1)|<script>alert(1)</script>{{ 7*7 }}=1+1"


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    lot = np.random.default_rng(1)
    base = pd.DataFrame(
        {
            "id": np.arange(900),
            "label": lot.integers(0, 2, 900),
            "g": np.where(np.arange(900) % 2, HOSTILE, "other"),
        }
    )
    base["decision"] = np.where(lot.random(900) < 0.8, base["label"], 1 - base["label"])
    worse = base["decision"].where((base["g"] == "other") | (lot.random(900) < 0.6), 0)
    return {"base": base, "new": base.assign(decision=worse)}


@pytest.fixture(scope="module")
def document(frames: dict[str, pd.DataFrame]) -> CompareDocument:
    compared = fairaudit.compare(
        frames["base"], frames["new"], attributes="g", effect="helps", id="id", margin="0.05"
    )
    assert "javascript" in compared._repr_html_()
    return compared.document


@pytest.fixture(scope="module")
def results(frames: dict[str, pd.DataFrame]) -> Results:
    return fairaudit.audit(frames["new"], attributes="g", effect="helps").results


def test_it_is_found_in_the_folder_where_it_is_about_the_same_predictions(
    document: CompareDocument, results: Results, frames: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    (tmp_path / "compare.json").write_text(dump(document), encoding="utf-8")
    found = complete_results(tmp_path, results)
    assert found.compare == document
    assert left_out(tmp_path, found) == ()
    other = fairaudit.audit(frames["new"].head(500), attributes="g").results
    without = complete_results(tmp_path, other)
    assert without.compare is None
    assert left_out(tmp_path, without) == (
        "compare.json is left out: what it calls new are other predictions, or other decisions",
    )


def test_card_report_and_notebook_tell_it_and_no_name_breaks_out(
    document: CompareDocument, results: Results
) -> None:
    whole = dataclasses.replace(results, compare=document)
    card = render_card(whole, Statements(), figures=[], template=read_template(CARD_TEMPLATE))
    report = make_report(whole, Statements(), read_templates()).text
    notebook = in_notebook(document)
    assert "### What changed" in card
    assert '<section id="changed"' in report
    for text in (card, report, notebook):
        part = text[text.index("more often than before") - 400 :]
        assert "McNemar" in part
        assert "A worsening by more than 0.05 is shown for " in part
        assert "49" not in part[: part.index("McNemar")]
    assert "<script>alert" not in card + report + notebook
    assert "<script" not in notebook
    assert " [x](javascript" not in card
    assert "{{ 7*7 }}" not in card


def test_nothing_compared_is_no_part(results: Results) -> None:
    assert changed_part(results) == ((), None)
    assert "changed" not in pieces(results)


def test_a_table_of_what_is_alike_shows_the_largest_differences(frames: dict[str, pd.DataFrame]) -> None:
    same = fairaudit.compare(frames["base"], frames["base"], attributes="g", id="id").document
    sentences, table = changed_part(Results(compare=same))
    assert "none shows a change beyond chance" in sentences[0]
    assert table is not None
    assert "no change shown" in written_table(table)
