"""fidelity beside the same figures by NumPy and SciPy.

Prints one line of tab-separated fields: see the end.
"""
import numpy as np
import scipy.sparse.linalg
import scipy.spatial.distance
import scipy.stats

from common import cursor, matrix, report, rows, timed

VALUES = 20

original_rows, synthetic_rows = rows("original"), rows("synthetic")
items = np.union1d(original_rows[:, 1], synthetic_rows[:, 1])


def gini(counts):
    """Half the relative mean absolute difference."""
    counts = np.sort(counts[counts > 0])
    ranks = np.arange(1, len(counts) + 1)
    return 2 * (ranks * counts).sum() / (len(counts) * counts.sum()) - (len(counts) + 1) / len(counts)


def spectrum(histories):
    values = scipy.sparse.linalg.svds(histories, VALUES, tol=1e-8, return_singular_vectors=False)
    return np.sort(values)[::-1] / np.sqrt(histories.nnz)


def together(histories):
    """Shares of users who have both of two different items."""
    gram = (histories.T @ histories).toarray() / histories.shape[0]
    np.fill_diagonal(gram, 0)
    return gram


def tail(counts):
    """The rarest items that together have at most a fifth of the interactions; equals all or none."""
    kinds = np.unique(counts[counts > 0])
    mass = np.array([counts[counts <= kind].sum() for kind in kinds])
    rare = kinds[mass <= 0.2 * counts.sum()]
    return (counts > 0) & (counts <= (rare.max() if len(rare) else 0))


def theirs():
    a, b = (matrix(side, items, dtype=np.float64) for side in (original_rows, synthetic_rows))
    counts = [np.asarray(side.sum(axis=0)).ravel() for side in (a, b)]
    lengths = [np.diff(side.indptr) for side in (a, b)]
    spectra = [spectrum(side) for side in (a, b)]
    pairs = [together(side) for side in (a, b)]
    rare = tail(counts[0])
    return {
        "popularity_divergence": scipy.spatial.distance.jensenshannon(*counts, base=2),
        "popularity_correlation": scipy.stats.spearmanr(*counts).statistic,
        "activity_divergence": scipy.stats.ks_2samp(*lengths).statistic,
        "activity_distance": scipy.stats.wasserstein_distance(*lengths),
        "catalogue_coverage": (counts[1] > 0)[counts[0] > 0].mean(),
        "tail_coverage": (counts[1] > 0)[rare].mean(),
        "gini": gini(counts[1]),
        "spectrum_distance": np.linalg.norm(spectra[0] - spectra[1]) / np.linalg.norm(spectra[0]),
        "cooccurrence_distance": np.linalg.norm(pairs[0] - pairs[1]) / np.linalg.norm(pairs[0]),
    }


def ours():
    cursor.execute("SELECT f.measure, f.value FROM p20, synrec.fidelity(original, synthetic) AS f WHERE f.value IS NOT NULL")
    return dict(cursor.fetchall())


our_time, found = timed(ours)
their_time, expected = timed(theirs)
assert found.keys() == expected.keys(), (found, expected)
worst = max(found, key=lambda name: abs(found[name] - expected[name]))
difference = abs(found[worst] - expected[worst])
assert difference < 1e-5, f"{worst} is {found[worst]}, not {expected[worst]}"

report(our_time, their_time, f"{len(found)} figures agree; {worst} differs most, by {difference:.1e}")
