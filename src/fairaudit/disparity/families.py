"""Comparisons that are corrected together, and their answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.disparity.comparison import evidence
from fairaudit.disparity.dependence import Asked, blocks
from fairaudit.disparity.ratios import Compared
from fairaudit.disparity.verdicts import (
    ALPHA,
    Answer,
    Question,
    Verdict,
    answer,
    question,
)
from fairaudit.inference.multiplicity import family_size
from fairaudit.settings.choices import Decide
from fairaudit.settings.limits import Band

if TYPE_CHECKING:
    from fairaudit.inference.joint import Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Disparities that are corrected together, by their places, and what is known of their dependence."""

    places: Sequence[int]
    blocks: Sequence[Block]


def answer_all(
    compared: Compared, band: Band, decide: Decide
) -> tuple[dict[int, Answer], tuple[Together, ...]]:
    """Answer for each disparity, by its place, but for those that are not judged; decisive ones are a family of their own."""
    judged = [place for place, d in enumerate(compared.disparities) if d.is_judged]
    questions = _questions(compared, judged, band)
    answers: dict[int, Answer] = {}
    families: list[Together] = []
    for decisive in (True, False):
        places = [place for place in judged if compared.disparities[place].decisive is decisive]
        known = [] if decide is Decide.POINT else _blocks(compared, places, questions)
        family_answers = answer([questions[place] for place in places], decide=decide, blocks=known)
        family = Together(places=places, blocks=known)
        weight = _bearing(compared, family_answers, family)
        answers |= {
            place: dataclasses.replace(one, weight=weight)
            for place, one in zip(places, family_answers, strict=True)
        }
        families.append(family)
    return answers, tuple(families)


def _questions(compared: Compared, places: Sequence[int], band: Band) -> dict[int, Question]:
    """Put the question of each disparity, by its place, with what the counts say at both limits."""
    asked = {place: compared.disparities[place].limited() for place in places}
    limits = [limit for limit in (band.low, band.high) if limit is not None]
    scores = iter(evidence([(one, limit) for one in asked.values() for limit in limits]))
    return {
        place: question(one.value, band, next(scores), next(scores), comparisons=one.comparisons)
        for place, one in asked.items()
    }


def _blocks(compared: Compared, family: Sequence[int], questions: Mapping[int, Question]) -> list[Block]:
    """Put the questions of a family together whose dependence the counts give."""
    return blocks(
        [
            Asked(
                place=place,
                attribute=d.attribute,
                group=d.group,
                reference=d.reference_group or "",
                metric=d.metric,
                pair=d.pair,
                question=questions[disparity],
                clustered=d.estimate.design != 1,
            )
            for place, disparity in enumerate(family)
            if (d := compared.disparities[disparity]).pair is not None
        ],
        compared.measured,
    )


def _bearing(compared: Compared, family_answers: Sequence[Answer], family: Together) -> float:
    """Find what the p-value of a comparison is multiplied by that is the next one to fail."""
    failed = [one.verdict is Verdict.FAIL for one in family_answers]
    if not family.blocks or not any(one.verdict is Verdict.UNDECIDED for one in family_answers):
        return max((one.weight for one in family_answers), default=1.0)
    from fairaudit.inference import joint

    size = family_size(compared.disparities[place].comparisons for place in family.places)
    return joint.bearing([one.p_raw for one in family_answers], family.blocks, failed, size=size, level=ALPHA)
