"""Which policy is answered, how rows are read for it, and where the answers to its gates go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fairaudit.settings.choices import FamilyOf
from fairaudit.settings.formats import ANSWER_FILES
from fairaudit.settings.option import POLICY, Option
from fairaudit.settings.reading import ReadSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOptions:
    """The policy whose gates are answered, or that is to be written."""

    policy: Annotated[
        Path | None,
        Option(
            panel=POLICY,
            metavar="FILE",
            beside=True,
            help="TOML file with the gates; its settings beat those of fairaudit.toml. Default: the nearest fairaudit.toml upwards.",
        ),
    ] = None
    init: Annotated[
        bool, Option(panel=POLICY, help="Write a policy to begin with, from the data at hand.")
    ] = False
    family: Annotated[
        FamilyOf,
        Option(
            panel=POLICY,
            help="Correct the comparisons of each gate by themselves, or those of all gates together; a gate's own key family beats it.",
        ),
    ] = FamilyOf.GATE


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFiles:
    """Files in which other programs find the answers to gates."""

    @property
    def chosen(self) -> Mapping[str, Path]:
        """The files that were asked for, by the names of their formats."""
        paths = {format.name: getattr(self, format.name) for format in ANSWER_FILES}
        return {name: path for name, path in paths.items() if path is not None}


if TYPE_CHECKING:

    class CheckFiles(AnswerFiles):
        """One option for each format of answers that is written to a file."""

else:
    CheckFiles = make_dataclass(
        "CheckFiles",
        [(format.name, Annotated[Path | None, format.option], None) for format in ANSWER_FILES],
        bases=(AnswerFiles,),
        frozen=True,
        kw_only=True,
        namespace={"__module__": __name__, "__doc__": AnswerFiles.__doc__},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings(ReadSettings):
    """How rows are read that gates are asked about, which name their own attributes."""

    attributes: Annotated[
        tuple[str, ...],
        Option(
            name="attribute",
            short="-a",
            panel=POLICY,
            metavar="COL",
            help="With --init: what its gates are about. Repeatable, comma lists work. The gates of a policy name their own.",
        ),
    ] = ()
