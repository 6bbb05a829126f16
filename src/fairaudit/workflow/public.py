"""The functions of the package: what the commands do, for people who work in Python.

Every option is a keyword, spelled out for completion and for readers; `OPTIONS` says which groups of options each function has, and a test holds the
signatures to them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from fairaudit.disparity.rule import VerdictRule
from fairaudit.settings.arguments import checked, group_of
from fairaudit.settings.card import CardForm, WordingOptions
from fairaudit.settings.choices import (
    DECISIVE_METRICS,
    DEFAULT_MIN_GROUP_SIZE,
    DEFAULT_STATEMENTS,
)
from fairaudit.settings.comparing import (
    ChangeFrom,
    PairedSettings,
    Tolerated,
)
from fairaudit.settings.discovering import Discovering
from fairaudit.settings.edges import in_python
from fairaudit.settings.gates import GateSettings
from fairaudit.settings.history import Following
from fairaudit.settings.impact import ImpactOptions, ImpactReading
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import AuditReading, Division, Grouping, ReadSettings
from fairaudit.settings.slices import Described, Keeping, SliceSettings
from fairaudit.settings.source import InputSettings
from fairaudit.settings.training import (
    AuditedRows,
    Fitted,
    Folds,
    Learning,
    Prediction,
    Target,
    Training,
    Trusted,
    refuse_untrained,
)
from fairaudit.settings.verdict import Direction, Measuring, References, VerdictOptions
from fairaudit.settings.within import Stratifying
from fairaudit.workflow.audit import open_input
from fairaudit.workflow.cross_validate import Validated
from fairaudit.workflow.cross_validate import cross_validate as validate
from fairaudit.workflow.fitted import fitting_of
from fairaudit.workflow.pipeline import Audit, AuditOptions, publish, read_words, run, written_names
from fairaudit.workflow.predictions import CV_PREDICTIONS, PREDICTIONS, VALIDATION_PREDICTIONS
from fairaudit.workflow.prepare import prepare
from fairaudit.workflow.public_change import compare
from fairaudit.workflow.public_check import check
from fairaudit.workflow.public_discovery import discover
from fairaudit.workflow.public_history import history
from fairaudit.workflow.public_impact import impact
from fairaudit.workflow.public_models import load_model, predict
from fairaudit.workflow.public_results import Place, card, report
from fairaudit.workflow.public_slices import measure_slices
from fairaudit.workflow.taken import stamp_of
from fairaudit.workflow.train import TrainedModel
from fairaudit.workflow.train import train as fit
from fairaudit.write import output_folder, refuse_replacing

__all__ = [
    "Audit",
    "audit",
    "card",
    "check",
    "compare",
    "cross_validate",
    "discover",
    "history",
    "impact",
    "load_model",
    "measure_slices",
    "predict",
    "report",
    "train",
]

Texts = str | Sequence[str]
_L = TypeVar("_L", bound=Learning)

OPTIONS: Mapping[str, tuple[type, ...]] = {
    "audit": (
        Target,
        VerdictOptions,
        AuditReading,
        Division,
        Measuring,
        Learning,
        Folds,
        AuditedRows,
        Fitted,
        WordingOptions,
        Naming,
        InputSettings,
    ),
    "train": (Training, InputSettings),
    "predict": (Prediction, InputSettings),
    "load_model": (Trusted,),
    "cross_validate": (Training, Folds, Grouping, Measuring, Naming, InputSettings),
    "check": (ChangeFrom, References, Direction, GateSettings, Measuring, Naming, InputSettings),
    "discover": (Discovering, ReadSettings, Naming, InputSettings),
    "compare": (PairedSettings, Tolerated, Measuring, Direction, Naming, InputSettings),
    "history": (Following, Direction, Naming),
    "impact": (ImpactOptions, ImpactReading, Stratifying, Measuring, Naming, InputSettings),
    "measure_slices": (Described, SliceSettings, Measuring, References, Keeping, Naming, InputSettings),
    "card": (WordingOptions, CardForm),
    "report": (WordingOptions,),
}
"""The groups of options of each function."""
WITHOUT: Mapping[str, tuple[str, ...]] = {
    # One audit for each value is a loop in Python.
    "audit": ("by",),
    "cross_validate": ("test_size", "validation_size", "learning_curve", "interval", "unknown", "rank_by"),
    # The gates name theirs.
    "check": ("attributes", "interval", "rank_by"),
    # Columns are searched, and people grouped by none.
    "discover": ("attributes",),
    "compare": ("interval", "rank_by"),
    # People who are counted stand in one row.
    "impact": ("id", "interval", "rank_by", "min_group_size"),
}
"""Options that a function does not offer although its groups have them."""


@in_python
def audit(
    source: object,
    *,
    target: str | None = None,
    label: str | None = None,
    score: str | None = None,
    decision: str | None = None,
    attributes: Texts = (),
    features: Texts = (),
    weight: str | None = None,
    weight_kind: str | None = None,
    id: str | None = None,
    positive: Texts = (),
    ref_group: Texts = (),
    threshold: float | None = None,
    top_k: int | None = None,
    top_percent: float | None = None,
    tau: str | float | Fraction = "0.8",
    decide: str = "interval",
    metrics: Texts = DECISIVE_METRICS,
    effect: str | None = None,
    words: Mapping[str, str] | None = None,
    unit: str | None = None,
    interval: str = "wilson",
    where: str | None = None,
    slices: Mapping[str, str] | Place | None = None,
    missing: str = "error",
    na_values: Texts | None = None,
    min_group_size: int = DEFAULT_MIN_GROUP_SIZE,
    unknown: Texts = (),
    suppress_below: int | None = None,
    rank_by: str | None = None,
    model: str = "logistic",
    params: Mapping[str, object] | None = None,
    estimator: str | None = None,
    tune: Mapping[str, object] | None = None,
    class_weight: str | None = None,
    drop: Texts = (),
    group_column: str | None = None,
    time_column: str | None = None,
    test_size: float = 0.25,
    validation_size: float | None = None,
    learning_curve: bool = False,
    seed: int = 0,
    folds: int = 5,
    repeats: int = 1,
    audit_on: str | None = None,
    fitted: object = None,
    trust: Texts = (),
    trust_pickle: bool = False,
    positive_class: str | None = None,
    statements: Place = DEFAULT_STATEMENTS,
    template: Place | None = None,
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    names: Texts = (),
    skip_bad_lines: bool = False,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_dir: Place | None = None,
    out: Place | None = None,
) -> Audit:
    """Audit predictions; or train and cross-validate a model first, and audit what is predicted for rows that the models never saw.

    Parameters
    ----------
    source
        Path of a CSV, TSV, JSON lines, Parquet, Arrow, XLSX, DuckDB or SQLite file (``"FILE.duckdb::TABLE"``), of a folder of Parquet files, or a
        table of a server (``"postgresql://…::TABLE"``); or a pandas or polars data frame, an Arrow table or a DuckDB relation. None of them is changed.
    target
        Column with the outcome to learn; the rows are then raw data. Left out, they are predictions.
    label, score, decision, weight
        Column names. ``label="none"`` audits decisions alone; left out, the usual names are looked for.
    attributes
        What to group people by, as on the command line: ``"race"``, ``"age:25,45"``, ``"race*sex"``. Left out, columns of 2 to 50
        texts, or of 0 and 1, are chosen: at most 12, and none that repeats the label or the decision.
    features
        What rows are sliced by beside the attributes.
    weight_kind
        ``"frequency"`` (a row stands for so many people) or ``"survey"``. Left out, weights of which some have fractions are those of a survey.
    id
        Column that says whom a row is about, where people stand in several rows: evidence then counts people, not rows.
    positive
        Label values, or values of the target, that make up the positive class, where these are not 0/1.
    ref_group
        Whom groups are compared with: ``"race=Caucasian"`` or a bare group, ``"majority"`` (the largest), ``"rest"`` (everybody else), ``"max"`` (the highest
        selection rate) or ``"min"`` (the lowest rate). Left out, the largest group, or for intersections everybody else.
    suppress_below
        Groups with counts of fewer people, but not of nobody, are counted together, with further ones where they would be told by subtraction.
    threshold, top_k, top_percent
        At most one decision rule for scores that are no decisions; `top_percent` lies in (0, 100].
    tau
        Tolerance above 0 and at most 1: ratios within [tau, 1 / tau] are tolerated.
    decide
        ``"interval"``: a verdict needs evidence; ``"point"``: the ratio alone decides.
    metrics
        Those that form the verdict.
    effect
        What decision 1 does to a person: ``"hurts"`` or ``"helps"``. It says who is worse off; no number changes.
    words, unit
        What sentences call ``people``, ``selected``, ``refused``, ``positive`` and ``negative``, such as ``{"positive": "re-offended"}``; and what rows
        are about, if not people, such as ``"cars"``.
    interval
        Of rates: ``"wilson"`` or ``"clopper-pearson"``.
    where
        SQL condition; rows that do not fulfil it are dropped and counted.
    slices
        SQL conditions by the names of the slices that they are, such as ``{"young_women": "age < 25 and sex = 'Female'"}``; their names are attributes, too.
        Or the path of a file of slices that ``fairaudit slice --save`` or `measure_slices` has kept: exactly these are applied, with their edges, categories,
        references, roles of columns and decision rule.
    missing
        ``"error"`` or ``"drop"``: what to do with rows without a label or score.
    na_values
        What stands for a missing value, instead of the usual marks (``NA``, ``NaN``, ``None``, ``?`` and such): a comma list, or a list. An
        empty one leaves only empty cells.
    min_group_size
        Smaller groups are marked.
    unknown
        Values that say as little as a missing one, such as ``"Unknown"`` or ``"race=Other"``: their people are counted, and neither judged nor compared with.
    rank_by
        The metric that slices are ranked by, the poorest first; left out, balanced accuracy, or without labels the selection rate.
    model, params, estimator, tune, class_weight, drop, group_column, time_column, test_size, validation_size, learning_curve, seed, folds, repeats, audit_on
        How a model is trained and cross-validated, as for `train` and `cross_validate`; and whether the verdict stands on all rows out of fold
        (``"folds"``, as if left out) or on those held out (``"test"``).
    fitted
        A model that was fitted elsewhere, by which all rows are scored: its path, what `load_model` returns, or a classifier like scikit-learn's itself. Nothing is
        trained then; `target` names the outcome, and `drop` columns that are no features of a model that names none.
    trust, trust_pickle, positive_class
        As for `load_model`.
    format, delimiter, encoding, names, skip_bad_lines
        How a file is read that does not say so itself: its kind, such as ``"parquet"``; of a text file what stands between columns, its encoding, the
        names of its columns if it has no header, and whether lines that cannot be read are left out and counted.
    memory_limit, threads, temp_dir
        How much memory DuckDB may take, such as ``"2GB"``; how many threads; and the folder for what does not fit into memory.
    statements, template
        What people state for the card, and a folder whose templates replace ours of the same name; both are read only if `out` is given.
    out
        Folder in which to write all that ``fairaudit audit`` writes; left out, nothing is written, and `Audit.write` can do so later.

    Returns
    -------
    Audit
        The documents; it shows itself in a notebook, and ``audit.group.to_frame()`` and its like are flat pandas frames.

    Raises
    ------
    fairaudit.errors.FairauditError
        If the input cannot be audited as asked; the message says what would be right.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"label": [0, 1] * 60, "score": [1, 0, 1] * 40, "sex": ["F", "F", "M"] * 40})
    >>> found = audit(people, attributes="sex")
    >>> str(found.verdict)
    'fail'
    """
    return _audited(source, checked(locals()), out)


@in_python
def train(
    data: object,
    *,
    target: str,
    positive: Texts = (),
    model: str = "logistic",
    params: Mapping[str, object] | None = None,
    estimator: str | None = None,
    tune: Mapping[str, object] | None = None,
    class_weight: str | None = None,
    drop: Texts = (),
    group_column: str | None = None,
    time_column: str | None = None,
    test_size: float = 0.25,
    validation_size: float | None = None,
    learning_curve: bool = False,
    seed: int = 0,
    threshold: float = 0.5,
    where: str | None = None,
    missing: str = "error",
    na_values: Texts | None = None,
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    names: Texts = (),
    skip_bad_lines: bool = False,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_dir: Place | None = None,
    out: Place | None = None,
) -> TrainedModel:
    """Train a classifier on some of the rows, and score the rows that are held out.

    Parameters
    ----------
    data
        As `source` of `audit`: a path or a table of raw data.
    target
        Column with the outcome to learn.
    positive
        Values of the target that make up the positive class, where it is not 0/1.
    model
        ``"logistic"``, ``"random-forest"`` or ``"hist-gradient-boosting"``.
    params
        Parameters of the classifier, such as ``{"C": 0.1}``.
    estimator
        Any classifier like scikit-learn's, instead of `model`: ``"package.module:factory"``. Its code runs. One whose ``accepts`` is ``"frame"``, and
        one that prepares columns itself, gets them as they stand.
    tune
        Values of parameters to choose from by folds of the training rows, such as ``{"C": [0.1, 1, 10]}``.
    class_weight
        ``"balanced"`` weighs both classes equally.
    drop
        Columns that are kept for the audit but are no features.
    group_column, time_column
        A column whose rows of one value are never both learnt from and held out, such as a person's number; and a column of dates or numbers by which
        rows that are held out are later than those learnt from. Neither is a feature.
    test_size
        Share of the rows that is held out, in (0, 1).
    validation_size
        Share of the rows that is held out for validation, beside those of the test.
    learning_curve
        Whether it is tried what more rows would bring.
    seed
        Fixes everything random.
    threshold
        A row with score >= threshold is decided 1.
    where, missing, na_values, format, delimiter, encoding, names, skip_bad_lines, memory_limit, threads, temp_dir
        As for `audit`.
    out
        Folder in which to write ``train.json``, ``model.skops`` and ``predictions.csv``; left out, nothing is written.

    Returns
    -------
    TrainedModel
        ``document`` is ``train.json``; ``predictions.frame`` holds the rows that were held out with their scores, to be audited.

    Raises
    ------
    fairaudit.errors.FairauditError
        If the data cannot be read or learned from as asked.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"paid": [0, 1, 1] * 40, "income": [i * 37 % 101 for i in range(120)], "sex": ["F", "M"] * 60})
    >>> trained = train(people, target="paid", drop="sex")
    >>> trained.document.split.test, list(trained.predictions.frame)
    (30, ['row', 'label', 'score', 'decision', 'income', 'sex'])
    """
    arguments = checked(locals())
    training = _learning(Training, arguments)
    opened = open_input(data, group_of(InputSettings, arguments))
    _refuse_replacing(data, out, (PREDICTIONS, VALIDATION_PREDICTIONS))
    trained = fit(prepare(opened, training), training, stamp_of("train"))
    if out is not None:
        trained.write(out)
    return trained


@in_python
def cross_validate(
    data: object,
    *,
    target: str,
    folds: int = 5,
    repeats: int = 1,
    attributes: Texts = (),
    positive: Texts = (),
    model: str = "logistic",
    params: Mapping[str, object] | None = None,
    estimator: str | None = None,
    tune: Mapping[str, object] | None = None,
    class_weight: str | None = None,
    drop: Texts = (),
    group_column: str | None = None,
    time_column: str | None = None,
    seed: int = 0,
    threshold: float = 0.5,
    where: str | None = None,
    slices: Mapping[str, str] | Place | None = None,
    missing: str = "error",
    na_values: Texts | None = None,
    min_group_size: int = DEFAULT_MIN_GROUP_SIZE,
    words: Mapping[str, str] | None = None,
    unit: str | None = None,
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    names: Texts = (),
    skip_bad_lines: bool = False,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_dir: Place | None = None,
    out: Place | None = None,
) -> Validated:
    """Cross-validate a classifier on folds, overall and on slices; every row is scored by a model that never saw it.

    Parameters
    ----------
    data, target, positive, model, params, estimator, tune, class_weight, drop, group_column, time_column, seed, threshold, where, missing, na_values, format, delimiter, encoding, names, skip_bad_lines, memory_limit, threads, temp_dir
        As for `train`.
    folds, repeats
        How many folds, and how often the rows are shuffled and folded.
    attributes
        Slices over which the metrics of the folds are summarised.
    slices
        Conditions by the names of the slices that they are, or a file of slices, as for `audit`; of the latter the columns' roles and the decision rule are not taken.
    min_group_size
        Smaller slices are marked.
    words, unit
        As for `audit`.
    out
        Folder in which to write ``cv.json`` and ``cv_predictions.csv``; left out, nothing is written.

    Returns
    -------
    Validated
        ``document`` is ``cv.json``; ``predictions.frame`` holds all rows with their scores.

    Raises
    ------
    fairaudit.errors.FairauditError
        If the data cannot be read or learned from as asked.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"paid": [0, 1, 1] * 40, "income": [i * 37 % 101 for i in range(120)], "sex": ["F", "M"] * 60})
    >>> validated = cross_validate(people, target="paid", drop="sex", folds=3)
    >>> validated.document.to_frame()["fold"].nunique()
    3
    """
    arguments = checked(locals())
    training, grouping = _learning(Training, arguments), group_of(Grouping, arguments)
    opened = open_input(data, group_of(InputSettings, arguments))
    _refuse_replacing(data, out, (CV_PREDICTIONS,))
    validated = validate(
        prepare(opened, training),
        training,
        stamp_of("cross_validate"),
        folds=group_of(Folds, arguments),
        attributes=grouping.attributes,
        grouping=grouping,
        measuring=group_of(Measuring, arguments),
        naming=group_of(Naming, arguments),
    )
    if out is not None:
        validated.write(out)
    return validated


def _audited(source: object, arguments: Mapping[str, Any], out: Place | None) -> Audit:
    folds, learning = group_of(Folds, arguments), _learning(Learning, arguments)
    fitted = fitting_of(
        arguments["fitted"],
        group_of(Fitted, {**arguments, "fitted": None}),
        arguments["target"],
        learning,
        folds,
        group_of(AuditReading, arguments),
    )
    if arguments["target"] is None and fitted is None:
        refuse_untrained(learning, folds)
    options = AuditOptions(
        rule=VerdictRule.of(group_of(VerdictOptions, arguments)),
        reading=group_of(AuditReading, arguments),
        measuring=group_of(Measuring, arguments),
        naming=group_of(Naming, arguments),
        features=group_of(Division, arguments).features,
        training=None
        if arguments["target"] is None or fitted is not None
        else _learning(Training, arguments),
        fitted=None if fitted is None else fitted.of_rows(source),
        folds=folds,
        audit_on=group_of(AuditedRows, arguments).audit_on,
    )
    words = None if out is None else read_words(group_of(WordingOptions, arguments))
    opened = open_input(source, group_of(InputSettings, arguments))
    _refuse_replacing(source, out, written_names(options))
    audited = run(opened, options, stamp_of("audit"))
    if out is not None and words is not None:
        with output_folder(Path(out)) as folder:
            publish(audited, folder, words)
    return audited


def _refuse_replacing(source: object, out: Place | None, names: Sequence[str]) -> None:
    """Refuse to write predictions in the place of the file that is read."""
    for one in source if isinstance(source, (list, tuple)) else [source]:
        if out is not None and isinstance(one, (str, os.PathLike)):
            refuse_replacing(os.fsdecode(one), Path(out), *names)


def _learning(group: type[_L], arguments: Mapping[str, Any]) -> _L:
    """Make options of training; a threshold that is left out is the usual one."""
    return group_of(group, {k: v for k, v in arguments.items() if k != "threshold" or v is not None})
