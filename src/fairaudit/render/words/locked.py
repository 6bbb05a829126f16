"""In what the people of an audit depart from slices that were kept: who is no longer there, and who is new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fairaudit.documents.answer import Answer, Untold
from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.parts import LockPart
from fairaudit.errors import clipped
from fairaudit.render.words.names import joined
from fairaudit.render.words.people import Words, group_text, listed_name, people_text
from fairaudit.render.words.values import counted
from fairaudit.slices.grammar import CROSS

VANISHED, NEW = "No longer there", "New"
"""The heads of the rows that say so."""
MOST_NAMED = 6
"""How many groups or values a row names."""


def departed_rows(answer: Answer, bias: BiasDocument, words: Words) -> Iterable[tuple[str, str]]:
    """Say who is no longer there, and who is new, as heads and texts; nothing where slices were not kept, or all is as it was."""
    lock = bias.settings.lock
    if lock is None:
        return
    if answer.vanished:
        yield VANISHED, "; ".join(_vanished(answer.vanished, bias, lock, words))
    if lock.new or lock.appeared:
        yield NEW, f"{_new(bias, lock, words)}; not in {clipped(lock.file)}"


def _vanished(vanished: Sequence[Untold], bias: BiasDocument, lock: LockPart, words: Words) -> Iterable[str]:
    """Name the groups of nobody, and the attributes of which nothing can be decided, as all were compared with one of these."""
    named = [listed_name(one.attribute, one.group, words) for one in vanished]
    yield f"{_some(named)}: nobody, and there was somebody when {clipped(lock.file)} was kept"
    gone = {(one.attribute, one.group) for one in vanished}
    compared = {(d.attribute, d.reference_group or "") for d in bias.disparities if not d.is_reference}
    for attribute, group in sorted(gone & compared):
        name = group_text(attribute, group, words)
        yield f"nothing is decided about {clipped(attribute)}, as all were compared with {name}"


def _new(bias: BiasDocument, lock: LockPart, words: Words) -> str:
    """Name the groups that were not kept with their people, and the values of those that are new altogether."""
    people = {(d.attribute, d.group): d.n for d in bias.disparities}
    names = [
        f"{listed_name(attribute, group, words)} ({people_text(people[attribute, group], words)}{_values(attribute, group, lock)})"
        for attribute, groups in lock.appeared.items()
        for group in groups
        if (attribute, group) in people
    ]
    others = [
        f"{clipped(name)}: {_listed(new.named, new.different)}"
        for name, new in lock.new.items()
        if name not in lock.appeared
    ]
    return _some([*names, *others])


def _values(attribute: str, group: str, lock: LockPart) -> str:
    """Name the values that a group of new ones is made of."""
    new = lock.new.get(attribute)
    return "" if new is None or CROSS in group else f": {_listed(new.named, new.different)}"


def _listed(named: Iterable[str], different: int) -> str:
    """List values, and count those that are left out."""
    shown = [f'"{clipped(value)}"' for value in named][:MOST_NAMED]
    more = different - len(shown)
    return joined([*shown, counted(more, "more value")] if more else shown)


def _some(names: Sequence[str]) -> str:
    """Join names, and count those that are left out."""
    more = len(names) - MOST_NAMED
    return joined([*names[:MOST_NAMED], counted(more, "more group")] if more > 0 else names)
