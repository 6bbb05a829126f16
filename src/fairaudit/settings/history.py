"""How results of many months are put in order, and what of them is followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fairaudit.errors import OptionError, did_you_mean, listed
from fairaudit.settings.option import Option, words
from fairaudit.spelling import setting

FOLLOWED = ("pprev", "fpr", "fnr", "precision", "accuracy")
"""The rates that are followed where nobody chooses, as far as the documents have them."""


class Order(StrEnum):
    """In which order months follow each other."""

    GIVEN = "given"
    NAME = "name"
    TIME = "time"


def _metrics(typed: str | Sequence[str]) -> tuple[str, ...]:
    return words((typed,) if isinstance(typed, str) else typed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What is followed over the months, and in which order they are; ``None`` for the order in which they are named, or in a folder that of their names."""

    metrics: Annotated[
        tuple[str, ...],
        Option(
            name="metric",
            keyword="metrics",
            short="-m",
            metavar="METRIC",
            read=_metrics,
            help=f"Rate that is followed. Repeatable, comma lists work. Default: {', '.join(FOLLOWED)}, as far as there are.",
        ),
    ] = ()
    order: Annotated[
        Order | None,
        Option(
            help="given: as they are typed. name: by the names of folders and files, numbers by their size. time: by when they were made. Default: given; of what a folder holds name."
        ),
    ] = None

    def refuse(self, rates: Sequence[str]) -> None:
        """Refuse metrics that are none of these rates.

        Raises
        ------
        OptionError
            The first one.
        """
        for name in self.metrics:
            if name not in rates:
                raise OptionError(
                    setting("metric"),
                    f"{name!r} is no rate of a group of people, whose counts could be pooled",
                    hint=f"{did_you_mean(name, rates)} Say one of {listed(list(rates), most=20)}".strip(),
                )
