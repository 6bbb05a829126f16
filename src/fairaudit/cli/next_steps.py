"""What to do next, as commands that can be pasted: they repeat what was typed, as far as the next command knows it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fairaudit.errors import FairauditError
from fairaudit.settings.address import without_password
from fairaudit.settings.choices import DEFAULT_OUT, NO_LABEL, STDIN, Effect
from fairaudit.settings.commands import has_option, options_of
from fairaudit.settings.file import find_config, gate_entries

if TYPE_CHECKING:
    from fairaudit.documents.audit import BiasDocument
    from fairaudit.documents.discovered import DiscoverDocument
    from fairaudit.documents.gates import CheckDocument
    from fairaudit.documents.grouped import GroupDocument
    from fairaudit.documents.impact import ImpactDocument
    from fairaudit.documents.parts import AuditSettings
    from fairaudit.settings.option import Setting
    from fairaudit.workflow.outcomes import Outcomes

Steps = tuple[tuple[str, str], ...]
"""What a step is for, and what to type; nothing to be typed where the step says all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command line, taken apart.

    Attributes
    ----------
    command
        The first word.
    options
        Each option as typed, with its value, and which one it is.
    named
        What was named beside the options, such as the file that was read.
    """

    command: str
    options: tuple[tuple[Setting, tuple[str, ...]], ...]
    named: tuple[str, ...]

    @property
    def is_repeatable(self) -> bool:
        """Whether it can be typed again: what came from stdin is gone."""
        return STDIN not in self.named


def typed_of(words: Sequence[str]) -> Typed:
    """Take apart what was typed after ``fairaudit``, the command first."""
    flags = {flag: setting for setting in options_of(words[0]).values() for flag in setting.flags}
    options: list[tuple[Setting, tuple[str, ...]]] = []
    named: list[str] = []
    rest = iter(words[1:])
    for word in rest:
        if word == "--":
            named += map(without_password, rest)
            break
        flag = word.partition("=")[0] if word.startswith("--") else word[:2]
        setting = flags.get(flag)
        if setting is None:
            named.append(without_password(word))
        elif word != flag or setting.holds is bool:
            options.append((setting, (word,)))
        else:
            options.append((setting, (word, next(rest, ""))))
    return Typed(command=words[0], options=tuple(options), named=tuple(named))


def command_line(
    command: str,
    typed: Typed,
    *more: str,
    named: Sequence[str] | None = None,
    without: Sequence[str] = (),
) -> str:
    """Write a command that repeats what was typed, without what it does not know.

    Parameters
    ----------
    more
        Further words, which are options.
    named
        What is named beside the options; left out, what was named before.
    without
        Names of options that are not repeated.
    """
    kept = [
        word
        for setting, words in typed.options
        if setting.name not in without and has_option(command, setting.name, other=typed.command)
        for word in words
    ]
    files = list(typed.named if named is None else named)
    if command == "audit" and not files:
        # Other commands find predictions by themselves.
        from fairaudit.settings.resolve import PREDICTIONS_NAME

        files = [str(_folder(typed) / PREDICTIONS_NAME)]
    # What begins with a hyphen would be read as an option.
    guarded = ["--", *files] if any(file.startswith("-") and file != STDIN for file in files) else files
    words = [*kept, *more, *guarded] if guarded != files else [*guarded, *kept, *more]
    return shlex.join(["fairaudit", command, *words])


def _folder(typed: Typed) -> Path:
    """Return where results lie."""
    return next(
        (Path(_value(words_typed)) for setting, words_typed in typed.options if setting.name == "out"),
        Path(DEFAULT_OUT),
    )


def after_audit(
    bias: BiasDocument,
    groups: GroupDocument | None,
    words: Sequence[str],
    *,
    made_in: Path | None = None,
) -> Steps:
    """Return what comes after groups were compared: the steps that card and report name, in their order.

    Parameters
    ----------
    groups
        What is known of every group; ``None`` where only ratios are.
    words
        What was typed after ``fairaudit``, the command first.
    made_in
        Where the predictions lie that the audit made itself; ``None`` where they were given.
    """
    from fairaudit.documents.answer import Step, answer_of
    from fairaudit.documents.steps import all_steps
    from fairaudit.render.words.people import words_of
    from fairaudit.render.words.steps import step_text, threshold_of

    command, typed = words[0], typed_of(words)
    called = words_of(bias.settings)
    steps: list[tuple[str, str]] = []
    for step in all_steps(answer_of(bias, groups), bias):
        match step.step:
            case Step.SAY_EFFECT:
                steps += _effects(typed, command)
                continue
            case Step.LOOK_TOGETHER:
                line = _again(command, typed, "--attribute", "*".join(step.attributes))
            case Step.LOOK_WITHIN:
                line = _within(step.attributes, typed)
            case Step.EXPLAIN:
                line = shlex.join(["fairaudit", "explain", step.code.value])
            case Step.HOLD_LIMIT:
                line = _gates(typed, made_in)
            case Step.THRESHOLDS if command != "audit":
                # The report, which has them, comes with an audit.
                continue
            case Step.GIVE_THRESHOLD:
                line = _again(command, typed, "--threshold", threshold_of(bias))
            case _:
                line = ""
        steps.append((step_text(step, called, threshold=threshold_of(bias)), line))
    if typed.is_repeatable and command != "audit":
        steps.append(("make card and page", command_line("audit", typed)))
    return tuple(steps)


def _effects(typed: Typed, command: str) -> Steps:
    """Write a command for each effect: nobody's direction is to be chosen by pasting the one that is offered."""
    both = (("if decisions hurt people", Effect.HURTS), ("if decisions help people", Effect.HELPS))
    return tuple(
        (label, line)
        for label, effect in both
        if (line := _again(command, typed, "--effect", effect.value, without=("effect",)))
    )


def _again(command: str, typed: Typed, *more: str, without: Sequence[str] = ()) -> str:
    """Write a command that repeats what was typed, with more; empty where that cannot be typed again."""
    return command_line(command, typed, *more, without=without) if typed.is_repeatable else ""


def _within(attributes: Sequence[str], typed: Typed) -> str:
    """Compare the groups within those of what may stand behind their gap; nothing where a model is trained, which is one for all."""
    names = {setting.name for setting, _ in typed.options}
    if not typed.is_repeatable or names & {"target", "by"}:
        return ""
    first, other = attributes
    return command_line("audit", typed, "--attribute", first, "--by", other, without=("attribute",))


def after_measures(words: Sequence[str], settings: AuditSettings) -> Steps:
    """Return what comes after groups or slices were measured: their comparison, where there are decisions to be compared."""
    typed = typed_of(words)
    if not typed.is_repeatable or settings.decision is None:
        return ()
    # What rows were sliced by is what people are grouped by.
    sliced = [_value(words_typed) for setting, words_typed in typed.options if setting.name == "feature"]
    attributes = [word for column in sliced for word in ("--attribute", column)]
    predicted = [
        _value(words_typed) for setting, words_typed in typed.options if setting.name == "prediction"
    ]
    decisions = [word for column in predicted for word in ("--decision", column)]
    return (
        (
            "compare them",
            command_line("audit", typed, *decisions, *attributes, without=("feature",)),
        ),
    )


def after_discovery(words: Sequence[str], document: DiscoverDocument) -> Steps:
    """Return what comes after slices were searched: the same with another half, as what is there is discovered again; or with smaller slices."""
    typed = typed_of(words)
    if not typed.is_repeatable:
        return ()
    if document.slices:
        other = str(document.search.seed + 1)
        line = command_line("discover", typed, "--seed", other, without=("seed",))
        return (("see whether another half says so", line),)
    fewer = str(max(document.search.min_rows // 2, 2))
    line = command_line("discover", typed, "--min-rows", fewer, without=("min_rows",))
    return (("look at smaller slices", line),)


def after_comparison(words: Sequence[str], new: str) -> Steps:
    """Return what comes after two sets of predictions were compared: who is worse off in the new one."""
    typed = typed_of(words)
    if not typed.is_repeatable:
        return ()
    line = command_line("audit", typed, named=[without_password(new)], without=("id",))
    return (("see who is worse off now", line),)


def after_impact(words: Sequence[str], document: ImpactDocument) -> Steps:
    """Return what comes after adverse impact was told: look at error rates as well, or at two attributes together."""
    typed = typed_of(words)
    single = [a.name for a in document.settings.attributes if len(a.columns) == 1]
    # Slices that were kept are looked at as they are, and cells of two attributes tell of few people.
    as_it_is = document.settings.lock is not None or document.settings.suppress_below is not None
    crossed = any(len(a.columns) > 1 for a in document.settings.attributes)
    if not typed.is_repeatable or as_it_is or crossed or len(single) < 2:
        return ()
    line = command_line("impact", typed, "--attribute", "*".join(single[:2]), without=("attribute",))
    return (("look at both together", line),)


def _value(words: tuple[str, ...]) -> str:
    """Return the value of an option, which stands beside it or within it."""
    if len(words) > 1:
        return words[1]
    return words[0].partition("=")[2] if words[0].startswith("--") else words[0][2:]


def after_check(document: CheckDocument, file: str) -> Steps:
    """Return what comes after gates were answered: who is behind them."""
    from fairaudit.documents.steps import audit_command

    # Of a gate on missing values, who lacks one is no attribute that somebody asked for.
    asked = {name for gate in document.gates for name in gate.attributes}
    settings = document.settings
    attributes = [part for part in settings.attributes if part.name in asked]
    reference = [
        word
        for word in settings.reference or []
        if not any(word.startswith(f"{part.name}=") for part in settings.attributes if part.name not in asked)
    ]
    audited = settings.model_copy(update={"attributes": attributes, "reference": reference})
    words = (
        None if file == STDIN else audit_command(document.model_copy(update={"settings": audited}), file=file)
    )
    if words is None:
        return ()
    return (("see who is worse off", shlex.join(["fairaudit", *words])),)


def after_card(words: Sequence[str], *, statements: Path) -> Steps:
    """Return what comes after card or report were made: what the card lacks."""
    typed = typed_of(words)
    form = ("hf", "hf_slices", "svg", "cyclonedx", "force", "init", "quiet", "verbose")
    if not statements.is_file():
        line = command_line("card", typed, "--init", without=(*form, "template"))
        return (("state what people know", line),)
    return (("see what the card lacks", command_line("card", typed, "--check", without=form)),)


def after_scoring(words: Sequence[str], folder: Path, name: str, outcomes: Outcomes) -> Steps:
    """Return what comes after new rows were scored: for whom the model works, or whom it selects where no column says what is true."""
    if outcomes.has_labels:
        return after_predictions(words, folder, name)
    if outcomes.column is None:
        more = (
            f" (or, with the column of the outcome instead of {NO_LABEL}, for whom it works)"
            if outcomes.others
            else ""
        )
        selects = after_predictions(words, folder, name, "--label", NO_LABEL)
        return tuple((f"see whom it selects{more}", line) for _, line in selects)
    positive = [word for value in outcomes.positive for word in ("--positive", value)]
    return after_predictions(words, folder, name, "--label", outcomes.column, *positive)


def after_predictions(words: Sequence[str], folder: Path, name: str, *rest: str) -> Steps:
    """Return what comes after a model has made predictions: for whom it works."""
    typed = typed_of(words)
    attributes = [
        word for setting, words_typed in typed.options if setting.name == "attribute" for word in words_typed
    ]
    line = shlex.join(["fairaudit", "audit", str(folder / name), *rest, *attributes, *out_words(folder)])
    return (("see for whom it works", line),)


def _gates(typed: Typed, made_in: Path | None) -> str:
    """Write the command that begins a policy, or that answers the one which is there; nothing where the input is gone."""
    if made_in is None and not typed.is_repeatable:
        return ""
    more = () if _declares_gates() else ("--init",)
    if made_in is not None:
        return shlex.join(["fairaudit", "check", *more, *out_words(made_in)])
    return command_line("check", typed, *more)


def _declares_gates() -> bool:
    """Tell whether the nearest configuration file has gates, which no other policy takes the place of."""
    try:
        config = find_config(Path.cwd())
        return config is not None and bool(gate_entries(config))
    except (FairauditError, OSError):
        return False


def out_words(folder: Path) -> tuple[str, ...]:
    """Write where results lie, unless they lie where they usually do."""
    return () if folder == DEFAULT_OUT else ("--out", str(folder))
