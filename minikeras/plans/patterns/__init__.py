"""The patterns, by topic: functions (graph, position, slots) -> (positions, `Fused`) or None.

Each matches a group of instructions that begins at a position. They are tried in this order, larger groups first.
"""

from minikeras.plans.patterns.elementwise import add_and_relu, max_pool_alone, max_pool_gradient, relu_and_bias_gradient
from minikeras.plans.patterns.normalization import (
    normalization,
    normalization_and_sum,
    normalization_gradient,
    normalization_in_inference,
    scale_and_shift,
)
from minikeras.plans.patterns.products import (
    convolution,
    convolution_and_sum,
    convolution_gradient,
    dense,
    dense_and_sum,
    dense_gradient,
    integer_product,
    transposed_convolution,
)

PATTERNS = (
    dense_and_sum,
    dense,
    integer_product,
    convolution_and_sum,
    convolution,
    transposed_convolution,
    normalization_and_sum,
    normalization,
    normalization_in_inference,
    scale_and_shift,
    add_and_relu,
    max_pool_alone,
    dense_gradient,
    convolution_gradient,
    max_pool_gradient,
    normalization_gradient,
    relu_and_bias_gradient,
)
