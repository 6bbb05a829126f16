"""Results as a piece of HTML for notebooks; every text from outside is escaped.

The look is made of the notebook's own colours and of shades that let these through, so that it suits light and dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from fairaudit.documents.audit import BiasDocument, DisparityPart, FairnessDocument, GroupDocument
from fairaudit.documents.gates import CheckDocument
from fairaudit.documents.model import CvDocument, TrainDocument
from fairaudit.documents.parts import InputPart
from fairaudit.errors import printable
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.gates import told

MOST_ROWS = 100
"""More would make a notebook slow; frames have all of them."""
_STYLE = """<style>
.fairaudit table { border-collapse: collapse; margin: .5em 0; color: inherit; font-size: inherit; }
.fairaudit th, .fairaudit td { padding: .25em .6em; text-align: left; border-bottom: 1px solid rgba(128, 128, 128, .35); }
.fairaudit td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.fairaudit .fail { background: rgba(208, 48, 48, .18); }
.fairaudit .pass { background: rgba(40, 150, 80, .18); }
.fairaudit .undecided { background: rgba(200, 150, 30, .18); }
.fairaudit b.fail, .fairaudit b.pass, .fairaudit b.undecided { padding: .1em .4em; border-radius: .3em; }
</style>"""


def audited(bias: BiasDocument, fairness: FairnessDocument, group: GroupDocument) -> str:
    """Write the answer, what was found while reading, and people, rates and ratios of every group."""
    metrics = [metric for metric in bias.family.metrics if any(d.metric == metric for d in bias.disparities)]
    rows: dict[tuple[str, str], dict[str, DisparityPart]] = {}
    for disparity in bias.disparities:
        rows.setdefault((disparity.attribute, disparity.group), {})[disparity.metric] = disparity
    small = {(part.attribute, part.group) for part in group.groups if part.small}
    head = ["attribute", "group", "people"]
    for metric in metrics:
        head += [f"{BY_NAME[metric].long_name} ({metric})", "ratio"]
    body = [
        _cell(attribute)
        + _cell(f"{name} (small)" if (attribute, name) in small else name)
        + _number(f"{next(iter(of_group.values())).n:,}")
        + "".join(_rate(of_group[metric]) + _ratio(of_group[metric]) for metric in metrics)
        for (attribute, name), of_group in rows.items()
    ]
    kinds = ", ".join(f"{_text(kind)}: {part.verdict.value}" for kind, part in fairness.overall.items())
    return _page(
        f"<p>{_verdict(fairness.answer.verdict.value)} at tau {_text(fairness.tolerance)}: {_text(fairness.answer.sentence)}</p>",
        f"<p>Over all parities, whether they form the verdict or not: {kinds}</p>",
        _notes(group.input),
        _table(head, body),
    )


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
        _cell((what := told(gate, document)).title)
        + f'<td class="{_text(gate.verdict.value)}">{_text(gate.outcome.value)}</td>'
        + _cell(" ".join([f"{what.short}.", *what.sentences, what.step]))
        for gate in document.gates
    ]
    return _page(
        f"<p>{_verdict(document.verdict.value)} {_text(document.sentence)}</p>",
        _notes(document.input),
        _table(["gate", "outcome", "worst finding"], body),
    )


def frame(page: str) -> str:
    """Write a frame that shows a whole page, whose script can reach nothing outside of it."""
    return f'<iframe sandbox="allow-scripts" style="width: 100%; height: 45em; border: 0" srcdoc="{escape(page)}"></iframe>'


def _folds(folds: int, repeats: int) -> str:
    return f"{folds:,} folds" if repeats == 1 else f"{folds:,} folds, shuffled anew {repeats:,} times"


def _page(*parts: str) -> str:
    return f'<div class="fairaudit">{_STYLE}{"".join(parts)}</div>'


def _table(head: Sequence[str], body: Sequence[str]) -> str:
    columns = "".join(f"<th>{_text(name)}</th>" for name in head)
    rows = "".join(f"<tr>{row}</tr>" for row in body[:MOST_ROWS])
    rest = len(body) - MOST_ROWS
    more = f"<p>{rest:,} more rows are in the frames that to_frame() gives.</p>" if rest > 0 else ""
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>{more}"


def _notes(read: InputPart) -> str:
    return _list(f"{'Warning: ' if note.warning else ''}{note.sentence}" for note in read.notes)


def _list(sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{_text(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _verdict(verdict: str) -> str:
    return f'<b class="{_text(verdict)}">{_text(verdict)}</b>'


def _rate(disparity: DisparityPart) -> str:
    return _number("undefined" if disparity.value is None else f"{disparity.value:.1%}")


def _ratio(disparity: DisparityPart) -> str:
    """Write a ratio with its verdict, in words and as a shade."""
    if disparity.is_reference:
        return _number("reference")
    ratio = "undefined" if disparity.ratio is None else f"{disparity.ratio:.2f}"
    if disparity.verdict is None:
        return _number(ratio)
    verdict = _text(disparity.verdict.value)
    return f'<td class="number {verdict}">{ratio} {verdict}</td>'


def _estimate(value: float | None) -> str:
    return _number("undefined" if value is None else f"{value:.3f}")


def _number(text: str) -> str:
    return f'<td class="number">{_text(text)}</td>'


def _cell(text: str) -> str:
    return f"<td>{_text(text)}</td>"


def _text(text: str) -> str:
    return escape(printable(text))
