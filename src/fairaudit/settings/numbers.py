"""Numbers as people write them in settings: exact, as ratios and limits need them."""

from __future__ import annotations

import re
from fractions import Fraction

from fairaudit.errors import OptionError, clipped
from fairaudit.spelling import setting

_RATIO = re.compile(r"[+-]?(\d{1,9}(\.\d{0,9})?|\.\d{1,9})|\d{1,9}/\d{1,9}", re.ASCII)
"""A decimal number, or a fraction such as 4/5."""
_MOST_BITS = 64
_NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf|infinity|nan)", re.ASCII | re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_MOST_WHOLE = 10**18 - 1
"""The largest whole number that is read."""
_GROUPED = re.compile(r"[+-]?\d{1,3}([,_' ]\d{3})+", re.ASCII)
"""A whole number in groups of three digits."""
_WRITTEN = re.compile(r"[+-]?\d{1,9}(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)
"""A number as TOML has it, within bounds that keep it harmless."""


def number(typed: object) -> float:
    """Read a number as everybody writes it: Python would also take 1_0 for ten.

    Raises
    ------
    ValueError
        If it is none.
    """
    if isinstance(typed, str) and not _NUMBER.fullmatch(typed.strip()):
        raise ValueError(f"{typed!r} is not a number.")
    return float(str(typed))


def whole_number(typed: object, *, least: int | None = None, most: int | None = None) -> int:
    """Read a whole number as everybody writes it, and hold it to its bounds.

    >>> whole_number("12", least=2)
    12
    >>> whole_number("1e3")
    Traceback (most recent call last):
    ValueError: '1e3' is no whole number in digits: write 1000.

    Raises
    ------
    ValueError
        If it is none, or lies beyond a bound.
    """
    # Of an integer of thousands of digits Python makes no text.
    text = hex(typed) if isinstance(typed, int) and abs(typed) > 10**300 else str(typed).strip()
    text = text.removesuffix(".0" if isinstance(typed, float) else "")
    if not isinstance(typed, int) and not _WHOLE.fullmatch(text):
        digits = _in_digits(text)
        how = f"no whole number in digits: write {digits}" if digits else "not a whole number"
        raise ValueError(f"{typed!r} is {how}.")
    lowest = -_MOST_WHOLE if least is None else least
    highest = _MOST_WHOLE if most is None else most
    is_long = len(text.lstrip("+-0")) > len(str(_MOST_WHOLE))
    value = (-_MOST_WHOLE - 1 if text.startswith("-") else _MOST_WHOLE + 1) if is_long else int(text)
    if value < lowest:
        raise ValueError(f"{clipped(text)} is below {lowest}.")
    if value > highest:
        raise ValueError(f"{clipped(text)} is above {highest}.")
    return value


def _in_digits(text: str) -> str:
    """Write a whole number that was written in another way in digits alone; nothing if it is none.

    >>> _in_digits("1e3"), _in_digits("1,000"), _in_digits("3.0"), _in_digits("٣"), _in_digits("1,5")
    ('1000', '1000', '3', '3', '')
    """
    if _GROUPED.fullmatch(text):
        return re.sub(r"[,_' ]", "", text)
    if text.isdecimal() and len(text) < _MOST_BITS:
        return str(int(text))
    value = Fraction(text) if _WRITTEN.fullmatch(text) else Fraction(1, 2)
    return str(value) if value.denominator == 1 and abs(value) <= _MOST_WHOLE else ""


def parse_margin(text: str) -> Fraction:
    """Read by how much something may be worse, exactly.

    >>> parse_margin("0.02")
    Fraction(1, 50)

    Raises
    ------
    OptionError
        If it is no number above 0 and below 1.
    """
    margin = exact(text.strip())
    if margin is None:
        raise OptionError(setting("margin"), f"{text!r} is not a number", hint="Such as 0.02")
    if not 0 < margin < 1:
        raise OptionError(
            setting("margin"), f"{text} is not above 0 and below 1", hint="Two points of a share are 0.02"
        )
    return margin


def parse_tau(text: str) -> Fraction:
    """Read a tolerance exactly.

    >>> parse_tau("0.8")
    Fraction(4, 5)

    Raises
    ------
    OptionError
        If it is no number above 0 and at most 1.
    """
    try:
        # Without the limit on the form, 1e-999999999 would take all the memory there is.
        tau = Fraction(text if _RATIO.fullmatch(text.strip()) else "")
    except (ValueError, ZeroDivisionError):
        raise OptionError(
            setting("tau"), f"{text!r} is not a number", hint="Give a ratio such as 0.8"
        ) from None
    if not 0 < tau <= 1:
        raise OptionError(setting("tau"), f"{text} is not above 0 and at most 1", hint="Four fifths is 0.8")
    return tau


def tau_text(tau: Fraction) -> str:
    """Write a tolerance so that `parse_tau` reads the same again.

    >>> tau_text(Fraction("0.8")), tau_text(Fraction(1, 3))
    ('0.8', '1/3')
    """
    decimal = f"{tau.numerator * 10**9 // tau.denominator:010d}"
    shown = f"{decimal[:-9]}.{decimal[-9:]}".rstrip("0").rstrip(".")
    return shown if Fraction(shown) == tau else str(tau)


class Written(float):
    """A number of a TOML file that remembers how it is written there."""

    text: str

    def __new__(cls, text: str) -> Written:
        """Read a number."""
        made = super().__new__(cls, text)
        made.text = text.replace("_", "")
        return made


def exact(value: object) -> Fraction | None:
    """Return the number that a value of a configuration file means, exactly; ``None`` if it is none, or has too many digits.

    >>> exact(Written("0.8")), exact("4/5"), exact(0.1), exact(True), exact("much")
    (Fraction(4, 5), Fraction(4, 5), Fraction(1, 10), None, None)
    """
    match value:
        case bool():
            return None
        case Written():
            text, form = value.text, _WRITTEN
        case int() if value.bit_length() > _MOST_BITS:
            return None
        case int() | float():
            text, form = repr(value), _WRITTEN
        case str():
            text, form = value.strip(), _RATIO
        case _:
            return None
    try:
        return Fraction(text) if form.fullmatch(text) else None
    except ZeroDivisionError:
        return None
