"""What terminal, card, report and notebook have in common: one verdict on one thing, and the same next steps in the same order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from legibility import html_prose, terminal_prose
from rich.console import Console

from fairaudit.cli.next_steps import after_audit
from fairaudit.documents.folder import Results
from fairaudit.documents.statements import Statements
from fairaudit.render.card.page import render_card
from fairaudit.render.report.notebook import audited as in_notebook
from fairaudit.render.report.page import render_report
from fairaudit.render.terminal import audit as terminal
from fairaudit.settings.choices import Effect

TYPED = ("audit", "people.csv")
CASES = [
    ("compas", Effect.HURTS),
    ("compas", None),
    ("loans", Effect.HELPS),
    ("loans", None),
    ("berkeley", Effect.HELPS),
]
VERDICTS = re.compile(r"\b(?:FAIL|PASS|UNDECIDED|GAP|NO ANSWER)\b")


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def results(request: pytest.FixtureRequest) -> Results:
    name, effect = request.param
    audited: Any = request.getfixturevalue(name)
    bias = audited.bias.model_copy(
        update={"settings": audited.bias.settings.model_copy(update={"effect": effect})}
    )
    return Results(group=audited.group, bias=bias, fairness=audited.fairness, slices=audited.slices)


def on_a_terminal(results: Results) -> str:
    assert results.bias is not None
    assert results.group is not None
    assert results.fairness is not None
    assert results.slices is not None
    documents = terminal.Audited(
        bias=results.bias, fairness=results.fairness, group=results.group, slices=results.slices
    )
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(terminal.audit(documents, width=80))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def top_of_report(page: str) -> str:
    return page.partition('<div class="answer')[2].partition('<details class="decided">')[0]


def steps_of_card(page: str) -> list[str]:
    """Return the steps of the findings at the top, and what comes before and after these, without the commands."""
    top = page.partition("\n## ")[0]
    return [
        text
        for text in re.findall(r"^ *Next: (.+?)[:.]?(?: `.*)?$", top, re.MULTILINE)
        if "as for" not in text
    ]


def test_each_medium_names_the_same_steps_in_the_same_order(results: Results) -> None:
    assert results.bias is not None
    assert results.fairness is not None
    assert results.group is not None
    card = steps_of_card(render_card(results, Statements()))
    report = re.findall(
        r"<p>(?:<a [^>]*>)?([^<]+?)(?:</a>)?:?</p>",
        top_of_report(render_report(results, Statements())).partition("<dt>Next</dt>")[2],
    )
    html = in_notebook(results.bias, results.fairness, results.group)
    notebook = re.findall(r"<tr><th>Next</th><td>(.*?)</td></tr>", html)[0].split("<br>")
    typed = [purpose for purpose, _ in after_audit(results.bias, results.group, TYPED)]

    def plain(texts: list[str]) -> list[str]:
        # A page names the thresholds that are on it, and a terminal offers both effects.
        texts = [text.rstrip(".").replace("on this page", "in the report") for text in texts]
        said = "say whether decisions hurt or help"
        texts = [said if text.startswith("if decisions") else text[:1].lower() + text[1:] for text in texts]
        return list(dict.fromkeys(texts))

    assert plain(card)
    assert plain(card) == plain(report) == plain(notebook) == plain(typed)


def test_each_finding_at_the_top_is_followed_by_a_step(results: Results) -> None:
    screen, page = on_a_terminal(results), render_report(results, Statements())
    findings = len(re.findall(r"^\d  ", screen, re.MULTILINE))
    assert findings
    assert findings == len(re.findall(r"<li>", top_of_report(page).partition("<details")[0]))
    assert results.bias is not None
    assert after_audit(results.bias, results.group, TYPED)
    assert "<dt>Next</dt>" in page


def test_no_screen_gives_two_verdicts_on_one_thing(results: Results) -> None:
    screen, page = on_a_terminal(results), render_report(results, Statements())
    for text in (terminal_prose(screen), html_prose(top_of_report(page))):
        assert len(VERDICTS.findall(text)) == 1
        # What Aequitas calls unfair, by its parities, is beside another verdict of ours.
        assert not re.search(r"\bunfair\b|\bParity\b|\btau\b", text)
    assert (VERDICTS.findall(screen)[0]) == VERDICTS.findall(html_prose(top_of_report(page)))[0]


@pytest.mark.parametrize(
    "screen", sorted((Path(__file__).parents[1] / "golden").glob("answer_*.txt")), ids=lambda path: path.stem
)
def test_golden_screens_hold_one_verdict_and_no_list_that_hides(screen: Path) -> None:
    text = screen.read_text(encoding="utf-8")
    assert len(VERDICTS.findall(text)) == 1
    assert not re.search(r"\band [\d,]+ more\b", " ".join(text.split()))
