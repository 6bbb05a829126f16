"""Two sets of predictions into what changed between them: read alike, count, match people, test, write down."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from fairaudit.change.engine import changes
from fairaudit.change.figures import figures_in, figures_of
from fairaudit.change.outcome import Outcome
from fairaudit.change.rates import COMPARED
from fairaudit.change.stability import score_stability
from fairaudit.count.groups import count
from fairaudit.count.persons import people_by_score, refuse_repeated
from fairaudit.count.unknown import unknown_values
from fairaudit.documents.changed import CompareDocument
from fairaudit.documents.comparing import Comparing, begun_of, compare_document
from fairaudit.documents.envelope import Origin, audit_settings
from fairaudit.documents.parts import Stamp
from fairaudit.engine.cells import NotCounted
from fairaudit.errors import OptionError
from fairaudit.metrics.kinds import Needs
from fairaudit.metrics.table import BY_NAME
from fairaudit.read.checked_rows import Checked
from fairaudit.read.identity import each_once
from fairaudit.read.notes import distinct
from fairaudit.read.rows import Input
from fairaudit.read.table import Use, needs_rows, validate
from fairaudit.read.watching import Progress
from fairaudit.render.report import notebook
from fairaudit.settings.choices import WeightKind
from fairaudit.settings.comparing import Tolerated
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.verdict import Direction, Measuring
from fairaudit.spelling import setting
from fairaudit.workflow.edges import Edges, cut_edges
from fairaudit.workflow.locked import somebody_in, with_departures
from fairaudit.workflow.matched import Side, group_pairs, match_people, read_alike
from fairaudit.workflow.remarks import overlapping_groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What `compare` came to; ``document`` is ``compare.json``."""

    document: CompareDocument

    def __repr__(self) -> str:
        """Say how much has changed, and not all the numbers."""
        document = self.document
        counted = ", ".join(f"{len(document.of(outcome))} {outcome}" for outcome in Outcome)
        return f"<Comparison: {document.comparisons} comparisons: {counted}>"

    def _repr_html_(self) -> str:
        """Show what changed in a notebook."""
        return notebook.changed(self.document)


def compare_predictions(
    base: Input,
    new: Input,
    reading: ReadSettings,
    stamp: Stamp,
    *,
    measuring: Measuring | None = None,
    direction: Direction = Direction(),  # noqa: B008  # frozen
    naming: Naming | None = None,
    tolerated: Tolerated = Tolerated(),  # noqa: B008  # frozen
    on_progress: Progress | None = None,
) -> CompareDocument:
    """Compare two inputs, which are read alike: what is chosen or cut by the values of base is the same in new.

    Raises
    ------
    FairauditError
        If one of them cannot be read as asked, or somebody who is to be matched stands in several rows.
    """
    _refuse(base, new, reading)
    measuring, naming = measuring or Measuring(), naming or Naming()
    before = _read(base, reading, measuring, on_progress=_half(on_progress, 0))
    _refuse_lacking(new, before.checked, base.name)
    now = _read(
        new,
        read_alike(reading, before.checked),
        measuring,
        edges=cut_edges(before.checked),
        on_progress=_half(on_progress, 1),
    )
    matching = match_people(before.checked, now.checked)
    pairs = group_pairs(before.counted, now.counted, matching.together, least=measuring.min_group_size)
    labelled = before.checked.roles.label is not None
    metrics = [m for m in COMPARED if labelled or BY_NAME[m].needs is Needs.DECISION]
    figures = figures_of(
        pairs,
        figures_in([before.counted, now.counted]),
        matching.scored,
        min_group_size=measuring.min_group_size,
    )
    scores = [people_by_score(checked) for checked in (before.checked, now.checked)]
    compared = Comparing(
        pairs=pairs,
        matched=matching.matched,
        changes=changes(
            pairs, metrics=metrics, effect=direction.effect, figures=figures, margin=tolerated.margin
        ),
        margin=tolerated.margin,
        scores=None if scores[0] is None or scores[1] is None else score_stability(scores[0], scores[1]),
        columns={a.name: a.called[0] for a in before.checked.attributes if a.width == 1},
        overlapping=before.counted.overlapping,
    )
    origins = [_origin(side, reading, measuring, naming, direction, stamp) for side in (before, now)]
    return compare_document(begun_of(origins[0], origins[1]), compared)


def _origin(
    side: Side,
    reading: ReadSettings,
    measuring: Measuring,
    naming: Naming,
    direction: Direction,
    stamp: Stamp,
) -> Origin:
    settings = audit_settings(
        side.checked,
        measuring,
        naming,
        missing=reading.missing,
        na_values=reading.na_values,
        selected=side.counted.overall.selected,
        ranked_by=None,
    )
    return Origin(
        checked=side.checked,
        settings=settings.model_copy(update={"effect": direction.effect}),
        stamp=stamp,
    )


def _read(
    opened: Input,
    reading: ReadSettings,
    measuring: Measuring,
    *,
    edges: Edges | None = None,
    on_progress: Progress | None,
) -> Side:
    """Read and count an input, each row as a person."""
    checked = validate(opened, reading, use=Use(overlapping=True), edges=edges, on_progress=on_progress)
    if checked.weight_kind is WeightKind.SURVEY:
        raise OptionError(
            setting("weight"),
            "holds the weights of a survey, and a comparison counts people",
            hint=f"Leave it out, or say {setting('weight_kind', WeightKind.FREQUENCY)} if they are numbers of people",
        )
    if checked.roles.id is not None:
        refuse_repeated(checked)
    unknown, nowhere = unknown_values(checked, measuring.unknown)
    cells = dataclasses.replace(checked, roles=dataclasses.replace(checked.roles, id=None))
    counted = count(cells, unknown=unknown)
    checked = with_departures(checked, somebody_in(counted))
    noise = each_once(checked.roles.id or "")
    overlap = overlapping_groups(cells, counted)
    notes = [note for note in (*checked.notes, *nowhere, *overlap) if note.sentence != noise]
    return Side(checked=dataclasses.replace(checked, notes=distinct(notes)), counted=counted)


def _refuse(base: Input, new: Input, reading: ReadSettings) -> None:
    """Refuse what cannot be compared."""
    if base.counted_by or new.counted_by:
        raise needs_rows(NotCounted("a comparison"))
    if reading.id is not None and reading.weight is not None:
        raise OptionError(
            setting("id"),
            f"matches people one row with another, and cannot be given together with {setting('weight')}",
        )


def _refuse_lacking(new: Input, base: Checked, read: str) -> None:
    """Refuse new rows without a column that was found or chosen in base, where nobody may have named it."""
    for column in base.roles.columns:
        new.require(column, hint=f"{read} is read by it, and both are read alike")
    for dimension in base.dimensions if base.chosen else ():
        for column in dimension.columns:
            new.require(
                column,
                hint=f"It was chosen in {read}; name what both have by {setting('attribute', 'COLUMN')}",
            )


def _half(on_progress: Progress | None, half: int) -> Progress | None:
    """Tell the progress of one of two readings."""
    return None if on_progress is None else lambda share: on_progress((half + share) / 2)
