"""Groups of two attributes at once, whose order is theirs and no engine's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fairaudit.count import pairs
from fairaudit.read.files import open_path
from fairaudit.read.table import validate
from fairaudit.settings.reading import ReadSettings


@pytest.mark.parametrize("order", [1, -1], ids=["as they come", "the other way round"])
def test_pairs_come_in_the_order_of_strata(
    order: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = pairs.confusion

    def counted(*asked: Any, **how: Any) -> Mapping[Any, Any]:
        return dict(list(count(*asked, **how).items())[::order])

    monkeypatch.setattr(pairs, "confusion", counted)
    # Nobody of the first group is young.
    rows = [("A", 40), ("A", 60), ("B", 60), ("B", 20), ("B", 40), ("A", 40)]
    file = tmp_path / "people.csv"
    file.write_text(
        "label,score,g,age\n" + "".join(f"{i % 2},1,{g},{age}\n" for i, (g, age) in enumerate(rows))
    )
    checked = validate(open_path(str(file)), ReadSettings(attributes=("g", "age:30,50")))
    (of_age,) = pairs.count_pairs(checked, "g", [checked.attributes[1].name]).values()
    young, middle, old = (name for name in checked.names[1] if name != "(missing)")
    assert [(pair, counts.n) for pair, counts in of_age.items()] == [
        (("B", young), 1),
        (("A", middle), 2),
        (("B", middle), 1),
        (("A", old), 1),
        (("B", old), 1),
    ]
