"""evaluate() beside the same evaluation in NumPy and SciPy.

Both train the 13 reference recommenders on four fifths of the users of P20 and
rank the hidden items of the others, in some runs.  NumPy's side shares what can
be shared (one Gram matrix a run, one set of singular vectors), inverts by
Cholesky factors (LAPACK's potrf and potri), keeps neighbors by argpartition, scores
by products of matrices and counts ranks instead of sorting.  It is tried with one
thread of OpenBLAS and with as many as there are processors.

Prints one line of tab-separated fields: see the end.
"""
import os

import numpy as np
import scipy.linalg.lapack as lapack
import scipy.sparse.linalg as sla
from threadpoolctl import threadpool_limits

from common import cursor, fastest, matrix, report, rows, take_turns, value

RUNS = 2
KNN = [(20, 0), (50, 10), (100, 100), (300, 500)]
FACTORS = [8, 16, 32, 64]
LAMBDAS = [10, 50, 250, 1000]

pairs = rows("original")
items = np.unique(pairs[:, 1])
histories = matrix(pairs, items, dtype=np.float64)
random = np.random.default_rng(1)


def split():
    """Training matrix, and per validation user the items given and hidden, over the training catalogue."""
    order = random.permutation(histories.shape[0])
    tried = len(order) // 5
    train = histories[order[tried:]]
    known = np.flatnonzero(np.asarray(train.sum(axis=0)).ravel())
    number = np.full(histories.shape[1], -1)
    number[known] = np.arange(len(known))
    given, hidden = [], []
    for user in order[:tried]:
        history = random.permutation(histories.indices[histories.indptr[user]:histories.indptr[user + 1]])
        held = max(1, len(history) // 5)
        hidden.append(number[history[:held]])
        rest = number[history[held:]]
        given.append(rest[rest >= 0])
    return train[:, known].tocsr(), given, hidden


def metrics(scores, given, hidden):
    """Seven metrics from the ranks of hidden items, counted."""
    sums = np.zeros(7)
    for user, (inputs, held) in enumerate(zip(given, hidden)):
        line = scores[user]
        line[inputs] = -np.inf
        ranks = np.sort([1 + np.count_nonzero(line > line[item]) for item in held if item >= 0])
        for c, cutoff in enumerate((1, 5, 10)):
            hits = np.count_nonzero(ranks <= cutoff)
            sums[c] += hits / cutoff
            sums[3 + c] += hits / len(held)
        sums[6] += 1 / ranks[0] if len(ranks) else 0
    return sums / len(given)


def run():
    train, given, hidden = split()
    users, catalogue = len(given), train.shape[1]
    inputs = np.zeros((users, catalogue))
    for user, known in enumerate(given):
        inputs[user, known] = 1
    gram = (train.T @ train).toarray()
    count = gram.diagonal().copy()
    results = [metrics(np.tile(count, (users, 1)), given, hidden)]
    for neighbors, shrinkage in KNN:
        similarity = gram / (np.sqrt(np.outer(count, count)) + shrinkage + 1e-6)
        np.fill_diagonal(similarity, 0)
        rest = np.argpartition(-similarity, neighbors, axis=0)[neighbors:]
        np.put_along_axis(similarity, rest, 0, axis=0)
        results.append(metrics(inputs @ similarity, given, hidden))
    _, _, vectors = sla.svds(train, k=max(FACTORS), random_state=0)
    vectors = vectors[::-1].T
    for factors in FACTORS:
        results.append(metrics(inputs @ vectors[:, :factors] @ vectors[:, :factors].T, given, hidden))
    for weight in LAMBDAS:
        inverse = gram + weight * np.eye(catalogue)
        inverse, _ = lapack.dpotrf(inverse, lower=1, overwrite_a=1)
        inverse, _ = lapack.dpotri(inverse, lower=1, overwrite_c=1)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        weights = -inverse / inverse.diagonal()
        np.fill_diagonal(weights, 0)
        results.append(metrics(inputs @ weights, given, hidden))
    return np.array(results)


def theirs(setting):
    with threadpool_limits(setting[1]):
        return np.mean([run() for _ in range(RUNS)], axis=0)


def ours():
    cursor.execute("SELECT e.recommender, e.metric, avg(e.value) FROM p20, synrec.evaluate(original, runs => %s, "
                   "options => '{\"metrics\": [\"precision\", \"recall\", \"mrr\"]}') AS e GROUP BY 1, 2", (RUNS,))
    return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


processors = os.cpu_count()
settings = [(f"{n} thread{'s' if n > 1 else ''}", n) for n in sorted({1, processors})]
best, trials = fastest(settings, theirs)
mine, other = take_turns(3, ours, lambda: theirs(best))
figures = ours()
agreement = (f"MRR of EASE with lambda 250: synrec {figures['ease(lambda => 250)', 'mrr']:.4f}, "
             f"NumPy {theirs(best)[11][6]:.4f}; of popularity: {figures['top_popular()', 'mrr']:.4f} and {theirs(best)[0][6]:.4f} "
             "(other splits)")
report(RUNS, best[0], mine, other, agreement, trials)
