"""What people state for the model card: the form of ``card.toml``, and how it is read.

Nothing here is measured, and nothing is ever made up: a statement is given, or said not to apply, or said to be unknown, or missing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from fairaudit.errors import FileError, clipped, did_you_mean
from fairaudit.texts import garbage_kept, shallow

_Text = Annotated[str, StringConstraints(strip_whitespace=True)]
_Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class NotApplicable(BaseModel):
    """A question that does not apply, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    not_applicable: _Reason


class Unknown(BaseModel):
    """A question that was considered and that nobody can answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    unknown: _Reason


class Approval(BaseModel):
    """Who approved the model for use, and when; both are needed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    by: _Text = ""
    on: date | _Text = ""

    def __bool__(self) -> bool:
        """Tell whether somebody did."""
        return bool(self.by and self.on)


class AtRisk(BaseModel):
    """What the model may do to a group of people, for good and for bad, and what is done about it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    group: _Reason
    benefits: _Text = ""
    harms: _Text = ""
    mitigation: _Text = ""


class BiasAudit(BaseModel):
    """What people state of a bias audit that is posted, as New York City's Local Law 144 asks for it; what is empty is printed as not stated.

    `data_kind` is whether data are historical or made for a test; the dates are of the audit, of the first use of the tool, and of its distribution.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    tool: _Text = ""
    employer: _Text = ""
    auditor: _Text = ""
    data_source: _Text = ""
    data_period: _Text = ""
    data_kind: Literal["", "historical", "test"] = ""
    why_test_data: _Text = ""
    audited: date | Literal[""] = ""
    first_used: date | Literal[""] = ""
    distributed: date | Literal[""] = ""

    def is_old(self, today: date) -> bool:
        """Tell whether more than a year has passed since the audit, after which the tool may not be used (6 RCNY 5-301 (a))."""
        if not isinstance(self.audited, date):
            return False
        # The 29th of February has its anniversary on the 1st of March.
        year = self.audited.year + 1
        return (today.year, today.month, today.day) > (year, self.audited.month, self.audited.day)


Statement = _Text | NotApplicable | Unknown


class ForRegulators(BaseModel):
    """What regulators ask beyond a model card (EU AI Act, Article 10 and Annex IV; NIST AI RMF 1.0; ISO/IEC 42001:2023, Annex A); left out of the card while it is empty."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    oversight: Statement = ""
    collection_period: Statement = ""
    labelling: Statement = ""
    foreseeable: Statement = ""
    robustness: Statement = ""
    monitoring: Statement = ""
    appeal: Statement = ""
    assessor: Statement = ""

    @property
    def made(self) -> tuple[str, ...]:
        """Names of the statements that somebody has made."""
        return tuple(name for name in type(self).model_fields if getattr(self, name))


class Statements(BaseModel):
    """The human's part of the card: each is a text, or says why there is none; empty ones are missing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Statement = ""
    summary: Statement = ""
    owners: Statement = ""
    contact: Statement = ""
    license: Statement = ""
    intended_uses: Statement = ""
    users: Statement = ""
    out_of_scope: Statement = ""
    data_source: Statement = ""
    preprocessing: Statement = ""
    why_these_metrics: Statement = ""
    why_this_threshold: Statement = ""
    interpretation: Statement = ""
    caveats: Statement = ""
    recommendations: Statement = ""
    approval: Approval | NotApplicable | Unknown = Approval()
    at_risk: Annotated[tuple[AtRisk, ...], Field(strict=False)] = ()
    impact: BiasAudit = BiasAudit()
    regulators: ForRegulators = ForRegulators()

    @classmethod
    def required(cls) -> tuple[str, ...]:
        """Return the names of the statements that a card needs: all but those on groups at risk, on a bias audit and for regulators, which not every model has."""
        return tuple(name for name in cls.model_fields if name not in ("at_risk", "impact", "regulators"))

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the required statements that nobody has made."""
        return tuple(name for name in self.required() if not getattr(self, name))


def read_statements(content: str, *, file: str) -> Statements:
    """Read ``card.toml``.

    Parameters
    ----------
    content
        Its text.
    file
        What messages call it.

    Raises
    ------
    FileError
        If it is no TOML, holds an unknown key (the nearest known one is named), or a statement is neither a text nor one of the
        two tables; the line is named.
    """
    try:
        with garbage_kept():
            parsed = tomllib.loads(shallow(content))
    except RecursionError:
        raise FileError(file, "is not TOML that anybody wrote: it is nested too deeply") from None
    except ValueError as error:
        raise FileError(file, f"is not TOML: {clipped(str(error), most=200)}") from None
    for key in parsed:
        if key not in Statements.model_fields:
            raise FileError(
                file,
                f"{_line(content, key)}unknown key {key!r}",
                hint=did_you_mean(key, Statements.model_fields),
            )
    try:
        return Statements.model_validate(parsed)
    except ValidationError as error:
        first, *within = error.errors()[0]["loc"]
        key = str(first)
        raise FileError(
            file,
            _wrong(content, key, parsed[key], within),
            hint=_HINTS.get(
                key,
                'Give a text in quotes, { not_applicable = "why" } or { unknown = "what was considered" }',
            ),
        ) from None


_HINTS = {
    "approval": 'Give { by = "who", on = 2026-01-31 }, { not_applicable = "why" } or { unknown = "what was considered" }',
    "impact": "Begin it with the line [impact]; its texts are tool, employer, auditor, data_source, data_period, data_kind (historical or test) and why_test_data, its dates (2026-01-31) audited, first_used and distributed",
    "regulators": f"Begin it with the line [regulators]; its statements are {', '.join(ForRegulators.model_fields)}, each a text or one of the two tables",
    "at_risk": "Begin each group with the line [[at_risk]], and give its group, and texts for benefits, harms and mitigation",
}


def _wrong(content: str, key: str, value: object, within: Sequence[str | int]) -> str:
    """Say which key holds what it cannot; of a table that has keys of its own, the one within."""
    inner = within[0] if within else None
    if key in ("impact", "regulators") and isinstance(value, dict) and inner in value:
        return (
            f"{_line(content, str(inner))}key {clipped(str(inner))!r} of [{key}] holds {_held(value[inner])}"
        )
    return f"{_line(content, key)}key {key!r} holds {_held(value)}"


def _line(content: str, key: str) -> str:
    """Say on which line a key stands, if that can be told; tomllib does not."""
    pattern = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[=.\]]""")
    number = next((i for i, line in enumerate(content.splitlines(), 1) if pattern.match(line)), 0)
    return f"line {number}: " if number else ""


def _held(value: object) -> str:
    match value:
        case dict():
            return f"a table of {', '.join(repr(clipped(str(key))) for key in value) or 'nothing'}"
        case list():
            return "a list"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return f"the text {clipped(value)!r}"
        case _:
            return "a value of another kind"
