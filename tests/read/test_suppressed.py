"""Groups of few people are told of together, and no subtraction gives them back."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import Ran

import fairaudit
from fairaudit.documents.answer import NotMeasured
from fairaudit.errors import FairauditError
from fairaudit.read.suppressed import together
from fairaudit.render.words.answer import not_measured_text

Run = Callable[..., Ran]


@given(st.dictionaries(st.integers(0, 30), st.integers(0, 40), max_size=12), st.integers(2, 15))
def test_nobody_is_told_of_in_a_small_group_nor_by_subtraction(people: dict[int, int], least: int) -> None:
    chosen = together(people, least)
    shown = {place: n for place, n in people.items() if n and place not in chosen}
    assert all(n >= least for n in shown.values())
    assert chosen <= {place for place, n in people.items() if n}
    if chosen:
        # All others than those shown are two groups and enough people, unless there are no more.
        enough = len(chosen) > 1 and sum(people[place] for place in chosen) >= least
        assert enough or not shown
        largest = max(chosen, key=lambda place: (people[place], place))
        rest = chosen - {largest}
        # No group is hidden without need.
        assert people[largest] < least or len(rest) < 2 or sum(people[p] for p in rest) < least
    else:
        assert all(n >= least for n in people.values() if n)


def test_privacy_small_cells(data_dir: Path, run: Run, tmp_path: Path) -> None:
    case = data_dir / "golden" / "privacy_small_cells" / "input.csv"
    frame = pd.read_csv(case)
    assert (frame["race"] == "Samoan").sum() == 1
    ran = run("audit", case, "--suppress-below", "10", cwd=tmp_path)
    assert ran.code == 0, ran.err
    out = tmp_path / "fairaudit-out"
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) > 8
    for path in files:
        assert b"Samoan" not in path.read_bytes(), path
    # Its numbers between thresholds would be of few people.
    assert not (out / "scores.json").exists()
    for name in ("group", "slices", "bias", "fairness"):
        text = (out / f"{name}.json").read_text(encoding="utf-8")
        # Neither White alone, whose number the total would turn into that of the one other.
        assert "White" not in text, name
        assert '"n": 1,' not in text, name
        assert '"n": 200,' not in text, name
    (group,) = json.loads((out / "group.json").read_text(encoding="utf-8"))["groups"]
    assert (group["group"], group["n"], group["unknown"]) == ("(suppressed)", 201, True)
    assert "Samoan" not in ran.out + ran.err


def people(**groups: int) -> pd.DataFrame:
    rows = [(name, number) for name, n in groups.items() for number in range(n)]
    return pd.DataFrame(
        {
            "race": [name for name, _ in rows],
            "sex": ["F" if number % 2 else "M" for _, number in rows],
            "age": [20 + number % 50 for _, number in rows],
            "label": [int(number % 3 == 0) for _, number in rows],
            "score": [number % 2 for _, number in rows],
        }
    )


def test_the_next_smallest_goes_with_a_single_one_and_the_rest_stays() -> None:
    document = fairaudit.audit(people(a=90, b=60, c=40, d=3), attributes=["race"], suppress_below=10).group
    assert {g.group: (g.n, g.unknown) for g in document.groups} == {
        "a": (90, False),
        "b": (60, False),
        "(suppressed)": (43, True),
    }
    whole = fairaudit.audit(people(a=90, b=60, c=40, d=3), attributes=["race"]).group
    counts = {g.group: g.counts for g in whole.groups}
    (together_counts,) = (g.counts for g in document.groups if g.unknown)
    assert together_counts.selected == sum(counts[g].selected or 0 for g in "cd")
    assert {g.group: g.counts for g in document.groups if not g.unknown} == {g: counts[g] for g in "ab"}
    assert document.settings.suppress_below == 10


def test_nothing_changes_where_all_groups_are_large() -> None:
    audits = [
        fairaudit.audit(people(a=300, b=200), attributes=["race", "age:30,50"], **options)  # type: ignore[arg-type]
        for options in ({}, {"suppress_below": 10})
    ]
    plain, limited = (audit.group.model_dump(exclude={"created", "command", "settings"}) for audit in audits)
    assert plain == limited


def test_values_that_few_have_are_not_counted_in_notes() -> None:
    frame = people(a=90, b=60, c=40)
    frame.loc[[0, 1], "race"] = None
    document = fairaudit.audit(frame, attributes=["race"], suppress_below=10).group
    assert [note.sentence for note in document.input.notes] == [
        "race: 2 groups are counted together as (suppressed), so that no group of fewer than 10 people is told of",
        "race: 1 group that is told of has a count of fewer than 10 people (rightly or wrongly selected, or not); only groups that are small as a whole are hidden",
    ]
    assert {g.group for g in document.groups} == {"a", "b", "(suppressed)"}


def test_a_value_of_that_name_is_not_taken_for_it() -> None:
    frame = people(a=90, b=60, c=40, d=3).replace({"race": {"a": "(suppressed)"}})
    document = fairaudit.audit(frame, attributes=["race"], suppress_below=10).group
    assert {g.group: g.n for g in document.groups}["(suppressed groups)"] == 43


@pytest.mark.parametrize(
    ("attributes", "limit", "sentence"),
    [
        (["race*sex"], 40, "'race*sex' has groups of fewer than 40 people, which its parts would give back"),
        (["age:30,50", "age:40"], 10, "'age:30,50' and 'age:40' are of one column"),
        (["race"], 1, "suppress_below: 1 is below 2, and would hide nobody"),
    ],
)
def test_what_would_give_them_back_is_refused(attributes: list[str], limit: int, sentence: str) -> None:
    with pytest.raises(FairauditError) as error:
        fairaudit.audit(people(a=90, b=60), attributes=attributes, suppress_below=limit)
    assert sentence in str(error.value)


def test_a_training_tells_of_no_small_group(tmp_path: Path) -> None:
    frame = people(a=150, b=90, c=40, tiny=3).drop(columns="score").assign(x=range(283))
    frame.loc[[5], "race"] = "tiny "
    audit = fairaudit.audit(
        frame, target="label", attributes=["race"], suppress_below=10, folds=2, out=tmp_path
    )
    assert audit.cv is not None
    assert (audit.cv.slices, audit.cv.quality) == ([], [])
    for name in (
        "cv.json",
        "group.json",
        "bias.json",
        "slices.json",
        "MODEL_CARD.md",
        "report.html",
    ):
        assert "tiny" not in (tmp_path / name).read_text(encoding="utf-8"), name
    for source in (audit.train, audit.cv):
        assert source is not None
        assert not any("tiny" in note.sentence for note in source.input.notes)


def test_rows_and_weights_are_no_people() -> None:
    frame = people(a=90, b=60, c=40, d=30).assign(person_id=range(220), w=1.5)
    frame.loc[frame["race"] == "d", "person_id"] = 190
    frame.loc[0:2, ["race", "w"]] = ["e", 50.5]
    of_rows = fairaudit.audit(frame.drop(columns="w"), id="person_id", attributes=["race"], suppress_below=10)
    weighted = fairaudit.audit(
        frame.drop(columns="person_id"), weight="w", attributes=["race"], suppress_below=10
    )
    # All rows of d are one person, and e are three, who weigh more than ten.
    assert {g.group for g in of_rows.group.groups} == {"a", "b", "(suppressed)"}
    assert {g.group for g in weighted.group.groups} == {"a", "b", "c", "(suppressed)"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--where", "race = 'd'"], "fewer people than that are left of p.csv"),
        (["--by", "race"], "fewer people than that are left of p.csv"),
        (["--slices", "kept.toml"], "cannot be given together with --slices"),
        (["--save", "more.toml"], "cannot be given together with --suppress-below 10"),
    ],
)
def test_what_tells_of_few_people_in_another_way_is_refused(
    words: list[str], why: str, run: Run, tmp_path: Path
) -> None:
    people(a=90, b=60, c=40, d=3).to_csv(tmp_path / "p.csv", index=False)
    (tmp_path / "kept.toml").write_text(
        'version = 1\n[parts."race"]\nvalues = ["a"]\n[slices."race"]\ngroups = ["a"]\n', encoding="utf-8"
    )
    command = "slice" if "--save" in words else "audit"
    attributes = [] if "--slices" in words else ["-f" if command == "slice" else "-a", "race,sex"]
    ran = run(command, "p.csv", *attributes, "--suppress-below", "10", *words, cwd=tmp_path)
    assert ran.code == 2
    assert why in ran.err
    assert not list(tmp_path.glob("**/*.json"))
    assert not list(tmp_path.glob("**/more.toml"))


def scored(**groups: tuple[int, int, int, int]) -> pd.DataFrame:
    """So many people of each group with scores of 0.2 and 0.7, of label 0 and then of label 1."""
    return pd.DataFrame(
        [
            {"race": name, "label": label, "score": score}
            for name, cells in groups.items()
            for n, (score, label) in zip(cells, itertools.product((0.2, 0.7), (0, 1)), strict=True)
            for _ in range(n)
        ]
    )


def test_scores_are_told_where_nothing_between_thresholds_is_of_few_people() -> None:
    enough = {"a": (90, 30, 40, 80), "b": (10, 0, 10, 12)}
    audit = fairaudit.audit(scored(**enough), attributes=["race"], suppress_below=10)
    assert audit.scores is not None
    assert {n for part in audit.scores.groups for n in part.people} == {0, 120, 10, 22}
    assert not any("fewer than" in note.sentence for note in audit.group.input.notes)
    for few in ((9, 0, 10, 12), (10, 0, 12, 9)):
        of_few = fairaudit.audit(scored(a=enough["a"], b=few), attributes=["race"], suppress_below=10)
        assert of_few.scores is None
        assert [note.sentence for note in of_few.group.input.notes] == [
            "race: 1 group that is told of has a count of fewer than 10 people (rightly or wrongly selected, or not); only groups that are small as a whole are hidden",
            "score: counts between thresholds are left out, as some are of fewer than 10 people",
        ]
        said = not_measured_text(NotMeasured.CALIBRATION_VERDICT, of_few.bias.settings)
        assert said == "calibration (not judged)"


def test_lowest_and_highest_values_are_those_of_single_people(run: Run, tmp_path: Path) -> None:
    people(a=90, b=60).to_csv(tmp_path / "p.csv", index=False)
    ran = run("slice", "p.csv", "-f", "race", "--stats", "--suppress-below", "10", cwd=tmp_path)
    assert ran.code == 2
    assert "--stats: tells lowest and highest values, which are those of single people" in ran.err


def test_advised_commands_hide_them_too(run: Run, tmp_path: Path) -> None:
    people(a=90, b=60, c=40, d=3).to_csv(tmp_path / "p.csv", index=False)
    assert run("audit", "p.csv", "-a", "race", "--suppress-below", "10", cwd=tmp_path).code == 0
    card = (tmp_path / "fairaudit-out" / "MODEL_CARD.md").read_text(encoding="utf-8")
    advised = [line for line in card.splitlines() if "`fairaudit audit" in line]
    assert advised
    assert all("--suppress-below 10" in line for line in advised)


@pytest.mark.parametrize("command", ["impact", "audit"])
def test_what_an_earlier_command_left_is_in_no_card(command: str, run: Run, tmp_path: Path) -> None:
    people(a=90, b=60, c=40, tiny=3).to_csv(tmp_path / "p.csv", index=False)
    hidden = ["audit", "p.csv", "-a", "race", "--suppress-below", "10"]
    assert run("impact", "p.csv", "-a", "race", cwd=tmp_path).code == 0
    assert run(*hidden, cwd=tmp_path).code == 0
    if command == "impact":
        assert run("card", cwd=tmp_path).code == 0
    out = tmp_path / "fairaudit-out"
    assert "tiny" in (out / "impact.json").read_text(encoding="utf-8")
    for name in ("MODEL_CARD.md", "report.html"):
        assert "tiny" not in (out / name).read_text(encoding="utf-8"), name


def test_documents_that_hide_other_groups_are_no_results_of_one_audit(run: Run, tmp_path: Path) -> None:
    people(a=90, b=60, c=40, tiny=3).to_csv(tmp_path / "p.csv", index=False)
    assert run("slice", "p.csv", "-f", "race", cwd=tmp_path).code == 0
    assert run("group", "p.csv", "-a", "race", "--suppress-below", "10", cwd=tmp_path).code == 0
    ran = run("card", cwd=tmp_path)
    assert ran.code == 2
    assert "do not belong together: their settings differ in suppress_below" in ran.err


def test_adverse_impact_tells_of_no_small_group_in_document_tables_card_and_page(
    run: Run, tmp_path: Path
) -> None:
    people(a=90, b=60, c=40, tiny=3).assign(hired=lambda f: f["score"]).to_csv(
        tmp_path / "p.csv", index=False
    )
    words = ("p.csv", "-a", "race", "--suppress-below", "10")
    ran = run("impact", *words, "--decision", "hired", "--tables", "tables", cwd=tmp_path)
    assert ran.code == 0, ran.err
    document = json.loads((tmp_path / "fairaudit-out" / "impact.json").read_text(encoding="utf-8"))
    (table,) = document["tables"]
    assert {g["group"]: (g["n"], g["selected"]) for g in table["groups"]} == {"a": (90, 45), "b": (60, 30)}
    assert table["unknown"] == 43
    said = " ".join(ran.out.split())
    assert said.startswith("NOT ADVERSE: no group that is told of is below four fifths;")
    assert "are of unknown race or of a small group and in no ratio" in said
    assert document["settings"]["suppress_below"] == 10
    assert (
        run("impact", *words, "--decision", "hired", "--profile", "ll144", "-o", "posted", cwd=tmp_path).code
        == 0
    )
    posted = (tmp_path / "posted" / "ll144.html").read_text(encoding="utf-8")
    assert "43 people of an unknown category, or of a small one that is not shown, were" in posted
    assert run("audit", *words, cwd=tmp_path).code == 0
    card = (tmp_path / "fairaudit-out" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "### Adverse impact" in card
    for path in (tmp_path / "fairaudit-out").rglob("*"):
        assert not path.is_file() or b"tiny" not in path.read_bytes(), path
    assert not any("tiny" in path.read_text(encoding="utf-8") for path in (tmp_path / "tables").glob("*.csv"))
    assert "tiny" not in ran.out + ran.err


def test_strata_and_crossings_of_few_people_are_refused_by_adverse_impact(run: Run, tmp_path: Path) -> None:
    people(a=90, b=60).rename(columns={"score": "hired"}).to_csv(tmp_path / "p.csv", index=False)
    for words, sentence in (
        (("-a", "race", "--within", "sex"), "--within: tells of small groups, and --suppress-below of none"),
        (("-a", "race*sex"), "'race*sex' has groups of fewer than 40 people"),
    ):
        ran = run("impact", "p.csv", "--decision", "hired", *words, "--suppress-below", "40", cwd=tmp_path)
        assert ran.code == 2
        assert sentence in ran.err
