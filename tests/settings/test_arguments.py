"""Wrong types of arguments: each is refused by its name, and what would be right is said."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fairaudit
from fairaudit.errors import FairauditError, OptionError
from fairaudit.read.rows import Input
from fairaudit.settings.arguments import KINDS, check_kinds
from fairaudit.testing import assert_slices
from fairaudit.workflow import pipeline, public

FRAME = pd.DataFrame(
    {
        "label": [0, 1] * 60,
        "score": [i / 120 for i in range(120)],
        "race": list("ABC") * 40,
        "age": range(20, 140),
    }
)


def run_audit(**how: Any) -> object:
    return fairaudit.audit(FRAME, **{"attributes": "race", **how})


def run_slices(**how: Any) -> object:
    return assert_slices(FRAME, **{"by": "race", "metric": "accuracy", "at_least": 0.0001, **how})


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"positive": 1}, 'positive: 1 is an int, and a text or a list of texts is expected. Such as positive=["a", "b"].'),
    ({"attributes": ["race", 5]}, "attributes: 5 is an int in a list, and a text or a list of texts is expected."),
    ({"attributes": None}, "attributes: None is nothing, and a text or a list of texts is expected."),
    ({"attributes": {"race": 1}}, "attributes: it is a dict, and a text or a list of texts is expected."),
    ({"attributes": iter(["race"])}, "attributes: it is a list_iterator, and a text or a list of texts"),
    ({"label": 1}, 'label: 1 is an int, and the name of a column is expected. Such as label="outcome".'),
    ({"label": FRAME.label}, "label: it is a Series, and the name of a column is expected."),
    ({"score": b"score"}, "score: b'score' is a bytes, and the name of a column is expected."),
    ({"threshold": "x"}, "threshold: 'x' is a str, and a number is expected. Such as threshold=0.5."),
    ({"threshold": True}, "threshold: True is a bool, and a number is expected."),
    ({"top_k": 5.5}, "top_k: 5.5 is a float, and a whole number is expected. Such as top_k=100."),
    ({"tau": None}, 'tau: None is nothing, and a number, or one written as text is expected. Such as tau=0.8 or tau="4/5".'),
    ({"ref_group": 3}, "ref_group: 3 is an int, and a text or a list of texts is expected."),
    ({"where": 5}, 'where: 5 is an int, and a condition in SQL, a text is expected. Such as where="age >= 18".'),
    ({"missing": None}, "missing: None is nothing, and a text is expected."),
    ({"min_group_size": None}, "min_group_size: None is nothing, and a whole number is expected."),
    ({"min_group_size": "30"}, "min_group_size: '30' is a str, and a whole number is expected."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("how", "sentence"), WRONG, ids=[f"{place} {next(iter(how))}" for place, (how, _) in enumerate(WRONG)]
)
def test_the_argument_is_named(how: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        run_audit(**how)
    assert str(caught.value).startswith(sentence)
    assert caught.value.option == next(iter(how))


@pytest.mark.parametrize(
    "how",
    [
        {"attributes": ("race", "age:quartiles")},
        {"attributes": np.array(["race"])},
        {"attributes": pd.Index(["race"])},
        {"positive": ("1",)},
        {"threshold": 1},
        {"threshold": np.float32(0.5)},
        {"threshold": Decimal("0.5")},
        {"threshold": Fraction(1, 2)},
        {"top_k": np.int64(5)},
        {"top_percent": 10},
        {"tau": Fraction(4, 5)},
        {"tau": np.float64(0.8)},
        {"min_group_size": np.int8(3)},
        {"label": np.str_("label"), "where": None},
    ],
    ids=str,
)
def test_what_is_of_its_kind_is_taken(how: dict[str, Any]) -> None:
    assert isinstance(run_audit(**how), fairaudit.Audit)


STRANGE = (None, 1, -1.5, True, "x", b"x", "", [], [1], [None], {"a": 1}, object(), FRAME, FRAME.age, pd.NA, np.nan, 1j, np.array("race"), float("inf"), Path("x"), (("race",),), 10**400, int)  # fmt: skip


def arguments(function: Any) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "source"]


def cases() -> Iterator[Any]:
    for run, function in ((run_audit, fairaudit.audit), (run_slices, assert_slices)):
        for name in arguments(function):
            yield pytest.param(run, name, id=f"{run.__name__} {name}")


AUDITS: dict[str, Any] = {}


@pytest.fixture
def run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Audit the frame once by the same settings: what means nothing, such as None, asks for the same audit in most places."""

    def once(opened: Input, options: Any, *more: Any) -> Any:
        key = repr((vars(opened)["_settings"], options))
        if key not in AUDITS:
            AUDITS[key] = pipeline.run(opened, options, *more)
        return AUDITS[key]

    monkeypatch.setattr(public, "run", once)


@pytest.mark.usefixtures("run_once")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("run", "name"), list(cases()))
def test_whatever_is_given_there_is_an_answer_or_a_refusal(
    run: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some of these are places, where a whole audit is written.
    monkeypatch.chdir(tmp_path)
    for value in STRANGE:
        try:
            run(**{name: value})
        except (FairauditError, AssertionError):
            continue


def test_no_argument_is_forgotten() -> None:
    elsewhere = {"at_least", "at_most", "ratio_within", "max_difference"}
    known = {*arguments(fairaudit.audit), *arguments(assert_slices)} - elsewhere
    assert known <= set(KINDS)
    others = (
        *(fairaudit.train, fairaudit.cross_validate, fairaudit.check, fairaudit.discover, fairaudit.compare),
        *(
            fairaudit.predict,
            fairaudit.impact,
            fairaudit.card,
            fairaudit.report,
            fairaudit.measure_slices,
            fairaudit.history,
        ),
    )
    # The folder is that of what the functions return: `Audit.write` and its like.
    assert set(KINDS) <= known | {"folder"} | {name for function in others for name in arguments(function)}


def test_sources_that_are_none() -> None:
    for source in [None, 5, b"x.csv", "", "\0", [1], {"a": [1]}, object(), int, FRAME.age, np.zeros(3)]:
        with pytest.raises(FairauditError):
            fairaudit.audit(source)


def test_what_nobody_declared_may_be_anything() -> None:
    check_kinds({"source": object(), "other": 1})
