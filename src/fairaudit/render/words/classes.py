"""What is said of slices of several classes, and the rows of their tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fairaudit.documents.classes import (
    ClassDistancePart,
    ClassesDocument,
    ClassesOverallPart,
    ClassesSlicePart,
    ClassPart,
)
from fairaudit.documents.parts import EstimatePart
from fairaudit.errors import clipped
from fairaudit.metrics.classes import ACCURACY, AVERAGES, MACRO_F1, WEIGHTED_F1
from fairaudit.render.words.discovered import p_text
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import Words, group_name, group_text
from fairaudit.render.words.values import (
    NO_VALUE,
    counted,
    difference_text,
    metric_value,
    rate_text,
    share_text,
    worth_meaning,
)

LEVEL = 0.05
EVERYBODY = "Everybody"
HEADS = ("accuracy", "macro F1", "weighted F1", "to the rest", "p")
CLASS_HEADS = ("recall", "precision", "F1")


def headline(document: ClassesDocument, words: Words) -> tuple[str, str]:
    """Say which slice is surely predicted right less often than the rest, or that none is."""
    surely = [s for s in worst_first(document) if _is_lower(s)]
    everybody = _everybody(document, words)
    if not surely:
        tested = [s for s in document.slices if s.vs_rest[ACCURACY].p_value is not None]
        return everybody, (
            "No slice is surely predicted right less often than the rest."
            if tested
            else "Of no slice can be told how it differs from the rest."
        )
    worst = surely[0]
    who = capital(group_text(worst.feature, worst.slice, words))
    more = counted(len(surely) - 1, "more slice")
    others = (
        f" {more} {'is' if len(surely) == 2 else 'are'} surely below the rest." if len(surely) > 1 else ""
    )
    return everybody, (
        f"{who} are predicted right least: {_right_text(worst, words)}, "
        f"{difference_text(ACCURACY, worst.vs_rest[ACCURACY].difference or 0.0)} to everybody else.{others}"
    )


def _everybody(document: ClassesDocument, words: Words) -> str:
    """Say how many people of how many classes are predicted right."""
    overall, classes = document.overall, len(document.classes)
    rate, share = rate_text(_accuracy(overall)), overall.metrics[ACCURACY]
    rows = f" in {overall.rows:,} rows" if overall.rows is not None else ""
    which = "" if overall.rows is None else " of the rows"
    if isinstance(share.numerator, float):
        return f"Of {overall.n:,} {words.people}{rows} of {classes} classes, {rate}{which} are predicted right, as they are weighted."
    return f"Of {overall.n:,} {words.people}{rows} of {classes} classes, {share.numerator or 0:,}{which} are predicted right ({rate})."


def _right_text(part: ClassesOverallPart, words: Words) -> str:
    """Write how many of a slice are predicted right, and where rows are no people, how many they are worth."""
    accuracy = part.metrics[ACCURACY]
    rate, share = rate_text(accuracy.value), share_text(accuracy, words.people)
    return f"{rate}, {share}" if isinstance(accuracy.numerator, float) else f"{share} ({rate})"


def worst_first(document: ClassesDocument) -> list[ClassesSlicePart]:
    """Return the slices, those that are predicted right least first, small ones and those of nobody knows whom behind."""
    return sorted(document.slices, key=lambda s: (s.unknown, s.small, _accuracy(s) or 0.0))


def _is_lower(part: ClassesSlicePart) -> bool:
    rest = part.vs_rest[ACCURACY]
    below = rest.difference is not None and rest.difference < 0
    return below and rest.p_adjusted is not None and rest.p_adjusted <= LEVEL


def _accuracy(part: ClassesOverallPart) -> float | None:
    return part.metrics[ACCURACY].value


def is_worth_less(document: ClassesDocument) -> bool:
    """Tell whether people stand in several rows or have weights, so that it is shown how many people rows are worth."""
    return document.overall.metrics[ACCURACY].effective is not None


def worth_heads(document: ClassesDocument) -> tuple[str, ...]:
    """Head the columns of `worth_cells`."""
    if not is_worth_less(document):
        return ()
    return ("worth",) if document.overall.rows is None else ("rows", "worth")


def worth_cells(part: ClassesOverallPart, document: ClassesDocument) -> tuple[str, ...]:
    """Write how many rows there are, and how many people they are worth in the accuracy; nothing where each row is a person."""
    if not is_worth_less(document):
        return ()
    effective = part.metrics[ACCURACY].effective
    worth = NO_VALUE if effective is None else f"{math.floor(effective):,}"
    return (worth,) if part.rows is None else (f"{part.rows:,}", worth)


def figure_cells(part: ClassesOverallPart, *, intervals: bool = False) -> tuple[str, ...]:
    """Write accuracy and the averages of F1, and how far the accuracy is from that of everybody else."""
    figures = [
        _figure(name, part.metrics[name], intervals=intervals) for name in (ACCURACY, MACRO_F1, WEIGHTED_F1)
    ]
    if not isinstance(part, ClassesSlicePart):
        return (*figures, "", "")
    rest = part.vs_rest[ACCURACY]
    return (
        *figures,
        _away(rest, intervals=intervals),
        NO_VALUE if rest.p_adjusted is None else p_text(rest.p_adjusted),
    )


def slice_heads(document: ClassesDocument, words: Words) -> tuple[str, ...]:
    """Head the columns of `slice_rows`."""
    worth = map(capital, worth_heads(document))
    return ("Attribute", "Slice", capital(words.people), *worth, "Share", *map(capital, HEADS[:-1]), "p")


def slice_rows(document: ClassesDocument, words: Words) -> list[tuple[str, ...]]:
    """Write a row for everybody and one for each slice, all figures with their intervals."""
    everybody = document.overall
    rows = [
        (
            EVERYBODY,
            "",
            f"{everybody.n:,}",
            *worth_cells(everybody, document),
            "",
            *figure_cells(everybody, intervals=True),
        )
    ]
    rows += [
        (
            clipped(s.feature),
            f"{group_name(s.feature, s.slice, words)}{' (small)' if s.small else ''}",
            f"{s.n:,}",
            *worth_cells(s, document),
            rate_text(s.share),
            *figure_cells(s, intervals=True),
        )
        for s in document.slices
    ]
    return rows


def whose_matrices(document: ClassesDocument, words: Words) -> list[tuple[str, ClassesOverallPart]]:
    """Name whose confusion matrices there are."""
    named = [(capital(group_text(s.feature, s.slice, words)), s) for s in document.slices]
    return [(EVERYBODY, document.overall), *named]


def matrix_heads(document: ClassesDocument) -> tuple[str, ...]:
    """Head the columns of a confusion matrix and its rates, as `confusion_rows` writes them."""
    predicted = (f"predicted {clipped(name)}" for name in document.classes)
    return ("True class", *predicted, *map(capital, CLASS_HEADS))


def _away(rest: ClassDistancePart, *, intervals: bool) -> str:
    """Write how far a slice is from everybody else, in points."""
    if rest.difference is None:
        return NO_VALUE
    away = difference_text(ACCURACY, rest.difference)
    if intervals and rest.ci is not None:
        low, high = (difference_text(ACCURACY, end).removesuffix(" points") for end in rest.ci)
        away += f" ({low} to {high})"
    return away


def _figure(name: str, estimate: EstimatePart, *, intervals: bool) -> str:
    def text(value: float | None) -> str:
        return (
            NO_VALUE if value is None else f"{value:z.3f}" if name in AVERAGES else metric_value(name, value)
        )

    if not intervals or estimate.ci is None:
        return text(estimate.value)
    return f"{text(estimate.value)} ({text(estimate.ci[0])} to {text(estimate.ci[1])})"


def confusion_rows(part: ClassesOverallPart, *, intervals: bool = False) -> list[tuple[str, ...]]:
    """Write a row for each class that is true: how many are predicted to be of which, and the rates of the class."""
    return [
        (
            clipped(one.name),
            *(f"{people:,.1f}" if isinstance(people, float) else f"{people:,}" for people in row),
            *class_cells(one, intervals=intervals),
        )
        for one, row in zip(part.classes, part.confusion, strict=True)
    ]


def class_cells(part: ClassPart, *, intervals: bool = False) -> tuple[str, str, str]:
    """Write what is measured of a class."""
    recall, precision, f1 = (
        _figure(name, estimate, intervals=intervals)
        for name, estimate in zip(
            (ACCURACY, ACCURACY, MACRO_F1), (part.recall, part.precision, part.f1), strict=True
        )
    )
    return recall, precision, f1


def undefined_texts(part: ClassesOverallPart) -> list[str]:
    """Say what is undefined in a slice, and why: each reason once, with the classes. Where F1 is undefined, so is all else."""
    by_reason: dict[str, list[str]] = {}
    for one in part.classes:
        reasons = [e.reason for e in (one.f1, one.recall, one.precision) if e.reason is not None]
        for reason in reasons[:1]:
            by_reason.setdefault(reason, []).append(f'"{clipped(one.name)}"')
    return [f"{', '.join(names)}: {reason}" for reason, names in by_reason.items()]


def method_text(document: ClassesDocument) -> str:
    """Say how slices are compared."""
    tested = sum(s.vs_rest[ACCURACY].p_adjusted is not None for s in document.slices)
    return (
        f"p: accuracy against everybody else, adjusted by Holm's method for {counted(tested, 'slice')}. "
        "Macro and weighted F1 are averages over the classes that a slice has; their intervals are of a seeded bootstrap."
    )


def notes_of(document: ClassesDocument, words: Words) -> list[str]:
    """Say how slices are compared, and what rows are worth."""
    notes = [method_text(document)]
    if is_worth_less(document):
        notes.append(worth_meaning("the accuracy", rows=document.overall.rows, people=words.people))
    return notes


def slices_of(document: ClassesDocument, feature: str) -> Sequence[ClassesSlicePart]:
    """Return the slices of one feature."""
    return [s for s in document.slices if s.feature == feature]


def elsewhere_text(document: ClassesDocument, *, file: str) -> str:
    """Say where matrices stand that are too large to be shown."""
    return f"The confusion matrices of {len(document.classes)} classes are in {file}."


def more_matrices_text(more: int, *, file: str) -> str:
    """Say where the matrices of further slices stand."""
    return f"The confusion {'matrix' if more == 1 else 'matrices'} of {counted(more, 'more slice')} {'is' if more == 1 else 'are'} in {file}."


def matrix_title(whose: str) -> str:
    """Head a confusion matrix."""
    return f"{capital(whose)}, by predicted class"
