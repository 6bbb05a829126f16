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
from fairaudit.documents.envelope import Origin, audit_envelope, estimate_part
from fairaudit.metrics.classes import METHODS, ClassDistance, ClassMeasures


def classes_document(
    origin: Origin, measured: Sequence[ClassMeasures], *, statistics: Sequence[StatisticPart] | None
) -> ClassesDocument:
    """Write what was measured: of everybody, who come first, and of every slice."""
    everybody, *slices = measured
    names = origin.checked.classes
    return ClassesDocument(
        **audit_envelope(origin),
        classes=list(names),
        methods=dict(METHODS),
        overall=ClassesOverallPart(**_measures(everybody, names, of=everybody)),
        slices=[
            ClassesSlicePart(
                feature=one.counts.attribute,
                slice=one.counts.group,
                unknown=one.counts.unknown,
                vs_rest={name: _distance(distance) for name, distance in one.vs_rest.items()},
                **_measures(one, names, of=everybody),
            )
            for one in slices
        ],
        statistics=None if statistics is None else list(statistics),
    )


def _measures(one: ClassMeasures, names: Sequence[str], *, of: ClassMeasures) -> dict[str, Any]:
    measures, matrix = one.measures, one.counts.matrix
    return {
        "n": measures.people,
        "share": measures.people / of.measures.people,
        "small": measures.small,
        "confusion": [list(row) for row in matrix],
        "metrics": {name: estimate_part(estimate) for name, estimate in measures.overall.items()},
        "averaged": [names[place] for place in measures.averaged],
        "classes": [
            ClassPart(
                name=name,
                people=sum(matrix[place]),
                predicted=sum(row[place] for row in matrix),
                **{figure: estimate_part(estimate) for figure, estimate in measures.classes[place].items()},
            )
            for place, name in enumerate(names)
        ],
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
