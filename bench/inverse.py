"""One fit of EASE beside the bare LAPACK calls, potrf and potri, on a matrix of as many items.

Prints milliseconds of both, with as many threads as there are processors and with
one: tab-separated.
"""
import os

import numpy as np
import scipy.linalg.lapack as lapack
from threadpoolctl import threadpool_limits

from common import cursor, report, take_turns, timed, value

items = value("SELECT (synrec.summary(original)).items FROM p20")
random = np.random.default_rng(1)
factor = random.standard_normal((items, 64))
positive = factor @ factor.T + 500 * np.eye(items)


def ours():
    """Training, and the scores of one user."""
    value("SELECT count(*) FROM p20, synrec.recommend(original, synrec.ease(lambda => 500), 1, synrec.sample_users(original, 1))")


def theirs(threads):
    copy = positive.copy(order="F")
    with threadpool_limits(threads):
        took, _ = timed(lambda: lapack.dpotri(lapack.dpotrf(copy, lower=1, overwrite_a=1)[0], lower=1, overwrite_c=1))
    return took


times = []
for threads in (os.cpu_count(), 1):
    cursor.execute(f"SET synrec.threads = {threads}")
    pairs = [(timed(ours)[0], theirs(threads)) for _ in range(6)][1:]
    times += [float(np.median([pair[side] for pair in pairs])) for side in (0, 1)]
report(items, *times)
