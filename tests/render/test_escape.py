"""Strangers' text is read back as that text, by a Markdown parser and by a spreadsheet."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fairaudit.render.escape import MOST_SHOWN, cell, code, prose, visible

HOSTILE = {
    "pipe": "a|b",
    "backticks": "`x` and ``y``",
    "newline": "two\nlines",
    "script": "<script>alert(1)</script>",
    "template": "{{7*7}}",
    "link": "[link](javascript:alert(1))",
    "image": "![x](http://e)",
    "right to left override": "\u202eevil",
    "300 characters": "n" * 300,
    "formula": "=1+1",
    "console markup": "[/i]",
    "terminal escape": "\x1b[31m",
    "emoji": "😀 group",
    "entity": "&amp;",
    "backslash": "a\\|b\\",
    "heading": "# title",
    "list": "- item",
    "ordered list": "1. item",
    "rule": "---",
    "emphasis": "*a* _b_ ~~c~~ __d__",
    "bare address": "http://example.com www.example.com mailto:a@b.cd",
    "autolink": "<http://example.com>",
    "comment": "<!-- x -->",
    "mathematics": "$x$",
    "Hebrew": "עברית",
    "blanks": "  a  b  ",
    "invisible": "a\u200bb\u3164",
}


def parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def texts(tokens: list[Token]) -> list[str]:
    """Give the text of each inline token, and fail on anything in it that is more than text."""
    found = []
    for token in tokens:
        if token.type == "inline":
            children = token.children or []
            assert {child.type for child in children} <= {"text", "text_special"}, token.content
            found.append("".join(child.content for child in children))
    return found


def read_back(text: str) -> str:
    """Show a text as a reader sees it on the page."""
    return text.replace("\u2068", "").replace("\u2069", "").replace("\xa0", " ")


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_table_keeps_its_shape_and_the_name_is_read(name: str) -> None:
    page = f"| a | b | c |\n|---|---|---|\n| {cell(name)} | x | y |\n| 1 | {code(name)} | 3 |\n"
    tokens = parser().parse(page)
    assert sum(token.type == "tr_open" for token in tokens) == 3
    assert sum(token.type == "td_open" for token in tokens) == 6
    assert not [token for token in tokens if token.type in ("html_block", "fence", "code_block")]
    body = [token for token in tokens if token.type == "inline"][3:]
    expected = visible(name) if len(name) <= MOST_SHOWN else "n" * (MOST_SHOWN - 1) + "…"
    assert [read_back(text) for text in texts(body[:1])] == [expected]
    coded = body[4].children or []
    assert all(child.content in ("<code>", "</code>") for child in coded if child.type == "html_inline")
    whole = "".join(child.content for child in coded if child.type != "html_inline")
    assert read_back(whole) == visible(name)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_name_begins_a_paragraph_as_text(name: str) -> None:
    tokens = parser().parse(f"before\n\n{cell(name)} is a group.\n")
    assert [token.type for token in tokens if token.level == 0] == ["paragraph_open", "paragraph_close"] * 2
    assert texts(tokens)[1].endswith(" is a group.")


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_bare_address_is_left_for_a_parser_that_links_them(name: str) -> None:
    assert not re.search(r"://|www\.|mailto:|@", cell(name))


@given(st.text(max_size=60))
def test_any_text_is_read_back(name: str) -> None:
    (text,) = texts(parser().parse(f"x {cell(name, most=None)} y"))
    assert read_back(text) == f"x {visible(name)} y".replace("\xa0", " ")


@given(st.text(max_size=60))
def test_any_text_stays_in_its_cell(name: str) -> None:
    tokens = parser().parse(f"| a | b |\n|---|---|\n| {cell(name)} | {code(name)} |\n")
    assert sum(token.type == "td_open" for token in tokens) == 2
    assert not any(token.type == "html_block" for token in tokens)


def test_what_cannot_be_seen_is_written_as_an_escape() -> None:
    assert visible("a\tb\u202ec\u200dd\ue000") == "a\\tb\\u202ec\\u200dd\\ue000"
    assert visible("plain – ß 日本 😀") == "plain – ß 日本 😀"


def test_right_to_left_words_are_isolated_within_a_sentence() -> None:
    assert cell("people with x = עברית are (a)") == "people with x = &#8296;עברית&#8297; are (a)"


def test_ordinary_names_are_left_as_they_are() -> None:
    assert cell("age_cat 25 - 45") == "age_cat 25 - 45"
    assert cell("-3.6 points") == "-3.6 points"
    assert code("race not in ('Asian', 'Native American')") == "`race not in ('Asian', 'Native American')`"


def test_statement_keeps_paragraphs_lists_and_addresses_only() -> None:
    written = prose("One\nline, see https://example.com/a_b.\n\n- first <b>\n- second\n")
    assert written == "One line, see <https://example.com/a_b>.\n\n- first &lt;b&gt;\n- second"
    assert prose("# no heading\n\n![x](http://e)") == "\\# no heading\n\n\\!\\[x\\](<http://e>)"
