"""Dispatch of `tf` functions for ragged tensors: `offered_functions.py` applies it to each of them.

An elementwise function is called with the flat values of its operands; the others have a version of their own in
`minikeras/tensors/ragged/`. A function that is in neither table gets ragged tensors as they are.
"""

__replay__ = "computes"

import inspect
from functools import cache, wraps

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.base.replay import safe_to_replay
from minikeras.compat.tensorflow.conversion import axes, integers
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.ragged.dynamic_shape import DynamicRaggedShape
from minikeras.tensors.ragged import arrangement
from minikeras.tensors.ragged.broadcasting import elementwise, is_ragged
from minikeras.tensors.ragged.reductions import reduce

# {how many of the first arguments are operands: names below `tf`}
ELEMENTWISE = {
    1: (
        "math.abs math.acos math.acosh math.asin math.asinh math.atan math.atanh math.ceil math.conj math.cos "
        "math.cosh math.digamma math.erf math.erfc math.erfcinv math.erfinv math.exp math.expm1 math.floor math.imag "
        "math.is_finite math.is_inf math.is_nan math.lgamma math.log math.log1p math.log_sigmoid math.logical_not "
        "math.ndtri math.negative math.real math.reciprocal math.reciprocal_no_nan math.rint math.round math.rsqrt "
        "math.sigmoid math.sign math.sin math.sinh math.softplus math.sqrt math.square math.tan math.tanh "
        "bitwise.invert cast saturate_cast identity ones_like zeros_like clip_by_value debugging.check_numerics "
        "dtypes.complex one_hot nn.relu nn.relu6 nn.elu nn.selu nn.gelu nn.silu nn.swish nn.leaky_relu nn.softsign "
        "nn.dropout image.adjust_brightness image.convert_image_dtype image.adjust_gamma "
        "strings.as_string strings.to_number strings.to_hash_bucket strings.to_hash_bucket_fast "
        "strings.to_hash_bucket_strong strings.length strings.lower strings.upper strings.strip strings.regex_replace "
        "strings.regex_full_match strings.unicode_script strings.unicode_transcode io.decode_base64 io.encode_base64 "
        "io.decode_compressed"
    ),
    2: (
        "math.add math.subtract math.multiply math.divide math.truediv math.floordiv math.floormod math.mod math.pow "
        "math.maximum math.minimum math.squared_difference math.atan2 math.divide_no_nan math.multiply_no_nan "
        "math.equal math.not_equal math.less math.less_equal math.greater math.greater_equal math.logical_and "
        "math.logical_or math.logical_xor math.zeta math.xdivy math.xlogy math.xlog1py realdiv truncatediv truncatemod "
        "math.igamma math.igammac math.polygamma math.nextafter bitwise.bitwise_and bitwise.bitwise_or "
        "bitwise.bitwise_xor bitwise.left_shift bitwise.right_shift"
    ),
}
LISTS = "math.add_n strings.join"  # their operands are the elements of the first argument


def _reduction(reduction):
    def version(function, input_tensor, axis=None, keepdims=False, name=None):
        return reduce(reduction, input_tensor, axes(axis), keepdims)

    return version


def _mean_of(reduction):
    def version(function, input_tensor, axis=None, keepdims=False, name=None):
        """Integers are divided as float64, as by `/`."""
        x = input_tensor
        if "int" in x.dtype:
            x = x.with_flat_values(ops.cast(x.flat_values, "float64"))
        return reduce(reduction, x, axes(axis), keepdims)

    return version


def _concat(function, values, axis, name=None):
    _check_one_dtype("tf.concat", values)
    return arrangement.concatenate(values, axes(axis))


def _check_one_dtype(name, values):
    dtypes = {str.__str__(x.dtype) for x in values if is_ragged(x) or isinstance(x, Tensor)}
    if len(dtypes) > 1:
        raise InvalidArgumentError(
            None, None, f"`{name}` needs one dtype. Received: {sorted(dtypes)}. Use `tf.cast` on one of them."
        )


def _stack(function, values, axis=0, name=None):
    _check_one_dtype("tf.stack", values)
    return arrangement.stack(values, axes(axis))


def _expand_dims(function, input, axis, name=None):
    return arrangement.expand_dims(input, axes(axis))


def _squeeze(function, input, axis=None, name=None):
    if axis is None:
        raise ValueError("`tf.squeeze` of a ragged tensor needs `axis`: rows of length 1 may be so by chance.")
    return arrangement.squeeze(input, axes(axis))


def _tile(function, input, multiples, name=None):
    return arrangement.tile(input, integers(multiples))


def _reverse(function, tensor, axis, name=None):
    return arrangement.reverse(tensor, integers(axis))


def _gather(function, params, indices, validate_indices=None, axis=None, batch_dims=0, name=None):
    if not is_ragged(params) and batch_dims == 0:
        return indices.with_flat_values(function(params, indices.flat_values, validate_indices, axis))
    if axis is not None and axes(axis) != batch_dims:
        raise ValueError(f"`tf.gather` from ragged tensors needs axis=batch_dims. Received: {axis=}, {batch_dims=}")
    return arrangement.gather(params, indices, batch_dims)


def _gather_nd(function, params, indices, batch_dims=0, name=None, bad_indices_policy=""):
    if batch_dims or not is_ragged(params):
        raise ValueError(f"`tf.gather_nd` reads from ragged `params` at dense indices. Received: {batch_dims=}")
    return arrangement.gather_nd(params, indices)


def _where(function, condition, x=None, y=None, name=None):
    return arrangement.where(condition) if x is None else elementwise(function, condition, x, y)


def _size(function, input, out_type="int32", name=None):
    return function(input.flat_values, out_type)


def _rank(function, input, name=None):
    return Tensor(np.asarray(len(input.shape), np.int32))


def _shape(function, input, out_type=None, name=None):
    return DynamicRaggedShape(input, "int32" if out_type is None else as_dtype(out_type).name)


def _embedding_lookup(function, params, ids, max_norm=None, name=None):
    return ids.with_flat_values(function(params, ids.flat_values, max_norm))


VERSIONS = {
    **{f"math.reduce_{name}": _reduction(name) for name in ("sum", "prod", "max", "min", "any", "all")},
    "math.reduce_mean": _mean_of("mean"),
    "math.reduce_variance": _mean_of("var"),
    "math.reduce_std": _mean_of("std"),
    "concat": _concat,
    "stack": _stack,
    "expand_dims": _expand_dims,
    "squeeze": _squeeze,
    "tile": _tile,
    "reverse": _reverse,
    "gather": _gather,
    "gather_nd": _gather_nd,
    "where": _where,
    "size": _size,
    "rank": _rank,
    "shape": _shape,
    "nn.embedding_lookup": _embedding_lookup,
}


def versions():
    """{name below `tf`: function(the ordinary function, *arguments) for calls with ragged tensors}."""
    found = dict(VERSIONS)
    for count, names in ELEMENTWISE.items():
        found |= dict.fromkeys(names.split(), _of_first(count))
    return found | dict.fromkeys(LISTS.split(), _of_list)


def _of_first(count):
    def version(function, *args, **kwargs):
        """The function with its first `count` arguments brought to the same rows."""
        named = _parameters(function)[len(args) : count]
        operands = [*args[:count], *(kwargs.pop(name) for name in named if name in kwargs)]
        return elementwise(lambda *flat: function(*flat, *args[count:], **kwargs), *operands)

    return version


@cache
def _parameters(function):
    return [*inspect.signature(function).parameters]


def _of_list(function, inputs, *args, **kwargs):
    return elementwise(lambda *flat: function(list(flat), *args, **kwargs), *inputs)


def dispatched(function, version, of_sparse=None, of_own_types=None):
    """`function`, with `version` in its place if an argument, or an element of a list, is ragged.

    Args:
        of_sparse: the version for a first argument that is a SparseTensor, if there is one.
        of_own_types: what finds the version for an argument of a type of the program's own.
    """

    @wraps(function)
    def wrapper(*args, **kwargs):
        kind = _kind(args, kwargs)
        if kind == "ragged" and version is not None:
            return version(function, *args, **kwargs)
        if kind == "sparse" and of_sparse is not None:
            return of_sparse(function, *args, **kwargs)
        if kind == "extension" and (result := of_own_types(wrapper, args, kwargs)) is not NotImplemented:
            return result
        return function(*args, **kwargs)

    return wrapper


@safe_to_replay("it looks at types")
def _kind(args, kwargs):
    """ "ragged", "sparse" or "extension" if there is such a value in the arguments, or in a list of them; else None."""
    for x in (*args, *kwargs.values()) if kwargs else args:
        if type(x) is not Tensor:
            kind = getattr(type(x), "kind", None)
            if kind in ("ragged", "sparse", "extension"):
                return kind
            if type(x) in (list, tuple) and any(map(is_ragged, x)):
                return "ragged"
    return None
