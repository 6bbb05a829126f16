"""What a written value means: the same to Python as to SQL, and each form of a number beside what it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.errors import ColumnError
from fairaudit.read.files import open_path
from fairaudit.read.numbers import number_sql
from fairaudit.read.reading import Reading
from fairaudit.read.readings import Conventions
from fairaudit.read.values import (
    COMMA_NUMBER,
    MISSING_MARKS,
    NUMBER_MARKS,
    PLAIN,
    POINT_NUMBER,
    clean_sql,
    is_number,
    number_text,
    resembles,
    same_value,
)
from fairaudit.texts import clean

WriteCsv = Callable[..., str]
SIGNS = "aZé0123456789.,+-eE% $€'’()_\t\u00a0\u200b\u2212e\u0301\u212b\u3000\u200d"


@given(st.lists(st.text(alphabet=SIGNS, max_size=8), min_size=1, max_size=30))
def test_python_and_sql_agree(texts: list[str]) -> None:
    patterns = (PLAIN, POINT_NUMBER, COMMA_NUMBER)
    with duckdb.connect() as connection:
        for text in texts:
            (cleaned, *matched) = connection.execute(
                f"SELECT {clean_sql('t')}, {', '.join('regexp_full_match(t, ?)' for _ in patterns)} FROM (SELECT ?::VARCHAR AS t)",
                [*patterns, text],
            ).fetchone() or ("", False, False, False)
            assert cleaned == clean(text)
            assert matched == [re.fullmatch(pattern, text) is not None for pattern in patterns]


@given(st.text(alphabet=SIGNS, max_size=8))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_has_one_text(number: float) -> None:
    assert float(number_text(repr(number))) == float(number)
    assert number_text(number_text(repr(number))) == number_text(repr(number))


@pytest.mark.parametrize(
    "text", ["1_0", "inf", "-inf", "nan", "Infinity", "0x1A", "１", "1e", "", " ", "1 0", "+-5", "1,5"]
)
def test_no_number(text: str) -> None:
    assert not is_number(text)
    assert number_text(text) == text


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (">50K.", ">50K", True),
        ("<=50K", ">50K", False),
        ("Yes", "yes", True),
        ("approved.", "approved", True),
        ("aproved", "approved", True),
        ("disapproved", "approved", False),
        ("unemployed", "employed", False),
        ("good", "bad", False),
        ("1", "-1", False),
        ("male", "female", False),
        ("no", "yes", False),
        ("A-", "A+", False),
        ("-", "+", False),
    ],
)
def test_what_looks_like_the_positive_value(one: str, other: str, expected: bool) -> None:
    assert resembles(one, other) is expected


def test_values_are_the_same_however_they_are_typed() -> None:
    assert same_value("1", "1.0")
    assert same_value(" Yes", "Yes")
    assert same_value("True", "true")
    assert same_value("e\u0301", "é")
    assert not same_value("yes", "Yes")
    assert not same_value("1_0", "10")


def reading(
    write_csv: WriteCsv, values: list[str], **options: object
) -> tuple[Reading, list[object], list[object]]:
    """Read a column, and give its texts and numbers."""
    lines = ["".join(('"', value.replace('"', '""'), '"')) for value in values]
    rows = open_path(write_csv("x", *lines)).load(["x"], conventions=Conventions(**options))  # type: ignore[arg-type]
    found = rows.readings.of("x")
    texts, numbers = zip(
        *rows.connection.execute(
            f"SELECT {found.text}, {found.number} FROM source_rows ORDER BY rowid"
        ).fetchall(),
        strict=True,
    )
    return found, list(texts), list(numbers)


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        pytest.param(["1", "2.5", "-3e2"], [1, 2.5, -300], id="as programs write them"),
        pytest.param(["1,234", "5", "1,234,567.5"], [1234, 5, 1234567.5], id="commas between thousands"),
        pytest.param(
            ["1,234", "12,345"], [1234, 12345], id="commas that could be either are between thousands"
        ),
        pytest.param(["0,5", "12,25", "7"], [0.5, 12.25, 7], id="decimal commas"),
        pytest.param(["0,833", "0,266"], [0.833, 0.266], id="three decimals behind a zero"),
        pytest.param(["1.234,5", "1.234", "0,5"], [1234.5, 1234, 0.5], id="points between thousands"),
        pytest.param(["1 234,5", "0,5"], [1234.5, 0.5], id="blanks between thousands"),
        pytest.param(
            ["1\u00a0234", "12\u202f345", "7"], [1234, 12345, 7], id="narrow blanks between thousands"
        ),
        pytest.param(["1'234.5", "1’000"], [1234.5, 1000], id="apostrophes between thousands"),
        pytest.param(["$5", "-$1,200.50", "($3)"], [5, -1200.5, -3], id="dollars"),
        pytest.param(["5 €", "€7", "1.250,00 €", "0,50 €"], [5, 7, 1250, 0.5], id="euros"),
        pytest.param(["EUR 5", "7 EUR"], [5, 7], id="codes of currencies"),
        pytest.param(["85%", "83.3 %", "0"], [0.85, 0.833, 0], id="percentages are shares"),
        pytest.param(
            ["0500", "1200", "300", *map(str, range(1000, 1030))],
            [500, 1200, 300, *range(1000, 1030)],
            id="a zero before few",
        ),
        pytest.param([" 5 ", "\t6", "+7", ".5", "8."], [5, 6, 7, 0.5, 8], id="blanks, signs and bare points"),
        pytest.param(["\u22125", "3"], [-5, 3], id="a minus of its own"),
        pytest.param(["1", "NA", "?", "-", ".", "", " ", "None", "#N/A"], [1, *[None] * 8], id="marks"),
        pytest.param(["1", "nan", "NaN"], [1, None, None], id="what is no number by name"),
    ],
)
def test_numbers(write_csv: WriteCsv, values: list[str], numbers: list[float | None]) -> None:
    found, _, read = reading(write_csv, values)
    assert found.numeric
    assert read == numbers


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(["01234", "90210", "10001"], id="codes of one width"),
        pytest.param(["007", "7", "12"], id="many zeros before"),
        pytest.param(["$5", "€5"], id="two currencies"),
        pytest.param(["85%", "0.85", "0.9"], id="percentages and shares"),
        pytest.param(["0,5", "0.5"], id="both commas and points"),
        pytest.param(["1_000", "2"], id="underscores"),
        pytest.param(["0x1F", "2"], id="hexadecimal"),
        pytest.param(["１", "2"], id="digits of another script"),
        pytest.param(["inf", "2"], id="infinite"),
        pytest.param(["a", "b"], id="words"),
        pytest.param(["2024-01-01", "2024-01-02"], id="dates"),
        pytest.param(["true", "false"], id="true and false"),
    ],
)
def test_no_column_of_numbers(write_csv: WriteCsv, values: list[str]) -> None:
    found, _, _ = reading(write_csv, values)
    assert not found.numeric


@pytest.mark.parametrize("mark", MISSING_MARKS)
def test_usual_marks_are_missing_among_texts(write_csv: WriteCsv, mark: str) -> None:
    found, texts, _ = reading(write_csv, ["a", mark, f" {mark} ", "b"])
    assert texts == ["a", None, None, "b"]
    assert found.missing_note is not None
    assert (
        found.missing_note.sentence
        == f"x: 2 of 4 values are {mark!r}, read as missing; --na-values says otherwise"
    )


def test_every_mark_is_documented() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "values.md").read_text(encoding="utf-8")
    assert not [mark for mark in (*MISSING_MARKS, *NUMBER_MARKS) if f"`{mark}`" not in documented]


@pytest.mark.parametrize("name", ["-", ".", "none", "na", "Unknown", "missing", "N", "0"])
def test_what_may_be_a_name_stays_one(write_csv: WriteCsv, name: str) -> None:
    found, texts, _ = reading(write_csv, ["a", name])
    assert texts == ["a", name]
    assert found.missing_note is None


def test_marks_of_ones_own_take_the_place_of_the_usual(write_csv: WriteCsv) -> None:
    _, texts, _ = reading(write_csv, ["None", "a", "k.A.", "", "NA"], na_values=("k.A.",))
    assert texts == ["None", "a", None, None, "NA"]
    _, texts, numbers = reading(
        write_csv,
        ["999", "999.0", "3", "NA"],
        na_values=(
            "999",
            "NA",
        ),
    )
    assert (texts, numbers) == ([None, None, "3", None], [None, None, 3, None])
    _, texts, _ = reading(write_csv, ["None", "?", ""], na_values=())
    assert texts == ["None", "?", None]


def test_few_values_that_are_no_numbers_are_named(write_csv: WriteCsv) -> None:
    found, _, _ = reading(write_csv, [*map(str, range(100)), "Exempt", "NA"])
    assert found.nearly
    assert found.feature_note is not None
    assert found.feature_note.warning
    assert found.feature_note.sentence == (
        "x: 1 of 102 values is no number, and read as missing: 'Exempt' (1); "
        "--na-values NA,Exempt says that they mean nothing else"
    )
    silenced, _, _ = reading(
        write_csv,
        [*map(str, range(100)), "Exempt", "NA"],
        na_values=(
            "NA",
            "Exempt",
        ),
    )
    assert silenced.numeric
    assert silenced.feature_note is None


def test_categories_that_are_numbers_but_for_one_stay_categories(write_csv: WriteCsv) -> None:
    found, texts, _ = reading(write_csv, ["2", "4", "more"] * 5 + ["2"] * 400)
    assert not found.nearly
    assert found.feature_note is None
    assert set(texts) == {"2", "4", "more"}


def test_blanks_behind_the_apostrophe_of_a_spreadsheet_are_taken_off_too(write_csv: WriteCsv) -> None:
    _, texts, _ = reading(write_csv, ["abc", "'\tabc", " '\tabc ", "'=A ", "'\t"])
    assert texts == ["abc", "abc", "abc", "=A", "'"]


def test_an_apostrophe_before_a_number_is_that_of_a_spreadsheet(write_csv: WriteCsv) -> None:
    found, _, numbers = reading(write_csv, ["'-1.0 ", "'+2", "3", "'-4e1"])
    assert numbers == [-1.0, 2.0, 3.0, -40.0]
    assert found.numeric


def test_letters_that_are_composed_in_another_way_are_said_to_be(write_csv: WriteCsv) -> None:
    rows = open_path(write_csv("x", "Café", "Cafe\u0301", "A", '"A "')).load(["x"])
    (note,) = rows.readings.name_notes("x")
    assert note.sentence == (
        "x: 'A ' (1) is read as 'A'; 'Cafe\u0301' (1) is read as 'Café', whose letters are composed in another way"
    )


def test_texts_that_look_alike_are_one(write_csv: WriteCsv) -> None:
    _, texts, _ = reading(
        write_csv, ["A", "A ", "\u00a0A", "A\u200b", "Café", "Cafe\u0301", "a", "A\u00a0B", "A B"]
    )
    assert texts == ["A"] * 4 + ["Café"] * 2 + ["a"] + ["A B"] * 2


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("True", "true"),
        ("FALSE", "false"),
        ("2024-01-01 00:00:00", "2024-01-01"),
        ("2024-01-01T00:00:00.000Z", "2024-01-01"),
        ("2024-01-01 10:30", "2024-01-01 10:30:00"),
        ("2024-01-01T10:30:00.500", "2024-01-01 10:30:00.5"),
        ("2024-01-01 10:00:00+00:00", "2024-01-01 10:00:00"),
        ("2024-01-01 10:00:00+02:00", "2024-01-01 10:00:00+02:00"),
    ],
)
def test_one_text_for_true_and_for_moments(write_csv: WriteCsv, written: str, meant: str) -> None:
    _, texts, _ = reading(write_csv, [written, "other"])
    assert texts == [meant, "other"]


def test_one_text_whatever_the_type() -> None:
    import pandas as pd

    from fairaudit.read.dataframes import open_frame

    frame = pd.DataFrame(
        {
            "whole": [1.0, 2.0],
            "half": [0.5, 1.0],
            "decimal": [Decimal("1.50"), Decimal("2.00")],
            "day": pd.to_datetime(["2024-01-01 00:00", "2024-01-02 10:00"]),
            "flag": [True, False],
            "category": pd.Categorical(["x ", "NA"]),
        }
    )
    rows = open_frame(frame).load(list(frame.columns))
    assert rows.readings.values(list(frame.columns)) == {
        "whole": ["1", "2"],
        "half": ["0.5", "1"],
        "decimal": ["1.5", "2"],
        "day": ["2024-01-01", "2024-01-02 10:00:00"],
        "flag": ["false", "true"],
        "category": ["x"],
    }


@pytest.mark.parametrize("kind", ["float64", "float32"])
def test_minus_zero_is_zero(kind: str) -> None:
    import pandas as pd

    import fairaudit

    frame = pd.DataFrame({"score": [0.2, 0.4, 0.9], "group": pd.Series([0.0, -0.0, 1.0], dtype=kind)})
    document = fairaudit.audit(frame, score="score", label="none", attributes=["group"]).group
    assert [(group.group, group.n) for group in document.groups] == [("0", 2), ("1", 1)]


def test_equal_spans_of_time_that_are_written_differently_lose_no_row(tmp_path: Path) -> None:
    import fairaudit

    file = tmp_path / "spans.parquet"
    spans = "VALUES (0.2, INTERVAL '1 month'), (0.9, INTERVAL '30 days'), (0.4, INTERVAL '1 month')"
    duckdb.sql(f"COPY (SELECT * FROM ({spans}) AS t (score, span)) TO '{file}'")
    document = fairaudit.audit(file, score="score", label="none", attributes=["span"]).group
    assert [(group.group, group.n) for group in document.groups] == [("1 month", 2), ("30 days", 1)]


def test_numbers_of_another_form_are_named_and_no_comma_list_is_advised_for_them(write_csv: WriteCsv) -> None:
    found, _, numbers = reading(write_csv, [*(f"{i}.5" for i in range(100)), "12,5", "7%", "NA"])
    assert numbers.count(None) == 3
    assert found.feature_note is not None
    # A list of the marks "12" and "5" would make missing what is a number.
    assert found.feature_note.sentence == (
        "x: 2 of 103 values are no numbers, and read as missing: '12,5' (1) and '7%' (1)"
    )
    found, _, _ = reading(write_csv, [*map(str, range(100)), "<10"])
    assert found.feature_note is not None
    # As it is typed in a shell, where a bare < would name a file.
    assert found.feature_note.sentence.endswith(
        "'<10' (1); --na-values '<10' says that they mean nothing else"
    )


def test_a_score_with_another_comma_is_not_advised_away(write_csv: WriteCsv) -> None:
    opened = open_path(write_csv("label,score", *(f"{i % 2},0.{i}" for i in range(50)), '1,"0,5"'))
    rows = opened.load(["label", "score"])
    with pytest.raises(ColumnError) as caught:
        number_sql(rows, "score", "scores")
    assert "row 51 holds '0,5'" in str(caught.value)
    assert "--na-values" not in str(caught.value)
