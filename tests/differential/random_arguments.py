"""Arguments of `keras.random`, `keras.tree` and `keras.utils`, by their full names. See `function_arguments`."""

import collections

import numpy as np

from tests.differential.function_arguments import of, optional
from tests.differential.values import Made

Point = collections.namedtuple("Point", "x y")
FLOAT_DTYPES = ("float32", "float64", "float16", "bfloat16", None, "int32")


def shape(c):
    return c.pick((3, 2), (), (4,), [2, 1], (0, 2))


def seed(c):
    return c.pick(3, 0, 2**31, 17)


@of("random.normal", "random.truncated_normal")
def normal(c):
    dtype = c.pick(*FLOAT_DTYPES)
    return {
        "shape": shape(c),
        **optional(c, mean=c.pick(0.0, 1, -2.5), stddev=c.pick(1.0, 2, 0.0), dtype=dtype),
        "seed": seed(c),
    }


@of("random.uniform")
def uniform(c):
    dtype = c.pick(*FLOAT_DTYPES)
    return {
        "shape": shape(c),
        **optional(c, minval=c.pick(0.0, -1, 0.5), maxval=c.pick(1.0, 3, 0.5), dtype=dtype),
        "seed": seed(c),
    }


@of("random.randint")
def randint(c):
    dtype = c.pick("int32", "int64", "uint8", "float32", "int8", "bool")
    return {
        "shape": shape(c),
        "minval": c.pick(0, -3, 2),
        "maxval": c.pick(10, 100, 3, 2),
        **optional(c, dtype=dtype),
        "seed": seed(c),
    }


@of("random.gamma")
def gamma(c):
    return {
        "shape": shape(c),
        "alpha": c.pick(0.5, 1, 3.0),
        **optional(c, dtype=c.pick(*FLOAT_DTYPES)),
        "seed": seed(c),
    }


@of("random.beta")
def beta(c):
    return {
        "shape": shape(c),
        "alpha": c.pick(0.5, 2),
        "beta": c.pick(0.7, 3),
        **optional(c, dtype=c.pick(*FLOAT_DTYPES)),
        "seed": seed(c),
    }


@of("random.binomial")
def binomial(c):
    return {
        "shape": shape(c),
        "counts": c.pick(5, 1.0, 0),
        "probabilities": c.pick(0.3, 0.0, 1.0),
        **optional(c, dtype=c.pick(*FLOAT_DTYPES)),
        "seed": seed(c),
    }


@of("random.categorical")
def categorical(c):
    logits = c.finite((c.pick(2, 1, 3), c.pick(3, 1, 5)), c.pick("float32", "float64", "float16"))
    return {
        "logits": logits,
        "num_samples": c.pick(1, 4, 0),
        **optional(c, dtype=c.pick("int32", "int64")),
        "seed": seed(c),
    }


@of("random.dropout")
def dropout(c):
    x = c.finite(c.shape(1, 3, (2, 3, 4)), c.pick("float32", "float64", "float16"))
    noise_shape = tuple(c.pick(n, 1, None) for n in x.shape)
    return {"inputs": x, "rate": c.pick(0.5, 0.1, 0.9, 0), **optional(c, noise_shape=noise_shape), "seed": seed(c)}


@of("random.shuffle")
def shuffle(c):
    x = c.array(c.shape(1, 3, (2, 3, 4)))
    return {"x": x, **optional(c, axis=c.axis(x.ndim)), "seed": seed(c)}


# --- nested structures ------------------------------------------------------------------------------------------------


def nest(c, depth=3):
    """Lists, tuples and dicts of several kinds in each other, with numbers, None, text and arrays as leaves."""
    kind = c.pick("leaf", "list", "tuple", "dict", "ordered", "named") if depth else "leaf"
    if kind == "leaf":
        return c.pick(1, None, "a", 2.5, True, np.arange(3))
    if kind == "named":
        return Point(nest(c, depth - 1), nest(c, depth - 1))
    inner = [nest(c, depth - 1) for _ in range(c.integer(0, 3))]
    if kind in ("dict", "ordered"):
        pairs = list(zip(c.pick(("b", "a", "c"), (2, 1, 0)), inner, strict=False))
        return dict(pairs) if kind == "dict" else collections.OrderedDict(pairs)
    return inner if kind == "list" else tuple(inner)


def like(c, structure):
    """Mostly the structure itself; or another."""
    return structure if c.chance(70) else nest(c)


@of("tree.flatten", "tree.is_nested", "tree.lists_to_tuples", "tree.flatten_with_path")
def structure(c):
    return {"structure": nest(c)}


@of("tree.assert_same_structure", "tree.assert_same_paths")
def two_structures(c):
    first = nest(c)
    return {"a": first, "b": like(c, first)}


@of("tree.map_structure")
def map_structure(c):
    first = nest(c)
    more = [like(c, first) for _ in range(c.integer(0, 2))]
    return {"*": (Made(lambda package: lambda *leaves: [str(type(x).__name__) for x in leaves]), first, *more)}


@of("tree.map_shape_structure")
def map_shape_structure(c):
    return {"*": (Made(lambda package: lambda shape: list(shape)), c.pick((1, 2), [(1, 2), (3,)], {"a": (None, 2)}))}


@of("tree.pack_sequence_as")
def pack_sequence_as(c):
    return {"structure": nest(c), "flat_sequence": list(range(c.integer(0, 6)))}


@of("tree.traverse")
def traverse(c):
    visit = Made(lambda package: lambda x: x * 2 if isinstance(x, int) else None)
    return {"*": (visit, nest(c)), **optional(c, top_down=c.pick(True, False))}


# --- utils ------------------------------------------------------------------------------------------------------------


@of("utils.to_categorical")
def to_categorical(c):
    x = c.array(c.shape(0, 3, (2, 3, 1)), c.pick("int32", "int64", "uint8"), low=0, high=3)
    return {"x": c.pick(x, x.tolist()), **optional(c, num_classes=c.pick(4, 5, None))}


@of("utils.pad_sequences")
def pad_sequences(c):
    rows = [list(range(1, c.integer(1, 5))) for _ in range(c.integer(0, 4))]
    return {
        "sequences": rows,
        **optional(
            c,
            maxlen=c.pick(None, 2, 3, 0),
            dtype=c.pick("int32", "float32", "int64"),
            padding=c.pick("pre", "post", "wrong"),
            truncating=c.pick("pre", "post", "wrong"),
            value=c.pick(0, -1, 2.5),
        ),
    }


NAMES = [
    *[f"random.{name}" for name in ("normal", "truncated_normal", "uniform", "randint", "gamma", "beta", "binomial")],
    *[f"random.{name}" for name in ("categorical", "dropout", "shuffle")],
    *[f"tree.{name}" for name in ("flatten", "is_nested", "lists_to_tuples", "flatten_with_path", "traverse")],
    *[f"tree.{name}" for name in ("assert_same_structure", "assert_same_paths", "map_structure", "pack_sequence_as")],
    *["tree.map_shape_structure", "utils.to_categorical", "utils.pad_sequences"],
]
