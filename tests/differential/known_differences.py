"""What differs on purpose, or where Keras's result depends on an implementation: such cases are not compared.

`docs/differences.md` lists what users notice of it.
"""

from tests.differential.outcomes import leaves

ROUNDING = {
    **dict.fromkeys(("inv", "pinv", "solve", "solve_triangular", "cholesky_inverse", "det", "slogdet"), 1e3),
    **dict.fromkeys(("lstsq", "eig", "qr", "logdet"), 1e4),  # condition numbers
    **dict.fromkeys(("gaussian_blur", "elastic_transform", "istft", "ssim"), 10),  # long sums in the inputs' dtype
    **dict.fromkeys(("power", "logspace", "geomspace", "logaddexp", "logaddexp2", "squareplus", "i0", "logsumexp"), 10),
}
"""Functions that amplify roundings: their tolerance, in units of the usual one."""

IN_FLOAT32 = {
    *("affine_transform", "perspective_transform", "elastic_transform", "map_coordinates", "resize", "ssim"),
    *("scale_and_translate", "ctc_loss", "dot_product_attention", "leaky_relu", "logspace", "geomspace", "linspace"),
    *("celu", "elu", "gelu", "selu", "squareplus", "logaddexp2", "rfft", "stft", "rgb_to_grayscale", "kaiser"),
}
"""Functions that Keras computes in float32 even for float64, or with constants of float32."""

BY_ALGORITHM = {"svd", "eig", "eigh", "argpartition"}
"""The results are not unique: signs and orders depend on the algorithm. Shapes and dtypes are compared."""

OF_EMPTY = {
    *("ptp", "nanmax", "nanmin", "nanmean", "nanmedian", "nanquantile", "nanpercentile", "quantile", "percentile"),
    *("multi_hot", "isin", "segment_min", "segment_prod", "segment_sum", "conv", "correlate"),
    *("depthwise_conv", "extract_patches_3d", "extract_patches", "histogram", "norm", "eye", "gcd"),
    *("argmax", "extract_sequences", "soft_shrink", "relu", "unique"),
    *("separable_conv", "conv_transpose", "average_pool", "max_pool"),
}
"""Functions of empty tensors that TensorFlow computes in a way of its own, such as a maximum that is −∞."""

OF_SPECIAL = {
    *("quantile", "percentile", "median", "sort", "argsort", "fft", "fft2", "ifft2", "irfft", "in_top_k", "softmax"),
    *("log_softmax", "nancumsum", "nancumprod", "cumsum", "cumprod", "nextafter", "floor_divide", "squareplus", "qr"),
    *("nanquantile", "nanpercentile", "nanmedian", "top_k", "argmax", "argmin", "nanargmax", "nanargmin", "clip"),
    *(
        "inv",
        "det",
        "pinv",
        "matrix_rank",
        "norm",
        "unique",
        "digitize",
        "searchsorted",
        "isin",
        "mod",
        "fmod",
        "cross",
    ),
    *("maximum", "minimum", "max", "min", "amax", "amin", "nanmax", "nanmin", "fmax", "fmin", "vander", "histogram"),
    *("segment_max", "segment_min", "segment_prod", "segment_sum", "average", "corrcoef", "correlate", "logsumexp"),
    *("matmul", "dot", "inner", "tensordot", "vdot", "kron", "outer", "einsum", "sparsemax", "rsqrt", "power"),
}
"""Functions of NaN and infinities that TensorFlow computes in another order, or without a rule for them."""

OF_NONSENSE = {"unique", "full", "full_like", "zeros_like", "ones_like"}
"""Functions that take some nonsense for a number, or an object's truth value, on one side or both."""

ELSEWHERE = {
    "adaptive_average_pool": "Keras infers one axis too many for channels_last",
    "average": "Keras takes weights of other shapes, and does not divide by the sum of all of them",
    "elastic_transform": "float16 displacements are rounded elsewhere",
    "unravel_index": "TensorFlow gives the coordinates of a scalar in the wrong order",
    "prod": "Keras on TensorFlow ignores `dtype`",
    "select": "a Python float as default makes float64 of integers in Keras, and a symbolic result is not promoted",
    "eye": "with fewer columns than rows and k < 0 Keras returns another shape",
    "geomspace": "from a positive to a negative number",
    "correlate": "a shorter first vector and `mode='same'`, and vectors of integers, differ from NumPy in Keras",
    "rfft": "float64 becomes float32 in Keras",
    "angle": "Keras infers complex64 of complex128",
    "isclose": "unsigned integers are subtracted with wraparound in Keras",
    "allclose": "unsigned integers are subtracted with wraparound in Keras",
    "clip": "Booleans and unsigned bounds",
    "meshgrid": "the symbolic dtype of Booleans and integers",
    "round": "Keras returns arrays of unsigned integers themselves",
    "perspective_transform": "integer images are rounded at other pixels",
    "affine_transform": "the same",
    "map_coordinates": "the same",
    "corrcoef": "rows without variance",
    "moments": "those of integers are integers in Keras",
    "relu": "integers with a float bound",
    "soft_shrink": "integers stay integers in Keras",
    "hard_shrink": "the same",
    "threshold": "the same",
    "hstack": "a single scalar",
    "multi_hot": "the symbolic dtype is that of the indices in Keras",
    "bartlett": "a number of points that is not an integer",
    "logspace": "exponents of integer dtypes near a power",
    "linspace": "integer dtypes near an integer",
    "argsort": "equal elements of scalars",
}
"""Functions of which some arguments give another result on purpose, and why. Their errors are compared."""

CHECKED_LESS = {
    *("lstsq", "cholesky", "log_softmax", "softmax", "norm", "normalize", "cross", "hsplit", "dsplit"),
    *("split", "squeeze", "trapezoid", "dot", "extract_patches_3d", "sobel_edges"),
    *(
        "einsum",
        "vander",
        "conv",
        "separable_conv",
    ),
}
"""Functions of which minikeras accepts more, or reports a wrong argument by another type of error."""

CHECKED_MORE = {
    *("fliplr", "flipud", "expand_dims", "moveaxis", "flip", "squeeze", "kaiser", "stft", "istft", "concatenate"),
    *("extract_sequences", "unfold", "fold", "adaptive_average_pool", "argpartition", "logdet", "slogdet", "solve"),
    *("solve_triangular", "vstack", "psnr", "tensordot", "vdot", "conv", "conv_transpose", "separable_conv", "diag"),
    *("depthwise_conv", "sobel_edges", "ssim", "quantile", "nanquantile", "percentile", "nanpercentile", "diff"),
    *(
        "segment_max",
        "segment_min",
        "segment_prod",
        "segment_sum",
        "unstack",
        "bincount",
        "reshape",
        "rms_normalization",
    ),
    *("layer_normalization", "eye", "map_coordinates", "pad", "normalize", "moments", "average", "cdist", "norm"),
}
"""Functions of which Keras accepts arguments without a meaning, such as an axis named twice, or a scalar's columns."""

LIMITS_OF_TENSORFLOW = (
    "A KerasTensor cannot be used as input to a TensorFlow function",  # one symbolic tensor among several arguments
    "is not in the list of allowed values",  # a dtype that one of TensorFlow's ops lacks
    "is not a valid dtype for Keras type promotion",  # text where numbers are expected: TypeError here
    "Cannot convert",  # a negative or non-integer length of a symbolic shape
    "Invalid dtype",
)
"""Sentences of errors where minikeras computes, or raises an error of another type."""


def rounding_of(name, theirs):
    """The tolerance of a function's results, in units of `outcomes.ROUNDING`."""
    short = name.rpartition(".")[2]
    wide = any(leaf.dtype in ("float64", "complex128") for leaf in leaves(theirs.result)) if theirs.result else False
    return ROUNDING.get(short, 1) * (1e4 if wide and short in IN_FLOAT32 else 1)


def is_known(case, ours, theirs):
    """Whether a case is not compared."""
    name = case.name.rpartition(".")[2]
    if theirs.error is not None:
        return name in CHECKED_LESS or any(text in str(theirs.error) for text in LIMITS_OF_TENSORFLOW)
    if ours.error is not None and name in CHECKED_MORE and isinstance(ours.error, (ValueError, NotImplementedError)):
        return True
    if (
        ours.error is not None
    ):  # of nonsense, of a negative Python integer beside an unsigned tensor, of an empty tensor
        return case.has_mistake or isinstance(ours.error, OverflowError) or (_is_empty(case) and name in OF_EMPTY)
    if name in BY_ALGORITHM:
        return [(a.shape, a.dtype) for a in leaves(ours.result)] == [(b.shape, b.dtype) for b in leaves(theirs.result)]
    if name in ELSEWHERE or (case.has_mistake and name in OF_NONSENSE):
        return True
    return (_is_empty(case) and name in OF_EMPTY) or (_holds_special(case) and name in OF_SPECIAL)


def _is_empty(case):
    """Whether an argument has no elements."""
    return any(text in str(case) for text in ("np.zeros((", "[]", "Symbol((0", " 0,", " 0)"))


def _holds_special(case):
    """Whether an argument holds NaN or infinities."""
    return any(text in str(case) for text in ("np.nan", "np.inf"))
