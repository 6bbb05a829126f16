"""``fairaudit report``."""

from __future__ import annotations

import sys

from rich.text import Text

from fairaudit.cli.console import Output
from fairaudit.cli.next_steps import after_card
from fairaudit.settings.card import WordingOptions


def report(words: WordingOptions, output: Output) -> None:
    """Run ``fairaudit report``."""
    from fairaudit.documents.folder import left_out, read_results
    from fairaudit.errors import printable
    from fairaudit.workflow.card import read_wording
    from fairaudit.workflow.report import read_templates, write_report

    wording = read_wording(statements=words.statements, template=words.template)
    templates = read_templates(words.template)
    with output.prepared():
        path = write_report(output.folder, wording.statements, templates)
        output.warn(left_out(output.folder, read_results(output.folder)))
    if not output.quiet:
        output.stdout.print(Text(f"Written: {printable(str(path))}"))
        output.show_next(
            (
                ("open it in a browser", ""),
                *after_card(sys.argv[1:], statements=words.statements),
            )
        )
