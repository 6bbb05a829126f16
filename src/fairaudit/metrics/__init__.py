"""Counts into metrics: what each means, its value and its interval."""
