"""How groups are compared and judged, and which of them are small."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from fairaudit.errors import OptionError
from fairaudit.settings.choices import (
    DECISIVE_METRICS,
    DEFAULT_MIN_GROUP_SIZE,
    DEFAULT_TAU,
    Decide,
    Effect,
    RateInterval,
)
from fairaudit.settings.numbers import parse_tau
from fairaudit.settings.option import Option, words
from fairaudit.spelling import setting

RefGroup = Annotated[
    tuple[str, ...],
    Option(
        name="ref_group",
        keyword="ref_group",
        short="-r",
        metavar="GROUP",
        help="Whom groups are compared with: race=Caucasian or race=max (repeatable; a bare value where one attribute has it), majority, rest (everybody else), max (the highest selection rate, as the four-fifths rule has it) or min (the lowest rate; Aequitas's min-metric). Default: majority; for intersections rest.",
    ),
]


EffectChoice = Annotated[
    Effect | None,
    Option(
        help="What decision 1 does to a person: hurts (detained, flagged) or helps (a loan, an interview). It says who is worse off; no number changes."
    ),
]


def refuse_nameless(references: tuple[str, ...]) -> None:
    """Refuse a reference group without a name."""
    if not all(map(str.strip, references)):
        raise OptionError(setting("ref_group"), "names no group", hint="Leave it out, or name one")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictOptions:
    """How groups are compared, and what makes a verdict.

    Attributes
    ----------
    references
        Whom groups are compared with; none is for the usual.
    tau
        Ratios within [tau, 1 / tau] are tolerated.
    metrics
        Those that form the verdict.
    """

    references: RefGroup = ()
    tau: Annotated[
        Fraction,
        Option(
            metavar="RATIO",
            read=parse_tau,
            help="Tolerance: ratios from tau to 1/tau are tolerated. 0.8 is four fifths.",
        ),
    ] = DEFAULT_TAU
    decide: Annotated[
        Decide,
        Option(
            help="interval: pass and fail need evidence, all else is undecided. point: the ratio alone decides, as in Aequitas."
        ),
    ] = Decide.INTERVAL
    metrics: Annotated[
        tuple[str, ...],
        Option(
            name="metric",
            short="-m",
            metavar="METRIC",
            read=words,
            help="Metric that forms the verdict. Repeatable, comma lists work. Default: pprev, fpr and fnr.",
        ),
    ] = DECISIVE_METRICS
    effect: EffectChoice = None

    def __post_init__(self) -> None:
        """Refuse a verdict on nothing, and a reference without a name."""
        if not self.metrics:
            raise OptionError(
                setting("metric"), "names no metric", hint="Leave it out for pprev, fpr and fnr"
            )
        refuse_nameless(self.references)


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Whom groups are compared with where a gate does not say; none is for the usual."""

    references: RefGroup = ()

    def __post_init__(self) -> None:
        """Refuse a reference without a name."""
        refuse_nameless(self.references)


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """What decisions do to people, where nothing else of a verdict is chosen."""

    effect: EffectChoice = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """Which groups are small, of which nobody knows who is in them, which interval rates carry, and what slices are ranked by."""

    min_group_size: Annotated[
        int,
        Option(least=1, metavar="N", help="Smaller groups are marked small (they keep their numbers)."),
    ] = DEFAULT_MIN_GROUP_SIZE
    interval: Annotated[
        RateInterval,
        Option(help="Interval of each rate: Wilson's, or Clopper and Pearson's exact one."),
    ] = RateInterval.WILSON
    unknown: Annotated[
        tuple[str, ...],
        Option(
            metavar="VALUE",
            help="A value that says as little as a missing one, such as Unknown or race=Other: its people are counted, and neither judged nor compared with. Repeatable, comma lists work.",
        ),
    ] = ()
    rank_by: Annotated[
        str | None,
        Option(
            metavar="METRIC",
            help="Metric that slices are ranked by, the poorest first. Default: balanced accuracy, which does not move with the base rate; without labels the selection rate.",
        ),
    ] = None
