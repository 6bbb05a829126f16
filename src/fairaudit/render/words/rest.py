"""What an answer says beside its findings: how sure they are, what is equal enough, what cannot be told or was not measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fairaudit.documents.answer import Answer, Untold
from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.findings import Finding
from fairaudit.documents.parts import AuditSettings, OverallPart, Verdict
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.answer import (
    base_rate_text,
    behind_text,
    not_measured_text,
    right_overall,
    untold_text,
)
from fairaudit.render.words.findings import CHOSEN_BY_DATA, DECIDED_BY_POINT, correction
from fairaudit.render.words.names import capital, joined
from fairaudit.render.words.people import Words
from fairaudit.render.words.values import counted, tolerance
from fairaudit.settings.choices import Decide
from fairaudit.spelling import setting

MOST_UNTOLD = 4
"""How many groups are named of which something cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of an answer: its head, and what it says, one text each."""

    head: str
    texts: tuple[str, ...]


def shown_verdict(answer: Answer) -> Verdict:
    """Return the verdict by which an answer is coloured: none where decisions are the same for everybody."""
    return answer.verdict if answer.selects is None else Verdict.UNDECIDED


def first_told(answer: Answer) -> tuple[Finding, ...]:
    """Return the findings that are told in full: what fails, or else the one that is the farthest from equal."""
    if answer.selects is not None:
        return ()
    if answer.leading:
        return answer.leading
    return (answer.open if answer.verdict is Verdict.UNDECIDED else answer.passing)[:1]


def rest_rows(answer: Answer, bias: BiasDocument, overall: OverallPart | None, words: Words) -> list[Row]:
    """Say what is sure, equal enough, not to be told, not measured, and right overall; what there is nothing to say of is left out."""
    right = "" if overall is None else right_overall(overall)
    rows = [
        Row(head="How sure", texts=tuple(_sure(answer, bias))),
        Row(head="Equal enough", texts=tuple(_equal(answer, bias))),
        Row(head="Cannot tell", texts=tuple(_untold(answer, bias, words))),
        Row(
            head="Not judged",
            texts=(f"{capital(untold_text(answer.unknown, words, most=len(answer.unknown)))}.",)
            if answer.unknown
            else (),
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
    for untold in answer.untold:
        if (untold.attribute, untold.group) in alike:
            continue
        metrics = joined([BY_NAME[m].long_name for m in untold.metrics])
        every = len(untold.metrics) == len(bias.family.metrics)
        reason = (
            f"too few {words.people}{'' if every else f' for {metrics}'}"
            if untold.few
            else f"{metrics} may lie within what is tolerated or beyond"
        )
        gathered.setdefault(reason, []).append(untold)
    for reason, members in gathered.items():
        text = untold_text(members, words, most=len(members))
        # The name of a column stays as it is.
        named = any(text.startswith(f"{u.attribute} ") for u in members)
        yield f"{text if named else capital(text)}: {reason}."


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


def behind_rows(answer: Answer, words: Words) -> list[Row]:
    """Say what a gap may come from; no row where nothing is known of that."""
    if answer.behind is None:
        return []
    return [Row(head="May come from", texts=(f"{capital(behind_text(answer.behind, words))}.",))]


def brief_rows(answer: Answer, bias: BiasDocument, words: Words) -> Iterable[tuple[str, str]]:
    """Say in a line each what `rest_rows` says in full, as heads and texts."""
    differ = answer.selects is None
    if differ and answer.equal:
        yield "Equal enough", f"{', '.join(answer.equal)} (ratios within {tolerance(bias.band)})"
    few = [u for u in answer.unsettled if differ and u.few]
    near = [u for u in answer.unsettled if differ and not u.few]
    if few:
        yield "Cannot tell", f"{untold_text(few, words)}: too few for some rates{';' if near else ''}"
    if near:
        yield (
            "" if few else "Cannot tell",
            f"{untold_text(near, words, most=MOST_UNTOLD if len(near) <= MOST_UNTOLD else MOST_UNTOLD - 1)}: may lie within what is tolerated or beyond",
        )
    if answer.behind is not None:
        yield "May come from", behind_text(answer.behind, words)
    if answer.unknown:
        yield "Not judged", untold_text(answer.unknown, words)
    if answer.not_measured:
        yield (
            "Not measured",
            "; ".join(not_measured_text(kind, bias.settings) for kind in answer.not_measured),
        )
