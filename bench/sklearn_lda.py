"""topics() beside scikit-learn's LatentDirichletAllocation with equal passes.

Both take at most 30 rounds for a user in a pass, with the same priors and the same
tolerance.  synrec's time is that of the whole default fit, which fits a mixture
and calibrates popularity besides.

Prints one line of tab-separated fields: see the end.
"""
import numpy as np
from sklearn.decomposition import LatentDirichletAllocation

from common import fastest, matrix, report, rows, take_turns, value

PASSES = 25  # the default of topics()
FEW = 5      # to find scikit-learn's best setting
pairs = rows("original", "p20x")
items = np.unique(pairs[:, 1])
csr = {dtype.__name__: matrix(pairs, items, dtype=dtype) for dtype in (np.float32, np.float64)}


def run(setting, passes=FEW):
    _, dtype, jobs = setting
    LatentDirichletAllocation(n_components=100, doc_topic_prior=0.02, topic_word_prior=0.01, learning_method="batch",
                              max_iter=passes, max_doc_update_iter=30, mean_change_tol=1e-3, evaluate_every=-1,
                              n_jobs=jobs, random_state=0).fit(csr[dtype])


settings = [(f"CSR {dtype}, n_jobs = {jobs}", dtype, jobs) for dtype in csr for jobs in (1, 2)]
best, trials = fastest(settings, run)
FIT = f"SELECT synrec.fit(original, synrec.topics(passes => {PASSES})) IS NULL FROM p20x"
ours, theirs = take_turns(3, lambda: value(FIT), lambda: run(best, PASSES))
report(PASSES, best[0], ours, theirs, trials)
