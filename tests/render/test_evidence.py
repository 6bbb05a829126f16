"""p-values in words, each with the name of its test."""

import fairaudit
from fairaudit.documents.audit import BiasDocument
from fairaudit.render.words.evidence import evidence_text


def _bias(white: tuple[int, int], black: tuple[int, int], **options: str) -> BiasDocument:
    import pandas as pd

    rows = [
        {"decision": score, "race": race, "n": n}
        for race, (selected, others) in (("Black", black), ("White", white))
        for score, n in ((1, selected), (0, others))
    ]
    return fairaudit.audit(pd.DataFrame(rows), weight="n", label="none", attributes="race", **options).bias


def test_each_p_value_has_a_test() -> None:
    bias = _bias((580, 1020), (1150, 850))
    (text,) = [evidence_text(d, bias) for d in bias.decisive]
    assert "That both rates are equal: p = " in text
    assert "(score test)" in text
    assert "after all 1 comparison" not in text
    assert bias.family.correction == "holm"


def test_few_people_have_an_exact_test() -> None:
    bias = _bias((7, 3), (580, 1020))
    (text,) = [evidence_text(d, bias) for d in bias.decisive]
    assert "(exact test, Berger and Boos)" in text


def test_by_the_point_only_equality_is_tested() -> None:
    bias = _bias((580, 1020), (1150, 850), decide="point")
    (text,) = [evidence_text(d, bias) for d in bias.decisive]
    assert text.startswith("That both rates are equal")
    assert "tolerable" not in text
    assert bias.family.correction is None
