"""Measure what very large files take: CPU seconds and peak memory of whole commands, by rows, scores, format and threads.

Prints a Markdown table. Each file is written, measured and taken away before the next one, as the largest take 1.3 GB; what the commands
spill takes as much again. ``--rows 10000000 --threads 2 16`` shows that memory stays the same however many threads share it.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import product
from pathlib import Path

from generate import add_choices, file_name, whole_numbers, write
from run import command, markdown, run

ROWS = (20_000_000,)
COMMANDS = ("group", "audit")
THREADS = (2,)
PATIENCE = 3_000


def main() -> None:
    """Measure, and print the table."""
    asked = read_options()
    with tempfile.TemporaryDirectory(dir=asked.scratch) as folder:
        lines = []
        for rows, scores, written in product(asked.rows, asked.scores, asked.formats):
            write(Path(folder), rows, scores, written)
            file = Path(folder) / file_name(rows, scores, written)
            for name, threads in product(asked.commands, asked.threads):
                cost = run(command(name, file, Path(folder), "--threads", str(threads)), PATIENCE)
                case = f"`{name}`, {rows:,} rows, {scores}, {written}"
                lines.append((case, str(threads), f"{cost.cpu:.1f}", f"{cost.memory:.0f}"))
            file.unlink()
    print(markdown(("", "threads", "CPU s", "peak MiB"), 1, lines))  # noqa: T201


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure what very large files take.")
    parser.add_argument(
        "--rows", type=whole_numbers, default=ROWS, help="comma list of numbers of rows (%(default)s)"
    )
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=COMMANDS)
    parser.add_argument("--threads", nargs="+", type=int, default=THREADS)
    parser.add_argument("--scratch", type=Path, help="folder in which files are written, and taken away")
    add_choices(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
