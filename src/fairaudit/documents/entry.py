"""A word that is explained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A word of an answer.

    Attributes
    ----------
    also
        Other words that lead here.
    causes, do, not_so
        Where it may come from, what to do, and what not to conclude; empty where there is nothing to say.
    source
        Who says so, for methods.
    """

    word: str
    means: str
    also: tuple[str, ...] = ()
    causes: str = ""
    do: str = ""
    not_so: str = ""
    source: str = ""
