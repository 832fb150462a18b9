"""Versions of `tf` functions for a program's own types: `@tf.experimental.dispatch_for_api(tf.stack)` and others.

A function of `tf` that finds a value in its arguments that is not a tensor asks `version_for` whether the program has
registered a function for such arguments. A version names its types by annotations; at least one of the values must be
of a class of the program's own, so that a version for `MaskedTensor | tf.Tensor` is not called for tensors alone.
"""

__replay__ = "computes"

import inspect
import typing
from functools import wraps
from types import UnionType

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.compat.tensorflow.ragged import dispatch as of_ragged

__all__ = [
    "dispatch_for_api",
    "dispatch_for_binary_elementwise_apis",
    "dispatch_for_binary_elementwise_assert_apis",
    "dispatch_for_unary_elementwise_apis",
    "unregister_dispatch_for",
]

UNARY, BINARY, BINARY_ASSERT = "unary", "binary", "binary assert"
_OPERANDS = {UNARY: 1, BINARY: 2, BINARY_ASSERT: 2}
# Beside those that take ragged tensors.
ELEMENTWISE = {
    UNARY: of_ragged.ELEMENTWISE[1] + " math.angle math.bessel_i0 math.bessel_i0e math.bessel_i1 math.bessel_i1e "
    "nn.log_softmax strings.substr",
    BINARY: of_ragged.ELEMENTWISE[2] + " nn.sigmoid_cross_entropy_with_logits math.scalar_mul dtypes.complex",
    BINARY_ASSERT: "debugging.assert_equal debugging.assert_none_equal debugging.assert_less "
    "debugging.assert_less_equal debugging.assert_greater debugging.assert_greater_equal debugging.assert_near",
}
_of_functions = {}  # function → [(its signature, {parameter: annotation}, version)]
_of_families = {family: {} for family in ELEMENTWISE}  # family → {types of the operands: version}
_offered = {}  # function → its signature, for all that were offered so far


def dispatch_for_api(api, *signatures):
    """Decorator: the function that `api`, a function of `tf`, calls for arguments of given types.

    Args:
        api: such as `tf.stack`. The version has the same parameters; `name` may be missing.
        signatures: dicts {parameter: type}; `list[T]` for a list of which all elements have the type, and unions. None:
            the annotations of the version.

    Raises:
        ValueError: `api` cannot be overridden, the parameters differ, or there are no types.
    """
    function = inspect.unwrap(api) if callable(api) else api
    if function not in _offered:
        raise ValueError(f"{api!r} does not support dispatch. Functions of `tf` that compute with tensors do.")

    def decorator(dispatch_target):
        _check_parameters(dispatch_target, _offered[function])
        chosen = signatures or (typing.get_type_hints(dispatch_target),)
        for signature in chosen:
            annotations = {name: kind for name, kind in signature.items() if name != "return"}
            if not annotations:
                raise ValueError(
                    "`dispatch_for_api` must be called with at least one signature, such as {'x': MyType}, or be put "
                    f"before a function whose parameters have annotations. Received: {dispatch_target!r}"
                )
            _of_functions.setdefault(function, []).append((annotations, dispatch_target))
        return dispatch_target

    return decorator


def dispatch_for_unary_elementwise_apis(x_type):
    """Decorator: the function `(api_func, x)` that all elementwise functions of one tensor call for an x of this type.

    `api_func(x)` is the function of `tf`, with the other arguments of the call.

    Raises:
        ValueError: there is one for the type.
    """
    return _registering(UNARY, (x_type,))


def dispatch_for_binary_elementwise_apis(x_type, y_type):
    """Decorator: the function `(api_func, x, y)` that all elementwise functions of two tensors call for these types."""
    return _registering(BINARY, (x_type, y_type))


def dispatch_for_binary_elementwise_assert_apis(x_type, y_type):
    """Decorator: the function `(assert_func, x, y)` that `tf.debugging.assert_…` call for these types."""
    return _registering(BINARY_ASSERT, (x_type, y_type))


def unregister_dispatch_for(dispatch_target):
    """Undo the decorators above for a version.

    Raises:
        ValueError: it is none.
    """
    found = False
    for function, versions in _of_functions.items():
        left = [entry for entry in versions if entry[1] is not dispatch_target]
        found |= len(left) < len(versions)
        _of_functions[function] = left
    for versions in _of_families.values():
        for types in [types for types, version in versions.items() if version is dispatch_target]:
            del versions[types]
            found = True
    if not found:
        raise ValueError(f"Function {dispatch_target!r} was not registered by a dispatch decorator.")


def may_have_versions(function, family=None):
    """Note that scripts get this function of `tf`. Returns `version_for` it: what to call with arguments."""
    _offered[function] = inspect.signature(function)

    def version_for(offered, args, kwargs):
        """The result of the program's version for these arguments; `NotImplemented` if there is none."""
        of_family = _of_families.get(family)
        if not _of_functions.get(function) and not of_family:
            return NotImplemented
        try:
            arguments = _offered[function].bind(*args, **kwargs).arguments
        except TypeError:
            return NotImplemented
        for annotations, version in _of_functions.get(function, ()):
            if _matches([(arguments.get(name), kind) for name, kind in annotations.items()]):
                return version(*args, **_without_name(kwargs, version))
        count = _OPERANDS.get(family, 0)
        operands = list(arguments.values())[:count]
        for types, version in (of_family or {}).items():
            if len(operands) == count and _matches(list(zip(operands, types, strict=True))):
                named = list(arguments)[:count]
                others = {name: value for name, value in kwargs.items() if name not in named}
                return version(_with_arguments(offered, args[count:], others), *operands)
        return NotImplemented

    return version_for


def with_versions(function, version_for):
    """The function, with a program's version of it as a fallback for arguments that it does not accept."""

    @wraps(function)
    def wrapper(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except (TypeError, ValueError):  # raised by functions for values of unknown types
            if (result := version_for(wrapper, args, kwargs)) is NotImplemented:
                raise
        return result

    return wrapper


def _with_arguments(function, args, kwargs):
    return lambda *operands: function(*operands, *args, **kwargs)


def _registering(family, types):
    def decorator(handler):
        if (other := _of_families[family].get(types)) is not None:
            raise ValueError(
                f"A {family} elementwise dispatch handler ({other!r}) has already been registered for {types}. Take it "
                "away by `tf.experimental.unregister_dispatch_for` first."
            )
        _of_families[family][types] = handler
        return handler

    return decorator


def _check_parameters(version, signature):
    ours, theirs = list(inspect.signature(version).parameters), list(signature.parameters)
    if [name for name in ours if name != "name"] != [name for name in theirs if name != "name"]:
        raise ValueError(
            f"Dispatch function's signature {inspect.signature(version)} does not match API's signature {signature}: "
            "the parameters must have the same names."
        )


def _without_name(kwargs, version):
    takes_it = "name" in inspect.signature(version).parameters
    return kwargs if takes_it else {key: value for key, value in kwargs.items() if key != "name"}


def _matches(pairs):
    """Whether all values have their types, and one is of a class of the program's own."""
    return all(_is_a(value, kind) for value, kind in pairs) and any(_is_own(value) for value, _ in pairs)


def _is_a(value, kind):
    origin = typing.get_origin(kind)
    if origin in (typing.Union, UnionType):
        return any(_is_a(value, alternative) for alternative in typing.get_args(kind))
    if origin is list:
        (of_elements,) = typing.get_args(kind)
        return isinstance(value, (list, tuple)) and all(_is_a(element, of_elements) for element in value)
    if kind is Tensor:
        return isinstance(value, (Tensor, KerasTensor, Variable))
    return kind is typing.Any or (isinstance(kind, type) and isinstance(value, kind))


def _is_own(value):
    """Whether a value is not a tensor, number, string or the like. (Of a list: whether any element is such a value.)"""
    if isinstance(value, (list, tuple)):
        return any(map(_is_own, value))
    module = type(value).__module__.partition(".")[0]
    return module not in ("minikeras", "numpy", "builtins", "ml_dtypes")
