"""Two runs in one folder never mix, and what a killed one left behind is cleared away by the next."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fairaudit import locking
from fairaudit.errors import FileError
from fairaudit.locking import LOCK, Scratch, held
from fairaudit.write import staged, write_text

Run = Callable[..., Any]
Refusal = Callable[..., str]
HOLDS = """
import sys, time
from pathlib import Path
from fairaudit.locking import Scratch, held
from fairaudit.write import staged
folder = Path(sys.argv[1])
scratch = Scratch()
(scratch.path / "spilled").write_text("x")
with held(folder), staged(folder) as stage:
    (stage / "predictions.csv").write_text("half of it")
    (folder / ".fairaudit.1234abcd.part").write_text("half of it")
    print(scratch.path, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def people(write_csv: Callable[..., str]) -> str:
    rows = [f"{i * 53 % 97 % 2},{i * 37 % 101 / 101},{'FM'[i % 2]}" for i in range(240)]
    return write_csv("label,score,sex", *rows, name="data/people.csv")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path, Path]]:
    """Another process that is at work in a folder; its temporary folder."""
    folder = tmp_path / "out"
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        scratch = Path(process.stdout.readline().strip())
        yield process, folder, scratch
        process.kill()


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


class TestAnotherRun:
    def test_is_waited_for_and_then_told(
        self, other: tuple[subprocess.Popen[str], Path, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        process, folder, scratch = other
        monkeypatch.setattr(locking, "MOST_SECONDS", 0.2)
        for act in (lambda: held(folder).__enter__(), lambda: write_text(folder / "x", "x")):
            with pytest.raises(FileError) as caught:
                act()
            assert str(caught.value) == (
                f"{folder}: another run of fairaudit is writing into this folder. Wait for it, or name another folder by --out."
            )
        # What it is at stays as it is.
        assert (folder / ".fairaudit.1234abcd.part").read_text() == "half of it"
        locking._cleared.clear()
        Scratch()
        assert (scratch / "spilled").exists()
        process.terminate()
        process.wait()
        write_text(folder / "x", "x")

    def test_of_the_same_command(
        self,
        other: tuple[subprocess.Popen[str], Path, Path],
        refusal: Refusal,
        people: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        _, folder, _ = other
        monkeypatch.setattr(locking, "MOST_SECONDS", 0.2)
        for command in ("audit", "group"):
            assert "another run of fairaudit" in refusal(command, people, "-o", folder, cwd=folder.parent)
        for command in ("card", "report"):
            assert "another run of fairaudit" in refusal(command, "-o", folder, cwd=folder.parent)

    def test_that_was_killed_leaves_nothing(self, other: tuple[subprocess.Popen[str], Path, Path]) -> None:
        process, folder, scratch = other
        killed(process)
        left = sorted(path.name for path in folder.iterdir())
        assert len(left) == 3
        assert LOCK in left
        assert (scratch / "spilled").exists()
        (folder / "ours.part").write_text("x")
        write_text(folder / "x", "x")
        assert sorted(path.name for path in folder.iterdir()) == ["ours.part", "x"]
        locking._cleared.clear()
        mine = Scratch()
        assert not scratch.exists()
        assert mine.path.is_dir()

    def test_that_was_killed_is_cleared_away_by_any_command(
        self, other: tuple[subprocess.Popen[str], Path, Path], run: Run, people: str
    ) -> None:
        process, folder, scratch = other
        killed(process)
        locking._cleared.clear()
        assert run("group", people, "-a", "sex", "-q", "-o", folder, cwd=folder.parent).code == 0
        assert sorted(path.name for path in folder.iterdir()) == ["group.json", "scores.json"]
        assert not scratch.exists()


class TestTheLock:
    def test_is_held_several_times_and_leaves_nothing(self, tmp_path: Path) -> None:
        with held(tmp_path), held(tmp_path):
            with held(tmp_path / "."):
                assert (tmp_path / LOCK).is_file()
            assert (tmp_path / LOCK).is_file()
        assert list(tmp_path.iterdir()) == []

    def test_is_gone_when_a_command_has_ended(self, run: Run, people: str, tmp_path: Path) -> None:
        for words in (["group", people, "-a", "sex"], ["group", people, "-a", "nothing"], ["audit", people]):
            run(*words, cwd=tmp_path)
            assert not list(tmp_path.rglob(".fairaudit*"))

    def test_by_a_link_is_the_same(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        (tmp_path / "b").symlink_to(tmp_path / "a")
        with held(tmp_path / "a"), held(tmp_path / "b"):
            pass
        assert list((tmp_path / "a").iterdir()) == []

    def test_many_at_once(self, tmp_path: Path) -> None:
        """Whoever holds the lock is alone, however often it is taken away and made again."""
        at_work: list[int] = []
        failures: list[str] = []

        def work() -> None:
            for _ in range(50):
                file = locking._locked(tmp_path / LOCK, shown=tmp_path)
                assert file is not None
                at_work.append(file)
                if len(at_work) != 1:
                    failures.append("not alone")
                time.sleep(0.0001)
                at_work.pop()
                (tmp_path / LOCK).unlink()
                os.close(file)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []

    def test_a_link_in_its_place_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / LOCK).symlink_to(tmp_path / "victim")
        write_text(tmp_path / "out" / "x", "x")
        assert not (tmp_path / "victim").exists()

    def test_a_link_among_what_is_left_is_removed_and_not_followed(self, tmp_path: Path) -> None:
        victim = tmp_path / "victim"
        victim.mkdir()
        (victim / "precious").write_text("x")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / ".fairaudit.x.part").symlink_to(victim)
        write_text(tmp_path / "out" / "x", "x")
        assert (victim / "precious").exists()
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["x"]

    def test_without_locks_nobody_waits_and_nothing_is_cleared(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "fcntl", None)
        (tmp_path / ".fairaudit.x.part").write_text("x")
        with held(tmp_path), staged(tmp_path) as stage:
            (stage / "y").write_text("y")
        write_text(tmp_path / "z", "z")
        assert sorted(path.name for path in tmp_path.iterdir()) == [".fairaudit.x.part", "y", "z"]
        scratch = Scratch()
        assert list(scratch.path.iterdir()) == []


class TestScratch:
    @pytest.fixture(autouse=True)
    def temporary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        locking._cleared.clear()
        yield tmp_path
        locking._cleared.clear()

    def test_goes_when_nothing_refers_to_it(self) -> None:
        scratch = Scratch()
        path = scratch.path
        assert path.is_dir()
        del scratch
        gc.collect()
        assert not path.exists()

    def test_only_what_is_known_to_be_one_is_cleared_away(self, temporary: Path) -> None:
        for name in ("fairaudit-out", "fairaudit-demo", "fairaudit-abcd1234", "other-abcd1234"):
            (temporary / name).mkdir()
            (temporary / name / "precious").write_text("x")
        (temporary / "other-abcd1234" / "fairaudit.lock").write_text("")
        (temporary / "fairaudit-link1234").symlink_to(temporary / "other-abcd1234")
        (temporary / "fairaudit-dead1234").mkdir()
        (temporary / "fairaudit-dead1234" / "fairaudit.lock").write_text("")
        Scratch()
        assert sorted(path.name for path in temporary.iterdir()) == [
            *("fairaudit-abcd1234", "fairaudit-demo", "fairaudit-link1234", "fairaudit-out", "other-abcd1234")
        ]

    def test_nowhere_to_make_one(self, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(temporary / "nowhere"))
        with pytest.raises(FileError) as caught:
            Scratch()
        assert str(caught.value) == (
            "the temporary folder: cannot be written to: No such file or directory. Name another folder by --temp-dir."
        )

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
    def test_those_of_another_user_are_left_alone(self, temporary: Path) -> None:
        theirs = temporary / "fairaudit-dead1234"
        theirs.mkdir()
        (theirs / "fairaudit.lock").write_text("")
        os.chown(theirs, 4711, 4711)
        Scratch()
        assert theirs.exists()
