"""Wheels that take the place of those of a package index, made from what is installed here: an installer finds names, versions and needs in them."""

from __future__ import annotations

import email
import re
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path


def stand_in(name: str, folder: Path, *, version: str | None = None, script: str | None = None) -> Path:
    """Write a wheel of this name without any module, of the version that is installed; `script` is a command that it brings along."""
    known = version or distribution(name).version
    stem = f"{re.sub('[-_.]+', '_', name).lower()}-{known}"
    content = {
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {known}\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if script is not None:
        content[f"{stem}.data/scripts/{name}"] = script
    return _written(
        folder / f"{stem}-py3-none-any.whl", f"{stem}.dist-info", {k: v.encode() for k, v in content.items()}
    )


def repacked(name: str, folder: Path) -> Path:
    """Write a wheel of a package in pure Python with all of its modules, as it is installed."""
    known = distribution(name)
    inside = {str(file): file.locate().read_bytes() for file in known.files or () if _belongs(str(file))}
    (wheel,) = (path for path in inside if path.endswith(".dist-info/WHEEL"))
    tag = email.message_from_bytes(inside[wheel])["Tag"]
    info = wheel.removesuffix("/WHEEL")
    return _written(folder / f"{info.removesuffix('.dist-info')}-{tag}.whl", info, inside)


def needed(name: str) -> Iterable[str]:
    """Name a package, and all that it needs here."""
    from packaging.requirements import Requirement

    waiting, seen = [name], set[str]()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        known: Distribution = distribution(one)
        wanted = map(Requirement, known.requires or ())
        waiting += [r.name for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]
    return sorted(seen)


def _belongs(path: str) -> bool:
    installers = ("/RECORD", "/INSTALLER", "/REQUESTED", "/direct_url.json")
    return not path.startswith("..") and not path.endswith((".pyc", *installers))


def _written(path: Path, info: str, content: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100755 if ".data/scripts/" in name else 0o100644) << 16
            archive.writestr(entry, data)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in (*content, f"{info}/RECORD")))
    return path
