"""Waivers of a policy: groups whose failure is tolerated until a day, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fairaudit.errors import GateError, clipped, did_you_mean, listed

EXAMPLE = 'Such as waive = {group = "sex=Female", until = 2027-03-01, why = "the new model is on its way"}'
_KEYS = ("group", "until", "why")
EVERYBODY = "everybody"
"""The only group of a gate on everybody together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One group of a gate whose failure is a warning until a day.

    Attributes
    ----------
    group
        As it is written: a group, or ``attribute=group``.
    until
        The last day on which it counts.
    why
        In the words of those who made the policy.
    place
        The file and line where it stands, for messages.
    """

    group: str
    until: dt.date
    why: str
    place: str = ""

    def holds(self, today: dt.date) -> bool:
        """Return whether it still counts on a day."""
        return today <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A waiver, with the group that it is about."""

    waiver: Waiver
    attribute: str
    group: str
    holds: bool


Wrong = Callable[[str, str], GateError]
"""Makes the error of a waiver, of what is wrong and what would be right."""


def read_waivers(value: object, *, place: str, wrong: Wrong) -> tuple[Waiver, ...]:
    """Read the key ``waive`` of a gate, which holds one table or a list of them."""
    tables = value if isinstance(value, list) else [value]
    waivers: list[Waiver] = []
    for table in tables:
        if not isinstance(table, Mapping):
            raise wrong(
                f"'waive' has to be a table or a list of tables, and is {shown_value(value)}", EXAMPLE
            )
        waiver = _waiver(table, place=place, wrong=wrong)
        if any(waiver.group == other.group for other in waivers):
            raise wrong(f"'waive': {shown_value(waiver.group)} is waived twice", "Leave one of them out")
        waivers.append(waiver)
    return tuple(waivers)


def _waiver(table: Mapping[str, object], *, place: str, wrong: Wrong) -> Waiver:
    for key in table:
        if key not in _KEYS:
            raise wrong(
                f"'waive' has an unknown key {shown_value(key)}",
                f"{did_you_mean(key, _KEYS)} Known are {listed(_KEYS)}".strip(),
            )
    for key in _KEYS:
        if key not in table:
            raise wrong(f"'waive' does not say {key!r}", EXAMPLE)
    until = table["until"]
    texts = {key: table[key] for key in ("group", "why")}
    for key, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise wrong(
                f"'waive': {key!r} has to be a text that says something, and is {shown_value(text)}", EXAMPLE
            )
    if isinstance(until, str):
        raise wrong(
            f"'waive': 'until' is the text {shown_value(until)}, and has to be a day",
            "Write it without quotation marks, such as until = 2027-03-01",
        )
    if not isinstance(until, dt.date) or isinstance(until, dt.datetime):
        raise wrong(
            f"'waive': 'until' has to be a day, and is {shown_value(until)}", "Such as until = 2027-03-01"
        )
    return Waiver(group=str(texts["group"]).strip(), until=until, why=str(texts["why"]).strip(), place=place)


def settle(
    waivers: Sequence[Waiver], groups: Sequence[tuple[str, str]], *, gate: str, today: dt.date
) -> tuple[Waived, ...]:
    """Find the group that each waiver is about.

    Parameters
    ----------
    groups
        Those that the gate asks about, by attribute and name.

    Raises
    ------
    GateError
        If there is no such group, or several have that name.
    """
    return tuple(_settled(waiver, groups, gate, today) for waiver in waivers)


def _settled(waiver: Waiver, groups: Sequence[tuple[str, str]], gate: str, today: dt.date) -> Waived:
    spelled = {
        f"{attribute}={group}" if attribute else EVERYBODY: (attribute, group) for attribute, group in groups
    }
    meant = (
        [spelled[waiver.group]]
        if waiver.group in spelled
        else [own for own in groups if own[1] == waiver.group]
    )
    if len(meant) == 1:
        attribute, group = meant[0]
        return Waived(waiver=waiver, attribute=attribute, group=group, holds=waiver.holds(today))
    names = list(spelled)
    problem = (
        f"'waive': {shown_value(waiver.group)} is no group of this gate"
        if not meant
        else f"'waive': {shown_value(waiver.group)} is a group of several attributes"
    )
    hint = f"{did_you_mean(waiver.group, [*names, *(group for _, group in groups)])} Its groups are {listed(names)}"
    raise GateError(
        f"gate {gate!r}",
        problem,
        file=waiver.place,
        hint=hint.strip() if not meant else f"Say {listed([f'{a}={g}' for a, g in meant])}",
    )


def shown_value(value: object) -> str:
    """Write a value of a policy in an error, and not without end."""
    # TOML has days of its own, and writes true and false without capitals.
    if isinstance(value, bool):
        return str(value).lower()
    return clipped(value.isoformat() if isinstance(value, dt.date) else repr(value))


__all__ = ["Waived", "Waiver", "read_waivers", "settle", "shown_value"]
