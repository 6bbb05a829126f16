"""The public function that follows groups over months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fairaudit.documents.text import dump
from fairaudit.settings.arguments import checked, group_of
from fairaudit.settings.edges import in_python
from fairaudit.settings.history import Following
from fairaudit.settings.naming import Naming
from fairaudit.settings.verdict import Direction
from fairaudit.workflow.history import History, follow, history_files
from fairaudit.workflow.public_results import Place
from fairaudit.workflow.taken import stamp_of
from fairaudit.write import write_together


@in_python
def history(
    paths: Place | Sequence[Place],
    *,
    metrics: str | Sequence[str] = (),
    order: str | None = None,
    effect: str | None = None,
    words: Mapping[str, str] | None = None,
    unit: str | None = None,
    out: Place | None = None,
) -> History:
    """Follow the same groups over many months: what all documents say together, and since when somebody is worse off.

    Parameters
    ----------
    paths
        Folders of results, or their ``group.json`` or ``slices.json``, of two or more months; or a folder that holds these.
    metrics
        The rates that are followed; left out, the usual ones.
    order
        ``given``, ``name`` or ``time``; left out, as given, or what one folder holds by its names.
    effect, words, unit
        As for `audit`.
    out
        Folder in which to write ``history.json`` and ``history.png``; left out, nothing is written.

    Returns
    -------
    History
        ``document`` is ``history.json``; ``document.to_frame()`` has one row for each rate of each group in each month.

    Raises
    ------
    fairaudit.errors.FairauditError
        If there are fewer than two documents, or they are not about the same.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from fairaudit.workflow.public_slices import measure_slices
    >>> folder = Path(tempfile.mkdtemp())
    >>> rows = pd.DataFrame({"label": [0, 1] * 200, "town": list("AAB") * 133 + ["A"]})
    >>> for month in (1, 2, 3, 4):
    ...     wrong = (rows["town"] == "B") & (rows.index % 7 < 4) & (month > 2) | (rows.index % (10 + month) == 0)
    ...     predicted = rows.assign(decision=rows["label"].where(~wrong, 1 - rows["label"]))
    ...     _ = measure_slices(predicted, features="town", out=folder / f"2026-0{month}")
    >>> first = history(folder).document.series[0]
    >>> first.group, first.course.value, first.side, first.since
    ('B', 'since', 'worse', '2026-03')
    """
    arguments = checked(locals())
    typed = [paths] if isinstance(paths, (str, Path)) or not isinstance(paths, Sequence) else paths
    document = follow(
        [Path(path) for path in typed],
        stamp_of("history"),
        following=group_of(Following, arguments),
        effect=group_of(Direction, arguments).effect,
        naming=group_of(Naming, arguments),
    )
    if out is not None:
        folder = Path(out)
        text = dump(document).encode()
        write_together({folder / "history.json": text, **history_files(folder, document)})
    return History(document=document)
