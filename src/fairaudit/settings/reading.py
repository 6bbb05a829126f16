"""How a table of predictions is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fairaudit.errors import OptionError, written
from fairaudit.settings.choices import Missing, WeightKind
from fairaudit.settings.conditions import checked_conditions, parse_conditions
from fairaudit.settings.locked import locked_values
from fairaudit.settings.option import COLUMNS, DECISION, Option, words
from fairaudit.slices.file import Lock, read_lock
from fairaudit.spelling import setting

Attributes = Annotated[
    tuple[str, ...],
    Option(
        name="attribute",
        short="-a",
        panel=COLUMNS,
        metavar="COL",
        help="What people are grouped by: race, age:25,45 (edges), age:quartiles, race*sex (intersection); docs/slices.md has every form. Repeatable, comma lists work. Default: columns of 2 to 50 texts, or of 0 and 1, that do not repeat label or decision; at most 12.",
    ),
]
Features = Annotated[
    tuple[str, ...],
    Option(
        name="feature",
        keyword="features",
        short="-f",
        panel=COLUMNS,
        metavar="COL",
        help="What rows are sliced by: race, age:25,45 (edges), age:quartiles, race*sex, city:top20, missing(income), len(review):mean; docs/slices.md has every form. Repeatable, comma lists work. Default: columns of 2 to 50 texts, or of 0 and 1, that do not repeat label or decision; at most 12.",
    ),
]
Where = Annotated[
    str | None,
    Option(
        panel=COLUMNS,
        metavar="SQL",
        help="Keep only rows that fulfil a condition, such as \"race not in ('Asian')\"; the others are counted.",
    ),
]
NamedSlices = Annotated[
    Mapping[str, str],
    Option(
        name="slice_where",
        keyword="slices",
        panel=COLUMNS,
        metavar="NAME=SQL",
        read=parse_conditions,
        table=checked_conditions,
        help="A condition as a slice of that name, such as \"young_women=age < 25 and sex = 'Female'\". Repeatable; the table [slices] in a file.",
    ),
]
KeptSlices = Annotated[
    Lock | None,
    Option(
        name="slices",
        keyword="slices",
        panel=COLUMNS,
        metavar="FILE",
        read=read_lock,
        beside=True,
        help="Apply exactly the slices of a file that fairaudit slice --save has written: their edges, categories and references, the roles of columns and the decision rule. What is new, or no longer there, is told.",
    ),
]
MissingRows = Annotated[
    Missing,
    Option(panel=COLUMNS, help="What to do with rows that have no label or score; drop counts them."),
]
NaValues = Annotated[
    tuple[str, ...] | None,
    Option(
        panel=COLUMNS,
        metavar="TEXT",
        read=words,
        help="What stands for a missing value, instead of the usual marks (NA, N/A, #N/A, NaN, NULL, None, ? and such; . and - among numbers). "
        "Repeatable, comma lists work; an empty text leaves only empty cells.",
    ),
]


class Median(float):
    """A threshold that only the scores tell, which is why it is no number: their median, above which a score has to lie."""

    __slots__ = ()


MEDIAN = Median("nan")


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
    slices
        Conditions by the names of the slices that they are.
    lock
        Slices that were kept; its roles, rule, conditions and, where none are named, attributes become those of the settings.
    na_values
        Marks of missing values; ``None`` for the usual ones, and none at all for those of empty cells only.
    threshold
        A row with score >= threshold is decided 1.
    top_k, top_percent
        The highest `top_k` people, or `top_percent` (0 to 100) of them, are decided 1, with all tied at the cut.
    """

    attributes: Attributes = ()
    label: Annotated[
        str | None,
        Option(
            panel=COLUMNS,
            metavar="COL",
            help="Column with the true outcome; none audits decisions alone. Default: label or label_value.",
        ),
    ] = None
    score: Annotated[
        str | None,
        Option(
            panel=COLUMNS,
            metavar="COL",
            help="Column with scores or 0/1 decisions. Default: score.",
        ),
    ] = None
    decision: Annotated[
        str | None,
        Option(
            panel=COLUMNS,
            metavar="COL",
            help="Column with 0/1 decisions beside the scores. Default: decision, if there is one and neither a rule nor --score is given.",
        ),
    ] = None
    weight: Annotated[
        str | None,
        Option(
            panel=COLUMNS,
            metavar="COL",
            help="Column of counts, how many people a row stands for; or of the weights of a survey.",
        ),
    ] = None
    weight_kind: Annotated[
        WeightKind | None,
        Option(
            panel=COLUMNS,
            help="frequency: a row stands for so many people. survey: it was weighted, which makes rates weighted and the evidence less. "
            "Default: survey if some weight has a fraction.",
        ),
    ] = None
    id: Annotated[
        str | None,
        Option(
            panel=COLUMNS,
            metavar="COL",
            help="Column that says whom a row is about, where people stand in several rows: evidence then counts people, not rows.",
        ),
    ] = None
    positive: Annotated[
        tuple[str, ...],
        Option(
            panel=COLUMNS,
            metavar="VALUE",
            help="Label value that is the positive class; repeat it, or give a comma list, for several.",
        ),
    ] = ()
    where: Where = None
    slices: NamedSlices = field(default_factory=dict)
    lock: KeptSlices = None
    missing: MissingRows = Missing.ERROR
    na_values: NaValues = None
    threshold: Annotated[
        float | None,
        Option(
            panel=DECISION,
            metavar="T",
            help="Decided 1 if score >= T. Default 0.5 if all scores lie in [0, 1].",
        ),
    ] = None
    top_k: Annotated[
        int | None,
        Option(
            panel=DECISION,
            metavar="K",
            help="Decided 1: the K highest scores, and all tied with the last of them.",
        ),
    ] = None
    top_percent: Annotated[
        float | None,
        Option(
            panel=DECISION,
            metavar="P",
            help="Decided 1: the highest P percent, and all tied with the last of them.",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Take over what a lock keeps, and refuse two decision rules at once, and limits that cannot be."""
        if self.lock is not None:
            typed = {name: getattr(self, name) for name in self.__dataclass_fields__}
            for name, value in locked_values(self.lock, typed).items():
                object.__setattr__(self, name, value)
        rules = [
            setting(name) for name in ("threshold", "top_k", "top_percent") if getattr(self, name) is not None
        ]
        if len(rules) > 1:
            raise OptionError(rules[1], f"cannot be given together with {rules[0]}")
        if self.weight_kind is not None and self.weight is None:
            raise OptionError(
                setting("weight_kind"), f"says what the weights are, and there is no {setting('weight')}"
            )
        is_number = self.threshold is not None and not isinstance(self.threshold, Median)
        if is_number and not math.isfinite(self.threshold or 0.0):
            raise OptionError(setting("threshold"), f"{self.threshold} is not a finite number")
        if self.top_k is not None and self.top_k < 1:
            raise OptionError(setting("top_k"), f"{self.top_k} is below 1")
        if self.top_percent is not None and not 0 < self.top_percent <= 100:
            raise OptionError(
                setting("top_percent"), f"{written(self.top_percent)} is not above 0 and at most 100"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReading(ReadSettings):
    """How rows are read whose groups are told of, those of few people together.

    Attributes
    ----------
    suppress_below
        Groups with counts of fewer people, but not of nobody, are counted together, with further ones where they would be told by subtraction.
    """

    suppress_below: Annotated[
        int | None,
        Option(
            panel=COLUMNS,
            metavar="N",
            help="Tell of no count of 1 to N - 1 people in a group (people, labels, selected, cells of the confusion matrix): such groups are counted together as (suppressed), with the smallest others where subtraction would give them back. Predictions are written as they are.",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse a limit that hides nobody."""
        ReadSettings.__post_init__(self)
        if self.suppress_below is not None and self.suppress_below < 2:
            raise OptionError(
                setting("suppress_below"), f"{self.suppress_below} is below 2, and would hide nobody"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """What people are grouped by, where the rest of a reading is settled."""

    attributes: Attributes = ()
    slices: NamedSlices = field(default_factory=dict)
    lock: KeptSlices = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """What an audit looks at beside its attributes, and by what it is divided."""

    features: Features = ()
    by: Annotated[
        str | None,
        Option(
            panel=COLUMNS,
            metavar="COL",
            help="One audit for each value of a column, such as model_id, in a folder of its own, and a table over all.",
        ),
    ] = None
