"""What people read, compared whole. ``nox -s update_golden`` rewrites the files; the diff is read in review."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console, RenderableType
from running import Ran

import fairaudit
from fairaudit.cli.app import main
from fairaudit.disparity.rule import VerdictRule
from fairaudit.documents.changed import CompareDocument
from fairaudit.documents.discovered import DiscoverDocument
from fairaudit.documents.parts import Stamp
from fairaudit.read.files import open_path
from fairaudit.render.figures.disparity import disparity_figures
from fairaudit.render.figures.draw import render_svg
from fairaudit.render.terminal import audit as terminal
from fairaudit.render.terminal import rates
from fairaudit.render.terminal.changed import compared as show_compared
from fairaudit.render.terminal.discovered import discovered as show_discovered
from fairaudit.settings.choices import Effect
from fairaudit.settings.comparing import PairedSettings
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.verdict import Direction, Measuring
from fairaudit.workflow.audit import Reports, report_everything
from fairaudit.workflow.compare import compare_predictions
from fairaudit.workflow.discover import discover_slices

GOLDEN = Path(__file__).parent / "golden"
STAMP = Stamp(created=datetime(2026, 1, 1, tzinfo=UTC), command="fairaudit audit")
AWKWARD = """score,label,name|of `it`
1,1,a|b
1,0,a|b
0,1,[/i]
1,1,[/i]
0,0,<script>alert(1)</script>
1,0,<script>alert(1)</script>
1,1,=1+1
0,1,=1+1
0,0,🙂
1,1,🙂
0,1,"two
lines"
1,0,"two
lines"
0,0,"\x1b[31mred"
1,1,"\x1b[31mred"
1,1,
0,0,
"""


def shown(view: RenderableType, width: int) -> str:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False, color_system=None).print(view)
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


@pytest.fixture(scope="module")
def lender(examples_dir: Path) -> Reports:
    settings = ReadSettings(
        label="repaid", score="score", attributes=("ethnicity", "region", "sex*age:25,40")
    )
    return report_everything(open_path(str(examples_dir / "loans.csv")), settings, STAMP)


@pytest.fixture(scope="module")
def published(examples_dir: Path) -> Reports:
    settings = ReadSettings(weight="count", attributes=("race",))
    opened = open_path(str(examples_dir / "compas_published.csv"))
    return report_everything(opened, settings, STAMP, rule=VerdictRule(references=("Caucasian",)))


@pytest.fixture
def awkward(tmp_path: Path) -> Reports:
    path = tmp_path / "awkward.csv"
    path.write_text(AWKWARD, encoding="utf-8")
    return report_everything(
        open_path(str(path)), ReadSettings(), STAMP, measuring=Measuring(min_group_size=1)
    )


@pytest.mark.parametrize("width", [60, 80, 120])
def test_golden_terminal_of_a_published_table(
    published: Reports, width: int, golden: Callable[[str, Path], None]
) -> None:
    views = (
        rates.groups(published.group, width=width),
        terminal.bias(published.bias, width=width),
        terminal.fairness(published.fairness, published.bias, width=width),
        terminal.slices(published.slices, width=width),
    )
    text = "\n".join(f"{'=' * width}\n{shown(view, width)}" for view in views)
    assert max(len(line) for line in text.splitlines()) <= width
    golden(text, GOLDEN / f"published_{width}.txt")


@pytest.fixture(scope="module")
def discovered(examples_dir: Path) -> DiscoverDocument:
    opened = open_path(str(examples_dir / "loans.csv"))
    return discover_slices(opened, ReadSettings(label="repaid", score="score"), STAMP)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_golden_terminal_of_slices_that_nobody_asked_for(
    discovered: DiscoverDocument, width: int, golden: Callable[[str, Path], None]
) -> None:
    text = shown(show_discovered(discovered, width=width), width)
    assert max(len(line) for line in text.splitlines()) <= width
    golden(text, GOLDEN / f"discovered_{width}.txt")


@pytest.fixture(scope="module")
def changed(examples_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> CompareDocument:
    """Every eighth woman between 25 and 40 who would repay has a lower score now; the people of one region are gone."""
    loans = pd.read_csv(examples_dir / "loans.csv")
    women = (loans["sex"] == "Female") & loans["age"].between(25, 39) & (loans["repaid"] == 1)
    harmed = women & (loans.index % 8 == 0)
    after = loans.assign(score=loans["score"].where(~harmed, 0.1))[loans["region"] != "South"]
    path = tmp_path_factory.mktemp("changed") / "new.csv"
    after.to_csv(path, index=False)
    return compare_predictions(
        open_path(str(examples_dir / "loans.csv")),
        open_path(str(path)),
        PairedSettings(label="repaid", id="loan_id", attributes=("sex*age:25,40", "region", "home")),
        STAMP,
        direction=Direction(effect=Effect.HELPS),
    )


@pytest.mark.parametrize("width", [60, 80, 120])
def test_golden_terminal_of_what_changed(
    changed: CompareDocument, width: int, golden: Callable[[str, Path], None]
) -> None:
    text = shown(show_compared(changed, width=width), width)
    assert max(len(line) for line in text.splitlines()) <= width
    golden(text, GOLDEN / f"compared_{width}.txt")


def test_golden_terminal_of_the_lenders_score(lender: Reports, golden: Callable[[str, Path], None]) -> None:
    documents = terminal.Audited(
        bias=lender.bias, fairness=lender.fairness, group=lender.group, slices=lender.slices
    )
    views = [
        terminal.audit(documents, width=100),
        terminal.audit(documents, width=100, verbose=True, aequitas=True),
    ]
    golden("\n".join(shown(view, 100) for view in views), GOLDEN / "lender_100.txt")


COUNTED = {
    "black": (
        "label,score,group,n\n1,1,Black,700\n1,0,Black,300\n0,1,Black,450\n0,0,Black,550\n"
        "1,1,White,400\n1,0,White,400\n0,1,White,180\n0,0,White,620\n"
    ),
    "women": (
        "label,score,sex,n\n1,1,women,20\n1,0,women,180\n1,1,men,150\n1,0,men,50\n"
        "0,1,women,5\n0,0,women,195\n0,1,men,110\n0,0,men,90\n"
    ),
}
"""Tables in which the largest group is harmed, and in which a lower false positive rate is no favour."""
COMPAS = {"source": "compas_for_aequitas.csv", "attributes": ["race", "sex", "age_cat"]}
ANSWERS: dict[str, dict[str, Any]] = {
    "compas": COMPAS,
    "compas_hurts": COMPAS | {"effect": "hurts"},
    "compas_caucasian": COMPAS | {"effect": "hurts", "ref_group": "race=Caucasian"},
    "compas_rest": COMPAS | {"effect": "hurts", "ref_group": "rest"},
    "lender": {
        "source": "loans.csv",
        "label": "repaid",
        "score": "score",
        "attributes": ["ethnicity", "region", "sex*age:25,40"],
        "effect": "helps",
        "words": {"selected": "given a loan", "positive": "repay", "negative": "do not repay"},
    },
    "berkeley": {
        "source": "berkeley.csv",
        "label": "none",
        "score": "admitted",
        "weight": "count",
        "attributes": "gender",
        "effect": "helps",
    },
    "car": {
        "source": "car.csv",
        "target": "car",
        "positive": ["acc", "good", "vgood"],
        "attributes": ["maint", "persons", "safety"],
        "effect": "helps",
        "unit": "cars",
    },
    "black": {"source": "black", "weight": "n", "attributes": "group", "effect": "hurts"},
    "women": {"source": "women", "weight": "n", "attributes": "sex", "effect": "helps"},
}
"""What is told of published and made-up tables."""


@pytest.fixture(scope="module", params=ANSWERS)
def answer(
    request: pytest.FixtureRequest,
    data_dir: Path,
    examples_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, fairaudit.Audit]:
    """The name of an answer, and its audit, which serves all widths."""
    source, *settings = ANSWERS[request.param].items()
    folder = tmp_path_factory.mktemp("answers")
    for name, table in COUNTED.items():
        (folder / name).with_suffix(".csv").write_text(table, encoding="utf-8")
    file = Path(source[1]).with_suffix(".csv").name
    path = next(place / file for place in (folder, data_dir, examples_dir) if (place / file).is_file())
    return request.param, fairaudit.audit(path, **dict(settings))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_golden_answer(
    answer: tuple[str, fairaudit.Audit], width: int, golden: Callable[[str, Path], None]
) -> None:
    name, audit = answer
    documents = terminal.Audited(
        bias=audit.bias, fairness=audit.fairness, group=audit.group, slices=audit.slices, train=audit.train
    )
    text = shown(terminal.audit(documents, width=width), width)
    assert max(len(line) for line in text.splitlines()) <= width
    # Of COMPAS one line of files and two of next steps stand below it, so that all fits 26 lines of 80 columns.
    assert width < 80 or name not in ("compas", "compas_hurts") or len(text.splitlines()) <= 23
    golden(text, GOLDEN / f"answer_{name}_{width}.txt")


def test_golden_terminal_of_awkward_names(awkward: Reports, golden: Callable[[str, Path], None]) -> None:
    views = (
        rates.groups(awkward.group, width=80),
        terminal.bias(awkward.bias, width=80),
        terminal.fairness(awkward.fairness, awkward.bias, width=80),
        terminal.slices(awkward.slices, width=80),
    )
    text = "\n".join(shown(view, 80) for view in views)
    assert "\x1b" not in text
    golden(text, GOLDEN / "awkward_80.txt")


def test_golden_picture_of_the_readme(
    lender: Reports, examples_dir: Path, golden: Callable[[str, Path], None]
) -> None:
    figure = disparity_figures(lender.bias, lender.fairness)[0]
    golden(render_svg(figure.spec), examples_dir / "lenders-score.svg")


def steady(page: str) -> str:
    """Take out of a card what differs from run to run and from machine to machine: time, versions, hashes and last digits."""
    page = re.sub(r"^\| Environment \|.*$", "| Environment | … |", page, flags=re.MULTILINE)
    page = re.sub(r"\b\d\.\d{7,}(e-\d+)?", lambda number: f"{float(number[0]):.5f}", page)
    page = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "0000-00-00 00:00 UTC", page)
    return re.sub(r"\b[0-9a-f]{64}\b", "0" * 64, page)


CARDS: dict[str, tuple[str, list[str]]] = {
    "compas": ("compas_for_aequitas.csv", ["-r", "race=Caucasian,sex=Male"]),
    "compas_hurts": ("compas_for_aequitas.csv", ["-a", "race,sex,age_cat", "--effect", "hurts"]),
    "compas_two_years": (
        "compas_two_years.csv",
        [
            "--target", "two_year_recid", "--drop", "is_recid,decile_score,score_text,race,sex,age_cat",
            "-a", "race,sex,age_cat", "-r", "race=Caucasian",
        ],
    ),
    "car": ("car.csv", ["--target", "car", "--positive", "acc,good,vgood", "-a", "maint,persons,safety"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CARDS)
def test_golden_card(
    name: str,
    data_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    golden: Callable[[str, Path], None],
) -> None:
    file, options = CARDS[name]
    shutil.copy(data_dir / file, tmp_path / file)
    golden(card_of(file, options, tmp_path, monkeypatch), GOLDEN / f"card_{name}.md")


def test_golden_card_of_the_lenders_score(
    examples_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Callable[[str, Path], None]
) -> None:
    shutil.copy(examples_dir / "loans.csv", tmp_path / "loans.csv")
    options = ["--label", "repaid", "-a", "ethnicity,region", "-a", "sex*age:25,40", "--effect", "helps"]
    golden(card_of("loans.csv", options, tmp_path, monkeypatch), GOLDEN / "card_loans.md")


def test_golden_card_of_a_table_of_counts(
    examples_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Callable[[str, Path], None]
) -> None:
    shutil.copy(examples_dir / "berkeley.csv", tmp_path / "berkeley.csv")
    options = ["--weight", "count", "--score", "admitted", "--label", "none", "-a", "gender,department"]
    golden(
        card_of("berkeley.csv", [*options, "--effect", "helps"], tmp_path, monkeypatch),
        GOLDEN / "card_berkeley.md",
    )


def commands_of(card: Path) -> list[list[str]]:
    """The commands that a card gives to be pasted, each once."""
    shown = re.sub(r"(?s)\A---\n.*?\n---\n|<details>.*?</details>", "", card.read_text(encoding="utf-8"))
    lines = [line for line in shown.splitlines() if line.strip().startswith("Next: ")]
    typed = dict.fromkeys(command for line in lines for command in re.findall(r"`(fairaudit [^`]*)`", line))
    return [shlex.split(command)[1:] for command in typed]


@pytest.mark.parametrize("name", ["compas_hurts", "loans", "berkeley"])
def test_the_next_steps_of_a_card_can_be_pasted(
    name: str,
    data_dir: Path,
    examples_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run: Callable[..., Ran],
) -> None:
    for folder, file in (
        (data_dir, "compas_for_aequitas"),
        (examples_dir, "loans"),
        (examples_dir, "berkeley"),
    ):
        shutil.copy(folder / f"{file}.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    commands = commands_of(GOLDEN / f"card_{name}.md")
    assert commands
    for command in commands:
        ran = run(*command)
        assert ran.code == 0, (command, ran.err)


def card_of(file: str, options: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Audit a file as a user does, and read the card."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["fairaudit", "audit", file, *options, "-o", "out", "--quiet"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert not stopped.value.code
    page = (folder / "out" / "MODEL_CARD.md").read_text(encoding="utf-8")
    # The budget of a card, beside its front matter, what is folded, and what is looked up or pasted.
    shown = re.sub(r"(?s)\A---\n.*?\n---\n|<details>.*?</details>|<!--.*?-->", "", page)
    assert sum(1 for line in shown.splitlines() if line.strip()) <= 125
    assert len(re.findall(r"\S*\w\S*", re.sub(r"(?m)^\|.*$|^!\[.*$|`[^`]*`", "", shown))) <= 750
    assert shown.count("![") <= 4
    return steady(page)
