"""The counts of what was tried, printed at the end of a long search."""

from __future__ import annotations

from collections import defaultdict

import pytest

from fuzz import searching
from fuzz.trial import Tally

TALLIES: dict[str, Tally] = defaultdict(Tally)


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """What was tried in a test."""
    return TALLIES[request.node.name]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if searching.WANTED:
        terminalreporter.section(f"made-up cases, FAIRAUDIT_FUZZ_SEED={searching.SEED}")
        for line in searching.report(TALLIES):
            terminalreporter.line(line)
