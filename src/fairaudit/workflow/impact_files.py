"""Files for others beside ``impact.json``: tables, and the page that is posted."""

from __future__ import annotations

from pathlib import Path

from fairaudit.documents.impact import ImpactDocument
from fairaudit.documents.statements import BiasAudit
from fairaudit.render.impact import sheets
from fairaudit.resources import IMPACT_PAGE
from fairaudit.spelling import command
from fairaudit.write import output_folder, write_files, write_text


def write_tables(document: ImpactDocument, folder: Path) -> tuple[Path, ...]:
    """Write the tables into a folder, each as CSV, and all as one workbook.

    Raises
    ------
    FileError
        If the folder cannot be written to, or there is no openpyxl.
    """
    texts = {name: text.encode("utf-8") for name, text in sheets.csv_files(document).items()}
    files = {**texts, sheets.WORKBOOK: sheets.workbook(document)}
    with output_folder(folder, option="tables"):
        return write_files(folder, files)


def read_posted(statements: Path) -> BiasAudit:
    """Read what people state of the audit, for the page that is posted.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    from fairaudit.workflow.card import read_wording

    return read_wording(statements=statements).statements.impact


def write_page(
    document: ImpactDocument, folder: Path, stated: BiasAudit, statements: Path
) -> tuple[Path, list[str]]:
    """Write the page that Local Law 144 wants to be posted, with what people state of the audit.

    Returns
    -------
    tuple
        Its path, and warnings where something is not stated, or the audit is more than a year old or yet to come.

    Raises
    ------
    FileError
        If the page cannot be written.
    """
    from fairaudit.render.impact.page import date_text, render_page

    path = folder / IMPACT_PAGE
    write_text(path, render_page(document, stated))
    lacking = [
        name for name in ("auditor", "audited", "distributed", "data_source") if not getattr(stated, name)
    ]
    warnings = [date_text(stated, document.created.date())]
    if lacking:
        warnings.insert(
            0,
            f"{path} lacks what only people can state: {', '.join(lacking)}; answer the questions under [impact] in {statements}, which {command('card', 'init')} writes",
        )
    return path, [text for text in warnings if text]
