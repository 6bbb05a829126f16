"""The slices of results: of one document, or of all, and what their intervals allow for."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.documents.folder import Results
from fairaudit.documents.ranking import Slice, is_small, slices_of


def joint_attributes(ranked: Sequence[Slice], main: str) -> tuple[float, int] | None:
    """Return the level of the intervals that allow for the choice, and from how many slices; ``None`` where there are none."""
    for s in ranked:
        distance = s.vs_rest.get(main)
        if distance and distance.joint_confidence and distance.chosen_from and not is_small(s, main):
            return distance.joint_confidence, distance.chosen_from
    return None


def ranked_among(documents: Results) -> list[Slice]:
    """Return the slices of one document, whose intervals allow for the choice from these."""
    return slices_of(documents.performance) if documents.performance is not None else []


def slices_part(documents: Results) -> list[Slice]:
    """Collect the slices, and the groups that are not among them."""
    slices: dict[tuple[str, str], Slice] = {}
    for document in (documents.slices, documents.group):
        for s in slices_of(document) if document is not None else ():
            slices.setdefault((s.feature, s.name), s)
    return list(slices.values())
