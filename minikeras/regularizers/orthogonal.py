"""A penalty on rows or columns of a matrix that point in similar directions."""

import numpy as np

from minikeras import ops
from minikeras.config import floatx
from minikeras.regularizers.regularizer import Regularizer, checked_factor


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
