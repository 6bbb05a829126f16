"""What Aequitas says, and its parities under its own names, for a folded part of a report."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.documents.audit import FairnessDocument
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.report.parts import shown_text
from fairaudit.render.words.values import aequitas_text


@dataclass(frozen=True, slots=True, kw_only=True)
class AequitasRow:
    """A parity of an attribute, or of all attributes together where `attribute` is empty."""

    attribute: str
    parity: str
    metric: str
    verdict: str
    aequitas: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AequitasPart:
    """The whole part: its summary, then every parity of every attribute."""

    summary: tuple[AequitasRow, ...]
    parities: tuple[AequitasRow, ...]


def aequitas_part(document: FairnessDocument | None) -> AequitasPart | None:
    """Return what Aequitas says beside us; ``None`` where nothing was judged."""
    if document is None:
        return None
    metric_of = document.metric_of
    summary = tuple(
        AequitasRow(
            attribute="",
            parity=kind,
            metric="",
            verdict=part.verdict.value,
            aequitas=aequitas_text(part.aequitas),
        )
        for kind, part in document.overall.items()
    )
    parities = tuple(
        AequitasRow(
            attribute=shown_text(part.attribute),
            parity=part.parity,
            metric=BY_NAME[metric].long_name if (metric := metric_of.get(part.parity)) else "several metrics",
            verdict=part.verdict.value,
            aequitas=aequitas_text(part.aequitas),
        )
        for part in document.attributes
    )
    return AequitasPart(summary=summary, parities=parities)
