"""``fairaudit explain`` and ``fairaudit schema``."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from fairaudit.metrics.explain import Effect, Error, Reach, advise
from fairaudit.metrics.table import METRICS

Run = Callable[..., Any]
Refusal = Callable[..., str]
SCHEMAS = ("train", "cv", "predict", "slices", "group", "bias", "fairness")


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_every_metric_by_its_short_and_long_name(run: Run, metric: Any, tmp_path: Path) -> None:
    ran = run("explain", metric.name, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{metric.name}: {metric.long_name}\n")
    assert metric.formula in ran.out
    for name in (metric.long_name, metric.long_name.upper(), metric.long_name.replace(" ", "-")):
        assert run("explain", name, cwd=tmp_path) == ran
    facts = run("explain", metric.name, "--json", cwd=tmp_path).json()
    assert (facts["name"], facts["long_name"], facts["formula"]) == (
        metric.name,
        metric.long_name,
        metric.formula,
    )


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("fprr", "fpr"),
        ("acuracy", "accuracy"),
        ("false positive rat", "false positive rate"),
        ("beyond chanc", "beyond chance"),
    ],
)
def test_unknown_metric(refusal: Refusal, tmp_path: Path, typed: str, nearest: str) -> None:
    sentence = refusal("explain", typed, cwd=tmp_path)
    assert sentence.startswith(
        f"WORD: {typed!r} is neither a metric nor a word of an answer. Did you mean {nearest!r}? Metrics are 'pprev', "
    )


@pytest.mark.parametrize(
    ("typed", "heading", "told"),
    [
        ("recall", "tpr: true positive rate", "sensitivity"),
        ("no answer", "FA501", "All people get the same decision"),
        ("stands on", "held-out", "Rows that a model did not learn from."),
        ("beyond chance", "p-value", "How often chance alone"),
        ("how sure", "interval", "holds the true value"),
        ("may come from", "compare within", "A gap between groups may come from what else"),
        ("not judged", "unknown", "neither judged nor compared with"),
        ("the other side", "the other side", "The other error of a group that is worse off"),
        ("fa101", "FA101", "one is decided wrongly more often than is"),
        ("too few", "FA201", "It does not say that the group is treated equally."),
        ("UNDECIDED", "undecided", "It is no pass."),
        ("tnr parity", "TNR Parity", "See fairaudit explain tnr."),
        ("Holm", "Holm", "Holm 1979"),
        ("max t", "max-T", "Westfall and Young 1993"),
    ],
)
def test_words_of_an_answer(run: Run, tmp_path: Path, typed: str, heading: str, told: str) -> None:
    ran = run("explain", typed, cwd=tmp_path)
    assert ran.out.splitlines()[0] == heading
    assert told in " ".join(ran.out.split())


def test_a_word_as_json(run: Run, tmp_path: Path) -> None:
    entry = run("explain", "FA102", "--json", cwd=tmp_path).json()
    assert entry["word"] == "FA102"
    assert set(entry) == {"word", "means", "also", "causes", "do", "not_so", "source"}


@pytest.mark.parametrize("answers", list(itertools.product(Effect, Reach, Error)), ids="-".join)
def test_the_guide_by_options(run: Run, answers: tuple[Effect, Reach, Error], tmp_path: Path) -> None:
    effect, reach, error = answers
    words = ("explain", "--effect", effect, "--reach", reach, "--error", error)
    advice = advise(*answers)
    ran = run(*words, cwd=tmp_path)
    assert ran.code == 0
    assert ran.out.startswith(f"Look at {' and '.join(advice.metrics)}. ")
    assert ran.out.endswith(f"More: {', '.join(f'fairaudit explain {m}' for m in advice.metrics)}\n")
    found = run(*words, "--json", cwd=tmp_path).json()
    assert found == {"metrics": list(advice.metrics), "reason": advice.reason}


def test_the_guide_asks_at_a_terminal(run: Run, tmp_path: Path) -> None:
    ran = run("explain", cwd=tmp_path, stdin="1\nfew\n2\n", terminal=True)
    assert ran.code == 0, ran.err
    assert "What does decision 1 do to a person?" in ran.out
    assert "  2  few: only few" in ran.out
    assert "Look at for and npv." in ran.out


def test_the_guide_asks_only_what_was_not_said(run: Run, tmp_path: Path) -> None:
    ran = run("explain", "--effect", "helps", "--error", "missed", cwd=tmp_path, stdin="1\n", terminal=True)
    assert ran.code == 0
    assert "What does decision 1 do to a person?" not in ran.out
    assert "Look at fnr and tpr." in ran.out


@pytest.mark.parametrize("typed", ["4", "0", "²", "both of them", "[/i]"])
def test_an_answer_that_is_none(run: Run, tmp_path: Path, typed: str) -> None:
    ran = run(
        "explain", "--effect", "helps", "--reach", "few", cwd=tmp_path, stdin=f"{typed}\n", terminal=True
    )
    assert ran.code == 2
    assert ran.err == (
        f"fairaudit: --error: {typed!r} is no answer. Say one of 'wrongly-selected', 'missed', 'both'.\n"
    )


def test_nobody_answers(run: Run, tmp_path: Path) -> None:
    ran = run("explain", cwd=tmp_path, stdin="", terminal=True)
    assert ran.code == 130
    assert "Traceback" not in ran.err


def test_without_a_terminal_the_whole_guide_is_shown(run: Run, tmp_path: Path) -> None:
    ran = run("explain", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    for word in (*Effect, *Reach, *Error, *(m.name for m in METRICS)):
        assert word in ran.out


def test_the_whole_guide_as_json(run: Run, tmp_path: Path) -> None:
    rows = run("explain", "--json", cwd=tmp_path, terminal=True).json()
    assert len(rows) == 12
    for row in rows:
        advice = advise(Effect(row["effect"]), Reach(row["reach"]), Error(row["error"]))
        assert (row["metrics"], row["reason"]) == (list(advice.metrics), advice.reason)


def test_without_a_terminal_every_answer_is_needed(refusal: Refusal, tmp_path: Path) -> None:
    sentence = refusal("explain", "--effect", "hurts", cwd=tmp_path)
    assert sentence == "--reach: is missing. Say one of 'everybody', 'few'."
    sentence = refusal("explain", "--effect", "hrts", "--reach", "few", "--error", "both", cwd=tmp_path)
    assert sentence == "--effect: 'hrts' is no answer. Say one of 'hurts', 'helps'."


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_terminal(run: Run, tmp_path: Path, width: int) -> None:
    for words in (["explain"], *(["explain", m.name] for m in METRICS)):
        ran = run(*words, cwd=tmp_path, width=width)
        assert max(map(len, ran.out.splitlines())) <= width


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas(run: Run, tmp_path: Path, name: str) -> None:
    ran = run("schema", name, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    schema = json.loads(ran.out)
    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["schema"]["const"] == f"fairaudit/{name}/1"
    assert run("schema", f"{name}.json", cwd=tmp_path) == ran
