"""fairaudit tells whether a binary classifier works for everybody.

The public functions are loaded when they are first used, so that ``import fairaudit`` and ``fairaudit --help`` cost
nothing.
"""

__version__ = "0.1.0"

# Type checkers know it by its name; the module that it comes from takes longer than all else here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from fairaudit.workflow.audit import Audit, audit

__all__ = ["Audit", "__version__", "audit"]


def __getattr__(name: str) -> object:
    """Load the workflow on the first use of a public name (PEP 562)."""
    if name in ("Audit", "audit"):
        from fairaudit.workflow import audit as workflow

        return getattr(workflow, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
