"""The tables of a card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from fairaudit.documents.audit import (
    DisparityPart,
    FairnessDocument,
)
from fairaudit.documents.folder import Results
from fairaudit.documents.parts import EstimatePart, Verdict, slice_named
from fairaudit.documents.ranking import Slice, is_small
from fairaudit.documents.statements import Statements
from fairaudit.errors import clipped
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.card.parts import MOST_ATTRIBUTES, MOST_SLICES, Table, joint_attributes, slices_part
from fairaudit.render.words.names import capital, listed_names, listing
from fairaudit.render.words.values import (
    NO_VALUE,
    aequitas_text,
    counted,
    difference_text,
    interval,
    leveled,
    metric_value,
    share_text,
    times,
)
from fairaudit.settings.limits import interval_text, level_text

MOST_GROUPS = 8
"""How many groups of an attribute a table shows."""
MOST_PEOPLE = 60
"""How many groups the folded table of people shows."""


def factors(documents: Results, statements: Statements) -> list[str]:
    """Return by which groups the model was looked at, as stated and as measured."""
    relevant = [part.group for part in statements.at_risk]
    rows = [f"Relevant, as stated: {listed_names(relevant, most=8)}."] if relevant else []
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
        names = [f"{clipped(a.name)} ({counted(groups_of[a.name], 'group')})" for a in attributes]
        rows.append(f"{name}: {listing(names, most=8) if names else 'none'}.")
    if settings.attributes_chosen:
        rows.append("Nobody named these: they are the columns of 2 to 50 texts or categories, or of 0 and 1.")
    return rows


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


def people_table(documents: Results) -> Table | None:
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

    def row(group: tuple[str, str]) -> tuple[str, ...]:
        n = evaluated.get(group, 0)
        learnt = [f"{max(everybody[group] - n, 0):,}" if group in everybody else NO_VALUE] if both else []
        return (slice_named(*group), *learnt, f"{n:,}")

    shown = groups[:MOST_PEOPLE]
    left_out = len(groups) - len(shown)
    return Table(
        head=("Group", *(["Training"] if both else []), "Evaluation"),
        align=("---", *(["---:"] if both else []), "---:"),
        rows=tuple(row(group) for group in shown),
        note=f"{counted(left_out, 'more group')} in group.json and slices.json." if left_out else "",
    )


def overall_table(
    documents: Results, overall: Mapping[str, EstimatePart], metrics: Sequence[str]
) -> Table | None:
    """Return the table of everybody's metrics, beside those of training and of the folds."""
    training = documents.train.metrics.get("train", {}) if documents.train else {}
    folds = documents.cv.summary if documents.cv else {}
    head = ["Metric", "Everybody", "95% interval", "People"]
    if documents.settings is not None:
        head[2] = f"{documents.settings.confidence:.0%} interval"
    align = ["---", "---:", "---", "---:"]
    for column, there in (("Training rows", training), ("Over folds, mean ± std", folds)):
        if there:
            head.append(column)
            align.append("---:")
    rows = []
    for metric in metrics:
        if metric not in overall:
            continue
        e = overall[metric]
        people = share_text(e) or NO_VALUE
        cells = [
            capital(BY_NAME[metric].long_name),
            metric_value(metric, e.value),
            interval(metric, e),
            people,
        ]
        if training:
            cells.append(metric_value(metric, training[metric].value) if metric in training else NO_VALUE)
        if folds:
            spread = folds.get(metric)
            cells.append(
                f"{metric_value(metric, spread.mean)} ± {metric_value(metric, spread.std)}"
                if spread
                else NO_VALUE
            )
        rows.append(tuple(cells))
    return Table(head=tuple(head), align=tuple(align), rows=tuple(rows)) if rows else None


def slices_table(ranked: Sequence[Slice], overall: Mapping[str, EstimatePart], main: str) -> Table:
    """Return the table of the poorest slices."""
    more = [m for m in ("fpr", "fnr", "f1") if m in overall and m != main]
    joint = joint_attributes(ranked, main)
    rows = []
    for s in ranked[:MOST_SLICES]:
        name = f"{slice_named(s.feature, s.name)}{' (small)' if is_small(s, main) else ''}"
        rows.append(
            (
                name,
                f"{s.n:,}",
                metric_value(main, s.metrics[main].value),
                _away(s, main),
                *(metric_value(m, s.metrics[m].value) for m in more),
            )
        )
    return Table(
        head=(
            "Slice",
            "People",
            capital(BY_NAME[main].long_name),
            "To everybody else" + (f", {level_text(joint[0])}" if joint else ""),
            *(_short(m) for m in more),
        ),
        align=("---", "---:", "---:", "---:", *("---:" for _ in more)),
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


def ratio_table(
    disparities: Sequence[DisparityPart],
    metrics: Sequence[str],
) -> Table:
    """Return the table of each group's ratios to its reference group."""
    by_group: dict[str, dict[str, DisparityPart]] = {}
    for d in disparities:
        by_group.setdefault(d.group, {})[d.metric] = d
    largest = sorted(by_group, key=lambda group: -next(iter(by_group[group].values())).n)
    failing = {g for g in largest if Verdict.FAIL in {by_group[g][m].verdict for m in metrics}}
    # Of too many groups, the reference group and those that fail are shown before the others.
    urgent = sorted(
        largest, key=lambda g: (not any(d.is_reference for d in by_group[g].values()), g not in failing)
    )
    shown = [g for g in largest if g in urgent[:MOST_GROUPS]]
    rows = [
        (
            clipped(group),
            f"{next(iter(by_group[group].values())).n:,}",
            *(_ratio_cell(by_group[group][m]) for m in metrics),
        )
        for group in shown
    ]
    left_out = [g for g in largest if g not in shown]
    fail = (
        f", {len(failing.intersection(left_out)):,} of which fail," if failing.intersection(left_out) else ""
    )
    return Table(
        head=("Group", "People", *(capital(BY_NAME[m].long_name) for m in metrics)),
        align=("---", "---:", *("---:" for _ in metrics)),
        rows=tuple(rows),
        note=f"{counted(len(left_out), 'more group')}{fail} in bias.json." if left_out else "",
    )


def _ratio_cell(disparity: DisparityPart) -> str:
    if disparity.is_reference:
        return "reference"
    verdict = disparity.verdict
    ratio = "no ratio" if disparity.ratio is None else times(disparity.ratio)
    level, ci = disparity.resting
    return f"{ratio}{f' ({leveled(level, interval_text(ci))})' if ci else ''}{f' {verdict}' if verdict else ''}{', small' if disparity.small else ''}"


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


def parities_table(fairness: FairnessDocument | None) -> Table | None:
    """Return the table of every parity's verdict by attribute."""
    if fairness is None:
        return None
    attributes = list(dict.fromkeys(v.attribute for v in fairness.attributes))
    shown = attributes[:MOST_ATTRIBUTES]
    verdicts = {(v.attribute, v.parity): v for v in fairness.attributes}
    rows = []
    for parity in dict.fromkeys(v.parity for v in fairness.attributes):
        judged = [verdicts.get((attribute, parity)) for attribute in shown]
        rows.append(
            (parity, *(f"{v.verdict} / {aequitas_text(v.aequitas)}" if v else NO_VALUE for v in judged))
        )
    left_out = len(attributes) - len(shown)
    return Table(
        head=("Parity", *(clipped(attribute) for attribute in shown)),
        align=("---", *("---" for _ in shown)),
        rows=tuple(rows),
        note=f"{counted(left_out, 'more attribute')} in fairness.json." if left_out else "",
    )


def _short(metric: str) -> str:
    return metric.upper() if metric in ("fpr", "fnr", "f1") else capital(BY_NAME[metric].long_name)
