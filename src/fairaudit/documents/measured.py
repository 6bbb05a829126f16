"""What was measured of groups, as the document of groups and as parts of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from fairaudit.count.counts import Counts
from fairaudit.disparity.distance import Distance
from fairaudit.documents.envelope import Origin, audit_envelope, distance_parts, estimate_part, weighed
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.parts import CountsPart, GroupPart, GroupQualityPart, OpenPart, OverallPart
from fairaudit.metrics.kinds import GroupMeasures, Measured


def group_document(
    origin: Origin,
    measured: Measured,
    *,
    distances: Sequence[Mapping[str, Distance]],
) -> GroupDocument:
    """Write the group report, with the groups' distances from everybody else."""
    return GroupDocument(
        **audit_envelope(origin),
        overall=overall_part(measured, origin),
        groups=[
            GroupPart(
                attribute=g.attribute,
                group=g.group,
                share=share_of(g, measured),
                unknown=g.unknown,
                vanished=g.vanished,
                vs_rest=distance_parts(away),
                may_join=_open(g, origin),
                **measured_part(g, origin),
            )
            for g, away in zip(measured.groups, distances, strict=True)
        ],
        left_out=dict(measured.left_out),
        quality=_quality(origin, measured),
    )


def _quality(origin: Origin, measured: Measured) -> list[GroupQualityPart]:
    """Tell which rows of each group were dropped for what they lack; nothing where none was."""
    checked = origin.checked
    if not checked.dropped_groups:
        return []
    parts = []
    for attribute in checked.attributes:
        if len(attribute.dimensions) > 1:
            continue
        (place,) = checked.groups_of(attribute)
        dropped = checked.dropped_groups[place]
        if checked.suppression is not None and not dropped:
            # They would tell of few people.
            continue
        counts = {g.group: g.counts for g in measured.of(attribute.name)}
        for group in dict.fromkeys([*counts, *dropped]):
            used = counts.get(group)
            reasons = dict(dropped.get(group, {}))
            # A row that stands for several people is one row dropped, and so many people counted.
            known = checked.roles.weight is None
            labelled = known and checked.roles.label is not None
            rows = used.n if used else 0
            parts.append(
                GroupQualityPart(
                    attribute=attribute.name,
                    group=group,
                    rows=rows + sum(reasons.values()) if known else None,
                    dropped=reasons,
                    missing={},
                    labelled=rows if labelled else None,
                    positives=(used.positives if used else 0) if labelled else None,
                )
            )
    return parts


def overall_part(measured: Measured, origin: Origin) -> OverallPart:
    """Write what was measured of everybody."""
    return OverallPart(share=1.0, **measured_part(measured.overall, origin))


def measured_part(group: GroupMeasures, origin: Origin) -> dict[str, Any]:
    """Write what documents hold of groups, of slices and of everybody alike."""
    clusters = group.counts.clusters
    rows = None
    if clusters is not None and origin.checked.roles.id is not None:
        rows = group.counts.n if clusters.rows is None else sum(clusters.rows)
    return {
        "n": group.counts.people,
        "small": group.small,
        "counts": _counts(group.counts, origin.part),
        "metrics": {
            name: estimate_part(estimate, clustered=clusters is not None, part=origin.part)
            for name, estimate in group.estimates.items()
        },
        "rows": rows,
    }


def _counts(counts: Counts, part: Fraction) -> CountsPart:
    cells = ("tp", "fp", "fn", "tn", "selected")
    return CountsPart(**{cell: weighed(getattr(counts, cell), part) for cell in cells})


def _open(group: GroupMeasures, origin: Origin) -> OpenPart | None:
    """Write who may be in a group or not."""
    if not group.may_join:
        return None
    columns = {cell: [getattr(people, cell) for people in group.may_join] for cell in CountsPart.model_fields}
    cells = {
        cell: weighed(None if None in people else sum(people), origin.part)
        for cell, people in columns.items()
    }
    return OpenPart(n=sum(people.people for people in group.may_join), counts=CountsPart(**cells))


def share_of(group: GroupMeasures, measured: Measured) -> float:
    """Return how large a part of all rows a group's are."""
    return group.counts.n / measured.overall.counts.n
