"""Fairlearn's ``MetricFrame``, one for each attribute, on a pandas data frame. ``fairlearn_group.py FILE ANSWER``.

The metrics are Aequitas's twelve. Complements (FNR, TNR, FDR, FOR) are one minus what is here, and the share of all selected
follows from the selection rates and counts, so no time goes into them. Scores that are no decisions add ROC AUC, Brier score
and log loss, in a second frame, because these are computed from scores.
"""

import json
import sys
from functools import partial
from pathlib import Path

import pandas as pd
from fairlearn.metrics import MetricFrame, count, false_positive_rate, selection_rate, true_positive_rate
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss, precision_score, roc_auc_score

ATTRIBUTES = ["race", "sex", "age_cat"]
OF_DECISIONS = {
    "count": count,
    "selection_rate": selection_rate,
    "prevalence": lambda label, decision: label.mean(),  # noqa: ARG005 - Fairlearn passes both
    "tpr": true_positive_rate,
    "fpr": false_positive_rate,
    "precision": partial(precision_score, zero_division=0),
    "npv": partial(precision_score, pos_label=0, zero_division=0),
    "accuracy": accuracy_score,
}
OF_SCORES = {
    "roc_auc": roc_auc_score,
    "brier": brier_score_loss,
    "log_loss": partial(log_loss, labels=[0, 1]),
}


def main(file: str, answer: str) -> None:
    """Measure, and write down every group's false positive rate."""
    frame = pd.read_csv(file)
    label, score = frame["label_value"], frame["score"]
    decision = (score >= 0.5).astype(int)
    rates: dict[str, float] = {}
    for attribute in ATTRIBUTES:
        groups = frame[attribute]
        measured = MetricFrame(metrics=OF_DECISIONS, y_true=label, y_pred=decision, sensitive_features=groups)
        rates |= measured.by_group["fpr"].to_dict()
        if not score.isin([0, 1]).all():
            _ = MetricFrame(metrics=OF_SCORES, y_true=label, y_pred=score, sensitive_features=groups).by_group
    Path(answer).write_text(json.dumps(rates), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
