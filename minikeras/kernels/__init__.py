"""The floor where arrays are computed: readable NumPy references, with compiled loops beside them where those win.

Everything here takes and returns `numpy.ndarray`; Tensors, tapes and layers live on higher floors. `registry.py`
explains how a kernel is written and chosen. Each family has its own file: read its reference first.

| file | what |
|---|---|
| `registry.py`, `machine/`, `memory.py` | the table `KERNELS`; machine code; keeping freed memory |
| `tasks.py`, `pace.py`, `processor.py` | jobs for several threads; whether one is quicker; registers |
| `prepared.py` | jobs kept for arrays of the same shapes, as the tape runs them step after step |
| `windows.py` | padding, output sizes and strided slices, for convolution and pooling |
| `convolution/` | `reference.py` the definition, `blocked.py` gathered patches and BLAS, `depthwise.py` |
| `pooling.py` | maximum and average |
| `elementwise.py`, `columns.py` | passes over arrays, and sums over all axes but the last, large ones on all threads |
| `activation.py`, `exponential.py`, `logarithm.py` | sigmoid, silu, gelu; the exp and ln inside them |
| `error_function.py` | erf |
| `softmax.py`, `crossentropy.py` | along the last axis |
| `batch_normalization.py`, `layer_normalization.py` | statistics, values, gradients |
| `embedding.py` | reading rows of a table and adding into it |
| `update_rule.py`, `update_loops.py`, `rule_copies.py` | an optimizer's formula, its loops, their copies |
| `optimizer_jobs.py`, `row_updates.py` | one step for all variables; for a table of which rows were read |
| `scaled_rule.py`, `factored_rule.py` | Lamb and Adafactor, whose steps depend on whole variables |
| `clipping_jobs.py`, `constraint_jobs.py` | gradients clipped; weights brought back to where they may be |
| `step_ends.py`, `outcome_jobs.py` | losses and metrics at the end of a step |
| `random/` | TensorFlow's random numbers |
| `window_functions.py` | Hann, Hamming and the like, for spectra |
"""

__replay__ = "engine"
