"""Lines of gates: what points at a gate points at its own line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from fairaudit.errors import FileError
from fairaudit.settings.places import find_gates, gate_lines, repository_uri

CASES = {
    "one after the other": ('out = "x"\n\n[[gate]]\nmetric = "fpr"\n\n[[gate]]\nmetric = "fnr"\n', (3, 6)),
    "indented, with a comment": ("  [[ gate ]] # first\nmin = 0.1\n\t[[gate]]\n", (1, 3)),
    "in quotes": ("[[\"gate\"]]\n[['gate']]\n", (1, 2)),
    "in pyproject.toml": ('[project]\nname = "x"\n[[tool.fairaudit.gate]]\nmin = 0.1\n', (3,)),
    "with spaces in pyproject.toml": ("[[tool . fairaudit . gate]]\n", (1,)),
    "within a text of several lines": ('[[gate]]\nreason = """\n[[gate]]\n"""\n[[gate]]\n', (1, 5)),
    "in a literal text": ("[[gate]]\nreason = '''\n[[gate]]\n'''\n", (1,)),
    "in a comment": ("# [[gate]]\n[[gate]]\n", (2,)),
    "with tables of its own": ("[[gate]]\n[gate.more]\n[[gate]]\n", (1, 3)),
    "lines that end as on Windows": ("a = 1\r\n\r\n[[gate]]\r\n[[gate]]\r\n", (3, 4)),
    "a mark of the encoding": ("\ufeff[[gate]]\n", (1,)),
    "a list within one key": ('a = 1\ngate = [{metric = "fpr"}, {metric = "fnr"}]\n', (2, 2)),
}


@pytest.mark.parametrize(("text", "lines"), CASES.values(), ids=CASES)
def test_each_gate_has_its_line(text: str, lines: tuple[int, ...]) -> None:
    content = tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    gates = content.get("gate") or content["tool"]["fairaudit"]["gate"]
    assert len(gates) == len(lines)
    assert gate_lines(text, gates=len(gates)) == lines


def test_paths_begin_at_the_root_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exists = Path.exists
    # Temporary files may lie in a repository, which is none of this test's.
    monkeypatch.setattr(Path, "exists", lambda path: path.is_relative_to(tmp_path) and exists(path))
    folder = tmp_path / "audits of ä"
    folder.mkdir()
    policy = folder / "fairaudit.toml"
    policy.write_text("[[gate]]\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    assert repository_uri(Path("fairaudit.toml")) == "fairaudit.toml"
    (tmp_path / ".git").mkdir()
    assert repository_uri(Path("fairaudit.toml")) == "audits%20of%20%C3%A4/fairaudit.toml"
    link = tmp_path / "link.toml"
    link.symlink_to(policy)
    assert find_gates(link, gates=1).uri == "audits%20of%20%C3%A4/fairaudit.toml"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / ".git").rmdir()
    monkeypatch.chdir(elsewhere)
    assert repository_uri(policy) == "fairaudit.toml"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.toml.*cannot be read"):
        find_gates(tmp_path / "none.toml", gates=1)
    (tmp_path / "latin.toml").write_bytes(b"# \xe4")
    with pytest.raises(FileError, match="line 1 is not UTF-8 after '# '"):
        find_gates(tmp_path / "latin.toml", gates=1)
