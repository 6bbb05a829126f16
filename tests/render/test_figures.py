"""Figures: what they hold, that they are the same every time, and that names in them are data only."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, stdev
from typing import Any
from xml.etree import ElementTree

import pytest

from fairaudit.documents.audit import ScoresDocument
from fairaudit.documents.calibration import calibrate_groups
from fairaudit.documents.model import CvDocument, FoldPart, FoldSlicePart, SpreadPart
from fairaudit.documents.parts import EstimatePart, GroupPart, Stamp
from fairaudit.documents.ranking import main_metric
from fairaudit.read.files import open_path
from fairaudit.render.figures.calibration import MOST_CURVES, calibration_figure
from fairaudit.render.figures.disparity import disparity_figure
from fairaudit.render.figures.draw import draw_figures, render_png, render_svg
from fairaudit.render.figures.folds import MOST_FOLD_SLICES, _dodged, folds_figure
from fairaudit.render.figures.metric import metric_figure
from fairaudit.render.figures.parts import MOST_ROWS, Figure, short_name
from fairaudit.settings.reading import ReadSettings
from fairaudit.workflow.audit import report_scores, tally

PROBABILITIES = ReadSettings(
    label="repaid", score="score", attributes=("ethnicity", "region", "sex*age:25,40")
)
ETHNICITIES = ("Arden", "Belmar", "Corvan", "Dellow", "(missing)")
SVG = "http://www.w3.org/2000/svg"


@pytest.fixture(scope="module")
def scores(examples_dir: Path) -> ScoresDocument:
    """Count the scores of the example lender, which are probabilities."""
    stamp = Stamp(created=datetime(2026, 1, 1, tzinfo=UTC), command="fairaudit group")
    found = report_scores(tally(open_path(str(examples_dir / "loans.csv")), PROBABILITIES), stamp)
    assert found is not None
    return found


def cross_validated(folded: CvDocument, **metrics: list[float | None]) -> CvDocument:
    """Put values by metric into the folds, and their means and deviations into the summary."""
    count = max(len(values) for values in metrics.values())
    folds = [
        FoldPart(
            repeat=1,
            fold=i + 1,
            n=20,
            metrics={name: values[i] for name, values in metrics.items()},
            reasons={},
        )
        for i in range(count)
    ]
    summary = {name: spread([v for v in values if v is not None]) for name, values in metrics.items()}
    return folded.model_copy(update={"folds": folds, "summary": summary, "slices": []})


def spread(values: list[float]) -> SpreadPart:
    return SpreadPart(
        mean=fmean(values),
        std=stdev(values) if len(values) > 1 else None,
        min=min(values),
        max=max(values),
        folds=len(values),
        reason=None,
    )


def fold_slice(name: str, mean: float | None, std: float | None, *, small: bool = False) -> FoldSlicePart:
    part = SpreadPart(mean=mean, std=std, min=None, max=None, folds=5, reason=None)
    return FoldSlicePart(feature="sex", slice=name, n=40, small=small, metrics={"f1": part})


def all_rows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for rows in spec["datasets"].values() for row in rows]


def rows_of(spec: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """Give the rows of data that hold a field; headings hold few."""
    return [row for row in all_rows(spec) if field in row]


def subtitle_of(spec: dict[str, Any]) -> str:
    return " ".join(spec["title"]["subtitle"])


def named(row: dict[str, Any]) -> str:
    """Give the name of a row, which stands where its script is drawn."""
    return str(row["name"] or row["other"])


def tolerance_of(spec: dict[str, Any]) -> list[tuple[float, float]]:
    """Find the limits of the band."""
    found = [layer["encoding"] for layer in spec["spec"]["layer"] if layer["mark"]["type"] == "rect"]
    return [(encoding["x"]["datum"], encoding["x2"]["datum"]) for encoding in found]


def without_data(spec: Any) -> Iterator[str]:
    """Walk through all text of a specification but its data."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            # The words that stand for the picture are no part of the drawing.
            if key not in ("datasets", "usermeta"):
                yield from without_data(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from without_data(value)
    elif isinstance(spec, str):
        yield spec


def test_metric_is_drawn_with_its_interval_worst_first(compas: Any) -> None:
    figure = metric_figure(compas.group, metric="accuracy")
    rows = rows_of(figure.spec, "low")
    race = rows[:6]
    assert [row["name"] for row in race] == [
        "African-American", "Hispanic", "Other", "Caucasian", "Native American", "Asian",
    ]  # fmt: skip
    (asian,) = (row for row in race if row["name"] == "Asian")
    estimate = next(g for g in compas.group.groups if g.group == "Asian").metrics["accuracy"]
    assert (asian["value"], asian["low"], asian["high"]) == (estimate.value, *estimate.ci)
    assert [row["name"] for row in rows if row["small"]] == ["Native American"]
    assert figure.alt == (
        "Accuracy is 65.4% for everybody, and goes from 61.7% (age_cat = Less than 25) to 84.4% (race = Asian)."
    )


def test_error_rates_are_sorted_from_the_highest(compas: Any) -> None:
    rows = rows_of(metric_figure(compas.group, metric="fpr").spec, "low")
    assert rows[0]["name"] == "African-American"


def test_slices_give_the_same_figure_as_groups(compas: Any) -> None:
    assert metric_figure(compas.slices, metric="accuracy") == metric_figure(compas.group, metric="accuracy")


def test_disparities_are_drawn_with_verdict_and_tolerance(compas: Any) -> None:
    figure = disparity_figure(compas.bias, compas.fairness)
    rows = rows_of(figure.spec, "kind")
    assert len(rows) == 3 * (6 + 2 + 3)
    fpr = [row for row in rows if row["said"] in ("1.91", "0.92", "1.60")]
    assert {(row["name"], row["kind"], row["small"]) for row in fpr} == {
        ("African-American", "fails", False),
        ("Hispanic", "undecided", False),
        ("Native American", "undecided", True),
    }
    assert {row["kind"] for row in rows if row["said"] == "reference"} == {"reference"}
    assert tolerance_of(figure.spec) == [(0.8, 1.25)]
    text = json.dumps(figure.spec)
    assert '"type": "log"' in text


def test_verdicts_differ_in_colour_and_in_shape(compas: Any) -> None:
    text = json.dumps(disparity_figure(compas.bias, compas.fairness).spec)
    assert '"range": ["diamond", "circle", "square", "stroke"]' in text
    assert '"range": ["#d55e00", "#0072b2"' in text


def test_without_fairness_the_disparities_own_tolerance_judges(compas: Any) -> None:
    figure = disparity_figure(compas.bias, None)
    assert figure.spec == disparity_figure(compas.bias, compas.fairness).spec


def test_ratios_that_cannot_be_placed_are_told(compas: Any) -> None:
    parts = list(compas.bias.disparities)
    at = next(i for i, p in enumerate(parts) if p.group == "Asian" and p.metric == "fpr")
    parts[at] = parts[at].model_copy(update={"ratio": None, "reason": "both are 0"})
    figure = disparity_figure(compas.bias.model_copy(update={"disparities": parts}), compas.fairness)
    (row,) = (row for row in rows_of(figure.spec, "kind") if row["said"] == "no ratio")
    assert (row["name"], row["place"]) == ("Asian", None)
    parts[at] = parts[at].model_copy(update={"ratio": 0.0})
    figure = disparity_figure(compas.bias.model_copy(update={"disparities": parts}), compas.fairness)
    (row,) = (row for row in rows_of(figure.spec, "kind") if row["said"] == "0.00")
    assert row["place"] == 0.125
    assert "at the edge: beyond 0.125 or 8" in json.dumps(figure.spec)


@pytest.mark.parametrize("kind", ["metric_per_slice", "disparity_per_group"])
def test_names_are_data_and_never_part_of_the_specification(hostile: Any, kind: str) -> None:
    figures = draw_figures(performance=hostile.group, bias=hostile.bias, fairness=hostile.fairness)
    (figure,) = (figure for figure in figures if figure.name == kind)
    said = " ".join(without_data(figure.spec))
    for fragment in ("script", "7*7", "javascript", "evil", "attr`", "1+1"):
        assert fragment not in said
    names = {named(row) for row in rows_of(figure.spec, "name")}
    assert {"a|b", "two\\nlines", "\\u202eevil", "\\x1b[31m", "n" * 37 + "…"} <= names
    assert {row["head"] for row in rows_of(figure.spec, "head")} == {"", "<b>|attr`", "sex"}
    svg = render_svg(figure.spec)
    assert "<script" not in svg
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in svg


@pytest.mark.parametrize("kind", [0, 1])
def test_same_input_gives_the_same_bytes(compas: Any, kind: int) -> None:
    first = draw_figures(performance=compas.group, bias=compas.bias, fairness=compas.fairness)[kind]
    again = draw_figures(performance=compas.group, bias=compas.bias, fairness=compas.fairness)[kind]
    assert json.dumps(first.spec) == json.dumps(again.spec)
    assert render_png(first.spec) == render_png(again.spec)
    assert render_svg(first.spec) == render_svg(again.spec)


def test_picture_has_two_pixels_to_a_point_and_a_white_ground(berkeley: Any) -> None:
    (figure, _) = draw_figures(performance=berkeley.group, bias=berkeley.bias, fairness=berkeley.fairness)
    once, twice = (int.from_bytes(render_png(figure.spec, scale=scale)[16:20], "big") for scale in (1.0, 2.0))
    assert twice == pytest.approx(2 * once, abs=2)
    assert figure.spec["background"] == "white"
    assert re.search(r'<rect[^>]* width="\d+" height="\d+" fill="white"', render_svg(figure.spec))


def test_without_labels_selection_rates_are_drawn(berkeley: Any) -> None:
    figures = draw_figures(performance=berkeley.slices, bias=berkeley.bias, fairness=berkeley.fairness)
    assert [figure.title for figure in figures] == ["Selection rate on every slice", "Disparity per group"]
    assert main_metric(berkeley.slices.overall.metrics) == "pprev"


def test_without_documents_nothing_is_drawn() -> None:
    assert draw_figures(performance=None, bias=None, fairness=None) == ()


def test_of_too_many_slices_the_most_different_are_drawn_and_the_rest_is_counted(compas: Any) -> None:
    pattern = compas.group.groups[0]
    many = [changed(pattern, group=f"g{i}", value=0.3 + i / 1000) for i in range(200)]
    figure = metric_figure(compas.group.model_copy(update={"groups": many}), metric="accuracy")
    rows = rows_of(figure.spec, "low")
    assert len(rows) == MOST_ROWS
    assert rows[0]["name"] == "g0"
    assert "140 of 200 slices are left out" in json.dumps(figure.spec)


def changed(part: GroupPart, *, group: str, value: float) -> GroupPart:
    estimate = EstimatePart(**{**part.metrics["accuracy"].model_dump(), "value": value})
    return part.model_copy(update={"group": group, "metrics": {"accuracy": estimate}})


def disparity_rows(figure: Figure, group: str) -> dict[str, dict[str, Any]]:
    """Give a group's row in each panel."""
    return {row["metric"]: row for row in rows_of(figure.spec, "kind") if named(row) == group}


def test_a_failing_ratio_has_its_95_percent_interval_and_a_passing_one_the_90_percent_one(
    compas: Any,
) -> None:
    figure = disparity_figure(compas.bias, compas.fairness)
    parts = {(p.group, p.metric): p for p in compas.bias.disparities}
    fails = disparity_rows(figure, "African-American")["False positive rate"]
    assert (fails["kind"], [fails["low"], fails["high"]]) == (
        "fails",
        list(parts["African-American", "fpr"].ratio_ci),
    )
    passes = disparity_rows(figure, "Female")["False positive rate"]
    assert (passes["kind"], [passes["low"], passes["high"]]) == (
        "passes",
        list(parts["Female", "fpr"].ratio_ci90),
    )
    assert disparity_rows(figure, "Male")["False positive rate"]["low"] is None
    assert "bars are 95% intervals, and 90% where it passes" in subtitle_of(figure.spec)


def test_a_pass_without_evidence_has_the_95_percent_interval(compas: Any) -> None:
    parts = [part.model_copy(update={"interval_confidence": 0.95}) for part in compas.bias.disparities]
    figure = disparity_figure(compas.bias.model_copy(update={"disparities": parts}), compas.fairness)
    expected = next(p for p in parts if (p.group, p.metric) == ("Female", "fpr")).ratio_ci
    row = disparity_rows(figure, "Female")["False positive rate"]
    assert [row["low"], row["high"]] == list(expected)
    assert "90%" not in subtitle_of(figure.spec)


@pytest.mark.parametrize(
    ("interval", "drawn"),
    [
        pytest.param((0.5, 2.0), (0.5, 2.0, False, False), id="within the axis"),
        pytest.param((0.5, None), (0.5, "edge", False, True), id="without an upper limit"),
        pytest.param((0.0, 1000.0), ("-edge", "edge", True, True), id="beyond both ends"),
        pytest.param((500.0, 1000.0), ("edge", "edge", False, True), id="wholly beyond one end"),
    ],
)
def test_an_interval_that_goes_on_beyond_the_axis_ends_in_an_arrow(
    compas: Any, interval: tuple[float, float | None], drawn: tuple[Any, ...]
) -> None:
    parts = list(compas.bias.disparities)
    at = next(i for i, p in enumerate(parts) if p.group == "Asian" and p.metric == "fpr")
    parts[at] = parts[at].model_copy(update={"ratio_ci": interval})
    figure = disparity_figure(compas.bias.model_copy(update={"disparities": parts}), compas.fairness)
    low, high = axis_of(figure.spec)
    ends = {"edge": pytest.approx(high), "-edge": pytest.approx(low)}
    row = disparity_rows(figure, "Asian")["False positive rate"]
    assert (row["low"], row["high"], row["leftwards"], row["rightwards"]) == tuple(
        ends.get(end, end) if isinstance(end, str) else end for end in drawn
    )
    assert "arrows: it goes on beyond the axis" in subtitle_of(figure.spec)


def axis_of(spec: dict[str, Any]) -> tuple[float, float]:
    found = [
        layer["encoding"]["x"]["scale"]["domain"]
        for layer in spec["spec"]["layer"]
        if "scale" in layer["encoding"].get("x", {})
    ]
    assert all(domain == found[0] for domain in found)
    return found[0][0], found[0][1]


def test_all_points_within_the_limit_are_drawn_where_they_are(compas: Any, berkeley: Any, loans: Any) -> None:
    for audited in (compas, berkeley, loans):
        figure = disparity_figure(audited.bias, audited.fairness)
        ratios = {(p.group, p.metric): p.ratio for p in audited.bias.disparities if not p.is_reference}
        long_names = {"Selection rate": "pprev", "False positive rate": "fpr", "False negative rate": "fnr"}
        low, high = axis_of(figure.spec)
        for row in rows_of(figure.spec, "kind"):
            ratio = ratios.get((named(row), long_names[row["metric"]]))
            if ratio is not None:
                assert row["place"] == min(max(ratio, 0.125), 8)
                assert low < row["place"] < high


def test_numbers_stand_in_a_column_of_their_own(compas: Any) -> None:
    spec = disparity_figure(compas.bias, compas.fairness).spec
    width = spec["spec"]["width"]
    (said,) = (
        layer for layer in spec["spec"]["layer"] if layer["encoding"].get("text", {}).get("field") == "said"
    )
    assert said["mark"]["align"] == "right"
    assert width < said["encoding"]["x"]["value"] - said["mark"]["limit"]
    assert said["encoding"]["x"]["value"] < width + spec["spacing"]


def test_metrics_are_those_that_form_the_verdict_and_of_many_the_worst_three(compas: Any) -> None:
    def panels(*metrics: str) -> list[str]:
        family = compas.bias.family.model_copy(update={"metrics": list(metrics)})
        spec = disparity_figure(compas.bias.model_copy(update={"family": family}), None).spec
        assert ("3 of 4 metrics are shown" in subtitle_of(spec)) == (len(metrics) == 4)
        return list(dict.fromkeys(row["metric"] for row in rows_of(spec, "metric")))

    assert panels("precision") == ["Precision"]
    assert panels("fnr", "pprev") == ["False negative rate", "Selection rate"]
    # The precisions of all groups are alike.
    assert panels("precision", "fpr", "fnr", "pprev") == [
        "False positive rate", "False negative rate", "Selection rate",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("references", "title", "line"),
    [
        ({"race": "Caucasian"}, "its reference group's", "the reference group's rate"),
        ({"race": "(everybody else)"}, "everybody else's", "everybody else's rate"),
        (
            {"race": {"fpr": "Asian"}},
            "the lowest group's",
            "the group with the lowest rate, metric by metric",
        ),
        (
            {"race": {"fpr": "Asian"}, "sex": "Male"},
            "its reference group's",
            "the reference group's rate",
        ),
    ],
)
def test_what_ratios_are_divided_by_is_said(
    compas: Any, references: dict[str, Any], title: str, line: str
) -> None:
    bias = compas.bias.model_copy(update={"references": references})
    spec = disparity_figure(bias, compas.fairness).spec
    assert spec["title"]["text"] == f"Disparity: each group's rate divided by {title}"
    assert f"line at 1: {line}" in subtitle_of(spec)


def test_calibration_has_a_panel_for_each_group_with_everybody_behind(scores: ScoresDocument) -> None:
    figure = calibration_figure(scores, attribute="ethnicity")
    frames = [row for row in all_rows(figure.spec) if row["what"] == "frame"]
    assert [row["name"] for row in frames] == list(ETHNICITIES)
    assert [row["head"] for row in frames] == ["ethnicity", "", "", "", ""]
    groups = calibrate_groups(scores, attribute="ethnicity")
    for panel, group in enumerate(groups):
        mine = [row for row in all_rows(figure.spec) if row["panel"] == panel]
        tenths = [row for row in mine if row["what"] == "tenth"]
        assert [(row["score"], row["share"], row["low"], row["high"]) for row in tenths] == [
            (t.mean_score, t.share, *t.ci) for t in group.tenths
        ]
        assert [row["kind"] == "few" for row in tenths] == [t.people < 10 for t in group.tenths]
        assert sum(row["what"] == "everybody" for row in mine) == 10
        assert max(row["bar"] for row in tenths) == pytest.approx(0.2 - 0.34)
    assert (
        frames[0]["people"]
        == f"{groups[0].people:,} people, {groups[0].positives / groups[0].people:.1%} with label 1"
    )


def test_everybodys_curve_leaves_out_tenths_with_few_people(scores: ScoresDocument) -> None:
    # The first eleven places lie below 0.1.
    people = [0] * 10 + [9] + scores.overall.people[11:]
    overall = scores.overall.model_copy(update={"people": people, "positives": [0] * len(people)})
    figure = calibration_figure(scores.model_copy(update={"overall": overall}), attribute="region")
    behind = [row for row in all_rows(figure.spec) if row["panel"] == 0 and row["what"] == "everybody"]
    assert len(behind) == 9


def test_calibration_says_where_scores_and_labels_part(scores: ScoresDocument) -> None:
    figure = calibration_figure(scores, attribute="sex*age:25,40")
    assert figure.alt == (
        "Where scores lie from 0.2 to 0.3, 75.8% of people with sex*age:25,40 = Female * below 25 have label 1 "
        "(mean score 0.249; 95% interval 59.0% to 87.2%; 33 people)."
    )
    (row,) = (
        r for r in all_rows(figure.spec) if r["panel"] == 5 and r.get("left", 0) == pytest.approx(0.208)
    )
    assert (row["people"], row["kind"]) == (33, "off")
    assert "hollow: few people" in subtitle_of(figure.spec)


def test_of_many_groups_those_with_the_most_people_have_a_panel(scores: ScoresDocument) -> None:
    pattern = next(part for part in scores.groups if part.group == "Arden")
    many = [
        pattern.model_copy(
            update={
                "group": f"g{i}",
                "people": [n * (i + 1) for n in pattern.people],
                "score_sums": [total * (i + 1) for total in pattern.score_sums or ()],
            }
        )
        for i in range(20)
    ]
    figure = calibration_figure(scores.model_copy(update={"groups": many}), attribute="ethnicity")
    frames = [row["name"] for row in all_rows(figure.spec) if row["what"] == "frame"]
    assert frames == [f"g{i}" for i in range(19, 19 - MOST_CURVES, -1)]
    assert "14 of 20 groups are left out" in subtitle_of(figure.spec)


def test_folds_have_a_dot_each_and_their_mean(folded: CvDocument) -> None:
    cv = cross_validated(folded, f1=[0.7, 0.75, 0.8], fpr=[0.25, None, 0.15], accuracy=[0.9, None, None])
    figure = folds_figure(cv)
    assert list(figure.spec["datasets"]) == ["higher is better", "lower is better"]
    higher, lower = figure.spec["datasets"].values()
    assert [row["value"] for row in higher if "value" in row] == [0.7, 0.75, 0.8]
    assert [(row["name"], row["mean"], row["said"], row["people"]) for row in higher if "mean" in row] == [
        ("F1 score", pytest.approx(0.75), "0.750 ± 0.050", "0.700 to 0.800")
    ]
    assert [(row["name"], row["said"]) for row in lower if "mean" in row] == [
        ("False positive rate", "0.200 ± 0.071")
    ]
    assert figure.alt == "F1 score goes from 0.700 to 0.800 over 3 folds (mean 0.750)."


def test_slices_are_drawn_with_their_spread_over_folds(folded: CvDocument) -> None:
    slices = [
        fold_slice("calm", 0.8, 0.01),
        fold_slice("wide", 0.7, 0.1),
        fold_slice("few", 0.6, 0.2, small=True),
        fold_slice("once", 0.75, None),
    ]
    cv = cross_validated(folded, f1=[0.7, 0.8]).model_copy(update={"slices": slices})
    figure = folds_figure(cv)
    rows = [row for row in figure.spec["datasets"]["rows"] if "value" in row]
    assert [row["name"] for row in rows] == ["few", "wide", "once", "calm"]
    wide = rows[1]
    assert (wide["value"], wide["low"], wide["high"]) == (0.7, pytest.approx(0.6), pytest.approx(0.8))
    assert (rows[2]["low"], rows[2]["said"]) == (None, "0.750")
    assert [row["small"] for row in rows] == [True, False, False, False]
    assert figure.alt.endswith("; of all slices it varies most on sex = wide (0.700 ± 0.100).")


def test_slices_without_the_metric_are_counted(folded: CvDocument) -> None:
    slices = [fold_slice("calm", 0.8, 0.01), fold_slice("none", None, None)]
    cv = cross_validated(folded, f1=[0.7, 0.8]).model_copy(update={"slices": slices})
    assert "below: F1 score on every slice that has one (1 has none), dashed" in subtitle_of(
        folds_figure(cv).spec
    )


def test_of_too_many_slices_those_farthest_from_the_mean_are_drawn(folded: CvDocument) -> None:
    slices = [fold_slice(f"s{i}", 0.5 + i / 100, 0.01) for i in range(40)]
    cv = cross_validated(folded, f1=[0.5, 0.5]).model_copy(update={"slices": slices})
    spec = folds_figure(cv).spec
    rows = [row for row in spec["datasets"]["rows"] if "value" in row]
    assert {row["name"] for row in rows} == {f"s{i}" for i in range(40 - MOST_FOLD_SLICES, 40)}
    assert "20 of 40 slices are left out" in subtitle_of(spec)


def test_dots_that_would_meet_move_up_or_down() -> None:
    assert _dodged([0, 20, 40], 8) == [0, 0, 0]
    assert _dodged([10, 12, 14, 30], 8) == [0, 8, -8, 0]
    crowded = _dodged([100.0] * 7, 4)
    assert sorted(crowded) == [-12, -8, -4, 0, 4, 8, 12]


def test_figures_come_in_one_order_and_only_where_the_documents_hold_them(
    compas: Any, berkeley: Any, loans: Any, scores: ScoresDocument, folded: CvDocument
) -> None:
    cv = cross_validated(folded, f1=[0.7, 0.75])

    def drawn(audited: Any, **more: Any) -> list[str]:
        figures = draw_figures(
            performance=audited.slices, bias=audited.bias, fairness=audited.fairness, **more
        )
        return [figure.name for figure in figures]

    assert drawn(loans, scores=scores, cv=cv) == [
        "metric_per_slice", "disparity_per_group", "calibration_by_group", "spread_over_folds",
    ]  # fmt: skip
    assert drawn(compas) == drawn(berkeley) == ["metric_per_slice", "disparity_per_group"]
    ranks = [part.model_copy(update={"score_sums": None}) for part in scores.groups]
    assert "calibration_by_group" not in drawn(loans, scores=scores.model_copy(update={"groups": ranks}))
    unlabelled = [part.model_copy(update={"positives": None}) for part in scores.groups]
    assert "calibration_by_group" not in drawn(loans, scores=scores.model_copy(update={"groups": unlabelled}))
    assert "spread_over_folds" not in drawn(loans, cv=cross_validated(folded, f1=[0.7]))
    assert "spread_over_folds" not in drawn(loans, cv=cross_validated(folded, mcc=[0.7, 0.8]))
    calibration = draw_figures(performance=None, bias=loans.bias, fairness=None, scores=scores)[-1]
    assert next(row["head"] for row in rows_of(calibration.spec, "head")) == "sex*age:25,40"


def every_figure(loans: Any, scores: ScoresDocument, folded: CvDocument) -> tuple[Figure, ...]:
    cv = cross_validated(folded, f1=[0.7, 0.75], fpr=[0.2, 0.1])
    cv = cv.model_copy(update={"slices": [fold_slice("F", 0.7, 0.1), fold_slice("M", 0.8, 0.1, small=True)]})
    return draw_figures(
        performance=loans.slices, bias=loans.bias, fairness=loans.fairness, scores=scores, cv=cv
    )


def test_every_figure_is_valid_and_drawn_the_same_every_time(
    loans: Any, scores: ScoresDocument, folded: CvDocument
) -> None:
    import altair
    import jsonschema

    schema = jsonschema.Draft7Validator(altair.load_schema())
    first, again = (every_figure(loans, scores, folded) for _ in range(2))
    assert len(first) == 4
    assert json.dumps([figure.spec for figure in first]) == json.dumps([figure.spec for figure in again])
    for figure, same in zip(first, again, strict=True):
        assert [error.message for error in schema.iter_errors(figure.spec)] == []
        assert render_svg(figure.spec) == render_svg(same.spec)
    for figure, same in zip(first[2:], again[2:], strict=True):
        assert render_png(figure.spec) == render_png(same.spec)


def test_a_picture_is_the_same_in_another_process(loans: Any) -> None:
    figure = disparity_figure(loans.bias, loans.fairness)
    program = (
        "import hashlib, json, sys\n"
        "from fairaudit.render.figures.draw import render_png, render_svg\n"
        "spec = json.load(sys.stdin)\n"
        "print(hashlib.sha256(render_png(spec) + render_svg(spec).encode()).hexdigest())\n"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps(figure.spec),
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(shown) == 1


def test_svg_points_to_nothing_outside_and_says_what_it_shows(
    loans: Any, hostile: Any, scores: ScoresDocument, folded: CvDocument
) -> None:
    figures = [
        *every_figure(loans, scores, folded),
        *draw_figures(performance=hostile.slices, bias=hostile.bias, fairness=hostile.fairness),
    ]
    for figure in figures:
        svg = render_svg(figure.spec)
        root = ElementTree.fromstring(svg)
        assert (root.tag, root.get("role"), root.get("aria-label")) == (f"{{{SVG}}}svg", "img", figure.alt)
        for element in root.iter():
            assert element.tag.removeprefix(f"{{{SVG}}}") in {
                "svg",
                "g",
                "path",
                "rect",
                "text",
                "line",
                "tspan",
            }
            for name, value in element.attrib.items():
                assert not name.startswith("on")
                assert "href" not in name
                assert "url(" not in value


def test_all_text_is_at_least_ten_points_high(
    loans: Any, hostile: Any, scores: ScoresDocument, folded: CvDocument
) -> None:
    for figure in (*every_figure(loans, scores, folded), metric_figure(hostile.group, metric="f1")):
        texts = [e for e in ElementTree.fromstring(render_svg(figure.spec)).iter(f"{{{SVG}}}text") if e.text]
        assert texts
        assert min(float(e.get("font-size", "0").removesuffix("px")) for e in texts) >= 10


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("short", "short", id="as it stands"),
        pytest.param("n" * 38, "n" * 38, id="exactly as long as may be"),
        pytest.param("n" * 39, "n" * 37 + "…", id="one more"),
        pytest.param("日" * 19, "日" * 19, id="wide signs count double"),
        pytest.param("日" * 20, "日" * 18 + "…", id="and are cut sooner"),
        pytest.param("e" + "\u0301" * 50 + "f", "e" + "\u0301" * 3 + "f", id="a tower of accents"),
        pytest.param("\u202eabc", "\\u202eabc", id="turned round"),
    ],
)
def test_names_are_cut_to_what_fits(name: str, shown: str) -> None:
    assert short_name(name) == shown


def test_other_scripts_have_a_font_of_their_own(hostile: Any) -> None:
    spec = metric_figure(hostile.group, metric="f1").spec
    assert {row["other"] for row in rows_of(spec, "other")} == {"", "עברית", "日本語グループ", "😀 emoji"}
    (layer,) = (x for x in spec["layer"] if x["encoding"].get("text", {}).get("field") == "other")
    assert layer["mark"]["font"].startswith("DejaVu Sans")


def test_hollow_is_explained_only_where_something_is_hollow(compas: Any) -> None:
    document = compas.group
    (small,) = (g for g in document.groups if g.group == "Native American")
    undefined = EstimatePart(**{**small.metrics["f1"].model_dump(), "value": None, "ci": None})
    blank = small.model_copy(update={"metrics": {**small.metrics, "f1": undefined}})
    groups = [blank if g is small else g for g in document.groups]
    assert "hollow: few people" in subtitle_of(metric_figure(document, metric="f1").spec)
    spec = metric_figure(document.model_copy(update={"groups": groups}), metric="f1").spec
    assert "hollow" not in subtitle_of(spec)
    assert "hollow: few people" in subtitle_of(disparity_figure(compas.bias, compas.fairness).spec)
    many = [part for part in compas.bias.disparities if part.attribute == "sex"]
    bias = compas.bias.model_copy(update={"disparities": many})
    assert "hollow" not in subtitle_of(disparity_figure(bias, compas.fairness).spec)
