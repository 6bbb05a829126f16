"""fairaudit report: the page from the files that other commands left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Refusal = Callable[..., str]


def test_it_follows_the_other_commands(run: Run, people: Path, tmp_path: Path) -> None:
    for words in (("group", people), ("bias", people), ("slice", people)):
        assert run(*words, "-q", cwd=tmp_path).code == 0
    ran = run("report", cwd=tmp_path)
    page = tmp_path / "fairaudit-out" / "report.html"
    assert (ran.code, ran.err) == (0, "")
    assert (
        ran.out
        == f"Written: {page.relative_to(tmp_path)}\nNext  open it in a browser\n      state what people know  fairaudit card --init\n"
    )
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>\n")
    assert 'id="slider"' in text
    assert run("report", "-q", cwd=tmp_path).out == ""
    assert page.read_text(encoding="utf-8") == text


def test_audit_writes_it_as_well(run: Run, people: Path, tmp_path: Path) -> None:
    ran = run("audit", people, cwd=tmp_path)
    assert ran.code == 0
    assert "report.html" in " ".join(ran.out.split())
    written = (tmp_path / "fairaudit-out" / "report.html").read_text(encoding="utf-8")
    assert run("report", cwd=tmp_path).code == 0
    assert (tmp_path / "fairaudit-out" / "report.html").read_text(encoding="utf-8") == written


def test_scores_of_an_earlier_audit_are_no_slider(run: Run, people: Path, tmp_path: Path) -> None:
    assert run("group", people, "-q", cwd=tmp_path).code == 0
    assert run("bias", people, "--threshold", "0.25", "-q", cwd=tmp_path).code == 0
    (tmp_path / "fairaudit-out" / "group.json").unlink()
    assert run("slice", people, "--threshold", "0.25", "-q", cwd=tmp_path).code == 0
    assert run("report", cwd=tmp_path).code == 0
    text = (tmp_path / "fairaudit-out" / "report.html").read_text(encoding="utf-8")
    assert "The scores of this audit have not been counted" in text


def test_statements_give_it_its_name(run: Run, people: Path, tmp_path: Path) -> None:
    assert run("group", people, "-q", cwd=tmp_path).code == 0
    (tmp_path / "card.toml").write_text('name = "A model & its <name>"\n', encoding="utf-8")
    assert run("report", cwd=tmp_path).code == 0
    text = (tmp_path / "fairaudit-out" / "report.html").read_text(encoding="utf-8")
    assert "<h1><bdi>A model &amp; its &lt;name&gt;</bdi></h1>" in text


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("report.css", "body { color: teal }", "<style>body { color: teal }</style>"),
        ("report.js", '"use strict";', '<script>"use strict";</script>'),
        ("report.html.jinja", "<p>{{ title }}</p>", "<p>people.csv</p>"),
    ],
)
def test_templates_of_ones_own(
    run: Run, people: Path, tmp_path: Path, name: str, content: str, shown: str
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / name).write_text(content, encoding="utf-8")
    assert run("group", people, "-q", cwd=tmp_path).code == 0
    assert run("report", "--template", mine, cwd=tmp_path).code == 0
    assert shown in (tmp_path / "fairaudit-out" / "report.html").read_text(encoding="utf-8")


def test_a_faulty_template_shows_before_an_audit_begins(
    refusal: Refusal, people: Path, tmp_path: Path
) -> None:
    assert refusal("audit", people, "--template", tmp_path / "none", cwd=tmp_path).endswith(
        "is not a folder. Give the folder that holds your templates."
    )


def test_without_any_results(refusal: Refusal, tmp_path: Path) -> None:
    assert refusal("report", cwd=tmp_path).startswith("fairaudit-out: holds no results")
