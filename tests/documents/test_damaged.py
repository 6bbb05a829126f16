"""Documents that were cut, edited or made up: whoever reads them refuses in one sentence, or makes a card and a report, and never fails."""

from __future__ import annotations

import contextlib
import copy
import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import run_main

import fairaudit
from fairaudit.documents.folder import left_out, read_results
from fairaudit.documents.names import DOCUMENT_NAMES
from fairaudit.documents.registry import DOCUMENTS
from fairaudit.documents.statements import Statements
from fairaudit.documents.text import load, maker
from fairaudit.errors import FairauditError, join_sentences
from fairaudit.render.card.cyclonedx import bom
from fairaudit.render.card.huggingface import front_matter
from fairaudit.render.card.page import render_card
from fairaudit.render.card.parts import CardFigure
from fairaudit.render.figures.draw import draw_figures
from fairaudit.render.report.page import render_report
from fairaudit.spelling import Edge, Spelling, spelled

Document = Any
NUMBERS = [0, -1, 1, 0.5, 1.5, 5e-324, 1e308, -1e308, 10**30, float("nan"), float("inf")]
VALUES = [
    *NUMBERS,
    None,
    True,
    "",
    "x",
    "0",
    "fpr",
    "fail",
    "(missing)",
    "2020-01-01T00:00:00",
    [],
    [None],
    {},
    {"a": 1},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All documents that a card can be made from."""
    home = tmp_path_factory.mktemp("damaged")
    draw = random.Random(5)
    rows = [
        f"{int(draw.gauss(0, 1) + x > 0)},{x:.3f},{draw.randint(18, 80)},{draw.choice('ABC')},{draw.choice('FM')}"
        for x in (draw.gauss(0, 1) for _ in range(160))
    ]
    (home / "data.csv").write_text("\n".join(["y,x,age,race,sex", *rows]) + "\n")
    out = home / "o"
    words = (
        "audit",
        "data.csv",
        "--target",
        "y",
        "--folds",
        2,
        "-a",
        "race,age:median",
        "-f",
        "sex",
        "-o",
        out,
    )
    assert run_main(*words, cwd=home).code == 0
    return out


def use(folder: Path) -> None:
    """Read the documents and make of them what can be made, but for drawing the figures."""
    found = read_results(folder)
    left_out(folder, found)
    figures = draw_figures(
        performance=found.performance,
        bias=found.bias,
        fairness=found.fairness,
        scores=found.scores,
        cv=found.cv,
    )
    json.dumps([figure.spec for figure in figures], allow_nan=False)
    beside = [CardFigure(name=f.name, file=f.name, alt=f.alt, title=f.title) for f in figures]
    render_card(found, Statements(), figures=beside)
    front_matter(found, Statements(), slices=True)
    bom(found, Statements(), model_sha256=None)
    render_report(found, Statements())


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Walk through a document: every place below its top."""
    for key in value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0):
        yield (*path, key)
        yield from places(value[key], (*path, key))


def damage_one(document: Document, draw: random.Random) -> None:
    """Change one place: drop it, double it, cut it, shuffle it, or put something else there."""
    *path, key = draw.choice([p for p in places(document) if len(p) <= draw.randint(1, 7)])
    parent = document
    for step in path:
        parent = parent[step]
    match draw.choice(("drop", "double", "cut", "shuffle", "other", "other")), parent[key]:
        case "drop", _:
            del parent[key]
        case "double", _ if isinstance(parent, list):
            parent.insert(key, copy.deepcopy(parent[key]))
        case "cut", list() as items:
            del items[len(items) // 2 :]
        case "cut", dict() as table if table:
            del table[draw.choice(list(table))]
        case "shuffle", list() as items:
            draw.shuffle(items)
        case _:
            parent[key] = draw.choice(VALUES)


def damage_everywhere(document: Document, draw: random.Random) -> None:
    """Change one key wherever it stands, or at every second place."""
    names = sorted({step for path in places(document) for step in path if isinstance(step, str)})
    name, what, value, often = (
        draw.choice(names),
        draw.choice(("drop", "cut", "other")),
        draw.choice(VALUES),
        draw.choice((1, 2)),
    )
    found = [path for path in places(document) if path[-1] == name]
    for *path, key in found[::often]:
        parent = document
        try:
            for step in path:
                parent = parent[step]
            inner = parent[key]
        except (KeyError, IndexError, TypeError):
            continue  # It was within what has been changed already.
        if what == "drop":
            del parent[key]
        elif what == "cut" and isinstance(inner, list):
            del inner[len(inner) // 2 :]
        else:
            parent[key] = value


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60)
def test_a_damaged_document_is_refused_or_used(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    draw = random.Random(seed)
    work = tmp_path_factory.mktemp("work")
    shutil.copytree(folder, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("figures"))
    name = draw.choice(sorted(path.name for path in work.glob("*.json")))
    document = json.loads((work / name).read_text())
    for _ in range(draw.choice((1, 1, 2))):
        draw.choice((damage_one, damage_everywhere))(document, draw)
    (work / name).write_text(json.dumps(document))
    with contextlib.suppress(FairauditError):
        use(work)
    shutil.rmtree(work)


def test_undamaged_they_are_used(folder: Path) -> None:
    use(folder)


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        (
            "scores",
            lambda d: d["overall"]["positives"].pop(),
            "overall: people and positives are lists of one length, and hold 102 and 101",
        ),
        (
            "scores",
            lambda d: d["groups"][0]["score_sums"].append(1.0),
            "groups.0: people and score_sums are lists of one length, and hold 102 and 103",
        ),
        (
            "scores",
            lambda d: d["thresholds"].pop(),
            "the document: people of everybody have to be one number more than the 100 thresholds, and are 102",
        ),
        (
            "scores",
            lambda d: d["thresholds"].reverse(),
            "the document: thresholds do not rise: 0.99 stands after 1",
        ),
        (
            "scores",
            lambda d: d["groups"][0].update(score_sums=None),
            "the document: score_sums of race = A, and of everybody: one is null and the other is not",
        ),
        ("scores", lambda d: d["overall"]["people"].__setitem__(0, -1), "overall.people.0: Input should be greater than or equal to 0"),
        ("group", lambda d: d["groups"].append(d["groups"][0]), "the document: groups name 'race', 'A' twice"),
        ("group", lambda d: d["groups"][0]["metrics"].pop("fpr"), "the document: metrics of race = A, and of everybody, differ in 'fpr'"),
        ("group", lambda d: d["overall"]["metrics"]["fpr"].update(value=7), "overall.metrics: fpr cannot be 7"),
        ("group", lambda d: d["overall"]["metrics"]["fpr"].update(numerator=None), "overall.metrics.fpr: numerator and denominator belong together"),
        ("group", lambda d: d["overall"]["metrics"].update(fprr=d["overall"]["metrics"]["fpr"]), "overall.metrics.fprr.[key]: 'fprr' is no metric. Did you mean 'fpr'?"),
        ("slices", lambda d: d["slices"][0]["vs_overall"].pop("f1"), "the document: metrics and vs_overall of race = A, differ in 'f1'"),
        ("bias", lambda d: d["disparities"].pop(), "the document: metrics of age:median = below 48, and of the other groups, differ in 'oe'"),
        ("bias", lambda d: d["references"].pop("race"), "the document: references lack 'race'"),
        ("bias", lambda d: d["settings"].update(tau="much"), "settings.tau: --tau: 'much' is not a number. Give a ratio such as 0.8."),
        ("bias", lambda d: d.update(created="2026-01-01T00:00:00"), "created: Input should have timezone info"),
        ("bias", lambda d: d["settings"]["attributes"][0]["edges"].update(sex=[1]), "settings.attributes.0: edges of 'sex', which is none of the columns"),
        ("fairness", lambda d: d.update(tau=0), "tau: Input should be greater than 0"),
        ("fairness", lambda d: d["settings"].update(confidence=1), "settings.confidence: Input should be less than 1"),
        ("train", lambda d: d["metrics"].pop("train"), "the document: metrics, and train and test, differ in 'train'"),
        ("cv", lambda d: d["folds"][0]["metrics"].pop("f1"), "the document: metrics of fold 1, and of the summary, differ in 'f1'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_does_not_fit_together_is_named(
    folder: Path, name: str, change: Callable[[Document], object], why: str
) -> None:
    document = json.loads((folder / f"{name}.json").read_text())
    change(document)
    with pytest.raises(FairauditError) as refused:
        load(DOCUMENTS[name], json.dumps(document), file="a.json")
    problem = f"a.json: is not what fairaudit {fairaudit.__version__} writes: {why}"
    assert str(refused.value) == join_sentences(problem, maker(DOCUMENTS[name]))


@pytest.mark.parametrize(
    ("name", "makers"),
    [
        ("train", "fairaudit train or fairaudit audit"),
        ("cv", "fairaudit cv or fairaudit audit"),
        ("predict", "fairaudit predict"),
        ("slices", "fairaudit slice or fairaudit audit"),
        ("classes", "fairaudit slice"),
        ("discover", "fairaudit discover"),
        ("compare", "fairaudit compare"),
        ("group", "fairaudit group or fairaudit audit"),
        ("scores", "fairaudit group or fairaudit audit"),
        ("bias", "fairaudit bias or fairaudit audit"),
        ("fairness", "fairaudit fairness or fairaudit audit"),
        ("history", "fairaudit history"),
        ("impact", "fairaudit impact"),
        ("check", "fairaudit check"),
        ("by", "fairaudit audit"),
    ],
)
@pytest.mark.parametrize(
    "content",
    [b'{"schema": "fai', b"[]", b'{"schema": "fairaudit/other/7"}', b"", b"\xff\xfe{", b"[" * 100_000],
    ids=["cut", "no object", "another version", "empty", "not UTF-8", "deep"],
)
def test_what_makes_a_damaged_document_again_is_named(name: str, makers: str, content: bytes) -> None:
    with pytest.raises(FairauditError) as refused:
        load(DOCUMENTS[name], content, file=f"{name}.json")
    assert str(refused.value).startswith(
        f"{name}.json: is not what fairaudit {fairaudit.__version__} writes: "
    )
    assert str(refused.value).endswith(f". {makers} writes it anew.")


def test_every_document_has_a_function_that_makes_it() -> None:
    with spelled(Spelling(edge=Edge.PYTHON)):
        for kind in DOCUMENTS.values():
            assert re.fullmatch(r"(fairaudit\.[a-z_]+\(\.\.\.\)( or )?)+ writes it anew", maker(kind))


def test_slices_and_groups_of_different_metrics_do_not_mix(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "o")
    document = json.loads((tmp_path / "o" / "group.json").read_text())
    for part in (document["overall"], *document["groups"]):
        del part["metrics"]["f1"]
    (tmp_path / "o" / "group.json").write_text(json.dumps(document))
    with pytest.raises(
        FairauditError,
        match=r"slices.json and group.json do not belong together: they measure different metrics",
    ):
        use(tmp_path / "o")


def test_every_kind_of_document_is_named_where_none_is_loaded() -> None:
    assert tuple(DOCUMENTS) == DOCUMENT_NAMES
