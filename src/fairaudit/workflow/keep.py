"""An audit's slices into a lock, by which other rows are sliced alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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
from fairaudit.write import refuse_target, write_text

_RULES = {RuleKind.THRESHOLD: "threshold", RuleKind.TOP_K: "top_k", RuleKind.TOP_PERCENT: "top_percent"}
"""Decision rules, by the settings that say them."""


def keep(tallied: Tally, reading: ReadSettings, references: Sequence[str]) -> Lock:
    """Make a lock of an audit: its slices as they are cut and grouped in these rows, and how these were read.

    Parameters
    ----------
    references
        Whom groups are compared with, as for ``--ref-group``.
    """
    checked, counted = tallied.checked, tallied.counted
    wanted, _ = settled(references, tallied.measured, checked)
    chosen = find_references(tallied.measured, wanted)
    roles = checked.roles
    named = {role: getattr(roles, role) for role in ROLES}
    columns = {role: column for role, column in named.items() if column is not None}
    if columns:
        # What is not there is not to be looked for.
        columns = {"label": NO_LABEL, "score": NO_LABEL} | columns
    return Lock(
        columns=columns,
        positive=tuple(checked.positive),
        weight_kind=checked.weight_kind,
        na_values=reading.na_values,
        rule=_rule(checked, reading),
        scores_are_decisions=checked.rule is not None and checked.rule.kind is RuleKind.SCORES_ARE_DECISIONS,
        conditions=checked.conditions,
        parts={
            dimension.name: part
            for place, dimension in enumerate(checked.dimensions)
            if (part := _part(tallied, dimension, place)) is not None
        },
        slices={
            attribute.name: KeptSlice(
                groups=tuple(g.names for g in counted.of(attribute.name) if g.counts.n),
                reference=_reference(chosen, attribute.name),
            )
            for attribute in checked.attributes
        },
    )


def _rule(checked: Checked, reading: ReadSettings) -> dict[str, float]:
    """Return the rule by which scores become decisions, if there is one; one by rank is kept as one by rank."""
    rule = checked.rule
    if rule is None or rule.kind not in _RULES:
        return {}
    name = _RULES[rule.kind]
    number = rule.threshold if rule.kind is RuleKind.THRESHOLD else getattr(reading, name)
    return {} if number is None else {name: number}


def _part(tallied: Tally, dimension: Dimension, place: int) -> KeptPart | None:
    """Return how a dimension is grouped; ``None`` where its groups are the same in all data."""
    checked, counted = tallied.checked, tallied.counted
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
        names, is_kept = tuple(values_kept), any(others in g.names for g in counted.groups if g.counts.n)
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


def keep_slices(
    save: Path | None, tallied: Tally | None, reading: ReadSettings, references: Sequence[str]
) -> tuple[Path, ...]:
    """Keep the slices where that was asked for, and return the path."""
    if save is None:
        return ()
    if tallied is None:
        raise OptionError(
            setting("save"),
            "keeps slices of two classes, and there are more",
            hint=f"{setting('positive', Bare('VALUE'))} takes one against the rest",
        )
    write_text(save, lock_text(keep(tallied, reading, references)))
    return (save,)
