"""Which processor a thread of the pool wakes up on: any but that of the thread that wakes it.

Otherwise it is the same one in two of three cases (after a pause of 20 ms, on Linux with two processors), and both then
alternate for milliseconds. So the waking thread takes its own processor out of the other's affinity, and the other sets
that back once it runs. Medians of 720 calls, each after a pause of 20 ms, with and without that, in ms: one image
through a VGG block 1.00, 1.36; 32 images through a CNN 1.14, 1.59; a training step of the CNN 4.8, 5.8. (AMD EPYC. On
two virtual Intel Xeons nothing is gained or lost beyond noise while they are idle; beside another program of low
priority runs of a separable network take 1.7 to 2.0 ms a step, without that 1.7 to 3.4.) Steps in close succession find
no thread parked: no difference.

It is safe: it affects the pool's own threads only, identified by their system IDs, and no longer than they take to wake
up; then they may run where they might before, so that a user's pinning holds. The process, its other threads and its
children are unchanged. (Where the restriction lasted while a thread ran, the CNN's eager steps took a third longer
alongside other programs: the system could not move it to a processor that was free.)
"""

from minikeras.kernels.machine.words import (
    atomic_load,
    atomic_store,
    keep_thread_to,
    processor_number,
    processors_of_thread,
)
from minikeras.kernels.registry import subroutine

MASK_WORDS = 16  # per mask: a bit for each of 1024 processors
MASK_BYTES = 8 * MASK_WORDS
THIS_THREAD = 0  # as a system ID


@subroutine
def avoid_this_processor(thread, masks):
    """Restrict a thread, given by its system ID, to the other processors of those that it may use, if there are any.

    `masks` is the address of two: of what the thread might use, and of what it may. Returns 0 if it is not restricted.
    """
    here = processor_number()
    if here < 0 or here >= 64 * MASK_WORDS or processors_of_thread(thread, MASK_BYTES, masks):
        return 0
    others = 0
    for word in range(MASK_WORDS):
        bits = atomic_load(masks + 8 * word)
        if word == here // 64:
            bits -= bits & (1 << here % 64)
        atomic_store(masks + MASK_BYTES + 8 * word, bits)
        others |= bits
    if others:
        keep_thread_to(thread, MASK_BYTES, masks + MASK_BYTES)
    return others


@subroutine
def use_former_processors(masks):
    """Let the calling thread use the processors again that it might use before `avoid_this_processor`."""
    keep_thread_to(THIS_THREAD, MASK_BYTES, masks)
