"""What the policy does not say: tests of slices, written by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fairaudit.testing import assert_slices

PREDICTIONS = Path(__file__).parents[1] / "fairaudit-out" / "predictions.csv"


@pytest.fixture(scope="module")
def predictions() -> pd.DataFrame:
    """Read the held-out people of the last training. After deployment: those of last month, from wherever they are kept."""
    return pd.read_csv(PREDICTIONS, keep_default_na=False)


def test_ranking_works_at_every_age(predictions: pd.DataFrame) -> None:
    """The score tells those who repay from those who do not."""
    assert_slices(predictions, by="age:25,40", metric="roc_auc", at_least=0.55)


def test_women_and_men_of_every_region_are_granted_loans(predictions: pd.DataFrame) -> None:
    """No label is needed for this one, so that it also serves before anybody has had the time to repay."""
    assert_slices(predictions, by="sex*region", metric="pprev", label="none", ratio_within=0.8)


def test_large_loans(predictions: pd.DataFrame) -> None:
    """Any rows can be chosen first."""
    large = predictions[predictions["loan_amount"] > 20_000]
    assert_slices(large, by="sex", metric="precision", at_least=0.5)
