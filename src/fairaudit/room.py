"""What ends work for want of room: a full disk, or too little memory; whatever library says so, it is one sentence."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from fairaudit.errors import FairauditError, FileError
from fairaudit.spelling import setting

_FULL = tuple(getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EFBIG") if hasattr(errno, name))
_NO_MORE_MEMORY = "this needs more memory than there is"


def refuse_full(error: BaseException) -> None:
    """Say that the temporary folder is full, if that is what an error in using it comes from.

    Raises
    ------
    FileError
        If it is.
    """
    if _is_full(error):
        raise FileError(
            "the temporary folder",
            "has no room left for what does not fit into memory",
            hint=f"Make room there, name another folder by {setting('temp_dir')}, or allow more memory by {setting('memory_limit')}",
        ) from None


@contextmanager
def enough_room() -> Iterator[None]:
    """Turn what is raised for want of room into one error; any other is raised as it is."""
    try:
        yield
    except FairauditError:
        raise
    except Exception as error:
        # The first may be followed by another, of whoever cleans up.
        for cause in _chain(error):
            refuse_full(cause)
            if isinstance(cause, MemoryError):
                raise FairauditError(f"{_NO_MORE_MEMORY}.") from None
            if isinstance(cause, _database_error("OutOfMemoryException")):
                hint = f" Allow more by {setting('memory_limit')}." if " used)" in str(cause) else ""
                raise FairauditError(f"{_NO_MORE_MEMORY}.{hint}") from None
        raise


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    # DuckDB keeps a tenth of the disk free for others, and counts that as memory.
    signs = ("max_temp_directory_size", *map(os.strerror, _FULL))
    return isinstance(error, _database_error("Error")) and any(sign in str(error) for sign in signs)


def _database_error(name: str) -> type[BaseException]:
    """Return a kind of error of the database; where that was never loaded, it has none."""
    kind: type[BaseException] = getattr(sys.modules.get("duckdb"), name, MemoryError)
    return kind


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those amid which it was raised."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
