"""The namespace `keras.ops.nn`: neural-network ops, each defined in the file of its family."""

from minikeras.ops.activation import (
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    relu,
    relu6,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    threshold,
)
from minikeras.ops.adaptive_pooling import adaptive_average_pool, adaptive_max_pool
from minikeras.ops.attention import dot_product_attention
from minikeras.ops.complex_numbers import polar
from minikeras.ops.convolution import conv, conv_transpose, depthwise_conv, separable_conv
from minikeras.ops.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from minikeras.ops.ctc import ctc_decode, ctc_loss
from minikeras.ops.encoding import multi_hot, one_hot
from minikeras.ops.image_quality import psnr
from minikeras.ops.normalization import (
    batch_normalization,
    layer_normalization,
    moments,
    normalize,
    rms_normalization,
)
from minikeras.ops.patches import depth_to_space, fold, space_to_depth, unfold
from minikeras.ops.pooling import average_pool, max_pool
from minikeras.ops.smooth_activation import (
    celu,
    elu,
    gelu,
    glu,
    log_sigmoid,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    squareplus,
    swish,
    tanh_shrink,
)
from minikeras.ops.softmax import log_softmax, softmax, sparsemax

__all__ = [
    "adaptive_average_pool",
    "adaptive_max_pool",
    "average_pool",
    "batch_normalization",
    "binary_crossentropy",
    "categorical_crossentropy",
    "celu",
    "conv",
    "conv_transpose",
    "ctc_decode",
    "ctc_loss",
    "depth_to_space",
    "depthwise_conv",
    "dot_product_attention",
    "elu",
    "fold",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "layer_normalization",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "max_pool",
    "moments",
    "multi_hot",
    "normalize",
    "one_hot",
    "polar",
    "psnr",
    "relu",
    "relu6",
    "rms_normalization",
    "selu",
    "separable_conv",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "space_to_depth",
    "sparse_categorical_crossentropy",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh_shrink",
    "threshold",
    "unfold",
]
