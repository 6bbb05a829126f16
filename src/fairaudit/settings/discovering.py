"""How slices are searched that nobody asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fairaudit.errors import OptionError, did_you_mean, listed, written
from fairaudit.settings.choices import Adjusted, Sought
from fairaudit.settings.option import COLUMNS, Option, words
from fairaudit.spelling import setting

SEARCH = "Search"
_ALIASES = {"logloss": Sought.LOG_LOSS}
"""What people write in another way."""
_ERRORS = {
    "accuracy": Sought.ERROR,
    "tpr": Sought.FNR,
    "tnr": Sought.FPR,
    "precision": Sought.FDR,
    "npv": Sought.FOR,
}
"""The errors of rates of which more is better."""


def _metrics(typed: str | Sequence[str]) -> tuple[str, ...]:
    return words((typed,) if isinstance(typed, str) else typed)


def _meant(name: str) -> str:
    """Name the errors of a rate of which more is better, or what is written alike."""
    return f"Its errors are '{_ERRORS[name]}'." if name in _ERRORS else did_you_mean(name, [*Sought])


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovering:
    """Where slices are searched, for what, and what makes one a discovery.

    Attributes
    ----------
    metrics
        What is to be worse in a slice than in the rest; exactly one.
    over
        The columns, or slices, that are searched; none lets the reader choose.
    min_rows
        People that a slice needs; ``None`` for one of 200, and 60 at least.
    """

    metrics: Annotated[
        tuple[str, ...],
        Option(
            name="metric",
            keyword="metric",
            short="-m",
            panel=SEARCH,
            metavar="METRIC",
            read=_metrics,
            help=f"What is worse in a slice: {', '.join(Sought)}. Default: error, which is 1 minus the accuracy.",
        ),
    ] = (Sought.ERROR.value,)
    over: Annotated[
        tuple[str, ...],
        Option(
            panel=COLUMNS,
            metavar="COL",
            help="Columns that are searched, or whatever a slice can be: age:25,45, age:quartiles, city:top20, len(review), signup.year, missing(income). "
            "Repeatable, comma lists work. Default: all but identifiers, labels, scores and decisions, and what repeats these.",
        ),
    ] = ()
    depth: Annotated[
        int,
        Option(least=1, most=3, panel=SEARCH, metavar="N", help="At most so many conditions together."),
    ] = 3
    bins: Annotated[
        int,
        Option(
            least=2,
            most=50,
            panel=SEARCH,
            metavar="N",
            help="Numbers are cut into so many ranges of equally many people.",
        ),
    ] = 10
    min_rows: Annotated[
        int | None,
        Option(
            least=2,
            panel=SEARCH,
            metavar="N",
            help="A slice needs so many people. Default: one of 200, and 60 at least.",
        ),
    ] = None
    min_denominator: Annotated[
        int,
        Option(
            least=2,
            panel=SEARCH,
            metavar="N",
            help="A slice needs so many people in the denominator of the metric.",
        ),
    ] = 30
    min_ratio: Annotated[
        float,
        Option(
            panel=SEARCH, metavar="RATIO", help="A slice has so many times the rate of the rest at least."
        ),
    ] = 1.1
    level: Annotated[
        float,
        Option(
            panel=SEARCH,
            metavar="P",
            help="Where nothing is worse than the rest, the chance of any discovery is at most this.",
        ),
    ] = 0.05
    correction: Annotated[
        Adjusted,
        Option(
            panel=SEARCH,
            help="Which p-values decide, adjusted for all slices that were tested: holm (each discovery can be acted upon), or bh (of all, few are false).",
        ),
    ] = Adjusted.HOLM
    seed: Annotated[
        int,
        Option(
            least=0, panel=SEARCH, metavar="N", help="Decides by lot which half of the people is searched."
        ),
    ] = 0

    def __post_init__(self) -> None:
        """Refuse what no search can be for."""
        if len(self.metrics) != 1:
            raise OptionError(
                setting("metric"),
                f"names {len(self.metrics)} metrics, and one is searched for",
                hint=f"Say one of {listed(list(Sought), most=10)}; in a file, under [discover]",
            )
        (name,) = self.metrics
        if name not in (*Sought, *_ALIASES):
            raise OptionError(
                setting("metric"),
                f"{name!r} is nothing that slices are searched for",
                hint=f"{_meant(name)} Say one of {listed(list(Sought), most=10)}".strip(),
            )
        if not 1 <= self.min_ratio < float("inf"):
            raise OptionError(setting("min_ratio"), f"{written(self.min_ratio)} is not a number from 1 on")
        if not 0 < self.level < 1:
            raise OptionError(setting("level"), f"{written(self.level)} is not above 0 and below 1")

    @property
    def sought(self) -> Sought:
        """What is to be worse."""
        (name,) = self.metrics
        return _ALIASES.get(name) or Sought(name)

    def people(self, everybody: int) -> int:
        """Return how many people a slice needs."""
        return self.min_rows or max(60, everybody // 200)
