"""LLVM, through the library `llvmlite`. No other module imports that library.

`ir` builds instructions as text, `binding` compiles the text to machine code. Kernels use 64-bit integers, addresses
among them, and float32 values.
"""

import llvmlite
from llvmlite import binding, ir

from minikeras.kernels.locks import hold_across_forks

__all__ = ["FLOAT32", "INTEGER", "binding", "ir", "llvmlite", "made_by", "parsed"]

INTEGER = ir.IntType(64)
FLOAT32 = ir.FloatType()

# llvmlite acquires a lock at every call and does not renew it in a forked child. It has no public name.
if (llvmlite_lock := getattr(getattr(binding.ffi.lib, "_lock", None), "_lock", None)) is not None:
    hold_across_forks(llvmlite_lock)


def made_by():
    """(llvmlite's version, the target system): code made with other values is unusable."""
    # The triple, since a folder may be shared with another system, such as a Mac's with a Linux container.
    return llvmlite.__version__, binding.get_process_triple()


def parsed(module):
    """A module of `ir`, parsed by `binding`; a mistake in it is a RuntimeError."""
    found = binding.parse_assembly(str(module))
    found.verify()
    return found
