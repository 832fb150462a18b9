"""FarmHash's Fingerprint64: a 64-bit number for a string, the same on every machine and in every program.

TensorFlow numbers words by it (`to_hash_bucket_fast`, `StaticVocabularyTable`). It mixes 64-bit words by multiplying
them with odd constants, shifting and adding; strings of different lengths go different ways, the longest 64 bytes at a
time. The same code runs compiled and as Python: all numbers are np.uint64, which wrap around at 2⁶⁴.

Source: Geoff Pike, FarmHash (2014), https://github.com/google/farmhash, the function `farmhashna::Hash64`.
"""

import numpy as np

from minikeras.kernels.registry import subroutine
from minikeras.kernels.strings.packed import PER_TASK
from minikeras.kernels.strings.words import half_word_at, rotated, word_at
from minikeras.kernels.tasks import bytes_, integers, task_kernel

K0, K1, K2 = np.uint64(0xC3A5C85C97CB3127), np.uint64(0xB492B66FBE98F273), np.uint64(0x9AE16A3B2F90404F)
TWO, NINE = np.uint64(2), np.uint64(9)
# The state of long strings begins with the seed 81.
Y = np.uint64((81 * 0xB492B66FBE98F273 + 113) % 2**64)


def fingerprint64(string):
    """The fingerprint of a `bytes` object, 0 … 2⁶⁴ − 1."""
    with np.errstate(over="ignore"):
        return int(fingerprint(np.frombuffer(string, np.uint8), 0, len(string)))


def fingerprint_jobs(strings, hashes, buckets=0):
    """The job that sets int64 `hashes` to the fingerprints (the bits of their uint64) of `PackedStrings`.

    If `buckets` is not 0, to the fingerprints modulo that.
    """
    return [fingerprints.job(strings.tasks(), *strings, hashes, buckets, PER_TASK)]


@task_kernel
def fingerprints(
    task, content: bytes_(1), starts: integers(1), lengths: integers(1), hashes: integers(1), buckets: int,
    per_task: int,
):  # fmt: skip
    """For some strings."""
    for i in range(task * per_task, min(len(starts), (task + 1) * per_task)):
        hashed = fingerprint(content, starts[i], lengths[i])
        hashes[i] = np.int64(hashed if buckets == 0 else hashed % np.uint64(buckets))


@subroutine
def fingerprint(content, start, length):
    """The fingerprint of `length` bytes of `content` from `start` on."""
    if length <= 16:
        return up_to_16(content, start, length)
    if length <= 32:
        return up_to_32(content, start, length)
    if length <= 64:
        return up_to_64(content, start, length)
    return longer(content, start, length)


@subroutine
def shift_mix(value):
    """The upper bits mixed into the lower ones."""
    return value ^ value >> np.uint64(47)


@subroutine
def mix(u, v, multiplier):
    """Two words as one."""
    a = shift_mix((u ^ v) * multiplier)
    b = shift_mix((v ^ a) * multiplier)
    return b * multiplier


@subroutine
def up_to_16(content, start, length):
    """The fingerprint of 0 to 16 bytes."""
    end, size = start + length, np.uint64(length)
    multiplier = K2 + size * TWO
    if length >= 8:
        a, b = word_at(content, start) + K2, word_at(content, end - 8)
        c = rotated(b, 37) * multiplier + a
        d = (rotated(a, 25) + b) * multiplier
        return mix(c, d, multiplier)
    if length >= 4:
        a = half_word_at(content, start)
        return mix(size + (a << np.uint64(3)), half_word_at(content, end - 4), multiplier)
    if length > 0:
        a, b, c = np.uint64(content[start]), np.uint64(content[start + length // 2]), np.uint64(content[end - 1])
        y, z = a + (b << np.uint64(8)), size + (c << TWO)
        return shift_mix(y * K2 ^ z * K0) * K2
    return K2


@subroutine
def up_to_32(content, start, length):
    """The fingerprint of 17 to 32 bytes."""
    end = start + length
    multiplier = K2 + np.uint64(length) * TWO
    a, b = word_at(content, start) * K1, word_at(content, start + 8)
    c, d = word_at(content, end - 8) * multiplier, word_at(content, end - 16) * K2
    return mix(rotated(a + b, 43) + rotated(c, 30) + d, a + rotated(b + K2, 18) + c, multiplier)


@subroutine
def up_to_64(content, start, length):
    """The fingerprint of 33 to 64 bytes."""
    end = start + length
    multiplier = K2 + np.uint64(length) * TWO
    a, b = word_at(content, start) * K2, word_at(content, start + 8)
    c, d = word_at(content, end - 8) * multiplier, word_at(content, end - 16) * K2
    y = rotated(a + b, 43) + rotated(c, 30) + d
    z = mix(y, a + rotated(b + K2, 18) + c, multiplier)
    e, f = word_at(content, start + 16) * multiplier, word_at(content, start + 24)
    g = (y + word_at(content, end - 32)) * multiplier
    h = (z + word_at(content, end - 24)) * multiplier
    return mix(rotated(e + f, 43) + rotated(g, 30) + h, e + rotated(f + a, 18) + g, multiplier)


@subroutine
def longer(content, start, length):
    """The fingerprint of 65 bytes or more: a state of seven words, changed by each 64 bytes and by the last 64."""
    y = Y
    z = shift_mix(y * K2 + np.uint64(113)) * K2
    v0 = v1 = w0 = w1 = np.uint64(0)
    x = np.uint64(81) * K2 + word_at(content, start)
    for block in range((length - 1) // 64):
        place = start + 64 * block
        x, y, z, v0, v1, w0, w1 = step(content, place, x, y, z, v0, v1, w0, w1, K1, np.uint64(1))
        x, z = z, x
    multiplier = K1 + ((z & np.uint64(255)) << np.uint64(1))
    w0 = w0 + (np.uint64(length - 1) & np.uint64(63))
    v0 = v0 + w0
    w0 = w0 + v0
    x, y, z, v0, v1, w0, w1 = step(content, start + length - 64, x, y, z, v0, v1, w0, w1, multiplier, NINE)
    x, z = z, x
    u = mix(v0, w0, multiplier) + shift_mix(y) * K0 + z
    return mix(u, mix(v1, w1, multiplier) + x, multiplier)


@subroutine
def step(content, place, x, y, z, v0, v1, w0, w1, multiplier, weight):
    """The state after 64 more bytes; `weight` is that of two of its words."""
    x = rotated(x + y + v0 + word_at(content, place + 8), 37) * multiplier
    y = rotated(y + v1 + word_at(content, place + 48), 42) * multiplier
    x = x ^ w1 * weight
    y = y + v0 * weight + word_at(content, place + 40)
    z = rotated(z + w0, 33) * multiplier
    v0, v1 = weak_mix(content, place, v1 * multiplier, x + w0)
    w0, w1 = weak_mix(content, place + 32, z + w1, y + word_at(content, place + 16))
    return x, y, z, v0, v1, w0, w1


@subroutine
def weak_mix(content, place, a, b):
    """Two words out of 32 bytes and two words."""
    last = word_at(content, place + 24)
    a = a + word_at(content, place)
    c = a + word_at(content, place + 8) + word_at(content, place + 16)
    b = rotated(b + a + last, 21) + rotated(c, 44)
    return c + last, b + a
