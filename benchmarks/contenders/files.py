"""Read what is measured and write what was counted, alike for the contenders that start from a pandas data frame."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

ATTRIBUTES = ["race", "sex", "age_cat"]


def read(file: str) -> pd.DataFrame:
    """Read a CSV or Parquet file."""
    return pd.read_parquet(file) if file.endswith(".parquet") else pd.read_csv(file)


def write(answer: str, groups: Iterable[Any], *counts: Iterable[Any]) -> None:
    """Write every group's true and false positives, false and true negatives."""
    counted = {group: list(map(int, four)) for group, *four in zip(groups, *counts, strict=True)}
    Path(answer).write_text(json.dumps(counted), encoding="utf-8")
