"""The page that New York City's Local Law 144 wants to be posted: who audited what, when, and the rule's tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup, escape

from fairaudit.documents.impact import ImpactDocument, ImpactGroupPart, ImpactTablePart
from fairaudit.documents.statements import BiasAudit
from fairaudit.errors import clipped
from fairaudit.render.escape import visible
from fairaudit.render.templating import sandbox
from fairaudit.resources import IMPACT_TEMPLATE, read_template
from fairaudit.slices.grammar import CROSS

NOT_STATED = "not stated"
_KINDS = {"historical": "historical data of the tool's use", "test": "test data"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A category: what it is called in each column of names, and its numbers."""

    names: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """A table as the rule lays it out: of an intersection each part of a category has a column."""

    title: str
    names: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def render_page(document: ImpactDocument, stated: BiasAudit) -> str:
    """Write the summary of a bias audit as one HTML page, which needs nothing beside it.

    References
    ----------
    6 RCNY 5-301 (d) for the tables, 5-303 for what is posted beside them.
    """
    tool = stated.tool or "an automated employment decision tool"
    template = sandbox(_safe).from_string(read_template(IMPACT_TEMPLATE))
    return template.render(
        title=f"Bias audit of {tool}",
        warning=date_text(stated, document.created.date()),
        facts=_facts(document, stated),
        tables=[_rates(table, document) for table in document.tables],
        behind=_behind(document),
    )


def date_text(stated: BiasAudit, today: date) -> str:
    """Say that an audit is more than a year old, or of a day to come; empty where it is neither."""
    # Somewhere it is tomorrow already.
    if isinstance(stated.audited, date) and stated.audited > today + timedelta(days=1):
        return f"This bias audit is of {stated.audited}, a day that is yet to come: its date is wrong, or it was not done."
    if not stated.is_old(today):
        return ""
    return f"This bias audit is of {stated.audited}, more than a year ago: the tool may not be used before another one (6 RCNY 5-301 (a))."


def _safe(value: object) -> Markup:
    return value if isinstance(value, Markup) else escape(visible(str(value)))


def _facts(document: ImpactDocument, stated: BiasAudit) -> list[tuple[str, str]]:
    """List who audited what, when, and with which data."""
    kind = _KINDS.get(stated.data_kind, "")
    test = f"{kind}: {stated.why_test_data}" if stated.why_test_data else kind
    facts = (
        ("Independent auditor", stated.auditor),
        ("Employer or agency", stated.employer),
        ("Date of the audit", str(stated.audited)),
        ("Tool first used", str(stated.first_used)),
        ("Version distributed", str(stated.distributed)),
        ("Source of the data", stated.data_source),
        ("Period of the data", stated.data_period),
        ("Kind of data", test),
        ("People assessed", f"{document.people:,}"),
    )
    return [(name, text or NOT_STATED) for name, text in facts]


def _rates(table: ImpactTablePart, document: ImpactDocument) -> Rates:
    """Lay a table out as the rule does: applicants, selected with their rate or the scoring rate, impact ratio."""
    columns = next((a.columns for a in document.settings.attributes if a.name == table.attribute), [])
    scoring = table.median is not None
    heads = (
        ("Applicants", "Scoring rate", "Impact ratio")
        if scoring
        else ("Applicants", "Selected", "Selection rate", "Impact ratio")
    )
    known = len(columns) > 1 and all(g.group.count(CROSS) == len(columns) - 1 for g in table.groups)
    names = tuple(map(clipped, columns)) if known else (clipped(table.attribute),)
    return Rates(
        title=" and ".join(names),
        names=names,
        heads=heads,
        rows=tuple(
            Row(
                names=tuple(map(clipped, g.group.split(CROSS))) if known else (clipped(g.group),),
                cells=_cells(g, scoring=scoring),
            )
            for g in table.groups
        ),
        notes=_notes(table, may_hide=document.settings.suppress_below is not None),
    )


def _cells(group: ImpactGroupPart, *, scoring: bool) -> tuple[str, ...]:
    rate = "–" if group.rate is None else f"{group.rate:.1%}"
    ratio = (
        "excluded" if group.excluded else "–" if group.impact_ratio is None else f"{group.impact_ratio:.3f}"
    )
    selected = "–" if group.selected is None else f"{group.selected:,}"
    return (f"{group.n:,}", rate, ratio) if scoring else (f"{group.n:,}", selected, rate, ratio)


def _notes(table: ImpactTablePart, *, may_hide: bool) -> tuple[str, ...]:
    """Say below a table whom it does not hold, and what its rates are."""
    hidden = ", or of a small one that is not shown," if may_hide else ""
    notes = [
        f"{table.unknown:,} people of an unknown category{hidden} were assessed as well, and are not in this table."
    ]
    if table.median is not None:
        notes.append(
            f"Scoring rate: the share of a category with a score above {table.median:g}, the median of the {table.n:,} people of this table."
        )
    if table.several is not None:
        notes.append(
            f"{table.several:,} people are in several of these categories, and counted in each of them."
        )
    if reasons := dict.fromkeys(g.reasons.get("excluded", "") for g in table.groups if g.excluded):
        notes.append(f"Excluded from impact ratios: {'; '.join(reasons)}.")
    return tuple(notes)


def _behind(document: ImpactDocument) -> list[str]:
    """Say what was read, and by what this was computed."""
    source = document.input
    dropped = sum(source.dropped.values())
    lost = f", {dropped:,} rows left out" if dropped else ""
    texts = [
        f"Computed from {clipped(source.name)} ({source.rows:,} rows{lost}) by fairaudit {document.fairaudit} on {document.created.date()}."
    ]
    return [*texts, f"SHA-256 of the file: {source.sha256}."] if source.sha256 else texts
