"""The answers to a policy as what a terminal, a pull request, a viewer of test results and GitHub Actions show.

All formats are made from the same document. Names of gates and groups are a stranger's text: in each format they are text and nothing else.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fairaudit.config import FamilyOf
from fairaudit.errors import clipped, join_sentences, printable
from fairaudit.gates import Limit, Outcome
from fairaudit.measure import BY_NAME
from fairaudit.policy import OnUndecided
from fairaudit.render.documents import CheckDocument, FindingPart, GatePart
from fairaudit.render.escape import cell, without_commands
from fairaudit.render.sentences import needed_text, worth_text
from fairaudit.verdicts import Verdict

MOST_LINES = 5
"""Lines of the answer, before the table."""
MOST_ROWS = 30
MOST_MARKDOWN_ROWS = 200
"""A job summary holds a megabyte; the document holds all."""
NARROW = 76
_STYLES = {
    Outcome.FAILED: "bold red",
    Outcome.UNDECIDED: "yellow",
    Outcome.WARNED: "yellow",
    Outcome.PASSED: "green",
}
_VERDICT_STYLES = {Verdict.FAIL: "bold red", Verdict.UNDECIDED: "yellow", Verdict.PASS: "green"}
_ORDER = (Outcome.FAILED, Outcome.UNDECIDED, Outcome.WARNED, Outcome.PASSED)
_VERDICTS = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS)
_WORDS = {
    Verdict.FAIL: ("fails", "fail"),
    Verdict.UNDECIDED: ("undecided", "undecided"),
    Verdict.PASS: ("passes", "pass"),
}
"""What one group does, and what several do."""
_MARKS = {Outcome.FAILED: "❌", Outcome.UNDECIDED: "❔", Outcome.WARNED: "⚠️", Outcome.PASSED: "✅"}


def worst_first(document: CheckDocument) -> tuple[GatePart, ...]:
    """Sort the gates: failed, undecided, warned, passed; as they were declared within each."""
    return tuple(sorted(document.gates, key=lambda gate: _ORDER.index(gate.outcome)))


def headline(document: CheckDocument) -> str:
    """Say the answer in one sentence, without a full stop; it names the gate if one alone did not pass.

    For example "1 of 6 gates failed: fpr ratio within 0.8 on race".
    """
    lacking = [gate for gate in worst_first(document) if gate.outcome is not Outcome.PASSED]
    sentence = document.sentence[:1].upper() + document.sentence[1:]
    return f"{sentence}: {_name(lacking[0].name)}" if len(lacking) == 1 else sentence


def explained(gate: GatePart) -> str:
    """Say in one sentence what decided a gate, without a full stop: its worst finding, and how many others are like it."""
    if not gate.findings:
        return gate.note or "there is nothing to compare"
    worst = gate.findings[0]
    like = sum(finding.verdict is worst.verdict for finding in gate.findings) - 1
    others = f" ({like:,} more {_groups(like)} {_WORDS[worst.verdict][like > 1]})" if like else ""
    return finding_sentence(gate, worst) + others + (f"; {gate.note}" if gate.note else "")


def brief(document: CheckDocument) -> tuple[str, ...]:
    """Say in one line each which gates end a build, the failed ones first."""
    return tuple(
        f"{gate.outcome}: {_name(gate.name)}: {join_sentences(printable(explained(gate)))}"
        for gate in worst_first(document)
        if gate.outcome in (Outcome.FAILED, Outcome.UNDECIDED)
    )


def waived(gate: GatePart) -> str:
    """Say what the policy made of a gate that the data left open; empty where it did nothing."""
    if gate.verdict is not Verdict.UNDECIDED or gate.on_undecided is None:
        return ""
    return f" It is undecided, and the policy says on_undecided = {gate.on_undecided.value}."


def finding_sentence(gate: GatePart, finding: FindingPart) -> str:
    """Say what a gate found in one group, without a full stop."""
    who = f"{_name(finding.attribute)} = {_name(finding.group)}"
    what = BY_NAME[gate.metric].long_name
    worth, their_worth = worth_text(finding.effective), worth_text(finding.reference_effective)
    mine = _estimate(
        finding.estimate, gate.metric, finding.numerator, finding.denominator, of=" people", worth=worth
    )
    theirs = _estimate(
        finding.reference_estimate,
        gate.metric,
        finding.reference_numerator,
        finding.reference_denominator,
        worth=their_worth,
    )
    reference = _name(finding.reference_group or "nobody")
    match gate.limit:
        case _ if finding.value is None:
            said = (
                f"{who}: {what} {mine}" if gate.limit is Limit.LEVEL else f"{who}: {what} against {reference}"
            )
        case Limit.RATIO:
            said = f"{who}: {what} {finding.value:,.2f} times that of {reference} ({mine} against {theirs})"
        case Limit.DIFFERENCE:
            side = "above" if finding.value > 0 else "below"
            said = (
                f"{who}: {what} {abs(finding.value):.3f} {side} that of {reference} ({mine} against {theirs})"
            )
        case Limit.LEVEL:
            said = f"{who}: {what} {mine}"
    planned = ""
    if finding.needed_in_all is not None and finding.needed_to is not None:
        assumed = (
            "if the rates are equal"
            if gate.limit is not Limit.LEVEL and finding.needed_to is Verdict.PASS
            else "if it stays so"
        )
        planned = f"; {needed_text(finding.needed_in_all, gate.people)} to {finding.needed_to} {assumed}"
    few = ", few people" if finding.small else ""
    return f"{said}{few}; {finding.reason}{planned}"


def terminal(document: CheckDocument, *, width: int) -> RenderableType:
    """Show the answer in words, the worst first, then a table."""
    failed = document.verdict is Verdict.FAIL
    style = "bold red" if failed else "bold yellow" if document.verdict is Verdict.UNDECIDED else "bold green"
    parts: list[RenderableType] = [Text(f"{headline(document)}.", style)]
    lacking = [gate for gate in worst_first(document) if gate.outcome is not Outcome.PASSED]
    shown = lacking if len(lacking) < MOST_LINES else lacking[: MOST_LINES - 2]
    for gate in shown:
        line = Text(f"{gate.outcome}: ", _STYLES[gate.outcome])
        why = f" Why this gate: {_name(gate.reason, most=200)}." if gate.reason else ""
        parts.append(
            line.append(f"{_name(gate.name)}: {explained(gate)}.{waived(gate)}{why}", "default not bold")
        )
    if len(shown) < len(lacking):
        parts.append(
            Text(f"… and {len(lacking) - len(shown):,} more gates did not pass; all are in check.json.")
        )
    parts += [
        Text(f"passed: {_name(gate.name)}:{waived(gate)}", "yellow")
        for gate in document.gates
        if gate.outcome is Outcome.PASSED and waived(gate)
    ]
    parts += [Text(""), *_tables(document, width), *_legend(document)]
    return Group(*parts)


def markdown(document: CheckDocument) -> str:
    """Write the answer for a pull request or a job summary."""
    lines = [f"## Fairness gates: {_escaped(headline(document))}", ""]
    told = [gate for gate in worst_first(document) if gate.outcome is not Outcome.PASSED]
    for gate in told[:MOST_MARKDOWN_ROWS]:
        why = f" *{_escaped(clipped(gate.reason, most=500))}*" if gate.reason else ""
        lines.append(
            f"- {_MARKS[gate.outcome]} **{gate.outcome}**: {_escaped(gate.name)}: {_escaped(explained(gate))}.{why}"
        )
    if lines[-1]:
        lines.append("")
    lines += ["| gate | result | groups | worst | allowed |", "|---|---|---|---|---|"]
    for gate in worst_first(document)[:MOST_MARKDOWN_ROWS]:
        worst = gate.findings[0] if gate.findings else None
        cells = (
            gate.name,
            f"{_MARKS[gate.outcome]} {gate.outcome}",
            _tally(gate),
            f"{_who(gate, worst)} {_value(gate, worst)}" if worst else "–",
            _allowed(gate),
        )
        lines.append(f"| {' | '.join(_escaped(text) for text in cells)} |")
    if len(document.gates) > MOST_MARKDOWN_ROWS:
        lines += ["", f"{len(document.gates) - MOST_MARKDOWN_ROWS:,} more gates are in check.json."]
    undecided = _undecided_sentence(document)
    said = [_family_sentence(document), *([undecided] if undecided else [])]
    source = document.input
    lines += ["", _escaped(join_sentences(*said)), ""]
    lines.append(
        _escaped(
            f"{clipped(source.name, most=80)}: {source.rows:,} rows read, {source.used:,} used. {document.command}."
        )
    )
    return "\n".join(lines) + "\n"


def junit(document: CheckDocument, *, seconds: float) -> str:
    """Write the answer as JUnit XML: one suite, and a test for each group of each gate, which viewers list under the gate.

    A fail is a ``failure``. What could not be decided is a ``failure`` if the policy says fail, ``skipped`` if it says warn, nothing if
    it says pass, and otherwise an ``error``, so that it is red and still told apart.

    Parameters
    ----------
    seconds
        How long the check took, all gates together; the tests share it equally.

    References
    ----------
    The schema ``junit-10.xsd`` of Jenkins's xUnit plugin, and that of Ant's JUnit task by Windy Road, both of which it fits.
    """
    cases = [case for gate in document.gates for case in _cases(gate)]
    kinds = [kind for _, _, kind, _ in cases]
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
                ("family", _family_sentence(document)),
                ("fairaudit", document.fairaudit),
            )
        ),
        "    </properties>",
    ]
    for gate, name, kind, message in cases:
        opened = f"    <testcase classname={_quoted(gate)} name={_quoted(name)} time={_quoted(each)}"
        if kind is None:
            lines.append(f"{opened}/>")
            continue
        typed = "" if kind == "skipped" else f' type="{"undecided" if kind == "error" else "gate"}"'
        text = escape(_plain(message))
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


def github_commands(document: CheckDocument) -> tuple[str, ...]:
    """Write GitHub's workflow commands: one for each gate that did not pass, since a step shows ten only.

    References
    ----------
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands, "Setting an error message"; what is escaped,
    and how, as in ``@actions/core``'s ``command.ts``.
    """
    commands = []
    for gate in worst_first(document):
        if gate.outcome is Outcome.PASSED:
            continue
        level = "warning" if gate.outcome is Outcome.WARNED else "error"
        title = _github(f"{gate.outcome}: {_name(gate.name)}", within_property=True)
        message = join_sentences(explained(gate), gate.reason or "")
        commands.append(f"::{level} title={title}::{_github(_plain(message))}")
    return tuple(commands)


# One test for each group of each gate.


def _cases(gate: GatePart) -> list[tuple[str, str, str | None, str]]:
    """Give the gate's name, the test's, what became of it, and why."""
    if not gate.findings:
        return [(gate.name, "any group", _undecided_kind(gate), gate.note or "")]
    found = []
    for finding in gate.findings:
        kind = (
            "failure"
            if finding.verdict is Verdict.FAIL
            else _undecided_kind(gate)
            if finding.verdict is Verdict.UNDECIDED
            else None
        )
        message = join_sentences(finding_sentence(gate, finding), gate.reason or "")
        found.append((gate.name, f"{finding.attribute} = {finding.group}", kind, message))
    return found


def _undecided_kind(gate: GatePart) -> str | None:
    return {None: "error", OnUndecided.FAIL: "failure", OnUndecided.WARN: "skipped", OnUndecided.PASS: None}[
        gate.on_undecided
    ]


# The table.


def _tables(document: CheckDocument, width: int) -> list[RenderableType]:
    """Show what was found in each group, gate by gate, as far as there is room; groups that pass are counted only."""
    table = Table(box=None, padding=(0, 1), pad_edge=True, title_justify="left")
    table.add_column("gate", overflow="fold", min_width=12, max_width=40)
    table.add_column("result")
    table.add_column("group", overflow="fold", min_width=10, max_width=36)
    table.add_column("value", justify="right")
    if width >= NARROW:
        table.add_column("interval", justify="right")
        table.add_column("allowed", justify="right")
    rows = 0
    left_out = 0
    for gate in worst_first(document):
        lacking = [f for f in gate.findings if f.verdict is not Verdict.PASS]
        for at, finding in enumerate(lacking or gate.findings[:1]):
            if rows >= MOST_ROWS:
                left_out += 1
                continue
            rows += 1
            more = [_interval(gate, finding), _allowed(gate)] if width >= NARROW else []
            table.add_row(
                Text(_name(gate.name) if at == 0 else ""),
                Text(finding.verdict.value, _VERDICT_STYLES[finding.verdict]),
                Text(_who(gate, finding)),
                Text(_value(gate, finding), "dim" if finding.small else ""),
                *map(Text, more),
            )
        passing = [f for f in gate.findings if f.verdict is Verdict.PASS][0 if lacking else 1 :]
        if passing and rows < MOST_ROWS:
            few = sum(f.small for f in passing)
            small = f" ({few:,} with few people)" if few else ""
            table.add_row("", Text("pass", "green"), Text(f"{len(passing):,} more{small}", "dim"), "")
        if not gate.findings:
            table.add_row(Text(_name(gate.name)), Text("undecided", "yellow"), Text(gate.note or ""))
    rest = [Text(f" {left_out:,} more in check.json", "dim")] if left_out else []
    return [table, *rest]


def _legend(document: CheckDocument) -> list[RenderableType]:
    source = document.input
    dropped = sum(source.dropped.values())
    reasons = "; ".join(f"{n:,} {_name(reason, most=80)}" for reason, n in source.dropped.items() if n)
    decision = document.settings.decision
    sentences = [_family_sentence(document), _undecided_sentence(document)]
    sentences.append(
        f"{source.rows:,} rows read, " + (f"{dropped:,} dropped ({reasons})" if dropped else "none dropped")
    )
    if decision:
        sentences.append(f"Decision: {_name(decision.sentence, most=120)}")
    return [Text(""), Text(join_sentences(*sentences), "dim")]


def _family_sentence(document: CheckDocument) -> str:
    """Say for which comparisons a fail is corrected."""
    sizes = [(gate.family, gate.family_size) for gate in document.gates if gate.family_size]
    if not sizes:
        return "Every gate is decided by the point, whatever chance may have done"
    m = document.comparisons
    if m == 1:
        return "1 comparison in the policy; a fail is sure to 5%"
    joined = next((size for family, size in sizes if family is FamilyOf.POLICY), 0)
    if m in (joined, sizes[0][1]):
        of = "all of them"
    elif joined:
        of = f"those of its gate, or for all {joined:,} of the gates that are one family"
    else:
        of = "those of its gate"
    return f"{m:,} comparisons in the policy; a fail holds after correcting for {of} (Holm, 5%)"


def _undecided_sentence(document: CheckDocument) -> str:
    """Say what an undecided gate is, where there is one and the policy does not say what becomes of it."""
    if not any(gate.outcome is Outcome.UNDECIDED for gate in document.gates):
        return ""
    return "Undecided: the data leave open whether the limit is kept; on_undecided says what becomes of such a gate"


def _tally(gate: GatePart) -> str:
    counts = [(verdict, sum(f.verdict is verdict for f in gate.findings)) for verdict in _VERDICTS]
    return ", ".join(f"{number:,} {verdict}" for verdict, number in counts if number) or "none"


def _groups(number: int) -> str:
    return "group" if number == 1 else "groups"


def _allowed(gate: GatePart) -> str:
    low, high = (None if value is None else _sign(f"{value:.3g}") for value in (gate.low, gate.high))
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if high is None else f"at most {high}"


def _who(gate: GatePart, finding: FindingPart) -> str:
    """Name a group, with its attribute where the gate is about several."""
    group = _name(finding.group, most=40)
    return group if len(gate.attributes) == 1 else f"{_name(finding.attribute, most=20)} = {group}"


def _value(gate: GatePart, finding: FindingPart) -> str:
    if finding.value is None:
        return "–"
    match gate.limit:
        case Limit.RATIO:
            return f"{finding.value:,.2f} x"
        case Limit.DIFFERENCE:
            return _sign(f"{finding.value:+.3f}")
        case Limit.LEVEL:
            return _sign(f"{finding.value:.3f}")


def _interval(gate: GatePart, finding: FindingPart) -> str:
    if finding.interval is None:
        return "–"
    low, high = finding.interval
    digits = 2 if gate.limit is Limit.RATIO else 3
    return _sign(f"{low:.{digits}f} and more" if high is None else f"{low:.{digits}f} to {high:,.{digits}f}")


def _estimate(
    value: float | None,
    metric: str,
    numerator: float | None,
    denominator: float | None,
    *,
    of: str = "",
    worth: str = "",
) -> str:
    """Write a metric's value in a group, a share with its people, or with its rows and how many people they are worth."""
    if value is None:
        return "unknown"
    if not BY_NAME[metric].is_rate or numerator is None or denominator is None:
        return _sign(f"{value:.3f}")
    if not isinstance(denominator, int):
        return f"{value:.1%}, {worth}"
    return f"{value:.1%}, {numerator:,} of {denominator:,}{f' rows, {worth}' if worth else of}"


def _sign(text: str) -> str:
    return text.replace("-", "−")


# Strangers' text.


def _name(text: str, *, most: int = 80) -> str:
    return printable(clipped(text, most=most))


def _escaped(text: str) -> str:
    return cell(printable(text), most=None)


def _plain(text: str) -> str:
    """Write text without what XML 1.0 forbids and lines would end with."""
    return printable(text)


def _quoted(text: str) -> str:
    return quoteattr(_plain(text))


def _github(text: str, *, within_property: bool = False) -> str:
    """Escape a message, or a property of a workflow command; what it holds is no command either."""
    escaped = without_commands(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace(":", "%3A").replace(",", "%2C") if within_property else escaped


__all__ = ["brief", "github_commands", "headline", "junit", "markdown", "terminal", "worst_first"]
