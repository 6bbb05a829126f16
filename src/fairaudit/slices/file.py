"""How slices are kept: a small TOML file, the lock, that fixes edges, categories, groups, references, roles of columns and the decision rule."""

from __future__ import annotations

import hashlib
import itertools
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from fairaudit.errors import FileError, clipped, did_you_mean, listed, nearest_file, not_utf8
from fairaudit.spelling import if_typed
from fairaudit.texts import garbage_kept, shallow, toml_text

VERSION = 1
"""Of the form of the file; one of a later form is refused."""
NEW_GROUP = "(new)"
"""All values that a lock does not have, as one group."""
_ALL_NEW = "(all new values)"
"""What they are called where a value is called as they usually are."""
NONE = "none"
"""Says that there is no column in a role."""
ROLES = ("label", "score", "decision", "weight", "id")
"""What a column can be."""
PREDICTION = "prediction"
"""What decisions are called where they are one of several classes."""
_FEWEST_CLASSES = 2
_HEAD = (
    '# Slices, kept by fairaudit slice. They are applied to other data by --slices FILE, or by slices = "FILE" in fairaudit.toml.\n'
    f"version = {VERSION}\n"
)
_T = TypeVar("_T")


def saving() -> str:
    """Write how such a file is made: as it is typed, or as the function that does the same."""
    return if_typed("fairaudit slice … --save FILE", 'measure_slices(..., save="FILE")')


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPart:
    """One column, or what is taken of it, as it was grouped.

    Attributes
    ----------
    values
        The groups that are values; empty where ranges are, or where the groups are the same in all data.
    others
        Whether all other values are the group of the others, as only the most frequent are groups of their own.
    edges
        Where a cut falls; empty where nothing was found in the rows.
    lowest, highest
        The numbers between which all were when the cut was kept.
    """

    values: tuple[str, ...] = ()
    others: bool = False
    edges: tuple[float, ...] = ()
    lowest: float | None = None
    highest: float | None = None

    @property
    def new_name(self) -> str:
        """What values are called together that it does not have."""
        return _ALL_NEW if NEW_GROUP in self.values else NEW_GROUP


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSlice:
    """An attribute: its groups in which there was somebody, each by its name in every part; and the group that all are compared with."""

    groups: tuple[tuple[str, ...], ...]
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Slices that were kept.

    Attributes
    ----------
    file, sha256
        Where it was read, as that was given, and the hash of what it held.
    columns
        Which column serves as what; ``none`` says that there is no such column.
    rule
        The decision rule: one of ``threshold``, ``top_k`` and ``top_percent`` with its number, or nothing.
    classes
        The classes of labels and predictions, where these are more than two; predictions are then the decisions among the columns.
    scores_are_decisions
        Whether the scores were decisions themselves.
    parts, slices
        By their names, as they are said.
    """

    file: str = ""
    sha256: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    positive: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    weight_kind: str | None = None
    na_values: tuple[str, ...] | None = None
    rule: Mapping[str, float] = field(default_factory=dict)
    scores_are_decisions: bool = False
    conditions: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, KeptPart] = field(default_factory=dict)
    slices: Mapping[str, KeptSlice] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the file is called."""
        return Path(self.file).name

    @property
    def of_slices(self) -> Lock:
        """The slices alone, for rows that have no predictions yet."""
        return replace(self, columns={}, positive=(), classes=(), weight_kind=None, na_values=None)

    @property
    def of_decisions(self) -> Lock:
        """The same for decisions alone, whatever is true."""
        columns = {**self.columns, "label": NONE} if self.columns else {}
        return replace(self, columns=columns, positive=(), classes=())

    def part(self, name: str, slice: str) -> KeptPart:
        """Return a part that has to be there.

        Raises
        ------
        FileError
            If it is not.
        """
        if name not in self.parts:
            raise FileError(
                self.file,
                f"[{_table_name('slices', slice)}]: there is no table [{_table_name('parts', name)}]",
                hint=f"Make one by {saving()}",
            )
        return self.parts[name]

    def wrong_part(self, name: str, key: str, problem: str) -> FileError:
        """Say what is wrong with a part."""
        return FileError(
            self.file, f"[{_table_name('parts', name)}]: {key!r} {problem}", hint=f"Make one by {saving()}"
        )


def _table_name(outer: str, name: str) -> str:
    return f"{outer}.{toml_text(clipped(name))}"


def lock_text(lock: Lock) -> str:
    """Write a lock as TOML."""
    decisions = {
        **{name.replace("_", "-"): number for name, number in lock.rule.items()},
        **({"scores-are-decisions": True} if lock.scores_are_decisions else {}),
    }
    tables = [
        (
            "columns",
            {
                **{
                    PREDICTION if lock.classes and role == "decision" else role: c
                    for role, c in lock.columns.items()
                },
                **_given(positive=lock.positive, classes=lock.classes, weight_kind=lock.weight_kind),
            },
        ),
        ("decision", decisions),
        ("reading", {} if lock.na_values is None else {"na-values": lock.na_values}),
        ("conditions", dict(lock.conditions)),
        *((f"parts.{toml_text(name)}", _part_table(part)) for name, part in lock.parts.items()),
        *(
            (
                f"slices.{toml_text(name)}",
                {"groups": _plain_groups(kept.groups), **_given(reference=kept.reference)},
            )
            for name, kept in lock.slices.items()
        ),
    ]
    return _HEAD + "".join(_table_text(name, table) for name, table in tables if table)


def _part_table(part: KeptPart) -> dict[str, Any]:
    return _given(
        edges=part.edges,
        values=part.values,
        others=part.others,
        lowest=part.lowest,
        highest=part.highest,
    ) or {"values": ()}


def _given(**values: Any) -> dict[str, Any]:
    """Leave out what says nothing."""
    return {
        name.replace("_", "-"): value
        for name, value in values.items()
        if value is not None and value is not False and value != ()
    }


def _plain_groups(groups: Sequence[tuple[str, ...]]) -> tuple[Any, ...]:
    """Write a group of one part as its name, and one of several as the list of these."""
    return tuple(group[0] if len(group) == 1 else group for group in groups)


def _table_text(name: str, table: Mapping[str, Any]) -> str:
    return f"\n[{name}]\n" + "".join(f"{_key(key)} = {_value(value)}\n" for key, value in table.items())


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if is_bare else toml_text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    # Python writes infinite numbers as TOML does.
    return repr(value)


def read_lock(path: str | Path) -> Lock:
    """Read a lock.

    Raises
    ------
    FileError
        If it cannot be read, or is none; the table and the key are named.
    """
    file = str(path)
    try:
        raw = Path(path).read_bytes()
        with garbage_kept():
            content = tomllib.loads(shallow(raw.decode("utf-8-sig")))
    except RecursionError:
        raise FileError(file, "is not TOML that anybody wrote: it is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise not_utf8(file, error) from None
    except ValueError as error:
        # No TOML, or a name that no file can have.
        raise FileError(
            file, f"is not TOML: {clipped(str(error), most=200)}", hint=f"Make one by {saving()}"
        ) from None
    except OSError as error:
        raise FileError(
            file,
            f"cannot be read: {error.strerror or error}",
            hint=nearest_file(file) or f"Make one by {saving()}",
        ) from None
    _refuse_foreign(file, content)
    whole = _Table(file=file, name="", content=content)
    whole.refuse_others("version", "columns", "decision", "reading", "conditions", "parts", "slices")
    columns = whole.table("columns")
    columns.refuse_others(*ROLES, PREDICTION, "positive", "classes", "weight-kind")
    decision = whole.table("decision")
    decision.refuse_others("threshold", "top-k", "top-percent", "scores-are-decisions")
    reading = whole.table("reading")
    reading.refuse_others("na-values")
    conditions = whole.table("conditions")
    slices = {table.key: _slice(table) for table in whole.tables("slices")}
    if not slices:
        raise FileError(file, "keeps no slices", hint=f"Make one by {saving()}")
    return Lock(
        file=file,
        sha256=hashlib.sha256(raw).hexdigest(),
        columns=_columns(columns),
        positive=columns.texts("positive"),
        classes=columns.texts("classes"),
        weight_kind=columns.text("weight-kind") if "weight-kind" in columns.content else None,
        na_values=reading.texts("na-values") if "na-values" in reading.content else None,
        rule=_rule(decision),
        scores_are_decisions=decision.truth("scores-are-decisions"),
        conditions={name: conditions.text(name) for name in conditions.content},
        parts={table.key: _part(table) for table in whole.tables("parts")},
        slices=slices,
    )


def _refuse_foreign(file: str, content: Mapping[str, Any]) -> None:
    """Refuse what is no lock, or one of a form that is not known yet."""
    version = content.get("version")
    if version == VERSION and not isinstance(version, bool):
        return
    if isinstance(version, int) and version > VERSION:
        raise FileError(
            file,
            f"'version' is {version}, and this fairaudit knows {VERSION}",
            hint=f"Update fairaudit, or keep the slices again by {saving()}",
        )
    wrong = "it has no 'version'" if version is None else f"'version' is {clipped(repr(version))}"
    raise FileError(file, f"keeps no slices: {wrong}", hint=f"Make one by {saving()}")


def _columns(table: _Table) -> dict[str, str]:
    """Read which column serves as what; predictions of several classes are the decisions, and stand beside these classes."""
    known = {role: table.text(role) for role in ROLES if role in table.content}
    classes = table.texts("classes")
    if PREDICTION not in table.content:
        if classes:
            raise table.error("classes", f"stands without {PREDICTION!r}")
        return known
    if "decision" in known:
        raise table.error(PREDICTION, "cannot stand beside 'decision'")
    if len(classes) < _FEWEST_CLASSES:
        raise table.error("classes", f"has to name the classes of {PREDICTION!r}, {_FEWEST_CLASSES} at least")
    if "positive" in table.content:
        raise table.error("positive", f"cannot stand beside {PREDICTION!r}")
    return {**known, "decision": table.text(PREDICTION)}


def _rule(table: _Table) -> dict[str, float]:
    """Read the decision rule, of which there is one at most."""
    named = [key for key in ("threshold", "top-k", "top-percent") if key in table.content]
    if len(named) > 1:
        raise table.error(named[1], f"cannot stand beside {named[0]!r}")
    rule: dict[str, float] = {}
    for key in named:
        number = table.number(key)
        if key == "top-k" and (not number.is_integer() or number < 1):
            raise table.error(key, "has to be a whole number above 0")
        if key == "top-percent" and not 0 < number <= 100:
            raise table.error(key, "has to be above 0 and at most 100")
        rule[key.replace("-", "_")] = int(number) if key == "top-k" else number
    return rule


def _part(table: _Table) -> KeptPart:
    table.refuse_others("values", "others", "edges", "lowest", "highest")
    edges = table.numbers("edges")
    if any(low >= high for low, high in itertools.pairwise(edges)):
        raise table.error("edges", "do not rise")
    values = table.texts("values")
    if edges and values:
        raise table.error("values", "cannot stand beside 'edges'")
    ends = {key: table.number(key, finite=False) for key in ("lowest", "highest") if key in table.content}
    if ends.get("lowest", -math.inf) > ends.get("highest", math.inf):
        raise table.error("lowest", "is above 'highest'")
    return KeptPart(values=values, others=table.truth("others"), edges=edges, **ends)


def _slice(table: _Table) -> KeptSlice:
    table.refuse_others("groups", "reference")
    return KeptSlice(
        groups=table.groups("groups"),
        reference=table.text("reference") if "reference" in table.content else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table of a file, with what is asked of its keys."""

    file: str
    name: str
    content: Mapping[str, Any]
    key: str = ""

    def error(self, key: str, problem: str, *, hint: str = "") -> FileError:
        """Say what is wrong with a key."""
        where = f"[{clipped(self.name)}]: " if self.name else ""
        return FileError(self.file, f"{where}{clipped(key)!r} {problem}", hint=hint)

    def refuse_others(self, *known: str) -> None:
        """Refuse keys that mean nothing here."""
        for key in self.content:
            if key not in known:
                raise self.error(
                    key, "is no key of it", hint=f"{did_you_mean(key, known)} It has {listed(known)}"
                )

    def table(self, key: str) -> _Table:
        """Return a table within, or an empty one."""
        content = self.content.get(key, {})
        if not isinstance(content, dict):
            raise self.error(key, "has to be a table")
        return _Table(
            file=self.file,
            name=f"{self.name}.{toml_text(key)}" if self.name else key,
            content=content,
            key=key,
        )

    def tables(self, key: str) -> list[_Table]:
        """Return the tables of a table."""
        outer = self.table(key)
        return [outer.table(inner) for inner in outer.content]

    def text(self, key: str) -> str:
        """Return a text that is not empty."""
        value = self.content[key]
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, "has to be a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, each of which stands there once; an empty one if there is none."""
        return self._list(key, "texts", lambda value: value if isinstance(value, str) else None)

    def truth(self, key: str) -> bool:
        """Return true or false; false if it is not said."""
        value = self.content.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, "has to be true or false")
        return value

    def number(self, key: str, *, finite: bool = True) -> float:
        """Return a number."""
        number = _number(self.content[key])
        if number is None or (finite and math.isinf(number)):
            raise self.error(key, "has to be a number")
        return number

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of finite numbers; an empty one if there is none."""

        def finite(value: object) -> float | None:
            number = _number(value)
            return None if number is None or math.isinf(number) else number

        return self._list(key, "numbers", finite)

    def groups(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Return a list of groups: names, or lists of the names of their parts."""

        def group(value: object) -> tuple[str, ...] | None:
            names = [value] if isinstance(value, str) else value
            if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
                return None
            return tuple(names)

        return self._list(key, "texts, or of lists of texts", group)

    def _list(self, key: str, of: str, read: Callable[[object], _T | None]) -> tuple[_T, ...]:
        values = self.content.get(key, [])
        members = [read(value) for value in values] if isinstance(values, list) else [None]
        read_values = tuple(member for member in members if member is not None)
        if len(read_values) < len(members):
            raise self.error(key, f"has to be a list of {of}")
        if len(set(read_values)) < len(read_values):
            raise self.error(key, "names one of them twice")
        return read_values


def _number(value: object) -> float | None:
    """Return a number that is one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return None if math.isnan(number) else number


__all__ = ["NEW_GROUP", "ROLES", "VERSION", "KeptPart", "KeptSlice", "Lock", "lock_text", "read_lock"]
