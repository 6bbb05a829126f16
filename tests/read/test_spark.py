"""Tables that Spark reads, here and behind a server, give the same documents as DuckDB; no row leaves Spark."""

from __future__ import annotations

import dataclasses
import gzip
import itertools
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest

import fairaudit
from fairaudit.count.groups import count
from fairaudit.count.pairs import tells_apart
from fairaudit.count.rests import rank_rests
from fairaudit.count.scores import count_scores
from fairaudit.engine import spark_scores
from fairaudit.engine.spark import table_of
from fairaudit.errors import FairauditError
from fairaudit.read.files import open_path
from fairaudit.read.table import validate
from fairaudit.read.used_rows import forget_scores
from fairaudit.settings.choices import Missing
from fairaudit.settings.reading import AuditReading, ReadSettings
from fairaudit.settings.source import Engine, TableSettings

pytestmark = pytest.mark.skipif(
    shutil.which("java") is None and "JAVA_HOME" not in os.environ, reason="Spark needs Java"
)
MOST_SECONDS = 240
JAVA = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xms1g -Xmn500m -XX:MetaspaceSize=400m "
    "-XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote "
    "-XX:+UnlockExperimentalVMOptions -XX:SymbolTableSize=262144 -XX:-MethodFlushing -XX:ReservedCodeCacheSize=240m"
)
"""A few thousand rows are counted before Java has compiled the code that counts them as well as it can, or verified Spark's own, and fill no gigabyte.

What it has compiled is not looked through again and again for what could be thrown away: there is room for all of it.
"""
PARTS = "spark.sql.shuffle.partitions"
FIRST = ("scala-library", "spark-catalyst", "spark-core", "spark-sql", "spark-sql-api", "spark-common-utils", "spark-connect", "scala-reflect")  # fmt: skip
"""The libraries that most classes come from, which would be looked for in each of 280."""
QUICK = {
    "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.lightweightPlanChangeValidation": "false",
    "spark.default.parallelism": "2",
    "spark.sql.leafNodeDefaultParallelism": "2",
    "spark.shuffle.compress": "false",
    "spark.broadcast.compress": "false",
    "spark.buffer.pageSize": "1m",
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    "spark.sql.ui.explainMode": "simple",
    "spark.ui.liveUpdate.period": "-1",
}
"""One Java serves this process and those that connect to it, few rows are counted before code for them would be written, and each operation takes no more memory than they need."""


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def spark(port: int) -> Iterator[Any]:
    """Give the session in which `--engine spark` works in this process, for tables each of which one task reads: it need not send rows to another to count them."""
    import pyspark

    from fairaudit.engine import spark as engine

    settings = {**QUICK, "spark.connect.grpc.binding.port": str(port)}
    said = " ".join(f"--conf {name}={value}" for name, value in settings.items())
    jars = Path(pyspark.__file__).parent / "jars"
    first = os.pathsep.join(str(jar) for name in FIRST for jar in jars.glob(f"{name}[_-]2*.jar"))
    words = f"--driver-class-path '{first}' --driver-java-options '{JAVA}' {said} pyspark-shell"
    own = {**engine._local_settings(), PARTS: "2"}
    with (
        mock.patch.dict(os.environ, PYSPARK_SUBMIT_ARGS=words),
        mock.patch.object(engine, "_local_settings", return_value=own),
    ):
        session = engine._session(None)
    session.conf.set(PARTS, "1")

    def of_one_part(name: str, frame: Any) -> engine.SparkTable:
        return table_of(name, frame.coalesce(1))

    anew = "FAIRAUDIT_TESTS_ANEW" in os.environ
    with mock.patch.object(engine, "table_of", table_of if anew else of_one_part):
        yield session


@pytest.fixture
def in_parts(spark: Any) -> Iterator[None]:
    """Share rows out to two tasks, as Spark does behind a server, too; for few rows one does the same in less time."""
    spark.conf.set(PARTS, "2")
    with mock.patch("fairaudit.engine.spark.table_of", table_of):
        yield
    spark.conf.set(PARTS, "1")


@pytest.fixture(scope="module")
def server(spark: Any, port: int) -> str:
    """Give the address of the server of Spark Connect that runs in Java beside the session of this process."""
    begun = time.monotonic()
    while not _answers(port):
        assert time.monotonic() - begun < MOST_SECONDS
        time.sleep(0.5)
    return f"sc://127.0.0.1:{port}"


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def same_numbers(spark: Any, duckdb: Any) -> None:
    """Hold two documents beside each other; they were made at another time."""
    assert spark["environment"].pop("pyspark").startswith("4.")
    for document in (spark, duckdb):
        del document["created"], document["command"]
    assert spark == duckdb


OPTIONS = {
    "compas": ["group"],
    "verdicts": ["bias", "--effect", "hurts", "-a", "race,sex,race*sex"],
    "rows left out": ["bias", "--where", "age_cat <> '25 - 45' and race in ('Caucasian', 'Hispanic')"],
    "another positive": ["group", "--positive", "0"],
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_published_rows(options: list[str], data_dir: Path, run: Any, spark: Any, tmp_path: Path) -> None:
    words = [options[0], data_dir / "compas_for_aequitas.csv", *options[1:], "--json"]
    here = run(*words, cwd=tmp_path)
    there = run(*words, "--engine", "spark", cwd=tmp_path)
    assert there.code == 0, there.err
    same_numbers(there.json(), here.json())


def test_scores_of_two_digits(tmp_path: Path, run: Any, spark: Any) -> None:
    file = tmp_path / "people.parquet"
    people().to_parquet(file, coerce_timestamps="us")
    for command in (["group"], ["bias", "--threshold", "0.4"], ["slice", "-f", "age:25,40"]):
        words = [*command, file, "--label", "paid", "--missing", "drop", "--json"]
        here = run(*words, cwd=tmp_path)
        there = run(*words, "--engine", "spark", cwd=tmp_path)
        assert there.code == 0, there.err
        same_numbers(there.json(), here.json())


def people() -> pd.DataFrame:
    """Make people of several types, some of whom lack something."""
    numbers = range(1_200)
    return pd.DataFrame(
        {
            "person_id": [i * 7 for i in numbers],
            "paid": pd.array([None if i % 97 == 0 else (i * 31 % 100) < 60 for i in numbers], "boolean"),
            "score": [round((i * 53 % 101) / 100, 2) for i in numbers],
            "sex": [("F", "M", "", None)[i * 13 % 4] for i in numbers],
            "age": [18 + i * 17 % 60 for i in numbers],
            "member": [i % 3 == 0 for i in numbers],
            "since": [pd.Timestamp("2020-01-01") + pd.Timedelta(days=i % 5) for i in numbers],
        }
    )


ENDS = (0.0, -0.0, 1.0, 1 - 2.0**-53, 1e-300, 0.5, 0.29)
READ = {
    "probabilities": ReadSettings(),
    "ranks": ReadSettings(attributes=("race*sex", "age:30,50"), top_percent=30),
}


@pytest.mark.parametrize("kind", READ)
def test_scores_of_many_values(kind: str, tmp_path: Path, in_parts: None) -> None:
    """They are coded, added up and ranked where they are; nothing is left that documents could differ by."""
    frame = scored(1_200, ranks=kind == "ranks")
    file = tmp_path / ("people.csv" if kind == "ranks" else "people.parquet")
    if kind == "ranks":
        marks = itertools.cycle(("NA", "-", "\\N", "", "NaN"))
        written = [next(marks) if np.isnan(score) else repr(score) for score in frame["score"]]
        frame.assign(score=written).to_csv(file, index=False)
    else:
        frame.loc[: len(ENDS) - 1, "score"] = ENDS
        frame.to_parquet(file)
    settings = dataclasses.replace(READ[kind], missing=Missing.DROP)
    with mock.patch.object(spark_scores, "_PART", 450):
        there = counted(file, settings, Engine.SPARK)
    assert there == counted(file, settings, Engine.DUCKDB)


COMMANDS = (
    ["slice", "-f", "age:mean,race", "--save", "slices.toml", "--stats"],
    ["slice", "--slices", "slices.toml"],
    ["impact", "-a", "race", "--threshold", "median", "--within", "sex"],
    ["impact", "-a", "race", "--smd", "pooled", "--within", "age:40"],
    ["group", "-a", "age:19,25,45", "--suppress-below", "20"],
)


def test_commands_whose_scores_stay_where_they_are(tmp_path: Path, run: Any, spark: Any) -> None:
    frame = scored(1_500)
    # Nobody asks of some texts what their numbers are.
    texts = [("south", "1", "north 2")[i % 3] for i in range(len(frame))]
    frame.assign(spent=frame["score"] * 1e6 - 3, home=texts).to_csv(tmp_path / "people.csv", index=False)
    for command, *more in COMMANDS:
        words = [command, "people.csv", *more, "--missing", "drop", "--json"]
        here = run(*words, cwd=tmp_path)
        lock = tmp_path / "slices.toml"
        kept = lock.read_text()
        there = run(*words, "--engine", "spark", cwd=tmp_path)
        assert there.code == 0, there.err
        if "--stats" in more:
            known = {(one["slice"], one["column"]): one for one in there.json()["statistics"]}
            of_race = frame[frame["race"] == "A"].dropna(subset=["score", "label"])
            assert known["A", "spent"]["mean"] == math.fsum(of_race["score"] * 1e6 - 3) / len(of_race)
            assert known["A", "age"]["q3"] == of_race["age"].quantile(0.75)
            assert {column for _, column in known} == {"score", "age", "spent"}
        same_numbers(there.json(), here.json())
        assert lock.read_text() == kept


OF_EACH = {
    "persons and weights": ReadSettings(id="who", weight="weight", attributes=("sex",)),
    "persons": ReadSettings(id="number", score="tenths", attributes=("sex",)),
    "counts": ReadSettings(weight="times", attributes=("sex",), top_percent=30),
    "weights": ReadSettings(weight="weight", score="tenths", attributes=("age:quartiles",), where="age > 30"),
    "weights, and few people": AuditReading(
        weight="weight", score="tenths", attributes=("age:19,25,45",), suppress_below=15
    ),
}


@pytest.mark.parametrize("kind", OF_EACH)
def test_weights_and_persons(kind: str, tmp_path: Path, spark: Any) -> None:
    """They are added up where they are, as scores are."""
    frame = weighed(600)
    frame.to_csv(tmp_path / "people.csv", index=False)
    settings = dataclasses.replace(OF_EACH[kind], missing=Missing.DROP)
    there = counted(tmp_path / "people.csv", settings, Engine.SPARK)
    assert there == counted(tmp_path / "people.csv", settings, Engine.DUCKDB)
    if "few people" in kind:
        assert "(suppressed)" in [g.group for g in there["groups"].groups] != ["(suppressed)"]
    if kind == "persons":
        # Nobody else would count them so.
        kept = frame.dropna(subset=["label", "number"])
        cells = pd.crosstab(kept["number"], [kept["tenths"] >= 0.5, kept["label"]])[[(True, 1), (True, 0), (False, 1), (False, 0)]]  # fmt: skip
        of_all = there["groups"].overall.clusters
        assert of_all.people == kept["number"].nunique()
        pairs = itertools.combinations_with_replacement(range(4), 2)
        assert of_all.products == tuple((cells.iloc[:, i] * cells.iloc[:, j]).sum() for i, j in pairs)
    if kind == "counts":
        kept = frame.dropna(subset=["label", "score"])
        assert there["groups"].overall.n == kept["times"].sum()
        assert (
            there["groups"].overall.tp + there["groups"].overall.fn
            == kept.loc[kept["label"] == 1, "times"].sum()
        )


def test_a_file_that_has_changed_is_read_anew(tmp_path: Path, run: Any, spark: Any) -> None:
    """Spark keeps the rows of an audit, and takes them for those of whatever is read in the same way."""
    frame = weighed(300).dropna(subset=["label"]).assign(score=lambda rows: rows["label"])
    words = ["group", "people.csv", "--id", "who", "-a", "sex", "--json"]
    for who in (frame["who"], frame["who"].iloc[::-1].to_numpy()):
        frame.assign(who=who).to_csv(tmp_path / "people.csv", index=False)
        there = run(*words, "--engine", "spark", cwd=tmp_path)
        assert there.code == 0, there.err
        same_numbers(there.json(), run(*words, cwd=tmp_path).json())


def weighed(rows: int) -> pd.DataFrame:
    """Make people who stand in several rows, which have the weights of a survey, or stand for several people."""
    drawn = np.random.default_rng(8)
    frame = scored(rows).drop(columns="person_id")
    return frame.assign(
        label=frame["label"].astype("Int64"),
        tenths=frame["score"].fillna(0.5).round(1),
        who=[f"P-{number:03}" for number in drawn.integers(0, rows // 3, rows)],
        # Numbers of which one is missing are kept as floats.
        number=np.where(np.arange(rows) == 7, np.nan, drawn.integers(0, rows // 3, rows)),
        weight=drawn.lognormal(0, 1, rows).round(4),
        times=drawn.integers(0, 60, rows),
    )


def scored(rows: int, *, ranks: bool = False) -> pd.DataFrame:
    """Make people whose scores are nearly all different; some lack one, or a label."""
    drawn = np.random.default_rng(5)
    skill = drawn.random(rows)
    return pd.DataFrame(
        {
            "person_id": np.arange(rows) * 7,
            "score": np.where(drawn.random(rows) < 0.02, np.nan, np.round((skill - 0.4) * 1000, 2) if ranks else skill**1.3),
            "label": pd.array(np.where(drawn.random(rows) < 0.01, None, drawn.random(rows) < skill), "boolean"),
            "race": drawn.choice(["A", "B", "", None], rows),
            "sex": drawn.choice(["F", "M"], rows),
            "age": drawn.integers(18, 70, rows),
        }
    )  # fmt: skip


def counted(path: Path, settings: ReadSettings, engine: Engine) -> dict[str, Any]:
    """Return all that documents are made of."""
    checked = validate(open_path(str(path), TableSettings(engine=engine)), settings)
    telling = tells_apart(checked, "age")
    facts = ("attributes", "names", "edges", "rule", "scores", "used", "dropped", "passed_over", "notes")
    known = {name: getattr(checked, name) for name in facts}
    assert (checked.rows.elsewhere is not None) == (engine is Engine.SPARK)
    rests = rank_rests(checked, [a.name for a in checked.attributes[-1:]], unknown={})
    result = {
        **known,
        "groups": count(checked),
        "rests": rests,
        "between": count_scores(checked),
        "telling": telling,
    }
    forget_scores(checked.rows)
    return result


EACH = """
import sys
from fairaudit.cli.app import main
words = sys.argv[1:]
for table, more in (("compas", ["--id", "entity_id"]), ("continuous", ["--weight", "age"])):
    sys.argv = ["fairaudit", "bias", "--table", f"global_temp.{table}", "--missing", "drop", *more, *words, "-o", table]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
"""


def test_tables_of_a_server(server: str, spark: Any, data_dir: Path, run: Any, tmp_path: Path) -> None:
    """Another process asks the cluster, whose catalogue holds the tables; scores of many values are counted there, too."""
    files = {
        "compas": data_dir / "compas_for_aequitas.csv",
        "continuous": tmp_path / "continuous.csv",
    }
    scored(1_200).to_csv(files["continuous"], index=False)
    for table, file in files.items():
        spark.read.csv(str(file), header=True).createOrReplaceGlobalTempView(table)
    ran = subprocess.run(
        [sys.executable, "-c", EACH, "--engine", "spark", "--spark-remote", server],
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr
    for table, file in files.items():
        document = json.loads((tmp_path / table / "bias.json").read_text(encoding="utf-8"))
        more = ["--id", "entity_id"] if table == "compas" else ["--weight", "age"]
        here = run("bias", file, "--missing", "drop", *more, "--json", cwd=tmp_path).json()
        assert document["input"]["name"] == f"global_temp.{table}"
        assert document["input"]["sha256"] is None
        for one in (document, here):
            del one["created"], one["command"], one["input"], one["environment"]
        # All values of a table of texts are read as those of a file.
        assert document == here


def test_groups_that_overlap(tmp_path: Path, run: Any, spark: Any) -> None:
    table = scored(1_200)
    drawn = np.random.default_rng(6)
    table = table.assign(
        score=table["score"].round(2),
        black=drawn.integers(0, 2, len(table)),
        asian=pd.array(
            np.where(drawn.random(len(table)) < 0.1, None, drawn.random(len(table)) < 0.3), "boolean"
        ),
    )
    table.to_parquet(tmp_path / "people.parquet")
    races = "races:{black,asian}"
    words = [
        "people.parquet",
        "--missing",
        "drop",
        "--threshold",
        "0.4",
        "-a",
        f"{races},{races}*sex",
        "--json",
    ]
    for command in ("bias", "impact"):
        here = run(command, *words, cwd=tmp_path)
        there = run(command, *words, "--engine", "spark", cwd=tmp_path)
        assert there.code == 0, there.err
        same_numbers(there.json(), here.json())


@pytest.mark.parametrize(
    ("name", "sign", "more"),
    [("p.csv", ";", []), ("p.tsv", "\t", []), ("p.txt.gz", "|", []), ("p.csv.gz", "^", ["--delimiter", "^"])],
)
def test_texts_as_they_are_written(
    name: str, sign: str, more: list[str], tmp_path: Path, run: Any, spark: Any
) -> None:
    """The delimiter is found out, and columns without a name, or of one that others have, are passed over."""
    rows = [
        "\ufefflabel,score,sex,,twice,twice",
        "1,0.7,F,1,a,b",
        '0,"0.2",M,2,a,b',
        '1,0.4,"F, x",3,a,b',
        "0,0.6,,4,a,b",
    ]
    text = "\n".join(rows).replace(",", sign)
    content = f"{text}\n".encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    here = run("group", name, *more, "--json", cwd=tmp_path)
    there = run("group", name, *more, "--engine", "spark", "--json", cwd=tmp_path)
    assert there.code == 0, there.err
    assert there.err == here.err
    same_numbers(there.json(), here.json())


def test_a_data_frame_of_spark(data_dir: Path, spark: Any) -> None:
    file = data_dir / "compas_for_aequitas.csv"
    frame = spark.read.csv(str(file), header=True)
    there, here = fairaudit.audit(frame), fairaudit.audit(str(file))
    assert there.group.to_frame().equals(here.group.to_frame())
    assert str(there.verdict) == str(here.verdict)


FAULTS = {
    "no table": (["--table", "no.people"], "no.people: cannot be read by Spark: [TABLE_OR_VIEW_NOT_FOUND]"),
    "no file": (["nowhere.csv"], "nowhere.csv: cannot be read by Spark: [PATH_NOT_FOUND]"),
    "no kind": (["people.xlsx"], "people.xlsx: is of no kind that Spark reads"),
    "cut": (["cut.parquet"], "cut.parquet: cannot be read by Spark"),
    "no label": (["lacking.csv"], "column 'label': 2 of 4 rows have no label. Say --missing drop"),
    "bad label": (["bad.csv"], "'maybe'"),
    "twice": (["twice.csv"], "'person_id', whose values stand in several rows, needs the rows themselves"),
    "no number": (["odd.csv"], "'score', of which 2 values are no numbers as programs write them,"),
    "weights": (
        ["plain.csv", "--weight", "sex"],
        "'sex', of which 2 values are no numbers as programs write them,",
    ),
    "negative": (
        ["weighed.csv", "--weight", "below"],
        "column 'below': a row holds '-1', and weights must be numbers, 0 or more",
    ),
    "no weight": (["weighed.csv", "--weight", "gap"], "column 'gap': a row holds no weight"),
    "too heavy": (
        ["infinite.parquet", "--weight", "weight"],
        "'weight', of which 1 value is no number as programs write them,",
    ),
    "parts of persons": (["infinite.parquet", "--id", "part"], "'part', whose numbers are not all whole,"),
    "fraction": (
        ["weighed.csv", "--weight", "part", "--weight-kind", "frequency"],
        "a row holds a fraction, and weights must be whole numbers",
    ),
    "nobody": (["weighed.csv", "--id", "gap"], "column 'gap': 1 of 3 rows have no id. Say --missing drop"),
    "other ways": (
        ["weighed.csv", "--id", "forms"],
        "'forms', of which 1 value may be another way to write others,",
    ),
    "small groups": (
        ["weighed.csv", "--id", "below", "--suppress-below", "9"],
        "--suppress-below with --id needs the rows themselves",
    ),
    "no numbers": (
        ["described.csv", "--stats", "-f", "sex"],
        "'spent', of which 2 values are no numbers as programs write them,",
    ),
    "marked numbers": (
        ["described.csv", "--stats", "-f", "sex", "--na-values", "999"],
        "--stats with numbers among --na-values needs the rows themselves",
    ),
    "weights asked": (
        ["weighed.csv", "--weight", "part", "--where", "part > 1"],
        "'part' in a condition needs the rows themselves",
    ),
    "said of files": (["plain.csv", "--encoding", "cp1252"], "of which --encoding says nothing"),
    "not of texts": (["cut.parquet", "--delimiter", ";"], "of which --delimiter says nothing"),
    "packed": (["people.parquet.gz"], "people.parquet.gz: is of no kind that Spark reads"),
    "spaces": (
        ["spaces.txt"],
        "spaces.txt: has spaces between its columns, of which Spark takes each for one.",
    ),
    "open quote": (["open.csv"], "open.csv, line 3: holds text behind a closing double quote."),
    "no text": (["latin.csv"], "latin.csv, line 3: its value of 'sex' is not UTF-8."),
    "fields": (
        ["ragged.csv"],
        "ragged.csv: cannot be read by Spark: [MALFORMED_CSV_RECORD] Malformed CSV record: 0,0",
    ),
    "encoding": (["wide.csv"], "wide.csv: is in the encoding utf-16, and Spark reads UTF-8."),
    "both": (["plain.csv", "--table", "people"], "--table: cannot be given together with a file"),
}
FILES = {
    "lacking.csv": "label,score,sex\n1,1,F\n,0,M\n0,1,F\n,1,M\n",
    "bad.csv": "label,score,sex\n1,1,F\nmaybe,0,M\n0,1,F\n",
    "twice.csv": "person_id,label,score,sex\n1,1,1,F\n2,0,0,M\n2,0,1,M\n",
    "weighed.csv": "label,score,sex,below,gap,part,forms\n1,1,F,2,5,0.5,1\n0,0,M,-1,,1,1.0\n0,1,M,3,2,1,22\n",
    "plain.csv": "label,score,sex\n1,1,F\n0,0,M\n",
    "described.csv": 'label,score,sex,spent\n1,1,F,2\n0,0,M,NA\n0,1,F,"1,5"\n',
    "odd.csv": "label,score,sex\n"
    + "".join(f"{i % 2},0.{i:05},F\n" for i in range(1_200))
    + "1,high,M\n0,inf,M\n",
    "people.xlsx": "x",
    "people.parquet.gz": "x",
    "open.csv": 'label,score,sex\n1,1,a"b\n0,0,"F\n1,0,"M"\n',
    "ragged.csv": "label,score,sex\n1,1,F\n0,0\n1,0,M\n",
    "spaces.txt": "label score sex\n1 1 F\n0 0 M\n",
    "cut.parquet": "PAR1 and no more",
}


@pytest.mark.parametrize(("words", "sentence"), FAULTS.values(), ids=FAULTS)
def test_faults(words: list[str], sentence: str, tmp_path: Path, run: Any, spark: Any) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "latin.csv").write_text("label,score,sex\n1,1,F\n0,0,M\xe4nner\n", encoding="cp1252")
    (tmp_path / "wide.csv").write_text(FILES["plain.csv"], encoding="utf-16")
    pd.DataFrame(
        {
            "label": [1, 0, 1],
            "score": [1, 0, 0],
            "sex": ["F", "M", "F"],
            "weight": [1, 2, np.inf],
            "part": [1, 1.5, np.nan],
        }
    ).to_parquet(tmp_path / "infinite.parquet")
    command = "slice" if "--stats" in words else "group"
    ran = run(command, *words, "--engine", "spark", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


GATES = "".join(
    f'[[gate]]\nname = "{metric} as before"\nmetric = "{metric}"\nslices = ["sex"]\nmax_drop = 0.1\n'
    for metric in ("accuracy", "f1")
)


def test_people_are_matched_with_a_baseline(tmp_path: Path, run: Any, spark: Any) -> None:
    """They are joined where they are: what comes here is how many were decided how, both times."""
    (tmp_path / "policy.toml").write_text(GATES)
    drawn = np.random.default_rng(9)
    before = pd.DataFrame(
        {
            "label": drawn.integers(0, 2, 300),
            "score": drawn.integers(0, 2, 300),
            "sex": drawn.choice(["F", "M"], 300),
            "who": [f"P-{number}" for number in range(300)],
        }
    )
    changed = drawn.random(300)
    now = before.assign(
        score=np.where(changed < 0.2, 1 - before["score"], before["score"]),
        sex=np.where(changed > 0.95, "F", before["sex"]),
    ).iloc[40:]
    before[:280].to_csv(tmp_path / "before.csv", index=False)
    now.sample(frac=1, random_state=1).to_csv(tmp_path / "now.csv", index=False)
    words = ["check", "now.csv", "--policy", "policy.toml", "--baseline", "before.csv", "--id", "who", "--json"]  # fmt: skip
    here = run(*words, cwd=tmp_path)
    there = run(*words, "--engine", "spark", cwd=tmp_path)
    assert (there.code, there.err) == (here.code, here.err)
    matched = there.json()["baseline"]["matched"]
    assert [matched[name] for name in ("both", "base_only", "new_only", "labels_changed")] == [240, 40, 20, 0]
    same_numbers(there.json(), here.json())
    (tmp_path / "policy.toml").write_text(GATES.replace("f1", "roc_auc"))
    for name in ("before.csv", "now.csv"):
        scored = pd.read_csv(tmp_path / name).replace({"score": {0: 0.25, 1: 0.75}})
        scored.to_csv(tmp_path / name, index=False)
    unmatched = (
        "people are not matched with the baseline by who for 'roc_auc', as their scores stay where they are"
    )
    for engine, times in (("duckdb", 0), ("spark", 1)):
        notes = run(*words, "--engine", engine, cwd=tmp_path).json()["input"]["notes"]
        assert sum(note["sentence"].startswith(unmatched) for note in notes) == times
    alone = run(*(word for word in words if word not in ("--id", "who")), "--engine", "spark", cwd=tmp_path)
    assert "not matched" not in json.dumps(alone.json()["input"]["notes"]) + alone.err


def test_people_of_several_rows_are_not_matched_with_a_baseline(tmp_path: Path, run: Any, spark: Any) -> None:
    (tmp_path / "policy.toml").write_text(GATES)
    (tmp_path / "people.csv").write_text(
        "label,score,sex,who\n" + "1,1,F,a\n0,0,M,b\n0,1,M,c\n1,1,F,d\n" * 40
    )
    words = ["check", "people.csv", "--policy", "policy.toml", "--baseline", "people.csv", "--id", "who", "--engine", "spark", "--json"]  # fmt: skip
    ran = run(*words, cwd=tmp_path)
    notes = [note["sentence"] for note in ran.json()["input"]["notes"]]
    assert sum("people stand in several rows by who" in note for note in notes) == 1


def test_a_server_that_is_not_there(run: Any) -> None:
    ran = run(
        "group", "--table", "x", "--engine", "spark", "--spark-remote", "sc://127.0.0.1:9/;token=secret"
    )
    assert (ran.code, ran.err) == (
        2,
        "fairaudit: sc://127.0.0.1:9: cannot be reached: Connection refused. Is the server there, and are host and port right?\n",
    )


def test_what_is_said_of_spark_needs_spark(run: Any, data_dir: Path) -> None:
    ran = run("group", data_dir / "compas_for_aequitas.csv", "--spark-remote", "sc://there")
    assert (ran.code, ran.err) == (
        2,
        "fairaudit: --spark-remote: is said of Spark, and --engine spark is not given.\n",
    )


def test_rows_that_stay_where_they_are_are_not_searched(spark: Any, data_dir: Path) -> None:
    frame = spark.read.csv(str(data_dir / "compas_for_aequitas.csv"), header=True)
    with pytest.raises(
        FairauditError, match=r"a search needs the rows themselves\. Write the columns that matter"
    ):
        fairaudit.discover(frame)


def test_rows_that_stay_where_they_are_train_nothing(spark: Any, data_dir: Path) -> None:
    frame = spark.read.csv(str(data_dir / "compas_for_aequitas.csv"), header=True)
    with pytest.raises(FairauditError, match="the rows themselves are needed"):
        fairaudit.train(frame, target="label_value")
