"""Templates that take all the time or memory there is: ended, and told in a sentence."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from fairaudit.documents.folder import Results
from fairaudit.documents.statements import Statements
from fairaudit.errors import FileError
from fairaudit.render import confined
from fairaudit.render.card.page import render_card
from fairaudit.render.report.page import ReportTemplates, own_templates, render_report

NAME = "MODEL_CARD.md.jinja"


def refusal(documents: Results, template: str) -> str:
    with pytest.raises(FileError) as caught:
        render_card(documents, Statements(), template=template)
    assert str(caught.value).startswith(f"{NAME}: ")
    assert len(str(caught.value)) < 400
    return str(caught.value)


@pytest.fixture(scope="module")
def documents(hostile: Any) -> Results:
    return Results(group=hostile.group)


@pytest.mark.parametrize(
    "template",
    [
        pytest.param('{{ "a" * 10**10 }}', id="a long text"),
        pytest.param('{{ "%10000000000d" | format(1) }}', id="a format"),
        pytest.param('{{ "{:>10000000000}".format(1) }}', id="a method"),
        pytest.param(
            "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
            id="doubled again and again",
        ),
    ],
)
def test_more_memory_than_it_gets(documents: Results, template: str) -> None:
    message = refusal(documents, template)
    # Some of them are refused by Python or Jinja itself, in words of their own.
    assert "memory" in message or "Error" in message


@pytest.mark.parametrize(
    "template",
    [
        pytest.param(
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            id="loops that write nothing",
        ),
        pytest.param("{{ 9 ** (9 ** 9) }}", id="a number"),
        pytest.param("{{ '%s' | format(7 ** 9999999) }}", id="one step that takes long"),
    ],
)
def test_more_time_than_it_gets(documents: Results, template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        confined, "_CHILD", "from fairaudit.render import confined as c; c.MOST_SECONDS = 0.25; c.answer()"
    )
    begun = time.monotonic()
    message = refusal(documents, template)
    assert "takes longer than" in message or "ValueError" in message or "memory" in message
    assert time.monotonic() - begun < 30


def test_more_output_than_anybody_reads(documents: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        confined, "_CHILD", "from fairaudit.render import confined as c; c.MOST_CHARACTERS = 1000; c.answer()"
    )
    assert "writes more than 1,000 characters" in refusal(
        documents, "{% for a in range(1001) %}x{% endfor %}"
    )


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", id="a macro that calls itself"),
        pytest.param("{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}", id="brackets"),
        pytest.param("{{ " + "not " * 20_000 + "1 }}", id="not"),
    ],
)
def test_nested_too_deeply(documents: Results, template: str) -> None:
    message = refusal(documents, template)
    assert "nested too deeply" in message or "Error" in message or "broke down" in message


def test_a_report(documents: Results) -> None:
    own = own_templates()
    page = ReportTemplates(page='{{ "a" * 10**10 }}', style=own.style, script=own.script)
    with pytest.raises(FileError, match=r"report\.html\.jinja: "):
        render_report(documents, Statements(), templates=page)
    page = ReportTemplates(page="<p>{{ '<i>' }}</p>", style=own.style, script=own.script)
    assert render_report(documents, Statements(), templates=page) == "<p>&lt;i&gt;</p>"


def test_our_own_template_needs_no_other_process(documents: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> str:
        raise AssertionError

    monkeypatch.setattr("fairaudit.render.card.page.confined", never)
    monkeypatch.setattr("fairaudit.render.report.page.confined", never)
    assert render_card(documents, Statements()) == render_card(
        documents,
        Statements(),
        template=(Path(__file__).parents[2] / "templates" / NAME).read_text(encoding="utf-8"),
    )
    assert render_report(documents, Statements()).startswith("<!doctype html>")


def test_nothing_is_imported_from_the_current_folder(
    documents: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("jinja2", "fairaudit", "resource", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this ran')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    # In a process that is started for it, as the program does.
    monkeypatch.setattr(confined, "subprocess", subprocess)
    assert render_card(documents, Statements(), template="{{ title }}").strip()
    with pytest.raises(FileError, match="memory"):
        render_card(documents, Statements(), template="{{ 'a' * 10**10 }}")
