"""The frame of a history."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.documents.history import HistoryDocument

_SERIES = ("attribute", "group", "metric")
_MONTH = (
    *("point", "value", "numerator", "denominator"),
    *("rest_value", "rest_numerator", "rest_denominator", "reason"),
)


def history_frame(document: HistoryDocument) -> pd.DataFrame:
    """Return one row for each rate of each group in each point, with what all points say together."""
    import pandas as pd

    rows = [
        {
            **{name: getattr(series, name) for name in _SERIES},
            **{name: getattr(month, name) for name in _MONTH},
            "course": series.course.value,
            "side": series.side,
            "since": series.since,
            "p_adjusted": series.p_adjusted,
        }
        for series in document.series
        for month in series.months
    ]
    return pd.DataFrame(rows, columns=[*_SERIES, *_MONTH, "course", "side", "since", "p_adjusted"])
