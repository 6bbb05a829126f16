"""What a comparison of selection rates came to, as its document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fairaudit.documents.envelope import Origin, audit_envelope, float_or_none
from fairaudit.documents.impact import (
    FlipFlopPart,
    ImpactDocument,
    ImpactGroupPart,
    ImpactRules,
    ImpactTablePart,
    MoreTestsPart,
    ShortfallPart,
)
from fairaudit.documents.strata import Within, within_part
from fairaudit.inference import odds
from fairaudit.inference.hypergeometric import standard_deviations, two_sided_mid
from fairaudit.inference.odds import TwoRates
from fairaudit.profiles import rules
from fairaudit.profiles.tables import Compared, Table
from fairaudit.settings.choices import CONFIDENCE, Effect
from fairaudit.settings.impact import ImpactOptions
from fairaudit.settings.numbers import tau_text

NO_LIMIT = "this profile has no limit"
_NOT_SELECTED = "nobody of the reference is selected"
_ALIKE = "all of both have the same outcome"
_EMPTY_CELL = "a cell of the table is empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What was asked, and what was compared; `decided` tells whether it is known who is selected."""

    asked: ImpactOptions
    people: int
    selected: int | None
    tables: Sequence[Table]
    within: Sequence[Within] | None = None


def impact_document(origin: Origin, impact: Impact) -> ImpactDocument:
    """Write down how groups compare."""
    asked = impact.asked
    return ImpactDocument(
        **audit_envelope(origin, "numpy", "scipy"),
        rules=ImpactRules(
            profile=asked.profile,
            effect=asked.effect or Effect.HELPS,
            limit=tau_text(rules.FOUR_FIFTHS) if asked.profile.has_limit else None,
            level=rules.LEVEL,
            exclude=list(asked.exclude),
            exclude_below=None if asked.exclude_below is None else tau_text(asked.exclude_below),
        ),
        confidence=CONFIDENCE,
        people=impact.people,
        selected=impact.selected,
        tables=[_table(table, asked) for table in impact.tables],
        within=None if impact.within is None else [within_part(within) for within in impact.within],
    )


def _table(table: Table, asked: ImpactOptions) -> ImpactTablePart:
    return ImpactTablePart(
        attribute=table.attribute,
        reference=table.reference,
        reference_kind=table.kind.value,
        n=table.known.n,
        selected=table.known.x,
        unknown=table.unknown.n,
        unknown_selected=table.unknown.x,
        median=table.median,
        groups=[_group(group, table, asked) for group in table.groups],
    )


def _group(group: Compared, table: Table, asked: ImpactOptions) -> ImpactGroupPart:
    rate = group.category.rate
    numbers, reasons = _numbers(group, hurts=table.hurts, limited=asked.profile.has_limit)
    if group.category.excluded:
        reasons = {"excluded": group.category.excluded, **reasons}
    low, high = group.bounds or (None, None)
    if group.bounds is None:
        reasons["bounds"] = group.why or _NOT_SELECTED
    return ImpactGroupPart(
        group=group.category.group,
        n=rate.n,
        share=group.share,
        selected=rate.x,
        rate=float_or_none(rate.value),
        excluded=bool(group.category.excluded),
        is_reference=group.is_reference,
        p_fisher=group.p_fisher,
        p_adjusted=group.p_adjusted,
        bounds=None if low is None else (float(low), float_or_none(high)),
        smd=None,
        reasons=reasons,
        **numbers,
    )


def _numbers(group: Compared, *, hurts: bool, limited: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """Compute what is asked of a group beside its reference, and say why something is not known."""
    rates = group.rates
    if rates is None:
        return _without_reference(group)
    ratio = rules.impact_ratio(rates)
    in_all = (rates.x1, rates.n1, rates.x1 + rates.x2, rates.n1 + rates.n2)
    z, sd = odds.pooled_z(rates), standard_deviations(*in_all)
    numbers: dict[str, Any] = {
        "impact_ratio": float_or_none(ratio),
        "difference": rates.x1 / rates.n1 - rates.x2 / rates.n2,
        "sd": sd,
        "p_score": odds.two_sided_p(z),
        "odds_ratio": odds.odds_ratio(rates),
        "odds_ratio_ci": odds.odds_ratio_interval(rates, confidence=CONFIDENCE),
        "shortfall": ShortfallPart(
            pooled=rules.shortfall_pooled(rates),
            reference=rules.shortfall_reference(rates),
            four_fifths=rules.shortfall_four_fifths(rates, hurts=hurts) if limited else None,
        ),
        "flip_flop": FlipFlopPart(
            one_swap_reverses=rules.one_swap_reverses(rates, hurts=hurts),
            moves_to_four_fifths=rules.moves_to_four_fifths(rates, hurts=hurts) if limited else None,
        ),
        "adverse": rules.is_adverse(rates, hurts=hurts) if limited else None,
        "different": group.p_fisher is not None and group.p_fisher < rules.LEVEL if limited else None,
        "tests": _tests(rates, z, sd),
    }
    return numbers, _reasons(numbers, limited=limited)


def _tests(rates: TwoRates, z: float | None, sd: float | None) -> MoreTestsPart:
    chi2, yates = None if z is None else z**2, odds.yates_chi_square(rates)
    in_all = (rates.x1, rates.n1, rates.x1 + rates.x2, rates.n1 + rates.n2)
    return MoreTestsPart(
        expected=rates.n1 * in_all[2] / in_all[3],
        z_pooled=z,
        p_sd=odds.two_sided_p(sd),
        chi2=chi2,
        chi2_yates=yates,
        p_yates=None if yates is None else odds.two_sided_p(yates**0.5),
        p_fisher_mid=two_sided_mid(*in_all),
        phi=odds.phi(rates),
        cohen_h=odds.cohen_h(rates),
    )


def _reasons(numbers: dict[str, Any], *, limited: bool) -> dict[str, str]:
    """Say of each number that is not known why."""
    whys = {
        "impact_ratio": _NOT_SELECTED,
        "sd": _ALIKE,
        "p_score": _ALIKE,
        "odds_ratio": "the reference's odds are 0, or all of the group are selected",
        "odds_ratio_ci": _EMPTY_CELL,
        "adverse": "nobody is selected" if limited else NO_LIMIT,
        "different": NO_LIMIT,
    }
    reasons = {name: why for name, why in whys.items() if numbers[name] is None}
    if numbers["flip_flop"].one_swap_reverses is None:
        reasons["flip_flop.one_swap_reverses"] = "there is no selection that could be moved"
    if not limited:
        reasons |= {"shortfall.four_fifths": NO_LIMIT, "flip_flop.moves_to_four_fifths": NO_LIMIT}
    return reasons


_COMPARED = (
    *("impact_ratio", "difference", "sd", "p_score", "odds_ratio", "odds_ratio_ci", "adverse", "different"),
)


def _without_reference(group: Compared) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what is known of a group that is compared with nobody: the reference's ratio to itself is 1."""
    numbers: dict[str, Any] = dict.fromkeys(_COMPARED)
    reasons = dict.fromkeys(("p_fisher", *_COMPARED, "shortfall", "flip_flop"), group.why)
    if group.is_reference and group.category.rate.x:
        numbers |= {"impact_ratio": 1.0, "difference": 0.0}
        reasons = {name: why for name, why in reasons.items() if name not in ("impact_ratio", "difference")}
    empty = dict.fromkeys(MoreTestsPart.model_fields)
    return {
        **numbers,
        "shortfall": ShortfallPart(pooled=None, reference=None, four_fifths=None),
        "flip_flop": FlipFlopPart(one_swap_reverses=None, moves_to_four_fifths=None),
        "tests": MoreTestsPart(**empty),
    }, reasons
