"""What comes after each finding: the step that it asks for, and the command that takes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from fairaudit.documents.answer import Answer, Step, behind_of
from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.findings import Code, Finding
from fairaudit.documents.parts import AuditSettings, DecisionPart, Verdict
from fairaudit.errors import written
from fairaudit.settings.choices import (
    DECISIVE_METRICS,
    DEFAULT_MIN_GROUP_SIZE,
    DEFAULT_TAU,
    MAJORITY,
    NO_LABEL,
    Decide,
    Missing,
    RateInterval,
    RuleKind,
    ScoreKind,
    WeightKind,
)
from fairaudit.settings.commands import options_of

if TYPE_CHECKING:
    from fairaudit.documents.gates import CheckDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to do next about a finding.

    Attributes
    ----------
    attributes
        Those that it is about, that of the finding first.
    needed_in_all
        How many people the whole sample would need; ``None`` where that is not known, or not the point.
    """

    step: Step
    code: Code
    attributes: tuple[str, ...] = ()
    needed_in_all: int | None = None

    @property
    def key(self) -> tuple[Step, frozenset[str]]:
        """What makes it the same as another: to look at two attributes together is one step for both, and what a code means is the same for all."""
        return self.step, frozenset({self.code} if self.step is Step.EXPLAIN else self.attributes)


FIRST_STEPS = (Step.SAY_EFFECT, Step.GIVE_THRESHOLD)
"""What an answer stands on, and nobody said: it comes before the steps of findings."""


def steps_after(findings: Iterable[Finding], answer: Answer, bias: BiasDocument) -> tuple[NextStep, ...]:
    """Return one step for each finding.

    A step that an earlier one has had gives way to the next that fits, if there is one, unless it is about both.
    """
    taken: dict[tuple[Step, frozenset[str]], NextStep] = {}
    steps = []
    for finding in findings:
        fitting = list(_fitting(finding, answer, bias))
        step = next((s for s in fitting if s.key not in taken or s.step is Step.LOOK_TOGETHER), fitting[-1])
        steps.append(taken.setdefault(step.key, step))
    return tuple(steps)


def all_steps(answer: Answer, bias: BiasDocument) -> tuple[NextStep, ...]:
    """Return what comes next after an audit, each step once: those of the findings that are told in full between what comes first and last."""
    first, last = (
        [NextStep(step=step, code=_code(answer)) for step in wanted if step in answer.steps]
        for wanted in (FIRST_STEPS, (Step.HOLD_LIMIT,))
    )
    steps = (*first, *steps_after(answer.foremost, answer, bias), *last)
    return tuple({step.key: step for step in reversed(steps)}.values())[::-1]


def _code(answer: Answer) -> Code:
    return answer.foremost[0].code if answer.foremost else Code.EQUAL_ENOUGH


def _fitting(finding: Finding, answer: Answer, bias: BiasDocument) -> Iterable[NextStep]:
    """Find the steps that fit a finding, the most telling first."""
    if finding.verdict is Verdict.UNDECIDED:
        needed = finding.first.disparity.needed_in_all
        yield NextStep(step=Step.MORE_PEOPLE, code=finding.code, needed_in_all=needed)
        return
    if finding.verdict is Verdict.PASS:
        yield NextStep(step=Step.HOLD_LIMIT, code=finding.code)
        return
    behind = behind_of(finding, bias)
    if behind is not None:
        yield NextStep(step=Step.LOOK_WITHIN, code=finding.code, attributes=(behind.attribute, behind.other))
    for partner in _partners(finding.attribute, answer, bias):
        # Without labels, a gap between few groups may come from what they apply for, such as a department.
        is_finer = _groups_of(partner, bias) > _groups_of(finding.attribute, bias)
        step = Step.LOOK_WITHIN if bias.settings.label is None and is_finer else Step.LOOK_TOGETHER
        yield NextStep(step=step, code=finding.code, attributes=(finding.attribute, partner))
    if bias.settings.scores in (ScoreKind.PROBABILITIES.value, ScoreKind.RANKS.value):
        yield NextStep(step=Step.THRESHOLDS, code=finding.code)
    yield NextStep(step=Step.EXPLAIN, code=finding.code, attributes=(finding.attribute,))


def _partners(attribute: str, answer: Answer, bias: BiasDocument) -> Sequence[str]:
    """Name the attributes that one is not yet looked at together with: those that fail as well, or else all; none where their cells would tell of few people."""
    if bias.settings.suppress_below is not None:
        return ()
    single = [a.name for a in bias.settings.attributes if len(a.columns) == 1]
    combined = {column for a in bias.settings.attributes if len(a.columns) > 1 for column in a.columns}
    columns = {a.name: a.columns[0] for a in bias.settings.attributes}
    if attribute not in single or columns[attribute] in combined:
        return ()
    alone = [
        a
        for a in single
        if a != attribute and columns[a] not in combined and not _is_the_same(attribute, a, bias)
    ]
    return [a for a in alone if a in answer.together] or alone


def _is_the_same(attribute: str, other: str, bias: BiasDocument) -> bool:
    """Tell whether each group of another attribute is nearly the same people as one of an attribute."""
    pairs = ((one.attribute, one.other, one.other_group) for one in bias.alike)
    same = {group for own, theirs, group in pairs if (own, theirs) == (attribute, other)}
    return len(same) >= _groups_of(other, bias) > 0


def _groups_of(attribute: str, bias: BiasDocument) -> int:
    return len({d.group for d in bias.disparities if d.attribute == attribute})


def audit_command(
    document: BiasDocument | CheckDocument,
    *,
    attributes: Sequence[str] | None = None,
    file: str | None = None,
) -> tuple[str, ...] | None:
    """Return the words of the command that makes an audit anew, where its file lies.

    Parameters
    ----------
    attributes
        What people are grouped by; left out, as they were.
    file
        Where the rows lie; left out, the name that the document has for them.

    Returns
    -------
    tuple
        The words after ``fairaudit``; ``None`` where no command can be known: the rows were no file, or were cut by a percentage.
    """
    if not _is_known(document):
        return None
    settings = document.settings
    grouped = [a.name for a in settings.attributes] if attributes is None else list(attributes)
    return (
        "audit",
        file or document.input.name,
        *_written_as(document),
        *_read_as(settings, grouped),
        *_choices(settings),
    )


def check_command(bias: BiasDocument) -> tuple[str, ...] | None:
    """Return the words of the command that writes a policy for the audited file, as `audit_command` does."""
    if not _is_known(bias):
        return None
    settings = bias.settings
    known = {flag for option in options_of("check").values() for flag in option.flags}
    choices = iter(_choices(settings))
    kept = [
        word for flag, value in zip(choices, choices, strict=True) if flag in known for word in (flag, value)
    ]
    return (
        "check",
        bias.input.name,
        *_written_as(bias),
        *_read_as(settings, [a.name for a in settings.attributes]),
        *kept,
        "--init",
    )


def _written_as(document: BiasDocument | CheckDocument) -> Iterable[str]:
    """Say how the file is written, as it was said."""
    for name, value in document.input.read_as.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            yield flag
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                yield from (flag, text)


def _is_known(document: BiasDocument | CheckDocument) -> bool:
    """Tell whether the rows were a file, and are not cut by a percentage."""
    is_of_a_file = document.command.startswith("fairaudit ") and document.input.sha256 is not None
    decision = document.settings.decision
    return is_of_a_file and (decision is None or decision.kind != RuleKind.TOP_PERCENT)


def _read_as(settings: AuditSettings, attributes: Sequence[str]) -> Iterable[str]:
    """Say how rows are read, and what people are grouped by."""
    yield from _columns(settings)
    yield from _rule(settings.decision)
    if settings.lock is not None and not set(attributes) - set(settings.lock.groups):
        yield from ("--slices", settings.lock.file)
    for attribute in attributes:
        yield from ("-a", attribute)


def _columns(settings: AuditSettings) -> Iterable[str]:
    """Say which columns are read, but for those of the usual names."""
    if settings.label is None:
        yield from ("--label", NO_LABEL)
    elif settings.label not in ("label", "label_value"):
        yield from ("--label", settings.label)
    if settings.score not in (None, "score"):
        yield from ("--score", settings.score or "")
    for flag, column in (
        ("--decision", settings.decision_column),
        ("--weight", settings.weight),
        ("--id", settings.id),
    ):
        if column is not None:
            yield from (flag, column)
    if settings.weight_kind is WeightKind.SURVEY:
        yield from ("--weight-kind", settings.weight_kind.value)
    for value in settings.positive:
        yield from ("--positive", value)


def _rule(decision: DecisionPart | None) -> Iterable[str]:
    """Say how decisions came about, where somebody chose it."""
    if decision is None or not decision.chosen_by_user:
        return
    if decision.kind == RuleKind.THRESHOLD and decision.threshold is not None:
        yield from ("--threshold", written(decision.threshold))
    elif decision.kind == RuleKind.TOP_K and decision.wanted is not None:
        yield from ("--top-k", str(decision.wanted))


def _choices(settings: AuditSettings) -> Iterable[str]:
    """Say what was chosen otherwise than by default."""
    if settings.where is not None:
        yield from ("--where", settings.where)
    if settings.missing != Missing.ERROR.value:
        yield from ("--missing", settings.missing)
    for mark in settings.na_values or ():
        yield from ("--na-values", mark)
    if settings.suppress_below is not None:
        yield from ("--suppress-below", str(settings.suppress_below))
    if settings.min_group_size != DEFAULT_MIN_GROUP_SIZE:
        yield from ("--min-group-size", str(settings.min_group_size))
    for value in settings.unknown:
        yield from ("--unknown", value)
    if settings.interval is not RateInterval.WILSON:
        yield from ("--interval", settings.interval.value)
    for reference in settings.reference or ():
        if reference != MAJORITY:
            yield from ("-r", reference)
    if settings.tau is not None and Fraction(settings.tau) != DEFAULT_TAU:
        yield from ("--tau", settings.tau)
    if settings.decide is Decide.POINT:
        yield from ("--decide", settings.decide.value)
    if settings.metrics is not None and tuple(settings.metrics) != DECISIVE_METRICS:
        yield from ("-m", ",".join(settings.metrics))
    if settings.effect is not None:
        yield from ("--effect", settings.effect.value)
    for name, text in settings.words.items():
        yield from ("--words", f"{name}={text}")
