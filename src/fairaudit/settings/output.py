"""Where results go: the folder, and the files for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fairaudit.settings.choices import DEFAULT_OUT
from fairaudit.settings.formats import FORMATS, NUMBER_FILES
from fairaudit.settings.option import OUTPUT, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions:
    """Where a command's results go.

    Attributes
    ----------
    as_json
        Print the document instead of the table.
    quiet
        Print nothing but errors.
    verbose
        Say more on stderr.
    """

    folder: Annotated[
        Path,
        Option(
            name="out",
            keyword="out",
            short="-o",
            panel=OUTPUT,
            metavar="DIR",
            help="Folder for everything that is written.",
        ),
    ] = DEFAULT_OUT
    as_json: Annotated[
        bool,
        Option(
            name="json", keyword="json", panel=OUTPUT, help="Print the JSON document instead of the table."
        ),
    ] = False
    quiet: Annotated[bool, Option(short="-q", panel=OUTPUT, help="Print nothing but errors.")] = False
    verbose: Annotated[bool, Option(short="-v", panel=OUTPUT, help="Say more on stderr.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions(OutputOptions):
    """Where the example's results go."""

    folder: Annotated[
        Path,
        Option(
            name="out",
            keyword="out",
            short="-o",
            metavar="DIR",
            help="Folder for everything that is written.",
        ),
    ] = Path("fairaudit-demo")


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherNames:
    """What a terminal shows beside our own answer."""

    aequitas: Annotated[
        bool,
        Option(
            panel=OUTPUT,
            help="Show Aequitas's summary as well, and its parities by its own names; the documents hold them always.",
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Whether a configuration file may name code that then runs."""

    allow_code: Annotated[
        bool,
        Option(
            typed_only=True,
            help="Take --estimator, --fitted, --template, --trust and --trust-pickle from a configuration file, too. What they name runs.",
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFiles:
    """Files in which other programs find the numbers of documents."""

    openmetrics: Annotated[Path | None, FORMATS["openmetrics"].option] = None
    numbers: Annotated[Path | None, FORMATS["numbers"].option] = None

    @property
    def chosen(self) -> Mapping[str, Path]:
        """The files that were asked for, by the names of their formats."""
        paths = {format.name: getattr(self, format.name) for format in NUMBER_FILES}
        return {name: path for name, path in paths.items() if path is not None}
