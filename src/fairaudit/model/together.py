"""Rows that no split may part: those of one group, or of one time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairaudit.model.values import Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Together:
    """Which rows stay on one side of every split.

    Attributes
    ----------
    groups : numpy.ndarray of int of shape (n,), or None
        The number of each row's group, such as a person.
    times : numpy.ndarray of int of shape (n,), or None
        The rank of each row's time, from 0 for the first; rows of one time share it.
    """

    groups: Rows | None = None
    times: Rows | None = None

    @property
    def is_alone(self) -> bool:
        """Whether every row may stand anywhere."""
        return self.groups is None and self.times is None

    def of(self, index: Rows) -> Together:
        """Return those of some rows."""
        return Together(
            groups=None if self.groups is None else self.groups[index],
            times=None if self.times is None else np.unique(self.times[index], return_inverse=True)[1],
        )

    def without_shared(self, earlier: Rows, later: Rows) -> Rows:
        """Return the earlier rows whose group has no later row."""
        if self.groups is None:
            return earlier
        return earlier[~np.isin(self.groups[earlier], self.groups[later])]


ALONE = Together()
