"""What the Python parts of the benchmark share: data, clocks, taking turns."""
import statistics
import time

import numpy as np
import psycopg2
import scipy.sparse as sp

connection = psycopg2.connect(dbname="bench")
connection.autocommit = True
cursor = connection.cursor()


def value(sql):
    """The only field of the only row."""
    cursor.execute(sql)
    return cursor.fetchone()[0]


def rows(column, table="p20"):
    """An interactions value as an array of (user, item)."""
    cursor.execute(f"SELECT r.user_id, r.item_id FROM {table}, synrec.rows({column}) AS r")
    return np.array(cursor.fetchall(), dtype=np.int64)


def matrix(pairs, items, entry=1.0, dtype=np.float32):
    """The histories as CSR over a catalogue; entry is a number or one per pair."""
    users, user = np.unique(pairs[:, 0], return_inverse=True)
    item = np.searchsorted(items, pairs[:, 1])
    entries = np.broadcast_to(np.asarray(entry, dtype), len(pairs))
    return sp.csr_matrix((entries, (user, item)), shape=(len(users), len(items)))


def weights(original_rows, items):
    """1 / ln(1 + max(f, 1)), f the number of original users with the item."""
    frequency = np.bincount(np.searchsorted(items, original_rows[:, 1]), minlength=len(items))
    return 1 / np.log(1 + np.maximum(frequency, 1))


def timed(work):
    """Milliseconds and the result."""
    start = time.perf_counter()
    result = work()
    return (time.perf_counter() - start) * 1000, result


def take_turns(turns, *works):
    """The median milliseconds of each work; one turn before the others does not count."""
    times = [[timed(work)[0] for work in works] for _ in range(turns + 1)]
    return [statistics.median(column) for column in zip(*times[1:])]


def fastest(settings, run):
    """Tries every setting, the faster ones twice; the best one, and all of them in words."""
    trials = [timed(lambda: run(setting))[0] for setting in settings]
    limit = 2 * min(trials)
    trials = [min(trial, timed(lambda: run(setting))[0]) if trial < limit else trial
              for setting, trial in zip(settings, trials)]
    words = "; ".join(f"{setting[0]} {trial:.0f} ms" for setting, trial in zip(settings, trials))
    return settings[int(np.argmin(trials))], words


def report(*fields):
    print(*fields, sep="\t")
