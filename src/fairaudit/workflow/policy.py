"""The gates of a policy, answered with the settings that its file has for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from fairaudit.clock import now
from fairaudit.documents.parts import Stamp
from fairaudit.read.files import open_path
from fairaudit.read.watching import Progress
from fairaudit.settings.choices import FamilyOf
from fairaudit.settings.comparing import ChangeFrom
from fairaudit.settings.gates import GateSettings, PolicyOptions
from fairaudit.settings.naming import Naming
from fairaudit.settings.output import OutputOptions
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.resolve import Request, predictions_of_verdict, resolve
from fairaudit.settings.source import InputSettings, TableSettings
from fairaudit.settings.verdict import Direction, Measuring, References
from fairaudit.spelling import Edge, Spelling, spelled
from fairaudit.workflow.check import Checking, check, open_baseline, read_policy

Progressing = Callable[[str, int | None], AbstractContextManager[Progress | None]]
"""Shows how far a piece of work is that it is told the name of."""


def check_file(path: str | os.PathLike[str], *, predictions: str | None = None) -> Checking:
    """Check predictions against the policy in a configuration file, with all settings as the command line would have them.

    Nothing is printed or written. The settings are those of ``fairaudit check --policy PATH`` in the current folder: the file's own, then
    those of the nearest ``fairaudit.toml``, then the defaults.

    Parameters
    ----------
    path
        ``fairaudit.toml``, ``pyproject.toml`` or another TOML file with gates.
    predictions
        A path; left out, that of the file, or the usual place.

    Raises
    ------
    FairauditError
        If the file, or the input, is wrong.
    """
    policy = Path(path)
    with spelled(Spelling(edge=Edge.FILE)):
        resolved = resolve(Path.cwd(), Request(command="check", typed=frozenset({"policy"}), policy=policy))
    with spelled(resolved.spelling(Edge.FILE)):
        source = resolved.values.get("predictions") if predictions is None else predictions
        return answer(
            policy,
            predictions_of_verdict(
                source, resolved.group(OutputOptions).folder, resolved.group(TableSettings)
            ),
            replace(resolved.group(GateSettings), attributes=()),
            references=resolved.group(References),
            measuring=resolved.group(Measuring),
            direction=resolved.group(Direction),
            naming=resolved.group(Naming),
            family=resolved.group(PolicyOptions).family,
            source=resolved.group(TableSettings),
            change=resolved.group(ChangeFrom),
        )


def answer(
    policy: Path,
    predictions: str,
    settings: ReadSettings,
    *,
    references: References,
    measuring: Measuring,
    direction: Direction,
    naming: Naming,
    family: FamilyOf,
    source: InputSettings,
    change: ChangeFrom = ChangeFrom(),  # noqa: B008  # frozen
    stamp: Stamp | None = None,
    progress: Progressing = lambda _, __: nullcontext(),
) -> Checking:
    """Read a policy and predictions, and answer the gates."""
    gates = read_policy(policy, family=family)
    opened = open_path(predictions, source)
    with progress(f"Reading {opened.name}", opened.expected_rows) as tell:
        return check(
            opened,
            gates,
            settings=settings,
            references=references.references,
            measuring=measuring,
            direction=direction,
            naming=naming,
            baseline=None if change.baseline is None else open_baseline(change.baseline, source),
            stamp=stamp or Stamp(created=now(), command="fairaudit check"),
            on_progress=tell,
        )
