"""The program as a whole: help, exit codes, interruptions, and what it imports."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

import fairaudit
import fairaudit.__main__ as entry
from fairaudit.cli import app
from fairaudit.errors import FairauditError
from fairaudit.settings import resolve

COMMANDS = (
    "audit",
    "demo",
    "train",
    "cv",
    "predict",
    "slice",
    "discover",
    "compare",
    "history",
    "group",
    "bias",
    "fairness",
    "impact",
    "check",
    "card",
    "report",
    "explain",
    "schema",
)
HEAVY = ("pandas", "sklearn", "skops", "aequitas", "altair", "duckdb", "scipy", "numpy", "jinja2")


FULL = (
    "the temporary folder: has no room left for what does not fit into memory. "
    "Make room there, name another folder by --temp-dir, or allow more memory by --memory-limit."
)


def python(*words: str, cwd: Path, **how: Any) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(fairaudit.__file__).parents[1]),
        "COLUMNS": "100",
        **how.pop("env", {}),
    }
    return subprocess.run(
        [sys.executable, *words],
        check=False,
        cwd=cwd,
        env=environment,
        text=True,
        capture_output=True,
        timeout=60,
        **how,
    )


def test_every_command_has_its_case() -> None:
    assert tuple(resolve.options_of_commands()) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Callable[..., Any], command: str, tmp_path: Path) -> None:
    ran = run(command, "--help", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert f"Usage: fairaudit {command}" in ran.out


def test_help_lists_commands_and_exit_codes(run: Callable[..., Any], tmp_path: Path) -> None:
    ran = run("--help", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    words = " ".join(ran.out.split())
    for command in COMMANDS:
        assert f" {command} " in words
    assert (
        "0 done (for gates: all passed), 1 a gate failed, 2 wrong input or usage, 3 a gate could not" in words
    )
    assert "[tool.fairaudit] in pyproject.toml" in words


def test_nothing_asked_shows_the_help(run: Callable[..., Any], tmp_path: Path) -> None:
    assert run(cwd=tmp_path) == run("--help", cwd=tmp_path)


def test_version(run: Callable[..., Any], tmp_path: Path) -> None:
    ran = run("--version", cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, f"fairaudit {fairaudit.__version__}\n", "")


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(word: str, tmp_path: Path) -> None:
    code = f"""
import sys
sys.argv = ["fairaudit", {word!r}]
from fairaudit.cli.app import main
try:
    main()
except SystemExit as end:
    print("code", end.code, file=sys.stderr)
print("loaded", sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)
"""
    ran = python("-c", code, cwd=tmp_path)
    assert ran.stderr == "code 0\nloaded []\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(["nosuch"], "No such command 'nosuch'. See fairaudit --help.", id="command"),
        pytest.param(["gruop"], "No such command 'gruop'. Did you mean", id="misspelt command"),
        pytest.param(["group", "--attribut", "x"], "No such option: --attribut", id="option"),
        pytest.param(
            ["train", "x.csv"], "Missing option '--target' / '-t'. See fairaudit train --help.", id="required"
        ),
        pytest.param(["audit"], "Missing argument 'INPUT'. See fairaudit audit --help.", id="argument"),
        pytest.param(
            ["group", "x.csv", "--min-group-size", "0"], "Invalid value for '--min-group-size'", id="range"
        ),
        pytest.param(["group", "x.csv", "--top-k", "many"], "Invalid value for '--top-k'", id="number"),
        pytest.param(
            ["train", "x.csv", "-t", "y", "--model", "tree"],
            "Invalid value for '--model': 'tree' is not one of 'logistic', ",
            id="choice",
        ),
        pytest.param(["bias", "x.csv", "--tau", "1.5"], "--tau: 1.5 is not above 0 and at most 1.", id="tau"),
        pytest.param(
            ["group", "x.csv", "--threshold", "0.5", "--top-k", "3"],
            "--top-k: cannot be given together with --threshold.",
            id="two rules",
        ),
        pytest.param(
            ["group", "x.csv", "-o", "a", "--out=b"],
            "--out: is given twice, and holds one value only.",
            id="twice",
        ),
        pytest.param(["group", "x.csv", "--out", ""], "--out: names no file or folder.", id="empty folder"),
        pytest.param(["group", "x.csv", "-o", ""], "-o: names no file or folder.", id="short empty folder"),
        pytest.param(["impact", "--tables=", "x.csv"], "--tables: names no file or folder.", id="no tables"),
        pytest.param(["impact", "x.csv", "--population="], "--population: names no file", id="no population"),
        pytest.param(["check", "x.csv", "--policy", ""], "--policy: names no file", id="no policy"),
        pytest.param(["group", ""], "an argument is empty", id="empty argument"),
        pytest.param(
            ["compare", "--na-values", "", "", "x.csv"], "an argument is empty", id="empty argument among two"
        ),
        pytest.param(
            ["bias", "x.csv", "--tau", "0.8", "--tau", "0.9"],
            "--tau: is given twice, and holds",
            id="two tolerances",
        ),
        pytest.param(
            ["train", "x.csv", "-ty", "-t", "z"], "-t: is given twice, and holds", id="short and joined"
        ),
        pytest.param(["group", "x.csv", "--threshold", "nan"], "--threshold: nan is not a finite", id="NaN"),
        pytest.param(
            ["train", "x.csv", "-t", "y", "--threshold", "inf"], "--threshold: inf is not a finite", id="inf"
        ),
    ],
)
def test_wrong_usage_is_one_line(
    refusal: Callable[..., str], words: list[str], sentence: str, tmp_path: Path
) -> None:
    assert refusal(*words, cwd=tmp_path).startswith(sentence)


def test_a_value_that_looks_like_an_option_is_a_value() -> None:
    words = ["train", "x.csv", "--target", "--seed", "-o", "-t", "--seed", "3", "-q", "--", "--seed", "4"]
    assert [option.setting.name for option in resolve.given_options(words)] == [
        "target",
        "out",
        "seed",
        "quiet",
    ]


def test_a_bug_shows_its_traceback(
    run: Callable[..., Any], people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("fairaudit.workflow.audit.tally", fail)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        run("group", people, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "this needs more memory than there is."),
        (duckdb.OutOfMemoryException("failed to allocate"), "this needs more memory than there is."),
        (
            duckdb.OutOfMemoryException("failed to allocate data of size 16 KiB (95.2 MiB/95.3 MiB used)"),
            "this needs more memory than there is. Allow more by --memory-limit.",
        ),
        (duckdb.OutOfMemoryException("This limit was set by the 'max_temp_directory_size' setting."), FULL),
        (duckdb.IOException('Could not write file "x.tmp": No space left on device'), FULL),
        (duckdb.FatalException("was invalidated: Disk quota exceeded"), FULL),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), FULL),
        (RecursionError("maximum recursion depth"), "something in the input is nested too deeply."),
    ],
    ids=["memory", "the database's", "its limit", "its disk", "a disk", "a quota", "a file", "depth"],
)
def test_what_is_used_up_is_told_in_a_sentence(
    refusal: Callable[..., str],
    people: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    sentence: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("fairaudit.workflow.audit.tally", fail)
    assert refusal("group", people, cwd=tmp_path) == sentence


def test_another_error_amid_the_cleaning_up_hides_no_full_disk(
    refusal: Callable[..., str], people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        try:
            raise duckdb.IOException("No space left on device")
        finally:
            raise duckdb.ConnectionException("Connection has already been closed")

    monkeypatch.setattr("fairaudit.workflow.audit.tally", fail)
    assert refusal("group", people, cwd=tmp_path) == FULL


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
@pytest.mark.parametrize("way", ["spilled", "from a stream"])
def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path, way: str) -> None:
    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    path = tmp_path / "people.csv"
    score = "i * 997 % 3000017 / 3000017.0" if way == "spilled" else "i % 2"
    rows = 3_000_000 if way == "spilled" else 200_000
    duckdb.execute(
        f"COPY (SELECT {score} AS score, i % 3 % 2 AS label, i % 5 AS race FROM range({rows}) AS rows(i)) TO '{path}' (FORMAT {'parquet' if way == 'spilled' else 'csv'})"
    )
    words = ["-m", "fairaudit", "group", *(["-"] if way != "spilled" else [str(path), "--format", "parquet"])]
    with path.open("rb") as stream:
        ran = python(
            *words, *("--memory-limit", "80MB", "-o", "out"), cwd=tmp_path, stdin=stream, preexec_fn=limit
        )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"fairaudit: {FULL}\n"
    assert [each.name for each in tmp_path.iterdir()] == ["people.csv"]


def test_the_python_functions_say_so_too(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise duckdb.IOException("No space left on device")

    monkeypatch.setattr("fairaudit.workflow.audit.tally", fail)
    with pytest.raises(FairauditError, match=r"name another folder by temp_dir=, or allow more memory"):
        fairaudit.audit(str(people))


def test_an_interruption_of_the_database_is_one(
    run: Callable[..., Any], people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr("fairaudit.workflow.audit.tally", fail)
    ran = run("group", people, cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (
        130,
        "",
        "fairaudit: interrupted; no file was left half-written\n",
    )


def test_an_interruption_ends_in_one_line_and_leaves_nothing(
    run: Callable[..., Any], people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fairaudit.workflow.audit.tally", interrupt)
    ran = run("group", people, cwd=tmp_path)
    assert (ran.code, ran.out) == (130, "")
    assert ran.err == "fairaudit: interrupted; no file was left half-written\n"
    assert list(tmp_path.iterdir()) == []


class TestAsAProcess:
    def test_a_report(self, people: Path, tmp_path: Path) -> None:
        ran = python("-m", "fairaudit", "group", str(people), "-a", "race", cwd=tmp_path)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert "240 people, none dropped." in ran.stdout
        assert sorted(p.name for p in (tmp_path / "fairaudit-out").iterdir()) == ["group.json", "scores.json"]

    def test_a_refusal(self, tmp_path: Path) -> None:
        ran = python("-m", "fairaudit", "group", "nothing.csv", cwd=tmp_path)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr == "fairaudit: nothing.csv: there is no such file.\n"
        assert list(tmp_path.iterdir()) == []

    def test_standard_input(self, people: Path, tmp_path: Path) -> None:
        ran = python(
            "-m", "fairaudit", "group", "-", "-a", "sex", "--json", cwd=tmp_path, input=people.read_text()
        )
        assert ran.returncode == 0
        assert '"name": "stdin"' in ran.stdout

    @pytest.mark.skipif(os.name == "nt", reason="pipes break otherwise there")
    @pytest.mark.parametrize("words", [["--json"], []], ids=["json", "table"])
    def test_a_reader_that_has_seen_enough(self, people: Path, tmp_path: Path, words: list[str]) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            ran = subprocess.run(
                [sys.executable, "-m", "fairaudit", "group", str(people), "-a", "race", *words],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(Path(fairaudit.__file__).parents[1])},
                stdout=pipe,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert (tmp_path / "fairaudit-out" / "group.json").is_file()

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
    def test_a_full_disk_under_stdout(self, people: Path, tmp_path: Path) -> None:
        with Path("/dev/full").open("w") as full:
            ran = subprocess.run(
                [sys.executable, "-m", "fairaudit", "group", str(people), "-a", "race"],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(Path(fairaudit.__file__).parents[1])},
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert ran.returncode == 2
        assert ran.stderr == "fairaudit: stdout: cannot be written: No space left on device.\n"

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
    def test_a_full_disk_under_stderr_stops_no_work(self, tmp_path: Path) -> None:
        data = tmp_path / "p.csv"
        data.write_text("label,score,race\n" + "1,1,NA\n0,0,b\n" * 20, encoding="utf-8")
        with Path("/dev/full").open("w") as full:
            ran = subprocess.run(
                [sys.executable, "-m", "fairaudit", "group", str(data), "-a", "race"],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(Path(fairaudit.__file__).parents[1])},
                stdout=subprocess.PIPE,
                stderr=full,
                check=False,
            )
        assert ran.returncode == 0
        assert (tmp_path / "fairaudit-out" / "group.json").is_file()

    def test_a_terminal_that_lacks_a_sign_shows_its_escape(self, tmp_path: Path) -> None:
        data = tmp_path / "p.csv"
        data.write_text("label,score,race\n" + "1,1,å\U0001f600\n0,0,b\n" * 20, encoding="utf-8")
        ascii_only = {"PYTHONIOENCODING": "ascii"}
        ran = python("-m", "fairaudit", "group", str(data), cwd=tmp_path, env=ascii_only)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert "\\xe5\\U0001f600" in ran.stdout
        # JSON is UTF-8 wherever it goes.
        again = python("-m", "fairaudit", "group", str(data), "--json", cwd=tmp_path, env=ascii_only)
        assert "å\U0001f600" in again.stdout

    def test_an_interruption(self, tmp_path: Path) -> None:
        code = (
            "import sys, fairaudit.read.files as files\n"
            "from fairaudit.cli.app import main\n"
            "def stop(*_):\n    raise KeyboardInterrupt\n"
            "files.open_path = stop\n"
            "sys.argv = ['fairaudit', 'group', 'x.csv']\n"
            "main()\n"
        )
        ran = python("-c", code, cwd=tmp_path)
        assert (ran.returncode, ran.stdout) == (130, "")
        assert ran.stderr == "fairaudit: interrupted; no file was left half-written\n"


INTERRUPTS_ITSELF = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == at:
            os.kill(os.getpid(), signal.SIGINT)

at = sys.argv[1]
sys.meta_path.insert(0, Finder())
sys.argv = ["fairaudit", "group", "people.csv"]
from fairaudit.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "module",
    ["fairaudit.cli", "typer", "rich", "fairaudit.cli.app", "fairaudit.read.files", "duckdb", "pydantic"],
)
def test_an_interruption_amid_imports_ends_in_the_same_line(tmp_path: Path, module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTS_ITSELF, module],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", entry.MESSAGE.decode())


def test_both_ways_in_are_one() -> None:
    scripts = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert scripts["project"]["scripts"] == {"fairaudit": "fairaudit_cli:main"}
    code = "import fairaudit.__main__ as entry; entry.main = lambda: print('here'); import fairaudit_cli; fairaudit_cli.main()"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("here\n", "")


def test_what_lies_in_the_working_directory_is_no_library(tmp_path: Path) -> None:
    for name in ("typer", "rich", "json", "duckdb"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this ran')\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "fairaudit", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_imported_before_an_interruption_can_be_told() -> None:
    code = "import sys; before = set(sys.modules); import fairaudit_cli, fairaudit.__main__; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["fairaudit", "fairaudit.__main__", "fairaudit_cli"]


SWALLOWS_AN_INTERRUPTION = """
import sys, time
import fairaudit.read.files as files

class Last:
    def __del__(self):
        raise KeyboardInterrupt

def open_path(*_):
    Last()
    # Asleep at one stretch, this would be interrupted when it wakes.
    for _ in range(100):
        time.sleep(0.05)

files.open_path = open_path
sys.argv = ["fairaudit", "group", "people.csv"]
from fairaudit.__main__ import main
main()
"""


def test_an_interruption_that_python_swallows_is_none_the_less_one(tmp_path: Path) -> None:
    done = python("-c", SWALLOWS_AN_INTERRUPTION, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        130,
        "fairaudit: interrupted; no file was left half-written\n",
    )


def test_a_mark_of_another_encoding_is_one_line(
    refusal: Callable[..., str], people: Path, tmp_path: Path
) -> None:
    """Bytes of a command line that are no UTF-8 come as halves of surrogate pairs."""
    said = refusal("group", people, "--na-values", "NA,a\udcff", cwd=tmp_path)
    assert said == "--na-values: 'a\\udcff' is not UTF-8, and no value can be that."


@pytest.mark.parametrize(
    ("words", "threads"),
    [
        (("group", "p.csv"), "1"),
        (("audit", "p.csv"), "1"),
        (("audit", "p.csv", "--target", "label"), None),
        (("discover", "p.csv"), None),
        (("train", "p.csv", "--target", "label"), None),
    ],
)
def test_linear_algebra_gets_threads_where_models_are_fitted(
    words: tuple[str, ...], threads: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    # Once it is loaded, it has its threads.
    monkeypatch.delitem(sys.modules, "numpy", raising=False)
    app._found_settings(list(words))
    assert os.environ.get("OPENBLAS_NUM_THREADS") == threads


def test_whoever_says_how_many_threads_there_are_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    monkeypatch.delitem(sys.modules, "numpy", raising=False)
    app._found_settings(["group", "p.csv"])
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
