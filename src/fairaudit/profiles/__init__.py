"""Adverse impact: selection rates beside the best-off group's, by the definitions that employers, lenders, courts and regulators use."""
