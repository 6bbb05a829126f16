"""Results of two folders: whether they are of the same question, and the counts that stand in them."""

from __future__ import annotations

import bisect
import dataclasses
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.count.cells import TENTHS
from fairaudit.count.counts import Counted, Counts, GroupCounts, ScoredTenth
from fairaudit.documents.audit import ScoreCountsPart, ScoresDocument, SlicePart, SlicesDocument
from fairaudit.documents.folder import read_results
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.parts import AttributePart, AuditSettings, DecisionPart, GroupPart, OverallPart
from fairaudit.errors import FileError, clipped, listed
from fairaudit.metrics.kinds import Needs
from fairaudit.metrics.scored import AREA, MeanOfScores
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.choices import ScoreKind, WeightKind
from fairaudit.spelling import command

if TYPE_CHECKING:
    from numpy.typing import NDArray

WithCounts = GroupDocument | SlicesDocument
"""A document that holds the counts of groups."""
ByScore = tuple["NDArray[np.float64]", "NDArray[np.int64]"]
"""Rising scores, and how many people have each."""
_SCORES = "scores.json"
_WAY_OUT = "audit again there, or name the predictions themselves"
NO_SCORES = f"the folder holds no {_SCORES} of it: {_WAY_OUT}"
NO_RANKS = f"its {_SCORES} is of an earlier version, and does not say how people are ranked: {_WAY_OUT}"
_ROUNDING = 1e-9
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCounts:
    """The counts of groups in a folder of results.

    Attributes
    ----------
    lacking
        Metrics that its document has, and its counts cannot give, with the reason.
    """

    counted: Counted
    lacking: Mapping[str, str]


def counts_with_scores(folder: Path, document: WithCounts) -> FolderCounts:
    """Return the counts that stand in a document, with what its folder holds of the scores."""
    counted = counted_of(document)
    of_scores = [
        name
        for name in document.overall.metrics
        if BY_NAME[name].needs in (Needs.LABEL_AND_SCORE, Needs.LABEL_AND_PROBABILITY)
    ]
    if not of_scores:
        return FolderCounts(counted=counted, lacking={})
    scores = read_results(folder).scores
    if scores is None:
        return FolderCounts(counted=counted, lacking=dict.fromkeys(of_scores, NO_SCORES))
    try:
        return _with_scores(counted, document, scores)
    except _NotOfThisDocument as error:
        return FolderCounts(counted=counted, lacking=dict.fromkeys(of_scores, f"{error}: {_WAY_OUT}"))


def _with_scores(counted: Counted, document: WithCounts, scores: ScoresDocument) -> FolderCounts:
    """Add what is counted of scores to the counts of a document."""
    known = {(part.attribute, part.group): part for part in scores.groups}
    parts = {(name, group): part for name, group, part in _parts(document)}
    tenths = _tenths_of(scores)
    overall = _scored(counted.overall, document.overall, scores.overall, tenths)
    groups = tuple(
        dataclasses.replace(
            one,
            counts=_scored(
                one.counts, parts[one.attribute, one.group], known.get((one.attribute, one.group)), tenths
            ),
        )
        for one in counted.groups
    )
    unranked = any(c.n and c.concordant_twice is None for c in (overall, *(g.counts for g in groups)))
    lacking = {AREA: NO_RANKS} if unranked and AREA in document.overall.metrics else {}
    return FolderCounts(
        counted=dataclasses.replace(
            counted, overall=overall, groups=groups, scores=ScoreKind(document.settings.scores)
        ),
        lacking=lacking,
    )


class _NotOfThisDocument(Exception):
    """Two documents of one folder do not agree."""


def _tenths_of(scores: ScoresDocument) -> list[int] | None:
    """Return the tenth of [0, 1] that each place between thresholds is in; ``None`` where scores are no probabilities.

    Raises
    ------
    _NotOfThisDocument
        If the thresholds are no ends of tenths.
    """
    if scores.overall.score_sums is None:
        return None
    ends = [place / TENTHS for place in range(1, TENTHS)]
    if not set(ends) <= set(scores.thresholds):
        raise _NotOfThisDocument(f"its {_SCORES} counts no tenths of the scores")
    return [bisect.bisect_right(ends, low) for low in (-math.inf, *scores.thresholds)]


def _scored(
    counts: Counts,
    part: GroupPart | SlicePart | OverallPart,
    scored: ScoreCountsPart | None,
    tenths: list[int] | None,
) -> Counts:
    """Add what is counted of the scores of one group.

    Raises
    ------
    _NotOfThisDocument
        If the scores are of other people.
    """
    if not counts.n:
        return counts
    if scored is None or sum(scored.people) != counts.n or sum(scored.positives or []) != counts.positives:
        raise _NotOfThisDocument(
            f"its {_SCORES} is about other people than {'those of ' if scored else ''}its counts of groups"
        )
    sums: dict[str, Any] = {
        kind.total: Fraction(estimate.value) * counts.n
        for name, estimate in part.metrics.items()
        if isinstance(kind := BY_NAME[name].kind, MeanOfScores) and estimate.value is not None
    }
    ranked = scored.ranked
    with_tenths = None
    if tenths is not None:
        with_tenths = tuple(
            _tenth(scored, [p for p, own in enumerate(tenths) if own == place]) for place in range(TENTHS)
        )
    counts = dataclasses.replace(counts, tenths=with_tenths, **sums)
    if ranked is None:
        return counts
    ones, zeros = counts.positives or 0, counts.negatives or 0
    area = Fraction(ranked.concordant_twice, max(2 * ones * zeros, 1))
    known = part.metrics[AREA].value if AREA in part.metrics else None
    if area > 1 or (known is not None and abs(float(area) - known) > _ROUNDING):
        raise _NotOfThisDocument(f"its {_SCORES} ranks people otherwise than its counts of groups say")
    return dataclasses.replace(
        counts,
        concordant_twice=ranked.concordant_twice,
        # No squares add up to less than those of their mean.
        placements1=max(Fraction(ranked.placements1), ones * area**2),
        placements0=max(Fraction(ranked.placements0), zeros * area**2),
    )


def _tenth(scored: ScoreCountsPart, places: Sequence[int]) -> ScoredTenth:
    """Add up the people between some thresholds."""
    positives, score_sums = scored.positives or [], scored.score_sums or []
    return ScoredTenth(
        people=sum(int(scored.people[p]) for p in places),
        positives=sum(int(positives[p]) for p in places),
        score_sum=sum((Fraction(score_sums[p]) for p in places), Fraction(0)),
    )


def _parts(document: WithCounts) -> list[tuple[str, str, GroupPart | SlicePart]]:
    """Return the groups of a document, each behind its attribute and its name."""
    if isinstance(document, GroupDocument):
        return [(part.attribute, part.group, part) for part in document.groups]
    return [(part.feature, part.slice, part) for part in document.slices]


def counted_of(document: WithCounts) -> Counted:
    """Return the counts that stand in a document; of scores there are none."""
    return Counted(
        overall=_counts(document.overall),
        groups=tuple(
            GroupCounts(attribute=attribute, group=group, counts=_counts(part), unknown=part.unknown)
            for attribute, group, part in _parts(document)
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
    "FolderCounts",
    "WithCounts",
    "counted_of",
    "counts_with_scores",
    "differing",
    "people_by_score",
    "read_counts",
    "results_folder",
    "same_metrics",
]
