"""The groups of a bias report beside their references once more, among people who are alike in something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fairaudit.count.counts import Counts
from fairaudit.count.membership import Unknown
from fairaudit.count.strata import Selected, count_outcomes, count_overlapping
from fairaudit.count.unknown import unknown_values
from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.parts import NotePart
from fairaudit.documents.strata import Within, within_part
from fairaudit.documents.within import WithinPart
from fairaudit.errors import OptionError, clipped
from fairaudit.inference.odds import TwoRates
from fairaudit.metrics.kinds import Metric, total
from fairaudit.metrics.table import BY_NAME
from fairaudit.profiles.strata import beside
from fairaudit.read.checked_rows import Checked
from fairaudit.settings.choices import WeightKind
from fairaudit.slices.grammar import (
    EVERYBODY_ELSE,
    Attribute,
    Dimension,
    Take,
    parse_attributes,
)
from fairaudit.spelling import setting
from fairaudit.workflow.audit import Slicing, Tally
from fairaudit.workflow.suppressed import refuse_small_cells

Outcomes = Mapping[str, Mapping[str, Counts]]
"""The groups of an attribute by stratum, counted by decision and label."""
Shares = Mapping[str, Mapping[str, Selected]]
"""The same in one metric, and everybody else of each group."""


def slicing_of(within: Sequence[str]) -> Slicing | None:
    """Return the slices that have to be read beside the attributes, so that these can be compared within them."""
    return Slicing(features=tuple(within), together=True) if within else None


def within_strata(sliced: Tally, document: BiasDocument, columns: Sequence[str]) -> BiasDocument:
    """Add to a bias report what is left of its gaps within strata, in every metric that is a share of people; selection rates come first.

    Parameters
    ----------
    sliced
        Of the attributes, and of what they are compared within.

    Raises
    ------
    OptionError
        If people have the weights of a survey or stand in several rows, or small groups are not to be told of.
    """
    if not columns:
        return document
    checked = sliced.checked
    if checked.clustered or checked.weight_kind is WeightKind.SURVEY:
        raise OptionError(
            setting("within"),
            "counts people, and these stand in several rows or have the weights of a survey",
        )
    refuse_small_cells(checked, within=True)
    unknown, _ = unknown_values(checked, sliced.measuring.unknown)
    attributes = {a.name: a for a in checked.attributes}
    compared = [d for d in document.disparities if _is_counted(d)]
    counted: dict[tuple[str, str], Outcomes] = {}
    notes: list[NotePart] = []
    parsed, known = _parsed(columns, checked), _known(document)
    for column in parsed:
        for name in dict.fromkeys(d.attribute for d in compared):
            if set(attributes[name].dimensions) & set(column.dimensions):
                sentence = f"{clipped(name)}: not compared within {clipped(column.name)}, which it is made of"
                notes.append(NotePart(sentence=sentence, warning=False))
                continue
            if attributes[name].overlapping:
                outcomes = _each_group(checked, attributes[name], column, unknown)
            else:
                outcomes = count_outcomes(checked, attributes[name], column, unknown)
            counted[column.name, name] = outcomes
    parts = [
        part
        for metric in dict.fromkeys(d.metric for d in compared)
        for column in parsed
        for name in attributes
        if (column.name, name) in counted
        for part in _parts(
            [d for d in compared if (d.attribute, d.metric) == (name, metric)],
            column.name,
            _shares(BY_NAME[metric], counted[column.name, name], known[name]),
        )
    ]
    source = document.input.model_copy(update={"notes": [*document.input.notes, *notes]})
    return document.model_copy(update={"strata": parts, "input": source})


def _each_group(checked: Checked, attribute: Attribute, column: Attribute, unknown: Unknown) -> Outcomes:
    """Count those who are in each of the groups that overlap, and everybody else by another name, which a group cannot have."""
    return {
        stratum: {
            name: counts
            for group, (own, others) in groups.items()
            for name, counts in ((group, own), (_but(group), others))
        }
        for stratum, groups in count_overlapping(checked, attribute, column, unknown).items()
    }


def _but(group: str) -> str:
    """Name everybody else, who are not in a group."""
    return f"{EVERYBODY_ELSE} {group}"


def _parsed(columns: Sequence[str], checked: Checked) -> tuple[Attribute, ...]:
    """Read within what groups are compared; it is among the attributes and slices that were read."""
    return parse_attributes(
        columns,
        columns=checked.source.columns,
        file=checked.source.name,
        option=setting("within"),
        more={name: Dimension(column=name, take=Take.CONDITION) for name in checked.nameable},
    )


def _is_counted(d: DisparityPart) -> bool:
    """Tell whether a group is compared with its reference in a share of its own people, on which a parity rests or which somebody asked to judge."""
    metric = BY_NAME[d.metric]
    asked = bool(metric.parity) or d.verdict is not None
    return asked and metric.is_rate and not (metric.is_of_whole or d.unknown or d.is_reference)


def _known(document: BiasDocument) -> Mapping[str, Sequence[str]]:
    """Name the groups of each attribute of whom it is known who they are."""
    known: dict[str, dict[str, None]] = {}
    for d in document.disparities:
        if not d.unknown:
            known.setdefault(d.attribute, {})[d.group] = None
    return {attribute: list(groups) for attribute, groups in known.items()}


def _shares(metric: Metric, strata: Outcomes, known: Sequence[str]) -> Shares:
    """Count of whom a metric is a share, and to whom it happens, in each group and in everybody else of whom it is known who they are."""
    shares: dict[str, dict[str, Selected]] = {}
    for stratum, by_group in strata.items():
        own = {
            group: Selected(n=total(counts, metric.denominator), selected=total(counts, metric.numerator))
            for group, counts in by_group.items()
        }
        there = [own[group] for group in known if group in own]
        people, selected = sum(one.n for one in there), sum(one.selected for one in there)
        for group in known:
            one = own.get(group, Selected(n=0, selected=0))
            own.setdefault(_but(group), Selected(n=people - one.n, selected=selected - one.selected))
        shares[stratum] = own
    return shares


def _parts(disparities: Sequence[DisparityPart], column: str, shares: Shares) -> Iterable[WithinPart]:
    """Put groups beside their references, stratum by stratum."""
    for d in disparities:
        reference = d.reference_group or ""
        other = _but(d.group) if reference == EVERYBODY_ELSE else reference
        yield within_part(
            Within(
                attribute=d.attribute,
                group=d.group,
                reference=reference,
                metric=d.metric,
                column=column,
                crude=_crude(d),
                tables={stratum: beside(d.group, [other], counted) for stratum, counted in shares.items()},
            )
        )


def _crude(d: DisparityPart) -> TwoRates:
    """Put a group beside its reference, whatever the stratum."""
    counts = (d.numerator, d.denominator, d.reference_numerator, d.reference_denominator)
    x1, n1, x2, n2 = (int(n or 0) for n in counts)
    return TwoRates(x1=x1, n1=n1, x2=x2, n2=n2)
