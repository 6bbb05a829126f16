"""Where cuts fall in all of the data, so that folds and held-out rows are cut alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fairaudit.errors import ColumnMissing
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import Checked, Use, validate
from fairaudit.settings.reading import ReadSettings
from fairaudit.slices.grammar import Dimension, parse_attributes
from fairaudit.spelling import setting

if TYPE_CHECKING:
    from fairaudit.workflow.prepare import Prepared

Edges = Mapping[Dimension, tuple[float, ...]]
"""The edges of every range, by the attribute that is cut."""
_PREDICTED = ("row", "label", "score", "decision", "fold")
"""Columns of predictions that are not of the data; columns of the data that are called so have another name there."""


def shared_edges(prepared: Prepared, typed: Sequence[str]) -> dict[Dimension, tuple[float, ...]]:
    """Find where cuts fall in all of the data.

    Quantiles of the held-out rows alone would be other edges than those of the folds, and their groups would be of other people.

    Parameters
    ----------
    typed
        Attributes. Those of columns that only predictions have, such as their scores, are left out.

    Raises
    ------
    OptionError
        If none is typed, and none can be chosen.
    """
    words = [word for word in typed if _is_of_the_data(word, prepared)]
    return cut_edges(check_slices(prepared, words)) if words or not typed else {}


def cut_edges(checked: Checked) -> dict[Dimension, tuple[float, ...]]:
    """Return the edges of every range, by the attribute that was cut."""
    return {checked.dimensions[place]: edges for place, edges in checked.edges.items()}


def check_slices(prepared: Prepared, typed: Sequence[str]) -> Checked:
    """Check all of the data, for what its columns are sliced by; there are no scores yet."""
    # Roles under names of their own, so that no column of the data is taken for a score or a decision.
    label, score = "(true label)", "(its score)"
    frame = prepared.frames.text.assign(**{label: prepared.target, score: prepared.target})
    return validate(
        open_frame(frame if typed else frame.drop(columns=prepared.target_name), name=prepared.name),
        ReadSettings(label=label, score=score, attributes=tuple(typed), na_values=()),
        use=Use(as_people=False),
    )


def _is_of_the_data(typed: str, prepared: Prepared) -> bool:
    try:
        parsed = parse_attributes(
            [typed], columns=prepared.rows.loaded, file=prepared.name, option=setting("attribute")
        )
    except ColumnMissing:
        return False
    return not any(d.column.casefold() in _PREDICTED for a in parsed for d in a.dimensions)
