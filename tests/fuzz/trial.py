"""A case put to the program: what it says is held against the answer, and what it refuses is counted by reason."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from running import Ran, run_main
from schemas import schema_of
from sklearn.metrics import roc_auc_score

import fairaudit
from fairaudit.errors import FairauditError
from fairaudit.metrics.table import BY_NAME
from fuzz import oracle
from fuzz.meaning import Case, Question
from fuzz.oracle import COMPARED, RATES, WITHOUT_LABELS, Answer, Group, Refusal, answer
from fuzz.writing import FRAME_KINDS, frame, write

OUT = "found"
FILES = {
    "group": ("group",),
    "slice": ("slices",),
    "bias": ("bias",),
    "fairness": ("fairness",),
    "audit": ("slices", "group", "bias", "fairness"),
}
NO_ATTRIBUTE = "no column serves as an attribute"
REASONS = {
    "labels or decisions are not 0 and 1": r"the (labels|decisions) are not 0 and 1 but",
    "labels are all the same": r"every label is [01] after",
    "positive value is not there": r"no row holds .* named as positive",
    "a value is missing": r"rows have no (label|score|decision) \(row",
    "a weight is missing": r"holds no weight",
    "several models": r"holds the predictions of .* models",
    "somebody stands in several rows": r"stands? in several rows",
    "no rows are left": r"no rows are left: ",
    "a condition on numbers of a column of nothing": r"--where: .*Cannot (compare|mix) values of type VARCHAR",
    "scores outside [0, 1] without a rule": r"outside \[0, 1\], so nothing says",
    "fewer people than --top-k": r"are to be selected, and .* holds .* people",
    "a numeric column has too many values": r"is numeric and has .* values",
    "a cut without numbers": r"holds no numbers to cut|must be finite numbers",
    "a cut of one value": r"has one value only and cannot be cut",
    "two groups of one name": r"two groups of .* would have the same name",
    NO_ATTRIBUTE: r"can be chosen as an attribute",
    "a reference group is not there": r"has no group|no attribute has a group|nobody is in the group|is unknown, and no group to compare with",
    "a group is called everybody else": r"has a group '\(everybody else\)', which is what the rest is called",
}
"""What may be refused, by the words in which it is."""


@dataclass(kw_only=True)
class Tally:
    """How many cases were answered, and why the others were refused."""

    completed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        def listed(counts: Counter[str]) -> str:
            return ", ".join(f"{name}: {count:,}" for name, count in counts.most_common()) or "none"

        return (
            f"completed {self.completed:,} ({listed(self.commands)}; {listed(self.kinds)}), "
            f"refused {self.refused.total():,} ({listed(self.refused)})"
        )


def options(case: Case) -> dict[str, Any]:
    """Give a question as keywords of ``fairaudit.audit``; what is not said is left out."""
    table, question = case.table, case.question
    rule = {"threshold": question.threshold, "top_k": question.top_k, "top_percent": question.top_percent}
    ruled = any(value is not None for value in rule.values())
    unusual = case.name_roles or table.label not in ("label", "label_value")
    return {
        name: value
        for name, value in (
            ("label", "none" if question.label_none else table.label if unusual else None),
            ("score", table.score if case.name_roles or table.score != "score" else None),
            ("decision", None if ruled else table.decision),
            ("weight", table.weight),
            ("attributes", [attribute.typed for attribute in question.attributes]),
            ("positive", list(question.positive)),
            ("ref_group", list(question.references)),
            *rule.items(),
            ("tau", question.tau),
            ("decide", question.decide),
            ("metrics", list(question.metrics)),
            ("interval", question.interval),
            ("where", question.where.sql if question.where else None),
            ("na_values", None if question.na_values is None else list(question.na_values) or [""]),
            ("missing", "drop" if question.drop_missing else None),
            ("min_group_size", question.min_group_size),
        )
        if value is not None and value != []
    }


_TYPED = {"attributes": "attribute", "metrics": "metric"}
_JUDGING = ("ref_group", "tau", "decide", "metrics")


def command_line(case: Case, file: str) -> list[str]:
    """Give a question as words of a command line."""
    words = [case.command, file, "--out", OUT]
    for name, value in options(case).items():
        if name in _JUDGING and case.command in ("group", "slice"):
            continue
        option = "feature" if name == "attributes" and case.command == "slice" else _TYPED.get(name, name)
        several = value if isinstance(value, list) else [value]
        words += [f"--{option.replace('_', '-')}={one}" for one in several]
    return [*words, "--stats"] if case.question.statistics and case.command == "slice" else words


def kind_of_refusal(sentence: str) -> str:
    """Give the reason of a refusal, or its words without what is particular to the case."""
    reason = next((r for r, words in REASONS.items() if re.search(words, sentence)), "")
    return reason or re.sub(r"'.*?'|\".*?\"|\d[\d,]*", "…", sentence.partition(": ")[2] or sentence)[:60]


def put(case: Case, tally: Tally) -> None:
    """Put a case to the program, and fail if it answers otherwise than it must."""
    try:
        expected: Answer | None = answer(case)
        why = ""
    except Refusal as refusal:
        expected, why = None, str(refusal)
    with tempfile.TemporaryDirectory() as folder:
        documents, sentence = _asked(case, Path(folder))
    if expected is not None and sentence and _reference_refused(case, expected, sentence):
        expected, why = None, "the reference group"
    if documents is None:
        reason = next((r for r, words in REASONS.items() if re.search(words, sentence)), None)
        assert reason, f"refused for no known reason: {sentence}"
        # Which columns serve without being named is for the program to choose.
        unasked = reason == NO_ATTRIBUTE and not case.question.attributes
        assert expected is None or unasked, f"refused, though it can be answered: {sentence}"
        tally.refused[reason] += 1
        return
    assert expected is not None, f"answered, though it must be refused: {why}"
    for name, document in documents.items():
        compare(document, name, case, expected)
    tally.completed += 1
    tally.commands[case.command if case.writing.kind not in FRAME_KINDS else "fairaudit.audit"] += 1
    tally.kinds[case.writing.kind] += 1


def _reference_refused(case: Case, expected: Answer, sentence: str) -> bool:
    """Tell whether a reference group that the table cannot give is what the program refuses."""
    if case.command in ("group", "slice") and case.writing.kind not in FRAME_KINDS:
        return False
    # Which columns serve without being named is for the program to choose.
    asked = case.question.attributes
    called = {name for groups in expected.groups.values() for name in groups}
    called |= set() if asked else {cell for column in case.table.columns for cell in column.cells}
    for word in case.question.references:
        if word.rpartition("=")[2] == "rest" and oracle.EVERYBODY_ELSE in called:
            return "which is what the rest is called" in sentence
        for attribute, groups in expected.groups.items():
            if word.startswith(f"{attribute}="):
                group = groups.get(word.removeprefix(f"{attribute}="))
                if group is None or group.n == 0:
                    return True
                if word.removeprefix(f"{attribute}=") in expected.unknown[attribute]:
                    return "is unknown, and no group to compare with" in sentence
    return False


def _asked(case: Case, folder: Path) -> tuple[dict[str, Any] | None, str]:
    """Give the documents, or the sentence with which the program refuses."""
    if case.writing.kind in FRAME_KINDS:
        table = frame(case.table, case.writing)
        try:
            audit = fairaudit.audit(table, **options(case))
        except FairauditError as error:
            printed_safely(str(error))
            return None, str(error)
        return {
            name.removesuffix(".json"): checked(
                name.removesuffix(".json"), document.model_dump_json(by_alias=True)
            )
            for name, document in audit.files.items()
        }, ""
    file = write(case.table, case.writing, folder)
    ran = run_main(*command_line(case, file.name), cwd=folder)
    if ran.code != 0:
        return None, refused(ran, folder, {file.name})
    printed_safely(ran.out)
    said(ran.err)
    names = {path.name for path in (folder / OUT).iterdir()}
    documents = {
        name.removesuffix(".json"): checked(
            name.removesuffix(".json"), (folder / OUT / name).read_text("utf-8")
        )
        for name in names
        if name.endswith(".json")
    }
    expected = set(FILES[case.command])
    assert expected <= set(documents) <= expected | {"scores"}, names
    assert {path.name for path in folder.iterdir()} == {file.name, OUT}
    if case.command != "audit":
        assert names == {f"{name}.json" for name in documents}
    return documents, ""


def refused(ran: Ran, folder: Path, before: set[str]) -> str:
    """Give the one line with which a command refused its input, and see that it left nothing behind."""
    assert ran.code == 2, (ran.code, ran.out, ran.err)
    assert ran.out == ""
    # What was noted on the way stands before the refusal.
    *notes, last = ran.err.splitlines(keepends=True)
    said("".join(notes))
    assert last.startswith("fairaudit: "), ran.err
    assert last.endswith("\n"), ran.err
    printed_safely(ran.err)
    assert {path.name for path in folder.iterdir()} == before
    return last.removeprefix("fairaudit: ").rstrip("\n")


def said(err: str) -> None:
    """See that stderr holds notes and warnings only, and how long things took if that was asked."""
    for line in err.splitlines():
        assert re.match(r"warning: |note: |(Reading .*|\d+ folds): \d+\.\d s$", line), err
    printed_safely(err)


def printed_safely(text: str) -> None:
    """No sign that drives a terminal or turns the text around."""
    odd = {sign for sign in text if not sign.isprintable() and sign != "\n"}
    assert not odd, ascii(odd)


def _no_number(sign: str) -> float:
    raise AssertionError(f"{sign} is no JSON")


def checked(name: str, content: str) -> Any:
    """Read a document as strict JSON that its own schema admits."""
    document = json.loads(content, parse_constant=_no_number)
    schema_of(name).validate(document)
    return document


def compare(document: Mapping[str, Any], name: str, case: Case, expected: Answer) -> None:
    """Hold a document against the answer."""
    read = document["input"]
    assert (read["rows"], read["used"]) == (expected.rows, expected.used)
    assert read["dropped"] == dict(expected.dropped)
    settings = document["settings"]
    assert settings["scores"] == expected.scores
    if expected.rule:
        assert settings["decision"]["threshold"] == expected.threshold
        assert settings["decision"]["selected"] == expected.overall.cells["selected"]
    else:
        assert settings["decision"] is None
    if case.question.attributes:
        assert {part["name"]: part["edges"] for part in settings["attributes"]} == {
            attribute: {column: list(edges) for column, edges in of.items()}
            for attribute, of in expected.edges.items()
        }
    expected = with_chosen(case, expected, [part["name"] for part in settings["attributes"]])
    match name:
        case "group":
            _measures(document["overall"], expected.overall, expected, case.question)
            _all_groups(document["groups"], "attribute", "group", expected, case.question)
            _peer(document["overall"]["metrics"], expected)
        case "slices":
            _measures(document["overall"], expected.overall, expected, case.question)
            _all_groups(document["slices"], "feature", "slice", expected, case.question)
            for part in document["slices"]:
                _distances(part, expected)
            if document["statistics"] is not None:
                _statistics(document["statistics"], case, expected)
        case "scores":
            _scores(document, expected)
        case "bias":
            _disparities(document, expected, case.question)
        case "fairness":
            _parities(document, expected, case.question)


def with_chosen(case: Case, expected: Answer, chosen: Sequence[str]) -> Answer:
    """Count by the attributes that the program chose by itself; they are columns without a role."""
    if case.question.attributes:
        return expected
    import dataclasses

    from fuzz.meaning import Wanted

    roles = {case.table.label, case.table.score, case.table.decision, case.table.weight}
    assert not roles & set(chosen) or case.question.label_none or case.table.decision, chosen
    wanted = tuple(Wanted(dimensions=((name, None),)) for name in chosen)
    return answer(dataclasses.replace(case, question=dataclasses.replace(case.question, attributes=wanted)))


def near(found: float | None, wanted: float | None, *, relative: float = 1e-12) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return math.isclose(found, wanted, rel_tol=relative, abs_tol=1e-12)


def _all_groups(
    parts: Sequence[Mapping[str, Any]], outer: str, inner: str, expected: Answer, question: Question
) -> None:
    found = [(part[outer], part[inner]) for part in parts]
    assert found == [
        (attribute, group) for attribute, groups in expected.groups.items() for group in sorted(groups)
    ]
    for part in parts:
        group = expected.groups[part[outer]][part[inner]]
        _measures(part, group, expected, question)
        assert part["share"] == group.n / expected.overall.n


def _measures(part: Mapping[str, Any], group: Group, expected: Answer, question: Question) -> None:
    assert part["n"] == group.n
    assert part["counts"] == {name: group.cells[name] for name in ("tp", "fp", "fn", "tn", "selected")}
    few = group.n < (question.min_group_size or 30)
    assert part["small"] is few
    metrics = part["metrics"]
    assert set(metrics) - NEW == known_metrics(expected)
    for metric in set(metrics) & set(RATES):
        _rate(metrics[metric], metric, group, few=few, interval=question.interval or "wilson")
    if expected.has_labels:
        for metric, value in oracle.specials(group).items():
            assert near(metrics[metric]["value"], value() if group.n else None), metric
    for metric in ("brier", "log_loss"):
        if metric in metrics:
            assert near(metrics[metric]["value"], group.means[metric]), metric
    if "roc_auc" in metrics:
        assert metrics["roc_auc"]["value"] == (None if group.auc is None else float(group.auc))
    for estimate in metrics.values():
        assert (estimate["value"] is None) is bool(estimate["reason"])
        if estimate["ci"]:
            low, high = estimate["ci"]
            assert low - 1e-12 <= estimate["value"] <= high + 1e-12


SPECIALS, SCORED = ("f1", "balanced_accuracy", "mcc"), ("brier", "log_loss", "roc_auc")
NEW = frozenset(BY_NAME) - {*RATES, *SPECIALS, *SCORED}
"""Metrics that the oracle cannot compute yet; their cases are counted by hand beside the table."""


def known_metrics(expected: Answer) -> set[str]:
    """Give the metrics that labels, decisions and scores allow."""
    if not expected.has_labels:
        return set(WITHOUT_LABELS) if expected.rule else set()
    found = {*RATES, *SPECIALS}
    if expected.scores == "probabilities":
        found |= {"brier", "log_loss"}
    return found | {"roc_auc"} if expected.scores in ("probabilities", "ranks") else found


def _rate(estimate: Mapping[str, Any], metric: str, group: Group, *, few: bool, interval: str) -> None:
    numerator, denominator = (group.of(cells) for cells in RATES[metric])
    assert (estimate["numerator"], estimate["denominator"]) == (numerator, denominator), metric
    rate = group.rate(metric)
    assert estimate["value"] == (None if rate is None else float(rate)), metric
    if rate is None:
        assert estimate["small"]
        return
    assert estimate["small"] is (few or denominator < 10)
    of = oracle.wilson if interval == "wilson" else oracle.clopper_pearson
    for found, wanted in zip(estimate["ci"], of(numerator, denominator), strict=True):
        assert math.isclose(found, wanted, rel_tol=1e-7, abs_tol=1e-9), (metric, interval)


def _peer(metrics: Mapping[str, Any], expected: Answer) -> None:
    """Ask scikit-learn for the area under the ROC curve; its sums bear only so many people."""
    if expected.overall.auc is None or expected.overall.n > 10**6:
        return
    rows = expected.frame[expected.frame["people"] > 0]
    # Only the order counts; differences of scores near the largest float would overflow.
    ranks = rows["score"].rank(method="dense")
    peer = roc_auc_score(rows["label"], ranks, sample_weight=rows["people"])
    assert near(metrics["roc_auc"]["value"], float(peer))


def _distances(part: Mapping[str, Any], expected: Answer) -> None:
    group = expected.groups[part["feature"]][part["slice"]]
    for metric, difference in part["vs_overall"].items():
        if metric in RATES:
            mine, all_of_them = group.rate(metric), expected.overall.rate(metric)
            wanted = None if mine is None or all_of_them is None else float(mine) - float(all_of_them)
            assert near(difference, wanted)
    for metric, distance in part["vs_rest"].items():
        if metric in RATES:
            mine, rest = group.rate(metric), rest_of(part["feature"], part["slice"], expected).rate(metric)
            wanted = None if mine is None or rest is None else float(mine) - float(rest)
            assert near(distance["difference"], wanted)


def rest_of(attribute: str, group: str, expected: Answer) -> Group:
    """Count everybody else of whom it is known who they are."""
    everybody, groups = expected.overall, expected.groups[attribute]
    away = [groups[name] for name in {group, *expected.unknown[attribute]} if name in groups]
    cells = {
        name: everybody.cells[name]
        if name == "everybody selected"
        else None
        if count is None
        else (everybody.cells[name] or 0) - sum(one.cells[name] or 0 for one in away)
        for name, count in groups[group].cells.items()
    }
    return Group(cells=cells, means={}, auc=None)


def _statistics(parts: Sequence[Mapping[str, Any]], case: Case, expected: Answer) -> None:
    for part in parts:
        cells = [float(cell) if isinstance(cell, str) else cell for cell in expected.table[part["column"]]]
        values = pd.Series([oracle.number(cells[place]) for place in expected.frame.index], dtype=float)
        if part["feature"]:
            values = values[(expected.members[part["feature"]] == part["slice"]).to_numpy()]
        present = values.dropna()
        assert (part["n"], part["missing"]) == (len(present), len(values) - len(present))
        if not len(present):
            continue
        wanted = {"min": present.min(), "max": present.max()}
        with np.errstate(over="ignore"):
            for name, share in (("q1", 0.25), ("median", 0.5), ("q3", 0.75)):
                wanted[name] = present.quantile(share)
        for name, value in wanted.items():
            if math.isfinite(value):
                scale = float(present.abs().max())
                assert math.isclose(part[name], value, rel_tol=1e-9, abs_tol=1e-9 * scale), name


def _scores(document: Mapping[str, Any], expected: Answer) -> None:
    thresholds = document["thresholds"]
    assert thresholds == sorted(set(thresholds))
    if expected.threshold is not None:
        assert expected.threshold in thresholds
    if expected.scores == "probabilities":
        assert {k / 100 for k in range(101)} <= set(thresholds)
    single = expected.table.score in expected.table.singles
    limits = [oracle.own(threshold, single) for threshold in thresholds]
    for part in (document["overall"], *document["groups"]):
        rows = expected.frame
        if part["attribute"]:
            rows = rows[expected.members[part["attribute"]] == part["group"]]
        places = np.searchsorted(limits, rows["score"], side="right")
        for name, of in (("people", rows["people"]), ("positives", rows["people"] * rows.get("label", 0))):
            wanted = [0] * (len(thresholds) + 1)
            for place, people in zip(places, of, strict=True):
                wanted[place] += int(people)
            assert part[name] == (None if name == "positives" and "label" not in rows else wanted), name
        if part["score_sums"] is not None:
            sums = [Fraction(0)] * (len(thresholds) + 1)
            for place, score, people in zip(places, rows["score"], rows["people"], strict=True):
                sums[place] += Fraction(float(score)) * int(people)
            for found, total, people in zip(part["score_sums"], sums, part["people"], strict=True):
                assert math.isclose(found, total, rel_tol=1e-12, abs_tol=1e-15 * (people + 1))


_KINDS = ("rest", "min-metric", "majority")


def _reference(attribute: str, metric: str, expected: Answer, question: Question) -> str | None:
    """Find whom a group is compared with; ``None`` for everybody else."""
    groups = {
        name: group
        for name, group in expected.groups[attribute].items()
        if name not in expected.unknown[attribute]
    }
    kinds = {word for word in question.references if word in _KINDS}
    for word in question.references:
        if word.startswith(f"{attribute}="):
            name = word.removeprefix(f"{attribute}=")
            if name in groups or name not in _KINDS:
                return name
            # Where no group is called so, it is the kind for this attribute.
            kinds = {name}
    if not kinds and attribute in expected.crossed:
        # Which cell of an intersection is the largest says nothing; a cell alone has nobody beside it.
        kinds = {"rest"} if sum(group.n > 0 for group in expected.groups[attribute].values()) > 1 else set()
    if "rest" in kinds:
        return None
    if "min-metric" in kinds:
        rates = {name: rate for name in sorted(groups) if (rate := groups[name].rate(metric)) is not None}
        return min(rates, key=lambda name: rates[name]) if rates else ""
    return max(sorted(groups), key=lambda name: groups[name].n, default="")


def _disparities(document: Mapping[str, Any], expected: Answer, question: Question) -> None:
    metrics = [m for m in COMPARED if m in known_metrics(expected)]
    beside = [d for d in document["disparities"] if d["metric"] not in COMPARED]
    assert {d["metric"] for d in beside} <= {"prev", "roc_auc", *NEW}
    assert all(d["verdict"] is None for d in beside)
    found = {
        (d["attribute"], d["group"], d["metric"]): d
        for d in document["disparities"]
        if d["metric"] in COMPARED
    }
    assert set(found) == {(a, g, m) for a, groups in expected.groups.items() for g in groups for m in metrics}
    tau = Fraction(question.tau or "0.8")
    for (attribute, name, metric), part in found.items():
        group = expected.groups[attribute][name]
        against = _reference(attribute, metric, expected, question)
        other = (
            rest_of(attribute, name, expected) if against is None else expected.groups[attribute].get(against)
        )
        mine, theirs = group.rate(metric), other.rate(metric) if other else None
        ratio = mine / theirs if mine is not None and theirs else None
        assert part["ratio"] == (None if ratio is None else float(ratio)), (attribute, name, metric)
        difference = None if mine is None or theirs is None else mine - theirs
        assert part["difference"] == (None if difference is None else float(difference))
        assert part["reference_group"] == (oracle.EVERYBODY_ELSE if against is None else against or None)
        assert part["is_reference"] is (name == against)
        decided = not part["is_reference"] and group.n > 0 and name not in expected.unknown[attribute]
        assert (part["verdict"] is not None) is decided
        if decided:
            _verdict(part["verdict"], ratio, tau, question)


def _verdict(verdict: str, ratio: Fraction | None, tau: Fraction, question: Question) -> None:
    """See that a verdict agrees with the exact ratio; where evidence decides it may be left open."""
    within = ratio is not None and tau <= ratio <= 1 / tau
    if question.decide == "point":
        assert verdict == ("undecided" if ratio is None else "pass" if within else "fail")
    elif verdict == "pass":
        assert within
    elif verdict == "fail":
        assert not within


def _parities(document: Mapping[str, Any], expected: Answer, question: Question) -> None:
    tau = Fraction(question.tau or "0.8")
    for part in document["parities"]:
        if part["metric"] is None:
            continue
        attribute, name, metric = part["attribute"], part["group"], part["metric"]
        group = expected.groups[attribute][name]
        against = _reference(attribute, metric, expected, question)
        other = (
            rest_of(attribute, name, expected) if against is None else expected.groups[attribute].get(against)
        )
        mine, theirs = group.rate(metric), other.rate(metric) if other else None
        ratio = mine / theirs if mine is not None and theirs else None
        assert part["ratio"] == (None if ratio is None else float(ratio))
        decided = name != against and group.n > 0 and name not in expected.unknown[attribute]
        assert (part["verdict"] is not None) is decided
        if decided:
            _verdict(part["verdict"], ratio, tau, question)
    by_attribute = {
        attribute: combined(
            [
                part["verdict"]
                for part in document["parities"]
                if part["attribute"] == attribute and part["decisive"] and part["verdict"] is not None
            ]
        )
        for attribute in expected.groups
    }
    assert document["answer"]["attributes"] == by_attribute
    assert document["answer"]["verdict"] == combined(list(by_attribute.values()))


def combined(verdicts: Sequence[str]) -> str:
    """One failure fails; without one, a single open question leaves it open, and so does having nothing to judge."""
    if "fail" in verdicts:
        return "fail"
    return "undecided" if "undecided" in verdicts or not verdicts else "pass"
