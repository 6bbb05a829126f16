"""How groups are compared, and what makes a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.errors import OptionError, did_you_mean, listed
from fairaudit.metrics.table import COMPARED_METRICS
from fairaudit.settings.verdict import VerdictOptions
from fairaudit.spelling import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRule(VerdictOptions):
    """How groups are compared, and what makes a verdict; its metrics are those on which parities rest."""

    @classmethod
    def of(cls, options: VerdictOptions) -> VerdictRule:
        """Make the rule of the options."""
        return cls(
            references=options.references,
            tau=options.tau,
            decide=options.decide,
            metrics=options.metrics,
            effect=options.effect,
        )

    def __post_init__(self) -> None:
        """Refuse metrics on which no parity rests."""
        known = [metric.name for metric in COMPARED_METRICS]
        for name in self.metrics:
            if name not in known:
                raise OptionError(
                    setting("metric"),
                    f"{name!r} is no metric on which a parity rests",
                    hint=f"{did_you_mean(name, known)} Say one of {listed(known)}".strip(),
                )


DEFAULT_RULE = VerdictRule()
