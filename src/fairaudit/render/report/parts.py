"""What the pieces of a report share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairaudit.documents.audit import DisparityPart
from fairaudit.documents.folder import Results
from fairaudit.documents.parts import (
    EstimatePart,
    Verdict,
)
from fairaudit.errors import clipped
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.escape import MOST_SHOWN, visible
from fairaudit.render.words.names import capital
from fairaudit.settings.choices import ScoreKind

MOST_TEXT = 600
"""How long a sentence may be that holds strangers' names."""
RATE_METRICS = ("pprev", "fpr", "fnr", "for", "fdr", "accuracy")
SLICE_METRICS = ("accuracy", "f1", "pprev", "fpr", "fnr", "roc_auc")
"""Beside the main one."""
HEADS = {
    "pprev": "Selected",
    "fpr": "FPR",
    "fnr": "FNR",
    "for": "FOR",
    "fdr": "FDR",
    "tpr": "TPR",
    "tnr": "TNR",
    "npv": "NPV",
    "ppr": "Share",
    "prev": "Base rate",
    "f1": "F1",
    "roc_auc": "AUC",
}

# --- the attributes ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An audited attribute: its verdicts and its worst disparities, those first."""

    name: str
    verdict: Verdict | None
    by_metric: Mapping[str, Verdict]
    ranked: tuple[DisparityPart, ...]


def rows_of(share: DisparityPart | EstimatePart | None) -> float | None:
    """Return the rows of a group, of which a share is selected, where people stand in several; or their weight in a survey."""
    return share.denominator if share and share.effective is not None else None


def no_slider(documents: Results) -> str:
    """Say why the page has no slider; empty if it has one."""
    settings = documents.settings
    if settings is None or not (documents.group or documents.bias):
        return "No groups were audited, so there is no threshold to move."
    if documents.scores is not None:
        return ""
    if settings.scores in (ScoreKind.DECISIONS, ScoreKind.NONE):
        reason = (
            "The scores are 0/1 decisions"
            if settings.scores == ScoreKind.DECISIONS
            else "There are no scores"
        )
        return f"{reason}, so there is no threshold to move."
    return "The scores of this audit have not been counted (scores.json), so there is no threshold to move."


# --- wording ---


def metric_head(metric: str) -> str:
    """Return the head of a metric's column."""
    return HEADS.get(metric) or capital(BY_NAME[metric].long_name)


def shown_text(text: str, *, most: int = MOST_SHOWN) -> str:
    """Write a stranger's text for the page: cut, and with what cannot be seen as escapes; the template and the script keep it text."""
    return visible(clipped(text, most=most))
