"""Files are written whole or not at all: beside their place first, then renamed."""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from fairaudit.errors import FileError, OptionError, clipped
from fairaudit.locking import PART_PREFIX, PART_SUFFIX, held
from fairaudit.spelling import setting


def make_folder(folder: Path, *, option: str = "out") -> Path:
    """Make a folder for output, which `option` names, and make sure that files can be written there.

    Raises
    ------
    FileError
        If that is impossible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with held(folder):
            tempfile.TemporaryFile(prefix=PART_PREFIX, suffix=PART_SUFFIX, dir=folder).close()
    except (OSError, ValueError) as error:
        # A path with a null character is a ValueError.
        raise FileError(
            str(folder),
            f"cannot be written to: {getattr(error, 'strerror', None) or error}",
            hint=f"Name another folder by {setting(option)}",
        ) from None
    return folder


@contextlib.contextmanager
def output_folder(folder: Path, *, option: str = "out") -> Iterator[Path]:
    """Make a folder for output; if the work fails, what was made and stayed empty is taken away again.

    Raises
    ------
    FileError
        If the folder cannot be made or written to.
    """
    lacking: list[Path] = []
    # A name that is too long cannot even be looked for; making the folder says so.
    with contextlib.suppress(OSError):
        lacking = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        yield make_folder(folder, option=option)
    except BaseException:
        for place in lacking:
            with contextlib.suppress(OSError):
                place.rmdir()
        raise


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Yield an empty folder whose files are put into `folder` at the end, unless the work fails.

    Raises
    ------
    FileError
        If a file cannot be put there.
    """
    with (
        held(folder),
        tempfile.TemporaryDirectory(prefix=PART_PREFIX, suffix=PART_SUFFIX, dir=folder) as stage,
    ):
        try:
            yield Path(stage)
        except FileError as error:
            # Nobody knows the folder in between.
            if Path(error.file).is_relative_to(stage):
                raise error.about(str(folder / Path(error.file).relative_to(stage))) from None
            raise
        with contextlib.ExitStack() as made:
            parts = {}
            for file in sorted(path for path in Path(stage).rglob("*") if path.is_file()):
                place = folder / file.relative_to(stage)
                made.enter_context(output_folder(place.parent))
                _refuse_folder(place)
                parts[place] = file
            _put_together(parts)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    FileError
        If it cannot be written; what stood there stays.
    """
    write_with(path, functools.partial(_fill, content=content))


def write_text(path: Path, content: str) -> None:
    """Write text as UTF-8 with plain newlines, whole or not at all."""
    write_bytes(path, content.encode("utf-8"))


def write_files(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files of these names into a folder: all of them or, where one finds no room, none.

    Raises
    ------
    FileError
        If one cannot be written; what stood in the places of all stays.
    """
    return write_together({folder / name: content for name, content in files.items()})


def write_together(files: Mapping[Path, bytes], *, stale: Iterable[Path] = ()) -> tuple[Path, ...]:
    """Write files into their folders, which are made, and take others away: all of it, or nothing where one finds no room or the work is interrupted.

    Parameters
    ----------
    stale
        Files that may be there, and would tell beside the new ones what is no longer so.

    Returns
    -------
    tuple
        The paths of the files that were written.

    Raises
    ------
    FileError
        If one cannot be written; what stood in the places of all stays.
    """
    with contextlib.ExitStack() as stack:
        for folder in dict.fromkeys(path.parent for path in files):
            if not folder.is_dir():
                stack.enter_context(output_folder(folder))
        parts = {
            path: stack.enter_context(_part_of(path, functools.partial(_fill, content=content)))
            for path, content in files.items()
        }
        _put_together(parts, [path for path in stale if path not in files and not path.is_dir()])
    return tuple(files)


def append_text(path: Path, content: str) -> None:
    """Add text to the end of a file that others add to as well.

    Raises
    ------
    FileError
        If that is impossible.
    """
    try:
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(content)
    except OSError as error:
        raise FileError(str(path), f"cannot be written: {error.strerror or error}") from None


def write_with(path: Path, writer: Callable[[Path], object]) -> None:
    """Let a function write a file beside its place, then put it there.

    Raises
    ------
    FileError
        If it cannot be written; what stood there stays.
    """
    with _part_of(path, writer) as part:
        _put(part, path)


@contextlib.contextmanager
def _part_of(path: Path, writer: Callable[[Path], object]) -> Iterator[Path]:
    """Let a function write a file beside its place, and take it away at the end if it is still there."""
    _refuse_folder(path)
    part = _beside(path)
    with held(path.parent):
        try:
            try:
                writer(part)
            except OSError as error:
                raise _unwritten(path, error) from None
            yield part
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    """Name a file beside another one, which is cleared away should nobody come to it."""
    return path.with_name(f"{PART_PREFIX}{uuid.uuid4().hex[:8]}{PART_SUFFIX}")


def _refuse_folder(path: Path) -> None:
    if not path.name or path.is_dir():
        raise FileError(str(path), "cannot be written: it is a folder", hint="Name a file")


def _fill(part: Path, *, content: bytes) -> None:
    part.write_bytes(content)


def _put(part: Path, path: Path) -> None:
    try:
        part.replace(path)
    except OSError as error:
        raise _unwritten(path, error) from None


def _put_together(parts: Mapping[Path, Path], stale: Iterable[Path] = ()) -> None:
    """Put files that lie beside their places there, and take others away; if it fails half way, all is put back as it was."""
    with contextlib.ExitStack() as cleared, contextlib.ExitStack() as undone:
        for path in (*parts, *stale):
            kept, was_there = _beside(path), os.path.lexists(path)
            cleared.callback(_remove, kept)
            undone.callback(_put_back, path, kept, was_there=was_there)
            try:
                if was_there:
                    _keep(path, kept)
                if path not in parts:
                    path.unlink(missing_ok=True)
            except OSError as error:
                raise _unwritten(path, error) from None
            if path in parts:
                _put(parts[path], path)
        undone.pop_all()


def _keep(path: Path, kept: Path) -> None:
    """Let a file have a second name, so that it is never missing in its place; where there are no such names it has the other alone."""
    if not path.is_symlink():
        with contextlib.suppress(OSError):
            kept.hardlink_to(path)
            return
    path.replace(kept)


def _put_back(path: Path, kept: Path, *, was_there: bool) -> None:
    with contextlib.suppress(OSError):
        if os.path.lexists(kept):
            kept.replace(path)
        elif not was_there:
            path.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _unwritten(path: Path, error: OSError) -> FileError:
    return FileError(str(path), f"cannot be written: {error.strerror or error}")


def refuse_target(
    path: Path, option: str, *, others: Iterable[Path] = (), makes_folder: bool = False
) -> None:
    """Refuse a file to be written, before any work is done, if it cannot be one or would take the place of another.

    Parameters
    ----------
    option
        Which named it.
    others
        Files that must stay: what is read, and what else is written.
    makes_folder
        Whether its folder is made where it is not there.

    Raises
    ------
    OptionError
        If its folder is not there and cannot be made, it is a folder or no regular file, or one of the others.
    """
    try:
        if not path.name or path.is_dir():
            raise OptionError(option, f"{clipped(str(path))} is a folder", hint="Name a file")
        there = next(folder for folder in path.parents if folder.exists() or folder == folder.parent)
        if not path.parent.is_dir() and not (makes_folder and there.is_dir()):
            raise OptionError(
                option, f"there is no folder {clipped(str(there if makes_folder else path.parent))}"
            )
        if path.exists() and not path.is_file():
            raise OptionError(option, f"{clipped(str(path))} is no regular file")
        taken = next((other for other in others if path.resolve() == other.resolve()), None)
    except OSError as error:
        raise OptionError(option, f"{clipped(str(path))} cannot be written: {error.strerror}") from None
    if taken is not None:
        raise OptionError(
            option, f"{clipped(str(path))} would take the place of a file that is read or written"
        )


def refuse_replacing(source: str, folder: Path, *names: str) -> None:
    """Refuse to write files of these names into a folder if the one that is read is among them: its rows would be lost.

    Raises
    ------
    FileError
        If it is. A link to it would be replaced too, which nobody means either.
    """
    # An input that cannot be looked at is told by whoever opens it.
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        read = Path(source)
        places = {read.resolve(), read.parent.resolve() / read.name}
        targets = {name: folder.resolve() / name for name in names}
        if taken := next((name for name, target in targets.items() if target in places), None):
            raise FileError(
                source,
                f"is read, and {taken} would be written in its place",
                hint=f"Name another folder by {setting('out')}",
            )
