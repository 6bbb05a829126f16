"""The HTML report, and the view of a notebook."""
