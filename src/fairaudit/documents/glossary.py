"""What the words of an answer mean: verdicts, findings by their code, methods, and names that others gave."""

from __future__ import annotations

from collections.abc import Mapping

from fairaudit.documents.entry import Entry
from fairaudit.documents.impact_words import IMPACT
from fairaudit.documents.words_of_time import MORE
from fairaudit.metrics.table import BESIDE_METRICS, PARITY_METRICS

CODES: tuple[Entry, ...] = (
    Entry(
        word="FA101",
        also=("error-rate gap", "error gap"),
        means="Of two groups, one is decided wrongly more often than is tolerated, and chance does not explain it.",
        causes="Base rates that differ; a threshold that suits one group better; features that tell less of one group; labels that are wrong more often in one.",
        do="Look at the other error of the same group, at other thresholds, and at the group within others: fairaudit audit --attribute 'race*age'.",
        not_so="It does not say that somebody meant it, nor that the attribute is the cause.",
    ),
    Entry(
        word="FA102",
        also=("selection gap", "selection-rate gap"),
        means="Of two groups, one is selected more often than is tolerated, and chance does not explain it.",
        causes="Base rates that differ; a feature that stands in for the group; a threshold; who applied or was looked at in the first place.",
        do="Compare the errors of both groups; look within another attribute that may explain it; ask whether labels can be trusted.",
        not_so="Equal rates are no proof of equal treatment, and unequal ones none of the contrary.",
    ),
    Entry(
        word="FA201",
        also=("too few", "few people", "small", "small group"),
        means="So few people are in the group, or in the part of it that counts, that neither equal nor unequal can be shown.",
        causes="The sample; a group that is small; an attribute that is cut into many groups.",
        do="Audit more people. Each undecided comparison says how many would be needed in all. Join groups only where that makes sense.",
        not_so="It does not say that the group is treated equally. Nothing is known, which is no pass.",
    ),
    Entry(
        word="FA202",
        also=("near the limit", "near what is tolerated", "cannot tell", "cannot be told"),
        means="There are enough people, but the interval holds values on both sides of what is tolerated.",
        causes="The true ratio lies near the limit; or many comparisons were made, for which evidence has to be stronger.",
        do="Audit more people, or ask fewer questions: name the metrics and attributes that matter.",
        not_so="It does not say that the group is treated equally.",
    ),
    Entry(
        word="FA301",
        also=("equal enough",),
        means="In all that forms the verdict, the groups differ by less than is tolerated, and that is shown.",
        do="Hold it there: fairaudit check --init writes a policy for your tests.",
        not_so="Groups within these groups may differ, and so may metrics that were not asked for.",
    ),
    Entry(
        word="FA401",
        also=(
            "not measured",
            "errors",
            "calibration and ranking",
            "whether calibration is equal",
            "whether the threshold is right",
            "whether the threshold is the one in use",
            "whether the label is fair",
        ),
        means="Something that a reader may expect was not looked at, as the data do not hold it or nobody asked.",
        do="Add the column, or the option that asks for it.",
        not_so="What is not measured is neither good nor bad.",
    ),
    Entry(
        word="FA501",
        also=("nobody is selected", "everybody is selected", "no answer"),
        means="All people get the same decision, so that groups cannot differ in it.",
        causes="A threshold beyond all scores; a model that learnt nothing but the majority.",
        do="Look at the scores and at the threshold before all else.",
        not_so="That no group differs says nothing good of such a model.",
    ),
    Entry(
        word="FA601",
        also=("poorest slice", "lowest slice"),
        means="The slice in which the model does worst, if it does so beyond chance although it was picked as the worst.",
        causes="Few examples of its kind in training; a different base rate; features that tell less there.",
        do="Look at its people, and at intersections with other attributes; then at the model.",
        not_so="The worst of many slices looks worse than it is; the interval allows for that.",
    ),
)

VERDICTS: tuple[Entry, ...] = (
    Entry(
        word="verdict",
        also=("answer",),
        means="pass, fail or undecided. Each needs evidence: pass that the ratio lies within the tolerance, fail that it lies outside.",
        do="Read who is worse off and by how much first; the verdict only says how sure that is.",
        not_so="It is no legal judgement.",
    ),
    Entry(
        word="fail",
        also=("fails", "failed"),
        means="Evidence that a ratio lies outside the tolerance, after allowing for all comparisons that form the verdict, at 5%.",
        not_so="One decisive comparison that fails makes the whole fail; others may well pass.",
    ),
    Entry(
        word="pass",
        also=("passes", "passed"),
        means="Evidence that a ratio lies within the tolerance: its whole 90% interval does, which is two one-sided tests at 5%.",
        not_so="It is about these groups, metrics and people, and no promise about others.",
        source="Schuirmann 1987, doi:10.1007/BF01068419 (two one-sided tests)",
    ),
    Entry(
        word="undecided",
        means="Neither pass nor fail can be shown with these people.",
        do="See FA201 and FA202. Where a number of people is named, that many would give an 80% chance of a decision.",
        not_so="It is no pass.",
    ),
    Entry(
        word="gap",
        means="Groups differ by more than is tolerated, and nobody has said whether being selected hurts or helps.",
        do="Say which: fairaudit audit --effect hurts, or helps. The answer then says who is worse off.",
    ),
    Entry(
        word="worse off",
        also=("worse", "effect", "hurts", "helps"),
        means="Where decision 1 hurts, being selected more often or wrongly is worse; where it helps, being refused more often or wrongly is.",
        do="Say which: fairaudit audit --effect hurts, or helps; or effect in fairaudit.toml.",
        not_so="Nothing is called worse while that was not said.",
    ),
    Entry(
        word="the other side",
        also=("other side",),
        means="The other error of a group that is worse off: who is selected wrongly more often is often missed less often.",
        not_so="Where base rates differ, a score that means the same for all cannot make both errors equal.",
        source="Chouldechova 2017, arXiv:1703.00056; Kleinberg et al. 2016, arXiv:1609.05807",
    ),
    Entry(
        word="tau",
        also=("tolerance", "tolerated", "four fifths", "four-fifths rule"),
        means="How far a ratio may be from 1: from tau to 1/tau. The default of 0.8 is four fifths, so that 0.80 to 1.25 is tolerated.",
        source="29 CFR 1607.4 D (four fifths, of selection rates); Saleiro et al. 2018, arXiv:1811.05577",
        not_so="The four-fifths rule itself compares with the group that is selected most, and asks about lower rates only.",
    ),
    Entry(
        word="ratio",
        also=("disparity", "times"),
        means="A group's rate divided by that of the group it is compared with. In sentences the larger is divided by the smaller.",
    ),
    Entry(
        word="reference",
        also=("reference group", "majority", "min", "min-metric", "max", "rest", "everybody else"),
        means="The group that others are compared with. By default it is the largest, as in Aequitas; for intersections everybody else. Another may be named (race=Caucasian), or rest (everybody else), max (the highest selection rate, as in the four-fifths rule) or min (the lowest rate): fairaudit audit --ref-group rest.",
        not_so="It is no standard of what is right. Where it is the one that is worse off, the answer says so.",
    ),
    Entry(
        word="compare within",
        also=("may come from", "within"),
        means="A gap between groups may come from what else they differ in: women may apply where few are admitted. Among people who are alike in that it may be gone, or the other way round.",
        not_so="That it may come from there is no excuse: what stands between, such as who gets into which department, may be unfair itself.",
    ),
    Entry(
        word="unknown",
        also=("(missing)", "missing", "not judged", "unknown values"),
        means="People of whom a value is missing, or says as little: fairaudit audit --unknown Refused. They are shown and counted, and neither judged nor compared with.",
        not_so="Not judged is no pass. If many are unknown, or those who are refused leave the value out more often, ask why.",
    ),
    Entry(
        word="comparison",
        also=("comparisons", "family"),
        means="One group beside its reference in one metric. Those that form the verdict are a family: chance alone makes some of many look unequal.",
    ),
    Entry(
        word="people",
        also=("worth", "n"),
        means="Each row is a person, unless a weight says how many a row stands for, or an id who stands in several. Worth is how many independent people rows tell as much as.",
    ),
    Entry(
        word="changed decisions",
        also=("flips", "flip"),
        means="How many decisions in the group would have to be others to turn the verdict. Few means that it hangs by a thread.",
    ),
    Entry(
        word="needed",
        also=("would be needed",),
        means="How many people in all would give an 80% chance of a decision. All groups grow alike, and rates stay as they are, or are equal.",
        not_so="It is a plan, and no promise.",
    ),
    Entry(
        word="slice",
        also=("slices", "group", "groups", "attribute"),
        means="People who have the same value in a column, or in several at once. Groups are slices by attributes such as sex or age, for which fairness is asked.",
    ),
    Entry(
        word="discover",
        also=(
            *("discovered", "discovery", "nobody asked for", "slices that nobody asked for", "elsewhere"),
            *("worse than elsewhere", "searched", "NOTHING"),
        ),
        means="A slice that no one named: all combinations of conditions were looked at in one half of the people, and the surest were tested in the other half.",
        do="See whether another half says so (--seed), then look at its people, and at what the model knows of them.",
        not_so="A slice is no cause. Where nothing is discovered, small slices and small differences may be there all the same.",
    ),
    Entry(
        word="excess",
        also=("errors more", "excess harm", "errors more than at the rate elsewhere"),
        means="How many errors more a slice has than it would have at the rate of everybody else: the lower limit of the 95% interval, times its people.",
    ),
    Entry(
        word="explains",
        also=("explained", "near-duplicate", "near-duplicates"),
        means="Without the people of the slice that explains it, another slice is no longer worse than the rest, so it is not shown by itself.",
    ),
    Entry(
        word="error rate",
        also=("error", "judged wrongly"),
        means="Of all people, how many were decided 1 with label 0, or 0 with label 1. It is 1 minus the accuracy.",
    ),
    Entry(
        word="compare",
        also=(
            *("compared", "more often than before", "less often than before", "before", "now"),
            *("base", "new", "changed", "better"),
        ),
        means="Two sets of predictions are read alike, and each rate of each group is compared with itself: base is what was before, new what is now.",
        do="Look at the people of the first line, and at what changed for them: the model, or the people.",
        not_so="A change is no unfairness. Who was worse off before may be so still, which an audit says.",
    ),
    Entry(
        word="no change shown",
        also=("no change",),
        means="The difference may be chance, once all comparisons are allowed for. The interval says how large a change it may hide.",
        not_so="It is no proof that nothing has changed.",
    ),
    Entry(
        word="vanished",
        also=("new group", "vanished group", "groups have vanished", "groups are new"),
        means="A group of whom base has people and new has none; a new group is the other way round.",
        do="See whether its people are gone, or are called otherwise.",
    ),
    Entry(
        word="population stability index",
        also=("PSI", "stability index"),
        means="How far a distribution has moved: over ranges of the scores, or over groups, the sum of the differences of shares, each times the logarithm of their ratio.",
        not_so="That below 0.1 is little and from 0.25 on much is a convention, and no test: of few people chance alone gives more.",
        source="Siddiqi 2006, Credit Risk Scorecards; Yurdakul and Naranjo 2020, Journal of Risk Model Validation 14(4)",
    ),
    Entry(
        word="base rate",
        also=("prevalence", "base rates"),
        means="How many people of a group have label 1.",
        not_so="It is what was recorded, and may itself be unfair.",
    ),
    Entry(
        word="calibration",
        also=("calibrated",),
        means="Whether, of the people with a score of about 0.7, about 70 of 100 have label 1, in every group.",
        not_so="A calibrated score can still have unequal errors where base rates differ.",
    ),
    Entry(
        word="threshold",
        also=("decision rule", "top-k", "top-percent"),
        means="Who has a score of at least so much is decided 1. A rule by rank decides 1 for so many, or such a share, of the highest scores.",
    ),
    Entry(
        word="held-out",
        also=(
            "stands on",
            "test set",
            "test rows",
            "out of fold",
            "fold",
            "folds",
            "k-fold",
            "cross-validation",
        ),
        means="Rows that a model did not learn from. Out of fold, each row is scored by a model that was fitted without it.",
    ),
)

METHODS: tuple[Entry, ...] = (
    Entry(
        word="interval",
        also=("how sure", "95% interval", "90% interval", "confidence interval", "confidence"),
        means="Of a hundred audits of other people drawn alike, about 95 (or 90) would give an interval that holds the true value. Fails rest on 95%, passes on 90%.",
        not_so="It allows for who happened to be in the data, and not for wrong labels or people who are missing from them.",
    ),
    Entry(word="Wilson", means="The interval of a single rate.", source="Wilson 1927, JASA 22:209-212"),
    Entry(
        word="Clopper-Pearson",
        also=("Clopper and Pearson",),
        means="An interval of a single rate that never covers less often than it says; it is wider.",
        source="Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404",
    ),
    Entry(
        word="score test",
        also=("Koopman", "Miettinen and Nurminen", "Miettinen-Nurminen"),
        means="The test of a ratio or difference of two rates that intervals of ratios are made from.",
        source="Koopman 1984, doi:10.2307/2531405; Miettinen and Nurminen 1985, doi:10.1002/sim.4780040211",
    ),
    Entry(
        word="exact",
        also=(
            "exact test",
            "exact binomial test",
            "Fisher",
            "Fisher's exact test",
            "Berger and Boos",
            "exact test, Berger and Boos",
            "Boos",
        ),
        means="A test that adds up the chances of all tables that could have come about, for few people. Of equal rates it is Fisher's; of a ratio, that of Chan.",
        source="Fisher 1935; Chan 1998, doi:10.1002/(SICI)1097-0258(19980630)17:12<1403::AID-SIM860>3.0.CO;2-Y; Berger and Boos 1994, doi:10.1080/01621459.1994.10476836",
    ),
    Entry(
        word="max-T",
        also=("step-down", "max-T step-down"),
        means="The correction for many comparisons that knows which of them share people, such as the reference group. A fail holds for all together at 5%.",
        source="Westfall and Young 1993, Resampling-Based Multiple Testing",
    ),
    Entry(
        word="Holm",
        also=("correction", "correcting"),
        means="The correction for many comparisons that holds however they depend on each other. The smallest p-value is multiplied by their number, the next by one less, and so on.",
        source="Holm 1979, Scandinavian Journal of Statistics 6:65-70",
    ),
    Entry(
        word="hypergeometric",
        means="The exact chance that people drawn by lot from all would have as many errors as those of a slice, or more.",
        source="Fisher 1935, Journal of the Royal Statistical Society 98:39-82",
    ),
    Entry(
        word="McNemar",
        also=("McNemar's exact test", "paired", "pairs", "matched"),
        means="The test of two rates of the same people: of those who are counted in one of them only, about as many would be in either if both were equal.",
        source="McNemar 1947, doi:10.1007/BF02295996; intervals: Newcombe 1998, method 10, Statistics in Medicine 17:2635-2650",
    ),
    Entry(
        word="Zou",
        also=("score test of partly the same people", "partly the same people"),
        means="The interval of two rates of which some people are in both: each rate's own interval, put together by how far the two go along with each other.",
        source="Zou 2007, doi:10.1037/1082-989X.12.4.399",
    ),
    Entry(
        word="Welch",
        also=("Welch's test",),
        means="The test of two means whose spreads differ.",
        source="Welch 1947, Biometrika 34:28-35",
    ),
    Entry(
        word="Benjamini-Hochberg",
        also=("Benjamini and Hochberg", "p_adjusted", "BH"),
        means="Adjusts p-values of equal rates so that, of those called unequal, at most 5% are expected to be equal.",
        source="Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",
    ),
    Entry(
        word="p-value",
        also=("beyond chance", "chance", "p", "p_value", "p_fail", "p_alone"),
        means="How often chance alone would give a difference as large as this, or larger, if there were none beyond what is supposed.",
        not_so="It is not the chance that groups are equal, and it does not say how large a gap is.",
    ),
    Entry(
        word="bootstrap",
        also=("paired bootstrap", "resamples"),
        means="People are drawn again from those there are, always from the same seed: the Matthews correlation's interval stands on it, and how figures of two models go along.",
        source="Efron 1981, doi:10.2307/3314608, section 7 (bias-corrected percentiles)",
    ),
    Entry(
        word="Newcombe",
        also=("MOVER",),
        means="An interval of a difference or ratio, made of the intervals of the two figures.",
        source="Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I; Zou and Donner 2008, doi:10.1002/sim.3095",
    ),
    Entry(
        word="point",
        also=("decide point", "by the ratios alone"),
        means="Decided by the point, the ratio alone makes the verdict, as in Aequitas. In small groups chance fails many, and passes many.",
    ),
    Entry(
        word="unsupervised fairness",
        also=("unsupervised",),
        means="Aequitas's summary of what needs no labels: Statistical Parity and Impact Parity.",
        not_so="Statistical Parity compares shares of all selected, which a larger group has more of when all are treated alike.",
        source="Saleiro et al. 2018, arXiv:1811.05577",
    ),
    Entry(
        word="supervised fairness",
        also=("supervised",),
        means="Aequitas's summary of what needs labels: TypeI Parity and TypeII Parity.",
        source="Saleiro et al. 2018, arXiv:1811.05577",
    ),
    Entry(
        word="overall fairness",
        also=("overall", "unfair", "fair"),
        means="Aequitas's summary of both: every one of its parities has to hold, by the ratios alone.",
        not_so="It differs from the verdict, which rests on evidence and on the metrics that you chose.",
        source="Saleiro et al. 2018, arXiv:1811.05577",
    ),
    Entry(word="TypeI Parity", means="Both FDR Parity and FPR Parity hold (Aequitas's name)."),
    Entry(word="TypeII Parity", means="Both FOR Parity and FNR Parity hold (Aequitas's name)."),
    Entry(
        word="Equalized Odds",
        means="Both FPR Parity and TPR Parity hold (Aequitas's name).",
        source="Hardt, Price and Srebro 2016, arXiv:1610.02413",
    ),
    Entry(
        word="parity",
        also=("parities",),
        means="That the ratio of a metric lies within the tolerance; Aequitas has a name for each.",
    ),
    *(
        Entry(
            word=metric.parity,
            means=f"The {metric.long_name} of a group, over that of its reference group, lies within tau to 1/tau (Aequitas's name). See fairaudit explain {metric.name}.",
        )
        for metric in PARITY_METRICS
    ),
    *(
        Entry(
            word=metric.equality,
            means=f"The {metric.long_name} of a group, over that of its reference group, lies within tau to 1/tau. It is judged only where --metric {metric.name} asks for it. See fairaudit explain {metric.name}.",
        )
        for metric in BESIDE_METRICS
    ),
)

PEOPLE: tuple[Entry, ...] = (
    Entry(
        word="selected",
        also=("selects", "decision", "decision 1", "decided 1"),
        means="Who gets decision 1: a loan, an interview, a flag, a detention.",
        do="Say what that does to people by --effect, and what it is called by [words] selected.",
    ),
    Entry(
        word="refused",
        also=("refusal", "wrongly refused", "passed over"),
        means="Who gets decision 0 where decision 1 helps; wrongly, if the label is 1.",
    ),
    Entry(
        word="wrongly selected",
        also=("wrongly flagged", "selected wrongly"),
        means="Decision 1 although the label is 0. Of all with label 0 this is the false positive rate; of all who are selected, the false discovery rate.",
    ),
    Entry(
        word="missed",
        also=("wrongly missed",),
        means="Decision 0 although the label is 1. Of all with label 1 this is the false negative rate.",
    ),
    Entry(
        word="label",
        also=("label 0", "label 1", "true outcome"),
        means="What really happened to a person, as the data hold it: 1 or 0.",
        not_so="A label may be wrong, or unfair itself: an arrest is not an offence. No audit of decisions can see that.",
    ),
    Entry(
        word="score",
        also=("scores", "probabilities", "ranks"),
        means="What a model says of a person before anybody decides: a probability, or a rank. A threshold or a number of places makes decisions of it.",
    ),
    Entry(
        word="0/1 decisions",
        also=("scores are 0/1", "decision column", "threshold decision"),
        means="The file holds decisions and no scores, so that calibration and ranking cannot be measured.",
    ),
    Entry(
        word="weight",
        also=("frequency", "survey", "weights"),
        means="How many people a row stands for (frequency), or the weight that a survey gives it, which makes the evidence less.",
    ),
    Entry(
        word="design effect",
        also=("effective",),
        means="Rows of the same people, or with unequal weights, tell less than as many people. This is how many people they are worth.",
        source="Kish 1965, Survey Sampling, section 8.2; Rao and Scott 1992, doi:10.2307/2532311",
    ),
    Entry(
        word="intersection",
        also=("together", "combinations of attributes", "crossed"),
        means="Groups by two attributes at once, such as women below 25.",
        do='Name it as an attribute: -a "sex*age:25".',
    ),
    Entry(
        word="right overall",
        also=("majority class", "baseline", "base line"),
        means="How many decisions agree with the label, beside always deciding what is commonest. A model below that tells nothing.",
    ),
    Entry(word="bal. acc.", means="Balanced accuracy: see fairaudit explain balanced_accuracy."),
    Entry(
        word="points",
        also=("percentage points", "apart"),
        means="Percentage points: from 20% to 25% are 5 points. Gates that limit a difference are told in them.",
    ),
    Entry(
        word="gate",
        also=("gates", "policy", "allowed", "check"),
        means="A limit that a metric has to keep in every group, with what becomes of it. A policy is a file of gates.",
        do="Begin one by fairaudit check --init; fairaudit check answers it.",
    ),
    Entry(
        word="on_undecided",
        also=("warn", "warned", "warning"),
        means="What a policy makes of a gate that the data leave open: fail, warn or pass. Without it the check ends with exit code 3.",
        not_so="A gate that is let through so has not been passed by evidence.",
    ),
    Entry(
        word="waived",
        also=("waiver", "waive"),
        means="A group of a gate whose failure the policy makes a warning until a day, with the reason that it gives.",
        do="Mend what fails before that day, after which the gate fails again.",
        not_so="What is waived has not passed.",
    ),
    Entry(
        word="gate on change",
        also=("drop", "rise"),
        means="Earlier predictions with which a gate on change compares: each group with itself, the same people where their identifiers match.",
        do="Name them by fairaudit check --baseline.",
    ),
    Entry(
        word="Tukey-Kramer",
        also=("Tukey and Kramer",),
        means="An interval that holds for all pairs of groups together. It is used where the data chose whom groups are compared with.",
        source="Kramer 1956, doi:10.2307/3001469",
    ),
    Entry(
        word="interval turned into a test",
        also=("interval test",),
        means="A p-value that is the level at which the figure's interval begins to hold the limit.",
    ),
)

ENTRIES: tuple[Entry, ...] = (*CODES, *VERDICTS, *METHODS, *PEOPLE, *IMPACT, *MORE)


def _folded(word: str) -> str:
    return " ".join(word.casefold().replace("-", " ").replace("_", " ").split())


BY_WORD: Mapping[str, Entry] = {
    _folded(name): entry for entry in reversed(ENTRIES) for name in (entry.word, *entry.also)
}


def find_entry(word: str) -> Entry | None:
    """Find what explains a word, however it is written; ``None`` where nothing does."""
    return BY_WORD.get(_folded(word))


def rows(entry: Entry) -> list[tuple[str, str]]:
    """Explain a word in headed sentences."""
    rows = [
        ("means", entry.means),
        ("may come from", entry.causes),
        ("what to do", entry.do),
        ("do not conclude", entry.not_so),
        ("also called", ", ".join(entry.also)),
        ("source", entry.source),
    ]
    return [(head, text) for head, text in rows if text]
