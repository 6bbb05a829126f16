"""The answer at the top of a report: who is worse off, two bars a finding, and what goes with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fairaudit.documents.answer import Answer, Step, answer_of
from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.findings import Finding, Rate
from fairaudit.documents.folder import Results
from fairaudit.documents.parts import Verdict
from fairaudit.documents.steps import all_steps
from fairaudit.render.report.parts import MOST_TEXT, shown_text
from fairaudit.render.words.answer import (
    DRAWN_BELOW,
    chance_text,
    claim,
    headline,
    other_side_text,
    ratio_text,
    times_counted,
    worth_of,
)
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import Words, short_name, words_of
from fairaudit.render.words.rest import (
    Row,
    behind_rows,
    how_decided,
    rest_rows,
    short_rows,
    shown_verdict,
    unsaid_text,
)
from fairaudit.render.words.shares import in_hundred, of_whom_text, people_of, share_of_group
from fairaudit.render.words.steps import THRESHOLDS_HERE, step_told


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A rate as a bar, of a track that is `width` 100 long."""

    name: str
    rate: str
    counts: str
    width: str
    is_subject: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownClaim:
    """A finding as it is shown: a sentence, a bar for its group and one for the group beside it, and what is behind them.

    Attributes
    ----------
    harm
        Whether its group is worse off, which its bar shows by its colour.
    of_whom
        Of whom the bars show shares.
    track
        What the whole track stands for, where it is not everybody.
    """

    harm: bool
    sentence: str
    of_whom: str
    bars: tuple[Bar, ...]
    track: str
    ratio: str
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """What to do next, and the commands for it; `link` leads to where the page itself has it."""

    text: str
    commands: tuple[str, ...]
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """All that stands at the top.

    Attributes
    ----------
    offer
        What nobody said: what a decision means, and what it does to people; empty where somebody did, or nothing depends on it.
    short
        What stands under the first sentence, before the claims, in a line each: heads and texts.
    """

    verdict: Verdict
    word: str
    sentence: str
    offer: str
    short: tuple[tuple[str, str], ...]
    claims: tuple[ShownClaim, ...]
    folded: tuple[ShownClaim, ...]
    other_side: str
    rows: tuple[Row, ...]
    steps: tuple[ShownStep, ...]
    decided: tuple[str, ...]


def shown_answer(documents: Results, *, has_slider: bool) -> ShownAnswer | None:
    """Return what stands at the top; ``None`` where groups were not compared."""
    bias = documents.bias
    if bias is None:
        return None
    answer, words = (
        answer_of(bias, documents.group),
        words_of(bias.settings, (d.group for d in bias.disparities)),
    )
    word, sentence = headline(answer, words)
    first = answer.foremost
    all_of_it = answer.findings or (answer.open if answer.verdict is Verdict.UNDECIDED else first)
    ordered = dict.fromkeys((*answer.leading, *all_of_it))
    rest = [finding for finding in ordered if finding not in first and answer.selects is None]
    overall = None if documents.group is None else documents.group.overall
    # This is the report itself.
    drawn = "" if documents.scores is None else DRAWN_BELOW
    steps = tuple(dict.fromkeys(_steps(answer, bias, words, has_slider=has_slider)))
    short = [
        *short_rows(answer, bias, overall, words, drawn=drawn),
        *(("Next", f"{step.text}.") for step in steps[:1]),
    ]
    return ShownAnswer(
        verdict=shown_verdict(answer),
        word=word,
        sentence=shown_text(sentence, most=MOST_TEXT),
        offer=shown_text(unsaid_text(answer, bias, words), most=MOST_TEXT),
        short=tuple((head, shown_text(text, most=MOST_TEXT)) for head, text in short),
        claims=tuple(shown_claim(finding, bias, words) for finding in first),
        folded=tuple(shown_claim(finding, bias, words) for finding in rest),
        other_side=""
        if answer.other_side is None
        else shown_text(other_side_text(answer.other_side, words), most=MOST_TEXT),
        rows=tuple(
            Row(head=row.head, texts=tuple(shown_text(text, most=MOST_TEXT * 4) for text in row.texts))
            for row in (
                *behind_rows(answer, words),
                *rest_rows(answer, bias, overall, words, drawn=drawn),
            )
        ),
        steps=steps,
        decided=tuple(how_decided(bias)),
    )


def shown_claim(finding: Finding, bias: BiasDocument, words: Words) -> ShownClaim:
    """Return a finding as it is shown."""
    texts, against = claim(finding, words=words), finding.first
    worth = worth_of(against, words)
    more = [texts.errors, texts.others]
    if finding.verdict is Verdict.UNDECIDED:
        more.append(chance_text(finding, bias.people, words))
    track = _track(rate.value for rate in (finding.rate, against.rate))
    return ShownClaim(
        harm=bool(finding.harm),
        sentence=shown_text(texts.sentence, most=MOST_TEXT),
        of_whom=shown_text(f"{of_whom_text(finding.metric, words)}:", most=MOST_TEXT),
        bars=tuple(
            _bar(rate, finding.attribute, words, track, is_subject=rate is finding.rate)
            for rate in (finding.rate, against.rate)
        ),
        track="" if track == 1 else f"The grey bar is {in_hundred(track)}.",
        ratio=". ".join(
            text
            for text in (
                f"The counts are of rows, {worth}" if worth else "",
                ratio_text(against, often=times_counted(finding, words)),
            )
            if text
        ),
        more=tuple(shown_text(text, most=MOST_TEXT) for text in more if text),
    )


def _bar(rate: Rate, attribute: str, words: Words, track: float, *, is_subject: bool) -> Bar:
    return Bar(
        name=shown_text(short_name(attribute, rate.group, words)),
        rate=share_of_group(rate),
        counts="" if share_of_group(rate) == people_of(rate) else people_of(rate),
        width=f"{100 * (rate.value or 0.0) / track:.2f}",
        is_subject=is_subject,
    )


def _track(values: Iterable[float | None]) -> float:
    """Return what a whole track stands for: everybody, or where that would show nothing a tenth of them, or less."""
    most = max((value or 0.0 for value in values), default=0.0)
    track = 1.0
    while 0 < most <= track / 10 and track > 1e-9:
        track /= 10
    return track


def _steps(answer: Answer, bias: BiasDocument, words: Words, *, has_slider: bool) -> Iterable[ShownStep]:
    """Say what comes next: a step for each finding that stands open, and what comes after any audit."""
    for step in all_steps(answer, bias):
        if step.step is Step.THRESHOLDS and has_slider:
            yield ShownStep(text=THRESHOLDS_HERE, commands=(), link="#threshold")
            continue
        next_step = step_told(step, bias, words)
        commands = tuple(command for command in next_step.commands if command)
        yield ShownStep(text=capital(next_step.text), commands=commands, link="")
