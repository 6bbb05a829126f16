"""What peers want of a table before they take it."""

from __future__ import annotations

import pandas as pd


def for_aequitas(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn texts into objects: since pandas 3 they have a type of their own, which Aequitas refuses."""
    texts = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.StringDtype)]
    return frame.astype(dict.fromkeys(texts, object))
