"""Predictions and a policy into answers: read, count, measure, evaluate, write down; and a policy to begin with."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fairaudit.clock import now
from fairaudit.disparity.references import find_references, spelled_out
from fairaudit.documents.checked import check_document
from fairaudit.documents.definitions import results_folder
from fairaudit.documents.envelope import Origin
from fairaudit.documents.gates import CheckDocument
from fairaudit.documents.parts import Stamp
from fairaudit.errors import FileError, OptionError
from fairaudit.gates.evaluate import Evaluated, Gate, beside_rest, evaluate, read_gates
from fairaudit.gates.starter import PLAIN, Form, starter_policy
from fairaudit.metrics.scored import AREA
from fairaudit.read.nameable import nameable_in
from fairaudit.read.notes import distinct
from fairaudit.read.rows import Input
from fairaudit.read.watching import Progress
from fairaudit.render.registry import renderer
from fairaudit.render.report import notebook
from fairaudit.settings.choices import FamilyOf
from fairaudit.settings.file import PROJECT_NAME, gate_entries
from fairaudit.settings.formats import FORMATS
from fairaudit.settings.naming import Naming
from fairaudit.settings.places import find_gates, repository_path
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.source import InputSettings
from fairaudit.settings.verdict import Direction, Measuring
from fairaudit.spelling import if_typed, setting
from fairaudit.workflow.asked import ATTRIBUTE, grouped_by, named_gate, unread_rows
from fairaudit.workflow.audit import Slicing, Tally, open_input, tally, with_rests
from fairaudit.workflow.baseline import Before, BeforeFolder, Compared, read_before, read_folder
from fairaudit.workflow.references import references_here
from fairaudit.write import write_text


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Checking:
    """The answers to a policy, as values and as the document ``check.json``."""

    evaluated: Evaluated
    document: CheckDocument

    def __repr__(self) -> str:
        """Say the answer, and not all the numbers."""
        return f"<Checking: {self.document.sentence}>"

    def _repr_html_(self) -> str:
        """Show the answers in a notebook."""
        return notebook.checked(self.document)


def read_policy(path: Path, *, family: FamilyOf = FamilyOf.GATE) -> tuple[Gate, ...]:
    """Read the gates of a configuration file.

    Parameters
    ----------
    family
        Of gates that do not say.

    Raises
    ------
    FileError
        If it declares none.
    GateError
        If one of them makes no sense.
    """
    entries = gate_entries(path)
    text = path.read_bytes().decode("utf-8", errors="replace") if entries else ""
    gates = read_gates(
        entries, file=str(path), family=family, text=text, shown_file=repository_path(path) if entries else ""
    )
    if not gates:
        raise FileError(
            str(path),
            "declares no gate",
            hint=if_typed("Run fairaudit check --init for some to begin with"),
        )
    return gates


def check(
    source: object,
    gates: Sequence[Gate],
    *,
    settings: ReadSettings | None = None,
    references: Sequence[str] = (),
    measuring: Measuring | None = None,
    direction: Direction | None = None,
    naming: Naming | None = None,
    baseline: object = None,
    stamp: Stamp | None = None,
    on_progress: Progress | None = None,
) -> Checking:
    """Check predictions against the gates of a policy; the rows are read once for all of them.

    Parameters
    ----------
    source
        A path, a pandas, polars or Arrow table, or an opened input.
    gates
        At least one; their attributes as typed.
    settings
        How rows are read; its attributes are not asked for.
    references
        Whom groups are compared with where a gate does not say. Those that name an attribute that no gate is about are passed over.
    direction, naming
        What decisions do to people, and what these are called.
    baseline
        Earlier predictions, as `source`, or the path of a folder of their results, with which gates on change compare.
    stamp
        Left out, the time is taken now; waivers are looked at on its day.

    Raises
    ------
    FairauditError
        If the input cannot be read as asked, or cannot answer a gate; the message says what would be right.
    """
    if not gates:
        raise OptionError("gates", "there are none, and a check of nothing passes nothing")
    stamp = stamp or Stamp(created=now(), command="fairaudit.check")
    opened = source if isinstance(source, Input) else open_input(source)
    names = nameable_in(opened, settings or ReadSettings())
    named = [named_gate(gate, opened, names) for gate in gates]
    before = _before(baseline, opened, named, settings or ReadSettings(), measuring)
    reading = before.reading if before else settings or ReadSettings()
    attributes = grouped_by(named)
    tallied = tally(
        opened,
        dataclasses.replace(reading, attributes=attributes),
        measuring=measuring,
        naming=naming,
        option=ATTRIBUTE,
        slicing=dataclasses.replace(before.slicing if before else Slicing(), ungrouped=True),
        on_progress=on_progress,
    )
    wanted, notes = references_here(references, tallied.measured, tallied.checked)
    compared = before.beside(tallied, named) if before else None
    evaluated = _evaluated(named, tallied, wanted, compared)
    references_of = spelled_out(wanted, find_references(tallied.measured, wanted))
    effect = direction.effect if direction else None
    noted = distinct([*tallied.checked.notes, *notes, *(compared.notes if compared else ())])
    origin = Origin(
        checked=dataclasses.replace(tallied.checked, notes=noted),
        settings=tallied.settings().model_copy(update={"reference": list(references_of), "effect": effect}),
        stamp=stamp,
    )
    document = check_document(origin, evaluated, baseline=compared.part if compared else None)
    return Checking(evaluated=evaluated, document=document)


def _evaluated(
    gates: Sequence[Gate], tallied: Tally, references: Sequence[str], compared: Compared | None
) -> Evaluated:
    """Answer the gates; everybody else is ranked where an area is compared with theirs."""
    beside = beside_rest(gates, tallied.measured, metric=AREA, references=references)
    return evaluate(
        gates,
        with_rests(tallied, beside).measured,
        references=references,
        baseline=compared.baseline if compared else None,
        unread=unread_rows(gates, tallied.checked),
    )


def _before(
    baseline: object,
    opened: Input,
    gates: Sequence[Gate],
    settings: ReadSettings,
    measuring: Measuring | None,
) -> Before | BeforeFolder | None:
    """Read what gates on change compare with, where it is named."""
    if baseline is None:
        return None
    if not any(gate.of_baseline for gate in gates):
        raise OptionError(
            setting("baseline"),
            "no gate of the policy compares with a baseline",
            hint='Give one a limit of change, such as max_drop = 0.02, or reference = "baseline"',
        )
    if isinstance(baseline, Path):
        return read_folder(baseline, settings, opened, option=ATTRIBUTE)
    earlier = baseline if isinstance(baseline, Input) else open_input(baseline)
    return read_before(earlier, settings, gates, measuring=measuring, option=ATTRIBUTE)


def open_baseline(source: object, how: InputSettings) -> Input | Path:
    """Open what gates on change compare with: predictions, or else the folder of their results as it is.

    Raises
    ------
    OptionError
        If it is an empty name, such as that of a variable which nobody has set.
    """
    if isinstance(source, str) and not source:
        raise OptionError(
            setting("baseline"), "names no file", hint="Name earlier predictions, or leave it out"
        )
    if isinstance(source, (str, os.PathLike)) and (folder := results_folder(os.fsdecode(source))):
        return folder
    try:
        return open_input(source, how)
    except FileError as error:
        if isinstance(source, (str, os.PathLike)) and Path(source).is_dir():
            raise FileError(
                os.fsdecode(source),
                "holds neither results of an audit (group.json or slices.json) nor Parquet files",
                hint="Name earlier predictions, or the folder of their results",
            ) from error
        raise


def answer_text(format: str, document: CheckDocument, *, policy: Path, seconds: float) -> str:
    """Write the answers to a policy in one of the formats that are files.

    Parameters
    ----------
    format
        Its name in `FORMATS`.
    policy
        The file whose gates were answered.
    seconds
        How long it took.
    """
    chosen = FORMATS[format]
    facts: dict[str, object] = {}
    if "seconds" in chosen.needs:
        facts["seconds"] = seconds
    if "policy" in chosen.needs:
        facts["policy"] = find_gates(policy, gates=len(document.gates))
    return str(renderer(chosen)(document, **facts))


def starter(
    source: object,
    *,
    settings: ReadSettings,
    references: Sequence[str] = (),
    measuring: Measuring | None = None,
    on_progress: Progress | None = None,
    form: Form = PLAIN,
) -> str:
    """Write a policy to begin with, from the data at hand."""
    opened = source if isinstance(source, Input) else open_input(source)
    tallied = tally(opened, settings, measuring=measuring, on_progress=on_progress)
    return starter_policy(
        tallied.checked,
        tallied.measured,
        settings=settings,
        references=references,
        unknown=measuring.unknown if measuring else (),
        form=form,
    )


def gate_table(path: Path) -> str:
    """Return the name of a gate's table in a configuration file."""
    return "tool.fairaudit.gate" if path.name == PROJECT_NAME else "gate"


def write_starter(path: Path, text: str) -> Path:
    """Write a policy where there is no file yet.

    Raises
    ------
    FileError
        If there is one.
    """
    if path.exists():
        raise FileError(str(path), "is there already, and is not overwritten")
    write_text(path, text)
    return path
