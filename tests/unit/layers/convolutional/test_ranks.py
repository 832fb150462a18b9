"""Convolutions and pooling over one, two and three axes, against their definitions in plain loops."""

import inspect

import numpy as np
import pytest

from minikeras import layers, ops
from tests.unit.layers.oracles.ranks import convolved, depthwise, padded, transposed, windows

SAME_SUMS = 1e-12  # the same float64 values, added in another order
SIZES = {1: (7,), 2: (5, 6), 3: (4, 5, 3)}
CHANNELS = 4
RNG = np.random.default_rng(0)


def images(rank):
    return RNG.normal(size=(2, *SIZES[rank], CHANNELS))


def built(layer, shape):
    layer.build(shape)
    for seed, weight in enumerate(layer.weights):
        weight.assign(np.random.default_rng(seed).normal(size=weight.shape))
    return layer


def layer_of(name, rank):
    return getattr(layers, name.format(rank))


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=SAME_SUMS, atol=SAME_SUMS)


GEOMETRIES = [(1, 1, "valid"), (2, 1, "valid"), (1, 2, "valid"), (1, 1, "same"), (2, 1, "same"), (1, 2, "same")]


@pytest.mark.parametrize(
    "stride, dilation, padding", [*GEOMETRIES, (1, 1, "causal"), (2, 1, "causal"), (1, 3, "causal")]
)
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolution(rank, groups, stride, dilation, padding):
    if padding == "causal" and rank > 1:
        with pytest.raises(ValueError, match="`padding` must be 'valid' or 'same'"):
            layer_of("Conv{}D", rank)(4, 2, padding=padding)
        return
    arguments = {"strides": stride, "dilation_rate": dilation, "padding": padding, "groups": groups}
    x = images(rank)
    layer = built(layer_of("Conv{}D", rank)(6, 2, activation="tanh", dtype="float64", **arguments), x.shape)
    kernel, bias = layer.get_weights()
    expected = convolved(x, kernel, rank, (stride,) * rank, (dilation,) * rank, padding, groups)
    close(layer(x), np.tanh(expected + bias))
    assert tuple(layer.compute_output_shape(x.shape)) == expected.shape


@pytest.mark.parametrize("stride, dilation, padding", GEOMETRIES)
@pytest.mark.parametrize("rank", [1, 2])
def test_depthwise_and_separable_convolution(rank, stride, dilation, padding):
    arguments = {"strides": stride, "dilation_rate": dilation, "padding": padding, "dtype": "float64"}
    geometry = rank, (stride,) * rank, (dilation,) * rank, padding
    x = images(rank)
    layer = built(layer_of("DepthwiseConv{}D", rank)(2, depth_multiplier=3, **arguments), x.shape)
    kernel, bias = layer.get_weights()
    close(layer(x), depthwise(x, kernel, *geometry) + bias)
    layer = built(layer_of("SeparableConv{}D", rank)(5, 2, depth_multiplier=3, **arguments), x.shape)
    kernel, pointwise, bias = layer.get_weights()
    mixed = depthwise(x, kernel, *geometry) @ pointwise.reshape(pointwise.shape[-2:])
    close(layer(x), mixed + bias)
    assert tuple(layer.compute_output_shape(x.shape)) == mixed.shape


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_transposed_convolution(rank, stride):
    x = images(rank)
    layer = built(layer_of("Conv{}DTranspose", rank)(3, 2, strides=stride, dtype="float64"), x.shape)
    kernel, bias = layer.get_weights()
    outputs = [(n - 1) * stride + max(2, stride) for n in SIZES[rank]]
    close(layer(x), transposed(x, kernel, rank, (stride,) * rank, outputs) + bias)
    assert tuple(layer.compute_output_shape(x.shape)) == (2, *outputs, 3)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("size, strides", [(2, None), (3, 2), (2, 1)])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_pooling(rank, size, strides, padding):
    x, ones = images(rank), (1,) * rank
    window, steps = (size,) * rank, (strides or size,) * rank
    values, outputs = padded(x, rank, window, steps, ones, padding, value=np.nan)
    for name, reduce in (("MaxPooling{}D", np.nanmax), ("AveragePooling{}D", np.nanmean)):
        layer = layer_of(name, rank)(size, strides, padding, dtype="float64")
        expected = np.zeros((2, *outputs, CHANNELS))
        for position, seen in windows(values, rank, window, steps, ones, outputs):
            expected[(slice(None), *position)] = reduce(seen.reshape(2, -1, CHANNELS), axis=1)
        close(layer(x), expected)
        assert tuple(layer.compute_output_shape(x.shape)) == expected.shape


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_global_pooling(rank, keepdims):
    x, axes = images(rank), tuple(range(1, rank + 1))
    for name, reduce in (("GlobalMaxPooling{}D", np.max), ("GlobalAveragePooling{}D", np.mean)):
        layer = layer_of(name, rank)(keepdims=keepdims, dtype="float64")
        expected = reduce(x, axis=axes, keepdims=keepdims)
        close(layer(x), expected)
        assert tuple(layer.compute_output_shape(x.shape)) == expected.shape


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_the_mean_of_steps_leaves_out_those_that_are_masked(data_format, keepdims):
    x, mask = images(1), np.array([[1, 1, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1]], bool)
    expected = np.stack([x[i, mask[i]].mean(axis=0) for i in range(2)])
    layer = layers.GlobalAveragePooling1D(data_format, keepdims, dtype="float64")
    first = data_format == "channels_first"
    y = np.asarray(layer(np.swapaxes(x, 1, 2) if first else x, mask=mask))
    close(y, np.expand_dims(expected, 2 if first else 1) if keepdims else expected)
    tokens = np.array([[3, 1, 0, 0], [2, 2, 2, 0]])
    embedding = layers.Embedding(5, 3, mask_zero=True)
    table = np.asarray(embedding(np.arange(5)))
    pooled = np.asarray(layers.GlobalAveragePooling1D("channels_last")(embedding(tokens)))
    np.testing.assert_allclose(pooled, [table[[3, 1]].mean(axis=0), table[2]], rtol=1e-6)


NAMES = [
    ("Conv{}D", {"filters": 4, "kernel_size": 2, "activation": "relu"}, (1, 3)),
    ("Conv{}D", {"filters": 4, "kernel_size": 2, "strides": 2, "padding": "same", "groups": 2}, (1, 3)),
    ("Conv{}D", {"filters": 4, "kernel_size": 2, "padding": "causal", "activation": "softmax"}, (1,)),
    ("Conv{}DTranspose", {"filters": 3, "kernel_size": 2, "strides": 2}, (1, 3)),
    ("DepthwiseConv{}D", {"kernel_size": 2, "depth_multiplier": 2}, (1,)),
    ("SeparableConv{}D", {"filters": 3, "kernel_size": 2, "padding": "same"}, (1,)),
    ("MaxPooling{}D", {"pool_size": 2}, (1, 3)),
    ("AveragePooling{}D", {"pool_size": 2, "padding": "same"}, (1, 3)),
    ("GlobalMaxPooling{}D", {}, (1, 3)),
    ("GlobalAveragePooling{}D", {"keepdims": True}, (1, 3)),
]
LAYERS = [(name.format(rank), arguments, rank) for name, arguments, ranks in NAMES for rank in ranks]


@pytest.mark.parametrize("name, arguments, rank", LAYERS)
def test_channels_first_is_channels_last_moved(name, arguments, rank):
    x = images(rank)
    to_first = lambda array: np.moveaxis(array, -1, 1)  # noqa: E731
    last, first = [
        getattr(layers, name)(**arguments, data_format=f, dtype="float64") for f in ("channels_last", "channels_first")
    ]
    last, moved = built(last, x.shape), to_first(x)
    first.build(moved.shape)
    first.set_weights(last.get_weights())
    y_first, y_last = np.asarray(first(moved)), np.asarray(last(x))
    if arguments.get("activation") == "softmax":  # as in Keras, along the last axis of what comes out
        last.activation = first.activation = None
        y_first, y_last = np.asarray(first(moved)), np.asarray(last(x))
    close(y_first, to_first(y_last) if y_last.ndim > 2 else y_last)
    assert tuple(first.compute_output_shape(moved.shape)) == y_first.shape


@pytest.mark.parametrize("name, arguments, rank", LAYERS)
def test_configs_come_back(name, arguments, rank):
    layer = getattr(layers, name)(**arguments)
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert layer.rank == rank


CONVOLUTIONS = [(f"Conv{r}D{end}", r) for r in (1, 2, 3) for end in ("", "Transpose")]
CONVOLUTIONS += [(f"{kind}Conv{r}D", r) for r in (1, 2) for kind in ("Depthwise", "Separable")]


@pytest.mark.parametrize("name, rank", CONVOLUTIONS)
def test_signatures_say_every_argument(name, rank):
    cls = getattr(layers, name)
    of_class, of_init = inspect.signature(cls).parameters, inspect.signature(cls.__init__).parameters
    assert list(of_init) == ["self", *of_class]
    assert not any(p.kind is p.VAR_POSITIONAL for p in of_class.values())
    ones = 1 if rank == 1 else (1,) * rank
    assert of_class["strides"].default == of_class["dilation_rate"].default == ones
    assert {"activation", "use_bias", "bias_constraint"} <= set(of_class)


@pytest.mark.parametrize("name, rank", CONVOLUTIONS)
def test_arguments_by_place_are_those_of_the_signature(name, rank):
    cls = getattr(layers, name)
    values = {"filters": 4, "kernel_size": 2, "padding": "same", "data_format": "channels_first", "use_bias": False}
    parameters = [p for p in inspect.signature(cls).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    positions = [values.get(p.name, p.default) for p in parameters]
    named = {key: value for key, value in values.items() if key in inspect.signature(cls).parameters}
    by_place, by_name = cls(*positions).get_config(), cls(**named).get_config()
    assert by_place.pop("name") != by_name.pop("name")
    assert by_place == by_name


def test_a_convolution_in_causal_order_sees_no_future():
    layer = built(layers.Conv1D(3, 3, padding="causal", dilation_rate=2, dtype="float64"), (1, 9, CHANNELS))
    x = RNG.normal(size=(1, 9, CHANNELS))
    later = x.copy()
    later[:, 5:] += 1
    np.testing.assert_array_equal(np.asarray(layer(x))[:, :5], np.asarray(layer(later))[:, :5])
    assert not np.allclose(ops.convert_to_numpy(layer(x))[:, 5:], ops.convert_to_numpy(layer(later))[:, 5:])
