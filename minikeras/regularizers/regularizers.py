"""Regularizers: penalties on weights and activations, added to the loss.

L1 drives weights to exactly zero, L2 keeps them small, `OrthogonalRegularizer` makes the rows or columns of a matrix
more orthogonal.
"""

import numpy as np

from minikeras import ops
from minikeras.base.limits import FromConfig
from minikeras.config import floatx


class Regularizer(FromConfig):
    """Base class of all regularizers; subclass it for your own:

        class Flat(keras.regularizers.Regularizer):
            def __call__(self, x):
                return 0.1 * ops.sum(ops.square(x - ops.mean(x)))

    A plain function from a tensor to a scalar works too. Layers take them as `kernel_regularizer`,
    `bias_regularizer` and `activity_regularizer`. The penalties of a called layer are in `layer.losses`.
    """

    def __call__(self, x):
        """The penalty, a scalar tensor of x's dtype."""
        return 0.0

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict."""
        raise NotImplementedError(f"{type(self).__name__} does not implement get_config().")


def checked_factor(value, name):
    """A penalty's factor as a float.

    Raises:
        ValueError: it is not a finite number, at least 0.
    """
    if not isinstance(value, (float, int)) or not 0 <= value < float("inf"):
        raise ValueError(
            f"Invalid value for argument `{name}`: expected a non-negative, finite float. Received: {name}={value!r}"
        )
    return float(value)


class L1(Regularizer):
    """l1 · Σ|x|.

    Args:
        l1: factor, at least 0. It is stored in `floatx()` precision, as in Keras, so `get_config` of L1(0.01) has
            0.009999999776482582.
    """

    def __init__(self, l1=0.01):
        factor = checked_factor(0.01 if l1 is None else l1, "l1")
        self.l1 = float(np.dtype(floatx()).type(factor))

    def __call__(self, x):
        return self.l1 * ops.sum(ops.absolute(x))

    def get_config(self):
        return {"l1": self.l1}


class L2(Regularizer):
    """l2 · Σx². (Weight decay has the same aim, but acts on the update: see `Optimizer`.)

    Args:
        l2: factor, at least 0.
    """

    def __init__(self, l2=0.01):
        self.l2 = checked_factor(0.01 if l2 is None else l2, "l2")

    def __call__(self, x):
        return self.l2 * ops.sum(ops.square(x))

    def get_config(self):
        return {"l2": self.l2}


class L1L2(Regularizer):
    """l1 · Σ|x| + l2 · Σx².

    Args:
        l1, l2: factors, at least 0. Each is 0 unless given, so that `L1L2()` and the string "l1l2" add no penalty.
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = checked_factor(0.0 if l1 is None else l1, "l1")
        self.l2 = checked_factor(0.0 if l2 is None else l2, "l2")

    def __call__(self, x):
        penalty = ops.convert_to_tensor(0.0, dtype=x.dtype)
        if self.l1:
            penalty = penalty + self.l1 * ops.sum(ops.absolute(x))
        if self.l2:
            penalty = penalty + self.l2 * ops.sum(ops.square(x))
        return penalty

    def get_config(self):
        return {"l1": self.l1, "l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """factor · mean of |cos(xᵢ, xⱼ)| over the pairs i < j of rows (or columns) of a matrix.

    Args:
        factor: at least 0; kept in `floatx()` precision, as Keras keeps it.
        mode: "rows" or "columns".
    """

    def __init__(self, factor=0.01, mode="rows"):
        self.factor = float(np.dtype(floatx()).type(checked_factor(factor, "factor")))
        if mode not in ("rows", "columns"):
            raise ValueError(
                f"Invalid value for argument `mode`. Expected one of 'rows', 'columns'. Received: mode={mode!r}"
            )
        self.mode = mode

    def __call__(self, inputs):
        """The penalty of a matrix.

        Raises:
            ValueError: `inputs` does not have two axes.
        """
        if len(inputs.shape) != 2:
            raise ValueError(
                f"Inputs to OrthogonalRegularizer must have rank 2: they are matrices. Received: {tuple(inputs.shape)}"
            )
        by_rows = self.mode == "rows"
        directions = ops.normalize(inputs, axis=1 if by_rows else 0)
        transposed = ops.transpose(directions)
        cosines = directions @ transposed if by_rows else transposed @ directions
        size = inputs.shape[0 if by_rows else 1]
        off_diagonal = cosines * (1 - np.eye(size, dtype=directions.dtype))
        pairs = size * (size - 1.0) / 2.0
        return self.factor * 0.5 * ops.sum(ops.absolute(off_diagonal)) / pairs

    def get_config(self):
        return {"factor": self.factor, "mode": self.mode}
