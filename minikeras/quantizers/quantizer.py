"""`Quantizer`, the base of objects that quantize, and `AbsMaxQuantizer`."""

from minikeras.base.limits import FromConfig
from minikeras.quantizers.abs_max import abs_max_quantize


class Quantizer(FromConfig):
    """Turns floats into numbers of a smaller dtype. Subclasses override `__call__` and `get_config`.

    Args:
        output_dtype: the dtype of the results.
    """

    def __init__(self, output_dtype="int8"):
        self.output_dtype = output_dtype

    def __call__(self, x):
        """`x` unchanged: this class quantizes nothing."""
        return x

    def get_config(self):
        """The constructor's arguments.

        Raises:
            NotImplementedError: the subclass does not override it.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `get_config()` to be serialized.")


class AbsMaxQuantizer(Quantizer):
    """Quantizes by the largest absolute value: see `abs_max_quantize`.

    Args:
        axis: axis or axes of the maximum, unless the call gives others; the last one if None.
        value_range: (smallest, largest) integer.
        epsilon: keeps the scale of zeros finite.
        output_dtype: the dtype of the results.

    Raises:
        ValueError: int8 does not hold `value_range`.
    """

    def __init__(self, axis=None, value_range=(-127, 127), epsilon=1e-7, output_dtype="int8"):
        super().__init__(output_dtype)
        self.axis = axis if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        self.value_range = value_range
        self.epsilon = epsilon
        if output_dtype == "int8" and (value_range[0] < -128 or value_range[1] > 127):
            raise ValueError(f"int8 holds the integers from -128 to 127. Received: value_range={value_range}")

    def __call__(self, x, axis=None, to_numpy=False):
        """(q, scale) of `x`."""
        axis = (-1 if self.axis is None else self.axis) if axis is None else axis
        return abs_max_quantize(x, axis, self.value_range, self.output_dtype, self.epsilon, to_numpy)

    def get_config(self):
        config = {"value_range": self.value_range, "epsilon": self.epsilon, "output_dtype": self.output_dtype}
        return config if self.axis is None else {**config, "axis": self.axis}
