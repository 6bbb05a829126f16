"""Made-up tables, ways to write them, and questions about them."""

from __future__ import annotations

import dataclasses
import operator
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from fuzz.meaning import Case, Cell, Column, Condition, Cut, Question, Table, Wanted
from fuzz.oracle import USUAL_MARKS, group_name, is_missing, names_of
from fuzz.writing import FRAME_KINDS, MARKS, NUMBER_MARKS, Writing, certain, in_form

AWKWARD = (
    "a|b",
    "[/i]",
    "[red]danger[/red]",
    "<script>alert(1)</script>",
    "=1+1",
    "-none",
    "@home",
    'quo"te',
    "it's",
    "two\nlines",
    "two\r\nlines",
    "x,y",
    "semi;colon",
    "tab\there",
    "caf\u00e9",
    "na\u00efve",
    "\U0001f600 smile",
    "\u202eevil",
    "\x1b[31mred",
    "bell\x07",
    "x" * 300,
    "\u00df",
    "007",
    "rest",
    "majority",
    "min-metric",
    "(missing)",
    "(everybody else)",
    "a * b",
    "a=b",
    "a:b",
    "::error::no",
    "##[error]no",
    "${{ secrets }}",
    "{{ 7 * 7 }}",
    "`code` *bold* [link](http://example.com)",
    "--help",
    "\\n",
    "../../etc",
    "True blue",
)
"""Names of groups and columns that have broken some program."""
SPECIAL_NAMES = frozenset(
    [
        "label",
        "label_value",
        "score",
        "decision",
        "weight",
        "row",
        "fold",
        "id",
        "entity_id",
        "model_id",
        "none",
        "prediction",
        "people",
    ]
)
PLAIN = ("race", "sex", "age", "region", "g1", "g2")


_MARKS = frozenset((*USUAL_MARKS, *(mark.strip() for mark in NUMBER_MARKS)))
_UNSEEN = "\u00ad\u200b\u2060\ufeff"


def canonical(text: str) -> str:
    """Give the one form of names that look alike: composed, ordinary blanks, none at either end, nothing without a width."""
    bare = "".join(
        " " if unicodedata.category(sign) == "Zs" else sign for sign in text if sign not in _UNSEEN
    )
    return unicodedata.normalize("NFC", bare).strip(
        " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029\u200c\u200d\u200e\u200f"
    )


def _clean(text: str) -> bool:
    """Leave out what is another name to the reader, and what may be a number, a truth or a mark of nothing."""
    if text != canonical(text) or text in _MARKS or text.startswith("'"):
        return False
    return text.casefold() not in ("true", "false") and any(sign.isalpha() for sign in text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


words = st.one_of(
    st.sampled_from(("A", "B", "C", "D", "female", "male")),
    st.sampled_from(AWKWARD),
    st.text(
        st.characters(exclude_categories=["Cs", "Cn", "Co"], exclude_characters="\x000123456789"),
        min_size=1,
        max_size=8,
    ).filter(_clean),
)
ages = st.integers(-3, 90)
probabilities = st.one_of(
    st.integers(0, 10).map(lambda k: k / 10),
    st.integers(0, 100).map(lambda k: k / 100),
    st.floats(0, 1, allow_subnormal=True),
    st.sampled_from((0.0, 1.0, 0.5, 5e-324, 0.1 + 0.2, 1 - 2**-53, 1e-17)),
)
numbers = st.one_of(
    st.integers(-20, 20).map(float),
    st.floats(-1e6, 1e6),
    st.sampled_from((0.1 + 0.2, -0.0, 1e15, 1e22, 1.7976931348623157e308, -1e300, 5e-324)),
)


def columns_of(names: Sequence[str], values: Sequence[Sequence[Cell]]) -> tuple[Column, ...]:
    return tuple(Column(name=n, cells=tuple(v)) for n, v in zip(names, values, strict=True))


@st.composite
def names(draw: st.DrawFn, count: int) -> list[str]:
    """Draw names of columns that SQL can tell apart."""
    one = st.one_of(st.sampled_from(PLAIN), st.sampled_from(PLAIN), words).filter(
        lambda name: name.casefold() not in SPECIAL_NAMES
    )
    return draw(st.lists(one, min_size=count, max_size=count, unique_by=lambda name: name.casefold()))


def maybe(draw: st.DrawFn, percent: int) -> bool:
    return draw(st.integers(1, 100)) > 100 - percent


@st.composite
def cells(draw: st.DrawFn, rows: int, values: st.SearchStrategy[Any], *, missing: bool) -> list[Cell]:
    """Draw a column; some of its cells may hold nothing."""
    if missing:
        values = st.one_of(values, values, values, values, st.none())
    return draw(st.lists(values, min_size=rows, max_size=rows))


@st.composite
def labels(draw: st.DrawFn, rows: int, *, missing: bool) -> tuple[list[Cell], tuple[str, ...]]:
    """Draw labels and which of their values are positive, if that has to be said."""
    kind = draw(st.sampled_from(("int", "int", "bool", "float", "text", "words", "words", "classes")))
    match kind:
        case "words":
            known: list[Cell] = list(
                draw(st.lists(words.filter(_no_binary), min_size=2, max_size=4, unique=True))
            )
        case "classes":
            known = [0, 1, 2]
        case _:
            known = {
                "int": [0, 1],
                "bool": [False, True],
                "float": [0.0, 1.0],
                "text": ["0", "1"],
            }[kind]
    found = draw(cells(rows, st.sampled_from(known), missing=missing))
    if not maybe(draw, 5):
        # Most tables hold both outcomes.
        found[:2] = known[:2]
    if kind in ("words", "classes"):
        there = sorted({group_name(cell) for cell in found if not is_missing(cell)})
        most = max(1, len(there) - 1)
        positive = draw(st.lists(st.sampled_from(there or ["x"]), min_size=1, max_size=most, unique=True))
        return found, () if maybe(draw, 3) else tuple(positive)
    return found, ("1" if kind != "bool" else "true",) if maybe(draw, 10) else ()


def _no_binary(word: str) -> bool:
    return word.casefold() not in ("true", "false", "0", "1")


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, Question]:
    """Draw a table, and what has to be said about its label."""
    rows = draw(st.one_of(st.integers(4, 16), st.integers(4, 16), st.integers(17, 60)))
    some_missing = maybe(draw, 25)
    usual = maybe(draw, 60)
    taken = draw(names(12))
    role_names = dict(zip(("label", "score", "decision", "weight"), taken, strict=False))
    if usual:
        role_names |= {"label": draw(st.sampled_from(("label", "label_value"))), "score": "score"}
    others = taken[4:]
    columns: list[Column] = []

    def add(name: str, found: Sequence[Cell]) -> str:
        columns.append(Column(name=name, cells=tuple(found)))
        return name

    has_label = maybe(draw, 88)
    label = positive = None
    if has_label:
        found, positive = draw(labels(rows, missing=some_missing and maybe(draw, 50)))
        label = add(role_names["label"], found)
    score = None
    if not maybe(draw, 12):
        kind = draw(
            st.sampled_from(("probabilities",) * 5 + ("decisions", "truths", "ranks", "integers", "classes"))
        )
        classes = sorted({cell for cell in columns[0].cells if isinstance(cell, str)}) if positive else []
        values: st.SearchStrategy[Any] = {
            "probabilities": probabilities,
            "truths": st.booleans(),
            "classes": st.sampled_from(classes[:2] or (0, 1)),
            "decisions": st.sampled_from(draw(st.sampled_from(((0, 1), (0.0, 1.0))))),
            "ranks": numbers,
            "integers": st.integers(-5, 10),
        }[kind]
        score = add(role_names["score"], draw(cells(rows, values, missing=some_missing and maybe(draw, 50))))
    decision = None
    if score is None or maybe(draw, 12):
        classes = sorted({cell for cell in columns[0].cells if isinstance(cell, str)}) if positive else []
        of = st.sampled_from(
            draw(st.sampled_from(((0, 1), (False, True), (0.0, 1.0), ("0", "1"), classes or ("0", "1"))))
        )
        decision = add(
            role_names["decision"], draw(cells(rows, of, missing=some_missing and maybe(draw, 30)))
        )
    weight = None
    if maybe(draw, 20):
        most = draw(st.sampled_from((3, 200, 10**6, 10**12)))
        weight = add(role_names["weight"], draw(cells(rows, st.integers(0, most), missing=False)))
    for name in others[: draw(st.integers(1, 3))]:
        if maybe(draw, 60):
            groups = draw(st.lists(words, min_size=1, max_size=5, unique=True))
            # What stands for nothing usually may be said to be a name.
            values = st.sampled_from([*groups, *(("NA", "?") if maybe(draw, 10) else ())])
        elif maybe(draw, 15):
            values = st.booleans()
        else:
            hundredths = st.integers(-300, 300).map(lambda k: k / 100)
            values = draw(st.sampled_from((ages, ages, st.integers(0, 3), hundredths, numbers)))
        add(name, draw(cells(rows, values, missing=some_missing or maybe(draw, 10))))
    if maybe(draw, 20):
        add(others[4], ["same"] * rows)
    if maybe(draw, 10):
        add(others[5], [f"number {place}" for place in range(rows)])
    if maybe(draw, 5):
        people = st.lists(st.integers(0, 400), min_size=rows, max_size=rows, unique=maybe(draw, 70))
        add(draw(st.sampled_from(("id", "entity_id", "Person ID", "user_id"))), draw(people))
    if maybe(draw, 4):
        add(
            "model_id",
            draw(cells(rows, st.sampled_from(((1,), (1, 2))[maybe(draw, 30)]), missing=some_missing)),
        )
    order = draw(st.permutations(range(len(columns))))
    table = Table(
        columns=tuple(columns[place] for place in order),
        label=label,
        score=score,
        decision=decision,
        weight=weight,
    )
    return table, Question(positive=positive or (), label_none=not has_label or maybe(draw, 5))


@st.composite
def cuts(draw: st.DrawFn, present: Sequence[float]) -> Cut:
    kind = draw(st.sampled_from(("edges", "edges", "quartiles", "median", "mean", "bins")))
    if kind == "bins":
        return Cut(kind=kind, bins=draw(st.integers(2, 10)))
    if kind == "edges":
        around = st.sampled_from([float(x) for x in present] or [1.0])
        edges = st.one_of(around, st.integers(-5, 80).map(float), st.floats(-1e3, 1e3))
        found = draw(st.lists(edges, min_size=1, max_size=3, unique=True))
        return Cut(kind=kind, edges=tuple(sorted({edge + 0.0 for edge in found})))
    return Cut(kind=kind)


def _plain_name(name: str) -> bool:
    return not set(name) & set(",:*")


def _nameable(column: Column) -> bool:
    """Tell whether a group may be called after each value: a number of many digits has no one name."""
    return all(
        not isinstance(cell, float) or (round(cell, 2) == cell and abs(cell) < 1e6) for cell in column.cells
    )


@st.composite
def wanted(draw: st.DrawFn, table: Table) -> tuple[Wanted, ...]:
    """Draw attributes: columns as they are, cut, or crossed."""
    roles = {table.label, table.score, table.decision, table.weight}
    free = [column for column in table.columns if column.name not in roles]

    def dimension(column: Column) -> tuple[str, Cut | None]:
        present = [cell for cell in column.cells if type(cell) in (int, float)]
        cuttable = present and _plain_name(column.name)
        if cuttable and (not _nameable(column) or maybe(draw, 60)):
            return column.name, draw(cuts(present))
        return column.name, None

    usable = [column for column in free if _plain_name(column.name) or _nameable(column)]
    fewest = 0 if maybe(draw, 6) else 1
    alone = st.lists(st.sampled_from(usable or [None]), min_size=fewest, max_size=3, unique=True)
    found = [Wanted(dimensions=(dimension(column),)) for column in draw(alone) if column]
    crossable = [column for column in usable if _plain_name(column.name)]
    if len(crossable) > 1 and maybe(draw, 30):
        two = draw(st.lists(st.sampled_from(crossable), min_size=2, max_size=2, unique=True))
        found.append(Wanted(dimensions=tuple(dimension(column) for column in two)))
    # Edges as typed and as remembered have to be the same numbers.
    unique = {name: attribute for attribute, name in zip(found, names_of(found), strict=True)}
    return tuple(unique.values())


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _in_condition(text: str) -> bool:
    """Tell whether a condition may hold a text; control characters other than white space are refused there."""
    return all(sign in "\t\r\n" or unicodedata.category(sign) != "Cc" for sign in text)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<": operator.lt,
    "=": operator.eq,
    "<>": operator.ne,
}


@st.composite
def conditions(draw: st.DrawFn, table: Table, depth: int = 1) -> Condition:
    """Draw a condition over columns that hold numbers, or text that nobody takes for numbers."""
    if depth and maybe(draw, 30):
        one, other = draw(conditions(table, depth - 1)), draw(conditions(table, depth - 1))
        kind = draw(st.sampled_from(("and", "or", "not")))
        columns = (*one.columns, *other.columns)
        if kind == "not":
            return Condition(
                sql=f"not ({one.sql})",
                holds=lambda row: None if (found := one.holds(row)) is None else not found,
                columns=one.columns,
            )
        short = kind == "or"

        def both(row: dict[str, Cell]) -> bool | None:
            found = (one.holds(row), other.holds(row))
            return short if short in found else None if None in found else not short

        return Condition(sql=f"({one.sql}) {kind} ({other.sql})", holds=both, columns=columns)
    writable = [c for c in table.columns if _in_condition(c.name) and c.name not in table.singles]
    numeric = [c for c in writable if any(type(cell) in (int, float) for cell in c.cells)]
    textual = [
        c
        for c in writable
        if all(cell is None or (isinstance(cell, str) and _in_condition(cell)) for cell in c.cells)
        and any(isinstance(cell, str) and cell[:1].isalpha() and not _is_number(cell) for cell in c.cells)
    ]
    if not numeric and not textual:
        return Condition(sql="true", holds=lambda _: True)
    column = draw(st.sampled_from([*numeric, *textual]))
    name = column.name

    def compare(sign: str, value: Any) -> Callable[[dict[str, Cell]], bool | None]:
        return lambda row: None if row[name] is None else _OPERATORS[sign](row[name], value)

    if column in numeric:
        value = draw(st.one_of(st.integers(-5, 60), st.integers(0, 100).map(lambda k: k / 100)))
        if maybe(draw, 25):
            high = value + draw(st.integers(0, 30))
            return Condition(
                sql=f"{quote(name)} between {value} and {high}",
                holds=lambda row: None if row[name] is None else value <= row[name] <= high,
                columns=(name,),
            )
        sign = draw(st.sampled_from(list(_OPERATORS)))
        return Condition(sql=f"{quote(name)} {sign} {value}", holds=compare(sign, value), columns=(name,))
    known = [cell for cell in column.cells if isinstance(cell, str)]
    if maybe(draw, 50):
        several = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3))
        return Condition(
            sql=f"{quote(name)} not in ({', '.join(map(_text, several))})",
            holds=lambda row: None if row[name] is None else row[name] not in several,
            columns=(name,),
        )
    value = draw(st.sampled_from(known))
    sign = draw(st.sampled_from(("=", "<>")))
    return Condition(sql=f"{quote(name)} {sign} {_text(value)}", holds=compare(sign, value), columns=(name,))


@st.composite
def questions(draw: st.DrawFn, table: Table, begun: Question) -> Question:
    """Draw what is asked of a table."""
    rule: dict[str, Any] = {}
    scores = [cell for cell in table[table.score] if cell is not None] if table.score else []
    outside = any(not 0 <= float(cell) <= 1 for cell in scores if isinstance(cell, (int, float)))
    if table.score is not None and maybe(draw, 95 if outside else 45):
        match draw(st.sampled_from(("threshold", "top_k", "top_percent"))):
            case "threshold":
                near = st.sampled_from([float(x) for x in scores if isinstance(x, (int, float))] or [0.5])
                rule["threshold"] = draw(st.one_of(near, near, st.integers(-10, 110).map(lambda k: k / 100)))
            case "top_k":
                rule["top_k"] = draw(st.integers(1, table.rows + 1))
            case _:
                rule["top_percent"] = draw(
                    st.one_of(
                        st.sampled_from((100, 50.0, 33.3, 0.1)), st.integers(1, 100), st.floats(0.01, 100)
                    )
                )
    attributes = draw(wanted(table))
    plain = sorted(
        {group_name(cell) for column in table.columns if column.name != table.weight for cell in column.cells}
        - {"true", "false"}
    )
    usable = [
        text for text in plain if "," not in text and (text[0].isalpha() or text.lstrip("-").isdecimal())
    ]
    marks = st.lists(st.sampled_from([*usable, "unknown", "999"]), max_size=2, unique=True).map(tuple)
    return Question(
        attributes=attributes,
        positive=() if begun.label_none else begun.positive,
        label_none=begun.label_none,
        where=draw(conditions(table)) if maybe(draw, 25) else None,
        drop_missing=maybe(draw, 85),
        na_values=draw(marks) if maybe(draw, 12) else None,
        references=draw(references(table, attributes)),
        tau=draw(st.sampled_from((None, None, "0.8", "0.9", "1", "2/3", "0.001"))),
        decide=draw(st.sampled_from((None, "point", "interval"))),
        metrics=draw(
            st.sampled_from(((), (), ("pprev",), ("tpr", "precision"), ("ppr", "for", "npv"), ("fnr", "tnr")))
        ),
        interval=draw(st.sampled_from((None, None, "clopper-pearson", "wilson"))),
        min_group_size=draw(st.sampled_from((None, 1, 3, 1000))),
        statistics=table.weight is None and maybe(draw, 20),
        **rule,
    )


@st.composite
def references(draw: st.DrawFn, table: Table, attributes: Sequence[Wanted]) -> tuple[str, ...]:
    kind = draw(st.sampled_from(("", "", "majority", "rest", "min-metric", "named")))
    if kind != "named":
        return (kind,) if kind else ()
    named = []
    for attribute, name in zip(attributes, names_of(attributes), strict=True):
        ((column, cut), *more) = attribute.dimensions
        if not more and cut is None and maybe(draw, 60):
            present = sorted({group_name(cell) for cell in table[column]})
            named.append(f"{name}={draw(st.sampled_from(present))}")
    return tuple(named)


@st.composite
def writings(draw: st.DrawFn, table: Table, question: Question, kind: str) -> Writing:
    """Draw a way to write a table in which nothing loses its meaning."""
    styles, types, forms, blanks = {}, {}, {}, {}
    for column in table.columns:
        if maybe(draw, 40) and not _digits_matter(column, table, question):
            styles[column.name] = draw(st.integers(1, 30))
        elif maybe(draw, 15) and (possible := _forms(column, table, question)):
            forms[column.name] = draw(st.sampled_from(possible))
        if maybe(draw, 60):
            types[column.name] = draw(st.integers(0, 2))
        if None in column.cells and maybe(draw, 70):
            numeric = any(type(cell) in (int, float) for cell in column.cells)
            usual = NUMBER_MARKS if numeric else MARKS
            marks = usual if question.na_values is None else ("", "  ", *question.na_values)
            blanks[column.name] = draw(st.sampled_from(marks))
    ways = {"styles": styles, "forms": forms, "types": types, "blanks": blanks}
    if kind in ("parquet", *FRAME_KINDS):
        return Writing(kind=kind, suffix=draw(st.sampled_from((".parquet", ".pq"))), **ways)
    if kind == "jsonl":
        return Writing(
            kind=kind,
            suffix=draw(st.sampled_from((".jsonl", ".ndjson"))),
            quoted=draw(st.booleans()),
            line_end=draw(st.sampled_from(("\n", "\n", "\r\n"))),
            last_line_ends=maybe(draw, 70),
            compressed=maybe(draw, 15),
            **ways,
        )
    delimiter = draw(st.sampled_from((",", ",", ",", ";", "\t", "|")))
    suffixes = (".tsv", ".tab") if delimiter == "\t" else (".csv", ".csv", ".txt", ".data")
    return Writing(
        kind="csv",
        suffix=draw(st.sampled_from(suffixes)),
        delimiter=delimiter,
        quoted=maybe(draw, 40),
        line_end=draw(st.sampled_from(("\n", "\n", "\r\n"))),
        last_line_ends=maybe(draw, 80),
        mark=maybe(draw, 10),
        compressed=maybe(draw, 12),
        empty="  " if maybe(draw, 15) else "",
        index=maybe(draw, 15),
        apostrophes=maybe(draw, 10) and not forms,
        **ways,
    )


def _named(table: Table, question: Question) -> set[str]:
    """Give the columns whose values are named, as groups or as positive; any may be if the program chooses attributes."""
    named = {name for a in question.attributes for name, cut in a.dimensions if cut is None}
    if not question.attributes:
        named |= set(table.names) - {table.score, table.weight}
    return named | {table.label or "", table.decision or ""}


def _digits_matter(column: Column, table: Table, question: Question) -> bool:
    """Tell whether a fraction is named, which is another name with more digits than floats have."""
    return column.name in _named(table, question) and any(isinstance(cell, float) for cell in column.cells)


def _forms(column: Column, table: Table, question: Question) -> list[str]:
    """Give the forms in which people may write a column of ordinary numbers."""
    present = [cell for cell in column.cells if cell is not None]
    ordinary = all(type(cell) in (int, float) and (cell == 0 or 1e-9 < abs(cell) < 1e9) for cell in present)
    if not present or not ordinary or question.na_values or column.name in _named(table, question):
        return []
    texts = [in_form(cell, "comma") or "" for cell in present]
    return ["percent", "thousands", "dollars", "euros", "brackets", *(["comma"] if certain(texts) else [])]


COMMANDS = ("group", "group", "group", "slice", "bias", "fairness")


def _in_32_bits(table: Table) -> Table:
    """Keep columns of fractions in 32 bits, where they fit."""
    most = float(np.finfo(np.float32).max)
    small = {
        column.name
        for column in table.columns
        if any(isinstance(cell, float) for cell in column.cells)
        and all(not isinstance(cell, float) or abs(cell) <= most for cell in column.cells)
    }
    columns = tuple(
        Column(name=c.name, cells=tuple(float(np.float32(x)) if isinstance(x, float) else x for x in c.cells))
        if c.name in small
        else c
        for c in table.columns
    )
    return dataclasses.replace(table, columns=columns, singles=frozenset(small))


@st.composite
def cases(draw: st.DrawFn, *, kinds: Sequence[str], commands: Sequence[str] = COMMANDS) -> Case:
    """Draw a whole case."""
    kind = draw(st.sampled_from(kinds))
    table, begun = draw(tables())
    if kind in ("parquet", *FRAME_KINDS) and maybe(draw, 30):
        table = _in_32_bits(table)
    question = draw(questions(table, begun))
    return Case(
        table=table,
        question=question,
        command=draw(st.sampled_from(commands)),
        writing=draw(writings(table, question, kind)),
        name_roles=maybe(draw, 50),
    )
