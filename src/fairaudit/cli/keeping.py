"""Slices that are kept in a file, beside what a command writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fairaudit.errors import OptionError
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.verdict import References
from fairaudit.spelling import Bare, is_from_file, setting

if TYPE_CHECKING:
    from fairaudit.workflow.audit import Tally


def refuse_keeping(
    save: Path | None, reading: ReadSettings, references: References, *, others: Sequence[Path]
) -> None:
    """Refuse what cannot be kept, or where, before any work is done."""
    if save is None:
        if references.references and not is_from_file("ref_group"):
            raise OptionError(
                setting("ref_group"),
                f"says what {setting('save')} keeps of slices, and is not given together with it",
            )
        return
    if reading.lock is not None:
        raise OptionError(
            setting("save"),
            f"cannot be given together with {setting('slices')}, whose slices are kept already",
        )
    from fairaudit.workflow.keep import refuse_place

    refuse_place(save, others=others)


def keep_slices(
    save: Path | None, tallied: Tally | None, reading: ReadSettings, references: References
) -> tuple[Path, ...]:
    """Keep the slices where that was asked for, and return the path."""
    if save is None:
        return ()
    if tallied is None:
        raise OptionError(
            setting("save"),
            "keeps slices of two classes, and there are more",
            hint=f"{setting('positive', Bare('VALUE'))} takes one against the rest",
        )
    from fairaudit.workflow.keep import keep, write_lock

    return (write_lock(keep(tallied, reading, references.references), save),)
