"""What gates on change compare with: earlier predictions, read as these are, or the document of their results."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fairaudit.change.figures import correlations
from fairaudit.count.persons import refuse_repeated
from fairaudit.documents.comparing import matched_part
from fairaudit.documents.envelope import input_part
from fairaudit.documents.gates import BaselinePart
from fairaudit.errors import ColumnError
from fairaudit.gates.asked import Baseline
from fairaudit.gates.policy import Gate
from fairaudit.read.notes import Note
from fairaudit.read.rows import Input
from fairaudit.settings.choices import Decide
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.verdict import Measuring
from fairaudit.workflow.audit import Slicing, Tally, tally
from fairaudit.workflow.edges import cut_edges
from fairaudit.workflow.matched import group_pairs, match_people, read_alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What gates on change compare with, what is written down of it, and what is to be noted."""

    baseline: Baseline
    part: BaselinePart
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The baseline, read and counted, and how the predictions of now are read: by its columns, and cut at its edges."""

    tallied: Tally
    reading: ReadSettings
    slicing: Slicing

    def beside(self, now: Tally, gates: Sequence[Gate]) -> Compared:
        """Measure it, and how far its figures go along with those of now where the same people are in both."""
        checked = self.tallied.checked
        measured = self.tallied.measured
        part = BaselinePart(
            input=input_part(checked.rows, checked.used, checked.dropped, checked.notes),
            matched=None,
            from_document=False,
        )
        if checked.roles.id is None or checked.rows.elsewhere or now.checked.rows.elsewhere:
            return Compared(baseline=Baseline(measured=measured), part=part)
        try:
            for one in (checked, now.checked):
                refuse_repeated(one)
        except ColumnError:
            note = f"people stand in several rows by {checked.roles.id}, and so are not matched with the baseline"
            return Compared(baseline=Baseline(measured=measured), part=part, notes=(Note(sentence=note),))
        matching = match_people(checked, now.checked)
        matched = matching.matched
        pairs = group_pairs(
            self.tallied.counted, now.counted, matching.together, least=measured.min_group_size
        )
        known = correlations(pairs, _asked(gates), matching.scored)
        return Compared(
            baseline=Baseline(measured=measured, correlations=known),
            part=part.model_copy(update={"matched": None if matched is None else matched_part(matched)}),
        )


def _asked(gates: Iterable[Gate]) -> list[tuple[str, str]]:
    """Return the attributes and metrics whose change is decided by evidence."""
    asked = (
        (attribute, gate.metric)
        for gate in gates
        if gate.of_baseline and gate.decide is Decide.INTERVAL
        for attribute in gate.attributes
    )
    return list(dict.fromkeys(asked))


def read_before(
    opened: Input,
    reading: ReadSettings,
    gates: Sequence[Gate],
    *,
    measuring: Measuring | None,
    option: str,
) -> Before:
    """Read a baseline by the attributes of the gates on change."""
    names = dict.fromkeys(name for gate in gates if gate.of_baseline for name in gate.attributes)
    tallied = tally(
        opened, dataclasses.replace(reading, attributes=tuple(names)), measuring=measuring, option=option
    )
    return Before(
        tallied=tallied,
        reading=read_alike(reading, tallied.checked),
        slicing=Slicing(edges=cut_edges(tallied.checked)),
    )
