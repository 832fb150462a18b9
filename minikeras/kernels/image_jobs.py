"""Bilinear resizing of one image as a job: from bytes, as decoders give them, to float32 in one pass."""

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.tasks import bytes_, floats, indices, run, task_kernel


def resize_bytes(image, rows, columns, y):
    """y (height, width, channels) float32 = the uint8 image, resized bilinearly.

    Args:
        image: (height, width, channels), uint8, C-contiguous.
        rows: for each output row, the two input rows, int32, and the weight of the second, float32.
        columns: the same for each value of an output row, as positions in a row's values; the image may have more
            channels than y.
        y: C-contiguous.
    """
    pixels = image.reshape(len(image), -1)
    line = aligned(pixels.shape[1:], np.float32)
    run([resize_bytes_bilinear.job(1, pixels, *rows, *columns, line, y.reshape(len(y), -1))])


@task_kernel
def resize_bytes_bilinear(
    task,
    pixels: bytes_(2),
    upper_rows: indices(1),
    lower_rows: indices(1),
    row_weights: floats(1),
    left: indices(1),
    right: indices(1),
    column_weights: floats(1),
    line: floats(1),
    y: floats(2),
):
    """y[i, k] = the mean of two values of `line`, which is the mean of two rows of pixels, by their weights."""
    for i in range(len(y)):
        upper = upper_rows[i]
        lower = lower_rows[i]
        weight = row_weights[i]
        for k in range(len(line)):
            first = np.float32(pixels[upper, k])
            line[k] = first + (np.float32(pixels[lower, k]) - first) * weight
        for k in range(y.shape[1]):
            first = line[left[k]]
            y[i, k] = first + (line[right[k]] - first) * column_weights[k]
