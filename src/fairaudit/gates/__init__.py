"""Policies: gates that people declare, and how they are answered."""
