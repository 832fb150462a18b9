"""Numbers for strings by their hash: `to_hash_bucket_fast`, `to_hash_bucket_strong`."""

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.kernels.job_lists import run
from minikeras.kernels.registry import compiles
from minikeras.kernels.strings.decimals import decimals, decimals_reference
from minikeras.kernels.strings.farmhash import fingerprint64, fingerprint_jobs
from minikeras.kernels.strings.packed import in_place
from minikeras.kernels.strings.siphash import siphash64, siphash_jobs
from minikeras.tensors.ragged import RaggedTensor

WORD = 0xFFFFFFFFFFFFFFFF
ENOUGH = 256  # strings in all: for fewer, Python takes 10 ms at most, and nothing need be compiled


def to_hash_bucket_fast(input, num_buckets):
    """FarmHash's fingerprint of each string modulo `num_buckets`, int64."""
    return _buckets(input, num_buckets, None)


def to_hash_bucket(input, num_buckets):
    """TensorFlow's own hash of each string, a MurmurHash, modulo `num_buckets`, int64."""
    _check(num_buckets)
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(to_hash_bucket(input.flat_values, num_buckets))
    strings = byte_strings(input)
    buckets = [_murmur64(text) % int(num_buckets) for text in strings.ravel().tolist()]
    return Tensor(np.array(buckets, np.int64).reshape(strings.shape))


def _murmur64(text, seed=0xDECAFCAFFE):
    """MurmurHash64A (A. Appleby) of bytes: h = (h ^ mixed(word)) · m for each word of eight of them."""
    m = 0xC6A4A7935BD1E995

    def mixed(word):
        word = word * m & WORD
        return (word ^ word >> 47) * m & WORD

    h = seed ^ len(text) * m & WORD
    whole = len(text) - len(text) % 8
    for start in range(0, whole, 8):
        h = (h ^ mixed(int.from_bytes(text[start : start + 8], "little"))) * m & WORD
    if whole < len(text):
        h = (h ^ int.from_bytes(text[whole:], "little")) * m & WORD
    h = (h ^ h >> 47) * m & WORD
    return h ^ h >> 47


def to_hash_bucket_strong(input, num_buckets, key):
    """SipHash of each string under `key`, two integers, modulo `num_buckets`: hard to collide without it."""
    if len(key) != 2:
        raise ValueError(f"`key` must be two integers. Received: key={key}")
    return _buckets(input, num_buckets, key)


def _buckets(input, num_buckets, key):
    _check(num_buckets)
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(_buckets(input.flat_values, num_buckets, key))
    return Tensor(hash_buckets(byte_strings(input), num_buckets, key))


def hash_buckets(array, num_buckets, key=None):
    """The bucket of each string, or of each integer's decimal text, int64.

    Args:
        array: of `bytes` objects or integers.
        num_buckets: how many buckets there are.
        key: two integers for SipHash; None for FarmHash.
    """
    if array.dtype == object and key is None and _is_compiled(array):
        return _hashed(in_place(array.ravel()), None, num_buckets).reshape(array.shape)
    return (hashes(array, key) % np.uint64(num_buckets)).astype(np.int64)


def hashes(array, key=None):
    """The hash of each string, or of each integer's decimal text, a uint64 array. See `hash_buckets`."""
    flat = array.ravel()
    if key is not None:
        key = [int(half) & WORD for half in key]
    return (_by_jobs if _is_compiled(flat) else _one_by_one)(flat, key).reshape(array.shape)


class _Python:
    """How many more strings Python hashes in this process before compiled loops, at 20 µs per call, take over."""

    left = ENOUGH


def _is_compiled(array):
    if not compiles():
        return False
    _Python.left = max(_Python.left - array.size, 0)
    return _Python.left == 0


def _one_by_one(flat, key):
    texts = flat.tolist() if flat.dtype == object else decimals_reference(flat)
    found = [fingerprint64(text) if key is None else siphash64(text, *key) for text in texts]
    return np.array(found, np.uint64)


def _by_jobs(flat, key):
    return _hashed(in_place(flat) if flat.dtype == object else decimals(flat), key).view(np.uint64)


def _hashed(texts, key, buckets=0):
    """int64: the bits of the hashes, or with `buckets` the fingerprints modulo that."""
    found = np.empty(len(texts), np.int64)
    run(fingerprint_jobs(texts, found, buckets) if key is None else siphash_jobs(texts, key, found))
    return found


def _check(num_buckets):
    if num_buckets < 1:
        raise ValueError(f"`num_buckets` must be at least 1. Received: num_buckets={num_buckets}")
