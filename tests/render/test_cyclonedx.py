"""The bill of materials: valid by CycloneDX's own strict validator, with every slice, and with no word that nobody said."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft7Validator

from fairaudit.documents.answer import answer_of
from fairaudit.documents.folder import Results
from fairaudit.documents.model import PredictDocument, PredictSettings
from fairaudit.documents.parts import EstimatePart
from fairaudit.documents.results import slice_name
from fairaudit.documents.statements import Approval, AtRisk, NotApplicable, Statements, Unknown
from fairaudit.render.card.cyclonedx import MEASURED, SPDX, UNWEIGHED, bom
from fairaudit.settings.choices import Decide, Effect

STATED = Statements(
    name="Risk 2",
    summary="Says who comes back.",
    owners="Us",
    contact="us@example.org",
    license="mit",
    intended_uses="- one\n- two",
    users="Judges.\n\nClerks.",
    out_of_scope="- children",
    data_source="The courts.",
    preprocessing="None was done.",
    why_these_metrics="They hurt.",
    why_this_threshold=Unknown(unknown="the vendor was asked"),
    interpretation="Old habits.",
    caveats="Small towns.",
    recommendations="Look twice.",
    approval=Approval(by="The board", on=date(2026, 1, 31)),
    at_risk=(AtRisk(group="young people", benefits="b", harms="h", mitigation="m"), AtRisk(group="others")),
)


@cache
def validator() -> JsonStrictValidator:
    return JsonStrictValidator(SchemaVersion.V1_6)


def test_the_validator_knows_addresses() -> None:
    conforms = Draft7Validator.FORMAT_CHECKER.conforms
    assert conforms("https://example.org/ä", "iri-reference")
    assert not conforms("https://example.org/a b", "iri-reference")


def made(documents: Results, statements: Statements | None = None, **more: Any) -> dict[str, Any]:
    """Make a bill, and have it validated."""
    text = bom(documents, statements or Statements(), **more)
    assert validator().validate_str(text) is None
    found = json.loads(text)
    assert isinstance(found, dict)
    references = [c["bom-ref"] for c in found["components"]]
    assert len(set(references)) == len(references)
    assert [d["ref"] for d in found["dependencies"]] == references
    assert found["dependencies"][0]["dependsOn"] == references[1:]
    return found


def documents(audited: Any, **more: Any) -> Results:
    return Results(
        group=audited.group, bias=audited.bias, fairness=audited.fairness, slices=audited.slices, **more
    )


def model(found: dict[str, Any]) -> dict[str, Any]:
    (one,) = (c for c in found["components"] if c["type"] == "machine-learning-model")
    assert [c for c in found["components"] if "modelCard" in c] == [one]
    assert isinstance(one, dict)
    return one


def performance(
    found: dict[str, Any],
) -> dict[str | None, dict[str, tuple[float, tuple[float, float] | None]]]:
    """Collect value and interval by slice and metric."""
    by_slice: dict[str | None, dict[str, tuple[float, tuple[float, float] | None]]] = {}
    for part in model(found)["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]:
        ci = part.get("confidenceInterval")
        mine = by_slice.setdefault(part.get("slice"), {})
        assert part["type"] not in mine
        mine[part["type"]] = (
            float(part["value"]),
            (float(ci["lowerBound"]), float(ci["upperBound"])) if ci else None,
        )
    return by_slice


def properties(found: dict[str, Any]) -> dict[str, list[str]]:
    by_name: dict[str, list[str]] = {}
    for part in model(found)["modelCard"]["properties"]:
        assert part["name"].startswith("fairaudit:")
        by_name.setdefault(part["name"].removeprefix("fairaudit:"), []).append(part["value"])
    return by_name


def considerations(found: dict[str, Any]) -> dict[str, Any]:
    said = model(found)["modelCard"].get("considerations", {})
    assert isinstance(said, dict)
    return said


def expected(metrics: dict[str, EstimatePart]) -> dict[str, tuple[float, tuple[float, float] | None]]:
    return {name: (e.value, e.ci) for name, e in metrics.items() if e.value is not None}


@pytest.mark.parametrize("name", ["compas", "loans", "berkeley", "hostile"])
def test_every_slice_is_there_with_value_interval_and_people(
    name: str, request: pytest.FixtureRequest
) -> None:
    audited = request.getfixturevalue(name)
    found = made(documents(audited))
    by_slice = performance(found)
    assert by_slice.pop(None) == expected(audited.group.overall.metrics)
    assert by_slice == {slice_name(s.feature, s.slice): expected(s.metrics) for s in audited.slices.slices}
    assert len(by_slice) == len(audited.group.groups)
    told = properties(found)
    assert told["people"] == [str(audited.group.overall.n)]
    for s in audited.slices.slices:
        assert told[f"people:{slice_name(s.feature, s.slice)}"] == [str(s.n)]
    small = {f"small:all:{slice_name(s.feature, s.slice)}" for s in audited.slices.slices if s.small}
    assert {key for key in told if key.startswith("small:all")} == small


def test_head_tells_of_time_tool_and_a_serial_number_made_from_the_rest(compas: Any) -> None:
    one, two = (bom(documents(compas), Statements()) for _ in range(2))
    assert one == two
    found = json.loads(one)
    assert list(found)[:4] == ["$schema", "bomFormat", "specVersion", "serialNumber"]
    assert found["metadata"]["timestamp"] == "2026-01-01T00:00:00Z"
    assert [c["name"] for c in found["metadata"]["tools"]["components"]] == ["fairaudit"]
    other = made(documents(compas), STATED)
    assert other["serialNumber"] != found["serialNumber"]


def test_failing_groups_are_told_as_measured_and_no_harm_is_claimed(compas: Any) -> None:
    told = considerations(made(documents(compas)))
    assert list(told) == ["fairnessAssessments"]
    by_group = {a["groupAtRisk"]: a for a in told["fairnessAssessments"]}
    findings = answer_of(compas.bias, compas.group).findings
    assert by_group.keys() == {slice_name(f.attribute, f.rate.group) for f in findings}
    for assessment in by_group.values():
        assert assessment.keys() == {"groupAtRisk", "harms"}
        assert assessment["harms"].startswith(UNWEIGHED)
    assert (
        "African-American people are wrongly selected more often than Caucasian ones. Of those who should not be selected (label_value 0), 45 of 100 are, against 23 of 100. "
        "805 of 1,795; 349 of 1,488. 1.91 times, 95% interval 1.72 to 2.13."
    ) in by_group["race=African-American"]["harms"]


def test_where_the_effect_was_said_only_those_who_are_worse_off_are_at_risk(compas: Any) -> None:
    settings = compas.bias.settings.model_copy(update={"effect": Effect.HURTS})
    bias = compas.bias.model_copy(update={"settings": settings})
    told = considerations(made(Results(group=compas.group, bias=bias, fairness=compas.fairness)))
    by_group = {a["groupAtRisk"]: a["harms"] for a in told["fairnessAssessments"]}
    assert by_group["race=African-American"].startswith(MEASURED)
    assert not any("are missed" in harms for harms in by_group.values())


def test_verdicts_are_properties(compas: Any) -> None:
    told = properties(made(documents(compas)))
    assert told["verdict"] == ["fail"]
    assert told["tau"] == ["0.8"]
    assert told["confidence"] == ["0.95"]
    assert told["verdict:attribute:sex"] == ["pass"]
    assert told["verdict:fpr:race=African-American"] == ["fail"]
    assert "verdict:fpr:race=Caucasian" not in told
    assert set(compas.fairness.answer.attributes) == {
        key.removeprefix("verdict:attribute:") for key in told if key.startswith("verdict:attribute:")
    }


def test_fairness_alone_tells_what_fails(compas: Any) -> None:
    found = made(Results(fairness=compas.fairness))
    by_group = {a["groupAtRisk"]: a["harms"] for a in considerations(found)["fairnessAssessments"]}
    assert by_group["race=African-American"].startswith(f"{UNWEIGHED}Impact Parity fails: 95% interval")
    assert "quantitativeAnalysis" not in model(found)["modelCard"]
    assert compas.fairness.settings.decide is Decide.INTERVAL


def test_what_people_stated_is_told_in_its_place(compas: Any) -> None:
    found = made(documents(compas), STATED)
    component = model(found)
    assert component["name"] == "Risk 2"
    assert component["description"] == "Says who comes back."
    assert component["manufacturer"] == {"name": "Us", "contact": [{"name": "us@example.org"}]}
    assert component["licenses"] == [{"license": {"id": "MIT"}}]
    told = considerations(found)
    assert told["users"] == ["Judges.\n\nClerks."]
    assert told["useCases"] == ["one", "two"]
    assert told["technicalLimitations"] == ["Out of scope: children", "Small towns."]
    assert told["performanceTradeoffs"] == ["They hurt.", "Not known: the vendor was asked"]
    assert told["ethicalConsiderations"] == [{"name": "Old habits.", "mitigationStrategy": "Look twice."}]
    assert told["fairnessAssessments"][:2] == [
        {"groupAtRisk": "young people", "benefits": "b", "harms": "h", "mitigationStrategy": "m"},
        {"groupAtRisk": "others"},
    ]
    rest = properties(found)
    assert rest["approval"] == ["The board, 2026-01-31"]
    assert rest["preprocessing"] == ["None was done."]
    assert "missing-statement" not in rest
    (data,) = (c for c in found["components"] if c["type"] == "data")
    assert data["data"][0]["description"] == "The courts."


def test_no_statement_of_people_is_lost(compas: Any) -> None:
    given = {name: f"Words for {name}" for name in Statements.required() if name != "approval"}
    text = bom(documents(compas), Statements(**given, approval=Unknown(unknown="Words for approval")))
    assert [name for name in Statements.required() if f"Words for {name}" not in text] == []
    away = {name: NotApplicable(not_applicable=f"No {name}") for name in Statements.required()}
    text = bom(documents(compas), Statements(**away))
    # A name that does not apply leaves the name that the documents give.
    assert [name for name in Statements.required() if f"No {name}" not in text] == ["name"]
    assert validator().validate_str(text) is None


def test_missing_statements_are_named_and_nothing_is_made_up(compas: Any) -> None:
    found = made(Results(slices=compas.slices))
    assert properties(found)["missing-statement"] == list(Statements.required())
    assert "considerations" not in model(found)["modelCard"]
    assert model(found).keys() == {"type", "bom-ref", "name", "modelCard"}


def test_predictions_alone_tell_of_no_model(compas: Any) -> None:
    found = made(documents(compas))
    parameters = model(found)["modelCard"]["modelParameters"]
    assert parameters == {
        "task": "binary classification",
        "outputs": [{"format": "decision, 0 or 1"}],
        "datasets": [{"ref": "evaluation-data"}],
    }
    (data,) = (c for c in found["components"] if c["type"] == "data")
    assert data["name"] == "compas_for_aequitas.csv"
    assert data["hashes"] == [{"alg": "SHA-256", "content": compas.group.input.sha256}]
    assert data["description"] == "Measured by fairaudit: 7,214 rows, 7,214 used"


def test_training_tells_of_model_and_data(compas: Any, trained: Any, folded: Any) -> None:
    found = made(documents(compas, train=trained, cv=folded), model_sha256="b" * 64)
    component = model(found)
    assert component["name"] == "LogisticRegression for y"
    assert component["hashes"] == [{"alg": "SHA-256", "content": "b" * 64}]
    assert component["modelCard"]["modelParameters"] == {
        "approach": {"type": "supervised"},
        "task": "binary classification",
        "architectureFamily": "logistic",
        "modelArchitecture": "LogisticRegression",
        "inputs": [{"format": "table"}],
        "outputs": [{"format": "probability of the positive class, from 0 to 1"}],
        "datasets": [{"ref": "training-data"}, {"ref": "evaluation-data"}],
    }
    told = properties(found)
    assert told["feature"] == ["x", "z"]
    assert told["parameter:C"] == ["0.1"]
    data = found["components"][1]
    assert (data["name"], data["hashes"][0]["content"]) == ("data.csv", "a" * 64)
    assert data["description"].endswith("100 rows, 100 used; 75 for training, 25 held out")


def test_held_out_rows_are_the_training_data(compas: Any, trained: Any) -> None:
    own = trained.model_copy(update={"predictions_sha256": compas.group.input.sha256})
    found = made(documents(compas, train=own))
    assert [c["bom-ref"] for c in found["components"]] == ["model", "training-data"]
    assert properties(found)["split"] == ["test"]


def test_training_alone_gives_its_held_out_rows(trained: Any) -> None:
    found = made(Results(train=trained))
    assert performance(found) == {None: {"accuracy": (0.75, (0.625, 0.875))}}
    assert properties(found)["decision"] == ["score >= 0.5"]


def test_cross_validation_alone_gives_means_that_are_called_so(folded: Any) -> None:
    name = "accuracy, mean over folds"
    assert performance(made(Results(cv=folded))) == {
        None: {name: (0.7, None)},
        "sex=F": {name: (0.7, None)},
    }


def test_prediction_tells_the_models_hash(compas: Any, trained: Any) -> None:
    predicted = PredictDocument(
        fairaudit="0.1.0",
        created=trained.created,
        command="fairaudit predict",
        input=trained.input.model_copy(update={"name": "new.csv", "sha256": "d" * 64}),
        environment={},
        settings=PredictSettings(model_sha256="c" * 64, threshold=0.5, target="y"),
        selected=1,
        unknown_categories={},
        predictions_sha256=compas.group.input.sha256,
        warnings=[],
    )
    found = made(documents(compas, train=trained, predict=predicted))
    assert model(found)["hashes"] == [{"alg": "SHA-256", "content": "c" * 64}]
    assert [c["name"] for c in found["components"][1:]] == ["data.csv", "new.csv"]


def test_undefined_metrics_are_left_out_and_the_reason_is_told(compas: Any) -> None:
    undefined = EstimatePart(
        value=None, numerator=0, denominator=0, ci=None, small=True, reason="nobody", ci_reason="nobody"
    )
    slices = [s.model_copy(update={"metrics": s.metrics | {"fpr": undefined}}) for s in compas.slices.slices]
    found = made(Results(slices=compas.slices.model_copy(update={"slices": slices})))
    by_slice = performance(found)
    assert [name for name, metrics in by_slice.items() if "fpr" in metrics] == [None]
    assert properties(found)["undefined:fpr:sex=Male"] == ["nobody"]


def test_hostile_names_come_back_exactly(hostile: Any) -> None:
    found = made(documents(hostile))
    names = set(performance(found)) - {None}
    assert names >= {
        f"<b>|attr`={name}"
        for name in ("two\nlines", "\u202eevil", "n" * 300, "\x1b[31m", "עברית", "{{7*7}}")
    }
    assert found["components"][1]["name"] == "x|y <i>.csv"


@pytest.mark.parametrize("identifier", SPDX)
def test_every_license_that_is_known_is_one(identifier: str, trained: Any) -> None:
    found = made(Results(train=trained), Statements(license=identifier.upper()))
    assert model(found)["licenses"] == [{"license": {"id": identifier}}]


def test_a_license_in_other_words_is_named(trained: Any) -> None:
    found = made(Results(train=trained), Statements(license="Ask us"))
    assert model(found)["licenses"] == [{"license": {"name": "Ask us"}}]


def test_no_document_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="needs a document"):
        bom(Results(), Statements())
