"""Results of two folders: whether they are of the same question, and the counts that stand in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.count.counts import Counted, Counts, GroupCounts
from fairaudit.documents.audit import GroupDocument, SlicePart, SlicesDocument
from fairaudit.documents.folder import read_results
from fairaudit.documents.parts import AttributePart, AuditSettings, DecisionPart, GroupPart, OverallPart
from fairaudit.errors import FileError, clipped, listed
from fairaudit.settings.choices import ScoreKind, WeightKind
from fairaudit.spelling import command

if TYPE_CHECKING:
    from numpy.typing import NDArray

WithCounts = GroupDocument | SlicesDocument
"""A document that holds the counts of groups."""
ByScore = tuple["NDArray[np.float64]", "NDArray[np.int64]"]
"""Rising scores, and how many people have each."""
NO_SCORES = "a folder of results holds no scores"
_NAMES = ("group.json", "slices.json")
_OF_ROWS: Mapping[str, str] = {
    "label": "label",
    "positive": "positive value",
    "score": "score",
    "decision_column": "column of decisions",
    "where": "condition",
    "missing": "rule for missing values",
    "unknown": "unknown values",
    "weight": "weight",
}
"""Settings that say which rows are counted, and as what."""


def results_folder(source: str) -> Path | None:
    """Return the folder in which an audit has left its results, if that is what is named."""
    path = Path(source)
    try:
        there = path.is_dir() and any((path / name).is_file() for name in _NAMES)
    except (OSError, ValueError):
        # An address, or a name that cannot be one.
        return None
    return path if there else None


def read_counts(folder: Path) -> WithCounts:
    """Read the counts of groups that an audit has left in a folder.

    Raises
    ------
    FileError
        If there are none, or they are of rows that are no people.
    """
    results = read_results(folder)
    document = results.group or results.slices
    if document is None:
        raise FileError(str(folder), "holds no counts of groups", hint=f"Run {command('audit')} there first")
    if document.settings.weight_kind is WeightKind.SURVEY:
        raise FileError(
            str(folder), "its people have the weights of a survey, and a comparison counts people"
        )
    if document.overall.rows not in (None, document.overall.n):
        raise FileError(
            str(folder),
            "its people stand in several rows, and a comparison by counts takes each row for a person",
            hint="Name the predictions themselves",
        )
    return document


def people_by_score(base: Path, new: Path) -> tuple[ByScore, ByScore] | None:
    """Count the people of two folders by the threshold that their scores reach; ``None`` where both do not tell, by the same thresholds."""
    scores = [read_results(folder).scores for folder in (base, new)]
    if scores[0] is None or scores[1] is None or scores[0].thresholds != scores[1].thresholds:
        return None
    # Those below the first threshold are anywhere below it.
    reached = np.asarray([-np.inf, *scores[0].thresholds])
    one, other = (
        np.asarray(document.overall.people, dtype=np.int64) for document in scores if document is not None
    )
    return (reached, one), (reached, other)


def differing(
    base: AuditSettings, new: AuditSettings, *, attributes: Collection[str] | None = None
) -> tuple[str, str] | None:
    """Say in what two audits ask another question, as far as that is known, and what would be right; ``None`` where they ask the same.

    Parameters
    ----------
    attributes
        Those that have to be in both; left out, all of both.
    """
    for key, name in _OF_ROWS.items():
        one, other = getattr(base, key), getattr(new, key)
        if one != other:
            return f"the {name} is {_shown(other)}, and was {_shown(one)}", "Audit both alike"
    if (rules := _rules(base.decision, new.decision)) is not None:
        return rules, "Audit both by the same rule"
    names = [{a.name: a for a in settings.attributes} for settings in (base, new)]
    wanted = list(dict.fromkeys([*names[0], *names[1]])) if attributes is None else list(attributes)
    for name in wanted:
        if (sides := [side.get(name) for side in names]) and (reason := _apart(name, *sides)):
            return reason, "Audit both by the same slices, with edges in numbers, such as age:25,45"
        if base.slices.get(name) != new.slices.get(name):
            return (
                f"the condition behind {clipped(name)!r} is another one",
                "Audit both by the same conditions",
            )
    return None


def _rules(base: DecisionPart | None, new: DecisionPart | None) -> str | None:
    """Say how two rules differ; scores of the top ones are at a threshold of their own each time."""
    rules = [
        None if rule is None else (rule.kind, rule.wanted, None if rule.wanted else rule.threshold)
        for rule in (base, new)
    ]
    if rules[0] == rules[1]:
        return None
    texts = ["none" if rule is None else rule.sentence for rule in (base, new)]
    return f"the decision rule is {clipped(texts[1])}, and was {clipped(texts[0])}"


def _apart(name: str, base: AttributePart | None, new: AttributePart | None) -> str:
    """Say how two attributes of one name differ; empty where they do not."""
    if base is None or new is None:
        side = "base" if base is None else "new"
        return f"{clipped(name)!r} is not among the slices of {side}"
    if base.edges != new.edges:
        edges = [
            ", ".join(f"{edge:g}" for own in part.edges.values() for edge in own) for part in (new, base)
        ]
        return f"{clipped(name)!r} is cut at {edges[0]}, and was cut at {edges[1]}"
    return ""


def _shown(value: object) -> str:
    if value is None or value == []:
        return "the usual one"
    return listed(value) if isinstance(value, list) else repr(clipped(str(value)))


def same_metrics(base: WithCounts, new: WithCounts) -> str:
    """Say which metrics only one of two documents has; empty where both have the same."""
    only = sorted(set(base.overall.metrics) ^ set(new.overall.metrics))
    if not only:
        return ""
    side = "base" if only[0] in base.overall.metrics else "new"
    return f"{listed(only)} {'is' if len(only) == 1 else 'are'} measured in {side} only"


def counted_of(document: WithCounts) -> Counted:
    """Return the counts that stand in a document; of scores there are none."""
    parts: list[tuple[str, str, GroupPart | SlicePart]] = (
        [(part.attribute, part.group, part) for part in document.groups]
        if isinstance(document, GroupDocument)
        else [(part.feature, part.slice, part) for part in document.slices]
    )
    return Counted(
        overall=_counts(document.overall),
        groups=tuple(
            GroupCounts(attribute=attribute, group=group, counts=_counts(part), unknown=part.unknown)
            for attribute, group, part in parts
        ),
        scores=ScoreKind.NONE,
        intersections=frozenset(a.name for a in document.settings.attributes if len(a.columns) > 1),
        overlapping=frozenset(a.name for a in document.settings.attributes if a.members),
    )


def _counts(part: GroupPart | SlicePart | OverallPart) -> Counts:
    cells = part.counts
    tp, fp, fn, tn, selected = (
        None if value is None else int(value)
        for value in (cells.tp, cells.fp, cells.fn, cells.tn, cells.selected)
    )
    return Counts(n=part.n, selected=selected, tp=tp, fp=fp, fn=fn, tn=tn)


__all__ = [
    "NO_SCORES",
    "WithCounts",
    "counted_of",
    "differing",
    "people_by_score",
    "read_counts",
    "results_folder",
    "same_metrics",
]
