"""Few rows come to the same, to the last unit, whether NumPy adds them up or DuckDB."""

from __future__ import annotations

from unittest.mock import patch

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from fairaudit.count import groups
from fairaudit.count.groups import count
from fairaudit.count.scores import count_scores
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import validate
from fairaudit.settings.reading import ReadSettings

PROBABILITIES = st.one_of(
    st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1 - 2**-53, 1e-17, 5e-324, 1.0]), st.floats(0, 1)
)


@settings(max_examples=15)
@given(
    rows=st.lists(
        st.tuples(PROBABILITIES, st.sampled_from(["a", "b", None]), st.sampled_from("fm")), max_size=30
    )
)
def test_few_rows_are_added_up_as_many_are(rows: list[tuple[float, str | None, str]]) -> None:
    # With half a person's chance no table is one of decisions, and both labels are there.
    people = pd.DataFrame([(0.5, "a", "f"), (0.25, "a", "m"), *rows], columns=["score", "race", "sex"])
    people["label"] = [i % 3 % 2 for i in range(len(people))]
    asked = ReadSettings(attributes=("race", "sex", "race*sex"))
    few, scored = (of(validate(open_frame(people), asked)) for of in (count, count_scores))
    with patch.object(groups, "_FEW_ROWS", -1):
        assert count(validate(open_frame(people), asked)) == few
        assert count_scores(validate(open_frame(people), asked)) == scored
    assert few.overall.tenths is not None
    assert sum(tenth.people for tenth in few.overall.tenths) == len(people)
