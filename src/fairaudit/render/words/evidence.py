"""The p-values behind a verdict, each with what it is of and the name of its test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.settings.choices import Decide

TESTS: Mapping[str, str] = {
    "score": "score test",
    "exact": "exact test, Berger and Boos",
    "fisher": "Fisher's exact test",
    "binomial": "exact binomial test",
    "interval": "interval turned into a test",
}
"""What people call a test."""
CORRECTIONS: Mapping[str, str] = {"holm": "Holm", "max-t": "max-T step-down"}
"""What people call a correction for many comparisons."""


def p_value_text(p: float) -> str:
    """Write a p-value.

    >>> p_value_text(0.0314), p_value_text(1e-37), p_value_text(0.0)
    ('p = 0.031', 'p = 1e-37', 'p below 1e-300')
    """
    return "p below 1e-300" if p < 1e-300 else f"p = {p:.0e}" if p < 0.001 else f"p = {p:.2g}"


def evidence_text(disparity: DisparityPart, document: BiasDocument, *, comparisons: int | None = None) -> str:
    """Say the p-values of a comparison, one sentence each; empty where there are none.

    Parameters
    ----------
    comparisons
        For how many a fail is corrected, for those who know it already; ``None`` counts them.

    Returns
    -------
    str
        For example "That both rates are equal: p = 2e-30 (score test); p = 7e-30 after correction (Benjamini-Hochberg). That the ratio is tolerable: p
        = 2e-16 (score test); p = 6e-15 after all 24 comparisons (max-T step-down)."
    """
    return " ".join(evidence_sentences(disparity, document, comparisons=comparisons))


def evidence_sentences(
    disparity: DisparityPart, document: BiasDocument, *, comparisons: int | None = None
) -> Sequence[str]:
    """Say the p-values of a comparison as `evidence_text` does, sentence by sentence."""
    sentences = []
    if disparity.p_value is not None:
        sentences.append(
            _sentence("both rates are equal", disparity.p_value, disparity.test)
            + _after(disparity.p_adjusted, "correction", "Benjamini-Hochberg")
        )
    if document.settings.decide is Decide.POINT:
        return [f"{sentence}." for sentence in sentences]
    if disparity.p_alone is not None:
        sentence = _sentence("the ratio is tolerable", disparity.p_alone, disparity.limit_test)
        if disparity.metric in document.family.metrics:
            many = document.comparisons if comparisons is None else comparisons
            allowed = "1 comparison" if many == 1 else f"all {many:,} comparisons"
            sentence += _after(disparity.p_fail, allowed, correction_name(document))
        sentences.append(sentence)
    if disparity.p_pass is not None:
        sentences.append(_sentence("it is not", disparity.p_pass, disparity.limit_test))
    return [f"{sentence}." for sentence in sentences]


def correction_name(document: BiasDocument) -> str:
    """Name the correction for many comparisons that a fail bears."""
    if document.family.correction is not None:
        return CORRECTIONS[document.family.correction]
    # Documents that do not say it: what the data chose is in no block of tests whose dependence is known.
    return CORRECTIONS["holm" if document.references_were_chosen else "max-t"]


def _sentence(of: str, p: float, test: str | None) -> str:
    return f"That {of}: {p_value_text(p)}" + (f" ({TESTS[test]})" if test else "")


def _after(p: float | None, correction: str, method: str) -> str:
    return "" if p is None else f"; {p_value_text(p)} after {correction} ({method})"
