"""Slices that were kept, beside other rows: whom the lock says groups are compared with, and in what the rows depart from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from fairaudit.count.counts import Counted
from fairaudit.errors import OptionError, clipped
from fairaudit.read.checked_rows import Checked
from fairaudit.read.locked import departure_notes
from fairaudit.read.notes import distinct
from fairaudit.settings.choices import MAJORITY, REST
from fairaudit.slices.grammar import CROSS, MISSING_GROUP
from fairaudit.spelling import setting


def with_departures(checked: Checked, there: Iterable[tuple[str, str]]) -> Checked:
    """Find the groups that have vanished since the slices were kept, and those that have appeared, and warn of all in which rows depart.

    Parameters
    ----------
    there
        The groups in which there is somebody, each behind its attribute.
    """
    lock = checked.lock
    if lock is None:
        return checked
    groups: dict[str, list[str]] = {}
    for name, group in there:
        groups.setdefault(name, []).append(group)
    vanished: dict[str, tuple[str, ...]] = {}
    appeared: dict[str, tuple[str, ...]] = {}
    for name in (a.name for a in checked.attributes if a.name in lock.slices):
        own, kept = groups.get(name, []), {CROSS.join(names): names for names in lock.slices[name].groups}
        # That nobody's value is missing any more is no loss.
        vanished[name] = tuple(
            group for group, names in kept.items() if group not in own and MISSING_GROUP not in names
        )
        appeared[name] = tuple(group for group in own if group not in kept)
    departures = dataclasses.replace(
        checked.departures,
        vanished={name: groups for name, groups in vanished.items() if groups},
        appeared={name: groups for name, groups in appeared.items() if groups},
    )
    notes = distinct([*checked.notes, *departure_notes(lock, departures)])
    return dataclasses.replace(checked, departures=departures, notes=notes)


def somebody_in(counted: Counted) -> list[tuple[str, str]]:
    """Return the groups in which there is somebody, each behind its attribute."""
    return [(g.attribute, g.group) for g in counted.groups if g.counts.n]


def locked_references(wanted: Sequence[str], checked: Checked) -> tuple[str, ...]:
    """Return whom groups are compared with where a lock says it.

    Raises
    ------
    OptionError
        If somebody else was named.
    """
    lock = checked.lock
    if lock is None:
        return tuple(wanted)
    names = [a.name for a in checked.attributes if a.name in lock.slices]
    kept = {name: lock.slices[name].reference for name in names}
    words = tuple(f"{name}={reference}" for name, reference in kept.items() if reference is not None)
    usual = {*(f"{name}={REST}" for name in names), MAJORITY} if len(words) < len(names) else set()
    if other := next((word for word in wanted if word not in words and word not in usual), None):
        raise OptionError(
            setting("ref_group"),
            f"names {clipped(other)!r}, and {lock.name} keeps whom groups are compared with",
            hint=f"Leave it out, or leave {setting('slices')} out",
        )
    return words
