"""Files for others beside ``impact.json``: tables, and the page that is posted."""

from __future__ import annotations

from pathlib import Path

from fairaudit.documents.impact import ImpactDocument
from fairaudit.documents.statements import BiasAudit
from fairaudit.render.impact import sheets
from fairaudit.resources import IMPACT_PAGE
from fairaudit.spelling import command


def table_files(document: ImpactDocument, folder: Path) -> dict[Path, bytes]:
    """Make the tables for a folder, each as CSV, and all as one workbook.

    Raises
    ------
    FileError
        If there is no openpyxl.
    """
    texts = {folder / name: text.encode("utf-8") for name, text in sheets.csv_files(document).items()}
    return {**texts, folder / sheets.WORKBOOK: sheets.workbook(document)}


def read_posted(statements: Path) -> BiasAudit:
    """Read what people state of the audit, for the page that is posted.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    from fairaudit.workflow.card import read_wording

    return read_wording(statements=statements).statements.impact


def page_file(
    document: ImpactDocument, folder: Path, stated: BiasAudit, statements: Path
) -> tuple[dict[Path, bytes], list[str]]:
    """Make the page that Local Law 144 wants to be posted, with what people state of the audit.

    Returns
    -------
    tuple
        Its content by its path, and warnings where something is not stated, or the audit is more than a year old or yet to come.
    """
    from fairaudit.render.impact.page import date_text, render_page

    path = folder / IMPACT_PAGE
    content = render_page(document, stated).encode()
    lacking = [
        name for name in ("auditor", "audited", "distributed", "data_source") if not getattr(stated, name)
    ]
    warnings = [date_text(stated, document.created.date())]
    if lacking:
        warnings.insert(
            0,
            f"{path} lacks what only people can state: {', '.join(lacking)}; answer the questions under [impact] in {statements}, which {command('card', 'init')} writes",
        )
    return {path: content}, [text for text in warnings if text]
