"""Columns of data frames: what is read of them, and that a column which cannot be read stops nobody who does not need it."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.errors import ColumnError, FairauditError
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.table import validate
from fairaudit.settings.reading import ReadSettings

BERLIN = dt.timezone(dt.timedelta(hours=1))


def values_of(frame: object, column: str = "x") -> list[Any]:
    loaded = open_frame(frame).load([column])
    found = loaded.connection.execute(
        f"SELECT {loaded.column(column)} FROM source_rows ORDER BY rowid"
    ).fetchall()
    return [value for (value,) in found]


def objects(*values: object) -> pd.DataFrame:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return pd.DataFrame({"x": pd.Series(array, dtype=object)})


VALUES: list[tuple[object, str | None]] = [
    ("a", "a"),
    ("", ""),
    (np.str_("b"), "b"),
    (True, "true"),
    (np.bool_(False), "false"),
    (7, "7"),
    (10**30, str(10**30)),
    (np.int8(-3), "-3"),
    (0.1, "0.1"),
    (np.float64(0.1), "0.1"),
    (np.float32(0.1), "0.1"),
    (1e300, "1e+300"),
    (math.inf, "inf"),
    (Decimal("1.50"), "1.50"),
    (dt.date(2020, 1, 2), "2020-01-02"),
    (dt.datetime.fromisoformat("2020-01-02T03:04:05"), "2020-01-02 03:04:05"),
    (dt.datetime(2020, 1, 2, tzinfo=BERLIN), "2020-01-02 00:00:00+01:00"),
    (pd.Timestamp("2020-01-02"), "2020-01-02 00:00:00"),
    (np.datetime64("2020-01-02"), "2020-01-02 00:00:00"),
    (dt.time(3, 4), "03:04:00"),
    (pd.Period("2020-01", "M"), "2020-01"),
    (pd.Interval(0, 25), "(0, 25]"),
    (uuid.UUID(int=1), str(uuid.UUID(int=1))),
    (None, None),
    (math.nan, None),
    (np.float32("nan"), None),
    (pd.NA, None),
    (pd.NaT, None),
    (np.datetime64("NaT"), None),
    (Decimal("NaN"), None),
]


class TestObjects:
    @pytest.mark.parametrize(("value", "text"), VALUES, ids=[f"{type(v).__name__} {v}" for v, _ in VALUES])
    def test_a_value_is_the_text_that_it_stands_for(self, value: object, text: str | None) -> None:
        assert values_of(objects("other", value)) == ["other", text]
        # No other value, and none that stands before it, changes it.
        assert values_of(objects(*[None] * 2_000, value, 1, "z"))[-3:] == [text, "1", "z"]

    def test_no_type_is_guessed_from_the_first_rows(self) -> None:
        assert values_of(objects(*range(5_000), "late"))[-1] == "late"
        assert values_of(objects(*[True] * 5_000, 0.5))[-1] == "0.5"
        assert values_of(objects(*[None] * 5_000, "late"))[-1] == "late"

    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            ([1], "list"),
            ({"a": 1}, "dict"),
            ((1,), "tuple"),
            (b"a", "bytes"),
            (1j, "complex"),
            (object(), "object"),
        ],
    )
    def test_what_no_column_holds_is_refused_where_it_is_needed(self, value: object, kind: str) -> None:
        frame = objects("a", "b", value).assign(g=["a", "b", "c"])
        with pytest.raises(ColumnError) as caught:
            open_frame(frame).load(["x"])
        assert str(caught.value) == (
            f"pandas DataFrame, column 'x': row 3 holds a value of type {kind}; "
            "text, numbers, truth values, dates and times can be read. Turn it into text first."
        )
        loaded = open_frame(frame).load(["g"], also=["x"])
        assert loaded.loaded == ("g",)
        assert list(loaded.passed_over) == ["x"]

    def test_half_of_a_pair_is_no_text(self) -> None:
        with pytest.raises(ColumnError, match="row 2 holds half of a surrogate pair, which is no text"):
            values_of(objects("a", "b\ud800"))

    @given(
        st.lists(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(st.characters(exclude_categories=["Cs"]))
            | st.dates()
            | st.decimals(allow_nan=False),
            max_size=12,
        )
    )
    def test_each_value_is_read_by_itself(self, values: list[object]) -> None:
        together = values_of(objects("first", *values))[1:]
        alone = [values_of(objects(value))[0] for value in values]
        assert together == alone


class TestPandas:
    @pytest.mark.parametrize(
        ("series", "expected"),
        [
            pytest.param(pd.Series([1, 2], dtype="int8"), [1, 2], id="int8"),
            pytest.param(pd.Series([1, None], dtype="Int64"), [1, None], id="Int64"),
            pytest.param(pd.Series([1.5, None], dtype="Float64"), [1.5, None], id="Float64"),
            pytest.param(pd.Series([True, None], dtype="boolean"), [True, None], id="boolean"),
            pytest.param(pd.Series(["a", None], dtype="string"), ["a", None], id="string"),
            pytest.param(pd.Series(["a", None], dtype="string[pyarrow]"), ["a", None], id="string[pyarrow]"),
            pytest.param(pd.Series([1, None], dtype="int64[pyarrow]"), [1, None], id="int64[pyarrow]"),
            pytest.param(
                pd.Series([Decimal("1.50"), None], dtype=pd.ArrowDtype(pa.decimal128(9, 2))),
                ["1.50", None],
                id="decimal[pyarrow]",
            ),
            pytest.param(pd.Series(["a", None, "a"], dtype="category"), ["a", None, "a"], id="category"),
            pytest.param(pd.Series([3, 1, 3], dtype="category"), [3, 1, 3], id="category of numbers"),
            pytest.param(pd.Series([None, None], dtype="category"), [None, None], id="category of nothing"),
            pytest.param(
                pd.Series(pd.Categorical([1, "a", None], categories=[1, "a", "unused"])),
                ["1", "a", None],
                id="category of a mixture",
            ),
            pytest.param(
                pd.Series(pd.Categorical([1, "1"], categories=[1, "1"])), ["1", "1"], id="categories alike"
            ),
            pytest.param(
                pd.cut(pd.Series([1, 30, np.nan, 300]), [0, 25, 100, 400]),
                ["(0, 25]", "(25, 100]", None, "(100, 400]"],
                id="pd.cut",
            ),
            pytest.param(
                pd.qcut(pd.Series([1, 2, 3, 4]), 2), ["(0.999, 2.5]"] * 2 + ["(2.5, 4.0]"] * 2, id="pd.qcut"
            ),
            pytest.param(
                pd.Series(pd.IntervalIndex.from_breaks([0, 1, 2])), ["(0, 1]", "(1, 2]"], id="intervals"
            ),
            pytest.param(
                pd.Series(pd.period_range("2020-01", periods=2, freq="M")),
                ["2020-01", "2020-02"],
                id="periods",
            ),
            pytest.param(pd.Series(pd.arrays.SparseArray([1, 0])), ["1", "0"], id="sparse"),
            pytest.param(
                pd.Series(pd.to_datetime(["2020-01-02", None])),
                [dt.datetime.fromisoformat("2020-01-02"), None],
                id="dates",
            ),
            pytest.param(
                pd.Series(pd.arrays.ArrowExtensionArray(pa.array([1, None]).dictionary_encode())),
                ["1", None],
                id="Arrow dictionary",
            ),
            pytest.param(
                pd.Series([dt.date(2020, 1, 2), None], dtype=pd.ArrowDtype(pa.date32())),
                [dt.date(2020, 1, 2), None],
                id="Arrow dates",
            ),
            pytest.param(
                pd.Series([Decimal("1.50"), None], dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
                ["1.50", None],
                id="Arrow decimals",
            ),
            pytest.param(pd.Series(np.array([0.5], dtype=">f8")), [0.5], id="big-endian"),
            pytest.param(pd.Series(np.array([0.5], dtype="float16")), [0.5], id="float16"),
            pytest.param(pd.Series(np.array([0.5], dtype=np.longdouble)), ["0.5"], id="longdouble"),
        ],
    )
    def test_columns_of_every_type(self, series: Any, expected: list[object]) -> None:
        frame = pd.DataFrame({"x": series.set_axis([7] * len(series)), "g": "a"})
        before = frame.copy(deep=True)
        assert values_of(frame) == expected
        pd.testing.assert_frame_equal(frame, before)

    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            ([[1], None], pa.list_(pa.int64())),
            ([b"a", None], pa.binary()),
            ([{"a": 1}, None], pa.struct([("a", pa.int64())])),
        ],
        ids=str,
    )
    def test_an_arrow_column_that_cannot_be_read_is_named_with_its_type(
        self, values: list[object], kind: pa.DataType
    ) -> None:
        frame = pd.DataFrame({"x": pd.Series(values, dtype=pd.ArrowDtype(kind)), "g": ["a", "b"]})
        with pytest.raises(ColumnError) as caught:
            values_of(frame)
        assert str(caught.value).startswith(f"pandas DataFrame, column 'x': it holds values of type {kind}; ")
        assert values_of(frame, "g") == ["a", "b"]

    def test_moments_do_not_depend_on_the_machine(self) -> None:
        frame = pd.DataFrame({"x": pd.to_datetime(["2020-01-01 00:30"]).tz_localize("Europe/Berlin")})
        loaded = open_frame(frame).load(["x"])
        assert loaded.connection.execute("SELECT CAST(c0 AS VARCHAR) FROM source_rows").fetchone() == (
            "2019-12-31 23:30:00+00",
        )


class TestOthers:
    @pytest.mark.parametrize("lazy", [False, True], ids=["", "lazy"])
    @pytest.mark.parametrize(
        ("series", "expected"),
        [
            pytest.param(pl.Series(["a", None], dtype=pl.Categorical), ["a", None], id="Categorical"),
            pytest.param(pl.Series(["a", None], dtype=pl.Enum(["a", "b"])), ["a", None], id="Enum"),
            pytest.param(pl.Series([Decimal("1.50")]), [Decimal("1.50")], id="Decimal"),
            pytest.param(pl.Series([dt.date(2020, 1, 2)]), [dt.date(2020, 1, 2)], id="Date"),
            pytest.param(pl.Series([None, None]), [None, None], id="Null"),
            pytest.param(pl.Series([1], dtype=pl.Int128), ["1"], id="Int128"),
        ],
    )
    def test_polars(self, series: pl.Series, expected: list[object], lazy: bool) -> None:
        frame = pl.DataFrame({"^x$": series, "l": [[1]] * len(series), "x": series})
        assert values_of(frame.lazy() if lazy else frame) == expected
        assert values_of(frame.lazy() if lazy else frame, "^x$") == expected

    def test_polars_objects_are_read_value_by_value(self) -> None:
        for values, texts in (([1, "a", None], ["1", "a", None]), ([None, 1, "a"], [None, "1", "a"])):
            frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.Object), "g": ["a", "b", "c"]})
            assert values_of(frame) == texts

    @pytest.mark.parametrize(
        ("array", "expected"),
        [
            pytest.param(pa.array(["a", None]).dictionary_encode(), ["a", None], id="dictionary"),
            pytest.param(pa.array(["a"], pa.large_string()), ["a"], id="large_string"),
            pytest.param(pa.array(["a"], pa.string_view()), ["a"], id="string_view"),
            pytest.param(pa.nulls(2), [None, None], id="null"),
            pytest.param(pa.array([np.float16(0.5)], pa.float16()), [0.5], id="halffloat"),
            pytest.param(pa.array([Decimal("1.5")], pa.decimal256(50, 2)), ["1.50"], id="decimal256"),
            pytest.param(
                pa.array([Decimal(100), None], pa.decimal128(5, -2)), ["100", None], id="whole hundreds"
            ),
        ],
    )
    def test_arrow(self, array: pa.Array, expected: list[object]) -> None:
        table = pa.table({"x": array, "l": pa.array([[1]] * len(array))})
        assert values_of(table) == expected
        assert values_of(table.to_batches()[0]) == expected

    def test_what_else_arrow_has(self, tmp_path: Any) -> None:
        table = pa.table({"a": [1, 2], "x": ["u", "v"]})
        pq.write_table(table, tmp_path / "t.parquet")
        assert values_of(table.to_reader()) == ["u", "v"]
        assert values_of(ds.dataset(tmp_path / "t.parquet")) == ["u", "v"]

    @pytest.mark.parametrize(
        "make",
        [
            pl.DataFrame,
            pa.table,
            lambda columns: pa.table(columns).to_batches()[0],
        ],
        ids=["polars", "Arrow", "batch"],
    )
    def test_lists_and_records_stop_only_who_needs_them(
        self, make: Callable[[dict[str, Any]], object]
    ) -> None:
        frame = make({"l": [[1], [2]], "s": [{"a": 1}, {"a": 2}], "b": [b"a", b"b"], "g": ["u", "v"]})
        opened = open_frame(frame)
        loaded = opened.load(["g"], also=opened.columns)
        assert (loaded.loaded, list(loaded.passed_over)) == (("g",), ["l", "s", "b"])
        for column in "lsb":
            with pytest.raises(ColumnError, match=f"column '{column}': it holds values of type"):
                open_frame(frame).load([column])

    def test_nested_columns_of_a_parquet_file(self, tmp_path: Any) -> None:
        table = pa.table({"l": [[1], [2]], "s": [{"a": [1]}, {"a": []}], "g": ["u", "v"]})
        pq.write_table(table, tmp_path / "t.parquet")
        opened = open_path(str(tmp_path / "t.parquet"))
        assert opened.load(["g"], also=opened.columns).loaded == ("g",)
        with pytest.raises(FairauditError, match="column 's': it holds values of type STRUCT"):
            opened.load(["s"])

    def test_other_objects_with_columns_are_no_tables(self) -> None:
        class Odd:
            columns = ("a", "b")

        with pytest.raises(FairauditError, match="is no table"):
            open_frame(Odd())


class TestRelations:
    @pytest.mark.parametrize(
        ("sql", "expected"),
        [
            ("1::TINYINT", 1),
            ("1::UBIGINT", 1),
            ("(2::HUGEINT ^ 100)::HUGEINT", str(2**100)),
            ("1.50::DECIMAL(5, 2)", Decimal("1.50")),
            ("0.1::FLOAT", np.float32(0.1)),
            ("true", True),
            ("'a'::ENUM('a', 'b')", "a"),
            ("'00000000-0000-0000-0000-000000000001'::UUID", str(uuid.UUID(int=1))),
            ("DATE '2020-01-02'", dt.date(2020, 1, 2)),
            ("TIME '03:04:00'", dt.time(3, 4)),
            ("TIME WITH TIME ZONE '03:04:05+02'", "03:04:05+02"),
            ("TIMESTAMP '2020-01-02'", dt.datetime.fromisoformat("2020-01-02")),
            ("INTERVAL 1 DAY", dt.timedelta(days=1)),
            ("'1010'::BIT", "1010"),
            ("NULL", None),
        ],
    )
    def test_types(self, sql: str, expected: object) -> None:
        with duckdb.connect() as connection:
            assert values_of(connection.sql(f"SELECT 0 AS g, {sql} AS x")) == [expected]

    @pytest.mark.parametrize(
        ("sql", "kind"), [("[1]", "INTEGER[]"), ("{'a': 1}", "STRUCT(a INTEGER)"), ("'a'::BLOB", "BLOB")]
    )
    def test_a_column_that_cannot_be_read_stops_only_who_needs_it(self, sql: str, kind: str) -> None:
        with duckdb.connect() as connection:
            relation = connection.sql(f"SELECT {sql} AS x, 'u' AS g")
            assert values_of(relation, "g") == ["u"]
            with pytest.raises(ColumnError) as caught:
                values_of(relation)
        assert str(caught.value).startswith(f"DuckDB relation, column 'x': it holds values of type {kind}; ")

    def test_the_connection_is_not_changed(self) -> None:
        with duckdb.connect() as connection:
            connection.execute("CREATE TEMP TABLE t AS SELECT 'committed' AS x")
            connection.execute("BEGIN")
            connection.execute("INSERT INTO t VALUES ('not yet')")
            relation = connection.sql("FROM t")
            before = connection.execute("FROM duckdb_tables()").fetchall()
            assert values_of(relation) == ["committed", "not yet"]
            # A relation runs as often as it is asked, and so do the rows of it.
            opened = open_frame(relation)
            assert [opened.load(["x"]).rows, opened.load(["x"], where="x = 'not yet'").rows] == [2, 2]
            assert connection.execute("FROM duckdb_tables()").fetchall() == before
            connection.execute("ROLLBACK")
            assert connection.execute("FROM t").fetchall() == [("committed",)]

    def test_columns_of_one_name_are_told_from_the_others(self) -> None:
        with duckdb.connect() as connection:
            relation = connection.sql('SELECT 1 AS g, 2 AS g, 3 AS x, 4 AS "a""b, c"')
            assert (values_of(relation), values_of(relation, 'a"b, c')) == ([3], [4])
            with pytest.raises(FairauditError, match="has more than one column 'g'"):
                values_of(relation, "g")

    def test_what_goes_wrong_in_it_is_told(self) -> None:
        connection = duckdb.connect()
        relation = connection.sql("SELECT error('no such rate') AS x")
        with pytest.raises(FairauditError, match=r"^DuckDB relation: cannot be read: .*no such rate"):
            values_of(relation)
        connection.close()
        with pytest.raises(FairauditError, match=r"^DuckDB relation: cannot be read: Connection .* closed"):
            values_of(relation)


class TestReaders:
    def test_batches_with_dictionaries_of_their_own(self) -> None:
        batches = [
            pa.record_batch({"l": [[1], [2]], "x": pa.array(x).dictionary_encode()})
            for x in (["a", "b"], ["c", None])
        ]
        reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)
        assert values_of(reader) == ["a", "b", "c", None]

    def test_what_needs_to_be_turned(self) -> None:
        table = pa.table({"x": pa.array([np.float16(0.5)], pa.float16()), "l": [[1]]})
        assert values_of(table.to_reader()) == [0.5]
        with pytest.raises(ColumnError, match="column 'l': it holds values of type list"):
            values_of(table.to_reader(), "l")

    def test_it_is_read_once_and_never_taken_for_empty(self) -> None:
        opened = open_frame(pa.table({"x": ["u"]}).to_reader())
        assert opened.load(["x"]).rows == 1
        with pytest.raises(FairauditError, match="RecordBatchReader: has been read, and gives its rows once"):
            opened.load(["x"])

    def test_nor_by_another_audit(self) -> None:
        reader = pa.table({"x": ["u"]}).to_reader()
        assert values_of(reader) == ["u"]
        with pytest.raises(FairauditError, match="RecordBatchReader: has been read, and gives its rows once"):
            values_of(reader)


@pytest.mark.parametrize("lazy", [pl.col("nope"), pl.lit("u").cast(pl.Int64).alias("x")])
def test_a_lazy_frame_that_fails_is_told(lazy: pl.Expr) -> None:
    with pytest.raises(FairauditError, match=r"^polars LazyFrame: cannot be read: [^\n]+$"):
        values_of(pl.LazyFrame({"y": ["u"]}).select(lazy))


def test_views_of_text_in_pandas() -> None:
    values = pd.array(["u", None], dtype=pd.ArrowDtype(pa.string_view()))
    assert values_of(pd.DataFrame({"x": values})) == ["u", None]


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(FairauditError, match="the name of column 2 holds half of a surrogate pair"):
        open_frame(pd.DataFrame([[1, 1]], columns=pd.Index(["x", "\ud800"], dtype=object)))


def test_bytes_that_are_no_text_are_named() -> None:
    offsets = pa.array([0, 1, 2, 3], pa.int32()).buffers()[1]
    texts = pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(b"ab\xff")])
    table = pa.table({"x": pa.chunked_array([["u"], texts]), "g": ["a"] * 4})
    with pytest.raises(FairauditError, match="column 'x': row 4 holds bytes that are not UTF-8"):
        open_frame(table).load(["x"])
    assert open_frame(table).load(["g"]).rows == 4


def test_what_a_relation_fails_with_stands_without_names_of_ours() -> None:
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT CAST(y AS INTEGER) AS x FROM (VALUES ('u'), ('v')) t(y)")
        with pytest.raises(FairauditError, match=r"cannot be read: (?!.*source_frame).*Could not convert"):
            values_of(relation)


def test_a_second_reading_gives_the_same_rows() -> None:
    opened = open_frame(objects(1, "a").assign(g=["u", "v"]))
    assert opened.load(["x"], where="g = 'u'").rows == opened.load(["g"]).rows == 2


def test_numbers_among_categories_have_one_text() -> None:
    values = [Decimal("1.10"), Decimal("2.0"), "2.0", 3.0, True]
    frame = pd.DataFrame({"label": [0, 1, 0, 1, 0], "g": pd.Categorical(pd.Series(values, dtype=object))})
    loaded = open_frame(frame).load(["g"])
    text = loaded.readings.of("g").text
    found = loaded.connection.execute(f"SELECT {text} FROM source_rows ORDER BY rowid").fetchall()
    assert [row[0] for row in found] == ["1.1", "2", "2.0", "3", "true"]


@pytest.mark.parametrize(
    ("values", "in_a_table", "in_a_file"),
    [
        pytest.param(
            pd.to_datetime(["2020-01-01 12:00", "2020-07-01 12:00"]).tz_localize("Europe/Berlin"),
            ["2020-01-01 11:00:00", "2020-07-01 10:00:00"],
            ["2020-01-01 12:00:00+01:00", "2020-07-01 12:00:00+02:00"],
            id="moments of a time zone",
        ),
        pytest.param(
            pd.to_timedelta(["90 min", "1 day"]),
            ["01:30:00", "1 day"],
            ["0 days 01:30:00", "1 days 00:00:00"],
            id="lengths of time",
        ),
    ],
)
def test_values_that_have_other_names_in_a_file(
    values: Any, in_a_table: list[str], in_a_file: list[str], tmp_path: Path
) -> None:
    """`docs/values.md` says so."""
    frame = pd.DataFrame({"label": [0, 1] * 4, "score": [1, 0, 1, 0] * 2, "when": list(values) * 4})
    frame.to_csv(tmp_path / "p.csv", index=False)
    settings = ReadSettings(attributes=("when",))
    names = [
        validate(opened, settings).names[0][:2]
        for opened in (open_frame(frame), open_path(str(tmp_path / "p.csv")))
    ]
    assert names == [tuple(in_a_table), tuple(in_a_file)]
    told = (Path(__file__).parents[2] / "docs" / "values.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in told for name in (in_a_table[0], in_a_file[0]))
