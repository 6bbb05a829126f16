"""Where results go, and what is made of them: the folder, the card, the files for other programs, the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fairaudit.settings.choices import DEFAULT_OUT, DEFAULT_STATEMENTS, CardReader, FamilyOf
from fairaudit.settings.formats import ANSWER_FILES, FORMATS, NUMBER_FILES
from fairaudit.settings.option import CARD, OUTPUT, POLICY, Option


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
class WordingOptions:
    """Where the words of card and report come from that no data can tell."""

    statements: Annotated[
        Path, Option(panel=CARD, metavar="FILE", help="What people state for the card.")
    ] = DEFAULT_STATEMENTS
    template: Annotated[
        Path | None,
        Option(
            panel=CARD,
            metavar="DIR",
            code=True,
            help="Folder whose templates replace ours of the same name.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTask:
    """What is to be done with the card."""

    init: Annotated[
        bool, Option(panel=CARD, help="Write card.toml with the questions that only people can answer.")
    ] = False
    check: Annotated[
        bool,
        Option(
            panel=CARD,
            help="Write nothing; exit with 1 if statements are missing, or the card is older than what it is made from.",
        ),
    ] = False
    reader: Annotated[
        CardReader | None,
        Option(
            flag="--for",
            typed_only=True,
            panel=CARD,
            help="With --check: list also which statements are missing that the EU AI Act, the NIST AI RMF or New York City's Local Law 144 asks for.",
        ),
    ] = None
    force: Annotated[
        bool, Option(panel=CARD, help="Write the card anew, even if it was changed by hand.")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CardForm:
    """What the card holds beside its text, and what is written beside it."""

    hf: Annotated[bool, FORMATS["hf"].option] = True
    hf_slices: Annotated[bool, Option(panel=CARD, help="Add every slice to the model-index.")] = False
    svg: Annotated[bool, Option(panel=CARD, help="Write the figures as SVG, too.")] = False
    cyclonedx: Annotated[Path | None, FORMATS["cyclonedx"].option] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOptions:
    """The policy whose gates are answered, or that is to be written."""

    policy: Annotated[
        Path | None,
        Option(
            panel=POLICY,
            metavar="FILE",
            beside=True,
            help="TOML file with the gates; its settings beat those of fairaudit.toml. Default: the nearest fairaudit.toml upwards.",
        ),
    ] = None
    init: Annotated[
        bool, Option(panel=POLICY, help="Write a policy to begin with, from the data at hand.")
    ] = False
    family: Annotated[
        FamilyOf,
        Option(
            panel=POLICY,
            help="Correct the comparisons of each gate by themselves, or those of all gates together; a gate's own key family beats it.",
        ),
    ] = FamilyOf.GATE


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFiles:
    """Files in which other programs find the answers to gates."""

    @property
    def chosen(self) -> Mapping[str, Path]:
        """The files that were asked for, by the names of their formats."""
        paths = {format.name: getattr(self, format.name) for format in ANSWER_FILES}
        return {name: path for name, path in paths.items() if path is not None}


if TYPE_CHECKING:

    class CheckFiles(AnswerFiles):
        """One option for each format of answers that is written to a file."""

else:
    CheckFiles = make_dataclass(
        "CheckFiles",
        [(format.name, Annotated[Path | None, format.option], None) for format in ANSWER_FILES],
        bases=(AnswerFiles,),
        frozen=True,
        kw_only=True,
        namespace={"__module__": __name__, "__doc__": AnswerFiles.__doc__},
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers to the questions that lead to a metric."""

    effect: Annotated[str | None, Option(metavar="hurts|helps", help="What decision 1 does to a person.")] = (
        None
    )
    reach: Annotated[str | None, Option(metavar="everybody|few", help="Whom decision 1 can reach.")] = None
    error: Annotated[
        str | None,
        Option(metavar="wrongly-selected|missed|both", help="Which error hurts people more."),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where slices are kept."""

    save: Annotated[
        Path | None,
        Option(
            panel=OUTPUT,
            metavar="FILE",
            # A file that was kept once is not to be made anew by every run.
            typed_only=True,
            help="Keep these slices in a TOML file: edges, categories, groups, whom they are compared with, the roles of columns and the decision rule. --slices FILE applies them to other data.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Whether columns are described beside the metrics."""

    stats: Annotated[
        bool, Option(help="Describe every numeric column in every slice: mean, std, quartiles.")
    ] = False
