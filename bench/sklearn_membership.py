"""membership_identifiability(k = 1) beside scikit-learn's brute-force NearestNeighbors.

An original user is identifiable at k = 1 when no other original user is
strictly closer than the nearest synthetic user is.  scikit-learn answers this
with two searches: the nearest synthetic user of each original, and the nearest
other original (two neighbors, of which one is the user).  Distances are the
same as synrec's: columns are scaled by the root of the item's weight.

Prints one line of tab-separated fields: see the end.
"""
import os

import numpy as np
import sklearn
from sklearn.neighbors import NearestNeighbors

from common import fastest, matrix, report, rows, take_turns, timed, value, weights

FIGURE = "SELECT synrec.membership_identifiability(original, unigrams) FROM p20"


def nearest(original, synthetic, n_jobs):
    """Distances of each original user to the nearest synthetic and the nearest other original."""
    search = NearestNeighbors(algorithm="brute", metric="euclidean", n_jobs=n_jobs)
    to_synthetic = search.fit(synthetic).kneighbors(original, n_neighbors=1)[0][:, 0]
    # Of two neighbors one is the user, at distance 0 but for rounding; where
    # twins push it out, the second is at distance 0 too.
    to_other = search.fit(original).kneighbors(original, n_neighbors=2)[0][:, 1]
    return to_synthetic, to_other


def additions_per_second():
    """64-bit additions in order over a row that fits a cache, on all cores together."""
    row, other = np.zeros(6000, np.int64), np.ones(6000, np.int64)
    rounds = 20000
    took = min(timed(lambda: [np.subtract(row, other, out=row) for _ in range(rounds)])[0] for _ in range(3))
    return rounds * len(row) / took * 1000 * os.cpu_count()


original_rows, synthetic_rows = rows("original"), rows("unigrams")
items = np.union1d(original_rows[:, 1], synthetic_rows[:, 1])
root = np.sqrt(weights(original_rows, items))
csr = tuple(matrix(side, items, root[np.searchsorted(items, side[:, 1])])
            for side in (original_rows, synthetic_rows))
dense = tuple(np.ascontiguousarray(side.toarray()) for side in csr)

# The last two leave scikit-learn's own kernels for products of blocks in BLAS or SciPy.
settings = [(f"{name}, n_jobs={n_jobs}{'' if kernels else ', without its pairwise kernels'}", data, n_jobs, kernels)
            for kernels in (True, False)
            for name, data in (("CSR float32", csr), ("dense float32", dense))
            for n_jobs in (None, -1, 2)]


def run(setting):
    _, data, n_jobs, kernels = setting
    with sklearn.config_context(enable_cython_pairwise_dist=kernels, assume_finite=True):
        return nearest(*data, n_jobs)


best, trials = fastest(settings, run)
ours, theirs = take_turns(5, lambda: value(FIGURE), lambda: run(best))
figure = value(FIGURE)
to_synthetic, to_other = run(best)

# In floats a tie can fall either way; synrec counts in integers, where ties are ties.
sklearn_figure = np.mean(to_synthetic <= to_other)
tied = np.abs(to_synthetic - to_other) < 1e-3
lowest = np.mean((to_synthetic <= to_other) & ~tied)
highest = np.mean((to_synthetic <= to_other) | tied)
assert lowest <= figure <= highest, f"{figure} is not between {lowest} and {highest}"
assert abs(figure - sklearn_figure) < 0.01 or tied.any()
agreement = (f"they differ by {abs(figure - sklearn_figure) * len(tied):.0f} of {len(tied)} users; "
             f"{tied.sum()} users have a tie, which floats may take either way")

report(ours, theirs, best[0], f"{figure:.4f}", f"{sklearn_figure:.4f}", agreement, additions_per_second(), trials)
