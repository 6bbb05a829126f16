"""Fairlearn's ``MetricFrame``, one for each attribute, on a pandas data frame. ``fairlearn_group.py FILE ANSWER``.

The metrics are Aequitas's twelve. Complements (FNR, TNR, FDR, FOR) are one minus what is here, and the share of all selected
follows from the selection rates and counts, so no time goes into them. Scores that are no decisions add ROC AUC, Brier score
and log loss, in a second frame, because these are computed from scores.
"""

import sys
from functools import partial

import pandas as pd
from fairlearn.metrics import MetricFrame, count, false_positive_rate, selection_rate, true_positive_rate
from files import ATTRIBUTES, read, write
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss, precision_score, roc_auc_score

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
    """Measure, and write down the counts that follow from the rates."""
    frame = read(file)
    label, score = frame["label_value"], frame["score"]
    decision = (score >= 0.5).astype(int)
    measured = []
    for attribute in ATTRIBUTES:
        groups = frame[attribute]
        rates = MetricFrame(metrics=OF_DECISIONS, y_true=label, y_pred=decision, sensitive_features=groups)
        measured.append(rates.by_group)
        if not score.isin([0, 1]).all():
            _ = MetricFrame(metrics=OF_SCORES, y_true=label, y_pred=score, sensitive_features=groups).by_group
    rates = pd.concat(measured)
    ones = rates["count"] * rates["prevalence"]
    zeros = rates["count"] - ones
    tp, fp = ones * rates["tpr"], zeros * rates["fpr"]
    write(answer, rates.index, *(counts.round() for counts in (tp, fp, ones - tp, zeros - fp)))


if __name__ == "__main__":
    main(*sys.argv[1:])
