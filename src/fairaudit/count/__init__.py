"""Checked rows into counts: from here on nothing sees a row."""
