"""All figures that documents allow, drawn and written as PNG and SVG."""

from __future__ import annotations

import contextlib
import html
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fairaudit.documents.audit import BiasDocument, FairnessDocument, ScoresDocument, SlicesDocument
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.model import CvDocument, TrainDocument
from fairaudit.documents.ranking import main_metric
from fairaudit.errors import printable
from fairaudit.render.escape import visible
from fairaudit.render.figures.calibration import CALIBRATION_FIGURES, calibration_figures
from fairaudit.render.figures.curve import CURVE_FIGURE, curve_figure
from fairaudit.render.figures.disparity import DISPARITY_FIGURES, disparity_figures
from fairaudit.render.figures.folds import folds_figure
from fairaudit.render.figures.metric import metric_figure
from fairaudit.render.figures.parts import (
    FOLDS_FIGURE,
    METRIC_FIGURE,
    Figure,
    Spec,
    fold_values,
    metric_rows,
    ratio_metrics,
)

FIGURE_NAMES = (METRIC_FIGURE, *DISPARITY_FIGURES, *CALIBRATION_FIGURES, FOLDS_FIGURE, CURVE_FIGURE)


def draw_figures(
    *,
    performance: GroupDocument | SlicesDocument | None,
    bias: BiasDocument | None,
    fairness: FairnessDocument | None,
    scores: ScoresDocument | None = None,
    cv: CvDocument | None = None,
    train: TrainDocument | None = None,
) -> tuple[Figure, ...]:
    """Lay out the figures that the documents allow, always in the same order."""
    figures: list[Figure] = []
    if (
        performance is not None
        and (metric := main_metric(performance.overall.metrics, performance.settings.ranked_by))
        and metric_rows(performance, metric)
    ):
        figures.append(metric_figure(performance, metric=metric))
    if bias is not None and ratio_metrics(bias):
        figures += disparity_figures(bias, fairness)
    if scores is not None:
        figures += calibration_figures(scores, bias=bias, fairness=fairness)
    if cv is not None and fold_values(cv):
        figures.append(folds_figure(cv))
    if (
        train is not None
        and train.learning_curve is not None
        and (curve := curve_figure(train.learning_curve))
    ):
        figures.append(curve)
    return tuple(figures)


NO_FONTS = Path(__file__).with_name("no_fonts.conf")
_OTHER_SIGN = re.compile(r"[^\x00-\x7e\xa0-\u017f–—‘’‚“”„†‡•…‰‹›€™−]")
"""What another font than the one that vl-convert brings along may have to draw."""


def needs_other_fonts(text: str) -> bool:
    """Tell whether a text may hold signs that are not in the font that vl-convert brings along."""
    return _OTHER_SIGN.search(text) is not None


@contextlib.contextmanager
def drawn_alone(specs: Sequence[Spec]) -> Iterator[None]:
    """Draw figures without the fonts of the machine, if they need none; for a process that draws nothing else, as fonts are looked for once.

    Of the machine's fonts vl-convert opens the file anew for each letter that it measures or draws, also of the one that it brings along
    in memory, if the machine has that, too: opening took a third of the time of drawing.
    """
    variable = "FONTCONFIG_FILE"
    if variable in os.environ or needs_other_fonts(json.dumps(specs, ensure_ascii=False)):
        yield
        return
    os.environ[variable] = str(NO_FONTS)
    try:
        yield
    finally:
        del os.environ[variable]


SCALE = 1.5
"""So large that beside text on a wide screen a figure's letters are like those of the text."""


def render_png(spec: Spec, *, scale: float = SCALE) -> bytes:
    """Draw a figure as PNG."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(_drawable(spec), vl_version=_version(spec), scale=scale))


def png_of(svg: str) -> bytes:
    """Make of a figure that is drawn as SVG the PNG that `render_png` would draw, in a third of the time."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(svg, scale=SCALE))


def render_svg(spec: Spec) -> str:
    """Draw a figure as SVG, which says itself what it shows to those who do not see it, and points to nothing outside."""
    import vl_convert

    drawn = str(vl_convert.vegalite_to_svg(_drawable(spec), vl_version=_version(spec)))
    alt = html.escape(visible(str(spec.get("usermeta", {}).get("alt", ""))))
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{alt}" ', 1) if alt else drawn


_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Signs that no XML may hold: SVG with one of them ends the whole program where it is drawn."""


def _drawable(part: Any) -> Any:
    """Return a specification whose texts can be drawn: a control sign, such as a stranger's value may hold, becomes its escape."""
    if isinstance(part, str):
        return _NO_XML.sub(lambda sign: printable(sign[0]), part)
    if isinstance(part, dict):
        return {_drawable(key): _drawable(value) for key, value in part.items()}
    return [_drawable(value) for value in part] if isinstance(part, list) else part


def _version(spec: Spec) -> str:
    """Read the version of Vega-Lite from the specification itself; the newest where vl-convert does not have it."""
    import vl_convert

    stated = re.search(r"/v(\d+)\.(\d+)", str(spec["$schema"]))
    known: list[str] = vl_convert.get_vegalite_versions()
    if stated and stated.expand(r"\1.\2") in known:
        return stated.expand(r"\1.\2")
    return max(known, key=lambda version: [int(part) for part in version.split(".")])
