"""Findings in words, and numbers as people read them: every format says the same."""
