"""The public function that tells adverse impact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from fairaudit.documents.impact import ImpactDocument
from fairaudit.documents.text import dump
from fairaudit.render.report import notebook
from fairaudit.render.words.impact import summary
from fairaudit.settings.arguments import check_kinds, group_of
from fairaudit.settings.edges import in_python
from fairaudit.settings.impact import ImpactOptions, ImpactReading
from fairaudit.settings.naming import Naming
from fairaudit.settings.source import InputSettings
from fairaudit.settings.verdict import Measuring
from fairaudit.settings.within import Stratifying
from fairaudit.workflow.audit import open_input
from fairaudit.workflow.impact import assess_impact
from fairaudit.workflow.public_results import Place
from fairaudit.workflow.taken import stamp_of
from fairaudit.write import output_folder, write_text

Texts = str | Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What `impact` came to; ``document`` is ``impact.json``."""

    document: ImpactDocument

    def __repr__(self) -> str:
        """Say the answer, and not all the numbers."""
        return f"<Impact: {summary(self.document)}>"

    def _repr_html_(self) -> str:
        """Show the tables in a notebook."""
        return notebook.impact(self.document)


@in_python
def impact(
    source: object,
    *,
    profile: str = "four-fifths",
    ref_group: Texts = (),
    effect: str | None = None,
    exclude: Texts = (),
    exclude_below: str | float | Fraction | None = None,
    population: Place | None = None,
    smd: str | None = None,
    within: Texts = (),
    attributes: Texts = (),
    label: str | None = None,
    score: str | None = None,
    decision: str | None = None,
    weight: str | None = None,
    weight_kind: str | None = None,
    positive: Texts = (),
    where: str | None = None,
    slices: Mapping[str, str] | Place | None = None,
    missing: str = "error",
    na_values: Texts | None = None,
    threshold: float | str | None = None,
    top_k: int | None = None,
    top_percent: float | None = None,
    unknown: Texts = (),
    suppress_below: int | None = None,
    words: Mapping[str, str] | None = None,
    unit: str | None = None,
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    names: Texts = (),
    skip_bad_lines: bool = False,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_dir: Place | None = None,
    out: Place | None = None,
) -> Impact:
    """Compare the selection rates of groups by the definitions of those who must answer for them.

    Parameters
    ----------
    source
        As for `audit`.
    profile
        ``"four-fifths"``, ``"ll144"``, ``"lending"`` or ``"none"``; the second and the last have no limit.
    ref_group
        Whom groups are compared with, as for `audit`; left out, the group that is best off.
    effect
        ``"helps"``, which is taken where it is left out, or ``"hurts"``: then a higher rate is adverse.
    exclude, exclude_below
        Groups that are left out of the comparison by name, such as ``"race=Other"``, or because they are a smaller share of the known people than,
        say, ``"2%"``.
    population
        The path of a table of a population, with a column of categories and one of their share or count: groups are compared with it as well.
    smd
        ``"pooled"`` or ``"overall"``: scores are compared as well, their difference of means divided by this standard deviation. ``"lending"`` compares
        them by the first.
    within
        Groups are compared once more among people who are alike in this, such as ``"department"``.
    threshold
        A number as for `audit`, or ``"median"``: those above the median of a table's people are selected.
    unknown
        Values that say as little as a missing one: their people are counted, and in no ratio.
    positive
        Values of the decision that mean selected, where these are not 0/1.
    label
        A column that nobody is grouped by, unless it is named; no labels are needed.
    attributes, score, decision, weight, weight_kind, where, slices, missing, na_values, suppress_below, top_k, top_percent, words, unit, format, delimiter, encoding, names, skip_bad_lines, memory_limit, threads, temp_dir
        As for `audit`; weights are numbers of people.
    out
        Folder in which to write ``impact.json``; left out, nothing is written.

    Returns
    -------
    Impact
        ``document`` is ``impact.json``; ``document.to_frame()`` has one row for each group.

    Raises
    ------
    fairaudit.errors.FairauditError
        If the input cannot be read as asked.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"race": ["White", "White", "Black", "Black"], "hired": [1, 0, 1, 0], "count": [48, 32, 12, 28]})
    >>> table, = impact(people, score="hired", weight="count").document.tables
    >>> [(g.group, g.impact_ratio, g.adverse) for g in table.groups]
    [('Black', 0.5, True), ('White', 1.0, None)]
    """
    arguments = locals()
    # The one threshold that is no number.
    check_kinds({**arguments, "threshold": None if threshold == "median" else threshold})
    document = assess_impact(
        open_input(source, group_of(InputSettings, arguments)),
        group_of(ImpactReading, arguments),
        stamp_of("impact"),
        asked=group_of(ImpactOptions, arguments),
        stratifying=group_of(Stratifying, arguments),
        measuring=group_of(Measuring, arguments),
        naming=group_of(Naming, arguments),
    )
    if out is not None:
        with output_folder(Path(out)) as folder:
            write_text(folder / "impact.json", dump(document))
    return Impact(document=document)
