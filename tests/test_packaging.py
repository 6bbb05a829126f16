"""What is shipped: the wheel holds its templates and examples and works without the repository."""

from __future__ import annotations

import email
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from stand_ins import needed, repacked, stand_in

import fairaudit
from fairaudit.render.figures.draw import NO_FONTS

ROOT = Path(__file__).resolve().parents[1]
SHIPPED_EXAMPLES = {"README.md", "berkeley.csv", "compas_published.csv", "hiring.csv", "loans.csv"}


VENV, NOX, DEMO = "python3 -m venv .venv", ".venv/bin/pip install nox", ".venv/bin/nox -s demo"
BY_PIP = ".venv/bin/pip install ."
NEWER_PANDAS = '.venv/bin/pip install "pandas>=3"'
BY_UV = (
    "uv pip install '.[xlsx]'",
    "uv tool install .",
    'echo "pandas>=3" > overrides.txt && uv pip install . --override overrides.txt',
)
MONTHLY = "pip install uv && uv pip install wheels/fairaudit_cli-*.whl"
WHEEL = f"{MONTHLY} pytest"
HOOK = "pip install pre-commit && pre-commit install --hook-type pre-push"
TRIED = {f"{VENV} && {NOX} && {DEMO}", f"{VENV} && {NOX}", BY_PIP, NEWER_PANDAS, *BY_UV, MONTHLY, WHEEL, HOOK}
"""All lines that install this program, or what it is used with, as README and examples print them."""


PYTHON = """#!{python}
import os, shutil, subprocess, sys
from pathlib import Path
if sys.argv[1:3] != ["-m", "venv"]:
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
subprocess.run([sys.executable, "-m", "venv", "--without-pip", *sys.argv[3:]], check=True)
scripts = Path(sys.argv[-1]).absolute() / "bin"
(packages,) = scripts.parent.glob("lib/python*/site-packages")
shutil.unpack_archive({pip!r}, packages, "zip")
program = "import sys\\nfrom pip._internal.cli.main import main\\nsys.exit(main())\\n"
(scripts / "pip").write_text(f"#!{{scripts / 'python'}}\\n{{program}}", encoding="utf-8")
(scripts / "pip").chmod(0o755)
"""
"""Python, whose environments get the pip that it brings along by unpacking it: Python runs it from its archive to install itself, for three seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A clone with its virtual environment, and what stands in for the index of packages and the rest of a machine.

    The dependencies that are resolved and installed are wheels with a name and a version; their modules are those of the running environment.
    """

    clone: Path
    packages: Path
    borrowed: Path
    settings: Mapping[str, str]

    @property
    def scripts(self) -> Path:
        """Where the commands of its environment lie."""
        return self.clone / ".venv" / ("Scripts" if os.name == "nt" else "bin")

    def types(self, line: str, *, active: bool = False) -> str:
        """Run a line as it is printed, with the environment active or not, and return what it printed."""
        more = {"VIRTUAL_ENV": str(self.clone / ".venv")} if active else {}
        first = self.scripts if active else None
        return run(
            ["bash", "-e", "-c", line], cwd=self.clone, first_in_path=first, more={**self.settings, **more}
        )

    def lend(self, packages: Path) -> None:
        """Let an environment find the modules of what is installed there."""
        # Grammars that nobody asks for would be built there as well, and fifteen pictures drawn, for seconds.
        places = [ROOT / "tests" / "deferred", ROOT / "tests" / "sketched", self.borrowed]
        (packages / "borrowed.pth").write_text("".join(f"{place}\n" for place in places), encoding="utf-8")

    def versions(self) -> dict[str, str]:
        """Return what is installed in its environment."""
        known = (path.name.removesuffix(".dist-info") for path in self.packages.glob("*.dist-info"))
        return dict(name.rsplit("-", 1) for name in known)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """Clone the repository, and type the README's first lines."""
    base = tmp_path_factory.mktemp("newcomer")
    clone, index, borrowed = (base / name for name in ("clone", "index", "borrowed"))
    for folder in (clone, index, borrowed):
        folder.mkdir()
    for name in ("src", "templates", "examples"):
        shutil.copytree(
            ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__", "fairaudit-out")
        )
    for name in ("README.md", "LICENSE", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    offer(index)
    for place in dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib")):
        for path in Path(place).iterdir():
            if not re.search(r"fairaudit|\.pth$|\.dist-info$|^pip$|^uv$|^__pycache__$", path.name):
                (borrowed / path.name).symlink_to(path)
    python3 = base / "machine" / "python3"
    python3.parent.mkdir()
    bundled = Path(sysconfig.get_path("stdlib")) / "ensurepip" / "_bundled"
    if os.name == "posix" and "FAIRAUDIT_TESTS_ANEW" not in os.environ:
        for pip in bundled.glob("pip-*.whl"):
            python3.write_text(PYTHON.format(python=sys.executable, pip=str(pip)), encoding="utf-8")
            python3.chmod(0o755)
    settings = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(index),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_COMPILE": "1",
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(index),
        "UV_NO_CONFIG": "1",
        "UV_CACHE_DIR": str(base / "cache"),
        "UV_TOOL_DIR": str(base / "tool"),
        "UV_TOOL_BIN_DIR": str(base / "bin"),
    }
    places = {"base": str(clone / ".venv"), "platbase": str(clone / ".venv")}
    packages = Path(sysconfig.get_path("purelib", scheme="venv", vars=places))
    made = Newcomer(clone=clone, packages=packages, borrowed=borrowed, settings=settings)
    run(["bash", "-e", "-c", f"{VENV} && {NOX}"], cwd=clone, first_in_path=python3.parent, more=settings)
    return made


def offer(index: Path) -> None:
    """Fill the folder that stands in for an index: what builds wheels as it is, everything else by its name."""
    for name in needed("hatchling"):
        repacked(name, index)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in map(
        Requirement, [*project["dependencies"], *project["optional-dependencies"]["xlsx"]]
    ):
        if requirement.name != "pandas":
            stand_in(requirement.name, index)
    # Whichever is installed here, what the pin admits and what it refuses.
    for version in ("2.3.3", "3.0.0"):
        stand_in("pandas", index, version=version)
    for name in ("nox", "pytest"):
        stand_in(name, index)
    for name in ("uv", "pre-commit"):
        stand_in(name, index, script=f'#!/bin/sh\nexec {sysconfig.get_path("scripts")}/{name} "$@"\n')


@pytest.fixture(scope="module")
def installed(newcomer: Newcomer) -> Newcomer:
    """Install by pip, as the README says."""
    newcomer.types(BY_PIP)
    newcomer.lend(newcomer.packages)
    return newcomer


@pytest.fixture(scope="module")
def demonstrated(installed: Newcomer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run nox's session `demo` with the installed wheel, in a folder that has nothing else of the repository."""
    folder = tmp_path_factory.mktemp("demonstrated")
    for name in ("noxfile.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    # Of the session's commands all but the installation, which the fixture above is.
    demo = [sys.executable, "-m", "nox", "-s", "demo", "--no-venv", "--no-install"]
    run(demo, cwd=folder, first_in_path=installed.scripts)
    return folder


def test_wheel_holds_the_package_and_nothing_beside_it(wheel: Path) -> None:
    version = fairaudit.__version__
    assert {name.split("/")[0] for name in names(wheel)} == {
        *("fairaudit", "fairaudit_cli.py", f"fairaudit_cli-{version}.dist-info")
    }
    # On PyPI the command's own name is another program's.
    assert metadata(wheel)["Name"] == "fairaudit-cli"
    assert metadata(wheel)["Version"] == version


def test_wheel_holds_every_template(wheel: Path) -> None:
    templates = ROOT / "templates"
    expected = {path.relative_to(templates).as_posix() for path in templates.rglob("*") if path.is_file()}
    assert expected
    assert below("fairaudit/templates/", names(wheel)) == expected


def test_wheel_holds_what_figures_are_drawn_without_fonts_by(wheel: Path) -> None:
    assert f"fairaudit/render/figures/{NO_FONTS.name}" in names(wheel)


def test_wheel_holds_the_example_data_and_its_sources(wheel: Path) -> None:
    assert below("fairaudit/examples/", names(wheel)) == SHIPPED_EXAMPLES
    with zipfile.ZipFile(wheel) as archive:
        for name in SHIPPED_EXAMPLES:
            assert archive.read(f"fairaudit/examples/{name}") == (ROOT / "examples" / name).read_bytes(), name


def test_trap_13_neither_pandas_3_nor_an_old_aequitas_can_be_installed(wheel: Path) -> None:
    requirements = map(Requirement, metadata(wheel).get_all("Requires-Dist", []))
    admitted = {requirement.name: requirement.specifier for requirement in requirements}
    assert [v for v in ("2.2.2", "2.3.3", "3.0.0", "3.1.1") if v in admitted["pandas"]] == ["2.2.2", "2.3.3"]
    assert [v for v in ("0.42.0", "1.0.0", "1.1.0", "2.0.0") if v in admitted["aequitas"]] == ["1.1.0"]


def test_wheel_tells_pytest_of_its_plugin(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt"))
        found = archive.read(name).decode()
    assert "[pytest11]\nfairaudit = fairaudit.pytest_plugin\n" in found


def test_installed_wheel_is_not_the_repository(installed: Newcomer, tmp_path: Path) -> None:
    said = run(
        [str(installed.scripts / "python"), "-c", "import fairaudit; print(fairaudit.__file__)"], cwd=tmp_path
    )
    assert Path(said.strip()) == installed.packages / "fairaudit" / "__init__.py"


def test_pip_installs_what_is_declared(installed: Newcomer) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    wanted = {re.sub("[-_.]+", "_", Requirement(line).name).lower() for line in declared}
    versions = installed.versions()
    assert wanted | {"fairaudit_cli", "nox"} == versions.keys() - {"pip", "setuptools"}
    assert (versions["fairaudit_cli"], versions["pandas"][0]) == (fairaudit.__version__, "2")
    assert installed.types(".venv/bin/fairaudit --version").split() == ["fairaudit", fairaudit.__version__]


@pytest.mark.usefixtures("demonstrated")
def test_the_other_lines_of_the_readme_install_it_as_well(installed: Newcomer) -> None:
    with_extra, tool, override = BY_UV
    before = installed.versions()
    installed.types(with_extra)
    assert installed.versions().keys() - before.keys() == {"openpyxl", "defusedxml"}
    # pip names the pin that it breaks.
    assert "fairaudit-cli 0.1.0 requires pandas<3" in installed.types(f"{NEWER_PANDAS} 2>&1")
    installed.types(override)
    assert installed.versions()["pandas"] == "3.0.0"
    assert installed.types(".venv/bin/fairaudit --version").split() == ["fairaudit", fairaudit.__version__]
    installed.types(tool)
    assert starts(
        installed, Path(installed.settings["UV_TOOL_DIR"]), Path(installed.settings["UV_TOOL_BIN_DIR"])
    )


def starts(newcomer: Newcomer, tools: Path, scripts: Path) -> bool:
    """Whether the command starts that uv has installed as a tool."""
    (packages,) = (tools / "fairaudit-cli").rglob("site-packages")
    newcomer.lend(packages)
    return run([str(scripts / "fairaudit"), "--version"], cwd=newcomer.clone).startswith("fairaudit ")


@pytest.mark.usefixtures("demonstrated")
def test_the_line_of_the_pipelines_installs_the_wheel_that_is_kept(installed: Newcomer, wheel: Path) -> None:
    shutil.rmtree(installed.clone / "wheels", ignore_errors=True)
    (installed.clone / "wheels").mkdir()
    shutil.copy(wheel, installed.clone / "wheels")
    for line, more in ((MONTHLY, {"uv"}), (WHEEL, {"uv", "pytest"})):
        installed.types("uv pip uninstall fairaudit-cli")
        before = installed.versions().keys()
        installed.types(line, active=True)
        assert installed.versions().keys() == before | {"fairaudit_cli", *more}
    installed.types(f"git init --quiet && {HOOK}", active=True)
    assert (installed.clone / ".git" / "hooks" / "pre-push").is_file()


@pytest.mark.usefixtures("demonstrated")
def test_the_action_installs_itself_beside_the_packages_of_the_caller(
    installed: Newcomer, tmp_path: Path
) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (step,) = (step for step in action["runs"]["steps"] if step.get("name") == "Install")
    folders = {
        name: value.replace("${{ runner.temp }}", str(tmp_path)) for name, value in step["env"].items()
    }
    before = installed.versions()
    own = {
        **installed.settings,
        **folders,
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": str(installed.clone),
    }
    run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, first_in_path=installed.scripts, more=own)
    assert installed.versions() == before
    assert starts(installed, *map(Path, folders.values()))


def test_no_line_that_installs_is_left_untried() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {Requirement(line).name for lines in project["optional-dependencies"].values() for line in lines}
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    files += [
        path for path in (ROOT / "examples").rglob("*") if path.suffix in {".md", ".yml", ".yaml", ".sh"}
    ]
    printed = {line for path in files for line in installing(path)}
    further = {line for line in printed - TRIED if not re.fullmatch(r"pip install [^&;|]+", line)}
    assert further == set()
    # Of packages that extras bring along.
    packages = {Requirement(word.strip("'\"")).name for line in printed - TRIED for word in line.split()[2:]}
    assert packages <= extras
    assert printed >= TRIED


def installing(path: Path) -> list[str]:
    """List the lines of a file that install something."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        spans = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^    (.+)$", text, flags=re.MULTILINE)
    else:
        spans = [re.sub(r"^\s*(?:- |run: |# |)+", "", line) for line in text.splitlines()]
    return [span.strip() for span in spans if re.search(r"^(?!#).*\b(?:pip|tool|uv) install\b", span)]


def test_demo_runs_from_the_installed_wheel(demonstrated: Path) -> None:
    assert list(demonstrated.rglob("MODEL_CARD.md")) != []


def test_the_demo_session_leaves_the_card(demonstrated: Path) -> None:
    card = (demonstrated / "demo" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "\n# Model card" in card


def test_module_tells_its_version(tmp_path: Path) -> None:
    said = run([sys.executable, "-m", "fairaudit", "--version"], cwd=tmp_path, path=ROOT / "src")
    assert said.split() == ["fairaudit", fairaudit.__version__]


def test_source_distribution_holds_what_the_wheel_and_the_tests_need(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as archive:
        held = {name.split("/", 1)[1] for name in archive.getnames()}
    assert {f"examples/{name}" for name in SHIPPED_EXAMPLES} <= held
    skeleton = {
        "fairaudit.toml",
        "dvc.yaml",
        ".github/workflows/fairness.yml",
        *(".github/workflows/monthly.yml", "monthly.toml", "slices.toml"),
        *(".gitlab-ci.yml", "gates.sh"),
        ".pre-commit-config.yaml",
        "tests/test_slices.py",
    }
    assert {f"examples/repository/{name}" for name in skeleton} <= held
    assert {f"templates/{path.name}" for path in (ROOT / "templates").iterdir() if path.is_file()} <= held
    assert {
        "LICENSE",
        "README.md",
        "action.yml",
        "noxfile.py",
        "pyproject.toml",
        "tests/test_packaging.py",
    } <= held


def build(target: str, folder: Path) -> Path:
    """Build the wheel or the source distribution without network, and return the file."""
    run(
        [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)], cwd=ROOT
    )
    (built,) = folder.iterdir()
    return built


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    path: Path | None = None,
    first_in_path: Path | None = None,
    more: Mapping[str, str] | None = None,
) -> str:
    """Run a command as a newcomer would: with no setting of the test run's own, and nothing on its stdin."""
    own = {
        name: value
        for name, value in os.environ.items()
        # Where compiled code lies changes nothing but the time.
        if not name.startswith(("PYTHON", "FAIRAUDIT", "PIP_", "UV_", "VIRTUAL_ENV"))
        or name == "PYTHONPYCACHEPREFIX"
    } | dict(more or {})
    # The commands of the running environment, such as uv and Python.
    own["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), own["PATH"]])
    if path is not None:
        own["PYTHONPATH"] = str(path)
    if first_in_path is not None:
        own["PATH"] = os.pathsep.join([str(first_in_path), own["PATH"]])
    done = subprocess.run(
        command,
        cwd=cwd,
        env=own,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def below(folder: str, paths: Sequence[str]) -> set[str]:
    return {path.removeprefix(folder) for path in paths if path.startswith(folder)}


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))
