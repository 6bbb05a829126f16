"""Predictions into slices that nobody asked for: read, code, search one half, confirm in the other, write down."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fairaudit.discovery.coded import (
    Column,
    Edges,
    Top,
    code_numbers,
    code_values,
    edges_of_bins,
    edges_of_cut,
)
from fairaudit.discovery.confirm import Proof
from fairaudit.discovery.engine import Halves, discover
from fairaudit.discovery.rows import Outcomes, half_of, halves
from fairaudit.discovery.search import Limits
from fairaudit.documents.discovered import DiscoverDocument
from fairaudit.documents.envelope import Origin, audit_settings
from fairaudit.documents.parts import Stamp
from fairaudit.documents.searched import Way, discover_document
from fairaudit.errors import FairauditError, OptionError
from fairaudit.read.choice import EXCEPT, EXCEPT_BINARY, tells
from fairaudit.read.precision import own, shortest
from fairaudit.read.rows import Input
from fairaudit.read.searched import (
    NumberColumn,
    Searchable,
    TextColumn,
    nothing_to_search,
    read_searchable,
)
from fairaudit.read.watching import Progress
from fairaudit.render.report import notebook
from fairaudit.settings.choices import ScoreKind, Sought
from fairaudit.settings.discovering import Discovering
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.verdict import Measuring
from fairaudit.slices.file import Lock
from fairaudit.slices.grammar import OTHER_GROUP, CutKind, Dimension, parse_attributes
from fairaudit.spelling import setting

_MOST_COMBINATIONS = 1_000_000
"""Of so many columns as slices may have conditions; each has a table of counts."""

Mask: TypeAlias = NDArray[np.bool_]

_EXACTLY = float(np.finfo(np.float64).eps)
"""Probabilities are moved this far from 0 and 1 before their logarithm."""
_RATES: Mapping[Sought, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Sought.ERROR: (("fp", "fn"), ("tp", "fp", "fn", "tn")),
    Sought.FPR: (("fp",), ("fp", "tn")),
    Sought.FNR: (("fn",), ("tp", "fn")),
    Sought.FDR: (("fp",), ("tp", "fp")),
    Sought.FOR: (("fn",), ("fn", "tn")),
}
"""The cells of errors, and those of the denominator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """What `discover` found out; ``document`` is ``discover.json``."""

    document: DiscoverDocument

    def __repr__(self) -> str:
        """Say how much was discovered, and not all the numbers."""
        return f"<Discovered: {len(self.document.slices)} slices, of {self.document.tested} that were tested>"

    def _repr_html_(self) -> str:
        """Show the slices in a notebook."""
        return notebook.discovered(self.document)


def discover_slices(
    opened: Input,
    reading: ReadSettings,
    stamp: Stamp,
    *,
    asked: Discovering = Discovering(),  # noqa: B008  # frozen
    naming: Naming | None = None,
    on_progress: Progress | None = None,
    on_search: Callable[[float], None] = lambda _: None,
) -> DiscoverDocument:
    """Search an input for slices in which something is worse than in the rest.

    Parameters
    ----------
    on_progress, on_search
        Are told which share of the reading, and of the search, is done.

    Raises
    ------
    FairauditError
        If the input cannot be read as asked, or does not hold what is searched for.
    """
    rows = read_searchable(opened, reading, over=asked.over, depth=asked.depth, on_progress=on_progress)
    outcomes = _outcomes(rows, asked.sought)
    in_search, held_out = halves(outcomes, seed=asked.seed)
    limits = Limits(
        depth=asked.depth,
        people=asked.people(int(rows.asked.sum())) / 2,
        counted=asked.min_denominator / 2,
        ratio=asked.min_ratio,
    )
    columns, left_out = _columns(rows, in_search, asked, limits, reading.lock)
    _refuse_endless(len(columns), asked.depth)
    divided = Halves(
        columns=columns,
        search=half_of(columns, outcomes, in_search),
        held_out=half_of(columns, outcomes, held_out),
    )
    proof = Proof(level=asked.level, correction=asked.correction, ratio=asked.min_ratio)
    discovery = discover(divided, limits, proof, on_search)
    checked = rows.checked
    settings = audit_settings(
        dataclasses.replace(checked, attributes=(), passed_over={}),
        Measuring(),
        naming or Naming(),
        missing=reading.missing,
        na_values=reading.na_values,
        selected=None if rows.decision is None else int(rows.people @ (rows.decision == 1)),
        ranked_by=None,
    )
    way = Way(asked=asked, limits=limits, proof=proof, halves=divided, left_out=left_out)
    return discover_document(Origin(checked=checked, settings=settings, stamp=stamp), way, discovery)


def _refuse_endless(columns: int, depth: int) -> None:
    """Refuse more combinations of columns than memory has room for."""
    number = math.comb(columns, depth)
    if number > _MOST_COMBINATIONS:
        fits = max(
            (less for less in range(2, depth) if math.comb(columns, less) <= _MOST_COMBINATIONS), default=1
        )
        raise OptionError(
            setting("over"),
            f"{columns:,} columns make {number:,} combinations of {depth}, and at most {_MOST_COMBINATIONS:,} are searched",
            hint=f"Name fewer columns, or say {setting('depth', fits)}",
        )


def _outcomes(rows: Searchable, sought: Sought) -> Outcomes:
    """Measure every row, and say how many people it is, or how much it weighs."""
    amount, counted = _measured(rows, sought)
    surveyed = rows.weights is not None
    return Outcomes(
        amount=amount,
        counted=counted,
        is_rate=sought in _RATES,
        people=None if surveyed or (rows.people == 1).all() else rows.people,
        persons=rows.person,
        weights=rows.weights,
    )


def _measured(rows: Searchable, sought: Sought) -> tuple[NDArray[np.float64], Mask]:
    """Tell of every row whether it is an error and whether it is in the denominator, or what its score costs."""
    option = setting("metric")
    if rows.label is None:
        raise OptionError(
            option, f"{sought} needs labels", hint=f"Name their column by {setting('label', 'COLUMN')}"
        )
    if sought not in _RATES:
        if rows.score is None or rows.checked.scores is not ScoreKind.PROBABILITIES:
            raise OptionError(
                option,
                f"{sought} needs scores that are probabilities",
                hint="Search for error, fpr or fnr instead",
            )
        right = np.where(rows.label == 1, rows.score, 1 - rows.score)
        amount = (
            -np.log(np.clip(right, _EXACTLY, 1 - _EXACTLY)) if sought is Sought.LOG_LOSS else (1 - right) ** 2
        )
        return amount, np.ones(len(amount), dtype=np.bool_)
    if rows.decision is None:
        raise OptionError(
            option, f"{sought} needs decisions", hint=f"Name their column by {setting('decision', 'COLUMN')}"
        )
    errors, denominator = (_in_cells(rows.label, rows.decision, cells) for cells in _RATES[sought])
    if not denominator.any():
        raise OptionError(option, f"{sought} is of nobody: its denominator is empty")
    return errors.astype(np.float64), denominator


def _in_cells(label: NDArray[np.integer], decision: NDArray[np.integer], cells: tuple[str, ...]) -> Mask:
    """Tell which rows are in some cells of the confusion matrix."""
    outcomes = {"tp": (1, 1), "fp": (0, 1), "fn": (1, 0), "tn": (0, 0)}
    masks = [(label == outcomes[cell][0]) & (decision == outcomes[cell][1]) for cell in cells]
    return np.asarray(np.logical_or.reduce(masks))


def _columns(
    rows: Searchable, in_search: NDArray[np.int64], asked: Discovering, limits: Limits, lock: Lock | None
) -> tuple[tuple[Column, ...], dict[str, str]]:
    """Code the columns in their order; of those that nobody named, what only says once more what was decided or is true is left out."""
    left_out, columns = dict(rows.left_out), []
    people = in_search.astype(np.float64)
    worth = people if rows.weights is None else people * rows.weights
    for searched in rows.columns:
        name = searched.dimension.name
        if isinstance(searched, TextColumn):
            column = code_values(
                name,
                searched.places,
                searched.names,
                people=people,
                least=limits.people,
                top=_top(searched, lock),
            )
        else:
            edges = _edges(searched, worth, asked.bins, lock)
            column = code_numbers(
                name, searched.values, people=people, bins=asked.bins, least=limits.people, edges=edges
            )
        if not column.conditions:
            left_out[name] = f"no value of {round(2 * limits.people):,} people"
        elif why := "" if asked.over else _telling(column, rows):
            left_out[name] = why
        else:
            columns.append(dataclasses.replace(column, called=searched.dimension.called))
    if not columns:
        hint = f"{setting('min_rows')} says how many people a slice needs"
        raise nothing_to_search(rows.checked.source.name, left_out, hint=hint)
    return tuple(columns), left_out


def _top(column: TextColumn, lock: Lock | None) -> Top | None:
    """Say which values stand by themselves, where those are the most frequent: in the search half, or where a file of slices kept them."""
    if column.others is None:
        return None
    kept = lock.parts.get(column.dimension.name) if lock else None
    name = column.names[column.others] or OTHER_GROUP
    return Top(most=column.dimension.top, name=name, others=column.others, kept=kept.values if kept else ())


def _edges(column: NumberColumn, worth: NDArray[np.float64], bins: int, lock: Lock | None) -> Edges:
    """Find where a column is cut: as was said, where a file of slices cuts it, or else by the people of the search half."""
    cut = column.dimension.cut
    kept = _kept_edges(column.dimension, lock)
    if not kept and cut is None:
        edges = edges_of_bins(column.values, worth, bins=bins)
        if column.precision is None:
            return edges
        shown = tuple(shortest(edge, column.precision) for edge in edges.shown)
        return Edges(shown=shown, compared=edges.shown, by_value=edges.by_value)
    if not kept and cut is not None:
        kept = edges_of_cut(column.values, worth, cut)
        if cut.kind is not CutKind.EDGES:
            kept = tuple(shortest(edge, column.precision) for edge in kept)
    compared = tuple(own(edge, column.precision) for edge in kept)
    return Edges(shown=kept, compared=compared, by_value=cut is None and len(kept) < bins)


def _kept_edges(dimension: Dimension, lock: Lock | None) -> tuple[float, ...]:
    """Return where a file of slices cuts a column: as it was said, or by the first of its cuts there."""
    if lock is None:
        return ()
    if dimension.cut is not None:
        return lock.parts[dimension.name].edges if dimension.name in lock.parts else ()
    for name, part in lock.parts.items():
        try:
            ((d,),) = (
                a.dimensions for a in parse_attributes([name], columns=[dimension.column], file="", option="")
            )
        except (FairauditError, ValueError):
            # Of another column.
            continue
        if d.cut is not None and d.called == dimension.called:
            return part.edges or d.cut.edges
    return ()


def _telling(column: Column, rows: Searchable) -> str:
    """Say that a column tells the decision or the label of nearly everybody."""
    for name, outcome in (("decision", rows.decision), ("label", rows.label)):
        if outcome is None:
            continue
        ones = np.bincount(column.codes, weights=rows.asked * (outcome == 1), minlength=column.places)
        every = np.bincount(column.codes, weights=rows.asked, minlength=column.places)
        pairs = [(int(n - one), int(one)) for n, one in zip(every, ones, strict=True)]
        # As for attributes, a column of 0 and 1 that is nearly the label is another label.
        if known := tells(pairs, EXCEPT_BINARY if column.edges == (1.0,) else EXCEPT):
            return f"tells the {name} of {known[0]:,} of {known[1]:,} people"
    return ""
