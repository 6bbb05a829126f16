"""Which settings of a file hold for a table whose attributes are named by a test: what the file says of other tables falls away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from fairaudit.errors import FairauditError, clipped, listed
from fairaudit.read.conditions import read_condition
from fairaudit.read.rows import Input
from fairaudit.settings.choices import MAJORITY, MAX, MIN, MIN_METRIC, NO_LABEL, REST, split_words
from fairaudit.settings.source import WRITTEN
from fairaudit.slices.grammar import parse_attributes

_COLUMNS = ("label", "score", "decision", "weight", "id", "target", "group_column", "time_column")
_KINDS = (MAJORITY, MIN, MIN_METRIC, MAX, REST)
_OF = {"positive": ("label", "target"), "weight_kind": ("weight",)}
"""Settings that say something of a column, by those that name it."""


def settings_that_hold(
    settings: Mapping[str, Any], chosen: Mapping[str, Any], opened: Input, *, is_file: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Leave out what is said of columns, groups and files that are not asked about here.

    Parameters
    ----------
    settings
        Of the file, as arguments of `fairaudit.audit`.
    chosen
        The arguments of the caller, `attributes` among them.
    is_file
        Whether the rows come from a file.

    Returns
    -------
    tuple
        What is left, and the names of what fell away.
    """
    attributes = chosen["attributes"]
    typed = [attributes] if isinstance(attributes, str) else list(attributes)
    kept = {name: _kept(name, value, typed, opened, is_file=is_file) for name, value in settings.items()}
    left = {name: value for name, value in kept.items() if value is not None}
    for name, columns in _OF.items():
        beaten = any(column in chosen or (column in settings and column not in left) for column in columns)
        if name in left and beaten:
            del left[name]
    fell = [name for name, value in settings.items() if left.get(name) != value and name not in chosen]
    return left, tuple(fell)


def _kept(name: str, value: Any, attributes: Sequence[str], opened: Input, *, is_file: bool) -> Any:
    """Return as much of a setting as fits; ``None`` where nothing does."""
    if name in _COLUMNS:
        return value if value in (*opened.columns, NO_LABEL) else None
    if name in WRITTEN:
        return value if is_file else None
    if name == "where":
        return (
            value
            if _is_sound(lambda: read_condition(value, columns=opened.columns, file=opened.name))
            else None
        )
    if name == "ref_group":
        return _references([value] if isinstance(value, str) else value, attributes) or None
    if name == "features":
        return [one for one in value if _names_columns(one, opened)] or None
    if name == "slices":
        # Of slices that were kept in a file, nobody asked for these here.
        named = value if isinstance(value, Mapping) else {}
        parts = {part.strip() for text in attributes for word in text.split(",") for part in word.split("*")}
        return {key: sql for key, sql in named.items() if key in parts} or None
    return value


def _references(words: Sequence[str], attributes: Collection[str]) -> list[str]:
    asked = [part.strip() for text in attributes for part in (text, *text.split(","))]
    return [
        word
        for word in split_words(words, known=set())
        if word in _KINDS or any(word.startswith(f"{attribute}=") for attribute in asked)
    ]


def _names_columns(feature: str, opened: Input) -> bool:
    return _is_sound(
        lambda: parse_attributes([feature], columns=opened.columns, file=opened.name, option="features")
    )


def _is_sound(read: Callable[[], object]) -> bool:
    try:
        read()
    except FairauditError:
        return False
    return True


def fell_away_text(names: Sequence[str], file: str) -> str:
    """Say what of a file is passed over.

    >>> fell_away_text(("label", "where"), "fairaudit.toml")
    "fairaudit.toml: 'label', 'where' are passed over, as they are about what this table does not hold, or this test does not ask about"
    """
    are = "is passed over, as it is" if len(names) == 1 else "are passed over, as they are"
    return f"{clipped(file, most=200)}: {listed(list(names))} {are} about what this table does not hold, or this test does not ask about"
