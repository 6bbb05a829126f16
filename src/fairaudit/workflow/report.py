"""Documents and statements into the HTML report."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from fairaudit import resources
from fairaudit.documents.folder import Results, read_results
from fairaudit.documents.statements import Statements
from fairaudit.render.report.page import ReportTemplates, render_report
from fairaudit.settings.arguments import check_kinds
from fairaudit.settings.edges import in_python
from fairaudit.workflow.manifest import renewed
from fairaudit.write import write_together

REPORT = "report.html"


def read_templates(folder: Path | None = None) -> ReportTemplates:
    """Read the report's template, style sheet and script, so that a mistake in them shows before any long work.

    Parameters
    ----------
    folder
        One whose files replace ours of the same name.
    """
    return ReportTemplates(
        page=resources.read_template(resources.REPORT_TEMPLATE, override=folder),
        style=resources.read_template(resources.REPORT_STYLE, override=folder),
        script=resources.read_template(resources.REPORT_SCRIPT, override=folder),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that is one page of HTML."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        """Return the text."""
        return self.text

    def _repr_html_(self) -> str:
        """Show the page in a notebook, in a frame from which it cannot reach the notebook."""
        from fairaudit.render.report.notebook import frame

        return frame(self.text)

    @in_python
    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write ``report.html`` into a folder, which is made if it is not there."""
        check_kinds({"folder": folder})
        content = self.text.encode()
        return write_together({Path(folder) / REPORT: content, **renewed(Path(folder), REPORT, content)})[0]


def make_report(results: Results, statements: Statements, templates: ReportTemplates) -> Report:
    """Render the report, in memory."""
    return Report(text=render_report(results, statements, templates=templates))


def write_report(folder: Path, statements: Statements, templates: ReportTemplates) -> Path:
    """Render the report of the documents that earlier commands left in a folder, and put it there."""
    return make_report(read_results(folder), statements, templates).write(folder)
