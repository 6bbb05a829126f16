"""Figures: what they hold, that they are the same every time, and that names in them are data only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from fairaudit.render.documents import EstimatePart, GroupPart
from fairaudit.render.figures import (
    MOST_ROWS,
    disparity_figure,
    draw_figures,
    main_metric,
    metric_figure,
    render_png,
    render_svg,
)


def rows_of(spec: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """Give the rows of data that hold a field; headings hold few."""
    return [row for row in spec["data"]["values"] if field in row]


def tolerance_of(spec: dict[str, Any]) -> list[tuple[float, float]]:
    """Find the limits of the band."""
    found = [layer["encoding"] for layer in spec["spec"]["layer"] if layer["mark"]["type"] == "rect"]
    return [(encoding["x"]["datum"], encoding["x2"]["datum"]) for encoding in found]


def without_data(spec: Any) -> Iterator[str]:
    """Walk through all text of a specification but its data."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key != "data":
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
    assert 0.125 < row["place"] < 0.14
    assert "at the edge: beyond 0.125 or 8" in json.dumps(figure.spec)


@pytest.mark.parametrize("kind", ["metric_per_slice", "disparity_per_group"])
def test_names_are_data_and_never_part_of_the_specification(hostile: Any, kind: str) -> None:
    figures = draw_figures(performance=hostile.group, bias=hostile.bias, fairness=hostile.fairness)
    (figure,) = (figure for figure in figures if figure.name == kind)
    said = " ".join(without_data(figure.spec))
    for fragment in ("script", "7*7", "javascript", "evil", "attr`", "1+1"):
        assert fragment not in said
    names = {row["name"] for row in rows_of(figure.spec, "name")}
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
