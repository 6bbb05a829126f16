"""Counts into Aequitas's own tables: crosstab, ``Bias``, ``Fairness``.

The crosstab has exactly the columns, names and types of ``aequitas.group.Group.get_crosstabs``, filled from counts, so that Aequitas's
classes run on it as they would on rows. What they answer is carried beside our own values and never replaces them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import math
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairaudit.count.counts import Counted, Counts, GroupCounts
from fairaudit.disparity.aequitas_classes import bias_class, fairness_class
from fairaudit.disparity.judge import COMBINED_PARITIES, PARITIES
from fairaudit.disparity.references import ReferenceKind, References, others_than
from fairaudit.read.decision import DecisionRule
from fairaudit.settings.choices import RuleKind
from fairaudit.slices.grammar import EVERYBODY_ELSE

if TYPE_CHECKING:
    from fractions import Fraction

    import pandas as pd
    from aequitas.bias import Bias


@dataclass(frozen=True, slots=True, kw_only=True)
class AequitasBias:
    """What ``aequitas.bias.Bias`` answers.

    Attributes
    ----------
    disparities
        By (attribute, group, metric); ``None`` for Aequitas's NaN. Aequitas puts 10.0 for a division of a number by zero.
    references
        By (attribute, metric).
    table
        Aequitas's own data frame.
    """

    disparities: Mapping[tuple[str, str, str], float | None]
    references: Mapping[tuple[str, str], str]
    table: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class AequitasFairness:
    """What ``aequitas.fairness.Fairness`` answers; ``None`` for its NaN.

    Attributes
    ----------
    groups
        By (attribute, group, parity).
    attributes
        By (attribute, parity).
    overall
        Keys ``unsupervised``, ``supervised``, ``overall``, combined from `attributes` as Aequitas's ``get_overall_fairness`` does, but that an
        undefined verdict stays undefined there.
    """

    groups: Mapping[tuple[str, str, str], bool | None]
    attributes: Mapping[tuple[str, str], bool | None]
    overall: Mapping[str, bool | None]


def crosstab(counted: Counted, *, rule: DecisionRule | None = None) -> pd.DataFrame:
    """Write counts as the data frame that ``Group.get_crosstabs`` gives: 27 columns, a row for each group.

    Without labels the columns that need them are left out, as Aequitas itself demands labels.
    """
    import numpy as np
    import pandas as pd

    # A group of nobody exists only with weights of zero; Aequitas, which counts rows, never sees one.
    rows = [_crosstab_row(group, counted.overall, rule) for group in counted.groups if group.counts.n]
    table = pd.DataFrame(rows)
    # To ask for what is there already takes as long as the rest.
    others = [name for name in _WHOLE if name in table and table[name].dtype != np.int64]
    return table.astype(dict.fromkeys(others, np.int64)) if others else table


_WHOLE = (
    "model_id",
    "k",
    "pp",
    "pn",
    "fp",
    "fn",
    "tn",
    "tp",
    "group_label_pos",
    "group_label_neg",
    "group_size",
    "total_entities",
)
"""Columns of whole numbers."""


def _crosstab_row(group: GroupCounts, overall: Counts, rule: DecisionRule | None) -> dict[str, Any]:
    """Write one group, its columns in the order of Aequitas."""
    c, k = group.counts, overall.selected or 0
    selected = c.selected or 0
    shared = {
        "model_id": 0,
        "score_threshold": _threshold_name(rule),
        "k": k,
        "attribute_name": group.attribute,
        "attribute_value": group.group,
    }
    sizes = {
        "pp": selected,
        "pn": c.n - selected,
        "ppr": _divide(selected, k),
        "pprev": _divide(selected, c.n),
    }
    if overall.tp is None:
        return {**shared, **sizes, "group_size": c.n, "total_entities": overall.n}
    tp, fp, fn, tn = (int(cell or 0) for cell in (c.tp, c.fp, c.fn, c.tn))
    return {
        **shared,
        "accuracy": _divide(tp + tn, c.n),
        "tpr": _divide(tp, tp + fn),
        "tnr": _divide(tn, fp + tn),
        "for": _divide(fn, fn + tn),
        "fdr": _divide(fp, tp + fp),
        "fpr": _divide(fp, fp + tn),
        "fnr": _divide(fn, tp + fn),
        "npv": _divide(tn, fn + tn),
        "precision": _divide(tp, tp + fp),
        **sizes,
        "fp": fp,
        "fn": fn,
        "tn": tn,
        "tp": tp,
        "group_label_pos": tp + fn,
        "group_label_neg": fp + tn,
        "group_size": c.n,
        "total_entities": overall.n,
        "prev": _divide(tp + fn, c.n),
    }


def _divide(numerator: int, denominator: int) -> float:
    return numerator / denominator if denominator else math.nan


def bias(counted: Counted, references: References, *, rule: DecisionRule | None = None) -> AequitasBias:
    """Run Aequitas's ``Bias`` on counts, for all attributes at once that are compared in the same way.

    Each kind of reference runs the method made for it: ``get_disparity_predefined_groups``, ``get_disparity_major_group`` or
    ``get_disparity_min_metric``, always without its significance test. Aequitas knows no comparison
    with everybody else: there it compares with the largest group, and `disparities` holds nothing for the attribute. Neither does it know groups
    that are no reference: where one of these would be, it is told ours. A reference group in which there is nobody is none to it, as everybody else is none.
    Of groups that overlap each is an attribute of its own to it, of those who are in it and everybody else.
    """
    counted, references, whose = _apart(counted, references)
    with _quiet():
        everything = crosstab(counted, rule=rule)
        bias_of_aequitas = bias_class()
        metrics = [metric for metric in bias_of_aequitas.all_group_metrics if metric in everything]
        runner = bias_of_aequitas(input_group_metrics=metrics)
        whole = _compared(runner, everything, counted, references)
    disparities: dict[tuple[str, str, str], float | None] = {}
    references_used: dict[tuple[str, str], str] = {}
    columns = whole.to_dict("list")
    for row, attribute in enumerate(columns["attribute_name"]):
        rest = references.kinds[attribute] is ReferenceKind.REST or _is_gone(attribute, counted, references)
        name = whose.get(attribute, attribute)
        for metric in metrics:
            disparity = None if rest else _number(columns[f"{metric}_disparity"][row])
            disparities[name, columns["attribute_value"][row], metric] = disparity
            references_used[name, metric] = columns[f"{metric}_ref_group_value"][row]
    return AequitasBias(disparities=disparities, references=references_used, table=_together(whole, whose))


def _apart(counted: Counted, references: References) -> tuple[Counted, References, Mapping[str, str]]:
    """Make each of the groups that overlap an attribute of its own, beside everybody else; and say whose each of these is."""
    groups: list[GroupCounts] = []
    whose: dict[str, str] = {}
    for group in counted.groups:
        if group.attribute not in counted.overlapping:
            groups.append(group)
            continue
        own = f"{group.attribute}={group.group}"
        whose[own] = group.attribute
        rest = dataclasses.replace(
            group, attribute=own, group=EVERYBODY_ELSE, counts=others_than(counted.overall, group)
        )
        groups += [dataclasses.replace(group, attribute=own), rest]
    kinds = {**references.kinds, **dict.fromkeys(whose, ReferenceKind.NAMED)}
    named = {**references.groups, **dict.fromkeys(whose, EVERYBODY_ELSE)}
    return (
        dataclasses.replace(counted, groups=tuple(groups)),
        dataclasses.replace(references, kinds=kinds, groups=named),
        whose,
    )


def _together(table: Any, whose: Mapping[str, str]) -> Any:
    """Give groups that overlap their attribute again, and leave out everybody else, who are none of them."""
    if not whose:
        return table
    is_rest = table["attribute_name"].isin(list(whose)) & (table["attribute_value"] == EVERYBODY_ELSE)
    table = table[~is_rest].reset_index(drop=True)
    return table.assign(attribute_name=table["attribute_name"].map(lambda name: whose.get(name, name)))


def _compared(runner: Bias, everything: Any, counted: Counted, references: References) -> Any:
    """Compare the groups of each attribute by the method made for its kind of reference, in the order of the attributes."""
    import pandas as pd

    options = {"input_group_metrics": runner.input_group_metrics, "check_significance": False}
    with_people = set(everything["attribute_name"])
    attributes = [attribute for attribute in counted.attributes if attribute in with_people]
    with_largest: list[str] = []
    with_ours: dict[str, str | Mapping[str, str]] = {}
    tables = []
    for attribute in attributes:
        groups, reference = counted.of(attribute), references.groups[attribute]
        kind = references.kinds[attribute]
        if kind is ReferenceKind.MIN_METRIC and reference:
            known = [group.group for group in groups if not group.unknown]
            rows = _rows_of([attribute], everything)
            tables.append(_compared_with_lowest(runner, rows[rows["attribute_value"].isin(known)], options))
        elif (
            kind is ReferenceKind.REST
            or not reference
            or _is_gone(attribute, counted, references)
            or (
                kind is ReferenceKind.MAJORITY
                and max(groups, key=lambda group: group.counts.n).group == reference
            )
        ):
            with_largest.append(attribute)
        else:
            with_ours[attribute] = reference
    if with_largest:
        tables.append(runner.get_disparity_major_group(_rows_of(with_largest, everything), None, **options))
    if with_ours:
        rows = _rows_of(list(with_ours), everything)
        tables.append(runner.get_disparity_predefined_groups(rows, None, with_ours, **options))
    if len(tables) == 1:
        return tables[0]
    places = {attribute: place for place, attribute in enumerate(attributes)}
    whole = pd.concat(tables, ignore_index=True)
    return whole.iloc[whole["attribute_name"].map(places).argsort(kind="stable")].reset_index(drop=True)


def _is_gone(attribute: str, counted: Counted, references: References) -> bool:
    """Tell whether nobody is in the one group that all of an attribute are compared with."""
    reference = references.groups[attribute]
    return any(g.group == reference and not g.counts.n for g in counted.of(attribute))


def _rows_of(attributes: Sequence[str], everything: Any) -> Any:
    return everything[everything["attribute_name"].isin(attributes)].reset_index(drop=True)


def _compared_with_lowest(runner: Bias, rows: Any, options: Mapping[str, Any]) -> Any:
    """Compare the groups of one attribute with the lowest value of each metric."""
    table = rows.reset_index(drop=True)
    # pandas 3 finds no minimum where there is no number, where pandas 2 let Aequitas put the first group.
    # That is what zeros give as well: their ratio is undefined, too.
    nowhere = [metric for metric in runner.input_group_metrics if table[metric].isna().all()]
    filled = table.fillna(dict.fromkeys(nowhere, 0.0))
    compared = runner.get_disparity_min_metric(filled, None, **options)
    compared[nowhere] = math.nan
    return compared


def fairness(biased: AequitasBias, *, tau: Fraction) -> AequitasFairness:
    """Run Aequitas's ``Fairness`` on the disparities of groups.

    Attributes are combined here, as ``get_group_attribute_fairness`` does in ten times the time: one group that fails is enough, and what is
    undefined is passed over. So is the overall verdict, because ``get_overall_fairness`` calls an audit fair in which nothing could be measured.
    """
    with _quiet():
        runner = fairness_class()(tau=float(tau))
        asked = {parity: f"{metric}_disparity" for parity, metric in PARITIES.items()}
        wanted = [parity for parity, column in asked.items() if column in biased.table]
        # Aequitas adds its columns to what it is given, and takes all columns apart for each of some parities.
        needed = ["attribute_name", "attribute_value", *(asked[parity] for parity in wanted)]
        values = runner.get_group_value_fairness(biased.table[needed].copy(), fair_measures_requested=wanted)
    parities = [parity for parity in (*wanted, *COMBINED_PARITIES) if parity in values]
    groups: dict[tuple[str, str, str], bool | None] = {}
    members: dict[tuple[str, str], list[bool | None]] = {}
    columns = values.to_dict("list")
    for row, attribute in enumerate(columns["attribute_name"]):
        for parity in parities:
            truth = _truth(columns[parity][row])
            groups[attribute, columns["attribute_value"][row], parity] = truth
            members.setdefault((attribute, parity), []).append(truth)
    attributes = {key: _all_true(truths) for key, truths in members.items()}
    overall: dict[str, bool | None] = {}
    for key, parity in (("unsupervised", "Unsupervised Fairness"), ("supervised", "Supervised Fairness")):
        truths = [truth for (_, name), truth in attributes.items() if name == parity]
        if truths:
            overall[key] = _all_true(truths)
    overall["overall"] = _all_true(list(overall.values()))
    return AequitasFairness(groups=groups, attributes=attributes, overall=overall)


def _all_true(truths: list[bool | None]) -> bool | None:
    """Combine truths: one false is false; else one true is true; nothing defined is undefined."""
    defined = [truth for truth in truths if truth is not None]
    return all(defined) if defined else None


def _threshold_name(rule: DecisionRule | None) -> str:
    """Name the rule as Aequitas does in ``score_threshold``; a top percentage by the number of people that it means."""
    match rule:
        case DecisionRule(kind=RuleKind.THRESHOLD, threshold=threshold):
            return f"{threshold}_val"
        case DecisionRule(kind=RuleKind.TOP_K | RuleKind.TOP_PERCENT, wanted=wanted):
            return f"{wanted}_abs"
        case _:
            return "binary 0/1"


def _number(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _truth(value: Any) -> bool | None:
    return None if value is None or value != value else bool(value)


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Load Aequitas, and with it pandas, in another thread while this one reads."""
    # Loads less while there is one thread.
    import fairaudit.inference.special  # noqa: F401

    thread = threading.Thread(target=bias_class, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


_ONE_AT_A_TIME = threading.RLock()
"""Held while stdout is replaced: of two threads that replaced it at once, the later would leave the other's in its place for good."""


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Aequitas's prints and its use of deprecated pandas calls off the user's screen."""
    with _ONE_AT_A_TIME, warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
