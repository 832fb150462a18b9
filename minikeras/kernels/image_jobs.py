"""Bilinear resizing of one image as a job: from bytes, as decoders give them, to float32 in one pass."""

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.tasks import bytes_, floats, integers, run, task_kernel


def resize_bytes(image, rows, columns, y):
    """y (height, width, channels) float32 = the uint8 image, resized bilinearly.

    Args:
        image: (height, width, channels), uint8, C-contiguous.
        rows: for each output row, the two input rows (outputs, 2), and the weight of the second (outputs,).
        columns: for each value of an output row, the same two in positions of a row's width · channels values.
        y: C-contiguous.
    """
    pixels = image.reshape(len(image), -1)
    line = aligned(pixels.shape[1:], np.float32)
    run([resize_bytes_bilinear.job(1, pixels, *rows, *columns, line, y.reshape(len(y), -1))])


@task_kernel
def resize_bytes_bilinear(
    task,
    pixels: bytes_(2),
    rows: integers(2),
    row_weights: floats(1),
    columns: integers(2),
    column_weights: floats(1),
    line: floats(1),
    y: floats(2),
):
    """y[i, k] = the mean of two values of `line`, which is the mean of two rows of pixels, by their weights."""
    for i in range(len(y)):
        upper = rows[i, 0]
        lower = rows[i, 1]
        weight = row_weights[i]
        for k in range(len(line)):
            first = np.float32(pixels[upper, k])
            line[k] = first + (np.float32(pixels[lower, k]) - first) * weight
        for k in range(y.shape[1]):
            first = line[columns[k, 0]]
            y[i, k] = first + (line[columns[k, 1]] - first) * column_weights[k]
