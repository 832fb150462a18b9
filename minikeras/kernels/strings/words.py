"""Words of 64 bits in an array of bytes, for hashes. Compiled, eight bytes are read by one instruction."""

import numpy as np

from minikeras.kernels.registry import inlined_subroutine


@inlined_subroutine
def word_at(content, place):
    """The number in eight bytes, the lowest byte first."""
    return half_word_at(content, place) | half_word_at(content, place + 4) << np.uint64(32)


@inlined_subroutine
def half_word_at(content, place):
    """The number in four bytes, the lowest byte first."""
    a, b = np.uint64(content[place]), np.uint64(content[place + 1])
    c, d = np.uint64(content[place + 2]), np.uint64(content[place + 3])
    return a | b << np.uint64(8) | c << np.uint64(16) | d << np.uint64(24)


@inlined_subroutine
def rotated(value, shift):
    """A word rotated to the right by `shift` bits, 1 … 63."""
    return value >> np.uint64(shift) | value << np.uint64(64 - shift)
