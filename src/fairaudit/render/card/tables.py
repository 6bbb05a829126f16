"""The tables of a card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from fairaudit.documents.audit import BiasDocument, DisparityPart, FairnessDocument
from fairaudit.documents.baseline import base_line, majority_class
from fairaudit.documents.folder import Results
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.model import SpreadPart
from fairaudit.documents.order import in_order, order_of, orders_of
from fairaudit.documents.parts import EstimatePart
from fairaudit.documents.ranking import Slice, is_small
from fairaudit.documents.sliced import joint_attributes, slices_part
from fairaudit.documents.statements import Statements
from fairaudit.errors import clipped
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.card.parts import Table
from fairaudit.render.escape import cell
from fairaudit.render.words.calibration import calibration_tables
from fairaudit.render.words.evidence import TESTS, correction_name, p_value_text
from fairaudit.render.words.names import capital, listed_names
from fairaudit.render.words.people import Words, attribute_text, group_name
from fairaudit.render.words.quality import lacking, table
from fairaudit.render.words.rows import cuts_sentences, rows_head, rows_heads
from fairaudit.render.words.shares import rate_head
from fairaudit.render.words.values import (
    NO_VALUE,
    aequitas_text,
    count_text,
    counted,
    difference_text,
    interval,
    leveled,
    metric_value,
    share_text,
    times,
    worth_text,
)
from fairaudit.settings.choices import CONFIDENCE
from fairaudit.settings.limits import interval_text, level_text

MOST_BESIDE = 5
"""How many attributes stand beside each other in a table of parities."""


def factors(documents: Results, statements: Statements, words: Words) -> list[str]:
    """Return by which groups the model was looked at, as stated and as measured."""
    relevant = [part.group for part in statements.at_risk]
    rows = [f"Relevant, as stated: {listed_names(relevant, most=len(relevant))}."] if relevant else []
    settings = documents.settings
    if settings is None:
        return [*rows, "Measured: no groups."]
    groups = {(s.feature, s.name) for s in slices_part(documents)}
    if documents.bias is not None:
        groups |= {(d.attribute, d.group) for d in documents.bias.disparities}
    groups_of = Counter(attribute for attribute, _ in groups)
    singles = [a for a in settings.attributes if len(a.columns) == 1]
    crossed = [a for a in settings.attributes if len(a.columns) > 1]
    for name, attributes in (("Measured", singles), ("Intersections measured", crossed)):
        names = [
            f"{attribute_text(a.name, words)} ({counted(groups_of[a.name], 'group')})" for a in attributes
        ]
        rows.append(f"{name}: {', '.join(names) if names else 'none'}.")
    rows += cuts_sentences(settings.attributes)
    if settings.attributes_chosen:
        rows.append("Nobody named these: they are the columns of 2 to 50 texts or categories, or of 0 and 1.")
    return rows


def _shown(attribute: str, group: str, words: Words) -> str:
    """Name a group in a cell: a value as it is, those of several columns as people."""
    name = group_name(attribute, group, words)
    return name if name == clipped(group) else capital(name)


def _evaluated_what_was_held_out(documents: Results) -> bool:
    """Tell whether the evaluation is of the rows that the training held out, all of them, so that the others are those learnt from."""
    train, cv, audited = documents.train, documents.cv, documents.performance
    return (
        train is not None
        and cv is not None
        and audited is not None
        and cv.input.sha256 == train.input.sha256
        and audited.input.sha256 == train.predictions_sha256
        and not audited.input.dropped
        and audited.settings.weight is None
        and not train.input.dropped
    )


def people_table(documents: Results, words: Words) -> Table | None:
    """Count every group's people, where it is known both among the rows that the model learnt from and those of the evaluation."""
    evaluated = {(s.feature, s.name): s.n for s in slices_part(documents)}
    both = _evaluated_what_was_held_out(documents)
    features = {feature for feature, _ in evaluated}
    everybody = (
        {(s.feature, s.slice): s.n for s in documents.cv.slices if s.feature in features}
        if documents.cv and both
        else {}
    )
    groups = list(dict.fromkeys([*everybody, *evaluated]))
    if not groups:
        return None
    if documents.bias is not None:
        groups = in_order(groups, orders_of(documents.bias), key=lambda group: group)

    def row(group: tuple[str, str]) -> tuple[str, ...]:
        n = evaluated.get(group, 0)
        learnt = [f"{max(everybody[group] - n, 0):,}" if group in everybody else NO_VALUE] if both else []
        return (attribute_text(group[0], words), _shown(*group, words), *learnt, f"{n:,}")

    audited_on = documents.settings.audit_on if documents.settings else None
    evaluated_rows = "Evaluation" if audited_on is None else rows_head(audited_on)
    return Table(
        head=("Attribute", "Group", *(["Training"] if both else []), evaluated_rows),
        align=("---", "---", *(["---:"] if both else []), "---:"),
        rows=tuple(row(group) for group in groups),
    )


def quality_table(documents: Results, words: Words) -> Table | None:
    """Tell of each group how many rows were dropped, how many labels are known, and which values are missing; ``None`` where nothing is."""
    data = lacking(documents)
    head, rows = table(data, words) if data else ((), [])
    if not rows:
        return None
    return Table(head=head, align=("---", "---", *["---:"] * 4, "---")[: len(head)], rows=tuple(rows))


def calibration_tables_of(documents: Results) -> list[tuple[str, Table]]:
    """Return the tables of what stands beside the verdict, and of label rates at each score, with their titles."""
    return [
        (
            title,
            Table(
                head=heads,
                align=("---", *("---:" for _ in heads[1:])),
                rows=tuple(rows),
            ),
        )
        for title, heads, rows in calibration_tables(documents)
    ]


def overall_table(
    documents: Results, overall: Mapping[str, EstimatePart], metrics: Sequence[str], words: Words
) -> Table | None:
    """Return the table of everybody's metrics, beside those of the rows that the verdict does not stand on, of always deciding the commoner label, of training and of the folds."""
    everybody, settings = documents.everybody, documents.settings
    level = f"{settings.confidence if settings else CONFIDENCE:.0%} interval"
    audit_on = settings.audit_on if settings else None
    head, other_head = ("Everybody", "") if audit_on is None else rows_heads(audit_on, words.people)
    majority = majority_class(everybody) if everybody else ""
    beside: tuple[tuple[str, Mapping[str, str]], ...] = (
        (f"{other_head}, {level}", _with_intervals(documents.other)),
        (f"Always deciding {majority}", _values({} if everybody is None else base_line(everybody))),
        ("Training rows", _estimates(documents.train.metrics.get("train", {}) if documents.train else {})),
        ("Over folds, mean ± std", _spreads(documents.cv.summary if documents.cv else {})),
    )
    columns = [(name, values) for name, values in beside if values]
    rows = tuple(
        (
            capital(BY_NAME[metric].long_name),
            metric_value(metric, overall[metric].value),
            interval(metric, overall[metric]),
            share_text(overall[metric]) or NO_VALUE,
            *(values.get(metric, NO_VALUE) for _, values in columns),
        )
        for metric in metrics
        if metric in overall
    )
    if not rows:
        return None
    return Table(
        head=("Metric", head, level, "People", *(name for name, _ in columns)),
        align=("---", "---:", "---", "---:", *("---:" for _ in columns)),
        rows=rows,
    )


def _with_intervals(other: GroupDocument | None) -> Mapping[str, str]:
    """Write everybody's metrics, each with its interval where it has one."""
    return {
        metric: metric_value(metric, e.value) + (f" ({interval(metric, e)})" if e.ci else "")
        for metric, e in (other.overall.metrics if other else {}).items()
    }


def _values(values: Mapping[str, float]) -> Mapping[str, str]:
    return {metric: metric_value(metric, value) for metric, value in values.items()}


def _estimates(estimates: Mapping[str, EstimatePart]) -> Mapping[str, str]:
    return {metric: metric_value(metric, estimate.value) for metric, estimate in estimates.items()}


def _spreads(spreads: Mapping[str, SpreadPart]) -> Mapping[str, str]:
    return {
        metric: f"{metric_value(metric, spread.mean)} ± {metric_value(metric, spread.std)}"
        for metric, spread in spreads.items()
    }


def slices_table(
    ranked: Sequence[Slice], overall: Mapping[str, EstimatePart], main: str, words: Words
) -> Table:
    """Return the table of slices, the poorest first."""
    more = [m for m in ("fpr", "fnr", "f1") if m in overall and m != main]
    joint = joint_attributes(ranked, main)
    rows = []
    for s in ranked:
        small = " (small)" if is_small(s, main) else ""
        rows.append(
            (
                attribute_text(s.feature, words),
                f"{_shown(s.feature, s.name, words)}{small}",
                f"{s.n:,}",
                metric_value(main, s.metrics[main].value),
                _away(s, main),
                *(metric_value(m, s.metrics[m].value) for m in more),
            )
        )
    return Table(
        head=(
            "Attribute",
            "Slice",
            "People",
            capital(BY_NAME[main].long_name),
            "To everybody else" + (f", {level_text(joint[0])}" if joint else ""),
            *(capital(BY_NAME[m].long_name) for m in more),
        ),
        align=("---", "---", "---:", "---:", "---:", *("---:" for _ in more)),
        rows=tuple(rows),
    )


def _away(s: Slice, main: str) -> str:
    """Say how far a slice is from everybody else, with the interval that allows for the choice; small ones are not chosen."""
    distance = s.vs_rest.get(main)
    if distance is None or distance.difference is None or distance.joint_ci is None:
        return NO_VALUE
    difference = difference_text(main, distance.difference)
    low, high = (difference_text(main, limit) for limit in distance.joint_ci)
    return difference if is_small(s, main) else f"{difference} ({low} to {high})"


def groups_table(bias: BiasDocument, attribute: str, words: Words) -> Table:
    """Return the table of an attribute's groups: each rate with its people, and its ratio to the reference group's."""
    metrics = bias.family.metrics
    by_group = _by_group(bias, attribute)
    rows = []
    for group in order_of(bias, attribute):
        parts = by_group[group]
        people = next(iter(parts.values())).n
        name = _shown(attribute, group, words)
        rows.append((name, f"{people:,}", *(_rate_and_ratio(parts[m], words) for m in metrics if m in parts)))
    return Table(
        head=("Group", "People", *(_rate_head(m, words) for m in metrics)),
        align=("---", "---:", *("---:" for _ in metrics)),
        rows=tuple(rows),
    )


def _rate_head(metric: str, words: Words) -> str:
    """Say of whom the shares of a column are, and how the metric is called."""
    name, head = BY_NAME[metric].long_name, rate_head(metric, words)
    return capital(name if head == name else f"{head} ({name})")


def _by_group(bias: BiasDocument, attribute: str) -> dict[str, dict[str, DisparityPart]]:
    by_group: dict[str, dict[str, DisparityPart]] = {}
    for d in bias.disparities:
        if d.attribute == attribute:
            by_group.setdefault(d.group, {})[d.metric] = d
    return by_group


def _rate_and_ratio(d: DisparityPart, words: Words) -> Markup:
    """Write a rate with its people on one line, and the ratio with what decides it on the next."""
    rate = metric_value(d.metric, d.value)
    if isinstance(d.denominator, int) and d.numerator is not None:
        rows = f" rows, {worth}" if (worth := worth_text(d.effective, people=words.people)) else ""
        rate += f" ({count_text(d.numerator)} of {count_text(d.denominator)}{rows})"
    return Markup("<br>").join(Markup(cell(text, most=None)) for text in (rate, _ratio(d)))  # noqa: S704


def _ratio(d: DisparityPart) -> str:
    if d.is_reference:
        return "reference"
    ratio = "no ratio" if d.ratio is None else f"{times(d.ratio)} times"
    level, ci = d.resting
    labelled = "" if ci is None else f" ({leveled(level, interval_text(ci))})"
    verdict = f" {d.verdict}" if d.verdict else ""
    return f"{ratio}{labelled}{verdict}{', small' if d.small else ''}"


def evidence_table(bias: BiasDocument, attribute: str, words: Words) -> Table | None:
    """Return the table of the p-values behind the verdicts, each named by its test; ``None`` where there are none."""
    by_group = _by_group(bias, attribute)
    rows = []
    for group in order_of(bias, attribute):
        for metric in bias.family.metrics:
            d = by_group[group].get(metric)
            if d is not None and d.p_value is not None and not d.unknown:
                name = _shown(attribute, group, words)
                rows.append((name, capital(BY_NAME[metric].long_name), *_p_values(d)))
    if not rows:
        return None
    many = counted(bias.comparisons, "comparison")
    head = (
        "Group",
        "Metric",
        "Both rates are equal",
        "After correction (Benjamini-Hochberg)",
        "The ratio is tolerable",
        f"After {many} ({correction_name(bias)})",
        "It is not",
    )
    return Table(head=head, align=("---", "---", *("---:" for _ in head[2:])), rows=tuple(rows))


def _p_values(d: DisparityPart) -> tuple[str, ...]:
    """Write the p-values of a comparison: of equal rates, and of a ratio that is tolerable or is not, alone and corrected."""
    by = (d.test, None, d.limit_test, None, d.limit_test)
    values = (d.p_value, d.p_adjusted, d.p_alone, d.p_fail, d.p_pass)
    return tuple(
        NO_VALUE if p is None else f"{p_value_text(p)} ({TESTS[test]})" if test else p_value_text(p)
        for p, test in zip(values, by, strict=True)
    )


def verdicts_table(fairness: FairnessDocument | None) -> Table | None:
    """Return the table of the three kinds of verdict, ours beside Aequitas's."""
    if fairness is None:
        return None
    words = {
        "unsupervised": "Decisions (unsupervised fairness)",
        "supervised": "Errors (supervised fairness)",
        "overall": "Overall",
    }
    return Table(
        head=("All attributes", "Verdict", "Aequitas"),
        align=("---", "---", "---"),
        rows=tuple(
            (words.get(key, key), str(part.verdict), aequitas_text(part.aequitas))
            for key, part in fairness.overall.items()
        ),
    )


def parities_tables(fairness: FairnessDocument | None, words: Words) -> list[Table]:
    """Return the tables of every parity's verdict by attribute, some attributes a table."""
    if fairness is None:
        return []
    attributes = list(dict.fromkeys(v.attribute for v in fairness.attributes))
    beside = [attributes[i : i + MOST_BESIDE] for i in range(0, len(attributes), MOST_BESIDE)]
    return [_parities_table(fairness, some, words) for some in beside]


def _parities_table(fairness: FairnessDocument, attributes: Sequence[str], words: Words) -> Table:
    verdicts = {(v.attribute, v.parity): v for v in fairness.attributes}
    rows = []
    for parity in dict.fromkeys(v.parity for v in fairness.attributes):
        judged = [verdicts.get((attribute, parity)) for attribute in attributes]
        rows.append(
            (parity, *(f"{v.verdict} / {aequitas_text(v.aequitas)}" if v else NO_VALUE for v in judged))
        )
    return Table(
        head=("Parity", *(clipped(attribute_text(attribute, words)) for attribute in attributes)),
        align=("---", *("---" for _ in attributes)),
        rows=tuple(rows),
    )
