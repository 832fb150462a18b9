"""`UpSampling3D`: repeats every voxel."""

from minikeras.layers.reshaping.base_up_sampling import BaseUpSampling
from minikeras.ops.spatial import per_axis


class UpSampling3D(BaseUpSampling):
    """y[n, i, j, k, c] = x[n, ⌊i / size₁⌋, ⌊j / size₂⌋, ⌊k / size₃⌋, c].

    Input: (batch, depth, height, width, channels), or (batch, channels, depth, height, width) for "channels_first".
    Output: the same with each side times its factor.

    Args: see `BaseUpSampling`.
    """

    rank = 3

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(per_axis(size, self.rank, "size"), data_format, **kwargs)
