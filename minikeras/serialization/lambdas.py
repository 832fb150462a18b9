"""Lambdas in configs: their byte code, which is only run if the user trusts the file."""

import base64
import marshal
import sys
import types

import numpy as np

from minikeras.serialization.trust import in_safe_mode


class RefusedLambdaError(ValueError):
    """A config holds code, and is not trusted. No `from_config` turns this into another error."""


def serialize_lambda(function):
    """A lambda's byte code, as text. Only `safe_mode=False` reads it back."""
    closure = function.__closure__
    return {
        "code": base64.encodebytes(marshal.dumps(function.__code__)).decode("ascii"),
        "defaults": function.__defaults__,
        "closure": None if closure is None else tuple(cell.cell_contents for cell in closure),
    }


def deserialize_lambda(value):
    """The lambda made from byte code: {"code", "defaults", "closure"}, or a sequence of these three.

    Raises:
        RefusedLambdaError: in safe mode, since the code could do anything. It is a subclass of ValueError.
    """
    if in_safe_mode():
        raise RefusedLambdaError(
            "The config contains the code of a lambda (in a Lambda layer or elsewhere): to load it allows "
            "arbitrary code execution. If you trust its origin, load it with `safe_mode=False` (or call "
            "`keras.config.enable_unsafe_deserialization()`)."
        )
    if isinstance(value, dict):
        value = (value["code"], value["defaults"], value["closure"])
    text, defaults, closure = value
    code = marshal.loads(base64.decodebytes(text.encode("ascii")))
    closure = tuple(types.CellType(content) for content in closure or ())
    defaults = None if defaults is None else tuple(defaults)
    return types.FunctionType(code, {**sys.modules["builtins"].__dict__, "np": np}, code.co_name, defaults, closure)
