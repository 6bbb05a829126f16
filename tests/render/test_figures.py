"""Figures: what they hold, that they are the same every time, and that names in them are data only."""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, stdev
from typing import Any
from xml.etree import ElementTree

import pytest

from fairaudit.documents.audit import ScoresDocument
from fairaudit.documents.calibration import calibrate_groups
from fairaudit.documents.model import (
    CurvePart,
    CurvePointPart,
    CvDocument,
    FoldPart,
    FoldSlicePart,
    SpreadPart,
)
from fairaudit.documents.parts import EstimatePart, GroupPart, Stamp
from fairaudit.documents.ranking import main_metric
from fairaudit.read.files import open_path
from fairaudit.render.figures import draw
from fairaudit.render.figures.calibration import MOST_CURVES, calibration_figure, calibration_figures
from fairaudit.render.figures.curve import curve_figure
from fairaudit.render.figures.disparity import disparity_figure, disparity_figures
from fairaudit.render.figures.draw import (
    FIGURE_NAMES,
    NO_FONTS,
    draw_figures,
    drawn_alone,
    needs_other_fonts,
    png_of,
    render_png,
    render_svg,
)
from fairaudit.render.figures.folds import MOST_FOLD_SLICES, folds_figure
from fairaudit.render.figures.metric import metric_figure
from fairaudit.render.figures.parts import (
    INNER,
    LETTERS,
    MOST_ROWS,
    Figure,
    cut,
    short_name,
    text_width,
    wrapped,
)
from fairaudit.render.figures.strips import dodged
from fairaudit.settings.choices import Decide, Effect
from fairaudit.settings.limits import interval_text
from fairaudit.settings.reading import ReadSettings
from fairaudit.workflow.audit import report_scores, tally

PROBABILITIES = ReadSettings(
    label="repaid", score="score", attributes=("ethnicity", "region", "sex*age:25,40")
)
ATTRIBUTES = ("ethnicity", "region", "sex and age")
ETHNICITIES = ("Arden", "Belmar", "Corvan", "Dellow", "(missing)")
BERKELEY_TITLES = [
    'Selection rate is surely lower for people with department "F": 6.4%, against 38.8% for everybody. Lower still, but perhaps by chance: men with department "F" (5.9%)',
    'People with department "A" are selected more often than those with "C": 64 of 100, against 35 of 100',
]
SVG = "http://www.w3.org/2000/svg"


@pytest.fixture
def draw_anew(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Draw figures from then on, whether they were drawn before or not."""
    import vl_convert

    def let() -> None:
        for name in ("vegalite_to_png", "vegalite_to_svg"):
            monkeypatch.setattr(vl_convert, name, getattr(vl_convert, name).__wrapped__)

    return let


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


def fold_slice(
    name: str, mean: float | None, ends: tuple[float, float] | None, *, small: bool = False
) -> FoldSlicePart:
    low, high = ends or (None, None)
    part = SpreadPart(mean=mean, std=0.1, min=low, max=high, folds=5, reason=None)
    return FoldSlicePart(feature="sex", slice=name, n=40, small=small, metrics={"f1": part})


def all_rows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for rows in spec["datasets"].values() for row in rows]


def rows_of(spec: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """Give the rows of data that hold a field; headings hold few."""
    return [row for row in all_rows(spec) if field in row]


def texts_of(spec: dict[str, Any]) -> str:
    """Join what stands above and below a figure."""
    rows = [*spec["datasets"]["head"], *spec["datasets"].get("foot", ())]
    return " ".join(row.get("title") or row["said"] for row in rows)


def title_of(spec: dict[str, Any]) -> str:
    return " ".join(row["title"] for row in spec["datasets"]["head"] if "title" in row)


def strips_of(figure: Figure, group: str | None = None) -> list[dict[str, Any]]:
    """Give the rows of groups, or of one."""
    return [r for r in rows_of(figure.spec, "place") if group in (None, r["group"])]


def layers_of(part: Any) -> Iterator[dict[str, Any]]:
    """Walk through all layers of a specification."""
    if isinstance(part, dict):
        yield from part.get("layer", ())
        for value in part.values():
            yield from layers_of(value)
    elif isinstance(part, list):
        for value in part:
            yield from layers_of(value)


def named(row: dict[str, Any]) -> str:
    """Give the name of a row, which stands where its script is drawn."""
    return str(row["name"] or row["worse"] or row["other"] or row["worse_other"])


def tolerance_of(spec: dict[str, Any]) -> list[tuple[float, float]]:
    """Find the limits of the band."""
    found = [layer["encoding"] for layer in layers_of(spec) if layer["mark"]["type"] == "rect"]
    return [(e["x"]["datum"], e["x2"]["datum"]) for e in found if "datum" in e["x"]]


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
    race = [row for row in strips_of(figure) if row["attribute"] == "race"]
    assert [row["name"] for row in race] == [
        "African-American", "Hispanic", "Other", "Caucasian", "Asian", "Native American",
    ]  # fmt: skip
    (asian,) = strips_of(figure, "Asian")
    estimate = next(g for g in compas.group.groups if g.group == "Asian").metrics["accuracy"]
    assert (asian["value"], asian["low"], asian["high"]) == (estimate.value, *estimate.ci)
    assert (asian["said"], asian["behind"]) == ("84.4% (68.2% to 93.1%)", "32 people")
    assert [row["name"] for row in strips_of(figure) if row["small"]] == ["Native American"]
    assert figure.alt == title_of(figure.spec) + "."
    assert (
        figure.title
        == 'Accuracy is lowest for people with age_cat "Less than 25": 61.7%, against 65.4% for everybody'
    )


def test_beside_a_metric_stands_what_needs_no_model(compas: Any) -> None:
    counts = next(g for g in compas.group.groups if g.group == "Asian").counts
    share = (counts.tp + counts.fn) / 32
    expected = {"accuracy": max(share, 1 - share), "f1": 2 * share / (1 + share), "balanced_accuracy": 0.5}
    for metric, base in expected.items():
        figure = metric_figure(compas.group, metric=metric)
        assert strips_of(figure, "Asian")[0]["base"] == pytest.approx(base)
        assert "Dashes: " in texts_of(figure.spec)
    figure = metric_figure(compas.group, metric="fpr")
    assert strips_of(figure, "Asian")[0]["base"] is None
    assert "Dashes" not in texts_of(figure.spec)


def test_error_rates_are_sorted_from_the_highest(compas: Any) -> None:
    figure = metric_figure(compas.group, metric="fpr")
    race = [row["name"] for row in strips_of(figure) if row["attribute"] == "race"]
    assert race == ["African-American", "Caucasian", "Hispanic", "Other", "Asian", "Native American"]
    ages = [row["name"] for row in strips_of(figure) if row["attribute"] == "age_cat"]
    assert ages == ["Less than 25", "25 - 45", "Greater than 45"]


def test_slices_give_the_same_figure_as_groups(compas: Any) -> None:
    assert metric_figure(compas.slices, metric="accuracy") == metric_figure(compas.group, metric="accuracy")


def hurting(audited: Any) -> Any:
    """Say of an audit's bias report that decisions hurt."""
    settings = audited.bias.settings.model_copy(update={"effect": Effect.HURTS})
    return audited.bias.model_copy(update={"settings": settings})


def test_disparities_are_drawn_with_verdict_rates_people_and_tolerance(compas: Any) -> None:
    figure = disparity_figure(compas.bias, compas.fairness, metric="fpr")
    assert len(strips_of(figure)) == 6 + 2 + 3
    shown = {
        row["group"]: (row["kind"], row["small"], row["behind"], row["said"])
        for row in strips_of(figure)
        if row["attribute"] == "race"
    }
    assert shown == {
        "African-American": ("fails", False, "45 of 100 (805 of 1,795)", "1.91 (1.72 to 2.13)"),
        "Caucasian": ("reference", False, "23 of 100 (349 of 1,488)", "reference"),
        "Hispanic": ("cannot tell", False, "21 of 100 (87 of 405)", "0.92 (0.74 to 1.12)"),
        "Other": ("cannot tell", False, "15 of 100 (36 of 244)", "0.63 (0.45 to 0.85)"),
        "Asian": ("cannot tell", False, "9 of 100 (2 of 23)", "0.37 (0.07 to 1.09)"),
        "Native American": ("cannot tell", True, "3 of 8", "1.60 (0.47 to 3.07)"),
    }
    assert tolerance_of(figure.spec) == [(0.8, 1.25)]
    (ground,) = (row for row in all_rows(figure.spec) if row.get("what") == "ground")
    assert ground["band"] == "tolerated: 0.80 to 1.25"
    scales = {json.dumps(layer["encoding"]["x"].get("scale")) for layer in layers_of(figure.spec)}
    assert any('"type": "log"' in scale for scale in scales)


def test_titles_state_the_finding_and_the_worse_off_are_marked(compas: Any) -> None:
    bias = hurting(compas)
    figure = disparity_figure(bias, compas.fairness, metric="fpr")
    assert (
        figure.title
        == title_of(figure.spec)
        == (
            "African-American people are wrongly selected more often than Caucasian ones. Of those who should not be selected (label_value 0), 45 of 100 are, against 23 of 100"
        )
    )
    assert (
        "Of those who should not be selected (label_value 0), how many are (false positive rate)."
        in texts_of(figure.spec)
    )
    assert figure.alt == f"{figure.title}. 805 of 1,795; 349 of 1,488. 1.91 times, 95% interval 1.72 to 2.13."
    assert [row["worse"] for row in strips_of(figure) if row["worse"]] == [
        "African-American (worse off)", "Less than 25 (worse off)",
    ]  # fmt: skip
    # Being missed harms nobody whom decisions hurt, and nobody is worse off while it is not known what they do.
    missed = disparity_figure(bias, compas.fairness, metric="fnr")
    unsaid = disparity_figure(compas.bias, compas.fairness, metric="fpr")
    assert not any(row["worse"] for row in (*strips_of(missed), *strips_of(unsaid)))


def test_the_first_figure_is_that_of_the_first_finding_and_every_metric_of_the_verdict_has_one(
    compas: Any,
) -> None:
    figures = disparity_figures(hurting(compas), compas.fairness)
    assert [(figure.name, strips_of(figure)[0]["metric"]) for figure in figures] == [
        ("disparity_per_group", "fpr"),
        ("disparity_per_group_pprev", "pprev"),
        ("disparity_per_group_fnr", "fnr"),
    ]
    assert {figure.name for figure in figures} <= set(FIGURE_NAMES)
    family = compas.bias.family.model_copy(update={"metrics": ["precision"]})
    (figure,) = disparity_figures(compas.bias.model_copy(update={"family": family}), None)
    assert "Of those who are selected, how many are selected rightly (precision)." in texts_of(figure.spec)


def test_what_passes_and_what_is_open_is_told_in_the_title(compas: Any) -> None:
    def of(*groups: str) -> str:
        parts = [part for part in compas.bias.disparities if part.group in groups]
        bias = compas.bias.model_copy(update={"disparities": parts})
        return disparity_figure(bias, None, metric="fpr").title

    assert of("Male", "Female") == (
        "Wrongly selected about equally often in all groups: ratios within 0.80 to 1.25"
    )
    assert of("Caucasian", "Hispanic") == (
        "Undecided: Caucasian people are wrongly selected more often than Hispanic ones. Of those who should not be selected (label_value 0), 23 of 100 are, against 21 of 100"
    )
    assert of("Caucasian") == "No group has a ratio to its reference group"


def test_groups_stand_in_their_own_order_or_the_worse_off_first(compas: Any) -> None:
    figure = disparity_figure(hurting(compas), compas.fairness, metric="fnr")
    by_attribute: dict[str, list[str]] = {}
    for row in strips_of(figure):
        by_attribute.setdefault(row["attribute"], []).append(row["group"])
    assert by_attribute["age_cat"] == ["Less than 25", "25 - 45", "Greater than 45"]
    assert by_attribute["race"] == [
        "African-American", "Caucasian", "Hispanic", "Other", "Asian", "Native American",
    ]  # fmt: skip


def test_verdicts_differ_in_colour_and_in_shape(compas: Any) -> None:
    text = json.dumps(disparity_figure(compas.bias, compas.fairness, metric="fpr").spec)
    assert '"range": ["diamond", "circle", "square", "M' in text
    assert '"range": ["#d55e00", "#0072b2"' in text


def test_without_fairness_the_disparities_own_tolerance_judges(compas: Any) -> None:
    figure = disparity_figure(compas.bias, None, metric="fpr")
    assert figure.spec == disparity_figure(compas.bias, compas.fairness, metric="fpr").spec


def test_ratios_that_cannot_be_placed_are_told(compas: Any) -> None:
    def drawn(**changes: Any) -> dict[str, Any]:
        parts = list(compas.bias.disparities)
        at = next(i for i, p in enumerate(parts) if p.group == "Asian" and p.metric == "fpr")
        parts[at] = parts[at].model_copy(update=changes)
        bias = compas.bias.model_copy(update={"disparities": parts})
        (row,) = strips_of(disparity_figure(bias, compas.fairness, metric="fpr"), "Asian")
        return row

    row = drawn(ratio=None, ratio_ci=None, reason="both are 0")
    assert (row["place"], row["said"], row["leftwards"], row["rightwards"]) == (
        None,
        "no ratio",
        False,
        False,
    )
    row = drawn(ratio=None, ratio_ci=(7.4, None))
    assert (row["place"], row["said"], row["rightwards"]) == (None, "7.40 and more", True)
    # A mark that has no place on the axis is an arrow, with its value beside it.
    row = drawn(ratio=0.0)
    assert (row["place"], row["leftwards"], row["beyond"], row["said"]) == (
        None,
        True,
        "0",
        "0.00 (0.07 to 1.09)",
    )
    row = drawn(ratio=55.5, ratio_ci=(20.0, 90.0))
    assert (row["place"], row["rightwards"], row["said"]) == (None, True, "55.50 (20.00 to 90.00)")


@pytest.mark.parametrize("kind", ["metric_per_slice", "disparity_per_group"])
def test_names_are_data_and_never_part_of_the_specification(hostile: Any, kind: str) -> None:
    figures = draw_figures(performance=hostile.group, bias=hostile.bias, fairness=hostile.fairness)
    (figure,) = (figure for figure in figures if figure.name == kind)
    said = " ".join(without_data(figure.spec))
    for fragment in ("script", "7*7", "javascript", "evil", "attr`", "1+1"):
        assert fragment not in said
    names = {named(row) for row in strips_of(figure)}
    assert {"a|b", "two\\nlines", "\\u202eevil", "\\x1b[31m"} <= names
    assert any(re.fullmatch("n+…", name) for name in names)
    assert {row["head"] for row in rows_of(figure.spec, "head")} == {"<b>|attr`", "sex"}
    svg = render_svg(figure.spec)
    assert "<script" not in svg
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in svg


@pytest.mark.parametrize("kind", [0, 1])
def test_same_input_gives_the_same_bytes(compas: Any, kind: int, draw_anew: Callable[[], None]) -> None:
    first = draw_figures(performance=compas.group, bias=compas.bias, fairness=compas.fairness)[kind]
    again = draw_figures(performance=compas.group, bias=compas.bias, fairness=compas.fairness)[kind]
    assert json.dumps(first.spec) == json.dumps(again.spec)
    png, svg = render_png(first.spec), render_svg(first.spec)
    draw_anew()
    assert png == render_png(again.spec)
    assert svg == render_svg(again.spec)


@pytest.mark.parametrize("kind", [0, 1])
def test_the_picture_of_an_svg_is_that_of_its_figure(compas: Any, kind: int) -> None:
    figure = draw_figures(performance=compas.group, bias=compas.bias, fairness=compas.fairness)[kind]
    assert png_of(render_svg(figure.spec)) == render_png(figure.spec)


def test_picture_has_two_pixels_to_a_point_and_a_white_ground(berkeley: Any) -> None:
    (figure, *_) = draw_figures(performance=berkeley.group, bias=berkeley.bias, fairness=berkeley.fairness)
    once, twice = (int.from_bytes(render_png(figure.spec, scale=scale)[16:20], "big") for scale in (1.0, 2.0))
    assert twice == pytest.approx(2 * once, abs=2)
    assert figure.spec["background"] == "white"
    assert re.search(r'<rect[^>]* width="\d+" height="\d+" fill="white"', render_svg(figure.spec))


def test_without_labels_selection_rates_are_drawn(berkeley: Any) -> None:
    figures = draw_figures(performance=berkeley.slices, bias=berkeley.bias, fairness=berkeley.fairness)
    assert [figure.title for figure in figures] == BERKELEY_TITLES
    assert main_metric(berkeley.slices.overall.metrics) == "pprev"


def test_signs_that_no_svg_may_hold_are_drawn_as_their_escapes() -> None:
    """What draws would end the whole program."""
    spec = {"title": ["a\x1b[31m", "b\ufffe\n"], "data": {"values": [{"g": "x\0", "n": 1, "é": None}]}}
    assert draw._drawable(spec) == {
        "title": ["a\\x1b[31m", "b\\ufffe\n"],
        "data": {"values": [{"g": "x\\x00", "n": 1, "é": None}]},
    }


def test_without_documents_nothing_is_drawn() -> None:
    assert draw_figures(performance=None, bias=None, fairness=None) == ()


def test_of_too_many_slices_the_most_different_are_drawn_and_the_rest_is_counted(compas: Any) -> None:
    pattern = compas.group.groups[0]
    many = [changed(pattern, group=f"g{i}", value=0.3 + i / 1000) for i in range(200)]
    figure = metric_figure(compas.group.model_copy(update={"groups": many}), metric="accuracy")
    rows = rows_of(figure.spec, "low")
    assert len(rows) == MOST_ROWS
    assert rows[0]["name"] == "g0"
    assert "170 of 200 slices are not shown; slices.json holds all." in texts_of(figure.spec)


def changed(part: GroupPart, *, group: str, value: float) -> GroupPart:
    estimate = EstimatePart(**{**part.metrics["accuracy"].model_dump(), "value": value})
    return part.model_copy(update={"group": group, "metrics": {"accuracy": estimate}})


def test_a_failing_ratio_has_its_95_percent_interval_and_a_passing_one_the_90_percent_one(
    compas: Any,
) -> None:
    figure = disparity_figure(compas.bias, compas.fairness, metric="fpr")
    parts = {(p.group, p.metric): p for p in compas.bias.disparities}
    (fails,) = strips_of(figure, "African-American")
    expected = list(parts["African-American", "fpr"].ratio_ci)
    assert (fails["kind"], [fails["low"], fails["high"]], fails["level"]) == ("fails", expected, 95)
    (passes,) = strips_of(figure, "Female")
    expected = list(parts["Female", "fpr"].ratio_ci90)
    assert (passes["kind"], [passes["low"], passes["high"]], passes["level"]) == (
        "equal enough",
        expected,
        90,
    )
    assert passes["said"].endswith("; 90%)")
    assert strips_of(figure, "Male")[0]["low"] is None
    assert "Bars: 95% intervals, unless the number beside says another level." in texts_of(figure.spec)


def test_decided_by_the_ratios_alone_there_are_95_percent_intervals_only(compas: Any) -> None:
    parts = [part.model_copy(update={"interval_confidence": 0.95}) for part in compas.bias.disparities]
    settings = compas.bias.settings.model_copy(update={"decide": Decide.POINT})
    bias = compas.bias.model_copy(update={"disparities": parts, "settings": settings})
    figure = disparity_figure(bias, compas.fairness, metric="fpr")
    expected = next(p for p in parts if (p.group, p.metric) == ("Female", "fpr")).ratio_ci
    (row,) = strips_of(figure, "Female")
    assert [row["low"], row["high"]] == list(expected)
    assert "90%" not in json.dumps(figure.spec)
    assert "Bars: 95% intervals. Decided by the ratios alone" in texts_of(figure.spec)


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
    bias = compas.bias.model_copy(update={"disparities": parts})
    figure = disparity_figure(bias, compas.fairness, metric="fpr")
    low, high = axis_of(figure.spec)
    ends = {"edge": pytest.approx(high), "-edge": pytest.approx(low)}
    (row,) = strips_of(figure, "Asian")
    assert (row["low"], row["high"], row["leftwards"], row["rightwards"]) == tuple(
        ends.get(end, end) if isinstance(end, str) else end for end in drawn
    )
    beyond = row["leftwards"] or row["rightwards"]
    assert ("Arrows: beyond the axis; the numbers are beside." in texts_of(figure.spec)) == beyond
    assert row["beyond"] == ("0" if row["leftwards"] else "")
    assert row["said"] == f"0.37 ({interval_text(interval)})"


def axis_of(spec: dict[str, Any]) -> tuple[float, float]:
    found = [
        layer["encoding"]["x"]["scale"]["domain"]
        for layer in layers_of(spec)
        if (layer["encoding"].get("x") or {}).get("scale")
    ]
    assert all(domain == found[0] for domain in found)
    return found[0][0], found[0][1]


def test_every_mark_is_at_its_value_or_an_arrow(compas: Any, berkeley: Any, loans: Any) -> None:
    for audited in (compas, berkeley, loans):
        for figure in disparity_figures(audited.bias, audited.fairness):
            low, high = axis_of(figure.spec)
            rows = strips_of(figure)
            metric = rows[0]["metric"]
            ratios = sorted(
                1.0 if p.is_reference else p.ratio
                for p in audited.bias.disparities
                if p.metric == metric and p.ratio is not None
            )
            drawn = sorted(row["value"] for row in rows if row["value"] is not None)
            assert drawn == pytest.approx(ratios)
            for row in rows:
                inside = row["value"] is not None and low <= row["value"] <= high
                assert (row["place"] == row["value"]) == (inside or row["value"] is None)
                if row["low"] is not None:
                    assert low <= row["low"] <= row["high"] <= high


def test_numbers_stand_in_a_column_of_their_own(compas: Any) -> None:
    figure = disparity_figure(compas.bias, compas.fairness, metric="fpr")
    (said,) = (
        layer
        for layer in layers_of(figure.spec)
        if layer["encoding"].get("text", {}).get("field") == "said" and layer["mark"]["align"] == "right"
    )
    assert said["encoding"]["x"]["value"] == INNER
    ends = {
        layer["encoding"]["x"]["scale"]["range"][1]
        for layer in layers_of(figure.spec)
        if (layer["encoding"].get("x") or {}).get("scale")
    }
    (end,) = ends
    assert end < INNER - max(text_width(row["said"], LETTERS) for row in strips_of(figure))


@pytest.mark.parametrize(
    ("references", "title"),
    [
        ({"race": "Caucasian", "sex": "Male", "age_cat": "25 - 45"}, "the reference group"),
        (dict.fromkeys(("race", "sex", "age_cat"), "(everybody else)"), "everybody else"),
        ({a: {"fpr": "Asian"} for a in ("race", "sex", "age_cat")}, "the group that is lowest in this"),
        ({"race": "(everybody else)", "sex": "Male", "age_cat": "25 - 45"}, None),
    ],
)
def test_what_ratios_are_divided_by_is_said(
    compas: Any, references: dict[str, Any], title: str | None
) -> None:
    bias = compas.bias.model_copy(update={"references": references})
    spec = disparity_figure(bias, compas.fairness, metric="fpr").spec
    titles = {
        layer["encoding"]["x"]["axis"]["title"]
        for layer in layers_of(spec)
        if (layer["encoding"].get("x") or {}).get("axis")
    }
    whom = "that each is compared with" if title is None else f"of {title}"
    assert titles == {f"Times the rate {whom} (log scale)"}


def test_who_is_not_judged_is_told_apart_from_what_is_open(compas: Any) -> None:
    parts = [
        part.model_copy(update={"verdict": None, "unknown": True}) if part.group == "Asian" else part
        for part in compas.bias.disparities
    ]
    figure = disparity_figure(compas.bias.model_copy(update={"disparities": parts}), None, metric="fpr")
    assert [row["kind"] for row in strips_of(figure, "Asian")] == ["not judged"]
    assert "not judged" in [row["kind"] for row in figure.spec["datasets"]["legend"]]


def test_the_interval_at_the_corrected_level_is_drawn_and_says_its_level(compas: Any) -> None:
    parts = [
        part.model_copy(update={"ratio_ci_corrected": (0.3, 1.4), "interval_confidence": 1 - 0.05 / 9})
        if part.group == "Other"
        else part
        for part in compas.bias.disparities
    ]
    figure = disparity_figure(compas.bias.model_copy(update={"disparities": parts}), None, metric="fpr")
    (row,) = strips_of(figure, "Other")
    assert (row["low"], row["high"], row["level"]) == (0.3, 1.4, 99.44)
    assert row["said"] == "0.63 (0.30 to 1.40; 99.44%)"
    assert "unless the number beside says another level" in texts_of(figure.spec)


def test_calibration_has_a_panel_for_each_group_with_everybody_behind(scores: ScoresDocument) -> None:
    figure = calibration_figure(scores, attribute="ethnicity")
    frames = [row for row in all_rows(figure.spec) if row.get("what") == "frame"]
    assert sorted(row["name"] for row in frames) == sorted(ETHNICITIES)
    # The one whose scores and labels part the most comes first, the missing last.
    assert (frames[0]["name"], frames[-1]["name"]) == ("Belmar", "(missing)")
    assert "Calibration by ethnicity." in texts_of(figure.spec)
    by_name = {group.group: group for group in calibrate_groups(scores, attribute="ethnicity")}
    groups = [by_name[row["name"]] for row in frames]
    for panel, group in enumerate(groups):
        mine = [row for row in all_rows(figure.spec) if row.get("panel") == panel]
        tenths = [row for row in mine if row["what"] == "tenth"]
        assert [(row["score"], row["share"], row["low"], row["high"]) for row in tenths] == [
            (t.mean_score, t.share, *t.ci) for t in group.tenths
        ]
        assert [row["kind"] == "few" for row in tenths] == [t.people < 10 for t in group.tenths]
        assert sum(row["what"] == "everybody" for row in mine) == 10
        assert max(row["bar"] for row in tenths) == pytest.approx(0.2 - 0.34)
    assert frames[0]["people"] == f"{groups[0].positives:,} of {groups[0].people:,} with repaid 1"


def test_every_attribute_has_a_picture_of_its_calibration(scores: ScoresDocument, loans: Any) -> None:
    figures = calibration_figures(scores, bias=loans.bias, fairness=loans.fairness)
    assert [
        (figure.name, next(t for t in ATTRIBUTES if f"by {t}." in texts_of(figure.spec)))
        for figure in figures
    ] == [
        ("calibration_by_group", "sex and age"),
        ("calibration_by_group_2", "ethnicity"),
        ("calibration_by_group_3", "region"),
    ]
    assert {figure.name for figure in figures} <= set(FIGURE_NAMES)


def test_everybodys_curve_leaves_out_tenths_with_few_people(scores: ScoresDocument) -> None:
    # The first eleven places lie below 0.1.
    people = [0] * 10 + [9] + scores.overall.people[11:]
    overall = scores.overall.model_copy(update={"people": people, "positives": [0] * len(people)})
    figure = calibration_figure(scores.model_copy(update={"overall": overall}), attribute="region")
    behind = [row for row in all_rows(figure.spec) if row.get("panel") == 0 and row["what"] == "everybody"]
    assert len(behind) == 9


def test_calibration_says_where_scores_and_labels_part(scores: ScoresDocument) -> None:
    figure = calibration_figure(scores, attribute="sex*age:25,40")
    assert figure.alt == (
        "Women below 25 with a score of 0.2 to 0.3: 76 of 100 with repaid 1, where scores promise 25 of 100."
    )
    (frame,) = (r for r in all_rows(figure.spec) if r.get("name") == "Women below 25")
    (row,) = (
        r
        for r in all_rows(figure.spec)
        if r.get("panel") == frame["panel"] and r.get("left", 0) == pytest.approx(0.208)
    )
    assert (row["people"], row["kind"]) == (33, "off")
    assert row["share"] == pytest.approx(0.758, abs=0.001)
    assert "Hollow: few people" in texts_of(figure.spec)


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
    frames = [row["name"] for row in all_rows(figure.spec) if row.get("what") == "frame"]
    assert sorted(frames) == sorted(f"g{i}" for i in range(19, 19 - MOST_CURVES, -1))
    assert "14 of 20 groups are not shown; scores.json holds all." in texts_of(figure.spec)


def test_folds_have_a_dot_each_and_their_mean_and_no_bar(folded: CvDocument) -> None:
    cv = cross_validated(folded, f1=[0.7, 0.75, 0.8], fpr=[0.25, None, 0.15], accuracy=[0.9, None, None])
    figure = folds_figure(cv)
    assert [
        (row["name"], row["value"], row["dots"], row["low"], row["said"], row["behind"])
        for row in strips_of(figure)
    ] == [
        ("F1 score", pytest.approx(0.75), [0.7, 0.75, 0.8], None, "0.750 (0.700 to 0.800)", "3 folds"),
        ("False positive rate", pytest.approx(0.2), [0.25, 0.15], None, "0.200 (0.150 to 0.250)", "2 folds"),
    ]
    assert [row["head"] for row in rows_of(figure.spec, "head")] == ["Higher is better", "Lower is better"]
    assert "In brackets: the lowest and the highest fold." in texts_of(figure.spec)
    assert "interval" not in texts_of(figure.spec)
    assert "±" not in json.dumps(figure.spec)
    assert figure.alt == f"F1 score is 0.700 to 0.800 over {cv.settings.folds} folds."


def test_slices_are_drawn_with_their_lowest_and_highest_fold(folded: CvDocument) -> None:
    slices = [
        fold_slice("calm", 0.8, (0.79, 0.81)),
        fold_slice("wide", 0.7, (0.6, 0.9)),
        fold_slice("few", 0.6, (0.1, 1.0), small=True),
        fold_slice("once", 0.75, None),
    ]
    cv = cross_validated(folded, f1=[0.7, 0.8]).model_copy(update={"slices": slices})
    figure = folds_figure(cv)
    rows = strips_of(figure)[1:]
    assert [row["group"] for row in rows] == ["wide", "once", "calm", "few"]
    assert (rows[0]["value"], rows[0]["dots"], rows[0]["low"], rows[0]["said"]) == (
        0.7, [0.6, 0.9], None, "0.700 (0.600 to 0.900)",
    )  # fmt: skip
    assert (rows[1]["dots"], rows[1]["said"]) == ([], "0.750")
    assert rows[3]["kind"] == "fold of few"
    assert "In groups: dots at the lowest and the highest fold only." in texts_of(figure.spec)


def test_slices_without_the_metric_are_counted(folded: CvDocument) -> None:
    slices = [fold_slice("calm", 0.8, (0.7, 0.9)), fold_slice("none", None, None)]
    cv = cross_validated(folded, f1=[0.7, 0.8]).model_copy(update={"slices": slices})
    assert "1 slice has no F1 score." in texts_of(folds_figure(cv).spec)


def test_of_too_many_slices_those_farthest_from_the_mean_are_drawn(folded: CvDocument) -> None:
    slices = [fold_slice(f"s{i}", 0.5 + i / 100, (0.4, 0.9)) for i in range(40)]
    cv = cross_validated(folded, f1=[0.5, 0.5]).model_copy(update={"slices": slices})
    figure = folds_figure(cv)
    assert {row["group"] for row in strips_of(figure)[1:]} == {
        f"s{i}" for i in range(40 - MOST_FOLD_SLICES, 40)
    }
    assert "20 of 40 slices are not shown; cv.json holds all." in texts_of(figure.spec)


def test_dots_that_would_meet_move_up_or_down() -> None:
    assert dodged([0, 20, 40], 6) == [0, 0, 0]
    assert dodged([10, 12, 14, 30], 6) == [0, 6, -6, 0]
    # Where all places are taken, dots do meet.
    assert sorted(dodged([100.0] * 4, 4)) == [-4, 0, 0, 4]


def test_figures_come_in_one_order_and_only_where_the_documents_hold_them(
    compas: Any, berkeley: Any, loans: Any, scores: ScoresDocument, folded: CvDocument
) -> None:
    cv = cross_validated(folded, f1=[0.7, 0.75])

    def drawn(audited: Any, **more: Any) -> list[str]:
        figures = draw_figures(
            performance=audited.slices, bias=audited.bias, fairness=audited.fairness, **more
        )
        return [figure.name for figure in figures]

    ratios = ["disparity_per_group", "disparity_per_group_fpr", "disparity_per_group_fnr"]
    calibration = ["calibration_by_group", "calibration_by_group_2", "calibration_by_group_3"]
    shown = drawn(loans, scores=scores, cv=cv)
    assert shown == ["metric_per_slice", *ratios, *calibration, "spread_over_folds"]
    assert set(shown) <= set(FIGURE_NAMES)
    assert drawn(berkeley) == ["metric_per_slice", "disparity_per_group"]
    ranks = [part.model_copy(update={"score_sums": None}) for part in scores.groups]
    assert "calibration_by_group" not in drawn(loans, scores=scores.model_copy(update={"groups": ranks}))
    unlabelled = [part.model_copy(update={"positives": None}) for part in scores.groups]
    assert "calibration_by_group" not in drawn(loans, scores=scores.model_copy(update={"groups": unlabelled}))
    assert "spread_over_folds" not in drawn(loans, cv=cross_validated(folded, f1=[0.7]))
    assert "spread_over_folds" not in drawn(loans, cv=cross_validated(folded, mcc=[0.7, 0.8]))


def every_figure(loans: Any, scores: ScoresDocument, folded: CvDocument) -> tuple[Figure, ...]:
    cv = cross_validated(folded, f1=[0.7, 0.75], fpr=[0.2, 0.1])
    cv = cv.model_copy(
        update={"slices": [fold_slice("F", 0.7, (0.6, 0.8)), fold_slice("M", 0.8, (0.7, 0.9), small=True)]}
    )
    return draw_figures(
        performance=loans.slices, bias=loans.bias, fairness=loans.fairness, scores=scores, cv=cv
    ) + tuple(filter(None, [curve_figure(learning_curve())]))


def learning_curve(*, undefined: int = 0) -> CurvePart:
    """A learning curve of three numbers of rows, of which the first have no score."""

    def spread(mean: float | None) -> SpreadPart:
        ends = (None, None) if mean is None else (mean - 0.05, mean + 0.05)
        return SpreadPart(mean=mean, std=None, min=ends[0], max=ends[1], folds=5, reason=None)

    points = [
        CurvePointPart(rows=rows, train=spread(0.9), test=spread(None if place < undefined else test))
        for place, (rows, test) in enumerate(((1000, 0.7), (2500, 0.75), (10000, 0.8)))
    ]
    return CurvePart(scoring="roc_auc", folds=5, points=points)


def test_a_learning_curve_is_drawn_from_two_numbers_of_rows_on() -> None:
    figure = curve_figure(learning_curve(undefined=1))
    assert figure is not None
    assert (
        figure.title == "Learnt from 2,500 rows, ROC AUC of rows held out is 0.750; from 10,000 it is 0.800"
    )
    (rows,) = (rows for name, rows in figure.spec["datasets"].items() if name == "curve")
    assert [row["mean"] for row in rows if row["who"] == "test"] == [0.75, 0.8]
    scales = {json.dumps(layer["encoding"]["y"]["scale"]) for layer in _layers(figure.spec)}
    assert scales == {'{"domain": [0.6, 1.0], "nice": false}'}
    assert curve_figure(learning_curve(undefined=2)) is None


def _layers(spec: Any) -> list[Any]:
    (chart,) = (part for part in spec["vconcat"] if part["data"]["name"] == "curve")
    return list(chart["layer"])


def test_every_figure_is_valid_and_drawn_the_same_every_time(
    loans: Any, scores: ScoresDocument, folded: CvDocument, draw_anew: Callable[[], None]
) -> None:
    import altair
    import jsonschema

    schema = jsonschema.Draft7Validator(altair.load_schema())
    first, again = (every_figure(loans, scores, folded) for _ in range(2))
    assert len(first) == 9
    assert json.dumps([figure.spec for figure in first]) == json.dumps([figure.spec for figure in again])
    svgs, pngs = [render_svg(figure.spec) for figure in first], [render_png(f.spec) for f in first[4::3]]
    draw_anew()
    for figure, svg, same in zip(first, svgs, again, strict=True):
        # Of rows of data the schema says that they are objects, and asks each of them in vain whether it is a number, a text or a truth value.
        assert {type(row) for row in all_rows(figure.spec)} == {dict}
        first_rows = {name: rows[:1] for name, rows in figure.spec["datasets"].items()}
        assert list(schema.iter_errors({**figure.spec, "datasets": first_rows})) == []
        assert svg == render_svg(same.spec)
    for png, same in zip(pngs, again[4::3], strict=True):
        assert png == render_png(same.spec)


def test_figures_are_laid_out_as_altair_would(
    monkeypatch: pytest.MonkeyPatch, loans: Any, scores: ScoresDocument, folded: CvDocument
) -> None:
    import altair
    from altair.utils import schemapi

    from fairaudit.render.figures import calibration, curve, parts, strips, vega

    own = every_figure(loans, scores, folded)
    write = altair.Chart.to_dict

    def written(chart: altair.Chart) -> dict[str, Any]:
        part = write(chart, validate=False, context={"top_level": False})
        return {name: held for name, held in part.items() if name != "data"}

    monkeypatch.setattr(altair.Chart, "to_dict", written)
    for module in (calibration, curve, parts, strips):
        monkeypatch.setattr(module, "vega", altair)
    # It would check every part against its schema again and again.
    with schemapi.debug_mode(False):
        theirs = every_figure(loans, scores, folded)
    for figure, same in zip(own, theirs, strict=True):
        assert figure.spec["$schema"] == vega.SCHEMA_URL
        assert {**figure.spec, "$schema": altair.SCHEMA_URL} == same.spec


def test_texts_that_surely_fit_are_not_measured() -> None:
    rows = [{"name": "Men", "other": "男性"}, {"name": "m" * 20}]
    assert cut(rows, "name", 400, LETTERS) == {}
    assert cut(rows, "name", 200, LETTERS) == {"limit": 200}
    assert cut(rows, "other", 400, LETTERS) == {"limit": 400}


def test_a_picture_is_the_same_in_another_process(loans: Any) -> None:
    figure = disparity_figure(loans.bias, loans.fairness, metric="fpr")
    drawn = render_png(figure.spec) + render_svg(figure.spec).encode()
    program = (
        "import hashlib, json, sys\n"
        "from fairaudit.render.figures.draw import render_png, render_svg\n"
        "spec = json.load(sys.stdin)\n"
        "print(hashlib.sha256(render_png(spec) + render_svg(spec).encode()).hexdigest())\n"
    )
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    elsewhere = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(figure.spec),
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": seed, "FONTCONFIG_FILE": os.environ["FONTCONFIG_FILE"]},
    )
    assert elsewhere.stdout.strip() == hashlib.sha256(drawn).hexdigest()


def test_a_process_that_draws_alone_asks_for_no_fonts_of_the_machine_if_it_can(
    loans: Any, hostile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "FONTCONFIG_FILE"
    western = disparity_figure(loans.bias, loans.fairness, metric="fpr").spec
    monkeypatch.delenv(asked)
    with drawn_alone([western]):
        assert os.environ[asked] == str(NO_FONTS)
    assert asked not in os.environ
    with drawn_alone([western, metric_figure(hostile.group, metric="f1").spec]):
        assert asked not in os.environ
    monkeypatch.setenv(asked, "their own")
    with drawn_alone([western]):
        assert os.environ[asked] == "their own"
    assert os.environ[asked] == "their own"


def test_the_font_that_is_brought_along_has_all_signs_that_are_said_to_need_no_other() -> None:
    import vl_convert

    def drawn(sign: str) -> bytes:
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="15" font-family="Liberation Sans">{html.escape(sign)}</text></svg>'
        return bytes(vl_convert.svg_to_png(svg, scale=1.0))

    def is_visible(sign: str) -> bool:
        return unicodedata.category(sign)[0] in "LNPS"

    signs = [sign for sign in map(chr, range(0x3000)) if is_visible(sign) and not needs_other_fonts(sign)]
    assert {*"Aß€é„–…"} < {*signs}
    assert {*"אЖ日ﬁ"}.isdisjoint(signs)
    lacking = {drawn(" "), drawn("\u0378"), drawn("日")}
    assert [sign for sign in signs if drawn(sign) in lacking] == []


def test_names_in_other_scripts_are_drawn_with_the_fonts_of_the_machine(hostile: Any) -> None:
    program = (
        "import json, sys\n"
        "from fairaudit.render.figures.draw import drawn_alone, png_of, render_svg\n"
        "spec = json.load(sys.stdin)\n"
        "with drawn_alone([spec]):\n"
        "    svg = render_svg(spec)\n"
        "    print(len(png_of(svg)) if '日本語グループ' in svg else 0)\n"
    )
    spec = metric_figure(hostile.group, metric="f1").spec
    elsewhere = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(spec),
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONIOENCODING": "utf-8"},
    )
    assert int(elsewhere.stdout) > 10_000


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


def test_figures_are_as_wide_as_a_telephone_with_letters_that_can_be_read_there(
    loans: Any, hostile: Any, scores: ScoresDocument, folded: CvDocument
) -> None:
    for figure in (*every_figure(loans, scores, folded), metric_figure(hostile.group, metric="f1")):
        root = ElementTree.fromstring(render_svg(figure.spec))
        texts = [e for e in root.iter(f"{{{SVG}}}text") if e.text]
        assert texts
        width = float(root.get("width", "0"))
        smallest = min(float(e.get("font-size", "0").removesuffix("px")) for e in texts)
        assert smallest * 360 / max(width, 360) >= 10.7
        assert width < 372


@pytest.mark.parametrize(
    ("name", "room", "shown"),
    [
        pytest.param("short", 336, "short", id="as it stands"),
        pytest.param("n" * 38, 300, "n" * 38, id="as long as may be"),
        pytest.param("n" * 60, 300, "n" * 47 + "…", id="longer"),
        pytest.param("日" * 19, 210, "日" * 19, id="wide signs"),
        pytest.param("日" * 40, 210, "日" * 18 + "…", id="are cut sooner"),
        pytest.param("e" + "\u0301" * 50 + "f", 336, "e" + "\u0301" * 3 + "f", id="a tower of accents"),
        pytest.param("\u202eabc", 336, "\\u202eabc", id="turned round"),
        pytest.param("", 336, "", id="empty"),
        pytest.param("n" * 300_000, 300, "n" * 47 + "…", id="very long, in no time"),
    ],
)
def test_names_are_cut_to_what_fits(name: str, room: int, shown: str) -> None:
    assert short_name(name, width=room) == shown


def test_texts_are_broken_into_lines_that_fit() -> None:
    text = (
        "African-American people are wrongly selected more often than Caucasian ones. Of those who should not be selected (label 0), 45 of 100 are "
        + "x" * 200
    )
    lines = wrapped(text, 14, bold=True)
    assert len(lines) > 3
    assert all(text_width(line, 14, bold=True) <= INNER for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_many_groups_with_long_names_stand_apart(compas: Any) -> None:
    pattern = next(p for p in compas.bias.disparities if p.group == "Asian" and p.metric == "fpr")
    reference = next(p for p in compas.bias.disparities if p.group == "Caucasian" and p.metric == "fpr")
    parts = [reference, *(pattern.model_copy(update={"group": f"{i} {'long ' * 40}"}) for i in range(200))]
    figure = disparity_figure(compas.bias.model_copy(update={"disparities": parts}), None, metric="fpr")
    rows = strips_of(figure)
    assert len(rows) == MOST_ROWS + 1
    assert any(row["group"] == "Caucasian" for row in rows)
    assert "170 of 201 groups are not shown; bias.json holds all." in texts_of(figure.spec)
    assert [row["top"] for row in rows] == sorted({row["top"] for row in rows})
    for row in rows:
        assert text_width(named(row), LETTERS) + text_width(row["behind"], LETTERS) < INNER


def test_other_scripts_have_a_font_of_their_own(hostile: Any) -> None:
    spec = metric_figure(hostile.group, metric="f1").spec
    assert {row["other"] for row in rows_of(spec, "other")} == {"", "עברית", "日本語グループ", "😀 emoji"}
    (layer,) = (x for x in layers_of(spec) if x["encoding"].get("text", {}).get("field") == "other")
    assert layer["mark"]["font"].startswith("DejaVu Sans")


def test_hollow_is_explained_only_where_something_is_hollow(compas: Any) -> None:
    document = compas.group
    (small,) = (g for g in document.groups if g.group == "Native American")
    undefined = EstimatePart(**{**small.metrics["f1"].model_dump(), "value": None, "ci": None})
    blank = small.model_copy(update={"metrics": {**small.metrics, "f1": undefined}})
    groups = [blank if g is small else g for g in document.groups]
    assert "Hollow: few people" in texts_of(metric_figure(document, metric="f1").spec)
    spec = metric_figure(document.model_copy(update={"groups": groups}), metric="f1").spec
    assert "Hollow" not in texts_of(spec)
    assert "Hollow: few people" in texts_of(disparity_figure(compas.bias, compas.fairness, metric="fpr").spec)
    many = [part for part in compas.bias.disparities if part.attribute == "sex"]
    bias = compas.bias.model_copy(update={"disparities": many})
    assert "Hollow" not in texts_of(disparity_figure(bias, compas.fairness, metric="fpr").spec)


def test_a_figure_of_many_groups_is_no_longer_than_four_telephones(compas: Any) -> None:
    pattern = compas.group.groups[0]
    many = [changed(pattern, group=f"\u7fa4\u7d44 {i}", value=0.3 + i / 1000) for i in range(100)]
    figure = metric_figure(compas.group.model_copy(update={"groups": many}), metric="accuracy")
    drawn = render_svg(figure.spec)
    height = float(re.search(r'height="([\d.]+)"', drawn).group(1))  # type: ignore[union-attr]
    assert height < 4 * 640
    # A machine that has a font for them draws these names.
    assert "Noto Sans CJK SC" in drawn
