"""The answers to a policy in sentences: what each gate asks, who is in its way, by how much, how sure that is, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairaudit.documents.findings import Code, Rate, gap_code
from fairaudit.documents.gates import CheckDocument, FindingPart, GatePart, Limit, Outcome, TooFewPart
from fairaudit.documents.parts import Verdict
from fairaudit.documents.shortfalls import Beside, Shortfall, lacking, shortfall_of
from fairaudit.errors import printable
from fairaudit.metrics.kinds import Side
from fairaudit.metrics.table import OF_GATES
from fairaudit.render.words.demands import allowed_text, in_points, question
from fairaudit.render.words.findings import AIMS
from fairaudit.render.words.names import capital, lower_first, shown_name
from fairaudit.render.words.people import Words, group_text, people_text, short_name, words_of
from fairaudit.render.words.shares import (
    PREDICATES,
    among_clause,
    condition_text,
    predicate_text,
    share_of_group,
    shares_among,
)
from fairaudit.render.words.values import (
    count_text,
    counted,
    needed_alone_text,
    needed_text,
    rate_text,
    times,
    worth_text,
)
from fairaudit.render.words.waivers import BEFORE, waiver_text, waiver_texts
from fairaudit.settings.choices import Decide, Effect, FamilyOf
from fairaudit.settings.limits import level_text, number_text

_ORDER = (Outcome.FAILED, Outcome.UNDECIDED, Outcome.WARNED, Outcome.WAIVED, Outcome.PASSED)
_OUTCOMES = {
    Outcome.FAILED: "FAILED",
    Outcome.UNDECIDED: "UNDECIDED",
    Outcome.WARNED: "WARNING, UNDECIDED",
    Outcome.WAIVED: "WAIVED",
    Outcome.PASSED: "PASSED",
}
MOST_NAMED = 8
"""How many groups a line names; of the others it says how many there are, and that they are in the way as well."""
_VERDICTS = {Verdict.FAIL: "FAILED", Verdict.UNDECIDED: "UNDECIDED", Verdict.PASS: "PASSED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateTexts:
    """What is said of one gate.

    Attributes
    ----------
    outcome
        What became of it, as a word.
    title
        Its name, or what it asks.
    short
        The groups in its way, with their rates and the limit, without a full stop.
    sentences
        The first of these groups in full: how many of how many, how sure, and what is allowed.
    remarks
        What the policy or the family of comparisons makes of it.
    step
        What to do next; empty where it passed.
    why
        Why it is demanded, in the words of those who made the policy.
    """

    outcome: str
    title: str
    short: str
    sentences: tuple[str, ...]
    remarks: tuple[str, ...]
    step: str
    why: str

    @property
    def head(self) -> str:
        """The answer in one line, without a full stop."""
        return f'{self.outcome} "{self.title}": {self.short}'

    @property
    def text(self) -> str:
        """All of it, for one paragraph."""
        why = f"Why it is demanded: {self.why.rstrip('.')}." if self.why else ""
        return " ".join(t for t in (f"{self.head}.", *self.sentences, *self.remarks, why, self.step) if t)


def gate_texts(gate: GatePart, document: CheckDocument) -> GateTexts:
    """Say what became of a gate, and why."""
    words, effect = words_of(document.settings), document.settings.effect
    in_the_way = lacking(gate, effect)
    first = in_the_way[0] if in_the_way else None
    return GateTexts(
        outcome=_outcome(gate),
        title=title(gate, words, effect),
        short=_short(gate, in_the_way, words),
        sentences=tuple(sentences(gate, first, words)) if first else (),
        remarks=(*_remarks(gate, words), *waiver_texts(gate, document)),
        step="" if gate.outcome is Outcome.PASSED else step_text(gate, first, words),
        why=shown_name(gate.reason or "", most=500),
    )


def _outcome(gate: GatePart) -> str:
    """Say what became of a gate; of one that fails for want of evidence, that it is undecided."""
    is_open = gate.outcome is Outcome.FAILED and gate.verdict is Verdict.UNDECIDED
    return "FAILED, UNDECIDED" if is_open else _OUTCOMES[gate.outcome]


def title(gate: GatePart, words: Words, effect: Effect | None = None) -> str:
    """Return the name that a gate was given, or what it asks."""
    return shown_name(gate.name, most=200) if gate.named else question(gate, words, effect)


def too_few_text(gate: GatePart, words: Words) -> str:
    """Name the groups that a gate does not judge, as they have fewer people than it asks for; empty where there are none."""
    if not gate.too_few:
        return ""
    shown = [
        f"{_short_name(gate, few.attribute, few.group, words)} {few.people:,}"
        for few in gate.too_few[:MOST_NAMED]
    ]
    more = len(gate.too_few) - len(shown)
    others = f" and {counted(more, 'more group')}" if more else ""
    return f"Too few {words.people} to judge: {', '.join(shown)} of {gate.min_people:,} asked{others}."


def place_text(gate: GatePart) -> str:
    """Say where a gate stands, as editors and terminals open it; empty where it stands in no file."""
    if gate.place is None:
        return ""
    return gate.place.file if gate.place.line is None else f"{gate.place.file}:{gate.place.line}"


def too_few_sentence(gate: GatePart, few: TooFewPart, words: Words) -> str:
    """Say of one group that it is not judged."""
    return too_few_text(gate.model_copy(update={"too_few": [few]}), words)


def test_name(attribute: str, group: str) -> str:
    """Name a group where tests are listed."""
    return f"{attribute} = {group}" if attribute or group else "everybody"


def sentences(gate: GatePart, shortfall: Shortfall, words: Words) -> Sequence[str]:
    """Say in full what a gate found of one group: who, the people behind it, what is allowed, and what cannot be told."""
    first = shortfall.first
    parts = [_claim(gate, shortfall, words), _counts(gate, shortfall, words)]
    if shortfall.verdict is Verdict.UNDECIDED and gate.decide is Decide.INTERVAL:
        parts.append(_open_text(gate, first, words))
    return [f"{part}." if part[-1] not in ".?" else part for part in parts if part]


def all_lacking(gate: GatePart, document: CheckDocument) -> Sequence[tuple[Verdict, str]]:
    """Say of each group in the way of a gate what the verdict is, and the sentences on it."""
    words = words_of(document.settings)
    return [
        (one.verdict, " ".join(sentences(gate, one, words)))
        for one in lacking(gate, document.settings.effect)
    ]


def finding_text(gate: GatePart, finding: FindingPart, document: CheckDocument) -> tuple[str, str]:
    """Say what a gate found in one group: in a line, and as a whole."""
    words, effect = words_of(document.settings), document.settings.effect
    one = shortfall_of(gate, finding, effect)
    passed = finding.verdict is Verdict.PASS
    own = [w for w in gate.waivers if (w.attribute, w.group) == (finding.attribute, finding.group)]
    texts = GateTexts(
        outcome=_OUTCOMES[Outcome.WAIVED] if one.waived and not passed else _VERDICTS[finding.verdict],
        title=title(gate, words, effect),
        short=_short(gate, [one], words),
        sentences=tuple(sentences(gate, one, words)),
        remarks=tuple(waiver_text(waiver, words) for waiver in own),
        step="" if passed else step_text(gate, one, words),
        why=shown_name(gate.reason or "", most=500),
    )
    return f"{texts.head}.", texts.text


def step_text(gate: GatePart, shortfall: Shortfall | None, words: Words) -> str:
    """Say what to do next about a gate that did not pass."""
    code = _code(gate, shortfall)
    explained = f"fairaudit explain {code}"
    if gate.of_baseline and shortfall is not None and shortfall.first.size is None:
        return "Next: on_undecided or waive in the policy says what becomes of groups that come and go."
    if code in (Code.TOO_FEW, Code.NEAR_LIMIT):
        return f"Next: more {words.people}, or another on_undecided; {explained}."
    if gate.limit is Limit.LEVEL or code == gate.metric:
        return f"Next: what it means, and what else to look at: {explained}."
    return f"Next: causes, and what to do: {explained}."


def _code(gate: GatePart, shortfall: Shortfall | None) -> str:
    """Return the word by which `fairaudit explain` answers what was found."""
    verdict = gate.verdict if shortfall is None else shortfall.verdict
    if verdict is not Verdict.FAIL:
        few = shortfall is None or shortfall.small
        return Code.TOO_FEW if few else Code.NEAR_LIMIT
    if gate.limit is Limit.LEVEL or gate.of_baseline or not OF_GATES[gate.metric].parity:
        return gate.metric
    return gap_code(gate.metric)


def like_these(more: int) -> str:
    """Say that so many groups are not told about one by one."""
    return f"{counted(more, 'more group')} {'is' if more == 1 else 'are'} like these."


def corrected_for(gate: GatePart) -> str:
    """Say for how many comparisons a fail is corrected."""
    return f"{gate.family_size:,} comparisons were made; a fail holds after correcting for all of them."


# One group.


def _short(gate: GatePart, shortfalls: Sequence[Shortfall], words: Words) -> str:
    """Name the groups in the way with their values, those that fail before those that are open."""
    if not shortfalls:
        return gate.note or "there is nothing to compare"
    alike = [one for one in shortfalls if one.verdict is shortfalls[0].verdict]
    first, *others = [
        f"{_named(gate, one, words)} {rate_value(gate.metric, one.rate.value, _other(one))}"
        + _gaps(gate, one, words, with_limit=one is shortfalls[0])
        for one in alike[:MOST_NAMED]
    ]
    if not others:
        return first
    which = {Verdict.FAIL: "fail", Verdict.UNDECIDED: "are undecided", Verdict.PASS: "pass"}
    if len(alike) > MOST_NAMED:
        # How many there are comes first, so that no list ends in what it hides.
        return f"{len(alike):,} groups {which[shortfalls[0].verdict]}, the {MOST_NAMED} farthest are {'; '.join([first, *others])}"
    return f"{first}; also {'; '.join(others)}"


def _other(shortfall: Shortfall) -> float | None:
    return shortfall.first.rate.value if shortfall.first.rate else None


def _gaps(gate: GatePart, shortfall: Shortfall, words: Words, *, with_limit: bool) -> str:
    """Write the groups beside which one is farther off, each with how far, and what is allowed."""
    first, *more = shortfall.beside
    allowed = [f"allowed {allowed_text(gate)}"] if with_limit else []
    if first.rate is None:
        return f" ({allowed[0]})" if allowed else ""
    own = shortfall.rate.value
    others = [
        f"{_other_name(gate, shortfall.attribute, other.rate.group, words)} {rate_value(gate.metric, other.rate.value, own)}"
        for other in (first, *more)
        if other.rate is not None
    ]
    sizes = [text for text in (_size_text(gate, other) for other in (first, *more)) if text]
    behind = [f"{other} ({size})" for other, size in zip(others[1:], sizes[1:], strict=False)]
    notes = "; ".join([*sizes[:1], *allowed])
    head = f", {others[0]} ({notes})" if notes else f", {others[0]}"
    return f"{head}, {', '.join(behind)}" if behind else head


def _size_text(gate: GatePart, beside: Beside) -> str:
    """Write how far two groups are apart."""
    if beside.size is None:
        return ""
    if gate.limit is Limit.DIFFERENCE and gate.of_baseline:
        return f"{'+' if beside.size > 0 else ''}{_own_text(gate, beside.size)}"
    if gate.limit is Limit.DIFFERENCE:
        return f"{_own_text(gate, beside.size)} apart"
    return f"{times(beside.size)} times"


def _other_name(gate: GatePart, attribute: str, group: str, words: Words) -> str:
    return BEFORE if gate.of_baseline else short_name(attribute, group, words)


def _named(gate: GatePart, shortfall: Shortfall, words: Words) -> str:
    return _short_name(gate, shortfall.attribute, shortfall.rate.group, words)


def _short_name(gate: GatePart, attribute: str, group: str, words: Words) -> str:
    """Name a group; of those who lack a value it has to be said which."""
    return (group_text if gate.columns else short_name)(attribute, group, words)


def row_texts(gate: GatePart, shortfall: Shortfall, words: Words) -> Sequence[tuple[str, ...]]:
    """Write a group with its value, each of those beside which it is farther off, how far, and the interval."""
    own = (
        f"{_named(gate, shortfall, words)} {rate_value(gate.metric, shortfall.rate.value, _other(shortfall))}"
    )
    rows = []
    for beside in shortfall.beside:
        other = (
            "" if beside.rate is None else _other_name(gate, shortfall.attribute, beside.rate.group, words)
        )
        theirs = (
            "" if beside.rate is None else rate_value(gate.metric, beside.rate.value, shortfall.rate.value)
        )
        interval = "–"
        if beside.interval is not None and beside.confidence is not None:
            level = "" if round(100 * beside.confidence, 6) == 95 else f" ({level_text(beside.confidence)})"
            interval = f"{ends_text(gate, beside.interval)}{level}"
        size = "" if beside.rate is None else _size_text(gate, beside) or "–"
        few = " few" if beside.finding.small else ""
        rows.append((own + few, f"{other} {theirs}".strip(), size, interval))
    return rows


def _claim(gate: GatePart, shortfall: Shortfall, words: Words) -> str:
    """Say who is on the worse side of whom."""
    first, metric = shortfall.first, gate.metric
    subject = group_text(shortfall.attribute, shortfall.rate.group, words)
    if not gate.attributes and first.rate is not None and metric in PREDICATES:
        # Of everybody what happens is told as of any people.
        subject = words.people
    long_name = OF_GATES[metric].long_name
    own = value_text(metric, shortfall.rate)
    if first.rate is None:
        if OF_GATES[metric].kind.of_everybody:
            whole = "of their group" if gate.columns and gate.attributes else words.people
            return f"{capital(subject)} make up {own} {whole}"
        of = condition_text(metric, words) if metric in PREDICATES and "of" in own else ""
        return f"The {long_name} of {subject} is {own}{f' of those {of}' if of else ''}"
    other = (
        f"in the {BEFORE}"
        if gate.of_baseline
        else group_text(shortfall.attribute, first.rate.group, words, after=shortfall.rate.group)
    )
    theirs = value_text(metric, first.rate)
    alike = shortfall.rate.value == first.rate.value
    if metric not in PREDICATES:
        side = "is that" if alike else "is above that" if shortfall.side is Side.HIGHER else "is below that"
        of = "" if gate.of_baseline else "of "
        return f"The {long_name} of {subject} {side} {of}{other}: {own}, against {theirs}"
    if shortfall.rate.value is None or first.rate.value is None:
        if gate.of_baseline:
            return f"{capital(subject)} cannot be compared with the {BEFORE}: {lower_first(first.finding.reason)}"
        return f"{capital(subject)} cannot be compared with {other}: {lower_first(first.finding.reason)}"
    more = "as" if alike else "more" if shortfall.side is Side.HIGHER else "less"
    than = "as" if alike else "than"
    if shortfall.harm and shortfall.side is Side.LOWER and not among_clause(metric, words) and not alike:
        # Of a decision that helps, what people notice is being refused it.
        happens, own = f"are {words.refused} more", f"{own} are {words.selected}"
    else:
        happens = f"{predicate_text(metric, words, harm=shortfall.harm)} {more}"
    begun = f"{capital(subject)} {happens} often {than} {other}"
    if among_clause(metric, words):
        return f"{begun}. {shares_among(metric, words, own, theirs, harm=shortfall.harm)}"
    return f"{begun}: {own}, against {theirs}"


def _counts(gate: GatePart, shortfall: Shortfall, words: Words) -> str:
    """Write the people behind the values, and how far these are apart, with the interval that the verdict rests on."""
    first = shortfall.first
    rates = [rate for rate in (shortfall.rate, first.rate) if rate is not None]
    people = "; ".join(
        f"{count_text(rate.numerator)} of {count_text(rate.denominator)}"
        for rate in rates
        if rate.numerator is not None and rate.denominator is not None
    )
    if not people:
        named = first.rate is not None
        group = f"{short_name(shortfall.attribute, first.finding.group, words)}: " if named else ""
        people = f"{group}{people_text(first.finding.n, words)}"
    if first.rate is None and people == value_text(gate.metric, shortfall.rate):
        people = ""
    effective = first.finding.effective, first.finding.reference_effective
    # The subject's first, as the counts are.
    about_reference = (
        first.rate is not None and not gate.of_baseline and first.rate.group != first.finding.reference_group
    )
    worth = worth_text(*effective[:: -1 if about_reference else 1], people=words.people)
    size = "" if first.rate is None else _size_text(gate, first)
    interval = ""
    if first.interval is not None and first.confidence is not None:
        interval = f"{level_text(first.confidence)} interval {ends_text(gate, first.interval)}"
    sizes = ", ".join(text for text in (size, interval) if text)
    few = f"few {words.people}" if shortfall.small else ""
    behind = ", ".join(text for text in (people, worth, few) if text)
    alone = "; the value alone decides" if gate.decide is Decide.POINT else ""
    return ". ".join([*(capital(t) for t in (behind, sizes) if t), f"Allowed is {allowed_text(gate)}{alone}"])


def _open_text(gate: GatePart, beside: Beside, words: Words) -> str:
    """Say why something cannot be told, and how many people would tell."""
    finding = beside.finding
    if finding.interval is None:
        return f"It cannot be told: {finding.reason}"
    if "chance" in finding.reason:
        why = "It may be chance among so many comparisons"
    else:
        why = "It cannot be told: the interval reaches beyond what is allowed"
    if finding.needed_in_all is None or finding.needed_to is None:
        return why
    aim = (
        AIMS[finding.needed_to]
        if gate.limit is not Limit.LEVEL
        else f"to {finding.needed_to} with 80% chance if it truly is as seen"
    )
    plan = f"{why}. {capital(needed_text(finding.needed_in_all, gate.people, words.people))} {aim}"
    if finding.needed is None:
        return plan
    group = group_text(finding.attribute, finding.group, words)
    return f"{plan}. {capital(needed_alone_text(finding.needed, finding.n, group))}"


def _remarks(gate: GatePart, words: Words) -> Sequence[str]:
    """Say whom the gate does not judge, and what the policy, or the family of comparisons, makes of what was found."""
    remarks = [too_few_text(gate, words)] if gate.too_few else []
    if gate.note and gate.findings:
        remarks.append(f"{capital(gate.note).rstrip('.')}.")
    if gate.verdict is Verdict.UNDECIDED and gate.on_undecided is not None:
        remarks.append(f"What is undecided is to {gate.on_undecided} (on_undecided).")
    return remarks


# Values.


def value_text(metric: str, rate: Rate) -> str:
    """Write a value within a sentence: a rate as so many of a hundred."""
    if rate.value is None:
        return "unknown"
    return share_of_group(rate) if OF_GATES[metric].is_rate else number_text(rate.value, 3)


def rate_value(metric: str, value: float | None, beside: float | None = None) -> str:
    """Write a value in few signs: a rate as whole percents, unless these hide that it differs from another.

    >>> rate_value("fpr", 0.4485), rate_value("fpr", 0.4485, 0.4512), rate_value("f1", 0.6), rate_value("fpr", 0.999)
    ('45%', '44.9%', '0.600', '99.9%')
    """
    if value is None:
        return "unknown"
    if not OF_GATES[metric].is_rate:
        return number_text(value, 3)
    whole = round(100 * value)
    hides = (whole in (0, 100) and 0 < value < 1) or (
        beside is not None and beside != value and round(100 * beside) == whole
    )
    return rate_text(value) if hides else f"{whole}%"


def ends_text(gate: GatePart, interval: tuple[float, float | None]) -> str:
    """Write an interval as the limit is written."""
    low, high = interval
    if gate.limit is not Limit.RATIO and high is not None:
        unit = " points" if in_points(gate) else ""
        return f"{_own_text(gate, low).removesuffix(unit) if unit else _own_text(gate, low)} to {_own_text(gate, high)}"
    return f"{low:,.2f} and more" if high is None else f"{low:,.2f} to {high:,.2f}"


def _own_text(gate: GatePart, value: float) -> str:
    """Write a group's own value, or a difference, as its limit is written."""
    if not OF_GATES[gate.metric].is_rate:
        return number_text(value, 3)
    return f"{number_text(100 * value, 1)} points" if in_points(gate) else rate_text(value)


# All gates.


def worst_first(document: CheckDocument) -> tuple[GatePart, ...]:
    """Sort the gates: failed, undecided, warned, passed; as they were declared within each."""
    return tuple(sorted(document.gates, key=lambda gate: _ORDER.index(gate.outcome)))


def headline(document: CheckDocument) -> str:
    """Say the answer in one sentence, without a full stop; it names the gate if one alone did not pass."""
    left = [gate for gate in worst_first(document) if gate.outcome is not Outcome.PASSED]
    sentence = capital(document.sentence)
    if len(left) != 1:
        return sentence
    return f'{sentence}: "{title(left[0], words_of(document.settings), document.settings.effect)}"'


def brief(document: CheckDocument) -> tuple[str, ...]:
    """Say in one line each which gates end a build, the failed ones first."""
    return tuple(
        printable(" ".join([f"{gate_texts(gate, document).head}.", *waiver_texts(gate, document)]))
        for gate in worst_first(document)
        if gate.outcome in (Outcome.FAILED, Outcome.UNDECIDED)
    )


def family_sentence(document: CheckDocument) -> str:
    """Say for which comparisons a fail is corrected, without a full stop."""
    sizes = [(gate.family, gate.family_size) for gate in document.gates if gate.family_size]
    is_named = any(gate.family_name for gate in document.gates if gate.family_size)
    if not sizes:
        return "Every gate is decided by the point, whatever chance may have done"
    m = document.comparisons
    if m == 1:
        return "1 comparison in the policy; a fail is sure to 5%"
    together = next((size for family, size in sizes if family is FamilyOf.POLICY), 0)
    if m in (together, sizes[0][1]):
        of = "all of them"
    elif is_named:
        of = "those of its gate, or of its family"
    elif together:
        of = f"those of its gate, or for all {together:,} of the gates that are one family"
    else:
        of = "those of its gate"
    return f"{m:,} comparisons in the policy; a fail holds after correcting for {of} (Holm, 5%)"


def undecided_sentence(document: CheckDocument) -> str:
    """Say what an undecided gate is, where there is one and the policy does not say what becomes of it."""
    if not any(gate.outcome is Outcome.UNDECIDED for gate in document.gates):
        return ""
    return "Undecided: the data leave open whether the limit is kept; on_undecided says what becomes of such a gate"


def read_sentence(document: CheckDocument, words: Words) -> str:
    """Say how many people or rows were read, and what was dropped, without a full stop."""
    source = document.input
    dropped = sum(source.dropped.values())
    reasons = "; ".join(f"{n:,} {shown_name(reason, most=80)}" for reason, n in source.dropped.items() if n)
    after = f"{dropped:,} dropped ({reasons})" if dropped else "none dropped"
    people = next((gate.people for gate in document.gates if gate.people is not None), None)
    settings = document.settings
    if people is not None and people != source.used and (settings.weight or settings.id):
        return f"{people:,} {words.people} in {source.rows:,} rows, {after}"
    return f"{source.rows:,} rows read, {after}"


def plain(text: str) -> str:
    """Write text without what XML 1.0 forbids and lines would end with."""
    return printable(text)
