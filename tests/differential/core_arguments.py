"""Arguments of `keras.ops.linalg`, of Fourier transforms, segments, scattering and slices. See `function_arguments`."""

import numpy as np

from tests.differential.function_arguments import of, optional


@of(
    "slogdet",
    "det",
    "inv",
    "logdet",
    "lu_factor",
    "eig",
    "eigh",
    "cholesky",
    "cholesky_inverse",
    "pinv",
    "matrix_rank",
    "qr",
    "svd",
)
def matrices(c):
    n = c.pick(2, 3, 1, 0)
    x = c.finite((*c.shape(0, 2, (2, 1, 3)), n, c.pick(n, n, n, 3)), c.pick("float32", "float32", "float64", "int32"))
    if c.chance(85) and x.shape[-1] == x.shape[-2]:
        x = (x @ np.swapaxes(x, -1, -2) + 3 * np.eye(n)).astype(x.dtype)
    return {"x": c.pick(x, x, x, c.array())}


@of("solve", "lstsq")
def systems(c):
    x = matrices(c)["x"]
    shape = x.shape if x.ndim > 1 else (2, 2)
    return {
        "a": x,
        "b": c.finite(c.pick((*shape[:-1], 2), shape[:-1], (shape[-2],), (3,)), c.pick("float32", "float64")),
    }


@of("solve_triangular")
def triangular(c):
    return {**systems(c), **optional(c, lower=c.pick(True, False))}


@of("norm")
def norm(c):
    x = c.array()
    return {
        "x": x,
        **optional(
            c,
            ord=c.pick(None, 1, 2, np.inf, -np.inf, "fro", "nuc", 0, 3, -1, -2, "wrong"),
            axis=c.pick(None, c.axis(x.ndim), (0, 1), (-2, -1), (0,)),
            keepdims=c.pick(True, False),
        ),
    }


@of("top_k")
def top_k(c):
    return {"x": c.array(), "k": c.pick(1, 2, 0, 5), **optional(c, sorted=c.pick(True, False))}


@of("in_top_k")
def in_top_k(c):
    n = c.pick(2, 3, 0)
    return {
        "targets": c.array((n,), c.pick("int32", "int64"), -1, 4),
        "predictions": c.array((n, 4), "float32"),
        "k": c.pick(1, 2, 5, 0),
    }


@of("segment_sum", "segment_max", "segment_min", "segment_prod")
def segments(c):
    data = c.array(c.shape(1, 3))
    return {
        "data": data,
        "segment_ids": c.sorted(
            c.array(data.shape[:1] if c.chance(90) else None, c.pick("int32", "int64"), c.pick(0, -1), 3)
        ),
        **optional(c, num_segments=c.pick(4, 2, 6, None), sorted=c.pick(True, False)),
    }


@of("scatter")
def scatter(c):
    n = c.pick(2, 1, 0, 3)
    shape = c.pick((3,), (3, 2), (2, 3, 2))
    indices = c.array((n, c.integer(1, min(2, len(shape)))), c.pick("int32", "int64"), 0, c.pick(1, 3))
    return {
        "indices": indices,
        "values": c.array((n, *shape[indices.shape[1] :])),
        "shape": c.pick(shape, shape, list(shape)),
    }


@of("scatter_update")
def scatter_update(c):
    x = c.array(c.shape(1, 3, (2, 3)))
    n, depth = c.pick(2, 1, 0, 3), c.integer(1, x.ndim)
    updates = c.array((n, *x.shape[depth:]), c.pick(x.dtype.name, None))
    return {
        "inputs": x,
        "indices": c.array((n, depth), c.pick("int32", "int64"), 0, 1),
        "updates": updates,
        **optional(c, reduction=c.pick(None, "add", "max", "min", "mul", "wrong")),
    }


@of("slice")
def slices(c):
    x = c.array(c.shape(1, 3, (3, 4, 2)))
    return {
        "inputs": x,
        "start_indices": c.pick(*[[c.pick(0, 1) for _ in x.shape]] * 3, np.zeros(x.ndim, "int32")),
        "shape": [c.pick(1, 2, -1, 0) for _ in range(x.ndim if c.chance(95) else 1)],
    }


@of("slice_update")
def slice_update(c):
    x = c.array(c.shape(1, 3, (3, 4, 2)))
    return {
        "inputs": x,
        "start_indices": [c.pick(0, 1) for _ in x.shape],
        "updates": c.array([c.pick(1, 2) for _ in x.shape], c.pick(x.dtype.name, None)),
    }


@of("unstack")
def unstack(c):
    x = c.array()
    return {"x": x, **optional(c, num=c.pick(None, 2, 3), axis=c.axis(x.ndim))}


@of("convert_to_tensor", "array")
def convert(c):
    return {
        "x": c.pick(c.array(), 1, 1.5, True, [1, 2.5], [[1, 2], [3]], [True, 2], "text", None, [], 2**40),
        **optional(c, dtype=c.dtype()),
    }


@of("cast", "saturate_cast")
def cast(c):
    return {"x": c.pick(c.array(low=-300, high=300), 3, 2.7, [1.5, 300.2]), "dtype": c.pick(c.dtype(), "wrong")}


@of("fft2", "ifft2")
def pairs(c):
    shape = c.shape(1, 4, (2, 3, 4))
    return {"x": (c.array(shape, "float32"), c.array(shape, c.pick("float32", "float64")))}


@of("fft")
def fft(c):
    shape = c.shape(0, 3, (2, 3, 4))
    return {"x": (c.array(shape, "float32"), c.array(shape, c.pick("float32", "float64")))}


@of("irfft")
def irfft(c):
    shape = c.shape(0, 3, (2, 3, 4, 5))
    return {
        "x": (c.array(shape, "float32"), c.array(shape, "float32")),
        **optional(c, fft_length=c.pick(4, 3, 8)),
    }


@of("rfft")
def rfft(c):
    return {
        "x": c.array(c.shape(0, 3, (2, 3, 4, 5)), c.pick("float32", "float64", "int32")),
        **optional(c, fft_length=c.pick(4, 3, 8, 1)),
    }


@of("stft")
def stft(c):
    x = c.finite((*c.shape(0, 2, (2, 1)), c.pick(20, 33, 16)), c.pick("float32", "float64"))
    return {
        "x": x,
        "sequence_length": c.pick(8, 6, 5, 0),
        "sequence_stride": c.pick(4, 3, 2, 0),
        "fft_length": c.pick(8, 10, 16, 4),
        **optional(
            c, window=c.pick("hann", "hamming", None, "wrong", np.ones(8, "float32")), center=c.pick(True, False)
        ),
    }


@of("istft")
def istft(c):
    length = c.pick(8, 10, 16)
    shape = (*c.shape(0, 1, (2, 1)), c.pick(6, 9), length // 2 + 1)
    x = (c.finite(shape, "float32"), c.finite(shape, "float32"))
    return {
        "x": x,
        "sequence_length": c.pick(8, 6),
        "sequence_stride": c.pick(4, 2, 3),
        "fft_length": length,
        **optional(c, length=c.pick(None, 12, 20), window=c.pick("hann", "hamming", None), center=c.pick(True, False)),
    }


@of("extract_sequences")
def sequences(c):
    return {
        "x": c.array((*c.shape(0, 2), c.pick(8, 5, 12))),
        "sequence_length": c.pick(4, 3, 1, 0, 20),
        "sequence_stride": c.pick(2, 1, 3, 0),
    }


@of("view_as_complex")
def as_complex(c):
    return {"x": c.array((*c.shape(0, 2), c.pick(2, 2, 2, 3)), c.pick("float32", "float64", "int32"))}


@of("view_as_real", "real", "imag", "conj", "conjugate", "angle", "isreal")
def complex_input(c):
    return {"x": c.array(dtype=c.pick("complex64", "complex128", "float32", "int32"))}


@of("rearrange")
def rearrange(c):
    pattern, shape, lengths = c.pick(
        ("b h w -> b (h w)", (2, 3, 4), {}),
        ("(a b) c -> a b c", (6, 2), {"a": 2}),
        ("b ... -> ... b", (2, 3, 4), {}),
        ("a b -> b a", (2, 3), {}),
        ("a b -> (b a)", (2, 3), {}),
        ("a b -> a", (2, 3), {}),
        ("a b c -> a c", (2, 3), {}),
        ("b (h p) -> b h p", (2, 6), {"p": 3}),
        ("a -> a 1", (3,), {}),
    )
    return {"tensor": c.array(shape), "pattern": pattern, **lengths}


@of("cdist")
def cdist(c):
    d = c.pick(2, 3)
    return {"x": c.array((*c.shape(0, 1), 3, d)), "y": c.array((*c.shape(0, 1), 2, d))}


@of("logsumexp")
def logsumexp(c):
    x = c.array()
    return {"x": x, **optional(c, axis=c.axes(x.ndim), keepdims=c.pick(True, False))}
