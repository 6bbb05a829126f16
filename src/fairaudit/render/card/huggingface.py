"""The metadata that Hugging Face reads at the top of a model card: YAML front matter with a ``model-index``.

References
----------
Hugging Face, hub-docs, ``modelcard.md`` (the form of the metadata) and ``docs/hub/repositories-licenses.md`` (identifiers of licenses).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from fairaudit.documents.folder import Results
from fairaudit.documents.model import CvDocument, SpreadPart
from fairaudit.documents.results import (
    Data,
    Result,
    confidence,
    held_out_result,
    model_name,
    results,
    slice_name,
)
from fairaudit.documents.statements import Statement, Statements, Unknown
from fairaudit.render.escape import visible
from fairaudit.render.words.names import long_name

TASK = "tabular-classification"
FOLDS = "folds"
"""Which rows the means of a cross-validation are about: each fold in its turn."""
METRIC_IDS = {
    "tpr": "recall",
    "mcc": "matthews_correlation",
    "brier": "brier_score",
}
"""Names on https://hf.co/metrics that differ from ours; accuracy, f1, precision and roc_auc have the same, the others none."""
LICENSES = frozenset((
    "apache-2.0", "mit", "openrail", "bigscience-openrail-m", "creativeml-openrail-m", "bigscience-bloom-rail-1.0",
    "bigcode-openrail-m", "afl-3.0", "artistic-2.0", "bsl-1.0", "bsd", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear",
    "c-uda", "cc", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0",
    "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0",
    "cc-by-nc-sa-4.0", "cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "wtfpl", "ecl-2.0", "epl-1.0", "epl-2.0",
    "etalab-2.0", "eupl-1.1", "agpl-3.0", "gfdl", "gpl", "gpl-2.0", "gpl-3.0", "lgpl", "lgpl-2.1", "lgpl-3.0", "isc", "lppl-1.3c",
    "ms-pl", "mpl-2.0", "odc-by", "odbl", "openrail++", "osl-3.0", "postgresql", "ofl-1.1", "ncsa", "unlicense", "zlib", "pddl",
    "lgpl-lr", "deepfloyd-if-license", "llama2", "gemma", "unknown", "other",
))  # fmt: skip
"""The identifiers that Hugging Face knows."""
_PLAIN = re.compile(r"[a-z][a-z0-9]+(?:[-_][a-z]+)*")


def front_matter(documents: Results, statements: Statements, *, slices: bool = False) -> str:
    r"""Write the metadata that stand before a model card.

    Parameters
    ----------
    slices
        Whether every slice has a result of its own in the ``model-index``: its name in ``dataset.config``, its feature and value exactly
        in ``dataset.args``.

    Returns
    -------
    str
        A YAML block between two lines ``---``, and an empty line. Everything but ``pipeline_tag`` and ``tags`` is there only if it is known:
        ``library_name`` if the model was trained here, ``license`` if it was stated. Undefined metrics are left out; people, counts and interval
        of the others stand in ``metrics[].args``. Text of strangers is quoted, in one line, so that parsers of YAML 1.1 and 1.2 read the
        same text and none sees the end of the block in it.

    Raises
    ------
    ValueError
        If there is no document at all.
    """
    name = model_name(documents, statements)
    trained = documents.train or documents.cv
    header: dict[str, Any] = dict(_license(statements.license))
    if trained is not None:
        # Whatever the estimator, what is fitted and stored is a scikit-learn pipeline.
        header["library_name"] = "sklearn"
    header["pipeline_tag"] = TASK
    header["tags"] = [TASK, "fairness", "fairaudit", *(["skops"] if documents.train else [])]
    if measured := _results(documents, slices=slices):
        header["model-index"] = [{"name": name, "results": measured}]
    written = yaml.dump(
        header,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=2**31,
    )
    # What cannot be seen stands between double quotes, where these escapes mean the same.
    lines = [visible(line) for line in written.split("\n")]
    return "\n".join(["---", *lines[:-1], "---", "", ""])


class _Dumper(yaml.SafeDumper):
    """Quotes all text that is not a plain word, and repeats equal values instead of pointing at the first.

    Left to itself PyYAML writes what is text in YAML 1.1 without quotes, and a reader of YAML 1.2, as Hugging Face's, would take a group
    called ``1e3`` or ``0o7`` for a number.
    """

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style=None if _PLAIN.fullmatch(text) else '"'
    )


_Dumper.add_representer(str, _text)


def _license(statement: Statement) -> Mapping[str, str]:
    match statement:
        case Unknown():
            return {"license": "unknown"}
        case str() if statement:
            if (known := _license_id(statement)) in LICENSES:
                return {"license": known}
            # A name has to be an identifier; the statement itself stands in the card.
            name = re.sub(r"[^a-z0-9.]+", "-", statement.casefold()).strip("-.")
            return {"license": "other"} | ({"license_name": name} if name else {})
        case _:
            return {}


def _license_id(statement: str) -> str:
    """Write a stated license as an identifier would be: "MIT License" as mit, "GPL-3.0-only" as gpl-3.0."""
    name = re.sub(r"\s+licen[cs]e$", "", statement.casefold().strip())
    return re.sub(r"-(only|or-later)$", "", re.sub(r"\s+", "-", name))


def _results(documents: Results, *, slices: bool) -> list[dict[str, Any]]:
    level = confidence(documents)
    measured = results(documents)
    held_out = held_out_result(documents)
    if held_out is not None and held_out.data not in {r.data for r in measured}:
        measured = (*measured, held_out)
    entries = [_result(r, level) for r in measured if slices or r.name is None]
    if documents.cv is not None:
        entries += _fold_results(documents.cv, slices=slices)
    return [result for result in entries if result["metrics"]]


def _result(result: Result, level: float) -> dict[str, Any]:
    metrics = []
    for name, (value, estimate) in result.defined.items():
        args: dict[str, Any] = {"n": result.n}
        if estimate.numerator is not None and estimate.denominator is not None:
            args |= {"numerator": estimate.numerator, "denominator": estimate.denominator}
        if estimate.ci is not None:
            args |= {"ci": list(estimate.ci), "ci_level": level}
        if result.small or estimate.small:
            args["small"] = True
        metrics.append(_metric(name, value, args))
    return _entry(result.data, result.feature, result.slice, metrics)


def _fold_results(cv: CvDocument, *, slices: bool) -> list[dict[str, Any]]:
    data = Data(name=cv.input.name, sha256=cv.input.sha256, split=FOLDS)
    entries = [_entry(data, None, None, _spread(cv.summary, n=cv.data.rows, small=False))]
    if slices:
        entries += [
            _entry(data, s.feature, s.slice, _spread(s.metrics, n=s.n, small=s.small)) for s in cv.slices
        ]
    return entries


def _spread(metrics: Mapping[str, SpreadPart], *, n: int, small: bool) -> list[dict[str, Any]]:
    entries = []
    for name, spread in metrics.items():
        if spread.mean is None:
            continue
        args: dict[str, Any] = {"n": n, "folds": spread.folds}
        args |= {
            key: value
            for key, value in (("std", spread.std), ("min", spread.min), ("max", spread.max))
            if value is not None
        }
        if small:
            args["small"] = True
        entries.append(_metric(name, spread.mean, args, suffix=", mean over folds"))
    return entries


def _metric(name: str, value: float, args: Mapping[str, Any], *, suffix: str = "") -> dict[str, Any]:
    return {
        "type": METRIC_IDS.get(name, name),
        "name": f"{long_name(name)}{suffix}",
        "value": value,
        "args": dict(args),
    }


def _entry(
    data: Data, feature: str | None, group: str | None, metrics: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    # The type has to be the identifier of a data set: Hugging Face refuses anything but letters, digits, dots, dashes and underscores.
    dataset: dict[str, Any] = {
        "name": data.name,
        "type": re.sub(r"[^A-Za-z0-9_.-]+", "-", data.name).strip("-") or "table",
    }
    args = {} if data.sha256 is None else {"sha256": data.sha256}
    if feature is not None and group is not None:
        dataset["config"] = slice_name(feature, group)
        args |= {"feature": feature, "slice": group}
    if data.split is not None:
        dataset["split"] = data.split
    if args:
        dataset["args"] = args
    return {"task": {"type": TASK}, "dataset": dataset, "metrics": list(metrics)}
