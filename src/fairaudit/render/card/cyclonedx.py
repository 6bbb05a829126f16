"""The model card as a bill of materials for machines: CycloneDX 1.6, JSON.

The Python library of CycloneDX has no model card, so that plain values are written here; the tests validate them with it.

References
----------
OWASP CycloneDX 1.6 (ECMA-424), https://cyclonedx.org/docs/1.6/json/, ``components[].modelCard``; the placing of model, data and their
references follows the project's own example, CycloneDX/bom-examples, ``MLBOM/Model-Card-With-Dataset``.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from fairaudit.documents.answer import answer_of
from fairaudit.documents.folder import Results
from fairaudit.documents.parts import InputPart, Verdict
from fairaudit.documents.results import Data, audited_data, confidence, model_name, results, slice_name
from fairaudit.documents.statements import Approval, Statement, Statements
from fairaudit.render.words.answer import claim
from fairaudit.render.words.people import words_of
from fairaudit.render.words.statements import statement_text
from fairaudit.settings.choices import ScoreKind
from fairaudit.version import __version__

MODEL = "model"
TRAINING_DATA = "training-data"
EVALUATION_DATA = "evaluation-data"
"""References within the bill."""
MEASURED = "Measured by fairaudit: "
UNWEIGHED = "Measured by fairaudit; whether it does harm is for people to say: "
"""What tells a measured text from a stated one."""
SPDX = (
    "AFL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-2.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0",
    "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-NC-ND-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-SA-4.0", "CC0-1.0",
    "CDLA-Permissive-2.0", "CDLA-Sharing-1.0", "ECL-2.0", "EPL-2.0", "etalab-2.0", "EUPL-1.2", "GPL-2.0-only", "GPL-2.0-or-later",
    "GPL-3.0-only", "GPL-3.0-or-later", "ISC", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT",
    "MPL-2.0", "MS-PL", "NCSA", "ODbL-1.0", "ODC-By-1.0", "OSL-3.0", "PDDL-1.0", "PostgreSQL", "Unlicense", "Zlib",
)  # fmt: skip
"""Identifiers of licenses; a license that is stated in other words is given by these."""
_OUTPUTS = {
    ScoreKind.PROBABILITIES: "probability of the positive class, from 0 to 1",
    ScoreKind.RANKS: "score that ranks people",
    ScoreKind.DECISIONS: "decision, 0 or 1",
}
_Fields = dict[str, Any]


def bom(documents: Results, statements: Statements, *, model_sha256: str | None = None) -> str:
    """Write a bill of materials of the model and the data, whose model card holds the results of every slice.

    Parameters
    ----------
    model_sha256
        SHA-256 of the model's file, where it is known and no document says it (``predict.json`` does).

    Returns
    -------
    str
        JSON. A component of the type ``machine-learning-model`` carries the model card; the data are components of their own, with their
        hashes. Equal input gives equal text, down to the serial number, which is a UUID of version 5 of all the rest. Values and limits of
        metrics are written in full precision, and undefined ones are left out; ``properties`` named ``fairaudit:…`` say why, and hold
        people, verdicts and settings. What was measured is marked so; all other sentences are people's.

    Raises
    ------
    ValueError
        If there is no document at all.
    """
    model = _model(documents, statements, model_sha256)
    data = _data(documents, statements)
    references = [component["bom-ref"] for component in data]
    card = model["modelCard"]
    if references:
        card["modelParameters"]["datasets"] = [{"ref": reference} for reference in references]
    written: _Fields = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": max(d.created for d in documents.all.values())
            .astimezone(UTC)
            .isoformat()
            .replace("+00:00", "Z"),
            "tools": {"components": [{"type": "application", "name": "fairaudit", "version": __version__}]},
        },
        "components": [model, *data],
        "dependencies": [
            {"ref": MODEL, "dependsOn": references},
            *({"ref": reference} for reference in references),
        ],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(written, sort_keys=True))
    head = {key: written.pop(key) for key in ("$schema", "bomFormat", "specVersion")}
    return (
        json.dumps(
            {**head, "serialNumber": f"urn:uuid:{serial}", **written},
            indent=2,
            ensure_ascii=False,
            allow_nan=False,
        )
        + "\n"
    )


# --- components ---


def _model(documents: Results, statements: Statements, sha256: str | None) -> _Fields:
    if documents.predict is not None:
        sha256 = documents.predict.settings.model_sha256
    return _without_empty(
        {
            "type": "machine-learning-model",
            "bom-ref": MODEL,
            "manufacturer": _without_empty(
                {
                    "name": _text(statements.owners),
                    "contact": [{"name": contact}] if (contact := _text(statements.contact)) else [],
                }
            ),
            "name": model_name(documents, statements),
            "description": statement_text(statements.summary),
            "hashes": _hashes(sha256),
            "licenses": _licenses(statements.license),
            "modelCard": _without_empty(
                {
                    "bom-ref": "model-card",
                    "modelParameters": _parameters(documents),
                    "quantitativeAnalysis": _without_empty({"performanceMetrics": _performance(documents)}),
                    "considerations": _considerations(documents, statements),
                    "properties": _properties(documents, statements),
                }
            ),
        }
    )


def _licenses(statement: Statement) -> list[_Fields]:
    stated = _text(statement)
    if not stated:
        return []
    known = next((name for name in SPDX if name.casefold() == stated.casefold()), None)
    return [{"license": {"id": known} if known else {"name": stated}}]


def _data(documents: Results, statements: Statements) -> list[_Fields]:
    trained, audited = documents.train or documents.cv, audited_data(documents)
    components = []
    source = statement_text(statements.data_source)
    if trained is not None:
        split = (
            f"; {documents.train.split.train:,} for training, {documents.train.split.test:,} held out"
            if documents.train
            else ""
        )
        components.append(
            _dataset(
                TRAINING_DATA,
                trained.input.name,
                trained.input.sha256,
                f"{MEASURED}{_rows(trained.input)}{split}",
                source,
            )
        )
    if audited is not None and (trained is None or not _is_same(audited, trained.input)):
        # Of several documents of an audit the first tells of the rows; all were made from the same.
        read = next(d.input for d in (documents.performance, documents.bias, documents.fairness) if d)
        components.append(
            _dataset(EVALUATION_DATA, audited.name, audited.sha256, f"{MEASURED}{_rows(read)}", source)
        )
    return components


def _is_same(data: Data, read: InputPart) -> bool:
    """Tell whether two names mean the same file, by its hash where there is one."""
    return data.sha256 == read.sha256 and (data.sha256 is not None or data.name == read.name)


def _dataset(reference: str, name: str, sha256: str | None, measured: str, source: str) -> _Fields:
    return _without_empty(
        {
            "type": "data",
            "bom-ref": reference,
            "name": name,
            "description": measured,
            "hashes": _hashes(sha256),
            "data": [_without_empty({"type": "dataset", "name": name, "description": source})],
        }
    )


def _rows(read: InputPart) -> str:
    dropped = "".join(f", {n:,} dropped ({why})" for why, n in read.dropped.items())
    return f"{read.rows:,} rows, {read.used:,} used{dropped}"


def _hashes(sha256: str | None) -> list[_Fields]:
    return [{"alg": "SHA-256", "content": sha256}] if sha256 else []


# --- the model card ---


def _parameters(documents: Results) -> _Fields:
    trained, settings = documents.train or documents.cv, documents.settings
    outputs = [_OUTPUTS[ScoreKind.PROBABILITIES]] if trained is not None else []
    if settings is not None and not outputs:
        outputs = [text for kind, text in _OUTPUTS.items() if settings.scores == kind]
    return _without_empty(
        {
            "approach": {"type": "supervised"} if trained is not None else {},
            "task": "binary classification",
            "architectureFamily": trained.settings.model
            if trained is not None and trained.settings.estimator is None
            else "",
            "modelArchitecture": trained.model.estimator if trained is not None else "",
            "inputs": [{"format": "table"}] if trained is not None else [],
            "outputs": [{"format": text} for text in outputs],
        }
    )


def _performance(documents: Results) -> list[_Fields]:
    metrics = [
        _without_empty(
            {
                "type": metric,
                "value": repr(value),
                "slice": result.name or "",
                "confidenceInterval": {
                    "lowerBound": repr(estimate.ci[0]),
                    "upperBound": repr(estimate.ci[1]),
                }
                if estimate.ci
                else {},
            }
        )
        for result in results(documents)
        for metric, (value, estimate) in result.defined.items()
    ]
    if metrics or documents.cv is None:
        return metrics
    cv = documents.cv
    spreads = [("", cv.summary), *((slice_name(s.feature, s.slice), s.metrics) for s in cv.slices)]
    return [
        _without_empty({"type": f"{metric}, mean over folds", "value": repr(spread.mean), "slice": name})
        for name, metrics in spreads
        for metric, spread in metrics.items()
        if spread.mean is not None
    ]


def _considerations(documents: Results, statements: Statements) -> _Fields:
    out_of_scope = [f"Out of scope: {text}" for text in _items(statements.out_of_scope)]
    risk = _without_empty(
        {
            "name": statement_text(statements.interpretation),
            "mitigationStrategy": statement_text(statements.recommendations),
        }
    )
    return _without_empty(
        {
            "users": _items(statements.users),
            "useCases": _items(statements.intended_uses),
            "technicalLimitations": [*out_of_scope, *_items(statements.caveats)],
            "performanceTradeoffs": [
                *_items(statements.why_these_metrics),
                *_items(statements.why_this_threshold),
            ],
            "ethicalConsiderations": [risk] if risk else [],
            "fairnessAssessments": [
                *(
                    _without_empty(
                        {
                            "groupAtRisk": part.group,
                            "benefits": part.benefits,
                            "harms": part.harms,
                            "mitigationStrategy": part.mitigation,
                        }
                    )
                    for part in statements.at_risk
                ),
                *(
                    {"groupAtRisk": name, "harms": f"{measured}{'. '.join(texts)}."}
                    for name, (measured, texts) in _failing(documents).items()
                ),
            ],
        }
    )


def _failing(documents: Results) -> Mapping[str, tuple[str, list[str]]]:
    """Say what fails in the metrics that form the verdict, by the group that is on the worse side, and how it was found.

    Which side is the worse depends on what a decision does to people. Where nobody said that, it is the one to whom it happens
    more often, and no harm is claimed.
    """
    by_group: dict[str, tuple[str, list[str]]] = {}
    if documents.bias is not None:
        words = words_of(documents.bias.settings)
        for finding in answer_of(documents.bias, documents.group).findings:
            if finding.harm is False:
                continue
            claims = [claim(one, words=words) for one in (finding, *finding.also)]
            texts = [f"{one_claim.sentence} {one_claim.counts.rstrip('.')}" for one_claim in claims]
            name = slice_name(finding.attribute, finding.rate.group)
            by_group[name] = (MEASURED if finding.harm else UNWEIGHED, texts)
    elif documents.fairness is not None:
        for p in documents.fairness.parities:
            if p.verdict is Verdict.FAIL and p.decisive:
                failure = f"{p.parity} fails: {p.reason}"
                _, texts = by_group.setdefault(slice_name(p.attribute, p.group), (UNWEIGHED, []))
                texts.append(failure)
    return by_group


# --- what the format has no place for ---


def _properties(documents: Results, statements: Statements) -> list[_Fields]:
    pairs = [
        ("created-by", f"fairaudit {documents.first.fairaudit}"),
        *_setting_pairs(documents),
        *_verdict_pairs(documents),
        *_result_pairs(documents),
        *_statement_pairs(statements),
    ]
    return [{"name": f"fairaudit:{name}", "value": value} for name, value in pairs]


def _setting_pairs(documents: Results) -> Iterable[tuple[str, str]]:
    yield "confidence", repr(confidence(documents))
    settings, trained = documents.settings, documents.train or documents.cv
    if settings is not None and settings.decision is not None:
        yield "decision", settings.decision.sentence
    elif trained is not None:
        yield "decision", f"score >= {trained.model.threshold!r}"
    if (audited := audited_data(documents)) is not None and audited.split is not None:
        yield "split", audited.split
    if trained is not None:
        yield "target", trained.model.target
        for name in trained.model.features_in:
            yield "feature", name
        for name, value in trained.model.params.items():
            yield f"parameter:{name}", value if isinstance(value, str) else json.dumps(value)


def _verdict_pairs(documents: Results) -> Iterable[tuple[str, str]]:
    fairness = documents.fairness
    if fairness is None:
        return
    yield "verdict", fairness.answer.verdict.value
    for attribute, verdict in fairness.answer.attributes.items():
        yield f"verdict:attribute:{attribute}", verdict.value
    for p in fairness.parities:
        if p.verdict is not None and p.metric is not None and p.decisive:
            yield f"verdict:{p.metric}:{slice_name(p.attribute, p.group)}", p.verdict.value
    if fairness.settings.tau is not None:
        yield "tau", fairness.settings.tau


def _result_pairs(documents: Results) -> Iterable[tuple[str, str]]:
    for result in results(documents):
        about = "" if result.name is None else f":{result.name}"
        yield f"people{about}", str(result.n)
        if result.small:
            yield f"small:all{about}", "true"
        for metric, estimate in result.metrics.items():
            if estimate.value is None:
                yield f"undefined:{metric}{about}", estimate.reason or "undefined"
            elif estimate.small and not result.small:
                yield f"small:{metric}{about}", "true"


def _statement_pairs(statements: Statements) -> Iterable[tuple[str, str]]:
    if stated := statement_text(statements.preprocessing):
        yield "preprocessing", stated
    match statements.approval:
        case Approval() as approval:
            if approval:
                yield "approval", f"{approval.by}, {approval.on}"
        case other:
            yield "approval", statement_text(other)
    for name in ("owners", "contact", "license"):
        # Fields that take a name only.
        if (statement := getattr(statements, name)) and not _text(statement):
            yield name, statement_text(statement)
    for name in statements.missing:
        yield "missing-statement", name


def _text(statement: Statement) -> str:
    """Return a statement if it is one; empty if it is missing, unknown or does not apply."""
    return statement if isinstance(statement, str) else ""


def _items(statement: Statement) -> list[str]:
    """Take a statement that is a list of lines with a dash apart."""
    stated = statement_text(statement)
    lines = [line.strip() for line in stated.splitlines() if line.strip()]
    if lines and all(line.startswith("- ") for line in lines):
        return [line[2:].strip() for line in lines]
    return [stated] if stated else []


def _without_empty(fields: Mapping[str, Any]) -> _Fields:
    return {key: value for key, value in fields.items() if value not in ("", [], {})}
