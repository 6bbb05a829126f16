"""The part of Vega-Lite that the figures are drawn with, in the words of Altair: loading that takes longer than all else that a figure needs.

Names and forms are Altair's, so that its documentation says what they mean; a test lays out every figure with both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

SCHEMA_URL = "https://vega.github.io/schema/vega-lite/v6.4.1.json"
_TYPES = {"Q": "quantitative", "N": "nominal", "O": "ordinal", "T": "temporal"}


def _sorted(**parts: Any) -> dict[str, Any]:
    """Put parts into Altair's order."""
    return dict(sorted(parts.items()))


def _field(shorthand: str = "", **more: Any) -> dict[str, Any]:
    """Encode a field, as `name:Q` with the first letter of its type, or a ``datum``."""
    name, _, letter = shorthand.partition(":")
    return _sorted(
        **({"field": name} if name else {}), **({"type": _TYPES[letter]} if letter else {}), **more
    )


def _value(value: Any, **more: Any) -> dict[str, Any]:
    """Encode a value on the screen."""
    return _sorted(value=value, **more)


def _datum(datum: Any, **more: Any) -> dict[str, Any]:
    """Encode a value as if it stood in the data."""
    return _sorted(datum=datum, **more)


Scale = Axis = _sorted
X = Y = X2 = Y2 = Color = Stroke = Fill = Shape = Text = Order = _field
XValue = YValue = X2Value = Y2Value = FillValue = OpacityValue = _value
X2Datum = Y2Datum = _datum


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A mark, what its rows go through before, and by what of them it is drawn."""

    transform: tuple[dict[str, Any], ...] = ()
    mark: dict[str, Any] | None = None
    encoding: dict[str, Any] | None = None

    def transform_filter(self, condition: str) -> Chart:
        """Keep the rows of which a condition holds."""
        return self._after({"filter": condition})

    def transform_flatten(self, fields: list[str]) -> Chart:
        """Make a row of each of the values that a row holds."""
        return self._after({"flatten": fields})

    def transform_calculate(self, **names: str) -> Chart:
        """Add fields to each row."""
        chart = self
        for name, expression in names.items():
            chart = chart._after({"calculate": expression, "as": name})
        return chart

    def _after(self, step: dict[str, Any]) -> Chart:
        return replace(self, transform=(*self.transform, step))

    def mark_point(self, **style: Any) -> Chart:
        """Draw a point for each row."""
        return replace(self, mark={"type": "point", **style})

    def mark_rule(self, **style: Any) -> Chart:
        """Draw a straight line for each row."""
        return replace(self, mark={"type": "rule", **style})

    def mark_rect(self, **style: Any) -> Chart:
        """Draw a rectangle for each row."""
        return replace(self, mark={"type": "rect", **style})

    def mark_line(self, **style: Any) -> Chart:
        """Draw one line through all rows."""
        return replace(self, mark={"type": "line", **style})

    def mark_text(self, **style: Any) -> Chart:
        """Write a text for each row."""
        return replace(self, mark={"type": "text", **style})

    def encode(self, **channels: Any) -> Chart:
        """Say what each row is drawn by."""
        return replace(self, encoding={**(self.encoding or {}), **channels})

    def to_dict(self) -> dict[str, Any]:
        """Write the specification."""
        steps = {"transform": list(self.transform)} if self.transform else {}
        # In Altair's order.
        mark = {"type": (self.mark or {})["type"], **dict(sorted((self.mark or {}).items()))}
        return {"mark": mark, "encoding": dict(sorted((self.encoding or {}).items())), **steps}
