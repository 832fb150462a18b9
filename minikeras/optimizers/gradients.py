"""Gradients in the forms that optimizers receive: arrays, or the rows of a table that were read (`IndexedSlices`).

The gradient of an `Embedding` comes as rows: a token that occurs twice in a batch has two rows with the same index. In
exact arithmetic "the gradient" is their sum, but Keras on TensorFlow works on the rows for as long as it can, and
sums them only when an operation needs the whole table. Where that happens affects what an optimizer computes, since a
sum of squares is not the square of a sum. With rows a and b of one token:

    what is done to rows a, b                                    one by one or summed first
    -----------------------------------------------------------  -----------------------------------------
    g²  in Adam, RMSprop, Adagrad, Adadelta, Nadam, Lamb, …      one by one: a² + b², not (a + b)²
    |g| in Adamax                                                one by one: |a| + |b|, not |a + b|
    momentum: (g − m)·(1 − β₁), m·β + g·(1 − β)                   summed first
    w −= lr·g and w −= lr·g / √(…) (SGD, Adagrad)                 one by one, subtracted in turn
    `clipvalue`                                                  one by one
    `clipnorm`                                                   one by one, by the norm √(Σ a² + Σ b²)
    `global_clipnorm`                                            that norm, but the clipped gradient is summed
    `gradient_accumulation_steps`                                summed first, so that all the above vanishes
    `weight_decay`                                               of every row of the table, read or not

Rows that were not read have gradient zero: Adam still decays their momentum and moves them by it. (Keras on JAX sums
the rows before any optimizer sees them.) A formula declares whether it takes g or g², and gets the sums of that
(`kernels/row_updates.py`). The functions below do the rest; with an array in place of rows they are plain arithmetic.
"""

import numpy as np

from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.extension_dtypes import is_extension
from minikeras.base.messages import warn
from minikeras.kernels.embedding import scatter_add_rows


def as_gradient(gradient, variable):
    """A gradient in the dtype of its variable: an array, or `IndexedSlices` that hold arrays.

    Raises:
        ValueError: its shape is not that of the variable.
    """
    array = variable.array
    dtype, shape = array.dtype, array.shape
    if type(gradient) is Tensor:
        gradient = gradient.array
    if type(gradient) is np.ndarray and gradient.dtype is dtype and gradient.shape == shape:
        return gradient  # the usual case
    if isinstance(gradient, IndexedSlices):
        values = as_array(gradient.values).astype(dtype, copy=False)
        gradient = IndexedSlices(values, as_array(gradient.indices), gradient.shape)
    else:
        gradient = as_array(gradient)
        if gradient.dtype != dtype:
            gradient = gradient.astype(dtype)
    if gradient.shape != shape:
        raise ValueError(
            f"A gradient must have the shape of its variable. Received: gradient of shape {gradient.shape} for "
            f"variable {variable.path!r} of shape {shape}."
        )
    return gradient


def without_missing(gradients, variables):
    """The gradients that are not None, and their variables; a warning names the others.

    Raises:
        ValueError: all are None.
    """
    missing = [variable.path for g, variable in zip(gradients, variables, strict=True) if g is None]
    if len(missing) == len(variables):
        raise ValueError(
            f"No gradients provided for any variable of {missing}. Does the loss depend on them, and was it "
            "computed inside the GradientTape's block?"
        )
    warn(
        f"Gradients do not exist for variables {missing}, so they stay unchanged. Does the loss depend on them? "
        "Pass it to `model.compile` as `loss`."
    )
    pairs = [(g, variable) for g, variable in zip(gradients, variables, strict=True) if g is not None]
    return zip(*pairs, strict=True)


def total(gradient):
    """The gradient as one array of the variable's shape, rows summed."""
    return gradient.to_dense() if isinstance(gradient, IndexedSlices) else gradient


def each(function, gradient):
    """Apply `function` to the gradient, row by row if it comes as rows; the result is of the same kind."""
    return gradient.map_values(function) if isinstance(gradient, IndexedSlices) else function(gradient)


def in_numpys_floats(values):
    """The values of a gradient, an array or Tensor, bfloat16 as float32."""
    values = as_array(values)
    return values.astype(np.float32) if is_extension(values.dtype) else values


def add_in_place(array, change):
    """array += change, rows in order."""
    if isinstance(change, IndexedSlices):
        scatter_add_rows(array, change.indices, change.values)
    else:
        array += change


def subtract_in_place(array, change):
    """array −= change, rows in order."""
    if isinstance(change, IndexedSlices):
        scatter_add_rows(array, change.indices, -change.values)
    else:
        array -= change


def values_of(gradient):
    """The values of a gradient as an array; those of rows are not summed."""
    return as_array(gradient.values if isinstance(gradient, IndexedSlices) else gradient)
