"""membership_identifiability(k = 1) beside scikit-learn's brute-force NearestNeighbors.

An original user is identifiable at k = 1 when no other original user is
strictly closer than the nearest synthetic user is.  scikit-learn answers this
with two searches: the nearest synthetic user of each original, and the nearest
other original (two neighbors, of which one is the user).  Distances are the
same as synrec's: columns are scaled by the root of the item's weight.

Prints one line of tab-separated fields: see the end.
"""
import os
import statistics
import sys
import time

import numpy as np
import psycopg2
import scipy.sparse as sp
import sklearn
from sklearn.neighbors import NearestNeighbors

TURNS = 5
FIGURE = "SELECT synrec.membership_identifiability(original, synthetic) FROM p20"

connection = psycopg2.connect(dbname="bench")
cursor = connection.cursor()


def rows(column):
    cursor.execute(f"SELECT r.user_id, r.item_id FROM p20, synrec.rows({column}) AS r")
    return np.array(cursor.fetchall(), dtype=np.int64)


def matrix(pairs, items, weight):
    """The histories as CSR, items scaled so that Euclidean distances are the weighted ones."""
    users, user = np.unique(pairs[:, 0], return_inverse=True)
    item = np.searchsorted(items, pairs[:, 1])
    scale = np.sqrt(weight[item]).astype(np.float32)
    return sp.csr_matrix((scale, (user, item)), shape=(len(users), len(items)))


def nearest(original, synthetic, n_jobs):
    """Distances of each original user to the nearest synthetic and the nearest other original."""
    search = NearestNeighbors(algorithm="brute", metric="euclidean", n_jobs=n_jobs)
    to_synthetic = search.fit(synthetic).kneighbors(original, n_neighbors=1)[0][:, 0]
    # Of two neighbors one is the user, at distance 0 but for rounding; where
    # twins push it out, the second is at distance 0 too.
    to_other = search.fit(original).kneighbors(original, n_neighbors=2)[0][:, 1]
    return to_synthetic, to_other


def timed(work):
    start = time.perf_counter()
    result = work()
    return (time.perf_counter() - start) * 1000, result


def figure_in_sql():
    cursor.execute(FIGURE)
    return cursor.fetchone()[0]


def additions_per_second():
    """64-bit additions in order over a row that fits a cache, on all cores together."""
    row, other = np.zeros(6000, np.int64), np.ones(6000, np.int64)
    rounds = 20000
    took = min(timed(lambda: [np.subtract(row, other, out=row) for _ in range(rounds)])[0] for _ in range(3))
    return rounds * len(row) / took * 1000 * os.cpu_count()


original_rows, synthetic_rows = rows("original"), rows("synthetic")
items, column = np.unique(original_rows[:, 1], return_inverse=True)
items = np.union1d(items, synthetic_rows[:, 1])
frequency = np.bincount(np.searchsorted(items, original_rows[:, 1]), minlength=len(items))
weight = 1 / np.log(1 + np.maximum(frequency, 1))
csr = matrix(original_rows, items, weight), matrix(synthetic_rows, items, weight)
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


trials = []
for setting in settings:
    print(f"scikit-learn, {setting[0]} ...", file=sys.stderr)
    trials.append(min(timed(lambda: run(setting))[0] for _ in range(2)))
best = settings[int(np.argmin(trials))]

figure = figure_in_sql()
ours, theirs = [], []
for _ in range(TURNS):
    ours.append(timed(figure_in_sql)[0])
    took, (to_synthetic, to_other) = timed(lambda: run(best))
    theirs.append(took)

# In floats a tie can fall either way; synrec counts in integers, where ties are ties.
sklearn_figure = np.mean(to_synthetic <= to_other)
tied = np.abs(to_synthetic - to_other) < 1e-3
lowest = np.mean((to_synthetic <= to_other) & ~tied)
highest = np.mean((to_synthetic <= to_other) | tied)
assert lowest <= figure <= highest, f"{figure} is not between {lowest} and {highest}"
assert abs(figure - sklearn_figure) < 0.01 or tied.any()
agreement = (f"they differ by {abs(figure - sklearn_figure) * len(tied):.0f} of {len(tied)} users; "
             f"{tied.sum()} users have a tie, which floats may take either way")

print(statistics.median(ours), statistics.median(theirs), best[0], f"{figure:.4f}", f"{sklearn_figure:.4f}",
      agreement, additions_per_second(),
      "; ".join(f"{setting[0]} {trial:.0f} ms" for setting, trial in zip(settings, trials)), sep="\t")
