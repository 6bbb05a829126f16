"""The report: one page that refers to nothing outside itself, says what the documents say, and takes a stranger's text for text."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
import time
from datetime import UTC, datetime
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from legibility import faults, html_prose

from fairaudit.disparity.rule import VerdictRule
from fairaudit.documents.answer import answer_of
from fairaudit.documents.folder import Results
from fairaudit.documents.model import TrainDocument
from fairaudit.documents.parts import Stamp
from fairaudit.documents.ranking import is_small, main_metric, rank_slices, slices_of
from fairaudit.documents.statements import NotApplicable, Statements
from fairaudit.errors import FileError, clipped
from fairaudit.read.files import open_path
from fairaudit.render.escape import MOST_SHOWN, visible
from fairaudit.render.report.data import PageData, data_block
from fairaudit.render.report.page import own_templates, render_report
from fairaudit.render.words.answer import claim, headline, ratio_text
from fairaudit.render.words.people import group_name as shown_name
from fairaudit.render.words.people import words_of
from fairaudit.render.words.shares import of_hundred, people_of
from fairaudit.render.words.slices import worst_slice_row
from fairaudit.render.words.values import aequitas_text, metric_value, times_text
from fairaudit.settings.choices import Effect
from fairaudit.settings.limits import tolerance_band
from fairaudit.settings.reading import ReadSettings
from fairaudit.workflow.audit import Reports, report_everything

VOID = {"meta", "input", "rect"}


class Page(HTMLParser):
    """What a browser makes of a page: its elements with their attributes, its text, and what stands in its blocks."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: dict[str, list[str]] = {"script": [], "style": []}
        self.open: list[str] = []
        self.text = ""
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in self.blocks:
            self.blocks[tag].append("")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.blocks:
            self.blocks[self.open[-1]][-1] += data
            return
        self.text += data
        if self.rows and self.rows[-1] and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def row(self, name: str, *, length: int) -> list[str]:
        (found,) = [row for row in self.rows if row and row[0].strip() == name and len(row) == length]
        return [" ".join(cell.split()) for cell in found]

    @property
    def data(self) -> Any:
        """What the script reads, with names for what is written by position, as the script gives them."""
        found = json.loads(self.blocks["script"][0], parse_constant=pytest.fail)

        def named(kind: str, values: Any) -> Any:
            return values and dict(zip(found["columns"][kind], values, strict=True))

        found["slices"] = [named("slice", values) for values in found["slices"]]
        found["rows"] = [named("row", values) for values in found["rows"]]
        for row in found["rows"]:
            row["counts"], row["distance"] = (
                named("counts", row["counts"]),
                named("distance", row["distance"]),
            )
            for key, kind in (("estimates", "estimate"), ("judgements", "judgement")):
                row[key] = row[key] and [named(kind, values) for values in row[key]]
        return found


def gathered(audited: Any, **more: Any) -> Results:
    names = ("group", "bias", "fairness", "slices", "scores")
    found = {name: getattr(audited, name) for name in names if hasattr(audited, name)}
    return Results(**(found | more))


def read_as(audited: Any, attribute: str, group: str) -> str:
    """Name a group as the page does."""
    return shown_name(attribute, group, words_of(audited.bias.settings))


def page(documents: Results, statements: Statements | None = None) -> str:
    return render_report(documents, statements or Statements())


@pytest.fixture(scope="module")
def scored(examples_dir: Path) -> Reports:
    settings = ReadSettings(
        label="repaid", score="score", attributes=("ethnicity", "region", "sex*age:25,40")
    )
    stamp = Stamp(created=datetime(2026, 1, 1, tzinfo=UTC), command="fairaudit audit")
    return report_everything(open_path(str(examples_dir / "loans.csv")), settings, stamp, rule=VerdictRule())


class TestSelfContained:
    def test_it_refers_to_nothing_outside(self, scored: Reports) -> None:
        text = page(gathered(scored))
        # A hash in the page's policy may hold two slashes.
        said = re.sub(r"'sha256-[A-Za-z0-9+/=]+'", "", text.replace("// ", ""))
        assert not re.search(r"(?i)https?:|//[a-z]|@import|url\(|\bsrcset\b", said)
        found = Page(text)
        for tag, attributes in found.elements:
            assert tag not in ("link", "img", "iframe", "base", "object", "embed", "video", "audio"), tag
            assert "src" not in attributes
            assert (attributes.get("href") or "#").startswith("#")
            assert "style" not in attributes
            assert not [name for name in attributes if name.startswith("on")]

    def test_the_policy_allows_the_two_blocks_and_nothing_else(self, scored: Reports) -> None:
        found = Page(page(gathered(scored)))
        (policy,) = [
            a["content"] for _, a in found.elements if a.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policy is not None
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        data, script = found.blocks["script"]
        assert json.loads(data)
        assert rules == {
            "default-src": "'none'",
            "style-src": source(found.blocks["style"][0]),
            "script-src": source(script),
            "base-uri": "'none'",
            "form-action": "'none'",
        }

    def test_every_reference_within_the_page_leads_somewhere(self, scored: Reports) -> None:
        found = Page(page(gathered(scored)))
        ids = [a["id"] for _, a in found.elements if "id" in a]
        assert len(ids) == len(set(ids))
        for _, attributes in found.elements:
            for name in ("href", "for", "aria-labelledby", "aria-describedby"):
                if name in attributes:
                    assert (attributes[name] or "").removeprefix("#") in ids

    def test_equal_documents_give_equal_pages(self, scored: Reports) -> None:
        assert page(gathered(scored)) == page(gathered(scored))


def source(block: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()}'"


class TestContent:
    def test_the_answer_comes_first_and_is_that_of_the_documents(self, compas: Any) -> None:
        found = Page(page(gathered(compas)))
        top = " ".join(found.text.partition("Everybody, with")[0].split())
        answer = answer_of(compas.bias, compas.group)
        words = words_of(compas.bias.settings)
        word, sentence = headline(answer, words)
        assert f"{word}: {sentence}" in top
        first = claim(answer.findings[0], words=words)
        assert first.sentence in top
        assert first.others in top
        finding = answer.findings[0]
        for rate in (finding.rate, finding.first.rate):
            assert f"{rate.group} {of_hundred(rate)} {people_of(rate)}" in top
        assert ratio_text(finding.first) in top
        # How many comparisons there were is folded.
        folded = top.partition("How this was decided")[2]
        assert compas.bias.answer.sentence.removeprefix("of") in folded

    def test_key_numbers_with_their_intervals(self, compas: Any) -> None:
        text = " ".join(Page(page(gathered(compas))).text.split())
        assert "Selected selection rate 46.0% 44.8% to 47.1% 3,317 of 7,214 people" in text
        assert "FPR false positive rate 32.3% 30.9% to 33.8% 1,282 of 3,963 people with label_value 0" in text

    def test_a_ratio_with_its_verdict_and_what_it_is_made_of(self, compas: Any) -> None:
        row = Page(page(gathered(compas))).row("African-American", length=7)
        assert row[1] == "3,696"
        assert row[3] == "44.8% 805 of 1,795 1.91 × fails 95%: 1.72 to 2.13"
        reference = Page(page(gathered(compas))).row("Caucasian", length=7)
        assert reference[3] == "23.5% 349 of 1,488 reference"

    def test_every_interval_carries_its_level(self, compas: Any) -> None:
        text = page(gathered(compas))
        intervals = re.findall(r'<span class="ci">([^<]*)</span>', text)
        assert all(re.fullmatch(r"[\d.]+%: [\d.]+ (to [\d.]+|and more)", one) for one in intervals)
        assert {one.partition(": ")[0] for one in intervals} >= {"90%", "95%"}
        assert "90%" in Page(text).row("Female", length=7)[2]

    def test_what_a_comparison_rests_on_is_folded(self, compas: Any) -> None:
        found = Page(page(gathered(compas)))
        (fpr,) = [
            row for row in found.rows if [cell.strip() for cell in row[:2]] == ["African-American", "FPR"]
        ]
        assert fpr[2:4] == ["1.91 ×", "95%: 1.72 to 2.13; 90%: 1.75 to 2.09"]
        assert "(score test); " in fpr[4]
        assert sum(a.get("class") == "evidence audited" for _, a in found.elements) == 3

    def test_aequitas_stands_under_its_own_names_and_folded(self, compas: Any) -> None:
        folded = page(gathered(compas)).partition('<details class="aequitas">')[2].partition("</details>")[0]
        rows = [" ".join(row) for row in Page(folded).rows]
        for kind, part in compas.fairness.overall.items():
            assert f"{kind} all all parities {part.verdict} {aequitas_text(part.aequitas)}" in rows
        assert len(rows) == 1 + len(compas.fairness.overall) + len(compas.fairness.attributes)

    def test_every_disparity_is_in_the_page(self, scored: Reports) -> None:
        found = Page(page(gathered(scored)))
        assert scored.bias is not None
        ratios = found.data["ratios"]
        for part in scored.bias.disparities:
            if part.metric in ratios and not part.is_reference:
                name = read_as(scored, part.attribute, part.group)
                cell = found.row(name, length=2 + len(ratios))[2 + ratios.index(part.metric)]
                assert ("" if part.unknown else str(part.verdict).rstrip("es")) in cell
                assert metric_value(part.metric, part.value) in cell

    def test_distances_of_slices_allow_for_the_choice(self, scored: Reports) -> None:
        found = Page(page(gathered(scored)))
        text = " ".join(found.text.split())
        main = main_metric(scored.slices.overall.metrics)
        assert main == "balanced_accuracy"
        words = words_of(scored.bias.settings)
        head, told = worst_slice_row(slices_of(scored.slices), scored.slices.overall, main, words)
        assert f"{head}: {told}." in text
        assert scored.slices is not None
        away = {
            (s.feature, read_as(scored, s.feature, s.slice)): s.vs_rest[main] for s in scored.slices.slices
        }
        for row in found.data["rows"]:
            part = away[found.data["features"][row["feature"]]["name"], row["name"]]
            assert part.joint_ci is not None
            assert row["distance"] == {
                "difference": pytest.approx(part.difference, abs=1e-4),
                "low": pytest.approx(part.joint_ci[0], abs=1e-4),
                "high": pytest.approx(part.joint_ci[1], abs=1e-4),
                "level": "99.64%",
            }
            assert (part.chosen_from, part.joint_confidence) == (14, pytest.approx(1 - 0.05 / 14))

    def test_names_say_what_they_are(self, scored: Reports) -> None:
        data = Page(page(gathered(scored))).data
        assert data.keys() == {field.name for field in dataclasses.fields(PageData)}
        columns = [name for names in data["columns"].values() for name in names]
        parts = [
            data["least"],
            data["everybody"],
            data["scores"],
            *data["features"],
            *data["metrics"].values(),
        ]
        names = {*data, *columns, *(name for part in parts for name in part)}
        assert {name for name in names if len(name) < 2} == set()
        assert all(len(row) == len(data["columns"]["row"]) for row in data["rows"])

    def test_the_counts_of_every_group_are_in_the_data(self, scored: Reports) -> None:
        data = Page(page(gathered(scored))).data
        rows = {(data["features"][row["feature"]]["name"], row["name"]): row for row in data["rows"]}
        assert len(rows) == len(scored.group.groups)
        for group in scored.group.groups:
            counts = group.counts
            row = rows[group.attribute, read_as(scored, group.attribute, group.group)]
            assert list(row["counts"].values()) == [
                counts.tp,
                counts.fp,
                counts.fn,
                counts.tn,
                counts.selected,
            ]
            assert row["people"] == group.n

    def test_it_speaks_of_itself_as_the_page_that_it_is(self, scored: Reports) -> None:
        text = Page(page(gathered(scored))).text
        assert "alibration (drawn below, not judged)" in text
        assert "the report" not in text
        unscored = dataclasses.replace(gathered(scored), scores=None)
        assert "alibration (not judged)" in Page(page(unscored)).text

    def test_the_counted_scores_and_no_row(self, scored: Reports) -> None:
        data = Page(page(gathered(scored))).data
        assert scored.scores is not None
        assert data["scores"]["thresholds"] == scored.scores.thresholds
        assert data["scores"]["thresholds"][data["scores"]["audited"]] == 0.5
        for row, counted in zip(data["rows"], data["scores"]["rows"], strict=True):
            assert sum(counted[0]) == row["people"]
            assert sum(counted[1]) == row["counts"]["tp"] + row["counts"]["fn"]

    def test_what_people_state(self, compas: Any) -> None:
        stated = Statements(
            name="Risk <b>", summary="One & two", caveats=NotApplicable(not_applicable="not in use")
        )
        text = Page(page(gathered(compas), stated)).text
        assert "Risk <b>" in text
        assert "One & two" in text
        assert "Not applicable: not in use" in text

    def test_a_ratio_just_below_the_limit_is_not_shown_as_the_limit(self) -> None:
        band = tolerance_band(Fraction("0.8"))
        assert times_text(0.79999, band) == "0.79999 ×"
        assert times_text(0.8, band) == "0.80 ×"
        assert times_text(0.004, band) == "<0.01 ×"


def with_effect(audited: Any, effect: Effect) -> Results:
    """Say what decisions do to people; no number changes by that."""
    settings = audited.bias.settings.model_copy(update={"effect": effect})
    return gathered(audited, bias=audited.bias.model_copy(update={"settings": settings}))


class TestLegible:
    @pytest.mark.parametrize("effect", [None, Effect.HURTS])
    def test_compas(self, compas: Any, effect: Effect | None) -> None:
        documents = gathered(compas) if effect is None else with_effect(compas, effect)
        assert faults(html_prose(page(documents))) == []

    def test_the_lender(self, scored: Reports) -> None:
        assert faults(html_prose(page(with_effect(scored, Effect.HELPS)))) == []

    def test_the_group_that_is_worse_off_is_the_subject_of_two_bars(self, compas: Any) -> None:
        text = page(with_effect(compas, Effect.HURTS))
        (first, *_) = re.findall(r'(?s)<dl class="bars harm">(.*?)</dl>', text)
        names = re.findall(r"<dt><bdi>(.*?)</bdi></dt>", first)
        assert names == ["African-American", "Caucasian"]
        assert re.findall(r'class="of-hundred">(.*?)<', first) == ["45 of 100", "23 of 100"]
        assert re.findall(r'class="value" width="(.*?)"', first) == ["44.85", "23.45"]
        assert "Say it by" not in text

    def test_without_effect_nobody_is_worse_off_and_it_is_offered_to_say_it(self, compas: Any) -> None:
        text = page(gathered(compas))
        assert "worse off." in text.partition("no group is called ")[2]
        assert '<dl class="bars harm">' not in text
        assert "Say it by --effect hurts or --effect helps." in text

    def test_old_ways_of_saying_are_gone(self, compas: Any) -> None:
        text = Page(page(gathered(compas))).text
        assert "flagged" not in text
        assert "at tau" not in text


class TestHostile:
    def test_names_are_text_and_never_markup(self, hostile: Any, compas: Any) -> None:
        strange, plain = Page(page(gathered(hostile))), Page(page(gathered(compas)))
        assert {tag for tag, _ in strange.elements} <= {tag for tag, _ in plain.elements}
        assert {name for _, a in strange.elements for name in a} <= {
            name for _, a in plain.elements for name in a
        }
        assert len(strange.blocks["script"]) == 2
        assert strange.blocks["script"][1] == plain.blocks["script"][1]
        for group in hostile.group.groups:
            assert visible(clipped(group.group, most=MOST_SHOWN)) in strange.text
        assert not set(strange.text) & set("\u202e\x1b\x00")

    def test_names_come_back_equal_from_the_data(self, hostile: Any) -> None:
        text = page(gathered(hostile))
        data = Page(text).data
        assert {f["name"] for f in data["features"]} == {g.attribute for g in hostile.group.groups}
        expected = {visible(clipped(group.group, most=MOST_SHOWN)) for group in hostile.group.groups}
        assert {row["name"] for row in data["rows"]} == expected
        block = text[text.index('id="data">') + len('id="data">') :].partition("</script>")[0]
        assert not set(block) & set("<>&\u2028\u2029")

    @given(st.recursive(st.text() | st.sampled_from(["</script>", "<!--", "\u2028", "]]>"]), st.lists))
    def test_any_text_survives_the_block(self, value: Any) -> None:
        block = data_block(value)
        assert json.loads(block) == value
        assert not set(block) & set("<>&\u2028\u2029")

    def test_what_is_no_number_never_gets_into_the_block(self) -> None:
        with pytest.raises(ValueError, match="not JSON compliant"):
            data_block([float("nan")])


class TestLittle:
    """Pages of audits that lack something."""

    def test_decisions_have_no_slider_and_it_says_why(self, compas: Any) -> None:
        found = Page(page(gathered(compas)))
        assert "The scores are 0/1 decisions, so there is no threshold to move." in found.text
        assert "slider" not in {a.get("id") for _, a in found.elements}
        assert found.data["scores"] is None

    def test_scores_that_were_not_counted(self, loans: Any) -> None:
        text = Page(page(gathered(loans))).text
        assert "The scores of this audit have not been counted (scores.json)" in text

    def test_without_labels(self, berkeley: Any) -> None:
        found = Page(page(gathered(berkeley)))
        assert found.data["ratios"] == ["pprev"]
        assert "there are no labels" in found.text

    def test_groups_alone(self, compas: Any) -> None:
        found = Page(page(Results(group=compas.group)))
        assert "groups have not been compared" in found.text
        assert found.data["ratios"] == []
        assert "Attributes" not in found.text.partition("Settings")[0]

    def test_slices_alone(self, compas: Any) -> None:
        found = Page(page(Results(slices=compas.slices)))
        assert "No groups were audited" in found.text
        assert len(found.data["rows"]) == len(compas.slices.slices)

    def test_slices_stand_in_the_order_of_the_card_and_small_ones_last(self, compas: Any) -> None:
        found = Page(page(Results(slices=compas.slices))).data
        ranked = rank_slices(slices_of(compas.slices), "balanced_accuracy")
        assert [(found["rows"][s["row"]]["name"], s["is_small"]) for s in found["slices"]] == [
            (s.name, is_small(s, "balanced_accuracy")) for s in ranked
        ]
        assert {s["is_small"] for s in found["slices"]} == {False, True}
        f1 = found["others"].index("f1")
        marked = {
            row["name"] for row in found["rows"] if row["estimates"][f1] and row["estimates"][f1]["small"]
        }
        assert marked == {s.slice for s in compas.slices.slices if s.metrics["f1"].small} != set()

    def test_a_training_alone(self, trained: TrainDocument) -> None:
        text = Page(page(Results(train=trained))).text
        assert "LogisticRegression" in text
        assert "accuracy 75.0% (training 80.0%)" in text

    def test_bias_of_other_attributes_than_the_groups(self, compas: Any) -> None:
        race = compas.group.model_copy(
            update={"groups": [g for g in compas.group.groups if g.attribute == "race"]}
        )
        data = Page(page(Results(group=race, bias=compas.bias))).data
        rows = {row["name"]: row for row in data["rows"]}
        female = next(g for g in compas.group.groups if g.group == "Female").counts
        assert list(rows["Female"]["counts"].values()) == [
            female.tp,
            female.fp,
            female.fn,
            female.tn,
            female.selected,
        ]

    def test_nothing_at_all(self) -> None:
        with pytest.raises(ValueError, match="needs a document"):
            page(Results())


def many(scored: Reports) -> Results:
    """An audit of 60 attributes with 17 groups each, and of 1,000 slices beyond them."""
    assert scored.scores is not None
    model, counted = scored.group.groups[0], scored.scores.groups[0]
    names = [
        (f"attribute {a:02} & <its> name", f"group {g:02} of the attribute {a:02}")
        for a in range(60)
        for g in range(17)
    ]
    slices = [("feature", f"slice {i:04} of the feature") for i in range(1_000)]
    by_metric = [p for p in scored.bias.disparities if not p.is_reference][:10]
    parts = [
        part.model_copy(
            update={
                "attribute": a,
                "group": g,
                "reference_group": names[at - at % 17][1],
                "is_reference": at % 17 == 0,
                "verdict": None if at % 17 == 0 else part.verdict,
            }
        )
        for at, (a, g) in enumerate(names)
        for part in by_metric
    ]
    verdicts = {a: scored.bias.answer.verdict for a, _ in names}
    return Results(
        group=scored.group.model_copy(
            update={"groups": [model.model_copy(update={"attribute": a, "group": g}) for a, g in names]}
        ),
        bias=scored.bias.model_copy(
            update={
                "disparities": parts,
                "references": {a: names[17 * at][1] for at, a in enumerate(verdicts)},
                "answer": scored.bias.answer.model_copy(update={"attributes": verdicts}),
            }
        ),
        slices=scored.slices.model_copy(
            update={
                "slices": [
                    scored.slices.slices[0].model_copy(update={"feature": f, "slice": s})
                    for f, s in (*names, *slices)
                ]
            }
        ),
        scores=scored.scores.model_copy(
            update={"groups": [counted.model_copy(update={"attribute": a, "group": g}) for a, g in names]}
        ),
    )


class TestLarge:
    def test_a_thousand_slices_and_sixty_attributes_stay_small_and_fast(self, scored: Reports) -> None:
        documents = many(scored)
        begun = time.process_time()
        text = page(documents)
        assert time.process_time() - begun < 3
        assert len(text.encode()) < 3_000_000
        data = Page(text).data
        assert len(data["rows"]) == 60 * 17 + 1_000
        assert "9 more groups are in bias.json." in text

    def test_where_there_is_no_room_nobody_loses_the_reference(
        self, scored: Reports, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("fairaudit.render.report.rows.MOST_ROWS", 200)
        found = Page(page(many(scored)))
        assert len(found.data["rows"]) == 200
        for feature in found.data["features"]:
            if feature["name"].startswith("attribute"):
                assert found.data["rows"][feature["reference"]]["name"].startswith("group 00")
        assert "1,820 more slices are in slices.json" in found.text

    def test_scores_beyond_the_room_are_left_out(
        self, scored: Reports, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("fairaudit.render.report.data.MOST_SCORE_BYTES", 3_000)
        counted = Page(page(gathered(scored))).data["scores"]["rows"]
        assert any(counted)
        assert not all(counted)


class TestTemplates:
    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"page": "{{ unheard }}"}, "report.html.jinja: UndefinedError: 'unheard' is undefined."),
            ({"page": "{% if %}"}, "report.html.jinja: line 1: TemplateSyntaxError: Expected an expression, got 'end of statement block'."),
            ({"style": "a {}\n</style><script>"}, "report.css: line 2: '</style' cannot stand in an element of a page."),
            ({"script": "'<!--'"}, "report.js: line 1: '<!--' cannot stand in an element of a page."),
        ],
    )  # fmt: skip
    def test_a_faulty_one_is_named(self, scored: Reports, changed: dict[str, str], message: str) -> None:
        templates = dataclasses.replace(own_templates(), **changed)
        with pytest.raises(FileError) as caught:
            render_report(gathered(scored), Statements(), templates=templates)
        assert str(caught.value) == message

    def test_what_it_prints_is_escaped(self, hostile: Any) -> None:
        templates = dataclasses.replace(own_templates(), page="{{ attributes[0].name }}")
        written = render_report(gathered(hostile), Statements(), templates=templates)
        assert written == "&lt;b&gt;|attr`"

    def test_line_ends_of_another_system_keep_the_policy_right(self, scored: Reports) -> None:
        own = own_templates()
        templates = dataclasses.replace(own, style=own.style.replace("\n", "\r\n"))
        assert render_report(gathered(scored), Statements(), templates=templates) == page(gathered(scored))
