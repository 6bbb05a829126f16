"""The public function that compares two sets of predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from fairaudit.documents.changed import CompareDocument
from fairaudit.documents.text import dump
from fairaudit.settings.arguments import checked, group_of
from fairaudit.settings.comparing import PairedSettings, Tolerated
from fairaudit.settings.edges import in_python
from fairaudit.settings.naming import Naming
from fairaudit.settings.source import InputSettings
from fairaudit.settings.verdict import Direction, Measuring
from fairaudit.workflow.audit import open_input
from fairaudit.workflow.compare import Comparison, compare_predictions
from fairaudit.workflow.compare_folders import are_folders, compare_folders
from fairaudit.workflow.public_results import Place
from fairaudit.workflow.taken import stamp_of
from fairaudit.write import output_folder, write_text

Texts = str | Sequence[str]


@in_python
def compare(
    base: object,
    new: object,
    *,
    label: str | None = None,
    score: str | None = None,
    decision: str | None = None,
    attributes: Texts = (),
    weight: str | None = None,
    weight_kind: str | None = None,
    id: str | None = None,
    positive: Texts = (),
    where: str | None = None,
    slices: Mapping[str, str] | Place | None = None,
    missing: str = "error",
    na_values: Texts | None = None,
    threshold: float | None = None,
    top_k: int | None = None,
    top_percent: float | None = None,
    margin: str | float | Fraction | None = None,
    effect: str | None = None,
    min_group_size: int = 30,
    unknown: Texts = (),
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
) -> Comparison:
    """Compare two sets of predictions, of two models or two months: what changed for whom, and what is worse.

    Parameters
    ----------
    base, new
        As the source of `audit`; new is read as base is, by the same columns, groups and edges. Or two folders of results, whose counts are compared.
    margin
        How much worse a group may become, such as 0.02: `beyond_margin` of each change says whether more than that is shown, excluded or undecided.
    id
        Column that says whom a row is about in both: the same people are compared with themselves.
    label, score, decision, attributes, weight, weight_kind, positive, where, slices, missing, na_values, threshold, top_k, top_percent, effect, min_group_size, unknown, words, unit, format, delimiter, encoding, names, skip_bad_lines, memory_limit, threads, temp_dir
        As for `audit`; weights are numbers of people.
    out
        Folder in which to write ``compare.json``; left out, nothing is written.

    Returns
    -------
    Comparison
        ``document`` is ``compare.json``; ``document.to_frame()`` has one row for each rate of each group.

    Raises
    ------
    fairaudit.errors.FairauditError
        If an input cannot be read as asked, or people cannot be matched.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = range(800)
    >>> before = pd.DataFrame({"label": [i % 2 for i in rows], "town": ["AB"[i // 2 % 2] for i in rows]})
    >>> before["decision"] = before["label"]
    >>> after = before.assign(decision=before["label"].where((before["town"] == "A") | (before["label"] == 1) | (before.index % 3 > 0), 1))
    >>> first = compare(before, after).document.changes[0]
    >>> first.group, first.metric, first.verdict.value
    ('B', 'fpr', 'worse')
    """
    arguments = checked(locals())
    if are_folders(base, new):
        return _written(
            compare_folders(
                Path(str(base)),
                Path(str(new)),
                stamp_of("compare"),
                direction=group_of(Direction, arguments),
                naming=group_of(Naming, arguments),
                tolerated=group_of(Tolerated, arguments),
            ),
            out,
        )
    how = group_of(InputSettings, arguments)
    document = compare_predictions(
        open_input(base, how),
        open_input(new, how),
        group_of(PairedSettings, arguments),
        stamp_of("compare"),
        measuring=group_of(Measuring, arguments),
        direction=group_of(Direction, arguments),
        naming=group_of(Naming, arguments),
        tolerated=group_of(Tolerated, arguments),
    )
    return _written(document, out)


def _written(document: CompareDocument, out: Place | None) -> Comparison:
    """Write a comparison where a folder is named."""
    if out is not None:
        with output_folder(Path(out)) as folder:
            write_text(folder / "compare.json", dump(document))
    return Comparison(document=document)
