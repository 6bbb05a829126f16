"""Numbers in the text format of OpenMetrics 1.0, which Prometheus reads, such as from the folder of its node exporter."""

from __future__ import annotations

from collections.abc import Mapping

from fairaudit.documents.parts import Envelope
from fairaudit.errors import printable
from fairaudit.render.numbers.samples import FAMILIES, samples

PREFIX = "fairaudit_"
_UNIT = "_seconds"


def openmetrics(*documents: Envelope) -> str:
    """Write the numbers of documents as OpenMetrics.

    References
    ----------
    OpenMetrics 1.0, https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md: families stand together, and ``# EOF`` at the end.
    """
    lines: list[str] = []
    written: set[str] = set()
    begun = ""
    for sample in samples(documents):
        name = PREFIX + sample.family
        if sample.family != begun:
            begun = sample.family
            lines += [f"# TYPE {name} gauge"]
            lines += [f"# UNIT {name} {_UNIT[1:]}"] if name.endswith(_UNIT) else []
            lines += [f"# HELP {name} {FAMILIES[begun]}"]
        series = f"{name}{_labels(sample.labels)}"
        # Two names that differ in signs that nobody can see are one here.
        if series not in written:
            written.add(series)
            lines.append(f"{series} {sample.value!r}")
    return "\n".join([*lines, "# EOF", ""])


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    written = ",".join(f'{name}="{_value(value)}"' for name, value in labels.items())
    return f"{{{written}}}"


def _value(text: str) -> str:
    r"""Escape the value of a label; of signs that nobody can see, nothing is left that drives a terminal.

    >>> print(_value('a"b\\c'), _value("d\ne\x1b"))
    a\"b\\c d\\ne\\x1b
    """
    escaped = printable(text) if not text.isprintable() else text
    return escaped.replace("\\", "\\\\").replace('"', '\\"')
