"""A policy to begin with, as TOML: the settings as they were found, a few gates, and what they would find today as comments."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from fairaudit.errors import clipped, printable
from fairaudit.gates.evaluate import Finding, Gate, GateResult, evaluate
from fairaudit.metrics.kinds import Measured
from fairaudit.read.checked_rows import Checked
from fairaudit.settings.choices import DEFAULT_MIN_GROUP_SIZE, NO_LABEL, Decide, Effect, Missing, RuleKind
from fairaudit.settings.naming import EXAMPLES
from fairaudit.settings.reading import ReadSettings
from fairaudit.texts import toml_text

MOST_COLUMNS = 116
MOST_SHOWN = 4
"""Groups whose values are shown beside a gate."""
FOUR_FIFTHS = Fraction("0.8")
FLOOR = Fraction("0.7")
_ASKED = (
    ("pprev", "Are people selected about equally often?"),
    ("fpr", "Are people with label 0 wrongly selected about equally often?"),
    ("fnr", "Are people with label 1 missed about equally often?"),
)
_FLOORS = ("f1", "accuracy")
_HEAD = """\
What this model is held to: `fairaudit check` answers each [[gate]] for every group of its attributes.
Exit codes: 0 all passed, 1 a gate failed, 3 a gate could not be decided, 2 this file or the input is wrong.
"""
_KEYS = """\
metric: any that `fairaudit explain` knows.
attribute, or slices: "race", "age:quartiles", "race*sex", or a list of such; left out, everybody together (min, max).
min_people = 30: groups of fewer people are listed, and neither pass nor fail.
Also: metric = "share" (a group's share of all people), metric = "missing_values" with column = "income".
One limit: ratio_within = 0.8       group over reference from 0.8 to 1.25
           max_difference = 0.05    group minus reference from -0.05 to 0.05
           min = 0.7, max = 0.9     the group's own value; either, or both
           max_drop = 0.02          how much lower than in the predictions of --baseline; max_rise: how much higher
decide = "interval" (the default): fails when the data exclude the limits, passes when they exclude all else,
and is undecided otherwise. decide = "point": the measured value is taken for the truth.
on_undecided = "fail", "warn" or "pass"; without it, an undecided gate ends with exit code 3.
reference = "race=Caucasian", "majority" (the default), "rest" (everybody else; the default of race*sex),
"max", "min", or "baseline" (the group itself in the predictions of --baseline).
waive = {group = "sex=Female", until = 2027-03-01, why = "…"}: a failure of this group is a warning until that day.
family = "a name": the comparisons of all gates that give it are corrected together.
name and reason are shown with the result.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a policy is written.

    Attributes
    ----------
    predictions
        The path for the policy to name; ``None`` leaves it out.
    gates_only
        Whether to leave out the settings, for a file that has some already.
    table
        The name of a gate's table.
    effect
        What decisions do to people; ``None`` offers the choice as a comment.
    words
        What people and outcomes are called; an empty one offers a table as a comment.
    """

    predictions: str | None = None
    gates_only: bool = False
    table: str = "gate"
    effect: Effect | None = None
    words: Mapping[str, str] = field(default_factory=dict)


PLAIN = Form()


def starter_policy(
    checked: Checked,
    measured: Measured,
    *,
    settings: ReadSettings,
    references: Sequence[str] = (),
    unknown: Sequence[str] = (),
    form: Form = PLAIN,
) -> str:
    """Write a policy that `fairaudit check` can run as it stands."""
    parts: list[str] = []
    if not form.gates_only:
        parts = [
            _comment(_HEAD),
            _settings(checked, measured, settings, references, unknown),
            effect_lines(form.effect),
            words_lines(form.words),
            *_slices(settings.slices),
        ]
    if form.predictions is not None and not form.gates_only:
        parts.append(f"[check]\npredictions = {toml_text(form.predictions)}\n")
    parts.append(_comment(_KEYS))
    names = tuple(attribute.name for attribute in checked.attributes)
    asked = {
        _gate(metric, names, ratio_within=FOUR_FIFTHS): question
        for metric, question in _ASKED
        if metric not in measured.left_out
    }
    floors = [_gate(metric, names, minimum=FLOOR) for metric in _FLOORS if metric not in measured.left_out]
    today = evaluate([*asked, *floors], measured, references=tuple(references))
    shown = {result.gate: _comment(_measured(_by_attribute(result))) for result in today.results}
    parts += [
        f"{_comment(question)}{_table(gate, form.table)}ratio_within = 0.8\n{shown[gate]}"
        for gate, question in asked.items()
    ]
    if floors:
        parts.append(
            _comment("Does the model work well enough for every group? Uncomment, and set the floor:")
        )
    for gate in floors:
        body = f"{_table(gate, form.table)}min = 0.7\n{shown[gate]}"
        parts.append("".join(f"# {line}\n" for line in body.splitlines()))
    return "\n".join(parts)


def effect_lines(effect: Effect | None) -> str:
    """Write what decisions do to people, or offer to say it."""
    asked = "What does decision 1 do to a person? Then answers say who is worse off; no number changes."
    if effect is not None:
        return f"{_comment(asked)}effect = {toml_text(effect.value)}\n"
    choices = [
        'effect = "hurts"    being selected is bad for people (detained, flagged)',
        'effect = "helps"    it is good for them (a loan, an interview)',
    ]
    return _comment("\n".join([asked, *choices]))


def words_lines(words: Mapping[str, str]) -> str:
    """Write what people and outcomes are called, or offer to say it, as a table."""
    asked = _comment("What are people and outcomes called? Sentences then use these words.")
    if words:
        return asked + "[words]\n" + "".join(f"{name} = {toml_text(text)}\n" for name, text in words.items())
    table = ["[words]", *(f"{name} = {toml_text(text)}" for name, text in EXAMPLES.items())]
    return asked + _comment("\n".join(table))


def _settings(
    checked: Checked,
    measured: Measured,
    settings: ReadSettings,
    references: Sequence[str],
    unknown: Sequence[str],
) -> str:
    """Write the settings as they were given, and the roles as they were found."""
    roles, rule = checked.roles, checked.rule
    lines = ["label = " + toml_text(roles.label or settings.label or NO_LABEL)]
    score = roles.score or settings.score
    lines += [
        f"{key} = {toml_text(value)}"
        for key, value in (
            ("score", score),
            ("decision", roles.decision),
            ("weight", roles.weight),
            ("weight-kind", settings.weight_kind),
            ("id", roles.id),
            ("where", settings.where),
        )
        if value
    ]
    if settings.positive:
        lines.append(f"positive = {_list(settings.positive)}")
    if settings.missing is not Missing.ERROR:
        lines.append(f"missing = {toml_text(settings.missing.value)}")
    if settings.na_values is not None:
        lines.append(f"na-values = [{', '.join(map(toml_text, settings.na_values))}]")
    if rule is not None and rule.kind is RuleKind.THRESHOLD:
        lines.append(f"threshold = {rule.threshold!r}")
    if settings.top_k is not None:
        lines.append(f"top-k = {settings.top_k}")
    if settings.top_percent is not None:
        lines.append(f"top-percent = {settings.top_percent!r}")
    if measured.min_group_size != DEFAULT_MIN_GROUP_SIZE:
        lines.append(f"min-group-size = {measured.min_group_size}")
    lines.append(f"attribute = {_list(attribute.name for attribute in checked.attributes)}")
    if unknown:
        lines.append(f"unknown = {_list(unknown)}")
    if references:
        lines.append(f"ref-group = {_list(references)}")
    return _comment("How the predictions are read: defaults of every command.") + "\n".join(lines) + "\n"


def _slices(conditions: Mapping[str, str]) -> list[str]:
    """Write the conditions that have names, as a table; nothing where there are none."""
    if not conditions:
        return []
    rows = "".join(f"{toml_text(name)} = {toml_text(sql)}\n" for name, sql in conditions.items())
    return [_comment("Conditions that are slices of these names.") + "[slices]\n" + rows]


def _gate(
    metric: str,
    attributes: tuple[str, ...],
    *,
    ratio_within: Fraction | None = None,
    minimum: Fraction | None = None,
) -> Gate:
    return Gate(
        name=metric,
        metric=metric,
        attributes=attributes,
        ratio_within=ratio_within,
        min=minimum,
        decide=Decide.POINT,
    )


def _by_attribute(result: GateResult) -> list[Finding]:
    """Return what a gate found, attribute by attribute, the worst first."""
    return [
        finding
        for attribute in result.gate.attributes
        for finding in result.findings
        if finding.attribute == attribute
    ]


def _table(gate: Gate, table: str) -> str:
    return f"[[{table}]]\nmetric = {toml_text(gate.metric)}\nslices = {_list(gate.attributes)}\n"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(toml_text, texts))}]"


def _measured(findings: Sequence[Finding]) -> str:
    """Say what is measured today, for the worst groups of each attribute."""
    lines = []
    for attribute in dict.fromkeys(finding.attribute for finding in findings):
        own = [finding for finding in findings if finding.attribute == attribute]
        shown = [f"{_name(f.group)} {_value(f)}" for f in own[:MOST_SHOWN]]
        if len(own) > MOST_SHOWN:
            shown.append(f"and {len(own) - MOST_SHOWN:,} more")
        against = next((f.reference_group for f in own if f.reference_group), None)
        reference = f", against {_name(against)}" if against else ""
        lines.append(f"Today, {_name(attribute)}{reference}: {', '.join(shown)}")
    return "\n".join(lines) or "Today there is no group to compare"


def _value(finding: Finding) -> str:
    if finding.value is None:
        return "unknown"
    return f"{float(finding.value):.2f}" + (" (few people)" if finding.small else "")


def _name(text: str) -> str:
    """Write a name in a comment, which ends with its line."""
    return printable(clipped(text, most=40))


def _comment(text: str) -> str:
    """Write text as comments, whose lines are broken where they are too long."""
    lines = [
        part
        for line in text.strip().splitlines()
        for part in ([line] if len(line) <= MOST_COLUMNS else textwrap.wrap(line, MOST_COLUMNS))
    ]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


__all__ = ["PLAIN", "Form", "effect_lines", "starter_policy", "words_lines"]
