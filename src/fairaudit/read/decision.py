"""The rule by which scores become decisions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from fairaudit.errors import ColumnError, OptionError, written
from fairaudit.read.notes import Note
from fairaudit.read.precision import own, own_sql, shortest
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Rows
from fairaudit.settings.choices import RuleKind, ScoreKind
from fairaudit.settings.reading import Median, ReadSettings
from fairaudit.slices.file import saving
from fairaudit.spelling import Bare, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    """How decisions came about.

    Attributes
    ----------
    threshold
        A row is decided 1 if score >= threshold; ``None`` for a decision column, and for a median, which those who are compared have.
    wanted
        For the two top rules, how many people were to be selected; ties at the cut add to them.
    chosen_by_user
        Whether the user chose the rule.
    """

    kind: RuleKind
    column: str
    threshold: float | None = None
    wanted: int | None = None
    chosen_by_user: bool = True

    @property
    def sentence(self) -> str:
        """Say the rule in plain words."""
        match self.kind:
            case RuleKind.SCORES_ARE_DECISIONS:
                return f"{self.column} is 0/1"
            case RuleKind.DECISION_COLUMN:
                return f"column {self.column}"
            case RuleKind.THRESHOLD:
                default = "" if self.chosen_by_user else " (the default, as all scores lie in [0, 1])"
                return f"{self.column} >= {written(self.threshold)}{default}"
            case RuleKind.MEDIAN:
                return f"{self.column} above the median"
            case RuleKind.TOP_K | RuleKind.TOP_PERCENT:
                return f"{self.column} >= {written(self.threshold)}, the top {self.wanted:,} and all tied with the last of them"


def decided(rule: DecisionRule | None, precision: str | None = None) -> str:
    """Write the SQL of the decision under a rule, for scores of a precision."""
    if rule is None:
        return "CAST(NULL AS TINYINT)"
    if rule.threshold is None:
        return "decision_value"
    return f"CAST(score >= {own_sql(rule.threshold, precision)} AS TINYINT)"


def cuts_of(rule: DecisionRule | None, precision: str | None = None) -> tuple[float, ...]:
    """Return the scores of a precision from which on a rule decides otherwise, or probabilities are at another hundredth; they rise."""
    thresholds = {place / 100 for place in range(101)}
    if rule is not None and rule.threshold is not None:
        thresholds.add(rule.threshold)
    return tuple(sorted({own(threshold, precision) for threshold in thresholds}))


def constant_scores(column: str | None, scored: ScoredRows) -> tuple[Note, ...]:
    """Warn of scores that are all the same, which tell nobody from anybody."""
    if column is None or scored.low is None or scored.low != scored.high or scored.rows < 2:
        return ()
    return (
        Note(
            sentence=f"{column}: all {scored.rows:,} rows have the score {scored.low:g}, so that it ranks nobody before anybody",
            warning=True,
        ),
    )


def score_kind(score: str | None, low: float | None, high: float | None, binary: bool | None) -> ScoreKind:
    """Return what scores are by their range."""
    if score is None or low is None or high is None:
        return ScoreKind.NONE
    if binary:
        return ScoreKind.DECISIONS
    return ScoreKind.PROBABILITIES if low >= 0 and high <= 1 else ScoreKind.RANKS


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRows:
    """What the rows that count come to.

    Attributes
    ----------
    rows
        Their number.
    people, part
        How many parts all people are, and how many people one part is.
    kind, low, high
        What the scores are, and from where to where they run.
    """

    rows: int
    people: int
    part: Fraction
    kind: ScoreKind
    low: float | None
    high: float | None


def find_rule(
    rows: Rows, roles: Roles, settings: ReadSettings, scored: ScoredRows, *, needed: bool = True
) -> DecisionRule | None:
    """Find how decisions come about: as asked, or as the scores allow; refuse scores that leave it open, if decisions are needed."""
    if roles.decision:
        return DecisionRule(kind=RuleKind.DECISION_COLUMN, column=roles.decision)
    if roles.score is None:
        return None
    if settings.top_k is not None or settings.top_percent is not None:
        return _top_rule(rows, roles.score, settings, scored.people, scored.part)
    if isinstance(settings.threshold, Median):
        return DecisionRule(kind=RuleKind.MEDIAN, column=roles.score)
    if settings.threshold is not None:
        return DecisionRule(kind=RuleKind.THRESHOLD, column=roles.score, threshold=float(settings.threshold))
    if settings.lock and settings.lock.scores_are_decisions and scored.kind is not ScoreKind.DECISIONS:
        raise ColumnError(
            rows.source.name,
            roles.score,
            f"holds scores that are no decisions, and {settings.lock.name} keeps that they are",
            hint=f"Keep the slices of such scores by {saving()}",
        )
    if scored.kind is ScoreKind.DECISIONS:
        return DecisionRule(
            kind=RuleKind.SCORES_ARE_DECISIONS, column=roles.score, threshold=1.0, chosen_by_user=False
        )
    if scored.kind is ScoreKind.PROBABILITIES:
        return DecisionRule(kind=RuleKind.THRESHOLD, column=roles.score, threshold=0.5, chosen_by_user=False)
    if not needed:
        return None
    precision = rows.precision(roles.score)
    least, most = (written(shortest(end or 0.0, precision)) for end in (scored.low, scored.high))
    raise ColumnError(
        rows.source.name,
        roles.score,
        f"the scores run from {least} to {most}, outside [0, 1], so nothing says which of them are positive decisions",
        hint=f"Give {setting('threshold', Bare('T'))} (score >= T), {setting('top_k', Bare('K'))} or {setting('top_percent', Bare('P'))}",
    )


def _top_rule(rows: Rows, score: str, settings: ReadSettings, people: int, part: Fraction) -> DecisionRule:
    if settings.top_k is not None:
        if part != 1:
            raise OptionError(
                setting("top_k"),
                "the weights of a survey do not say how many people there are",
                hint=f"Say {setting('top_percent')}",
            )
        kind, wanted = RuleKind.TOP_K, settings.top_k
        if wanted > people:
            raise OptionError(
                setting("top_k"),
                f"{wanted:,} are to be selected, and {rows.source.name} holds {people:,} people",
            )
    else:
        percent = Fraction(repr(float(settings.top_percent or 0)))
        kind, wanted = RuleKind.TOP_PERCENT, math.ceil(percent * people / 100)
    if rows.scores_elsewhere:
        # Of all whose scores rise, the first one who is selected.
        (cut,) = rows.scores_elsewhere.at_places([people - wanted], of="sum(people)")
    else:
        (cut,) = rows.one(
            "SELECT max(score) FROM (SELECT score, sum(sum(people)) OVER (ORDER BY score DESC) AS selected FROM scored_rows GROUP BY score) "
            f"WHERE selected >= {wanted}",
        )
    threshold = shortest(float(cut), rows.precision(score))
    return DecisionRule(kind=kind, column=score, threshold=threshold, wanted=math.ceil(wanted * part))
