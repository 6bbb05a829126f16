"""What a card says was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from fairaudit.documents.audit import (
    FairnessDocument,
)
from fairaudit.documents.folder import Results
from fairaudit.documents.model import CvDocument
from fairaudit.documents.parts import Envelope, EstimatePart, Verdict, slice_named
from fairaudit.documents.ranking import MAIN_METRICS, Slice, is_small, poorest_slice
from fairaudit.errors import clipped
from fairaudit.metrics.kinds import Better
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.card.parts import MOST_SLICES, joint_attributes, ranked_among, slices_part
from fairaudit.render.words.findings import correction, distance_text, small_slices
from fairaudit.render.words.names import (
    MOST_NAMED,
    VERDICT_WORDS,
    by_reason,
    capital,
    listed_names,
    listing,
    long_name,
    passed_over_texts,
)
from fairaudit.render.words.values import counted, metric_value, with_interval
from fairaudit.settings.choices import Decide, RuleKind
from fairaudit.slices.grammar import MISSING_GROUP


def in_short(
    documents: Results, overall: Mapping[str, EstimatePart], main: str | None
) -> list[tuple[str, str]]:
    """Return the rows of the first table: the question, and its answer in a line."""
    rows = []
    if main is not None:
        more = [
            m for m in ("f1", "fpr", "fnr") if m in overall and m != main and overall[m].value is not None
        ]
        texts = [f"{BY_NAME[m].long_name} {metric_value(m, overall[m].value)}" for m in more]
        rows.append(
            (
                "Overall",
                "; ".join([f"{BY_NAME[main].long_name} {with_interval(main, overall[main])}", *texts]),
            )
        )
        rows += _worst_slice(documents, main)
    if documents.fairness is not None:
        verdicts = documents.fairness.answer.attributes
        texts = [
            f"{word}: {listed_names([a for a, v in verdicts.items() if v is verdict])}"
            for verdict, word in VERDICT_WORDS.items()
            if verdict in verdicts.values()
        ]
        rows.append(("Bias", f"{'; '.join(texts)} at tau {documents.fairness.settings.tau}"))
    elif documents.bias is None:
        rows.append(("Bias", "not audited"))
    else:
        rows.append(("Bias", "compared, not judged"))
    return rows


def _worst_slice(documents: Results, main: str) -> list[tuple[str, str]]:
    slices = ranked_among(documents)
    if not slices:
        return []
    worst, few = poorest_slice(slices, main), small_slices(slices, main)
    after = f"; {few}" if few else ""
    if worst is None:
        known = any(s.metrics[main].value is not None and not is_small(s, main) for s in slices)
        return [
            (
                "Slices",
                f"none {'of enough people is worse than everybody' if known else 'can be ranked'}{after}",
            )
        ]
    described = (
        f"{worst.slice.shown}: {BY_NAME[main].long_name} {metric_value(main, worst.slice.metrics[main].value)}, "
        f"{worst.slice.n:,} people; to everybody else {distance_text(worst, main)}"
    )
    if worst.is_sure:
        return [("Lowest slice" if BY_NAME[main].better is Better.NEITHER else "Worst slice", described)]
    return [
        ("Slices", f"none is worse than everybody else beyond chance; farthest off is {described}{after}")
    ]


def slices_sentence(ranked: Sequence[Slice], main: str | None) -> str:
    """Say how many slices are shown, in which order, and which are too small to lean on."""
    if main is None:
        return ""
    shown = min(len(ranked), MOST_SLICES)
    many = f"{shown} slices of {len(ranked):,}" if shown < len(ranked) else f"All {len(ranked):,} slices"
    first = "lowest first" if BY_NAME[main].better is Better.NEITHER else "worst first"
    few = small_slices(ranked, main)
    joint = joint_attributes(ranked, main)
    together = f"; intervals hold for {joint[1]:,} together" if joint and joint[1] > 1 else ""
    return f"{many}, {first}{together}{f'; {few}' if few else ''}."


def bias_sentence(documents: Results) -> str:
    """Say what was compared with what, and what is tolerated."""
    if documents.bias is None:
        return "Bias was not audited: no groups were compared."
    sentence = "Ratios are a group's rate over its reference group's."
    if documents.fairness is not None:
        tau = documents.fairness.tau
        sentence += (
            f" They may lie from {tau:.2f} to {1 / tau:.2f} in {', '.join(_lead_names(documents.fairness))}."
        )
        sentence += (
            " The ratio alone decides."
            if documents.fairness.settings.decide is Decide.POINT
            else f" {correction(documents.bias) or 'Nothing is compared'}; a pass has its 90% interval within; the rest is undecided."
        )
    return sentence


# --- what the machine found ---


def remarks(documents: Results, overall: Mapping[str, EstimatePart]) -> list[str | Markup]:
    """Return what a reader of the numbers has to know, one sentence each."""
    sentences: list[str | Markup] = []
    slices = slices_part(documents)
    settings = documents.settings
    if small := [s for s in slices if s.small]:
        limit = f" (fewer than {settings.min_group_size} people)" if settings else ""
        names = listing([f"{slice_named(s.feature, s.name)} ({s.n:,})" for s in small])
        sentences.append(
            f"{counted(len(small), 'small group')}{limit}: {names}. Their numbers are marked, and weak."
        )
    if absent := [s for s in slices if MISSING_GROUP in s.name.split(" * ")]:
        names = listing([f"{clipped(s.feature)} ({s.n:,})" for s in absent])
        sentences.append(f"People whose value is missing are a group of their own: {names}.")
    audited = documents.performance
    if audited is not None and audited.input.dropped:
        total = sum(audited.input.dropped.values())
        sentences.append(
            f"{total:,} of {audited.input.rows:,} rows were dropped, and nobody in them is counted."
        )
    sentences += [
        f"Not measured, as {reason}: {listing([long_name(metric) for metric in metrics], most=4)}."
        for reason, metrics in by_reason(audited.left_out if audited else {}).items()
    ]
    sentences += _found_in_bias(documents)
    if (
        settings is not None
        and settings.decision is not None
        and not settings.decision.chosen_by_user
        and settings.decision.kind == RuleKind.THRESHOLD
    ):
        sentences.append(f"Nobody chose the threshold: {settings.decision.sentence}.")
    if settings is not None and settings.attributes_chosen and settings.passed_over:
        sentences.append(f"Not looked at: {listing(passed_over_texts(settings.passed_over))}.")
    if len(hashes := {d.input.sha256 for d in _audits(documents)}) > 1:
        sentences.append(f"The documents of the audit were made from {len(hashes)} different inputs.")
    warnings = list(dict.fromkeys(w for d in (documents.train, documents.cv) if d for w in d.warnings))
    sentences += [f"Training: {clipped(w, most=200)}" for w in warnings[:MOST_NAMED]]
    if len(warnings) > MOST_NAMED:
        sentences.append(f"{len(warnings) - MOST_NAMED:,} more warnings of the training are in train.json.")
    sentences += _found_over_folds(documents.cv)
    sentences += _found_in_groups(documents)
    if not overall:
        sentences.append("Nothing could be measured.")
    return sentences or ["Nothing."]


def _found_in_groups(documents: Results) -> list[str]:
    """Tell what is in the data and not in the evaluation, and what the model never saw."""
    sentences = []
    if documents.cv is not None and documents.performance is not None:
        evaluated = {(s.feature, s.name) for s in slices_part(documents)}
        features = {feature for feature, _ in evaluated}
        absent = [
            f"{slice_named(s.feature, s.slice)} ({s.n:,})"
            for s in documents.cv.slices
            if s.feature in features and (s.feature, s.slice) not in evaluated
        ]
        if absent:
            sentences.append(f"Groups of the data that the evaluation lacks: {listing(absent)}.")
    unknown = {} if documents.predict is None else documents.predict.unknown_categories
    seen = [f"{slice_named(c, v)} ({n:,})" for c, values in unknown.items() for v, n in values.items()]
    if seen:
        sentences.append(f"Never seen in training: {listing(seen)}.")
    return sentences


def _found_in_bias(documents: Results) -> list[str]:
    fairness = documents.fairness
    sentences = []
    if fairness is not None:
        lead = [p for p in fairness.parities if p.decisive and p.verdict is not None]
        undecided = [p for p in lead if p.verdict is Verdict.UNDECIDED]
        if undecided:
            groups = dict.fromkeys(slice_named(p.attribute, p.group) for p in undecided)
            sentences.append(
                f"{len(undecided):,} of {len(lead):,} comparisons are undecided, of {listing(list(groups), most=3)}."
            )
        judged_small = sum(1 for p in lead if p.small and p.verdict is Verdict.FAIL)
        if judged_small:
            sentences.append(
                f"{counted(judged_small, 'failed comparison')} {'rests' if judged_small == 1 else 'rest'} on few people."
            )
    return sentences


def _found_over_folds(cv: CvDocument | None) -> list[str]:
    if cv is None:
        return []
    metric = next((m for m in MAIN_METRICS if m in cv.summary and cv.summary[m].min is not None), None)
    if metric is None:
        return []
    spread = cv.summary[metric]
    name = capital(BY_NAME[metric].long_name)
    return [
        f"{name} goes from {metric_value(metric, spread.min)} to {metric_value(metric, spread.max)} over {spread.folds:,} folds."
    ]


def _lead_names(fairness: FairnessDocument) -> list[str]:
    return [BY_NAME[m].long_name for m in fairness.family.metrics]


def _audits(documents: Results) -> list[Envelope]:
    return [
        d for d in (documents.group, documents.bias, documents.fairness, documents.slices) if d is not None
    ]
