"""Where cuts fall in the rows that a model learns from, so that folds and held-out rows are cut alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fairaudit.errors import ColumnMissing, FairauditError
from fairaudit.read.checked_rows import Checked
from fairaudit.read.conditions import read_named
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import Use, validate
from fairaudit.read.used_rows import groups_by_score
from fairaudit.settings.choices import WeightKind
from fairaudit.settings.reading import Grouping, ReadSettings
from fairaudit.slices.grammar import Dimension, Take, parse_attributes
from fairaudit.spelling import setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.workflow.prepare import Prepared

Edges = Mapping[Dimension, tuple[float, ...]]
"""The edges of every range, by the attribute that is cut."""
_PREDICTED = ("row", "label", "score", "decision", "fold")
"""Columns of predictions that are not of the data; columns of the data that are called so have another name there."""


def shared_edges(
    prepared: Prepared, typed: Sequence[str], *, learnt: NDArray[np.int64]
) -> dict[Dimension, tuple[float, ...]]:
    """Find where cuts fall in the rows that a model learns from, so that what is held out moves no edge.

    Values beyond them belong to the first and the last range. Quantiles of each part of the rows would be other edges for each, and
    their groups would be of other people.

    Parameters
    ----------
    typed
        Attributes. Those of columns that only predictions have, such as their scores, are left out.
    learnt
        The places of the rows that are learnt from.

    Raises
    ------
    OptionError
        If none is typed, and none can be chosen.
    """
    words = [word for word in typed if _is_of_the_data(word, prepared)]
    if not words:
        if not typed:
            check_slices(prepared, ())
        return {}
    try:
        return cut_edges(check_slices(prepared, words, learnt=learnt))
    except FairauditError:
        # What is wrong with all of the rows is said of the file that they came from.
        check_slices(prepared, words)
        raise


def slices_of_data(prepared: Prepared, reading: ReadSettings) -> tuple[str, ...]:
    """Name the attributes that the data can be sliced by before anything is predicted: no decision, no label under its role's name, and no condition on these."""
    columns = prepared.rows.loaded
    later = {
        name: Dimension(column=name, take=Take.CONDITION) for name in (*reading.slices, "label", "decision")
    }
    here = {
        name: dimension for name, dimension in later.items() if _is_condition_here(name, reading, prepared)
    }
    parsed = parse_attributes(
        reading.attributes,
        columns=columns,
        file=prepared.name,
        option=setting("attribute"),
        more=later,
        overlapping=True,
    )
    return tuple(
        a.name for a in parsed if all(d.take is not Take.CONDITION or d.column in here for d in a.dimensions)
    )


def _is_condition_here(name: str, reading: ReadSettings, prepared: Prepared) -> bool:
    """Tell whether a condition is about columns of the data."""
    if name not in reading.slices:
        return False
    try:
        read_named({name: reading.slices[name]}, columns=prepared.rows.loaded, file=prepared.name)
    except FairauditError:
        return False
    return True


def cut_edges(checked: Checked) -> dict[Dimension, tuple[float, ...]]:
    """Return the edges of every range, by the attribute that was cut."""
    return {checked.dimensions[place]: edges for place, edges in checked.edges.items()}


def check_slices(
    prepared: Prepared,
    typed: Sequence[str],
    *,
    learnt: NDArray[np.int64] | None = None,
    edges: Edges | None = None,
    grouping: Grouping = Grouping(),  # noqa: B008  # frozen
) -> Checked:
    """Check the data for what its columns are sliced by; there are no scores yet.

    Parameters
    ----------
    learnt
        The places of the rows in which cuts are made; left out, all.
    edges
        Where cuts fall that were made before.
    grouping
        Conditions that have names, and slices that were kept.
    """
    # Roles under names of their own, so that no column of the data is taken for a score or a decision.
    label, score, counts = "(true label)", "(its score)", "(is learnt from)"
    frame = prepared.frames.text().assign(**{label: prepared.target, score: prepared.target})
    if learnt is not None:
        # The others stand for nobody; how values are read is told from all.
        frame[counts] = frame.index.isin(learnt).astype(int)
    return validate(
        open_frame(
            frame if typed else frame.drop(columns=prepared.target_name),
            name=prepared.name if learnt is None else f"the rows of {prepared.name} that are learnt from",
        ),
        ReadSettings(
            label=label,
            score=score,
            weight=None if learnt is None else counts,
            weight_kind=None if learnt is None else WeightKind.FREQUENCY,
            attributes=tuple(typed),
            na_values=(),
            slices=grouping.slices,
            lock=grouping.lock and grouping.lock.of_slices,
        ),
        use=Use(as_people=False, overlapping=True),
        edges=edges,
    )


def group_rows(
    prepared: Prepared, typed: Sequence[str], edges: Edges | None, grouping: Grouping
) -> tuple[Checked, Mapping[str, Sequence[int]]]:
    """Say in which group of every dimension each row of the data is.

    Returns
    -------
    tuple
        The data, checked, and for dimension i by the name ``d{i}`` the place of each row's group among its names.
    """
    label, number = "(true label)", "(its number)"
    frame = prepared.frames.text()
    frame[label], frame[number] = prepared.target, range(len(prepared.target))
    checked = validate(
        open_frame(frame, name=prepared.name),
        ReadSettings(
            label=label,
            score=number,
            threshold=0.0,
            attributes=tuple(typed),
            na_values=(),
            slices=grouping.slices,
            lock=grouping.lock and grouping.lock.of_slices,
        ),
        use=Use(as_people=False, each_row=True, overlapping=True),
        edges=edges,
    )
    return checked, groups_by_score(checked.rows, len(checked.dimensions))


def _is_of_the_data(typed: str, prepared: Prepared) -> bool:
    try:
        parsed = parse_attributes(
            [typed],
            columns=prepared.rows.loaded,
            file=prepared.name,
            option=setting("attribute"),
            overlapping=True,
        )
    except ColumnMissing:
        return False
    return not any(d.column.casefold() in _PREDICTED for a in parsed for d in a.dimensions)
