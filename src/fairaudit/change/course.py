"""What may become of a difference over months."""

from __future__ import annotations

from enum import StrEnum

LEVEL = 0.05
"""Adjusted p-values up to this show something."""


class Course(StrEnum):
    """What became of a difference."""

    SINCE = "since"
    THROUGHOUT = "throughout"
    NO_LONGER = "no longer"
    NOT_SHOWN = "not shown"
    UNKNOWN = "unknown"
