"""What gates on change compare with: earlier predictions, read as these are, or the document of their results."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairaudit.change.figures import correlations
from fairaudit.count.persons import refuse_repeated
from fairaudit.documents.comparing import matched_part
from fairaudit.documents.definitions import WithCounts, counts_with_scores, differing, read_counts
from fairaudit.documents.envelope import input_part
from fairaudit.documents.gates import BaselinePart
from fairaudit.errors import ColumnError, FairauditError, FileError, listed
from fairaudit.gates.asked import Baseline
from fairaudit.gates.policy import Gate
from fairaudit.metrics.measure import measure
from fairaudit.metrics.table import BY_NAME
from fairaudit.read.checked_rows import Checked
from fairaudit.read.notes import Note
from fairaudit.read.rows import Input
from fairaudit.settings.choices import NO_LABEL, Decide, RuleKind
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.verdict import Measuring
from fairaudit.slices.grammar import parse_attributes
from fairaudit.workflow.audit import Slicing, Tally, tally
from fairaudit.workflow.edges import Edges, cut_edges
from fairaudit.workflow.matched import Matching, group_pairs, match_elsewhere, match_people, read_alike


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
        if checked.roles.id is None:
            return Compared(baseline=Baseline(measured=measured), part=part)
        matching = _matching(checked, now.checked)
        if matching is None:
            note = f"people stand in several rows by {checked.roles.id}, and so are not matched with the baseline"
            return Compared(baseline=Baseline(measured=measured), part=part, notes=(Note(sentence=note),))
        matched = matching.matched
        pairs = group_pairs(
            self.tallied.counted, now.counted, matching.together, least=measured.min_group_size
        )
        known = correlations(pairs, _asked(gates), matching.scored)
        return Compared(
            baseline=Baseline(measured=measured, correlations=known),
            part=part.model_copy(update={"matched": None if matched is None else matched_part(matched)}),
            notes=_unmatched(checked, gates) if checked.rows.elsewhere else (),
        )


def _matching(base: Checked, new: Checked) -> Matching | None:
    """Match the people of both; ``None`` where somebody stands in several rows."""
    if base.rows.elsewhere or new.rows.elsewhere:
        return match_elsewhere(base, new)
    try:
        for one in (base, new):
            refuse_repeated(one)
    except ColumnError:
        return None
    return match_people(base, new)


def _unmatched(base: Checked, gates: Sequence[Gate]) -> tuple[Note, ...]:
    """Say of which metrics people are not matched, as scores stay where they are."""
    metrics = [BY_NAME[metric] for metric in dict.fromkeys(metric for _, metric in _asked(gates))]
    of_scores = [m.name for m in metrics if not m.is_rate and m.kind.figures(*np.ones((4, 1))) is None]
    if not of_scores:
        return ()
    return (
        Note(
            sentence=f"people are not matched with the baseline by {base.roles.id} for {listed(of_scores)}, as their scores stay where they are, and so are taken for other people"
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeFolder:
    """The results of an audit as a baseline, and how the predictions of now are read: by their columns, and cut at their edges."""

    folder: Path
    document: WithCounts
    reading: ReadSettings
    slicing: Slicing

    def beside(self, now: Tally, gates: Sequence[Gate]) -> Compared:
        """Measure it by its counts, as other people than those of now.

        Raises
        ------
        FileError
            If the predictions of now are decided, or sliced, in another way.
        """
        names = dict.fromkeys(name for gate in gates if gate.of_baseline for name in gate.attributes)
        if reason := differing(self.document.settings, now.settings(), attributes=tuple(names)):
            raise FileError(
                str(self.folder),
                f"cannot be the baseline of {now.checked.source.name}: {reason[0]}",
                hint=reason[1],
            )
        counts = counts_with_scores(self.folder, self.document)
        measured = measure(counts.counted, min_group_size=now.measured.min_group_size)
        left_out = {**measured.left_out, **counts.lacking}
        return Compared(
            baseline=Baseline(measured=dataclasses.replace(measured, left_out=left_out)),
            part=BaselinePart(input=self.document.input, matched=None, from_document=True),
        )


def read_folder(folder: Path, reading: ReadSettings, opened: Input, *, option: str) -> BeforeFolder:
    """Read a folder of results as a baseline, and say how `opened` is read beside it."""
    document = read_counts(folder)
    settings = document.settings
    rule_chosen = any(rule is not None for rule in (reading.threshold, reading.top_k, reading.top_percent))
    decision = settings.decision
    is_threshold = decision is not None and decision.kind == RuleKind.THRESHOLD
    return BeforeFolder(
        folder=folder,
        document=document,
        reading=dataclasses.replace(
            reading,
            label=settings.label or NO_LABEL,
            score=settings.score or NO_LABEL,
            decision=None if rule_chosen else settings.decision_column,
            threshold=decision.threshold
            if decision and is_threshold and not rule_chosen
            else reading.threshold,
            positive=reading.positive or tuple(settings.positive),
            where=reading.where or settings.where,
        ),
        slicing=Slicing(edges=_edges(document, opened, option)),
    )


def _edges(document: WithCounts, opened: Input, option: str) -> Edges:
    """Return the edges of the slices in a document, by what is cut."""
    edges = {}
    for part in document.settings.attributes:
        if not part.edges:
            continue
        try:
            parsed = parse_attributes(
                [part.name], columns=opened.columns, file=opened.name, option=option, overlapping=True
            )
        except FairauditError:
            # No gate can be about it.
            continue
        for dimension in (dimension for attribute in parsed for dimension in attribute.dimensions):
            if dimension.called in part.edges:
                edges[dimension] = tuple(part.edges[dimension.called])
    return edges


def _asked(gates: Iterable[Gate]) -> list[tuple[str, str]]:
    """Return the attributes and metrics whose change is decided by evidence."""
    asked = (
        (attribute, gate.metric)
        for gate in gates
        if gate.of_baseline and gate.decide is Decide.INTERVAL
        for attribute in gate.attributes or [""]
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
        opened,
        dataclasses.replace(reading, attributes=tuple(names)),
        measuring=measuring,
        option=option,
        slicing=Slicing(ungrouped=True),
    )
    return Before(
        tallied=tallied,
        reading=read_alike(reading, tallied.checked),
        slicing=Slicing(edges=cut_edges(tallied.checked)),
    )
