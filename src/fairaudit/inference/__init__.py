"""Uncertainty, from counts: intervals, tests, and corrections for many comparisons.

Every function takes arrays of counts and answers for all of them at once. Nothing here knows of metrics, groups or verdicts.
"""
