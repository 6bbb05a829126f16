"""What people declare: the gates of a policy, read from the ``[[gate]]`` tables of a configuration file.

Nothing here sees data. A gate that makes no sense is an error that names the file, the gate and the key, and says what would be right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from fairaudit.errors import GateError, clipped, did_you_mean, listed
from fairaudit.gates.sense import BASELINE, LIMITS, OF_CHANGE, contradictions, number_text
from fairaudit.gates.waivers import Waiver, read_waivers, shown_value
from fairaudit.metrics.table import OF_GATES
from fairaudit.settings.choices import Decide, FamilyOf
from fairaudit.settings.limits import Band, Limit
from fairaudit.settings.numbers import exact
from fairaudit.settings.places import gate_lines, key_line

LONGEST_NAME = 200


class OnUndecided(StrEnum):
    """What becomes of a gate that could not be decided; without it the exit code is 3."""

    FAIL = "fail"
    WARN = "warn"
    PASS = "pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One demand of a policy, on every group of some attributes, or on everybody.

    Attributes
    ----------
    attributes
        As typed: ``race``, ``age:quartiles``, ``race*sex``; none where the demand is on everybody together.
    columns
        Whose missing values are counted; only gates on these have some.
    lacks
        Where these are found among the measured groups, once their names are known.
    min_people
        Groups of fewer people are listed and not judged; ``None`` judges all.
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
    family, family_name
        With which comparisons this gate's are corrected: by itself no gate can weaken another; a family with a name is that of all gates that give it.
    named
        Whether somebody gave it its name.
    file, shown_file, line, key_lines
        Where it stands: the file as it was named, for messages; its path from the root of the repository; and the line, its own and that of each key, where
        that is known.
    """

    name: str
    metric: str
    attributes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()
    min_people: int | None = None
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
    family_name: str = ""
    named: bool = True
    of_baseline: bool = False
    waivers: tuple[Waiver, ...] = ()
    file: str = field(default="", compare=False)
    shown_file: str = field(default="", compare=False)
    line: int | None = field(default=None, compare=False)
    key_lines: Mapping[str, int | None] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other, or that nothing can meet or miss."""
        if self.max_drop is not None or self.max_rise is not None:
            object.__setattr__(self, "of_baseline", True)
        for problem, hint in contradictions(self):
            raise GateError(f"gate {clipped(self.name, most=200)!r}", problem, hint=hint)

    def place(self, *keys: str) -> str:
        """Say where it stands, or the first of these keys that it has; empty where it stands in no file."""
        lines = (self.key_lines[key] for key in keys if key in self.key_lines)
        return place_text(self.file, next(lines, self.line))

    @property
    def is_of_everybody(self) -> bool:
        """Whether it asks about everybody together."""
        return not self.attributes and not self.columns

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
        of = f" {', '.join(self.columns)}" if self.columns else ""
        return f"{self.metric}{of} {_limit_text(self)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Where the missing values of a column are found: those who lack one, among the groups of an attribute or everybody.

    Attributes
    ----------
    column
        Whose values are missing.
    attribute
        Whose groups are asked about; empty for everybody.
    crossed
        The attribute that tells who lacks a value, or tells it within those groups.
    """

    column: str
    attribute: str
    crossed: str


def place_text(file: str, line: int | None) -> str:
    """Say where something stands."""
    return file if line is None or not file else f"{file}, line {line:,}"


KEYS = (
    "name",
    "reason",
    "metric",
    "attribute",
    "slices",
    "column",
    "min_people",
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
ATTRIBUTE_KEYS = ("attribute", "slices")
MOST_PEOPLE = 10**12
LONGEST_FAMILY = 100


def read_gates(
    entries: Sequence[Mapping[str, Any]],
    *,
    file: str,
    family: FamilyOf = FamilyOf.GATE,
    text: str = "",
    shown_file: str = "",
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
        What the file holds, so that messages and answers can name its lines.
    shown_file
        The file's path from the root of its repository, for answers.

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
        written = Written(file=file, text=text, begins=lines[number - 1 : number + 1])
        gate = _Reader(entry, number, written).gate(family)
        if twin := next((n for n, other in enumerate(gates, start=1) if other.name == gate.name), None):
            raise GateError(
                f"gate {number} ({gate.name!r})",
                f"gate {twin} has the same name",
                file=written.place("name"),
                hint="Give each its own by the key 'name'",
            )
        gates.append(
            replace(
                gate,
                file=file,
                shown_file=shown_file,
                line=written.line(),
                key_lines={key.replace("-", "_"): written.line(key) for key in entry},
            )
        )
    return tuple(gates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where a gate is written: its file, what that holds, and with which line it and the next one begin, as far as that is known."""

    file: str
    text: str
    begins: Sequence[int]

    def line(self, key: str = "") -> int | None:
        """Return the line of a key, or of the gate."""
        if not self.begins:
            return None
        return key_line(self.text, self.begins, key) if key else self.begins[0]

    def place(self, key: str = "") -> str:
        """Say where a key, or the gate, stands."""
        return place_text(self.file, self.line(key))


class _Reader:
    """Reads one table, and knows what to call it in a message."""

    def __init__(self, entry: Mapping[str, Any], number: int, written: Written) -> None:
        self.entry = {key.replace("-", "_"): value for key, value in entry.items()}
        self.as_written = {key.replace("-", "_"): key for key in entry}
        self.written = written
        self.twice = next((key for key in entry if "-" in key and key.replace("-", "_") in entry), "")
        name = entry.get("name")
        self.title = f"gate {number}" + (
            f" ({clipped(name, most=200)!r})" if isinstance(name, str) and name else ""
        )

    def gate(self, family: FamilyOf) -> Gate:
        """Read all keys; `family` is that of a gate that does not say."""
        if self.twice:
            raise self.wrong(
                f"the key {self.twice!r} is written twice, with a hyphen and with an underscore",
                key=self.twice,
            )
        for key in self.entry:
            if key not in KEYS:
                raise self.wrong(
                    f"unknown key {clipped(key)!r}",
                    f"{did_you_mean(key, KEYS)} Known are {listed(KEYS, most=len(KEYS))}".strip(),
                    key=key,
                )
        values: dict[str, Any] = {
            "metric": self.metric(),
            "attributes": self.attributes(),
            "columns": self.columns(),
            "min_people": self.min_people(),
            **{key: self.number(key) for key in LIMITS if key in self.entry},
            "decide": self.choice("decide", Decide) or Decide.INTERVAL,
            "on_undecided": self.choice("on_undecided", OnUndecided),
            "reason": self.text("reason"),
            "reference": self.texts("reference"),
            "waivers": self.waivers(),
            **self.family(family),
        }
        if values["reference"] == (BASELINE,) or any(key in self.entry for key in OF_CHANGE):
            if values["reference"] not in ((), (BASELINE,)):
                raise self.wrong(
                    f"{listed([key for key in OF_CHANGE if key in self.entry])} is of the baseline, and 'reference' names another group",
                    "Leave reference out",
                    key="reference",
                )
            values |= {"reference": (), "of_baseline": True}
        name = self.text("name")
        if len(name) > LONGEST_NAME:
            raise self.wrong(f"the name has {len(name):,} characters, more than {LONGEST_NAME}", key="name")
        try:
            gate = Gate(name=name or "unnamed", **values)
        except GateError as error:
            problem = str(error).removeprefix(f"gate {name or 'unnamed'!r}: ")
            raise self.wrong(problem, key=_named_first(problem, self.entry)) from None
        if name:
            return gate
        of_whom = ", ".join(gate.attributes) or ("" if gate.columns else "everybody")
        return replace(gate, name=f"{gate.demand} on {of_whom}" if of_whom else gate.demand, named=False)

    def metric(self) -> str:
        """Read the metric."""
        name = self.text("metric")
        if not name:
            raise self.wrong("the key 'metric' is missing", 'Such as metric = "fpr"')
        if name not in OF_GATES:
            longer = {metric.long_name: metric.name for metric in OF_GATES.values()}
            meant = longer.get(name.replace("_", " "))
            nearest = f"Did you mean {meant!r}?" if meant else did_you_mean(name, OF_GATES)
            raise self.wrong(
                f"'metric': {shown_value(name)} is no metric",
                f"{nearest} Known are {listed(list(OF_GATES), most=len(OF_GATES))}".strip(),
                key="metric",
            )
        return name

    def attributes(self) -> tuple[str, ...]:
        """Read what people are grouped by; nothing where the gate is on everybody together."""
        keys = [key for key in ATTRIBUTE_KEYS if key in self.entry]
        if len(keys) > 1:
            raise self.wrong(
                "the keys 'attribute' and 'slices' mean the same, and exclude each other", key=keys[1]
            )
        if not keys:
            return ()
        # A column's name may begin with a blank.
        texts = self.texts(keys[0], strip=False)
        if not any(part.strip() for text in texts for part in text.split(",")):
            raise self.wrong(
                "it is about no attribute",
                'Such as attribute = "race", or slices = ["age:quartiles", "race*sex"]; left out, the gate is on everybody together',
                key=keys[0],
            )
        return texts

    def columns(self) -> tuple[str, ...]:
        """Read whose missing values are counted."""
        if "column" not in self.entry:
            return ()
        return self.texts("column", strip=False)

    def min_people(self) -> int | None:
        """Read how many people a group has to have to be judged."""
        value = self.entry.get("min_people")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_PEOPLE:
            raise self.wrong(
                f"'min_people': {shown_value(value)} is no whole number of people from 1 to {MOST_PEOPLE:,}",
                "Such as min_people = 30",
                key="min_people",
            )
        return value

    def family(self, usual: FamilyOf) -> dict[str, Any]:
        """Read with which gates this one is corrected: a word that says so, or a name that these give as well."""
        if "family" not in self.entry:
            return {"family": usual}
        value = self.text("family")
        known = [member.value for member in FamilyOf]
        if value in known:
            return {"family": FamilyOf(value)}
        nearest = did_you_mean(value, known)
        if not value or len(value) > LONGEST_FAMILY or nearest:
            raise self.wrong(
                f"'family': {shown_value(value)} is no name of a family",
                f"{nearest} Say one of {listed(known)}, or a name that other gates give as well".strip(),
                key="family",
            )
        return {"family": FamilyOf.POLICY, "family_name": value}

    def number(self, key: str) -> Fraction:
        """Read a limit exactly."""
        value = self.entry[key]
        limit = exact(value)
        if limit is None:
            raise self.wrong(f"{key!r}: {shown_value(value)} is no number", f"Such as {key} = 0.8", key=key)
        return limit

    def text(self, key: str) -> str:
        """Read a text; empty where there is none."""
        value = self.entry.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(f"{key!r} has to be a text, and is {shown_value(value)}", key=key)
        return value.strip()

    def texts(self, key: str, *, strip: bool = True) -> tuple[str, ...]:
        """Read a text or a list of texts."""
        value = self.entry.get(key, [])
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) and item.strip() for item in items):
            raise self.wrong(
                f"{key!r} has to be a text or a list of texts, and is {shown_value(value)}", key=key
            )
        return tuple(dict.fromkeys(item.strip() if strip else item for item in items))

    def waivers(self) -> tuple[Waiver, ...]:
        """Read which groups are waived until when; none where there are none."""
        if "waive" not in self.entry:
            return ()

        def wrong(problem: str, hint: str) -> GateError:
            return self.wrong(problem, hint, key="waive")

        return read_waivers(self.entry["waive"], place=self.written.place("waive"), wrong=wrong)

    def choice(self, key: str, kind: type[StrEnum]) -> Any:
        """Read one of some words; ``None`` where there is none."""
        if key not in self.entry:
            return None
        value = self.entry[key]
        known = [member.value for member in kind]
        if value not in known:
            nearest = did_you_mean(value, known) if isinstance(value, str) else ""
            raise self.wrong(
                f"{key!r}: {shown_value(value)} is no choice",
                f"{nearest} Say one of {listed(known)}".strip(),
                key=key,
            )
        return kind(value)

    def wrong(self, problem: str, hint: str = "", *, key: str = "") -> GateError:
        """Say what is wrong with this gate, or with a key of it."""
        place = self.written.place(self.as_written.get(key, key))
        return GateError(self.title, problem, file=place, hint=hint)


def _named_first(problem: str, keys: Iterable[str]) -> str:
    """Return the key that a message names first; empty where it names none."""
    quoted = [(problem.find(repr(key)), key) for key in keys if repr(key) in problem]
    return min(quoted, default=(0, ""))[1]


def _limit_text(gate: Gate) -> str:
    of = " of the baseline" if gate.of_baseline else ""
    if gate.ratio_within is not None:
        return f"ratio within {number_text(gate.ratio_within)}{of}"
    if gate.max_difference is not None:
        return f"difference at most {number_text(gate.max_difference)}{of and ' from the baseline'}"
    if gate.limit is Limit.DIFFERENCE:
        sides = (("drop", gate.max_drop), ("rise", gate.max_rise))
        return " and ".join(f"{side} at most {number_text(most)}" for side, most in sides if most is not None)
    if gate.min is not None and gate.max is not None:
        return f"from {number_text(gate.min)} to {number_text(gate.max)}"
    return (
        f"at least {number_text(gate.min)}"
        if gate.min is not None
        else f"at most {number_text(gate.max or Fraction(0))}"
    )
