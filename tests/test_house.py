"""The measures that the code keeps, so that a stranger finds his way: short functions, few parameters, small modules, names that say something."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import fairaudit

SOURCES = Path(fairaudit.__file__).parent
MODULES = sorted(SOURCES.rglob("*.py"))
MOST_LINES = 50
MOST_PARAMETERS = 6
MOST_LINES_OF_A_MODULE = 600
MOST_OF_RENDER = 0.25
SPELLED_OUT = {
    *(
        "workflow/public.py",
        "workflow/public_results.py",
        "workflow/public_discovery.py",
        "workflow/public_change.py",
        "workflow/public_check.py",
        "workflow/public_history.py",
        "workflow/public_impact.py",
        "workflow/public_models.py",
        "workflow/public_slices.py",
        "testing.py",
    ),
}
"""Where the functions of Python offer every option as a keyword."""
CHARTS = {"_calibration_chart", "_disparity_chart"}
"""Specifications of charts: long, but nothing but declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a module is measured by.

    Attributes
    ----------
    lines, parameters
        Of its functions, by their names.
    names
        That it gives: to functions, parameters, attributes and values.
    """

    lines: Mapping[str, int]
    parameters: Mapping[str, int]
    names: Set[str]


@cache
def measured(module: Path) -> Measured:
    """Measure a module, which is parsed once."""
    functions, names = [], set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            functions.append(node)
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                names.add(name)
    spelled_out = named(module) in SPELLED_OUT
    lines, parameters = Counter[str](), Counter[str]()
    for function in functions:
        # Of several methods of one name the worst counts.
        lines[function.name] = max(lines[function.name], lines_of(function, spelled_out=spelled_out))
        parameters[function.name] = max(parameters[function.name], parameters_of(function))
    return Measured(lines=lines, parameters=parameters, names=names)


def lines_of(function: ast.FunctionDef, *, spelled_out: bool = False) -> int:
    """Count the lines of a function without those of its docstring, and of options that are spelled out."""
    first = function.body[0].lineno if spelled_out else function.lineno
    lines = (function.end_lineno or 0) - first + 1
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        lines -= (docstring.end_lineno or 0) - docstring.lineno + 1
    return lines


def option_groups() -> set[str]:
    """The groups of options that are taken whole, and what is made of them."""
    return {"Output", "VerdictRule", "ModelSettings"} | {
        node.name
        for module in (SOURCES / "settings").glob("*.py")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.decorator_list
    }


GROUPS = option_groups()


def parameters_of(function: ast.FunctionDef) -> int:
    """Count the parameters of a function but for groups of options."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    kinds = [ast.unparse(a.annotation).split(" | ")[0] if a.annotation else "" for a in every]
    return sum(
        a.arg not in ("self", "cls") and kind not in GROUPS for a, kind in zip(every, kinds, strict=True)
    )


def named(module: Path) -> str:
    return module.relative_to(SOURCES).as_posix()


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_functions_are_short_and_take_little(module: Path) -> None:
    too_long = {name: number for name, number in measured(module).lines.items() if number > MOST_LINES}
    assert not {name: number for name, number in too_long.items() if name not in CHARTS}
    too_many = {
        name: number for name, number in measured(module).parameters.items() if number > MOST_PARAMETERS
    }
    assert not too_many or named(module) in SPELLED_OUT


def test_no_module_is_long() -> None:
    lines = {named(module): module.read_text(encoding="utf-8").count("\n") for module in MODULES}
    assert not {name: number for name, number in lines.items() if number > MOST_LINES_OF_A_MODULE}


def test_what_shows_results_is_a_quarter_of_all_at_most() -> None:
    lines = {named(module): module.read_text(encoding="utf-8").count("\n") for module in MODULES}
    shown = sum(number for name, number in lines.items() if name.startswith("render/"))
    assert shown <= MOST_OF_RENDER * sum(lines.values())


VAGUE = {"at", "found", "given", "got", "mine", "said", "thing", "told", "what"}


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_names_say_what_something_is(module: Path) -> None:
    assert not VAGUE & measured(module).names
