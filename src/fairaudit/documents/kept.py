"""What is found out about a document, kept as long as the document is: several parts of a page ask the same of it, and a document never changes."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Hashable
from typing import Concatenate, ParamSpec, TypeVar

from fairaudit.documents.parts import Part

D = TypeVar("D", bound=Part)
T = TypeVar("T")
P = ParamSpec("P")


def kept(function: Callable[Concatenate[D, P], T]) -> Callable[Concatenate[D, P], T]:
    """Keep what a function of a document returns, which nobody may change; the other arguments can be hashed.

    A document is known by its identity, as comparing one takes as long as asking it.
    """
    answers: dict[int, dict[Hashable, T]] = {}

    @functools.wraps(function)
    def ask(document: D, /, *args: P.args, **kwargs: P.kwargs) -> T:
        number = id(document)
        if number not in answers:
            answers[number] = {}
            weakref.finalize(document, answers.pop, number, None)
        question = (args, tuple(kwargs.items()))
        known = answers[number]
        if question not in known:
            known[question] = function(document, *args, **kwargs)
        return known[question]

    return ask
