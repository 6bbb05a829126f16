"""Bare scikit-learn: the split, the pipeline and the files of ``fairaudit train``. ``sklearn_train.py FILE FOLDER TARGET POSITIVE``.

POSITIVE is a comma list of the target's positive values. Columns named ``id`` are no feature.
"""

import sys
from pathlib import Path

import pandas as pd
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def main(file: str, folder: str, target: str, positive: str) -> None:
    """Fit on three quarters of the rows, score the others, and write model and predictions."""
    frame = pd.read_csv(file)
    label = frame[target].astype(str).isin(positive.split(",")).astype(int)
    features = frame.drop(columns=[target, "id"], errors="ignore")
    numeric = list(features.select_dtypes("number"))
    text = [name for name in features if name not in numeric]
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5, max_categories=100)
    prepare = ColumnTransformer(
        [
            (
                "numeric",
                make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()),
                numeric,
            ),
            (
                "text",
                make_pipeline(SimpleImputer(strategy="constant", fill_value="(missing)"), encoder),
                text,
            ),
        ]
    )
    pipeline = make_pipeline(prepare, LogisticRegression(max_iter=1000))
    training, held_out, training_label, held_out_label = train_test_split(
        features, label, test_size=0.25, random_state=0, stratify=label
    )
    pipeline.fit(training, training_label)
    # Metrics are reported on both sides of the split.
    pipeline.predict_proba(training)
    score = pipeline.predict_proba(held_out)[:, 1]
    predictions = frame.loc[held_out.index].assign(label=held_out_label, score=score)
    predictions.to_csv(Path(folder) / "predictions.csv", index=False)
    skops.io.dump(pipeline, Path(folder) / "model.skops")


if __name__ == "__main__":
    main(*sys.argv[1:])
