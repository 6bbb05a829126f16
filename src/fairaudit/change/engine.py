"""Two sets of predictions beside each other: what changed in which group, how sure that is, and what is worse."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from fairaudit.change.counted import EVERYBODY, Group, GroupPair
from fairaudit.change.figures import Proof, TwoFigures, prove
from fairaudit.change.margins import beyond_margin
from fairaudit.change.outcome import LEVEL, Outcome
from fairaudit.change.rates import COMPARED, SHARE, TwoRates, rate_of, share_of, worse_side
from fairaudit.disparity.verdicts import Verdict
from fairaudit.inference import contrast, paired
from fairaudit.inference.contrast import Floats
from fairaudit.inference.multiplicity import holm
from fairaudit.metrics.kinds import Side
from fairaudit.settings.choices import CONFIDENCE, MIN_DENOMINATOR, Effect

MCNEMAR = "McNemar's exact test"
OVERLAP = "score test of partly the same people (Zou)"
FISHER = "Fisher's exact test"
SCORE = "score test"
PAIRED_BOOTSTRAP = "paired bootstrap"
BOOTSTRAP = "bootstrap"
INVERTED = "interval turned into a test"
_PAIRED_INTERVAL = "Newcombe's interval for pairs"
_OVERLAP_INTERVAL = "Zou's interval for partly the same people"
_SCORE_INTERVAL = "score interval"
_JOINED_INTERVAL = "both intervals put together (MOVER)"
_CORRELATED_INTERVAL = "both intervals put together, correlated as people who are drawn again (Zou)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One rate or figure of one group, in base and in new.

    Attributes
    ----------
    difference, difference_ci
        New minus base; ``None`` where one of them is not known, as `reason` says.
    p_value, p_adjusted
        That both are equal; the latter for all comparisons that were made (Holm).
    test, interval
        How these were computed.
    beyond_margin
        Whether a worsening beyond a margin is shown (fail), excluded (pass) or undecided; ``None`` where nobody asks, or there is no worse side.
    """

    rates: TwoRates | TwoFigures
    difference: float | None = None
    difference_ci: tuple[float, float] | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    test: str | None = None
    interval: str | None = None
    outcome: Outcome = Outcome.CANNOT_TELL
    reason: str = ""
    beyond_margin: Verdict | None = None

    @property
    def is_counted(self) -> bool:
        """Whether p-values are adjusted for it: not if the same people are there both times, and nobody differs."""
        if isinstance(self.rates, TwoFigures):
            return self.rates.can_differ
        return not (self.test == MCNEMAR and self.rates.differing == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    low: float
    high: float
    p_value: float
    test: str
    interval: str
    can_differ: bool


_Way: TypeAlias = Callable[[Sequence[TwoRates]], list[_Proof]]


def changes(
    pairs: Mapping[Group, GroupPair],
    *,
    metrics: Sequence[str],
    effect: Effect | None,
    figures: Sequence[TwoFigures] = (),
    margin: Fraction | None = None,
) -> tuple[Change, ...]:
    """Compare every group with itself, and everybody, in every metric; what changed for the worse comes first.

    Parameters
    ----------
    pairs
        The groups, and `EVERYBODY`. Of those of whom it is not known who they are, only the share is compared.
    metrics
        The rates that both sets can give.
    figures
        Figures that are no rates, of the same groups.
    margin
        How much worse would matter; left out, nobody asks.
    """
    everybody = pairs[EVERYBODY]
    compared: list[TwoRates | TwoFigures] = list(figures)
    for group, pair in pairs.items():
        in_both = pair.base is not None and pair.new is not None
        if in_both and not pair.unknown:
            compared += [rate_of(metric, pair) for metric in COMPARED if metric in metrics]
        # That a group is new, or has vanished, is told as such.
        if group != EVERYBODY and (in_both or pair.unknown):
            compared.append(share_of(pair, everybody))
    proofs = _prove_all(compared)
    judged = [
        _judge(rates, proof, p_adjusted, effect)
        for rates, proof, p_adjusted in zip(compared, proofs, _adjusted(proofs), strict=True)
    ]
    if margin is not None:
        beyond = beyond_margin(compared, margin, effect)
        judged = [
            dataclasses.replace(change, beyond_margin=verdict)
            for change, verdict in zip(judged, beyond, strict=True)
        ]
    return tuple(sorted(judged, key=_worst_first))


def _adjusted(proofs: Sequence[_Proof | None]) -> list[float | None]:
    """Adjust p-values for all comparisons that could have shown something.

    Pairs of which none differ give a p-value of 1 whatever is true, and take no part of the level.

    References
    ----------
    Tarone 1990, A modified Bonferroni method for discrete data, doi:10.2307/2531456.
    """
    counting = [place for place, proof in enumerate(proofs) if proof is None or proof.can_differ]
    p_values = [None if (proof := proofs[place]) is None else proof.p_value for place in counting]
    by_place = dict(zip(counting, holm(p_values), strict=True))
    return [by_place.get(place, 1.0) for place in range(len(proofs))]


def _prove_all(compared: Sequence[TwoRates | TwoFigures]) -> list[_Proof | None]:
    """Compute the interval of each difference, and a test; all that are tested alike at once."""
    proofs: list[_Proof | None] = [None] * len(compared)
    by_way: dict[_Way, list[int]] = {}
    figures = [place for place, one in enumerate(compared) if isinstance(one, TwoFigures) and one.known]
    for place, proof in zip(figures, _of_figures([compared[place] for place in figures]), strict=True):
        proofs[place] = proof
    for place, rates in enumerate(compared):
        if isinstance(rates, TwoRates) and rates.known:
            by_way.setdefault(_way_of(rates), []).append(place)
    for way, places in by_way.items():
        proved = way([one for place in places if isinstance(one := compared[place], TwoRates)])
        for place, proof in zip(places, proved, strict=True):
            proofs[place] = proof
    return proofs


def _of_figures(compared: Sequence[TwoRates | TwoFigures]) -> list[_Proof | None]:
    """Prove figures by their intervals, which go along as the same people do who are drawn again, or by those alone."""
    figures = [one for one in compared if isinstance(one, TwoFigures)]
    return [
        None if proved is None else _figure_proof(figure, proved)
        for figure, proved in zip(figures, prove(figures), strict=True)
    ]


def _figure_proof(figure: TwoFigures, proved: Proof) -> _Proof:
    drawn = PAIRED_BOOTSTRAP if figure.is_paired else BOOTSTRAP
    by_interval = _CORRELATED_INTERVAL if figure.is_paired else _JOINED_INTERVAL
    test = drawn if figure.is_paired or figure.is_by_draws else INVERTED
    return _Proof(
        low=proved.low,
        high=proved.high,
        p_value=math.erfc(abs(proved.z) / math.sqrt(2)),
        test=test,
        interval=drawn if figure.is_by_draws else by_interval,
        can_differ=figure.can_differ,
    )


def _way_of(rates: TwoRates) -> _Way:
    """Say how two rates are tested: in pairs, as of partly the same people, or as of different ones."""
    if rates.pairs is None or not rates.pairs.people:
        return _apart
    return _in_pairs if rates.is_paired else _overlapping


def _apart(compared: Sequence[TwoRates]) -> list[_Proof]:
    base, new = _columns(compared)
    limits = contrast.difference_interval(*new, *base, confidence=CONFIDENCE)
    p_values, exact = contrast.equality_test(*new, *base)
    tests = [FISHER if is_exact else SCORE for is_exact in exact]
    return _proofs(compared, limits, p_values, tests, _SCORE_INTERVAL)


def _in_pairs(compared: Sequence[TwoRates]) -> list[_Proof]:
    base, new = _columns(compared)
    limits = paired.difference_interval(base, new, _correlations(compared), confidence=CONFIDENCE)
    pairs = [rates.pairs for rates in compared if rates.pairs is not None]
    p_values = paired.mcnemar([p.base_only for p in pairs], [p.new_only for p in pairs])
    return _proofs(compared, limits, p_values, [MCNEMAR] * len(compared), _PAIRED_INTERVAL)


def _overlapping(compared: Sequence[TwoRates]) -> list[_Proof]:
    base, new = _columns(compared)
    correlations = _correlations(compared)
    limits = paired.difference_interval(base, new, correlations, confidence=CONFIDENCE)
    p_values = paired.overlap_test(base, new, correlations)
    return _proofs(compared, limits, p_values, [OVERLAP] * len(compared), _OVERLAP_INTERVAL)


def _columns(compared: Sequence[TwoRates]) -> tuple[tuple[list[int], list[int]], tuple[list[int], list[int]]]:
    """Return successes and trials in base, and in new."""
    return (
        ([rates.base[0] for rates in compared], [rates.base[1] for rates in compared]),
        ([rates.new[0] for rates in compared], [rates.new[1] for rates in compared]),
    )


def _correlations(compared: Sequence[TwoRates]) -> list[float]:
    return [
        paired.correlation_of(
            rates.base,
            rates.new,
            (rates.pairs.both, rates.pairs.base_only, rates.pairs.new_only, rates.pairs.neither),
        )
        for rates in compared
        if rates.pairs is not None
    ]


def _proofs(
    compared: Sequence[TwoRates],
    limits: tuple[Floats, Floats],
    p_values: Floats,
    tests: Sequence[str],
    interval: str,
) -> list[_Proof]:
    return [
        _Proof(
            low=float(low),
            high=float(high),
            p_value=float(p_value),
            test=test,
            interval=interval,
            can_differ=test != MCNEMAR or rates.differing > 0,
        )
        for rates, low, high, p_value, test in zip(compared, *limits, p_values, tests, strict=True)
    ]


def _judge(
    rates: TwoRates | TwoFigures, proof: _Proof | None, p_adjusted: float | None, effect: Effect | None
) -> Change:
    before, now = rates.values
    difference = None if before is None or now is None else now - before
    if proof is None or p_adjusted is None or difference is None:
        reason = rates.reason if isinstance(rates, TwoFigures) else _nobody(rates)
        return Change(rates=rates, difference=difference, reason=reason)
    outcome, reason = Outcome.NO_CHANGE, ""
    if p_adjusted <= LEVEL and difference:
        side = worse_side(rates.metric, effect)
        if side is None:
            outcome = Outcome.CHANGED
        else:
            outcome = Outcome.WORSE if (difference > 0) == (side is Side.HIGHER) else Outcome.BETTER
    elif _is_of_few(rates):
        outcome, reason = Outcome.CANNOT_TELL, "too few people"
    return Change(
        rates=rates,
        difference=difference,
        difference_ci=(proof.low, proof.high),
        p_value=proof.p_value,
        p_adjusted=p_adjusted,
        test=proof.test,
        interval=proof.interval,
        outcome=outcome,
        reason=reason,
    )


def _is_of_few(rates: TwoRates | TwoFigures) -> bool:
    if isinstance(rates, TwoFigures):
        return rates.small or rates.pair.small
    few = min(rates.base[1], rates.new[1]) < MIN_DENOMINATOR
    return few or (rates.metric != SHARE and rates.pair.small)


def _nobody(rates: TwoRates) -> str:
    sides = [name for name, (_, n) in (("base", rates.base), ("new", rates.new)) if not n]
    return f"nobody to count in {' and '.join(sides)}"


def _worst_first(change: Change) -> tuple[int, bool, float, float]:
    """Sort by what came out, what happens to people before figures of it, and by how much there is at least."""
    order = list(Outcome).index(change.outcome)
    low, high = change.difference_ci or (0.0, 0.0)
    sure = max(low, -high, 0.0)
    return order, isinstance(change.rates, TwoFigures), -sure, -abs(change.difference or 0.0)
