"""What a comparison can come to."""

from __future__ import annotations

from enum import StrEnum

LEVEL = 0.05
"""Adjusted p-values up to this show a change."""


class Outcome(StrEnum):
    """What a comparison came to, the worst first; of what has no better side it is only told that it has changed."""

    WORSE = "worse"
    CHANGED = "changed"
    BETTER = "better"
    NO_CHANGE = "no change shown"
    CANNOT_TELL = "cannot tell"
