"""The special functions of SciPy, without the library around them.

They are ufuncs in C, loaded in milliseconds. ``scipy.special`` itself goes on to prepare for arrays of other libraries than NumPy, which takes
longer than all the rest that counting needs. Whoever imports it later gets it whole, with these same functions.
"""

from __future__ import annotations

import importlib
import sys
import threading
import types
from typing import TYPE_CHECKING, Any

import scipy

if TYPE_CHECKING:
    from scipy.special import (
        betainc,
        betaincc,
        betaincinv,
        expit,
        gammaincc,
        gammaln,
        logit,
        ndtr,
        ndtri,
        stdtrit,
        xlogy,
    )

PACKAGE = "scipy.special"
UFUNCS = f"{PACKAGE}._ufuncs"


def _load() -> Any:
    """Return a module that holds the functions."""
    # Another thread that imported the package at this moment would get what stands in its place.
    if PACKAGE in sys.modules or threading.active_count() > 1:
        return importlib.import_module(PACKAGE)
    known = set(sys.modules)
    bare = types.ModuleType(PACKAGE)
    bare.__path__ = [f"{folder}/special" for folder in scipy.__path__]
    sys.modules[PACKAGE] = bare
    try:
        ufuncs = importlib.import_module(UFUNCS)
        for name in __all__:
            getattr(ufuncs, name)
    except (ImportError, AttributeError):
        # Some other version of SciPy keeps them elsewhere.
        for name in set(sys.modules) - known:
            if name.startswith(PACKAGE):
                del sys.modules[name]
        return importlib.import_module(PACKAGE)
    finally:
        if sys.modules.get(PACKAGE) is bare:
            del sys.modules[PACKAGE]
    return ufuncs


__all__ = [
    "betainc",
    "betaincc",
    "betaincinv",
    "expit",
    "gammaincc",
    "gammaln",
    "logit",
    "ndtr",
    "ndtri",
    "stdtrit",
    "xlogy",
]

if not TYPE_CHECKING:
    _ufuncs = _load()
    globals().update({name: getattr(_ufuncs, name) for name in __all__})
