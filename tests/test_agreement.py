"""An audit and a policy that ask the same of the same people are told the same, to the last bit."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from fairaudit.disparity.aequitas import AequitasBias
from fairaudit.disparity.families import answer_all
from fairaudit.disparity.judge import judge, tolerance_band
from fairaudit.disparity.ratios import Compared, compare
from fairaudit.disparity.references import find_references
from fairaudit.disparity.rule import VerdictRule
from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.audited import bias_document
from fairaudit.documents.checked import check_document
from fairaudit.documents.envelope import Origin
from fairaudit.documents.gates import CheckDocument, FindingPart
from fairaudit.documents.parts import Stamp, Verdict
from fairaudit.gates.evaluate import evaluate
from fairaudit.gates.policy import Gate
from fairaudit.metrics.kinds import GroupMeasures, Measured
from fairaudit.metrics.table import PARITY_METRICS
from fairaudit.settings.choices import Decide
from fairaudit.settings.reading import ReadSettings
from fairaudit.workflow.audit import Tally, open_input, tally

METRICS = tuple(metric.name for metric in PARITY_METRICS)
STAMP = Stamp(created=datetime(2026, 1, 1, tzinfo=UTC), command="test")
NO_AEQUITAS = AequitasBias(disparities={}, references={}, table=None)  # type: ignore[arg-type]
TAU = Fraction(4, 5)


@pytest.fixture(scope="module")
def loans(examples_dir: Path) -> Tally:
    return tally(
        open_input(examples_dir / "loans.csv"),
        ReadSettings(label="repaid", score="score", attributes=("sex", "ethnicity", "region", "age:25,60")),
    )


@pytest.fixture(scope="module")
def compas(data_dir: Path) -> Tally:
    return tally(
        open_input(data_dir / "compas_for_aequitas.csv"),
        ReadSettings(attributes=("race", "sex", "age_cat")),
    )


@pytest.fixture(params=["loans", "compas"])
def tallied(request: pytest.FixtureRequest) -> Tally:
    found: Tally = request.getfixturevalue(request.param)
    return found


def audited(
    tallied: Tally, references: Sequence[str], tau: Fraction, decide: Decide = Decide.INTERVAL
) -> tuple[Compared, BiasDocument]:
    found = find_references(tallied.measured, references)
    compared = compare(tallied.measured, found, metrics=METRICS)
    judged = judge(compared, tau=tau, decide=decide)
    settings = tallied.settings(VerdictRule(references=tuple(references), tau=tau, decide=decide))
    return compared, bias_document(
        Origin(checked=tallied.checked, settings=settings, stamp=STAMP), compared, judged, (), NO_AEQUITAS
    )


def gates_of(measured: Measured, tau: Fraction, decide: Decide) -> list[Gate]:
    """Make a gate for each metric, on all attributes."""
    return [
        Gate(name=metric, metric=metric, attributes=measured.attributes, ratio_within=tau, decide=decide)
        for metric in METRICS
        if metric not in measured.left_out
    ]


def checked(
    tallied: Tally, references: Sequence[str], tau: Fraction, decide: Decide = Decide.INTERVAL
) -> CheckDocument:
    """Ask every comparison of the audit by a gate for each metric, each in a family of its own."""
    gates = gates_of(tallied.measured, tau, decide)
    evaluated = evaluate(gates, tallied.measured, references=references)
    return check_document(
        Origin(checked=tallied.checked, settings=tallied.settings(), stamp=STAMP), evaluated
    )


def pairs(bias: BiasDocument, check: CheckDocument) -> Iterator[tuple[DisparityPart, FindingPart]]:
    """Put each comparison of the audit beside that of the policy; neither has one that the other has not."""
    findings = {(f.attribute, f.group, gate.metric): f for gate in check.gates for f in gate.findings}
    disparities = [
        d for d in bias.disparities if not d.is_reference and not d.unknown and d.metric in METRICS
    ]
    assert len(disparities) == len(findings) > 0
    for d in disparities:
        yield d, findings[d.attribute, d.group, d.metric]


def same_numbers(d: DisparityPart, f: FindingPart) -> None:
    assert (d.ratio, d.n, d.comparisons, d.small) == (f.value, f.n, f.comparisons, f.small)
    assert (d.value, d.numerator, d.denominator) == (f.estimate, f.numerator, f.denominator)
    assert d.reference_group == f.reference_group
    assert d.reference_value == f.reference_estimate
    assert (d.reference_numerator, d.reference_denominator) == (
        f.reference_numerator,
        f.reference_denominator,
    )
    if f.interval_confidence in (None, 0.9, 0.95):
        assert f.interval == (d.ratio_ci90 if f.interval_confidence == 0.9 else d.ratio_ci)
    else:
        # Only the gate's family leaves it undecided; another family has another level.
        assert f.verdict is Verdict.UNDECIDED
        assert f.interval is not None
        assert d.ratio_ci90 is not None
        assert f.interval[0] <= d.ratio_ci90[0]


def known(measured: Measured, attribute: str) -> list[GroupMeasures]:
    """The groups that are judged."""
    return [group for group in measured.of(attribute) if not group.unknown]


def wanted(tallied: Tally, reference: str) -> list[str]:
    """Give the words for a kind of reference; those that are named are the smallest groups."""
    if reference == "usual":
        return []
    if reference != "named":
        return [reference]
    measured = tallied.measured
    return [
        f"{attribute}={min(known(measured, attribute), key=lambda group: group.counts.n).group}"
        for attribute in measured.attributes
    ]


@pytest.mark.parametrize("reference", ["majority", "named", "min-metric", "max", "rest", "usual"])
def test_an_audit_and_gates_agree_on_every_comparison(tallied: Tally, reference: str) -> None:
    tau = Fraction(9, 10)
    words = wanted(tallied, reference)
    compared, bias = audited(tallied, words, tau)
    check = checked(tallied, words, tau)
    answers, _ = answer_all(compared, tolerance_band(tau), Decide.INTERVAL)
    alone = {
        (d.attribute, d.group, d.metric): (answers[place].p_raw, d.comparisons)
        for place, d in enumerate(compared.disparities)
        if place in answers
    }
    for d, f in pairs(bias, check):
        same_numbers(d, f)
        p_raw, comparisons = alone[d.attribute, d.group, d.metric]
        assert f.p_alone == (None if p_raw is None else min(1.0, p_raw * comparisons))
        # An audit's family is larger than a gate's, and knows what its comparisons have in common.
        if f.p_fail == d.p_fail:
            assert f.verdict == d.verdict


@pytest.mark.parametrize("reference", ["majority", "named", "min-metric", "max", "rest", "usual"])
def test_an_audit_and_gates_agree_by_the_point(tallied: Tally, reference: str) -> None:
    words = wanted(tallied, reference)
    _, bias = audited(tallied, words, TAU, Decide.POINT)
    for d, f in pairs(bias, checked(tallied, words, TAU, Decide.POINT)):
        same_numbers(d, f)
        assert d.verdict == f.verdict
        assert f.p_fail is f.p_alone is d.p_fail is None


def single(measured: Measured, reference: str) -> Iterator[tuple[Measured, str]]:
    """Leave only as many groups as one comparison needs, with whom it is: the second largest group, and the smallest one."""
    for attribute in measured.attributes:
        largest, second, *others = sorted(known(measured, attribute), key=lambda group: -group.counts.n)
        for group in (second, *others[-1:]):
            word = f"{attribute}={group.group}" if reference == "named" else reference
            groups = (group,) if reference == "rest" else (group, largest)
            yield dataclasses.replace(measured, groups=groups), word


@pytest.mark.parametrize("reference", ["majority", "named", "min-metric", "max", "rest"])
def test_one_comparison_that_is_a_family_of_its_own_has_one_answer(tallied: Tally, reference: str) -> None:
    """Alone in its family it has the same verdict, corrected p-value and plan, and the same reason."""
    for measured, word in single(tallied.measured, reference):
        compared = compare(measured, find_references(measured, [word]), metrics=METRICS)
        for result in evaluate(gates_of(measured, TAU, Decide.INTERVAL), measured, references=[word]).results:
            (f,) = result.findings
            (d,) = (d for d in compared.disparities if d.metric == result.gate.metric and not d.is_reference)
            (p,) = (
                parity
                for parity in judge(dataclasses.replace(compared, disparities=(d,)), tau=TAU).parities
                if parity.metric
            )
            assert (p.ratio, p.verdict, p.p_fail) == (f.value, f.verdict, f.p_fail)
            assert (p.interval, p.confidence) == (f.interval, f.confidence)
            assert (p.needed, p.needed_in_all, p.needed_to) == (f.needed, f.needed_in_all, f.needed_to)
            # What is divided by nothing is said with the people of the reference in an audit.
            if p.ratio is not None:
                assert p.reason == f.reason
