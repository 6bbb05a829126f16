"""The page that Local Law 144 wants to be posted: what people state of the audit, and the rule's tables."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from running import refuse_main, run_main

from fairaudit.documents.statements import BiasAudit, read_statements
from fairaudit.errors import FairauditError
from fairaudit.render.impact.page import date_text
from fairaudit.resources import CARD_STATEMENTS, templates_folder

ROWS = "sex,race,hired\n" + "".join(
    f"{sex},{race},{int(i % 7 < most)}\n"
    for i in range(70)
    for sex, race, most in [("F", "A", 3), ("F", "B", 4), ("M", "A", 5), ("M", "B", 6), ("", "A", 1)]
)
STATED = '[impact]\nauditor = "Ada"\ndata_source = "logs"\naudited = {audited}\ndistributed = 2025-12-01\n'
WORDS = ("impact", "p.csv", "--profile", "ll144", "--decision", "hired", "-a", "sex,race")


class Cells(HTMLParser):
    """Collects the rows of tables."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] += data.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def test_the_page_has_the_rules_tables(folder: Path) -> None:
    today = date.today()  # noqa: DTZ011  # the audit was made today
    (folder / "card.toml").write_text(STATED.format(audited=today), encoding="utf-8")
    ran = run_main(*WORDS, cwd=folder)
    assert ran.code == 0
    assert "warning" not in ran.err
    page = (folder / "fairaudit-out" / "ll144.html").read_text("utf-8")
    cells = Cells()
    cells.feed(page)
    assert ["sex", "race", "Applicants", "Selected", "Selection rate", "Impact ratio"] in cells.rows
    assert ["F", "A", "70", "30", "42.9%", "0.500"] in cells.rows
    assert ["F", "140", "70", "50.0%", "0.636"] in cells.rows
    assert "70 people of an unknown category were" in page
    assert "more than a year ago" not in page
    assert "<dd><bdi>Ada</bdi></dd>" in page


def test_an_audit_of_more_than_a_year_ago_is_warned_of(folder: Path) -> None:
    (folder / "card.toml").write_text(STATED.format(audited="2020-02-29"), encoding="utf-8")
    ran = run_main(*WORDS, cwd=folder)
    assert "warning: This bias audit is of 2020-02-29, more than a year ago" in ran.err
    assert "more than a year ago" in (folder / "fairaudit-out" / "ll144.html").read_text("utf-8")


def test_an_audit_of_a_day_to_come_is_warned_of(folder: Path) -> None:
    (folder / "card.toml").write_text(STATED.format(audited="2999-01-31"), encoding="utf-8")
    told = "This bias audit is of 2999-01-31, a day that is yet to come"
    assert f"warning: {told}" in run_main(*WORDS, cwd=folder).err
    assert told in (folder / "fairaudit-out" / "ll144.html").read_text("utf-8")
    # Where people live east of Greenwich it may be tomorrow.
    assert date_text(BiasAudit(audited=date(2026, 2, 1)), date(2026, 1, 31)) == ""


def test_what_nobody_has_stated_is_told(folder: Path) -> None:
    ran = run_main(*WORDS, cwd=folder)
    assert "lacks what only people can state: auditor, audited, distributed, data_source" in ran.err
    assert "not stated" in (folder / "fairaudit-out" / "ll144.html").read_text("utf-8")


def test_an_old_audit_is_warned_of_also_where_something_else_is_missing(folder: Path) -> None:
    (folder / "card.toml").write_text("[impact]\naudited = 2020-02-29\n", encoding="utf-8")
    told = run_main(*WORDS, cwd=folder).err
    assert "lacks what only people can state: auditor, distributed, data_source" in told
    assert "warning: This bias audit is of 2020-02-29, more than a year ago" in told


@pytest.mark.parametrize(
    ("today", "is_old"), [((2026, 1, 31), False), ((2026, 2, 1), True), ((2025, 2, 1), False)]
)
def test_a_year_ends_with_its_anniversary(today: tuple[int, int, int], is_old: bool) -> None:
    assert BiasAudit(audited=date(2025, 1, 31)).is_old(date(*today)) is is_old
    assert not BiasAudit().is_old(date(*today))
    assert BiasAudit(audited=date(2024, 2, 29)).is_old(date(2025, 3, 1))


def test_the_questions_are_asked_where_the_others_are(folder: Path) -> None:
    text = (templates_folder() / CARD_STATEMENTS).read_text("utf-8")
    assert read_statements(text, file=CARD_STATEMENTS).impact == BiasAudit()
    assert all(f"\n{name} = " in text.split("[impact]")[1] for name in BiasAudit.model_fields)


@pytest.mark.parametrize(
    "line", ["audited = 2025", 'data_kind = "old"', "auditor = 5", 'nobody = "x"', 'audited = "soon"']
)
def test_statements_that_are_none(folder: Path, line: str) -> None:
    with pytest.raises(FairauditError, match="impact"):
        read_statements(f"[impact]\n{line}\n", file="card.toml")
    (folder / "card.toml").write_text(f"[impact]\n{line}\n", encoding="utf-8")
    assert "card.toml" in refuse_main(*WORDS, "--tables", "t", cwd=folder)
