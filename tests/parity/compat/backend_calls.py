"""Calls of functions of `keras.backend`, in tables."""

import numpy as np

RNG = np.random.default_rng(3)

X = RNG.normal(size=(3, 4)).astype("float32")
Y = RNG.normal(size=(3, 4)).astype("float32")
POSITIVE = RNG.uniform(0.1, 2, size=(3, 4)).astype("float32")
INTEGERS = RNG.integers(-9, 9, size=(3, 4)).astype("int32")
BOOLEANS = RNG.random((3, 4)) < 0.5
CUBE = RNG.normal(size=(3, 4, 5)).astype("float32")
SERIES = RNG.normal(size=(2, 7, 3)).astype("float32")
IMAGES = RNG.normal(size=(2, 6, 7, 3)).astype("float32")
VOLUMES = RNG.normal(size=(1, 4, 5, 4, 2)).astype("float32")
P = RNG.dirichlet(np.ones(5), size=(2, 3)).astype("float32")
ONE_HOT = np.eye(5, dtype="float32")[RNG.integers(0, 5, (2, 3))]
LABELS = RNG.integers(0, 5, (2, 3)).astype("int32")
BINARY = RNG.integers(0, 2, (3, 4)).astype("float32")
CHANCES = RNG.uniform(0, 1, (3, 4)).astype("float32")
VECTOR = RNG.normal(size=4).astype("float32")
KERNEL_1D = RNG.normal(size=(3, 3, 2)).astype("float32")
KERNEL_2D = RNG.normal(size=(3, 2, 3, 4)).astype("float32")
KERNEL_3D = RNG.normal(size=(2, 2, 2, 2, 3)).astype("float32")
DEPTHWISE = RNG.normal(size=(3, 3, 3, 2)).astype("float32")
POINTWISE = RNG.normal(size=(1, 1, 6, 4)).astype("float32")

# name, arguments (arrays become tensors on both sides), keywords
ELEMENTWISE = [
    ("abs", (X,), {}),
    ("abs", (INTEGERS,), {}),
    ("square", (X,), {}),
    ("square", (INTEGERS,), {}),
    ("sqrt", (X,), {}),
    ("exp", (X,), {}),
    ("log", (POSITIVE,), {}),
    ("pow", (POSITIVE, 2.5), {}),
    ("round", (X * 3,), {}),
    ("sign", (X,), {}),
    ("sin", (X,), {}),
    ("cos", (X,), {}),
    ("clip", (X, -0.5, 0.5), {}),
    ("clip", (X, None, 0.5), {}),
    ("clip", (X, 0.5, -0.5), {}),
    ("maximum", (X, Y), {}),
    ("minimum", (X, Y), {}),
    ("equal", (INTEGERS, INTEGERS[::-1]), {}),
    ("not_equal", (X, Y), {}),
    ("greater", (X, Y), {}),
    ("greater_equal", (X, Y), {}),
    ("less", (X, Y), {}),
    ("less_equal", (X, Y), {}),
    ("relu", (X,), {}),
    ("relu", (X,), {"alpha": 0.2}),
    ("relu", (X,), {"max_value": 0.7}),
    ("relu", (X * 5,), {"max_value": 6}),
    ("relu", (X,), {"threshold": 0.3}),
    ("relu", (X,), {"alpha": 0.2, "max_value": 1.0, "threshold": 0.3}),
    ("elu", (X,), {}),
    ("elu", (X, 0.3), {}),
    ("sigmoid", (X,), {}),
    ("hard_sigmoid", (X * 3,), {}),
    ("tanh", (X,), {}),
    ("softplus", (X,), {}),
    ("softsign", (X,), {}),
    ("softmax", (X,), {}),
    ("softmax", (CUBE, 1), {}),
    ("l2_normalize", (X,), {}),
    ("l2_normalize", (X, 1), {}),
]
REDUCTIONS = [
    (name, (x,), keywords)
    for name in ("sum", "mean", "max", "min", "prod", "std", "var")
    for x in (X, CUBE)
    for keywords in ({}, {"axis": 1}, {"axis": -1, "keepdims": True})
] + [
    ("sum", (CUBE,), {"axis": [0, 2]}),
    ("sum", (INTEGERS,), {}),
    ("sum", (INTEGERS.astype("uint8"),), {"axis": 0}),
    ("mean", (INTEGERS + 9,), {"axis": 0}),
    ("mean", (BOOLEANS,), {}),
    ("std", (BOOLEANS,), {"axis": 0}),
    ("var", (BOOLEANS,), {"axis": 0}),
    ("all", (BOOLEANS,), {"axis": 0}),
    ("any", (INTEGERS,), {"axis": 1, "keepdims": True}),
    ("argmax", (X,), {}),
    ("argmin", (X, 0), {}),
    ("cumsum", (X,), {}),
    ("cumsum", (INTEGERS, 1), {}),
    ("cumprod", (X, 1), {}),
]
ARRANGING = [
    ("reshape", (X, (2, 6)), {}),
    ("reshape", (X, [-1, 2]), {}),
    ("flatten", (X,), {}),
    ("batch_flatten", (CUBE,), {}),
    ("expand_dims", (X,), {}),
    ("expand_dims", (X, 1), {}),
    ("squeeze", (X[:, None], 1), {}),
    ("permute_dimensions", (CUBE, (2, 0, 1)), {}),
    ("transpose", (CUBE,), {}),
    ("concatenate", ([X, Y],), {}),
    ("concatenate", ([X, Y], 0), {}),
    ("stack", ([X, Y],), {"axis": 1}),
    ("tile", (VECTOR, 3), {}),
    ("tile", (X, (2, 1)), {}),
    ("repeat", (X, 3), {}),
    ("repeat_elements", (X, 2, 1), {}),
    ("reverse", (X, 1), {}),
    ("reverse", (CUBE, (0, 2)), {}),
    ("gather", (X, np.array([2, 0], "int32")), {}),
    ("one_hot", (LABELS, 5), {}),
    ("cast", (X * 9, "int32"), {}),
    ("cast", (INTEGERS, "float64"), {}),
    ("zeros_like", (X,), {}),
    ("ones_like", (INTEGERS,), {}),
    ("ones_like", (X,), {"dtype": "int64"}),
    ("shape", (CUBE,), {}),
    ("in_top_k", (P[0], LABELS[0], 2), {}),
    ("temporal_padding", (CUBE,), {}),
    ("spatial_2d_padding", (IMAGES, ((1, 0), (2, 1))), {}),
    ("spatial_2d_padding", (IMAGES,), {"data_format": "channels_first"}),
    ("spatial_3d_padding", (VOLUMES,), {}),
]
PRODUCTS = [
    ("dot", (X, Y.T.copy()), {}),
    ("dot", (CUBE, RNG.normal(size=(2, 5, 3)).astype("float32")), {}),
    ("batch_dot", (X, Y), {}),
    ("batch_dot", (X, Y, 1), {}),
    ("batch_dot", (X, CUBE), {}),
    ("batch_dot", (CUBE, X), {"axes": (1, 1)}),
    ("batch_dot", (CUBE, CUBE), {"axes": (2, 2)}),
    ("batch_dot", (CUBE, RNG.normal(size=(3, 2, 5, 6)).astype("float32")), {}),
    ("batch_dot", (RNG.normal(size=(3, 2, 5, 6)).astype("float32"), CUBE), {"axes": (2, -1)}),
]
CONVOLUTIONS = [
    ("conv1d", (SERIES, KERNEL_1D), {}),
    ("conv1d", (SERIES, KERNEL_1D), {"padding": "causal", "dilation_rate": 2}),
    ("conv1d", (SERIES, KERNEL_1D), {"padding": "same", "strides": 2}),
    ("conv2d", (IMAGES, KERNEL_2D), {}),
    ("conv2d", (IMAGES, KERNEL_2D), {"padding": "same", "strides": (2, 1)}),
    ("conv2d", (IMAGES, KERNEL_2D), {"padding": "same", "dilation_rate": (2, 2)}),
    ("conv2d_transpose", (IMAGES, KERNEL_2D.transpose(0, 1, 3, 2), (2, 13, 14, 4)), {"strides": (2, 2)}),
    (
        "conv2d_transpose",
        (IMAGES, KERNEL_2D.transpose(0, 1, 3, 2), (2, 12, 14, 4)),
        {"strides": (2, 2), "padding": "same"},
    ),
    ("conv3d", (VOLUMES, KERNEL_3D), {"padding": "same"}),
    ("depthwise_conv2d", (IMAGES, DEPTHWISE), {"padding": "same"}),
    ("separable_conv2d", (IMAGES, DEPTHWISE, POINTWISE), {}),
    ("pool2d", (IMAGES, (2, 2)), {}),
    ("pool2d", (IMAGES, (3, 2)), {"strides": (2, 2), "padding": "same", "pool_mode": "avg"}),
    ("pool3d", (VOLUMES, (2, 2, 2)), {"strides": (2, 2, 2), "padding": "same"}),
    ("bias_add", (IMAGES, VECTOR[:3]), {}),
    ("bias_add", (IMAGES, RNG.normal(size=6).astype("float32")), {"data_format": "channels_first"}),
    ("bias_add", (IMAGES, IMAGES[0]), {}),
    ("bias_add", (IMAGES.transpose(0, 3, 1, 2), IMAGES[0]), {"data_format": "channels_first"}),
    ("batch_normalization", (X, VECTOR, VECTOR**2, VECTOR + 1, VECTOR - 1), {}),
    ("resize_images", (IMAGES, 2, 3, "channels_last"), {}),
    ("resize_images", (IMAGES, 2, 2, "channels_last"), {"interpolation": "bilinear"}),
    ("resize_images", (IMAGES.transpose(0, 3, 1, 2), 2, 2, "channels_first"), {"interpolation": "bicubic"}),
    ("resize_volumes", (VOLUMES, 2, 1, 2, "channels_last"), {}),
]
LOSSES = [
    ("binary_crossentropy", (BINARY, CHANCES), {}),
    ("binary_crossentropy", (BINARY, X), {"from_logits": True}),
    ("binary_focal_crossentropy", (BINARY, CHANCES), {}),
    ("binary_focal_crossentropy", (BINARY, X), {"from_logits": True, "apply_class_balancing": True}),
    ("categorical_crossentropy", (ONE_HOT, P), {}),
    ("categorical_crossentropy", (ONE_HOT, P * 3), {"from_logits": True}),
    ("categorical_crossentropy", (ONE_HOT, P * 3), {"axis": 1}),
    ("categorical_focal_crossentropy", (ONE_HOT, P), {}),
    ("categorical_focal_crossentropy", (ONE_HOT, P * 3), {"from_logits": True, "gamma": 1.5}),
    ("sparse_categorical_crossentropy", (LABELS, P), {}),
    ("sparse_categorical_crossentropy", (LABELS[..., None], P), {}),
    ("sparse_categorical_crossentropy", (LABELS, P * 3), {"from_logits": True}),
    ("sparse_categorical_crossentropy", (LABELS, P.transpose(0, 2, 1)), {"axis": 1}),
    ("sparse_categorical_crossentropy", (LABELS, P), {"ignore_class": 2}),
]
CALLS = ELEMENTWISE + REDUCTIONS + ARRANGING + PRODUCTS + CONVOLUTIONS + LOSSES
