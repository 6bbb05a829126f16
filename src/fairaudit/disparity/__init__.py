"""Groups beside each other: references, ratios, gaps, and the verdicts on them."""
