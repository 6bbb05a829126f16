"""The function of each format, loaded when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from fairaudit.settings.formats import Format


def renderer(format: Format) -> Callable[..., Any]:
    """Load the function that writes a format.

    >>> from fairaudit.settings.formats import FORMATS
    >>> renderer(FORMATS["records"]).__name__
    'records'
    """
    module, _, function = format.function.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(f"fairaudit.render.{module}"), function)
    return loaded
