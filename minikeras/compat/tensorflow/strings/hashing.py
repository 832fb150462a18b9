"""Numbers for strings by their hash: `to_hash_bucket_fast`, `to_hash_bucket_strong`."""

import numpy as np

from minikeras.compat.tensorflow.strings.elementwise import each
from minikeras.compat.tensorflow.strings.fingerprint import fingerprint64

WORD = 0xFFFFFFFFFFFFFFFF


def to_hash_bucket_fast(input, num_buckets, name=None):
    """FarmHash's fingerprint of each string modulo `num_buckets`, int64."""
    _check(num_buckets)
    return each(lambda s: fingerprint64(s) % num_buckets, input, np.int64)


def to_hash_bucket_strong(input, num_buckets, key, name=None):
    """SipHash of each string under `key`, two integers, modulo `num_buckets`: hard to collide without it."""
    _check(num_buckets)
    if len(key) != 2:
        raise ValueError(f"`key` must be two integers. Received: key={key}")
    return each(lambda s: siphash(s, int(key[0]) & WORD, int(key[1]) & WORD) % num_buckets, input, np.int64)


def to_hash_bucket(input, num_buckets, name=None):
    """An error: TensorFlow promises nothing about this hash. `to_hash_bucket_fast` is the one to use."""
    raise NotImplementedError(
        "`to_hash_bucket` uses a hash that may differ between builds of TensorFlow. Use `to_hash_bucket_fast`."
    )


def _check(num_buckets):
    if num_buckets < 1:
        raise ValueError(f"`num_buckets` must be at least 1. Received: num_buckets={num_buckets}")


def siphash(string, key0, key1):
    """SipHash-2-4 of bytes, 0 … 2⁶⁴ − 1.

    Source: Aumasson, Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012.
    """
    v = [key0 ^ 0x736F6D6570736575, key1 ^ 0x646F72616E646F6D, key0 ^ 0x6C7967656E657261, key1 ^ 0x7465646279746573]
    padded = string + bytes(7 - len(string) % 8) + bytes([len(string) & 255])
    for place in range(0, len(padded), 8):
        word = int.from_bytes(padded[place : place + 8], "little")
        v[3] ^= word
        _rounds(v, 2)
        v[0] ^= word
    v[2] ^= 0xFF
    _rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _rounds(v, count):
    for _ in range(count):
        v[0] = (v[0] + v[1]) & WORD
        v[2] = (v[2] + v[3]) & WORD
        v[1] = _rotate_left(v[1], 13) ^ v[0]
        v[3] = _rotate_left(v[3], 16) ^ v[2]
        v[0] = _rotate_left(v[0], 32)
        v[2] = (v[2] + v[1]) & WORD
        v[0] = (v[0] + v[3]) & WORD
        v[1] = _rotate_left(v[1], 17) ^ v[2]
        v[3] = _rotate_left(v[3], 21) ^ v[0]
        v[2] = _rotate_left(v[2], 32)


def _rotate_left(value, shift):
    return (value << shift | value >> (64 - shift)) & WORD
