"""The check of a normalization's axes."""


def check_axes(layer, input_shape):
    """Raise unless the input has every axis of `layer.axis`, an integer or a list.

    Raises:
        ValueError: an axis does not exist.
    """
    ndim = len(input_shape)
    for axis in layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]:
        if not -ndim <= axis < ndim:
            raise ValueError(
                f"There is no axis {axis} in the input shape {tuple(input_shape)} of layer '{layer.name}' "
                f"({type(layer).__name__}). Received: axis={layer.axis}"
            )
