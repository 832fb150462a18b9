"""Bilinear resizing of one image as a job: from bytes, as decoders give them, to float32 in one pass."""

import numpy as np

from minikeras.kernels.addresses import address, view
from minikeras.kernels.job_lists import run
from minikeras.kernels.memory import aligned
from minikeras.kernels.registry import native
from minikeras.kernels.tasks import bytes_, floats, indices, task_kernel

IN_A_REGISTER = 4  # values of a pixel that are loaded at once, with what is after them


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
    line = aligned((pixels.shape[1] + IN_A_REGISTER,), np.float32)
    run([resize_bytes_bilinear.job(1, pixels, *rows, *columns, line, y.reshape(len(y), -1), y.shape[2])])


@native("minikeras.kernels.machine.pixels:mix_pixels")
def mix_pixels(count, channels, left, right, weights, line, y):
    """y[j, c] = line[left[j] + c] + (line[right[j] + c] − line[left[j] + c]) · weights[j], for at most four channels.

    `left`, `right` (int32) and `weights` have an element for each channel, of which the first counts. Behind the
    elements of `line` that are meant there must be three more.
    """
    first, second = (view(positions, (count, channels), dtype=np.int32)[:, :1] for positions in (left, right))
    length = int(max(first.max(), second.max())) + channels
    values, numbers = view(line, (length,)), np.arange(channels)
    a, b = values[first + numbers], values[second + numbers]
    view(y, (count, channels))[...] = a + (b - a) * view(weights, (count, channels))[:, :1]


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
    channels: int,
):
    """y[i, k] = the mean of two values of `line`, which is the mean of two rows of pixels, by their weights.

    Pixels of three or four values in a register: 375×500×3 to 224×224 278 → 105 µs.
    """
    for i in range(len(y)):
        upper = upper_rows[i]
        lower = lower_rows[i]
        weight = row_weights[i]
        for k in range(pixels.shape[1]):
            first = np.float32(pixels[upper, k])
            line[k] = first + (np.float32(pixels[lower, k]) - first) * weight
        if channels == 3 or channels == 4:
            mix_pixels(
                y.shape[1] // channels,
                channels,
                address(left, 0),
                address(right, 0),
                address(column_weights, 0),
                address(line, 0),
                address(y, i * y.shape[1]),
            )
        else:
            for k in range(y.shape[1]):
                first = line[left[k]]
                y[i, k] = first + (line[right[k]] - first) * column_weights[k]
