"""The pooling kernels, next to TensorFlow's and PyTorch's ops."""

import numpy as np
import pytest

from benchmarks.goals import OTHER_KERNELS
from benchmarks.inputs import bytes_of, normal
from benchmarks.planned import by_jobs
from minikeras.kernels import pooling
from minikeras.kernels.memory import aligned
from minikeras.kernels.pooling_jobs import (
    average_pool_gradient_jobs,
    average_pool_jobs,
    max_pool_gradient_jobs,
    max_pool_jobs,
)

SHAPES = {  # shape of x, window, stride
    "2×2 of 32×26×26×32": ((32, 26, 26, 32), 2, 2),
    "2×2 of 64×32×32×64": ((64, 32, 32, 64), 2, 2),
    "2×2 of 1×26×26×32": ((1, 26, 26, 32), 2, 2),
    "3×3 stride 2 of 16×33×33×64": ((16, 33, 33, 64), 3, 2),
}
KINDS = ("max", "average")


def _setting(name):
    shape, window, stride = SHAPES[name]
    outputs = (shape[0], *((size - window) // stride + 1 for size in shape[1:3]), shape[3])
    return shape, outputs, ((window, window), (stride, stride), ((0, 0), (0, 0)))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_pooling_forward(side_by_side, tf, torch, kind, name):
    shape, outputs, geometry = _setting(name)
    x, y = normal(shape), aligned(outputs)
    jobs = max_pool_jobs(x, y, None, *geometry) if kind == "max" else average_pool_jobs(x, y, *geometry)
    eager = pooling.max_pool if kind == "max" else pooling.average_pool
    side_by_side(
        f"{kind} pooling {name}: forward",
        goals=OTHER_KERNELS,
        work=(0, bytes_of(x, y)),
        minikeras=by_jobs(jobs, y),
        eager=lambda: eager(x, *geometry),
        tensorflow=tf and _tensorflow(tf, kind, x, *geometry[:2]),
        pytorch=torch and _torch(torch, kind, x, *geometry[:2]),
    )


@pytest.mark.parametrize("name", SHAPES)
def test_max_pooling_with_places(side_by_side, tf, torch, name):
    """As in training: the gradient needs to know where the maxima are. TensorFlow compares elements again instead."""
    shape, outputs, geometry = _setting(name)
    x, y, argmax = normal(shape), aligned(outputs), aligned(outputs, np.int32)
    side_by_side(
        f"max pooling {name}: forward in training",
        work=(0, bytes_of(x, y, argmax)),
        minikeras=by_jobs(max_pool_jobs(x, y, argmax, *geometry), y),
        eager=lambda: pooling.max_pool_with_argmax(x, *geometry)[0],
        tensorflow=tf and _tensorflow(tf, "max", x, *geometry[:2]),
        pytorch=torch and _torch(torch, "max", x, *geometry[:2]),
    )


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_pooling_backward(side_by_side, tf, torch, kind, name):
    shape, outputs, geometry = _setting(name)
    x, dy = normal(shape, outputs)
    dx = aligned(shape)
    if kind == "max":
        y, argmax = pooling.max_pool_with_argmax(x, *geometry)
        jobs = max_pool_gradient_jobs(dy, argmax, dx, *geometry)
        moved = bytes_of(dy, argmax, dx)
    else:
        y = pooling.average_pool(x, *geometry)
        jobs = average_pool_gradient_jobs(dy, dx, *geometry)
        moved = bytes_of(dy, dx)

    def eager():
        if kind == "max":
            return pooling.max_pool_gradient(dy, argmax, shape[1:3], *geometry)
        return pooling.average_pool_gradient(dy, shape[1:3], *geometry)

    side_by_side(
        f"{kind} pooling {name}: backward",
        goals=OTHER_KERNELS,
        work=(0, moved),
        minikeras=by_jobs(jobs, dx),
        eager=eager,
        tensorflow=tf and _tensorflow_gradient(tf, kind, x, y, dy, *geometry[:2]),
        pytorch=torch and _torch_gradient(torch, kind, x, dy, *geometry[:2]),
    )


def _options(window, strides):
    return {"ksize": [1, *window, 1], "strides": [1, *strides, 1], "padding": "VALID"}


def _tensorflow(tf, kind, x, window, strides):
    x, options = tf.constant(x), _options(window, strides)
    if kind == "max":
        return lambda: tf.raw_ops.MaxPool(input=x, **options)
    return lambda: tf.raw_ops.AvgPool(value=x, **options)


def _tensorflow_gradient(tf, kind, x, y, dy, window, strides):
    shape, options = tf.constant(x.shape), _options(window, strides)
    x, y, dy = map(tf.constant, (x, y, dy))
    if kind == "max":
        return lambda: tf.raw_ops.MaxPoolGrad(orig_input=x, orig_output=y, grad=dy, **options)
    return lambda: tf.raw_ops.AvgPoolGrad(orig_input_shape=shape, grad=dy, **options)


def _torch(torch, kind, x, window, strides):
    x = torch.from_numpy(x).permute(0, 3, 1, 2)
    pool = torch.nn.functional.max_pool2d if kind == "max" else torch.nn.functional.avg_pool2d
    return lambda: pool(x, window, strides).permute(0, 2, 3, 1)


def _torch_gradient(torch, kind, x, dy, window, strides):
    x, dy = (torch.from_numpy(array).permute(0, 3, 1, 2) for array in (x, dy))
    backward = torch.ops.aten
    if kind == "max":
        _, positions = torch.nn.functional.max_pool2d(x, window, strides, return_indices=True)
        return lambda: backward.max_pool2d_with_indices_backward(
            dy, x, window, strides, [0, 0], [1, 1], False, positions
        ).permute(0, 2, 3, 1)
    return lambda: backward.avg_pool2d_backward(dy, x, window, strides, [0, 0], False, True, None).permute(0, 2, 3, 1)
