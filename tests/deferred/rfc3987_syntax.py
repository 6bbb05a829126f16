"""Stands before the package of this name, which takes seconds to build dozens of grammars, and builds them when an address is checked.

Altair imports jsonschema, and jsonschema this; so each process of the tests that draws would wait for what it never asks.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


@cache
def _package() -> ModuleType:
    """Import the package itself, for which this folder is passed over."""
    before = sys.path[:]
    sys.path[:] = [place for place in before if Path(place).resolve() != HERE]
    deferring = sys.modules.pop(__name__)
    try:
        return importlib.import_module(__name__)
    finally:
        sys.path[:] = before
        sys.modules[__name__] = deferring


def is_valid_syntax(term: str, value: str) -> bool:
    """Tell whether a text is what a grammar describes, such as an "iri"."""
    return bool(_package().is_valid_syntax(term, value))
