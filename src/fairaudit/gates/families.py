"""Which gates are corrected together, and the answers to their questions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from fairaudit.disparity.verdicts import Answer, Question, Verdict, answer
from fairaudit.gates.policy import Gate
from fairaudit.settings.choices import Decide, FamilyOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answers to the questions of one gate.

    Attributes
    ----------
    family
        How many comparisons were corrected together; 0 where the point decides.
    is_joint
        Whether those of other gates were among them.
    """

    answers: tuple[Answer, ...]
    family: int
    is_joint: bool


def answer_families(gates: Sequence[Gate], questions: Sequence[Sequence[Question]]) -> list[Answered]:
    """Answer the questions of each gate in its family."""
    answered: dict[int, Answered] = {}
    for members in _families(gates):
        decide = gates[members[0]].decide
        family = [asked for member in members for asked in questions[member]]
        answers = iter(answer(family, decide=decide))
        for member in members:
            answered[member] = Answered(
                answers=tuple(itertools.islice(answers, len(questions[member]))),
                family=len(family) if decide is Decide.INTERVAL else 0,
                is_joint=len(members) > 1,
            )
    return [answered[place] for place in range(len(gates))]


def _families(gates: Sequence[Gate]) -> list[list[int]]:
    """Return the places of gates whose comparisons are corrected together: those that give one name, those that say ``policy``, and each of the others by itself."""
    families: dict[str | int, list[int]] = {}
    for place, gate in enumerate(gates):
        is_joined = gate.family is FamilyOf.POLICY and gate.decide is Decide.INTERVAL
        families.setdefault(gate.family_name if is_joined else place, []).append(place)
    return list(families.values())


def hidden(questions: Sequence[Question], answers: Sequence[Answer], *, family: str) -> str:
    """Write how many groups of a gate fail by themselves, and not among the comparisons of other gates."""
    number = sum(
        alone.verdict is Verdict.FAIL and together.verdict is not Verdict.FAIL
        for alone, together in zip(answer(questions), answers, strict=True)
    )
    if not number:
        return ""
    of = f"the family {family!r}" if family else "the policy"
    groups = "1 group fails" if number == 1 else f"{number:,} groups fail"
    return f"{groups} if the gate is a family of its own, but not together with the other gates of {of}"
