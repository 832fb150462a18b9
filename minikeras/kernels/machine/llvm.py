"""LLVM, as the library `llvmlite` gives it. No other module imports that library.

`ir` writes instructions as text, `binding` makes machine code of the text. What kernels are made of are integers of 64
bits, addresses among them, and float32 values.
"""

import llvmlite
from llvmlite import binding, ir

from minikeras.kernels.locks import hold_across_forks

__all__ = ["FLOAT32", "INTEGER", "binding", "ir", "llvmlite", "made_by", "parsed"]

INTEGER = ir.IntType(64)
FLOAT32 = ir.FloatType()

# llvmlite takes a lock for every call and does not renew it in a forked child. It has no public name.
if (llvmlite_lock := getattr(getattr(binding.ffi.lib, "_lock", None), "_lock", None)) is not None:
    hold_across_forks(llvmlite_lock)


def made_by():
    """(llvmlite's version, the system that code is for): code that they made is of no use to others."""
    # The triple, for a folder may be shared with another system, such as a Mac's with a container of Linux.
    return llvmlite.__version__, binding.get_process_triple()


def parsed(module):
    """A module written by `ir`, as `binding` takes it; a mistake in it is a RuntimeError."""
    found = binding.parse_assembly(str(module))
    found.verify()
    return found
