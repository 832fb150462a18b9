"""A permutation of 0 … n that is computed index by index: a block cipher whose results beyond n are enciphered again.

The cipher is Simon, with four rounds of a Feistel network and words of W bits: half of the even number of bits, at
least 16, that n needs. (R. Beaulieu et al., "The SIMON and SPECK families", 2013; cycle walking: J. Black, P. Rogaway,
"Ciphers with arbitrary finite domains", 2002.)
"""

import math

_ROUNDS = 4
_FIRST_KEY = 498247692  # TensorFlow's addition to the two numbers of the seed
_CONSTANT, _SEQUENCE = 0xFFFFFFFC, 0x7369F885192C0EF5
_MIN_BITS = 16


def shuffled_index(index, seed, max_index):
    """Where `index`, 0 … `max_index`, is in the permutation that `seed`, two integers, names."""
    max_index, place = int(max_index), int(index)
    if max_index == 0:
        return 0
    bits = math.ceil(math.log2(max_index))
    width = max(bits + bits % 2, _MIN_BITS) // 2
    keys = _round_keys([_FIRST_KEY, *(int(number) for number in seed)], width)
    place = _enciphered(place, keys, width)
    while place > max_index:
        place = _enciphered(place, keys, width)
    return place


def _round_keys(key, width):
    mask = 2**width - 1
    keys = [number % 2**32 & mask for number in key]
    for i in range(3, _ROUNDS):
        bit = _SEQUENCE >> (i - 3) & 1
        turned = _turned_left(keys[i - 1], width - 3, width) ^ _turned_left(keys[i - 1], width - 4, width)
        keys.append((_CONSTANT & mask) ^ bit ^ keys[i - 3] ^ turned)
    return keys


def _enciphered(value, keys, width):
    left, right = value >> width & 2**width - 1, value & 2**width - 1
    for first, second in zip(keys[::2], keys[1::2], strict=True):
        left ^= _mixed(right, width) ^ first
        right ^= _mixed(left, width) ^ second
    return left << width | right


def _mixed(word, width):
    return _turned_left(word, 1, width) & _turned_left(word, 8, width) ^ _turned_left(word, 2, width)


def _turned_left(word, by, width):
    return (word << by | word >> (width - by)) & 2**width - 1
