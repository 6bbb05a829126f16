"""What people declare: the gates of a policy, read from the ``[[gate]]`` tables of a configuration file.

Nothing here sees data. A gate that makes no sense is an error that names the file, the gate and the key, and says what would be right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from fairaudit.errors import GateError, did_you_mean, listed
from fairaudit.gates.waivers import Waiver, read_waivers
from fairaudit.metrics.kinds import Better, Evidence, Metric
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.choices import REST, Decide, FamilyOf
from fairaudit.settings.limits import Band, Limit
from fairaudit.settings.numbers import exact, tau_text
from fairaudit.settings.places import gate_lines, key_line

LONGEST_NAME = 200
BASELINE = "baseline"
"""The reference of gates on change: each group as it was."""


class OnUndecided(StrEnum):
    """What becomes of a gate that could not be decided; without it the exit code is 3."""

    FAIL = "fail"
    WARN = "warn"
    PASS = "pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One demand of a policy, on every group of some attributes.

    Attributes
    ----------
    attributes
        As typed: ``race``, ``age:quartiles``, ``race*sex``.
    ratio_within
        Group over reference has to lie within [ratio_within, 1 / ratio_within].
    max_difference
        Group minus reference has to lie within [-max_difference, max_difference].
    max_drop, max_rise
        By how much a group's value may be lower, or higher, than in the baseline; either may be ``None``.
    min, max
        A group's own value has to lie within them; either may be ``None``.
    of_baseline
        Whether each group is compared with itself in the baseline.
    waivers
        Groups whose failure is a warning until a day.
    on_undecided
        ``None``: a gate that could not be decided makes the check undecided (exit code 3).
    reason
        Why the gate is there, in the words of those who made the policy.
    reference
        Whom groups are compared with, as for ``--ref-group``; empty: as for everything else.
    family
        With which comparisons this gate's are corrected. By itself no gate can weaken another.
    named
        Whether somebody gave it its name.
    """

    name: str
    metric: str
    attributes: tuple[str, ...]
    ratio_within: Fraction | None = None
    max_difference: Fraction | None = None
    max_drop: Fraction | None = None
    max_rise: Fraction | None = None
    min: Fraction | None = None
    max: Fraction | None = None
    decide: Decide = Decide.INTERVAL
    on_undecided: OnUndecided | None = None
    reason: str = ""
    reference: tuple[str, ...] = ()
    family: FamilyOf = FamilyOf.GATE
    named: bool = True
    of_baseline: bool = False
    waivers: tuple[Waiver, ...] = ()

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other, or that nothing can meet or miss."""
        if self.max_drop is not None or self.max_rise is not None:
            object.__setattr__(self, "of_baseline", True)
        for problem, hint in _contradictions(self):
            raise GateError(f"gate {self.name!r}", problem, hint=hint)

    @property
    def limit(self) -> Limit:
        """What is limited."""
        if self.ratio_within is not None:
            return Limit.RATIO
        differences = (self.max_difference, self.max_drop, self.max_rise)
        return Limit.LEVEL if all(limit is None for limit in differences) else Limit.DIFFERENCE

    @property
    def band(self) -> Band:
        """What the ratio, the difference or the group's own value may be."""
        if self.ratio_within is not None:
            return Band(low=self.ratio_within, high=1 / self.ratio_within)
        if self.max_difference is not None:
            return Band(low=-self.max_difference, high=self.max_difference)
        if self.limit is Limit.DIFFERENCE:
            return Band(low=None if self.max_drop is None else -self.max_drop, high=self.max_rise)
        return Band(low=self.min, high=self.max)

    @property
    def demand(self) -> str:
        """Say what is demanded, without of whom.

        >>> Gate(name="", metric="fpr", attributes=("race",), ratio_within=Fraction(4, 5)).demand
        'fpr ratio within 0.8'
        """
        return f"{self.metric} {_limit_text(self)}"


KEYS = (
    "name",
    "reason",
    "metric",
    "attribute",
    "slices",
    "ratio_within",
    "max_difference",
    "max_drop",
    "max_rise",
    "min",
    "max",
    "reference",
    "decide",
    "on_undecided",
    "family",
    "waive",
)
LIMITS = ("ratio_within", "max_difference", "max_drop", "max_rise", "min", "max")
_TOGETHER = (["min", "max"], ["max_drop", "max_rise"])
_OF_CHANGE = ("max_drop", "max_rise")


def read_gates(
    entries: Sequence[Mapping[str, Any]], *, file: str, family: FamilyOf = FamilyOf.GATE, text: str = ""
) -> tuple[Gate, ...]:
    """Read the gates of a policy.

    Parameters
    ----------
    entries
        The ``[[gate]]`` tables, as `fairaudit.settings.file.gate_entries` gives them.
    file
        Where they stand, for messages.
    family
        Of gates that do not say.
    text
        What the file holds, so that messages can name its lines.

    Raises
    ------
    GateError
        If a key is unknown or holds what it cannot, if limits contradict each other, or if two gates have one name.

    Examples
    --------
    >>> [gate.name for gate in read_gates([{"metric": "fpr", "attribute": "race", "ratio_within": "0.8"}], file="x")]
    ['fpr ratio within 0.8 on race']
    """
    gates: list[Gate] = []
    lines = gate_lines(text, gates=len(entries)) if text else ()
    for number, entry in enumerate(entries, start=1):
        line = key_line(text, lines[number - 1 : number + 1], "waive") if lines and "waive" in entry else None
        gate = _Reader(entry, number, file, line).gate(family)
        if twin := next((n for n, other in enumerate(gates, start=1) if other.name == gate.name), None):
            raise GateError(
                f"gate {number} ({gate.name!r})",
                f"gate {twin} has the same name",
                file=file,
                hint="Give each its own by the key 'name'",
            )
        gates.append(gate)
    return tuple(gates)


class _Reader:
    """Reads one table, and knows what to call it in a message."""

    def __init__(self, entry: Mapping[str, Any], number: int, file: str, waiver_line: int | None) -> None:
        self.entry = {key.replace("-", "_"): value for key, value in entry.items()}
        self.file = file
        self.waiver_place = file if waiver_line is None else f"{file}, line {waiver_line:,}"
        self.twice = next((key for key in entry if "-" in key and key.replace("-", "_") in entry), "")
        name = entry.get("name")
        self.title = f"gate {number}" + (f" ({name!r})" if isinstance(name, str) and name else "")

    def gate(self, family: FamilyOf) -> Gate:
        """Read all keys; `family` is that of a gate that does not say."""
        if self.twice:
            raise self.wrong(f"the key {self.twice!r} is written twice, with a hyphen and with an underscore")
        for key in self.entry:
            if key not in KEYS:
                raise self.wrong(
                    f"unknown key {key!r}", f"{did_you_mean(key, KEYS)} Known are {listed(KEYS)}".strip()
                )
        values: dict[str, Any] = {
            "metric": self.metric(),
            "attributes": self.attributes(),
            **{key: self.number(key) for key in LIMITS if key in self.entry},
            "decide": self.choice("decide", Decide) or Decide.INTERVAL,
            "on_undecided": self.choice("on_undecided", OnUndecided),
            "reason": self.text("reason"),
            "reference": self.texts("reference"),
            "family": self.choice("family", FamilyOf) or family,
            "waivers": self.waivers(),
        }
        if values["reference"] == (BASELINE,) or any(key in self.entry for key in _OF_CHANGE):
            if values["reference"] not in ((), (BASELINE,)):
                raise self.wrong(
                    f"{listed([key for key in _OF_CHANGE if key in self.entry])} is of the baseline, and 'reference' names another group",
                    "Leave reference out",
                )
            values |= {"reference": (), "of_baseline": True}
        name = self.text("name")
        if len(name) > LONGEST_NAME:
            raise self.wrong(f"the name has {len(name):,} characters, more than {LONGEST_NAME}")
        try:
            gate = Gate(name=name or "unnamed", **values)
        except GateError as error:
            raise self.wrong(str(error).removeprefix(f"gate {name or 'unnamed'!r}: ")) from None
        if name:
            return gate
        return Gate(name=f"{gate.demand} on {', '.join(gate.attributes)}", named=False, **values)

    def metric(self) -> str:
        """Read the metric."""
        name = self.text("metric")
        if not name:
            raise self.wrong("the key 'metric' is missing", 'Such as metric = "fpr"')
        if name not in BY_NAME:
            longer = {metric.long_name: metric.name for metric in BY_NAME.values()}
            meant = longer.get(name.replace("_", " "))
            nearest = f"Did you mean {meant!r}?" if meant else did_you_mean(name, BY_NAME)
            raise self.wrong(
                f"'metric': {name!r} is no metric",
                f"{nearest} Known are {listed(list(BY_NAME), most=len(BY_NAME))}".strip(),
            )
        return name

    def attributes(self) -> tuple[str, ...]:
        """Read what people are grouped by."""
        keys = [key for key in ("attribute", "slices") if key in self.entry]
        if len(keys) > 1:
            raise self.wrong("the keys 'attribute' and 'slices' mean the same, and exclude each other")
        # A column's name may begin with a blank.
        texts = self.texts(keys[0], strip=False) if keys else ()
        if not any(part.strip() for text in texts for part in text.split(",")):
            raise self.wrong(
                "it is about no attribute",
                'Such as attribute = "race", or slices = ["age:quartiles", "race*sex"]',
            )
        return texts

    def number(self, key: str) -> Fraction:
        """Read a limit exactly."""
        value = self.entry[key]
        limit = exact(value)
        if limit is None:
            raise self.wrong(f"{key!r}: {_shown(value)} is no number", f"Such as {key} = 0.8")
        return limit

    def text(self, key: str) -> str:
        """Read a text; empty where there is none."""
        value = self.entry.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(f"{key!r} has to be a text, and is {_shown(value)}")
        return value.strip()

    def texts(self, key: str, *, strip: bool = True) -> tuple[str, ...]:
        """Read a text or a list of texts."""
        value = self.entry.get(key, [])
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) and item.strip() for item in items):
            raise self.wrong(f"{key!r} has to be a text or a list of texts, and is {_shown(value)}")
        return tuple(dict.fromkeys(item.strip() if strip else item for item in items))

    def waivers(self) -> tuple[Waiver, ...]:
        """Read which groups are waived until when; none where there are none."""
        if "waive" not in self.entry:
            return ()

        def wrong(problem: str, hint: str) -> GateError:
            return GateError(self.title, problem, file=self.waiver_place, hint=hint)

        return read_waivers(self.entry["waive"], place=self.waiver_place, wrong=wrong)

    def choice(self, key: str, kind: type[StrEnum]) -> Any:
        """Read one of some words; ``None`` where there is none."""
        if key not in self.entry:
            return None
        value = self.entry[key]
        known = [member.value for member in kind]
        if value not in known:
            nearest = did_you_mean(value, known) if isinstance(value, str) else ""
            raise self.wrong(
                f"{key!r}: {_shown(value)} is no choice", f"{nearest} Say one of {listed(known)}".strip()
            )
        return kind(value)

    def wrong(self, problem: str, hint: str = "") -> GateError:
        """Say what is wrong with this gate."""
        return GateError(self.title, problem, file=self.file, hint=hint)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _contradictions(gate: Gate) -> list[tuple[str, str]]:
    """Find what is wrong with a gate's limits, each with what would be right."""
    metric = BY_NAME.get(gate.metric)
    if metric is None:
        return [(f"{gate.metric!r} is no metric", did_you_mean(gate.metric, BY_NAME))]
    limits = [key for key in LIMITS if getattr(gate, key) is not None]
    if not limits:
        return [("it has no limit", f"Give one of {listed(LIMITS)}")]
    if len(limits) > 1 and limits not in _TOGETHER:
        return [
            (
                f"{limits[0]!r} and {limits[1]!r} exclude each other",
                "Only min and max, and max_drop and max_rise, may stand together; make two gates",
            )
        ]
    return [*_impossible_limits(gate, metric), *_impossible_questions(gate, metric)]


def _impossible_limits(gate: Gate, metric: Metric) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    width = metric.most - metric.least
    if gate.ratio_within is not None and not 0 < gate.ratio_within <= 1:
        faults.append(
            (
                f"'ratio_within': {_number(gate.ratio_within)} is not above 0 and at most 1",
                "Four fifths is 0.8",
            )
        )
    if gate.max_difference is not None and not 0 <= gate.max_difference < width:
        faults.append(
            (
                f"'max_difference': {_number(gate.max_difference)} is not from 0 to below {width:g}",
                "Such as 0.05",
            )
        )
    for key in _OF_CHANGE:
        limit = getattr(gate, key)
        if limit is not None and not 0 <= limit < width:
            faults.append((f"{key!r}: {_number(limit)} is not from 0 to below {width:g}", "Such as 0.02"))
    for key, value in (("min", gate.min), ("max", gate.max)):
        if value is None:
            continue
        if not metric.least <= value <= metric.most:
            faults.append(
                (
                    f"{key!r}: {metric.name} runs from {metric.least:g} to {_end(metric.most)}, and {_number(value)} is outside",
                    "",
                )
            )
        elif value == (metric.least if key == "min" else metric.most):
            faults.append(
                (
                    f"{key!r}: {_number(value)} demands nothing, since {metric.name} runs from {metric.least:g} to {_end(metric.most)}",
                    "",
                )
            )
    if gate.min is not None and gate.max is not None and gate.min > gate.max:
        faults.append(
            (f"'min' is {_number(gate.min)} and 'max' {_number(gate.max)}, and nothing lies between", "")
        )
    return faults


def _impossible_questions(gate: Gate, metric: Metric) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    if gate.decide is Decide.INTERVAL and metric.kind.evidence is Evidence.NONE:
        faults.append((f"{metric.name} has no interval that could decide", 'Say decide = "point"'))
    if gate.limit is Limit.DIFFERENCE and (reason := metric.kind.no_difference):
        faults.append((reason, "Use ratio_within, or the metric pprev"))
    if gate.limit is Limit.LEVEL and gate.of_baseline:
        faults.append(
            (
                f"'reference' is {BASELINE!r}, and min and max are of the group's own value",
                "Use max_drop, max_rise, max_difference or ratio_within",
            )
        )
    faults += _wrong_way(gate, metric)
    if gate.limit is Limit.RATIO and metric.least < 0:
        faults.append((f"{metric.name} may be negative, and a ratio says nothing then", "Use max_difference"))
    if gate.limit is Limit.LEVEL and gate.reference:
        faults.append(("'reference' is of no use where groups are compared with nobody", "Leave it out"))
    if gate.of_baseline and metric.is_of_whole:
        faults.append(
            (
                f"{metric.name} is a share of all who are selected, which moves with the other groups",
                "Use the metric pprev",
            )
        )
    reason = metric.kind.not_of_rest
    if reason and gate.limit is not Limit.LEVEL and REST in gate.reference:
        faults.append((reason, "Name a group"))
    return faults


def _wrong_way(gate: Gate, metric: Metric) -> list[tuple[str, str]]:
    """Refuse a limit to getting better."""
    gains = {
        Better.LOWER: ("max_drop", "max_rise", "lower"),
        Better.HIGHER: ("max_rise", "max_drop", "higher"),
    }
    if metric.better not in gains:
        return []
    key, other, better = gains[metric.better]
    if getattr(gate, key) is None or getattr(gate, other) is not None:
        return []
    return [(f"{key!r}: a {better} {metric.name} is better, and no loss", f"Use {other}, or max_difference")]


def _number(value: Fraction) -> str:
    return tau_text(value) if value >= 0 else f"-{tau_text(-value)}"


def _end(most: float) -> str:
    return "infinity" if math.isinf(most) else f"{most:g}"


def _limit_text(gate: Gate) -> str:
    of = " of the baseline" if gate.of_baseline else ""
    if gate.ratio_within is not None:
        return f"ratio within {_number(gate.ratio_within)}{of}"
    if gate.max_difference is not None:
        return f"difference at most {_number(gate.max_difference)}{of and ' from the baseline'}"
    if gate.limit is Limit.DIFFERENCE:
        sides = (("drop", gate.max_drop), ("rise", gate.max_rise))
        return " and ".join(f"{side} at most {_number(most)}" for side, most in sides if most is not None)
    if gate.min is not None and gate.max is not None:
        return f"from {_number(gate.min)} to {_number(gate.max)}"
    return (
        f"at least {_number(gate.min)}"
        if gate.min is not None
        else f"at most {_number(gate.max or Fraction(0))}"
    )
