"""Groups of whom it is not known who they are, decisions that are the same for everybody, and what a gap may come from: told as it is."""

from __future__ import annotations

import dataclasses
import io

import pandas as pd
import pytest
from rich.console import Console

import fairaudit
from fairaudit.documents.answer import Step, Untold, answer_of, behind_of
from fairaudit.documents.audit import AlikePart, WithinPart
from fairaudit.documents.findings import find_findings
from fairaudit.documents.order import order_of
from fairaudit.documents.parts import Verdict
from fairaudit.documents.steps import steps_after
from fairaudit.render.card.page import _attribute_page
from fairaudit.render.card.tables import evidence_table
from fairaudit.render.report.attributes import _reference_sentence
from fairaudit.render.terminal.answer import answer as terminal_answer
from fairaudit.render.words.answer import headline
from fairaudit.render.words.behind import behind_text
from fairaudit.render.words.people import words_of
from fairaudit.render.words.rest import rest_rows


def people(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """So many people of a group and of another, of whom so many are selected."""
    return pd.DataFrame(
        [
            {"score": int(place < selected), "group": group, "other": other}
            for group, other, selected, many in rows
            for place in range(many)
        ]
    )


@pytest.fixture(scope="module")
def with_unknown() -> fairaudit.Audit:
    """Of those who refused to answer nearly all are selected, and nobody knows who they are."""
    frame = people(("a", "x", 300, 400), ("b", "x", 100, 400), ("refused", "x", 190, 200))
    return fairaudit.audit(frame, label="none", attributes="group", unknown="refused")


def on_a_terminal(audit: fairaudit.Audit) -> str:
    console = Console(width=200, file=io.StringIO(), color_system=None)
    console.print(terminal_answer(audit.bias, audit.group))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_ends_of_a_gap_are_groups_that_are_judged(with_unknown: fairaudit.Audit) -> None:
    answer, words = answer_of(with_unknown.bias, with_unknown.group), words_of(with_unknown.bias.settings)
    assert answer.gap is not None
    assert (answer.gap.highest.group, answer.gap.lowest.group) == ("a", "b")
    assert "refused" not in headline(answer, words)[1]
    rows = rest_rows(answer, with_unknown.bias, with_unknown.group.overall, words)
    assert [row.texts for row in rows if row.head == "Not judged"] == [("Refused (200 people).",)]


def test_nothing_is_tested_of_an_unknown_group_which_stands_last(with_unknown: fairaudit.Audit) -> None:
    bias = with_unknown.bias
    (unknown,) = (d for d in bias.disparities if d.group == "refused" and d.metric == "pprev")
    assert (unknown.p_value, unknown.test, unknown.verdict) == (None, None, None)
    assert unknown.ratio_ci is not None
    assert order_of(bias, "group")[-1] == "refused"
    table = evidence_table(bias, "group", words_of(bias.settings))
    assert table is not None
    assert len(table.rows) == 1


@pytest.mark.parametrize("selected", [0, 400])
def test_where_decisions_are_the_same_nothing_is_told_of_groups(selected: int) -> None:
    frame = people(("a", "x", selected, 400), ("b", "x", selected, 400))
    shown = on_a_terminal(fairaudit.audit(frame, label="none", attributes="group"))
    assert shown.startswith("NO ANSWER: ")
    assert "Equal enough" not in shown
    assert "Cannot tell" not in shown


@pytest.fixture(scope="module")
def failing() -> fairaudit.Audit:
    frame = people(("a", "1", 300, 400), ("b", "2", 100, 400), ("c", "3", 120, 400))
    return fairaudit.audit(
        frame, label="none", attributes=["group", "other"], ref_group=["group=a", "other=1"], effect="helps"
    )


def test_what_a_gap_comes_from_is_told_of_the_group_that_it_is_beside(failing: fairaudit.Audit) -> None:
    finding = find_findings(Verdict.FAIL, failing.bias, effect=failing.bias.settings.effect)[0]
    group = finding.first.disparity.group
    part = WithinPart(attribute=finding.attribute, group=group, metric="pprev", other="other", ratio=1.04)
    behind = behind_of(finding, failing.bias.model_copy(update={"within": [part]}))
    assert behind is not None
    assert (behind.group, behind.reference) == (finding.rate.group, finding.first.rate.group)
    assert "others" not in behind_text(behind, words_of(failing.bias.settings))
    for other in (part.model_copy(update={"ratio": 0.0}), part.model_copy(update={"group": "somebody"})):
        assert behind_of(finding, failing.bias.model_copy(update={"within": [other]})) is None


def test_who_is_the_same_people_as_a_group_that_is_told_of_is_settled_too(failing: fairaudit.Audit) -> None:
    answer = answer_of(failing.bias, failing.group)
    same = next(f for f in answer.findings if f.same_people)
    attribute, group = same.same_people[0]
    untold = Untold(
        attribute=attribute, group=group, people=400, few=False, metrics=("pprev",), needed_in_all=None
    )
    assert dataclasses.replace(answer, untold=(untold,)).unsettled == ()


def test_no_step_looks_at_an_attribute_together_with_the_same_under_another_name(
    failing: fairaudit.Audit,
) -> None:
    answer = answer_of(failing.bias, failing.group)
    steps = steps_after(answer.leading, answer, failing.bias)
    assert steps
    assert not {step.step for step in steps} & {Step.LOOK_TOGETHER, Step.LOOK_WITHIN}


def test_the_same_people_are_joined_in_one_metric_on_one_side_only() -> None:
    frame = people(("a", "1", 300, 400), ("b", "2", 100, 400))
    audit = fairaudit.audit(frame, label="none", attributes=["group", "other"])
    alike = AlikePart(attribute="group", group="a", other="other", other_group="2", share=1.0)
    bias = audit.bias.model_copy(update={"alike": [alike]})
    findings = find_findings(Verdict.FAIL, bias, effect=None)
    assert len(findings) == 2


def test_an_attribute_without_any_reference_is_compared_with_nobody(with_unknown: fairaudit.Audit) -> None:
    bias = with_unknown.bias.model_copy(update={"references": {"group": {}}})
    assert _reference_sentence(bias, "group", (), words_of(bias.settings)) == "no group to compare with"
    assert _attribute_page(bias, "group", None, None, ()).sentence == "No group to compare with."


@pytest.mark.parametrize("nothing", ["?", "refused"])
def test_who_is_unknown_in_another_attribute_is_not_alike_in_it(nothing: str) -> None:
    """Nine of ten people of b are where rates are equal, which says something only of a value that says something."""
    frame = people(
        ("a", "x", 350, 380), ("a", nothing, 4, 20), ("b", nothing, 72, 360), ("b", "x", 37, 40)
    )  # fmt: skip

    def within(**settings: str) -> list[str]:
        audit = fairaudit.audit(
            frame, label="none", attributes=["group", "other"], effect="helps", **settings
        )  # type: ignore[arg-type]
        return [one.other for one in audit.bias.within if one.attribute == "group"]

    assert within(unknown="other=refused") == []
    assert within() == (["other"] if nothing == "refused" else [])


@pytest.mark.parametrize(
    ("beside", "unaudited"),
    [
        ("{half}", ["beside"]),
        ("{group}{half}", []),
        ("{group}{place}", []),
        ("{score}", []),
        ("all", []),
    ],
    ids=["of both groups", "finer than the group", "of one person", "the decision", "the same for all"],
)
def test_a_column_within_which_nobody_can_be_compared_is_no_question(
    beside: str, unaudited: list[str]
) -> None:
    frame = pd.DataFrame(
        [
            {
                "score": score,
                "group": group,
                "beside": beside.format(place=place, half=place % 2, group=group, score=score),
            }
            for group, selected in (("a", 300), ("b", 100))
            for place in range(400)
            for score in (int(place < selected),)
        ]
    )
    audit = fairaudit.audit(frame, label="none", attributes="group", effect="helps")
    answer = answer_of(audit.bias, audit.group)
    assert audit.bias.unaudited == unaudited
    assert (answer.behind is not None) is bool(unaudited)
    assert (Step.LOOK_WITHIN in answer.steps) is bool(unaudited)
