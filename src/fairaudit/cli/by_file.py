"""What a configuration file says of the command that runs."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

by_file: ContextVar[Mapping[str, Any]] = ContextVar("by_file", default={})  # noqa: B039  # it is never changed
"""By setting; not every release of Typer asks for it where an argument may name several files."""
