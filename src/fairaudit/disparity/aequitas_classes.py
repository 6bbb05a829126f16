"""Aequitas's ``Bias`` and ``Fairness`` without what stands beside them.

Their package loads Altair, seaborn, matplotlib and ``scipy.stats``, for seconds, to draw charts and to test for significance. Neither happens
here. So the two modules are run by themselves, as they are, and what they take from elsewhere for these purposes is loaded once it is called.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import importlib.util
import sys
import types
from collections.abc import Mapping, Sequence
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aequitas.bias import Bias
    from aequitas.fairness import Fairness

PACKAGE = "aequitas"
_DEFERRED = {("aequitas.plotting", "assemble_ref_groups"), ("scipy", "stats")}
"""What the modules import for significance tests: from where, and what."""


def bias_class() -> type[Bias]:
    """Return ``aequitas.bias.Bias``."""
    bias: type[Bias] = _class_of("bias", "Bias")
    return bias


def fairness_class() -> type[Fairness]:
    """Return ``aequitas.fairness.Fairness``."""
    fairness: type[Fairness] = _class_of("fairness", "Fairness")
    return fairness


def _class_of(module: str, name: str) -> Any:
    """Return a class of Aequitas; the one of a package that is loaded already, as whoever loaded it may have changed it."""
    if PACKAGE in sys.modules:
        return getattr(importlib.import_module(f"{PACKAGE}.{module}"), name)
    return getattr(_alone(f"{PACKAGE}.{module}"), name)


@functools.cache
def _alone(name: str) -> types.ModuleType:
    """Run a module of Aequitas, and not the package around it; it is no one else's, and so not kept where others would find it."""
    package = importlib.util.find_spec(PACKAGE)
    spec = PathFinder.find_spec(name, package.submodule_search_locations) if package else None
    if spec is None or spec.loader is None:
        return importlib.import_module(name)
    module = importlib.util.module_from_spec(spec)
    # Python asks the builtins of a module for what its imports do: this changes them for this module alone.
    module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import}
    spec.loader.exec_module(module)
    return module


def _import(
    name: str,
    # These are the names that ``__import__`` has.
    globals: Mapping[str, object] | None = None,
    locals: Mapping[str, object] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> Any:
    """Import as always, but for what is deferred."""
    if fromlist and not level and all((name, wanted) in _DEFERRED for wanted in fromlist):
        return types.SimpleNamespace(**{wanted: _Deferred(name, wanted) for wanted in fromlist})
    return builtins.__import__(name, globals, locals, fromlist or (), level)


class _Deferred:
    """A function or module that is loaded when it is used."""

    def __init__(self, module: str, name: str) -> None:
        self._load = functools.partial(_from, module, name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._load()(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._load(), name)


def _from(module: str, name: str) -> Any:
    """Do what ``from module import name`` does."""
    parent = importlib.import_module(module)
    return getattr(parent, name) if hasattr(parent, name) else importlib.import_module(f"{module}.{name}")
