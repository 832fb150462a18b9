"""`tf.register_tensor_conversion_function`: how objects of a class become tensors.

A class can define a method `__tf_tensor__`; the registered function becomes that method.
"""

import numpy as np

__all__ = ["register_tensor_conversion_function"]

_OWN = (bool, int, float, complex, str, bytes, list, tuple, dict, np.ndarray, np.generic)


def register_tensor_conversion_function(base_type, conversion_func, priority=100):
    """Let `conversion_func(value, dtype=None, name=None, as_ref=False)` convert objects of a class, or of several.

    Args:
        conversion_func: returns a tensor, or NotImplemented to leave it to the function that was registered next.
        priority: of the functions for a class, the one with the smallest number is called first.

    Raises:
        TypeError: no class, one of Python's or NumPy's own, or no function.
    """
    types = base_type if isinstance(base_type, tuple) else (base_type,)
    if not all(isinstance(each, type) for each in types):
        raise TypeError(f"`base_type` must be a class or a tuple of classes. Received: {base_type!r}")
    if any(issubclass(each, _OWN) for each in types):
        raise TypeError(f"The conversion of Python's and NumPy's own types is fixed. Received: {base_type!r}")
    if not callable(conversion_func):
        raise TypeError(f"`conversion_func` must be a function. Received: {conversion_func!r}")
    for each in types:
        _register(each, conversion_func, priority)


def _register(base_type, function, priority):
    functions = vars(base_type).get("_tensor_conversion_functions")
    if functions is None:
        functions = base_type._tensor_conversion_functions = []

        def convert(self, dtype=None, name=None):
            for _, convert_by in functions:
                result = convert_by(self, dtype=dtype, name=name, as_ref=False)
                if result is not NotImplemented:
                    return result
            raise TypeError(f"No registered function converts {self!r} to a tensor.")

        base_type.__tf_tensor__ = convert
    functions.append((priority, function))
    functions.sort(key=lambda pair: pair[0])
