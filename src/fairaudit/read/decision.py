"""Labels, scores and weights as numbers, and the rule by which scores become decisions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from fairaudit.config import ReadSettings, RuleKind, split_words
from fairaudit.errors import ColumnError, OptionError, clipped, did_you_mean, listed
from fairaudit.read.notes import Note, counted
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Rows
from fairaudit.read.sql import text
from fairaudit.read.values import (
    MOST_GROUPS,
    as_binary,
    double,
    one,
    raw_text,
    same_value,
    text_of,
    values_of,
)

MOST_PEOPLE = 10**18
"""Beyond this, sums of products could leave 128 bits, and Aequitas's counts 64."""


class ScoreKind(StrEnum):
    """What the scores are; it decides which metrics they allow."""

    NONE = "none"
    DECISIONS = "0/1 decisions"
    PROBABILITIES = "probabilities"
    RANKS = "ranks"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    """How decisions came about.

    Attributes
    ----------
    threshold
        A row is decided 1 if score >= threshold; ``None`` for a decision column.
    wanted
        For the two top rules, how many people were to be selected; ties at the cut add to them.
    given
        Whether the user chose the rule.
    """

    kind: RuleKind
    column: str
    threshold: float | None = None
    wanted: int | None = None
    given: bool = True

    @property
    def sentence(self) -> str:
        """Say the rule in plain words."""
        match self.kind:
            case RuleKind.SCORES_ARE_DECISIONS:
                return f"{self.column} is 0/1"
            case RuleKind.DECISION_COLUMN:
                return f"column {self.column}"
            case RuleKind.THRESHOLD:
                default = "" if self.given else " (the default, as all scores lie in [0, 1])"
                return f"{self.column} >= {self.threshold:.6g}{default}"
            case RuleKind.TOP_K | RuleKind.TOP_PERCENT:
                return f"{self.column} >= {self.threshold:.6g}, the top {self.wanted:,} and all tied with the last of them"


def decided(rule: DecisionRule | None) -> str:
    """Write the SQL of the decision under a rule."""
    if rule is None:
        return "NULL::TINYINT"
    return "given" if rule.threshold is None else f"CAST(score >= {double(rule.threshold)} AS TINYINT)"


def score_kind(score: str | None, low: float | None, high: float | None, binary: bool | None) -> ScoreKind:
    """Tell what scores are by their range."""
    if score is None or low is None or high is None:
        return ScoreKind.NONE
    if binary:
        return ScoreKind.DECISIONS
    return ScoreKind.PROBABILITIES if low >= 0 and high <= 1 else ScoreKind.RANKS


def find_rule(
    rows: Rows,
    roles: Roles,
    settings: ReadSettings,
    *,
    kind: ScoreKind,
    low: float | None,
    high: float | None,
    people: int,
) -> DecisionRule | None:
    """Find how decisions come about: as asked, or as the scores allow; refuse scores that leave it open."""
    if roles.decision:
        return DecisionRule(kind=RuleKind.DECISION_COLUMN, column=roles.decision)
    if roles.score is None:
        return None
    if settings.top_k is not None or settings.top_percent is not None:
        return _top_rule(rows, roles.score, settings, people)
    if settings.threshold is not None:
        return DecisionRule(kind=RuleKind.THRESHOLD, column=roles.score, threshold=float(settings.threshold))
    if kind is ScoreKind.DECISIONS:
        return DecisionRule(
            kind=RuleKind.SCORES_ARE_DECISIONS, column=roles.score, threshold=1.0, given=False
        )
    if kind is ScoreKind.PROBABILITIES:
        return DecisionRule(kind=RuleKind.THRESHOLD, column=roles.score, threshold=0.5, given=False)
    raise ColumnError(
        rows.source.name,
        roles.score,
        f"the scores run from {low:g} to {high:g}, outside [0, 1], so nothing says which of them are positive decisions",
        hint="Give --threshold T (score >= T), --top-k K or --top-percent P",
    )


def _top_rule(rows: Rows, score: str, settings: ReadSettings, people: int) -> DecisionRule:
    if settings.top_k is not None:
        kind, wanted = RuleKind.TOP_K, settings.top_k
        if wanted > people:
            raise OptionError(
                "--top-k", f"{wanted:,} are to be selected, and {rows.source.name} holds {people:,} people"
            )
    else:
        percent = Fraction(repr(float(settings.top_percent or 0)))
        kind, wanted = RuleKind.TOP_PERCENT, math.ceil(percent * people / 100)
    (cut,) = one(
        rows,
        "SELECT max(score) FROM (SELECT score, sum(sum(people)) OVER (ORDER BY score DESC) AS selected FROM scored_rows GROUP BY score) "
        f"WHERE selected >= {wanted}",
    )
    return DecisionRule(kind=kind, column=score, threshold=float(cut), wanted=wanted)


def label_sql(rows: Rows, column: str | None, positive: Sequence[str]) -> tuple[str | None, tuple[Note, ...]]:
    """Write the SQL of the label, 0 or 1; ``None`` without labels. The notes tell what became 0."""
    if column is None:
        if positive:
            raise OptionError("--positive", "there is no label column to which it could apply")
        return None, ()
    binary = _binary(
        rows,
        column,
        positive,
        "labels",
        "Say which values are positive: --positive VALUE (several if need be)",
    )
    return binary, _told_negative(rows, column, binary) if positive else ()


def _told_negative(rows: Rows, column: str, binary: str) -> tuple[Note, ...]:
    """Tell which values became 0 because nobody named them as positive."""
    counts = dict(
        rows.connection.execute(
            f"SELECT {raw_text(rows, column)} AS value, count(*) FROM source_rows WHERE kept AND {binary} = 0 GROUP BY value"
        ).fetchall()
    )
    return (Note(sentence=f"{column}: negative, 0: {counted(counts)}"),) if counts else ()


def decision_sql(rows: Rows, column: str | None) -> str | None:
    """Write the SQL of a given decision, 0 or 1; ``None`` without one."""
    if column is None:
        return None
    return _binary(rows, column, (), "decisions", "--score and --threshold make decisions from scores")


def _binary(rows: Rows, column: str, positive: Sequence[str], noun: str, hint: str) -> str:
    """Write the SQL that maps a column's values to 1 and 0, after a look at all of its values."""
    found = values_of(rows, [column])[column]
    if found is None:
        raise ColumnError(
            rows.source.name,
            column,
            f"the {noun} are not 0 and 1 but more than {MOST_GROUPS:,} different values",
            hint=hint,
        )
    positive = split_words(positive, known=found)
    ones, zeros = [v for v in found if as_binary(v) == 1], [v for v in found if as_binary(v) == 0]
    if positive:
        for wanted in positive:
            # Without any values the condition or the missing labels are the news.
            if found and not any(same_value(wanted, v) for v in found):
                raise ColumnError(
                    rows.source.name,
                    column,
                    f"no row holds {wanted!r}, named as positive",
                    hint=f"{did_you_mean(wanted, found)} Its values are {listed(found)}".strip(),
                )
        ones = [v for v in found if any(same_value(wanted, v) for wanted in positive)]
        zeros = [v for v in found if v not in ones]
    elif len(ones) + len(zeros) < len(found):
        raise ColumnError(
            rows.source.name, column, f"the {noun} are not 0 and 1 but {listed(found)}", hint=hint
        )
    value = raw_text(rows, column)
    cases = [
        f"WHEN {value} IN ({', '.join(map(text, values))}) THEN {number}"
        for number, values in ((1, ones), (0, zeros))
        if values
    ]
    return f"CAST(CASE {' '.join(cases)} END AS TINYINT)" if cases else "NULL::TINYINT"


def people_sql(rows: Rows, column: str | None) -> str:
    """Write the SQL of how many people a row stands for, after every weight has been tried."""
    if column is None:
        return "1::BIGINT"
    value = f"TRY_CAST({rows.column(column)} AS DOUBLE)"
    bad = f"kept AND ({value} IS NULL OR isnan({value}) OR {value} < 0 OR {value} > 9e15 OR {value} <> floor({value}))"
    if first := rows.connection.execute(
        f"SELECT rowid + 1, {text_of(rows, column)} FROM source_rows WHERE {bad} ORDER BY rowid LIMIT 1"
    ).fetchone():
        row, found = first
        what = "holds no weight" if found is None else f"holds {clipped(str(found))!r}"
        raise ColumnError(
            rows.source.name,
            column,
            f"row {row:,} {what}, and weights must be whole numbers of people, 0 or more",
        )
    return f"CAST({value} AS BIGINT)"
