"""Names of groups, columns and metrics within sentences, and lists of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from fairaudit.documents.parts import Verdict
from fairaudit.errors import clipped, printable
from fairaudit.metrics.table import BY_NAME

MOST_NAMED = 5
"""How many names a sentence lists."""
VERDICT_WORDS = {Verdict.FAIL: "fails", Verdict.PASS: "passes", Verdict.UNDECIDED: "undecided"}
_WORDS = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*")
_ADJECTIVES = frozenset(
    [
        "african",
        "afro",
        "american",
        "amer",
        "arab",
        "arabic",
        "black",
        "brown",
        "catholic",
        "coloured",
        "colored",
        "divorced",
        "eskimo",
        "european",
        "foreign",
        "french",
        "german",
        "greek",
        "hawaiian",
        "hindu",
        "hispanic",
        "indigenous",
        "inuit",
        "islander",
        "jewish",
        "latina",
        "latino",
        "latinx",
        "married",
        "maori",
        "mexican",
        "mixed",
        "muslim",
        "native",
        "pacific",
        "protestant",
        "retired",
        "roma",
        "separated",
        "sikh",
        "single",
        "slavic",
        "thai",
        "unemployed",
        "employed",
        "unmarried",
        "welsh",
        "white",
        "widowed",
    ]
)
"""What people are called before the noun; any other value says little without the column that it is of."""


def lower_first(text: str) -> str:
    """Write a sentence within another, unless it begins with a name."""
    return text[0].lower() + text[1:] if text.startswith("People ") else text


def is_adjective(group: str) -> bool:
    """Tell whether a name can stand before "people": Caucasian, but neither M, high, 25 - 45, Other nor Belmar, of which nobody knows what it names."""
    if len(group) > 60 or len(group) < 3 or not _WORDS.fullmatch(group):
        return False
    if not group[0].isupper() or group.isupper():
        return False
    *before, last = (word.casefold() for word in re.split(r"[ '’-]", group))
    return _is_known(last) and all(_is_known(word) or word in ("and", "or", "non", "pac") for word in before)


def _is_known(word: str) -> bool:
    return word in _ADJECTIVES or word.endswith(("ese", "ish", "ian"))


def capital(text: str) -> str:
    """Write a sentence's first letter large."""
    return text[:1].upper() + text[1:]


def listing(texts: Sequence[str], *, most: int = MOST_NAMED, separator: str = ", ") -> str:
    """List texts, and count those that are left out."""
    rest = len(texts) - most
    return separator.join(texts[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def joined(texts: Sequence[str]) -> str:
    """Join texts as a sentence does.

    >>> joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def listed_names(names: Sequence[str], *, most: int = MOST_NAMED) -> str:
    """List strangers' names, each cut where it is long."""
    return listing([clipped(name) for name in names], most=most)


def long_name(metric: str) -> str:
    """Name a metric as people do, as far as it is known."""
    return BY_NAME[metric].long_name if metric in BY_NAME else metric


def by_reason(reasons: Mapping[str, str]) -> dict[str, list[str]]:
    """Gather what has the same reason."""
    names: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        names.setdefault(reason, []).append(name)
    return names


def passed_over_texts(passed_over: Mapping[str, str], *, most: int = 3) -> list[str]:
    """Say which columns were not chosen as attributes, those of one reason together, of which `most` are named.

    >>> passed_over_texts({"a": "one value only", "b": "no values", "c": "one value only"}, most=1)
    ['a and 1 more (one value only)', 'b (no values)']
    """
    return [
        f"{listed_names(columns, most=most)} ({reason})" for reason, columns in by_reason(passed_over).items()
    ]


def shown_name(text: str, *, most: int = 80) -> str:
    """Write a stranger's name for one line."""
    return printable(clipped(text, most=most))
