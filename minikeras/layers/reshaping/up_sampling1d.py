"""`UpSampling1D`: repeats every step."""

from minikeras.layers.reshaping.base_up_sampling import BaseUpSampling


class UpSampling1D(BaseUpSampling):
    """y[n, i, c] = x[n, ⌊i / size⌋, c].  (batch, steps, channels) → (batch, steps · size, channels).

    Args:
        size: number of repetitions, a positive integer.

    Raises:
        TypeError: `size` is not an integer.
        ValueError: it is not positive.
    """

    rank = 1

    def __init__(self, size=2, **kwargs):
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(f"Expected an integer value for `size` of UpSampling1D. Received: size={size!r}")
        if size <= 0:
            raise ValueError(f"`size` of UpSampling1D should be a positive integer. Received: size={size}")
        super().__init__(size, "channels_last", **kwargs)

    def compute_output_shape(self, input_shape):
        return list(super().compute_output_shape(input_shape))  # as in Keras
