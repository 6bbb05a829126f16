"""A table loses no word and no number, however narrow the terminal is."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text
from running import Ran

from fairaudit.render.terminal.fitting import FittingTable
from fairaudit.render.terminal.tables import new_table

ROWS = [
    ("African-American", "3,696", "58.8%", "beyond chance"),
    ("[b]", "18 small", "(66.7%)", "–"),
    ("日本", "1", "", "…"),
]
HEADS = ("group", "people", "selected", "what is said")


def shown(table: Table, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False, emoji=False)
    console.print(table)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return str(text).splitlines()


def filled(table: Table) -> Table:
    for place, head in enumerate(HEADS):
        table.add_column(head, justify="right" if place in (1, 2) else "left", no_wrap=place == 2)
    for row in ROWS:
        table.add_row(*map(Text, row))
    return table


@pytest.mark.parametrize("width", [*range(18, 60), 200])
@pytest.mark.parametrize(
    "make", [new_table, lambda: FittingTable.grid(padding=(0, 2))], ids=["table", "grid"]
)
def test_no_word_is_cut_at_any_width(make: Callable[[], Table], width: int) -> None:
    table = filled(make())
    lines = shown(table, width)
    words = " ".join(lines).split()
    for cell in (cell for row in ROWS for cell in row):
        assert set(cell.split()) <= set(words)
    assert words.count("…") == 1
    assert not any("…" in word for word in words if word != "…")
    assert all(cell_len(line) <= width for line in lines)
    assert [column.width for column in table.columns] == [None] * 4


def test_where_nothing_has_to_be_narrow_it_is_the_usual_table() -> None:
    usual = filled(Table(box=None, padding=(0, 1), pad_edge=True))
    assert shown(filled(new_table()), 200) == shown(usual, 200)


def test_rows_below_each_other() -> None:
    assert [line.rstrip() for line in shown(filled(new_table()), 20)][:4] == [
        " African-American",
        "   people  3,696",
        "   selected  58.8%",
        "   what is said",
    ]


@pytest.mark.parametrize("width", [30, 40, 60])
@pytest.mark.parametrize(
    "words",
    [
        ["group", "-a", "race", "-o", "out"],
        ["bias", "-a", "race", "--within", "sex", "-o", "out"],
        ["slice", "--feature", "race,sex", "-o", "out"],
        ["impact", "-a", "race", "-o", "out"],
        ["explain"],
    ],
    ids=lambda words: words[0],
)
def test_commands(
    words: list[str], width: int, run: Callable[..., Ran], examples_dir: Path, tmp_path: Path
) -> None:
    rows = [
        "label,score,race,sex",
        *(
            f"{i % 2},{i // 3 % 2},{('Native American', 'White')[i % 5 > 1]},{'FM'[i % 7 > 3]}"
            for i in range(240)
        ),
    ]
    (tmp_path / "p.csv").write_text("\n".join(rows))
    ran = run(*words[:1], *(["p.csv"] if len(words) > 1 else []), *words[1:], cwd=tmp_path, width=width)
    assert ran.code == 0, ran.err
    lines = [line for line in ran.out.splitlines() if not re.match("Written: |Next  |      ", line)]
    assert not [line for line in lines if "…" in line or cell_len(line) > width]
