"""Shared by convolution and pooling: TensorFlow's notations of strides, windows, padding and data formats."""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import integers

__all__ = ["is_channels_first", "padded", "spatial"]


def is_channels_first(data_format):
    """Whether "NCHW" etc.; None and "NHWC" are channels-last.

    Raises:
        ValueError: it is neither.
    """
    known = (None, "NWC", "NHWC", "NDHWC", "NCW", "NCHW", "NCDHW")
    if data_format not in known:
        raise ValueError(f"`data_format` must be one of {known[1:]}. Received: data_format={data_format!r}")
    return data_format is not None and data_format.startswith("NC")


def spatial(value, count, channels_first, name):
    """One integer per spatial axis, from one integer, one per spatial axis, or one per axis of the input.

    Raises:
        ValueError: another number of integers, or one above 1 for the batch or channel axis.
    """
    value = integers(value)
    values = list(value) if isinstance(value, list) else [value]
    if len(values) == 1:
        return (values[0],) * count
    if len(values) == count:
        return tuple(values)
    if len(values) != count + 2:
        raise ValueError(f"{name} should be of length 1, {count} or {count + 2}. Received: {name}={value}")
    inner = values[2:] if channels_first else values[1:-1]
    outer = values[:2] if channels_first else [values[0], values[-1]]
    if outer != [1, 1]:
        raise ValueError(f"{name} must be 1 along the batch and channel axes. Received: {name}={value}")
    return tuple(inner)


def padded(x, padding, channels_first):
    """x and "same" or "valid": explicit padding, pairs for every axis of x, is added to x as zeros."""
    if isinstance(padding, str):
        if padding.upper() not in ("SAME", "VALID"):
            raise ValueError(f"`padding` must be 'SAME', 'VALID' or pairs of numbers. Received: padding={padding!r}")
        return x, padding.lower()
    pairs = [tuple(pair) for pair in integers(padding)]
    if len(pairs) == len(x.shape) - 2:
        pairs = [(0, 0), (0, 0), *pairs] if channels_first else [(0, 0), *pairs, (0, 0)]
    return ops.pad(x, pairs), "valid"
