"""Slices as they are said, from what is typed to the people in each group; in both ways of reading a file, and of a frame."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
import pytest

import fairaudit
from fairaudit.count.groups import count
from fairaudit.documents.order import order_groups
from fairaudit.errors import FairauditError
from fairaudit.read import rows
from fairaudit.read.checked_rows import Checked
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.table import validate
from fairaudit.render.words.people import Words, group_text
from fairaudit.settings.reading import ReadSettings

WAYS = ("row by row", "counted while read", "frame")
CITIES = ["Rome", "Oslo", "Bonn", "Rome", "Oslo", "Rome", "", "Lima", "Rome", "(other)"]
REVIEWS = ["good", "very good", "naïve  idea", "", "a b c d", "good", "so so", "x", "<b>no</b>", "one two"]
DAYS = ["2024-02-29", "2023-12-31 23:59:59", "2024-01-01T00:30:00+02:00", "", "2024-07-04", "2022-07-05", "2024-02-01",
        "2023-02-01", "2024-12-25", "2024/06/09"]  # fmt: skip
INCOMES = ["10", "", "NA", "40", "50", "60", "70", "80", "90", "100"]
PEOPLE = pd.DataFrame(
    {
        "label": [1, 0] * 5,
        "score": [0.9, 0.2, 0.6, 0.4, 0.7, 0.1, 0.8, 0.3, 0.55, 0.45],
        "city": CITIES,
        "review": REVIEWS,
        "signup": DAYS,
        "income": INCOMES,
        "a,b*c": ["x", ""] * 5,
    }
)


@pytest.fixture(params=WAYS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Return what opens the table in one of the ways in which it can be read."""
    if request.param == "frame":
        yield open_frame
        return

    def of_file(table: pd.DataFrame) -> Any:
        table.to_csv(tmp_path / "p.csv", index=False)
        return open_path(str(tmp_path / "p.csv"))

    with patch.object(rows, "SMALL", 0 if request.param == "counted while read" else 1 << 40):
        yield of_file


def read(opened: Callable[..., Any], *typed: str, table: pd.DataFrame = PEOPLE, **more: Any) -> Checked:
    return validate(opened(table), ReadSettings(attributes=typed, **more))


def sizes(opened: Callable[..., Any], *typed: str, **more: Any) -> dict[str, int]:
    return {g.group: g.counts.n for g in count(read(opened, *typed, **more)).groups}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("missing(income)", {"given": 8, "missing": 2}, id="whether a number is there"),
        pytest.param("missing(city)", {"given": 9, "missing": 1}, id="whether a text is there"),
        pytest.param("missing(a,b*c)", {"given": 5, "missing": 5}, id="of a column with signs in its name"),
        pytest.param(
            "city:top2", {"Rome": 4, "Oslo": 2, "(other)": 3, "(missing)": 1}, id="two most frequent"
        ),
        pytest.param(
            "city:top9",
            {"(missing)": 1, "(other)": 1, "Bonn": 1, "Lima": 1, "Oslo": 2, "Rome": 4},
            id="all are frequent enough",
        ),
        pytest.param(
            "len(review):5,9.5",
            {"below 5 letters": 3, "5 to below 9.5 letters": 5, "9.5 letters and above": 1, "(missing)": 1},
            id="letters, with a sign above one and two blanks",
        ),
        pytest.param(
            "words(review)",
            {"1 word": 4, "2 words": 4, "4 words": 1, "(missing)": 1},
            id="words, parted by any number of blanks",
        ),
        pytest.param(
            "words(review):2.0", {"below 2 words": 4, "2 words and above": 5, "(missing)": 1}, id="cut words"
        ),
        pytest.param("signup.year", {"2022": 1, "2023": 2, "2024": 6, "(missing)": 1}, id="years"),
        pytest.param(
            "signup.year:2023,2024",
            {"below 2023": 1, "2023 to below 2024": 2, "2024 and above": 6, "(missing)": 1},
            id="years cut",
        ),
        pytest.param(
            "signup.month",
            {"January": 1, "February": 3, "June": 1, "July": 2, "December": 2, "(missing)": 1},
            id="months",
        ),
        pytest.param(
            "signup.weekday",
            {"Monday": 1, "Tuesday": 1, "Wednesday": 2, "Thursday": 3, "Sunday": 2, "(missing)": 1},
            id="days of the week, by the day as it is written",
        ),
        pytest.param(
            "missing(income)*words(review):2.0",
            {
                "given * (missing)": 1,
                "given * 2 words and above": 3,
                "given * below 2 words": 4,
                "missing * 2 words and above": 2,
            },
            id="crossed",
        ),
        pytest.param(
            "income*missing(income)",
            {
                "(missing) * missing": 2,
                **{f"{number} * given": 1 for number in (10, 40, 50, 60, 70, 80, 90, 100)},
            },
            id="a column crossed with what is taken of it",
        ),
    ],
)
def test_who_is_in_which_group(opened: Callable[..., Any], typed: str, expected: Mapping[str, int]) -> None:
    assert sizes(opened, typed) == expected


def test_deciles_part_people_into_ten(opened: Callable[..., Any]) -> None:
    table = pd.DataFrame({"label": [0, 1] * 50, "score": 0.5, "age": range(1, 101)})
    checked = read(opened, "age:deciles", table=table)
    assert dict(checked.edges) == {0: (11.0, 21.0, 31.0, 41.0, 51.0, 61.0, 71.0, 81.0, 91.0)}
    assert {g.counts.n for g in count(checked).groups} == {10}


def test_a_value_called_as_the_others_are_stays_apart_from_them(opened: Callable[..., Any]) -> None:
    table = PEOPLE.assign(city=["(other)"] * 4 + ["Rome"] * 3 + ["Oslo", "Bonn", "Lima"])
    assert sizes(opened, "city:top1", table=table) == {"(other)": 4, "(all other values)": 6}


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ("city:top1", "city: 4 values beside the 1 most frequent, as one group (other)"),
        (
            "city:top3",
            "city: 2 values beside the 3 most frequent, as one group (other); of equally frequent ones the first by name are kept",
        ),
    ],
)
def test_it_is_told_how_many_values_the_others_are(opened: Callable[..., Any], typed: str, note: str) -> None:
    table = PEOPLE.assign(city=["Rome", "Oslo", "Bonn", "Rome", "Oslo", "Rome", "", "Lima", "Rome", "Kiev"])
    assert note in [n.sentence for n in read(opened, typed, table=table).notes]


def test_the_most_frequent_of_very_many_values(opened: Callable[..., Any]) -> None:
    table = pd.DataFrame(
        {"label": [0, 1] * 3000, "score": [0.4, 0.6] * 3000, "city": [i if i % 2 else 7 for i in range(6000)]}
    )
    assert sizes(opened, "city:top1", table=table) == {"7": 3001, "(other)": 2999}


def test_weights_say_which_values_are_frequent(opened: Callable[..., Any]) -> None:
    table = PEOPLE.assign(n=[1] * 7 + [50] + [1, 0])
    assert sizes(opened, "city:top1", table=table, weight="n") == {"Lima": 50, "(missing)": 1, "(other)": 7}


@pytest.mark.parametrize("kind", ["datetime64[ns]", "datetime64[s]", "object"])
def test_dates_of_a_frame_have_parts(kind: str) -> None:
    days = pd.date_range("2023-12-28", periods=10, freq="1D")
    table = pd.DataFrame({"label": [0, 1] * 5, "score": 0.5, "day": days})
    table["day"] = days.date if kind == "object" else days.astype(kind)
    checked = validate(open_frame(table), ReadSettings(attributes=("day.year", "day.weekday")))
    counted = {(g.attribute, g.group): g.counts.n for g in count(checked).groups}
    assert counted == {
        **{("day.year", str(year)): n for year, n in days.year.value_counts().items()},
        **{("day.weekday", name): n for name, n in days.day_name().value_counts().items()},
    }


def test_lengths_are_those_that_pandas_counts() -> None:
    table = PEOPLE.assign(review=["", "a", "ab c", " ", "d e f", "é", "x" * 300, "\tq\n", "a-b", "r s"])
    trimmed = table["review"].str.strip()
    expected = trimmed[trimmed != ""].str.len().value_counts()
    counted = sizes(open_frame, "len(review)", table=table)
    assert {k: n for k, n in counted.items() if k != "(missing)"} == {
        f"{length} letter{'' if length == 1 else 's'}": n for length, n in expected.items()
    }


@pytest.mark.parametrize("column", ["signup.year", "len(review)", "missing(income)", "city:top2"])
def test_a_column_that_is_called_so_wins(opened: Callable[..., Any], column: str) -> None:
    table = PEOPLE.assign(**{column: ["a", "b"] * 5})
    assert sizes(opened, column, table=table) == {"a": 5, "b": 5}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            "len(review)",
            "--attribute: 'len(review)' of p.csv has more than 50 values. Cut it into ranges: len(review):quartiles",
        ),
        ("len(revue)", "p.csv has no column 'revue'. Did you mean 'review'?"),
        (
            "upper(city)",
            "--attribute: 'upper(city)' is no form of a slice. A slice is a column (race), ranges",
        ),
        ("signup.moth", "--attribute: 'signup.moth' is no form of a slice. Did you mean 'month'? A slice is"),
        (
            "missing(city):quartiles",
            "--attribute: 'missing(city):quartiles' cuts what is no number. 'missing(city)' has its own groups.",
        ),
        (
            "signup.month:2,3",
            "--attribute: 'signup.month:2,3' cuts what is no number. 'signup.month' has its own groups.",
        ),
        ("city:top0", "--attribute: 'city:top0': of 1 to 500 values each can be a group of its own."),
        ("city:top501", "--attribute: 'city:top501': of 1 to 500 values each can be a group of its own."),
        (
            "city.year",
            "p.csv, column 'city': row 1 holds 'Rome', which is no date, and 'city.year' needs dates. A date is written as",
        ),
        (
            "income.weekday",
            "p.csv, column 'income': row 1 holds '10', which is no date, and 'income.weekday' needs",
        ),
        (
            "label*missing(label)*label",
            "--attribute: 'label*missing(label)*label' crosses a column with itself.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, typed: str, sentence: str) -> None:
    table = PEOPLE
    if typed == "len(review)":
        table = pd.concat([PEOPLE] * 6, ignore_index=True)
        table["review"] = ["x" * (number + 1) for number in range(60)]
    table.to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(FairauditError) as caught:
        validate(open_path(str(tmp_path / "p.csv")), ReadSettings(attributes=(typed,)))
    assert str(caught.value).startswith(sentence)


def test_groups_stand_in_the_order_that_people_expect() -> None:
    assert order_groups(
        ["40 letters and above", "(missing)", "12 to below 40 letters", "below 12 letters"]
    ) == [
        "below 12 letters",
        "12 to below 40 letters",
        "40 letters and above",
        "(missing)",
    ]
    assert order_groups(["(missing)", "(other)", "Rome"], worst_first=["(other)", "Rome"]) == [
        "Rome",
        "(other)",
        "(missing)",
    ]


@pytest.mark.parametrize(
    ("attribute", "group", "text"),
    [
        ("missing(income)", "missing", "people whose income is missing"),
        ("missing(income)", "given", "people whose income is given"),
        ("signup.month", "March", "people whose signup is in March"),
        ("signup.weekday", "Monday", "people whose signup is on a Monday"),
        ("signup.year", "(missing)", "people whose signup is missing"),
        ("words(review)", "2 words", "people whose review has a length of 2 words"),
        ("city", "(other)", "people of another city"),
    ],
)
def test_groups_are_named_as_people_would(attribute: str, group: str, text: str) -> None:
    assert group_text(attribute, group, Words()) == text


def test_a_command_shows_and_keeps_how_it_was_said(tmp_path: Path, run: Callable[..., Any]) -> None:
    PEOPLE.to_csv(tmp_path / "p.csv", index=False)
    typed = ["len(review):median", "signup.month", "missing(income)", "city:top1"]
    (tmp_path / "fairaudit.toml").write_text(f"feature = {json.dumps(typed)}\n")
    ran = run("slice", "p.csv", cwd=tmp_path)
    assert ran.code == 0
    document = json.loads((tmp_path / "fairaudit-out" / "slices.json").read_text())
    assert [a["name"] for a in document["settings"]["attributes"]] == typed
    assert document["settings"]["attributes"][0]["edges"] == {"len(review)": [7.0]}
    assert "note: city: 4 values beside the 1 most frequent, as one group (other)" in ran.err
    assert "February" in ran.out


def test_hostile_names_stay_names(opened: Callable[..., Any]) -> None:
    names = ["</script>", "'; DROP TABLE x; --", 'q"u', "len(", "a.b.year.", "x:{y}"]
    for name in names:
        table = PEOPLE.rename(columns={"review": name})
        assert sizes(opened, f"missing({name})", table=table) == {"given": 9, "missing": 1}
        table = PEOPLE.rename(columns={"signup": name})
        assert sizes(opened, f"{name}.year", table=table) == {
            "2022": 1,
            "2023": 2,
            "2024": 6,
            "(missing)": 1,
        }


@pytest.mark.parametrize(
    ("typed", "settings", "expected"),
    [
        pytest.param("decision", {}, {"selected": 5, "not selected": 5}, id="by the default"),
        pytest.param("decision", {"threshold": 0.7}, {"selected": 3, "not selected": 7}, id="by a threshold"),
        pytest.param("decision", {"top_k": 2}, {"selected": 2, "not selected": 8}, id="by rank"),
        pytest.param("decision", {"decision": "chosen"}, {"0": 6, "1": 4}, id="a column of decisions"),
        pytest.param("label", {"label": "paid"}, {"no": 4, "yes": 6}, id="the label as it stands"),
        pytest.param("paid", {"label": "paid"}, {"no": 4, "yes": 6}, id="by its own name"),
        pytest.param(
            "label*decision",
            {"label": "paid"},
            {"no * not selected": 4, "yes * not selected": 1, "yes * selected": 5},
            id="crossed",
        ),
    ],
)
def test_label_and_decision_are_slices(
    opened: Callable[..., Any], typed: str, settings: dict[str, Any], expected: Mapping[str, int]
) -> None:
    table = PEOPLE.drop(columns="label").assign(
        paid=["yes", "no"] * 3 + ["yes"] * 3 + ["no"], chosen=[1, 0, 0, 1, 0] * 2
    )
    settings = {"label": "paid", **settings, "positive": ("yes",)}
    assert sizes(opened, typed, table=table, **settings) == expected


@pytest.mark.parametrize("word", ["label", "decision"])
def test_a_column_called_label_or_decision_wins(opened: Callable[..., Any], word: str) -> None:
    table = PEOPLE.drop(columns="label").assign(paid=[1, 0] * 5, **{word: ["a", "b"] * 5})
    settings = {"label": "paid", "score": "score"}
    assert sizes(opened, word, table=table, **settings) == {"a": 5, "b": 5}


def test_nobody_is_warned_that_the_label_tells_the_label(tmp_path: Path, run: Callable[..., Any]) -> None:
    table = pd.concat([PEOPLE] * 9).assign(copy=lambda t: t["label"].map({0: "no", 1: "yes"}))
    table.to_csv(tmp_path / "p.csv", index=False)
    ran = run("slice", "p.csv", "-f", "label,decision,copy", cwd=tmp_path)
    assert (ran.code, ran.err.count("another word for the")) == (0, 1)
    assert "copy: its values tell the decision" in ran.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-f", "source"], "p.csv has no column 'source'. Its columns are"),
        (["--label", "none", "-f", "label"], "p.csv has no column 'label'. Its columns are"),
        (
            ["--stats", "--label", "none", "--score", "none", "-f", "decision"],
            "p.csv has no column 'decision'. Its columns are",
        ),
    ],
)
def test_what_is_not_there_cannot_be_named(
    tmp_path: Path, refusal: Callable[..., str], words: list[str], sentence: str
) -> None:
    table = PEOPLE.rename(columns={"label": "paid"})
    if "--stats" in words:
        table = table.drop(columns="score")
    elif "source" in words:
        words = ["--label", "paid", *words]
    table.to_csv(tmp_path / "p.csv", index=False)
    assert refusal("slice", "p.csv", *words, cwd=tmp_path).startswith(sentence)


class TestSource:
    @pytest.fixture
    def months(self, tmp_path: Path) -> Path:
        folder = tmp_path / "months"
        (folder / "sub").mkdir(parents=True)
        for number, name in enumerate(("jan", "<b>feb", "sub/march")):
            PEOPLE.assign(sex=["F", "M"] * 5).head(10 - number).to_parquet(folder / f"{name}.parquet")
        return folder

    @pytest.mark.parametrize("source", ["months", "months/**/*.parquet"])
    def test_says_which_file_a_row_came_from(self, months: Path, source: str) -> None:
        opened = open_path(str(months.parent / source))
        assert "source" not in opened.columns
        checked = validate(opened, ReadSettings(attributes=("source", "source*sex")))
        counted = {(g.attribute, g.group): g.counts.n for g in count(checked).groups}
        assert {group: n for (attribute, group), n in counted.items() if attribute == "source"} == {
            "jan.parquet": 10,
            "<b>feb.parquet": 9,
            "sub/march.parquet": 8,
        }
        assert counted["source*sex", "<b>feb.parquet * F"] == 5

    def test_a_column_called_so_wins(self, months: Path) -> None:
        for path in months.rglob("*.parquet"):
            pd.read_parquet(path).assign(
                source=["a", "b"] * 4 + ["c"] * (len(pd.read_parquet(path)) - 8)
            ).to_parquet(path)
        checked = validate(open_path(str(months)), ReadSettings(attributes=("source",)))
        assert {g.group for g in count(checked).groups} == {"a", "b", "c"}

    def test_is_no_attribute_unless_it_is_named(self, months: Path) -> None:
        checked = validate(open_path(str(months)), ReadSettings(), also=("source",))
        assert "source" in checked.features
        assert "source" not in [a.name for a in checked.attributes if a.name not in checked.features]

    def test_a_gate_may_ask_about_it(self, months: Path, run: Callable[..., Any]) -> None:
        policy = months.parent / "policy.toml"
        policy.write_text('[[gate]]\nmetric = "accuracy"\nslices = ["source", "decision"]\nmin = 0.1\n')
        ran = run("check", "months", "--policy", "policy.toml", "--min-group-size", 5, cwd=months.parent)
        assert ran.code == 0
        document = json.loads((months.parent / "fairaudit-out" / "check.json").read_text())
        groups = {(f["attribute"], f["group"]) for gate in document["gates"] for f in gate["findings"]}
        assert ("source", "sub/march.parquet") in groups
        assert ("decision", "not selected") in groups

    def test_attributes_are_chosen_beside_numbers_of_many_values(self, tmp_path: Path) -> None:
        """Files that are counted while they are read hold no column of many values in their table."""
        for name in ("one", "two"):
            pd.DataFrame(
                {
                    "label": [0, 1] * 2000,
                    "score": [0, 1] * 2000,
                    "sex": ["F", "M", "M", "F"] * 1000,
                    "x": range(4000),
                }
            ).to_parquet(tmp_path / f"{name}.parquet")
        checked = validate(open_path(str(tmp_path)), ReadSettings())
        assert [a.name for a in checked.attributes] == ["sex"]


class TestConditions:
    SQL = "city = 'Rome' and income > 40"

    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("rich_romans", {"rich_romans": 2, "not rich_romans": 7, "(missing)": 1}),
            (
                "rich_romans*label",
                {
                    "rich_romans * 0": 1,
                    "rich_romans * 1": 1,
                    "not rich_romans * 0": 4,
                    "not rich_romans * 1": 3,
                    "(missing) * 1": 1,
                },
            ),
        ],
    )
    @pytest.mark.parametrize("where", [None, "label >= 0"])
    def test_those_who_fulfil_it_and_those_who_do_not(
        self, opened: Callable[..., Any], typed: str, expected: Mapping[str, int], where: str | None
    ) -> None:
        """Of those for whom a value that decides it is missing neither is said."""
        slices = {"rich_romans": self.SQL, "about_another_table": "no_such_column > 1"}
        assert sizes(opened, typed, slices=slices, where=where) == expected

    def test_rows_that_are_left_out_are_in_no_slice(self, opened: Callable[..., Any]) -> None:
        counted = sizes(opened, "rich", slices={"rich": "income > 40"}, where="income > 10")
        assert counted == {"rich": 6, "not rich": 1}

    def test_strange_columns_and_names(self, opened: Callable[..., Any]) -> None:
        slices = {"<b>'\"; --": "\"a,b*c\" = 'x'", "not ": '"a,b*c" is null'}
        assert sizes(opened, "<b>'\"; --", slices=slices) == {"<b>'\"; --": 5, "(missing)": 5}

    def test_of_the_score_among_many_rows(self, opened: Callable[..., Any]) -> None:
        table = pd.DataFrame(
            {"label": [0, 1] * 2000, "score": [i / 4000 for i in range(4000)], "sex": ["F", "M"] * 2000}
        )
        counted = sizes(
            opened, "near", table=table, slices={"near": "score between 0.45 and 0.55 and sex = 'F'"}
        )
        assert counted == {"near": 201, "not near": 3799}

    @pytest.mark.parametrize("command", ["slice", "audit"])
    def test_a_file_names_slices_that_are_always_looked_at(
        self, tmp_path: Path, run: Callable[..., Any], command: str
    ) -> None:
        pd.concat([PEOPLE] * 9).assign(sex="F").to_csv(tmp_path / "p.csv", index=False)
        (tmp_path / "fairaudit.toml").write_text(
            f'attribute = "sex"\nfeature = "sex"\n[slices]\nrich_romans = "{self.SQL}"\n'
        )
        typed = ["--slice-where", "long=len(review) > 4"] if command == "audit" else []
        ran = run(command, "p.csv", *typed, cwd=tmp_path)
        assert ran.code == 0
        document = json.loads((tmp_path / "fairaudit-out" / "slices.json").read_text())
        slices = {"long": "len(review) > 4"} if command == "audit" else {"rich_romans": self.SQL}
        assert document["settings"]["slices"] == slices
        assert {s["feature"] for s in document["slices"]} == {"sex", *slices}

    def test_a_gate_asks_about_it(self, tmp_path: Path, run: Callable[..., Any]) -> None:
        pd.concat([PEOPLE] * 20).to_csv(tmp_path / "p.csv", index=False)
        (tmp_path / "fairaudit.toml").write_text(
            f'[slices]\nrich_romans = "{self.SQL}"\n[[gate]]\nmetric = "accuracy"\nslices = ["rich_romans"]\nmin = 0.5\n'
        )
        ran = run("check", "p.csv", cwd=tmp_path)
        assert ran.code == 0
        assert "rich_romans" in ran.out

    @pytest.mark.parametrize("reference", ["rich=not rich", "decision=selected", "missing(city)=given"])
    def test_a_reference_of_what_is_not_audited_is_passed_over(
        self, tmp_path: Path, run: Callable[..., Any], reference: str
    ) -> None:
        pd.concat([PEOPLE] * 20).assign(sex=["F", "M", "M", "M"] * 50).to_csv(tmp_path / "p.csv", index=False)
        (tmp_path / "fairaudit.toml").write_text(
            f'ref-group = "{reference}"\n[slices]\nrich = "income > 40"\n'
        )
        ran = run("bias", "p.csv", "-a", "sex", cwd=tmp_path)
        assert ran.code == 0
        assert (
            f"note: reference group {reference}: passed over, as {reference.split('=', maxsplit=1)[0]} is not audited"
            in ran.err
        )

    def test_a_policy_to_begin_with_holds_it(self, tmp_path: Path, run: Callable[..., Any]) -> None:
        pd.concat([PEOPLE] * 20).to_csv(tmp_path / "p.csv", index=False)
        words = ["check", "p.csv", "--init", "--policy", "fairaudit.toml"]
        assert (
            run(
                *words,
                "-a",
                "rich",
                "--slice-where",
                f'rich "one"={self.SQL}',
                "--slice-where",
                f"rich={self.SQL}",
                cwd=tmp_path,
            ).code
            == 0
        )
        ran = run("check", "p.csv", cwd=tmp_path)
        assert ran.code in (0, 1, 3)
        document = json.loads((tmp_path / "fairaudit-out" / "check.json").read_text())
        assert document["settings"]["slices"] == {"rich": self.SQL}

    def test_an_audit_of_a_training_looks_at_it(self, tmp_path: Path, run: Callable[..., Any]) -> None:
        pd.concat([PEOPLE.drop(columns="score")] * 30).assign(
            sex=["F", "M", "M"] * 100, x=range(300), review="a"
        ).to_csv(tmp_path / "p.csv", index=False)
        ran = run(
            "audit",
            "p.csv",
            "--target",
            "label",
            "--folds",
            2,
            "-a",
            "sex,low",
            "--slice-where",
            "low=x < 100",
            cwd=tmp_path,
        )
        assert ran.code == 0
        document = json.loads((tmp_path / "fairaudit-out" / "group.json").read_text())
        assert {(g["group"], g["n"]) for g in document["groups"] if g["attribute"] == "low"} == {
            ("low", 100),
            ("not low", 200),
        }

    @pytest.mark.parametrize(
        ("condition", "sentence"),
        [
            ("old=agee > 3", "slice 'old': is not a condition over the columns of p.csv: there is no column 'agee'."),
            ("old=income", "slice 'old': is of type BIGINT, and a condition is true or false."),
            ("old=review > 3", "slice 'old': is not a condition over the columns of p.csv: Cannot compare"),
            ("old=(select 1) = 1", "slice 'old': holds a query of its own, and a condition may only"),
            ("old=read_text('/etc/passwd') = ''", "slice 'old': holds the function 'read_text', and a condition may only"),
            ("old=1 =", "slice 'old': is not one condition:"),
            ("income=income > 3", "slice 'income': a column of p.csv is called so. Give the slice another name."),
            ("a*b=income > 3", "--slice-where: a slice cannot be called 'a*b'. A name has 1 to 60 characters, and none of"),
            ("old", "--slice-where: 'old' is not of the form NAME=SQL. Such as --slice-where young=age < 25."),
            ("old=", "--slice-where: 'old' has no condition. Such as young_women = "),
        ],
    )  # fmt: skip
    def test_what_is_no_condition(
        self, tmp_path: Path, refusal: Callable[..., str], condition: str, sentence: str
    ) -> None:
        PEOPLE.to_csv(tmp_path / "p.csv", index=False)
        assert refusal("slice", "p.csv", "--slice-where", condition, cwd=tmp_path).startswith(sentence)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("[slices]\nold = 3\n", "[slices]: 'old' has no condition."),
            ('[slices]\n"a,b" = "income > 3"\n', "[slices]: a slice cannot be called 'a,b'."),
            ('slice-where = "old=income > 3"\n', "the value of 'slice-where' has to be a table of texts"),
        ],
    )
    def test_a_file_that_is_wrong(
        self, tmp_path: Path, refusal: Callable[..., str], text: str, sentence: str
    ) -> None:
        PEOPLE.to_csv(tmp_path / "p.csv", index=False)
        (tmp_path / "fairaudit.toml").write_text(text)
        assert sentence in refusal("slice", "p.csv", cwd=tmp_path)

    def test_in_python(self) -> None:
        audited = fairaudit.audit(
            pd.concat([PEOPLE] * 9),
            attributes="rich",
            slices={"rich": "income > 40", "roman": "city = 'Rome'"},
        )
        assert audited.slices.settings.slices == {"rich": "income > 40", "roman": "city = 'Rome'"}
        assert {g.attribute for g in audited.group.groups} == {"rich"}

    def test_people_are_named_by_it(self) -> None:
        assert group_text("young_women", "not young_women", Words()) == 'people not in "young_women"'


class TestMembers:
    TABLE = PEOPLE.assign(
        black=[1, 1, 0, 0, 0, 1, 0, 0, 0, 0], asian=["true", "False", ""] + ["0"] * 7, white=[0, 1] * 5
    )

    def test_people_may_be_in_several_and_are_counted_once_in_each(self, opened: Callable[..., Any]) -> None:
        checked = read(opened, "races:{black, asian,white}", table=self.TABLE)
        counted: dict[str, dict[str, int]] = {}
        for g in count(checked).groups:
            counted.setdefault(g.attribute, {})[g.group] = g.counts.n
        assert counted == {
            "races:{black}": {"in": 3, "not in": 7},
            "races:{asian}": {"in": 1, "not in": 8, "(missing)": 1},
            "races:{white}": {"in": 5, "not in": 5},
        }

    def test_each_is_crossed(self, opened: Callable[..., Any]) -> None:
        checked = read(opened, "label*races:{black,white}", table=self.TABLE)
        assert [a.name for a in checked.attributes] == ["label*races:{black}", "label*races:{white}"]

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ("races:{black,asain}", "p.csv has no column 'asain'. Did you mean 'asian'?"),
            ("races:{}", "p.csv has no column ''. Its columns are"),
            ("races:{black,black}", "--feature: names 'races:{black}' twice."),
            (
                "races:{city}",
                "p.csv, column 'city': row 1 holds 'Rome', and who is in 'races:{city}' is said by 0 and 1.",
            ),
        ],
    )
    def test_what_are_no_columns_of_members(
        self, tmp_path: Path, refusal: Callable[..., str], typed: str, sentence: str
    ) -> None:
        self.TABLE.to_csv(tmp_path / "p.csv", index=False)
        assert refusal("slice", "p.csv", "-f", typed, cwd=tmp_path).startswith(sentence)

    @pytest.mark.parametrize(
        ("attribute", "group", "text"),
        [
            ("races:{Black}", "in", "Black people"),
            ("races:{tested}", "in", 'people in "tested"'),
            ("races:{black}", "not in", 'people not in "black"'),
            ("races:{black}", "(missing)", "people of whom black is not known"),
        ],
    )
    def test_people_are_named_by_what_they_are_in(self, attribute: str, group: str, text: str) -> None:
        assert group_text(attribute, group, Words()) == text

    def test_each_is_compared_with_everybody_else(self, tmp_path: Path, run: Callable[..., Any]) -> None:
        pd.concat([self.TABLE] * 20).to_csv(tmp_path / "p.csv", index=False)
        ran = run("bias", "p.csv", "-a", "races:{black},races:{white}", cwd=tmp_path)
        assert ran.code == 0
        document = json.loads((tmp_path / "fairaudit-out" / "bias.json").read_text())
        assert document["references"] == {"races:{black}": "not in", "races:{white}": "in"}
        assert [a["name"] for a in document["settings"]["attributes"]] == ["races:{black}", "races:{white}"]
