"""The patterns, by topic: functions (graph, position, buffers) -> (positions, `Fused`) or None.

Each matches a group of instructions that begins at a position. They are tried in this order, larger groups first.
"""

from minikeras.plans.patterns.elementwise import add_and_relu, max_pool_alone, max_pool_gradient, mean_and_relu_gradient
from minikeras.plans.patterns.folding import product_and_normalization
from minikeras.plans.patterns.normalization import (
    normalization_in_inference,
    scale_and_shift,
)
from minikeras.plans.patterns.products import (
    convolution,
    convolution_gradient,
    dense,
    dense_gradient,
    integer_product,
    transposed_convolution,
)
from minikeras.plans.patterns.recurrence import lstm_and_input, lstm_and_input_gradient

PATTERNS = (
    product_and_normalization,
    lstm_and_input,
    dense,
    integer_product,
    convolution,
    transposed_convolution,
    normalization_in_inference,
    scale_and_shift,
    add_and_relu,
    max_pool_alone,
    lstm_and_input_gradient,
    dense_gradient,
    convolution_gradient,
    max_pool_gradient,
    mean_and_relu_gradient,
)
