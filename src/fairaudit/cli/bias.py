"""``fairaudit bias``."""

from __future__ import annotations

import sys
from pathlib import Path

from fairaudit.cli.arguments import Predictions
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_audit
from fairaudit.cli.numbers import number_files, refuse_numbers
from fairaudit.settings.naming import Naming
from fairaudit.settings.output import NumberFiles
from fairaudit.settings.reading import AuditReading
from fairaudit.settings.resolve import find_predictions
from fairaudit.settings.source import TableSettings, each_of
from fairaudit.settings.verdict import Measuring, VerdictOptions
from fairaudit.settings.within import Stratifying


def bias(
    verdict: VerdictOptions,
    reading: AuditReading,
    measuring: Measuring,
    naming: Naming,
    stratifying: Stratifying,
    source: TableSettings,
    files: NumberFiles,
    output: Output,
    predictions: Predictions = None,
) -> None:
    """Run ``fairaudit bias``."""
    from fairaudit.disparity import aequitas as aequitas_bridge
    from fairaudit.disparity.rule import VerdictRule
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.audit import report_bias, tally, without_features
    from fairaudit.workflow.within import slicing_of, within_strata

    rule = VerdictRule.of(verdict)
    file = find_predictions(predictions, output.folder, source)
    refuse_numbers(files, *map(Path, each_of(file)), output.folder / "bias.json")
    opened = open_path(file, source)
    with output.prepared():
        with (
            aequitas_bridge.loading(),
            output.progress(f"Reading {opened.name}", opened.expected_rows) as tell,
        ):
            sliced = tally(
                opened,
                reading,
                measuring=measuring,
                naming=naming,
                slicing=slicing_of(stratifying.within),
                on_progress=tell,
            )
        document = within_strata(
            sliced,
            report_bias(without_features(sliced), stamp("bias"), rule=rule).document,
            stratifying.within,
        )
    output.finish(
        {"bias.json": document},
        lambda width: terminal.bias(document, width=width, verbose=output.verbose),
        also=number_files(files, [document]),
        next_steps=after_audit(document, None, sys.argv[1:]),
    )
