"""Halving of many brackets together, and ways to the same brackets that ask at fewer numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Whole: TypeAlias = NDArray[np.int64]

_Search: TypeAlias = Generator[list[float], list[float], tuple[float, float]]
"""Yields numbers to ask at, takes their excesses, and returns a bracket."""

_AHEAD = ((4, 5), (16, 4), (80, 3), (240, 2))
"""Of at most so many brackets so many halvings are looked ahead: a call of NumPy takes longer than it reckons with so few numbers."""
_LINES = 6
"""So many lines are drawn; what is then still open is halved."""
_FOLLOWED = 4
"""Where fewer levels are looked ahead, what is reckoned for each bracket by itself takes longer than it spares."""


def halve(
    is_short: Callable[[Floats], Bools], low: Floats, high: Floats, steps: int, *, whole: bool = False
) -> tuple[Floats, Floats]:
    """Halve brackets, so often, towards where something stops to be short.

    What may be asked next is asked together with what is asked now; the brackets are those of asking one after the other.

    Parameters
    ----------
    is_short
        Takes numbers of shape (m, *shape of the brackets).
    low, high
        Of one shape.
    whole
        Whether only whole numbers are asked at, and brackets of neighbours stay as they are.
    """
    shape, low, high = low.shape, low.ravel(), high.ravel()
    if not low.size:
        return low.reshape(shape), high.reshape(shape)
    own = np.arange(low.size)
    ahead = next((levels for most, levels in _AHEAD if low.size <= most), 1)
    if ahead == 1 and not whole:
        for _ in range(steps):
            middle = (low + high) / 2
            goes_on = is_short(middle.reshape(1, *shape)).ravel()
            low, high = np.where(goes_on, middle, low), np.where(goes_on, high, middle)
        return low.reshape(shape), high.reshape(shape)
    left = steps
    while left and not (whole and (high - low <= 1).all()):
        levels = min(ahead, left)
        left -= levels
        edges = np.stack([low, high])
        for _ in range(levels):
            finer = np.empty((2 * len(edges) - 1, low.size))
            finer[::2], finer[1::2] = edges, (edges[:-1] + edges[1:]) / 2
            edges = np.floor(finer) if whole else finer
        short = is_short(edges[1:-1].reshape(-1, *shape)).reshape(-1, low.size)
        first, width = np.zeros_like(own), len(edges) - 1
        for _ in range(levels):
            width //= 2
            goes_on = short[first + width - 1, own]
            if whole:
                goes_on |= edges[first + 2 * width, own] - edges[first, own] <= 1
            first = np.where(goes_on, first + width, first)
        low, high = edges[first, own], edges[first + 1, own]
    return low.reshape(shape), high.reshape(shape)


def neighbours(
    look: Callable[[Floats, Whole], tuple[Bools, Floats]], low: Floats, high: Floats, guess: Floats
) -> Floats:
    """Find whole numbers that are short, next to ones that are not, along straight lines.

    Parameters
    ----------
    look
        Takes numbers of shape (2, n), and the places, of shape (n,), of what they are asked of; says which are short, and what they lack or have.
    low, high
        Of shape (all,); taken to be short, and not to be.
    guess
        Where to begin.

    Returns
    -------
    array
        The larger of those that are short.
    """
    low, high = low.copy(), high.copy()
    places = np.flatnonzero(high - low > 1)
    guess = guess[places]
    for lines in itertools.count():
        if not places.size:
            return low
        least, most = low[places], high[places]
        guess = np.where(np.isfinite(guess), np.floor(guess), np.floor((least + most) / 2))
        guess = np.minimum(np.maximum(guess, least + 1), np.maximum(most - 2, least + 1))
        next_ = np.minimum(guess + 1, most - 1)
        (short, next_short), (excess, next_excess) = look(np.stack([guess, next_]), places)
        low[places] = np.where(short, np.where(next_short, next_, guess), least)
        high[places] = np.where(short, np.where(next_short, most, next_), guess)
        if lines < _LINES:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                guess = guess + excess / (excess - next_excess)
        else:
            guess = np.full(guess.shape, np.nan)
        open_ = high[places] - low[places] > 1
        places, guess = places[open_], guess[open_]
    raise AssertionError


def cross(
    excess: Callable[[Floats], Floats],
    brackets: tuple[Floats, Floats],
    ends: tuple[Floats, Floats],
    *,
    steps: int,
    left_out: int,
) -> tuple[Floats, Floats]:
    """Find the brackets that halving leaves, of an excess that falls, without asking at every middle.

    Where each excess is used up is first located nearly, by Chandrupatla's method; then only those middles are asked at that lie too near to it
    to be known. SciPy's ``optimize.elementwise.find_root`` is that method as well, but to load ``scipy.optimize`` takes longer than all the searches of an
    audit.

    Parameters
    ----------
    excess
        What is above 0 where a number is short; takes as many numbers as there are brackets, shape (n,).
    brackets
        Low and high, shape (n,).
    ends
        The excess there, about.
    steps, left_out
        How many halvings are meant, and after how many of them middles are asked at.

    References
    ----------
    Chandrupatla 1997, A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function without using derivatives,
    doi:10.1016/S0965-9978(96)00051-8.
    """
    searches = [
        _search((low, high), (at_low, at_high), steps, (high - low) / 2.0**left_out)
        for low, high, at_low, at_high in zip(*(v.tolist() for v in (*brackets, *ends)), strict=True)
    ]
    return _together(lambda numbers: excess(numbers[0])[None], searches, at_once=1)


def follow(
    excess: Callable[[Floats], Floats], low: Floats, high: Floats, steps: int
) -> tuple[Floats, Floats]:
    """Halve brackets, as `halve` does, of an excess that hardly bends: what will be asked is known from where it seems to get used up.

    Parameters
    ----------
    excess
        What is above 0 where a number is short; takes numbers of shape (m, *shape of the brackets).
    low, high
        Of one shape.
    """
    shape = low.shape
    levels = next((levels for most, levels in _AHEAD if low.size <= most), 1)
    if levels < _FOLLOWED:
        return halve(lambda numbers: excess(numbers) > 0, low, high, steps)
    searches = [
        _on_the_way(*bracket, steps, levels)
        for bracket in zip(low.ravel().tolist(), high.ravel().tolist(), strict=True)
    ]
    limits = _together(
        lambda numbers: excess(numbers.reshape(-1, *shape)).reshape(numbers.shape),
        searches,
        at_once=2**levels - 1,
    )
    return limits[0].reshape(shape), limits[1].reshape(shape)


def _together(
    excess: Callable[[Floats], Floats], searches: Sequence[_Search], *, at_once: int
) -> tuple[Floats, Floats]:
    """Let searches ask together, each at no more than so many numbers at once; return the brackets that they end with."""
    asked, limits = [[0.0] * at_once] * len(searches), [(0.0, 0.0)] * len(searches)
    excesses: list[list[float]] = []
    open_ = list(range(len(searches)))
    while open_:
        for place in open_.copy():
            try:
                numbers = searches[place].send(excesses[place]) if excesses else next(searches[place])
                asked[place] = numbers + numbers[-1:] * (at_once - len(numbers))
            except StopIteration as end:
                limits[place] = end.value
                open_.remove(place)
        if open_:
            excesses = excess(np.array(asked).T).T.tolist()
    low, high = np.array(limits).reshape(-1, 2).T
    return low, high


def _on_the_way(low: float, high: float, steps: int, levels: int) -> _Search:
    """Ask at the middles that lie on the way to where a line, or a parabola, says that the excess is used up; else at all of some levels."""
    most, aim = 2**levels - 1, math.nan
    excesses: dict[float, float] = {}
    while steps:
        if math.isnan(aim):
            numbers = _all_middles(low, high, min(levels, steps))
        else:
            numbers = _middles_towards(aim, low, high, min(most, steps))
        excesses.update(zip(numbers, (yield numbers), strict=False))
        points = []
        while steps and (middle := (low + high) / 2) in excesses:
            points.append((middle, excesses[middle]))
            low, high = (middle, high) if excesses[middle] > 0 else (low, middle)
            steps -= 1
        # Where rounding decides, no line leads on.
        aim = _used_up(points) if len(points) >= levels else math.nan
    return low, high


def _all_middles(low: float, high: float, levels: int) -> list[float]:
    edges = [low, high]
    for _ in range(levels):
        middles = [(one + next_) / 2 for one, next_ in itertools.pairwise(edges)]
        edges = [*itertools.chain.from_iterable(zip(edges, middles, strict=False)), high]
    return edges[1:-1]


def _middles_towards(aim: float, low: float, high: float, steps: int) -> list[float]:
    middles = []
    for _ in range(steps):
        middle = (low + high) / 2
        middles.append(middle)
        low, high = (middle, high) if middle < aim else (low, middle)
    return middles


def _used_up(points: Sequence[tuple[float, float]]) -> float:
    """Say where an inverse parabola through the last points says that the excess is used up; NaN where it says nothing."""
    if len(points) < 3:
        return math.nan
    (a, fa), (b, fb), (c, fc) = points[-3:]
    if fa in (fb, fc) or fb == fc or not math.isfinite(fa + fb + fc):
        return math.nan
    return a + (b - a) * fa / (fa - fb) * fc / (fc - fb) + (c - a) * fa / (fa - fc) * fb / (fb - fc)


def _search(bracket: tuple[float, float], ends: tuple[float, float], steps: int, near: float) -> _Search:
    """Ask only at middles of which it is not known whether they are short."""
    (low, high), (at_low, at_high) = bracket, ends
    least, most = low, high
    if at_low > 0 >= at_high:
        least, most = yield from _approach(bracket, ends, near)
    elif at_low > 0:
        least = high
    else:
        most = low
    for _ in range(steps):
        middle = (low + high) / 2
        short = middle <= least if not least < middle < most else (yield [middle])[0] > 0
        low, high = (middle, high) if short else (low, middle)
    return low, high


def _approach(bracket: tuple[float, float], ends: tuple[float, float], near: float) -> _Search:
    """Narrow a bracket by Chandrupatla's method until it is no wider than `near`."""
    (a, b), (fa, fb) = bracket, ends
    way = 0.5
    while abs(b - a) > near:
        x = a + way * (b - a)
        (fx,) = yield [x]
        if (fx > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, fc, b, fb = b, fb, a, fa
        a, fa = x, fx
        if a == b:
            break
        way, spare = 0.5, min(near / 4 / abs(b - a), 0.5)
        if fb != fc and fa != fc and math.isfinite(fa + fb + fc):
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            if phi**2 < xi and (1 - phi) ** 2 < 1 - xi:
                # An inverse parabola through three excesses may be trusted here.
                way = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        way = min(max(way, spare), 1 - spare)
    # Nearer than that, rounding may have changed the sign of an excess.
    return min(a, b) - near / 2, max(a, b) + near / 2
