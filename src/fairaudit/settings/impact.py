"""What is asked of adverse impact: by whose definitions, beside whom, and who is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from fairaudit.errors import OptionError, clipped
from fairaudit.settings.choices import DEFAULT_STATEMENTS, Effect, Profile, SmdOf
from fairaudit.settings.numbers import number
from fairaudit.settings.option import CARD, COLUMNS, DECISION, OUTPUT, Option
from fairaudit.settings.reading import MEDIAN, AuditReading
from fairaudit.settings.verdict import refuse_nameless
from fairaudit.spelling import setting

IMPACT = "Adverse impact"
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,9})?|\.\d{1,9})\s*(%?)", re.ASCII)


def parse_share(text: str) -> Fraction:
    """Read a share of people exactly.

    >>> parse_share("2%"), parse_share("0.02")
    (Fraction(1, 50), Fraction(1, 50))

    Raises
    ------
    OptionError
        If it is none, or all people and more.
    """
    share = _SHARE.fullmatch(text.strip())
    value = Fraction(share[1]) / (100 if share[2] else 1) if share else None
    if value is None or not 0 <= value < 1:
        raise OptionError(
            setting("exclude_below"),
            f"{clipped(text)!r} is no share of people from 0 to below 1",
            hint="Say 2%, or 0.02",
        )
    return value


def parse_threshold(text: str) -> float:
    """Read a threshold, which may be the median.

    Raises
    ------
    OptionError
        If it is neither a number nor that.
    """
    if text.strip().casefold() == "median":
        return MEDIAN
    try:
        return number(text)
    except ValueError:
        raise OptionError(
            setting("threshold"), f"{clipped(text)!r} is not a number", hint="Say a number, or median"
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactReading(AuditReading):
    """How rows are read whose selection rates are compared: no labels are needed, and the threshold may be the median."""

    threshold: Annotated[
        float | None,
        Option(
            panel=DECISION,
            metavar="T",
            read=parse_threshold,
            help="Selected if score >= T; or median: if the score lies above the median of all people of the table, as a scoring rate has it. Default 0.5 if all scores lie in [0, 1].",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactOptions:
    """What is asked of adverse impact.

    Attributes
    ----------
    references
        Whom groups are compared with; none is for the group that is best off.
    exclude
        Groups that are left out of the comparison, as typed.
    exclude_below
        Groups of a smaller share of the people are left out, too.
    """

    profile: Annotated[
        Profile,
        Option(
            panel=IMPACT,
            help="Whose definitions: four-fifths (Uniform Guidelines), ll144 (New York City's Local Law 144: no limit), lending (ratio, marginal effect, denials, scores), or none (numbers alone).",
        ),
    ] = Profile.FOUR_FIFTHS
    references: Annotated[
        tuple[str, ...],
        Option(
            name="ref_group",
            keyword="ref_group",
            short="-r",
            panel=IMPACT,
            metavar="GROUP",
            help="Whom groups are compared with: race=White (repeatable), max (the highest rate), majority, rest or min. Default: the group that is best off, which has the highest rate, or where being selected hurts the lowest.",
        ),
    ] = ()
    effect: Annotated[
        Effect | None,
        Option(
            panel=IMPACT,
            help="What being selected does to a person: helps (the default: adverse is a lower rate), or hurts (a denial, a flag: adverse is a higher one).",
        ),
    ] = None
    exclude: Annotated[
        tuple[str, ...],
        Option(
            panel=COLUMNS,
            metavar="GROUP",
            help="A group that is left out of the comparison, such as race=Other, before the reference is chosen; it stays in the table. Repeatable, comma lists work.",
        ),
    ] = ()
    exclude_below: Annotated[
        Fraction | None,
        Option(
            panel=COLUMNS,
            metavar="SHARE",
            read=parse_share,
            help="Leave out groups of less than this share of a table's known people, such as 2%.",
        ),
    ] = None
    population: Annotated[
        Path | None,
        Option(
            panel=IMPACT,
            metavar="FILE",
            help="Table of a population: a column of categories, called as the attribute or category, and one of their share or count. Groups are compared with it as well.",
        ),
    ] = None
    smd: Annotated[
        SmdOf | None,
        Option(
            panel=IMPACT,
            help="Compare scores as well, without any threshold: the difference of means in standard deviations, pooled of both groups or overall, of everybody. Default with lending: pooled.",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse a reference without a name."""
        refuse_nameless(self.references)

    @property
    def smd_of(self) -> SmdOf | None:
        """By what differences of mean scores are divided; ``None`` where scores are not compared."""
        return self.smd or (SmdOf.POOLED if self.profile is Profile.LENDING else None)

    @property
    def hurts(self) -> bool:
        """Whether being selected is bad for a person."""
        return self.effect is Effect.HURTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactFiles:
    """What is written beside ``impact.json``."""

    tables: Annotated[
        Path | None,
        Option(
            panel=OUTPUT,
            metavar="DIR",
            help="Folder for the tables, each as CSV and all in one XLSX file (needs openpyxl: pip install openpyxl defusedxml).",
        ),
    ] = None
    statements: Annotated[
        Path,
        Option(
            panel=CARD,
            metavar="FILE",
            help="What people state for the card; with ll144 the page for posting takes its table [impact].",
        ),
    ] = DEFAULT_STATEMENTS
