"""Predictions into slices: of two classes by the metrics of every audit, of more by those of several classes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fairaudit.count.classes import count_classes
from fairaudit.count.counts import ClassCounts
from fairaudit.count.statistics import describe
from fairaudit.count.unknown import unknown_values
from fairaudit.documents.audit import SlicesDocument
from fairaudit.documents.audited import statistic_part
from fairaudit.documents.classes import ClassesDocument
from fairaudit.documents.classified import classes_document
from fairaudit.documents.envelope import Origin, audit_settings
from fairaudit.documents.parts import Stamp
from fairaudit.errors import OptionError
from fairaudit.metrics.classes import measure_classes
from fairaudit.read.checked_rows import Checked
from fairaudit.read.notes import Note, distinct
from fairaudit.read.rows import Input
from fairaudit.read.table import Use, validate
from fairaudit.read.watching import Progress
from fairaudit.render.card.classes import classes_markdown
from fairaudit.settings.choices import NO_LABEL
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.slices import SliceSettings
from fairaudit.settings.verdict import Measuring
from fairaudit.spelling import Bare, setting
from fairaudit.workflow.audit import report_slices, tally_checked
from fairaudit.workflow.keep import ClassTally, Sliced
from fairaudit.workflow.locked import with_departures
from fairaudit.workflow.ranking import refuse_unranked
from fairaudit.workflow.remarks import open_memberships, shared_people
from fairaudit.workflow.suppressed import left_out, refuse_small_cells, without_single_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """What slices were measured to be; ``document`` is ``slices.json``, or of more than two classes ``classes.json``."""

    document: SlicesDocument | ClassesDocument

    def __repr__(self) -> str:
        """Say how many slices there are, and not all the numbers."""
        return f"<Slices: {len(self.document.slices)} of {self.document.input.name}>"


def slices_of(
    opened: Input,
    reading: SliceSettings,
    stamp: Stamp,
    *,
    measuring: Measuring | None = None,
    naming: Naming | None = None,
    statistics: bool = False,
    on_progress: Progress | None = None,
) -> tuple[SlicesDocument | ClassesDocument, Sliced]:
    """Measure every slice of an input, labels and predictions of more than two classes as such; return as well what was counted.

    Raises
    ------
    FairauditError
        If the input cannot be read as asked, or something is asked for that several classes do not have.
    """
    measuring, naming = measuring or Measuring(), naming or Naming()
    refuse_unranked(measuring.rank_by)
    settings = reading.with_prediction
    checked = validate(
        opened,
        settings,
        option=setting("feature"),
        use=Use(
            score_needed=not statistics,
            describe=statistics,
            every_slice=True,
            several_classes=reading.prediction is not None,
            overlapping=True,
        ),
        on_progress=on_progress,
    )
    if not checked.classes:
        tallied = tally_checked(checked, settings, measuring=measuring, naming=naming)
        return report_slices(tallied, stamp, statistics=statistics), tallied
    _refuse(checked, reading, measuring)
    unknown, nowhere = unknown_values(checked, measuring.unknown)
    counted = count_classes(checked, unknown=unknown)
    refuse_small_cells(checked)
    overlapping = frozenset(a.name for a in checked.attributes if a.overlapping)
    measured = measure_classes(counted, measuring=measuring, overlapping=overlapping)
    checked = with_departures(
        checked, [(g.attribute, g.group) for g in counted[1:] if any(map(any, g.matrix))]
    )
    notes = distinct([*checked.notes, *nowhere, *_shared(checked, counted, overlapping), *_open(counted)])
    notes = (*without_single_values(checked, notes), *left_out(checked))
    checked = replace(checked, notes=notes)
    document = classes_document(
        _origin(checked, settings, measuring, naming, stamp),
        measured,
        statistics=[statistic_part(s) for s in describe(checked)] if statistics else None,
    )
    return document, ClassTally(checked=checked, counted=counted)


def classes_files(folder: Path, document: ClassesDocument) -> dict[Path, bytes]:
    """Write for people what was measured of several classes."""
    return {folder / "classes.md": classes_markdown(document).encode()}


def _origin(
    checked: Checked, settings: ReadSettings, measuring: Measuring, naming: Naming, stamp: Stamp
) -> Origin:
    return Origin(
        checked=checked,
        settings=audit_settings(
            checked,
            measuring,
            naming,
            missing=settings.missing,
            na_values=settings.na_values,
            selected=None,
            ranked_by=None,
        ),
        stamp=stamp,
    )


def _shared(
    checked: Checked, counted: Sequence[ClassCounts], overlapping: Collection[str]
) -> tuple[Note, ...]:
    """Name the attributes of which some people stand in several groups."""
    everybody, *slices = counted
    if everybody.clusters is None:
        return ()
    people = [
        (one.attribute, one.clusters.people)
        for one in slices
        if one.clusters is not None and one.attribute not in overlapping
    ]
    return shared_people(everybody.clusters.people, people, column=checked.roles.id)


def _open(counted: Sequence[ClassCounts]) -> tuple[Note, ...]:
    """Say of how many people it is not known whether they are in a slice."""
    return open_memberships(
        (
            one.attribute,
            one.group,
            sum(sum(map(sum, c.matrix)) if c.clusters is None else c.clusters.people for c in one.may_join),
        )
        for one in counted
    )


def _refuse(checked: Checked, reading: SliceSettings, measuring: Measuring) -> None:
    """Refuse what several classes do not have."""
    for is_asked, name, why in (
        (
            reading.score not in (None, NO_LABEL),
            "score",
            "names scores, and several classes are measured by what is predicted",
        ),
        (
            measuring.rank_by is not None,
            "rank_by",
            "ranks by a metric of two classes; several are ranked by accuracy",
        ),
    ):
        if is_asked:
            raise OptionError(
                setting(name),
                f"{why} ({len(checked.classes)} classes in {checked.roles.label!r} and {checked.roles.decision!r})",
                hint=f"{setting('positive', Bare('VALUE'))} measures one class against the rest",
            )
