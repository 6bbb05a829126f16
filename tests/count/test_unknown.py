"""Values that say as little as a missing one: counted, shown, and in no verdict, in every command that judges."""

from __future__ import annotations

import pandas as pd
import pytest

import fairaudit
from fairaudit.testing import assert_slices


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Three races, one of them a word for nobody knows, that are selected 50, 45 and 10 of a hundred."""
    rows = [
        {
            "label": place % 2,
            "score": int(place % 100 < share),
            "race": race,
            "sex": "F" if place % 3 else "M",
        }
        for race, share, many in (("A", 50, 400), ("B", 45, 300), ("Refused", 10, 500))
        for place in range(many)
    ]
    return pd.DataFrame(rows)


def test_an_audit_counts_them_and_does_not_judge_them(people: pd.DataFrame) -> None:
    plain = fairaudit.audit(people, attributes=["race", "race*sex"])
    audit = fairaudit.audit(people, attributes=["race", "race*sex"], unknown="Refused")
    unknown = {(d.attribute, d.group) for d in audit.bias.disparities if d.unknown}
    assert unknown == {("race", "Refused"), ("race*sex", "Refused * F"), ("race*sex", "Refused * M")}
    assert {d.verdict for d in audit.bias.disparities if d.unknown} == {None}
    assert plain.bias.references["race"] == "Refused"
    assert audit.bias.references["race"] == "A"
    assert {g.group for g in audit.group.groups if g.unknown and g.attribute == "race"} == {"Refused"}
    assert {s.slice for s in audit.slices.slices if s.unknown and s.feature == "race"} == {"Refused"}
    assert [g.n for g in audit.group.groups if g.group == "Refused"] == [500]
    assert audit.bias.settings.unknown == ["Refused"]
    assert audit.bias.people == 1200
    assert not [gap for gap in audit.bias.gaps if "Refused" in f"{gap.highest}{gap.lowest}"]
    assert audit.bias.family.size < plain.bias.family.size


def test_of_one_column(people: pd.DataFrame) -> None:
    both = people.assign(other=people["race"])
    audit = fairaudit.audit(both, attributes=["race", "other"], unknown="race=Refused")
    assert {d.attribute for d in audit.bias.disparities if d.unknown} == {"race"}


def test_gates_leave_them_out(people: pd.DataFrame) -> None:
    gate = {"metric": "pprev", "attribute": "race", "min": 0.3, "decide": "point"}
    asked = fairaudit.check(people, [gate], unknown=["Refused"]).document
    assert [f.group for f in asked.gates[0].findings] == ["B", "A"]
    assert asked.settings.unknown == ["Refused"]
    assert_slices(people, by="race", metric="pprev", at_least=0.3, decide="point", unknown="Refused")
    with pytest.raises(AssertionError):
        assert_slices(people, by="race", metric="pprev", at_least=0.3, decide="point")


def test_a_missing_value_is_unknown(people: pd.DataFrame) -> None:
    missing = people.assign(race=people["race"].where(people["race"] != "Refused"))
    audit = fairaudit.audit(missing, attributes="race")
    assert {d.group for d in audit.bias.disparities if d.unknown} == {"(missing)"}
    assert audit.bias.references["race"] == "A"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("Nobody", "unknown value Nobody: no group is called so"),
        ("race=Nobody", "unknown value race=Nobody: no group is called so"),
        ("sex=F", "unknown value sex=F: passed over, as nobody is grouped by sex here"),
    ],
)
def test_what_occurs_nowhere_is_noted(people: pd.DataFrame, value: str, sentence: str) -> None:
    audit = fairaudit.audit(people, attributes="race", unknown=value)
    assert sentence in [note.sentence for note in audit.bias.input.notes]
    assert not [d for d in audit.bias.disparities if d.unknown]
