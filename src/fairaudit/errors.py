"""Every error that is raised on purpose.

Each one carries the facts (file, column, row, value, what would be right) and writes its own sentence. The command
line is the only place that catches them; anything else that is raised is a bug and shows its traceback.
"""

from __future__ import annotations

import difflib
import itertools
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

LISTED = 12
"""How many alternatives an error message names before it says how many more there are."""
MOST_FILES = 10_000
"""Among so many files of a folder the nearest one is looked for; among more that would take its time."""
MEANT = 3
"""How many names that have a typed word as a part are proposed together."""


class FairauditError(Exception):
    """Wrong input or wrong usage: something that the user can put right.

    Its text is one line of plain words, free of control characters.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(printable(sentence))


class FileError(FairauditError):
    """A file that cannot be read or written."""

    def __init__(self, file: str, problem: str, *, hint: str = "") -> None:
        super().__init__(join_sentences(f"{file}: {problem}", hint))
        self.file = file
        self._parts = (problem, hint)

    def about(self, file: str) -> FileError:
        """Return the same of another file, such as the one that this one was to be."""
        problem, hint = self._parts
        return FileError(file, problem, hint=hint)


def not_utf8(file: str, error: UnicodeDecodeError, *, hint: str = "") -> FileError:
    r"""Say on which line the content of a file is no UTF-8, and after what.

    >>> try:
    ...     b"tau = 0.8\n# gr\xf6ss".decode("utf-8")
    ... except UnicodeDecodeError as error:
    ...     print(not_utf8("fairaudit.toml", error))
    fairaudit.toml: line 2 is not UTF-8 after '# gr'. Save the file as UTF-8.
    """
    content = bytes(error.object)
    save = "Save the file as UTF-8"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return FileError(file, "is written in UTF-16", hint=join_sentences(save, hint))
    *above, line = content[: error.start].split(b"\n")
    before = line.decode("utf-8", errors="ignore").removeprefix("\ufeff")[-30:]
    where = f"after {before!r}" if before else "at its beginning"
    return FileError(file, f"line {len(above) + 1:,} is not UTF-8 {where}", hint=join_sentences(save, hint))


class RowError(FairauditError):
    """A line of a file that is not what the header promised."""

    def __init__(self, file: str, line: int, problem: str, *, hint: str = "") -> None:
        super().__init__(join_sentences(f"{file}, line {line}: {problem}", hint))
        self.file = file
        self.line = line


class ColumnMissing(FairauditError):
    """A column that was asked for and is not there."""

    def __init__(self, file: str, column: str, columns: Sequence[str], *, hint: str = "") -> None:
        nearest = did_you_mean(column, columns)
        super().__init__(
            join_sentences(
                f"{file} has no column {clipped(column, most=200)!r}",
                nearest,
                f"Its columns are {listed(columns)}",
                hint,
            )
        )
        self.file = file
        self.column = column


class ColumnAmbiguous(FairauditError):
    """A column that was asked for by a name that several share."""

    def __init__(self, file: str, column: str, problem: str, *, hint: str = "") -> None:
        super().__init__(
            join_sentences(
                f"{file} has more than one column {column!r}: {problem}",
                f"Give one of them another name, or leave them out{f' by {hint}' if hint else ''}",
            )
        )
        self.file = file
        self.column = column


class ColumnError(FairauditError):
    """A column whose values cannot serve in the role that it was given."""

    def __init__(self, file: str, column: str, problem: str, *, hint: str = "") -> None:
        super().__init__(join_sentences(f"{file}, column {column!r}: {problem}", hint))
        self.file = file
        self.column = column
        self.problem = problem


class OptionError(FairauditError):
    """A setting, or a combination of settings, that makes no sense.

    What it is called is written by `fairaudit.spelling.setting`; where a sentence begins with an argument, the sign after it says nothing.
    """

    def __init__(self, option: str, problem: str, *, hint: str = "") -> None:
        option = option.replace("=, ", ", ").removesuffix("=")
        super().__init__(join_sentences(f"{option}: {problem}", hint))
        self.option = option
        self._parts = (problem, hint)

    def about(self, option: str) -> OptionError:
        """Return the same mistake of another setting."""
        problem, hint = self._parts
        return OptionError(option, problem, hint=hint)


class GateError(FairauditError):
    """A gate that makes no sense, or that the input cannot answer."""

    def __init__(self, gate: str, problem: str, *, file: str = "", hint: str = "") -> None:
        where = f"{file}, {gate}" if file else gate
        super().__init__(join_sentences(f"{where}: {problem}", hint))
        self.gate = gate
        self.file = file


class GroupMissing(FairauditError):
    """A reference group that no row belongs to."""

    def __init__(self, attribute: str, group: str, groups: Sequence[str]) -> None:
        super().__init__(
            join_sentences(
                f"attribute {attribute!r} has no group {group!r}",
                did_you_mean(group, groups),
                f"Its groups are {listed(groups)}",
            )
        )
        self.attribute = attribute
        self.group = group


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the known word nearest to a mistyped one, or a few that have it as a part, or nothing.

    >>> did_you_mean("rcae", ["race", "sex"]), did_you_mean("lable", ["table", "label"])
    ("Did you mean 'race'?", "Did you mean 'label'?")
    >>> did_you_mean("score", ["score_text", "decile_score", "sex"])
    "Did you mean 'score_text' or 'decile_score'?"
    """
    folded = {name.casefold(): str(name) for name in known}
    typed = word.casefold()
    # Letters in another order are the more usual slip than another letter.
    swapped = [name for name in folded if sorted(name) == sorted(typed)]
    longer = [name for name in folded if typed in re.split(r"[\W_]+", name)]
    if not swapped and 0 < len(longer) <= MEANT:
        *others, last = (repr(folded[name]) for name in longer)
        return f"Did you mean {' or '.join(filter(None, [', '.join(others), last]))}?"
    nearest = difflib.get_close_matches(typed, swapped or folded, n=1, cutoff=0.6)
    return f"Did you mean {folded[nearest[0]]!r}?" if nearest else ""


def nearest_file(path: str | os.PathLike[str]) -> str:
    """Name the file, or the folder on the way to it, that is nearest to one that is not there, or say that it is a link to nothing; or nothing."""
    try:
        *_, (folder, name) = ((p.parent, p.name) for p in (Path(path), *Path(path).parents) if not p.exists())
        if (folder / name).is_symlink():
            return f"{clipped(name)!r} is a link to {clipped(str((folder / name).readlink()))!r}, where nothing is"
        with os.scandir(folder) as entries:
            return did_you_mean(name, sorted(entry.name for entry in itertools.islice(entries, MOST_FILES)))
    except (OSError, ValueError):
        # All of it is there, or nothing may be looked at; or it is no name.
        return ""


def header_again(column: str, values: Iterable[str]) -> str:
    """Ask whether the names of columns stand among the rows, where one of a column's values is its name, as in files that were put together.

    >>> header_again("age", ["31", "age"])
    "Does the file hold its header a second time? 'age' is the column's name"
    >>> header_again("age", ["31", "old"])
    ''
    """
    again = f"Does the file hold its header a second time? {clipped(column)!r} is the column's name"
    return again if column in values else ""


def listed(names: Sequence[str], *, most: int = LISTED) -> str:
    """List names in quotes, and count those that are left out.

    >>> listed(["a", "b"])
    "'a', 'b'"
    >>> listed(list("abcd"), most=2)
    "'a', 'b' and 2 more"
    """
    shown = ", ".join(repr(clipped(str(name))) for name in names[:most])
    rest = len(names) - most
    return f"{shown} and {rest:,} more" if rest > 0 else shown or "none"


FROM_OTHERS = (Exception, SystemExit)
"""What code of others may raise; the last would end the program as if it had done its work."""


def one_line(message: object) -> str:
    """Write what somebody else's error or warning says in one line, and not without end."""
    return clipped(" ".join(str(message).split()), most=1000)


def clipped(text: str, *, most: int = 60) -> str:
    """Cut a long value in the middle of a message; the cut is visible."""
    return text if len(text) <= most else text[: most - 1] + "…"


def written(number: float | None) -> str:
    """Write a number with all its digits, as one more or less can be another number; a whole one without a point.

    >>> written(0.5), written(10.0), written(0.30000000000000004)
    ('0.5', '10', '0.30000000000000004')
    """
    return repr(number).removesuffix(".0")


def join_sentences(*sentences: str) -> str:
    """Join sentences, each with its full stop."""
    return " ".join(s if s.endswith((".", "?", "!")) else f"{s}." for s in map(str.strip, sentences) if s)


def printable(text: str) -> str:
    r"""Write control and formatting characters as escapes, so that a stranger's value cannot drive a terminal.

    >>> printable("a\x1b[31mb\n")
    'a\\x1b[31mb\\n'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
