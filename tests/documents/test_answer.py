"""Who is worse off: the subject of an answer, whatever the reference was, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import fairaudit
from fairaudit.documents.answer import Answer, NotMeasured, Step, answer_of
from fairaudit.documents.findings import Code, Finding
from fairaudit.documents.parts import Verdict
from fairaudit.metrics.kinds import Side
from fairaudit.metrics.table import METRICS
from fairaudit.render.words.answer import chance_text, claim, headline, other_side_text
from fairaudit.render.words.people import WORDS, words_of
from fairaudit.render.words.rest import rest_rows
from fairaudit.render.words.untold import open_texts
from fairaudit.settings.choices import Effect

BLACK_AND_WHITE = """label,score,group,n
1,1,Black,700
1,0,Black,300
0,1,Black,450
0,0,Black,550
1,1,White,400
1,0,White,400
0,1,White,180
0,0,White,620
"""
WOMEN_AND_MEN = """label,score,sex,n
1,1,women,20
1,0,women,180
1,1,men,150
1,0,men,50
0,1,women,5
0,0,women,195
0,1,men,110
0,0,men,90
"""


def audited(table: str, tmp_path: Path, **settings: Any) -> fairaudit.Audit:
    path = tmp_path / "table.csv"
    path.write_text(table, encoding="utf-8")
    return fairaudit.audit(path, weight="n", **settings)


def told(audit: fairaudit.Audit) -> tuple[Answer, list[str]]:
    """The answer, with its first lines in words."""
    answer, words = answer_of(audit.bias, audit.group), words_of(audit.bias.settings)
    word, sentence = headline(answer, words)
    lines = [f"{word}: {sentence}"]
    for finding in answer.findings:
        said = claim(finding, words=words)
        lines += [text for text in (said.sentence, said.counts, said.errors, said.others) if text]
    return answer, lines


def test_the_largest_group_is_told_about_where_it_is_worse_off(tmp_path: Path) -> None:
    answer, lines = told(audited(BLACK_AND_WHITE, tmp_path, attributes="group", effect="hurts"))
    first = answer.findings[0]
    assert (first.rate.group, first.metric, first.side, first.harm) == ("Black", "fpr", Side.HIGHER, True)
    assert first.first.times == pytest.approx(2.0)
    assert lines[:3] == [
        "FAIL: Black people are worse off (wrongly selected 2.0 times as often as White ones).",
        "Black people are wrongly selected more often than White ones. Of those who should not be selected (label 0), 45 of 100 are, against 22 of 100.",
        "450 of 1,000; 180 of 800. 2.00 times, 95% interval 1.73 to 2.32",
    ]
    assert not [finding for finding in answer.harm if finding.rate.group == "White"]


def test_a_favour_is_never_made_of_a_lower_false_positive_rate(tmp_path: Path) -> None:
    answer, lines = told(audited(WOMEN_AND_MEN, tmp_path, attributes="sex", effect="helps"))
    assert lines == [
        "FAIL: Women are worse off (6 of 100 are selected, against 65 of men).",
        "Women are refused more often than men: only 6 of 100 are selected, against 65 of 100.",
        "25 of 400; 260 of 400. Selected 10.40 times less often, 95% interval 7.20 to 15.65",
        "Of those who should be selected (label 1), 90 of 100 are refused, against 25 of 100.",
        "Men are wrongly selected more often than women. Of those who should not be selected (label 0), 55 of 100 are, against 2 of 100.",
        "110 of 200; 5 of 200. 22.00 times, 95% interval 10.00 to 59.34",
    ]
    assert [finding.harm for finding in answer.findings] == [True, False]
    # Base rates are equal here, so that both errors could be.
    assert answer.other_side is not None
    assert not answer.other_side.base_rates_differ


def test_without_an_effect_both_ends_are_told_and_nobody_is_called_worse_off(tmp_path: Path) -> None:
    answer, lines = told(audited(WOMEN_AND_MEN, tmp_path, attributes="sex"))
    assert lines[0] == "GAP: Men are selected most often (65 of 100), women least (6 of 100)."
    assert {finding.harm for finding in answer.findings} == {None}
    assert answer.steps[0] is Step.SAY_EFFECT


@pytest.fixture(scope="module")
def compas(data_dir: Path) -> dict[str | None, fairaudit.Audit]:
    return {
        effect: fairaudit.audit(
            data_dir / "compas_for_aequitas.csv", attributes=["race", "sex", "age_cat"], effect=effect
        )
        for effect in (None, "hurts")
    }


def test_what_cannot_be_told_names_whom_it_is_beside_and_what_may_be_chance(
    compas: dict[str | None, fairaudit.Audit],
) -> None:
    audit = compas["hurts"]
    answer, words = answer_of(audit.bias, audit.group), words_of(audit.bias.settings)
    (row,) = (row for row in rest_rows(answer, audit.bias, None, words) if row.head == "Cannot tell")
    assert row.texts == (
        (
            'People with age_cat "Less than 25" are missed less often than those with "25 - 45": 26 of 100, against 37. '
            "That is beyond chance, but perhaps within what is tolerated."
        ),
        "Too few people: Native American: 12 of 18 selected; against 59 of 100 African-American people.",
        "Too few to tell how often they are selected (8 of 32) or missed (3 of 9): Asian (32 people).",
    )
    young = next(u for u in answer.untold if u.group == "Less than 25")
    perhaps = replace(young, open=tuple(d.model_copy(update={"p_adjusted": 0.2}) for d in young.open))
    (text,) = open_texts([perhaps], words, effect=answer.effect)
    assert text.endswith("26 of 100, against 37. That may be chance.")


@pytest.mark.parametrize(
    ("verdict", "adjusted", "sure"),
    [
        (Verdict.FAIL, (0.0, 0.0, 0.0), ", just as surely."),
        (Verdict.UNDECIDED, (0.0, 0.0, 0.0), ", both beyond chance but perhaps within what is tolerated."),
        (Verdict.UNDECIDED, (0.0, 0.0, 0.5), ", not both beyond chance."),
        (Verdict.UNDECIDED, (0.0, 0.5, 0.5), ", neither beyond chance."),
        (Verdict.PASS, (0.0, 0.0, 0.0), ", both within what is tolerated."),
    ],
)
def test_further_groups_are_as_sure_as_their_verdict(
    compas: dict[str | None, fairaudit.Audit], verdict: Verdict, adjusted: tuple[float, ...], sure: str
) -> None:
    audit = compas["hurts"]
    finding = answer_of(audit.bias, audit.group).findings[0]
    against = tuple(
        replace(one, disparity=one.disparity.model_copy(update={"p_adjusted": p}))
        for one, p in zip(finding.against, (*adjusted, 0.0), strict=False)
    )
    words = words_of(audit.bias.settings)
    assert claim(replace(finding, verdict=verdict, against=against), words=words).others.endswith(sure)
    assert claim(replace(finding, verdict=verdict, tolerated=None), words=words).others.endswith(
        "(3.0) people."
    )


def test_compas_where_being_selected_hurts(compas: dict[str | None, fairaudit.Audit]) -> None:
    answer, lines = told(compas["hurts"])
    assert lines[:4] == [
        'FAIL: African-American people are worse off (wrongly selected 1.9 times as often as Caucasian ones); so are people with age_cat "Less than 25".',
        "African-American people are wrongly selected more often than Caucasian ones. Of those who should not be selected (label_value 0), 45 of 100 are, against 23 of 100.",
        "805 of 1,795; 349 of 1,488. 1.91 times, 95% interval 1.72 to 2.13",
        "Also than Hispanic (2.1 times) and Other (3.0) people, just as surely.",
    ]
    assert answer.other_side is not None
    assert other_side_text(answer.other_side, words_of(compas["hurts"].bias.settings)) == (
        "Of those who should be selected (label_value 1), African-American people are missed less often (28 of 100) than Caucasian ones (48 of 100). 532 of 1,901; 461 of 966. "
        "This does not make up for it: these are other people. While base rates differ, errors and precision cannot all be equal."
    )
    assert answer.equal == ("sex",)
    assert {u.group for u in answer.untold if u.few} == {"Asian", "Native American"}
    assert answer.not_measured == (NotMeasured.COMBINATIONS, NotMeasured.CALIBRATION, NotMeasured.LABEL)
    assert answer.together == ("race", "age_cat")
    assert {finding.code for finding in answer.findings} == {Code.ERROR_GAP}


def test_compas_without_an_effect(compas: dict[str | None, fairaudit.Audit]) -> None:
    _, lines = told(compas[None])
    assert lines[0] == (
        'GAP: African-American people are selected most often (59 of 100), people with race "Other" least (21 of 100).'
    )


def test_numbers_do_not_depend_on_the_effect(compas: dict[str | None, fairaudit.Audit]) -> None:
    assert compas[None].bias.disparities == compas["hurts"].bias.disparities
    assert compas[None].bias.answer == compas["hurts"].bias.answer


@pytest.mark.parametrize("reference", ["race=Caucasian", "race=African-American", "race=Hispanic"])
def test_the_subject_does_not_depend_on_the_reference(data_dir: Path, reference: str) -> None:
    audit = fairaudit.audit(
        data_dir / "compas_for_aequitas.csv", attributes="race", ref_group=reference, effect="hurts"
    )
    assert answer_of(audit.bias, audit.group).harm[0].rate.group == "African-American"


def test_every_ratio_is_at_least_one(compas: dict[str | None, fairaudit.Audit]) -> None:
    def ratios(finding: Finding) -> list[float]:
        return [a.times for a in finding.against if a.times is not None]

    answer, _ = told(compas["hurts"])
    every = [
        ratio for finding in answer.findings for one in (finding, *finding.also) for ratio in ratios(one)
    ]
    assert min(every) >= 1
    for finding in answer.findings:
        for against in finding.against:
            low, high = against.interval or (0, None)
            assert against.times is None or (low <= against.times and (high is None or against.times <= high))


def test_every_rate_of_a_decision_has_a_worse_side_for_one_effect_or_both() -> None:
    sided = {metric.name: set(metric.worse) for metric in METRICS if metric.worse}
    assert sided == {
        "pprev": {Effect.HURTS, Effect.HELPS},
        **{name: {Effect.HURTS} for name in ("fpr", "fdr", "tnr", "precision")},
        **{name: {Effect.HELPS} for name in ("fnr", "for", "tpr", "npv")},
    }


def test_crossed_groups_are_named_as_people_are(examples_dir: Path) -> None:
    lender = fairaudit.audit(
        examples_dir / "loans.csv",
        label="repaid",
        score="score",
        attributes=["sex*age:25,40"],
        effect="helps",
    )
    _, lines = told(lender)
    assert lines[:5] == [
        "FAIL: Women below 25 are worse off (14 of 100 are selected, against 76 of everybody else).",
        "Women below 25 are refused most: only 14 of 100 are selected, against 76 of 100 of everybody else.",
        "28 of 203; everybody else 5,891 of 7,797. Selected 5.48 times less often, 95% interval 3.96 to 7.91",
        "Of those who should be selected (repaid 1), 81 of 100 are refused, against 16 of 100.",
        "Among men of that age, 64 of 100 are selected; of those who should be selected, 21 of 100 are refused.",
    ]
    neighbour = answer_of(lender.bias, lender.group).findings[0].neighbour
    assert neighbour is not None
    assert (neighbour.group, neighbour.place, neighbour.most) == ("Male * below 25", 0, True)


def test_a_cell_that_is_not_the_farthest_is_told_beside_everybody_else_and_its_neighbour(
    tmp_path: Path,
) -> None:
    rows = "".join(
        f"{label},{score},{race},{sex},{n}\n"
        for race, sex, selected in (
            ("Arden", "women", 100),
            ("Arden", "men", 300),
            ("Belmar", "women", 50),
            ("Belmar", "men", 320),
        )
        for label in (0, 1)
        for score, n in ((1, selected), (0, 400 - selected))
    )
    audit = audited(
        "label,score,race,sex,n\n" + rows, tmp_path, attributes="race*sex", effect="helps", metrics="pprev"
    )
    lines = told(audit)[1]
    most = 'Women with race "Belmar" are refused most: only 12 of 100 are selected, against 60 of 100 of everybody else.'
    assert lines[lines.index(most) + 2] == 'Among men with race "Belmar", 80 of 100 are selected.'
    more = 'Women with race "Arden" are refused more often than everybody else: only 25 of 100 are selected, against 56 of 100.'
    assert lines[lines.index(more) + 2] == 'Among men with race "Arden", 75 of 100 are selected.'


def test_of_what_is_open_equal_rates_are_no_finding(tmp_path: Path) -> None:
    alike = "label,score,group,n\n" + "".join(
        f"{label},{score},{group},{n}\n"
        for group in ("A", "B")
        for label, score, n in ((1, 1, 5), (1, 0, 5), (0, 1, 5 + (group == "B")), (0, 0, 5))
    )
    audit = audited(alike, tmp_path, attributes="group", effect="helps")
    answer = answer_of(audit.bias, audit.group)
    assert audit.verdict == "undecided"
    assert answer.open
    assert all(finding.rate.value != finding.first.rate.value for finding in answer.open)
    assert chance_text(answer.open[0], audit.bias.people, WORDS).startswith("This may be chance. About ")


def test_what_is_beyond_chance_but_perhaps_tolerated_is_nowhere_called_chance(tmp_path: Path) -> None:
    rows = "".join(
        f"{label},{score},{group},{n}\n"
        for group, selected in (("A", 150), ("B", 180))
        for label in (0, 1)
        for score, n in ((1, selected), (0, 500 - selected))
    )
    audit = audited(
        "label,score,group,n\n" + rows, tmp_path, attributes="group", effect="hurts", metrics="pprev"
    )
    answer = answer_of(audit.bias, audit.group)
    assert audit.verdict == "undecided"
    assert answer.open[0].first.disparity.beyond_chance
    assert headline(answer, WORDS) == (
        "UNDECIDED",
        'People with group "B" may be worse off than is tolerated: 2,000 people are too few to tell.',
    )
    assert chance_text(answer.open[0], audit.bias.people, WORDS).startswith(
        "This is beyond chance, but perhaps within what is tolerated."
    )
    (sure, *_) = rest_rows(answer, audit.bias, None, WORDS)
    assert sure.head == "How sure"
    assert sure.texts == (
        "No gap surely exceeds what is tolerated, after allowing for all comparisons made.",
    )


@pytest.mark.parametrize(("score", "first"), [(0, "None of the 400 people is"), (1, "All 400 people are")])
def test_decisions_that_are_the_same_for_everybody_are_no_pass(
    tmp_path: Path, score: int, first: str
) -> None:
    same = "label,score,group,n\n" + "".join(
        f"{label},{score},{group},100\n" for label in (0, 1) for group in ("A", "B")
    )
    answer, lines = told(audited(same, tmp_path, attributes="group", effect="helps"))
    assert lines == [
        f"NO ANSWER: {first} selected: decisions that are the same for everybody tell nothing about groups."
    ]
    assert answer.selects is not None


def test_a_pass_names_the_farthest(tmp_path: Path) -> None:
    alike = "label,score,group,n\n" + "".join(
        f"{label},{score},{group},{10_000 + (group == 'A') * score * 300}\n"
        for group in ("A", "B")
        for label in (0, 1)
        for score in (0, 1)
    )
    _, lines = told(audited(alike, tmp_path, attributes="group", effect="hurts"))
    assert lines == [
        'PASS: No group of 80,600 people differs by more than is tolerated. Farthest are people with group "A" (1.0 times).'
    ]


def test_values_for_the_same_people_keep_their_own_names(tmp_path: Path) -> None:
    table = "label,score,sex,n\n" + "".join(
        f"0,{score},{sex},{n}\n"
        for sex, ones in (("female", 180), ("women", 40), ("male", 100))
        for score, n in ((1, ones), (0, 300 - ones))
    )
    audit = audited(table + "1,1,male,9\n1,0,male,9\n", tmp_path, attributes="sex", effect="hurts")
    words = words_of(audit.bias.settings, (d.group for d in audit.bias.disparities))
    _, sentence = headline(answer_of(audit.bias, audit.group), words)
    assert sentence.startswith('People with sex "female" are worse off (')


def test_one_group_alone_is_no_answer(tmp_path: Path) -> None:
    alone = "label,score,group,n\n" + "".join(f"{y},{p},A,100\n" for y in (0, 1) for p in (0, 1))
    _, lines = told(audited(alone, tmp_path, attributes="group", effect="helps"))
    assert lines == ["NO ANSWER: No two groups of 400 people can be compared."]
