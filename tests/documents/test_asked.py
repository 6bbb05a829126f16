"""What regulators ask of a card, and which statements answer it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from running import Ran

from fairaudit.documents.asked import ASKED, lacking_for
from fairaudit.documents.statements import ForRegulators, Statements, read_statements
from fairaudit.errors import FileError
from fairaudit.render.card.page import REGULATORS
from fairaudit.settings.choices import CardReader

Run = Callable[..., Ran]


@pytest.fixture
def audited(run: Run, tmp_path: Path) -> Path:
    rows = "\n".join(f"{i % 2},{i * 7 % 10 / 10},{'ab'[i % 3 % 2]}" for i in range(90))
    (tmp_path / "p.csv").write_text(f"label,score,race\n{rows}\n", encoding="utf-8")
    assert run("audit", "p.csv", "-q", cwd=tmp_path).code == 0
    return tmp_path


def test_whatever_is_asked_for_can_be_stated() -> None:
    assert set(ASKED) == set(CardReader)
    for reader in CardReader:
        assert lacking_for(reader, Statements()) == dict(ASKED[reader].places)
    asked = {name for one in ASKED.values() for name in one.places}
    # Nothing is in the card for regulators that none of them asks.
    assert {f"regulators.{name}" for name in ForRegulators.model_fields} <= asked
    assert set(REGULATORS) == set(ForRegulators.model_fields)


def test_what_is_answered_is_not_asked_again() -> None:
    stated = read_statements(
        """
users = "clerks"
regulators = { oversight = "a second clerk", appeal = { not_applicable = "it decides nothing" } }
""",
        file="card.toml",
    )
    lacking = lacking_for(CardReader.NIST, stated)
    assert "users" not in lacking
    assert not {"regulators.oversight", "regulators.appeal"} & set(lacking)
    assert lacking["regulators.monitoring"] == "MANAGE 4.1"


def test_test_data_have_to_be_explained() -> None:
    of_tests = read_statements('impact = { data_kind = "test" }', file="card.toml")
    assert "impact.why_test_data" in lacking_for(CardReader.LL144, of_tests)
    assert "impact.why_test_data" not in lacking_for(CardReader.LL144, Statements())


def test_the_part_is_in_the_card_once_something_is_stated(run: Run, audited: Path) -> None:
    assert "For regulators" not in (audited / "fairaudit-out" / "MODEL_CARD.md").read_text(encoding="utf-8")
    (audited / "card.toml").write_text(
        '[regulators]\noversight = "two clerks | <b>\\nand a third"\nassessor = { unknown = "asked [twice]" }\n',
        encoding="utf-8",
    )
    assert run("card", cwd=audited).code == 0
    card = (audited / "fairaudit-out" / "MODEL_CARD.md").read_text(encoding="utf-8")
    part = card.partition("<summary>For regulators</summary>")[2].partition("</details>")[0]
    assert [line for line in part.splitlines() if line] == [
        "- **Human oversight:** two clerks \\| &lt;b&gt; and a third",
        "- **Independent assessor:** Not known: asked \\[twice\\]",
    ]


def test_a_check_lists_what_a_reader_misses(run: Run, audited: Path) -> None:
    ran = run("card", "--check", "--for", "nist", cwd=audited, width=2000)
    assert ran.code == 1
    assert (
        "15 statements that the NIST AI RMF asks for are missing in card.toml: intended_uses (MAP 1.1); users (MAP 1.1);"
        in ran.out
    )
    assert "asks for" not in run("card", "--check", cwd=audited).out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--for", "nist"),
            "--for nist: says what a check of the card asks for. Add --check, which writes nothing.",
        ),
        (("--check", "--for", "nobody"), "'nobody' is not one of 'eu-ai-act', 'nist', 'll144'"),
    ],
)
def test_other_readers_and_other_tasks_are_refused(
    words: tuple[str, ...], sentence: str, run: Run, tmp_path: Path
) -> None:
    ran = run("card", *words, cwd=tmp_path)
    assert ran.code == 2
    assert sentence in ran.err


@pytest.mark.parametrize(
    "text", ["regulators = 1", "[regulators]\nother = ''", "[regulators]\noversight = 3"]
)
def test_a_broken_table_is_one_error(text: str) -> None:
    with pytest.raises(
        FileError, match=r"card.toml: line \d: key .* holds .*Begin it with the line \[regulators\]"
    ):
        read_statements(text, file="card.toml")
