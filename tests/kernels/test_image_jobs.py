"""Images of bytes resized by jobs: as the op resizes them, for any number of channels, and nothing else written."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.kernels.image_jobs import resize_bytes, resize_bytes_bilinear
from minikeras.kernels.memory import aligned
from minikeras.utils.image_dataset import _two_inputs

OTHER_ORDER = 1e-4  # of values up to 255: rows are mixed before columns


@pytest.mark.parametrize("size", [(5, 7), (1, 1), (13, 2), (4, 1)], ids=str)
@pytest.mark.parametrize("channels, stored", [(1, 1), (2, 2), (3, 3), (3, 4), (4, 4), (5, 5)])
def test_images_are_resized_as_by_the_op(channels, stored, size):
    image = np.random.default_rng(0).integers(0, 256, (6, 9, stored), dtype=np.uint8)
    rows, columns = _two_inputs(6, size[0]), _two_inputs(9, size[1], channels, stored)
    memory = np.full(size[0] * size[1] * channels + 8, -1.0, np.float32)
    y = memory[4:-4].reshape(*size, channels)
    resize_bytes(image, rows, columns, y)
    expected = ops.image.resize(image[..., :channels].astype("float32"), size).numpy()
    np.testing.assert_allclose(y, expected, atol=OTHER_ORDER)
    assert (memory[:4] == -1).all()
    assert (memory[-4:] == -1).all()

    by_python, pixels = np.empty_like(y), image.reshape(6, -1)
    line = aligned((pixels.shape[1] + 4,))
    rows_of_y = by_python.reshape(size[0], -1)
    resize_bytes_bilinear.function(0, pixels, *rows, *columns, line, rows_of_y, channels)
    np.testing.assert_allclose(by_python, y, atol=OTHER_ORDER)
