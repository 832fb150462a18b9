"""Arguments of the functions of `keras.ops` whose arguments depend on each other: shapes that fit, windows, indices.

`ARGUMENTS[name](chooser)` draws {parameter: value}. Mostly the values are valid; mistakes are added by the caller.
"""

import numpy as np

ARGUMENTS = {}


def of(*names):
    """Decorator: the arguments of these functions."""

    def register(function):
        ARGUMENTS.update(dict.fromkeys(names, function))
        return function

    return register


def optional(chooser, **options):
    """Some of the keyword arguments."""
    return {word: value for word, value in options.items() if chooser.chance(50)}


def many(chooser, low=0):
    return [chooser.array(shape=chooser.shape(1, 1), dtype="float32") for _ in range(chooser.integer(low, 3))]


@of("concatenate", "stack", "hstack", "vstack", "dstack")
def joined(c, name="xs"):
    shape = c.shape(0, 3)
    dtype = c.pick("float32", None)
    arrays = []
    for _ in range(c.integer(1, 3)):
        lengths = tuple(c.pick(2, 3) if c.chance(10) else n for n in shape)
        arrays.append(c.array(lengths, dtype))
    return {"xs": c.pick(arrays, tuple(arrays)), **optional(c, axis=c.axis(len(shape)))}


@of("append")
def appended(c):
    x = c.array()
    axis = c.pick(None, c.axis(x.ndim))
    return {"x1": x, "x2": c.array(x.shape if c.chance(60) else None), **optional(c, axis=axis)}


@of("arange")
def ranges(c):
    number = lambda: c.pick(c.integer(-4, 6), c.integer(-40, 60) / 10)  # noqa: E731
    return {"start": number(), **optional(c, stop=number(), step=c.pick(1, 2, -1, 0.5)), **optional(c, dtype=c.dtype())}


@of("linspace", "logspace", "geomspace")
def spaces(c):
    low = c.pick(1, 0.5, 2.0, c.array(c.shape(1, 2), "float32", 1, 5))
    high = c.pick(10, 4.5, 2, -1.0, c.companion(low, ("float32",)) if isinstance(low, np.ndarray) else 8)
    return {
        "start": low,
        "stop": high,
        **optional(c, num=c.pick(5, 0, 1, 3), endpoint=c.pick(True, False), axis=c.pick(0, -1), dtype=c.dtype()),
    }


@of("argpartition")
def partitions(c):
    x = c.array(c.shape(1, 3))
    return {"x": x, "kth": c.integer(-1, 2), **optional(c, axis=c.pick(c.axis(x.ndim), None))}


@of("array_split", "split", "hsplit", "vsplit", "dsplit")
def splits(c):
    x = c.array(c.shape(1, 4, (4, 6, 2, 3)))
    return {
        "x": x,
        "indices_or_sections": c.pick(2, 3, [1, 3], (2,), [1, 2, 3], 1, []),
        **({"axis": c.axis(x.ndim)} if c.chance(30) else {}),
    }


ARGUMENTS["hsplit"] = ARGUMENTS["vsplit"] = ARGUMENTS["dsplit"] = lambda c: {
    k: v for k, v in splits(c).items() if k != "axis"
}


@of("average")
def average(c):
    x = c.array()
    axis = c.pick(None, c.axis(x.ndim))
    shape = x.shape if axis is None or c.chance(50) else (x.shape[axis],) if -x.ndim <= axis < x.ndim else (2,)
    return {"x": x, **optional(c, axis=axis, weights=c.array(shape))}


@of("bincount")
def bincount(c):
    x = np.abs(c.array(c.shape(1, 2), c.pick("int32", "int64", "uint8", "int8")))
    return {"x": x, **optional(c, weights=c.array(x.shape, c.pick("float32", "int32")), minlength=c.pick(0, 3, 10))}


@of("bitwise_and", "bitwise_or", "bitwise_xor", "gcd", "lcm")
def integers(c):
    x = c.array(dtype=c.pick("int32", "int64", "uint8", "int8", "bool", "float32"))
    names = ("x1", "x2")
    return dict(zip(names, (x, c.companion(x, ("int32", "uint8", "float32"))), strict=True))


def _bitwise(c):
    return dict(zip(("x", "y"), integers(c).values(), strict=True))


for _name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    ARGUMENTS[_name] = _bitwise


@of("bitwise_left_shift", "bitwise_right_shift", "left_shift", "right_shift")
def shifts(c):
    x = c.array(dtype=c.pick("int32", "int64", "uint8", "int8"))
    return {"x": x, "y": c.pick(c.array(x.shape, x.dtype.name, 0, 3), 1, 2)}


@of("bitwise_invert", "bitwise_not")
def invert(c):
    return {"x": c.array(dtype=c.pick("int32", "int64", "uint8", "int8", "bool", "float32"))}


@of("bartlett", "blackman", "hamming", "hanning")
def windows(c):
    return {"x": c.pick(5, 0, 1, 8, 2.0, np.array(4, "int32"), c.array(()))}


@of("kaiser")
def kaiser(c):
    return {"x": c.pick(5, 0, 1, 8), "beta": c.pick(2.0, 14, 0.0, c.array((), "float32", 1, 5))}


@of("broadcast_to")
def broadcast(c):
    x = c.array()
    return {"x": x, "shape": c.pick(c.shape(0, 2) + x.shape, tuple(3 if n == 1 else n for n in x.shape), c.shape())}


@of("clip")
def clip(c):
    x = c.array()
    return {"x": x, "x_min": c.pick(-1, 0.5, c.companion(x), None), "x_max": c.pick(2, 1.5, c.companion(x), None)}


@of("corrcoef")
def corrcoef(c):
    return {"x": c.array(c.shape(1, 2))}


@of("correlate")
def correlate(c):
    return {
        "x1": c.array(c.shape(1, 1)),
        "x2": c.array(c.shape(1, 1)),
        **optional(c, mode=c.pick("valid", "same", "full", "wrong")),
    }


@of("cross")
def cross(c):
    shape = c.shape(0, 2)
    x1, x2 = c.array((*shape, c.pick(3, 2))), c.array((*shape, c.pick(3, 2)))
    return {"x1": x1, "x2": x2, **optional(c, axis=c.pick(-1, 0, None))}


@of("diag", "diagflat")
def diag(c):
    return {"x": c.array(c.shape(0, 3)), **optional(c, k=c.integer(-2, 2))}


@of("diff")
def diff(c):
    x = c.array()
    return {"a": x, **optional(c, n=c.pick(1, 2, 0, 5), axis=c.axis(x.ndim))}


@of("digitize")
def digitize(c):
    return {
        "x": c.array(),
        "bins": c.pick(c.sorted(c.array((3,), c.pick("float32", "int32"))), [0.0, 1.0, 2.5], c.array((2, 2))),
    }


@of("searchsorted")
def searchsorted(c):
    return {
        "sorted_sequence": c.sorted(c.array(c.shape(1, 1), c.pick("float32", "int32", "float64"))),
        "values": c.array(),
        **optional(c, side=c.pick("left", "right", "middle")),
    }


@of("dot", "matmul", "inner", "tensordot", "vdot", "outer", "kron")
def products(c):
    n = c.pick(2, 3, 1, 0)
    dtypes = (c.pick("float32", None), c.pick("float32", None))
    batch = c.shape(0, 2)
    x1 = c.array((*c.pick(batch, ()), *c.pick((2,), (), (3,)), n), dtypes[0])
    x2 = c.pick(
        c.array((*batch, n, 3), dtypes[1]), c.array((n,), dtypes[1]), c.array((2, n), dtypes[1]), c.array(()), c.array()
    )
    return {"x1": x1, "x2": x2}


@of("tensordot")
def tensordot(c):
    drawn = products(c)
    return {**drawn, **optional(c, axes=c.pick(1, 0, 2, [[-1], [0]], [-1, 0], ((0,), (0,)), [[0, 1], [1, 0]]))}


@of("expand_dims")
def expand_dims(c):
    x = c.array(c.shape(0, 3))
    return {"x": x, "axis": c.pick(c.axis(x.ndim + 1), [0, -1], (1, 2), [0, 0])}


@of("squeeze")
def squeeze(c):
    x = c.array(c.shape(0, 4, (1, 1, 2, 3)))
    return {"x": x, **optional(c, axis=c.axes(x.ndim))}


@of("flip")
def flip(c):
    x = c.array()
    return {"x": x, **optional(c, axis=c.axes(x.ndim))}


@of("get_item")
def get_item(c):
    x = c.array(c.shape(1, 3, (3, 4, 2)))
    key = c.pick(
        0, -1, slice(None), slice(1, None), slice(None, None, -1), slice(None, None, 2), Ellipsis, None, 7, (0, 1)
    )
    keys = c.pick(
        key, (key, slice(None)), (Ellipsis, 0), (slice(1, 2), None), (slice(None), key), np.array([0, 1], "int32")
    )
    return {"x": x, "key": keys}


@of("histogram")
def histogram(c):
    return {
        "x": c.array(),
        **optional(c, bins=c.pick(10, 3, 0, -1, 1, 2.5), range=c.pick((-1, 2), (0.0, 5.0), (3, 1), None)),
    }


@of("isin")
def isin(c):
    x = c.array()
    return {
        "x1": x,
        "x2": c.pick(c.companion(x), c.array()),
        **optional(c, invert=c.pick(True, False), assume_unique=False),
    }


@of("meshgrid")
def meshgrid(c):
    return {
        "*": [c.array(c.shape(0, 2)) for _ in range(c.integer(0, 3))],
        **optional(c, indexing=c.pick("xy", "ij", "wrong")),
    }


@of("einsum")
def einsum(c):
    size = {letter: c.pick(2, 3, 1) for letter in "abijk"}
    text = c.pick(
        "ij,jk->ik",
        "ij,jk",
        "ii->i",
        "ii",
        "ij->ji",
        "bij,bjk->bik",
        "...ij,...jk->...ik",
        "ij->",
        "i,j->ij",
        "ij,ij->i",
        "ijk,jk->i",
        "abij,abkj->abik",
        "i...->...",
        "ij , jk -> ik",
    )
    parts = text.replace(" ", "").split("->")[0].split(",")
    return {
        "*": [text, *[c.array([size[n] for n in part.replace("...", "b")], c.pick("float32", None)) for part in parts]]
    }


@of("moveaxis")
def moveaxis(c):
    x = c.array(c.shape(1, 4))
    return {"x": x, "source": c.pick(c.axis(x.ndim), [0, -1], [0]), "destination": c.pick(c.axis(x.ndim), [-1, 0], [1])}


@of("ones", "zeros", "empty")
def filled(c):
    return {"shape": c.pick(c.shape(), list(c.shape()), 3, (2, None), 2.5), **optional(c, dtype=c.dtype())}


@of("pad")
def pad(c):
    x = c.array(c.shape(0, 3))
    width = c.pick(1, (1, 2), ((1, 0),) * x.ndim, [[0, 2]] * x.ndim, ((1,),), 0, ((1, 1), (2, 0)))
    return {
        "x": x,
        "pad_width": width,
        **optional(
            c, mode=c.pick("constant", "reflect", "symmetric", "edge", "wrap"), constant_values=c.pick(0, 1.5, 2, None)
        ),
    }


@of("percentile", "quantile", "nanpercentile", "nanquantile")
def quantiles(c):
    x = c.array(dtype=c.pick("float32", "int32", "float64", "bool", "float16"))
    q = c.pick(0.5, 0.0, 1.0, np.array([0.2, 0.75], "float32"), [0.1, 0.9], np.array([[0.5]], "float32"), 1)
    return {
        "x": x,
        "q": q,
        **optional(
            c,
            axis=c.axes(x.ndim),
            method=c.pick("linear", "lower", "higher", "midpoint", "nearest", "wrong"),
            keepdims=c.pick(True, False),
        ),
    }


@of("repeat")
def repeat(c):
    x = c.array()
    return {
        "x": x,
        "repeats": c.pick(2, 0, [1, 2], np.array([2, 1, 3], "int32"), [3]),
        **optional(c, axis=c.axis(x.ndim)),
    }


@of("reshape")
def reshape(c):
    x = c.array()
    shape = list(x.shape)
    return {
        "x": x,
        "newshape": c.pick(
            (-1,),
            tuple(shape[::-1]),
            [*shape, 1],
            (1, -1),
            (x.size,),
            (-1, *shape[1:]),
            (-1, -1),
            6,
            x.size,
            (2, None),
            (2, 3),
        ),
    }


@of("roll")
def roll(c):
    x = c.array()
    return {
        "x": x,
        "shift": c.pick(1, -2, 5, [1, 2], (1,)),
        **optional(c, axis=c.pick(None, c.axis(x.ndim), (0, 1), [0])),
    }


@of("rot90")
def rot90(c):
    return {
        "array": c.array(c.shape(2, 4)),
        **optional(c, k=c.pick(1, 3, 0, -1), axes=c.pick((0, 1), (1, 0), (0, -1), (0, 0), (0,))),
    }


@of("select")
def select(c):
    shape = c.shape(0, 2)
    n = c.integer(1, 2)
    return {
        "condlist": [c.array(shape, "bool") for _ in range(n)],
        "choicelist": [c.array(shape) for _ in range(n)],
        **optional(c, default=c.pick(0, 1.5, c.array(shape))),
    }


@of("sort", "argsort")
def sort(c):
    x = c.array()
    return {"x": x, **optional(c, axis=c.pick(c.axis(x.ndim), None))}


@of("swapaxes")
def swapaxes(c):
    x = c.array(c.shape(1, 4))
    return {"x": x, "axis1": c.axis(x.ndim), "axis2": c.axis(x.ndim)}


@of("diagonal", "trace")
def diagonal(c):
    x = c.array(c.shape(2, 4))
    return {
        "x": x,
        **optional(c, offset=c.integer(-2, 2)),
        **({"axis1": c.axis(x.ndim), "axis2": c.axis(x.ndim)} if c.chance(50) else {}),
    }


@of("tril", "triu")
def triangles(c):
    return {"x": c.array(c.shape(1, 4)), **optional(c, k=c.integer(-3, 3))}


@of("take")
def take(c):
    x = c.array(c.shape(1, 4, (2, 3, 4)))
    low, high = c.pick((0, 1), (-1, 1), (0, 1), (0, 5))
    indices = c.pick(c.array(None, c.pick("int32", "int64", "uint8", "float32"), low, high), 0, -1, [0, 1], [[1]])
    return {"x": x, "indices": indices, **optional(c, axis=c.pick(c.axis(x.ndim), None))}


@of("take_along_axis")
def take_along_axis(c):
    x = c.array(c.shape(1, 3, (2, 3, 4)))
    axis = c.integer(-x.ndim, x.ndim - 1)
    shape = list(x.shape)
    shape[axis] = c.pick(2, 1, 3)
    return {
        "x": x,
        "indices": c.array(tuple(shape), c.pick("int32", "int64"), c.pick(0, -1), 1),
        "axis": c.pick(axis, axis, None),
    }


@of("tile")
def tile(c):
    return {"x": c.array(), "repeats": c.pick(2, (1, 2), [2, 1, 3], 0, (2,), ())}


@of("transpose")
def transpose(c):
    x = c.array()
    return {
        "x": x,
        **optional(
            c,
            axes=c.pick(tuple(range(x.ndim))[::-1], list(range(x.ndim)), (-1, *range(x.ndim - 1)), (0,), (0, 0), None),
        ),
    }


@of("trapezoid")
def trapezoid(c):
    y = c.array()
    return {
        "y": y,
        **optional(
            c, x=c.pick(None, c.array(y.shape), c.array(y.shape[-1:])), dx=c.pick(1.0, 2, 0.5), axis=c.axis(y.ndim)
        ),
    }


@of("unique")
def unique(c):
    x = c.array(dtype=c.pick("int32", "float32", "int64", "uint8", "bool"), low=0, high=2)
    return {
        "x": x,
        **optional(
            c,
            sorted=True,
            return_index=True,
            return_inverse=True,
            return_counts=True,
            axis=c.pick(None, c.axis(x.ndim)),
            size=c.pick(2, 5, None),
            fill_value=c.pick(0, 9, None),
        ),
    }


@of("unravel_index")
def unravel_index(c):
    return {
        "indices": c.array(dtype=c.pick("int32", "int64", "uint8"), low=0, high=5),
        "shape": c.pick((2, 3), [6], (3, 2, 2), (2, None)),
    }


@of("vander")
def vander(c):
    return {
        "x": c.array(c.shape(0, 2)),
        **optional(c, N=c.pick(None, 2, 0, 4, -1, 2.5), increasing=c.pick(False, True)),
    }


@of("view")
def view(c):
    return {"x": c.array(), "dtype": c.pick("int32", "uint8", "float16", "int64", "float32", None)}


@of("where")
def where(c):
    condition = c.array(dtype=c.pick("bool", "bool", "int32", "float32"))
    return {
        "condition": condition,
        **({"x1": c.companion(condition), "x2": c.companion(condition)} if c.chance(85) else {}),
    }


@of("full", "full_like")
def full(c):
    return {
        "shape": c.shape(),
        "fill_value": c.pick(0, 1.5, True, c.array(()), c.array((2,)), -1),
        **optional(c, dtype=c.dtype()),
    }


@of("full_like")
def full_like(c):
    return {"x": c.array(), "fill_value": c.pick(0, 1.5, True, c.array(()), -1), **optional(c, dtype=c.dtype())}


@of("cumsum", "cumprod", "nancumsum", "nancumprod")
def cumulative(c):
    x = c.array()
    return {"x": x, **optional(c, axis=c.pick(None, c.axis(x.ndim)), dtype=c.dtype())}


@of("count_nonzero")
def count_nonzero(c):
    x = c.array()
    return {"x": x, **optional(c, axis=c.axes(x.ndim))}


@of("argmax", "argmin", "nanargmax", "nanargmin")
def positions(c):
    x = c.array()
    return {"x": x, **optional(c, axis=c.pick(None, c.axis(x.ndim)), keepdims=c.pick(True, False))}


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
