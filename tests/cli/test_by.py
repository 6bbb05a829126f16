"""``fairaudit audit --by``: one audit for each value of a column, in a folder of its own, and a table over all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import Ran
from schemas import schema_of

import fairaudit
from fairaudit.render.figures.draw import NO_FONTS
from fairaudit.workflow import card as workflow_card
from fairaudit.workflow.parts import folder_names

Run = Callable[..., Ran]
FILES = [
    "MODEL_CARD.md",
    "bias.json",
    "fairness.json",
    "figures",
    "group.json",
    "manifest.json",
    "report.html",
    "slices.json",
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same 120 people, as two models see them, and four people whom no model saw."""
    path = tmp_path_factory.mktemp("models") / "models.csv"
    rows = [
        f"{i},{model},{i * 7 % 3 % 2},{i % (2 if model == 'new' else 3) % 2},{'AB'[i % 5 % 2]}"
        for model in ("old", "new")
        for i in range(120)
    ]
    rows += [f"{i},,1,1,A" for i in range(4)]
    path.write_text("\n".join(["entity_id,model_id,label_value,score,race", *rows]) + "\n")
    return path


@pytest.fixture(scope="module")
def done(models: Path, run: Run) -> Ran:
    return run("audit", models, "--by", "model_id", cwd=models.parent)


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_each_has_a_folder_with_all_that_an_audit_has(models: Path, done: Ran) -> None:
    assert (done.code, done.err) == (0, "")
    out = models.parent / "fairaudit-out"
    assert sorted(p.name for p in out.iterdir()) == ["by.json", "model_id=new", "model_id=old"]
    assert all(sorted(p.name for p in (out / f"model_id={m}").iterdir()) == FILES for m in ("old", "new"))


def test_fonts_of_the_machine_are_left_out_only_where_one_card_is_all_that_is_drawn(
    models: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonts = []

    def drawn(_: object) -> bytes:
        fonts.append(os.environ.get("FONTCONFIG_FILE"))
        return b""

    monkeypatch.delenv("FONTCONFIG_FILE")
    monkeypatch.setattr(workflow_card, "render_png", drawn)
    whole = ["--where", "model_id = 'new'"]
    for words, found in (
        (("audit", models, *whole), str(NO_FONTS)),
        (("card",), str(NO_FONTS)),
        # The names of a later part may need them.
        (("audit", models, "--by", "model_id", "--out", "parts"), None),
    ):
        fonts.clear()
        assert run(*words, cwd=tmp_path).code == 0
        assert set(fonts) == {found}
    # Others may draw in the process that calls a function.
    fonts.clear()
    fairaudit.audit(models, where="model_id = 'new'", out=tmp_path / "here")
    assert set(fonts) == {None}


def test_each_is_what_where_gives(models: Path, done: Ran, run: Run, tmp_path: Path) -> None:
    assert run("audit", models, "--where", "model_id = 'new'", cwd=tmp_path).code == 0
    for name in ("group.json", "bias.json", "fairness.json", "slices.json"):
        alone, mine = (
            read(path / name)
            for path in (tmp_path / "fairaudit-out", models.parent / "fairaudit-out" / "model_id=new")
        )
        assert mine["command"] == f"fairaudit audit {models} --by model_id"
        assert {**alone, "created": 0, "command": 0} == {**mine, "created": 0, "command": 0}


def test_the_document_puts_them_beside_each_other(models: Path, done: Ran) -> None:
    out = models.parent / "fairaudit-out"
    found = read(out / "by.json")
    schema_of("by").validate(found)
    assert (found["column"], found["where"]) == ("model_id", None)
    assert found["input"]["dropped"] == {"no value in model_id": 4}
    assert (found["input"]["rows"], found["input"]["used"]) == (244, 240)
    assert [(a["value"], a["folder"], a["people"]) for a in found["audits"]] == [
        ("new", "model_id=new", 120),
        ("old", "model_id=old", 120),
    ]
    for audit in found["audits"]:
        assert audit["verdict"] == read(out / audit["folder"] / "fairness.json")["answer"]["verdict"]


def test_the_table_over_all(done: Ran) -> None:
    said = " ".join(done.out.split())
    assert said.startswith(
        "2 audits, one for each value of model_id model_id people verdict worst finding new 120"
    )
    assert "244 rows, 4 dropped (4 no value in model_id), 240 used." in said
    assert "Each audit is corrected for its own comparisons" in said


def test_as_json_from_stdin_with_a_condition(models: Path, run: Run, tmp_path: Path) -> None:
    words = ("audit", "-", "--by", "model_id", "--where", "entity_id >= 20", "--json")
    ran = run(*words, cwd=tmp_path, stdin=models.read_text())
    assert (ran.code, ran.err) == (0, "")
    found = ran.json()
    assert found["where"] == "entity_id >= 20"
    assert found["input"]["dropped"] == {"where not (entity_id >= 20)": 44}
    assert [a["people"] for a in found["audits"]] == [100, 100]


def test_what_is_found_in_one_part_says_of_which(run: Run, tmp_path: Path) -> None:
    rows = [
        f"{m},{i % 2},{(0.4 - 0.1 * (i % 2) if m == 'a' else 0.6 + 0.1 * (i % 2)) + i / 1000},{'FM'[i % 3 % 2]}"
        for m in "ab"
        for i in range(80)
    ]
    (tmp_path / "d.csv").write_text("\n".join(["m,label,score,sex", *rows]) + "\n")
    ran = run("audit", "d.csv", "--by", "m", cwd=tmp_path)
    assert ran.code == 0
    assert ran.err.startswith("warning: m = a: score: scores run against the labels")
    assert ran.err.count("\n") == 1


class TestRefused:
    def test_one_that_cannot_be_audited_is_named_and_nothing_is_written(
        self, refusal: Callable[..., str], tmp_path: Path
    ) -> None:
        rows = [
            f"{m},{1 if m == 'b' else i % 2},{i % 3 % 2},{'FM'[i % 3 % 2]}" for m in "ab" for i in range(40)
        ]
        (tmp_path / "d.csv").write_text("\n".join(["m,label,score,sex", *rows]) + "\n")
        said = refusal("audit", "d.csv", "--by", "m", cwd=tmp_path)
        assert said.startswith("""--by, where "m" = 'b': d.csv, column 'label': every label is 1""")
        assert said.endswith("--where leaves rows out.")

    def test_with_a_model_that_is_still_to_be_made(
        self, refusal: Callable[..., str], models: Path, tmp_path: Path
    ) -> None:
        said = refusal("audit", models, "--by", "model_id", "--target", "label_value", cwd=tmp_path)
        assert said == "--by: cannot be given together with --target, which makes one model."

    def test_data_of_people_in_several_rows_before_a_model_is_made(
        self, refusal: Callable[..., str], models: Path, tmp_path: Path
    ) -> None:
        said = refusal("audit", models, "--target", "label_value", cwd=tmp_path)
        assert said == (
            "models.csv, column 'entity_id': 120 of 120 values stand in several rows (such as '0' in 3), and each row would be counted "
            """as a person of its own. Audit one by --where "model_id = 'new'"."""
        )


def test_train_tells_of_people_in_several_rows(run: Run, models: Path, tmp_path: Path) -> None:
    ran = run("train", models, "--target", "label_value", cwd=tmp_path)
    assert ran.code == 0
    assert (
        "warning: entity_id: 120 of 120 values stand in several rows (such as '0' in 3); a model is tried on rows of those that it has learnt from\n"
        in ran.err
    )


def test_folders_are_safe_and_never_the_same() -> None:
    values = [
        "1",
        "../../etc",
        "..",
        ".",
        "A",
        "a",
        "x" * 300,
        "x" * 301,
        "é",
        "e\u0301",
        'a"b',
        "a/b",
        "con.",
        " ",
        "%20",
    ]
    names = folder_names("m/*", values)
    assert list(names) == values
    folded = [name.casefold() for name in names.values()]
    assert len(set(folded)) == len(values)
    assert all(
        name.startswith("m%2F%2A=") and "/" not in name and len(name.encode()) < 200
        for name in names.values()
    )
    assert (names["1"], names["a/b"], names["%20"]) == ("m%2F%2A=1", "m%2F%2A=a%2Fb", "m%2F%2A=%2520")
