"""Raw data into predictions out of fold, and how metrics spread over folds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from fairaudit.count.groups import count
from fairaudit.documents.envelope import attribute_parts
from fairaudit.documents.model import (
    CvDocument,
    CvSettings,
    FoldPart,
    FoldSlicePart,
    SpreadPart,
)
from fairaudit.documents.parts import AttributePart, Stamp
from fairaudit.errors import (
    OptionError,
)
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.measure import measure
from fairaudit.metrics.scored import AREA
from fairaudit.metrics.table import BY_NAME
from fairaudit.read.dataframes import open_frame
from fairaudit.read.notes import distinct
from fairaudit.read.rows import Progress
from fairaudit.read.table import Checked, check
from fairaudit.settings.choices import DEFAULT_MIN_GROUP_SIZE
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.training import Training
from fairaudit.workflow.remarks import scores_against_labels

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.model.crossval import Fold
    from fairaudit.slices.grammar import Attribute, Dimension
from fairaudit.workflow.predictions import predictions, write_csv
from fairaudit.workflow.prepare import (
    CV_PREDICTIONS,
    MOST_ROUNDS,
    Prepared,
    all_rows,
    check_slices,
    data_part,
    edges_of,
    metric_values,
    model_part,
    settings_of_model,
    settings_part,
    training_envelope,
    unknown_sentences,
)

_ROUND = "round"
"""The column that numbers the folds of all repeats in the frame that is counted."""


def cross_validate(
    prepared: Prepared,
    training: Training,
    out: Path,
    stamp: Stamp,
    *,
    folds: int = 5,
    repeats: int = 1,
    attributes: Sequence[str] = (),
    min_group_size: int = DEFAULT_MIN_GROUP_SIZE,
    on_fold: Progress | None = None,
) -> CvDocument:
    """Cross-validate; write ``cv_predictions.csv``, which scores every row once by a model that never saw it.

    Parameters
    ----------
    folds, repeats
        Of the stratified k-fold; the written predictions are those of the first repeat.
    attributes
        Slices over which the folds' metrics are summarised; left out, they are chosen as for an audit. Cuts fall where they do in all of
        the data.
    on_fold
        Is told after each fold which share of them is done.
    """
    import pandas as pd

    from fairaudit.model import crossval

    if folds * repeats > MOST_ROUNDS:
        raise OptionError("--folds", f"{folds * repeats:,} rounds are more than {MOST_ROUNDS:,}")
    chosen, edges = _slices(prepared, training, attributes)
    plain = tuple(_plain_name(attribute, prepared) for attribute in chosen)
    finished = 0

    def tell(_: object) -> None:
        nonlocal finished
        finished += 1
        if on_fold:
            on_fold(finished / (folds * repeats))

    done = crossval.cross_validate(
        prepared.frames.typed,
        prepared.target,
        features=prepared.features,
        settings=settings_of_model(training),
        folds=folds,
        repeats=repeats,
        on_fold=tell,
        file=prepared.name,
        row_numbers=prepared.frames.row_numbers,
    )
    every = pd.concat(
        [_round(prepared, fold, number, training.threshold) for number, fold in enumerate(done.folds)],
        ignore_index=True,
    )
    checked = check(
        open_frame(every),
        ReadSettings(
            label="label",
            score="score",
            decision="decision",
            attributes=(_ROUND, *plain, *(f"{_ROUND}*{name}" for name in plain)),
            na_values=(),
        ),
        edges={
            dataclasses.replace(dimension, column=_plain_column(dimension.column, prepared)): found
            for dimension, found in edges.items()
        },
    )
    # Every repeat counts everybody once more.
    measured = measure(count(metric_values(checked)), min_group_size=min_group_size * repeats)
    by_round = {group.group: group for group in measured.of(_ROUND)}
    fold_parts = [
        FoldPart(
            repeat=fold.repeat,
            fold=fold.number,
            n=len(fold.test_index),
            metrics={name: e.value for name, e in by_round[_round_name(number)].estimates.items()},
            reasons={
                name: e.reason for name, e in by_round[_round_name(number)].estimates.items() if e.reason
            },
        )
        for number, fold in enumerate(done.folds)
    ]
    written = predictions(
        prepared.frames,
        done.scores,
        target=prepared.target,
        target_name=training.target,
        index=all_rows(len(prepared.target)),
        threshold=training.threshold,
        fold=done.fold_numbers,
    )
    unknown = _summed(fold.unknown_categories for fold in done.folds)
    predictions_sha256 = write_csv(out / CV_PREDICTIONS, [written.frame])
    against = scores_against_labels(measured.overall.estimates.get(AREA), score="held-out rows of all folds")
    notes = distinct([*prepared.notes, *against])
    return CvDocument(
        **training_envelope(prepared.rows, len(prepared.target), prepared.dropped, stamp, notes),
        settings=CvSettings(
            folds=folds,
            repeats=repeats,
            attributes=_slice_parts(checked, chosen),
            **settings_part(training, prepared),
        ),
        model=model_part(training, prepared, None, done.features),
        data=data_part(prepared, {}),
        folds=fold_parts,
        summary={
            name: _spread(part.metrics[name] for part in fold_parts) for name in measured.overall.estimates
        },
        slices=_fold_slices(measured, dict(zip(plain, chosen, strict=True)), len(done.folds), repeats),
        predictions_sha256=predictions_sha256,
        warnings=[
            *(warning.sentence for warning in done.feature_warnings),
            *done.fit_warnings,
            *unknown_sentences(unknown, "held-out rows, over all folds"),
            *written.warnings,
        ],
    )


def _slices(
    prepared: Prepared, training: Training, typed: Sequence[str]
) -> tuple[tuple[Attribute, ...], dict[Dimension, tuple[float, ...]]]:
    """Give the slices of a cross-validation and the edges of their cuts; none where none was asked for and none can be chosen."""
    try:
        checked = check_slices(prepared, training, typed)
    except OptionError:
        if typed:
            raise
        return (), {}
    return checked.attributes, edges_of(checked)


def _plain_column(column: str, prepared: Prepared) -> str:
    return f"c{prepared.rows.source.columns.index(column)}"


def _plain_name(attribute: Attribute, prepared: Prepared) -> str:
    """Write an attribute with plain column names, since the true ones may hold commas and stars."""
    rest, parts = attribute.name, []
    for dimension in attribute.dimensions:
        cut, _, rest = rest.removeprefix(dimension.column).partition("*")
        parts.append(_plain_column(dimension.column, prepared) + cut)
    return "*".join(parts)


def _round_name(number: int) -> str:
    # A word, because a column of many numbers would have to be cut.
    return f"r{number}"


def _round(prepared: Prepared, fold: Fold, number: int, threshold: float) -> pd.DataFrame:
    """Put the labels and scores of one fold beside the columns by which they may be sliced."""
    columns = {name: _plain_column(name, prepared) for name in prepared.rows.source.columns}
    frame = prepared.frames.text.iloc[fold.test_index].rename(columns=columns)
    frame[_ROUND] = _round_name(number)
    frame["label"] = prepared.target[fold.test_index]
    frame["score"] = fold.scores
    frame["decision"] = (fold.scores >= threshold).astype("int8")
    return frame


def _slice_parts(checked: Checked, chosen: Sequence[Attribute]) -> list[AttributePart]:
    """Write down the slices under their true names; in the counts they come after the rounds."""
    parts = attribute_parts(checked)[1 : 1 + len(chosen)]
    return [
        AttributePart(
            name=attribute.name,
            columns=[dimension.column for dimension in attribute.dimensions],
            edges={
                dimension.column: part.edges[column]
                for dimension, column in zip(attribute.dimensions, part.columns, strict=True)
                if column in part.edges
            },
        )
        for part, attribute in zip(parts, chosen, strict=True)
    ]


def _fold_slices(
    measured: Measured, slices: Mapping[str, Attribute], rounds: int, repeats: int
) -> list[FoldSlicePart]:
    from fairaudit.count.groups import CROSS

    parts = []
    for plain, attribute in slices.items():
        in_round = {g.group: g for g in measured.of(f"{_ROUND}*{plain}")}
        for group in measured.of(plain):
            members = [in_round.get(f"{_round_name(n)}{CROSS}{group.group}") for n in range(rounds)]
            parts.append(
                FoldSlicePart(
                    feature=attribute.name,
                    slice=group.group,
                    n=group.counts.n // repeats,
                    small=group.small,
                    metrics={
                        metric: _spread(m.estimates[metric].value if m else None for m in members)
                        for metric in group.estimates
                        if not BY_NAME[metric].is_of_whole
                    },
                )
            )
    return parts


def _spread(values: Iterable[float | None]) -> SpreadPart:
    defined = [value for value in values if value is not None]
    return SpreadPart(
        mean=fmean(defined) if defined else None,
        std=stdev(defined) if len(defined) > 1 else None,
        min=min(defined, default=None),
        max=max(defined, default=None),
        folds=len(defined),
        reason="undefined in every fold"
        if not defined
        else "defined in one fold only"
        if len(defined) == 1
        else None,
    )


def _summed(many: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    total: dict[str, dict[str, int]] = {}
    for unknown in many:
        for column, values in unknown.items():
            for value, number in values.items():
                total.setdefault(column, {})[value] = total.get(column, {}).get(value, 0) + number
    return total
