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
