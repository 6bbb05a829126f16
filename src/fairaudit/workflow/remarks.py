"""What the counts show that a reader of the numbers has to know before all else; it joins the notes on what was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Protocol

from fairaudit.count.counts import Counted
from fairaudit.errors import listed
from fairaudit.read.checked_rows import Checked
from fairaudit.read.choice import is_usual, tells
from fairaudit.read.notes import Note
from fairaudit.read.notes import counted as count_by_name
from fairaudit.slices.grammar import MISSING_GROUP, NONE_OF_THEM
from fairaudit.spelling import setting

AGAINST_LABELS = 0.45
"""ROC AUC below which scores run against the labels, if all of its interval lies below one half."""


class Area(Protocol):
    """The ROC AUC of everybody."""

    @property
    def value(self) -> float | None:
        """``None`` where it is undefined."""

    @property
    def ci(self) -> tuple[float, float] | None:
        """``None`` where there is none, such as for an area of 0."""

    @property
    def small(self) -> bool:
        """Whether it rests on few people."""


def scores_against_labels(area: Area | None, *, score: str) -> tuple[Note, ...]:
    """Warn where high scores go with label 0.

    Parameters
    ----------
    area
        ``None`` where scores are decisions, or there are no labels.
    score
        The name of the scores, for the sentence.
    """
    if area is None or area.value is None or area.value >= AGAINST_LABELS:
        return ()
    if area.ci is None:
        # Where every label 0 is scored above every label 1 there is no interval, and no doubt either if they are not few.
        if area.small or area.value > 0:
            return ()
        known = "ROC AUC 0"
    elif area.ci[1] >= 0.5:
        return ()
    else:
        known = f"ROC AUC {area.value:.3f}, 95% interval {area.ci[0]:.3f} to {area.ci[1]:.3f}"
    return (
        Note(
            sentence=f"{score}: scores run against the labels ({known}); "
            f"is a low score the good one, or another label the positive one ({setting('positive')})?",
            warning=True,
        ),
    )


def shared_people(
    everybody: int, groups: Iterable[tuple[str, int]], *, column: str | None
) -> tuple[Note, ...]:
    """Name the attributes of which some people stand in several groups; `column` tells people apart.

    With the weights of a survey and no such column, each row is another person.

    Parameters
    ----------
    everybody
        How many people there are.
    groups
        How many are in each group, behind its attribute; of attributes whose groups overlap by what they are none is here.
    """
    if column is None:
        return ()
    people: Counter[str] = Counter()
    for attribute, number in groups:
        people[attribute] += number
    more = {attribute: number - everybody for attribute, number in people.items()}
    return tuple(
        Note(
            sentence=f"{attribute}: some of the {everybody:,} people ({column}) stand in more than one group, {extra:,} times in all; they are taken for "
            "other people in each, which errs to the careful side while the rows of a person are alike"
        )
        for attribute, extra in more.items()
        if extra > 0
    )


def overlapping_groups(checked: Checked, counted: Counted) -> tuple[Note, ...]:
    """Say how many people are in several groups of an attribute, and how many in none: its groups add up to more people than there are, or to fewer."""
    notes = []
    for attribute in (a for a in checked.attributes if a.overlapping):
        in_families = [place for place, part in enumerate(attribute.parts) if len(part) > 1]
        groups = sum(
            group.counts.people
            for group in counted.of(attribute.name)
            if not {NONE_OF_THEM, MISSING_GROUP}.intersection(group.names[place] for place in in_families)
        )
        from fairaudit.count.overlapping import overlap_of

        overlap = overlap_of(checked, attribute)
        notes.append(
            Note(
                sentence=f"{attribute.name}: of {counted.overall.people:,} people, {overlap.several:,} are in several groups and {overlap.nowhere:,} in none; "
                f"the groups add up to {groups:,}"
            )
        )
    return tuple(notes)


def open_memberships(groups: Iterable[tuple[str, str, int]]) -> tuple[Note, ...]:
    """Say of how many people it is not known whether they are in a group, which is compared with none of them.

    Parameters
    ----------
    groups
        Attribute, group, and how many people may be in it or not.
    """
    people: dict[str, dict[str, int]] = {}
    for attribute, group, number in groups:
        if number:
            people.setdefault(attribute, {})[group] = number
    return tuple(
        Note(
            sentence=f"{attribute}: of some people it is not known whether they are in {count_by_name(numbers)}; no group is compared with those who may be in it"
        )
        for attribute, numbers in people.items()
    )


def one_label_groups(counted: Counted, *, least: int) -> tuple[Note, ...]:
    """Warn of groups of at least so many people who all have one label: error rates that need the other one are undefined there."""
    notes = []
    for attribute in counted.attributes:
        one_label = {
            group.group: group.counts
            for group in counted.of(attribute)
            if group.counts.positives is not None and 0 in (group.counts.positives, group.counts.negatives)
        }
        alike = {name: counts for name, counts in one_label.items() if counts.n * counted.part >= least}
        # An attribute all of whose groups are so repeats the label, of which there is another warning.
        if alike and len(one_label) < len(counted.of(attribute)):
            labels = sorted({int(counts.negatives == 0) for counts in alike.values()})
            verb, noun = ("has", "group") if len(alike) == 1 else ("have", "groups")
            which = f"label {labels[0]}" if len(labels) == 1 else "one label, 0 or 1,"
            sentence = f"{attribute}: {len(alike):,} {noun} of {least:,} or more people {verb} {which} only ({listed(list(alike))}), where rates that need both are undefined"
            notes.append(Note(sentence=sentence, warning=True))
    return tuple(notes)


def telling_attributes(counted: Counted, *, outcomes: Collection[str] = ()) -> tuple[Note, ...]:
    """Warn of attributes that say in other words what was decided, or is true; those that people are usually grouped by are findings.

    Parameters
    ----------
    outcomes
        The attributes that are the label or the decision itself.
    """
    notes = []
    for attribute in (a for a in counted.attributes if a not in outcomes):
        groups = [group.counts for group in counted.of(attribute)]
        decisions = [(c.n - c.selected, c.selected) for c in groups if c.selected is not None]
        labels = [
            (c.negatives, c.positives) for c in groups if c.negatives is not None and c.positives is not None
        ]
        for outcome, counts in (("decision", decisions), ("label", labels)):
            people = [(round(zeros * counted.part), round(ones * counted.part)) for zeros, ones in counts]
            if not is_usual(attribute) and (known := tells(people)):
                sentence = f"{attribute}: its values tell the {outcome} of {known[0]:,} of {known[1]:,} people, so it may be no group of people"
                notes.append(Note(sentence=f"{sentence}, but another word for the {outcome}", warning=True))
                break
    return tuple(notes)
