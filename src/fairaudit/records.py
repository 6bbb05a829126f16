"""Frozen data classes, made in a third of the time.

The standard library compiles six texts for each of them, and three hundred classes took a quarter of what a short command takes in all.
Here `__init__` alone is compiled; whatever else they do needs no text of its own.
"""

from __future__ import annotations

import dataclasses
import operator
import reprlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  # as others import it from here
else:

    def dataclass(**options: bool) -> Callable[[type[Any]], type[Any]]:
        """Make a class as `dataclasses.dataclass` does, which type checkers take it for, and which makes whatever is wanted otherwise."""
        if {**options, "repr": True} == dict.fromkeys(("frozen", "slots", "kw_only", "repr"), True):
            return lambda cls: _record(cls, shown=options.get("repr", True))
        made: Callable[[type[Any]], type[Any]] = dataclasses.dataclass(**options)
        return made


def _record(cls: type[Any], *, shown: bool) -> type[Any]:
    """Let a class hold what it declares, and refuse to be changed."""
    own = dict(vars(cls))
    # What is inherited from has to be frozen in the same way, by which the library compiles two texts.
    inherits = any(map(dataclasses.is_dataclass, cls.__bases__))
    made = dataclasses.dataclass(init=False, repr=False, eq=False, frozen=inherits, slots=True, kw_only=True)(
        cls
    )
    made.__dataclass_params__.frozen = True
    fields = dataclasses.fields(made)
    methods = {
        "__init__": _init(made, fields),
        "__setattr__": _setattr,
        "__delattr__": _delattr,
        "__getstate__": _getstate,
        "__setstate__": _setstate,
    }
    if shown:
        methods["__repr__"] = _shown([field.name for field in fields if field.repr])
    compared = _values(field.name for field in fields if field.compare)
    hashed = _values(field.name for field in fields if (field.compare if field.hash is None else field.hash))
    methods |= {"__eq__": _equal(compared), "__hash__": _hash(hashed)}
    for name, method in methods.items():
        # A class that is compared in its own way, and says nothing of hashes, is said to have none.
        if own.get(name) is None:
            setattr(made, name, method)
    return made


def _init(cls: type[Any], fields: Iterable[dataclasses.Field[Any]]) -> Callable[..., None]:
    """Compile what takes the values of the fields by name."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_left_out": object()}
    taken, lines = [], []
    for field in fields:
        name, default, value = field.name, "", field.name
        if field.default is not dataclasses.MISSING:
            known[f"_default_{name}"] = field.default
            default = value = f"_default_{name}"
        elif field.default_factory is not dataclasses.MISSING:
            known[f"_make_{name}"] = field.default_factory
            default, value = "_left_out", f"_make_{name}()"
        if field.init:
            taken.append(f"{name}={default}" if default else name)
            value = f"{value} if {name} is _left_out else {name}" if default == "_left_out" else name
        if field.init or default:
            lines.append(f" _set(self,{name!r},{value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    head = f"def __init__(self{',*,' if taken else ''}{','.join(taken)}):\n"
    # The names are those of the class, as `dataclasses` takes them.
    exec(head + ("\n".join(lines) or " pass"), known)  # noqa: S102
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__module__ = cls.__module__
    init.__annotations__ = {field.name: field.type for field in fields if field.init} | {"return": None}
    return init


def _values(names: Iterable[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads values into a tuple."""
    several = tuple(names)
    if len(several) > 1:
        return operator.attrgetter(*several)
    return lambda record: tuple(getattr(record, name) for name in several)


def _equal(compared: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, Any], Any]:
    def equal(self: Any, other: Any) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(hashed: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], int]:
    return lambda self: hash(hashed(self))


def _shown(names: Iterable[str]) -> Callable[[Any], str]:
    @reprlib.recursive_repr("...")
    def shown(self: Any) -> str:
        return (
            f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"
        )

    return shown


def _setattr(self: Any, name: str, value: object) -> None:  # noqa: ARG001
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: Any, name: str) -> None:  # noqa: ARG001
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _setstate(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
