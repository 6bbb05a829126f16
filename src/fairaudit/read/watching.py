"""How far a long statement is, for those who wait for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from typing import Any

import duckdb

from fairaudit.engine.lines import Lines

Progress = Callable[[float], None]
"""Is told now and then which share (0 to 1) of a long read is done."""


class AtOnce(Executor):
    """Does what it is given in the thread that gives it, where that is done before another thread has begun."""

    def submit(self, job: Any, /, *words: Any, **named: Any) -> Future[Any]:
        """Do a job; what goes wrong with it is raised here already."""
        done: Future[Any] = Future()
        done.set_result(job(*words, **named))
        return done


def watch(
    job: Future[Any],
    connection: duckdb.DuckDBPyConnection,
    on_progress: Progress | None,
    *,
    lines: Lines | None = None,
) -> None:
    """Wait for a statement that runs in another thread, or for lines that are counted there, and tell how far it is."""
    try:
        while on_progress and not wait([job], timeout=0.2).done:
            counted = lines.done if lines else 0.0
            on_progress(counted or max(0.0, connection.query_progress()) / 100)
        job.result()
    except KeyboardInterrupt:
        if lines:
            lines.stopped = True
        connection.interrupt()
        raise
