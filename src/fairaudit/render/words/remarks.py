"""What is said beside an answer: what was compared, what readers of the numbers have to know, what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.folder import Results
from fairaudit.documents.model import CvDocument
from fairaudit.documents.parts import AuditSettings, Envelope, EstimatePart, Verdict
from fairaudit.documents.ranking import MAIN_METRICS, Slice, is_small
from fairaudit.documents.sliced import joint_attributes, slices_part
from fairaudit.errors import clipped
from fairaudit.metrics.kinds import Better
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.evidence import correction_name
from fairaudit.render.words.findings import DECIDED_BY_POINT
from fairaudit.render.words.names import by_reason, capital, joined, long_name, passed_over_texts
from fairaudit.render.words.people import WORDS, Words, attribute_text, group_text, words_of
from fairaudit.render.words.quality import dropped_text
from fairaudit.render.words.values import counted, metric_value, tolerance
from fairaudit.settings.choices import Decide, RuleKind
from fairaudit.slices.grammar import CROSS, MISSING_GROUP


def slices_sentence(ranked: Sequence[Slice], main: str | None, *, most: int) -> str:
    """Say by what slices are ranked, of which `most` are shown, and what their intervals allow for."""
    if main is None:
        return ""
    shown = min(len(ranked), most)
    many = f"{shown} slices of {len(ranked):,}" if shown < len(ranked) else f"All {len(ranked):,} slices"
    first = "lowest first" if BY_NAME[main].better is Better.NEITHER else "worst first"
    joint = joint_attributes(ranked, main)
    by = BY_NAME[main].long_name
    together = f"; intervals hold for {joint[1]:,} together" if joint and joint[1] > 1 else ""
    values = [s.metrics[main].value or 0.0 for s in ranked if not is_small(s, main)]
    rising = sorted(values, reverse=BY_NAME[main].better is Better.LOWER)
    # What is not shown may be worse, too, and less surely so.
    benefit = "" if values[:shown] == rising[:shown] else " (chance allowed for)"
    return f"{many}, {first} by {by}{benefit}{together}."


def bias_sentences(documents: Results) -> list[str]:
    """Say what was compared with what, what is tolerated, and what makes a verdict."""
    bias = documents.bias
    if bias is None:
        return ["Bias was not audited: no groups were compared."]
    sentences = ["Each cell gives a group's rate, and its ratio to the reference group's."]
    if documents.fairness is None:
        return sentences
    sentences.append(f"Tolerated: {tolerance(bias.band)} times.")
    if bias.settings.decide is Decide.POINT:
        return [*sentences, DECIDED_BY_POINT, "Intervals are 95% ones."]
    many = counted(bias.comparisons, "comparison")
    return [
        *sentences,
        f"A fail holds after correcting for {many} ({correction_name(bias)}, 5%).",
        "A pass has its 90% interval within what is tolerated.",
        "The rest is undecided.",
        "Other intervals are 95% ones.",
    ]


def remarks(documents: Results, overall: Mapping[str, EstimatePart]) -> list[str]:
    """Return what a reader of the numbers has to know, one sentence each."""
    settings = documents.settings
    words = WORDS if settings is None else words_of(settings)
    sentences = [*_about_groups(documents, settings, words), *_about_rows(documents)]
    if documents.bias is not None and documents.fairness is not None:
        sentences += _about_verdicts(documents.bias, words)
    if settings is not None:
        sentences += _about_settings(settings)
    if len(hashes := {d.input.sha256 for d in _audits(documents)}) > 1:
        sentences.append(f"The documents of the audit were made from {len(hashes)} different inputs.")
    warnings = dict.fromkeys(w for d in (documents.train, documents.cv) if d for w in d.warnings)
    sentences += [f"Training: {clipped(w, most=200)}" for w in warnings]
    sentences += _over_folds(documents.cv)
    sentences += _unseen(documents, words)
    if not overall:
        sentences.append("Nothing could be measured.")
    return sentences or ["Nothing."]


def not_measured(documents: Results) -> list[str]:
    """Say which metrics the input does not allow, and why."""
    audited = documents.performance
    return [
        f"Not measured, as {reason}: {joined([long_name(metric) for metric in metrics])}."
        for reason, metrics in by_reason(audited.left_out if audited else {}).items()
    ]


def _about_groups(documents: Results, settings: AuditSettings | None, words: Words) -> list[str]:
    sentences = []
    slices = slices_part(documents)
    if small := [s for s in slices if s.small]:
        limit = f" (fewer than {settings.min_group_size} {words.people})" if settings else ""
        sentences.append(f"{counted(len(small), 'small group')}{limit}, whose numbers are marked, and weak.")
    if any(MISSING_GROUP in s.name.split(CROSS) for s in slices):
        sentences.append(f"{capital(words.people)} whose value is missing are a group of their own.")
    return sentences


def _about_rows(documents: Results) -> list[str]:
    sentence = dropped_text(documents)
    return [sentence] if sentence else []


def _about_verdicts(bias: BiasDocument, words: Words) -> list[str]:
    sentences = []
    undecided = [d for d in bias.decisive if d.verdict is Verdict.UNDECIDED]
    judged = [d for d in bias.decisive if not d.is_reference]
    if undecided:
        sentences.append(f"{len(undecided):,} of {len(judged):,} comparisons are undecided.")
    weak = sum(1 for d in judged if d.small and d.verdict is Verdict.FAIL)
    if weak:
        rest = "rests" if weak == 1 else "rest"
        sentences.append(f"{counted(weak, 'failed comparison')} {rest} on few {words.people}.")
    return sentences


def _about_settings(settings: AuditSettings) -> list[str]:
    sentences = []
    decision = settings.decision
    if decision is not None and not decision.chosen_by_user and decision.kind == RuleKind.THRESHOLD:
        sentences.append("The threshold was assumed.")
    if settings.attributes_chosen and settings.passed_over:
        texts = passed_over_texts(settings.passed_over, most=len(settings.passed_over))
        sentences += [f"Not looked at: {text}." for text in texts]
    return sentences


def _unseen(documents: Results, words: Words) -> list[str]:
    """Tell what is in the data and not in the evaluation, and what the model never saw."""
    sentences = []
    if documents.cv is not None and documents.performance is not None:
        evaluated = {(s.feature, s.name) for s in slices_part(documents)}
        features = {feature for feature, _ in evaluated}
        absent = [
            f"{group_text(s.feature, s.slice, words)} ({s.n:,})"
            for s in documents.cv.slices
            if s.feature in features and (s.feature, s.slice) not in evaluated
        ]
        sentences += [f"In the data, and not in the evaluation: {text}." for text in absent]
    unknown = {} if documents.predict is None else documents.predict.unknown_categories
    sentences += [
        f"Never seen in training: {attribute_text(column, words)} {clipped(value)} ({n:,})."
        for column, values in unknown.items()
        for value, n in values.items()
    ]
    return sentences


def _over_folds(cv: CvDocument | None) -> list[str]:
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


def _audits(documents: Results) -> list[Envelope]:
    return [
        d for d in (documents.group, documents.bias, documents.fairness, documents.slices) if d is not None
    ]
