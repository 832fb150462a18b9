"""Numbers for strings by their hash: `to_hash_bucket_fast`, `to_hash_bucket_strong`."""

from functools import partial

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.ragged import RaggedTensor
from minikeras.strings.equal_strings import classes_of_integers, classes_of_strings
from minikeras.strings.farmhash import fingerprint64
from minikeras.strings.siphash import WORD, siphash

FEW = 8  # strings of one length, which Python hashes as fast as arrays (5 µs each) or faster


def to_hash_bucket_fast(input, num_buckets):
    """FarmHash's fingerprint of each string modulo `num_buckets`, int64."""
    return _buckets(input, num_buckets, None)


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
    return (hashes(array, key) % np.uint64(num_buckets)).astype(np.int64)


def hashes(array, key=None):
    """The hash of each string, or of each integer's decimal text, a uint64 array.

    Strings of one length are hashed at once (100,000 words: 9 ms, one by one 300). See `hash_buckets`.
    """
    hashed = fingerprint64 if key is None else partial(siphash, key0=int(key[0]) & WORD, key1=int(key[1]) & WORD)
    flat = array.ravel()
    result = np.empty(flat.size, np.uint64)
    classes = classes_of_strings(flat) if flat.dtype == object else classes_of_integers(flat)
    for places, strings in classes:
        if len(places) < FEW:
            result[places] = [hashed(string) for string in strings.as_bytes()]
        else:
            result[places] = hashed(strings)
    return result.reshape(array.shape)


def _check(num_buckets):
    if num_buckets < 1:
        raise ValueError(f"`num_buckets` must be at least 1. Received: num_buckets={num_buckets}")
