"""The answers to a policy as annotations of GitHub Actions."""

from __future__ import annotations

from fairaudit.documents.gates import CheckDocument, Outcome
from fairaudit.render.escape import without_commands
from fairaudit.render.words.gates import gate_texts, plain, worst_first
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
            if gate.waivers:
                text = " ".join(waiver_texts(gate, document))
                commands.append(
                    f"::notice title={_github('Waiver', within_property=True)}::{_github(plain(text))}"
                )
            continue
        level = "warning" if gate.outcome in (Outcome.WARNED, Outcome.WAIVED) else "error"
        texts = gate_texts(gate, document)
        title = _github(f'{texts.outcome} "{texts.title}"', within_property=True)
        commands.append(f"::{level} title={title}::{_github(plain(texts.text))}")
    return tuple(commands)


def _github(text: str, *, within_property: bool = False) -> str:
    """Escape a message, or a property of a workflow command; what it holds is no command either."""
    escaped = without_commands(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace(":", "%3A").replace(",", "%2C") if within_property else escaped
