"""What may stand behind a gap: another attribute that was counted, or a column that nobody is grouped by."""

from __future__ import annotations

from fairaudit.count.pairs import count_pairs, tells_apart
from fairaudit.disparity.judge import Judged
from fairaudit.disparity.ratios import Compared
from fairaudit.disparity.verdicts import Verdict
from fairaudit.disparity.within import Within, failing_attributes, gaps_within, same_people
from fairaudit.documents import strata
from fairaudit.documents.audit import AlikePart, BiasDocument, WithinPart
from fairaudit.documents.strata import within_part
from fairaudit.documents.within import WithinPart as WithinStrata
from fairaudit.read.checked_rows import Checked
from fairaudit.read.table import unaudited_columns
from fairaudit.settings.limits import tolerance_band


def with_what_is_behind(
    document: BiasDocument, checked: Checked, compared: Compared, judged: Judged
) -> BiasDocument:
    """Add to a bias report what may stand behind the gaps that fail, which takes a statement for each attribute that does."""
    if checked.suppression is not None:
        # What is behind a gap is counted in groups that may be of a few people.
        return document
    failing = {
        (p.attribute, p.group, p.metric)
        for p in judged.parities
        if p.decisive and p.verdict is Verdict.FAIL and p.metric
    }
    gaps = [d for d in compared.disparities if (d.attribute, d.group, d.metric) in failing]
    single = [a.name for a in checked.attributes if len(a.dimensions) == 1]
    pairs = {
        attribute: count_pairs(checked, attribute, [other for other in single if other != attribute])
        for attribute in failing_attributes(gaps)
        if attribute in single
    }
    unknown: dict[str, set[str]] = {}
    for d in compared.disparities:
        if d.unknown:
            unknown.setdefault(d.attribute, set()).add(d.group)
    return document.model_copy(
        update={
            "within": [
                WithinPart(
                    attribute=one.attribute,
                    group=one.group,
                    metric=one.metric,
                    other=one.other,
                    ratio=one.ratio,
                    strata=None if checked.clustered else _of_strata(one),
                )
                for one in gaps_within(gaps, pairs, tolerance_band(judged.tau), unknown=unknown)
            ],
            "alike": [
                AlikePart(
                    attribute=one.attribute,
                    group=one.group,
                    other=one.other,
                    other_group=one.other_group,
                    share=one.share,
                )
                for one in same_people(pairs)
            ],
            "unaudited": _unaudited(checked) if gaps else [],
        }
    )


def _unaudited(checked: Checked) -> list[str]:
    """Name the columns that nobody is grouped by, if they are few, and within which groups can be compared."""
    # A column that is read for slices only groups nobody here: with it or without it the report is the same.
    grouped_by = set(checked.grouped_by)
    taken = grouped_by | set(checked.roles.columns) | set(checked.passed_over)
    free = unaudited_columns(checked.source.columns, taken)
    return [column for column in free if tells_apart(checked, column)]


def _of_strata(one: Within) -> WithinStrata:
    """Write down what the strata say of a gap."""
    return within_part(
        strata.Within(
            attribute=one.attribute,
            group=one.group,
            reference=one.reference,
            metric=one.metric,
            column=one.other,
            crude=one.crude,
            tables=one.tables,
        )
    )
