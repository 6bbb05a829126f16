"""What the data of each group lack, before anything is learnt from them: labels and values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fairaudit.documents.parts import GroupQualityPart
from fairaudit.slices.grammar import CROSS, MISSING_GROUP, Attribute, CutKind, Dimension, Take, range_names
from fairaudit.workflow.prepare import NO_LABEL_REASON, Prepared

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.read.frames import Frames
    from fairaudit.workflow.edges import Edges


def quality_by_group(
    prepared: Prepared, attributes: Sequence[Attribute], edges: Edges
) -> list[GroupQualityPart]:
    """Count, for each group, the rows that were read, those dropped, values that are missing, labels, and labels that are 1.

    Attributes that are made of more than values and ranges of columns are left out, and so is the label itself.

    Parameters
    ----------
    edges
        Where cuts fall, by what is cut.
    """
    import numpy as np
    import pandas as pd

    parts = [part for part in (prepared.frames, prepared.unlabelled) if part is not None]
    lacking = pd.concat([part.typed[list(prepared.features)].isna() for part in parts], ignore_index=True)
    lacking = lacking.loc[:, lacking.any()]
    unlabelled = prepared.dropped.get(NO_LABEL_REASON, 0)
    no_label = np.concatenate([np.zeros(len(prepared.target), bool), np.ones(unlabelled, bool)])
    positive = np.concatenate([prepared.target == 1, np.zeros(unlabelled, bool)])
    counted = []
    for attribute in attributes:
        if any(d.take is not Take.VALUE or d.top for d in attribute.dimensions):
            continue
        groups = pd.concat([_groups(part, attribute, edges) for part in parts], ignore_index=True)
        sums = lacking.groupby(groups).sum()
        sizes = groups.value_counts()
        dropped, positives = groups[no_label].value_counts(), groups[positive].value_counts()
        counted += [
            GroupQualityPart(
                attribute=attribute.name,
                group=str(group),
                rows=int(sizes[group]),
                dropped={NO_LABEL_REASON: int(dropped[group])} if group in dropped else {},
                missing=_there(sums.loc[group]),
                labelled=int(sizes[group] - dropped.get(group, 0)),
                positives=int(positives.get(group, 0)),
            )
            for group in sorted(sizes.index)
        ]
    return counted


def _there(numbers: pd.Series[Any]) -> dict[str, int]:
    return {str(column): int(number) for column, number in numbers.items() if number}


def _groups(rows: Frames, attribute: Attribute, edges: Edges) -> pd.Series[Any]:
    """Name each row's group."""
    first, *others = (_names(rows, dimension, edges) for dimension in attribute.dimensions)
    for other in others:
        first = first + CROSS + other
    return first


def _names(rows: Frames, dimension: Dimension, edges: Edges) -> pd.Series[Any]:
    import numpy as np
    import pandas as pd

    if dimension.cut is None:
        return rows.text([dimension.column])[dimension.column].fillna(MISSING_GROUP)
    values = rows.typed[dimension.column].to_numpy(dtype=float)
    names = range_names(edges[dimension], exact=dimension.cut.kind is CutKind.EDGES)
    places = np.where(np.isnan(values), len(names), np.digitize(values, edges[dimension]))
    return pd.Series(np.array([*names, MISSING_GROUP], dtype=object)[places])
