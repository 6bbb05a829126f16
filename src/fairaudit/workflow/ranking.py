"""Which metrics slices may be ranked by."""

from __future__ import annotations

from fairaudit.errors import OptionError, did_you_mean, listed
from fairaudit.metrics.kinds import Better, Measured
from fairaudit.metrics.table import BY_NAME, METRICS
from fairaudit.spelling import setting, with_value

_RANKS = tuple(m.name for m in METRICS if m.better is not Better.NEITHER or m.name == "pprev")
"""Those of which one end is the better one, and the selection rate, which is all that is known without labels."""


def refuse_unranked(name: str | None) -> None:
    """Refuse what is no metric, or one of which neither end is the better one."""
    if name is None or name in _RANKS:
        return
    problem = (
        f"{name!r} is no metric"
        if name not in BY_NAME
        else f"{name!r} says who is there, and not how well slices are decided"
    )
    raise OptionError(
        setting("rank_by"),
        problem,
        hint=f"{did_you_mean(name, _RANKS)} Say one of {listed(list(_RANKS), most=len(_RANKS))}".strip(),
    )


def refuse_undefined(name: str | None, measured: Measured, *, source: str) -> None:
    """Refuse a metric that an input does not have, or that is undefined of everybody in it."""
    if name is None:
        return
    estimate = measured.overall.estimates.get(name)
    why = measured.left_out.get(name) if estimate is None else estimate.reason
    if estimate is None or estimate.value is None:
        raise OptionError(
            with_value("rank_by", name),
            f"it cannot be measured in {source}: {why}",
            hint="Leave it out for the usual metric",
        )
