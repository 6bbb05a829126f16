"""Show how often intervals cover, tests raise false alarms and verdicts decide, beside Aequitas, Fairlearn and textbook formulas.

Where two rates are compared, every outcome of the two groups is gone through with its probability, so these tables carry no error
of simulation. Whole audits, peers that want rows, and figures of one group are drawn from a seed. ``--quick`` takes a smaller grid
and fewer draws; ``--write FILE`` puts the tables between the two marks in FILE.
"""
