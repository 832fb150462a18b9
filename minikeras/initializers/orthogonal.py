"""`Orthogonal`: a random orthogonal matrix."""

import math

import numpy as np

from minikeras import random
from minikeras.autodiff.tensor import Tensor
from minikeras.initializers.initializer import RandomInitializer


class Orthogonal(RandomInitializer):
    """A matrix with orthonormal columns (WᵀW = 1) or, if it is wider than high, orthonormal rows, times `gain`.

    It preserves norms however often it is applied, so recurrent kernels start with it. A normal random matrix A has no
    preferred direction; its decomposition A = Q·R gives the orthogonal Q, and the signs of R's diagonal are moved into
    Q so that every rotation is equally likely. With more than two axes, all but the last are merged into one.

    Args:
        gain: factor on the matrix.
        seed: integer, SeedGenerator or None (see `RandomInitializer`).

    Source: Saxe, McClelland, Ganguli, arXiv:1312.6120 (2014).
    """

    def __init__(self, gain=1.0, seed=None):
        self.gain = gain
        super().__init__(seed=seed)

    def __call__(self, shape, dtype=None):
        """An orthogonal tensor.

        Raises:
            ValueError: `shape` has fewer than two axes.
        """
        if len(shape) < 2:
            raise ValueError(f"The shape of Orthogonal must be at least two-dimensional. Received: shape={shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        a = random.normal((max(rows, columns), min(rows, columns)), dtype=dtype, seed=self.seed).array
        q, r = np.linalg.qr(a.astype(np.promote_types(a.dtype, np.float32)))  # LAPACK has no float16
        q = q.astype(a.dtype) * np.sign(np.diag(r)).astype(a.dtype)
        if rows < columns:
            q = q.T
        return Tensor(q.reshape(shape) * a.dtype.type(self.gain))

    def get_config(self):
        return {**super().get_config(), "gain": self.gain}
