"""Scores into counts: how many people of each group stand at or above each of up to 101 thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fairaudit.count.few import places_of_few
from fairaudit.count.groups import SUM_UNIT, all_sets, are_few, batches, group_key, grouping_set
from fairaudit.engine.elsewhere import Key
from fairaudit.engine.losses import whole
from fairaudit.engine.sql import Pick, in_array, in_list
from fairaudit.read.checked_rows import Checked
from fairaudit.read.precision import own, own_sql, shortest
from fairaudit.read.used_rows import cells_of, rows_between
from fairaudit.settings.choices import ScoreKind
from fairaudit.slices.grammar import CROSS

MOST_THRESHOLDS = 101
"""How many thresholds scores are counted at, beside the one in use."""
_ZERO = Fraction()
_HUNDREDTHS = frozenset(place / (MOST_THRESHOLDS - 1) for place in range(MOST_THRESHOLDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCounts:
    """How many people of a group stand between neighbouring thresholds.

    Attributes
    ----------
    attribute, group
        Empty for everybody.
    people, positives
        One number more than there are thresholds: below the first, from each to below the next, and from the last on; `positives` are
        those with label 1, ``None`` without labels.
    score_sums
        Sums of the scores; ``None`` where scores are no probabilities.
    """

    attribute: str
    group: str
    people: tuple[int, ...]
    positives: tuple[int, ...] | None
    score_sums: tuple[Fraction, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The scores of an audit, counted between thresholds that rise."""

    thresholds: tuple[float, ...]
    overall: ScoreCounts
    groups: tuple[ScoreCounts, ...]


def count_scores(checked: Checked) -> Scored | None:
    """Count scores between thresholds, so that the decisions at each of them need no row; ``None`` where scores are decisions.

    Probabilities are counted at every hundredth, ranks at their distinct values, or at their percentiles if these are more than 101; and at
    the threshold in use. A threshold belongs to the part above it, as a score that equals it is decided 1.
    """
    if checked.scores not in (ScoreKind.PROBABILITIES, ScoreKind.RANKS):
        return None
    thresholds = _thresholds(checked)
    has_label = checked.roles.label is not None
    in_units = checked.scores is ScoreKind.PROBABILITIES
    sets = all_sets(checked)
    units = SUM_UNIT.denominator
    counts_at = _counts_at(checked, sets, thresholds)

    def counts(attribute: str, group: str, places: Mapping[int, tuple[int, int, int]]) -> ScoreCounts:
        columns = list(zip(*(places.get(p, (0, 0, 0)) for p in range(len(thresholds) + 1)), strict=True))
        return ScoreCounts(
            attribute=attribute,
            group=group,
            people=tuple(columns[0]),
            positives=tuple(columns[1]) if has_label else None,
            score_sums=tuple(Fraction(total, units) if total else _ZERO for total in columns[2])
            if in_units
            else None,
        )

    groups: list[ScoreCounts] = []
    for attribute in checked.attributes:
        named = {
            CROSS.join(names): places
            for key, places in counts_at.items()
            if (names := checked.names_in(attribute, key)) is not None
        }
        groups += [counts(attribute.name, group, places) for group, places in sorted(named.items())]
    return Scored(thresholds=thresholds, overall=counts("", "", counts_at[()]), groups=tuple(groups))


def _counts_at(
    checked: Checked, sets: Sequence[Sequence[int]], thresholds: Sequence[float]
) -> dict[Key, dict[int, tuple[int, int, int]]]:
    """Count, by group and place between thresholds, people, those with label 1, and the sum of their scores in units, where these are probabilities."""
    precision = checked.rows.precision(checked.roles.score)
    in_units = checked.scores is ScoreKind.PROBABILITIES
    positives = (
        "coalesce(sum(people) FILTER (WHERE label = 1), 0)" if checked.roles.label is not None else "0"
    )
    sums = "sum(total)" if checked.rows.apart is not None else f"sum(people * {whole('score')})"
    counts_at: dict[Key, dict[int, tuple[int, int, int]]] = {}
    for part, of_part in batches(checked, sets):
        if checked.rows.apart is None and are_few(checked):
            counts_at |= places_of_few(
                checked.rows,
                of_part,
                cells_of(checked.rows, part),
                [own(threshold, precision) for threshold in thresholds],
                labelled=checked.roles.label is not None,
                probabilities=in_units,
            )
            continue
        batch = [*of_part, ()]
        taking_part = sorted({index for indexes in batch for index in indexes})
        keys = [f"d{index}" for index in taking_part]
        place = _place(thresholds, precision, in_array if checked.rows.scores_elsewhere else in_list)
        placed = rows_between(checked.rows, place, summed=in_units, part=part)
        rows = checked.rows.connection.execute(
            f"SELECT {', '.join([*keys, 'place', 'sum(people)', positives, sums if in_units else '0'])} FROM {placed} "
            f"GROUP BY GROUPING SETS ({', '.join(grouping_set(indexes, 'place') for indexes in batch)})"
        ).fetchall()
        for row in rows:
            place, people, ones, total = row[len(keys) :]
            counts_of_group = counts_at.setdefault(group_key(taking_part, row[: len(keys)]), {})
            counts_of_group[place] = (int(people), int(ones), int(total))
    return counts_at


def _thresholds(checked: Checked) -> tuple[float, ...]:
    """Choose the thresholds: rising, and no more than a slider has places for."""
    if checked.scores is ScoreKind.PROBABILITIES:
        chosen = set(_HUNDREDTHS)
    else:
        precision = checked.rows.precision(checked.roles.score)
        chosen = {shortest(float(score), precision) for score in _telling_scores(checked)}
    if checked.rule is not None and checked.rule.threshold is not None:
        chosen.add(checked.rule.threshold)
    return tuple(sorted(chosen))


def _telling_scores(checked: Checked) -> Sequence[float]:
    """Take all scores that differ, or as many quantiles of them as there are thresholds."""
    elsewhere, parts = checked.rows.scores_elsewhere, MOST_THRESHOLDS - 1
    if elsewhere:
        people = checked.used
        places = [max(-(-people * part // parts) - 1, 0) for part in range(MOST_THRESHOLDS)]
        return elsewhere.distinct(MOST_THRESHOLDS) or elsewhere.at_places(places)
    execute = checked.rows.connection.execute
    (distinct,) = execute("SELECT count(DISTINCT score) FROM used_rows").fetchone() or (0,)
    query = (
        "SELECT DISTINCT score FROM used_rows"
        if distinct <= MOST_THRESHOLDS
        else f"SELECT unnest(quantile_disc(score, {[part / parts for part in range(MOST_THRESHOLDS)]})) FROM {_scores_of_rows(checked)}"
    )
    return [score for (score,) in execute(query).fetchall()]


def _scores_of_rows(checked: Checked) -> str:
    """Write the SQL of the scores, one for each row of the source."""
    if checked.rows.apart or not checked.rows.stands_for:
        return "used_rows"
    return f"(SELECT score, unnest(range({'n' if checked.rows.weighed else 'people'})) FROM used_rows)"


def _place(thresholds: Sequence[float], precision: str | None, pick: Pick) -> str:
    """Write the SQL that counts the thresholds which a score of a precision reaches.

    Among all hundredths multiplication tells which of them a score is nearest to, in any precision; any other threshold is counted for itself.
    """
    others = [threshold for threshold in thresholds if threshold not in _HUNDREDTHS]
    if len(thresholds) - len(others) < len(_HUNDREDTHS):
        return _halving(thresholds, precision)
    below = f"CAST(floor(greatest(least(score, 1), 0) * {MOST_THRESHOLDS - 1} + 0.1) AS INTEGER)"
    next_one = pick([own(threshold, precision) for threshold in sorted(_HUNDREDTHS)], f"{below} + 1")
    further = "".join(f" + CAST(score >= {own_sql(threshold, precision)} AS INTEGER)" for threshold in others)
    return f"{below} + CAST(score >= {next_one} AS INTEGER){further}"


def _halving(thresholds: Sequence[float], precision: str | None, before: int = 0) -> str:
    """Write the SQL that counts them one half after the other."""
    if not thresholds:
        return str(before)
    half = len(thresholds) // 2
    return (
        f"CASE WHEN score >= {own_sql(thresholds[half], precision)} "
        f"THEN {_halving(thresholds[half + 1 :], precision, before + half + 1)} "
        f"ELSE {_halving(thresholds[:half], precision, before)} END"
    )
