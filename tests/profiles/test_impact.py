"""`fairaudit impact`: who is compared with whom, who is left out, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import refuse_main, run_main
from schemas import schema_of

import fairaudit
from fairaudit.documents.impact import ImpactDocument
from fairaudit.documents.text import load

ROWS = {("A", 60, 100), ("B", 45, 100), ("C", 9, 10), ("Unknown", 5, 20), ("", 1, 5)}
HOSTILE = "[red]x[/red]\x1b[31m\u202e=1+1|<b>"

Asked = Callable[..., dict[str, Any]]


def table(rows: set[tuple[str, int, int]] = ROWS, *, group: str = "g") -> str:
    lines = [
        f'"{name}",{decision},{people}'
        for name, selected, n in sorted(rows)
        for decision, people in ((1, selected), (0, n - selected))
    ]
    return "\n".join([f"{group},hired,n", *lines]) + "\n"


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    def ask(*words: str, rows: str = table()) -> dict[str, Any]:
        ran = run_main(
            *("impact", "-", "--decision", "hired", "--weight", "n", *words, "--json"),
            cwd=tmp_path,
            stdin=rows,
        )
        assert ran.code == 0, ran.err
        document: dict[str, Any] = ran.json()
        return document

    return ask


def named(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (one,) = document["tables"]
    return {g["group"]: g for g in one["groups"]}


def test_the_highest_rate_is_the_reference_however_small_the_group(asked: Asked) -> None:
    document = asked("--unknown", "Unknown")
    (one,) = document["tables"]
    assert (one["reference"], one["unknown"], one["n"]) == ("C", 25, 210)
    groups = named(document)
    assert set(groups) == {"A", "B", "C"}
    assert groups["C"]["reasons"]["sd"] == "it is the reference itself"
    assert groups["C"]["impact_ratio"] == 1.0
    assert (groups["B"]["adverse"], groups["B"]["different"]) == (True, True)


def test_who_is_excluded_stays_in_the_table_and_chooses_no_reference(asked: Asked) -> None:
    for words in (["--exclude", "g=C"], ["--exclude", "C"], ["--exclude-below", "5%"]):
        document = asked("--unknown", "Unknown", *words)
        (one,) = document["tables"]
        assert one["reference"] == "A"
        groups = named(document)
        assert (groups["C"]["excluded"], groups["C"]["n"], groups["C"]["rate"]) == (True, 10, 0.9)
        assert groups["C"]["impact_ratio"] is groups["C"]["adverse"] is groups["C"]["bounds"] is None
        assert groups["C"]["reasons"]["excluded"]
        assert groups["B"]["impact_ratio"] == 0.75


def test_the_share_is_exact(asked: Asked) -> None:
    rows = table({("A", 60, 100), ("B", 45, 98), ("C", 2, 2)})
    assert named(asked("--exclude-below", "1%", rows=rows))["C"]["excluded"] is False
    assert named(asked("--exclude-below", "1.01%", rows=rows))["C"]["excluded"] is True


def test_where_being_selected_hurts_the_lowest_rate_is_the_reference(asked: Asked) -> None:
    document = asked("--unknown", "Unknown", "--effect", "hurts")
    groups = named(document)
    assert document["tables"][0]["reference"] == "B"
    # 60% is 4/3 of 45%, above five fourths.
    assert groups["A"]["adverse"] is True
    assert groups["A"]["shortfall"]["four_fifths"] == 60 - 56
    even = named(asked("--effect", "hurts", rows=table({("A", 40, 100), ("B", 50, 100)})))
    assert (even["B"]["impact_ratio"], even["B"]["adverse"]) == (1.25, False)


def test_other_references(asked: Asked) -> None:
    for word, reference in [
        ("g=B", "B"),
        ("majority", "A"),
        ("min", "B"),
    ]:
        document = asked("--unknown", "Unknown", "--ref-group", word)
        assert document["tables"][0]["reference"] == reference
    groups = named(asked("--unknown", "Unknown", "--ref-group", "rest"))
    assert groups["C"]["difference"] == pytest.approx(0.9 - 105 / 200)


def test_a_group_may_be_called_as_the_rest_is(asked: Asked) -> None:
    rows = table({("(everybody else)", 3, 7), ("B", 6, 10), ("C", 6, 13)})
    assert named(asked("--effect", "hurts", rows=rows))["B"]["impact_ratio"] == pytest.approx(1.4)


def test_bounds_of_what_the_unknown_could_do(asked: Asked) -> None:
    groups = named(asked(rows=table({("A", 6, 10), ("B", 4, 10), ("", 1, 2)})))
    low, high = groups["B"]["bounds"]
    assert low == pytest.approx((4 / 11) / (7 / 11))
    assert high == pytest.approx((5 / 11) / (6 / 11))


@pytest.mark.parametrize("profile", ["none", "ll144"])
def test_without_a_limit_nothing_passes_or_fails(asked: Asked, tmp_path: Path, profile: str) -> None:
    document = asked("--profile", profile)
    group = named(document)["B"]
    assert group["adverse"] is group["different"] is group["shortfall"]["four_fifths"] is None
    assert group["reasons"]["adverse"] == group["reasons"]["different"] == "this profile has no limit"
    assert group["p_fisher"] is not None
    shown = run_main(
        *("impact", "-", "--decision", "hired", "--weight", "n", "--profile", profile),
        cwd=tmp_path,
        stdin=table(),
    ).out
    assert "four fifths" not in shown.split("Next")[0].lower()
    assert "adverse" not in shown.lower()
    assert "chance" not in shown


def test_within_ranges_and_what_cannot_be_compared(asked: Asked) -> None:
    lines = ["g,age,hired,n"]
    for age, counts in {20: (8, 10, 2, 10), 40: (5, 10, 5, 10), 60: (3, 10, 0, 0), "": (1, 4, 1, 4)}.items():
        x1, n1, x2, n2 = counts
        lines += [f"A,{age},1,{x1}", f"A,{age},0,{n1 - x1}", f"B,{age},1,{x2}", f"B,{age},0,{n2 - x2}"]
    document = asked("-a", "g", "--within", "age:30,50,g", rows="\n".join(lines) + "\n")
    (part,) = document["within"]
    assert (part["group"], part["reference"], part["column"]) == ("B", "A", "age:30,50")
    assert [(s["stratum"], s["compared"]) for s in part["strata"]] == [
        ("below 30", True),
        ("30 to below 50", True),
        ("50 and above", False),
    ]
    assert part["left_out"] == 4
    assert part["observed"] == 7
    assert any("not compared within g" in note["sentence"] for note in document["input"]["notes"])


def test_the_document_is_what_its_schema_says(asked: Asked) -> None:
    document = asked("--unknown", "Unknown", "--exclude", "C", "--within", "hired")
    schema_of("impact").validate(document)
    assert load(ImpactDocument, json.dumps(document), file="x") is not None


def test_weights_of_a_survey_are_no_people(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("g,hired,w\nA,1,0.5\nB,0,1.5\n", encoding="utf-8")
    sentence = refuse_main("impact", "p.csv", "--decision", "hired", "--weight", "w", "-a", "g", cwd=tmp_path)
    assert sentence.startswith("--weight: 'w' holds the weights of a survey")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--exclude-below", "2 people"], "--exclude-below: '2 people' is no share of people"),
        (["--exclude-below", "100%"], "--exclude-below: '100%' is no share of people"),
        (["--threshold", "mean"], "--threshold: 'mean' is not a number. Say a number, or median"),
        (["--ref-group", "C", "--exclude", "C"], "--ref-group: 'C' of 'g' is left out of the comparison"),
        (["--ref-group", "Z"], "has no group 'Z'"),
        (["--within", "site"], "has no column 'site'"),
        (["--profile", "eeoc"], "--profile"),
        (["-a", "g", "--weight", "g"], "g"),
    ],
)
def test_what_is_refused(tmp_path: Path, words: list[str], part: str) -> None:
    (tmp_path / "p.csv").write_text(table(), encoding="utf-8")
    more = [] if "--threshold" in words else ["--decision", "hired"]
    weight = [] if "--weight" in words else ["--weight", "n"]
    assert part in refuse_main("impact", "p.csv", *more, *weight, *words, cwd=tmp_path)


def test_strangers_texts_are_shown_and_are_nothing_else(tmp_path: Path) -> None:
    rows = table({(HOSTILE.replace('"', ""), 3, 10), ("B\nC", 9, 10)}, group=f'"{HOSTILE}"')
    ran = run_main("impact", "-", "--decision", "hired", "--weight", "n", cwd=tmp_path, stdin=rows)
    assert ran.code == 0, ran.err
    assert "\x1b[31m" not in ran.out
    assert "\u202e" not in ran.out
    assert "[red]x[/red]" in ran.out


@pytest.mark.parametrize(
    "rows",
    [
        {("A", 5, 5)},
        {("A", 0, 5), ("B", 0, 7)},
        {("A", 5, 5), ("B", 7, 7)},
        {("", 2, 5)},
        {("A", 1, 1), ("B", 0, 1)},
        {("A", 0, 0), ("B", 1, 2)},
    ],
    ids=["one group", "nobody selected", "everybody selected", "all missing", "two people", "an empty group"],
)
def test_tables_of_which_little_can_be_said(tmp_path: Path, rows: set[tuple[str, int, int]]) -> None:
    effect = "hurts" if len(rows) > 1 else "helps"
    words = ("-a", "g", "--effect", effect, "--decision", "hired", "--weight", "n", "--within", "hired")
    ran = run_main("impact", "-", *words, cwd=tmp_path, stdin=table(rows))
    assert ran.code == 0, ran.err
    assert "nan" not in ran.out
    # Strict JSON has neither NaN nor Infinity.
    json.loads((tmp_path / "fairaudit-out" / "impact.json").read_text("utf-8"), parse_constant=pytest.fail)


def test_berkeley_in_words(tmp_path: Path, examples_dir: Path) -> None:
    ran = run_main(
        *("impact", examples_dir / "berkeley.csv", "--decision", "admitted", "--weight", "count"),
        *("--within", "department", "--words", "selected=admitted"),
        cwd=tmp_path,
    )
    assert (
        "women are admitted less often than men overall (0.68 times the rate), and not so within department"
        in ran.out
    )
    assert "1.105 times those of men, 95% interval 0.943 to 1.295" in ran.out
    assert "Cochran-Mantel-Haenszel 1.525, p 0.217" in ran.out
    assert "Breslow-Day 18.83, p 0.0021" in ran.out


def test_berkeley_without_a_verdict(tmp_path: Path, examples_dir: Path) -> None:
    words = ("impact", examples_dir / "berkeley.csv", "--decision", "admitted", "--weight", "count")
    ran = run_main(*words, "--within", "department", "--profile", "none", cwd=tmp_path)
    assert "Cochran-Mantel-Haenszel 1.525, p 0.217; Breslow-Day 18.83, p 0.0021." in ran.out
    assert "Simpson's paradox" in ran.out
    assert "chance" not in ran.out


def test_in_python(tmp_path: Path) -> None:
    import pandas as pd

    people = pd.DataFrame({"race": ["W", "B"] * 50, "score": [i * 37 % 100 / 10 for i in range(100)]})
    answer = fairaudit.impact(people, profile="ll144", threshold="median", out=tmp_path)
    (one,) = answer.document.tables
    assert one.median is not None
    assert one.selected == 50
    assert (tmp_path / "impact.json").is_file()
    assert "race" in answer._repr_html_()
    assert "times the rate" in repr(answer)
    frame = answer.document.to_frame()
    assert list(frame["group"]) == ["B", "W"]
    assert frame["impact_ratio"].max() == 1.0


def test_the_weight_as_a_stratum_is_an_error_of_within(tmp_path: Path) -> None:
    """It was told as one of --feature, which this command does not have."""
    (tmp_path / "p.csv").write_text(table(), encoding="utf-8")
    words = ("impact", "p.csv", "--decision", "hired", "--weight", "n", "--within", "n")
    assert refuse_main(*words, cwd=tmp_path) == "--within: 'n' is the weight."
