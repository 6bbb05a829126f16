"""What docs/untrusted.md promises: each promise names a test that is there, and nothing is sent anywhere."""

from __future__ import annotations

import ast
import re
import socket
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[1]
PROMISES = (PROJECT / "docs" / "untrusted.md").read_text(encoding="utf-8")
ROWS = [line for line in PROMISES.splitlines() if line.startswith("| ") and "Shown by" not in line]
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PROMISES)))


def test_every_promise_names_a_test() -> None:
    assert len(ROWS) > 10
    for row in ROWS:
        assert re.search(r"`tests/[\w/]+\.py::test_\w+`", row), row


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_the_test_is_there(file: str, name: str) -> None:
    tree = ast.parse((PROJECT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_nothing_is_sent(
    run: Any, write_csv: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by any step, from training to the card and the page; whoever asks for a connection or an address is told off."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("somebody asked for the network")

    for place, name in (
        (socket.socket, "connect"),
        (socket.socket, "connect_ex"),
        (socket.socket, "sendto"),
        (socket, "create_connection"),
        (socket, "getaddrinfo"),
        (urllib.request, "urlopen"),
    ):
        monkeypatch.setattr(place, name, never)
    column = "http://example.com/?q=1"
    rows = [f"{i * 7 % 5 % 2},0.{i * 3 % 10},{'AB'[i % 3 % 2]}" for i in range(80)]
    data = write_csv(f"label,score,{column}", *rows)
    for words in (("train", data, "--target", "label"), ("audit", data, "-a", column)):
        ran = run(*words, cwd=tmp_path)
        assert ran.code == 0, ran.err
