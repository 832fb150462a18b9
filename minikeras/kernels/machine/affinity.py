"""Which processor a thread of the pool wakes up on: any but that of the thread that wakes it.

Otherwise it is the same one in two of three cases (after a pause of 20 ms, on Linux with two processors), and both then
alternate for milliseconds. So the waking thread sets the other's affinity to the other processors, and the other sets
it back to all once it runs. Medians of 720 calls, each after a pause of 20 ms, with and without that, in ms: one image
through a VGG block 1.00, 1.36; 32 images through a CNN 1.14, 1.59; a training step of the CNN 4.8, 5.8. Steps in close
succession find no thread parked: no difference. (AMD EPYC. On a virtual Intel Xeon of 2.8 GHz nothing is gained or lost
beyond the noise of 5 %: VGG 2.03, 2.01; CNN 2.49, 2.55; medians of six runs.)

It is safe: it affects the pool's own threads only, identified by their system IDs, and no longer than they take to wake
up; the process, its other threads and its children are unchanged. (Where the restriction lasted while a thread ran, the
CNN's eager steps took a third longer alongside other programs: the system could not move it to a processor that was
free.)
"""

import numpy as np

from minikeras.kernels.machine.words import keep_thread_to, processor_number
from minikeras.kernels.registry import subroutine

MASK_BYTES = 128  # per mask: a bit for each of 1024 processors
THIS_THREAD = 0  # as a system ID


@subroutine
def avoid_this_processor(masks, count, thread):
    """Restrict a thread, given by its system ID, to the processors other than the caller's."""
    here = processor_number()
    if 0 <= here < count:
        keep_thread_to(thread, MASK_BYTES, masks + MASK_BYTES * here)


@subroutine
def use_all_processors(masks, count):
    """Let the calling thread use all processors again."""
    if count:
        keep_thread_to(THIS_THREAD, MASK_BYTES, masks + MASK_BYTES * count)


def wake_up_masks(allowed):
    """For each processor a mask of all others that are allowed, then one of all: rows of bytes, a bit per processor.

    There are no rows if there are fewer than two processors, or more than a mask has bits.
    """
    if len(allowed) < 2 or max(allowed) >= 8 * MASK_BYTES:
        return np.zeros((0, MASK_BYTES), np.uint8)
    count = max(allowed) + 1
    bits = np.zeros((count + 1, 8 * MASK_BYTES), np.uint8)
    bits[:, list(allowed)] = 1
    np.fill_diagonal(bits[:count], 0)
    return np.packbits(bits, axis=1, bitorder="little")
