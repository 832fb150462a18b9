"""Words of memory that several threads read and write, and waiting for them, for compiled code.

Compiled code gets single instructions (see `instructions.py`). Those that kernels use have a Python form too; the
pool's are names without bodies, since without compiled code there is no pool.
"""

import ctypes

from minikeras.kernels import python_form
from minikeras.kernels.registry import native


def _instruction(name, doc):
    def instruction(*words):
        raise NotImplementedError(f"`{name}` is an instruction of compiled code.")

    instruction.__name__, instruction.__doc__ = name, doc
    return native(f"minikeras.kernels.machine.instructions:{name}")(instruction)


@native("minikeras.kernels.machine.instructions:load_word")
def load_word(address):
    """The word at an address, a multiple of 8 or not, if no other thread writes it."""
    return ctypes.c_int64.from_address(int(address)).value


@native("minikeras.kernels.machine.instructions:divide_word")
def divide_word(crc, word):
    """The CRC-32C `crc` after the eight bytes of a word, on processors that have an instruction for it."""
    rest = (int(crc) ^ int(word)) & 0xFFFFFFFFFFFFFFFF
    for _ in range(64):
        rest = (rest >> 1) ^ (0x82F63B78 if rest & 1 else 0)  # the polynomial of `checksum.py`
    return rest


@native("minikeras.kernels.machine.instructions:call_task")
def call_task(function, block, task, thread):
    """Call the function at an address."""
    python_form.call_task(function, block, task, thread)


atomic_load = _instruction("atomic_load", "(address): the word there.")
atomic_store = _instruction("atomic_store", "(address, value): set the word there.")
atomic_add = _instruction("atomic_add", "(address, value): add to the word there; returns its old value.")
atomic_replace = _instruction("atomic_replace", "(address, expected, value): set it if it is `expected`; 1 if it was.")
relax = _instruction("relax", "(): only waiting.")
offer_core = _instruction("offer_core", "(): let another thread have this core.")
acquire_lock = _instruction("acquire_lock", "(lock, 1): wait for one of Python's own locks, given by its address.")
release_lock = _instruction("release_lock", "(lock): release it, whichever thread has acquired it.")
release_gil = _instruction("release_gil", "(): let Python run other threads; gives what `acquire_gil` wants.")
acquire_gil = _instruction("acquire_gil", "(what `release_gil` gave): from here on this thread may use Python again.")
handle_signals = _instruction("handle_signals", "(): have Python act on Ctrl-C and the like; not 0 if that raised.")
new_reference = _instruction("new_reference", "(address of an object): the same, as a reference to give away.")
processor_number = _instruction("processor_number", "(): the processor that runs this thread now, -1 if unknown.")
processors_of_thread = _instruction(
    "processors_of_thread", "(thread, size of mask, mask): set the mask to where a thread may run; 0 if that was done."
)
keep_thread_to = _instruction("keep_thread_to", "(thread, size of mask, mask): where a thread may run from now on.")
nanoseconds = _instruction("nanoseconds", "(): the time by a clock that only goes forward.")
flush_denormals = _instruction("flush_denormals", "(): numbers below 1.2e-38 count as 0; gives the state before.")
restore_denormals = _instruction("restore_denormals", "(state): the state before.")
