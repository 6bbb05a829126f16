"""The front matter: every slice comes back through Hugging Face's own reader, and no name of a stranger's breaks the block."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.documents.folder import Results
from fairaudit.documents.parts import EstimatePart
from fairaudit.documents.results import slice_name
from fairaudit.documents.statements import NotApplicable, Statements, Unknown
from fairaudit.metrics.table import METRICS
from fairaudit.render.card.huggingface import LICENSES, METRIC_IDS, front_matter
from fairaudit.render.card.page import render_card

OWN = {METRIC_IDS.get(metric.name, metric.name): metric.name for metric in METRICS}

LOOK_LIKE_OTHERS = (
    "1e3", "0o7", "0x1F", "1_000", "12:30:45", "no", "~", "null", "NULL", "y", "2026-01-01", ".inf", "---", "a\n---\nb", "{{x}}",
    "&a", "*a", "%YAML", "'", '"', "\\", "a: b", "a #b", "- a", "!!int 3", "\t", "\x85\u2028\ufeff\x7f",
)  # fmt: skip
"""Names that YAML 1.1, 1.2 or both would take for numbers, dates, markup or the end of the block."""


@pytest.fixture(scope="module")
def model_card() -> Iterator[Any]:
    """Hugging Face's reader, which must not ask the network."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("the network was asked")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        from huggingface_hub import ModelCard

        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield ModelCard


def documents(audited: Any, **more: Any) -> Results:
    return Results(
        group=audited.group, bias=audited.bias, fairness=audited.fairness, slices=audited.slices, **more
    )


def loaded(block: str) -> dict[str, Any]:
    """Read the block as YAML 1.1."""
    first, *lines, last, empty, end = block.split("\n")
    assert (first, last, empty, end) == ("---", "---", "", "")
    assert "---" not in {line.strip() for line in lines}
    found = yaml.safe_load("\n".join(lines))
    assert isinstance(found, dict)
    return found


def came_back(card: Any) -> dict[tuple[str | None, str | None], dict[str, dict[str, Any]]]:
    """Collect, of every slice, what Hugging Face read: value and arguments by our name of the metric."""
    found: dict[tuple[str | None, str | None], dict[str, dict[str, Any]]] = {}
    for result in card.data.eval_results:
        args = result.dataset_args or {}
        key = args.get("feature"), args.get("slice")
        assert result.dataset_config == (None if key == (None, None) else slice_name(*key))
        assert result.task_type == "tabular-classification"
        mine = found.setdefault(key, {})
        assert OWN[result.metric_type] not in mine
        mine[OWN[result.metric_type]] = {"value": result.metric_value, **result.metric_args}
    return found


def expected(n: int, metrics: dict[str, EstimatePart], *, small: bool) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "value": e.value,
            "n": n,
            **({} if e.denominator is None else {"numerator": e.numerator, "denominator": e.denominator}),
            **({"ci": list(e.ci), "ci_level": 0.95} if e.ci else {}),
            **({"small": True} if small or e.small else {}),
        }
        for name, e in metrics.items()
        if e.value is not None
    }


@pytest.mark.parametrize("name", ["compas", "loans", "berkeley", "hostile"])
def test_every_slice_comes_back_with_value_people_and_interval(
    name: str, model_card: Any, request: pytest.FixtureRequest
) -> None:
    audited = request.getfixturevalue(name)
    body = render_card(documents(audited), Statements())
    card = model_card(front_matter(documents(audited), Statements(), slices=True) + body)
    found = came_back(card)
    overall = audited.group.overall
    assert found.pop((None, None)) == expected(overall.n, overall.metrics, small=overall.small)
    assert found == {
        (s.feature, s.slice): expected(s.n, s.metrics, small=s.small) for s in audited.slices.slices
    }
    assert len(found) == len(audited.group.groups) > 3
    assert card.text == f"\n{body}"


def test_without_slices_there_is_everybody_alone(compas: Any, model_card: Any) -> None:
    card = model_card(front_matter(documents(compas), Statements()))
    assert list(came_back(card)) == [(None, None)]
    assert {r.dataset_name for r in card.data.eval_results} == {"compas_for_aequitas.csv"}
    assert {r.dataset_args["sha256"] for r in card.data.eval_results} == {compas.group.input.sha256}
    accuracy = next(r for r in card.data.eval_results if r.metric_type == "accuracy")
    assert (accuracy.metric_name, round(accuracy.metric_value, 3), accuracy.metric_args["numerator"]) == (
        "accuracy",
        0.654,
        4716,
    )


def test_groups_that_are_no_slices_come_back_too(compas: Any, model_card: Any) -> None:
    some = compas.slices.model_copy(
        update={"slices": [s for s in compas.slices.slices if s.feature == "sex"]}
    )
    card = model_card(front_matter(Results(group=compas.group, slices=some), Statements(), slices=True))
    assert set(came_back(card)) - {(None, None)} == {(g.attribute, g.group) for g in compas.group.groups}


def test_the_block_is_first_and_the_card_is_written_by_hugging_face_again_alike(
    hostile: Any, model_card: Any
) -> None:
    block = front_matter(documents(hostile), Statements(), slices=True)
    card = model_card(f"{block}# Body\n")
    again = model_card(str(card))
    assert block.startswith("---\n")
    assert came_back(again) == came_back(card)


def test_nothing_unseen_stands_in_the_block(hostile: Any) -> None:
    block = front_matter(documents(hostile), Statements(), slices=True)
    assert all(line.isprintable() for line in block.split("\n"))
    assert "日本語グループ" in block
    assert "\\u202eevil" in block
    assert "*id001" not in block


def test_hostile_names_are_text(hostile: Any) -> None:
    header = loaded(front_matter(documents(hostile), Statements(), slices=True))
    slices = [r["dataset"] for r in header["model-index"][0]["results"]][1:]
    ours = {d["args"]["slice"]: d["config"] for d in slices if d["args"]["feature"] == "<b>|attr`"}
    assert len(ours) == 30
    assert ours.keys() >= {"two\nlines", "{{7*7}}", "\u202eevil", "n" * 300, "\x1b[31m", "😀 emoji", "עברית"}
    assert all(config == f"<b>|attr`={name}" for name, config in ours.items())
    # Hugging Face takes nothing else for the identifier of a data set.
    assert {d["type"] for d in slices} == {"x-y-i-.csv"}
    assert {d["name"] for d in slices} == {"x|y <i>.csv"}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_name_comes_back(trained: Any, name: str) -> None:
    train = trained.model_copy(update={"input": trained.input.model_copy(update={"name": name})})
    stated = Statements(name=name)
    index = loaded(front_matter(Results(train=train), stated))["model-index"][0]
    assert index["results"][0]["dataset"]["name"] == name
    assert index["name"] == (stated.name or "LogisticRegression for y")


@pytest.mark.parametrize("name", LOOK_LIKE_OTHERS)
def test_names_that_yaml_would_take_for_something_else_are_quoted(name: str, trained: Any) -> None:
    train = trained.model_copy(update={"input": trained.input.model_copy(update={"name": name})})
    block = front_matter(Results(train=train), Statements())
    assert loaded(block)["model-index"][0]["results"][0]["dataset"]["name"] == name
    # YAML 1.1 and 1.2 differ in what is not quoted.
    assert re.search(r"\n      name: [\"']", block)


def test_without_labels_only_what_decisions_tell_is_there(berkeley: Any, model_card: Any) -> None:
    found = came_back(model_card(front_matter(documents(berkeley), Statements())))
    assert set(found[None, None]) == {"pprev", "ppr"}
    assert found[None, None]["pprev"]["numerator"] == 1755


def test_undefined_metrics_are_left_out(compas: Any, model_card: Any) -> None:
    undefined = EstimatePart(
        value=None, numerator=0, denominator=0, ci=None, small=True, reason="nobody", ci_reason="nobody"
    )
    slices = [s.model_copy(update={"metrics": s.metrics | {"fpr": undefined}}) for s in compas.slices.slices]
    slices[0] = slices[0].model_copy(update={"metrics": {"fpr": undefined}})
    changed = compas.slices.model_copy(update={"slices": slices})
    block = front_matter(Results(slices=changed), Statements(), slices=True)
    found = came_back(model_card(block))
    assert "fpr" in found.pop((None, None))
    assert all("fpr" not in metrics for metrics in found.values())
    assert (slices[0].feature, slices[0].slice) not in found
    assert len(found) == len(slices) - 1
    assert ".nan" not in block


def test_training_alone_tells_library_and_held_out_rows(trained: Any, model_card: Any) -> None:
    card = model_card(front_matter(Results(train=trained), Statements()))
    assert card.data.library_name == "sklearn"
    assert card.data.tags == ["tabular-classification", "fairness", "fairaudit", "skops"]
    assert card.data.model_name == "LogisticRegression for y"
    (result,) = card.data.eval_results
    assert (result.dataset_name, result.dataset_split, result.metric_value) == ("data.csv", "test", 0.75)
    assert result.metric_args == {
        "n": 25,
        "numerator": 18,
        "denominator": 24,
        "ci": [0.625, 0.875],
        "ci_level": 0.95,
        "small": True,
    }


def test_cross_validation_alone_tells_means_over_folds(folded: Any, model_card: Any) -> None:
    (result,) = model_card(front_matter(Results(cv=folded), Statements())).data.eval_results
    assert (result.dataset_split, result.metric_name, result.metric_value) == (
        "folds",
        "accuracy, mean over folds",
        0.7,
    )
    assert result.metric_args == {"n": 100, "folds": 5, "std": 0.01, "min": 0.68, "max": 0.72}


def test_predictions_of_a_training_are_named_after_its_data(
    compas: Any, trained: Any, model_card: Any
) -> None:
    held_out = trained.model_copy(update={"predictions_sha256": compas.group.input.sha256})
    card = model_card(front_matter(documents(compas, train=held_out), Statements(), slices=True))
    assert {(r.dataset_name, r.dataset_split) for r in card.data.eval_results} == {("data.csv", "test")}
    # The same rows are not given twice.
    assert (
        len([r for r in card.data.eval_results if r.metric_type == "accuracy" and not r.dataset_config]) == 1
    )


def test_results_on_other_data_stand_beside_those_of_the_training(
    compas: Any, trained: Any, folded: Any, model_card: Any
) -> None:
    card = model_card(front_matter(documents(compas, train=trained, cv=folded), Statements()))
    assert {
        (r.dataset_name, r.dataset_split) for r in card.data.eval_results if r.metric_type == "accuracy"
    } == {("compas_for_aequitas.csv", None), ("data.csv", "test"), ("data.csv", "folds")}


def test_predictions_alone_tell_of_no_library(compas: Any) -> None:
    header = loaded(front_matter(documents(compas), Statements()))
    assert list(header) == ["pipeline_tag", "tags", "model-index"]
    assert header["pipeline_tag"] == "tabular-classification"


def test_verdicts_alone_have_no_results(compas: Any) -> None:
    assert "model-index" not in loaded(front_matter(Results(bias=compas.bias), Statements()))


def test_no_document_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="needs a document"):
        front_matter(Results(), Statements())


@pytest.mark.parametrize(
    ("stated", "license_", "name"),
    [
        ("", None, None),
        ("MIT", "mit", None),
        ("MIT License", "mit", None),
        ("Apache 2.0", "apache-2.0", None),
        ("GPL-3.0-only", "gpl-3.0", None),
        ("Internal use; ask: legal@x", "other", "internal-use-ask-legal-x"),
        ("社内", "other", None),
        (Unknown(unknown="asked the vendor"), "unknown", None),
        (NotApplicable(not_applicable="not given away"), None, None),
    ],
)
def test_license_is_an_identifier_or_other(
    stated: Any, license_: str | None, name: str | None, trained: Any, model_card: Any
) -> None:
    data = model_card(front_matter(Results(train=trained), Statements(license=stated))).data
    assert (data.license, data.license_name) == (license_, name)
    assert data.license is None or data.license in LICENSES


def test_stated_name_is_the_models(compas: Any, model_card: Any) -> None:
    card = model_card(front_matter(documents(compas), Statements(name="Risk: 2 # x")))
    assert card.data.model_name == "Risk: 2 # x"


def test_equal_input_gives_equal_text(compas: Any) -> None:
    one, two = (front_matter(documents(compas), Statements(), slices=True) for _ in range(2))
    assert one == two


def test_two_slices_never_share_a_name() -> None:
    assert slice_name("a=b", "c") != slice_name("a", "b=c")
    assert slice_name('"a', 'b"=c') != slice_name("a=b", "c")
