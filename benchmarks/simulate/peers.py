"""What Aequitas and Fairlearn say of the same people; both want rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairaudit.inference.gap import gap_interval
from simulate.effort import LEVEL, METRICS, Bools, Counts, Effort, Floats
from simulate.page import Table, percent, quiet, say
from simulate.population import FAIR, Truth, draw, equality_p_values, rates, with_reference

REPLICATES_OF_FAIRLEARN = 100


def people(groups: Counts) -> pd.DataFrame:
    """Write a row for everybody, from each group's tp, fp, fn and tn."""
    return pd.DataFrame(
        {
            "score": np.concatenate([np.repeat([1, 1, 0, 0], mine) for mine in groups]),
            "label_value": np.concatenate([np.repeat([1, 0, 1, 0], mine) for mine in groups]),
            # Said, as pandas 3 would give texts a type of their own, which Aequitas refuses.
            "g": pd.Series(
                [f"group {number:02}" for number, mine in enumerate(groups) for _ in range(mine.sum())],
                dtype=object,
            ),
        }
    )


def aequitas_p_values(groups: Counts) -> Floats:
    """Ask Aequitas for the significance of each group but the first, its reference: shape (groups - 1, 3); NaN where it has none."""
    with quiet():
        from aequitas.bias import Bias
        from aequitas.group import Group

        frame = people(groups)
        crosstab, _ = Group().get_crosstabs(frame.copy())
        table = Bias().get_disparity_predefined_groups(
            crosstab,
            frame,
            {"g": "group 00"},
            check_significance=True,
            mask_significance=False,
            selected_significance=list(METRICS),
        )
    columns = [f"{metric}_significance" for metric in METRICS]
    found: Floats = table.set_index("attribute_value").sort_index()[columns].to_numpy(dtype=float)
    return found[1:]


def fairlearn_intervals(
    groups: Counts, *, replicates: int = REPLICATES_OF_FAIRLEARN, seed: int = 0
) -> Floats:
    """Ask Fairlearn for the 95% bootstrap interval of the gap, largest minus smallest rate: shape (3, 2)."""
    from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate

    frame = people(groups)
    with quiet():
        measured = MetricFrame(
            metrics=dict(
                zip(METRICS, (selection_rate, false_positive_rate, false_negative_rate), strict=True)
            ),
            y_true=frame["label_value"],
            y_pred=frame["score"],
            sensitive_features=frame["g"],
            n_boot=replicates,
            ci_quantiles=[0.025, 0.975],
            random_state=seed,
        )
        limits = measured.difference_ci()
    return np.stack([limit[list(METRICS)].to_numpy(dtype=float) for limit in limits], axis=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Two groups with a story, the reference first."""

    name: str
    truths: tuple[Truth, Truth]
    sizes: tuple[int, int]


SCENES = (
    Scene(name="the same truth", truths=(FAIR, FAIR), sizes=(200, 200)),
    Scene(name="the same truth, few people", truths=(FAIR, FAIR), sizes=(270, 30)),
    Scene(
        name="fair errors, other base rate",
        truths=(Truth(prevalence=0.5, fpr=0.2, fnr=0.3), Truth(prevalence=0.25, fpr=0.2, fnr=0.3)),
        sizes=(200, 200),
    ),
    Scene(
        name="twice the FPR, the same precision",
        truths=(Truth(prevalence=0.4, fpr=0.1, fnr=0.3), Truth(prevalence=4 / 7, fpr=0.2, fnr=0.3)),
        sizes=(200, 200),
    ),
    Scene(
        name="twice the FPR, the same base rate",
        truths=(Truth(prevalence=0.4, fpr=0.1, fnr=0.3), Truth(prevalence=0.4, fpr=0.2, fnr=0.3)),
        sizes=(200, 200),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """How often two groups are called different in a metric, by each tool, out of its runs."""

    runs: int
    fairaudit: tuple[int, ...]
    fairaudit_covers: tuple[int, ...]
    aequitas: tuple[int, ...]
    runs_of_fairlearn: int
    fairlearn: tuple[int, ...]
    fairlearn_covers: tuple[int, ...]


def calls(scene: Scene, runs: int, runs_of_fairlearn: int, seed: int) -> Calls:
    """Hand the same people to every tool, Fairlearn the first of them only, as it takes seconds for each."""
    random = np.random.default_rng([seed, *map(ord, scene.name)])
    drawn = draw(scene.truths, scene.sizes, runs, random)
    beside = with_reference(*rates(drawn))
    ours = equality_p_values(*beside)[:, 0] <= LEVEL
    x1, n1, x2, n2 = (values[:, 0] for values in beside)
    sure, allowed = gap_interval([(np.stack([x1, x2], axis=-1), np.stack([n1, n2], axis=-1))])
    theirs = np.stack([aequitas_p_values(mine)[0] for mine in drawn]) <= LEVEL
    limits = np.stack([fairlearn_intervals(mine, seed=seed) for mine in drawn[:runs_of_fairlearn]])
    reference, group = scene.truths
    gap = np.array([abs(group.rate(metric) - reference.rate(metric)) for metric in METRICS])
    low, high = limits[..., 0], limits[..., 1]

    def count(found: Bools) -> tuple[int, ...]:
        return tuple(int(number) for number in found.sum(axis=0))

    return Calls(
        runs=runs,
        fairaudit=count(ours),
        fairaudit_covers=count((sure <= gap + 1e-12) & (gap <= allowed + 1e-12)),
        aequitas=count(theirs),
        runs_of_fairlearn=runs_of_fairlearn,
        fairlearn=count(low > 0),
        fairlearn_covers=count((low <= gap + 1e-12) & (gap <= high)),
    )


def aequitas_alarms(groups: int, size: int, runs: int, seed: int) -> float:
    """Compute the share of fair audits in which Aequitas calls anything significant at 5%."""
    drawn = draw([FAIR] * groups, [size] * groups, runs, np.random.default_rng([seed, *[size] * groups]))
    return float(np.mean([bool((aequitas_p_values(mine) < LEVEL).any()) for mine in drawn]))


def peer_table(effort: Effort, seed: int) -> Table:
    """Show what Aequitas and Fairlearn say of the same people."""
    rows = []
    for scene in SCENES:
        say(f"Aequitas and Fairlearn: {scene.name}")
        found = calls(scene, effort.aequitas, effort.fairlearn, seed)
        reference, group = scene.truths
        for at, metric in enumerate(METRICS):
            true = (reference.rate(metric), group.rate(metric))
            rows.append(
                (
                    scene.name,
                    metric,
                    "equal" if abs(true[0] - true[1]) < 1e-9 else f"{true[0]:.2f} and {true[1]:.2f}",
                    percent(found.fairaudit[at] / found.runs),
                    percent(found.aequitas[at] / found.runs),
                    f"{found.fairlearn[at]} of {found.runs_of_fairlearn}",
                    percent(found.fairaudit_covers[at] / found.runs),
                    f"{found.fairlearn_covers[at]} of {found.runs_of_fairlearn}",
                )
            )
    return Table(
        title="Groups called different at 5%, beside Aequitas and Fairlearn, %",
        note=f"Two groups of 200 people (in the second scene 270 and 30), drawn {effort.aequitas} times; everybody gets the same people. Where the truth is equal, "
        "5 is right; where it differs, more is better. Aequitas: its own significance (`check_significance=True`), called at 5%. Fairlearn: "
        f"`MetricFrame(n_boot={REPLICATES_OF_FAIRLEARN}, ci_quantiles=[0.025, 0.975])`, the first {effort.fairlearn} data sets, since each takes seconds; it "
        "calls a gap where the interval of the difference excludes 0. The last two columns say how often 95% intervals of the gap between both groups cover the true gap.",
        header=(
            "scene",
            "metric",
            "truth",
            "fairaudit",
            "Aequitas",
            "Fairlearn",
            "gap covered: fairaudit",
            "Fairlearn",
        ),
        rows=tuple(rows),
    )
