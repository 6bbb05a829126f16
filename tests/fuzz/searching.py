"""How long made-up cases are searched: shortly in the ordinary tests, always the same ones; for long in a session of its own."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, strategies

from fuzz.trial import Tally

WANTED = int(os.environ.get("FAIRAUDIT_FUZZ") or 0)
"""How many audits a long search has to complete; 0 is the short form."""
SEED = int(os.environ.get("FAIRAUDIT_FUZZ_SEED") or random.SystemRandom().randrange(10**9))
ROUND = 250
"""Cases in a round of a long search; each round has a seed of its own."""


def search(prove: Callable[[Any], None], cases: strategies.SearchStrategy[Any], *, examples: int) -> None:
    """Prove something of made-up cases, always the same ones."""
    _given(prove, cases, derandomize=True, max_examples=examples)()


def search_long(
    prove: Callable[[Any], None], cases: strategies.SearchStrategy[Any], *, enough: Callable[[], bool]
) -> None:
    """Prove something of made-up cases until there are enough; the seed of a round that fails is told."""
    for seed in rounds(enough):
        run = hypothesis.seed(seed)(_given(prove, cases, derandomize=False, max_examples=ROUND))
        try:
            run()
        except BaseException as failure:
            failure.add_note(f"Found with FAIRAUDIT_FUZZ_SEED={seed}")
            raise


def rounds(enough: Callable[[], bool]) -> Iterator[int]:
    seed = SEED
    while not enough():
        yield seed
        seed += 1


def _given(
    prove: Callable[[Any], None], cases: strategies.SearchStrategy[Any], **how: Any
) -> Callable[[], None]:
    @hypothesis.settings(
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        **how,
    )
    @hypothesis.given(cases)
    def run(case: Any) -> None:
        prove(case)

    return run


def report(tallies: dict[str, Tally]) -> list[str]:
    """Say what was searched."""
    return [f"{name}: {tally}" for name, tally in tallies.items()]


long = pytest.mark.skipif(not WANTED, reason="a long search is a session of its own: nox -s fuzz")
