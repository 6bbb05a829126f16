"""The file that is read is never replaced by what is written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., object]
Refusal = Callable[..., str]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("train", "-t", "label"), "predictions.csv"),
        (("cv", "-t", "label"), "cv_predictions.csv"),
        (("audit", "-t", "label"), "predictions.csv"),
        (("audit", "-t", "label"), "cv_predictions.csv"),
    ],
)
def test_training_rows(
    refusal: Refusal, people: Path, tmp_path: Path, words: tuple[str, ...], name: str
) -> None:
    data = tmp_path / "results" / name
    data.parent.mkdir()
    shutil.copy(people, data)
    command, *options = words
    for source, out in ((f"results/{name}", "results"), (data, tmp_path / "results" / ".." / "results")):
        said = refusal(command, source, *options, "--out", out, cwd=tmp_path)
        assert f"is read, and {name} would be written in its place. Name another folder by --out." in said


def test_new_rows(run: Run, refusal: Refusal, people: Path, tmp_path: Path) -> None:
    run("train", people, "-t", "label", "-q", cwd=tmp_path)
    model = "fairaudit-out/model.skops"
    said = refusal("predict", model, "fairaudit-out/predictions.csv", cwd=tmp_path)
    assert "predictions.csv would be written in its place" in said
    (tmp_path / "predictions.csv").symlink_to(people)
    assert "in its place" in refusal("predict", model, "predictions.csv", "--out", ".", cwd=tmp_path)
    # A file of that name elsewhere is safe, and so is one that a link of that name leads to.
    run("predict", model, "predictions.csv", "--out", "new", "-q", cwd=tmp_path)


def test_a_file_that_has_the_name_of_the_example(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "loans.csv").write_text("my,own\n1,2\n")
    said = refusal("demo", "--out", ".", cwd=tmp_path)
    assert "loans.csv is not the example" in said.replace(": ", " ")
