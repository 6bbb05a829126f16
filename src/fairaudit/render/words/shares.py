"""How many of how many people, of whom these are a share, and what happens to them."""

from __future__ import annotations

from fairaudit.documents.findings import Rate
from fairaudit.metrics.kinds import DECIDED_0, DECIDED_1, LABEL_0, LABEL_1
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.people import Words
from fairaudit.render.words.values import count_text

FEWEST_IN_HUNDRED = 10
"""Of fewer people, a share of a hundred would look like more than it is: these are counted."""


def rate_head(metric: str, words: Words, *, harm: bool | None = None) -> str:
    """Say what happens to people, and of whom a metric is a share, as the head of its numbers; its name where it is no share of people.

    >>> rate_head("fpr", Words()), rate_head("pprev", Words())
    ('wrongly selected, of those with label 0', 'selected, of everybody')
    """
    if metric not in PREDICATES or BY_NAME[metric].is_of_whole:
        return BY_NAME[metric].long_name
    happens = predicate_text(metric, words, harm=harm).removeprefix("are ")
    base = base_text(metric, words)
    return f"{happens}, of {f'those{base}' if base else 'everybody'}"


def of_whom_text(metric: str, words: Words) -> str:
    """Say of whom the shares are that stand below.

    >>> of_whom_text("fpr", Words()), of_whom_text("pprev", Words())
    ('Of those with label 0', 'Of everybody')
    """
    base = base_text(metric, words)
    return f"Of those{base}" if base else "Of everybody"


def of_hundred(rate: Rate) -> str:
    """Write a rate as `in_hundred` does."""
    return in_hundred(rate.value or 0.0)


def share_of_group(rate: Rate) -> str:
    """Write how many of a group as `of_hundred` does, but by their number where they are few: "1 of 3"; of a figure that is no share of people the number."""
    if rate.numerator is None and rate.value is not None:
        return figure_text(rate.value)
    few = rate.denominator is not None and rate.denominator < FEWEST_IN_HUNDRED
    return people_of(rate) if few and people_of(rate) else of_hundred(rate)


def figure_text(value: float) -> str:
    """Write a figure that is no share of people."""
    return f"{value:z.3f}"


def adverb(metric: str, more: str) -> str:
    """Say "more often" of what happens to people, and "more" of what is a distance."""
    return more.removesuffix(" often") if metric in _DISTANCES else more


def shares_beside(own: Rate, other: Rate, happens: str = "") -> str:
    """Write how many of a group something happens to, and of how many of another; the same hundred is said once: "14 of 100 are selected, against 76"."""
    share, beside = share_of_group(own), share_of_group(other)
    if share.endswith(" of 100"):
        beside = beside.removesuffix(" of 100")
    return f"{share}{happens}, against {beside}"


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
    predicate = predicate_text(metric, words, harm=harm)
    return predicate.replace("are wrongly ", "are ")


def short_happening(metric: str, words: Words, *, harm: bool | None = None) -> str:
    """Say what happens to people after a clause that says what should: "are" is enough of those who should not be selected and are.

    >>> short_happening("fpr", Words()), short_happening("fnr", Words()), short_happening("fnr", Words(), harm=True)
    ('are', 'are missed', 'are refused')
    """
    happens = plain_happening(metric, words, harm=harm)
    said_before = f"be {words.selected} (" in condition_text(metric, words)
    return "are" if said_before and happens == f"are {words.selected}" else happens


def shares_among(metric: str, words: Words, share: str, other: str, *, harm: bool | None = None) -> str:
    """Say of whom a metric is a share, how many of them it happens to, and how many of others, without a full stop.

    >>> shares_among("fpr", Words(), "45 of 100", "23 of 100")
    'Of those who should not be selected (label 0), 45 of 100 are, against 23 of 100'
    """
    happens = short_happening(metric, words, harm=harm)
    return f"{among_clause(metric, words)}, {share} {happens}, against {other}"


PREDICATES = {
    "pprev": "are {selected}",
    "fpr": "are wrongly {selected}",
    "fnr": "are missed",
    "tpr": "are found",
    "tnr": "are rightly left alone",
    "precision": "are {selected} rightly",
    "fdr": "are {selected} wrongly",
    "for": "are passed over wrongly",
    "npv": "are passed over rightly",
    "ppr": "are among all {selected}",
}
"""What happens to people as often as a metric says."""
_HARMS = PREDICATES | {
    "fnr": "are wrongly {refused}",
    "tpr": "are rightly {selected}",
    "for": "are {refused} wrongly",
    "npv": "are {refused} rightly",
}
"""The same where it harms them."""


_OF_LABELS = {
    "prev": "have label 1",
    "roc_auc": "are ranked rightly",
    "ece": "have scores that are off the outcomes",
    "oe": "have label 1, for what their scores say,",
}
"""What is said of people in metrics that no decision tells of, and that are judged only if somebody asks."""


_DISTANCES = ("ece",)


def predicate_text(metric: str, words: Words, *, harm: bool | None = None) -> str:
    """Say what happens to people as often as a metric says."""
    predicates = (_HARMS if harm else PREDICATES) | _OF_LABELS
    return predicates[metric].format(selected=words.selected, refused=words.refused)


def base_text(metric: str, words: Words) -> str:
    """Say of which people a metric is a share, where these are not all."""
    base = _base(metric, words, positive=words.positive, negative=words.negative)
    return f" {base}" if base else ""


def _base(metric: str, words: Words, *, positive: str, negative: str) -> str:
    bases = {
        frozenset(LABEL_0): negative,
        frozenset(LABEL_1): positive,
        frozenset(DECIDED_1): f"who are {words.selected}",
        frozenset(DECIDED_0): f"who are not {words.selected}",
    }
    return bases.get(frozenset(BY_NAME[metric].denominator), "")


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
    ('who should not be selected (label 0)', 'who are selected', '')
    """
    return _base(metric, words, positive=words.should, negative=words.should_not)


def among_clause(metric: str, words: Words) -> str:
    """Begin a sentence by those of whom a metric is a share; empty where these are all.

    >>> among_clause("fpr", Words())
    'Of those who should not be selected (label 0)'
    """
    condition = condition_text(metric, words)
    return f"Of those {condition}" if condition else ""
