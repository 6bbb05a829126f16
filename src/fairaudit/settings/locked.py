"""What a lock says of how rows are read, beside what was typed, which may say the same and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairaudit.errors import FileError, OptionError, clipped, listed, written
from fairaudit.settings.choices import WeightKind
from fairaudit.slices.file import ROLES, Lock
from fairaudit.spelling import item, setting

RULES = ("threshold", "top_k", "top_percent")


def locked_values(lock: Lock, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that a lock keeps, by the names of their fields.

    Parameters
    ----------
    typed
        The settings as they were given; ``None`` or nothing where they were not.

    Raises
    ------
    OptionError
        If one was given that the lock keeps otherwise: results would not be of the slices that were kept.
    """
    values: dict[str, Any] = {}
    if lock.columns:
        values = {
            role: agreed(lock, role, typed[role], lock.columns.get(role)) for role in ROLES if role != "id"
        }
        # Who somebody is changes no slice, and two sets of predictions are matched by it.
        values["id"] = (
            typed["id"] if "id" not in lock.columns else agreed(lock, "id", typed["id"], lock.columns["id"])
        )
        values["weight_kind"] = agreed(lock, "weight_kind", typed["weight_kind"], _weight_kind(lock))
        # With a target it says which values of that are positive, and is looked at where rows are read.
        values["positive"] = typed["positive"] or lock.positive
        values |= {rule: agreed(lock, rule, typed[rule], lock.rule.get(rule)) for rule in RULES}
        values["na_values"] = agreed(lock, "na_values", typed["na_values"], lock.na_values)
    for name, sql in typed["slices"].items():
        if lock.conditions.get(name, "").split() != sql.split():
            raise OptionError(
                item("slice_where", name),
                f"{lock.name} keeps {'another condition' if name in lock.conditions else 'no condition'} of that name",
                hint=_way_out(),
            )
    return {**values, "slices": lock.conditions, "attributes": typed["attributes"] or tuple(lock.slices)}


def _weight_kind(lock: Lock) -> WeightKind | None:
    if lock.weight_kind is None or lock.weight_kind in list(WeightKind):
        return None if lock.weight_kind is None else WeightKind(lock.weight_kind)
    raise FileError(
        lock.file,
        f"[columns]: 'weight-kind' is {clipped(lock.weight_kind)!r}, and none of {listed(list(WeightKind))}",
    )


def agreed(lock: Lock, name: str, typed: Any, kept: Any) -> Any:
    """Return what a lock keeps, unless something else was typed."""
    if typed is None or typed == kept:
        return kept
    wanted, instead = (_shown(value) for value in (typed, kept))
    raise OptionError(
        setting(name),
        f"is {wanted}, and {lock.name} keeps {'none' if kept is None else instead}",
        hint=_way_out(),
    )


def _shown(value: Any) -> str:
    if isinstance(value, (int, float)):
        return written(value)
    return clipped(", ".join(map(str, value)) if isinstance(value, tuple) else str(value))


def _way_out() -> str:
    return f"Leave it out, or leave {setting('slices')} out"
