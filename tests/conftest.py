"""What many tests share: where the real data lie, how a small file is written, how long properties are searched."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import pickle
import struct
import subprocess
import sys
import sysconfig
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, wraps
from importlib.util import find_spec
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryFile
from types import NoneType, SimpleNamespace
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, settings
from running import Ran, refuse_main, run_main
from warm import ask, warmed

from fairaudit.engine.duckdb import MEMORY_MEGABYTES

# Until the tests are collected little becomes garbage, a few megabytes, and looking for it takes a third of that time.
gc.disable()

DATA_DIR = "FAIRAUDIT_DATA_DIR"
ANEW = "FAIRAUDIT_TESTS_ANEW"
"""Where this is set in the environment, tests share neither databases nor results, and each does all that a run of the program does."""
ALLOCATOR = "GLIBC_TUNABLES"
"""How glibc, where Python runs on that, keeps memory that is free; a process reads it as it begins."""
PROJECT = Path(__file__).parents[1]
DEFERRED = PROJECT / "tests" / "deferred"

# The same examples in every run, so that a red test is red again; more of them where a test asks for more.
settings.register_profile(
    "fairaudit",
    derandomize=True,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("fairaudit")


def pytest_configure(config: pytest.Config) -> None:
    """Let this process, and those that tests start, calculate in one thread, draw without the machine's fonts and share what Python has compiled.

    Threads for a few hundred rows mostly wait for each other, and waiting keeps a core busy that another process of the tests wants.
    To prepare a statement DuckDB asks for many small pieces of memory, and takes a quarter less time where those that are free are kept at hand.
    Drawing with the machine's fonts takes half as long again, and other pictures on other machines come of it.
    Where writing compiled code is forbidden, as in many containers, each process would compile pandas and scikit-learn again.
    Grammars of addresses are built in a process that checks an address, and in no other (`tests/deferred`).
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("FONTCONFIG_FILE", str(PROJECT / "src/fairaudit/render/figures/no_fonts.conf"))
    if "PYTEST_XDIST_WORKER" in os.environ:
        # What tests start takes memory as it would without them.
        os.environ.pop(ALLOCATOR, None)
    elif getattr(config.option, "tx", None):
        os.environ.setdefault(ALLOCATOR, "glibc.malloc.tcache_count=4000:glibc.malloc.tcache_max=4096")
    if find_spec("rfc3987_syntax"):
        deferred = str(DEFERRED)
        sys.path.insert(0, deferred)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [deferred, os.environ.get("PYTHONPATH")]))
    if sys.dont_write_bytecode and (cache := getattr(config, "cache", None)):
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        folder = cache.mkdir("bytecode")
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(folder)
        sys.dont_write_bytecode = False
        if not any(folder.iterdir()):
            link_compiled(folder)


def link_compiled(folder: Path) -> None:
    """Let a new folder of compiled code begin with what lies compiled beside Python and its libraries, as installing leaves it."""
    for library in dict.fromkeys(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")):
        for source, folders, files in os.walk(library):
            if source.endswith("__pycache__"):
                links = folder / Path(source).parent.relative_to("/")
                links.mkdir(parents=True, exist_ok=True)
                for file in files:
                    (links / file).symlink_to(f"{source}/{file}")
            # Nobody loads the libraries' own tests; the standard library may have others' libraries in it.
            folders[:] = [name for name in folders if name not in ("site-packages", "test", "tests")]


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over the tests and the libraries, which stay to the end, and come seldom.

    Statsmodels asks for a collection with each of its corrections, and Python itself for many.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Collect garbage once at the end: what comes out of it is told, and pytest's further five times, as well as Python's own, pass over what is left."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let one process run the whole of a file, whose tests mostly start from the same, and of `tests/render`, which starts from the same audits.

    They are handed out in their order, so that what comes last, the examples in `src`, takes no time that one process would wait for the other.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "tests/render" if file.startswith("tests/render/") else file

        def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
            # What is done is forgotten: all that is kept is counted again with each test.
            own = self.assigned_work[node]
            for scope in [scope for scope, tests in own.items() if all(tests.values())]:
                del own[scope]
            super().mark_test_complete(node, item_index, duration)

    config.option.loadscopereorder = False
    return Together(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Tell the process that shows the tests what came of one, and not its begin, its setting up and its end as well: many a test takes less time than that."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


DRAWN = (
    "tests/render/",
    "tests/fuzz/",
    "tests/cli/test_hostile_text.py",
    "tests/test_legibility.py",
    "tests/test_report_browser.py",
)
"""Where pictures are drawn; so do processes that tests start. Elsewhere they are written, and looked at by nobody."""
drawing = True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Draw pictures in this test, and in what is set up for it, or sketch them; ask Aequitas, calculate, and open databases, anew or not."""
    global asking, calculating, drawing, opening  # noqa: PLW0603
    anew = bool(os.environ.get(ANEW))
    drawing = anew or item.nodeid.startswith(DRAWN)
    asking = anew or item.nodeid.startswith(ASKED_ANEW)
    calculating = anew or item.nodeid.startswith(CALCULATED_ANEW)
    opening = anew or not item.nodeid.startswith(OPENED_ONCE) or item.nodeid.startswith(OPENED_ANEW)


@pytest.fixture(scope="session", autouse=True)
def drawn_once() -> Iterator[None]:
    """Draw the same picture once: many tests look at cards and reports of the same audit, few at how a figure is drawn."""
    import vl_convert

    def once(draw: Callable[..., Any], sketched: Callable[[str], Any] | None = None) -> Callable[..., Any]:
        pictures: dict[str, Any] = {}

        @wraps(draw)
        def drawn(spec: Any, **how: Any) -> Any:
            key = json.dumps([spec, how])
            if sketched and not drawing:
                return sketched(key)
            if key not in pictures:
                pictures[key] = draw(spec, **how)
            return pictures[key]

        return drawn

    with pytest.MonkeyPatch.context() as patch:
        for name in ("vegalite_to_png", "svg_to_png"):
            patch.setattr(vl_convert, name, once(getattr(vl_convert, name), sketch))
        patch.setattr(vl_convert, "vegalite_to_svg", once(vl_convert.vegalite_to_svg))
        yield


ASKED_ANEW = ("tests/disparity/test_aequitas", "tests/test_traps.py")
"""Where Aequitas itself is looked at."""
asking = True
MOST_ANSWERS = 1_000


@pytest.fixture(scope="session", autouse=True)
def asked_once() -> Iterator[None]:
    """Ask Aequitas once about the same counts, which takes half of a small audit: many tests audit the same rows in other ways."""
    from fairaudit.disparity import aequitas

    answers: dict[bytes, bytes] = {}

    def once(ask: Callable[..., Any], key_of: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(ask)
        def asked(*questions: Any, **more: Any) -> Any:
            if asking:
                return ask(*questions, **more)
            key = pickle.dumps((ask.__name__, key_of(*questions), more))
            if key not in answers:
                answer = pickle.dumps(ask(*questions, **more))
                # The oldest goes.
                answers.pop(next(iter(answers)) if len(answers) > MOST_ANSWERS else b"", None)
                answers[key] = answer
            return pickle.loads(answers[key])

        return asked

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aequitas, "bias", once(aequitas.bias, lambda *questions: repr(questions)))
        patch.setattr(aequitas, "fairness", once(aequitas.fairness, lambda biased: biased.table))
        yield


@pytest.fixture(scope="session", autouse=True)
def own_project_read_once() -> Iterator[None]:
    """Read the project's own settings once, which are long, and are looked for by each command that a test runs in its folder."""
    from fairaudit.settings import file

    load, own = file._load_toml, PROJECT / file.PROJECT_NAME
    content = load(own)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file, "_load_toml", lambda path: content if path == own else load(path))
        yield


SPELLED = ("attribute", "metric", "ref_group", "where")
"""Settings that sentences of references and of verdicts name, as the file that gives them does."""
CALCULATED_ANEW = (
    *(f"tests/{folder}/" for folder in ("disparity", "gates", "inference", "metrics", "fuzz")),
    *(f"tests/test_{name}.py" for name in ("agreement", "published", "simulation", "traps")),
)
"""Where measures, disparities and verdicts themselves are looked at."""
calculating = True


@pytest.fixture(scope="session", autouse=True)
def calculated_once() -> Iterator[None]:
    """Measure, compare and judge the same counts once: many tests show, write or save what has been found among the same people.

    What is found is frozen, and sentences in it spell settings as the way in does.
    """
    from fairaudit import spelling
    from fairaudit.disparity import judge, ratios
    from fairaudit.workflow import audit, baseline, cross_validate, impact, train

    results: dict[bytes, Any] = {}
    keys: dict[int, bytes] = {}

    def once(calculate: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(calculate)
        def calculated(*counts: Any, **more: Any) -> Any:
            if calculating:
                return calculate(*counts, **more)
            spelled = spelling._spelling.get()
            named = {name: spelled.files[name] for name in SPELLED if name in spelled.files}
            # What was calculated here is told by what it was calculated from.
            told = [keys.get(id(part), part) for part in counts]
            asked = (calculate.__name__, told, more, spelled.edge, sorted(spelled.keywords.items()), named)
            key = hashlib.sha256(pickle.dumps(asked)).digest()
            if key not in results:
                if len(results) > MOST_ANSWERS:
                    # The oldest goes.
                    keys.pop(id(results.pop(next(iter(results)))), None)
                results[key] = calculate(*counts, **more)
                keys[id(results[key])] = key
            return results[key]

        return calculated

    with pytest.MonkeyPatch.context() as patch:
        measure = once(audit.measure)
        for module in (audit, baseline, cross_validate, impact, train):
            patch.setattr(module, "measure", measure)
        for place, name in ((audit, "against_rest"), (ratios, "compare"), (judge, "judge")):
            patch.setattr(place, name, once(getattr(place, name)))
        yield


OPENED_ONCE = (
    *(
        f"tests/cli/test_{name}.py"
        for name in (
            *("actions", "app", "asking", "bad_input", "baseline", "by", "chain", "check", "composed_names"),
            *("config_file", "config_trust", "hostile_text", "models", "next_steps", "people", "report"),
            "reports",
            "own_training",
        )
    ),
    *(
        f"tests/{folder}/"
        for folder in (
            *("cases", "change", "count", "discovery", "disparity", "documents", "gates", "metrics"),
            *("profiles", "read", "render", "slices", "workflow"),
        )
    ),
    *(f"tests/fuzz/test_{name}.py" for name in ("audits", "chains", "pages")),
    *("tests/examples/test_examples.py", "tests/settings/test_arguments.py"),
    *(
        f"tests/test_{name}.py"
        for name in (
            *("agreement", "end_to_end", "golden", "legibility", "public_api", "published"),
            *("pytest_plugin", "spelling", "testing", "traps", "words_explained"),
        )
    ),
)
"""Where databases are not looked at. They share one, which is not shut off, and takes statements as they are said; all others open one for each input, as the program does, which looks for better ways to answer them first."""
OPENED_ANEW = (
    *(f"tests/read/test_{name}.py" for name in ("databases", "limits", "postgresql", "spark", "wide")),
    "tests/read/test_conditions.py::TestTheLock",
    "tests/read/test_conditions.py::TestConditions::test_conditions_that_are_none",
    *(f"tests/read/test_files.py::test_{name}" for name in ("no_extension", "spill", "an_interrupt")),
    "tests/read/test_line_ends.py::test_the_copy",
)
"""Where they are, among those."""
opening = True


@pytest.fixture(scope="session", autouse=True)
def opened_once() -> Iterator[None]:
    """Open a database again and again, rather than one for each input, which takes a tenth of a small audit."""
    import duckdb

    from fairaudit.engine import duckdb as engine
    from fairaudit.read import parquet, rows, several

    spare: list[Database] = []
    shared: weakref.WeakKeyDictionary[duckdb.DuckDBPyConnection, Database] = weakref.WeakKeyDictionary()
    attach_file = engine.attach

    def another() -> Database:
        database = engine.connect()
        # DuckDB looks for a better way through a few rows for longer than it takes to go any way; every way leads to the same.
        every = ",".join(name for (name,) in database.execute("FROM duckdb_optimizers()").fetchall())
        database.execute(f"SET disabled_optimizers = '{every}'")
        return Database(database, engine.folder_of(database))

    def connect(limits: engine.Limits = engine.NO_LIMITS) -> duckdb.DuckDBPyConnection:
        if opening or limits != engine.NO_LIMITS:
            return engine.connect(limits)
        database = spare.pop() if spare else another()
        connection = emptied(database)
        if connection is None:
            # A stranger's database was attached to it, and nothing else can be read there any more.
            database = another()
            connection = emptied(database)
        database.changed = False
        shared[connection] = database
        weakref.finalize(connection, spare.append, database)
        return connection

    def attach(connection: duckdb.DuckDBPyConnection, *what: Any, **how: Any) -> None:
        if connection in shared:
            shared[connection].changed = True
        attach_file(connection, *what, **how)

    def make_room(connection: duckdb.DuckDBPyConnection, columns: int, *limits: engine.Limits) -> None:
        if connection in shared and columns > engine.WIDE:
            shared[connection].changed = True
        engine.make_room(connection, columns, *limits)

    def lock(connection: duckdb.DuckDBPyConnection) -> None:
        if connection not in shared:
            engine.lock(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "connect", connect)
        patch.setattr(parquet, "connect", connect)
        patch.setattr(rows, "lock", lock)
        patch.setattr(rows, "make_room", make_room)
        for module in (engine, rows, several):
            patch.setattr(module, "attach", attach)
        yield


@dataclass
class Database:
    """A database that many tests read into, one after the other; the folder to which it spills; and whether its settings may be others than at first, or other databases be attached to it."""

    connection: Any
    folder: Path
    changed: bool = True


def emptied(database: Database) -> Any:
    """Connect to a database from which everything is gone that an earlier connection made, and all of whose settings are as at first; ``None`` where it is shut off.

    But for one: a table of few rows is one piece of work, for which a second thread does nothing but wait, so that there is one.
    """
    connection = database.connection.cursor()
    if database.changed and not as_at_first(connection):
        return None
    connection.execute("DETACH scratch; ATTACH ':memory:' AS scratch (COMPRESS); USE scratch")
    for path in database.folder.iterdir():
        if path.suffix == ".csv":
            path.unlink()
    return connection


def as_at_first(connection: Any) -> bool:
    """Set a database as it was at first, and detach what was attached to it; ``False`` where it is shut off."""
    wanted = {"threads": 1, "preserve_insertion_order": True}
    settings = ", ".join(
        f"current_setting('{name}')" for name in (*wanted, "enable_external_access", "memory_limit")
    )
    held = connection.execute(f"SELECT database_name, {settings} FROM duckdb_databases()").fetchall()
    _, *set_to, is_open, memory = held[0]
    if not is_open:
        return False
    others = [name for name, *_ in held if name not in ("memory", "system", "temp", "scratch")]
    statements = [f"DETACH {name}" for name in others]
    statements += [
        f"SET {name} = {value}"
        for (name, value), now in zip(wanted.items(), set_to, strict=True)
        if now != value
    ]
    if memory != f"{MEMORY_MEGABYTES * 10**7 // 2**20 / 10} MiB":
        # DuckDB then gives all free memory back to the system, from which it is got again page by page.
        statements.append(f"SET memory_limit = '{MEMORY_MEGABYTES}MB'")
    connection.execute("; ".join(statements))
    return True


def sketch(specification: str) -> bytes:
    """Make a PNG of one point that differs as what is drawn differs."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    size = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    told = b"Comment\0" + hashlib.sha256(specification.encode()).hexdigest().encode()
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", size),
            chunk(b"tEXt", told),
            chunk(b"IDAT", zlib.compress(b"\0\xff")),
            chunk(b"IEND", b""),
        )
    )


@pytest.fixture(scope="session", autouse=True)
def plain_values_as_they_are() -> Iterator[None]:
    """Let Altair write numbers and texts without asking each of them whether it has a `to_dict`, of which thousands stand in an audit's figures."""
    from altair.utils import schemapi

    as_dict = schemapi._todict

    def quick(obj: Any, *how: Any, **named: Any) -> Any:
        return obj if type(obj) in (str, int, float, bool, NoneType) else as_dict(obj, *how, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schemapi, "_todict", quick)
        yield


@pytest.fixture(scope="session", autouse=True)
def schemas_without_indents() -> Iterator[None]:
    """Let skops write what a model is built of without indents, for which Python's own writer of JSON takes half of the time of storing: fairaudit writes it anew.

    Who loads no skops, as few tests do by themselves, need not.
    """
    with pytest.MonkeyPatch.context() as patch:
        storing = sys.modules.get("skops.io._persist")
        if storing and not os.environ.get(ANEW):
            patch.setattr(storing, "json", SimpleNamespace(dumps=lambda state, **_: json.dumps(state)))
        yield


@pytest.fixture(scope="session", autouse=True)
def rendered_by_forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Render strangers' templates in forks of one process that has loaded what each of thirty would load."""
    from fairaudit.render import confined

    pages = [f"fairaudit.render.{name}.page" for name in ("card", "report")]
    with ExitStack() as stack:

        @cache
        def place() -> str:
            return stack.enter_context(warmed(str(tmp_path_factory.mktemp("pages")), pages))

        def run(words: list[str], *, input: bytes, timeout: float, **_: Any) -> CompletedProcess[bytes]:
            with TemporaryFile() as asked, TemporaryFile() as answer, Path(os.devnull).open("w") as nowhere:
                asked.write(input)
                asked.seek(0)
                streams = (asked.fileno(), answer.fileno(), nowhere.fileno())
                code = ask(place(), words[-1], words[:1], streams, timeout)
                answer.seek(0)
                return CompletedProcess(words, code, answer.read())

        patch = stack.enter_context(pytest.MonkeyPatch.context())
        if hasattr(os, "fork") and not os.environ.get(ANEW):
            patch.setattr(confined, "subprocess", SimpleNamespace(**{**vars(subprocess), "run": run}))
        yield


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with real data, which is not the project's to redistribute."""
    folder = Path(os.environ.get(DATA_DIR) or PROJECT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data: neither {DATA_DIR} nor ../shared/data is a folder")
    return folder


@pytest.fixture(scope="session")
def examples_dir() -> Path:
    """The folder with the project's own example data."""
    return PROJECT / "examples"


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., str]:
    """Write lines, or bytes as they are, to a file and give its path."""

    def write(*content: str | bytes, name: str = "predictions.csv") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case [bytes() as data]:
                path.write_bytes(data)
            case _:
                path.write_bytes("".join(f"{line}\n" for line in content).encode())
        return str(path)

    return write


@pytest.fixture
def golden() -> Callable[[str, Path], None]:
    """Compare a text with a golden file, or rewrite that file when ``nox -s update_golden`` asks for it."""

    def check(text: str, file: Path) -> None:
        if os.environ.get("FAIRAUDIT_UPDATE_GOLDEN"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    return check


@pytest.fixture(scope="session")
def run() -> Callable[..., Ran]:
    """Run ``fairaudit`` with these words, in the folder `cwd`."""
    return run_main


@pytest.fixture(scope="session")
def refusal() -> Callable[..., str]:
    """Run a command that must refuse its input, leave nothing behind, and say why in one line."""
    return refuse_main
