"""Results as a piece of HTML for notebooks; every text from outside is escaped.

The look is made of the notebook's own colours and of shades that let these through, so that it suits light and dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from fairaudit.documents.answer import MOST_TOLD, Answer, answer_of
from fairaudit.documents.audit import BiasDocument, DisparityPart, FairnessDocument
from fairaudit.documents.changed import CompareDocument
from fairaudit.documents.discovered import DiscoverDocument
from fairaudit.documents.findings import Finding, Rate
from fairaudit.documents.gates import CheckDocument, GatePart, Outcome
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.impact import ImpactDocument
from fairaudit.documents.model import CvDocument, TrainDocument
from fairaudit.documents.order import in_order, orders_of
from fairaudit.documents.parts import InputPart, Verdict
from fairaudit.documents.steps import all_steps
from fairaudit.errors import printable
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words import changed as changed_words
from fairaudit.render.words import discovered as discovered_words
from fairaudit.render.words import impact as impact_words
from fairaudit.render.words.answer import behind_claim, claim, headline, other_side_text
from fairaudit.render.words.gates import gate_texts, too_few_text
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import Words, group_name, words_of
from fairaudit.render.words.rest import behind_rows, rest_rows, shown_verdict, unsaid_text
from fairaudit.render.words.shares import people_of, rate_head
from fairaudit.render.words.steps import step_text, threshold_of
from fairaudit.render.words.values import aequitas_text
from fairaudit.render.words.waivers import baseline_sentence, waiver_texts
from fairaudit.settings.edges import called_from_python
from fairaudit.settings.limits import interval_text

MOST_ROWS = 100
"""How many rows of a table lie open."""
_STYLE = """<style>
.fairaudit table { border-collapse: collapse; margin: .5em 0; color: inherit; font-size: inherit; }
.fairaudit th, .fairaudit td { padding: .25em .6em; text-align: left; border-bottom: 1px solid rgba(128, 128, 128, .35); }
.fairaudit th { vertical-align: top; }
.fairaudit small { opacity: .8; }
.fairaudit td { vertical-align: top; }
.fairaudit td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.fairaudit .fail { background: rgba(208, 48, 48, .18); }
.fairaudit .pass { background: rgba(40, 150, 80, .18); }
.fairaudit .undecided { background: rgba(200, 150, 30, .18); }
.fairaudit b.fail, .fairaudit b.pass, .fairaudit b.undecided { padding: .1em .4em; border-radius: .3em; }
</style>"""


def audited(bias: BiasDocument, fairness: FairnessDocument, group: GroupDocument) -> str:
    """Write the answer, what was found while reading, and people, rates and ratios of every group."""
    answer, words = answer_of(bias, group), words_of(bias.settings, (d.group for d in bias.disparities))
    word, sentence = headline(answer, words)
    verdict = shown_verdict(answer)
    claims = [
        _claim(number, finding, bias, words)
        for number, finding in enumerate(answer.leading or answer.foremost, start=1)
        if answer.selects is None
    ]
    other_side = "" if answer.other_side is None else other_side_text(answer.other_side, words)
    rows = [
        _row(row.head, row.texts)
        for row in (*behind_rows(answer, words), *rest_rows(answer, bias, group.overall, words))
    ]
    if texts := _steps(answer, bias, words):
        rows.append(_row("Next", texts))
    with called_from_python():
        offer = unsaid_text(answer, bias, words)
    return _page(
        f'<p><b class="{_text(verdict.value)}">{_text(word)}</b> <b>{_text(sentence)}</b></p>',
        _paragraph(offer),
        "".join(claims[:MOST_TOLD]),
        _folded(f"{len(claims) - MOST_TOLD:,} more", "".join(claims[MOST_TOLD:])),
        _paragraph(f"The other side. {other_side}" if other_side else ""),
        f"<table><tbody>{''.join(rows)}</tbody></table>",
        _notes(group.input),
        _rates_table(bias, group, words),
        _folded("The same by Aequitas’s names", _aequitas(fairness)),
    )


def _steps(answer: Answer, bias: BiasDocument, words: Words) -> list[str]:
    """Say what comes next, each thing once."""
    return [
        f"{capital(step_text(step, words, threshold=threshold_of(bias)))}."
        for step in all_steps(answer, bias)
    ]


def _row(head: str, texts: Iterable[str]) -> str:
    return f"<tr><th>{_text(head)}</th><td>{'<br>'.join(map(_text, texts))}</td></tr>"


def _claim(number: int, finding: Finding, bias: BiasDocument, words: Words) -> str:
    """Write a finding with its number: its sentence, and the people and the ratio behind it."""
    texts = claim(finding, words=words)
    behind = behind_claim(finding, texts, people=bias.people, words=words)
    return f"<p>{number}. {_text(texts.sentence)}<br>{_text(behind)}</p>"


def _rates_table(bias: BiasDocument, group: GroupDocument, words: Words) -> str:
    """Write a table of every group: its people, its rates, and their ratios with the intervals that verdicts rest on."""
    metrics = [metric for metric in bias.family.metrics if any(d.metric == metric for d in bias.disparities)]
    rows: dict[tuple[str, str], dict[str, DisparityPart]] = {}
    for disparity in bias.disparities:
        rows.setdefault((disparity.attribute, disparity.group), {})[disparity.metric] = disparity
    small = {(part.attribute, part.group) for part in group.groups if part.small}
    head = ["attribute", "group", words.people]
    for metric in metrics:
        head += [f"{rate_head(metric, words)} ({metric})", "ratio"]
    body = [
        _cell(attribute)
        + _cell(group_name(attribute, name, words) + (" (small)" if (attribute, name) in small else ""))
        + _number(f"{next(iter(of_group.values())).n:,}")
        + "".join(_rate(of_group[metric]) + _ratio(of_group[metric]) for metric in metrics)
        for (attribute, name), of_group in in_order(rows.items(), orders_of(bias), key=lambda row: row[0])
    ]
    return _table(head, body)


def _aequitas(fairness: FairnessDocument) -> str:
    """Write what Aequitas sums up to, beside our verdicts on the same parities."""
    body = [
        _cell(kind) + _cell(part.verdict.value) + _cell(aequitas_text(part.aequitas))
        for kind, part in fairness.overall.items()
    ]
    return _table(["all parities together", "here", "Aequitas"], body)


def trained(document: TrainDocument) -> str:
    """Write the metrics of a model, on the training rows and on those that were held out."""
    names = list(document.metrics["test"])
    body = [
        _cell(BY_NAME[name].long_name)
        + "".join(_estimate(document.metrics[side][name].value) for side in ("train", "test"))
        for name in names
    ]
    split = document.split
    return _page(
        f"<p><b>{_text(document.model.estimator)}</b> for {_text(document.model.target)}: "
        f"{split.train:,} rows to learn from, {split.test:,} held out</p>",
        _notes(document.input),
        _list(document.warnings),
        _table(["metric", "training rows", "held-out rows"], body),
    )


def validated(document: CvDocument) -> str:
    """Write how the metrics of a model spread over folds."""
    body = [
        _cell(BY_NAME[name].long_name)
        + "".join(_estimate(value) for value in (spread.mean, spread.std, spread.min, spread.max))
        for name, spread in document.summary.items()
    ]
    return _page(
        f"<p><b>{_text(document.model.estimator)}</b> for {_text(document.model.target)}: "
        f"{_folds(document.settings.folds, document.settings.repeats)}</p>",
        _notes(document.input),
        _list(document.warnings),
        _table(["metric", "mean", "std", "min", "max"], body),
    )


def checked(document: CheckDocument) -> str:
    """Write the answer to a policy, and the worst finding of each gate."""
    body = [
        _cell((texts := gate_texts(gate, document)).title)
        + f'<td class="{_text(_colour(gate))}">{_text(gate.outcome.value)}</td>'
        + _cell(" ".join([f"{texts.short}.", *texts.sentences, *_beside(gate, document), texts.step]))
        for gate in document.gates
    ]
    return _page(
        f"<p>{_verdict(document.verdict.value)} {_text(document.sentence)}</p>",
        _notes(document.input),
        _table(["gate", "outcome", "worst finding"], body),
        _paragraph(baseline_sentence(document, words_of(document.settings))),
    )


def _beside(gate: GatePart, document: CheckDocument) -> Sequence[str]:
    """Say whom a gate does not judge, and whom it waives."""
    few = too_few_text(gate, words_of(document.settings))
    return [*([few] if few else []), *waiver_texts(gate, document)]


def _colour(gate: GatePart) -> str:
    """Name the look of a gate: that of its verdict, unless the policy waives what fails."""
    return Verdict.UNDECIDED.value if gate.outcome is Outcome.WAIVED else gate.verdict.value


def discovered(document: DiscoverDocument) -> str:
    """Write which slices are worse than the rest that nobody asked for."""
    words = words_of(document.settings)
    rows = [
        _cell(name) + "".join(_number(text) for text in cells)
        for name, *cells in discovered_words.table_rows(document, words)
    ]
    return _page(
        f"<p><b>{_text(discovered_words.summary(document, words))}</b></p>",
        _table(discovered_words.table_heads(document), rows) if rows else "",
        _paragraph(discovered_words.table_note(document, words) if rows else ""),
        _notes(document.input),
    )


def changed(document: CompareDocument) -> str:
    """Write what changed between two sets of predictions, the worst first."""
    words = changed_words.words_for(document)
    rows = ["".join(_cell(text) for text in row) for row in changed_words.table_rows(document, words)]
    first, *others = changed_words.summary(document, words)
    return _page(
        f"<p><b>{_text(first)}</b></p>",
        "".join(_paragraph(text) for text in others),
        _table(changed_words.table_heads(document), rows) if rows else "",
        _paragraph(changed_words.table_note(document) if rows else ""),
        _notes(document.new),
    )


def impact(document: ImpactDocument) -> str:
    """Write whose selection rates are lower than the reference's."""
    words = impact_words.words_for(document)
    heads = impact_words.rate_heads(document)
    parts = []
    for table in document.tables:
        rows = [
            _cell(g.group) + "".join(_number(text) for text in impact_words.rate_row(g, document))
            for g in table.groups
        ]
        notes = impact_words.notes(document, table, words)
        parts += [_paragraph(impact_words.title(table, words)), _table(heads, rows), *map(_paragraph, notes)]
    head = f"<p><b>{_text(impact_words.summary(document))}</b></p>"
    return _page(head, *parts, _paragraph(impact_words.by_whom(document)), _notes(document.input))


def frame(page: str) -> str:
    """Write a frame that shows a whole page, whose script can reach nothing outside of it."""
    return f'<iframe sandbox="allow-scripts" style="width: 100%; height: 45em; border: 0" srcdoc="{escape(page)}"></iframe>'


def _folds(folds: int, repeats: int) -> str:
    return f"{folds:,} folds" if repeats == 1 else f"{folds:,} folds, shuffled anew {repeats:,} times"


def _page(*parts: str) -> str:
    return f'<div class="fairaudit">{_STYLE}{"".join(parts)}</div>'


def _table(head: Sequence[str], body: Sequence[str]) -> str:
    """Write a table; of a long one the rest is folded."""
    columns = "".join(f"<th>{_text(name)}</th>" for name in head)

    def part(rows: Sequence[str]) -> str:
        written = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<table><thead><tr>{columns}</tr></thead><tbody>{written}</tbody></table>"

    rest = body[MOST_ROWS:]
    return part(body[:MOST_ROWS]) + _folded(f"The other {len(rest):,} rows", part(rest) if rest else "")


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{_text(summary)}</summary>{body}</details>" if body else ""


def _paragraph(text: str) -> str:
    return f"<p>{_text(text)}</p>" if text else ""


def _notes(read: InputPart) -> str:
    return _list(f"{'Warning: ' if note.warning else ''}{note.sentence}" for note in read.notes)


def _list(sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{_text(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _verdict(verdict: str) -> str:
    return f'<b class="{_text(verdict)}">{_text(verdict)}</b>'


def _rate(disparity: DisparityPart) -> str:
    """Write a rate with the people behind it."""
    if disparity.value is None:
        return _number("undefined")
    rate = Rate(
        group=disparity.group,
        value=disparity.value,
        numerator=disparity.numerator,
        denominator=disparity.denominator,
    )
    return _number(f"{disparity.value:.1%}", people_of(rate))


def _ratio(disparity: DisparityPart) -> str:
    """Write a ratio with its verdict, in words and as a shade, and with the interval that this rests on."""
    if disparity.is_reference:
        return _number("reference")
    ratio = "undefined" if disparity.ratio is None else f"{disparity.ratio:.2f}"
    level, ci = disparity.resting
    interval = "" if ci is None else f"{level}%: {interval_text(ci)}"
    if disparity.verdict is None:
        return _number(ratio, interval)
    verdict = disparity.verdict.value
    return _number(f"{ratio} {verdict}", interval, kind=f"number {verdict}")


def _estimate(value: float | None) -> str:
    return _number("undefined" if value is None else f"{value:z.3f}")


def _number(text: str, behind: str = "", *, kind: str = "number") -> str:
    more = f"<br><small>{_text(behind)}</small>" if behind else ""
    return f'<td class="{_text(kind)}">{_text(text)}{more}</td>'


def _cell(text: str) -> str:
    return f"<td>{_text(text)}</td>"


def _text(text: str) -> str:
    return escape(printable(text))
