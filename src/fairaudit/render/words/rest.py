"""What an answer says beside its findings: how sure they are, what is equal enough, what cannot be told or was not measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fairaudit.documents.answer import MOST_TOLD, Answer, NotMeasured, Untold
from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.findings import Finding
from fairaudit.documents.parts import AuditSettings, OverallPart, Verdict
from fairaudit.errors import clipped, written
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.answer import (
    DRAWN_IN_REPORT,
    MOST_SUBJECTS,
    base_rate_text,
    error_beside,
    not_measured_text,
    right_overall,
)
from fairaudit.render.words.behind import behind_text
from fairaudit.render.words.findings import CHOSEN_BY_DATA, DECIDED_BY_POINT, correction
from fairaudit.render.words.locked import departed_rows
from fairaudit.render.words.names import capital, joined
from fairaudit.render.words.people import Words, group_text
from fairaudit.render.words.shares import condition_text
from fairaudit.render.words.untold import (
    few_texts,
    open_texts,
    seen_text,
    sided_text,
    small_parts,
    untold_kinds,
    untold_text,
)
from fairaudit.render.words.values import counted, limit_text, tolerance
from fairaudit.settings.choices import Decide, Effect
from fairaudit.spelling import setting

MOST_NAMED_HERE = 8
"""How many groups a short row names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of an answer: its head, and what it says, one text each; `lines` tells whether each stands on a line of its own."""

    head: str
    texts: tuple[str, ...]
    lines: bool = False


def shown_verdict(answer: Answer) -> Verdict:
    """Return the verdict by which an answer is coloured: none where decisions are the same for everybody."""
    return answer.verdict if answer.selects is None else Verdict.UNDECIDED


def rest_rows(
    answer: Answer,
    bias: BiasDocument,
    overall: OverallPart | None,
    words: Words,
    *,
    drawn: str = DRAWN_IN_REPORT,
) -> list[Row]:
    """Say what is sure, equal enough, not to be told, not measured, and right overall; what there is nothing to say of is left out.

    See `not_measured_text` for `drawn`.
    """
    right = "" if overall is None else right_overall(overall)
    rows = [
        Row(head="How sure", texts=tuple(_sure(answer, bias, words))),
        Row(head="Equal enough", texts=tuple(_equal(answer, bias))),
        Row(head="Cannot tell", texts=tuple(_untold(answer, bias, words)), lines=True),
        *(Row(head=head, texts=(f"{capital(text)}.",)) for head, text in departed_rows(answer, bias, words)),
        Row(
            head="Not judged",
            texts=(f"{capital(untold_text(answer.unknown, words))}.",) if answer.unknown else (),
        ),
        Row(head="Not measured", texts=tuple(_not_measured(answer, bias.settings, drawn))),
        Row(
            head="Right overall",
            texts=(f"{right}; {base_rate_text(overall, words)}.",) if right and overall else (),
        ),
    ]
    return [row for row in rows if row.texts]


def _sure(answer: Answer, bias: BiasDocument, words: Words) -> Iterable[str]:
    if bias.settings.decide is Decide.POINT:
        yield DECIDED_BY_POINT
    elif answer.leading:
        yield from beyond_chance(answer, bias, words)
    elif not bias.decisive:
        return
    elif answer.verdict is Verdict.PASS:
        yield f"All intervals lie within {tolerance(bias.band)}, at 90%."
    else:
        yield "No gap surely exceeds what is tolerated, after allowing for all comparisons made."


def beyond_chance(answer: Answer, bias: BiasDocument, words: Words) -> Sequence[str]:
    """Say which gaps are wider than is tolerated, and not by chance, and what is less sure of them: how wide they are; one sentence each."""
    return tuple(_beyond_chance(answer, bias, words))


def _beyond_chance(answer: Answer, bias: BiasDocument, words: Words) -> Iterable[str]:
    shown = answer.leading[:MOST_TOLD]
    limit = limit_text(bias.band)
    allowed = f", allowing for {counted(bias.comparisons, 'comparison')}" if bias.comparisons > 1 else ""
    assumed = assumed_threshold(answer, bias)
    which = (
        "this gap exceeds" if len(shown) == 1 else "both gaps exceed" if assumed else "gaps 1 and 2 exceed"
    )
    errors = _sure_errors(shown, words)
    if assumed:
        # Two sentences, as one would be too long.
        then = f". {capital(errors)}" if errors else ""
        yield f"Sure, if the threshold is {assumed} (assumed){allowed}: {which} the tolerated {limit}{then}."
    else:
        yield f"Sure{allowed}: {which} the tolerated {limit}{f', and {errors}' if errors else ''}."
    levels = {finding.first.level for finding in shown if finding.first.interval is not None}
    if len(levels) != 1 or any(finding.first.allowed_for is not None for finding in shown):
        return
    interval = f"{levels.pop()}% interval"
    yield (
        f"How wide exactly is less sure: see its {interval}."
        if not allowed
        else f"How wide exactly is less sure: its {interval} is for this gap alone."
        if len(shown) == 1
        else f"How wide exactly is less sure: each {interval} is for its gap alone."
    )


def _sure_errors(shown: Sequence[Finding], words: Words) -> str:
    """Say whose errors are as sure as the gaps that they are told with; empty where none are told, as those told have failed as well."""
    wrong: dict[str, list[int]] = {}
    for number, finding in enumerate(shown, start=1):
        if (error := error_beside(finding, words)) is not None:
            wrong.setdefault(condition_text(error[0].metric, words), []).append(number)
    texts = [
        f"{'the gap' if len(numbers) == 1 else 'the gaps'}{'' if len(numbers) == len(shown) else f' of {numbers[0]}'} among those {condition}"
        for condition, numbers in wrong.items()
    ]
    does = "does" if len(texts) == 1 and texts[0].startswith("the gap ") else "do"
    return f"so {does} {joined(texts)}" if texts else ""


def _equal(answer: Answer, bias: BiasDocument) -> Iterable[str]:
    if answer.equal and answer.selects is None:
        yield f"{', '.join(answer.equal)}: all ratios that form the verdict lie within {tolerance(bias.band)}."


def _untold(answer: Answer, bias: BiasDocument, words: Words) -> Iterable[str]:
    """Name the groups, all of them, by what cannot be told of them, and why; of some other rates there may be an answer."""
    if answer.selects is not None:
        return
    alike = {one for finding in answer.findings for one in finding.same_people}
    named_here = [u for u in answer.untold if (u.attribute, u.group) not in alike]
    # Of a group of which nothing was found, it says enough which side it may be on.
    unsettled = {(u.attribute, u.group) for u in answer.unsettled} if answer.effect is not None else set()
    sided = [
        u for u in named_here if not u.few and u.first is not None and (u.attribute, u.group) in unsettled
    ]
    for kind, members in untold_kinds(sided, words, effect=answer.effect).items():
        yield f"{capital(kind)}. {sided_text(members, words, effect=answer.effect)}."
    rest = [u for u in named_here if u not in sided]
    yield from open_texts(rest, words, effect=answer.effect)
    few = [u for u in rest if u.few]
    every = [u for u in few if len(small_parts(u)) == len(bias.family.metrics)]
    for kind, members in untold_kinds(every, words, effect=answer.effect).items():
        yield f"{capital(kind)}: {seen_text(members, words, effect=answer.effect)}."
    # Of the other rates of these groups there is an answer.
    for text in few_texts([u for u in few if u not in every], words, effect=answer.effect):
        yield f"{capital(text)}."


def _not_measured(answer: Answer, settings: AuditSettings, drawn: str) -> Iterable[str]:
    for kind in answer.not_measured:
        yield f"{capital(not_measured_text(kind, settings, drawn=drawn))}."


def meaning_text(answer: Answer, bias: BiasDocument, words: Words) -> str:
    """Say what it means to be selected where the threshold was assumed; empty where it was given, or decisions were."""
    decision, assumed = bias.settings.decision, assumed_threshold(answer, bias)
    if decision is None or not assumed:
        return ""
    return f"{capital(words.selected)} here means {clipped(decision.column)} >= {assumed}, which is assumed."


def assumed_threshold(answer: Answer, bias: BiasDocument) -> str:
    """Write the threshold that was assumed, as nobody gave one; empty where none was."""
    decision = bias.settings.decision
    if decision is None or NotMeasured.THRESHOLD not in answer.not_measured:
        return ""
    return written(decision.threshold)


def unsaid_text(answer: Answer, bias: BiasDocument, words: Words, *, offer: bool = True) -> str:
    """Say what was assumed, and what would depend on what nobody said; empty where all is said.

    Parameters
    ----------
    offer
        Say as well how to say it.
    """
    texts = (meaning_text(answer, bias, words), effect_offer(answer, words, offer=offer))
    return " ".join(text for text in texts if text)


def effect_offer(answer: Answer, words: Words, *, offer: bool = True) -> str:
    """Say that nobody said what decisions do to people, where the answer would depend on it; empty otherwise."""
    if answer.effect is not None or not answer.findings:
        return ""
    unsaid = (
        f"Nobody has said whether being {words.selected} hurts or helps, so no group is called worse off."
    )
    return (
        f"{unsaid} Say it by {setting('effect', 'hurts')} or {setting('effect', 'helps')}."
        if offer
        else unsaid
    )


def how_decided(bias: BiasDocument) -> Iterable[str]:
    """Say what was compared, what is tolerated and what was corrected for."""
    names = joined([BY_NAME[m].long_name for m in bias.family.metrics])
    yield f"Compared are a group’s rate and its reference group’s. A ratio from {tolerance(bias.band)} is tolerated (tau {bias.tolerance})."
    if names:
        yield f"The verdict rests on {names}; other metrics are shown beside them."
        yield f"{capital(bias.answer.sentence)}."
    if bias.settings.decide is Decide.POINT:
        yield DECIDED_BY_POINT
    elif corrected := correction(bias):
        yield f"{corrected}; a pass needs the 90% interval within the tolerance; all else is undecided."
    if bias.references_were_chosen:
        yield CHOSEN_BY_DATA


def _unnamed(many: int) -> str:
    """Say how groups are seen that a short row does not name."""
    return f"; {counted(many, 'more group')} so: {setting('verbose')}" if many > 0 else ""


def _brief_untold(kind: str, members: Sequence[Untold], effect: Effect | None, words: Words) -> str:
    """Name groups of one kind of which something cannot be told, with what was seen of them."""
    largest = sorted(members, key=lambda u: -u.people)[:MOST_NAMED_HERE]
    text = (
        f"{kind}: {seen_text(largest, words, effect=effect)}"
        if any(one.few for one in largest)
        else f"{kind}. {sided_text(largest, words, effect=effect)}"
    )
    return f"{text}{_unnamed(len(members) - len(largest))}"


def _also(answer: Answer, words: Words) -> str:
    """Name the groups that a first line only counts; empty where it names all."""
    if answer.selects is not None or answer.gap is not None:
        return ""
    names = list(dict.fromkeys((f.attribute, f.rate.group) for f in answer.leading))
    return joined([group_text(*name, words) for name in names[1:]]) if len(names) > MOST_SUBJECTS else ""


def behind_rows(answer: Answer, words: Words) -> list[Row]:
    """Say what a gap may come from; no row where nothing is known of that."""
    if answer.behind is None:
        return []
    return [Row(head="May come from", texts=(f"{capital(behind_text(answer.behind, words))}.",))]


def brief_rows(answer: Answer, bias: BiasDocument, words: Words) -> Iterable[tuple[str, str]]:
    """Say in a line each what `rest_rows` says in full, as heads and texts."""
    differ = answer.selects is None
    if also := _also(answer, words):
        yield "Also so", also
    if differ and answer.equal:
        yield "Equal enough", f"{', '.join(answer.equal)} (ratios within {tolerance(bias.band)})"
    head = "Cannot tell"
    if differ:
        for kind, members in untold_kinds(answer.unsettled, words, effect=answer.effect).items():
            yield head, _brief_untold(kind, members, answer.effect, words)
            head = ""
    yield from departed_rows(answer, bias, words)
    if answer.behind is not None:
        yield "May come from", behind_text(answer.behind, words)
    if answer.unknown:
        yield "Not judged", untold_text(answer.unknown, words)
    if answer.not_measured:
        yield (
            "Not measured",
            "; ".join(not_measured_text(kind, bias.settings) for kind in answer.not_measured),
        )


def short_rows(
    answer: Answer, bias: BiasDocument, overall: OverallPart | None, words: Words, *, drawn: str
) -> Iterable[tuple[str, str]]:
    """Say in a line each how sure an answer is, what cannot be told and what was not measured, as heads and texts; a page says all of it further down.

    See `not_measured_text` for `drawn`.
    """
    for row in rest_rows(answer, bias, overall, words):
        if row.head == "How sure":
            yield row.head, row.texts[0]
    if answer.selects is None and answer.unsettled:
        yield "Cannot tell", f"{_short_untold(answer, words)}."
    for head, text in departed_rows(answer, bias, words):
        yield head, f"{capital(text)}."
    if answer.not_measured:
        kinds = "; ".join(not_measured_text(kind, bias.settings, drawn=drawn) for kind in answer.not_measured)
        yield "Not measured", f"{capital(kinds)}."


def _short_untold(answer: Answer, words: Words) -> str:
    """Name the groups of which something cannot be told, with what was seen of them where one thing can be said of all."""
    kinds = untold_kinds(answer.unsettled, words, effect=answer.effect)
    if len(kinds) == 1 and len(answer.unsettled) < MOST_SUBJECTS:
        ((kind, members),) = kinds.items()
        return capital(_brief_untold(kind, members, answer.effect, words))
    largest = sorted(answer.unsettled, key=lambda u: -u.people)[:MOST_SUBJECTS]
    others = len(answer.unsettled) - len(largest)
    more = f"; and {counted(others, 'more group')}, named below" if others else ""
    return f"Perhaps unequal: {untold_text(largest, words)}{more}"
