"""The answer of an audit, as facts: what was found, what is equal enough, what cannot be told, what was not measured, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.findings import Finding, Rate, find_findings, rates_of
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.parts import CountsPart, GroupPart, OverallPart, Verdict
from fairaudit.documents.within import WithinPart
from fairaudit.metrics.kinds import LABEL_0, LABEL_1, Better, Metric, Needs
from fairaudit.metrics.table import BY_NAME, METRICS, PARITY_METRICS
from fairaudit.settings.choices import Effect, RuleKind, ScoreKind
from fairaudit.slices.grammar import EVERYBODY_ELSE

MOST_TOLD = 2
"""How many findings every answer tells in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The two ends of an attribute in a metric, among groups of enough people that are judged."""

    attribute: str
    metric: str
    highest: Rate
    lowest: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSide:
    """The other error of a group that is worse off, beside the group that its finding is beside, or everybody else where that cannot be counted."""

    attribute: str
    metric: str
    rate: Rate
    others: Rate
    base_rates_differ: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A group of which something cannot be told: of too few people, or too near to what is tolerated.

    Attributes
    ----------
    needed_in_all
        How many people the whole sample would need, at the most over the open comparisons; ``None`` where that is not known.
    few_in
        The metric in which the group, or the one beside it, has too few people, where it has enough of them in all.
    open
        The open comparisons.
    first
        The first of them in which both rates are known, if there is one in a metric that has a worse side; ``None`` where there is none.
    """

    attribute: str
    group: str
    people: int
    few: bool
    metrics: tuple[str, ...]
    needed_in_all: int | None
    open: tuple[DisparityPart, ...] = ()
    first: DisparityPart | None = None
    few_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What may stand behind a gap between groups of an attribute.

    Attributes
    ----------
    reference
        Whom the group is beside.
    times
        How many times as often it happens to the group among people who are alike in `other`; ``None`` where nobody is grouped by that, and it is a question.
    strata
        What the strata say of the group, where they contradict all people together.
    """

    attribute: str
    metric: str
    other: str
    group: str
    reference: str
    times: float | None
    strata: WithinPart | None = None


class NotMeasured(StrEnum):
    """What an audit of these columns does not tell."""

    COMBINATIONS = "combinations of attributes"
    ERRORS = "errors"
    CALIBRATION = "calibration and ranking"
    CALIBRATION_VERDICT = "whether calibration is equal"
    THRESHOLD = "whether the threshold is the one in use"
    LABEL = "whether the label is fair"


class Selects(StrEnum):
    """Decisions that are the same for everybody, and so tell nothing of groups."""

    NOBODY = "nobody"
    EVERYBODY = "everybody"


class Step(StrEnum):
    """What to do next."""

    SAY_EFFECT = "say what decisions do to people"
    GIVE_THRESHOLD = "give the threshold in use"
    LOOK_TOGETHER = "look at attributes together"
    LOOK_WITHIN = "compare within another attribute"
    MORE_PEOPLE = "find more people"
    THRESHOLDS = "look at other thresholds"
    HOLD_LIMIT = "hold a limit"
    EXPLAIN = "read what it may come from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an audit comes to.

    Attributes
    ----------
    findings
        What fails, harm first.
    open
        What cannot be told, the farthest from equal first.
    passing
        What is near enough to equal, the farthest first.
    people
        How many people were judged, or what their weights come to.
    selects
        Whether nobody or everybody is selected; ``None`` where decisions differ, or there are none.
    gap
        The widest of the gaps that fail, where nobody said what decisions do to people.
    equal
        Attributes that pass in all that forms the verdict.
    vanished
        Groups in which there is nobody any more, of those that the slices were kept with; and attributes all of whose groups were compared with one of them.
    unknown
        Groups of whom it is not known who they are, which are not judged.
    together
        Attributes that fail alone, and are not yet looked at together.
    behind
        What may stand behind the first gap, of those that are told in full, of which that can be said.
    """

    verdict: Verdict
    effect: Effect | None
    findings: tuple[Finding, ...]
    open: tuple[Finding, ...]
    passing: tuple[Finding, ...]
    people: float | None
    selects: Selects | None
    gap: Gap | None
    other_side: OtherSide | None
    equal: tuple[str, ...]
    untold: tuple[Untold, ...]
    vanished: tuple[Untold, ...]
    unknown: tuple[Untold, ...]
    not_measured: tuple[NotMeasured, ...]
    together: tuple[str, ...]
    behind: Behind | None
    steps: tuple[Step, ...]

    @property
    def harm(self) -> tuple[Finding, ...]:
        """The findings in which a group is worse off, and no other of its attribute still more."""
        return _harm(self.findings)

    @property
    def leading(self) -> tuple[Finding, ...]:
        """The findings that are told in full, in their order: harm, or else the gaps that no other of their attribute exceeds."""
        return _leading(self.findings)

    @property
    def foremost(self) -> tuple[Finding, ...]:
        """What every answer tells in full: what fails, or else what is the farthest from equal; nothing where decisions are the same for everybody."""
        if self.selects is not None:
            return ()
        farthest = self.open if self.verdict is Verdict.UNDECIDED else self.passing
        return (self.leading or farthest[:1])[:MOST_TOLD]

    @property
    def unsettled(self) -> tuple[Untold, ...]:
        """What cannot be told of groups of which nothing was found: of the others, there is an answer."""
        settled = {
            one
            for f in self.findings
            if f.harm is not False
            for one in ((f.attribute, f.rate.group), *f.same_people)
        }
        return tuple(u for u in self.untold if (u.attribute, u.group) not in settled)


def _harm(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(f for f in findings if f.harm and not f.outdone)


def _leading(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Choose the findings that are told in full: harm, or else gaps, or else whatever there is."""
    gaps = tuple(f for f in findings if f.harm is not False and not f.outdone)
    return _harm(findings) or gaps or tuple(findings)


def answer_of(bias: BiasDocument, groups: GroupDocument | None) -> Answer:
    """Gather the answer of an audit from its documents."""
    effect = bias.settings.effect
    findings = find_findings(Verdict.FAIL, bias, effect=effect)
    harmed = _harm(findings)
    together = _together(bias, findings)
    untold = tuple(_untold(bias))
    gap = _gap(bias, findings[0].attribute) if findings and effect is None else None
    other_side = _other_side(harmed[0], groups, effect) if harmed and groups is not None and effect else None
    leading = _leading(findings)[:MOST_TOLD]
    behind = next((one for f in leading if (one := behind_of(f, bias)) is not None), None)
    not_measured = tuple(_not_measured(bias))
    steps = [
        (Step.SAY_EFFECT, effect is None and bool(findings)),
        (Step.GIVE_THRESHOLD, NotMeasured.THRESHOLD in not_measured),
        (Step.LOOK_WITHIN, behind is not None),
        (Step.LOOK_TOGETHER, len(together) > 1),
        (Step.THRESHOLDS, other_side is not None and bias.settings.scores != ScoreKind.DECISIONS.value),
        (Step.MORE_PEOPLE, bool(untold) and not findings),
        (Step.EXPLAIN, effect is not None and bool(findings) and len(together) < 2),
        (Step.HOLD_LIMIT, effect is not None or not findings),
    ]
    return Answer(
        verdict=bias.answer.verdict,
        effect=effect,
        findings=tuple(findings),
        open=_apart(find_findings(Verdict.UNDECIDED, bias, effect=effect)),
        passing=_apart(find_findings(Verdict.PASS, bias, effect=effect)),
        people=bias.people,
        selects=_selects(bias),
        gap=gap,
        other_side=other_side,
        equal=tuple(a for a, verdict in bias.answer.attributes.items() if verdict is Verdict.PASS),
        untold=untold,
        vanished=tuple(_vanished(bias)),
        unknown=tuple(_unknown(bias)),
        not_measured=not_measured,
        together=together,
        behind=behind,
        steps=tuple(step for step, wanted in steps if wanted),
    )


def behind_of(finding: Finding, bias: BiasDocument) -> Behind | None:
    """Return what may stand behind a gap: an attribute within which it is gone, or else a column that nobody is grouped by."""
    if finding.verdict is not Verdict.FAIL or finding.harm is False:
        return None
    d = finding.first.disparity
    for part in bias.within:
        if (part.attribute, part.metric, part.group) == (d.attribute, d.metric, d.group) and part.ratio:
            return Behind(
                attribute=part.attribute,
                metric=part.metric,
                other=part.other,
                group=finding.rate.group,
                reference=finding.first.rate.group,
                times=part.ratio if part.group == finding.rate.group else 1 / part.ratio,
                strata=part.strata if part.strata and part.strata.simpson else None,
            )
    single = {a.name for a in bias.settings.attributes if len(a.columns) == 1}
    if finding.attribute not in single or len(bias.settings.attributes) > 1 or not bias.unaudited:
        return None
    return Behind(
        attribute=finding.attribute,
        metric=finding.metric,
        other=bias.unaudited[0],
        group=finding.rate.group,
        reference=finding.first.rate.group,
        times=None,
    )


def _apart(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings whose rates are not equal."""
    return tuple(f for f in findings if f.rate.value != f.first.rate.value)


def _selects(bias: BiasDocument) -> Selects | None:
    """Tell whether decisions are the same for everybody."""
    decision = bias.settings.decision
    if decision is None or decision.selected is None:
        return None
    people = bias.input.used if bias.people is None else bias.people
    by_selected: dict[float, Selects] = {0: Selects.NOBODY, people: Selects.EVERYBODY}
    return by_selected.get(decision.selected)


def _together(bias: BiasDocument, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Name the attributes that fail alone and are in no combination yet; none where slices were kept, which are looked at as they are, or where their cells would tell of few people."""
    if bias.settings.lock is not None or bias.settings.suppress_below is not None:
        return ()
    failing = dict.fromkeys(f.attribute for f in findings if f.harm is not False)
    alone = {a.name: a.columns[0] for a in bias.settings.attributes if len(a.columns) == 1}
    combined = {column for a in bias.settings.attributes if len(a.columns) > 1 for column in a.columns}
    return tuple(a for a in failing if a in alone and alone[a] not in combined)


def _gap(bias: BiasDocument, attribute: str) -> Gap | None:
    """Find the two ends of an attribute in the first metric of the verdict that fails."""
    for metric in bias.family.metrics:
        members = [d for d in bias.disparities if (d.attribute, d.metric) == (attribute, metric)]
        if not any(d.verdict is Verdict.FAIL for d in members):
            continue
        known = [(d.value, d) for d in members if d.value is not None and not d.small and not d.unknown]
        if len(known) > 1:
            return Gap(
                attribute=attribute,
                metric=metric,
                highest=rates_of(max(known, key=lambda pair: pair[0])[1])[0],
                lowest=rates_of(min(known, key=lambda pair: pair[0])[1])[0],
            )
    return None


def _other_side(finding: Finding, document: GroupDocument, effect: Effect) -> OtherSide | None:
    """Find the error of a group that is worse off on which decisions go easy, beside the same group as the finding, or else everybody else."""
    members = {g.group: g for g in document.groups if g.attribute == finding.attribute}
    group, reference = (members.get(rate.group) for rate in (finding.rate, finding.first.rate))
    if group is None:
        return None
    error = _ERRORS[effect]
    own, everybody = (_share(counts, error) for counts in (group.counts, document.overall.counts))
    if own is None or everybody is None:
        return None
    others = None if reference is None else _share(reference.counts, error)
    beside, differ = finding.first.rate.group, _base_rates_differ(group, document.overall)
    if others is None or not others[1] or reference is None:
        # Whoever may be anybody is nobody else; with groups that overlap those are that may be in this one.
        overlapping = any(a.members for a in document.settings.attributes if a.name == finding.attribute)
        unknown = [g for g in members.values() if g.unknown and g is not group and not overlapping]
        open_to = [] if group.may_join is None else [group.may_join.counts]
        apart = [*(g.counts for g in unknown), *open_to]
        away = [own, *(_share(counts, error) or (0, 0) for counts in apart)]
        others = everybody[0] - sum(x for x, _ in away), everybody[1] - sum(n for _, n in away)
        beside = EVERYBODY_ELSE
    else:
        differ = _base_rates_differ(group, reference)
    if not own[1] or not others[1] or own[0] / own[1] >= others[0] / others[1]:
        return None
    return OtherSide(
        attribute=finding.attribute,
        metric=error.name,
        rate=Rate(group=finding.rate.group, value=own[0] / own[1], numerator=own[0], denominator=own[1]),
        others=Rate(group=beside, value=others[0] / others[1], numerator=others[0], denominator=others[1]),
        base_rates_differ=differ,
    )


def _base_rates_differ(group: GroupPart, other: GroupPart | OverallPart) -> bool:
    """Tell whether a group's base rate surely differs from another's, or everybody's: whether its interval leaves that out."""
    base = next(
        (m.name for m in METRICS if sorted(m.numerator) == sorted(LABEL_1) and m.denominator == ("n",)), ""
    )
    own, beside = group.metrics.get(base), other.metrics.get(base)
    if own is None or beside is None or own.ci is None or beside.value is None:
        return False
    return not own.ci[0] <= beside.value <= own.ci[1]


_ERRORS = {
    effect: next(
        m for m in PARITY_METRICS if m.better is Better.LOWER and sorted(m.denominator) == sorted(base)
    )
    for effect, base in ((Effect.HURTS, LABEL_1), (Effect.HELPS, LABEL_0))
}
"""The error that spares people, by what decision 1 does to them."""


def _share(counts: CountsPart, metric: Metric) -> tuple[float, float] | None:
    """Count the people of a share, and of how many it is one."""
    numerator, denominator = (
        [getattr(counts, cell) for cell in cells] for cells in (metric.numerator, metric.denominator)
    )
    return None if None in (*numerator, *denominator) else (sum(numerator), sum(denominator))


def _untold(bias: BiasDocument) -> Iterable[Untold]:
    """Gather the comparisons that are open by their group; that somebody is not there any more is told otherwise."""
    gathered: dict[tuple[str, str], list[DisparityPart]] = {}
    gone = {(d.attribute, d.group) for d in bias.disparities if d.vanished}
    for d in bias.decisive:
        if d.verdict is Verdict.UNDECIDED and gone.isdisjoint(
            ((d.attribute, d.group), (d.attribute, d.reference_group or ""))
        ):
            gathered.setdefault((d.attribute, d.group), []).append(d)
    for (attribute, group), members in gathered.items():
        needed = [d.needed_in_all for d in members if d.needed_in_all is not None]
        known = [d for d in members if d.value is not None and d.reference_value is not None]
        telling = [d for d in known if bias.settings.effect in BY_NAME[d.metric].worse] or known
        has_enough = members[0].n >= bias.settings.min_group_size
        yield Untold(
            attribute=attribute,
            group=group,
            people=members[0].n,
            few_in=next((d.metric for d in members if d.small), None) if has_enough else None,
            few=any(d.small for d in members) or members[0].n < bias.settings.min_group_size,
            metrics=tuple(d.metric for d in members),
            needed_in_all=max(needed, default=None),
            open=tuple(members),
            first=next(iter(telling), None),
        )


def _vanished(bias: BiasDocument) -> Iterable[Untold]:
    """Name the groups in which there is nobody any more."""
    for attribute, group in dict.fromkeys((d.attribute, d.group) for d in bias.disparities if d.vanished):
        yield Untold(attribute=attribute, group=group, people=0, few=False, metrics=(), needed_in_all=None)


def _unknown(bias: BiasDocument) -> Iterable[Untold]:
    """Name the groups that are not judged, as it is not known who is in them."""
    people = {(d.attribute, d.group): d.n for d in bias.disparities if d.unknown}
    for (attribute, group), n in people.items():
        yield Untold(attribute=attribute, group=group, people=n, few=False, metrics=(), needed_in_all=None)


def _not_measured(bias: BiasDocument) -> Iterable[NotMeasured]:
    settings = bias.settings
    if len(settings.attributes) > 1:
        yield NotMeasured.COMBINATIONS
    if not any(BY_NAME[d.metric].better is Better.LOWER for d in bias.disparities):
        yield NotMeasured.ERRORS
    if settings.scores == ScoreKind.DECISIONS.value:
        yield NotMeasured.CALIBRATION
    elif (
        settings.label is not None
        and settings.scores == ScoreKind.PROBABILITIES.value
        and not any(BY_NAME[metric].needs is Needs.LABEL_AND_PROBABILITY for metric in bias.family.metrics)
    ):
        yield NotMeasured.CALIBRATION_VERDICT
    decision = settings.decision
    if decision is not None and decision.kind == RuleKind.THRESHOLD and not decision.chosen_by_user:
        yield NotMeasured.THRESHOLD
    if settings.label is not None:
        yield NotMeasured.LABEL
