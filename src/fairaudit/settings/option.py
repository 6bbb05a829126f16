"""An option, declared once: what it is called, what it holds and what is said of it.

A group of options is a frozen dataclass, each field of which is annotated with an `Option`. The command line, the configuration file and
the Python functions read these declarations; none of them has a list of its own.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from fairaudit.settings.numbers import number, tau_text, whole_number

_Group = TypeVar("_Group")

COLUMNS = "Columns"
DECISION = "Decision rule (at most one)"
OUTPUT = "Output"
MODEL = "Model"
POLICY = "Policy"
CARD = "Card"


class OptionKind(StrEnum):
    """What an option holds, in a configuration file."""

    FLAG = "true or false"
    ONE = "a text or a number"
    MANY = "a text, a number, or a list of these"
    PATH = "a path"
    TABLE = "a table of texts"
    BESIDE = "a path, relative to the file that names it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What is said of an option beside its type and default.

    Attributes
    ----------
    panel
        The part of ``--help`` in which it stands.
    name
        What it is called where it is typed, with underscores; left out, as the field is.
    flag
        How it is typed if not as its name says, such as ``--hf/--no-hf``.
    short
        Its short form, such as ``-a``.
    keyword
        What the Python functions call it; left out, as the field is called.
    least, most
        Bounds of a whole number.
    read
        Makes the value of what was typed: of a text, or of a list of texts if the option can be repeated.
    typed_only
        Whether a configuration file cannot say it.
    code
        Whether it names code that then runs.
    beside
        Whether a file means a path relative to itself; what is read from there may be the value.
    table
        Checks the table that a file or Python has for it, each of whose keys is one ``NAME=VALUE``; `place` is where it was given.
    """

    help: str
    panel: str | None = None
    metavar: str | None = None
    name: str | None = None
    flag: str | None = None
    short: str | None = None
    keyword: str | None = None
    least: int | None = None
    most: int | None = None
    read: Callable[[Any], object] | None = None
    typed_only: bool = False
    code: bool = False
    beside: bool = False
    table: Callable[..., dict[str, str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A field of a group: its names, its type and its `Option`.

    Attributes
    ----------
    holds
        The type of a single value; for an option that can be repeated, of each.
    many
        Whether it can be repeated.
    default
        `dataclasses.MISSING` if it has to be given.
    """

    field: str
    option: Option
    holds: type
    many: bool
    default: Any

    @property
    def name(self) -> str:
        """What it is called where it is typed, with underscores."""
        return self.option.name or self.field

    @property
    def keyword(self) -> str:
        """What the Python functions call it."""
        return self.option.keyword or self.field

    @property
    def flags(self) -> tuple[str, ...]:
        """Every form in which it can be typed, the long one first."""
        long = self.option.flag or f"--{self.name.replace('_', '-')}"
        return (*long.split("/"), *([self.option.short] if self.option.short else []))

    @property
    def required(self) -> bool:
        """Whether it has to be given."""
        return self.default is dataclasses.MISSING

    @property
    def kind(self) -> OptionKind:
        """What it holds in a configuration file."""
        if self.option.beside:
            return OptionKind.BESIDE
        if self.option.table:
            return OptionKind.TABLE
        if self.many:
            return OptionKind.MANY
        return {bool: OptionKind.FLAG, Path: OptionKind.PATH}.get(self.holds, OptionKind.ONE)

    def parse(self, typed: object) -> object:
        """Read a single value as it is typed or stands in a file.

        Raises
        ------
        ValueError
            If it is none of those that the option can have; the text says which these are.
        """
        if issubclass(self.holds, StrEnum):
            choices = [member.value for member in self.holds]
            if typed not in choices:
                raise ValueError(f"{typed!r} is not one of {', '.join(map(repr, choices))}.")
            return self.holds(typed)
        if self.holds is float:
            return number(typed)
        if self.holds is int:
            return whole_number(typed, least=self.option.least, most=self.option.most)
        return typed if self.holds is bool else Path(str(typed)) if self.holds is Path else str(typed)

    def value(self, typed: Any) -> Any:
        """Make the field's value of what was typed, in the option's own type; what was left out is the default."""
        if typed is None or (self.many and not typed):
            return self.default
        if self.option.read is not None:
            return typed if typed is self.default else self.option.read(typed)
        return tuple(typed) if self.many else typed

    @property
    def shown(self) -> Any:
        """The default as it would be typed; ``None`` for one that only a help text tells."""
        if self.many:
            return None
        return tau_text(self.default) if isinstance(self.default, Fraction) else self.default


@functools.cache
def settings_of(group: type) -> tuple[Setting, ...]:
    """Return the options of a group, in the order of its fields; a field without an `Option` is none."""
    hints = typing.get_type_hints(group, include_extras=True)
    return tuple(
        _setting(field, hints[field.name], option)
        for field in dataclasses.fields(group)
        if (option := _option(hints[field.name])) is not None
    )


def _option(annotation: object) -> Option | None:
    options = [extra for extra in getattr(annotation, "__metadata__", ()) if isinstance(extra, Option)]
    return options[-1] if options else None


def _setting(field: dataclasses.Field[Any], annotation: Any, option: Option) -> Setting:
    plain = typing.get_args(annotation)[0]
    if typing.get_origin(plain) in (typing.Union, types.UnionType):
        (plain,) = (part for part in typing.get_args(plain) if part is not types.NoneType)
    many = typing.get_origin(plain) is not None
    default = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    return Setting(
        field=field.name,
        option=option,
        holds=_held(plain, option, many=many),
        many=many,
        default=default,
    )


def _held(plain: Any, option: Option, *, many: bool) -> type[Any]:
    """Return the type of a single value as it is typed; a number that something else may stand for is read from its text."""
    if option.beside:
        return Path
    held: type[Any] = str if many or plain is Fraction or (plain is float and option.read) else plain
    return held


def made(group: type[_Group], typed: Mapping[str, Any]) -> _Group:
    """Make a group of what was typed, by the names of options; what is not there has its default."""
    plain: type = group
    values = {s.field: s.value(typed[s.name]) for s in settings_of(plain) if s.name in typed}
    return group(**{name: value for name, value in values.items() if value is not dataclasses.MISSING})


def words(typed: Sequence[str]) -> tuple[str, ...]:
    """Take comma lists apart."""
    from fairaudit.settings.choices import split_words

    return split_words(typed, known=())
