"""The report in a real browser: no errors, the slider's numbers are the command's, tables sort, keys reach everything, axe finds nothing."""

from __future__ import annotations

import csv
import json
import math
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright
from running import run_main

from fairaudit.cli.app import main
from fairaudit.disparity.rule import VerdictRule
from fairaudit.documents.folder import Results
from fairaudit.documents.impact import ImpactDocument
from fairaudit.documents.parts import Stamp
from fairaudit.documents.statements import Statements
from fairaudit.read.files import open_path
from fairaudit.render.report.page import render_report
from fairaudit.render.words.people import group_name, words_of
from fairaudit.settings.impact import ImpactReading
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.within import Stratifying
from fairaudit.workflow.audit import Reports, report_bias, report_everything, tally
from fairaudit.workflow.discover import discover_slices
from fairaudit.workflow.impact import assess_impact

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-features=PreloadTopChromeWebUI,WebUIOmniboxPopup,WebUIOmniboxAimPopup"
)
"""Without what only people have a use for, such as pages of the browser's own that are made ready beside each window."""
STRANGE = (
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "<svg onload=alert(1)>",
    "\u202eevil",
    "two\nlines",
    "n" * 300,
    "[/i]",
    "😀 emoji",
    "עברית",
    "plain",
)
STRANGE_ATTRIBUTE = "<b onclick=window.hacked=1>|attr`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A page that lies on the disk, and what it was made from."""

    url: str
    audit: Reports
    path: Path
    settings: ReadSettings
    rule: VerdictRule
    words: tuple[str, ...]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: install Debian's package chromium")
    with sync_playwright() as playwright:
        # A page needs fonts, which the tests' pictures are drawn without.
        own = {name: value for name, value in os.environ.items() if name != "FONTCONFIG_FILE"}
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split(), env=own)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core, as a package brings it along."""
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


EACH_COLOUR = """async anew => {
    if (anew) return (await axe.run(document, { resultTypes: ["violations"] })).violations;
    const kinds = new Map();
    const walk = (element, behind) => {
        const { color, fontSize, fontWeight, opacity, filter, position, textShadow, backgroundColor, backgroundImage } = getComputedStyle(element);
        const here = [behind, backgroundColor, backgroundImage, opacity, filter, position].join();
        const written = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
        if ((written || element.matches("input, select, textarea")) && element.getClientRects().length) {
            const kind = [here, color, fontSize, fontWeight, textShadow].join();
            if (!kinds.has(kind)) kinds.set(kind, element);
        }
        for (const child of element.children) walk(child, here);
    };
    walk(document.body, "");
    const found = [
        await axe.run(document, { resultTypes: ["violations"], rules: { "color-contrast": { enabled: false } } }),
        await axe.run({ include: [...kinds.values()] }, { resultTypes: ["violations"], runOnly: ["color-contrast"] }),
    ];
    return found.flatMap(one => one.violations);
}"""
"""All that axe finds; of texts of the same look upon grounds of the same look, whose contrast is the same and long in measuring, one is measured."""


def violations(page: Any) -> list[tuple[str, str, str]]:
    """Ask axe what is wrong with a page."""
    found = page.evaluate(EACH_COLOUR, bool(os.environ.get("FAIRAUDIT_TESTS_ANEW")))
    return [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found]


@dataclass(slots=True, kw_only=True, eq=False)
class Window:
    """A page in which one report is opened after the other, and what the browser complained of the one that is open: Chromium starts a process for each page."""

    page: Any
    url: str = ""
    complaints: list[str] = field(default_factory=list)


Open = Callable[..., Any]
WIDE = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def windows(browser: Any) -> Callable[..., Window]:
    """Give the window in which scripts run, or the one in which they do not; pages keep nothing, so that the next one finds it empty."""
    opened: dict[bool, Window] = {}

    def of(*, scripts: bool) -> Window:
        if scripts not in opened:
            opened[scripts] = heard(
                browser.new_context(viewport=WIDE, java_script_enabled=scripts).new_page()
            )
        return opened[scripts]

    return of


def heard(page: Any) -> Window:
    """Write down what the browser complains of."""
    window = Window(page=page)
    said = window.complaints.append
    page.on("console", lambda line: said(f"{line.type}: {line.text}"))
    page.on("pageerror", lambda error: said(str(error)))
    page.on("requestfailed", lambda request: said(f"failed: {request.url}"))
    page.on("request", lambda request: request.url == window.url or said(f"asked for: {request.url}"))
    return window


@pytest.fixture
def opened(windows: Callable[..., Window]) -> Iterator[Open]:
    """Open a page from the disk; in the end the browser must have had nothing to complain of."""
    used: list[Window] = []

    def act(
        case: Case,
        *,
        viewport: Mapping[str, int] = MappingProxyType(WIDE),
        color_scheme: str = "light",
        java_script_enabled: bool = True,
    ) -> Any:
        window = windows(scripts=java_script_enabled)
        assert window not in used, "it would take the place of the page that is open"
        used.append(window)
        window.url = case.url
        window.complaints.clear()
        window.page.set_viewport_size(dict(viewport))
        window.page.emulate_media(media="null", color_scheme=color_scheme)
        window.page.goto(case.url)
        return window.page

    yield act
    for window in used:
        # What it still has to say, it says before it is left.
        window.page.evaluate("0")
        assert window.complaints == []


def told(path: Path, settings: ReadSettings, stamp: Stamp) -> ImpactDocument:
    """Compare selection rates, within an attribute as well."""
    reading = ImpactReading(**{name: getattr(settings, name) for name in ("attributes", "score", "label")})
    within = Stratifying(within=("region",))
    return assess_impact(open_path(str(path)), reading, stamp, stratifying=within)


def made(
    folder: Path,
    path: Path,
    settings: ReadSettings,
    *words: str,
    reference: tuple[str, ...] = ("majority",),
    discover: bool = False,
    impact: bool = False,
) -> Case:
    rule = VerdictRule(references=reference)
    stamp = Stamp(created=datetime(2026, 1, 1, tzinfo=UTC), command="fairaudit audit")
    found = report_everything(open_path(str(path)), settings, stamp, rule=rule)
    documents = Results(
        group=found.group,
        bias=found.bias,
        fairness=found.fairness,
        slices=found.slices,
        scores=found.scores,
        discover=discover_slices(open_path(str(path)), settings, stamp) if discover else None,
        impact=told(path, settings, stamp) if impact else None,
    )
    page = folder / "report.html"
    page.write_text(render_report(documents, Statements()), encoding="utf-8")
    return Case(
        url=page.as_uri(), audit=found, path=path, settings=settings, rule=rule, words=(str(path), *words)
    )


@pytest.fixture(scope="module")
def loans(browser: Any, examples_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    attributes = ("ethnicity", "region", "sex*age:25,40")
    return made(
        tmp_path_factory.mktemp("loans"),
        examples_dir / "loans.csv",
        ReadSettings(label="repaid", score="score", attributes=attributes),
        "--label", "repaid", "--score", "score", "--attribute", ",".join(attributes[:2]), "--attribute", attributes[2],
        discover=True,
        impact=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def compas(browser: Any, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return made(
        tmp_path_factory.mktemp("compas"),
        data_dir / "compas_two_years.csv",
        ReadSettings(label="two_year_recid", score="decile_score", attributes=("race", "sex"), threshold=5.0),
        "--label", "two_year_recid", "--score", "decile_score", "--attribute", "race,sex",
        reference=("race=Caucasian", "rest"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def lowest(browser: Any, examples_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Groups that are compared with the one that is lowest, which is another at another threshold."""
    settings = ReadSettings(label="repaid", score="score", attributes=("ethnicity", "sex*age:25,40"))
    return made(
        tmp_path_factory.mktemp("lowest"), examples_dir / "loans.csv", settings, reference=("min-metric",)
    )


@pytest.fixture(scope="module")
def decided(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Decisions that stand beside the scores, and do not follow from them."""
    folder = tmp_path_factory.mktemp("decided")
    path = folder / "decided.csv"
    draw = random.Random(3)
    lines = [
        f"{draw.randint(0, 1)},{draw.random():.2f},{draw.randint(0, 1)},{'AB'[i % 2]}" for i in range(300)
    ]
    path.write_text("\n".join(["label,score,decision,group", *lines]) + "\n", encoding="utf-8")
    return made(folder, path, ReadSettings(attributes=("group",)))


@pytest.fixture(scope="module")
def strange(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Names that would run, if they could."""
    folder = tmp_path_factory.mktemp("strange")
    path = folder / "strange.csv"
    draw = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["label", "score", STRANGE_ATTRIBUTE])
        for i, name in enumerate(STRANGE):
            writer.writerows(
                [int(draw.random() < 0.4), round(draw.random(), 3), name] for _ in range(200 // (i + 1) + 12)
            )
    return made(folder, path, ReadSettings(attributes=(STRANGE_ATTRIBUTE,)))


def read_as(case: Case, attribute: str, group: str) -> str:
    """Name a group as the page does."""
    return group_name(attribute, group, words_of(case.audit.bias.settings))


def slide(page: Any, place: int) -> None:
    """Move the slider as a person's drag does."""
    page.evaluate(
        """place => new Promise(done => {
            const slider = document.getElementById("slider");
            slider.value = place;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            requestAnimationFrame(() => requestAnimationFrame(done));
        })""",
        place,
    )


def rates(page: Any) -> dict[tuple[str, str], dict[str, dict[str, str]]]:
    """Read what the table of groups shows, unrounded."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("#groups-table tbody tr")].map(row => [
            row.cells[0].innerText, row.cells[1].innerText,
            Object.fromEntries([...row.querySelectorAll("[data-metric]")].map(cell => [cell.dataset.metric, { ...cell.dataset }])),
        ])"""
    )
    return {(attribute, group): cells for attribute, group, cells in found}


def ratios(page: Any) -> dict[tuple[str, str], dict[str, dict[str, str]]]:
    """Read what the tables of attributes show, unrounded."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("details.attribute")].flatMap(part =>
            [...part.querySelectorAll("table.ratios tbody tr")].map(row => [
                part.querySelector("h3").innerText, row.cells[0].innerText,
                Object.fromEntries([...row.querySelectorAll("[data-metric]")].map(cell => [cell.dataset.metric, { ...cell.dataset }])),
            ]))"""
    )
    return {(attribute, group): cells for attribute, group, cells in found}


@pytest.fixture
def group_command(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Callable[..., Any]:
    """Run ``fairaudit group --json`` and give its document."""

    def act(*words: str) -> Any:
        monkeypatch.setattr(sys, "argv", ["fairaudit", "group", *words, "--json", "--out", str(tmp_path)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
        return json.loads(capsysbinary.readouterr().out)

    return act


def number(text: str) -> float | None:
    return float(text) if text else None


@pytest.mark.parametrize(("name", "thresholds"), [("loans", (0.29, 0.5, 0.83)), ("compas", (2.0, 5.0, 8.0))])
def test_the_slider_gives_the_numbers_of_the_command(
    name: str,
    thresholds: tuple[float, ...],
    opened: Open,
    request: pytest.FixtureRequest,
    group_command: Callable[..., Any],
) -> None:
    case: Case = request.getfixturevalue(name)
    page = opened(case)
    assert case.audit.scores is not None
    for threshold in thresholds:
        slide(page, case.audit.scores.thresholds.index(threshold))
        document = group_command(*case.words, "--threshold", repr(threshold))
        shown = rates(page)
        assert len(shown) == len(document["groups"])
        for group in document["groups"]:
            cells = shown[group["attribute"], read_as(case, group["attribute"], group["group"])]
            assert set(cells) == {"pprev", "fpr", "fnr", "for", "fdr", "accuracy"}
            for metric, cell in cells.items():
                expected = group["metrics"][metric]
                assert number(cell["value"]) == expected["value"], (group["group"], metric)
                assert number(cell["numerator"]) == expected["numerator"]
                assert number(cell["denominator"]) == expected["denominator"]
                limits = expected["ci"] or (math.nan, math.nan)
                assert (number(cell["low"]) or 0.0) == pytest.approx(limits[0], abs=1e-12) or not expected[
                    "ci"
                ]
                assert (number(cell["high"]) or 0.0) == pytest.approx(limits[1], abs=1e-12) or not expected[
                    "ci"
                ]


@pytest.mark.parametrize(
    ("name", "threshold"),
    [("loans", 0.61), ("compas", 7.0), ("compas", 5.0), ("lowest", 0.9)],
    ids=["largest group", "a named group, and everybody else", "as audited", "lowest group"],
)
def test_the_slider_gives_the_ratios_of_the_command(
    name: str, threshold: float, opened: Open, request: pytest.FixtureRequest
) -> None:
    case: Case = request.getfixturevalue(name)
    page = opened(case)
    assert case.audit.scores is not None
    slide(page, case.audit.scores.thresholds.index(threshold))
    settings = ReadSettings(
        label=case.settings.label,
        score=case.settings.score,
        attributes=case.settings.attributes,
        threshold=threshold,
    )
    stamp = Stamp(created=datetime(2026, 1, 1, tzinfo=UTC), command="fairaudit bias")
    document = report_bias(tally(open_path(str(case.path)), settings), stamp, rule=case.rule).document
    shown = ratios(page)
    checked = 0
    for part in document.disparities:
        if part.metric in ("pprev", "fpr", "fnr", "for", "fdr"):
            cell = shown[part.attribute, read_as(case, part.attribute, part.group)][part.metric]
            assert number(cell["value"]) == part.value
            if not part.is_reference:
                assert number(cell["ratio"]) == part.ratio
                assert number(cell["difference"]) == part.difference
                checked += part.ratio is not None
    assert checked > 20


def test_verdicts_belong_to_the_audited_threshold(loans: Case, opened: Open) -> None:
    page = opened(loans)
    before = page.inner_text("main")
    assert "not the audited threshold" not in before
    marks = page.locator("table.ratios .mark").count()
    assert marks > 0
    slide(page, 30)
    assert page.locator("table.ratios .mark").count() == 0
    assert page.locator("#groups-table .mark").count() == 0
    assert "Verdicts, and intervals of ratios, belong to the audited 0.5" in page.inner_text("#moved-note")
    assert "This is the answer at the audited 0.5" in page.inner_text("#answer-moved")
    assert not page.locator("#overview .mark").first.is_visible()
    assert page.is_disabled("#groups-verdict")
    assert "At 0.3, not the audited threshold: " in page.inner_text("#threshold-said")
    expect(page.locator("#threshold-live")).to_contain_text("At 0.3, not the audited threshold: ")
    page.click("text=Back to the audited 0.5")
    expect(page.locator("#threshold-live")).to_contain_text("The audited threshold: ")
    page.evaluate("document.getElementById('threshold-live').textContent = ''")
    assert page.inner_text("main") == before
    assert page.locator("table.ratios .mark").count() == marks
    assert page.evaluate("document.activeElement.id") == "slider"


def test_decisions_beside_scores_are_where_the_slider_returns_to(decided: Case, opened: Open) -> None:
    page = opened(decided)
    before = rates(page)
    assert page.inner_text("#threshold-value") == "–"
    assert page.inner_text("#threshold-said").startswith("The audited decisions (column decision): ")
    slide(page, 70)
    assert page.inner_text("#threshold-value") == "0.7"
    assert rates(page) != before
    page.click("text=Back to the audited decisions")
    assert rates(page) == before


def test_the_page_says_the_same_without_its_script(loans: Case, opened: Open) -> None:
    drawn, written = opened(loans), opened(loans, java_script_enabled=False)
    rows = "() => [...document.querySelectorAll('table.ratios tbody tr')].map(row => [...row.cells].map(cell => cell.textContent.replace(/\\s+/g, ' ').trim()))"
    # A page without scripts still answers the debugger.
    assert drawn.evaluate(rows) == written.evaluate(rows)
    assert "see group.json" in written.inner_text("#groups")
    assert not written.is_visible("#threshold")
    assert not written.is_visible("#slices-text")


def test_tables_sort_by_number_and_by_name_both_ways(loans: Case, opened: Open) -> None:
    page = opened(loans)
    columns = "at => [...document.querySelectorAll('#groups-table tbody tr')].map(row => row.cells[at].dataset.value ?? row.cells[at].innerText)"

    def header(text: str) -> Any:
        return page.locator("#groups-table thead th", has_text=text)

    for text, at, read in (("FPR", 5, float), ("People", 3, float), ("Group", 1, str)):
        ways = ("descending", "ascending") if read is float else ("ascending", "descending")
        for way in ways:
            header(text).locator("button").click()
            assert header(text).get_attribute("aria-sort") == way
            found = [read(value) for value in page.evaluate(columns, at)]
            ordered = page.evaluate(
                "names => names.sort((a, b) => typeof a === 'string' ? a.localeCompare(b, 'en', { numeric: true }) : a - b)",
                found,
            )
            assert found == (ordered if way == "ascending" else ordered[::-1]), (text, way)
        others = [th.get_attribute("aria-sort") for th in page.locator("#groups-table thead th").all()]
        assert others.count("none") == len(others) - 1
    overview = page.locator("#overview thead th", has_text="Attribute")
    overview.locator("button").click()
    assert overview.get_attribute("aria-sort") == "ascending"
    names = page.locator("#overview tbody th").all_inner_texts()
    assert names == sorted(names)


def test_search_and_filters(loans: Case, opened: Open) -> None:
    page = opened(loans)
    slices = page.locator("#slices-table tbody tr")
    assert slices.count() == 15
    page.fill("#slices-text", "EAST region")
    assert slices.count() == 1
    assert slices.first.locator("th").inner_text() == "East"
    assert page.inner_text("#slices-said") == "1 of 15 slices"
    page.fill("#slices-text", "nobody is called so")
    assert slices.first.inner_text() == "No slice matches."
    page.fill("#slices-text", "")
    page.select_option("#slices-feature", label="region")
    assert slices.count() == 4
    page.select_option("#groups-verdict", label="fails")
    failing = {(p.attribute, p.group) for p in loans.audit.bias.disparities if p.verdict == "fail" and p.metric in loans.audit.bias.family.metrics}  # fmt: skip
    assert page.locator("#groups-table tbody tr").count() == len(failing)
    page.press("#groups-text", "Enter")


def test_keys_reach_everything(loans: Case, opened: Open) -> None:
    page = opened(loans)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "slider":
            break
    assert page.evaluate("document.activeElement.id") == "slider"
    page.keyboard.press("ArrowRight")
    expect(page.locator("#threshold-value")).to_have_text("0.51")
    assert page.get_attribute("#slider", "aria-valuetext") == "0.51"
    page.keyboard.press("Home")
    expect(page.locator("#threshold-value")).to_have_text("0")
    assert "8,000 of 8,000 selected (100.0%)" in page.inner_text("#threshold-said")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#threshold-value")).to_have_text("0.5")
    page.locator("#ratios-0 thead button").last.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "TD"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    place = page.locator("#ratios-0 tbody th").all_inner_texts().index("Belmar")
    for _ in range(place):
        page.keyboard.press("ArrowDown")
    tip = page.inner_text("#tip")
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == "tip"
    part = next(p for p in loans.audit.bias.disparities if (p.group, p.metric) == ("Belmar", "fpr"))
    assert f"{part.numerator:,} of {part.denominator:,} people with repaid 0; 95% interval " in tip
    assert f"Compared with Arden: {part.reference_value:.1%}" in tip
    assert part.ratio_ci is not None
    assert f"Ratio {part.ratio:.2f}, 95% interval {part.ratio_ci[0]:.2f} to {part.ratio_ci[1]:.2f}" in tip
    page.keyboard.press("Escape")
    assert not page.is_visible("#tip")
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(
        "[document.activeElement.cellIndex, document.activeElement.parentElement.rowIndex]"
    ) == [6, 2 + place]


def test_the_first_screen_says_how_sure_and_what_is_next(loans: Case, opened: Open) -> None:
    page = opened(loans, viewport={"width": 1200, "height": 900})
    lines = page.locator(".short p")
    assert [text.split(". ")[0] for text in lines.all_inner_texts()] == [
        "How sure",
        "Cannot tell",
        "Not measured",
        "Next",
    ]
    box = lines.last.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 900


def test_it_is_the_ratio_that_fails_and_the_reference_has_its_name(compas: Case, opened: Open) -> None:
    page = opened(compas)
    cells = set(page.locator("#groups-table td[data-label=Verdict]").all_inner_texts())
    assert "reference" in cells
    assert cells <= {"reference", "ratio fails", "ratio undecided", "ratio passes"}


def test_pointing_at_a_number_explains_it(compas: Case, opened: Open) -> None:
    page = opened(compas)
    page.locator("#groups-table td[data-metric=fpr]").first.hover()
    assert "805 of 1,795 people with two_year_recid 0; 95% interval 42.6% to 47.2%" in page.inner_text("#tip")


@pytest.mark.parametrize(
    ("name", "width", "scheme", "places"),
    [
        ("compas", 1280, "light", (None, 2)),
        ("strange", 360, "dark", (None, 20)),
        ("loans", 360, "light", (None,)),
    ],
)
def test_axe_finds_nothing(
    name: str,
    width: int,
    scheme: str,
    places: tuple[int | None, ...],
    opened: Open,
    axe: str,
    request: pytest.FixtureRequest,
) -> None:
    page = opened(
        request.getfixturevalue(name), color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    # The debugger may run what the page's own policy forbids.
    page.evaluate(axe)
    for place in places:
        if place is not None:
            slide(page, place)
        assert violations(page) == []
        # On a narrow screen tables scroll in their frames, and nothing else sticks out.
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_names_run_nothing(strange: Case, opened: Open) -> None:
    page = opened(strange)
    slide(page, 20)
    page.locator("#groups-table tbody tr").nth(1).locator("td").last.hover()
    page.fill("#groups-text", "script")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert page.locator("#groups-table tbody th").all_inner_texts() == [STRANGE[0]]
    text = page.inner_text("main")
    for name in (*STRANGE[:3], "\\u202eevil", "two\\nlines", "n" * 79 + "…", "עברית", STRANGE_ATTRIBUTE):
        assert name in text


def test_print(loans: Case, opened: Open) -> None:
    page = opened(loans)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = false)")
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in ("nav", "#threshold", ".filters", ".skip"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#ratios-0 td .ci").first.is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    assert len(page.pdf(format="A4")) > 20_000


@pytest.mark.parametrize("width", [700, 360], ids=["a sheet", "as narrow as a telephone"])
def test_tables_have_their_headers_in_print_and_nothing_sticks(loans: Case, opened: Open, width: int) -> None:
    page = opened(loans, viewport={"width": width, "height": 900})
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    heads = page.evaluate(
        "[...document.querySelectorAll('table')].filter(one => one.rows.length > 1).map(one => one.tHead)"
        ".map(head => [getComputedStyle(head).display, head.getBoundingClientRect().height])"
    )
    assert len(heads) > 3
    for display, height in heads:
        # A group of header rows is what browsers repeat on each sheet.
        assert display == "table-header-group"
        assert height > 8
    stuck = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(one => ['sticky', 'fixed'].includes(getComputedStyle(one).position)"
        " && one.getClientRects().length).map(one => one.outerHTML.slice(0, 80))"
    )
    assert stuck == []


def test_thirty_groups_fit_a_telephone(opened: Open, tmp_path: Path) -> None:
    chance = random.Random(0)
    path = tmp_path / "many.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        written = csv.writer(file)
        written.writerow(["score", "label", "area"])
        for area in range(30):
            for _ in range(60):
                selected = int(chance.random() < 0.2 + area / 60)
                written.writerow([selected, int(chance.random() < 0.5), f"Area of a rather long name {area}"])
    reports = report_everything(
        open_path(str(path)),
        ReadSettings(attributes=("area",)),
        Stamp(created=datetime(2026, 1, 1, tzinfo=UTC), command="fairaudit audit"),
    )
    results = Results(
        slices=reports.slices, group=reports.group, bias=reports.bias, fairness=reports.fairness
    )
    place = tmp_path / "report.html"
    place.write_text(render_report(results, Statements()), encoding="utf-8")
    page = opened(SimpleNamespace(url=place.as_uri()), viewport={"width": 360, "height": 800})
    page.locator("#attribute-0 button", has_text="Show 15 more").first.click()
    assert page.locator("#ratios-0 tbody tr").count() == 30
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sizes = page.evaluate(
        "[...document.querySelectorAll('svg text')].filter(one => one.getClientRects().length)"
        ".map(one => one.getBoundingClientRect().height)"
    )
    assert all(size >= 10 for size in sizes)


@pytest.mark.parametrize("width", [900, 360])
def test_the_page_that_is_posted(tmp_path: Path, opened: Open, axe: str, width: int) -> None:
    """What Local Law 144 wants to be posted: nothing in it can run, everybody can read it, and it is one sheet of paper."""
    rows = "".join(
        f"{sex},{race},{i % 3 % 2}\n" for i in range(90) for sex in "FM" for race in (*"ABCDEF", STRANGE[0])
    )
    (tmp_path / "p.csv").write_text(f"sex,race,hired\n{rows}", encoding="utf-8")
    (tmp_path / "card.toml").write_text(
        '[impact]\nauditor = "Ada <script>alert(1)</script>"\naudited = 2020-01-31\n', encoding="utf-8"
    )
    words = ("impact", "p.csv", "--profile", "ll144", "--decision", "hired", "-a", "sex,race", "-q")
    assert run_main(*words, cwd=tmp_path).code == 0
    case = SimpleNamespace(url=(tmp_path / "fairaudit-out" / "ll144.html").as_uri())
    page = opened(case, viewport={"width": width, "height": 900})
    page.evaluate(axe)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("script").count() == 0
    assert page.locator("table").count() == 3
    text = page.inner_text("main")
    assert "Ada <script>alert(1)</script>" in text
    assert "more than a year ago" in text
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 1
