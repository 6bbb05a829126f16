"""Cells of what lenders ask, and of groups beside a population."""

from __future__ import annotations

from fairaudit.documents.impact import ImpactDocument, ImpactGroupPart, RepresentationPart
from fairaudit.errors import clipped
from fairaudit.render.words.within import small_p
from fairaudit.settings.limits import number_text

LENDING_HEADS = ("Group", "Impact ratio", "Marginal effect", "Denial ratio", "Odds ratio", "SMD")
REPRESENTATION_HEADS = (
    "Group",
    "Population",
    "People",
    "Share",
    "SD",
    "p",
    "Selected",
    "Share of them",
    "SD",
    "p",
)


def lending_row(group: ImpactGroupPart) -> tuple[str, ...]:
    """Write the cells of a group in the table for lenders, without its name; the marginal effect is in points."""
    lending = group.lending
    effect = None if lending is None or lending.marginal_effect is None else 100 * lending.marginal_effect
    return (
        _cell(group.impact_ratio, 3),
        _cell(effect, 1),
        _cell(lending.denial_ratio if lending else None, 3),
        _cell(group.odds_ratio, 3),
        _cell(group.smd, 3),
    )


def decile_heads(document: ImpactDocument) -> tuple[str, ...]:
    """Name the columns of impact ratios at each decile; empty where scores are not compared."""
    deciles = next(
        (g.lending.deciles for t in document.tables for g in t.groups if g.lending and g.lending.deciles), []
    )
    return ("Group", *(f"{top.share:.0%}" for top in deciles)) if deciles else ()


def decile_row(group: ImpactGroupPart) -> tuple[str, ...]:
    """Write a group's impact ratio at each decile, without its name."""
    return tuple(_cell(top.impact_ratio, 2) for top in group.lending.deciles) if group.lending else ()


def decile_smd_row(group: ImpactGroupPart) -> tuple[str, ...]:
    """Write a group's standardised difference at each decile, without its name."""
    return tuple(_cell(top.smd, 2) for top in group.lending.deciles) if group.lending else ()


def representation_row(part: RepresentationPart) -> tuple[str, ...]:
    """Write the cells of a group beside a population, without its name."""
    return (
        _percent(part.population_share),
        f"{part.n:,}",
        _percent(part.share),
        _cell(part.sd, 2),
        small_p(part.p_binomial),
        "–" if part.selected is None else f"{part.selected:,}",
        _percent(part.selected_share),
        _cell(part.selected_sd, 2),
        small_p(part.selected_p_binomial),
    )


def representation_title(parts: list[RepresentationPart]) -> str:
    """Say what a table beside a population is of."""
    return f"{clipped(parts[0].attribute)} beside the population"


def selected_title(parts: list[RepresentationPart]) -> str:
    """Say what a table of those who are selected is of."""
    return f"{clipped(parts[0].attribute)} of those who are selected beside the population"


def smd_text(document: ImpactDocument) -> str:
    """Say by which standard deviation differences of mean scores are divided; empty where there are none."""
    if document.rules.smd is None:
        return ""
    whose = "both groups pooled" if document.rules.smd == "pooled" else "everybody"
    return f"SMD: mean score of the group minus the reference's, in standard deviations of {whose}. Columns of percent: if so many of all people were selected from the highest score down, first impact ratios, then SMD of being selected."


def _cell(value: float | None, decimals: int) -> str:
    return "–" if value is None else number_text(value, decimals)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
