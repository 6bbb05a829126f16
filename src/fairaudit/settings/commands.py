"""What each command can be told: its groups of options, and where its order in ``--help`` is another than theirs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from fairaudit.settings import (
    comparing,
    discovering,
    history,
    impact,
    naming,
    output,
    reading,
    source,
    training,
    verdict,
    within,
)
from fairaudit.settings.option import Setting, settings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The options of a command.

    Attributes
    ----------
    groups
        Their options in this order; one that two groups know is one option, and the first says what it is.
    without
        Options that the command does not offer.
    after
        Options that stand elsewhere in ``--help``: each after the one that is named, or first of all.
    located
        What its table in a configuration file may name beside its options: paths, relative to that file.
    """

    groups: tuple[type, ...] = ()
    without: tuple[str, ...] = ()
    after: Mapping[str, str | None] = field(default_factory=dict)
    located: tuple[str, ...] = ()


_AUDITED = (
    reading.AuditReading,
    verdict.Measuring,
    naming.Naming,
    source.TableSettings,
    output.OutputOptions,
)
_JUDGED = (verdict.VerdictOptions, *_AUDITED)

COMMANDS: Mapping[str, Command] = {
    "audit": Command(
        groups=(
            training.Target,
            verdict.VerdictOptions,
            reading.AuditReading,
            reading.Division,
            verdict.Measuring,
            training.Learning,
            training.Folds,
            training.AuditedRows,
            training.Fitted,
            output.WordingOptions,
            output.Consent,
            naming.Naming,
            output.OtherNames,
            source.TableSettings,
            output.NumberFiles,
            output.OutputOptions,
        ),
        after={"feature": "attribute", "by": "where", "fitted": "target"},
    ),
    "demo": Command(groups=(output.DemoOptions,), without=("verbose",)),
    "train": Command(
        groups=(training.Training, output.Consent, source.InputSettings, output.OutputOptions),
        after={"target": None},
    ),
    "cv": Command(
        groups=(
            training.Training,
            training.Folds,
            reading.Grouping,
            output.Consent,
            verdict.Measuring,
            naming.Naming,
            source.InputSettings,
            output.OutputOptions,
        ),
        without=("test_size", "validation_size", "learning_curve", "interval", "unknown", "rank_by"),
        after={"target": None, "folds": "target", "repeats": "folds", "attribute": "repeats"},
    ),
    "predict": Command(
        groups=(training.Prediction, output.Consent, source.InputSettings, output.OutputOptions),
        after={"allow_code": "trust"},
    ),
    "slice": Command(
        groups=(
            output.Described,
            reading.SliceSettings,
            verdict.Measuring,
            verdict.References,
            naming.Naming,
            source.TableSettings,
            output.Keeping,
            output.NumberFiles,
            output.OutputOptions,
        )
    ),
    "discover": Command(
        groups=(
            discovering.Discovering,
            reading.ReadSettings,
            naming.Naming,
            source.TableSettings,
            output.OutputOptions,
        ),
        without=("attribute",),
    ),
    "compare": Command(
        groups=(
            comparing.PairedSettings,
            comparing.Tolerated,
            verdict.Measuring,
            verdict.Direction,
            naming.Naming,
            source.InputSettings,
            output.OutputOptions,
        ),
        without=("interval", "rank_by"),
    ),
    "history": Command(groups=(history.Following, verdict.Direction, naming.Naming, output.OutputOptions)),
    "group": Command(groups=(*_AUDITED[:-1], output.NumberFiles, output.OutputOptions), without=("rank_by",)),
    "bias": Command(
        groups=(*_JUDGED[:-1], within.Stratifying, output.NumberFiles, output.OutputOptions),
        without=("rank_by",),
    ),
    "fairness": Command(
        groups=(*_JUDGED[:-1], within.Stratifying, output.OtherNames, output.OutputOptions),
        without=("rank_by",),
    ),
    "impact": Command(
        groups=(
            impact.ImpactOptions,
            impact.ImpactReading,
            within.Stratifying,
            verdict.Measuring,
            naming.Naming,
            source.TableSettings,
            impact.ImpactFiles,
            output.OutputOptions,
        ),
        without=("id", "interval", "rank_by", "min_group_size"),
    ),
    "check": Command(
        groups=(
            output.PolicyOptions,
            comparing.ChangeFrom,
            verdict.References,
            verdict.Direction,
            reading.GateSettings,
            verdict.Measuring,
            naming.Naming,
            source.TableSettings,
            output.CheckFiles,
            output.OutputOptions,
        ),
        without=("interval", "rank_by"),
        after={"attribute": "init"},
        located=("predictions", "policy", "baseline"),
    ),
    "card": Command(
        groups=(
            output.CardTask,
            output.WordingOptions,
            output.CardForm,
            output.Consent,
            output.OutputOptions,
        ),
        without=("json",),
    ),
    "report": Command(
        groups=(output.WordingOptions, output.Consent, output.OutputOptions), without=("json",)
    ),
    "explain": Command(groups=(output.Answers, output.OutputOptions), without=("out", "quiet", "verbose")),
    "schema": Command(),
}
"""The commands in the order of ``fairaudit --help``."""


@functools.cache
def options_of(command: str) -> Mapping[str, Setting]:
    """Return the options of a command by name, in the order of its ``--help``."""
    declared = COMMANDS[command]
    declared_options: dict[str, Setting] = {}
    for setting in (setting for group in declared.groups for setting in settings_of(group)):
        if setting.name not in declared.without:
            declared_options.setdefault(setting.name, setting)
    order = [name for name in declared_options if name not in declared.after]
    for name, before in declared.after.items():
        order.insert(0 if before is None else order.index(before) + 1, name)
    return {name: declared_options[name] for name in order}
