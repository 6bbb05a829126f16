"""What people read keeps the measure of legibility."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from legibility import faults, html_prose, markdown_prose, names_a_group_and_a_size, sentences, terminal_prose

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("screen", sorted(GOLDEN.glob("answer_*.txt")), ids=lambda path: path.stem)
def test_answers_on_a_terminal_are_legible(screen: Path) -> None:
    assert not faults(terminal_prose(screen.read_text(encoding="utf-8")))


@pytest.mark.parametrize("card", sorted(GOLDEN.glob("card_*.md")), ids=lambda path: path.stem)
def test_cards_are_legible(card: Path) -> None:
    page = card.read_text(encoding="utf-8")
    prose = markdown_prose(page)
    assert not faults(prose)
    first = next(line for line in page.splitlines() if line.startswith("**"))
    assert re.search(r"\b\d[\d.,]* times |\(\d+ of \d+", first), first
    # Each finding, and each group of sentences on one, ends in what comes next.
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", prose) if p.strip()]
    findings = [
        i
        for i, text in enumerate(paragraphs)
        if re.search(r" (?:often than|refused most|most often).*\d of 10+[, ]", text)
        and not text.startswith("The other side")
    ]
    assert findings
    assert all(paragraphs[i + 1].startswith("Next: ") for i in findings)
    # One verdict on one thing: what Aequitas says of it is folded.
    assert not re.search(r"\bunfair\b|Parity|tau\b", prose)


@pytest.mark.parametrize(
    ("text", "whys"),
    [
        ("African-American people with label 0: 45 of 100, against 23 of 100.", []),
        ("Of those who should not be selected (label 0), 45 of 100 are, against 23 of 100.", []),
        ("One 1, two 2, three 3, four 4 and five 5.", ["5 numbers"]),
        ("1.91 times, 95% interval 1.72 to 2.13. Also 2.1 times.", []),
        ("805 of 1,795; 349 of 1,488.", []),
        (f"{'word ' * 26}.", ["26 words"]),
        (f"{'word ' * 25}.", []),
        ("People with race = Other.", ["column syntax"]),
        ("Groups of sex*age differ.", ["column syntax"]),
        ("Groups of age:25,40 differ.", ["column syntax"]),
        ("Female * below 25 are missed.", ["column syntax"]),
        ("Look at both: `fairaudit audit x.csv -a race*sex --bins age:25,40`.", []),
        ('People with age_cat "25 - 45" and men aged 25 to below 40: 1 of 2; 3 of 4.', []),
    ],
)
def test_faults_are_found_and_only_they(text: str, whys: list[str]) -> None:
    assert [fault.split(":")[0] for fault in faults(text)] == whys


def test_prose_of_a_page_is_without_tables_pictures_code_and_what_is_folded() -> None:
    page = (
        "---\na: 1\n---\n# Title\n\n**Bold** \\(x\\) &gt; y.\n\n| a | b |\n|---|---|\n\n![alt = 1](f.png)\n\n"
        "<details>\n<summary>More</summary>\n\nHidden = 1.\n\n</details>\n\n- One\n- Two\n\n```\nx = 1\n```\n<!-- c = d -->\n"
    )
    assert sentences(markdown_prose(page)) == ["Title", "Bold (x) > y.", "One", "Two"]


def test_prose_of_html_is_what_is_read() -> None:
    page = "<head><title>t</title></head><h1>A <b>b</b></h1><p>c &gt; d</p><table><tr><td>1</td></tr></table><script>x = 1</script>"
    assert sentences(html_prose(page)) == ["A b", "c > d"]


def test_prose_of_a_screen_is_without_tables() -> None:
    screen = "FAIL: a is worse\noff.\n\n1  One\n   two.\nCannot tell  Asian (32)\n             more\ngroup  people  FPR\na      1       2\n"
    assert sentences(terminal_prose(screen)) == [
        "FAIL: a is worse off.", "One two.", "Cannot tell", "Asian (32) more"
    ]  # fmt: skip


def test_a_size_is_a_count_of_people() -> None:
    assert names_a_group_and_a_size("Women are refused: 81 of 100.", ["women"])
    assert not names_a_group_and_a_size("Women are refused.", ["women"])
    assert not names_a_group_and_a_size("Nobody: 81 of 100.", ["women"])
