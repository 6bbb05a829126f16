"""The answers to a policy as JUnit XML, for viewers of test results."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from fairaudit.documents.gates import CheckDocument, FindingPart, GatePart, OnUndecided
from fairaudit.documents.parts import Verdict
from fairaudit.render.words.gates import (
    family_sentence,
    finding_text,
    gate_texts,
    place_text,
    plain,
    test_name,
    too_few_sentence,
)
from fairaudit.render.words.people import words_of
from fairaudit.render.words.waivers import waiver_texts


def junit(document: CheckDocument, *, seconds: float) -> str:
    """Write the answer as JUnit XML: one suite, and a test for each group of each gate, which viewers list under the gate.

    Where slices were kept, the tests are those of the groups that were, whatever the data hold, and one for all groups that are new.

    A fail is a ``failure``. What could not be decided is a ``failure`` if the policy says fail, ``skipped`` if it says warn, nothing if
    it says pass, and otherwise an ``error``, so that it is red and still told apart. A group that is waived is ``skipped``.

    Parameters
    ----------
    seconds
        How long the check took, all gates together; the tests share it equally.

    References
    ----------
    The schema ``junit-10.xsd`` of Jenkins's xUnit plugin, and that of Ant's JUnit task by Windy Road, both of which it fits.
    """
    cases = [case for gate in document.gates for case in _cases(gate, document)]
    kinds = [kind for _, _, kind, _ in cases]
    places = {gate.name: f"At {place_text(gate)}." if gate.place else "" for gate in document.gates}
    each = f"{seconds / max(len(cases), 1):.3f}"
    totals = f'tests="{len(cases)}" failures="{kinds.count("failure")}" errors="{kinds.count("error")}"'
    skipped, created = kinds.count("skipped"), f"{document.created:%Y-%m-%dT%H:%M:%S}"
    more = f'skipped="{skipped}" time="{seconds:.3f}" timestamp="{created}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="fairaudit check" {totals} time="{seconds:.3f}">',
        f'  <testsuite name="fairaudit check" package="fairaudit" id="0" hostname="localhost" {totals} {more}>',
        "    <properties>",
        *(
            f"      <property name={_quoted(name)} value={_quoted(value)}/>"
            for name, value in (
                ("input", document.input.name),
                ("answer", document.sentence),
                ("family", family_sentence(document)),
                ("fairaudit", document.fairaudit),
                *(("gate", f"{place_text(gate)} {gate.name}") for gate in document.gates if gate.place),
                *(("waiver", text) for gate in document.gates for text in waiver_texts(gate, document)),
            )
        ),
        "    </properties>",
    ]
    for gate, name, kind, (message, whole) in cases:
        opened = f"    <testcase classname={_quoted(gate)} name={_quoted(name)} time={_quoted(each)}"
        if kind is None:
            lines.append(f"{opened}/>")
            continue
        typed = "" if kind == "skipped" else f' type="{"undecided" if kind == "error" else "gate"}"'
        text = escape(plain(f"{whole} {places[gate]}".strip()))
        lines += [
            f"{opened}>",
            f"      <{kind}{typed} message={_quoted(message)}>{text}</{kind}>",
            "    </testcase>",
        ]
    lines += [
        "    <system-out></system-out>",
        "    <system-err></system-err>",
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


# One test for each group of each gate.


_Why = tuple[str, str]
"""Why a test did not pass, in short and as a whole."""
_NEW, _ALL_NEW = "(new)", "(all new groups)"
"""The test of all groups that are not among those that were kept; what it is called where one of these is called as it usually is."""
_NOT_ASKED = (
    "nothing is asked about this group: the others are compared with it, or it is not known who is in it."
)
_GRAVITY = ("failure", "error", "skipped", None)


def _cases(gate: GatePart, document: CheckDocument) -> list[tuple[str, str, str | None, _Why]]:
    """Return the gate's name, the test's, what became of it, and why in short and as a whole."""
    texts = gate_texts(gate, document)
    nothing = (_undecided_kind(gate), (f"{texts.head}.", texts.text))
    lock = document.settings.lock
    if lock is None:
        named = [
            (test_name(one.attribute, one.group), *_result(gate, one, document)) for one in gate.findings
        ]
        every = [*named, *([] if named else [("any group", *nothing)]), *_too_few(gate, document)]
        return [(gate.name, *case) for case in every]
    of_others = gate.columns or not gate.attributes
    asked = gate.findings if of_others else []
    tests = [(test_name(one.attribute, one.group), *_result(gate, one, document)) for one in asked]
    few = {name: (kind, why) for name, kind, why in _too_few(gate, document)}
    for attribute in [] if of_others else gate.attributes:
        findings = [one for one in gate.findings if one.attribute == attribute]
        results = {one.group: _result(gate, one, document) for one in findings}
        without = nothing if not gate.findings else ("skipped", (_NOT_ASKED, _NOT_ASKED))
        kept = lock.groups.get(attribute, [])
        new = [result for group, result in results.items() if group not in kept]
        worst = min(new, key=lambda result: _GRAVITY.index(result[0]), default=(None, ("", "")))
        every_group = {
            group: results.get(group) or few.get(test_name(attribute, group), without) for group in kept
        }
        every_group[_ALL_NEW if _NEW in kept else _NEW] = worst
        tests += [(test_name(attribute, group), *result) for group, result in every_group.items()]
    return [(gate.name, *test) for test in tests]


def _too_few(gate: GatePart, document: CheckDocument) -> list[tuple[str, str | None, _Why]]:
    """Return a skipped test for each group that is not judged."""
    words = words_of(document.settings)
    sentences = [(one, too_few_sentence(gate, one, words)) for one in gate.too_few]
    return [(test_name(one.attribute, one.group), "skipped", (text, text)) for one, text in sentences]


def _result(gate: GatePart, finding: FindingPart, document: CheckDocument) -> tuple[str | None, _Why]:
    """Say what became of the test of a group, and why."""
    kind = (
        "skipped"
        if finding.waived and finding.verdict is not Verdict.PASS
        else "failure"
        if finding.verdict is Verdict.FAIL
        else _undecided_kind(gate)
        if finding.verdict is Verdict.UNDECIDED
        else None
    )
    return kind, finding_text(gate, finding, document)


def _undecided_kind(gate: GatePart) -> str | None:
    return {None: "error", OnUndecided.FAIL: "failure", OnUndecided.WARN: "skipped", OnUndecided.PASS: None}[
        gate.on_undecided
    ]


def _quoted(text: str) -> str:
    return quoteattr(plain(text))
