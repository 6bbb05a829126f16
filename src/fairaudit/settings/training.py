"""What a model is trained on, and how."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fairaudit.errors import OptionError
from fairaudit.settings.choices import AuditOn, ClassWeight, Missing, ModelKind
from fairaudit.settings.option import MODEL, Option, settings_of
from fairaudit.settings.reading import MissingRows, NaValues, Where
from fairaudit.spelling import is_from_file, is_given, item, setting


def parse_params(typed: Sequence[str]) -> dict[str, str]:
    """Take ``NAME=VALUE`` apart.

    >>> parse_params(["C=0.1"])
    {'C': '0.1'}

    Raises
    ------
    OptionError
        If one is of another form, or a name stands there twice.
    """
    return _named_values(typed, option="param", form="NAME=VALUE", example="0.1")


MOST_CANDIDATES = 100
"""So many combinations of values are tried at most."""


def parse_tune(typed: Sequence[str]) -> dict[str, str]:
    """Take ``NAME=VALUE,VALUE`` apart.

    >>> parse_tune(["C=0.1, 1,10"])
    {'C': '0.1,1,10'}

    Raises
    ------
    OptionError
        If one is of another form, or a name stands there twice.
    """
    tuned = _named_values(typed, option="tune", form="NAME=VALUE,VALUE", example="0.1,1,10")
    return {name: ",".join(value.strip() for value in text.split(",")) for name, text in tuned.items()}


def _named_values(typed: Sequence[str], *, option: str, form: str, example: str) -> dict[str, str]:
    """Take names and values apart, each name once."""
    named: dict[str, str] = {}
    for word in typed:
        name, equals, value = word.partition("=")
        name = name.strip()
        if not equals or not name:
            raise OptionError(
                setting(option),
                f"{word!r} is not of the form {form}",
                hint=f"Such as {item(option, 'C', example)}",
            )
        if name in named:
            raise OptionError(setting(option), f"names {name!r} twice")
        named[name] = value.strip()
    return named


def refuse_candidates(tune: Mapping[str, str]) -> None:
    """Refuse values that are missing or stand twice, and more combinations than can be tried."""
    for name, text in tune.items():
        values = text.split(",")
        if not all(values):
            raise OptionError(
                item("tune", name, text), "a value is empty", hint="Values stand between commas"
            )
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise OptionError(item("tune", name, text), f"{twice!r} stands there twice")
    number = math.prod(len(text.split(",")) for text in tune.values())
    if number > MOST_CANDIDATES:
        raise OptionError(
            setting("tune"),
            f"its values make {number:,} combinations, and at most {MOST_CANDIDATES} are tried",
            hint="Name fewer values",
        )


def refuse_threshold(threshold: float, *, any_number: bool = False) -> None:
    """Refuse a threshold that decides all rows alike; scores of some models may be any number."""
    if not math.isfinite(threshold):
        raise OptionError(setting("threshold"), f"{threshold} is not a finite number")
    if not any_number and not 0 <= threshold <= 1:
        raise OptionError(
            setting("threshold"), f"{threshold:g} decides all rows alike, as scores lie in [0, 1]"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """How a model is trained, whatever it learns.

    Attributes
    ----------
    positive
        Values of the target that make up the positive class; empty for a target that is 0/1.
    params
        Estimator parameters as typed, such as ``{"C": "0.1"}``.
    estimator
        ``package.module:factory`` instead of `model`.
    drop
        Columns that are kept for the audit but are no features.
    tune
        Values of parameters to choose from, between commas, such as ``{"C": "0.1,1,10"}``.
    group_column, time_column
        Columns whose values stay on one side of every split, and by whose values what is held out is later; they are no features.
    test_size
        Share of the rows that is held out, in (0, 1).
    validation_size
        Share of the rows that is held out a second time, in (0, 1).
    threshold
        A row with score >= threshold is decided 1.
    na_values
        Marks of missing values; ``None`` for the usual ones.
    """

    positive: Annotated[
        tuple[str, ...],
        Option(
            panel=MODEL,
            metavar="VALUE",
            help="Target value that is the positive class; repeat it, or give a comma list, for several. Not needed for 0/1.",
        ),
    ] = ()
    model: Annotated[ModelKind, Option(panel=MODEL, help="Which classifier.")] = ModelKind.LOGISTIC
    params: Annotated[
        Mapping[str, str],
        Option(
            name="param",
            panel=MODEL,
            metavar="NAME=VALUE",
            read=parse_params,
            help="Parameter of the classifier, such as C=0.1. Repeatable.",
        ),
    ] = field(default_factory=dict)
    estimator: Annotated[
        str | None,
        Option(
            panel=MODEL,
            metavar="MODULE:FACTORY",
            code=True,
            help="Any scikit-learn compatible classifier: package.module:factory. Its code runs.",
        ),
    ] = None
    tune: Annotated[
        Mapping[str, str],
        Option(
            panel=MODEL,
            metavar="NAME=V,V",
            read=parse_tune,
            help="Values of a parameter to choose from, such as C=0.1,1,10, by folds of the training rows. Repeatable.",
        ),
    ] = field(default_factory=dict)
    class_weight: Annotated[ClassWeight | None, Option(panel=MODEL, help="Weigh both classes equally.")] = (
        None
    )
    drop: Annotated[
        tuple[str, ...],
        Option(
            panel=MODEL,
            metavar="COL",
            help="Column that is kept for the audit but is no feature. Repeatable, comma lists work.",
        ),
    ] = ()
    group_column: Annotated[
        str | None,
        Option(
            panel=MODEL,
            metavar="COL",
            help="Column such as a person's number, whose rows are never both learnt from and held out. No feature.",
        ),
    ] = None
    time_column: Annotated[
        str | None,
        Option(
            panel=MODEL,
            metavar="COL",
            help="Column of dates or numbers: rows that are held out are later than those learnt from. No feature.",
        ),
    ] = None
    test_size: Annotated[
        float, Option(panel=MODEL, metavar="SHARE", help="Share of rows that is held out.")
    ] = 0.25
    validation_size: Annotated[
        float | None,
        Option(
            panel=MODEL,
            metavar="SHARE",
            help="Share of rows for validation: held out too, and told apart from the test rows.",
        ),
    ] = None
    learning_curve: Annotated[
        bool, Option(panel=MODEL, help="Try what more rows would bring; the card draws it.")
    ] = False
    seed: Annotated[int, Option(panel=MODEL, least=0, most=2**32 - 1, help="Fixes everything random.")] = 0
    threshold: Annotated[float, Option(panel=MODEL, metavar="T", help="Decided 1 if score >= T.")] = 0.5
    where: Where = None
    missing: MissingRows = Missing.ERROR
    na_values: NaValues = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Training(Learning):
    """What a model is trained on, and how."""

    target: Annotated[
        str, Option(panel=MODEL, short="-t", metavar="COL", help="Column with the outcome to learn.")
    ]

    def __post_init__(self) -> None:
        """Refuse what cannot be, whatever the data."""
        refuse_threshold(self.threshold)
        refuse_candidates(self.tune)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The outcome to learn before predictions are audited, if there is one."""

    target: Annotated[
        str | None,
        Option(panel=MODEL, short="-t", metavar="COL", help="Train first: column with the outcome to learn."),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRows:
    """Which predictions the verdict stands on where a model is trained first."""

    audit_on: Annotated[
        AuditOn | None,
        Option(
            panel=MODEL,
            help="What the verdict stands on: all rows out of fold, or the rows held out. Both are audited. Default: folds.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folds:
    """How rows are divided for cross-validation."""

    folds: Annotated[int, Option(panel=MODEL, least=2, help="Number of folds.")] = 5
    repeats: Annotated[
        int, Option(panel=MODEL, least=1, help="How often the rows are shuffled and folded.")
    ] = 1


def refuse_untrained(learning: Learning, folds: Folds) -> None:
    """Refuse what says how to train where nothing is to be learned; a configuration file may say it for other commands.

    Raises
    ------
    OptionError
        If something of it is given.
    """
    _refuse_training(
        learning,
        folds,
        _ONLY_TRAINING,
        why=f"there is no {setting('target')}",
        way_out="Name the column with the outcome to learn, or leave it out",
    )


def refuse_retrained(learning: Learning, folds: Folds) -> None:
    """Refuse what says how to train where a model is fitted already; a configuration file may say it for other commands.

    Raises
    ------
    OptionError
        If something of it is given.
    """
    _refuse_training(
        learning,
        folds,
        _RETRAINING,
        why=f"{setting('fitted')} names one that is",
        way_out="Leave it out",
    )


def _refuse_training(
    learning: Learning, folds: Folds, names: Collection[str], *, why: str, way_out: str
) -> None:
    usual = Learning(), Folds()
    for group, default in zip((learning, folds), usual, strict=True):
        kind: type = type(group)
        for option in settings_of(kind):
            is_other = getattr(group, option.field) != getattr(default, option.field)
            is_set = is_given(option.name) or (is_other and not is_from_file(option.name))
            if is_set and option.name in names:
                raise OptionError(
                    setting(option.name), f"says how a model is trained, and {why}", hint=way_out
                )


_ONLY_TRAINING = frozenset(
    {
        *("model", "param", "estimator", "tune", "class_weight", "drop", "group_column", "time_column"),
        *("test_size", "validation_size", "learning_curve", "seed", "folds", "repeats"),
    }
)
"""Settings that say nothing about predictions that are there already."""
_RETRAINING = _ONLY_TRAINING - {"drop"}
"""Settings that say nothing about a model that is fitted already."""


def training_in_files() -> list[str]:
    """Name what configuration files say of how models are trained, which is of no use where one is fitted already."""
    return [name.replace("_", "-") for name in sorted(_RETRAINING) if is_from_file(name)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """What a model that is loaded may hold, and which of its classes scores are of.

    Attributes
    ----------
    positive_class
        One of the model's classes, as text; ``None`` for 1 or true, or the one that is among the positive values of the target.
    """

    trust: Annotated[
        tuple[str, ...],
        Option(
            panel=MODEL,
            metavar="TYPE",
            code=True,
            help="A type that the model may hold unchecked, as train names it. Its code can run. Repeatable.",
        ),
    ] = ()
    trust_pickle: Annotated[
        bool,
        Option(
            panel=MODEL,
            code=True,
            help="Load a .joblib or .pkl, or whatever MLflow keeps: that runs any code they hold.",
        ),
    ] = False
    positive_class: Annotated[
        str | None,
        Option(
            panel=MODEL,
            metavar="CLASS",
            help="The model's class that scores are of, where it is not 1 or true.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction(Trusted):
    """How new rows are scored by a model that was trained before.

    Attributes
    ----------
    target, positive, drop
        Of a model whose file does not say what it was trained for: the column of the outcome, its values that are label 1, and columns that are
        no features.
    """

    threshold: Annotated[
        float | None, Option(metavar="T", help="Decided 1 if score >= T. Default: as trained.")
    ] = None
    strict: Annotated[
        bool,
        Option(
            help="Refuse a column with values that are all new, or numbers far from those of the training rows."
        ),
    ] = False
    na_values: NaValues = None
    target: Annotated[
        str | None,
        Option(
            short="-t",
            metavar="COL",
            help="Column with the outcome, which is no feature. Default: as trained.",
        ),
    ] = None
    positive: Annotated[
        tuple[str, ...],
        Option(
            metavar="VALUE", help="Target value that is the positive class. Default: as trained. Repeatable."
        ),
    ] = ()
    drop: Annotated[
        tuple[str, ...],
        Option(metavar="COL", help="Column that is no feature, for a model that names none. Repeatable."),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted(Trusted):
    """A model that was fitted elsewhere, whose predictions are audited."""

    fitted: Annotated[
        str | None,
        Option(
            panel=MODEL,
            metavar="MODEL",
            code=True,
            help="Audit this fitted model on all rows: .skops, .onnx, .joblib, mlflow:models/NAME/1.",
        ),
    ] = None


def refuse_unfitted(fitted: Fitted) -> None:
    """Refuse what says how a model is loaded where none is named; a configuration file may say it for other commands.

    Raises
    ------
    OptionError
        If something of it is given.
    """
    usual = Fitted()
    for option in settings_of(Trusted):
        if getattr(fitted, option.field) != getattr(usual, option.field) and not is_from_file(option.name):
            raise OptionError(
                setting(option.name),
                f"says how a model is loaded, and there is no {setting('fitted')}",
                hint="Name the model, or leave it out",
            )
