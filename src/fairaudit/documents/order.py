"""In which order the groups of an attribute are shown, wherever they are listed.

Ages, deciles, months and the like keep the order that everybody expects; all other groups stand by what is worse.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from fairaudit.documents.kept import kept
from fairaudit.documents.parts import Verdict
from fairaudit.documents.ranking import worst_disparities
from fairaudit.metrics.kinds import Side
from fairaudit.metrics.table import BY_NAME
from fairaudit.slices.grammar import CROSS, EVERYBODY_ELSE, MISSING_GROUP, OTHER_GROUP

if TYPE_CHECKING:
    from fairaudit.documents.audit import BiasDocument, DisparityPart

_Place = tuple[float, ...]
_T = TypeVar("_T")

_LADDERS: tuple[tuple[str, ...], ...] = (
    # One rung a text; words for one rung are parted by bars.
    ("none|zero|no", "lowest|very low|vlow", "low", "med|medium|middle|mid|moderate", "high", "highest|very high|vhigh"),
    ("none|no", "minimal|very mild", "mild|light", "moderate", "severe|heavy", "very severe|critical"),
    ("tiny|very small", "small", "med|medium|middle|mid", "big|large", "huge|very big|very large"),
    ("short", "med|medium|middle|mid", "tall|long"),
    ("baby|infant", "child|children", "teen|teens|teenager|teenagers|adolescent|adolescents", "young|young adult|young adults|youth",
     "adult|adults|middle|middle aged|middle age", "old|older|older adult|older adults|senior|seniors|elderly"),
    ("never", "rarely|seldom", "sometimes|occasionally", "often|frequently|usually", "always"),
    ("unacc|very poor|very bad", "poor|bad", "fair|acc|acceptable|average|ok", "good", "very good|vgood", "excellent"),
    ("strongly disagree", "disagree", "neutral|neither agree nor disagree", "agree", "strongly agree"),
    ("none|no school", "primary|elementary", "secondary|middle school", "high school", "tertiary|college|university|graduate|bachelor|bachelors",
     "postgraduate|master|masters", "doctorate|phd"),
    ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    ("morning", "noon|midday", "afternoon", "evening", "night"),
    ("spring", "summer", "autumn|fall", "winter"),
    ("january|jan", "february|feb", "march|mar", "april|apr", "may", "june|jun", "july|jul", "august|aug", "september|sep|sept", "october|oct",
     "november|nov", "december|dec"),
    ("monday|mon", "tuesday|tue|tues", "wednesday|wed", "thursday|thu|thur|thurs", "friday|fri", "saturday|sat", "sunday|sun"),
)  # fmt: skip
_UNTOLD = frozenset(
    ("", "-", "?", "unknown", "other", "n/a", "na", "nan", "null", "missing", "not known", "not stated", "undisclosed")
)  # fmt: skip
"""Values that are no rung of a ladder and no number, and stand behind those that are."""
_COUNTED = (
    "age|band|bin|class|cohort|day|decile|form|grade|level|month|percentile|phase|quarter|quartile|quintile|rank|round|"
    "score|stage|step|tercile|tertile|tier|wave|week|year|d|p|q|t|w"
)
"""Words before a number that make it one of a row; a number behind other words may be the mere name of a thing."""
_NUMBER = r"[$€£]?([+-]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?) ?([km](?![a-z]))? ?%?"
_UNIT = r"(?: ?(?:years? old|years?|yrs?|yo|st|nd|rd|th|letters?|words?)(?![a-z]))?"
"""What may stand behind a number and changes nothing."""
_AMOUNT = _NUMBER + _UNIT
_BELOW = re.compile(
    rf"(?:below|under|less than|up to|at most|younger than|<=?|≤) ?{_AMOUNT}|"
    rf"{_AMOUNT} ?(?:and|or) (?:below|under|less|fewer|lower|younger)",
    re.ASCII,
)
_FROM = re.compile(
    rf"(?:above|over|more than|greater than|at least|from|older than|>=?|≥) ?{_AMOUNT}|"
    rf"{_AMOUNT} ?(?:\+|plus|more|(?:and|or) (?:above|over|more|greater|higher|older|up))",
    re.ASCII,
)
_BETWEEN = re.compile(
    rf"(?:between )?{_AMOUNT} ?(?:to below|to|and|-|–|—) ?{_AMOUNT}|[\[(]{_AMOUNT}[,;] ?{_AMOUNT}[\])]",
    re.ASCII,
)
_ONE = re.compile(_AMOUNT, re.ASCII)
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?", re.ASCII)
_NUMBERED = re.compile(rf"({_COUNTED})[ .#_-]?(\d{{1,9}})", re.ASCII)
_DIGITS = re.compile(r"(\d+)", re.ASCII)
_MOST_LETTERS = 60
"""A longer name is no number and no range."""


def order_groups(
    names: Iterable[str], *, worst_first: Iterable[str] = (), last: Iterable[str] = ()
) -> list[str]:
    """Put the groups of one attribute into the order in which they are shown.

    Parameters
    ----------
    worst_first
        The groups by what is worse, for those attributes that have no order of their own; who is not named follows by name.
    last
        Groups that are shown behind the others, such as values that stand for nothing known; ``(missing)`` and everybody else always are.

    Returns
    -------
    list
        Each name once. It depends on which names there are, not on how they were listed.

    Examples
    --------
    >>> order_groups(["10", "2", "(missing)", "1"])
    ['1', '2', '10', '(missing)']
    >>> order_groups(["Greater than 45", "25 - 45", "Less than 25"])
    ['Less than 25', '25 - 45', 'Greater than 45']
    >>> order_groups(["Asian", "Other", "White"], worst_first=["White", "Asian"])
    ['White', 'Asian', 'Other']
    """
    groups = list(dict.fromkeys(names))
    behind = {*last, OTHER_GROUP, MISSING_GROUP, EVERYBODY_ELSE}
    ranks: dict[str, int] = {}
    for group in worst_first:
        ranks.setdefault(group, len(ranks))
    known = [group for group in groups if not _is_behind(group, behind)]
    natural = _natural_places(known) or {}

    def key(group: str) -> tuple[bool, bool, _Place, int, list[tuple[bool, int, str]], str]:
        return (
            group == EVERYBODY_ELSE,
            _is_behind(group, behind),
            natural.get(group, ()),
            ranks.get(group, len(ranks)),
            _by_name(group),
            group,
        )

    return sorted(groups, key=key)


def order_parts(
    parts: Iterable[_T], *, name: Callable[[_T], str], worst: Callable[[_T], Any], most: int | None = None
) -> list[_T]:
    """Put what belongs to the groups of one attribute into their order.

    Parameters
    ----------
    name
        Gives the group of a part.
    worst
        Gives what parts are sorted by, the worst first, where groups have no order of their own.
    most
        How many there is room for: of too many the worst are kept.

    Examples
    --------
    >>> order_parts(["10", "9", "8"], name=str, worst=int, most=2)
    ['8', '9']
    """
    by_group = {name(part): part for part in sorted(parts, key=worst)[:most]}
    return [by_group[group] for group in order_groups(by_group, worst_first=by_group)]


def has_natural_order(names: Iterable[str]) -> bool:
    """Tell whether the groups of an attribute have an order of their own.

    >>> has_natural_order(["low", "high", "medium"]), has_natural_order(["Asian", "Other"])
    (True, False)
    """
    behind = {OTHER_GROUP, MISSING_GROUP}
    return (
        _natural_places([name for name in dict.fromkeys(names) if not _is_behind(name, behind)]) is not None
    )


def order_of(bias: BiasDocument, attribute: str) -> list[str]:
    """Put an attribute's groups into the order in which they are shown: those without one of their own by who is worse off.

    That is told by the metric of the attribute's first finding, or else of its farthest disparity: on its worse side, or where nobody
    said what decisions do to people, on the side of that finding. Groups of too few people follow, and those that are not judged.
    """
    return list(_order_of(bias, attribute))


@kept
def _order_of(bias: BiasDocument, attribute: str) -> Sequence[str]:
    members = [d for d in bias.disparities if d.attribute == attribute]
    return order_groups(
        (d.group for d in members),
        worst_first=_worst_rates(bias, attribute, members),
        last=(d.group for d in members if d.unknown),
    )


def orders_of(bias: BiasDocument) -> dict[str, list[str]]:
    """Return the order of the groups of each attribute, the attributes as in the document."""
    return {
        attribute: order_of(bias, attribute)
        for attribute in dict.fromkeys(d.attribute for d in bias.disparities)
    }


def in_order(
    parts: Iterable[_T], orders: Mapping[str, Sequence[str]], *, key: Callable[[_T], tuple[str, str]]
) -> list[_T]:
    """Sort what belongs to groups by the orders of their attributes; attributes stay as they come, and so does what is in no order.

    Parameters
    ----------
    key
        Gives attribute and group of a part.
    """
    listed = list(parts)
    attributes: dict[str, int] = {}
    for part in listed:
        attributes.setdefault(key(part)[0], len(attributes))
    places = {
        (attribute, group): place for attribute, order in orders.items() for place, group in enumerate(order)
    }
    return sorted(listed, key=lambda part: (attributes[key(part)[0]], places.get(key(part), len(places))))


def _worst_rates(bias: BiasDocument, attribute: str, members: Sequence[DisparityPart]) -> list[str]:
    """Rank groups by the rate in which the attribute's groups are farthest apart."""
    from fairaudit.documents.findings import find_findings

    effect = bias.settings.effect
    finding = next(
        (f for f in find_findings(Verdict.FAIL, bias, effect=effect) if f.attribute == attribute), None
    )
    telling = [
        *([finding.metric] if finding else []),
        *(d.metric for d in worst_disparities(bias, attribute=attribute)),
        *bias.family.metrics,
    ]
    if not telling:
        return []
    metric = telling[0]
    side = finding.side if finding else Side.HIGHER
    if effect is not None:
        side = BY_NAME[metric].worse.get(effect, side)
    few = bias.settings.min_group_size

    def rank(d: DisparityPart) -> tuple[bool, bool, float]:
        rate = d.value or 0.0
        return d.value is None, d.small or d.n < few, -rate if side is Side.HIGHER else rate

    return [d.group for d in sorted((d for d in members if d.metric == metric), key=rank)]


def _is_behind(group: str, behind: Iterable[str]) -> bool:
    """Tell whether a group stands behind the others: it is named, or one of the values that it is made of is."""
    return group in behind or any(part in behind for part in group.split(CROSS))


def _natural_places(groups: Sequence[str]) -> dict[str, _Place] | None:
    """Find the place of each group if all of them have one, value by value where they are made of several."""
    if not groups:
        return None
    parted = [group.split(CROSS) for group in groups]
    if len({len(parts) for parts in parted}) > 1:
        parted = [[group] for group in groups]
    places: list[dict[str, _Place]] = []
    for column in zip(*parted, strict=True):
        of_column = _places_of_values(sorted(set(column)))
        if of_column is None:
            return None
        places.append(of_column)
    return {
        group: tuple(
            number for value, of_column in zip(parts, places, strict=True) for number in of_column[value]
        )
        for group, parts in zip(groups, parted, strict=True)
    }


def _places_of_values(values: Sequence[str]) -> dict[str, _Place] | None:
    """Place values that all are rungs of one ladder, numbers and ranges, dates, or numbered in one row; what is unknown comes last."""
    folded = {value: " ".join(value.casefold().split()) for value in values}
    known = {value: text for value, text in folded.items() if text not in _UNTOLD}
    if not known or (len(known) < 2 and len(values) > 1):
        return None
    if any(len(text) > _MOST_LETTERS for text in known.values()):
        return None
    for reader in (_rungs, _dates, _ranges, _numbered):
        places = reader(known)
        if places is not None:
            width = len(next(iter(places.values())))
            return {**dict.fromkeys(values, (math.inf,) * width), **places}
    return None


def _rungs(texts: Mapping[str, str]) -> dict[str, _Place] | None:
    """Read words such as "low", "high", "April": all of one ladder."""
    words = {value: text.replace("-", " ").replace("_", " ") for value, text in texts.items()}
    for ladder in _LADDERS:
        rungs = {word: (float(place),) for place, rung in enumerate(ladder) for word in rung.split("|")}
        if rungs.keys() >= set(words.values()):
            return {value: rungs[word] for value, word in words.items()}
    return None


def _ranges(texts: Mapping[str, str]) -> dict[str, _Place] | None:
    """Read numbers and ranges of them: "2", "25 to below 40", "Less than 25", "65+"; "more" is beyond all numbers."""
    places: dict[str, _Place] = {}
    for value, text in texts.items():
        place = (math.inf, math.inf) if text == "more" and len(texts) > 1 else _range(text)
        if place is None:
            return None
        places[value] = place
    return places


def _range(text: str) -> tuple[float, float] | None:
    for pattern, is_open_below, is_open_above in (
        (_ONE, False, False),
        (_BELOW, True, False),
        (_FROM, False, True),
        (_BETWEEN, False, False),
    ):
        if (read := pattern.fullmatch(text)) is not None:
            amounts = _amounts(read)
            low = -math.inf if is_open_below else amounts[0]
            high = math.inf if is_open_above else amounts[-1]
            return (low, high) if low <= high else None
    return None


def _amounts(read: re.Match[str]) -> list[float]:
    """Return the numbers of a match, whose groups are a number and its thousands, again and again."""
    groups = read.groups()
    return [
        float(number.replace(",", "")) * {"k": 1e3, "m": 1e6}.get(thousands or "", 1.0)
        for number, thousands in zip(groups[::2], groups[1::2], strict=True)
        if number is not None
    ]


def _dates(texts: Mapping[str, str]) -> dict[str, _Place] | None:
    """Read dates, and months of a year, that begin with the year."""
    read = {value: _DATE.fullmatch(text) for value, text in texts.items()}
    places = {
        value: tuple(float(part or 0) for part in date.groups())
        for value, date in read.items()
        if date is not None
    }
    return (
        places if len(places) == len(texts) and all(month <= 12 for _, month, _ in places.values()) else None
    )


def _numbered(texts: Mapping[str, str]) -> dict[str, _Place] | None:
    """Read what is numbered in one row: "Q1", "decile 10"."""
    read = [(value, _NUMBERED.fullmatch(text)) for value, text in texts.items()]
    places: dict[str, _Place] = {value: (float(one[2]),) for value, one in read if one is not None}
    words = {one[1] for _, one in read if one is not None}
    return places if len(places) == len(texts) and len(words) == 1 else None


def _by_name(group: str) -> list[tuple[bool, int, str]]:
    """Sort names as people do: numbers within them by their size."""
    return [
        (False, len(part.lstrip("0")), part.lstrip("0"))
        if part.isascii() and part.isdigit()
        else (True, 0, part)
        for part in _DIGITS.split(group.casefold())
    ]
