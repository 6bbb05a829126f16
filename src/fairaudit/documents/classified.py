"""Results of several classes as a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairaudit.documents.audit import StatisticPart
from fairaudit.documents.classes import (
    ClassDistancePart,
    ClassesDocument,
    ClassesOverallPart,
    ClassesSlicePart,
    ClassPart,
)
from fairaudit.documents.envelope import Origin, audit_envelope, estimate_part, weighed
from fairaudit.documents.parts import EstimatePart
from fairaudit.metrics.classes import METHODS, ClassDistance, ClassMeasures
from fairaudit.metrics.kinds import Estimate


def classes_document(
    origin: Origin, measured: Sequence[ClassMeasures], *, statistics: Sequence[StatisticPart] | None
) -> ClassesDocument:
    """Write what was measured: of everybody, who come first, and of every slice."""
    everybody, *slices = measured
    return ClassesDocument(
        **audit_envelope(origin),
        classes=list(origin.checked.classes),
        methods=dict(METHODS),
        overall=ClassesOverallPart(**_measures(everybody, origin, of=everybody)),
        slices=[
            ClassesSlicePart(
                feature=one.counts.attribute,
                slice=one.counts.group,
                unknown=one.counts.unknown,
                vanished=one.counts.vanished,
                vs_rest={name: _distance(distance) for name, distance in one.vs_rest.items()},
                **_measures(one, origin, of=everybody),
            )
            for one in slices
        ],
        statistics=None if statistics is None else list(statistics),
    )


def _measures(one: ClassMeasures, origin: Origin, *, of: ClassMeasures) -> dict[str, Any]:
    measures, matrix, clusters = one.measures, one.counts.matrix, one.counts.clusters
    names, part = origin.checked.classes, origin.part
    total = sum(map(sum, matrix))
    rows = None
    if clusters is not None and origin.checked.roles.id is not None:
        rows = total if clusters.rows is None else sum(map(sum, clusters.rows))

    def written(estimate: Estimate) -> EstimatePart:
        return estimate_part(estimate, clustered=clusters is not None, part=part)

    return {
        "n": measures.people,
        "share": total / sum(map(sum, of.counts.matrix)),
        "small": measures.small,
        "confusion": [[weighed(cell, part) for cell in row] for row in matrix],
        "metrics": {name: written(estimate) for name, estimate in measures.overall.items()},
        "averaged": [names[place] for place in measures.averaged],
        "classes": [
            ClassPart(
                name=name,
                people=weighed(sum(matrix[place]), part),
                predicted=weighed(sum(row[place] for row in matrix), part),
                **{figure: written(estimate) for figure, estimate in measures.classes[place].items()},
            )
            for place, name in enumerate(names)
        ],
        "rows": rows,
    }


def _distance(distance: ClassDistance) -> ClassDistancePart:
    return ClassDistancePart(
        difference=distance.difference,
        ci=distance.ci,
        p_value=distance.p_value,
        p_adjusted=distance.p_adjusted,
        test=distance.test,
        reason=distance.reason or None,
    )
