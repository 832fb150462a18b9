"""Arguments of functions of `keras.ops` that move, choose, sort and count elements. See `function_arguments`."""

import numpy as np

from tests.differential.function_arguments import of, optional


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
