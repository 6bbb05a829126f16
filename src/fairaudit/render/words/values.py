"""Numbers as people read them."""

from __future__ import annotations

import math

from fairaudit.documents.parts import DecisionPart, EstimatePart, InputPart
from fairaudit.errors import clipped, printable, written
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.choices import RuleKind
from fairaudit.settings.limits import Band, decimals_for, number_text

NO_VALUE = "–"


def metric_value(metric: str, value: float | None) -> str:
    """Write a metric's value: shares of people as percent with one decimal, others with three decimals.

    >>> metric_value("fpr", 0.4485), metric_value("f1", 0.5), metric_value("f1", None)
    ('44.9%', '0.500', '–')
    """
    if value is None:
        return NO_VALUE
    return rate_text(value) if BY_NAME[metric].is_rate else f"{value:z.3f}"


def rate_text(value: float | None) -> str:
    """Write a share of people as percent; none but 0 looks like 0%, and none but 1 like 100%."""
    if value is None:
        return NO_VALUE
    shown = f"{value:.1%}"
    if shown == "100.0%" and value < 1:
        return "more than 99.9%"
    return "less than 0.1%" if shown == "0.0%" and value > 0 else shown


def interval(metric: str, estimate: EstimatePart) -> str:
    """Write an interval, as "43.1% to 47.0%", or a dash where there is none."""
    if estimate.ci is None:
        return NO_VALUE
    low, high = estimate.ci
    return f"{metric_value(metric, low)} to {metric_value(metric, high)}"


def with_interval(metric: str, estimate: EstimatePart) -> str:
    """Write a value, with its interval where it has one."""
    value = metric_value(metric, estimate.value)
    return f"{value} ({interval(metric, estimate)})" if estimate.ci else value


def difference_text(metric: str, difference: float) -> str:
    """Write a difference with its sign: of shares of people in points.

    >>> difference_text("fpr", -0.0415), difference_text("f1", 0.5)
    ('−4.2 points', '+0.500')
    """
    difference = round(difference, 3)
    return f"{signed(100 * difference, 1)} points" if BY_NAME[metric].is_rate else signed(difference, 3)


def signed(number: float, decimals: int) -> str:
    """Write a difference with its sign, which is no hyphen; what is 0 once it is rounded has none.

    >>> signed(-15.0, 1), signed(3.25, 1), signed(-0.01, 1)
    ('−15.0', '+3.2', '0.0')
    """
    text = number_text(abs(number), decimals)
    if not text.strip("0.,"):
        return text
    return f"{'−' if number < 0 else '+'}{text}"


def with_minus(text: str) -> str:
    """Write a typographic minus."""
    return text.replace("-", "−")


def times(ratio: float, band: Band | None = None) -> str:
    """Write a ratio with two decimals, or as many as tell it from a limit; none but 0 looks like 0.

    >>> times(1.9134), times(0.001), times(1234.5)
    ('1.91', 'less than 0.01', '1,234.50')
    """
    return "less than 0.01" if 0 < ratio < 0.005 else number_text(ratio, decimals_for([ratio], band, least=2))


def times_text(ratio: float, band: Band) -> str:
    """Write a ratio as `times` does, for a cell."""
    return f"{times(ratio, band).replace('less than ', '<')} ×"


def tolerance(band: Band) -> str:
    """Write the ratios that are tolerated.

    >>> from fractions import Fraction
    >>> tolerance(Band(low=Fraction("0.8"), high=Fraction("1.25")))
    '0.80 to 1.25'
    """
    return " to ".join(f"{float(limit):.2f}" for limit in (band.low, band.high) if limit is not None)


def limit_text(band: Band) -> str:
    """Write how many times as often something may happen to one group as to another.

    >>> from fractions import Fraction
    >>> limit_text(Band(low=Fraction("0.8"), high=Fraction("1.25")))
    '1.25 times'
    """
    return tolerance(band) if band.high is None else f"{float(band.high):.2f} times"


def leveled(percent: float, text: str) -> str:
    """Write an interval for a table, whose intervals are of 95% where nothing else is said.

    >>> leveled(95, "1.72 to 2.13"), leveled(90, "0.91 to 1.10")
    ('1.72 to 2.13', '90%: 0.91 to 1.10')
    """
    return text if percent == 95 else f"{percent}%: {text}"


def count_text(count: float) -> str:
    """Write a number of people, or their weight in a survey.

    >>> count_text(1234), count_text(1234.56)
    ('1,234', '1,234.6')
    """
    return f"{count:,}" if isinstance(count, int) else f"{count:,.1f}"


def counted(n: int, noun: str) -> str:
    """Write a number with what is counted."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def share_text(estimate: EstimatePart, people: str = "people") -> str:
    """Write of how many people a rate is a share, and how many they are worth; empty for what is no share.

    For example "310 of 620", "310 of 620 rows, worth 31 people", or "worth 31 people" where these have the weights of a survey.
    """
    if estimate.numerator is None or estimate.denominator is None:
        return ""
    worth = worth_text(estimate.effective, people=people)
    if isinstance(estimate.denominator, float):
        return worth
    shares = f"{estimate.numerator:,} of {estimate.denominator:,}"
    return f"{shares} rows, {worth}" if worth else shares


def worth_text(*effective: float | None, people: str = "people") -> str:
    """Say how many people, or what they are called, rows are worth; empty where each is one.

    >>> worth_text(31.2, 38.9), worth_text(1.4), worth_text(1.4, people="cars"), worth_text(None)
    ('worth 31 and 38 people', 'worth 1 person', 'worth 1 of the cars', '')
    """
    known = [math.floor(n) for n in effective if n is not None]
    if not known:
        return ""
    one = "person" if people == "people" else f"of the {people}"
    return f"worth {' and '.join(f'{n:,}' for n in known)} {one if known == [1] else people}"


def worth_meaning(figure: str, *, rows: int | None, people: str) -> str:
    """Say what it means that rows are worth so many people, in a figure; without `rows` of people they have the weights of a survey."""
    why = (
        f"Weights make some {people} count for many"
        if rows is None
        else "Rows of one person are alike"
        if people == "people"
        else f"Rows of one of the {people} are alike"
    )
    return f"{why}: worth is how many {people}, each in one row and of equal weight, would tell as much of {figure}."


def needed_text(needed_in_all: int, have: int | None, people: str = "people") -> str:
    """Say how many people the whole sample would need, and has now; what for is said by `AIMS`.

    >>> needed_text(4200, 1000)
    'about 4,200 people like these, instead of 1,000, would be needed'
    """
    instead = "" if have is None else f", instead of {have:,},"
    return f"about {needed_in_all:,} {people} like these{instead} would be needed"


def needed_alone_text(needed: int, have: int, group: str) -> str:
    """Say how many people of a group, as it is called in sentences, would do if all others stay as they are; without a full stop.

    >>> needed_alone_text(900, 60, "Asian people")
    'if only Asian people grow in number, about 900 of them do, instead of 60'
    """
    return f"if only {group} grow in number, about {needed:,} of them do, instead of {have:,}"


def decided_text(decision: DecisionPart, *, threshold: float | None = None) -> str:
    """Say what decides, without a full stop; `threshold` is that of the model that made a column of decisions, where it is known.

    >>> column = DecisionPart(
    ...     kind="decision column", column="decision", threshold=None, wanted=None, selected=3, chosen_by_user=True, sentence="column decision"
    ... )
    >>> decided_text(column), decided_text(column, threshold=0.5)
    ('as the column decision says, without a threshold', "a score of at least 0.5, the model's threshold")
    """
    if decision.kind != RuleKind.DECISION_COLUMN:
        return decision.sentence
    if threshold is not None:
        return f"a score of at least {written(threshold)}, the model's threshold"
    return f"as the column {clipped(decision.column)} says, without a threshold"


def aequitas_text(value: bool | None) -> str:
    """Write what Aequitas answers."""
    return "undefined" if value is None else "fair" if value else "unfair"


def read_text(source: InputPart, people: float | None, noun: str, reasons: str = "") -> str:
    """Say how many people are in how many rows, and why rows were dropped; without a full stop.

    For example "7,214 people, none dropped", "4,526 people in 24 rows, none dropped", or "42 rows, 2 dropped (2 missing label), 40
    people used".

    Parameters
    ----------
    reasons
        Why rows were dropped, where more is known of it than the source says.
    """
    dropped = {reason: n for reason, n in source.dropped.items() if n}
    rows = counted(source.rows, "row")
    if not dropped:
        each = people is not None and people == source.rows
        whom = "" if people is None else f"{count_text(people)} {noun}"
        return f"{whom if each else f'{whom} in {rows}' if whom else rows}, none dropped"
    reasons = reasons or "; ".join(
        f"{n:,} {printable(clipped(reason, most=80))}" for reason, n in dropped.items()
    )
    used = f"{source.used:,}" if people is None else f"{count_text(people)} {noun}"
    return f"{rows}, {sum(dropped.values()):,} dropped ({reasons}), {used} used"
