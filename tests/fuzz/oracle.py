"""The answer to a question about a table, worked out from what the table means and by nothing of the program's.

Counts come from pandas, AUC from pairs (and from scikit-learn), quotients are fractions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from fuzz.meaning import Case, Cell, Cut, Question, Table, Wanted

MISSING = "(missing)"
EVERYBODY_ELSE = "(everybody else)"
RATES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pprev": (("selected",), ("n",)),
    "fpr": (("fp",), ("fp", "tn")),
    "fnr": (("fn",), ("fn", "tp")),
    "tpr": (("tp",), ("fn", "tp")),
    "tnr": (("tn",), ("fp", "tn")),
    "precision": (("tp",), ("tp", "fp")),
    "fdr": (("fp",), ("tp", "fp")),
    "for": (("fn",), ("fn", "tn")),
    "npv": (("tn",), ("fn", "tn")),
    "ppr": (("selected",), ("everybody selected",)),
    "prev": (("tp", "fn"), ("n",)),
    "accuracy": (("tp", "tn"), ("n",)),
}
"""Numerators and denominators, after the table in the program's own documentation."""
COMPARED = tuple(name for name in RATES if name not in ("prev", "accuracy"))
USUAL_MARKS = (
    *(
        "NA",
        "N/A",
        "n/a",
        "N.A.",
        "n.a.",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "<NA>",
        "NaN",
        "nan",
        "NAN",
        "-NaN",
        "-nan",
        "NaT",
    ),
    *("1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "NULL", "Null", "null", "None", "?", "\\N"),
    *("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"),
)
"""What pandas, R, the UCI repository, databases and spreadsheets write where nothing is."""
WITHOUT_LABELS = ("pprev", "ppr")
LOWEST_PROBABILITY = np.finfo(float).eps


class Refusal(Exception):
    """The question has no answer; the program has to say so."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """What is known of some people; cells that cannot be known are ``None``."""

    cells: Mapping[str, int | None]
    means: Mapping[str, float | None]
    auc: Fraction | None

    @property
    def n(self) -> int:
        return self.cells["n"] or 0

    def of(self, names: Iterable[str]) -> int:
        return sum(self.cells[name] or 0 for name in names)

    def rate(self, metric: str) -> Fraction | None:
        numerator, denominator = RATES[metric]
        below = self.of(denominator)
        return Fraction(self.of(numerator), below) if below and self.n else None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an audit has to find."""

    rows: int
    used: int
    dropped: Mapping[str, int]
    scores: str
    rule: str
    threshold: float | None
    edges: Mapping[str, Mapping[str, tuple[float, ...]]]
    overall: Group
    groups: Mapping[str, Mapping[str, Group]]
    table: Table
    frame: pd.DataFrame
    members: Mapping[str, pd.Series[str]]
    unknown: Mapping[str, frozenset[str]]
    """By attribute, the groups of which it is not known who is in them: a value is missing."""
    crossed: frozenset[str]
    """The attributes that are intersections."""

    @property
    def has_labels(self) -> bool:
        return self.overall.cells["tp"] is not None


def answer(case: Case) -> Answer:
    """Answer a question.

    Raises
    ------
    Refusal
        If it has none.
    """
    question = case.question
    table = case.table.without(USUAL_MARKS if question.na_values is None else question.na_values)
    kept = [
        place
        for place in range(table.rows)
        if question.where is None or question.where.holds(table.row(place)) is True
    ]
    frame = _roles(table, question, kept)
    dropped = {f"where not ({question.where.sql})": table.rows - len(kept)} if question.where else {}
    for role in ("label", "score", "decision"):
        lacking = frame[role].isna() if role in frame else pd.Series(False, index=frame.index)
        if lacking.any():
            if not question.drop_missing:
                raise Refusal(f"no {role} in some rows")
            dropped[f"missing {role}"] = int(lacking.sum())
            frame = frame[~lacking]
    _refuse_pooled(table, frame)
    total = int(frame["people"].sum())
    if not total:
        raise Refusal("no rows are left")
    counting = frame[frame["people"] > 0]
    if "label" in frame and counting["label"].nunique() < 2:
        raise Refusal("every label is the same")
    scores = _kind_of_scores(counting)
    rule, threshold = _rule(question, scores, frame, total)
    if rule == "given":
        frame = frame.assign(decision=frame["decision"].astype(int))
    elif rule:
        single = table.score in table.singles
        frame = frame.assign(decision=(frame["score"] >= own(threshold or 0.0, single)).astype(int))
        threshold = shortest(threshold or 0.0, single) if rule == "top" else threshold
    edges: dict[str, dict[str, tuple[float, ...]]] = {}
    members: dict[str, pd.Series[str]] = {}
    unknown: dict[str, frozenset[str]] = {}
    for attribute, name in zip(question.attributes, names_of(question.attributes), strict=True):
        members[name], edges[name], unknown[name] = _members(table, attribute, frame, kept)
    if not sum(frame["people"] > 0) >= 1:
        raise Refusal("no rows are left")
    selected = int(frame.loc[frame["decision"] == 1, "people"].sum()) if "decision" in frame else None

    def group(rows: pd.DataFrame) -> Group:
        return _count(rows, scores, selected)

    return Answer(
        rows=table.rows,
        used=len(frame),
        dropped=dropped,
        scores=scores,
        rule=rule,
        threshold=threshold,
        edges=edges,
        overall=group(frame),
        groups={
            name: {member: group(rows) for member, rows in frame.groupby(mine, sort=True)}
            for name, mine in members.items()
        },
        table=table,
        frame=frame,
        members=members,
        unknown=unknown,
        crossed=frozenset(
            name
            for name, attribute in zip(members, question.attributes, strict=True)
            if len(attribute.dimensions) > 1
        ),
    )


def names_of(attributes: Sequence[Wanted]) -> list[str]:
    """Give the names under which attributes stand in the documents."""

    def one(name: str, cut: Cut | None) -> str:
        if cut is None:
            return name
        if cut.kind == "edges":
            typed = (
                repr(cut.edges[0])
                if len(cut.edges) == 1
                else ",".join(repr(edge).removesuffix(".0") for edge in cut.edges)
            )
            return f"{name}:{typed}"
        return f"{name}:{cut.bins if cut.kind == 'bins' else cut.kind}"

    return ["*".join(one(*dimension) for dimension in wanted.dimensions) for wanted in attributes]


def is_missing(cell: Cell) -> bool:
    """Tell whether nothing stands there: no value, blanks, or no number."""
    match cell:
        case None:
            return True
        case str():
            return not cell.strip(" ")
        case float():
            return math.isnan(cell)
        case _:
            return False


def group_name(cell: Cell) -> str:
    """Give the group that a value stands for."""
    match cell:
        case _ if is_missing(cell):
            return MISSING
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)


def binary(cell: Cell) -> int | None:
    """Read a label or a decision; ``None`` for what is neither 0 nor 1."""
    match cell:
        case bool():
            return int(cell)
        case int() | float():
            return int(cell) if cell in (0, 1) else None
        case str() if cell.lower() in ("true", "false"):
            return int(cell.lower() == "true")
        case str() if cell in ("0", "1"):
            return int(cell)
        case _:
            return None


PEOPLE = ("id", "entity_id", "Person ID", "user_id", "person")
"""Columns that say whom a row is about, of those that are made up here."""


def _refuse_pooled(table: Table, frame: pd.DataFrame) -> None:
    """Refuse rows that are no people of their own, unless they are counts of people."""
    if table.weight is not None:
        return
    for name in table.names:
        cells = pd.Series([table[name][place] for place in frame.index], dtype=object).dropna()
        if name in PEOPLE and cells.duplicated().any():
            raise Refusal("somebody stands in several rows")
        if name == "model_id" and cells.nunique() > 1:
            raise Refusal("several models")


def _roles(table: Table, question: Question, kept: Sequence[int]) -> pd.DataFrame:
    """Give label, score, decision and people of the rows that fulfil the condition; what is missing is NaN."""
    columns: dict[str, list[Any]] = {}
    if table.label is not None and not question.label_none:
        cells = [table[table.label][place] for place in kept]
        columns["label"] = _zeros_and_ones(cells, question.positive)
    if table.score is not None:
        cells = [table[table.score][place] for place in kept]
        # Predicted classes are decisions.
        classes = any(isinstance(cell, str) and not is_missing(cell) for cell in cells)
        columns["score"] = (
            _zeros_and_ones(cells, question.positive) if classes else [number(c) for c in cells]
        )
    if table.decision is not None and not _rule_given(question):
        cells = [table[table.decision][place] for place in kept]
        # Decisions may be written as the classes of the label.
        classes = any(binary(cell) is None for cell in cells if not is_missing(cell))
        columns["decision"] = _zeros_and_ones(cells, question.positive if classes else ())
    if table.weight is not None and any(table[table.weight][place] is None for place in kept):
        raise Refusal("a weight is missing")
    people = [1] * len(kept) if table.weight is None else [table[table.weight][place] for place in kept]
    frame = pd.DataFrame(columns, index=pd.Index(kept, dtype=int), dtype=float)
    frame["people"] = pd.Series(people, index=frame.index, dtype="int64")
    return frame


def _rule_given(question: Question) -> bool:
    return any(rule is not None for rule in (question.threshold, question.top_k, question.top_percent))


def _zeros_and_ones(cells: Sequence[Cell], positive: Sequence[str]) -> list[float]:
    present = [cell for cell in cells if not is_missing(cell)]
    if not positive:
        if any(binary(cell) is None for cell in present):
            raise Refusal("neither 0 nor 1")
        return [math.nan if is_missing(cell) else float(binary(cell) or 0) for cell in cells]
    known = {group_name(cell) for cell in present}
    if present and not set(positive) <= known:
        raise Refusal("no row holds what is named as positive")
    return [math.nan if is_missing(cell) else float(group_name(cell) in positive) for cell in cells]


def number(cell: Cell) -> float:
    if is_missing(cell):
        return math.nan
    assert isinstance(cell, bool | int | float)
    return float(cell)


def _kind_of_scores(frame: pd.DataFrame) -> str:
    if "score" not in frame:
        return "none"
    if frame["score"].isin([0, 1]).all():
        return "0/1 decisions"
    return "probabilities" if frame["score"].between(0, 1).all() else "ranks"


def _rule(question: Question, scores: str, frame: pd.DataFrame, total: int) -> tuple[str, float | None]:
    if "decision" in frame:
        return "given", None
    if "score" not in frame:
        return "", None
    if question.top_k is not None or question.top_percent is not None:
        wanted = question.top_k
        if wanted is None:
            wanted = math.ceil(Fraction(repr(float(question.top_percent or 0))) * total / 100)
        if wanted > total:
            raise Refusal("fewer people than are to be selected")
        falling = frame.groupby("score")["people"].sum().sort_index(ascending=False).cumsum()
        return "top", float(falling[falling >= wanted].index[0])
    if question.threshold is not None:
        return "threshold", question.threshold
    if scores == "ranks":
        raise Refusal("scores outside [0, 1] and no rule")
    return "default", 1.0 if scores == "0/1 decisions" else 0.5


def _members(
    table: Table, wanted: Wanted, frame: pd.DataFrame, kept: Sequence[int]
) -> tuple[pd.Series[str], dict[str, tuple[float, ...]], frozenset[str]]:
    """Give each row's group, the edges of what is cut, and the groups in which a value is missing."""
    parts: list[list[str]] = []
    edges: dict[str, tuple[float, ...]] = {}
    for name, cut in wanted.dimensions:
        cells = table[name]
        if cut is None:
            numbers = {cell for cell in (cells[place] for place in kept) if not is_missing(cell)}
            if len(numbers) > 50 and all(type(cell) in (int, float) for cell in numbers):
                raise Refusal("a numeric column of many values")
            parts.append([group_name(cells[place]) for place in frame.index])
            continue
        if any(isinstance(cells[place], str) and not is_missing(cells[place]) for place in kept):
            raise Refusal("text cannot be cut")
        values = pd.Series([number(cells[place]) for place in frame.index], index=frame.index)
        single = name in table.singles
        edges[name] = _edges(cut, values, frame["people"], single=single)
        ranges = range_names(edges[name], exact=cut.kind == "edges")
        limits = [own(edge, single) for edge in edges[name]]
        parts.append(
            [MISSING if math.isnan(x) else ranges[sum(x >= limit for limit in limits)] for x in values]
        )
    crossed = list(zip(*parts, strict=True))
    joined = [" * ".join(part) for part in crossed]
    if len(set(joined)) < len(set(crossed)):
        raise Refusal("two groups of one name")
    unknown = frozenset(name for name, part in zip(joined, crossed, strict=True) if MISSING in part)
    return pd.Series(joined, index=frame.index), edges, unknown


def own(number: float, single: bool) -> float:
    """Give the number that a column of 32 bits holds for another."""
    with np.errstate(over="ignore"):
        return float(np.float32(number)) if single else number


def shortest(number: float, single: bool) -> float:
    """Give the number of the fewest digits that a column of 32 bits takes for this one."""
    return float(str(np.float32(number))) if single else number


def _edges(cut: Cut, values: pd.Series[float], people: pd.Series[int], *, single: bool) -> tuple[float, ...]:
    if cut.kind == "edges":
        return cut.edges
    known = values[values.notna() & (people > 0)]
    weights = people[known.index]
    if known.empty:
        raise Refusal("no numbers to cut")
    if cut.kind == "mean":
        return (_mean(list(known), list(weights)),)
    reached = weights.groupby(known).sum().sort_index().cumsum()
    if len(reached) < 2:
        raise Refusal("one value cannot be cut")
    total, lowest = int(reached.iloc[-1]), float(reached.index[0])
    parts = {"median": 2, "quartiles": 4}.get(cut.kind, cut.bins)
    found = {
        float(reached.index[[int(r) * parts > total * part for r in reached]][0]) for part in range(1, parts)
    }
    kept = sorted(edge for edge in found if edge > lowest) or [float(reached.index[1])]
    return tuple(shortest(edge, single) for edge in kept)


def _mean(values: Sequence[float], weights: Sequence[int]) -> float:
    try:
        total = math.fsum(x * w for x, w in zip(values, weights, strict=True))
    except (OverflowError, ValueError):
        total = math.inf
    if math.isfinite(total):
        return total / int(sum(weights))
    exact = sum(Fraction(x) * int(w) for x, w in zip(values, weights, strict=True))
    return float(exact / int(sum(weights)))


def range_names(edges: Sequence[float], *, exact: bool) -> tuple[str, ...]:
    """Name ranges: whole edges whole, others with six digits, or with more behind a long whole part; all digits of those that were typed."""

    def short(edge: float) -> str:
        size = abs(edge)
        if edge == int(edge) and size < 1e15:
            return f"{int(edge)}"
        if not 1e-4 <= size < 1e15:
            return f"{edge:.6g}"
        return format(Decimal(f"{edge:.{max(6, len(str(int(size))) + 2)}g}"), "f")

    shown = [short(edge) for edge in edges]
    typed = all(float(text) == edge for text, edge in zip(shown, edges, strict=True))
    if len(set(shown)) < len(shown) or (exact and not typed):
        shown = [repr(edge) for edge in edges]
    return (
        f"below {shown[0]}",
        *(f"{low} to below {high}" for low, high in itertools.pairwise(shown)),
        f"{shown[-1]} and above",
    )


def _count(rows: pd.DataFrame, scores: str, everybody_selected: int | None) -> Group:
    people = rows["people"]

    def count(where: pd.Series[bool]) -> int:
        return int(people[where].sum())

    cells: dict[str, int | None] = dict.fromkeys(("selected", "tp", "fp", "fn", "tn"))
    cells |= {"n": int(people.sum()), "everybody selected": everybody_selected}
    if "decision" in rows:
        cells["selected"] = count(rows["decision"] == 1)
    if "decision" in rows and "label" in rows:
        for name, decision, label in (("tp", 1, 1), ("fp", 1, 0), ("fn", 0, 1), ("tn", 0, 0)):
            cells[name] = count((rows["decision"] == decision) & (rows["label"] == label))
    means: dict[str, float | None] = {}
    auc: Fraction | None = None
    if "label" in rows and scores == "probabilities":
        label, score = rows["label"].to_numpy(), rows["score"].to_numpy()
        sure = np.where(label == 1, score, 1 - score).clip(LOWEST_PROBABILITY, 1 - LOWEST_PROBABILITY)
        for name, losses in (("brier", (score - label) ** 2), ("log_loss", -np.log(sure))):
            exact = sum(
                (Fraction(float(loss)) * int(w) for loss, w in zip(losses, people, strict=True)), Fraction(0)
            )
            means[name] = float(exact / cells["n"]) if cells["n"] else None
    if "label" in rows and scores in ("probabilities", "ranks"):
        auc = _auc(rows)
    return Group(cells=cells, means=means, auc=auc)


def _auc(rows: pd.DataFrame) -> Fraction | None:
    """Count the pairs of a 1 and a 0 in which the 1 has the higher score; ties count half."""
    ladder = rows.groupby(["score", "label"])["people"].sum().unstack(fill_value=0)
    ones = [int(w) for w in ladder.get(1.0, pd.Series(0, index=ladder.index))]
    zeros = [int(w) for w in ladder.get(0.0, pd.Series(0, index=ladder.index))]
    if not sum(ones) or not sum(zeros):
        return None
    below = itertools.accumulate(zeros)
    twice = sum(one * (2 * reached - zero) for one, zero, reached in zip(ones, zeros, below, strict=True))
    return Fraction(twice, 2 * sum(ones) * sum(zeros))


def wilson(numerator: int, denominator: int) -> tuple[float, float]:
    """Give Wilson's interval of 95%."""
    z2 = stats.norm.ppf(0.975) ** 2
    p, n = numerator / denominator, denominator
    middle, half = (
        p + z2 / (2 * n),
        math.sqrt(z2) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)),
    )
    return (middle - half) / (1 + z2 / n), (middle + half) / (1 + z2 / n)


def clopper_pearson(numerator: int, denominator: int) -> tuple[float, float]:
    """Give Clopper and Pearson's interval of 95%."""
    x, n = numerator, denominator
    low = 0.0 if x == 0 else float(stats.beta.ppf(0.025, x, n - x + 1))
    high = 1.0 if x == n else float(stats.beta.ppf(0.975, x + 1, n - x))
    return low, high


def specials(group: Group) -> dict[str, Callable[[], float | None]]:
    """Give F1, balanced accuracy and Matthews correlation from the cells."""
    tp, fp, fn, tn = (group.cells[name] or 0 for name in ("tp", "fp", "fn", "tn"))

    def f1() -> float | None:
        return float(Fraction(2 * tp, 2 * tp + fp + fn)) if tp + fp + fn else None

    def balanced() -> float | None:
        if not tp + fn or not fp + tn:
            return None
        return float((Fraction(tp, tp + fn) + Fraction(tn, fp + tn)) / 2)

    def mcc() -> float | None:
        squared = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        return (tp * tn - fp * fn) / math.sqrt(squared) if squared else None

    return {"f1": f1, "balanced_accuracy": balanced, "mcc": mcc}
