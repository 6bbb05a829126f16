"""What stands above and below tables: what is compared with what, of how many people, and how well they are decided about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.documents.parts import OverallPart
from fairaudit.errors import clipped, written
from fairaudit.metrics.table import BESIDE_METRICS, BY_NAME
from fairaudit.render.words.findings import correction
from fairaudit.render.words.names import joined
from fairaudit.render.words.people import Words, group_text, named_values
from fairaudit.render.words.values import metric_value, tolerance, worth_meaning
from fairaudit.slices.grammar import EVERYBODY_ELSE
from fairaudit.spelling import setting

if TYPE_CHECKING:
    from fairaudit.documents.audit import BiasDocument
    from fairaudit.documents.model import PredictDocument, TrainDocument


def compared_text(bias: BiasDocument, attribute: str, words: Words, *, reference: str = "") -> str:
    """Say what the groups of an attribute are compared with, without a full stop.

    Parameters
    ----------
    reference
        What the group is called that is the reference; left out, as sentences call it.
    """
    group = bias.references.get(attribute)
    if group == EVERYBODY_ELSE:
        return "compared with everybody else"
    if not group:
        return "no group to compare with"
    if not isinstance(group, str):
        return "compared with the group that has the lowest rate, metric by metric"
    return f"compared with {reference or group_text(attribute, group, words)}"


def within_text(bias: BiasDocument) -> str:
    """Say that nothing exceeds what is tolerated, without a full stop."""
    return f"Every ratio lies within {tolerance(bias.band)}"


def beside_metrics(bias: BiasDocument) -> list[str]:
    """Name the metrics that are compared, and that nobody asked to judge."""
    there = {d.metric for d in bias.disparities}
    return [m.name for m in BESIDE_METRICS if m.name in there and m.name not in bias.family.metrics]


def beside_note() -> str:
    """Say why some metrics are compared, and not judged."""
    return f"Base rates are facts of the data, no fault of a model. {setting('metric')} judges one of these; intervals and p-values are in bias.json."


def at_the_top(places: list[int]) -> str:
    """Say where a finding is told, as a sentence; empty if nowhere.

    >>> at_the_top([1, 2]), at_the_top([])
    ('See 1 and 2 at the top.', '')
    """
    return f"See {joined([str(place) for place in places])} at the top." if places else ""


def attributes_lead(bias: BiasDocument | None) -> list[str]:
    """Say what a table shows, and which metrics decide."""
    if bias is None:
        return []
    names = joined([BY_NAME[m].long_name for m in bias.family.metrics])
    sentences = [
        f"Rates come first, then each over its reference group’s. Ratios from {tolerance(bias.band)} are tolerated."
    ]
    if names:
        sentences.append(f"The verdict rests on {names}.")
    return sentences


def corrected_text(bias: BiasDocument) -> str:
    """Say what was corrected for, and what a pass needs; empty where nothing was."""
    corrected = correction(bias)
    return f"{corrected}; a pass needs the 90% interval within the tolerance." if corrected else ""


def overall_text(overall: OverallPart, people: str) -> str:
    """Say how many people there are, how many are selected, and how many of them are decided rightly."""
    n = f"{overall.n:,} {people}" + ("" if overall.rows is None else f" in {overall.rows:,} rows")
    metrics = overall.metrics
    if "accuracy" in metrics:
        return (
            f"Of {n}, {metric_value('pprev', metrics['pprev'].value)} are selected and "
            f"{metric_value('accuracy', metrics['accuracy'].value)} decided rightly "
            f"(FPR {metric_value('fpr', metrics['fpr'].value)}, FNR {metric_value('fnr', metrics['fnr'].value)})."
        )
    if "pprev" in metrics:
        return f"Of {n}, {metric_value('pprev', metrics['pprev'].value)} are selected."
    return f"{n}."


def worth_note(overall: OverallPart, people: str) -> str:
    """Say what it means that rows are worth so many people; empty where each is one."""
    base = overall.metrics.get("pprev")
    if base is None or base.effective is None:
        return ""
    return worth_meaning("the selection rate", rows=overall.rows, people=people)


def model_text(document: TrainDocument) -> str:
    """Say how often a model is right on rows that it did not learn from."""
    test, prevalence = document.metrics["test"], document.data.prevalence
    return (
        f"The model is right for {metric_value('accuracy', test['accuracy'].value)} of {document.split.test:,} held-out rows "
        f"({prevalence['test']:.1%} have {clipped(document.settings.target)} {named_values(document.settings.positive)[0]}); it learnt from {document.split.train:,}."
    )


def scored_text(document: PredictDocument) -> str:
    """Say how many rows a model has scored, and how many of them are selected."""
    used = document.input.used
    return (
        f"{used:,} rows scored; {document.selected:,} ({document.selected / used:.1%}) "
        f"are decided 1 (score >= {written(document.settings.threshold)})."
    )
