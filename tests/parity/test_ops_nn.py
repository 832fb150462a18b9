"""Neural-network ops against the live keras.ops: values, dtypes, TensorFlow's gradients, symbolic shapes."""

import warnings

import numpy as np
import pytest

from tests.parity.nn_cases import (
    CORNERS,
    case_id,
    check,
    f32,
    inf,
    keras_tensor,
    nan,
    normal,
    ours_with_gradients,
    theirs_by_float64,
    theirs_with_gradients,
    ties,
    uniform,
)

pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from minikeras.autodiff import KerasTensor  # noqa: E402
from minikeras.ops import nn  # noqa: E402
from tests.parity.comparing import (  # noqa: E402
    LAYER,
    SAME_FORMULA,
    assert_close,
    assert_same_nested,
    is_unsafe_in_onednn,
    needs_half_precision,
)

pytestmark = pytest.mark.one_in(2)  # of the tables that follow
NAMES = (
    *("relu", "relu6", "leaky_relu", "hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink"),
    *("sparse_plus", "sparse_sigmoid", "sigmoid", "softplus", "softsign", "silu", "log_sigmoid", "elu", "selu"),
    *("gelu", "celu", "tanh_shrink", "squareplus"),
)
ACTIVATIONS = [
    *[(name, [np.concatenate([CORNERS, normal(200, scale=3)])], {}) for name in NAMES],
    *[(name, [normal(0, 3)], {}) for name in ("relu", "sigmoid", "gelu", "softmax")],
    ("leaky_relu", [CORNERS], {"negative_slope": 0.5}),
    ("elu", [CORNERS], {"alpha": 0.5}),
    ("celu", [CORNERS], {"alpha": 0.5}),
    ("gelu", [normal(200, scale=3)], {"approximate": False}),
    ("hard_shrink", [CORNERS], {"threshold": 1.0}),
    ("soft_shrink", [CORNERS], {"threshold": 1.0}),
    ("squareplus", [CORNERS], {"b": 0.5}),
    ("threshold", [CORNERS], {"threshold": 0.5, "default_value": -3.0}),
    ("glu", [normal(3, 4, 6)], {}),
    ("glu", [normal(3, 4, 6)], {"axis": 1}),
    *[("softmax", [normal(3, 4, 6, scale=3)], {"axis": axis}) for axis in (-1, 0, 1, None, (0, 2), (1,))],
    *[("log_softmax", [normal(3, 4, 6, scale=3)], {"axis": axis}) for axis in (-1, 0, 1, None, (0, 2), (1,))],
    ("softmax", [f32([[1e4, -1e4, 0], [-300, -200, -inf]])], {}),
    ("log_softmax", [f32([[1e4, -1e4, 0], [-300, -200, -250]])], {}),
    ("softmax", [normal(4, 700)], {}),
    ("sparsemax", [normal(5, 7)], {}),
    ("sparsemax", [normal(5, 7, 2)], {"axis": 1}),
    ("sparsemax", [f32([[1, 1, 1], [3, 0, 0], [0.1, 0.2, 0.3]])], {}),
]


@pytest.mark.parametrize("case", ACTIVATIONS, ids=case_id)
def test_activations(case):
    check("ops: activations", *case, SAME_FORMULA)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
@pytest.mark.parametrize("name", [*NAMES, "softmax", "log_softmax"])
def test_activations_keep_other_float_types(name, dtype):
    if name == "softmax":
        needs_half_precision(dtype)
    # float16 has 11 bits; TensorFlow rounds after every step of the formula, NumPy too, but the steps differ
    # TensorFlow stores leaky_relu's slope in float32 whatever the type of x: 0.2 is off by 3e-9
    tolerance = 4e-3 if dtype == "float16" else 1e-8
    x = normal(3, 50).astype(dtype)
    check(f"ops: activations {dtype}", name, [x], {}, tolerance)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "silu", "gelu", "log_sigmoid", "softsign"])
def test_activations_are_silent_and_exact_at_extremes(name):
    extremes = f32([-1e12, -1000, -100, 100, 1000, 1e12])  # gelu's x³ overflows above 7e12, as TensorFlow's
    check("ops: activations", name, [extremes], {}, SAME_FORMULA)


IMAGE = (2, 9, 8, 4)
CONVOLUTIONS = [
    ("conv", [normal(*shape), normal(*window, shape[-1], 3, seed=1)], {"strides": strides, "padding": padding})
    for shape in [IMAGE, (1, 5, 11, 1)]
    for window in [(1, 1), (2, 2), (3, 3), (5, 2), (1, 4)]
    for strides in [1, 2, 3]
    for padding in ["valid", "same"]
]
CONVOLUTIONS += [
    ("conv", [normal(*IMAGE), normal(3, 2, 4, 3, seed=1)], {"dilation_rate": 2, "padding": padding})
    for padding in ["valid", "same"]
]
CONVOLUTIONS += [
    ("conv", [normal(*IMAGE), normal(3, 3, 2, 6, seed=1)], {"padding": "same"}),  # two groups
    ("conv", [normal(*IMAGE), normal(3, 3, 1, 8, seed=1)], {"strides": 2}),  # a group for each channel
    ("conv", [normal(2, 4, 9, 8), normal(3, 3, 4, 5, seed=1)], {"data_format": "channels_first", "padding": "same"}),
    ("conv", [normal(2, 12, 3), normal(4, 3, 5, seed=1)], {"padding": "same", "strides": 2}),
    ("conv", [normal(2, 12, 3), normal(4, 3, 5, seed=1)], {"dilation_rate": 3}),
    ("conv", [normal(2, 3, 12), normal(4, 3, 5, seed=1)], {"data_format": "channels_first"}),
    ("conv", [normal(2, 5, 6, 4, 2), normal(2, 3, 2, 2, 3, seed=1)], {"padding": "same", "strides": 2}),
    ("conv", [normal(2, 5, 6, 4, 2), normal(2, 3, 2, 2, 3, seed=1)], {}),
    ("depthwise_conv", [normal(*IMAGE), normal(3, 3, 4, 2, seed=1)], {"padding": "same"}),
    ("depthwise_conv", [normal(*IMAGE), normal(3, 2, 4, 1, seed=1)], {"strides": 2}),
    ("depthwise_conv", [normal(*IMAGE), normal(2, 2, 4, 3, seed=1)], {"dilation_rate": 2, "padding": "same"}),
    ("depthwise_conv", [normal(2, 12, 3), normal(4, 3, 2, seed=1)], {"strides": 2, "padding": "same"}),
    (
        "separable_conv",
        [normal(*IMAGE), normal(3, 3, 4, 2, seed=1), normal(1, 1, 8, 5, seed=2)],
        {"strides": 2, "padding": "same"},
    ),
    ("separable_conv", [normal(2, 12, 3), normal(4, 3, 2, seed=1), normal(1, 6, 5, seed=2)], {}),
]
CONVOLUTIONS += [
    ("conv_transpose", [normal(2, 4, 5, 3), normal(*window, 2, 3, seed=1)], {"strides": strides, "padding": padding})
    for window in [(1, 1), (2, 2), (3, 3), (4, 2)]
    for strides in [1, 2, 3]
    for padding in ["valid", "same"]
]
CONVOLUTIONS += [
    (
        "conv_transpose",
        [normal(2, 4, 5, 3), normal(3, 3, 2, 3, seed=1)],
        {"strides": 2, "padding": padding, "output_padding": extra},
    )
    for padding in ["valid", "same"]
    for extra in [0, 1]
]
CONVOLUTIONS += [
    ("conv_transpose", [normal(2, 6, 3), normal(4, 2, 3, seed=1)], {"strides": 2, "padding": "same"}),
    ("conv_transpose", [normal(2, 3, 4, 3, 2), normal(2, 3, 2, 4, 2, seed=1)], {"strides": 2, "padding": "same"}),
    ("conv_transpose", [normal(2, 3, 4, 5), normal(3, 3, 2, 3, seed=1)], {"data_format": "channels_first"}),
]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=case_id)
def test_convolutions(case):
    _, (_, kernel, *_), kwargs = case
    unsafe = is_unsafe_in_onednn(kernel.shape[:-2], kwargs.get("strides", 1))
    theirs = {"theirs_with_gradients": theirs_by_float64} if unsafe else {}
    check("ops: convolution", *case, LAYER, **theirs)


POOLS = [
    (name, [maker(*IMAGE)], {"pool_size": size, "strides": strides, "padding": padding})
    for name, maker in [("max_pool", normal), ("max_pool", ties), ("average_pool", normal)]
    for size in [1, 2, 3, (3, 2)]
    for strides in [None, 1, 2, (3, 1)]
    for padding in ["valid", "same"]
]
POOLS += [
    (name, [maker(*shape)], {"pool_size": 3, "strides": 2, "padding": padding})
    for name, maker in [("max_pool", normal), ("max_pool", ties), ("average_pool", normal)]
    for shape in [(2, 11, 3), (2, 5, 6, 4, 2)]
    for padding in ["valid", "same"]
]
POOLS += [
    ("max_pool", [ties(2, 3, 6, 8)], {"pool_size": 2, "data_format": "channels_first"}),
    ("average_pool", [normal(2, 3, 6, 8)], {"pool_size": 2, "data_format": "channels_first", "padding": "same"}),
]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("case", POOLS, ids=case_id)
def test_pooling(case):
    check("ops: pooling", *case, SAME_FORMULA)


def test_max_pool_of_nan_and_infinity():
    x = f32([[[nan], [1], [2], [nan], [nan], [nan], [-inf], [-inf], [inf], [0]]])
    assert_close("ops: pooling", nn.max_pool(x, 2), keras.ops.nn.max_pool(x, 2), 0)


VECTORS = [normal(4, seed=1), uniform(0.5, 2, 4, seed=2), normal(4, seed=3), normal(4, seed=4)]
NORMALIZATIONS = [
    ("moments", [normal(3, 4, 5)], {"axes": [0, 2]}),
    ("moments", [normal(3, 4, 5)], {"axes": (1,), "keepdims": True}),
    ("moments", [normal(2000, 3) + 10], {"axes": [0]}),
    ("normalize", [normal(4, 6)], {}),
    ("normalize", [normal(4, 6)], {"axis": 0, "order": 1}),
    ("normalize", [normal(4, 6)], {"axis": (0, 1), "order": 2}),
    ("normalize", [normal(4, 6)], {"axis": 1, "order": 3}),
    ("normalize", [normal(4, 6)], {"epsilon": 5.0}),
    ("layer_normalization", [normal(4, 6) + 3], {}),
    ("layer_normalization", [normal(4, 6), normal(6, seed=1), normal(6, seed=2)], {"epsilon": 1e-3}),
    ("layer_normalization", [normal(3, 4, 6), normal(4, 6, seed=1), normal(4, 6, seed=2)], {"axis": (1, 2)}),
    ("layer_normalization", [normal(3, 4, 6), normal(4, seed=1)], {"axis": 1}),
    ("rms_normalization", [normal(4, 6), normal(6, seed=1)], {}),
    ("rms_normalization", [normal(3, 4, 6)], {"axis": (1, 2), "epsilon": 0.1}),
]


@pytest.mark.parametrize("case", NORMALIZATIONS, ids=case_id)
def test_normalization(case):
    check("ops: normalization", *case, LAYER)


@pytest.mark.parametrize("axis", [-1, 1, 2])
@pytest.mark.parametrize("parts", [(), ("offset",), ("scale",), ("offset", "scale")], ids=str)
def test_batch_normalization(axis, parts):
    shape = [3, 5, 6]
    shape[axis] = 4
    mean, variance, *given = VECTORS

    def run(ops):
        def function(x, mean, variance, *given):
            return ops.batch_normalization(x, mean, variance, axis, **dict(zip(parts, given, strict=True)))

        return function

    inputs = [normal(*shape), mean, variance, *given[: len(parts)]]
    ours = ours_with_gradients(run(nn), inputs, {})
    theirs = theirs_with_gradients(run(keras.ops.nn), inputs, {})
    assert_same_nested("ops: normalization", ours, theirs, LAYER, "batch_normalization")


@pytest.mark.parametrize("name", ["moments", "layer_normalization", "rms_normalization"])
def test_normalization_computes_float16_in_float32(name):
    x = (normal(4, 300, scale=50) + 100).astype("float16")
    kwargs = {"axes": [1]} if name == "moments" else {}
    check("ops: normalization float16", name, [x], kwargs, 2e-3)  # one rounding to 11 bits at the end


ENCODINGS = [
    ("one_hot", [np.array([0, 2, 1, -1, 5])], {"num_classes": 3}),
    ("one_hot", [np.array([[0, 2], [1, 1]])], {"num_classes": 4, "axis": 1}),
    ("one_hot", [np.array([[0, 2], [1, 1]])], {"num_classes": 4, "axis": 0, "dtype": "int32"}),
    ("one_hot", [np.array([0, 2])], {"num_classes": 3, "dtype": "bool"}),
    ("multi_hot", [np.array([0, 2])], {"num_classes": 4}),
    ("multi_hot", [np.array([[0, 2], [1, 1]])], {"num_classes": 4}),
    ("multi_hot", [np.array([[[0, 2], [1, 1]]])], {"num_classes": 4}),
    ("multi_hot", [np.array([[0, 2], [1, 1]])], {"num_classes": 4, "dtype": "int32"}),
]


@pytest.mark.parametrize("case", ENCODINGS, ids=case_id)
def test_encodings(case):
    name, inputs, kwargs = case
    ours = getattr(nn, name)(*inputs, **kwargs).numpy()
    theirs = getattr(keras.ops.nn, name)(*inputs, **kwargs).numpy()
    assert ours.dtype == theirs.dtype
    assert_close("ops: encodings", ours, theirs, 0, name)
    symbolic = getattr(nn, name)(*[KerasTensor(x.shape, x.dtype.name) for x in inputs], **kwargs)
    assert symbolic.shape == theirs.shape


def test_softmax_over_one_class_warns():
    for ops in (nn, keras.ops.nn):
        with pytest.warns(UserWarning, match="softmax"):
            ops.softmax(keras_tensor(ops, normal(3, 1)))


SYMBOLIC = [
    ("conv", [(None, None, 7, 3), (3, 2, 3, 4)], {"padding": "valid"}),
    ("conv", [(None, None, 7, 3), (3, 2, 3, 4)], {"padding": "same", "strides": 2}),
    ("depthwise_conv", [(None, 8, None, 3), (3, 2, 3, 4)], {}),
    ("conv_transpose", [(None, 8, None, 3), (3, 2, 4, 3)], {"strides": 2}),
    ("max_pool", [(None, 8, None, 3)], {"pool_size": 2}),
    ("average_pool", [(None, None, 9, 3)], {"pool_size": 2, "padding": "same"}),
    ("softmax", [(None, None, 3)], {}),
    ("layer_normalization", [(None, None, 3)], {}),
    ("glu", [(None, None, 4)], {}),
    ("one_hot", [(None, 3)], {"num_classes": 5}),
    ("categorical_crossentropy", [(None, 3), (None, 3)], {}),
    ("binary_crossentropy", [(None, 3), (None, 3)], {}),
    ("sparse_categorical_crossentropy", [(None,), (None, 3)], {}),
]


@pytest.mark.parametrize("case", SYMBOLIC, ids=case_id)
def test_symbolic_shapes_with_unknown_lengths(case):
    name, shapes, kwargs = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = getattr(nn, name)(*[KerasTensor(shape) for shape in shapes], **kwargs)
        theirs = getattr(keras.ops.nn, name)(*[keras.KerasTensor(shape) for shape in shapes], **kwargs)
    assert ours.shape == tuple(theirs.shape)
    assert type(ours._keras_history.operation).__name__ == type(theirs._keras_history.operation).__name__ or (
        ours._keras_history.operation.class_name == type(theirs._keras_history.operation).__name__
    )
