"""A group as the reference of groups that may share people with it: why that is refused, and what is said to do instead."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from running import Ran

from fairaudit.inference.contrast import difference_interval

RACES = "races:{black,white of Rome}"


@pytest.fixture
def people(tmp_path: Path) -> pd.DataFrame:
    lot = np.random.default_rng(9)
    table = pd.DataFrame(
        {
            "score": lot.random(400).round(3),
            "label": lot.integers(0, 2, 400),
            "black": (lot.random(400) < 0.4).astype(int),
            "white of Rome": (lot.random(400) < 0.5).astype(int),
            "sex": lot.choice(["f", "m"], 400),
        }
    )
    table.to_csv(tmp_path / "p.csv", index=False)
    return table


def test_what_is_advised_compares_with_those_who_are_not_in_both(
    people: pd.DataFrame, run: Callable[..., Ran], tmp_path: Path
) -> None:
    refused = run("bias", "p.csv", "-a", RACES, "--ref-group", "white of Rome", cwd=tmp_path)
    assert (refused.code, refused.out) == (2, "")
    assert "Who is black beside who is white of Rome and not black: --attribute" in refused.err
    advised = shlex.split(refused.err[refused.err.index("--attribute") :].strip().removesuffix("."))
    ran = run("bias", "p.csv", *advised, cwd=tmp_path)
    assert ran.code == 0, ran.err
    document = json.loads((tmp_path / "fairaudit-out" / "bias.json").read_text("utf-8"))
    (d,) = (d for d in document["disparities"] if (d["group"], d["metric"]) == ("in", "pprev"))
    black, white = people["black"] == 1, people["white of Rome"] == 1
    selected = people["score"] >= 0.5
    assert (d["numerator"], d["denominator"]) == ((black & selected).sum(), black.sum())
    assert (d["reference_numerator"], d["reference_denominator"]) == (
        (white & ~black & selected).sum(),
        (white & ~black).sum(),
    )


@pytest.mark.parametrize("wanted", ["majority", "(none of them)"])
def test_no_comparison_is_advised_that_nobody_named(
    people: pd.DataFrame, run: Callable[..., Ran], tmp_path: Path, wanted: str
) -> None:
    refused = run("bias", "p.csv", "-a", RACES, "--ref-group", f"{RACES}={wanted}", cwd=tmp_path)
    assert refused.code == 2
    assert "--where" not in refused.err
    crossed = run("bias", "p.csv", "-a", f"{RACES}*sex", "--ref-group", "black * f", cwd=tmp_path)
    assert crossed.code == 2
    assert "--where" not in crossed.err


def test_who_is_in_both_makes_two_rates_vary_together() -> None:
    lot = np.random.default_rng(1)
    rounds, alone, both, p = 2_000, 60, 90, 0.3
    # The same rate of everybody, so that the true difference is 0 whoever is taken.
    own, other = (lot.binomial(alone, p, rounds) for _ in range(2))
    shared = lot.binomial(both, p, rounds)
    n = alone + both
    apart = (own + shared) / n - (other + shared) / n
    independent = 2 * p * (1 - p) / n
    overlapping = independent - 2 * both * p * (1 - p) / n**2
    assert apart.var() == pytest.approx(overlapping, rel=0.1)
    assert independent > 2 * overlapping
    few = slice(0, 400)
    covers = {}
    for name, reference, of in (("apart", other, alone), ("whole", other + shared, n)):
        low, high = difference_interval((own + shared)[few], n, reference[few], of)
        covers[name] = ((low <= 0) & (high >= 0)).mean()
    # Those who are not in both give 95%; taken for independent, the intervals cover nearly always, as they are too wide.
    assert 0.92 <= covers["apart"] <= 0.98
    assert covers["whole"] >= 0.99
