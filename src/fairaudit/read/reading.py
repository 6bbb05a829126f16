"""What one column means: SQL for the text and the number of its values, and what is to be told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fairaudit.errors import clipped
from fairaudit.read.forms import NUMBERS, Facet, Kind
from fairaudit.read.notes import Note, counted, marks_option, no_numbers
from fairaudit.spelling import setting

_SHORT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One way in which a value is written.

    Attributes
    ----------
    raw
        As it stands in the rows, as text.
    shown
        The same without what does not show; ``None`` for a missing value.
    text
        What is meant, which of a number is its one text.
    """

    raw: str
    shown: str | None
    text: str | None
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one column means.

    Attributes
    ----------
    raw, text, number
        SQL of a value as it stands in the rows; of its one text; of its number. The last two are NULL where it is missing, `number`
        where it is none.
    condition
        SQL of a value as a condition sees it.
    numeric
        Every value that is not missing is a number, and not a code such as ``01234``.
    nearly, mixed
        All but few are; at least half are. There are so many different numbers that they are no mere categories.
    category
        Whether the type says that it holds categories, whatever these look like.
    tidied
        Whether texts are read without blanks at their ends, or without signs that do not show.
    plain, comma
        Whether numbers are written as programs write them; whether their decimals stand behind a comma.
    rows
        Those that were looked at; `numbers` of them hold numbers.
    marks, others
        Marks of missing values, and values that are no numbers (the most frequent), with their rows; `other_rows` are those of all of
        the latter.
    complete, finite
        Whether it is known that every row holds a value; that each value which is not missing is a finite number.
    number_note
        What is to be told where the column is read as numbers.
    """

    column: str
    raw: str
    text: str
    number: str
    condition: str
    numeric: bool
    nearly: bool = False
    mixed: bool = False
    category: bool = False
    tidied: bool = False
    plain: bool = True
    comma: bool = False
    rows: int = 0
    numbers: int = 0
    marks: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)
    other_rows: int = 0
    complete: bool = False
    finite: bool = False
    number_note: Note | None = None

    @property
    def same(self) -> str:
        """SQL of a text that equal values share, however they are written: numbers as 1.0 and +1, too; whole ones keep all of their digits."""
        if not self.numeric:
            return self.text
        whole = f"{self.number} = trunc({self.number}) AND abs({self.number}) < {2**53}"
        return (
            f"CASE WHEN regexp_full_match({self.text}, '-?[1-9][0-9]*') THEN {self.text} "
            f"WHEN {whole} THEN CAST(CAST({self.number} AS BIGINT) AS VARCHAR) ELSE CAST({self.number} AS VARCHAR) END"
        )

    @property
    def missing_note(self) -> Note | None:
        """What is to be told of marks of missing values."""
        number = sum(self.marks.values())
        if not number:
            return None
        which = repr(clipped(next(iter(self.marks)))) if len(self.marks) == 1 else counted(self.marks)
        verb = "values is" if number == 1 else "values are"
        # Among texts a mark may be a name.
        otherwise = "" if self.numeric or self.nearly else f"; {setting('na_values')} says otherwise"
        return Note(
            sentence=f"{self.column}: {number:,} of {self.rows:,} {verb} {which}, read as missing{otherwise}"
        )

    @property
    def feature_note(self) -> Note | None:
        """What is to be told where a model learns from the column, of values that are no numbers beside those that are."""
        if self.nearly:
            option = marks_option([*self.marks, *self.others])
            means = f"; {option} says that they mean nothing else" if option else ""
            return Note(
                sentence=f"{self.column}: {no_numbers(self.other_rows, self.rows)}, and read as missing: "
                f"{counted(self.others)}{means}",
                warning=True,
            )
        if self.mixed:
            such = f", such as {counted(self.others)}" if self.others else ""
            return Note(
                sentence=f"{self.column}: {self.numbers:,} of {self.rows:,} values are numbers and {self.other_rows:,} are not"
                f"{such}: each value is read as a category",
                warning=True,
            )
        return None


def present_rows(facets: Sequence[Facet], marks: Mapping[str, int]) -> int:
    """Count the rows of texts that stand for something."""
    missing = (Kind.MISSING, Kind.MARK) if marks else (Kind.MISSING,)
    return sum(facet.rows for facet in facets if facet.kind not in missing)


def are_short(facets: Sequence[Facet]) -> bool:
    """Tell whether numbers as programs write them, whose exponents have two digits at most, are so short that none is too large for a float."""
    return all(facet.longest <= _SHORT for facet in facets if facet.kind in NUMBERS)
