"""Files that something has damaged: a clean refusal, or an answer; never a traceback, half a file or a number that is none."""

from __future__ import annotations

import gzip
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from running import run_main

from fuzz import searching, strategies, trial
from fuzz.meaning import Case
from fuzz.trial import OUT, Tally
from fuzz.writing import FILE_KINDS, write

PIECES = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'"',
    b'""',
    b"'",
    b"\\",
    b"\r",
    b"\n",
    b"\r\n",
    b",",
    b";",
    b"\t",
    b"\x1b[2J",
    b"\x85",
    b"\xc3",
    b"NaN",
    b"inf",
    b"-Infinity",
    b"1e999",
    b"null",
    b"{",
    b"[[[[",
    b"PAR1",
    b"\x1f\x8b",
    b"9" * 400,
)
ENCODINGS = ("utf-16", "utf-16-le", "latin-1", "cp1252", "utf-7", "utf-8-sig", "cp500", "utf-32")


@dataclass(frozen=True, kw_only=True)
class Damage:
    """What is done to a file: `kind`, where (a share of its length), how much, and with what."""

    kind: str
    place: float
    length: int
    piece: bytes
    encoding: str

    def apply(self, content: bytes) -> bytes:
        at = int(self.place * len(content))
        end = at + self.length
        match self.kind:
            case "truncate":
                return content[:at]
            case "insert":
                return content[:at] + self.piece + content[at:]
            case "replace":
                return content[:at] + self.piece + content[at + len(self.piece) :]
            case "delete":
                return content[:at] + content[end:]
            case "swap":
                other = end + self.length
                return content[:at] + content[end:other] + content[at:end] + content[other:]
            case "repeat":
                return content[:end] + content[at:]
            case "flip":
                return content[:at] + bytes(b ^ 0x20 for b in content[at:end]) + content[end:]
            case "append":
                return content + self.piece
            case "line ends":
                return content.replace(b"\n", self.piece)
            case _:
                return content.decode("utf-8", "replace").encode(self.encoding, "replace")


damages = st.builds(
    Damage,
    kind=st.sampled_from(
        (
            "truncate",
            "insert",
            "insert",
            "replace",
            "delete",
            "swap",
            "repeat",
            "flip",
            "append",
            "line ends",
            "encode",
        )
    ),
    place=st.floats(0, 1),
    length=st.integers(1, 40),
    piece=st.one_of(st.sampled_from(PIECES), st.sampled_from(PIECES), st.binary(min_size=1, max_size=6)),
    encoding=st.sampled_from(ENCODINGS),
)


@st.composite
def damaged(draw: st.DrawFn, kinds: tuple[str, ...]) -> tuple[Case, list[Damage], bool]:
    case = draw(strategies.cases(kinds=kinds, commands=("group", "group", "group", "slice", "bias")))
    return case, draw(st.lists(damages, min_size=1, max_size=2)), draw(st.booleans())


def put(drawn: tuple[Case, list[Damage], bool], tally: Tally) -> None:
    case, done, inside = drawn
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = write(case.table, case.writing, folder)
        content = file.read_bytes()
        packed = case.writing.compressed and inside
        content = gzip.decompress(content) if packed else content
        for damage in done:
            content = damage.apply(content)
        file.write_bytes(gzip.compress(content) if packed else content)
        outcome(folder, trial.command_line(case, file.name), tally)


def outcome(folder: Path, words: list[str], tally: Tally, **how: Any) -> None:
    """Run a command, and see that it ends as it may."""
    before = {path.name for path in folder.iterdir()}
    ran = run_main(*words, cwd=folder, **how)
    if ran.code == 2:
        sentence = trial.refused(ran, folder, before)
        tally.refused[trial.kind_of_refusal(sentence)] += 1
        return
    assert ran.code in (0, 1, 3), ran
    trial.printed_safely(ran.out)
    trial.said(ran.err)
    for path in (folder / OUT).glob("*.json") if (folder / OUT).is_dir() else ():
        trial.checked(path.stem, path.read_text("utf-8"))
    tally.completed += 1
    tally.commands[words[0]] += 1


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_damaged_files(kind: str, tally: Tally) -> None:
    searching.search(lambda drawn: put(drawn, tally), damaged((kind,)), examples=9)


@searching.long
def test_many_damaged_files(tally: Tally) -> None:
    kinds = ("csv", "csv", "csv", "jsonl", "parquet")
    searching.search_long(
        lambda drawn: put(drawn, tally),
        damaged(kinds),
        enough=lambda: tally.completed + tally.refused.total() >= searching.WANTED // 3,
    )
