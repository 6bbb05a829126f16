"""What is said of many months: since when a group is worse, and what cannot be told."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.documents.history import Course, HistoryDocument, LackingPart, MonthPart, SeriesPart
from fairaudit.errors import clipped
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.discovered import p_text
from fairaudit.render.words.names import capital, joined
from fairaudit.render.words.people import Words, group_text
from fairaudit.render.words.values import NO_VALUE, counted, rate_text

SHOWN = (Course.SINCE, Course.THROUGHOUT, Course.NO_LONGER)
_MONTHS_NAMED = 2
_WORDS = {"worse": "WORSE", "better": "BETTER", "higher": "DIFFERENT", "lower": "DIFFERENT"}


def headline(document: HistoryDocument, words: Words) -> tuple[str, str]:
    """Say in a word and a sentence what all months come to."""
    first = leading(document)
    if first is None:
        return "CANNOT TELL", nothing_text(document)
    word = "GONE" if first.course is Course.NO_LONGER else _WORDS[first.side or "higher"]
    return word, claim(first, words)


def leading(document: HistoryDocument) -> SeriesPart | None:
    """Return what is said first: what is worse now, else what is shown at all."""
    shown = document.of(*SHOWN)
    now = [s for s in shown if s.side == "worse" and s.course is not Course.NO_LONGER]
    return next(iter((*now, *shown)), None)


def nothing_text(document: HistoryDocument) -> str:
    """Say that no difference is shown, which is no proof that there is none."""
    n, months = len(document.series), len(document.points)
    return f"no group is shown to differ from everybody else, in {counted(n, 'rate')} over {counted(months, 'month')} that are all allowed for. That is no proof that none does."


def claim(series: SeriesPart, words: Words) -> str:
    """Say what became of one rate of a group."""
    who = group_text(series.attribute, series.group, words)
    metric = BY_NAME[series.metric].long_name
    having = f"the {series.side} {metric}"
    match series.course:
        case Course.SINCE:
            return f"Since {clipped(series.since or '')}, {who} have {having}."
        case Course.NO_LONGER:
            since = clipped(series.since or "")
            return f"Before {since}, {who} had {having}; since then that is not shown."
        case Course.THROUGHOUT:
            return f"{capital(who)} have {having} in all months together; that it began in one of them is not shown."
        case Course.UNKNOWN:
            return f"{capital(who)}: {metric} cannot be told, as {series.reason}."
    return f"{capital(who)}: no difference in {metric} is shown."


def _perhaps(series: SeriesPart) -> str:
    """Say that another month may be the first; of more than two, that there are others."""
    if not series.perhaps:
        return ""
    named = [clipped(name) for name in series.perhaps[:_MONTHS_NAMED]]
    many = len(series.perhaps) - len(named)
    others = f"{', '.join(named)} or another month" if many else " or ".join(named)
    return f" It may as well be {others}."


def proof_text(series: SeriesPart, document: HistoryDocument) -> str:
    """Say how large the difference is, before and since then."""
    names = [point.name for point in document.points]
    if series.since is None:
        return f"{capital(_sums(series.months))}. {_evidence(series)}"
    place = names.index(series.since)
    before = [m for m in series.months if names.index(m.point) < place]
    after = [m for m in series.months if names.index(m.point) >= place]
    return f"Since then {_sums(after)}. Before that {_sums(before)}. {_evidence(series)}{_perhaps(series)}"


def _evidence(series: SeriesPart) -> str:
    p = NO_VALUE if series.p_adjusted is None else p_text(series.p_adjusted)
    ratio = ""
    if series.odds_ratio is not None:
        ratio = f"Odds ratio {series.odds_ratio:.2f}"
        if series.odds_ratio_ci is not None:
            low, high = series.odds_ratio_ci
            ratio += f", 95% interval {low:.2f} to {high:.2f}"
        ratio += "; "
    return f"{ratio}p {p} after Holm."


def _sums(months: Sequence[MonthPart]) -> str:
    """Add up the people of some months."""
    x1, n1 = sum(m.numerator for m in months), sum(m.denominator for m in months)
    x2, n2 = sum(m.rest_numerator for m in months), sum(m.rest_denominator for m in months)
    own = f"{rate_text(x1 / n1)} ({x1:,} of {n1:,})" if n1 else "nobody"
    rest = f"{rate_text(x2 / n2)} of everybody else" if n2 else "nobody else"
    return f"{own}, against {rest}"


def lacking_text(part: LackingPart, words: Words) -> str:
    """Say of a group in which months there is nobody of it."""
    who = capital(group_text(part.attribute, part.group, words))
    months = joined([clipped(name) for name in part.absent[:4]])
    more = f" and {len(part.absent) - 4} more" if len(part.absent) > 4 else ""
    status = {"new": "are new", "vanished": "have vanished"}.get(part.status, "were missing in between")
    return f"{who} {status}: there is nobody of them in {months}{more}."


def course_text(series: SeriesPart) -> str:
    """Say in a cell what became of a difference."""
    match series.course:
        case Course.SINCE | Course.NO_LONGER:
            return f"{series.side} {'since' if series.course is Course.SINCE else 'before'} {clipped(series.since or '')}"
        case Course.THROUGHOUT:
            return f"{series.side} throughout"
        case Course.UNKNOWN:
            return "cannot tell"
    return "not shown"


def month_text(month: MonthPart | None) -> str:
    """Write a rate beside that of everybody else."""
    return NO_VALUE if month is None else f"{rate_text(month.value)} / {rate_text(month.rest_value)}"


def method_text(document: HistoryDocument) -> str:
    """Say what was done, and what is taken for granted."""
    order = {"given": "as they were named", "name": "by name", "time": "by when they were made"}[
        document.order
    ]
    return (
        f"{counted(len(document.points), 'month')}, {order}. Each group beside everybody else of its month, pooled by Cochran, Mantel and Haenszel; "
        "months are taken to be of different people."
    )


def left_out_text(document: HistoryDocument) -> str:
    """Say which attributes are not in all documents; empty where all are."""
    if not document.left_out:
        return ""
    return f"Left out: {'; '.join(f'{clipped(name)}, {why}' for name, why in document.left_out.items())}."


def table_title(attribute: str, earlier: int) -> str:
    """Head a table of months, of which the earlier ones may have no room."""
    more = f"; {counted(earlier, 'earlier month')} in history.json" if earlier else ""
    return f"{attribute}: rate of the group / of everybody else{more}"
