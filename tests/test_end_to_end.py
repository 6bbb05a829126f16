"""The main job on real data, from the raw file to the card."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

from fairaudit.cli.app import main


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["fairaudit", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code in (0, None)


def load(folder: Path, name: str) -> dict[str, object]:
    return json.loads((folder / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("file", "options", "rows", "first"),
    [
        pytest.param(
            "car.csv",
            ["--target", "car", "--positive", "acc,good,vgood", "-a", "buying,maint"],
            1728,
            "fnr",
            id="car",
        ),
        pytest.param(
            "raisin.csv",
            ["--target", "Class", "--positive", "Kecimen", "-a", "MajorAxisLength:mean"],
            900,
            "pprev",
            id="raisin",
        ),
        pytest.param(
            "compas_two_years.csv",
            [
                "--target",
                "two_year_recid",
                "--drop",
                "id,is_recid,race,sex,decile_score,score_text,v_decile_score",
                "-a",
                "race,sex",
                "--ref-group",
                "Caucasian",
            ],
            7214,
            "pprev",
            id="compas",
        ),
    ],
)
def test_audit_goes_from_raw_data_to_the_card(
    monkeypatch: pytest.MonkeyPatch,
    data_dir: Path,
    tmp_path: Path,
    file: str,
    options: list[str],
    rows: int,
    first: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    run(monkeypatch, "audit", str(data_dir / file), *options, "--quiet")
    out = tmp_path / "fairaudit-out"
    card = (out / "MODEL_CARD.md").read_text(encoding="utf-8")
    for section in range(1, 9):
        assert f"\n## {section}. " in card
    figures = sorted(path.name for path in (out / "figures").iterdir())
    attributes = options[options.index("-a") + 1].split(",")
    # The metric of the first finding has the figure without its name.
    of_metrics = [
        f"disparity_per_group_{metric}.png" for metric in ("pprev", "fpr", "fnr") if metric != first
    ]
    of_scores = [f"calibration_by_group_{number}.png" for number in range(2, len(attributes) + 1)]
    assert set(figures) == {
        "calibration_by_group.png",
        *of_scores,
        "disparity_per_group.png",
        *of_metrics,
        "metric_per_slice.png",
        "spread_over_folds.png",
    }
    assert (out / "report.html").stat().st_size < 3_000_000
    assert all(f"](figures/{name})" in card for name in figures)
    train = load(out, "train.json")
    assert train["split"]["train"] + train["split"]["test"] == rows  # type: ignore[index]
    with (out / "predictions.csv").open(encoding="utf-8", newline="") as lines:
        predictions = list(csv.DictReader(lines))
    assert len(predictions) == train["split"]["test"]  # type: ignore[index]
    with (out / "cv_predictions.csv").open(encoding="utf-8", newline="") as lines:
        assert sorted(int(row["row"]) for row in csv.DictReader(lines)) == list(range(1, rows + 1))


def test_the_default_model_on_car_reaches_its_f1(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path, tmp_path: Path
) -> None:
    out = str(tmp_path)
    run(
        monkeypatch,
        "train",
        str(data_dir / "car.csv"),
        "-t",
        "car",
        "--positive",
        "acc,good,vgood",
        "-o",
        out,
        "-q",
    )
    f1 = load(tmp_path, "train.json")["metrics"]["test"]["f1"]["value"]  # type: ignore[index]
    assert f1 >= 0.88


def test_raisins_above_the_mean_are_served_far_worse(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path, tmp_path: Path
) -> None:
    out = str(tmp_path)
    raisin = str(data_dir / "raisin.csv")
    run(monkeypatch, "train", raisin, "-t", "Class", "--positive", "Kecimen", "-o", out, "-q")
    features = ["MajorAxisLength", "MinorAxisLength", "ConvexArea"]
    run(monkeypatch, "slice", "-f", ",".join(f"{name}:mean" for name in features), "-o", out, "-q")
    slices = load(tmp_path, "slices.json")["slices"]
    f1 = {(s["feature"], s["slice"].startswith("below")): s["metrics"]["f1"]["value"] for s in slices}  # type: ignore[attr-defined]
    # Published, on another split and without scaling: 0.92, 0.93, 0.92 below the mean, and 0.0, 0.65, 0.31 above it.
    assert [f1[f"{name}:mean", True] for name in features] == pytest.approx([0.912, 0.914, 0.911], abs=0.001)
    assert [f1[f"{name}:mean", False] for name in features] == pytest.approx([0.0, 0.776, 0.364], abs=0.001)
