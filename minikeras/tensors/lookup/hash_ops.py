"""Ops that assign values to buckets by their hash."""

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.operation import Op
from minikeras.tensors.strings.hashing import WORD, hash_buckets, hashes

CROSSING_KEY = 0xDECAFCAFFE  # TensorFlow's start of the hash of a crossing
MULTIPLIER = 0xC6A4A7935BD1E995


class HashBuckets(Op):
    """y = hash(x) mod num_buckets, int64, of strings, or of numbers written as text. No gradient.

    The hash is FarmHash's fingerprint, or SipHash under a key. Floats are cut to integers first.

    Args:
        num_buckets: how many buckets there are.
        mask_value: the only value in bucket 0; None if there is no such value.
        key: two integers for SipHash; None for FarmHash.
    """

    differentiable = False
    is_pure = True

    def __init__(self, num_buckets, mask_value=None, key=None):
        self.num_buckets, self.mask_value, self.key = num_buckets, mask_value, key

    def forward(self, x):
        x = np.asarray(x)
        has_mask = self.mask_value is not None and self.num_buckets > 1
        y = hash_buckets(_as_hashed(x), self.num_buckets - has_mask, self.key)
        if not has_mask:
            return y
        return np.where(x == self._mask_value_for(x), 0, y + 1)

    def _mask_value_for(self, x):
        if x.dtype == object:
            return byte_strings(self.mask_value)[()]
        if isinstance(self.mask_value, (str, bytes)) or (x.dtype == bool and not isinstance(self.mask_value, bool)):
            raise TypeError(f"`mask_value` must have the inputs' dtype, {x.dtype}. Received: {self.mask_value!r}")
        return self.mask_value

    def output_shape(self, shape):
        return shape

    def output_dtype(self, x):
        return "int64"


def _as_hashed(x):
    """Strings, or integers, whose decimal texts are hashed; booleans become texts, too."""
    if x.dtype == bool:
        return np.where(x, byte_strings("true"), byte_strings("false"))
    if x.dtype.kind != "f":
        return x
    with np.errstate(invalid="ignore"):  # NaN and infinity become the lowest integer, as in TensorFlow
        return x.astype(np.int64)


class CrossedBuckets(Op):
    """y = hash(x₁, x₂, …) mod num_buckets, int64, of strings or integers at the same positions. No gradient.

    h₀ = key, hᵢ = join(hᵢ₋₁, fingerprint(xᵢ)); an integer is its own fingerprint.
    """

    differentiable = False
    is_pure = True

    def __init__(self, num_buckets):
        self.num_buckets = num_buckets

    def forward(self, *columns):
        total = CROSSING_KEY
        for column in map(np.ravel, columns):  # NumPy warns of overflow in arrays without axes
            total = _joined(total, hashes(column) if column.dtype == object else column.astype(np.uint64))
        return (total % np.uint64(self.num_buckets)).astype(np.int64).reshape(np.shape(columns[0]))

    def output_shape(self, shape, *shapes):
        return shape

    def output_dtype(self, *columns):
        return "int64"


def joined_hashes(key, fingerprints):
    """The hash of several fingerprints, Python's integers, beginning from `key`."""
    for fingerprint in fingerprints:
        key = _joined(key, fingerprint)
    return key


def _joined(a, b):
    """One 64-bit fingerprint of two (integers or arrays), joined as in TensorFlow by a step of MurmurHash."""
    total = a ^ MULTIPLIER
    total = total ^ _shift_mix(b * MULTIPLIER & WORD) * MULTIPLIER & WORD
    total = total * MULTIPLIER & WORD
    return _shift_mix(_shift_mix(total) * MULTIPLIER & WORD)


def _shift_mix(value):
    return value ^ value >> 47
