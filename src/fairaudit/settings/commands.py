"""What each command can be told: its groups of options, and where its order in ``--help`` is another than theirs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from fairaudit.settings.option import Setting, settings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The options of a command.

    Attributes
    ----------
    declared
        Its groups of options by module and name, as only those of a command that is asked for are loaded. Their options stand in this
        order; one that two groups know is one option, and the first says what it is.
    without
        Options that the command does not offer.
    after
        Options that stand elsewhere in ``--help``: each after the one that is named, or first of all.
    located
        What its table in a configuration file may name beside its options: paths, relative to that file.
    """

    declared: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    after: Mapping[str, str | None] = field(default_factory=dict)
    located: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[type, ...]:
        """Its groups of options."""
        return tuple(map(_group, self.declared))


def _group(declared: str) -> type:
    """Load a group of options, which is named by its module and name."""
    module, name = declared.split(".")
    group: type = getattr(import_module(f"fairaudit.settings.{module}"), name)
    return group


_AUDITED = (
    "reading.AuditReading",
    "verdict.Measuring",
    "naming.Naming",
    "source.TableSettings",
    "output.OutputOptions",
)
_JUDGED = ("verdict.VerdictOptions", *_AUDITED)

COMMANDS: Mapping[str, Command] = {
    "audit": Command(
        declared=(
            "training.Target",
            "verdict.VerdictOptions",
            "reading.AuditReading",
            "reading.Division",
            "verdict.Measuring",
            "training.Learning",
            "training.Folds",
            "training.AuditedRows",
            "training.Fitted",
            "card.WordingOptions",
            "output.Consent",
            "naming.Naming",
            "output.OtherNames",
            "source.TableSettings",
            "output.NumberFiles",
            "output.OutputOptions",
        ),
        after={"feature": "attribute", "by": "where", "fitted": "target"},
    ),
    "demo": Command(declared=("output.DemoOptions",), without=("verbose",)),
    "train": Command(
        declared=("training.Training", "output.Consent", "source.InputSettings", "output.OutputOptions"),
        after={"target": None},
    ),
    "cv": Command(
        declared=(
            "training.Training",
            "training.Folds",
            "reading.Grouping",
            "output.Consent",
            "verdict.Measuring",
            "naming.Naming",
            "source.InputSettings",
            "output.OutputOptions",
        ),
        without=("test_size", "validation_size", "learning_curve", "interval", "unknown", "rank_by"),
        after={"target": None, "folds": "target", "repeats": "folds", "attribute": "repeats"},
    ),
    "predict": Command(
        declared=("training.Prediction", "output.Consent", "source.InputSettings", "output.OutputOptions"),
        after={"allow_code": "trust"},
    ),
    "slice": Command(
        declared=(
            "slices.Described",
            "slices.SliceSettings",
            "verdict.Measuring",
            "verdict.References",
            "naming.Naming",
            "source.TableSettings",
            "slices.Keeping",
            "output.NumberFiles",
            "output.OutputOptions",
        )
    ),
    "discover": Command(
        declared=(
            "discovering.Discovering",
            "reading.ReadSettings",
            "naming.Naming",
            "source.TableSettings",
            "output.OutputOptions",
        ),
        without=("attribute",),
    ),
    "compare": Command(
        declared=(
            "comparing.PairedSettings",
            "comparing.Tolerated",
            "verdict.Measuring",
            "verdict.Direction",
            "naming.Naming",
            "source.InputSettings",
            "output.OutputOptions",
        ),
        without=("interval", "rank_by"),
    ),
    "history": Command(
        declared=("history.Following", "verdict.Direction", "naming.Naming", "output.OutputOptions")
    ),
    "group": Command(
        declared=(*_AUDITED[:-1], "output.NumberFiles", "output.OutputOptions"), without=("rank_by",)
    ),
    "bias": Command(
        declared=(*_JUDGED[:-1], "within.Stratifying", "output.NumberFiles", "output.OutputOptions"),
        without=("rank_by",),
    ),
    "fairness": Command(
        declared=(*_JUDGED[:-1], "within.Stratifying", "output.OtherNames", "output.OutputOptions"),
        without=("rank_by",),
    ),
    "impact": Command(
        declared=(
            "impact.ImpactOptions",
            "impact.ImpactReading",
            "within.Stratifying",
            "verdict.Measuring",
            "naming.Naming",
            "source.TableSettings",
            "impact.ImpactFiles",
            "output.OutputOptions",
        ),
        without=("id", "interval", "rank_by", "min_group_size"),
    ),
    "check": Command(
        declared=(
            "gates.PolicyOptions",
            "comparing.ChangeFrom",
            "verdict.References",
            "verdict.Direction",
            "gates.GateSettings",
            "verdict.Measuring",
            "naming.Naming",
            "source.TableSettings",
            "gates.CheckFiles",
            "output.OutputOptions",
        ),
        without=("interval", "rank_by"),
        after={"attribute": "init"},
        located=("predictions", "policy", "baseline"),
    ),
    "card": Command(
        declared=(
            "card.CardTask",
            "card.WordingOptions",
            "card.CardForm",
            "output.Consent",
            "output.OutputOptions",
        ),
        without=("json",),
    ),
    "report": Command(
        declared=("card.WordingOptions", "output.Consent", "output.OutputOptions"), without=("json",)
    ),
    "explain": Command(
        declared=("questions.Answers", "output.OutputOptions"), without=("out", "quiet", "verbose")
    ),
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


def has_option(command: str, name: str, *, other: str) -> bool:
    """Tell whether a command has an option that another one has; groups of options are loaded for that only where those of both do not tell."""
    declared = COMMANDS[command]
    shared = (group for group in COMMANDS[other].declared if group in declared.declared)
    in_both = any(setting.name == name for group in shared for setting in settings_of(_group(group)))
    return (in_both and name not in declared.without) or name in options_of(command)
