"""Many strings of one length as a matrix of bytes, on which a function of one string computes all at once."""

import numpy as np


class EqualStrings:
    """Strings of one length.

    Args:
        matrix: (strings, length), uint8.
    """

    def __init__(self, matrix):
        self.matrix = matrix

    def __len__(self):
        return self.matrix.shape[1]

    def word_at(self, place, size):
        """The number in `size` bytes of each string, 1 … 8, the lowest byte first: a uint64 array."""
        words = np.zeros((len(self.matrix), 8), np.uint8)
        words[:, :size] = self.matrix[:, place : place + size]
        return words.view("<u8").ravel().astype(np.uint64, copy=False)

    def as_bytes(self):
        """The strings one by one."""
        return [row.tobytes() for row in self.matrix]


def word_at(string, place, size):
    """The number in `size` bytes of a string (or of each of `EqualStrings`) from `place` on, the lowest byte first."""
    if isinstance(string, EqualStrings):
        return string.word_at(place, size)
    return int.from_bytes(string[place : place + size], "little")


def classes_of_strings(strings):
    """(places, `EqualStrings`) for each length of the strings in a flat array of `bytes` objects."""
    lengths = np.fromiter(map(len, strings), np.int64, len(strings))
    order = np.argsort(lengths, kind="stable")
    content = np.frombuffer(b"".join(strings[order].tolist()), np.uint8)
    counts = np.bincount(lengths)
    start = first = 0
    for length in np.flatnonzero(counts).tolist():
        count = int(counts[length])
        matrix = content[start : start + count * length].reshape(count, length)
        yield order[first : first + count], EqualStrings(matrix)
        start, first = start + count * length, first + count


def classes_of_integers(integers):
    """(places, `EqualStrings`) for each length of the decimal texts of integers in a flat array."""
    is_negative = integers < 0
    unsigned = integers.astype(np.uint64)
    magnitudes = np.where(is_negative, np.uint64(0) - unsigned, unsigned)
    powers = np.array([10**n for n in range(1, 20)], np.uint64)
    digits = np.searchsorted(powers, magnitudes, side="right") + 1
    for sign in (False, True):
        for count in np.unique(digits[is_negative == sign]).tolist():
            places = np.flatnonzero((is_negative == sign) & (digits == count))
            yield places, EqualStrings(_decimals(magnitudes[places], count, sign))


def _decimals(magnitudes, count, sign):
    """The decimal texts of numbers with `count` digits, with or without a minus sign: (numbers, length), uint8."""
    matrix = np.empty((len(magnitudes), sign + count), np.uint8)
    matrix[:, :sign] = ord("-")
    for column in range(sign + count - 1, sign - 1, -1):
        magnitudes, digit = np.divmod(magnitudes, np.uint64(10))
        matrix[:, column] = digit.astype(np.uint8) + ord("0")
    return matrix
