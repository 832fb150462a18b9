"""What a Dense layer computes (products with bias and relu, and the three gradients), and matrix products alone."""

import numpy as np
import pytest

from benchmarks.goals import OTHER_KERNELS
from benchmarks.inputs import bytes_of, normal, times
from benchmarks.planned import by_jobs
from minikeras.kernels import activation
from minikeras.kernels.column_jobs import relu_gradient_jobs
from minikeras.kernels.dense import dense_input_gradient_jobs, dense_jobs, dense_kernel_gradient_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.products import product_jobs

SHAPES = [(1, 784, 100), (32, 784, 100), (128, 784, 100), (128, 1600, 128), (128, 2048, 2048), (512, 512, 512)]


def _name(shape):
    return times(*shape)


@pytest.mark.parametrize("shape", SHAPES, ids=_name)
def test_dense_forward(side_by_side, tf, torch, shape):
    batch, inputs, units = shape
    x, kernel, bias = normal((batch, inputs), (inputs, units), units)
    y = aligned((batch, units))

    def eager():
        y = x @ kernel
        y += bias
        return np.maximum(y, 0, out=y)

    side_by_side(
        f"dense {_name(shape)}: forward",
        goals=OTHER_KERNELS,
        work=(2 * batch * inputs * units, bytes_of(x, kernel, bias, y)),
        minikeras=by_jobs(dense_jobs(x, kernel, bias, y, relu=True), y),
        eager=eager,
        tensorflow=tf and _tensorflow_forward(tf, x, kernel, bias),
        pytorch=torch and _torch_forward(torch, x, kernel, bias),
    )


def _tensorflow_forward(tf, *arrays):
    x, kernel, bias = map(tf.constant, arrays)
    return lambda: tf.nn.relu(tf.nn.bias_add(tf.matmul(x, kernel), bias))


def _torch_forward(torch, *arrays):
    x, kernel, bias = map(torch.from_numpy, arrays)
    return lambda: torch.addmm(bias, x, kernel).relu_()


@pytest.mark.parametrize("shape", SHAPES, ids=_name)
def test_dense_backward(side_by_side, tf, torch, shape):
    batch, inputs, units = shape
    x, kernel, dy, y = normal((batch, inputs), (inputs, units), (batch, units), (batch, units))
    y = np.maximum(y, 0)
    dz, dx, dkernel, dbias = (aligned(shape) for shape in (y.shape, x.shape, kernel.shape, (units,)))

    def eager():
        dz = activation.relu_gradient(dy, y)
        return dz @ kernel.T, x.T @ dz, dz.sum(axis=0)

    jobs = [
        *relu_gradient_jobs(dy, y, dz, dbias),
        *dense_kernel_gradient_jobs(x, dz, dkernel),
        *dense_input_gradient_jobs(dz, kernel, dx),
    ]
    side_by_side(
        f"dense {_name(shape)}: backward",
        goals=OTHER_KERNELS,
        work=(4 * batch * inputs * units, bytes_of(dy, y, x, kernel, dkernel, dx)),
        minikeras=by_jobs(jobs, dx, dkernel, dbias),
        eager=eager,
        tensorflow=tf and _tensorflow_backward(tf, x, kernel, dy, y),
        pytorch=torch and _torch_backward(torch, x, kernel, dy, y),
    )


def _tensorflow_backward(tf, *arrays):
    x, kernel, dy, y = map(tf.constant, arrays)

    def run():
        dz = tf.raw_ops.ReluGrad(gradients=dy, features=y)
        return (
            tf.matmul(dz, kernel, transpose_b=True),
            tf.matmul(x, dz, transpose_a=True),
            tf.raw_ops.BiasAddGrad(out_backprop=dz),
        )

    return run


def _torch_backward(torch, *arrays):
    x, kernel, dy, y = map(torch.from_numpy, arrays)

    def run():
        dz = torch.ops.aten.threshold_backward(dy, y, 0)
        return dz @ kernel.T, x.T @ dz, dz.sum(0)

    return run


PRODUCTS = {  # rows, terms, columns, and which of both matrices is transposed
    "16×16×16": (16, 16, 16, ""),
    "64×64×64": (64, 64, 64, ""),
    "63×65×67": (63, 65, 67, ""),
    "256×256×256": (256, 256, 256, ""),
    "256×256×256, first transposed": (256, 256, 256, "a"),
    "256×256×256, second transposed": (256, 256, 256, "b"),
    "8×2048×8": (8, 2048, 8, ""),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_matrix_product(side_by_side, tf, torch, name):
    rows, terms, columns, transposed = PRODUCTS[name]
    a = normal((terms, rows)).T if transposed == "a" else normal((rows, terms))
    b = normal((columns, terms)).T if transposed == "b" else normal((terms, columns))
    c = aligned((rows, columns))
    side_by_side(
        f"matrix product {name}",
        goals=OTHER_KERNELS,
        work=(2 * rows * terms * columns, bytes_of(a, b, c)),
        minikeras=by_jobs(product_jobs(a, b, c), c),
        eager=lambda: a @ b,
        tensorflow=tf and _tensorflow_product(tf, a, b, transposed),
        pytorch=torch and _torch_product(torch, a, b),
    )


def _tensorflow_product(tf, a, b, transposed):
    first, second = tf.constant(a.T if transposed == "a" else a), tf.constant(b.T if transposed == "b" else b)
    return lambda: tf.matmul(first, second, transpose_a=transposed == "a", transpose_b=transposed == "b")


def _torch_product(torch, a, b):
    first, second = torch.from_numpy(a), torch.from_numpy(b)
    return lambda: first @ second
