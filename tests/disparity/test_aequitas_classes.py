"""Aequitas's classes without its package: the same code, the same answers, and nothing left behind."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from types import CodeType
from typing import Any

import pandas as pd
import pytest
from peers import for_aequitas

from fairaudit.disparity import aequitas_classes
from fairaudit.disparity.aequitas_classes import bias_class, fairness_class

CLASSES = [("aequitas.bias", "Bias"), ("aequitas.fairness", "Fairness")]
REFERENCES = {"race": "Caucasian", "sex": "Male"}


@pytest.fixture(scope="module")
def people(data_dir: Path) -> pd.DataFrame:
    rows = pd.read_csv(data_dir / "compas_for_aequitas.csv", nrows=1500)
    return for_aequitas(rows[["score", "label_value", *REFERENCES]])


@pytest.fixture(scope="module")
def table(people: pd.DataFrame) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from aequitas.group import Group

        return Group().get_crosstabs(people)[0]


def both(module: str, name: str) -> tuple[Any, Any]:
    """Return a class as it is loaded alone, and as the package has it."""
    __import__(module)
    return getattr(aequitas_classes._alone(module), name), getattr(sys.modules[module], name)


def code(of: type) -> dict[str, CodeType]:
    return {name: method.__code__ for name, method in vars(of).items() if hasattr(method, "__code__")}


@pytest.fixture
def no_aequitas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody have loaded Aequitas yet."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "aequitas"]:
        monkeypatch.delitem(sys.modules, name)
    aequitas_classes._alone.cache_clear()


@pytest.mark.usefixtures("no_aequitas")
def test_the_package_is_not_loaded() -> None:
    known = set(sys.modules)
    assert bias_class().__module__ == "aequitas.bias"
    assert fairness_class().__module__ == "aequitas.fairness"
    assert not {name for name in sys.modules if name.startswith("aequitas")}
    assert set(sys.modules) == known
    assert bias_class() is bias_class()


def test_a_package_that_is_loaded_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import aequitas.bias
    import aequitas.fairness

    assert bias_class() is aequitas.bias.Bias
    assert fairness_class() is aequitas.fairness.Fairness

    class Changed(aequitas.bias.Bias):  # type: ignore[misc]
        """What a user has put there."""

    monkeypatch.setattr(aequitas.bias, "Bias", Changed)
    assert bias_class() is Changed


@pytest.mark.parametrize(("module", "name"), CLASSES)
def test_they_are_the_same_code(module: str, name: str) -> None:
    alone, packaged = both(module, name)
    assert alone is not packaged
    assert code(alone) == code(packaged)
    assert len(code(alone)) > 5
    file = sys.modules[module].__file__
    assert aequitas_classes._alone(module).__file__ == file


BESIDE_PANDAS_3 = int(pd.__version__.partition(".")[0]) >= 3


@pytest.mark.parametrize("significance", [False, True])
@pytest.mark.parametrize("kind", ["major_group", "min_metric", "predefined_groups"])
@pytest.mark.filterwarnings("ignore")
def test_they_answer_the_same(
    people: pd.DataFrame, table: pd.DataFrame, kind: str, significance: bool
) -> None:
    answers = []
    for which in (0, 1):
        bias, fairness = (both(*each)[which] for each in CLASSES)
        method = getattr(bias(), f"get_disparity_{kind}")
        options = {"ref_groups_dict": REFERENCES} if kind == "predefined_groups" else {}
        if significance and BESIDE_PANDAS_3:
            # Neither class can test for significance there.
            with pytest.raises(TypeError, match="for dtype 'float64'"):
                method(table.copy(), people.copy(), check_significance=True, **options)
            continue
        compared = method(table.copy(), people.copy(), check_significance=significance, **options)
        values = fairness(tau=0.8).get_group_value_fairness(compared.copy())
        answers.append((compared, values, fairness(tau=0.8).get_group_attribute_fairness(values.copy())))
    for alone, packaged in zip(*answers, strict=True):
        pd.testing.assert_frame_equal(alone, packaged, check_exact=True)
