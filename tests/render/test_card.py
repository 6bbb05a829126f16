"""The card: true, complete where a machine can complete it, and never anything else than text of a stranger's."""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fairaudit.disparity.rule import VerdictRule
from fairaudit.disparity.verdicts import Verdict
from fairaudit.documents.folder import Results
from fairaudit.documents.model import (
    CvDocument,
    CvSettings,
    DataPart,
    FoldPart,
    ModelPart,
    SplitPart,
    SpreadPart,
    TrainDocument,
    TrainSettings,
)
from fairaudit.documents.parts import EstimatePart, InputPart, Stamp
from fairaudit.documents.statements import Approval, Statements, read_statements
from fairaudit.errors import FileError
from fairaudit.read.files import open_path
from fairaudit.render.card.page import render_card
from fairaudit.render.card.parts import CardFigure
from fairaudit.resources import example, read_template
from fairaudit.settings.choices import Decide, Effect
from fairaudit.settings.reading import ReadSettings
from fairaudit.workflow.audit import report_everything

SIGNED = Approval(by="A | B", on=date(2026, 1, 31))
FIGURES = (
    CardFigure(name="metric_per_slice", file="figures/metric per slice.png", alt="[a] | <b>", title="Metric"),
    CardFigure(
        name="disparity_per_group", file="figures/disparity_per_group.png", alt="Alt.", title="Disparity"
    ),
)


def card(audited: Any, statements: Statements | None = None, **more: Any) -> str:
    documents = Results(
        group=audited.group, bias=audited.bias, fairness=audited.fairness, slices=audited.slices, **more
    )
    return render_card(documents, statements or Statements(), figures=FIGURES)


def parsed(page: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page)


def section(page: str, heading: str) -> str:
    return re.split(r"^## ", page, flags=re.MULTILINE)[
        [part.startswith(heading) for part in re.split(r"^## ", page, flags=re.MULTILINE)].index(True)
    ]


def visible_part(page: str) -> str:
    return re.sub(r"(?s)<details>.*?</details>|<!--.*?-->", "", page)


def with_effect(audited: Any, effect: Effect) -> Any:
    """The same audit, by somebody who said what decisions do to people."""
    settings = audited.bias.settings.model_copy(update={"effect": effect})
    return dataclasses.replace(audited, bias=audited.bias.model_copy(update={"settings": settings}))


def within_budget(page: str) -> None:
    """A card is read in a few minutes, and its top, before the first heading, in one; tables are looked up."""
    shown = visible_part(page)
    assert sum(1 for line in shown.splitlines() if line.strip()) <= 125
    prose = re.sub(r"(?m)^\|.*$|^!\[.*$|`[^`]*`", "", shown)
    assert len(re.findall(r"\S*\w\S*", prose)) <= 750
    assert len(re.findall(r"\S*\w\S*", re.sub(r"`[^`]*`", "", shown.split("\n## ")[0]))) <= 385


def test_sections_stand_in_their_order(compas: Any) -> None:
    assert re.findall(r"^##? .*", card(compas), flags=re.MULTILINE) == [
        "# Model card: compas_for_aequitas.csv",
        "## 1. Model details",
        "## 2. Intended use",
        "## 3. Factors",
        "## 4. Data",
        "## 5. Metrics",
        "## 6. Bias",
        "## 7. Caveats and recommendations",
        "## 8. Provenance",
        "## 9. To do",
    ]
    complete = Statements(
        **{name: "Said" for name in Statements.required() if name != "approval"}, approval=SIGNED
    )
    assert "To do" not in card(compas, complete)


def test_answer_comes_first_and_what_people_owe_comes_last(compas: Any) -> None:
    hurts = with_effect(compas, Effect.HURTS)
    page = card(hurts)
    lines = [line for line in page.splitlines() if line]
    assert lines[:11] == [
        "# Model card: compas_for_aequitas.csv",
        '**FAIL: African-American people are worse off (wrongly selected 1.9 times as often as Caucasian ones); so are people with age_cat "Less than 25".**',
        (
            "1. **African-American people are wrongly selected more often than Caucasian ones. Of those who should not be selected (label_value 0), 45 of 100 are, against 23 of 100.** "
            "805 of 1,795; 349 of 1,488. 1.91 times, 95% interval 1.72 to 2.13."
        ),
        (
            "   Next: see which combinations of race and age_cat are hit most: `fairaudit audit compas_for_aequitas.csv -a race -a sex -a age_cat "
            "-a 'race*age_cat' -r race=Caucasian -r sex=Male -r '25 - 45' --effect hurts`"
        ),
        (
            '2. People with age_cat "Less than 25" are wrongly selected more often than those with "25 - 45". Of those who should not be selected (label_value 0), 54 of 100 are, against 33 of 100. '
            "360 of 665; 741 of 2,220. 1.62 times, 95% interval 1.48 to 1.78."
        ),
        "   Next: as for 1.",
        (
            "The other side: Of those who should be selected (label_value 1), African-American people are missed less often (28 of 100) than Caucasian ones (48 of 100). 532 of 1,901; 461 of 966. "
            "This does not make up for it: these are other people. While base rates differ, errors and precision cannot all be equal."
        ),
        (
            "Next: make this a test that fails your build when a gap is too wide: `fairaudit check compas_for_aequitas.csv -a race -a sex -a age_cat "
            "-r race=Caucasian -r sex=Male -r '25 - 45' --effect hurts --init`"
        ),
        "| In short | |",
        "|---|---|",
        (
            "| **How sure** | Sure, allowing for 24 comparisons: gaps 1 and 2 exceed the tolerated 1.25 times. "
            "How wide exactly is less sure: each 95% interval is for its gap alone. |"
        ),
    ]
    assert lines[11:17] == [
        "| **Equal enough** | sex: all ratios that form the verdict lie within 0.80 to 1.25. |",
        (
            "| **Cannot tell** | Better off beyond chance, but perhaps within what is tolerated. Selected, of everybody: Hispanic (637 people): 30 of 100, against 35 of Caucasian people. "
            'Wrongly selected, of those with label_value 0: race "Other" (377 people): 15 of 100, against 23 of Caucasian people.<br>'
            'People with age_cat "Less than 25" are missed less often than those with "25 - 45": 26 of 100, against 37. That is beyond chance, but perhaps within what is tolerated.<br>'
            "Too few people: Asian: 8 of 32 selected; Native American: 12 of 18; against 35 of 100 Caucasian people. |"
        ),
        (
            "| **Not measured** | Combinations of attributes. Calibration and ranking (the file holds decisions, no scores). "
            "Whether label_value itself is fair. |"
        ),
        "| **Right overall** | 65 of 100; always deciding 0 would be right for 55 of 100; label_value is 1 for 45 of 100. |",
        (
            '| **Surely poorer** | people with age_cat "Less than 25": balanced accuracy 0.599, everybody 0.651; '
            'lower still, but perhaps by chance: people with race "Other" (0.588) |'
        ),
        "| **To do** | 16 of 16 statements that only people can make; the list stands at the end |",
    ]
    assert page.index("More Information Needed") > page.index("## 9. To do")


def test_without_effect_a_gap_is_said_and_the_question_asked(compas: Any) -> None:
    lines = [line for line in card(compas).splitlines() if line]
    assert lines[1] == (
        '**GAP: African-American people are selected most often (59 of 100), people with race "Other" least (21 of 100).**'
    )
    assert lines[2] == (
        "Nobody has said whether being selected hurts or helps, so no group is called worse off."
    )


@pytest.mark.parametrize(("value", "whom"), [(1.0, "Everybody"), (0.0, "Nobody")])
def test_a_model_that_selects_all_or_nobody_is_told_before_anything_else(
    compas: Any, value: float, whom: str
) -> None:
    overall = compas.slices.overall
    share = overall.metrics["pprev"].model_copy(update={"value": value})
    slices = compas.slices.model_copy(
        update={"overall": overall.model_copy(update={"metrics": {**overall.metrics, "pprev": share}})}
    )
    page = render_card(
        Results(group=compas.group, bias=compas.bias, fairness=compas.fairness, slices=slices), Statements()
    )
    assert page.splitlines()[2].startswith(f"> **Warning:** {whom} is selected (7,214 people).")


def test_numbers_of_compas_are_those_published(compas: Any) -> None:
    page = card(compas)
    assert "| False positive rate | 32.3% | 30.9% to 33.8% | 1,282 of 3,963 |" in page
    assert "| False negative rate | 37.4% | 35.8% to 39.1% | 1,216 of 3,251 |" in page
    assert (
        "| African-American | 3,696 | 58.8% (2,174 of 3,696)<br>1.69 times (1.59 to 1.80) fail | 44.8% (805 of 1,795)<br>1.91 times (1.72 to 2.13) fail "
        "| 28.0% (532 of 1,901)<br>0.59 times (0.53 to 0.65) fail |"
    ) in page
    assert (
        "| Native American | 18 | 66.7% (12 of 18)<br>1.92 times (99.24%: 1.00 to 2.63) undecided, small | 37.5% (3 of 8)<br>1.60 times (0.47 to 3.07) undecided, small "
        "| 10.0% (1 of 10)<br>0.21 times (99.24%: 0.00 to 1.11) undecided, small |"
    ) in page
    assert (
        "| Caucasian | 2,454 | 34.8% (854 of 2,454)<br>reference | 23.5% (349 of 1,488)<br>reference | 47.7% (461 of 966)<br>reference |"
        in page
    )
    assert "| Female | 1,395 | 42.4% (591 of 1,395)<br>0.90 times (90%: 0.85 to 0.96) pass |" in page
    assert (
        "| African-American | False positive rate | p = 1e-37 (score test) | p = 8e-37 | p = 6e-17 (score test) | p = 1e-15 | p = 1 (score test) |"
    ) in page
    assert "| Supervised Fairness | fail / unfair | undecided / unfair | fail / unfair |" in page
    assert "| Overall | fail | unfair |" in page


@pytest.fixture(scope="module")
def by_decile(data_dir: Path) -> Callable[[Decide], str]:
    """The card of COMPAS's decile scores, cut at 5."""

    @functools.cache
    def of(decide: Decide) -> str:
        settings = ReadSettings(
            label="two_year_recid", score="decile_score", threshold=5, attributes=("race",)
        )
        rule = VerdictRule(references=("race=Caucasian",), metrics=("fpr", "fnr", "precision"), decide=decide)
        opened = open_path(str(data_dir / "compas_two_years.csv"))
        stamp = Stamp(created=datetime(2026, 1, 1, tzinfo=UTC), command="fairaudit audit")
        return card(report_everything(opened, settings, stamp, rule=rule))

    return of


def test_intervals_of_90_percent_are_labelled_and_with_point_there_are_none(
    by_decile: Callable[[Decide], str],
) -> None:
    # 1.065 with 0.99976 to 1.13737 at 95%, and 1.00981 to 1.12518 at 90%.
    told = by_decile(Decide.INTERVAL)
    assert "<br>1.06 times (90%: 1.01 to 1.13) pass |" in told
    told = by_decile(Decide.POINT)
    assert "<br>1.06 times (1.00 to 1.14) pass |" in told
    assert "90%" not in re.sub(r"\d90%|\.90%", "", told)
    assert "Decided by the ratios alone" in told


def test_what_the_machine_found_is_told(compas: Any, loans: Any) -> None:
    found = section(card(compas), "7.")
    assert "- 1 small group (fewer than 30 people), whose numbers are marked, and weak." in found
    assert (
        "- Not measured, as the scores are 0/1 decisions, not probabilities: Brier score, log loss, expected calibration error and observed over expected ratio."
        in card(compas)
    )
    lent = section(card(loans), "7.")
    assert "- People whose value is missing are a group of their own." in lent
    assert "- The threshold was assumed." in lent


def test_dropped_rows_undecided_parities_and_differing_inputs_are_told(compas: Any) -> None:
    source = compas.group.input.model_copy(
        update={"used": 7000, "dropped": {"missing label": 214}, "sha256": "0" * 64}
    )
    parities = [
        p.model_copy(update={"verdict": Verdict.UNDECIDED, "reason": "both are 0"})
        if p.metric == "fpr" and p.group == "Asian"
        else p.model_copy(update={"verdict": p.verdict and Verdict.PASS})
        for p in compas.fairness.parities
    ]
    page = render_card(
        Results(
            group=compas.group.model_copy(update={"input": source}),
            fairness=compas.fairness.model_copy(update={"parities": parities}),
        ),
        Statements(),
    )
    assert "- 214 of 7,214 rows were dropped, and nobody in them is counted." in page
    assert (
        "| Evaluation | compas_for_aequitas.csv: 7,214 people; 214 dropped (missing label); base rate 45.1% |"
        in page
    )
    assert "- The documents of the audit were made from 2 different inputs." in page


def test_card_keeps_to_its_budget(compas: Any, loans: Any, berkeley: Any) -> None:
    for audited in (compas, loans, berkeley):
        within_budget(card(audited))


def test_without_labels_selection_rates_are_all_there_is(berkeley: Any) -> None:
    page = card(berkeley)
    assert "| Selection rate | 38.8% | 37.4% to 40.2% | 1,755 of 4,526 |" in page
    assert "| Female | 1,835 | 30.4% (557 of 1,835)<br>0.68 times (0.63 to 0.74) fail |" in page
    assert (
        "| Evaluation | berkeley.csv: 4,526 people, whose numbers stand in count; none dropped; no labels |"
        in page
    )
    assert "rows" not in visible_part(page)
    assert "Not measured, as there are no labels:" in page
    assert "False positive rate" not in page


def test_without_bias_nothing_is_claimed_about_it(compas: Any) -> None:
    page = render_card(Results(slices=compas.slices), Statements())
    assert "| **Bias** | not audited |" in page
    assert "Bias was not audited: no groups were compared." in page
    assert "**Balanced accuracy is 0.651 (0.640 to 0.662) for everybody.**" in page
    assert "Aequitas" not in page.split("## 8.")[0]


def test_a_pass_is_told_first(compas: Any) -> None:
    bias = compas.bias.model_copy(
        update={"disparities": [d for d in compas.bias.disparities if d.attribute == "sex"]}
    )
    fairness = compas.fairness.model_copy(
        update={"attributes": [v for v in compas.fairness.attributes if v.attribute == "sex"]}
    )
    answer = bias.answer.model_copy(update={"verdict": Verdict.PASS, "attributes": {"sex": Verdict.PASS}})
    bias = bias.model_copy(update={"answer": answer})
    page = render_card(Results(group=compas.group, bias=bias, fairness=fairness), Statements())
    assert (
        "**PASS: No group of 7,214 people differs by more than is tolerated. Farthest are men (1.1 times).**"
        in page
    )
    assert "| **How sure** | All intervals lie within 0.80 to 1.25, at 90%. |" in page


def test_training_and_cross_validation_stand_beside_the_audit(compas: Any) -> None:
    page = card(compas, train=TRAINED, cv=FOLDED)
    assert "# Model card: sklearn.linear\\_model.LogisticRegression for y" not in page
    assert page.startswith("# Model card: LogisticRegression for y\n")
    assert (
        "| Metric | Everybody | 95% interval | People | Always deciding 0 | Training rows | Over folds, mean ± std |"
        in page
    )
    assert re.search(r"\| Accuracy \| 65\.4% .* \| 54\.9% \| 80\.0% \| 70\.0% ± 1\.0% \|", page)
    assert (
        "| Training | data.csv: 100 rows, 3 columns; 75 for training, 25 held out (stratified by the label)"
        in page
    )
    assert "| Missing values | x 4 |" in page
    assert "- Training: it did not converge" in page
    assert "- Accuracy goes from 68.0% to 72.0% over 5 folds." in page
    assert "`C=0.1`" in page


def test_training_alone_makes_a_card() -> None:
    page = render_card(Results(train=TRAINED), Statements())
    assert "| Accuracy | 75.0% | 55.1% to 88.0% | 18 of 24 | 80.0% |" in page
    assert "| Decision | 1 if the score is at least 0.5 |" in page
    assert "- Measured: no groups." in page


def test_no_document_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="needs a document"):
        render_card(Results(), Statements())


def test_hostile_names_stay_in_their_cells_and_no_markup_of_theirs_survives(hostile: Any) -> None:
    page = card(hostile)
    tokens = parsed(page)
    columns = 0
    cells: list[int] = []
    for token in tokens:
        if token.type == "table_open":
            columns = 0
        elif token.type == "th_open":
            columns += 1
        elif token.type == "tr_open":
            cells.append(0)
        elif token.type == "td_open":
            cells[-1] += 1
        elif token.type == "tbody_close":
            assert set(cells[-1:]) == {columns}
        elif token.type == "thead_close":
            cells.clear()
    markup = [
        child.content for token in tokens for child in token.children or [] if child.type == "html_inline"
    ]
    markup += [token.content for token in tokens if token.type == "html_block"]
    for content in markup:
        assert re.fullmatch(
            r"</?code>|<br>|<!-- missing: \w+ -->|</?details>\s*|<details>\s*<summary>[\w ,:/']+</summary>\s*",
            content,
        ), content
    links = [
        child for token in tokens for child in token.children or [] if child.type in ("link_open", "image")
    ]
    assert [link.attrGet("src") for link in links] == [
        "figures/metric%20per%20slice.png",
        "figures/disparity_per_group.png",
    ]
    assert "\\{\\{7\\*7\\}\\}" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "\\u202eevil" in page
    assert len(max(page.splitlines(), key=len)) < 1500


def test_every_table_of_every_card_is_rectangular(
    compas: Any, loans: Any, berkeley: Any, hostile: Any
) -> None:
    for audited in (compas, loans, berkeley, hostile):
        page = card(audited, train=TRAINED)
        for block in re.findall(r"(?:^\|.*\n)+", page, flags=re.MULTILINE):
            widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
            assert len(widths) == 1, block
        expected = len(re.findall(r"(?:^\|.*\n)+", page, flags=re.MULTILINE))
        assert sum(token.type == "table_open" for token in parsed(page)) == expected


def test_rendering_twice_gives_the_same_text(hostile: Any) -> None:
    assert card(hostile) == card(hostile)


# --- statements ---


def test_card_toml_asks_for_every_statement_and_answers_none() -> None:
    content = read_template("card.toml")
    # Questions about a bias audit that is posted stand last, and nobody has to answer them.
    assert tuple(tomllib.loads(content)) == (*Statements.required(), "impact", "regulators")
    assert read_statements(content, file="card.toml").missing == Statements.required()
    # With the signs taken away, the optional part is read as well.
    optional = "".join(
        line.removeprefix("# ")
        for line in content.splitlines(keepends=True)
        if re.match(r"# (\[\[|\w+ = )", line)
    )
    stated = read_statements(optional[optional.index("[[at_risk]]") :], file="card.toml")
    assert [part.group for part in stated.at_risk] == ["people below 25"]


def test_every_statement_is_printed_and_then_the_banner_is_gone(compas: Any) -> None:
    given = {name: f"Words for {name}" for name in Statements.required() if name != "approval"}
    page = card(compas, Statements(**given, approval=SIGNED))
    for name in given:
        assert page.count(f"Words for {name}") == 1
    assert "- **Approved by:** A \\| B, 2026-01-31" in page
    assert "To do" not in page
    assert "More Information Needed" not in page
    assert "Not stated yet" not in page


def test_missing_statements_are_marked_and_can_be_found(compas: Any) -> None:
    page = card(compas, Statements(name="Risk", owners="Us"))
    assert "14 of 16 statements are missing, which only people can make." in page
    assert "Not stated yet: contact, license, approved by." in page
    found = re.findall(r"\[More Information Needed\] <!-- missing: (\w+) -->", page)
    assert sorted(found) == sorted(set(Statements.required()) - {"name", "owners"})


def test_half_an_approval_is_none() -> None:
    assert "approval" in read_statements('approval = { by = "me" }', file="c").missing
    assert "approval" not in read_statements('approval = { by = "me", on = 2026-01-31 }', file="c").missing
    assert "approval" not in read_statements('approval = { not_applicable = "a study" }', file="c").missing


def test_groups_at_risk_are_told_as_stated(compas: Any) -> None:
    stated = read_statements(
        '[[at_risk]]\ngroup = "people | below 25"\nharms = "longer <b>detention"\nmitigation = "a second look"\n'
        '[[at_risk]]\ngroup = "others"',
        file="c",
    )
    page = card(compas, stated)
    assert "- **people \\| below 25:** harms: longer &lt;b&gt;detention; mitigation: a second look" in page
    assert "- **others:** nothing stated" in page
    assert "- Relevant, as stated: people \\| below 25, others." in page


def test_questions_without_an_answer_say_why(compas: Any) -> None:
    stated = read_statements(
        'users = { not_applicable = "no | one" }\nlicense = { unknown = "asked the vendor" }', file="c"
    )
    page = card(compas, stated)
    assert "- **Users:** Not applicable: no \\| one" in page
    assert "- **License:** Not known: asked the vendor" in page
    assert "14 of 16" in page


def test_longer_statements_keep_paragraphs_and_lists(compas: Any) -> None:
    page = card(compas, Statements(caveats="First <b>.\n\nSecond.", users="- one\n- two"))
    assert "- **Caveats:** First &lt;b&gt;.\n  \n  Second." in page
    assert "- **Users:** \n  - one\n  - two" in page


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('owners = "a"\nownerz = "b"', "card.toml: line 2: unknown key 'ownerz'. Did you mean 'owners'?"),
        ("[model]\nname = 'x'", "card.toml: line 1: unknown key 'model'."),
        ("owners = 3", "card.toml: line 1: key 'owners' holds a number. Give a text in quotes"),
        ("\nowners = ['a']", "card.toml: line 2: key 'owners' holds a list."),
        ("users = { unknwon = 'x' }", "card.toml: line 1: key 'users' holds a table of 'unknwon'."),
        (
            "[impact]\naudited = '2026-01-31'",
            "card.toml: line 2: key 'audited' of [impact] holds the text '2026-01-31'.",
        ),
        ("[impact]\nx = 1", "card.toml: line 2: key 'x' of [impact] holds a number."),
        (
            "[regulators]\nappeal = true",
            "card.toml: line 2: key 'appeal' of [regulators] holds true or false.",
        ),
        ("users = { unknown = '' }", "card.toml: line 1: key 'users' holds a table of 'unknown'."),
        ("users = { unknown = 'a', not_applicable = 'b' }", "holds a table of 'unknown', 'not_applicable'."),
        ("owners = ", "card.toml: is not TOML:"),
        ("approval = 'me'", 'Give { by = "who", on = 2026-01-31 }'),
        ("[[at_risk]]\nharms = 'x'", "Begin each group with the line [[at_risk]]"),
    ],
)
def test_faulty_statements_are_refused_by_line_and_key(content: str, message: str) -> None:
    with pytest.raises(FileError) as caught:
        read_statements(content, file="card.toml")
    assert message in str(caught.value)


# --- templates ---


def test_template_of_ones_own_is_escaped_too(hostile: Any) -> None:
    documents = Results(group=hostile.group)
    own = "{% for row in people.rows %}{{ row[1] }};{% endfor %}{{ '<i>' }} {{ 'a|b' | code }}"
    page = render_card(documents, Statements(), template=own)
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert page.endswith("&lt;i&gt; <code>a\\|b</code>\n")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("a\n{% if %}", "MODEL_CARD.md.jinja: line 2: TemplateSyntaxError"),
        (
            "{{ nothing_of_that_name }}",
            "MODEL_CARD.md.jinja: UndefinedError: 'nothing_of_that_name' is undefined",
        ),
        (
            '{{ statement("zzz") }}',
            "MODEL_CARD.md.jinja: AttributeError: 'Statements' object has no attribute 'zzz'",
        ),
        ('{% include "x" %}', "MODEL_CARD.md.jinja: TypeError: no loader for this environment specified"),
        ("{{ 1 / 0 }}", "MODEL_CARD.md.jinja: ZeroDivisionError: division by zero"),
        ("{{ title() }}", "MODEL_CARD.md.jinja: TypeError: 'str' object is not callable"),
        ("{{ title.__class__.__mro__ }}", "MODEL_CARD.md.jinja: SecurityError"),
    ],
)
def test_faulty_template_is_the_users_error(compas: Any, template: str, message: str) -> None:
    with pytest.raises(FileError) as caught:
        render_card(Results(group=compas.group), Statements(), template=template)
    assert message in str(caught.value)


def test_template_folder_replaces_single_templates(tmp_path: Path) -> None:
    (tmp_path / "MODEL_CARD.md.jinja").write_text("Mine", encoding="utf-8")
    assert read_template("MODEL_CARD.md.jinja", override=tmp_path) == "Mine"
    assert read_template("card.toml", override=tmp_path) == read_template("card.toml")
    with pytest.raises(FileError, match="is not a folder"):
        read_template("card.toml", override=tmp_path / "none")
    (tmp_path / "card.toml").write_bytes(b"\xff")
    with pytest.raises(FileError, match=r"line 1 is not UTF-8 at its beginning\. Save the file as UTF-8"):
        read_template("card.toml", override=tmp_path)


def test_examples_are_found_and_a_misspelt_one_is_told() -> None:
    assert example("loans.csv").is_file()
    with pytest.raises(FileError, match=r"Did you mean 'loans\.csv'"):
        example("loan.csv")


# --- documents of a training, small enough to be counted by hand ---

SOURCE = InputPart(name="data.csv", sha256="a" * 64, bytes=1000, rows=100, used=100, dropped={})
MODEL = ModelPart(
    estimator="LogisticRegression",
    params={"C": 0.1},
    features_in=["x", "z"],
    features_out=["x", "z"],
    dropped=["id"],
    classes=[0, 1],
    target="y",
    positive=["yes"],
    threshold=0.5,
)
DATA = DataPart(rows=100, columns=3, missing={"x": 4}, prevalence={"train": 0.4, "test": 0.4})
ENVELOPE: dict[str, Any] = {
    "fairaudit": "0.1.0",
    "created": datetime(2026, 1, 1, tzinfo=UTC),
    "command": "fairaudit train data.csv",
    "input": SOURCE,
    "environment": {"python": "3.11"},
}
TRAINED = TrainDocument(
    **ENVELOPE,
    settings=TrainSettings(
        model="logistic",
        estimator=None,
        params={"C": "0.1"},
        class_weight=None,
        test_size=0.25,
        seed=0,
        threshold=0.5,
        target="y",
        positive=["yes"],
        drop=["id"],
        where=None,
        missing="error",
    ),
    model=MODEL,
    data=DATA,
    split=SplitPart(kind="stratified by the label", test_size=0.25, seed=0, train=75, test=25),
    metrics={
        "train": {
            "accuracy": EstimatePart(
                value=0.8,
                numerator=60,
                denominator=75,
                ci=(0.696, 0.875),
                small=False,
                reason=None,
                ci_reason=None,
            )
        },
        "test": {
            "accuracy": EstimatePart(
                value=0.75,
                numerator=18,
                denominator=24,
                ci=(0.551, 0.880),
                small=True,
                reason=None,
                ci_reason=None,
            )
        },
    },
    predictions_sha256="0" * 64,
    warnings=["it did not converge"],
)
FOLDED = CvDocument(
    **ENVELOPE,
    settings=CvSettings(
        model="logistic",
        estimator=None,
        params={"C": "0.1"},
        class_weight=None,
        folds=5,
        repeats=1,
        seed=0,
        threshold=0.5,
        target="y",
        positive=["yes"],
        drop=["id"],
        attributes=[],
        where=None,
        missing="error",
    ),
    model=MODEL,
    data=DATA,
    folds=[FoldPart(repeat=1, fold=1, n=20, metrics={"accuracy": 0.7}, reasons={})],
    summary={"accuracy": SpreadPart(mean=0.7, std=0.01, min=0.68, max=0.72, folds=5, reason=None)},
    slices=[],
    predictions_sha256="1" * 64,
    warnings=[],
)
