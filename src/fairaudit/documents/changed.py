"""``compare.json``: what changed between two sets of predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from fairaudit.change import outcome
from fairaudit.documents.constraints import Count, Inside, NotNegative, Number
from fairaudit.documents.parts import (
    AuditSettings,
    DecisionPart,
    Envelope,
    InputPart,
    Interval,
    LockPart,
    NotePart,
    Part,
)

if TYPE_CHECKING:
    import pandas as pd

Outcome = outcome.Outcome
"""What a comparison came to, as every reader of a document has it from here."""
ChangedMetric = Literal[
    "pprev",
    "fpr",
    "fnr",
    "precision",
    "accuracy",
    "prev",
    "share",
    "balanced_accuracy",
    "f1",
    "mcc",
    "roc_auc",
    "brier",
    "log_loss",
    "ece",
    "oe",
]
"""What is compared; `share` is the share of everybody who is in the group, and those behind it are no shares of people."""


class MatchedPart(Part):
    """How people were matched: by which column, and how many stand in both inputs, or in one only; `labels_changed` of those in both."""

    column: str
    both: Count
    base_only: Count
    new_only: Count
    labels_changed: Count | None


class RatePart(Part):
    """A rate in one of the inputs; `value` is ``null`` where the denominator is 0. What is no share of people has no numerator and denominator."""

    value: Number | None
    numerator: Count | None
    denominator: Count | None


class PairsPart(Part):
    """People in the denominator both times, by whether they are in the numerator."""

    both: Count
    base_only: Count
    new_only: Count
    neither: Count


class ChangePart(Part):
    """One rate of a group, or of everybody (without `attribute` and `group`); `difference` is new minus base.

    `p_adjusted` is Holm's, for all comparisons. `reason` says why nothing can be told. Of what is no share of people, `correlation` is that of both values and `resamples` how often people
    were drawn again for it. `beyond_margin` says whether a worsening by more than the margin is ``shown``, ``excluded`` or ``undecided``, where that is asked and there is a worse side.
    """

    attribute: str | None
    group: str | None
    metric: ChangedMetric
    base: RatePart
    new: RatePart
    difference: Number | None
    difference_ci: Interval | None
    interval: str | None
    p_value: NotNegative | None
    p_adjusted: NotNegative | None
    test: str | None
    pairs: PairsPart | None
    verdict: Outcome
    reason: str | None
    correlation: Number | None = None
    resamples: Count | None = None
    beyond_margin: Literal["shown", "excluded", "undecided"] | None = None


class BootstrapPart(Part):
    """How people were drawn again: from which seed, and of more than `most_people` with scores, so many by lot."""

    seed: Count
    of_cells: Count
    of_scores: Count
    most_people: Count


class GroupInBothPart(Part):
    """A group: how many people it has in base and in new, and their share of everybody; one that is `new` or `vanished` has none in the other."""

    attribute: str
    group: str
    base: Count
    new: Count
    base_share: Number
    new_share: Number
    status: Literal["in both", "new", "vanished"]
    unknown: bool


class StabilityPart(Part):
    """The population stability index of an attribute's groups, or of the scores over tenths of base.

    `by_chance` is what it is on average if nothing has moved. The bands are a convention: little below 0.1, much from 0.25 on.
    """

    of: str
    index: NotNegative
    by_chance: NotNegative
    band: Literal["little", "some", "much"]
    edges: list[Number] | None
    base: list[Count]
    new: list[Count]


class MissingPart(Part):
    """How many people of base and of new lack a value."""

    column: str
    base: Count
    new: Count


class CompareDocument(Envelope):
    """``compare.json``: `input` and `settings` are those of base, `new_lock` is in what new departs from slices that were kept; `changes` begins with what is worse. `comparisons` were made.

    Where it is `from_documents`, counts of two folders of results were compared. p-values are adjusted for those that are `counted`: of the same people of whom none differ, no test can show a change (Tarone 1990).
    """

    schema_: Literal["fairaudit/compare/1"] = Field(default="fairaudit/compare/1", alias="schema")
    new: InputPart
    settings: AuditSettings
    new_lock: LockPart | None = None
    new_decision: DecisionPart | None
    base_people: Count
    new_people: Count
    matched: MatchedPart | None
    confidence: Inside
    level: Inside
    comparisons: Count
    counted: Count
    changes: list[ChangePart]
    groups: list[GroupInBothPart]
    shares: list[StabilityPart]
    scores: StabilityPart | None
    missing: list[MissingPart]
    from_documents: bool = False
    margin: NotNegative | None = None
    bootstrap: BootstrapPart | None = None

    @property
    def all_notes(self) -> list[NotePart]:
        """What was found while reading either, each after the name of its file where that is of one alone."""
        sides = (self.input, self.new)
        shared = [note for note in self.input.notes if note in self.new.notes]
        own = [
            note.model_copy(update={"sentence": f"{side.name}: {note.sentence}"})
            for side in sides
            for note in side.notes
            if note not in shared
        ]
        return sorted([*shared, *own], key=lambda note: not note.warning)

    def of(self, *verdicts: Outcome) -> list[ChangePart]:
        """Return the changes with some verdicts."""
        return [change for change in self.changes if change.verdict in verdicts]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each comparison."""
        from fairaudit.documents.frames import changed_frame

        return changed_frame(self)
