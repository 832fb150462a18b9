"""Integers as decimal texts, which are hashed like strings."""

import numpy as np

from minikeras.kernels.job_lists import run
from minikeras.kernels.strings.packed import PER_TASK, PackedStrings
from minikeras.kernels.tasks import bytes_, integers, task_kernel

LONGEST = 20  # characters: a minus sign and 19 digits, or 20 digits
TEN, ZERO, MINUS = np.uint64(10), ord("0"), ord("-")


def decimals_reference(numbers):
    """The texts of integers in a flat array, a list of `bytes`."""
    return [str(number).encode() for number in numbers.tolist()]


def decimals(numbers):
    """The same as `PackedStrings`."""
    content = np.empty(max(1, LONGEST * len(numbers)), np.uint8)
    starts, lengths = np.empty((2, len(numbers)), np.int64)
    strings = PackedStrings(content, starts, lengths)
    is_signed = int(numbers.dtype.kind == "i")
    numbers = numbers.astype(np.int64)
    if len(numbers):
        run([write_decimals.job(strings.tasks(), numbers, is_signed, *strings, PER_TASK)])
    return strings


@task_kernel
def write_decimals(
    task, numbers: integers(1), is_signed: int, content: bytes_(1), starts: integers(1), lengths: integers(1),
    per_task: int,
):  # fmt: skip
    """For some numbers, from the last digit to the first, at the end of LONGEST characters each."""
    for i in range(task * per_task, min(len(numbers), (task + 1) * per_task)):
        end = LONGEST * (i + 1)
        place = end
        is_negative = is_signed != 0 and numbers[i] < 0
        rest = np.uint64(numbers[i])
        if is_negative:
            rest = np.uint64(0) - rest
        while place == end or rest > np.uint64(0):
            place -= 1
            content[place] = ZERO + np.int64(rest % TEN)
            rest = rest // TEN
        if is_negative:
            place -= 1
            content[place] = MINUS
        starts[i] = place
        lengths[i] = end - place
