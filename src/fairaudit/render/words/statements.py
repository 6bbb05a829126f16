"""What people stated of a model, as texts."""

from __future__ import annotations

from fairaudit.documents.statements import NotApplicable, Unknown


def statement_text(statement: object) -> str:
    """Write what people stated, or why there is none; empty if nothing was stated."""
    match statement:
        case str():
            return statement
        case NotApplicable():
            return f"Not applicable: {statement.not_applicable}"
        case Unknown():
            return f"Not known: {statement.unknown}"
        case _:
            return ""
