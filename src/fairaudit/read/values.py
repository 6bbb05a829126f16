"""What a written value means: which marks stand for nothing, which texts are one text, which are numbers, true or false."""

from __future__ import annotations

import difflib
import re

from fairaudit.texts import EDGES, WIDE_BLANKS, ZERO_WIDTH, clean

MISSING_MARKS = (
    "NA", "N/A", "n/a", "N.A.", "n.a.", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-NaN", "-nan", "NaT",
    "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "NULL", "Null", "null", "None", "?", "\\N",
    "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!",
)  # fmt: skip
"""Marks of missing values: those of pandas and R, ``?`` of the UCI repository, and of databases and spreadsheets."""

NUMBER_MARKS = (".", "..", "...", "-", "--", "\u2013", "\u2014", "na", "none", "NONE", "nil", "*")
"""Marks of missing values in a column that otherwise holds numbers; elsewhere they may well be names."""
_APOSTROPHES = "'\u2019"
_LONG_WORD = 6
_ALIKE = 0.9
_EXACT_DIGITS = 15
"""A number of at most so many digits is the same number after it has been a float."""

PLAIN = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?"
"""A number as programs write it. All patterns mean the same to Python and to DuckDB."""
CAST = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
"""A number that SQL reads as it stands."""
_CODES = "USD|EUR|GBP|JPY|CNY|CHF|CAD|AUD|NZD|INR|BRL|MXN|KRW|SEK|NOK|DKK|PLN|CZK|HUF|ZAR|TRY|ILS|SGD|HKD|THB|IDR|PHP|kr|zł|Kč"
CURRENCY = rf"(?:[A-Z]{{0,2}}\$|[€£¥₹₩₽₺₪₫₴₦฿₱₡₲₵₸₼¢]|{_CODES})"
_TRIPLES = rf"[1-9][0-9]{{0,2}}(?:[ {_APOSTROPHES}][0-9]{{3}})+"
_EXPONENT = r"(?:[eE][+-]?[0-9]{1,3})?"
_POINT_BODY = rf"(?:(?:[1-9][0-9]{{0,2}}(?:,[0-9]{{2,3}})*,[0-9]{{3}}|{_TRIPLES}|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+){_EXPONENT}"
_COMMA_BODY = rf"(?:(?:[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}})+|{_TRIPLES}|[0-9]+)(?:,[0-9]+)?|,[0-9]+){_EXPONENT}"
_SIGN = "[+\u2212-]"


def _written(body: str) -> str:
    """Add what may stand around a number: a sign, a currency or a percent sign, brackets around what is negative."""
    currency = rf"(?:{CURRENCY} ?)"
    signed = rf"(?:{_SIGN}?{currency}?|{currency}{_SIGN}){body}(?: ?(?:{CURRENCY}|%))?"
    return rf"(?:{signed}|\({currency}?{body}(?: ?{CURRENCY})?\))"


POINT_NUMBER = _written(_POINT_BODY)
"""Decimals behind a point; commas, blanks or apostrophes between thousands."""
COMMA_NUMBER = _written(_COMMA_BODY)
"""Decimals behind a comma; points, blanks or apostrophes between thousands."""
MOMENT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-]00:?00|\+00)?"
)
"""A date with a time, at no other distance from UTC."""
BLANKS = rf"\s{ZERO_WIDTH}{WIDE_BLANKS}{EDGES}{_APOSTROPHES}"
"""Signs that may stand around the digits of a number, or between them, for a pattern."""
_PLAIN_OR_CAST = re.compile(CAST)


def is_number(text: str) -> bool:
    """Return whether a text is a number as programs write them; ``1_0``, ``inf`` and ``nan`` are none.

    >>> [is_number(text) for text in ("1", "-0.5", "1e5", "1_0", "nan", "1,5")]
    [True, True, True, False, False, False]
    """
    return _PLAIN_OR_CAST.fullmatch(text) is not None


def clean_sql(value: str) -> str:
    """Write the SQL of `clean`."""
    bare = f"regexp_replace({value}, '[{ZERO_WIDTH}]', '', 'g')"
    blank = f"regexp_replace({bare}, '[{WIDE_BLANKS}]', ' ', 'g')"
    return trim_sql(f"nfc_normalize({blank})")


def trim_sql(value: str) -> str:
    """Write the SQL that takes off blanks at either end."""
    return f"trim({value}, '{EDGES}')"


def number_text(text: str) -> str:
    """Write a number in the one way in which it is written here; other texts stay as they are.

    >>> [number_text(text) for text in ("1.0", "1.50", "+7", "1e3", "0.1", "1_0", "12345678901234567890")]
    ['1', '1.5', '7', '1000', '0.1', '1_0', '12345678901234567890']
    """
    if not is_number(text):
        return text
    if sum(sign.isdigit() for sign in text.lower().partition("e")[0].lstrip("+-0.")) > _EXACT_DIGITS:
        return text
    number = float(text)
    if number.is_integer() and abs(number) < 2**53:
        return str(int(number))
    return repr(number)


def as_binary(value: str) -> int | None:
    """Read a value as a label or decision: 0 and 1 however written, true and false; ``None`` for anything else."""
    folded = value.casefold()
    if folded in ("true", "false"):
        return int(folded == "true")
    if not is_number(value):
        return None
    number = float(value)
    return int(number) if number in (0, 1) else None


def same_value(typed: str, value: str) -> bool:
    """Return whether a typed value means a value of the data: a text that looks the same, or the same number."""
    typed, value = clean(typed), clean(value)
    if typed == value or (typed.casefold() == value.casefold() and value.casefold() in ("true", "false")):
        return True
    return is_number(typed) and is_number(value) and float(typed) == float(value)


def resembles(one: str, other: str) -> bool:
    """Return whether two different values may be meant as one: they differ in case or punctuation, or in a sign or two of a long word.

    >>> resembles(">50K.", ">50K"), resembles("yes", "YES"), resembles("aproved", "approved"), resembles("<=50K", ">50K")
    (True, True, True, False)
    """
    if one == other or is_number(one) or is_number(other) or _compared(one) != _compared(other):
        return False
    short, long = sorted((re.sub(r"[^\w+-]|_", "", text).casefold() for text in (one, other)), key=len)
    if short == long:
        return bool(short)
    # In a short word one letter is the whole difference, and a syllable before it turns a word around.
    return (
        len(short) >= _LONG_WORD
        and not long.endswith(short)
        and difflib.SequenceMatcher(None, short, long).ratio() >= _ALIKE
    )


def _compared(text: str) -> str:
    return text[:1] if text[:1] in ("<", ">") else ""
