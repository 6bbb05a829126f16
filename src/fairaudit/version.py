"""The version, which everything that is written names."""

__version__ = "0.1.0"
