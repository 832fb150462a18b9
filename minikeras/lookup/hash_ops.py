"""Ops that give values the numbers of buckets, by their hash."""

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.operation import Op
from minikeras.strings.farmhash import fingerprint64
from minikeras.strings.siphash import WORD, siphash

CROSSING_KEY = 0xDECAFCAFFE  # TensorFlow's, from which the hash of a crossing begins
MULTIPLIER = 0xC6A4A7935BD1E995


class HashBuckets(Op):
    """y = hash(x) mod num_buckets, int64, of strings, or of numbers written as text. No gradient.

    The hash is FarmHash's fingerprint, or SipHash under a key. Floats are cut to integers first.

    Args:
        num_buckets: how many buckets there are.
        mask_value: the value that alone has bucket 0; None if none has.
        key: two integers for SipHash; None for FarmHash.
    """

    differentiable = False
    is_pure = True

    def __init__(self, num_buckets, mask_value=None, key=None):
        self.num_buckets, self.mask_value, self.key = num_buckets, mask_value, key

    def forward(self, x):
        x = np.asarray(x)
        has_mask = self.mask_value is not None and self.num_buckets > 1
        values = x.astype(np.int64) if x.dtype.kind == "f" else x
        flat = values.ravel().tolist()
        buckets = self.num_buckets - has_mask
        known = {value: self._hash(_as_bytes(value)) % buckets + has_mask for value in set(flat)}
        y = np.fromiter(map(known.__getitem__, flat), np.int64, len(flat)).reshape(x.shape)
        if not has_mask:
            return y
        mask_value = byte_strings(self.mask_value)[()] if x.dtype == object else self.mask_value
        return np.where(x == mask_value, 0, y)

    def _hash(self, string):
        return fingerprint64(string) if self.key is None else siphash(string, *[int(k) & WORD for k in self.key])

    def output_shape(self, shape):
        return shape

    def output_dtype(self, x):
        return "int64"


def _as_bytes(value):
    """A string, or a number as TensorFlow writes it."""
    if isinstance(value, bytes):
        return value
    return (str(value).lower() if isinstance(value, bool) else str(value)).encode()


class CrossedBuckets(Op):
    """y = hash(x₁, x₂, …) mod num_buckets, int64, of strings or integers at the same places. No gradient.

    h₀ = key, hᵢ = join(hᵢ₋₁, fingerprint(xᵢ)); an integer is its own fingerprint.
    """

    differentiable = False
    is_pure = True

    def __init__(self, num_buckets):
        self.num_buckets = num_buckets

    def forward(self, *columns):
        fingerprints = [_fingerprints(np.asarray(column).ravel().tolist()) for column in columns]
        crossed = []
        for row in zip(*fingerprints, strict=True):
            total = CROSSING_KEY
            for fingerprint in row:
                total = _joined(total, fingerprint)
            crossed.append(total % self.num_buckets)
        return np.array(crossed, np.int64).reshape(np.shape(columns[0]))

    def output_shape(self, shape, *shapes):
        return shape

    def output_dtype(self, *columns):
        return "int64"


def _fingerprints(values):
    known = {value: fingerprint64(value) if isinstance(value, bytes) else value & WORD for value in set(values)}
    return [known[value] for value in values]


def _joined(a, b):
    """One 64-bit fingerprint of two, as TensorFlow joins them (a step of MurmurHash)."""
    total = a ^ MULTIPLIER
    total ^= _shift_mix(b * MULTIPLIER & WORD) * MULTIPLIER & WORD
    total = total * MULTIPLIER & WORD
    return _shift_mix(_shift_mix(total) * MULTIPLIER & WORD)


def _shift_mix(value):
    return value ^ value >> 47
