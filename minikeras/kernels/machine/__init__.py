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
| … of bytes? | `byte_products.py` |
| What of convolution and pooling? | `winograd_transforms.py`, `winograd_1d.py`, `depthwise.py`, `pooling.py` |
| What else is written in vectors? | `softmax.py`, `recurrence.py`, `pixels.py` |
| How are elements moved in vectors? | `copying.py` |
| How does a formula become vector code? | `vector_values.py`, `formula_code.py`; for Numba `numba_formulas.py` |
| How do threads share a job? | `pool.py`, with the single instructions of `words.py` (`instructions.py`) |
| On which processor do they wake up? | `affinity.py` |
| How are jobs applied to other arrays? | `moving.py` |
| How does Python call compiled code by its address? | `functions.py` |
| What if a kernel cannot be compiled? | `untranslatable.py`: the errors |

Nothing here is imported before it is needed. `numba_tasks.py`, `compiler.py`, `overload_cache.py` and `intrinsics.py`
import Numba, so they wait until Numba has to compile something.
"""
