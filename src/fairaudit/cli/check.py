"""``fairaudit check``."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from fairaudit.cli import options as o
from fairaudit.cli.console import Output, ReaderGone, command, in_actions, say, stamp, tell
from fairaudit.errors import FileError, join_sentences, printable
from fairaudit.settings.choices import (
    DEFAULT_MIN_GROUP_SIZE,
    DEFAULT_OUT,
    MAJORITY,
    FamilyOf,
    Missing,
    WeightKind,
)
from fairaudit.settings.file import CONFIG_NAME, find_config, gate_entries
from fairaudit.write import append_text, refuse_target, write_text

if TYPE_CHECKING:
    from fairaudit.documents.gates import CheckDocument
    from fairaudit.settings.reading import ReadSettings
    from fairaudit.workflow.check import Checking

SUMMARY = "GITHUB_STEP_SUMMARY"


def check(
    predictions: o.Predictions = None,
    policy: o.Policy = None,
    init: o.InitPolicy = False,
    attribute: o.PolicyAttributes = None,
    ref_group: o.RefGroup = None,
    label: o.Label = None,
    score: o.Score = None,
    decision: o.Decision = None,
    weight: o.Weight = None,
    weight_kind: o.WeightKindOption = None,
    id: o.Id = None,
    positive: o.Positive = None,
    where: o.Where = None,
    missing: o.MissingOption = Missing.ERROR,
    na_values: o.NaValues = None,
    threshold: o.Threshold = None,
    top_k: o.TopK = None,
    top_percent: o.TopPercent = None,
    min_group_size: o.MinGroupSize = DEFAULT_MIN_GROUP_SIZE,
    family: o.FamilyOption = FamilyOf.GATE,
    junit: o.Junit = None,
    markdown: o.MarkdownFile = None,
    records: o.RecordsFile = None,
    out: o.Out = DEFAULT_OUT,
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> None:
    """Hold the model to the gates of a policy; writes check.json and ends with 0, 1 or 3."""
    output = o.output(out, json=json, quiet=quiet, verbose=verbose)
    settings = o.read_settings(
        label=label,
        score=score,
        decision=decision,
        weight=weight,
        weight_kind=weight_kind,
        id=id,
        positive=positive,
        attributes=attribute,
        where=where,
        missing=missing,
        na_values=na_values,
        threshold=threshold,
        top_k=top_k,
        top_percent=top_percent,
    )
    references = tuple(ref_group or ())
    if init:
        _write_starter(
            output, policy, predictions, settings, references=references, min_group_size=min_group_size
        )
        return
    begun = time.monotonic()
    file = _find_policy(policy)
    targets = {"--junit": junit, "--markdown": markdown, "--records": records}
    for option, path in targets.items():
        if path is not None:
            others = [other for name, other in targets.items() if name != option and other is not None]
            refuse_target(
                path, option, others=[file, out / "check.json", Path(predictions or out / "-"), *others]
            )
    if in_actions() and (summary := os.environ.get(SUMMARY)):
        refuse_target(Path(summary), SUMMARY)
    with output.prepared():
        checking = answer(
            file,
            o.find_predictions(predictions, out),
            settings,
            references=references,
            min_group_size=min_group_size,
            family=family,
            output=output,
        )
    # Who reads the report may have seen enough; the answer to a build stays what it is.
    with contextlib.suppress(ReaderGone):
        _report(output, checking.document, junit, markdown, records, seconds=time.monotonic() - begun)
    raise typer.Exit(checking.evaluated.exit_code)


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
    from typer._click.exceptions import ClickException

    from fairaudit.cli import app

    words = ["check", "--policy", os.fspath(path), *([] if predictions is None else ["--", predictions])]
    defaults = app.read_defaults(Path.cwd(), words).values["check"]
    try:
        given = app.known_commands()["check"].make_context("check", words[1:], default_map=defaults).params
    except ClickException as error:
        raise FileError(os.fspath(path), " ".join(error.format_message().split())) from None
    settings = o.read_settings(
        label=given["label"],
        score=given["score"],
        decision=given["decision"],
        weight=given["weight"],
        weight_kind=WeightKind(given["weight_kind"]) if given["weight_kind"] else None,
        id=given["id"],
        positive=given["positive"],
        attributes=None,
        where=given["where"],
        missing=Missing(given["missing"]),
        # An option that is not given is an empty tuple here, and one that is given is never empty.
        na_values=given["na_values"] or None,
        threshold=given["threshold"],
        top_k=given["top_k"],
        top_percent=given["top_percent"],
    )
    return answer(
        Path(path),
        o.find_predictions(given["predictions"], Path(given["out"])),
        settings,
        references=tuple(given["ref_group"] or ()),
        min_group_size=given["min_group_size"],
        family=FamilyOf(given["family"]),
    )


def answer(
    policy: Path,
    predictions: str,
    settings: ReadSettings,
    *,
    references: Sequence[str],
    min_group_size: int,
    family: FamilyOf,
    output: Output | None = None,
) -> Checking:
    """Read a policy and predictions, and answer the gates."""
    from fairaudit.read.files import open_path
    from fairaudit.workflow import check as checking

    gates = checking.read_policy(policy, family=family)
    opened = open_path(predictions)
    with (output or Output(folder=DEFAULT_OUT, quiet=True)).progress(f"Reading {opened.name}") as tell:
        return checking.check(
            opened,
            gates,
            settings=settings,
            references=references or (MAJORITY,),
            min_group_size=min_group_size,
            stamp=stamp("check"),
            on_progress=tell,
        )


def _find_policy(given: Path | None) -> Path:
    """Take the policy that was named, or the nearest configuration file."""
    found = given or find_config(Path.cwd())
    if found is None:
        raise FileError(
            CONFIG_NAME,
            "there is no such file here or in a folder above, and so there are no gates",
            hint="Run fairaudit check --init for some to begin with",
        )
    return found


def _report(
    output: Output,
    document: CheckDocument,
    junit: Path | None,
    markdown: Path | None,
    records: Path | None,
    *,
    seconds: float,
) -> None:
    """Write all files and show the answer."""
    from fairaudit.render.gates.github import github_commands
    from fairaudit.render.gates.junit import junit as junit_text
    from fairaudit.render.gates.markdown import markdown as markdown_text
    from fairaudit.render.gates.records import records as record_list
    from fairaudit.render.gates.terminal import terminal
    from fairaudit.render.gates.words import brief

    reports = {"check.json": document}
    output.write(reports)
    also = tuple(path for path in (junit, markdown, records) if path is not None)
    if junit is not None:
        write_text(junit, junit_text(document, seconds=seconds))
    if markdown is not None:
        write_text(markdown, markdown_text(document))
    if records is not None:
        write_text(records, record_list(document))
    if in_actions() and (summary := os.environ.get(SUMMARY)):
        append_text(Path(summary), markdown_text(document) + "\n")
    output.show(reports, lambda width: terminal(document, width=width), also=also)
    if output.quiet and not output.as_json:
        for line in brief(document):
            tell(line)
    if in_actions():
        for line in github_commands(document):
            # GitHub reads both streams, and with --json stdout is the document's.
            command(line, stderr=output.as_json)


# --init


def _write_starter(
    output: Output,
    policy: Path | None,
    predictions: str | None,
    settings: ReadSettings,
    *,
    references: Sequence[str],
    min_group_size: int,
) -> None:
    """Write a policy to begin with; a file that is there is left alone, and what could be added to it is printed."""
    from fairaudit.read.files import STDIN, open_path
    from fairaudit.workflow import check as checking

    file = policy or find_config(Path.cwd()) or Path(CONFIG_NAME)
    there = file.exists()
    if there and gate_entries(file):
        raise FileError(str(file), "declares gates already, and is not changed")
    named = None if predictions in (None, STDIN) else _beside(str(predictions), file)
    opened = open_path(o.find_predictions(predictions, output.folder))
    with output.progress(f"Reading {opened.name}") as tell:
        text = checking.starter(
            opened,
            settings=settings,
            references=references,
            predictions=named,
            min_group_size=min_group_size,
            on_progress=tell,
            gates_only=there,
            table=checking.gate_table(file),
        )
    if there:
        say(text.rstrip("\n"))
        output.warn(
            [
                join_sentences(
                    f"{file} is there already and is not changed", "Add what is printed here to its end"
                )
            ]
        )
        return
    checking.write_starter(file, text)
    if not output.quiet:
        output.stdout.print(Text(f"Written: {printable(str(file))}"))
        # A policy names nothing outside of its folder.
        given = f" {predictions}" if named is None and predictions is not None else ""
        output.stdout.print(Text(f"Next: fairaudit check{printable(given)}", "dim"))


def _beside(predictions: str, policy: Path) -> str | None:
    """Give the path of predictions from a policy's folder, or ``None`` if they lie elsewhere."""
    folder = policy.parent.resolve()
    path = Path(predictions).resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else None
