"""The product of a sparse and a dense matrix, and its gradients, by the kernels that read and add up rows of tables."""

import numpy as np

from minikeras.kernels.embedding import scatter_add_rows, take_rows


def sparse_product(rows, columns, values, matrix, count):
    """y[rows[k]] += values[k] · matrix[columns[k]] for every k, over zeros.  matrix: (m, n), y: (count, n).

    Memory is that of y, and of one row of n for every element; a dense left side would have count · m elements.
    """
    y = np.zeros((count, matrix.shape[1]), matrix.dtype)
    return scatter_add_rows(y, rows, values[:, None] * take_rows(matrix, columns)) if len(values) else y


def sparse_product_of_gradient(rows, columns, dy, matrix):
    """dvalues[k] = dy[rows[k]] · matrix[columns[k]]: the gradient of the elements."""
    return np.einsum("kn,kn->k", take_rows(dy, rows), take_rows(matrix, columns))
