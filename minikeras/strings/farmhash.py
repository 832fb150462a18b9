"""FarmHash's Fingerprint64: a 64-bit number for a string, the same on every machine and in every program.

The same code takes one string of bytes, with Python's integers, or `EqualStrings`, with uint64 arrays: no operation
changes an array in place, and no sum of two Python integers meets an array before it is cut to 64 bits.

TensorFlow numbers words by it (`to_hash_bucket_fast`, `StaticVocabularyTable`). It mixes 64-bit words by multiplying
them with odd constants, shifting and adding; strings of different lengths go different ways, the longest 64 bytes at a
time.

Source: Geoff Pike, FarmHash (2014), https://github.com/google/farmhash, the function `farmhashna::Hash64`.
"""

from minikeras.strings.equal_strings import word_at

K0, K1, K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
WORD = 0xFFFFFFFFFFFFFFFF


def fingerprint64(string):
    """The fingerprint of bytes, 0 … 2⁶⁴ − 1; of `EqualStrings` a uint64 array of them."""
    length = len(string)
    if length <= 16:
        return _up_to_16(string)
    if length <= 32:
        return _up_to_32(string)
    if length <= 64:
        return _up_to_64(string)
    return _longer(string)


def _fetch64(string, place):
    return word_at(string, place, 8)


def _fetch32(string, place):
    return word_at(string, place, 4)


def _rotate(value, shift):
    """A 64-bit word turned to the right."""
    value &= WORD
    return (value >> shift | value << (64 - shift)) & WORD


def _shift_mix(value):
    value &= WORD
    return value ^ value >> 47


def _mix(u, v, multiplier):
    """Two words as one."""
    a = _shift_mix((u ^ v) * multiplier)
    b = _shift_mix((v ^ a) * multiplier)
    return b * multiplier & WORD


def _up_to_16(string):
    length = len(string)
    if length >= 8:
        multiplier = K2 + length * 2
        a, b = _fetch64(string, 0) + K2, _fetch64(string, length - 8)
        c = _rotate(b, 37) * multiplier + a
        d = (_rotate(a, 25) + b) * multiplier
        return _mix(c & WORD, d & WORD, multiplier)
    if length >= 4:
        multiplier = K2 + length * 2
        return _mix(length + (_fetch32(string, 0) << 3), _fetch32(string, length - 4), multiplier)
    if length > 0:
        y = word_at(string, 0, 1) + (word_at(string, length >> 1, 1) << 8)
        z = length + (word_at(string, length - 1, 1) << 2)
        return _shift_mix(y * K2 ^ z * K0) * K2 & WORD
    return K2


def _up_to_32(string):
    length = len(string)
    multiplier = K2 + length * 2
    a, b = _fetch64(string, 0) * K1, _fetch64(string, 8)
    c, d = _fetch64(string, length - 8) * multiplier, _fetch64(string, length - 16) * K2
    return _mix(
        (_rotate(a + b, 43) + _rotate(c, 30) + d) & WORD,
        (a + _rotate(b + K2, 18) + c) & WORD,
        multiplier,
    )


def _up_to_64(string):
    length = len(string)
    multiplier = K2 + length * 2
    a, b = _fetch64(string, 0) * K2, _fetch64(string, 8)
    c, d = _fetch64(string, length - 8) * multiplier, _fetch64(string, length - 16) * K2
    y = (_rotate(a + b, 43) + _rotate(c, 30) + d) & WORD
    z = _mix(y, (a + _rotate(b + K2, 18) + c) & WORD, multiplier)
    e, f = _fetch64(string, 16) * multiplier, _fetch64(string, 24)
    g = (y + _fetch64(string, length - 32)) * multiplier
    h = (z + _fetch64(string, length - 24)) * multiplier
    return _mix(
        (_rotate(e + f, 43) + _rotate(g, 30) + h) & WORD,
        (e + _rotate(f + a, 18) + g) & WORD,
        multiplier,
    )


def _weak_mix_of_32(string, place, a, b):
    """Two words out of 32 bytes and two words."""
    w, x, y, z = (_fetch64(string, place + 8 * i) for i in range(4))
    c = a + w
    a = c + (x + y)
    b = _rotate(b + c + z, 21) + _rotate(a, 44)
    return (a + z) & WORD, (b + c) & WORD


def _longer(string):
    length = len(string)
    x = 81
    y = (81 * K1 + 113) & WORD
    z = _shift_mix(y * K2 + 113) * K2 & WORD
    v, w = (0, 0), (0, 0)
    x = ((x * K2 & WORD) + _fetch64(string, 0)) & WORD
    end = (length - 1) // 64 * 64
    for place in range(0, end, 64):
        x, y, z, v, w = _step(string, place, x, y, z, v, w, K1)
        z, x = x, z
    multiplier = K1 + ((z & 0xFF) << 1)
    place = length - 64
    w = ((w[0] + ((length - 1) & 63)) & WORD, w[1])
    v = ((v[0] + w[0]) & WORD, v[1])
    w = ((w[0] + v[0]) & WORD, w[1])
    x, y, z, v, w = _step(string, place, x, y, z, v, w, multiplier, last=True)
    z, x = x, z
    return _mix(
        (_mix(v[0], w[0], multiplier) + _shift_mix(y) * K0 + z) & WORD,
        (_mix(v[1], w[1], multiplier) + x) & WORD,
        multiplier,
    )


def _step(string, place, x, y, z, v, w, multiplier, last=False):
    """The state after 64 more bytes; the last ones weigh two words otherwise."""
    x = _rotate(x + y + v[0] + _fetch64(string, place + 8), 37) * multiplier
    y = _rotate(y + v[1] + _fetch64(string, place + 48), 42) * multiplier
    x = x ^ (w[1] * 9 if last else w[1])
    y = y + (v[0] * 9 if last else v[0]) + _fetch64(string, place + 40)
    z = _rotate(z + w[0], 33) * multiplier
    x, y, z = x & WORD, y & WORD, z & WORD
    v = _weak_mix_of_32(string, place, v[1] * multiplier, x + w[0])
    w = _weak_mix_of_32(string, place + 32, z + w[1], y + _fetch64(string, place + 16))
    return x, y, z, v, w
