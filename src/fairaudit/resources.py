"""Where the templates and the example data lie: in the package, or beside the sources of an editable install."""

from __future__ import annotations

import io
from pathlib import Path

from fairaudit.errors import FileError, did_you_mean, not_utf8

CARD_TEMPLATE = "MODEL_CARD.md.jinja"
CARD_STATEMENTS = "card.toml"
IMPACT_TEMPLATE = "impact.html.jinja"
IMPACT_PAGE = "ll144.html"
"""What the page is called in an output folder that Local Law 144 wants to be posted."""
REPORT_TEMPLATE = "report.html.jinja"
REPORT_STYLE = "report.css"
REPORT_SCRIPT = "report.js"
TEMPLATES = (CARD_TEMPLATE, REPORT_TEMPLATE, REPORT_STYLE, REPORT_SCRIPT)
"""What a folder of one's own can replace."""


def templates_folder() -> Path:
    """Find the folder of the templates."""
    return _folder("templates")


def examples_folder() -> Path:
    """Find the folder of the example data."""
    return _folder("examples")


def read_template(name: str, *, override: Path | None = None) -> str:
    """Read a template.

    Parameters
    ----------
    name
        Of the file, such as ``MODEL_CARD.md.jinja``.
    override
        A user's folder, whose file of that name is preferred; one that it lacks is our own.

    Raises
    ------
    FileError
        If `override` is no folder, or the file cannot be read.
    """
    if override is not None and not override.is_dir():
        raise FileError(str(override), "is not a folder", hint="Give the folder that holds your templates")
    if override is not None and not any((override / known).is_file() for known in TEMPLATES):
        raise FileError(
            str(override), "holds no template of a known name", hint=f"Known are {', '.join(TEMPLATES)}"
        )
    own = templates_folder() / name
    path = own if override is None or not (override / name).is_file() else override / name
    try:
        return io.StringIO(path.read_bytes().decode("utf-8"), newline=None).read()
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise not_utf8(str(path), error) from None


def example(name: str) -> Path:
    """Find an example file.

    Raises
    ------
    FileError
        If there is no such example; the nearest one is named.
    """
    path = examples_folder() / name
    if not path.is_file():
        known = sorted(p.name for p in examples_folder().glob("*.csv"))
        raise FileError(name, "is not one of the examples", hint=did_you_mean(name, known))
    return path


def _folder(name: str) -> Path:
    package = Path(__file__).resolve().parent
    within = package / name
    # Of an editable install the package is src/fairaudit, two below the repository's top level.
    return within if within.is_dir() else package.parents[1] / name
