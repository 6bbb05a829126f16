"""The four reports in a row: one reading for attributes and slices, and the same numbers as one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fairaudit.disparity.rule import VerdictRule
from fairaudit.documents.parts import Stamp
from fairaudit.errors import ColumnMissing, GroupMissing, OptionError
from fairaudit.read.files import open_path
from fairaudit.read.rows import Input
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.verdict import Measuring
from fairaudit.workflow import audit as auditing
from fairaudit.workflow.audit import (
    Slicing,
    report_bias,
    report_everything,
    report_groups,
    report_slices,
    tally,
    without_features,
)

STAMP = Stamp(created=datetime(2026, 1, 2, tzinfo=UTC), command="a test")
ROWS = [
    f"{i % 3 % 2},{(i * 37 % 101) / 101!r},{'AB'[i % 5 % 2]},{'uvw'[i % 7 % 3]},{i % 40}" for i in range(200)
]


@pytest.fixture
def path(write_csv: Callable[..., str]) -> str:
    return write_csv("label,score,race,sex,age", *ROWS)


@contextmanager
def counted_loads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    loads: list[str] = []
    load = Input.load

    def counting(self: Input, *args: Any, **how: Any) -> Any:
        loads.append(self.name)
        return load(self, *args, **how)

    with monkeypatch.context() as patch:
        patch.setattr(Input, "load", counting)
        yield loads


def test_one_reading_serves_attributes_and_features(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted_loads(monkeypatch) as loads:
        audit = report_everything(
            open_path(path),
            ReadSettings(attributes=("race",)),
            STAMP,
            slicing=Slicing(features=("sex", "age:quartiles")),
        )
    assert loads == ["predictions.csv"]
    assert {g.attribute for g in audit.group.groups} == {"race"}
    assert {d.attribute for d in audit.bias.disparities} == {"race"}
    assert {s.feature for s in audit.slices.slices} == {"race", "sex", "age:quartiles"}


def test_a_feature_that_is_an_attribute_is_not_counted_twice(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted_loads(monkeypatch) as loads:
        audit = report_everything(
            open_path(path), ReadSettings(attributes=("race",)), STAMP, slicing=Slicing(features=("race",))
        )
    assert len(loads) == 1
    assert [s.slice for s in audit.slices.slices] == ["A", "B"]


def test_chosen_attributes_and_features_of_one_s_own(path: str) -> None:
    audit = report_everything(open_path(path), ReadSettings(), STAMP, slicing=Slicing(features=("age:20.0",)))
    assert {g.attribute for g in audit.group.groups} == {"race", "sex"}
    assert {s.feature for s in audit.slices.slices} == {"race", "sex", "age:20.0"}
    assert audit.group.settings.attributes_chosen


def test_the_same_as_one_by_one(path: str) -> None:
    audit = report_everything(open_path(path), ReadSettings(attributes=("race", "sex")), STAMP)
    tallied = tally(open_path(path), ReadSettings(attributes=("race", "sex")))
    assert report_groups(tallied, STAMP) == audit.group
    assert report_slices(tallied, STAMP) == audit.slices
    assert report_bias(tallied, STAMP).document == audit.bias


def test_features_are_slices_only(path: str) -> None:
    tallied = tally(
        open_path(path), ReadSettings(attributes=("sex",)), slicing=Slicing(features=("race", "sex"))
    )
    kept = without_features(tallied)
    assert [a.name for a in kept.checked.attributes] == ["sex"]
    # How far groups are from the others allows for how many were looked at.
    mine, all_of_them = (
        [g.model_copy(update={"vs_rest": {}}) for g in report_groups(one, STAMP).groups]
        for one in (kept, tallied)
    )
    assert mine == [g for g in all_of_them if g.attribute == "sex"]
    assert report_groups(kept, STAMP).overall == report_groups(tallied, STAMP).overall
    assert len(tallied.counted.groups) == 5


def test_tau_and_references_are_written_down(path: str) -> None:
    audit = report_everything(
        open_path(path),
        ReadSettings(attributes=("race",)),
        STAMP,
        rule=VerdictRule(references=("race=B",), tau=Fraction("0.9")),
        measuring=Measuring(min_group_size=7),
    )
    for document in (audit.bias, audit.fairness):
        assert (document.settings.reference, document.settings.tau) == (["race=B"], "0.9")
        assert document.settings.min_group_size == 7
    assert audit.fairness.tau == 0.9
    assert (audit.group.settings.reference, audit.group.settings.tau) == (None, None)


@pytest.mark.parametrize(
    ("how", "error", "sentence"),
    [
        (
            {"slicing": Slicing(features=("sxe",))},
            ColumnMissing,
            "predictions.csv has no column 'sxe'. Did you mean 'sex'?",
        ),
        ({"rule": VerdictRule(references=("race=C",))}, GroupMissing, "attribute 'race' has no group 'C'."),
        ({"slicing": Slicing(features=("age",))}, None, ""),
        (
            {"slicing": Slicing(features=("age:many",))},
            OptionError,
            "--feature: 'age:many' does not say how to cut the column.",
        ),
    ],
)
def test_mistakes(path: str, how: dict[str, Any], error: type[Exception] | None, sentence: str) -> None:
    def act() -> object:
        return report_everything(open_path(path), ReadSettings(attributes=("race",)), STAMP, **how)

    if error is None:
        # Few enough numbers are groups as they stand.
        assert act()
        return
    with pytest.raises(error) as caught:
        act()
    assert str(caught.value).startswith(sentence)


def test_open_input_takes_paths_and_tables(path: str) -> None:
    assert auditing.open_input(path).name == "predictions.csv"
    assert auditing.open_input(Path(path)).name == "predictions.csv"
