"""Conditions that have a name, and so are slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairaudit.errors import OptionError, clipped, printable
from fairaudit.settings.named import named_texts
from fairaudit.spelling import setting

LONGEST_NAME = 60
SIGNS = "*,:={}"
"""Stand between the parts of a slice, so no name holds them."""


def parse_conditions(typed: Sequence[str]) -> dict[str, str]:
    """Take ``NAME=SQL`` apart.

    >>> parse_conditions(["young_women=age < 25 and sex = 'Female'"])
    {'young_women': "age < 25 and sex = 'Female'"}

    Raises
    ------
    OptionError
        If one is of another form, or has a name that no slice can have.
    """
    conditions = named_texts(typed, "slice_where", form="NAME=SQL", example=("young", "age < 25"))
    return checked_conditions(conditions, place=setting("slice_where"))


def checked_conditions(conditions: Mapping[str, object], *, place: str) -> dict[str, str]:
    """Return conditions by their names.

    Raises
    ------
    OptionError
        If a name is none that a slice can have, or a condition is no text; `place` is where they were given.
    """
    for name, sql in conditions.items():
        plain = str(name).strip()
        if not plain or printable(plain) != plain or len(plain) > LONGEST_NAME or set(plain) & set(SIGNS):
            raise OptionError(
                place,
                f"a slice cannot be called '{printable(clipped(plain))}'",
                hint=f"A name has 1 to {LONGEST_NAME} characters, and none of {' '.join(SIGNS)}",
            )
        if not isinstance(sql, str) or not sql.strip():
            raise OptionError(
                place,
                f"{plain!r} has no condition",
                hint="Such as young_women = \"age < 25 and sex = 'Female'\"",
            )
    return {str(name).strip(): str(sql).strip() for name, sql in conditions.items()}
