"""Numbers for strings by their hash: `to_hash_bucket_fast`, `to_hash_bucket_strong`."""

import numpy as np

from minikeras.strings.elementwise import each
from minikeras.strings.farmhash import fingerprint64
from minikeras.strings.siphash import WORD, siphash


def to_hash_bucket_fast(input, num_buckets):
    """FarmHash's fingerprint of each string modulo `num_buckets`, int64."""
    _check(num_buckets)
    return each(lambda s: fingerprint64(s) % num_buckets, input, np.int64)


def to_hash_bucket_strong(input, num_buckets, key):
    """SipHash of each string under `key`, two integers, modulo `num_buckets`: hard to collide without it."""
    _check(num_buckets)
    if len(key) != 2:
        raise ValueError(f"`key` must be two integers. Received: key={key}")
    return each(lambda s: siphash(s, int(key[0]) & WORD, int(key[1]) & WORD) % num_buckets, input, np.int64)


def _check(num_buckets):
    if num_buckets < 1:
        raise ValueError(f"`num_buckets` must be at least 1. Received: num_buckets={num_buckets}")
