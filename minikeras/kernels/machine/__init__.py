"""Where kernels become machine code: the only rooms that know LLVM and Numba.

| question | room |
| --- | --- |
| How does the Python of a task kernel become machine code? | `translation/` |
| How is it kept on disk, and loaded? | `object_code.py`; `fingerprints.py` tells when it is outdated |
| How does the Python of a `Kernel`, which takes arrays of any kind? | `compiler.py`, by Numba |
| Which vector instructions are there? | `simd.py` |
| What makes a matrix product fast? | `micro_kernel.py`, a `Symbol` (`symbols.py`) that kernels call by name |
| How do threads share a job? | `pool.py`, with the single instructions of `words.py` (`instructions.py`) |
| How does Python call compiled code by its address? | `functions.py` |

Nothing here is imported before something has to run; `compiler.py` and `intrinsics.py`, which import Numba, not before
a `Kernel` is called.
"""
