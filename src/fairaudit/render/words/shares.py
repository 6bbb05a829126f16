"""How many of how many people, of whom these are a share, and what happens to them."""

from __future__ import annotations

from fairaudit.documents.findings import Rate
from fairaudit.metrics.kinds import DECIDED_0, DECIDED_1, LABEL_0, LABEL_1
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.people import WORDS, Words
from fairaudit.render.words.values import count_text

FEWEST_IN_HUNDRED = 10
"""Of fewer people, a share of a hundred would look like more than it is: these are counted."""


def of_hundred(rate: Rate) -> str:
    """Write a rate as `in_hundred` does."""
    return in_hundred(rate.value or 0.0)


def share_of_group(rate: Rate) -> str:
    """Write how many of a group as `of_hundred` does, but by their number where they are few: "1 of 3"."""
    few = rate.denominator is not None and rate.denominator < FEWEST_IN_HUNDRED
    return people_of(rate) if few and people_of(rate) else of_hundred(rate)


def in_hundred(share: float) -> str:
    """Write a share as so many of a hundred people; of a thousand and more where it would look like none or all.

    >>> in_hundred(0.4485), in_hundred(0.0041)
    ('45 of 100', '4 of 1,000')
    """
    whole = 100
    while 0 < share < 1 and round(share * whole) in (0, whole) and whole < 1_000_000_000:
        whole *= 10
    return f"{round(share * whole):,} of {whole:,}"


def people_of(rate: Rate) -> str:
    """Write the people behind a rate, as "805 of 1,795"; empty where nobody can be counted."""
    if rate.numerator is None or rate.denominator is None:
        return ""
    return f"{count_text(rate.numerator)} of {count_text(rate.denominator)}"


def plain_happening(metric: str, words: Words, *, harm: bool | None = None) -> str:
    """Say what happens to people without saying that it is wrong, which follows from whom it happens to."""
    predicate = predicate_text(metric, words, harm=harm).removesuffix("{more}").strip()
    return predicate.replace("are wrongly ", "are ")


PREDICATES = {
    "pprev": "are {selected} {{more}}",
    "fpr": "are wrongly {selected} {{more}}",
    "fnr": "are missed {{more}}",
    "tpr": "are found {{more}}",
    "tnr": "are rightly left alone {{more}}",
    "precision": "are {selected} rightly {{more}}",
    "fdr": "are {selected} wrongly {{more}}",
    "for": "are passed over wrongly {{more}}",
    "npv": "are passed over rightly {{more}}",
    "ppr": "are among all {selected} {{more}}",
}
"""What happens to people as often as a metric says."""
_HARMS = PREDICATES | {
    "fnr": "are wrongly {refused} {{more}}",
    "tpr": "are rightly {selected} {{more}}",
    "for": "are {refused} wrongly {{more}}",
    "npv": "are {refused} rightly {{more}}",
}
"""The same where it harms them."""


def predicate_text(metric: str, words: Words, *, harm: bool | None = None) -> str:
    """Say what happens to people as often as a metric says, with a place for "more"."""
    return (_HARMS if harm else PREDICATES)[metric].format(selected=words.selected, refused=words.refused)


def base_text(metric: str, words: Words) -> str:
    """Say of which people a metric is a share, where these are not all."""
    bases = {
        frozenset(LABEL_0): words.negative,
        frozenset(LABEL_1): words.positive,
        frozenset(DECIDED_1): f"who are {words.selected}",
        frozenset(DECIDED_0): f"who are not {words.selected}",
    }
    base = bases.get(frozenset(BY_NAME[metric].denominator), "")
    return f" {base}" if base else ""


def among_text(metric: str, words: Words) -> str:
    """Say of which people a metric is a share.

    >>> among_text("fpr", Words()), among_text("precision", Words()), among_text("pprev", Words())
    ('people with label 0', 'people who are selected', 'people')
    """
    if BY_NAME[metric].is_of_whole:
        return f"{words.people} {words.selected} in all groups"
    return f"{words.people}{base_text(metric, words)}"


def condition_text(metric: str, words: Words) -> str:
    """Say by a clause of which people a metric is a share; empty where these are all.

    >>> condition_text("fpr", Words()), condition_text("precision", Words()), condition_text("pprev", Words())
    ('whose label is 0', 'who are selected', '')
    >>> condition_text("fpr", Words(whose_negative="whose repaid is 0"))
    'whose repaid is 0'
    """
    base = base_text(metric, words).strip()
    by_label = {WORDS.positive: words.whose_positive, WORDS.negative: words.whose_negative}
    return by_label.get(base, base)


def among_clause(metric: str, words: Words) -> str:
    """Begin a sentence by those of whom a metric is a share; empty where these are all.

    >>> among_clause("fpr", Words())
    'Among people whose label is 0'
    """
    condition = condition_text(metric, words)
    return f"Among {words.people} {condition}" if condition else ""
