"""Results as a piece of HTML for notebooks; every text from outside is escaped."""

from __future__ import annotations

from html import escape

from fairaudit.documents.audit import BiasDocument, FairnessDocument
from fairaudit.errors import printable


def summary(bias: BiasDocument, fairness: FairnessDocument) -> str:
    """Write what was found while reading, the verdicts, and the disparities of an audit as an HTML table."""
    verdicts = ", ".join(
        f"{escape(kind)}: <b>{part.verdict.value}</b>" for kind, part in fairness.overall.items()
    )
    metrics = list(dict.fromkeys(d.metric for d in bias.disparities))
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for d in bias.disparities:
        shown = "reference" if d.is_reference else "undefined" if d.ratio is None else f"{d.ratio:.2f}"
        rows.setdefault((d.attribute, d.group), {})[d.metric] = shown
    head = "".join(f"<th>{escape(metric)}</th>" for metric in ("attribute", "group", *metrics))
    body = "".join(
        f"<tr><td>{_text(attribute)}</td><td>{_text(group)}</td>"
        + "".join(f"<td>{escape(cells[metric])}</td>" for metric in metrics)
        + "</tr>"
        for (attribute, group), cells in rows.items()
    )
    notes = "".join(
        f"<li>{'Warning: ' if note.warning else ''}{_text(note.sentence)}</li>" for note in bias.input.notes
    )
    return (
        (f"<ul>{notes}</ul>" if notes else "")
        + f"<p>Fairness at tau {fairness.tolerance}: {verdicts}. Ratios to the reference group:</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _text(name: str) -> str:
    return escape(printable(name))
