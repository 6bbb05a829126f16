"""The answers to a policy as annotations of GitHub Actions."""

from __future__ import annotations

from fairaudit.documents.gates import CheckDocument, GatePart, Outcome
from fairaudit.render.escape import without_commands
from fairaudit.render.words.gates import gate_texts, plain, too_few_text, worst_first
from fairaudit.render.words.people import words_of
from fairaudit.render.words.waivers import waiver_texts


def github_commands(document: CheckDocument) -> tuple[str, ...]:
    """Write GitHub's workflow commands: one for each gate that did not pass, since a step shows ten only, and one for the waivers of each that did.

    References
    ----------
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands, "Setting an error message"; what is escaped,
    and how, as in ``@actions/core``'s ``command.ts``.
    """
    commands = []
    for gate in worst_first(document):
        if gate.outcome is Outcome.PASSED:
            noticed = (
                ("Waiver", " ".join(waiver_texts(gate, document))),
                ("Not judged", too_few_text(gate, words_of(document.settings))),
            )
            for title, text in noticed:
                if text:
                    about = f"{title}: {gate_texts(gate, document).title}" if title != "Waiver" else title
                    head = f"{_place(gate)}title={_github(about, within_property=True)}"
                    commands.append(f"::notice {head}::{_github(plain(text))}")
            continue
        level = "warning" if gate.outcome in (Outcome.WARNED, Outcome.WAIVED) else "error"
        texts = gate_texts(gate, document)
        title = _github(f'{texts.outcome} "{texts.title}"', within_property=True)
        commands.append(f"::{level} {_place(gate)}title={title}::{_github(plain(texts.text))}")
    return tuple(commands)


def _place(gate: GatePart) -> str:
    """Write where a gate stands, so that GitHub shows what is said beside its line of the policy."""
    if gate.place is None:
        return ""
    line = "" if gate.place.line is None else f"line={gate.place.line},"
    return f"file={_github(gate.place.file, within_property=True)},{line}"


def _github(text: str, *, within_property: bool = False) -> str:
    """Escape a message, or a property of a workflow command; what it holds is no command either."""
    escaped = without_commands(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace(":", "%3A").replace(",", "%2C") if within_property else escaped
