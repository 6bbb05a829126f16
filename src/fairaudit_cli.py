"""The way in of the command ``fairaudit``, outside of its package: the files of another distribution may lie there.

On PyPI the distribution ``fairaudit`` is another program's, with the same import name; this one is called ``fairaudit-cli``. Where both are
installed, both write into the folder ``fairaudit``. What is imported here costs nothing, as in `fairaudit.__main__`.
"""

import os
import sys

OURS = "works for everybody"
"""Stands in the first line of the package's own `__init__.py`, and so in its docstring."""
WAY_OUT = "Run pip uninstall fairaudit fairaudit-cli, then install fairaudit-cli again"


def main() -> None:
    """Run the program, if the package that Python finds is its own."""
    leave_other_package()
    from fairaudit.__main__ import main as run

    run()


def leave_other_package() -> None:
    """End with one line on stderr if the package that Python finds is another program's."""
    problem = package_problem()
    if problem:
        _tell(problem)
        sys.exit(2)


def namesakes(folder: str) -> list[str]:
    """Name the distributions called fairaudit whose metadata lie in a folder of packages, as ``fairaudit 0.0.1``."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  # pathlib is not loaded yet
    except OSError:
        # Such as an archive from which Python imports.
        return []
    versions = [
        name.removeprefix("fairaudit-").removesuffix(ending)
        for name in names
        for ending in (".dist-info", ".egg-info")
        if name.startswith("fairaudit-") and name.endswith(ending)
    ]
    return [f"fairaudit {_printable(version)}" for version in sorted(versions)]


def warn_of_namesakes(package: str) -> None:
    """Name another distribution whose files lie among those of the package, which is whole none the less."""
    folder = _parent(_parent(package))
    others = namesakes(folder)
    if others:
        _tell(
            f"warning: the distribution {' and '.join(others)} is installed in {_printable(folder)} beside fairaudit-cli, and both write into the same "
            f"folder, fairaudit. {WAY_OUT}."
        )


def package_problem() -> str:
    """Say what is wrong with the package ``fairaudit`` that is loaded, or that Python finds; nothing is, as a rule."""
    if OURS in (getattr(sys.modules.get("fairaudit"), "__doc__", None) or ""):
        return ""
    specs = (finder.find_spec("fairaudit", None) for finder in sys.meta_path if hasattr(finder, "find_spec"))
    spec = next(filter(None, specs), None)
    places = list(spec.submodule_search_locations or []) if spec else []
    if spec is None or not spec.origin:
        where = f" in {_printable(places[0])}" if places else ""
        return (
            f"its package{where} lacks __init__.py, which goes when another distribution called fairaudit is uninstalled. "
            "Run pip uninstall fairaudit-cli, then install fairaudit-cli again."
        )
    try:
        with open(spec.origin, "rb") as file:  # noqa: PTH123  # pathlib is not loaded yet
            if OURS.encode() in file.readline(200):
                return ""
    except OSError:
        # Compiled files alone, or an archive: nobody else's.
        return ""
    others = namesakes(_parent(_parent(spec.origin)))
    whose = f"that of the distribution {' and '.join(others)}" if others else "another program's"
    return f"the package {_printable(_parent(spec.origin))} is {whose}, and not that of fairaudit-cli. {WAY_OUT}."


def refuse_other_package() -> None:
    """Raise an error where a module of the package was imported by way of another program's package.

    Raises
    ------
    ImportError
        If the first file of the package is not its own.
    """
    problem = package_problem()
    if problem:
        raise ImportError(problem)


def _tell(sentence: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"fairaudit: {sentence}\n")


def _parent(path: str) -> str:
    return os.path.dirname(path)  # noqa: PTH120  # pathlib is not loaded yet


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
