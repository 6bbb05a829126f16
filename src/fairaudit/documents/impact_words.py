"""What the words of adverse impact mean."""

from __future__ import annotations

from fairaudit.documents.entry import Entry

IMPACT: tuple[Entry, ...] = (
    Entry(
        word="adverse impact",
        also=("adverse", "not adverse", "4/5", "EEOC"),
        means="A group is selected at less than four fifths of the rate of the group that is best off. Exactly four fifths is not less.",
        do="Look at whether it is different beyond chance as well, and at how many people it comes to.",
        not_so="It is a rule of thumb about rates. It neither proves discrimination nor rules it out.",
        source="Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D",
    ),
    Entry(
        word="impact ratio",
        also=("adverse impact ratio", "AIR", "selection ratio"),
        means="The selection rate of a group divided by that of its reference, which is the group with the highest rate unless another is named.",
        source="29 CFR 1607.4 D; 6 RCNY 5-300",
    ),
    Entry(
        word="different",
        also=("Fisher p", "score p"),
        means="Equal rates are refuted: Fisher's exact test calls counts so far apart less likely than 5%. The score test is Pearson's chi-square.",
        not_so="Few people are seldom different, and very many nearly always are, however small the gap.",
        source="Fisher 1935; Pearson 1900, doi:10.1080/14786440009463897",
    ),
    Entry(
        word="standard deviations",
        also=("SD", "standard deviation analysis"),
        means="By how many standard deviations a group has more or fewer selections than it would have, had they been drawn by lot.",
        source="Hazelwood School District v. United States, 433 U.S. 299 (1977)",
    ),
    Entry(
        word="shortfall",
        also=("short of pool", "of reference", "of 4/5", "expected minus observed"),
        means="How many more people of a group would be selected: at the rate of both groups together, at the reference's, or at four fifths of the reference's.",
    ),
    Entry(
        word="flip-flop",
        also=("one reverses", "moves", "flip flop rule"),
        means="Whether one selection the other way would put the group ahead, and how many would bring it to four fifths. If one does, numbers are too small to tell.",
        source="Uniform Guidelines, Questions and Answers, 44 FR 11996 (1979), question 21",
    ),
    Entry(
        word="above the median",
        also=("scoring rate", "median"),
        means="The share of a group with a score above the median of all people of the table. A score that equals the median is not above it.",
        source="6 RCNY 5-300",
    ),
    Entry(
        word="LL144",
        also=("Local Law 144", "bias audit", "RCNY"),
        means="New York City's law on automated employment decision tools: it asks for rates and impact ratios by sex, by race and by both, and sets no limit.",
        source="6 RCNY 5-300 to 5-303",
    ),
    Entry(
        word="CFR",
        also=("UGESP", "Uniform Guidelines"),
        means="The Code of Federal Regulations of the United States; 29 CFR 1607 are the Uniform Guidelines on Employee Selection Procedures.",
    ),
    Entry(
        word="Simpson's paradox",
        also=("Simpson",),
        means="A gap of all people together that is the other way round among people who are alike in something else.",
        causes="One group is more often where few are selected, such as in departments that admit few.",
        do="Ask why groups are where they are, and whether that is fair.",
        not_so="It does not say that nobody is treated unfairly: what groups differ in may itself be unfair.",
        source="Simpson 1951, doi:10.1111/j.2517-6161.1951.tb00088.x; Bickel, Hammel and O'Connell 1975, doi:10.1126/science.187.4175.398",
    ),
    Entry(
        word="Cochran-Mantel-Haenszel",
        also=("CMH", "CMH p", "Mantel-Haenszel", "odds ratio", "risk ratio"),
        means="A test of equal rates within all strata together, and the odds ratio or ratio of rates that they have in common.",
        source="Cochran 1954, doi:10.2307/3001616; Mantel and Haenszel 1959, doi:10.1093/jnci/22.4.719",
    ),
    Entry(
        word="Breslow-Day",
        also=("Breslow-Day p", "Tarone"),
        means="A test of whether all strata have one odds ratio. If they do not, a common one says little of any of them.",
        source="Breslow and Day 1980, Statistical Methods in Cancer Research I; Tarone 1985, doi:10.1093/biomet/72.1.91",
    ),
    Entry(
        word="standardised ratio",
        also=("standardised",),
        means="How many of a group are selected over how many would be at the reference's rate of each stratum.",
    ),
    Entry(
        word="marginal effect",
        also=("ME",),
        means="The reference's selection rate minus the group's, in points.",
        source="Hall et al. 2021, doi:10.3389/frai.2021.695301",
    ),
    Entry(
        word="denial ratio",
        means="The share of a group that is not selected, divided by that of the reference.",
    ),
    Entry(
        word="SMD",
        also=("standardised mean difference", "standardized mean difference"),
        means="The mean score of a group minus that of its reference, in standard deviations: pooled of both groups, or of everybody.",
        source="Cohen 1988, Statistical Power Analysis, 2.2; Hall et al. 2021, doi:10.3389/frai.2021.695301",
    ),
    Entry(
        word="representation",
        also=("beside the population", "share of them"),
        means="A group's share of the people, and of those who are selected, beside its share of a population, with the exact binomial test.",
        source="Castaneda v. Partida, 430 U.S. 482 (1977), note 17",
    ),
    Entry(
        word="excluded",
        also=("left out of the comparison",),
        means="A group that is in the table and in no ratio: somebody left it out, or it is too small a share of the people.",
    ),
    Entry(
        word="bounds",
        also=("of unknown",),
        means="The lowest and the highest that an impact ratio could be, over all ways to assign the people whose group is not known.",
    ),
)
