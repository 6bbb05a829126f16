"""How a table of predictions is read."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fairaudit.errors import OptionError, written
from fairaudit.settings.choices import Missing, WeightKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSettings:
    """How rows of predictions are to be read: every choice that can change a count.

    Attributes
    ----------
    label, score, decision, weight, id
        Column names; ``None`` lets the reader look for the usual names. `label` and `score` may be ``"none"``.
    weight_kind
        How many people a row stands for, or the weight that a survey gives it; ``None`` tells by whether all weights are whole.
    positive
        Label values that make up the positive class; empty for labels that are 0/1.
    attributes
        Attributes as typed (``race``, ``age:25,45``, ``race*sex``); empty lets the reader choose.
    where
        SQL condition over the input's columns; rows that do not fulfil it are dropped and counted.
    na_values
        Marks of missing values; ``None`` for the usual ones, and none at all for those of empty cells only.
    threshold
        A row with score >= threshold is decided 1.
    top_k, top_percent
        The highest `top_k` people, or `top_percent` (0 to 100) of them, are decided 1, with all tied at the cut.
    """

    label: str | None = None
    score: str | None = None
    decision: str | None = None
    weight: str | None = None
    id: str | None = None
    weight_kind: WeightKind | None = None
    positive: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    where: str | None = None
    missing: Missing = Missing.ERROR
    na_values: tuple[str, ...] | None = None
    threshold: float | None = None
    top_k: int | None = None
    top_percent: float | None = None

    def __post_init__(self) -> None:
        """Refuse two decision rules at once, and limits that cannot be."""
        rules = [
            option
            for option, value in (
                ("--threshold", self.threshold),
                ("--top-k", self.top_k),
                ("--top-percent", self.top_percent),
            )
            if value is not None
        ]
        if len(rules) > 1:
            raise OptionError(rules[1], f"cannot be given together with {rules[0]}")
        if self.weight_kind is not None and self.weight is None:
            raise OptionError("--weight-kind", "says what the weights are, and there is no --weight")
        if self.threshold is not None and not math.isfinite(self.threshold):
            raise OptionError("--threshold", f"{self.threshold} is not a finite number")
        if self.top_k is not None and self.top_k < 1:
            raise OptionError("--top-k", f"{self.top_k} is below 1")
        if self.top_percent is not None and not 0 < self.top_percent <= 100:
            raise OptionError("--top-percent", f"{written(self.top_percent)} is not above 0 and at most 100")
