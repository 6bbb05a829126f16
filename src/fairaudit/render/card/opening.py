"""The top of a card: the verdict and who, by how much, how sure that is, and what nobody can tell yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from markupsafe import Markup

from fairaudit.documents.answer import Answer, Step, answer_of
from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.findings import Finding
from fairaudit.documents.folder import Results
from fairaudit.documents.sliced import ranked_among
from fairaudit.documents.statements import Statements
from fairaudit.documents.steps import FIRST_STEPS, NextStep, all_steps, steps_after
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.card.parts import Item
from fairaudit.render.escape import cell, code
from fairaudit.render.words.answer import (
    base_rate_text,
    behind_claim,
    claim,
    headline,
    narrow_text,
    one_sided_warning,
    other_side_text,
    right_overall,
)
from fairaudit.render.words.findings import nothing_to_judge, performance_finding
from fairaudit.render.words.people import Words, words_of
from fairaudit.render.words.rest import rest_rows, unsaid_text
from fairaudit.render.words.slices import worst_slice_row
from fairaudit.render.words.steps import AS_FOR, StepTexts, step_told
from fairaudit.render.words.values import with_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An audit's answer, with what it is told with; the `top` findings stand at the top, with a step for each of them, among `all_steps`."""

    bias: BiasDocument
    answer: Answer
    words: Words
    top: tuple[Finding, ...]
    steps: tuple[NextStep, ...]
    all_steps: tuple[NextStep, ...]


def answered(documents: Results) -> Answered | None:
    """Gather the answer; ``None`` where nothing was compared, or nothing judged."""
    bias = documents.bias
    if bias is None or not bias.disparities:
        return None
    answer = answer_of(bias, documents.group)
    top = answer.foremost
    return Answered(
        bias=bias,
        answer=answer,
        words=words_of(bias.settings, (d.group for d in bias.disparities)),
        top=top,
        steps=steps_after(top, answer, bias),
        all_steps=all_steps(answer, bias),
    )


def item(finding: Finding, step: NextStep, gathered: Answered) -> Item:
    """Tell a finding, and its next step."""
    texts = claim(finding, words=gathered.words)
    behind = behind_claim(finding, texts, people=gathered.bias.people, words=gathered.words)
    return Item(
        sentence=texts.sentence,
        behind=" ".join(text for text in (behind, narrow_text(finding)) if text),
        step=step_markup(step_told(step, gathered.bias, gathered.words)),
    )


def cell_markup(text: str) -> Markup:
    """Write a text as Markdown that says no more than the text."""
    return Markup(cell(text, most=None))  # noqa: S704


def step_markup(texts: StepTexts) -> Markup:
    """Write a step with its commands, each to be pasted."""
    commands = " or ".join(code(command, most=None) for command in texts.commands)
    text = cell(texts.text, most=None)
    return Markup(f"{text}: {commands}" if commands else f"{text}.")  # noqa: S704


def opening(documents: Results) -> tuple[str, str]:
    """Return the first line: the verdict in a word, and who; without a verdict an empty word, and what was measured."""
    gathered = answered(documents)
    if gathered is not None:
        return headline(gathered.answer, gathered.words)
    overall = documents.overall
    if (main := documents.main_metric) is not None:
        return "", f"{performance_finding(main, overall[main])}."
    return "", f"{nothing_to_judge(documents.first.input.used)}."


def warnings(documents: Results) -> list[str]:
    """Return what has to be known before anything else: that nobody, or everybody, is selected."""
    gathered = answered(documents)
    if documents.everybody is None or documents.settings is None or (gathered and gathered.answer.selects):
        return []
    text = one_sided_warning(documents.everybody, words_of(documents.settings))
    return [text] if text else []


def top_items(gathered: Answered | None) -> list[Item]:
    """Tell the findings that stand at the top."""
    if gathered is None:
        return []
    items = [
        item(finding, step, gathered) for finding, step in zip(gathered.top, gathered.steps, strict=True)
    ]
    keys = [step.key for step in gathered.steps]
    return [
        one if keys.index(keys[place]) == place else replace(one, step=as_for(keys.index(keys[place]) + 1))
        for place, one in enumerate(items)
    ]


def as_for(place: int) -> Markup:
    """Say that a step is that of an earlier finding."""
    return cell_markup(AS_FOR.format(place))


def first_steps(gathered: Answered | None) -> list[Markup]:
    """Return the steps by which people say what the answer stands on, where nobody has, and the commands can be known."""
    steps = (_own_step(gathered, step) for step in FIRST_STEPS)
    return [step for step in steps if step is not None]


def last_step(gathered: Answered | None) -> Markup | None:
    """Return what comes after any audit, unless a finding has that step."""
    has_it = gathered is not None and any(step.step is Step.HOLD_LIMIT for step in gathered.steps)
    return None if has_it else _own_step(gathered, Step.HOLD_LIMIT)


def _own_step(gathered: Answered | None, wanted: Step) -> Markup | None:
    """Return a step that is no finding's; ``None`` where there is none, or its commands cannot be known."""
    if gathered is None:
        return None
    step = next((step for step in gathered.all_steps if step.step is wanted), None)
    if step is None:
        return None
    texts = step_told(step, gathered.bias, gathered.words)
    return step_markup(texts) if texts.commands or wanted is Step.GIVE_THRESHOLD else None


def offer(gathered: Answered | None) -> str:
    """Say what a decision means, and what they do to people, where nobody said it; empty where somebody has, or nothing depends on it."""
    if gathered is None:
        return ""
    # The step that follows has a command for each effect.
    offered = _own_step(gathered, Step.SAY_EFFECT) is None
    return unsaid_text(gathered.answer, gathered.bias, gathered.words, offer=offered)


def other_side(gathered: Answered | None) -> str:
    """Say which error spares those who are worse off; empty where none does."""
    if gathered is None or gathered.answer.other_side is None:
        return ""
    return f"The other side: {other_side_text(gathered.answer.other_side, gathered.words)}"


def in_short(documents: Results, gathered: Answered | None, statements: Statements) -> list[tuple[str, str]]:
    """Return the rows of the first table: the question, and its answer in a line."""
    rows = list(_performance(documents)) if gathered is None else list(_answer_rows(documents, gathered))
    if missing := statements.missing:
        rows.append(
            (
                "To do",
                f"{len(missing)} of {len(Statements.required())} statements that only people can make; the list stands at the end",
            )
        )
    return rows


def _answer_rows(documents: Results, gathered: Answered) -> Iterable[tuple[str, str]]:
    everybody, words = documents.everybody, gathered.words
    for row in rest_rows(gathered.answer, gathered.bias, everybody, words):
        lines = [cell_markup(text) for text in row.texts]
        yield row.head, Markup("<br>" if row.lines else " ").join(lines)  # noqa: S704
    metric, slices = documents.main_metric, ranked_among(documents)
    if everybody is not None and metric is not None and slices:
        yield worst_slice_row(slices, everybody, metric, words)


def _performance(documents: Results) -> Iterable[tuple[str, str]]:
    """Return the rows where no groups were compared."""
    overall = documents.overall
    main = documents.main_metric
    if main is not None:
        yield "Overall", f"{BY_NAME[main].long_name} {with_interval(main, overall[main])}"
    if documents.everybody is not None and documents.settings is not None:
        words = words_of(documents.settings)
        if right := right_overall(documents.everybody):
            yield "Right overall", f"{right}; {base_rate_text(documents.everybody, words)}"
        if main is not None and (slices := ranked_among(documents)):
            yield worst_slice_row(slices, documents.everybody, main, words)
    yield "Bias", "not audited" if documents.bias is None else "compared, not judged"
