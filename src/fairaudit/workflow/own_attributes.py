"""Which settings of a file hold for a table whose attributes are named by a test: what the file says of other tables falls away.

Some of it is told by the columns of the table, and by what the test says itself; of all else it is tried whether the table can be audited so.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from fairaudit.errors import FairauditError, OptionError, clipped, join_sentences, listed
from fairaudit.read.conditions import read_condition
from fairaudit.read.nameable import nameable_in
from fairaudit.read.rows import Input
from fairaudit.settings.arguments import group_of
from fairaudit.settings.choices import MAJORITY, MAX, MIN, MIN_METRIC, NO_LABEL, REST, split_words
from fairaudit.settings.commands import options_of
from fairaudit.settings.reading import Grouping, ReadSettings
from fairaudit.settings.resolve import Resolved
from fairaudit.settings.source import WRITTEN, InputSettings
from fairaudit.slices.grammar import parse_attributes
from fairaudit.spelling import setting
from fairaudit.workflow.audit import Reports, open_input

_COLUMNS = ("label", "score", "decision", "weight", "id", "target", "group_column", "time_column")
_KINDS = (MAJORITY, MIN, MIN_METRIC, MAX, REST)
_OF = {"positive": ("label", "target"), "weight_kind": ("weight",)}
"""Settings that say something of a column, by those that name it."""
_OPENING = InputSettings.__dataclass_fields__
_KEPT_SLICES = "slices"
"""The file of slices that were kept."""
_R = TypeVar("_R")
_A = TypeVar("_A", bound=Reports)


def audit_with_what_holds(
    audit: Callable[..., _A],
    source: object,
    chosen: Mapping[str, Any],
    near: Resolved,
    accepted: Collection[str],
) -> tuple[_A, str]:
    """Audit by what a test says, and by whatever a file says that fits.

    Parameters
    ----------
    audit
        Called with the source and settings.
    chosen
        The arguments of the test, `attributes` among them.
    near
        What the file says.
    accepted
        The arguments that a file may give.

    Returns
    -------
    tuple
        The audit, and what is to be said of settings that fell away; empty where none did.

    Raises
    ------
    FairauditError
        If the source cannot be audited as the test says, whatever the file says.
    """
    of_file, fell = _read(near, [name for name in accepted if name not in chosen])
    is_file = isinstance(source, (str, os.PathLike, list, tuple))
    how = {name: of_file[name] for name in of_file if is_file and name in _OPENING}
    try:
        opened, unfit = _with_what_fits(lambda some: _opened(source, {**some, **chosen}, of_file), how)
    except FairauditError:
        # It is not the file that is wrong, and the audit says what is.
        opened, unfit = open_input(source, group_of(InputSettings, {**how, **chosen})), {}
    rest = {name: value for name, value in of_file.items() if name not in unfit}
    left, elsewhere = settings_that_hold(rest, chosen, opened, is_file=is_file)
    audited, wrong = _with_what_fits(lambda some: _audited(audit, source, some, chosen), left)
    fell = {**fell, **unfit, **dict.fromkeys(elsewhere, ""), **wrong}
    return audited, fell_away_text(fell, str(near.policy or "")) if fell else ""


def _read(near: Resolved, wanted: Collection[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Read settings one by one, by their names in Python; and say of those that no audit takes what is wrong with them."""
    options = options_of(near.command)
    of_file: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in near.values.items():
        if name not in options or options[name].keyword not in wanted:
            continue
        one = dataclasses.replace(near, values={name: value}, origins={name: near.origins[name]})
        if name == _KEPT_SLICES:
            # Nobody asks for any of them, so that the file may as well not be there.
            wrong.setdefault(name, "")
            continue
        try:
            one.refuse_code()
            of_file |= one.keywords(wanted)
        except FairauditError as error:
            wrong[options[name].keyword] = str(error)
    return of_file, wrong


def _opened(source: object, how: Mapping[str, Any], of_file: Mapping[str, Any]) -> Input:
    """Open a table, and see that it is written so that it has the columns that a test groups by."""
    opened = open_input(source, group_of(InputSettings, how))
    attributes = group_of(Grouping, {"attributes": how["attributes"]}).attributes
    slices = group_of(Grouping, {"slices": how.get("slices", of_file.get("slices"))}).slices
    parse_attributes(
        attributes,
        columns=opened.columns,
        file=opened.name,
        option=setting("attribute"),
        more=nameable_in(opened, ReadSettings(attributes=attributes, slices=slices)),
    )
    return opened


def _audited(
    audit: Callable[..., _A], source: object, settings: Mapping[str, Any], chosen: Mapping[str, Any]
) -> _A:
    """Audit, and refuse a threshold of the file that lies beyond all scores: it is one for others."""
    audited = audit(source, **settings, **chosen)
    decision, people = audited.bias.settings.decision, audited.group.overall.n
    if "threshold" in settings and decision is not None and decision.selected in (0, people):
        raise OptionError(setting("threshold"), "decides all rows alike")
    return audited


def _with_what_fits(
    run: Callable[[Mapping[str, Any]], _R], settings: Mapping[str, Any]
) -> tuple[_R, dict[str, str]]:
    """Do something with as many settings as it can be done with.

    What an error names falls away first. Where it names none, it may be any single one, or all of them.

    Returns
    -------
    tuple
        What was done, and why each setting fell away.

    Raises
    ------
    FairauditError
        If it cannot be done without them, either.
    """
    left, fell = dict(settings), dict[str, str]()
    while True:
        try:
            return run(left), fell
        except FairauditError as error:
            why, refused = str(error), error
        named = next((key for key in left if any(setting(name) in why for name in _names(key))), None)
        if named is None:
            break
        del left[named]
        fell[named] = why
    for names in [*([name] for name in left), list(left)]:
        try:
            done = run({name: value for name, value in left.items() if name not in names})
        except FairauditError:
            continue
        return done, {**fell, **dict.fromkeys(names, why)}
    raise refused


def _names(keyword: str) -> list[str]:
    """Return what files call an argument; a table of slices and a file of them are one in Python."""
    return [name for name, option in options_of("audit").items() if option.keyword == keyword]


def settings_that_hold(
    settings: Mapping[str, Any], chosen: Mapping[str, Any], opened: Input, *, is_file: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Leave out what is said of columns, groups and files that are not asked about here.

    Parameters
    ----------
    settings
        Of the file, as arguments of `fairaudit.audit`.
    chosen
        The arguments of the caller, `attributes` among them.
    is_file
        Whether the rows come from a file.

    Returns
    -------
    tuple
        What is left, and the names of what fell away.
    """
    attributes = chosen["attributes"]
    typed = [attributes] if isinstance(attributes, str) else list(attributes)
    kept = {name: _kept(name, value, typed, opened, is_file=is_file) for name, value in settings.items()}
    left = {name: value for name, value in kept.items() if value is not None}
    for name, columns in _OF.items():
        beaten = any(column in chosen or (column in settings and column not in left) for column in columns)
        if name in left and beaten:
            del left[name]
    fell = [name for name, value in settings.items() if left.get(name) != value and name not in chosen]
    return left, tuple(fell)


def _kept(name: str, value: Any, attributes: Sequence[str], opened: Input, *, is_file: bool) -> Any:
    """Return as much of a setting as fits; ``None`` where nothing does."""
    if name in _COLUMNS:
        return value if value in (*opened.columns, NO_LABEL) else None
    if name in WRITTEN:
        return value if is_file else None
    if name == "where":
        return (
            value
            if _is_sound(lambda: read_condition(value, columns=opened.columns, file=opened.name))
            else None
        )
    if name == "ref_group":
        return _references([value] if isinstance(value, str) else value, attributes) or None
    if name == "features":
        return [one for one in value if _names_columns(one, opened)] or None
    if name == "slices":
        # Of slices that were kept in a file, nobody asked for these here.
        named = value if isinstance(value, Mapping) else {}
        parts = {part.strip() for text in attributes for word in text.split(",") for part in word.split("*")}
        return {key: sql for key, sql in named.items() if key in parts} or None
    return value


def _references(words: Sequence[str], attributes: Collection[str]) -> list[str]:
    asked = [part.strip() for text in attributes for part in (text, *text.split(","))]
    return [
        word
        for word in split_words(words, known=set())
        if word in _KINDS or any(word.startswith(f"{attribute}=") for attribute in asked)
    ]


def _names_columns(feature: str, opened: Input) -> bool:
    return _is_sound(
        lambda: parse_attributes([feature], columns=opened.columns, file=opened.name, option="features")
    )


def _is_sound(read: Callable[[], object]) -> bool:
    try:
        read()
    except FairauditError:
        return False
    return True


def fell_away_text(why: Mapping[str, str], file: str) -> str:
    """Say what of a file is passed over, and why: where no reason is given, it is about another table.

    >>> fell_away_text({"label": "", "where": ""}, "fairaudit.toml")
    "fairaudit.toml: 'label', 'where' are passed over, as they are about what this table does not hold, or this test does not ask about"
    >>> fell_away_text({"top_k": "500 are to be selected, and p.csv holds 200 people."}, "fairaudit.toml")
    "fairaudit.toml: 'top-k' is passed over, as with it: 500 are to be selected, and p.csv holds 200 people."
    """
    texts = []
    for reason in dict.fromkeys(why.values()):
        names = [_names(name)[-1].replace("_", "-") for name, of_one in why.items() if of_one == reason]
        one = len(names) == 1
        because = (
            f"with {'it' if one else 'them'}: {reason}"
            if reason
            else f"{'it is' if one else 'they are'} about what this table does not hold, or this test does not ask about"
        )
        texts.append(f"{listed(names, most=len(names))} {'is' if one else 'are'} passed over, as {because}")
    # The file was named at the beginning.
    sentences = (join_sentences(*texts) if len(texts) > 1 else texts[0]).replace(f" of {file}", "")
    return f"{clipped(file, most=200)}: {sentences.replace(f'{file}: ', '')}"
