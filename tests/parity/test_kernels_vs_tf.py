"""The array kernels against the TensorFlow ops that tf.keras calls, on a table of shapes."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.kernels import activation, convolution, crossentropy, error_function, pooling, softmax  # noqa: E402
from minikeras.kernels.windows import explicit_pads  # noqa: E402
from minikeras.optimizers.adam import adam  # noqa: E402
from minikeras.optimizers.rmsprop import rmsprop  # noqa: E402
from minikeras.optimizers.sgd import sgd, sgd_momentum, sgd_nesterov  # noqa: E402
from tests.parity.comparing import LAYER, SAME_FORMULA, assert_close, is_unsafe_in_onednn, needs_onednn  # noqa: E402

CONVOLUTIONS = [  # x, kernel, strides, padding, dilation
    ((2, 8, 9, 3), (3, 3, 3, 4), (1, 1), "same", (1, 1)),
    ((2, 8, 9, 3), (3, 3, 3, 4), (1, 1), "valid", (1, 1)),
    ((2, 8, 9, 3), (3, 2, 3, 4), (2, 2), "same", (1, 1)),
    ((2, 9, 9, 3), (2, 3, 3, 4), (2, 2), "valid", (1, 1)),
    ((2, 8, 8, 3), (1, 1, 3, 4), (1, 1), "same", (1, 1)),
    ((2, 8, 8, 3), (1, 1, 3, 4), (2, 2), "valid", (1, 1)),
    ((2, 9, 10, 3), (3, 3, 3, 4), (1, 1), "same", (2, 2)),
    ((2, 9, 10, 3), (3, 3, 3, 4), (1, 1), "valid", (2, 1)),
    ((1, 5, 5, 1), (5, 5, 1, 2), (1, 1), "same", (1, 1)),
    ((4, 28, 28, 1), (3, 3, 1, 16), (1, 1), "valid", (1, 1)),
    ((2, 8, 8, 4), (3, 3, 2, 6), (1, 1), "same", (1, 1)),  # two groups
    ((2, 8, 8, 4), (3, 3, 1, 8), (2, 2), "valid", (1, 1)),  # a group per channel
]


def _normal(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def _tf_gradients(function, inputs, seed, dtype=None):
    """Output of a TensorFlow function, and the gradients of <seed(output), output> for its inputs.

    If `dtype` is given, TensorFlow computes in it, and the results have the dtype of the first input.
    """
    result_dtype = inputs[0].dtype
    inputs = [tf.constant(value, dtype) for value in inputs]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = function(*inputs)
        dy = seed(y.numpy())
        total = tf.reduce_sum(y * dy)
    results = [array.numpy().astype(result_dtype) for array in (y, *tape.gradient(total, inputs))]
    return results[0], dy.astype(result_dtype), results[1:]


def _seed(y):
    return np.random.default_rng(1).normal(size=y.shape).astype(y.dtype)


@pytest.mark.parametrize("x_shape, kernel_shape, strides, padding, dilation", CONVOLUTIONS)
def test_convolution(x_shape, kernel_shape, strides, padding, dilation):
    x, kernel = _normal(x_shape, kernel_shape)
    groups = x_shape[3] // kernel_shape[2]
    needs_onednn(dilation, groups)  # groups, too
    geometry = strides, explicit_pads(padding, x_shape[1:3], kernel_shape[:2], strides, dilation), dilation

    @tf.function  # grouped convolution has its kernel gradient only where TensorFlow may rewrite the graph
    def convolve(x, kernel):
        return tf.nn.conv2d(x, kernel, strides, padding.upper(), dilations=dilation)

    in_float64 = is_unsafe_in_onednn(kernel_shape[:2], strides)
    y, dy, (dx, dkernel) = _tf_gradients(convolve, (x, kernel), _seed, "float64" if in_float64 else "float32")
    ours = convolution.convolution(x, kernel, *geometry, groups)
    assert_close("kernels: convolution", ours, y, LAYER)
    ours = convolution.convolution_input_gradient(dy, kernel, x_shape[1:3], *geometry, groups)
    assert_close("kernels: convolution", ours, dx, LAYER)
    ours = convolution.convolution_kernel_gradient(x, dy, kernel_shape[:2], *geometry, groups)
    assert_close("kernels: convolution", ours, dkernel, LAYER)


@pytest.mark.parametrize("rank, stride, padding", [(1, 2, "same"), (1, 1, "valid"), (3, 1, "same"), (3, 2, "valid")])
def test_convolution_over_one_and_three_axes(rank, stride, padding):
    x, kernel = _normal((2, *(7, 6, 5)[:rank], 3), (*(3, 2, 3)[:rank], 3, 4))
    strides = (stride,) * rank
    geometry = strides, explicit_pads(padding, x.shape[1:-1], kernel.shape[:-2], strides, (1,) * rank), (1,) * rank
    y, dy, (dx, dkernel) = _tf_gradients(
        lambda x, kernel: tf.nn.convolution(x, kernel, strides, padding.upper(), {1: "NWC", 3: "NDHWC"}[rank]),
        (x, kernel),
        _seed,
    )
    group = "kernels: convolution"
    assert_close(group, convolution.convolution(x, kernel, *geometry), y, LAYER)
    assert_close(group, convolution.convolution_input_gradient(dy, kernel, x.shape[1:-1], *geometry), dx, LAYER)
    ours = convolution.convolution_kernel_gradient(x, dy, kernel.shape[:-2], *geometry)
    assert_close(group, ours, dkernel, LAYER)


@pytest.mark.parametrize("multiplier", [1, 3])
@pytest.mark.parametrize(
    "strides, padding, dilation", [(1, "same", 1), (2, "same", 1), (2, "valid", 1), (1, "valid", 2), (1, "same", 2)]
)
def test_depthwise_convolution(multiplier, strides, padding, dilation):
    x, kernel = _normal((2, 9, 8, 5), (3, 3, 5, multiplier))
    pads = explicit_pads(padding, (9, 8), (3, 3), (strides,) * 2, (dilation,) * 2)
    geometry = (strides,) * 2, pads, (dilation,) * 2
    y, dy, (dx, dkernel) = _tf_gradients(
        lambda x, kernel: tf.nn.depthwise_conv2d(
            x, kernel, (1, strides, strides, 1), padding.upper(), dilations=(dilation,) * 2
        ),
        (x, kernel),
        _seed,
    )
    group, in_groups = "kernels: depthwise convolution", kernel.reshape(3, 3, 1, -1)
    assert_close(group, convolution.convolution(x, in_groups, *geometry, 5), y, LAYER)
    assert_close(group, convolution.convolution_input_gradient(dy, in_groups, (9, 8), *geometry, 5), dx, LAYER)
    ours = convolution.convolution_kernel_gradient(x, dy, (3, 3), *geometry, 5)
    assert_close(group, ours.reshape(kernel.shape), dkernel, LAYER)


POOLS = [
    ((8, 9), 2, 2, "valid"),
    ((8, 9), 2, 2, "same"),
    ((9, 7), 3, 1, "same"),
    ((9, 9), 3, 2, "same"),
    ((9, 9), 2, 3, "valid"),
]


def _pool_geometry(sizes, window, stride, padding):
    rank = len(sizes)
    window, strides = (window,) * rank, (stride,) * rank
    return window, strides, explicit_pads(padding, sizes, window, strides, (1,) * rank)


@pytest.mark.parametrize("few_values", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("sizes, window, stride, padding", [*POOLS, ((9,), 2, 2, "same"), ((9,), 3, 1, "valid")])
def test_max_pooling(sizes, window, stride, padding, few_values):
    (x,) = _normal((2, *sizes, 3))
    x = np.maximum(np.round(x), 0) if few_values else x  # as after a relu
    function = tf.nn.max_pool1d if len(sizes) == 1 else tf.nn.max_pool2d
    y, dy, (dx,) = _tf_gradients(lambda x: function(x, window, stride, padding.upper()), (x,), _seed)
    geometry = _pool_geometry(sizes, window, stride, padding)
    ours, argmax = pooling.max_pool_with_argmax(x, *geometry)
    assert_close("kernels: max pooling", ours, y, 0)
    assert_close("kernels: max pooling", pooling.max_pool_gradient(dy, argmax, sizes, *geometry), dx, SAME_FORMULA)


@pytest.mark.parametrize("few_values", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("window, stride, padding", [(2, 2, "valid"), (2, 2, "same"), (3, 2, "same")])
def test_max_pooling_over_three_axes(window, stride, padding, few_values):
    (x,) = _normal((2, 6, 5, 7, 3))
    x = np.maximum(np.round(x), 0) if few_values else x
    y, dy, (dx,) = _tf_gradients(lambda x: tf.nn.max_pool3d(x, window, stride, padding.upper()), (x,), _seed)
    geometry = _pool_geometry((6, 5, 7), window, stride, padding)
    ours = pooling.max_pool(x, *geometry)
    assert_close("kernels: max pooling", ours, y, 0)
    assert_close("kernels: max pooling", pooling.max_pool_gradient_to_all(x, ours, dy, *geometry), dx, SAME_FORMULA)


NAN, INF = np.nan, np.inf


@pytest.mark.parametrize(
    "values", [(1, NAN, 2, 3), (4, 1, 2, NAN), (NAN,) * 4, (-INF,) * 4, (-INF, NAN, INF, 1), (0, 0, 0, 0)]
)
def test_max_pooling_of_nan_and_infinity(values):
    x = np.array(values, "float32").reshape(1, 2, 2, 1)
    y, dy, (dx,) = _tf_gradients(lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"), (x,), np.ones_like)
    geometry = _pool_geometry((2, 2), 2, 2, "valid")
    ours, argmax = pooling.max_pool_with_argmax(x, *geometry)
    assert_close("kernels: max pooling", ours, y, 0)
    assert_close("kernels: max pooling", pooling.max_pool_gradient(dy, argmax, (2, 2), *geometry), dx, 0)


@pytest.mark.parametrize("sizes, window, stride, padding", [*POOLS, ((9,), 3, 2, "same"), ((5, 6, 4), 3, 2, "same")])
def test_average_pooling(sizes, window, stride, padding):
    (x,) = _normal((2, *sizes, 3))
    function = {1: tf.nn.avg_pool1d, 2: tf.nn.avg_pool2d, 3: tf.nn.avg_pool3d}[len(sizes)]
    y, dy, (dx,) = _tf_gradients(lambda x: function(x, window, stride, padding.upper()), (x,), _seed)
    geometry = _pool_geometry(sizes, window, stride, padding)
    assert_close("kernels: average pooling", pooling.average_pool(x, *geometry), y, SAME_FORMULA)
    assert_close("kernels: average pooling", pooling.average_pool_gradient(dy, sizes, *geometry), dx, SAME_FORMULA)


@pytest.mark.parametrize("shape", [(1, 2), (32, 10), (3, 5, 100), (4, 1000)])
def test_softmax_and_sparse_crossentropy(shape):
    (logits,) = _normal(shape)
    logits *= 3
    labels = np.random.default_rng(2).integers(0, shape[-1], size=shape[:-1])
    y, dy, (dx,) = _tf_gradients(tf.nn.softmax, (logits,), _seed)
    p = softmax.softmax(logits)
    assert_close("kernels: softmax", p, y, SAME_FORMULA)
    assert_close("kernels: softmax", softmax.softmax_gradient(p, dy), dx, SAME_FORMULA)
    y, dy, (dx,) = _tf_gradients(
        lambda logits: tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits), (logits,), _seed
    )
    loss, p = crossentropy.sparse_softmax_crossentropy(logits, labels)
    assert_close("kernels: crossentropy", loss, y, SAME_FORMULA)
    ours = crossentropy.sparse_softmax_crossentropy_gradient(dy, p, labels)
    assert_close("kernels: crossentropy", ours, dx, SAME_FORMULA)


ELEMENTWISE = {
    "sigmoid": (activation.sigmoid, tf.nn.sigmoid),
    "silu": (activation.silu, tf.nn.silu),
    "gelu": (activation.gelu, lambda x: tf.nn.gelu(x, approximate=False)),
    "erf": (error_function.erf, tf.math.erf),
    "erfc": (error_function.erfc, tf.math.erfc),
    "erfinv": (error_function.erfinv, tf.math.erfinv),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_functions(name):
    ours, theirs = ELEMENTWISE[name]
    x = np.linspace(-0.99, 0.99, 2001) if name == "erfinv" else np.linspace(-12, 12, 2001)  # beyond, TensorFlow strays
    x = x.astype("float32")
    assert_close("kernels: elementwise", ours(x), theirs(x).numpy(), SAME_FORMULA)


def _alpha(step):
    one = np.float32(1)
    return np.float32(1e-3) * np.sqrt(one - np.float32(0.999) ** step) / (one - np.float32(0.9) ** step)


OPTIMIZERS = {  # name → Keras's optimizer, number of slots, our step (variable, gradient, slots, step number)
    "sgd": (lambda k: k.SGD(0.01), 0, lambda w, g, s, t: sgd(w, g, 0.01)),
    "momentum": (lambda k: k.SGD(0.01, 0.9), 1, lambda w, g, s, t: sgd_momentum(w, g, *s, 0.01, 0.9)),
    "nesterov": (lambda k: k.SGD(0.01, 0.9, True), 1, lambda w, g, s, t: sgd_nesterov(w, g, *s, 0.01, 0.9)),
    "rmsprop": (lambda k: k.RMSprop(), 1, lambda w, g, s, t: rmsprop(w, g, *s, 1e-3, 0.9, 1 - 0.9, 1e-7)),
    "adam": (
        lambda k: k.Adam(),
        2,
        lambda w, g, s, t: adam(w, g, *s, _alpha(np.float32(t)), 1 - 0.9, 1 - 0.999, 1e-7),
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_fifty_optimizer_steps_are_equal_bit_for_bit(name):
    import keras  # here, after the importorskip above: Keras needs TensorFlow

    make, slots, step = OPTIMIZERS[name]
    rng = np.random.default_rng(0)
    weights = rng.normal(size=1000).astype("float32")
    variable = keras.Variable(weights.copy())
    optimizer = make(keras.optimizers)
    optimizer.build([variable])
    states = [np.zeros_like(weights) for _ in range(slots)]
    for t in range(1, 51):
        gradient = (rng.normal(size=1000) * 10.0 ** rng.integers(-4, 2, 1000)).astype("float32")
        optimizer.apply([tf.constant(gradient)], [variable])
        step(weights, gradient, states, t)
    assert_close("kernels: optimizers", weights, variable.numpy(), 0)
