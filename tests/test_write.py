"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairaudit.errors import FileError
from fairaudit.write import (
    make_folder,
    output_folder,
    staged,
    write_bytes,
    write_files,
    write_text,
    write_together,
    write_with,
)


def test_text_is_utf8_with_plain_newlines(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "å\nb\r\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa5\nb\r\n"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"old, and longer")
    write_bytes(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), ValueError("a bug"), KeyboardInterrupt()]
)
def test_a_writer_that_fails_leaves_the_old_file_and_no_part_of_the_new(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def write(part: Path) -> None:
        part.write_text("half of it")
        raise error

    expected = FileError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected) as caught:
        write_with(path, write)
    if isinstance(error, OSError):
        assert str(caught.value) == f"{path}: cannot be written: No space left on device."
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_a_folder_in_the_file_s_place(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(FileError, match="cannot be written"):
        write_text(tmp_path / "a", "x")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_of_several_files_all_come_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"a": b"old", "b": b"old"})
    write = Path.write_bytes

    def fill(path: Path, content: bytes) -> int:
        if content == b"too much":
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(FileError, match="No space left") as caught:
        write_files(tmp_path, {"a": b"new", "b": b"too much"})
    assert caught.value.file == str(tmp_path / "b")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a": "old", "b": "old"}


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be written: No such file or directory"):
        write_text(tmp_path / "none" / "a", "x")


class TestFolders:
    def test_made_with_all_above_it(self, tmp_path: Path) -> None:
        assert make_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"
        assert list((tmp_path / "a" / "b").iterdir()) == []
        make_folder(tmp_path / "a" / "b")

    def test_a_file_in_its_place(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("")
        with pytest.raises(
            FileError, match=r"cannot be written to: File exists\. Name another folder by --out"
        ):
            make_folder(tmp_path / "a")

    def test_kept_when_all_goes_well(self, tmp_path: Path) -> None:
        with output_folder(tmp_path / "a" / "b") as folder:
            assert folder.is_dir()
        assert folder.is_dir()

    def test_taken_away_when_the_work_fails(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError), output_folder(tmp_path / "a" / "b"):
            raise RuntimeError
        assert list(tmp_path.iterdir()) == []

    def test_what_was_there_stays(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        with pytest.raises(RuntimeError), output_folder(tmp_path / "a"):
            raise RuntimeError
        assert (tmp_path / "a").is_dir()

    def test_what_was_written_stays(self, tmp_path: Path) -> None:
        def fail(folder: Path) -> None:
            (folder / "done").write_text("whole")
            raise RuntimeError

        with pytest.raises(RuntimeError), output_folder(tmp_path / "a") as folder:
            fail(folder)
        assert (tmp_path / "a" / "done").read_text() == "whole"

    def test_half_of_the_way_is_taken_away_too(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("")
        with pytest.raises(FileError), output_folder(tmp_path / "a" / "b" / "c"):
            pytest.fail("the folder cannot be there")
        assert [p.name for p in tmp_path.iterdir()] == ["a"]


class TestStaged:
    def test_everything_comes_into_its_place_at_the_end(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_text("old")
        with staged(tmp_path) as stage:
            (stage / "x").write_text("new")
            (stage / "y").write_text("new")
            assert (tmp_path / "x").read_text() == "old"
        assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"x": "new", "y": "new"}

    def test_nothing_comes_when_the_work_fails(self, tmp_path: Path) -> None:
        def fail(folder: Path) -> None:
            (folder / "x").write_text("new")
            raise RuntimeError

        (tmp_path / "x").write_text("old")
        with pytest.raises(RuntimeError), staged(tmp_path) as stage:
            fail(stage)
        assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"x": "old"}

    def test_a_file_that_finds_no_room_is_named_by_its_place(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match="cannot be written") as caught, staged(tmp_path) as stage:
            write_text(stage / "none" / "x", "new")
        assert caught.value.file == str(tmp_path / "none" / "x")

    def test_a_folder_in_a_file_s_place(self, tmp_path: Path) -> None:
        (tmp_path / "x").mkdir()
        with pytest.raises(FileError, match="x: cannot be written"), staged(tmp_path) as stage:
            (stage / "x").write_text("new")
        assert [p.name for p in tmp_path.iterdir()] == ["x"]


class TestTogether:
    """Files of several folders come together, and those that are stale go with them."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        write_together({tmp_path / name: b"old" for name in ("a", "b", "stale", "in/c")})
        return tmp_path

    @staticmethod
    def contents(folder: Path) -> dict[str, str]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_text() for path in files}

    @staticmethod
    def write(folder: Path) -> None:
        new = {folder / name: b"new" for name in ("a", "in/c", "made/here/d", "b")}
        write_together(new, stale=[folder / "stale", folder / "none", folder / "in", folder / "a"])

    def test_all_of_it(self, folder: Path) -> None:
        self.write(folder)
        assert self.contents(folder) == dict.fromkeys(("a", "b", "in/c", "made/here/d"), "new")

    @pytest.mark.parametrize("error", [OSError(1, "Operation not permitted"), KeyboardInterrupt()])
    @pytest.mark.parametrize("links", [True, False])
    def test_or_nothing_wherever_it_stops(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, links: bool
    ) -> None:
        before, replace = self.contents(folder), Path.replace
        left = 0

        def replace_so_often(path: Path, target: Path) -> Path:
            nonlocal left
            left -= 1
            if left == 0:
                raise error
            return replace(path, target)

        def no_links(path: Path, target: Path) -> None:
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(Path, "replace", replace_so_often)
        if not links:
            monkeypatch.setattr(Path, "hardlink_to", no_links)
        renamed = 4 if links else 8
        for times in range(1, renamed + 1):
            left = times
            expected = FileError if isinstance(error, OSError) else type(error)
            with pytest.raises(expected):
                self.write(folder)
            assert self.contents(folder) == before, times
            assert not (folder / "made").exists()
        left = renamed + 1
        self.write(folder)
        assert left == 1
        assert self.contents(folder) == dict.fromkeys(("a", "b", "in/c", "made/here/d"), "new")
