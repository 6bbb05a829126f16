"""Groups of few people are told of together, and no subtraction gives them back."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from running import Ran

import fairaudit
from fairaudit.documents.answer import NotMeasured
from fairaudit.errors import FairauditError
from fairaudit.read.suppressed import are_few_apart, together
from fairaudit.render.words.answer import not_measured_text
from fairaudit.slices.grammar import SUPPRESSED_GROUP

Run = Callable[..., Ran]


CELLS = [(1, 1), (1, 0), (0, 1), (0, 0)]
MATRICES = st.dictionaries(
    st.integers(0, 30),
    st.tuples(*[st.one_of(st.just(0), st.integers(0, 40)) for _ in CELLS]).map(
        lambda counts: dict(zip(CELLS, counts, strict=True))
    ),
    max_size=12,
)


def of_counts(matrix: Mapping[Any, int]) -> dict[str, int]:
    """All counts that are told of people by label and decision."""
    sums = {
        "people": CELLS,
        "label 1": CELLS[:2],
        "label 0": CELLS[2:],
        "selected": CELLS[::2],
        "not selected": CELLS[1::2],
        **{str(cell): [cell] for cell in CELLS},
    }
    return {name: sum(matrix.get(cell, 0) for cell in cells) for name, cells in sums.items()}


def added_up(matrices: Iterable[Mapping[Any, int]]) -> dict[Any, int]:
    return dict(sum((Counter(matrix) for matrix in matrices), Counter()))


@given(MATRICES, st.integers(2, 15))
def test_no_small_count_is_told_nor_given_back_by_subtraction(
    matrices: dict[int, dict[Any, int]], least: int
) -> None:
    chosen = together(matrices, least)
    shown = {place: m for place, m in matrices.items() if sum(m.values()) and place not in chosen}
    assert all(not 0 < n < least for m in shown.values() for n in of_counts(m).values())
    assert chosen <= {place for place, m in matrices.items() if sum(m.values())}
    everybody, rest = added_up(matrices.values()), added_up(matrices[place] for place in chosen)
    # Only what is small of everybody, which is refused, cannot be made up for.
    if chosen and not any(0 < n < least for n in of_counts(everybody).values()):
        assert not any(0 < n < least for n in of_counts(rest).values())
        assert len(chosen) > 1 or not shown
    # Without labels a part of the same groups is hidden, so that no difference tells of others.
    decisions = {p: {(None, d): m[1, d] + m[0, d] for d in (0, 1)} for p, m in matrices.items()}
    assert together(decisions, least) <= chosen


def as_told(matrices: Mapping[int, Mapping[Any, int]], least: int) -> dict[str, dict[str, int]]:
    """What is told of groups by people and label, those that are hidden together."""
    chosen = together(matrices, least)
    told = {str(place): [m] for place, m in matrices.items() if sum(m.values()) and place not in chosen}
    hidden = {SUPPRESSED_GROUP: [matrices[place] for place in chosen]} if chosen else {}
    kinds = ("people", "label 1", "label 0")
    return {
        name: {kind: of_counts(added_up(of))[kind] for kind in kinds} for name, of in (told | hidden).items()
    }


def differences(
    whole: Mapping[str, Mapping[str, int]], part: Mapping[str, Mapping[str, int]]
) -> Iterable[Mapping[str, int]]:
    """Every count of a union of what is told of all, less one of a union of what is told of a part, that is surely within it."""
    for some in itertools.chain.from_iterable(
        itertools.combinations(whole, n) for n in range(1, len(whole) + 1)
    ):
        for fewer in itertools.chain.from_iterable(
            itertools.combinations(part, n) for n in range(len(part) + 1)
        ):
            hidden = {group for group in part if group not in whole and group != SUPPRESSED_GROUP}
            holds = set(some) | (hidden if SUPPRESSED_GROUP in some else set())
            if SUPPRESSED_GROUP in fewer:
                # Whoever is hidden in the part may be in any group that is not told of there.
                is_within = set(whole) - set(part) - {SUPPRESSED_GROUP} <= holds
                is_within &= SUPPRESSED_GROUP in some or SUPPRESSED_GROUP not in whole
            else:
                is_within = True
            if is_within and set(fewer) - {SUPPRESSED_GROUP} <= holds:
                yield {
                    kind: sum(whole[g][kind] for g in some) - sum(part[g][kind] for g in fewer)
                    for kind in ("people", "label 1", "label 0")
                }


@settings(max_examples=300)
@given(
    st.dictionaries(
        st.integers(0, 4),
        st.tuples(*[st.tuples(st.integers(0, 25), st.integers(0, 25))] * 4),
        min_size=1,
        max_size=5,
    ),
    st.integers(2, 12),
)
def test_all_rows_less_a_part_of_them_are_no_few_people(
    groups: dict[int, tuple[tuple[int, int], ...]], least: int
) -> None:
    part = {g: {cell: own for cell, (own, _) in zip(CELLS, of, strict=True)} for g, of in groups.items()}
    # Another model decides about the whole: only people and labels are the same.
    whole = {
        g: {cell: own + more for cell, (own, more) in zip(CELLS, of, strict=True)} for g, of in groups.items()
    }
    for table in (whole, part):
        everybody = of_counts(added_up(table.values()))
        assume(not any(0 < n < least for n in everybody.values()))
    told, told_of_part = as_told(whole, least), as_told(part, least)
    given_back = any(0 < n < least for counts in differences(told, told_of_part) for n in counts.values())
    if given_back:
        assert are_few_apart(told, told_of_part, least)


@given(st.dictionaries(st.integers(0, 30), st.integers(0, 40), max_size=12), st.integers(2, 15))
def test_no_group_is_hidden_without_need(people: dict[int, int], least: int) -> None:
    chosen = together({place: {(None, None): n} for place, n in people.items()}, least)
    if not chosen:
        assert all(n >= least for n in people.values() if n)
        return
    largest = max(chosen, key=lambda place: (people[place], place))
    rest = chosen - {largest}
    assert people[largest] < least or len(rest) < 2 or sum(people[p] for p in rest) < least


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
    """So many people of each group, of whom a quarter is in each cell of the confusion matrix."""
    rows = [(name, number) for name, n in groups.items() for number in range(n)]
    return pd.DataFrame(
        {
            "race": [name for name, _ in rows],
            "sex": ["F" if number // 4 % 2 else "M" for _, number in rows],
            "age": [20 + number % 50 for _, number in rows],
            "label": [number // 2 % 2 for _, number in rows],
            "score": [number % 2 for _, number in rows],
        }
    )


def small_numbers(value: Any, least: int, key: str = "") -> list[str]:
    """Whole numbers of 1 to `least` - 1 in a document, by their keys; those that count no people are passed over."""
    if isinstance(value, dict):
        return [found for k, v in value.items() for found in small_numbers(v, least, k)]
    if isinstance(value, list):
        return [found for v in value for found in small_numbers(v, least, key)]
    counts_people = isinstance(value, int) and not isinstance(value, bool) and key in COUNTING
    return [f"{key}: {value}"] if counts_people and 0 < value < least else []


COUNTING = {
    *(
        "n",
        "people",
        "selected",
        "tp",
        "fp",
        "fn",
        "tn",
        "positives",
        "negatives",
        "numerator",
        "denominator",
    ),
    *(
        "reference_numerator",
        "reference_denominator",
        "reference_n",
        "reference_selected",
        "unknown",
        "unknown_selected",
        "rows",
        "used",
    ),
    *("labelled", "pp", "pn", "label_pos", "label_neg", "group_size", "predicted_pos", "predicted_neg"),
}
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Quix", "Quor", "Qualm", "Quern"]),
        st.sampled_from(["Zax", "Zuz", "Zonk"]),
        st.tuples(*[st.one_of(st.just(0), st.integers(0, 40)) for _ in CELLS]),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=5)
@given(ROWS, st.integers(2, 9))
def test_no_document_tells_of_few_people(
    tmp_path_factory: pytest.TempPathFactory,
    groups: list[tuple[str, str, tuple[int, ...]]],
    least: int,
) -> None:
    frame = pd.DataFrame(
        [
            {"race": race, "ward": ward, "label": label, "hired": decided, "score": decided}
            for race, ward, counts in [*groups, ("Quix", "Zax", (least,) * 4)]
            for (label, decided), n in zip(CELLS, counts, strict=True)
            for _ in range(n)
        ]
    )
    out = tmp_path_factory.mktemp("told")
    audit = fairaudit.audit(
        frame.drop(columns="hired"), attributes=["race", "ward"], suppress_below=least, out=out
    )
    fairaudit.impact(
        frame.drop(columns=["label", "score"]),
        decision="hired",
        attributes=["race", "ward"],
        suppress_below=least,
        out=out,
    )
    for path in out.glob("*.json"):
        assert small_numbers(json.loads(path.read_text("utf-8")), least) == [], path.name
    everybody = cells_of(audit.group.overall.counts)
    for attribute in ("race", "ward"):
        told = [cells_of(g.counts) for g in audit.group.groups if g.attribute == attribute and not g.unknown]
        rest = Counter(everybody)
        for one in told:
            rest.subtract(one)
        assert not any(0 < n < least for m in (rest, *told) for n in of_counts(m).values())
        # Counted by pandas, groups that are told of are those that the file has.
        for g in audit.group.groups:
            if g.attribute == attribute and not g.unknown:
                own = frame[frame[attribute] == g.group]
                assert Counter(cells_of(g.counts)) == Counter(zip(own["label"], own["score"], strict=True))
    named = {name for attribute in ("race", "ward") for name in frame[attribute]}
    hidden = named - {g.group for g in audit.group.groups}
    for path in out.rglob("*"):
        # In adverse impact, of decisions alone, a part of the same groups is hidden.
        text = path.read_text("utf-8", errors="replace") if path.is_file() else ""
        assert path.name in BESIDE or not any(name in text for name in hidden), path.name


BESIDE = ("impact.json", "manifest.json")


def cells_of(counts: Any) -> dict[Any, int]:
    return dict(zip(CELLS, (counts.tp, counts.fn, counts.fp, counts.tn), strict=True))


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
        "race: 2 groups are counted together as (suppressed), so that no count of 1 to 9 people is told",
    ]
    assert {g.group for g in document.groups} == {"a", "b", "(suppressed)"}


def test_a_value_of_that_name_is_not_taken_for_it() -> None:
    frame = people(a=90, b=60, c=40, d=3).replace({"race": {"a": "(suppressed)"}})
    document = fairaudit.audit(frame, attributes=["race"], suppress_below=10).group
    assert {g.group: g.n for g in document.groups}["(suppressed groups)"] == 43


@pytest.mark.parametrize(
    ("attributes", "limit", "sentence"),
    [
        (
            ["race*sex"],
            14,
            "'race*sex' has groups of fewer than 14 people that are of label 0 and not selected, which its parts would give back",
        ),
        (
            ["race"],
            38,
            "fewer people than that, though some, are of label 1 and not selected in all of pandas DataFrame, and what is told of everybody is told of them",
        ),
        (["age:30,50", "age:40"], 10, "'age:30,50' and 'age:40' are of one column"),
        (["race"], 1, "suppress_below: 1 is below 2, and would hide nobody"),
    ],
)
def test_what_would_give_them_back_is_refused(attributes: list[str], limit: int, sentence: str) -> None:
    with pytest.raises(FairauditError) as error:
        fairaudit.audit(people(a=90, b=60), attributes=attributes, suppress_below=limit)
    assert sentence in str(error.value)


def test_a_training_tells_of_no_small_group(tmp_path: Path) -> None:
    frame = people(a=300, b=180, c=160, tiny=3).rename(columns={"score": "x"})
    # What the label is told by is wrong of a quarter.
    frame["x"] = frame["label"] ^ (frame.index % 4 == 1)
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


def test_rows_out_of_fold_and_rows_held_out_do_not_give_back_few_that_the_model_learnt_from(
    tmp_path: Path,
) -> None:
    # No model errs, so that no cell is small.
    frame = people(a=300, b=180, c=60).drop(columns="score").assign(x=lambda table: table["label"])
    asked: dict[str, Any] = {"target": "label", "attributes": ["race"], "folds": 2, "test_size": 0.8}
    both = fairaudit.audit(frame, **asked, out=tmp_path)
    assert both.other is not None
    assert len(list((tmp_path / "test").iterdir())) >= 4
    learnt = {g.group: g.n for g in both.group.groups}
    for g in both.other.group.groups:
        learnt[g.group] -= g.n
    assert 0 < learnt["c"] < 24
    one = fairaudit.audit(frame, **asked, suppress_below=12, out=tmp_path)
    assert one.other is None
    assert {g.group for g in one.group.groups} == {"a", "b", "c"}
    assert list((tmp_path / "test").iterdir()) == []
    listed = json.loads((tmp_path / "manifest.json").read_text())["files"]
    assert not any(name.startswith("test/") for name in listed)
    assert any("are not both reported" in note.sentence for note in one.group.input.notes)
    assert "test/" not in (tmp_path / "MODEL_CARD.md").read_text("utf-8")
    with pytest.raises(FairauditError, match="the model learnt from fewer people of label 1"):
        fairaudit.audit(frame, **asked, suppress_below=70)


@pytest.mark.parametrize("command", ["audit", "group"])
def test_what_an_earlier_command_told_of_few_people_is_taken_away(
    command: str, run: Run, tmp_path: Path
) -> None:
    frame = scored(a=(40, 30, 20, 50), b=(30, 30, 30, 30))
    frame.loc[:2, "score"] = 0.4
    frame.to_csv(tmp_path / "p.csv", index=False)
    left = [
        tmp_path / name for name in ("scores.json", *(["folds/group.json"] if command == "audit" else []))
    ]
    words = (command, "p.csv", "-a", "race", "-o", ".")
    assert run(*words, cwd=tmp_path).code == 0
    for path in left[1:]:
        path.parent.mkdir()
        path.write_bytes((tmp_path / "group.json").read_bytes())
    ran = run(*words, "--suppress-below", "10", cwd=tmp_path)
    assert ran.code == 0, ran.err
    for path in left:
        assert not path.exists()
        name = path.relative_to(tmp_path)
        assert (
            f"warning: {name} was of an earlier command, and is taken away: it tells of groups of fewer than 10 people"
            in ran.err
        )


def test_rows_and_weights_are_no_people() -> None:
    frame = people(a=90, b=60, c=40, d=44).assign(person_id=range(234), w=1.5)
    frame.loc[frame["race"] == "d", "person_id"] = 190
    frame.loc[0:2, ["race", "w"]] = ["e", 50.5]
    of_rows = fairaudit.audit(frame.drop(columns="w"), id="person_id", attributes=["race"], suppress_below=10)
    weighted = fairaudit.audit(
        frame.drop(columns="person_id"), weight="w", attributes=["race"], suppress_below=10
    )
    # All rows of d are one person, and e are three, who weigh more than ten.
    assert {g.group for g in of_rows.group.groups} == {"a", "b", "(suppressed)"}
    assert {g.group for g in weighted.group.groups} == {"a", "b", "d", "(suppressed)"}


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
    for label in (0, 1):
        frame = scored(**enough)
        frame.loc[frame[(frame["race"] == "a") & (frame["label"] == label)].index[:9], "score"] = 0.3
        of_few = fairaudit.audit(frame, attributes=["race"], suppress_below=10)
        assert of_few.scores is None
        assert {g.group for g in of_few.group.groups} == {"a", "b"}
        assert [note.sentence for note in of_few.group.input.notes] == [
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
        (("-a", "race*sex"), "'race*sex' has groups of fewer than 28 people that are not selected"),
    ):
        ran = run("impact", "p.csv", "--decision", "hired", *words, "--suppress-below", "28", cwd=tmp_path)
        assert ran.code == 2
        assert sentence in ran.err


def test_a_small_count_within_a_large_group_is_hidden_with_it() -> None:
    # 3 of 200 people of b are selected wrongly; c has nobody who is, which makes up for nothing.
    frame = scored(a=(90, 30, 40, 80), b=(100, 40, 3, 57), c=(40, 30, 0, 20), d=(50, 40, 20, 90))
    document = fairaudit.audit(frame, attributes=["race"], suppress_below=10).group
    assert {g.group: g.n for g in document.groups} == {"a": 240, "c": 90, "(suppressed)": 400}
    (hidden,) = (g.counts for g in document.groups if g.unknown)
    assert (hidden.tn, hidden.fn, hidden.fp, hidden.tp) == (150, 80, 23, 147)
    # Nobody is no few people, and is told; and decisions alone have no small count.
    assert next(g.counts.fp for g in document.groups if g.group == "c") == 0
    alone = fairaudit.audit(frame, label="none", attributes=["race"], suppress_below=10).group
    assert {g.group for g in alone.groups} == set("abcd")


def test_counts_are_those_of_the_threshold_in_use() -> None:
    frame = scored(a=(90, 30, 40, 80), b=(100, 40, 30, 57), c=(60, 30, 40, 25))
    # Of those of c who are selected from 0.5 on and have label 0, all but 3 are not from 0.7 on.
    frame.loc[
        frame[(frame["race"] == "c") & (frame["score"] == 0.7) & (frame["label"] == 0)].index[3:], "score"
    ] = 0.6
    groups = {
        threshold: fairaudit.audit(
            frame, attributes="race", threshold=threshold, suppress_below=10
        ).group.groups
        for threshold in (0.5, 0.7)
    }
    assert {g.group for g in groups[0.5]} == {"a", "b", "c"}
    assert {(g.group, g.counts.fp) for g in groups[0.7]} == {("a", 40), ("(suppressed)", 33)}


def test_where_no_group_is_left_it_is_said(run: Run, tmp_path: Path) -> None:
    scored(a=(90, 30, 40, 80), b=(100, 40, 3, 57)).to_csv(tmp_path / "p.csv", index=False)
    ran = run("audit", "p.csv", "-a", "race", "--suppress-below", "10", cwd=tmp_path)
    assert ran.code == 0
    said = "race: 2 groups are counted together as (suppressed), so that no count of 1 to 9 people is told, and no other group is left to tell of"
    assert said in " ".join(ran.err.split())
    card = (tmp_path / "fairaudit-out" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "no other group is left to tell of" in card


def test_of_which_groups_few_rows_were_dropped_is_left_out(run: Run, tmp_path: Path) -> None:
    frame = scored(a=(90, 30, 40, 80), b=(100, 40, 30, 57)).astype({"label": object})
    frame = frame.assign(sex=["F" if n % 2 else "M" for n in range(len(frame))])
    for gone, told in ((["a"] * 12 + ["b"] * 20, {"race", "sex"}), (["a"] * 3 + ["b"] * 30, {"sex"})):
        lacking = pd.DataFrame(
            {"race": gone, "sex": ["F", "M"] * (len(gone) // 2) + ["F"] * (len(gone) % 2), "score": 0.2}
        )
        pd.concat([frame, lacking]).to_csv(tmp_path / "p.csv", index=False)
        words = ("-a", "race,sex", "--missing", "drop", "--suppress-below", "10", "-o", str(len(told)))
        assert run("audit", "p.csv", *words, cwd=tmp_path).code == 0
        document = json.loads((tmp_path / str(len(told)) / "group.json").read_text(encoding="utf-8"))
        assert {q["attribute"] for q in document["quality"]} == told
        assert {n for q in document["quality"] for n in q["dropped"].values()} & set(range(1, 10)) == set()
        left = "race: of which groups rows were dropped is left out, as some are of fewer than 10 people"
        assert (left in [note["sentence"] for note in document["input"]["notes"]]) == (told == {"sex"})


def test_who_is_above_the_median_or_at_the_top_is_hidden_where_few_are(run: Run, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "race": ["a"] * 200 + ["b"] * 60,
            "score": [*(n / 400 + 0.3 for n in range(200)), *(n / 400 for n in range(60))],
        }
    )
    frame.to_csv(tmp_path / "p.csv", index=False)
    words = ("impact", "p.csv", "-a", "race", "--suppress-below", "10")
    ran = run(*words, "--profile", "lending", "-o", "lent", cwd=tmp_path)
    assert ran.code == 0, ran.err
    document = json.loads((tmp_path / "lent" / "impact.json").read_text(encoding="utf-8"))
    assert all(not (g["lending"] or {}).get("deciles") for t in document["tables"] for g in t["groups"])
    frame["score"] = [*(n / 400 + 0.3 for n in range(200)), *(n / 400 + 0.55 * (n < 5) for n in range(60))]
    frame.to_csv(tmp_path / "p.csv", index=False)
    ran = run(*words, "--profile", "ll144", "--threshold", "median", cwd=tmp_path)
    assert ran.code == 2
    assert (
        "'race' has groups of which fewer people than that, though some, are above the median of the scores"
        in ran.err
    )


def test_no_step_is_advised_that_would_be_refused(data_dir: Path, run: Run, tmp_path: Path) -> None:
    given = ["--label", "two_year_recid", "--score", "decile_score", "--threshold", "5"]
    for command in ("audit", "impact"):
        words = [command, data_dir / "compas_two_years.csv", *given, "-a", "race", "-a", "sex"]
        assert "race*sex" in run(*words, cwd=tmp_path).out
        hidden = run(*words, "--suppress-below", "10", cwd=tmp_path)
        assert hidden.code == 0
        assert "race*sex" not in hidden.out
    card = (tmp_path / "fairaudit-out" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "--suppress-below 10" in card
    assert "race*sex" not in card
