"""What a comparison of selection rates came to, as its document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairaudit.documents.envelope import Origin, audit_envelope, float_or_none
from fairaudit.documents.impact import (
    FlipFlopPart,
    ImpactDocument,
    ImpactGroupPart,
    ImpactRules,
    ImpactTablePart,
    LendingPart,
    MoreTestsPart,
    RepresentationPart,
    ShortfallPart,
    TopPart,
)
from fairaudit.documents.strata import Within, within_part
from fairaudit.inference import barnard, binomial, odds
from fairaudit.inference.hypergeometric import standard_deviations, two_sided_mid
from fairaudit.inference.odds import TwoRates
from fairaudit.profiles import rules
from fairaudit.profiles.population import Represented
from fairaudit.profiles.scores import AtTop, ScoresBeside
from fairaudit.profiles.tables import NOT_DECIDED, Compared, Table
from fairaudit.settings.choices import CONFIDENCE, Effect, Profile
from fairaudit.settings.impact import ImpactOptions
from fairaudit.settings.numbers import tau_text

NO_LIMIT = "this profile has no limit"
_NOT_SELECTED = "nobody of the reference is selected"
_ALIKE = "all of both have the same outcome"
_TOO_MANY = f"both have more than {barnard.MOST_PEOPLE} people; the other tests stand"
_IN_BOTH = "people may be in both"
_EVERYBODY = "there is nobody who is known not to be in it"
_EMPTY_CELL = "a cell of the table is empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What was asked, and what was compared; the scores of groups by attribute and group, where these are compared."""

    asked: ImpactOptions
    people: int
    selected: int | None
    tables: Sequence[Table]
    within: Sequence[Within] | None = None
    scores: Mapping[str, Mapping[str, ScoresBeside]] | None = None
    represented: tuple[Table, Sequence[Represented]] | None = None


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
            smd=None if impact.scores is None else asked.smd_of,
        ),
        confidence=CONFIDENCE,
        people=impact.people,
        selected=impact.selected,
        tables=[_table(table, impact) for table in impact.tables],
        representation=None
        if impact.represented is None
        else [_represented(impact.represented[0], r) for r in impact.represented[1]],
        within=None if impact.within is None else [within_part(within) for within in impact.within],
    )


def _table(table: Table, impact: Impact) -> ImpactTablePart:
    return ImpactTablePart(
        attribute=table.attribute,
        reference=table.reference,
        reference_kind=table.kind.value,
        n=table.known.n,
        selected=table.known.x if table.decided else None,
        unknown=table.unknown.n,
        unknown_selected=table.unknown.x if table.decided else None,
        median=table.median,
        several=table.several,
        groups=[_group(group, table, impact) for group in table.groups],
    )


def _group(group: Compared, table: Table, impact: Impact) -> ImpactGroupPart:
    asked, rate = impact.asked, group.category.rate
    numbers, reasons = _numbers(
        group, hurts=table.hurts, limited=asked.profile.has_limit, overlap=table.several is not None
    )
    if group.category.excluded:
        reasons = {"excluded": group.category.excluded, **reasons}
    low, high = group.bounds or (None, None)
    if group.bounds is None:
        reasons["bounds"] = group.why or _NOT_SELECTED
    scores = (impact.scores or {}).get(table.attribute, {}).get(group.category.group)
    if scores is None or scores.smd is None:
        reasons["smd"] = _no_smd(group, impact, known=scores is not None, overlap=table.several is not None)
    decided = table.decided
    if not decided:
        reasons["rate"] = NOT_DECIDED
    return ImpactGroupPart(
        group=group.category.group,
        n=rate.n,
        share=group.share,
        selected=rate.x if decided else None,
        rate=float_or_none(rate.value) if decided else None,
        excluded=bool(group.category.excluded),
        is_reference=group.is_reference,
        p_fisher=group.p_fisher,
        p_adjusted=group.p_adjusted,
        bounds=None if low is None else (float(low), float_or_none(high)),
        smd=scores.smd if scores else None,
        lending=_lending(group.rates, scores) if asked.profile is Profile.LENDING else None,
        reasons=reasons,
        **numbers,
    )


def _no_smd(group: Compared, impact: Impact, *, known: bool, overlap: bool) -> str:
    """Say why there is no difference of mean scores."""
    if overlap and impact.scores is not None:
        return "people may be in several groups"
    if impact.scores is None:
        return "scores are not compared"
    return "the scores are all the same" if known else group.why or "there are no scores"


def _lending(rates: TwoRates | None, scores: ScoresBeside | None) -> LendingPart:
    """Write down what lenders are asked."""
    denied = None if rates is None or rates.n2 == rates.x2 else (rates.n2 - rates.x2) / rates.n2
    return LendingPart(
        marginal_effect=None if rates is None else rates.x2 / rates.n2 - rates.x1 / rates.n1,
        denial_ratio=None if rates is None or denied is None else (rates.n1 - rates.x1) / rates.n1 / denied,
        deciles=[_top(top) for top in scores.deciles] if scores else [],
    )


def _top(top: AtTop) -> TopPart:
    rates = top.rates
    ratio = float_or_none(rules.impact_ratio(rates))
    reasons = {
        "impact_ratio": "" if ratio is not None else "nobody of the reference is at the top",
        "smd": "" if top.smd is not None else "all or none of each group are at the top",
    }
    return TopPart(
        share=top.share,
        threshold=top.threshold,
        selected=rates.x1,
        rate=rates.x1 / rates.n1 if rates.n1 else None,
        reference_rate=rates.x2 / rates.n2 if rates.n2 else None,
        impact_ratio=ratio,
        smd=top.smd,
        reasons={name: why for name, why in reasons.items() if why},
    )


def _represented(table: Table, group: Represented) -> RepresentationPart:
    """Compare a group's share of the people, and of the selected, with that of the population."""
    reasons = {} if group.share is not None else {"population_share": "the population has no such category"}
    decided = table.decided
    if not decided:
        reasons["selected"] = NOT_DECIDED
    people = _beside_share(group.people.n, group.all_people.n, group.share)
    selected = _beside_share(group.people.x, group.all_people.x, group.share if decided else None)
    return RepresentationPart(
        attribute=table.attribute,
        group=group.group,
        population_share=group.share,
        n=group.people.n,
        selected=group.people.x if decided else None,
        reasons=reasons,
        **people,
        **{f"selected_{name}": value for name, value in selected.items()},
    )


def _beside_share(x: int, n: int, share: float | None) -> dict[str, float | None]:
    """Compare a number of people, of all, with a share of a population."""
    if share is None or not n:
        return dict.fromkeys(("share", "ratio", "expected", "sd", "p_binomial"))
    return {
        "share": x / n,
        "ratio": x / n / share if share else None,
        "expected": n * share,
        "sd": binomial.standard_deviations(x, n, share),
        "p_binomial": binomial.two_sided(x, n, share),
    }


def _numbers(
    group: Compared, *, hurts: bool, limited: bool, overlap: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """Compute what is asked of a group beside its reference, and say why something is not known."""
    rates = group.rates
    if rates is None:
        return _without_reference(group)
    ratio, tested = rules.impact_ratio(rates), group.tested
    numbers: dict[str, Any] = {
        "impact_ratio": float_or_none(ratio),
        "difference": rates.x1 / rates.n1 - rates.x2 / rates.n2,
        "shortfall": ShortfallPart(
            pooled=None if tested is None else rules.shortfall_pooled(tested),
            reference=rules.shortfall_reference(rates),
            four_fifths=rules.shortfall_four_fifths(rates, hurts=hurts) if limited else None,
        ),
        # Whoever is in both cannot be swapped for somebody else.
        "flip_flop": FlipFlopPart(
            one_swap_reverses=None if overlap else rules.one_swap_reverses(rates, hurts=hurts),
            moves_to_four_fifths=rules.moves_to_four_fifths(rates, hurts=hurts)
            if limited and not overlap
            else None,
        ),
        "adverse": rules.is_adverse(rates, hurts=hurts) if limited else None,
        "different": group.p_fisher < rules.LEVEL if limited and group.p_fisher is not None else None,
        **_evidence(tested),
    }
    reasons = _reasons(numbers, limited=limited)
    if overlap:
        reasons |= dict.fromkeys(("flip_flop.one_swap_reverses", "flip_flop.moves_to_four_fifths"), _IN_BOTH)
    if tested is None:
        reasons |= dict.fromkeys(("p_fisher", *_TESTED, "different", "shortfall.pooled"), _EVERYBODY)
    return numbers, reasons


def _evidence(tested: TwoRates | None) -> dict[str, Any]:
    """Compute what rests on two samples that have nobody in common."""
    if tested is None:
        empty = MoreTestsPart(**dict.fromkeys(MoreTestsPart.model_fields))
        return {**dict.fromkeys(_TESTED), "tests": empty}
    z = odds.pooled_z(tested)
    sd = standard_deviations(tested.x1, tested.n1, tested.x1 + tested.x2, tested.n1 + tested.n2)
    return {
        "sd": sd,
        "p_score": odds.two_sided_p(z),
        "p_barnard": barnard.two_sided(tested),
        "odds_ratio": odds.odds_ratio(tested),
        "odds_ratio_ci": odds.odds_ratio_interval(tested, confidence=CONFIDENCE),
        "tests": _tests(tested, z, sd),
    }


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
        "p_barnard": _TOO_MANY,
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


_TESTED = ("sd", "p_score", "p_barnard", "odds_ratio", "odds_ratio_ci")
_COMPARED = ("impact_ratio", "difference", *_TESTED, "adverse", "different")


def _without_reference(group: Compared) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what is known of a group that is compared with nobody: the reference's ratio to itself is 1."""
    numbers: dict[str, Any] = dict.fromkeys(_COMPARED)
    reasons = dict.fromkeys(("p_fisher", *_COMPARED, "shortfall", "flip_flop"), group.why)
    if group.is_reference and group.category.rate.x and group.category.mean is None:
        numbers |= {"impact_ratio": 1.0, "difference": 0.0}
        reasons = {name: why for name, why in reasons.items() if name not in ("impact_ratio", "difference")}
    empty = dict.fromkeys(MoreTestsPart.model_fields)
    return {
        **numbers,
        "shortfall": ShortfallPart(pooled=None, reference=None, four_fifths=None),
        "flip_flop": FlipFlopPart(one_swap_reverses=None, moves_to_four_fifths=None),
        "tests": MoreTestsPart(**empty),
    }, reasons
