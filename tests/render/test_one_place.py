"""Sentences about what was found are made in one place, `render/words`: the media lay them out, and say of their own only what a page says of itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairaudit import render

MEDIA = Path(render.__file__).parent
MODULES = sorted(
    module for medium in ("card", "gates", "report", "terminal") for module in (MEDIA / medium).glob("*.py")
)
OF_ITSELF = {
    # What is shown, and where the rest is.
    "The grey bar is {}.",
    "Intervals are of 95% where no other level is given.",
    "Each audit is corrected for its own comparisons, and not for those of the others.",
    "No groups were audited, so there is no threshold to move.",
    "{}, so there is no threshold to move.",
    "The scores of this audit have not been counted (scores.json), so there is no threshold to move.",
    "Equal: of equal rates, after Benjamini-Hochberg. Tolerable: of a tolerable ratio, then after {}. Not: of a ratio that is not tolerable.",
    "The root of the repository.",
    "{}; groups have not been compared.",
    "Nobody named these: they are the columns of 2 to 50 texts or categories, or of 0 and 1.",
    "{} more gates are in check.json.",
}
"""Sentences of a page about itself, which say nothing of a group."""


def texts_of(module: Path) -> Iterator[str]:
    """Return the texts of a module, with braces where something is put in; no docstrings."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    apart = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    apart |= {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
    } - {id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            yield node.value


def is_sentence(text: str) -> bool:
    return (
        re.match(r"[A-Z{]", text) is not None
        and text.endswith(".")
        and len(re.findall(r"[A-Za-z]{2,}", text)) > 3
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.relative_to(MEDIA).as_posix())
def test_media_make_no_sentences_about_what_was_found(module: Path) -> None:
    assert not {text for text in texts_of(module) if is_sentence(text)} - OF_ITSELF


def test_what_pages_say_of_themselves_is_still_said() -> None:
    assert not OF_ITSELF - {text for module in MODULES for text in texts_of(module)}


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("{} are wrongly selected more often than {}.", True),
        ("There is no group to compare with.", True),
        ("reference group", False),
        ("Selection rate", False),
        ("{} of {}.", False),
    ],
)
def test_a_sentence_is_known_by_its_words(text: str, is_one: bool) -> None:
    assert is_sentence(text) is is_one
