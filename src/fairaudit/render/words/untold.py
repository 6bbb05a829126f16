"""What cannot be told of groups: who they are, and what was seen of them."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.documents.answer import Untold
from fairaudit.documents.audit import DisparityPart
from fairaudit.documents.findings import rates_of
from fairaudit.errors import clipped
from fairaudit.metrics.kinds import Side
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.names import joined
from fairaudit.render.words.people import (
    Words,
    listed_name,
    people_text,
    short_name,
)
from fairaudit.render.words.shares import (
    base_text,
    in_hundred,
    predicate_text,
    rate_head,
    share_of_group,
    shares_beside,
)
from fairaudit.settings.choices import Effect


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
        For example "Asian (32 people): 25 of 100 selected; Native American (18): 67 of 100; against 59 of 100 (African-American)".
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
        predicate = predicate_text(metric, words, harm=effect in BY_NAME[metric].worse)
        happens, base = (
            predicate.removesuffix("{more}").strip().removeprefix("are "),
            base_text(metric, words),
        )
        happening_to_them = f"{happens}{f' of those{base}' if base else ''}"
        for place, (one, d) in enumerate(members):
            name = listed_name(one.attribute, one.group, words)
            rate = share_of_group(rates_of(d)[0])
            people = f"{one.people:,}" if place else people_text(one.people, words)
            texts.append(f"{name} ({people}): {rate}{'' if place else f' {happening_to_them}'}")
        texts.append(beside)
    return "; ".join(texts)


def sided_texts(untold: Sequence[Untold], words: Words, *, effect: Effect | None) -> dict[str, str]:
    """Say by what groups may be worse or better off, and how many of them that happens to, beside whom they were compared with.

    Returns
    -------
    dict
        What happens to them and of whom these are shares, and the groups, for example "wrongly refused, of those with repaid 1" and
        "women aged 25 to below 40 (1,844 people) 20 of 100, against 17". A group of which nothing was counted stands under an empty text.
    """
    gathered: dict[str, list[str]] = {}
    for one in sorted(untold, key=lambda u: -u.people):
        named = f"{listed_name(one.attribute, one.group, words)} ({people_text(one.people, words)})"
        head = ""
        if one.first is not None:
            harm = effect in BY_NAME[one.first.metric].worse
            head = rate_head(one.first.metric, words, harm=harm)
            named += f": {shares_beside(*rates_of(one.first))}"
        gathered.setdefault(head, []).append(named)
    return {head: "; ".join(named) for head, named in gathered.items()}


def _reference_share(d: DisparityPart, words: Words) -> str:
    """Write how many of the group that another was compared with, and its name; without a name where the data chose it."""
    share = share_of_group(rates_of(d)[1])
    return f"{share} ({short_name(d.attribute, d.reference_group, words)})" if d.reference_group else share


def untold_kinds(untold: Sequence[Untold], words: Words, *, effect: Effect | None) -> dict[str, list[Untold]]:
    """Gather the groups of which something cannot be told by what can be said of them: the side on which they were seen, or that they are too few."""
    kinds: dict[str, list[Untold]] = {kind: [] for kind in (*_LEANINGS.values(), too_few(words))}
    for one in untold:
        kind = (
            too_few(words, one.few_in if one.first is None else None)
            if one.few
            else _LEANINGS[leaning(one, effect)]
        )
        kinds.setdefault(kind, []).append(one)
    return {kind: members for kind, members in kinds.items() if members}


def too_few(words: Words, metric: str | None = None) -> str:
    """Say why something cannot be told of a small group, or of one of enough people of whom too few count in a metric."""
    return (
        f"too few {words.people}" if metric is None else f"too few {words.people}{base_text(metric, words)}"
    )


NEITHER = "neither clearly equal nor unequal"
"""What can be said of a group of enough people that is on neither side."""
_LEANINGS = {True: "perhaps worse off", False: "perhaps better off", None: NEITHER}
"""How groups are told apart of which it cannot be told whether they are worse off, in the order of their lines."""


def leaning(one: Untold, effect: Effect | None) -> bool | None:
    """Tell whether a group was seen on the worse side; ``None`` where nothing of that is known, or both rates are written alike."""
    d = one.first
    if d is None or d.value is None or d.reference_value is None:
        return None
    if in_hundred(d.value) == in_hundred(d.reference_value):
        return None
    worse = None if effect is None else BY_NAME[d.metric].worse.get(effect)
    return None if worse is None else (d.value > d.reference_value) is (worse is Side.HIGHER)
