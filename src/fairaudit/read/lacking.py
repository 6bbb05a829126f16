"""Rows that lack a label, a score, a decision or a person: counted, and refused or left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from fairaudit.engine.cells import part_name
from fairaudit.engine.sql import number_of, text
from fairaudit.errors import ColumnError
from fairaudit.read.labels import Outcomes
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Rows
from fairaudit.settings.choices import Missing
from fairaudit.slices.grammar import Dimension
from fairaudit.spelling import setting

MISSING = "missing "
"""Begins the reason why a row that lacks something is left out."""
_SHOWN_ROWS = 5


def drop_missing(
    rows: Rows, roles: Roles, outcomes: Outcomes, missing: Missing
) -> tuple[str, dict[str, int]]:
    """Count what lacks a label, a score or a decision, and refuse it or write the SQL that leaves it out; it says nothing of what no row lacks."""
    present = {
        role: sql
        for role, sql in _present(rows, roles, outcomes).items()
        # Every value of such a column was given a meaning, or refused.
        if outcomes.classes or not rows.readings.is_complete(getattr(roles, role))
    }
    counts = [number_of(rows.stands_for, f"kept AND {_lacks(present, role)}") for role in present]
    kept = rows.readings.kept
    lacking = rows.one(f"SELECT {', '.join(counts)} FROM source_rows") if counts else ()
    dropped = {f"where not ({rows.where})": rows.rows - kept} if rows.where else {}
    used = ["kept"]
    for (role, sql), number in zip(present.items(), lacking, strict=True):
        if not number:
            continue
        column = getattr(roles, role)
        if missing is Missing.ERROR:
            raise ColumnError(
                rows.source.name,
                column,
                f"{number:,} of {kept:,} rows have no {role}{_first_lacking(rows, sql, number)}",
                hint=f"Say {setting('missing', Missing.DROP)} to leave them out; they will be counted",
            )
        dropped[f"{MISSING}{role}"] = number
        used.append(f"({sql}) IS NOT NULL")
    return " AND ".join(used), dropped


def _present(rows: Rows, roles: Roles, outcomes: Outcomes) -> dict[str, str]:
    """Write, for each role that there is, SQL that is NULL where a row lacks it."""
    expressions = {
        "label": outcomes.label,
        "score": f"CASE WHEN lacks_{rows.column(rows.apart)} IS NULL THEN true END"
        if rows.apart
        else outcomes.score,
        "decision": outcomes.decision,
        "id": rows.readings.of(roles.id).text if roles.id else None,
    }
    return {role: sql for role, sql in expressions.items() if sql}


def dropped_by_group(
    rows: Rows,
    roles: Roles,
    outcomes: Outcomes,
    dropped: Mapping[str, int],
    groups: Sequence[tuple[Dimension, str, Sequence[str]]],
    *,
    least: int | None = None,
) -> list[Mapping[str, Mapping[str, int]]]:
    """Count, for each dimension, the rows of each group that lack a label, a score, a decision or a person, by reason; nothing where none does, or where fewer than `least` people would be told of.

    Parameters
    ----------
    dropped
        The rows dropped, by reason; those that lack something, and others.
    groups
        For each dimension itself, the SQL of a group's number, and the groups' names, of which several may be the same; those without SQL have no groups yet.
    """
    if not any(reason.startswith(MISSING) for reason in dropped):
        return []
    present = _present(rows, roles, outcomes)
    cases = " ".join(f"WHEN {_lacks(present, role)} THEN {text(f'{MISSING}{role}')}" for role in present)
    person = rows.readings.of(roles.id).same if roles.id else None
    counted: list[Mapping[str, Mapping[str, int]]] = []
    for dimension, number, names in groups:
        by_group: dict[str, dict[str, int]] = {}
        people: Counter[tuple[str, str]] = Counter()
        if number:
            table = part_name("source_rows", rows.part_of(dimension.columns))
            lacking = rows.connection.execute(
                f"SELECT {number} AS place, CASE {cases} END AS reason, {number_of(rows.stands_for)}, {f'count(DISTINCT {person})' if person else 'NULL'} FROM {table} AS source_rows "
                "WHERE kept AND reason IS NOT NULL GROUP BY ALL ORDER BY ALL"
            ).fetchall()
            for place, reason, n, persons in lacking:
                own = by_group.setdefault(names[place], {})
                own[reason] = own.get(reason, 0) + n
                people[names[place], reason] += n if persons is None else persons
        # All of them are known together, so that no group's number could be left out alone.
        few = least is not None and any(n < least for n in people.values())
        counted.append({} if few else by_group)
    return counted


def _first_lacking(rows: Rows, sql: str, number: int) -> str:
    """Name the first rows that lack a value; of rows that were counted where they are nobody knows."""
    if rows.stands_for:
        return ""
    first = rows.connection.execute(
        f"SELECT rowid + 1 FROM source_rows WHERE kept AND ({sql}) IS NULL ORDER BY rowid LIMIT {_SHOWN_ROWS}"
    ).fetchall()
    named = ", ".join(f"{row:,}" for (row,) in first)
    return f" ({'row' if number == 1 else 'rows'} {named}{' …' if number > len(first) else ''})"


def _lacks(present: Mapping[str, str], role: str) -> str:
    """Count a row that lacks two things for the first of them."""
    roles = list(present)
    earlier = [f"({present[other]}) IS NOT NULL" for other in roles[: roles.index(role)]]
    return " AND ".join([*earlier, f"({present[role]}) IS NULL"])
