"""What is found out about a document is found out once, and gone with it."""

from __future__ import annotations

import gc
import weakref

from fairaudit.documents.kept import kept
from fairaudit.documents.parts import NotePart


def note(sentence: str = "a") -> NotePart:
    return NotePart(sentence=sentence, warning=False)


def test_a_question_is_answered_once_for_each_document() -> None:
    asked: list[tuple[NotePart, int]] = []

    @kept
    def answer(document: NotePart, times: int = 1) -> str:
        asked.append((document, times))
        return document.sentence * times

    one, other = note(), note()
    assert [answer(one), answer(one), answer(other), answer(one, 2), answer(one, times=2)] == [
        "a",
        "a",
        "a",
        "aa",
        "aa",
    ]
    assert len(asked) == 4


def test_a_changed_copy_is_another_document() -> None:
    @kept
    def answer(document: NotePart) -> str:
        return document.sentence

    one = note()
    assert answer(one) == "a"
    assert answer(one.model_copy(update={"sentence": "b"})) == "b"


def test_nothing_keeps_a_document_alive() -> None:
    @kept
    def answer(document: NotePart) -> int:
        return len(document.sentence)

    one = note("gone")
    assert answer(one) == 4
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None
    assert answer(note("new")) == 3
