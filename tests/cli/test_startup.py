"""What a command loads: only what it needs, since a second of imports is a second of waiting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import fairaudit
from fairaudit.settings.commands import COMMANDS

HEAVY = (
    *(
        "pandas",
        "numpy",
        "scipy",
        "scipy.special",
        "scipy.stats",
        "sklearn",
        "skops",
        "duckdb",
        "pyarrow",
        "altair",
        "aequitas",
        "pydantic",
    ),
    *("jinja2", "yaml", "rich.markdown", "rich.traceback", "rich.progress"),
)
EXAMPLES = Path(__file__).parents[2] / "examples"
# More people than an exact test is made of that brings SciPy's statistics.
ROWS = "label,score,sex,age\n" + "\n".join(
    f"{i % 3 % 2},{i * 7 % 10 / 10},{'fm'[i % 2]},{20 + i % 40}" for i in range(160)
)
GATES = '[[gate]]\nmetric = "pprev"\nattribute = "sex"\nratio_within = 0.1\n'
LINES = {
    "explain": ["explain", "fpr"],
    "schema": ["schema", "bias"],
    "group": ["group", "p.csv", "-a", "sex"],
    "slice": ["slice", "p.csv", "-f", "sex"],
    "discover": ["discover", "p.csv", "--min-rows", "10"],
    "compare": ["compare", "p.csv", "p.csv", "-a", "sex"],
    "impact": ["impact", "p.csv", "-a", "sex"],
    "check": ["check", "p.csv", "--policy", "gates.toml"],
    "bias": ["bias", "p.csv", "-a", "sex"],
    "fairness": ["fairness", "p.csv", "-a", "sex"],
    "audit": ["audit", "p.csv", "-a", "sex"],
    "report": ["report"],
    "history": ["history", "months", "-o", "history"],
    "card": ["card"],
    "cv": ["cv", "p.csv", "-t", "label", "--drop", "score", "-o", "fitted"],
    "train": ["train", "p.csv", "-t", "label", "--drop", "score", "-o", "fitted"],
    "predict": ["predict", "fitted/model.skops", "p.csv", "-o", "fitted"],
    "demo": ["demo"],
}
"""One call of every command that does its work; a later one may read what an earlier one has written."""
ORDER = (
    *("explain", "schema"),
    [
        *("group", "slice", "discover", "compare", "impact", "check", "history", "bias", "fairness"),
        ["cv", "train", "predict", "demo"],
        "audit",
    ],
    *("report", "card"),
)
"""Commands in one process, of which each may load what those before it may; in brackets are those that a fork runs, so that the rest load none of it."""
COUNTING = {"duckdb", "numpy", "scipy", "pydantic"}
# Two classes of Aequitas, which compute disparities a second time, bring pandas; pictures stand in a page.
REPORTING = {*COUNTING, "pandas", "pyarrow", "jinja2"}
# scikit-learn shows the progress of searches, of which there are none here.
FITTING = {*COUNTING, "pandas", "pyarrow", "sklearn", "scipy.special", "scipy.stats", "rich.progress"}
NEEDED = {
    "schema": {"pydantic"},
    "explain": set(),
    "group": COUNTING,
    "slice": COUNTING,
    "discover": COUNTING,
    "compare": COUNTING,
    "impact": COUNTING,
    "check": COUNTING,
    "bias": {*COUNTING, "pandas", "pyarrow"},
    "card": {"numpy", "scipy", "pydantic", "jinja2", "yaml"},
    "report": {"pydantic", "jinja2", "yaml"},
    "history": COUNTING,
    "fairness": {*COUNTING, "pandas", "pyarrow"},
    "train": {*FITTING, "skops"},
    "predict": {*FITTING, "skops"},
    "cv": FITTING,
    "audit": {*REPORTING, "yaml"},
    "demo": {*REPORTING, *FITTING, "skops", "yaml"},
}
"""What each of them may load, and no more."""
PROCESS = """
import gc, json, os, sys
# Grammars of addresses that jsonschema builds, for seconds, where the validator of ML-BOMs has brought them along.
sys.modules["rfc3987_syntax"] = None
import vl_convert
# Drawing takes long and loads nothing.
vl_convert.vegalite_to_png = lambda *_, **__: bytes(24)
vl_convert.vegalite_to_svg = lambda *_, **__: "<svg></svg>"
import pathlib
from fairaudit import resources
# As many rows as load all that the whole example loads.
resources.example = lambda name: pathlib.Path("examples", name)
from fairaudit.cli.app import main
heavy, lines, order = json.loads(sys.argv[1])

def run(names):
    for name in names:
        if isinstance(name, list):
            if fork := os.fork():
                os.waitpid(fork, 0)
                continue
            run(name)
            os._exit(0)
        sys.argv = ["fairaudit", *lines[name]]
        code = None
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        # A progress bar, on a busy machine, leaves its line open.
        print("\\n" + name, json.dumps([code, [one for one in heavy if one in sys.modules]]), file=sys.stderr, flush=True)

os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
gc.disable()
run(order)
"""


def loaded(
    lines: Mapping[str, Sequence[str]], order: Sequence[Any], folder: Path
) -> dict[str, tuple[int, set[str]]]:
    """Run commands and return their exit codes and the heavy modules that have been loaded by then, by them or by those before them."""
    if os.environ.get("FAIRAUDIT_TESTS_ANEW"):
        order = [[name] for name in each(order)]
    done = subprocess.run(
        [sys.executable, "-c", PROCESS, json.dumps([HEAVY, lines, order])],
        capture_output=True,
        text=True,
        cwd=folder,
        check=True,
    )
    found = {}
    for line in done.stderr.splitlines():
        name, _, answer = line.partition(" ")
        if answer.startswith("["):
            code, modules = json.loads(answer)
            found[name] = (code, set(modules))
    return found


def each(order: Sequence[Any]) -> list[str]:
    """List the commands that run, whoever runs them."""
    return [one for part in order for one in ([part] if isinstance(part, str) else each(part))]


def few_groups(loans: Sequence[str]) -> list[str]:
    """Choose, of the lines of the example, as many as load all that the whole of it loads, of eight groups: each is compared for itself."""
    head, *rows = loans
    at = head.rstrip().split(",").index
    kept = [
        row
        for row, cells in ((row, row.rstrip().split(",")) for row in rows)
        if cells[at("ethnicity")] in ("Arden", "Belmar")
        and cells[at("region")] in ("North", "South")
        and int(cells[at("age")]) >= 25
    ]
    return [head, *kept[:600]]


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    lines = {"": ["--help"], **{name: [name, "--help"] for name in COMMANDS}}
    found = loaded(
        {f"help-{name}": words for name, words in lines.items()}, [f"help-{name}" for name in lines], tmp_path
    )
    assert len(found) == len(lines)
    assert found["help-"] == (0, set())
    # Typer reads numbers and choices by pydantic, and builds that when it builds a command.
    assert {name: answer for name, answer in found.items() if answer[0] or answer[1] - {"pydantic"}} == {}


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_command_loads_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "gates.toml").write_text(GATES, encoding="utf-8")
    for month in ("1", "2"):
        rows = pd.DataFrame({"label": [0, 1, int(month), 1], "decision": [0, 1, 1, 0], "sex": list("fmfm")})
        fairaudit.measure_slices(rows, features="sex", out=tmp_path / "months" / month, positive="1")
    (tmp_path / "examples").mkdir()
    loans = few_groups((EXAMPLES / "loans.csv").read_text(encoding="utf-8").splitlines(keepends=True))
    (tmp_path / "examples" / "loans.csv").write_text("".join(loans), encoding="utf-8")
    assert set(LINES) == set(NEEDED) == set(COMMANDS)
    assert sorted(each(ORDER)) == sorted(LINES)
    found = loaded(LINES, ORDER, tmp_path)
    assert {name: code for name, (code, _) in found.items()} == dict.fromkeys(LINES, 0)
    assert {
        name: modules - NEEDED[name] for name, (_, modules) in found.items() if modules - NEEDED[name]
    } == {}


def test_an_audit_loads_neither_gates_nor_documents_of_months() -> None:
    """Their models took as long to build as those of the audit."""
    program = "import json, sys; import fairaudit.cli.audit, fairaudit.workflow.pipeline, fairaudit.render.terminal.audit; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "fairaudit.documents.audit" in loaded
    assert {
        *("fairaudit.documents.gates", "fairaudit.documents.history", "fairaudit.documents.registry"),
        *("fairaudit.gates.policy", "fairaudit.render.words.gates", "fairaudit.render.report.notebook"),
    }.isdisjoint(loaded)


UNUSED = {
    ("explain", "fpr"): (
        *("fairaudit.count.counts", "fairaudit.settings.reading", "fairaudit.settings.gates"),
        *("fairaudit.cli.next_steps", "secrets", "tomllib"),
    ),
    ("group", "p.csv", "-a", "sex", "--positive", "1"): (
        *("fairaudit.settings.gates", "fairaudit.settings.slices", "fairaudit.settings.training"),
        "typer._adapters",
    ),
}
"""What small tables and questions once waited for, by what was typed."""


@pytest.mark.parametrize("words", UNUSED)
def test_what_a_command_has_no_use_for_is_not_loaded(words: Sequence[str], tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(ROWS, encoding="utf-8")
    program = (
        "import sys\nfrom fairaudit.__main__ import main\n"
        f"sys.argv = {['fairaudit', *words]!r}\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert not ended.code\n"
        f"print([module for module in {UNUSED[tuple(words)]!r} if module in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"
