"""fairaudit tells whether a binary classifier works for everybody.

The public functions are loaded when they are first used, so that ``import fairaudit`` and ``fairaudit --help`` cost
nothing.
"""

from fairaudit_cli import warn_of_namesakes

# Type checkers know it by its name; the module that it comes from takes longer than all else here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from fairaudit.version import __version__
    from fairaudit.workflow.public import (
        Audit,
        audit,
        card,
        check,
        compare,
        cross_validate,
        discover,
        history,
        impact,
        load_model,
        measure_slices,
        predict,
        report,
        train,
    )

__all__ = [
    "Audit",
    "__version__",
    "audit",
    "card",
    "check",
    "compare",
    "cross_validate",
    "discover",
    "history",
    "impact",
    "load_model",
    "measure_slices",
    "predict",
    "report",
    "train",
]

warn_of_namesakes(__file__)


def __getattr__(name: str) -> object:
    """Load the workflow on the first use of a public name (PEP 562)."""
    if name in __all__:
        from importlib import import_module

        home = import_module("fairaudit.version" if name == "__version__" else "fairaudit.workflow.public")
        # Kept, so that the next use finds it here; and so that a module of the same name, once it is imported, does not take its place.
        value = globals()[name] = getattr(home, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what the package offers, for completion."""
    return sorted(__all__)
