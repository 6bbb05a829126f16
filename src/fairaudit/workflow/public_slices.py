"""The public function that measures slices."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from fairaudit.documents.classes import ClassesDocument
from fairaudit.documents.text import dump
from fairaudit.settings.arguments import checked, group_of
from fairaudit.settings.edges import in_python
from fairaudit.settings.naming import Naming
from fairaudit.settings.slices import Keeping, SliceSettings
from fairaudit.settings.source import InputSettings
from fairaudit.settings.verdict import Measuring, References
from fairaudit.workflow.audit import open_input
from fairaudit.workflow.keep import kept_slices, refuse_keeping
from fairaudit.workflow.public_results import Place
from fairaudit.workflow.slices import Slices, classes_files, slices_of
from fairaudit.workflow.taken import stamp_of
from fairaudit.write import write_together

Texts = str | Sequence[str]


@in_python
def measure_slices(
    source: object,
    *,
    features: Texts = (),
    prediction: str | None = None,
    stats: bool = False,
    label: str | None = None,
    score: str | None = None,
    decision: str | None = None,
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
    min_group_size: int = 30,
    interval: str = "wilson",
    unknown: Texts = (),
    suppress_below: int | None = None,
    rank_by: str | None = None,
    ref_group: Texts = (),
    save: Place | None = None,
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
) -> Slices:
    """Measure slices of the data: how well it is decided, or with `prediction` how well several classes are predicted.

    Parameters
    ----------
    source
        As for `audit`.
    prediction
        Column with the predicted class. Of more than two classes: accuracy, macro and weighted F1, precision, recall and F1 of each
        class, and the confusion matrix; with `positive` that class against the rest.
    stats
        Describe every numeric column in every slice.
    features, label, score, decision, weight, weight_kind, id, positive, where, slices, missing, na_values, threshold, top_k, top_percent, min_group_size, interval, unknown, suppress_below, rank_by, words, unit, format, delimiter, encoding, names, skip_bad_lines, memory_limit, threads, temp_dir
        As for `audit`.
    save, ref_group
        File in which these slices are kept, for ``slices=`` of every function that reads predictions; and whom groups are compared with there, as for `audit`.
    out
        Folder in which to write ``slices.json``, or of several classes ``classes.json`` and ``classes.md``; left out, nothing is written.

    Returns
    -------
    Slices
        ``document`` is what would be written; ``document.to_frame()`` has one row for each slice and metric.

    Raises
    ------
    fairaudit.errors.FairauditError
        If the input cannot be read as asked.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": list("abc") * 40, "town": ["A", "B"] * 60})
    >>> frame["predicted"] = frame["label"].where(frame["town"] == "A", "a")
    >>> measured = measure_slices(frame, prediction="predicted", features="town").document
    >>> [(s.slice, round(s.metrics["accuracy"].value, 2)) for s in measured.slices]
    [('A', 1.0), ('B', 0.33)]
    """
    arguments = checked(locals())
    reading, references = group_of(SliceSettings, arguments), group_of(References, arguments).references
    kept = group_of(Keeping, arguments).save
    sources = source if isinstance(source, (list, tuple)) else [source]
    files = [Path(one) for one in sources if isinstance(one, (str, os.PathLike))]
    refuse_keeping(kept, reading, references, others=files)
    document, sliced = slices_of(
        open_input(source, group_of(InputSettings, arguments)),
        reading,
        stamp_of("slice"),
        measuring=group_of(Measuring, arguments),
        naming=group_of(Naming, arguments),
        statistics=stats,
    )
    written = kept_slices(kept, sliced, reading, references)
    if out is not None:
        name = "slices.json"
        if isinstance(document, ClassesDocument):
            name = "classes.json"
            written |= classes_files(Path(out), document)
        written[Path(out) / name] = dump(document).encode()
    write_together(written)
    return Slices(document=document)
