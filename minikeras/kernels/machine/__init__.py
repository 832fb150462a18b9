"""Where kernels become machine code: the only rooms that know Numba and LLVM.

| question | room |
| --- | --- |
| How does a Python function become machine code, and how is it kept on disk? | `compiler.py` |
| Which vector instructions are there? | `simd.py` |
| What makes a matrix product fast? | `micro_kernel.py` |
| How do threads share a job? | `pool.py` |
| Which single instructions has Numba no name for? | `intrinsics.py` |

Nothing here is imported before something has to be compiled.
"""
