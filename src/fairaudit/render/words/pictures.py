"""What pictures say: the finding as their title, what is drawn in plain words, and how it is to be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.calibration import Calibration, ScoreBins, farthest, farthest_at_rank
from fairaudit.documents.findings import Finding, Rate, find_findings
from fairaudit.documents.parts import OverallPart, Verdict
from fairaudit.documents.ranking import Slice, is_small, poorest_slice
from fairaudit.metrics.kinds import Better
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.answer import claim
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import Words, attribute_text, group_text
from fairaudit.render.words.shares import (
    among_clause,
    base_text,
    figure_text,
    in_hundred,
    people_of,
    predicate_text,
    share_of_group,
    short_happening,
)
from fairaudit.render.words.slices import farther_text
from fairaudit.render.words.values import count_text, metric_value, times, tolerance, worth_text
from fairaudit.settings.limits import Band, interval_text
from fairaudit.slices.grammar import EVERYBODY_ELSE


def headings(attributes: Sequence[str], words: Words) -> dict[str, str]:
    """Name attributes above their groups: as in sentences, but as they are written where two would have one name.

    >>> columns = {"race*age:25,40": ("race", "age"), "age:median": ("age",), "age:25,40": ("age",)}
    >>> list(headings(list(columns), Words(columns=columns)).values())
    ['race and age', 'age:median', 'age:25,40']
    """
    names = {attribute: attribute_text(attribute, words) for attribute in attributes}
    many = Counter(names.values())
    return {attribute: name if many[name] == 1 else attribute for attribute, name in names.items()}


def group_name(attribute: str, group: str, words: Words) -> str:
    """Name a group below the heading of its attribute, where its column need not be said again.

    >>> group_name("race", "Other", Words()), group_name("sex*age", "Female * 30", Words(columns={"sex*age": ("sex", "age")}))
    ('Other', 'Women with age "30"')
    """
    if len(words.columns.get(attribute, ())) < 2 or group == EVERYBODY_ELSE:
        return group
    return capital(group_text(attribute, group, words))


def happening(metric: str, words: Words) -> str:
    """Say what happens to people as often as a metric says.

    >>> happening("fpr", Words())
    'wrongly selected'
    """
    return predicate_text(metric, words).removeprefix("are ")


def of_whom(metric: str, words: Words) -> str:
    """Say of which people a metric is a share: "with label 0"; empty where these are all."""
    return base_text(metric, words).strip()


def rate_line(metric: str, words: Words) -> str:
    """Say of whom a metric is a share, and what happens to these.

    >>> rate_line("fpr", Words()), rate_line("pprev", Words())
    ('Of those who should not be selected (label 0), how many are', 'Of everybody, how many are selected')
    """
    if BY_NAME[metric].is_of_whole:
        return f"Of all who are {words.selected}, how many are of each group"
    if not BY_NAME[metric].is_rate:
        return capital(BY_NAME[metric].long_name)
    return f"{among_clause(metric, words) or 'Of everybody'}, how many {short_happening(metric, words)}"


def findings_in(bias: BiasDocument, metric: str, verdict: Verdict) -> list[Finding]:
    """Return what was found in one metric, what harms and is farthest first."""
    findings = find_findings(verdict, bias, effect=bias.settings.effect)
    return [one for finding in findings for one in (finding, *finding.also) if one.metric == metric]


def ratio_title(bias: BiasDocument, metric: str, words: Words) -> tuple[str, str]:
    """Say what was found in a metric, and the people behind it; both without the last full stop, the second may be empty."""
    failing = findings_in(bias, metric, Verdict.FAIL)
    if failing:
        return _claimed(failing[0], words)
    open_ones = [
        f for f in findings_in(bias, metric, Verdict.UNDECIDED) if f.rate.value != f.first.rate.value
    ]
    if open_ones:
        sentence, counts = _claimed(open_ones[0], words)
        return f"Undecided: {sentence}", counts
    judged = [d for d in bias.disparities if d.metric == metric and d.verdict is not None]
    if any(d.verdict is Verdict.UNDECIDED for d in judged):
        return f"Undecided: groups cannot be compared in how many are {happening(metric, words)}", ""
    if judged:
        return (
            f"{capital(happening(metric, words))} about equally often in all groups: ratios within {tolerance(bias.band)}",
            "",
        )
    return "No group has a ratio to its reference group", ""


def _claimed(finding: Finding, words: Words) -> tuple[str, str]:
    claimed = claim(finding, words=words)
    return claimed.sentence.removesuffix("."), claimed.counts.removesuffix(".")


def beside_whom(references: Iterable[object], *, called: str = "rate") -> str:
    """Say what rates, or figures that are called otherwise, are divided by."""
    known = list(references)
    whom = {
        "of everybody else": any(reference == EVERYBODY_ELSE for reference in known),
        "of the group that is lowest in this": any(not isinstance(reference, str) for reference in known),
        "of the reference group": any(
            isinstance(reference, str) and reference != EVERYBODY_ELSE for reference in known
        ),
    }
    there = [text for text, is_there in whom.items() if is_there]
    return (
        f"times the {called} {there[0]}"
        if len(there) == 1
        else f"times the {called} that each is compared with"
    )


def rate_and_counts(d: DisparityPart) -> str:
    """Write how many of a group it happens to: "45 of 100 (805 of 1,795)"."""
    if d.value is not None and not BY_NAME[d.metric].is_rate:
        return figure_text(d.value)
    if d.value is None or d.numerator is None or d.denominator is None:
        return "nobody to count" if d.denominator == 0 else "undefined"
    rate = Rate(group=d.group, value=d.value, numerator=d.numerator, denominator=d.denominator)
    rows = " rows" if worth_text(d.effective) and isinstance(d.denominator, int) else ""
    if share_of_group(rate) == people_of(rate):
        return f"{share_of_group(rate)}{rows}"
    return f"{share_of_group(rate)} ({count_text(d.numerator)} of {count_text(d.denominator)}{rows})"


def ratio_and_interval(d: DisparityPart, band: Band) -> str:
    """Write a ratio with the interval that the verdict rests on, and its level where it is not 95%."""
    if d.is_reference:
        return "reference"
    level, ci = d.resting
    ratio = "no ratio" if d.ratio is None else times(d.ratio, band).replace("less than ", "< ")
    if ci is None:
        return ratio
    interval = f"{interval_text(ci, band)}{'' if level == 95 else f'; {level}%'}"
    return interval if d.ratio is None else f"{ratio} ({interval})"


def metric_title(slices: Sequence[Slice], overall: OverallPart, metric: str, words: Words) -> str:
    """Say in which group a metric is the poorest, without a full stop."""
    name = BY_NAME[metric].long_name
    everybody = f"{metric_value(metric, overall.metrics[metric].value)} for everybody"
    worst = poorest_slice(slices, metric)
    end = "highest" if BY_NAME[metric].better is Better.LOWER else "lowest"
    if worst is not None and worst.is_sure:
        people = group_text(worst.slice.feature, worst.slice.name, words)
        value = metric_value(metric, worst.slice.metrics[metric].value)
        farther = farther_text(slices, worst.slice, metric, words)
        if farther:
            side = "higher" if end == "highest" else "lower"
            return f"{capital(name)} is surely {side} for {people}: {value}, against {everybody}. {capital(farther)}"
        return f"{capital(name)} is {end} for {people}: {value}, against {everybody}"
    if all(is_small(s, metric) or s.metrics[metric].value is None for s in slices):
        return f"{capital(name)} is {everybody}; no group has enough people to be compared"
    return (
        f"{capital(name)} is {everybody}, and surely {'higher' if end == 'highest' else 'lower'} in no group"
    )


def base_line(metric: str) -> str:
    """Say what a metric would be without a model, where that says something, without a full stop; empty elsewhere."""
    return {
        "accuracy": "always deciding what is commonest in the group",
        "f1": "selecting everybody",
        "balanced_accuracy": "deciding by chance",
    }.get(metric, "")


def calibration_title(groups: Sequence[Calibration], words: Words, bins: ScoreBins | None = None) -> str:
    """Say where scores and labels part the most, or of ranks where two groups do, without a full stop."""
    parted = farthest(groups)
    attribute = attribute_text(groups[0].attribute, words)
    if bins is not None and bins.are_ranks:
        return _ranks_title(groups, words, bins)
    if parted is None:
        return f"Scores hold what they promise in every group by {attribute}, as far as can be told"
    group, tenth = parted
    people = group_text(group.attribute, group.group, words)
    return (
        f"{capital(people)} with a score of {tenth.low:.1f} to {tenth.high:.1f}: {in_hundred(tenth.share)} {of_whom('tpr', words)}, "
        f"where scores promise {in_hundred(tenth.mean_score)}"
    )


def _ranks_title(groups: Sequence[Calibration], words: Words, bins: ScoreBins) -> str:
    """Say at which rank the label rates of two groups are surely farthest apart."""
    apart = farthest_at_rank(groups)
    if apart is None:
        attribute = attribute_text(groups[0].attribute, words)
        return f"At no score do groups by {attribute} surely differ in how many are {share_positive(words)}"
    (one, own), (other, theirs) = apart
    people = group_text(one.attribute, one.group, words)
    beside = group_text(other.attribute, other.group, words, after=one.group)
    return (
        f"{capital(people)} with a score of {bins.names[own.number]}: {in_hundred(own.share)} {of_whom('tpr', words)}, "
        f"against {in_hundred(theirs.share)} of {beside}"
    )


def share_positive(words: Words) -> str:
    """Say of how many label 1 is told, after "how many are"."""
    positive = of_whom("tpr", words)
    return positive if positive.startswith("with ") else f"among those {positive}"


def folds_title(metric: str, values: Sequence[float], folds: str) -> str:
    """Say between which values a metric lies over the folds, without a full stop."""
    return f"{capital(BY_NAME[metric].long_name)} is {min(values):.3f} to {max(values):.3f} over {folds}"
