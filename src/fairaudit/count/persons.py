"""Who stands in a checked table, and what is known of each, so that two tables can be compared person by person; and how many have which score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairaudit.errors import ColumnError, clipped
from fairaudit.read.checked_rows import Checked
from fairaudit.settings.choices import ScoreKind
from fairaudit.slices.grammar import CROSS, Attribute

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRows:
    """One row for each person.

    Attributes
    ----------
    ids
        Whom a row is about; none where no column says it.
    decision, label, score
        Of each; ``None`` without labels, or scores that rank people.
    groups
        By attribute the place of each one's group among the names, and these.
    overlapping
        By attribute whose groups may have people in common, and by group, whether each is in it.
    """

    ids: tuple[str, ...]
    decision: NDArray[np.int64]
    label: NDArray[np.int64] | None
    score: NDArray[np.float64] | None
    groups: dict[str, tuple[NDArray[np.int64], tuple[str, ...]]]
    overlapping: dict[str, dict[str, NDArray[np.bool_]]]


def refuse_repeated(checked: Checked) -> None:
    """Refuse people who stand in several rows of a table.

    Raises
    ------
    ColumnError
        If there are.
    """
    column = checked.roles.id or ""
    repeated, most, example = checked.rows.one(
        "SELECT count(*) FILTER (WHERE n > 1), max(n), min(CAST(said AS VARCHAR)) FILTER (WHERE n = (SELECT max(n) FROM persons)) FROM persons"
    )
    if repeated:
        stand = "value stands" if repeated == 1 else "values stand"
        raise ColumnError(
            checked.source.name,
            column,
            f"{repeated:,} {stand} in several rows (such as {clipped(example)!r} in {most:,}), and people are matched one row with another",
            hint="Keep one row of each, or name a column that tells rows apart in both files",
        )


def person_rows(checked: Checked) -> PersonRows:
    """Return what each row holds; where a column says whom they are about, nobody may stand in several."""
    columns = ["decision", "label", "score", *(f"d{i}" for i in dimensions_of(checked))]
    source = "used_rows"
    if checked.roles.id is not None:
        columns.append("CAST(persons.said AS VARCHAR) AS said")
        # People are drawn by their places, which would else depend on how many threads there are.
        source = "used_rows JOIN persons USING (person) ORDER BY said"
    return persons_of(
        checked, checked.rows.connection.execute(f"SELECT {', '.join(columns)} FROM {source}").fetchnumpy()
    )


def dimensions_of(checked: Checked) -> list[int]:
    """Return the dimensions behind all attributes."""
    return sorted({index for a in checked.attributes for index in checked.groups_of(a)})


def persons_of(checked: Checked, held: Mapping[str, Any]) -> PersonRows:
    """Return what rows hold, of which columns are known: ``decision``, ``label``, the groups ``d0``, ``d1`` …, and perhaps ``score`` and, whom they are about, ``said``."""
    import numpy as np

    def whole(name: str) -> NDArray[np.int64]:
        return np.asarray(np.ma.filled(np.ma.asarray(held[name]), 0)).astype(np.int64)

    ranked = "score" in held and checked.scores in (ScoreKind.PROBABILITIES, ScoreKind.RANKS)
    groups: dict[str, tuple[NDArray[np.int64], tuple[str, ...]]] = {}
    for attribute in (a for a in checked.attributes if not a.overlapping):
        behind = checked.groups_of(attribute)
        codes = np.zeros(len(held["decision"]), dtype=np.int64)
        for index in behind:
            codes = codes * len(checked.names[index]) + whole(f"d{index}")
        present, places = np.unique(codes, return_inverse=True)
        groups[attribute.name] = (
            np.asarray(places, dtype=np.int64),
            tuple(_name(checked, behind, int(code)) for code in present),
        )
    return PersonRows(
        ids=tuple(map(str, held["said"].tolist())) if "said" in held else (),
        decision=whole("decision"),
        label=whole("label") if checked.roles.label else None,
        score=np.ma.filled(np.ma.asarray(held["score"], dtype=np.float64), np.nan) if ranked else None,
        groups=groups,
        overlapping={
            a.name: _members(checked, a, {i: whole(f"d{i}") for i in checked.groups_of(a)})
            for a in checked.attributes
            if a.overlapping
        },
    )


def _members(
    checked: Checked, attribute: Attribute, places: Mapping[int, NDArray[np.int64]]
) -> dict[str, NDArray[np.bool_]]:
    """Tell of each group whether each row is in it."""
    import numpy as np

    members: dict[str, NDArray[np.bool_]] = {}
    for indexes in checked.sets_of(attribute):
        rows = np.column_stack([places[index] for index in indexes])
        present, which = np.unique(rows, axis=0, return_inverse=True)
        for number, cell in enumerate(present.tolist()):
            names = checked.names_in(attribute, tuple(zip(indexes, cell, strict=True)))
            if names is not None:
                members[CROSS.join(names)] = np.asarray(which).reshape(-1) == number
    return members


def _name(checked: Checked, indexes: tuple[int, ...], code: int) -> str:
    """Name the group behind the places of its dimensions."""
    names: list[str] = []
    for index in reversed(indexes):
        code, place = divmod(code, len(checked.names[index]))
        names.append(checked.names[index][place])
    return CROSS.join(reversed(names))


def people_by_score(checked: Checked) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """Count people by their scores, which rise; ``None`` where scores are decisions or there are none."""
    import numpy as np

    if checked.scores not in (ScoreKind.PROBABILITIES, ScoreKind.RANKS):
        return None
    held = checked.rows.connection.execute(
        "SELECT score, CAST(sum(people) AS BIGINT) AS n FROM used_rows WHERE people > 0 AND score IS NOT NULL GROUP BY score ORDER BY score"
    ).fetchnumpy()
    return np.asarray(held["score"], dtype=np.float64), np.asarray(held["n"], dtype=np.int64)
