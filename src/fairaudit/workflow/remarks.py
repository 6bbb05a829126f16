"""What the counts show that a reader of the numbers has to know before all else; it joins the notes on what was read."""

from __future__ import annotations

from fairaudit.count import Counted
from fairaudit.read.choice import is_usual, told
from fairaudit.read.notes import Note

AGAINST_LABELS = 0.45
"""ROC AUC below which scores run against the labels, if all of its interval lies below one half."""


def scores_against_labels(
    value: float | None, ci: tuple[float, float] | None, *, score: str
) -> tuple[Note, ...]:
    """Warn where high scores go with label 0.

    Parameters
    ----------
    value, ci
        The ROC AUC of everybody, and its interval.
    score
        The name of the scores, for the sentence.
    """
    if value is None or ci is None or value >= AGAINST_LABELS or ci[1] >= 0.5:
        return ()
    return (
        Note(
            sentence=f"{score}: scores run against the labels (ROC AUC {value:.3f}, 95% interval {ci[0]:.3f} to {ci[1]:.3f}); "
            "is a low score the good one, or another label the positive one (--positive)?",
            warning=True,
        ),
    )


def telling_attributes(counted: Counted) -> tuple[Note, ...]:
    """Warn of attributes that say in other words what was decided, or is true; those that people are usually grouped by are findings."""
    notes = []
    for attribute in counted.attributes:
        groups = [group.counts for group in counted.of(attribute)]
        decisions = [(c.n - c.selected, c.selected) for c in groups if c.selected is not None]
        labels = [
            (c.negatives, c.positives) for c in groups if c.negatives is not None and c.positives is not None
        ]
        for outcome, counts in (("decision", decisions), ("label", labels)):
            if not is_usual(attribute) and (known := told(counts)):
                sentence = f"{attribute}: its values tell the {outcome} of {known[0]:,} of {known[1]:,} people, so it may be no group of people"
                notes.append(Note(sentence=f"{sentence}, but another word for the {outcome}", warning=True))
                break
    return tuple(notes)
