"""Two folders of results into what changed between them, by the counts that stand in their documents."""

from __future__ import annotations

from pathlib import Path

from fairaudit.change.engine import changes
from fairaudit.change.figures import figures_in, figures_of
from fairaudit.change.rates import COMPARED
from fairaudit.change.stability import score_stability
from fairaudit.documents.changed import CompareDocument
from fairaudit.documents.comparing import Begun, Comparing, compare_document
from fairaudit.documents.definitions import (
    WithCounts,
    counts_with_scores,
    differing,
    people_by_score,
    read_counts,
    results_folder,
    same_metrics,
)
from fairaudit.documents.envelope import called_by, environment
from fairaudit.documents.parts import Stamp
from fairaudit.errors import FileError, nearest_file
from fairaudit.settings.comparing import Tolerated
from fairaudit.settings.naming import Naming
from fairaudit.settings.verdict import Direction
from fairaudit.version import __version__
from fairaudit.workflow.matched import group_pairs


def are_folders(base: object, new: object) -> bool:
    """Return whether both are folders of results.

    Raises
    ------
    FileError
        If only one of them is.
    """
    known = [
        isinstance(source, (str, Path)) and results_folder(str(source)) is not None for source in (base, new)
    ]
    if known[0] != known[1]:
        folder, other = (base, new) if known[0] else (new, base)
        if isinstance(other, (str, Path)) and Path(other).is_dir():
            raise FileError(
                str(other),
                f"holds no results of an audit, neither group.json nor slices.json, to be compared with those of {folder}",
                hint="Name the folder of an audit",
            )
        if isinstance(other, (str, Path)) and _is_missing(str(other)):
            raise FileError(str(other), "there is no such file or folder", hint=nearest_file(other))
        raise FileError(
            str(folder),
            "is a folder of results, and the other side is none",
            hint=f"Name the folder of the results of {other}, or the predictions behind this one"
            if isinstance(other, (str, Path))
            else "Name two folders of results, or two sets of predictions",
        )
    return known[0]


def _is_missing(source: str) -> bool:
    """Tell whether a plain path leads nowhere; patterns, addresses, tables and stdin are no plain paths."""
    return source != "-" and not set("*?[:#") & set(source) and not Path(source).exists()


def compare_folders(
    base: Path,
    new: Path,
    stamp: Stamp,
    *,
    direction: Direction = Direction(),  # noqa: B008  # frozen
    naming: Naming | None = None,
    tolerated: Tolerated = Tolerated(),  # noqa: B008  # frozen
) -> CompareDocument:
    """Compare the groups of two audits, as groups of different people.

    Raises
    ------
    FileError
        If a folder holds no counts, or the audits ask another question.
    """
    before, now = read_counts(base), read_counts(new)
    _refuse_different(base, new, before, now)
    sides = [counts_with_scores(folder, document) for folder, document in ((base, before), (new, now))]
    counted = [side.counted for side in sides]
    pairs = group_pairs(counted[0], counted[1], {}, least=before.settings.min_group_size)
    metrics = [metric for metric in COMPARED if metric in before.overall.metrics]
    scored = people_by_score(base, new)
    names = [name for name in figures_in(counted) if not any(name in side.lacking for side in sides)]
    figures = figures_of(pairs, names, None, min_group_size=before.settings.min_group_size)
    effect = direction.effect or before.settings.effect
    compared = Comparing(
        pairs=pairs,
        matched=None,
        changes=changes(pairs, metrics=metrics, effect=effect, figures=figures, margin=tolerated.margin),
        margin=tolerated.margin,
        scores=None if scored is None else score_stability(*scored),
        columns={a.name: a.columns[0] for a in before.settings.attributes if len(a.columns) == 1},
        overlapping=counted[0].overlapping,
    )
    words = called_by(naming) if naming else {}
    begun = Begun(
        envelope={
            "fairaudit": __version__,
            "created": stamp.created,
            "command": stamp.command,
            "input": before.input,
            "environment": environment("numpy", "scipy"),
            "settings": before.settings.model_copy(
                update={"effect": effect, "words": words or before.settings.words}
            ),
        },
        new=now.input,
        new_decision=now.settings.decision,
        new_lock=now.settings.lock,
        from_documents=True,
    )
    return compare_document(begun, compared)


def _refuse_different(base: Path, new: Path, before: WithCounts, now: WithCounts) -> None:
    """Refuse audits of which one asks another question than the other."""
    if reason := differing(before.settings, now.settings):
        raise FileError(str(new), f"cannot be compared with {base}: {reason[0]}", hint=reason[1])
    if only := same_metrics(before, now):
        raise FileError(str(new), f"cannot be compared with {base}: {only}", hint="Audit both alike")
