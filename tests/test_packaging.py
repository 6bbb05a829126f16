"""What is shipped: the wheel holds its templates and examples and works without the repository."""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import fairaudit

# One wheel and one environment serve all tests of this file.
pytestmark = pytest.mark.xdist_group("packaging")

ROOT = Path(__file__).resolve().parents[1]
SHIPPED_EXAMPLES = {"README.md", "berkeley.csv", "compas_published.csv", "hiring.csv", "loans.csv"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment: where its packages and its commands lie."""

    packages: Path
    scripts: Path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install the wheel into a new environment, which borrows the dependencies of the running one."""
    base = tmp_path_factory.mktemp("environment")
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(base)
    places = {"base": str(base), "platbase": str(base)}
    packages = Path(sysconfig.get_path("purelib", scheme="venv", vars=places))
    scripts = Path(sysconfig.get_path("scripts", scheme="venv", vars=places))
    pip = [sys.executable, "-m", "pip", "--python", str(scripts / "python")]
    run([*pip, "install", "--no-deps", "--no-index", str(wheel)], cwd=base)
    # After the installation, or pip would find the editable fairaudit there and do nothing. A folder named in a
    # .pth file has its modules found, but its own .pth files are not obeyed: the editable fairaudit stays out.
    borrowed = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    # Grammars that nobody asks for would be built there as well, and fifteen pictures drawn, for seconds.
    places_of_modules = [ROOT / "tests" / "deferred", ROOT / "tests" / "sketched", *borrowed]
    (packages / "borrowed.pth").write_text(
        "".join(f"{place}\n" for place in places_of_modules), encoding="utf-8"
    )
    return Environment(packages=packages, scripts=scripts)


@pytest.fixture(scope="module")
def demonstrated(installed: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
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


def test_installed_wheel_is_not_the_repository(installed: Environment, tmp_path: Path) -> None:
    said = run(
        [str(installed.scripts / "python"), "-c", "import fairaudit; print(fairaudit.__file__)"], cwd=tmp_path
    )
    assert Path(said.strip()) == installed.packages / "fairaudit" / "__init__.py"


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
    command: Sequence[str], *, cwd: Path, path: Path | None = None, first_in_path: Path | None = None
) -> str:
    """Run a command as a newcomer would: with no setting of the test run's own, and nothing on its stdin."""
    own = {
        name: value
        for name, value in os.environ.items()
        # Where compiled code lies changes nothing but the time.
        if not name.startswith(("PYTHON", "FAIRAUDIT")) or name == "PYTHONPYCACHEPREFIX"
    }
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
