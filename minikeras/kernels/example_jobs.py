"""The values of a feature in many serialized `Example`s, found by compiled code in the bytes of all of them.

    Example ─ features ─┬ entry ─┬ name
                        │        └ feature ─ list of one kind ─ values           each ─ is a field: tag, length, content
                        ├ entry …

All features are found in one pass over a record: unwanted ones are skipped by their length, and names are expected in
the order of the previous record. Only the usual form is read: each name once, lists packed. Records in another form, or
with another kind or number of values, are left to Python (`compat/tensorflow/io/example_parsing.py`). A length that
reaches beyond the enclosing field ends the search: nothing outside of a record is read, whichever bytes it holds.

Source of the encoding: https://protobuf.dev/programming-guides/encoding/ (see `protobuf/wire_format.py`).
"""

from functools import lru_cache
from types import MappingProxyType

import numpy as np

from minikeras.kernels.addresses import address, copy_bytes
from minikeras.kernels.job_lists import run
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import compiles, subroutine
from minikeras.kernels.tasks import bytes_, floats, integers, task_kernel

FIRST, SECOND = 10, 18  # the tags of a message's first and second field, if they hold bytes
TAGS = {"string": 10, "float32": 18, "int64": 26}  # of the list in a feature, by the dtype of its values
UNSEEN, FOUND, OTHER = 0, 1, 2  # states of a feature in a record; in the last form Python is to read it
ENOUGH = 16  # records: Python takes half a millisecond for fewer, and compiles nothing
PER_TASK = 64  # records


def are_enough(records):
    """Whether compiled code pays for this many records."""
    return len(records) >= ENOUGH and compiles()


def features_of_all(records, wanted):
    """For each wanted feature an array (records, count), or None if a record does not have it in the usual form.

    Args:
        records: `PackedStrings`.
        wanted: a tuple of (name as bytes, dtype, count) for each; the dtype is a key of `TAGS`. For strings the result
            is (records, count, 2): where each begins in the packed content, and its length.
    """
    table, lengths = table_of(wanted, len(records))[::2]
    numbers, values = np.empty(lengths["int64"], np.int64), np.empty(lengths["float32"], np.float32)
    states = np.zeros((len(records), len(wanted)), np.int64)  # UNSEEN
    arrays = *records, numbers, values, states
    if records.content.flags.owndata:  # of a file, in arrays of one size
        run_prepared(reading_jobs, arrays, wanted)
    else:
        run(reading_jobs(*arrays, wanted))
    found = states == FOUND
    usable = [True] * len(wanted) if found.all() else found.all(axis=0)
    return [
        _feature(values if dtype == "float32" else numbers, row, dtype, len(records)) if is_usable else None
        for row, (_, dtype, _), is_usable in zip(table.tolist(), wanted, usable, strict=True)
    ]


def reading_jobs(content, starts, lengths, numbers, values, states, wanted):
    """The job that reads the wanted features of all records."""
    table, names, _ = table_of(wanted, len(starts))
    tasks = -(-len(starts) // PER_TASK)
    return [read_features.job(tasks, content, starts, lengths, names, table, numbers, values, states, PER_TASK)]


@lru_cache(maxsize=64)
def table_of(wanted, records):
    """(a row for each feature as `read_features` wants it, all names, how many elements of each dtype there are)."""
    rows, name_start, lengths = [], 0, {"int64": 0, "float32": 0}
    for name, dtype, count in wanted:
        kept = "float32" if dtype == "float32" else "int64"  # positions of strings are integers
        width = 2 * count if dtype == "string" else count
        rows.append((name_start, len(name), TAGS[dtype], width, lengths[kept]))
        name_start += len(name)
        lengths[kept] += width * records
    table, names = np.array(rows, np.int64), b"".join([name for name, _, _ in wanted])
    table.flags.writeable = False  # all calls share it
    lengths = {dtype: max(1, length) for dtype, length in lengths.items()}  # arrays of jobs are not empty
    return table, np.frombuffer(names or b"\0", np.uint8).copy(), MappingProxyType(lengths)


def _feature(elements, row, dtype, records):
    *_, width, begin = row
    shape = (records, width // 2, 2) if dtype == "string" else (records, width)
    return elements[begin : begin + width * records].reshape(shape)


@subroutine
def varint_at(content, place, end):
    """(the varint at `place`, the position after it), which is −1 if the varint exceeds `end` or 64 bits."""
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
    """(start, stop) of the content of the field at `place`; (−1, −1) if it has another tag or exceeds `end`."""
    if place >= end or content[place] != tag:
        return -1, -1
    length, start = varint_at(content, place + 1, end)
    if start < 0 or length < 0 or length > end - start:
        return -1, -1
    return start, start + length


@subroutine
def list_at(content, start, stop, tag):
    """(start, stop) of the list that fills the bytes from `start` to `stop`; (−1, −1) if its tag differs."""
    first, last = field_at(content, start, stop, tag)
    if first < 0 or last != stop:
        return -1, -1
    return first, last


@subroutine
def number_of_name(content, start, stop, names, features, guess):
    """The row of `features` with the name at `start` to `stop`; row `guess` is tried first. −1 if none has it."""
    for turn in range(len(features)):
        number = guess + turn
        if number >= len(features):
            number -= len(features)
        name, length = features[number, 0], features[number, 1]
        if stop - start == length:
            alike = 0
            while alike < length and content[start + alike] == names[name + alike]:
                alike += 1
            if alike == length:
                return number
    return -1


@subroutine
def copy_floats(content, start, stop, values, begin, count):
    """Copy a list's numbers of four bytes; return FOUND if it has as many as wanted."""
    first, last = list_at(content, start, stop, FIRST)
    if first < 0 or last - first != 4 * count:
        return OTHER
    copy_bytes(address(values, begin), address(content, first), 4 * count)
    return FOUND


@subroutine
def read_integers(content, start, stop, numbers, begin, count):
    """Read a list's varints; return FOUND if it has as many as wanted."""
    place, end = list_at(content, start, stop, FIRST)
    read = 0
    while place >= 0 and place < end and read < count:
        number, place = varint_at(content, place, end)
        numbers[begin + read] = number
        read += 1
    return FOUND if place == end and read == count else OTHER


@subroutine
def locate_strings(content, start, stop, numbers, begin, count):
    """Store where each of a list's strings begins, and its length; return FOUND if it has count / 2 strings."""
    place, read = start, 0
    while place >= 0 and place < stop and read < count:
        string, place = field_at(content, place, stop, FIRST)
        numbers[begin + read] = string
        numbers[begin + read + 1] = place - string
        read += 2
    return FOUND if place == stop and read == count else OTHER


@subroutine
def read_list(content, start, stop, tag, numbers, values, begin, count):
    """Read the feature from `start` to `stop`; FOUND if it is a list with this tag and as many values as wanted."""
    first, last = list_at(content, start, stop, tag)
    if first < 0:
        return OTHER
    if tag == 18:
        return copy_floats(content, first, last, values, begin, count)
    if tag == 26:
        return read_integers(content, first, last, numbers, begin, count)
    return locate_strings(content, first, last, numbers, begin, count)


@subroutine
def read_record(content, start, stop, names, features, numbers, values, states, record):
    """Read all wanted features of a record; return False if Python has to read it."""
    guess = 0
    place, end = list_at(content, start, stop, FIRST)
    while place >= 0 and place < end:
        entry, entry_end = field_at(content, place, end, FIRST)
        if entry < 0:
            return False
        name, name_end = field_at(content, entry, entry_end, FIRST)
        if name < 0:
            return False
        feature, feature_end = list_at(content, name_end, entry_end, SECOND)
        if feature < 0:
            return False
        number = number_of_name(content, name, name_end, names, features, guess)
        if number >= 0:
            if states[record, number] != UNSEEN:  # the name is there twice
                return False
            count = features[number, 3]
            begin = features[number, 4] + record * count
            states[record, number] = read_list(
                content, feature, feature_end, features[number, 2], numbers, values, begin, count
            )
            guess = number + 1
        place = entry_end
    return place >= 0


@task_kernel
def read_features(
    task, content: bytes_(1), starts: integers(1), lengths: integers(1), names: bytes_(1), features: integers(2),
    numbers: integers(1), values: floats(1), states: integers(2), per_task: int,
):  # fmt: skip
    """For some records the features of `features`, whose rows are

        where its name begins in `names` │ its length │ the tag of the list │ numbers of a record │ where they begin

    that is in `values` for floats, and else in `numbers`: of record i, count · i after that. `states` becomes FOUND.
    """
    for i in range(task * per_task, min(len(starts), (task + 1) * per_task)):
        if not read_record(content, starts[i], starts[i] + lengths[i], names, features, numbers, values, states, i):
            for number in range(len(features)):
                states[i, number] = OTHER
