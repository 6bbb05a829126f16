"""Rows into a checked table: every role is given to a column whose values can bear it, or the reader is told why not.

The result is DuckDB's table ``used_rows`` with the columns ``label`` and ``decision`` (0 or 1), ``score``, ``people`` (the row's
weight), ``d0``, ``d1`` … (the group's number in each dimension) and ``x0``, ``x1`` … (columns to describe). Whatever an input
does not have is NULL there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from fairaudit.config import NO_LABEL, Missing, ReadSettings, RuleKind, split_words
from fairaudit.errors import ColumnError, ColumnMissing, OptionError, clipped, did_you_mean, listed
from fairaudit.read.attributes import (
    MISSING_GROUP,
    Attribute,
    CutKind,
    Dimension,
    parse_attributes,
    range_names,
)
from fairaudit.read.files import Input, Progress, Rows, Source, text

USUAL_LABELS = ("label", "label_value")
CATEGORIES = ("ENUM", "BOOLEAN")
"""Types of columns that hold categories whatever these look like."""
USUAL_SCORE = "score"
USUAL_DECISION = "decision"
NEVER_ATTRIBUTES = ("row", "fold", "id", "entity_id", "model_id")
"""Columns that Aequitas's files and our own predictions use for other things."""
MOST_CHOSEN_GROUPS = 50
MOST_GROUPS = 1_000
MOST_PEOPLE = 10**18
"""Beyond this, sums of products could leave 128 bits, and Aequitas's counts 64."""
MOST_NUMERIC_GROUPS = 50
"""A numeric column with more values than this has to be cut."""
_SHOWN_ROWS = 5
_NO_NUMBERS = "holds no numbers to cut"


class ScoreKind(StrEnum):
    """What the scores are; it decides which metrics they allow."""

    NONE = "none"
    DECISIONS = "0/1 decisions"
    PROBABILITIES = "probabilities"
    RANKS = "ranks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which column serves as what; ``None`` where there is none."""

    label: str | None = None
    score: str | None = None
    decision: str | None = None
    weight: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that have a role."""
        return tuple(c for c in (self.label, self.score, self.decision, self.weight) if c is not None)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A table that is ready to be counted.

    Attributes
    ----------
    attributes
        What people are grouped by; `chosen` tells that the reader chose them, `passed_over` why not the other columns.
    features
        Names of those attributes that are slices only.
    option
        The option that attributes were typed with, for messages.
    dimensions
        The distinct columns and cuts behind the attributes; dimension i is ``d{i}``.
    names
        The names of each dimension's groups; the number in ``d{i}`` is the place in ``names[i]``.
    described
        The numeric columns behind ``x0``, ``x1`` …
    edges
        The edges of each cut by the dimension's index.
    used, dropped
        Rows (not people) that count, and those that do not, by reason.
    """

    rows: Rows
    roles: Roles
    positive: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    features: tuple[str, ...] = ()
    option: str = "--attribute"
    dimensions: tuple[Dimension, ...]
    names: tuple[tuple[str, ...], ...]
    described: tuple[str, ...]
    edges: Mapping[int, tuple[float, ...]]
    rule: DecisionRule | None
    scores: ScoreKind
    used: int
    dropped: Mapping[str, int]
    chosen: bool = False
    passed_over: Mapping[str, str]

    @property
    def source(self) -> Source:
        """What was read."""
        return self.rows.source

    def groups_of(self, attribute: Attribute) -> tuple[int, ...]:
        """Give the indexes of an attribute's dimensions."""
        return tuple(self.dimensions.index(dimension) for dimension in attribute.dimensions)


def check(
    opened: Input,
    settings: ReadSettings,
    *,
    option: str = "--attribute",
    score_needed: bool = True,
    describe: bool = False,
    also: Sequence[str] = (),
    on_progress: Progress | None = None,
) -> Checked:
    """Read an input and give every column its role.

    Parameters
    ----------
    option
        The option that attributes were typed with, for messages.
    score_needed
        Whether there must be a score or a decision.
    describe
        Whether to keep every other numeric column, for statistics.
    also
        Features as typed, that join the attributes, named or chosen.

    Raises
    ------
    FairauditError
        If a column is missing or its values cannot serve; the message names the file, the column and the row or value.
    """
    roles = find_roles(opened, settings, score_needed=score_needed)
    attributes = parse_attributes(
        settings.attributes, columns=opened.columns, file=opened.name, option=option
    )
    more = parse_attributes(also, columns=opened.columns, file=opened.name, option="--feature")
    for attribute in (*attributes, *more):
        _refuse_roles(attribute, roles, option)
    wanted = {d.column for a in (*attributes, *more) for d in a.dimensions}
    if describe or not attributes:
        wanted |= {c for c in opened.columns if c not in NEVER_ATTRIBUTES}
    loaded = [c for c in opened.columns if c in {*wanted, *roles.columns}]
    rows = opened.load(loaded, where=settings.where, on_progress=on_progress)
    passed_over: dict[str, str] = {}
    if not attributes:
        attributes, passed_over = choose_attributes(rows, roles, option=option)
    if describe and roles.weight:
        raise OptionError("--stats", "describes rows, and cannot be given together with --weight")
    names = {attribute.name for attribute in attributes}
    features = tuple(attribute for attribute in more if attribute.name not in names)
    return _check_rows(
        rows,
        roles,
        settings,
        (*attributes, *features),
        features=tuple(feature.name for feature in features),
        described=_numeric_columns(rows, roles) if describe else (),
        passed_over=passed_over,
        option=option,
    )


def find_roles(opened: Input, settings: ReadSettings, *, score_needed: bool) -> Roles:
    """Give each role the named column, or the one of the usual name."""
    columns = opened.columns
    label = settings.label or next((c for c in USUAL_LABELS if c in columns), None)
    if label is None and not score_needed and settings.score is None and USUAL_SCORE not in columns:
        # Statistics alone need neither labels nor scores.
        label = NO_LABEL
    if label is None:
        raise ColumnMissing(
            opened.name,
            USUAL_LABELS[0],
            columns,
            hint="Name the column with the true outcome by --label COLUMN, or say --label none to audit decisions alone",
        )
    has_label = label != NO_LABEL or NO_LABEL in columns
    score = settings.score or (USUAL_SCORE if USUAL_SCORE in columns else None)
    if score == NO_LABEL and score not in columns:
        score = None
    rule_given = any(rule is not None for rule in (settings.threshold, settings.top_k, settings.top_percent))
    decision = settings.decision
    own_score = settings.score is not None and score is not None
    if decision is None and USUAL_DECISION in columns and not rule_given and not own_score:
        decision = USUAL_DECISION
    if decision is not None and rule_given:
        raise OptionError("--decision", "cannot be given together with --threshold, --top-k or --top-percent")
    if rule_given and score is None:
        raise ColumnMissing(
            opened.name,
            USUAL_SCORE,
            columns,
            hint="A decision rule needs the scores; name their column by --score COLUMN",
        )
    if settings.score and score is None and decision is None and score_needed:
        raise OptionError(
            "--score",
            f"without scores there have to be decisions, and {opened.name} has no column {USUAL_DECISION!r}",
            hint="Name the column with the decisions by --decision COLUMN",
        )
    if score is None and decision is None and score_needed:
        raise ColumnMissing(
            opened.name,
            USUAL_SCORE,
            columns,
            hint="Name the column with the scores or the 0/1 decisions by --score COLUMN",
        )
    roles = Roles(
        label=opened.require(label) if has_label else None,
        score=opened.require(score) if score else None,
        decision=opened.require(decision) if decision else None,
        weight=opened.require(settings.weight) if settings.weight else None,
    )
    if len(set(roles.columns)) < len(roles.columns):
        twice = next(c for c in roles.columns if roles.columns.count(c) > 1)
        raise OptionError("--label, --score, --decision, --weight", f"the column {twice!r} has two roles")
    return roles


def choose_attributes(
    rows: Rows, roles: Roles, *, option: str
) -> tuple[tuple[Attribute, ...], dict[str, str]]:
    """Choose every text, boolean or categorical column with 2 to 50 values that has no other role.

    Returns
    -------
    attributes, passed_over
        The chosen ones, and why each other column was not.
    """
    candidates = [c for c in rows.loaded if c not in roles.columns and c not in NEVER_ATTRIBUTES]
    passed_over = {
        c: "kept for other uses"
        for c in rows.source.columns
        if c in NEVER_ATTRIBUTES and c not in roles.columns
    }
    types = {column: kind.partition("(")[0] for column, kind in _types(rows).items()}
    chosen: list[Attribute] = []
    for column, values in _values(rows, candidates).items():
        if values is None or len(values) > MOST_CHOSEN_GROUPS:
            passed_over[column] = f"more than {MOST_CHOSEN_GROUPS} values"
        elif len(values) < 2:
            passed_over[column] = "one value only" if values else "no values"
        elif types[rows.column(column)] not in CATEGORIES and all(_is_number(value) for value in values):
            passed_over[column] = f"numeric, {len(values)} values; {option} {column} takes each as a group"
        else:
            chosen.append(Attribute(name=column, dimensions=(Dimension(column=column),)))
    if not chosen:
        why = "; ".join(f"{clipped(c)!r}: {reason}" for c, reason in list(passed_over.items())[:5])
        raise OptionError(
            option,
            f"no column of {rows.source.name} can be chosen as an attribute ({why or 'it has no other columns'})",
            hint=f"Name one, such as {option} {next((c for c, why in passed_over.items() if why.startswith(('numeric', 'more than'))), 'age')}:quartiles",
        )
    return tuple(chosen), passed_over


def _refuse_roles(attribute: Attribute, roles: Roles, option: str) -> None:
    for dimension in attribute.dimensions:
        if dimension.column in roles.columns and dimension.column == roles.weight:
            raise OptionError(option, f"{dimension.column!r} is the weight")


def _check_rows(
    rows: Rows,
    roles: Roles,
    settings: ReadSettings,
    attributes: tuple[Attribute, ...],
    *,
    features: tuple[str, ...],
    described: tuple[str, ...],
    passed_over: Mapping[str, str],
    option: str,
) -> Checked:
    people = _people(rows, roles.weight)
    label = _label(rows, roles.label, settings.positive)
    score = _number(rows, roles.score, "scores") if roles.score else None
    decision = _decision(rows, roles.decision)
    used, dropped = _drop_missing(
        rows, roles, {"label": label, "score": score, "decision": decision}, settings.missing
    )
    dimensions = tuple(dict.fromkeys(d for a in attributes for d in a.dimensions))
    edges = {i: _edges(rows, d, used, people, option) for i, d in enumerate(dimensions) if d.cut}
    groups = _groups(rows, dimensions, edges, option)
    columns = [
        f"{label or 'NULL::TINYINT'} AS label",
        f"{score or 'NULL::DOUBLE'} AS score",
        f"{decision or 'NULL::TINYINT'} AS given",
        f"{people} AS people",
        *(f"{sql} AS d{i}" for i, (sql, _) in enumerate(groups)),
        *(f"{_number(rows, column, 'values')} AS x{i}" for i, column in enumerate(described)),
    ]
    rows.connection.execute(
        f"CREATE OR REPLACE TABLE scored_rows AS SELECT {', '.join(columns)} FROM source_rows WHERE {used}"
    )
    (count, total, labels, low, high, binary) = _one(
        rows,
        # A row that stands for nobody says nothing about labels and scores either.
        "SELECT count(*), sum(people), count(DISTINCT label) FILTER (WHERE people > 0), min(score) FILTER (WHERE people > 0), "
        "max(score) FILTER (WHERE people > 0), bool_and(score IN (0, 1)) FILTER (WHERE people > 0) FROM scored_rows",
    )
    if total and total > MOST_PEOPLE:
        raise ColumnError(
            rows.source.name,
            roles.weight or "",
            f"the weights add up to {total:,} people, more than {MOST_PEOPLE:,}",
        )
    if count == 0 or not total:
        reasons = (
            "; ".join(f"{reason}: {number:,}" for reason, number in dropped.items()) or "all weights are 0"
        )
        raise OptionError(
            "no rows are left", f"all {rows.rows:,} rows of {rows.source.name} were dropped ({reasons})"
        )
    if roles.label and labels < 2:
        (value,) = _one(rows, "SELECT any_value(label) FROM scored_rows WHERE people > 0")
        raise ColumnError(
            rows.source.name,
            roles.label,
            f"every label is {value} after the positive class is taken as 1: error rates need both outcomes",
            hint="Say --positive VALUE if another value is the positive one, or --label none to audit decisions alone",
        )
    kind = _score_kind(roles.score, low, high, binary)
    rule = _rule(rows, roles, settings, kind=kind, low=low, high=high, people=int(total))
    rows.connection.execute(
        f"CREATE OR REPLACE VIEW used_rows AS SELECT *, {_decided(rule)} AS decision FROM scored_rows"
    )
    return Checked(
        rows=rows,
        roles=roles,
        positive=settings.positive,
        attributes=attributes,
        features=features,
        option=option,
        dimensions=dimensions,
        names=tuple(names for _, names in groups),
        described=described,
        edges=edges,
        rule=rule,
        scores=kind,
        used=int(count),
        dropped=dropped,
        chosen=not settings.attributes,
        passed_over=dict(passed_over),
    )


def _decided(rule: DecisionRule | None) -> str:
    if rule is None:
        return "NULL::TINYINT"
    return "given" if rule.threshold is None else f"CAST(score >= {_double(rule.threshold)} AS TINYINT)"


def _double(value: float) -> str:
    """Write a number for SQL. A bare literal would be a DECIMAL first, which costs the last digit in some versions of DuckDB."""
    return f"CAST('{value!r}' AS DOUBLE)"


def _score_kind(score: str | None, low: float | None, high: float | None, binary: bool | None) -> ScoreKind:
    if score is None or low is None or high is None:
        return ScoreKind.NONE
    if binary:
        return ScoreKind.DECISIONS
    return ScoreKind.PROBABILITIES if low >= 0 and high <= 1 else ScoreKind.RANKS


def _rule(
    rows: Rows,
    roles: Roles,
    settings: ReadSettings,
    *,
    kind: ScoreKind,
    low: float | None,
    high: float | None,
    people: int,
) -> DecisionRule | None:
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
    (cut,) = _one(
        rows,
        "SELECT max(score) FROM (SELECT score, sum(sum(people)) OVER (ORDER BY score DESC) AS selected FROM scored_rows GROUP BY score) "
        f"WHERE selected >= {wanted}",
    )
    return DecisionRule(kind=kind, column=score, threshold=float(cut), wanted=wanted)


def _label(rows: Rows, column: str | None, positive: Sequence[str]) -> str | None:
    if column is None:
        if positive:
            raise OptionError("--positive", "there is no label column to which it could apply")
        return None
    return _binary(
        rows,
        column,
        positive,
        "labels",
        "Say which values are positive: --positive VALUE (several if need be)",
    )


def _decision(rows: Rows, column: str | None) -> str | None:
    if column is None:
        return None
    return _binary(rows, column, (), "decisions", "--score and --threshold make decisions from scores")


def _binary(rows: Rows, column: str, positive: Sequence[str], noun: str, hint: str) -> str:
    """Write the SQL that maps a column's values to 1 and 0, after a look at all of its values."""
    found = _values(rows, [column])[column]
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
    value = _raw_text(rows, column)
    cases = [
        f"WHEN {value} IN ({', '.join(map(text, values))}) THEN {number}"
        for number, values in ((1, ones), (0, zeros))
        if values
    ]
    return f"CAST(CASE {' '.join(cases)} END AS TINYINT)" if cases else "NULL::TINYINT"


def as_binary(value: str) -> int | None:
    """Read a value as a label or decision: 0 and 1 however written, true and false; ``None`` for anything else."""
    folded = value.casefold()
    if folded in ("true", "false"):
        return int(folded == "true")
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if number in (0, 1) else None


def same_value(typed: str, value: str) -> bool:
    """Tell whether a typed value means a value of the data: the same text, or the same number."""
    if typed == value or (typed.casefold() == value.casefold() and value.casefold() in ("true", "false")):
        return True
    try:
        return float(typed) == float(value)
    except ValueError:
        return False


def _number(rows: Rows, column: str, noun: str) -> str:
    """Write the SQL that reads a column as numbers, after every value has been tried."""
    value = _text_of(rows, column)
    number = f"TRY_CAST({rows.column(column)} AS DOUBLE)"
    number = f"CASE WHEN NOT isnan({number}) THEN {number} END"
    bad = (
        f"kept AND {value} IS NOT NULL AND ({number} IS NULL AND lower({value}) <> 'nan' OR isinf({number}))"
    )
    if first := rows.connection.execute(
        f"SELECT rowid + 1, {value} FROM source_rows WHERE {bad} ORDER BY rowid LIMIT 1"
    ).fetchone():
        row, found = first
        raise ColumnError(
            rows.source.name,
            column,
            f"row {row:,} holds {clipped(str(found))!r}, and {noun} must be finite numbers",
        )
    return number


def _people(rows: Rows, column: str | None) -> str:
    if column is None:
        return "1::BIGINT"
    value = f"TRY_CAST({rows.column(column)} AS DOUBLE)"
    bad = f"kept AND ({value} IS NULL OR isnan({value}) OR {value} < 0 OR {value} > 9e15 OR {value} <> floor({value}))"
    if first := rows.connection.execute(
        f"SELECT rowid + 1, {_text_of(rows, column)} FROM source_rows WHERE {bad} ORDER BY rowid LIMIT 1"
    ).fetchone():
        row, found = first
        what = "holds no weight" if found is None else f"holds {clipped(str(found))!r}"
        raise ColumnError(
            rows.source.name,
            column,
            f"row {row:,} {what}, and weights must be whole numbers of people, 0 or more",
        )
    return f"CAST({value} AS BIGINT)"


def _raw_text(rows: Rows, column: str) -> str:
    """Write the SQL of a value as text."""
    name = rows.column(column)
    if _types(rows)[name] in ("DOUBLE", "FLOAT"):
        name = f"CASE WHEN NOT isnan({name}) THEN {name} END"
    return f"CAST({name} AS VARCHAR)"


def _text_of(rows: Rows, column: str) -> str:
    """Write the SQL of a value as text, NULL where it is missing: empty, blanks only, or not a number."""
    value = _raw_text(rows, column)
    return f"CASE WHEN trim({value}) <> '' THEN {value} END"


def _types(rows: Rows) -> dict[str, str]:
    return {row[0]: row[1] for row in rows.connection.execute("DESCRIBE source_rows").fetchall()}


def _drop_missing(
    rows: Rows, roles: Roles, expressions: Mapping[str, str | None], missing: Missing
) -> tuple[str, dict[str, int]]:
    """Count what lacks a label, a score or a decision, and refuse it or write the SQL that leaves it out."""
    present = {role: sql for role, sql in expressions.items() if sql}
    counts = [f"count(*) FILTER (WHERE kept AND {_lacks(present, role)})" for role in present]
    (kept, *lacking) = _one(
        rows, f"SELECT {', '.join(['count(*) FILTER (WHERE kept)', *counts])} FROM source_rows"
    )
    dropped = {f"where not ({rows.where})": rows.rows - kept} if rows.where else {}
    for (role, sql), number in zip(present.items(), lacking, strict=True):
        if not number:
            continue
        column = getattr(roles, role)
        if missing is Missing.ERROR:
            first = rows.connection.execute(
                f"SELECT rowid + 1 FROM source_rows WHERE kept AND ({sql}) IS NULL ORDER BY rowid LIMIT {_SHOWN_ROWS}"
            ).fetchall()
            named = ", ".join(f"{row:,}" for (row,) in first)
            raise ColumnError(
                rows.source.name,
                column,
                f"{number:,} of {kept:,} rows have no {role} ({'row' if number == 1 else 'rows'} {named}{' …' if number > len(first) else ''})",
                hint="Say --missing drop to leave them out; they will be counted",
            )
        dropped[f"missing {role}"] = number
    return " AND ".join(["kept", *(f"({sql}) IS NOT NULL" for sql in present.values())]), dropped


def _lacks(present: Mapping[str, str], role: str) -> str:
    """Count a row that lacks two things for the first of them."""
    roles = list(present)
    earlier = [f"({present[other]}) IS NOT NULL" for other in roles[: roles.index(role)]]
    return " AND ".join([*earlier, f"({present[role]}) IS NULL"])


def _values(rows: Rows, columns: Sequence[str]) -> dict[str, list[str] | None]:
    """Give each column's values in their order (code points), without missing ones; ``None`` for more than an attribute may have."""
    if not columns:
        return {}
    approximate = _one(
        rows,
        f"SELECT {', '.join(f'approx_count_distinct({rows.column(c)})' for c in columns)} FROM source_rows WHERE kept",
    )
    found: dict[str, list[str] | None] = {}
    for column, about in zip(columns, approximate, strict=True):
        found[column] = None
        # The estimate is off by a few per cent, so that twice the limit is surely above it.
        if about <= 2 * MOST_GROUPS:
            distinct = rows.connection.execute(
                f"SELECT DISTINCT {_text_of(rows, column)} AS v FROM source_rows WHERE kept"
            ).fetchall()
            values = sorted(v for (v,) in distinct if v is not None)
            if odd := [v for v in values if "\x00" in v]:
                # No text holds it, and not every version's SQL can write it.
                raise ColumnError(
                    rows.source.name,
                    column,
                    f"{clipped(odd[0])!r} holds a NUL byte",
                    hint="Is the file damaged?",
                )
            found[column] = values if len(values) <= MOST_GROUPS else None
    return found


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _numeric_columns(rows: Rows, roles: Roles) -> tuple[str, ...]:
    """Find the columns of numbers that have no role."""
    columns = [c for c in rows.loaded if c not in roles.columns]
    tests = [
        f"bool_and(TRY_CAST({value} AS DOUBLE) IS NOT NULL) FILTER (WHERE {value} IS NOT NULL)"
        for value in (_text_of(rows, c) for c in columns)
    ]
    answers = _one(rows, f"SELECT {', '.join(tests)} FROM source_rows WHERE kept") if columns else ()
    types = _types(rows)
    return tuple(
        c
        for c, numeric in zip(columns, answers, strict=True)
        if numeric and types[rows.column(c)] != "BOOLEAN"
    )


def _groups(
    rows: Rows, dimensions: Sequence[Dimension], edges: Mapping[int, Sequence[float]], option: str
) -> list[tuple[str, tuple[str, ...]]]:
    """Write, for each dimension, the SQL of a group's number, and the groups' names."""
    values = _values(rows, list(dict.fromkeys(d.column for d in dimensions if d.cut is None)))
    types = _types(rows)
    for column, found in values.items():
        if found is not None and len(found) <= MOST_NUMERIC_GROUPS:
            continue
        number = f"TRY_CAST({_text_of(rows, column)} AS DOUBLE)"
        (numeric,) = _one(
            rows,
            f"SELECT bool_and({number} IS NOT NULL) FILTER (WHERE {_text_of(rows, column)} IS NOT NULL) FROM source_rows WHERE kept",
        )
        many = f"more than {MOST_GROUPS:,}" if found is None else f"{len(found):,}"
        if numeric and types[rows.column(column)] != "BOOLEAN":
            raise OptionError(
                option,
                f"column {column!r} of {rows.source.name} is numeric and has {many} values",
                hint=f"Cut it into ranges: {column}:quartiles, {column}:median, {column}:5 (equal counts) or {column}:LOW,HIGH",
            )
        if found is None:
            raise OptionError(
                option,
                f"column {column!r} of {rows.source.name} has {many} values, the most groups that an attribute may have",
                hint="Is it an identifier? Name a column that groups people",
            )
    groups: list[tuple[str, tuple[str, ...]]] = []
    for i, dimension in enumerate(dimensions):
        if dimension.cut is not None:
            groups.append(_ranges(rows, dimension.column, edges[i]))
        else:
            groups.append(_categories(rows, dimension.column, values[dimension.column] or [], f"groups_{i}"))
    return groups


def _ranges(rows: Rows, column: str, edges: Sequence[float]) -> tuple[str, tuple[str, ...]]:
    number = _number(rows, column, "the values of a column that is cut")
    cases = " ".join(f"WHEN {number} < {_double(edge)} THEN {place}" for place, edge in enumerate(edges))
    names = (*range_names(edges), MISSING_GROUP)
    return (
        f"CAST(CASE WHEN {number} IS NULL THEN {len(edges) + 1} {cases} ELSE {len(edges)} END AS USMALLINT)",
        names,
    )


def _categories(
    rows: Rows, column: str, values: Sequence[str], type_name: str
) -> tuple[str, tuple[str, ...]]:
    """Give the values numbers by way of an SQL enumeration, which costs a look-up a row; what is not in it is missing."""
    if not values:
        return "0::USMALLINT", (MISSING_GROUP,)
    rows.connection.execute(f"CREATE TYPE {type_name} AS ENUM ({', '.join(map(text, values))})")
    names = tuple(values) if MISSING_GROUP in values else (*values, MISSING_GROUP)
    number = f"enum_code(TRY_CAST({_raw_text(rows, column)} AS {type_name}))"
    return f"CAST(coalesce({number}, {names.index(MISSING_GROUP)}) AS USMALLINT)", names


def _edges(rows: Rows, dimension: Dimension, used: str, people: str, option: str) -> tuple[float, ...]:
    """Find where a cut falls: as given, at the mean, or at quantiles that are values of the data (inverse of the distribution function).

    Equal quantiles are one edge, and an edge at the smallest value would leave a range empty, so both are left out. If no edge
    is left, because most people share the smallest value, the cut falls above it.
    """
    cut = dimension.cut
    if cut is None or cut.kind is CutKind.EDGES:
        return cut.edges if cut else ()
    number = _number(rows, dimension.column, f"the values of a column that is cut at {cut.kind}")
    values = f"SELECT {number} AS x, {people} AS people FROM source_rows WHERE {used} AND x IS NOT NULL AND people > 0"
    if cut.kind is CutKind.MEAN:
        return _mean(rows, values, dimension.column)
    cumulative = f"SELECT x, sum(sum(people)) OVER (ORDER BY x) AS below, sum(sum(people)) OVER () AS total FROM ({values}) GROUP BY x"
    edges: list[float] = []
    for share in cut.shares:
        numerator, denominator = (
            share.as_integer_ratio()
            if share in (0.25, 0.5, 0.75)
            else Fraction(share).limit_denominator(100).as_integer_ratio()
        )
        # The first value above the quantile starts the next range, so that tied values stay together.
        (edge,) = _one(
            rows, f"SELECT min(x) FROM ({cumulative}) WHERE below * {denominator} > total * {numerator}"
        )
        if edge is not None:
            edges.append(float(edge))
    lowest = rows.connection.execute(f"SELECT DISTINCT x FROM ({values}) ORDER BY x LIMIT 2").fetchall()
    if not lowest:
        raise ColumnError(rows.source.name, dimension.column, _NO_NUMBERS)
    kept = tuple(sorted({edge for edge in edges if edge > lowest[0][0]})) or tuple(x for (x,) in lowest[1:])
    if not kept:
        raise OptionError(
            option,
            f"column {dimension.column!r} of {rows.source.name} has one value only and cannot be cut",
        )
    return kept


def _mean(rows: Rows, values: str, column: str) -> tuple[float, ...]:
    """Sum exactly, so that neither the rows' order nor the number of threads moves the edge."""
    people = 0

    def products() -> Iterator[float]:
        nonlocal people
        result = rows.connection.execute(values)
        while batch := result.fetchmany(100_000):
            for x, weight in batch:
                people += weight
                yield x * weight

    total = math.fsum(products())
    if not people:
        raise ColumnError(rows.source.name, column, _NO_NUMBERS)
    return (total / people,)


def _one(rows: Rows, statement: str) -> tuple[Any, ...]:
    return rows.connection.execute(statement).fetchone() or ()
