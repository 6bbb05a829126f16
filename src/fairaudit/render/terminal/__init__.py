"""Documents as what a terminal shows."""
