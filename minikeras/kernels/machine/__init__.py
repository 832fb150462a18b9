"""Where kernels become machine code: the only rooms that know Numba and LLVM.

| question | room |
| --- | --- |
| How does a Python function become machine code? | `compiler.py` |
| How is it kept on disk, and loaded without Numba? | `object_code.py`; `fingerprints.py` tells when it is outdated |
| Which vector instructions are there? | `simd.py` |
| What makes a matrix product fast? | `micro_kernel.py`, a `Symbol` (`symbols.py`) that kernels call by name |
| How do threads share a job? | `pool.py`, with the single instructions of `words.py` |
| How does Python call compiled code by its address? | `functions.py` |
| Which single instructions has Numba no name for? | `intrinsics.py` |

Nothing here is imported before something has to run; `compiler.py` and `intrinsics.py`, which import Numba, not before
something has to be compiled.
"""
