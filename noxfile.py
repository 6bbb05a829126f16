"""The project's chores, each in an environment of its own. ``nox --list`` shows them, ``nox`` runs the defaults.

What is installed is written in ``pyproject.toml`` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.needs_version = ">=2025.5"
nox.options.reuse_venv = "yes"

PYPROJECT = nox.project.load_toml("pyproject.toml")
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]
OLDEST_PYTHON = nox.project.python_versions(PYPROJECT)[0]
DEMO = Path("demo")
ANEW = {"FAIRAUDIT_TESTS_ANEW": "1"}
"""Lets tests share neither databases nor results, which is slower and may show what sharing hides."""


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, types and the layers."""
    install_editable(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on two processes; what follows `--` goes to pytest."""
    install_editable(session, "test")
    session.run("pytest", "-n", "2", *session.posargs)


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Hold thousands of audits of made-up files against pandas; what follows `--` is their number, then goes to pytest."""
    install_editable(session, "test")
    wanted, *options = session.posargs or ("5000",)
    # One process: how many were tried, and why others were refused, is counted in it.
    session.run("pytest", "tests/fuzz", "-k", "many", *options, env={"FAIRAUDIT_FUZZ": wanted})


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Audit the example data and leave the model card in demo/."""
    session.install(".")
    session.run("fairaudit", "demo", "--out", str(DEMO))
    session.log(f"The model card: {DEMO / 'MODEL_CARD.md'}")


@nox.session(default=False, python=OLDEST_PYTHON)
def minimums(session: nox.Session) -> None:
    """Run the tests with the oldest Python and the oldest dependencies that pyproject.toml admits."""
    # Not in the folder of `create_tmp`: the tests' temporary files would lie there, too, within this repository.
    constraints = Path(session.virtualenv.location) / "minimums.txt"
    constraints.write_text(
        "".join(
            f"{pin}\n"
            for pin in oldest_admitted([*PYPROJECT["project"]["dependencies"], *chain(*EXTRAS.values())])
        )
    )
    install_editable(session, "test", "--constraint", str(constraints))
    # Golden files show what today's rich and altair print. What an old library says about an even older
    # habit of its neighbour is no fault of ours, so deprecations are not errors here; nor are sockets that PySpark 4.0 leaves open.
    kinds = (
        "DeprecationWarning",
        "FutureWarning",
        "ResourceWarning",
        "pytest.PytestUnraisableExceptionWarning",
    )
    quiet = [f"-W=default::{kind}" for kind in kinds]
    session.run("pytest", "-n", "2", "-k", "not golden", *quiet, *session.posargs, env=ANEW)


@nox.session(default=False)
def newest(session: nox.Session) -> None:
    """Run the tests beside pandas 3, which works though Aequitas's pin refuses it; what follows `--` goes to pytest."""
    install_editable(session, "test")
    # Installed after everything else, a version is not held against the pins of what is there.
    session.install("--upgrade", "pandas>=3")
    pin = "tests/test_traps.py::test_trap_13_an_old_aequitas_is_never_installed"
    session.run("pytest", "-n", "2", "--deselect", pin, *session.posargs, env=ANEW)


@nox.session(default=False)
def update_golden(session: nox.Session) -> None:
    """Rewrite the golden files; `git diff` then shows what readers will see changed."""
    install_editable(session, "test")
    session.run("pytest", "-k", "golden", *session.posargs, env={"FAIRAUDIT_UPDATE_GOLDEN": "1"})


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure speed and memory beside Aequitas, Fairlearn, bare DuckDB and Polars; what follows `--` goes to benchmarks/run.py."""
    install_editable(session, "bench")
    scratch = session.create_tmp()
    session.run("python", "benchmarks/run.py", "--scratch", scratch, *session.posargs)
    session.run("python", "benchmarks/inference.py")
    session.run("python", "benchmarks/gates.py")
    session.run("python", "benchmarks/discover.py", "--write", "docs/discover.md")
    session.run("python", "benchmarks/growth.py", "--scratch", f"{scratch}/data")


@nox.session(default=False)
def simulate(session: nox.Session) -> None:
    """Put coverage, false alarms and power beside the peers' into docs/uncertainty.md; options after `--` print them instead."""
    install_editable(session, "test")
    session.run(
        "python",
        "-m",
        "simulate",
        *(session.posargs or ("--write", "docs/uncertainty.md")),
        env={"PYTHONPATH": "benchmarks"},
    )


@nox.session(default=False)
def build(session: nox.Session) -> None:
    """Build the source distribution, and the wheel from it, into dist/."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "build"))
    session.run("python", "-m", "build")


def install_editable(session: nox.Session, group: str, *options: str) -> None:
    """Install the project as it stands in this folder with all extras, and one of its dependency groups."""
    extras = ",".join(EXTRAS)
    session.install(*options, "--editable", f".[{extras}]", *nox.project.dependency_groups(PYPROJECT, group))


def oldest_admitted(requirements: list[str]) -> Iterator[str]:
    """Turn each requirement's lower bound into a pin."""
    for requirement in map(Requirement, requirements):
        (lower,) = (part.version for part in requirement.specifier if part.operator == ">=")
        yield f"{requirement.name}=={lower}"
