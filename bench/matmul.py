"""Thousand million flops a second of NumPy's float64 matrix product, on all cores."""
import numpy as np

from common import timed

N = 3000
a = np.random.default_rng(1).random((N, N))
np.dot(a, a)
print(2 * N**3 / sorted(timed(lambda: np.dot(a, a))[0] for _ in range(5))[2] / 1e6)
