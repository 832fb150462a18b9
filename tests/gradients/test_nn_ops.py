"""Gradients of activations, convolution, pooling, crossentropies and normalization."""

import numpy as np
import pytest

from minikeras.ops import (
    activation,
    convolution,
    core,
    crossentropy,
    normalization,
    pooling,
    smooth_activation,
    softmax,
    special,
)
from tests.gradients.harness import (
    Row,
    away_from_zero,
    between,
    check_first_order,
    check_second_order,
    distinct,
)

TARGET = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
LABELS = np.array([2, 0])


def conv_row(name, x, kernel, function=convolution.conv, **kwargs):
    return Row(f"{name} {kwargs}", lambda x, k: function(x, k, **kwargs), (x, kernel))


ACTIVATIONS = [
    Row("relu", activation.relu, (away_from_zero((3, 4)),)),
    Row("relu6", activation.relu6, (away_from_zero((3, 4)),)),
    Row("leaky_relu", lambda x: activation.leaky_relu(x, 0.3), (away_from_zero((3, 4)),)),
    Row("hard_tanh", activation.hard_tanh, (between(-0.7, 0.7, (3, 4)),)),
    Row("hard_tanh outside", activation.hard_tanh, (between(1.5, 2.5, (3, 4)),)),
    Row("hard_sigmoid", activation.hard_sigmoid, (between(-2, 2, (3, 4)),)),
    Row("hard_silu", activation.hard_silu, (between(-2, 2, (3, 4)),)),
    Row("threshold", lambda x: activation.threshold(x, 0.1, 5.0), (away_from_zero((3, 4)),)),
    Row("hard_shrink", lambda x: activation.hard_shrink(x, 0.1), (away_from_zero((3, 4)),)),
    Row("soft_shrink", lambda x: activation.soft_shrink(x, 0.1), (away_from_zero((3, 4)),)),
    Row("sparse_plus", activation.sparse_plus, (between(-0.5, 0.5, (3, 4)),)),
    Row("sparse_sigmoid", activation.sparse_sigmoid, (between(-0.5, 0.5, (3, 4)),)),
    Row("sigmoid", smooth_activation.sigmoid, ((3, 4),)),
    Row("sigmoid of no elements", smooth_activation.sigmoid, ((0, 4),)),
    Row("softplus", smooth_activation.softplus, ((3, 4),)),
    Row("log_sigmoid", smooth_activation.log_sigmoid, ((3, 4),)),
    Row("softsign", smooth_activation.softsign, (away_from_zero((3, 4)),)),
    Row("silu", smooth_activation.silu, ((3, 4),)),
    Row("glu", lambda x: smooth_activation.glu(x, axis=1), ((3, 4, 2),)),
    Row("elu", lambda x: smooth_activation.elu(x, 0.7), (away_from_zero((3, 4)),)),
    Row("selu", smooth_activation.selu, (away_from_zero((3, 4)),)),
    Row("celu", lambda x: smooth_activation.celu(x, 0.7), (away_from_zero((3, 4)),)),
    Row("gelu exact", lambda x: smooth_activation.gelu(x, approximate=False), ((3, 4),)),
    Row("gelu", smooth_activation.gelu, ((3, 4),)),
    Row("tanh_shrink", smooth_activation.tanh_shrink, ((3, 4),)),
    Row("squareplus", lambda x: smooth_activation.squareplus(x, 2), ((3, 4),)),
    Row("softmax", softmax.softmax, ((3, 4),)),
    Row("softmax over two axes", lambda x: softmax.softmax(x, (0, 2)), ((2, 3, 4),)),
    Row("softmax over all axes", lambda x: softmax.softmax(x, None), ((2, 3),)),
    Row("softmax of no elements", softmax.softmax, ((0, 4),)),
    Row("log_softmax", lambda x: softmax.log_softmax(x, 0), ((3, 4),)),
    Row("log_softmax over two axes", lambda x: softmax.log_softmax(x, (0, 2)), ((2, 3, 4),)),
    Row("sparsemax", softmax.sparsemax, (distinct((3, 4)),)),
    Row("erf", special.erf, ((3, 4),)),
    Row("erfc", special.erfc, ((3, 4),)),
    Row("erfinv", special.erfinv, (between(-0.8, 0.8, (3, 4)),)),
    Row("saturate_cast", lambda x: core.saturate_cast(x, "float64"), ((3, 4),)),
]

CONVOLUTIONS = [
    conv_row("conv", (2, 6, 5, 3), (3, 2, 3, 4)),
    conv_row("conv", (2, 6, 5, 3), (3, 2, 3, 4), strides=2, padding="same"),
    conv_row("conv", (2, 6, 5, 3), (3, 2, 3, 4), strides=(1, 3)),
    conv_row("conv", (2, 6, 5, 3), (2, 2, 3, 4), dilation_rate=2, padding="same"),
    conv_row("conv in groups", (2, 5, 4, 6), (2, 2, 3, 4), padding="same"),
    conv_row("conv", (2, 3, 5, 4), (2, 2, 3, 4), data_format="channels_first"),
    conv_row("pointwise conv", (2, 3, 5, 4), (1, 1, 4, 2), strides=2),
    conv_row("conv of one axis", (2, 7, 3), (3, 3, 2), padding="same"),
    conv_row("conv of three axes", (1, 3, 4, 3, 2), (2, 2, 2, 2, 3), padding="same"),
    conv_row("conv of no samples", (0, 5, 4, 2), (2, 2, 2, 3)),
    conv_row("depthwise_conv", (2, 5, 4, 3), (2, 3, 3, 2), convolution.depthwise_conv, padding="same"),
    conv_row("depthwise_conv", (2, 5, 4, 3), (2, 2, 3, 2), convolution.depthwise_conv, strides=2),
    Row(
        "separable_conv",
        lambda x, d, p: convolution.separable_conv(x, d, p, padding="same"),
        ((2, 5, 4, 2), (2, 2, 2, 3), (1, 1, 6, 2)),
    ),
    conv_row("conv_transpose", (2, 3, 4, 3), (3, 3, 2, 3), convolution.conv_transpose, strides=2, padding="same"),
    conv_row("conv_transpose", (2, 3, 4, 3), (3, 2, 2, 3), convolution.conv_transpose, strides=2, output_padding=1),
    conv_row("conv_transpose of one axis", (2, 4, 3), (3, 2, 3), convolution.conv_transpose, strides=3),
]

POOLS = [
    Row("max_pool", lambda x: pooling.max_pool(x, 2), (distinct((2, 4, 5, 2)),)),
    Row("max_pool same", lambda x: pooling.max_pool(x, 3, 2, "same"), (distinct((1, 4, 5, 2)),)),
    Row("max_pool overlapping", lambda x: pooling.max_pool(x, (3, 2), 1), (distinct((1, 4, 5, 2)),)),
    Row(
        "max_pool channels_first",
        lambda x: pooling.max_pool(x, 2, data_format="channels_first"),
        (distinct((1, 2, 4, 5)),),
    ),
    Row("max_pool of one axis", lambda x: pooling.max_pool(x, 3, 2), (distinct((2, 7, 2)),)),
    Row("max_pool of three axes", lambda x: pooling.max_pool(x, 2, 1), (distinct((1, 3, 2, 3, 2)),)),
    Row("average_pool", lambda x: pooling.average_pool(x, 2), ((2, 4, 5, 2),)),
    Row("average_pool same", lambda x: pooling.average_pool(x, 3, 2, "same"), ((1, 4, 5, 2),)),
    Row("average_pool of one axis", lambda x: pooling.average_pool(x, 3, 1), ((1, 6, 2),)),
    Row("average_pool of three axes", lambda x: pooling.average_pool(x, 2, padding="same"), ((1, 3, 2, 3, 2),)),
]

CROSSENTROPIES = [
    Row(
        "categorical_crossentropy of logits",
        lambda x: crossentropy.categorical_crossentropy(TARGET, x, from_logits=True),
        ((2, 3),),
    ),
    Row(
        "categorical_crossentropy of logits along axis 0",
        lambda x: crossentropy.categorical_crossentropy(TARGET.T, x, from_logits=True, axis=0),
        ((3, 2),),
    ),
    Row(
        "categorical_crossentropy by its target",
        lambda t: crossentropy.categorical_crossentropy(t, np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]]), True),
        ((2, 3),),
    ),
    Row(
        "categorical_crossentropy of a softmax",
        lambda x: crossentropy.categorical_crossentropy(TARGET, softmax.softmax(x)),
        ((2, 3),),
    ),
    Row(
        "categorical_crossentropy of probabilities",
        crossentropy.categorical_crossentropy,
        ((2, 3), between(0.1, 0.8, (2, 3))),
    ),
    Row(
        "sparse_categorical_crossentropy of logits",
        lambda x: crossentropy.sparse_categorical_crossentropy(LABELS, x, from_logits=True),
        ((2, 3),),
    ),
    Row(
        "sparse_categorical_crossentropy of probabilities",
        lambda x: crossentropy.sparse_categorical_crossentropy(LABELS, x),
        (between(0.1, 0.8, (2, 3)),),
    ),
    Row(
        "binary_crossentropy of logits",
        lambda t, x: crossentropy.binary_crossentropy(t, x, from_logits=True),
        ((2, 3), (2, 3)),
    ),
    Row(
        "binary_crossentropy of probabilities",
        crossentropy.binary_crossentropy,
        ((2, 3), between(0.1, 0.8, (2, 3))),
    ),
]

NORMALIZATIONS = [
    Row("moments", lambda x: normalization.moments(x, (0, 2)), ((2, 3, 4),)),
    Row("moments keepdims", lambda x: normalization.moments(x, 1, keepdims=True), ((2, 3, 4),)),
    Row(
        "batch_normalization",
        lambda x, m, v, o, s: normalization.batch_normalization(x, m, v, 1, o, s),
        ((2, 3, 4), (3,), between(0.5, 2, (3,)), (3,), (3,)),
    ),
    Row(
        "standardize_batch",
        lambda x, o, s: normalization.standardize_batch(x, (0, 1), o, s),
        ((4, 3, 2), (2,), (2,)),
    ),
    Row(
        "standardize_batch of channels first",
        lambda x, o: normalization.standardize_batch(x, (0, 2), o),
        ((4, 3, 2), (3,)),
    ),
    Row("layer_normalization", normalization.layer_normalization, ((3, 5), (5,), (5,))),
    Row(
        "layer_normalization over two axes",
        lambda x, g: normalization.layer_normalization(x, g, axis=(1, 2)),
        ((2, 3, 4), (3, 4)),
    ),
    Row("rms_normalization", normalization.rms_normalization, ((3, 5), (5,))),
    Row("normalize", normalization.normalize, ((3, 5),)),
    Row("normalize order 1", lambda x: normalization.normalize(x, order=1), (away_from_zero((3, 5)),)),
    Row("normalize order 3", lambda x: normalization.normalize(x, order=3, axis=0), (away_from_zero((3, 5)),)),
]

ROWS = [*ACTIVATIONS, *CONVOLUTIONS, *POOLS, *CROSSENTROPIES, *NORMALIZATIONS]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_first_order(row):
    check_first_order(row)


@pytest.mark.parametrize("row", [row for row in ROWS if row.order > 1], ids=str)
def test_second_order(row):
    check_second_order(row)
