"""The public function that searches slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fairaudit.documents.text import dump
from fairaudit.settings.arguments import checked, group_of
from fairaudit.settings.discovering import Discovering
from fairaudit.settings.edges import in_python
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.source import InputSettings
from fairaudit.workflow.audit import open_input
from fairaudit.workflow.discover import Discovered, discover_slices
from fairaudit.workflow.public_results import Place
from fairaudit.workflow.taken import stamp_of
from fairaudit.write import output_folder, write_text

Texts = str | Sequence[str]


@in_python
def discover(
    source: object,
    *,
    metric: str = "error",
    over: Texts = (),
    depth: int = 3,
    bins: int = 10,
    min_rows: int | None = None,
    min_denominator: int = 30,
    min_ratio: float = 1.1,
    level: float = 0.05,
    correction: str = "holm",
    seed: int = 0,
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
) -> Discovered:
    """Search all combinations of conditions for slices that are worse than the rest, in one half of the rows, and confirm them in the other.

    Parameters
    ----------
    source
        As for `audit`.
    metric
        What is worse in a slice: ``"error"``, ``"fpr"``, ``"fnr"``, ``"fdr"``, ``"for"``, ``"log_loss"`` or ``"brier"``.
    over
        Columns that are searched, or whatever a slice can be, such as ``"age:quartiles"`` or ``"len(review)"``. Left out, all but identifiers, labels, scores and decisions, and what repeats these.
    depth
        At most so many conditions together, from 1 to 3.
    bins
        Numbers are cut into so many ranges of equally many people.
    min_rows, min_denominator
        People that a slice needs, in all and in the denominator of the metric; `min_rows` left out is one of 200, and 60 at least.
    min_ratio
        A slice has so many times the rate of the rest at least.
    level, correction
        Where nothing is worse than the rest, the chance of any discovery is at most this level. ``"holm"`` holds it for each discovery, ``"bh"``
        keeps the expected share of false ones among all discoveries below it.
    seed
        Decides by lot which half of the people is searched.
    label, score, decision, weight, weight_kind, id, positive, where, slices, missing, na_values, threshold, top_k, top_percent, words, unit, format, delimiter, encoding, names, skip_bad_lines, memory_limit, threads, temp_dir
        As for `audit`.
    out
        Folder in which to write ``discover.json``; left out, nothing is written.

    Returns
    -------
    Discovered
        ``document`` is ``discover.json``; ``document.to_frame()`` has one row for each slice.

    Raises
    ------
    fairaudit.errors.FairauditError
        If the input cannot be searched as asked.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = range(4000)
    >>> people = pd.DataFrame({"label": [i * 7 % 13 % 2 for i in rows], "town": ["ABCDE"[i % 5] for i in rows], "paid": [i * 37 % 97 for i in rows]})
    >>> people["decision"] = people["label"].where((people["town"] != "B") | (people.index % 3 > 0), 1 - people["label"])
    >>> [(c.column, c.value) for part in discover(people).document.slices for c in part.conditions]
    [('town', 'B')]
    """
    arguments = checked(locals())
    document = discover_slices(
        open_input(source, group_of(InputSettings, arguments)),
        group_of(ReadSettings, arguments),
        stamp_of("discover"),
        asked=group_of(Discovering, arguments),
        naming=group_of(Naming, arguments),
    )
    if out is not None:
        with output_folder(Path(out)) as folder:
            write_text(folder / "discover.json", dump(document))
    return Discovered(document=document)
