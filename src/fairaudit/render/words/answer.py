"""The answer in sentences: who is worse off, by how much, how sure that is; each made of a `Finding`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairaudit.documents.answer import MOST_TOLD, Answer, Gap, NotMeasured, OtherSide, Selects
from fairaudit.documents.audit import DisparityPart
from fairaudit.documents.findings import Against, Finding, Rate
from fairaudit.documents.neighbours import Neighbour
from fairaudit.documents.parts import AuditSettings, OverallPart, Verdict
from fairaudit.errors import clipped, written
from fairaudit.metrics.kinds import Side
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.findings import AIMS
from fairaudit.render.words.names import capital, is_adjective, joined
from fairaudit.render.words.people import (
    Words,
    group_text,
    neighbour_text,
    noun_of,
    quoted_name,
)
from fairaudit.render.words.shares import (
    adverb,
    among_clause,
    base_text,
    condition_text,
    in_hundred,
    people_of,
    plain_happening,
    predicate_text,
    share_of_group,
    shares_among,
    shares_beside,
    short_happening,
)
from fairaudit.render.words.untold import untold_text
from fairaudit.render.words.values import (
    count_text,
    counted,
    needed_alone_text,
    needed_text,
    times,
    worth_text,
)
from fairaudit.settings.limits import interval_text
from fairaudit.slices.grammar import EVERYBODY_ELSE, MISSING_GROUP

MOST_SUBJECTS = 3
"""How many groups the first line names."""
MOST_WORDS = 25
"""How many words a sentence has."""
DRAWN_IN_REPORT, DRAWN_BELOW = "drawn in the report", "drawn below"
"""Where calibration is drawn, as it is said elsewhere and in the report itself."""
NOT_MADE_UP_FOR = "This does not make up for it: these are other {people}."
"""What is said of the other error of a group that is worse off, so that nobody takes it for a balance."""
SAY_EFFECT = "Say which is worse: --effect hurts|helps."
"""What is asked for where decisions may hurt or help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is said of one finding, one sentence each.

    Attributes
    ----------
    sentence
        Who, what, and how many of a hundred.
    counts
        The people behind it, and how many times as often, with the interval that the verdict rests on.
    errors
        How many of those who should have been decided otherwise; empty if the sentence says it, or nothing does.
    others
        Further groups that it is said beside; empty if there are none.
    """

    sentence: str
    counts: str
    errors: str
    others: str


def headline(answer: Answer, words: Words) -> tuple[str, str]:
    """Say the verdict in a word, and of whom in a sentence."""
    if answer.selects is not None:
        nobody = answer.selects is Selects.NOBODY
        return "NO ANSWER", (
            f"{_everybody(answer, words, nobody=nobody)} {words.selected}: "
            "decisions that are the same for everybody tell nothing about groups."
        )
    match answer.verdict:
        case Verdict.FAIL if answer.harm:
            return "FAIL", _subjects(answer.harm, words, claimed="are worse off")
        case Verdict.FAIL if answer.gap is not None:
            return "GAP", f"{_gap(answer.gap, words)}."
        case Verdict.FAIL if favoured := [f for f in answer.leading if f.favoured]:
            return "FAIL", _subjects(favoured, words, claimed="are better off")
        case Verdict.FAIL:
            return "FAIL", _subjects(answer.leading, words, claimed="differ by more than is tolerated")
        case Verdict.PASS if answer.passing:
            return "PASS", (
                f"No group{_among(answer, words)} differs by more than is tolerated. "
                f"Farthest {_are(answer.passing[0], words)}."
            )
        case Verdict.PASS:
            return "PASS", f"No group{_among(answer, words)} differs by more than is tolerated."
        case _ if answer.open:
            return "UNDECIDED", _undecided(answer, words)
        case _:
            groups = [u for u in answer.untold if u.group != MISSING_GROUP] or list(answer.untold)
            if not groups:
                return "NO ANSWER", f"No two groups{_among(answer, words)} can be compared."
            few = len(groups) <= MOST_SUBJECTS
            named = untold_text(groups, words) if few else f"{len(groups):,} groups, which are named below"
            return "UNDECIDED", f"Neither equal nor unequal treatment can be shown for {named}."


def _everybody(answer: Answer, words: Words, *, nobody: bool) -> str:
    """Name all people, or none of them, with the verb."""
    if answer.people is None:
        return "None is" if nobody else "All are"
    people = f"{count_text(answer.people)} {words.people}"
    return f"None of the {people} is" if nobody else f"All {people} are"


def _among(answer: Answer, words: Words) -> str:
    return "" if answer.people is None else f" of {count_text(answer.people)} {words.people}"


def _are(finding: Finding, words: Words) -> str:
    """Say of whom a finding is, and how many times as often it happens to them."""
    ratio = finding.first.times
    subject = group_text(finding.attribute, finding.rate.group, words)
    return f"are {subject}" + ("" if ratio is None else f" ({_short_times(finding.first, spelled=True)})")


def _undecided(answer: Answer, words: Words) -> str:
    """Say which group may be worse off, or be treated otherwise than the rest, and that it cannot be told."""
    farthest = answer.open[0]
    subject = capital(group_text(farthest.attribute, farthest.rate.group, words))
    suspicion = "may be worse off" if farthest.harm else "may be treated differently"
    if farthest.first.disparity.beyond_chance:
        more = f"{suspicion} than is tolerated" if farthest.harm else f"{suspicion} by more than is tolerated"
        return f"{subject} {more}{_too_few(answer, words)}."
    return f"{subject} {suspicion}, but it may be chance{_too_few(answer, words)}."


def _too_few(answer: Answer, words: Words) -> str:
    return (
        "" if answer.people is None else f": {count_text(answer.people)} {words.people} are too few to tell"
    )


def claim(finding: Finding, *, words: Words) -> Claim:
    """Say one finding.

    Returns
    -------
    Claim
        For example "African-American people are wrongly selected more often than Caucasian ones. Of those who should not be selected
        (label_value 0), 45 of 100 are, against 23 of 100.", "805 of 1,795; 349 of 1,488. 1.91 times, 95% interval 1.72 to 2.13" and "Also
        than Hispanic (2.1 times) and Other (3.0) people, just as surely."
    """
    first, refused = finding.first, is_refusal(finding)
    texts = (_neighbour(finding, words), _others(finding, words), _same_people(finding, words))
    return Claim(
        sentence=_sentence(finding, words),
        counts=counts_text(
            finding.rate,
            first,
            words=words,
            often=f"{words.selected} {{}} times less often" if refused else "{} times",
        ),
        errors=_errors(finding, words),
        others=" ".join(text for text in texts if text),
    )


def _sentence(finding: Finding, words: Words) -> str:
    """Say of whom a finding is, beside whom, and how many of a hundred of each; of whom these are a share comes before the numbers."""
    first, metric = finding.first, finding.metric
    subject = capital(group_text(finding.attribute, finding.rate.group, words))
    other = group_text(finding.attribute, first.rate.group, words, after=finding.rate.group)
    more = "more often" if finding.side is Side.HIGHER else "less often"
    verb = predicate_text(metric, words, harm=finding.harm or finding.favoured)
    shares = f"{share_of_group(finding.rate)}", f"{share_of_group(first.rate)}"
    if is_refusal(finding):
        # Of a decision that helps, what people notice is being refused it.
        verb, more, shares = (
            f"are {words.refused}",
            "more often",
            (f"{'only ' if finding.rate.value else ''}{shares[0]} are {words.selected}", shares[1]),
        )
    if finding.neighbour is not None and finding.neighbour.most:
        most = "most" if is_refusal(finding) else more.replace("more", "most").replace("less", "least")
        begun, beside = f"{subject} {verb} {adverb(metric, most)}", f"{shares[1]} of {other}"
    else:
        begun, beside = f"{subject} {verb} {adverb(metric, more)} than {other}", shares[1]
    if among_clause(metric, words):
        return f"{begun}. {shares_among(metric, words, shares[0], beside, harm=finding.harm)}."
    return f"{begun}: {shares[0]}, against {beside}."


def behind_claim(finding: Finding, claimed: Claim, *, people: int | None, words: Words) -> str:
    """Say what stands behind a claim: the people and the ratio, further errors and groups, and what would decide what is open."""
    counts = claimed.counts if claimed.counts.endswith(".") else f"{claimed.counts}."
    is_open = finding.verdict is Verdict.UNDECIDED
    chance = chance_text(finding, people, words) if is_open else ""
    texts = (counts, claimed.errors, claimed.others, chance)
    return " ".join(text for text in texts if text)


def _same_people(finding: Finding, words: Words) -> str:
    """Name the groups of other attributes that are the same people."""
    if not finding.same_people:
        return ""
    named = [group_text(attribute, group, words) for attribute, group in finding.same_people]
    return f"The same holds for {joined(named)}, who are nearly the same {words.people}."


def _neighbour(finding: Finding, words: Words) -> str:
    """Say how many of the neighbour of a cell, as "Among men of that age, 64 of 100 are selected."; empty where there is none."""
    neighbour = finding.neighbour
    if neighbour is None:
        return ""
    name = neighbour_text(finding.attribute, neighbour.group, neighbour.place, words)
    if neighbour.numerator is None:
        return f"Among {name} it is {share_of_group(_neighbour_rate(neighbour))}."
    condition = condition_text(finding.metric, words)
    if condition:
        happens = short_happening(finding.metric, words, harm=finding.harm)
        return f"Among {name} {condition}, {share_of_group(_neighbour_rate(neighbour))} {happens}."
    text = (
        f"Among {name}, {share_of_group(_neighbour_rate(neighbour))} {plain_happening(finding.metric, words)}"
    )
    error = _error_told(finding, words)
    if error is None or error.neighbour is None:
        return f"{text}."
    rate = share_of_group(_neighbour_rate(error.neighbour))
    return f"{text}; of those {condition_text(error.metric, words).partition(' (')[0]}, {rate} {short_happening(error.metric, words, harm=True)}."


def _neighbour_rate(neighbour: Neighbour) -> Rate:
    return Rate(
        group=neighbour.group,
        value=neighbour.value,
        numerator=neighbour.numerator,
        denominator=neighbour.denominator,
    )


def counts_text(rate: Rate, against: Against, *, words: Words, often: str = "{} times") -> str:
    """Write the people behind two rates, and how many times as often it happens to the first.

    Parameters
    ----------
    often
        How the ratio is said, with braces where it stands.
    """
    own, others = map(people_of, (rate, against.rate))
    if others and against.rate.group == EVERYBODY_ELSE:
        others = f"everybody else {others}"
    people = "; ".join(text for text in (own, others) if text)
    worth = worth_of(against, words)
    return ". ".join(
        text
        for text in (f"{people} rows, {worth}" if worth else people, ratio_text(against, often=often))
        if text
    )


def worth_of(against: Against, words: Words) -> str:
    """Say how many people the rows of two groups are worth, the subject's first; empty where each is a person."""
    d = against.disparity
    effective = (d.effective, d.reference_effective)[:: 1 if against.is_reference else -1]
    return worth_text(*effective, people=words.people)


def ratio_text(against: Against, *, often: str = "{} times") -> str:
    """Write how many times as often it happens to the subject, with the interval that the verdict rests on."""
    ratio = "" if against.times is None else capital(often.replace("{}", times(against.times)))
    if against.interval is None:
        return ratio
    if against.allowed_for is not None:
        ends = interval_text(against.interval).replace(" and more", " up")
        corrected = f"Anything from {ends} ({against.level}% interval) once all {against.allowed_for:,} comparisons are allowed for"
        return f"{ratio}. {corrected}" if ratio else corrected
    interval = f"{against.level}% interval {interval_text(against.interval)}"
    return f"{ratio}, {interval}" if ratio else interval


def other_side_text(side: OtherSide, words: Words, *, brief: bool = False) -> str:
    """Say which error spares a group that is worse off, and the people behind that.

    While base rates differ, two of the false positive rate, the false negative rate and precision can be equal, but not all three
    (Chouldechova 2017, "Fair prediction with disparate impact").

    Parameters
    ----------
    brief
        Leave out the people, and what base rates do.
    """
    own = group_text(side.attribute, side.rate.group, words)
    beside = (
        "everybody else taken together"
        if side.others.group == EVERYBODY_ELSE
        else group_text(side.attribute, side.others.group, words, after=side.rate.group)
    )
    rates = side.rate, side.others
    own_share, others_share = map(share_of_group, rates)
    counts = "; ".join(people_of(rate) for rate in rates)
    texts = [
        (
            f"{among_clause(side.metric, words)}, {own} {predicate_text(side.metric, words)} less often "
            f"({own_share}) than {beside} ({others_share})."
        ),
        "" if brief or counts == f"{own_share}; {others_share}" else f"{counts}.",
        NOT_MADE_UP_FOR.format(people=words.people),
        "While base rates differ, errors and precision cannot all be equal."
        if side.base_rates_differ and not brief
        else "",
    ]
    return " ".join(text for text in texts if text)


def chance_text(finding: Finding, people: int | None, words: Words) -> str:
    """Say of an open finding whether it may be chance, and how many people would tell, under which assumption."""
    d = finding.first.disparity
    open_still = (
        "This is beyond chance, but perhaps within what is tolerated."
        if d.beyond_chance
        else "This may be chance."
    )
    if d.needed_in_all is None or d.needed_to is None:
        return open_still
    return f"{open_still} {plan_text(d, people, words)}"


def plan_text(disparity: DisparityPart, people: int | None, words: Words) -> str:
    """Say how many people would decide a comparison, and what is supposed there; empty where that is not known.

    Two sentences: of the whole sample growing, as people can make it grow, and of the group alone beside a reference that stays as it is.
    """
    d, texts = disparity, []
    if d.needed_to is not None and d.needed_in_all is not None:
        texts.append(f"{capital(needed_text(d.needed_in_all, people, words.people))} {AIMS[d.needed_to]}.")
    if d.needed_to is not None and d.needed is not None:
        alone = needed_alone_text(d.needed, d.n, group_text(d.attribute, d.group, words))
        texts.append(f"{capital(alone)}." if texts else f"{capital(alone)}, {AIMS[d.needed_to]}.")
    return " ".join(texts)


def narrow_text(finding: Finding) -> str:
    """Say how few changed decisions would turn a verdict; empty where it is not that narrow."""
    flips = finding.first.disparity.flips
    return "" if flips is None else f"{counted(flips, 'changed decision')} would turn the verdict."


def right_overall(overall: OverallPart) -> str:
    """Say how often decisions are right, beside always deciding what is commonest; empty without labels."""
    accuracy, base = overall.metrics.get("accuracy"), overall.metrics.get("prev")
    if accuracy is None or base is None or accuracy.value is None or base.value is None:
        return ""
    return _beside_the_commonest(accuracy.value, base.value)


def beside_no_model(accuracy: float | None, prevalence: float) -> str:
    """Say how often a model is right, how often always deciding what is commonest would be, and how many have label 1; one sentence each.

    >>> beside_no_model(0.65, 0.45)
    'Right for 65 of 100; always deciding 0 would be right for 55 of 100. Label 1: 45 of 100.'
    """
    right = capital(
        _always_the_commonest(prevalence)
        if accuracy is None
        else f"right for {_beside_the_commonest(accuracy, prevalence)}"
    )
    return f"{right}. Label 1: {in_hundred(prevalence)}."


def _beside_the_commonest(accuracy: float, prevalence: float) -> str:
    return f"{in_hundred(accuracy)}; {_always_the_commonest(prevalence)}"


def _always_the_commonest(prevalence: float) -> str:
    commonest = in_hundred(max(prevalence, 1 - prevalence))
    return f"always deciding {int(prevalence >= 0.5)} would be right for {commonest}"


def base_rate_text(overall: OverallPart, words: Words) -> str:
    """Say how many have label 1; empty without labels."""
    base = overall.metrics.get("prev")
    if base is None or base.value is None:
        return ""
    if words.positive != words.should:
        return f"{words.outcome} for {in_hundred(base.value)}"
    first, _, rest = words.positive.partition(" ")
    done = {"who": rest, "with": f"have {rest}"}.get(first, f"are {words.people} {words.positive}")
    return f"{in_hundred(base.value)} {done}"


def one_sided_warning(overall: OverallPart, words: Words) -> str:
    """Say that nobody, or everybody, is selected, so that no equality found means anything; empty where neither is so."""
    share = overall.metrics.get("pprev")
    if share is None or share.value not in (0, 1):
        return ""
    whom = "Everybody" if share.value else "Nobody"
    return f"{whom} is {words.selected} ({overall.n:,} {words.people}). Groups that are all treated alike by that say nothing about fairness."


def not_measured_text(kind: NotMeasured, settings: AuditSettings, *, drawn: str = DRAWN_IN_REPORT) -> str:
    """Say what is not measured, and why.

    Parameters
    ----------
    drawn
        Where what is not judged is drawn, unless small groups are not told of.
    """
    match kind:
        case NotMeasured.COMBINATIONS:
            crossed = any(len(a.columns) > 1 for a in settings.attributes)
            return "other combinations of attributes" if crossed else "combinations of attributes"
        case NotMeasured.ERRORS:
            return "errors (the file holds no labels)"
        case NotMeasured.CALIBRATION:
            return "calibration and ranking (the file holds decisions, no scores)"
        case NotMeasured.CALIBRATION_VERDICT:
            where = f"{drawn}, " if drawn and settings.suppress_below is None else ""
            return f"calibration ({where}not judged)"
        case NotMeasured.THRESHOLD:
            decision = settings.decision
            limit = "this" if decision is None else written(decision.threshold)
            return f"whether {limit} is the threshold in use"
        case NotMeasured.LABEL:
            outcome = settings.outcome
            return f"whether {'the label' if outcome is None else clipped(outcome.column)} itself is fair"


def _subjects(findings: Sequence[Finding], words: Words, *, claimed: str) -> str:
    """Name the groups of findings; of the first, and of those that nothing else tells of, how many times as often it happens to them as to whom."""
    if not findings:
        # Whose rates are not known.
        return f"Groups {claimed}."
    ordered: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        ordered.setdefault((finding.attribute, finding.rate.group), finding)
    names = [group_text(attribute, group, words) for attribute, group in ordered]
    text = f"{capital(names[0])} {claimed} ({_size(findings[0], words)})"
    if len(names) == 1:
        return f"{text}."
    verb = claimed.split(maxsplit=1)[0].replace("differ", "do")
    if len(names) > MOST_SUBJECTS:
        return f"{text}, and so {verb} {len(names) - 1:,} other groups, which are named below."
    untold = list(ordered.values())[MOST_TOLD:]
    sizes = [f" ({_size(other, words, after=findings[0])})" for other in untold]
    sized = [
        *names[1:MOST_TOLD],
        *(f"{name}{size}" for name, size in zip(names[MOST_TOLD:], sizes, strict=True)),
    ]
    second = f"so {verb} {joined(sized)}."
    return f"{text}; {second if len(second.split()) <= MOST_WORDS else f'so {verb} {joined(names[1:])}.'}"


def _size(finding: Finding, words: Words, *, after: Finding | None = None) -> str:
    """Say how far a group is from the one that its sentence is about; `after` is the finding that was told before, so that what happens need not be said again."""
    ratio, first = finding.first.times, finding.first.rate
    beside = group_text(finding.attribute, first.group, words, after=finding.rate.group)
    if is_refusal(finding):
        # So many times less often selected would be taken for so many times more often refused.
        return f"{shares_beside(finding.rate, first, f' are {words.selected}')} of {beside}"
    if ratio is None:
        happens = plain_happening(finding.metric, words).removeprefix("are ")
        of = condition_text(finding.metric, words)
        return f"{share_of_group(finding.rate)} {f'{of} ' if of else ''}{happens}, {share_of_group(first)} of {beside}"
    often = _often(finding, words)
    if after is not None and _often(after, words) == often:
        often = often[often.index("{}") :]
    joint = "than" if often.endswith("less often") else "as"
    # A name of a stranger may hold braces.
    return f"{often.replace('{}', f'{ratio:,.1f}', 1)} {joint} {beside}"


def _often(finding: Finding, words: Words) -> str:
    """Say what happens to a group so many times as often, with braces where the number stands."""
    verb = predicate_text(finding.metric, words, harm=finding.harm or finding.favoured)
    return f"{verb.removeprefix('are ')} {{}} times {'as' if finding.side is Side.HIGHER else 'less'} often"


def times_counted(finding: Finding, words: Words) -> str:
    """Say what a ratio counts where the sentence before it does not, with braces where the number stands: a refusal is told by who is selected."""
    return f"{words.selected} {{}} times less often" if is_refusal(finding) else "{} times"


def is_refusal(finding: Finding) -> bool:
    """Tell whether a finding is of people whom a decision that helps is refused."""
    return (
        bool(finding.harm) and finding.side is Side.LOWER and "selected" in BY_NAME[finding.metric].numerator
    )


def _gap(gap: Gap, words: Words) -> str:
    predicate = f"{predicate_text(gap.metric, words)} {adverb(gap.metric, 'most often')}"
    highest, lowest = (group_text(gap.attribute, rate.group, words) for rate in (gap.highest, gap.lowest))
    among = among_clause(gap.metric, words)
    return (
        f"{f'{among}, {highest}' if among else capital(highest)} {predicate} ({share_of_group(gap.highest)}), "
        f"{lowest} least ({share_of_group(gap.lowest)})"
    )


def _error_told(finding: Finding, words: Words) -> Finding | None:
    """Return the error that is told after a sentence on how many are decided so at all; ``None`` if the sentence says it, or nothing does."""
    error = next((also for also in finding.also if base_text(also.metric, words)), None)
    if base_text(finding.metric, words) or error is None or error.harm is False:
        return None
    return error


def error_beside(finding: Finding, words: Words) -> tuple[Finding, Against] | None:
    """Return the error that is told after a sentence, and beside whom, who are those of the sentence; ``None`` where none is told."""
    error = _error_told(finding, words)
    if error is None:
        return None
    other = next((a for a in error.against if a.rate.group == finding.first.rate.group), None)
    return None if other is None else (error, other)


def _errors(finding: Finding, words: Words) -> str:
    """Say how many are decided wrongly, beside whom the sentence before it is about."""
    beside = error_beside(finding, words)
    if beside is None:
        return ""
    error, other = beside
    return (
        f"Of those {condition_text(error.metric, words)}, {share_of_group(error.rate)} {short_happening(error.metric, words, harm=True)}, "
        f"against {share_of_group(other.rate)}."
    )


def _others(finding: Finding, words: Words) -> str:
    """Name the further groups of enough people, the first with "times" spelled out, and say whether they are as sure."""
    others = [against for against in finding.against[1:] if not against.few]
    if not others:
        return ""
    ratios = [_short_times(a, spelled=place == 0) for place, a in enumerate(others)]
    names = [_among_others(a.rate.group, words) for a in others]
    named = [f"{name} ({ratio})" if ratio else name for name, ratio in zip(names, ratios, strict=True)]
    if all(name.startswith('"') for name in names):
        return f"Also than those with {joined(named)}{_as_sure(finding, len(others))}."
    # Women are not "women people".
    noun = "" if any(noun_of(a.rate.group, words) for a in others) else f" {words.people}"
    return f"Also than {joined(named)}{noun}{_as_sure(finding, len(others))}."


def _as_sure(finding: Finding, many: int) -> str:
    """Say of further groups, with a comma before it, how sure the gap beside them is: all of a finding have one verdict; nothing where ratios alone decide."""
    if finding.tolerated is None or finding.first.interval is None:
        return ""
    both, neither = {1: ("", "not "), 2: ("both ", "neither ")}.get(many, ("all ", "none "))
    match finding.verdict:
        case Verdict.FAIL:
            # Beyond what is said where the finding is called sure.
            return ", just as surely"
        case Verdict.UNDECIDED:
            differ = [a.disparity.beyond_chance for a in finding.against[1:] if not a.few]
            if all(differ):
                return f", {both}beyond chance but perhaps within what is tolerated"
            return (
                ", not all beyond chance"
                if any(differ) and many > 2
                else f", {'not both ' if any(differ) else neither}beyond chance"
            )
        case _:
            return f", {both}within what is tolerated"


def _among_others(group: str, words: Words) -> str:
    """Name a group before "people": Other, women; what says something else there, such as more, in quotes."""
    is_name = is_adjective(group) or group[:1].isupper() or noun_of(group, words)
    return quoted_name(group) if is_name else f'"{clipped(group)}"'


def _short_times(against: Against, *, spelled: bool) -> str:
    if against.times is None:
        return "" if against.rate.value else "never there"
    return f"{against.times:,.1f}{' times' if spelled else ''}"
