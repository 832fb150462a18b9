"""Gradients of activations, convolution, pooling, crossentropies and normalization."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.autodiff import GradientTape, Tensor
from minikeras.autodiff.matrix_product import Matmul
from minikeras.ops.convolution import Conv, ConvInputGrad
from minikeras.ops.epilogue import ProductEpilogue
from minikeras.ops.normalization import standardize_batch
from tests.gradients.harness import (
    Row,
    away_from_zero,
    between,
    check_first_order,
    check_second_order,
    distinct,
    gradients_of,
    scalar_of,
)

TARGET = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
LABELS = np.array([2, 0])


def conv_row(name, x, kernel, function=ops.conv, **kwargs):
    return Row(f"{name} {kwargs}", lambda x, k: function(x, k, **kwargs), (x, kernel))


ACTIVATIONS = [
    Row("relu", ops.relu, (away_from_zero((3, 4)),)),
    Row("relu6", ops.relu6, (away_from_zero((3, 4)),)),
    Row("leaky_relu", lambda x: ops.leaky_relu(x, 0.3), (away_from_zero((3, 4)),)),
    Row("hard_tanh", ops.hard_tanh, (between(-0.7, 0.7, (3, 4)),)),
    Row("hard_tanh outside", ops.hard_tanh, (between(1.5, 2.5, (3, 4)),)),
    Row("hard_sigmoid", ops.hard_sigmoid, (between(-2, 2, (3, 4)),)),
    Row("hard_silu", ops.hard_silu, (between(-2, 2, (3, 4)),)),
    Row("threshold", lambda x: ops.threshold(x, 0.1, 5.0), (away_from_zero((3, 4)),)),
    Row("hard_shrink", lambda x: ops.hard_shrink(x, 0.1), (away_from_zero((3, 4)),)),
    Row("soft_shrink", lambda x: ops.soft_shrink(x, 0.1), (away_from_zero((3, 4)),)),
    Row("sparse_plus", ops.sparse_plus, (between(-0.5, 0.5, (3, 4)),)),
    Row("sparse_sigmoid", ops.sparse_sigmoid, (between(-0.5, 0.5, (3, 4)),)),
    Row("sigmoid", ops.sigmoid, ((3, 4),)),
    Row("sigmoid of no elements", ops.sigmoid, ((0, 4),)),
    Row("softplus", ops.softplus, ((3, 4),)),
    Row("log_sigmoid", ops.log_sigmoid, ((3, 4),)),
    Row("softsign", ops.softsign, (away_from_zero((3, 4)),)),
    Row("silu", ops.silu, ((3, 4),)),
    Row("glu", lambda x: ops.glu(x, axis=1), ((3, 4, 2),)),
    Row("elu", lambda x: ops.elu(x, 0.7), (away_from_zero((3, 4)),)),
    Row("selu", ops.selu, (away_from_zero((3, 4)),)),
    Row("celu", lambda x: ops.celu(x, 0.7), (away_from_zero((3, 4)),)),
    Row("gelu exact", lambda x: ops.gelu(x, approximate=False), ((3, 4),)),
    Row("gelu", ops.gelu, ((3, 4),)),
    Row("tanh_shrink", ops.tanh_shrink, ((3, 4),)),
    Row("squareplus", lambda x: ops.squareplus(x, 2), ((3, 4),)),
    Row("softmax", ops.softmax, ((3, 4),)),
    Row("softmax over two axes", lambda x: ops.softmax(x, (0, 2)), ((2, 3, 4),)),
    Row("softmax over all axes", lambda x: ops.softmax(x, None), ((2, 3),)),
    Row("softmax of no elements", ops.softmax, ((0, 4),)),
    Row("log_softmax", lambda x: ops.log_softmax(x, 0), ((3, 4),)),
    Row("log_softmax over two axes", lambda x: ops.log_softmax(x, (0, 2)), ((2, 3, 4),)),
    Row("sparsemax", ops.sparsemax, (distinct((3, 4)),)),
    Row("erf", ops.erf, ((3, 4),)),
    Row("erfc", ops.erfc, ((3, 4),)),
    Row("erfinv", ops.erfinv, (between(-0.8, 0.8, (3, 4)),)),
    Row("saturate_cast", lambda x: ops.saturate_cast(x, "float64"), ((3, 4),)),
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
    conv_row("depthwise_conv", (2, 5, 4, 3), (2, 3, 3, 2), ops.depthwise_conv, padding="same"),
    conv_row("depthwise_conv", (2, 5, 4, 3), (2, 2, 3, 2), ops.depthwise_conv, strides=2),
    Row(
        "separable_conv",
        lambda x, d, p: ops.separable_conv(x, d, p, padding="same"),
        ((2, 5, 4, 2), (2, 2, 2, 3), (1, 1, 6, 2)),
    ),
    conv_row("conv_transpose", (2, 3, 4, 3), (3, 3, 2, 3), ops.conv_transpose, strides=2, padding="same"),
    conv_row("conv_transpose", (2, 3, 4, 3), (3, 2, 2, 3), ops.conv_transpose, strides=2, output_padding=1),
    conv_row("conv_transpose of one axis", (2, 4, 3), (3, 2, 3), ops.conv_transpose, strides=3),
]

BIASED = [
    Row("dense with bias", ProductEpilogue(Matmul(), relu=False), ((2, 5, 3), (3, 4), (4,))),
    Row("dense with bias and relu", ProductEpilogue(Matmul(), relu=True), ((5, 3), (3, 4), (4,))),
    Row(
        "conv with bias", ProductEpilogue(Conv((1, 1), "same", (1, 1)), relu=False), ((2, 4, 3, 2), (3, 3, 2, 3), (3,))
    ),
    Row("conv with bias and relu", ProductEpilogue(Conv((2,), "valid", (1,)), relu=True), ((2, 5, 2), (2, 2, 3), (3,))),
    Row(
        "conv_transpose with bias and relu",
        ProductEpilogue(ConvInputGrad(Conv((2, 1), "valid", (1, 1)), (5, 3, 2)), relu=True),
        ((2, 2, 2, 3), (3, 2, 2, 3), (2,)),
    ),
]

POOLS = [
    Row("max_pool", lambda x: ops.max_pool(x, 2), (distinct((2, 4, 5, 2)),)),
    Row("max_pool same", lambda x: ops.max_pool(x, 3, 2, "same"), (distinct((1, 4, 5, 2)),)),
    Row("max_pool overlapping", lambda x: ops.max_pool(x, (3, 2), 1), (distinct((1, 4, 5, 2)),)),
    Row(
        "max_pool channels_first",
        lambda x: ops.max_pool(x, 2, data_format="channels_first"),
        (distinct((1, 2, 4, 5)),),
    ),
    Row("max_pool of one axis", lambda x: ops.max_pool(x, 3, 2), (distinct((2, 7, 2)),)),
    Row("max_pool of three axes", lambda x: ops.max_pool(x, 2, 1), (distinct((1, 3, 2, 3, 2)),)),
    Row("average_pool", lambda x: ops.average_pool(x, 2), ((2, 4, 5, 2),)),
    Row("average_pool same", lambda x: ops.average_pool(x, 3, 2, "same"), ((1, 4, 5, 2),)),
    Row("average_pool of one axis", lambda x: ops.average_pool(x, 3, 1), ((1, 6, 2),)),
    Row("average_pool of three axes", lambda x: ops.average_pool(x, 2, padding="same"), ((1, 3, 2, 3, 2),)),
]

CROSSENTROPIES = [
    Row(
        "categorical_crossentropy of logits",
        lambda x: ops.categorical_crossentropy(TARGET, x, from_logits=True),
        ((2, 3),),
    ),
    Row(
        "categorical_crossentropy of logits along axis 0",
        lambda x: ops.categorical_crossentropy(TARGET.T, x, from_logits=True, axis=0),
        ((3, 2),),
    ),
    Row(
        "categorical_crossentropy by its target",
        lambda t: ops.categorical_crossentropy(t, np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]]), True),
        ((2, 3),),
    ),
    Row(
        "categorical_crossentropy of a softmax",
        lambda x: ops.categorical_crossentropy(TARGET, ops.softmax(x)),
        ((2, 3),),
    ),
    Row(
        "categorical_crossentropy of probabilities",
        ops.categorical_crossentropy,
        ((2, 3), between(0.1, 0.8, (2, 3))),
    ),
    Row(
        "sparse_categorical_crossentropy of logits",
        lambda x: ops.sparse_categorical_crossentropy(LABELS, x, from_logits=True),
        ((2, 3),),
    ),
    Row(
        "sparse_categorical_crossentropy of probabilities",
        lambda x: ops.sparse_categorical_crossentropy(LABELS, x),
        (between(0.1, 0.8, (2, 3)),),
    ),
    Row(
        "binary_crossentropy of logits",
        lambda t, x: ops.binary_crossentropy(t, x, from_logits=True),
        ((2, 3), (2, 3)),
    ),
    Row(
        "binary_crossentropy of probabilities",
        ops.binary_crossentropy,
        ((2, 3), between(0.1, 0.8, (2, 3))),
    ),
]

NORMALIZATIONS = [
    Row("moments", lambda x: ops.moments(x, (0, 2)), ((2, 3, 4),)),
    Row("moments keepdims", lambda x: ops.moments(x, 1, keepdims=True), ((2, 3, 4),)),
    Row(
        "batch_normalization",
        lambda x, m, v, o, s: ops.batch_normalization(x, m, v, 1, o, s),
        ((2, 3, 4), (3,), between(0.5, 2, (3,)), (3,), (3,)),
    ),
    Row(
        "standardize_batch",
        lambda x, o, s: standardize_batch(x, (0, 1), o, s),
        ((4, 3, 2), (2,), (2,)),
    ),
    Row(
        "standardize_batch of channels first",
        lambda x, o: standardize_batch(x, (0, 2), o),
        ((4, 3, 2), (3,)),
    ),
    Row("layer_normalization", ops.layer_normalization, ((3, 5), (5,), (5,))),
    Row(
        "layer_normalization over two axes",
        lambda x, g: ops.layer_normalization(x, g, axis=(1, 2)),
        ((2, 3, 4), (3, 4)),
    ),
    Row("rms_normalization", ops.rms_normalization, ((3, 5), (5,))),
    Row("normalize", ops.normalize, ((3, 5),)),
    Row("normalize order 1", lambda x: ops.normalize(x, order=1), (away_from_zero((3, 5)),)),
    Row("normalize order 3", lambda x: ops.normalize(x, order=3, axis=0), (away_from_zero((3, 5)),)),
]

ROWS = [*ACTIVATIONS, *CONVOLUTIONS, *BIASED, *POOLS, *CROSSENTROPIES, *NORMALIZATIONS]


# Kernels add in another order than the formulas, in float64 as everything here.
SAME_GRADIENT = 1e-12


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_kernels_and_formulas_give_the_same_gradient(row):
    """Without an outer tape a rule may call kernels; under one it computes by its formula."""

    def f(tensors):
        return scalar_of(row, tensors)

    inputs = row.draw()
    by_kernels = gradients_of(f, inputs)
    with GradientTape() as outer:
        tensors = [Tensor(x) for x in inputs]
        outer.watch(tensors)
        by_formulas = gradients_of(f, inputs)
    for one, other in zip(by_kernels, by_formulas, strict=True):
        np.testing.assert_allclose(one, other, rtol=SAME_GRADIENT, atol=SAME_GRADIENT)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_first_order(row):
    check_first_order(row)


@pytest.mark.parametrize("row", [row for row in ROWS if row.order > 1], ids=str)
def test_second_order(row):
    check_second_order(row)
