"""Sentences and cells of adverse impact: who is selected less, by how much, whether that is beyond chance, and how many people it comes to."""

from __future__ import annotations

from collections.abc import Iterable

from fairaudit.documents.impact import ImpactDocument, ImpactGroupPart, ImpactTablePart
from fairaudit.errors import clipped
from fairaudit.render.words.discovered import p_text
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import Words, attribute_text, group_text, words_of
from fairaudit.render.words.values import count_text, counted, signed, times
from fairaudit.settings.choices import REST, Effect, Profile
from fairaudit.settings.limits import Band, interval_text, number_text
from fairaudit.settings.numbers import parse_tau

RATE_HEADS = ("Group", "People", "Share", "Selected", "Rate", "Ratio", "Points")
MARK_HEADS = ("Adverse", "Different", "Both")
EVIDENCE_HEADS = ("Group", "SD", "Fisher p", "Adjusted", "Score p", "Odds ratio (95%)")
SHORT_HEADS = ("Group", "Short of pool", "of reference", "of 4/5", "Moves", "One reverses")
_PROFILES = {
    Profile.FOUR_FIFTHS: "Uniform Guidelines, 29 CFR 1607.4 D",
    Profile.LL144: "New York City Local Law 144, 6 RCNY 5-300 to 5-303",
    Profile.LENDING: "lending",
    Profile.NONE: "no profile",
}
MOST_CLAIMS = 3
"""Groups that are told in sentences."""

Place = tuple[ImpactTablePart, ImpactGroupPart]


def words_for(document: ImpactDocument) -> Words:
    """Return what people are called."""
    return words_of(document.settings, (g.group for t in document.tables for g in t.groups))


def band_of(document: ImpactDocument) -> Band | None:
    """Return the ratios that are not adverse, so that none is rounded to the line; ``None`` without a limit."""
    limit = document.rules.limit
    if limit is None:
        return None
    tau = parse_tau(limit)
    return Band(high=1 / tau) if document.rules.effect is Effect.HURTS else Band(low=tau)


def ranked(document: ImpactDocument) -> list[Place]:
    """Return all groups that were compared, the one that is worst off first."""
    sign = -1 if document.rules.effect is Effect.HURTS else 1
    places = [
        (t, g) for t in document.tables for g in t.groups if g.difference is not None and not g.is_reference
    ]
    return sorted(
        places,
        key=lambda p: (
            sign * (p[1].difference or 0.0) if p[1].impact_ratio is None else sign * p[1].impact_ratio
        ),
    )


def headline(document: ImpactDocument) -> tuple[str, str]:
    """Say in one word and one sentence what came out."""
    words, places = words_for(document), ranked(document)
    if not places:
        return _by_scores(document, words)
    if document.rules.limit is None:
        return "LOWEST" if document.rules.effect is Effect.HELPS else "HIGHEST", _ratio_sentence(
            document, places[0]
        )
    adverse = [p for p in places if p[1].adverse]
    if adverse:
        more = len(adverse) - 1
        chance = "" if adverse[0][1].different else ", but not beyond chance"
        rest = "" if not more else f"; {more:,} more {'group is' if more == 1 else 'groups are'} as well"
        return "ADVERSE", f"{_ratio_sentence(document, adverse[0])[:-1]}, {_line(document)}{chance}{rest}."
    if all(p[1].adverse is None for p in places):
        return "UNDECIDED", f"nobody is {words.selected}, so that no rate is above another."
    # Of groups that are hidden nothing is known here.
    shown_alone = " that is told of" if _may_hide(document, (t for t, _ in places)) else ""
    return (
        "NOT ADVERSE",
        f"no group{shown_alone} is {_line(document)}; {_ratio_sentence(document, places[0])}",
    )


def _may_hide(document: ImpactDocument, tables: Iterable[ImpactTablePart]) -> bool:
    """Return whether people who are in no ratio may be those of small groups, which were to be hidden."""
    return document.settings.suppress_below is not None and any(table.unknown for table in tables)


def _by_scores(document: ImpactDocument, words: Words) -> tuple[str, str]:
    """Say whose scores are lowest where nobody is selected or not."""
    places = [(t, g, g.smd) for t in document.tables for g in t.groups if g.smd is not None]
    if not places:
        return "NOTHING", "no two groups could be compared."
    sign = -1 if document.rules.effect is Effect.HURTS else 1
    table, group, smd = min(places, key=lambda one: sign * one[2])
    who = group_text(table.attribute, group.group, words)
    way = "below" if smd < 0 else "above"
    return (
        "SCORES",
        f"the mean score of {who} is {number_text(abs(smd), 2)} standard deviations {way} that of {beside(table, words)}.",
    )


def _line(document: ImpactDocument) -> str:
    return "above five fourths" if document.rules.effect is Effect.HURTS else "below four fifths"


def _ratio_sentence(document: ImpactDocument, place: Place) -> str:
    table, group = place
    words = words_for(document)
    who = group_text(table.attribute, group.group, words)
    rate = f"{group.rate or 0:.1%}"
    if group.impact_ratio is None:
        return f"{rate} of {who} are {words.selected}, and nobody of {beside(table, words)}."
    if not group.selected:
        return f"none of the {count_text(group.n)} {who} are {words.selected}, against {_reference_rate(group)} of {beside(table, words)}."
    ratio = times(group.impact_ratio, band_of(document))
    return f"{who} are {words.selected} at {ratio} times the rate of {beside(table, words)}."


def _reference_rate(group: ImpactGroupPart) -> str:
    return f"{(group.rate or 0.0) - (group.difference or 0.0):z.1%}"


def beside(table: ImpactTablePart, words: Words) -> str:
    """Name whom the groups of a table are compared with."""
    if table.reference is None:
        return "nobody"
    return group_text(table.attribute, table.reference, words)


def claims(document: ImpactDocument) -> list[tuple[str, tuple[str, ...]]]:
    """Say of the groups that are worst off how many are selected, how sure it is, and how many people it comes to; each with its name."""
    words = words_for(document)
    limited = document.rules.limit is not None
    places = [p for p in ranked(document) if p[1].adverse or p[1].different] if limited else ranked(document)
    return [
        (capital(group_text(t.attribute, g.group, words)), _claim(t, g, document, words))
        for t, g in places[:MOST_CLAIMS]
    ]


def _claim(
    table: ImpactTablePart, group: ImpactGroupPart, document: ImpactDocument, words: Words
) -> tuple[str, ...]:
    own = f"{count_text(group.selected or 0)} of {count_text(group.n)} are {words.selected} ({group.rate or 0:.1%})"
    reference = next((g for g in table.groups if g.group == table.reference), None)
    other = (
        f"{count_text(reference.selected or 0)} of {count_text(reference.n)} {beside(table, words)} ({reference.rate or 0:.1%})"
        if reference
        else f"{_reference_rate(group)} of {beside(table, words)}"
    )
    return tuple(
        text
        for text in (
            f"{own}, against {other}.",
            _chance(group, table, document),
            _shortfall(group, table, document, words),
            _flip(group),
        )
        if text
    )


def _chance(group: ImpactGroupPart, table: ImpactTablePart, document: ImpactDocument) -> str:
    if group.p_fisher is None:
        return ""
    deviations = "" if group.sd is None else f", {number_text(abs(group.sd), 2)} standard deviations"
    if document.rules.limit is None:
        return f"Fisher's exact p {p_text(group.p_fisher)}{deviations}."
    sure = "beyond chance" if group.different else "not beyond chance"
    which = "The difference" if table.several is None else "The difference from all who are not in it"
    return f"{which} is {sure} (Fisher's exact p {p_text(group.p_fisher)}{deviations})."


def _shortfall(group: ImpactGroupPart, table: ImpactTablePart, document: ImpactDocument, words: Words) -> str:
    short = group.shortfall
    hurts = document.rules.effect is Effect.HURTS
    many = None if short.reference is None else (-short.reference if hurts else short.reference)
    if many is None or many <= 0:
        return ""
    less = "fewer" if hurts else "more"
    fifths = _line(document).partition(" ")[2]
    line = "" if not short.four_fifths else f", and at {fifths} of it {short.four_fifths:,}"
    number = number_text(many, 0 if many == int(many) else 1)
    return f"At the rate of {beside(table, words)} {number} {less} would be {words.selected}{line}."


def _flip(group: ImpactGroupPart) -> str:
    if not (group.adverse and group.flip_flop.one_swap_reverses):
        return ""
    return "One selection the other way would turn the order round: the numbers are too small to tell."


def title(table: ImpactTablePart, words: Words) -> str:
    """Say what a table is of, and whom its groups are compared with."""
    name = attribute_text(table.attribute, words)
    if table.reference is None:
        return f"{name}: nobody to compare with"
    if table.reference_kind == REST:
        return f"{name}, each beside everybody else"
    of = "mean score" if all(g.rate is None for g in table.groups) else "rate"
    why = {
        "max": f", the highest {of}",
        "min-metric": f", the lowest {of}",
        "majority": ", the largest group",
    }
    return f"{name}, beside {clipped(table.reference)}{why.get(table.reference_kind, '')}"


def rate_heads(document: ImpactDocument) -> tuple[str, ...]:
    """Name the columns of the table of rates."""
    heads = (
        RATE_HEADS
        if document.rules.profile is not Profile.LL144 or not _by_median(document)
        else (
            *RATE_HEADS[:3],
            "Above median",
            "Scoring rate",
            *RATE_HEADS[5:],
        )
    )
    return (*heads, *MARK_HEADS) if document.rules.limit is not None else heads


def _by_median(document: ImpactDocument) -> bool:
    return any(table.median is not None for table in document.tables)


def rate_row(group: ImpactGroupPart, document: ImpactDocument) -> tuple[str, ...]:
    """Write the cells of a group in the table of rates, without its name; the reasons of what is left out stand below the table."""
    ratio = "–"
    if group.impact_ratio is not None:
        plain = document.rules.limit is None
        ratio = f"{group.impact_ratio:.3f}" if plain else times(group.impact_ratio, band_of(document))
    cells = (
        f"{group.n:,}",
        "–" if group.share is None else f"{group.share:.1%}",
        "–" if group.selected is None else f"{group.selected:,}",
        "–" if group.rate is None else f"{group.rate:.1%}",
        "excluded" if group.excluded else ratio,
        "–" if group.difference is None else signed(100 * group.difference, 1),
    )
    if document.rules.limit is None:
        return cells
    return (*cells, *map(mark, (group.adverse, group.different, group.both)))


def mark(value: bool | None) -> str:
    """Write a mark for a cell."""
    return "–" if value is None else "yes" if value else "no"


def evidence_row(group: ImpactGroupPart) -> tuple[str, ...]:
    """Write the cells of a group in the table of tests, without its name."""
    odds = "–" if group.odds_ratio is None else times(group.odds_ratio)
    interval = f" ({interval_text(group.odds_ratio_ci)})" if group.odds_ratio_ci else ""
    return (
        "–" if group.sd is None else signed(group.sd, 2),
        *("–" if p is None else p_text(p) for p in (group.p_fisher, group.p_adjusted, group.p_score)),
        f"{odds}{interval}",
    )


def short_row(group: ImpactGroupPart) -> tuple[str, ...]:
    """Write the cells of a group in the table of shortfalls, without its name."""
    short, flip = group.shortfall, group.flip_flop
    return (
        *("–" if n is None else signed(n, 1) for n in (short.pooled, short.reference)),
        "–" if short.four_fifths is None else f"{short.four_fifths:,}",
        "–" if flip.moves_to_four_fifths is None else f"{flip.moves_to_four_fifths:,}",
        mark(flip.one_swap_reverses),
    )


def notes(document: ImpactDocument, table: ImpactTablePart, words: Words) -> list[str]:
    """Say below a table who is in no ratio, and above which median people were counted."""
    texts = []
    if table.median is not None:
        texts.append(
            f"Selected means a score above {table.median:g}, the median of the {table.n:,} people of this table."
        )
    if excluded := [g for g in table.groups if g.excluded]:
        reasons = dict.fromkeys(g.reasons.get("excluded", "") for g in excluded)
        texts.append(
            f"Left out of the comparison: {counted(len(excluded), 'group')} ({'; '.join(filter(None, reasons))})."
        )
    if table.several is not None:
        texts.append(overlap_text(table.several))
    if table.unknown:
        texts.append(_unknown(table, words, " or of a small group" if _may_hide(document, [table]) else ""))
    return texts


def overlap_text(several: int) -> str:
    """Say what is done where people may be in several groups of a table."""
    are = "1 person is" if several == 1 else f"{count_text(several)} people are"
    return (
        f"{are} in several of these groups and counted in each of them. Two groups that share people are no independent samples: rates and ratios are of whole groups; "
        "tests, odds ratios and the shortfall of the pool are of a group and all who are known not to be in it."
    )


def _unknown(table: ImpactTablePart, words: Words, hidden: str) -> str:
    selected = (
        "" if table.unknown_selected is None else f" ({count_text(table.unknown_selected)} {words.selected})"
    )
    lowest = [g for g in table.groups if g.bounds is not None and not g.is_reference]
    who = f"{count_text(table.unknown)} {words.people}{selected} are of unknown {attribute_text(table.attribute, words)}{hidden} and in no ratio"
    if not lowest:
        return f"{who}."
    group = min(lowest, key=lambda g: g.bounds[0] if g.bounds else 0.0)
    return f"{who}; whoever they are, the ratio of {clipped(group.group)} lies within {interval_text(group.bounds or (0.0, None))}."


def by_whom(document: ImpactDocument) -> str:
    """Say by whose definitions it is told, and what the marks mean."""
    profile = _PROFILES[document.rules.profile]
    if document.rules.limit is None:
        return f"Definitions: {profile}; no limit is applied."
    return (
        f"Definitions: {profile}. Adverse: a rate {_line(document)} of the reference's, exactly; different: "
        f"Fisher's exact p below {document.rules.level:g}, one group at a time."
    )


def summary(document: ImpactDocument) -> str:
    """Say for those who read no terminal what came out."""
    word, sentence = headline(document)
    return f"{word.capitalize()}: {sentence}"
