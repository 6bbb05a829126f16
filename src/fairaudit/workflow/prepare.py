"""Raw data read once, for training and for cross-validation: rows with a label, as text and as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairaudit.errors import (
    ColumnError,
    OptionError,
)
from fairaudit.read import identity
from fairaudit.read.identity import repeated_people
from fairaudit.read.labels import negative_notes
from fairaudit.read.notes import Note, distinct
from fairaudit.read.readings import Conventions
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Input, Rows
from fairaudit.read.watching import Progress
from fairaudit.settings.choices import Missing, split_words
from fairaudit.settings.training import Training
from fairaudit.spelling import setting

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from fairaudit.read.frames import Frames
    from fairaudit.read.together import Kept


NO_LABEL_REASON = "missing label"
_SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Training data with its labels.

    Attributes
    ----------
    positive, drop
        As typed, with comma lists taken apart.
    dropped
        How many rows were left out, by reason.
    unlabelled
        The rows among them that have no label; ``None`` without any.
    notes
        What was found while reading that a reader of the numbers has to know.
    groups, times
        What stays together where rows are divided, if anything was named.
    """

    rows: Rows
    frames: Frames
    target_name: str
    target: NDArray[np.int8]
    positive: tuple[str, ...]
    drop: tuple[str, ...]
    features: tuple[str, ...]
    dropped: Mapping[str, int]
    unlabelled: Frames | None = None
    notes: tuple[Note, ...] = ()
    groups: Kept | None = None
    times: Kept | None = None

    @property
    def name(self) -> str:
        """What the data are called in messages."""
        return self.rows.source.name


def prepare(opened: Input, training: Training, *, on_progress: Progress | None = None) -> Prepared:
    """Read training data and its labels.

    Raises
    ------
    ColumnMissing
        If the target or a column to drop is not there.
    ColumnError
        If the target has missing values, or is not binary and no positive value is named.
    """
    from fairaudit.model.train import binary_target
    from fairaudit.read.frames import column_notes, to_frames

    opened.require(training.target)
    opened = opened.calling([training.target])
    drop = tuple(opened.require(column) for column in split_words(training.drop, known=opened.columns))
    dividing = _dividing(opened, training)
    features = tuple(c for c in opened.columns if c not in (training.target, *drop, *dividing.values()))
    rows = opened.load(
        [training.target, *features],
        also=(*drop, *(c for c in dividing.values() if c not in drop)),
        hint=setting("drop", "{column}"),
        where=training.where,
        conventions=Conventions(na_values=training.na_values),
        on_progress=on_progress,
    )
    frames = to_frames(rows)
    dropped = {f"where not ({rows.where})": rows.rows - len(frames)} if rows.where else {}
    frames, together = _together(frames, dividing, training.missing, dropped)
    labels = frames.text([training.target])[training.target]
    frames, unlabelled = _labelled(frames, labels, training, file=opened.name)
    if unlabelled is not None:
        labels = labels.dropna().reset_index(drop=True)
        dropped[NO_LABEL_REASON] = len(unlabelled)
    if not len(frames):
        raise nothing_left(rows, dropped)
    positive = split_words(training.positive, known=set(labels))
    target = binary_target(labels, positive=positive, file=opened.name)
    return Prepared(
        rows=rows,
        frames=frames,
        target_name=training.target,
        target=target,
        positive=positive,
        drop=drop,
        features=features,
        dropped=dropped,
        unlabelled=unlabelled,
        **together,
        notes=distinct(
            [
                *rows.notes,
                *label_notes(labels, target, positive),
                *column_notes(rows, opened.columns, features=features),
                *repeated_people(rows, "kept", but=dividing.get("group_column")),
            ]
        ),
    )


def nothing_left(rows: Rows, dropped: Mapping[str, int]) -> OptionError:
    """Say why no row is left."""
    reasons = "; ".join(f"{reason}: {number:,}" for reason, number in dropped.items())
    return OptionError(
        "no rows are left", f"all {rows.rows:,} rows of {rows.source.name} were dropped ({reasons})"
    )


def _dividing(opened: Input, training: Training) -> dict[str, str]:
    """Return the columns that rows are divided by, by the options that name them.

    Raises
    ------
    ColumnMissing, OptionError
        One is not there, or has another part to play.
    """
    named = {"group_column": training.group_column, "time_column": training.time_column}
    columns = {option: opened.require(name) for option, name in named.items() if name is not None}
    for option, column in columns.items():
        others = {"target": training.target, **{o: c for o, c in columns.items() if o != option}}
        if (other := next((o for o, c in others.items() if c == column), None)) is not None:
            raise OptionError(
                setting(option, column),
                f"{setting(other, column)} names the same column",
                hint="Name another",
            )
    return columns


def _together(
    frames: Frames, dividing: Mapping[str, str], missing: Missing, dropped: dict[str, int]
) -> tuple[Frames, dict[str, Kept]]:
    """Find which rows stay together; those without a value are left out and counted, unless that is an error."""
    from fairaudit.read.together import keep_together

    together: dict[str, Kept] = {}
    for option, column in dividing.items():
        is_time = option == "time_column"
        frames, kept, lacking = keep_together(frames, column, option=option, missing=missing, is_time=is_time)
        together["times" if is_time else "groups"] = kept
        if lacking:
            dropped[f"no value in {column}"] = lacking
    return frames, together


def _labelled(
    frames: Frames, labels: pd.Series[Any], training: Training, *, file: str
) -> tuple[Frames, Frames | None]:
    """Keep the rows that have a label, and return the others, unless these are an error."""
    labelled = labels.notna().to_numpy()
    if labelled.all():
        return frames, None
    lacking = frames.row_numbers[~labelled]
    if training.missing is Missing.ERROR:
        named = ", ".join(f"{row:,}" for row in lacking[:_SHOWN_ROWS])
        raise ColumnError(
            file,
            training.target,
            f"{len(lacking):,} of {len(labelled):,} rows have no label ({'row' if len(lacking) == 1 else 'rows'} {named}"
            f"{' …' if len(lacking) > _SHOWN_ROWS else ''})",
            hint=f"Say {setting('missing', Missing.DROP)} to leave them out; they will be counted",
        )
    return frames.where(labelled), frames.where(~labelled)


def label_notes(
    labels: pd.Series[Any], target: NDArray[np.int8], positive: Sequence[str]
) -> tuple[Note, ...]:
    """Say which labels became 0, where the positive ones are named."""
    if not positive:
        return ()
    negative = {str(value): int(number) for value, number in labels[target == 0].value_counts().items()}
    return negative_notes(str(labels.name), negative, sorted(set(labels[target == 1])))


def person_column(prepared: Prepared) -> str | None:
    """Return the column that keeps rows together, if it is called like one that says whom a row is about."""
    groups = prepared.groups
    return groups.column if groups and identity.says_whom(prepared.rows, groups.column) else None


def refuse_repeats(prepared: Prepared) -> None:
    """Refuse data of people who stand in several rows, before predictions for these are counted as people; unless a column tells who they are.

    Raises
    ------
    ColumnError
        If there are any.
    """
    roles = Roles(label=prepared.target_name, id=person_column(prepared))
    identity.refuse_repeats(prepared.rows, roles, "kept", predictions=False)
