"""One thread against two: synrec's measures, and arithmetic that shares nothing.

Processors of a virtual machine may be two halves of one core, or be shared with
other machines; what two processes gain over one with subtractions in cache
says what can be had.  All take turns.

Prints one line of tab-separated fields: the milliseconds of each work on one
and on two threads, the arithmetic last.
"""
from multiprocessing import Pool

import numpy as np

from common import cursor, report, take_turns, value

WORKS = ("SELECT synrec.fit(data, synrec.clustering(50, starts => 1, rounds => 10)) IS NULL FROM positives",
         "SELECT synrec.fit(data, synrec.clustering(50)) IS NULL FROM positives",
         "SELECT synrec.membership_identifiability(original, synthetic) FROM p20",
         "SELECT synrec.deanonymization_identifiability(original, synthetic) FROM p20")
ROUNDS = 100000


def subtract(rounds):
    row, other = np.zeros(6000, np.int64), np.ones(6000, np.int64)
    for _ in range(rounds):
        np.subtract(row, other, out=row)


def sql(work, threads):
    def run():
        cursor.execute(f"SET synrec.threads = {threads}")
        return value(work)
    return run


with Pool(2) as pool:
    works = [sql(work, threads) for work in WORKS for threads in (1, 2)]
    report(*take_turns(5, *works, lambda: pool.map(subtract, [ROUNDS]),
                       lambda: pool.map(subtract, [ROUNDS // 2] * 2)))
