"""The list of an output folder's files with their hashes, by which a change of any of them is seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fairaudit.errors import FileError, clipped, printable
from fairaudit.spelling import command
from fairaudit.version import __version__

MANIFEST = "manifest.json"
_SCHEMA = "fairaudit/manifest/1"
_AT_ONCE = 1 << 20


class FilePart(BaseModel):
    """A file as it was written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class Manifest(BaseModel):
    """``manifest.json``: `files` by their names within the folder."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: str = Field(default=_SCHEMA, alias="schema", pattern=f"^{_SCHEMA}$")
    fairaudit: str
    files: dict[str, FilePart]


def manifest(folder: Path, paths: Mapping[str, Path], contents: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """List the files of a folder, with their hashes and sizes; return the list's content by its path.

    Parameters
    ----------
    paths
        Files that may be there, by their names within the folder.
    contents
        Of those that are yet to be written.
    """
    files = {
        name: _part_of(contents[path]) if path in contents else _part(path)
        for name, path in sorted(paths.items())
        if path in contents or path.is_file()
    }
    return _content(folder, files)


def renewed(folder: Path, name: str, content: bytes) -> dict[Path, bytes]:
    """List a file that is written anew by what is written, where the folder has a list; return the list's content by its path."""
    listed = _read(folder / MANIFEST)
    if listed is None:
        return {}
    return _content(folder, {**listed.files, name: _part_of(content)})


def changed_files(folder: Path, *, but: str = "") -> list[str]:
    """Say which files of a folder are no longer as its list says, or gone; empty where there is no list.

    Parameters
    ----------
    but
        A file that is not looked at.

    Raises
    ------
    FileError
        If the list cannot be read.
    """
    listed = _read(folder / MANIFEST)
    problems = []
    for name, part in listed.files.items() if listed else ():
        path, shown = folder / name, f"{folder}/{printable(clipped(name, most=200))}"
        if name == but:
            continue
        try:
            if not path.is_file():
                problems.append(f"{shown} is gone, and {MANIFEST} lists it")
            elif path.stat().st_size != part.bytes or _part(path) != part:
                problems.append(f"{shown} was changed since {MANIFEST} was written")
        except OSError as error:
            problems.append(f"{shown} cannot be read: {error.strerror or error}")
    return problems


def _content(folder: Path, files: Mapping[str, FilePart]) -> dict[Path, bytes]:
    listed = Manifest(fairaudit=__version__, files=dict(sorted(files.items())))
    text = json.dumps(listed.model_dump(by_alias=True), indent=2, ensure_ascii=False)
    return {folder / MANIFEST: f"{text}\n".encode()}


def _part_of(content: bytes) -> FilePart:
    return FilePart(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def _part(path: Path) -> FilePart:
    size, sha256 = 0, hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(_AT_ONCE):
            sha256.update(chunk)
            size += len(chunk)
    return FilePart(sha256=sha256.hexdigest(), bytes=size)


def _read(path: Path) -> Manifest | None:
    """Read a list; names that lead out of the folder are refused, as a stranger may have written it."""
    if not path.is_file():
        return None
    try:
        listed = Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValueError, ValidationError, RecursionError):
        raise FileError(
            str(path), "is no list of files as fairaudit writes it", hint=f"Run {command('card')} again"
        ) from None
    for name in listed.files:
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts or "\\" in name or "\0" in name or not name:
            raise FileError(str(path), f"names {clipped(name)!r}, which is no file of the folder")
    return listed
