"""What an auditor holds results to: the whole command, equal files of equal runs, and a list that tells what was changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from running import Ran, run_main

from fairaudit.clock import EPOCH, now
from fairaudit.errors import FairauditError, FileError
from fairaudit.workflow.manifest import MANIFEST, changed_files, manifest, renewed
from fairaudit.write import write_together

LOANS = Path(__file__).parents[2] / "examples" / "loans.csv"
MOMENT = "1767225600"


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two equal runs."""
    place = tmp_path_factory.mktemp("equal")
    rows = LOANS.read_text(encoding="utf-8").splitlines(keepends=True)[:1201]
    (place / "loans.csv").write_text("".join(rows), encoding="utf-8")
    for name in ("first", "second"):
        ran = run_main(
            "audit",
            "loans.csv",
            *(
                "--target",
                "repaid",
                "-a",
                "sex",
                "--folds",
                "2",
                "--tau",
                "0.9",
                "--na-values",
                "a b",
                "-o",
                name,
            ),
            cwd=place,
            env={EPOCH: MOMENT},
        )
        assert ran.code == 0, ran.err
    return place / "first", place / "second"


def test_equal_runs_give_equal_files(folders: tuple[Path, Path]) -> None:
    first, second = map(files_of, folders)
    assert first.keys() == second.keys()
    assert {name for name in first if first[name] != second[name]} == set()
    assert {"model.skops", "report.html", "MODEL_CARD.md", "figures/calibration_by_group.png"} <= first.keys()


def test_documents_hold_the_whole_command_and_the_time_that_was_chosen(folders: tuple[Path, Path]) -> None:
    for name in ("train.json", "cv.json", "group.json", "bias.json", "test/bias.json"):
        document = json.loads((folders[0] / name).read_text(encoding="utf-8"))
        typed = "fairaudit audit loans.csv --target repaid -a sex --folds 2 --tau 0.9 --na-values 'a b'"
        assert document["command"] == typed, name
        assert document["created"] == "2026-01-01T00:00:00Z", name


def test_the_model_is_named_by_its_hash(folders: tuple[Path, Path]) -> None:
    sha256 = hashlib.sha256((folders[0] / "model.skops").read_bytes()).hexdigest()
    assert json.loads((folders[0] / "train.json").read_text(encoding="utf-8"))["model_sha256"] == sha256
    assert f"`model.skops` SHA-256 `{sha256}`" in (folders[0] / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_the_list_holds_every_file_but_itself(folders: tuple[Path, Path]) -> None:
    files = files_of(folders[0])
    listed = json.loads(files.pop(MANIFEST))["files"]
    assert listed == {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in sorted(files.items())
    }


def test_a_check_names_whatever_was_changed_since(folders: tuple[Path, Path]) -> None:
    folder = folders[1]

    def problems() -> list[str]:
        ran = run_main("card", "--check", "-o", folder, cwd=folder.parent, width=500)
        assert ran.code == 1
        return [line for line in ran.out.splitlines() if "statements are missing" not in line]

    assert problems() == []
    with (folder / "report.html").open("a", encoding="utf-8") as page:
        page.write(" ")
    (folder / "figures" / "metric_per_slice.png").write_bytes(b"other")
    (folder / "predictions.csv").unlink()
    assert problems() == [
        f"{folder}/figures/metric_per_slice.png was changed since manifest.json was written.",
        f"{folder}/predictions.csv is gone, and manifest.json lists it.",
        f"{folder}/report.html was changed since manifest.json was written.",
    ]
    assert run_main("report", "-o", folder, cwd=folder.parent).code == 0
    assert not any("report.html" in problem for problem in problems())


def test_no_password_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fairaudit.cli.console import stamp

    monkeypatch.setattr(
        "sys.argv",
        ["fairaudit", "audit", "postgresql://ann:secret@db/loans::people", "-ohere", "--out=there"],
    )
    assert stamp("audit").command == "fairaudit audit postgresql://ann@db/loans::people"


@pytest.mark.parametrize("typed", ["abc", "-1", "1.5", "9" * 30, " 1"])
def test_a_time_that_is_none_is_refused(typed: str, run: Callable[..., Ran], tmp_path: Path) -> None:
    ran = run("group", LOANS, "-a", "sex", "--label", "repaid", cwd=tmp_path, env={EPOCH: typed})
    assert ran.code == 2
    assert ran.err.startswith(f"fairaudit: {EPOCH}: {typed!r} in the environment is no time")


def test_the_clock_counts_where_nothing_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(EPOCH, raising=False)
    assert abs((datetime.now(UTC) - now()).total_seconds()) < 60
    monkeypatch.setenv(EPOCH, "0")
    assert now() == datetime(1970, 1, 1, tzinfo=UTC)


class TestList:
    def test_no_list_no_problems(self, tmp_path: Path) -> None:
        assert renewed(tmp_path, "report.html", b"") == {}
        assert changed_files(tmp_path) == []
        assert not (tmp_path / MANIFEST).exists()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff",
            b"[]",
            b'{"schema": "fairaudit/manifest/1", "fairaudit": "1", "files": {"a": {"sha256": "x", "bytes": 1}}}',
            b'{"schema": "other", "fairaudit": "1", "files": {}}',
            b"[" * 100_000,
        ],
    )
    def test_a_broken_list_is_one_error(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / MANIFEST).write_bytes(content)
        with pytest.raises(FileError, match="is no list of files as fairaudit writes it"):
            changed_files(tmp_path)

    @pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", "..\\b", ""])
    def test_names_that_lead_elsewhere_are_refused(self, name: str, tmp_path: Path) -> None:
        part = {"sha256": "0" * 64, "bytes": 0}
        text = json.dumps({"schema": "fairaudit/manifest/1", "fairaudit": "1", "files": {name: part}})
        (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
        with pytest.raises(FairauditError, match="no file of the folder"):
            changed_files(tmp_path)

    def test_a_name_that_no_file_can_have_is_told(self, tmp_path: Path) -> None:
        part = {"sha256": "0" * 64, "bytes": 0}
        text = json.dumps({"schema": "fairaudit/manifest/1", "fairaudit": "1", "files": {"x" * 5000: part}})
        (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
        (problem,) = changed_files(tmp_path)
        assert "cannot be read: File name too long" in problem

    def test_a_file_of_the_same_size_is_seen(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"one")
        write_together(manifest(tmp_path, {"a": tmp_path / "a", "b": tmp_path / "b"}, {}))
        assert changed_files(tmp_path) == []
        (tmp_path / "a").write_bytes(b"two")
        assert changed_files(tmp_path) == [f"{tmp_path / 'a'} was changed since manifest.json was written"]
