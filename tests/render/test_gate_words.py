"""Gates in words: the worse side is the subject, the ratio is above 1, and people are called as their policy calls them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from legibility import faults

from fairaudit.documents.gates import CheckDocument
from fairaudit.documents.shortfalls import shortfalls
from fairaudit.gates.evaluate import read_gates
from fairaudit.metrics.kinds import Side
from fairaudit.render.gates.failure import failure
from fairaudit.render.gates.github import github_commands
from fairaudit.render.gates.junit import junit
from fairaudit.render.gates.markdown import markdown
from fairaudit.render.gates.records import records
from fairaudit.render.words.gates import gate_texts, row_texts, sentences
from fairaudit.render.words.people import WORDS, Words
from fairaudit.settings.choices import Effect
from fairaudit.settings.naming import Naming
from fairaudit.settings.verdict import Direction
from fairaudit.slices.grammar import EVERYBODY_ELSE
from fairaudit.workflow.check import check

WOMEN_AND_MEN = {(1, 1): (20, 150), (1, 0): (180, 50), (0, 1): (5, 110), (0, 0): (195, 90)}
"""Women and men by label and decision."""


@pytest.fixture(scope="module")
def loans() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"label": label, "score": score, "sex": sex}
            for (label, score), counts in WOMEN_AND_MEN.items()
            for sex, n in zip(("Female", "Male"), counts, strict=True)
            for _ in range(n)
        ]
    )


def answered(
    source: Any, *gates: Mapping[str, Any], effect: Effect | None = None, **naming: Any
) -> CheckDocument:
    asked = read_gates(gates, file="x")
    return check(source, asked, direction=Direction(effect=effect), naming=Naming(**naming)).document


def heads(document: CheckDocument) -> list[str]:
    return [gate_texts(gate, document).head for gate in document.gates]


def test_compas(data_dir: Path) -> None:
    gate = {"metric": "fpr", "attribute": "race", "ratio_within": "0.8", "reference": "race=Caucasian"}
    document = answered(data_dir / "compas_for_aequitas.csv", gate, effect=Effect.HURTS)
    what = gate_texts(document.gates[0], document)
    assert what.head == (
        'FAILED "Are people with label_value 0 wrongly selected about equally often?": '
        "African-American 45%, Caucasian 23% (1.91 times; allowed 0.80 to 1.25)"
    )
    assert " ".join(what.sentences) == (
        "African-American people are wrongly selected more often than Caucasian ones. Of those who should not be selected (label_value 0), 45 of 100 are, against 23 of 100. "
        "805 of 1,795; 349 of 1,488. 1.91 times, 95% interval 1.72 to 2.13. Allowed is 0.80 to 1.25."
    )
    assert what.step == "Next: causes, and what to do: fairaudit explain FA101."


def test_every_medium_says_the_same_and_says_what_comes_next(data_dir: Path) -> None:
    gate = {"metric": "fpr", "attribute": "race", "ratio_within": "0.8"}
    document = answered(
        data_dir / "compas_for_aequitas.csv",
        gate,
        words={"people": "defendants", "selected": "flagged", "negative": "did not re-offend"},
    )
    asks = "Are defendants who did not re-offend wrongly flagged about equally often?"
    who = "African-American defendants are wrongly flagged more often than Caucasian ones. Of those who did not re-offend, 45 of 100"
    for text in (
        markdown(document),
        junit(document, seconds=0).replace("&quot;", '"'),
        github_commands(document)[0],
        failure(document.gates[0], document),
    ):
        assert all(part in text for part in (asks, who, "805 of 1,795", "95%", "fairaudit explain FA101"))
    assert asks in records(document)


def test_where_a_decision_helps_those_who_miss_it_are_the_subject(loans: pd.DataFrame) -> None:
    selected = {"metric": "pprev", "attribute": "sex", "ratio_within": "0.8"}
    missed = {"metric": "fnr", "attribute": "sex", "max_difference": "0.1"}
    document = answered(loans, selected, missed, effect=Effect.HELPS, words={"refused": "turned down"})
    assert heads(document) == [
        'FAILED "Are people selected about equally often?": Female 6%, Male 65% (10.40 times; allowed 0.80 to 1.25)',
        (
            'FAILED "Are people with label 1 wrongly turned down about equally often?": '
            "Female 90%, Male 25% (65.0 points apart; allowed at most 10 points)"
        ),
    ]
    assert " ".join(gate_texts(document.gates[0], document).sentences).startswith(
        "Women are turned down more often than men: 6 of 100 are selected, against 65 of 100. 25 of 400; 260 of 400. "
        "10.40 times, 95% interval 7.20 to 15.65."
    )


@pytest.mark.parametrize("effect", [None, *Effect])
def test_everybody_else_is_never_the_subject(loans: pd.DataFrame, effect: Effect | None) -> None:
    gate = {"metric": "pprev", "attribute": "sex", "ratio_within": "0.8", "reference": "rest"}
    document = answered(loans, gate, effect=effect)
    (part,) = document.gates
    both = shortfalls(part, effect)
    assert {one.rate.group: one.side for one in both} == {"Female": Side.LOWER, "Male": Side.HIGHER}
    if effect is not None:
        assert {one.harm for one in both} == {True, False}
    head = gate_texts(part, document).head
    assert "Female 6%, everybody else 65% (" in head
    assert "Male 65%, everybody else 6% (" in head
    assert EVERYBODY_ELSE not in head
    assert all(EVERYBODY_ELSE not in "".join(row) for one in both for row in row_texts(part, one, WORDS))


def test_what_rows_are_worth_stands_in_the_order_of_the_counts(loans: pd.DataFrame) -> None:
    gate = {"metric": "pprev", "attribute": "sex", "ratio_within": "0.8", "reference": "sex=Female"}
    document = answered(loans, gate, effect=Effect.HELPS, unit="cars")
    (part,) = document.gates
    findings = [f.model_copy(update={"effective": 90.0, "reference_effective": 30.0}) for f in part.findings]
    of_rows = part.model_copy(update={"findings": findings})
    (one,) = shortfalls(of_rows, Effect.HELPS)
    assert one.rate.group == "Female"
    assert "25 of 400; 260 of 400, worth 30 and 90 cars" in " ".join(
        sentences(of_rows, one, Words(people="cars"))
    )


def test_an_open_gate_names_groups_and_things_as_they_are_called() -> None:
    sizes = {"Female": 40, "Male": 200}
    rows = [
        (age, sex, n % 10 < 4 + (sex == "Male"))
        for age in (20, 50)
        for sex, of in sizes.items()
        for n in range(of)
    ]
    frame = pd.DataFrame(
        [
            {"label": n % 2, "score": int(score), "sex": sex, "age": age}
            for n, (age, sex, score) in enumerate(rows)
        ]
    )
    gate = {"metric": "pprev", "attribute": "sex*age:25,40", "ratio_within": "0.8", "reference": "majority"}
    document = answered(frame, gate, unit="cars")
    text = gate_texts(document.gates[0], document).text
    assert " cars like these, instead of 480, would be needed" in text
    assert "If only women aged 40 and above grow in number, about " in text
    assert "people" not in text


@pytest.mark.parametrize("effect", [None, *Effect])
def test_of_how_well_a_model_works_the_lower_is_the_subject(
    loans: pd.DataFrame, effect: Effect | None
) -> None:
    gates = [
        {"metric": metric, "attribute": "sex", "ratio_within": "0.99", "decide": "point"}
        for metric in ("accuracy", "f1", "balanced_accuracy")
    ]
    document = answered(loans, *gates, effect=effect)
    for gate in document.gates:
        what = gate_texts(gate, document)
        assert " times" in what.head
        assert " is below that of " in what.sentences[0]
        assert not faults(" ".join(what.sentences))


def test_numbers_do_not_depend_on_effect_or_words(loans: pd.DataFrame) -> None:
    gate = {"metric": "fpr", "attribute": "sex", "ratio_within": "0.8"}
    plain = answered(loans, gate)
    assert answered(loans, gate, effect=Effect.HELPS, unit="cars").gates == plain.gates


def test_names_are_no_markup(loans: pd.DataFrame) -> None:
    gate = {"metric": "pprev", "attribute": "sex", "ratio_within": "0.8"}
    document = answered(loans, gate, words={"people": "<b>|x](y)", "selected": "::error::z"})
    assert "<b>" not in markdown(document)
    assert "<b>" not in junit(document, seconds=0)
    (command,) = github_commands(document)
    assert command.count("::error ") == 1
    assert len(command.splitlines()) == 1
