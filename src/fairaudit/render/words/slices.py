"""What is said of slices: which is the poorest, and which are too small to be ranked."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.documents.parts import EstimatePart, OverallPart
from fairaudit.documents.ranking import Poorest, Slice, is_small, poorest_slice, rank_slices, slices_too_small
from fairaudit.metrics.kinds import Better
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.findings import distance_text
from fairaudit.render.words.names import MOST_NAMED, capital, joined
from fairaudit.render.words.people import Words, group_text
from fairaudit.render.words.values import metric_value


def worst_slice_row(
    slices: Sequence[Slice], overall: OverallPart, metric: str, words: Words
) -> tuple[str, str]:
    """Say which slice is the poorest, as a head and a text."""
    worst, poorer = poorest_slice(slices, metric), _poorer(metric)
    if worst is None and not _is_told_from_rest(slices, metric):
        return "Slices", _first_slice(slices, overall.metrics[metric], metric, words)
    if worst is None:
        few = too_few_text(slices, metric, words)
        return (
            "Slices",
            f"none of enough {words.people} is {poorer} than everybody else{f'; {few}' if few else ''}",
        )
    text = _slice_text(worst, overall.metrics[metric], metric, words)
    if worst.is_sure:
        if farther := farther_text(slices, worst.slice, metric, words):
            return f"Surely {poorer}", f"{text}; {farther}"
        return f"{_POOREST[poorer]} slice", text
    return (
        "Slices",
        f"none is surely {poorer} than the rest in {BY_NAME[metric].long_name}; farthest off are {text}",
    )


def slices_told(
    slices: Sequence[Slice], everybody: EstimatePart, metric: str, words: Words
) -> tuple[str, tuple[str, ...]]:
    """Say which slice is the poorest, and how far it is from the rest.

    Returns
    -------
    tuple
        The finding, for example 'The poorest slice is people with age_cat "Less than 25": balanced accuracy 0.599, everybody 0.651.', and sentences on its
        people, on its distance with the interval that allows for the choice, and on slices too small to be ranked.
    """
    worst, few, poorer = poorest_slice(slices, metric), too_few_text(slices, metric, words), _poorer(metric)
    after = (f"{capital(few)}.",) if few else ()
    called = BY_NAME[metric].long_name
    if worst is None and not _is_told_from_rest(slices, metric):
        return f"{capital(_first_slice(slices, everybody, metric, words))}.", after
    if worst is None:
        known = any(s.metrics[metric].value is not None and not is_small(s, metric) for s in slices)
        if not known:
            return f"Of no slice of enough {words.people} the {called} is known.", after
        value = metric_value(metric, everybody.value)
        return f"No slice of enough {words.people} is {poorer} than everybody: {called} {value}.", after
    text = _slice_text(worst, everybody, metric, words)
    farther = farther_text(slices, worst.slice, metric, words) if worst.is_sure else ""
    after = (*((f"{capital(farther)}.",) if farther else ()), *after)
    finding = (
        f"Surely {poorer} than the rest are {text}."
        if farther
        else f"The {_POOREST[poorer].lower()} slice is {text}."
        if worst.is_sure
        else f"No slice is surely {poorer} than the rest; farthest off are {text}."
    )
    people = f"{worst.slice.n:,} {words.people}; to everybody else it is {distance_text(worst, metric)}."
    return finding, (people, *after)


def farther_text(slices: Sequence[Slice], surest: Slice, metric: str, words: Words) -> str:
    """Name the slices that are still worse than the one that surely is, by what may be chance, without a full stop; empty where none is.

    Those of few people are passed over, as in any ranking.
    """
    own, higher = surest.metrics[metric].value, BY_NAME[metric].better is Better.LOWER
    farther = [
        (value, s)
        for s in slices
        if not is_small(s, metric)
        and not s.unknown
        and (value := s.metrics[metric].value) is not None
        and own is not None
        and (value > own if higher else value < own)
    ]
    if not farther:
        return ""
    side = "higher" if higher else "lower"
    if len(farther) > MOST_NAMED:
        return f"{len(farther):,} groups are {side} still, perhaps by chance"
    ordered = sorted(farther, key=lambda pair: -pair[0] if higher else pair[0])
    named = [
        f"{group_text(s.feature, s.name, words)} ({metric_value(metric, value)})" for value, s in ordered
    ]
    return f"{side} still, but perhaps by chance: {joined(named)}"


def ranked_by_text(metric: str) -> str:
    """Say what slices are ranked by."""
    return f"Slices are ranked by {BY_NAME[metric].long_name}."


def _is_told_from_rest(slices: Sequence[Slice], metric: str) -> bool:
    """Tell whether it is known of any slice how far it is from everybody else."""
    return any(metric in s.vs_rest for s in slices)


def _first_slice(slices: Sequence[Slice], everybody: EstimatePart, metric: str, words: Words) -> str:
    """Say which slice comes first by a metric whose distance to everybody else has no interval."""
    called, value = BY_NAME[metric].long_name, metric_value(metric, everybody.value)
    ranked = [s for s in rank_slices(slices, metric) if not is_small(s, metric) and not s.unknown]
    first = next((s for s in ranked if s.metrics[metric].value is not None), None)
    if first is None:
        return f"of no slice of enough {words.people} the {called} is known"
    end = "highest" if BY_NAME[metric].better is Better.LOWER else "lowest"
    name = group_text(first.feature, first.name, words)
    own = metric_value(metric, first.metrics[metric].value)
    return f"{end} {called}: {name}, {own}; everybody {value}. Whether that is beyond chance is not told"


_POOREST = {"poorer": "Poorest", "lower": "Lowest"}


def _poorer(metric: str) -> str:
    """Name the worse side; a share of people that is neither good nor bad is only lower."""
    return "lower" if BY_NAME[metric].better is Better.NEITHER else "poorer"


def _slice_text(worst: Poorest, everybody: EstimatePart, metric: str, words: Words) -> str:
    name = group_text(worst.slice.feature, worst.slice.name, words)
    own, all_ = (metric_value(metric, one.value) for one in (worst.slice.metrics[metric], everybody))
    return f"{name}: {BY_NAME[metric].long_name} {own}, everybody {all_}"


def too_few_text(slices: Sequence[Slice], metric: str, words: Words) -> str:
    """Say which slices have too few people to be ranked; empty where none has."""
    few = slices_too_small(slices, metric)
    if not few:
        return ""
    largest = sorted(few, key=lambda s: -s.n)[:MOST_NAMED]
    named = joined([f"{group_text(s.feature, s.name, words)} ({s.n:,})" for s in largest])
    if len(few) > MOST_NAMED:
        return f"too few to rank: {len(few):,} slices, the largest {named}"
    return f"too few to rank: {named}"
