"""Checks of the operands of all `tf` functions, by the rules in `operand_table.py`.

`tf.sqrt(4)`, `tf.matmul` of float and int, `tf.one_hot` of floats: TensorFlow has operations for some dtypes only, and
converts no tensor. `checked(function)` is the function with its rule applied first (see `offered_functions.py`).

A rule has one clause for each operand, or for several that share a dtype:

    x: float complex                  x has one of these dtypes; others are an InvalidArgumentError
    x = y: real                       both have the same one: that of the first tensor, to which arrays are cast
    x > y: real                       … that of x, to which y is cast if it is an array
    x & y: real                       … and nothing is cast
    values*: any                      `values` is a list of tensors of one dtype
    mean: dtype                       it has the dtype that the function's `dtype` names
    x: float !Type                    others are a TypeError
    x: float !Type int !Value bool    an integer is a TypeError, a boolean a ValueError
    x = y ~Value: any                 different dtypes are a ValueError
    indices: index @int32             arrays of other dtypes are cast to int32, Python's numbers where they fit
"""

__replay__ = "computes"

import inspect
from functools import cache, wraps
from typing import NamedTuple

from minikeras.autodiff import Tensor
from minikeras.base import errors
from minikeras.base.replay import safe_to_replay
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.operand_conversion import (
    converted,
    fits,
    is_array,
    is_symbolic,
    is_tensor,
    natural_dtype,
    numpy_dtypes,
    packed,
    refusal,
)

_GROUPS = {
    "float": "bfloat16 float16 float32 float64",
    "wide": "float32 float64",
    "complex": "complex64 complex128",
    "int": "int8 int16 int32 int64",
    "uint": "uint8 uint16 uint32 uint64",
    "index": "int32 int64",
}
_GROUPS["integer"] = f"{_GROUPS['int']} {_GROUPS['uint']}"
_GROUPS["real"] = f"{_GROUPS['integer']} {_GROUPS['float']}"
_GROUPS["number"] = f"{_GROUPS['real']} {_GROUPS['complex']}"
_GROUPS["any"] = f"{_GROUPS['number']} bool string"
_ERRORS = {"Type": TypeError, "Value": ValueError}


class Clause(NamedTuple):
    """What one operand must be, or several that share a dtype.

    Args:
        operands: their names, one with a star for a list.
        dtypes: the names of the allowed dtypes, in order.
        error: of most other dtypes.
        errors: {dtype: error} of the rest.
        link: "=", ">" or "&", see above.
        difference: the error for different dtypes.
        default: the dtype to which arrays are cast, or None.
    """

    operands: tuple
    dtypes: tuple
    error: type
    errors: dict
    link: str
    difference: type
    default: str | None


def _expand(words):
    return tuple(" ".join(_GROUPS.get(word, word) for word in words).split())


def _error(name):
    return _ERRORS.get(name) or getattr(errors, f"{name}Error")


@cache
def parsed(rule):
    """The clauses of a rule."""
    return tuple(_clause(text) for text in rule.split(";"))


def _clause(text):
    head, body = text.split(":")
    head, _, difference = head.partition("~")
    body, *exceptions = body.split("!")
    body, _, default = body.partition("@")
    error, others = errors.InvalidArgumentError, {}
    for exception in exceptions:
        name, *words = exception.split()
        if words:
            others |= dict.fromkeys(_expand(words), _error(name))
        else:
            error = _error(name)
    link = next((sign for sign in ">&" if sign in head), "=")
    return Clause(
        tuple(operand.strip() for operand in head.split(link) if operand.strip()),
        _expand(body.split()),
        error,
        others,
        link,
        _error(difference.strip() or "InvalidArgument"),
        default.strip() or None,
    )


def checked(function, name, rule):
    """The function with its operands checked first.

    Args:
        name: what errors call it, "tf.math.sqrt".
        rule: a text as above.
    """
    clauses = parsed(rule)
    locations = _locations(function, clauses)

    @wraps(function)
    def wrapper(*args, **kwargs):
        if _are_usual(usual, args):
            return function(*args, **kwargs)
        arguments = list(args)
        for clause in clauses:
            _apply(clause, locations, arguments, kwargs, name)
        return function(*arguments, **kwargs)

    usual = _usual(clauses, locations)

    return wrapper


def _locations(function, clauses):
    """{operand: (position, whether it stands for all positional arguments from there)}."""
    parameters = list(inspect.signature(function).parameters.values())
    names = [parameter.name for parameter in parameters]
    found = {}
    operands = [operand for clause in clauses for operand in clause.operands]
    if any("dtype" in clause.dtypes for clause in clauses):
        operands.append("dtype")
    for operand in operands:
        place = names.index(operand.rstrip("*"))
        found[operand] = place, parameters[place].kind is inspect.Parameter.VAR_POSITIONAL
    return found


def _usual(clauses, locations):
    """(positions, dtypes of NumPy's) by which the usual arguments are recognized: tensors that share a dtype."""
    operands = [operand for clause in clauses for operand in clause.operands]
    if len(clauses) > 1 or any(operand[-1] == "*" for operand in operands):
        return None
    dtypes = [dtype for dtype in clauses[0].dtypes if dtype != "dtype"]
    return sorted(locations[operand][0] for operand in operands), numpy_dtypes(dtypes)


@safe_to_replay("it looks at the dtypes only")
def _are_usual(usual, args):
    """Whether all arguments are tensors of one allowed dtype, found by a glance."""
    if usual is None:
        return False
    positions, known = usual
    if len(args) <= positions[-1]:
        return False
    first = args[positions[0]]
    if type(first) is not Tensor or first.array.dtype not in known:
        return False
    return all(type(args[i]) is Tensor and args[i].array.dtype == first.array.dtype for i in positions[1:])


@safe_to_replay("it looks at dtypes, and converts values that are not tensors")
def _apply(clause, locations, arguments, kwargs, function):
    """Check the operands of one clause, and convert those that are not tensors in place."""
    values = {}  # (operand, place in a list or None): value
    for operand in clause.operands:
        place, is_rest = locations[operand]
        if is_rest:
            values |= {(operand, i): item for i, item in enumerate(arguments[place:])}
            continue
        value = arguments[place] if place < len(arguments) else kwargs.get(operand.rstrip("*"))
        if operand[-1] == "*" and isinstance(value, (list, tuple)):
            values |= {(operand, i): item for i, item in enumerate(value)}
        elif value is not None:
            values[operand, None] = value
    if not values or any(map(is_symbolic, values.values())):
        return
    if "dtype" in clause.dtypes:
        wanted = _wanted_dtype(locations, arguments, kwargs)
        clause = clause._replace(dtypes=(wanted,), default=wanted)
    changed = _one(clause, values, function) if len(values) == 1 else _several(clause, values, function)
    for (operand, i), value in changed.items():
        place, is_rest = locations[operand]
        if is_rest:
            arguments[place + i] = value
            continue
        container, key = (arguments, place) if place < len(arguments) else (kwargs, operand.rstrip("*"))
        container[key] = value if i is None else [*container[key][:i], value, *container[key][i + 1 :]]


def _wanted_dtype(locations, arguments, kwargs):
    """The name of the dtype that was passed to a function."""
    place, _ = locations["dtype"]
    given = arguments[place] if place < len(arguments) else kwargs.get("dtype")
    return as_dtype("float32" if given is None else given).name


def _one(clause, values, function):
    """The one value of a clause, cast if it is an array and the clause has a dtype for these."""
    ((key, value),) = values.items()
    dtype = natural_dtype(value)
    if dtype is None or dtype in clause.dtypes:
        return {}
    if clause.default and not is_tensor(value):
        if is_array(value) and fits(value, clause.default):
            return {key: value.astype(clause.default)}
        if fits(value, clause.default):
            return {}
        if len(clause.dtypes) == 1:
            raise _not_taken(TypeError, function, key, dtype, clause)
    if clause.default and dtype != "string" and isinstance(value, (list, tuple)) and is_tensor(value):
        return {key: packed(value, clause.default)}
    raise _not_taken(_error_for(clause, dtype, value), function, key, dtype, clause)


def _error_for(clause, dtype, value):
    """The error for a dtype: what is not a tensor fails on its way to a tensor of strings, if only these are
    allowed.
    """
    if clause.dtypes == ("string",) and not is_tensor(value) and dtype not in clause.errors:
        return ValueError if is_array(value) else TypeError
    return clause.errors.get(dtype, clause.error)


def _several(clause, values, function):
    """Operands that share a dtype: that of the first tensor, else of the first value."""
    leading = next(iter(values))
    if clause.link == "=":
        leading = next((key for key, value in values.items() if is_tensor(value)), leading)
    dtype = natural_dtype(values[leading])
    if dtype is None:
        return {}
    if clause.default and is_array(values[leading]) and fits(values[leading], clause.default):
        dtype = clause.default
    changed = {}
    for key, value in values.items():
        natural = natural_dtype(value)
        if natural is None or natural == dtype:
            continue
        if key[0] == leading[0] and not is_tensor(values[leading]) and not is_tensor(value):
            continue  # Python's numbers in one list: together they have one dtype
        if is_tensor(value) or clause.link == "&":
            raise _different(clause.difference, function, leading, dtype, key, natural)
        if not fits(value, dtype):
            raise _different(TypeError, function, leading, dtype, key, natural)
        changed[key] = converted(value, dtype)
    if dtype not in clause.dtypes:
        raise _not_taken(_error_for(clause, dtype, values[leading]), function, leading, dtype, clause)
    return changed


def _shown(key):
    operand, i = key
    return f"`{operand.rstrip('*')}`" if i is None else f"`{operand.rstrip('*')}[{i}]`"


def _different(error, function, key, dtype, other, natural):
    fix = dtype if _rank(dtype) >= _rank(natural) else natural
    cast = other if fix == dtype else key
    argument = _shown(cast).strip("`")
    return refusal(
        error,
        f"`{function}` needs one dtype. Received: {_shown(key)} is {dtype}, {_shown(other)} is {natural}. TensorFlow "
        f"does not convert either; use `tf.cast({argument}, tf.{fix})`.",
    )


def _rank(dtype):
    return _GROUPS["any"].split().index(dtype)


def _not_taken(error, function, key, dtype, clause):
    fix = next((f for f in ("float32", "int32", "string", *clause.dtypes) if f in clause.dtypes), None)
    argument = _shown(key).strip("`")
    advice = f"tf.strings.as_string({argument})" if fix == "string" else f"tf.cast({argument}, tf.{fix})"
    if dtype == "string":
        advice = f"tf.strings.to_number({argument})"
    return refusal(
        error, f"`{function}` takes no {dtype} for {_shown(key)}, but {', '.join(clause.dtypes)}. Use `{advice}`."
    )
