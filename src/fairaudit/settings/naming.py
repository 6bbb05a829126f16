"""What people and outcomes are called in sentences, in the words of those who know them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from fairaudit.errors import OptionError, clipped, did_you_mean, listed, printable
from fairaudit.settings.named import named_texts
from fairaudit.settings.option import OUTPUT, Option
from fairaudit.spelling import is_from_file, item, setting

LONGEST = 40
"""How many characters a word may have, so that sentences stay short."""


class Called(StrEnum):
    """What can be called by a word of one's own."""

    PEOPLE = "people"
    SELECTED = "selected"
    REFUSED = "refused"
    POSITIVE = "positive"
    NEGATIVE = "negative"


EXAMPLES: Mapping[Called, str] = {
    Called.PEOPLE: "defendants",
    Called.SELECTED: "flagged high risk",
    Called.REFUSED: "released",
    Called.POSITIVE: "re-offended",
    Called.NEGATIVE: "did not re-offend",
}
"""Words such as somebody might give."""


def parse_words(typed: Sequence[str]) -> dict[str, str]:
    """Take ``NAME=WORDS`` apart.

    >>> parse_words(["people=defendants", "positive=re-offended"])
    {'people': 'defendants', 'positive': 're-offended'}

    Raises
    ------
    OptionError
        If one is of another form, or names what has no word of its own.
    """
    words = named_texts(typed, "words", form="NAME=WORDS", example=("people", "defendants"))
    return checked_words(words, place=setting("words"))


def checked_words(words: Mapping[str, str], *, place: str) -> dict[str, str]:
    """Return words without blanks around them.

    Raises
    ------
    OptionError
        If a name is none of `Called`, or a word cannot stand in a sentence; `place` is where they were given.
    """
    for name, text in words.items():
        if problem := wrong_name(name):
            raise OptionError(place, problem[0], hint=problem[1])
        if problem := wrong_word(name, text):
            raise OptionError(place, problem[0], hint=problem[1])
    return {str(name): text.strip() for name, text in words.items()}


def wrong_name(name: str) -> tuple[str, str] | None:
    """Say that a name is none that can be called otherwise, and what would be right; ``None`` if it is one."""
    known = [str(one) for one in Called]
    if name in known:
        return None
    return (
        f"{clipped(name)!r} is nothing that can be called otherwise",
        f"{did_you_mean(name, known)} Known are {listed(known)}".strip(),
    )


def wrong_word(name: str, text: object) -> tuple[str, str] | None:
    """Say why a word cannot stand in a sentence, and what would be right; ``None`` if it can."""
    name = str(name)
    such = f'Such as {name} = "{EXAMPLES[Called(name)]}"'
    if not isinstance(text, str):
        return f"{name!r}: {clipped(repr(text))} is no text", such
    plain = text.strip()
    if not plain:
        return f"{name!r} is empty", such
    if printable(plain) != plain:
        return f"{name!r}: '{printable(clipped(plain))}' holds a character that cannot be shown", such
    if len(plain) > LONGEST:
        return f"{name!r} has {len(plain):,} characters, more than {LONGEST}", such
    return None


_PLURALS = (
    "men",
    "women",
    "children",
    "people",
    "oxen",
    "fish",
    "sheep",
    "deer",
    "aircraft",
    "staff",
    "personnel",
    "cattle",
    "offspring",
)
"""How English words for many end that do not end in an s."""


def _is_one(word: str) -> bool:
    """Tell whether a word is an English one for a single thing, as far as its letters say that: car, applicant, but not cars, children or Autos."""
    return re.fullmatch(r"[a-z]+[bcdfghklmnprtvwxyz]", word) is not None and not word.endswith(_PLURALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What people and outcomes are called.

    Attributes
    ----------
    words
        By what is called so; what is not there has its plain name.
    unit
        What rows are about, if not people; another way to give the word for people.
    """

    words: Annotated[
        Mapping[str, str],
        Option(
            panel=OUTPUT,
            metavar="NAME=WORDS",
            read=parse_words,
            table=checked_words,
            help="What sentences call people, selected, refused, positive and negative, such as positive=re-offended. Repeatable; a table in a file.",
        ),
    ] = field(default_factory=dict)
    unit: Annotated[
        str | None,
        Option(panel=OUTPUT, metavar="WORD", help="What rows are about, if not people, in the plural: cars."),
    ] = None

    def __post_init__(self) -> None:
        """Refuse what cannot stand in a sentence, and two words for the same."""
        if self.unit is not None and (problem := wrong_word(Called.PEOPLE, self.unit)):
            raise OptionError(
                setting("unit"),
                problem[0].replace("'people'", "the word", 1),
                hint=f"Such as {setting('unit', 'cars')}",
            )
        if self.unit is not None and _is_one(self.unit.strip()):
            unit = self.unit.strip()
            raise OptionError(
                setting("unit"),
                f"{clipped(unit)!r} names one, where sentences need many",
                hint=f"Such as {setting('unit', f'{unit}s')}; a plural of this form is taken by {item('words', 'people', unit)}",
            )
        other = self.words.get(str(Called.PEOPLE))
        if self.unit is None or other is None or other.strip() == self.unit.strip():
            return
        # What is typed beats what a file says, as everywhere; of two words from one place neither does.
        if is_from_file("unit") or not is_from_file("words"):
            raise OptionError(
                setting("unit"),
                f"people are called {clipped(self.unit.strip())!r} by {setting('unit')}, and {clipped(other.strip())!r} by {setting('words')}",
                hint="Say one of them",
            )

    @property
    def chosen(self) -> dict[str, str]:
        """Every word that was given, by what is called so."""
        return dict(self.words) | ({} if self.unit is None else {str(Called.PEOPLE): self.unit.strip()})
