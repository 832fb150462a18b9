"""Batch and layer normalization, forward and backward, next to TensorFlow's and PyTorch's ops."""

import pytest

from benchmarks.goals import OTHER_KERNELS
from benchmarks.inputs import bytes_of, normal, times
from benchmarks.planned import by_jobs, eager_gradient, forward, gradient
from minikeras.kernels import batch_normalization as kernels
from minikeras.kernels.batch_normalization_jobs import (
    batch_normalization_gradient_jobs,
    batch_normalization_inference_jobs,
    batch_normalization_jobs,
)
from minikeras.kernels.memory import aligned
from minikeras.ops.normalization import StandardizeRows

BATCH_SHAPES = {"16384×64": (16, 32, 32, 64), "128×128": (128, 1, 1, 128), "4096×32": (64, 8, 8, 32)}
LAYER_SHAPES = [(32, 128), (1024, 512), (4096, 64)]
EPSILON = 1e-3


@pytest.mark.parametrize("name", BATCH_SHAPES)
def test_batch_normalization_forward(side_by_side, tf, torch, name):
    shape = BATCH_SHAPES[name]
    x, gamma, beta = normal(shape, shape[-1], shape[-1])
    rows, y = x.reshape(-1, shape[-1]), aligned(shape)
    mean, variance = aligned(gamma.shape), aligned(gamma.shape)
    jobs = batch_normalization_jobs(rows, mean, variance, gamma, beta, EPSILON, y.reshape(rows.shape))

    def eager():
        return kernels.batch_normalization(x, *kernels.channel_moments(x), gamma, beta, EPSILON)

    side_by_side(
        f"batch normalization {name}: forward",
        goals=OTHER_KERNELS,
        work=(0, bytes_of(x, y)),
        minikeras=by_jobs(jobs, y),
        eager=eager,
        tensorflow=tf and _tensorflow(tf, x, gamma, beta),
        pytorch=torch and _torch(torch, x, gamma, beta),
    )


@pytest.mark.parametrize("name", BATCH_SHAPES)
def test_batch_normalization_backward(side_by_side, tf, torch, name):
    shape = BATCH_SHAPES[name]
    x, dy, gamma = normal(shape, shape, shape[-1])
    rows, dx = (-1, shape[-1]), aligned(shape)
    mean, variance = kernels.channel_moments(x)
    dgamma, dbeta = aligned(gamma.shape), aligned(gamma.shape)
    jobs = batch_normalization_gradient_jobs(
        dy.reshape(rows), x.reshape(rows), mean, variance, gamma, EPSILON, dx.reshape(rows), dgamma, dbeta
    )
    side_by_side(
        f"batch normalization {name}: backward",
        goals=OTHER_KERNELS,
        work=(0, bytes_of(x, dy, dx)),
        minikeras=by_jobs(jobs, dx, dgamma, dbeta),
        eager=lambda: kernels.batch_normalization_gradient(dy, x, mean, variance, gamma, EPSILON),
        tensorflow=tf and _tensorflow_gradient(tf, x, dy, gamma),
        pytorch=torch and _torch_gradient(torch, x, dy, gamma),
    )


def _tensorflow(tf, *arrays):
    x, gamma, beta = map(tf.constant, arrays)
    empty = tf.constant([], "float32")
    options = {"mean": empty, "variance": empty, "epsilon": EPSILON, "is_training": True}
    return lambda: tf.raw_ops.FusedBatchNormV3(x=x, scale=gamma, offset=beta, **options)[0]


def _tensorflow_gradient(tf, *arrays):
    x, dy, gamma = map(tf.constant, arrays)
    empty = tf.constant([], "float32")
    *_, mean, variance, reserved = tf.raw_ops.FusedBatchNormV3(
        x=x, scale=gamma, offset=gamma, mean=empty, variance=empty, epsilon=EPSILON, is_training=True
    )
    options = {"reserve_space_1": mean, "reserve_space_2": variance, "reserve_space_3": reserved}
    return lambda: tf.raw_ops.FusedBatchNormGradV3(
        y_backprop=dy, x=x, scale=gamma, epsilon=EPSILON, is_training=True, **options
    )[:3]


def _torch(torch, x, gamma, beta):
    x, gamma, beta = torch.from_numpy(x).permute(0, 3, 1, 2), torch.from_numpy(gamma), torch.from_numpy(beta)
    return lambda: torch.native_batch_norm(x, gamma, beta, None, None, True, 0.1, EPSILON)[0].permute(0, 2, 3, 1)


def _torch_gradient(torch, x, dy, gamma):
    x, dy = (torch.from_numpy(array).permute(0, 3, 1, 2) for array in (x, dy))
    gamma = torch.from_numpy(gamma)
    _, mean, inverse = torch.native_batch_norm(x, gamma, gamma, None, None, True, 0.1, EPSILON)

    def run():
        dx, dgamma, dbeta = torch.ops.aten.native_batch_norm_backward(
            dy, x, gamma, None, None, mean, inverse, True, EPSILON, [True, True, True]
        )
        return dx.permute(0, 2, 3, 1), dgamma, dbeta

    return run


def test_batch_normalization_in_inference(side_by_side, tf, torch):
    shape = BATCH_SHAPES["16384×64"]
    x, gamma, beta, mean, variance = normal(shape, *[shape[-1]] * 4)
    variance = abs(variance)
    rows, y = x.reshape(-1, shape[-1]), aligned(shape)
    jobs = batch_normalization_inference_jobs(rows, mean, variance, gamma, beta, EPSILON, y.reshape(rows.shape))
    theirs = torchs = None
    if tf is not None:
        tensors = dict(zip(("x", "scale", "offset", "mean", "variance"), (x, gamma, beta, mean, variance), strict=True))
        tensors = {name: tf.constant(array) for name, array in tensors.items()}
        theirs = lambda: tf.raw_ops.FusedBatchNormV3(**tensors, epsilon=EPSILON, is_training=False)[0]  # noqa: E731
    if torch is not None:
        numbers = [torch.from_numpy(array) for array in (mean, variance, gamma, beta)]
        image = torch.from_numpy(x).permute(0, 3, 1, 2)
        torchs = lambda: torch.nn.functional.batch_norm(image, *numbers, eps=EPSILON).permute(0, 2, 3, 1)  # noqa: E731
    side_by_side(
        "batch normalization 16384×64: inference",
        goals=OTHER_KERNELS,
        work=(0, bytes_of(x, y)),
        minikeras=by_jobs(jobs, y),
        eager=lambda: kernels.batch_normalization(x, mean, variance, gamma, beta, EPSILON),
        tensorflow=theirs,
        pytorch=torchs,
    )


@pytest.mark.parametrize("shape", LAYER_SHAPES, ids=str)
def test_layer_normalization(side_by_side, tf, torch, shape):
    x, gamma, beta = normal(shape, shape[-1], shape[-1])
    op = StandardizeRows(EPSILON)
    planned, eager = forward(op, x, gamma, beta), lambda: op.forward(x, gamma, beta)[0]
    side_by_side(
        f"layer normalization {times(*shape)}: forward",
        goals=OTHER_KERNELS,
        work=(0, 2 * bytes_of(x)),
        minikeras=planned or eager,
        eager=planned and eager,
        tensorflow=tf and _layer_norm(tf, x, gamma, beta),
        pytorch=torch and _torch_layer_norm(torch, x, gamma, beta),
    )


@pytest.mark.parametrize("shape", LAYER_SHAPES, ids=str)
def test_layer_normalization_backward(side_by_side, tf, torch, shape):
    x, dy, gamma, beta = normal(shape, shape, shape[-1], shape[-1])
    arguments = StandardizeRows(EPSILON), (x, gamma, beta), dy, (0, 1, 2)
    planned, eager = gradient(*arguments), eager_gradient(*arguments)
    side_by_side(
        f"layer normalization {times(*shape)}: backward",
        goals=OTHER_KERNELS,
        work=(0, 3 * bytes_of(x)),
        minikeras=planned or eager,
        eager=planned and eager,
        tensorflow=tf and _layer_norm_gradient(tf, x, gamma, beta, dy),
        pytorch=torch and _torch_layer_norm_gradient(torch, x, gamma, beta, dy),
    )


def _keras_layer_norm(tf, x, gamma, beta):
    """As Keras composes it."""
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, beta, gamma, EPSILON)


def _layer_norm(tf, *arrays):
    x, gamma, beta = map(tf.constant, arrays)
    return tf.function(lambda: _keras_layer_norm(tf, x, gamma, beta))


def _layer_norm_gradient(tf, *arrays):
    x, gamma, beta, dy = map(tf.constant, arrays)

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            tape.watch([x, gamma, beta])
            y = _keras_layer_norm(tf, x, gamma, beta)
        return tape.gradient(y, [x, gamma, beta], output_gradients=dy)

    return run


def _torch_layer_norm(torch, *arrays):
    x, gamma, beta = map(torch.from_numpy, arrays)
    return lambda: torch.nn.functional.layer_norm(x, gamma.shape, gamma, beta, EPSILON)


def _torch_layer_norm_gradient(torch, *arrays):
    x, gamma, beta, dy = map(torch.from_numpy, arrays)
    _, mean, inverse = torch.native_layer_norm(x, gamma.shape, gamma, beta, EPSILON)
    wanted = [True, True, True]
    return lambda: torch.ops.aten.native_layer_norm_backward(dy, x, gamma.shape, mean, inverse, gamma, beta, wanted)
