"""Which column serves as what: named by the user, or found by its usual name."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.errors import ColumnMissing, OptionError
from fairaudit.read.rows import Input
from fairaudit.settings.choices import NO_LABEL
from fairaudit.settings.reading import ReadSettings
from fairaudit.spelling import named_by, setting

USUAL_LABELS = ("label", "label_value")
USUAL_SCORE = "score"
USUAL_DECISION = "decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which column serves as what; ``None`` where there is none. `id` says whom a row is about, `weight` how many people it stands for."""

    label: str | None = None
    score: str | None = None
    decision: str | None = None
    weight: str | None = None
    id: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that have a role."""
        named = (self.label, self.score, self.decision, self.weight, self.id)
        return tuple(c for c in named if c is not None)


def find_roles(opened: Input, settings: ReadSettings, *, score_needed: bool) -> Roles:
    """Find for each role the named column, or the one of the usual name."""
    columns = opened.columns
    label = _label(opened, settings, score_needed=score_needed)
    has_label = label != NO_LABEL or NO_LABEL in columns
    score = settings.score or opened.find(USUAL_SCORE)
    if score == NO_LABEL and score not in columns:
        score = None
    rule_given = any(rule is not None for rule in (settings.threshold, settings.top_k, settings.top_percent))
    decision = settings.decision
    own_score = settings.score is not None and score is not None
    if decision is None and not rule_given and not own_score:
        decision = opened.find(USUAL_DECISION)
    if decision is not None and rule_given:
        raise OptionError(
            setting("decision"),
            f"cannot be given together with {setting('threshold')}, {setting('top_k')} or {setting('top_percent')}",
        )
    if score is None:
        _refuse_without_scores(
            opened, settings, rule_given=rule_given, enough=decision is not None or not score_needed
        )
    roles = Roles(
        label=_found(opened, "label", label) if has_label else None,
        score=_found(opened, "score", score) if score else None,
        decision=_found(opened, "decision", decision) if decision else None,
        weight=_found(opened, "weight", settings.weight) if settings.weight else None,
        id=_found(opened, "id", settings.id) if settings.id else None,
    )
    if len(set(roles.columns)) < len(roles.columns):
        twice = next(c for c in roles.columns if roles.columns.count(c) > 1)
        raise OptionError(
            ", ".join(map(setting, ("label", "score", "decision", "weight", "id"))),
            f"the column {twice!r} has two roles",
        )
    return roles


def _found(opened: Input, role: str, column: str) -> str:
    return opened.require(column, hint=named_by(role, other="COLUMN"))


def _label(opened: Input, settings: ReadSettings, *, score_needed: bool) -> str:
    """Name the column of labels, or say that there is none."""
    label = settings.label or next(filter(None, map(opened.find, USUAL_LABELS)), None)
    if label is not None:
        return label
    if not score_needed and settings.score is None and opened.find(USUAL_SCORE) is None:
        # Statistics alone need neither labels nor scores.
        return NO_LABEL
    raise ColumnMissing(
        opened.name,
        USUAL_LABELS[0],
        opened.columns,
        hint=f"Name the column with the true outcome by {setting('label', 'COLUMN')}, or say {setting('label', NO_LABEL)} to audit decisions alone",
    )


def _refuse_without_scores(opened: Input, settings: ReadSettings, *, rule_given: bool, enough: bool) -> None:
    """Refuse a table without scores, unless decisions are enough or nobody needs either."""
    if rule_given:
        raise ColumnMissing(
            opened.name,
            USUAL_SCORE,
            opened.columns,
            hint=f"A decision rule needs the scores; name their column by {setting('score', 'COLUMN')}",
        )
    if enough:
        return
    if settings.score:
        raise OptionError(
            setting("score"),
            f"without scores there have to be decisions, and {opened.name} has no column {USUAL_DECISION!r}",
            hint=f"Name the column with the decisions by {setting('decision', 'COLUMN')}",
        )
    raise ColumnMissing(
        opened.name,
        USUAL_SCORE,
        opened.columns,
        hint=f"Name the column with the scores or the 0/1 decisions by {setting('score', 'COLUMN')}",
    )
