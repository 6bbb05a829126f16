"""What an answer says beside its findings: how sure they are, what is equal enough, what cannot be told or was not measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fairaudit.documents.answer import Answer, Untold
from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.parts import AuditSettings, OverallPart, Verdict
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.answer import (
    MOST_SUBJECTS,
    base_rate_text,
    behind_text,
    not_measured_text,
    right_overall,
)
from fairaudit.render.words.findings import CHOSEN_BY_DATA, DECIDED_BY_POINT, correction
from fairaudit.render.words.names import capital, joined
from fairaudit.render.words.people import Words, group_text
from fairaudit.render.words.untold import leaning_text, seen_text, untold_text
from fairaudit.render.words.values import counted, tolerance
from fairaudit.settings.choices import Decide, Effect
from fairaudit.spelling import setting

MOST_NAMED_HERE = 8
"""How many groups a short row names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of an answer: its head, and what it says, one text each."""

    head: str
    texts: tuple[str, ...]


def shown_verdict(answer: Answer) -> Verdict:
    """Return the verdict by which an answer is coloured: none where decisions are the same for everybody."""
    return answer.verdict if answer.selects is None else Verdict.UNDECIDED


def rest_rows(answer: Answer, bias: BiasDocument, overall: OverallPart | None, words: Words) -> list[Row]:
    """Say what is sure, equal enough, not to be told, not measured, and right overall; what there is nothing to say of is left out."""
    right = "" if overall is None else right_overall(overall)
    rows = [
        Row(head="How sure", texts=tuple(_sure(answer, bias))),
        Row(head="Equal enough", texts=tuple(_equal(answer, bias))),
        Row(head="Cannot tell", texts=tuple(_untold(answer, bias, words))),
        Row(
            head="Not judged",
            texts=(f"{capital(untold_text(answer.unknown, words))}.",) if answer.unknown else (),
        ),
        Row(head="Not measured", texts=tuple(_not_measured(answer, bias.settings))),
        Row(
            head="Right overall",
            texts=(f"{right}; {base_rate_text(overall, words)}.",) if right and overall else (),
        ),
    ]
    return [row for row in rows if row.texts]


def _sure(answer: Answer, bias: BiasDocument) -> Iterable[str]:
    many = len(answer.leading)
    if bias.settings.decide is Decide.POINT:
        yield DECIDED_BY_POINT
    elif many:
        yield f"{beyond_chance(many, bias)}."
    elif not bias.decisive:
        return
    elif answer.verdict is Verdict.PASS:
        yield f"All intervals lie within {tolerance(bias.band)}, at 90%."
    else:
        yield "Nothing is beyond chance, after allowing for all comparisons made."


def beyond_chance(many: int, bias: BiasDocument) -> str:
    """Say that so many findings exceed what is tolerated, and not by chance; without a full stop."""
    which = (
        "This surely exceeds"
        if many == 1
        else "Both surely exceed"
        if many == 2
        else f"All {many:,} surely exceed"
    )
    limit = f"{float(bias.band.high):.2f} times" if bias.band.high is not None else tolerance(bias.band)
    compared = (
        f", after allowing for {counted(bias.comparisons, 'comparison')}" if bias.comparisons > 1 else ""
    )
    return f"{which} the tolerated {limit}{compared}"


def _equal(answer: Answer, bias: BiasDocument) -> Iterable[str]:
    if answer.equal and answer.selects is None:
        yield f"{', '.join(answer.equal)}: all ratios that form the verdict lie within {tolerance(bias.band)}."


def _untold(answer: Answer, bias: BiasDocument, words: Words) -> Iterable[str]:
    """Name the groups, all of them, by what cannot be told of them, and why; of some other rates there may be an answer."""
    if answer.selects is not None:
        return
    gathered: dict[str, list[Untold]] = {}
    alike = {one for finding in answer.findings for one in finding.same_people}
    # Of a group of which nothing was found, it says enough which side it may be on.
    unsettled = {(u.attribute, u.group) for u in answer.unsettled} if answer.effect is not None else set()
    for untold in answer.untold:
        if (untold.attribute, untold.group) in alike:
            continue
        metrics = joined([BY_NAME[m].long_name for m in untold.metrics])
        every = len(untold.metrics) == len(bias.family.metrics)
        reason = (
            f"too few {words.people}{'' if every else f' for {metrics}'}"
            if untold.few
            else "too near the limit"
            if (untold.attribute, untold.group) in unsettled
            else f"{metrics} too near the limit"
        )
        gathered.setdefault(reason, []).append(untold)
    for reason, members in gathered.items():
        if any(u.few for u in members):
            text = f"{seen_text(members, words, effect=answer.effect)}: {reason}"
        elif answer.effect is None:
            text = f"{untold_text(members, words)}: {reason}"
        else:
            text = f"{reason}: {leaning_text(members, words, effect=answer.effect)}"
        # The name of a column stays as it is.
        named = any(text.startswith(f"{u.attribute} ") for u in members)
        yield f"{text if named else capital(text)}."


def _not_measured(answer: Answer, settings: AuditSettings) -> Iterable[str]:
    for kind in answer.not_measured:
        yield f"{capital(not_measured_text(kind, settings))}."


def effect_offer(answer: Answer, words: Words) -> str:
    """Say that nobody said what decisions do to people, where the answer would depend on it; empty otherwise."""
    if answer.effect is not None or not answer.findings:
        return ""
    return (
        f"Nobody has said whether being {words.selected} hurts or helps, so no group is called worse off. "
        f"Say it by {setting('effect', 'hurts')} or {setting('effect', 'helps')}."
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


def _brief_untold(members: Sequence[Untold], effect: Effect | None, words: Words, *, few: bool) -> str:
    """Say in short what was seen of groups of which something cannot be told, and why it cannot."""
    largest = sorted(members, key=lambda u: -u.people)[:MOST_NAMED_HERE]
    more = _unnamed(len(members) - len(largest))
    if few or effect is None:
        reason = "too few" if few else "too near the limit"
        return f"{seen_text(largest, words, effect=effect)}: {reason}{more}"
    return f"too near the limit: {leaning_text(largest, words, effect=effect)}{more}"


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
    for few in (True, False):
        members = [u for u in answer.unsettled if differ and u.few is few]
        if members:
            yield head, _brief_untold(members, answer.effect, words, few=few)
            head = ""
    if answer.behind is not None:
        yield "May come from", behind_text(answer.behind, words)
    if answer.unknown:
        yield "Not judged", untold_text(answer.unknown, words)
    if answer.not_measured:
        yield (
            "Not measured",
            "; ".join(not_measured_text(kind, bias.settings) for kind in answer.not_measured),
        )
