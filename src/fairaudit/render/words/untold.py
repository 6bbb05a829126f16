"""What cannot be told of groups: who they are, and what was seen of them."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.documents.answer import Untold
from fairaudit.documents.audit import DisparityPart
from fairaudit.documents.findings import Rate, rates_of
from fairaudit.errors import clipped
from fairaudit.metrics.kinds import Side
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.names import capital, is_adjective, joined
from fairaudit.render.words.people import (
    Words,
    group_text,
    listed_name,
    noun_of,
    people_text,
    short_name,
)
from fairaudit.render.words.shares import (
    PREDICATES,
    adverb,
    base_text,
    in_hundred,
    people_of,
    predicate_text,
    rate_head,
    share_of_group,
    shares_beside,
)
from fairaudit.settings.choices import Effect
from fairaudit.slices.grammar import EVERYBODY_ELSE

FEWEST_SHARED = 100
"""Of fewer people in a group that is too small, it is counted to how many something happens."""
MOST_COUNTED = 2
"""How many small groups are told of with numbers, and in how many rates."""
MOST_SENTENCES = 4
"""How many open comparisons have a sentence each; of more, groups are listed."""


def untold_text(untold: Sequence[Untold], words: Words) -> str:
    """Name groups with their people, those of an attribute together, the largest first."""
    largest = sorted(untold, key=lambda u: -u.people)
    attributes = list(dict.fromkeys(u.attribute for u in largest))
    names: list[str] = []
    before = ""
    for one in sorted(largest, key=lambda u: attributes.index(u.attribute)):
        name, column = listed_name(one.attribute, one.group, words), f"{clipped(one.attribute)} "
        named = name.startswith(f'{column}"')
        # The column is said once for all values that follow each other.
        people = f"{one.people:,}" if names else people_text(one.people, words)
        names.append(f"{name.removeprefix(column) if named and before == column else name} ({people})")
        before = column if named else ""
    return joined(names)


def seen_text(untold: Sequence[Untold], words: Words, *, effect: Effect | None) -> str:
    """Say of groups of which something cannot be told what was seen of them, and of whom these are beside; those of one comparison together.

    Returns
    -------
    str
        For example "Asian: 8 of 32 selected; Native American: 12 of 18; against 59 of 100 African-American people".
    """
    gathered: dict[tuple[str, str], list[tuple[Untold, DisparityPart]]] = {}
    texts = []
    for one in sorted(untold, key=lambda u: -u.people):
        if one.first is None:
            texts.append(f"{listed_name(one.attribute, one.group, words)} ({people_text(one.people, words)})")
        else:
            beside = f"against {_reference_share(one.first, words)}"
            gathered.setdefault((one.first.metric, beside), []).append((one, one.first))
    for (metric, beside), members in gathered.items():
        base = base_text(metric, words)
        happening_to_them = f"{_happening(metric, words, effect)}{f' of those{base}' if base else ''}"
        for place, (one, d) in enumerate(members):
            name, counted = listed_name(one.attribute, one.group, words), _counted_if_few(rates_of(d)[0])
            people = f"{one.people:,}" if place else people_text(one.people, words)
            # Their number is not said twice.
            named = name if counted.endswith(f" of {one.people:,}") else f"{name} ({people})"
            texts.append(f"{named}: {counted}{'' if place else f' {happening_to_them}'}")
        texts.append(beside)
    return "; ".join(texts)


def few_texts(untold: Sequence[Untold], words: Words, *, effect: Effect | None) -> Sequence[str]:
    """Say of small groups of whose other rates there is an answer how often it cannot be told that something happens to them.

    Returns
    -------
    list
        For example "too few to tell how often they are selected (8 of 32) or missed (3 of 9): Asian (32 people)"; without a full stop.
    """
    gathered: dict[str, list[Untold]] = {}
    for one in untold:
        gathered.setdefault(_cannot_tell(small_parts(one), words, effect, many=len(untold)), []).append(one)
    return [f"{text}: {untold_text(members, words)}" for text, members in gathered.items()]


def _cannot_tell(parts: Sequence[DisparityPart], words: Words, effect: Effect | None, *, many: int) -> str:
    """Say of what happens to a group that it is too small to tell, or whom it is beside; with numbers where few groups and rates are told of."""
    others_are_few = all((d.denominator or 0) >= FEWEST_SHARED for d in parts)
    with_counts = many <= MOST_COUNTED and len(parts) <= MOST_COUNTED and not others_are_few
    happening = [
        f"{_happening(d.metric, words, effect)}{f' ({people_of(rates_of(d)[0])})' if with_counts else ''}"
        for d in parts
    ]
    each = " or ".join([text for text in (", ".join(happening[:-1]), happening[-1]) if text])
    if others_are_few:
        return f"too few others to tell whether they are {each} as often"
    return f"too few to tell how often they are {each}"


def small_parts(one: Untold) -> Sequence[DisparityPart]:
    """Return the open comparisons of a small group that are so for want of people."""
    return [d for d in one.open if d.small or (d.denominator or 0) < FEWEST_SHARED] or one.open


def open_texts(untold: Sequence[Untold], words: Words, *, effect: Effect | None) -> Sequence[str]:
    """Say of each comparison that is open, though people are enough, on which side a group was seen and what that may be; some sentences each.

    For example: "People with age_cat "Less than 25" are missed less often than those with "25 - 45": 26 of 100, against 37. That is
    beyond chance, but perhaps within what is tolerated." Of many comparisons the groups are listed.
    """
    enough = [(one, d) for one in untold for d in one.open if not (one.few and d in small_parts(one))]
    known = [(one, d) for one, d in enough if d.value is not None and d.reference_value is not None]
    unknown: dict[str, list[Untold]] = {}
    for one, d in enough:
        if (one, d) not in known:
            unknown.setdefault(BY_NAME[d.metric].long_name, []).append(one)
    texts = (
        [_open_sentence(d, words, effect) for _, d in known]
        if len(known) <= MOST_SENTENCES and all(d.metric in PREDICATES for _, d in known)
        else _listed(known, words, effect)
    )
    return [
        *texts,
        *(f"{capital(NEITHER)} in {metric}: {untold_text(u, words)}." for metric, u in unknown.items()),
    ]


def _open_sentence(d: DisparityPart, words: Words, effect: Effect | None) -> str:
    """Say how often something happens to a group beside the one that it was compared with, and what that may be."""
    own, other = rates_of(d)
    happens = predicate_text(d.metric, words, harm=effect in BY_NAME[d.metric].worse)
    subject = capital(group_text(d.attribute, d.group, words))
    beside = group_text(d.attribute, d.reference_group, words, after=d.group) if d.reference_group else ""
    if in_hundred(own.value or 0.0) == in_hundred(other.value or 0.0):
        often, joint = f"{happens} {adverb(d.metric, 'about as often')}", "as"
    else:
        is_more = (own.value or 0.0) > (other.value or 0.0)
        often = f"{happens} {adverb(d.metric, 'more often' if is_more else 'less often')}"
        joint = "than"
    sentence = f"{subject} {often}{f' {joint} {beside}' if beside else ''}: {shares_beside(own, other)}."
    return f"{sentence} {_MAY_BE[d.beyond_chance]}"


def _listed(
    known: Sequence[tuple[Untold, DisparityPart]], words: Words, effect: Effect | None
) -> Sequence[str]:
    """List the groups of many open comparisons, each once by the surest that can be said of it; tables show all numbers."""
    kinds: dict[str, list[tuple[Untold, DisparityPart]]] = {kind: [] for kind in (*_KINDS.values(), NEITHER)}
    for one, d in known:
        kinds[_kind(d, effect)].append((one, d))
    texts: list[str] = []
    listed: set[Untold] = set()
    for kind, members in kinds.items():
        if others := [(one, d) for one, d in members if one not in listed]:
            texts.append(f"{capital(kind)}, {_in_metrics(others, words)}.")
        listed |= {one for one, _ in members}
    return texts


def _in_metrics(members: Sequence[tuple[Untold, DisparityPart]], words: Words) -> str:
    """Name the groups of open comparisons, and the metrics where these are the same for all."""
    metrics: dict[Untold, list[str]] = {}
    for one, d in members:
        metrics.setdefault(one, []).append(BY_NAME[d.metric].long_name)
    first, *others = metrics.values()
    names = joined(first) if all(other == first for other in others) else "some rates"
    return f"in {names}: {untold_text(list(metrics), words)}"


def sided_text(untold: Sequence[Untold], words: Words, *, effect: Effect | None) -> str:
    """Say by what groups may be worse or better off, and how many of them that happens to, beside whom they were compared with.

    Returns
    -------
    str
        What happens to them, of whom these are shares, and the groups, for example "Wrongly refused, of those with repaid 1: women aged 25
        to below 40 (1,844 people): 20 of 100, against 17 of everybody else"; without a full stop. First, those of whom nothing was counted.
    """
    largest = sorted(untold, key=lambda u: -u.people)
    uncounted = [one for one in largest if one.first is None]
    counted = [(one, one.first) for one in largest if one.first is not None]
    texts = (capital(untold_text(uncounted, words)) if uncounted else "", _heads(counted, words, effect))
    return ". ".join(text for text in texts if text)


def _heads(members: Sequence[tuple[Untold, DisparityPart]], words: Words, effect: Effect | None) -> str:
    """Write the numbers of comparisons under what happens there."""
    gathered: dict[str, list[str]] = {}
    for one, d in members:
        named = f"{listed_name(one.attribute, one.group, words)} ({people_text(one.people, words)})"
        beside = f" of {_beside(d, words)}" if d.reference_group else ""
        head = rate_head(d.metric, words, harm=effect in BY_NAME[d.metric].worse)
        gathered.setdefault(head, []).append(f"{named}: {shares_beside(*rates_of(d))}{beside}")
    return ". ".join(f"{capital(head)}: {'; '.join(named)}" for head, named in gathered.items())


def _beside(d: DisparityPart, words: Words) -> str:
    """Name those whom a group was compared with, after numbers of the same attribute."""
    reference = d.reference_group or ""
    if is_adjective(reference):
        return group_text(d.attribute, reference, words)
    name = short_name(d.attribute, reference, words)
    # A word such as high is no name.
    return f'"{name}"' if name == reference and name[:1].islower() and not noun_of(reference, words) else name


def _happening(metric: str, words: Words, effect: Effect | None) -> str:
    """Say what happens to people, without a verb before it."""
    predicate = predicate_text(metric, words, harm=effect in BY_NAME[metric].worse)
    return predicate.removeprefix("are ")


def _counted_if_few(rate: Rate) -> str:
    """Write how many of a small group, by their number."""
    few = rate.denominator is not None and rate.denominator < FEWEST_SHARED
    return people_of(rate) if few and people_of(rate) else share_of_group(rate)


def _reference_share(d: DisparityPart, words: Words) -> str:
    """Write how many of the group that another was compared with, and who these are; without a name where the data chose it."""
    share = share_of_group(rates_of(d)[1])
    if not d.reference_group:
        return share
    name = group_text(d.attribute, d.reference_group, words)
    return f"{share} {'of ' if d.reference_group == EVERYBODY_ELSE else ''}{name}"


def untold_kinds(untold: Sequence[Untold], words: Words, *, effect: Effect | None) -> dict[str, list[Untold]]:
    """Gather the groups of which something cannot be told by what can be said of them: the side on which they were seen and how surely, or that they are too few."""
    kinds: dict[str, list[Untold]] = {kind: [] for kind in (*_KINDS.values(), NEITHER, too_few(words))}
    for one in untold:
        if one.few:
            kind = too_few(words, one.few_in if one.first is None else None)
        else:
            kind = NEITHER if one.first is None else _kind(one.first, effect)
        kinds.setdefault(kind, []).append(one)
    return {kind: members for kind, members in kinds.items() if members}


def too_few(words: Words, metric: str | None = None) -> str:
    """Say why something cannot be told of a small group, or of one of enough people of whom too few count in a metric."""
    return (
        f"too few {words.people}" if metric is None else f"too few {words.people}{base_text(metric, words)}"
    )


NEITHER = "neither clearly equal nor unequal"
"""What can be said of a group of enough people that is on neither side."""
TOLERABLE = "beyond chance, but perhaps within what is tolerated"
"""What can be said of rates that surely differ, perhaps by little."""
_MAY_BE = {True: f"That is {TOLERABLE}.", False: "That may be chance."}
"""What can be said of an open comparison, by whether its rates surely differ."""
_KINDS = {
    (True, True): f"worse off {TOLERABLE}",
    (True, False): "perhaps worse off, but that may be chance",
    (False, True): f"better off {TOLERABLE}",
    (False, False): "perhaps better off, but that may be chance",
    (None, True): f"unequal {TOLERABLE}",
}
"""How groups are told apart of which it cannot be told whether they are worse off, in the order of their lines; the rest is `NEITHER`."""


def _kind(d: DisparityPart, effect: Effect | None) -> str:
    """Say on which side a group was seen, and whether that may be chance."""
    if d.value is None or d.reference_value is None or in_hundred(d.value) == in_hundred(d.reference_value):
        return NEITHER
    worse = None if effect is None else BY_NAME[d.metric].worse.get(effect)
    is_worse = None if worse is None else (d.value > d.reference_value) is (worse is Side.HIGHER)
    return _KINDS.get((is_worse, d.beyond_chance), NEITHER)
