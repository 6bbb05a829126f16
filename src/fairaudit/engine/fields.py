"""What stands in the fields of plain lines: few texts, whole numbers that become larger, decimal numbers."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairaudit.engine.lines import BEFORE, LONGEST, WORD, Block, NotPlain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.engine.lines import Places, Words

    Floats = NDArray[np.float64]

MOST_TEXTS = 4_096
"""Of columns that stand beside each other, so that one number tells them apart."""
_HASH_BITS = 22
"""So many that two of few texts hardly ever have one hash; then the rows of one of them are found more slowly."""
_MOST_DIGITS = 16
"""Of a whole number."""
_ALL_ZERO, _BEYOND_NINE, _HIGH_BITS = (int(byte * WORD, 16) for byte in ("30", "76", "80"))
_FRACTION = 17
"""Digits behind the point that make, with the one in front of it, a whole number of 63 bits; one more if that is 0."""
_FEW, _SHARE = 100, 16
"""So many numbers of a block may be written in other ways than most, and one of so many."""
_SPLIT = 2.0**27 + 1
"""What splits a float into halves whose products are exact."""
_EXPONENT, _FRACTION_BITS = 0x7FF << 52, (1 << 52) - 1
_NEARLY = (1 - 2.0**-30) * 2.0**-53


def digits_before(block: Block, ends: Places, lengths: Places) -> Words:
    """Return the values of so many digits before each place, in bytes of words whose first byte is the highest; in front of them are zeros."""
    import numpy as np

    signs = block.words(ends - BEFORE, BEFORE // WORD, first_is_highest=True)
    digits: Words = (signs ^ np.uint64(_ALL_ZERO)) & _last_bytes().take(lengths, axis=0)
    return digits


def are_digits(digits: Words) -> NDArray[np.bool]:
    """Tell of words whether each of their bytes is the value of a digit."""
    import numpy as np

    beyond = (digits | (digits + np.uint64(_BEYOND_NINE))) & np.uint64(_HIGH_BITS)
    none_is: NDArray[np.bool] = beyond == 0
    return none_is


class Rising:
    """A column whose whole numbers become larger from row to row."""

    def __init__(self, place: int) -> None:
        self._place = place
        self._last: Words | None = None

    def rise(self, block: Block) -> None:
        """Go on with the rows of a block."""
        import numpy as np

        begins, ends = block.fields(self._place, self._place)
        lengths = ends - begins
        if lengths.min() < 1 or lengths.max() > _MOST_DIGITS:
            raise NotPlain
        # Digits are compared as the number is that they make.
        digits = digits_before(block, ends, lengths)[:, 1:]
        if not are_digits(digits).all():
            raise NotPlain
        if self._last is not None:
            digits = np.concatenate([self._last, digits])
        high, low = digits.T
        rises = (high[1:] > high[:-1]) | ((high[1:] == high[:-1]) & (low[1:] > low[:-1]))
        if not rises.all():
            raise NotPlain
        self._last = digits[-1:]


class Decimals:
    """A column of numbers, of which most are written as ``0.25`` is, and the others as a pattern says; some texts stand for `missing` ones."""

    def __init__(self, place: int, pattern: str, missing: Sequence[str]) -> None:
        self._place = place
        self._pattern = re.compile(pattern)
        self._missing = {text.encode(): number for number, text in enumerate(missing, start=1)}

    def values(self, block: Block) -> tuple[Floats, Places | None]:
        """Return the float nearest to the number of each row; and what stands for a missing one, counted from 1, if any is missing."""
        import numpy as np

        begins, ends = block.fields(self._place, self._place)
        lengths = ends - begins - 2
        signs = block.words(begins, 1)[:, 0]
        whole = (signs & np.uint64(0xFF)) - np.uint64(ord("0"))
        usual = ((signs >> np.uint64(8)) & np.uint64(0xFF)) == ord(".")
        usual &= (lengths > 0) & (lengths <= _FRACTION + (whole == 0)) & (whole <= 9)
        lengths[~usual] = 0
        digits = digits_before(block, ends, lengths)
        usual &= are_digits(digits).all(axis=1)
        tens = np.array([10**length for length in range(_FRACTION + 2)], dtype=np.int64).take(lengths)
        values, is_sure = _divided(whole.astype(np.int64) * tens + _number(digits), tens)
        others = np.flatnonzero(~(usual & is_sure))
        texts = [
            bytes(block.held[begin:end])
            for begin, end in zip(begins[others].tolist(), ends[others].tolist(), strict=True)
        ]
        lacking = np.zeros(len(values), dtype=np.intp)
        lacking[others] = [self._missing.get(text, 0) for text in texts]
        some_lack = lacking.any()
        if len(others) - np.count_nonzero(lacking) > _FEW + len(values) // _SHARE:
            raise NotPlain
        values[others] = [math.nan if text in self._missing else self._value(text) for text in texts]
        return values, lacking if some_lack else None

    def _value(self, text: bytes) -> float:
        """Read one number."""
        if not self._pattern.fullmatch(text.decode()) or math.isinf(value := float(text)):
            raise NotPlain
        return value


def _number(digits: Words) -> NDArray[np.int64]:
    """Return the whole number that the digits in each row of words make."""
    import numpy as np

    for bits, low, times in (
        (8, 0x00FF00FF00FF00FF, 10),
        (16, 0x0000FFFF0000FFFF, 100),
        (32, 0xFFFFFFFF, 10_000),
    ):
        digits = ((digits >> np.uint64(bits)) & np.uint64(low)) * np.uint64(times) + (digits & np.uint64(low))
    first, second, third = digits.view(np.int64).T
    number: NDArray[np.int64] = (first * 10**8 + second) * 10**8 + third
    return number


def _divided(number: NDArray[np.int64], by: NDArray[np.int64]) -> tuple[Floats, NDArray[np.bool]]:
    """Divide whole numbers by powers of ten that are floats; tell whether the quotients are surely the floats nearest to the true ones.

    What is lost where the number is rounded, and where it is divided, is found exactly (T. J. Dekker, "A floating-point technique for extending
    the available precision", 1971), divided in turn, and added.
    """
    import numpy as np

    rounded, divisor = number.astype(np.float64), by.astype(np.float64)
    quotient = rounded / divisor
    high, divisor_high = _high_half(quotient), _high_half(divisor)
    low, divisor_low = quotient - high, divisor - divisor_high
    product = quotient * divisor
    lost = ((high * divisor_high - product) + high * divisor_low + low * divisor_high) + low * divisor_low
    left = ((rounded - product) - lost) + (number - rounded.astype(np.int64))
    left /= divisor
    nearest = quotient + left
    error = np.abs(left - (nearest - quotient))
    bits = nearest.view(np.uint64)
    half = (bits & np.uint64(_EXPONENT)).view(np.float64) * _NEARLY
    # Below a power of two floats stand closer.
    is_power = (bits & np.uint64(_FRACTION_BITS)) == 0
    return nearest, (error <= half) & ~(is_power & (error != 0))


def _high_half(number: Floats) -> Floats:
    """Return the high half of the digits of floats."""
    split = number * _SPLIT
    high: Floats = split - (split - number)
    return high


@functools.cache
def _first_bytes(wide: int) -> Words:
    """Return what keeps so many bytes at the begin of words whose first byte is the lowest."""
    import numpy as np

    kept = (b"\xff" * length + b"\x00" * (wide * WORD - length) for length in range(wide * WORD + 1))
    return np.frombuffer(b"".join(kept), "<u8").reshape(-1, wide).astype(np.uint64)


@functools.cache
def _last_bytes() -> Words:
    """Return what keeps so many bytes at the end of words whose first byte is the highest."""
    import numpy as np

    kept = (b"\x00" * (BEFORE - length) + b"\xff" * length for length in range(BEFORE + 1))
    return np.frombuffer(b"".join(kept), ">u8").reshape(-1, BEFORE // WORD).astype(np.uint64)


class Run:
    """Columns that stand beside each other, and the `texts` that they make, of which each has a place from 1 on."""

    def __init__(self, first: int, last: int) -> None:
        import numpy as np

        self._first, self._last = first, last
        self._numbers: dict[bytes, int] = {}
        self.texts = [b""]
        self._lengths = np.array([-1])
        self._words = np.zeros((1, 1), dtype=np.uint64)
        self._by_hash = np.zeros(1 << _HASH_BITS, dtype=np.int16)
        # Odd numbers whose bits are mixed; each word has its own.
        odd = [(2 * i + 1) * 0x9E3779B97F4A7C15 % (1 << 64) for i in range(LONGEST // WORD)]
        self._factors = np.array(odd, dtype=np.uint64)

    def places(self, block: Block) -> Places:
        """Find the place of the text of each row."""
        import numpy as np

        begins, ends = block.fields(self._first, self._last)
        lengths = ends - begins
        longest = int(lengths.max())
        if longest > LONGEST:
            raise NotPlain
        wide = max(1, -(-longest // WORD))
        words = block.words(begins, wide) & _first_bytes(wide).take(lengths, axis=0)
        hashes = words[:, 0] * self._factors[0]
        for i in range(1, wide):
            hashes += words[:, i] * self._factors[i]
        slots = (hashes >> np.uint64(64 - _HASH_BITS)).astype(np.intp)
        places: Places = self._by_hash.take(slots).astype(np.intp)
        new = np.flatnonzero(self._differs(words, places) | (self._lengths.take(places) != lengths))
        if len(new):
            texts = [
                bytes(block.held[begin:end])
                for begin, end in zip(begins[new].tolist(), ends[new].tolist(), strict=True)
            ]
            places[new] = self._place_all(texts, slots[new].tolist())
        return places

    def _differs(self, words: Words, places: Places) -> NDArray[np.bool]:
        """Tell which texts are not those of their places, if they are as long."""
        import numpy as np

        wide = min(words.shape[1], self._words.shape[1])
        differing = self._words[:, :wide].take(places, axis=0) ^ words[:, :wide]
        differs: NDArray[np.bool] = functools.reduce(np.bitwise_or, differing.T) != 0
        return differs

    def _place_all(self, texts: Sequence[bytes], slots: Sequence[int]) -> list[int]:
        """Find places by texts, and give new ones to those that have none."""
        import numpy as np

        had = len(self.texts)
        for text, slot in zip(texts, slots, strict=True):
            if text not in self._numbers:
                if len(self.texts) == MOST_TEXTS:
                    raise NotPlain
                self._numbers[text] = self._by_hash[slot] = len(self.texts)
                self.texts.append(text)
        if len(self.texts) > had:
            self._lengths = np.array([-1, *map(len, self.texts[1:])])
            wide = -(-max(map(len, self.texts)) // WORD)
            filled = b"".join(text.ljust(wide * WORD, b"\x00") for text in self.texts)
            self._words = np.frombuffer(filled, dtype="<u8").astype(np.uint64).reshape(-1, wide)
        return [self._numbers[text] for text in texts]
