"""What is left out of an audit that does not tell of small groups, beside these themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fairaudit.count.counts import LABELLED_CELLS, UNLABELLED_CELLS, Counted, Counts
from fairaudit.count.scores import count_scores
from fairaudit.documents.parts import AuditSettings
from fairaudit.errors import OptionError, clipped
from fairaudit.metrics.effective import people_in
from fairaudit.read.checked_rows import Checked
from fairaudit.read.notes import Note
from fairaudit.read.suppressed import SUPPRESSED_NAMES, without_values
from fairaudit.spelling import setting

if TYPE_CHECKING:
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


def refuse_small_cells(counted: Counted, checked: Checked, *, within: bool = False) -> None:
    """Refuse intersections with groups of few people, which what their parts have beside the other groups would give back, and few people in all.

    Parameters
    ----------
    within
        Whether groups are to be compared within strata, which may be of few people.

    Raises
    ------
    OptionError
        If there are any, and small groups are not to be told of.
    """
    if checked.suppression is not None and within:
        raise OptionError(
            setting("within"), f"tells of small groups, and {setting('suppress_below')} of none"
        )
    refuse_few(counted.overall.people, [(g.attribute, g.counts.people) for g in counted.groups], checked)


def refuse_few(everybody: int, groups: Sequence[tuple[str, int]], checked: Checked) -> None:
    """Refuse the same, of how many people are in each group, behind its attribute."""
    if checked.suppression is None:
        return
    least = checked.suppression.least
    if everybody < least:
        raise OptionError(
            setting("suppress_below", str(least)),
            f"fewer people than that are left of {checked.source.name}, and whatever is told is of them",
        )
    for attribute in checked.attributes:
        if any(0 < people < least for name, people in groups if name == attribute.name):
            # People who stand in several groups of one column are fewer than these have one by one.
            why = ", which its parts would give back" if len(attribute.dimensions) > 1 else ""
            raise OptionError(
                setting("suppress_below", str(least)),
                f"{clipped(attribute.name)!r} has groups of fewer than {least} people{why}",
                hint="Leave it out, or cut its parts into fewer groups",
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


def still_told(counted: Counted, checked: Checked, *, hides_scores: bool) -> tuple[Note, ...]:
    """Say what is told of few people although groups of few people are not: cells of the counts of larger groups; and that scores are not."""
    if checked.suppression is None:
        return ()
    least = checked.suppression.least
    notes = []
    for attribute in checked.attributes:
        few = sum(
            any(0 < n < least for n in _people_of_cells(group.counts)) for group in counted.of(attribute.name)
        )
        if few:
            groups = "1 group that is told of has" if few == 1 else f"{few:,} groups that are told of have"
            notes.append(
                Note(
                    sentence=f"{clipped(attribute.name)}: {groups} a count of fewer than {least} people (rightly or wrongly selected, or not); "
                    "only groups that are small as a whole are hidden"
                )
            )
    if hides_scores:
        sentence = f"score: counts between thresholds are left out, as some are of fewer than {least} people"
        notes.append(Note(sentence=sentence))
    return tuple(notes)


def _people_of_cells(counts: Counts) -> tuple[float, ...]:
    """Count the people in each cell of which counts are told; of several rows or weights as many as they are worth, who are no more than there are."""
    if counts.selected is None:
        return ()
    cells = UNLABELLED_CELLS if counts.tp is None else LABELLED_CELLS
    if counts.clusters is not None:
        return tuple(people_in(counts, (cell,)) for cell in cells)
    if counts.tp is None:
        return counts.selected, counts.n - counts.selected
    return tuple(getattr(counts, cell) or 0 for cell in cells)


def without_single_values(checked: Checked, notes: Iterable[Note]) -> tuple[Note, ...]:
    """Leave out the notes that count single values of columns whose small groups are counted together."""
    return tuple(notes) if checked.suppression is None else without_values(notes, checked.suppression.columns)


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
