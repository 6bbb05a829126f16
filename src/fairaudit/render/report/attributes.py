"""What a report says of every attribute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.folder import Results
from fairaudit.documents.ranking import urgency, worst_disparities
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.report.parts import Attribute, metric_head, shown_text
from fairaudit.render.report.rows import Row, written_row
from fairaudit.render.words.findings import CHOSEN_BY_DATA, DECIDED_BY_POINT, correction, judged
from fairaudit.render.words.names import VERDICT_WORDS
from fairaudit.render.words.values import tolerance
from fairaudit.settings.choices import Decide
from fairaudit.slices.grammar import EVERYBODY_ELSE

MOST_WRITTEN = 480
"""How many groups are written into the page as they stand; of more, `MOST_OF_ATTRIBUTE` of each attribute, and the script draws the others."""
MOST_OF_ATTRIBUTE = 8
MOST_OPEN = 6
"""How many attributes lie open at first, those that fail before the others."""


def attribute_pages_of(documents: Results) -> list[Attribute]:
    """Gather the attributes, those that fail first."""
    bias = documents.bias
    if bias is None:
        return []
    by_attribute: dict[str, list[DisparityPart]] = {}
    for d in bias.disparities:
        by_attribute.setdefault(d.attribute, []).append(d)
    attributes = []
    for name, disparities in by_attribute.items():
        own = BiasDocument.model_construct(disparities=disparities, family=bias.family)
        attributes.append(
            Attribute(
                name=name,
                verdict=bias.answer.attributes.get(name),
                by_metric=bias.verdicts_of(name),
                ranked=worst_disparities(own),
            )
        )
    return sorted(attributes, key=lambda a: urgency(a.verdict))


def attributes_lead(bias: BiasDocument | None) -> list[str]:
    """Say what is compared with what, and what a verdict rests on."""
    if bias is None:
        return []
    family = bias.family
    names = ", ".join(BY_NAME[m].long_name for m in family.metrics)
    sentences = [
        f"Each rate is divided by the reference group’s. A ratio from {tolerance(bias.band)} is tolerated."
    ]
    if names:
        sentences.append(f"The verdict rests on {names}; other metrics are shown beside them.")
    if bias.settings.decide is Decide.POINT:
        sentences.append(DECIDED_BY_POINT)
    elif corrected := correction(bias):
        sentences.append(
            f"{corrected}; a pass needs the 90% interval within the tolerance; all else is undecided."
        )
    if any(d.comparisons > 1 for d in bias.disparities):
        sentences.append(CHOSEN_BY_DATA)
    return sentences


def overview(
    documents: Results, attributes: Sequence[Attribute], ratios: Sequence[str]
) -> dict[str, Any] | None:
    """List the verdicts of all attributes, if there are several."""
    if len(attributes) < 2 or documents.bias is None:
        return None
    groups: dict[str, set[str]] = {}
    for d in documents.bias.disparities:
        groups.setdefault(d.attribute, set()).add(d.group)
    return {
        "head": [(metric_head(metric), BY_NAME[metric].long_name) for metric in ratios],
        "rows": [
            {
                "place": place,
                "name": shown_text(attribute.name),
                "groups": len(groups[attribute.name]),
                "verdict": VERDICT_WORDS[attribute.verdict] if attribute.verdict else "",
                "cells": [VERDICT_WORDS[v] if (v := attribute.by_metric.get(m)) else "" for m in ratios],
            }
            for place, attribute in enumerate(attributes)
        ],
    }


def attribute_pages(
    documents: Results, attributes: Sequence[Attribute], rows: Sequence[Row], ratios: Sequence[str]
) -> list[dict[str, Any]]:
    """Return what the page shows of each attribute: its table of ratios, the sentence above it."""
    bias = documents.bias
    if bias is None:
        return []
    members: dict[str, list[Row]] = {}
    for row in rows:
        if row.disparities:
            members.setdefault(row.feature, []).append(row)
    most = (
        MOST_WRITTEN
        if sum(len(rows_of_attribute) for rows_of_attribute in members.values()) <= MOST_WRITTEN
        else MOST_OF_ATTRIBUTE
    )
    band = bias.band
    pages = []
    for place, attribute in enumerate(attributes):
        rows_of_attribute = members.get(attribute.name, [])
        pages.append(
            {
                "place": place,
                "name": shown_text(attribute.name),
                "verdict": VERDICT_WORDS[attribute.verdict] if attribute.verdict else "",
                "reference": _reference_sentence(bias, attribute.name, rows_of_attribute),
                "finding": f"{judged(attribute.ranked[0], bias.tolerance, people=bias.people)}."
                if attribute.ranked
                else "",
                "table": {
                    "head": [(metric_head(metric), BY_NAME[metric].long_name) for metric in ratios],
                    "rows": [written_row(row, ratios, band) for row in rows_of_attribute[:most]],
                },
                "left_out": max(0, len(rows_of_attribute) - most),
                "is_open": place < MOST_OPEN,
            }
        )
    return pages


def _reference_sentence(bias: BiasDocument, attribute: str, rows: Sequence[Row]) -> str:
    reference = bias.references.get(attribute)
    if reference == EVERYBODY_ELSE:
        return "each group compared with everybody else"
    if not isinstance(reference, str):
        return "compared with the group that is lowest in each metric"
    people = next((row.n for row in rows if row.name == reference), None)
    return f"compared with {shown_text(reference)}" + ("" if people is None else f" ({people:,} people)")
