"""clustering(50) beside scikit-learn's KMeans at equal iterations.

Both start with k-means++ and do the same number of rounds of Lloyd's algorithm.
synrec stops when a round gains less than 1e-4 of the inertia, so the number is
lowered until the inertia shows that the last round was done (inertias are
those before small clusters are merged; the times include merging).  tol = 0 keeps
scikit-learn from stopping, and n_iter_ tells what it did.

Prints one line of tab-separated fields: see the end.
"""
import numpy as np
from sklearn.cluster import KMeans

from common import fastest, matrix, report, rows, take_turns, timed, value

K = 50
INERTIA = "SELECT (synrec.describe(synrec.fit(data, synrec.clustering({})))->>'inertia')::float8 FROM positives"
FIT = f"{K}, starts => 1, rounds => {{}}"

pairs = rows("data", "positives")
items = np.unique(pairs[:, 1])


def inertia(rounds):
    return value(INERTIA.format(FIT.format(rounds) + ", min_cluster_size => 1"))


rounds = 10
while inertia(rounds) >= inertia(rounds - 1):
    rounds -= 1
    assert rounds > 2, "no round of synrec's gains anything"

settings = []
for dtype in (np.float32, np.float64):
    csr = matrix(pairs, items, dtype=dtype)
    settings += [(f"CSR {dtype.__name__}", csr), (f"dense {dtype.__name__}", np.ascontiguousarray(csr.toarray()))]


def run(setting, iterations=None):
    iterations = iterations or rounds
    fit = KMeans(n_clusters=K, n_init=1, algorithm="lloyd", max_iter=iterations, tol=0, random_state=0).fit(setting[1])
    assert fit.n_iter_ == iterations, f"scikit-learn did {fit.n_iter_} rounds, not {iterations}"
    return fit.inertia_


best, trials = fastest(settings, run)
ours, theirs, our_first, their_first = take_turns(
    5, lambda: value(INERTIA.format(FIT.format(rounds))), lambda: run(best),
    lambda: value(INERTIA.format(FIT.format(1))), lambda: run(best, 1))
default = KMeans(n_clusters=K, n_init=10, algorithm="lloyd", random_state=0)
our_default, _ = timed(lambda: value(INERTIA.format(K)))
our_inertia = value(INERTIA.format(f"{K}, min_cluster_size => 1"))
their_default, _ = timed(lambda: default.fit(best[1]))

figures = (f"Inertia: synrec {inertia(rounds):.0f}, scikit-learn {run(best):.0f} after {rounds} rounds; "
           f"synrec {our_inertia:.0f}, scikit-learn {default.inertia_:.0f} with 10 starts")
report(rounds, best[0], ours, theirs, (ours - our_first) / (rounds - 1), (theirs - their_first) / (rounds - 1),
       our_default, their_default, figures, trials)
