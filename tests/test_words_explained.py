"""Whatever word an output prints is answered by `fairaudit explain`: those of the code itself, and those found in every medium.

Words are found in two ways. The code names what it can print: metrics, verdicts, parities, codes, tests, corrections, choices, heads of tables. And
of each text that is shown, words in the form of a term are taken: abbreviations in capitals, codes, and methods named after people.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest
from running import run_main

from fairaudit.disparity.judge import COMBINED_PARITIES, PARITIES
from fairaudit.documents import changed
from fairaudit.documents.answer import NotMeasured
from fairaudit.documents.findings import Code
from fairaudit.documents.gates import OnUndecided, Outcome
from fairaudit.documents.glossary import find_entry
from fairaudit.documents.parts import Verdict
from fairaudit.metrics.explain import find_metric
from fairaudit.metrics.table import METRICS
from fairaudit.render.terminal.tables import HEADS
from fairaudit.render.words.evidence import CORRECTIONS, TESTS
from fairaudit.settings.choices import (
    Adjusted,
    Decide,
    Effect,
    FamilyOf,
    RateInterval,
    RuleKind,
    ScoreKind,
    Sought,
    WeightKind,
)

GOLDEN = Path(__file__).parent / "golden"
ENUMS: tuple[type[StrEnum], ...] = (
    Verdict, Outcome, changed.Outcome, OnUndecided, Code, Decide, Effect, FamilyOf, RateInterval, RuleKind, ScoreKind, WeightKind, Sought, Adjusted,
)  # fmt: skip
OF_CODE = (
    *(name for metric in METRICS for name in (metric.name, metric.long_name)),
    *(member.value for enum in ENUMS for member in enum if member.value != "none"),
    *HEADS.values(),
    *TESTS.values(),
    *CORRECTIONS.values(),
    *PARITIES,
    *COMBINED_PARITIES,
    *NotMeasured,
)
OF_PROSE = (
    "interval", "reference", "undecided", "too few", "tau", "base rate", "tolerated", "tolerance", "label", "threshold", "worse off",
    "equal enough", "cannot tell", "not measured", "right overall", "the other side", "poorest slice", "comparisons", "everybody else",
    "Holm", "Clopper-Pearson", "Newcombe", "Koopman", "Tukey-Kramer", "max-T", "Boos", "Wilson", "MOVER", "Benjamini-Hochberg",
    "McNemar", "Zou", "population stability index", "vanished", "p-value", "selected", "refused", "missed", "wrongly selected", "few people", "allowed", "points", "GAP", "FAIL", "PASS", "WARNING",
    "majority", "rest", "max", "min", "gate", "policy", "slice", "score", "decision", "prevalence", "calibration", "worth",
)  # fmt: skip
"""What sentences and heads say."""
TERM = re.compile(r"\b(?:[A-Z]{2,}\d?|F1|FA\d{3}|[A-Z][a-z]+-[A-Z][a-z]+|max-T)\b")
NO_TERMS = frozenset(
    [
        # Names of groups, files and formats, units, and words of licences and languages.
        "African-American", "UTC", "SHA", "JSON", "CSV", "TSV", "HTML", "SVG", "PNG", "SQL", "TOML", "XML", "CPU", "ID", "CC", "BY", "US",
        "DOI", "AI", "ML", "EU", "PDF", "URL", "XLSX", "CARD", "MODEL", "MIT", "JASA", "README", "TRUE", "FALSE", "NA", "II", "OK", "DVC",
        "AND", "ROC", "COMPAS", "DATA", "HF", "YAML", "BOM",
    ]
)  # fmt: skip


def is_explained(word: str) -> bool:
    return find_metric(word) is not None or find_entry(word) is not None


@pytest.mark.parametrize("word", dict.fromkeys((*OF_CODE, *OF_PROSE)))
def test_each_word_is_explained(word: str) -> None:
    assert is_explained(word)


def unexplained(text: str) -> set[str]:
    # Hashes, addresses and what lies in a page's script and style are no words that a person reads.
    shown = re.sub(
        r"(?s)<(script|style|svg)\b.*?</\1>|<\?xml[^>]*>|</?[a-z!][^>]*>|data:image/[^\"')]*|https?://\S+|doi:\S+|`[^`]*`",
        " ",
        text,
    )
    return {word for word in TERM.findall(shown) if word not in NO_TERMS and not is_explained(word)}


@pytest.mark.parametrize("path", sorted(GOLDEN.iterdir()), ids=lambda path: path.name)
def test_each_term_of_a_golden_file_is_explained(path: Path) -> None:
    assert not unexplained(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def media(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Every output on COMPAS, made once."""
    folder = tmp_path_factory.mktemp("media")
    compas, options = data_dir / "compas_for_aequitas.csv", ("--effect", "hurts")
    gates = "".join(
        f'[[gate]]\nmetric = "{metric}"\nattribute = "race"\n{limit}\n'
        for metric, limit in (
            ("fpr", "ratio_within = 0.8"),
            ("accuracy", "min = 0.7"),
            ("f1", "max_difference = 0.1"),
        )
    )
    (folder / "policy.toml").write_text(gates, encoding="utf-8")
    texts = {
        command: run_main(command, compas, *more, cwd=folder).out
        for command, more in {
            "audit": (*options, "--verbose", "--aequitas"),
            "bias": options,
            "fairness": (*options, "--aequitas"),
            "group": (),
            "slice": (),
            "check": (
                "--policy",
                "policy.toml",
                "--junit",
                "j.xml",
                "--markdown",
                "m.md",
                "--sarif",
                "s.sarif",
            ),
        }.items()
    }
    out = folder / "fairaudit-out"
    texts["card"] = (out / "MODEL_CARD.md").read_text(encoding="utf-8")
    texts["report"] = (out / "report.html").read_text(encoding="utf-8")
    texts["junit"] = (folder / "j.xml").read_text(encoding="utf-8")
    texts["markdown"] = (folder / "m.md").read_text(encoding="utf-8")
    runs = json.loads((folder / "s.sarif").read_text(encoding="utf-8"))["runs"]
    texts["sarif"] = " ".join(result["message"]["text"] for result in runs[0]["results"])
    return texts


@pytest.mark.parametrize(
    "medium",
    ["audit", "bias", "fairness", "group", "slice", "check", "card", "report", "junit", "markdown", "sarif"],
)
def test_each_term_of_a_medium_is_explained(medium: str, media: Mapping[str, str]) -> None:
    assert media[medium]
    assert not unexplained(media[medium])
