"""How two sets of predictions are read that are compared."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from fairaudit.settings.numbers import parse_margin
from fairaudit.settings.option import COLUMNS, POLICY, Option
from fairaudit.settings.reading import ReadSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedSettings(ReadSettings):
    """How both inputs are read; `id` matches their people."""

    id: Annotated[
        str | None,
        Option(
            panel=COLUMNS,
            metavar="COL",
            help="Column that says whom a row is about, in both files: the same people are compared with themselves, which shows smaller changes. Everybody stands in one row.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerated:
    """How much worse would matter."""

    margin: Annotated[
        Fraction | None,
        Option(
            metavar="MARGIN",
            read=parse_margin,
            help="How much worse a group may become, such as 0.02: it is said for each whether more than that is shown, excluded or undecided.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFrom:
    """What gates on change compare with."""

    baseline: Annotated[
        str | None,
        Option(
            panel=POLICY,
            metavar="BASE",
            help='Earlier predictions, or the folder of their results, with which gates on change compare (max_drop, max_rise, reference = "baseline"). With --id, the same people are compared with themselves.',
        ),
    ] = None
