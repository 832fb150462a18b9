"""SipHash-2-4: a 64-bit hash under a secret key of 128 bits, hard to collide without it.

Source: Aumasson, Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012.
"""

from minikeras.strings.equal_strings import word_at

WORD = 0xFFFFFFFFFFFFFFFF


def siphash(string, key0, key1):
    """The hash of bytes under the two halves of the key, 0 … 2⁶⁴ − 1; of `EqualStrings` a uint64 array of them."""
    v = [key0 ^ 0x736F6D6570736575, key1 ^ 0x646F72616E646F6D, key0 ^ 0x6C7967656E657261, key1 ^ 0x7465646279746573]
    length = len(string)
    for place in range(0, length + 1, 8):
        rest = min(8, length - place)  # the last word has the rest of the string, zeros, and the length
        word = word_at(string, place, rest) if rest > 0 else 0
        word = word if rest == 8 else word | (length & 255) << 56
        v[3] = v[3] ^ word
        _rounds(v, 2)
        v[0] = v[0] ^ word
    v[2] = v[2] ^ 0xFF
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
