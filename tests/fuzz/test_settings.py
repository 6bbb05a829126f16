"""Command lines and configuration files of any kind: each ends with a documented exit code, and with one line if it is refused."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import strategies as st

from fairaudit.settings.resolve import options_of_commands
from fuzz import searching
from fuzz.strategies import AWKWARD, words
from fuzz.test_damage import outcome
from fuzz.trial import OUT, Tally

HEADER = "label,score,race,sex,age,n"
ROWS = [
    f"{i % 3 % 2},0.{i * 7 % 100:02},{'ABC'[i % 3]},{'fm'[i % 2]},{20 + i % 40},{i % 5}" for i in range(60)
]
TABLE = "\n".join([HEADER, *ROWS, ""])
COLUMNS = ("label", "score", "race", "sex", "age", "n", "nobody", "none", "")
COMMANDS = (
    "group",
    "slice",
    "bias",
    "fairness",
    "check",
    "explain",
    "schema",
    "card",
    "report",
    "predict",
    "train",
    "cv",
)
QUICK = ("group", "group", "group", "slice", "bias", "fairness", "check", "explain", "schema")
VALUES: dict[str, st.SearchStrategy[str]] = {
    "--label": st.sampled_from(COLUMNS),
    "--score": st.sampled_from(COLUMNS),
    "--decision": st.sampled_from(COLUMNS),
    "--weight": st.sampled_from(COLUMNS),
    "--positive": st.sampled_from(("1", "0", "A", "yes", "1,0", ",", "")),
    "--attribute": st.one_of(
        st.sampled_from(
            ("race", "sex", "age:quartiles", "race*sex", "age:25,45", "age:1e400,2", "age:", ":", "*")
        ),
        st.tuples(st.sampled_from(COLUMNS), st.sampled_from(":*,="), words).map("".join),
    ),
    "--ref-group": st.one_of(
        st.sampled_from(
            (
                "majority",
                "rest",
                "min-metric",
                "race=A",
                "sex=f",
                "A",
                "race=",
                "=",
                "race=rest",
                "majority,rest",
            )
        ),
        words,
    ),
    "--where": st.one_of(
        st.sampled_from(
            (
                "age > 30",
                "race = 'A' and not (sex = 'f')",
                "age / 0 > 1",
                "true",
                "false",
                "null",
                "1",
                "age",
                "'x",
                "age > (select 1)",
                "age > 1; drop table x",
                "age > 1 --",
                "age > 1 /*",
                "read_text('/etc/passwd') is not null",
                "getenv('HOME') <> ''",
                "regexp_matches(race, '(a+)+$')",
                "race like '%'",
                "age between 20 and 40",
                "cast(race as integer) = 1",
                "repeat(race, 100000000) <> ''",
                "count(*) > 1",
                "sum(age) over () > 1",
                "age in (1, 2, 3)",
                "case when age > 30 then true else false end",
                "date '2020-01-01' < now()",
                "race = $1",
                "race = ?",
                "#1 = 1",
                "columns(*) = 1",
                "not " * 700 + "true",
                "(" * 2000 + "true" + ")" * 2000,
                " or ".join(["age = 1"] * 1200),
                "age = 1e999",
                "race = chr(0)",
            )
        ),
        st.lists(
            st.sampled_from(
                (
                    "age",
                    "race",
                    "'A'",
                    "30",
                    "0.5",
                    "and",
                    "or",
                    "not",
                    "=",
                    ">",
                    "in",
                    "(",
                    ")",
                    ",",
                    "is",
                    "null",
                    "like",
                    "::",
                    "[",
                    "]",
                    "{",
                    "}",
                    "->",
                    "x",
                    ".",
                    "*",
                    "--",
                    ";",
                    '"age"',
                    "'",
                )
            ),
            max_size=8,
        ).map(" ".join),
    ),
    "--missing": st.sampled_from(("error", "drop", "ERROR", "")),
    "--threshold": st.sampled_from(("0.5", "0", "-1", "1e400", "nan", "inf", "-inf", "1_0", "0,5", "x", "")),
    "--top-k": st.sampled_from(("1", "10", "60", "61", "0", "-1", "1.5", "9" * 30, "x")),
    "--top-percent": st.sampled_from(("1", "100", "100.1", "0", "-5", "nan", "inf", "1e-320", "50%")),
    "--tau": st.sampled_from(("0.8", "1", "0", "-1", "1.1", "4/5", "1/0", "nan", "1e-999999999", "x", "")),
    "--decide": st.sampled_from(("interval", "point", "x")),
    "--metric": st.sampled_from(("pprev", "fpr,fnr", "f1", "", ",", "pprev,pprev")),
    "--interval": st.sampled_from(("wilson", "clopper-pearson", "exact")),
    "--min-group-size": st.sampled_from(("1", "0", "-1", "9" * 20, "x")),
    "--na-values": st.sampled_from(("A", "none", "", ",", "0,1")),
    "--out": st.just(OUT),
    "--feature": st.sampled_from(("race", "age:mean", "nobody", "race*sex")),
    "--policy": st.sampled_from(("fairaudit.toml", "policy.toml", "nothing.toml", ".", "")),
    "--template": st.sampled_from((".", "nothing")),
    "--id": st.sampled_from(COLUMNS),
    "--by": st.sampled_from(COLUMNS),
    "--format": st.sampled_from(
        ("csv", "tsv", "jsonl", "parquet", "arrow", "xlsx", "duckdb", "sqlite", "xls", "")
    ),
    "--delimiter": st.sampled_from((",", ";", "space", "tab", "^", "a", '"', "")),
    "--encoding": st.sampled_from(
        ("utf-8", "utf-16", "utf-16-le", "cp1252", "ascii", "idna", "punycode", "base64", "x")
    ),
    "--names": st.sampled_from(("label,score,race,sex,age", "a,b", "a,,b", "a,a,a,a,a", "")),
    "--memory-limit": st.sampled_from(("100MB", "1GiB", "64MiB", "1KB", "-1GB", "x")),
    "--threads": st.sampled_from(("1", "2", "0", "-1", "9" * 20, "x")),
    "--temp-dir": st.sampled_from((".", "nowhere", "people.csv", "")),
}
FLAGS = (
    "--skip-bad-lines",
    "--json",
    "--quiet",
    "--verbose",
    "--stats",
    "--strict",
    "--init",
    "--allow-code",
    "--help",
    "-h",
    "--version",
    "--",
    "-",
    "-x",
    "--nothing",
)
FILES = (
    "people.csv",
    "people.csv",
    "people.csv",
    "people.csv",
    "nothing.csv",
    ".",
    "",
    "fairaudit.toml",
    "-",
    "a\x00b",
    "a.duckdb::t",
    "*.parquet",
    "[",
    "postgresql://127.0.0.1:1/x::t",
    "postgresql://[::",
    "x" * 5000,
)


def _value(name: str) -> st.SearchStrategy[str]:
    return st.one_of(VALUES[name], VALUES[name], VALUES[name], words).map(lambda value: f"{name}={value}")


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Draw a command line whose words are mostly known, and whose values are often not."""
    command = draw(st.sampled_from((*QUICK * 4, *COMMANDS, "grup", "")))
    own = [name for name in VALUES if name.removeprefix("--") in options_of_commands().get(command, ())]
    known = draw(st.lists(st.sampled_from(own), max_size=4, unique=True)) if own else []
    found = [draw(_value(name)) for name in known if name != "--out"]
    if draw(st.integers(0, 9)) == 9:
        found.append(draw(st.one_of(st.sampled_from(sorted(VALUES)).flatmap(_value), words)))
    if draw(st.integers(0, 4)) == 4:
        found.append(draw(st.sampled_from(FLAGS)))
    if "--out" in own:
        found.append(f"--out={OUT}")
    file = draw(st.sampled_from(FILES)) if draw(st.integers(0, 5)) == 5 else "people.csv"
    if command in ("explain", "schema"):
        return [command, draw(st.sampled_from(("fpr", "group", "bias", "race", ""))), *found]
    return [command, *found] if command in ("card", "report") else [command, file, *found]


scalars = st.one_of(
    st.sampled_from(
        (
            "'A'",
            "1",
            "0.5",
            "true",
            "false",
            "1e400",
            "nan",
            "-inf",
            "9" * 400,
            "''",
            "1979-05-27",
            '"\\u0000"',
            '"\\u001b[2J"',
        )
    ),
    st.sampled_from(AWKWARD).map(
        lambda text: "'''" + text.replace("\r", "").replace("\x1b", "").replace("\x07", "") + "'''"
    ),
)
values = st.one_of(
    scalars,
    st.lists(scalars, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
    st.just("{ a = 1 }"),
    st.just("[[[1]]]"),
)
OPTION_KEYS = (
    *tuple(name.removeprefix("--") for name in VALUES if name != "--out"),
    "json",
    "quiet",
    "estimator",
    "trust",
    "model",
    "param",
    "attributes",
    "rcae",
    "min_group_size",
)
GATE_KEYS = (
    "name",
    "metric",
    "attribute",
    "attributes",
    "column",
    "min-people",
    "family",
    "ratio-within",
    "max-difference",
    "min",
    "max",
    "reference",
    "decide",
    "on-undecided",
    "reason",
    "x",
)
GATE_VALUES = st.one_of(
    st.sampled_from(
        (
            "'fpr'",
            "'pprev'",
            "'accuracy'",
            "'share'",
            "'missing_values'",
            "30",
            "['race']",
            "'race'",
            "0.8",
            "'4/5'",
            "0",
            "1",
            "1.5",
            "-1",
            "'majority'",
            "'rest'",
            "'point'",
            "'pass'",
            "'fail'",
        )
    ),
    values,
)


def _table(head: str, keys: tuple[str, ...], of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.dictionaries(st.sampled_from(keys), of, max_size=5)
    return pairs.map(lambda found: "\n".join([head, *(f"{key} = {value}" for key, value in found.items())]))


plain = _table("", OPTION_KEYS, values)
good = st.sampled_from(
    (
        "",
        "attribute = ['race']",
        "tau = 0.9\n[bias]\nref-group = 'race=A'",
        "[[gate]]\nname = 'a'\nmetric = 'fpr'\nattribute = ['race']\nratio-within = 0.8",
        "[[gate]]\nname = 'a'\nmetric = 'accuracy'\nmin = 0.1",
    )
)
parts = st.one_of(
    plain,
    good,
    good,
    *(_table(f"[{command}]", OPTION_KEYS, values) for command in ("group", "bias", "check", "nothing")),
    _table("[[gate]]", GATE_KEYS, GATE_VALUES),
    _table(
        "[[gate]]\nname = 'a'\nmetric = 'fpr'\nattribute = ['race']",
        ("ratio-within", "min", "reference", "decide"),
        GATE_VALUES,
    ),
)
files = st.one_of(
    st.just(b""),
    good.map(str.encode),
    st.lists(parts, max_size=3).map(lambda found: "\n".join(found).encode()),
    st.tuples(good.map(str.encode), st.binary(max_size=6)).map(b"".join),
    st.sampled_from(
        (
            b"\xff\xfe",
            b"[" * 5000,
            b"a = " + b"[" * 5000,
            b"x = 1\nx = 2",
            b"[gate]\na = 1",
            b"a.b.c = 1",
            b"[tool.fairaudit]\ntau = 1",
        )
    ),
)
drawn = st.tuples(command_lines(), st.one_of(st.just(b""), st.just(b""), files), st.booleans())


def put(found: tuple[list[str], bytes, bool], tally: Tally) -> None:
    typed, configuration, in_actions = found
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "people.csv").write_text(TABLE, encoding="utf-8")
        (folder / "fairaudit.toml").write_bytes(configuration)
        outcome(
            folder,
            typed,
            tally,
            stdin=TABLE,
            env={"GITHUB_ACTIONS": "true" if in_actions else "", "GITHUB_STEP_SUMMARY": ""},
        )


def test_any_command_line_and_configuration(tally: Tally) -> None:
    searching.search(lambda found: put(found, tally), drawn, examples=10)


@searching.long
def test_many_command_lines_and_configurations(tally: Tally) -> None:
    searching.search_long(
        lambda found: put(found, tally),
        drawn,
        enough=lambda: tally.completed + tally.refused.total() >= searching.WANTED // 2,
    )
