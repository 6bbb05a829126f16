"""What the readers of a card ask for by law or by a framework, and which statements answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairaudit.documents.statements import Statements
from fairaudit.settings.choices import CardReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a reader is called within a sentence, and by the names of statements where it asks for each; `table.key` is a key of a table."""

    reader: str
    places: Mapping[str, str]


ASKED: Mapping[CardReader, Asked] = {
    # Regulation (EU) 2024/1689, Annex IV (technical documentation), and the articles that it refers to.
    CardReader.EU_AI_ACT: Asked(
        reader="the EU AI Act",
        places={
            "name": "Annex IV 1(a)",
            "owners": "Annex IV 1(a)",
            "intended_uses": "Annex IV 1(a)",
            "users": "Annex IV 1(h)",
            "data_source": "Annex IV 2(d), Article 10(2)(b)",
            "preprocessing": "Annex IV 2(d), Article 10(2)(c)",
            "regulators.collection_period": "Annex IV 2(d), Article 10(2)(b)",
            "regulators.labelling": "Annex IV 2(d), Article 10(2)(c)",
            "regulators.oversight": "Annex IV 2(e) and 3, Article 14",
            "regulators.robustness": "Annex IV 2(g), Article 15",
            "out_of_scope": "Annex IV 3",
            "caveats": "Annex IV 3",
            "regulators.foreseeable": "Annex IV 3",
            "why_these_metrics": "Annex IV 4",
            "interpretation": "Article 10(2)(f) and (g)",
            "regulators.appeal": "Article 86",
            "regulators.monitoring": "Annex IV 9, Article 72",
        },
    ),
    # NIST AI 100-1, Artificial Intelligence Risk Management Framework 1.0 (2023), its categories.
    CardReader.NIST: Asked(
        reader="the NIST AI RMF",
        places={
            "intended_uses": "MAP 1.1",
            "users": "MAP 1.1",
            "out_of_scope": "MAP 1.1",
            "owners": "GOVERN 2.1",
            "contact": "GOVERN 5.1",
            "caveats": "MAP 2.2",
            "regulators.oversight": "MAP 3.5",
            "regulators.foreseeable": "MAP 5.1",
            "why_these_metrics": "MEASURE 1.1",
            "regulators.assessor": "MEASURE 1.3",
            "data_source": "MEASURE 2.2",
            "regulators.robustness": "MEASURE 2.5 to 2.7",
            "interpretation": "MEASURE 2.11",
            "regulators.appeal": "MANAGE 4.1",
            "regulators.monitoring": "MANAGE 4.1",
        },
    ),
    # Rules of the City of New York, title 6, chapter 5, subchapter T.
    CardReader.LL144: Asked(
        reader="New York City's Local Law 144",
        places={
            "impact.tool": "6 RCNY 5-303",
            "impact.employer": "6 RCNY 5-303",
            "impact.auditor": "6 RCNY 5-301(a)",
            "impact.data_source": "6 RCNY 5-303(a)(1)",
            "impact.data_period": "6 RCNY 5-302",
            "impact.data_kind": "6 RCNY 5-302",
            "impact.audited": "6 RCNY 5-303(a)(1)",
            "impact.first_used": "6 RCNY 5-301(a)",
            "impact.distributed": "6 RCNY 5-303(a)(2)",
        },
    ),
}


def lacking_for(reader: CardReader, statements: Statements) -> dict[str, str]:
    """Name the statements that a reader asks for and nobody has made, with where it asks for each."""
    asked = dict(ASKED[reader].places)
    if statements.impact.data_kind == "test" and reader is CardReader.LL144:
        asked["impact.why_test_data"] = "6 RCNY 5-302"
    return {name: place for name, place in asked.items() if not _statement(name, statements)}


def _statement(name: str, statements: Statements) -> object:
    table, _, key = name.rpartition(".")
    return getattr(getattr(statements, table) if table else statements, key)
