"""SipHash-2-4: a 64-bit hash under a secret key of 128 bits, hard to collide without it.

The same code runs compiled and as Python: all numbers are np.uint64, which wrap around at 2⁶⁴.

Source: Aumasson, Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012.
"""

import numpy as np

from minikeras.kernels.registry import subroutine
from minikeras.kernels.strings.packed import PER_TASK
from minikeras.kernels.strings.words import rotated, word_at
from minikeras.kernels.tasks import bytes_, integers, task_kernel

START = tuple(map(np.uint64, (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)))
S0, S1, S2, S3 = START
LAST = np.uint64(0xFF)


def siphash64(string, key0, key1):
    """The hash of a `bytes` object under the two halves of the key, all 0 … 2⁶⁴ − 1."""
    with np.errstate(over="ignore"):
        return int(siphash(np.frombuffer(string, np.uint8), 0, len(string), np.uint64(key0), np.uint64(key1)))


def siphash_jobs(strings, key, hashes):
    """The job that sets int64 `hashes` to the hashes (the bits of their uint64) of `PackedStrings`.

    Args:
        key: the two halves of the key, 0 … 2⁶⁴ − 1.
    """
    bits = np.array(key, np.uint64).view(np.int64).tolist()
    return [siphashes.job(strings.tasks(), *strings, *bits, hashes, PER_TASK)]


@task_kernel
def siphashes(
    task, content: bytes_(1), starts: integers(1), lengths: integers(1), key0: int, key1: int, hashes: integers(1),
    per_task: int,
):  # fmt: skip
    """For some strings."""
    for i in range(task * per_task, min(len(starts), (task + 1) * per_task)):
        hashes[i] = np.int64(siphash(content, starts[i], lengths[i], np.uint64(key0), np.uint64(key1)))


@subroutine
def siphash(content, start, length, key0, key1):
    """The hash of `length` bytes of `content` from `start` on, under the two halves of the key."""
    v0, v1, v2, v3 = key0 ^ S0, key1 ^ S1, key0 ^ S2, key1 ^ S3
    for word in range(length // 8 + 1):
        if word < length // 8:
            m = word_at(content, start + 8 * word)
        else:
            m = np.uint64(length & 255) << np.uint64(56)  # the last word has the rest of the string and the length
            for byte in range(length % 8):
                m = m | np.uint64(content[start + 8 * word + byte]) << np.uint64(8 * byte)
        v3 = v3 ^ m
        v0, v1, v2, v3 = mixed(v0, v1, v2, v3)
        v0, v1, v2, v3 = mixed(v0, v1, v2, v3)
        v0 = v0 ^ m
    v2 = v2 ^ LAST
    for _ in range(4):
        v0, v1, v2, v3 = mixed(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@subroutine
def mixed(v0, v1, v2, v3):
    """The state after one round."""
    v0, v2 = v0 + v1, v2 + v3
    v1, v3 = rotated(v1, 64 - 13) ^ v0, rotated(v3, 64 - 16) ^ v2
    v0 = rotated(v0, 32)
    v2, v0 = v2 + v1, v0 + v3
    v1, v3 = rotated(v1, 64 - 17) ^ v2, rotated(v3, 64 - 21) ^ v0
    return v0, v1, rotated(v2, 32), v3
