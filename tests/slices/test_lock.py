"""Slices that are kept and applied to other data: the same edges and names, and whatever departs from them is told."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from tests.running import run_main

import fairaudit
from fairaudit.errors import FairauditError
from fairaudit.metrics.table import PARITY_METRICS
from fairaudit.render.gates.junit import junit
from fairaudit.slices.file import Lock, read_lock
from fairaudit.testing import assert_slices
from fairaudit.workflow.policy import check_file

RACES = ["A", "A", "A", "B", "B", "C"]
PARITIES = {metric.name for metric in PARITY_METRICS}


def people(*, races: list[str] = RACES, older: int = 0, n: int = 240) -> pd.DataFrame:
    """Return people of several races, of whom the ages rise from 20 to 79, or are shifted."""
    return pd.DataFrame(
        {
            "label": [i * 5 % 7 % 2 for i in range(n)],
            "score": [(i * 7) % 10 / 10 for i in range(n)],
            "race": [races[i % len(races)] for i in range(n)],
            "sex": ["F" if i // 6 % 2 else "M" for i in range(n)],
            "age": [20 + older + i * 7 % 60 for i in range(n)],
            "review": [" ".join(["word"] * (1 + i // 4 % 3)) for i in range(n)],
            "city": [["Rome", "Rome", "Oslo", "Bonn", "Lima"][i % 5] for i in range(n)],
        }
    )


FEATURES = "race,sex,race*sex,age:quartiles,words(review),city:top2,age:30,50"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the first month and the slices that were kept of it."""
    place = tmp_path_factory.mktemp("kept")
    people().to_csv(place / "jan.csv", index=False)
    ran = run_main(
        "slice", "jan.csv", "-f", FEATURES, "--slice-where", "young=age < 30", "--save", "slices.toml", cwd=place
    )  # fmt: skip
    assert (ran.code, "warning" in ran.err) == (0, False)
    assert "Written: fairaudit-out/slices.json, slices.toml" in ran.out
    return place


@pytest.fixture(scope="module")
def lock(folder: Path) -> Lock:
    return read_lock(folder / "slices.toml")


def audited(frame: pd.DataFrame, lock: object, **more: Any) -> Any:
    return fairaudit.audit(frame, slices=lock, **more)


def groups(audit: Any) -> dict[str, dict[str, int]]:
    of_attributes: dict[str, dict[str, int]] = {}
    for g in audit.group.groups:
        of_attributes.setdefault(g.attribute, {})[g.group] = g.n
    return of_attributes


def sentences(audit: Any) -> list[str]:
    return [note.sentence for note in audit.bias.input.notes if note.warning]


class TestKept:
    def test_what_is_kept(self, lock: Lock) -> None:
        assert list(lock.slices) == [*["race", "sex", "race*sex", "age:quartiles", "words(review)", "city:top2"], "age:30,50", "young"]  # fmt: skip
        assert lock.columns == {"label": "label", "score": "score"}
        assert lock.rule == {"threshold": 0.5}
        assert lock.conditions == {"young": "age < 30"}
        assert lock.parts["race"].values == ("A", "B", "C")
        assert lock.parts["age:quartiles"].edges == (35.0, 50.0, 65.0)
        assert (lock.parts["age:quartiles"].lowest, lock.parts["age:quartiles"].highest) == (20, 79)
        assert lock.parts["words(review)"].values == ("1 word", "2 words", "3 words")
        assert (lock.parts["city:top2"].values, lock.parts["city:top2"].others) == (("Bonn", "Rome"), True)
        assert {name: kept.reference for name, kept in lock.slices.items()} == {
            "race": "A", "sex": "F", "race*sex": "rest", "age:quartiles": "35 to below 50", "words(review)": "1 word",
            "city:top2": "(other)", "age:30,50": "50 and above", "young": "not young",
        }  # fmt: skip

    def test_the_same_people_are_grouped_as_before(self, folder: Path, lock: Lock) -> None:
        """Nothing departs, no number changes, and the reference is said as it was found."""
        some = ("race*sex", "age:quartiles", "city:top2")
        plain = fairaudit.audit(people(), attributes=some)
        again = audited(people(), folder / "slices.toml", attributes=some)
        assert [(g.attribute, g.group, g.n) for g in again.group.groups] == [
            (g.attribute, g.group, g.n) for g in plain.group.groups
        ]
        assert again.bias.settings.lock.model_dump() == {
            "file": "slices.toml", "sha256": lock.sha256,
            "groups": {name: [" * ".join(g) for g in lock.slices[name].groups] for name in (*some, "young")[:3]}, "new": {}, "vanished": {}, "appeared": {}, "outside": {}
        }  # fmt: skip
        assert sentences(again) == sentences(plain)
        ratios = [
            {(d.attribute, d.group, d.metric): d.ratio for d in a.bias.disparities} for a in (plain, again)
        ]
        assert ratios[0] == ratios[1]

    def test_edges_stay_and_what_lies_beyond_is_counted(self, lock: Lock) -> None:
        audit = audited(people(older=10), lock, attributes="age:quartiles")
        assert groups(audit) == {"age:quartiles": {"below 35": 20, "35 to below 50": 60, "50 to below 65": 60, "65 and above": 100}}  # fmt: skip
        (part,) = audit.bias.settings.attributes
        assert (part.edges, part.edges_from) == ({"age": [35, 50, 65]}, {"age": "lock"})
        assert audit.bias.settings.lock.outside["age:quartiles"].model_dump() == {"below": 0, "above": 40}
        assert sentences(audit) == [
            "young: nobody is left in 'young' of slices.toml",
            "age:quartiles: 40 rows are beyond all that was seen when slices.toml was kept, and in the outer ranges: 40 above 79",
        ]

    def test_the_rule_stays(self, lock: Lock) -> None:
        """Scores outside of 0 to 1 would leave open which are decisions."""
        frame = people()
        frame["score"] *= 2
        audit = audited(frame, lock, attributes="sex")
        assert (audit.bias.settings.decision.threshold, audit.bias.settings.decision.chosen_by_user) == (
            0.5,
            True,
        )


class TestDepartures:
    """A month without one group, with a new one, without the reference: each is told."""

    def test_a_group_that_is_not_there_any_more(self, lock: Lock) -> None:
        audit = audited(people(races=["A", "B"]), lock, attributes=["race", "race*sex"])
        assert groups(audit)["race"] == {"A": 120, "B": 120, "C": 0}
        assert groups(audit)["race*sex"]["C * F"] == 0
        gone = [d for d in audit.bias.disparities if d.vanished and d.attribute == "race"]
        assert {(d.group, d.n, d.value) for d in gone} == {("C", 0, None)}
        assert {d.verdict for d in gone if d.metric in PARITIES} == {"undecided"}
        assert {d.reason for d in gone if d.metric == "pprev"} == {"nobody is in the group"}
        assert audit.bias.settings.lock.vanished == {"race": ["C"], "race*sex": ["C * F", "C * M"]}
        assert "race: nobody is left in 'C' of slices.toml" in sentences(audit)
        assert audit.bias.answer.verdict != "pass"

    def test_a_new_value(self, lock: Lock) -> None:
        audit = audited(people(races=["A", "B", "C", "<D>"]), lock, attributes=["race", "race*sex"])
        assert groups(audit)["race"] == {"(new)": 60, "A": 60, "B": 60, "C": 60}
        assert set(groups(audit)["race*sex"]) >= {"(new) * F", "(new) * M"}
        kept = audit.bias.settings.lock
        assert kept.new["race"].model_dump() == {"different": 1, "rows": 60, "named": {"<D>": 60}}
        assert kept.appeared == {"race": ["(new)"], "race*sex": ["(new) * F", "(new) * M"]}
        assert "race: 1 value is not in slices.toml and forms the group (new): '<D>' (60)" in sentences(audit)

    def test_a_new_crossing_of_values_that_are_known(self, lock: Lock) -> None:
        frame = people()
        before = audited(frame[(frame["race"] != "C") | (frame["sex"] == "F")], lock, attributes="race*sex")
        assert before.bias.settings.lock.vanished == {"race*sex": ["C * M"]}

    def test_many_new_values_are_counted(self, lock: Lock) -> None:
        frame = people(races=["A", *(f"r{i}" for i in range(119))])
        audit = audited(frame, lock, attributes="race")
        new = audit.bias.settings.lock.new["race"]
        assert (new.different, new.rows, len(new.named)) == (119, 238, 50)
        assert any(s.endswith(", and 113 more") for s in sentences(audit))

    def test_new_numbers_and_frequent_values(self, lock: Lock) -> None:
        frame = people().assign(review="a b c d", city=["Rome", "Paris"] * 120)
        audit = audited(frame, lock, attributes=["words(review)", "city:top2"])
        assert groups(audit) == {
            "words(review)": {"(new)": 240, "1 word": 0, "2 words": 0, "3 words": 0},
            "city:top2": {"(other)": 120, "Bonn": 0, "Rome": 120},
        }
        assert audit.bias.settings.lock.new["words(review)"].named == {"4": 240}

    def test_a_reference_that_is_not_there_any_more(self, lock: Lock) -> None:
        audit = audited(people(races=["B", "C"]), lock, attributes="race")
        assert audit.bias.settings.reference == ["race=A"]
        judged = [d for d in audit.bias.disparities if not d.is_reference]
        assert {d.group for d in judged} == {"B", "C"}
        assert {d.verdict for d in judged if d.metric in PARITIES} == {"undecided"}
        assert {d.reason for d in judged if d.metric == "pprev"} == {
            "in the reference group: nobody is in the group"
        }
        assert audit.bias.answer.attributes == {"race": "undecided"}
        assert sentences(audit) == [
            "race: nobody is left in 'A' of slices.toml; all were compared with 'A', so nothing can be decided"
        ]

    def test_it_is_said_in_terminal_card_and_report(self, folder: Path, tmp_path: Path) -> None:
        people(races=["B", "C", "D"]).to_csv(folder / "feb.csv", index=False)
        ran = run_main(
            "audit", "feb.csv", "-a", "race", "--slices", "slices.toml", "-o", tmp_path / "out", cwd=folder
        )
        texts = {"terminal": ran.out, **{name: (tmp_path / "out" / name).read_text() for name in ("MODEL_CARD.md", "report.html")}}  # fmt: skip
        for name, text in texts.items():
            flat = " ".join(text.split())
            assert "No longer there" in flat, name
            assert "nothing is decided about race, as all were compared with" in flat, name
            assert "(80 people: " in flat, name
        assert ran.err.count("warning: race: ") == 2


GATES = [
    {"metric": "fpr", "attribute": ["race", "race*sex"], "ratio_within": 0.5},
    {"metric": "accuracy", "attribute": "race", "min": 0.2},
]


@pytest.fixture(scope="module")
def months(folder: Path) -> Mapping[str, Any]:
    """The answers to the same gates over months: as it was, without a group, with a new one, without the reference."""
    races = {"jan": RACES, "gone": ["A", "B"], "new": ["A", "B", "C", "D"], "lost": ["B", "C"]}
    return {
        month: fairaudit.check(people(races=own), GATES, slices=folder / "slices.toml").document
        for month, own in races.items()
    }


class TestGates:
    def test_names_of_tests_never_change(self, months: Mapping[str, Any]) -> None:
        names = {
            month: [(case.get("classname"), case.get("name")) for case in ElementTree.fromstring(junit(document, seconds=1)).iter("testcase")]
            for month, document in months.items()
        }  # fmt: skip
        assert [name for _, name in names["jan"]] == [
            *[f"race = {group}" for group in ("A", "B", "C", "(new)")],
            *[f"race*sex = {race} * {sex}" for race in "ABC" for sex in "FM"],
            "race*sex = (new)",
            *[f"race = {group}" for group in ("A", "B", "C", "(new)")],
        ]
        assert {tuple(own) for own in names.values()} == {tuple(names["jan"])}

    def test_what_is_not_there_is_undecided_and_what_is_new_is_judged(
        self, months: Mapping[str, Any]
    ) -> None:
        kinds = {
            month: {
                case.get("name"): [part.tag for part in case]
                for case in ElementTree.fromstring(junit(document, seconds=1)).iter("testcase")
                if case.get("classname") == document.gates[0].name
            }
            for month, document in months.items()
        }
        assert kinds["gone"]["race = C"] == kinds["gone"]["race*sex = C * F"] == ["error"]
        assert kinds["lost"]["race = B"] == kinds["lost"]["race = C"] == ["error"]
        assert [kinds[month]["race = (new)"] for month in ("jan", "gone", "lost")] == [[], [], []]
        assert {f.group: f.verdict for f in months["new"].gates[1].findings}["(new)"] == "pass"
        assert kinds["jan"]["race = A"] == ["skipped"]

    def test_no_pass_without_a_group(self, months: Mapping[str, Any]) -> None:
        level = {month: document.gates[1].verdict for month, document in months.items()}
        assert level == {"jan": "pass", "gone": "undecided", "new": "pass", "lost": "undecided"}
        assert {f.group: f.reason for f in months["gone"].gates[1].findings}["C"] == "nobody is in the group"

    def test_what_comes_next_is_sliced_alike(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "gates.toml").write_text(
            '[[gate]]\nmetric = "fpr"\nattribute = "race"\nratio_within = 0.9\n'
        )
        (tmp_path / "slices.toml").write_bytes((folder / "slices.toml").read_bytes())
        people(races=["A", "B", "C"]).to_csv(tmp_path / "feb.csv", index=False)
        ran = run_main("check", "feb.csv", "--policy", "gates.toml", "--slices", "slices.toml", cwd=tmp_path)
        line = next(line for line in ran.out.splitlines() if line.startswith("Next"))
        words = shlex.split(line.partition("fairaudit ")[2])
        assert words[words.index("--slices") + 1] == "slices.toml"
        assert run_main(*words, cwd=tmp_path).code == 0

    def test_a_value_that_is_called_as_all_that_is_new(self, tmp_path: Path) -> None:
        people(races=["A", "(new)"]).to_csv(tmp_path / "jan.csv", index=False)
        run_main("slice", "jan.csv", "-f", "race", "--save", "s.toml", cwd=tmp_path)
        document = fairaudit.check(
            people(races=["A", "(new)", "B"]), GATES[1:], slices=tmp_path / "s.toml"
        ).document
        cases = ElementTree.fromstring(junit(document, seconds=1)).iter("testcase")
        assert [case.get("name") for case in cases] == ["race = (new)", "race = A", "race = (all new groups)"]
        assert {f.group for f in document.gates[0].findings} == {"(new)", "A", "(all new values)"}

    def test_a_gate_about_something_else_is_refused(self, folder: Path) -> None:
        gates = [{"metric": "fpr", "attribute": "age:mean", "ratio_within": 0.5}]
        with pytest.raises(FairauditError, match=r"'age:mean' is not kept in slices\.toml"):
            fairaudit.check(people(), gates, slices=folder / "slices.toml")


class TestEveryWayIn:
    def test_a_configuration_file_names_it_beside_itself(self, folder: Path, tmp_path: Path) -> None:
        """And a table of conditions is what it was."""
        place = folder / "project"
        (place / "sub").mkdir(parents=True)
        (place / "kept.toml").write_bytes((folder / "slices.toml").read_bytes())
        (place / "fairaudit.toml").write_text('slices = "kept.toml"\nattribute = "race"\n')
        ran = run_main("group", folder / "jan.csv", "-o", tmp_path, "--json", cwd=place / "sub")
        assert ran.json()["settings"]["lock"]["file"] == "kept.toml"
        (place / "fairaudit.toml").write_text('[slices]\nold = "age > 60"\n')
        ran = run_main("slice", folder / "jan.csv", "-f", "sex", "-o", tmp_path, "--json", cwd=place / "sub")
        assert ran.json()["settings"]["slices"] == {"old": "age > 60"}

    def test_saving_is_not_hindered_by_what_a_file_applies(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "fairaudit.toml").write_text('slices = "slices.toml"\n')
        for _ in range(2):
            assert (
                run_main("slice", folder / "jan.csv", "-f", "sex", "--save", "slices.toml", cwd=tmp_path).code
                == 0
            )
        assert list(read_lock(tmp_path / "slices.toml").slices) == ["sex"]

    def test_it_cannot_lie_elsewhere(self, refusal: Callable[..., str], folder: Path, tmp_path: Path) -> None:
        (tmp_path / "fairaudit.toml").write_text(f'slices = "{folder / "slices.toml"}"\n')
        assert "which is not in the folder of this file" in refusal("group", folder / "jan.csv", cwd=tmp_path)

    def test_a_policy_in_pytest(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "slices.toml").write_bytes((folder / "slices.toml").read_bytes())
        people(races=["A", "B"]).to_csv(tmp_path / "feb.csv", index=False)
        policy = tmp_path / "fairaudit.toml"
        policy.write_text(
            'slices = "slices.toml"\n[check]\npredictions = "feb.csv"\n'
            '[[gate]]\nmetric = "accuracy"\nslices = ["race", "young"]\nmin = 0.1\n'
        )
        gate = check_file(policy).document.gates[0]
        assert {f"{f.attribute} = {f.group}": f.verdict for f in gate.findings} == {
            "race = A": "pass", "race = B": "pass", "race = C": "undecided", "young = young": "pass", "young = not young": "pass"
        }  # fmt: skip

    def test_tests_written_by_hand(self, folder: Path) -> None:
        assert_slices(
            people(), by=["race", "young"], metric="accuracy", at_least=0.1, slices=folder / "slices.toml"
        )
        assert_slices(people(), by="old", metric="accuracy", at_least=0.1, slices={"old": "age > 50"})
        with pytest.raises(AssertionError, match="UNDECIDED"):
            assert_slices(
                people(races=["A"]),
                by="race",
                metric="accuracy",
                at_least=0.1,
                slices=str(folder / "slices.toml"),
            )

    def test_python_keeps_slices(self, lock: Lock, tmp_path: Path) -> None:
        fairaudit.measure_slices(
            people(),
            features=FEATURES,
            slices=dict(lock.conditions),
            save=tmp_path / "own.toml",
            ref_group="race=A",
        )
        own = read_lock(tmp_path / "own.toml")
        assert (own.parts, own.slices, own.columns) == (lock.parts, lock.slices, lock.columns)

    @pytest.mark.parametrize("wrong", [3, ["slices.toml"], {"a": 1}, "a\0b"])
    def test_what_is_none_of_these(self, wrong: Any) -> None:
        with pytest.raises(
            FairauditError, match=r"slices: .*a mapping from names to conditions in SQL, or the path"
        ):
            fairaudit.audit(people(), slices=wrong)

    def test_both_months_of_a_comparison(self, lock: Lock) -> None:
        document = fairaudit.compare(
            people(races=["A", "B"]), people(races=["A", "B", "D"]), slices=lock, attributes="race"
        ).document
        assert (document.settings.lock.vanished, document.settings.lock.new) == ({"race": ["C"]}, {})
        assert (document.new_lock.vanished, document.new_lock.new["race"].named) == (
            {"race": ["C"]},
            {"D": 80},
        )
        assert sum("nobody is left in 'C'" in note.sentence for note in document.all_notes) == 1


class TestRefused:
    """What contradicts a lock is refused, in one sentence that says what to do."""

    @pytest.mark.parametrize(
        ("more", "problem"),
        [
            ({"label": "sex"}, "label: is sex, and slices.toml keeps label"),
            ({"threshold": 0.4}, "threshold: is 0.4, and slices.toml keeps 0.5"),
            ({"top_k": 3}, "top_k: is 3, and slices.toml keeps none"),
            ({"positive": "2"}, "positive: is 2, and slices.toml keeps none"),
            ({"decision": "sex"}, "decision: is sex, and slices.toml keeps none"),
            ({"attributes": "city"}, "attributes: 'city' is not kept in slices.toml. It keeps 'race', 'sex'"),
            ({"ref_group": "race=B"}, "ref_group: names 'race=B', and slices.toml keeps whom groups are compared with"),
        ],
    )  # fmt: skip
    def test_from_python(self, lock: Lock, more: Mapping[str, Any], problem: str) -> None:
        with pytest.raises(FairauditError) as refused:
            audited(people(), lock, **more)
        assert str(refused.value).startswith(problem)
        assert "leave slices= out" in str(refused.value)

    def test_the_same_is_no_contradiction(self, lock: Lock) -> None:
        audited(people(), lock, label="label", threshold=0.5, attributes="race", ref_group="race=A")

    def test_a_column_that_has_the_name_of_a_slice(self, lock: Lock) -> None:
        for name, sentence in (
            ("age:quartiles", "are those of a cut"),
            ("race*sex", "has a column the same name"),
        ):
            with pytest.raises(FairauditError, match=r"slices\.toml: .*(?i:" + sentence + ")"):
                audited(people().assign(**{name: "x"}), lock)

    def test_a_part_that_is_lacking(self, folder: Path, tmp_path: Path) -> None:
        text = (folder / "slices.toml").read_text()
        (tmp_path / "cut.toml").write_text(text.replace('[parts."race"]', '[parts."rcae"]'))
        with pytest.raises(FairauditError, match=r'\[slices\."race"\]: there is no table \[parts\."race"\]'):
            audited(people(), tmp_path / "cut.toml")

    def test_decisions_that_are_scores_now(self, tmp_path: Path) -> None:
        people().round({"score": 0}).to_csv(tmp_path / "jan.csv", index=False)
        run_main("slice", "jan.csv", "-f", "sex", "--save", "d.toml", cwd=tmp_path)
        with pytest.raises(
            FairauditError, match=r"holds scores that are no decisions, and d\.toml keeps that they are"
        ):
            audited(people(), tmp_path / "d.toml")

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("--save", "jan.csv"), "--save: jan.csv would take the place of a file that is read or written"),
            (("--save", "other.txt"), "--save: other.txt is there already, and keeps no slices"),
            (("--save", "no/x.toml"), "--save: there is no folder no"),
            (("--save", "."), "--save: . is a folder"),
            (
                ("--save", "x.toml", "--slices", "slices.toml"),
                "--save: cannot be given together with --slices",
            ),
            (("--slices", "no.toml"), "no.toml: cannot be read: No such file or directory"),
            (("--slices", "jan.csv"), "jan.csv: is not TOML"),
            (("--ref-group", "race=A"), "--ref-group: says what --save keeps of slices"),
        ],
    )
    def test_on_the_command_line(
        self, refusal: Callable[..., str], folder: Path, words: tuple[str, ...], problem: str
    ) -> None:
        (folder / "other.txt").write_text("mine")
        assert refusal("slice", "jan.csv", *words, cwd=folder).startswith(problem)
        assert (folder / "other.txt").read_text() == "mine"


def test_whom_groups_are_compared_with_is_chosen_when_slices_are_kept(folder: Path, tmp_path: Path) -> None:
    ran = run_main(
        "slice", folder / "jan.csv", "-f", "race,sex", "-r", "race=B", "-r", "sex=rest", "--save", "own.toml", cwd=tmp_path
    )  # fmt: skip
    assert ran.code == 0
    references = {name: kept.reference for name, kept in read_lock(tmp_path / "own.toml").slices.items()}
    assert references == {"race": "B", "sex": "rest"}
    document = fairaudit.audit(people(), slices=str(tmp_path / "own.toml")).bias
    assert document.settings.reference == ["race=B", "sex=rest"]


def test_halves_of_compas(data_dir: Path, tmp_path: Path) -> None:
    """The same slices before and after: edges and names are those of the first half."""
    table = pd.read_csv(data_dir / "compas_two_years.csv")
    half = len(table) // 2
    for name, rows in (("before", table[:half]), ("after", table[half:])):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    roles = ("--label", "two_year_recid", "--score", "decile_score", "--threshold", "5")
    ran = run_main(
        "slice", "before.csv", *roles, "-f", "age:quartiles,race,race*sex", "--save", "slices.toml", cwd=tmp_path
    )  # fmt: skip
    assert ran.code == 0
    kept = [json.loads((tmp_path / "fairaudit-out" / "slices.json").read_text())]
    ran = run_main("slice", "after.csv", "--slices", "slices.toml", cwd=tmp_path)
    assert ran.code == 0
    kept.append(json.loads((tmp_path / "fairaudit-out" / "slices.json").read_text()))
    edges = [{a["name"]: a["edges"] for a in document["settings"]["attributes"]} for document in kept]
    assert edges[0] == edges[1]
    assert [document["settings"]["decision"]["threshold"] for document in kept] == [5, 5]
    names = [{(s["feature"], s["slice"]) for s in document["slices"]} for document in kept]
    assert names[0] <= names[1]
    assert {f"{feature}: {name}" for feature, name in names[1] - names[0]} == {
        f"{feature}: {name}"
        for feature, groups in kept[1]["settings"]["lock"]["appeared"].items()
        for name in groups
    }


class TestModels:
    @pytest.fixture(scope="class")
    @classmethod
    def data(cls) -> pd.DataFrame:
        """Raw data of a month without one race and with another, whose ages are higher."""
        return people(races=["A", "B", "D"], older=10).drop(columns=["score", "review"])

    def test_folds_are_sliced_as_kept(self, lock: Lock, data: pd.DataFrame) -> None:
        document = fairaudit.cross_validate(
            data, target="label", folds=2, slices=lock, attributes=["race", "age:quartiles", "young"]
        ).document
        own = [(s.feature, s.slice, s.n) for s in document.slices]
        assert own == [
            *[("race", "(new)", 80), ("race", "A", 80), ("race", "B", 80), ("race", "C", 0)],
            *[("age:quartiles", "35 to below 50", 60), ("age:quartiles", "50 to below 65", 60)],
            *[("age:quartiles", "65 and above", 100), ("age:quartiles", "below 35", 20)],
            *[("young", "not young", 240), ("young", "young", 0)],
        ]
        assert document.settings.lock.new["race"].named == {"D": 80}
        assert document.settings.slices == {"young": "age < 30"}
        assert any("nobody is left in 'C'" in note.sentence for note in document.input.notes)

    def test_folds_are_sliced_by_conditions(self, data: pd.DataFrame) -> None:
        document = fairaudit.cross_validate(
            data, target="label", folds=2, slices={"old": "age >= 60"}, attributes=["old*sex"]
        ).document
        counted = {s.slice: s.n for s in document.slices}
        older = data["age"] >= 60
        assert counted == {
            f"{name} * {sex}": int((rows & (data["sex"] == sex)).sum())
            for name, rows in (("old", older), ("not old", ~older))
            for sex in "FM"
        }

    def test_a_model_is_audited_on_what_was_kept(self, lock: Lock, data: pd.DataFrame) -> None:
        """Label and score are the model's, and the rule is the one that was kept."""
        own = replace(lock, rule={"threshold": 0.25})
        audit = fairaudit.audit(
            data, target="label", positive="1", folds=2, slices=own, attributes=["race", "age:quartiles"]
        )
        assert (audit.train.settings.threshold, audit.cv.settings.threshold) == (0.25, 0.25)
        assert groups(audit)["race"] == {"(new)": 80, "A": 80, "B": 80, "C": 0}
        assert [a.edges for a in audit.bias.settings.attributes[1:]] == [{"age": [35, 50, 65]}]
        assert audit.bias.settings.reference == ["race=A", "age:quartiles=35 to below 50"]


class TestDiscovery:
    @pytest.fixture(scope="class")
    @classmethod
    def planted(cls) -> pd.DataFrame:
        """People of whom those of middle age are decided wrongly, of whom no single range holds all."""
        frame = people(n=2400).drop(columns=["review", "city"])
        middle = frame["age"].between(41, 59) & (frame["sex"] == "F")
        return frame.assign(score=(frame["label"] != middle) * 1.0)

    def test_conditions_are_searched(self, planted: pd.DataFrame) -> None:
        named = {"middle": "age between 41 and 59 and sex = 'F'", "old": "age > 70"}
        document = fairaudit.discover(planted, slices=named, over=["middle", "sex"]).document
        assert [c.name for c in document.search.columns] == ["sex", "middle"]
        assert [[(c.column, c.value) for c in s.conditions] for s in document.slices] == [
            [("middle", "middle")]
        ]

    def test_numbers_are_cut_where_they_were_kept(self, lock: Lock, planted: pd.DataFrame) -> None:
        document = fairaudit.discover(planted, slices=lock).document
        edges = {c.name: c.edges for c in document.search.columns}
        assert (edges["age"], edges["young"], edges["race"]) == ([35, 50, 65], None, None)
        assert document.settings.decision.threshold == 0.5
