"""What is left out of an audit that does not tell of small groups, beside these themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.count.counts import GroupCounts
from fairaudit.count.scores import count_scores
from fairaudit.documents.parts import AuditSettings, NotePart, OverallPart
from fairaudit.errors import OptionError, clipped
from fairaudit.read.checked_rows import Checked
from fairaudit.read.notes import Note
from fairaudit.read.suppressed import (
    SUPPRESSED_NAMES,
    are_few_apart,
    people_by_cell,
    small_cell,
    without_values,
)
from fairaudit.slices.grammar import CROSS
from fairaudit.spelling import setting

if TYPE_CHECKING:
    from fairaudit.count.score_groups import ScoredGroups
    from fairaudit.documents.audit import SlicePart, SlicesDocument
    from fairaudit.documents.model import CvDocument, PredictDocument, TrainDocument


def unknown_too(checked: Checked, unknown: Mapping[int, frozenset[str]]) -> Mapping[int, frozenset[str]]:
    """Add the groups that are counted together to those of which it is not known who is in them: they are nobody's group."""
    if checked.suppression is None:
        return unknown
    together = {place: SUPPRESSED_NAMES & set(names) for place, names in enumerate(checked.names)}
    return {
        place: unknown.get(place, frozenset()) | together.get(place, frozenset())
        for place in {*unknown, *(place for place, names in together.items() if names)}
    }


def refuse_small_cells(checked: Checked, *, within: bool = False) -> None:
    """Refuse intersections of which a count of few people would be told, which their parts would give back if these were counted together.

    Parameters
    ----------
    within
        Whether groups are to be compared within strata, which may be of few people.

    Raises
    ------
    OptionError
        If there are any, and small counts are not to be told of.
    """
    suppression = checked.suppression
    if suppression is None:
        return
    if within:
        raise OptionError(
            setting("within"), f"tells of small groups, and {setting('suppress_below')} of none"
        )
    for attribute in checked.attributes:
        if len(attribute.dimensions) < 2:
            continue
        indexes = checked.groups_of(attribute)
        groups = people_by_cell(checked.rows, indexes, checked.columns_of(indexes), suppression).values()
        few = any(sum(cells.values()) < suppression.least for cells in groups)
        cells = sorted({cell for own in groups if (cell := small_cell(own, suppression))})
        if few or cells:
            kind = "" if few else f" that are {cells[0]}"
            raise OptionError(
                setting("suppress_below", str(suppression.least)),
                f"{clipped(attribute.name)!r} has groups of fewer than {suppression.least} people{kind}, which its parts would give back",
                hint="Leave it out, or cut its parts into fewer groups",
            )


def refuse_few_above(attribute: str, groups: Sequence[GroupCounts], checked: Checked) -> None:
    """Refuse groups of which few people are above a score that is found in all of them, such as their median, or few are not.

    Raises
    ------
    OptionError
        If there are any, and small counts are not to be told of.
    """
    suppression = checked.suppression
    if suppression is None:
        return
    counts = [n for g in groups for n in (g.counts.selected or 0, g.counts.n - (g.counts.selected or 0))]
    if any(map(suppression.is_small, counts)):
        raise OptionError(
            setting("suppress_below", str(suppression.least)),
            f"{clipped(attribute)!r} has groups of which fewer people than that, though some, are above the median of the scores, or not above it",
            hint="Leave it out, or cut it into fewer groups",
        )


def are_few_at_the_top(scored: ScoredGroups, checked: Checked) -> bool:
    """Tell whether those who are at the top at some decile of the scores, or are not, are few people of a group; rows of which several are one person say nothing of how many they are."""
    suppression = checked.suppression
    if suppression is None:
        return False
    return checked.clustered or any(
        suppression.is_small(n)
        for group in scored.groups.values()
        for top in group.at_least
        for n in (top, group.moments.n - top)
    )


def are_few_between(checked: Checked) -> bool:
    """Tell whether scores that are counted between thresholds would tell of few people: of one label, in a group that is told of or in all together.

    What is counted are people only where each row is one; otherwise nothing says that they are enough.
    """
    if checked.suppression is None:
        return False
    scored = count_scores(checked)
    if scored is None:
        return False
    if checked.clustered:
        return True
    least = checked.suppression.least
    return any(
        0 < n < least
        for counts in (scored.overall, *scored.groups)
        for people, ones in zip(counts.people, counts.positives or counts.people, strict=True)
        for n in ((ones, people - ones) if counts.positives else (people,))
    )


def left_out(checked: Checked, *, of_scores: str = "") -> tuple[Note, ...]:
    """Say what is left out beside groups, as it would tell of few people: something that is counted by scores, and of which groups rows were dropped."""
    if checked.suppression is None:
        return ()
    least = checked.suppression.least
    notes = []
    if of_scores:
        sentence = f"score: {of_scores} are left out, as some are of fewer than {least} people"
        notes.append(Note(sentence=sentence))
    for attribute in checked.attributes:
        places = checked.groups_of(attribute)
        if len(places) == 1 and checked.dropped_groups and not checked.dropped_groups[places[0]]:
            sentence = f"{clipped(attribute.name)}: of which groups rows were dropped is left out, as some are of fewer than {least} people"
            notes.append(Note(sentence=sentence))
    return tuple(notes)


def without_single_values(checked: Checked, notes: Iterable[Note]) -> tuple[Note, ...]:
    """Leave out the notes that count single values of columns whose small groups are counted together."""
    return tuple(notes) if checked.suppression is None else without_values(notes, checked.suppression.columns)


def telling_more(folder: Path, names: Iterable[str], least: int | None) -> tuple[Path, ...]:
    """Name those of a folder's documents that do not say that they leave out groups of fewer than `least` people: beside one that does they would tell of these."""
    if least is None:
        return ()
    return tuple(
        path for name in names if (path := folder / name).is_file() and _least(path) not in (0, least)
    )


def _least(path: Path) -> object:
    """Read of how few people a document tells nothing, or that it tells of nobody apart; ``None`` where it tells of all, or cannot be read."""
    try:
        document = json.loads(path.read_bytes())
        if path.name == "cv.json":
            return None if document["slices"] else 0
        return document["settings"]["suppress_below"]
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return None


def taken_away(paths: Iterable[Path], least: int | None) -> tuple[str, ...]:
    """Say which documents of an earlier command are taken away, as they tell of few people."""
    return tuple(
        f"{path} was of an earlier command, and is taken away: it tells of groups of fewer than {least} people"
        for path in paths
    )


def few_apart(whole: SlicesDocument, part: SlicesDocument) -> tuple[NotePart, ...]:
    """Say that of all rows out of fold and those that were held out only one is told of, where both would give back small counts of the rows that a model learnt from.

    Raises
    ------
    OptionError
        If the model learnt from few people in all, or few of a label.
    """
    least = whole.settings.suppress_below
    if least is None:
        return ()
    everybody, held_out = _of_labels(whole.overall), _of_labels(part.overall)
    for label in everybody:
        if 0 < everybody[label] - held_out[label] < least:
            raise OptionError(
                setting("suppress_below", str(least)),
                f"the model learnt from fewer {label} than that, and what is told of it is told of them",
                hint="Train it on more rows, or hold out fewer",
            )
    if not _give_back_few(whole, part, least):
        return ()
    sentence = (
        f"rows out of fold and rows that were held out are not both reported, as their difference would tell of groups with fewer than {least} people, or fewer of a label, "
        "among those that the model learnt from"
    )
    return (NotePart(sentence=sentence, warning=False),)


def _give_back_few(whole: SlicesDocument, part: SlicesDocument, least: int) -> bool:
    """Tell whether the slices of all rows and those of a part of them, as they are told, give back small counts of people, or of a label; decisions are of different models."""
    if whole.settings.id is not None:
        # Rows say nothing of how many people are of a label.
        return True
    crossed = {a.name for a in whole.settings.attributes if len(a.columns) > 1}
    tables = []
    for document in (whole, part):
        by_feature: dict[str, dict[str, dict[str, int]]] = {}
        for one in document.slices:
            by_feature.setdefault(one.feature, {})[one.slice] = _of_labels(one)
        tables.append(by_feature)
    # What is hidden of a crossing's parts may be others in both.
    hides = any(
        set(name.split(CROSS)) & SUPPRESSED_NAMES
        for table in tables
        for feature in crossed & table.keys()
        for name in table[feature]
    )
    return hides or any(
        are_few_apart(groups, tables[1].get(feature, {}), least) for feature, groups in tables[0].items()
    )


def _of_labels(part: SlicePart | OverallPart) -> dict[str, int]:
    """Count the people of each label."""
    cells = part.counts
    ones = int((cells.tp or 0) + (cells.fn or 0))
    zeros = int((cells.fp or 0) + (cells.tn or 0))
    return {"people": part.n, "people of label 1": ones, "people of label 0": zeros}


def of_scoring(predict: PredictDocument, audited: AuditSettings) -> PredictDocument:
    """Return the document of a scoring beside an audit: without values of single columns where small groups are not told of."""
    if audited.suppress_below is None:
        return predict
    columns = {column for attribute in audited.attributes for column in attribute.columns}
    source = predict.input.model_copy(update={"notes": list(without_values(predict.input.notes, columns))})
    # What is strange about a column is said by its values.
    warnings = [sentence for sentence in predict.warnings if not sentence.startswith("column ")]
    return predict.model_copy(update={"input": source, "warnings": warnings, "unknown_categories": {}})


def of_training(train: TrainDocument, cv: CvDocument, audited: AuditSettings) -> dict[str, Any]:
    """Return the documents of a training beside an audit: without the groups of its folds, and notes on single values, where small groups are not told of."""
    if audited.suppress_below is None:
        return {"train": train, "cv": cv}
    columns = {column for attribute in audited.attributes for column in attribute.columns}
    sources = [
        document.input.model_copy(update={"notes": list(without_values(document.input.notes, columns))})
        for document in (train, cv)
    ]
    return {
        "train": train.model_copy(update={"input": sources[0]}),
        "cv": cv.model_copy(update={"input": sources[1], "slices": [], "quality": []}),
    }
