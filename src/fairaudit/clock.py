"""The time at which documents are made; nothing else reads the clock for them."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

from fairaudit.errors import OptionError

EPOCH = "SOURCE_DATE_EPOCH"
"""The environment's variable that says when something was made, so that equal runs give equal files (reproducible-builds.org)."""


def now() -> datetime:
    """Return the time in seconds (UTC): what `EPOCH` says, or that of the clock.

    Raises
    ------
    OptionError
        If `EPOCH` is no whole number of seconds.
    """
    chosen = os.environ.get(EPOCH, "")
    if not chosen:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        seconds = int(chosen) if chosen.isascii() and chosen.isdigit() else -1
        return datetime.fromtimestamp(seconds if seconds >= 0 else 1 << 62, UTC)
    except (ValueError, OverflowError, OSError):
        raise OptionError(
            EPOCH,
            f"{chosen!r} in the environment is no time",
            hint="It is a number of seconds since 1970, such as 1767225600; unset it for the time of the clock",
        ) from None


def seconds_since(begun: float) -> float:
    """Return how long ago a moment of the monotonic clock was; 0 where somebody has chosen the time, so that equal runs give equal files."""
    return 0.0 if os.environ.get(EPOCH) else time.monotonic() - begun
