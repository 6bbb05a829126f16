"""Settings and the configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fairaudit.errors import FairauditError, FileError, OptionError
from fairaudit.settings.commands import COMMANDS, options_of
from fairaudit.settings.file import ConfigFile, find_config, gate_entries, read_config
from fairaudit.settings.numbers import Written, parse_tau
from fairaudit.settings.option import OptionKind
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.resolve import KindsOfOptions

ONE, MANY = OptionKind.ONE, OptionKind.MANY
OPTIONS = {
    "bias": {"attribute": MANY, "ref_group": MANY, "min_group_size": ONE, "quiet": OptionKind.FLAG},
    "fairness": {"attribute": MANY, "tau": ONE, "top_k": ONE},
}


def read(tmp_path: Path, text: str, *, name: str = "fairaudit.toml") -> ConfigFile:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_config(path, options=OPTIONS)


class TestReadSettings:
    def test_nothing_is_chosen_by_default(self) -> None:
        settings = ReadSettings()
        assert (settings.label, settings.attributes, settings.threshold, settings.missing) == (
            None,
            (),
            None,
            "error",
        )

    @pytest.mark.parametrize(
        ("choice", "sentence"),
        [
            pytest.param(
                {"threshold": 0.5, "top_k": 3},
                "--top-k: cannot be given together with --threshold.",
                id="two rules",
            ),
            pytest.param(
                {"top_k": 3, "top_percent": 3.0},
                "--top-percent: cannot be given together with --top-k.",
                id="two other rules",
            ),
            pytest.param({"threshold": float("nan")}, "--threshold: nan is not a finite number.", id="NaN"),
            pytest.param(
                {"threshold": float("inf")}, "--threshold: inf is not a finite number.", id="infinity"
            ),
            pytest.param({"top_k": 0}, "--top-k: 0 is below 1.", id="nobody"),
            pytest.param(
                {"top_percent": 0.0}, "--top-percent: 0 is not above 0 and at most 100.", id="0 percent"
            ),
            pytest.param(
                {"top_percent": 100.5},
                "--top-percent: 100.5 is not above 0 and at most 100.",
                id="above 100 percent",
            ),
            pytest.param(
                {"top_percent": float("nan")},
                "--top-percent: nan is not above 0 and at most 100.",
                id="NaN percent",
            ),
        ],
    )
    def test_rules_that_cannot_be(self, choice: dict[str, Any], sentence: str) -> None:
        with pytest.raises(OptionError) as caught:
            ReadSettings(**choice)
        assert str(caught.value) == sentence

    @pytest.mark.parametrize(
        "choice", [{"threshold": 0.0}, {"threshold": -3.0}, {"top_k": 1}, {"top_percent": 100.0}]
    )
    def test_limits_that_can_be(self, choice: dict[str, Any]) -> None:
        ReadSettings(**choice)


class TestTau:
    @pytest.mark.parametrize(
        ("typed", "tau"),
        [
            ("0.8", Fraction(4, 5)),
            (".8", Fraction(4, 5)),
            (" 0.8 ", Fraction(4, 5)),
            ("4/5", Fraction(4, 5)),
            ("1", Fraction(1)),
            ("1.0", Fraction(1)),
            ("0.000000001", Fraction(1, 10**9)),
        ],
    )
    def test_read_exactly(self, typed: str, tau: Fraction) -> None:
        assert parse_tau(typed) == tau

    @pytest.mark.parametrize(
        "typed", ["", "fair", "80%", "nan", "inf", "1/0", "0,8", "1e-999999999", "0.8.1"]
    )
    def test_no_number(self, typed: str) -> None:
        with pytest.raises(OptionError) as caught:
            parse_tau(typed)
        assert str(caught.value) == f"--tau: {typed!r} is not a number. Give a ratio such as 0.8."

    @pytest.mark.parametrize("typed", ["0", "-0.8", "1.25", "5/4"])
    def test_out_of_range(self, typed: str) -> None:
        with pytest.raises(OptionError) as caught:
            parse_tau(typed)
        assert str(caught.value) == f"--tau: {typed} is not above 0 and at most 1. Four fifths is 0.8."


class TestFindConfig:
    def test_in_the_folder_or_above_it(self, tmp_path: Path) -> None:
        below = tmp_path / "a" / "b"
        below.mkdir(parents=True)
        own = tmp_path / "fairaudit.toml"
        own.write_text("")
        assert find_config(below) == own
        nearer = tmp_path / "a" / "pyproject.toml"
        nearer.write_text("[tool.fairaudit]\ntau = 0.9\n")
        assert find_config(below) == nearer

    def test_its_own_file_comes_first(self, tmp_path: Path) -> None:
        (tmp_path / "fairaudit.toml").write_text("")
        (tmp_path / "pyproject.toml").write_text("[tool.fairaudit]\n")
        assert find_config(tmp_path) == tmp_path / "fairaudit.toml"

    def test_a_project_that_does_not_speak_of_it_is_passed_over(self, tmp_path: Path) -> None:
        inner = tmp_path / "inner"
        inner.mkdir()
        (tmp_path / "fairaudit.toml").write_text("")
        (inner / "pyproject.toml").write_text("[tool.ruff]\n")
        assert find_config(inner) == tmp_path / "fairaudit.toml"


class TestReadConfig:
    def test_shared_options_and_those_of_a_command(self, tmp_path: Path) -> None:
        found = read(
            tmp_path,
            'min-group-size = 10\nattribute = ["race", "sex"]\n[fairness]\ntau = 0.9\ntop_k = 5\n',
        )
        assert found.path == tmp_path / "fairaudit.toml"
        assert found.shared == {"min_group_size": 10, "attribute": ["race", "sex"]}
        assert found.commands == {"fairness": {"tau": 0.9, "top_k": 5}}

    def test_only_its_own_table_of_a_project(self, tmp_path: Path) -> None:
        text = '[tool.ruff]\nline-length = 1\n[tool.fairaudit]\nattribute = "race"\n[tool.fairaudit.bias]\nref-group = "majority"\n'
        found = read(tmp_path, text, name="pyproject.toml")
        assert found.shared == {"attribute": ["race"]}
        assert found.commands == {"bias": {"ref_group": ["majority"]}}

    def test_lists_are_lists_of_text(self, tmp_path: Path) -> None:
        assert read(tmp_path, 'attribute = [1, 2.5, "x"]').shared == {"attribute": ["1", "2.5", "x"]}

    def test_one_value_of_an_option_that_can_be_repeated_is_a_list(self, tmp_path: Path) -> None:
        assert read(tmp_path, 'attribute = "race"').shared == {"attribute": ["race"]}
        assert read(tmp_path, "ref-group = 7").shared == {"ref_group": ["7"]}

    def test_true_and_false(self, tmp_path: Path) -> None:
        assert read(tmp_path, "quiet = true").shared == {"quiet": True}
        assert read(tmp_path, "[bias]\nquiet = false").commands == {"bias": {"quiet": False}}

    def test_an_empty_file(self, tmp_path: Path) -> None:
        found = read(tmp_path, "")
        assert (found.shared, found.commands) == ({}, {})

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            pytest.param(
                "min-gruop-size = 3",
                "unknown key 'min-gruop-size'. Did you mean 'min-group-size'?",
                id="typo",
            ),
            pytest.param(
                "[fairness]\ntua = 0.8",
                "[fairness] unknown key 'tua'. Did you mean 'tau'?",
                id="typo in a command",
            ),
            pytest.param("[bias]\ntau = 0.8", "[bias] unknown key 'tau'.", id="a key of another command"),
            pytest.param(
                "[fariness]\ntau = 0.8",
                "there is no command for the table [fariness]. Did you mean 'fairness'?",
                id="typo in a command's name",
            ),
            pytest.param(
                "tau = 2020-01-01",
                "the value of 'tau' has to be a text or a number.",
                id="a date",
            ),
            pytest.param(
                "[fairness]\ntau = {a = 1}",
                "[fairness] the value of 'tau' has to be a text or a number.",
                id="a table for a value",
            ),
            pytest.param(
                'tau = ["0.8"]', "the value of 'tau' has to be a text or a number.", id="a list of one"
            ),
            pytest.param("tau = true", "the value of 'tau' has to be a text or a number.", id="a truth"),
            pytest.param(
                "attribute = [true]",
                "the value of 'attribute' has to be a text, a number, or a list of these.",
                id="a truth in a list",
            ),
            pytest.param(
                'quiet = "yes"', "the value of 'quiet' has to be true or false.", id="a word for a truth"
            ),
        ],
    )
    def test_what_no_command_knows(self, tmp_path: Path, text: str, problem: str) -> None:
        with pytest.raises(FileError) as caught:
            read(tmp_path, text)
        assert str(caught.value) == f"{tmp_path / 'fairaudit.toml'}: {problem}"

    def test_no_toml(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match=r"fairaudit\.toml: is not TOML: "):
            read(tmp_path, "tau = ")
        (tmp_path / "fairaudit.toml").write_bytes(b"\xff\xfe")
        with pytest.raises(
            FileError, match=r"fairaudit\.toml: is written in UTF-16. Save the file as UTF-8\.$"
        ):
            read_config(tmp_path / "fairaudit.toml", options=OPTIONS)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            pytest.param(f"tau = {'9' * 5_000}", "is not TOML: ", id="thousands of digits"),
            pytest.param(
                f"x = {'[' * 5_000}{']' * 5_000}", "is nested too deeply", id="thousands of brackets"
            ),
            pytest.param(f"{'a.' * 5_000}b = 1", "is nested too deeply", id="thousands of parts"),
            pytest.param(
                "top-k = 1\ntop_k = 5", "the key 'top_k' is written twice", id="one key in two ways"
            ),
        ],
    )
    def test_hostile_files(self, tmp_path: Path, text: str, problem: str) -> None:
        with pytest.raises(FileError, match=problem):
            read(tmp_path, text)

    def test_a_byte_order_mark_is_passed_over(self, tmp_path: Path) -> None:
        assert read(tmp_path, "\ufefftau = 0.9").shared == {"tau": Written("0.9")}

    def test_no_such_file(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match="cannot be read: No such file or directory"):
            read_config(tmp_path / "none.toml", options=OPTIONS)

    @pytest.mark.parametrize("text", ["[tool]\nfairaudit = 3\n", "tool = 3\n"])
    def test_a_project_whose_tables_are_none(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(FairauditError, match="is no table"):
            read(tmp_path, text, name="pyproject.toml")


class TestGates:
    def test_kept_as_they_stand(self, tmp_path: Path) -> None:
        path = tmp_path / "fairaudit.toml"
        path.write_text('attribute = "y"\n[[gate]]\nmin = 0.70\nnosuch = 1\n[[gate]]\n', encoding="utf-8")
        found = read_config(path, options=OPTIONS)
        assert [dict(gate) for gate in found.gates] == [{"min": 0.7, "nosuch": 1}, {}]
        assert gate_entries(path) == found.gates
        assert found.gates[0]["min"].text == "0.70"

    @pytest.mark.parametrize("text", ["[gate]\nmin = 1", "gate = 1", "gate = [1]", 'gate = "x"'])
    def test_anything_else_is_refused(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "fairaudit.toml"
        path.write_text(text, encoding="utf-8")
        sentence = r"'gate' is no list of tables\. Begin each gate with the line \[\[gate\]\]\.$"
        with pytest.raises(FileError, match=sentence):
            read_config(path, options=OPTIONS)
        with pytest.raises(FileError, match=sentence):
            gate_entries(path)

    def test_in_a_pyproject(self, tmp_path: Path) -> None:
        path = tmp_path / "pyproject.toml"
        path.write_text("[tool.fairaudit.gate]\nmin = 1\n", encoding="utf-8")
        with pytest.raises(FileError, match=r"with the line \[\[tool\.fairaudit\.gate\]\]\."):
            read_config(path, options=OPTIONS)


def test_a_file_loads_the_options_of_its_own_command_and_tables_only(tmp_path: Path) -> None:
    """Declarations of all commands take longer to load than a small table to be counted."""
    path = tmp_path / "fairaudit.toml"
    path.write_text('label = "outcome"\n[train]\nlabel = "target"\n', encoding="utf-8")
    looked_at: list[str] = []

    def kinds(command: str) -> Mapping[str, OptionKind]:
        looked_at.append(command)
        return {"label": OptionKind.ONE}

    found = read_config(path, options=KindsOfOptions(("group", "bias", "train"), kinds))
    assert (found.shared, found.commands) == ({"label": "outcome"}, {"train": {"label": "target"}})
    assert set(looked_at) == {"group", "train"}
    path.write_text("labl = 1\n", encoding="utf-8")
    with pytest.raises(FileError, match=r"unknown key 'labl'.*label"):
        read_config(path, options=KindsOfOptions(("group", "bias", "train"), kinds))
    assert set(looked_at) == {"group", "bias", "train"}


def test_an_option_is_the_same_in_every_command() -> None:
    """So the first command that knows one tells what a file may say of it, and the own one whether it is code."""
    kinds: dict[str, set[tuple[OptionKind, bool]]] = {}
    for command in COMMANDS:
        # What its table may name as a path is one, whatever the option holds.
        located = COMMANDS[command].located
        for name, option in options_of(command).items():
            kind = OptionKind.BESIDE if name in located else option.kind
            kinds.setdefault(name, set()).add((kind, option.option.code))
    assert {name: several for name, several in kinds.items() if len(several) > 1} == {}
