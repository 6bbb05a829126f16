"""What slices can be named by beside the columns: the label, the decision, the file that a row came from, and conditions that have names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairaudit.errors import FairauditError
from fairaudit.read.columns import SOURCE
from fairaudit.read.conditions import Condition, read_named
from fairaudit.read.roles import Roles, find_roles
from fairaudit.read.rows import Input
from fairaudit.settings.reading import ReadSettings
from fairaudit.slices.grammar import Attribute, Dimension, Take

LABEL, DECISION = "label", "decision"


def nameable(opened: Input, roles: Roles, conditions: Mapping[str, Condition]) -> dict[str, Dimension]:
    """Return what each such name means; a column that is called so is meant before it."""
    names: dict[str, Dimension] = {}
    if roles.label is not None:
        names[LABEL] = Dimension(column=roles.label)
    if roles.decision is not None:
        names[DECISION] = Dimension(column=roles.decision)
    elif roles.score is not None:
        names[DECISION] = Dimension(column=DECISION, take=Take.DECISION, of=(roles.score,))
    if opened.has_source:
        names[SOURCE] = Dimension(column=SOURCE)
    return names | {
        name: Dimension(column=name, take=Take.CONDITION, of=condition.columns)
        for name, condition in conditions.items()
    }


def nameable_in(opened: Input, settings: ReadSettings) -> dict[str, Dimension]:
    """Return what names mean in a table of which it is not known yet whether it has what is needed; reading it says what is wrong."""
    try:
        roles = find_roles(opened, settings, score_needed=False)
    except FairauditError:
        roles = Roles()
    return nameable(opened, roles, conditions_of(opened, settings, settings.slices))


def conditions_of(
    opened: Input, settings: ReadSettings, typed: Sequence[str] | Mapping[str, str]
) -> dict[str, Condition]:
    """Read the conditions whose names are among what was typed; the others may be about other tables."""
    wanted = {name: sql for name, sql in settings.slices.items() if any(name in word for word in typed)}
    return read_named(wanted, columns=opened.with_source, file=opened.name)


def used(attributes: Sequence[Attribute], conditions: Mapping[str, Condition]) -> dict[str, Condition]:
    """Return the conditions that attributes are made of."""
    names = {d.column for a in attributes for d in a.dimensions if d.take is Take.CONDITION}
    return {name: condition for name, condition in conditions.items() if name in names}
