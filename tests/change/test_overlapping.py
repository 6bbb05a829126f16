"""Two sets of predictions beside each other where people may be in several groups: one attribute, each group beside itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from running import Ran

RACES = "races:{black,asian,white}"
NOBODYS = "(none of them)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lot = np.random.default_rng(2)
    n = 500
    black = lot.random(n) < 0.5
    base = pd.DataFrame(
        {
            "id": np.arange(n),
            "score": lot.random(n).round(3),
            "label": lot.integers(0, 2, n),
            "black": black.astype(int),
            "asian": (lot.random(n) < 0.3).astype(int),
            "white": (lot.random(n) < np.where(black, 0.3, 0.7)).astype(int),
            "sex": lot.choice(["f", "m"], n),
        }
    )
    place = tmp_path_factory.mktemp("compared")
    base.to_csv(place / "base.csv", index=False)
    worse = base["score"].where((base["black"] == 0) | (lot.random(n) < 0.6), base["score"] - 0.4).clip(0, 1)
    # Some people are new, some have gone, and of some the group is another.
    new = base.assign(score=worse.round(3), asian=np.where(base["id"] < 30, 1 - base["asian"], base["asian"]))
    new = new.iloc[20:].assign(id=lambda t: t["id"].where(t["id"] < 480, t["id"] + 1000))
    new.sample(frac=1, random_state=1).to_csv(place / "new.csv", index=False)
    return place


def members(table: pd.DataFrame, group: str) -> pd.Series:
    flags = table[["black", "asian", "white"]]
    race, _, sex = group.partition(" * ")
    own = (flags == 0).all(axis=1) if race == NOBODYS else table[race] == 1
    return own & (table["sex"] == sex) if sex else own


@pytest.mark.parametrize("attribute", [RACES, f"{RACES}*sex"])
@pytest.mark.parametrize("paired", [True, False])
def test_each_group_is_beside_itself(
    run: Callable[..., Ran], folder: Path, attribute: str, paired: bool
) -> None:
    words = ("--id", "id") if paired else ()
    ran = run("compare", "base.csv", "new.csv", "-a", attribute, *words, "--json", cwd=folder)
    assert ran.code == 0, ran.err
    document = ran.json()
    base, new = (pd.read_csv(folder / f"{name}.csv") for name in ("base", "new"))
    assert {g["attribute"] for g in document["groups"]} == {attribute}
    races = ["black", "asian", "white", NOBODYS]
    names = races if attribute == RACES else [f"{race} * {sex}" for race in races for sex in "fm"]
    assert {g["group"]: (g["base"], g["new"]) for g in document["groups"]} == {
        name: (members(base, name).sum(), members(new, name).sum()) for name in names
    }
    # They are no parts of a whole.
    assert document["shares"] == []
    both = base.merge(new, on="id", suffixes=("", "_new"))
    then = both.rename(columns=lambda c: c.removesuffix("_new") if c.endswith("_new") else f"{c}_old")
    for change in document["changes"]:
        if change["metric"] != "pprev" or not change["group"]:
            continue
        name = change["group"]
        for side, table in (("base", base), ("new", new)):
            own = members(table, name)
            part = change[side]
            assert (part["numerator"], part["denominator"]) == (
                (own & (table["score"] >= 0.5)).sum(),
                own.sum(),
            )
        if paired:
            stays = members(both, name).to_numpy() & members(then, name).to_numpy()
            before, after = (both.loc[stays, column] >= 0.5 for column in ("score", "score_new"))
            assert change["pairs"] == {
                "both": (before & after).sum(),
                "base_only": (before & ~after).sum(),
                "new_only": (~before & after).sum(),
                "neither": (~before & ~after).sum(),
            }


def test_the_group_that_was_made_worse_is_told_of(run: Callable[..., Ran], folder: Path) -> None:
    ran = run("compare", "base.csv", "new.csv", "-a", RACES, "--id", "id", cwd=folder)
    assert ran.code == 0, ran.err
    assert "black" in ran.out.splitlines()[0]
