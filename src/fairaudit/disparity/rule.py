"""How groups are compared, and what makes a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from fairaudit.disparity.judge import PARITIES
from fairaudit.errors import OptionError, did_you_mean, listed
from fairaudit.settings.choices import (
    DECISIVE_METRICS,
    DEFAULT_TAU,
    MAJORITY,
    Decide,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRule:
    """How groups are compared, and what makes a verdict.

    Attributes
    ----------
    metrics
        Those that form the verdict.
    """

    references: tuple[str, ...] = (MAJORITY,)
    tau: Fraction = DEFAULT_TAU
    decide: Decide = Decide.INTERVAL
    metrics: tuple[str, ...] = DECISIVE_METRICS

    def __post_init__(self) -> None:
        """Refuse metrics on which no parity rests."""
        for name in self.metrics:
            if name not in PARITIES.values():
                raise OptionError(
                    "--metric",
                    f"{name!r} is no metric on which a parity rests",
                    hint=f"{did_you_mean(name, PARITIES.values())} Say one of {listed(list(PARITIES.values()))}".strip(),
                )


DEFAULT_RULE = VerdictRule()
