"""What comes after a finding, and the command that makes an audit anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fairaudit
from fairaudit.documents.answer import Step, answer_of
from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.steps import all_steps, audit_command, check_command, steps_after

ROWS = [
    f"{i % 3 % 2},{(i * 37 % 101) / 101!r},{'AB'[i % 5 % 2]},{'uv'[i % 7 % 2]},{i % 60}" for i in range(300)
]


@pytest.mark.parametrize(
    "typed",
    [
        [],
        ["-a", "race", "-a", "sex*age:20,40", "--effect", "helps"],
        ["-a", "race", "--threshold", "0.3", "-r", "race=B", "--tau", "0.7", "-m", "fpr"],
        ["-a", "sex", "--label", "none", "--decide", "point", "--min-group-size", "10"],
        ["-a", "sex", "--where", "age > 5", "--interval", "clopper-pearson", "--top-k", "40"],
    ],
    ids=str,
)
def test_the_command_makes_the_same_audit(
    typed: list[str],
    write_csv: Callable[..., str],
    run: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = Path(write_csv("label,score,race,sex,age", *ROWS))
    monkeypatch.chdir(file.parent)
    assert run("bias", file.name, *typed, "-o", "first", "--quiet").code == 0
    first = BiasDocument.model_validate_json(Path("first/bias.json").read_text(encoding="utf-8"))
    words = audit_command(first)
    assert words is not None
    assert run("bias", *words[1:], "-o", "second", "--quiet").code == 0
    second = BiasDocument.model_validate_json(Path("second/bias.json").read_text(encoding="utf-8"))
    assert (
        second.settings.model_copy(
            update={
                "attributes_chosen": first.settings.attributes_chosen,
                "passed_over": first.settings.passed_over,
            }
        )
        == first.settings
    )
    assert second.disparities == first.disparities
    policy = check_command(first)
    assert policy is not None
    assert run(*policy, "-o", "third", "--quiet").code == 0


def test_what_a_code_means_is_said_once(write_csv: Callable[..., str]) -> None:
    rows = [
        f"{i % 2},{int(i % 20 < 5 + 10 * (i % 3 == 0) + 5 * (i % 7 < 3))},{i % 3},{i % 7 < 3}"
        for i in range(4200)
    ]
    audit = fairaudit.audit(write_csv("label,score,a,b", *rows), attributes=["a", "b", "a*b"])
    answer = answer_of(audit.bias, audit.group)
    codes = [s.code for s in steps_after(answer.foremost, answer, audit.bias) if s.step is Step.EXPLAIN]
    assert len({finding.attribute for finding in answer.foremost}) > 1
    assert codes
    assert len(codes) > len(set(codes))
    told = [s.code for s in all_steps(answer, audit.bias) if s.step is Step.EXPLAIN]
    assert len(told) == len(set(told))


def test_a_step_for_both_is_that_of_both_and_rows_that_were_no_file_have_no_command(
    write_csv: Callable[..., str],
) -> None:
    file = write_csv(
        "label,score,race,sex",
        *(
            f"{i % 2},{int(i % 40 < 10) if i % 3 else i % 2},{'AB'[i % 40 < 10]},{'uv'[i % 40 < 12]}"
            for i in range(800)
        ),
    )
    audit = fairaudit.audit(file)
    answer = answer_of(audit.bias, audit.group)
    steps = steps_after(answer.findings[:2], answer, audit.bias)
    assert [s.step for s in steps] == [Step.LOOK_TOGETHER, Step.LOOK_TOGETHER]
    assert {s.attributes for s in steps} == {("race", "sex")}
    assert [s.step for s in all_steps(answer, audit.bias)] == [Step.SAY_EFFECT, Step.LOOK_TOGETHER]
    assert audit_command(audit.bias) is None
