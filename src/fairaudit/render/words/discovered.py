"""Sentences about slices that nobody asked for: who is in them, what is worse there, how sure that is, and when there are none."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.documents.discovered import ConditionPart, DiscoverDocument, DiscoveredPart, PeoplePart
from fairaudit.errors import clipped
from fairaudit.render.words.names import is_adjective, joined, listing
from fairaudit.render.words.people import Described, Words, noun_of, taken_text, unit_of
from fairaudit.render.words.shares import in_hundred
from fairaudit.render.words.values import count_text, counted, times, worth_text
from fairaudit.settings.choices import Adjusted, Sought
from fairaudit.slices.grammar import MISSING_GROUP, range_names

HEADS = {
    Sought.ERROR: "errors",
    Sought.FPR: "FPR",
    Sought.FNR: "FNR",
    Sought.FDR: "FDR",
    Sought.FOR: "FOR",
    Sought.LOG_LOSS: "log loss",
    Sought.BRIER: "Brier",
}
"""What the column of a table is called."""
_CORRECTIONS = {Adjusted.HOLM: "Holm", Adjusted.BH: "Benjamini-Hochberg"}
MOST_IN_TABLE = 5
"""Slices that card and page show."""
_WORST = 3
_MOST_EDGES = 9


def slice_text(conditions: Sequence[ConditionPart], words: Words) -> str:
    """Name the people of a slice within a sentence.

    >>> slice_text([ConditionPart(column="sex", value="Female"), ConditionPart(column="age", high=25)], Words())
    'women below 25'
    >>> slice_text([ConditionPart(column="priors", low=3), ConditionPart(column="race", value="Hispanic")], Words())
    'Hispanic people with priors 3 or more'
    >>> slice_text([ConditionPart(column="town", value="Belmar"), ConditionPart(column="income", missing=True)], Words())
    'people with town "Belmar", whose income is missing'
    >>> slice_text([ConditionPart(column="len(review)", high=40), ConditionPart(column="signup.year", low=2021)], Words())
    'people whose review has a length of below 40 letters and whose signup is in 2021 or later'
    """
    noun, before, behind, beside, clauses = "", list[str](), list[str](), list[str](), list[str]()
    for condition in conditions:
        column, value = clipped(condition.column), condition.value
        if (taken := _taken_text(condition, words)) is not None:
            before += [taken.before] if taken.before else []
            clauses += [taken.behind] if taken.behind else []
        elif value is None:
            text = _range(condition)
            is_age = condition.column.casefold() == "age"
            (behind if is_age else beside).append(_age(text) if is_age else f"{column} {_or_more(text)}")
        elif not noun and noun_of(value, words):
            noun = noun_of(value, words)
        elif is_adjective(value) and not noun_of(value, words):
            before.append(value)
        else:
            beside.append(f'{column} "{clipped(value)}"' if not _is_number(value) else f"{column} {value}")
    named = " ".join(
        [*before, noun or words.people, *behind, *([f"with {joined(beside)}"] if beside else [])]
    )
    return f"{named}{', ' if beside or behind else ' '}{joined(clauses)}" if clauses else named


def _taken_text(condition: ConditionPart, words: Words) -> Described | None:
    """Say what a condition makes of people that is about what is taken of a column, or about who is in something; ``None`` of a value or range of a column itself."""
    if condition.missing:
        return taken_text(condition.column, MISSING_GROUP, words)
    if condition.value is not None:
        return taken_text(condition.column, condition.value, words)
    return taken_text(condition.column, _or_more(_range(condition)), words)


def _is_number(value: str) -> bool:
    return value.removeprefix("-").replace(".", "", 1).isdecimal()


def _range(condition: ConditionPart) -> str:
    """Name a range, whose lower end is in it."""
    edges = [edge for edge in (condition.low, condition.high) if edge is not None]
    return range_names(edges, unit=unit_of(condition.column))[0 if condition.low is None else 1]


def _or_more(text: str) -> str:
    """Leave "and" to stand between conditions."""
    return text.replace(" and above", " or more")


def _age(text: str) -> str:
    return text if text.startswith("below") else f"aged {text}"


def happening(metric: Sought, words: Words) -> str:
    """Say what happens to more people of such a slice."""
    return {
        Sought.ERROR: "are judged wrongly",
        Sought.FPR: f"are wrongly {words.selected}",
        Sought.FNR: "are missed",
        Sought.FDR: f"are {words.selected} wrongly",
        Sought.FOR: "are passed over wrongly",
        Sought.LOG_LOSS: "have scores that are worse probabilities",
        Sought.BRIER: "have scores that are further from the outcomes",
    }[metric]


def _among(metric: Sought, words: Words) -> str:
    """Say of whom so many are counted; empty where it is of all."""
    bases = {
        Sought.FPR: f" {words.should_not}",
        Sought.FNR: f" {words.should}",
        Sought.FDR: f" who are {words.selected}",
        Sought.FOR: f" who are not {words.selected}",
    }
    return bases.get(metric, "")


def is_mean(metric: Sought) -> bool:
    """Tell whether something is a mean of scores, and no share of people."""
    return metric in (Sought.LOG_LOSS, Sought.BRIER)


def value_text(metric: Sought, people: PeoplePart) -> str:
    """Write a rate as percent, and a mean with three decimals."""
    if people.value is None:
        return "–"
    return f"{people.value:.3f}" if is_mean(metric) else f"{people.value:.1%}"


def headline(document: DiscoverDocument, words: Words) -> tuple[str, str]:
    """Say in one word and one sentence what came out."""
    event, many = happening(document.search.metric, words), len(document.slices)
    how = "" if is_mean(document.search.metric) else " more often"
    if not many:
        return "NOTHING", f"in no slice that was looked at {words.people} {event}{how}, beyond chance."
    if many == 1:
        return "WORSE", f"in 1 slice that nobody asked for, more {words.people} {event} than elsewhere."
    return "WORSE", f"in {many} slices that nobody asked for, more {words.people} {event} than elsewhere."


def claim(part: DiscoveredPart, metric: Sought, words: Words) -> tuple[str, ...]:
    """Say who is in a slice, what is worse there, and by how much."""
    here, rest = part.here, part.rest
    if is_mean(metric):
        name = "log loss" if metric is Sought.LOG_LOSS else "Brier score"
        first = f"Their {name} is {value_text(metric, here)}, against {value_text(metric, rest)} elsewhere."
        counts = f"{count_text(here.denominator)} and {count_text(rest.denominator)} {words.people}{_worth(part, words)}."
    else:
        first = (
            f"{in_hundred(here.value or 0.0)}{_among(metric, words)} {happening(metric, words)}, "
            f"against {in_hundred(rest.value or 0.0)} elsewhere."
        )
        counts = f"{_counts(here)}; {_counts(rest)}{_worth(part, words)}."
    texts = (first, f"{counts} {ratio_text(part)}", excess_text(part, metric, words), also_text(part, words))
    return tuple(text for text in texts if text)


def _counts(people: PeoplePart) -> str:
    errors = people.errors if isinstance(people.denominator, float) else round(people.errors)
    return f"{count_text(errors)} of {count_text(people.denominator)}"


def _worth(part: DiscoveredPart, words: Words) -> str:
    """Say how many people the rows of a slice, and of the rest, are worth; empty where each is one."""
    worth = worth_text(part.here.effective, part.rest.effective, people=words.people)
    return f", {worth}" if worth else ""


def ratio_text(part: DiscoveredPart) -> str:
    """Say how many times more there is, with the interval."""
    if part.ratio is None:
        return "Elsewhere there is none."
    if part.ratio_ci is None:
        return f"{times(part.ratio)} times."
    low, high = part.ratio_ci
    return f"{times(part.ratio)} times, 95% interval {times(low)} to {times(high)}."


def excess_text(part: DiscoveredPart, metric: Sought, words: Words) -> str:
    """Say how many errors more there are at least than at the rate of the rest."""
    if is_mean(metric):
        low, high = part.difference_ci
        return f"That is {low:z.3f} to {high:z.3f} more."
    many = int(part.excess)
    return f"At least {count_text(many)} errors more than at the rate elsewhere, among {count_text(part.n)} {words.people}."


def also_text(part: DiscoveredPart, words: Words) -> str:
    """Say how many other slices this one explains; empty where there are none."""
    many = len(part.also)
    if not many:
        return ""
    others = (
        "1 other slice that was confirmed is"
        if many == 1
        else f"{many:,} other slices that were confirmed are"
    )
    return f"Without these {words.people}, {others} no longer worse."


def covered_text(document: DiscoverDocument, words: Words) -> str:
    """Say how much of all errors the first slices hold together, beside their share of people; empty without a slice."""
    if not document.slices:
        return ""
    many = min(len(document.slices), _WORST)
    covered = document.slices[many - 1].covered
    which = "The first slice holds" if many == 1 else f"The first {many} slices hold"
    whole = "all that is lost" if is_mean(document.search.metric) else "all errors"
    return f"{which} {in_hundred(covered.denominator)} {words.people}, and {in_hundred(covered.errors)} of {whole}."


def columns_text(document: DiscoverDocument) -> tuple[str, ...]:
    """Name what was searched, with the edges of what somebody named."""
    search = document.search
    return tuple(
        f"{clipped(column.name)}{'' if search.columns_chosen else _edges_text(column.edges)}"
        for column in search.columns
    )


def _edges_text(edges: Sequence[float] | None) -> str:
    """Say where numbers are cut; empty where they are not."""
    if not edges:
        return ""
    return f" (cut at {listing([f'{edge:.6g}' for edge in edges], most=_MOST_EDGES)})"


def searched_text(document: DiscoverDocument, words: Words) -> str:
    """Say how many slices were looked at, and how many were tested."""
    return (
        f"{document.looked_at:,} slices were looked at among {document.searched_people:,} {words.people}, "
        f"and {document.tested:,} tested among {count_text(document.held_out.n)} others."
    )


def level_text(document: DiscoverDocument) -> str:
    """Say what the discoveries can be leaned on for."""
    search = document.search
    name = _CORRECTIONS[search.correction]
    if search.correction is Adjusted.HOLM:
        return f"The chance that any of them is a false alarm is at most {search.level:.0%} ({name})."
    return f"Of all discoveries, at most {search.level:.0%} are expected to be false alarms ({name})."


def nothing_text(document: DiscoverDocument, words: Words) -> str:
    """Say what not to conclude where nothing was discovered."""
    return f"Slices of fewer than {document.search.min_rows:,} {words.people} were not looked at, and a small excess is not seen among few."


def p_text(value: float) -> str:
    """Write a p-value for a cell.

    >>> p_text(0.0321), p_text(1e-9), p_text(1.0)
    ('0.032', '<0.0001', '1')
    """
    if value < 0.0001:
        return "<0.0001"
    return "1" if value >= 0.9995 else f"{value:.4f}" if value < 0.001 else f"{value:.3f}"


def summary(document: DiscoverDocument, words: Words) -> str:
    """Say for those who read no terminal what came out, and what was done for it."""
    _, sentence = headline(document, words)
    rest = covered_text(document, words) if document.slices else nothing_text(document, words)
    return f"{sentence[:1].upper()}{sentence[1:]} {rest} {searched_text(document, words)}"


def table_heads(document: DiscoverDocument) -> tuple[str, ...]:
    """Name the columns of a table of slices."""
    head = HEADS[document.search.metric]
    p_values = (f"p ({_CORRECTIONS[correction]})" for correction in Adjusted)
    return (
        "Slice",
        "People",
        head[:1].upper() + head[1:],
        "Elsewhere",
        "Times (95%)",
        "At least more",
        *p_values,
    )


def table_rows(document: DiscoverDocument, words: Words) -> list[tuple[str, ...]]:
    """Write the most harmful slices, one in a row."""
    metric = document.search.metric
    rows: list[tuple[str, ...]] = []
    for part in document.slices[:MOST_IN_TABLE]:
        name = slice_text(part.conditions, words)
        low, high = part.ratio_ci or (None, None)
        limits = "" if low is None or high is None else f" ({times(low)} to {times(high)})"
        rows.append(
            (
                f"{name[:1].upper()}{name[1:]}",
                count_text(part.n),
                value_text(metric, part.here),
                value_text(metric, part.rest),
                "–" if part.ratio is None else f"{times(part.ratio)}{limits}",
                f"{part.difference_ci[0]:z.3f}" if is_mean(metric) else f"{int(part.excess):,} errors",
                p_text(part.p_holm),
                p_text(part.p_bh),
            )
        )
    return rows


def table_note(document: DiscoverDocument, words: Words) -> str:
    """Say what the table holds, and what it does not."""
    rest = len(document.slices) - MOST_IN_TABLE
    more = f" {rest:,} more are in discover.json." if rest > 0 else ""
    return (
        f"Rates are of {count_text(document.held_out.n)} {words.people} who were not searched, "
        f"and p-values adjusted for {counted(document.tested, 'test')}. {level_text(document)}{more}"
    )
