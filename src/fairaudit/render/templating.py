"""Templates, of which somebody else may have written one: where they are rendered, and what can go wrong there, in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from fairaudit.errors import FileError, clipped
from fairaudit.resources import read_template

_FAULTS = (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError, RecursionError)
"""What a template can raise by what it calls and computes, beside Jinja's own errors."""


def sandbox(safe: Callable[[object], Markup]) -> ImmutableSandboxedEnvironment:
    """Make the place where a template is rendered; `safe` escapes all that it prints."""
    return ImmutableSandboxedEnvironment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=safe,
    )


@contextmanager
def faults_of(name: str, text: str) -> Iterator[None]:
    """Turn what goes wrong while a template is rendered into an error that names it; in our own template it is a bug, and stays one.

    Raises
    ------
    FileError
        With the template's line, where Jinja knows it.
    """
    try:
        yield
    except _FAULTS as error:
        if not isinstance(error, TemplateError) and text == read_template(name):
            raise
        line = getattr(error, "lineno", None)
        reason = error.message if isinstance(error, TemplateError) else str(error)
        place = f"line {line}: " if line else ""
        raise FileError(name, f"{place}{type(error).__name__}: {clipped(reason or '', most=200)}") from None
