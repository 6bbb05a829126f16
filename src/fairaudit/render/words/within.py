"""Sentences and cells of a gap among people who are alike in something else; a paradox is called by its name."""

from __future__ import annotations

from collections.abc import Iterable

from fairaudit.documents.within import SELECTION, StratumPart, WithinPart
from fairaudit.errors import clipped
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import Words, group_text
from fairaudit.render.words.shares import (
    PREDICATES,
    base_text,
    predicate_text,
    rate_head,
)
from fairaudit.render.words.values import times
from fairaudit.settings.limits import interval_text, number_text

HEADS = (
    "Group",
    "Crude ratio",
    "Odds ratio (95%)",
    "Risk ratio (95%)",
    "CMH p",
    "Breslow-Day p",
    "Standardised",
    "Short",
)
EXCESS = "Excess"
"""How many more than at equal rates within strata it happens to: the last of the heads of rates other than of selection."""
STRATUM_HEADS = ("Stratum", "People", "Rate", "Reference", "Rate there", "Ratio", "Odds ratio")
LEVEL = 0.05


def small_p(value: float | None) -> str:
    """Write a p-value with two digits that say something, for a cell.

    >>> small_p(0.217), small_p(0.00207), small_p(1e-9), small_p(None)
    ('0.217', '0.0021', '<0.0001', '–')
    """
    if value is None:
        return "–"
    if value < 0.0001:
        return "<0.0001"
    return f"{value:.4f}" if value < 0.01 else f"{value:.3f}"


def sentences(part: WithinPart, words: Words, *, judged: bool = True) -> tuple[str, ...]:
    """Say what is left of a gap within strata, how sure that is, and whether strata differ in it.

    Parameters
    ----------
    judged
        Whether a level says what is beyond chance; otherwise numbers alone are told.
    """
    tests = (_chance(part), _apart(part)) if judged else (_numbers(part),)
    texts = (_answer(part, words), _odds(part, words), *tests, _caution(part))
    return tuple(text for text in texts if text)


def is_paradox(part: WithinPart, *, judged: bool = True) -> bool:
    """Tell whether the answer within strata is another than that of all people together."""
    return part.simpson or (judged and part.vanishes)


def _answer(part: WithinPart, words: Words) -> str:
    who, beside = (
        group_text(part.attribute, part.group, words) + base_text(part.metric, words),
        group_text(part.attribute, part.reference, words),
    )
    column = clipped(part.column)
    ratio = "" if part.crude_ratio is None else f" ({times(part.crude_ratio)} times the rate)"
    crude = (
        f"{who} {_happens(part, words, less=(part.crude_difference or 0.0) < 0)} than {beside} overall{ratio}"
    )
    if part.simpson:
        return f"Simpson's paradox: {crude}, and not so within {column}."
    if part.vanishes:
        return f"{capital(crude)}; within {column} that is not beyond chance."
    if part.odds_ratio_mh is None:
        return f"Within {column}, {who} cannot be compared with {beside}."
    sure = part.cmh_p is not None and part.cmh_p < LEVEL
    chance = "beyond chance" if sure else "though not beyond chance"
    return f"Within {column}, {who} {_happens(part, words, less=part.odds_ratio_mh < 1)} than {beside}, {chance}."


def _happens(part: WithinPart, words: Words, *, less: bool) -> str:
    """Say what happens to people less or more often."""
    if part.metric not in PREDICATES:
        return f"have a {'lower' if less else 'higher'} {BY_NAME[part.metric].long_name}"
    verb = predicate_text(part.metric, words)
    return f"{verb} {'less' if less else 'more'} often"


def _odds(part: WithinPart, words: Words) -> str:
    if part.odds_ratio_mh is None:
        return ""
    interval = (
        f", 95% interval {interval_text(part.odds_ratio_mh_ci, decimals=3)}" if part.odds_ratio_mh_ci else ""
    )
    beside = group_text(part.attribute, part.reference, words)
    return f"Among people alike in {clipped(part.column)} their odds are {number_text(part.odds_ratio_mh, 3)} times those of {beside}{interval}."


def _chance(part: WithinPart) -> str:
    if part.cmh is None or part.cmh_p is None:
        return ""
    sure = "That is beyond chance" if part.cmh_p < LEVEL else "That is not beyond chance"
    return f"{sure}: Cochran-Mantel-Haenszel {number_text(part.cmh, 3)}, p {small_p(part.cmh_p)} (without correction for continuity)."


def _numbers(part: WithinPart) -> str:
    """Tell both statistics without saying what they come to."""
    if part.cmh is None:
        return ""
    apart = (
        ""
        if part.breslow_day is None
        else f"; Breslow-Day {number_text(part.breslow_day, 2)}, p {small_p(part.breslow_day_p)}"
    )
    return f"Cochran-Mantel-Haenszel {number_text(part.cmh, 3)}, p {small_p(part.cmh_p)}{apart}."


def _apart(part: WithinPart) -> str:
    if part.breslow_day is None or part.breslow_day_p is None:
        return ""
    same = "differs between strata" if part.breslow_day_p < LEVEL else "may well be the same in all strata"
    return f"The odds ratio {same}: Breslow-Day {number_text(part.breslow_day, 2)}, p {small_p(part.breslow_day_p)}."


def _caution(part: WithinPart) -> str:
    if not is_paradox(part):
        return ""
    return f"Why groups differ in {clipped(part.column)}, and whether that is fair, these numbers do not say."


def tables_of(parts: Iterable[WithinPart]) -> list[list[WithinPart]]:
    """Gather what is shown in one table: the groups of an attribute in one metric, within one column."""
    tables: dict[tuple[str, str, str], list[WithinPart]] = {}
    for part in parts:
        tables.setdefault((part.metric, part.attribute, part.column), []).append(part)
    return list(tables.values())


def heads(part: WithinPart) -> tuple[str, ...]:
    """Name the columns of a table of groups within strata."""
    return HEADS if part.metric == SELECTION else (*HEADS[:-1], EXCESS)


def title(part: WithinPart, words: Words, *, named: bool = False) -> str:
    """Say what a table of groups within strata is of; selection rates are named where there are others beside them."""
    text = f"{clipped(part.attribute)} within {clipped(part.column)}, beside {clipped(part.reference)}"
    return f"{text}: {rate_head(part.metric, words)}" if named or part.metric != SELECTION else text


def stratum_title(part: WithinPart, words: Words, *, named: bool = False) -> str:
    """Say what a table of strata is of."""
    text = f"{clipped(part.group)} within {clipped(part.column)}, stratum by stratum"
    return f"{text}: {rate_head(part.metric, words)}" if named or part.metric != SELECTION else text


def row(part: WithinPart) -> tuple[str, ...]:
    """Write the cells of a group within strata, without its name."""
    short = part.shortfall
    if short is not None and part.metric != SELECTION:
        short = -short
    return (
        "–" if part.crude_ratio is None else times(part.crude_ratio),
        _with_interval(part.odds_ratio_mh, part.odds_ratio_mh_ci),
        _with_interval(part.risk_ratio_mh, part.risk_ratio_mh_ci),
        small_p(part.cmh_p),
        small_p(part.breslow_day_p),
        "–" if part.standardised_ratio is None else times(part.standardised_ratio),
        "–" if short is None else number_text(short, 1),
    )


def stratum_row(part: StratumPart) -> tuple[str, ...]:
    """Write the cells of a stratum, without its name."""
    return (
        f"{part.n:,}",
        "–" if part.rate is None else f"{part.rate:.1%}",
        f"{part.reference_n:,}",
        "–" if part.reference_rate is None else f"{part.reference_rate:.1%}",
        "–" if part.impact_ratio is None else times(part.impact_ratio),
        "–" if part.odds_ratio is None else times(part.odds_ratio),
    )


def left_out_text(part: WithinPart, words: Words) -> str:
    """Say how many of a group are in no comparison; empty where all are."""
    if not part.left_out:
        return ""
    who = group_text(part.attribute, part.group, words) + base_text(part.metric, words)
    return f"{part.left_out:,} of {who} are in no comparison: their {clipped(part.column)} is unknown, or has nobody to compare with."


def _with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None:
        return "–"
    return number_text(value, 3) + (f" ({interval_text(interval, decimals=3)})" if interval else "")
