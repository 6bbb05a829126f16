"""The cells and the tenths that people are counted in."""

from __future__ import annotations

LABELLED_CELLS, UNLABELLED_CELLS = ("tp", "fp", "fn", "tn"), ("selected", "passed over")
"""The cells in which a row may be, with and without labels; people who are selected are tp and fp."""
TENTHS = 10
"""How many parts of [0, 1] scores are counted in."""
