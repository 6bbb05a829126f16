"""Options that are declared once: what a group of them makes of what was typed."""

from __future__ import annotations

import inspect
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fairaudit.cli.commands import SUMMARIES, function_of
from fairaudit.cli.groups import grouped
from fairaudit.settings.choices import Decide, ModelKind
from fairaudit.settings.commands import COMMANDS, has_option, options_of
from fairaudit.settings.gates import PolicyOptions
from fairaudit.settings.option import OptionKind, made, settings_of
from fairaudit.settings.output import OutputOptions
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.training import Folds, Learning
from fairaudit.settings.verdict import VerdictOptions

GROUPS = sorted(
    {group for command in COMMANDS.values() for group in command.groups}, key=lambda g: g.__name__
)


def test_what_was_left_out_is_the_default() -> None:
    assert made(ReadSettings, {"label": None, "positive": []}) == ReadSettings()
    assert made(VerdictOptions, {"metric": None, "tau": "0.8"}) == VerdictOptions()
    assert made(Learning, {"threshold": None}).threshold == 0.5


def test_what_was_typed_has_the_type_of_its_field() -> None:
    verdict = made(VerdictOptions, {"tau": "4/5", "metric": ["fpr,fnr"], "decide": Decide.POINT})
    assert (verdict.tau, verdict.metrics) == (Fraction(4, 5), ("fpr", "fnr"))
    learning = made(Learning, {"param": ["C=0.1"], "model": ModelKind.RANDOM_FOREST, "drop": ["a,b"]})
    assert (learning.params, learning.drop) == ({"C": "0.1"}, ("a,b",))
    assert made(ReadSettings, {"na_values": [""]}).na_values == ()


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_every_field_is_an_option_with_its_help(group: type) -> None:
    assert [setting.field for setting in settings_of(group)] == list(inspect.signature(group).parameters)
    assert all(setting.option.help.endswith(".") for setting in settings_of(group))


def test_every_command_is_declared() -> None:
    assert list(COMMANDS) == list(SUMMARIES)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_declared_as_its_function_is(command: str) -> None:
    """Each group that the function takes is declared, and the other way round, but for what no function needs to know."""
    hints = inspect.get_annotations(function_of(command), eval_str=True).values()
    taken = [hint for hint in hints if hasattr(hint, "__dataclass_fields__")]
    declared = {g for g in COMMANDS[command].groups if g.__name__ != "Consent"}
    assert {g for g in declared if not any(issubclass(t, g) for t in taken)} == set()
    assert {t for t in taken if not any(issubclass(t, g) for g in declared)} == set()
    options = set(inspect.signature(grouped(function_of(command))).parameters)
    assert set(options_of(command)) <= options


@pytest.mark.parametrize(
    ("group", "name", "kind", "good", "bad"),
    [
        (
            Folds,
            "folds",
            OptionKind.ONE,
            {3: 3, "3": 3, "3 ": 3},
            {1: "1 is below 2.", "x": "'x' is not a whole number."},
        ),
        (
            Learning,
            "seed",
            OptionKind.ONE,
            {0: 0},
            {-1: "-1 is below 0.", 2**32: "4294967296 is above 4294967295."},
        ),
        (ReadSettings, "top_k", OptionKind.ONE, {"7": 7}, {1.5: "1.5 is not a whole number."}),
        (ReadSettings, "threshold", OptionKind.ONE, {"0.5": 0.5, 1: 1.0}, {"1_0": "'1_0' is not a number."}),
        (
            ReadSettings,
            "missing",
            OptionKind.ONE,
            {"drop": "drop"},
            {"no": "'no' is not one of 'error', 'drop'."},
        ),
        (ReadSettings, "positive", OptionKind.MANY, {"yes": "yes"}, {}),
        (OutputOptions, "out", OptionKind.PATH, {"x": Path("x")}, {}),
        (OutputOptions, "json", OptionKind.FLAG, {True: True}, {}),
        (PolicyOptions, "policy", OptionKind.BESIDE, {"x": Path("x")}, {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_value_is_of_its_kind(
    group: type, name: str, kind: OptionKind, good: dict[Any, Any], bad: dict[Any, str]
) -> None:
    setting = next(setting for setting in settings_of(group) if setting.name == name)
    assert setting.kind is kind
    assert {typed: setting.parse(typed) for typed in good} == good
    for typed, sentence in bad.items():
        with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
            setting.parse(typed)


def test_a_command_is_known_to_have_an_option_of_another_one() -> None:
    for command in COMMANDS:
        for other in COMMANDS:
            for name in options_of(other):
                assert has_option(command, name, other=other) == (name in options_of(command)), (
                    command,
                    name,
                )
