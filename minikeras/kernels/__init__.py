"""Computing with arrays: for each computation a readable reference in NumPy and one compiled form.

Everything here takes and returns `numpy.ndarray`; Tensors, tapes and layers are in packages above this one.

Who compiles what: the translator (`machine/translation/`) compiles every kernel; Numba compiles the same kernels if
`MINIKERAS_COMPILER` is `numba`, and a user's kernels that the translator cannot compile.

`registry.py` and `tasks.py` explain how a kernel is written and selected; `docs/kernels.md` lists all computations with
their forms. Each family has its own file: read its reference first.

| file | content |
|---|---|
| `registry.py`, `machine/`, `memory.py` | the parts of a kernel; machine code; keeping freed memory |
| `tasks.py`, `structures.py` | loops as jobs for several threads; their parameters as named tuples |
| `job_lists.py` | running jobs, by compiled code or as Python |
| `formula_kernels.py` | formulas as jobs |
| `formulas.py`, `addresses.py` | the language of formulas; reading and writing at addresses |
| `python_form.py`, `observers.py` | kernels as Python that one can step through; which kernels ran |
| `autotuning.py`, `processor.py`, `locks.py` | whether one thread is quicker; registers; locks and forks |
| `address_table.py`, `relocation.py` | where jobs hold addresses; the same jobs on other arrays |
| `prepared.py` | jobs cached by array shapes, for the steps of the tape |
| `blas.py`, `products.py`, `long_products.py`, `dense.py` | matrix products: which way; in blocks; a layer's three |
| `blocks.py` | one block multiplied, transposed or copied: the references of vector code |
| `batched_products.py`, `sparse_products.py` | stacks of products; products with sparse matrices |
| `integer_products.py`, `byte_product_jobs.py` | products of integers of eight bits |
| `windows.py` | padding, output sizes and strided slices, for convolution and pooling |
| `convolution/` | `reference.py` the definition, `algorithms.py` the choice of jobs |
| `pooling.py`, `global_pooling_jobs.py` | maximum and average; of whole images |
| `resampling.py` | weighted sums along an axis: resized images |
| `warping.py`, `warping_jobs.py` | images rotated, scaled, shifted; seen in perspective |
| `color.py` | hue, saturation and value |
| `attention.py`, `recurrence/` | attention head by head; all steps of a recurrent layer |
| `elementwise.py`, `columns.py`, `column_jobs.py` | sums and selects; sums over all axes but the last |
| `activation.py`, `exponential.py`, `logarithm.py` | sigmoid, silu, gelu; the exp and ln inside them |
| `error_function.py` | erf |
| `softmax.py`, `crossentropy.py` | along the last axis |
| `batch_normalization.py`, `layer_normalization.py`, `group_normalization.py` | statistics, values, gradients |
| `block_jobs.py`, `select_jobs.py`, `cast_jobs.py`, `transposition.py` | parts; masks; dtypes; channels first |
| `strided_copies.py`, `along_axis_jobs.py` | slices, repetitions, stacks; elements at positions along an axis |
| `elementwise_jobs.py`, `reduction_jobs.py` | passes over arrays; reductions over one axis |
| `rounding_formulas.py`, `casts.py` | bfloat16 and float16 in float32; casts to float16 and back |
| `embedding.py` | reading rows of a table, adding into it, raising it |
| `searching.py`, `boxes.py`, `lu_factors.py` | bisection; non-maximum suppression; factors P L U |
| `update_rule.py`, `update_loops.py`, `rule_copies.py` | an optimizer's formula, its loops, their copies |
| `optimizer_jobs.py`, `row_updates.py` | one step for all variables; for the rows of a table that were read |
| `scaled_rule.py`, `factored_rule.py` | Lamb and Adafactor, whose steps depend on whole variables |
| `clipping_jobs.py`, `constraint_jobs.py` | gradient clipping; constraints on weights |
| `loss_jobs.py`, `confusion_jobs.py` | losses and metrics at the end of a step |
| `gather_jobs.py`, `micro_batch_jobs.py` | batches and scalars between steps; micro-batches of a prediction |
| `collective_jobs.py` | gradients of several processes, added in memory that they share |
| `random/`, `strings/` | TensorFlow's random numbers; many strings at once |
| `image_jobs.py`, `example_jobs.py` | decoded images resized; the values of serialized `Example`s |
| `window_functions.py` | Hann, Hamming and others, for spectra |
| `record_jobs.py`, `checksum.py` | records in the bytes of a file; their checksums, CRC-32C |

A file `x_jobs.py` next to `x.py` holds the compiled form of the functions that `x.py` defines.
"""

__replay__ = "engine"
