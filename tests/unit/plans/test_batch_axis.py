"""`Op.batch_inputs`: which inputs are split along the batch axis with the output, checked by doing so."""

import numpy as np
import pytest

from minikeras.autodiff.arithmetic import Add
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.shapes import Reshape, Transpose
from minikeras.ops.activation import Relu
from minikeras.ops.convolution import Conv
from minikeras.ops.joining import Concatenate
from minikeras.ops.pooling import MaxPool
from minikeras.ops.reduction import Max, Mean
from minikeras.ops.softmax import LogSoftmax, Softmax

ROUNDING = 1e-6  # of float32 sums about 1, which may be added in another order

CASES = [
    (Relu(), [(8, 3)], (8, 3), [True]),
    (Add(), [(8, 3), (3,)], (8, 3), [True, False]),
    (Add(), [(8, 3), (8, 3)], (8, 3), [True, True]),
    (Add(), [(8, 3), (1, 3)], (8, 3), [True, False]),
    (Add(), [(8,), (3, 8)], (3, 8), [False, True]),
    (Matmul(), [(8, 3), (3, 5)], (8, 5), [True, False]),
    (Matmul(), [(8, 3, 4), (8, 4, 5)], (8, 3, 5), None),
    (Matmul(), [(3,), (3, 5)], (5,), None),
    (Mean(axis=(1, 2)), [(8, 4, 4, 3)], (8, 3), [True]),
    (Mean(axis=0), [(8, 3)], (3,), None),
    (Mean(axis=None), [(8, 3)], (), None),
    (Softmax(-1), [(8, 3)], (8, 3), [True]),
    (LogSoftmax(1), [(8, 3)], (8, 3), [True]),
    (Max(axis=-1), [(8, 3)], (8,), [True]),
    (Softmax(0), [(8, 3)], (8, 3), None),
    (Concatenate(-1), [(8, 3), (8, 2)], (8, 5), [True, True]),
    (Concatenate(0), [(4, 3), (4, 3)], (8, 3), None),
    (Reshape((8, 12)), [(8, 3, 4)], (8, 12), [True]),
    (Reshape((2, 12)), [(8, 3)], (2, 12), None),
    (Transpose((1, 0)), [(3, 3)], (3, 3), None),
    (MaxPool((2, 2), (2, 2), "valid"), [(8, 4, 4, 3)], (8, 2, 2, 3), [True]),
    (Conv((1, 1), "same", (1, 1)), [(8, 4, 4, 3), (3, 3, 3, 5)], (8, 4, 4, 5), [True, False]),
]


@pytest.mark.parametrize("op, shapes, output, expected", CASES)
def test_which_inputs_are_split_with_the_output(op, shapes, output, expected):
    assert op.batch_inputs(shapes, output) == expected


@pytest.mark.parametrize("op, shapes, output, expected", [case for case in CASES if case[3] is not None])
def test_part_of_the_batch_gives_that_part_of_the_output(op, shapes, output, expected):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype("float32") for shape in shapes]
    whole = np.asarray(op(arrays) if isinstance(op, Concatenate) else op(*arrays))
    assert whole.shape == output
    part = slice(2, 3) if output[0] < 4 else slice(2, 4)
    inputs = [x[part] if split else x for x, split in zip(arrays, expected, strict=True)]
    if isinstance(op, Reshape):
        op = Reshape((-1, *op.newshape[1:]))
    result = np.asarray(op(inputs) if isinstance(op, Concatenate) else op(*inputs))
    np.testing.assert_allclose(result, whole[part], rtol=ROUNDING, atol=ROUNDING)
