"""Every format that results are shown in: options, ``--help`` and tests read this table.

A format is a function in `fairaudit.render` and a row here; `fairaudit.render.registry` loads the one that a row names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fairaudit.settings.option import CARD, OUTPUT, Option


class Shows(StrEnum):
    """What a format shows."""

    RESULTS = "the results in a folder, and what people state of them"
    ANSWERS = "the answers to a policy"
    NUMBERS = "the numbers of documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format.

    Attributes
    ----------
    name
        As the option is called, if one asks for it.
    function
        The module within `fairaudit.render` and the function in it, as ``card.page:render_card``: it takes what is shown, and gives text.
    file
        What the output folder calls its file; ``None`` where people name the file, or there is none.
    option
        The option that asks for it; ``None`` where it is always written.
    needs
        What the function has to be told beside the answers: ``seconds`` that the check took, ``policy`` for where the gates stand.
    """

    name: str
    title: str
    shows: Shows
    function: str
    file: str | None = None
    option: Option | None = None
    needs: tuple[str, ...] = ()


FORMATS: Mapping[str, Format] = {
    format.name: format
    for format in (
        Format(
            name="card",
            title="model card (Markdown)",
            shows=Shows.RESULTS,
            function="card.page:render_card",
            file="MODEL_CARD.md",
        ),
        Format(
            name="hf",
            title="metadata of Hugging Face (YAML)",
            shows=Shows.RESULTS,
            function="card.huggingface:front_matter",
            option=Option(
                flag="--hf/--no-hf",
                panel=CARD,
                help="Begin with the metadata that Hugging Face reads: the model-index with the overall results.",
            ),
        ),
        Format(
            name="cyclonedx",
            title="CycloneDX 1.6 ML-BOM (JSON)",
            shows=Shows.RESULTS,
            function="card.cyclonedx:bom",
            option=Option(
                panel=CARD,
                metavar="FILE",
                help="Write a CycloneDX 1.6 ML-BOM with the results of every slice.",
            ),
        ),
        Format(
            name="report",
            title="report (HTML)",
            shows=Shows.RESULTS,
            function="report.page:render_report",
            file="report.html",
        ),
        Format(
            name="junit",
            title="JUnit XML",
            shows=Shows.ANSWERS,
            function="gates.junit:junit",
            option=Option(
                panel=OUTPUT,
                metavar="FILE",
                help="Write the results as JUnit XML, for viewers of test results.",
            ),
            needs=("seconds",),
        ),
        Format(
            name="markdown",
            title="Markdown",
            shows=Shows.ANSWERS,
            function="gates.markdown:markdown",
            option=Option(
                panel=OUTPUT,
                metavar="FILE",
                help="Write the results as Markdown, such as for a pull request.",
            ),
        ),
        Format(
            name="records",
            title="flat list (JSON)",
            shows=Shows.ANSWERS,
            function="gates.records:records",
            option=Option(
                panel=OUTPUT,
                metavar="FILE",
                help="Write a flat JSON list, one record for each group of each gate, such as for DVC plots.",
            ),
        ),
        Format(
            name="sarif",
            title="SARIF 2.1.0 (JSON)",
            shows=Shows.ANSWERS,
            function="gates.sarif:sarif",
            option=Option(
                panel=OUTPUT,
                metavar="FILE",
                help="Write the gates that did not pass as SARIF, for GitHub code scanning, at their lines of the policy.",
            ),
            needs=("policy",),
        ),
        Format(
            name="openmetrics",
            title="OpenMetrics 1.0 (text)",
            shows=Shows.NUMBERS,
            function="numbers.openmetrics:openmetrics",
            option=Option(
                panel=OUTPUT, metavar="FILE", help="Write all numbers as OpenMetrics, for Prometheus."
            ),
        ),
        Format(
            name="numbers",
            title="flat numbers (JSON)",
            shows=Shows.NUMBERS,
            function="numbers.flat:numbers",
            option=Option(
                panel=OUTPUT,
                metavar="FILE",
                help="Write all numbers as one flat JSON object, such as metrics.json for DVC and MLflow.",
            ),
        ),
        Format(
            name="github",
            title="annotations of GitHub Actions",
            shows=Shows.ANSWERS,
            function="gates.github:github_commands",
        ),
    )
}
"""In the order of ``--help``."""
ANSWER_FILES: tuple[Format, ...] = tuple(
    format for format in FORMATS.values() if format.shows is not Shows.RESULTS and format.option is not None
)
"""Those that ``fairaudit check`` writes where it is asked to."""
NUMBER_FILES: tuple[Format, ...] = tuple(
    format for format in FORMATS.values() if format.shows is Shows.NUMBERS
)
"""Those of them that other commands write as well."""
