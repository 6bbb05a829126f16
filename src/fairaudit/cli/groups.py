"""Groups of options as Typer's: a command takes them whole, and Typer sees an argument for each option."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable
from typing import Annotated, Any

import typer

from fairaudit.cli.arguments import SEVERAL
from fairaudit.cli.by_file import by_file
from fairaudit.settings.commands import options_of
from fairaudit.settings.numbers import number, whole_number
from fairaudit.settings.option import Setting, made


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take groups of options, which are frozen dataclasses; its options are those of its name in `COMMANDS`."""
    hints = typing.get_type_hints(command, include_extras=True)
    groups: dict[str, type[Any]] = {
        name: hint
        for name, hint in hints.items()
        if isinstance(hint, type) and dataclasses.is_dataclass(hint)
    }
    arguments = [
        parameter.replace(annotation=_of_several(hints[name]))
        for name, parameter in inspect.signature(command).parameters.items()
        if name not in groups
    ]
    options = [_parameter(setting) for setting in options_of(command.__name__).values()]

    @functools.wraps(command)
    def run(**typed: Any) -> None:
        plain = {
            argument.name: _together(typed[argument.name] or by_file.get().get(argument.name))
            if _are_one(hints[argument.name])
            else typed[argument.name]
            for argument in arguments
        }
        command(**plain, **{name: made(group, typed) for name, group in groups.items()})

    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*arguments, *options)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def _together(named: Any) -> Any:
    """Put the several files that an argument names together, if they are several."""
    if not isinstance(named, (list, tuple)):
        return named
    from fairaudit.settings.source import named_together

    return named_together(list(named))


def _are_one(hint: Any) -> bool:
    """Tell whether the several files that an argument may name come as one."""
    return SEVERAL in getattr(hint, "__metadata__", ())


def _of_several(hint: Any) -> Any:
    """Return the type of an argument as Typer reads it: a list where several may be named."""
    if not _are_one(hint):
        return hint
    return Annotated[list[str] | None, *(one for one in hint.__metadata__ if one is not SEVERAL)]


def _parameter(setting: Setting) -> inspect.Parameter:
    """Write an option as Typer reads it."""
    option = setting.option
    kind: Any = list[str] if setting.many else setting.holds
    return inspect.Parameter(
        setting.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if setting.required else setting.shown,
        annotation=Annotated[
            kind if setting.required or setting.shown is not None else kind | None,
            typer.Option(
                *([option.flag or setting.flags[0]]),
                *([option.short] if option.short else ()),
                metavar=option.metavar,
                help=option.help,
                rich_help_panel=option.panel,
                min=option.least,
                max=option.most,
                parser=_parser(setting),
            ),
        ],
    )


def _parser(setting: Setting) -> Callable[[Any], Any] | None:
    """Return what reads a number as everybody writes it; Typer would also take 1_0 for ten."""
    if setting.many or setting.holds not in (float, int):
        return None
    read = (
        number
        if setting.holds is float
        else functools.partial(whole_number, least=setting.option.least, most=setting.option.most)
    )

    def parse(typed: Any) -> Any:
        try:
            return read(typed)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return parse
