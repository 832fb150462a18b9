"""Compilation of kernels to machine code: the only modules that use LLVM and Numba.

| question | module |
| --- | --- |
| How does the Python of a task kernel become machine code? | `translation/` |
| How is it loaded into this process? | `object_code.py`; `fingerprints.py`: its sources |
| How is it cached on disk, safe from other users? | `code_cache.py`; `ahead.py` fills it with several processes |
| How does Numba compile the same, on request? | `numba_tasks.py`, `compiler.py`; `overload_cache.py` |
| Where does LLVM come from? | `llvm.py`, the only module that imports it |
| Which vector instructions are there? | `simd.py` |
| What makes a matrix product fast? | `micro_kernel.py`, a `Symbol` (`symbols.py`) that kernels call by name |
| How do threads share a job? | `pool.py`, with the single instructions of `words.py` (`instructions.py`) |
| How does Python call compiled code by its address? | `functions.py` |

Nothing here is imported before something has to run; `numba_tasks.py`, `compiler.py`, `overload_cache.py` and
`intrinsics.py`, which import Numba, not before Numba is to compile something.
"""
