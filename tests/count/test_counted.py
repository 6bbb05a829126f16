"""Rows that are counted while they are read, and rows that are read one by one, come to the same; and to what pandas counts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fairaudit.count import groups, ranks
from fairaudit.count.groups import count
from fairaudit.count.pairs import count_pairs, tells_apart
from fairaudit.count.rests import rank_rests
from fairaudit.count.scores import count_scores
from fairaudit.engine import cells, lines, plain_cells
from fairaudit.errors import FairauditError
from fairaudit.read import in_order, placed, rows, table
from fairaudit.read.checked_rows import Checked
from fairaudit.read.files import open_path
from fairaudit.read.table import Use, unaudited_columns, validate
from fairaudit.settings.choices import Missing
from fairaudit.settings.reading import ReadSettings

DECISIONS = st.sampled_from(["0", "1"])
DIGITS = st.sampled_from(["0.25", "0.5", "0.75", "1", "0"])
UNTIDY = st.sampled_from(["0.5", ".5", "+0.5", " 0.5", "5e-1", "0.50", "", "NA", "0.7", "1.0"])
RANKS = st.sampled_from(["3", "7", "-1.5", "12", "3.0"])
BROKEN = st.sampled_from(["0.5", "0.2", "high", "inf", "1e999"])
LABELS = st.sampled_from(["0", "1"])
ODD_LABELS = st.sampled_from(["0", "1", "1.0", "true", "False", "", "NA"])
RACES = st.sampled_from(
    ["Asian", "black", "Black", " Black", "", "NA", "Õther", "a|b", "'=1+1", 'q"\\', '["x", null]']
)
AGES = st.sampled_from(["21", "35", "35.0", "62", "", "50"])
SETTINGS = st.sampled_from(
    [
        ReadSettings(attributes=("race", "sex")),
        ReadSettings(attributes=("race",)),
        ReadSettings(),
        ReadSettings(attributes=("race*sex", "age:30,50"), missing=Missing.DROP),
        ReadSettings(attributes=("race", "sex*age", "race*sex", "age:median"), missing=Missing.DROP),
        ReadSettings(attributes=("age:median", "age:quartiles"), missing=Missing.DROP),
        ReadSettings(attributes=("sex", "age:mean")),
        ReadSettings(attributes=("sex",), where="age > 30", missing=Missing.DROP),
        ReadSettings(attributes=("race",), threshold=0.7, na_values=("35",)),
        ReadSettings(attributes=("sex", "race"), top_k=2),
        ReadSettings(attributes=("sex",), top_percent=30, missing=Missing.DROP),
        ReadSettings(attributes=("sex",), weight="age"),
    ]
)
CELLS = st.sampled_from([1, 20_000])


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Draw rows as texts, as they stand in a file."""
    scores = draw(st.sampled_from([DECISIONS, DIGITS, UNTIDY, RANKS, BROKEN]))
    labels = draw(st.sampled_from([LABELS, LABELS, ODD_LABELS]))
    row = st.tuples(scores, labels, RACES, st.sampled_from(["f", "m"]), AGES)
    people = pd.DataFrame(
        draw(st.lists(row, min_size=1, max_size=40)), columns=["score", "label", "race", "sex", "age"]
    )
    match draw(st.sampled_from(["none", "unique", "far", "repeated", "texts", "few", "model"])):
        case "few":
            people.insert(0, "person", ["p", "q"] * (len(people) // 2) + ["r"] * (len(people) % 2))
        case "model":
            people.insert(0, "model_id", [str(len(people) // 39)] * len(people))
        case "unique":
            people.insert(0, "id", [str(7 + 3 * i) for i in range(len(people))])
        case "far":
            people.insert(0, "id", [str(i * 1_500_000_000) for i in range(len(people))])
        case "repeated":
            people.insert(0, "id", [str(i // 2) for i in range(len(people))])
        case "texts":
            people.insert(0, "id", [f"p{i}" for i in range(len(people))])
    return people


def outcome(path: Path, settings: ReadSettings) -> tuple[Any, Checked | None]:
    """Return all that is counted and noted, or the error; with the checked table."""
    try:
        checked = validate(open_path(str(path)), settings, use=Use())
        fields = ("attributes", "names", "edges", "rule", "scores", "used", "dropped", "passed_over", "notes")
        facts = {name: getattr(checked, name) for name in fields}
        rests = rank_rests(checked, [a.name for a in checked.attributes[-1:]], unknown={})
        counts = (count(checked), count_scores(checked), crossed(checked), rests)
        return (facts, checked.rows.rows, checked.source, *counts), checked
    except FairauditError as error:
        return (type(error), str(error)), None


def crossed(checked: Checked) -> tuple[Any, ...]:
    """Return all that is counted of two attributes at once, and which columns tell people apart of those that nobody is grouped by."""
    single = [a.name for a in checked.attributes if len(a.dimensions) == 1]
    pairs = (
        {one: count_pairs(checked, one, [other for other in single if other != one]) for one in single[:2]}
        if checked.rule
        else {}
    )
    grouped_by = {d.column for a in checked.attributes for d in a.dimensions}
    free = unaudited_columns(
        checked.source.columns, {*grouped_by, *checked.roles.columns, *checked.passed_over}
    )
    return pairs, {column: tells_apart(checked, column) for column in free}


def read_one_by_one(path: Path, settings: ReadSettings) -> Any:
    """Return what comes of rows that are read one by one, and ranked by one grouping set after the other, as many rows are."""
    with patch.object(rows, "SMALL", 1 << 40), patch.object(groups, "_FEW_ROWS", -1):
        return outcome(path, settings)[0]


def count_at_once(
    path: Path,
    settings: ReadSettings,
    sample: int = cells.SAMPLE,
    few: int = 200,
    most_cells: int = 20_000,
    plain: bool = False,
) -> tuple[Any, Checked | None]:
    """Return what comes of rows that are counted as they are read, or as their lines stand there if these are `plain`; of more values than a `few` a column stands apart, of which no more are here at a time, and attributes of more than `most_cells` are counted in parts."""
    with ExitStack() as patched:

        def let(owner: Any, name: str, value: object) -> None:
            patched.enter_context(patch.object(owner, name, value))

        let(rows, "SMALL", 0)
        if plain:
            let(lines, "WORTH_IT", 0)
            let(lines, "BLOCK", 150)
        let(cells, "SAMPLE", sample)
        let(cells, "_SURELY_FEW", few)
        let(cells, "_EACH", 1 << 40)
        let(cells, "_MOST_CELLS", most_cells)
        let(in_order, "_PART", few)
        let(in_order, "_FEW_PARTS", 2)
        let(in_order, "_READ", 2 * few - 2)
        let(in_order, "_FEW", 2 * few + 2)
        let(in_order, "_SORTED", 3)
        let(placed, "_STEP", 2)
        let(ranks, "_RANKED", 7)
        let(ranks, "_BLOCK", 4)
        return outcome(path, settings)


def both(
    path: Path, settings: ReadSettings, sample: int = cells.SAMPLE, **more: int
) -> tuple[Any, Any, Checked | None]:
    """Return what comes of both ways to read."""
    return read_one_by_one(path, settings), *count_at_once(path, settings, sample, **more)


@given(
    people=tables(),
    settings=SETTINGS,
    sample=st.sampled_from([1, 5, 50_000]),
    most_cells=CELLS,
    plain=st.booleans(),
)
def test_the_way_of_reading_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    people: pd.DataFrame,
    settings: ReadSettings,
    sample: int,
    most_cells: int,
    plain: bool,
) -> None:
    path = tmp_path_factory.mktemp("counted") / "people.csv"
    people.to_csv(path, index=False)
    one_by_one, counted, _ = both(path, settings, sample, most_cells=most_cells, plain=plain)
    assert counted == one_by_one


@given(
    values=st.lists(
        st.tuples(
            st.sampled_from([0.0, -0.0, 0.25, 1.0, None]), st.booleans(), st.sampled_from(["a", "b", None])
        ),
        min_size=1,
        max_size=30,
    ),
    sample=st.sampled_from([1, 50_000]),
)
def test_typed_values_are_the_same_both_ways(
    tmp_path_factory: pytest.TempPathFactory,
    values: Sequence[tuple[float | None, bool, str | None]],
    sample: int,
) -> None:
    path = tmp_path_factory.mktemp("counted") / "people.parquet"
    people = pd.DataFrame(values, columns=["score", "label", "race"])  # noqa: F841  # DuckDB reads it
    duckdb.execute(
        f"COPY (SELECT CAST(score AS DOUBLE) AS score, label, CAST(race AS VARCHAR) AS race, 5 AS id FROM people) TO '{path}'"
    )
    one_by_one, counted, _ = both(path, ReadSettings(attributes=("race",), missing=Missing.DROP), sample)
    assert counted == one_by_one


PROBABILITIES = st.one_of(
    st.sampled_from([0.0, 0.29, 0.5, 0.57, 1.0]), st.integers(0, 40).map(lambda n: n / 40), st.floats(0, 1)
)
RANKED = st.one_of(
    st.sampled_from([-0.0, 0.0, 3.5, -2.0]), st.integers(-30, 30).map(float), st.floats(-1e6, 1e6)
)


@st.composite
def scored(draw: st.DrawFn) -> pd.DataFrame:
    """Draw people of many different scores."""
    scores = draw(st.sampled_from([PROBABILITIES, PROBABILITIES, RANKED]))
    if draw(st.booleans()):
        scores = st.one_of(scores, st.none())
    row = st.tuples(
        scores, st.sampled_from(["0", "1"]), st.sampled_from(["a", "b", ""]), st.sampled_from("fm")
    )
    people = pd.DataFrame(
        draw(st.lists(row, min_size=15, max_size=60)), columns=["score", "label", "race", "sex"]
    )
    people["number"] = [i % 7 for i in range(len(people))]
    return people


@pytest.mark.parametrize("kind", ["csv", "double.parquet", "float.parquet"])
@hypothesis_settings(max_examples=15)
@given(
    people=scored(),
    settings=st.sampled_from(
        [
            ReadSettings(attributes=("race", "sex", "race*sex"), missing=Missing.DROP),
            ReadSettings(attributes=("race",), threshold=0.3, missing=Missing.DROP),
            ReadSettings(attributes=("sex",), top_k=4),
            ReadSettings(attributes=("race", "sex"), top_percent=20, missing=Missing.DROP),
            ReadSettings(missing=Missing.DROP, threshold=0),
            ReadSettings(attributes=("sex",), where="race = 'a'", missing=Missing.DROP, threshold=0.29),
            ReadSettings(attributes=("sex",), where="score > 0.1", missing=Missing.DROP),
            ReadSettings(attributes=("sex",), label="none"),
            ReadSettings(attributes=("sex",), na_values=("?", "inf", "'-"), missing=Missing.DROP),
        ]
    ),
    sample=st.sampled_from([12, 50_000]),
    most_cells=CELLS,
    plain=st.booleans(),
    missing=st.sampled_from([[""], ["NA"], ["", "-nan", "NA", "-", "?", "'-", "inf"]]),
)
def test_scores_that_stand_apart_change_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    people: pd.DataFrame,
    settings: ReadSettings,
    sample: int,
    most_cells: int,
    plain: bool,
    missing: Sequence[str],
) -> None:
    path = tmp_path_factory.mktemp("apart") / f"people.{kind}"
    if kind == "csv":
        marks = itertools.cycle(missing)
        people["score"] = [next(marks) if pd.isna(score) else repr(score) for score in people["score"]]
        people.to_csv(path, index=False)
    else:
        people["score"] = people["score"].astype("float32" if kind.startswith("float") else "float64")
        duckdb.execute(f"COPY people TO '{path}'")
    one_by_one, counted, _ = both(path, settings, sample, few=9, most_cells=most_cells, plain=plain)
    assert counted == one_by_one


@pytest.mark.parametrize("plain", [False, True])
def test_scores_of_many_values_stand_apart(tmp_path: Path, plain: bool) -> None:
    people = pd.DataFrame(
        {
            "id": range(7, 307),
            "score": [i * 37 % 101 / 100 for i in range(300)],
            "label": [i * 5 % 3 % 2 for i in range(300)],
            "race": [["x", "y", "z"][i % 11 % 3] for i in range(300)],
        }
    )
    people.to_csv(tmp_path / "people.csv", index=False)
    one_by_one, counted, checked = both(
        tmp_path / "people.csv", ReadSettings(attributes=("race",)), few=9, plain=plain
    )
    assert checked is not None
    assert checked.rows.apart == "score"
    assert counted == one_by_one


MARKS = {"NA": 25, "nan": 4, "-": 3, "\\N": 2, "": 7}


@pytest.mark.parametrize("sample", [20, 50_000])
@pytest.mark.parametrize("plain", [False, True])
def test_marks_of_missing_values_among_scores_send_nobody_to_single_rows(
    tmp_path: Path, sample: int, plain: bool
) -> None:
    missing = [mark for mark, times in MARKS.items() for _ in range(times)]
    people = pd.DataFrame(
        {
            "score": [*(str(i * 37 % 211 / 211) for i in range(300)), *missing],
            "label": [i * 5 % 3 % 2 for i in range(300 + len(missing))],
            "race": [["x", "y", "z"][i % 11 % 3] for i in range(300 + len(missing))],
        }
    ).sample(frac=1, random_state=3)
    people.to_csv(tmp_path / "people.csv", index=False)
    settings = ReadSettings(attributes=("race",), where="race <> 'y'", missing=Missing.DROP)
    one_by_one, counted, checked = both(tmp_path / "people.csv", settings, sample, few=9, plain=plain)
    assert checked is not None
    assert (checked.rows.apart, checked.rows.stands_for) == ("score", "n")
    assert counted == one_by_one
    own = people[people["race"] != "y"]["score"].value_counts()
    (note,) = (note.sentence for note in checked.notes if note.sentence.startswith("score"))
    told = own[[mark for mark in MARKS if mark]].sort_values(ascending=False)
    listed = " and ".join(", ".join(f"{mark!r} ({n})" for mark, n in told.items()).rsplit(", ", 1))
    assert note == f"score: {told.sum()} of {own.sum()} values are {listed}, read as missing"
    assert checked.dropped["missing score"] == own[[*MARKS]].sum()


@pytest.mark.parametrize("odd", ["0.1_5", "0.5e0005", "inf", "1.5.2", "NA", "0.5 ", "+0.5", "007", "5e-1"])
def test_a_score_that_is_written_in_another_way_is_read_as_ever(tmp_path: Path, odd: str) -> None:
    people = pd.DataFrame(
        {
            "score": [*(str(i / 40) for i in range(40)), odd],
            "label": [*[0, 1] * 20, 1],
            "race": [*"ab" * 20, "a"],
        }
    )
    people.to_csv(tmp_path / "people.csv", index=False)
    one_by_one, counted, _ = both(tmp_path / "people.csv", ReadSettings(attributes=("race",)), few=9)
    assert counted == one_by_one


@pytest.mark.parametrize("sample", [3, 50_000])
@pytest.mark.parametrize("scores", [[0, 1], [0.0, 0.25, 0.5, 1.0]])
@pytest.mark.parametrize("plain", [False, True])
def test_counted_rows_are_what_pandas_counts(
    tmp_path: Path, scores: Sequence[float], sample: int, plain: bool
) -> None:
    people = pd.DataFrame(
        {
            "id": range(500, 800),
            "score": [scores[i * i % 7 % len(scores)] for i in range(300)],
            "label": [i * 5 % 3 % 2 for i in range(300)],
            "race": [["x", "y", "z"][i % 11 % 3] for i in range(300)],
        }
    )
    people.to_csv(tmp_path / "people.csv", index=False)
    with patch.object(plain_cells, "count_lines", wraps=plain_cells.count_lines) as plainly:
        _, counted, checked = both(
            tmp_path / "people.csv", ReadSettings(attributes=("race",)), sample, plain=plain
        )
    assert plainly.called == plain
    assert checked is not None
    assert checked.rows.stands_for == "n"
    for group in counted[3].groups:
        own = people[people["race"] == group.group]
        assert group.counts.n == len(own)
        assert group.counts.tp == ((own["score"] >= 0.5) & (own["label"] == 1)).sum()
        assert group.counts.fp == ((own["score"] >= 0.5) & (own["label"] == 0)).sum()
        if len(scores) > 2:
            assert float(group.counts.squared_error) == pytest.approx(
                ((own["score"] - own["label"]) ** 2).sum()
            )


def test_only_what_can_be_counted_is(tmp_path: Path) -> None:
    people = pd.DataFrame({"score": [0, 1] * 20, "label": [0, 1, 1, 0] * 10, "race": ["x", "y"] * 20})
    people.to_csv(tmp_path / "people.csv", index=False)
    with patch.object(table, "_counting", return_value=None):
        _, _, checked = both(tmp_path / "people.csv", ReadSettings(attributes=("race",)))
    assert checked is not None
    assert checked.rows.stands_for is None


@pytest.mark.parametrize("decimals", [0, 1, 6])
@pytest.mark.parametrize("crossed_too", [False, True])
def test_very_many_attributes_are_counted_in_parts(tmp_path: Path, decimals: int, crossed_too: bool) -> None:
    many = 21
    people = pd.DataFrame(
        {f"a{j:02}": [f"v{i * i * (j + 3) % 97 % (2 + j % 5)}" for i in range(400)] for j in range(many)}
    )
    people["label"] = [i * 5 % 3 % 2 for i in range(400)]
    people["score"] = [
        round(i * 37 % 101 / 100, decimals) if decimals < 6 else i * 997 % 400 / 400 for i in range(400)
    ]
    path = tmp_path / "people.csv"
    people.to_csv(path, index=False)
    names = [f"a{j:02}" for j in range(many)]
    pairs = [f"{one}*{other}" for one, other in zip(names[::3], names[1::3], strict=False)]
    settings = ReadSettings(attributes=(*names, *pairs) if crossed_too else ())
    one_by_one = read_one_by_one(path, settings)
    for sample in (40, 50_000):
        counted, checked = count_at_once(path, settings, sample, few=30, most_cells=100)
        assert checked is not None
        assert checked.rows.stands_for == "n"
        assert len(checked.rows.parts) > 2
        assert counted == one_by_one


@pytest.mark.parametrize("many", [True, False])
def test_more_columns_than_rows_are_read_one_by_one(tmp_path: Path, many: bool) -> None:
    people = pd.DataFrame(
        {f"a{j}": [f"v{i % (2 + j % 2)}" for i in range(10)] for j in range(12 if many else 4)}
    )
    people = people.assign(label=[0, 1] * 5, score=[0, 0, 1, 1, 1] * 2)
    people.to_csv(tmp_path / "people.csv", index=False)
    with patch.object(cells, "_WIDE", 5):
        one_by_one, counted, checked = both(tmp_path / "people.csv", ReadSettings())
    assert checked is not None
    assert checked.rows.stands_for == (None if many else "n")
    assert counted == one_by_one
