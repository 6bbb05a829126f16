"""Another distribution called fairaudit in the same environment, as on PyPI: it is named, whichever of both was installed later."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fairaudit_cli

SOURCE = Path(fairaudit_cli.__file__).parent
THEIRS = "from .auditor import Auditor\n"
WAY_OUT = "Run pip uninstall fairaudit fairaudit-cli, then install fairaudit-cli again."


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder of packages in which this one is installed, as far as it is loaded before anything is told."""
    made = tmp_path / "packages"
    for name in ("__init__.py", "__main__.py", "version.py", "testing.py", "metrics/__init__.py"):
        (made / "fairaudit" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCE / "fairaudit" / name, made / "fairaudit" / name)
    shutil.copy(SOURCE / "fairaudit_cli.py", made)
    (made / "fairaudit_cli-0.1.0.dist-info").mkdir()
    return made


def install_theirs(packages: Path, *, later: bool) -> None:
    """Install the other distribution: its first file replaces ours, or ours its."""
    (packages / "fairaudit-0.0.1.dist-info").mkdir()
    # Its other modules are loaded by way of a package that both have.
    (packages / "fairaudit" / "auditor.py").write_text(
        "from fairaudit.metrics import Metric\n", encoding="utf-8"
    )
    if later:
        (packages / "fairaudit" / "__init__.py").write_text(THEIRS, encoding="utf-8")


def ran(packages: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(packages)!r}); {code}"],
        capture_output=True,
        text=True,
        check=False,
    )


def test_alone_nothing_is_said(packages: Path) -> None:
    done = ran(packages, "import fairaudit_cli; fairaudit_cli.leave_other_package(); import fairaudit")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_package_of_the_working_directory_is_its_own(packages: Path) -> None:
    """Of which it is left to Python whether it is found later: the folder is no longer searched then."""
    main = packages / "fairaudit" / "__main__.py"
    main.write_text(
        main.read_text(encoding="utf-8").replace("    main()\n", "    print('ran')\n"), encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-E", "-s", "-S", "-m", "fairaudit"],
        cwd=packages,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("ran\n", "")


def test_one_that_was_installed_earlier_is_named(packages: Path) -> None:
    install_theirs(packages, later=False)
    done = ran(
        packages,
        "import fairaudit_cli; fairaudit_cli.leave_other_package(); import fairaudit; fairaudit.__version__",
    )
    assert done.returncode == 0
    assert done.stderr == (
        f"fairaudit: warning: the distribution fairaudit 0.0.1 is installed in {packages} beside fairaudit-cli, and both "
        f"write into the same folder, fairaudit. {WAY_OUT}\n"
    )


def test_of_one_that_was_installed_later_the_package_is_refused(packages: Path) -> None:
    install_theirs(packages, later=True)
    expected = f"the package {packages / 'fairaudit'} is that of the distribution fairaudit 0.0.1, and not that of fairaudit-cli. {WAY_OUT}"
    done = ran(packages, "import fairaudit_cli; fairaudit_cli.main()")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"fairaudit: {expected}\n")
    # Its own first file cannot be loaded, either, and it is our part of the folder that says why.
    for imported in ("fairaudit", "fairaudit.testing"):
        done = ran(packages, f"import {imported}")
        assert done.stderr.splitlines()[-1] == f"ImportError: {expected}"


def test_a_module_that_another_package_has_brought_along_is_refused(packages: Path) -> None:
    install_theirs(packages, later=True)
    (packages / "fairaudit" / "__init__.py").write_text("", encoding="utf-8")
    done = ran(packages, "import fairaudit.testing")
    assert done.stderr.splitlines()[-1].startswith(
        f"ImportError: the package {packages / 'fairaudit'} is that of"
    )


def test_a_package_from_elsewhere_is_named_by_its_folder(packages: Path, tmp_path: Path) -> None:
    other = tmp_path / "other\x1b[31m" / "fairaudit"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise SystemExit('this ran')\n", encoding="utf-8")
    done = ran(
        packages, f"sys.path.insert(0, {str(other.parent)!r}); import fairaudit_cli; fairaudit_cli.main()"
    )
    assert done.returncode == 2
    assert done.stderr == (
        f"fairaudit: the package {tmp_path}/other?[31m/fairaudit is another program's, and not that of fairaudit-cli. {WAY_OUT}\n"
    )


def test_what_its_removal_has_taken_away_is_told(packages: Path) -> None:
    (packages / "fairaudit" / "__init__.py").unlink()
    done = ran(packages, "import fairaudit_cli; fairaudit_cli.main()")
    assert done.returncode == 2
    assert done.stderr == (
        f"fairaudit: its package in {packages / 'fairaudit'} lacks __init__.py, which goes when another distribution called "
        "fairaudit is uninstalled. Run pip uninstall fairaudit-cli, then install fairaudit-cli again.\n"
    )
