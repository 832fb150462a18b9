"""The records in the bytes of a TFRecord file, found and checked by compiled code. (Their form: `record_files.py`.)

    bytes ─ find_records ─► where each begins, its length ─ divide_parts ─► which of them have a wrong checksum

Both are jobs of one call, built once for all arrays of one size.
"""

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.checksum import MASK, TABLES, crc32c_reference, dividing_kernel, masked, turned
from minikeras.kernels.machine.words import load_word
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import compiles
from minikeras.kernels.strings.words import half_word_at
from minikeras.kernels.tasks import bytes_, integers, task_kernel

HEAD, FRAME = 12, 16  # bytes before a record, and around it
LENGTH = 8  # bytes of a head that are the length; its checksum follows
WHOLE, BROKEN = 0, 1  # the bytes after the records that were found: unknown, or wrong
ENOUGH = 1 << 15  # bytes: Python takes 3 ms for fewer, and compiles nothing


class RecordFinder:
    """Finds the records in arrays; it has its own memory for positions."""

    def __init__(self):
        self._positions, self._state = np.empty((3, 0), np.int64), np.zeros(3, np.int64)

    def find(self, content, held):
        """(where records begin, their lengths, where the last of them ends, whether what comes after it is wrong).

        Found are the first records that are there as a whole, and have right checksums.

        Args:
            content: uint8 array.
            held: how many of its bytes are those of the file.
        """
        if held < ENOUGH or not compiles():
            return found_reference(content, held)
        most = len(content) // FRAME + 1
        if self._positions.shape[1] != most:
            self._positions = np.empty((3, most), np.int64)
        self._state[0] = held
        run_prepared(finding_jobs, (content, self._state, *self._positions))
        _, count, state = self._state.tolist()
        starts, lengths, wrong = self._positions[:, :count].copy()
        if wrong.any():
            count, state = int(wrong.argmax()), BROKEN
        end = int(starts[count - 1] + lengths[count - 1]) + FRAME - HEAD if count else 0
        return starts[:count], lengths[:count], end, state == BROKEN


def found_reference(content, held):
    """`RecordFinder.find`, by Python."""
    starts, lengths, end, is_broken = [], [], 0, False
    while end + FRAME <= held:
        length = int(content[end : end + LENGTH].view("<u8")[0])
        is_broken = _is_wrong(content, end, LENGTH)
        if is_broken or end + FRAME + length > held:
            break
        is_broken = _is_wrong(content, end + HEAD, length)
        if is_broken:
            break
        starts.append(end + HEAD)
        lengths.append(length)
        end += FRAME + length
    return np.array(starts, np.int64), np.array(lengths, np.int64), end, is_broken


def _is_wrong(content, start, length):
    checksum = content[start + length : start + length + 4].tobytes()
    return masked(crc32c_reference(content[start : start + length])).tobytes() != checksum


def finding_jobs(content, state, starts, lengths, wrong):
    """The jobs that find the records, and check their contents."""
    find = find_records.job(1, content, state, starts, lengths, TABLES)
    return [find, dividing_kernel().job(1, content, starts, lengths, state[1:], TABLES, wrong, 1)]


@task_kernel
def find_records(
    task, content: bytes_(1), state: integers(1), starts: integers(1), lengths: integers(1), tables: integers(2)
):
    """Records one after the other, as far as their heads are right and they are there as a whole.

    `state` is how many bytes there are │ how many records were found │ WHOLE or BROKEN.
    """
    held, place, count, state_behind = state[0], 0, 0, WHOLE
    while place + FRAME <= held:
        crc = 0xFFFFFFFF
        for half in range(2):
            word = crc ^ np.int64(half_word_at(content, place + 4 * half))
            crc = (
                tables[3, word & 255]
                ^ tables[2, (word >> 8) & 255]
                ^ tables[1, (word >> 16) & 255]
                ^ tables[0, word >> 24]
            )
        length = load_word(address(content, place))
        if ((turned(crc ^ 0xFFFFFFFF) + MASK) & 0xFFFFFFFF) != np.int64(half_word_at(content, place + LENGTH)):
            state_behind = BROKEN
            break
        if length < 0 or length > held - place - FRAME:
            break
        starts[count] = place + HEAD
        lengths[count] = length
        count += 1
        place += FRAME + length
    state[1] = count
    state[2] = state_behind
