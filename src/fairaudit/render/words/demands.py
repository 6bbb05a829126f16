"""What gates ask and allow, in sentences."""

from __future__ import annotations

from fairaudit.documents.gates import GatePart, Limit
from fairaudit.metrics.kinds import DECIDED_0, DECIDED_1
from fairaudit.metrics.table import OF_GATES
from fairaudit.render.words.names import joined, shown_name
from fairaudit.render.words.people import Words
from fairaudit.render.words.shares import PREDICATES, base_text, predicate_text
from fairaudit.render.words.values import with_minus
from fairaudit.render.words.waivers import change_question
from fairaudit.settings.choices import Effect


def question(gate: GatePart, words: Words, effect: Effect | None = None) -> str:
    """Say what a gate asks.

    For example "Are people with label 0 wrongly selected about equally often?".
    """
    name = OF_GATES[gate.metric].long_name
    if gate.of_baseline:
        return change_question(gate)
    if gate.limit is Limit.LEVEL:
        where = " in every group" if gate.attributes else ""
        if OF_GATES[gate.metric].kind.of_everybody and not gate.columns:
            return f"Is every group {allowed_text(gate)} of all {words.people}?"
        return f"Is the {measured_text(gate)} {allowed_text(gate)}{where}?"
    if gate.metric not in PREDICATES:
        return f"Is the {name} about equal in all groups?"
    if OF_GATES[gate.metric].is_of_whole:
        return f"Do groups have about equal shares of all {words.selected}?"
    harm = effect is not None and effect in OF_GATES[gate.metric].worse
    happens = predicate_text(gate.metric, words, harm=harm).removeprefix("are ")
    of_decided = frozenset(OF_GATES[gate.metric].denominator) in (frozenset(DECIDED_0), frozenset(DECIDED_1))
    whom = words.people if of_decided else f"{words.people}{base_text(gate.metric, words)}"
    return f"Are {whom} {happens} about equally often?"


def measured_text(gate: GatePart) -> str:
    """Name what a gate limits: its metric, and whose values are missing."""
    of = f" of {joined([shown_name(column) for column in gate.columns])}" if gate.columns else ""
    return f"{OF_GATES[gate.metric].long_name}{of}"


def allowed_text(gate: GatePart) -> str:
    """Write what a gate allows: ratios, differences, or a group's own value."""
    if gate.limit is Limit.DIFFERENCE and (gate.max_drop is not None or gate.max_rise is not None):
        sides = (("drop", gate.low), ("rise", gate.high))
        return " and ".join(
            f"a {side} of at most {_limit_text(gate, abs(most))}" for side, most in sides if most is not None
        )
    if gate.limit is Limit.DIFFERENCE:
        return f"at most {_limit_text(gate, gate.high or 0.0)}"
    low, high = (None if value is None else _limit_text(gate, value) for value in (gate.low, gate.high))
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if high is None else f"at most {high}"


def _limit_text(gate: GatePart, value: float) -> str:
    """Write a limit: a ratio with two decimals, a share in percent, a difference of shares in points."""
    if gate.limit is Limit.RATIO:
        return f"{value:.2f}" if value >= 0.1 else f"{value:.3g}"
    if not OF_GATES[gate.metric].is_rate:
        return with_minus(f"{value:z.6g}")
    number = f"{100 * value:.6g}"
    return f"{number}{' point' if number == '1' else ' points'}" if in_points(gate) else f"{number}%"


def in_points(gate: GatePart) -> bool:
    """Tell whether values are differences of shares."""
    return gate.limit is Limit.DIFFERENCE and OF_GATES[gate.metric].is_rate


def demand_sentence(gate: GatePart) -> str:
    """Say what a gate demands, without a full stop."""
    groups = joined([shown_name(name) for name in gate.attributes])
    in_groups = " in" if gate.columns else " of"
    whom = (
        f"{in_groups} every group of {groups}" if gate.attributes else "" if gate.columns else " of everybody"
    )
    of = f"The {measured_text(gate)}{whom}"
    if gate.of_baseline:
        allowed = allowed_text(gate)
        if gate.max_drop is not None or gate.max_rise is not None:
            return f"{of} may show {allowed} since the baseline"
        by = f"be {allowed} times" if gate.limit is Limit.RATIO else f"differ by {allowed} from"
        return f"{of} has to {by} what it is in the baseline"
    match gate.limit:
        case Limit.RATIO:
            return f"{of} has to be {allowed_text(gate)} times that of its reference group"
        case Limit.DIFFERENCE:
            return f"{of} has to differ by {allowed_text(gate)} from that of its reference group"
        case Limit.LEVEL:
            return f"{of} has to be {allowed_text(gate)}"
