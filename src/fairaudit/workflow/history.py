"""Results of many months into what they say together: read, checked to be about the same, pooled, written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fairaudit.change.course import LEVEL, Course
from fairaudit.change.history import Pooled, Series, pool
from fairaudit.change.rates import worse_side
from fairaudit.documents.constraints import MOST
from fairaudit.documents.envelope import environment
from fairaudit.documents.history import HistoryDocument, LackingPart, MonthPart, PointPart, SeriesPart, Side
from fairaudit.documents.parts import InputPart, NotePart, Stamp
from fairaudit.documents.points import Point, read_points
from fairaudit.documents.ranking import Slice
from fairaudit.errors import FairauditError, FileError, clipped
from fairaudit.inference.odds import TwoRates
from fairaudit.metrics import kinds
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.figures.draw import render_png
from fairaudit.render.figures.history import history_figure
from fairaudit.settings.choices import Effect
from fairaudit.settings.history import FOLLOWED, Following
from fairaudit.settings.naming import Naming
from fairaudit.slices.file import NEW_GROUP
from fairaudit.slices.grammar import CROSS, OTHER_GROUP, SUPPRESSED_GROUP
from fairaudit.version import __version__

RATES = tuple(name for name, metric in BY_NAME.items() if metric.is_rate and not metric.is_of_whole)
METHOD = (
    "each group beside everybody else in the same month. All months together: Cochran, Mantel and Haenszel's test without correction, Mantel and Haenszel's odds ratio "
    "(interval of Robins, Breslow and Greenland) and difference. Since when: Peto's one-step odds ratios before and since each month, adjusted for all months looked at "
    "(Bonferroni). Holm for all claims"
)
_FIRST = (Course.SINCE, Course.THROUGHOUT, Course.NO_LONGER, Course.NOT_SHOWN, Course.UNKNOWN)
_SIDES = ("worse", "lower", "higher", "better")
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What many months say together; ``document`` is ``history.json``."""

    document: HistoryDocument

    def __repr__(self) -> str:
        """Say how many groups are shown to be worse, and not all the numbers."""
        worse = sum(s.side == "worse" for s in self.document.of(Course.SINCE, Course.THROUGHOUT))
        return f"<History: {len(self.document.points)} months, {worse} of {len(self.document.series)} rates worse>"


def follow(
    paths: Sequence[Path],
    stamp: Stamp,
    *,
    following: Following = Following(),  # noqa: B008  # frozen
    effect: Effect | None = None,
    naming: Naming | None = None,
) -> HistoryDocument:
    """Follow the groups of many documents over their months.

    Raises
    ------
    FairauditError
        If there are fewer than two documents, they are not about the same, or a metric is no rate.
    """
    following.refuse(RATES)
    points, order = read_points(paths, following.order)
    metrics = _metrics(points, following.metrics)
    attributes, left_out = _attributes(points)
    slices = [{(s.feature, s.name): s for s in point.slices} for point in points]
    keys = [key for key in dict.fromkeys(key for own in slices for key in own) if key[0] in attributes]
    effect = effect or points[-1].settings.effect
    unknown = [_unknown(point) for point in points]
    followed = [_series(key, metric, points, slices, unknown) for key in keys for metric in metrics]
    parts = [
        _part(series, pooled, points, effect) for series, pooled in zip(followed, pool(followed), strict=True)
    ]
    last = points[-1].settings
    words = last.words | dict(naming.chosen) if naming else last.words
    return HistoryDocument(
        fairaudit=__version__,
        created=stamp.created,
        command=stamp.command,
        input=_input(points),
        environment=environment("numpy"),
        settings=last.model_copy(update={"effect": effect, "words": words}),
        order=order.value,
        metrics=metrics,
        level=LEVEL,
        method=METHOD,
        points=[_point(point) for point in points],
        series=sorted(parts, key=_rank),
        lacking=_lacking(keys, points, slices),
        left_out=left_out,
    )


def history_files(folder: Path, document: HistoryDocument) -> dict[Path, bytes]:
    """Draw what many months say."""
    figure = history_figure(document)
    return {} if figure is None else {folder / f"{figure.name}.png": render_png(figure.spec)}


def _rank(part: SeriesPart) -> tuple[int, int, float]:
    """Put first what is worse and surest."""
    side = len(_SIDES) if part.side is None else _SIDES.index(part.side)
    return _FIRST.index(part.course), side, 1.0 if part.p_adjusted is None else part.p_adjusted


def _metrics(points: Sequence[Point], asked: Sequence[str]) -> list[str]:
    """Return the rates that all documents have."""
    there = [set(point.document.overall.metrics) for point in points]
    for metric in asked:
        lacking = next((p for p, own in zip(points, there, strict=True) if metric not in own), None)
        if lacking is not None:
            raise FairauditError(
                f"{lacking.file} has no {metric}. Its metrics are {', '.join(sorted(lacking.document.overall.metrics))}."
            )
    return list(asked) or [metric for metric in FOLLOWED if all(metric in own for own in there)]


def _attributes(points: Sequence[Point]) -> tuple[list[str], dict[str, str]]:
    """Return the attributes that all documents have, and why the others are left out."""
    of_points = [[a.name for a in point.settings.attributes] for point in points]
    every = list(dict.fromkeys(name for names in of_points for name in names))
    left_out = {
        name: f"not in {', '.join(point.name for point, names in zip(points, of_points, strict=True) if name not in names)}"
        for name in every
        if not all(name in names for names in of_points)
    }
    kept = [name for name in every if name not in left_out]
    if not kept:
        why = "; ".join(f"{clipped(name)!r} is {why}" for name, why in left_out.items())
        raise FairauditError(f"No attribute is in all {len(points)} documents: {why}.")
    return kept, left_out


def _series(
    key: Key,
    metric: str,
    points: Sequence[Point],
    slices: Sequence[Mapping[Key, Slice]],
    unknown: Sequence[Sequence[Slice]],
) -> Series:
    own = [of_point.get(key) for of_point in slices]
    return Series(
        attribute=key[0],
        group=key[1],
        metric=metric,
        months=tuple(
            None if s is None else _rates(s, metric, point, [u for u in of_nobody if u.feature == s.feature])
            for s, point, of_nobody in zip(own, points, unknown, strict=True)
        ),
        unknown=any(s is not None and s.unknown for s in own) or _is_another_each_month(key[1], points),
    )


def _is_another_each_month(group: str, points: Sequence[Point]) -> bool:
    """Tell whether a group holds whatever is left, which need not be the same in each month; the rarest values are where slices were kept."""
    left = {NEW_GROUP, SUPPRESSED_GROUP}
    if any(point.settings.lock is None for point in points):
        left.add(OTHER_GROUP)
    return not left.isdisjoint(group.split(CROSS))


def _unknown(point: Point) -> list[Slice]:
    """Return the slices of whom nobody knows who they are; of groups that overlap everybody is known, as in one or not."""
    overlapping = {a.name for a in point.settings.attributes if a.members}
    return [s for s in point.slices if s.unknown and s.feature not in overlapping]


def _rates(s: Slice, metric: str, point: Point, unknown: Sequence[Slice]) -> TwoRates:
    """Put a rate of a group beside that of everybody else of whom it is known who they are; both are people of one document.

    Raises
    ------
    FileError
        If the group is no part of everybody, or they are more than can be counted, as in a document that somebody has changed.
    """
    (x1, n1), (x, n), *away = (
        (int(part.numerator or 0), int(part.denominator or 0))
        for part in (
            s.metrics[metric],
            point.document.overall.metrics[metric],
            *(u.metrics[metric] for u in unknown if u.name != s.name),
        )
    )
    rates = TwoRates(
        x1=x1, n1=n1, x2=x - x1 - sum(one for one, _ in away), n2=n - n1 - sum(one for _, one in away)
    )
    if n > MOST:
        raise FileError(point.file, f"counts more people in {metric} than there can be")
    if min(rates.cells) < 0:
        raise FileError(point.file, f"counts people of {s.shown} in {metric} who are not among everybody")
    return rates


def _part(series: Series, pooled: Pooled, points: Sequence[Point], effect: Effect | None) -> SeriesPart:
    names = [point.name for point in points]
    shown = pooled.course in (Course.SINCE, Course.THROUGHOUT, Course.NO_LONGER)
    return SeriesPart(
        attribute=series.attribute,
        group=series.group,
        metric=series.metric,
        unknown=series.unknown,
        course=pooled.course,
        side=_side(series.metric, bool(pooled.higher), effect) if shown else None,
        since=None if pooled.since is None else names[pooled.since],
        perhaps=[names[place] for place in pooled.plausible],
        difference=pooled.difference,
        odds_ratio=pooled.odds_ratio,
        odds_ratio_ci=pooled.odds_ratio_ci,
        p_all=pooled.p_all,
        p_shift=pooled.p_shift,
        p_adjusted=pooled.p_adjusted,
        p_homogeneous=pooled.p_homogeneous,
        reason=pooled.reason or None,
        months=[
            _month(name, rates, series.metric)
            for name, rates in zip(names, series.months, strict=True)
            if rates is not None
        ],
    )


def _side(metric: str, higher: bool, effect: Effect | None) -> Side:
    worse = worse_side(metric, effect)
    if worse is None:
        return "higher" if higher else "lower"
    return "worse" if higher == (worse is kinds.Side.HIGHER) else "better"


def _month(name: str, rates: TwoRates, metric: str) -> MonthPart:
    reason = None
    if not rates.n1:
        reason = f"nobody in the group is in the denominator of {metric}"
    elif not rates.n2:
        reason = f"nobody else is in the denominator of {metric}"
    return MonthPart(
        point=name,
        numerator=rates.x1,
        denominator=rates.n1,
        value=rates.x1 / rates.n1 if rates.n1 else None,
        rest_numerator=rates.x2,
        rest_denominator=rates.n2,
        rest_value=rates.x2 / rates.n2 if rates.n2 else None,
        reason=reason,
    )


def _point(point: Point) -> PointPart:
    document = point.document
    return PointPart(
        name=point.name,
        file=point.file,
        created=document.created,
        input=document.input.name,
        sha256=document.input.sha256,
        rows=document.input.used,
        people=document.overall.n,
    )


def _input(points: Sequence[Point]) -> InputPart:
    """Say what was read: documents, whose rows are added up."""
    inputs = [point.document.input for point in points]
    notes = []
    if len({point.settings.where for point in points}) > 1:
        sentence = "the documents were made with other conditions on their rows (where), which is taken to be what tells the months apart"
        notes.append(NotePart(sentence=sentence, warning=False))
    return InputPart(
        name=f"{len(points)} documents",
        sha256=None,
        bytes=None,
        rows=sum(i.rows for i in inputs),
        used=sum(i.used for i in inputs),
        dropped={"in the documents": sum(n for i in inputs for n in i.dropped.values())},
        notes=notes,
        sha256_note="each of the points has its own",
    )


def _lacking(
    keys: Iterable[Key], points: Sequence[Point], slices: Sequence[Mapping[Key, Slice]]
) -> list[LackingPart]:
    """Name the groups that are not in all months."""
    lacking = []
    for key in keys:
        there = [key in own and own[key].n > 0 for own in slices]
        if all(there):
            continue
        lacking.append(
            LackingPart(
                attribute=key[0],
                group=key[1],
                absent=[point.name for point, own in zip(points, there, strict=True) if not own],
                status="new"
                if there[-1] and not there[0]
                else "vanished"
                if not there[-1]
                else "missing in between",
            )
        )
    return lacking
