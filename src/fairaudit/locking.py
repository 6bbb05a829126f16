"""Who is at work in a folder, and what those who were killed there have left behind.

A lock is one of the system's on an open file, so that it goes with the process that holds it, however that ends; numbers of processes,
which are given again, play no part. On a system, or a file system, that has no such locks, nobody waits, and nothing is cleared away.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

from fairaudit.errors import FileError
from fairaudit.spelling import setting

LOCK = ".fairaudit.lock"
"""In a folder in which files are written, while they are."""
PART_PREFIX, PART_SUFFIX = ".fairaudit.", ".part"
"""Of what is not whole yet, in a folder that is locked."""
MOST_SECONDS = 5.0
"""How long one run waits for another."""
_PAUSE = 0.05
_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
"""No link is followed to where a stranger wants it, and no other program gets the open file."""
_SCRATCH = re.compile(r"fairaudit-[a-z0-9_]{8}")
_SCRATCH_LOCK = "fairaudit.lock"
_held: dict[Path, tuple[int | None, int]] = {}
"""What this process has locked: the open file, and how often it is held."""
_guard = threading.RLock()


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other runs from writing into a folder, and clear away what killed ones have left in it; a run may hold it several times.

    Raises
    ------
    FileError
        If another run holds the folder for longer than some seconds.
    """
    place = folder.resolve()
    with _guard:
        file, times = _held.get(place, (None, 0))
        if times == 0:
            file = _locked(place / LOCK, shown=folder)
            if file is not None:
                _clear(place)
        _held[place] = (file, times + 1)
    try:
        yield
    finally:
        with _guard:
            file, times = _held.pop(place)
            if times > 1:
                _held[place] = (file, times - 1)
            elif file is not None:
                # While it is locked, so that nobody can hold a lock that is no longer the folder's.
                with contextlib.suppress(OSError):
                    (place / LOCK).unlink()
                os.close(file)


def _locked(path: Path, *, shown: Path) -> int | None:
    """Lock a file, which is made for it; ``None`` where that is impossible."""
    begun = time.monotonic()
    while True:
        try:
            file = _opened(path)
        except OSError:
            # Whoever cannot write here is told so when it is tried.
            return None
        try:
            _lock(file)
            if _is_at(file, path):
                return file
            # The one before has taken its lock away in the meantime.
            os.close(file)
        except BlockingIOError:
            os.close(file)
            if time.monotonic() - begun > MOST_SECONDS:
                raise FileError(
                    str(shown),
                    "another run of fairaudit is writing into this folder",
                    hint=f"Wait for it, or name another folder by {setting('out')}",
                ) from None
            time.sleep(_PAUSE)
        except OSError:
            os.close(file)
            with contextlib.suppress(OSError):
                path.unlink()
            return None


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CREAT | _SAFELY, 0o644)
    except PermissionError:
        # In a folder such as /tmp another user's file is opened only by whoever does not ask to make it.
        return os.open(path, os.O_RDONLY | _SAFELY)


def _lock(file: int) -> None:
    """Lock an open file without waiting; raise an OSError where that is impossible, of which a BlockingIOError says that another has it."""
    try:
        import fcntl
    except ImportError:  # Windows
        raise OSError("there are no such locks") from None
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def _clear(folder: Path) -> None:
    """Remove what is not whole; as the folder is locked, nobody is writing it any more."""
    for path in folder.glob(f"{PART_PREFIX}*{PART_SUFFIX}"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()


class Scratch:
    """A temporary folder, which goes when nothing refers to it any more or the program ends; if that is killed, with the next run.

    Attributes
    ----------
    path
        Where it is.
    """

    def __init__(self, within: Path | None = None) -> None:
        """Make it.

        Parameters
        ----------
        within
            The folder in which to make it; left out, that of the system.

        Raises
        ------
        FileError
            If that is impossible.
        """
        folder = Path(tempfile.gettempdir()) if within is None else within.absolute()
        _clear_scratches(folder)
        try:
            self.path = Path(tempfile.mkdtemp(prefix="fairaudit-", dir=folder))
            lock = _marked(self.path)
        except (OSError, ValueError) as error:
            raise FileError(
                "the temporary folder" if within is None else str(within),
                f"cannot be written to: {getattr(error, 'strerror', None) or error}",
                hint=f"Name another folder by {setting('temp_dir')}",
            ) from None
        self._end = weakref.finalize(self, _remove, self.path, lock)

    def remove(self) -> None:
        """Remove it now."""
        self._end()


_cleared: set[Path] = set()
"""The folders in which this process has looked for what killed ones have left."""


def _marked(folder: Path) -> int | None:
    """Put a lock into a temporary folder; it has its name only once it is locked."""
    own = folder / f"{_SCRATCH_LOCK}.new"
    file = os.open(own, os.O_RDONLY | os.O_CREAT | os.O_EXCL | _SAFELY, 0o600)
    try:
        _lock(file)
        own.rename(folder / _SCRATCH_LOCK)
    except OSError:
        os.close(file)
        own.unlink(missing_ok=True)
        return None
    return file


def _remove(folder: Path, file: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if file is not None:
        os.close(file)


def _clear_scratches(within: Path) -> None:
    """Remove, once in a process, the temporary folders of this user in a folder whose processes are gone."""
    if within in _cleared or not hasattr(os, "geteuid"):
        return
    _cleared.add(within)
    with contextlib.suppress(OSError, ValueError), os.scandir(within) as entries:
        for entry in entries:
            if _SCRATCH.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                _clear_scratch(Path(entry.path))


def _clear_scratch(folder: Path) -> None:
    """Remove a temporary folder, if it is this user's and has a lock that nobody holds."""
    with contextlib.suppress(OSError):
        if folder.stat(follow_symlinks=False).st_uid != os.geteuid():
            return
        file = os.open(folder / _SCRATCH_LOCK, os.O_RDONLY | _SAFELY)
        try:
            _lock(file)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(file)
