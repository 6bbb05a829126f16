"""Raw data into predictions out of fold, and how metrics spread over folds."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.count.groups import count
from fairaudit.documents.envelope import attribute_parts, called_by, lock_part
from fairaudit.documents.model import (
    CvDocument,
    CvSettings,
    FoldPart,
    FoldSlicePart,
    FoldTuningPart,
)
from fairaudit.documents.parts import AttributePart, Stamp
from fairaudit.documents.text import dump
from fairaudit.errors import OptionError
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.measure import measure
from fairaudit.metrics.scored import AREA
from fairaudit.metrics.table import BY_NAME
from fairaudit.read.checked_rows import Checked
from fairaudit.read.dataframes import open_frame
from fairaudit.read.notes import Note, distinct
from fairaudit.read.readings import MOST_GROUPS
from fairaudit.read.table import validate
from fairaudit.read.watching import Progress
from fairaudit.render.report import notebook
from fairaudit.settings.arguments import check_kinds
from fairaudit.settings.edges import in_python
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import Grouping, ReadSettings
from fairaudit.settings.training import Folds, Training
from fairaudit.settings.verdict import Measuring
from fairaudit.slices.grammar import CROSS
from fairaudit.spelling import setting
from fairaudit.workflow.audited_rows import by_rank
from fairaudit.workflow.described import (
    data_part,
    envelope_of_model,
    model_part,
    model_settings,
    unknown_sentences,
    written_settings,
)
from fairaudit.workflow.divided import division_part, spread, tuning_part
from fairaudit.workflow.edges import Edges, check_slices, cut_edges, group_rows
from fairaudit.workflow.locked import with_departures
from fairaudit.workflow.predictions import CV_PREDICTIONS, Labels, Predictions, as_probabilities, predictions
from fairaudit.workflow.prepare import Prepared, person_column
from fairaudit.workflow.quality import quality_by_group
from fairaudit.workflow.remarks import scores_against_labels
from fairaudit.write import output_folder, write_files

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.model.crossval import CrossValidated, Fold
    from fairaudit.slices.grammar import Attribute

MOST_ROUNDS = MOST_GROUPS
"""Folds times repeats; each is a group of the counts."""
_ROUND = "round"
"""The column that numbers the folds of all repeats in the frame that is counted."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Validated:
    """How a model does over folds, and what models that never saw a row predict for it.

    Attributes
    ----------
    csv
        The content of the file of predictions.
    person
        The column that says whom a row is about, if folds were made by it.
    """

    document: CvDocument
    predictions: Predictions
    csv: bytes
    person: str | None = None

    @property
    def files(self) -> Mapping[str, bytes]:
        """The content of the file beside the document, by its name."""
        return {CV_PREDICTIONS: self.csv}

    def __repr__(self) -> str:
        """Say what was validated, and not all the numbers."""
        settings = self.document.settings
        return f"<Validated: {self.document.model.estimator} for {settings.target}, {settings.folds} folds>"

    def _repr_html_(self) -> str:
        """Show how metrics spread over folds in a notebook."""
        return notebook.validated(self.document)

    @in_python
    def write(self, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Write what ``fairaudit cv`` writes into a folder, which is made if it is not there."""
        check_kinds({"folder": folder})
        with output_folder(Path(folder)) as made:
            document = dump(self.document).encode("utf-8")
            return write_files(made, {"cv.json": document, **self.files})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sliced:
    """The slices that folds are summarised over, the names that they are counted by, and the group of each row in every column behind them.

    Attributes
    ----------
    plain
        What each attribute is counted by: the columns of `rows`, crossed, several times where its groups overlap.
    edges
        Where cuts fall.
    rows
        By column ``d0``, ``d1`` …, the place of each row's group among the names of this dimension of `checked`.
    """

    attributes: tuple[Attribute, ...] = ()
    plain: tuple[tuple[str, ...], ...] = ()
    rows: Mapping[str, Sequence[int]] = field(default_factory=dict)
    edges: Edges = field(default_factory=dict)
    parts: tuple[AttributePart, ...] = ()
    checked: Checked | None = None


def cross_validate(
    prepared: Prepared,
    training: Training,
    stamp: Stamp,
    *,
    folds: Folds | None = None,
    attributes: Sequence[str] = (),
    measuring: Measuring | None = None,
    naming: Naming | None = None,
    ranking: ReadSettings | None = None,
    edges: Edges | None = None,
    grouping: Grouping = Grouping(),  # noqa: B008  # frozen
    on_fold: Progress | None = None,
) -> Validated:
    """Cross-validate; every row is scored once by a model that never saw it.

    Parameters
    ----------
    folds
        Of the stratified k-fold; the predictions are those of the first repeat.
    attributes
        Slices over which the folds' metrics are summarised; left out, they are chosen as for an audit.
    ranking
        A rule by rank, if there is one, that becomes the threshold that it comes to among the scores out of fold.
    edges
        Where cuts fall that were made in the rows of a training; others are made in all of the data.
    grouping
        Conditions that have names, and slices that were kept, which are the attributes if none are named.
    on_fold
        Is told after each fold which share of them is done.
    """
    from fairaudit.model import crossval

    folds, measuring = folds or Folds(), measuring or Measuring()
    sliced = _slices(prepared, attributes, edges, grouping)
    done = crossval.cross_validate(
        prepared.frames.typed,
        prepared.target,
        features=prepared.features,
        settings=model_settings(training, prepared),
        folds=folds,
        on_fold=_counting(on_fold, _rounds(folds)),
        file=prepared.name,
        row_numbers=prepared.frames.row_numbers,
    )
    training = by_rank(training, done.scores, ranking)
    checked = _check_rounds(prepared, done, sliced, training.threshold)
    # Every repeat counts everybody once more.
    least = measuring.min_group_size * folds.repeats
    measured = measure(count(as_probabilities(checked)), min_group_size=least)
    sliced = _departed(sliced, measured)
    written = _predictions(prepared, training, done)
    csv, notes = written.to_csv(), _notes(prepared, measured, sliced, done)
    document = CvDocument(
        **envelope_of_model(prepared.rows, len(prepared.target), prepared.dropped, stamp, notes),
        settings=_settings(prepared, training, folds, sliced, naming or Naming()),
        model=model_part(training, prepared, None, done.features),
        data=data_part(prepared, {}),
        **_over_folds(measured, done, sliced, folds.repeats),
        quality=quality_by_group(prepared, sliced.attributes, sliced.edges),
        predictions_sha256=hashlib.sha256(csv).hexdigest(),
        warnings=_warnings(done, written),
        **_divided(prepared, done),
    )
    return Validated(document=document, predictions=written, csv=csv, person=person_column(prepared))


def _settings(
    prepared: Prepared, training: Training, folds: Folds, sliced: _Sliced, naming: Naming
) -> CvSettings:
    """Write down all that can change a number."""
    return CvSettings(
        **dataclasses.asdict(folds),
        attributes=list(sliced.parts),
        words=called_by(naming),
        slices=dict(sliced.checked.conditions) if sliced.checked else {},
        lock=lock_part(sliced.checked) if sliced.checked else None,
        **written_settings(training, prepared),
    )


def _rounds(folds: Folds) -> int:
    """Return how many rounds there are, and refuse more than can be counted."""
    rounds = folds.folds * folds.repeats
    if rounds > MOST_ROUNDS:
        raise OptionError(setting("folds"), f"{rounds:,} rounds are more than {MOST_ROUNDS:,}")
    return rounds


def _departed(sliced: _Sliced, measured: Measured) -> _Sliced:
    """Find in what the data depart from slices that were kept."""
    checked = sliced.checked
    if checked is None or checked.lock is None:
        return sliced
    there = [
        (attribute.name, name)
        for counted_by, attribute in zip(sliced.plain, sliced.attributes, strict=True)
        for plain in counted_by
        for group in measured.of(plain)
        if (name := _group_name(group.group, plain, attribute, checked)) is not None
    ]
    return dataclasses.replace(sliced, checked=with_departures(dataclasses.replace(checked, notes=()), there))


def _notes(prepared: Prepared, measured: Measured, sliced: _Sliced, done: CrossValidated) -> tuple[Note, ...]:
    """Gather the notes on the data, on what departs from slices that were kept, and on scores that go against the labels."""
    area = measured.overall.estimates.get(AREA)
    never = len(prepared.target) - len(done.scored)
    unscored = [
        Note(
            sentence=f"{never:,} of {len(prepared.target):,} rows, those of the first times, are only learnt from: no model of earlier rows can score them"
        )
    ]
    departed = sliced.checked.notes if sliced.checked and sliced.checked.lock else ()
    return distinct(
        [
            *prepared.notes,
            *(unscored if never else []),
            *departed,
            *scores_against_labels(area, score="held-out rows of all folds"),
        ]
    )


def _counting(on_fold: Progress | None, rounds: int) -> Callable[[object], None]:
    """Count the rounds that are done, and tell their share."""
    finished = 0

    def tell(_: object) -> None:
        nonlocal finished
        finished += 1
        if on_fold:
            on_fold(finished / rounds)

    return tell


def _check_rounds(prepared: Prepared, done: CrossValidated, sliced: _Sliced, threshold: float) -> Checked:
    """Check the rows of all folds, each with the number of its round, beside the columns that slice them."""
    import pandas as pd

    every = pd.concat(
        [_round(prepared, sliced, fold, number, threshold) for number, fold in enumerate(done.folds)],
        ignore_index=True,
    )
    plain = tuple(dict.fromkeys(itertools.chain.from_iterable(sliced.plain)))
    return validate(
        open_frame(every),
        ReadSettings(
            label="label",
            score="score",
            decision="decision",
            attributes=(_ROUND, *plain, *(f"{_ROUND}*{name}" for name in plain)),
            na_values=(),
        ),
    )


def _over_folds(measured: Measured, done: CrossValidated, sliced: _Sliced, repeats: int) -> dict[str, Any]:
    """Write the metrics of each fold, and how they spread: over all of the data, and over each slice."""
    by_round = {group.group: group.estimates for group in measured.of(_ROUND)}
    parts = [
        FoldPart(
            repeat=fold.repeat,
            fold=fold.number,
            n=len(fold.test_index),
            metrics={name: e.value for name, e in by_round[_round_name(number)].items()},
            reasons={name: e.reason for name, e in by_round[_round_name(number)].items() if e.reason},
        )
        for number, fold in enumerate(done.folds)
    ]
    return {
        "folds": parts,
        "summary": {
            name: spread(part.metrics[name] for part in parts) for name in measured.overall.estimates
        },
        "slices": _fold_slices(measured, sliced, len(done.folds), repeats),
    }


def _predictions(prepared: Prepared, training: Training, done: CrossValidated) -> Predictions:
    return predictions(
        prepared.frames,
        done.scores,
        labels=Labels(column=training.target, values=prepared.target),
        index=done.scored,
        threshold=training.threshold,
        fold=done.fold_numbers,
    )


def _divided(prepared: Prepared, done: CrossValidated) -> dict[str, Any]:
    """Describe the folds where rows were divided by a group or a time, and how parameters were chosen in each."""
    sides = {
        f"fold {fold.number}, {side}": index
        for fold in done.first
        for side, index in (("learnt from", fold.train_index), ("held out", fold.test_index))
    }
    return {
        "division": division_part(prepared, sides),
        "tuning": [
            FoldTuningPart(repeat=fold.repeat, fold=fold.number, tuning=tuning)
            for fold in done.folds
            if (tuning := tuning_part(fold.tuning)) is not None
        ],
    }


def _warnings(done: CrossValidated, written: Predictions) -> list[str]:
    unknown = _summed(fold.unknown_categories for fold in done.folds)
    return [
        *(warning.sentence for warning in done.feature_warnings),
        *done.fit_warnings,
        *unknown_sentences(unknown, "held-out rows, over all folds"),
        *written.warnings,
    ]


def _slices(prepared: Prepared, typed: Sequence[str], edges: Edges | None, grouping: Grouping) -> _Sliced:
    """Find the slices of a cross-validation, and the groups of each row; none where none was asked for and none can be chosen."""
    typed = typed or tuple(grouping.lock.slices if grouping.lock else ())
    if not typed:
        try:
            chosen = check_slices(prepared, typed, edges=edges, grouping=grouping)
        except OptionError:
            return _Sliced()
        typed = tuple(attribute.name for attribute in chosen.attributes)
    checked, rows = group_rows(prepared, typed, edges, grouping)
    return _Sliced(
        attributes=checked.attributes,
        plain=tuple(
            tuple("*".join(f"d{i}" for i in indexes) for indexes in checked.sets_of(a))
            for a in checked.attributes
        ),
        rows=rows,
        edges=cut_edges(checked),
        parts=tuple(attribute_parts(checked)),
        checked=checked,
    )


def _round_name(number: int) -> str:
    # A word, because a column of many numbers would have to be cut.
    return f"r{number}"


def _round(prepared: Prepared, sliced: _Sliced, fold: Fold, number: int, threshold: float) -> pd.DataFrame:
    """Put the labels and scores of one fold beside the groups by which they may be sliced."""
    import numpy as np
    import pandas as pd

    return pd.DataFrame(
        {
            _ROUND: _round_name(number),
            "label": prepared.target[fold.test_index],
            "score": fold.scores,
            "decision": (fold.scores >= threshold).astype("int8"),
            # Words, as of numbers: a column of many would have to be cut.
            **{
                column: [f"g{place}" for place in np.asarray(places)[fold.test_index]]
                for column, places in sliced.rows.items()
            },
        }
    )


def _group_name(codes: str, plain: str, attribute: Attribute, checked: Checked) -> str | None:
    """Name a group that was counted by the places of its names; ``None`` where it is no group of an attribute."""
    places = zip(plain.split("*"), codes.split(CROSS), strict=True)
    names = checked.names_in(attribute, tuple((int(column[1:]), int(place[1:])) for column, place in places))
    return None if names is None else CROSS.join(names)


def _fold_slices(measured: Measured, sliced: _Sliced, rounds: int, repeats: int) -> list[FoldSlicePart]:
    parts: list[FoldSlicePart] = []
    if sliced.checked is None:
        return parts
    vanished = sliced.checked.departures.vanished
    for counted_by, attribute in zip(sliced.plain, sliced.attributes, strict=True):
        own = [
            part
            for plain in counted_by
            for part in _of_groups(measured, plain, attribute, sliced.checked, rounds, repeats)
        ]
        own += [_of_nobody(attribute.name, name, own) for name in vanished.get(attribute.name, ())]
        parts += sorted(own, key=lambda part: part.slice)
    return parts


def _of_groups(
    measured: Measured, plain: str, attribute: Attribute, checked: Checked, rounds: int, repeats: int
) -> Iterable[FoldSlicePart]:
    """Write how the metrics of groups spread over the rounds."""
    in_round = {g.group: g for g in measured.of(f"{_ROUND}*{plain}")}
    for group in measured.of(plain):
        name = _group_name(group.group, plain, attribute, checked)
        if name is None:
            continue
        members = [in_round.get(f"{_round_name(n)}{CROSS}{group.group}") for n in range(rounds)]
        yield FoldSlicePart(
            feature=attribute.name,
            slice=name,
            n=group.counts.n // repeats,
            small=group.small,
            metrics={
                metric: spread(m.estimates[metric].value if m else None for m in members)
                for metric in group.estimates
                if not BY_NAME[metric].is_of_whole
            },
        )


def _of_nobody(attribute: str, group: str, others: Sequence[FoldSlicePart]) -> FoldSlicePart:
    """Write a group in which there is nobody any more."""
    metrics = {metric: spread(()) for metric in (others[0].metrics if others else ())}
    return FoldSlicePart(feature=attribute, slice=group, n=0, small=True, metrics=metrics)


def _summed(many: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    total: dict[str, dict[str, int]] = {}
    for unknown in many:
        for column, values in unknown.items():
            for value, number in values.items():
                total.setdefault(column, {})[value] = total.get(column, {}).get(value, 0) + number
    return total
