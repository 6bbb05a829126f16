"""What gates ask of an input: the attributes whose groups they need, by the names that these will have, and rows that were left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from fairaudit.errors import ColumnMissing, GateError, OptionError
from fairaudit.gates.asked import Unread
from fairaudit.gates.policy import ATTRIBUTE_KEYS, Gate, Lack
from fairaudit.read.checked_rows import Checked
from fairaudit.read.lacking import MISSING
from fairaudit.read.rows import Input
from fairaudit.slices.grammar import Attribute, Dimension, Take, parse_attributes

ATTRIBUTE = "a gate's attribute"
"""What messages call the place where attributes were typed."""


def named_gate(gate: Gate, opened: Input, more: Mapping[str, Dimension]) -> Gate:
    """Return a gate whose attributes have the names that the measured groups will have."""
    attributes = [one for typed in gate.attributes for one in _parsed(typed, gate, opened, more)]
    names = [attribute.name for attribute in attributes]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise GateError(
            f"gate {gate.name!r}", f"names the attribute {twice!r} twice", file=gate.place(*ATTRIBUTE_KEYS)
        )
    lacks = [
        Lack(column=column, attribute=name, crossed=crossed.name)
        for column in gate.columns
        for name in names or [""]
        for crossed in _parsed(_crossed(name, column, gate, opened), gate, opened, more)
    ]
    return dataclasses.replace(gate, attributes=tuple(names), lacks=tuple(lacks))


def _crossed(attribute: str, column: str, gate: Gate, opened: Input) -> str:
    """Write the attribute that tells who lacks a value of a column, among the groups of another or everybody."""
    if column not in opened.columns:
        missing = ColumnMissing(opened.name, column, opened.columns)
        raise GateError(f"gate {gate.name!r}", f"'column': {missing}", file=gate.place("column"))
    lacks = f"{Take.MISSING}({column})"
    return f"{attribute}*{lacks}" if attribute else lacks


def _parsed(typed: str, gate: Gate, opened: Input, more: Mapping[str, Dimension]) -> tuple[Attribute, ...]:
    try:
        return parse_attributes(
            [typed],
            columns=opened.columns,
            file=opened.name,
            option=ATTRIBUTE,
            more=more,
            overlapping=True,
        )
    except (ColumnMissing, OptionError) as error:
        raise GateError(f"gate {gate.name!r}", str(error), file=gate.place(*ATTRIBUTE_KEYS)) from None


def grouped_by(gates: Sequence[Gate]) -> tuple[str, ...]:
    """Name all attributes whose groups gates need, each once."""
    names = [name for gate in gates for name in (*gate.attributes, *(lack.crossed for lack in gate.lacks))]
    return tuple(dict.fromkeys(names))


def unread_rows(gates: Sequence[Gate], checked: Checked) -> dict[str, Unread]:
    """Count the rows that were left out as they lack a label, a score or another value that had to be there, where a gate asks for those.

    Raises
    ------
    GateError
        If a gate asks for them within groups of several columns, of which they are not known.
    """
    roles = checked.roles
    columns = {roles.label: "label", roles.score: "score", roles.decision: "decision", roles.id: "id"}
    unread: dict[str, Unread] = {}
    for gate in gates:
        for lack in gate.lacks:
            role = columns.get(lack.column)
            if role is not None:
                known = unread.get(lack.column)
                by_group = _by_group(gate, lack, role, checked) if lack.attribute else {}
                unread[lack.column] = _unread(
                    lack.column, role, checked, {**(known.by_group if known else {}), **by_group}
                )
    return unread


def _unread(
    column: str, role: str, checked: Checked, by_group: Mapping[tuple[str, str], tuple[int, int]]
) -> Unread:
    lacking = checked.dropped.get(f"{MISSING}{role}", 0)
    others = sum(number for reason, number in checked.dropped.items() if reason.startswith(MISSING))
    return Unread(column=column, lacking=lacking, rows=checked.used + others, by_group=by_group)


def _by_group(gate: Gate, lack: Lack, role: str, checked: Checked) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how many rows of each group lack a value, and how many were left out for any."""
    attribute = next(one for one in checked.attributes if one.name == lack.attribute)
    if len(attribute.dimensions) > 1 or checked.roles.weight:
        kind = (
            "where rows have weights"
            if checked.roles.weight
            else f"of {lack.attribute!r}, which is made of several columns"
        )
        raise GateError(
            f"gate {gate.name!r}",
            f"it is not known of single groups which rows lack {lack.column!r} {kind}",
            file=gate.place(*ATTRIBUTE_KEYS),
            hint="Leave attribute out, or name one column",
        )
    if not checked.dropped_groups:
        return {}
    dropped = checked.dropped_groups[checked.groups_of(attribute)[0]]
    return {
        (lack.attribute, group): (reasons.get(f"{MISSING}{role}", 0), sum(reasons.values()))
        for group, reasons in dropped.items()
    }
