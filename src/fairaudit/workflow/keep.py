"""An audit's slices into a lock, by which other rows are sliced alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from fairaudit.count.counts import ClassCounts
from fairaudit.disparity.references import ReferenceKind, References, find_references
from fairaudit.errors import FairauditError, OptionError, clipped
from fairaudit.read.checked_rows import Checked
from fairaudit.read.locked import FIXED, seen_between
from fairaudit.read.suppressed import least_of
from fairaudit.settings.choices import MIN, NO_LABEL, REST, RuleKind
from fairaudit.settings.reading import ReadSettings
from fairaudit.slices.file import ROLES, KeptPart, KeptSlice, Lock, lock_text, read_lock
from fairaudit.slices.grammar import MISSING_GROUP, CutKind, Dimension
from fairaudit.spelling import Bare, is_from_file, setting
from fairaudit.workflow.audit import Tally
from fairaudit.workflow.references import settled
from fairaudit.write import refuse_target

_RULES = {RuleKind.THRESHOLD: "threshold", RuleKind.TOP_K: "top_k", RuleKind.TOP_PERCENT: "top_percent"}
"""Decision rules, by the settings that say them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassTally:
    """An input of several classes that has been read and counted: everybody, who come first, and every slice."""

    checked: Checked
    counted: tuple[ClassCounts, ...]


Sliced: TypeAlias = Tally | ClassTally
"""What may be kept."""


def keep(sliced: Sliced, reading: ReadSettings, references: Sequence[str]) -> Lock:
    """Make a lock of an audit: its slices as they are cut and grouped in these rows, and how these were read.

    Parameters
    ----------
    references
        Whom groups are compared with, as for ``--ref-group``.
    """
    checked = sliced.checked
    groups = _groups_with_somebody(sliced)
    compared = _references(sliced, references)
    roles = checked.roles
    named = {role: getattr(roles, role) for role in ROLES}
    columns = {role: column for role, column in named.items() if column is not None}
    if columns:
        # What is not there is not to be looked for.
        columns = {"label": NO_LABEL, "score": NO_LABEL} | columns
    return Lock(
        columns=columns,
        positive=tuple(checked.positive),
        classes=checked.classes,
        weight_kind=checked.weight_kind,
        na_values=reading.na_values,
        rule={} if checked.classes else _rule(checked, reading),
        scores_are_decisions=checked.rule is not None and checked.rule.kind is RuleKind.SCORES_ARE_DECISIONS,
        conditions=checked.conditions,
        parts={
            dimension.name: part
            for place, dimension in enumerate(checked.dimensions)
            if (part := _part(checked, groups, dimension, place)) is not None
        },
        slices={
            attribute.name: KeptSlice(
                groups=tuple(names for name, names in groups if name == attribute.name),
                reference=compared[attribute.name],
            )
            for attribute in checked.attributes
        },
    )


def _groups_with_somebody(sliced: Sliced) -> list[tuple[str, tuple[str, ...]]]:
    """Return the groups in which there is somebody, each by its attribute and its name in every column."""
    if isinstance(sliced, Tally):
        return [(g.attribute, g.names) for g in sliced.counted.groups if g.counts.n]
    return [(one.attribute, one.names) for one in sliced.counted[1:] if any(map(any, one.matrix))]


def _references(sliced: Sliced, references: Sequence[str]) -> dict[str, str | None]:
    """Say whom the groups of each attribute are compared with; slices of several classes with everybody else."""
    names = [attribute.name for attribute in sliced.checked.attributes]
    if isinstance(sliced, Tally):
        wanted, _ = settled(references, sliced.measured, sliced.checked)
        chosen = find_references(sliced.measured, wanted)
        return {name: _reference(chosen, name) for name in names}
    usual = {REST, *(f"{name}={REST}" for name in names)}
    if other := next((word for word in references if word not in usual), None):
        raise OptionError(
            setting("ref_group"),
            f"names {clipped(other)!r}, and slices of several classes are compared with everybody else",
            hint=f"Leave it out, or take one class against the rest by {setting('positive', Bare('VALUE'))}",
        )
    return dict.fromkeys(names, REST)


def _rule(checked: Checked, reading: ReadSettings) -> dict[str, float]:
    """Return the rule by which scores become decisions, if there is one; one by rank is kept as one by rank."""
    rule = checked.rule
    if rule is None or rule.kind not in _RULES:
        return {}
    name = _RULES[rule.kind]
    number = rule.threshold if rule.kind is RuleKind.THRESHOLD else getattr(reading, name)
    return {} if number is None else {name: number}


def _part(
    checked: Checked, groups: Sequence[tuple[str, tuple[str, ...]]], dimension: Dimension, place: int
) -> KeptPart | None:
    """Return how a dimension is grouped; ``None`` where its groups are the same in all data."""
    if dimension.take in FIXED:
        return None
    if dimension.cut is not None:
        lowest, highest = seen_between(checked.rows, dimension) or (None, None)
        is_typed = dimension.cut.kind is CutKind.EDGES
        return KeptPart(edges=() if is_typed else checked.edges[place], lowest=lowest, highest=highest)
    names, is_kept = checked.names[place], False
    if dimension.top:
        # The others stand behind the values, and before those whose value is missing.
        *values_kept, others = names[:-1] if names[-1] == MISSING_GROUP else names
        names, is_kept = tuple(values_kept), any(others in own for _, own in groups)
    values = tuple(name for name in names if name != MISSING_GROUP)
    return KeptPart(values=values, others=is_kept)


def _reference(chosen: References, attribute: str) -> str | None:
    """Say whom the groups of an attribute are compared with: a group by its name, or everybody else, or the lowest rate."""
    match chosen.kinds[attribute]:
        case ReferenceKind.REST:
            return REST
        case ReferenceKind.MIN_METRIC:
            return MIN
        case _:
            group = chosen.groups[attribute]
            return group if isinstance(group, str) else None


def _refuse_place(path: Path, *, others: Sequence[Path]) -> None:
    """Refuse a place for a lock, before any work is done, where no file can be, or one of another kind is.

    Raises
    ------
    FairauditError
        If it is one.
    """
    refuse_target(path, setting("save"), others=others)
    if not path.exists():
        return
    try:
        read_lock(path)
    except FairauditError:
        raise OptionError(
            setting("save"),
            f"{clipped(str(path))} is there already, and keeps no slices",
            hint="Name another file",
        ) from None


def refuse_keeping(
    save: Path | None, reading: ReadSettings, references: Sequence[str], *, others: Sequence[Path]
) -> None:
    """Refuse what cannot be kept, or where, before any work is done.

    Parameters
    ----------
    save
        Where to; ``None`` where nothing is to be kept.
    others
        Files that are read or written.
    """
    if save is None:
        if references and not is_from_file("ref_group"):
            raise OptionError(
                setting("ref_group"),
                f"says what {setting('save')} keeps of slices, and is not given together with it",
            )
        return
    if (least := least_of(reading)) is not None:
        raise OptionError(
            setting("save"),
            f"cannot be given together with {setting('suppress_below', str(least))}: groups that are counted together are others in other data",
        )
    if reading.lock is not None:
        raise OptionError(
            setting("save"),
            f"cannot be given together with {setting('slices')}, whose slices are kept already",
        )
    _refuse_place(save, others=others)


def kept_slices(
    save: Path | None, sliced: Sliced, reading: ReadSettings, references: Sequence[str]
) -> dict[Path, bytes]:
    """Make the file that keeps the slices, where one was asked for."""
    return {} if save is None else {save: lock_text(keep(sliced, reading, references)).encode()}
