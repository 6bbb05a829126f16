"""What a person may choose, with its defaults."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

STDIN = "-"
DEFAULT_OUT = Path("fairaudit-out")
DEFAULT_STATEMENTS = Path("card.toml")
DEFAULT_TAU = Fraction("0.8")
DEFAULT_MIN_GROUP_SIZE = 30
MIN_DENOMINATOR = 10
"""A rate out of fewer than this many is marked small."""
CONFIDENCE = 0.95
PASS_CONFIDENCE = 0.90
"""Of the interval that agrees with one-sided tests at 5%, on which verdicts rest."""
BOOTSTRAP_REPLICATES = 2_000
BOOTSTRAP_SEED = 0
NO_LABEL = "none"
MAJORITY = "majority"
MIN_METRIC = "min-metric"
MIN = "min"
"""Another word for `MIN_METRIC`, which is Aequitas's."""
MAX = "max"
REST = "rest"
DECISIVE_METRICS = ("pprev", "fpr", "fnr")
"""The default of what forms the verdict: whether decisions are equal, then whether errors are."""


class Missing(StrEnum):
    """What to do with rows whose label or score is missing."""

    ERROR = "error"
    DROP = "drop"


class ScoreKind(StrEnum):
    """What the scores are; it decides which metrics they allow."""

    NONE = "none"
    DECISIONS = "0/1 decisions"
    PROBABILITIES = "probabilities"
    RANKS = "ranks"


class Answers(StrEnum):
    """What a model that was fitted elsewhere answers for a row."""

    PROBABILITIES = "probabilities"
    DECISION_VALUES = "decision values"
    LABELS = "labels"


class ModelFile(StrEnum):
    """How a fitted model was stored."""

    OWN = "fairaudit"
    SKOPS = "skops"
    PICKLE = "pickle"
    ONNX = "onnx"
    MLFLOW = "mlflow"
    MEMORY = "memory"


class RuleKind(StrEnum):
    """How decisions come about."""

    SCORES_ARE_DECISIONS = "scores are 0/1"
    DECISION_COLUMN = "decision column"
    THRESHOLD = "threshold"
    TOP_K = "top-k"
    TOP_PERCENT = "top-percent"
    MEDIAN = "above the median"


class WeightKind(StrEnum):
    """What a weight says of a row."""

    FREQUENCY = "frequency"
    SURVEY = "survey"


class ModelKind(StrEnum):
    """The estimators that can be asked for by name."""

    LOGISTIC = "logistic"
    RANDOM_FOREST = "random-forest"
    HIST_GRADIENT_BOOSTING = "hist-gradient-boosting"


class ClassWeight(StrEnum):
    """How classes are weighed in training."""

    BALANCED = "balanced"


class RateInterval(StrEnum):
    """Which interval rates carry."""

    WILSON = "wilson"
    CLOPPER_PEARSON = "clopper-pearson"


TOO_FEW = "too few"
"""What lists have in the place of a gate's verdict on a group that is not judged."""


class FamilyOf(StrEnum):
    """With which comparisons those of a gate are corrected: its own alone, or those of all gates that say so."""

    GATE = "gate"
    POLICY = "policy"


class Effect(StrEnum):
    """What decision 1 does to a person: it hurts (a detention, a fraud flag), or it helps (a loan, an interview)."""

    HURTS = "hurts"
    HELPS = "helps"


class AuditOn(StrEnum):
    """Which predictions for raw data an audit stands on."""

    FOLDS = "folds"
    TEST = "test"


class Decide(StrEnum):
    """How a verdict is reached: from the interval, or from the point alone as Aequitas does."""

    INTERVAL = "interval"
    POINT = "point"


class Profile(StrEnum):
    """By whose definitions adverse impact is told; `LL144` and `NONE` have no limit that a group passes or not."""

    FOUR_FIFTHS = "four-fifths"
    LL144 = "ll144"
    LENDING = "lending"
    NONE = "none"

    @property
    def has_limit(self) -> bool:
        """Whether there is a line below which impact is adverse."""
        return self in (Profile.FOUR_FIFTHS, Profile.LENDING)


class CardReader(StrEnum):
    """Who asks more of a card than that it be complete."""

    EU_AI_ACT = "eu-ai-act"
    NIST = "nist"
    LL144 = "ll144"


class SmdOf(StrEnum):
    """By which standard deviation a difference of means is divided: that of both groups together, or of everybody."""

    POOLED = "pooled"
    OVERALL = "overall"


class Sought(StrEnum):
    """What slices are searched for that nobody asked for."""

    ERROR = "error"
    FPR = "fpr"
    FNR = "fnr"
    FDR = "fdr"
    FOR = "for"
    LOG_LOSS = "log_loss"
    BRIER = "brier"


class Adjusted(StrEnum):
    """How p-values are adjusted for how many slices were tested."""

    HOLM = "holm"
    BH = "bh"


def split_words(typed: Iterable[str], *, known: Collection[str]) -> tuple[str, ...]:
    """Split comma lists; a text that is known as it stands is one word, whatever commas it holds.

    >>> split_words(["acc,good", "a,b"], known=["acc", "good", "a,b"])
    ('acc', 'good', 'a,b')
    """
    words: list[str] = []
    for text in typed:
        words += [text] if text in known else [part.strip() for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(words))
