"""What a report says of every attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fairaudit.documents.answer import answer_of
from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.folder import Results
from fairaudit.documents.ranking import urgency, worst_disparities
from fairaudit.render.report.parts import MOST_TEXT, Attribute, metric_head, shown_text
from fairaudit.render.report.rows import Row, WrittenRow, written_row
from fairaudit.render.words.answer import behind_claim, claim
from fairaudit.render.words.compared import compared_text, within_text
from fairaudit.render.words.evidence import evidence_text
from fairaudit.render.words.names import VERDICT_WORDS
from fairaudit.render.words.people import Words, words_of_results
from fairaudit.render.words.shares import rate_head
from fairaudit.render.words.values import NO_VALUE, times_text
from fairaudit.settings.choices import Decide
from fairaudit.settings.limits import interval_text
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


def overview(
    documents: Results, attributes: Sequence[Attribute], ratios: Sequence[str]
) -> dict[str, Any] | None:
    """List the verdicts of all attributes, if there are several."""
    if len(attributes) < 2 or documents.bias is None:
        return None
    words = words_of_results(documents)
    groups: dict[str, set[str]] = {}
    for d in documents.bias.disparities:
        groups.setdefault(d.attribute, set()).add(d.group)
    return {
        "head": [(metric_head(metric), shown_text(rate_head(metric, words))) for metric in ratios],
        "rows": [
            {
                "place": place,
                "name": shown_text(attribute.name),
                "groups": len(groups[attribute.name]),
                "verdict": VERDICT_WORDS[attribute.verdict] if attribute.verdict else "",
                "cells": [
                    (metric_head(m), VERDICT_WORDS[v] if (v := attribute.by_metric.get(m)) else "")
                    for m in ratios
                ],
            }
            for place, attribute in enumerate(attributes)
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """What a comparison rests on: its intervals, and its p-values by the names of their tests."""

    group: str
    metric: str
    ratio: str
    intervals: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributePage:
    """What the page shows of an attribute.

    Attributes
    ----------
    claims
        What is found, a sentence or two each.
    left_out
        How many groups the written table has no room for; the script draws them.
    """

    place: int
    name: str
    verdict: str
    reference: str
    claims: tuple[str, ...]
    head: tuple[tuple[str, str], ...]
    rows: tuple[WrittenRow, ...]
    evidence: tuple[EvidenceRow, ...]
    left_out: int
    is_open: bool


def attribute_pages(
    documents: Results, attributes: Sequence[Attribute], rows: Sequence[Row], ratios: Sequence[str]
) -> list[AttributePage]:
    """Return what the page shows of each attribute: what is found, the table of its groups, what that rests on."""
    bias = documents.bias
    if bias is None:
        return []
    members: dict[str, list[Row]] = {}
    for row in rows:
        if row.disparities:
            members.setdefault(row.feature, []).append(row)
    words = words_of_results(documents)
    is_much = sum(map(len, members.values())) > MOST_WRITTEN
    most = MOST_OF_ATTRIBUTE if is_much else MOST_WRITTEN
    head = tuple((metric_head(metric), shown_text(rate_head(metric, words))) for metric in ratios)
    evident = [m for m in ratios if m in bias.family.metrics] if is_much else ratios
    claims, comparisons = _claims(documents, bias), bias.comparisons
    pages = []
    for place, attribute in enumerate(attributes):
        rows_of_attribute = members.get(attribute.name, [])
        shown = rows_of_attribute[:most]
        pages.append(
            AttributePage(
                place=place,
                name=shown_text(attribute.name),
                verdict=VERDICT_WORDS[attribute.verdict] if attribute.verdict else "",
                reference=_reference_sentence(bias, attribute.name, rows_of_attribute, words),
                claims=tuple(claims.get(attribute.name, ())),
                head=head,
                rows=tuple(written_row(row, ratios, bias.band) for row in shown),
                evidence=tuple(
                    _evidence(row, metric, bias, comparisons)
                    for row in shown
                    for metric in evident
                    if _is_compared(row, metric)
                ),
                left_out=max(0, len(rows_of_attribute) - most),
                is_open=place < MOST_OPEN,
            )
        )
    return pages


def _claims(documents: Results, bias: BiasDocument) -> dict[str, list[str]]:
    """Say of each attribute what fails first, or else what is the farthest from equal among what cannot be told."""
    answer, words = answer_of(bias, documents.group), words_of_results(documents)
    claims: dict[str, list[str]] = {}
    for finding in (*answer.findings, *answer.open):
        if finding.attribute in claims:
            continue
        claimed = claim(finding, words=words)
        texts = (claimed.sentence, behind_claim(finding, claimed, people=bias.people, words=words))
        claims[finding.attribute] = [shown_text(text, most=MOST_TEXT) for text in texts]
    for attribute in answer.equal:
        claims.setdefault(attribute, [f"{within_text(bias)}."])
    return claims


def _is_compared(row: Row, metric: str) -> bool:
    d = row.disparities.get(metric)
    return d is not None and not d.is_reference and (d.ratio_ci is not None or d.p_value is not None)


def _evidence(row: Row, metric: str, bias: BiasDocument, comparisons: int) -> EvidenceRow:
    d = row.disparities[metric]
    shown: list[tuple[float, tuple[float, float | None] | None]] = [(95, d.ratio_ci)]
    if bias.settings.decide is not Decide.POINT:
        shown.append((90, d.ratio_ci90))
    if d.resting[0] not in (90, 95):
        shown.append(d.resting)
    return EvidenceRow(
        group=shown_text(row.shown),
        metric=metric_head(metric),
        ratio=NO_VALUE if d.ratio is None else times_text(d.ratio, bias.band),
        intervals="; ".join(
            f"{level}%: {interval_text(ci, bias.band)}" for level, ci in shown if ci is not None
        ),
        evidence=evidence_text(d, bias, comparisons=comparisons) or NO_VALUE,
    )


def _reference_sentence(bias: BiasDocument, attribute: str, rows: Sequence[Row], words: Words) -> str:
    reference = bias.references.get(attribute)
    row = next((row for row in rows if row.name == reference), None)
    if isinstance(reference, str) and reference != EVERYBODY_ELSE:
        name = shown_text(reference) if row is None else f"{shown_text(row.shown)} ({row.n:,} {words.people})"
        return compared_text(bias, attribute, words, reference=name)
    return compared_text(bias, attribute, words)
