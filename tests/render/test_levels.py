"""Every interval that is not of 95% carries its level, in every medium."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

import fairaudit
from fairaudit.render.terminal import audit as terminal
from fairaudit.render.words.answer import plan_text
from fairaudit.render.words.people import WORDS, group_text
from fairaudit.settings.limits import interval_text
from fairaudit.workflow.pipeline import Audit


def _audit(data_dir: Path, **options: object) -> Audit:
    return fairaudit.audit(
        data_dir / "compas_two_years.csv",
        label="two_year_recid",
        score="decile_score",
        threshold=5,
        attributes="race",
        ref_group="race=Caucasian",
        metrics=["fpr", "fnr", "precision"],
        **options,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def by_interval(data_dir: Path) -> Audit:
    return _audit(data_dir)


@pytest.fixture(scope="module")
def by_point(data_dir: Path) -> Audit:
    return _audit(data_dir, decide="point")


def _shown(audit: Audit) -> dict[str, str]:
    """Write an audit in each medium."""
    console = Console(width=200, file=io.StringIO(), color_system=None)
    documents = terminal.Audited(
        bias=audit.bias, fairness=audit.fairness, group=audit.group, slices=audit.slices
    )
    console.print(terminal.audit(documents, width=200, verbose=True))
    file = console.file
    assert isinstance(file, io.StringIO)
    return {
        "terminal": file.getvalue(),
        "card": fairaudit.card(audit).text,
        "notebook": audit._repr_html_(),
    }


def test_card_interval_levels(by_interval: Audit, data_dir: Path) -> None:
    (cell,) = (
        d for d in by_interval.bias.disparities if (d.group, d.metric) == ("African-American", "precision")
    )
    assert cell.ratio == pytest.approx(1.0649038592911728)
    assert cell.ratio_ci == pytest.approx((0.9997629442425442, 1.1373727708847934), abs=1e-9)
    assert cell.ratio_ci90 == pytest.approx((1.0098055079674744, 1.1251826989959488), abs=1e-9)
    assert cell.resting == (90, cell.ratio_ci90)
    published = json.loads(
        (data_dir / "golden" / "card_interval_levels" / "expected.json").read_text(encoding="utf-8")
    )
    assert cell.ratio == pytest.approx(published["ratio"], abs=1e-12)
    assert cell.ratio_ci == pytest.approx(tuple(published["ci95"]), abs=1e-9)
    assert cell.ratio_ci90 == pytest.approx(tuple(published["ci90"]), abs=1e-9)


def test_an_interval_of_90_says_so_wherever_it_stands(by_interval: Audit) -> None:
    for medium, text in _shown(by_interval).items():
        narrow = [
            interval_text(d.ratio_ci90, by_interval.bias.band)
            for d in by_interval.bias.decisive
            if d.resting[0] == 90 and d.ratio_ci90 is not None
        ]
        assert narrow, "the case has passes"
        for interval in narrow:
            places = [i for i in range(len(text)) if text.startswith(interval, i)]
            for place in places:
                assert "90%" in text[max(0, place - 40) : place], f"{medium}: {interval}"


def test_by_the_point_there_is_no_interval_of_90(by_point: Audit) -> None:
    assert all(d.resting[0] == 95 for d in by_point.bias.decisive)
    for medium, text in _shown(by_point).items():
        assert "90%" not in text, medium


def test_what_only_the_correction_leaves_open_has_its_level(by_interval: Audit) -> None:
    corrected = [d for d in by_interval.bias.decisive if d.ratio_ci_corrected is not None]
    for d in corrected:
        level, interval = d.resting
        assert level not in (90, 95)
        assert interval == d.ratio_ci_corrected
        assert d.ratio_ci is not None
        assert interval is not None
        assert interval[0] <= d.ratio_ci[0]
        assert f"{level}%" in _shown(by_interval)["terminal"]


def test_a_plan_says_what_it_supposes(by_interval: Audit) -> None:
    planned = [d for d in by_interval.bias.decisive if d.needed_in_all is not None and d.needed is not None]
    assert planned
    for d in planned:
        text = plan_text(d, by_interval.bias.people, WORDS)
        assert "with 80% chance if true rates are" in text
        assert f"If only {group_text(d.attribute, d.group, WORDS)} grow in number, about " in text
