"""The numbers of documents, each with its family, what tells it apart, and where it stands in a flat list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fairaudit.documents.audit import BiasDocument, FairnessDocument, SlicesDocument
from fairaudit.documents.classes import ClassesDocument
from fairaudit.documents.gates import CheckDocument, Outcome
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.parts import Envelope, EstimatePart, Interval, Verdict

EVERYBODY = "everybody"
FAMILIES: Mapping[str, str] = {
    "people": "People in a slice.",
    "share": "Share of everybody who is in a slice.",
    "metric": "A metric of a slice, or of everybody where no attribute is named.",
    "metric_low": "Lower end of its interval.",
    "metric_high": "Upper end of its interval.",
    "class_metric": "A metric of one of several classes, against all others.",
    "ratio": "A metric of a group divided by that of its reference group.",
    "ratio_low": "Lower end of the interval of the ratio.",
    "ratio_high": "Upper end of the interval of the ratio.",
    "verdict": "1 for the verdict of the audit or the policy, 0 for the others.",
    "gate": "1 for the outcome of a gate, 0 for the others.",
    "gate_value": "What a gate limits, in a group.",
    "rows": "Rows of the input that were used, and that were dropped.",
    "run_timestamp_seconds": "When the documents were made.",
    "undefined": "Numbers that are undefined and so left out.",
}
"""What each family holds, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One number; `path` is where it stands in a flat list, none where it does not."""

    family: str
    labels: Mapping[str, str] = field(default_factory=dict)
    value: float
    path: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """A number that may be undefined."""

    family: str
    labels: Mapping[str, str]
    value: float | None
    path: Sequence[str]


def samples(documents: Iterable[Envelope]) -> list[Sample]:
    """Collect the numbers of documents, those of one family together; what is undefined is left out and counted, and what several documents say is there once."""
    known: dict[tuple[str, tuple[tuple[str, str], ...]], _Number] = {}
    for document in documents:
        for number in _numbers(document):
            known.setdefault((number.family, tuple(number.labels.items())), number)
    undefined = sum(number.value is None for number in known.values())
    order = list(FAMILIES)
    collected = [
        Sample(family=n.family, labels=n.labels, value=n.value, path=n.path)
        for n in known.values()
        if n.value is not None
    ]
    collected.append(Sample(family="undefined", value=undefined, path=("undefined",)))
    return sorted(collected, key=lambda sample: order.index(sample.family))


def _numbers(document: Envelope) -> Iterator[_Number]:
    source = document.input
    yield _number("rows", source.used, "rows used", state="used")
    yield _number("rows", sum(source.dropped.values()), "rows dropped", state="dropped")
    yield _Number(family="run_timestamp_seconds", labels={}, value=document.created.timestamp(), path=())
    match document:
        case GroupDocument():
            yield from _measured("", "", document.overall.n, document.overall.share, document.overall.metrics)
            for g in document.groups:
                yield from _measured(g.attribute, g.group, g.n, g.share, g.metrics)
        case SlicesDocument():
            yield from _measured("", "", document.overall.n, document.overall.share, document.overall.metrics)
            for s in document.slices:
                yield from _measured(s.feature, s.slice, s.n, s.share, s.metrics)
        case ClassesDocument():
            yield from _classes(document)
        case BiasDocument():
            yield from _ratios(document)
        case FairnessDocument():
            yield from _verdict(document.answer.verdict)
        case CheckDocument():
            yield from _gates(document)


def _number(family: str, value: float | None, *path: str, **labels: str) -> _Number:
    return _Number(family=family, labels=labels, value=value, path=path)


def _slice(attribute: str, group: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return where the numbers of a slice stand, and what tells them apart."""
    if not attribute and not group:
        return (EVERYBODY,), {}
    return (attribute, group), {"attribute": attribute, "group": group}


def _measured(
    attribute: str, group: str, n: int, share: float, metrics: Mapping[str, EstimatePart]
) -> Iterator[_Number]:
    path, labels = _slice(attribute, group)
    yield _number("people", n, *path, "people", **labels)
    yield _number("share", share, *path, "share", **labels)
    for name, estimate in metrics.items():
        yield _number("metric", estimate.value, *path, name, **labels, metric=name)
        yield from _ends("metric", estimate.ci, metric=name, **labels)


def _ends(
    family: str, ends: Interval | tuple[float, float | None] | None, **labels: str
) -> Iterator[_Number]:
    """Write the ends of an interval that there are; they stand in no flat list."""
    for side, value in zip(("low", "high"), ends or (None, None), strict=True):
        if value is not None:
            yield _Number(family=f"{family}_{side}", labels=labels, value=value, path=())


def _classes(document: ClassesDocument) -> Iterator[_Number]:
    parts = [("", "", document.overall), *((s.feature, s.slice, s) for s in document.slices)]
    for attribute, group, part in parts:
        yield from _measured(attribute, group, part.n, part.share, part.metrics)
        path, labels = _slice(attribute, group)
        for one in part.classes:
            rates = {"precision": one.precision, "recall": one.recall, "f1": one.f1}
            for name, estimate in rates.items():
                named = {**labels, "class": one.name, "metric": name}
                yield _number("class_metric", estimate.value, *path, one.name, name, **named)


def _ratios(document: BiasDocument) -> Iterator[_Number]:
    yield from _verdict(document.answer.verdict)
    for d in document.disparities:
        if d.is_reference:
            continue
        path, labels = _slice(d.attribute, d.group)
        named = {**labels, "metric": d.metric, "reference": d.reference_group or ""}
        yield _number("ratio", d.ratio, *path, d.metric, "ratio", **named)
        yield from _ends("ratio", d.ratio_ci, **named)


def _verdict(verdict: Verdict) -> Iterator[_Number]:
    for one in Verdict:
        yield _number("verdict", int(one is verdict), "verdict", one.value, verdict=one.value)


def _gates(document: CheckDocument) -> Iterator[_Number]:
    yield from _verdict(document.verdict)
    names = [gate.name for gate in document.gates]
    for place, gate in enumerate(document.gates):
        before = names[:place].count(gate.name)
        name = f"{gate.name} ({before + 1})" if before else gate.name
        for outcome in Outcome:
            reached = int(outcome is gate.outcome)
            yield _number("gate", reached, "gate", name, outcome.value, gate=name, outcome=outcome.value)
        for one in gate.findings:
            path, labels = _slice(one.attribute, one.group)
            yield _number("gate_value", one.value, "gate", name, *path, gate=name, **labels)
