"""Sentences about what changed between two sets of predictions: for whom, by how much, how sure that is, and who came or went."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.documents.changed import (
    ChangePart,
    CompareDocument,
    GroupInBothPart,
    Outcome,
    StabilityPart,
)
from fairaudit.errors import clipped
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.discovered import p_text
from fairaudit.render.words.names import joined
from fairaudit.render.words.people import Words, attribute_text, group_text, words_of
from fairaudit.render.words.shares import base_text, predicate_text
from fairaudit.render.words.values import count_text, rate_text, read_text, signed
from fairaudit.settings.choices import Effect
from fairaudit.settings.limits import number_text

HEADS = {
    "pprev": "selected",
    "fpr": "FPR",
    "fnr": "FNR",
    "precision": "precision",
    "accuracy": "accuracy",
    "prev": "base rate",
    "share": "share",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "mcc": "MCC",
    "roc_auc": "ROC AUC",
    "brier": "Brier score",
    "log_loss": "log loss",
    "ece": "calibration error",
    "oe": "observed / expected",
}
"""What a rate is called in a table."""
OF_EVERYBODY = {
    "share": (
        "{people} are a larger share of all than before",
        "{people} are a smaller share of all than before",
    ),
    "prev": ("for more {people} than before, {outcome}", "for fewer {people} than before, {outcome}"),
    "accuracy": (
        "{people} are decided rightly more often than before",
        "{people} are decided rightly less often than before",
    ),
}
"""What is said of more, and of fewer, where a rate is a share of all people of a group, or of everybody."""
WORDS_OF = {
    Outcome.WORSE: "WORSE",
    Outcome.CHANGED: "CHANGED",
    Outcome.BETTER: "BETTER",
    Outcome.NO_CHANGE: "NO CHANGE SHOWN",
    Outcome.CANNOT_TELL: "CANNOT TELL",
}
SHOWN = (Outcome.WORSE, Outcome.CHANGED, Outcome.BETTER)
"""What is a change, the worst first."""
_MOST = 5


def words_for(document: CompareDocument) -> Words:
    """Return what people and outcomes are called."""
    return words_of(document.settings, [group.group for group in document.groups])


def who(change: ChangePart, words: Words) -> str:
    """Name the people of whom a rate is, within a sentence."""
    if change.attribute is None or change.group is None:
        return words.people
    return group_text(change.attribute, change.group, words)


def who_alone(change: ChangePart, words: Words) -> str:
    """Name the people of whom a rate is where no sentence says that these are all."""
    return f"all {words.people}" if change.attribute is None else who(change, words)


def headline(document: CompareDocument, words: Words) -> tuple[str, str]:
    """Say in one word and one sentence what came out."""
    first, moved = leading(document), moved_texts(document, words)
    if first is not None:
        return WORDS_OF[first.verdict], claim(first, words, document.settings.effect)
    if moved:
        return WORDS_OF[Outcome.CHANGED], moved[0]
    if document.of(Outcome.NO_CHANGE):
        return WORDS_OF[
            Outcome.NO_CHANGE
        ], f"{comparisons_text(document)}, and none shows a change beyond chance."
    return WORDS_OF[Outcome.CANNOT_TELL], "There are too few people to tell whether anything has changed."


def leading(document: CompareDocument) -> ChangePart | None:
    """Return the change that is told first; ``None`` where there is none, or where groups that came or went are told before it."""
    shown = document.of(*SHOWN)
    moved = any(group.status != "in both" for group in document.groups)
    return None if not shown or (moved and shown[0].verdict is not Outcome.WORSE) else shown[0]


def claim(change: ChangePart, words: Words, effect: Effect | None = None) -> str:
    """Say of whom what happens more or less often than before, with both shares.

    >>> from fairaudit.documents.changed import RatePart
    >>> rates = {"base": {"value": 0.21, "numerator": 42, "denominator": 200}, "new": {"value": 0.3, "numerator": 60, "denominator": 200}}
    >>> part = ChangePart.model_construct(attribute="sex", group="Female", metric="fnr", difference=0.09, base=RatePart(**rates["base"]), new=RatePart(**rates["new"]))
    >>> claim(part, Words(), Effect.HELPS)
    'Women are wrongly refused more often than before: 30 of 100 with label 1, against 21 of 100.'
    """
    more = (change.difference or 0.0) > 0
    if is_figure(change):
        name = BY_NAME[change.metric].long_name
        figures = f"{_figure(change.new.value)}, against {_figure(change.base.value)}"
        return (
            f"The {name} of {who(change, words)} is {'higher' if more else 'lower'} than before: {figures}."
        )
    now, before = in_two(change.new.value or 0.0, change.base.value or 0.0)
    often = "more often" if more else "less often"
    base = ""
    if change.metric in OF_EVERYBODY:
        sentence = OF_EVERYBODY[change.metric][0 if more else 1].replace("{outcome}", words.outcome)
    else:
        sentence = f"{{people}} {predicate_text(change.metric, words, harm=effect is Effect.HELPS)} {often} than before"
        base = base_text(change.metric, words)
    # A name of a stranger may hold braces.
    text = sentence.replace("{people}", who(change, words), 1)
    return f"{text[:1].upper()}{text[1:]}: {now}{base}, against {before}."


def in_two(one: float, other: float) -> tuple[str, str]:
    """Write two shares as so many of as many people each, of which there are enough to tell them apart.

    >>> in_two(0.3, 0.21), in_two(0.2143, 0.2119)
    (('30 of 100', '21 of 100'), ('214 of 1,000', '212 of 1,000'))
    """
    whole = 100
    while one != other and round(one * whole) == round(other * whole) and whole < 1_000_000_000:
        whole *= 10
    return f"{round(one * whole):,} of {whole:,}", f"{round(other * whole):,} of {whole:,}"


def proof_text(change: ChangePart) -> str:
    """Say how many people are behind a change, and how sure it is."""
    if is_figure(change):
        people = f", of {change.resamples:,} resamples" if change.resamples else ""
        return f"{change_text(change)}, {change.test}{people}."
    rates = [
        f"{count_text(rate.numerator or 0)} of {count_text(rate.denominator or 0)}"
        for rate in (change.new, change.base)
    ]
    return f"{rates[0]}; before {rates[1]}. {change_text(change)} points, {change.test}."


def change_text(change: ChangePart) -> str:
    """Write a difference in points, with its interval."""
    if change.difference is None or change.difference_ci is None:
        return "–"
    low, high = change.difference_ci
    if is_figure(change):
        return f"{signed(change.difference, 3)} ({signed(low, 3)} to {signed(high, 3)})"
    return f"{_points(change.difference)} ({_points(low)} to {_points(high)})"


def is_figure(change: ChangePart) -> bool:
    """Return whether something is no share of people."""
    return change.metric in BY_NAME and not BY_NAME[change.metric].is_rate


def value_text(change: ChangePart, value: float | None) -> str:
    """Write one of both values: a share in percent, and any other figure as it is."""
    return _figure(value) if is_figure(change) else rate_text(value)


def _figure(value: float | None) -> str:
    return "–" if value is None else number_text(value, 3)


def margin_texts(document: CompareDocument, words: Words) -> list[str]:
    """Say for how many groups a worsening beyond the margin is shown, excluded or open, and name those for whom it is shown."""
    if document.margin is None:
        return []
    asked = [change for change in document.changes if change.beyond_margin is not None]
    counts = [
        (kind, [c for c in asked if c.beyond_margin == kind]) for kind in ("shown", "undecided", "excluded")
    ]
    tally = ", ".join(f"{kind} for {len(own):,}" for kind, own in counts if own) or "asked of nothing"
    texts = [f"A worsening by more than {document.margin:g} is {tally} of {len(asked):,} comparisons."]
    for kind, own in counts[:2]:
        named = [f"{who_alone(c, words)} ({HEADS[c.metric]})" for c in own[:_MOST]]
        rest = [f"{len(own) - _MOST:,} more"] if len(own) > _MOST else []
        if named:
            texts.append(f"{kind.capitalize()}: {joined([*named, *rest])}.")
    return texts


MOST_IN_TABLE = 10


def table_heads(document: CompareDocument) -> tuple[str, ...]:
    """Name the columns of a table of changes."""
    heads = ("Who", "What", "Verdict", "Before", "Now", "Change (95%)", "p")
    return (*heads, *([margin_head(document.margin)] if document.margin is not None else []))


def margin_head(margin: float) -> str:
    """Name the column that says whether something is worse by more than a margin."""
    return f"worse by > {margin:g}"


def summary(document: CompareDocument, words: Words) -> list[str]:
    """Say for those who read no terminal what came out, and how it was compared."""
    first = leading(document)
    sentences = [headline(document, words)[1], *([proof_text(first)] if first else [])]
    sentences += [text for text in moved_texts(document, words) if text not in sentences]
    sentences += [counts_text(document), *margin_texts(document, words), *missing_texts(document, words)]
    sentences += [matched_text(document, words), stability_text(document, words)]
    sentences.append(
        f"Before: {clipped(document.input.name)}, {document.base_people:,} {words.people}. "
        f"Now: {clipped(document.new.name)}, {document.new_people:,}."
    )
    return [sentence for sentence in sentences if sentence]


def table_rows(document: CompareDocument, words: Words) -> list[tuple[str, ...]]:
    """Write what has changed, the worst first, one in a row; where nothing has, the largest differences of which something is known."""
    shown = document.of(*SHOWN) or document.of(Outcome.NO_CHANGE)
    return [
        (
            who_alone(part, words),
            HEADS[part.metric],
            str(part.verdict),
            value_text(part, part.base.value),
            value_text(part, part.new.value),
            change_text(part),
            "–" if part.p_adjusted is None else p_text(part.p_adjusted),
            *([part.beyond_margin or "–"] if document.margin is not None else []),
        )
        for part in shown[:MOST_IN_TABLE]
    ]


def table_note(document: CompareDocument) -> str:
    """Say what the table holds, and what it does not."""
    rest = len(document.changes) - min(
        MOST_IN_TABLE, len(document.of(*SHOWN) or document.of(Outcome.NO_CHANGE))
    )
    more = f" {rest:,} more are in compare.json." if rest > 0 else ""
    return f"Changes of shares are in points; intervals are of each change by itself.{more}"


def _points(value: float) -> str:
    return signed(100 * value, 1)


def moved_texts(document: CompareDocument, words: Words) -> list[str]:
    """Name the groups that are new or have vanished, one sentence for each way."""
    texts = []
    for status, text in (
        ("new", "of whom there were none before"),
        ("vanished", "of whom there are none now"),
    ):
        groups = [group for group in document.groups if group.status == status]
        if groups:
            many = (
                "1 group is"
                if len(groups) == 1
                else f"{len(groups):,} groups are"
                if status == "new"
                else f"{len(groups):,} groups have"
            )
            if status == "vanished" and len(groups) == 1:
                many = "1 group has"
            texts.append(f"{many} {status}: {joined(_named(groups, status, words))}, {text}.")
    return texts


def _named(groups: Sequence[GroupInBothPart], status: str, words: Words) -> list[str]:
    names = []
    for group in groups[:_MOST]:
        many = group.new if status == "new" else group.base
        names.append(f"{group_text(group.attribute, group.group, words)} ({many:,})")
    rest = len(groups) - _MOST
    return [*names, *([f"{rest:,} more"] if rest > 0 else [])]


def comparisons_text(document: CompareDocument) -> str:
    """Say how many comparisons were made."""
    one = document.comparisons == 1
    return f"{document.comparisons:,} comparison{' was' if one else 's were'} made"


def counts_text(document: CompareDocument) -> str:
    """Say what all comparisons came to."""
    parts = [f"{len(document.of(outcome)):,} {outcome}" for outcome in Outcome if document.of(outcome)]
    alike = document.comparisons - document.counted
    rest = f" but {alike:,} in which nobody differs" if alike else ""
    return f"{comparisons_text(document)}: {', '.join(parts)}. p is adjusted for all of them{rest} (Holm)."


def matched_text(document: CompareDocument, words: Words) -> str:
    """Say who was matched with whom, and who was not."""
    matched = document.matched
    if document.from_documents:
        return f"Compared by the counts of two folders of results, as different {words.people}."
    if matched is None:
        return f"Compared as different {words.people}; --id COL matches the same ones."
    if not matched.both:
        return (
            f"No value of {clipped(matched.column)} stands in both: all are compared as different {words.people}. "
            "Identifiers match if they are written alike."
        )
    text = (
        f"Matched by {clipped(matched.column)}: {matched.both:,} {words.people} stand in both, "
        f"{matched.base_only:,} in base only, {matched.new_only:,} in new only."
    )
    if matched.labels_changed:
        text += f" {matched.labels_changed:,} have another label now."
    return text


def stability_text(document: CompareDocument, words: Words) -> str:
    """Say how far scores, and the shares of groups, have moved; empty where nothing is measured.

    The bands are a convention, and what chance alone gives stands beside an index that is in the upper ones.
    """
    shares = sorted(document.shares, key=lambda part: -part.index)[:_MOST]
    parts = [*([document.scores] if document.scores else []), *shares]
    if not parts:
        return ""
    named = [_index_text(part, words) for part in parts]
    return f"Population stability index (by convention below 0.1 is little, from 0.25 on much): {', '.join(named)}."


def _index_text(part: StabilityPart, words: Words) -> str:
    name = "scores" if part.edges is not None else attribute_text(part.of, words)
    chance = "" if part.band == "little" else f" ({part.band}; by chance {part.by_chance:.3f})"
    return f"{name} {part.index:.3f}{chance}"


def missing_texts(document: CompareDocument, words: Words) -> list[str]:
    """Say how many people lack a value, in each column where somebody does."""
    return [
        f"{clipped(part.column)} is missing for {part.new:,} of {document.new_people:,} {words.people}, "
        f"before for {part.base:,} of {document.base_people:,}."
        for part in document.missing
    ]


def read_in_new(document: CompareDocument, words: Words) -> str:
    """Say how much of new was read, before the same is said of base."""
    decision = document.new_decision
    selected = (
        "" if decision is None or decision.selected is None else f", {count_text(decision.selected)} selected"
    )
    return f"New: {read_text(document.new, document.new_people, words.people)}{selected}."
