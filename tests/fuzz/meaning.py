"""What a made-up table means and what is asked of it, before anybody writes it down in some file."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

Cell = bool | int | float | str | None
"""A value as it is meant; ``None`` where there is none."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column that has a name and a value in every row."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows by columns; `columns` are in the order in which they will be written, and those with a role are among them.

    The numbers of `singles` are kept in 32 bits.
    """

    columns: tuple[Column, ...]
    label: str | None
    score: str | None
    decision: str | None = None
    weight: str | None = None
    singles: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> tuple[Cell, ...]:
        return next(column.cells for column in self.columns if column.name == name)

    @property
    def rows(self) -> int:
        return len(self.columns[0].cells)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def without(self, marks: Collection[str]) -> Table:
        """Give the table in which nothing stands where one of these marks does."""
        numbers = {float(mark) for mark in marks if re.fullmatch(r"-?\d+(\.\d+)?", mark)}

        def meant(cell: Cell) -> Cell:
            if isinstance(cell, str):
                return None if cell in marks else cell
            return None if not isinstance(cell, bool) and cell in numbers else cell

        columns = (Column(name=c.name, cells=tuple(map(meant, c.cells))) for c in self.columns)
        return dataclasses.replace(self, columns=tuple(columns))

    def row(self, place: int) -> dict[str, Cell]:
        return {column.name: column.cells[place] for column in self.columns}


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A condition in SQL, and the same in Python: true, false, or ``None`` where a value is missing."""

    sql: str
    holds: Callable[[dict[str, Cell]], bool | None]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A way to cut numbers into ranges, as typed behind the colon."""

    kind: str
    edges: tuple[float, ...] = ()
    bins: int = 0

    @property
    def typed(self) -> str:
        match self.kind:
            case "edges":
                return ",".join(map(repr, self.edges))
            case "bins":
                return str(self.bins)
            case _:
                return self.kind


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An attribute: one column or several crossed, each as it is or cut."""

    dimensions: tuple[tuple[str, Cut | None], ...]

    @property
    def typed(self) -> str:
        return "*".join(f"{name}:{cut.typed}" if cut else name for name, cut in self.dimensions)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a table; what is ``None`` or empty is not said."""

    attributes: tuple[Wanted, ...] = ()
    positive: tuple[str, ...] = ()
    label_none: bool = False
    threshold: float | None = None
    top_k: int | None = None
    top_percent: float | None = None
    where: Condition | None = None
    drop_missing: bool = False
    na_values: tuple[str, ...] | None = None
    references: tuple[str, ...] = ()
    tau: str | None = None
    decide: str | None = None
    metrics: tuple[str, ...] = ()
    interval: str | None = None
    min_group_size: int | None = None
    statistics: bool = False


@dataclass(frozen=True, kw_only=True)
class Case:
    """A table, how it is written, and what is asked by which command."""

    table: Table
    question: Question
    command: str
    writing: Any
    name_roles: bool = True
    extra: dict[str, Any] = field(default_factory=dict)
