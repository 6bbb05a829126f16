"""What people and outcomes are called: groups, and those whom decisions are about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fairaudit.documents.parts import AuditSettings
from fairaudit.errors import clipped
from fairaudit.render.words.names import is_adjective, joined
from fairaudit.render.words.values import count_text
from fairaudit.settings.naming import Called
from fairaudit.slices.grammar import CROSS, EVERYBODY_ELSE, MISSING_GROUP, NONE_OF_THEM, OTHER_GROUP

if TYPE_CHECKING:
    from fairaudit.documents.folder import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What people and outcomes are called where these are told about.

    Attributes
    ----------
    columns
        The columns behind each attribute, so that its groups can be taken apart.
    ambiguous
        Words for people that more than one value stands for.
    outcome
        What the label says of those whose outcome is positive, as "label is 1".
    should, should_not
        How a clause tells people by their outcome: by the decision that would be right for them, and the column that says so; as they
        are called, where somebody gave words for that.
    """

    people: str = "people"
    selected: str = "selected"
    refused: str = "refused"
    positive: str = "with label 1"
    negative: str = "with label 0"
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ambiguous: frozenset[str] = frozenset()
    outcome: str = "label is 1"
    should: str = "who should be selected (label 1)"
    should_not: str = "who should not be selected (label 0)"


WORDS = Words()


def words_of(settings: AuditSettings, groups: Iterable[str] = ()) -> Words:
    """Return what people and outcomes are called in an audit.

    Parameters
    ----------
    groups
        All groups; where two values are a word for the same people, such as women and female, each is named as it stands.
    """
    words = called(settings.words, columns={part.name: tuple(part.columns) for part in settings.attributes})
    values = {part for group in groups for part in group.split(CROSS)}
    nouns = Counter(_NOUNS[value.casefold()] for value in values if value.casefold() in _NOUNS)
    words = replace(words, ambiguous=frozenset(noun for noun, many in nouns.items() if many > 1))
    return _by_label(words, settings)


def _by_label(words: Words, settings: AuditSettings) -> Words:
    """Tell people by the column that holds their outcome, where nobody gave words for that."""
    outcome = settings.outcome
    column = "label" if outcome is None else clipped(outcome.column)
    positive, negative = named_values([] if outcome is None else outcome.positive)
    by_outcome = {
        Called.POSITIVE: {
            "positive": f"with {column} {positive}",
            "should": f"{_pronoun(words.people)} should be {words.selected} ({column} {positive})",
        },
        Called.NEGATIVE: {
            "negative": f"with {column} {negative}",
            "should_not": f"{_pronoun(words.people)} should not be {words.selected} ({column} {negative})",
        },
    }
    texts: dict[str, Any] = {
        field: text
        for called_outcome, by_field in by_outcome.items()
        if called_outcome not in settings.words
        for field, text in by_field.items()
    }
    is_positive = f"{column} is {positive}"
    return replace(words, outcome=is_positive, **texts)


def named_values(positive: Sequence[str]) -> tuple[str, str]:
    """Name the values of a label that are positive, and the others; several of them by what they are together."""
    if not positive:
        return "1", "0"
    if len(positive) > 1:
        return "positive", "not positive"
    quoted = f'"{clipped(positive[0])}"'
    return quoted, f"not {quoted}"


def _pronoun(people: str) -> str:
    """Return the word by which a clause on people begins, which for things is another one."""
    is_human = people.rsplit(maxsplit=1)[-1].casefold() in _HUMAN or people.casefold() in _NOUNS
    return "who" if is_human else "that"


_HUMAN = frozenset(
    [
        "applicants",
        "borrowers",
        "candidates",
        "claimants",
        "clients",
        "customers",
        "defendants",
        "employees",
        "members",
        "offenders",
        "patients",
        "people",
        "persons",
        "pupils",
        "residents",
        "students",
        "tenants",
        "users",
        "workers",
    ]
)
"""What people are called who are people; anything else may be things."""


def words_of_results(documents: Results) -> Words:
    """Return what people and outcomes of an audit are called; the usual words without one."""
    return WORDS if documents.settings is None else words_of(documents.settings)


def called(chosen: Mapping[Called, str], *, columns: Mapping[str, tuple[str, ...]]) -> Words:
    """Return what people and outcomes are called by the words that were given.

    >>> called({Called.PEOPLE: "defendants", Called.POSITIVE: "re-offended"}, columns={}).positive
    'who re-offended'
    >>> called({Called.PEOPLE: "cars", Called.POSITIVE: "that failed"}, columns={}).positive
    'that failed'
    """
    texts: dict[str, Any] = {
        name.value: _relative(text) if name in _OUTCOMES else text for name, text in chosen.items()
    }
    outcomes = {_CLAUSES[name]: texts[name.value] for name in _OUTCOMES if name in chosen}
    return Words(columns=columns, **texts, **outcomes)


_OUTCOMES = (Called.POSITIVE, Called.NEGATIVE)
_CLAUSES = {Called.POSITIVE: "should", Called.NEGATIVE: "should_not"}
_RELATIVE = ("who", "that", "which", "whose", "with", "without", "of", "in")


def _relative(text: str) -> str:
    """Write what somebody did, or was found to be, as it stands after a noun."""
    return text if text.split(maxsplit=1)[0].casefold() in _RELATIVE else f"who {text}"


def group_text(attribute: str, group: str, words: Words, *, after: str | None = None) -> str:
    """Name the people of a group within a sentence; `after` is the group that was named before, so that "people" need not be said again.

    >>> group_text("race", "African-American", Words())
    'African-American people'
    >>> group_text("race", "Caucasian", Words(), after="African-American")
    'Caucasian ones'
    >>> group_text("age_cat", "25 - 45", Words())
    'people with age_cat "25 - 45"'
    >>> group_text("sex*age:25,40", "Female * below 25", Words(columns={"sex*age:25,40": ("sex", "age")}))
    'women below 25'
    """
    if not attribute and not group:
        return "everybody"
    if group == EVERYBODY_ELSE:
        return "everybody else"
    columns = words.columns.get(attribute, (attribute,))
    parts = group.split(CROSS)
    if len(parts) != len(columns):
        parts, columns = [group], (attribute,)
    is_noun = noun_of(group, words) != ""
    if len(parts) == 1 and after is not None and is_adjective(group) and is_adjective(after) and not is_noun:
        return f"{group} ones"
    described = [_described(column, part, words) for column, part in zip(columns, parts, strict=True)]
    if len(parts) == 1 and described[0].quoted and after is not None and not is_adjective(after):
        return f"those with {described[0].quoted}"
    before = " ".join(d.before for d in described if d.before)
    noun = next((d.noun for d in described if d.noun), words.people)
    behind = " and ".join(d.behind for d in described if d.behind)
    return " ".join(text for text in (before, noun, behind) if text)


def group_name(attribute: str, group: str, words: Words) -> str:
    """Name a group where its attribute is named beside it.

    >>> group_name("race", "Other", Words())
    'Other'
    >>> group_name("sex*age:25,40", "Female * below 25", Words(columns={"sex*age:25,40": ("sex", "age")}))
    'women below 25'
    """
    crossed = len(words.columns.get(attribute, ())) > 1 and group != EVERYBODY_ELSE
    return group_text(attribute, group, words) if crossed else clipped(group)


def attribute_text(attribute: str, words: Words) -> str:
    """Name an attribute within a sentence.

    >>> attribute_text("race", Words())
    'race'
    >>> attribute_text("sex*age:25,40", Words(columns={"sex*age:25,40": ("sex", "age")}))
    'sex and age'
    >>> attribute_text("races:{black,asian}*sex", Words(columns={"races:{black,asian}*sex": ("races:{black,asian}", "sex")}))
    'races and sex'
    >>> attribute_text("races:{black,asian}", Words())
    'races'
    """
    columns = words.columns.get(attribute, (attribute,))
    return joined([clipped(_family(column) or column) for column in columns])


def _family(column: str) -> str | None:
    """Return what columns of members are of; ``None`` where it is no such part of an attribute."""
    member = _MEMBER.fullmatch(column)
    return member["family"] if member and "," in member["column"] else None


def neighbour_text(attribute: str, group: str, place: int, words: Words) -> str:
    """Name a cell of an intersection by the column, at a place, in which it differs from another, where all else is an age.

    >>> crossed = Words(columns={"sex*age:25,40": ("sex", "age")})
    >>> neighbour_text("sex*age:25,40", "Male * below 25", 0, crossed)
    'men of that age'
    """
    columns, parts = words.columns.get(attribute, ()), group.split(CROSS)
    differing = _described(columns[place], parts[place], words)
    others = [column for index, column in enumerate(columns) if index != place]
    if differing.behind or [column.casefold() for column in others] != ["age"]:
        return group_text(attribute, group, words)
    return (
        f"{' '.join(text for text in (differing.before, differing.noun or words.people) if text)} of that age"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a value adds to the name of people: before the noun, as the noun, or behind it."""

    before: str = ""
    noun: str = ""
    behind: str = ""
    quoted: str = ""


def noun_of(value: str, words: Words) -> str:
    """Return the word for people that a value is; empty where it is none, or stands for the same people as another."""
    noun = _NOUNS.get(value.casefold(), "")
    return "" if noun in words.ambiguous else noun


def _described(column: str, value: str, words: Words) -> Described:
    """Say what a value of a column makes of people."""
    if (member := _MEMBER.fullmatch(column)) is not None:
        if (family := _family(column)) is None:
            return _member(member["column"], value)
        if value in (NONE_OF_THEM, MISSING_GROUP):
            unknown = f"of whom {clipped(family)} is not known"
            return Described(behind=unknown if value == MISSING_GROUP else f"in none of {clipped(family)}")
        return Described(noun=noun) if (noun := noun_of(value, words)) else _member(value, "in")
    if value == MISSING_GROUP:
        form = _FORM.fullmatch(column)
        return Described(
            behind=f"whose {clipped(form['called'] or form['dated'] if form else column)} is missing"
        )
    if noun := noun_of(value, words):
        return Described(noun=noun)
    if is_adjective(value) and value.casefold() not in _NOUNS:
        return Described(before=value)
    if column.casefold() == "age" and _RANGE.fullmatch(value):
        return Described(behind=value if value[0] in "ab" else f"aged {value}")
    if column == "decision" and value in ("selected", "not selected"):
        return Described(behind=f"who are {words.selected if value == 'selected' else words.refused}")
    if (named := _of_condition(column, value)) is not None:
        return named
    if (taken := _taken(column, value)) is not None:
        return taken
    quoted = f'"{clipped(value)}"'
    return Described(behind=f"with {clipped(column)} {quoted}", quoted=quoted)


def _of_condition(column: str, value: str) -> Described | None:
    """Say of people whether they fulfil a condition that has a name; ``None`` of any other value."""
    if value not in (column, f"not {column}"):
        return None
    return Described(behind=f'{"" if value == column else "not "}in "{clipped(column)}"')


def taken_text(column: str, value: str, words: Words) -> Described | None:
    """Say what a value of something that was taken of a column makes of people, or being in something, or a missing value; ``None`` of a value of a column itself.

    >>> taken_text("races:{Black}", "in", Words()).before, taken_text("signup.year", "below 2021", Words()).behind
    ('Black', 'whose signup is before 2021')
    """
    if value == MISSING_GROUP or _MEMBER.fullmatch(column):
        return _described(column, value, words)
    return _of_condition(column, value) or _taken(column, value)


def unit_of(column: str) -> str:
    """Return what is counted in the texts of a column; empty of any other.

    >>> unit_of("len(review)"), unit_of("age")
    ('letters', '')
    """
    form = _FORM.fullmatch(column)
    return {"len": "letters", "words": "words"}.get(form["form"] or "", "") if form else ""


_MEMBER = re.compile(r"(?P<family>[^*]*):\{(?P<column>.*)\}", re.DOTALL)
"""How a column of members is written."""


def _member(column: str, value: str) -> Described:
    """Say of people whether they are in what a column of 0 and 1 stands for."""
    if value == MISSING_GROUP:
        return Described(behind=f"of whom {clipped(column)} is not known")
    if value == "in" and is_adjective(column):
        return Described(before=clipped(column))
    return Described(behind=f'{value} "{clipped(column)}"')


def _taken(column: str, value: str) -> Described | None:
    """Say what a value of something that was taken of a column makes of people; ``None`` where nothing was.

    >>> _taken("len(review)", "12 to below 40 letters").behind, _taken("signup.month", "March").behind
    ('whose review has a length of 12 to below 40 letters', 'whose signup is in March')
    """
    if value == OTHER_GROUP:
        return Described(behind=f"of another {clipped(column)}")
    if (form := _FORM.fullmatch(column)) is None:
        return None
    of = clipped(form["called"] or form["dated"])
    match form["form"] or form["part"]:
        case "missing":
            return Described(behind=f"whose {of} is {value}")
        case "len" | "words":
            return Described(behind=f"whose {of} has a length of {value}")
        case "weekday":
            return Described(behind=f"whose {of} is on a {value}")
        case "year":
            return Described(behind=f"whose {of} is {_years(value)}")
        case _:
            return Described(behind=f"whose {of} is in {value}")


def _years(value: str) -> str:
    """Write a year, or a range of years, which holds its first one and not its last.

    >>> _years("2024"), _years("below 2020"), _years("2020 to below 2023"), _years("2023 and above")
    ('in 2024', 'before 2020', 'from 2020 to before 2023', 'in 2023 or later')
    """
    if value.startswith("below "):
        return f"before {value.removeprefix('below ')}"
    if " to below " in value:
        return f"from {value.replace(' to below ', ' to before ')}"
    return f"in {value.removesuffix(' and above').removesuffix(' or more')}{' or later' if value.endswith((' and above', ' or more')) else ''}"


_FORM = re.compile(
    r"(?P<form>missing|len|words)\((?P<called>.*)\)|(?P<dated>.*)\.(?P<part>year|month|weekday)", re.DOTALL
)
"""How it is written what is taken of a column."""
_RANGE = re.compile(r"(below|above) [\d.,]+|[\d.,]+ (to below [\d.,]+|to [\d.,]+|and above)")
"""How a range of numbers is named."""
_NOUNS: Mapping[str, str] = {
    **{noun: noun for noun in ("women", "men", "girls", "boys", "adults", "children")},
    "female": "women",
    "male": "men",
    "females": "women",
    "males": "men",
}
"""Values that are a word for people themselves."""


def people_text(n: float, words: Words) -> str:
    """Write a number of people in the words of those who know them.

    >>> people_text(1, Words()), people_text(1, Words(people="cars")), people_text(1234, Words(people="cars"))
    ('1 person', '1 of the cars', '1,234 cars')
    """
    if n == 1:
        return "1 person" if words.people == WORDS.people else f"1 of the {words.people}"
    return f"{count_text(n)} {words.people}"


def listed_name(attribute: str, group: str, words: Words) -> str:
    """Name a group among those of other attributes: a value that says little alone, such as "low", stands behind its attribute.

    >>> listed_name("age:25,45", "below 25", Words(columns={"age:25,45": ("age",), "sex": ("sex",)}))
    'age "below 25"'
    >>> listed_name("age:25,45", "below 25", Words(columns={"age:25,45": ("age",), "age:25": ("age",)}))
    'age:25,45 "below 25"'
    """
    name = short_name(attribute, group, words)
    if len(words.columns) < 2 or is_adjective(group) or name != quoted_name(group):
        return name
    head = attribute_text(attribute, words)
    is_only = [attribute_text(other, words) for other in words.columns].count(head) == 1
    return f'{head if is_only else clipped(attribute)} "{clipped(group)}"'


def short_name(attribute: str, group: str, words: Words) -> str:
    """Name a group where "people" need not be said.

    >>> short_name("race", EVERYBODY_ELSE, Words())
    'everybody else'
    """
    crossed = len(words.columns.get(attribute, ())) > 1
    if crossed or group in (MISSING_GROUP, NONE_OF_THEM, EVERYBODY_ELSE) or not (attribute or group):
        return group_text(attribute, group, words)
    return quoted_name(group)


def quoted_name(group: str) -> str:
    """Write the name of a group where "people" need not be said: a word as it stands, else in quotes."""
    return clipped(group) if group.isalpha() or is_adjective(group) else f'"{clipped(group)}"'
