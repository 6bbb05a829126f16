"""The function of the package that holds predictions to gates."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from fairaudit.gates.evaluate import read_gates
from fairaudit.settings.arguments import checked, choice_of, group_of
from fairaudit.settings.choices import DEFAULT_MIN_GROUP_SIZE, FamilyOf
from fairaudit.settings.edges import in_python
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.source import InputSettings
from fairaudit.settings.verdict import Direction, Measuring, References
from fairaudit.workflow.audit import open_input
from fairaudit.workflow.check import Checking, open_baseline, read_policy
from fairaudit.workflow.check import check as check_gates
from fairaudit.workflow.public_results import Place
from fairaudit.workflow.taken import stamp_of, tables_of

Texts = str | Sequence[str]


@in_python
def check(
    source: object,
    policy: Place | Sequence[Mapping[str, object]],
    *,
    ref_group: Texts = (),
    family: str = "gate",
    baseline: object = None,
    effect: str | None = None,
    words: Mapping[str, str] | None = None,
    unit: str | None = None,
    label: str | None = None,
    score: str | None = None,
    decision: str | None = None,
    weight: str | None = None,
    weight_kind: str | None = None,
    id: str | None = None,
    positive: Texts = (),
    where: str | None = None,
    slices: Mapping[str, str] | Place | None = None,
    missing: str = "error",
    na_values: Texts | None = None,
    threshold: float | None = None,
    top_k: int | None = None,
    top_percent: float | None = None,
    min_group_size: int = DEFAULT_MIN_GROUP_SIZE,
    unknown: Texts = (),
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    names: Texts = (),
    skip_bad_lines: bool = False,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_dir: Place | None = None,
) -> Checking:
    """Hold predictions to the gates of a policy; nothing is written, and nothing raised if a gate fails.

    Parameters
    ----------
    source
        As for `audit`.
    policy
        A TOML file with gates, of which nothing else is read; or a list of gates with the keys that they have there.
    ref_group
        Whom groups are compared with where a gate does not say, as for `audit`.
    family
        ``"gate"`` corrects the comparisons of each gate by themselves, ``"policy"`` those of all gates together.
    baseline
        Earlier predictions, as `source`, or the folder of their results: with these gates on change compare, the same people with themselves where `id` is given.
    effect, words, unit, label, score, decision, weight, weight_kind, id, positive, where, slices, missing, na_values, threshold, top_k, top_percent, min_group_size, unknown, format, delimiter, encoding, names, skip_bad_lines, memory_limit, threads, temp_dir
        As for `audit`.

    Returns
    -------
    Checking
        ``document`` is ``check.json``; its `exit_code` is 0 where all gates passed, 1 where one failed, and 3 where one could not be decided.

    Raises
    ------
    fairaudit.errors.FairauditError
        If a gate makes no sense, or the input cannot answer it.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"label": [0, 1] * 60, "score": [1, 0, 1] * 40, "sex": ["F", "F", "M"] * 40})
    >>> gates = [{"name": "selection", "metric": "pprev", "attribute": "sex", "min": 0.9}]
    >>> check(people, gates).document.exit_code
    1
    """
    arguments = checked(locals())
    kind = choice_of(FamilyOf, family, "family")
    if isinstance(policy, (str, os.PathLike)):
        gates = read_policy(Path(policy), family=kind)
    else:
        gates = read_gates(tables_of(policy), file="policy", family=kind)
    return check_gates(
        open_input(source, group_of(InputSettings, arguments)),
        gates,
        settings=group_of(ReadSettings, arguments),
        references=group_of(References, arguments).references,
        measuring=group_of(Measuring, arguments),
        direction=group_of(Direction, arguments),
        naming=group_of(Naming, arguments),
        baseline=None if baseline is None else open_baseline(baseline, group_of(InputSettings, arguments)),
        stamp=stamp_of("check"),
    )
