"""Users of exactly 20 items, drawn one after the other without repetition with
probability proportional to 1 / rank: into the tables zipf_original and
zipf_synthetic.  An item drawn again is skipped, which is the same thing."""
import io
import sys

import numpy as np

from common import cursor

users, catalogue, length = map(int, sys.argv[1:])
random = np.random.default_rng(1)
chance = np.cumsum(1 / np.arange(1, catalogue + 1))
chance /= chance[-1]


def first_draws(draws):
    """Where a row's draw is not one of its earlier draws."""
    order = np.argsort(draws, axis=1, kind="stable")
    ordered = np.take_along_axis(draws, order, axis=1)
    new = np.ones(draws.shape, bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    result = np.empty_like(new)
    np.put_along_axis(result, order, new, axis=1)
    return result


def histories(count):
    draws = np.searchsorted(chance, random.random((count, 64))).astype(np.int32)
    new = first_draws(draws)
    short = new.sum(axis=1) < length
    while short.any():
        more = np.searchsorted(chance, random.random(draws.shape)).astype(np.int32)
        draws, new = np.hstack([draws, more]), np.hstack([new, np.zeros_like(new)])
        new[short] = first_draws(draws[short])
        short = new.sum(axis=1) < length
    new &= np.cumsum(new, axis=1) <= length
    return draws[new].reshape(count, length) + 1


for table in ("zipf_original", "zipf_synthetic"):
    cursor.execute(f"CREATE UNLOGGED TABLE {table} (user_id integer, item_id integer)")
    for first in range(0, users, 10000):
        count = min(10000, users - first)
        user = np.repeat(np.arange(first, first + count), length)
        lines = "\n".join(map("%d\t%d".__mod__, zip(user.tolist(), histories(count).ravel().tolist())))
        cursor.copy_from(io.StringIO(lines + "\n"), table)
