"""Calls of `keras.ops` whose results' dtypes are compared for every dtype of the inputs, eagerly and symbolically."""

import numpy as np

DTYPES = ("bool", "uint8", "uint16", "uint32", "int8", "int16", "int32", "int64")
DTYPES += ("bfloat16", "float16", "float32", "float64")
FEW_DTYPES = ("bool", "uint8", "int32", "int64", "bfloat16", "float16", "float32")
PYTHON = (bool, int, float)
MATRIX = np.array([[2, 1, 0], [1, 3, 1], [0, 1, 4]])  # positive definite


def _named(text):
    return {name: (lambda ops, *inputs, name=name: getattr(ops, name)(*inputs)) for name in text.split()}


# name → call(ops, x) with a matrix x
UNARY = _named(
    "abs absolute all amax amin angle any arccos arccosh arcsin arcsinh arctan arctanh argmax argmin argsort array "
    "average bitwise_invert bitwise_not cbrt ceil conj copy corrcoef cos cosh count_nonzero cumprod cumsum deg2rad "
    "diag diagflat diagonal diff empty_like exp exp2 expm1 fabs flip fliplr flipud floor i0 imag isfinite isinf isnan "
    "isneginf isposinf isreal log log10 log1p log2 logical_not max mean median min nan_to_num nanargmax nanargmin "
    "nancumprod nancumsum nanmax nanmean nanmedian nanmin nanprod nanstd nansum nanvar negative nonzero "
    "ones_like prod ptp rad2deg ravel real reciprocal rot90 round sign signbit sin sinc sinh size sort sqrt square "
    "squeeze std sum tan tanh trace transpose trapezoid tril triu trunc unique var zeros_like celu "
    "elu gelu hard_shrink hard_sigmoid "
    "hard_silu hard_tanh leaky_relu log_sigmoid log_softmax normalize relu relu6 rms_normalization selu sigmoid silu "
    "soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus tanh_shrink "
    "layer_normalization cholesky det eig eigh inv lu_factor norm pinv qr svd slogdet logdet matrix_rank "
    "cholesky_inverse erf erfc erfinv logsumexp rsqrt unstack shape stop_gradient is_tensor convert_to_tensor histogram"
)
UNARY |= {
    "sum axis": lambda ops, x: ops.sum(x, axis=0, keepdims=True),
    "glu": lambda ops, x: ops.glu(x[:, :2]),
    "threshold": lambda ops, x: ops.threshold(x, 1.0, 0.0),
    "argpartition": lambda ops, x: ops.argpartition(x, 1),
    "array_split": lambda ops, x: ops.array_split(x, 2),
    "bincount": lambda ops, x: ops.bincount(x[0], minlength=5),
    "broadcast_to": lambda ops, x: ops.broadcast_to(x, (2, 3, 3)),
    "clip": lambda ops, x: ops.clip(x, 1, 2),
    "clip float": lambda ops, x: ops.clip(x, 1.0, 2.5),
    "cumsum dtype": lambda ops, x: ops.cumsum(x, dtype="float32"),
    "digitize": lambda ops, x: ops.digitize(x, np.array([1.0, 2.0, 3.0])),
    "expand_dims": lambda ops, x: ops.expand_dims(x, 0),
    "full_like": lambda ops, x: ops.full_like(x, 2),
    "geomspace": lambda ops, x: ops.geomspace(x[0, 0], x[1, 1], 3),
    "linspace": lambda ops, x: ops.linspace(x[0, 0], x[1, 1], 3),
    "logspace": lambda ops, x: ops.logspace(x[0, 0], x[1, 1], 3),
    "moveaxis": lambda ops, x: ops.moveaxis(x, 0, 1),
    "one_hot": lambda ops, x: ops.one_hot(x, 5),
    "multi_hot": lambda ops, x: ops.multi_hot(x, 5),
    "pad": lambda ops, x: ops.pad(x, 1),
    "pad value": lambda ops, x: ops.pad(x, 1, constant_values=1),
    "percentile": lambda ops, x: ops.percentile(x, 50),
    "quantile": lambda ops, x: ops.quantile(x, 0.5),
    "quantile nearest": lambda ops, x: ops.quantile(x, 0.5, method="nearest"),
    "nanquantile": lambda ops, x: ops.nanquantile(x, 0.5),
    "nanpercentile": lambda ops, x: ops.nanpercentile(x, 50),
    "repeat": lambda ops, x: ops.repeat(x, 2),
    "reshape": lambda ops, x: ops.reshape(x, (9,)),
    "roll": lambda ops, x: ops.roll(x, 1),
    "round decimals": lambda ops, x: ops.round(x, 1),
    "split": lambda ops, x: ops.split(x, 3),
    "swapaxes": lambda ops, x: ops.swapaxes(x, 0, 1),
    "take": lambda ops, x: ops.take(x, np.array([0, 1]), axis=0),
    "take_along_axis": lambda ops, x: ops.take_along_axis(x, np.array([[0, 1, 0]]), axis=0),
    "tile": lambda ops, x: ops.tile(x, 2),
    "vander": lambda ops, x: ops.vander(x[0]),
    "view": lambda ops, x: ops.view(x, "uint8"),
    "moments": lambda ops, x: ops.moments(x, 0),
    "softmax axis": lambda ops, x: ops.softmax(x, axis=(0, 1)),
    "average_pool": lambda ops, x: ops.average_pool(x[None], 2),
    "max_pool": lambda ops, x: ops.max_pool(x[None], 2),
    "adaptive_average_pool": lambda ops, x: ops.adaptive_average_pool(x[None], 2),
    "adaptive_max_pool": lambda ops, x: ops.adaptive_max_pool(x[None], 2),
    "depth_to_space": lambda ops, x: ops.depth_to_space(ops.reshape(x, (1, 1, 1, 9)), 3),
    "space_to_depth": lambda ops, x: ops.space_to_depth(ops.reshape(x, (1, 3, 3, 1)), 3),
    "unfold": lambda ops, x: ops.unfold(ops.reshape(x, (1, 1, 3, 3)), 2),
    "fft": lambda ops, x: ops.fft((x, x)),
    "ifft2": lambda ops, x: ops.ifft2((x, x)),
    "rfft": lambda ops, x: ops.rfft(x),
    "irfft": lambda ops, x: ops.irfft((x, x)),
    "stft": lambda ops, x: ops.stft(x, 2, 1, 2),
    "extract_sequences": lambda ops, x: ops.extract_sequences(x, 2, 1),
    "top_k": lambda ops, x: ops.top_k(x, 2),
    "segment_sum": lambda ops, x: ops.segment_sum(x, np.array([0, 0, 1]), 2),
    "segment_max": lambda ops, x: ops.segment_max(x, np.array([0, 0, 1]), 2),
    "cast": lambda ops, x: ops.cast(x, "float16"),
    "saturate_cast": lambda ops, x: ops.saturate_cast(x, "uint8"),
    "scatter": lambda ops, x: ops.scatter(np.array([[0], [1], [2]]), x, (4, 3)),
    "slice": lambda ops, x: ops.slice(x, (0, 0), (2, 2)),
    "slice_update": lambda ops, x: ops.slice_update(x, (0, 0), x[:2, :2]),
    "scatter_update": lambda ops, x: ops.scatter_update(x, np.array([[0], [1]]), x[:2]),
    "vectorized_map": lambda ops, x: ops.vectorized_map(lambda row: row, x),
    "einsum one": lambda ops, x: ops.einsum("ij->ji", x),
    "getitem": lambda ops, x: x[1:],
    "-x": lambda ops, x: -x,
    "abs(x)": lambda ops, x: abs(x),
    "x + 1": lambda ops, x: x + 1,
    "x * 1.5": lambda ops, x: x * 1.5,
    "1 - x": lambda ops, x: 1 - x,
    "x / 2": lambda ops, x: x / 2,
    "x // 2": lambda ops, x: x // 2,
    "x % 2": lambda ops, x: x % 2,
    "x ** 2": lambda ops, x: x**2,
    "2.0 ** x": lambda ops, x: 2.0**x,
    "x > 1": lambda ops, x: x > 1,
}


def _of_images(call, shape=(1, 3, 3, 1)):
    return lambda ops, x: call(ops.image, ops.reshape(x, shape))


_RGB = (1, 1, 3, 3)
UNARY |= {
    "resize": _of_images(lambda image, x: image.resize(x, (5, 4))),
    "resize nearest": _of_images(lambda image, x: image.resize(x, (5, 4), interpolation="nearest")),
    "resize antialias": _of_images(lambda image, x: image.resize(x, (2, 2), antialias=True)),
    "resize bicubic": _of_images(lambda image, x: image.resize(x, (2, 2), interpolation="bicubic")),
    "affine_transform": _of_images(lambda image, x: image.affine_transform(x, np.eye(3).ravel()[None, :8])),
    "affine nearest": _of_images(
        lambda image, x: image.affine_transform(x, np.eye(3).ravel()[None, :8], interpolation="nearest")
    ),
    "crop_images": _of_images(lambda image, x: image.crop_images(x, 1, 1, target_height=2, target_width=1)),
    "pad_images": _of_images(lambda image, x: image.pad_images(x, 1, 1, target_height=5, target_width=5)),
    "extract_patches": _of_images(lambda image, x: image.extract_patches(x, 2)),
    "map_coordinates": _of_images(lambda image, x: image.map_coordinates(x, np.zeros((4, 2)), 1)),
    "gaussian_blur": _of_images(lambda image, x: image.gaussian_blur(x)),
    "perspective_transform": _of_images(
        lambda image, x: image.perspective_transform(
            x, np.array([[[0.0, 0], [2, 0], [0, 2], [2, 2]]]), np.array([[[0.0, 0], [2, 0], [0, 2], [2, 1]]])
        )
    ),
    "elastic_transform": _of_images(lambda image, x: image.elastic_transform(x, seed=1)),
    "scale_and_translate": _of_images(
        lambda image, x: image.scale_and_translate(x, (1, 4, 4, 1), np.ones(2), np.zeros(2), (1, 2), "linear")
    ),
    "rgb_to_grayscale": _of_images(lambda image, x: image.rgb_to_grayscale(x), _RGB),
    "rgb_to_hsv": _of_images(lambda image, x: image.rgb_to_hsv(x), _RGB),
    "hsv_to_rgb": _of_images(lambda image, x: image.hsv_to_rgb(x), _RGB),
    "conv": lambda ops, x: ops.conv(ops.reshape(x, (1, 3, 3, 1)), ops.reshape(x, (3, 3, 1, 1))),
    "depthwise_conv": lambda ops, x: ops.depthwise_conv(ops.reshape(x, (1, 3, 3, 1)), ops.reshape(x, (3, 3, 1, 1))),
    "conv_transpose": lambda ops, x: ops.conv_transpose(ops.reshape(x, (1, 3, 3, 1)), ops.reshape(x, (3, 3, 1, 1))),
    "batch_normalization": lambda ops, x: ops.batch_normalization(x, x[0], x[1], -1),
    "attention": lambda ops, x: ops.dot_product_attention(
        ops.reshape(x, _RGB), ops.reshape(x, _RGB), ops.reshape(x, _RGB)
    ),
    "categorical_crossentropy": lambda ops, x: ops.categorical_crossentropy(x, x),
    "sparse_categorical_crossentropy": lambda ops, x: ops.sparse_categorical_crossentropy(np.array([0, 1, 2]), x),
    "psnr": lambda ops, x: ops.psnr(x, x, 4.0),
    "polar": lambda ops, x: ops.polar(x, x),
    "in_top_k": lambda ops, x: ops.in_top_k(np.array([0, 1, 2]), x, 1),
    "solve_triangular": lambda ops, x: ops.solve_triangular(x, x, lower=True),
    "norm 1": lambda ops, x: ops.norm(x, ord=1),
    "norm axis": lambda ops, x: ops.norm(x, axis=0),
    "std axis": lambda ops, x: ops.std(x, axis=0),
    "isin": lambda ops, x: ops.isin(x, [1, 2]),
    "cond": lambda ops, x: ops.cond(True, lambda: x, lambda: x),
    "fori_loop": lambda ops, x: ops.fori_loop(0, 2, lambda i, y: y, x),
    "scan": lambda ops, x: ops.scan(lambda c, y: (c, y), x[0], x),
    "map": lambda ops, x: ops.map(lambda y: y, x),
    "associative_scan": lambda ops, x: ops.associative_scan(lambda a, b: a, x),
}

# name → call(ops, x1, x2) with matrices of two dtypes, or a matrix and a Python number
BINARY = _named(
    "add subtract multiply divide true_divide divide_no_nan floor_divide mod fmod power maximum minimum fmax fmin "
    "arctan2 hypot logaddexp logaddexp2 heaviside nextafter gcd lcm ldexp equal not_equal less less_equal greater "
    "greater_equal isclose logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor left_shift "
    "right_shift bitwise_left_shift bitwise_right_shift matmul dot inner outer vdot tensordot kron cross "
    "correlate append isin cdist solve lstsq"
)
BINARY |= {
    "where": lambda ops, x1, x2: ops.where(np.eye(3) > 0, x1, x2),
    "concatenate": lambda ops, x1, x2: ops.concatenate([x1, x2]),
    "stack": lambda ops, x1, x2: ops.stack([x1, x2]),
    "hstack": lambda ops, x1, x2: ops.hstack([x1, x2]),
    "vstack": lambda ops, x1, x2: ops.vstack([x1, x2]),
    "dstack": lambda ops, x1, x2: ops.dstack([x1, x2]),
    "einsum": lambda ops, x1, x2: ops.einsum("ij,jk->ik", x1, x2),
    "meshgrid": lambda ops, x1, x2: ops.meshgrid(ops.ravel(x1), ops.ravel(x2)),
    "correlate": lambda ops, x1, x2: ops.correlate(ops.ravel(x1), ops.ravel(x2)),
    "linspace two": lambda ops, x1, x2: ops.linspace(x1, x2, 3),
    "digitize two": lambda ops, x1, x2: ops.digitize(x1, ops.ravel(x2)[:1]),
    "searchsorted": lambda ops, x1, x2: ops.searchsorted(ops.ravel(x1)[:1], ops.ravel(x2)),
    "clip two": lambda ops, x1, x2: ops.clip(x1, x2, x2),
    "average two": lambda ops, x1, x2: ops.average(x1, weights=x2),
    "select": lambda ops, x1, x2: ops.select([np.eye(3) > 0], [x1], x2),
    "binary_crossentropy": lambda ops, x1, x2: ops.binary_crossentropy(x1, x2),
    "full": lambda ops, x1, x2: ops.full_like(x1, x2),
    "trapezoid two": lambda ops, x1, x2: ops.trapezoid(x1, x2),
    "take_along_axis two": lambda ops, x1, x2: ops.take_along_axis(x1, x2, axis=0),
}
SCALARS = ("matmul", "dot", "inner", "outer", "vdot", "tensordot", "kron", "cross", "concatenate", "stack", "hstack",
           "vstack", "dstack", "einsum", "correlate", "append", "cdist", "solve", "lstsq", "meshgrid", "searchsorted",
           "digitize two", "take_along_axis two")  # fmt: skip
"""Those that take no Python number in place of a matrix."""

CREATION = {
    "zeros": lambda ops, dtype: ops.zeros((2,), dtype=dtype),
    "ones": lambda ops, dtype: ops.ones((2,), dtype=dtype),
    "empty": lambda ops, dtype: ops.empty((2,), dtype=dtype),
    "full": lambda ops, dtype: ops.full((2,), 2, dtype=dtype),
    "eye": lambda ops, dtype: ops.eye(2, dtype=dtype),
    "identity": lambda ops, dtype: ops.identity(2, dtype=dtype),
    "tri": lambda ops, dtype: ops.tri(2, dtype=dtype),
    "arange": lambda ops, dtype: ops.arange(3, dtype=dtype),
    "linspace": lambda ops, dtype: ops.linspace(0, 3, 3, dtype=dtype),
    "logspace": lambda ops, dtype: ops.logspace(0, 1, 3, dtype=dtype),
    "one_hot": lambda ops, dtype: ops.one_hot(np.array([0, 1]), 2, dtype=dtype),
    "array": lambda ops, dtype: ops.array([1, 2], dtype=dtype),
    "convert_to_tensor": lambda ops, dtype: ops.convert_to_tensor([1, 2], dtype=dtype),
    "sum": lambda ops, dtype: ops.cumsum(np.arange(3), dtype=dtype),
    "cumprod": lambda ops, dtype: ops.cumprod(np.arange(3), dtype=dtype),
    "zeros_like": lambda ops, dtype: ops.zeros_like(np.arange(3), dtype=dtype),
    "full_like": lambda ops, dtype: ops.full_like(np.arange(3), 2, dtype=dtype),
    "cast": lambda ops, dtype: ops.cast(np.arange(3), dtype),
    "saturate_cast": lambda ops, dtype: ops.saturate_cast(np.arange(3.0), dtype),
    "trace": lambda ops, dtype: ops.trace(np.eye(3), 0),
}


def answers(keras, call, *inputs):
    """(eager dtypes, symbolic dtypes) of `call(keras.ops, *inputs)`, or the exception's type in place of either.

    Args:
        inputs: names of dtypes for matrices, and Python types for numbers.
    """
    results = []
    for make in (eager_input, symbolic_input):
        try:
            with np.errstate(all="ignore"):
                outputs = call(keras.ops, *[make(keras, x) for x in inputs])
            results.append([_dtype_of(keras, y) for y in keras.tree.flatten(outputs)])
        except Exception as error:
            results.append(type(error).__name__)
    return results


def eager_input(keras, dtype):
    if isinstance(dtype, type):
        return dtype(2)
    return keras.ops.convert_to_tensor(MATRIX, dtype="int32") if dtype == "int32" else _cast(keras, dtype)


def _cast(keras, dtype):
    return keras.ops.cast(keras.ops.convert_to_tensor(MATRIX.astype("float64")), dtype)


def symbolic_input(keras, dtype):
    return dtype(2) if isinstance(dtype, type) else keras.KerasTensor((3, 3), dtype=dtype)


def _dtype_of(keras, y):
    return keras.backend.standardize_dtype(y.dtype) if hasattr(y, "dtype") else type(y).__name__
