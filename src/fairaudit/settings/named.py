"""Texts that are given by name, as ``NAME=TEXT``."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.errors import OptionError, clipped
from fairaudit.spelling import item, setting


def named_texts(typed: Sequence[str], option: str, *, form: str, example: tuple[str, str]) -> dict[str, str]:
    """Take texts and their names apart.

    Parameters
    ----------
    option
        The setting that they are given by.
    form, example
        What each looks like, and a name and a text such as somebody might give.

    Raises
    ------
    OptionError
        If one is of another form, or a name is given twice.
    """
    texts: dict[str, str] = {}
    for one in typed:
        name, equals, text = one.partition("=")
        if not equals:
            raise OptionError(
                setting(option),
                f"{clipped(one)!r} is not of the form {form}",
                hint=f"Such as {item(option, *example)}",
            )
        if name.strip() in texts:
            raise OptionError(setting(option), f"names {name.strip()!r} twice")
        texts[name.strip()] = text
    return texts
