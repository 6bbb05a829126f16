"""`fairaudit history`: months in folders and files, what they say together, what is refused, and how it is shown."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from legibility import faults
from rich.console import Console
from running import run_main
from schemas import schema_of

import fairaudit
from fairaudit.documents.history import Course, HistoryDocument
from fairaudit.documents.text import dump, load
from fairaudit.errors import FairauditError
from fairaudit.render.figures.history import history_figure
from fairaudit.render.terminal.history import history as render
from fairaudit.render.words.history import claim, method_text, nothing_text, proof_text
from fairaudit.render.words.people import words_of

HOSTILE = "[red]x[/red]\x1b[31m|<b>=1+1"


def people(month: int, *, groups: str = "ABC") -> pd.DataFrame:
    """Draw the people of a month; those of B are decided wrongly more often from the fourth on."""
    lot, n = np.random.default_rng(month), 500
    frame = pd.DataFrame({"label": lot.integers(0, 2, n), "town": lot.choice(list(groups), n)})
    chance = np.where((frame["town"] == "B") & (month >= 4), 0.4, 0.15)
    frame["decision"] = np.where(lot.random(n) < chance, 1 - frame["label"], frame["label"])
    return frame


def write(frame: pd.DataFrame, out: Path, **named: Any) -> None:
    fairaudit.measure_slices(frame, **{"features": "town", **named}, out=out)


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("months")
    for month in range(1, 7):
        write(people(month, groups="ABC" if month != 2 else "AB"), folder / f"m{month + 5}")
    return folder


@pytest.fixture(scope="module")
def document(months: Path) -> HistoryDocument:
    return fairaudit.history(months).document


def test_names_of_groups_are_whole_before_more_months_are_shown(document: HistoryDocument) -> None:
    named = [s.model_copy(update={"group": f"{s.group} African-American"}) for s in document.series]
    long = document.model_copy(update={"series": named})
    rows = [line for line in shown(long, width=80).splitlines() if line.startswith(" B ")]
    assert len(rows) == len([s for s in document.series if s.group == "B"])
    assert all(line.startswith(" B African-American  ") for line in rows)
    assert shown(document, width=80).count("m10") > shown(long, width=80).count("m10")


def shown(document: HistoryDocument, width: int = 120) -> str:
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(render(document, width=width))
    return out.getvalue()


def test_months_are_in_the_order_of_their_numbers(document: HistoryDocument) -> None:
    assert [point.name for point in document.points] == ["m6", "m7", "m8", "m9", "m10", "m11"]
    assert document.order == "name"


def test_the_group_that_is_worse_is_told_with_its_month(document: HistoryDocument) -> None:
    first = document.series[0]
    assert (first.group, first.course, first.side, first.since) == ("B", Course.SINCE, "worse", "m9")
    assert first.p_adjusted is not None
    assert first.p_adjusted < 0.001
    text = shown(document)
    assert text.startswith("WORSE: Since m9")
    assert 'people with town "B" have the worse' in text
    assert "Since then" in text
    assert "m9" in text.split("town: rate of the group")[1]


def test_counts_are_those_of_the_documents(document: HistoryDocument, months: Path) -> None:
    for month in range(1, 7):
        frame = people(month, groups="ABC" if month != 2 else "AB")
        own = frame[(frame["town"] == "B") & (frame["label"] == 0)]
        rest = frame[(frame["town"] != "B") & (frame["label"] == 0)]
        series = next(s for s in document.series if (s.group, s.metric) == ("B", "fpr"))
        part = next(m for m in series.months if m.point == f"m{month + 5}")
        assert (part.numerator, part.denominator) == (own["decision"].sum(), len(own))
        assert (part.rest_numerator, part.rest_denominator) == (rest["decision"].sum(), len(rest))


def test_a_group_that_is_missing_is_told(document: HistoryDocument, tmp_path: Path, months: Path) -> None:
    (lacking,) = document.lacking
    assert (lacking.group, lacking.absent, lacking.status) == ("C", ["m7"], "missing in between")
    assert 'People with town "C" were missing in between: there is nobody of them in m7.' in shown(document)
    write(people(9, groups="ABD"), tmp_path / "last")
    both = fairaudit.history([months / "m6", tmp_path / "last"]).document
    assert {(part.group, part.status) for part in both.lacking} == {("C", "vanished"), ("D", "new")}


@pytest.mark.parametrize("course", Course)
def test_sentences_are_legible_whatever_became_of_a_difference(
    document: HistoryDocument, course: Course
) -> None:
    months = ["2026-04", "2026-06", "2026-07"]
    words = words_of(document.settings)
    for side in ("worse", "better", "higher", "lower"):
        change = {
            "course": course,
            "side": side,
            "since": "m9",
            "perhaps": months,
            "reason": "nobody is there",
        }
        part = document.series[0].model_copy(update=change)
        text = f"{claim(part, words)} {proof_text(part, document)}"
        assert not faults(text)
        assert 'people with town "B"' in text[:1].lower() + text[1:]
    assert not faults(nothing_text(document))
    assert not faults(method_text(document))


def test_the_document_has_a_schema_and_a_frame(document: HistoryDocument) -> None:
    text = dump(document)
    schema_of("history").validate(json.loads(text))
    assert load(HistoryDocument, text, file="x") == document
    frame = document.to_frame()
    assert len(frame) == sum(len(s.months) for s in document.series)
    first = document.series[0]
    own = frame[(frame["group"] == first.group) & (frame["metric"] == first.metric)]
    assert set(own["since"]) == {"m9"}
    assert own["value"].tolist() == [m.value for m in first.months]


def test_the_figure_has_a_panel_for_each_group(document: HistoryDocument) -> None:
    figure = history_figure(document)
    assert figure is not None
    assert figure.title.startswith("WORSE: Since m9")
    data = figure.spec["datasets"]
    assert {name for name in data if name.startswith("panel")} == {"panel0", "panel1", "panel2"}
    # A month without the group is a gap.
    of_c = [rows for name, rows in data.items() if name.startswith("panel") and len(rows) < 12]
    assert [{row["month"] for row in rows} for rows in of_c] == [{"m6", "m8", "m9", "m10", "m11"}]


def test_the_command_writes_and_takes_files_and_folders(months: Path, tmp_path: Path) -> None:
    ran = run_main(
        *(
            "history",
            months / "m6" / "slices.json",
            months / "m9",
            months / "m10",
            "-m",
            "fpr,fnr",
            "-o",
            "h",
        ),
        cwd=tmp_path,
    )
    assert ran.code == 0, ran.err
    assert "Written: h/history.json, h/history.png" in ran.out
    written = json.loads((tmp_path / "h" / "history.json").read_text(encoding="utf-8"))
    assert [point["name"] for point in written["points"]] == ["slices", "m9", "m10"]
    assert written["order"] == "given"
    assert {s["metric"] for s in written["series"]} == {"fpr", "fnr"}
    assert (tmp_path / "h" / "history.png").read_bytes()[:4] == b"\x89PNG"


def test_the_effect_says_which_side_is_worse(tmp_path: Path) -> None:
    for month in (20, 21):
        write(people(month).assign(decision=lambda f: (f["town"] == "A").astype(int)), tmp_path / str(month))
    for effect, side in (("helps", "better"), ("hurts", "worse"), (None, "higher")):
        history = fairaudit.history(tmp_path, metrics="pprev", effect=effect).document
        (of_a,) = [s for s in history.series if s.group == "A"]
        assert (of_a.course, of_a.side) == (Course.THROUGHOUT, side)


REFUSED = {
    "another decision": (
        {"decision": None, "score": "decision"},
        "score is not said there, and decision here",
    ),
    "another label": ({"label": "decision", "decision": "label"}, "label is label there, and decision here"),
    "other edges": ({"features": ["town", "age:median"]}, "'age:median' is cut at"),
    "another condition": (
        {"features": ["town", "old"], "slices": {"old": "age > 50"}},
        "the condition 'old' is age > 40 there, and age > 50 here",
    ),
    "people in rows": ({"id": "who"}, "counts people in several rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_about_the_same_is_refused(case: str, tmp_path: Path) -> None:
    named, why = REFUSED[case]
    lot = np.random.default_rng(0)
    frames = [people(month).assign(age=lot.integers(20, 60, 500), who=range(500)) for month in (1, 2)]
    first = {"features": named["features"]} if "features" in named else {}
    write(
        frames[0], tmp_path / "a", **first, **({"slices": {"old": "age > 40"}} if "slices" in named else {})
    )
    write(frames[1], tmp_path / "b", **named)
    with pytest.raises(FairauditError) as refused:
        fairaudit.history([tmp_path / "a", tmp_path / "b"])
    assert why in str(refused.value)
    assert str(tmp_path / "b") in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (["m6"], "m6: holds the results of one month"),
        (["m6", "m6"], "is named twice, and would count twice"),
        (["m6", "copy"], "m6 and copy are about the same rows"),
        (["nowhere", "m6"], "nowhere: there is no such file or folder"),
        (["empty"], "empty: holds no results"),
        (["broken.json", "m6"], "broken.json: is no document of fairaudit"),
        (["deep.json", "m6"], "deep.json: is no document of fairaudit"),
        (["other.json", "m6"], "other.json: is a document fairaudit/bias/1"),
        (["lying.json", "m6"], "lying.json: is not what fairaudit"),
        (["bytes.json", "m6"], "bytes.json: is written in UTF-16"),
        (["m6", "m8", "-m", "f1"], "--metric: 'f1' is no rate"),
        (["m6", "m8", "-m", "ppr"], "--metric: 'ppr' is no rate"),
        (["m6", "m8", "--order", "size"], "--order"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_no_history_is_refused(months: Path, tmp_path: Path, typed: list[str], why: str) -> None:
    for name in ("m6", "m8"):
        shutil.copytree(months / name, tmp_path / name)
    shutil.copytree(months / "m6", tmp_path / "copy")
    (tmp_path / "empty").mkdir()
    for name, content in {
        "broken.json": b"{",
        "deep.json": b"[" * 100_000,
        "other.json": b'{"schema": "fairaudit/bias/1"}',
        "lying.json": b'{"schema": "fairaudit/slices/1"}',
        "bytes.json": b"\xff\xfe",
    }.items():
        (tmp_path / name).write_bytes(content)
    ran = run_main("history", *typed, cwd=tmp_path)
    assert ran.code == 2, ran.out
    assert why in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "fairaudit-out").exists()


@pytest.mark.parametrize(
    ("whose", "people", "why"),
    [
        pytest.param(
            "group", 10**6, "counts people of town = A in fpr who are not among everybody", id="of a group"
        ),
        # Old releases of pydantic take no number for a weight that is too large for a count.
        pytest.param(
            "everybody",
            10**30,
            "counts more people in fpr than there can be|is not what .*fpr.numerator: Input should be less than or equal to .*",
            id="of everybody",
        ),
    ],
)
def test_a_document_whose_groups_are_no_parts_of_everybody_is_refused(
    months: Path, tmp_path: Path, whose: str, people: int, why: str
) -> None:
    changed = json.loads((months / "m6" / "slices.json").read_text(encoding="utf-8"))
    part = changed["slices"][0] if whose == "group" else changed["overall"]
    part["metrics"]["fpr"] |= {"numerator": people, "denominator": people}
    (tmp_path / "changed.json").write_text(json.dumps(changed), encoding="utf-8")
    ran = run_main("history", "changed.json", months / "m8", cwd=tmp_path)
    assert ran.code == 2
    assert re.search(rf"changed.json: ({why})\.", ran.err)


def test_attributes_that_not_all_have_are_left_out_and_told(months: Path, tmp_path: Path) -> None:
    write(people(9).assign(sex="F"), tmp_path / "more", features=["town", "decision"])
    history = fairaudit.history([months / "m6", tmp_path / "more"]).document
    assert history.left_out == {"decision": "not in m6"}
    assert "Left out: decision, not in m6." in shown(history)
    write(people(9), tmp_path / "none", features="decision")
    with pytest.raises(
        FairauditError,
        match="No attribute is in all 2 documents: 'town' is not in none; 'decision' is not in m6",
    ):
        fairaudit.history([months / "m6", tmp_path / "none"])


def test_groups_of_whatever_is_left_are_not_tested(tmp_path: Path) -> None:
    for month in (4, 5):
        write(people(month), tmp_path / str(month), features="town:top1")
    history = fairaudit.history(tmp_path).document
    tested = {s.group for s in history.series if s.course is not Course.UNKNOWN}
    assert "(other)" in {s.group for s in history.series}
    assert "(other)" not in tested
    assert tested


def test_where_nothing_differs_it_cannot_be_told(tmp_path: Path) -> None:
    for month in (2, 3):
        write(people(month), tmp_path / str(month))
    history = fairaudit.history(tmp_path).document
    text = " ".join(shown(history).split())
    assert text.startswith(
        "CANNOT TELL: no group is shown to differ from everybody else, in 15 rates over 2 months"
    )
    assert "That is no proof that none does." in text


def test_names_of_strangers_are_text(tmp_path: Path) -> None:
    for month in (4, 5):
        strange = people(month).replace({"B": HOSTILE}).rename(columns={"town": HOSTILE})
        write(strange, tmp_path / f"<b>{month}", features=HOSTILE)
    ran = run_main("history", tmp_path, "-o", "h", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "\x1b" not in ran.out
    assert "[red]x[/red]" in ran.out
