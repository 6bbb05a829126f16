"""Documents of training as what a terminal shows."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.text import Text

from fairaudit.documents.model import CvDocument, PredictDocument, TrainDocument
from fairaudit.documents.order import order_parts
from fairaudit.errors import clipped, printable
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.terminal.tables import (
    HEADS,
    MOST_ROWS,
    NARROW,
    WIDE,
    footer,
    lowest_first,
    name_column,
    new_table,
    number_cell,
    people_text,
    plain,
    titled,
)
from fairaudit.render.words.answer import beside_no_model
from fairaudit.render.words.compared import model_text, scored_text
from fairaudit.render.words.training import training_rows
from fairaudit.settings.naming import Called

_MODEL_METRICS = (
    "accuracy",
    "balanced_accuracy",
    "f1",
    "precision",
    "tpr",
    "fpr",
    "roc_auc",
    "brier",
    "log_loss",
)


def train(document: TrainDocument, *, width: int) -> RenderableType:
    """Show a training: how good the model is on the rows that it learnt from and on those held out."""
    test, fitted = document.metrics["test"], document.metrics["train"]
    table = new_table()
    title = Text.assemble("performance of ", plain(document.model.estimator.rpartition(".")[2], most=60))
    table.add_column("metric")
    table.add_column("held-out", justify="right")
    if width >= NARROW:
        table.add_column("95% interval", justify="right")
    table.add_column("training", justify="right")
    for name in (m for m in _MODEL_METRICS if m in test):
        ci = test[name].ci
        interval = [f"{ci[0]:z.3f} to {ci[1]:z.3f}" if ci else "–"] if width >= NARROW else []
        learnt = fitted[name].value if name in fitted else None
        table.add_row(BY_NAME[name].long_name, number_cell(test[name].value), *interval, number_cell(learnt))
    return Group(
        Text(model_text(document)),
        titled(title, table),
        _no_model(test["accuracy"].value, document.data.prevalence, "test"),
        *_training(document),
        *footer(document.input, None),
    )


def cv(document: CvDocument, *, width: int) -> RenderableType:
    """Show a cross-validation: the spread over folds, then the slices."""
    settings = document.settings
    title = f"{settings.folds} folds" + (f", {settings.repeats} times" if settings.repeats > 1 else "")
    table = new_table()
    for head in ("metric", "mean", "std", "lowest", "highest"):
        table.add_column(head, justify="left" if head == "metric" else "right")
    for name in (m for m in _MODEL_METRICS if m in document.summary):
        part = document.summary[name]
        table.add_row(
            BY_NAME[name].long_name, *(number_cell(v) for v in (part.mean, part.std, part.min, part.max))
        )
    accuracy = document.summary["accuracy"].mean
    parts: list[RenderableType] = [
        titled(Text(f"over {title}"), table),
        _no_model(accuracy, document.data.prevalence, "all"),
        *_training(document),
    ]
    metrics = ("balanced_accuracy", "accuracy", "f1", "fpr", "fnr")[
        : 1 if width < NARROW else 2 if width < WIDE else 5
    ]
    for feature in dict.fromkeys(s.feature for s in document.slices):
        members = [s for s in document.slices if s.feature == feature]
        shown = order_parts(
            members,
            name=lambda s: s.slice,
            worst=lambda s: (s.small, lowest_first(s.metrics["balanced_accuracy"].mean)),
            most=MOST_ROWS,
        )
        slices_table = new_table()
        name_column(slices_table, "slice", (m.slice for m in members))
        slices_table.add_column(settings.words.get(Called.PEOPLE, "people"), justify="right")
        for metric in metrics:
            slices_table.add_column(HEADS.get(metric, metric), justify="right")
        for member in shown:
            cells = [
                f"{number_cell(member.metrics[m].mean)} ± {number_cell(member.metrics[m].std)}"
                for m in metrics
            ]
            slices_table.add_row(plain(member.slice), people_text(member.n, member.small), *cells)
        slices_title = plain(feature).append(", mean ± std over folds")
        parts.append(titled(slices_title, slices_table, left_out=len(members) - MOST_ROWS, file="cv.json"))
    return Group(*parts, *footer(document.input, None))


def _no_model(accuracy: float | None, prevalence: Mapping[str, float], part: str) -> Text:
    """Show what needs no model beside what the model does."""
    share = prevalence.get(part, next(iter(prevalence.values()), None))
    return Text("" if share is None else beside_no_model(accuracy, share))


def _training(document: TrainDocument | CvDocument) -> list[Text]:
    """Show how the model came about, as far as it was asked for."""
    return [
        Text.assemble((f"{head}: ", "bold"), plain(text, most=len(text)))
        for head, text in training_rows(document)
    ]


def predict(document: PredictDocument) -> RenderableType:
    """Show how many rows were scored."""
    sentence = Text(scored_text(document))
    unknown = [
        Text.assemble(
            "Never seen in training: ",
            plain(column),
            " = ",
            ", ".join(f"{printable(clipped(v))} ({n:,})" for v, n in list(values.items())[:5]),
        )
        for column, values in document.unknown_categories.items()
        if values
    ]
    return Group(sentence, *unknown)
