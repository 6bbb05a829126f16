"""What slices can be named by beside the columns: the label, the decision, the file that a row came from."""

from __future__ import annotations

from fairaudit.errors import FairauditError
from fairaudit.read.columns import SOURCE
from fairaudit.read.roles import Roles, find_roles
from fairaudit.read.rows import Input
from fairaudit.settings.reading import ReadSettings
from fairaudit.slices.grammar import Dimension, Take

LABEL, DECISION = "label", "decision"


def nameable(opened: Input, roles: Roles) -> dict[str, Dimension]:
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
    return names


def nameable_in(opened: Input, settings: ReadSettings) -> dict[str, Dimension]:
    """Return what names mean in a table of which it is not known yet whether it has what is needed; reading it says what is wrong."""
    try:
        return nameable(opened, find_roles(opened, settings, score_needed=False))
    except FairauditError:
        return {}
