"""Published figures come out digit by digit: COMPAS (ProPublica 2016, the Aequitas demonstration) and Berkeley (Bickel et al. 1975)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fairaudit.count.counts import Counted, Counts
from fairaudit.count.groups import count
from fairaudit.disparity import aequitas as aequitas_bridge
from fairaudit.disparity.judge import Judged, judge
from fairaudit.disparity.ratios import Compared, Test, compare
from fairaudit.disparity.references import find_references
from fairaudit.disparity.verdicts import Verdict
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.measure import measure
from fairaudit.metrics.table import PARITY_METRICS
from fairaudit.read.checked_rows import Checked
from fairaudit.read.files import open_path
from fairaudit.read.table import validate
from fairaudit.settings.choices import Decide
from fairaudit.settings.reading import ReadSettings

TAU = Fraction("0.8")
FOUR_RACES = "race not in ('Asian', 'Native American')"

# group: fpr, fnr, for, fdr, pprev as printed; tp, fp, tn, fn.
COMPAS = {
    "African-American": ("0.448468 0.279853 0.349540 0.370285 0.588203", (1369, 805, 990, 532)),
    "Caucasian": ("0.234543 0.477226 0.288125 0.408665 0.348003", (505, 349, 1139, 461)),
    "Hispanic": ("0.214815 0.556034 0.288591 0.457895 0.298273", (103, 87, 318, 129)),
    "Other": ("0.147541 0.676692 0.302013 0.455696 0.209549", (43, 36, 208, 90)),
}
PRINTED = ("fpr", "fnr", "for", "fdr", "pprev")


@dataclass(frozen=True, kw_only=True)
class Audit:
    checked: Checked
    counted: Counted
    measured: Measured
    compared: Compared
    judged: Judged


def audit(path: Path, *references: str, **settings: Any) -> Audit:
    checked = validate(open_path(str(path)), ReadSettings(**settings))
    counted = count(checked)
    measured = measure(counted)
    compared = compare(measured, find_references(measured, references))
    return Audit(
        checked=checked,
        counted=counted,
        measured=measured,
        compared=compared,
        judged=judge(compared, tau=TAU, decide=Decide.POINT),
    )


def verdicts(judged: Judged, attribute: str, verdict: Verdict) -> set[str]:
    return {v.parity for v in judged.attributes if v.attribute == attribute and v.verdict is verdict}


@pytest.fixture(scope="module")
def compas(data_dir: Path) -> Audit:
    return audit(
        data_dir / "compas_for_aequitas.csv",
        "race=Caucasian",
        "sex=Male",
        "age_cat=25 - 45",
        where=FOUR_RACES,
    )


@pytest.fixture(scope="module")
def compas_published(examples_dir: Path) -> Audit:
    return audit(
        examples_dir / "compas_published.csv",
        "Caucasian",
        weight="count",
        where="race <> 'Asian or Native American'",
    )


@pytest.mark.parametrize("source", ["compas", "compas_published"])
@pytest.mark.parametrize("group", COMPAS)
def test_compas_table(request: pytest.FixtureRequest, source: str, group: str) -> None:
    found = request.getfixturevalue(source)
    printed, (tp, fp, tn, fn) = COMPAS[group]
    (measures,) = (g for g in found.measured.of("race") if g.group == group)
    assert " ".join(f"{measures.estimates[name].value:.6f}" for name in PRINTED) == printed
    counts = measures.counts
    assert (counts.tp, counts.fp, counts.tn, counts.fn) == (tp, fp, tn, fn)


@pytest.mark.parametrize("source", ["compas", "compas_published"])
def test_compas_people(request: pytest.FixtureRequest, source: str) -> None:
    found = request.getfixturevalue(source)
    assert found.counted.overall.n == 7164
    assert [g.group for g in found.counted.of("race")] == list(COMPAS)


def test_compas_rows_left_out_are_counted(compas: Audit) -> None:
    assert compas.checked.used == 7164
    assert dict(compas.checked.dropped) == {f"where not ({FOUR_RACES})": 50}


def test_both_files_give_equal_counts(compas: Audit, compas_published: Audit) -> None:
    assert compas.counted.of("race") == compas_published.counted.of("race")


def test_compas_verdicts(compas: Audit) -> None:
    assert dict(compas.judged.overall) == dict.fromkeys(
        ("unsupervised", "supervised", "overall"), Verdict.FAIL
    )
    passed, failed = Verdict.PASS, Verdict.FAIL
    assert verdicts(compas.judged, "sex", passed) >= {"FPR Parity", "FNR Parity", "TPR Parity", "TNR Parity"}
    assert verdicts(compas.judged, "sex", failed) >= {"FDR Parity", "FOR Parity", "Statistical Parity"}
    assert verdicts(compas.judged, "race", passed) >= {
        "FDR Parity",
        "FOR Parity",
        "NPV Parity",
        "Precision Parity",
    }
    assert verdicts(compas.judged, "race", failed) >= {
        "FPR Parity",
        "FNR Parity",
        "TPR Parity",
        "TNR Parity",
        "Impact Parity",
        "Statistical Parity",
    }
    for attribute in ("race", "sex", "age_cat"):
        assert verdicts(compas.judged, attribute, Verdict.UNDECIDED) == set()


def test_compas_verdicts_of_aequitas(compas: Audit) -> None:
    bias = aequitas_bridge.bias(compas.counted, compas.compared.references, rule=compas.checked.rule)
    fairness = aequitas_bridge.fairness(bias, tau=TAU)
    assert dict(fairness.overall) == {"unsupervised": False, "supervised": False, "overall": False}
    ours = {(v.attribute, v.parity): v.verdict is Verdict.PASS for v in compas.judged.attributes}
    assert dict(fairness.attributes) == ours


def test_propublica_as_printed(examples_dir: Path) -> None:
    found = audit(examples_dir / "compas_published.csv", weight="count")
    by_group = {g.group: g for g in (found.measured.overall, *found.measured.groups)}
    printed = {
        "": ("32.35", "37.40"),
        "African-American": ("44.85", "27.99"),
        "Caucasian": ("23.45", "47.72"),
    }
    for group, rates in printed.items():
        estimates = by_group[group].estimates
        assert tuple(f"{100 * (estimates[name].value or 0):.2f}" for name in ("fpr", "fnr")) == rates
    assert found.counted.overall == Counts(n=7214, selected=3317, tp=2035, fp=1282, fn=1216, tn=2681)


def test_the_table_of_the_demonstration_in_words(compas: Audit) -> None:
    (found,) = (d for d in compas.compared.of("race") if (d.group, d.metric) == ("African-American", "fpr"))
    assert found.ratio is not None
    assert f"{float(found.ratio):.2f}" == "1.91"
    (missed,) = (d for d in compas.compared.of("race") if (d.group, d.metric) == ("African-American", "fnr"))
    assert missed.ratio is not None
    assert f"{float(missed.ratio):.2f}" == "0.59"


@pytest.fixture(scope="module")
def berkeley(examples_dir: Path) -> Audit:
    return audit(
        examples_dir / "berkeley.csv",
        "gender=Male",
        label="none",
        score="admitted",
        weight="count",
        attributes=("gender", "department*gender"),
    )


def test_berkeley_overall_gap(berkeley: Audit) -> None:
    rates = {g.group: g.estimates["pprev"] for g in berkeley.measured.of("gender")}
    assert (rates["Male"].numerator, rates["Male"].denominator) == (1198, 2691)
    assert (rates["Female"].numerator, rates["Female"].denominator) == (557, 1835)
    assert {group: f"{100 * (e.value or 0):.1f}" for group, e in rates.items()} == {
        "Female": "30.4",
        "Male": "44.5",
    }
    assert berkeley.counted.overall == Counts(n=4526, selected=1755)
    (women,) = (d for d in berkeley.compared.of("gender") if (d.group, d.metric) == ("Female", "pprev"))
    assert women.ratio == Fraction(557, 1835) / Fraction(1198, 2691)
    assert verdicts(berkeley.judged, "gender", Verdict.FAIL) >= {"Impact Parity"}


def test_berkeley_turns_round_by_department(berkeley: Audit) -> None:
    rates = {g.group: g.estimates["pprev"].exact for g in berkeley.measured.of("department*gender")}
    assert len(rates) == 12
    assert rates["A * Female"] == Fraction(89, 108)
    higher = {d for d in "ABCDEF" if (rates[f"{d} * Female"] or 0) > (rates[f"{d} * Male"] or 0)}
    assert higher == {"A", "B", "D", "F"}


def test_berkeley_needs_no_labels(berkeley: Audit) -> None:
    assert set(berkeley.measured.overall.estimates) == {"pprev", "ppr"}
    assert set(berkeley.judged.overall) == {"unsupervised", "overall"}
    assert set(berkeley.measured.left_out.values()) == {"there are no labels"}


def test_the_finding_of_compas_has_its_uncertainty(compas: Audit) -> None:
    (found,) = (d for d in compas.compared.of("race") if (d.group, d.metric) == ("African-American", "fpr"))
    assert found.ratio_ci is not None
    assert [f"{limit:.2f}" for limit in found.ratio_ci if limit is not None] == ["1.72", "2.13"]
    assert found.pair == (805, 1795, 349, 1488)
    # Aequitas, which tests on the wrong rows, gives p = 0.05.
    assert found.p_value is not None
    assert 1e-38 < found.p_value < 1e-36
    assert found.test is Test.SCORE
    judged = judge(compas.compared, tau=TAU)
    (parity,) = (p for p in judged.parities if (p.group, p.parity) == ("African-American", "FPR Parity"))
    assert (parity.verdict, parity.reason) == (
        Verdict.FAIL,
        "95% interval 1.72 to 2.13 lies above 1.25",
    )


def test_eighteen_people_are_listed_and_leave_most_undecided(data_dir: Path) -> None:
    found = audit(data_dir / "compas_for_aequitas.csv", "race=Caucasian", attributes=("race",))
    judged = judge(found.compared, tau=TAU)
    mine = {p.metric: p.verdict for p in judged.parities if p.group == "Native American" and p.metric}
    assert set(mine) == {m.name for m in PARITY_METRICS}
    # Their share of all selected is a twenty-fifth: that is about the size of the group alone.
    assert mine.pop("ppr") is Verdict.FAIL
    assert set(mine.values()) == {Verdict.UNDECIDED}
    assert judged.by_attribute["race"] is Verdict.FAIL
