"""Within what groups are compared once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fairaudit.settings.option import COLUMNS, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratifying:
    """Within what groups are compared: people who are alike in it, stratum by stratum."""

    within: Annotated[
        tuple[str, ...],
        Option(
            panel=COLUMNS,
            metavar="COL",
            help="Compare groups among people who are alike in this as well: department, age:25,45 or grade*site; docs/slices.md has every form. Repeatable, comma lists work.",
        ),
    ] = ()
