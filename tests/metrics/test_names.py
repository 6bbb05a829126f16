"""A metric is known by name to the table of metrics and to lists of what to show; whoever treats it in a way of its own asks its kind."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import fairaudit
from fairaudit.metrics.table import BY_NAME

ROOT = Path(fairaudit.__file__).parent
KNOW_NAMES = ("metrics", "disparity/aequitas.py")
"""The table itself, and the names that Aequitas has for its columns."""
SHOWS = "render"


def named(tree: ast.AST) -> Iterator[ast.Constant]:
    return (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in BY_NAME
    )


def outside_lists(tree: ast.Module) -> list[int]:
    """Find the lines that name a metric elsewhere than in a constant of the module or of one of its classes."""
    classes = [node.body for node in tree.body if isinstance(node, ast.ClassDef)]
    lists = [
        node
        for body in (tree.body, *classes)
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
    ]
    allowed = {id(constant) for node in lists for constant in named(node)}
    return [constant.lineno for constant in named(tree) if id(constant) not in allowed]


def branches(tree: ast.Module) -> list[int]:
    """Find the lines that compare something with the name of a metric."""
    compared = [
        side
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and all(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        for side in (node.left, *node.comparators)
    ]
    cases = [node for node in ast.walk(tree) if isinstance(node, ast.MatchValue)]
    return [constant.lineno for node in (*compared, *cases) for constant in named(node)]


MODULES = [
    name
    for name in sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))
    if not name.startswith(KNOW_NAMES)
]


@pytest.mark.parametrize("module", MODULES)
def test_no_metric_is_treated_by_its_name(module: str) -> None:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    assert (branches(tree) if module.startswith(SHOWS) else outside_lists(tree)) == []


def test_what_is_looked_for_is_found() -> None:
    tree = ast.parse(
        'if metric == "f1":\n    pass\nmatch metric:\n    case "mcc":\n        pass\nSHOWN = ("f1",)\n'
    )
    assert branches(tree) == [1, 4]
    assert outside_lists(tree) == [1, 4]
