"""Write the tables of all subjects, one after another."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from simulate.areas import area_tables
from simulate.audits import audit_tables
from simulate.choices import choice_table
from simulate.chosen import chosen_table
from simulate.clusters import cluster_tables
from simulate.contrasts import contrast_table, level_table
from simulate.decisions import equality_table, power_table
from simulate.effort import FULL, QUICK, Effort
from simulate.families import family_table
from simulate.figures import figure_tables
from simulate.folds import fold_table
from simulate.gaps import gap_table
from simulate.intervals import OF_DIFFERENCE, OF_RATIO, coverage_tables, rate_table
from simulate.means import mean_table
from simulate.page import BEGIN, END, Table, as_markdown, between_marks, say, tools
from simulate.peers import peer_table
from simulate.plans import plan_table
from simulate.sides import side_table


def tables(effort: Effort, seed: int) -> Iterator[Table]:
    """Compute all tables, one after another."""
    say("Intervals of two groups")
    yield from coverage_tables(effort, OF_RATIO, "ratio of two rates")
    yield from coverage_tables(effort, OF_DIFFERENCE, "difference of two rates")
    yield rate_table(effort)
    say("Tests of two groups")
    yield equality_table(effort)
    yield side_table(effort)
    yield peer_table(effort, seed)
    say("Power")
    yield power_table(effort)
    yield plan_table(effort)
    yield from audit_tables(effort, seed)
    yield chosen_table(effort, seed)
    yield family_table(effort, seed)
    yield from figure_tables(effort, seed)
    yield from area_tables(effort, seed)
    yield mean_table(effort)
    yield gap_table(effort, seed)
    yield contrast_table(effort, seed)
    yield level_table(effort)
    yield from fold_table(effort, seed)
    yield choice_table(effort, seed)
    yield from cluster_tables(effort, seed)


def main() -> None:
    """Print the tables, and write them down if asked to."""
    parser = argparse.ArgumentParser(description="Show coverage, false alarms and power beside the peers.")
    parser.add_argument("--quick", action="store_true", help="a smaller grid and fewer draws")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is drawn (%(default)s)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables between the marks in FILE")
    asked = parser.parse_args()
    document = asked.write.read_text(encoding="utf-8") if asked.write else f"{BEGIN}{END}"
    between_marks(document, "")
    parts = [f"{tools()}; seed {asked.seed}{', quick' if asked.quick else ''}."]
    for table in tables(QUICK if asked.quick else FULL, asked.seed):
        parts.append(as_markdown(table))
        sys.stdout.write(f"{parts[-1]}\n\n")
        sys.stdout.flush()
    if asked.write:
        asked.write.write_text(between_marks(document, "\n\n".join(parts)), encoding="utf-8")


if __name__ == "__main__":
    main()
