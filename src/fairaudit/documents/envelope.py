"""What stands in every document, and parts that are made alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, overload

from fairaudit.disparity.distance import Distance
from fairaudit.documents.parts import (
    AttributePart,
    AuditSettings,
    BadLinePart,
    BadLinesPart,
    DecisionPart,
    DistancePart,
    EstimatePart,
    InputPart,
    LockPart,
    NewValuesPart,
    NotePart,
    OutsidePart,
    Stamp,
)
from fairaudit.metrics.kinds import NOT_COMPUTED, Estimate
from fairaudit.read.bad_lines import BadLines
from fairaudit.read.checked_rows import Checked
from fairaudit.read.notes import Note
from fairaudit.read.rows import Rows
from fairaudit.settings.choices import (
    BOOTSTRAP_REPLICATES,
    BOOTSTRAP_SEED,
    CONFIDENCE,
    Missing,
)
from fairaudit.settings.naming import Called, Naming
from fairaudit.settings.numbers import tau_text
from fairaudit.settings.verdict import Measuring, VerdictOptions
from fairaudit.slices.grammar import CROSS, MISSING_GROUP
from fairaudit.version import __version__

if TYPE_CHECKING:
    from fairaudit.disparity.comparison import Pair


def environment(*packages: str) -> dict[str, str]:
    """Return the versions of Python and of the named packages."""
    import platform

    return {
        "python": platform.python_version(),
        **{package: _version_of(package) for package in ("duckdb", *packages)},
    }


@cache
def _version_of(package: str) -> str:
    """Read the version of an installed package once: each document of an audit names it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def distance_parts(distances: Mapping[str, Distance]) -> dict[str, DistancePart]:
    """Write how far a slice is from everybody else, by metric."""
    return {
        name: DistancePart(
            difference=d.difference,
            ci=d.ci,
            joint_ci=d.joint_ci,
            joint_confidence=d.joint_confidence,
            chosen_from=d.chosen_from,
            reason=d.reason or None,
        )
        for name, d in distances.items()
    }


def worth_of(pair: Pair | None) -> dict[str, float | None]:
    """Write how many people the denominators of two rates are worth, where people stand in several rows."""
    return {
        "effective": pair[1] if pair else None,
        "reference_effective": pair[3] if pair and pair[3] else None,
    }


def audit_settings(
    checked: Checked,
    measuring: Measuring,
    naming: Naming,
    *,
    missing: Missing,
    na_values: Sequence[str] | None,
    selected: int | None,
    ranked_by: str | None,
    rule: VerdictOptions | None = None,
) -> AuditSettings:
    """Write down all that can change a number."""
    return AuditSettings(
        label=checked.roles.label,
        score=checked.roles.score,
        decision_column=checked.roles.decision,
        weight=checked.roles.weight,
        weight_kind=checked.weight_kind,
        id=checked.roles.id,
        positive=list(checked.positive),
        scores=checked.scores.value,
        decision=_decision(checked, selected),
        attributes=attribute_parts(checked),
        attributes_chosen=checked.chosen,
        passed_over=dict(checked.passed_over),
        where=checked.rows.where,
        slices=dict(checked.conditions),
        lock=lock_part(checked),
        missing=missing.value,
        na_values=None if na_values is None else list(na_values),
        min_group_size=measuring.min_group_size,
        unknown=list(measuring.unknown),
        suppress_below=checked.suppression.least if checked.suppression else None,
        ranked_by=ranked_by,
        confidence=CONFIDENCE,
        interval=measuring.interval,
        bootstrap_replicates=BOOTSTRAP_REPLICATES,
        bootstrap_seed=BOOTSTRAP_SEED,
        reference=list(rule.references) if rule else None,
        tau=tau_text(rule.tau) if rule else None,
        decide=rule.decide if rule else None,
        metrics=list(rule.metrics) if rule else None,
        effect=rule.effect if rule else None,
        words=called_by(naming),
    )


def lock_part(checked: Checked) -> LockPart | None:
    """Write down the file of slices that was applied, and in what the rows depart from it."""
    if checked.lock is None:
        return None
    departures = checked.departures
    return LockPart(
        file=checked.lock.name,
        sha256=checked.lock.sha256,
        groups={
            a.name: [CROSS.join(g) for g in checked.lock.slices[a.name].groups if MISSING_GROUP not in g]
            for a in checked.attributes
            if a.name in checked.lock.slices
        },
        new={
            name: NewValuesPart(different=new.different, rows=new.rows, named=dict(new.named))
            for name, new in departures.new.items()
        },
        vanished={name: list(groups) for name, groups in departures.vanished.items()},
        appeared={name: list(groups) for name, groups in departures.appeared.items()},
        outside={
            name: OutsidePart(below=rows.below, above=rows.above) for name, rows in departures.outside.items()
        },
    )


def called_by(naming: Naming) -> dict[Called, str]:
    """Write down what people and outcomes are called."""
    return {Called(name): text for name, text in naming.chosen.items()}


def _decision(checked: Checked, selected: int | None) -> DecisionPart | None:
    """Write down how decisions came about, if there are any."""
    rule = checked.rule
    if rule is None:
        return None
    return DecisionPart(
        kind=rule.kind.value,
        column=rule.column,
        threshold=rule.threshold,
        wanted=rule.wanted,
        selected=weighed(selected, checked.part),
        chosen_by_user=rule.chosen_by_user,
        sentence=rule.sentence,
    )


def attribute_parts(checked: Checked) -> list[AttributePart]:
    """Write down the attributes with the edges of their cuts."""
    return [
        AttributePart(
            name=attribute.name,
            columns=list(attribute.called),
            members=list(attribute.members),
            edges={
                checked.dimensions[i].called: list(checked.edges[i])
                for i in checked.groups_of(attribute)
                if i in checked.edges
            },
            edges_from={
                checked.dimensions[i].called: checked.edges_from[i]
                for i in checked.groups_of(attribute)
                if i in checked.edges
            },
        )
        for attribute in checked.attributes
    ]


def estimate_part(
    estimate: Estimate, *, clustered: bool = False, part: Fraction = Fraction(1)
) -> EstimatePart:
    """Write one metric; with how many people its rows are worth, if people may stand in several of them or have weights."""
    return EstimatePart(
        value=estimate.value,
        numerator=weighed(estimate.numerator, part),
        denominator=weighed(estimate.denominator, part),
        ci=estimate.ci,
        small=estimate.small,
        reason=estimate.reason or None,
        ci_reason=None if estimate.ci else estimate.ci_reason or estimate.reason or NOT_COMPUTED,
        effective=estimate.trials if clustered and estimate.denominator is not None else None,
    )


def envelope(
    rows: Rows,
    used: int,
    dropped: Mapping[str, int],
    stamp: Stamp,
    *packages: str,
    notes: Iterable[Note] = (),
) -> dict[str, Any]:
    """Write what every document begins with; `packages` are those whose versions can change a number."""
    source = rows.source
    return {
        "fairaudit": __version__,
        "created": stamp.created,
        "command": stamp.command,
        "input": input_part(rows, used, dropped, notes),
        "environment": environment(*packages, *([source.counted_by] if source.counted_by else [])),
    }


def input_part(rows: Rows, used: int, dropped: Mapping[str, int], notes: Iterable[Note]) -> InputPart:
    """Write down what was read."""
    source = rows.source
    return InputPart(
        name=source.name,
        sha256=source.sha256,
        bytes=source.bytes,
        rows=rows.rows,
        used=used,
        dropped=dict(dropped),
        notes=[NotePart(sentence=note.sentence, warning=note.warning) for note in notes],
        sha256_note=source.hash_note or None,
        read_as={name: list(v) if isinstance(v, tuple) else v for name, v in source.read_as.items()},
        bad_lines=_bad_lines(rows.skipped),
    )


def _bad_lines(skipped: BadLines | None) -> BadLinesPart | None:
    """Write down the lines that were left out, where that was asked for."""
    if skipped is None:
        return None
    return BadLinesPart(
        count=skipped.count,
        reasons=skipped.reasons,
        first=[BadLinePart(line=number, reason=reason) for number, reason in skipped.first],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What every document of an audit says of itself: the table that it is about, how that was read, and when and by what."""

    checked: Checked
    settings: AuditSettings
    stamp: Stamp

    @property
    def part(self) -> Fraction:
        """How much of a person a unit of the counts is; 1 but for the weights of a survey."""
        return self.checked.part


def audit_envelope(origin: Origin, *packages: str) -> dict[str, Any]:
    """Write what every document of an audit begins with; `packages` are those whose versions can change a number."""
    checked = origin.checked
    begun = envelope(
        checked.rows, checked.used, checked.dropped, origin.stamp, *packages, notes=checked.notes
    )
    return {**begun, "settings": origin.settings}


@overload
def weighed(count: int, part: Fraction) -> float: ...
@overload
def weighed(count: int | None, part: Fraction) -> float | None: ...
def weighed(count: int | None, part: Fraction) -> float | None:
    """Write people, or their weight."""
    return count if count is None or part == 1 else float(count * part)


def float_or_none(value: Fraction | None) -> float | None:
    """Return the nearest number of a machine."""
    return None if value is None else float(value)
