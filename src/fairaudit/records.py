"""Dataclasses whose functions are written when they are first called.

`dataclasses.dataclass` writes the source of six functions for each class and compiles it: half a millisecond, which for two hundred classes
was a fifth of the time of a command on a small table. Of most classes that a command loads it makes no objects, or compares none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import inspect

    # To type checkers it is what it does.
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  # which exports it
else:

    def dataclass(
        *,
        kw_only: bool,
        frozen: bool = False,
        slots: bool = False,
        repr: bool = True,
        eq: bool = True,
    ) -> Any:
        """Make a class a dataclass, as the library's decorator of this name does with the same options; all fields are given by name."""

        def made(cls: type) -> type:
            own = set(vars(cls))
            # For a class without one, the library would write its signature.
            cls.__doc__ = cls.__doc__ or cls.__name__
            cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            if "__init__" not in own:
                cls.__init__ = _written_at_first(cls, "__init__", lambda: _init(cls, frozen=frozen))
                cls.__signature__ = _SIGNATURE
            for name in _compared(repr=repr, eq=eq, frozen=frozen) - own:
                setattr(cls, name, _written_at_first(cls, name, lambda name=name: _by_library(cls, name)))
            if eq and not frozen and "__hash__" not in own:
                cls.__hash__ = None
            if frozen:
                cls.__setattr__, cls.__delattr__ = _refuse_setting, _refuse_deleting
            if frozen and slots:
                cls.__getstate__, cls.__setstate__ = _state, _set_state
            return cls

        return made


def _compared(*, repr: bool, eq: bool, frozen: bool) -> set[str]:
    """Name the functions of a class, after its first, that the library would write."""
    return {
        name for name, wanted in {"__repr__": repr, "__eq__": eq, "__hash__": eq and frozen}.items() if wanted
    }


def _written_at_first(cls: type, name: str, write: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """Return a function that takes the place of a dataclass's until it is called."""

    def first(self: Any, /, *args: Any, **values: Any) -> Any:
        function = write()
        function.__qualname__ = f"{cls.__qualname__}.{name}"
        function.__module__ = cls.__module__
        setattr(cls, name, function)
        return function(self, *args, **values)

    return first


def _by_library(cls: type, name: str) -> Callable[..., Any]:
    """Have the library write a function of a dataclass."""
    written: Any = dataclasses.make_dataclass(
        cls.__name__,
        [(field.name, field.type, field) for field in dataclasses.fields(cls)],
        namespace={"__doc__": cls.__doc__},
        init=False,
        repr=name == "__repr__",
        eq=name == "__eq__",
        unsafe_hash=name == "__hash__",
    )
    function: Callable[..., Any] = vars(written)[name]
    return function


def _init(cls: type, *, frozen: bool) -> Callable[..., Any]:
    """Write the function that fills an object; the library would write two more with it that refuse changes, and make a class."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_absent": object()}
    parameters, lines = [], []
    for place, field in enumerate(dataclasses.fields(cls)):
        name = value = field.name
        if field.default_factory is not dataclasses.MISSING:
            known[f"_make{place}"] = field.default_factory
            parameters.append(f"{name}=_absent")
            value = f"_make{place}() if {name} is _absent else {name}"
        elif field.default is not dataclasses.MISSING:
            known[f"_default{place}"] = field.default
            parameters.append(f"{name}=_default{place}")
        else:
            parameters.append(name)
        lines.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    listed = ", ".join(["self", *(["*"] if parameters else []), *parameters])
    # Names of fields are names, as they were written as such.
    exec(f"def __init__({listed}):\n " + "\n ".join(lines or ["pass"]), known)  # noqa: S102
    function: Callable[..., Any] = known["__init__"]
    return function


def _refuse_setting(self: Any, name: str, value: object) -> NoReturn:  # noqa: ARG001
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(self: Any, name: str) -> NoReturn:  # noqa: ARG001
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


class _Signature:
    """What `inspect.signature` asks a class for."""

    def __get__(self, instance: object, owner: type) -> inspect.Signature:
        if instance is not None:
            raise AttributeError("__signature__")
        import inspect

        fields = [(field.name, field.type, field) for field in dataclasses.fields(owner)]
        return inspect.signature(dataclasses.make_dataclass(owner.__name__, fields))


_SIGNATURE = _Signature()
