"""``fairaudit fairness``."""

from __future__ import annotations

import sys

from fairaudit.cli.arguments import Predictions
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_audit
from fairaudit.settings.naming import Naming
from fairaudit.settings.output import OtherNames
from fairaudit.settings.reading import AuditReading
from fairaudit.settings.resolve import find_predictions
from fairaudit.settings.source import TableSettings
from fairaudit.settings.verdict import Measuring, VerdictOptions
from fairaudit.settings.within import Stratifying


def fairness(
    verdict: VerdictOptions,
    reading: AuditReading,
    measuring: Measuring,
    naming: Naming,
    stratifying: Stratifying,
    names: OtherNames,
    source: TableSettings,
    output: Output,
    predictions: Predictions = None,
) -> None:
    """Run ``fairaudit fairness``."""
    from fairaudit.disparity import aequitas as aequitas_bridge
    from fairaudit.disparity.rule import VerdictRule
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.audit import report_bias, report_fairness, tally, without_features
    from fairaudit.workflow.within import slicing_of, within_strata

    rule = VerdictRule.of(verdict)
    opened = open_path(find_predictions(predictions, output.folder, source), source)
    made = stamp("fairness")
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
        tallied = without_features(sliced)
        biased = report_bias(tallied, made, rule=rule)
        bias = within_strata(sliced, biased.document, stratifying.within)
        document = report_fairness(tallied, biased, made, rule=rule).model_copy(
            update={"strata": bias.strata}
        )
    output.finish(
        {"fairness.json": document},
        lambda width: terminal.fairness(
            document, bias, width=width, aequitas=names.aequitas, verbose=output.verbose
        ),
        next_steps=after_audit(bias, None, sys.argv[1:]),
    )
