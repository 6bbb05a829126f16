"""Inputs on which the program was once wrong; they lie beside the project, not in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def case(data_dir: Path) -> Callable[[int], Path]:
    """Give the folder of a case by its number."""

    def find(number: int) -> Path:
        found = sorted((data_dir / "cases").glob(f"{number:02}-*"))
        if not found:
            pytest.skip(f"no case {number} in {data_dir / 'cases'}")
        return found[0]

    return find
