"""What was found while reading that a reader of the numbers has to know: told once on stderr, and kept in the documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairaudit.errors import clipped, listed
from fairaudit.spelling import setting
from fairaudit.texts import composed

LISTED_VALUES = 6
"""How many values a note names before it says how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A fact about the data, with its counts.

    Attributes
    ----------
    sentence
        One line, without its full stop, that begins with what it is about: ``income: 1 of 3,000 values is 'NA', read as missing``.
    warning
        Whether the numbers may well be wrong until somebody has looked.
    """

    sentence: str
    warning: bool = False


def distinct(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Keep each note once, warnings first."""
    return tuple(sorted(dict.fromkeys(notes), key=lambda note: not note.warning))


def marks_option(marks: Iterable[str]) -> str:
    """Write the option that says what stands for a missing value, as it is typed in a shell; empty if no comma list can say it.

    >>> marks_option(["NA", "Exempt"]), marks_option(["<10"]), marks_option(["12,5"])
    ('--na-values NA,Exempt', "--na-values '<10'", '')
    """
    named = tuple(marks)
    sayable = all(mark.isprintable() and "," not in mark for mark in named)
    return setting("na_values", ",".join(named)) if named and sayable else ""


def counted(values: Mapping[str, int]) -> str:
    """List values with their counts, most frequent first.

    >>> counted({"No": 3000, "no": 2})
    "'No' (3,000) and 'no' (2)"
    """
    ordered = sorted(values.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{clipped(value)!r} ({number:,})" for value, number in ordered[:LISTED_VALUES]]
    if rest := len(ordered) - len(shown):
        shown.append(f"{rest:,} more")
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0] if shown else "none"


def no_numbers(number: int, rows: int) -> str:
    """Count values that are no numbers."""
    return f"{number:,} of {rows:,} values {'is no number' if number == 1 else 'are no numbers'}"


def tidied(columns: Sequence[str]) -> tuple[Note, ...]:
    """Say of which columns texts are read without what does not show."""
    if not columns:
        return ()
    return (
        Note(
            sentence=f"blanks around values, and signs that do not show, are no part of them: {listed(columns)}"
        ),
    )


def told_as_one(value: str, spellings: Mapping[str, int]) -> str:
    """Say which spellings, each with its rows, are read as a value; where only letters are composed in another way, both look the same."""
    why = (
        ", whose letters are composed in another way"
        if any(composed(raw) == value for raw in spellings)
        else ""
    )
    return f"{counted(spellings)} {'is' if len(spellings) == 1 else 'are'} read as {value!r}{why}"
