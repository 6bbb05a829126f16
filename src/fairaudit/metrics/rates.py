"""Shares of people: the rates that the confusion matrix gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from fairaudit.metrics import effective
from fairaudit.metrics.kinds import (
    NOBODY,
    Better,
    Cells,
    Estimate,
    Evidence,
    Kind,
    Level,
    Metric,
    Needs,
    Side,
    Value,
    total,
)
from fairaudit.settings.choices import MIN_DENOMINATOR, Effect, RateInterval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.count.counts import Counts
    from fairaudit.metrics.kinds import Limits

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Kind):
    """A share of people.

    Precision, FDR, FOR and NPV are shares of those who are decided so: their intervals take the number of decisions as given.
    """

    numerator: Cells
    denominator: Cells

    interval: ClassVar[str] = "Wilson score, or Clopper and Pearson's where that is chosen"
    interval_source: ClassVar[str] = (
        "Wilson 1927, JASA 22:209-212; Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404"
    )
    evidence: ClassVar[Evidence] = Evidence.COUNTS
    told_from_rest: ClassVar[bool] = True

    @property
    def cells(self) -> tuple[Cells, Cells]:
        """The cells of numerator and denominator."""
        return self.numerator, self.denominator

    def value(self, counts: Counts, *, all_selected: int | None) -> Value:
        """Divide the people of the numerator by those of the denominator."""
        numerator = total(counts, self.numerator)
        denominator = (
            (all_selected or 0) if self.denominator == ("all selected",) else total(counts, self.denominator)
        )
        reason = NOBODY[self.denominator] if denominator == 0 else ""
        if counts.n == 0:
            # Weights of 0 make such a group. A share of 0 among all selected would look as if it had been passed over.
            reason = NOBODY[("n",)]
        exact = None if reason else Fraction(numerator, denominator)
        return Value(
            value=None if reason else numerator / denominator,
            exact=exact,
            reason=reason,
            numerator=numerator,
            denominator=denominator,
        )

    def few(self, counts: Counts, value: Value, design: float) -> bool:
        """Return whether the denominator is worth few people, or nobody is in it."""
        return bool(value.reason) or (value.denominator or 0) / design < MIN_DENOMINATOR

    def designs(self, groups: Sequence[Counts]) -> Iterable[float]:
        """Compute by how many times fewer people the rows of each group are worth, where people may stand in several."""
        return effective.rate_effects(groups, self.numerator, self.denominator)

    def intervals(self, groups: Sequence[Counts], points: Sequence[Estimate], level: Level) -> Limits:
        """Compute Wilson's intervals, or Clopper and Pearson's."""
        import numpy as np

        from fairaudit.inference import proportion

        compute = proportion.wilson if level.rates is RateInterval.WILSON else proportion.clopper_pearson
        return compute(
            np.asarray([p.successes for p in points], dtype=np.float64),
            np.asarray([p.trials for p in points], dtype=np.float64),
            level.confidence,
        )

    def share(self, counts: Counts, estimate: Estimate) -> tuple[float, float] | None:
        """Return successes and trials, as many people as they are worth."""
        return estimate.successes, estimate.trials


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfSelected(Share):
    """A share of all people selected: what one group has of them, the others have not."""

    denominator: Cells = ("all selected",)

    evidence: ClassVar[Evidence] = Evidence.WHOLE
    told_from_rest: ClassVar[bool] = False
    no_difference: ClassVar[str] = (
        "two shares of one whole are not independent, and their difference has no interval"
    )


_SALEIRO = "Saleiro et al. 2018, Aequitas, arXiv:1811.05577, section 3.2"
_FAWCETT = "Fawcett 2006, An introduction to ROC analysis, doi:10.1016/j.patrec.2005.10.010"

RATES: tuple[Metric, ...] = (
    Metric(
        name="pprev",
        long_name="selection rate",
        formula="(tp + fp) / n",
        estimates="P(decision = 1) in the group",
        says="a larger part of the group gets the decision",
        when="Look at it when there are no labels you trust, or when shares of decisions themselves have to be equal (demographic parity, the four-fifths rule). It ignores whether decisions are right.",
        source=f"{_SALEIRO} (predicted prevalence)",
        needs=Needs.DECISION,
        better=Better.NEITHER,
        also=("positive rate", "predicted prevalence", "demographic parity", "acceptance rate"),
        kind=Share(numerator=("selected",), denominator=("n",)),
        worse={Effect.HURTS: Side.HIGHER, Effect.HELPS: Side.LOWER},
        parity="Impact Parity",
        aequitas=True,
    ),
    Metric(
        name="fpr",
        long_name="false positive rate",
        formula="fp / (fp + tn)",
        estimates="P(decision = 1 | label = 0) in the group",
        says="more of those whose label is 0 are wrongly decided 1",
        when="Look at it when decision 1 hurts (a detention, a fraud flag) and everybody with label 0 can be hurt by mistake.",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.LOWER,
        also=("false alarm rate",),
        kind=Share(numerator=("fp",), denominator=("fp", "tn")),
        worse={Effect.HURTS: Side.HIGHER},
        parity="FPR Parity",
        aequitas=True,
    ),
    Metric(
        name="fnr",
        long_name="false negative rate",
        formula="fn / (fn + tp)",
        estimates="P(decision = 0 | label = 1) in the group",
        says="more of those whose label is 1 are missed",
        when="Look at it when decision 1 helps (a loan, a treatment), most of those in need can be reached, and a missed person is the error that hurts.",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.LOWER,
        also=("miss rate",),
        kind=Share(numerator=("fn",), denominator=("tp", "fn")),
        worse={Effect.HELPS: Side.HIGHER},
        parity="FNR Parity",
        aequitas=True,
    ),
    Metric(
        name="tpr",
        long_name="true positive rate",
        formula="tp / (tp + fn)",
        estimates="P(decision = 1 | label = 1) in the group",
        says="more of those whose label is 1 are found",
        when="Look at it when decision 1 helps and only few can be reached: are those who qualify found equally often (equal opportunity)? It is 1 - FNR.",
        source=f"{_SALEIRO}; Hardt, Price and Srebro 2016, arXiv:1610.02413 (equal opportunity)",
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        also=("recall", "sensitivity", "equal opportunity"),
        kind=Share(numerator=("tp",), denominator=("tp", "fn")),
        worse={Effect.HELPS: Side.LOWER},
        parity="TPR Parity",
        aequitas=True,
    ),
    Metric(
        name="tnr",
        long_name="true negative rate",
        formula="tn / (tn + fp)",
        estimates="P(decision = 0 | label = 0) in the group",
        says="more of those whose label is 0 are rightly left alone",
        when="The same hypothesis as FPR, of which it is 1 minus; look at it where being cleared is what counts.",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        also=("specificity",),
        kind=Share(numerator=("tn",), denominator=("fp", "tn")),
        worse={Effect.HURTS: Side.LOWER},
        parity="TNR Parity",
        aequitas=True,
    ),
    Metric(
        name="precision",
        long_name="precision",
        formula="tp / (tp + fp)",
        estimates="P(label = 1 | decision = 1) in the group",
        says="more of those decided 1 deserve it",
        when="Look at it when a decision 1 should mean the same for everybody who gets it. Its denominator are those decided 1.",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        also=("positive predictive value", "ppv"),
        kind=Share(numerator=("tp",), denominator=("tp", "fp")),
        worse={Effect.HURTS: Side.LOWER},
        parity="Precision Parity",
        aequitas=True,
    ),
    Metric(
        name="fdr",
        long_name="false discovery rate",
        formula="fp / (tp + fp)",
        estimates="P(label = 0 | decision = 1) in the group",
        says="more of those decided 1 are decided wrongly",
        when="Look at it when decision 1 hurts and only few people are selected: which share of those selected should not have been?",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.LOWER,
        kind=Share(numerator=("fp",), denominator=("tp", "fp")),
        worse={Effect.HURTS: Side.HIGHER},
        parity="FDR Parity",
        aequitas=True,
    ),
    Metric(
        name="for",
        long_name="false omission rate",
        formula="fn / (fn + tn)",
        estimates="P(label = 1 | decision = 0) in the group",
        says="more of those decided 0 are decided wrongly",
        when="Look at it when decision 1 helps and only few can be reached: which share of those passed over needed it?",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.LOWER,
        kind=Share(numerator=("fn",), denominator=("fn", "tn")),
        worse={Effect.HELPS: Side.HIGHER},
        parity="FOR Parity",
        aequitas=True,
    ),
    Metric(
        name="npv",
        long_name="negative predictive value",
        formula="tn / (fn + tn)",
        estimates="P(label = 0 | decision = 0) in the group",
        says="more of those decided 0 are decided rightly",
        when="The same hypothesis as FOR, of which it is 1 minus; look at it where a decision 0 should be as reliable for everybody.",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        kind=Share(numerator=("tn",), denominator=("fn", "tn")),
        worse={Effect.HELPS: Side.LOWER},
        parity="NPV Parity",
        aequitas=True,
    ),
    Metric(
        name="ppr",
        long_name="share of all selected",
        formula="(tp + fp) / everybody selected",
        estimates="P(group | decision = 1)",
        says="the group makes up a larger part of all people selected, which also grows with the group's size",
        when="Only when equal numbers, not equal rates, are wanted of each group. Aequitas calls parity of it Statistical Parity; two groups treated alike fail it if one is larger.",
        source=f"{_SALEIRO} (predicted positive rate)",
        needs=Needs.DECISION,
        better=Better.NEITHER,
        also=("predicted positive rate",),
        kind=ShareOfSelected(numerator=("selected",)),
        parity="Statistical Parity",
        aequitas=True,
    ),
    Metric(
        name="prev",
        long_name="base rate",
        formula="(tp + fn) / n",
        estimates="P(label = 1) in the group",
        says="more of the group have label 1",
        when="Look at it first: where base rates differ, not all parities can hold at once (Chouldechova 2017, arXiv:1703.00056).",
        source=f"{_SALEIRO} (prevalence)",
        needs=Needs.LABEL,
        better=Better.NEITHER,
        also=("prevalence",),
        equality="Base Rate Equality",
        kind=Share(numerator=("tp", "fn"), denominator=("n",)),
        aequitas=True,
    ),
    Metric(
        name="accuracy",
        long_name="accuracy",
        formula="(tp + tn) / n",
        estimates="P(decision = label) in the group",
        says="more of the group are decided rightly",
        when="A first overview where both errors cost the same and labels 1 are not rare.",
        source=_FAWCETT,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        kind=Share(numerator=("tp", "tn"), denominator=("n",)),
        aequitas=True,
    ),
)
