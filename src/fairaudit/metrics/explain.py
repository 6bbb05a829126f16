"""What a metric means and when it is the one to look at, from the table of metrics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fairaudit.metrics.kinds import Better, Kind, Metric
from fairaudit.metrics.table import OF_GATES
from fairaudit.settings.choices import CONFIDENCE, Effect
from fairaudit.spelling import setting


class Reach(StrEnum):
    """How many of those concerned can get decision 1."""

    EVERYBODY = "everybody"
    FEW = "few"


class Error(StrEnum):
    """Which error is the worse one."""

    WRONGLY_SELECTED = "wrongly-selected"
    MISSED = "missed"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of the guide, with what each answer means."""

    text: str
    answers: dict[str, str]


QUESTIONS: tuple[Question, ...] = (
    Question(
        text="What does decision 1 do to a person?",
        answers={
            Effect.HURTS: "a detention, a fraud flag, a refusal",
            Effect.HELPS: "a loan, a treatment, a visit",
        },
    ),
    Question(
        text="Whom can decision 1 reach?",
        answers={
            Reach.EVERYBODY: "everybody to whom it should apply",
            Reach.FEW: "only few: there is a quota, a budget, or little staff",
        },
    ),
    Question(
        text="Which error hurts people more?",
        answers={
            Error.WRONGLY_SELECTED: "decided 1 although the label is 0",
            Error.MISSED: "decided 0 although the label is 1",
            Error.BOTH: "both alike",
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Where the guide leads: metrics to look at, the first of them first."""

    metrics: tuple[str, ...]
    reason: str


def advise(effect: Effect, reach: Reach, error: Error) -> Advice:
    """Lead from three answers to the metrics to look at.

    After the fairness tree of Aequitas (Saleiro et al. 2018, arXiv:1811.05577): what hurts is looked at by its false positives, what
    helps by its false negatives; where only few can be reached, among those who are selected or passed over.
    """
    few = reach is Reach.FEW
    selected_by_mistake = Advice(
        metrics=("fdr", "precision") if few else ("fpr", "tnr"),
        reason="Of the few who are selected, which share should not be?"
        if few
        else "Of all with label 0, which share is selected by mistake?",
    )
    if effect is Effect.HELPS and few:
        missed = Advice(
            metrics=("tpr", "for"),
            reason="Of all who qualify, which share is among the few that are reached?",
        )
    elif few:
        missed = Advice(
            metrics=("for", "npv"), reason="Of those who are not selected, which share should have been?"
        )
    else:
        missed = Advice(metrics=("fnr", "tpr"), reason="Of all with label 1, which share is missed?")
    match error:
        case Error.WRONGLY_SELECTED:
            return selected_by_mistake
        case Error.MISSED:
            return missed
        case Error.BOTH:
            first, second = (
                (selected_by_mistake, missed) if effect is Effect.HURTS else (missed, selected_by_mistake)
            )
            return Advice(
                metrics=(first.metrics[0], second.metrics[0]), reason=f"{first.reason} {second.reason}"
            )


def guide() -> list[dict[str, Any]]:
    """Return every way through the questions with where it leads."""
    return [
        {
            "effect": effect.value,
            "reach": reach.value,
            "error": error.value,
            "metrics": list(advice.metrics),
            "reason": advice.reason,
        }
        for effect in Effect
        for reach in Reach
        for error in Error
        for advice in (advise(effect, reach, error),)
    ]


def find_metric(name: str) -> Metric | None:
    """Find a metric by its short or long name, or what else people call it; ``None`` where there is none."""
    wanted = _folded(name)
    return next(
        (
            m
            for m in OF_GATES.values()
            if wanted in {_folded(known) for known in (m.name, m.long_name, *m.also)}
        ),
        None,
    )


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").replace("_", " ").split())


def facts(metric: Metric) -> dict[str, Any]:
    """Return a metric's row for JSON, in which no number is infinite."""
    return {
        "name": metric.name,
        "long_name": metric.long_name,
        "formula": metric.formula,
        "estimates": metric.estimates,
        "says": metric.says,
        "when": metric.when,
        "source": metric.source,
        "needs": metric.needs.value,
        "better": metric.better.value,
        "numerator": list(metric.numerator),
        "denominator": list(metric.denominator),
        "parity": metric.parity,
        "aequitas": metric.aequitas,
        "least": metric.least,
        "most": None if math.isinf(metric.most) else metric.most,
    }


def explain(metric: Metric) -> list[tuple[str, str]]:
    """Explain a metric in headed sentences."""
    better = {
        Better.HIGHER: "higher is better",
        Better.LOWER: "lower is better",
        Better.NEITHER: "neither high nor low is good in itself",
    }[metric.better]
    top = "infinity" if metric.most == float("inf") else f"{metric.most:g}"
    rows = [
        ("formula", metric.formula),
        ("estimates", metric.estimates),
        ("range", f"{metric.least:g} to {top}; {better}"),
        ("a higher value", metric.says),
        ("look at it", metric.when),
        ("needs", metric.needs.value),
        ("interval", _interval(metric.kind)),
    ]
    if metric.parity:
        rows.append(
            (
                "parity",
                f"{metric.parity} (Aequitas's name): the ratio to the reference group lies within tau to 1/tau",
            )
        )
    if metric.equality:
        rows.append(
            (
                "in bias",
                f"compared with the reference group, and judged ({metric.equality}) only if {setting('metric', metric.name)} asks for it",
            )
        )
    if metric.also:
        rows.append(("also called", ", ".join(metric.also)))
    return [*rows, ("source", metric.source)]


def _interval(kind: Kind) -> str:
    """Say how the interval is computed, and after whom."""
    return f"{kind.interval}, {CONFIDENCE:.0%} ({kind.interval_source})" if kind.interval else "not computed"
