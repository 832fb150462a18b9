"""The values of a feature in many serialized `Example`s, found by compiled code in the bytes of all of them.

    Example ─ features ─┬ entry ─┬ name
                        │        └ feature ─ list of one kind ─ values           each ─ is a field: tag, length, content
                        ├ entry …

Only the form in which programs write them is read: each name once, lists packed. What does not have it, or not as many
values of the kind that is wanted, is left to Python (`data/example_parsing.py`). A length that reaches beyond what it
is in ends the search: nothing is read outside of a record, with any bytes in it.

Source of the encoding: https://protobuf.dev/programming-guides/encoding/ (see `protobuf/wire_format.py`).
"""

import numpy as np

from minikeras.kernels.addresses import address, copy_bytes
from minikeras.kernels.registry import compiles, subroutine
from minikeras.kernels.tasks import JobList, bytes_, floats, integers, task_kernel

FIRST, SECOND = 10, 18  # the tags of a message's first and second field, if they hold bytes
TAGS = {"string": 10, "float32": 18, "int64": 26}  # of the list in a feature, by the dtype of its values
ENOUGH = 16  # records: Python takes half a millisecond for fewer, and compiles nothing
PER_TASK = 64  # records


def are_enough(records):
    """Whether compiled code pays for so many records."""
    return len(records) >= ENOUGH and compiles()


def features_of_all(records, wanted):
    """For each wanted feature an array (records, count), or None if a record does not have it in the usual form.

    Args:
        records: `PackedStrings`.
        wanted: (name as bytes, dtype, count) of each; the dtype is a key of `TAGS`. Of strings the result is
            (records, count, 2): where in the packed content each begins and ends.
    """
    tasks, jobs, found = -(-len(records) // PER_TASK), [], []
    for name, dtype, count in wanted:
        shape = (len(records), count, 2) if dtype == "string" else (len(records), count)
        values = np.empty(shape, np.float32 if dtype == "float32" else np.int64)
        missing, name = np.zeros(len(records), np.int64), np.frombuffer(name or b"\0", np.uint8)[: len(name)]
        kernel = {"string": locate_strings, "float32": copy_floats, "int64": read_integers}[dtype]
        jobs.append(kernel.job(tasks, *records, name, values.reshape(len(records), -1), missing, PER_TASK))
        found.append((values, missing))
    JobList(jobs).run()
    return [None if missing.any() else values for values, missing in found]


@subroutine
def varint_at(content, place, end):
    """(the number that begins at `place`, the place after it): −1 if it has no end before `end` or 64 bits."""
    number, shift = 0, 0
    while place < end and shift < 63 and content[place] >= 128:
        number |= (np.int64(content[place]) & 127) << shift
        place += 1
        shift += 7
    if place >= end or content[place] >= 128:
        return 0, -1
    return number | np.int64(content[place]) << shift, place + 1


@subroutine
def field_at(content, place, end, tag):
    """(start, stop) of what the field at `place` holds; (−1, −1) if there is none with this tag that ends by `end`."""
    if place >= end or content[place] != tag:
        return -1, -1
    length, start = varint_at(content, place + 1, end)
    if start < 0 or length < 0 or length > end - start:
        return -1, -1
    return start, start + length


@subroutine
def is_name(content, start, stop, name):
    """Whether some bytes are those of a name."""
    if stop - start != len(name):
        return False
    alike = 0
    while alike < len(name) and content[start + alike] == name[alike]:
        alike += 1
    return alike == len(name)


@subroutine
def list_at(content, start, stop, tag):
    """(start, stop) of the list that is all there is between `start` and `stop`; (−1, −1) if its tag is another."""
    first, last = field_at(content, start, stop, tag)
    if first < 0 or last != stop:
        return -1, -1
    return first, last


@subroutine
def list_of_feature(content, start, stop, name, tag):
    """(start, stop) of a feature's list in the record from `start` to `stop`; (−1, −1) where Python is to read it."""
    found, found_end = -1, -1
    place, end = list_at(content, start, stop, FIRST)
    if place < 0:
        return -1, -1
    while place < end:
        entry, entry_end = field_at(content, place, end, FIRST)
        if entry < 0:
            return -1, -1
        name_start, name_stop = field_at(content, entry, entry_end, FIRST)
        if name_start < 0:
            return -1, -1
        feature, feature_end = list_at(content, name_stop, entry_end, SECOND)
        if feature < 0:
            return -1, -1
        if is_name(content, name_start, name_stop, name):
            if found >= 0:  # the name is there twice
                return -1, -1
            found, found_end = list_at(content, feature, feature_end, tag)
            if found < 0:
                return -1, -1
        place = entry_end
    return found, found_end


@task_kernel
def copy_floats(
    task, content: bytes_(1), starts: integers(1), lengths: integers(1), name: bytes_(1), values: floats(2),
    missing: integers(1), per_task: int,
):  # fmt: skip
    """For some records the values, four bytes each, or `missing`."""
    count = values.shape[1]
    for i in range(task * per_task, min(len(starts), (task + 1) * per_task)):
        missing[i] = 1
        start, stop = list_of_feature(content, starts[i], starts[i] + lengths[i], name, 18)
        if start >= 0:
            first, last = list_at(content, start, stop, FIRST)
            if first >= 0 and last - first == 4 * count:
                copy_bytes(address(values, i * count), address(content, first), 4 * count)
                missing[i] = 0


@task_kernel
def read_integers(
    task, content: bytes_(1), starts: integers(1), lengths: integers(1), name: bytes_(1), values: integers(2),
    missing: integers(1), per_task: int,
):  # fmt: skip
    """For some records the values, varints, or `missing`."""
    for i in range(task * per_task, min(len(starts), (task + 1) * per_task)):
        missing[i] = 1
        start, stop = list_of_feature(content, starts[i], starts[i] + lengths[i], name, 26)
        if start >= 0:
            place, end = list_at(content, start, stop, FIRST)
            count = 0
            while place >= 0 and place < end and count < values.shape[1]:
                number, place = varint_at(content, place, end)
                values[i, count] = number
                count += 1
            if place == end and count == values.shape[1]:
                missing[i] = 0


@task_kernel
def locate_strings(
    task, content: bytes_(1), starts: integers(1), lengths: integers(1), name: bytes_(1), places: integers(2),
    missing: integers(1), per_task: int,
):  # fmt: skip
    """For some records where each value begins and ends, or `missing`."""
    for i in range(task * per_task, min(len(starts), (task + 1) * per_task)):
        missing[i] = 1
        place, end = list_of_feature(content, starts[i], starts[i] + lengths[i], name, 10)
        count = 0
        while place >= 0 and place < end and 2 * count < places.shape[1]:
            start, place = field_at(content, place, end, FIRST)
            places[i, 2 * count] = start
            places[i, 2 * count + 1] = place
            count += 1
        if place >= 0 and place == end and 2 * count == places.shape[1]:
            missing[i] = 0
