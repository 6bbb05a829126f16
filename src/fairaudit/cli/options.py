"""Options that commands share, each declared once."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairaudit.cli.console import Output
from fairaudit.errors import FileError, OptionError
from fairaudit.settings.choices import (
    DECISIVE_METRICS,
    MAJORITY,
    Decide,
    FamilyOf,
    Missing,
    RateInterval,
    WeightKind,
)
from fairaudit.settings.reading import ReadSettings

if TYPE_CHECKING:
    from fairaudit.disparity.rule import VerdictRule

PREDICTIONS_NAME = "predictions.csv"

_ROLES = "Columns"
_DECISION = "Decision rule (at most one)"
_OUTPUT = "Output"
_MODEL = "Model"
_POLICY = "Policy"
_NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf|infinity|nan)", re.ASCII | re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)


class Model(StrEnum):
    """The estimators that come with the tool."""

    LOGISTIC = "logistic"
    RANDOM_FOREST = "random-forest"
    HIST_GRADIENT_BOOSTING = "hist-gradient-boosting"


class ClassWeight(StrEnum):
    """How classes are weighed in training."""

    BALANCED = "balanced"


def number(typed: str | float) -> float:
    """Read a number as everybody writes it: Python would also take 1_0 for ten."""
    if isinstance(typed, str) and not _NUMBER.fullmatch(typed.strip()):
        raise typer.BadParameter(f"{typed!r} is not a number.")
    return float(typed)


def whole_number(typed: str | int) -> int:
    """Read a whole number as everybody writes it."""
    if isinstance(typed, str) and not _WHOLE.fullmatch(typed.strip()):
        raise typer.BadParameter(f"{typed!r} is not a whole number.")
    return int(typed)


Predictions = Annotated[
    str | None,
    typer.Argument(
        metavar="[PREDICTIONS]",
        help="CSV, TSV, JSON lines (each also .gz) or Parquet file; - reads CSV from stdin. Left out: predictions.csv in the output folder.",
        show_default=False,
    ),
]
Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA", help="CSV, TSV, JSON lines (each also .gz) or Parquet file; - reads CSV from stdin."
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="DIR", help="Folder for everything that is written.", rich_help_panel=_OUTPUT
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print the JSON document instead of the table.", rich_help_panel=_OUTPUT),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing but errors.", rich_help_panel=_OUTPUT)
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say more on stderr.", rich_help_panel=_OUTPUT)
]

Label = Annotated[
    str | None,
    typer.Option(
        "--label",
        metavar="COL",
        help="Column with the true outcome; none audits decisions alone. Default: label or label_value.",
        rich_help_panel=_ROLES,
    ),
]
Score = Annotated[
    str | None,
    typer.Option(
        "--score",
        metavar="COL",
        help="Column with scores or 0/1 decisions. Default: score.",
        rich_help_panel=_ROLES,
    ),
]
Decision = Annotated[
    str | None,
    typer.Option(
        "--decision",
        metavar="COL",
        help="Column with 0/1 decisions beside the scores. Default: decision, if there is one and neither a rule nor --score is given.",
        rich_help_panel=_ROLES,
    ),
]
Weight = Annotated[
    str | None,
    typer.Option(
        "--weight",
        metavar="COL",
        help="Column of counts, how many people a row stands for; or of the weights of a survey.",
        rich_help_panel=_ROLES,
    ),
]
WeightKindOption = Annotated[
    WeightKind | None,
    typer.Option(
        "--weight-kind",
        help="frequency: a row stands for so many people. survey: it was weighted, which makes rates weighted and the evidence less. "
        "Default: survey if some weight has a fraction.",
        rich_help_panel=_ROLES,
    ),
]
Id = Annotated[
    str | None,
    typer.Option(
        "--id",
        metavar="COL",
        help="Column that says whom a row is about, where people stand in several rows: evidence then counts people, not rows.",
        rich_help_panel=_ROLES,
    ),
]
Positive = Annotated[
    list[str] | None,
    typer.Option(
        "--positive",
        metavar="VALUE",
        help="Label value that is the positive class; repeat it, or give a comma list, for several.",
        rich_help_panel=_ROLES,
    ),
]
Attributes = Annotated[
    list[str] | None,
    typer.Option(
        "--attribute",
        "-a",
        metavar="COL",
        help="What people are grouped by: race, age:25,45 (edges), age:quartiles, age:5 (equal counts), race*sex (intersection). Repeatable, comma lists work. Default: columns of 2 to 50 texts, or of 0 and 1, that do not repeat label or decision; at most 12.",
        rich_help_panel=_ROLES,
    ),
]
Features = Annotated[
    list[str] | None,
    typer.Option(
        "--feature",
        "-f",
        metavar="COL",
        help="What rows are sliced by: race, age:25,45 (edges), age:mean, age:quartiles, race*sex. Repeatable, comma lists work. Default: columns of 2 to 50 texts, or of 0 and 1, that do not repeat label or decision; at most 12.",
        rich_help_panel=_ROLES,
    ),
]
Where = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="SQL",
        help="Keep only rows that fulfil a condition, such as \"race not in ('Asian')\"; the others are counted.",
        rich_help_panel=_ROLES,
    ),
]
By = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="COL",
        help="One audit for each value of a column, such as model_id, in a folder of its own, and a table over all.",
        rich_help_panel=_ROLES,
    ),
]
MissingOption = Annotated[
    Missing,
    typer.Option(
        "--missing",
        help="What to do with rows that have no label or score; drop counts them.",
        rich_help_panel=_ROLES,
    ),
]
NaValues = Annotated[
    list[str] | None,
    typer.Option(
        "--na-values",
        metavar="TEXT",
        help="What stands for a missing value, instead of the usual marks (NA, N/A, #N/A, NaN, NULL, None, ? and such; . and - among numbers). "
        "Repeatable, comma lists work; an empty text leaves only empty cells.",
        rich_help_panel=_ROLES,
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        metavar="T",
        parser=number,
        help="Decided 1 if score >= T. Default 0.5 if all scores lie in [0, 1].",
        rich_help_panel=_DECISION,
    ),
]
TopK = Annotated[
    int | None,
    typer.Option(
        "--top-k",
        metavar="K",
        parser=whole_number,
        help="Decided 1: the K highest scores, and all tied with the last of them.",
        rich_help_panel=_DECISION,
    ),
]
TopPercent = Annotated[
    float | None,
    typer.Option(
        "--top-percent",
        metavar="P",
        parser=number,
        help="Decided 1: the highest P percent, and all tied with the last of them.",
        rich_help_panel=_DECISION,
    ),
]
MinGroupSize = Annotated[
    int,
    typer.Option(
        "--min-group-size",
        min=1,
        metavar="N",
        help="Smaller groups are marked small (they keep their numbers).",
    ),
]
RefGroup = Annotated[
    list[str] | None,
    typer.Option(
        "--ref-group",
        "-r",
        metavar="GROUP",
        help="Whom groups are compared with: race=Caucasian (repeatable; a bare value where one attribute has it), majority, rest (everybody else), or min-metric. Default: majority.",
    ),
]
Tau = Annotated[
    str,
    typer.Option(
        "--tau",
        metavar="RATIO",
        help="Tolerance: ratios from tau to 1/tau are tolerated. 0.8 is four fifths.",
    ),
]
DecideOption = Annotated[
    Decide,
    typer.Option(
        "--decide",
        help="interval: pass and fail need evidence, all else is undecided. point: the ratio alone decides, as in Aequitas.",
    ),
]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        "-m",
        metavar="METRIC",
        help="Metric that forms the verdict. Repeatable, comma lists work. Default: pprev, fpr and fnr.",
    ),
]
IntervalOption = Annotated[
    RateInterval,
    typer.Option("--interval", help="Interval of each rate: Wilson's, or Clopper and Pearson's exact one."),
]

Target = Annotated[
    str,
    typer.Option(
        "--target", "-t", metavar="COL", help="Column with the outcome to learn.", rich_help_panel=_MODEL
    ),
]
TargetPositive = Annotated[
    list[str] | None,
    typer.Option(
        "--positive",
        metavar="VALUE",
        help="Target value that is the positive class; repeat it, or give a comma list, for several. Not needed for 0/1.",
        rich_help_panel=_MODEL,
    ),
]
ModelOption = Annotated[Model, typer.Option("--model", help="Which classifier.", rich_help_panel=_MODEL)]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        metavar="NAME=VALUE",
        help="Parameter of the classifier, such as C=0.1. Repeatable.",
        rich_help_panel=_MODEL,
    ),
]
Estimator = Annotated[
    str | None,
    typer.Option(
        "--estimator",
        metavar="MODULE:FACTORY",
        help="Any scikit-learn compatible classifier: package.module:factory. Its code runs.",
        rich_help_panel=_MODEL,
    ),
]
ClassWeightOption = Annotated[
    ClassWeight | None,
    typer.Option("--class-weight", help="Weigh both classes equally.", rich_help_panel=_MODEL),
]
Drop = Annotated[
    list[str] | None,
    typer.Option(
        "--drop",
        metavar="COL",
        help="Column that is kept for the audit but is no feature. Repeatable, comma lists work.",
        rich_help_panel=_MODEL,
    ),
]
TestSize = Annotated[
    float,
    typer.Option(
        "--test-size",
        metavar="SHARE",
        parser=number,
        help="Share of rows that is held out.",
        rich_help_panel=_MODEL,
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=2**32 - 1, help="Fixes everything random.", rich_help_panel=_MODEL)
]
TrainThreshold = Annotated[
    float,
    typer.Option(
        "--threshold", metavar="T", parser=number, help="Decided 1 if score >= T.", rich_help_panel=_MODEL
    ),
]
Folds = Annotated[int, typer.Option("--folds", min=2, help="Number of folds.", rich_help_panel=_MODEL)]
Repeats = Annotated[
    int,
    typer.Option(
        "--repeats", min=1, help="How often the rows are shuffled and folded.", rich_help_panel=_MODEL
    ),
]

AllowCode = Annotated[
    bool,
    typer.Option(
        "--allow-code",
        help="Take --estimator, --template and --trust from a configuration file, too. What they name runs.",
    ),
]
Statements = Annotated[
    Path,
    typer.Option(
        "--statements", metavar="FILE", help="What people state for the card.", rich_help_panel="Card"
    ),
]
Template = Annotated[
    Path | None,
    typer.Option(
        "--template",
        metavar="DIR",
        help="Folder whose templates replace ours of the same name.",
        rich_help_panel="Card",
    ),
]


Policy = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="TOML file with the gates; its settings beat those of fairaudit.toml. Default: the nearest fairaudit.toml upwards.",
        rich_help_panel=_POLICY,
    ),
]
InitPolicy = Annotated[
    bool,
    typer.Option(
        "--init", help="Write a policy to begin with, from the data at hand.", rich_help_panel=_POLICY
    ),
]
PolicyAttributes = Annotated[
    list[str] | None,
    typer.Option(
        "--attribute",
        "-a",
        metavar="COL",
        help="With --init: what its gates are about. Repeatable, comma lists work. The gates of a policy name their own.",
        rich_help_panel=_POLICY,
    ),
]
FamilyOption = Annotated[
    FamilyOf,
    typer.Option(
        "--family",
        help="Correct the comparisons of each gate by themselves, or those of all gates together; a gate's own key family beats it.",
        rich_help_panel=_POLICY,
    ),
]
Junit = Annotated[
    Path | None,
    typer.Option(
        "--junit",
        metavar="FILE",
        help="Write the results as JUnit XML, for viewers of test results.",
        rich_help_panel=_OUTPUT,
    ),
]
MarkdownFile = Annotated[
    Path | None,
    typer.Option(
        "--markdown",
        metavar="FILE",
        help="Write the results as Markdown, such as for a pull request.",
        rich_help_panel=_OUTPUT,
    ),
]
RecordsFile = Annotated[
    Path | None,
    typer.Option(
        "--records",
        metavar="FILE",
        help="Write a flat JSON list, one record for each group of each gate, such as for DVC plots.",
        rich_help_panel=_OUTPUT,
    ),
]


def find_predictions(given: str | None, out: Path) -> str:
    """Take the predictions that were named, or those that an earlier command left in the output folder."""
    if given is not None:
        return given
    usual = out / PREDICTIONS_NAME
    there = False
    with contextlib.suppress(OSError):
        there = usual.is_file()
    if not there:
        raise FileError(
            str(usual),
            "there is no such file",
            hint="Name a file of predictions, or make this one by fairaudit train DATA --target COLUMN",
        )
    return str(usual)


def read_settings(
    *,
    label: str | None,
    score: str | None,
    decision: str | None,
    weight: str | None,
    weight_kind: WeightKind | None,
    id: str | None,
    positive: list[str] | None,
    attributes: list[str] | None,
    where: str | None,
    missing: Missing,
    na_values: list[str] | None,
    threshold: float | None,
    top_k: int | None,
    top_percent: float | None,
) -> ReadSettings:
    """Gather the options that decide how rows are read."""
    return ReadSettings(
        label=label,
        score=score,
        decision=decision,
        weight=weight,
        weight_kind=weight_kind,
        id=id,
        positive=tuple(positive or ()),
        attributes=tuple(attributes or ()),
        where=where,
        missing=missing,
        na_values=marks(na_values),
        threshold=threshold,
        top_k=top_k,
        top_percent=top_percent,
    )


def marks(typed: list[str] | None) -> tuple[str, ...] | None:
    """Take comma lists of marks apart; ``None`` leaves the usual ones, and an empty text leaves none."""
    from fairaudit.settings.choices import split_words

    return None if typed is None else split_words(typed, known=())


def verdict_rule(
    ref_group: list[str] | None, *, tau: str, decide: Decide, metrics: list[str] | None
) -> VerdictRule:
    """Gather the options that decide how groups are compared and judged."""
    from fairaudit.disparity.rule import VerdictRule
    from fairaudit.settings.choices import split_words
    from fairaudit.settings.numbers import parse_tau

    return VerdictRule(
        references=tuple(ref_group or (MAJORITY,)),
        tau=parse_tau(tau),
        decide=decide,
        metrics=split_words(metrics or DECISIVE_METRICS, known=()),
    )


def parse_params(typed: Sequence[str] | None) -> dict[str, str]:
    """Take ``NAME=VALUE`` apart."""
    params: dict[str, str] = {}
    for word in typed or ():
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise OptionError(
                "--param", f"{word!r} is not of the form NAME=VALUE", hint="Such as --param C=0.1"
            )
        if name.strip() in params:
            raise OptionError("--param", f"names {name.strip()!r} twice")
        params[name.strip()] = value.strip()
    return params


def output(out: Path, *, json: bool, quiet: bool, verbose: bool) -> Output:
    """Gather the options that decide where results go."""
    return Output(folder=out, as_json=json, quiet=quiet, verbose=verbose)
