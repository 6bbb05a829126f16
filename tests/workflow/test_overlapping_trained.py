"""Models that are trained, where people may be in several groups: folds and held-out rows have the same groups as the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit

RACES = "races:{black,asian,white}"
BY_AGE = f"{RACES}*age:40.0"


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    lot = np.random.default_rng(4)
    n = 300
    x = lot.random(n)
    return pd.DataFrame(
        {
            "y": (lot.random(n) < x).astype(int),
            "x": x.round(4),
            "black": lot.integers(0, 2, n),
            "asian": (lot.random(n) < 0.3).astype(int),
            "white": lot.integers(0, 2, n),
            "age": lot.integers(18, 70, n),
        }
    )


def members(people: pd.DataFrame) -> dict[tuple[str, str], pd.Series]:
    flags = people[["black", "asian", "white"]]
    races = {**{c: flags[c] == 1 for c in flags}, "(none of them)": (flags == 0).all(axis=1)}
    ages = {"below 40": people["age"] < 40, "40 and above": people["age"] >= 40}
    return {(RACES, name): own for name, own in races.items()} | {
        (BY_AGE, f"{race} * {age}"): own & old for race, own in races.items() for age, old in ages.items()
    }


def test_folds_are_sliced_by_them(people: pd.DataFrame) -> None:
    validated = fairaudit.cross_validate(people, target="y", attributes=[RACES, BY_AGE], folds=3)
    groups = members(people)
    slices = {(s.feature, s.slice): s for s in validated.document.slices}
    assert {name: s.n for name, s in slices.items()} == {name: own.sum() for name, own in groups.items()}
    scored = validated.predictions.frame
    chosen = scored["decision"] == 1
    for name, own in groups.items():
        rates = [chosen[own & (scored["fold"] == fold)].mean() for fold in (1, 2, 3)]
        assert slices[name].metrics["pprev"].mean == pytest.approx(np.mean(rates))


def test_an_audit_of_a_target_has_them_in_both_parts(people: pd.DataFrame) -> None:
    audit = fairaudit.audit(people, target="y", attributes=[RACES, BY_AGE], folds=3)
    assert {(g.attribute, g.group): g.n for g in audit.group.groups} == {
        name: own.sum() for name, own in members(people).items()
    }
    assert audit.cv is not None
    assert {(s.feature, s.slice) for s in audit.cv.slices} == set(members(people))
    assert audit.other is not None
    assert {g.attribute for g in audit.other.group.groups} == {RACES, BY_AGE}
    assert {d.reference_group for d in audit.bias.disparities} == {"(everybody else)"}
