"""A hash table of strings: for each string, the number of the same one in a list, or −1.

The table has a power of two of slots (hash, number, start, length), the latter two of the string in its array of bytes.
A string belongs to the slot of its hash's lowest bits, or to the next free one; a search goes from there to the first
free slot.
"""

from collections import Counter
from itertools import repeat
from typing import NamedTuple

import numpy as np

from minikeras.kernels.job_lists import run
from minikeras.kernels.registry import subroutine
from minikeras.kernels.strings.farmhash import fingerprint
from minikeras.kernels.strings.packed import PER_TASK
from minikeras.kernels.tasks import bytes_, integers, task_kernel

FREE = -1


class StringTable(NamedTuple):
    """The bytes of a table's strings and its slots, (slots, 4) int64; `firsts` and `counts`: see `string_table`."""

    content: np.ndarray
    slots: np.ndarray
    firsts: np.ndarray
    counts: np.ndarray

    def numbers(self, strings):
        """For each of other `PackedStrings`, int64: that of the same string, or −1."""
        found = np.empty(len(strings), np.int64)
        if len(strings):
            run([find_strings.job(strings.tasks(), *strings, self.content, self.slots, found, PER_TASK)])
        return found


def string_table_reference(strings):
    """{string: how often it occurs}, in the order in which they occur first, of a list of `bytes`."""
    return Counter(strings)


def numbers_reference(strings, numbers):
    """For each of a list of `bytes` its number, int64; −1 if it has none.

    Args:
        numbers: {string: number}.
    """
    return np.fromiter(map(numbers.get, strings, repeat(-1)), np.int64, len(strings))


def string_table(strings):
    """The `StringTable` of `PackedStrings`.

    `firsts[n]` is the position in `strings` where string number n occurs first, `counts[n]` how often it occurs.
    """
    slots = np.full((1 << (len(strings) + len(strings) // 2 + 1).bit_length(), 4), FREE, np.int64)
    firsts, counts = np.zeros((2, max(1, len(strings))), np.int64)
    size = np.zeros(1, np.int64)
    if len(strings):
        run([add_strings.job(1, *strings, slots, firsts, counts, size)])
    return StringTable(strings.content, slots, firsts[: size[0]], counts[: size[0]])


@task_kernel
def add_strings(
    task, content: bytes_(1), starts: integers(1), lengths: integers(1), slots: integers(2), firsts: integers(1),
    counts: integers(1), size: integers(1),
):  # fmt: skip
    """Number the strings in the order in which they occur first, and count them."""
    for i in range(len(starts)):
        hashed = np.int64(fingerprint(content, starts[i], lengths[i]))
        place = slot_of(hashed, content, starts[i], lengths[i], slots, content)
        number = slots[place, 1]
        if number < 0:
            number = size[0]
            size[0] = number + 1
            slots[place, 0] = hashed
            slots[place, 1] = number
            slots[place, 2] = starts[i]
            slots[place, 3] = lengths[i]
            firsts[number] = i
        counts[number] += 1


@task_kernel
def find_strings(
    task, content: bytes_(1), starts: integers(1), lengths: integers(1), known: bytes_(1), slots: integers(2),
    found: integers(1), per_task: int,
):  # fmt: skip
    """For some strings."""
    for i in range(task * per_task, min(len(starts), (task + 1) * per_task)):
        hashed = np.int64(fingerprint(content, starts[i], lengths[i]))
        place = slot_of(hashed, content, starts[i], lengths[i], slots, known)
        found[i] = slots[place, 1]


@subroutine
def slot_of(hashed, content, start, length, slots, known):
    """The slot of a string, or the free one where it belongs."""
    last = len(slots) - 1
    place = hashed & last
    while slots[place, 1] >= 0:
        is_like = slots[place, 0] == hashed and slots[place, 3] == length
        if is_like and are_equal(content, start, known, slots[place, 2], length):
            return place
        place = (place + 1) & last
    return place


@subroutine
def are_equal(a, a_start, b, b_start, length):
    """Whether `length` bytes are equal."""
    for i in range(length):  # noqa: SIM110 - kernels have no generators
        if a[a_start + i] != b[b_start + i]:
            return False
    return True
