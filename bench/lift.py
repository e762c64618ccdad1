"""How well a generator keeps what goes together: the lift (observed over expected
pairs, less 1) among the 300 most popular items, synthetic beside original.

lift.py GENERATOR ...: SQL expressions, on the table p20x.  Prints, for each, the
agreement with the original lift (the product of both by their sizes) and the size
beside it.  All are weighted by expected pairs, and sizes are without the variance
that counts have, so the agreement can exceed 1: it is no correlation.
"""
import sys

import numpy as np

from common import matrix, report, rows, value

TOP, USERS = 300, 20000


def lift(pairs, items):
    x = matrix(pairs[np.isin(pairs[:, 1], items)], items, dtype=np.float64)
    users = len(np.unique(pairs[:, 0]))
    count = np.asarray(x.sum(axis=0)).ravel()
    mean = len(pairs) / users
    expected = (mean - 1) / mean / users * np.outer(count, count)
    above = np.triu_indices(len(items), 1)
    return ((x.T @ x).toarray() / expected - 1)[above], expected[above]


original = rows("original", "p20x")
keys, counts = np.unique(original[:, 1], return_counts=True)
top = np.sort(keys[np.argsort(-counts, kind="stable")[:TOP]])
true, weight = lift(original, top)
average = lambda x: (weight * x).sum() / weight.sum()
for generator in sys.argv[1:]:
    value("DROP TABLE IF EXISTS made; CREATE TABLE made AS SELECT synrec.generate_interactions(synrec.fit("
          f"original, synrec.{generator}), {USERS}) AS synthetic FROM p20x; SELECT 1")
    made, expected = lift(rows("synthetic", "made"), top)
    size = np.sqrt(average(true ** 2 - 1 / weight))
    made_size = np.sqrt(average(made ** 2 - 1 / expected))
    report(generator, f"{average(true * made) / size / made_size:.2f}", f"{made_size / size:.2f}")
