"""What the words of months, and of several classes, mean."""

from __future__ import annotations

from fairaudit.documents.entry import Entry

MORE: tuple[Entry, ...] = (
    Entry(
        word="history",
        also=(
            *("since", "throughout", "no longer", "month by month", "in all months together", "months"),
            *("worse since", "worse throughout", "worse before"),
        ),
        means="Each group stands beside everybody else of its month, and all months are put together. Since: it began in that month, which is shown. Throughout: the months differ together, and none is shown to be the first.",
        do="Look at what changed in that month: the model, the data, or the people.",
        not_so="A month that is named is the likeliest one; others may be named beside it. Where nothing is shown, somebody may be worse off all the same.",
        source="Mantel and Haenszel 1959, doi:10.1093/jnci/22.4.719; Yusuf et al. 1985, doi:10.1016/S0033-0620(85)80003-7; docs/history.md",
    ),
    Entry(
        word="confusion matrix",
        also=("confusion matrices", "several classes", "predicted class", "true class", "predicted right"),
        means="How many people of each true class are predicted to be of which. Those on the diagonal are predicted right.",
        source="docs/slices.md",
    ),
    Entry(
        word="macro F1",
        also=("weighted F1", "macro average", "weighted average"),
        means="The mean of the F1 of all classes that somebody in the slice has or is predicted to have. Macro F1 counts each class once, weighted F1 by its people.",
        not_so="Slices of other classes have averages over other classes, and are not compared.",
        source="Sokolova and Lapalme 2009, doi:10.1016/j.ipm.2009.03.002; Takahashi et al. 2022, doi:10.1007/s10489-021-02635-5",
    ),
)
