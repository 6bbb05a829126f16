"""The functions of the package that show results: card and report."""

from __future__ import annotations

import os
from pathlib import Path

from fairaudit.settings.arguments import checked, group_of
from fairaudit.settings.card import CardForm, WordingOptions
from fairaudit.settings.choices import DEFAULT_STATEMENTS
from fairaudit.settings.edges import in_python
from fairaudit.workflow.card import (
    Card,
    CardOptions,
    IfEdited,
    make_card,
    read_wording,
    write_card,
)
from fairaudit.workflow.pipeline import Audit
from fairaudit.workflow.report import Report, make_report, read_templates
from fairaudit.workflow.taken import made_of
from fairaudit.write import output_folder, write_text

Place = str | os.PathLike[str]


@in_python
def card(
    results: Audit | Place,
    *,
    statements: Place = DEFAULT_STATEMENTS,
    template: Place | None = None,
    hf: bool = True,
    hf_slices: bool = False,
    svg: bool = False,
    cyclonedx: Place | None = None,
    force: bool = False,
    out: Place | None = None,
) -> Card:
    """Render the model card.

    Parameters
    ----------
    results
        An audit, or the folder in which commands have left their documents.
    statements
        What people state for the card; ``card.toml`` may be lacking, another file may not.
    template
        Folder whose templates replace ours of the same name.
    hf, hf_slices
        Whether the card begins with the metadata that Hugging Face reads, and whether these hold every slice.
    svg
        Whether there are figures as SVG, too.
    cyclonedx
        Where to write a CycloneDX ML-BOM.
    force
        Whether to replace a card that somebody has changed by hand.
    out
        Folder in which to write the card and its figures; left out, neither is written.

    Returns
    -------
    Card
        Its ``text`` is Markdown, its ``figures`` are pictures by file name; a notebook shows both.

    Raises
    ------
    fairaudit.errors.FairauditError
        If there is nothing to make a card from, or a file cannot be read or written.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairaudit import audit
    >>> people = pd.DataFrame({"label": [0, 1] * 60, "score": [1, 0, 1] * 40, "sex": ["F", "F", "M"] * 40})
    >>> made = card(audit(people, attributes="sex"), hf=False)
    >>> made.text.splitlines()[0]
    '# Model card: pandas DataFrame'
    """
    arguments = checked(locals())
    words, form = group_of(WordingOptions, arguments), group_of(CardForm, arguments)
    wording = read_wording(statements=words.statements, template=words.template)
    options = CardOptions(
        front_matter=form.hf,
        slices_in_front=form.hf_slices,
        svg=form.svg,
        cyclonedx=form.cyclonedx,
        if_edited=IfEdited.REPLACE if force else IfEdited.REFUSE,
    )
    made = made_of(results)
    if out is None:
        rendered = make_card(made.results, wording, options, model_sha256=made.model_sha256)
        if form.cyclonedx is not None and rendered.bom is not None:
            write_text(form.cyclonedx, rendered.bom)
        return rendered
    with output_folder(Path(out)) as folder:
        return write_card(folder, wording, options, made=made).card or make_card(
            made.results, wording, options
        )


@in_python
def report(
    results: Audit | Place,
    *,
    statements: Place = DEFAULT_STATEMENTS,
    template: Place | None = None,
    out: Place | None = None,
) -> Report:
    """Render the HTML report, one page that needs nothing beside it.

    Parameters
    ----------
    results, statements
        As for `card`; statements stand in the report as well.
    template
        Folder whose templates replace ours of the same name, such as ``report.html.jinja``.
    out
        Folder in which to write ``report.html``; left out, it is not written.

    Returns
    -------
    Report
        Its ``text`` is HTML, and ``write(folder)`` writes it; a notebook shows it in a frame of its own.

    Raises
    ------
    fairaudit.errors.FairauditError
        If there is nothing to report, or a file cannot be read or written.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairaudit import audit
    >>> people = pd.DataFrame({"label": [0, 1] * 60, "score": [1, 0, 1] * 40, "sex": ["F", "F", "M"] * 40})
    >>> report(audit(people, attributes="sex")).text[:15]
    '<!doctype html>'
    """
    words = group_of(WordingOptions, checked(locals()))
    wording = read_wording(statements=words.statements, template=words.template)
    page = make_report(made_of(results).results, wording.statements, read_templates(words.template))
    if out is not None:
        page.write(out)
    return page
