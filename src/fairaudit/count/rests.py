"""Scores of everybody but a group, ranked: what a group is compared with where its reference is everybody else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from fairaudit.count.counts import RankedScores
from fairaudit.count.groups import SUM_UNIT, influences_among, named_groups, part_of, ranked
from fairaudit.count.membership import may_join
from fairaudit.count.ranks import rank_others
from fairaudit.engine.elsewhere import Key, Ranks
from fairaudit.read.checked_rows import Checked
from fairaudit.read.used_rows import cells_of
from fairaudit.settings.choices import ScoreKind
from fairaudit.slices.grammar import Attribute


def rank_rests(
    checked: Checked, attributes: Collection[str], *, unknown: Mapping[int, Collection[str]]
) -> dict[tuple[str, str], RankedScores]:
    """Rank, for every group of some attributes, the scores of everybody else of whom it is known who they are.

    How a group's pairs and everybody's are ranked does not tell how those of the others are, as pairs of a group and the others are among everybody's; so these are
    ranked as if the group were not there, by what ranks everybody: group after group, as often as there are groups.

    Parameters
    ----------
    attributes
        Names; their groups may have people in common.
    unknown
        By dimension, its groups of which it is not known who is in them, beside those whose value is missing.

    Returns
    -------
    dict
        By attribute and group; empty without labels, or scores that rank people.
    """
    if not checked.roles.label or checked.scores not in (ScoreKind.PROBABILITIES, ScoreKind.RANKS):
        return {}
    of_groups: list[tuple[str, str]] = []
    left_out: list[tuple[Key, ...]] = []
    for attribute in (a for a in checked.attributes if a.name in attributes):
        keys = _keys(checked, attribute)
        groups = [
            (name, key, is_unknown)
            for of_attribute, name, key, is_unknown in named_groups(checked, keys, unknown)
            if of_attribute == attribute.name
        ]
        open_to = may_join(checked, [attribute], keys, unknown)
        away = [] if attribute.overlapping else [key for _, key, is_unknown in groups if is_unknown]
        for name, key, _ in groups:
            of_groups.append((attribute.name, name))
            left_out.append((*dict.fromkeys([key, *away, *open_to.get(key, ())]),))
    of_people = _areas(checked, left_out) if checked.clustered else {}
    return {
        group: RankedScores(
            concordant_twice=concordant_twice,
            placements1=placements1 * SUM_UNIT,
            placements0=placements0 * SUM_UNIT,
            area=of_people.get(keys),
        )
        for group, keys, (concordant_twice, placements1, placements0) in zip(
            of_groups, left_out, _ranks(checked, left_out), strict=True
        )
    }


def _keys(checked: Checked, attribute: Attribute) -> list[Key]:
    """Find the groups of an attribute in which there is anybody."""
    keys: list[Key] = []
    for indexes in checked.sets_of(attribute):
        columns = ", ".join(f"d{index}" for index in indexes)
        rows = checked.rows.connection.execute(
            f"SELECT DISTINCT {columns} FROM {cells_of(checked.rows, part_of(checked, indexes))}"
        ).fetchall()
        keys += [tuple(sorted(zip(indexes, row, strict=True))) for row in rows]
    return keys


def _ranks(checked: Checked, left_out: Sequence[tuple[Key, ...]]) -> list[Ranks]:
    """Rank everybody but the people of some groups, again and again."""
    if checked.rows.scores_elsewhere:
        return checked.rows.scores_elsewhere.rank_among(list(map(_but, left_out)))
    if checked.rows.apart:
        return rank_others(checked, left_out)
    everybody: Key = ()
    ranks: list[Ranks] = []
    for keys in left_out:
        part = part_of(checked, [index for key in keys for index, _ in key])
        ranks.append(ranked(checked, [], part=part, where=_but(keys)).get(everybody, (0, 0, 0)))
    return ranks


def _areas(checked: Checked, left_out: Sequence[tuple[Key, ...]]) -> dict[tuple[Key, ...], Fraction | None]:
    """Add up each person's squared influence on the area of everybody but the people of some groups."""
    return dict(zip(left_out, influences_among(checked, list(map(_but, left_out))), strict=True))


def _but(keys: Sequence[Key]) -> str:
    """Write the SQL of who is in none of some groups."""
    groups = (" AND ".join(f"d{index} = {number}" for index, number in key) for key in keys)
    return f"NOT ({' OR '.join(f'({group})' for group in groups)})"
