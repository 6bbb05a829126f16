"""How rows are sliced, what is said of slices beside their metrics, and where they are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from fairaudit.errors import OptionError
from fairaudit.settings.choices import NO_LABEL
from fairaudit.settings.locked import agreed
from fairaudit.settings.option import COLUMNS, OUTPUT, Option
from fairaudit.settings.reading import AuditReading, Features
from fairaudit.spelling import Bare, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where slices are kept."""

    save: Annotated[
        Path | None,
        Option(
            panel=OUTPUT,
            metavar="FILE",
            # A file that was kept once is not to be made anew by every run.
            typed_only=True,
            help="Keep these slices in a TOML file: edges, categories, groups, whom they are compared with, the roles of columns and the decision rule. --slices FILE applies them to other data.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Whether columns are described beside the metrics."""

    stats: Annotated[
        bool, Option(help="Describe every numeric column in every slice: mean, std, quartiles.")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSettings(AuditReading):
    """How rows are read that are to be sliced."""

    attributes: Features = ()
    prediction: Annotated[
        str | None,
        Option(
            panel=COLUMNS,
            metavar="COL",
            help="Column with the predicted class. Of more than two classes: accuracy, macro and weighted F1, precision and recall of each, and the confusion matrix per slice; with --positive one class against the rest.",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse two sources of decisions, too."""
        AuditReading.__post_init__(self)
        if self.lock is not None and self.lock.classes and not self.positive:
            kept = agreed(self.lock, "prediction", self.prediction, self.lock.columns["decision"])
            object.__setattr__(self, "prediction", kept)
        if self.prediction is None:
            return
        for name in ("decision", "threshold", "top_k", "top_percent"):
            # A lock may keep the same.
            if getattr(self, name) not in (None, self.prediction):
                raise OptionError(
                    setting("prediction"),
                    f"says what was predicted, and cannot be given together with {setting(name)}",
                )
        if self.label == NO_LABEL:
            raise OptionError(
                setting("prediction"),
                "is compared with labels, and there are to be none",
                hint=f"{setting('decision', Bare('COL'))} slices decisions alone",
            )

    @property
    def with_prediction(self) -> SliceSettings:
        """The same where predictions are decisions."""
        return self if self.prediction is None else replace(self, decision=self.prediction, prediction=None)
