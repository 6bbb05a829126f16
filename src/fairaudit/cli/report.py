"""``fairaudit report``."""

from __future__ import annotations

from rich.text import Text

from fairaudit.cli import options as o
from fairaudit.settings.choices import DEFAULT_OUT, DEFAULT_STATEMENTS


def report(
    statements: o.Statements = DEFAULT_STATEMENTS,
    template: o.Template = None,
    allow_code: o.AllowCode = False,  # noqa: ARG001  # settings from a file have been held to it
    out: o.Out = DEFAULT_OUT,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> None:
    """Render one HTML page from the JSON documents in the output folder, to be opened in any browser; writes report.html."""
    from fairaudit.documents.folder import left_out, read_results
    from fairaudit.errors import printable
    from fairaudit.workflow.card import read_wording
    from fairaudit.workflow.report import read_templates, write_report

    output = o.output(out, json=False, quiet=quiet, verbose=verbose)
    wording = read_wording(statements=statements, template=template)
    templates = read_templates(template)
    with output.prepared():
        path = write_report(out, wording.statements, templates)
        output.warn(left_out(out, read_results(out)))
    if not quiet:
        output.stdout.print(Text(f"Written: {printable(str(path))}"))
        output.stdout.print(Text("Next: open it in a browser", "dim"))
