"""Wakes a thread of the pool on a processor other than that of the thread that wakes it.

Otherwise it wakes on the same one in two of three cases (after a pause of 20 ms, on Linux with two processors), and
both alternate for milliseconds. So the waking thread removes its own processor from the other's affinity, which the
other restores once it runs. Medians of 720 calls, each after a pause of 20 ms, with and without this, in ms: one image
through a VGG block 1.00, 1.36; 32 images through a CNN 1.14, 1.59; a training step of the CNN 4.8, 5.8. (AMD EPYC. On
two virtual Intel Xeons there is no difference beyond noise while they are idle; alongside another program of low
priority, a separable network takes 1.7 to 2.0 ms a step, and 1.7 to 3.4 without this.) If steps follow each other
closely, no thread is parked, and there is no difference.

It is safe: it affects only the pool's own threads, identified by their system IDs, and only until they have woken up;
then they may run on the same processors as before, so that a user's pinning holds. The process, its other threads and
its children are unaffected. (When the restriction lasted as long as a thread ran, the CNN's eager steps took a third
longer alongside other programs: the system could not move the thread to a free processor.)
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

    `masks` is the address of two masks: the processors it could use before, and those it may use now. Returns 0 if the
    thread is not restricted.
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
    """Let the calling thread use the processors again that it could use before `avoid_this_processor`."""
    keep_thread_to(THIS_THREAD, MASK_BYTES, masks)
