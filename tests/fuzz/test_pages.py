"""Names that are markup, wherever people read them: a card, a page or a list of test results is built as with harmless names."""

from __future__ import annotations

import csv
import io
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import yaml
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from running import Ran, run_main

from fairaudit.errors import printable
from fuzz import searching, trial
from fuzz.strategies import AWKWARD, words
from fuzz.trial import OUT, Tally

POLICY = """
[[gate]]
name = "errors"
metric = "fpr"
attribute = [{attribute}]
ratio-within = 0.8

[[gate]]
name = "right"
metric = "accuracy"
attribute = [{attribute}]
min = 0.5
"""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What strangers call things: a column, its groups, and the file."""

    column: str
    groups: tuple[str, ...]
    extra: str


# What is missing has a sentence of its own in a card.
longer = st.one_of(words, st.sampled_from(AWKWARD), st.sampled_from(AWKWARD)).filter(
    lambda name: name != "(missing)"
)
drawn = st.builds(
    Names,
    column=longer.filter(lambda name: name.casefold() not in ("label", "score", "sex")),
    groups=st.lists(longer, min_size=2, max_size=4, unique=True).map(tuple),
    extra=longer,
)


def harmless(names: Names) -> Names:
    """Give names of letters, in the same order as the strange ones."""
    return Names(
        column="race",
        groups=tuple(f"group {'abcd'[sorted(names.groups).index(g)]}" for g in names.groups),
        extra="region",
    )


def table(names: Names) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["label", "score", names.column, "sex"])
    for i in range(120):
        writer.writerow(
            [i % 3 % 2, f"0.{i * 7 % 100:02}", names.groups[i % 7 % len(names.groups)], "fm"[i % 5 % 2]]
        )
    return text.getvalue()


def put(names: Names, tally: Tally) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        strange, plain = pages(names, Path(one)), pages(harmless(names), Path(other))
    assert set(strange) == set(plain)
    for name, content in strange.items():
        built = SHAPES[Path(name).suffix]
        assert built(content) == built(plain[name]), name
    assert_named(ET.fromstring(strange["results.xml"]), names)
    tally.completed += 1


def pages(names: Names, folder: Path) -> dict[str, str]:
    """Audit a table and hold it to gates, and give what people read."""
    (folder / "people.csv").write_text(table(names), encoding="utf-8")
    (folder / "policy.toml").write_text(POLICY.format(attribute=toml_text(names.column)), encoding="utf-8")
    ok(run_main("audit", "people.csv", f"--attribute={names.column}", "-o", OUT, cwd=folder), 0)
    files = ("--junit=results.xml", "--markdown=results.md", "--sarif=results.sarif")
    ok(run_main("check", "people.csv", "--policy=policy.toml", *files, "-o", OUT, cwd=folder), 0, 1, 3)
    found = {name: folder / name for name in ("results.xml", "results.md")}
    found |= {path.name: path for path in (folder / OUT).iterdir() if path.suffix in SHAPES}
    return {name: path.read_text("utf-8") for name, path in found.items()}


def toml_text(name: str) -> str:
    """Write a text for TOML."""
    return '"' + "".join(f"\\U{ord(sign):08X}" for sign in name) + '"'


def ok(ran: Ran, *codes: int) -> None:
    assert ran.code in codes, ran.err
    trial.printed_safely(ran.out)
    trial.said(ran.err)


class _Elements(HTMLParser):
    """Count elements with the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[tuple[str, ...]] = Counter()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found[tag, *(name for name, _ in attributes)] += 1


def elements(content: str) -> Counter[tuple[str, ...]]:
    """Give the elements of an HTML page or an SVG figure."""
    parser = _Elements()
    parser.feed(content)
    parser.close()
    return parser.found


def marks(content: str) -> Counter[str]:
    """Give the marks of a Markdown text; how a text is broken by escapes is no mark."""
    if content.startswith("---\n"):
        front, content = content[4:].split("\n---\n", 1)
        assert isinstance(yaml.safe_load(front), dict)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(content)
    every = [*tokens, *(child for token in tokens for child in token.children or ())]
    return Counter(token.type for token in every if token.type not in ("text", "text_special"))


def nodes(content: str) -> Counter[tuple[str, ...]]:
    """Give the elements of an XML text."""
    return Counter((node.tag, *node.attrib) for node in ET.fromstring(content).iter())


SHAPES = {".html": elements, ".md": marks, ".xml": nodes}


def assert_named(results: ET.Element, names: Names) -> None:
    """See that a viewer of test results shows each group by its name."""
    shown = " ".join(node.attrib.get("name", "") for node in results.iter("testcase"))
    for group in names.groups:
        assert printable(group)[:50] in shown, (group, shown)


def test_pages_are_built_as_with_harmless_names(tally: Tally) -> None:
    searching.search(lambda names: put(names, tally), drawn, examples=1)


@searching.long
def test_many_pages(tally: Tally) -> None:
    searching.search_long(
        lambda names: put(names, tally), drawn, enough=lambda: tally.completed >= searching.WANTED // 50
    )
