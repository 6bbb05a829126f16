"""Figures, drawn from documents."""
