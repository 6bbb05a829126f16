"""How far a long statement is, for those who wait for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

import duckdb

Progress = Callable[[float], None]
"""Is told now and then which share (0 to 1) of a long read is done."""


def watch(job: Future[Any], connection: duckdb.DuckDBPyConnection, on_progress: Progress | None) -> None:
    """Wait for a statement that runs in another thread, and tell how far it is."""
    try:
        while on_progress and not wait([job], timeout=0.2).done:
            on_progress(max(0.0, connection.query_progress()) / 100)
        job.result()
    except KeyboardInterrupt:
        connection.interrupt()
        raise
