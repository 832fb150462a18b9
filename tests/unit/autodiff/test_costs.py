"""What ops cost: FLOPs equal hand counts, bytes those of the arrays."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.autodiff.costs import NOTHING, Cost, cost_of, cost_of_gradient, op_flops
from minikeras.autodiff.observers import Observer, observing
from minikeras.autodiff.shapes import Sum
from minikeras.autodiff.tape import GradientTape

ROWS = {
    "dense": (layers.Dense(5), (4, 3), 2 * 4 * 3 * 5 + 4 * 5),
    "dense with relu": (layers.Dense(5, activation="relu"), (4, 3), 2 * 4 * 3 * 5 + 2 * 4 * 5),
    "dense of a sequence": (layers.Dense(5), (2, 4, 3), 2 * 8 * 3 * 5 + 8 * 5),
    "convolution": (layers.Conv2D(6, 3, padding="same"), (2, 8, 8, 3), 2 * 2 * 64 * 9 * 3 * 6 + 2 * 64 * 6),
    "strided, no bias": (layers.Conv2D(6, 2, strides=2, use_bias=False), (1, 8, 8, 3), 2 * 16 * 4 * 3 * 6),
    "groups": (layers.Conv1D(4, 3, groups=2, use_bias=False), (1, 8, 4), 2 * 6 * 3 * 2 * 4),
    "transposed": (layers.Conv2DTranspose(4, 2, strides=2, use_bias=False), (1, 3, 3, 5), 2 * 9 * 4 * 5 * 4),
    "pooling": (layers.MaxPooling2D(2), (1, 4, 4, 3), 4 * 4 * 3),
    "moves only": (layers.Permute((2, 1)), (2, 3, 4), 0),
    "softmax": (layers.Softmax(), (2, 5), 5 * 10),
    "add to itself": (layers.Lambda(lambda x: x + x), (2, 5), 10),
    "mean": (layers.Lambda(lambda x: ops.mean(x)), (2, 5), 10),
    "simple RNN": (layers.SimpleRNN(4, use_bias=False), (2, 3, 5), 2 * 6 * 5 * 4 + 2 * 6 * 4 * 4 + 2 * 6 * 4),
    "LSTM": (layers.LSTM(4, use_bias=False), (2, 3, 5), 2 * 6 * 5 * 16 + 2 * 6 * 4 * 16 + 13 * 6 * 4),
    "einsum": (layers.EinsumDense("bi,ij->bj", 4), (2, 3), 2 * 2 * 3 * 4),
}


class Costs(Observer):
    def __init__(self):
        self.forward, self.backward = NOTHING, NOTHING

    def op_called(self, op, inputs, outputs):
        self.forward += cost_of(op, inputs, outputs)

    def gradient_ended(self, call, dys, dxs):
        self.backward += cost_of_gradient(call, dys, dxs)


@pytest.mark.parametrize("name", ROWS)
def test_flops_equal_hand_counts(name):
    layer, shape, expected = ROWS[name]
    x = np.ones(shape, "float32")
    layer(x)  # builds it
    with observing(Costs()) as costs:
        layer(x)
    assert costs.forward.flops == expected


def test_a_matrix_product_s_gradients_are_two_products():
    a, b = keras.Variable(np.ones((4, 3), "float32")), keras.Variable(np.ones((3, 5), "float32"))
    with GradientTape() as tape:
        y = ops.matmul(a, b)
    with observing(Costs()) as costs:
        tape.gradient(y, [a, b])
    assert costs.backward.flops == 2 * (2 * 4 * 3 * 5)
    assert costs.backward.bytes == 4 * (2 * 12 + 2 * 15 + 20)  # a, b, their gradients, dy


def test_bytes_are_those_of_inputs_and_outputs():
    with observing(Costs()) as costs:
        ops.exp(ops.convert_to_tensor(np.ones((4, 3), "float32")))
    assert costs.forward == Cost(12, 96)
    assert costs.forward.intensity == 0.125


def test_an_op_that_does_not_say_is_unknown_and_a_sum_is_of_what_is_known():
    with observing(Costs()) as costs:
        ops.sort(ops.convert_to_tensor(np.ones(3, "float32")))
    assert costs.forward == Cost(0, 24)
    assert (Cost(None, 8) + Cost(None, 8)).flops is None
    assert Cost(None, 8).intensity is None
    assert op_flops(Sum(0), [(4, 5)], (5,)) == 20
