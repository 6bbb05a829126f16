"""Adverse impact for those who read no terminal: its sentences, and its tables as texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from fairaudit.documents.impact import ImpactDocument, ImpactGroupPart, ImpactTablePart
from fairaudit.errors import clipped
from fairaudit.render.words import impact as words_for
from fairaudit.render.words import lending
from fairaudit.render.words import within as within_words
from fairaudit.render.words.people import Words
from fairaudit.render.words.sections import Section, section, within_sections
from fairaudit.settings.choices import Profile

HEADING, FOLD = "Adverse impact", "Tests, shortfalls and strata"


def sentences(document: ImpactDocument) -> tuple[str, ...]:
    """Say what came out, what is left of it within strata, and by whose definitions."""
    words, judged = words_for.words_for(document), document.rules.limit is not None
    within = [
        text
        for part in document.within or ()
        if within_words.is_paradox(part, judged=judged)
        for text in within_words.sentences(part, words, judged=judged)
    ]
    first = next(iter(words_for.claims(document)), None)
    behind = () if first is None else (f"{first[0]}: {' '.join(first[1])}",)
    return (words_for.summary(document), *within, *behind, words_for.by_whom(document))


def sections(document: ImpactDocument) -> tuple[Section, ...]:
    """Return the tables: of rates in the open, of tests and shortfalls folded."""
    words = words_for.words_for(document)
    parts: list[Section] = []
    for table in document.tables:
        parts += _of_table(table, document, words)
    parts += within_sections(document.within or (), words)
    if document.representation:
        rows = [(clipped(p.group), *lending.representation_row(p)) for p in document.representation]
        title = lending.representation_title(document.representation)
        parts.append(section(title, lending.REPRESENTATION_HEADS, rows))
    return tuple(parts)


def _of_table(table: ImpactTablePart, document: ImpactDocument, words: Words) -> Iterable[Section]:
    title = words_for.title(table, words)
    rates = [(clipped(g.group), *words_for.rate_row(g, document)) for g in table.groups]
    yield section(title, words_for.rate_heads(document), rates, notes=words_for.notes(document, table, words))
    compared = [g for g in table.groups if g.difference is not None and not g.is_reference]
    if document.rules.profile is not Profile.LL144:
        yield from _listed(f"{title}: tests", compared, words_for.EVIDENCE_HEADS, words_for.evidence_row)
        yield from _listed(f"{title}: shortfalls", compared, words_for.SHORT_HEADS, words_for.short_row)
    beside = [g for g in table.groups if g.lending is not None and not g.is_reference and not g.excluded]
    yield from _listed(f"{title}: lending", beside, lending.LENDING_HEADS, lending.lending_row, folded=False)
    if heads := lending.decile_heads(document):
        yield from _listed(f"{title}: impact ratios by decile", beside, heads, lending.decile_row)
        differences = f"{title}: standardised differences by decile"
        yield from _listed(differences, beside, heads, lending.decile_smd_row)


def _listed(
    title: str,
    groups: Sequence[ImpactGroupPart],
    heads: tuple[str, ...],
    row: Callable[[ImpactGroupPart], tuple[str, ...]],
    *,
    folded: bool = True,
) -> Iterable[Section]:
    if groups:
        yield section(title, heads, [(clipped(g.group), *row(g)) for g in groups], folded=folded)
