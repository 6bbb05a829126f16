"""Bands of a number that is cut at quantiles."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from running import run_main


def test_20_one_set_of_edges_in_all_parts(case: Callable[[int], Path], tmp_path: Path) -> None:
    data = case(20) / "bands.csv"
    ran = run_main("audit", data, "--target", "y", "-a", "age:quartiles", "--repeats", 2, cwd=tmp_path)
    assert ran.code == 0
    out = tmp_path / "fairaudit-out"
    names = ("group", "slices", "bias", "fairness", "scores")
    # What is held out stands in a folder of its own beside what is out of fold.
    files = ["cv", *names, *(f"test/{name}" for name in names)]
    edges = [
        json.loads((out / f"{name}.json").read_text())["settings"]["attributes"][0]["edges"]["age"]
        for name in files
    ]
    assert edges == [[35.0, 51.0, 67.0]] * len(files)
    card = (out / "MODEL_CARD.md").read_text()
    rows = re.findall(r"^\| age \| (.+) \| (\d+) \|$", card, flags=re.MULTILINE)
    ages = [int(line.rpartition(",")[2]) for line in data.read_text().splitlines()[1:]]
    bands = {
        "below 35": (0, 35),
        "35 to below 51": (35, 51),
        "51 to below 67": (51, 67),
        "67 and above": (67, 999),
    }
    assert {name: int(people) for name, people in rows} == {
        name: sum(low <= age < high for age in ages) for name, (low, high) in bands.items()
    }
