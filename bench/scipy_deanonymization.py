"""deanonymization_identifiability beside the same in NumPy and SciPy.

Synthetic users are put in the order that decides between equals (shorter
history, then earlier), so that common items * 2^k - place orders all of a
user's candidates and argpartition finds the best.  Blocks of original users
keep the products in a cache or near it; the products release the interpreter's
lock, so blocks are tried on one thread and on all cores.

Prints one line of tab-separated fields: see the end.
"""
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.special

from common import fastest, matrix, report, rows, take_turns, value, weights

NEIGHBORS = 50
FIGURE = "SELECT synrec.deanonymization_identifiability(original, synthetic) FROM p20"

original_rows, synthetic_rows = rows("original"), rows("synthetic")
items = np.union1d(original_rows[:, 1], synthetic_rows[:, 1])
weight = weights(original_rows, items)
total = weight.sum()


def cell(joint, a, b):
    return scipy.special.xlogy(joint, joint / (a * b))


def information(both, u, v):
    """Mutual information, of arrays of weights."""
    p, q = u / total, v / total
    p11 = both / total
    p10, p01 = np.maximum(p - p11, 0), np.maximum(q - p11, 0)
    p00 = np.maximum(1 - p - q + p11, 0)
    return cell(p11, p, q) + cell(p10, p, 1 - q) + cell(p01, 1 - p, q) + cell(p00, 1 - p, 1 - q)


def run(setting):
    """The figure, from the two matrices on."""
    _, original, synthetic, size, threads, weighted = setting
    order = np.argsort(np.diff(synthetic.indptr), kind="stable")
    synthetic = synthetic[order]
    transposed = synthetic.T.tocsr()
    weighted_transposed = synthetic.multiply(weight[None, :]).T.tocsr()
    u, v = original @ weight, synthetic @ weight
    users = synthetic.shape[0]
    bits = int(users - 1).bit_length()
    place = np.arange(users, dtype=np.int32)
    wanted = min(NEIGHBORS, users)

    def block(first):
        mine = original[first:first + size]
        common = (mine @ transposed).toarray()
        key = (common.astype(np.int32, copy=False) << bits) - place
        best = np.argpartition(key, users - wanted, axis=1)[:, users - wanted:]
        if weighted == "whole product":
            both = np.take_along_axis((mine @ weighted_transposed).toarray(), best, axis=1)
        else:
            them = synthetic[best.ravel()]
            me = mine[np.repeat(np.arange(mine.shape[0]), wanted)]
            both = (me.multiply(them) @ weight).reshape(best.shape)
        return information(both, u[first:first + size, None], v[best]).mean(axis=1).sum()

    starts = range(0, original.shape[0], size)
    if threads == 1:
        return sum(map(block, starts)) / original.shape[0]
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(block, starts)) / original.shape[0]


settings = []
for dtype in (np.int16, np.int32, np.float32):
    sides = tuple(matrix(side, items, dtype=dtype) for side in (original_rows, synthetic_rows))
    settings += [(f"{dtype.__name__} counts, weights by {weighted}, blocks of {size}, {threads} thread{'s'[:threads - 1]}",
                  *sides, size, threads, weighted)
                 for weighted in ("whole product", "neighbor")
                 for size in (64, 512) for threads in sorted({1, os.cpu_count()})]

best, trials = fastest(settings, run)
ours, theirs = take_turns(5, lambda: value(FIGURE), lambda: run(best))
figure, scipy_figure = value(FIGURE), run(best)
assert abs(figure - scipy_figure) < 1e-9, f"{figure} is not {scipy_figure}"

report(ours, theirs, best[0], f"{figure:.12f}", f"{scipy_figure:.12f}", f"{abs(figure - scipy_figure):.1e}", trials)
