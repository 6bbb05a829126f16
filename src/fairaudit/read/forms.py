"""In which form a column writes its numbers, told from how often each kind of text occurs in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fairaudit.engine.sql import text
from fairaudit.read.values import CAST, COMMA_NUMBER, CURRENCY, POINT_NUMBER

FEW = 20
"""One row in so many may hold no number, in a column that otherwise holds numbers."""
FEW_VALUES = 10
"""So few different values at most, beside more different numbers; of few numbers each may be a category, such as 2, 4 and more."""
MOST_ZEROS = 20
"""If more than one number in so many begins with a zero that it does not need, they are codes, such as postcodes."""
_MINUS = "\u2212"


class Kind(StrEnum):
    """What a single text may be. Numbers are told apart by what their commas and points can mean."""

    MISSING = "missing"
    MARK = "mark of a missing number"
    POINT = "decimal point"
    COMMA = "decimal comma"
    EITHER = "either"
    OTHER = "no number"


NUMBERS = (Kind.POINT, Kind.COMMA, Kind.EITHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """The texts of a column that are of one kind and are decorated alike.

    Attributes
    ----------
    decoration
        The currency or percent sign; ``0`` for a zero that has none, which is the same with and without.
    castable
        Whether SQL reads them as they stand.
    zeros
        Whether they begin with a zero that the number does not need.
    shortest, longest
        Their lengths.
    example
        One of them.
    """

    kind: Kind
    decoration: str
    castable: bool
    zeros: bool
    rows: int
    values: int
    shortest: int
    longest: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a column writes its numbers.

    Attributes
    ----------
    comma
        Whether decimals stand behind a comma.
    percent
        Whether they are percentages, which are read as shares.
    currency
        The currency sign, if there is one.
    castable
        Whether SQL reads all of them as they stand.
    """

    comma: bool = False
    percent: bool = False
    currency: str = ""
    castable: bool = True

    def matches(self, value: str) -> str:
        """Write the SQL that tells whether a text is a number of this form."""
        if self.castable:
            return f"regexp_full_match({value}, {text(CAST)})"
        pattern = COMMA_NUMBER if self.comma else POINT_NUMBER
        checks = [f"regexp_full_match({value}, {text(pattern)})"]
        if self.percent:
            checks.append(f"(ends_with({value}, '%') OR NOT regexp_matches({value}, '[1-9]'))")
        else:
            checks.append(f"NOT contains({value}, '%')")
        checks.append(f"regexp_extract({value}, {text(CURRENCY)}) IN ('', {text(self.currency)})")
        return " AND ".join(checks)

    def number(self, value: str) -> str:
        """Write the SQL that reads a text of this form."""
        if self.castable:
            return f"TRY_CAST({value} AS DOUBLE)"
        between = "[. '\u2019%+]" if self.comma else "[, '\u2019%+]"
        digits = f"regexp_replace({value}, {text(CURRENCY + '|' + between)}, '', 'g')"
        if self.comma:
            digits = f"replace({digits}, ',', '.')"
        digits = f"translate({digits}, '{_MINUS}()', '--')"
        if self.percent:
            # By its digits, since 83.3 / 100 is another number than 0.833 now and then.
            digits = f"{digits} || 'e-2'"
        return f"TRY_CAST({digits} AS DOUBLE)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Whether a column holds numbers.

    Attributes
    ----------
    numeric
        All that is not missing is a number of one form.
    nearly, mixed
        All but few; at least half. In both cases there are many different numbers.
    codes
        Its numbers are codes, since they keep zeros before them.
    numbers, others
        Rows that hold a number of the form, and those that hold anything else and are not missing.
    zeros
        Rows with a zero that the number does not need.
    example
        A number that is not written as programs do.
    certain
        Whether some value tells what commas and points mean in this column; a lone ``1,234`` does not.
    """

    form: Form
    numeric: bool
    nearly: bool
    mixed: bool
    codes: bool
    numbers: int
    others: int
    zeros: int
    example: str | None
    certain: bool


def decide(facets: Sequence[Facet], *, comma_known: bool = False) -> Decided:
    """Find the one form in which a column writes its numbers, if it is one.

    Parameters
    ----------
    comma_known
        Whether it is known from elsewhere that decimals stand behind a comma, should no value tell.
    """
    written = [facet for facet in facets if facet.kind in NUMBERS]
    rows = {kind: sum(f.rows for f in facets if f.kind is kind) for kind in Kind}
    # What can only be read with a decimal comma makes the rest be read so, too; a lone 1,234 is read as thousands.
    comma = rows[Kind.COMMA] > rows[Kind.POINT] or (comma_known and not rows[Kind.POINT])
    fitting = [f for f in written if f.kind is not (Kind.POINT if comma else Kind.COMMA)]
    percents = sum(f.rows for f in fitting if f.decoration == "%")
    percent = percents > 0 and percents >= sum(f.rows for f in fitting if f.decoration not in ("%", "0"))
    currency = "" if percent else _most(fitting)
    fitting = [f for f in fitting if f.decoration in (("%", "0") if percent else ("", "0", currency))]
    numbers = sum(f.rows for f in fitting)
    strange = [f for f in facets if f.kind is Kind.OTHER or (f.kind in NUMBERS and f not in fitting)]
    others = sum(f.rows for f in strange)
    zeros = [f for f in fitting if f.zeros]
    castable = not comma and all(f.castable for f in fitting)
    unusual = sorted((f for f in fitting if not f.castable), key=lambda f: (f.kind is Kind.EITHER, -f.rows))
    codes = castable and not others and _are_codes(fitting, sum(f.rows for f in zeros), numbers)
    many = sum(f.values for f in fitting) > FEW_VALUES
    few = others * FEW <= numbers + others and sum(f.values for f in strange) <= FEW_VALUES
    return Decided(
        form=Form(comma=comma, percent=percent, currency=currency, castable=castable),
        numeric=numbers > 0 and others == 0 and not codes,
        nearly=many and others > 0 and few,
        mixed=many and 0 < others <= numbers,
        codes=codes,
        numbers=numbers,
        others=others,
        zeros=sum(f.rows for f in zeros),
        example=next((f.example for f in (*unusual, *zeros)), None),
        certain=bool(comma or rows[Kind.COMMA] or rows[Kind.POINT])
        or not any("," in f.example for f in unusual),
    )


def _most(facets: Iterable[Facet]) -> str:
    """Return the most frequent currency."""
    counts: dict[str, int] = {}
    for facet in facets:
        if facet.decoration not in ("", "0", "%"):
            counts[facet.decoration] = counts.get(facet.decoration, 0) + facet.rows
    return max(counts, key=lambda sign: (counts[sign], sign)) if counts else ""


def _are_codes(facets: Sequence[Facet], zeros: int, numbers: int) -> bool:
    if not zeros:
        return False
    same_width = min(f.shortest for f in facets) == max(f.longest for f in facets)
    return same_width or zeros * MOST_ZEROS > numbers
